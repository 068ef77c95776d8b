// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What the tree knows about its holes: the bounds beside each child, how they are
 * raised when a hole grows, and how they are measured anew.
 *
 * Invariant: a bound is no less than what it bounds, and no less than the bounds
 * in the child. So a raise may stop at the first bound that is large enough.
 */
#include "iova_map_internal.h"

uint64_t vprim_iova_map_max_gap_(const struct inner *in)
{
	uint64_t gap = 0;
	uint32_t i;

	for (i = 0; i < in->n; i++)
		gap = gap_row(in)[i] > gap ? gap_row(in)[i] : gap;
	return gap;
}

uint64_t vprim_iova_map_max_shape_(const struct inner *in)
{
	uint64_t shape = 0;
	uint32_t i;

	for (i = 0; i < in->n && shape != SHAPE_ANY; i++)
		shape = shape_max(shape, shape_row(in)[i]);
	return shape;
}

/* The end of the hole behind the leaf's last entry, which @end is; of none at the end. */
static uint64_t last_hole_end(const struct leaf *leaf, uint64_t end)
{
	return end == UINT64_MAX ? leaf->last[leaf->n - 1] : end;
}

/*
 * The largest hole of a leaf whose neighbour above starts right after @end; 2^64-1:
 * it has none.
 */
uint64_t vprim_iova_map_leaf_gap_(const struct leaf *leaf, uint64_t end)
{
	uint64_t gap = 0, hole;
	uint32_t i = leaf->n;

	end = last_hole_end(leaf, end);
	while (i--) {
		hole = end - leaf->last[i];
		gap = hole > gap ? hole : gap;
		end = leaf->low[i].start - 1;
	}
	return gap;
}

/* The shape of all holes of a leaf, as for vprim_iova_map_leaf_gap_(). */
uint64_t vprim_iova_map_leaf_shape_(const struct leaf *leaf, uint64_t end)
{
	uint64_t shape = 0;
	uint32_t i = leaf->n;

	end = last_hole_end(leaf, end);
	while (i--) {
		if (end != leaf->last[i])
			shape = shape_max(shape,
					  hole_shape(leaf->last[i] + 1, end));
		end = leaf->low[i].start - 1;
	}
	return shape;
}

/*
 * Entries that move take their holes along: what bounded the holes of the giver
 * now bounds the taker's, too.
 */
void vprim_iova_map_share_(struct inner *in, uint32_t giver, uint32_t taker)
{
	if (gap_row(in)[taker] < gap_row(in)[giver])
		gap_row(in)[taker] = gap_row(in)[giver];
	shape_row(in)[taker] = shape_max(shape_row(in)[taker], shape_row(in)[giver]);
}

/* A hole of this size may lie below the slot; false when that was known. */
static bool raise_slot(struct inner *in, uint32_t slot, uint64_t hole)
{
	if (gap_row(in)[slot] >= hole && shape_row(in)[slot] == SHAPE_ANY)
		return false;
	if (gap_row(in)[slot] < hole)
		gap_row(in)[slot] = hole;
	shape_row(in)[slot] = SHAPE_ANY;
	return true;
}

/*
 * The path's leaf has a hole of this size now. A bound that is large enough has
 * bounds above it that are, too.
 */
void vprim_iova_map_raise_(struct vprim_iova_map *map, uint64_t hole)
{
	uint32_t d = inner_levels(map);

	while (d && raise_slot(step_node(&map->way_.path[d - 1]),
			       map->way_.path[d - 1].slot, hole))
		d--;
}

/* The same for the leaf below the path's; its hole now ends at @end. */
void vprim_iova_map_raise_left_(struct vprim_iova_map *map, uint64_t end)
{
	uint32_t d, e, levels = inner_levels(map);
	const struct leaf *leaf;
	struct inner *in;
	uint64_t hole;
	void *node;

	for (d = levels; d && !map->way_.path[d - 1].slot; d--)
		;
	if (!d)
		return;
	node = child_of(step_node(&map->way_.path[d - 1]), map->way_.path[d - 1].slot - 1);
	for (e = d; e < levels; e++) {
		in = (struct inner *)node;
		node = child_of(in, in->n - 1);
	}
	leaf = (const struct leaf *)node;
	hole = end - leaf->last[leaf->n - 1];

	in = step_node(&map->way_.path[d - 1]);
	raise_slot(in, map->way_.path[d - 1].slot - 1, hole);
	node = child_of(in, map->way_.path[d - 1].slot - 1);
	for (e = d; e < levels; e++) {
		in = (struct inner *)node;
		raise_slot(in, in->n - 1, hole);
		node = child_of(in, in->n - 1);
	}
	while (--d && raise_slot(step_node(&map->way_.path[d - 1]),
				 map->way_.path[d - 1].slot, hole))
		;
}

/*
 * The hole in front of entry @i of the path's leaf has grown, up to @end, or is the
 * one behind all mappings now.
 */
void vprim_iova_map_freed_(struct vprim_iova_map *map, const struct leaf *leaf,
			   uint32_t i, uint64_t end)
{
	if (end == UINT64_MAX)
		return;
	if (i)
		raise_gap(map, end - leaf->last[i - 1]);
	else
		vprim_iova_map_raise_left_(map, end);
}

/*
 * Make the gap of the leaf at @slot of the path's lowest inner node exact. The path
 * leads there now.
 */
void vprim_iova_map_measure_(struct vprim_iova_map *map, uint32_t slot)
{
	struct vprim_iova_map_step_ *step = &map->way_.path[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	const struct leaf *leaf = (const struct leaf *)child_of(in, slot);

	step->slot = slot;
	gap_row(in)[slot] = vprim_iova_map_leaf_gap_(leaf,
						 hole_end(map, leaf, leaf->n));
}

/* Bounds in path[d].node were lowered: lower those above it. */
void vprim_iova_map_lower_(struct vprim_iova_map *map, uint32_t d)
{
	struct inner *above;
	uint64_t gap;
	uint32_t slot;

	for (; d; d--) {
		gap = vprim_iova_map_max_gap_(step_node(&map->way_.path[d]));
		above = step_node(&map->way_.path[d - 1]);
		slot = map->way_.path[d - 1].slot;
		if (gap_row(above)[slot] == gap)
			return;
		gap_row(above)[slot] = gap;
	}
}
