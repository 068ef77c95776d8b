// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * MAP and COPY.
 *
 * Both take a place, put areas there that are "in flight", fill them, and make
 * them areas like others. A failure takes them all out again.
 */
#include "ioas_internal.h"

static uint64_t native_last(const struct vprim_ioas *ioas)
{
	return ioas ? ioas->config_.native_last : UINT64_MAX;
}

static int check_flags(uint32_t flags, struct vprim_reason *why)
{
	const uint32_t known = IOAS_PROT | VPRIM_IOAS_FIXED_IOVA;

	if (flags & ~known)
		return refuse(why, FLAG, VALUE(flags & ~known));
	return 0;
}

static int check_prot(uint32_t flags, struct vprim_reason *why)
{
	return flags & IOAS_PROT ? 0 : refuse(why, PROT);
}

static inline int check_map_args(const struct vprim_ioas *ioas,
			  const struct vprim_ioas_map_args *args,
			  struct vprim_reason *why)
{
	int ret = check_flags(args->flags, why);

	if (ret)
		return ret;
	if (args->reserved)
		return refuse(why, RESERVED_FIELD, VALUE(args->reserved));
	if (args->iova >= native_last(ioas))
		return refuse(why, IOVA_MAX);
	if (args->length_bytes >= native_last(ioas))
		return refuse(why, LENGTH_MAX);
	ret = check_prot(args->flags, why);
	if (!ret && !ioas)
		ret = refuse(why, ABSENT);
	return ret;
}

/* The end of the buffer, one behind its last byte, must be a word too. */
static bool uptr_wraps(const struct vprim_ioas *ioas,
		       const struct vprim_ioas_map_args *args)
{
	uint64_t last = ioas->config_.native_last;

	return args->uptr > last || args->length_bytes > last - args->uptr;
}

static int check_length(const struct vprim_ioas *ioas, uint64_t length,
			struct vprim_reason *why)
{
	const struct vprim_ioas_config *config = &ioas->config_;

	if (!length)
		return refuse(why, LENGTH);
	if (length > config->native_last - config->page_bytes)
		return refuse(why, LENGTH_LIMIT, VALUE(length));
	return 0;
}

static int check_buffer(const struct vprim_ioas *ioas,
			const struct vprim_ioas_map_args *args,
			struct vprim_reason *why)
{
	bool wraps = uptr_wraps(ioas, args);
	int ret = 0;

	if (!wraps || !vprim_linux_has(ioas->config_.release,
				       VPRIM_CHANGE_IOAS_UPTR_FIRST))
		ret = check_length(ioas, args->length_bytes, why);
	if (!ret && wraps)
		ret = refuse(why, UPTR_WRAP, VALUE(args->uptr));
	return ret;
}

/* A fixed place: everything but whether an area is there already. */
static int check_fixed(const struct vprim_ioas *ioas, uint64_t iova,
		       uint64_t length, struct vprim_range *range,
		       struct vprim_reason *why)
{
	const struct vprim_interval_tree_node *node;

	if (iova & (ioas->alignment_ - 1))
		return refuse(why, IOVA_ALIGN, VALUE(iova));
	if (!native_range(ioas->config_.native_last, iova, length, range))
		return refuse(why, IOVA_WRAP, VALUE(iova));
	node = vprim_interval_tree_first(&ioas->reserved_, range);
	if (node)
		return refuse(why, RESERVED, RANGE(*range), HIT(node->range));
	return 0;
}

static inline int take_place(struct vprim_ioas *ioas, uint32_t flags, uint64_t iova,
		      uint64_t addr, uint64_t length, struct vprim_range *range,
		      struct vprim_reason *why)
{
	if (length & (ioas->alignment_ - 1))
		return refuse(why, LENGTH_ALIGN, VALUE(length));
	if (flags & VPRIM_IOAS_FIXED_IOVA)
		return check_fixed(ioas, iova, length, range, why);
	return vprim_ioas_place_(ioas, addr, length, range, why);
}

static int check_free(const struct vprim_ioas *ioas,
		      const struct vprim_range *range, struct vprim_reason *why)
{
	struct vprim_iova_mapping hit;

	if (vprim_iova_map_first(&ioas->areas_, range, &hit))
		return 0;
	return refuse(why, OVERLAP, RANGE(*range), HIT(hit.range));
}

static inline int check_offset(const struct vprim_ioas *ioas, uint64_t start_byte,
			struct vprim_reason *why)
{
	uint64_t offset = start_byte & (ioas->config_.page_bytes - 1);

	if (!(offset & (ioas->alignment_ - 1)))
		return 0;
	return refuse(why, PAGE_OFFSET, VALUE(offset));
}

