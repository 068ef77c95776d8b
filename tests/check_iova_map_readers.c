// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_map.h with readers beside the writer, in one thread: a root that a reader
 * took shows the map of that moment for as long as its nodes live, whatever the
 * writer does; and every update is whole or has not happened, wherever the memory
 * ends. tests/stress_iova_map_readers.c has the threads.
 */
#include "../libvirtprim/iova/iova_map_internal.h"
#include "iova_map_model.h"
#include "testlib.h"
#include <string.h>

#define M UINT64_MAX

/* Retired nodes wait here for the reader. */
struct grave {
	void *node;
	size_t size_bytes;
};

struct world {
	struct test_memory mem;		/* the map's context: first */
	struct grave *graves;
	size_t buried, places;
	struct vprim_iova_map map;
	struct vprim_iova_map old;	/* a reader's: only its root is right */
	struct model model, then;
	struct test_rng rng;
	uint64_t base, last_offset, refused;
};

static void bury(void *ctx, void *node, size_t size_bytes)
{
	struct world *w = ctx;

	if (w->buried == w->places) {
		w->places = w->places ? 2 * w->places : 64;
		w->graves = realloc(w->graves, w->places * sizeof(*w->graves));
		ck_assert_ptr_nonnull(w->graves);
	}
	/* Whose these bytes are now. */
	memset((char *)node + VPRIM_IOVA_MAP_RETIRED_HEAD, 0xdb, 16);
	w->graves[w->buried++] = (struct grave){ node, size_bytes };
}

static void begin(struct world *w, bool linear)
{
	struct vprim_iova_map_options o = { .retire = bury };

	memset(w, 0, sizeof(*w));
	if (linear)
		o.values = VPRIM_IOVA_MAP_LINEAR;
	model_init(&w->model, linear);
	model_init(&w->then, linear);
	ck_assert_int_eq(vprim_iova_map_init(&w->map, sizeof(w->map),
					     &test_alloc_ops, w, &o, NULL), 0);
}

/* The reader has left. */
static void leave(struct world *w)
{
	while (w->buried) {
		const struct grave *g = &w->graves[--w->buried];

		memset(g->node, 0xdb, g->size_bytes);
		test_free(w, g->node, g->size_bytes);
	}
}

static void end(struct world *w)
{
	struct vprim_iova_map_stats s;

	leave(w);
	vprim_iova_map_describe(&w->map, &s);
	require(s.bytes == w->mem.bytes);
	vprim_iova_map_fini(&w->map);
	require(!w->buried && !w->mem.blocks && !w->mem.bytes);
	model_fini(&w->model);
	model_fini(&w->then);
	free(w->graves);
}

static bool same(const struct vprim_iova_mapping *a,
		 const struct vprim_iova_mapping *b)
{
	return a->range.start == b->range.start &&
	       a->range.last == b->range.last && a->value == b->value;
}

/* What a reader finds, up and down and by address, is what the model holds. */
static void shows(const struct vprim_iova_map *map, const struct model *model)
{
	const struct vprim_range all = { 0, M };
	struct vprim_iova_mapping m = { { 0, 0 }, 0 }, batch;
	size_t i, found;
	int ret = vprim_iova_map_first(map, &all, &m);

	for (i = 0; !ret; i++, ret = vprim_iova_map_next(map, m.range.start, &m)) {
		require(i < model->n && same(&m, &model->m[i]));
		vprim_iova_map_stab_batch(map, &m.range.last, 1, &batch, &found);
		require(found == 1 && same(&m, &batch));
		require(!vprim_iova_map_stab(map, m.range.start, &batch));
		require(same(&m, &batch));
		require((vprim_iova_map_prev(map, m.range.start, &batch) == 0) ==
			(i > 0));
		require(!i || same(&batch, &model->m[i - 1]));
	}
	require(ret == -ENOENT && i == model->n);
}

/* Another reader comes in; the one before has seen the old moment to the end. */
static void look(struct world *w)
{
	size_t i;

	shows(&w->old, &w->then);
	leave(w);
	w->old.shown_ = w->map.shown_;
	w->then.n = 0;
	for (i = 0; i < w->model.n; i++)
		require(!model_insert(&w->then, w->model.m[i].range,
				      w->model.m[i].value, NULL));
}

static uint64_t below(struct world *w, uint64_t bound)
{
	return test_rng_below(&w->rng, bound);
}

static struct vprim_range some_range(struct world *w, uint64_t most)
{
	uint64_t at = below(w, w->last_offset + 1), len = below(w, most);
	struct vprim_range r = { w->base + at, w->base + w->last_offset };

