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
#define must(holds) ck_assert(holds)

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
	must(!(audit));							\
	what;								\
	ck_assert_msg((audit) == -EBADMSG, "%s", #what);		\
} while (0)
#define test_break_word(audit, word, wrong) do {			\
	__typeof__(word) kept = (word);					\
	test_break(audit, (word) = (wrong));				\
	(word) = kept;							\
} while (0)

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
