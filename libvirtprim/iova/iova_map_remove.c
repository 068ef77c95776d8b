// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fewer entries: remove, take and erase, and the tree that shrinks with them.
 *
 * All of them cut runs of entries out of one leaf at a time. A leaf that is left
 * empty is dropped; one that is left with few entries is merged with a neighbour
 * under the same parent, or gets some of its entries when the two are too many
 * for one leaf. Inner nodes do the same, strictly, so that none but the root ever
 * has fewer than INNER_MIN children. None of this needs memory.
 */
#include "iova_map_internal.h"

/* -- inner nodes ---------------------------------------------------------- */

/*
 * Take out @n children, but not all; their slice goes to the one below them, or
 * above the first.
 */
static void cut_children(struct inner *in, uint32_t slot, uint32_t n)
{
	uint32_t key = slot ? slot - 1 : 0;
	size_t above = in->n - slot - n;

	move_keys(in->upper + key, in->upper + key + n, in->n - key - n);
	blank_keys(in->upper, in->n - n, in->n);
	move_children(in, slot, in, slot + n, above);
	in->n -= n;
}

/* Append the first @n children of b to a; @upper is the end of a's slice. */
static void append_children(struct inner *a, const struct inner *b, uint32_t n,
			    uint64_t upper)
{
	a->upper[a->n - 1] = upper;
	move_keys(a->upper + a->n, b->upper, n - 1);
	move_children(a, a->n, b, 0, n);
	a->n += n;
}

/* The first @n children of b become a's; returns the new end of a's slice. */
static uint64_t shift_down(struct inner *a, struct inner *b, uint32_t n,
			   uint64_t upper)
{
	uint32_t stay = b->n - n;

	append_children(a, b, n, upper);
	upper = b->upper[n - 1];
	move_keys(b->upper, b->upper + n, stay);
	move_children(b, 0, b, n, stay);
	b->n = stay;
	blank_keys(b->upper, stay, KEYS);
	return upper;
}

/* The last @n children of a become b's; returns the new end of a's slice. */
static uint64_t shift_up(struct inner *a, struct inner *b, uint32_t n,
			 uint64_t upper)
{
	uint32_t stay = a->n - n;

	move_keys(b->upper + n, b->upper, b->n);
	move_children(b, n, b, 0, b->n);
	move_keys(b->upper, a->upper + stay, n);
	b->upper[n - 1] = upper;
	move_children(b, 0, a, stay, n);
	b->n += n;
	upper = a->upper[stay - 1];
	a->n = stay;
	blank_keys(a->upper, stay - 1, KEYS);
	return upper;
}

/* Which of the two neighbours @slot belongs to: it and the next, mostly. */
static uint32_t left_of_pair(const struct inner *in, uint32_t slot)
{
	return slot + 1 < in->n ? slot : slot - 1;
}

static void copy_bounds(struct inner *in, uint32_t slot,
			const struct inner *child)
{
	gap_row(in)[slot] = vprim_iova_map_max_gap_(child);
	shape_row(in)[slot] = vprim_iova_map_max_shape_(child);
}

/*
 * A node has fewer children than allowed. Returns the slot of the neighbour that
 * was merged into the one before it, or 0 when both still stand.
 */
static uint32_t rebalance_inner(struct vprim_iova_map *map, struct inner *in,
			     uint32_t slot)
{
	uint32_t i = left_of_pair(in, slot), n;
	struct inner *a = vprim_iova_map_own_inner_(map, in, i);
	struct inner *b = (struct inner *)child_of(in, i + 1);

	if (a->n + b->n <= INNER_MERGE) {
		append_children(a, b, b->n, in->upper[i]);
		copy_bounds(in, i, a);
		vprim_iova_map_put_inner_(map, b);
		return i + 1;
	}
	b = vprim_iova_map_own_inner_(map, in, i + 1);
	n = (a->n + b->n) / 2;
	if (a->n < n)
		in->upper[i] = shift_down(a, b, n - a->n, in->upper[i]);
	else
		in->upper[i] = shift_up(a, b, a->n - n, in->upper[i]);
	copy_bounds(in, i, a);
	copy_bounds(in, i + 1, b);
	return 0;
}

