// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_windows.h against plain models: a number for every address of a small
 * space, which says in what window it lies, and answers found by trying every
 * address.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/iova_windows.h>

#define M UINT64_MAX
#define SPACE 64u
#define OUT (-1)

static struct vprim_range range(uint64_t start, uint64_t last)
{
	return (struct vprim_range){ start, last };
}

/* -- the model: cells ------------------------------------------------------- */

struct cells {
	uint64_t base;
	int at[SPACE];	/* the window an address lies in, or OUT */
};

static void cells_of(struct cells *c, uint64_t base,
		     const struct vprim_range *list, size_t nr)
{
	size_t i, w;

	c->base = base;
	for (i = 0; i < SPACE; i++) {
		c->at[i] = OUT;
		for (w = 0; w < nr; w++)
			if (vprim_range_has(&list[w], base + i))
				c->at[i] = (int)w;
	}
}

/* The windows of the cells: runs of one number. */
static size_t list_of(const struct cells *c, struct vprim_range *list)
{
	size_t n = 0, i;

	for (i = 0; i < SPACE; i++) {
		if (c->at[i] == OUT)
			continue;
		if (i && c->at[i] == c->at[i - 1])
			list[n - 1].last = c->base + i;
		else
			list[n++] = range(c->base + i, c->base + i);
	}
	return n;
}

static bool same(const struct vprim_range *a, size_t nr_a,
		 const struct vprim_range *b, size_t nr_b)
{
	return nr_a == nr_b && !memcmp(a, b, nr_a * sizeof(*a));
}

static struct vprim_range random_range(struct test_rng *rng, uint64_t base,
				       uint64_t most)
{
	uint64_t size = 1 + test_rng_below(rng, most);
	uint64_t start = test_rng_below(rng, SPACE - size + 1);

	return range(base + start, base + start + size - 1);
}

/* Windows of all shapes: seams, single addresses, the whole space. */
static size_t random_list(struct test_rng *rng, uint64_t base,
			  struct vprim_range *list)
{
	size_t n = 0;
	uint64_t at = test_rng_below(rng, 8), last;

	while (at < SPACE) {
		last = at + test_rng_below(rng, 1 + test_rng_below(rng, 16));
		if (last >= SPACE)
			last = SPACE - 1;
		list[n++] = range(base + at, base + last);
		at = last + 1 + (test_rng_below(rng, 3) ?
					 test_rng_below(rng, 12) : 0);
	}
	if (!n)
		list[n++] = range(base, base + SPACE - 1);
	return n;
}

static const uint64_t bases[] = { 0, UINT64_C(1) << 32, M - SPACE + 1 };

/* -- lists ------------------------------------------------------------------ */

/* What type1 does to its list when an aperture comes, entry by entry. */
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

/* One call with a random capacity: done, or refused with nothing changed. */
static void in_place_agrees(struct test_rng *rng, uint64_t base)
{
	struct vprim_range storage[SPACE], list[SPACE], want[SPACE];
	struct vprim_range cut = random_range(rng, base, 24);
	size_t nr = random_list(rng, base, list), n, i, needed = 99;
	size_t capacity = nr + test_rng_below(rng, 2);
	struct vprim_iova_windows w;
	struct cells c;
	int kind = (int)test_rng_below(rng, 3), ret, expect = 0;

	must(!vprim_iova_windows_init(&w, storage, capacity));
	must(!vprim_iova_windows_set(&w, list, nr, NULL));
	cells_of(&c, base, list, nr);
	if (kind == 2) {
		memcpy(want, list, sizeof(list));
		n = type1_resize(want, nr, &cut);
		ret = vprim_iova_windows_clip(&w, &cut,
					      VPRIM_IOVA_WINDOWS_TYPE1_EDGES,
					      NULL);
	} else {
		int old[SPACE];

		memcpy(old, c.at, sizeof(old));
		/* Parts above the cut become windows of their own. */
		for (i = 0; i < SPACE; i++) {
			bool in = vprim_range_has(&cut, base + i);

			if (in == (kind == 0))
				c.at[i] = OUT;
			else if (kind == 0 && base + i > cut.last && c.at[i] != OUT)
				c.at[i] += 1000;
		}
		n = list_of(&c, want);
		ret = kind ? vprim_iova_windows_clip(&w, &cut, 0, NULL) :
			     vprim_iova_windows_exclude(&w, &cut, &needed, NULL);
		if (kind == 0 && n > capacity)
			expect = -EMSGSIZE;
	}
	if (!n)
		expect = -EINVAL;
	must(ret == expect);
	must((ret == -EMSGSIZE ? n : 99) == needed);
	if (ret)
		must(same(storage, w.count, list, nr));
	else
		must(same(storage, w.count, want, n));
	must(w.count <= w.capacity);
	must(!vprim_iova_windows_check(w.ranges, w.count, NULL));
}

