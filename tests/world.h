/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What drives an object and its naive model side by side: a world.
 *
 * A world_NAME.h has a struct world, which holds the object, a struct model called
 * w, and last a struct test_memory called memory; and
 *
 *     world_begin(world, n)      make the n-th of WORLD_VARIANTS
 *     world_step(world, choices) choose a call, make it on both, compare
 *     world_check(world)         all that can be asked, compared
 *     world_end(world)
 *
 * Who chooses differs: tests/explore.c takes all there is to choose, one after the
 * other, a fuzzer takes the bytes of an input, and a unit test random numbers. A
 * world for all there is (WORLD_WHOLE) is tiny, its blocks lie in it, and it can be
 * copied byte by byte to where it was.
 */
#ifndef WORLD_H
#define WORLD_H
#if defined(WORLD_WHOLE) && !defined(TEST_ARENA_UNITS)
#define TEST_ARENA_UNITS 1	/* where nothing is asked for */
#endif
#include "memory.h"
#include "rng.h"

#include <stdio.h>
#include <virtprim/range.h>

#ifndef require
/* For programs without libcheck. */
#define require(holds) ((holds) ? (void)0 : world_broken(__FILE__, __LINE__, #holds))
static void (*world_last_words)(void);

static inline void world_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	if (world_last_words)
		world_last_words();
	abort();
}
#endif

#define CHOICES 16u

struct choices {
	struct test_rng *rng;		/* at random, or */
	const uint8_t *bytes, *end;	/* from an input, or */
	unsigned int n, i;		/* all: how many were made in this call, */
	unsigned int at[CHOICES], of[CHOICES];	/* which, of how many */
};

/* 0 to bound - 1. */
static inline unsigned int pick(struct choices *c, unsigned int bound)
{
	unsigned int v = 0;

	if (c->rng)
		return (unsigned int)test_rng_below(c->rng, bound);
	if (c->end) {
		for (v = c->bytes < c->end ? *c->bytes++ : 0; bound > 256; bound >>= 8)
			v = v << 8 | (c->bytes < c->end ? *c->bytes++ : 0);
		return v % bound;
	}
	if (c->i == c->n) {
		require(c->n < CHOICES);
		c->of[c->n] = bound;
		c->at[c->n++] = 0;
	}
	return c->at[c->i++];
}

/* Now and then, one time in @bound; never where all is taken, to keep that small. */
static inline bool odd(struct choices *c, unsigned int bound)
{
	return (c->rng || c->end) && !pick(c, bound);
}

/* But for one time in @bound; never where all is taken. */
static inline bool often(struct choices *c, unsigned int bound)
{
	return (c->rng || c->end) && pick(c, bound);
}

/* Whether a call ended for want of memory: who drives it takes the model back then. */
static bool world_starved;

static inline bool starved(const struct test_memory *m, int ret)
{
	world_starved = ret == -ENOMEM && m->refused;
	return world_starved;
}

/* The tiny space: at 0, in the middle, and up to 2^64-1. */
static inline uint64_t world_base(unsigned int n, uint64_t size)
{
	return n == 0 ? 0 : n == 1 ? UINT64_C(1) << 63 : UINT64_MAX - size + 1;
}

/* A range of at most @most of the @size addresses from @base on. */
static inline struct vprim_range some_range(struct choices *c, uint64_t base,
					    unsigned int size, unsigned int most)
{
	unsigned int start = pick(c, size), room = size - start;
	struct vprim_range r = { base + start, base + start };

	r.last += pick(c, room < most ? room : most);
	return r;
}

#endif
