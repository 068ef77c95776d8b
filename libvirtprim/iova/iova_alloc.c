// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placing a block: holes of several sets at once, and what is put into them.
 *
 * Every set says where it has room. A hole of all of them is found by leapfrog:
 * each set is asked from where the one before it has room, and when their
 * answers do not overlap, all are asked again from the farthest of them. Sizes
 * are held less one, so that the whole space has one.
 */
#include "iova_windows_internal.h"
#include <virtprim/iova_windows.h>

static int tree_hole(void *set, const struct vprim_range *within,
		     uint64_t last_offset, enum vprim_iova_windows_dir dir,
		     struct vprim_range *hole)
{
	if (dir == VPRIM_IOVA_WINDOWS_UP)
		return vprim_interval_tree_hole_up(set, within, last_offset,
						   hole);
	return vprim_interval_tree_hole_down(set, within, last_offset, hole);
}

static int no_set_hole(void *set, const struct vprim_range *within,
		       uint64_t last_offset, enum vprim_iova_windows_dir dir,
		       struct vprim_range *hole)
{
	(void)set;
	(void)dir;
	if (within->last - within->start < last_offset)
		return -ENOENT;
	*hole = *within;
	return 0;
}

struct vprim_iova_windows_blocked
vprim_iova_windows_block_tree(struct vprim_interval_tree *tree)
{
	struct vprim_iova_windows_blocked blocked = { no_set_hole, NULL };

	if (tree) {
		blocked.hole = tree_hole;
		blocked.set = tree;
	}
	return blocked;
}

static bool is_known(enum vprim_iova_windows_dir dir)
{
	return dir == VPRIM_IOVA_WINDOWS_UP || dir == VPRIM_IOVA_WINDOWS_DOWN;
}

static bool is_space(const struct vprim_iova_windows_space *space)
{
	return space && (space->allowed || !space->nr_allowed) &&
	       (space->blocked || !space->nr_blocked);
}

/* A search in one window. */
struct search {
	const struct vprim_iova_windows_space *space;
	uint64_t last_offset;
	enum vprim_iova_windows_dir dir;
};

static bool is_large(const struct search *s, const struct vprim_range *r)
{
	return vprim_range_is_valid(r) && r->last - r->start >= s->last_offset;
}

/*
 * What the first holes of all sets in @rest have in common; its start is above
 * its last when they have nothing.
 */
static int common_hole(const struct search *s, struct vprim_range rest,
		       struct vprim_range *common)
{
	struct vprim_range hole;
	size_t i;
	int ret;

	*common = rest;
	for (i = 0; i < s->space->nr_blocked; i++) {
		const struct vprim_iova_windows_blocked *b =
			&s->space->blocked[i];

		ret = b->hole(b->set, &rest, s->last_offset, s->dir, &hole);
		if (ret)
			return ret;
		/* Trust no callback with the end of the search. */
		if (!is_large(s, &hole) || !vprim_range_contains(&rest, &hole))
			return -EINVAL;
		if (hole.start > common->start)
			common->start = hole.start;
		if (hole.last < common->last)
			common->last = hole.last;
		if (s->dir == VPRIM_IOVA_WINDOWS_UP)
			rest.start = hole.start;
		else
			rest.last = hole.last;
	}
	return 0;
}

/*
 * Leave behind what cannot be the hole: all before the farthest answer when the
 * answers lie apart, else what they have in common, which is too small. Then one
 * of them ends short of the others, so that an address is left beyond it.
 */
static void go_on(const struct search *s, const struct vprim_range *common,
		  struct vprim_range *rest)
{
	bool apart = !vprim_range_is_valid(common);

	if (s->dir == VPRIM_IOVA_WINDOWS_UP)
		rest->start = apart ? common->start : common->last + 1;
	else
		rest->last = apart ? common->last : common->start - 1;
}

static int hole_in(const struct search *s, const struct vprim_range *window,
		   struct vprim_range *hole)
{
	struct vprim_range rest = *window, common;
	int ret;

	while (is_large(s, &rest)) {
		ret = common_hole(s, rest, &common);
		if (ret)
			return ret;
		if (is_large(s, &common)) {
			*hole = common;
			return 0;
		}
		go_on(s, &common, &rest);
	}
	return -ENOENT;
}

int vprim_iova_windows_hole(const struct vprim_iova_windows_space *space,
			    const struct vprim_range *within,
			    uint64_t last_offset,
			    enum vprim_iova_windows_dir dir,
			    struct vprim_range *hole)
{
	struct search s = { space, last_offset, dir };
	struct vprim_range part;
	size_t i, first, after;
	int ret;

	if (!is_space(space) || !within || !hole || !is_known(dir) ||
	    !vprim_range_is_valid(within))
		return -EINVAL;
	if (!space->nr_allowed)
		return hole_in(&s, within, hole);
	first = vprim_iova_windows_from(space->allowed, space->nr_allowed,
					within->start);
	after = vprim_iova_windows_from(space->allowed, space->nr_allowed,
					within->last);
	after += after < space->nr_allowed;
	for (i = 0; i < after - first; i++) {
		size_t at = dir == VPRIM_IOVA_WINDOWS_UP ? first + i :
							   after - 1 - i;

		if (vprim_range_intersect(&space->allowed[at], within, &part))
			continue;
		ret = hole_in(&s, &part, hole);
		if (ret != -ENOENT)
			return ret;
	}
	return -ENOENT;
}

