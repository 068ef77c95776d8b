// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Groups: what may be mapped.
 *
 * A list of windows is made in an array of its own and put in place when it has
 * passed. The first aperture gives the list its one window; later ones clip it,
 * and reserved ranges cut holes.
 */
#include "type1_internal.h"

bool vprim_type1_has_emulated_(const struct vprim_type1 *c)
{
	const struct vprim_type1_group *g;

	for (g = c->groups_; g; g = g->next_)
		if (g->emulated)
			return true;
	return false;
}

/* An IOMMU is there whose device may write anywhere. */
bool vprim_type1_all_dirty_(const struct vprim_type1 *c)
{
	const struct vprim_type1_group *g;

	for (g = c->groups_; g; g = g->next_)
		if (!g->emulated && !g->pinned_only_)
			return true;
	return false;
}

/* Page sizes that all IOMMUs have; those below the CPU's page become that. */
uint64_t vprim_type1_pgsizes_(const struct vprim_type1 *c, uint64_t more)
{
	uint64_t mask = c->config_.pgsize_bitmap & more;
	const uint64_t below = c->config_.page_bytes - 1;
	const struct vprim_type1_group *g;

	for (g = c->groups_; g; g = g->next_)
		if (!g->emulated)
			mask &= g->pgsize_bitmap;
	if (mask & below)
		mask = (mask & ~below) | c->config_.page_bytes;
	return mask;
}

/*
 * The page sizes follow the groups, on whatever path these change. Not so while
 * dirty pages are tracked and the smallest would be another: each bitmap was made
 * for the one in force, which stays until the STOP.
 */
void vprim_type1_follow_pgsizes_(struct vprim_type1 *c)
{
	uint64_t mask = vprim_type1_pgsizes_(c, UINT64_MAX);

	if (!c->dirty_ || (mask & (~mask + 1)) == smallest_page(c))
		c->pgsize_bitmap_ = mask;
}

static void put_windows(struct vprim_type1 *c, struct vprim_range *list,
			size_t count)
{
	if (c->windows_)
		c->alloc_.free(c->config_.alloc_ctx, c->windows_,
			       c->nr_windows_ * sizeof(*list));
	c->windows_ = list;
	c->nr_windows_ = count;
}

/* As many as the caller has in memory: the bytes fit in a size. */
static struct vprim_range *list_alloc(const struct vprim_type1 *c, size_t count)
{
	return c->alloc_.alloc(c->config_.alloc_ctx,
			       count * sizeof(struct vprim_range));
}

int vprim_type1_set_windows(struct vprim_type1 *c,
			    const struct vprim_range *list, size_t count,
			    struct vprim_reason *why)
{
	struct vprim_range *copy = NULL;
	int ret;

	if (!c)
		return vprim_reason_set(why, VPRIM_REASON_ARGUMENT, NULL, NULL);
	ret = vprim_iova_windows_check(list, count, why);
	if (ret)
		return ret;
	if (count) {
		copy = list_alloc(c, count);
		if (!copy)
			return vprim_reason_set(why, VPRIM_REASON_TYPE1_MEMORY,
						NULL, NULL);
		memcpy(copy, list, count * sizeof(*copy));
	}
	put_windows(c, copy, count);
	return 0;
}

const struct vprim_range *vprim_type1_windows(const struct vprim_type1 *c,
					      size_t *count)
{
	if (count)
		*count = c ? c->nr_windows_ : 0;
	return c ? c->windows_ : NULL;
}

/* A list under construction: at most @room windows. */
struct draft {
	struct vprim_range *storage;
	size_t room;
	struct vprim_iova_windows windows;
};

static int draft_init(const struct vprim_type1 *c, struct draft *d, size_t room)
{
	d->room = room;
	d->storage = list_alloc(c, room);
	if (!d->storage)
		return -ENOMEM;
	return vprim_iova_windows_init(&d->windows, d->storage, room);
}

static void draft_drop(const struct vprim_type1 *c, const struct draft *d)
{
	if (d->storage)
		c->alloc_.free(c->config_.alloc_ctx, d->storage,
			       d->room * sizeof(*d->storage));
}

