// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_windows.h against the plain model of cells.h.
 */
#include "cells.h"
#include "world_iova_windows.h"

/* One range as a list. */
#define LIST(r) ((struct vprim_ranges){ &(r), 1 })

/* -- lists ------------------------------------------------------------------ */

/* The same result for exact room, a refusal for less, the count for none. */
typedef int (*combine_fn)(struct vprim_ranges a, struct vprim_ranges b,
			  struct vprim_range_buf *windows,
			  struct vprim_reason *reason);

static void combined_agrees(combine_fn fn, struct vprim_ranges a,
			    struct vprim_ranges b, const struct vprim_range *want,
			    size_t n)
{
	struct vprim_range room[2 * SPACE];
	struct vprim_range_buf out = { room, 2 * SPACE, 99 };

	memset(room, 0xa5, sizeof(room));
	if (!n) {
		require(fn(a, b, &out, NULL) == -EINVAL);
		require(out.count == 99);
		return;
	}
	out.capacity = n - 1;
	require(fn(a, b, &out, NULL) == -EMSGSIZE);
	require(out.count == n && room[0].start == UINT64_C(0xa5a5a5a5a5a5a5a5));
	out = (struct vprim_range_buf){ NULL, 0, 99 };
	require(fn(a, b, &out, NULL) == -EMSGSIZE && out.count == n);
	out = (struct vprim_range_buf){ room, n, 99 };
	require(!fn(a, b, &out, NULL));
	require(same(room, out.count, want, n));
}

static void two_lists_agree(struct test_rng *rng, uint64_t base)
{
	struct vprim_range a[SPACE], b[SPACE], want[SPACE];
	size_t nr_a = random_list(rng, base, a);
	size_t nr_b = random_list(rng, base, b), i, cut = 0;
	const struct vprim_ranges la = { a, nr_a }, lb = { b, nr_b };
	struct cells ca, cb, c;

	cells_of(&ca, base, a, nr_a);
	cells_of(&cb, base, b, nr_b);
	c.base = base;
	for (i = 0; i < SPACE; i++)
		c.at[i] = ca.at[i] == OUT || cb.at[i] == OUT ?
				  OUT : ca.at[i] * 1000 + cb.at[i];
	combined_agrees(vprim_iova_windows_intersect, la, lb, want,
			list_of(&c, want));
	for (i = 0; i < SPACE; i++) {
		cut += cb.at[i] != OUT;
		c.at[i] = ca.at[i] == OUT || cb.at[i] != OUT ?
				  OUT : ca.at[i] * 1000 + (int)cut;
	}
	combined_agrees(vprim_iova_windows_subtract, la, lb, want,
			list_of(&c, want));
}

static void built_agrees(struct test_rng *rng, uint64_t base)
{
	struct vprim_iova_windows_reserved reserved[6];
	struct vprim_range aperture = random_range(rng, base, SPACE);
	struct vprim_range want[SPACE], out[SPACE];
	struct vprim_range_buf built = { out, SPACE, 99 };
	size_t nr = (size_t)test_rng_below(rng, 7), i, k, n;
	uint32_t flags = test_rng_below(rng, 2) ?
				 VPRIM_IOVA_WINDOWS_STRICT_DIRECT : 0;
	const struct vprim_iova_windows_iommu iommu = { aperture, reserved, nr, flags };
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
	ret = vprim_iova_windows_build(&iommu, &built, NULL);
	require(ret == (n ? 0 : -EINVAL));
	require(ret ? built.count == 99 : same(out, built.count, want, n));
	/* Room for the reserved ranges and one more is all it ever needs. */
	built.capacity = nr;
	require(vprim_iova_windows_build(&iommu, &built, NULL) == -EMSGSIZE);
	require(built.count == nr + 1);
	built.capacity = nr + 1;
	require(vprim_iova_windows_build(&iommu, &built, NULL) == ret);
	require(ret || same(out, built.count, want, n));
}

