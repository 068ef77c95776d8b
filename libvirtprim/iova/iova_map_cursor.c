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
	if (!cursor || !map || !range || !vprim_range_is_valid(range))
		return -EINVAL;
	memset(cursor, 0, sizeof(*cursor));
	cursor->map_ = map;
	cursor->range_ = *range;
	cursor->pos_ = range->start;
	return 0;
}

void vprim_iova_map_cursor_to_end(struct vprim_iova_map_cursor *cursor)
{
	if (!cursor)
		return;
	cursor->past_ = 1;
	cursor->leaf_ = NULL;
}

/* Enter the leaf whose slice holds @addr; the map is not empty. */
static struct leaf *enter(struct vprim_iova_map_cursor *c, uint64_t addr)
{
	void *node = c->map_->root_;
	uint32_t level;

	c->parent_ = NULL;
	c->slot_ = 0;
	c->slice_.start = 0;
	c->slice_.last = UINT64_MAX;
	/* slice_ ends up as the parent's: the leaf's bounds are not needed. */
	for (level = inner_levels(c->map_); level; level--) {
		struct inner *in = (struct inner *)node;
		struct inner *above = (struct inner *)c->parent_;

		if (above && c->slot_)
			c->slice_.start = above->upper[c->slot_ - 1] + 1;
		if (above && c->slot_ + 1 < above->n)
			c->slice_.last = above->upper[c->slot_];
		c->parent_ = in;
		c->slot_ = rank(in->upper, addr);
		node = in->child[c->slot_];
		prefetch_node(node, level == 1);
	}
	c->leaf_ = node;
	return (struct leaf *)node;
}

/* Make the shortcut good again; false when the map is empty. */
static bool settle(struct vprim_iova_map_cursor *c)
{
	uint64_t addr = c->past_ ? c->range_.last : c->pos_;
	const struct leaf *leaf;

	if (c->leaf_ && c->generation_ == c->map_->generation_)
		return true;
	c->leaf_ = NULL;
	if (!c->map_->height_)
		return false;
	c->generation_ = c->map_->generation_;
	leaf = enter(c, addr);
	c->index_ = rank(leaf->last, addr);
	if (c->past_ && c->index_ < leaf->n &&
	    leaf->low[c->index_].start <= addr)
		c->index_++;
	return true;
}

/* On to the start of the leaf above; false when there is none. */
static bool next_leaf(struct vprim_iova_map_cursor *c)
{
	struct inner *in = (struct inner *)c->parent_;

	if (in && c->slot_ + 1 < in->n) {
		c->leaf_ = in->child[++c->slot_];
		if (c->slot_ + 2 < in->n)
			prefetch_node(in->child[c->slot_ + 2], true);
	} else if (c->slice_.last != UINT64_MAX) {
		enter(c, c->slice_.last + 1);
	} else {
		return false;
	}
	c->index_ = 0;
	return true;
}

/* Back to the end of the leaf below; false when there is none. */
static bool prev_leaf(struct vprim_iova_map_cursor *c)
{
	struct inner *in = (struct inner *)c->parent_;

	if (c->slot_) {
		c->leaf_ = in->child[--c->slot_];
		if (c->slot_ > 1)
			prefetch_node(in->child[c->slot_ - 2], true);
	} else if (c->slice_.start) {
		enter(c, c->slice_.start - 1);
	} else {
		return false;
	}
	c->index_ = ((struct leaf *)c->leaf_)->n;
	return true;
}

/* Stand right behind @last. */
static void stand_behind(struct vprim_iova_map_cursor *c, uint64_t last)
{
	c->past_ = last >= c->range_.last;
	c->pos_ = last + 1;
}

/* Stand right before @start, but inside the range. */
static void stand_before(struct vprim_iova_map_cursor *c, uint64_t start)
{
	c->past_ = 0;
	c->pos_ = start > c->range_.start ? start : c->range_.start;
}

int vprim_iova_map_cursor_next(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mapping)
{
	const struct leaf *leaf;

	if (!cursor || !mapping)
		return -EINVAL;
	if (cursor->past_ || !settle(cursor))
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

int vprim_iova_map_cursor_prev(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mapping)
{
	const struct leaf *leaf;

	if (!cursor || !mapping)
		return -EINVAL;
	if (!cursor->past_ && cursor->pos_ <= cursor->range_.start)
		return -ENOENT;
	if (!settle(cursor))
		return -ENOENT;
	leaf = (const struct leaf *)cursor->leaf_;
	/* A mapping that reaches over the cursor's address counts as below it. */
	if (!cursor->past_ && cursor->index_ < leaf->n &&
	    leaf->low[cursor->index_].start < cursor->pos_) {
		cursor->index_++;
	} else if (!cursor->index_) {
		if (!prev_leaf(cursor))
			return -ENOENT;
		leaf = (const struct leaf *)cursor->leaf_;
	}
	if (leaf->last[cursor->index_ - 1] < cursor->range_.start)
		return -ENOENT;
	cursor->index_--;
	copy_out(mapping, leaf, cursor->index_);
	stand_before(cursor, mapping->range.start);
	return 0;
}

/* How many entries of the leaf, from the index on, meet the range. */
static uint32_t in_range(const struct vprim_iova_map_cursor *c,
			 const struct leaf *leaf)
{
	uint32_t end = leaf->n;

	if (leaf->low[end - 1].start > c->range_.last) {
		end = rank(leaf->last, c->range_.last);
		end += leaf->low[end].start <= c->range_.last;
	}
	return end > c->index_ ? end - c->index_ : 0;
}

int vprim_iova_map_cursor_read(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mappings,
			       size_t capacity, size_t *count)
{
	size_t got = 0;

	if (!cursor || !mappings || !capacity || !count)
		return -EINVAL;
	if (!cursor->past_ && settle(cursor)) {
		do {
			const struct leaf *leaf =
				(const struct leaf *)cursor->leaf_;
			uint32_t n = in_range(cursor, leaf), i;

			if (n > capacity - got)
				n = (uint32_t)(capacity - got);
			for (i = 0; i < n; i++)
				copy_out(&mappings[got + i], leaf,
					 cursor->index_ + i);
			got += n;
			cursor->index_ += n;
			if (cursor->index_ < leaf->n)
				break;
		} while (got < capacity && next_leaf(cursor));
		if (got)
			stand_behind(cursor, mappings[got - 1].range.last);
	}
	*count = got;
	return 0;
}
