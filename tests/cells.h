/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A plain model of windows: a number for every address of a small space, which says
 * in what window it lies.
 */
#ifndef CELLS_H
#define CELLS_H
#include "testlib.h"
#include <string.h>
#include <virtprim/range.h>

#define M UINT64_MAX
#define SPACE 64u
#define OUT (-1)

static inline struct vprim_range range(uint64_t start, uint64_t last)
{
	return (struct vprim_range){ start, last };
}

struct cells {
	uint64_t base;
	int at[SPACE];	/* the window an address lies in, or OUT */
};

static inline void cells_of(struct cells *c, uint64_t base,
		     const struct vprim_range *list, size_t nr)
{
	size_t i, w;

	c->base = base;
	for (i = 0; i < SPACE; i++) {
		c->at[i] = OUT;
		for (w = 0; w < nr; w++)
			if (vprim_range_has(&list[w], base + i))
				c->at[i] = (int)w;
	}
}

/* The windows of the cells: runs of one number. */
static inline size_t list_of(const struct cells *c, struct vprim_range *list)
{
	size_t n = 0, i;

	for (i = 0; i < SPACE; i++) {
		if (c->at[i] == OUT)
			continue;
		if (i && c->at[i] == c->at[i - 1])
			list[n - 1].last = c->base + i;
		else
			list[n++] = range(c->base + i, c->base + i);
	}
	return n;
}

static inline bool same(const struct vprim_range *a, size_t nr_a,
		 const struct vprim_range *b, size_t nr_b)
{
	return nr_a == nr_b && !memcmp(a, b, nr_a * sizeof(*a));
}

static inline struct vprim_range random_range(struct test_rng *rng, uint64_t base,
				       uint64_t most)
{
	uint64_t size = 1 + test_rng_below(rng, most);
	uint64_t start = test_rng_below(rng, SPACE - size + 1);

	return range(base + start, base + start + size - 1);
}

/* Windows of all shapes: seams, single addresses, the whole space. */
static inline size_t random_list(struct test_rng *rng, uint64_t base,
			  struct vprim_range *list)
{
	size_t n = 0;
	uint64_t at = test_rng_below(rng, 8), last;

	while (at < SPACE) {
		last = at + test_rng_below(rng, 1 + test_rng_below(rng, 16));
		if (last >= SPACE)
			last = SPACE - 1;
		list[n++] = range(base + at, base + last);
		at = last + 1 + (test_rng_below(rng, 3) ?
					 test_rng_below(rng, 12) : 0);
	}
	if (!n)
		list[n++] = range(base, base + SPACE - 1);
	return n;
}

static const uint64_t bases[] = { 0, UINT64_C(1) << 32, M - SPACE + 1 };

#endif
