// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Walking.
 *
 * A cursor is an address of its range: everything below pos_ lies behind it, and
 * past_ says that the whole range does. Leaf, its parent and the index are only a
 * shortcut to that place, good for one generation of the map. At the end of a
 * parent the way to the next one is a descent, once in at least eight leaves.
 */
#include "iova_map_internal.h"

int vprim_iova_map_cursor_init(struct vprim_iova_map_cursor *cursor,
			       const struct vprim_iova_map *map,
			       const struct vprim_range *range)
{
	if (!vprim_range_is_valid(range))
		return -EINVAL;
	cursor->map_ = map;
	cursor->range_ = *range;
	cursor->pos_ = range->start;
	cursor->past_ = 0;
	cursor->leaf_ = NULL;
	return 0;
}

/* Leaves that are fetched before their turn, where the range goes on there. */
#define AHEAD 3u

#define PREFETCH_AHEAD(c, in, slot)                                       \
	do {                                                              \
		if ((slot) < (in)->n &&                                   \
		    (in)->upper[(slot) - 1] < (c)->range_.last)           \
			PREFETCH_LEAF(child_of(in, slot));                \
	} while (0)

/* Enter the leaf whose slice holds @addr; the map is not empty. */
static const struct leaf *enter(struct vprim_iova_map_cursor *c, uint64_t addr)
{
	void *node = root_of(c->map_);
	struct inner *in = NULL;
	uint32_t level, slot = 0;

	for (level = inner_levels(c->map_); level; level--) {
		in = (struct inner *)node;
		slot = rank(in->upper, addr);
		node = child_of(in, slot);
		PREFETCH_NODE(node, level == 1);
	}
	c->parent_ = in;
	c->slot_ = slot;
	c->leaf_ = node;
	/* Where the range goes on in the next leaf, that one is wanted, too. */
	if (in)
		PREFETCH_AHEAD(c, in, slot + 1);
	return (const struct leaf *)node;
}

/* Where the slice of the parent ends, all of whose leaves the cursor has seen. */
static uint64_t parent_last(const struct vprim_iova_map_cursor *c)
{
	uint64_t addr = ((const struct leaf *)c->leaf_)->last[0];
	const void *node = root_of(c->map_);
	uint64_t last = UINT64_MAX;

	while (c->parent_ && node != c->parent_) {
		const struct inner *in = (const struct inner *)node;
		uint32_t slot = rank(in->upper, addr);

		if (slot + 1 < in->n)
			last = in->upper[slot];
		node = child_of(in, slot);
	}
	return last;
}

/* Make the shortcut good again; false when the map is empty. */
static bool resync(struct vprim_iova_map_cursor *c)
{
	const struct leaf *leaf;

	if (c->leaf_ && c->generation_ == c->map_->generation_)
		return true;
	if (!c->map_->height_)
		return false;
	c->generation_ = c->map_->generation_;
	leaf = enter(c, c->pos_);
	c->index_ = rank(leaf->last, c->pos_);
	return true;
}

/* On to the start of the leaf above; false when there is none. */
static bool next_leaf(struct vprim_iova_map_cursor *c)
{
	struct inner *in = (struct inner *)c->parent_;
	uint64_t last;

	if (in && c->slot_ + 1 < in->n) {
		c->leaf_ = child_of(in, ++c->slot_);
		PREFETCH_AHEAD(c, in, c->slot_ + AHEAD);
	} else {
		last = parent_last(c);
		if (last == UINT64_MAX)
			return false;
		enter(c, last + 1);
	}
	c->index_ = 0;
	return true;
}

/* Stand right behind @last. */
static void stand_behind(struct vprim_iova_map_cursor *c, uint64_t last)
{
	c->past_ = last >= c->range_.last;
	c->pos_ = last + 1;
}

int vprim_iova_map_cursor_next(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mapping)
{
	const struct leaf *leaf;

	if (cursor->past_ || !resync(cursor))
		return -ENOENT;
	leaf = (const struct leaf *)cursor->leaf_;
	if (cursor->index_ == leaf->n) {
		if (!next_leaf(cursor))
			return -ENOENT;
		leaf = (const struct leaf *)cursor->leaf_;
	}
	if (leaf->low[cursor->index_].start > cursor->range_.last)
		return -ENOENT;
	copy_out(mapping, leaf, cursor->index_);
	cursor->index_++;
	stand_behind(cursor, mapping->range.last);
	return 0;
}

/* The end of the leaf's entries that do not begin behind the range. */
static uint32_t range_end(const struct vprim_iova_map_cursor *c,
			  const struct leaf *leaf)
{
	if (leaf->low[leaf->n - 1].start > c->range_.last)
		return rank_start(leaf, c->range_.last);
	return leaf->n;
}

/* Copy the values of entries @i to @end - 1. */
static inline void copy_values(uint64_t *to, const struct leaf *leaf,
			       uint32_t i, uint32_t end)
{
	const struct low *low = leaf->low + i, *stop = leaf->low + end;

	for (; stop - low >= 4; low += 4, to += 4) {
		to[0] = low[0].value;
		to[1] = low[1].value;
		to[2] = low[2].value;
		to[3] = low[3].value;
	}
	while (low < stop)
		*to++ = (low++)->value;
}

/* Copy what meets the range, leaf by leaf, to one of the two. */
static size_t read_on(struct vprim_iova_map_cursor *c,
		      struct vprim_iova_mapping *mappings, uint64_t *values,
		      size_t capacity)
{
	const struct leaf *leaf;
	uint32_t i, end;
	uint64_t last = 0;
	size_t got = 0;

	if (c->past_ || !resync(c))
		return 0;
	do {
		leaf = (const struct leaf *)c->leaf_;
		i = c->index_;
		end = range_end(c, leaf);
		if (end == i && end < leaf->n)
			break;
		if (end - i > capacity - got)
			end = i + (uint32_t)(capacity - got);
		if (mappings)
			copy_run(mappings + got, leaf, i, end);
		else
			copy_values(values + got, leaf, i, end);
		last = leaf->last[end - 1];
		got += end - i;
		c->index_ = end;
	} while (end == leaf->n && got < capacity && next_leaf(c));
	if (got)
		stand_behind(c, last);
	return got;
}

int vprim_iova_map_cursor_read(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mappings,
			       size_t capacity, size_t *count)
{
	if (!capacity)
		return -EINVAL;
	*count = read_on(cursor, mappings, NULL, capacity);
	return 0;
}

int vprim_iova_map_cursor_values(struct vprim_iova_map_cursor *cursor,
				 uint64_t *values, size_t capacity,
				 size_t *count)
{
	if (!capacity)
		return -EINVAL;
	*count = read_on(cursor, NULL, values, capacity);
	return 0;
}
