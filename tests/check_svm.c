// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * svm.h: rows by name and recorded answers stand in tests/vectors/svm*.vec; here
 * the VMCB reader, the properties, and what a failed call leaves.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/svm.h>

static struct vprim_svm_target target(void)
{
	struct vprim_svm_target t = {
		.release = VPRIM_LINUX_NEWEST, .nested = true, .npt = true,
		.phys_bits = 40, .cr4_allowed = UINT64_MAX,
		.efer_allowed = UINT64_MAX, .svme = true };

	return t;
}

/* A VMCB as it lies in memory, with each field the reader looks at. */
static void write_vmcb(uint8_t *b)
{
	memset(b, 0, VPRIM_SVM_VMCB_BYTES);
	b[0x0c] = 2;
	b[0x10] = 1;
	b[0x63] = 4;
	b[0x90] = 1;
	vprim_store_le64(b + 0x40, 0x3001);
	vprim_store_le64(b + 0x48, 0x6002);
	vprim_store_le32(b + 0x58, 7);
	vprim_store_le64(b + 0xa8, 0x1234567880000b0e);
	vprim_store_le64(b + 0xb0, 0x9000);
	vprim_store_le32(b + 0x410, 0x0600u << 16);
	vprim_store_le64(b + 0x4d0, 0x1500);
	vprim_store_le64(b + 0x548, 0x20);
	vprim_store_le64(b + 0x550, 0x8000);
	vprim_store_le64(b + 0x558, 0x80000011);
	vprim_store_le64(b + 0x560, 0x400);
	vprim_store_le64(b + 0x568, 0xffff0ff0);
	vprim_store_le64(b + 0x570, 2);
	vprim_store_le64(b + 0x668, 0x0007040600070406);
}

START_TEST(a_vmcb_is_read_at_any_alignment)
{
	static uint8_t room[VPRIM_SVM_VMCB_BYTES + 8];
	struct vprim_svm_vmcb v;

	for (unsigned int at = 0; at < 8; at++) {
		write_vmcb(room + at);
		memset(&v, 0xff, sizeof(v));
		ck_assert_int_eq(vprim_svm_read_vmcb(room + at, VPRIM_SVM_VMCB_BYTES, &v), 0);
		ck_assert(v.intercept_vmrun && v.intercept_nmi && v.vnmi_enable && v.np_enable);
		ck_assert(v.iopm_pa == 0x3001 && v.msrpm_pa == 0x6002 && v.asid == 7);
		ck_assert_uint_eq(v.event_inj, 0x80000b0e);
		ck_assert(v.nested_cr3 == 0x9000 && v.cs_l && v.cs_d && v.efer == 0x1500);
		ck_assert(v.cr4 == 0x20 && v.cr3 == 0x8000 && v.cr0 == 0x80000011);
		ck_assert(v.dr7 == 0x400 && v.dr6 == 0xffff0ff0 && v.rflags == 2);
		ck_assert(v.g_pat == 0x0007040600070406);
	}
	v.asid = 9;
	ck_assert_int_eq(vprim_svm_read_vmcb(room, VPRIM_SVM_VMCB_BYTES - 1, &v), -EMSGSIZE);
	ck_assert_uint_eq(v.asid, 9);
}
END_TEST

/*
 * What one host saves, the same host takes, for every vCPU that its own rules
 * can bring about; and can_move() says the same as the whole check.
 */
START_TEST(what_a_host_saves_it_takes)
{
	static const uint32_t releases[] = { VPRIM_LINUX(6, 12),
					     VPRIM_SVM_POSTED_V2,
					     VPRIM_LINUX_NEWEST };

	for (unsigned int w = 0; w < 3 * 3 * 4; w++) {
		struct vprim_svm_target t = target();
		struct vprim_svm_state s = { .header_readable = true, .format = 1,
			.size_bytes = 128 + 4096, .memory = true, .data_readable = true };
		struct vprim_svm_vcpu v;
		struct vprim_svm_effect e;
		struct vprim_reason why, move;
		uint32_t to = releases[w / 3 % 3];
		int ret;

		vprim_svm_vcpu_init(&v, releases[w % 3]);
		ck_assert_int_eq(vprim_svm_vcpu_set_svme(&v, true, true), 0);
		v.gif = w / 9 & 1;
		if (w / 18)
			ck_assert_int_eq(vprim_svm_vcpu_set_svme(&v, false, true), 0);
		t.svme = v.svme;
		t.release = to;
		s.flags = vprim_svm_vcpu_flags(&v);
		ret = vprim_svm_set_nested(&t, &s, &e, &why);
		ck_assert_int_eq(vprim_svm_can_move(&v, to, &move), !ret);
		ck_assert_ptr_eq(move.rule, why.rule);
		ck_assert_int_eq(!ret, !why.rule);
		if (v.release == to)
			ck_assert_int_eq(ret, 0);
		if (!ret)
			ck_assert(e.gif == v.gif && !e.guest_mode);
	}
}
END_TEST

