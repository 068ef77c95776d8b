/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Halving finds the lowest bit: facts about shifted words, and no more than here. */
#include "platform.h"

/* The lower k bits of x are what a shift by 64 - k leaves. */
/*@
    axiomatic bits {
    axiom shift_back: \forall integer x, n, k, s, t; word(x) ==> 0 <= n ==> 1 <= k ==>
      n + k == t < 64 ==> k + s == 64 ==> (uint64_t)(x << s) == 0 ==>
      ((x >> k) << t) == (x << n);
    axiom lower_half: \forall integer x, k, s, t; word(x) ==> 1 <= k <= 32 ==>
      k + s == 64 ==> 2 * k + t == 64 ==>
      (uint64_t)(x << t) != 0 ==> (uint64_t)(x << s) == 0 ==>
      (uint64_t)((x >> k) << s) != 0;
    axiom lowest_moved: \forall integer x, y, n; word(x) ==> word(y) ==> 0 <= n < 64 ==>
      x == (y << n) ==> (uint64_t)(y << 63) != 0 ==> lowest_bit(x, n);
    }
*/

