// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* releases.h: the table is whole, and a release is compared in one way. */
#include "testlib.h"
#include <string.h>
#include <virtprim/releases.h>

START_TEST(every_change_has_a_word_of_its_own_and_a_release)
{
	for (unsigned int i = 0; i < VPRIM_CHANGES; i++) {
		const struct vprim_change_info *a =
			vprim_change_info_of((enum vprim_change)i);

		ck_assert_ptr_nonnull(a->word);
		ck_assert_uint_eq(strspn(a->word, "abcdefghijklmnopqrstuvwxyz"
						  "0123456789-"),
				  strlen(a->word));
		ck_assert_uint_ge(a->since, VPRIM_LINUX(2, 6));
		for (unsigned int j = 0; j < i; j++)
			ck_assert_str_ne(a->word,
				vprim_change_info_of((enum vprim_change)j)->word);
	}
	ck_assert_ptr_null(vprim_change_info_of(VPRIM_CHANGES));
}
END_TEST

START_TEST(a_change_begins_with_its_release_and_the_newest_has_all)
{
	for (unsigned int i = 0; i < VPRIM_CHANGES; i++) {
		enum vprim_change change = (enum vprim_change)i;
		uint32_t since = vprim_change_info_of(change)->since;

		ck_assert(vprim_linux_has(VPRIM_LINUX_NEWEST, change));
		ck_assert(vprim_linux_has(since, change));
		ck_assert(vprim_linux_has(UINT32_MAX, change));
		ck_assert(!vprim_linux_has(since - 1, change));
		ck_assert(!vprim_linux_has(1, change));
	}
	ck_assert(!vprim_linux_has(VPRIM_LINUX_NEWEST, VPRIM_CHANGES));
	ck_assert_uint_lt(VPRIM_LINUX(5, 255), VPRIM_LINUX(6, 0));
	ck_assert_uint_eq(vprim_linux(6, 12), VPRIM_LINUX(6, 12));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("releases");
	TCase *tc = tcase_create("releases");

	tcase_add_test(tc, every_change_has_a_word_of_its_own_and_a_release);
	tcase_add_test(tc, a_change_begins_with_its_release_and_the_newest_has_all);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
