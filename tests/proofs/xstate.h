/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where components of an image lie, and where it ends. */
#include "range.h"

/*@ axiomatic masks {
    axiom round_64: \forall integer x; word(x) ==>
      (x & (uint64_t)~((uint64_t)63)) == x - x % 64;
    axiom all_left: \forall integer x; word(x) ==> (uint64_t)(x << 64) == 0;
    axiom lowest_left: \forall integer x, s, n; word(x) ==> 1 <= s <= 64 ==>
      (uint64_t)(x << s) == 0 ==> lowest_bit(x, n) ==> s + n >= 64;
    axiom lowest_63: \forall integer x, n; word(x) ==> x <= INT64_MAX ==>
      lowest_bit(x, n) ==> n < 63;
    axiom next_left: \forall integer x, n, s; word(x) ==> lowest_bit(x, n) ==>
      n + s == 63 ==> (uint64_t)((x & (x - 1)) << s) == 0 && (x & (x - 1)) < x;
    }
*/

/*@ requires \valid_read(table) && n < VPRIM_XSTATE_COMPONENTS;
    requires end <= UINT64_MAX - 63;
    assigns \nothing;
    exits never: \false;
    ensures standard: format == VPRIM_XSTATE_STANDARD ==>
      \result == table->component[n].offset;
    ensures aligned: format != VPRIM_XSTATE_STANDARD &&
      (table->component[n].flags & VPRIM_XSTATE_FLAG_ALIGN) != 0 ==>
      \result % 64 == 0 && end <= \result < end + 64;
    ensures packed: format != VPRIM_XSTATE_STANDARD &&
      (table->component[n].flags & VPRIM_XSTATE_FLAG_ALIGN) == 0 ==> \result == end;
*/
static inline uint64_t xstate_place(const struct vprim_xstate_table *table,
				    enum vprim_xstate_format format,
				    unsigned int n, uint64_t end);

/*@ requires \valid_read(table);
    assigns \nothing;
    exits never: \false;
    ensures least: \result >= VPRIM_XSTATE_BASE_BYTES;
    ensures most: \result <= VPRIM_XSTATE_BASE_BYTES + 126 * UINT32_MAX;
*/
uint64_t vprim_xstate_size_lax(const struct vprim_xstate_table *table,
			       uint64_t mask, enum vprim_xstate_format format);
