// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The IOAS as an object: init, its areas and pages, questions.
 */
#include "ioas_internal.h"

void vprim_ioas_config_init(struct vprim_ioas_config *config)
{
	memset(config, 0, sizeof(*config));
	config->iova_alignment = 1;
	config->page_bytes = 4096;
	config->huge_bytes = (uint64_t)1 << 21;
	config->native_last = UINT64_MAX;
}

static int check_config(const struct vprim_ioas_config *config,
			struct vprim_reason *why)
{
	if (config->reserved)
		return refuse(why, CONFIG_RESERVED, VALUE(config->reserved));
	if (!vprim_is_pow2(config->iova_alignment))
		return refuse(why, ALIGNMENT, VALUE(config->iova_alignment));
	if (!vprim_is_pow2(config->page_bytes))
		return refuse(why, PAGE, VALUE(config->page_bytes));
	if (!vprim_is_pow2(config->huge_bytes) ||
	    config->huge_bytes < config->page_bytes)
		return refuse(why, HUGE_PAGE, VALUE(config->huge_bytes));
	if ((config->native_last & (config->native_last + 1)) ||
	    config->native_last < config->page_bytes)
		return refuse(why, NATIVE_LAST, VALUE(config->native_last));
	return 0;
}

int vprim_ioas_init(struct vprim_ioas *ioas, size_t ioas_size_bytes,
		    const struct vprim_ioas_config *config,
		    struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = vprim_reason_object_size_(why, ioas_size_bytes, sizeof(*ioas));
	if (!ret)
		ret = check_config(config, why);
	if (ret)
		return ret;
	memset(ioas, 0, sizeof(*ioas));
	certain(vprim_iova_map_init(&ioas->areas_, sizeof(ioas->areas_),
				    config->alloc, config->alloc_ctx, NULL,
				    NULL));
	certain(vprim_interval_tree_init(&ioas->reserved_,
					 sizeof(ioas->reserved_)));
	certain(vprim_interval_tree_init(&ioas->owners_,
					 sizeof(ioas->owners_)));
	ioas->config_ = *config;
	ioas->alloc_ = *config->alloc;
	if (config->ops)
		ioas->ops_ = *config->ops;
	ioas->alignment_ = config->iova_alignment;
	return 0;
}

static void forget_accesses(struct vprim_ioas *ioas)
{
	struct vprim_ioas_access *a;

	while (ioas->accesses_) {
		a = ioas->accesses_;
		ioas->accesses_ = a->next_;
		a->ioas_ = NULL;
		for (; a->holds_; a->holds_ = a->holds_->next_)
			a->holds_->access_ = NULL;
	}
}

static void drop_reserved(struct vprim_ioas *ioas)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_interval_tree_node *node;

	while ((node = vprim_interval_tree_first(&ioas->reserved_, &all))) {
		vprim_interval_tree_remove(&ioas->reserved_, node);
		ioas->alloc_.free(ioas->config_.alloc_ctx, node,
				  sizeof(struct vprim_ioas_reserved));
	}
}

static void put_block(struct vprim_ioas *ioas, struct vprim_ioas_block *block)
{
	if (vprim_refcount_put(&block->refs))
		ioas->alloc_.free(ioas->config_.alloc_ctx, block,
				  sizeof(*block));
}

/* The IOAS takes no more pages from the block that it has. */
static void close_block(struct vprim_ioas *ioas)
{
	if (ioas->block_)
		put_block(ioas, ioas->block_);
}

/* A block with room, or NULL. */
static struct vprim_ioas_block *open_block(struct vprim_ioas *ioas)
{
	struct vprim_ioas_block *block = ioas->block_;

	if (block && block->used < PAGES_A_BLOCK)
		return block;
	block = ioas->alloc_.alloc(ioas->config_.alloc_ctx, sizeof(*block));
	if (!block)
		return NULL;
	vprim_refcount_init(&block->refs);
	block->used = 0;
	close_block(ioas);
	ioas->block_ = block;
	return block;
}

static void drop_areas(struct vprim_ioas *ioas)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	struct vprim_ioas_mapping out;
	struct vprim_iova_mapping m;
	int ret = walk(&cursor, ioas, &all, &m);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m)) {
		out = vprim_ioas_mapping_of_(&m);
		if (ioas->ops_.unfill && !out.in_flight)
			ioas->ops_.unfill(ioas->config_.ops_ctx, &out);
		vprim_ioas_area_drop_(ioas, area_of(&m));
	}
	vprim_iova_map_fini(&ioas->areas_);
}

void vprim_ioas_fini(struct vprim_ioas *ioas)
{
	forget_accesses(ioas);
	drop_areas(ioas);
	drop_reserved(ioas);
	while (ioas->domains_) {
		ioas->domains_->owner_ = NULL;
		ioas->domains_ = ioas->domains_->next_;
	}
	close_block(ioas);
	if (ioas->allowed_)
		ioas->alloc_.free(ioas->config_.alloc_ctx, ioas->allowed_,
				  ioas->capacity_allowed_ * sizeof(*ioas->allowed_));
	memset(ioas, 0, sizeof(*ioas));
}

