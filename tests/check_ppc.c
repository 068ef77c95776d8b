// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ppc.h: rows by name stand in tests/vectors/ppc.vec; here the properties, the
 * text, and what a failed call leaves.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/ppc.h>

static const uint8_t cap_values[] = { 0, 1, 2, 3, 0x10 };

/* Words of the capabilities alone. */
static int caps_words(const struct vprim_ppc_caps *caps, uint32_t qemu,
		      struct vprim_ppc_words *w, struct vprim_reason *why)
{
	return vprim_ppc_guest_words(VPRIM_PPC_FROM_CAPS, NULL, false, caps, qemu,
				     w, why);
}

START_TEST(each_bit_stands_once_and_falls)
{
	for (unsigned int word = 0; word < 2; word++) {
		const struct vprim_ppc_bit *bit, *before = NULL;
		unsigned int i;

		for (i = 0; (bit = vprim_ppc_bit_at((enum vprim_ppc_word)word, i)); i++) {
			ck_assert(vprim_is_pow2(bit->mask));
			ck_assert(!before || bit->mask < before->mask);
			before = bit;
		}
		ck_assert_uint_ge(i, 9);
	}
	ck_assert_ptr_null(vprim_ppc_bit_at((enum vprim_ppc_word)2, 0));
	ck_assert_uint_eq(vprim_ppc_qemu(6, 1), VPRIM_PPC_QEMU(6, 1));
}
END_TEST

/* What KVM knows is what its masks cover. */
START_TEST(masks_cover_the_bits_that_kvm_knows)
{
	uint64_t masks[2] = { 0, 0 };

	for (unsigned int word = 0; word < 2; word++) {
		const struct vprim_ppc_bit *bit;

		for (unsigned int i = 0; (bit = vprim_ppc_bit_at((enum vprim_ppc_word)word, i)); i++)
			masks[word] |= bit->in_kvm ? bit->mask : 0;
	}
	ck_assert_uint_eq(masks[0], VPRIM_PPC_PSERIES_CHARACTER_MASK);
	ck_assert_uint_eq(masks[1], VPRIM_PPC_BEHAVIOUR_MASK);
	ck_assert_uint_eq(VPRIM_PPC_POWERNV_CHARACTER_MASK & ~masks[0], 0);
}
END_TEST

/*
 * A host that is itself a guest with some capabilities supports them again, but
 * for two that its words cannot tell apart from stronger ones.
 */
START_TEST(words_of_capabilities_give_the_capabilities_back)
{
	for (unsigned int n = 0; n < 3 * 3 * 5 * 2; n++) {
		struct vprim_ppc_caps caps = { (uint8_t)(n % 3), (uint8_t)(n / 3 % 3),
					       cap_values[n / 9 % 5], n / 45 };
		struct vprim_ppc_words w;
		struct vprim_ppc_caps back;
		struct vprim_ppc_host host = {
			.character_mask = VPRIM_PPC_PSERIES_CHARACTER_MASK,
			.behaviour_mask = VPRIM_PPC_BEHAVIOUR_MASK };
		bool ibs_told = caps.ibs != VPRIM_PPC_CAP_BROKEN;

		ck_assert_int_eq(caps_words(&caps, VPRIM_PPC_QEMU(6, 0), &w, NULL), 0);
		host.character = w.character;
		host.behaviour = w.behaviour;
		vprim_ppc_host_caps(&host, false, &back);
		ck_assert_uint_eq(back.cfpc, caps.cfpc);
		ck_assert_uint_eq(back.sbbc, caps.sbbc);
		ck_assert_uint_eq(back.ibs, ibs_told ? caps.ibs : VPRIM_PPC_CAP_FIXED_NA);
		ck_assert(back.ccf_assist ==
			  (caps.ccf_assist && caps.ibs == VPRIM_PPC_CAP_WORKAROUND));
	}
}
END_TEST

