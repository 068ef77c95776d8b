// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placing a block: holes of several sets at once, and what is put into them.
 *
 * Every set says where it has room for the request. A hole of all of them is
 * found by leapfrog: each set is asked from where the one before it has room, and
 * when their answers have no place in common, all are asked again from behind
 * what cannot be it. Sizes are held less one, so that the whole space has one.
 */
#include "hole_internal.h"
#include "iova_windows_internal.h"

int vprim_hole_check(const struct vprim_hole *want, struct vprim_reason *reason)
{
	vprim_reason_clear(reason);
	if (hole_ok(want))
		return 0;
	if ((unsigned int)want->from > VPRIM_HOLE_IOMMUFD)
		return vprim_reason_argument_(reason);
	if (!vprim_is_pow2(want->align_bytes))
		return refuse(reason, ALIGN, VALUE(want->align_bytes));
	if (!offset_ok(want))
		return refuse(reason, OFFSET, VALUE(want->offset_bytes));
	return refuse(reason, BOUNDS, RANGE(want->within));
}

/* -- in one window -------------------------------------------------------- */

static bool upwards(const struct vprim_hole *want)
{
	return want->from != VPRIM_HOLE_HIGHEST;
}

static bool is_large(const struct vprim_hole *want, const struct vprim_range *r)
{
	return vprim_range_is_valid(r) && r->last - r->start >= want->last_offset;
}

/*
 * What the first holes of all sets inside `rest.within` have in common; its start
 * is above its last when they have nothing.
 */
static int common_hole(const struct vprim_hole_space *space,
		       struct vprim_hole rest, struct vprim_range *common)
{
	struct vprim_range hole;
	size_t i;
	int ret;

	*common = rest.within;
	for (i = 0; i < space->nr_blocked; i++) {
		const struct vprim_hole_blocked *b = &space->blocked[i];

		ret = b->hole(b->set, &rest, &hole);
		if (ret)
			return ret;
		/* Trust no callback with the end of the search. */
		if (!is_large(&rest, &hole) ||
		    !vprim_range_contains(&rest.within, &hole))
			return -EINVAL;
		if (hole.start > common->start)
			common->start = hole.start;
		if (hole.last < common->last)
			common->last = hole.last;
		if (upwards(&rest))
			rest.within.start = hole.start;
		else
			rest.within.last = hole.last;
	}
	return 0;
}

/*
 * Leave behind what cannot be the hole: all before the farthest answer when the
 * answers lie apart, else what they have in common. False when nothing is left.
 */
static bool go_on(struct vprim_hole *rest, const struct vprim_range *common)
{
	struct vprim_range *r = &rest->within;

	if (!vprim_range_is_valid(common)) {
		if (upwards(rest))
			r->start = common->start;
		else
			r->last = common->last;
	} else if (upwards(rest)) {
		if (common->last == r->last)
			return false;
		r->start = common->last + 1;
	} else {
		if (common->start == r->start)
			return false;
		r->last = common->start - 1;
	}
	return is_large(rest, r);
}

int vprim_hole_whole_(const struct vprim_hole_blocked *blocked,
		      const struct vprim_hole *want, struct vprim_range *hole)
{
	struct vprim_hole rest = *want;
	uint64_t at;
	int ret;

	do {
		ret = blocked->hole(blocked->set, &rest, hole);
		if (ret || fits(want, hole->start, hole->last, &at))
			return ret;
	} while (go_on(&rest, hole));
	return -ENOENT;
}

static int hole_in(const struct vprim_hole_space *space,
		   const struct vprim_hole *want,
		   const struct vprim_range *window, struct vprim_range *hole)
{
	struct vprim_hole rest = *want;
	struct vprim_range common;
	uint64_t at;
	int ret;

	/* A window that has no place when it is empty needs no question. */
	if (vprim_range_intersect(&want->within, window, &rest.within) ||
	    !fits(want, rest.within.start, rest.within.last, &at))
		return -ENOENT;
	/* iommufd aligns the span before it looks for holes in it. */
	if (want->from == VPRIM_HOLE_IOMMUFD)
		rest.within.start = at;
	do {
		ret = common_hole(space, rest, &common);
		if (ret)
			return ret;
		if (vprim_range_is_valid(&common) &&
		    fits(want, common.start, common.last, &at)) {
			*hole = common;
			return 0;
		}
	} while (go_on(&rest, &common));
	return -ENOENT;
}

