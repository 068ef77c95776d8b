// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* user_fault.h: a failure keeps its errno and says all of it in one line. */
#include "testlib.h"
#include <errno.h>
#include <string.h>
#include <virtprim/user_fault.h>

static const struct vprim_range page = { 0x1000, 0x1fff };

START_TEST(a_fault_is_filled_whole)
{
	struct vprim_user_fault fault;

	memset(&fault, 0xff, sizeof(fault));
	vprim_user_fault_set(&fault, "open", ENODEV, "/dev/vfio/7");
	ck_assert_str_eq(fault.call, "open");
	ck_assert_int_eq(fault.error, ENODEV);
	ck_assert_str_eq(fault.subject, "/dev/vfio/7");
	ck_assert(fault.reason.rule == VPRIM_REASON_NONE);
	ck_assert_uint_eq(fault.reason.valid, 0);
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
	char text[320], want[320], why[160];

	vprim_user_fault_set(&fault, r->call, r->error, r->subject);
	if (r->reason)
		vprim_reason_set(&fault.reason, VPRIM_REASON_MAP_OVERLAP, &page,
				 &page);
	vprim_reason_text(&fault.reason, why, sizeof(why));
	snprintf(want, sizeof(want), "%s%s%s%s", r->before, strerror(r->error),
		 r->reason ? "; " : "", r->reason ? why : "");
	ck_assert_msg(vprim_user_fault_text(&fault, text, sizeof(text)) ==
		      strlen(want) + 1, "%s", r->name);
	ck_assert_msg(!strcmp(text, want), "%s: '%s'", r->name, text);
}
END_TEST

START_TEST(a_small_buffer_cuts_the_line_and_learns_its_size)
{
	struct vprim_user_fault fault;
	char text[320], cut[320];
	size_t need, room;

	vprim_user_fault_set(&fault, "open", EACCES, "/dev/vfio/vfio");
	vprim_reason_set(&fault.reason, VPRIM_REASON_MAP_OVERLAP, &page, &page);
	need = vprim_user_fault_text(&fault, text, sizeof(text));
	ck_assert_uint_eq(need, strlen(text) + 1);
	ck_assert_uint_eq(vprim_user_fault_text(&fault, NULL, 0), need);
	for (room = 1; room <= need; room++) {
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
	char text[32] = "kept";

	ck_assert_uint_eq(vprim_user_fault_text(NULL, text, sizeof(text)), 0);
	ck_assert_uint_eq(vprim_user_fault_text(&none, NULL, 1), 0);
	ck_assert_str_eq(text, "kept");
	ck_assert_uint_eq(vprim_user_fault_text(&none, text, sizeof(text)), 15);
	ck_assert_str_eq(text, "nothing failed");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_fault");
	TCase *tc = tcase_create("user_fault");

	tcase_add_test(tc, a_fault_is_filled_whole);
	tcase_add_test(tc, a_long_subject_is_cut_and_still_ends);
	tcase_add_loop_test(tc, the_line_says_all_of_it, 0,
			    VPRIM_ARRAY_LEN(rows));
	tcase_add_test(tc, a_small_buffer_cuts_the_line_and_learns_its_size);
	tcase_add_test(tc, what_is_no_fault_says_so);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
