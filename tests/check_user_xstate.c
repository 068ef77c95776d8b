// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_xstate.h: the readers say what the processor and the kernel say, and name
 * the cause when they refuse. What this machine cannot do, a fake kernel does.
 */
#include "fake_malloc.h"
#include "testlib.h"
#include "fake_kernel.h"
#include <sys/syscall.h>
#include <virtprim/user_kvm.h>
#include <virtprim/user_xstate.h>

#if defined(__linux__) && defined(__x86_64__) && defined(__LP64__)
#include <linux/kvm.h>

static bool has_xsave(void)
{
	struct vprim_user_xstate host;

	return !vprim_user_xstate_read(&host, NULL);
}

static void refused(const struct vprim_user_fault *fault, int error,
		    unsigned int rule)
{
	ck_assert_ptr_nonnull(fault->call);
	ck_assert_int_eq(fault->error, error);
	ck_assert_uint_eq(vprim_reason_id(&fault->reason), rule);
}

/* -- the processor -- */

START_TEST(the_processor_agrees_with_the_calculator)
{
	struct vprim_user_xstate host;
	struct vprim_xstate_table table, direct;
	uint64_t size;

	ck_assert_int_eq(vprim_user_xstate_read(&host, NULL), 0);
	ck_assert_int_eq(vprim_user_xstate_table(&table, NULL), 0);
	ck_assert_int_eq(vprim_xstate_table_init(&direct, host.leaf,
						 VPRIM_XSTATE_LEAVES, NULL), 0);
	ck_assert_int_eq(memcmp(&table, &direct, sizeof(table)), 0);
	ck_assert_int_eq(vprim_xstate_check_xcr0(table.xcr0, 0, host.xcr0,
						 VPRIM_XSTATE_ORDER_ARCH, NULL), 0);
	ck_assert_int_eq(vprim_xstate_size(&table, host.xcr0,
					   VPRIM_XSTATE_STANDARD, &size, NULL), 0);
	ck_assert_uint_eq(size, table.ebx0);
	ck_assert_int_eq(vprim_xstate_size(&table, table.xcr0,
					   VPRIM_XSTATE_STANDARD, &size, NULL), 0);
	ck_assert_uint_eq(size, table.ecx0);
	ck_assert_uint_eq(host.flags.leaf1_ecx >> 27 & 1, 1);
}
END_TEST

/* -- permissions -- */

START_TEST(the_kernel_answers_as_it_does_without_us)
{
	unsigned long mask = 0;
	uint64_t supported = 7, host = 7, guest = 7, n;
	struct vprim_user_fault fault;

	if (syscall(SYS_arch_prctl, VPRIM_XSTATE_PERM_GET_SUPP, &mask)) {
		printf("skipped: this kernel has no permissions\n");
		return;
	}
	ck_assert_int_eq(vprim_user_xstate_supported(&supported, NULL), 0);
	ck_assert_uint_eq(supported, mask);
	ck_assert_int_eq(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_HOST, &host,
						     NULL), 0);
	ck_assert_uint_eq(host & ~supported, 0);
	ck_assert_int_eq(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST,
						     &guest, NULL), 0);
	ck_assert_uint_eq(guest & ~supported, 0);
	for (n = 0; n < 70; n++) {
		int ret = vprim_user_xstate_request(VPRIM_XSTATE_PERM_HOST, n,
						    &fault);
		int again = syscall(SYS_arch_prctl, VPRIM_XSTATE_PERM_REQ_PERM,
				    (unsigned long)n) ? -errno : 0;

		ck_assert_msg(ret == again, "component %d: %d, kernel %d", (int)n,
			      ret, again);
		if (ret == -EINVAL)
			refused(&fault, EINVAL, VPRIM_USER_RULE_X86_UNKNOWN);
		if (ret == -EOPNOTSUPP)
			refused(&fault, EOPNOTSUPP, VPRIM_USER_RULE_X86_ABSENT);
		if (ret)
			ck_assert_uint_eq(fault.reason.value, n);
	}
}
END_TEST

static int answer;
static long asked_op;
static unsigned long asked_number;

static long answer_prctl(long number, long op, unsigned long arg)
{
	ck_assert_int_eq(number, SYS_arch_prctl);
	asked_op = op;
	asked_number = arg;
	errno = answer;
	return answer ? -1 : 0;
}

