// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Clocks that a guest computes.
 *
 * The guest's formulas are done here just as the guest does them, so that an offset
 * is the formula solved for it and nothing else.
 */
#include <virtprim/pvclock.h>

#define NS_PER_SECOND UINT64_C(1000000000)

int vprim_pvclock_scale_from(uint64_t tsc_hz, struct vprim_ptimer_scale *scale)
{
	uint64_t hz = tsc_hz;
	int shift = 0;

	if (!tsc_hz)
		return -EINVAL;
	for (; hz > 2 * NS_PER_SECOND; shift--)
		hz >>= 1;
	/* The factor is below 1 and has its highest bit. */
	for (; hz <= NS_PER_SECOND; shift++)
		hz <<= 1;
	scale->mult = (uint32_t)vprim_div_u64(NS_PER_SECOND << 32, hz, NULL);
	scale->shift = (int8_t)shift;
	return 0;
}

uint64_t vprim_pvclock_read(const struct vprim_pvclock *clock, uint64_t tsc)
{
	return clock->system_ns +
	       vprim_ptimer_scale_delta(&clock->scale, tsc - clock->stamp);
}

uint64_t vprim_pvclock_offset(const struct vprim_pvclock_resume *resume)
{
	uint64_t clock = resume->clock_ns;

	if (resume->realtime && resume->real_ns > resume->saved_real_ns)
		clock += resume->real_ns - resume->saved_real_ns;
	return clock - resume->base_ns;
}

int vprim_pvclock_hyperv_from(const struct vprim_pvclock *clock,
			      struct vprim_pvclock_hyperv *page)
{
	int shift = clock->scale.shift;
	struct vprim_u128 factor;

	if (!clock->stable)
		return -EOPNOTSUPP;
	if (shift < -32 || shift > 31)
		return -EINVAL;
	/* mul * 2^shift / 2^32 ns a cycle, in 100 ns and 2^-64. */
	factor = vprim_mul_u64_wide(clock->scale.mult,
				    (uint64_t)1 << (32 + shift));
	if (factor.hi >= 100)
		return -ERANGE;
	page->scale = vprim_div_u128(factor, 100, NULL);
	vprim_pvclock_hyperv_resume(page,
				    vprim_div_u64(clock->system_ns, 100, NULL),
				    clock->stamp);
	return 0;
}

uint64_t vprim_pvclock_hyperv_read(const struct vprim_pvclock_hyperv *page,
				   uint64_t tsc)
{
	return page->offset + vprim_mul_u64_wide(tsc, page->scale).hi;
}

void vprim_pvclock_hyperv_resume(struct vprim_pvclock_hyperv *page,
				 uint64_t time, uint64_t tsc)
{
	page->offset = time - vprim_mul_u64_wide(tsc, page->scale).hi;
}

int vprim_pvclock_arm_offset(uint64_t saved, uint64_t elapsed_ns, uint64_t hz,
			     uint64_t physical, uint64_t *offset)
{
	struct vprim_u128 counts = vprim_mul_u64_wide(elapsed_ns, hz);

	if (!hz)
		return -EINVAL;
	if (counts.hi >= NS_PER_SECOND)
		return -EOVERFLOW;
	*offset = physical - saved -
		  vprim_div_u128(counts, NS_PER_SECOND, NULL);
	return 0;
}
