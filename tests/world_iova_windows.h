/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A list of windows beside its model: the whole space in a few cells, the first or
 * the last of which, or both, are large, and each of which is out, in as the one
 * below is, or in and the beginning of a window.
 */
#ifndef WORLD_IOVA_WINDOWS_H
#define WORLD_IOVA_WINDOWS_H
#ifdef WORLD_WHOLE
#define CELLS 6u
#else
#define CELLS 40u
#endif
#define WORLD_DEPTH 4
#define WORLD_VARIANTS 6u
#include "world.h"
#include <virtprim/iova_windows.h>

enum { CELL_OUT, CELL_JOINED, CELL_BEGINS };

struct model {
	uint8_t at[CELLS];
};

struct world {
	struct vprim_range_buf list;
	struct vprim_range room[CELLS];
	struct vprim_range cell[CELLS];
	struct model w;
	struct test_memory memory;	/* of which none is asked */
};

/* Place for all windows, or for half of them. */
static void world_begin(struct world *w, unsigned int variant)
{
	uint64_t base = world_base(variant % 3, CELLS);

	memset(w, 0, sizeof(*w));
	for (unsigned int i = 0; i < CELLS; i++)
		w->cell[i].start = w->cell[i].last = base + i;
	w->cell[0].start = 0;
	w->cell[CELLS - 1].last = UINT64_MAX;
	w->list.range = w->room;
	w->list.capacity = variant / 3 ? CELLS / 2 : CELLS;
}

static void world_end(struct world *w)
{
	(void)w;
}

/* What joins nothing begins. */
static void settle(struct model *m)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (m->at[i] == CELL_JOINED && (!i || m->at[i - 1] == CELL_OUT))
			m->at[i] = CELL_BEGINS;
}

static size_t windows_of(const struct world *w, const struct model *m,
			 struct vprim_range *list)
{
	size_t n = 0;

	for (unsigned int i = 0; i < CELLS; i++) {
		if (m->at[i] == CELL_BEGINS)
			list[n++].start = w->cell[i].start;
		if (m->at[i] != CELL_OUT)
			list[n - 1].last = w->cell[i].last;
	}
	return n;
}

static bool is_list(const struct vprim_range *a, size_t nr_a,
		    const struct vprim_range *b, size_t nr_b)
{
	return nr_a == nr_b && !memcmp(a, b, nr_a * sizeof(*a));
}

/* An empty list is the whole space. */
static struct model unless_empty(const struct model *m)
{
	struct model all = { { CELL_BEGINS } };

	for (unsigned int i = 0; i < CELLS; i++)
		if (m->at[i] != CELL_OUT)
			return *m;
	memset(&all.at[1], CELL_JOINED, CELLS - 1);
	return all;
}

static bool is_empty(const struct model *m)
{
	struct vprim_range list[CELLS];

	return !windows_of(&(const struct world){ .room = { { 0, 0 } } }, m, list);
}

/* -- what a list is asked ----------------------------------------------------- */

/* The first cell of @first to @last that is not as they should be, or CELLS. */
static unsigned int in_the_way(const struct model *m, unsigned int first,
			       unsigned int last)
{
	for (unsigned int i = first; i <= last; i++)
		if (m->at[i] == CELL_OUT || (i > first && m->at[i] == CELL_BEGINS))
			return i;
	return CELLS;
}

static void questions(const struct world *w, unsigned int first, unsigned int last)
{
	const struct vprim_ranges list = vprim_range_buf_list(&w->list);
	const struct model m = unless_empty(&w->w);
	struct vprim_range r = { w->cell[first].start, w->cell[last].last };
	struct vprim_range hit = { 7, 6 }, want[CELLS], out[CELLS];
	struct vprim_range_buf pieces = { out, CELLS, 99 };
	unsigned int at = in_the_way(&m, first, last);
	struct vprim_reason why;
	struct model part = m;
	size_t n;

	if (at == CELLS) {
		require(!vprim_iova_windows_mappable(list, &r, &hit, &why));
		require(vprim_range_contains(&hit, &r));
	} else {
		require(vprim_iova_windows_mappable(list, &r, &hit, &why) == -ERANGE);
		require(hit.start == 7 && vprim_range_has(&why.hit, w->cell[at].start));
		require((vprim_reason_id(&why) == VPRIM_IOVA_WINDOWS_RULE_SEAM) ==
			(m.at[at] != CELL_OUT));
	}
	for (unsigned int i = 0; i < CELLS; i++)
		if (i < first || i > last)
			part.at[i] = CELL_OUT;
	settle(&part);
	n = windows_of(w, &part, want);
	require(!vprim_iova_windows_split(&r, list, 1, &pieces, NULL));
	require(is_list(out, pieces.count, want, n));
}

