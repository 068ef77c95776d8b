/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One hole and one request: where it fits, and two numbers that say of many holes
 * that it fits into none of them.
 *
 * Gap is the size of a hole. Shape says where aligned requests can lie, in one
 * word: its lower six bits are the point, the largest k such that a multiple of
 * 2^k lies in the hole; the others are the fit, the largest size n such that n
 * bytes fit at a multiple of the power of two that is not below n, in units of 64
 * bytes and rounded up. Both are monotone, so that the greatest of many holes
 * bounds them all: what n bytes at 2^k need is a hole of n, the point k, and the
 * fit of the smaller of n and 2^k.
 *
 * A hole that bounds are kept of never starts at 0.
 */
#ifndef HOLE_INTERNAL_H
#define HOLE_INTERNAL_H
#include <virtprim/hole.h>

/* Everything may fit. */
#define SHAPE_ANY UINT64_MAX
#define SHAPE_POINT UINT64_C(63)

/* Bytes of a fit, at least 1 and given less one, as a shape without a point. */
static inline uint64_t fit_shape(uint64_t fit_minus_1)
{
	return ((fit_minus_1 >> 6) + 1) << 6;
}

/* The highest bit of @v, which is not 0; not 64, so that it shifts. */
static inline unsigned int top_bit(uint64_t v)
{
	return vprim_fls64(v) & 63;
}

/* The shape of the hole [start, last]; start is not 0. */
static inline uint64_t hole_shape(uint64_t start, uint64_t last)
{
	/*
	 * Up to bit m all addresses of the hole have the same high bits, and bit
	 * m changes once in it: there lies its only multiple of 2^m, and there
	 * is none of 2^(m+1).
	 */
	unsigned int m = top_bit((start - 1) ^ last), order, below;
	uint64_t point = last >> m << m, fit, half;

	/* The largest block begins there or ends right below it. */
	order = top_bit(last - point + 1);
	if (point > start) {
		below = top_bit(point - start);
		order = below > order ? below : order;
	}
	fit = (UINT64_C(1) << order) - 1;
	/*
	 * More than that, less than twice that: at a multiple of twice that, the
	 * first of which is the point or lies below it.
	 */
	if (order < m) {
		half = ((start - 1) | ((UINT64_C(2) << order) - 1)) + 1;
		if (last - half > fit)
			fit = last - half;
	}
	return fit_shape(fit) | m;
}

static inline uint64_t shape_max(uint64_t a, uint64_t b)
{
	uint64_t point = (a & SHAPE_POINT) > (b & SHAPE_POINT) ?
				 a & SHAPE_POINT : b & SHAPE_POINT;

	return ((a > b ? a : b) & ~SHAPE_POINT) | point;
}

static inline bool offset_ok(const struct vprim_hole *want)
{
	if (want->from == VPRIM_HOLE_IOMMUFD)
		return !(want->offset_bytes & (want->align_bytes - 1));
	return want->offset_bytes < want->align_bytes;
}

static inline bool hole_ok(const struct vprim_hole *want)
{
	return (unsigned int)want->from <= VPRIM_HOLE_IOMMUFD &&
	       vprim_is_pow2(want->align_bytes) && offset_ok(want) &&
	       vprim_range_is_valid(&want->within);
}

static inline bool shape_serves(uint64_t shape, uint64_t needed)
{
	return shape >= (needed & ~SHAPE_POINT) &&
	       (shape & SHAPE_POINT) >= (needed & SHAPE_POINT);
}

/*
 * All holes begin and end at multiples of a unit, the lowest bit of @edges. So
 * what holds a place holds all the units that it lies in: the request grows to
 * those. What is left of its offset then says what else it is a multiple of.
 */
struct hole_need {
	uint64_t last_offset;	/* size that a place needs, less one byte */
	uint64_t unit_mask;
};

/* The part of the offset that is within a unit. */
static inline uint64_t in_unit(const struct hole_need *need,
			       const struct vprim_hole *want)
{
	/* Bits of the hole's start may stay beside those of the offset. */
	if (want->from == VPRIM_HOLE_IOMMUFD &&
	    want->offset_bytes > need->unit_mask)
		return 0;
	return want->offset_bytes & need->unit_mask;
}

