// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* reason.h: the table is whole, and every sentence is one. */
#include "testlib.h"
#include <string.h>
#include <virtprim/reason.h>

#define M UINT64_MAX

static const struct vprim_range widest = { M - 1, M };

static struct vprim_reason full(enum vprim_reason_rule rule)
{
	struct vprim_reason r = { .rule = rule };

	r.valid = VPRIM_REASON_HAS_RANGE | VPRIM_REASON_HAS_VALUE |
		  VPRIM_REASON_HAS_HIT;
	r.range = widest;
	r.hit = widest;
	r.value = M;
	return r;
}

START_TEST(every_rule_has_a_word_an_errno_and_a_sentence)
{
	enum vprim_reason_rule rule = VPRIM_REASON_NONE, before = rule;
	unsigned int rules = 0, borrowed = 0;
	char text[160];

	while ((rule = vprim_reason_next(rule)) != VPRIM_REASON_NONE) {
		struct vprim_reason r = full(rule), bare = { .rule = rule };
		const char *word = vprim_reason_word(rule);
		int err = vprim_reason_errno(rule);

		ck_assert_msg(word && *word, "rule 0x%x has no row", rule);
		ck_assert_uint_gt(rule, before);
		ck_assert_uint_eq(strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-"),
				  strlen(word));
		ck_assert_str_ne(vprim_reason_room(rule), "none");
		ck_assert_msg(err <= 0 && err > -4096, "%s: %d", word, err);
		borrowed += !err;
		ck_assert_uint_le(vprim_reason_text(&r, text, sizeof(text)),
				  sizeof(text));
		ck_assert_msg(!strpbrk(text, "{}[]\n"), "%s: '%s'", word, text);
		ck_assert_msg(!strstr(text, "unknown)"), "%s: '%s'", word, text);
		ck_assert_uint_gt(strlen(text), 10);
		vprim_reason_text(&bare, text, sizeof(text));
		ck_assert_msg(!strpbrk(text, "{}[]"), "%s: '%s'", word, text);
		ck_assert_msg(!strstr(text, "0x"), "%s: '%s'", word, text);
		before = rule;
		rules++;
	}
	ck_assert_uint_ge(rules, 110);
	ck_assert_uint_eq(borrowed, 3);
}
END_TEST

START_TEST(words_are_unique_in_their_room)
{
	enum vprim_reason_rule a = VPRIM_REASON_NONE, b;

	while ((a = vprim_reason_next(a)) != VPRIM_REASON_NONE)
		for (b = a; (b = vprim_reason_next(b)) != VPRIM_REASON_NONE;)
			ck_assert_msg(strcmp(vprim_reason_room(a),
					     vprim_reason_room(b)) ||
					      strcmp(vprim_reason_word(a),
						     vprim_reason_word(b)),
				      "%s.%s twice", vprim_reason_room(a),
				      vprim_reason_word(a));
}
END_TEST

START_TEST(a_refusal_carries_what_it_is_given_and_no_more)
{
	struct vprim_range range = { 1, 2 }, hit = { 3, 4 };
	struct vprim_reason r;

	memset(&r, 0xa5, sizeof(r));
	ck_assert_int_eq(vprim_reason_set(&r, VPRIM_REASON_TYPE1_OVERLAP, &range,
					  &hit), -EEXIST);
	ck_assert_int_eq(r.rule, VPRIM_REASON_TYPE1_OVERLAP);
	ck_assert_uint_eq(r.valid, VPRIM_REASON_HAS_RANGE | VPRIM_REASON_HAS_HIT);
	ck_assert(!memcmp(&r.range, &range, sizeof(range)));
	ck_assert(!memcmp(&r.hit, &hit, sizeof(hit)));
	ck_assert_uint_eq(r.value, 0);
	ck_assert_int_eq(vprim_reason_set(&r, VPRIM_REASON_TYPE1_SIZE, NULL, NULL),
			 -EINVAL);
	ck_assert_uint_eq(r.valid, 0);
	ck_assert_uint_eq(r.range.last, 0);
	ck_assert_int_eq(vprim_reason_set_value(&r, VPRIM_REASON_TYPE1_LIMIT, 7),
			 -ENOSPC);
	ck_assert_uint_eq(r.valid, VPRIM_REASON_HAS_VALUE);
	ck_assert_uint_eq(r.value, 7);
	/* Nobody asks. */
	ck_assert_int_eq(vprim_reason_set(NULL, VPRIM_REASON_IOAS_NOTHING, &range,
					  NULL), -ENOENT);
	ck_assert_int_eq(vprim_reason_set_value(NULL, VPRIM_REASON_IOAS_FLAG, 8),
			 -EOPNOTSUPP);
}
END_TEST

START_TEST(a_small_buffer_cuts_the_sentence_and_learns_its_size)
{
	struct vprim_reason r = full(VPRIM_REASON_TYPE1_OVERLAP);
	char whole[160], part[160];
	size_t needed = vprim_reason_text(&r, whole, sizeof(whole)), size;

	ck_assert_uint_eq(needed, strlen(whole) + 1);
	ck_assert_str_eq(whole, "iova 0xfffffffffffffffe..0xffffffffffffffff "
		"overlaps mapping 0xfffffffffffffffe..0xffffffffffffffff");
	ck_assert_uint_eq(vprim_reason_text(&r, NULL, 0), needed);
	for (size = 1; size <= needed; size++) {
		memset(part, '#', sizeof(part));
		ck_assert_uint_eq(vprim_reason_text(&r, part, size), needed);
		ck_assert_uint_eq(strlen(part), size - 1);
		ck_assert(!memcmp(part, whole, size - 1));
		ck_assert_int_eq(part[size], '#');
	}
}
END_TEST

START_TEST(what_is_no_rule_is_said_to_be_none)
{
	static const unsigned int strange[] = { 4, 0x7f, 0xff, 0x1ff, 0x380,
						0x7fffffff };
	struct vprim_reason none = { .rule = VPRIM_REASON_NONE };
	char text[160] = "kept";
	size_t i;

	ck_assert_uint_eq(vprim_reason_text(NULL, text, sizeof(text)), 0);
	ck_assert_uint_eq(vprim_reason_text(&none, NULL, 1), 0);
	ck_assert_str_eq(text, "kept");
	ck_assert_uint_gt(vprim_reason_text(&none, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "nothing was refused");
	ck_assert_str_eq(vprim_reason_word(VPRIM_REASON_NONE), "none");
	ck_assert_str_eq(vprim_reason_room(VPRIM_REASON_NONE), "none");
	ck_assert_int_eq(vprim_reason_errno(VPRIM_REASON_NONE), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(strange); i++) {
		none.rule = (enum vprim_reason_rule)strange[i];
		ck_assert_str_eq(vprim_reason_word(none.rule), "unknown");
		ck_assert_str_eq(vprim_reason_room(none.rule), "none");
		ck_assert_int_eq(vprim_reason_errno(none.rule), 0);
		vprim_reason_text(&none, text, sizeof(text));
		ck_assert_str_eq(text, "unknown rule");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tc = tcase_create("reason");

	tcase_add_test(tc, every_rule_has_a_word_an_errno_and_a_sentence);
	tcase_add_test(tc, words_are_unique_in_their_room);
	tcase_add_test(tc, a_refusal_carries_what_it_is_given_and_no_more);
	tcase_add_test(tc, a_small_buffer_cuts_the_sentence_and_learns_its_size);
	tcase_add_test(tc, what_is_no_rule_is_said_to_be_none);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
