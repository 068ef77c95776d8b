// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Overlapping intervals in an AVL tree.
 *
 * Nodes are ordered by start, and among equal starts as they came. Each knows the
 * next in order, so that a query that was found goes on without the tree. balance
 * is the height of the right side less that of the left, -1 to 1. subtree_last is
 * the highest last in the subtree: when it lies below a query, the subtree cannot
 * meet it. subtree_start, subtree_gap and subtree_shape are for the search of a
 * hole.
 */
#include "interval_tree_internal.h"
#include "hole_internal.h"

/* 0 is neutral for a maximum. */
static uint64_t subtree_last(const struct vprim_interval_tree_node *n)
{
	return n ? n->subtree_last : 0;
}

/* What a node keeps of its subtree. */
struct summary {
	uint64_t start, last, gap, shape;
};

/* The hole between what was reached and an interval that starts at @start. */
static void add_hole(struct summary *sum, uint64_t reach, uint64_t start)
{
	if (start <= reach || start - 1 <= reach)
		return;
	sum->gap = highest(sum->gap, start - 1 - reach);
	sum->shape = shape_max(sum->shape, hole_shape(reach + 1, start - 1));
}

static struct summary summary_of(const struct vprim_interval_tree_node *n)
{
	const struct vprim_interval_tree_node *left = n->child[LEFT];
	const struct vprim_interval_tree_node *right = n->child[RIGHT];
	struct summary sum = { n->range.start, n->range.last, 0, 0 };

	if (left) {
		sum.start = left->subtree_start;
		sum.last = highest(sum.last, left->subtree_last);
		sum.gap = left->subtree_gap;
		sum.shape = left->subtree_shape;
		add_hole(&sum, left->subtree_last, n->range.start);
	}
	/* Else all holes on the right are covered. */
	if (right && right->subtree_last > sum.last) {
		sum.gap = highest(sum.gap, right->subtree_gap);
		sum.shape = shape_max(sum.shape, right->subtree_shape);
		add_hole(&sum, sum.last, right->subtree_start);
		sum.last = right->subtree_last;
	}
	return sum;
}

static bool agrees(const struct vprim_interval_tree_node *n,
		   const struct summary *sum)
{
	return n->subtree_start == sum->start && n->subtree_last == sum->last &&
	       n->subtree_gap == sum->gap && n->subtree_shape == sum->shape;
}

/* Something hangs on a node that did not: what it keeps; whether it changed. */
static bool update(struct vprim_interval_tree_node *n)
{
	struct summary sum = summary_of(n);

	if (agrees(n, &sum))
		return false;
	n->subtree_start = sum.start;
	n->subtree_last = sum.last;
	n->subtree_gap = sum.gap;
	n->subtree_shape = sum.shape;
	return true;
}

/* Up to the first node that keeps the same as before. */
static void update_from(struct vprim_interval_tree_node *n)
{
	while (n && update(n))
		n = n->parent;
}

/* What the balance becomes when this side is the heavier one. */
static int8_t sign_of(int side)
{
	return side == RIGHT ? 1 : -1;
}

/* Put @to, which may be NULL, where @from hangs. */
static void replace(struct vprim_interval_tree *tree,
		    struct vprim_interval_tree_node *from,
		    struct vprim_interval_tree_node *to)
{
	if (from->parent)
		from->parent->child[side_of(from)] = to;
	else
		tree->root = to;
	if (to)
		to->parent = from->parent;
}

static void adopt(struct vprim_interval_tree_node *parent, int side,
		  struct vprim_interval_tree_node *child)
{
	parent->child[side] = child;
	if (child)
		child->parent = parent;
}

/* @n goes down to @side, its other child comes up. */
static void rotate(struct vprim_interval_tree *tree,
		   struct vprim_interval_tree_node *n, int side)
{
	struct vprim_interval_tree_node *up = n->child[!side];

	replace(tree, n, up);
	adopt(n, !side, up->child[side]);
	adopt(up, side, n);
	update(n);
	update(up);
}

/*
 * @n is two levels higher on @side. Make it even; true when the subtree is one
 * level lower for it.
 */
static bool restore(struct vprim_interval_tree *tree,
		    struct vprim_interval_tree_node *n, int side)
{
	struct vprim_interval_tree_node *child = n->child[side], *mid;
	int8_t sign = sign_of(side);
	bool even = !child->balance;

