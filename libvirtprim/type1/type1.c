// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The container and its maps: init, MAP_DMA, questions.
 *
 * A map is decided by one descent of the tree. The kernel asks for an overlap
 * before it asks for the entry limit and the windows; these are cheaper, so they
 * are asked first, and only when one of them refuses is the overlap looked up to
 * see whether it would have answered before them.
 */
#include "type1_internal.h"

void vprim_type1_config_init(struct vprim_type1_config *config)
{
	memset(config, 0, sizeof(*config));
	config->kind = VPRIM_TYPE1_V2;
	config->entry_limit = VPRIM_TYPE1_ENTRY_LIMIT;
	config->page_bytes = 4096;
	config->native_last = UINT64_MAX;
	config->pgsize_bitmap = UINT64_MAX;
}

static int check_config(const struct vprim_type1_config *config,
			struct vprim_reason *why)
{
	if (config->kind != VPRIM_TYPE1_IOMMU &&
	    config->kind != VPRIM_TYPE1_V2 &&
	    config->kind != VPRIM_TYPE1_NESTING)
		return refuse(why, KIND, VALUE((uint64_t)config->kind));
	if (!vprim_is_pow2(config->page_bytes) ||
	    config->page_bytes <= VALUE_FLAGS)
		return refuse(why, PAGE, VALUE(config->page_bytes));
	if ((config->native_last & (config->native_last + 1)) ||
	    config->native_last < config->page_bytes - 1)
		return refuse(why, NATIVE_LAST, VALUE(config->native_last));
	return 0;
}

static void init_maps(struct vprim_type1 *c,
		      const struct vprim_type1_config *config)
{
	struct vprim_iova_map *maps[] = { &c->dma_, &c->pins_, &c->bits_ };
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(maps); i++)
		certain(vprim_iova_map_init(maps[i], sizeof(*maps[i]),
					    config->alloc, config->alloc_ctx,
					    NULL, NULL));
}

int vprim_type1_init(struct vprim_type1 *c, size_t c_size_bytes,
		     const struct vprim_type1_config *config,
		     struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = vprim_reason_object_size_(why, c_size_bytes, sizeof(*c));
	if (!ret)
		ret = check_config(config, why);
	if (ret)
		return ret;
	memset(c, 0, sizeof(*c));
	init_maps(c, config);
	c->config_ = *config;
	c->alloc_ = *config->alloc;
	if (config->ops)
		c->ops_ = *config->ops;
	c->span_.last = UINT64_MAX;
	c->v2_ = config->kind != VPRIM_TYPE1_IOMMU;
	c->misses_top_ = !has(c, VPRIM_CHANGE_TYPE1_TOP);
	c->pgsize_bitmap_ = vprim_type1_pgsizes_(c, UINT64_MAX);
	return c->pgsize_bitmap_ ? 0 :
	       refuse(why, PGSIZES, VALUE(config->pgsize_bitmap));
}

/* Everything that a mapping owns beside its place in the map. */
void vprim_type1_gone_(struct vprim_type1 *c,
		       const struct vprim_iova_mapping *m)
{
	struct vprim_type1_mapping out = mapping_of(m);

	if (!out.vaddr_valid)
		c->vaddr_invalid_--;
	if (c->dirty_)
		vprim_type1_bits_drop_(c, &m->range);
	if (c->ops_.unmap)
		c->ops_.unmap(c->config_.ops_ctx, &out);
}

void vprim_type1_fini(struct vprim_type1 *c)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_mapping m;

	while (!vprim_iova_map_first(&c->dma_, &all, &m)) {
		certain(vprim_iova_map_remove(&c->dma_, &m.range, NULL));
		vprim_type1_gone_(c, &m);
	}
	vprim_type1_windows_fini_(c);
	while (c->groups_) {
		c->groups_->owner_ = NULL;
		c->groups_ = c->groups_->next_;
	}
	vprim_iova_map_fini(&c->dma_);
	vprim_iova_map_fini(&c->pins_);
	vprim_iova_map_fini(&c->bits_);
	memset(c, 0, sizeof(*c));
}

