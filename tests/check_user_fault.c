// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* user_fault.h: a failure keeps its errno and says all of it in one line. */
#include "testlib.h"
#include <errno.h>
#include <string.h>
#include <virtprim/iova_map.h>
#include <virtprim/user_fault.h>

static const struct vprim_range page = { 0x1000, 0x1fff };

static struct vprim_reason overlap(void)
{
	return (struct vprim_reason){
		.rule = vprim_rules_find(&vprim_iova_map_rules,
					 VPRIM_IOVA_MAP_RULE_OVERLAP),
		.range = page, .hit = page, .has_range = true, .has_hit = true };
}

START_TEST(the_tables_of_the_shim_are_whole)
{
	const struct vprim_rules *rules = _i ? &vprim_user_x86_rules :
					       &vprim_user_rules;
	char text[VPRIM_REASON_TEXT_BYTES];
	size_t i, j;

	for (i = 0; i < rules->count; i++) {
		const struct vprim_rule *rule = &rules->rule[i];
		const struct vprim_reason r = {
			.rule = rule, .range = page, .hit = page, .value = 5,
			.has_range = true, .has_hit = true, .has_value = true };

		ck_assert_uint_eq(rule->id, (_i ? 0x300u : 0x280u) + i);
		ck_assert_msg(rule->error <= 0, "%s", rule->word);
		ck_assert_uint_lt(vprim_reason_text(&r, text, sizeof(text)),
				  sizeof(text));
		ck_assert_msg(!strpbrk(text, "{}[]\n"), "%s", text);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(rule->word, rules->rule[j].word);
	}
	ck_assert_int_eq(rules->rule[0].error, _i ? -EOPNOTSUPP : 0);
}
END_TEST

START_TEST(a_fault_is_filled_whole)
{
	struct vprim_user_fault fault;

	memset(&fault, 0xff, sizeof(fault));
	vprim_user_fault_set(&fault, "open", ENODEV, "/dev/vfio/7");
	ck_assert_str_eq(fault.call, "open");
	ck_assert_int_eq(fault.error, ENODEV);
	ck_assert_str_eq(fault.subject, "/dev/vfio/7");
	ck_assert(vprim_reason_id(&fault.reason) == VPRIM_REASON_NONE);
	ck_assert(!fault.reason.has_range && !fault.reason.has_value);
	vprim_user_fault_set(&fault, "close", EIO, NULL);
	ck_assert_str_eq(fault.subject, "");
	vprim_user_fault_set(NULL, "close", EIO, "nobody asks");
}
END_TEST

START_TEST(a_long_subject_is_cut_and_still_ends)
{
	struct vprim_user_fault fault;
	char subject[2 * VPRIM_USER_FAULT_SUBJECT_BYTES];

	memset(subject, 'x', sizeof(subject));
	subject[sizeof(subject) - 1] = '\0';
	vprim_user_fault_set(&fault, "open", EIO, subject);
	ck_assert_uint_eq(strlen(fault.subject), sizeof(fault.subject) - 1);
	ck_assert_uint_eq(strspn(fault.subject, "x"), sizeof(fault.subject) - 1);
}
END_TEST

static const struct row {
	const char *name;
	const char *call;
	int error;
	const char *subject;
	bool reason;
	const char *before;	/* the text of the errno follows */
} rows[] = {
	{ "call, subject", "open", ENOENT, "/dev/vfio/vfio", false,
	  "open on /dev/vfio/vfio: " },
	{ "call alone", "ioctl VFIO_GET_API_VERSION", ENOTTY, NULL, false,
	  "ioctl VFIO_GET_API_VERSION: " },
	{ "with a reason", "map", EEXIST, "window 1", true,
	  "map on window 1: " },
};

START_TEST(the_line_says_all_of_it)
{
	const struct row *r = &rows[_i];
	struct vprim_user_fault fault;
	char text[320], want[320], why[VPRIM_REASON_TEXT_BYTES];

	vprim_user_fault_set(&fault, r->call, r->error, r->subject);
	if (r->reason)
		fault.reason = overlap();
	vprim_reason_text(&fault.reason, why, sizeof(why));
	snprintf(want, sizeof(want), "%s%s%s%s", r->before, strerror(r->error),
		 r->reason ? "; " : "", r->reason ? why : "");
	ck_assert_msg(vprim_user_fault_text(&fault, text, sizeof(text)) ==
		      strlen(want), "%s", r->name);
	ck_assert_msg(!strcmp(text, want), "%s: '%s'", r->name, text);
}
END_TEST

START_TEST(a_small_buffer_cuts_the_line_and_learns_its_size)
{
	struct vprim_user_fault fault;
	char text[320], cut[320];
	size_t need, room;

	vprim_user_fault_set(&fault, "open", EACCES, "/dev/vfio/vfio");
	fault.reason = overlap();
	need = vprim_user_fault_text(&fault, text, sizeof(text));
	ck_assert_uint_eq(need, strlen(text));
	ck_assert_uint_eq(vprim_user_fault_text(&fault, NULL, 0), need);
	for (room = 1; room <= need + 1; room++) {
		memset(cut, '#', sizeof(cut));
		ck_assert_uint_eq(vprim_user_fault_text(&fault, cut, room), need);
		ck_assert_uint_eq(strlen(cut), room - 1);
		ck_assert_int_eq(strncmp(cut, text, room - 1), 0);
		ck_assert_int_eq(cut[room], '#');
	}
}
END_TEST

START_TEST(what_is_no_fault_says_so)
{
	struct vprim_user_fault none = { .call = NULL };
	char text[32];

	ck_assert_uint_eq(vprim_user_fault_text(&none, text, sizeof(text)), 14);
	ck_assert_str_eq(text, "nothing failed");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_fault");
	TCase *tc = tcase_create("user_fault");

	tcase_add_loop_test(tc, the_tables_of_the_shim_are_whole, 0, 2);
	tcase_add_test(tc, a_fault_is_filled_whole);
	tcase_add_test(tc, a_long_subject_is_cut_and_still_ends);
	tcase_add_loop_test(tc, the_line_says_all_of_it, 0,
			    VPRIM_ARRAY_LEN(rows));
	tcase_add_test(tc, a_small_buffer_cuts_the_line_and_learns_its_size);
	tcase_add_test(tc, what_is_no_fault_says_so);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
