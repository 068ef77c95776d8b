// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * hole.h, and the holes of a map and of an interval tree, against answers found by
 * trying every address.
 */
#include "cells.h"
#include <virtprim/interval_tree.h>
#include <virtprim/iova_map.h>

/* -- spaces of windows and sets --------------------------------------------- */

/* A blocked set that is a plain array of bools. */
struct bools {
	uint64_t base;
	bool used[SPACE];
};

/* Knows sizes only: alignment is the search's business. */
static int bools_hole(void *set, const struct vprim_hole *want,
		      struct vprim_range *hole)
{
	const struct bools *b = set;
	struct vprim_range best = { 0, 0 };
	uint64_t at, run = 0;
	bool found = false;

	for (at = want->within.start; at - b->base < SPACE; at++) {
		run = b->used[at - b->base] ? 0 : run + 1;
		if (run > want->last_offset) {
			found = true;
			best = range(at - run + 1, at);
		}
		if (at == want->within.last)
			break;
		if (found && run == 0 && want->from != VPRIM_HOLE_HIGHEST)
			break;
	}
	if (!found)
		return -ENOENT;
	*hole = best;
	return 0;
}

#define NODES 5u

/* A random space to place blocks in, and its cells. */
struct place {
	struct vprim_range list[SPACE];
	struct vprim_interval_tree tree[2];
	struct vprim_interval_tree_node node[2][NODES];
	struct bools bools;
	struct vprim_hole_blocked blocked[3];
	struct vprim_hole_space space;
	struct cells cells;	/* OUT where nothing may go */
};

static void block(struct place *p, const struct vprim_range *r)
{
	size_t i;

	for (i = 0; i < SPACE; i++)
		if (vprim_range_has(r, p->cells.base + i))
			p->cells.at[i] = OUT;
}

static void make_place(struct place *p, struct test_rng *rng, uint64_t base)
{
	struct vprim_range whole = range(base, base + SPACE - 1), r;
	size_t t, i, nr = random_list(rng, base, p->list);

	memset(p->node, 0, sizeof(p->node));
	memset(&p->bools, 0, sizeof(p->bools));
	p->space.windows.range = p->list;
	p->space.windows.count = test_rng_below(rng, 4) ? nr : 0;
	if (p->space.windows.count)
		cells_of(&p->cells, base, p->list, nr);
	else
		cells_of(&p->cells, base, &whole, 1);
	for (t = 0; t < 2; t++) {
		require(!vprim_interval_tree_init(&p->tree[t], sizeof(p->tree[t])));
		p->blocked[t] = vprim_interval_tree_blocked(&p->tree[t]);
	}
	p->bools.base = base;
	p->blocked[2].hole = bools_hole;
	p->blocked[2].set = &p->bools;
	p->space.blocked = p->blocked;
	p->space.nr_blocked = (size_t)test_rng_below(rng, 4);
	for (t = 0; t < 2 && t < p->space.nr_blocked; t++)
		for (i = (size_t)test_rng_below(rng, NODES + 1); i--;) {
			r = random_range(rng, base, 10);
			p->node[t][i].range = r;
			require(!vprim_interval_tree_insert(&p->tree[t],
							    &p->node[t][i]));
			block(p, &r);
		}
	for (i = 0; p->space.nr_blocked == 3 && i < SPACE; i++) {
		p->bools.used[i] = !test_rng_below(rng, 12);
		r = range(base + i, base + i);
		if (p->bools.used[i])
			block(p, &r);
	}
}

/* Whether [start, start + offset] is free, in one window and within. */
static bool free_at(const struct place *p, uint64_t start, uint64_t offset,
		    const struct vprim_range *within)
{
	uint64_t i, at = start - p->cells.base;

	if (start < within->start || start > within->last ||
	    within->last - start < offset || at + offset >= SPACE)
		return false;
	for (i = 0; i <= offset; i++)
		if (p->cells.at[at + i] == OUT ||
		    p->cells.at[at + i] != p->cells.at[at])
			return false;
	return true;
}

static void place_agrees(const struct place *p, struct test_rng *rng)
{
	struct vprim_range within = random_range(rng, p->cells.base, SPACE);
	uint64_t got = 7, expected = 7, i, at;
	struct vprim_hole want;
	int ret = -ENOSPC;

	require(!vprim_hole_init(&want, 1 + test_rng_below(rng, 12)));
	want.align_bytes = UINT64_C(1) << test_rng_below(rng, 5);
	want.offset_bytes = test_rng_below(rng, want.align_bytes);
	want.from = test_rng_below(rng, 2) ? VPRIM_HOLE_LOWEST :
					     VPRIM_HOLE_HIGHEST;
	want.within = within;
	for (i = 0; i < SPACE && ret; i++) {
		at = p->cells.base +
		     (want.from == VPRIM_HOLE_LOWEST ? i : SPACE - 1 - i);
		if ((at & (want.align_bytes - 1)) == want.offset_bytes &&
		    free_at(p, at, want.last_offset, &within)) {
			expected = at;
			ret = 0;
		}
	}
	require(vprim_hole_place(&p->space, &want, &got, NULL) == ret);
	require(got == expected);
}