static void questions_agree(struct test_rng *rng, uint64_t base)
{
	struct vprim_range list[SPACE], want[SPACE], out[SPACE];
	struct vprim_range r = random_range(rng, base, 20), hit = { 7, 7 };
	size_t nr = random_list(rng, base, list), i, n = 0;
	const struct vprim_ranges windows = { list, nr };
	struct vprim_range_buf pieces = { out, SPACE, 99 };
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
	ret = vprim_iova_windows_mappable(windows, &r, &hit, &why);
	require(ret == (window != OUT && at == r.last ? 0 : -ERANGE));
	if (!ret) {
		require(same(&hit, 1, &list[window], 1));
		require(!why.rule);
	} else {
		at += window != OUT;
		require(hit.start == 7 && vprim_range_has(&why.hit, at));
		require((vprim_reason_id(&why) == VPRIM_IOVA_WINDOWS_RULE_SEAM) ==
			(c.at[at - base] != OUT));
		if (c.at[at - base] != OUT) {
			require(same(&why.hit, 1, &list[c.at[at - base]], 1));
		} else {
			require(!why.hit.start ||
				why.hit.start - 1 < base ||
				c.at[why.hit.start - 1 - base] != OUT);
			require(why.hit.last == M ||
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
	require(!vprim_iova_windows_split(&r, windows, align, &pieces, NULL));
	require(same(out, pieces.count, want, n));
	pieces = (struct vprim_range_buf){ NULL, 0, 99 };
	require(vprim_iova_windows_split(&r, windows, align, &pieces, NULL) ==
		(n ? -EMSGSIZE : 0));
	require(pieces.count == n);
}

START_TEST(lists_agree_with_the_cells)
{
	struct test_rng rng = test_rng_seed(0x1157 + (uint64_t)_i);
	uint64_t steps = test_steps(400000), i;	/* for each of 3 places */

	for (i = 0; i < steps; i += 3) {
		two_lists_agree(&rng, bases[_i]);
		built_agrees(&rng, bases[_i]);
		questions_agree(&rng, bases[_i]);
	}
}
END_TEST

/* All that changes one, in places of all kinds. */
START_TEST(a_list_agrees_with_its_model)
{
	struct test_rng rng = test_rng_seed(0x11573 + (uint64_t)_i);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(200000), i;
	static struct world w;

	world_begin(&w, (unsigned int)_i);
	for (i = 0; i < steps; i++) {
		world_step(&w, &c);
		questions(&w, pick(&c, CELLS / 2), CELLS / 2 + pick(&c, CELLS / 2));
		world_check(&w);
	}
	world_end(&w);
}
END_TEST

START_TEST(an_empty_list_restricts_nothing)
{
	struct vprim_range storage[2], room[3], all = range(0, M), hit;
	struct vprim_range mid = range(10, 20), low = range(0, 9);
	const struct vprim_ranges none = { NULL, 0 };
	struct vprim_range_buf w = { storage, 2, 0 }, out = { room, 3, 99 };
	size_t count = 99;

	ck_assert_int_eq(vprim_iova_windows_mappable(none, &all, &hit, NULL), 0);
	ck_assert(same(&hit, 1, &all, 1));
	ck_assert_int_eq(vprim_iova_windows_split(&mid, none, 4, &out, NULL), 0);
	ck_assert_uint_eq(out.count, 1);
	ck_assert_uint_eq(room[0].start, 12);
	ck_assert_uint_eq(room[0].last, 19);
	ck_assert_int_eq(vprim_iova_windows_intersect(none, none, &out, NULL), 0);
	ck_assert_uint_eq(out.count, 0);
	ck_assert_int_eq(vprim_iova_windows_intersect(none, LIST(mid), &out, NULL),
			 0);
	ck_assert(same(room, out.count, &mid, 1));
	ck_assert_int_eq(vprim_iova_windows_intersect(LIST(mid), none, &out, NULL),
			 0);
	ck_assert(same(room, out.count, &mid, 1));
	ck_assert_int_eq(vprim_iova_windows_subtract(none, LIST(low), &out, NULL),
			 0);
	ck_assert_uint_eq(out.count, 1);
	ck_assert_uint_eq(room[0].start, 10);
	ck_assert_uint_eq(room[0].last, M);
	ck_assert_int_eq(vprim_iova_windows_subtract(none, LIST(all), &out, NULL),
			 -EINVAL);
	/* In place: the aperture becomes the list, a cut leaves two windows. */
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &mid, NULL, NULL), 0);
	ck_assert_uint_eq(w.count, 2);
	ck_assert_uint_eq(w.range[0].last, 9);
	ck_assert_uint_eq(w.range[1].start, 21);
	ck_assert_uint_eq(w.range[1].last, M);
	ck_assert_int_eq(vprim_iova_windows_set(&w, none, NULL), 0);
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &all, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_clip(&w, &mid, 0, NULL), 0);
	ck_assert(same(w.range, w.count, &mid, 1));
	w = (struct vprim_range_buf){ NULL, 0, 0 };
	ck_assert_int_eq(vprim_iova_windows_clip(&w, &mid, 0, NULL), -EMSGSIZE);
	ck_assert_int_eq(vprim_iova_windows_exclude(&w, &mid, &count, NULL),
			 -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(w.count, 0);
}
END_TEST

START_TEST(sorting_agrees_with_insertion)
{
	struct test_rng rng = test_rng_seed(0x5047);
	struct vprim_range list[40], want[40];
	uint64_t steps = test_steps(20000), i;
	size_t n, k, at;

	for (i = 0; i < steps; i++) {
		n = (size_t)test_rng_below(&rng, 40);
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
		require(same(list, n, want, n));
	}
	vprim_iova_windows_sort(NULL, 0);
}
END_TEST

/* -- refusals --------------------------------------------------------------- */

#define REFUSED(call, ret, why_)					\
	do {								\
		memset(&why, 0, sizeof(why));				\
		ck_assert_int_eq(call, ret);				\
		ck_assert_str_eq(vprim_reason_word(&why), why_);	\
	} while (0)

#define CLEARS(call) do {						\
	struct vprim_reason why = { .rule = &stale };			\
									\
	ck_assert_int_eq(call, 0);					\
	ck_assert_ptr_null(why.rule);					\
} while (0)

