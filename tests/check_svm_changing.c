// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vprim_svm_read_vmcb() on a VMCB that somebody writes to between any two loads:
 * each byte that is looked at is fetched once, so that a field is a value that it
 * had, and what was checked is what is used.
 */
#include "changing.h"
#include "testlib.h"
#include "../libvirtprim/svm/svm_nested.c"

static uint8_t bytes[VPRIM_SVM_VMCB_BYTES];
static uint8_t times[VPRIM_SVM_VMCB_BYTES];

static void count_and_scramble(const void *p, size_t n)
{
	const uint8_t *at = p;
	size_t i;

	ck_assert(at >= bytes && at + n <= bytes + sizeof(bytes));
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(times[at - bytes + (ptrdiff_t)i]++, 0);
	/* Everything but what is about to be read. */
	for (i = 0; i < sizeof(bytes); i++)
		if (&bytes[i] < at || &bytes[i] >= at + n)
			bytes[i] = (uint8_t)(bytes[i] ^ 0x5a);
}

START_TEST(each_byte_is_fetched_once)
{
	struct vprim_svm_vmcb v;
	uint64_t loads;

	memset(bytes, 0xa5, sizeof(bytes));
	changing.loads = 0;
	changing.before = count_and_scramble;
	ck_assert_int_eq(vprim_svm_read_vmcb(bytes, sizeof(bytes), &v), 0);
	changing.before = NULL;
	loads = changing.loads;
	/* One for each field of the struct; CS gives two of them. */
	ck_assert_uint_eq(loads, 18);
	/* And each field is as it was when it was fetched. */
	ck_assert(v.iopm_pa == 0xa5a5a5a5a5a5a5a5 || v.iopm_pa == 0xffffffffffffffff);
	ck_assert(v.g_pat == 0xa5a5a5a5a5a5a5a5 || v.g_pat == 0xffffffffffffffff);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("svm_changing");
	TCase *tc = tcase_create("svm_changing");

	tcase_add_test(tc, each_byte_is_fetched_once);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
