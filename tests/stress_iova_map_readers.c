// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Readers without a lock beside one writer.
 *
 * The writer puts groups of mappings in and takes them out, each group in one
 * update: a reader that looks up a whole group at once finds all of it or none,
 * with values of one generation. Retired nodes are given back when every reader that
 * was in the map has left, and are filled with garbage first: who still reads them
 * is found out.
 *
 *   stress_iova_map_readers [STEPS]   updates; default 200000, or
 *                                     VPRIM_TEST_STEPS
 */
#define EPOCH_GARBAGE
#include "epoch.h"
#include "rng.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/iova_map.h>

#define READERS 3u
_Static_assert(READERS <= EPOCH_READERS, "too many");
#define GROUPS 512u
#define GROUP 8u
#define PAGE UINT64_C(0x1000)

static uint64_t steps = 200000;
static struct vprim_iova_map map;
static atomic_bool over;

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "stress_iova_map_readers: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static void *alloc(void *ctx, size_t size_bytes)
{
	(void)ctx;
	return malloc(size_bytes);
}

static void give_back(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	free(ptr);
}

static const struct vprim_alloc_ops ops = { alloc, give_back };

/* -- the map -------------------------------------------------------------- */

static uint64_t page_of(uint64_t group, uint64_t member)
{
	return (group * 2 * GROUP + member) * PAGE;
}

/* The value names generation and place. */
static void make_group(struct vprim_iova_mapping *m, uint64_t group,
		       uint64_t generation)
{
	uint64_t i;

	for (i = 0; i < GROUP; i++) {
		m[i].range.start = page_of(group, i);
		m[i].range.last = m[i].range.start + PAGE - 1;
		m[i].value = generation << 32 | (group * GROUP + i);
	}
}

struct writer {
	struct test_rng rng;
	bool in[GROUPS];
};

static void update(struct writer *w, uint64_t generation)
{
	struct vprim_iova_mapping m[GROUP], got[GROUP + 1];
	uint64_t group = test_rng_below(&w->rng, GROUPS);
	struct vprim_range r = { page_of(group, 0), page_of(group, GROUP) - 1 };
	uint64_t touched;
	size_t n;

	make_group(m, group, generation);
	if (!w->in[group]) {
		require(!vprim_iova_map_bulk(&map, m, GROUP, NULL), "it was free");
	} else if (generation & 1) {
		require(!vprim_iova_map_erase(&map, &r, &touched), "no memory");
		require(touched == GROUP, "a group has lost a member");
	} else {
		require(!vprim_iova_map_take(&map, &r, got, GROUP + 1, &n),
			"no memory");
		require(n == GROUP, "a group has lost a member");
	}
	w->in[group] = !w->in[group];
}

static void look_at_group(struct test_rng *rng, uint64_t *seen)
{
	uint64_t group = test_rng_below(rng, GROUPS), i, addr[GROUP];
	struct vprim_iova_mapping m[GROUP];
	size_t found;

	for (i = 0; i < GROUP; i++)
		addr[i] = page_of(group, i) + 7;
	vprim_iova_map_stab_batch(&map, addr, GROUP, m, &found);
	require(!found || found == GROUP, "part of a group");
	for (i = 0; i < found; i++) {
		require(m[i].range.start == page_of(group, i), "a wrong range");
		require((uint32_t)m[i].value == group * GROUP + i, "a wrong value");
		require(m[i].value >> 32 == m[0].value >> 32, "two generations");
	}
	*seen += found;
}

/* Single lookups each see their own moment, and always a whole mapping. */
static void walk(struct test_rng *rng, uint64_t *seen)
{
	uint64_t at = page_of(test_rng_below(rng, GROUPS), 0), n;
	struct vprim_iova_mapping m;

	for (n = 0; n < 20 && !vprim_iova_map_next(&map, at, &m); n++) {
		require(m.range.start > at, "a step back");
		require(m.range.start ==
			     page_of((uint32_t)m.value / GROUP,
				     (uint32_t)m.value % GROUP),
			"a wrong value");
		at = m.range.start;
	}
	*seen += n;
	if (!vprim_iova_map_prev(&map, at, &m))
		require(m.range.last < at, "not below");
	if (!vprim_iova_map_stab(&map, at, &m))
		require(m.range.start <= at && at <= m.range.last, "beside it");
}

struct reader {
	pthread_t thread;
	unsigned int number;
	uint64_t seen;
};

static void *read_on(void *ctx)
{
	struct reader *r = ctx;
	struct test_rng rng = { r->number + 77 };

	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		epoch_begin(r->number);
		look_at_group(&rng, &r->seen);
		walk(&rng, &r->seen);
		epoch_end(r->number);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct vprim_iova_map_options options = { .retire = epoch_retire };
	static struct writer w = { .rng = { 4711 } };
	static struct reader r[READERS];
	const char *text = getenv("VPRIM_TEST_STEPS");
	uint64_t n, seen = 0;
	unsigned int i;

	if (argc > 1)
		text = argv[1];
	if (text && strtoull(text, NULL, 0) < steps)
		steps = strtoull(text, NULL, 0);
	require(!vprim_iova_map_init(&map, sizeof(map), &ops, NULL, &options, NULL),
		"no map");
	for (i = 0; i < READERS; i++) {
		r[i].number = i;
		require(!pthread_create(&r[i].thread, NULL, read_on, &r[i]),
			"no thread");
	}
	for (n = 0; n < steps; n++) {
		update(&w, n);
		if (n % 64 == 0)
			epoch_collect();
		if (n % 1024 == 0)
			require(!vprim_iova_map_audit(&map), "an invariant");
	}
	atomic_store(&over, true);
	for (i = 0; i < READERS; i++) {
		pthread_join(r[i].thread, NULL);
		seen += r[i].seen;
	}
	epoch_collect();
	require(!epoch_waiting, "a node is left");
	vprim_iova_map_fini(&map);
	printf("%" PRIu64 " updates beside %u readers, %" PRIu64
	       " mappings seen whole\n", steps, READERS, seen);
	return EXIT_SUCCESS;
}