static void world_check(const struct world *w)
{
	struct vprim_range want[CELLS];

	require(!vprim_iova_windows_check(vprim_range_buf_list(&w->list), NULL));
	require(is_list(w->room, w->list.count, want, windows_of(w, &w->w, want)));
	for (unsigned int i = 0; i < CELLS && CELLS <= 16; i++)
		for (unsigned int k = i; k < CELLS; k++)
			questions(w, i, k);
}

/* -- what changes it ---------------------------------------------------------- */

/* Take a result that is what the model says, if it is one and fits. */
static void agree(struct world *w, int ret, bool nothing_left, const struct model *m,
		  size_t needed)
{
	struct vprim_range want[CELLS];
	size_t n = windows_of(w, m, want);

	if (nothing_left) {
		require(ret == -EINVAL);
	} else if (n > w->list.capacity) {
		require(ret == -EMSGSIZE && needed == n);
	} else {
		require(!ret);
		w->w = *m;
	}
}

/* Linux type1's cut to an aperture, entry by entry. */
static size_t type1_resize(struct vprim_range *list, size_t n,
			   const struct vprim_range *a)
{
	size_t i, kept = 0;
	bool begun = false;

	for (i = 0; i < n; i++) {
		if (!begun && a->start >= list[i].start) {
			if (a->start >= list[i].last)
				continue;
			list[i].start = a->start;
		}
		begun = true;
		list[kept++] = list[i];
	}
	n = kept;
	for (kept = 0, i = 0; i < n; i++) {
		if (a->last <= list[i].last) {
			if (a->last <= list[i].start)
				continue;
			list[i].last = a->last;
		}
		list[kept++] = list[i];
	}
	return kept;
}

/* The cells of a list. */
static void model_of(const struct world *w, struct model *m,
		     const struct vprim_range *list, size_t n)
{
	memset(m, CELL_OUT, sizeof(*m));
	for (unsigned int i = 0; i < CELLS; i++)
		for (size_t k = 0; k < n; k++)
			if (vprim_range_has(&list[k], w->cell[i].start))
				m->at[i] = list[k].start == w->cell[i].start ?
					CELL_BEGINS : CELL_JOINED;
}

static void step_clip(struct world *w, const struct vprim_range *r, bool type1)
{
	struct vprim_range want[CELLS];
	struct model m;
	size_t n = windows_of(w, &w->w, want), i, kept = 0;
	int ret = vprim_iova_windows_clip(&w->list, r, type1 ?
			VPRIM_IOVA_WINDOWS_TYPE1_EDGES : 0, NULL);

	if (!n) {
		want[0] = *r;
		n = 1;
	} else if (type1) {
		n = type1_resize(want, n, r);
	} else {
		for (i = 0; i < n; i++)
			if (!vprim_range_intersect(&want[i], r, &want[kept]))
				kept++;
		n = kept;
	}
	model_of(w, &m, want, n);
	agree(w, ret, !n, &m, n);
}

static void step_exclude(struct world *w, unsigned int first, unsigned int last)
{
	struct vprim_range r = { w->cell[first].start, w->cell[last].last };
	struct model m = unless_empty(&w->w);
	size_t needed = 99;
	int ret = vprim_iova_windows_exclude(&w->list, &r, &needed, NULL);

	memset(&m.at[first], CELL_OUT, last - first + 1);
	settle(&m);
	agree(w, ret, is_empty(&m), &m, needed);
}

/* Two lists in one: a seam stays where neither goes over it. */
static void unite(struct model *m, const struct model *b)
{
	for (unsigned int i = 0; i < CELLS; i++)
		if (m->at[i] == CELL_JOINED || b->at[i] == CELL_JOINED)
			m->at[i] = CELL_JOINED;
		else if (b->at[i] != CELL_OUT)
			m->at[i] = CELL_BEGINS;
	settle(m);
}

static void step_add(struct world *w, unsigned int first, unsigned int last)
{
	struct vprim_range r = { w->cell[first].start, w->cell[last].last };
	struct model m = w->w, b;
	size_t needed = 99;
	int ret = vprim_iova_windows_add(&w->list, &r, &needed, NULL);

	model_of(w, &b, &r, 1);
	unite(&m, &b);
	agree(w, ret, false, &m, needed);
}

