// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One more entry.
 *
 * A call decides first, then gets the nodes that the decision needs, and then
 * changes the tree; nothing fails once the tree is touched.
 *
 * A full leaf makes place in one of three ways. When the new entry goes on a run,
 * right beside the entry that was inserted last, the leaf is split at the run, so
 * that ordered inserts leave full leaves behind. Otherwise entries move to a
 * neighbour under the same parent that has place. Otherwise it is split in two
 * halves. Whatever it is, the entries are at hand then, and the bounds of their
 * holes are measured anew.
 */
#include "iova_map_internal.h"

/*
 * A neighbour with so few entries takes some. Where there are few leaves, one more
 * is much memory, and it pays to move more often.
 */
#define MOVE_MAX (LEAF_MAX - 8u)
#define MOVE_MAX_SMALL (LEAF_MAX - 5u)
/* A run of fewer entries is not worth a split at its end. */
#define RUN_MIN 16u

/*
 * Make place for entry @i, which is not the first. Few move, and chance decides how
 * many, so that a call and the branches in it would cost more than the loop: two at
 * a time, and one too many when their number is odd, to where the new entry comes.
 */
static inline void shift_up_by_one(struct leaf *leaf, uint32_t i)
{
	uint64_t *last = leaf->last + leaf->n;
	struct low *low = leaf->low + leaf->n;

	for (; last > leaf->last + i; last -= 2, low -= 2) {
		last[0] = last[-1];
		low[0] = low[-1];
		last[-1] = last[-2];
		low[-1] = low[-2];
	}
}

static inline void put_entry(struct leaf *leaf, uint32_t i, uint64_t start,
			     uint64_t last, uint64_t value)
{
	if (i)
		shift_up_by_one(leaf, i);
	else if (leaf->n)
		move_entries(leaf, 1, leaf, 0, leaf->n);
	leaf->last[i] = last;
	leaf->low[i].start = start;
	leaf->low[i].value = value;
	leaf->n++;
}

static void put_mapping(struct leaf *leaf, uint32_t i,
			const struct vprim_iova_mapping *m)
{
	put_entry(leaf, i, m->range.start, m->range.last, m->value);
}

/* -- decide --------------------------------------------------------------- */

/* Whether entry @i would go on a run, and where to split then. */
static bool plan_run(const struct vprim_iova_map *map, const struct leaf *leaf,
		     uint32_t i, struct plan *plan)
{
	bool up = i >= RUN_MIN && leaf->low[i - 1].start == map->recent_;
	bool down = !up && i <= LEAF_MAX - RUN_MIN &&
		    leaf->low[i].start == map->recent_;

	if ((!up && !down) || map->credit_ < RUN_COST)
		return false;
	plan->how = GROW_SPLIT;
	plan->at = i;
	/* The new entry stays with the run while there is place. */
	plan->new_left = up ? i < LEAF_MAX : i == 0;
	plan->run = true;
	plan->slack_right = down;
	return true;
}

static bool takes_some(const struct inner *in, uint32_t slot)
{
	uint32_t most = in->row == SMALL_ROW ? MOVE_MAX_SMALL : MOVE_MAX;

	return ((const struct leaf *)child_of(in, slot))->n <= most;
}

static bool plan_move(const struct vprim_iova_map *map, struct plan *plan)
{
	uint32_t d = inner_levels(map), slot;
	const struct inner *in;

	if (!d)
		return false;
	in = step_node(&map->way_.path[d - 1]);
	slot = map->way_.path[d - 1].slot;
	if (slot + 1 < in->n && takes_some(in, slot + 1))
		plan->how = GROW_RIGHT;
	else if (slot && takes_some(in, slot - 1))
		plan->how = GROW_LEFT;
	else
		return false;
	return true;
}

/* Inner nodes that a split of the path's leaf needs. */
static uint64_t inners_needed(const struct vprim_iova_map *map)
{
	uint32_t d = inner_levels(map);
	uint64_t n = 0;

	for (; d; d--, n++)
		if (has_room(step_node(&map->way_.path[d - 1])))
			return n;
	/* A new root, or the one inside the map goes out, or comes to be. */
	if (goes_inside(map, inner_levels(map) + 1, 2))
		return 0;
	return n + (map->root_ != ROOT_INSIDE);
}

/* How the path's leaf takes one more entry at @i; fails without a trace. */
int vprim_iova_map_plan_(struct vprim_iova_map *map, const struct leaf *leaf,
			 uint32_t i, struct plan *plan)
{
	*plan = (struct plan){ .how = GROW_NONE };
	if (leaf->n < LEAF_MAX)
		return 0;
	if (!plan_run(map, leaf, i, plan)) {
		if (plan_move(map, plan))
			return 0;
		plan->how = GROW_SPLIT;
		plan->new_left = i < LEAF_MAX / 2 + 1;
		plan->at = LEAF_MAX / 2 + !plan->new_left;
	}
	return vprim_iova_map_ensure_(map, 1, inners_needed(map));
}

