// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * UNMAP_DMA.
 *
 * Whole mappings go, never parts. Three ways lead there: exactly one mapping,
 * which one descent of the tree removes; many at once, when nobody has to be
 * asked; and one by one, when holders are told or dirty bits are wanted.
 */
#include "type1_internal.h"

/* An unmap whose arguments have passed. */
struct plan {
	const struct vprim_type1_unmap_args *args;
	struct vprim_range range;
	bool cuts;		/* v2, ranged: may not cut a mapping */
	bool stops;		/* v1, ranged: ends at one that begins before */
};

static int check_wrapper(const struct vprim_type1_unmap_args *args,
			 struct vprim_reason *why)
{
	const uint32_t alone = VPRIM_TYPE1_UNMAP_ALL_MAPPINGS |
			       VPRIM_TYPE1_UNMAP_VADDR;
	const uint32_t known = alone | VPRIM_TYPE1_UNMAP_GET_DIRTY;

	if (args->argsz < VPRIM_TYPE1_UNMAP_ARGSZ)
		return refuse(why, ARGSZ, VALUE(args->argsz));
	if (args->flags & ~known)
		return refuse(why, FLAG, VALUE(args->flags & ~known));
	if (!(args->flags & VPRIM_TYPE1_UNMAP_GET_DIRTY))
		return 0;
	if (args->flags & alone)
		return refuse(why, DIRTY_FLAGS, VALUE(args->flags));
	if (args->argsz < VPRIM_TYPE1_BITMAP_ARGSZ)
		return refuse(why, ARGSZ, VALUE(args->argsz));
	return vprim_type1_bitmap_check_(&args->bitmap, args->size_bytes, why);
}

static int check_all(const struct vprim_type1_unmap_args *args,
		     struct vprim_reason *why)
{
	uint64_t bad = args->iova ? args->iova : args->size_bytes;

	return bad ? refuse(why, ALL, VALUE(bad)) :
		     0;
}

static int check_ranged(const struct vprim_type1 *c,
			const struct vprim_type1_unmap_args *args,
			struct vprim_range *range, struct vprim_reason *why)
{
	int ret;

	if (!args->size_bytes)
		return refuse(why, SIZE);
	ret = check_aligned(c, args->size_bytes, why);
	if (ret)
		return ret;
	if (!native_range(c, args->iova, args->size_bytes, range))
		return wraps(c, refuse(why, IOVA_WRAP, VALUE(args->iova)));
	return 0;
}

static int check_dirty(const struct vprim_type1 *c,
		       const struct vprim_type1_unmap_args *args,
		       struct vprim_reason *why)
{
	if (!(args->flags & VPRIM_TYPE1_UNMAP_GET_DIRTY))
		return 0;
	if (!c->dirty_)
		return refuse(why, DIRTY_OFF);
	if (args->bitmap.pgsize_bytes != smallest_page(c))
		return refuse(why, BITMAP_PGSIZE,
			      VALUE(args->bitmap.pgsize_bytes));
	return 0;
}

static int make_plan(const struct vprim_type1 *c,
		     const struct vprim_type1_unmap_args *args,
		     struct plan *plan, struct vprim_reason *why)
{
	bool all = args->flags & VPRIM_TYPE1_UNMAP_ALL_MAPPINGS;
	int ret = check_wrapper(args, why);

	if (ret)
		return ret;
	if ((args->flags & VPRIM_TYPE1_UNMAP_VADDR) &&
	    c->nr_emulated_)
		return refuse(why, MDEV);
	ret = check_native(c, args->iova, args->size_bytes, why);
	if (!ret)
		ret = check_aligned(c, args->iova, why);
	if (ret)
		return ret;
	plan->args = args;
	plan->range = everything(c);
	plan->cuts = c->v2_ && !all;
	plan->stops = !c->v2_ && !all;
	ret = all ? check_all(args, why) :
		    check_ranged(c, args, &plan->range, why);
	return ret ? ret : check_dirty(c, args, why);
}

