// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Translation both ways beside what programs do today: QEMU's iova-tree keeps a
 * GLib GTree and walks it for the way back; libvfio-user keeps a table in the order
 * of arrival, remembers the region of the last answer, and walks it for the rest.
 * Their behaviour is written anew here; a page's own numbers are what to compare.
 *
 *   bench_iova_xlate [LOOKUPS]
 */
#include "../rng.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <virtprim/iova_xlate.h>

#define SIZE UINT64_C(0x10000)
#define VBASE UINT64_C(0x7f0000000000)
#define MOST 10000u

struct region {
	uint64_t iova, last, vaddr;
};

static struct region table[MOST];
static size_t nr, hint;
static GTree *tree;
static struct vprim_iova_xlate x;

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "bench_iova_xlate: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

static void *get(void *ctx, size_t size_bytes)
{
	(void)ctx;
	return malloc(size_bytes);
}

static void put(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	free(ptr);
}

static const struct vprim_alloc_ops ops = { get, put };

static uint64_t slot_iova(uint64_t slot)
{
	return slot * 2 * SIZE;
}

/* Neighbours in one space are not neighbours in the other. */
static uint64_t slot_vaddr(uint64_t slot)
{
	return VBASE + slot * 7919 % nr * 2 * SIZE;
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
	const struct region *l = a, *r = b;

	(void)data;
	return l->last < r->iova ? -1 : l->iova > r->last;
}

static uint64_t tree_forward(uint64_t iova)
{
	struct region key = { iova, iova, 0 };
	const struct region *r = g_tree_lookup(tree, &key);

	return r->vaddr + (iova - r->iova);
}

struct wanted {
	uint64_t vaddr, iova;
};

static gboolean is_wanted(gpointer key, gpointer value, gpointer data)
{
	const struct region *r = value;
	struct wanted *w = data;

	(void)key;
	if (w->vaddr < r->vaddr || w->vaddr - r->vaddr > r->last - r->iova)
		return FALSE;
	w->iova = r->iova + (w->vaddr - r->vaddr);
	return TRUE;
}

static uint64_t tree_back(uint64_t vaddr)
{
	struct wanted w = { vaddr, 0 };

	g_tree_foreach(tree, is_wanted, &w);
	return w.iova;
}

static uint64_t table_forward(uint64_t iova)
{
	size_t i = hint;

	if (iova < table[i].iova || iova > table[i].last)
		for (i = 0; iova < table[i].iova || iova > table[i].last; i++)
			;
	hint = i;
	return table[i].vaddr + (iova - table[i].iova);
}

static uint64_t table_back(uint64_t vaddr)
{
	size_t i = 0;

	while (vaddr < table[i].vaddr || vaddr - table[i].vaddr >= SIZE)
		i++;
	return table[i].iova + (vaddr - table[i].vaddr);
}

static uint64_t our_forward(uint64_t iova)
{
	struct vprim_iova_xlate_region region;
	uint64_t vaddr;

	require(!vprim_iova_xlate_stab(&x, iova, &region, &vaddr), "nothing there");
	return vaddr;
}

static uint64_t our_segment(uint64_t iova)
{
	struct vprim_iova_xlate_request q = { iova, 8, 1 };
	struct vprim_iova_xlate_segment s;
	struct vprim_iova_xlate_segments out = { &s, 1, 0 };

	require(!vprim_iova_xlate_to_segments(&x, &q, &out, NULL), "no segment");
	return s.vaddr;
}

static uint64_t our_back(uint64_t vaddr)
{
	uint64_t iova;

	require(!vprim_iova_xlate_reverse(&x, vaddr, NULL, &iova), "no way back");
	return iova;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ns a lookup; all ways must give the same sum. */
static double measure(uint64_t (*look)(uint64_t), bool back, uint64_t lookups,
		      uint64_t *sum)
{
	struct test_rng rng = { 7 };
	double begun = seconds();
	uint64_t i, slot, at, got = 0;

	for (i = 0; i < lookups; i++) {
		slot = test_rng_below(&rng, nr);
		at = test_rng_below(&rng, SIZE - 8);
		got += look((back ? slot_vaddr(slot) : slot_iova(slot)) + at);
	}
	require(!*sum || *sum == got, "two ways, two answers");
	*sum = got;
	return (seconds() - begun) * 1e9 / (double)lookups;
}

static void fill(size_t n)
{
	size_t i;

	nr = n;
	hint = 0;
	tree = g_tree_new_full(compare, NULL, NULL, NULL);
	require(!vprim_iova_xlate_init(&x, sizeof(x), &ops, NULL, 0, NULL), "init");
	for (i = 0; i < n; i++) {
		struct vprim_iova_xlate_region r = { .rights = 3 };
		/* 7907 and n have no divisor in common: an order of arrival. */
		uint64_t slot = i * 7907 % n;

		table[i].iova = slot_iova(slot);
		table[i].last = table[i].iova + SIZE - 1;
		table[i].vaddr = slot_vaddr(slot);
		g_tree_insert(tree, &table[i], &table[i]);
		r.iova.start = table[i].iova;
		r.iova.last = table[i].last;
		r.vaddr = table[i].vaddr;
		require(!vprim_iova_xlate_add(&x, &r, NULL), "add");
	}
}

int main(int argc, char **argv)
{
	uint64_t lookups = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000, few;
	static const size_t sizes[] = { 100, 10000 };
	uint64_t sum;
	size_t i;

	printf("ns a lookup        regions  iova_xlate  GTree  table\n");
	for (i = 0; i < 2; i++) {
		fill(sizes[i]);
		/* What walks gets fewer rounds; the sums need the same ones. */
		few = lookups * 10 / sizes[i] + 1;
		sum = 0;
		printf("iova to vaddr     %8zu  %10.1f", nr,
		       measure(our_forward, false, few, &sum));
		printf("  %5.1f", measure(tree_forward, false, few, &sum));
		printf("  %5.1f\n", measure(table_forward, false, few, &sum));
		sum = 0;
		printf("one segment       %8zu  %10.1f\n", nr,
		       measure(our_segment, false, few, &sum));
		sum = 0;
		printf("vaddr to iova     %8zu  %10.1f", nr,
		       measure(our_back, true, few, &sum));
		printf("  %5.1f", measure(tree_back, true, few, &sum));
		printf("  %5.1f\n", measure(table_back, true, few, &sum));
		g_tree_destroy(tree);
		vprim_iova_xlate_fini(&x);
	}
	return 0;
}