int vprim_iova_windows_request(struct vprim_iova_windows_request *request,
			       uint64_t size_bytes)
{
	if (!request || !size_bytes)
		return -EINVAL;
	request->last_offset = size_bytes - 1;
	request->align_bytes = 1;
	request->offset_bytes = 0;
	request->min = 0;
	request->max = UINT64_MAX;
	request->dir = VPRIM_IOVA_WINDOWS_UP;
	return 0;
}

/* Leave a hole behind; false when nothing is left of the bounds. */
static bool skip(struct vprim_range *bounds, const struct vprim_range *hole,
		 enum vprim_iova_windows_dir dir)
{
	if (dir == VPRIM_IOVA_WINDOWS_UP) {
		if (hole->last == bounds->last)
			return false;
		bounds->start = hole->last + 1;
	} else {
		if (hole->start == bounds->start)
			return false;
		bounds->last = hole->start - 1;
	}
	return true;
}

/* The lowest or highest start in a hole that is large enough without alignment. */
static bool place(const struct vprim_range *hole,
		  const struct vprim_iova_windows_request *request,
		  uint64_t *start)
{
	uint64_t mask = request->align_bytes - 1;
	uint64_t slack = hole->last - hole->start - request->last_offset;
	uint64_t lost, top;

	if (request->dir == VPRIM_IOVA_WINDOWS_UP) {
		lost = (request->offset_bytes - hole->start) & mask;
		*start = hole->start + lost;
	} else {
		top = hole->start + slack;
		lost = (top - request->offset_bytes) & mask;
		*start = top - lost;
	}
	return lost <= slack;
}

static int check_request(const struct vprim_iova_windows_request *request,
			 struct vprim_reason *reason)
{
	struct vprim_range bounds = { request->min, request->max };

	if (!vprim_is_pow2(request->align_bytes))
		return refuse(reason, ALIGN, VALUE(request->align_bytes));
	if (request->offset_bytes >= request->align_bytes)
		return refuse(reason, OFFSET, VALUE(request->offset_bytes));
	if (!vprim_range_is_valid(&bounds))
		return refuse(reason, BOUNDS, RANGE(bounds));
	return 0;
}

static int no_space(uint64_t last_offset, struct vprim_reason *reason)
{
	if (last_offset == UINT64_MAX)
		return refuse(reason, SPACE);
	return refuse(reason, SPACE, VALUE(last_offset + 1));
}

int vprim_iova_windows_alloc(const struct vprim_iova_windows_space *space,
			     const struct vprim_iova_windows_request *request,
			     uint64_t *start, struct vprim_reason *reason)
{
	struct vprim_range bounds, hole;
	uint64_t found;
	int ret;

	vprim_reason_clear(reason);
	if (!is_space(space) || !request || !start || !is_known(request->dir))
		return vprim_reason_argument(reason);
	ret = check_request(request, reason);
	if (ret)
		return ret;
	bounds.start = request->min;
	bounds.last = request->max;
	do {
		ret = vprim_iova_windows_hole(space, &bounds,
					      request->last_offset,
					      request->dir, &hole);
		if (ret == -ENOENT)
			break;
		if (ret)
			return ret;
		if (place(&hole, request, &found)) {
			*start = found;
			return 0;
		}
	} while (skip(&bounds, &hole, request->dir));
	return no_space(request->last_offset, reason);
}

/* The power of two that is not below @v; @v is 1 to 2^63. */
static uint64_t round_up_pow2(uint64_t v)
{
	return v == 1 ? 1 : UINT64_C(2) << vprim_fls64(v - 1);
}

/* Where iommufd would put @length bytes into a hole; false when nowhere. */
static bool place_iommufd(const struct vprim_range *hole,
			  const struct vprim_iova_windows_iommufd *request,
			  uint64_t align, uint64_t *start)
{
	uint64_t at;

	if (vprim_add_overflow(hole->start, align - 1, &at))
		return false;
	at = (at & ~(align - 1)) | (request->addr & (request->page_bytes - 1));
	if (at >= hole->last || hole->last - at < request->length_bytes - 1)
		return false;
	*start = at;
	return true;
}

static int refuse_align(uint64_t align, struct vprim_reason *reason)
{
	return refuse(reason, ALIGN, VALUE(align));
}

/* What the start must be a multiple of. */
static int align_iommufd(const struct vprim_iova_windows_iommufd *request,
			 uint64_t *align, struct vprim_reason *reason)
{
	uint64_t lowest = request->addr & -request->addr, a;

	if (!vprim_is_pow2(request->iova_alignment))
		return refuse_align(request->iova_alignment, reason);
	if (!vprim_is_pow2(request->huge_bytes))
		return refuse_align(request->huge_bytes, reason);
	/* Two pages of half the space leave nothing between them. */
	if (!vprim_is_pow2(request->page_bytes) || request->page_bytes >> 63)
		return refuse_align(request->page_bytes, reason);
	if (!request->length_bytes || request->length_bytes >= UINT64_MAX >> 1)
		return refuse(reason, LENGTH, VALUE(request->length_bytes));
	a = round_up_pow2(request->length_bytes);
	if (lowest && a > lowest)
		a = lowest;
	if (a > request->huge_bytes)
		a = request->huge_bytes;
	if (a < request->iova_alignment)
		return refuse(reason, BUFFER, VALUE(a));
	*align = a;
	return 0;
}