	if (w->last_offset - at > len)
		r.last = r.start + len;
	return r;
}

static struct vprim_range some_mapping(struct world *w)
{
	if (!w->model.n)
		return some_range(w, 4);
	return w->model.m[below(w, w->model.n)].range;
}

/* Refused for want of memory, and then as it was; or as the model says. */
static bool refused(struct world *w, int ret)
{
	w->mem.countdown = 0;
	w->refused += ret == -ENOMEM;
	return ret == -ENOMEM;
}

static void step_insert(struct world *w)
{
	struct vprim_iova_mapping got = { { 7, 3 }, 5 }, want = got;
	struct vprim_range r = some_range(w, 6);
	uint64_t value = test_rng_next(&w->rng);
	int ret = vprim_iova_map_insert(&w->map, &r, value, &got);

	if (!refused(w, ret))
		require(ret == model_insert(&w->model, r, value, &want));
	require(same(&got, &want));
}

static void step_remove(struct world *w)
{
	struct vprim_range r = some_mapping(w);
	uint64_t got = 5, want = 5;
	int ret = vprim_iova_map_remove(&w->map, &r, &got);

	if (refused(w, ret)) {
		require(got == 5);
		return;
	}
	require(ret == model_remove(&w->model, r, &want) && got == want);
}

static void step_remove_at(struct world *w)
{
	struct vprim_iova_mapping got = { { 7, 3 }, 5 }, want = got;
	uint64_t at = some_mapping(w).start;
	int ret = vprim_iova_map_remove_at(&w->map, at, &got);

	if (!refused(w, ret))
		require(ret == model_remove_at(&w->model, at, &want));
	require(same(&got, &want));
}

static void step_set_value(struct world *w)
{
	struct vprim_range r = some_mapping(w);
	uint64_t value = test_rng_next(&w->rng);
	int ret = vprim_iova_map_set_value(&w->map, &r, value);

	if (!refused(w, ret))
		require(ret == model_set_value(&w->model, r, value));
}

static void step_erase(struct world *w)
{
	struct vprim_range r = some_range(w, below(w, 8) ? 40 : 3000);
	uint64_t touched = 0;
	int ret = vprim_iova_map_erase(&w->map, &r, &touched);

	if (!refused(w, ret))
		require(touched == model_erase(&w->model, r));
}

static void step_take(struct world *w)
{
	struct vprim_iova_mapping got[80], want[80];
	struct vprim_range r = some_range(w, below(w, 4) ? 40 : 3000);
	size_t capacity = 1 + (size_t)below(w, 80), n = 99, i;
	int ret = vprim_iova_map_take(&w->map, &r, got, capacity, &n);

	if (refused(w, ret)) {
		require(n == 99);
		return;
	}
	require(!ret && n == model_take(&w->model, r, want, capacity));
	for (i = 0; i < n; i++)
		require(same(&got[i], &want[i]));
}

static void step_bulk(struct world *w)
{
	struct vprim_iova_mapping m[100] = { 0 };
	struct vprim_range r = some_range(w, 8);
	size_t n = 1 + (size_t)below(w, 100), i, hits = 0;
	int ret;

	for (i = 0; i < n && r.start + 2 * i + 1 <= w->base + w->last_offset &&
		    r.start + 2 * i + 1 > r.start; i++) {
		struct vprim_iova_mapping found;

		m[i].range.start = r.start + 2 * i;
		m[i].range.last = m[i].range.start + (i & 1);
		m[i].value = i;
		hits += !model_first(&w->model, m[i].range, &found);
	}
	n = i;
	ret = vprim_iova_map_bulk(&w->map, m, n, NULL);
	if (refused(w, ret))
		return;
	require(ret == (hits ? -EEXIST : 0));
	for (i = 0; i < n && !ret; i++)
		require(!model_insert(&w->model, m[i].range, m[i].value, NULL));
}

static void step_clear(struct world *w)
{
	if (below(w, 12))
		return;
	vprim_iova_map_clear(&w->map);
	w->model.n = 0;
}

static void step_reserve(struct world *w)
{
	(void)refused(w, vprim_iova_map_reserve(&w->map, (size_t)below(w, 4)));
}

static void run(struct world *w, uint64_t steps)
{
	static void (*const step[])(struct world *) = {
		step_insert, step_insert, step_insert, step_insert,
		step_insert, step_bulk, step_bulk, step_remove, step_remove_at,
		step_set_value, step_erase, step_take, step_reserve, step_clear,
	};
	uint64_t n;

	for (n = 0; n < steps; n++) {
		/* One call in three runs out of memory somewhere, if it asks. */
		w->mem.countdown = below(w, 3) ? 0 : 1 + below(w, 12);
		step[below(w, VPRIM_ARRAY_LEN(step))](w);
		w->mem.countdown = 0;
		require(!vprim_iova_map_audit(&w->map));
		if (!below(w, 24))
			look(w);
		if (!below(w, 200))
			shows(&w->map, &w->model);
	}
}

