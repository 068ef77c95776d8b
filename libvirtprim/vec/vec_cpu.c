// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of cpu.h. */
#include <virtprim/cpu.h>
#include <virtprim/vec_room.h>

/* Index of @arg in @words, or of the first one when it was not given. */
static int choose(struct vprim_vec_call *c, unsigned int arg,
		  const char *const *words, const char *expected,
		  unsigned int *index)
{
	*index = 0;
	if (!c->arg[arg].present)
		return 0;
	for (; words[*index]; (*index)++)
		if (vprim_vec_is(c->arg[arg].str, words[*index]))
			return 0;
	return vprim_vec_script_error(c, expected);
}

static bool given(struct vprim_vec_call *c, unsigned int arg)
{
	return c->arg[arg].u64 != 0;
}

static void put_pmu(struct vprim_vec_call *c, const char *key,
		    const struct vprim_cpu_pmu *p)
{
	vprim_vec_list_begin(c, key);
	vprim_vec_list_dec(c, p->version);
	vprim_vec_list_dec(c, p->num_gp);
	vprim_vec_list_dec(c, p->num_fixed);
	vprim_vec_list_end(c);
}

static int pmu(struct vprim_vec_call *c)
{
	static const char *const vendors[] = { "intel", "amd", NULL };
	static const char *const rules[] = { "6.12", "unfixed", "fixed", NULL };
	struct vprim_cpu_pmu_input in;
	struct vprim_cpu_pmu_result r;
	unsigned int vendor, rule;
	int ret;

	ret = choose(c, 0, vendors, "vendor=intel or amd", &vendor);
	if (!ret)
		ret = choose(c, 1, rules, "rules=6.12, unfixed or fixed", &rule);
	if (ret)
		return ret;
	if ((c->arg[2].u64 | c->arg[3].u64 | c->arg[4].u64) > UINT32_MAX)
		return vprim_vec_script_error(c, "version, gp and fixed of 32 bits");
	memset(&in, 0, sizeof(in));
	in.intel = !vendor;
	in.host.version = (uint32_t)c->arg[2].u64;
	in.host.num_gp = (uint32_t)c->arg[3].u64;
	in.host.num_fixed = (uint32_t)c->arg[4].u64;
	in.hybrid = given(c, 5);
	in.initialized = !c->arg[6].present || given(c, 6);
	in.enable_pmu = !c->arg[7].present || given(c, 7);
	if (!c->arg[1].present)
		rule = VPRIM_CPU_PMU_FIXED;
	ret = vprim_cpu_pmu_snapshot(&in, (enum vprim_cpu_pmu_rules)rule, &r);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "enable_pmu", r.enable_pmu);
	put_pmu(c, "host", &r.host);
	put_pmu(c, "cap", &r.cap);
	vprim_vec_out_dec(c, "warn_hybrid", r.warn_hybrid);
	vprim_vec_out_dec(c, "warn_few", r.warn_few);
	return 0;
}

static const char *const kernels[] = { "6.12", "6.16", NULL };

static int bug(struct vprim_vec_call *c)
{
	static const char *const names[] = { "not_affected", "affected", "unknown" };
	unsigned int rule;
	int ret = choose(c, 3, kernels, "rules=6.12 or 6.16", &rule);

	if (ret)
		return ret;
	vprim_vec_out_word(c, "bug", names[vprim_cpu_mmio_bug(c->arg[0].u64,
			   given(c, 1), given(c, 2),
			   (enum vprim_cpu_mmio_rules)rule)]);
	return 0;
}

