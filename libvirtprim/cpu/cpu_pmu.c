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

static bool is_mediated(const struct vprim_cpu_pmu_input *in,
			const struct vprim_cpu_pmu_result *r)
{
	return r->enable_pmu && in->enable_mediated && in->host_mediated &&
	       in->vendor_mediated;
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

void vprim_cpu_pmu_snapshot(const struct vprim_cpu_pmu_input *in,
			    uint32_t release,
			    struct vprim_cpu_pmu_result *result)
{
	bool kept = vprim_linux_has(release, VPRIM_CHANGE_CPU_PMU_SNAPSHOT);

	memset(result, 0, sizeof(*result));
	/* Without a snapshot only a PMU that may come of it is a reason to ask. */
	if (release == VPRIM_CPU_PMU_UNFIXED ||
	    (!in->hybrid && (kept || in->enable_pmu)))
		get_host(in, result);
	result->enable_pmu = guests_get_one(in, result);
	result->mediated = is_mediated(in, result);
	if (result->enable_pmu)
		clamp(in, result);
	if (!kept)
		memset(&result->host, 0, sizeof(result->host));
}