/* -- inner nodes ---------------------------------------------------------- */

/* A node and what its parent keeps of it. */
struct subtree {
	uint64_t upper;		/* last address of the sibling to its left */
	void *node;
	uint64_t gap;
	uint64_t shape;
};

/* The slice of child @slot is cut at sub->upper; the sub gets the rest. */
static void put_child(struct inner *in, uint32_t slot, const struct subtree *sub)
{
	size_t above = in->n - slot - 1;

	move_keys(in->upper + slot + 1, in->upper + slot, above);
	move_children(in, slot + 2, in, slot + 1, above);
	in->upper[slot] = sub->upper;
	set_child(in, slot + 1, sub->node);
	gap_row(in)[slot + 1] = sub->gap;
	shape_row(in)[slot + 1] = sub->shape;
	in->n++;
}

/*
 * Split a full node around the child that is to follow @slot, put that child in,
 * and return what the parent has to take. At the ends the split is uneven, for
 * runs; neither part has fewer than INNER_MIN children.
 */
static void split_inner(struct vprim_iova_map *map, struct inner *in,
			uint32_t slot, struct subtree *sub)
{
	struct inner *right = vprim_iova_map_get_inner_(map, in->level);
	uint32_t stay = INNER_MAX / 2, go;
	uint64_t upper;

	if (slot == 0)
		stay = INNER_MIN - 1;
	else if (slot + 1 == INNER_MAX)
		stay = INNER_MAX - INNER_MIN + 1;
	go = INNER_MAX - stay;
	move_children(right, 0, in, stay, go);
	move_keys(right->upper, in->upper + stay, go);
	right->n = go;
	upper = in->upper[stay - 1];
	in->n = stay;
	blank_keys(in->upper, stay - 1, KEYS);
	if (slot < stay)
		put_child(in, slot, sub);
	else
		put_child(right, slot - stay, sub);
	sub->upper = upper;
	sub->node = right;
	sub->gap = vprim_iova_map_max_gap_(right);
	sub->shape = vprim_iova_map_max_shape_(right);
}

/* The root was split: a new one above the two. */
static void new_root(struct vprim_iova_map *map, const struct subtree *left,
		     const struct subtree *right)
{
	struct inner *root = vprim_iova_map_get_root_(map, map->height_, 2);

	root->n = 1;
	set_child(root, 0, left->node);
	gap_row(root)[0] = left->gap;
	shape_row(root)[0] = left->shape;
	put_child(root, 0, right);
	set_root(map, root, map->height_ + 1);
}

/* The root inside the map is full. */
static void root_goes_out(struct vprim_iova_map *map)
{
	struct inner *from = small_root(map);
	struct inner *to = vprim_iova_map_get_inner_(map, 1);

	to->n = from->n;
	move_keys(to->upper, from->upper, from->n);
	move_children(to, 0, from, 0, from->n);
	map->way_.path[0].node = to;
	set_root(map, to, map->height_);
}

/* Hang a node into the tree, right above the path's leaf. */
static void link_subtree(struct vprim_iova_map *map, struct subtree *left,
		      struct subtree *right)
{
	uint32_t d = inner_levels(map);

	if (map->root_ == ROOT_INSIDE && !has_room(small_root(map)))
		root_goes_out(map);
	for (; d; d--) {
		struct inner *in = step_node(&map->way_.path[d - 1]);
		uint32_t slot = map->way_.path[d - 1].slot;

		gap_row(in)[slot] = left->gap;
		shape_row(in)[slot] = left->shape;
		if (has_room(in)) {
			put_child(in, slot, right);
			vprim_iova_map_lower_(map, d - 1);
			return;
		}
		split_inner(map, in, slot, right);
		left->node = in;
		left->gap = vprim_iova_map_max_gap_(in);
		left->shape = vprim_iova_map_max_shape_(in);
	}
	new_root(map, left, right);
}

/* -- leaves --------------------------------------------------------------- */

/* Divide the entries of a full leaf; the first @at of them stay on the left. */
static void divide(struct leaf *left, struct leaf *right, uint32_t at)
{
	move_entries(right, 0, left, at, LEAF_MAX - at);
	cap_leaf(right, LEAF_MAX - at);
	cap_leaf(left, at);
}