static const struct refusal {
	const char *name;
	int error;
	unsigned int rule;
} refusals[] = {
	{ "unknown", EINVAL, VPRIM_USER_RULE_X86_UNKNOWN },
	{ "absent", EOPNOTSUPP, VPRIM_USER_RULE_X86_ABSENT },
	{ "a vCPU is there", EBUSY, VPRIM_USER_RULE_X86_LOCKED },
	{ "small signal stack", ENOSPC, VPRIM_USER_RULE_X86_ALTSTACK },
	{ "an errno from outside the list", EPERM, VPRIM_USER_RULE_ERRNO },
};

START_TEST(a_refusal_of_the_kernel_is_explained)
{
	const struct refusal *r = &refusals[_i];
	struct vprim_user_fault fault;

	fake.syscall = answer_prctl;
	answer = r->error;
	ck_assert_msg(vprim_user_xstate_request(VPRIM_XSTATE_PERM_GUEST, 18,
						&fault) == -r->error, "%s", r->name);
	refused(&fault, r->error, r->rule);
	ck_assert_int_eq(asked_op, VPRIM_XSTATE_PERM_REQ_GUEST_PERM);
	ck_assert_uint_eq(asked_number, 18);
	ck_assert_uint_eq(fault.reason.value,
			  r->rule == VPRIM_USER_RULE_ERRNO ? EPERM : 18);
	ck_assert_int_eq(vprim_user_xstate_request(VPRIM_XSTATE_PERM_HOST, 18,
						   NULL), -r->error);
	ck_assert_int_eq(asked_op, VPRIM_XSTATE_PERM_REQ_PERM);
}
END_TEST

START_TEST(a_grant_is_a_grant_and_nobody_else_is_asked)
{
	struct vprim_user_fault fault;
	uint64_t mask = 0xdead;

	fake.syscall = answer_prctl;
	answer = 0;
	ck_assert_int_eq(vprim_user_xstate_request(VPRIM_XSTATE_PERM_HOST, 18,
						   &fault), 0);
	asked_op = 0;
	ck_assert_int_eq(vprim_user_xstate_request(
				 (enum vprim_xstate_perm_who)2, 18, &fault),
			 -EINVAL);
	refused(&fault, EINVAL, VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_user_xstate_permitted(
				 (enum vprim_xstate_perm_who)2, &mask, &fault),
			 -EINVAL);
	refused(&fault, EINVAL, VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(asked_op, 0);
	ck_assert_uint_eq(mask, 0xdead);
}
END_TEST

START_TEST(an_old_kernel_is_called_old)
{
	struct vprim_user_fault fault;
	uint64_t mask = 0xdead;

	fake.syscall = answer_prctl;
	answer = EINVAL;
	ck_assert_int_eq(vprim_user_xstate_supported(&mask, &fault), -EINVAL);
	refused(&fault, EINVAL, VPRIM_USER_RULE_X86_OLD);
	ck_assert_int_eq(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST,
						     &mask, &fault), -EINVAL);
	refused(&fault, EINVAL, VPRIM_USER_RULE_X86_OLD);
	ck_assert_int_eq(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_HOST, &mask,
						     NULL), -EINVAL);
	ck_assert_uint_eq(mask, 0xdead);
}
END_TEST

/* -- KVM -- */

/* 100 leaves, for which 64 are too few; the last ones are of leaf 0xd. */
static int answer_cpuid(int fd, unsigned long request, void *arg)
{
	struct kvm_cpuid2 *c = arg;
	uint32_t i;

	(void)fd;
	ck_assert_uint_eq(request, KVM_GET_SUPPORTED_CPUID);
	errno = answer ? answer : E2BIG;
	if (answer || c->nent < 100)
		return -1;
	c->nent = 100;
	for (i = 0; i < 100; i++)
		c->entries[i] = (struct kvm_cpuid_entry2){
			.function = i < 96 ? i + 0x100 : 0xd,
			.index = i < 99 ? i - 96 : 64,
			.eax = i, .ebx = i + 1, .ecx = i + 2, .edx = i + 3,
		};
	return 0;
}