/* The next maximal hole from @at on upwards, by trying. */
static bool model_hole(const struct place *p, const struct vprim_range *within,
		       uint64_t at, struct vprim_range *hole)
{
	for (; at - p->cells.base < SPACE; at++) {
		if (!free_at(p, at, 0, within))
			continue;
		*hole = range(at, at);
		while (free_at(p, at, hole->last - at + 1, within))
			hole->last++;
		return true;
	}
	return false;
}

static void hole_agrees(const struct place *p, struct test_rng *rng)
{
	struct vprim_range within = random_range(rng, p->cells.base, SPACE);
	struct vprim_range hole, want[2] = { { 7, 7 }, { 7, 7 } }, got;
	uint64_t offset = test_rng_below(rng, 10), at = within.start;
	struct vprim_hole ask = { within, offset, 1, 0, VPRIM_HOLE_LOWEST };
	bool found = false;
	int i;

	while (model_hole(p, &within, at, &hole)) {
		if (hole.last - hole.start >= offset) {
			if (!found)
				want[0] = hole;
			want[1] = hole;
			found = true;
		}
		if (hole.last == within.last)
			break;
		at = hole.last + 1;
	}
	for (i = 0; i < 2; i++) {
		got = range(7, 7);
		ask.from = i ? VPRIM_HOLE_HIGHEST : VPRIM_HOLE_LOWEST;
		require(vprim_hole_first(&p->space, &ask, &got) ==
			(found ? 0 : -ENOENT));
		require(same(&got, 1, &want[i], 1));
	}
}

/*
 * The low bits of the buffer are set in the start of a hole: those of 0xca give
 * 0xcf, which leaves no byte, those of its part from 0xcd on give 0xcd.
 */
START_TEST(a_part_of_a_hole_takes_what_the_whole_does_not)
{
	const struct vprim_hole_buffer buffer = { .addr = 253, .length_bytes = 1,
		.iova_alignment = 1, .huge_bytes = 32, .page_bytes = 8 };
	struct vprim_range window = range(0xc1, 0xcf);
	struct vprim_interval_tree_node a = { .range = range(0xc1, 0xc9) };
	struct vprim_interval_tree_node b = { .range = range(0xc1, 0xcc) };
	struct vprim_interval_tree tree[2];
	struct vprim_hole_blocked blocked[2];
	struct vprim_hole_space space = { .windows = { &window, 1 },
					  .blocked = blocked, .nr_blocked = 2 };
	struct vprim_hole want;
	uint64_t at = 7;
	int i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(vprim_interval_tree_init(&tree[i],
							  sizeof(tree[i])), 0);
		blocked[i] = vprim_interval_tree_blocked(&tree[i]);
	}
	ck_assert_int_eq(vprim_interval_tree_insert(&tree[0], &a), 0);
	ck_assert_int_eq(vprim_interval_tree_insert(&tree[1], &b), 0);
	ck_assert_int_eq(vprim_hole_from_buffer(&want, &buffer, NULL), 0);
	ck_assert_int_eq(vprim_hole_place(&space, &want, &at, NULL), 0);
	ck_assert_uint_eq(at, 0xcd);
	/* The first set alone has no place there. */
	space.nr_blocked = 1;
	ck_assert_int_eq(vprim_hole_place(&space, &want, &at, NULL), -ENOSPC);
}
END_TEST

static uint64_t pow2_from(uint64_t v)
{
	uint64_t p = 1;

	while (p < v)
		p *= 2;
	return p;
}

/* Where iommufd puts it between two addresses, by its formula; false: nowhere. */
static bool iommufd_place(const struct vprim_range *r, uint64_t align,
			  const struct vprim_hole_buffer *request,
			  uint64_t *at)
{
	uint64_t s = r->start;

	while (s % align && s < r->last)
		s++;
	if (s % align)
		return false;
	s |= request->addr % request->page_bytes;
	*at = s;
	return s < r->last && r->last - s >= request->length_bytes - 1;
}

static int iommufd_model(const struct place *p, uint64_t align,
			 const struct vprim_hole_buffer *r,
			 uint64_t *at)
{
	struct vprim_range span, hole;
	struct vprim_range bounds = range(r->page_bytes, M - r->page_bytes);
	static struct place merged;
	size_t i, k;

	/* No seams: what is not OUT is free. */
	merged.cells = p->cells;
	for (i = 0; i < SPACE; i++)
		if (merged.cells.at[i] != OUT)
			merged.cells.at[i] = 0;
	for (i = 0; i < p->space.windows.count; i = k) {
		span = p->list[i];
		for (k = i + 1; k < p->space.windows.count &&
				p->list[k].start == span.last + 1; k++)
			span.last = p->list[k].last;
		if (vprim_range_intersect(&span, &bounds, &span) ||
		    !iommufd_place(&span, align, r, &span.start))
			continue;
		hole.last = span.start - 1;
		while (hole.last != span.last &&
		       model_hole(&merged, &span, hole.last + 1, &hole))
			if (iommufd_place(&hole, align, r, at))
				return 0;
	}
	return -ENOSPC;
}