/* @n children from @slot on of the path's lowest inner node have left the tree. */
static void unlink_children(struct vprim_iova_map *map, uint32_t slot,
			    uint32_t n)
{
	uint32_t d = inner_levels(map) - 1;
	struct inner *in = step_node(&map->way_.path[d]);

	cut_children(in, slot, n);
	while (d && in->n < INNER_MIN) {
		d--;
		in = step_node(&map->way_.path[d]);
		slot = rebalance_inner(map, in, map->way_.path[d].slot);
		if (!slot)
			return;
		cut_children(in, slot, 1);
	}
	if (!d && in->n == 1) {
		set_root(map, child_of(in, 0), map->height_ - 1);
		vprim_iova_map_put_inner_(map, in);
	}
}

/* -- leaves --------------------------------------------------------------- */

static void set_count(struct leaf *leaf, uint32_t n)
{
	blank_keys(leaf->last, n, leaf->n);
	leaf->n = n;
}

/* Two leaves that are too many for one get the same number of entries. */
static void even_out(struct inner *in, uint32_t i, struct leaf *a,
		     struct leaf *b)
{
	uint32_t both = a->n + b->n, n = both / 2;
	bool down = a->n < n;

	if (down) {
		move_entries(a, a->n, b, 0, n - a->n);
		move_entries(b, 0, b, n - a->n, both - n);
		a->n = n;
		set_count(b, both - n);
	} else {
		move_entries(b, a->n - n, b, 0, b->n);
		move_entries(b, 0, a, n, a->n - n);
		set_count(a, n);
		b->n = both - n;
	}
	in->upper[i] = b->low[0].start - 1;
	vprim_iova_map_share_(in, i + down, i + !down);
}

