/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Bytes that change while they are read. A test includes this first and then the
 * files of the core that it is about: they count every load here, and before each
 * one a function of the test's may change what is about to be read.
 */
#ifndef CHANGING_H
#define CHANGING_H
#include <stddef.h>
#include <stdint.h>

static struct changing {
	uint64_t loads;				/* since the test set it to 0 */
	void (*before)(const void *p, size_t bytes);	/* NULL: nothing changes */
} changing;

static inline void changing_load(const void *p, size_t bytes)
{
	void (*before)(const void *p, size_t bytes) = changing.before;

	changing.loads++;
	if (!before)
		return;
	/* What it does itself is no load of the core's. */
	changing.before = NULL;
	before(p, bytes);
	changing.before = before;
}

#define VPRIM_ON_LOAD(p, bytes) changing_load(p, bytes)
#endif