/* The caller keeps the area when that fails. */
static inline int insert(struct vprim_ioas *ioas, const struct vprim_range *range,
		  struct area *area, struct vprim_reason *why)
{
	struct vprim_iova_mapping hit;
	int ret = vprim_iova_map_insert(&ioas->areas_, range, (uintptr_t)area,
					&hit);

	if (ret == -EEXIST)
		return refuse(why, OVERLAP, RANGE(*range), HIT(hit.range));
	if (ret)
		return refuse(why, MEMORY);
	area_in(ioas, range, area);
	ioas->busy_ += area->state != AREA_IDLE;
	return 0;
}

static struct area *make_pages(struct vprim_ioas *ioas,
			       const struct vprim_ioas_map_args *args)
{
	uint64_t mask = ioas->config_.page_bytes - 1;
	struct pages *pages = vprim_ioas_pages_alloc_(ioas);

	if (!pages)
		return NULL;
	pages->base = args->uptr & ~mask;
	pages->kind = args->kind;
	pages->writable = args->flags & VPRIM_IOAS_WRITEABLE;
	pages->own.start_byte = args->uptr & mask;
	pages->own.prot = args->flags & IOAS_PROT;
	return &pages->own;
}

/*
 * From the buffer on: what a VFIO program asks through the container, too. With
 * nothing to fill the two halves can be one.
 */
int vprim_ioas_map_user_(struct vprim_ioas *ioas,
			 const struct vprim_ioas_map_args *args,
			 enum area_state state, struct vprim_range *range,
			 struct vprim_reason *why)
{
	struct area *area;
	int ret = check_buffer(ioas, args, why);

	if (!ret)
		ret = take_place(ioas, args->flags, args->iova, args->uptr,
				 args->length_bytes, range, why);
	if (ret)
		return ret;
	ret = check_offset(ioas, args->uptr, why);
	if (ret) {
		/* An area in the way answers before the offset does. */
		int taken = check_free(ioas, range, NULL);

		return taken ? check_free(ioas, range, why) : ret;
	}
	area = make_pages(ioas, args);
	if (!area) {
		/* It answers before memory does, too. */
		ret = check_free(ioas, range, why);
		return ret ? ret : refuse(why, MEMORY);
	}
	area->state = state;
	area->unit = range->start;
	ret = insert(ioas, range, area, why);
	if (ret)
		vprim_ioas_area_drop_(ioas, area);
	return ret;
}

int vprim_ioas_map_begin(struct vprim_ioas *ioas,
			 const struct vprim_ioas_map_args *args,
			 struct vprim_range *range, struct vprim_reason *why)
{
	struct vprim_range place;
	int ret;

	vprim_reason_clear(why);
	ret = check_map_args(ioas, args, why);
	if (!ret)
		ret = vprim_ioas_map_user_(ioas, args, AREA_FILLING, &place,
					   why);
	if (!ret)
		*range = place;
	return ret;
}

/* Whether @range is what one map has in flight, all of it. */
static bool is_unit(const struct vprim_ioas *ioas,
		    const struct vprim_range *range)
{
	struct vprim_iova_mapping m;
	uint64_t at = range->start;

	do {
		/* What begins below @range is of a unit that does, too. */
		if (vprim_iova_map_stab(&ioas->areas_, at, &m) ||
		    m.range.last > range->last ||
		    area_of(&m)->state != AREA_FILLING ||
		    area_of(&m)->unit != range->start)
			return false;
		at = m.range.last + 1;
	} while (m.range.last != range->last);
	return !at || vprim_iova_map_stab(&ioas->areas_, at, &m) ||
	       area_of(&m)->state != AREA_FILLING ||
	       area_of(&m)->unit != range->start;
}

static int check_unit(const struct vprim_ioas *ioas,
		      const struct vprim_range *range, struct vprim_reason *why)
{
	if (!vprim_range_is_valid(range))
		return vprim_reason_inverted_(why, range);
	if (!is_unit(ioas, range))
		return refuse(why, NOT_IN_FLIGHT, RANGE(*range));
	return 0;
}

/* What a map put into a range becomes areas like others. */
static void commit_range(struct vprim_ioas *ioas,
			 const struct vprim_range *range)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret = walk(&cursor, ioas, range, &m);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m)) {
		area_of(&m)->state = AREA_IDLE;
		ioas->busy_--;
	}
}

int vprim_ioas_map_commit(struct vprim_ioas *ioas,
			  const struct vprim_range *range,
			  struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = check_unit(ioas, range, why);
	if (!ret)
		commit_range(ioas, range);
	return ret;
}

