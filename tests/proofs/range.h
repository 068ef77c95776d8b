/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the functions of range.h do, all of it. */
#ifndef RANGE_PROOF_H
#define RANGE_PROOF_H
#include "platform.h"
#include <virtprim/range.h>
/*@ predicate is_range(struct vprim_range r) = r.start <= r.last;
    predicate in(integer x, struct vprim_range r) = r.start <= x <= r.last;
*/

/*@ requires \valid_read(r);
    assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> is_range(*r);
*/
VPRIM_INLINE bool vprim_range_is_valid(const struct vprim_range *r);

/*@ requires \valid_read(r);
    assigns \nothing;
    ensures tells: \result <==> in(addr, *r);
*/
VPRIM_INLINE bool vprim_range_has(const struct vprim_range *r, uint64_t addr);

/*@ requires \valid_read(a) && \valid_read(b);
    assigns \nothing;
    exits never: \false;
    ensures tells: \result <==> a->start <= b->last && b->start <= a->last;
    ensures some: is_range(*a) && is_range(*b) && \result ==>
      in(\max(a->start, b->start), *a) && in(\max(a->start, b->start), *b);
    ensures none: !\result ==> \forall integer x; !(in(x, *a) && in(x, *b));
*/
VPRIM_INLINE bool vprim_range_overlaps(const struct vprim_range *a,
					const struct vprim_range *b);

/*@ requires \valid_read(outer) && \valid_read(inner);
    assigns \nothing;
    ensures tells: \result <==> outer->start <= inner->start && inner->last <= outer->last;
    ensures all: is_range(*inner) && \result ==>
      \forall integer x; in(x, *inner) ==> in(x, *outer);
    ensures not_all: is_range(*inner) && !\result ==>
      !in(inner->start, *outer) || !in(inner->last, *outer);
*/
VPRIM_INLINE bool vprim_range_contains(const struct vprim_range *outer,
					const struct vprim_range *inner);

/*@ requires \valid_read(a) && \valid_read(b);
    assigns \nothing;
    ensures tells: \result <==> a->last + 1 == b->start;
*/
VPRIM_INLINE bool vprim_range_touches(const struct vprim_range *a,
				       const struct vprim_range *b);

/*@ requires \valid_read(buf);
    assigns \nothing;
    ensures same: \result.range == buf->range && \result.count == buf->count;
*/
VPRIM_INLINE struct vprim_ranges
vprim_range_buf_list(const struct vprim_range_buf *buf);

/*@ requires \valid(range);
    assigns *range;
    exits never: \false;
    behavior empty:
      assumes size_bytes == 0;
      ensures refused: \result == -EINVAL && *range == \old(*range);
    behavior over:
      assumes size_bytes != 0 && start + size_bytes - 1 > UINT64_MAX;
      ensures refused: \result == -EOVERFLOW && *range == \old(*range);
    behavior good:
      assumes size_bytes != 0 && start + size_bytes - 1 <= UINT64_MAX;
      ensures made: \result == 0 && range->start == start &&
        range->last == start + size_bytes - 1;
    complete behaviors; disjoint behaviors;
*/
VPRIM_INLINE int vprim_range_from_size(uint64_t start, uint64_t size_bytes,
			  struct vprim_range *range);

/*@ requires \valid_read(range) && \valid(size_bytes);
    requires \separated(range, size_bytes);
    assigns *size_bytes;
    behavior inverted:
      assumes !is_range(*range);
      ensures refused: \result == -EINVAL && *size_bytes == \old(*size_bytes);
    behavior whole:
      assumes range->start == 0 && range->last == UINT64_MAX;
      ensures refused: \result == -EOVERFLOW && *size_bytes == \old(*size_bytes);
    behavior good:
      assumes is_range(*range) && range->last - range->start < UINT64_MAX;
      ensures size: \result == 0 && *size_bytes == range->last - range->start + 1;
    complete behaviors; disjoint behaviors;
*/
int vprim_range_size(const struct vprim_range *range, uint64_t *size_bytes);