/* -- in many windows ------------------------------------------------------ */

/* The window at @i, or for iommufd those that touch it too; moves @i behind. */
static struct vprim_range window_at(const struct vprim_ranges *list,
				    const struct vprim_hole *want, size_t *i)
{
	struct vprim_range window = list->range[(*i)++];

	while (want->from == VPRIM_HOLE_IOMMUFD && *i < list->count &&
	       vprim_range_touches(&window, &list->range[*i]))
		window.last = list->range[(*i)++].last;
	return window;
}

static int find_up(const struct vprim_hole_space *space,
		   const struct vprim_hole *want, struct vprim_range *hole)
{
	const struct vprim_ranges *list = &space->windows;
	size_t i = vprim_iova_windows_from(*list, want->within.start);
	struct vprim_range window;
	int ret = -ENOENT;

	while (ret == -ENOENT && i < list->count &&
	       list->range[i].start <= want->within.last) {
		window = window_at(list, want, &i);
		ret = hole_in(space, want, &window, hole);
	}
	return ret;
}

static int find_down(const struct vprim_hole_space *space,
		     const struct vprim_hole *want, struct vprim_range *hole)
{
	const struct vprim_ranges *list = &space->windows;
	size_t i = vprim_iova_windows_from(*list, want->within.last);
	int ret = -ENOENT;

	/* It is the last one to look at when it begins in there. */
	i += i < list->count && list->range[i].start <= want->within.last;
	while (ret == -ENOENT && i-- &&
	       list->range[i].last >= want->within.start)
		ret = hole_in(space, want, &list->range[i], hole);
	return ret;
}

static int find(const struct vprim_hole_space *space,
		const struct vprim_hole *want, struct vprim_range *hole)
{
	if (!space->windows.count)
		return hole_in(space, want, &want->within, hole);
	return upwards(want) ? find_up(space, want, hole) :
			       find_down(space, want, hole);
}

int vprim_hole_first(const struct vprim_hole_space *space,
		     const struct vprim_hole *want, struct vprim_range *hole)
{
	int ret = vprim_hole_check(want, NULL);

	return ret ? ret : find(space, want, hole);
}

static int no_space(uint64_t last_offset, struct vprim_reason *reason)
{
	if (last_offset == UINT64_MAX)
		return refuse(reason, SPACE);
	return refuse(reason, SPACE, VALUE(last_offset + 1));
}

int vprim_hole_place(const struct vprim_hole_space *space,
		     const struct vprim_hole *want, uint64_t *start,
		     struct vprim_reason *reason)
{
	struct vprim_range hole;
	int ret = vprim_hole_check(want, reason);

	if (ret)
		return ret;
	ret = find(space, want, &hole);
	if (ret == -ENOENT)
		return no_space(want->last_offset, reason);
	if (ret)
		return ret;
	/* It was found because it fits. */
	fits(want, hole.start, hole.last, start);
	return 0;
}

/* -- as iommufd ----------------------------------------------------------- */

/* The power of two that is not below @v; @v is 1 to 2^63. */
static uint64_t round_up_pow2(uint64_t v)
{
	return v == 1 ? 1 : UINT64_C(2) << vprim_fls64(v - 1);
}

static int refuse_align(uint64_t align, struct vprim_reason *reason)
{
	return refuse(reason, ALIGN, VALUE(align));
}

