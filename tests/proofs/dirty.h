/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The geometry of dirty bitmaps, against integers. */
#include "range.h"

/*@ logic integer words_bytes(integer pages) = 8 * ((pages + 63) / 64); */

/*@ requires pages <= UINT64_MAX - 63;
    assigns \nothing;
    ensures bytes: \result == words_bytes(pages);
*/
static uint64_t bytes_for(uint64_t pages);

/*@ requires \valid(size_bytes);
    assigns *size_bytes;
    ensures refused: \result == (1 <= pages <= VPRIM_DIRTY_PAGES_MAX ? 0 : -EINVAL);
    ensures kept: \result != 0 ==> *size_bytes == \old(*size_bytes);
    ensures bytes: \result == 0 ==> *size_bytes == words_bytes(pages);
    ensures enough: \result == 0 ==> pages <= 8 * *size_bytes < pages + 64;
*/
int vprim_dirty_bytes(uint64_t pages, uint64_t *size_bytes);

/*@ assigns \nothing;
    ensures tells: \result == (1 <= pages <= 8 * VPRIM_DIRTY_BYTES_MAX &&
      words_bytes(pages) <= size_bytes <= VPRIM_DIRTY_BYTES_MAX ? 0 : -EINVAL);
*/
int vprim_dirty_check_request(uint64_t pages, uint64_t size_bytes);

/*@ assigns \nothing;
    ensures tells: \result == (1 <= pages <= VPRIM_DIRTY_PAGES_MAX &&
      pages <= 8 * VPRIM_DIRTY_BYTES_MAX &&
      words_bytes(pages) <= size_bytes <= VPRIM_DIRTY_BYTES_MAX ? 0 : -EINVAL);
*/
int vprim_dirty_check(uint64_t pages, uint64_t size_bytes);
