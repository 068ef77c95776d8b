// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placement: iommufd's bottom-up search.
 *
 * A candidate of a hole is its start aligned up, with the buffer's offset in its
 * page put into the low bits. For a buffer without such an offset that is the
 * lowest aligned place, which the map finds without looking at each hole; the
 * kernel's rule that a candidate must lie below the hole's last byte then only
 * says that one byte needs room for two.
 */
#include "ioas_internal.h"

struct want {
	uint64_t length;
	uint64_t align;
	uint64_t offset;	/* in the page, below it */
};

static bool fits(const struct vprim_range *hole, const struct want *w,
		 uint64_t *start)
{
	uint64_t at;

	if (vprim_add_overflow(hole->start, w->align - 1, &at))
		return false;
	at = (at & ~(w->align - 1)) | w->offset;
	if (at >= hole->last || hole->last - at < w->length - 1)
		return false;
	*start = at;
	return true;
}

/* Between areas, the buffer page-aligned: one question to the map. */
static bool search_aligned(struct vprim_ioas *ioas,
			   const struct vprim_range *within,
			   const struct want *w, uint64_t *start)
{
	struct vprim_iova_map_gap gap = {
		.size_minus_1 = w->length > 1 ? w->length - 1 : 1,
		.align_bytes = w->align,
		.within = *within,
		.direction = VPRIM_IOVA_MAP_UP,
	};

	return !vprim_iova_map_gap(&ioas->areas_, &gap, start);
}

/* Between areas, with an offset: hole by hole, those that are long enough. */
static bool search_holes(struct vprim_ioas *ioas,
			 const struct vprim_range *within, const struct want *w,
			 uint64_t *start)
{
	struct vprim_iova_map_gap gap = {
		.size_minus_1 = w->length - 1,
		.align_bytes = 1,
		.within = *within,
		.direction = VPRIM_IOVA_MAP_UP,
	};
	struct vprim_iova_mapping m;
	struct vprim_range hole = *within;

	while (!vprim_iova_map_gap(&ioas->areas_, &gap, &hole.start)) {
		hole.last = within->last;
		if (!vprim_iova_map_first(&ioas->areas_, &hole, &m))
			hole.last = m.range.start - 1;
		if (fits(&hole, w, start))
			return true;
		if (hole.last == within->last)
			break;
		gap.within.start = hole.last + 1;
	}
	return false;
}

/* One allowed range: the kernel aligns its start before it looks for holes. */
static bool search_allowed(struct vprim_ioas *ioas,
			   const struct vprim_range *allowed,
			   const struct want *w, uint64_t *start)
{
	struct vprim_interval_tree_spans spans;
	struct vprim_range within;
	bool found = false;

	within.start = ioas->config_.page_bytes;
	within.last = ioas->config_.native_last - ioas->config_.page_bytes;
	if (vprim_range_intersect(&within, allowed, &within) ||
	    !fits(&within, w, &within.start))
		return false;
	vprim_interval_tree_spans_init(&spans, &ioas->reserved_, &within);
	while (!found && spans.kind != VPRIM_INTERVAL_TREE_DONE) {
		if (spans.kind == VPRIM_INTERVAL_TREE_HOLE)
			found = w->offset ?
				search_holes(ioas, &spans.span, w, start) :
				search_aligned(ioas, &spans.span, w, start);
		vprim_interval_tree_spans_next(&spans);
	}
	return found;
}

static bool search(struct vprim_ioas *ioas, const struct want *w,
		   uint64_t *start)
{
	struct vprim_range all = everything(ioas);
	size_t i;

	if (!ioas->nr_allowed_)
		return search_allowed(ioas, &all, w, start);
	for (i = 0; i < ioas->nr_allowed_; i++)
		if (search_allowed(ioas, &ioas->allowed_[i], w, start))
			return true;
	return false;
}

static uint64_t round_up_pow2(uint64_t v)
{
	return vprim_is_pow2(v) ? v : (uint64_t)2 << vprim_fls64(v);
}

int vprim_ioas_place_(struct vprim_ioas *ioas, uint64_t addr, uint64_t length,
		      struct vprim_range *range, struct vprim_reason *why)
{
	const struct vprim_ioas_config *config = &ioas->config_;
	struct want w = { length, 0, addr & (config->page_bytes - 1) };
	uint64_t start;

	/* Below half of the words the power of two exists. */
	if (length >= config->native_last / 2)
		return refuse(why, ALLOC_LENGTH, VALUE(length));
	w.align = round_up_pow2(length);
	if (addr && lowest_bit(addr) < w.align)
		w.align = lowest_bit(addr);
	if (w.align > config->huge_bytes)
		w.align = config->huge_bytes;
	if (w.align < ioas->alignment_)
		return refuse(why, ALLOC_ALIGN, VALUE(w.align));
	if (!search(ioas, &w, &start))
		return refuse(why, SPACE, VALUE(length));
	return vprim_range_from_size(start, length, range);
}
