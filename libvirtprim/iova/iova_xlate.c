// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Translation both ways: the object and its changes.
 *
 * A region is one node, in the tree by its process addresses and the value of its
 * mapping in the map. The tree cannot fail, so that a change is all or nothing when
 * the map's part is: the node is in hand before it, and goes back when it fails.
 */
#include "iova_xlate_internal.h"

int vprim_iova_xlate_init(struct vprim_iova_xlate *x, size_t x_size_bytes,
			  const struct vprim_alloc_ops *ops, void *ctx,
			  uint32_t flags, struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = vprim_reason_object_size_(why, x_size_bytes, sizeof(*x));
	if (ret)
		return ret;
	if (flags & ~VPRIM_IOVA_XLATE_NO_ALIASES)
		return refuse(why, FLAGS,
			      VALUE(flags & ~VPRIM_IOVA_XLATE_NO_ALIASES));
	memset(x, 0, sizeof(*x));
	x->ops = *ops;
	x->ctx = ctx;
	x->flags = flags;
	return vprim_iova_map_init(&x->map, sizeof(x->map), ops, ctx, NULL,
				   why);
}

/* -- nodes in hand -------------------------------------------------------- */

struct spare {
	struct spare *next;
};

static void put_spare(struct vprim_iova_xlate *x, void *node)
{
	struct spare *s = node;

	s->next = x->spare;
	x->spare = s;
	x->spares++;
}

static void *get_spare(struct vprim_iova_xlate *x)
{
	struct spare *s = x->spare;

	x->spare = s->next;
	x->spares--;
	return s;
}

/* Keep no more than @count in hand. */
static void trim(struct vprim_iova_xlate *x, uint64_t count)
{
	while (x->spares > count)
		x->ops.free(x->ctx, get_spare(x), sizeof(struct entry));
}

/* Have as many in hand; those got stay when it fails. */
static int stock(struct vprim_iova_xlate *x, uint64_t count)
{
	void *node;

	while (x->spares < count) {
		node = x->ops.alloc(x->ctx, sizeof(struct entry));
		if (!node)
			return -ENOMEM;
		put_spare(x, node);
	}
	return 0;
}

int vprim_iova_xlate_reserve(struct vprim_iova_xlate *x, size_t count)
{
	int ret;

	if (!x->ops.alloc)
		return -EINVAL;
	ret = stock(x, count);
	if (!ret)
		ret = vprim_iova_map_reserve(&x->map, count);
	if (!ret)
		x->promised = count;
	trim(x, x->promised);
	return ret;
}

/* -- all regions ---------------------------------------------------------- */

#define SOME 16u

void vprim_iova_xlate_clear(struct vprim_iova_xlate *x)
{
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_mapping m[SOME];
	size_t n, i;

	do {
		certain(vprim_iova_map_take(&x->map, &all, m, SOME, &n));
		for (i = 0; i < n; i++)
			x->ops.free(x->ctx, (void *)(uintptr_t)m[i].value,
				    sizeof(struct entry));
	} while (n == SOME);
	memset(&x->tree, 0, sizeof(x->tree));
}

void vprim_iova_xlate_fini(struct vprim_iova_xlate *x)
{
	vprim_iova_xlate_clear(x);
	trim(x, 0);
	vprim_iova_map_fini(&x->map);
	memset(x, 0, sizeof(*x));
}

struct vprim_hole_blocked vprim_iova_xlate_blocked(struct vprim_iova_xlate *x)
{
	return vprim_iova_map_blocked(&x->map);
}

/* -- one region ----------------------------------------------------------- */

/* Of the regions that have some of this memory, the one of lowest I/O address. */
static const struct entry *lowest_alias(const struct vprim_iova_xlate *x,
					const struct vprim_range *memory)
{
	const struct vprim_interval_tree_node *n;
	const struct entry *e, *lowest = NULL;

	for (n = vprim_interval_tree_first(&x->tree, memory); n;
	     n = vprim_interval_tree_next(n, memory)) {
		e = entry_at(n);
		if (!lowest ||
		    e->region.iova.start < lowest->region.iova.start)
			lowest = e;
	}
	return lowest;
}

static int check_region(const struct vprim_iova_xlate *x,
			const struct vprim_iova_xlate_region *region,
			struct vprim_range *memory, struct vprim_reason *reason)
{
	const struct vprim_range *r = &region->iova;
	struct vprim_iova_mapping hit;
	const struct entry *alias;