/* The same result for exact room, a refusal for less, the count for none. */
typedef int (*combine_fn)(const struct vprim_range *a, size_t nr_a,
			  const struct vprim_range *b, size_t nr_b,
			  struct vprim_range *list, size_t capacity,
			  size_t *count, struct vprim_reason *reason);

static void combined_agrees(combine_fn fn, const struct vprim_range *a,
			    size_t nr_a, const struct vprim_range *b,
			    size_t nr_b, const struct vprim_range *want, size_t n)
{
	struct vprim_range out[2 * SPACE];
	size_t count = 99;

	memset(out, 0xa5, sizeof(out));
	if (!n) {
		must(fn(a, nr_a, b, nr_b, out, 2 * SPACE, &count, NULL) ==
		     -EINVAL);
		must(count == 99);
		return;
	}
	must(fn(a, nr_a, b, nr_b, out, n - 1, &count, NULL) == -EMSGSIZE);
	must(count == n && out[0].start == UINT64_C(0xa5a5a5a5a5a5a5a5));
	must(fn(a, nr_a, b, nr_b, NULL, 0, &count, NULL) == -EMSGSIZE);
	must(!fn(a, nr_a, b, nr_b, out, n, &count, NULL));
	must(same(out, count, want, n));
}

static void two_lists_agree(struct test_rng *rng, uint64_t base)
{
	struct vprim_range a[SPACE], b[SPACE], want[SPACE];
	size_t nr_a = random_list(rng, base, a);
	size_t nr_b = random_list(rng, base, b), i, cut = 0;
	struct cells ca, cb, c;

	cells_of(&ca, base, a, nr_a);
	cells_of(&cb, base, b, nr_b);
	c.base = base;
	for (i = 0; i < SPACE; i++)
		c.at[i] = ca.at[i] == OUT || cb.at[i] == OUT ?
				  OUT : ca.at[i] * 1000 + cb.at[i];
	combined_agrees(vprim_iova_windows_intersect, a, nr_a, b, nr_b, want,
			list_of(&c, want));
	for (i = 0; i < SPACE; i++) {
		cut += cb.at[i] != OUT;
		c.at[i] = ca.at[i] == OUT || cb.at[i] != OUT ?
				  OUT : ca.at[i] * 1000 + (int)cut;
	}
	combined_agrees(vprim_iova_windows_subtract, a, nr_a, b, nr_b, want,
			list_of(&c, want));
}

static void built_agrees(struct test_rng *rng, uint64_t base)
{
	struct vprim_iova_windows_reserved reserved[6];
	struct vprim_range aperture = random_range(rng, base, SPACE);
	struct vprim_range want[SPACE], out[SPACE];
	size_t nr = test_rng_below(rng, 7), i, k, n, count = 99;
	uint32_t flags = test_rng_below(rng, 2) ?
				 VPRIM_IOVA_WINDOWS_STRICT_DIRECT : 0;
	struct cells c;
	int ret;

	cells_of(&c, base, &aperture, 1);
	for (k = 0; k < nr; k++) {
		reserved[k].range = random_range(rng, base, 12);
		reserved[k].type = (enum vprim_iova_windows_type)
			test_rng_below(rng, 5);
		if (reserved[k].type == VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE &&
		    !flags)
			continue;
		for (i = 0; i < SPACE; i++)
			if (vprim_range_has(&reserved[k].range, base + i))
				c.at[i] = OUT;
	}
	n = list_of(&c, want);
	ret = vprim_iova_windows_build(&aperture, reserved, nr, flags, out, SPACE,
				       &count, NULL);
	must(ret == (n ? 0 : -EINVAL));
	must(ret ? count == 99 : same(out, count, want, n));
	if (!n)
		return;
	must(vprim_iova_windows_build(&aperture, reserved, nr, flags, NULL, 0,
				      &count, NULL) == -EMSGSIZE);
	must(count == n);
}