	if (child->balance != -sign) {
		rotate(tree, n, !side);
		n->balance = even ? sign : 0;
		child->balance = even ? (int8_t)-sign : 0;
		return !even;
	}
	/* The inner grandchild is the high one: it goes between the two. */
	mid = child->child[!side];
	rotate(tree, child, side);
	rotate(tree, n, !side);
	n->balance = mid->balance == sign ? (int8_t)-sign : 0;
	child->balance = mid->balance == -sign ? sign : 0;
	mid->balance = 0;
	return true;
}

/* @n is one level higher than before. */
static void grown(struct vprim_interval_tree *tree,
		  struct vprim_interval_tree_node *n)
{
	struct vprim_interval_tree_node *p;

	for (p = n->parent; p; n = p, p = n->parent) {
		int side = side_of(n);
		int8_t sign = sign_of(side);

		if (p->balance == sign) {
			restore(tree, p, side);
			update_from(p->parent->parent);
			return;
		}
		p->balance = (int8_t)(p->balance + sign);
		if (!p->balance)
			return;
	}
}

/* What hangs on @side of @p is one level lower than before. */
static void shrunk(struct vprim_interval_tree *tree,
		   struct vprim_interval_tree_node *p, int side)
{
	while (p) {
		struct vprim_interval_tree_node *parent = p->parent;
		int parent_side = side_of(p);
		int8_t sign = sign_of(side);

		if (p->balance == -sign) {
			bool lower = restore(tree, p, !side);

			update_from(parent);
			if (!lower)
				return;
		} else {
			p->balance = (int8_t)(p->balance - sign);
			if (p->balance)
				return;
		}
		p = parent;
		side = parent_side;
	}
}

/* The one before @n in order, or for RIGHT the one after it, by the links alone. */
static struct vprim_interval_tree_node *
neighbour(const struct vprim_interval_tree_node *n, int side)
{
	struct vprim_interval_tree_node *near = n->child[side];

	while (near && near->child[!side])
		near = near->child[!side];
	if (near)
		return near;
	while (n->parent && side_of(n) == side)
		n = n->parent;
	return n->parent;
}

int vprim_interval_tree_init(struct vprim_interval_tree *tree,
			     size_t tree_size_bytes)
{
	if (tree_size_bytes != sizeof(*tree))
		return -EINVAL;
	memset(tree, 0, sizeof(*tree));
	return 0;
}

int vprim_interval_tree_insert(struct vprim_interval_tree *tree,
			       struct vprim_interval_tree_node *node)
{
	struct vprim_interval_tree_node *parent = NULL, **link;
	/* The last that was passed on its left, which comes next, and on its right. */
	struct vprim_interval_tree_node *passed[2] = { NULL, NULL };

	if (!vprim_range_is_valid(&node->range))
		return -EINVAL;
	if (node->tree)
		return -EEXIST;
	for (link = &tree->root; *link;) {
		int side = node->range.start < (*link)->range.start ? LEFT :
								      RIGHT;

		parent = *link;
		passed[side] = parent;
		link = &parent->child[side];
	}
	node->next = passed[LEFT];
	if (passed[RIGHT])
		passed[RIGHT]->next = node;
	node->child[LEFT] = NULL;
	node->child[RIGHT] = NULL;
	node->parent = parent;
	node->tree = tree;
	node->balance = 0;
	*link = node;
	tree->edges |= node->range.start | (node->range.last + 1);
	tree->count++;
	tree->changes++;
	update(node);
	update_from(parent);
	grown(tree, node);
	return 0;
}

int vprim_interval_tree_remove(struct vprim_interval_tree *tree,
			       struct vprim_interval_tree_node *node)
{
	struct vprim_interval_tree_node *out, *parent, *prev;
	int side;

	if (node->tree != tree)
		return -ENOENT;
	prev = neighbour(node, LEFT);
	if (prev)
		prev->next = node->next;
	/* One with two children gives its place to the next, which has one. */
	out = node;
	if (node->child[LEFT] && node->child[RIGHT])
		out = node->next;
	parent = out->parent;
	side = side_of(out);
	replace(tree, out, out->child[out->child[LEFT] ? LEFT : RIGHT]);
	if (out != node) {
		replace(tree, node, out);
		adopt(out, LEFT, node->child[LEFT]);
		adopt(out, RIGHT, node->child[RIGHT]);
		out->balance = node->balance;
		/* What the nodes above took into account. */
		out->subtree_start = node->subtree_start;
		out->subtree_last = node->subtree_last;
		out->subtree_gap = node->subtree_gap;
		out->subtree_shape = node->subtree_shape;
		if (parent == node)
			parent = out;
	}
	update_from(parent);
	if (out != node)
		update_from(out);
	shrunk(tree, parent, side);
	node->next = NULL;
	node->tree = NULL;
	if (!--tree->count)
		tree->edges = 0;
	tree->changes++;
	return 0;
}