struct vprim_ioas_mapping
vprim_ioas_mapping_of_(const struct vprim_iova_mapping *m)
{
	const struct area *area = area_of(m);
	struct vprim_ioas_mapping out;

	out.range = m->range;
	out.uptr = area->pages->base + area->start_byte;
	out.pages = (uintptr_t)area->pages;
	out.shares = vprim_refcount_read(&area->pages->refs);
	out.prot = area->prot;
	out.kind = area->pages->kind;
	out.in_flight = area->state != AREA_IDLE;
	out.prevent_access = area->prevent_access;
	out.holds = area->holds;
	out.locks = area->locks;
	return out;
}

/* New pages with an area of their own, or NULL. */
struct pages *vprim_ioas_pages_alloc_(struct vprim_ioas *ioas)
{
	struct vprim_ioas_block *block = open_block(ioas);
	struct pages *pages;

	if (!block)
		return NULL;
	vprim_refcount_get(&block->refs);
	pages = &block->pages[block->used];
	*pages = (struct pages){ .slot = (uint8_t)block->used,
				 .own.pages = pages };
	block->used++;
	vprim_refcount_init(&pages->refs);
	return pages;
}

/* One more area of these pages, which are this allocator's; or NULL. */
struct area *vprim_ioas_area_alloc_(struct vprim_ioas *ioas,
				    struct pages *pages)
{
	struct area *area = ioas->alloc_.alloc(ioas->config_.alloc_ctx,
					       sizeof(*area));

	if (!area)
		return NULL;
	memset(area, 0, sizeof(*area));
	area->pages = pages;
	vprim_refcount_get(&pages->refs);
	return area;
}

void vprim_ioas_area_drop_(struct vprim_ioas *ioas, struct area *area)
{
	struct pages *pages = area->pages;

	if (area != &pages->own)
		ioas->alloc_.free(ioas->config_.alloc_ctx, area, sizeof(*area));
	if (vprim_refcount_put(&pages->refs))
		put_block(ioas, block_of(pages));
}

/* The area at @at, one of those that must cover @range without a hole. */
int vprim_ioas_covered_(const struct vprim_ioas *ioas, uint64_t at,
			const struct vprim_range *range,
			enum vprim_ioas_rule rule,
			struct vprim_iova_mapping *m, struct vprim_reason *why)
{
	struct vprim_range hole = { at, range->last };

	if (!vprim_iova_map_stab(&ioas->areas_, at, m)) {
		if (area_of(m)->state == AREA_IDLE)
			return 0;
		hole = m->range;
	} else if (!vprim_iova_map_first(&ioas->areas_, &hole, m)) {
		hole.last = m->range.start - 1;
	}
	return refuse_by(why, rule, RANGE(*range), HIT(hole));
}

int vprim_ioas_first(const struct vprim_ioas *ioas,
		     const struct vprim_range *range,
		     struct vprim_ioas_cursor *at,
		     struct vprim_ioas_mapping *area)
{
	struct vprim_ioas_cursor own;
	struct vprim_iova_mapping m;
	int ret;

	at = at ? at : &own;
	ret = walk(&at->map_, ioas, range, &m);
	if (!ret)
		*area = vprim_ioas_mapping_of_(&m);
	return ret;
}

int vprim_ioas_next(struct vprim_ioas_cursor *at,
		    struct vprim_ioas_mapping *area)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_cursor_next(&at->map_, &m);

	if (!ret)
		*area = vprim_ioas_mapping_of_(&m);
	return ret;
}

void vprim_ioas_get_stats(const struct vprim_ioas *ioas,
			  struct vprim_ioas_stats *stats)
{
	stats->areas = vprim_iova_map_count(&ioas->areas_);
	stats->reserved = ioas->reserved_.count;
	stats->iova_alignment = ioas->alignment_;
	stats->busy = ioas->busy_;
	stats->large_pages = !ioas->no_large_pages_;
}

static int check_area(const struct vprim_ioas *ioas,
		      const struct vprim_iova_mapping *m, uint64_t *busy,
		      uint64_t *limits)
{
	const struct area *area = area_of(m);

	if (!area || !area->pages || !vprim_refcount_read(&area->pages->refs) ||
	    area->locks > area->holds ||
	    m->range.last > ioas->config_.native_last ||
	    vprim_interval_tree_first(&ioas->reserved_, &m->range) ||
	    ((area->prot & VPRIM_IOAS_WRITEABLE) && !area->pages->writable))
		return -EBADMSG;
	*busy += is_busy(area);
	*limits |= limit_of(ioas, &m->range, area);
	return 0;
}

int vprim_ioas_audit(const struct vprim_ioas *ioas)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	uint64_t busy = 0, limits = 0;
	int ret;

	ret = vprim_iova_map_audit(&ioas->areas_);
	if (!ret)
		ret = vprim_ioas_check_limits_(ioas);
	if (ret)
		return ret;
	ret = walk(&cursor, ioas, &all, &m);
	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m))
		if (check_area(ioas, &m, &busy, &limits))
			return -EBADMSG;
	return busy == ioas->busy_ && limits == ioas->limits_ ? 0 : -EBADMSG;
}