static const struct {
	uint64_t base, last_offset, seed;
	bool linear;
} rows[] = {
	{ 0, 20000, 1, false },
	{ M - 20000, 20000, 2, true },
	{ UINT64_C(1) << 63, 60000, 3, true },
	{ 5, 300, 4, false },
};

START_TEST(a_reader_sees_one_moment)
{
	struct world w;

	begin(&w, rows[_i].linear);
	w.base = rows[_i].base;
	w.last_offset = rows[_i].last_offset;
	w.rng = test_rng_seed(rows[_i].seed);
	run(&w, test_steps(6000));
	look(&w);
	look(&w);
	require(w.refused);
	end(&w);
}
END_TEST

static struct vprim_range page(uint64_t number)
{
	struct vprim_range r = { number * 4096, number * 4096 + 4095 };

	return r;
}

static void fill(struct world *w, uint64_t pages)
{
	uint64_t i;

	for (i = 0; i < pages; i++) {
		struct vprim_range r = page(2 * i);

		require(!vprim_iova_map_insert(&w->map, &r, i, NULL));
		require(!model_insert(&w->model, r, i, NULL));
	}
	look(w);
}

/* What was undone has left no trace in what later updates go by. */
static void is_as_it_was(struct world *w, const struct vprim_iova_map *before)
{
	require(!vprim_iova_map_audit(&w->map));
	require(w->map.root_ == before->root_ && w->map.count_ == before->count_ &&
		!w->buried);
	require(w->map.edges_ == before->edges_ &&
		w->map.recent_ == before->recent_ &&
		w->map.credit_ == before->credit_);
	require(w->map.promised_ == before->promised_ &&
		w->map.keep_leaves_ == before->keep_leaves_ &&
		w->map.keep_inners_ == before->keep_inners_);
	shows(&w->map, &w->model);
}

/* Thousands of leaves go in one update; the memory ends at each place in turn. */
START_TEST(an_erase_of_many_leaves_is_whole_or_nothing)
{
	struct vprim_range r = { page(40).start, page(2 * 2500).last };
	struct vprim_iova_map before;
	struct world w;
	uint64_t touched = 5;

	begin(&w, false);
	fill(&w, 3000);
	before = w.map;
	test_starve(&w.mem, vprim_iova_map_erase(&w.map, &r, &touched),
		    require(touched == 5); is_as_it_was(&w, &before));
	require(w.mem.starved > 3);
	require(touched == model_erase(&w.model, r));
	shows(&w.map, &w.model);
	shows(&w.old, &w.then);
	end(&w);
}
END_TEST

/* The hole that grows first is a leaf's below another parent, which is no copy. */
START_TEST(an_erase_that_is_undone_keeps_its_neighbours_bounds)
{
	struct vprim_range r = { page(2 * 31 * 31).start, page(2 * 1400).last };
	struct vprim_iova_mapping m[2 * 31 * 31];
	struct vprim_iova_map before;
	struct world w;
	uint64_t i;

	begin(&w, false);
	for (i = 0; i < VPRIM_ARRAY_LEN(m); i++) {
		m[i] = (struct vprim_iova_mapping){ page(2 * i), i };
		require(!model_insert(&w.model, m[i].range, i, NULL));
	}
	require(!vprim_iova_map_bulk(&w.map, m, VPRIM_ARRAY_LEN(m), NULL));
	before = w.map;
	test_starve(&w.mem, vprim_iova_map_erase(&w.map, &r, NULL),
		    is_as_it_was(&w, &before));
	require(w.mem.starved > 4);
	end(&w);
}
END_TEST

