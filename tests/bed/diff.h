/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the differential programs share: random numbers, a trace of what was done
 * since the state was last empty, and the count of differences by their rule.
 */
#ifndef BED_DIFF_H
#define BED_DIFF_H
#include "../rng.h"
#include "release.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE UINT64_C(4096)
#define TRACE_LINES 64
#define TRACE_WIDTH 160

/* A documented difference; its name stands in doc/releases.md. */
struct diff_rule {
	const char *name;
	unsigned long hits;
};

struct diff {
	const char *what;		/* for the last line */
	const char *begin;		/* line of a vector file that makes it */
	uint64_t seed;
	struct test_rng rng;
	unsigned long operations, accepted, fresh, withheld;
	struct diff_rule *rules;
	size_t nr_rules;
	char trace[TRACE_LINES][TRACE_WIDTH];
	unsigned long traced;
	unsigned long answers[256];	/* the kernel's, by errno */
};

/* 0 to bound - 1. */
static inline uint64_t diff_below(struct diff *d, uint64_t bound)
{
	return test_rng_below(&d->rng, bound);
}

static inline bool diff_one_in(struct diff *d, uint64_t n)
{
	return !diff_below(d, n);
}

/* "ok", or "-EINVAL"; text of the last four calls stays. */
static inline const char *diff_answer(int ret)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EPERM, "-EPERM" }, { ENOENT, "-ENOENT" },
		{ E2BIG, "-E2BIG" }, { ENOMEM, "-ENOMEM" },
		{ EACCES, "-EACCES" }, { EFAULT, "-EFAULT" },
		{ EBUSY, "-EBUSY" }, { EEXIST, "-EEXIST" },
		{ EINVAL, "-EINVAL" }, { ENOTTY, "-ENOTTY" },
		{ ENOSPC, "-ENOSPC" }, { EOVERFLOW, "-EOVERFLOW" },
		{ EMSGSIZE, "-EMSGSIZE" }, { EOPNOTSUPP, "-EOPNOTSUPP" },
		{ EADDRINUSE, "-EADDRINUSE" }, { EDEADLK, "-EDEADLK" },
	};
	static char text[4][24];
	static unsigned int turn;
	size_t i;

	if (ret >= 0)
		return "ok";
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == -ret)
			return names[i].name;
	turn = (turn + 1) % 4;
	snprintf(text[turn], sizeof(text[turn]), "errno %d", -ret);
	return text[turn];
}

/* Note a line of what was done, as a vector file writes it. */
__attribute__((format(printf, 2, 3)))
static inline void diff_trace(struct diff *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->trace[d->traced++ % TRACE_LINES], TRACE_WIDTH, format,
		  args);
	va_end(args);
}

static inline void diff_show_trace(const struct diff *d)
{
	unsigned long i = d->traced > TRACE_LINES ? d->traced - TRACE_LINES : 0;

	printf("# %s, seed %#" PRIx64 ", operation %lu\n", d->what, d->seed,
	       d->operations);
	if (i)
		printf("# %lu operations before these are left out\n", i);
	printf("%s\n", d->begin);
	for (; i < d->traced; i++)
		printf("%s\n", d->trace[i % TRACE_LINES]);
}

/* Count what the kernel answered. */
static inline void diff_count(struct diff *d, int kernel)
{
	d->accepted += kernel >= 0;
	if (kernel <= 0 && kernel > -256)
		d->answers[-kernel]++;
}

/* A difference that no rule allows: the end. */
__attribute__((format(printf, 2, 3), noreturn))
static inline void diff_disagree(const struct diff *d, const char *format, ...)
{
	va_list args;

	diff_show_trace(d);
	printf("DISAGREE: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

/* A difference that a rule allows. */
static inline void diff_allowed(struct diff *d, size_t rule)
{
	d->rules[rule].hits++;
}

static inline void diff_summary(const struct diff *d)
{
	size_t i;

	printf("%s: seed %#" PRIx64 ", %lu operations (%lu accepted), %lu fresh,"
	       " %lu withheld; differences:", d->what, d->seed, d->operations,
	       d->accepted, d->fresh, d->withheld);
	for (i = 0; i < d->nr_rules; i++)
		printf(" %s %lu", d->rules[i].name, d->rules[i].hits);
	printf("%s others 0\nanswers:", d->nr_rules ? "," : "");
	for (i = 0; i < 256; i++)
		if (d->answers[i])
			printf(" %s %lu", diff_answer(-(int)i), d->answers[i]);
	printf("\n");
}

/* Something of the bed itself does not work. */
__attribute__((noreturn)) static inline void diff_die(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	exit(2);
}

/* -- memory for both: some that can be written, some that cannot, then none -- */

#define RW_PAGES 64
#define RO_PAGES 8
/* Always there, so that a seed tells the whole story. */
#define MEMORY_AT ((void *)(uintptr_t)UINT64_C(0x7e1234567000))

static uint64_t rw_start, ro_start, hole_start;

static inline void diff_memory(void)
{
	const size_t bytes = (RW_PAGES + RO_PAGES + 8) * PAGE;
	char *at = mmap(MEMORY_AT, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (at == MAP_FAILED)
		diff_die("get memory");
	memset(at, 1, bytes);
	rw_start = (uintptr_t)at;
	ro_start = rw_start + RW_PAGES * PAGE;
	hole_start = ro_start + RO_PAGES * PAGE;
	if (mprotect(at + RW_PAGES * PAGE, RO_PAGES * PAGE, PROT_READ) ||
	    mprotect(at + (RW_PAGES + RO_PAGES) * PAGE, 8 * PAGE, PROT_NONE))
		diff_die("protect memory");
}

#endif
