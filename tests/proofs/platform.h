/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The checked arithmetic of platform.h against integers. */
#ifndef PLATFORM_PROOF_H
#define PLATFORM_PROOF_H
#include "words.h"
#include <virtprim/platform.h>

/*@ requires \valid(sum);
    assigns *sum;
    exits never: \false;
    ensures tells: \result <==> a + b > UINT64_MAX;
    ensures sum: *sum == (a + b > UINT64_MAX ? a + b - UINT64_MAX - 1 : a + b);
*/
VPRIM_INLINE bool vprim_add_overflow(uint64_t a, uint64_t b, uint64_t *sum);

/*@ requires \valid(diff);
    assigns *diff;
    exits never: \false;
    ensures tells: \result <==> b > a;
    ensures diff: *diff == (b > a ? a - b + UINT64_MAX + 1 : a - b);
*/
VPRIM_INLINE bool vprim_sub_overflow(uint64_t a, uint64_t b, uint64_t *diff);

/*@ assigns \nothing;
    ensures tells: \result <==> pow2(v);
*/
VPRIM_INLINE bool vprim_is_pow2(uint64_t v);

/*@ requires rem == \null || \valid(rem);
    assigns *rem;
    exits never: \false;
    behavior asked:
      assumes rem != \null;
      ensures rem: *rem == (d == 0 ? 0 : n % d);
      ensures quotient: \result == (d == 0 ? UINT64_MAX : n / d);
    behavior not_asked:
      assumes rem == \null;
      assigns \nothing;
      ensures quotient: \result == (d == 0 ? UINT64_MAX : n / d);
    complete behaviors; disjoint behaviors;
*/
VPRIM_INLINE uint64_t vprim_div_u64(uint64_t n, uint64_t d, uint64_t *rem);

/* Bit n of x is its lowest one. */
/*@ predicate lowest_bit(integer x, integer n) = 0 <= n < 64 &&
      ((x >> n) & 1) == 1 && (x & ((1 << n) - 1)) == 0;
*/

/*@ assigns \nothing;
    exits never: \false;
    ensures none: v == 0 ==> \result == 64;
    ensures bit: v != 0 ==> lowest_bit(v, \result);
*/
VPRIM_INLINE unsigned int vprim_ctz64(uint64_t v);
#endif