static void iommufd_agrees(const struct place *p, struct test_rng *rng)
{
	struct vprim_hole_buffer r = {
		.addr = test_rng_below(rng, 4) ? test_rng_below(rng, 256) : 0,
		.length_bytes = 1 + test_rng_below(rng, 12),
		.iova_alignment = UINT64_C(1) << test_rng_below(rng, 3),
		.page_bytes = UINT64_C(1) << test_rng_below(rng, 4),
	};
	uint64_t align, at = 7, got = 7;
	struct vprim_hole want;
	int ret, asked;

	r.huge_bytes = r.page_bytes << test_rng_below(rng, 3);
	/* Keep the model's holes inside its cells. */
	if (!p->space.windows.count)
		return;
	align = pow2_from(r.length_bytes);
	while (r.addr && r.addr % align)
		align /= 2;
	align = align < r.huge_bytes ? align : r.huge_bytes;
	ret = align < r.iova_alignment ? -EINVAL :
					 iommufd_model(p, align, &r, &at);
	asked = vprim_hole_from_buffer(&want, &r, NULL);
	if (!asked)
		asked = vprim_hole_place(&p->space, &want, &got, NULL);
	require(asked == ret);
	require(got == (ret ? 7 : at));
}

static void frames_agree(const struct place *p, struct test_rng *rng)
{
	struct vprim_range within = random_range(rng, p->cells.base, SPACE);
	struct vprim_hole_frames r = {
		.size = 1 + test_rng_below(rng, 12),
		.start_pfn = within.start, .limit_pfn = within.last,
		.flags = (uint32_t)test_rng_below(rng, 4),
	};
	uint64_t size, align = 1, i, at, got = 7, want = 7;
	int ret = -ENOMEM, tries;

	if (test_rng_below(rng, 2))
		r.first_limit_pfn = random_range(rng, p->cells.base, SPACE).last;
	size = r.flags & VPRIM_HOLE_ROUND_SMALL ? pow2_from(r.size) :
							  r.size;
	if (r.flags & VPRIM_HOLE_SIZE_ALIGNED)
		align = pow2_from(size);
	for (tries = 0; tries < 2 && ret; tries++) {
		uint64_t limit = tries ? r.limit_pfn : r.first_limit_pfn;

		if (!tries && (!limit || limit >= r.limit_pfn))
			continue;
		within.last = limit == M ? M - 1 : limit;
		for (i = SPACE; i-- && ret;) {
			at = p->cells.base + i;
			if (at % align || !free_at(p, at, size - 1, &within))
				continue;
			want = at;
			ret = 0;
		}
	}
	require(vprim_hole_place_frames(&p->space, &r, &got, NULL) == ret);
	require(got == want);
}

START_TEST(blocks_go_where_trying_every_address_puts_them)
{
	struct test_rng rng = test_rng_seed(0xa110c + (uint64_t)_i);
	uint64_t steps = test_steps(400000), i;	/* for each of 3 places */
	static struct place p;

	for (i = 0; i < steps; i++) {
		if (i % 16 == 0)
			make_place(&p, &rng, bases[_i]);
		switch (i % 4) {
		case 0:
			place_agrees(&p, &rng);
			break;
		case 1:
			hole_agrees(&p, &rng);
			break;
		case 2:
			iommufd_agrees(&p, &rng);
			break;
		default:
			frames_agree(&p, &rng);
		}
	}
}
END_TEST

/* The same place moved through the space gives the same offsets. */
START_TEST(placing_is_the_same_everywhere)
{
	struct test_rng rng = test_rng_seed(0x5417f7);
	uint64_t steps = test_steps(100000), i;
	static struct place low, high;

	for (i = 0; i < steps; i++) {
		struct test_rng a = { test_rng_next(&rng) }, b = a;
		struct vprim_hole want;
		uint64_t x = 7, y = 7;
		int ret;

		make_place(&low, &a, 4096);
		make_place(&high, &b, M - SPACE + 1);
		require(!vprim_hole_init(&want, 1 + test_rng_below(&a, 9)));
		want.align_bytes = UINT64_C(1) << test_rng_below(&a, 4);
		want.from = (enum vprim_hole_from)(i % 3);
		want.within = range(4096, 4096 + SPACE - 1);
		ret = vprim_hole_place(&low.space, &want, &x, NULL);
		want.within = range(M - SPACE + 1, M);
		require(vprim_hole_place(&high.space, &want, &y, NULL) == ret);
		require(ret || x - 4096 == y - (M - SPACE + 1));
	}
}
END_TEST