static inline void hole_need(struct hole_need *need,
			     const struct vprim_hole *want, uint64_t edges)
{
	uint64_t size;

	need->unit_mask = (edges & -edges) - 1;
	if (vprim_add_overflow(in_unit(need, want), want->last_offset, &size))
		size = UINT64_MAX;
	need->last_offset = size | need->unit_mask;
}

static inline uint64_t shape_needed(const struct hole_need *need,
				    const struct vprim_hole *want)
{
	uint64_t align = want->align_bytes, fit = need->last_offset;
	uint64_t offset = want->offset_bytes - in_unit(need, want);

	if (offset && want->from != VPRIM_HOLE_IOMMUFD)
		align = offset & -offset;
	if (fit > align - 1)
		fit = align - 1;
	return fit_shape(fit) | vprim_ctz64(align);
}

/* How far @to lies above @from in the bits of @mask; wraps on purpose. */
static inline uint64_t above(uint64_t from, uint64_t to, uint64_t mask)
{
	return (to - from) & mask;
}

/* The lowest place in [start, last], which must be a range. */
static inline bool fit_lowest(const struct vprim_hole *want, uint64_t start,
			      uint64_t last, uint64_t *place)
{
	uint64_t at;

	if (vprim_add_overflow(start, above(start, want->offset_bytes,
					    want->align_bytes - 1), &at) ||
	    at > last || last - at < want->last_offset)
		return false;
	*place = at;
	return true;
}

static inline bool fit_highest(const struct vprim_hole *want, uint64_t start,
			       uint64_t last, uint64_t *place)
{
	uint64_t top, down;

	if (last - start < want->last_offset)
		return false;
	top = last - want->last_offset;
	down = above(want->offset_bytes, top, want->align_bytes - 1);
	/* top - start: how far down there is place. */
	if (down > top - start)
		return false;
	*place = top - down;
	return true;
}

/* The hole's start aligned up, then the offset's bits set in it. */
static inline bool fit_iommufd(const struct vprim_hole *want, uint64_t start,
			       uint64_t last, uint64_t *place)
{
	uint64_t at;

	if (vprim_add_overflow(start, above(start, 0, want->align_bytes - 1), &at))
		return false;
	at |= want->offset_bytes;
	if (at > last || last - at < want->last_offset)
		return false;
	*place = at;
	return true;
}

/*
 * The lowest place that a part of the hole gives. The bits that iommufd sets in a
 * hole's start may take a place in a part of it that the whole does not have, as
 * 5 does from 4 on and not from 2 on. So no set may judge alone: it passes a hole
 * only when none of its parts serves, and the hole of all sets is judged.
 */
static inline bool part_iommufd(const struct vprim_hole *want, uint64_t start,
				uint64_t last, uint64_t *place)
{
	uint64_t at, missing;
	unsigned int m;

	if (vprim_add_overflow(start, above(start, 0, want->align_bytes - 1), &at))
		return false;
	missing = want->offset_bytes & ~at;
	if (missing) {
		/* Above the highest missing bit all are there; below, the least. */
		m = vprim_fls64(missing);
		at = (at >> m | 1) << m |
		     (want->offset_bytes & ((UINT64_C(1) << m) - 1));
	}
	if (at > last || last - at < want->last_offset)
		return false;
	*place = at;
	return true;
}

static inline bool fits(const struct vprim_hole *want, uint64_t start,
			uint64_t last, uint64_t *place)
{
	if (want->from == VPRIM_HOLE_HIGHEST)
		return fit_highest(want, start, last, place);
	if (want->from == VPRIM_HOLE_LOWEST)
		return fit_lowest(want, start, last, place);
	return fit_iommufd(want, start, last, place);
}

/* The same for a set: a place in the hole, or with iommufd in a part of it. */
static inline bool part_fits(const struct vprim_hole *want, uint64_t start,
			     uint64_t last, uint64_t *place)
{
	if (want->from == VPRIM_HOLE_IOMMUFD)
		return part_iommufd(want, start, last, place);
	return fits(want, start, last, place);
}

/*
 * hole.c: the first hole of one set that serves as a whole; @want is valid. A set
 * alone may answer with a hole that only a part of serves.
 */
int vprim_hole_whole_(const struct vprim_hole_blocked *blocked,
		      const struct vprim_hole *want, struct vprim_range *hole);

#endif
