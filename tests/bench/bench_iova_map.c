// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * bench_iova_map - the IOVA map beside a GLib GTree, in one run.
 *
 *     bench_iova_map [N ...]          default: 10000 1000000
 *
 * The GTree is used as QEMU's IOVA tree uses it: one allocated entry a mapping,
 * and a comparator for which ranges that overlap are equal. Both get the same
 * operations; what they answer is summed and compared. Rounds alternate between
 * the two, the median of five is printed, and the ratio is what to look at: the
 * nanoseconds are this machine's.
 */
#include "../rng.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <virtprim/iova_map.h>
#include <virtprim/user.h>

#define ROUNDS 5
#define PAGE UINT64_C(4096)

/* One mapping, and the slot of 4 MiB in which it lies. */
struct job {
	uint64_t start, last, value;
};

struct entry {
	uint64_t start, last, value;
};

/* What both sides can do; each call is one pass over all jobs. */
struct side {
	const char *name;
	void *(*make)(void);
	void (*unmake)(void *t);
	uint64_t (*insert)(void *t, const struct job *j, size_t n);
	uint64_t (*find)(void *t, const uint64_t *addr, size_t n);
	uint64_t (*remove)(void *t, const struct job *j, size_t n);
	uint64_t (*erase)(void *t, const struct job *j, size_t n);
	uint64_t (*walk)(void *t);
	uint64_t (*gap)(void *t, const struct job *j, size_t n);
};

static struct test_rng rng = { UINT64_C(0x9e3779b97f4a7c15) };

static uint64_t random_below(uint64_t bound)
{
	return test_rng_below(&rng, bound);
}

/* -- the map -------------------------------------------------------------- */

static void *map_make(void)
{
	struct vprim_iova_map *map = malloc(sizeof(*map));

	if (!map || vprim_iova_map_init(map, sizeof(*map), vprim_user_alloc(),
					NULL, NULL, NULL))
		abort();
	return map;
}

static void map_unmake(void *t)
{
	vprim_iova_map_fini(t);
	free(t);
}

static uint64_t map_insert(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct vprim_range r = { j[i].start, j[i].last };

		sum += !vprim_iova_map_insert(t, &r, j[i].value, NULL);
	}
	return sum;
}

static uint64_t map_find(void *t, const uint64_t *addr, size_t n)
{
	struct vprim_iova_mapping m;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (!vprim_iova_map_stab(t, addr[i], &m))
			sum += m.value;
	return sum;
}

static uint64_t map_remove(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0, value;
	size_t i;

	for (i = 0; i < n; i++) {
		struct vprim_range r = { j[i].start, j[i].last };

		if (!vprim_iova_map_remove(t, &r, &value))
			sum += value;
	}
	return sum;
}

static uint64_t map_erase(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0, touched;
	size_t i;

	for (i = 0; i < n; i++) {
		struct vprim_range r = { j[i].start, j[i].last };

		if (vprim_iova_map_erase(t, &r, &touched))
			abort();
		sum += touched;
	}
	return sum;
}

static uint64_t map_walk(void *t)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m[64];
	uint64_t sum = 0;
	size_t n, i;

	if (vprim_iova_map_cursor_init(&cursor, t, &all))
		abort();
	do {
		if (vprim_iova_map_cursor_read(&cursor, m, 64, &n))
			abort();
		for (i = 0; i < n; i++)
			sum += m[i].value;
	} while (n == 64);
	return sum;
}

/* A job's start is the upper bound of the search here, its value the size. */
static uint64_t map_gap(void *t, const struct job *j, size_t n)
{
	struct vprim_hole gap;
	uint64_t sum = 0, start;
	size_t i;

	for (i = 0; i < n; i++) {
		if (vprim_hole_init(&gap, j[i].value))
			abort();
		gap.align_bytes = PAGE;
		gap.within.last = j[i].start;
		gap.from = VPRIM_HOLE_HIGHEST;
		if (!vprim_iova_map_gap(t, &gap, &start))
			sum += start;
	}
	return sum;
}