static int liar_hole(void *set, const struct vprim_hole *want,
		     struct vprim_range *hole)
{
	const struct vprim_range *within = &want->within;
	const int *ret = set;

	switch (*ret) {
	case 0:
		*hole = range(within->start, within->last + 1);
		return 0;
	case 1:
		*hole = range(within->last, within->start);
		return 0;
	case 2:
		*hole = range(within->last, within->last);
		return want->last_offset ? 0 : -EINVAL;
	default:
		return *ret;
	}
}

START_TEST(a_callback_cannot_lead_the_search_astray)
{
	int ret = 0;
	struct vprim_hole_blocked blocked = { liar_hole, &ret };
	struct vprim_hole_space space = { { NULL, 0 }, &blocked, 1 };
	struct vprim_hole_frames f = { .size = 2, .limit_pfn = 9 };
	struct vprim_range hole = range(7, 8);
	struct vprim_hole want;
	uint64_t start = 7;

	ck_assert_int_eq(vprim_hole_init(&want, 2), 0);
	want.within = range(10, 20);
	for (ret = -EIO; ret <= 2; ret++) {
		int expected = ret == -EIO ? -EIO : -EINVAL;

		if (ret == -EIO + 1)
			ret = 0;
		ck_assert_int_eq(vprim_hole_first(&space, &want, &hole), expected);
		ck_assert_int_eq(vprim_hole_place(&space, &want, &start, NULL),
				 expected);
		ck_assert_int_eq(vprim_hole_place_frames(&space, &f, &start, NULL),
				 expected);
	}
	ck_assert_uint_eq(start, 7);
	ck_assert_uint_eq(hole.start, 7);
}
END_TEST

/* A set with one range in it, which knows sizes only. */
static int all_but_one(void *set, const struct vprim_hole *want,
		       struct vprim_range *hole)
{
	const struct vprim_range *used = set;
	const struct vprim_range rest[] = { { 0, used->start - 1 },
					    { used->last + 1, M } };
	unsigned int down = want->from == VPRIM_HOLE_HIGHEST, i;

	for (i = 0; i < 2; i++)
		if (!vprim_range_intersect(&rest[i ^ down], &want->within, hole) &&
		    hole->last - hole->start >= want->last_offset)
			return 0;
	return -ENOENT;
}

/* Behind the last hole at the end of the space lies none at its other end. */
START_TEST(a_search_ends_with_the_space)
{
	struct vprim_range used[] = { { M - 13, M - 6 }, { 6, 13 } };
	const struct vprim_hole want[] = {
		{ { M - 13, M }, 3, 8, 0, VPRIM_HOLE_LOWEST },
		{ { 0, 13 }, 3, 8, 4, VPRIM_HOLE_HIGHEST } };
	struct vprim_hole_blocked blocked = { all_but_one, &used[_i] };
	struct vprim_hole_space space = { { NULL, 0 }, &blocked, 1 };
	uint64_t start = 7;

	ck_assert_int_eq(vprim_hole_place(&space, &want[_i], &start, NULL),
			 -ENOSPC);
	ck_assert_uint_eq(start, 7);
}
END_TEST

/* -- sets of their own ------------------------------------------------------ */

#define WIDE 2048u
#define RANGES 96u

/*
 * A map and a tree with the same ranges in them, all multiples of a unit, and for
 * each address how many are over it. The tree has some that overlap too.
 */
struct sets {
	uint64_t base, unit;
	struct test_memory memory;
	struct vprim_iova_map map;
	struct vprim_interval_tree tree;
	struct vprim_interval_tree_node node[RANGES];
	bool in[RANGES];
	unsigned char map_used[WIDE], tree_used[WIDE];
};

static void mark(unsigned char *used, const struct sets *s,
		 const struct vprim_range *r, int by)
{
	uint64_t at;

	for (at = r->start - s->base; at <= r->last - s->base; at++)
		used[at] = (unsigned char)(used[at] + by);
}

static struct vprim_range some_units(const struct sets *s, struct test_rng *rng)
{
	uint64_t units = WIDE / s->unit, n = 1 + test_rng_below(rng, 4);
	uint64_t start = test_rng_below(rng, units - n + 1);

	return range(s->base + start * s->unit,
		     s->base + (start + n) * s->unit - 1);
}

/* Put a range in or take it out again. */
static void change(struct sets *s, struct test_rng *rng)
{
	unsigned int i = (unsigned int)test_rng_below(rng, RANGES);
	struct vprim_interval_tree_node *n = &s->node[i];
	int ret;

	if (s->in[i]) {
		require(!vprim_interval_tree_remove(&s->tree, n));
		mark(s->tree_used, s, &n->range, -1);
		if (!vprim_iova_map_remove(&s->map, &n->range, NULL))
			mark(s->map_used, s, &n->range, -1);
	} else {
		memset(n, 0, sizeof(*n));
		n->range = some_units(s, rng);
		ret = vprim_iova_map_insert(&s->map, &n->range, i, NULL);
		require(!ret || ret == -EEXIST);
		if (!ret)
			mark(s->map_used, s, &n->range, 1);
		else if (test_rng_below(rng, 3))
			return;
		require(!vprim_interval_tree_insert(&s->tree, n));
		mark(s->tree_used, s, &n->range, 1);
	}
	s->in[i] = !s->in[i];
}

