// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The nodes in hand: allocation before anything is changed, and the promise that
 * a number of inserts needs none.
 *
 * How many nodes can n inserts need, whatever else happens between them?
 *
 * An insert splits at most one leaf, so n leaves are enough. For many inserts
 * there is a better bound. Call max(0, entries - 16) / 15 the pressure of a leaf:
 * 1 when it is full. To the sum of all pressures
 *
 *  - an insert adds at most 1/15;
 *  - a split into halves takes 1 away;
 *  - a split at a run takes nothing away, but comes at most once in 15 inserts
 *    and two more times;
 *  - moving entries to a neighbour evens out and adds nothing;
 *  - a merge adds at most 7/15, and gives a leaf back, which is kept while the
 *    promise lasts.
 *
 * The sum is at most L, the number of leaves. So no more than L + n/15 splits into
 * halves and n/15 + 2 at runs are not paid for by merges. Splits that merges pay for
 * add children as well, so more is claimed: L + n/4 + 4.
 *
 * Each leaf split adds a child to an inner node. With the pressure
 * max(0, children - 25) / 7 a new child adds at most 1/7, each split of an inner
 * node takes 1 away and nothing else adds any, so s leaf splits make at most
 * I + s/7 + s/49 + ... <= I + s/6 splits of the I inner nodes, and at most
 * 1 + s/30 new roots: I + s/4 + 4 is claimed. For a few inserts a node on each
 * inner level and a root for each of them is less: no second root comes in eight.
 *
 * With readers an update copies what it changes, and no merge gives anything back:
 * there the promise is for updates, each with all that one can need.
 */
#include "iova_map_internal.h"

static void *get_node(struct vprim_iova_map *map, size_t size)
{
	return map->ops_.alloc(map->ctx_, size);
}

static void push(void **head, void *node)
{
	struct spare *s = (struct spare *)node;

	s->next = (struct spare *)*head;
	*head = s;
}

static void *pop(void **head)
{
	struct spare *s = (struct spare *)*head;

	*head = s->next;
	return s;
}

/* Give nodes in hand back until no more than these are left. */
void vprim_iova_map_trim_(struct vprim_iova_map *map, uint64_t leaves,
			  uint64_t inners)
{
	while (map->spare_leaves_ > leaves) {
		map->spare_leaves_--;
		map->ops_.free(map->ctx_, pop(&map->spare_leaf_),
			       sizeof(struct leaf));
	}
	while (map->spare_inners_ > inners) {
		map->spare_inners_--;
		map->ops_.free(map->ctx_, pop(&map->spare_inner_),
			       INNER_BYTES);
	}
}

static bool fill(struct vprim_iova_map *map, uint64_t leaves, uint64_t inners)
{
	void *node;

	while (map->spare_leaves_ < leaves) {
		node = get_node(map, sizeof(struct leaf));
		if (!node)
			return false;
		push(&map->spare_leaf_, node);
		map->spare_leaves_++;
	}
	while (map->spare_inners_ < inners) {
		node = get_node(map, INNER_BYTES);
		if (!node)
			return false;
		push(&map->spare_inner_, node);
		map->spare_inners_++;
	}
	return true;
}

/* At least so many nodes in hand, or no more than before and -ENOMEM. */
int vprim_iova_map_ensure_(struct vprim_iova_map *map, uint64_t leaves,
			   uint64_t inners)
{
	uint64_t had_leaves = map->spare_leaves_;
	uint64_t had_inners = map->spare_inners_;

	if (!map->ops_.alloc)
		return -EINVAL;
	if (fill(map, leaves, inners))
		return 0;
	vprim_iova_map_trim_(map, had_leaves, had_inners);
	return -ENOMEM;
}

/* A leaf out of the hand; its contents may be anything. */
struct leaf *vprim_iova_map_get_leaf_(struct vprim_iova_map *map)
{
	struct leaf *leaf = (struct leaf *)pop(&map->spare_leaf_);

	map->spare_leaves_--;
	map->leaves_++;
	leaf->level = 0;
	leaf->tail.birth = map->update_;
	return leaf;
}

/* An inner node out of the hand, with no child. */
struct inner *vprim_iova_map_get_inner_(struct vprim_iova_map *map,
					uint32_t level)
{
	struct inner *in = (struct inner *)pop(&map->spare_inner_);

	map->spare_inners_--;
	map->inners_++;
	in->n = 0;
	in->level = (uint16_t)level;
	in->row = INNER_MAX;
	inner_tail(in)->birth = map->update_;
	blank_keys(in->upper, 0, KEYS);
	return in;
}

/* A root for so many children, inside the map where it can be. */
struct inner *vprim_iova_map_get_root_(struct vprim_iova_map *map,
				       uint32_t level, size_t children)
{
	struct inner *in = small_root(map);

	if (!goes_inside(map, level, children))
		return vprim_iova_map_get_inner_(map, level);
	in->n = 0;
	in->level = (uint16_t)level;
	in->row = SMALL_ROW;
	blank_keys(in->upper, 0, KEYS);
	return in;
}

static void push_old(uint64_t *head, struct tail *tail, void *node)
{
	tail->next = *head;
	*head = (uint64_t)(uintptr_t)node;
}

/* A leaf has left the tree. */
void vprim_iova_map_put_leaf_(struct vprim_iova_map *map, struct leaf *leaf)
{
	map->leaves_--;
	if (is_shown(map, &leaf->tail)) {
		push_old(&map->old_leaf_, &leaf->tail, leaf);
		return;
	}
	if (map->spare_leaves_ >= map->keep_leaves_) {
		map->ops_.free(map->ctx_, leaf, sizeof(*leaf));
		return;
	}
	push(&map->spare_leaf_, leaf);
	map->spare_leaves_++;
}

