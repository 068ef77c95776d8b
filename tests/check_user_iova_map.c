// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_iova_map.h: each call answers what the map without a lock answers.
 * stress_iova_map has the threads.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/user_iova_map.h>

#define OK(call) ck_assert_int_eq(call, 0)
#define SPACE 4000u
#define SOME 8u

/* The map under test, and one without a lock that gets the same calls. */
struct pair {
	struct vprim_user_iova_map *map;
	struct vprim_iova_map bare;
	struct test_memory memory;
};

static void set_up(struct pair *p, enum vprim_iova_map_values values)
{
	struct vprim_iova_map_options options = { .values = values };

	memset(p, 0, sizeof(*p));
	OK(vprim_user_iova_map_new(&options, &p->map));
	OK(vprim_iova_map_init(&p->bare, sizeof(p->bare), &test_alloc_ops,
			       &p->memory, &options));
}

static void tear_down(struct pair *p)
{
	OK(vprim_user_iova_map_check(p->map));
	vprim_user_iova_map_free(p->map);
	vprim_iova_map_fini(&p->bare);
	ck_assert_uint_eq(p->memory.blocks, 0);
}

static bool same_mapping(const struct vprim_iova_mapping *a,
			 const struct vprim_iova_mapping *b)
{
	return a->range.start == b->range.start && a->range.last == b->range.last &&
	       a->value == b->value;
}

/* Room that both sides write to; what is not written is equal from the start. */
struct room {
	struct vprim_iova_mapping m[SOME];
	size_t count;
	uint64_t number;
};

static void same(const char *what, int a, int b, const struct room *x,
		 const struct room *y)
{
	size_t i;

	ck_assert_msg(a == b, "%s: %d, without a lock %d", what, a, b);
	for (i = 0; i < SOME; i++)
		ck_assert_msg(same_mapping(&x->m[i], &y->m[i]), "%s: mapping %zu",
			      what, i);
	ck_assert_msg(x->count == y->count, "%s: count", what);
	ck_assert_msg(x->number == y->number, "%s: number", what);
}

/* Both sides of one call, compared; r is the room of the side that is on. */
#define BOTH(name, ...) do {						\
	struct room x, y, *r;						\
	int a, b;							\
									\
	memset(&x, 0x5a, sizeof(x));					\
	y = x;								\
	r = &x;								\
	a = vprim_user_iova_map_##name(p->map, __VA_ARGS__);		\
	r = &y;								\
	b = vprim_iova_map_##name(&p->bare, __VA_ARGS__);		\
	(void)r;							\
	same(#name, a, b, &x, &y);					\
} while (0)

static struct vprim_range any_range(struct test_rng *rng)
{
	uint64_t start = test_rng_below(rng, SPACE);
	struct vprim_range r = { start, start + test_rng_below(rng, 40) };

	if (test_rng_below(rng, 100) == 0)
		r.last = r.start - 1;		/* inverted, or all of the space */
	if (test_rng_below(rng, 1000) == 0)
		r = (struct vprim_range){ UINT64_MAX - start, UINT64_MAX };
	return r;
}

static void gaps(struct pair *p, struct test_rng *rng)
{
	struct vprim_hole gap;

	OK(vprim_hole_init(&gap, 1 + test_rng_below(rng, 60)));
	gap.align_bytes = UINT64_C(1) << test_rng_below(rng, 6);
	gap.within.last = SPACE;
	gap.from = (enum vprim_hole_from)test_rng_below(rng, 3);
	BOTH(gap, &gap, &r->number);
}

static void bulk(struct pair *p, struct test_rng *rng)
{
	struct vprim_iova_mapping m[4];
	uint64_t at = test_rng_below(rng, SPACE);
	size_t i, n = test_rng_below(rng, 5);

	for (i = 0; i < 4; i++, at += 2 + test_rng_below(rng, 5))
		m[i] = (struct vprim_iova_mapping){ { at, at + 1 }, at };
	BOTH(bulk, m, n, &r->m[0]);
}

static void update(struct pair *p, struct test_rng *rng)
{
	struct vprim_range range = any_range(rng);
	uint64_t value = test_rng_next(rng);

	switch (test_rng_below(rng, 12)) {
	case 0: BOTH(remove, &range, &r->number); break;
	case 1: BOTH(remove_at, range.start, &r->m[0]); break;
	case 2: BOTH(take, &range, r->m, value % (SOME + 1), &r->count); break;
	case 3: BOTH(erase, &range, &r->number); break;
	case 4: BOTH(set_value, &range, value); break;
	case 5: BOTH(reserve, value % 3); break;
	case 6: bulk(p, rng); break;
	case 7: gaps(p, rng); break;
	default: BOTH(insert, &range, value, &r->m[0]);
	}
}

static void lookup(struct pair *p, struct test_rng *rng)
{
	struct vprim_range range = any_range(rng);
	uint64_t addr[SOME];
	size_t i;

	switch (test_rng_below(rng, 5)) {
	case 0: BOTH(find, range.start, &r->m[0]); break;
	case 1: BOTH(first, &range, &r->m[0]); break;
	case 2: BOTH(next, range.start, &r->m[0]); break;
	case 3: BOTH(prev, range.start, &r->m[0]); break;
	default:
		for (i = 0; i < SOME; i++)
			addr[i] = test_rng_below(rng, SPACE);
		BOTH(find_batch, addr, SOME, r->m, &r->count);
	}
}