static int check_cut(const struct vprim_type1 *c, const struct plan *plan,
		     struct vprim_reason *why)
{
	if (!plan->cuts)
		return 0;
	return vprim_type1_check_cut_(c, &plan->range,
				      VPRIM_TYPE1_RULE_BISECT, why);
}

/*
 * Where to look for mappings; false: nowhere. Before "type1-top" a search misses
 * what ends at the last address, and for a range that ends there it misses all.
 */
static bool searched(const struct vprim_type1 *c, const struct plan *plan,
		     struct vprim_range *range)
{
	struct vprim_iova_mapping top;

	*range = plan->range;
	if (is_missed(c, range) && (plan->cuts || plan->stops))
		return false;
	if (!c->misses_top_ ||
	    vprim_iova_map_stab(&c->dma_, range->last, &top) ||
	    !is_missed(c, &top.range))
		return true;
	range->last = top.range.start - 1;
	return top.range.start > range->start;
}

/* v1: the lowest mapping begins below the range, and nothing is to be done. */
static bool stops_at_once(const struct vprim_type1 *c, const struct plan *plan)
{
	struct vprim_iova_mapping m;

	return plan->stops &&
	       !vprim_iova_map_stab(&c->dma_, plan->range.start, &m) &&
	       m.range.start != plan->range.start;
}

/* No size is 2^64: pages have at least eight bytes, so a range never has. */
static void count(struct vprim_type1_unmapped *done,
		  const struct vprim_range *range)
{
	done->mappings++;
	if (vprim_add_overflow(done->size_bytes,
			       range->last - range->start + 1,
			       &done->size_bytes))
		done->whole = true;
}

/* UNMAP_VADDR: first look whether all have a vaddr, then take it from all. */
static int take_vaddr(struct vprim_type1 *c, const struct plan *plan,
		      struct vprim_type1_unmapped *done,
		      struct vprim_reason *why)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct vprim_range range;
	int ret = check_cut(c, plan, why);

	if (ret || !searched(c, plan, &range) || stops_at_once(c, plan))
		return ret;
	ret = walk(&cursor, &c->dma_, &range, &m);
	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m))
		if (m.value & NO_VADDR)
			return refuse(why, VADDR_TWICE, RANGE(plan->range),
				      HIT(m.range));
	ret = walk(&cursor, &c->dma_, &range, &m);
	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m)) {
		certain(vprim_iova_map_set_value(&c->dma_, &m.range,
						 m.value | NO_VADDR));
		c->vaddr_invalid_++;
		count(done, &m.range);
	}
	return 0;
}

/* Of which mapping its holders were notified last, and how often again. */
struct notified {
	struct vprim_range range;
	uint32_t again;
};

static bool is_pinned(const struct vprim_type1 *c,
		      const struct vprim_range *range)
{
	struct vprim_iova_mapping pin;

	return !vprim_iova_map_first(&c->pins_, range, &pin);
}

/* 0: nobody holds it. 1: somebody was notified, look again. Else give up. */
static int notify(struct vprim_type1 *c, const struct vprim_iova_mapping *m,
		  struct notified *t, const struct plan *plan,
		  struct vprim_reason *why)
{
	struct vprim_type1_mapping out = mapping_of(m);
	bool same = same_range(&t->range, &m->range);
	bool enough = same && t->again == VPRIM_TYPE1_RETRIES;
	bool held = is_pinned(c, &m->range);

	if (!(held && enough)) {
		/* Who is notified may let go of pages, and may pin others. */
		if (c->ops_.dma_unmap(c->config_.ops_ctx, &out))
			held = true;
		if (!held && !is_pinned(c, &m->range))
			return 0;
	}
	if (enough)
		return refuse(why, PINNED, RANGE(plan->range), HIT(m->range));
	t->again = same ? t->again + 1 : 0;
	t->range = m->range;
	return 1;
}

/* What a notification may have changed of what was asked before it. */
static int check_again(const struct vprim_type1 *c, const struct plan *plan,
		       struct vprim_reason *why)
{
	int ret = check_cut(c, plan, why);