int vprim_type1_stab_(const struct vprim_type1 *c, uint64_t iova,
		      struct vprim_iova_mapping *m)
{
	int ret = vprim_iova_map_stab(&c->dma_, iova, m);

	return !ret && is_missed(c, &m->range) ? -ENOENT : ret;
}

int vprim_type1_check_cut_(const struct vprim_type1 *c,
			   const struct vprim_range *range,
			   enum vprim_type1_rule rule,
			   struct vprim_reason *why)
{
	/* Bits of a mapping that is cut would not fit the caller's bitmap. */
	const bool all = rule == VPRIM_TYPE1_RULE_DIRTY_CUT;
	struct vprim_iova_mapping m;

	if (!vprim_iova_map_stab(&c->dma_, range->start, &m) &&
	    m.range.start != range->start && (all || !is_missed(c, &m.range)))
		return refuse_by(why, rule, RANGE(*range), HIT(m.range));
	if (!vprim_iova_map_stab(&c->dma_, range->last, &m) &&
	    m.range.last != range->last && (all || !is_missed(c, &m.range)))
		return refuse_by(why, rule, RANGE(*range), HIT(m.range));
	return 0;
}

static int check_map_args(const struct vprim_type1 *c,
			  const struct vprim_type1_map_args *args,
			  struct vprim_range *range, struct vprim_reason *why)
{
	const uint32_t known = PROT_MASK | VPRIM_TYPE1_MAP_VADDR;
	struct vprim_range vaddr;
	int ret;

	if (args->argsz < VPRIM_TYPE1_MAP_ARGSZ)
		return refuse(why, ARGSZ, VALUE(args->argsz));
	if (args->flags & ~known)
		return refuse(why, FLAG, VALUE(args->flags & ~known));
	ret = check_native(c, args->size_bytes, args->vaddr, why);
	if (!ret)
		ret = check_native(c, args->iova, args->iova, why);
	if (ret)
		return ret;
	if (!args->size_bytes)
		return refuse(why, SIZE);
	if (!native_range(c, args->iova, args->size_bytes, range))
		return wraps(c, refuse(why, IOVA_WRAP, VALUE(args->iova)));
	if (!native_range(c, args->vaddr, args->size_bytes, &vaddr))
		return wraps(c, refuse(why, VADDR_WRAP, VALUE(args->vaddr)));
	if (!(args->flags & PROT_MASK) == !(args->flags & VPRIM_TYPE1_MAP_VADDR))
		return refuse(why, PROT, VALUE(args->flags));
	ret = check_aligned(c, args->iova, why);
	if (!ret)
		ret = check_aligned(c, args->size_bytes, why);
	if (!ret)
		ret = check_aligned(c, args->vaddr, why);
	return ret;
}

/* MAP_VADDR: the mapping at exactly this range gets its vaddr back. */
static int give_vaddr(struct vprim_type1 *c, const struct vprim_range *range,
		      uint64_t vaddr, struct vprim_reason *why)
{
	struct vprim_iova_mapping old;
	struct vprim_type1_mapping m;
	int ret;

	if (vprim_iova_map_first(&c->dma_, range, &old) ||
	    is_missed(c, range) || is_missed(c, &old.range))
		return refuse(why, VADDR_ABSENT, RANGE(*range));
	if (!(old.value & NO_VADDR))
		return refuse(why, VADDR_VALID, RANGE(*range), HIT(old.range));
	if (!same_range(&old.range, range))
		return refuse(why, VADDR_SHAPE, RANGE(*range), HIT(old.range));
	old.value = vaddr | (old.value & PROT_MASK);
	m = mapping_of(&old);
	ret = c->ops_.account ? c->ops_.account(c->config_.ops_ctx, &m) : 0;
	if (ret) {
		refuse(why, VADDR_ACCOUNT, RANGE(*range));
		return ret;
	}
	certain(vprim_iova_map_set_value(&c->dma_, range, old.value));
	c->vaddr_invalid_--;
	return 0;
}