/* -- the GTree ------------------------------------------------------------ */

static gint compare(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct entry *x = a, *y = b;

	(void)unused;
	if (x->start > y->last)
		return 1;
	return x->last < y->start ? -1 : 0;
}

static void *gtree_make(void)
{
	return g_tree_new_full(compare, NULL, g_free, NULL);
}

static void gtree_unmake(void *t)
{
	g_tree_destroy(t);
}

static uint64_t gtree_insert(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct entry key = { j[i].start, j[i].last, j[i].value };
		struct entry *e;

		if (g_tree_lookup(t, &key))
			continue;
		e = g_new(struct entry, 1);
		*e = key;
		g_tree_insert(t, e, e);
		sum++;
	}
	return sum;
}

static uint64_t gtree_find(void *t, const uint64_t *addr, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct entry key = { addr[i], addr[i], 0 };
		struct entry *e = g_tree_lookup(t, &key);

		if (e)
			sum += e->value;
	}
	return sum;
}

static uint64_t gtree_remove(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct entry key = { j[i].start, j[i].last, 0 };
		struct entry *e = g_tree_lookup(t, &key);

		if (!e || e->start != key.start || e->last != key.last)
			continue;
		sum += e->value;
		g_tree_remove(t, &key);
	}
	return sum;
}

/* The ranges hold whole mappings, so that none has to be cut. */
static uint64_t gtree_erase(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0;
	struct entry *e;
	size_t i;

	for (i = 0; i < n; i++) {
		struct entry key = { j[i].start, j[i].last, 0 };

		while ((e = g_tree_lookup(t, &key))) {
			struct entry exact = *e;

			g_tree_remove(t, &exact);
			sum++;
		}
	}
	return sum;
}

static gboolean add_value(gpointer key, gpointer value, gpointer sum)
{
	(void)key;
	*(uint64_t *)sum += ((struct entry *)value)->value;
	return FALSE;
}

static uint64_t gtree_walk(void *t)
{
	uint64_t sum = 0;

	g_tree_foreach(t, add_value, &sum);
	return sum;
}

/* GTree knows nothing of holes: its users walk down from the bound. */
static uint64_t gtree_place(GTree *t, uint64_t bound, uint64_t size)
{
	struct entry key = { bound, bound, 0 };
	GTreeNode *node = g_tree_upper_bound(t, &key);

	node = node ? g_tree_node_previous(node) : g_tree_node_last(t);
	for (; node; node = g_tree_node_previous(node)) {
		struct entry *e = g_tree_node_value(node);

		if (e->last < bound && bound - e->last >= size) {
			uint64_t start = (bound - size + 1) & ~(PAGE - 1);

			if (start > e->last)
				return start;
		}
		if (!e->start)
			return 0;
		bound = e->start - 1;
	}
	return bound >= size - 1 ? (bound - size + 1) & ~(PAGE - 1) : 0;
}

static uint64_t gtree_gap(void *t, const struct job *j, size_t n)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += gtree_place(t, j[i].start, j[i].value);
	return sum;
}

static const struct side sides[2] = {
	{ "map", map_make, map_unmake, map_insert, map_find, map_remove,
	  map_erase, map_walk, map_gap },
	{ "gtree", gtree_make, gtree_unmake, gtree_insert, gtree_find,
	  gtree_remove, gtree_erase, gtree_walk, gtree_gap },
};

/* -- the runs ------------------------------------------------------------- */

struct bench {
	size_t n;
	struct job *sorted, *shuffled, *runs, *gaps;
	uint64_t *hits, *misses;
	size_t n_runs, n_gaps;
};

enum work { INSERT_UP, INSERT_DOWN, INSERT_RANDOM, FIND_HIT, FIND_MISS, WALK,
	    GAP_EASY, GAP_HARD, REMOVE_RANDOM, ERASE_RUNS, WORKS };

