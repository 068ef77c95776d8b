// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fewer entries: remove, take and erase, and the tree that shrinks with them.
 *
 * All of them cut runs of entries out of one leaf at a time. A leaf that is left
 * empty is dropped; one that is left with few entries is joined with a neighbour
 * under the same parent, or gets some of its entries when the two are too many
 * for one leaf. Inner nodes do the same, strictly, so that none but the root ever
 * has fewer than INNER_MIN children. None of this needs memory.
 */
#include "iova_map_internal.h"

/* -- inner nodes ---------------------------------------------------------- */

/* Take out a child; its slice goes to the one below it, or above the first. */
static void cut_child(struct inner *in, uint32_t slot)
{
	uint32_t key = slot ? slot - 1 : 0;
	size_t above = in->n - slot - 1;

	memmove(in->upper + key, in->upper + key + 1,
		(in->n - 2 - key) * sizeof(in->upper[0]));
	in->upper[in->n - 2] = UINT64_MAX;
	memmove(in->child + slot, in->child + slot + 1,
		above * sizeof(in->child[0]));
	memmove(in->room + slot, in->room + slot + 1,
		above * sizeof(in->room[0]));
	memmove(in->shape + slot, in->shape + slot + 1,
		above * sizeof(in->shape[0]));
	in->n--;
}

/* Append the first @n children of b to a; @upper is the end of a's slice. */
static void append_children(struct inner *a, const struct inner *b, uint32_t n,
			    uint64_t upper)
{
	a->upper[a->n - 1] = upper;
	memcpy(a->upper + a->n, b->upper, (n - 1) * sizeof(a->upper[0]));
	memcpy(a->child + a->n, b->child, n * sizeof(a->child[0]));
	memcpy(a->room + a->n, b->room, n * sizeof(a->room[0]));
	memcpy(a->shape + a->n, b->shape, n * sizeof(a->shape[0]));
	a->n += n;
}

/* The first @n children of b become a's; returns the new end of a's slice. */
static uint64_t shift_down(struct inner *a, struct inner *b, uint32_t n,
			   uint64_t upper)
{
	uint32_t stay = b->n - n;

	append_children(a, b, n, upper);
	upper = b->upper[n - 1];
	memmove(b->upper, b->upper + n, (stay - 1) * sizeof(b->upper[0]));
	memmove(b->child, b->child + n, stay * sizeof(b->child[0]));
	memmove(b->room, b->room + n, stay * sizeof(b->room[0]));
	memmove(b->shape, b->shape + n, stay * sizeof(b->shape[0]));
	b->n = stay;
	blank_keys(b->upper, stay - 1, INNER_MAX - 1);
	return upper;
}

/* The last @n children of a become b's; returns the new end of a's slice. */
static uint64_t shift_up(struct inner *a, struct inner *b, uint32_t n,
			 uint64_t upper)
{
	uint32_t stay = a->n - n;

	memmove(b->upper + n, b->upper, (b->n - 1) * sizeof(b->upper[0]));
	memmove(b->child + n, b->child, b->n * sizeof(b->child[0]));
	memmove(b->room + n, b->room, b->n * sizeof(b->room[0]));
	memmove(b->shape + n, b->shape, b->n * sizeof(b->shape[0]));
	memcpy(b->upper, a->upper + stay, (n - 1) * sizeof(b->upper[0]));
	b->upper[n - 1] = upper;
	memcpy(b->child, a->child + stay, n * sizeof(b->child[0]));
	memcpy(b->room, a->room + stay, n * sizeof(b->room[0]));
	memcpy(b->shape, a->shape + stay, n * sizeof(b->shape[0]));
	b->n += n;
	upper = a->upper[stay - 1];
	a->n = stay;
	blank_keys(a->upper, stay - 1, INNER_MAX - 1);
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
	in->room[slot] = vprim_iova_map_max_room_(child);
	in->shape[slot] = vprim_iova_map_max_shape_(child);
}

/*
 * A node has fewer children than allowed. Returns the slot of the neighbour that
 * was joined into the one before it, or 0 when both still stand.
 */
