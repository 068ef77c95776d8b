// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The locked map under load: threads that insert, remove, place and walk at once.
 *
 * A mapping's value is made of its range, so that a reader knows a torn one when
 * it sees it. Places are searched and taken under one lock, and each place has a
 * flag that two owners at a time would both set.
 *
 *   stress_iova_map [STEPS]       steps a thread; default 100000, or
 *                                 VPRIM_TEST_STEPS
 */
#include "rng.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/user_iova_map.h>

#define THREADS 4u
#define SLOTS 1024u		/* of each thread, in the lower half */
#define SLOT UINT64_C(0x10000)
#define PLACES 256u		/* for everybody, above */
#define PLACE UINT64_C(0x1000)
#define ARENA (UINT64_C(1) << 40)
#define BATCH 16u

static struct vprim_user_iova_map *map;
static atomic_uint owner[PLACES];
static uint64_t steps = 100000;

struct worker {
	pthread_t thread;
	unsigned int number;
	struct test_rng rng;
	uint64_t seen;
	bool mine[SLOTS];
	uint64_t place;		/* the one that it has; 0 none */
};

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "stress_iova_map: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static uint64_t below(struct worker *w, uint64_t bound)
{
	return test_rng_below(&w->rng, bound);
}

static uint64_t value_of(const struct vprim_range *r)
{
	return r->start * 3 ^ r->last * 5;
}

static struct vprim_range range_of(uint64_t start, uint64_t size_bytes)
{
	struct vprim_range r = { 0, 0 };

	require(!vprim_range_from_size(start, size_bytes, &r), "a range wraps");
	return r;
}

static void whole(struct worker *w, const struct vprim_iova_mapping *m)
{
	require(m->value == value_of(&m->range), "a torn mapping");
	w->seen++;
}

/* Under the lock, alone or beside other readers. */
#define ALONE(ret, call) do {						\
	struct vprim_iova_map *core = vprim_user_iova_map_lock(map);	\
									\
	ret = call;							\
	vprim_user_iova_map_unlock(map);				\
} while (0)
#define SHARED(ret, call) do {						\
	const struct vprim_iova_map *core =				\
		vprim_user_iova_map_lock_shared(map);			\
									\
	(void)core;							\
	ret = call;							\
	vprim_user_iova_map_unlock(map);				\
} while (0)

static struct vprim_range slot_of(const struct worker *w, uint64_t slot)
{
	return range_of((slot * THREADS + w->number) * SLOT, SLOT);
}

static void toggle(struct worker *w)
{
	uint64_t slot = below(w, SLOTS), value = 0;
	struct vprim_range r = slot_of(w, slot);
	int ret;

	if (w->mine[slot]) {
		ALONE(ret, vprim_iova_map_remove(core, &r, &value));
		require(!ret, "it was mine");
		require(value == value_of(&r), "a wrong value came back");
	} else {
		ALONE(ret, vprim_iova_map_insert(core, &r, value_of(&r), NULL));
		require(!ret, "nobody else is there");
	}
	w->mine[slot] = !w->mine[slot];
}

static void take_place(struct worker *w)
{
	struct vprim_hole gap;
	struct vprim_iova_map *core;
	struct vprim_range r;

	require(!vprim_hole_init(&gap, PLACE), "no gap");
	gap.within = range_of(ARENA, PLACES * PLACE);
	core = vprim_user_iova_map_lock(map);
	require(!vprim_iova_map_gap(core, &gap, &w->place), "there is room for all");
	r = range_of(w->place, PLACE);
	require(!vprim_iova_map_insert(core, &r, value_of(&r), NULL), "it was free");
	vprim_user_iova_map_unlock(map);
	require(!atomic_exchange(&owner[(w->place - ARENA) / PLACE], w->number + 1),
		"a place has two owners");
}

static void leave_place(struct worker *w)
{
	int ret;

	require(atomic_exchange(&owner[(w->place - ARENA) / PLACE], 0) ==
		w->number + 1, "a place has changed hands");
	ALONE(ret, vprim_iova_map_remove_at(core, w->place, NULL));
	require(!ret, "it was mine");
	w->place = 0;
}

static void look(struct worker *w)
{
	struct vprim_iova_mapping m[BATCH];
	uint64_t addr[BATCH], slot = below(w, SLOTS);
	size_t i, found;
	int ret;

	for (i = 0; i < BATCH; i++)
		addr[i] = below(w, SLOTS * THREADS) * SLOT + 7;
	vprim_iova_map_stab_batch(vprim_user_iova_map_lock_shared(map), addr,
				  BATCH, m, &found);
	vprim_user_iova_map_unlock(map);
	for (i = 0; i < BATCH; i++)
		if (m[i].range.start <= m[i].range.last)
			whole(w, &m[i]);
	SHARED(ret, vprim_iova_map_stab(core, slot_of(w, slot).start, &m[0]));
	require(!ret == w->mine[slot], "my own slot is not as I left it");
}

static void walk(struct worker *w)
{
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_mapping m[BATCH];
	struct vprim_iova_map_cursor c;
	uint64_t last = 0;
	size_t i, n;
	int ret;

	SHARED(ret, vprim_iova_map_cursor_init(&c, core, &all));
	require(!ret, "no cursor");
	do {
		/* The cursor knows its map; the lock is what it lacks. */
		SHARED(ret, vprim_iova_map_cursor_read(&c, m, BATCH, &n));
		require(!ret, "no walk");
		for (i = 0; i < n; i++) {
			require(!last || m[i].range.start > last, "it went back");
			whole(w, &m[i]);
			last = m[i].range.last;
		}
	} while (n == BATCH);
}

static void *work(void *ctx)
{
	struct worker *w = ctx;
	uint64_t n, slot;
	int ret;

	for (n = 0; n < steps; n++) {
		toggle(w);
		look(w);
		if (w->place)
			leave_place(w);
		else
			take_place(w);
		if (n % 256 == w->number)
			walk(w);
		if (n % 1024 == w->number) {
			SHARED(ret, vprim_iova_map_audit(core));
			require(!ret, "an invariant");
		}
	}
	if (w->place)
		leave_place(w);
	for (slot = 0; slot < SLOTS; slot++) {
		struct vprim_range r = slot_of(w, slot);

		ALONE(ret, vprim_iova_map_remove(core, &r, NULL));
		require(!ret == w->mine[slot], "my own slot is not as I left it");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct worker w[THREADS];
	const char *text = getenv("VPRIM_TEST_STEPS");
	uint64_t seen = 0;
	unsigned int i;
	int ret;

	if (argc > 1)
		text = argv[1];
	if (text && strtoull(text, NULL, 0) < steps)
		steps = strtoull(text, NULL, 0);
	require(!vprim_user_iova_map_new(NULL, &map, NULL), "no map");
	for (i = 0; i < THREADS; i++) {
		w[i].number = i;
		w[i].rng.state = i + 1;
		require(!pthread_create(&w[i].thread, NULL, work, &w[i]),
			"no thread");
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		seen += w[i].seen;
	}
	SHARED(ret, vprim_iova_map_count(core) || vprim_iova_map_audit(core));
	require(!ret, "something is left");
	vprim_user_iova_map_free(map);
	printf("%" PRIu64 " steps of %u threads, %" PRIu64 " mappings seen whole\n",
	       steps, THREADS, seen);
	return EXIT_SUCCESS;
}