static void questions_agree(struct test_rng *rng, uint64_t base)
{
	struct vprim_range list[SPACE], want[SPACE], out[SPACE];
	struct vprim_range r = random_range(rng, base, 20), hit = { 7, 7 };
	size_t nr = random_list(rng, base, list), i, n = 0, count;
	uint64_t align = UINT64_C(1) << test_rng_below(rng, 4);
	struct vprim_reason why = { .rule = NULL };
	struct cells c;
	uint64_t at = r.start;
	int window, ret;

	cells_of(&c, base, list, nr);
	/* Mappable: the first address that is not where the first one is. */
	window = c.at[at - base];
	while (window != OUT && at < r.last && c.at[at + 1 - base] == window)
		at++;
	ret = vprim_iova_windows_mappable(list, nr, &r, &hit, &why);
	must(ret == (window != OUT && at == r.last ? 0 : -ERANGE));
	if (!ret) {
		must(same(&hit, 1, &list[window], 1));
		must(vprim_reason_id(&why) == VPRIM_REASON_NONE);
	} else {
		at += window != OUT;
		must(hit.start == 7 && vprim_range_has(&why.hit, at));
		must((vprim_reason_id(&why) == VPRIM_IOVA_WINDOWS_RULE_SEAM) ==
		     (c.at[at - base] != OUT));
		if (c.at[at - base] != OUT) {
			must(same(&why.hit, 1, &list[c.at[at - base]], 1));
		} else {
			must(!why.hit.start ||
			     why.hit.start - 1 < base ||
			     c.at[why.hit.start - 1 - base] != OUT);
			must(why.hit.last == M ||
			     why.hit.last + 1 - base >= SPACE ||
			     c.at[why.hit.last + 1 - base] != OUT);
		}
	}
	/* Split: whole units that are mappable, joined along one window. */
	for (i = 0; i < nr; i++) {
		struct vprim_range part;

		if (!vprim_range_intersect(&list[i], &r, &part) &&
		    !vprim_range_align_in(&part, align, &part))
			want[n++] = part;
	}
	must(!vprim_iova_windows_split(&r, list, nr, align, out, SPACE, &count,
				       NULL));
	must(same(out, count, want, n));
	if (n)
		must(vprim_iova_windows_split(&r, list, nr, align, NULL, 0,
					      &count, NULL) == -EMSGSIZE);
	must(count == n);
}

START_TEST(lists_agree_with_the_cells)
{
	struct test_rng rng = test_rng_seed(0x1157 + (uint64_t)_i);
	uint64_t steps = test_steps(400000), i;	/* for each of 3 places */

	for (i = 0; i < steps; i += 5) {
		in_place_agrees(&rng, bases[_i]);
		in_place_agrees(&rng, bases[_i]);
		two_lists_agree(&rng, bases[_i]);
		built_agrees(&rng, bases[_i]);
		questions_agree(&rng, bases[_i]);
	}
}
END_TEST

/* Every range of a space of six against every cut, at both ends of 64 bits. */
START_TEST(every_small_exclusion_agrees)
{
	uint64_t base = _i ? M - 5 : 0, a, b, s, l, x, i;

	for (a = 0; a < 6; a++)
	for (b = a; b < 6; b++)
	for (s = 0; s < 6; s++)
	for (l = s; l < 6; l++) {
		struct vprim_range storage[3], cut = range(base + s, base + l);
		struct vprim_range first = range(base + a, base + b);
		struct vprim_iova_windows w;
		bool left = a < s || b > l;
		int ret;

		must(!vprim_iova_windows_init(&w, storage, 3));
		must(!vprim_iova_windows_set(&w, &first, 1, NULL));
		ret = vprim_iova_windows_exclude(&w, &cut, NULL, NULL);
		must(ret == (left ? 0 : -EINVAL));
		for (x = 0; x < 6; x++) {
			bool in = false;

			for (i = 0; i < w.count; i++)
				in |= vprim_range_has(&w.ranges[i], base + x);
			must(in == (x >= a && x <= b &&
				    (ret || x < s || x > l)));
		}
	}
}
END_TEST

