// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Groups: what they ask of the mappings that are there, and what they have in
 * common. That is counted, so that no question and no detach walks over them.
 */
#include "type1_internal.h"

/* One group more, or one less, in everything that is counted. */
static void count_group(struct vprim_type1 *c, struct vprim_type1_group *group,
			bool more)
{
	const size_t one = more ? 1 : SIZE_MAX;
	unsigned int i;

	if (group->emulated_) {
		c->nr_emulated_ += one;
		return;
	}
	c->nr_incoherent_ += group->incoherent_ ? one : 0;
	c->nr_writers_ += group->pinned_only_ ? 0 : one;
	for (i = 0; i < 64; i++)
		if (!(group->pgsizes_ >> i & 1))
			c->lacks_[i] += one;
}

/* Page sizes that all IOMMUs have; those below the CPU's page become that. */
uint64_t vprim_type1_pgsizes_(const struct vprim_type1 *c, uint64_t more)
{
	uint64_t mask = c->config_.pgsize_bitmap & more;
	const uint64_t below = c->config_.page_bytes - 1;
	unsigned int i;

	for (i = 0; i < 64; i++)
		if (c->lacks_[i])
			mask &= ~((uint64_t)1 << i);
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

static int check_fields(const struct vprim_type1_group *group,
			struct vprim_reason *why)
{
	size_t i;

	if (group->emulated)
		return 0;
	if (!vprim_range_is_valid(&group->aperture))
		return vprim_reason_inverted_(why, &group->aperture);
	for (i = 0; i < group->nr_reserved; i++)
		if (!vprim_range_is_valid(&group->reserved[i].range))
			return vprim_reason_inverted_(why,
						     &group->reserved[i].range);
	return 0;
}

/* Nobody keeps a direct range mapped 1:1 once the device is the program's. */
static int check_direct(const struct vprim_type1_group *group,
			enum vprim_type1_rule rule, struct vprim_reason *why)
{
	const struct vprim_iova_windows_reserved *r = group->reserved;
	size_t i;

	for (i = 0; !group->emulated && i < group->nr_reserved; i++)
		if (r[i].type == VPRIM_IOVA_WINDOWS_DIRECT)
			return refuse_by(why, rule, RANGE(r[i].range));
	return 0;
}

static int check_mapped_pages(const struct vprim_type1 *c, uint64_t page,
			      struct vprim_reason *why)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret = walk(&cursor, &c->dma_, &all, &m);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m))
		if ((m.range.start | (m.range.last + 1)) & (page - 1))
			return refuse(why, ALIGN, VALUE(m.range.start),
				      HIT(m.range));
	return 0;
}

/* The smallest page may grow where the mappings suit it; it shrinks with none. */
static int check_pgsizes(const struct vprim_type1 *c,
			 const struct vprim_type1_group *group,
			 struct vprim_reason *why)
{
	uint64_t mask = vprim_type1_pgsizes_(c, group->pgsize_bitmap);
	uint64_t page = mask & (~mask + 1);

	if (!mask)
		return refuse(why, PGSIZES, VALUE(group->pgsize_bitmap));
	if (page == smallest_page(c))
		return 0;
	if (c->dirty_)
		return refuse(why, DIRTY_ON, VALUE(page));
	return check_mapped_pages(c, page, why);
}

static int check_no_mapping(const struct vprim_type1 *c, uint64_t start,
			    uint64_t last, enum vprim_type1_rule rule,
			    const struct vprim_range *reported,
			    struct vprim_reason *why)
{
	struct vprim_range range = { start, last };
	struct vprim_iova_mapping m;

	if (vprim_iova_map_first(&c->dma_, &range, &m))
		return 0;
	return refuse_by(why, rule, RANGE(*reported), HIT(m.range));
}

static int check_aperture(const struct vprim_type1 *c,
			  const struct vprim_range *aperture,
			  struct vprim_reason *why)
{
	const enum vprim_type1_rule rule = VPRIM_TYPE1_RULE_APERTURE_MAPPED;
	struct vprim_range span;
	int ret = 0;

	if (vprim_type1_windows_span_(c, &span) &&
	    !vprim_range_overlaps(&span, aperture))
		return refuse(why, APERTURE_APART, RANGE(*aperture), HIT(span));
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
					       VPRIM_TYPE1_RULE_RESERVED_MAPPED,
					       range, why);
	}
	return ret;
}