/* Where the request goes in the free range [lo, hi], by trying. */
static bool try_hole(const struct vprim_hole *want, uint64_t lo, uint64_t hi,
		     uint64_t *start)
{
	uint64_t at = lo, mask = want->align_bytes - 1;
	bool found = false;

	for (;; at++) {
		if (want->from == VPRIM_HOLE_IOMMUFD && !(at & mask)) {
			*start = at | want->offset_bytes;
			return *start <= hi && hi - *start >= want->last_offset;
		}
		if (want->from != VPRIM_HOLE_IOMMUFD &&
		    (at & mask) == want->offset_bytes &&
		    hi - at >= want->last_offset) {
			*start = at;
			found = true;
			if (want->from == VPRIM_HOLE_LOWEST)
				return true;
		}
		if (at == hi)
			return found;
	}
}

/* The hole and the place in it, as a walk over all addresses has them. */
static bool try_all(const struct sets *s, const unsigned char *used,
		    const struct vprim_hole *want, struct vprim_range *hole,
		    uint64_t *start)
{
	uint64_t at = want->within.start - s->base, from, place;
	uint64_t last = want->within.last - s->base;
	bool found = false;

	for (; at <= last; at++) {
		if (used[at])
			continue;
		for (from = at; at < last && !used[at + 1]; at++)
			;
		if (!try_hole(want, s->base + from, s->base + at, &place))
			continue;
		*hole = range(s->base + from, s->base + at);
		*start = place;
		found = true;
		if (want->from != VPRIM_HOLE_HIGHEST)
			return true;
	}
	return found;
}

static void some_want(const struct sets *s, struct test_rng *rng,
		      struct vprim_hole *want)
{
	unsigned int bits = (unsigned int)test_rng_below(rng, 9);

	want->last_offset = test_rng_below(rng, 4 * s->unit + 3);
	if (test_rng_below(rng, 2))
		want->last_offset = s->unit * (1 + test_rng_below(rng, 5)) - 1;
	want->align_bytes = UINT64_C(1) << bits;
	want->offset_bytes = test_rng_below(rng, 2) ?
				     test_rng_below(rng, want->align_bytes) : 0;
	want->from = (enum vprim_hole_from)test_rng_below(rng, 3);
	if (want->from == VPRIM_HOLE_IOMMUFD && want->offset_bytes) {
		want->align_bytes = want->offset_bytes & -want->offset_bytes;
		want->align_bytes >>= test_rng_below(rng, 2);
		want->align_bytes += !want->align_bytes;
	}
	want->within.start = s->base + test_rng_below(rng, WIDE / 4);
	want->within.last = s->base + WIDE - 1 - test_rng_below(rng, WIDE / 4);
}

static void sets_agree(struct sets *s, struct test_rng *rng)
{
	struct vprim_hole_space space = { .nr_blocked = 1 };
	struct vprim_hole_blocked blocked;
	struct vprim_range hole, got;
	uint64_t start = 0, place;
	struct vprim_hole want;
	bool there;

	some_want(s, rng, &want);
	there = try_all(s, s->map_used, &want, &hole, &start);
	require(vprim_iova_map_gap(&s->map, &want, &place) ==
		(there ? 0 : -ENOSPC));
	require(!there || place == start);
	space.blocked = &blocked;
	blocked = vprim_iova_map_blocked(&s->map);
	/* The search in windows aligns the span before it looks, as iommufd. */
	if (want.from != VPRIM_HOLE_IOMMUFD) {
		require(vprim_hole_first(&space, &want, &got) ==
			(there ? 0 : -ENOENT));
		require(!there || same(&got, 1, &hole, 1));
	}
	there = try_all(s, s->tree_used, &want, &hole, &start);
	blocked = vprim_interval_tree_blocked(&s->tree);
	if (want.from == VPRIM_HOLE_IOMMUFD)
		return;
	require(vprim_hole_first(&space, &want, &got) == (there ? 0 : -ENOENT));
	require(!there || same(&got, 1, &hole, 1));
	require(vprim_hole_place(&space, &want, &place, NULL) ==
		(there ? 0 : -ENOSPC));
	require(!there || place == start);
}

