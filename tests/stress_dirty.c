// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A shared dirty bitmap under load: writers that write a page and mark it, and one
 * reader that takes the marks and copies the pages, as a migration does.
 *
 * What the reader has copied must in the end be what was written last: a mark that
 * got lost, or that was seen before the write it stands for, leaves an old copy.
 *
 *   stress_dirty [STEPS]       steps a thread; default 1000000, or VPRIM_TEST_STEPS
 */
#include "rng.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/dirty.h>

#define WRITERS 3u
#define PAGES 200u	/* of each writer; they share words at the seams */
#define ALL (WRITERS * PAGES)
#define PAGE 0x1000u

static uint64_t bits[ALL / 64 + 1];
static const struct vprim_dirty_view view = {
	{ 0, ALL * PAGE - 1 }, { bits, ALL }
};
static atomic_uint_fast64_t memory[ALL], copy[ALL];
static atomic_uint working;
static uint64_t steps = 1000000, taken;

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "stress_dirty: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static void write_page(uint64_t page, uint64_t value)
{
	atomic_store_explicit(&memory[page], value, memory_order_relaxed);
}

static void *writer(void *arg)
{
	uint64_t first = *(unsigned int *)arg * PAGES, i, page;
	struct test_rng rng = { first + 1 };
	struct vprim_dirty_run run;
	uint8_t byte = 5;
	struct vprim_dirty_bitmap some = { &byte, 3 };
	struct vprim_range r;

	for (i = 0; i < steps; i++) {
		page = first + test_rng_below(&rng, PAGES - 2);
		write_page(page, i);
		switch (test_rng_below(&rng, 3)) {
		case 0:
			run.first = run.last = page;
			require(!vprim_dirty_shared_set(&view.bitmap, &run), "set");
			break;
		case 1:
			r.start = page * PAGE + 7;
			r.last = r.start + 8;
			require(!vprim_dirty_shared_mark(&view, PAGE, &r), "mark");
			break;
		default:
			write_page(page + 2, i);
			require(!vprim_dirty_shared_or(&view.bitmap, page, &some),
				"or");
		}
	}
	atomic_fetch_sub(&working, 1);
	return NULL;
}

/* One pass: take what is marked and copy it. */
static void pass(uint64_t first, uint64_t last)
{
	struct vprim_dirty_run run = { first, last }, dirty;
	uint64_t words[ALL / 64 + 1] = { 0 }, page, i;
	struct vprim_dirty_bitmap out = { words, ALL };

	require(!vprim_dirty_shared_take(&view.bitmap, &run, &out), "take");
	for (page = 0; !vprim_dirty_next(&out, page, &dirty);
	     page = dirty.last + 1)
		for (i = dirty.first; i <= dirty.last; i++, taken++)
			atomic_store_explicit(&copy[first + i],
				atomic_load_explicit(&memory[first + i],
						     memory_order_relaxed),
				memory_order_relaxed);
}

int main(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("VPRIM_TEST_STEPS");
	unsigned int number[WRITERS], i;
	struct test_rng rng = { 9 };
	pthread_t thread[WRITERS];
	uint64_t first;

	if (text)
		steps = strtoull(text, NULL, 0);
	atomic_store(&working, WRITERS);
	for (i = 0; i < WRITERS; i++) {
		number[i] = i;
		require(!pthread_create(&thread[i], NULL, writer, &number[i]),
			"no thread");
	}
	while (atomic_load(&working)) {
		first = test_rng_below(&rng, ALL);
		pass(first, first + test_rng_below(&rng, ALL - first));
	}
	for (i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	pass(0, ALL - 1);
	for (i = 0; i < ALL; i++)
		require(atomic_load(&copy[i]) == atomic_load(&memory[i]),
			"a dirty page was lost");
	require(!vprim_dirty_count(&view.bitmap), "a mark is left");
	printf("%llu pages taken\n", (unsigned long long)taken);
	return 0;
}
