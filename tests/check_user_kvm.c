// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_kvm.h: a real KVM where there is one, and a fake one that fails at each
 * step in turn and must find nothing left behind.
 */
#include "testlib.h"
#include "fake_kernel.h"
#include <virtprim/pat.h>
#include <virtprim/user_kvm.h>
#include <virtprim/user_vfio.h>
#include <virtprim/user_xstate.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/mman.h>

#define OK(call) ck_assert_int_eq(call, 0)
#define PAGE 4096u

static void refused(const struct vprim_user_fault *fault, int error,
		    unsigned int rule)
{
	ck_assert_ptr_nonnull(fault->call);
	ck_assert_int_eq(fault->error, error);
	ck_assert_uint_eq(vprim_reason_id(&fault->reason), rule);
}

/* -- a fake KVM: it knows what user_kvm.c asks, and fails where it is told -- */

static struct {
	unsigned int fail_at;	/* the ioctl that fails, from 1; 0 none */
	int version, xsave2, msrs;
	uint64_t pat;
	unsigned long last;
} kvm;

static int fake_file(size_t bytes)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, (off_t)bytes)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int fake_open(const char *path)
{
	ck_assert_str_eq(path, "/dev/kvm");
	return fake_file(0);
}

static int no_open(const char *path)
{
	(void)path;
	errno = EACCES;
	return -1;
}

static int open_error;

static int not_there(const char *path)
{
	(void)path;
	errno = open_error;
	return -1;
}

/* A call that signals interrupt twice before it answers. */
static int interrupted(int fd, unsigned long request, void *arg)
{
	(void)fd;
	(void)request;
	(void)arg;
	errno = fake.ioctls < 3 ? EINTR : EIO;
	return fake.ioctls == 3 ? 5 : -1;
}

START_TEST(a_signal_is_no_answer)
{
	const struct vprim_user_sys *real = vprim_user_sys_real();

	fake.ioctl = interrupted;
	ck_assert_int_eq(real->ioctl(real->ctx, 0, 1, NULL), 5);
	ck_assert_uint_eq(fake.ioctls, 3);
	ck_assert_int_eq(real->ioctl(real->ctx, 0, 1, NULL), -EIO);
	ck_assert_uint_eq(fake.ioctls, 4);
}
END_TEST

static int fake_msrs(unsigned long request, struct kvm_msrs *m)
{
	ck_assert_uint_eq(m->nmsrs, 1);
	ck_assert_uint_eq(m->entries[0].index, 0x277);
	if (kvm.msrs && request == KVM_SET_MSRS)
		kvm.pat = m->entries[0].data;
	else if (kvm.msrs)
		m->entries[0].data = kvm.pat;
	return kvm.msrs;
}

static int fake_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	kvm.last = request;
	if (fake.ioctls == kvm.fail_at) {
		errno = EIO;
		return -1;
	}
	switch (request) {
	case KVM_GET_API_VERSION:
		return kvm.version;
	case KVM_CREATE_VM:
		return fake_file(0);
	case KVM_CREATE_VCPU:
		return fake_file(3 * PAGE);
	case KVM_GET_VCPU_MMAP_SIZE:
		return 3 * PAGE;
	case KVM_CHECK_EXTENSION:
		return kvm.xsave2;
	case KVM_GET_SUPPORTED_CPUID:
		((struct kvm_cpuid2 *)arg)->nent = 0;
		return 0;
	case KVM_GET_MSRS:
	case KVM_SET_MSRS:
		return fake_msrs(request, arg);
	default:
		return 0;
	}
}

static void fake_kvm(void)
{
	fake.ioctl = fake_ioctl;
	fake.open = fake_open;
	fake.ioctls = 0;
	memset(&kvm, 0, sizeof(kvm));
	kvm.version = 12;
	kvm.msrs = 1;
}

/* The whole way in; returns its answer with everything closed again. */
static int whole_way(struct vprim_user_fault *fault)
{
	struct vprim_user_kvm k, before;
	int ret;

	memset(&k, 0xa5, sizeof(k));
	before = k;
	ret = vprim_user_kvm_init(&k, fault);
	if (ret) {
		ck_assert_int_eq(memcmp(&k, &before, sizeof(k)), 0);
		return ret;
	}
	ck_assert_int_eq(k.vcpu, -1);
	ck_assert_ptr_null(k.run);
	before = k;
	ret = vprim_user_kvm_vcpu(&k, fault);
	if (ret)
		ck_assert_int_eq(memcmp(&k, &before, sizeof(k)), 0);
	else
		memset(k.run, 1, k.run_bytes);
	vprim_user_kvm_fini(&k);
	ck_assert_int_eq(k.kvm & k.vm & k.vcpu, -1);
	vprim_user_kvm_fini(&k);
	return ret;
}