static int select_mmio(struct vprim_vec_call *c)
{
	static const char *const bugs[] = { "not_affected", "affected", "unknown", NULL };
	static const char *const options[] = { "auto", "off", "full", "full,nosmt", NULL };
	static const char *const states[] = { "off", "ucode_needed", "verw" };
	struct vprim_cpu_mmio_input in;
	struct vprim_cpu_mmio_result r;
	unsigned int which, option, rule;
	int ret;

	ret = choose(c, 0, bugs, "bug=not_affected, affected or unknown", &which);
	if (!ret)
		ret = choose(c, 2, options, "option=auto, off, full or full,nosmt", &option);
	if (!ret)
		ret = choose(c, 3, kernels, "rules=6.12 or 6.16", &rule);
	if (ret)
		return ret;
	memset(&in, 0, sizeof(in));
	in.bug = (enum vprim_cpu_mmio_bug)which;
	in.arch_caps = c->arg[1].u64;
	in.option = (enum vprim_cpu_mmio_option)option;
	in.mitigations_off = given(c, 4);
	in.auto_nosmt = given(c, 5);
	in.mds_bug = given(c, 6);
	in.taa_bug = given(c, 7);
	in.rtm = given(c, 8);
	in.md_clear = given(c, 9);
	in.l1d_flush = given(c, 10);
	in.clear_cpu_buf = given(c, 11);
	ret = vprim_cpu_mmio_select(&in, (enum vprim_cpu_mmio_rules)rule, &r);
	if (ret)
		return ret;
	vprim_vec_out_word(c, "state", states[r.state]);
	vprim_vec_out_dec(c, "clear_cpu_buf", r.clear_cpu_buf);
	vprim_vec_out_dec(c, "vm_key", r.vm_key);
	vprim_vec_out_dec(c, "idle", r.idle_clear);
	vprim_vec_out_dec(c, "smt_off", r.smt_off);
	return 0;
}

static int entry_6_12(struct vprim_vec_call *c)
{
	struct vprim_cpu_mmio_entry in = { given(c, 0), given(c, 1), given(c, 2),
					   given(c, 3), given(c, 4) };
	struct vprim_cpu_mmio_action a = vprim_cpu_mmio_entry_6_12(&in);

	vprim_vec_out_dec(c, "l1d_flush", a.l1d_flush);
	vprim_vec_out_dec(c, "verw_early", a.verw_early);
	vprim_vec_out_dec(c, "verw_late", a.verw_late);
	vprim_vec_out_dec(c, "gap", a.gap);
	return 0;
}

static int entry_6_19(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "verw", vprim_cpu_mmio_entry_6_19(given(c, 0),
				  given(c, 1), given(c, 2)));
	return 0;
}

static int reaches(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "reaches", vprim_cpu_mmio_reaches(given(c, 0),
				     given(c, 1), given(c, 2)));
	return 0;
}

static int fb_clear_dis(struct vprim_vec_call *c)
{
	struct vprim_cpu_fb_clear_input in = { given(c, 2), given(c, 3),
		given(c, 4), c->arg[0].u64, c->arg[1].u64 };

	vprim_vec_out_dec(c, "disable", vprim_cpu_fb_clear_dis(&in));
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "pmu", "vendor=word rules=word? version=u64 gp=u64 fixed=u64 hybrid=bit? "
		 "initialized=bit? enable_pmu=bit?", pmu },
	{ "mmio_bug", "arch_caps=u64 affected=bit? unaffected=bit? rules=word?", bug },
	{ "mmio_select", "bug=word arch_caps=u64 option=word? rules=word? "
			 "mitigations_off=bit? auto_nosmt=bit? mds=bit? taa=bit? "
			 "rtm=bit? md_clear=bit? l1d_flush=bit? clear_cpu_buf=bit?",
	  select_mmio },
	{ "mmio_entry_6_12", "l1d_key=bit? l1d_skipped=bit? vm_key=bit? device=bit? "
			     "clear_cpu_buf=bit?", entry_6_12 },
	{ "mmio_entry_6_19", "clear_vm=bit? clear_vm_mmio=bit? reaches=bit?", entry_6_19 },
	{ "mmio_reaches", "sticky=bit device=bit? ever_mapped=bit?", reaches },
	{ "fb_clear_dis", "host_arch_caps=u64 guest_arch_caps=u64 clear_cpu_buf=bit? "
			  "mds=bit? taa=bit?", fb_clear_dis },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_cpu = {
	.name = "cpu", .verbs = verbs,
};
