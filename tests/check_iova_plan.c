// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_plan.h against a plan made address by address.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/iova_plan.h>
#include <virtprim/iova_windows.h>

#define M UINT64_MAX
#define SPACE 48u

/* What each address of a small space wants; a run of equal wishes is one mapping. */
struct wish {
	bool wanted;
	uint64_t shift;		/* target - iova: equal along one mapping */
	uint32_t prot, group;
	unsigned int window;
};

static bool alike(const struct wish *a, const struct wish *b)
{
	return a->wanted && b->wanted && a->shift == b->shift &&
	       a->prot == b->prot && a->group == b->group &&
	       a->window == b->window;
}

/* The first address of each mapping, by going over all addresses. */
static size_t starts_of(const struct wish *w, uint64_t max, bool *starts)
{
	uint64_t size = 0;
	size_t n = 0, i;

	for (i = 0; i < SPACE; i++) {
		bool goes_on = i && alike(&w[i - 1], &w[i]) &&
			       !(max && size == max);

		starts[i] = w[i].wanted && !goes_on;
		size = goes_on ? size + 1 : 1;
		n += starts[i];
	}
	return n;
}

static size_t random_pieces(struct test_rng *rng, uint64_t base,
			    const struct vprim_range *windows, size_t nr_windows,
			    struct vprim_iova_plan_piece *pieces,
			    struct wish *wishes)
{
	size_t n = 0, w = 0;
	uint64_t at, last, i;

	memset(wishes, 0, SPACE * sizeof(*wishes));
	for (at = 0; at < SPACE; at = last + 1) {
		struct vprim_iova_plan_piece p = { .prot = 1 };

		last = at + test_rng_below(rng, 6);
		while (w < nr_windows && windows[w].last - base < at)
			w++;
		if (last >= SPACE)
			last = SPACE - 1;
		if (nr_windows && last > windows[w].last - base)
			last = windows[w].last - base;
		if (!test_rng_below(rng, 5))
			continue;
		p.iova.start = base + at;
		p.iova.last = base + last;
		p.prot = test_rng_below(rng, 8) ? 3 : 1;
		p.group = !test_rng_below(rng, 8);
		/* Mostly the same distance; it wraps for the upper base. */
		p.target = at + (test_rng_below(rng, 6) ? 0x100 : 0x200);
		for (i = at; i <= last; i++) {
			wishes[i].wanted = true;
			wishes[i].shift = p.target - at;
			wishes[i].prot = p.prot;
			wishes[i].group = p.group;
			wishes[i].window = (unsigned int)w;
		}
		pieces[n++] = p;
	}
	return n;
}

static void mappings_agree(const struct vprim_iova_plan_piece *m, size_t n,
			   const struct wish *w, const bool *starts,
			   uint64_t base)
{
	size_t i, k = 0;

	for (i = 0; i < SPACE; i++) {
		if (!w[i].wanted) {
			require(k == n || m[k].iova.start > base + i);
			continue;
		}
		require(k < n);
		require(starts[i] == (m[k].iova.start == base + i));
		require(m[k].target + (base + i - m[k].iova.start) ==
			w[i].shift + i);
		require(m[k].prot == w[i].prot && m[k].group == w[i].group);
		if (m[k].iova.last == base + i)
			k++;
	}
	require(k == n);
}

START_TEST(random_pieces_need_what_the_plain_plan_needs)
{
	static const uint64_t bases[] = { 0, UINT64_C(1) << 33, M - SPACE + 1 };
	struct test_rng rng = test_rng_seed(0x91a9 + (uint64_t)_i);
	uint64_t steps = test_steps(1000000), i, base = bases[_i];
	struct vprim_iova_plan_piece pieces[SPACE], out[SPACE];
	struct vprim_range windows[2] = { { base, base + 19 },
					  { base + 20, base + SPACE - 1 } };
	struct wish wishes[SPACE];
	bool starts[SPACE];

	for (i = 0; i < steps;) {
		struct vprim_iova_plan_limits limits = { .entries = 0 };
		struct vprim_iova_plan plan;
		size_t n, want;

		if (test_rng_below(&rng, 2)) {
			limits.windows.range = windows;
			limits.windows.count = 2;
		}
		limits.max_bytes = test_rng_below(&rng, 12);
		limits.entries = test_rng_below(&rng, SPACE);
		n = random_pieces(&rng, base, limits.windows.range,
				  limits.windows.count,
				  pieces, wishes);
		want = starts_of(wishes, limits.max_bytes, starts);
		require(!vprim_iova_plan_build(pieces, n, &limits, NULL, 0, &plan, NULL));
		require(plan.mappings == want && plan.pieces == n);
		require(plan.fits == (want <= limits.entries));
		require(plan.free_entries ==
			(want <= limits.entries ? limits.entries - want : 0));
		if (want) {
			memset(out, 0xa5, sizeof(out));
			require(vprim_iova_plan_build(pieces, n, &limits, out, want - 1,
					     &plan, NULL) == -EMSGSIZE);
			require(out[0].iova.start == UINT64_C(0xa5a5a5a5a5a5a5a5));
		}
		/* In place when nothing is cut. */
		if (limits.max_bytes) {
			require(!vprim_iova_plan_build(pieces, n, &limits, out, SPACE,
					      &plan, NULL));
			mappings_agree(out, want, wishes, starts, base);
		} else {
			require(!vprim_iova_plan_build(pieces, n, &limits, pieces, n,
					      &plan, NULL));
			mappings_agree(pieces, want, wishes, starts, base);
		}
		i += n + 1;
	}
}
END_TEST