START_TEST(a_failure_at_any_step_leaves_nothing_open)
{
	unsigned int files = fake_open_files(), steps;
	struct vprim_user_fault fault;

	fake_kvm();
	OK(whole_way(NULL));
	steps = fake.ioctls;
	ck_assert_uint_eq(fake_open_files(), files);
	ck_assert_uint_ge(steps, 6);
	for (kvm.fail_at = 1; kvm.fail_at <= steps; kvm.fail_at++) {
		fake.ioctls = 0;
		ck_assert_msg(whole_way(&fault) == -EIO, "step %u", kvm.fail_at);
		refused(&fault, EIO, VPRIM_USER_RULE_ERRNO);
		ck_assert_uint_eq(fake_open_files(), files);
	}
}
END_TEST

/* A vCPU whose run page cannot be mapped: its descriptor is no file. */
static int no_map(int fd, unsigned long request, void *arg)
{
	int pipes[2];

	if (request != KVM_CREATE_VCPU)
		return fake_ioctl(fd, request, arg);
	OK(pipe(pipes));
	close(pipes[1]);
	return pipes[0];
}

START_TEST(a_run_page_that_cannot_be_mapped_is_said)
{
	unsigned int files = fake_open_files();
	struct vprim_user_fault fault;

	fake_kvm();
	fake.ioctl = no_map;
	ck_assert_int_lt(whole_way(&fault), 0);
	ck_assert_str_eq(fault.call, "mmap");
	ck_assert_uint_eq(fake_open_files(), files);
}
END_TEST

START_TEST(without_rights_or_with_another_version_there_is_no_vm)
{
	static const struct {
		int error;
		unsigned int rule;
	} opens[] = {
		{ ENOENT, VPRIM_USER_RULE_MODULE }, { ENXIO, VPRIM_USER_RULE_MODULE },
		{ ENODEV, VPRIM_USER_RULE_MODULE }, { EPERM, VPRIM_USER_RULE_ACCESS },
		{ EACCES, VPRIM_USER_RULE_ACCESS }, { EMFILE, VPRIM_USER_RULE_ERRNO },
	};
	unsigned int files = fake_open_files();
	struct vprim_user_fault fault;

	fake_kvm();
	kvm.version = 13;
	ck_assert_int_eq(vprim_user_kvm_open(&fault), -EOPNOTSUPP);
	refused(&fault, EOPNOTSUPP, VPRIM_USER_RULE_VERSION);
	ck_assert_uint_eq(fault.reason.value, 13);
	ck_assert_uint_eq(fake_open_files(), files);
	fake.open = no_open;
	ck_assert_int_eq(vprim_user_kvm_open(&fault), -EACCES);
	refused(&fault, EACCES, VPRIM_USER_RULE_ACCESS);
	ck_assert_str_eq(fault.call, "open");
	ck_assert_str_eq(fault.subject, "/dev/kvm");
	ck_assert_int_eq(whole_way(&fault), -EACCES);
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(opens); i++) {
		fake.open = not_there;
		open_error = opens[i].error;
		ck_assert_int_eq(vprim_user_kvm_open(&fault), -open_error);
		refused(&fault, open_error, opens[i].rule);
	}
}
END_TEST

