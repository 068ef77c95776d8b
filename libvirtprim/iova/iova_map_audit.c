// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Every invariant of the tree, node by node from the left.
 *
 * Follows the pointers of the tree and never visits more nodes than the map says
 * it has, so that a loop ends.
 */
#include "iova_map_internal.h"

struct audit {
	const struct vprim_iova_map *map;
	uint32_t levels;
	uint64_t leaves;
	uint64_t inners;
	uint64_t count;
	uint64_t off_edge;	/* bits that no edge of a mapping has */
	struct vprim_iova_map_step_ path[VPRIM_IOVA_MAP_MAX_INNER_];
};

static bool blank(const uint64_t *key, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		if (key[from] != UINT64_MAX)
			return false;
	return true;
}

/* Where a search looks there are no keys but those of the children. */
static bool no_key_behind(const struct inner *in)
{
	if (in->row == INNER_MAX)
		return blank(in->upper, in->n - 1, KEYS);
	return blank(in->upper, in->n - 1, 8) && blank(in->upper, 15, 16) &&
	       blank(in->upper, 23, 24);
}

/* Bounds do not exceed the bounds that the parent has. */
static bool bounded(const struct audit *a, uint32_t d, uint64_t gap,
		    uint64_t shape)
{
	const struct inner *in;
	uint32_t slot;

	if (!d)
		return true;
	in = step_node(&a->path[d - 1]);
	slot = a->path[d - 1].slot;
	return gap_row(in)[slot] >= gap &&
	       shape_max(shape_row(in)[slot], shape) == shape_row(in)[slot];
}

/* The node at level @d of the path. */
static bool inner_ok(const struct audit *a, uint32_t d)
{
	const struct inner *in = step_node(&a->path[d]);
	struct vprim_range slice;
	uint64_t from;
	uint32_t i;

	vprim_iova_map_slice_(a->path, d, &slice);
	if (in->n > room(in) || in->n < (d ? INNER_MIN : 2u) ||
	    in->level != a->levels - d)
		return false;
	from = slice.start;
	for (i = 0; i + 1 < in->n; i++) {
		if (in->upper[i] < from || in->upper[i] >= slice.last)
			return false;
		from = in->upper[i] + 1;
	}
	return no_key_behind(in) &&
	       bounded(a, d, vprim_iova_map_max_gap_(in),
		       vprim_iova_map_max_shape_(in));
}

static bool leaf_ok(const struct audit *a, const struct leaf *leaf)
{
	const struct leaf *next = vprim_iova_map_next_leaf_(a->path, a->levels);
	uint64_t from, end = next ? next->low[0].start - 1 : UINT64_MAX;
	struct vprim_range slice;
	uint32_t i;

	vprim_iova_map_slice_(a->path, a->levels, &slice);
	if (!leaf->n || leaf->n > LEAF_MAX || leaf->level)
		return false;
	from = slice.start;
	for (i = 0; i < leaf->n; i++) {
		if (leaf->low[i].start < from ||
		    leaf->low[i].start > leaf->last[i] ||
		    leaf->last[i] > slice.last ||
		    ((leaf->low[i].start | (leaf->last[i] + 1)) & a->off_edge))
			return false;
		/* Wraps only behind the last entry of all. */
		from = leaf->last[i] + 1;
		if (!from && i + 1 < leaf->n)
			return false;
	}
	return blank(leaf->last, leaf->n, LEAF_MAX) &&
	       bounded(a, a->levels, vprim_iova_map_leaf_gap_(leaf, end),
		       vprim_iova_map_leaf_shape_(leaf, end));
}

/* Go down to the leftmost leaf below @node, whose level is @d. */
static const struct leaf *go_down(struct audit *a, void *node, uint32_t d)
{
	for (; d < a->levels; d++) {
		a->path[d].node = node;
		a->path[d].slot = 0;
		a->inners += node != small_root(a->map);
		if (a->inners > a->map->inners_ || !inner_ok(a, d))
			return NULL;
		node = child_of((struct inner *)node, 0);
	}
	return (const struct leaf *)node;
}

static bool tree_ok(struct audit *a)
{
	const struct leaf *leaf = go_down(a, root_of(a->map), 0);
	uint32_t d;

	while (leaf) {
		if (++a->leaves > a->map->leaves_ || !leaf_ok(a, leaf))
			return false;
		a->count += leaf->n;
		for (d = a->levels; d; d--)
			if (++a->path[d - 1].slot < step_node(&a->path[d - 1])->n)
				break;
		if (!d)
			return true;
		leaf = go_down(a, step_child(&a->path[d - 1]), d);
	}
	return false;
}

static bool known_gap_ok(const struct vprim_iova_map *map)
{
	const struct vprim_iova_map_step_ *step;

	if (!inner_levels(map) || !map->known_gap_)
		return true;
	step = &map->way_.path[inner_levels(map) - 1];
	return gap_row(step_node(step))[step->slot] >= map->known_gap_ &&
	       shape_row(step_node(step))[step->slot] == SHAPE_ANY;
}

/* The finger points where a descent would lead. */
static bool finger_ok(struct audit *a)
{
	const struct vprim_iova_map *map = a->map;
	struct vprim_range slice;
	void *node = root_of(map);
	uint32_t d;

	if (map->finger_home_ != map)
		return true;
	for (d = 0; d < a->levels; d++) {
		const struct inner *in = (const struct inner *)node;
		uint32_t slot = rank(in->upper, map->finger_start_);

		if (map->way_.path[d].node != node || map->way_.path[d].slot != slot)
			return false;
		node = child_of(in, slot);
	}
	vprim_iova_map_slice_(map->way_.path, a->levels, &slice);
	return node == map->finger_leaf_ &&
	       known_gap_ok(map) &&
	       slice.start == map->finger_start_ &&
	       slice.last - slice.start == map->finger_span_;
}

static bool length_is(const void *head, uint64_t n)
{
	const struct spare *s = (const struct spare *)head;

	for (; s && n; s = s->next)
		n--;
	return !s && !n;
}

int vprim_iova_map_audit(const struct vprim_iova_map *map)
{
	struct audit a;
	bool ok;

	a.map = map;
	a.leaves = 0;
	a.inners = 0;
	a.count = 0;
	a.off_edge = (map->edges_ & -map->edges_) - 1;
	ok = map->shown_ == map->root_ && !map->old_leaf_ && !map->old_inner_ &&
	     length_is(map->spare_leaf_, map->spare_leaves_) &&
	     length_is(map->spare_inner_, map->spare_inners_) &&
	     map->height_ <= VPRIM_IOVA_MAP_MAX_INNER_ + 1;
	if (ok && map->height_) {
		a.levels = inner_levels(map);
		ok = tree_ok(&a) && finger_ok(&a);
	} else if (map->finger_home_) {
		ok = false;
	}
	ok = ok && a.leaves == map->leaves_ && a.inners == map->inners_ &&
	     a.count == map->count_;
	return ok ? 0 : -EBADMSG;
}
