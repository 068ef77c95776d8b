/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Facts about bits of 64-bit words, for integers. WP has no decision procedure for
 * them: words.smt2 states each for bit vectors, under the same name, and Z3 proves
 * it there.
 */
#ifndef WORDS_H
#define WORDS_H
#include <virtprim/platform.h>
/*@ predicate word(integer x) = 0 <= x <= UINT64_MAX;
    predicate pow2(integer a) = 1 <= a <= UINT64_MAX && (a & (a - 1)) == 0;
    axiomatic words {
    axiom wraps_up: \forall integer s; UINT64_MAX < s <= 2 * UINT64_MAX ==>
      (uint64_t)s == s - UINT64_MAX - 1;
    axiom wraps_down: \forall integer s; -UINT64_MAX <= s < 0 ==>
      (uint64_t)s == s + UINT64_MAX + 1;
    axiom signs: \forall integer s; INT64_MAX < s <= INT64_MAX + UINT64_MAX + 1 ==>
      (int64_t)s == s - UINT64_MAX - 1;
    axiom and_least: \forall integer x, m; word(x) ==> word(m) ==>
      0 <= (x & m) <= x && (x & m) <= m;
    axiom and_cleared: \forall integer x, m; word(x) ==> word(m) ==>
      ((x - (x & m)) & m) == 0;
    axiom and_before: \forall integer x, m; word(x) ==> pow2(m + 1) ==>
      (x & m) < x ==> ((x - (x & m) - 1) & m) == m;
    axiom and_after: \forall integer x, m; word(x) ==> pow2(m + 1) ==>
      (x & m) > 0 ==> x + (m + 1 - (x & m)) <= UINT64_MAX ==>
      ((x + (m + 1 - (x & m))) & m) == 0;
    axiom or_most: \forall integer x, m; word(x) ==> word(m) ==>
      (x | m) == x + (m - (x & m)) && ((x | m) & m) == m;
    axiom by_8: \forall integer x; word(x) ==> (x >> 3) == x / 8;
    axiom by_64: \forall integer x; word(x) ==> (x >> 6) == x / 64;
    axiom times_8: \forall integer x; word(x) ==> (x << 3) == 8 * x;
    }
*/
#endif