START_TEST(an_empty_list_restricts_nothing)
{
	struct vprim_range storage[2], out[3], all = range(0, M), hit;
	struct vprim_range mid = range(10, 20), low = range(0, 9);
	struct vprim_iova_windows w;
	size_t count = 99;

	ck_assert_int_eq(vprim_iova_windows_init(&w, storage, 2), 0);
	ck_assert_int_eq(vprim_iova_windows_mappable(NULL, 0, &all, &hit, NULL), 0);
	ck_assert(same(&hit, 1, &all, 1));
	ck_assert_int_eq(vprim_iova_windows_split(&mid, NULL, 0, 4, out, 3, &count,
						  NULL), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(out[0].start, 12);
	ck_assert_uint_eq(out[0].last, 19);
	ck_assert_int_eq(vprim_iova_windows_intersect(NULL, 0, NULL, 0, NULL, 0,
						      &count, NULL), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(vprim_iova_windows_intersect(NULL, 0, &mid, 1, out, 3,
						      &count, NULL), 0);
	ck_assert(same(out, count, &mid, 1));
	ck_assert_int_eq(vprim_iova_windows_intersect(&mid, 1, NULL, 0, out, 3,
						      &count, NULL), 0);
	ck_assert(same(out, count, &mid, 1));
	ck_assert_int_eq(vprim_iova_windows_subtract(NULL, 0, &low, 1, out, 3,
						     &count, NULL), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(out[0].start, 10);
	ck_assert_uint_eq(out[0].last, M);
	ck_assert_int_eq(vprim_iova_windows_subtract(NULL, 0, &all, 1, out, 3,
						     &count, NULL), -EINVAL);
	/* In place: the aperture becomes the list, a cut leaves two windows. */
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &mid, NULL, NULL), 0);
	ck_assert_uint_eq(w.count, 2);
	ck_assert_uint_eq(w.ranges[0].last, 9);
	ck_assert_uint_eq(w.ranges[1].start, 21);
	ck_assert_uint_eq(w.ranges[1].last, M);
	ck_assert_int_eq(vprim_iova_windows_set(&w, NULL, 0, NULL), 0);
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &all, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_clip(&w, &mid, 0, NULL), 0);
	ck_assert(same(w.ranges, w.count, &mid, 1));
	ck_assert_int_eq(vprim_iova_windows_init(&w, NULL, 0), 0);
	ck_assert_int_eq(vprim_iova_windows_clip(&w, &mid, 0, NULL), -EMSGSIZE);
	count = 99;
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &mid, &count, NULL),
			 -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(sorting_agrees_with_insertion)
{
	struct test_rng rng = test_rng_seed(0x5047);
	struct vprim_range list[40], want[40];
	uint64_t steps = test_steps(20000), i;
	size_t n, k, at;

	for (i = 0; i < steps; i++) {
		n = test_rng_below(&rng, 40);
		for (k = 0; k < n; k++) {
			struct vprim_range r = range(test_rng_below(&rng, 9),
						     test_rng_below(&rng, 9));

			list[k] = r;
			for (at = k; at && (want[at - 1].start > r.start ||
					    (want[at - 1].start == r.start &&
					     want[at - 1].last > r.last)); at--)
				want[at] = want[at - 1];
			want[at] = r;
		}
		vprim_iova_windows_sort(list, n);
		must(same(list, n, want, n));
	}
	vprim_iova_windows_sort(NULL, 0);
}
END_TEST

START_TEST(a_list_moves_to_a_larger_array)
{
	struct vprim_range small[1], large[2], r = range(0, 9), cut = range(4, 5);
	struct vprim_iova_windows w;
	size_t needed = 0;

	ck_assert_int_eq(vprim_iova_windows_init(&w, small, 1), 0);
	ck_assert_int_eq(vprim_iova_windows_set(&w, &r, 1, NULL), 0);
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &cut, &needed, NULL),
			 -EMSGSIZE);
	ck_assert_int_eq(vprim_iova_windows_move(&w, large, 0), -EMSGSIZE);
	ck_assert_int_eq(vprim_iova_windows_move(&w, NULL, 2), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_move(NULL, large, 2), -EINVAL);
	ck_assert_ptr_eq(w.ranges, small);
	ck_assert_int_eq(vprim_iova_windows_move(&w, large, needed), 0);
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &cut, NULL, NULL), 0);
	ck_assert_uint_eq(w.count, 2);
	ck_assert_int_eq(vprim_iova_windows_set(&w, NULL, 0, NULL), 0);
	ck_assert_int_eq(vprim_iova_windows_move(&w, NULL, 0), 0);
}
END_TEST

/* -- allocation ------------------------------------------------------------- */

/* A blocked set that is a plain array of bools. */
struct bools {
	uint64_t base;
	bool used[SPACE];
};

static int bools_hole(void *set, const struct vprim_range *within,
		      uint64_t last_offset, enum vprim_iova_windows_dir dir,
		      struct vprim_range *hole)
{
	const struct bools *b = set;
	struct vprim_range best = { 0, 0 };
	uint64_t at, run = 0;
	bool found = false;