	if (!x->ops.alloc)
		return vprim_reason_argument_(reason);
	if (!vprim_range_is_valid(r))
		return vprim_reason_inverted_(reason, r);
	if (region->rights & ~RIGHTS)
		return refuse(reason, RIGHTS, VALUE(region->rights));
	memory->start = region->vaddr;
	if (vprim_add_overflow(region->vaddr, r->last - r->start, &memory->last))
		return refuse(reason, VADDR_WRAPS, VALUE(region->vaddr));
	if (!vprim_iova_map_first(&x->map, r, &hit))
		return refuse(reason, OVERLAP, RANGE(*r), HIT(hit.range));
	if (!(x->flags & VPRIM_IOVA_XLATE_NO_ALIASES))
		return 0;
	alias = lowest_alias(x, memory);
	return alias ? refuse(reason, ALIAS, RANGE(*r), HIT(alias->region.iova)) :
		       0;
}

int vprim_iova_xlate_add(struct vprim_iova_xlate *x,
			 const struct vprim_iova_xlate_region *region,
			 struct vprim_reason *reason)
{
	struct vprim_range memory;
	struct entry *e;
	int ret;

	vprim_reason_clear(reason);
	ret = check_region(x, region, &memory, reason);
	if (!ret && !x->spares)
		ret = stock(x, 1);
	if (ret)
		return ret;
	e = x->spare;
	ret = vprim_iova_map_insert(&x->map, &region->iova,
				    (uint64_t)(uintptr_t)e, NULL);
	if (ret) {
		trim(x, x->promised);
		return ret;
	}
	e = get_spare(x);
	memset(e, 0, sizeof(*e));
	e->node.range = memory;
	e->region = *region;
	ret = vprim_interval_tree_insert(&x->tree, &e->node);
	x->promised -= x->promised > 0;
	return ret;
}

int vprim_iova_xlate_remove(struct vprim_iova_xlate *x,
			    const struct vprim_range *iova,
			    struct vprim_iova_xlate_region *region)
{
	struct entry *e;
	uint64_t value;
	int ret = vprim_iova_map_remove(&x->map, iova, &value);

	if (ret)
		return ret;
	e = (struct entry *)(uintptr_t)value;
	if (region)
		*region = e->region;
	ret = vprim_interval_tree_remove(&x->tree, &e->node);
	x->ops.free(x->ctx, e, sizeof(*e));
	return ret;
}

int vprim_iova_xlate_log(struct vprim_iova_xlate *x,
			 const struct vprim_dirty_view *log, uint64_t page_bytes)
{
	uint64_t pages;

	if (!log) {
		x->log_page_bytes = 0;
		return 0;
	}
	if (vprim_dirty_pages(&log->range, page_bytes, &pages) ||
	    pages > log->bitmap.pages)
		return -EINVAL;
	x->log = *log;
	x->log_page_bytes = page_bytes;
	return 0;
}

/* A region's node says what the map says, and is where the tree looks for it. */
static bool is_sound(const struct vprim_iova_xlate *x,
		     const struct vprim_iova_mapping *m)
{
	const struct entry *e = entry_of(m->value);
	const struct vprim_range *r = &e->region.iova;

	return r->start == m->range.start && r->last == m->range.last &&
	       !(e->region.rights & ~RIGHTS) && e->node.tree == &x->tree &&
	       e->node.range.start == e->region.vaddr &&
	       e->node.range.last - e->region.vaddr == r->last - r->start;
}

int vprim_iova_xlate_audit(const struct vprim_iova_xlate *x)
{
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	const struct spare *s = x->spare;
	struct vprim_iova_mapping m;
	uint64_t n;

	if (vprim_iova_map_audit(&x->map) || vprim_interval_tree_audit(&x->tree) ||
	    x->tree.count != vprim_iova_map_count(&x->map) ||
	    x->spares < x->promised)
		return -EBADMSG;
	for (n = x->spares; n && s; n--)
		s = s->next;
	if (n || s)
		return -EBADMSG;
	certain(vprim_iova_map_cursor_init(&cursor, &x->map, &all));
	while (!vprim_iova_map_cursor_next(&cursor, &m))
		if (!is_sound(x, &m))
			return -EBADMSG;
	return 0;
}