/* Filtered words never promise what the host does not vouch for. */
START_TEST(filtered_words_are_safe)
{
	struct test_rng rng = test_rng_seed(0x706f776572);
	struct vprim_ppc_caps caps = { 1, 1, 1, true };
	struct vprim_ppc_words filtered, within, own;

	ck_assert_int_eq(caps_words(&caps, 0, &own, NULL), 0);
	for (uint64_t n = 0; n < test_steps(200000); n++) {
		struct vprim_ppc_host h = { test_rng_next(&rng), test_rng_next(&rng),
					    test_rng_next(&rng), test_rng_next(&rng) };
		const struct vprim_ppc_bit *bit;

		ck_assert_int_eq(vprim_ppc_guest_words(VPRIM_PPC_FROM_HOST_FILTERED,
			&h, false, &caps, 0, &filtered, NULL), 0);
		ck_assert_int_eq(vprim_ppc_guest_words(VPRIM_PPC_FROM_HOST_WITHIN_CAPS,
			&h, false, &caps, 0, &within, NULL), 0);
		ck_assert(!(filtered.character & ~(h.character & h.character_mask)));
		ck_assert(!(within.character & ~(filtered.character & own.character)));
		for (unsigned int i = 0; (bit = vprim_ppc_bit_at(VPRIM_PPC_BEHAVIOUR, i)); i++) {
			bool needed = bit->polarity == VPRIM_PPC_NEEDED;
			enum vprim_ppc_known k = vprim_ppc_known_of(h.behaviour,
							h.behaviour_mask, bit->mask);

			if (needed) {
				ck_assert(!(filtered.behaviour & bit->mask) == (k == VPRIM_PPC_CLEAR));
				ck_assert(!(within.behaviour & bit->mask) ==
					  !((filtered.behaviour | own.behaviour) & bit->mask));
			} else {
				ck_assert(!(filtered.behaviour & bit->mask) == (k != VPRIM_PPC_SET));
				ck_assert(!(within.behaviour & bit->mask) ==
					  !(filtered.behaviour & own.behaviour & bit->mask));
			}
		}
	}
}
END_TEST

START_TEST(a_difference_is_told_in_words)
{
	static const char want[] =
		"L1D_THREAD_PRIV (the L1D is private to a thread): set on A, clear on B\n"
		"L1D_FLUSH_PR (flush the L1D on privilege change): clear on A, not known on B\n";
	struct vprim_ppc_host a = { VPRIM_PPC_CHAR_L1D_THREAD_PRIV, 0, UINT64_MAX,
				    VPRIM_PPC_BEHAV_L1D_FLUSH_PR };
	struct vprim_ppc_host b = { 0, 0, UINT64_MAX, 0 };
	char text[sizeof(want)] = "before";

	ck_assert_uint_eq(vprim_ppc_explain(&a, &b, NULL, 0), sizeof(want) - 1);
	ck_assert_uint_eq(vprim_ppc_explain(&a, &b, text, 4), sizeof(want) - 1);
	ck_assert_str_eq(text, "L1D");
	ck_assert_uint_eq(vprim_ppc_explain(&a, &b, text, sizeof(text)),
			  sizeof(want) - 1);
	ck_assert_str_eq(text, want);
	ck_assert_uint_eq(vprim_ppc_explain(&a, &a, text, 1), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_refusal_names_the_capability_and_changes_nothing)
{
	struct vprim_ppc_caps caps = { 9, 1, 1, false };
	struct vprim_ppc_words w = { 7, 8 };
	struct vprim_ppc_host h = { 0, 0, 0, 0 };
	struct vprim_reason why;

	ck_assert_int_eq(caps_words(&caps, 0, &w, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PPC_RULE_CFPC);
	ck_assert_uint_eq(why.value, 9);
	caps.cfpc = 2;
	ck_assert_int_eq(vprim_ppc_guest_words(VPRIM_PPC_FROM_CAPS, &h, false, &caps, 0, &w, &why), -EPERM);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PPC_RULE_CFPC_HOST);
	ck_assert(why.value == 2 && why.at == VPRIM_PPC_CAP_BROKEN);
	ck_assert_int_eq(vprim_ppc_guest_words((enum vprim_ppc_policy)4, &h, false, &caps, 0, &w, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert(w.character == 7 && w.behaviour == 8);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ppc");
	TCase *t = tcase_create("ppc");

	tcase_add_test(t, each_bit_stands_once_and_falls);
	tcase_add_test(t, masks_cover_the_bits_that_kvm_knows);
	tcase_add_test(t, words_of_capabilities_give_the_capabilities_back);
	tcase_add_test(t, filtered_words_are_safe);
	tcase_add_test(t, a_difference_is_told_in_words);
	tcase_add_test(t, a_refusal_names_the_capability_and_changes_nothing);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
