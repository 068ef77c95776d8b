// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Inclusive ranges.
 *
 * Invariant: start <= last. Then last - start never wraps, and it is one less
 * than the size, so that the whole space is no special case until somebody asks
 * for the size itself.
 */
#include <virtprim/range.h>

int vprim_range_size(const struct vprim_range *range, uint64_t *size_bytes)
{
	uint64_t size;

	if (!vprim_range_is_valid(range))
		return -EINVAL;
	if (vprim_add_overflow(range->last - range->start, 1, &size))
		return -EOVERFLOW;
	*size_bytes = size;
	return 0;
}

int vprim_range_intersect(const struct vprim_range *a,
			  const struct vprim_range *b,
			  struct vprim_range *shared)
{
	struct vprim_range r;

	if (!vprim_range_is_valid(a) || !vprim_range_is_valid(b))
		return -EINVAL;
	if (!vprim_range_overlaps(a, b))
		return -ENOENT;
	r.start = a->start > b->start ? a->start : b->start;
	r.last = a->last < b->last ? a->last : b->last;
	*shared = r;
	return 0;
}

int vprim_range_align_in(const struct vprim_range *range, uint64_t align_bytes,
			 struct vprim_range *aligned)
{
	uint64_t mask, start, last, rest;

	if (!vprim_range_is_valid(range) || !vprim_is_pow2(align_bytes))
		return -EINVAL;
	mask = align_bytes - 1;
	/* The unit that holds the start counts only when it begins there. */
	start = range->start;
	rest = start & mask;
	if (rest && vprim_add_overflow(start, align_bytes - rest, &start))
		return -ENOENT;
	/*
	 * A last whose low bits are all ones ends its unit. Otherwise the unit
	 * that holds it is cut, and the part ends right before that unit: at
	 * address -1, nowhere, when it is the first of the space.
	 */
	last = range->last;
	rest = last & mask;
	if (rest != mask && vprim_sub_overflow(last, rest + 1, &last))
		return -ENOENT;
	if (start > last)
		return -ENOENT;
	aligned->start = start;
	aligned->last = last;
	return 0;
}

int vprim_range_align_out(const struct vprim_range *range, uint64_t align_bytes,
			  struct vprim_range *aligned)
{
	uint64_t mask;

	if (!vprim_range_is_valid(range) || !vprim_is_pow2(align_bytes))
		return -EINVAL;
	mask = align_bytes - 1;
	aligned->last = range->last | mask;
	aligned->start = range->start - (range->start & mask);
	return 0;
}

int vprim_range_crosses(uint64_t start, uint64_t size_bytes, unsigned int shift,
			bool *crosses)
{
	struct vprim_range r;
	int ret;

	if (shift > 63)
		return -EINVAL;
	if (!size_bytes) {
		*crosses = false;
		return 0;
	}
	ret = vprim_range_from_size(start, size_bytes, &r);
	if (ret)
		return ret;
	*crosses = r.start >> shift != r.last >> shift;
	return 0;
}

int vprim_range_subtract(const struct vprim_range *range,
			 const struct vprim_range *cut,
			 struct vprim_range_parts *parts)
{
	struct vprim_range_parts p = { false, false, { 0, 0 }, { 0, 0 } };

	if (!vprim_range_is_valid(range) || !vprim_range_is_valid(cut))
		return -EINVAL;
	/* start < cut.start means that cut.start - 1 exists, likewise above. */
	if (range->start < cut->start) {
		p.has_below = true;
		p.below.start = range->start;
		p.below.last = range->last < cut->start ? range->last :
							  cut->start - 1;
	}
	if (range->last > cut->last) {
		p.has_above = true;
		p.above.start = range->start > cut->last ? range->start :
							   cut->last + 1;
		p.above.last = range->last;
	}
	*parts = p;
	return 0;
}