static const char *const names[WORKS] = {
	"insert upwards", "insert downwards", "insert at random", "find, hit",
	"find, miss", "walk", "gap, near", "gap, far", "remove at random",
	"erase 1000 at once",
};

static void shuffle(struct job *j, size_t n)
{
	for (; n > 1; n--) {
		size_t k = (size_t)random_below(n);
		struct job t = j[n - 1];

		j[n - 1] = j[k];
		j[k] = t;
	}
}

/* A far gap takes the GTree a walk over nine tenths of all mappings. */
static void prepare(struct bench *b, size_t n)
{
	uint64_t at = UINT64_C(4) << 30;
	size_t i, per_run = n < 4000 ? n / 4 : 1000;

	b->n = n;
	b->n_runs = n / per_run;
	b->n_gaps = n >= 1000000 ? 4 : 200;
	b->sorted = g_new(struct job, n);
	b->shuffled = g_new(struct job, n);
	b->runs = g_new(struct job, b->n_runs);
	b->gaps = g_new(struct job, n);
	b->hits = g_new(uint64_t, n);
	b->misses = g_new(uint64_t, n);
	for (i = 0; i < n; i++) {
		uint64_t size = (1 + random_below(512)) * PAGE;

		b->sorted[i] = (struct job){ at, at + size - 1, at >> 12 };
		b->shuffled[i] = b->sorted[i];
		at += size + (1 + random_below(512)) * PAGE;
		/* The one hole for the hard search. */
		if (i == n / 10)
			at += UINT64_C(64) << 20;
	}
	shuffle(b->shuffled, n);
	for (i = 0; i < n; i++) {
		const struct job *j = &b->sorted[random_below(n)];

		b->hits[i] = j->start + random_below(j->last - j->start + 1);
		b->misses[i] = j->last + 1 + random_below(PAGE);
		b->gaps[i] = (struct job){
			b->sorted[n / 5 + random_below(n - n / 5)].last, 0,
			PAGE << random_below(9) };
	}
	for (i = 0; i < b->n_runs; i++)
		b->runs[i] = (struct job){ b->sorted[i * per_run].start,
			b->sorted[(i + 1) * per_run - 1].last, 0 };
	shuffle(b->runs, b->n_runs);
}