START_TEST(a_list_that_is_too_long_is_asked_for_again)
{
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	uint64_t given = 0;
	unsigned int n;

	fake.ioctl = answer_cpuid;
	answer = 0;
	fake.ioctls = 0;
	fake_starve(vprim_user_xstate_kvm_leaves(7, leaf, &given, NULL),
		    require(!given); fake.ioctls = 0);
	ck_assert_uint_eq(fake.ioctls, 2);
	ck_assert_uint_eq(given, 7);
	ck_assert_uint_eq(leaf[2].eax, 98);
	ck_assert_uint_eq(leaf[2].ebx, 99);
	ck_assert_uint_eq(leaf[2].ecx, 100);
	ck_assert_uint_eq(leaf[2].edx, 101);
	for (n = 3; n < VPRIM_XSTATE_LEAVES; n++)
		ck_assert_uint_eq(leaf[n].eax | leaf[n].edx, 0);
	ck_assert_int_eq(vprim_user_xstate_kvm_leaves(7, leaf, NULL, NULL), 0);
}
END_TEST

START_TEST(a_list_without_an_end_is_given_up)
{
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	struct vprim_user_fault fault;
	uint64_t given = 0xdead;

	fake.ioctl = answer_cpuid;
	memset(leaf, 0xa5, sizeof(leaf));
	answer = E2BIG;
	ck_assert_int_eq(vprim_user_xstate_kvm_leaves(7, leaf, &given, &fault),
			 -E2BIG);
	refused(&fault, E2BIG, VPRIM_USER_RULE_ERRNO);
	answer = EIO;
	fake.ioctls = 0;
	ck_assert_int_eq(vprim_user_xstate_kvm_leaves(7, leaf, &given, &fault),
			 -EIO);
	ck_assert_uint_eq(fake.ioctls, 1);
	ck_assert_uint_eq(given, 0xdead);
	ck_assert_uint_eq(leaf[0].eax, 0xa5a5a5a5);
}
END_TEST

static int answer_number(int fd, unsigned long request, void *arg)
{
	(void)fd;
	errno = answer < 0 ? -answer : 0;
	if (answer < 0)
		return -1;
	if (request == KVM_GET_DEVICE_ATTR) {
		struct kvm_device_attr *attr = arg;

		ck_assert_uint_eq(attr->group, 0);
		ck_assert_uint_eq(attr->attr, 0);
		*(uint64_t *)(uintptr_t)attr->addr = (uint64_t)answer;
		return 0;
	}
	ck_assert_uint_eq(request, KVM_CHECK_EXTENSION);
	ck_assert_uint_eq((uintptr_t)arg, 208);
	return answer;
}

START_TEST(the_size_and_the_mask_are_kvms)
{
	struct vprim_user_fault fault;
	uint32_t size = 7;
	uint64_t mask = 7;

	fake.ioctl = answer_number;
	answer = 11008;
	ck_assert_int_eq(vprim_user_xstate_kvm_size(7, &size, NULL), 0);
	ck_assert_uint_eq(size, 11008);
	answer = 0;		/* a kernel that has no XSAVE2 */
	ck_assert_int_eq(vprim_user_xstate_kvm_size(7, &size, NULL), 0);
	ck_assert_uint_eq(size, 4096);
	answer = 0x602e7;
	ck_assert_int_eq(vprim_user_xstate_kvm_supported(7, &mask, NULL), 0);
	ck_assert_uint_eq(mask, 0x602e7);
	answer = -ENXIO;
	ck_assert_int_eq(vprim_user_xstate_kvm_supported(7, &mask, &fault), -ENXIO);
	refused(&fault, ENXIO, VPRIM_USER_RULE_X86_OLD);
	answer = -ENOTTY;
	ck_assert_int_eq(vprim_user_xstate_kvm_supported(7, &mask, &fault), -ENOTTY);
	refused(&fault, ENOTTY, VPRIM_USER_RULE_X86_OLD);
	answer = -EBADF;
	ck_assert_int_eq(vprim_user_xstate_kvm_supported(7, &mask, &fault), -EBADF);
	refused(&fault, EBADF, VPRIM_USER_RULE_ERRNO);
	ck_assert_int_eq(vprim_user_xstate_kvm_size(7, &size, &fault), -EBADF);
	refused(&fault, EBADF, VPRIM_USER_RULE_ERRNO);
	ck_assert_uint_eq(mask, 0x602e7);
	ck_assert_uint_eq(size, 4096);
}
END_TEST