START_TEST(a_success_takes_an_old_reason_away)
{
	static const struct vprim_rule stale = { 1, -EINVAL, "old", "old", NULL };
	const struct vprim_iova_windows_ram ram = { 2, 0, 0, 1, false };
	struct vprim_range one = { 1, 2 }, two = { 2, 4 }, far = { 7, 8 }, room[4];
	struct vprim_range_buf w = { room, 4, 0 };
	const struct vprim_iova_windows_iommu iommu = { one, NULL, 0, 0 };

	CLEARS(vprim_iova_windows_check(LIST(one), &why));
	CLEARS(vprim_iova_windows_mappable(LIST(one), &one, NULL, &why));
	CLEARS(vprim_iova_windows_fits(&one, 64, &why));
	CLEARS(vprim_iova_windows_build(&iommu, &w, &why));
	CLEARS(vprim_iova_windows_intersect(LIST(one), LIST(two), &w, &why));
	CLEARS(vprim_iova_windows_subtract(LIST(one), LIST(two), &w, &why));
	CLEARS(vprim_iova_windows_union(LIST(one), LIST(two), &w, &why));
	CLEARS(vprim_iova_windows_split(&one, LIST(one), 1, &w, &why));
	CLEARS(vprim_iova_windows_place_ram(&ram, LIST(one), &w, &why));
	CLEARS(vprim_iova_windows_set(&w, LIST(one), &why));
	CLEARS(vprim_iova_windows_add(&w, &far, NULL, &why));
	CLEARS(vprim_iova_windows_exclude(&w, &two, NULL, &why));
	CLEARS(vprim_iova_windows_clip(&w, &one, 0, &why));
}
END_TEST

