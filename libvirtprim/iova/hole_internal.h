/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * One hole and one request: where it fits, and two numbers that say of many holes
 * that it fits into none of them.
 *
 * Room is the size of a hole. Shape says where aligned requests can lie, in one
 * word: its lower six bits are the point, the largest k such that a multiple of
 * 2^k lies in the hole; the others are the fit, the largest size n such that n
 * bytes fit at a multiple of the power of two that is not below n, in units of 64
 * bytes and rounded up. Both are monotone, so that the greatest of many holes
 * bounds them all: what n bytes at 2^k need is room for n, the point k, and the
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

/* The shape of the hole [start, last]; start is not 0. */
static inline uint64_t hole_shape(uint64_t start, uint64_t last)
{
	/*
	 * Up to bit m all addresses of the hole have the same high bits, and bit
	 * m changes once in it: there lies its only multiple of 2^m, and there
	 * is none of 2^(m+1).
	 */
	unsigned int m = vprim_fls64((start - 1) ^ last), order, below;
	uint64_t point = last >> m << m, fit, half;

	/* The largest block begins there or ends right below it. */
	order = vprim_fls64(last - point + 1);
	if (point > start) {
		below = vprim_fls64(point - start);
		order = below > order ? below : order;
	}
	fit = (UINT64_C(1) << order) - 1;
	/* More than that, less than twice that: at a multiple of twice that. */
	if (order < m) {
		half = ((start - 1) | ((UINT64_C(2) << order) - 1)) + 1;
		if (half <= last && last - half > fit)
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

/* What a hole has at least when a request fits into it. */
struct hole_need {
	uint64_t last_offset;	/* room, less one byte */
	uint64_t shape;
	uint64_t unit_mask;	/* what the edges of holes are multiples of, less 1 */
};

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
static inline void hole_need(struct hole_need *need,
			     const struct vprim_hole *want, uint64_t edges)
{
	uint64_t mask = (edges & -edges) - 1, offset = want->offset_bytes;
	uint64_t align = want->align_bytes, size, in_unit = offset & mask;

	if (want->from == VPRIM_HOLE_IOMMUFD && offset > mask) {
		/* Bits of the hole's start may stay beside those of the offset. */
		in_unit = 0;
		offset = 0;
	}
	offset -= in_unit;
	if (offset)
		align = offset & -offset;
	if (vprim_add_overflow(in_unit, want->last_offset, &size))
		size = UINT64_MAX;
	need->unit_mask = mask;
	need->last_offset = size | mask;
	size = need->last_offset < align - 1 ? need->last_offset : align - 1;
	need->shape = fit_shape(size) | vprim_ctz64(align);
}

/* The lowest place in [start, last], which must be a range. */
static inline bool fit_lowest(const struct vprim_hole *want, uint64_t start,
			      uint64_t last, uint64_t *place)
{
	uint64_t at = start + ((want->offset_bytes - start) &
			       (want->align_bytes - 1));

	/* at < start: the next aligned address is over 2^64-1. */
	if (at < start || at > last || last - at < want->last_offset)
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
	down = (top - want->offset_bytes) & (want->align_bytes - 1);
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

	if (vprim_add_overflow(start, want->align_bytes - 1, &at))
		return false;
	at = (at & ~(want->align_bytes - 1)) | want->offset_bytes;
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

#endif
