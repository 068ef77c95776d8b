// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Readers x writers on one map: what lookups and updates are done in a second by so
 * many threads, for each map that is named (see threads.h), as a table.
 *
 *   threads [-r ROUNDS] [-n MAPPINGS] MAP.so...
 *
 * Lookups are given beside one reader alone of the first map, updates beside its
 * writer alone. The maps take turns, and the median of the rounds is taken: the best
 * of readers and of writers would not be of one round. Every lookup's answer is checked.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "threads.h"

#define MAPS 8
#define ROUNDS 101
#define THREADS 8u
#define PAGE UINT64_C(4096)
/* What is looked up lies in the lower half of a slot, what comes and goes above it. */
#define SLOT (4 * PAGE)

static const struct { unsigned readers, writers; } cases[] = {
	{ 1, 0 }, { 2, 0 }, { 4, 0 }, { 0, 1 }, { 1, 1 }, { 3, 1 }, { 2, 2 },
};
#define CASES (sizeof cases / sizeof cases[0])

static const struct threads_ops *ops[MAPS];
static void *map[MAPS];
static uint64_t mappings = 100000;
static atomic_bool stop;

struct worker {
	alignas(128) pthread_t thread;
	const struct threads_ops *ops;
	void *map;
	uint64_t random, done;
	unsigned number;
};

static void require(int right, const char *what)
{
	if (right) return;
	fprintf(stderr, "threads: %s\n", what);
	exit(1);
}

static uint64_t below(struct worker *w, uint64_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint64_t)(((unsigned __int128)(w->random * UINT64_C(2685821657736338717)) * n) >> 64);
}

static void *read_on(void *ctx)
{
	struct worker *w = ctx;
	uint64_t slot, value;

	w->ops->enter();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		slot = below(w, mappings);
		require(w->ops->stab(w->map, slot * SLOT + 5, &value) && value == slot,
			"a wrong answer");
		w->done++;
	}
	w->ops->leave();
	return NULL;
}

static void *write_on(void *ctx)
{
	struct worker *w = ctx;

	w->ops->enter();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		uint64_t slot = below(w, mappings / THREADS) * THREADS + w->number;
		uint64_t at = slot * SLOT + 2 * PAGE;
		require(w->ops->insert(w->map, at, at + PAGE - 1, 0), "it was free");
		require(w->ops->remove(w->map, at, at + PAGE - 1), "it was there");
		w->done += 2;
	}
	w->ops->leave();
	return NULL;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Lookups and updates a second, in one round. */
static double rate[MAPS][CASES][2][ROUNDS];

static void run(int m, size_t c, int round)
{
	static struct worker w[THREADS];
	const struct timespec nap = { 0, 40000000 };
	uint64_t done[2] = { 0, 0 };
	unsigned readers = cases[c].readers, i, n = readers + cases[c].writers;
	double began = now(), took;

	atomic_store(&stop, 0);
	for (i = 0; i < n; i++) {
		w[i] = (struct worker){ .ops = ops[m], .map = map[m], .random = i * 77 + 1, .number = i };
		require(!pthread_create(&w[i].thread, NULL, i < readers ? read_on : write_on,
					&w[i]), "no thread");
	}
	nanosleep(&nap, NULL);
	atomic_store(&stop, 1);
	for (i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		done[i >= readers] += w[i].done;
	}
	took = now() - began;
	for (i = 0; i < 2; i++)
		rate[m][c][i][round] = (double)done[i] / took;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(int m, size_t c, int writers, int rounds)
{
	double *r = rate[m][c][writers];

	qsort(r, (size_t)rounds, sizeof *r, by_size);
	return r[rounds / 2];
}

static void print(int maps, int rounds)
{
	double reads = median(0, 0, 0, rounds), writes = median(0, 3, 1, rounds);
	size_t c;
	int m;

	printf("| map |");
	for (c = 0; c < CASES; c++)
		printf(" %u + %u |", cases[c].readers, cases[c].writers);
	printf("\n|---|");
	for (c = 0; c < CASES; c++)
		printf("---|");
	for (m = 0; m < maps; m++) {
		printf("\n| %s |", ops[m]->name);
		for (c = 0; c < CASES; c++) {
			if (cases[c].readers)
				printf(" %.2f", median(m, c, 0, rounds) / reads);
			if (cases[c].readers && cases[c].writers)
				printf(",");
			if (cases[c].writers)
				printf(" %.3f w", median(m, c, 1, rounds) / writes);
			printf(" |");
		}
	}
	printf("\n\n1 is %.1f million lookups, %.2f million updates a second.\n",
	       reads / 1e6, writes / 1e6);
}

int main(int argc, char **argv)
{
	int maps = 0, rounds = 15, r, m;
	size_t c;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-r")) { rounds = atoi(argv[++i]); continue; }
		if (!strcmp(argv[i], "-n")) { mappings = strtoull(argv[++i], 0, 0); continue; }
		void *h = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
		const struct threads_ops *(*get)(void) =
			h ? (const struct threads_ops *(*)(void))dlsym(h, "threads_get") : NULL;
		require(get && maps < MAPS, "no such map");
		ops[maps] = get();
		map[maps] = ops[maps]->create();
		ops[maps]->enter();
		for (uint64_t k = 0; k < mappings; k++)
			require(ops[maps]->insert(map[maps], k * SLOT, k * SLOT + PAGE - 1, k),
				"no memory");
		ops[maps]->leave();
		maps++;
	}
	require(maps && mappings >= THREADS && rounds > 0 && rounds <= ROUNDS,
		"[-r ROUNDS] [-n MAPPINGS] MAP.so...");
	for (r = 0; r < rounds; r++)
		for (c = 0; c < CASES; c++)
			for (m = 0; m < maps; m++)
				run(m, c, r);
	print(maps, rounds);
	for (m = 0; m < maps; m++)
		ops[m]->destroy(map[m]);
	return 0;
}