/* Updates of one mapping, of every kind, out of what was promised. */
START_TEST(a_promise_covers_updates)
{
	struct vprim_range r, at = page(1);
	struct vprim_iova_map_stats s;
	struct world w;
	uint64_t i, n = 0;

	begin(&w, false);
	fill(&w, 2000);
	require(!vprim_iova_map_reserve(&w.map, 400));
	for (i = 0; i < 400; i++) {
		w.mem.countdown = 1;
		r = page(10 * i);
		if (i % 4 == 0)
			require(!vprim_iova_map_remove(&w.map, &r, NULL));
		else if (i % 4 == 1)
			require(!vprim_iova_map_remove_at(&w.map, r.start, NULL));
		else if (i % 4 == 2)
			require(!vprim_iova_map_set_value(&w.map, &r, 7));
		else
			require(!vprim_iova_map_insert(&w.map, &at, 7, NULL));
		at = page(10 * i + 1);
		require(w.mem.countdown == 1);
		vprim_iova_map_describe(&w.map, &s);
		require(s.promised == 399 - i);
	}
	/* Nothing is promised any more, and what is left in hand ends soon. */
	for (i = 1; !n && i < 60; i++) {
		r = page(10 * 400 - 10 * i);
		n = vprim_iova_map_remove(&w.map, &r, NULL) == -ENOMEM;
	}
	require(!vprim_iova_map_audit(&w.map));
	w.mem.countdown = 0;
	require(vprim_iova_map_reserve(&w.map, SIZE_MAX) == -ENOMEM);
	/* Twice as many leaves would be none. */
	w.mem.requests = 0;
	require(vprim_iova_map_reserve(&w.map, SIZE_MAX / 2 + 1) == -ENOMEM);
	require(!w.mem.requests);
	end(&w);
}
END_TEST

/* An erase of whole mappings takes no node of the promise, used in part or not. */
START_TEST(a_promise_is_for_updates_only)
{
	struct vprim_range r = page(0);
	struct world w;
	uint64_t i;

	begin(&w, false);
	fill(&w, 3000);
	require(!vprim_iova_map_reserve(&w.map, 20));
	require(!vprim_iova_map_remove(&w.map, &r, NULL));
	for (i = 0; i < 60; i++) {
		r = page(80 * i + 40);
		require(!vprim_iova_map_erase(&w.map, &r, NULL));
	}
	for (i = 0; i < 19; i++) {
		r = page(80 * i + 20);
		w.mem.countdown = 1;
		require(!vprim_iova_map_remove(&w.map, &r, NULL));
		require(w.mem.countdown == 1);
	}
	w.mem.countdown = 0;
	/* Of a promise that is used up an erase puts nothing back. */
	w.mem.requests = 0;
	r = page(22);
	require(!vprim_iova_map_erase(&w.map, &r, NULL));
	require(w.mem.requests < 10);
	end(&w);
}
END_TEST

/* From the top down, so that nodes look for company below them. */
START_TEST(a_map_shrinks_from_the_top)
{
	struct vprim_range r;
	uint64_t i, value;
	struct world w;

	begin(&w, false);
	fill(&w, 3000);
	for (i = 3000; i; i--) {
		r = page(2 * (i - 1));
		require(!vprim_iova_map_remove(&w.map, &r, NULL));
		require(!model_remove(&w.model, r, &value));
		if (i % 200 == 0) {
			require(!vprim_iova_map_audit(&w.map));
			look(&w);
		}
	}
	require(w.map.shown_ == NULL);
	shows(&w.old, &w.then);
	end(&w);
}
END_TEST

/* Promised inserts, at page @first and on: none asks for memory. */
static void inserts_ask_for_nothing(struct world *w, uint64_t count, uint64_t first,
				    uint64_t step)
{
	uint64_t i;

	for (i = 0; i < count; i++) {
		struct vprim_range at = page(first + step * i);

		w->mem.countdown = 1;
		require(!vprim_iova_map_insert(&w->map, &at, i, NULL));
		require(w->mem.countdown == 1);
	}
	w->mem.countdown = 0;
}

/* Nodes of the promise that an erase used come back when it is undone. */
START_TEST(a_promise_survives_what_is_undone)
{
	struct vprim_range r = { page(40).start, page(2 * 2500).last };
	struct world w;
	uint64_t n;

	begin(&w, false);
	fill(&w, 3000);
	require(!vprim_iova_map_reserve(&w.map, 20));
	for (n = 1; n < 12; n++) {
		w.mem.countdown = n;
		(void)refused(&w, vprim_iova_map_erase(&w.map, &r, NULL));
	}
	require(w.refused > 4);
	inserts_ask_for_nothing(&w, 20, 1, 200);
	end(&w);
}
END_TEST