/* Take out what a map put into a range that holds nothing else. */
static void abort_range(struct vprim_ioas *ioas,
			const struct vprim_range *range)
{
	struct vprim_iova_mapping m;

	while (!vprim_iova_map_first(&ioas->areas_, range, &m)) {
		certain(vprim_iova_map_remove(&ioas->areas_, &m.range, NULL));
		ioas->busy_ -= is_busy(area_of(&m));
		area_out(ioas, &m.range, area_of(&m));
		vprim_ioas_area_drop_(ioas, area_of(&m));
	}
}

int vprim_ioas_map_abort(struct vprim_ioas *ioas,
			 const struct vprim_range *range,
			 struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = check_unit(ioas, range, why);
	if (!ret)
		abort_range(ioas, range);
	return ret;
}

/* Unfill what was filled of a unit, up to but not with the area at @end. */
static void unfill(struct vprim_ioas *ioas, uint64_t at, uint64_t end)
{
	struct vprim_ioas_mapping out;
	struct vprim_iova_mapping m;

	while (at != end) {
		certain(vprim_iova_map_stab(&ioas->areas_, at, &m));
		out = vprim_ioas_mapping_of_(&m);
		if (ioas->ops_.unfill)
			ioas->ops_.unfill(ioas->config_.ops_ctx, &out);
		at = m.range.last + 1;
	}
}

static int fill(struct vprim_ioas *ioas, const struct vprim_range *range,
		struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	struct vprim_ioas_mapping out;
	uint64_t at = range->start;
	int ret;

	do {
		certain(vprim_iova_map_stab(&ioas->areas_, at, &m));
		out = vprim_ioas_mapping_of_(&m);
		ret = ioas->ops_.fill(ioas->config_.ops_ctx, &out);
		if (ret) {
			unfill(ioas, range->start, at);
			note(why, BACKEND, ERRNO(ret), RANGE(m.range));
			return ret;
		}
		at = m.range.last + 1;
	} while (m.range.last != range->last);
	return 0;
}

/* The second half with the callback: fill, then commit or abort. */
int vprim_ioas_finish_(struct vprim_ioas *ioas, const struct vprim_range *range,
		       struct vprim_reason *why)
{
	int ret;

	if (!ioas->ops_.fill)
		return 0;
	ret = fill(ioas, range, why);
	if (ret)
		abort_range(ioas, range);
	else
		commit_range(ioas, range);
	return ret;
}

int vprim_ioas_map(struct vprim_ioas *ioas,
		   const struct vprim_ioas_map_args *args, uint64_t *iova,
		   struct vprim_reason *why)
{
	struct vprim_range range;
	int ret;

	vprim_reason_clear(why);
	ret = check_map_args(ioas, args, why);
	if (!ret)
		ret = vprim_ioas_map_user_(ioas, args, first_half(ioas), &range,
					   why);
	if (!ret)
		ret = vprim_ioas_finish_(ioas, &range, why);
	if (!ret && iova)
		*iova = range.start;
	return ret;
}

static int check_copy_args(const struct vprim_ioas *ioas,
			   const struct vprim_ioas_copy_args *args,
			   struct vprim_reason *why)
{
	int ret = check_flags(args->flags, why);

	if (ret)
		return ret;
	if (args->length_bytes >= native_last(ioas))
		return refuse(why, LENGTH_MAX);
	if (args->src_iova >= native_last(ioas) ||
	    args->dst_iova >= native_last(ioas))
		return refuse(why, IOVA_MAX);
	ret = check_prot(args->flags, why);
	if (!ret && !ioas)
		ret = refuse(why, ABSENT);
	return ret;
}

static int check_source(const struct vprim_ioas *src,
			const struct vprim_ioas_copy_args *args,
			struct vprim_range *range, struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	uint64_t at;
	int ret;

	if (!args->length_bytes)
		return refuse(why, LENGTH);
	if (!native_range(src->config_.native_last, args->src_iova,
			  args->length_bytes, range))
		return refuse(why, IOVA_WRAP, VALUE(args->src_iova));
	for (at = range->start;; at = m.range.last + 1) {
		ret = vprim_ioas_covered_(src, at, range,
					  VPRIM_IOAS_RULE_SOURCE_HOLE, &m,
					  why);
		if (ret || m.range.last >= range->last)
			return ret;
	}
}

/* Whether @dst takes each area of the source with these flags. */
static int check_areas(const struct vprim_ioas *dst,
		       const struct vprim_ioas *src, uint32_t flags,
		       const struct vprim_range *source,
		       struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	uint64_t at;
	int ret;

	for (at = source->start;; at = m.range.last + 1) {
		certain(vprim_iova_map_stab(&src->areas_, at, &m));
		if ((flags & VPRIM_IOAS_WRITEABLE) &&
		    !area_of(&m)->pages->writable)
			return refuse(why, READ_ONLY);
		ret = check_offset(dst, byte_at(&m, at), why);
		if (ret || m.range.last >= source->last)
			return ret;
	}
}

