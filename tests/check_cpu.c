// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * cpu.h: the rows by name stand in tests/vectors/cpu.vec; here the properties
 * over all inputs, and what a failed call leaves.
 */
#include "testlib.h"
#include <virtprim/cpu.h>

static bool bit(unsigned int word, unsigned int n)
{
	return word >> n & 1;
}

static bool same_pmu(const struct vprim_cpu_pmu *a, const struct vprim_cpu_pmu *b)
{
	return a->version == b->version && a->num_gp == b->num_gp &&
	       a->num_fixed == b->num_fixed && a->width_gp == b->width_gp &&
	       a->width_fixed == b->width_fixed &&
	       a->events_mask == b->events_mask;
}

static bool all_zero(const struct vprim_cpu_pmu *p)
{
	static const struct vprim_cpu_pmu zero;

	return same_pmu(p, &zero);
}

START_TEST(a_guest_without_a_pmu_has_no_capability)
{
	enum { UNFIXED = 2 };
	const uint32_t releases[] = { VPRIM_LINUX(6, 17), VPRIM_LINUX(6, 18),
				      [UNFIXED] = VPRIM_CPU_PMU_UNFIXED };
	struct vprim_cpu_pmu_result r;

	for (unsigned int w = 0; w < 16; w++)
		for (unsigned int i = 0; i < 3; i++)
			for (uint32_t n = 0; n < 6 * 20 * 6; n++) {
				struct vprim_cpu_pmu_input in = {
					bit(w, 0), bit(w, 1), bit(w, 2), bit(w, 3),
					{ n % 6, n / 6 % 20, n / 120, 48, 40, 3 },
					true, true, true };

				vprim_cpu_pmu_snapshot(&in, releases[i], &r);
				ck_assert(r.enable_pmu || all_zero(&r.cap));
				ck_assert(r.mediated == r.enable_pmu);
				ck_assert(!r.enable_pmu || (in.enable_pmu && !in.hybrid &&
							    in.initialized));
				ck_assert(r.cap.version <= 2 && r.cap.num_fixed <= 3);
				ck_assert(r.cap.num_gp <= (in.intel ? 8 : 6));
				ck_assert(i == UNFIXED || !r.warn_hybrid);
				ck_assert(i != UNFIXED ||
					  r.warn_hybrid == in.hybrid);
				/* The snapshot does not depend on the parameter. */
				if (i && !in.hybrid && in.initialized)
					ck_assert(same_pmu(&r.host, &in.host));
			}
}
END_TEST

START_TEST(verw_has_one_home)
{
	struct vprim_cpu_mmio_result r;

	for (unsigned int w = 0; w < 1u << 14; w++) {
		struct vprim_cpu_mmio_input in = {
			.bug = (enum vprim_cpu_mmio_bug)(w % 3),
			.arch_caps = (uint64_t)(bit(w, 2) ? VPRIM_CPU_ARCH_MDS_NO : 0) |
				     (bit(w, 3) ? VPRIM_CPU_ARCH_FBSDP_NO : 0) |
				     (bit(w, 4) ? VPRIM_CPU_ARCH_FB_CLEAR : 0),
			.option = (enum vprim_cpu_mmio_option)(w >> 5 & 3),
			.mitigations_off = bit(w, 7), .auto_nosmt = bit(w, 8),
			.mds_bug = bit(w, 9), .taa_bug = bit(w, 10), .rtm = bit(w, 11),
			.md_clear = bit(w, 12), .l1d_flush = bit(w, 12),
			.clear_cpu_buf = bit(w, 13) };

		for (unsigned int minor = 15; minor <= 16; minor++) {
			ck_assert_int_eq(vprim_cpu_mmio_select(&in,
				VPRIM_LINUX(6, minor), &r, NULL), 0);
			ck_assert(!(r.clear_cpu_buf && r.vm_key));
			ck_assert(r.clear_cpu_buf >= in.clear_cpu_buf);
			if (r.state == VPRIM_CPU_MMIO_STATE_OFF)
				ck_assert(!r.vm_key && !r.idle_clear && !r.smt_off);
			else
				ck_assert(r.clear_cpu_buf || r.vm_key);
			if (in.bug != VPRIM_CPU_MMIO_AFFECTED)
				ck_assert(r.state == VPRIM_CPU_MMIO_STATE_OFF);
		}
	}
}
END_TEST

START_TEST(the_gap_is_a_skipped_flush_and_nothing_else)
{
	for (unsigned int w = 0; w < 32; w++) {
		struct vprim_cpu_mmio_entry in = { bit(w, 0), bit(w, 1), bit(w, 2),
						   bit(w, 3), bit(w, 4) };
		struct vprim_cpu_mmio_action a =
			vprim_cpu_mmio_enter(&in, VPRIM_LINUX(6, 18));

		ck_assert(a.gap == (in.l1d_key && in.l1d_skipped && in.vm_key &&
				    in.reaches && !in.clear_cpu_buf));
		a = vprim_cpu_mmio_enter(&in, VPRIM_LINUX(6, 19));
		ck_assert(!a.gap && !a.verw_early);
		ck_assert(a.verw_late == (in.clear_cpu_buf ||
					  (in.vm_key && in.reaches)));
	}
}
END_TEST

START_TEST(a_refusal_names_the_member_and_changes_nothing)
{
	struct vprim_cpu_mmio_input mmio = { 0 };
	struct vprim_cpu_mmio_result mr = { .smt_off = true };
	struct vprim_reason why;

	mmio.bug = (enum vprim_cpu_mmio_bug)3;
	ck_assert_int_eq(vprim_cpu_mmio_select(&mmio, VPRIM_LINUX(6, 12), &mr, &why), -EINVAL);
	ck_assert(vprim_reason_id(&why) == VPRIM_CPU_RULE_BUG && why.value == 3);
	mmio.bug = VPRIM_CPU_MMIO_AFFECTED;
	mmio.option = (enum vprim_cpu_mmio_option)4;
	ck_assert_int_eq(vprim_cpu_mmio_select(&mmio, VPRIM_LINUX(6, 12), &mr, &why), -EINVAL);
	ck_assert(vprim_reason_id(&why) == VPRIM_CPU_RULE_OPTION && why.value == 4);
	ck_assert(mr.smt_off);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cpu");
	TCase *t = tcase_create("cpu");

	tcase_add_test(t, a_guest_without_a_pmu_has_no_capability);
	tcase_add_test(t, verw_has_one_home);
	tcase_add_test(t, the_gap_is_a_skipped_flush_and_nothing_else);
	tcase_add_test(t, a_refusal_names_the_member_and_changes_nothing);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
