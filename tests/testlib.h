/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tests share: a small generator with a fixed, printed seed, the
 * number of random steps, and memory that counts and fails on request.
 */
#ifndef TESTLIB_H
#define TESTLIB_H
#include "memory.h"
#include "rng.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/platform.h>

/*
 * libcheck tells its parent of every assertion that holds, through a pipe: too
 * slow for loops of millions. This one speaks only when it does not hold; all
 * the others are made of it.
 */
#undef ck_assert_msg
#define ck_assert_msg(holds, ...)					\
	((holds) ? (void)0 :						\
	 _ck_assert_failed(__FILE__, __LINE__,				\
			   "Assertion '" #holds "' failed", ##__VA_ARGS__))
#define require(holds) ck_assert(holds)

static inline struct test_rng test_rng_seed(uint64_t seed)
{
	struct test_rng rng = { seed };

	printf("seed 0x%" PRIx64 "\n", seed);
	return rng;
}

/* Steps of a random test: the default, or fewer where VPRIM_TEST_STEPS says so. */
static inline uint64_t test_steps(uint64_t normal)
{
	const char *text = getenv("VPRIM_TEST_STEPS");
	uint64_t limit = text ? strtoull(text, NULL, 0) : normal;

	return limit && limit < normal ? limit : normal;
}

/* An audit that finds nothing sees what is broken then; a word gets its value back. */
#define test_break(audit, what) do {					\
	require(!(audit));							\
	what;								\
	ck_assert_msg((audit) == -EBADMSG, "%s", #what);		\
} while (0)
#define test_break_word(audit, word, wrong) do {			\
	__typeof__(word) kept = (word);					\
	test_break(audit, (word) = (wrong));				\
	(word) = kept;							\
} while (0)

/*
 * Make a call once for each allocation that it asks for, which fails, and see that
 * nothing has changed; then it succeeds.
 */
#define test_starve(memory, call, unchanged) do {			\
	int starve_ret;							\
	uint64_t starve_nth;						\
	for (starve_nth = 1;; starve_nth++) {				\
		(memory)->refused = 0;					\
		(memory)->countdown = starve_nth;			\
		starve_ret = (call);					\
		(memory)->countdown = 0;				\
		if (!(memory)->refused)					\
			break;						\
		ck_assert_msg(starve_ret == -ENOMEM, "%s", #call);	\
		unchanged;						\
		(memory)->starved++;					\
	}								\
	ck_assert_msg(!starve_ret, "%s", #call);			\
} while (0)

/* One number for many: what is listed, to be compared with what was. */
static inline uint64_t test_mix(uint64_t sum, uint64_t value)
{
	sum = (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

/* Run one suite as a program's whole work. */
static inline int test_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	(void)test_alloc_ops;
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