START_TEST(what_a_set_knows_of_its_holes_loses_none)
{
	static const uint64_t wide_bases[] = { 0, UINT64_C(1) << 40,
					       M - WIDE + 1 };
	struct test_rng rng = test_rng_seed(0xb00d5 + (uint64_t)_i);
	uint64_t steps = test_steps(120000), i;	/* for each of 3 places */
	static struct sets s;

	for (i = 0; i < steps; i++) {
		if (i % 4000 == 0) {
			if (i)
				vprim_iova_map_fini(&s.map);
			memset(&s, 0, sizeof(s));
			s.base = wide_bases[_i];
			s.unit = UINT64_C(1) << test_rng_below(&rng, 7);
			require(!vprim_iova_map_init(&s.map, sizeof(s.map),
						     &test_alloc_ops, &s.memory,
						     NULL, NULL));
			require(!vprim_interval_tree_init(&s.tree, sizeof(s.tree)));
		}
		change(&s, &rng);
		if (i % 64 == 0) {
			require(!vprim_interval_tree_audit(&s.tree));
			require(!vprim_iova_map_audit(&s.map));
		}
		sets_agree(&s, &rng);
	}
	vprim_iova_map_fini(&s.map);
	ck_assert_uint_eq(s.memory.blocks, 0);
}
END_TEST

/* -- refusals --------------------------------------------------------------- */

#define REFUSED(call, ret, why_)					\
	do {								\
		memset(&why, 0, sizeof(why));				\
		ck_assert_int_eq(call, ret);				\
		ck_assert_str_eq(vprim_reason_word(&why), why_);	\
	} while (0)

static const struct {
	const char *why;
	struct vprim_hole want;
} bad_wants[] = {
	{ "align", { { 0, M }, 0, 0, 0, VPRIM_HOLE_LOWEST } },
	{ "align", { { 0, M }, 0, 3, 0, VPRIM_HOLE_HIGHEST } },
	{ "offset", { { 0, M }, 0, 8, 8, VPRIM_HOLE_LOWEST } },
	{ "offset", { { 0, M }, 0, 8, 4, VPRIM_HOLE_IOMMUFD } },
	{ "bounds", { { 1, 0 }, 0, 8, 4, VPRIM_HOLE_HIGHEST } },
	{ "argument", { { 0, M }, 0, 1, 0, (enum vprim_hole_from)3 } },
};

START_TEST(what_cannot_be_wanted_is_refused_everywhere)
{
	const struct vprim_hole *want = &bad_wants[_i].want;
	static const struct vprim_hole_space space;
	struct test_memory memory = { 0 };
	struct vprim_interval_tree tree;
	struct vprim_iova_map map;
	struct vprim_range r = range(7, 8);
	struct vprim_reason why;
	uint64_t x = 7;

	ck_assert_int_eq(vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops,
					     &memory, NULL, NULL), 0);
	ck_assert_int_eq(vprim_interval_tree_init(&tree, sizeof(tree)), 0);
	REFUSED(vprim_hole_check(want, &why), -EINVAL, bad_wants[_i].why);
	REFUSED(vprim_hole_place(&space, want, &x, &why), -EINVAL,
		bad_wants[_i].why);
	REFUSED(vprim_iova_map_place(&map, space.windows, want, 1, &r, &why),
		-EINVAL, bad_wants[_i].why);
	ck_assert_int_eq(vprim_hole_first(&space, want, &r), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_gap(&map, want, &x), -EINVAL);
	ck_assert_uint_eq(x, 7);
	ck_assert(r.start == 7 && r.last == 8);
	ck_assert_uint_eq(vprim_iova_map_count(&map), 0);
	vprim_iova_map_fini(&map);
}
END_TEST

/* A window's start is moved before holes are looked for: to 7, and not from 4 on. */
START_TEST(iommufd_moves_the_start_of_a_window_first)
{
	const struct vprim_range window = { 2, M }, taken = { 3, 3 };
	const struct vprim_hole want = { { 0, M }, 1, 1, 5, VPRIM_HOLE_IOMMUFD };
	struct test_memory memory = { 0 };
	struct vprim_hole_blocked blocked;
	struct vprim_hole_space space = { { &window, 1 }, &blocked, 1 };
	struct vprim_iova_map map;
	uint64_t start = 0;

	ck_assert_int_eq(vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops,
					     &memory, NULL, NULL), 0);
	ck_assert_int_eq(vprim_iova_map_insert(&map, &taken, 0, NULL), 0);
	blocked = vprim_iova_map_blocked(&map);
	ck_assert_int_eq(vprim_hole_place(&space, &want, &start, NULL), 0);
	ck_assert_uint_eq(start, 7);
	vprim_iova_map_fini(&map);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

