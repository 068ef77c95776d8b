/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The random numbers of tests and benchmarks, for programs with and without
 * libcheck. SplitMix64: every seed gives a full-period sequence of 64-bit values.
 */
#ifndef TEST_RNG_H
#define TEST_RNG_H
#include <stdint.h>

struct test_rng {
	uint64_t state;
};

static inline uint64_t test_rng_next(struct test_rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to bound - 1; bound is not 0. */
static inline uint64_t test_rng_below(struct test_rng *rng, uint64_t bound)
{
	return test_rng_next(rng) % bound;
}

#endif
