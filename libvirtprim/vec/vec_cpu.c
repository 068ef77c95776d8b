// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of cpu.h. */
#include "vec_internal.h"
#include <virtprim/cpu.h>

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
	struct vprim_cpu_pmu_input in = {
		.intel = !CHOICE("vendor"),
		.host = { .version = U32("version"), .num_gp = U32("gp"),
			  .num_fixed = U32("fixed") },
		.hybrid = IS("hybrid"), .initialized = IS("initialized"),
		.enable_pmu = IS("enable_pmu"),
		.enable_mediated = IS("mediated"),
		.host_mediated = IS("host_mediated"),
		.vendor_mediated = IS("vendor_mediated"),
	};
	struct vprim_cpu_pmu_result r;

	vprim_cpu_pmu_snapshot(&in, RELEASE_OR("rules"), &r);
	OUT("enable_pmu=u", r.enable_pmu);
	put_pmu(c, "host", &r.host);
	put_pmu(c, "cap", &r.cap);
	OUT("warn_hybrid=u warn_few=u", r.warn_hybrid, r.warn_few);
	return OUT("mediated=u", r.mediated);
}

#define BUGS "not_affected|affected|unknown"

VERB(bug, OUT("bug=" BUGS, vprim_cpu_mmio_bug_of(U64("arch_caps"), IS("affected"),
		IS("unaffected"), RELEASE_OR("rules"))))

static int select_mmio(struct vprim_vec_call *c)
{
	struct vprim_cpu_mmio_input in = {
		.bug = CHOICE("bug"), .arch_caps = U64("arch_caps"),
		.option = CHOICE("option"),
		.mitigations_off = IS("mitigations_off"),
		.auto_nosmt = IS("auto_nosmt"), .mds_bug = IS("mds"),
		.taa_bug = IS("taa"), .rtm = IS("rtm"),
		.md_clear = IS("md_clear"), .l1d_flush = IS("l1d_flush"),
		.clear_cpu_buf = IS("clear_cpu_buf"),
	};
	struct vprim_cpu_mmio_result r;
	int ret = vprim_cpu_mmio_select(&in, RELEASE_OR("rules"), &r, &c->why);

	return ret ? ret :
	       OUT("state=off|ucode_needed|verw clear_cpu_buf=u vm_key=u idle=u smt_off=u",
		   r.state, r.clear_cpu_buf, r.vm_key, r.idle_clear, r.smt_off);
}

static int enter(struct vprim_vec_call *c, bool reaches, uint32_t release)
{
	struct vprim_cpu_mmio_entry in = { IS("l1d_key"), IS("l1d_skipped"),
		IS("vm_key"), reaches, IS("clear_cpu_buf") };
	struct vprim_cpu_mmio_action a = vprim_cpu_mmio_enter(&in, release);

	return OUT("l1d_flush=u verw_early=u verw_late=u gap=u", a.l1d_flush,
		   a.verw_early, a.verw_late, a.gap);
}

VERB(entry, enter(c, IS("reaches"), U32("linux")))

/* Older words for mmio_entry with a release. */
VERB(entry_6_12, enter(c, IS("device"), VPRIM_LINUX(6, 12)))

static int entry_6_19(struct vprim_vec_call *c)
{
	struct vprim_cpu_mmio_entry in = { .vm_key = IS("clear_vm_mmio"),
		.reaches = IS("reaches"), .clear_cpu_buf = IS("clear_vm") };

	return OUT("verw=u", vprim_cpu_mmio_enter(&in, VPRIM_LINUX(6, 19)).verw_late);
}

static int reaches(struct vprim_vec_call *c)
{
	uint32_t whose = RELEASE_OR("sticky");

	return OUT("reaches=u", vprim_cpu_mmio_reaches(whose, IS("device"),
						       IS("ever_mapped")));
}

static int fb_clear_dis(struct vprim_vec_call *c)
{
	struct vprim_cpu_fb_clear_input in = { IS("clear_cpu_buf"), IS("mds"),
		IS("taa"), U64("host_arch_caps"), U64("guest_arch_caps") };

	return OUT("disable=u", vprim_cpu_fb_clear_dis(&in));
}

static const struct vprim_vec_verb verbs[] = {
	{ "pmu", "vendor=intel|amd rules=6.12:0x60c|unfixed:65534|fixed:0x612?fixed linux=linux? version=u32 gp=u32 fixed=u32 hybrid=bit? initialized=bit?1 enable_pmu=bit?1 mediated=bit? host_mediated=bit? vendor_mediated=bit?", pmu },
	{ "mmio_bug", "arch_caps=u64 affected=bit? unaffected=bit? rules=6.12:0x60c|6.16:0x610?6.12 linux=linux?", bug },
	{ "mmio_select", "bug=" BUGS " arch_caps=u64 option=auto|off|full|full,nosmt? rules=6.12:0x60c|6.16:0x610?6.12 linux=linux? mitigations_off=bit? auto_nosmt=bit? mds=bit? taa=bit? rtm=bit? md_clear=bit? l1d_flush=bit? clear_cpu_buf=bit?", select_mmio },
	{ "mmio_entry", "l1d_key=bit? l1d_skipped=bit? vm_key=bit? reaches=bit? clear_cpu_buf=bit? linux=linux?", entry },
	{ "mmio_entry_6_12", "l1d_key=bit? l1d_skipped=bit? vm_key=bit? device=bit? clear_cpu_buf=bit?", entry_6_12 },
	{ "mmio_entry_6_19", "clear_vm=bit? clear_vm_mmio=bit? reaches=bit?", entry_6_19 },
	{ "mmio_reaches", "sticky=0:0x610|1:0x611?1 linux=linux? device=bit? ever_mapped=bit?", reaches },
	{ "fb_clear_dis", "host_arch_caps=u64 guest_arch_caps=u64 clear_cpu_buf=bit? mds=bit? taa=bit?", fb_clear_dis },
};

VEC_MODULE(vprim_vec_module_cpu, "cpu", VERBS(verbs), .rules = &vprim_cpu_rules);