/* The holes of one allowed span, from the first place in it on. */
static int search_iommufd(const struct vprim_iova_windows_space *sets,
			  const struct vprim_iova_windows_iommufd *request,
			  uint64_t align, struct vprim_range span,
			  uint64_t *start)
{
	struct vprim_range hole;
	int ret;

	/* iommufd aligns the span before it looks for holes in it. */
	if (!place_iommufd(&span, request, align, &span.start))
		return -ENOENT;
	do {
		ret = vprim_iova_windows_hole(sets, &span,
					      request->length_bytes - 1,
					      VPRIM_IOVA_WINDOWS_UP, &hole);
		if (ret)
			return ret;
		if (place_iommufd(&hole, request, align, start))
			return 0;
	} while (skip(&span, &hole, VPRIM_IOVA_WINDOWS_UP));
	return -ENOENT;
}

int vprim_iova_windows_alloc_iommufd(
	const struct vprim_iova_windows_space *space,
	const struct vprim_iova_windows_iommufd *request, uint64_t *iova,
	struct vprim_reason *reason)
{
	struct vprim_iova_windows_space sets;
	struct vprim_range bounds, span;
	uint64_t align = 1, found;
	size_t i = 0;
	int ret;

	vprim_reason_clear(reason);
	if (!is_space(space) || !request || !iova)
		return vprim_reason_argument(reason);
	ret = align_iommufd(request, &align, reason);
	if (ret)
		return ret;
	sets = *space;
	sets.nr_allowed = 0;
	bounds.start = request->page_bytes;
	bounds.last = UINT64_MAX - request->page_bytes;
	do {
		span = bounds;
		if (space->nr_allowed) {
			/* Ranges that touch are one span. */
			span = space->allowed[i];
			while (++i < space->nr_allowed &&
			       vprim_range_touches(&span, &space->allowed[i]))
				span.last = space->allowed[i].last;
		}
		if (vprim_range_intersect(&span, &bounds, &span))
			continue;
		ret = search_iommufd(&sets, request, align, span, &found);
		if (!ret)
			*iova = found;
		if (ret != -ENOENT)
			return ret;
	} while (i < space->nr_allowed);
	return no_space(request->length_bytes - 1, reason);
}

/* One try of alloc_frames, up to @limit. */
static int try_frames(const struct vprim_iova_windows_space *space,
		      const struct vprim_iova_windows_frames *request,
		      uint64_t size, uint64_t limit, uint64_t *pfn)
{
	struct vprim_iova_windows_request r = {
		.last_offset = size - 1,
		.align_bytes = 1,
		.min = request->start_pfn,
		/* Linux keeps a sentinel in the all-ones frame. */
		.max = limit == UINT64_MAX ? limit - 1 : limit,
		.dir = VPRIM_IOVA_WINDOWS_DOWN,
	};

	if (r.min > r.max)
		return -ENOSPC;
	if (request->flags & VPRIM_IOVA_WINDOWS_SIZE_ALIGNED) {
		/* Its alignment would be 2^64. */
		if (size > UINT64_C(1) << 63)
			return -ENOSPC;
		r.align_bytes = round_up_pow2(size);
	}
	return vprim_iova_windows_alloc(space, &r, pfn, NULL);
}

int vprim_iova_windows_alloc_frames(
	const struct vprim_iova_windows_space *space,
	const struct vprim_iova_windows_frames *request, uint64_t *pfn,
	struct vprim_reason *reason)
{
	uint64_t size, first;
	int ret = -ENOSPC;

	vprim_reason_clear(reason);
	if (!is_space(space) || !request || !pfn ||
	    (request->flags & ~(VPRIM_IOVA_WINDOWS_SIZE_ALIGNED |
				VPRIM_IOVA_WINDOWS_ROUND_SMALL)))
		return vprim_reason_argument(reason);
	size = request->size;
	if (!size)
		return refuse(reason, SIZE);
	if (request->start_pfn > request->limit_pfn) {
		struct vprim_range r = { request->start_pfn,
					 request->limit_pfn };

		return refuse(reason, BOUNDS, RANGE(r));
	}
	if (size < 32 && (request->flags & VPRIM_IOVA_WINDOWS_ROUND_SMALL))
		size = round_up_pow2(size);
	first = request->first_limit_pfn;
	if (first && first < request->limit_pfn)
		ret = try_frames(space, request, size, first, pfn);
	if (ret == -ENOSPC)
		ret = try_frames(space, request, size, request->limit_pfn, pfn);
	if (ret != -ENOSPC)
		return ret;
	return refuse(reason, FRAMES, VALUE(size));
}