/* Every type and vector, by what the newest rules say in words. */
START_TEST(only_possible_events_are_injected)
{
	for (unsigned int i = 0; i < 8 * 256 * 8; i++) {
		unsigned int vector = i & 255, type = i >> 8 & 7;
		struct vprim_svm_target t = target();
		struct vprim_svm_state s = { .header_readable = true, .format = 1,
			.flags = VPRIM_SVM_FLAG_GUEST_MODE, .vmcb_pa = 0x2000,
			.size_bytes = 128 + 4096, .memory = true, .data_readable = true };
		bool valid = i >> 13 & 1, fault = type == 3, fine;
		struct vprim_svm_effect e;
		struct vprim_reason why;

		t.shstk = i >> 11 & 1;
		t.sev_es = i >> 12 & 1;
		s.vmcb = (struct vprim_svm_vmcb){ .intercept_vmrun = true, .asid = 1,
			.efer = VPRIM_SVM_EFER_SVME, .cr0 = 0x80000011 };
		s.vmcb.event_inj = vector | type << 8 | (valid ? 1u << 31 : 0);
		fine = type == 0 || type == 2 || type == 4;
		if (fault)
			fine = vector <= 30 && vector != 2 && vector != 9 && vector != 15 &&
			       vector != 20 && !(vector >= 22 && vector <= 27) &&
			       (vector != 21 || t.shstk) && (vector != 29 || t.sev_es);
		fine = fine || !valid;
		require(vprim_svm_set_nested(&t, &s, &e, &why) == (fine ? 0 : -EINVAL));
		require(vprim_reason_id(&why) == (fine ? VPRIM_REASON_NONE :
				      VPRIM_SVM_RULE_EVENT_INJ));
		t.release = VPRIM_LINUX(7, 0);
		require(!vprim_svm_set_nested(&t, &s, &e, &why));
	}
}
END_TEST

/* An accepted change of any one bit of the header's flags is told as it is. */
START_TEST(a_refusal_leaves_the_effect_alone)
{
	struct vprim_svm_target t = target();
	struct vprim_svm_effect e;
	struct vprim_reason why;

	for (unsigned int flags = 0; flags <= UINT16_MAX; flags++) {
		struct vprim_svm_state s = { .header_readable = true,
			.flags = (uint16_t)flags, .format = 1, .size_bytes = 128 };
		int ret;

		e = (struct vprim_svm_effect){ true, true, true, 5, true, 6 };
		ret = vprim_svm_set_nested(&t, &s, &e, &why);
		ck_assert_int_eq(!ret, !(flags & ~VPRIM_SVM_FLAG_GIF_SET));
		ck_assert(!ret || (why.rule && e.guest_mode && e.run_pending && e.gif && e.vmcb_pa == 5));
	}
}
END_TEST

