// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * bench_user_iova_map - what the lock around the map costs, and what scales.
 *
 *     bench_user_iova_map [MAPPINGS]          default: 100000
 *
 * Each line is one mix of operations, done by 1, 2 and 4 threads on one map, under
 * its lock and, in the columns behind, with readers that take no lock, as a
 * ratio beside one thread on a map without a lock: 1.00 is as much work a second
 * as that thread does, 2.00 is twice as much. The columns of a line take turns,
 * and the best of fifteen rounds is taken: other work on the machine only ever
 * makes a round worse, and two threads more often than one. The first line looks
 * at no map and shows what the machine gives to more threads just now. Threads
 * beyond the processors' number show what waiting costs, not what scales.
 */
#include "../epoch.h"
#include "../rng.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <virtprim/user.h>
#include <virtprim/user_iova_map.h>

#define ROUNDS 15
#define ROUND_NS INT64_C(30000000)
#define THREADS 4u
#define BATCH 64u
#define PAGE UINT64_C(4096)

/* One mapping in the lower half of each slot; updates use slots of their own. */
#define SLOT (4 * PAGE)

struct mix {
	const char *name;
	unsigned int per_1000;	/* updates: an insert and its removal */
	unsigned int batch;	/* lookups under one lock; 0: look at nothing */
};

static const struct mix mixes[] = {
	{ "no map at all", 0, 0 },
	{ "lookups", 0, 1 },
	{ "lookups, 64 at once", 0, BATCH },
	{ "lookups, 0.1% updates", 1, 1 },
	{ "lookups, 1% updates", 10, 1 },
	{ "lookups, 10% updates", 100, 1 },
	{ "64 at once, 1% updates", 10, BATCH },
	{ "updates", 1000, 1 },
};

/* One whose readers take the lock, and one whose readers take none. */
static struct vprim_user_iova_map *locked, *free_to_read;
static const struct vprim_iova_map *open_map;
static struct vprim_iova_map bare;
static uint64_t mappings = 100000;
static atomic_bool stop;

/* On lines of its own: what is measured is the map's lock and not this. */
struct worker {
	alignas(128) pthread_t thread;
	const struct mix *mix;
	struct test_rng rng;
	uint64_t ops, sum;
	unsigned int number;
	struct vprim_user_iova_map *map;	/* NULL: the bare one */
};

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "bench_user_iova_map: %s\n", what);
		exit(1);
	}
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static uint64_t below(struct worker *w, uint64_t bound)
{
	return test_rng_below(&w->rng, bound);
}

/* The map of this worker, as it reads it, and as it writes it. */
static const struct vprim_iova_map *reading(const struct worker *w)
{
	if (!w->map)
		return &bare;
	if (w->map == locked)
		return vprim_user_iova_map_lock_shared(locked);
	epoch_begin(w->number);
	return open_map;
}

static void read_on(const struct worker *w)
{
	if (w->map == locked)
		vprim_user_iova_map_unlock(locked);
	else if (w->map)
		epoch_end(w->number);
}

static struct vprim_iova_map *writing(const struct worker *w)
{
	return w->map ? vprim_user_iova_map_lock(w->map) : &bare;
}

static void written(const struct worker *w)
{
	if (w->map)
		vprim_user_iova_map_unlock(w->map);
}

/* What the machine gives: numbers alone. */
static void look_at_nothing(struct worker *w)
{
	w->sum += below(w, mappings);
	w->ops++;
}

static void look_one(struct worker *w)
{
	uint64_t addr = below(w, mappings) * SLOT + 5;
	struct vprim_iova_mapping m = { .value = 0 };
	int ret = vprim_iova_map_stab(reading(w), addr, &m);

	read_on(w);
	require(!ret, "a mapping is missing");
	w->sum += m.value;
	w->ops++;
}

static void look_batch(struct worker *w)
{
	struct vprim_iova_mapping m[BATCH];
	uint64_t addr[BATCH];
	size_t i, found = 0;

	for (i = 0; i < BATCH; i++)
		addr[i] = below(w, mappings) * SLOT + 5;
	vprim_iova_map_stab_batch(reading(w), addr, BATCH, m, &found);
	read_on(w);
	require(found == BATCH, "a mapping is missing");
	w->sum += m[0].value;
	w->ops += BATCH;
}

