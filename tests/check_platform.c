// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* platform.h: the version, and what other languages find as symbols. */
#include "testlib.h"
#include <dlfcn.h>
#include <string.h>
#include <virtprim/virtprim.h>

START_TEST(the_version_is_the_headers_version)
{
	char want[32];

	snprintf(want, sizeof(want), "%d.%d.%d", VPRIM_VERSION_MAJOR,
		 VPRIM_VERSION_MINOR, VPRIM_VERSION_MICRO);
	ck_assert_str_eq(vprim_version(), want);
}
END_TEST

START_TEST(sizes_are_those_of_the_headers)
{
	ck_assert_uint_eq(vprim_iova_map_size(), sizeof(struct vprim_iova_map));
	ck_assert_uint_eq(vprim_type1_size(), sizeof(struct vprim_type1));
	ck_assert_uint_eq(vprim_ioas_size(), sizeof(struct vprim_ioas));
	ck_assert_uint_eq(vprim_xstate_table_size(),
			  sizeof(struct vprim_xstate_table));
}
END_TEST

/* A program in another language has the symbol, not the header. */
START_TEST(an_inline_function_is_a_symbol_that_answers_the_same)
{
	void *lib = dlopen(NULL, RTLD_NOW);
	bool (*valid)(const struct vprim_range *range);
	const struct vprim_range good = { 1, UINT64_MAX }, bad = { 2, 1 };
	void *symbol = lib ? dlsym(lib, "vprim_range_is_valid") : NULL;

	ck_assert_ptr_nonnull(symbol);
	memcpy(&valid, &symbol, sizeof(valid));
	ck_assert(valid(&good) && !valid(&bad));
	dlclose(lib);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("platform");
	TCase *tc = tcase_create("platform");

	tcase_add_test(tc, the_version_is_the_headers_version);
	tcase_add_test(tc, sizes_are_those_of_the_headers);
	tcase_add_test(tc, an_inline_function_is_a_symbol_that_answers_the_same);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