static void walk(struct pair *p, struct test_rng *rng)
{
	struct vprim_range range = any_range(rng);
	struct vprim_iova_map_cursor c, d;
	struct vprim_iova_mapping m[SOME], n[SOME];
	uint64_t v[SOME], w[SOME];
	size_t count = 0, other = 0, i;
	int a = vprim_user_iova_map_cursor_init(&c, p->map, &range);
	int b = vprim_iova_map_cursor_init(&d, &p->bare, &range);

	ck_assert_int_eq(a, b);
	if (a)
		return;
	a = vprim_user_iova_map_cursor_next(p->map, &c, &m[0]);
	b = vprim_iova_map_cursor_next(&d, &n[0]);
	must(a == b && (a || same_mapping(&m[0], &n[0])));
	OK(vprim_user_iova_map_cursor_read(p->map, &c, m, SOME, &count));
	OK(vprim_iova_map_cursor_read(&d, n, SOME, &other));
	ck_assert_uint_eq(count, other);
	for (i = 0; i < count; i++)
		must(same_mapping(&m[i], &n[i]));
	OK(vprim_user_iova_map_cursor_values(p->map, &c, v, SOME, &count));
	OK(vprim_iova_map_cursor_values(&d, w, SOME, &other));
	ck_assert_uint_eq(count, other);
	ck_assert_int_eq(memcmp(v, w, count * sizeof(v[0])), 0);
	vprim_iova_map_cursor_to_end(&c);
	vprim_iova_map_cursor_to_end(&d);
	a = vprim_user_iova_map_cursor_prev(p->map, &c, &m[0]);
	b = vprim_iova_map_cursor_prev(&d, &n[0]);
	must(a == b && (a || same_mapping(&m[0], &n[0])));
}

START_TEST(it_answers_what_the_map_answers)
{
	struct test_rng rng = test_rng_seed(0x10ca + (uint64_t)_i);
	struct vprim_iova_map_stats x, y;
	struct pair pair, *p = &pair;
	uint64_t n;

	set_up(p, (enum vprim_iova_map_values)_i);
	for (n = test_steps(300000); n; n--) {
		update(p, &rng);
		lookup(p, &rng);
		if (n % 8 == 0)
			walk(p, &rng);
		ck_assert_uint_eq(vprim_user_iova_map_count(p->map),
				  vprim_iova_map_count(&p->bare));
		if (n % 20000 == 0) {
			vprim_user_iova_map_clear(p->map);
			vprim_iova_map_clear(&p->bare);
		}
	}
	OK(vprim_user_iova_map_stats(p->map, &x));
	OK(vprim_iova_map_stats(&p->bare, &y));
	ck_assert_uint_eq(x.count, y.count);
	ck_assert_uint_eq(x.depth, y.depth);
	ck_assert_uint_eq(x.leaves, y.leaves);
	tear_down(p);
}
END_TEST

START_TEST(without_a_map_every_call_says_so)
{
	struct vprim_iova_map_options bad = {
		.values = (enum vprim_iova_map_values)7
	};
	const struct vprim_range r = { 1, 2 };
	struct vprim_user_iova_map *none = NULL;
	struct vprim_iova_map_cursor c;
	struct vprim_iova_map_stats stats;
	struct vprim_hole gap;
	struct vprim_iova_mapping m;
	uint64_t v = 1;
	size_t n;

	OK(vprim_hole_init(&gap, 1));
	ck_assert_int_eq(vprim_user_iova_map_new(NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_new(&bad, &none), -EINVAL);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(vprim_user_iova_map_insert(none, &r, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_remove(none, &r, &v), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_remove_at(none, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_take(none, &r, &m, 1, &n), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_erase(none, &r, &v), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_set_value(none, &r, 1), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_gap(none, &gap, &v), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_bulk(none, &m, 0, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_reserve(none, 0), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_find(none, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_find_batch(none, &v, 1, &m, &n), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_first(none, &r, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_next(none, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_prev(none, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_stats(none, &stats), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_check(none), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_cursor_init(&c, none, &r), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_cursor_next(none, &c, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_cursor_prev(none, &c, &m), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_cursor_read(none, &c, &m, 1, &n), -EINVAL);
	ck_assert_int_eq(vprim_user_iova_map_cursor_values(none, &c, &v, 1, &n), -EINVAL);
	ck_assert_uint_eq(vprim_user_iova_map_count(none), 0);
	vprim_user_iova_map_clear(none);
	vprim_user_iova_map_free(none);
}
END_TEST

START_TEST(between_lock_and_unlock_the_map_is_ones_own)
{
	struct vprim_user_iova_map *map;
	const struct vprim_iova_map *seen;
	struct vprim_hole gap;
	struct vprim_iova_map *core;
	struct vprim_range r;
	uint64_t start;
	int i;

	OK(vprim_user_iova_map_new(NULL, &map));
	OK(vprim_hole_init(&gap, 0x1000));
	for (i = 0; i < 100; i++) {
		core = vprim_user_iova_map_lock(map);
		OK(vprim_iova_map_gap(core, &gap, &start));
		OK(vprim_range_from_size(start, 0x1000, &r));
		OK(vprim_iova_map_insert(core, &r, 7, NULL));
		vprim_user_iova_map_unlock(map);
	}
	seen = vprim_user_iova_map_lock_shared(map);
	ck_assert_uint_eq(vprim_iova_map_count(seen), 100);
	vprim_user_iova_map_unlock(map);
	ck_assert_uint_eq(vprim_user_iova_map_count(map), 100);
	vprim_user_iova_map_free(map);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_iova_map");
	TCase *tc = tcase_create("user_iova_map");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, it_answers_what_the_map_answers, 0, 2);
	tcase_add_test(tc, without_a_map_every_call_says_so);
	tcase_add_test(tc, between_lock_and_unlock_the_map_is_ones_own);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