static uint32_t settle_inner(struct vprim_iova_map *map, struct inner *in,
			     uint32_t slot)
{
	uint32_t i = left_of_pair(in, slot), n;
	struct inner *a = (struct inner *)in->child[i];
	struct inner *b = (struct inner *)in->child[i + 1];

	if (a->n + b->n <= INNER_JOIN) {
		append_children(a, b, b->n, in->upper[i]);
		copy_bounds(in, i, a);
		vprim_iova_map_put_inner_(map, b);
		return i + 1;
	}
	n = (a->n + b->n) / 2;
	if (a->n < n)
		in->upper[i] = shift_down(a, b, n - a->n, in->upper[i]);
	else
		in->upper[i] = shift_up(a, b, a->n - n, in->upper[i]);
	copy_bounds(in, i, a);
	copy_bounds(in, i + 1, b);
	return 0;
}

/* The child at @slot of the path's lowest inner node has left the tree. */
static void unlink_child(struct vprim_iova_map *map, uint32_t slot)
{
	uint32_t d = inner_levels(map) - 1;
	struct inner *in = step_node(&map->path_[d]);

	cut_child(in, slot);
	while (d && in->n < INNER_MIN) {
		d--;
		in = step_node(&map->path_[d]);
		slot = settle_inner(map, in, map->path_[d].slot);
		if (!slot)
			return;
		cut_child(in, slot);
	}
	if (!d && in->n == 1) {
		map->root_ = in->child[0];
		map->height_--;
		vprim_iova_map_put_inner_(map, in);
	}
}

/* -- leaves --------------------------------------------------------------- */

static void move_entries(struct leaf *to, uint32_t at, const struct leaf *from,
			 uint32_t i, uint32_t n)
{
	memmove(to->last + at, from->last + i, n * sizeof(to->last[0]));
	memmove(to->low + at, from->low + i, n * sizeof(to->low[0]));
}

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
	uint32_t giver = a->n < n ? i + 1 : i, taker = a->n < n ? i : i + 1;

	if (a->n < n) {
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
	vprim_iova_map_share_(in, giver, taker);
}