START_TEST(the_largest_mapping_is_reported_less_one)
{
	struct vprim_iova_plan_piece p[] = {
		{ { 0, 9 }, 100, 1, 0 }, { { 10, 19 }, 110, 1, 0 },
		{ { 40, 40 }, 7, 1, 0 },
	};
	struct vprim_iova_plan_limits limits = { .entries = 2 };
	static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };
	struct vprim_reason why = { .rule = &stale };
	struct vprim_iova_plan plan;

	ck_assert_int_eq(vprim_iova_plan_build(p, 3, &limits, NULL, 0, &plan, &why), 0);
	ck_assert_ptr_null(why.rule);
	ck_assert_uint_eq(plan.largest_last_offset, 19);
	limits.max_bytes = 8;
	ck_assert_int_eq(vprim_iova_plan_build(p, 3, &limits, NULL, 0, &plan, NULL), 0);
	ck_assert_uint_eq(plan.largest_last_offset, 7);
	ck_assert_uint_eq(plan.mappings, 4);
	ck_assert(!plan.fits);
	why.rule = &stale;
	ck_assert_int_eq(vprim_iova_plan_build(NULL, 0, &limits, NULL, 0, &plan, &why),
			 0);
	ck_assert_ptr_null(why.rule);
	ck_assert_uint_eq(plan.largest_last_offset, 0);
	ck_assert_uint_eq(plan.mappings, 0);
}
END_TEST

static const struct {
	const char *name;
	struct vprim_iova_plan_piece piece[2];
	struct vprim_range window;
	int ret;
	unsigned int rule;
} refused[] = {
	{ "inverted", { { { 2, 1 }, 0, 0, 0 }, { { 5, 6 }, 0, 0, 0 } }, { 0, M },
	  -EINVAL, VPRIM_REASON_INVERTED },
	{ "the second inverted",
	  { { { 1, 2 }, 0, 0, 0 }, { { 6, 5 }, 0, 0, 0 } }, { 0, M }, -EINVAL,
	  VPRIM_REASON_INVERTED },
	{ "overlapping", { { { 1, 5 }, 0, 0, 0 }, { { 5, 6 }, 0, 0, 0 } },
	  { 0, M }, -EINVAL, VPRIM_IOVA_WINDOWS_RULE_PLAN_ORDER },
	{ "descending", { { { 8, 9 }, 0, 0, 0 }, { { 5, 6 }, 0, 0, 0 } },
	  { 0, M }, -EINVAL, VPRIM_IOVA_WINDOWS_RULE_PLAN_ORDER },
	{ "target wraps", { { { 1, 2 }, M, 0, 0 }, { { 5, 6 }, 0, 0, 0 } },
	  { 0, M }, -EINVAL, VPRIM_IOVA_WINDOWS_RULE_PLAN_TARGET },
	{ "outside", { { { 1, 2 }, 0, 0, 0 }, { { 5, 6 }, 0, 0, 0 } }, { 0, 5 },
	  -ERANGE, VPRIM_IOVA_WINDOWS_RULE_HOLE },
};

START_TEST(what_cannot_be_planned_is_refused_with_a_reason)
{
	struct vprim_iova_plan_limits limits = {
		.windows = { &refused[_i].window, 1 }, .entries = 9
	};
	struct vprim_iova_plan plan = { .mappings = 7 };
	struct vprim_iova_plan_piece out[2] = { { { 7, 7 }, 7, 7, 7 } };
	struct vprim_reason why = { .rule = NULL };

	ck_assert_msg(vprim_iova_plan_build(refused[_i].piece, 2, &limits, out, 2, &plan,
				      &why) == refused[_i].ret, "%s",
		      refused[_i].name);
	ck_assert_msg(vprim_reason_id(&why) == refused[_i].rule, "%s: %s", refused[_i].name,
		      vprim_reason_word(&why));
	ck_assert_uint_eq(plan.mappings, 7);
	ck_assert_uint_eq(out[0].target, 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova_plan");
	TCase *tc = tcase_create("iova_plan");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, random_pieces_need_what_the_plain_plan_needs, 0, 3);
	tcase_add_test(tc, the_largest_mapping_is_reported_less_one);
	tcase_add_loop_test(tc, what_cannot_be_planned_is_refused_with_a_reason, 0,
			    (int)VPRIM_ARRAY_LEN(refused));
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