START_TEST(wrong_arguments_do_not_reach_the_kernel)
{
	struct vprim_user_kvm k = { .kvm = 0, .vm = 0, .vcpu = 0 };
	const struct vprim_range all = { 0, UINT64_MAX }, bad = { 1, 0 };
	struct vprim_user_fault fault;

	fake_kvm();
	ck_assert_int_eq(vprim_user_kvm_vcpu(&k, &fault), -EINVAL);
	refused(&fault, EINVAL, VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_user_kvm_memory(&k, 7, &bad, &k, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_kvm_memory(&k, 7, &all, &k, &fault), -EOVERFLOW);
	refused(&fault, EOVERFLOW, VPRIM_REASON_NONE);
	ck_assert_str_eq(fault.subject, "slot 7");
	ck_assert_uint_eq(fake.ioctls, 0);
}
END_TEST

START_TEST(a_reserved_type_never_reaches_the_kernel)
{
	struct vprim_user_fault fault;
	unsigned int byte, value, ok = 0;
	uint64_t pat;

	fake_kvm();
	for (byte = 0; byte < 8; byte++)
		for (value = 0; value < 256; value++) {
			uint64_t was = kvm.pat;

			pat = VPRIM_PAT_RESET & ~(UINT64_C(0xff) << 8 * byte);
			pat |= (uint64_t)value << 8 * byte;
			fake.ioctls = 0;
			if (vprim_pat_is_valid(pat)) {
				OK(vprim_user_kvm_set_pat(3, pat, &fault));
				ck_assert_uint_eq(kvm.pat, pat);
				ok++;
				continue;
			}
			ck_assert_int_eq(vprim_user_kvm_set_pat(3, pat, &fault),
					 -EINVAL);
			ck_assert_uint_eq(fake.ioctls, 0);
			ck_assert_uint_eq(kvm.pat, was);
			refused(&fault, EINVAL, VPRIM_USER_RULE_X86_PAT);
			ck_assert_uint_eq(fault.reason.value, pat);
			ck_assert_int_eq(fault.subject[0], 'P');
			ck_assert_int_eq(fault.subject[2], '0' + (int)byte);
		}
	ck_assert_uint_eq(ok, 8 * 6);
	ck_assert_int_eq(vprim_user_kvm_set_pat(3, 2, NULL), -EINVAL);
}
END_TEST

START_TEST(what_the_kernel_refuses_is_told_apart)
{
	struct vprim_user_fault fault;
	uint64_t pat = 7;

	fake_kvm();
	kvm.msrs = 0;
	ck_assert_int_eq(vprim_user_kvm_get_pat(3, &pat, &fault), -EOPNOTSUPP);
	refused(&fault, EOPNOTSUPP, VPRIM_USER_RULE_X86_MSR);
	ck_assert_uint_eq(fault.reason.value, 0x277);
	ck_assert_int_eq(vprim_user_kvm_set_pat(3, VPRIM_PAT_LINUX, &fault),
			 -EOPNOTSUPP);
	ck_assert_uint_eq(pat, 7);
	kvm.fail_at = 3;
	ck_assert_int_eq(vprim_user_kvm_get_pat(3, &pat, &fault), -EIO);
	refused(&fault, EIO, VPRIM_USER_RULE_ERRNO);
	ck_assert_uint_eq(pat, 7);
}
END_TEST

START_TEST(state_that_does_not_fit_is_not_read)
{
	struct vprim_user_kvm k = { .kvm = 3, .vm = 3, .vcpu = 3 };
	struct vprim_user_fault fault;
	char image[8];

	fake_kvm();
	kvm.xsave2 = 11008;
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, image, 11007, &fault),
			 -EMSGSIZE);
	refused(&fault, EMSGSIZE, VPRIM_USER_RULE_X86_ROOM);
	ck_assert_uint_eq(fault.reason.value, 11008);
	ck_assert_uint_eq(kvm.last, KVM_CHECK_EXTENSION);
	OK(vprim_user_kvm_get_xsave(&k, image, 11008, NULL));
	ck_assert_uint_eq(kvm.last, _IOR(KVMIO, 0xcf, struct kvm_xsave));
	kvm.xsave2 = 0;		/* an older kernel */
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, image, 4095, &fault),
			 -EMSGSIZE);
	OK(vprim_user_kvm_get_xsave(&k, image, 4096, NULL));
	ck_assert_uint_eq(kvm.last, KVM_GET_XSAVE);
	kvm.fail_at = fake.ioctls + 3;
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, image, 4096, &fault), -EIO);
	refused(&fault, EIO, VPRIM_USER_RULE_ERRNO);
	kvm.fail_at = fake.ioctls + 1;
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, image, 4096, &fault), -EIO);
}
END_TEST

/* -- the real one -- */

START_TEST(the_pat_is_kept_by_a_real_vcpu)
{
	const struct vprim_pat_known *known;
	struct vprim_user_kvm k;
	unsigned int i;
	uint64_t pat = 0;

	OK(vprim_user_kvm_init(&k, NULL));
	OK(vprim_user_kvm_vcpu(&k, NULL));
	OK(vprim_user_kvm_get_pat(k.vcpu, &pat, NULL));
	ck_assert_uint_eq(pat, VPRIM_PAT_RESET);
	for (i = 0; (known = vprim_pat_known_at(i)); i++) {
		OK(vprim_user_kvm_set_pat(k.vcpu, known->pat, NULL));
		ck_assert_int_eq(vprim_user_kvm_set_pat(k.vcpu, 0x0202, NULL),
				 -EINVAL);
		OK(vprim_user_kvm_get_pat(k.vcpu, &pat, NULL));
		ck_assert_uint_eq(pat, known->pat);
	}
	ck_assert_uint_ge(i, 4);
	vprim_user_kvm_fini(&k);
}
END_TEST