	return ret ? ret : check_dirty(c, plan->args, why);
}

static int put_bits(struct vprim_type1 *c, const struct plan *plan,
		    const struct vprim_range *range, struct vprim_reason *why)
{
	if (!(plan->args->flags & VPRIM_TYPE1_UNMAP_GET_DIRTY))
		return 0;
	return vprim_type1_bits_put_(c, range, plan->range.start,
				     &plan->args->bitmap, why);
}

/*
 * One by one. Each turn begins the search anew, so that a restart is a turn, and
 * so is one that changed more than it said.
 */
static int remove_asking(struct vprim_type1 *c, const struct plan *plan,
			 struct vprim_type1_unmapped *done,
			 struct vprim_reason *why)
{
	struct notified asked = { { 1, 0 }, 0 };
	struct vprim_iova_mapping m, now;
	struct vprim_range range;
	int told = 0, ret = 0;

	while (searched(c, plan, &range) &&
	       !vprim_iova_map_first(&c->dma_, &range, &m) &&
	       !stops_at_once(c, plan)) {
		if (c->ops_.dma_unmap) {
			told = notify(c, &m, &asked, plan, why);
			ret = told < 0 ? told : check_again(c, plan, why);
		}
		if (ret)
			return ret;
		if (told || vprim_iova_map_first(&c->dma_, &m.range, &now) ||
		    !same_range(&now.range, &m.range))
			continue;
		ret = put_bits(c, plan, &m.range, why);
		if (ret)
			return ret;
		certain(vprim_iova_map_remove(&c->dma_, &m.range, &m.value));
		vprim_type1_gone_(c, &m);
		count(done, &m.range);
	}
	return 0;
}

/* Mappings taken out of the map at a time. */
#define BATCH 6u

static void remove_all(struct vprim_type1 *c, const struct plan *plan,
		       struct vprim_type1_unmapped *done)
{
	struct vprim_iova_mapping batch[BATCH];
	struct vprim_range range;
	size_t n, i;

	if (!searched(c, plan, &range) || stops_at_once(c, plan))
		return;
	do {
		certain(vprim_iova_map_take(&c->dma_, &range, batch, BATCH, &n));
		for (i = 0; i < n; i++) {
			vprim_type1_gone_(c, &batch[i]);
			count(done, &batch[i].range);
		}
	} while (n == BATCH);
}

static int remove(struct vprim_type1 *c, const struct plan *plan,
		  struct vprim_type1_unmapped *done, struct vprim_reason *why)
{
	bool asking = c->ops_.dma_unmap ||
		      (plan->args->flags & VPRIM_TYPE1_UNMAP_GET_DIRTY);
	struct vprim_iova_mapping m = { plan->range, 0 };
	int ret;

	if (!asking && !is_missed(c, &m.range) &&
	    !vprim_iova_map_remove(&c->dma_, &m.range, &m.value)) {
		vprim_type1_gone_(c, &m);
		count(done, &m.range);
		return 0;
	}
	ret = check_cut(c, plan, why);
	if (ret)
		return ret;
	if (asking)
		return remove_asking(c, plan, done, why);
	remove_all(c, plan, done);
	return 0;
}

int vprim_type1_unmap(struct vprim_type1 *c,
		      const struct vprim_type1_unmap_args *args,
		      struct vprim_type1_unmapped *done,
		      struct vprim_reason *why)
{
	struct vprim_type1_unmapped did = { 0, 0, false };
	struct plan plan;
	int ret;

	vprim_reason_clear(why);
	if (!args)
		return refuse(why, READ);
	ret = make_plan(c, args, &plan, why);
	if (ret)
		return ret;
	if (args->flags & VPRIM_TYPE1_UNMAP_VADDR)
		ret = take_vaddr(c, &plan, &did, why);
	else
		ret = remove(c, &plan, &did, why);
	if (done && (!ret || did.mappings))
		*done = did;
	return ret;
}
