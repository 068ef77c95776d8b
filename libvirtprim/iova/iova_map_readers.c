// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Readers beside the writer.
 *
 * Every node has the number of the update that made it. What this update made is the
 * writer's alone until the root is shown: it may be changed, and thrown away. Above
 * such a node there are only such nodes, for it hangs in a node that was changed.
 * All others are never changed where a reader looks: they are copied first, and
 * retired once the new root is shown. So a reader that took a root walks in the tree
 * of one moment, whatever comes after.
 *
 * The old tree stays whole until then. That is how an update of many leaves that
 * finds no more memory is undone: the old root was never taken away.
 */
#include "iova_map_internal.h"

static struct leaf *leaf_to_change(struct vprim_iova_map *map, struct leaf *leaf)
{
	struct leaf *copy;

	if (!is_shown(map, &leaf->tail))
		return leaf;
	copy = vprim_iova_map_get_leaf_(map);
	memcpy(copy, leaf, offsetof(struct leaf, tail));
	vprim_iova_map_put_leaf_(map, leaf);
	return copy;
}

static struct inner *inner_to_change(struct vprim_iova_map *map, struct inner *in)
{
	struct inner *copy;

	if (!is_shown(map, inner_tail(in)))
		return in;
	copy = vprim_iova_map_get_inner_(map, in->level);
	memcpy(copy, in, INNER_TAIL);
	vprim_iova_map_put_inner_(map, in);
	return copy;
}

/* A child of a node that may be changed, to be changed. */
struct leaf *vprim_iova_map_own_leaf_(struct vprim_iova_map *map,
				      struct inner *parent, uint32_t slot)
{
	struct leaf *leaf = leaf_to_change(map, (struct leaf *)child_of(parent, slot));

	set_child(parent, slot, leaf);
	return leaf;
}

struct inner *vprim_iova_map_own_inner_(struct vprim_iova_map *map,
					struct inner *parent, uint32_t slot)
{
	struct inner *in =
		inner_to_change(map, (struct inner *)child_of(parent, slot));

	set_child(parent, slot, in);
	return in;
}

/* What the path leads to after @d steps is this node now. */
static void hang_below(struct vprim_iova_map *map, uint32_t d, void *node)
{
	if (d)
		set_child(step_node(&map->way_.path[d - 1]), map->way_.path[d - 1].slot,
			  node);
	else
		map->root_ = node;
}

/*
 * From here on the nodes of the path and the leaf returned, the path's, may be changed,
 * and what the change of one leaf can need is in hand; or NULL, without a trace.
 */
struct leaf *vprim_iova_map_own_path_(struct vprim_iova_map *map,
				      struct leaf *leaf)
{
	uint32_t d, levels = inner_levels(map);

	if (vprim_iova_map_ensure_(map, OWN_LEAVES, OWN_INNERS(levels)))
		return NULL;
	for (d = 0; d < levels; d++) {
		map->way_.path[d].node =
			inner_to_change(map, step_node(&map->way_.path[d]));
		hang_below(map, d, map->way_.path[d].node);
	}
	leaf = leaf_to_change(map, leaf);
	hang_below(map, levels, leaf);
	map->finger_leaf_ = leaf;
	return leaf;
}

/* The same, and what was promised is in hand besides. */
struct leaf *vprim_iova_map_own_spared_(struct vprim_iova_map *map,
					struct leaf *leaf)
{
	uint64_t inners = OWN_INNERS(inner_levels(map));

	if (vprim_iova_map_ensure_(map, map->keep_leaves_ + OWN_LEAVES,
				   map->keep_inners_ + inners))
		return NULL;
	return vprim_iova_map_own_path_(map, leaf);
}

/* -- the end of an update ------------------------------------------------- */

static void retire_leaves(struct vprim_iova_map *map)
{
	struct leaf *leaf;

	while (map->old_leaf_) {
		leaf = (struct leaf *)(uintptr_t)map->old_leaf_;
		map->old_leaf_ = leaf->tail.next;
		map->retire_(map->ctx_, leaf, sizeof(*leaf));
	}
}