int vprim_hole_from_buffer(struct vprim_hole *want,
			   const struct vprim_hole_buffer *buffer,
			   struct vprim_reason *reason)
{
	uint64_t native = buffer->native_last ? buffer->native_last : UINT64_MAX;
	uint64_t lowest = buffer->addr & -buffer->addr, align;
	uint64_t page = buffer->page_bytes;

	vprim_reason_clear(reason);
	if (!vprim_is_pow2(buffer->iova_alignment))
		return refuse_align(buffer->iova_alignment, reason);
	if (!vprim_is_pow2(buffer->huge_bytes))
		return refuse_align(buffer->huge_bytes, reason);
	if (!vprim_is_pow2(page) || page >> 63)
		return refuse_align(page, reason);
	if (!buffer->length_bytes || buffer->length_bytes >= native / 2)
		return refuse(reason, LENGTH, VALUE(buffer->length_bytes));
	align = round_up_pow2(buffer->length_bytes);
	if (lowest && align > lowest)
		align = lowest;
	if (align > buffer->huge_bytes)
		align = buffer->huge_bytes;
	if (align < buffer->iova_alignment)
		return refuse(reason, BUFFER, VALUE(align));
	if (native < page || native - page < page)
		return no_space(buffer->length_bytes - 1, reason);
	want->within.start = page;
	want->within.last = native - page;
	/* Its place lies below the last byte of the hole, so one byte needs two. */
	want->last_offset = buffer->length_bytes - (buffer->length_bytes > 1);
	want->align_bytes = align;
	want->offset_bytes = buffer->addr & (page - 1);
	want->from = VPRIM_HOLE_IOMMUFD;
	return 0;
}

/* -- as the DMA layer ----------------------------------------------------- */

/* One try, up to @limit. */
static int try_frames(const struct vprim_hole_space *space,
		      const struct vprim_hole_frames *request, uint64_t size,
		      uint64_t limit, uint64_t *pfn)
{
	struct vprim_hole want = {
		.within.start = request->start_pfn,
		/* Linux keeps a sentinel in the all-ones frame. */
		.within.last = limit == UINT64_MAX ? limit - 1 : limit,
		.last_offset = size - 1,
		.align_bytes = 1,
		.from = VPRIM_HOLE_HIGHEST,
	};

	if (!vprim_range_is_valid(&want.within))
		return -ENOSPC;
	if (request->flags & VPRIM_HOLE_SIZE_ALIGNED) {
		/* Its alignment would be 2^64. */
		if (size > UINT64_C(1) << 63)
			return -ENOSPC;
		want.align_bytes = round_up_pow2(size);
	}
	return vprim_hole_place(space, &want, pfn, NULL);
}

static int check_frames(const struct vprim_hole_frames *request,
			struct vprim_reason *reason)
{
	struct vprim_range r = { request->start_pfn, request->limit_pfn };

	vprim_reason_clear(reason);
	if (request->flags & ~(VPRIM_HOLE_SIZE_ALIGNED | VPRIM_HOLE_ROUND_SMALL))
		return vprim_reason_argument_(reason);
	if (!request->size)
		return refuse(reason, SIZE);
	if (!vprim_range_is_valid(&r))
		return refuse(reason, BOUNDS, RANGE(r));
	return 0;
}

int vprim_hole_place_frames(const struct vprim_hole_space *space,
			    const struct vprim_hole_frames *request,
			    uint64_t *pfn, struct vprim_reason *reason)
{
	uint64_t size = request->size, first = request->first_limit_pfn;
	int ret = check_frames(request, reason);

	if (ret)
		return ret;
	if (size < 32 && (request->flags & VPRIM_HOLE_ROUND_SMALL))
		size = round_up_pow2(size);
	ret = -ENOSPC;
	if (first && first < request->limit_pfn)
		ret = try_frames(space, request, size, first, pfn);
	if (ret == -ENOSPC)
		ret = try_frames(space, request, size, request->limit_pfn, pfn);
	if (ret != -ENOSPC)
		return ret;
	return refuse(reason, FRAMES, VALUE(size));
}