/* The path's leaf has few entries left; it is not the root. */
static void settle_leaf(struct vprim_iova_map *map)
{
	struct vprim_iova_map_step_ *step = &map->path_[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	uint32_t i = left_of_pair(in, step->slot);
	struct leaf *a = (struct leaf *)in->child[i];
	struct leaf *b = (struct leaf *)in->child[i + 1];

	drop_finger(map);
	if (a->n + b->n > LEAF_JOIN) {
		even_out(in, i, a, b);
		return;
	}
	move_entries(a, a->n, b, 0, b->n);
	a->n += b->n;
	vprim_iova_map_share_(in, i + 1, i);
	vprim_iova_map_put_leaf_(map, b);
	unlink_child(map, i + 1);
}

static void drop_leaf(struct vprim_iova_map *map, struct leaf *leaf)
{
	drop_finger(map);
	vprim_iova_map_put_leaf_(map, leaf);
	if (inner_levels(map)) {
		unlink_child(map, map->path_[inner_levels(map) - 1].slot);
		return;
	}
	map->root_ = NULL;
	map->height_ = 0;
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
		settle_leaf(map);
}

/* -- the calls ------------------------------------------------------------ */

/* The entry that starts at @start, or LEAF_MAX; *leaf is the path's. */
static uint32_t entry_at(struct vprim_iova_map *map, uint64_t start,
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

int vprim_iova_map_remove(struct vprim_iova_map *map,
			  const struct vprim_range *range, uint64_t *value)
{
	struct leaf *leaf;
	uint32_t i;

	if (!map || !range || !vprim_range_is_valid(range))
		return -EINVAL;
	i = entry_at(map, range->start, &leaf);
	if (i == LEAF_MAX || leaf->last[i] != range->last)
		return -ENOENT;
	if (value)
		*value = leaf->low[i].value;
	vprim_iova_map_cut_(map, leaf, i, i + 1);
	return 0;
}

int vprim_iova_map_remove_at(struct vprim_iova_map *map, uint64_t start,
			     struct vprim_iova_mapping *removed)
{
	struct leaf *leaf;
	uint32_t i;

	if (!map)
		return -EINVAL;
	i = entry_at(map, start, &leaf);
	if (i == LEAF_MAX)
		return -ENOENT;
	if (removed)
		copy_out(removed, leaf, i);
	vprim_iova_map_cut_(map, leaf, i, i + 1);
	return 0;
}

int vprim_iova_map_set_value(struct vprim_iova_map *map,
			     const struct vprim_range *range, uint64_t value)
{
	struct leaf *leaf;
	uint32_t i;

	if (!map || !range || !vprim_range_is_valid(range))
		return -EINVAL;
	i = entry_at(map, range->start, &leaf);
	if (i == LEAF_MAX || leaf->last[i] != range->last)
		return -ENOENT;
	leaf->low[i].value = value;
	return 0;
}

int vprim_iova_map_take(struct vprim_iova_map *map,
			const struct vprim_range *range,
			struct vprim_iova_mapping *taken, size_t capacity,
			size_t *count)
{
	uint64_t at, end;
	size_t got = 0;

	if (!map || !range || !vprim_range_is_valid(range) || !taken ||
	    !capacity || !count)
		return -EINVAL;
	*count = 0;
	if (!map->height_)
		return 0;
	/* Where the range goes on there is another leaf, and it has entries. */
	for (at = range->start; got < capacity; at = end + 1) {
		struct leaf *leaf = seek(map, at);
		uint32_t i = rank(leaf->last, at);
		uint32_t j = rank_start(leaf, range->last);
		bool beyond;

		end = finger_last(map);
		beyond = j < leaf->n || end >= range->last;
		if (j - i > capacity - got) {
			j = i + (uint32_t)(capacity - got);
			beyond = true;
		}
		copy_run(taken + got, leaf, i, j);
		got += j - i;
		if (i < j)
			vprim_iova_map_cut_(map, leaf, i, j);
		if (beyond)
			break;
	}
	*count = got;
	return 0;
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
	raise(map, hole->last - hole->start + 1);
	vprim_iova_map_place_(map, leaf, i + 1, &plan, &above);
	return 0;
}

static void cut_tail(struct vprim_iova_map *map, struct leaf *leaf, uint32_t i,
		     uint64_t last)
{
	leaf->last[i] = last;
	raise(map, hole_end(map, leaf, i + 1) - last);
	map->generation_++;
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
	vprim_iova_map_freed_(map, leaf, i, start - 1);
	map->generation_++;
}

/*
 * Remove what lies whole in [at, last], and cut the head of a mapping that
 * reaches out above. Nothing reaches out below.
 */
static uint64_t erase_up(struct vprim_iova_map *map, uint64_t at, uint64_t last)
{
	uint64_t end, touched = 0;

	/* Where the range goes on there is another leaf, and it has entries. */
	for (;; at = end + 1) {
		struct leaf *leaf = seek(map, at);
		uint32_t i = rank(leaf->last, at);
		uint32_t j = rank(leaf->last, last);
		bool beyond;

		end = finger_last(map);
		if (j < leaf->n && leaf->last[j] == last)
			j++;
		beyond = j < leaf->n || end >= last;
		touched += j - i;
		if (j < leaf->n && leaf->low[j].start <= last) {
			cut_head(map, leaf, j, last + 1);
			touched++;
		}
		if (i < j)
			vprim_iova_map_cut_(map, leaf, i, j);
		if (beyond)
			break;
	}
	return touched;
}

int vprim_iova_map_erase(struct vprim_iova_map *map,
			 const struct vprim_range *range, uint64_t *touched)
{
	struct leaf *leaf;
	uint64_t n = 0;
	uint32_t i;
	int ret;

	if (!map || !range || !vprim_range_is_valid(range))
		return -EINVAL;
	if (map->height_) {
		leaf = seek(map, range->start);
		i = rank(leaf->last, range->start);
		if (i < leaf->n && leaf->low[i].start < range->start) {
			ret = cut_entry(map, leaf, i, range);
			if (ret)
				return ret;
			n = 1;
		}
		n += erase_up(map, range->start, range->last);
	}
	if (touched)
		*touched = n;
	return 0;
}
