// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Many mappings at once.
 *
 * An empty map is built from the left, all levels at the same time: each level
 * has one node under construction, which is hung into the level above when it is
 * full. How many nodes a level will have is known before, so that all memory is
 * in hand before the first is filled, and so that the last two nodes of a level
 * can share what is too little for the last.
 */
#include "iova_map_internal.h"

/* Nodes for so many items. */
static size_t nodes_for(size_t items, size_t most)
{
	return items / most + (items % most != 0);
}

/* How many of the items left go into the next node; the last gets 8 or more. */
static uint32_t share(size_t left, uint32_t most)
{
	if (left <= most)
		return (uint32_t)left;
	if (left < most + INNER_MIN)
		return (uint32_t)left - INNER_MIN;
	return most;
}

/* Children that each level still gets, the root's level first. */
struct build {
	struct vprim_iova_map *map;
	uint32_t levels;
	size_t left[VPRIM_IOVA_MAP_MAX_INNER_];
};

/* Plan the levels over @leaves leaves. */
static void plan_levels(struct build *b, size_t leaves, struct node_count *tree)
{
	size_t n = leaves;
	uint32_t d;

	tree->leaves = leaves;
	tree->inners = 0;
	for (b->levels = 0; n > 1; b->levels++) {
		n = nodes_for(n, INNER_MAX);
		tree->inners += n;
	}
	if (goes_inside(b->map, b->levels, leaves))
		tree->inners = 0;
	tree->height = b->levels + 1;
	for (d = b->levels, n = leaves; d; d--) {
		b->left[d - 1] = n;
		n = nodes_for(n, INNER_MAX);
	}
}

/* The inner node under construction at level @d; slot is what it will hold. */
static struct inner *open_node(struct build *b, uint32_t d)
{
	struct vprim_iova_map_step_ *step = &b->map->way_.path[d];

	if (!step->node) {
		step->node = d ? vprim_iova_map_get_inner_(b->map, b->levels - d) :
				 vprim_iova_map_get_root_(b->map, b->levels,
							  b->left[0]);
		step->slot = share(b->left[d], INNER_MAX);
		b->left[d] -= step->slot;
	}
	return step_node(step);
}

/* Hang a finished leaf in, and every inner node that it makes full. */
static void hang(struct build *b, void *node, uint64_t gap, uint64_t upper)
{
	uint32_t d = b->levels;

	while (d--) {
		struct inner *in = open_node(b, d);

		set_child(in, in->n, node);
		gap_row(in)[in->n] = gap;
		shape_row(in)[in->n] = SHAPE_ANY;
		if (in->n + 1 < b->map->way_.path[d].slot)
			in->upper[in->n] = upper;
		if (++in->n < b->map->way_.path[d].slot)
			return;
		gap = vprim_iova_map_max_gap_(in);
		b->map->way_.path[d].node = NULL;
		node = in;
	}
	set_root(b->map, node, b->levels + 1);
}

static void fill_leaf(struct vprim_iova_map *map, struct leaf *leaf,
		      const struct vprim_iova_mapping *m, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		leaf->last[i] = m[i].range.last;
		leaf->low[i].start = m[i].range.start;
		leaf->low[i].value = m[i].value;
		add_edges(map, m[i].range.start, m[i].range.last);
	}
	cap_leaf(leaf, n);
}

static int build(struct vprim_iova_map *map,
		 const struct vprim_iova_mapping *m, size_t count)
{
	struct node_count tree;
	struct build b;
	uint64_t end;
	uint32_t n;
	size_t i;
	int ret;

	b.map = map;
	plan_levels(&b, nodes_for(count, LEAF_MAX), &tree);
	ret = vprim_iova_map_build_stock_(map, &tree);
	if (ret)
		return ret;
	for (n = 0; n < b.levels; n++)
		map->way_.path[n].node = NULL;
	for (i = 0; i < count; i += n) {
		struct leaf *leaf = vprim_iova_map_get_leaf_(map);

		n = share(count - i, LEAF_MAX);
		fill_leaf(map, leaf, m + i, n);
		end = i + n < count ? m[i + n].range.start - 1 : UINT64_MAX;
		hang(&b, leaf, vprim_iova_map_leaf_gap_(leaf, end), end);
	}
	map->count_ = count;
	map->recent_ = m[count - 1].range.start;
	show(map);
	return 0;
}

/* -- into a map that has mappings ----------------------------------------- */

static int add_each(struct vprim_iova_map *map,
		    const struct vprim_iova_mapping *m, size_t count)
{
	uint64_t promised = map->promised_;
	size_t i;
	int ret = vprim_iova_map_stock_(map, promised + count);

	if (ret)
		return ret;
	map->promised_ = promised + count;
	/* None of these fails: the places are free, the nodes in hand. */
	for (i = 0; i < count; i++)
		ret |= vprim_iova_map_insert(map, &m[i].range, m[i].value,
					     NULL);
	if (!promised)
		vprim_iova_map_trim_(map, KEEP_LEAVES, KEEP_INNERS);
	return ret;
}

/* All before any reader sees one: what is copied is copied once. */
static int add_at_once(struct vprim_iova_map *map,
		       const struct vprim_iova_mapping *m, size_t count)
{
	struct undo undo;
	size_t i;
	int ret = 0;

	vprim_iova_map_begin_(map, &undo);
	/* Each is promised besides what was, in the tree as it is by then. */
	for (i = 0; i < count && !ret; i++) {
		map->promised_ = undo.promised + 1;
		ret = vprim_iova_map_stock_(map, map->promised_);
		if (!ret)
			ret = vprim_iova_map_insert(map, &m[i].range,
						    m[i].value, NULL);
	}
	if (ret)
		vprim_iova_map_undo_(map, &undo, m[0].range.start);
	else
		vprim_iova_map_end_(map);
	return ret;
}

static bool ascending(const struct vprim_iova_mapping *m, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!vprim_range_is_valid(&m[i].range) ||
		    (i && m[i].range.start <= m[i - 1].range.last))
			return false;
	return true;
}

static bool any_overlaps(const struct vprim_iova_map *map,
			 const struct vprim_iova_mapping *m, size_t count,
			 struct vprim_iova_mapping *hit)
{
	struct vprim_iova_mapping found;
	size_t i;

	for (i = 0; i < count; i++)
		if (!vprim_iova_map_first(map, &m[i].range, &found)) {
			if (hit)
				*hit = found;
			return true;
		}
	return false;
}

int vprim_iova_map_bulk(struct vprim_iova_map *map,
			const struct vprim_iova_mapping *mappings, size_t count,
			struct vprim_iova_mapping *hit)
{
	if (!map->ops_.alloc || !ascending(mappings, count))
		return -EINVAL;
	if (!count)
		return 0;
	if (!map->height_)
		return build(map, mappings, count);
	if (any_overlaps(map, mappings, count, hit))
		return -EEXIST;
	if (has_readers(map))
		return add_at_once(map, mappings, count);
	return add_each(map, mappings, count);
}