START_TEST(a_real_guest_runs_and_its_state_fits)
{
	const struct vprim_range page = { 0, PAGE - 1 };
	struct kvm_regs regs = { .rflags = 2 };
	struct vprim_xstate_header header;
	struct vprim_user_fault fault;
	struct kvm_sregs sregs;
	struct vprim_user_kvm k;
	uint32_t size;
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint8_t *image;

	ck_assert_ptr_ne(memory, MAP_FAILED);
	memset(memory, 0xf4, PAGE);		/* hlt */
	OK(vprim_user_kvm_init(&k, NULL));
	OK(vprim_user_kvm_memory(&k, 0, &page, memory, NULL));
	ck_assert_int_eq(vprim_user_kvm_memory(&k, 1, &page, memory, &fault),
			 -EEXIST);
	ck_assert_str_eq(fault.subject, "slot 1");
	OK(vprim_user_kvm_vcpu(&k, NULL));
	OK(ioctl(k.vcpu, KVM_GET_SREGS, &sregs));
	sregs.cs.base = sregs.cs.selector = 0;
	OK(ioctl(k.vcpu, KVM_SET_SREGS, &sregs));
	OK(ioctl(k.vcpu, KVM_SET_REGS, &regs));
	OK(ioctl(k.vcpu, KVM_RUN, 0));
	ck_assert_uint_eq(k.run->exit_reason, KVM_EXIT_HLT);
	OK(vprim_user_xstate_kvm_size(k.vm, &size, NULL));
	image = malloc(size);
	ck_assert_ptr_nonnull(image);
	memset(image, 0xa5, size);
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, image, size - 1, NULL),
			 -EMSGSIZE);
	ck_assert_uint_eq(image[0], 0xa5);
	OK(vprim_user_kvm_get_xsave(&k, image, size, NULL));
	OK(vprim_xstate_header_load(image, size, &header));
	ck_assert_uint_eq(header.xcomp_bv, 0);
	OK(ioctl(k.vcpu, KVM_SET_XSAVE, image));
	free(image);
	vprim_user_kvm_fini(&k);
	munmap(memory, PAGE);
}
END_TEST

static void add_tests(TCase *tc)
{
	struct vprim_user_fault fault;
	struct vprim_user_kvm k;
	int ret = vprim_user_kvm_init(&k, &fault);
	char text[256];

	tcase_add_test(tc, a_failure_at_any_step_leaves_nothing_open);
	tcase_add_test(tc, a_run_page_that_cannot_be_mapped_is_said);
	tcase_add_test(tc, a_signal_is_no_answer);
	tcase_add_test(tc, without_rights_or_with_another_version_there_is_no_vm);
	tcase_add_test(tc, wrong_arguments_do_not_reach_the_kernel);
	tcase_add_test(tc, a_reserved_type_never_reaches_the_kernel);
	tcase_add_test(tc, what_the_kernel_refuses_is_told_apart);
	tcase_add_test(tc, state_that_does_not_fit_is_not_read);
	if (!ret) {
		tcase_add_test(tc, the_pat_is_kept_by_a_real_vcpu);
		tcase_add_test(tc, a_real_guest_runs_and_its_state_fits);
		vprim_user_kvm_fini(&k);
	} else {
		vprim_user_fault_text(&fault, text, sizeof(text));
		printf("skipped: the part with /dev/kvm: %s\n", text);
	}
}

#else

START_TEST(elsewhere_nothing_is_supported)
{
	struct vprim_user_kvm k = { .kvm = 7 };
	const struct vprim_range page = { 0, 4095 };
	struct vprim_user_fault fault;
	struct kvm_cpuid2 *list = NULL;
	uint64_t pat = 7;

	ck_assert_int_eq(vprim_user_kvm_open(&fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_reason_id(&fault.reason), VPRIM_USER_RULE_X86_OTHER);
	ck_assert_int_eq(vprim_user_kvm_cpuid(7, &list, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_init(&k, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_memory(&k, 0, &page, &k, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_vcpu(&k, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_get_pat(7, &pat, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_set_pat(7, VPRIM_PAT_RESET, &fault), -EOPNOTSUPP);
	ck_assert_int_eq(vprim_user_kvm_get_xsave(&k, &k, 4096, &fault), -EOPNOTSUPP);
	vprim_user_kvm_fini(&k);
	ck_assert_int_eq(k.kvm, 7);
	ck_assert_uint_eq(pat, 7);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, elsewhere_nothing_is_supported);
}

#endif

int main(void)
{
	Suite *suite = suite_create("user_kvm");
	TCase *tc = tcase_create("user_kvm");

	tcase_add_checked_fixture(tc, fake_nothing, fake_nothing);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
