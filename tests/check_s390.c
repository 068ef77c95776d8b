// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * s390.h: the rows by name stand in tests/vectors/s390.vec; here every address
 * of two pages against the plain definition, and what a failed call leaves.
 */
#include "testlib.h"
#include <virtprim/s390.h>

static const struct vprim_s390_block untouched = { true, 7 };

START_TEST(bad_arguments_change_nothing)
{
	struct vprim_s390_sca_fields f = { .scaol = 0x6000, .prefix = 0x5000 };
	struct vprim_s390_block b = untouched;
	struct vprim_reason why;

	ck_assert_int_eq(vprim_s390_check_sca(&f, VPRIM_LINUX_NEWEST, &b, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_S390_RULE_PREFIX);
	ck_assert_int_eq(vprim_s390_check_satellite(VPRIM_S390_SATELLITES, 0x6000, false, true, &b, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert_ptr_null(vprim_s390_satellite_info_of(VPRIM_S390_SATELLITES));
	ck_assert(b.present && b.gpa == 7);
}
END_TEST

START_TEST(a_refused_block_is_not_handed_out)
{
	struct vprim_s390_sca_fields f = { .scaol = 0x3ff0, .prefix = 0x4000 };
	char text[VPRIM_REASON_TEXT_BYTES];
	struct vprim_s390_block b = untouched;
	struct vprim_reason why;

	ck_assert_int_eq(vprim_s390_check_sca(&f, VPRIM_LINUX_NEWEST, &b, NULL), -ERANGE);
	ck_assert_int_eq(vprim_s390_check_sca(&f, VPRIM_LINUX_NEWEST, &b, &why), -ERANGE);
	vprim_reason_text(&why, text, sizeof(text));
	ck_assert_str_eq(text, "the block at 0x3ff0 crosses a page: validity 0x3b");
	ck_assert(b.present && b.gpa == 7);
}
END_TEST

/* The code that the definition gives, byte by byte. */
static uint16_t definition(uint64_t gpa, uint64_t bytes)
{
	if (!gpa)
		return 0;
	if (gpa < 0x2000)
		return 0x38;
	if (gpa >= 0x4000 && gpa <= 0x5fff)
		return 0x11;
	for (uint64_t i = 0; i < bytes; i++)
		if ((gpa + i) / 4096 != gpa / 4096)
			return 0x3b;
	return 0;
}

START_TEST(every_sca_address_agrees_with_the_definition)
{
	static const uint64_t bytes[3][2] = { { 2112, 2112 }, { 64, 64 }, { 64, 256 } };
	struct vprim_s390_block b;
	struct vprim_reason why;
	const uint32_t releases[] = { VPRIM_LINUX(6, 12), VPRIM_LINUX_NEWEST,
				      VPRIM_S390_POSTED_BY_FORMAT };

	for (uint32_t at = 0; at < 0x9000; at++)
		for (unsigned int rule = 0; rule < 3; rule++)
			for (unsigned int esca = 0; esca < 2; esca++) {
				struct vprim_s390_sca_fields f = {
					.scaol = at, .scaoh = 5, .esca = esca,
					.prefix = 0x4000 };

				uint16_t code = definition(at & ~15u,
							   bytes[rule][esca]);

				ck_assert_int_eq(vprim_s390_check_sca(&f,
					releases[rule], &b, &why),
					code ? -ERANGE : 0);
				ck_assert(code ? why.value == code :
						 !vprim_reason_id(&why));
			}
}
END_TEST

START_TEST(the_layouts_add_up)
{
	ck_assert_uint_eq(VPRIM_S390_BSCA_HEADER_BYTES + VPRIM_S390_BSCA_SLOTS *
			  VPRIM_S390_BSCA_ENTRY_BYTES, VPRIM_S390_BSCA_BYTES);
	ck_assert_uint_eq(VPRIM_S390_ESCA_HEADER_BYTES + VPRIM_S390_ESCA_SLOTS *
			  VPRIM_S390_ESCA_ENTRY_BYTES, VPRIM_S390_ESCA_BYTES);
}
END_TEST

/* Alignment alone keeps these blocks in one page: their rows need no code. */
START_TEST(aligned_blocks_cannot_cross)
{
	struct vprim_s390_block b;
	bool crosses;

	for (unsigned int which = 0; which < VPRIM_S390_SATELLITES; which++) {
		const struct vprim_s390_satellite_info *s =
			vprim_s390_satellite_info_of((enum vprim_s390_satellite)which);

		for (uint64_t field = 0x2000; field < 0x4000; field++) {
			uint64_t size = s->size_bytes ? s->size_bytes : 1u << (field & 15);

			if (vprim_s390_check_satellite(
				(enum vprim_s390_satellite)which, field, false, true,
				&b, NULL))
				continue;
			ck_assert_int_eq(vprim_range_crosses(b.gpa, size, 12, &crosses), 0);
			ck_assert_msg(!crosses, "%s at %" PRIx64, s->name, field);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("s390");
	TCase *t = tcase_create("s390");

	tcase_add_test(t, bad_arguments_change_nothing);
	tcase_add_test(t, a_refused_block_is_not_handed_out);
	tcase_add_test(t, every_sca_address_agrees_with_the_definition);
	tcase_add_test(t, the_layouts_add_up);
	tcase_add_test(t, aligned_blocks_cannot_cross);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