	for (at = within->start; at - b->base < SPACE; at++) {
		run = b->used[at - b->base] ? 0 : run + 1;
		if (run > last_offset) {
			found = true;
			best = range(at - run + 1, at);
		}
		if (at == within->last)
			break;
		if (found && run == 0 && dir == VPRIM_IOVA_WINDOWS_UP)
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
	struct vprim_iova_windows_blocked blocked[3];
	struct vprim_iova_windows_space space;
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
	p->space.allowed = p->list;
	p->space.nr_allowed = test_rng_below(rng, 4) ? nr : 0;
	if (p->space.nr_allowed)
		cells_of(&p->cells, base, p->list, nr);
	else
		cells_of(&p->cells, base, &whole, 1);
	for (t = 0; t < 2; t++) {
		must(!vprim_interval_tree_init(&p->tree[t], sizeof(p->tree[t])));
		p->blocked[t] = vprim_iova_windows_block_tree(&p->tree[t]);
	}
	p->bools.base = base;
	p->blocked[2].hole = bools_hole;
	p->blocked[2].set = &p->bools;
	p->space.blocked = p->blocked;
	p->space.nr_blocked = test_rng_below(rng, 4);
	for (t = 0; t < 2 && t < p->space.nr_blocked; t++)
		for (i = test_rng_below(rng, NODES + 1); i--;) {
			r = random_range(rng, base, 10);
			p->node[t][i].range = r;
			must(!vprim_interval_tree_insert(&p->tree[t],
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

static void alloc_agrees(const struct place *p, struct test_rng *rng)
{
	struct vprim_iova_windows_request r;
	struct vprim_range within = random_range(rng, p->cells.base, SPACE);
	uint64_t got = 7, want = 7, i, at;
	int ret = -ENOSPC;

	must(!vprim_iova_windows_request(&r, 1 + test_rng_below(rng, 12)));
	r.align_bytes = UINT64_C(1) << test_rng_below(rng, 5);
	r.offset_bytes = test_rng_below(rng, r.align_bytes);
	r.dir = test_rng_below(rng, 2) ? VPRIM_IOVA_WINDOWS_UP :
					 VPRIM_IOVA_WINDOWS_DOWN;
	r.min = within.start;
	r.max = within.last;
	for (i = 0; i < SPACE && ret; i++) {
		at = p->cells.base + (r.dir == VPRIM_IOVA_WINDOWS_UP ?
					      i : SPACE - 1 - i);
		if ((at & (r.align_bytes - 1)) == r.offset_bytes &&
		    free_at(p, at, r.last_offset, &within)) {
			want = at;
			ret = 0;
		}
	}
	must(vprim_iova_windows_alloc(&p->space, &r, &got, NULL) == ret);
	must(got == want);
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
	bool found = false;

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
	got = range(7, 7);
	must(vprim_iova_windows_hole(&p->space, &within, offset,
				     VPRIM_IOVA_WINDOWS_UP, &got) ==
	     (found ? 0 : -ENOENT));
	must(same(&got, 1, &want[0], 1));
	got = range(7, 7);
	must(vprim_iova_windows_hole(&p->space, &within, offset,
				     VPRIM_IOVA_WINDOWS_DOWN, &got) ==
	     (found ? 0 : -ENOENT));
	must(same(&got, 1, &want[1], 1));
}

static uint64_t pow2_from(uint64_t v)
{
	uint64_t p = 1;

	while (p < v)
		p *= 2;
	return p;
}

/* Where iommufd puts it between two addresses, by its formula; false: nowhere. */
static bool iommufd_place(const struct vprim_range *r, uint64_t align,
			  const struct vprim_iova_windows_iommufd *request,
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
			 const struct vprim_iova_windows_iommufd *r,
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
	for (i = 0; i < p->space.nr_allowed; i = k) {
		span = p->list[i];
		for (k = i + 1; k < p->space.nr_allowed &&
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
	struct vprim_iova_windows_iommufd r = {
		.addr = test_rng_below(rng, 4) ? test_rng_below(rng, 256) : 0,
		.length_bytes = 1 + test_rng_below(rng, 12),
		.iova_alignment = UINT64_C(1) << test_rng_below(rng, 3),
		.page_bytes = UINT64_C(1) << test_rng_below(rng, 4),
	};
	uint64_t align, at = 7, got = 7;
	int ret;

	r.huge_bytes = r.page_bytes << test_rng_below(rng, 3);
	/* Keep the model's holes inside its cells. */
	if (!p->space.nr_allowed)
		return;
	align = pow2_from(r.length_bytes);
	while (r.addr && r.addr % align)
		align /= 2;
	align = align < r.huge_bytes ? align : r.huge_bytes;
	ret = align < r.iova_alignment ? -EINVAL :
					 iommufd_model(p, align, &r, &at);
	must(vprim_iova_windows_alloc_iommufd(&p->space, &r, &got, NULL) == ret);
	must(got == (ret ? 7 : at));
}

static void frames_agree(const struct place *p, struct test_rng *rng)
{
	struct vprim_range within = random_range(rng, p->cells.base, SPACE);
	struct vprim_iova_windows_frames r = {
		.size = 1 + test_rng_below(rng, 12),
		.start_pfn = within.start, .limit_pfn = within.last,
		.flags = (uint32_t)test_rng_below(rng, 4),
	};
	uint64_t size, align = 1, i, at, got = 7, want = 7;
	int ret = -ENOMEM, tries;

	if (test_rng_below(rng, 2))
		r.first_limit_pfn = random_range(rng, p->cells.base, SPACE).last;
	size = r.flags & VPRIM_IOVA_WINDOWS_ROUND_SMALL ? pow2_from(r.size) :
							  r.size;
	if (r.flags & VPRIM_IOVA_WINDOWS_SIZE_ALIGNED)
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
	must(vprim_iova_windows_alloc_frames(&p->space, &r, &got, NULL) == ret);
	must(got == want);
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
			alloc_agrees(&p, &rng);
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
		struct vprim_iova_windows_request r;
		uint64_t x = 7, y = 7;
		int ret;

		make_place(&low, &a, 4096);
		make_place(&high, &b, M - SPACE + 1);
		must(!vprim_iova_windows_request(&r, 1 + test_rng_below(&a, 9)));
		r.align_bytes = UINT64_C(1) << test_rng_below(&a, 4);
		r.dir = i & 1 ? VPRIM_IOVA_WINDOWS_UP : VPRIM_IOVA_WINDOWS_DOWN;
		r.min = 4096;
		r.max = 4096 + SPACE - 1;
		ret = vprim_iova_windows_alloc(&low.space, &r, &x, NULL);
		r.min = M - SPACE + 1;
		r.max = M;
		must(vprim_iova_windows_alloc(&high.space, &r, &y, NULL) == ret);
		must(ret || x - 4096 == y - (M - SPACE + 1));
	}
}
END_TEST

static int liar_hole(void *set, const struct vprim_range *within,
		     uint64_t last_offset, enum vprim_iova_windows_dir dir,
		     struct vprim_range *hole)
{
	const int *ret = set;

	(void)dir;
	switch (*ret) {
	case 0:
		*hole = range(within->start, within->last + 1);
		return 0;
	case 1:
		*hole = range(within->last, within->start);
		return 0;
	case 2:
		*hole = range(within->last, within->last);
		return last_offset ? 0 : -EINVAL;
	default:
		return *ret;
	}
}

START_TEST(a_callback_cannot_lead_the_search_astray)
{
	int ret = 0;
	struct vprim_iova_windows_blocked blocked = { liar_hole, &ret };
	struct vprim_iova_windows_space space = { NULL, 0, &blocked, 1 };
	struct vprim_iova_windows_request r;
	struct vprim_iova_windows_iommufd d = { 0, 4096, 1, 4096, 4096 };
	struct vprim_iova_windows_frames f = { .size = 2, .limit_pfn = 9 };
	struct vprim_range within = range(10, 20), hole = range(7, 8);
	uint64_t start = 7;

	ck_assert_int_eq(vprim_iova_windows_request(&r, 2), 0);
	for (ret = -EIO; ret <= 2; ret++) {
		int want = ret == -EIO ? -EIO : -EINVAL;

		if (ret == -EIO + 1)
			ret = 0;
		ck_assert_int_eq(vprim_iova_windows_hole(&space, &within, 1,
							 VPRIM_IOVA_WINDOWS_UP,
							 &hole), want);
		r.max = 20;
		ck_assert_int_eq(vprim_iova_windows_alloc(&space, &r, &start,
							  NULL), want);
		ck_assert_int_eq(vprim_iova_windows_alloc_iommufd(&space, &d,
								  &start, NULL),
				 want);
		ck_assert_int_eq(vprim_iova_windows_alloc_frames(&space, &f,
								 &start, NULL),
				 want);
	}
	ck_assert_uint_eq(start, 7);
	ck_assert_uint_eq(hole.start, 7);
	/* A set without a tree blocks nothing. */
	blocked = vprim_iova_windows_block_tree(NULL);
	ck_assert_int_eq(vprim_iova_windows_alloc(&space, &r, &start, NULL), 0);
	ck_assert_uint_eq(start, 0);
	ck_assert_int_eq(blocked.hole(NULL, &within, 11, VPRIM_IOVA_WINDOWS_UP,
				      &hole), -ENOENT);
}
END_TEST

/* -- refusals --------------------------------------------------------------- */

#define REFUSED(call, ret, why_)					\
	do {								\
		memset(&why, 0, sizeof(why));				\
		ck_assert_int_eq(call, ret);				\
		ck_assert_str_eq(vprim_reason_word(&why), why_);	\
	} while (0)

START_TEST(a_success_takes_an_old_reason_away)
{
	static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };
	const struct vprim_range one = range(1, 5);
	struct vprim_reason why = { .rule = &stale };

	ck_assert_int_eq(vprim_iova_windows_check(&one, 1, &why), 0);
	ck_assert_ptr_null(why.rule);
	why.rule = &stale;
	ck_assert_int_eq(vprim_iova_windows_mappable(&one, 1, &one, NULL, &why), 0);
	ck_assert_ptr_null(why.rule);
	why.rule = &stale;
	ck_assert_int_eq(vprim_iova_windows_fits(&one, 64, &why), 0);
	ck_assert_ptr_null(why.rule);
}
END_TEST

START_TEST(bad_lists_are_refused_with_a_reason)
{
	struct vprim_range good = range(1, 5), bad = range(2, 1), out[4], s[1];
	struct vprim_range crossed[2] = { { 1, 5 }, { 5, 6 } };
	struct vprim_iova_windows_reserved res = { { 2, 1 }, 0 };
	struct vprim_iova_windows w;
	struct vprim_reason why;
	size_t n = 99;

	REFUSED(vprim_iova_windows_check(NULL, 1, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_check(&bad, 1, &why), -EINVAL, "inverted");
	REFUSED(vprim_iova_windows_check(crossed, 2, &why), -EINVAL, "order");
	ck_assert_uint_eq(why.range.start, 5);
	ck_assert_uint_eq(why.hit.start, 1);
	REFUSED(vprim_iova_windows_build(NULL, NULL, 0, 0, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_build(&good, NULL, 1, 0, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_build(&good, NULL, 0, 0, NULL, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_build(&good, NULL, 0, 0, out, 4, NULL, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_build(&good, NULL, 0, 2, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_build(&bad, NULL, 0, 0, out, 4, &n, &why),
		-EINVAL, "inverted");
	REFUSED(vprim_iova_windows_build(&good, &res, 1, 0, out, 4, &n, &why),
		-EINVAL, "inverted");
	REFUSED(vprim_iova_windows_intersect(NULL, 1, &good, 1, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_intersect(&good, 1, &good, 1, NULL, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_intersect(&good, 1, &good, 1, out, 4, NULL,
					     &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_intersect(&good, 1, crossed, 2, out, 4, &n,
					     &why), -EINVAL, "order");
	REFUSED(vprim_iova_windows_subtract(crossed, 2, &good, 1, out, 4, &n,
					    &why), -EINVAL, "order");
	REFUSED(vprim_iova_windows_subtract(&good, 1, &good, 1, out, 4, &n, &why),
		-EINVAL, "empty");
	REFUSED(vprim_iova_windows_split(NULL, &good, 1, 1, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_split(&good, NULL, 1, 1, out, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_split(&good, &good, 1, 1, NULL, 4, &n, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_split(&good, &good, 1, 1, out, 4, NULL, &why),
		-EINVAL, "argument");
	REFUSED(vprim_iova_windows_split(&bad, &good, 1, 1, out, 4, &n, &why),
		-EINVAL, "inverted");
	REFUSED(vprim_iova_windows_split(&good, &good, 1, 0, out, 4, &n, &why),
		-EINVAL, "align");
	ck_assert_uint_eq(n, 99);
	REFUSED(vprim_iova_windows_mappable(NULL, 1, &good, NULL, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_mappable(&good, 1, NULL, NULL, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_mappable(&good, 1, &bad, NULL, &why), -EINVAL,
		"inverted");
	ck_assert_int_eq(vprim_iova_windows_mappable(&good, 1, &good, NULL, NULL),
			 0);
	REFUSED(vprim_iova_windows_fits(&bad, 1, &why), -EINVAL, "inverted");
	REFUSED(vprim_iova_windows_fits(&good, 65, &why), -EINVAL, "bits");
	REFUSED(vprim_iova_windows_fits(&good, 2, &why), -ERANGE, "width");
	ck_assert_uint_eq(why.value, 3);
	ck_assert_uint_eq(why.range.last, 5);
	ck_assert_int_eq(vprim_iova_windows_fits(&good, 2, NULL), -ERANGE);
	ck_assert_int_eq(vprim_iova_windows_width(0, out), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_width(65, out), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_width(1, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_init(NULL, s, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_init(&w, NULL, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_init(&w, s, 1), 0);
	REFUSED(vprim_iova_windows_set(NULL, &good, 1, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_set(&w, crossed, 2, &why), -EINVAL, "order");
	crossed[1].start = 6;
	REFUSED(vprim_iova_windows_set(&w, crossed, 2, &why), -EMSGSIZE, "room");
	ck_assert_uint_eq(why.value, 2);
	ck_assert_uint_eq(w.count, 0);
	REFUSED(vprim_iova_windows_exclude(NULL, &good, NULL, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_exclude(&w, NULL, NULL, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_exclude(&w, &bad, NULL, &why), -EINVAL,
		"inverted");
	REFUSED(vprim_iova_windows_exclude(&w, &good, NULL, &why), -EMSGSIZE,
		"room");
	REFUSED(vprim_iova_windows_clip(NULL, &good, 0, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_clip(&w, NULL, 0, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_clip(&w, &good, 1, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_clip(&w, &bad, 0, &why), -EINVAL, "inverted");
}
END_TEST

START_TEST(bad_requests_are_refused_with_a_reason)
{
	struct vprim_iova_windows_space space = { NULL, 0, NULL, 0 };
	struct vprim_iova_windows_space no_list = { NULL, 1, NULL, 0 };
	struct vprim_iova_windows_space no_sets = { NULL, 0, NULL, 1 };
	struct vprim_iova_windows_request r, q;
	struct vprim_iova_windows_iommufd d = { 0x10000, 4096, 1, 4096, 4096 }, e;
	struct vprim_iova_windows_frames f = { .size = 1, .limit_pfn = 9 }, g;
	struct vprim_range within = range(0, 9), bad = range(2, 1), hole;
	struct vprim_reason why;
	uint64_t x = 7;

	hole = range(7, 8);
	ck_assert_int_eq(vprim_iova_windows_request(NULL, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_request(&r, 0), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_request(&r, 1), 0);
	ck_assert_int_eq(vprim_iova_windows_hole(NULL, &within, 0, 0, &hole),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&no_list, &within, 0, 0, &hole),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&no_sets, &within, 0, 0, &hole),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&space, NULL, 0, 0, &hole),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&space, &bad, 0, 0, &hole),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&space, &within, 0, 0, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_hole(&space, &within, 0, 2, &hole),
			 -EINVAL);
	ck_assert_uint_eq(hole.start, 7);
	REFUSED(vprim_iova_windows_alloc(NULL, &r, &x, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_alloc(&no_list, &r, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc(&space, NULL, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc(&space, &r, NULL, &why), -EINVAL,
		"argument");
	q = r;
	q.dir = 2;
	REFUSED(vprim_iova_windows_alloc(&space, &q, &x, &why), -EINVAL,
		"argument");
	q = r;
	q.last_offset = M;
	q.max = M - 1;
	REFUSED(vprim_iova_windows_alloc(&space, &q, &x, &why), -ENOSPC, "space");
	ck_assert(!why.has_value && !why.has_range);
	REFUSED(vprim_iova_windows_alloc_iommufd(NULL, &d, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, NULL, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &d, NULL, &why), -EINVAL,
		"argument");
	e = d;
	e.length_bytes = 0;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -EOVERFLOW,
		"length");
	e.length_bytes = M / 2;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -EOVERFLOW,
		"length");
	e = d;
	e.iova_alignment = 0;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -EINVAL,
		"align");
	e = d;
	e.huge_bytes = 3;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -EINVAL,
		"align");
	e = d;
	e.page_bytes = UINT64_C(1) << 63;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -EINVAL,
		"align");
	/* The largest page leaves a window; nothing aligned to 2^63 is in it. */
	e.page_bytes = UINT64_C(1) << 62;
	e.addr = 0;
	ck_assert_int_eq(vprim_iova_windows_alloc_iommufd(&space, &e, &x, NULL), 0);
	ck_assert_uint_eq(x, UINT64_C(1) << 62);
	e.huge_bytes = UINT64_C(1) << 63;
	e.length_bytes = (UINT64_C(1) << 62) + 1;
	x = 7;
	REFUSED(vprim_iova_windows_alloc_iommufd(&space, &e, &x, &why), -ENOSPC,
		"space");
	REFUSED(vprim_iova_windows_alloc_frames(NULL, &f, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc_frames(&space, NULL, &x, &why), -EINVAL,
		"argument");
	REFUSED(vprim_iova_windows_alloc_frames(&space, &f, NULL, &why), -EINVAL,
		"argument");
	g = f;
	g.flags = 4;
	REFUSED(vprim_iova_windows_alloc_frames(&space, &g, &x, &why), -EINVAL,
		"argument");
	g = f;
	g.start_pfn = 10;
	REFUSED(vprim_iova_windows_alloc_frames(&space, &g, &x, &why), -EINVAL,
		"bounds");
	ck_assert_uint_eq(x, 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova_windows");
	TCase *tc = tcase_create("iova_windows");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, lists_agree_with_the_cells, 0, 3);
	tcase_add_loop_test(tc, every_small_exclusion_agrees, 0, 2);
	tcase_add_test(tc, an_empty_list_restricts_nothing);
	tcase_add_test(tc, sorting_agrees_with_insertion);
	tcase_add_test(tc, a_list_moves_to_a_larger_array);
	tcase_add_loop_test(tc, blocks_go_where_trying_every_address_puts_them, 0, 3);
	tcase_add_test(tc, placing_is_the_same_everywhere);
	tcase_add_test(tc, a_callback_cannot_lead_the_search_astray);
	tcase_add_test(tc, a_success_takes_an_old_reason_away);
	tcase_add_test(tc, bad_lists_are_refused_with_a_reason);
	tcase_add_test(tc, bad_requests_are_refused_with_a_reason);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
