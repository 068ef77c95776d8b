// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The path from the root to one leaf: finding it, its neighbours and its slice.
 *
 * An update works on map->path_: one step an inner level, the root first. It
 * stays valid together with the finger, until a node is split, merged or
 * dropped.
 */
#include "iova_map_internal.h"

/* Path and finger to the leaf whose slice holds @addr. */
struct leaf *vprim_iova_map_seek_(struct vprim_iova_map *map, uint64_t addr)
{
	uint32_t d, levels = inner_levels(map);
	uint64_t start = 0, last = UINT64_MAX;
	void *node = map->root_;

	for (d = 0; d < levels; d++) {
		struct inner *in = (struct inner *)node;
		uint32_t slot = rank(in->upper, addr);

		map->path_[d].node = in;
		map->path_[d].slot = slot;
		node = in->child[slot];
		PREFETCH_NODE(node, d + 1 == levels);
		if (slot)
			start = in->upper[slot - 1] + 1;
		if (slot + 1 < in->n)
			last = in->upper[slot];
	}
	map->finger_start_ = start;
	map->finger_span_ = last - start;
	map->finger_leaf_ = node;
	return (struct leaf *)node;
}

/* The slice of the node that a path of @levels steps leads to. */
void vprim_iova_map_slice_(const struct vprim_iova_map_step_ *path,
			   uint32_t levels, struct vprim_range *slice)
{
	uint32_t d;

	slice->start = 0;
	slice->last = UINT64_MAX;
	for (d = 0; d < levels; d++) {
		const struct inner *in = step_node(&path[d]);
		uint32_t slot = path[d].slot;

		if (slot)
			slice->start = in->upper[slot - 1] + 1;
		if (slot + 1 < in->n)
			slice->last = in->upper[slot];
	}
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
	node = step_node(&path[d - 1])->child[path[d - 1].slot + 1];
	for (; d < levels; d++)
		node = ((struct inner *)node)->child[0];
	return (struct leaf *)node;
}
