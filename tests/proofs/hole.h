/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where a request fits into one hole, for every 64-bit start, size, alignment. */
#include "range.h"
#include "libvirtprim/iova/hole_internal.h"

/*@ logic integer rest(integer x, integer align) = x & (align - 1);
    predicate wanted(struct vprim_hole *w) = \valid_read(w) && pow2(w->align_bytes);
    predicate place(struct vprim_hole *w, integer start, integer last, integer x) =
      start <= x && x + w->last_offset <= last &&
      rest(x, w->align_bytes) == w->offset_bytes;
    logic integer up(integer x, integer m) = x + ((uint64_t)(-x) & m);
    axiomatic distances {
    axiom up_meets: \forall integer x, y, z, m; word(x) ==> pow2(m + 1) ==>
      0 <= y <= m ==> word(z) ==> z == x + ((uint64_t)(y - x) & m) ==> (z & m) == y;
    axiom up_least: \forall integer x, y, z, m; word(x) ==> pow2(m + 1) ==>
      0 <= y <= m ==> x <= z <= UINT64_MAX ==> (z & m) == y ==>
      x + ((uint64_t)(y - x) & m) <= z;
    axiom down_meets: \forall integer x, y, m; word(x) ==> pow2(m + 1) ==> 0 <= y <= m ==>
      ((uint64_t)(x - y) & m) <= x ==> ((x - ((uint64_t)(x - y) & m)) & m) == y;
    axiom down_least: \forall integer x, y, z, m; word(x) ==> pow2(m + 1) ==>
      0 <= y <= m ==> 0 <= z <= x ==> (z & m) == y ==>
      z + ((uint64_t)(x - y) & m) <= x;
    axiom or_more: \forall integer x, y; word(x) ==> word(y) ==>
      x <= (x | y) <= UINT64_MAX;
    }
*/

/*@ requires pow2(mask + 1);
    assigns \nothing;
    exits never: \false;
    ensures up: to <= mask && from + \result <= UINT64_MAX ==>
      ((from + \result) & mask) == to;
    ensures up_least: to <= mask ==> \forall integer x; from <= x <= UINT64_MAX ==>
      (x & mask) == to ==> from + \result <= x;
    ensures first: to == 0 ==> from + \result == up(from, mask);
    ensures down: from <= mask && \result <= to ==> ((to - \result) & mask) == from;
    ensures down_least: from <= mask ==> \forall integer x; 0 <= x <= to ==>
      (x & mask) == from ==> x + \result <= to;
*/
static inline uint64_t above(uint64_t from, uint64_t to, uint64_t mask);

/*@ requires wanted(want) && want->offset_bytes < want->align_bytes;
    requires \valid(place) && \separated(place, want) && start <= last;
    assigns *place;
    exits never: \false;
    ensures fits: \result ==> place(want, start, last, *place);
    ensures lowest: \result ==>
      \forall integer x; place(want, start, last, x) ==> *place <= x;
    ensures none: !\result ==> \forall integer x; !place(want, start, last, x);
    ensures kept: !\result ==> *place == \old(*place);
*/
static inline bool fit_lowest(const struct vprim_hole *want, uint64_t start,
			      uint64_t last, uint64_t *place);

/*@ requires wanted(want) && want->offset_bytes < want->align_bytes;
    requires \valid(place) && \separated(place, want) && start <= last;
    assigns *place;
    exits never: \false;
    ensures fits: \result ==> place(want, start, last, *place);
    ensures highest: \result ==>
      \forall integer x; place(want, start, last, x) ==> x <= *place;
    ensures none: !\result ==> \forall integer x; !place(want, start, last, x);
    ensures kept: !\result ==> *place == \old(*place);
*/
static inline bool fit_highest(const struct vprim_hole *want, uint64_t start,
			       uint64_t last, uint64_t *place);

/*@ requires wanted(want);
    requires \valid(place) && \separated(place, want) && start <= last;
    assigns *place;
    exits never: \false;
    ensures fits: \result ==> start <= *place && *place + want->last_offset <= last;
    ensures tried: \result ==>
      *place == \old(up(start, want->align_bytes - 1) | want->offset_bytes);
    ensures none: !\result ==> up(start, want->align_bytes - 1) > UINT64_MAX ||
      (up(start, want->align_bytes - 1) | want->offset_bytes) + want->last_offset > last;
    ensures kept: !\result ==> *place == \old(*place);
*/
static inline bool fit_iommufd(const struct vprim_hole *want, uint64_t start,
			       uint64_t last, uint64_t *place);