static void step_two_lists(struct world *w, struct choices *c)
{
	struct vprim_range second[CELLS], out[CELLS];
	struct vprim_range_buf made = { out, w->list.capacity, 99 };
	const struct vprim_ranges a = vprim_range_buf_list(&w->list);
	struct vprim_ranges b = { second, 0 };
	struct model m = w->w, other;
	int ret, kind = (int)pick(c, 3);
	bool left = true;

	for (unsigned int i = 0; i < CELLS; i++)
		other.at[i] = (uint8_t)pick(c, i && other.at[i - 1] != CELL_OUT ? 3 : 2);
	settle(&other);
	b.count = windows_of(w, &other, second);
	if (kind == 0) {
		ret = vprim_iova_windows_union(a, b, &made, NULL);
		if (is_empty(&m) || !b.count)
			memset(&m, CELL_OUT, sizeof(m));
		else
			unite(&m, &other);
	} else if (kind == 1) {
		ret = vprim_iova_windows_intersect(a, b, &made, NULL);
		left = is_empty(&m) && !b.count;
		m = unless_empty(&m);
		other = unless_empty(&other);
		for (unsigned int i = 0; i < CELLS; i++)
			if (m.at[i] == CELL_OUT || other.at[i] == CELL_OUT)
				m.at[i] = CELL_OUT;
			else if (other.at[i] == CELL_BEGINS)
				m.at[i] = CELL_BEGINS;
		settle(&m);
		if (left)
			memset(&m, CELL_OUT, sizeof(m));
		left |= !is_empty(&m);
	} else {
		ret = vprim_iova_windows_subtract(a, b, &made, NULL);
		m = unless_empty(&m);
		for (unsigned int i = 0; i < CELLS; i++)
			if (other.at[i] != CELL_OUT)
				m.at[i] = CELL_OUT;
		settle(&m);
		left = !is_empty(&m);
	}
	agree(w, ret, !left, &m, made.count);
	if (!ret)
		require(!vprim_iova_windows_set(&w->list, vprim_range_buf_list(&made),
						NULL));
}

/* The first of the smallest gaps goes, one after the other. */
static void step_combine(struct world *w, size_t most)
{
	struct vprim_range want[CELLS];
	size_t n = windows_of(w, &w->w, want), i, best;
	uint64_t added = 0, got = 99, gap, least;

	for (; n > most; n--) {
		least = UINT64_MAX;
		for (i = best = 1; i < n; i++) {
			gap = want[i].start - want[i - 1].last - 1;
			if (gap < least) {
				least = gap;
				best = i;
			}
		}
		added += least;
		want[best - 1].last = want[best].last;
		memmove(&want[best], &want[best + 1], (n - best - 1) * sizeof(*want));
	}
	require(!vprim_iova_windows_combine(&w->list, most, &got) && got == added);
	model_of(w, &w->w, want, n);
}

static void world_step(struct world *w, struct choices *c)
{
	static const struct vprim_ranges none = { NULL, 0 };
	unsigned int kind = pick(c, 8), first = 0, last = 0;
	struct vprim_range r;

	if (kind < 4) {
		first = pick(c, CELLS);
		last = first + pick(c, CELLS - first);
	}
	r = (struct vprim_range){ w->cell[first].start, w->cell[last].last };
	switch (kind) {
	case 0:
		step_exclude(w, first, last);
		break;
	case 1:
		step_add(w, first, last);
		break;
	case 2:
		step_clip(w, &r, false);
		break;
	case 3:
		step_clip(w, &r, true);
		break;
	case 4:
		step_two_lists(w, c);
		break;
	case 5:
		step_combine(w, 1 + pick(c, CELLS));
		break;
	case 6:
		vprim_iova_windows_join(&w->list);
		for (unsigned int i = 1; i < CELLS; i++)
			if (w->w.at[i] == CELL_BEGINS && w->w.at[i - 1] != CELL_OUT)
				w->w.at[i] = CELL_JOINED;
		break;
	default:
		if (odd(c, 4) || CELLS <= 16) {
			require(!vprim_iova_windows_set(&w->list, none, NULL));
			memset(&w->w, CELL_OUT, sizeof(w->w));
		}
	}
	/* What is no more is no part of the state. */
	memset(&w->room[w->list.count], 0,
	       (CELLS - w->list.count) * sizeof(*w->room));
}

#endif
