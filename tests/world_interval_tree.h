/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * An interval tree beside two plain models: a list kept in order by hand, and a
 * count of intervals for every address of a small space.
 */
#ifndef WORLD_INTERVAL_TREE_H
#define WORLD_INTERVAL_TREE_H
#ifdef WORLD_WHOLE
#define SPACE 4u
#define LIVE 4u
#else
#define SPACE 256u	/* addresses of the space */
#define LIVE 48u	/* most intervals at a time */
#endif
#define WORLD_DEPTH 6
#define WORLD_VARIANTS 3u
#include "world.h"
#include <virtprim/interval_tree.h>

static struct vprim_range range(uint64_t start, uint64_t last)
{
	return (struct vprim_range){ start, last };
}

static bool same(const struct vprim_range *a, uint64_t start, uint64_t last)
{
	return a->start == start && a->last == last;
}

/* -- the model -------------------------------------------------------------- */

/* Intervals by start, then by age, and how many hold each address. */
struct model {
	struct vprim_interval_tree_node *list[LIVE];
	size_t count;
	unsigned int depth[SPACE];
};

struct world {
	struct vprim_interval_tree tree;
	struct vprim_interval_tree_node pool[LIVE];
	uint64_t base;
	struct model w;
	struct test_memory memory;	/* of which none is asked */
};

static void model_count(struct world *w, const struct vprim_range *r, int by)
{
	uint64_t i;

	for (i = r->start - w->base; i <= r->last - w->base; i++)
		w->w.depth[i] += (unsigned int)by;
}

static void model_insert(struct world *w, struct vprim_interval_tree_node *n)
{
	size_t at = w->w.count++;

	while (at && w->w.list[at - 1]->range.start > n->range.start) {
		w->w.list[at] = w->w.list[at - 1];
		at--;
	}
	w->w.list[at] = n;
	model_count(w, &n->range, 1);
}

static void model_remove(struct world *w, struct vprim_interval_tree_node *n)
{
	size_t at = 0;

	while (w->w.list[at] != n)
		at++;
	memmove(&w->w.list[at], &w->w.list[at + 1],
		(--w->w.count - at) * sizeof(w->w.list[0]));
	model_count(w, &n->range, -1);
}

static void world_begin(struct world *w, unsigned int variant)
{
	memset(w, 0, sizeof(*w));
	w->base = world_base(variant, SPACE);
	require(!vprim_interval_tree_init(&w->tree, sizeof(w->tree)));
}

static bool model_used(const struct world *w, uint64_t addr)
{
	return w->w.depth[addr - w->base];
}

/* -- comparisons ------------------------------------------------------------ */

static void overlaps_agree(const struct world *w, const struct vprim_range *r)
{
	struct vprim_interval_tree_node *n = vprim_interval_tree_first(&w->tree, r);
	size_t i;

	for (i = 0; i < w->w.count; i++) {
		if (!vprim_range_overlaps(&w->w.list[i]->range, r))
			continue;
		require(n == w->w.list[i]);
		n = vprim_interval_tree_next(n, r);
	}
	require(!n);
}

/* Spans cover the window without a gap, alternate, and are what they say. */
static void spans_agree(const struct world *w, const struct vprim_range *r)
{
	struct vprim_interval_tree_spans s;
	uint64_t addr = r->start;
	int before = -2;

	vprim_interval_tree_spans_init(&s, &w->tree, NULL, r);
	for (;; vprim_interval_tree_spans_next(&s)) {
		require(s.kind != VPRIM_INTERVAL_TREE_DONE);
		require(s.kind != before);
		require(s.span.start == addr);
		require(s.span.last <= r->last);
		before = (int)s.kind;
		for (;; addr++) {
			require(s.kind == model_used(w, addr));
			if (addr == s.span.last)
				break;
		}
		if (addr++ == r->last)
			break;
	}
	vprim_interval_tree_spans_next(&s);
	require(s.kind == VPRIM_INTERVAL_TREE_DONE);
}

/* The hole of the model, by trying every address. */
static int model_hole(const struct world *w, const struct vprim_range *r,
		      uint64_t offset, bool up, struct vprim_range *hole)
{
	uint64_t size = r->last - r->start + 1, i, run = 0;

	for (i = 0; i <= size; i++) {
		uint64_t at = up ? r->start + i : r->last - i;

		if (i < size && !model_used(w, at)) {
			run++;
			continue;
		}
		if (run > offset) {
			*hole = up ? range(at - run, at - 1) :
				     range(at + 1, at + run);
			return 0;
		}
		run = 0;
	}
	return -ENOENT;
}