START_TEST(nothing_is_placed_by_halves)
{
	struct vprim_range windows[2] = { { 0x1000, 0x2fff }, { 0x8000, 0x8fff } };
	const struct vprim_ranges list = { windows, 2 };
	struct test_memory memory = { .countdown = 1 };
	struct vprim_iova_mapping m;
	struct vprim_iova_map map;
	struct vprim_range r = range(7, 8);
	struct vprim_reason why;
	struct vprim_hole want;

	ck_assert_int_eq(vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops,
					     &memory, NULL, NULL), 0);
	ck_assert_int_eq(vprim_hole_init(&want, 0x1000), 0);
	ck_assert_int_eq(vprim_hole_init(&want, 0), -EINVAL);
	want.align_bytes = 0x2000;
	ck_assert_int_eq(vprim_iova_map_place(&map, list, &want, 9, &r, NULL),
			 -ENOMEM);
	ck_assert_uint_eq(vprim_iova_map_count(&map), 0);
	ck_assert(r.start == 7 && r.last == 8);
	ck_assert_int_eq(vprim_iova_map_place(&map, list, &want, 9, &r, NULL), 0);
	ck_assert(r.start == 0x2000 && r.last == 0x2fff);
	ck_assert_int_eq(vprim_iova_map_stab(&map, 0x2000, &m), 0);
	ck_assert(same(&m.range, 1, &r, 1) && m.value == 9);
	ck_assert_int_eq(vprim_iova_map_place(&map, list, &want, 10, &r, NULL), 0);
	ck_assert(r.start == 0x8000 && r.last == 0x8fff);
	REFUSED(vprim_iova_map_place(&map, list, &want, 11, &r, &why), -ENOSPC,
		"space");
	ck_assert_uint_eq(why.value, 0x1000);
	ck_assert_uint_eq(vprim_iova_map_count(&map), 2);
	vprim_iova_map_fini(&map);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* With its offset it is more than all there is. */
START_TEST(a_size_that_wraps_has_no_place)
{
	struct vprim_hole want = { { 0, M }, M - 0x100, 0x1000, 0x800,
				   VPRIM_HOLE_LOWEST };
	struct vprim_range page = range(0x2000, 0x2fff);
	struct test_memory memory = { 0 };
	struct vprim_iova_map map;
	uint64_t start = 7;

	require(!vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops, &memory,
				     NULL, NULL));
	require(!vprim_iova_map_insert(&map, &page, 0, NULL));
	for (int i = 0; i < 2; i++) {
		want.from = i ? VPRIM_HOLE_HIGHEST : VPRIM_HOLE_LOWEST;
		require(vprim_iova_map_gap(&map, &want, &start) == -ENOSPC);
		ck_assert_uint_eq(start, 7);
	}
	want.last_offset = 0x6ff;
	require(!vprim_iova_map_gap(&map, &want, &start));
	ck_assert_uint_eq(start, M - 0x7ff);
	vprim_iova_map_fini(&map);
}
END_TEST

/* A list that is in no order may hide places, and shows none outside. */
START_TEST(unsorted_windows_place_nothing_outside)
{
	struct vprim_range windows[] = { range(0, 0xfff), range(0x5000, 0x5fff),
					 range(0x1000, 0x2fff) };
	const struct vprim_hole_space space = { .windows = { windows, 3 } };
	struct vprim_hole want = { { 0x3000, 0x9fff }, 0x1fff, 1, 0,
				   VPRIM_HOLE_LOWEST };
	uint64_t start = 7;

	require(vprim_hole_place(&space, &want, &start, NULL) == -ENOSPC);
	ck_assert_uint_eq(start, 7);
	want.last_offset = 0xfff;
	require(!vprim_hole_place(&space, &want, &start, NULL));
	ck_assert_uint_eq(start, 0x5000);
}
END_TEST

START_TEST(bad_requests_are_refused_with_a_reason)
{
	static const struct vprim_hole_space space;
	struct vprim_hole_buffer d = { .addr = 0x10000, .length_bytes = 4096,
				       .iova_alignment = 1, .page_bytes = 4096,
				       .huge_bytes = 4096 }, e;
	struct vprim_hole_frames f = { .size = 1, .limit_pfn = 9 }, g;
	struct vprim_hole want, untouched;
	struct vprim_reason why;
	uint64_t x = 7;

	memset(&want, 0, sizeof(want));	/* the padding is compared too */
	ck_assert_int_eq(vprim_hole_init(&want, 1), 0);
	want.last_offset = M;
	want.within.last = M - 1;
	memcpy(&untouched, &want, sizeof(want));
	REFUSED(vprim_hole_place(&space, &want, &x, &why), -ENOSPC, "space");
	ck_assert(!why.has_value && !why.has_range);
	e = d;
	e.length_bytes = 0;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EOVERFLOW,
		"length");
	e.length_bytes = M / 2;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EOVERFLOW,
		"length");
	e = d;
	e.iova_alignment = 0;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EINVAL,
		"align");
	e = d;
	e.huge_bytes = 3;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EINVAL,
		"align");
	e = d;
	e.page_bytes = 3;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EINVAL,
		"align");
	e.page_bytes = UINT64_C(1) << 63;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EINVAL,
		"align");
	ck_assert(!memcmp(&want, &untouched, sizeof(want)));
	/* The largest page leaves a window; nothing aligned to 2^63 is in it. */
	e.page_bytes = UINT64_C(1) << 62;
	e.addr = 0;
	ck_assert_int_eq(vprim_hole_from_buffer(&want, &e, NULL), 0);
	ck_assert_int_eq(vprim_hole_place(&space, &want, &x, NULL), 0);
	ck_assert_uint_eq(x, UINT64_C(1) << 62);
	e.huge_bytes = UINT64_C(1) << 63;
	e.length_bytes = (UINT64_C(1) << 62) + 1;
	x = 7;
	ck_assert_int_eq(vprim_hole_from_buffer(&want, &e, NULL), 0);
	REFUSED(vprim_hole_place(&space, &want, &x, &why), -ENOSPC, "space");
	/* A kernel of 32 bits gives out no more than those, but for two pages. */
	e = d;
	e.native_last = UINT32_MAX;
	ck_assert_int_eq(vprim_hole_from_buffer(&want, &e, NULL), 0);
	ck_assert_uint_eq(want.within.last, 0xffffefff);
	e.native_last = 4000;
	e.length_bytes = 100;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -ENOSPC, "space");
	ck_assert_uint_eq(why.value, 100);
	e.native_last = UINT32_MAX;
	e.length_bytes = UINT32_MAX / 2;
	REFUSED(vprim_hole_from_buffer(&want, &e, &why), -EOVERFLOW, "length");
	g = f;
	g.flags = 4;
	REFUSED(vprim_hole_place_frames(&space, &g, &x, &why), -EINVAL,
		"argument");
	g = f;
	g.size = 0;
	REFUSED(vprim_hole_place_frames(&space, &g, &x, &why), -EINVAL,
		"size-zero");
	g = f;
	g.start_pfn = 10;
	REFUSED(vprim_hole_place_frames(&space, &g, &x, &why), -EINVAL,
		"bounds");
	ck_assert_uint_eq(x, 7);
}
END_TEST