/* What the module offers is what the library expects of it. */
START_TEST(kvm_here_offers_what_it_should)
{
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table table;
	struct vprim_user_kvm k;
	uint64_t given, mask = 0, perm;
	uint32_t size;

	ck_assert_int_eq(vprim_user_kvm_init(&k, NULL), 0);
	ck_assert_int_eq(vprim_user_xstate_table(&table, NULL), 0);
	ck_assert_int_eq(vprim_user_xstate_kvm_leaves(k.kvm, leaf, &given, NULL), 0);
	ck_assert_uint_eq(given & 3, 3);
	if (!vprim_user_xstate_kvm_supported(k.kvm, &mask, NULL) &&
	    !vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST, &perm, NULL)) {
		mask = vprim_xstate_perm_kvm_filtered(mask, perm);
		ck_assert_uint_eq(leaf[0].eax, (uint32_t)mask);
		ck_assert_uint_eq(leaf[0].edx, mask >> 32);
		ck_assert_int_eq(vprim_user_xstate_kvm_size(k.vm, &size, NULL), 0);
		ck_assert_uint_eq(size, vprim_xstate_perm_kvm_xsave2_size(&table,
									  mask));
	}
	vprim_user_kvm_fini(&k);
}
END_TEST

static void add_tests(TCase *tc)
{
	struct vprim_user_fault fault;
	struct vprim_user_kvm k;
	int ret = vprim_user_kvm_init(&k, &fault);
	char text[256];

	if (has_xsave()) {
		tcase_add_test(tc, the_processor_agrees_with_the_calculator);
	} else {
		printf("skipped: the processor's leaves: it has no XSAVE\n");
	}
	tcase_add_test(tc, the_kernel_answers_as_it_does_without_us);
	tcase_add_loop_test(tc, a_refusal_of_the_kernel_is_explained, 0,
			    VPRIM_ARRAY_LEN(refusals));
	tcase_add_test(tc, a_grant_is_a_grant_and_nobody_else_is_asked);
	tcase_add_test(tc, an_old_kernel_is_called_old);
	tcase_add_test(tc, a_list_that_is_too_long_is_asked_for_again);
	tcase_add_test(tc, a_list_without_an_end_is_given_up);
	tcase_add_test(tc, the_size_and_the_mask_are_kvms);
	if (!ret && has_xsave()) {
		tcase_add_test(tc, kvm_here_offers_what_it_should);
	} else {
		vprim_user_fault_text(&fault, text, sizeof(text));
		printf("skipped: the part with /dev/kvm: %s\n",
		       ret ? text : "no XSAVE");
	}
	if (!ret)
		vprim_user_kvm_fini(&k);
}

#else

START_TEST(elsewhere_nothing_is_supported)
{
	struct vprim_user_fault fault;
	uint64_t mask = 7;
	uint32_t size = 7;

	ck_assert_int_eq(vprim_user_xstate_supported(&mask, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_reason_id(&fault.reason), VPRIM_USER_RULE_X86_OTHER);
	ck_assert_int_eq(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_HOST, &mask,
						     &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_xstate_request(VPRIM_XSTATE_PERM_HOST, 18,
						   &fault), -EOPNOTSUPP);
#if !defined(__i386__) && !defined(__x86_64__)
	struct vprim_user_xstate host;
	struct vprim_xstate_table table;
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];

	ck_assert_int_eq(vprim_user_xstate_read(&host, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_xstate_table(&table, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_xstate_kvm_leaves(7, leaf, NULL, &fault),
			 -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_xstate_kvm_supported(7, &mask, &fault),
			 -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_xstate_kvm_size(7, &size, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_reason_id(&fault.reason), VPRIM_USER_RULE_X86_OTHER);
#endif
	ck_assert_uint_eq(mask, 7);
	ck_assert_uint_eq(size, 7);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, elsewhere_nothing_is_supported);
}

#endif

int main(void)
{
	Suite *suite = suite_create("user_xstate");
	TCase *tc = tcase_create("user_xstate");

	tcase_add_checked_fixture(tc, fake_nothing, fake_nothing);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