/* Whether something in the subtree of @n ends where the query begins, or later. */
static inline bool reaches_from(const struct vprim_interval_tree_node *n,
				uint64_t start)
{
	return n && n->subtree_last >= start;
}

/*
 * The first in the subtree of @n that meets the query; something in there reaches
 * it. What does is on the left, where it starts before all else, or is n, or else
 * is on the right.
 */
static inline struct vprim_interval_tree_node *
first_below(struct vprim_interval_tree_node *n,
	    const struct vprim_range *range)
{
	for (;;) {
		if (reaches_from(n->child[LEFT], range->start)) {
			n = n->child[LEFT];
			continue;
		}
		if (n->range.start > range->last)
			return NULL;
		if (n->range.last >= range->start)
			return n;
		n = n->child[RIGHT];
	}
}

struct vprim_interval_tree_node *
vprim_interval_tree_first(const struct vprim_interval_tree *tree,
			  const struct vprim_range *range)
{
	if (!vprim_range_is_valid(range) ||
	    !reaches_from(tree->root, range->start))
		return NULL;
	return first_below(tree->root, range);
}

struct vprim_interval_tree_node *
vprim_interval_tree_next(const struct vprim_interval_tree_node *node,
			 const struct vprim_range *range)
{
	/* A node in no tree has none. */
	struct vprim_interval_tree_node *below, *n = node->next;

	if (!vprim_range_is_valid(range))
		return NULL;
	while (n && n->range.start <= range->last) {
		if (n->range.last >= range->start)
			return n;
		if (reaches_from(n->child[RIGHT], range->start))
			return first_below(n->child[RIGHT], range);
		do {
			below = n;
			n = n->parent;
		} while (n && n->child[RIGHT] == below);
	}
	return NULL;
}

struct reach vprim_interval_tree_reach_(const struct vprim_interval_tree *tree,
					uint64_t addr)
{
	struct reach r = { false, 0, NULL, NULL };
	struct vprim_interval_tree_node *n = tree->root;

	while (n) {
		if (n->range.start > addr) {
			r.above = n;
			n = n->child[LEFT];
			continue;
		}
		r.any = true;
		r.below = n;
		r.last = highest(r.last,
				 highest(n->range.last,
					 subtree_last(n->child[LEFT])));
		n = n->child[RIGHT];
	}
	return r;
}

static bool reaches(const struct reach *r, uint64_t addr)
{
	return r->any && r->last >= addr;
}

/* @next is the first that starts after @start; up to @last all is used. */
static void used_span(struct vprim_interval_tree_walk_ *w, uint64_t start,
		      uint64_t last, struct vprim_interval_tree_node *next)
{
	/* next starts above start, so one less exists. */
	while (last < w->last && next && next->range.start - 1 <= last) {
		last = highest(last, next->range.last);
		next = next->next;
	}
	w->used = true;
	w->span.start = start;
	w->span.last = lowest(last, w->last);
	w->next = next;
}

/* @next is the first that starts after @start; nothing before reaches it. */
static void hole_span(struct vprim_interval_tree_walk_ *w, uint64_t start,
		      struct vprim_interval_tree_node *next)
{
	uint64_t last = next ? next->range.start - 1 : UINT64_MAX;

	w->used = false;
	w->span.start = start;
	w->span.last = lowest(last, w->last);
	w->next = next;
}

static void walk_to(struct vprim_interval_tree_walk_ *w, uint64_t start)
{
	struct reach r = vprim_interval_tree_reach_(w->tree, start);

	w->changes = w->tree->changes;
	if (reaches(&r, start))
		used_span(w, start, r.last, r.above);
	else
		hole_span(w, start, r.above);
}