static int draft_exclude(struct draft *d, const struct vprim_type1_group *group)
{
	size_t i, needed;
	int ret = 0;

	for (i = 0; !ret && i < group->nr_reserved; i++)
		if (group->reserved[i].type !=
		    VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			ret = vprim_iova_windows_exclude(&d->windows,
						&group->reserved[i].range,
						&needed, NULL);
	return ret;
}

static int check_fields(const struct vprim_type1_group *group,
			struct vprim_reason *why)
{
	size_t i;

	if (group->emulated)
		return 0;
	if (group->nr_reserved && !group->reserved)
		return vprim_reason_set(why, VPRIM_REASON_ARGUMENT, NULL, NULL);
	if (!vprim_range_is_valid(&group->aperture))
		return vprim_reason_set(why, VPRIM_REASON_INVERTED,
					&group->aperture, NULL);
	for (i = 0; i < group->nr_reserved; i++)
		if (!vprim_range_is_valid(&group->reserved[i].range))
			return vprim_reason_set(why, VPRIM_REASON_INVERTED,
						&group->reserved[i].range,
						NULL);
	return 0;
}

static int check_mapped_pages(const struct vprim_type1 *c, uint64_t page,
			      struct vprim_reason *why)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_cursor_init(&cursor, &c->dma_, &all);

	while (!ret && !vprim_iova_map_cursor_next(&cursor, &m))
		if ((m.range.start | (m.range.last + 1)) & (page - 1))
			ret = refuse_value_hit(why, VPRIM_REASON_TYPE1_ALIGN,
					       m.range.start, &m.range);
	return ret;
}

/* The smallest page may grow where the mappings suit it. */
static int check_pgsizes(const struct vprim_type1 *c,
			 const struct vprim_type1_group *group,
			 struct vprim_reason *why)
{
	uint64_t mask = vprim_type1_pgsizes_(c, group->pgsize_bitmap);
	uint64_t page = mask & (~mask + 1);

	if (!mask)
		return vprim_reason_set_value(why, VPRIM_REASON_TYPE1_PGSIZES,
					      group->pgsize_bitmap);
	if (page == smallest_page(c))
		return 0;
	if (c->dirty_)
		return vprim_reason_set_value(why, VPRIM_REASON_TYPE1_DIRTY_ON,
					      page);
	return page > smallest_page(c) ? check_mapped_pages(c, page, why) : 0;
}

static int check_no_mapping(const struct vprim_type1 *c, uint64_t start,
			    uint64_t last, enum vprim_reason_rule rule,
			    const struct vprim_range *reported,
			    struct vprim_reason *why)
{
	struct vprim_range range = { start, last };
	struct vprim_iova_mapping m;

	if (vprim_iova_map_first(&c->dma_, &range, &m))
		return 0;
	return vprim_reason_set(why, rule, reported, &m.range);
}

static int check_aperture(const struct vprim_type1 *c,
			  const struct vprim_range *aperture,
			  struct vprim_reason *why)
{
	const enum vprim_reason_rule rule = VPRIM_REASON_TYPE1_APERTURE_MAPPED;
	struct vprim_range span;
	int ret = 0;

	if (c->nr_windows_) {
		span.start = c->windows_[0].start;
		span.last = c->windows_[c->nr_windows_ - 1].last;
		if (!vprim_range_overlaps(&span, aperture))
			return vprim_reason_set(why,
					VPRIM_REASON_TYPE1_APERTURE_APART,
					aperture, &span);
	}
	if (aperture->start)
		ret = check_no_mapping(c, 0, aperture->start - 1, rule,
				       aperture, why);
	if (!ret && aperture->last != UINT64_MAX)
		ret = check_no_mapping(c, aperture->last + 1, UINT64_MAX, rule,
				       aperture, why);
	return ret;
}

static int check_reserved(const struct vprim_type1 *c,
			  const struct vprim_type1_group *group,
			  struct vprim_reason *why)
{
	const struct vprim_range *range;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < group->nr_reserved; i++) {
		range = &group->reserved[i].range;
		if (group->reserved[i].type !=
		    VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			ret = check_no_mapping(c, range->start, range->last,
					VPRIM_REASON_TYPE1_RESERVED_MAPPED,
					range, why);
	}
	return ret;
}

/* The list that is left when @group narrows the one in force. */
static int narrow(struct vprim_type1 *c, const struct vprim_type1_group *group,
		  struct vprim_reason *why)
{
	struct draft d = { NULL, 0, { NULL, 0, 0 } };
	int ret = draft_init(c, &d, c->nr_windows_ + group->nr_reserved + 1);

	if (!ret)
		ret = vprim_iova_windows_set(&d.windows, c->windows_,
					     c->nr_windows_, NULL);
	if (!ret)
		ret = vprim_iova_windows_clip(&d.windows, &group->aperture,
					      VPRIM_IOVA_WINDOWS_TYPE1_EDGES,
					      NULL);
	if (!ret)
		ret = draft_exclude(&d, group);
	if (!ret)
		ret = vprim_type1_set_windows(c, d.windows.ranges,
					      d.windows.count, NULL);
	draft_drop(c, &d);
	if (ret == -EINVAL)
		return vprim_reason_set(why, VPRIM_REASON_TYPE1_NOTHING_LEFT,
					&group->aperture, NULL);
	if (ret)
		return vprim_reason_set(why, VPRIM_REASON_TYPE1_MEMORY, NULL,
					NULL);
	return 0;
}