/* A copy whose destination is known. */
struct copying {
	struct vprim_range source, place;
	uint32_t prot;
	enum area_state state;
};

static bool same_allocator(const struct vprim_ioas *a,
			   const struct vprim_ioas *b)
{
	return a->alloc_.alloc == b->alloc_.alloc &&
	       a->alloc_.free == b->alloc_.free &&
	       a->config_.alloc_ctx == b->config_.alloc_ctx;
}

/* One more area of pages of @src, or of pages like these. */
static struct area *share_pages(struct vprim_ioas *dst,
				const struct vprim_ioas *src,
				struct pages *pages)
{
	struct pages *own;

	if (same_allocator(dst, src))
		return vprim_ioas_area_alloc_(dst, pages);
	own = vprim_ioas_pages_alloc_(dst);
	if (!own)
		return NULL;
	own->base = pages->base;
	own->kind = pages->kind;
	own->writable = pages->writable;
	return &own->own;
}

/* One area of the copy: the part of @m that lies in the source, from @at on. */
static int copy_area(struct vprim_ioas *dst, const struct vprim_ioas *src,
		     const struct vprim_iova_mapping *m, uint64_t at,
		     const struct copying *copy, const struct vprim_range *range,
		     struct vprim_reason *why)
{
	struct area *area = share_pages(dst, src, area_of(m)->pages);
	int ret;

	if (!area)
		return refuse(why, MEMORY);
	area->start_byte = byte_at(m, at);
	area->prot = copy->prot;
	area->state = copy->state;
	area->unit = copy->place.start;
	ret = insert(dst, range, area, why);
	if (ret)
		vprim_ioas_area_drop_(dst, area);
	return ret;
}

static int copy_areas(struct vprim_ioas *dst, struct vprim_ioas *src,
		      const struct copying *copy, struct vprim_reason *why)
{
	const struct vprim_range *source = &copy->source;
	uint64_t at = source->start, last, distance;
	struct vprim_iova_mapping m;
	struct vprim_range range;
	int ret;

	distance = copy->place.start - source->start;
	for (;;) {
		certain(vprim_iova_map_stab(&src->areas_, at, &m));
		last = m.range.last < source->last ? m.range.last :
						     source->last;
		range.start = at + distance;
		range.last = last + distance;
		ret = copy_area(dst, src, &m, at, copy, &range, why);
		if (ret || last == source->last)
			break;
		at = last + 1;
	}
	if (ret)
		abort_range(dst, &copy->place);
	return ret;
}

static int copy_args(struct vprim_ioas *dst, struct vprim_ioas *src,
		     const struct vprim_ioas_copy_args *args,
		     struct copying *copy, struct vprim_reason *why)
{
	struct vprim_iova_mapping first;
	uint64_t addr;
	int ret;

	copy->prot = args->flags & IOAS_PROT;
	ret = check_copy_args(src, args, why);
	if (!ret)
		ret = check_source(src, args, &copy->source, why);
	if (!ret && !dst)
		ret = refuse(why, ABSENT);
	if (ret)
		return ret;
	certain(vprim_iova_map_stab(&src->areas_, copy->source.start, &first));
	addr = area_of(&first)->pages->base +
	       byte_at(&first, copy->source.start);
	ret = take_place(dst, args->flags, args->dst_iova, addr,
			 args->length_bytes, &copy->place, why);
	if (!ret)
		ret = check_free(dst, &copy->place, why);
	if (!ret)
		ret = check_areas(dst, src, args->flags, &copy->source, why);
	if (!ret)
		ret = copy_areas(dst, src, copy, why);
	return ret;
}

int vprim_ioas_copy_begin(struct vprim_ioas *dst, struct vprim_ioas *src,
			  const struct vprim_ioas_copy_args *args,
			  struct vprim_range *range, struct vprim_reason *why)
{
	struct copying copy = { .state = AREA_FILLING };
	int ret;

	vprim_reason_clear(why);
	ret = copy_args(dst, src, args, &copy, why);
	if (!ret)
		*range = copy.place;
	return ret;
}

int vprim_ioas_copy(struct vprim_ioas *dst, struct vprim_ioas *src,
		    const struct vprim_ioas_copy_args *args, uint64_t *iova,
		    struct vprim_reason *why)
{
	struct copying copy = { .state = first_half(dst) };
	int ret;

	vprim_reason_clear(why);
	ret = copy_args(dst, src, args, &copy, why);
	if (!ret)
		ret = vprim_ioas_finish_(dst, &copy.place, why);
	if (!ret && iova)
		*iova = copy.place.start;
	return ret;
}