static void release(struct bench *b)
{
	g_free(b->sorted);
	g_free(b->shuffled);
	g_free(b->runs);
	g_free(b->gaps);
	g_free(b->hits);
	g_free(b->misses);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void turn_round(struct job *j, size_t n)
{
	size_t i;

	for (i = 0; i < n / 2; i++) {
		struct job t = j[i];

		j[i] = j[n - 1 - i];
		j[n - 1 - i] = t;
	}
}

/* One round of one work; returns nanoseconds an operation. */
static double one_round(struct bench *b, const struct side *s, enum work w,
			uint64_t *sum)
{
	struct job far = { b->sorted[b->n - 1].last, 0, UINT64_C(32) << 20 };
	void *t = s->make();
	size_t ops = b->n, i;
	double begin;

	if (w == INSERT_DOWN)
		turn_round(b->sorted, b->n);
	if (w > INSERT_RANDOM)
		s->insert(t, b->shuffled, b->n);
	begin = now();
	*sum = 0;
	switch (w) {
	case INSERT_UP:
	case INSERT_DOWN:
		*sum = s->insert(t, b->sorted, b->n);
		break;
	case INSERT_RANDOM:
		*sum = s->insert(t, b->shuffled, b->n);
		break;
	case FIND_HIT:
		*sum = s->find(t, b->hits, b->n);
		break;
	case FIND_MISS:
		*sum = s->find(t, b->misses, b->n);
		break;
	case WALK:
		*sum = s->walk(t);
		break;
	case GAP_EASY:
		*sum = s->gap(t, b->gaps, b->n);
		break;
	case GAP_HARD:
		ops = b->n_gaps;
		for (i = 0; i < ops; i++)
			*sum += s->gap(t, &far, 1);
		break;
	case REMOVE_RANDOM:
		*sum = s->remove(t, b->shuffled, b->n);
		break;
	default:
		*sum = s->erase(t, b->runs, b->n_runs);
		break;
	}
	begin = now() - begin;
	s->unmake(t);
	if (w == INSERT_DOWN)
		turn_round(b->sorted, b->n);
	return begin / (double)ops;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool run(struct bench *b, enum work w)
{
	double ns[2][ROUNDS];
	uint64_t sum[2] = { 0, 0 };
	int r, k;

	for (r = 0; r < ROUNDS; r++)
		for (k = 0; k < 2; k++)
			ns[k][r] = one_round(b, &sides[k], w, &sum[k]);
	for (k = 0; k < 2; k++)
		qsort(ns[k], ROUNDS, sizeof(ns[k][0]), by_size);
	printf("  %-20s %12.1f %14.1f %10.1f\n", names[w], ns[0][ROUNDS / 2],
	       ns[1][ROUNDS / 2], ns[1][ROUNDS / 2] / ns[0][ROUNDS / 2]);
	fflush(stdout);
	if (sum[0] == sum[1])
		return true;
	fprintf(stderr, "%s: the sums differ: %" PRIu64 " and %" PRIu64 "\n",
		names[w], sum[0], sum[1]);
	return false;
}

/* -- a page at 2 MiB among n holes of a page, in no GTree ------------------ */

#define SEARCHES 1000

static void placing(struct bench *b)
{
	struct vprim_iova_map *map = sides[0].make();
	struct vprim_hole_blocked mapped = vprim_iova_map_blocked(map);
	const struct vprim_range window = { 0, b->n * 2 * PAGE - 1 };
	const struct vprim_ranges windows = { &window, 1 };
	const struct vprim_hole_space space = { windows, &mapped, 1 };
	struct vprim_hole want = { window, PAGE - 1, 512 * PAGE, 0,
				   VPRIM_HOLE_LOWEST };
	struct vprim_range r;
	uint64_t start, i;
	double ns[3];

	for (i = 0; i < b->n; i++) {
		r.start = i * 2 * PAGE;
		r.last = r.start + PAGE - 1;
		if (vprim_iova_map_insert(map, &r, i, NULL))
			abort();
	}
	if (vprim_iova_map_gap(map, &want, &start) != -ENOSPC)
		abort();
	ns[0] = now();
	for (i = 0; i < SEARCHES; i++)
		(void)!vprim_iova_map_gap(map, &want, &start);
	ns[1] = now();
	for (i = 0; i < SEARCHES; i++)
		(void)!vprim_hole_place(&space, &want, &start, NULL);
	ns[2] = now();
	for (i = 0; i < SEARCHES; i++)
		(void)!vprim_iova_map_place(map, windows, &want, 0, &r, NULL);
	printf("  no page at 2 MiB: gap %.0f ns, place in windows %.0f ns, place and map %.0f ns\n",
	       (ns[1] - ns[0]) / SEARCHES, (ns[2] - ns[1]) / SEARCHES,
	       (now() - ns[2]) / SEARCHES);
	sides[0].unmake(map);
}

int main(int argc, char **argv)
{
	static char small[] = "10000", large[] = "1000000";
	char *usual[] = { argv[0], small, large };
	bool ok = true;
	int i, w;

	if (argc < 2) {
		argc = 3;
		argv = usual;
	}
	for (i = 1; i < argc; i++) {
		struct bench b;
		char *end;
		unsigned long n = strtoul(argv[i], &end, 10);

		if (*end || n < 100 || n > 100000000) {
			fprintf(stderr, "usage: %s [N ...]   N is 100 to 10^8\n",
				argv[0]);
			return 2;
		}
		printf("%lu mappings            map, ns      gtree, ns      ratio\n",
		       n);
		prepare(&b, n);
		for (w = 0; w < WORKS; w++)
			ok = run(&b, (enum work)w) && ok;
		placing(&b);
		release(&b);
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