/* A bulk draws on no promise, whole or undone: all of it is there afterwards. */
START_TEST(a_bulk_leaves_the_promise_whole)
{
	struct vprim_iova_mapping m[60];
	struct vprim_iova_map before;
	struct world w;
	uint64_t i;

	begin(&w, false);
	fill(&w, 1500);
	require(!vprim_iova_map_reserve(&w.map, 20));
	for (i = 0; i < 60; i++)
		m[i] = (struct vprim_iova_mapping){ { page(1 + 50 * i).start + 16,
						      page(1 + 50 * i).last }, i };
	before = w.map;
	test_starve(&w.mem, vprim_iova_map_bulk(&w.map, m, 60, NULL),
		    is_as_it_was(&w, &before));
	require(w.mem.starved > 4);
	/* Readers saw all of it come in one update. */
	require(w.map.update_ == before.update_ + 1);
	require(w.map.promised_ == 20);
	for (i = 0; i < 60; i++)
		require(!model_insert(&w.model, m[i].range, i, NULL));
	shows(&w.map, &w.model);
	inserts_ask_for_nothing(&w, 20, 3, 100);
	end(&w);
}
END_TEST

/* A bulk makes the tree taller, whose updates need more than those promised before. */
START_TEST(a_promise_grows_with_the_tree)
{
	struct vprim_range at = { 0, 15 };
	struct vprim_iova_mapping m[1000];
	struct world w;
	uint64_t i;

	begin(&w, false);
	require(!vprim_iova_map_insert(&w.map, &at, 1, NULL));
	require(!vprim_iova_map_reserve(&w.map, 1));
	for (i = 0; i < 24 * 1000; i++) {
		m[i % 1000] = (struct vprim_iova_mapping){ page(i + 1), i };
		if (i % 1000 == 999)
			require(!vprim_iova_map_bulk(&w.map, m, 1000, NULL));
	}
	require(w.map.height_ == 4);
	/* On every level nodes join their neighbours now and then, in copies of both. */
	for (i = 0; w.map.height_ == 4; ) {
		at = page(++i);
		require(!vprim_iova_map_erase(&w.map, &at, NULL));
		require(w.map.spare_leaves_ >= OWN_LEAVES);
		require(w.map.spare_inners_ >= OWN_INNERS(w.map.height_ - 1));
	}
	inserts_ask_for_nothing(&w, 1, i, 1);
	end(&w);
}
END_TEST

/* The cut makes two of one mapping, and the memory ends behind it. */
START_TEST(a_hole_that_is_undone_uses_no_promise_up)
{
	struct vprim_range hole = { page(400).start + 16, page(400).start + 31 };
	struct vprim_iova_map before;
	struct world w;

	begin(&w, false);
	fill(&w, 1500);
	require(!vprim_iova_map_reserve(&w.map, 5));
	before = w.map;
	test_starve(&w.mem, vprim_iova_map_erase(&w.map, &hole, NULL),
		    is_as_it_was(&w, &before));
	require(w.mem.starved > 4);
	require(w.map.promised_ == 4);
	require(model_erase(&w.model, hole) == 1);
	shows(&w.map, &w.model);
	end(&w);
}
END_TEST

/* What changes nothing costs nothing, and no node is retired for it. */
START_TEST(idle_calls_copy_nothing)
{
	struct vprim_range hole = page(1), none = page(9001);
	struct vprim_iova_mapping m;
	struct world w;
	size_t n = 5;

	begin(&w, false);
	fill(&w, 100);
	w.mem.countdown = 1;
	require(vprim_iova_map_remove(&w.map, &none, NULL) == -ENOENT);
	require(vprim_iova_map_set_value(&w.map, &none, 1) == -ENOENT);
	require(!vprim_iova_map_erase(&w.map, &hole, NULL));
	require(!vprim_iova_map_take(&w.map, &hole, &m, 1, &n) && !n);
	hole = page(2);
	require(vprim_iova_map_insert(&w.map, &hole, 1, NULL) == -EEXIST);
	require(w.mem.countdown == 1 && !w.buried);
	end(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova_map_readers");
	TCase *cases = tcase_create("readers");

	tcase_add_loop_test(cases, a_reader_sees_one_moment, 0,
			    (int)VPRIM_ARRAY_LEN(rows));
	tcase_add_test(cases, an_erase_of_many_leaves_is_whole_or_nothing);
	tcase_add_test(cases, an_erase_that_is_undone_keeps_its_neighbours_bounds);
	tcase_add_test(cases, a_promise_covers_updates);
	tcase_add_test(cases, a_promise_is_for_updates_only);
	tcase_add_test(cases, a_map_shrinks_from_the_top);
	tcase_add_test(cases, a_promise_survives_what_is_undone);
	tcase_add_test(cases, a_bulk_leaves_the_promise_whole);
	tcase_add_test(cases, a_promise_grows_with_the_tree);
	tcase_add_test(cases, a_hole_that_is_undone_uses_no_promise_up);
	tcase_add_test(cases, idle_calls_copy_nothing);
	suite_add_tcase(suite, cases);
	return test_main(suite);
}