START_TEST(bad_lists_are_refused_with_a_reason)
{
	struct vprim_range good = range(1, 5), bad = range(2, 1), room[4], s[1];
	struct vprim_range crossed[2] = { { 1, 5 }, { 5, 6 } };
	const struct vprim_ranges two = { crossed, 2 };
	struct vprim_iova_windows_reserved res = { { 2, 1 }, 0 };
	struct vprim_range_buf w = { s, 1, 0 }, out = { room, 4, 99 };
	struct vprim_iova_windows_iommu iommu = { good, NULL, 0, 2 };
	struct vprim_reason why;

	REFUSED(vprim_iova_windows_check(LIST(bad), &why), -EINVAL, "inverted");
	REFUSED(vprim_iova_windows_check(two, &why), -EINVAL, "order");
	ck_assert_uint_eq(why.range.start, 5);
	ck_assert_uint_eq(why.hit.start, 1);
	REFUSED(vprim_iova_windows_build(&iommu, &out, &why), -EINVAL, "argument");
	iommu = (struct vprim_iova_windows_iommu){ bad, NULL, 0, 0 };
	REFUSED(vprim_iova_windows_build(&iommu, &out, &why), -EINVAL, "inverted");
	iommu = (struct vprim_iova_windows_iommu){ good, &res, 1, 0 };
	REFUSED(vprim_iova_windows_build(&iommu, &out, &why), -EINVAL, "inverted");
	REFUSED(vprim_iova_windows_intersect(LIST(good), two, &out, &why), -EINVAL,
		"order");
	REFUSED(vprim_iova_windows_subtract(two, LIST(good), &out, &why), -EINVAL,
		"order");
	REFUSED(vprim_iova_windows_subtract(LIST(good), LIST(good), &out, &why),
		-EINVAL, "empty");
	ck_assert(same(&why.range, 1, &good, 1));
	REFUSED(vprim_iova_windows_split(&bad, LIST(good), 1, &out, &why), -EINVAL,
		"inverted");
	REFUSED(vprim_iova_windows_split(&good, LIST(good), 0, &out, &why), -EINVAL,
		"align");
	ck_assert_uint_eq(out.count, 99);
	REFUSED(vprim_iova_windows_mappable(LIST(good), &bad, NULL, &why), -EINVAL,
		"inverted");
	ck_assert_int_eq(vprim_iova_windows_mappable(LIST(good), &good, NULL, NULL),
			 0);
	REFUSED(vprim_iova_windows_fits(&bad, 1, &why), -EINVAL, "inverted");
	REFUSED(vprim_iova_windows_fits(&good, 65, &why), -EINVAL, "bits");
	REFUSED(vprim_iova_windows_fits(&good, 2, &why), -ERANGE, "width");
	ck_assert_uint_eq(why.value, 3);
	ck_assert_uint_eq(why.range.last, 5);
	ck_assert_int_eq(vprim_iova_windows_fits(&good, 2, NULL), -ERANGE);
	ck_assert_int_eq(vprim_iova_windows_width(0, room), -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_width(65, room), -EINVAL);
	REFUSED(vprim_iova_windows_set(&w, two, &why), -EINVAL, "order");
	crossed[1].start = 6;
	REFUSED(vprim_iova_windows_set(&w, two, &why), -EMSGSIZE, "room");
	ck_assert_uint_eq(why.value, 2);
	ck_assert_uint_eq(w.count, 0);
	REFUSED(vprim_iova_windows_exclude(&w, &bad, NULL, &why), -EINVAL,
		"inverted");
	REFUSED(vprim_iova_windows_exclude(&w, &good, NULL, &why), -EMSGSIZE,
		"room");
	REFUSED(vprim_iova_windows_clip(&w, &good, 1, &why), -EINVAL, "argument");
	REFUSED(vprim_iova_windows_clip(&w, &bad, 0, &why), -EINVAL, "inverted");
}
END_TEST

/* As the kernel does it: the first of the smallest gaps, one after the other. */
START_TEST(combining_takes_the_smallest_gaps)
{
	struct test_rng rng = test_rng_seed(0xc0b);
	uint64_t n = test_steps(20000), at, added, want, gap, least;
	struct vprim_range a[12], b[12];
	struct vprim_range_buf list = { a, 12, 0 };
	size_t i, k, most, best;

	while (n--) {
		k = (size_t)test_rng_below(&rng, 13);
		at = test_rng_below(&rng, 2) ? 0 : M - 200;
		for (i = 0; i < k; i++) {
			a[i].start = at + test_rng_below(&rng, 5);
			a[i].last = a[i].start + test_rng_below(&rng, 9);
			at = a[i].last + 1;
		}
		memcpy(b, a, sizeof(a));
		list.count = k;
		most = 1 + (size_t)test_rng_below(&rng, 6);
		for (want = 0; k > most; k--) {
			least = M;
			best = 0;
			for (i = 1; i < k; i++) {
				gap = b[i].start - b[i - 1].last - 1;
				if (gap < least) {
					least = gap;
					best = i;
				}
			}
			want += least;
			b[best - 1].last = b[best].last;
			memmove(&b[best], &b[best + 1],
				(k - best - 1) * sizeof(*b));
		}
		require(!vprim_iova_windows_combine(&list, most, &added));
		require(added == want && same(a, list.count, b, k));
	}
	added = 7;
	ck_assert_int_eq(vprim_iova_windows_combine(&list, 0, &added), -EINVAL);
	ck_assert_uint_eq(added, 7);
	/* The largest gap that there is. */
	a[0] = (struct vprim_range){ 0, 0 };
	a[1] = (struct vprim_range){ M, M };
	list.count = 2;
	ck_assert_int_eq(vprim_iova_windows_combine(&list, 1, &added), 0);
	ck_assert_uint_eq(added, M - 1);
	ck_assert(list.count == 1 && a[0].start == 0 && a[0].last == M);
}
END_TEST

