// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The PMU capability snapshot.
 *
 * Two things come out: what the host has, and what a guest may get. The second
 * is all zero whenever guests get no PMU.
 */
#include <virtprim/cpu.h>

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What the host's getter gives: a hybrid and a host without a PMU give zeros. */
static void get_host(const struct vprim_cpu_pmu_input *in,
		     struct vprim_cpu_pmu_result *r)
{
	r->warn_hybrid = in->hybrid;
	if (!in->hybrid && in->initialized)
		r->host = in->host;
}

static bool guests_get_one(const struct vprim_cpu_pmu_input *in,
			   struct vprim_cpu_pmu_result *r)
{
	uint32_t fewest = in->intel ? 1 : 4;

	if (!in->enable_pmu || in->hybrid || !r->host.num_gp)
		return false;
	r->warn_few = r->host.num_gp < fewest;
	if (r->warn_few)
		return false;
	return !in->intel || r->host.version;
}

static void clamp(const struct vprim_cpu_pmu_input *in,
		  struct vprim_cpu_pmu_result *r)
{
	r->cap = r->host;
	r->cap.version = least(r->host.version, VPRIM_CPU_PMU_MAX_VERSION);
	r->cap.num_gp = least(r->host.num_gp,
			      in->intel ? VPRIM_CPU_PMU_MAX_GP_INTEL :
					  VPRIM_CPU_PMU_MAX_GP_AMD);
	r->cap.num_fixed = least(r->host.num_fixed, VPRIM_CPU_PMU_MAX_FIXED);
}

int vprim_cpu_pmu_snapshot(const struct vprim_cpu_pmu_input *in,
			   enum vprim_cpu_pmu_rules rules,
			   struct vprim_cpu_pmu_result *result)
{
	struct vprim_cpu_pmu_result r;

	if ((unsigned int)rules > VPRIM_CPU_PMU_FIXED)
		return -EINVAL;
	memset(&r, 0, sizeof(r));
	/* 6.12 asks only when a PMU may come of it, the fix never asks a hybrid. */
	if (rules == VPRIM_CPU_PMU_UNFIXED ||
	    (!in->hybrid && (rules == VPRIM_CPU_PMU_FIXED || in->enable_pmu)))
		get_host(in, &r);
	r.enable_pmu = guests_get_one(in, &r);
	if (r.enable_pmu)
		clamp(in, &r);
	if (rules == VPRIM_CPU_PMU_6_12)
		memset(&r.host, 0, sizeof(r.host));
	*result = r;
	return 0;
}