/*@ requires \valid_read(a) && \valid_read(b) && \valid(shared);
    assigns *shared;
    ensures inverted: \result == -EINVAL <==> \old(!is_range(*a) || !is_range(*b));
    ensures codes: \result == 0 || \result == -EINVAL || \result == -ENOENT;
    ensures kept: \result != 0 ==> *shared == \old(*shared);
    ensures shared: \result == 0 ==> is_range(*shared) &&
      \forall integer x; in(x, *shared) <==> in(x, \old(*a)) && in(x, \old(*b));
    ensures none: \result == -ENOENT ==>
      \forall integer x; !(in(x, \old(*a)) && in(x, \old(*b)));
*/
int vprim_range_intersect(const struct vprim_range *a,
			  const struct vprim_range *b,
			  struct vprim_range *shared);

/*@ requires \valid_read(range) && \valid(aligned);
    requires range == aligned || \separated(range, aligned);
    assigns *aligned;
    ensures refused: \result == -EINVAL <==> !is_range(\old(*range)) || !pow2(align_bytes);
    ensures codes: \result == 0 || \result == -EINVAL || \result == -ENOENT;
    ensures kept: \result != 0 ==> *aligned == \old(*aligned);
    ensures range: \result == 0 ==> is_range(*aligned);
    ensures starts: \result == 0 ==> (aligned->start & (align_bytes - 1)) == 0;
    ensures ends: \result == 0 ==>
      (aligned->last & (align_bytes - 1)) == align_bytes - 1;
    ensures largest: \result == 0 ==>
      0 <= aligned->start - \old(range->start) < align_bytes &&
      0 <= \old(range->last) - aligned->last < align_bytes;
    ensures none: \result == -ENOENT ==>
      \old(range->last - range->start) < 2 * align_bytes - 2;
*/
int vprim_range_align_in(const struct vprim_range *range, uint64_t align_bytes,
			 struct vprim_range *aligned);

/*@ requires \valid_read(range) && \valid(aligned);
    requires range == aligned || \separated(range, aligned);
    assigns *aligned;
    ensures refused: \result == -EINVAL <==> !is_range(\old(*range)) || !pow2(align_bytes);
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kept: \result != 0 ==> *aligned == \old(*aligned);
    ensures starts: \result == 0 ==> (aligned->start & (align_bytes - 1)) == 0;
    ensures ends: \result == 0 ==>
      (aligned->last & (align_bytes - 1)) == align_bytes - 1;
    ensures smallest: \result == 0 ==>
      0 <= \old(range->start) - aligned->start < align_bytes &&
      0 <= aligned->last - \old(range->last) < align_bytes;
*/
int vprim_range_align_out(const struct vprim_range *range, uint64_t align_bytes,
			  struct vprim_range *aligned);

/*@ requires \valid(crosses);
    assigns *crosses;
    ensures shift: \result == -EINVAL <==> shift > 63;
    ensures over: \result == -EOVERFLOW <==> shift <= 63 && start + size_bytes - 1 > UINT64_MAX;
    ensures codes: \result == 0 || \result == -EINVAL || \result == -EOVERFLOW;
    ensures kept: \result != 0 ==> *crosses == \old(*crosses);
    ensures tells: \result == 0 ==> (*crosses <==> size_bytes != 0 &&
      (start >> shift) != ((start + size_bytes - 1) >> shift));
*/
int vprim_range_crosses(uint64_t start, uint64_t size_bytes, unsigned int shift,
			bool *crosses);

/*@ requires \valid_read(range) && \valid_read(cut) && \valid(parts);
    requires \separated(parts, range) && \separated(parts, cut);
    assigns *parts;
    ensures inverted: \result == -EINVAL <==> !is_range(*range) || !is_range(*cut);
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kept: \result != 0 ==> *parts == \old(*parts);
    ensures ranges: \result == 0 ==> (parts->has_below ==> is_range(parts->below)) &&
      (parts->has_above ==> is_range(parts->above));
    ensures below: \result == 0 ==> \forall integer x;
      in(x, *range) && x < cut->start <==> parts->has_below && in(x, parts->below);
    ensures above: \result == 0 ==> \forall integer x;
      in(x, *range) && x > cut->last <==> parts->has_above && in(x, parts->above);
*/
int vprim_range_subtract(const struct vprim_range *range,
			 const struct vprim_range *cut,
			 struct vprim_range_parts *parts);
#endif
