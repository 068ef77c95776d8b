/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory for tests: it counts what is out, and fails the countdown-th request; 0
 * never fails.
 *
 * With TEST_ARENA_UNITS the blocks lie in the struct itself, so that who copies
 * the struct, and what uses its blocks, has a copy of all; what is free is zero and
 * what is new is not.
 */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H
#include <stdlib.h>
#include <string.h>
#include <virtprim/platform.h>

struct test_memory {
	size_t blocks, bytes, requests, refused, starved;
	uint64_t countdown;
#ifdef TEST_ARENA_UNITS
	uint8_t taken[TEST_ARENA_UNITS];
	_Alignas(16) uint8_t arena[TEST_ARENA_UNITS][64];
#endif
};

#ifdef TEST_ARENA_UNITS
static inline void *test_block(struct test_memory *m, size_t size_bytes)
{
	size_t want = (size_bytes + 63) / 64, run = 0, i;

	for (i = 0; i < TEST_ARENA_UNITS; i++) {
		run = m->taken[i] ? 0 : run + 1;
		if (run == want)
			break;
	}
	if (i == TEST_ARENA_UNITS)
		abort();	/* make it larger */
	memset(&m->taken[i + 1 - want], 1, want);
	return memset(m->arena[i + 1 - want], 0xa5, want * 64);
}

static inline void test_block_free(struct test_memory *m, void *ptr, size_t size_bytes)
{
	size_t units = (size_bytes + 63) / 64;
	size_t at = (size_t)((uint8_t *)ptr - m->arena[0]) / 64;

	memset(&m->taken[at], 0, units);
	memset(m->arena[at], 0, units * 64);
}
#else
static inline void *test_block(struct test_memory *m, size_t size_bytes)
{
	(void)m;
	return malloc(size_bytes);
}

static inline void test_block_free(struct test_memory *m, void *ptr, size_t size_bytes)
{
	(void)m;
	(void)size_bytes;
	free(ptr);
}
#endif

static inline void *test_alloc(void *ctx, size_t size_bytes)
{
	struct test_memory *m = (struct test_memory *)ctx;
	void *p;

	m->requests++;
	if (m->countdown && !--m->countdown) {
		m->refused++;
		return NULL;
	}
	p = test_block(m, size_bytes);
	if (p) {
		m->blocks++;
		m->bytes += size_bytes;
	}
	return p;
}

static inline void test_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct test_memory *m = (struct test_memory *)ctx;

	m->blocks--;
	m->bytes -= size_bytes;
	test_block_free(m, ptr, size_bytes);
}

static const struct vprim_alloc_ops test_alloc_ops = { test_alloc, test_free };

#endif