/* The entry limit, then the windows. */
static int check_limit(const struct vprim_type1 *c,
		      const struct vprim_range *range, struct vprim_reason *why)
{
	struct vprim_range hole = *range;

	if (vprim_iova_map_count(&c->dma_) >= c->config_.entry_limit)
		return refuse(why, LIMIT, VALUE(c->config_.entry_limit));
	if (vprim_type1_usable_(c, range, why ? &hole : NULL))
		return 0;
	return refuse(why, WINDOW, RANGE(*range), HIT(hole));
}

/* Into the map, after the overlap, the limit and the windows were asked. */
static int insert(struct vprim_type1 *c, const struct vprim_iova_mapping *m,
		  struct vprim_reason *why)
{
	struct vprim_iova_mapping hit;
	int limit, ret;

	limit = check_limit(c, &m->range, why);
	if (limit)
		ret = vprim_iova_map_first(&c->dma_, &m->range, &hit) ?
			      limit : -EEXIST;
	else
		ret = vprim_iova_map_insert(&c->dma_, &m->range, m->value,
					    &hit);
	if (ret == -EEXIST)
		return refuse(why, OVERLAP, RANGE(m->range), HIT(hit.range));
	if (ret == -ENOMEM)
		return refuse(why, MEMORY);
	return ret;
}

/* Pin and map what the map took, then give it a dirty bitmap. */
static int pin_and_map(struct vprim_type1 *c, const struct vprim_iova_mapping *m,
		struct vprim_reason *why)
{
	struct vprim_type1_mapping out = mapping_of(m);
	int ret = c->ops_.map ? c->ops_.map(c->config_.ops_ctx, &out) : 0;

	if (ret) {
		note(why, BACKEND, ERRNO(ret), RANGE(m->range));
		return ret;
	}
	ret = c->dirty_ ? vprim_type1_bits_add_(c, &m->range, why) : 0;
	if (ret && c->ops_.unmap)
		c->ops_.unmap(c->config_.ops_ctx, &out);
	return ret;
}

int vprim_type1_map(struct vprim_type1 *c,
		    const struct vprim_type1_map_args *args,
		    struct vprim_reason *why)
{
	struct vprim_iova_mapping m;
	int ret;

	vprim_reason_clear(why);
	if (!args)
		return refuse(why, READ);
	ret = check_map_args(c, args, &m.range, why);
	if (ret)
		return ret;
	if (args->flags & VPRIM_TYPE1_MAP_VADDR)
		return give_vaddr(c, &m.range, args->vaddr, why);
	m.value = args->vaddr | args->flags;
	ret = insert(c, &m, why);
	if (ret)
		return ret;
	if (!c->ops_.map && !c->dirty_)
		return 0;
	ret = pin_and_map(c, &m, why);
	if (ret)
		certain(vprim_iova_map_remove(&c->dma_, &m.range, NULL));
	return ret;
}

int vprim_type1_first(const struct vprim_type1 *c,
		      const struct vprim_range *range,
		      struct vprim_type1_cursor *at,
		      struct vprim_type1_mapping *m)
{
	struct vprim_iova_mapping found;
	struct vprim_type1_cursor own;
	int ret;

	at = at ? at : &own;
	ret = walk(&at->map_, &c->dma_, range, &found);
	if (!ret)
		*m = mapping_of(&found);
	return ret;
}

int vprim_type1_next(struct vprim_type1_cursor *at,
		     struct vprim_type1_mapping *m)
{
	struct vprim_iova_mapping found;
	int ret = vprim_iova_map_cursor_next(&at->map_, &found);

	if (!ret)
		*m = mapping_of(&found);
	return ret;
}

void vprim_type1_get_stats(const struct vprim_type1 *c,
			   struct vprim_type1_stats *stats)
{
	stats->mappings = vprim_iova_map_count(&c->dma_);
	stats->avail = c->config_.entry_limit - stats->mappings;
	stats->vaddr_invalid = c->vaddr_invalid_;
	stats->pinned_pages = vprim_iova_map_count(&c->pins_);
	stats->pgsize_bitmap = c->pgsize_bitmap_;
	stats->page_bytes = smallest_page(c);
	stats->dirty_tracking = c->dirty_;
}