static void split_leaf(struct vprim_iova_map *map, struct leaf *leaf,
		       uint32_t i, const struct plan *plan,
		       const struct vprim_iova_mapping *m)
{
	struct leaf *fresh = vprim_iova_map_get_leaf_(map);
	struct leaf *left = plan->at ? leaf : fresh;
	struct leaf *right = plan->at ? fresh : leaf;
	uint64_t end = hole_end(map, leaf, leaf->n);
	const struct vprim_iova_map_step_ *step;
	struct subtree a, b;

	/* At the ends of the leaf all entries stay where they are. */
	if (plan->at % LEAF_MAX)
		divide(left, right, plan->at);
	else
		cap_leaf(fresh, 0);
	if (plan->new_left)
		put_mapping(left, i, m);
	else
		put_mapping(right, i - plan->at, m);
	b.node = right;
	b.upper = right->low[0].start - 1;
	if (plan->slack_right)
		b.upper = left->last[left->n - 1];
	b.gap = vprim_iova_map_leaf_gap_(right, end);
	b.shape = SHAPE_ANY;
	if (inner_levels(map)) {
		step = &map->way_.path[inner_levels(map) - 1];
		b.shape = shape_row(step_node(step))[step->slot];
		set_child(step_node(step), step->slot, left);
	}
	a.node = left;
	a.gap = vprim_iova_map_leaf_gap_(left, right->low[0].start - 1);
	a.shape = b.shape;
	link_subtree(map, &a, &b);
}

/* Entries have moved from one leaf to another one under the same parent. */
static void measure_both(struct vprim_iova_map *map, uint32_t giver,
			 uint32_t taker)
{
	uint32_t d = inner_levels(map) - 1;

	vprim_iova_map_share_(step_node(&map->way_.path[d]), giver, taker);
	vprim_iova_map_measure_(map, giver);
	vprim_iova_map_measure_(map, taker);
	vprim_iova_map_lower_(map, d);
}

static uint32_t half_the_place(const struct leaf *taker)
{
	return (LEAF_MAX - taker->n + 1) / 2;
}

