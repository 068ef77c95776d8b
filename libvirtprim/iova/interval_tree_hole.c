// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Holes between intervals.
 *
 * In order of their starts, a hole lies in front of an interval that starts behind
 * all that the intervals before it reach. A walk goes over the intervals in that
 * order, or against it, and leaves out every subtree whose bounds say that no hole
 * between its own intervals can serve.
 *
 * Upwards the walk carries what was reached. Downwards nothing can be carried;
 * what the intervals before one reach is found on the way from it to the root.
 */
#include "interval_tree_internal.h"
#include "hole_internal.h"

struct search {
	const struct vprim_hole *want;
	struct hole_need need;
	uint64_t shape;		/* needed */
	struct vprim_range *hole;
};

/* Whether the hole [start, last], cut to the bounds, serves. */
static bool serves(const struct search *s, uint64_t start, uint64_t last)
{
	struct vprim_range hole;
	uint64_t place;

	hole.start = highest(start, s->want->within.start);
	hole.last = lowest(last, s->want->within.last);
	if (!vprim_range_is_valid(&hole) ||
	    !part_fits(s->want, hole.start, hole.last, &place))
		return false;
	*s->hole = hole;
	return true;
}

/* Whether a hole between two intervals of the subtree may serve. */
static bool may_serve(const struct search *s,
		      const struct vprim_interval_tree_node *n)
{
	return n->subtree_gap > s->need.last_offset &&
	       shape_serves(n->subtree_shape, s->shape);
}

/* What comes behind @n and all that hangs on its @side. */
static const struct vprim_interval_tree_node *
climb(const struct vprim_interval_tree_node *n, int side)
{
	while (n->parent && side_of(n) == side)
		n = n->parent;
	return n->parent;
}

/* -- upwards -------------------------------------------------------------- */

/* The hole between what was reached and an interval that starts at @start. */
static bool serves_up(const struct search *s, uint64_t reach, uint64_t start)
{
	return start > reach && start - 1 > reach &&
	       serves(s, reach + 1, start - 1);
}

/*
 * The next interval to look at, from those of a subtree on. What cannot serve is
 * passed; the hole in front of it is looked at on the way.
 */
static const struct vprim_interval_tree_node *
enter_up(const struct search *s, const struct vprim_interval_tree_node *sub,
	 uint64_t *reach, bool *found)
{
	for (;; sub = sub->child[LEFT]) {
		if (sub->subtree_last <= *reach || !may_serve(s, sub)) {
			*found = serves_up(s, *reach, sub->subtree_start);
			*reach = highest(*reach, sub->subtree_last);
			return climb(sub, RIGHT);
		}
		if (!sub->child[LEFT])
			return sub;
	}
}

static bool walk_up(const struct search *s,
		    const struct vprim_interval_tree_node *n, uint64_t reach)
{
	bool found = false;

	while (n && n->range.start <= s->want->within.last) {
		if (serves_up(s, reach, n->range.start))
			return true;
		reach = highest(reach, n->range.last);
		n = n->child[RIGHT] ?
			    enter_up(s, n->child[RIGHT], &reach, &found) :
			    climb(n, RIGHT);
		if (found)
			return true;
	}
	return reach < s->want->within.last && serves(s, reach + 1, UINT64_MAX);
}

static bool search_up(const struct search *s,
		      const struct vprim_interval_tree *tree)
{
	uint64_t lo = s->want->within.start;
	struct reach r = vprim_interval_tree_reach_(tree, lo);

	if (r.any && r.last >= lo)
		return walk_up(s, r.above, r.last);
	if (!r.above)
		return serves(s, lo, UINT64_MAX);
	return serves(s, lo, r.above->range.start - 1) ||
	       walk_up(s, r.above, r.above->range.start - 1);
}

/* -- downwards ------------------------------------------------------------ */

/*
 * The hole in front of the intervals of a subtree, whose first one starts at
 * @start; with @left, of its root alone.
 */
static bool serves_down(const struct search *s,
			const struct vprim_interval_tree_node *n,
			const struct vprim_interval_tree_node *left,
			uint64_t start)
{
	uint64_t last = left ? left->subtree_last : 0;
	bool any = left;

	for (; n->parent; n = n->parent) {
		if (side_of(n) == LEFT)
			continue;
		any = true;
		last = highest(last, n->parent->range.last);
		if (n->parent->child[LEFT])
			last = highest(last,
				       n->parent->child[LEFT]->subtree_last);
	}
	if (any)
		return serves_up(s, last, start);
	return start && serves(s, 0, start - 1);
}

static const struct vprim_interval_tree_node *
enter_down(const struct search *s, const struct vprim_interval_tree_node *sub,
	   bool *found)
{
	for (;; sub = sub->child[RIGHT]) {
		if (!may_serve(s, sub)) {
			*found = serves_down(s, sub, NULL, sub->subtree_start);
			return climb(sub, LEFT);
		}
		if (!sub->child[RIGHT])
			return sub;
	}
}

static bool search_down(const struct search *s,
			const struct vprim_interval_tree *tree)
{
	const struct vprim_range *within = &s->want->within;
	struct reach r = vprim_interval_tree_reach_(tree, within->last);
	const struct vprim_interval_tree_node *n = r.below;
	bool found = false;

	if (!r.any)
		return serves(s, 0, UINT64_MAX);
	if (r.last < within->last && serves(s, r.last + 1, UINT64_MAX))
		return true;
	while (n && n->range.start > within->start) {
		if (serves_down(s, n, n->child[LEFT], n->range.start))
			return true;
		n = n->child[LEFT] ? enter_down(s, n->child[LEFT], &found) :
				     climb(n, LEFT);
		if (found)
			return true;
	}
	return false;
}

/* -- the set -------------------------------------------------------------- */

static int find(void *set, const struct vprim_hole *want,
		struct vprim_range *hole)
{
	const struct vprim_interval_tree *tree = set;
	struct search s = { .want = want, .hole = hole };

	hole_need(&s.need, want, tree->edges);
	s.shape = shape_needed(&s.need, want);
	if (want->from == VPRIM_HOLE_HIGHEST)
		return search_down(&s, tree) ? 0 : -ENOENT;
	return search_up(&s, tree) ? 0 : -ENOENT;
}

struct vprim_hole_blocked
vprim_interval_tree_blocked(const struct vprim_interval_tree *tree)
{
	struct vprim_hole_blocked blocked = { find, (void *)(uintptr_t)tree };

	return blocked;
}