/* Bytes of the structures of VFIO_IOMMU_GET_INFO. */
#define INFO_MIN 16u
#define INFO_FIXED 24u
#define CAP_MIGRATION 32u
#define CAP_DMA_AVAIL 16u
#define CAP_UNALIGNED 4u	/* of these behind the structure's end */
#define CAP_RANGES 16u
#define CAP_RANGE 16u

int vprim_type1_get_info(const struct vprim_type1 *c, uint32_t argsz,
			 struct vprim_type1_info *info)
{
	uint64_t need = INFO_FIXED + CAP_MIGRATION + CAP_DMA_AVAIL, ranges;

	if (argsz < INFO_MIN)
		return -EINVAL;
	if (!has(c, VPRIM_CHANGE_TYPE1_INFO_ALIGN))
		need -= CAP_UNALIGNED;
	/* A range has 16 bytes in memory too: no number of them wraps. */
	ranges = vprim_type1_windows_count_(c);
	if (ranges)
		need += CAP_RANGES + ranges * CAP_RANGE;
	if (need > UINT32_MAX)
		return -EOVERFLOW;
	info->argsz = argsz < need ? (uint32_t)need : argsz;
	info->flags = 3;
	info->iova_pgsizes = c->pgsize_bitmap_;
	info->cap_offset = argsz < need ? 0 : INFO_FIXED;
	info->nr_windows = (uint32_t)ranges;
	return 0;
}

static int check_mapping(const struct vprim_type1 *c,
			 const struct vprim_iova_mapping *m, uint64_t *invalid)
{
	struct vprim_iova_mapping bits;
	uint64_t vaddr_last;

	*invalid += (m->value & NO_VADDR) != 0;
	if (!(m->value & PROT_MASK) || m->range.last > c->config_.native_last ||
	    vprim_add_overflow(m->value & ~(uint64_t)VALUE_FLAGS,
			       m->range.last - m->range.start, &vaddr_last))
		return -EBADMSG;
	if (!c->dirty_)
		return 0;
	if (vprim_iova_map_stab(&c->bits_, m->range.start, &bits) ||
	    !same_range(&bits.range, &m->range) || !bits.value)
		return -EBADMSG;
	return 0;
}

static int check_pins(const struct vprim_type1 *c)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping pin, m;
	int ret = walk(&cursor, &c->pins_, &all, &pin);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &pin))
		if (vprim_iova_map_stab(&c->dma_, pin.range.start, &m) ||
		    !pin.value)
			return -EBADMSG;
	return 0;
}

static int check_maps(const struct vprim_type1 *c)
{
	int ret = vprim_iova_map_audit(&c->dma_);

	if (!ret)
		ret = vprim_iova_map_audit(&c->pins_);
	if (!ret)
		ret = vprim_iova_map_audit(&c->bits_);
	if (!ret)
		ret = check_pins(c);
	return ret;
}

int vprim_type1_audit(const struct vprim_type1 *c)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	uint64_t invalid = 0;
	int ret;

	ret = check_maps(c);
	if (ret)
		return ret;
	ret = walk(&cursor, &c->dma_, &all, &m);
	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m))
		if (check_mapping(c, &m, &invalid))
			return -EBADMSG;
	if (invalid != c->vaddr_invalid_ ||
	    vprim_iova_map_count(&c->dma_) > c->config_.entry_limit ||
	    vprim_iova_map_count(&c->bits_) !=
		    (c->dirty_ ? vprim_iova_map_count(&c->dma_) : 0) ||
	    (c->dirty_ && smallest_page(c) != (uint64_t)1 << c->dirty_shift_) ||
	    vprim_type1_groups_check_(c) || vprim_type1_windows_check_(c))
		return -EBADMSG;
	return 0;
}