static int find_hole(const struct world *w, const struct vprim_range *within,
		     uint64_t last_offset, enum vprim_hole_from from,
		     struct vprim_range *hole)
{
	const struct vprim_hole want = { *within, last_offset, 1, 0, from };
	const struct vprim_hole_blocked set = vprim_interval_tree_blocked(&w->tree);
	const struct vprim_hole_space space = { .blocked = &set, .nr_blocked = 1 };

	return vprim_hole_first(&space, &want, hole);
}

static void holes_agree(const struct world *w, const struct vprim_range *r,
			uint64_t offset)
{
	struct vprim_range want = { 3, 2 }, got = { 3, 2 };
	int ret = model_hole(w, r, offset, true, &want);

	require(find_hole(w, r, offset, VPRIM_HOLE_LOWEST, &got) == ret);
	require(same(&got, want.start, want.last));
	ret = model_hole(w, r, offset, false, &want);
	require(find_hole(w, r, offset, VPRIM_HOLE_HIGHEST, &got) == ret);
	require(same(&got, want.start, want.last));
}

/* advance() is what a walk that begins there would be. */
static void advance_agrees(const struct world *w, const struct vprim_range *r,
			   uint64_t first, uint64_t addr)
{
	struct vprim_interval_tree_spans s, fresh;
	struct vprim_range rest = range(addr, r->last);

	vprim_interval_tree_spans_init(&s, &w->tree, NULL, r);
	while (s.span.last < first && s.span.last < r->last)
		vprim_interval_tree_spans_next(&s);
	vprim_interval_tree_spans_advance(&s, addr);
	vprim_interval_tree_spans_init(&fresh, &w->tree, NULL, &rest);
	while (fresh.kind != VPRIM_INTERVAL_TREE_DONE) {
		require(s.kind == fresh.kind);
		require(same(&s.span, fresh.span.start, fresh.span.last));
		vprim_interval_tree_spans_next(&s);
		vprim_interval_tree_spans_next(&fresh);
	}
	require(s.kind == VPRIM_INTERVAL_TREE_DONE);
}

/* -- calls ------------------------------------------------------------------ */

static void world_end(struct world *w)
{
	(void)w;
}

static void world_check(const struct world *w)
{
	struct vprim_range r;
	unsigned int i, k;

	require(!vprim_interval_tree_audit(&w->tree) && w->tree.count == w->w.count);
	if (SPACE > 16)
		return;
	for (i = 0; i < SPACE; i++)
		for (k = i; k < SPACE; k++) {
			r = range(w->base + i, w->base + k);
			overlaps_agree(w, &r);
			spans_agree(w, &r);
			holes_agree(w, &r, (i + k) % SPACE);
			advance_agrees(w, &r, r.start, r.last);
		}
}

/* In or out; what is in does not go in once more, what is out not out. */
static void world_change(struct world *w, struct vprim_interval_tree_node *n,
			 const struct vprim_range *r)
{
	if (n->tree) {
		model_remove(w, n);
		require(!vprim_interval_tree_remove(&w->tree, n));
		require(vprim_interval_tree_remove(&w->tree, n) == -ENOENT);
	} else {
		n->range = *r;
		model_insert(w, n);
		require(!vprim_interval_tree_insert(&w->tree, n));
		require(vprim_interval_tree_insert(&w->tree, n) == -EEXIST);
	}
	require(w->tree.count == w->w.count);
}

/* One that is in, or one that is not: they are all alike. */
static struct vprim_interval_tree_node *some_node(struct world *w, struct choices *c)
{
	size_t in = w->w.count, at = pick(c, (unsigned int)in + (in < LIVE));

	if (at < in && !(in < LIVE && odd(c, 2)))
		return w->w.list[at];
	for (at = 0; w->pool[at].tree; at++)
		;
	return &w->pool[at];
}

/* What is chosen in a tiny space is asked by world_check(). */
static void world_step(struct world *w, struct choices *c)
{
	unsigned int most = SPACE > 16 && pick(c, 2) ? 4 : SPACE;
	struct vprim_range r = { 0, 0 };
	struct vprim_interval_tree_node *n = some_node(w, c);

	if (SPACE > 16 || !n->tree)
		r = some_range(c, w->base, SPACE, most);
	world_change(w, n, &r);
	if (SPACE <= 16)
		return;
	r = some_range(c, w->base, SPACE, SPACE);
	switch (pick(c, 4)) {
	case 0:
		overlaps_agree(w, &r);
		break;
	case 1:
		spans_agree(w, &r);
		break;
	case 2:
		holes_agree(w, &r, pick(c, 24));
		break;
	default:
		advance_agrees(w, &r, w->base + pick(c, SPACE),
			       r.start + pick(c, (unsigned int)(r.last - r.start) + 1));
	}
}

#endif