/* The path's leaf has few entries left; it is not the root. */
static void rebalance_leaf(struct vprim_iova_map *map)
{
	struct vprim_iova_map_step_ *step = &map->way_.path[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	uint32_t i = left_of_pair(in, step->slot);
	struct leaf *a = vprim_iova_map_own_leaf_(map, in, i);
	struct leaf *b = (struct leaf *)child_of(in, i + 1);

	drop_finger(map);
	if (a->n + b->n > LEAF_MERGE) {
		even_out(in, i, a, vprim_iova_map_own_leaf_(map, in, i + 1));
		return;
	}
	move_entries(a, a->n, b, 0, b->n);
	a->n += b->n;
	vprim_iova_map_share_(in, i + 1, i);
	vprim_iova_map_put_leaf_(map, b);
	unlink_children(map, i + 1, 1);
}

static void drop_leaf(struct vprim_iova_map *map, struct leaf *leaf)
{
	drop_finger(map);
	vprim_iova_map_put_leaf_(map, leaf);
	if (inner_levels(map)) {
		unlink_children(map, map->way_.path[inner_levels(map) - 1].slot, 1);
		return;
	}
	set_root(map, NULL, 0);
	map->edges_ = 0;
	/* An empty map holds no memory but what was promised. */
	if (!map->promised_)
		vprim_iova_map_trim_(map, 0, 0);
}

/* Remove entries [i, j) of the path's leaf; i < j. */
void vprim_iova_map_cut_(struct vprim_iova_map *map, struct leaf *leaf,
			 uint32_t i, uint32_t j)
{
	uint32_t left = leaf->n - (j - i);

	vprim_iova_map_freed_(map, leaf, i, hole_end(map, leaf, j));
	map->count_ -= j - i;
	map->generation_++;
	if (!left) {
		drop_leaf(map, leaf);
		return;
	}
	move_entries(leaf, i, leaf, j, leaf->n - j);
	set_count(leaf, left);
	if (left < LEAF_LOW && inner_levels(map))
		rebalance_leaf(map);
}

/* -- runs of whole leaves ------------------------------------------------- */

/* The path's leaf and some that follow it under the same parent. */
struct leaves {
	const uint64_t *child;	/* the parent's row, from the path's leaf on */
	uint32_t n;
	size_t entries;		/* of all of them */
	uint64_t end;		/* of their slice */
};

/* Leaf number @i of the run; behind the last there is one more. */
static inline struct leaf *run_leaf(const struct leaves *run, uint32_t i)
{
	return (struct leaf *)(uintptr_t)run->child[i];
}

/*
 * The leaves from the path's on whose slices lie whole below @last, with no more
 * entries than @capacity. The parent's last child is never one of them.
 */
static struct leaves leaves_inside(const struct vprim_iova_map *map,
				   uint64_t last, size_t capacity)
{
	struct leaves run = { NULL, 0, 0, 0 };
	const struct vprim_iova_map_step_ *step;
	const struct leaf *leaf;
	const struct inner *in;
	uint32_t slot;

	if (!inner_levels(map))
		return run;
	step = &map->way_.path[inner_levels(map) - 1];
	in = step_node(step);
	run.child = row_of(in, ROW_CHILD) + step->slot;
	for (slot = step->slot; slot + 1 < in->n && in->upper[slot] <= last;
	     slot++) {
		leaf = run_leaf(&run, run.n);
		PREFETCH_LEAF(run_leaf(&run, run.n + 1));
		if (leaf->n > capacity - run.entries)
			break;
		run.entries += leaf->n;
		run.end = in->upper[slot];
		run.n++;
	}
	return run;
}

/* Remove all of a run of at least one leaf. */
static void cut_leaves(struct vprim_iova_map *map, const struct leaves *run)
{
	uint32_t slot = map->way_.path[inner_levels(map) - 1].slot, i;

	/* The one above them is under the same parent. */
	vprim_iova_map_freed_(map, run_leaf(run, 0), 0,
			      run_leaf(run, run->n)->low[0].start - 1);
	for (i = 0; i < run->n; i++)
		vprim_iova_map_put_leaf_(map, run_leaf(run, i));
	map->count_ -= run->entries;
	map->generation_++;
	drop_finger(map);
	unlink_children(map, slot, run->n);
}

/* -- the calls ------------------------------------------------------------ */

/* The entry that starts at @start, or LEAF_MAX; *leaf is the path's. */
static inline uint32_t entry_at(struct vprim_iova_map *map, uint64_t start,
			 struct leaf **leaf)
{
	uint32_t i;

	if (!map->height_)
		return LEAF_MAX;
	*leaf = seek(map, start);
	i = rank((*leaf)->last, start);
	if (i < (*leaf)->n && (*leaf)->low[i].start == start)
		return i;
	return LEAF_MAX;
}

/* The path's leaf, to be changed by an update of its own; NULL without memory. */
static inline struct leaf *own_one(struct vprim_iova_map *map, struct leaf *leaf)
{
	if (VPRIM_UNLIKELY(has_readers(map)))
		return vprim_iova_map_own_path_(map, leaf);
	return leaf;
}

/* With readers such an update uses up one that was promised, as an insert does. */
static inline void one_is_done(struct vprim_iova_map *map)
{
	if (VPRIM_UNLIKELY(has_readers(map))) {
		if (map->promised_ && !--map->promised_)
			vprim_iova_map_unstock_(map);
		vprim_iova_map_show_(map);
	}
}

/*
 * The entries behind entry @i move on to it: two at a time as in an insert, and a
 * filler when their number is odd.
 */
static inline void shift_down_by_one(struct leaf *leaf, uint32_t i)
{
	uint64_t *last = leaf->last + i, *end = leaf->last + leaf->n - 1;
	struct low *low = leaf->low + i;

	for (; last < end; last += 2, low += 2) {
		last[0] = last[1];
		low[0] = low[1];
		last[1] = last[2];
		low[1] = low[2];
	}
	*end = UINT64_MAX;
	leaf->n--;
}

/* Entry @i, which is to go, has none on one side in its leaf. */
static void freed_at_edge(struct vprim_iova_map *map, const struct leaf *leaf,
			  uint32_t i)
{
	vprim_iova_map_freed_(map, leaf, i, hole_end(map, leaf, i + 1));
}

/* As vprim_iova_map_cut_() of one entry: mostly enough stay, and the leaf is not full. */
static inline void cut_one(struct vprim_iova_map *map, struct leaf *leaf,
			   uint32_t i)
{
	uint32_t low = inner_levels(map) ? LEAF_LOW : 1;

	if (leaf->n <= low || leaf->n == LEAF_MAX) {
		vprim_iova_map_cut_(map, leaf, i, i + 1);
		return;
	}
	if (VPRIM_UNLIKELY(!i || i + 1 == leaf->n))
		freed_at_edge(map, leaf, i);
	else
		raise_gap(map, leaf->low[i + 1].start - 1 - leaf->last[i - 1]);
	shift_down_by_one(leaf, i);
	map->count_--;
	map->generation_++;
}

/* Entry @i of the path's leaf, an update of its own. */
static int remove_entry(struct vprim_iova_map *map, struct leaf *leaf,
			uint32_t i, struct vprim_iova_mapping *removed)
{
	leaf = own_one(map, leaf);
	if (!leaf)
		return -ENOMEM;
	if (removed)
		copy_out(removed, leaf, i);
	cut_one(map, leaf, i);
	one_is_done(map);
	return 0;
}

int vprim_iova_map_remove(struct vprim_iova_map *map,
			  const struct vprim_range *range, uint64_t *value)
{
	struct vprim_iova_mapping removed;
	struct leaf *leaf;
	uint32_t i;
	int ret;

	if (!vprim_range_is_valid(range))
		return -EINVAL;
	i = entry_at(map, range->start, &leaf);
	if (i == LEAF_MAX || leaf->last[i] != range->last)
		return -ENOENT;
	ret = remove_entry(map, leaf, i, &removed);
	if (!ret && value)
		*value = removed.value;
	return ret;
}

int vprim_iova_map_remove_at(struct vprim_iova_map *map, uint64_t start,
			     struct vprim_iova_mapping *removed)
{
	struct leaf *leaf;
	uint32_t i;

	i = entry_at(map, start, &leaf);
	if (i == LEAF_MAX)
		return -ENOENT;
	return remove_entry(map, leaf, i, removed);
}

int vprim_iova_map_set_value(struct vprim_iova_map *map,
			     const struct vprim_range *range, uint64_t value)
{
	struct leaf *leaf;
	uint32_t i;

	if (!vprim_range_is_valid(range))
		return -EINVAL;
	i = entry_at(map, range->start, &leaf);
	if (i == LEAF_MAX || leaf->last[i] != range->last)
		return -ENOENT;
	leaf = own_one(map, leaf);
	if (!leaf)
		return -ENOMEM;
	leaf->low[i].value = value;
	one_is_done(map);
	return 0;
}

/* A call on its way up through a range. */
struct sweep {
	uint64_t at;		/* what lies below is done */
	uint64_t last;
	bool done;
	struct vprim_iova_mapping *taken;
	size_t capacity;	/* places left in taken */
	uint64_t touched;
};

/* All up to @end is done. */
static void advance(struct sweep *s, uint64_t end)
{
	s->done = end >= s->last;
	s->at = end + 1;
}

/* Whole leaves, when the next one is; false when it is not. */
static bool sweep_leaves(struct vprim_iova_map *map, struct sweep *s)
{
	struct leaves run = leaves_inside(map, s->last, s->capacity);
	uint32_t i;

	if (!run.n)
		return false;
	for (i = 0; s->taken && i < run.n; i++) {
		const struct leaf *leaf = run_leaf(&run, i);

		copy_run(s->taken, leaf, 0, leaf->n);
		s->taken += leaf->n;
	}
	s->capacity -= s->taken ? run.entries : 0;
	s->touched += run.entries;
	advance(s, run.end);
	cut_leaves(map, &run);
	return true;
}

/* Entries of the path's leaf, from @i on. */
static void take_entries(struct vprim_iova_map *map, struct leaf *leaf,
			 uint32_t i, struct sweep *s)
{
	uint32_t j = rank_start(leaf, s->last);

	advance(s, j < leaf->n ? s->last : finger_last(map));
	if (j - i > s->capacity)
		j = i + (uint32_t)s->capacity;
	copy_run(s->taken, leaf, i, j);
	s->taken += j - i;
	s->capacity -= j - i;
	s->touched += j - i;
	if (i < j)
		vprim_iova_map_cut_(map, leaf, i, j);
}

static inline int take_up(struct vprim_iova_map *map, struct sweep *s)
{
	struct leaf *leaf;
	uint32_t i;

	/* Where the range goes on there is another leaf, and it has entries. */
	while (!s->done && s->capacity) {
		leaf = seek(map, s->at);
		leaf = own_one_of_many(map, leaf);
		if (!leaf)
			return -ENOMEM;
		i = rank(leaf->last, s->at);
		if (i || !sweep_leaves(map, s))
			take_entries(map, leaf, i, s);
	}
	return 0;
}

/* All of it is shown or none; what finds nothing to do asks for no memory. */
static int take_shown(struct vprim_iova_map *map, const struct vprim_range *range,
		      struct sweep *s)
{
	struct vprim_iova_mapping m;
	struct undo undo;
	int ret;

	if (vprim_iova_map_first(map, range, &m))
		return 0;
	vprim_iova_map_begin_(map, &undo);
	ret = take_up(map, s);
	if (ret)
		vprim_iova_map_undo_(map, &undo, range->start);
	else
		vprim_iova_map_end_(map);
	return ret;
}

int vprim_iova_map_take(struct vprim_iova_map *map,
			const struct vprim_range *range,
			struct vprim_iova_mapping *taken, size_t capacity,
			size_t *count)
{
	struct sweep s = { 0 };
	int ret;

	if (!vprim_range_is_valid(range) || !capacity)
		return -EINVAL;
	s.at = range->start;
	s.last = range->last;
	s.done = !map->height_;
	s.taken = taken;
	s.capacity = capacity;
	ret = has_readers(map) ? take_shown(map, range, &s) : take_up(map, &s);
	if (!ret)
		*count = (size_t)s.touched;
	return ret;
}

/* A hole inside entry @i of the path's leaf: two mappings where one was. */
static int punch(struct vprim_iova_map *map, struct leaf *leaf, uint32_t i,
		 const struct vprim_range *hole)
{
	struct vprim_iova_mapping above;
	struct plan plan;
	int ret;

	copy_out(&above, leaf, i);
	if (map->flags_ & FLAG_LINEAR)
		above.value += hole->last + 1 - above.range.start;
	above.range.start = hole->last + 1;
	ret = vprim_iova_map_plan_(map, leaf, i + 1, &plan);
	if (ret)
		return ret;
	leaf->last[i] = hole->start - 1;
	map->edges_ |= hole->start;
	raise_gap(map, hole->last - hole->start + 1);
	vprim_iova_map_place_(map, leaf, i + 1, &plan, &above);
	return 0;
}

static void cut_tail(struct vprim_iova_map *map, struct leaf *leaf, uint32_t i,
		     uint64_t last)
{
	leaf->last[i] = last;
	map->edges_ |= last + 1;
	vprim_iova_map_freed_(map, leaf, i + 1, hole_end(map, leaf, i + 1));
}

/* Entry @i begins below the hole, and keeps what lies outside. */
static int cut_entry(struct vprim_iova_map *map, struct leaf *leaf, uint32_t i,
		     const struct vprim_range *hole)
{
	if (leaf->last[i] > hole->last)
		return punch(map, leaf, i, hole);
	cut_tail(map, leaf, i, hole->start - 1);
	return 0;
}

static void cut_head(struct vprim_iova_map *map, struct leaf *leaf, uint32_t i,
		     uint64_t start)
{
	if (map->flags_ & FLAG_LINEAR)
		leaf->low[i].value += start - leaf->low[i].start;
	leaf->low[i].start = start;
	map->edges_ |= start;
	vprim_iova_map_freed_(map, leaf, i, start - 1);
}

/* Entries of the path's leaf, from @i on; one that reaches out is cut. */
static void erase_entries(struct vprim_iova_map *map, struct leaf *leaf,
			  uint32_t i, struct sweep *s)
{
	uint32_t j = rank(leaf->last, s->last);

	if (j < leaf->n && leaf->last[j] == s->last)
		j++;
	advance(s, j < leaf->n ? s->last : finger_last(map));
	s->touched += j - i;
	if (j < leaf->n && leaf->low[j].start <= s->last) {
		cut_head(map, leaf, j, s->last + 1);
		s->touched++;
	}
	if (i < j)
		vprim_iova_map_cut_(map, leaf, i, j);
}

/* Free what nothing reaches into from below; adds the mappings touched. */
static int erase_up(struct vprim_iova_map *map, const struct vprim_range *range,
		    uint64_t *touched)
{
	struct sweep s = { 0 };
	struct leaf *leaf;
	uint32_t i;

	s.at = range->start;
	s.last = range->last;
	s.capacity = SIZE_MAX;
	while (!s.done) {
		leaf = seek(map, s.at);
		leaf = own_one_of_many(map, leaf);
		if (!leaf)
			return -ENOMEM;
		i = rank(leaf->last, s.at);
		if (i || !sweep_leaves(map, &s))
			erase_entries(map, leaf, i, &s);
	}
	*touched += s.touched;
	return 0;
}

/* The map is not empty. */
static inline int erase(struct vprim_iova_map *map, const struct vprim_range *range,
		 uint64_t *touched)
{
	struct leaf *leaf = seek(map, range->start);
	uint32_t i = rank(leaf->last, range->start);
	int ret;

	if (i < leaf->n && leaf->low[i].start < range->start) {
		leaf = own_one_of_many(map, leaf);
		if (!leaf)
			return -ENOMEM;
		ret = cut_entry(map, leaf, i, range);
		if (ret)
			return ret;
		*touched = 1;
	}
	return erase_up(map, range, touched);
}

/* As take_shown(). */
static int erase_shown(struct vprim_iova_map *map,
		       const struct vprim_range *range, uint64_t *touched)
{
	struct vprim_iova_mapping m;
	struct undo undo;
	int ret;

	if (vprim_iova_map_first(map, range, &m))
		return 0;
	vprim_iova_map_begin_(map, &undo);
	ret = erase(map, range, touched);
	if (ret)
		vprim_iova_map_undo_(map, &undo, range->start);
	else
		vprim_iova_map_end_(map);
	return ret;
}

int vprim_iova_map_erase(struct vprim_iova_map *map,
			 const struct vprim_range *range, uint64_t *touched)
{
	uint64_t n = 0;
	int ret = 0;

	if (!vprim_range_is_valid(range))
		return -EINVAL;
	if (has_readers(map))
		ret = erase_shown(map, range, &n);
	else if (map->height_)
		ret = erase(map, range, &n);
	if (!ret && touched)
		*touched = n;
	return ret;
}