/* A frame's alignment is its size, up to half of all there are. */
START_TEST(half_of_all_frames_are_aligned_to_themselves)
{
	static const struct vprim_hole_space space;
	struct vprim_hole_frames f = { .size = UINT64_C(1) << 63, .limit_pfn = M,
				       .flags = VPRIM_HOLE_SIZE_ALIGNED };
	struct vprim_reason why;
	uint64_t pfn = 7;

	ck_assert_int_eq(vprim_hole_place_frames(&space, &f, &pfn, NULL), 0);
	ck_assert_uint_eq(pfn, 0);
	f.size++;
	REFUSED(vprim_hole_place_frames(&space, &f, &pfn, &why), -ENOMEM,
		"frames");
	ck_assert_uint_eq(why.value, f.size);
}
END_TEST

/* A success leaves no reason of an earlier call. */
START_TEST(a_success_has_no_reason)
{
	static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };
	static const struct vprim_hole_space space;
	const struct vprim_hole_buffer d = { .length_bytes = 1,
		.iova_alignment = 1, .page_bytes = 4096, .huge_bytes = 4096,
		.native_last = 8192 };
	const struct vprim_hole_frames f = { .size = 1, .limit_pfn = 9 };
	struct vprim_hole want;
	struct vprim_reason why;
	uint64_t start;

#define CLEARS(call)							\
	do {								\
		why.rule = &stale;					\
		ck_assert_int_eq(call, 0);				\
		ck_assert_ptr_null(why.rule);				\
	} while (0)
	CLEARS(vprim_hole_from_buffer(&want, &d, &why));
	/* Between the first and the last page, one address is left. */
	ck_assert(want.within.start == 4096 && want.within.last == 4096);
	CLEARS(vprim_hole_check(&want, &why));
	ck_assert_int_eq(vprim_hole_init(&want, 1), 0);
	CLEARS(vprim_hole_place(&space, &want, &start, &why));
	CLEARS(vprim_hole_place_frames(&space, &f, &start, &why));
#undef CLEARS
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hole");
	TCase *tc = tcase_create("hole");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_part_of_a_hole_takes_what_the_whole_does_not);
	tcase_add_loop_test(tc, blocks_go_where_trying_every_address_puts_them, 0, 3);
	tcase_add_test(tc, placing_is_the_same_everywhere);
	tcase_add_loop_test(tc, what_a_set_knows_of_its_holes_loses_none, 0, 3);
	tcase_add_test(tc, a_callback_cannot_lead_the_search_astray);
	tcase_add_loop_test(tc, a_search_ends_with_the_space, 0, 2);
	tcase_add_loop_test(tc, what_cannot_be_wanted_is_refused_everywhere, 0,
			    (int)VPRIM_ARRAY_LEN(bad_wants));
	tcase_add_test(tc, iommufd_moves_the_start_of_a_window_first);
	tcase_add_test(tc, nothing_is_placed_by_halves);
	tcase_add_test(tc, a_size_that_wraps_has_no_place);
	tcase_add_test(tc, unsorted_windows_place_nothing_outside);
	tcase_add_test(tc, bad_requests_are_refused_with_a_reason);
	tcase_add_test(tc, half_of_all_frames_are_aligned_to_themselves);
	tcase_add_test(tc, a_success_has_no_reason);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
