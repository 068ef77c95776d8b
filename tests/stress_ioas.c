// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * IO address spaces that share pages, each with a lock of its own: threads map,
 * copy and unmap at once. Only a copy takes two locks.
 *
 * Whoever drops the last area frees the pages, whatever thread that is: none must
 * be left, and none be freed twice.
 *
 *   stress_ioas [STEPS]           steps a thread; default 30000, or
 *                                 VPRIM_TEST_STEPS
 */
#include "rng.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/ioas.h>

#define SPACES 3u
#define THREADS 4u
#define PLACES 4u		/* few: copies and unmaps shall meet */
#define PAGE UINT64_C(0x1000)
#define RW (VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE)

static struct space {
	struct vprim_ioas a;
	pthread_mutex_t lock;
} spaces[SPACES];

static atomic_long blocks;
static atomic_uint arrived[2];
static uint64_t steps = 30000;

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "stress_ioas: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static void *take(void *ctx, size_t size_bytes)
{
	(void)ctx;
	atomic_fetch_add_explicit(&blocks, 1, memory_order_relaxed);
	return malloc(size_bytes);
}

static void give(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	atomic_fetch_sub_explicit(&blocks, 1, memory_order_relaxed);
	free(ptr);
}

static const struct vprim_alloc_ops ops = { take, give };

static void lock(unsigned int i)
{
	require(!pthread_mutex_lock(&spaces[i].lock), "no lock");
}

static void unlock(unsigned int i)
{
	require(!pthread_mutex_unlock(&spaces[i].lock), "it was locked");
}

static void map(unsigned int i, uint64_t iova)
{
	struct vprim_ioas_map_args args = {
		.flags = RW | VPRIM_IOAS_FIXED_IOVA, .uptr = iova * 3 + 5,
		.length_bytes = PAGE, .iova = iova };
	int ret;

	lock(i);
	ret = vprim_ioas_map(&spaces[i].a, &args, NULL, NULL);
	unlock(i);
	require(!ret || ret == -EEXIST, "a map");
}

static void copy(unsigned int from, unsigned int to, uint64_t iova)
{
	struct vprim_ioas_copy_args args = { RW | VPRIM_IOAS_FIXED_IOVA, PAGE,
					     iova, iova };
	unsigned int first = from < to ? from : to;
	unsigned int second = from < to ? to : from;
	int ret;

	lock(first);
	if (second != first)
		lock(second);
	ret = vprim_ioas_copy(&spaces[to].a, &spaces[from].a, &args, NULL,
			      NULL);
	if (second != first)
		unlock(second);
	unlock(first);
	require(!ret || ret == -EEXIST || ret == -ENOENT, "a copy");
}

static void unmap(unsigned int i, uint64_t iova)
{
	int ret;

	lock(i);
	ret = vprim_ioas_unmap(&spaces[i].a, iova, PAGE, NULL, NULL);
	unlock(i);
	require(!ret || ret == -ENOENT, "an unmap");
}

static void look(unsigned int i, uint64_t iova)
{
	struct vprim_range at = { iova, iova };
	struct vprim_ioas_mapping m;

	lock(i);
	if (!vprim_ioas_first(&spaces[i].a, &at, NULL, &m))
		require(m.uptr == iova * 3 + 5 && m.shares > 0, "torn pages");
	require(!vprim_ioas_audit(&spaces[i].a), "an invariant is broken");
	unlock(i);
}

static void *anything(void *arg)
{
	struct test_rng rng = { (uint64_t)(uintptr_t)arg };
	uint64_t k;

	for (k = 0; k < steps; k++) {
		unsigned int i = (unsigned int)test_rng_below(&rng, SPACES);
		unsigned int j = (unsigned int)test_rng_below(&rng, SPACES);
		uint64_t iova = (1 + test_rng_below(&rng, PLACES)) * PAGE;

		switch (test_rng_below(&rng, 8)) {
		case 0:
			map(i, iova);
			break;
		case 1:
		case 2:
		case 3:
			copy(i, j, iova);
			break;
		case 4:
			look(i, iova);
			break;
		default:
			unmap(i, iova);
		}
	}
	return NULL;
}

/*
 * Wait for the other one of two, awake: they go on together. Relaxed, so that it
 * orders nothing: a race detector sees what the locks leave open, in whatever order
 * the threads come to run.
 */
static void meet(unsigned int who, unsigned int turn)
{
	atomic_store_explicit(&arrived[who], turn, memory_order_relaxed);
	while (atomic_load_explicit(&arrived[!who], memory_order_relaxed) < turn)
		sched_yield();
}

/* Both drop their half of the same pages at the same moment. */
static void *at_once(void *arg)
{
	unsigned int who = (unsigned int)(uintptr_t)arg, k;

	for (k = 1; k <= steps; k++) {
		if (!who) {
			map(0, PAGE);
			copy(0, 1, PAGE);
		}
		meet(who, 2 * k - 1);
		unmap(who, PAGE);
		meet(who, 2 * k);
	}
	return NULL;
}

static void run(unsigned int threads, void *(*work)(void *))
{
	pthread_t thread[THREADS];
	uintptr_t i;

	for (i = 0; i < threads; i++)
		require(!pthread_create(&thread[i], NULL, work, (void *)i),
			"no thread");
	for (i = 0; i < threads; i++)
		require(!pthread_join(thread[i], NULL), "a thread is lost");
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("VPRIM_TEST_STEPS");
	struct vprim_ioas_config config;
	unsigned int i;

	if (text)
		steps = strtoull(text, NULL, 0);
	vprim_ioas_config_init(&config);
	config.alloc = &ops;
	for (i = 0; i < SPACES; i++) {
		require(!vprim_ioas_init(&spaces[i].a, sizeof(spaces[i].a),
					 &config, NULL), "no IOAS");
		require(!pthread_mutex_init(&spaces[i].lock, NULL), "no lock");
	}
	run(2, at_once);
	run(THREADS, anything);
	for (i = 0; i < SPACES; i++)
		vprim_ioas_fini(&spaces[i].a);
	require(!atomic_load(&blocks), "memory is left, or was freed twice");
	printf("%" PRIu64 " steps a thread, no pages lost\n", steps);
	return EXIT_SUCCESS;
}