/* Bits that the guest's CPUID does not give it are told. */
START_TEST(a_register_has_the_bits_of_the_cpuid)
{
	struct vprim_svm_target t = target();
	struct vprim_svm_state s = { .header_readable = true, .format = 1,
		.flags = VPRIM_SVM_FLAG_GUEST_MODE, .vmcb_pa = 0x2000,
		.size_bytes = 128 + 4096, .memory = true, .data_readable = true,
		.vmcb = { .intercept_vmrun = true, .asid = 1, .cr4 = 0x30,
			  .efer = VPRIM_SVM_EFER_SVME | 1, .cr0 = 0x80000011 } };
	struct vprim_svm_effect e = { .vmcb_pa = 5 };
	struct vprim_reason why;

	t.cr4_allowed = 0x20;
	t.efer_allowed = VPRIM_SVM_EFER_SVME;
	ck_assert_int_eq(vprim_svm_set_nested(&t, &s, &e, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_SVM_RULE_SAVE_CR4);
	ck_assert_uint_eq(why.value, 0x10);
	s.vmcb.cr4 = 0x20;
	ck_assert_int_eq(vprim_svm_set_nested(&t, &s, &e, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_SVM_RULE_SAVE_EFER);
	ck_assert_uint_eq(why.value, 1);
	ck_assert_uint_eq(e.vmcb_pa, 5);
	s.vmcb.efer = VPRIM_SVM_EFER_SVME;
	ck_assert_int_eq(vprim_svm_set_nested(&t, &s, &e, &why), 0);
	ck_assert_uint_eq(e.vmcb_pa, 0x2000);
}
END_TEST

START_TEST(bad_arguments_change_nothing)
{
	struct vprim_svm_target t = target();
	struct vprim_svm_state s = { .header_readable = true, .format = 1, .size_bytes = 128 };
	struct vprim_svm_effect e = { true, true, true, 5, true, 6 };
	struct vprim_svm_rap rap = { .dirty = true };
	struct vprim_svm_vcpu v = { .svme = true, .smm = true };
	struct vprim_reason why;

	t.phys_bits = 0;
	ck_assert_int_eq(vprim_svm_set_nested(&t, &s, &e, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	t.phys_bits = 53;
	ck_assert_int_eq(vprim_svm_set_nested(&t, &s, &e, NULL), -EINVAL);
	ck_assert(e.guest_mode && e.vmcb_pa == 5);
	ck_assert_int_eq(vprim_svm_rap_init(&rap, VPRIM_LINUX_NEWEST, false, true, true), -EINVAL);
	ck_assert_int_eq(vprim_svm_rap_apply(&rap, (enum vprim_svm_rap_event)7, 0, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert(rap.dirty);
	/* SMM keeps the memory that is there, and makes none. */
	ck_assert_int_eq(vprim_svm_vcpu_set_svme(&v, false, false), 0);
	ck_assert_int_eq(vprim_svm_vcpu_set_svme(&v, true, false), -ENOMEM);
}
END_TEST

/*
 * Safety of ERAPS, as merged: between two runs on behalf of different levels, or
 * after anything the hardware could not see, a run clears the RAP.
 */
START_TEST(every_switch_is_followed_by_a_clear)
{
	struct test_rng rng = test_rng_seed(0x726170);
	struct vprim_reason why;
	struct vprim_svm_rap r;
	bool due = false;

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		enum vprim_svm_rap_event event =
			(enum vprim_svm_rap_event)test_rng_below(&rng, 6);
		uint32_t arg = (uint32_t)test_rng_below(&rng, 4);

		if (!(i % 256)) {
			bool npt = test_rng_below(&rng, 2);

			due = false;
			ck_assert_int_eq(vprim_svm_rap_init(&r, VPRIM_LINUX_NEWEST,
				true, test_rng_below(&rng, 8), npt), 0);
		}
		if (vprim_svm_rap_apply(&r, event, arg, &why)) {
			ck_assert(vprim_reason_id(&why) ==
				  (r.in_l2 ? VPRIM_SVM_RULE_VMRUN_IN_L2 :
					     VPRIM_SVM_RULE_VMEXIT_IN_L1));
			ck_assert(event == (r.in_l2 ? VPRIM_SVM_RAP_VMRUN :
						      VPRIM_SVM_RAP_VMEXIT));
			continue;
		}
		if (event == VPRIM_SVM_RAP_VMRUN || event == VPRIM_SVM_RAP_VMEXIT ||
		    event == VPRIM_SVM_RAP_TLB_FLUSH ||
		    (event == VPRIM_SVM_RAP_MOV_CR3 && !r.npt) ||
		    (event == VPRIM_SVM_RAP_INVPCID && arg))
			due = r.guest_eraps;
		if (event != VPRIM_SVM_RAP_BEFORE_RUN)
			continue;
		ck_assert(!due || (vprim_svm_rap_byte(&r) & VPRIM_SVM_ERAP_CLEAR));
		ck_assert(r.guest_eraps || !vprim_svm_rap_byte(&r));
		ck_assert_int_eq(vprim_svm_rap_apply(&r, VPRIM_SVM_RAP_AFTER_RUN, 0, NULL), 0);
		ck_assert(!(vprim_svm_rap_byte(&r) & VPRIM_SVM_ERAP_CLEAR));
		due = false;
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("svm");
	TCase *t = tcase_create("svm");

	tcase_add_test(t, a_vmcb_is_read_at_any_alignment);
	tcase_add_test(t, what_a_host_saves_it_takes);
	tcase_add_test(t, only_possible_events_are_injected);
	tcase_add_test(t, a_refusal_leaves_the_effect_alone);
	tcase_add_test(t, a_register_has_the_bits_of_the_cpuid);
	tcase_add_test(t, bad_arguments_change_nothing);
	tcase_add_test(t, every_switch_is_followed_by_a_clear);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