/* An inner node has left the tree. */
void vprim_iova_map_put_inner_(struct vprim_iova_map *map, struct inner *in)
{
	if (in == small_root(map))
		return;
	map->inners_--;
	if (is_shown(map, inner_tail(in))) {
		push_old(&map->old_inner_, inner_tail(in), in);
		return;
	}
	if (map->spare_inners_ >= map->keep_inners_) {
		map->ops_.free(map->ctx_, in, INNER_BYTES);
		return;
	}
	push(&map->spare_inner_, in);
	map->spare_inners_++;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * What so many updates of one leaf can need that copy what they change: path and
 * neighbours, see vprim_iova_map_own_path_().
 */
static void demand_copies(const struct node_count *tree, uint64_t updates,
			  struct node_count *need)
{
	uint64_t levels = least(tree->height + (updates >> 3),
				VPRIM_IOVA_MAP_MAX_INNER_);

	/* So many are refused. */
	need->leaves = updates >> 32 ? UINT64_MAX : OWN_LEAVES * updates;
	need->inners = OWN_INNERS(levels) * updates;
}

/* What @inserts inserts can need in a tree of so many nodes. */
static void demand(const struct vprim_iova_map *map,
		   const struct node_count *tree, uint64_t inserts,
		   struct node_count *need)
{
	uint64_t few = UINT64_MAX;

	if (has_readers(map)) {
		demand_copies(tree, inserts, need);
		return;
	}
	if (inserts < 256)
		few = inserts * (tree->height + (inserts >> 3));
	need->leaves = least(inserts, tree->leaves + (inserts >> 2) + 4);
	need->inners = least(few, tree->inners + (need->leaves >> 2) + 4);
}

/* Have in hand, and keep from now on, what @inserts inserts can need. */
int vprim_iova_map_stock_(struct vprim_iova_map *map, uint64_t inserts)
{
	const struct node_count tree = { map->leaves_, map->inners_, map->height_ };
	struct node_count need;
	int ret;

	demand(map, &tree, inserts, &need);
	/* More than the machine can address: do not try. */
	if (need.leaves > SIZE_MAX / 4 / INNER_BYTES)
		return -ENOMEM;
	ret = vprim_iova_map_ensure_(map, need.leaves, need.inners);
	if (ret)
		return ret;
	map->keep_leaves_ = need.leaves;
	map->keep_inners_ = need.inners;
	return 0;
}

/*
 * Have in hand what a tree needs that is to be built, and what was promised needs
 * when it stands.
 */
int vprim_iova_map_build_stock_(struct vprim_iova_map *map,
				const struct node_count *tree)
{
	struct node_count need;
	int ret;

	if (!map->promised_)
		return vprim_iova_map_ensure_(map, tree->leaves, tree->inners);
	demand(map, tree, map->promised_, &need);
	ret = vprim_iova_map_ensure_(map, tree->leaves + need.leaves,
				     tree->inners + need.inners);
	if (ret)
		return ret;
	map->keep_leaves_ = need.leaves;
	map->keep_inners_ = need.inners;
	return 0;
}

/* The promise is used up or taken back. */
void vprim_iova_map_unstock_(struct vprim_iova_map *map)
{
	map->keep_leaves_ = KEEP_LEAVES;
	map->keep_inners_ = KEEP_INNERS;
}

int vprim_iova_map_reserve(struct vprim_iova_map *map, size_t count)
{
	int ret;

	ret = vprim_iova_map_stock_(map, count);
	if (ret)
		return ret;
	map->promised_ = count;
	vprim_iova_map_trim_(map, map->keep_leaves_, map->keep_inners_);
	if (!count)
		vprim_iova_map_unstock_(map);
	return 0;
}

/* One step: a node more or fewer in hand. */
static bool step_towards(struct vprim_iova_map *map, void **head,
			 uint64_t *have, uint64_t want, size_t size)
{
	void *node;

	if (*have > want) {
		--*have;
		map->ops_.free(map->ctx_, pop(head), size);
		return true;
	}
	node = get_node(map, size);
	if (!node)
		return false;
	push(head, node);
	++*have;
	return true;
}

/* What is in hand of one kind becomes @want, by no more than @nodes steps. */
static int approach(struct vprim_iova_map *map, void **head, uint64_t *have,
		    uint64_t want, size_t size, size_t *nodes)
{
	while (*have != want) {
		if (!*nodes)
			return -EAGAIN;
		--*nodes;
		if (!step_towards(map, head, have, want, size))
			return -ENOMEM;
	}
	return 0;
}

int vprim_iova_map_reserve_some(struct vprim_iova_map *map, size_t count,
				size_t nodes)
{
	struct node_count tree, need;
	int ret;

	if (!map->ops_.alloc)
		return -EINVAL;
	/* Who keeps a promise keeps a smaller one. */
	if (count < map->promised_)
		map->promised_ = count;
	tree = (struct node_count){ map->leaves_, map->inners_, map->height_ };
	demand(map, &tree, count, &need);
	if (need.leaves > SIZE_MAX / 4 / INNER_BYTES)
		return -ENOMEM;
	ret = approach(map, &map->spare_leaf_, &map->spare_leaves_,
		       need.leaves, sizeof(struct leaf), &nodes);
	if (!ret)
		ret = approach(map, &map->spare_inner_, &map->spare_inners_,
			       need.inners, INNER_BYTES, &nodes);
	if (ret)
		return ret;
	map->promised_ = count;
	map->keep_leaves_ = need.leaves;
	map->keep_inners_ = need.inners;
	if (!count)
		vprim_iova_map_unstock_(map);
	return 0;
}