static void retire_inners(struct vprim_iova_map *map)
{
	struct inner *in;

	while (map->old_inner_) {
		in = (struct inner *)(uintptr_t)map->old_inner_;
		map->old_inner_ = inner_tail(in)->next;
		map->retire_(map->ctx_, in, INNER_BYTES);
	}
}

void vprim_iova_map_show_(struct vprim_iova_map *map)
{
	vprim_pointer_publish(&map->shown_, map->root_);
	map->update_++;
	retire_leaves(map);
	retire_inners(map);
}

/* An update of many leaves: shown by vprim_iova_map_end_(), or undone. */
void vprim_iova_map_begin_(struct vprim_iova_map *map, struct undo *undo)
{
	map->flags_ |= FLAG_PART;
	undo->root = map->root_;
	undo->height = map->height_;
	undo->count = map->count_;
	undo->leaves = map->leaves_;
	undo->inners = map->inners_;
	undo->edges = map->edges_;
	undo->recent = map->recent_;
	undo->credit = map->credit_;
	undo->promised = map->promised_;
	undo->keep_leaves = map->keep_leaves_;
	undo->keep_inners = map->keep_inners_;
}

void vprim_iova_map_end_(struct vprim_iova_map *map)
{
	map->flags_ &= ~FLAG_PART;
	vprim_iova_map_show_(map);
}

/* Whether the child is one that only the writer has. */
static bool own_child(const struct vprim_iova_map *map, const struct inner *in,
		      uint32_t slot)
{
	const void *node = child_of(in, slot);

	return !is_shown(map, in->level > 1 ?
				      inner_tail((const struct inner *)node) :
				      &((const struct leaf *)node)->tail);
}

/* Take down what this update made; all of it hangs together from the root. */
static void drop_own(struct vprim_iova_map *map, struct inner *root)
{
	struct vprim_iova_map_step_ *step = map->way_.path;

	step->node = root;
	step->slot = 0;
	for (;;) {
		struct inner *in = step_node(step);
		uint32_t slot = step->slot++;

		if (slot == in->n) {
			vprim_iova_map_put_inner_(map, in);
			if (step-- == map->way_.path)
				return;
		} else if (own_child(map, in, slot)) {
			if (in->level == 1) {
				vprim_iova_map_put_leaf_(map, child_of(in, slot));
				continue;
			}
			step++;
			step->node = child_of(in, slot);
			step->slot = 0;
		}
	}
}

/*
 * The map, which was not empty, is what it was at vprim_iova_map_begin_(), and holds
 * its promise. The update began at @at: a bound in a node left of it, which is no
 * copy, may have been raised, and the bounds above it have to be, too.
 */
void vprim_iova_map_undo_(struct vprim_iova_map *map, const struct undo *undo,
			  uint64_t at)
{
	map->flags_ &= ~FLAG_PART;
	drop_finger(map);
	/* An update that has emptied the map has nothing left that can fail. */
	if (map->root_ != undo->root) {
		if (inner_levels(map))
			drop_own(map, (struct inner *)map->root_);
		else
			vprim_iova_map_put_leaf_(map, (struct leaf *)map->root_);
	}
	map->old_leaf_ = 0;
	map->old_inner_ = 0;
	map->root_ = undo->root;
	map->height_ = undo->height;
	map->count_ = undo->count;
	map->leaves_ = undo->leaves;
	map->inners_ = undo->inners;
	map->edges_ = undo->edges;
	map->recent_ = undo->recent;
	map->credit_ = undo->credit;
	map->promised_ = undo->promised;
	map->keep_leaves_ = undo->keep_leaves;
	map->keep_inners_ = undo->keep_inners;
	seek(map, at);
	vprim_iova_map_raise_left_(map, UINT64_MAX);
}