#define GIB (UINT64_C(1) << 30)

static const struct ram_row {
	const char *name;
	struct vprim_iova_windows_ram ram;
	int ret;
	size_t count;
	struct vprim_range piece[3];
} ram_rows[] = {
	{ "all low", { GIB, 3 * GIB, 4 * GIB, 4096, false }, 0, 1,
	  { { 0, GIB - 1 } } },
	{ "6 GiB, 3 of them low", { 6 * GIB, 3 * GIB, 4 * GIB, 4096, false }, 0, 2,
	  { { 0, 3 * GIB - 1 }, { 4 * GIB, 7 * GIB - 1 } } },
	{ "up to AMD's hole", { 1011 * GIB, 3 * GIB, 4 * GIB, 4096, true }, 0, 2,
	  { { 0, 3 * GIB - 1 }, { 4 * GIB, 1012 * GIB - 1 } } },
	{ "over it, around", { 1012 * GIB, 3 * GIB, 4 * GIB, 4096, false }, 0, 3,
	  { { 0, 3 * GIB - 1 }, { 4 * GIB, 1012 * GIB - 1 },
	    { 1024 * GIB, 1025 * GIB - 1 } } },
	{ "over it, moved", { 1012 * GIB, 3 * GIB, 4 * GIB, 4096, true }, 0, 2,
	  { { 0, 3 * GIB - 1 }, { 1024 * GIB, 2033 * GIB - 1 } } },
	{ "no low part", { 4097, 0, 4 * GIB, 4096, false }, 0, 1,
	  { { 4 * GIB, 4 * GIB + 4096 } } },
	{ "too much", { M, 3 * GIB, 4 * GIB, 4096, false }, -ENOSPC, 0, { { 0 } } },
	{ "nothing", { 0, 3 * GIB, 4 * GIB, 4096, false }, -EINVAL, 0, { { 0 } } },
	{ "odd alignment", { 1, 3 * GIB, 4 * GIB, 3, false }, -EINVAL, 0, { { 0 } } },
	{ "parts that overlap", { 1, 5 * GIB, 4 * GIB, 1, false }, -EINVAL, 0,
	  { { 0 } } },
};

START_TEST(answers_that_nobody_asks_for_are_left_out)
{
	struct vprim_range r[2] = { { 0, 9 }, { 20, 29 } }, more = { 40, 49 };
	struct vprim_range bad = { 2, 1 }, room[2];
	struct vprim_range_buf list = { r, 2, 2 }, out = { room, 2, 0 };
	struct vprim_reason why;
	size_t needed = 99;

	ck_assert_int_eq(vprim_iova_windows_add(&list, &more, NULL, &why), -EMSGSIZE);
	ck_assert_uint_eq(why.value, 3);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(vprim_iova_windows_add(&list, &more, &needed, NULL),
			 -EMSGSIZE);
	ck_assert_uint_eq(needed, 3);
	ck_assert_int_eq(vprim_iova_windows_combine(&list, 1, NULL), 0);
	ck_assert_uint_eq(list.count, 1);
	ck_assert(r[0].start == 0 && r[0].last == 29);
	ck_assert_int_eq(vprim_iova_windows_union(LIST(bad), LIST(more), &out, &why),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_windows_union(LIST(more), LIST(bad), &out, &why),
			 -EINVAL);
	ck_assert_uint_eq(out.count, 0);
}
END_TEST