static int check_group(const struct vprim_type1 *c,
		       const struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	int ret = check_fields(group, why);

	if (ret || group->emulated)
		return ret;
	if (group->vtd)
		ret = check_direct(group, VPRIM_TYPE1_RULE_DIRECT_VTD, why);
	if (!ret)
		ret = check_aperture(c, &group->aperture, why);
	if (!ret)
		ret = check_reserved(c, group, why);
	if (!ret)
		ret = check_pgsizes(c, group, why);
	return ret;
}

/* The group is claimed before the container is looked at. */
static int check_joining(const struct vprim_type1 *c,
			 const struct vprim_type1_group *group,
			 struct vprim_reason *why)
{
	if (!has(c, VPRIM_CHANGE_IOMMU_DIRECT))
		return 0;
	return check_direct(group, VPRIM_TYPE1_RULE_DIRECT, why);
}

int vprim_type1_attach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	if (!c->alloc_.alloc)
		return vprim_reason_argument_(why);
	ret = check_joining(c, group, why);
	if (ret)
		return ret;
	if (c->vaddr_invalid_)
		return refuse(why, VADDR_HELD, VALUE(c->vaddr_invalid_));
	if (group->owner_)
		return refuse(why, ATTACHED);
	ret = check_group(c, group, why);
	if (!ret && !group->emulated)
		ret = vprim_type1_windows_take_(c, group, why);
	if (ret)
		return ret;
	group->owner_ = c;
	group->emulated_ = group->emulated;
	group->pinned_only_ = group->emulated;
	group->incoherent_ = !group->cache_coherent;
	group->pgsizes_ = group->pgsize_bitmap;
	group->next_ = c->groups_;
	group->link_ = &c->groups_;
	if (group->next_)
		group->next_->link_ = &group->next_;
	c->groups_ = group;
	count_group(c, group, true);
	vprim_type1_follow_pgsizes_(c);
	return 0;
}

static void remove_everything(struct vprim_type1 *c)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_mapping m;

	while (!vprim_iova_map_first(&c->dma_, &all, &m)) {
		certain(vprim_iova_map_remove(&c->dma_, &m.range, NULL));
		vprim_type1_gone_(c, &m);
	}
	vprim_iova_map_clear(&c->pins_);
}

int vprim_type1_detach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (group->owner_ != c)
		return refuse(why, NOT_ATTACHED);
	*group->link_ = group->next_;
	if (group->next_)
		group->next_->link_ = group->link_;
	group->owner_ = NULL;
	count_group(c, group, false);
	vprim_type1_windows_give_(c, group);
	if (!c->groups_)
		remove_everything(c);
	vprim_type1_follow_pgsizes_(c);
	if (c->dirty_ && !group->pinned_only_)
		vprim_type1_bits_fill_(c);
	return 0;
}

/* IOMMUs without page size 2^@bit. */
static size_t lacking(const struct vprim_type1 *c, unsigned int bit)
{
	const struct vprim_type1_group *g;
	size_t n = 0;

	for (g = c->groups_; g; g = g->next_)
		n += !g->emulated_ && !(g->pgsizes_ >> bit & 1);
	return n;
}

int vprim_type1_groups_check_(const struct vprim_type1 *c)
{
	size_t emulated = 0, incoherent = 0, writers = 0;
	const struct vprim_type1_group *g;
	unsigned int i;

	for (g = c->groups_; g; g = g->next_) {
		if (*g->link_ != g || g->owner_ != c)
			return -EBADMSG;
		emulated += g->emulated_;
		incoherent += !g->emulated_ && g->incoherent_;
		writers += !g->emulated_ && !g->pinned_only_;
	}
	if (emulated != c->nr_emulated_ || incoherent != c->nr_incoherent_ ||
	    writers != c->nr_writers_)
		return -EBADMSG;
	for (i = 0; i < 64; i++)
		if (lacking(c, i) != c->lacks_[i])
			return -EBADMSG;
	return 0;
}

int vprim_type1_check_extension(const struct vprim_type1 *c, uint32_t extension)
{
	switch (extension) {
	case VPRIM_TYPE1_IOMMU:
	case VPRIM_TYPE1_V2:
	case VPRIM_TYPE1_NESTING:
	case VPRIM_TYPE1_UNMAP_ALL:
		return 1;
	case VPRIM_TYPE1_UPDATE_VADDR:
		return c && !c->nr_emulated_;
	case VPRIM_TYPE1_DMA_CC:
		return c && !c->nr_incoherent_;
	default:
		return 0;
	}
}