static int check_group(const struct vprim_type1 *c,
		       const struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	int ret = check_fields(group, why);

	if (ret || group->emulated)
		return ret;
	ret = check_aperture(c, &group->aperture, why);
	if (!ret)
		ret = check_reserved(c, group, why);
	if (!ret)
		ret = check_pgsizes(c, group, why);
	return ret;
}

int vprim_type1_attach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	int ret;

	if (!c || !group)
		return vprim_reason_set(why, VPRIM_REASON_ARGUMENT, NULL, NULL);
	if (c->vaddr_invalid_)
		return vprim_reason_set_value(why,
					      VPRIM_REASON_TYPE1_VADDR_HELD,
					      c->vaddr_invalid_);
	if (group->owner_)
		return vprim_reason_set(why, VPRIM_REASON_TYPE1_ATTACHED, NULL,
					NULL);
	ret = check_group(c, group, why);
	if (!ret && !group->emulated)
		ret = narrow(c, group, why);
	if (ret)
		return ret;
	group->owner_ = c;
	group->pinned_only_ = group->emulated;
	group->next_ = c->groups_;
	c->groups_ = group;
	vprim_type1_follow_pgsizes_(c);
	return 0;
}

/* The windows anew, from the groups that are left. */
static void widen(struct vprim_type1 *c)
{
	struct draft d = { NULL, 0, { NULL, 0, 0 } };
	struct vprim_range aperture = everything(c);
	const struct vprim_type1_group *g;
	size_t room = 1;
	int ret;

	for (g = c->groups_; g; g = g->next_) {
		if (g->emulated)
			continue;
		room += g->nr_reserved;
		if (aperture.start < g->aperture.start)
			aperture.start = g->aperture.start;
		if (aperture.last > g->aperture.last)
			aperture.last = g->aperture.last;
	}
	ret = draft_init(c, &d, room);
	if (!ret)
		ret = vprim_iova_windows_clip(&d.windows, &aperture, 0, NULL);
	for (g = c->groups_; !ret && g; g = g->next_)
		if (!g->emulated)
			ret = draft_exclude(&d, g);
	if (!ret)
		ret = vprim_type1_set_windows(c, d.windows.ranges,
					      d.windows.count, NULL);
	draft_drop(c, &d);
}

static void remove_everything(struct vprim_type1 *c)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_mapping m;

	while (!vprim_iova_map_first(&c->dma_, &all, &m) &&
	       !vprim_iova_map_remove(&c->dma_, &m.range, NULL))
		vprim_type1_gone_(c, &m);
	vprim_iova_map_clear(&c->pins_);
}

int vprim_type1_detach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	struct vprim_type1_group **link;

	if (!c || !group)
		return vprim_reason_set(why, VPRIM_REASON_ARGUMENT, NULL, NULL);
	if (group->owner_ != c)
		return vprim_reason_set(why, VPRIM_REASON_TYPE1_NOT_ATTACHED,
					NULL, NULL);
	for (link = &c->groups_; *link != group; link = &(*link)->next_)
		;
	*link = group->next_;
	group->owner_ = NULL;
	group->next_ = NULL;
	if (!c->groups_)
		remove_everything(c);
	vprim_type1_follow_pgsizes_(c);
	if (group->emulated)
		return 0;
	if (c->nr_windows_)
		widen(c);
	return c->dirty_ && !group->pinned_only_ ? vprim_type1_bits_fill_(c) :
						   0;
}

int vprim_type1_check_extension(const struct vprim_type1 *c, uint32_t extension)
{
	const struct vprim_type1_group *g;

	switch (extension) {
	case VPRIM_TYPE1_IOMMU:
	case VPRIM_TYPE1_V2:
	case VPRIM_TYPE1_NESTING:
	case VPRIM_TYPE1_UNMAP_ALL:
		return 1;
	case VPRIM_TYPE1_UPDATE_VADDR:
		return c && !vprim_type1_has_emulated_(c);
	case VPRIM_TYPE1_DMA_CC:
		for (g = c ? c->groups_ : NULL; g; g = g->next_)
			if (!g->emulated && !g->cache_coherent)
				return 0;
		return c != NULL;
	default:
		return 0;
	}
}
