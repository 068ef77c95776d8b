// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The path from the root to one leaf: finding it, its neighbours and its slice.
 *
 * An update works on map->way_.path: one step an inner level, the root first. It
 * stays valid together with the finger, until a node is split, merged or
 * dropped.
 */
#include "iova_map_internal.h"

/*
 * Where the slice begins and ends of the node that a path of @d steps leads to. Most
 * nodes have a neighbour on both sides under the same parent.
 */
static inline uint64_t slice_start(const struct vprim_iova_map_step_ *path,
				   uint32_t d)
{
	while (d && !path[d - 1].slot)
		d--;
	if (!d)
		return 0;
	return step_node(&path[d - 1])->upper[path[d - 1].slot - 1] + 1;
}

static inline uint64_t slice_last(const struct vprim_iova_map_step_ *path,
				  uint32_t d)
{
	while (d && path[d - 1].slot + 1 == step_node(&path[d - 1])->n)
		d--;
	if (!d)
		return UINT64_MAX;
	return step_node(&path[d - 1])->upper[path[d - 1].slot];
}

void vprim_iova_map_slice_(const struct vprim_iova_map_step_ *path,
			   uint32_t levels, struct vprim_range *slice)
{
	slice->start = slice_start(path, levels);
	slice->last = slice_last(path, levels);
}

static struct leaf *point_finger(struct vprim_iova_map *map, void *leaf,
				 uint64_t start, uint64_t last)
{
	map->finger_start_ = start;
	map->finger_span_ = last - start;
	map->finger_leaf_ = leaf;
	map->finger_home_ = map;
	map->known_gap_ = 0;
	return (struct leaf *)leaf;
}

/* An unused key is the last address, and so is the last slice's end. */
static struct leaf *seek_small(struct vprim_iova_map *map, uint64_t addr)
{
	struct inner *in = small_root(map);
	uint32_t slot = rank_small(in->upper, addr), up = !!slot;

	map->way_.path[0].node = in;
	map->way_.path[0].slot = slot;
	/* No branch, as chance would decide it: 0 where no key is below. */
	return point_finger(map, small_child(in, slot),
			    (in->upper[slot - up] + 1) & (0 - (uint64_t)up),
			    in->upper[slot]);
}

/* Path and finger to the leaf whose slice holds @addr. */
struct leaf *vprim_iova_map_seek_(struct vprim_iova_map *map, uint64_t addr)
{
	struct vprim_iova_map_step_ *step = map->way_.path;
	uint32_t level = inner_levels(map);
	void *node = map->root_;

	if (node == ROOT_INSIDE)
		return seek_small(map, addr);
	for (; level; level--, step++) {
		const struct inner *in = (const struct inner *)node;
		uint32_t slot = rank(in->upper, addr);

		step->node = node;
		step->slot = slot;
		node = node_child(in, slot);
		PREFETCH_NODE(node, level == 1);
	}
	return point_finger(map, node, slice_start(map->way_.path, inner_levels(map)),
			    slice_last(map->way_.path, inner_levels(map)));
}

/* The leaf above the one that the path leads to, or NULL. */
struct leaf *vprim_iova_map_next_leaf_(const struct vprim_iova_map_step_ *path,
				       uint32_t levels)
{
	uint32_t d = levels;
	void *node;

	while (d && path[d - 1].slot + 1 == step_node(&path[d - 1])->n)
		d--;
	if (!d)
		return NULL;
	node = child_of(step_node(&path[d - 1]), path[d - 1].slot + 1);
	for (; d < levels; d++)
		node = child_of((struct inner *)node, 0);
	return (struct leaf *)node;
}