/* To @addr, which is in the window. */
static void walk_on(struct vprim_interval_tree_walk_ *w, uint64_t addr)
{
	if (w->changes != w->tree->changes || addr < w->span.start)
		walk_to(w, addr);
	else if (addr <= w->span.last)
		w->span.start = addr;
	else if (addr != w->span.last + 1)
		walk_to(w, addr);
	else if (w->used)
		hole_span(w, addr, w->next);
	else
		used_span(w, addr, w->next->range.last, w->next->next);
}

/* The walks stand at the same address: say what is there, and how far. */
static void say_span(struct vprim_interval_tree_spans *spans)
{
	const struct vprim_interval_tree_walk_ *one = &spans->walk[0];
	const struct vprim_interval_tree_walk_ *two = &spans->walk[1];

	spans->kind = one->used ? VPRIM_INTERVAL_TREE_USED :
				  VPRIM_INTERVAL_TREE_HOLE;
	spans->span = one->span;
	if (one->used || !two->tree)
		return;
	if (two->used)
		spans->kind = VPRIM_INTERVAL_TREE_SECOND;
	spans->span.last = lowest(one->span.last, two->span.last);
}

int vprim_interval_tree_spans_init(struct vprim_interval_tree_spans *spans,
				   const struct vprim_interval_tree *one,
				   const struct vprim_interval_tree *two,
				   const struct vprim_range *window)
{
	unsigned int i;

	spans->kind = VPRIM_INTERVAL_TREE_DONE;
	if (!vprim_range_is_valid(window))
		return -EINVAL;
	for (i = 0; i < 2; i++) {
		spans->walk[i].tree = i ? two : one;
		spans->walk[i].last = window->last;
		if (spans->walk[i].tree)
			walk_to(&spans->walk[i], window->start);
	}
	say_span(spans);
	return 0;
}

void vprim_interval_tree_spans_next(struct vprim_interval_tree_spans *spans)
{
	if (spans->kind == VPRIM_INTERVAL_TREE_DONE)
		return;
	if (spans->span.last == spans->walk[0].last)
		spans->kind = VPRIM_INTERVAL_TREE_DONE;
	else
		vprim_interval_tree_spans_advance(spans, spans->span.last + 1);
}

void vprim_interval_tree_spans_advance(struct vprim_interval_tree_spans *spans,
				       uint64_t addr)
{
	unsigned int i;

	if (spans->kind == VPRIM_INTERVAL_TREE_DONE)
		return;
	if (addr > spans->walk[0].last) {
		spans->kind = VPRIM_INTERVAL_TREE_DONE;
		return;
	}
	for (i = 0; i < 2; i++)
		if (spans->walk[i].tree)
			walk_on(&spans->walk[i], addr);
	say_span(spans);
}

/* Levels under @n, the balances taken at their word. */
static int height(const struct vprim_interval_tree_node *n)
{
	int levels = 0;

	for (; n; n = n->child[n->balance > 0 ? RIGHT : LEFT])
		levels++;
	return levels;
}

/* The walk itself climbs from a left child: its count or order would be off. */
static bool right_is_sound(const struct vprim_interval_tree_node *n)
{
	return !n->child[RIGHT] || n->child[RIGHT]->parent == n;
}

static bool node_is_sound(const struct vprim_interval_tree *tree,
			  const struct vprim_interval_tree_node *n)
{
	struct summary sum = summary_of(n);
	uint64_t off_edge = (tree->edges & -tree->edges) - 1;

	return n->tree == tree && vprim_range_is_valid(&n->range) &&
	       right_is_sound(n) && agrees(n, &sum) &&
	       !((n->range.start | (n->range.last + 1)) & off_edge) &&
	       n->balance >= -1 && n->balance <= 1 &&
	       n->balance == height(n->child[RIGHT]) - height(n->child[LEFT]);
}

static bool next_is_sound(const struct vprim_interval_tree_node *n)
{
	return n->next == neighbour(n, RIGHT) &&
	       (!n->next || n->next->range.start >= n->range.start);
}

int vprim_interval_tree_audit(const struct vprim_interval_tree *tree)
{
	const struct vprim_interval_tree_node *n = tree->root;
	size_t seen = 0;

	if (n && n->parent)
		return -EBADMSG;
	while (n && n->child[LEFT])
		n = n->child[LEFT];
	for (; n; n = n->next) {
		if (++seen > tree->count || !node_is_sound(tree, n) ||
		    !next_is_sound(n))
			return -EBADMSG;
	}
	return seen == tree->count ? 0 : -EBADMSG;
}
