// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The map as an object: its beginning, its end, and what it is made of.
 */
#include "iova_map_internal.h"

static int check_options(const struct vprim_iova_map_options *o,
			 struct vprim_reason *why)
{
	size_t i;

	if (o->values != VPRIM_IOVA_MAP_OPAQUE &&
	    o->values != VPRIM_IOVA_MAP_LINEAR)
		return refuse(why, VALUES, VALUE((uint64_t)o->values));
	for (i = 0; i < VPRIM_ARRAY_LEN(o->reserved); i++)
		if (o->reserved[i])
			return refuse(why, RESERVED_FIELD,
				      VALUE(o->reserved[i]), AT(i));
	return 0;
}

int vprim_iova_map_init(struct vprim_iova_map *map, size_t map_size_bytes,
			const struct vprim_alloc_ops *ops, void *ctx,
			const struct vprim_iova_map_options *options,
			struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	ret = vprim_reason_object_size_(why, map_size_bytes, sizeof(*map));
	if (!ret && options)
		ret = check_options(options, why);
	if (ret)
		return ret;
	memset(map, 0, sizeof(*map));
	map->ops_ = *ops;
	map->ctx_ = ctx;
	map->credit_ = RUN_CREDIT;
	vprim_iova_map_unstock_(map);
	if (options && options->values == VPRIM_IOVA_MAP_LINEAR)
		map->flags_ |= FLAG_LINEAR;
	if (options)
		map->retire_ = options->retire;
	return 0;
}

/* Take the tree down from the left, each node after its children. */
static void free_tree(struct vprim_iova_map *map)
{
	uint32_t levels = inner_levels(map), d = 0;
	void *node = root_of(map);

	for (;;) {
		for (; d < levels; d++) {
			map->way_.path[d].node = node;
			map->way_.path[d].slot = 0;
			node = child_of((struct inner *)node, 0);
		}
		vprim_iova_map_put_leaf_(map, (struct leaf *)node);
		while (d && ++map->way_.path[d - 1].slot ==
				    step_node(&map->way_.path[d - 1])->n)
			vprim_iova_map_put_inner_(map,
						  step_node(&map->way_.path[--d]));
		if (!d)
			return;
		node = step_child(&map->way_.path[d - 1]);
	}
}

void vprim_iova_map_clear(struct vprim_iova_map *map)
{
	if (!map->height_)
		return;
	drop_finger(map);
	free_tree(map);
	set_root(map, NULL, 0);
	map->edges_ = 0;
	map->count_ = 0;
	map->generation_++;
	show(map);
	if (!map->promised_)
		vprim_iova_map_trim_(map, 0, 0);
}

void vprim_iova_map_fini(struct vprim_iova_map *map)
{
	/* No reader is left, and no node has to wait for one. */
	map->retire_ = NULL;
	vprim_iova_map_clear(map);
	vprim_iova_map_trim_(map, 0, 0);
	memset(map, 0, sizeof(*map));
}

void vprim_iova_map_describe(const struct vprim_iova_map *map,
			     struct vprim_iova_map_stats *stats)
{
	stats->count = map->count_;
	stats->bytes = (map->leaves_ + map->spare_leaves_) *
			       sizeof(struct leaf) +
		       (map->inners_ + map->spare_inners_) *
			       INNER_BYTES;
	stats->leaves = map->leaves_;
	stats->inners = map->inners_;
	stats->spare_leaves = map->spare_leaves_;
	stats->spare_inners = map->spare_inners_;
	stats->promised = map->promised_;
	stats->depth = map->height_;
}
