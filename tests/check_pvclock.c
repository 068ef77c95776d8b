// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * pvclock.h beside the same formulas in the compiler's 128 bits; rows by name stand in
 * tests/vectors/pvclock.vec.
 */
#include "testlib.h"
#include <virtprim/pvclock.h>

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 u128;

static uint64_t any(struct test_rng *rng)
{
	uint64_t v = test_rng_next(rng);

	return v >> test_rng_below(rng, 64);
}

START_TEST(the_factor_is_as_exact_as_it_says)
{
	struct test_rng rng = test_rng_seed(0x70766331);

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		struct vprim_pvclock clock = { .stamp = 0 };
		uint64_t hz = any(&rng) | 1, cycles = any(&rng) >> 1;
		u128 right, got;

		/* Up to a thousand seconds of clocks up to a terahertz. */
		hz = hz % 1000000000000 + 1;
		cycles %= hz * 1000;
		ck_assert_int_eq(vprim_pvclock_scale_from(hz, &clock.scale), 0);
		require(clock.scale.mult >> 31);
		right = (u128)cycles * 1000000000 / hz;
		got = vprim_pvclock_read(&clock, cycles);
		/* Over 2 GHz the factor drops bits of the frequency. */
		require((got < right ? right - got : got - right) <= (right >> 29) + 2);
	}
}
END_TEST

START_TEST(the_formulas_are_those_of_the_guest)
{
	struct test_rng rng = test_rng_seed(0x70766332);

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		struct vprim_pvclock c = { .stamp = any(&rng), .system_ns = any(&rng),
			.scale = { .mult = (uint32_t)any(&rng),
				   .shift = (int8_t)(test_rng_below(&rng, 64)) },
			.stable = true };
		struct vprim_pvclock_hyperv page = { 7, 8 };
		uint64_t tsc = any(&rng), delta = tsc - c.stamp;
		u128 factor;
		int ret;

		c.scale.shift = (int8_t)(c.scale.shift - 32);
		delta = c.scale.shift < 0 ? delta >> -c.scale.shift :
					    delta << c.scale.shift;
		require(vprim_pvclock_read(&c, tsc) ==
			c.system_ns + (uint64_t)((u128)delta * c.scale.mult >> 32));
		factor = ((u128)c.scale.mult << (32 + c.scale.shift)) / 100;
		ret = vprim_pvclock_hyperv_from(&c, &page);
		if (factor >> 64) {
			require(ret == -ERANGE && page.scale == 7 && page.offset == 8);
			continue;
		}
		require(!ret && page.scale == (uint64_t)factor);
		require(vprim_pvclock_hyperv_read(&page, c.stamp) == c.system_ns / 100);
		require(vprim_pvclock_hyperv_read(&page, tsc) == page.offset +
			(uint64_t)((u128)tsc * page.scale >> 64));
		vprim_pvclock_hyperv_resume(&page, delta, tsc);
		require(vprim_pvclock_hyperv_read(&page, tsc) == delta);
	}
}
END_TEST

START_TEST(the_count_of_arm_goes_on)
{
	struct test_rng rng = test_rng_seed(0x70766333);

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		uint64_t saved = any(&rng), ns = any(&rng), hz = any(&rng);
		uint64_t physical = any(&rng), offset = 7;
		u128 counts = (u128)ns * hz / 1000000000;
		int ret = vprim_pvclock_arm_offset(saved, ns, hz, physical, &offset);

		if (!hz)
			require(ret == -EINVAL && offset == 7);
		else if (counts >> 64)
			require(ret == -EOVERFLOW && offset == 7);
		else
			require(!ret && physical - offset == saved + (uint64_t)counts);
	}
}
END_TEST
#endif

START_TEST(what_cannot_be_is_refused)
{
	struct vprim_pvclock c = { .stable = true, .scale = { UINT32_MAX, 32 } };
	struct vprim_pvclock_hyperv page = { 7, 8 };
	struct vprim_ptimer_scale scale = { 7, 8 };
	uint64_t offset = 7;

	ck_assert_int_eq(vprim_pvclock_scale_from(0, &scale), -EINVAL);
	ck_assert(scale.mult == 7 && scale.shift == 8);
	ck_assert_int_eq(vprim_pvclock_hyperv_from(&c, &page), -EINVAL);
	c.scale.shift = -33;
	ck_assert_int_eq(vprim_pvclock_hyperv_from(&c, &page), -EINVAL);
	c.scale.shift = 0;
	c.stable = false;
	ck_assert_int_eq(vprim_pvclock_hyperv_from(&c, &page), -EOPNOTSUPP);
	ck_assert(page.scale == 7 && page.offset == 8);
	ck_assert_int_eq(vprim_pvclock_arm_offset(1, 2, 0, 3, &offset), -EINVAL);
	ck_assert_uint_eq(offset, 7);
	/* A page with a shift that no hypervisor writes adds nothing. */
	c.scale.shift = 127;
	c.system_ns = 9;
	ck_assert_uint_eq(vprim_pvclock_read(&c, 1000), 9);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pvclock");
	TCase *tc = tcase_create("pvclock");

#ifdef __SIZEOF_INT128__
	tcase_add_test(tc, the_factor_is_as_exact_as_it_says);
	tcase_add_test(tc, the_formulas_are_those_of_the_guest);
	tcase_add_test(tc, the_count_of_arm_goes_on);
#endif
	tcase_add_test(tc, what_cannot_be_is_refused);
	tcase_set_timeout(tc, 120);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