/* Not one of a list, whatever lies behind its end. */
START_TEST(a_union_ends_with_its_lists)
{
	struct vprim_range a[2] = { { 0, 9 } }, b = { 20, 29 }, room[4];
	struct vprim_range_buf out = { room, 4, 0 };

	for (uint64_t behind = 15; behind <= 100; behind += 85) {
		a[1] = range(behind, behind + 1);
		ck_assert_int_eq(vprim_iova_windows_union(LIST(a[0]), LIST(b), &out,
							  NULL), 0);
		ck_assert_uint_eq(out.count, 2);
		ck_assert(same(room, 1, a, 1) && same(&room[1], 1, &b, 1));
	}
}
END_TEST

START_TEST(ram_needs_whole_units_and_no_windows)
{
	struct vprim_iova_windows_ram ram = { .size_bytes = 0x3000, .align_bytes = 0x1000,
					      .low_bytes = 0x2000, .high_start = 0x8000 };
	const struct vprim_range w[2] = { { 0x100, 0xfff }, { 0x8000, 0xffff } };
	const struct vprim_ranges none = { NULL, 0 }, two = { w, 2 };
	struct vprim_range room[2];
	struct vprim_range_buf out = { room, 2, 0 };

	ck_assert_int_eq(vprim_iova_windows_place_ram(&ram, none, &out, NULL), 0);
	ck_assert_uint_eq(out.count, 2);
	ck_assert(room[0].start == 0 && room[0].last == 0x1fff);
	ck_assert(room[1].start == 0x8000 && room[1].last == 0x8fff);
	/* The first window has no whole unit. */
	ck_assert_int_eq(vprim_iova_windows_place_ram(&ram, two, &out, NULL), 0);
	ck_assert_uint_eq(out.count, 1);
	ck_assert(room[0].start == 0x8000 && room[0].last == 0xafff);
}
END_TEST

START_TEST(ram_lies_around_holes)
{
	static const struct vprim_range amd[] = {
		{ 0, 0xfedfffff }, { 0xfef00000, 0xfcffffffff }, { 0x10000000000, M }
	};
	const struct vprim_ranges windows = { amd, 3 };
	const struct ram_row *row = &ram_rows[_i];
	struct vprim_range got[3] = { { 7, 7 }, { 7, 7 }, { 7, 7 } };
	struct vprim_range_buf out = { got, 0, 99 };
	int ret = vprim_iova_windows_place_ram(&row->ram, windows, &out, NULL);

	if (!row->ret) {
		ck_assert_msg(ret == -EMSGSIZE && out.count == row->count, "%s",
			      row->name);
		ck_assert_uint_eq(got[0].start, 7);
		out.capacity = out.count;
		ret = vprim_iova_windows_place_ram(&row->ram, windows, &out, NULL);
	} else {
		ck_assert_uint_eq(out.count, 99);
	}
	ck_assert_msg(ret == row->ret, "%s: %d", row->name, ret);
	if (!ret)
		ck_assert_msg(same(got, out.count, row->piece, row->count), "%s",
			      row->name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova_windows");
	TCase *tc = tcase_create("iova_windows");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, lists_agree_with_the_cells, 0, 3);
	tcase_add_loop_test(tc, a_list_agrees_with_its_model, 0, (int)WORLD_VARIANTS);
	tcase_add_test(tc, an_empty_list_restricts_nothing);
	tcase_add_test(tc, sorting_agrees_with_insertion);
	tcase_add_test(tc, a_success_takes_an_old_reason_away);
	tcase_add_test(tc, bad_lists_are_refused_with_a_reason);
	tcase_add_test(tc, combining_takes_the_smallest_gaps);
	tcase_add_test(tc, answers_that_nobody_asks_for_are_left_out);
	tcase_add_test(tc, a_union_ends_with_its_lists);
	tcase_add_test(tc, ram_needs_whole_units_and_no_windows);
	tcase_add_loop_test(tc, ram_lies_around_holes, 0,
			    VPRIM_ARRAY_LEN(ram_rows));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
