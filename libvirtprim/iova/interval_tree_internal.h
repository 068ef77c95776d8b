/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the interval tree share.
 *
 * A subtree knows the holes between its own intervals: the largest one, and the
 * shape of all of them. Intervals from outside may reach into these holes, so that
 * for a tree of intervals that overlap both are upper bounds; for one of disjoint
 * intervals they are exact.
 */
#ifndef INTERVAL_TREE_INTERNAL_H
#define INTERVAL_TREE_INTERNAL_H
#include <virtprim/interval_tree.h>

#define LEFT 0
#define RIGHT 1

static inline uint64_t highest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t lowest(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline int side_of(const struct vprim_interval_tree_node *n)
{
	return n->parent && n->parent->child[RIGHT] == n ? RIGHT : LEFT;
}

/* How the intervals that start at or before an address reach. */
struct reach {
	bool any;	/* There are some. */
	uint64_t last;	/* The highest last among them. */
	/* The last of them and the first that starts later; NULL for none. */
	struct vprim_interval_tree_node *below, *above;
};

struct reach vprim_interval_tree_reach_(const struct vprim_interval_tree *tree,
					uint64_t addr);

#endif