/* In the upper half of a slot of this thread's, so that none is refused. */
static void update(struct worker *w)
{
	uint64_t slot = below(w, mappings / THREADS) * THREADS + w->number;
	struct vprim_range r = { slot * SLOT + 2 * PAGE,
				 slot * SLOT + 3 * PAGE - 1 };
	int ret = vprim_iova_map_insert(writing(w), &r, slot, NULL);

	written(w);
	require(!ret, "an insert was refused");
	ret = vprim_iova_map_remove(writing(w), &r, NULL);
	written(w);
	require(!ret, "a removal was refused");
	w->ops += 2;
}

static void *work(void *ctx)
{
	struct worker *w = ctx;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		if (w->mix->per_1000 && below(w, 1000) < w->mix->per_1000)
			update(w);
		else if (w->mix->batch > 1)
			look_batch(w);
		else if (w->mix->batch)
			look_one(w);
		else
			look_at_nothing(w);
	}
	return NULL;
}

/* Operations a second of so many threads. */
static double run(const struct mix *mix, struct vprim_user_iova_map *map,
		  unsigned int n)
{
	static struct worker w[THREADS];
	unsigned int i;
	struct timespec nap = { 0, ROUND_NS };
	uint64_t done = 0;
	int64_t began;

	atomic_store(&stop, false);
	began = now_ns();
	for (i = 0; i < n; i++) {
		w[i] = (struct worker){ .mix = mix, .number = i,
					.rng = { i + 1 }, .map = map };
		require(!pthread_create(&w[i].thread, NULL, work, &w[i]),
			"no thread");
	}
	nanosleep(&nap, NULL);
	atomic_store(&stop, true);
	for (i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].ops;
	}
	return (double)done * 1e9 / (double)(now_ns() - began);
}

static void measure(const struct mix *mix)
{
	const struct {
		struct vprim_user_iova_map *map;
		unsigned int threads;
	} column[] = {
		{ NULL, 1 }, { locked, 1 }, { locked, 2 }, { locked, 4 },
		{ free_to_read, 1 }, { free_to_read, 2 }, { free_to_read, 4 },
	};
	double rate[VPRIM_ARRAY_LEN(column)] = { 0 };
	size_t i, r;

	for (r = 0; r < ROUNDS; r++)
		for (i = 0; i < VPRIM_ARRAY_LEN(column); i++) {
			double now = run(mix, column[i].map, column[i].threads);

			rate[i] = now > rate[i] ? now : rate[i];
		}
	printf("%-24s %7.1f", mix->name, 1e9 / rate[0]);
	for (i = 1; i < VPRIM_ARRAY_LEN(column); i++)
		printf(" %9.2f", rate[i] / rate[0]);
	printf("\n");
	fflush(stdout);
}

static void fill(struct vprim_iova_map *core)
{
	uint64_t i;

	for (i = 0; i < mappings; i++) {
		struct vprim_range r = { i * SLOT, i * SLOT + PAGE - 1 };

		require(!vprim_iova_map_insert(core, &r, i, NULL), "no memory");
	}
}

int main(int argc, char **argv)
{
	const struct vprim_iova_map_options readers = { .retire = epoch_retire };
	size_t i;

	if (argc > 1)
		mappings = strtoull(argv[1], NULL, 0);
	require(argc <= 2 && mappings >= THREADS, "[MAPPINGS], at least 4");
	require(!vprim_user_iova_map_new(NULL, &locked, NULL) &&
		!vprim_user_iova_map_new(&readers, &free_to_read, NULL) &&
		!vprim_iova_map_init(&bare, sizeof(bare), vprim_user_alloc(), NULL,
				     NULL, NULL), "no map");
	fill(&bare);
	fill(vprim_user_iova_map_lock(locked));
	vprim_user_iova_map_unlock(locked);
	fill(vprim_user_iova_map_lock(free_to_read));
	vprim_user_iova_map_unlock(free_to_read);
	open_map = vprim_user_iova_map_lock_shared(free_to_read);
	vprim_user_iova_map_unlock(free_to_read);
	printf("%" PRIu64 " mappings, %ld processors; work beside one thread "
	       "without a lock\n", mappings, sysconf(_SC_NPROCESSORS_ONLN));
	printf("%-24s %7s %29s %29s\n%-24s %7s %9s %9s %9s %9s %9s %9s\n", "", "",
	       "under the lock", "readers without a lock", "threads", "1, ns", "1",
	       "2", "4", "1", "2", "4");
	for (i = 0; i < VPRIM_ARRAY_LEN(mixes); i++)
		measure(&mixes[i]);
	vprim_iova_map_fini(&bare);
	vprim_user_iova_map_free(locked);
	vprim_user_iova_map_free(free_to_read);
	return 0;
}