static void move_right(struct vprim_iova_map *map, struct leaf *leaf,
		       uint32_t i, const struct vprim_iova_mapping *m)
{
	struct vprim_iova_map_step_ *step = &map->way_.path[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	struct leaf *to = vprim_iova_map_own_leaf_(map, in, step->slot + 1);
	uint32_t n = half_the_place(to), stay = LEAF_MAX - n;

	move_entries(to, n, to, 0, to->n);
	move_entries(to, 0, leaf, stay, n);
	to->n += n;
	cap_leaf(leaf, stay);
	if (i <= stay)
		put_mapping(leaf, i, m);
	else
		put_mapping(to, i - stay, m);
	in->upper[step->slot] = to->low[0].start - 1;
	measure_both(map, step->slot, step->slot + 1);
}

static void move_left(struct vprim_iova_map *map, struct leaf *leaf,
		      uint32_t i, const struct vprim_iova_mapping *m)
{
	struct vprim_iova_map_step_ *step = &map->way_.path[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	struct leaf *to = vprim_iova_map_own_leaf_(map, in, step->slot - 1);
	uint32_t n = half_the_place(to), stay = LEAF_MAX - n, had = to->n;

	move_entries(to, had, leaf, 0, n);
	to->n += n;
	move_entries(leaf, 0, leaf, n, stay);
	cap_leaf(leaf, stay);
	if (i <= n)
		put_mapping(to, had + i, m);
	else
		put_mapping(leaf, i - n, m);
	in->upper[step->slot - 1] = leaf->low[0].start - 1;
	measure_both(map, step->slot, step->slot - 1);
}

/* The entry is in: what the map keeps of it. */
static inline void account(struct vprim_iova_map *map, uint64_t start,
			   uint64_t last)
{
	map->recent_ = start;
	add_edges(map, start, last);
	map->credit_ += map->credit_ < RUN_CREDIT;
	map->generation_++;
	map->count_++;
	if (map->promised_ && !--map->promised_)
		vprim_iova_map_unstock_(map);
	show(map);
}

/* Put the entry in as planned. */
void vprim_iova_map_place_(struct vprim_iova_map *map, struct leaf *leaf,
			   uint32_t i, const struct plan *plan,
			   const struct vprim_iova_mapping *m)
{
	if (plan->how == GROW_NONE) {
		put_mapping(leaf, i, m);
	} else {
		drop_finger(map);
		if (plan->how == GROW_RIGHT)
			move_right(map, leaf, i, m);
		else if (plan->how == GROW_LEFT)
			move_left(map, leaf, i, m);
		else
			split_leaf(map, leaf, i, plan, m);
		if (plan->how == GROW_SPLIT && plan->run)
			map->credit_ -= RUN_COST;
	}
	account(map, m->range.start, m->range.last);
}

/* -- the call ------------------------------------------------------------- */

static int insert_first(struct vprim_iova_map *map,
			const struct vprim_range *range, uint64_t value)
{
	int ret = vprim_iova_map_ensure_(map, 1, 0);
	struct leaf *leaf;

	if (ret)
		return ret;
	leaf = vprim_iova_map_get_leaf_(map);
	cap_leaf(leaf, 0);
	put_entry(leaf, 0, range->start, range->last, value);
	set_root(map, leaf, 1);
	account(map, range->start, range->last);
	return 0;
}

static int overlaps(const struct leaf *leaf, uint32_t i,
		    struct vprim_iova_mapping *hit)
{
	if (hit)
		copy_out(hit, leaf, i);
	return -EEXIST;
}

/* The path leaf's slice now reaches up to @last. */
static void widen(struct vprim_iova_map *map, uint64_t last)
{
	uint32_t d = inner_levels(map);

	while (map->way_.path[d - 1].slot + 1 == step_node(&map->way_.path[d - 1])->n)
		d--;
	step_node(&map->way_.path[d - 1])->upper[map->way_.path[d - 1].slot] = last;
	map->finger_span_ = last - map->finger_start_;
}

/* The hole behind the last mapping of all gets an end and is the path leaf's now. */
static inline void own_hole(struct vprim_iova_map *map, uint64_t hole)
{
	if (hole > map->known_gap_ && finger_last(map) == UINT64_MAX) {
		raise_gap(map, hole);
		map->known_gap_ = hole;
	}
}

/*
 * The hole that an entry cuts in two is its leaf's, unless the entry becomes the
 * first: then the upper part passes over from the leaf below. Behind the last
 * mapping of all the lower part was nobody's.
 */
static inline void pass_hole(struct vprim_iova_map *map, const struct leaf *leaf,
			     uint32_t i, const struct vprim_range *range)
{
	if (!i)
		raise_gap(map, leaf->low[0].start - 1 - range->last);
	else if (i == leaf->n)
		own_hole(map, range->start - 1 - leaf->last[i - 1]);
}

/* The leaf is full. */
static int insert_full(struct vprim_iova_map *map, struct leaf *leaf,
		       uint32_t i, const struct vprim_range *range,
		       uint64_t value)
{
	const struct vprim_iova_mapping m = { *range, value };
	struct plan plan;
	int ret = vprim_iova_map_plan_(map, leaf, i, &plan);

	if (ret)
		return ret;
	if (m.range.last > finger_last(map))
		widen(map, m.range.last);
	pass_hole(map, leaf, i, &m.range);
	vprim_iova_map_place_(map, leaf, i, &plan, &m);
	return 0;
}

/*
 * The leaf for a range, and the first entry in it that ends at or behind the start.
 * Beside the last update there may be a run, whose place needs no search.
 */
static inline struct leaf *seek_place(struct vprim_iova_map *map,
				      const struct vprim_range *range,
				      uint32_t *i)
{
	bool near = at_finger(map, range->start);
	struct leaf *leaf = seek(map, range->start);

	if (near && range->start > leaf->last[leaf->n - 1])
		*i = leaf->n;
	else if (near && range->last < leaf->low[0].start)
		*i = 0;
	else
		*i = rank(leaf->last, range->start);
	return leaf;
}

/* With readers: nothing is changed for an insert that is refused. */
static int own_place(struct vprim_iova_map *map, const struct vprim_range *range,
		     struct vprim_iova_mapping *hit)
{
	struct vprim_iova_mapping m;

	if (!vprim_iova_map_first(map, range, &m)) {
		if (hit)
			*hit = m;
		return -EEXIST;
	}
	if (!map->height_)
		return 0;
	return vprim_iova_map_own_path_(map, seek(map, range->start)) ? 0 : -ENOMEM;
}

int vprim_iova_map_insert(struct vprim_iova_map *map,
			  const struct vprim_range *range, uint64_t value,
			  struct vprim_iova_mapping *hit)
{
	const struct vprim_range r = *range;
	const struct leaf *next;
	struct leaf *leaf;
	uint32_t i;
	int ret;

	if (!vprim_range_is_valid(&r))
		return -EINVAL;
	if (VPRIM_UNLIKELY(has_readers(map))) {
		ret = own_place(map, range, hit);
		if (ret)
			return ret;
	}
	if (!map->height_)
		return insert_first(map, range, value);
	leaf = seek_place(map, &r, &i);
	if (i < leaf->n) {
		if (leaf->low[i].start <= r.last)
			return overlaps(leaf, i, hit);
	} else if (r.last > finger_last(map)) {
		next = vprim_iova_map_next_leaf_(map->way_.path, inner_levels(map));
		if (next->low[0].start <= r.last)
			return overlaps(next, 0, hit);
	}
	if (leaf->n == LEAF_MAX)
		return insert_full(map, leaf, i, range, value);
	if (r.last > finger_last(map))
		widen(map, r.last);
	pass_hole(map, leaf, i, &r);
	put_entry(leaf, i, r.start, r.last, value);
	account(map, r.start, r.last);
	return 0;
}
