// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * MMIO stale data: which mitigation, and what it does at a VM entry.
 *
 * VERW comes from one of two places: at every kernel exit and VM entry
 * (clear_cpu_buf), or only before entries of VMs that reach host MMIO (vm_key).
 * A host uses the second only where nothing asked for the first.
 */
#include "cpu_internal.h"

#define ALL_MMIO_NO (VPRIM_CPU_ARCH_SBDR_SSDP_NO | VPRIM_CPU_ARCH_FBSDP_NO | \
		     VPRIM_CPU_ARCH_PSDP_NO)
#define ALL_NO (ALL_MMIO_NO | VPRIM_CPU_ARCH_MDS_NO | VPRIM_CPU_ARCH_TAA_NO)

static bool has_all(uint64_t word, uint64_t bits)
{
	return (word & bits) == bits;
}

/* Select, update and apply in one order, whatever else runs. */
static bool in_order(uint32_t release)
{
	return vprim_linux_has(release, VPRIM_CHANGE_CPU_MMIO_SELECT);
}

enum vprim_cpu_mmio_bug vprim_cpu_mmio_bug_of(uint64_t arch_caps,
					      bool model_affected,
					      bool model_unaffected,
					      uint32_t release)
{
	if (has_all(arch_caps, ALL_MMIO_NO))
		return VPRIM_CPU_MMIO_NOT_AFFECTED;
	if (model_affected)
		return VPRIM_CPU_MMIO_AFFECTED;
	if (!model_unaffected && !in_order(release))
		return VPRIM_CPU_MMIO_UNKNOWN;
	return VPRIM_CPU_MMIO_NOT_AFFECTED;
}

static bool clears_fill_buffers(const struct vprim_cpu_mmio_input *in)
{
	if (in->arch_caps & VPRIM_CPU_ARCH_FB_CLEAR)
		return true;
	return in->md_clear && in->l1d_flush &&
	       !(in->arch_caps & VPRIM_CPU_ARCH_MDS_NO);
}

static bool selected(const struct vprim_cpu_mmio_input *in, uint32_t release)
{
	if (in->bug != VPRIM_CPU_MMIO_AFFECTED)
		return false;
	/* In order, VERW that another user issues anyhow counts as ours too. */
	if (in_order(release) && in->clear_cpu_buf)
		return true;
	return !in->mitigations_off && in->option != VPRIM_CPU_MMIO_OFF;
}

static bool needs_every_exit(const struct vprim_cpu_mmio_input *in)
{
	return in->mds_bug || (in->taa_bug && in->rtm);
}

int vprim_cpu_mmio_select(const struct vprim_cpu_mmio_input *in,
			  uint32_t release,
			  struct vprim_cpu_mmio_result *result,
			  struct vprim_reason *why)
{
	struct vprim_cpu_mmio_result r;

	vprim_reason_clear(why);
	if ((unsigned int)in->bug > VPRIM_CPU_MMIO_UNKNOWN)
		return refuse(why, BUG, VALUE((unsigned int)in->bug));
	if ((unsigned int)in->option > VPRIM_CPU_MMIO_FULL_NOSMT)
		return refuse(why, OPTION, VALUE((unsigned int)in->option));
	memset(&r, 0, sizeof(r));
	r.clear_cpu_buf = in->clear_cpu_buf;
	if (selected(in, release)) {
		if (!in_order(release) && needs_every_exit(in))
			r.clear_cpu_buf = true;
		r.vm_key = !r.clear_cpu_buf;
		r.idle_clear = !(in->arch_caps & VPRIM_CPU_ARCH_FBSDP_NO);
		r.state = clears_fill_buffers(in) ?
				  VPRIM_CPU_MMIO_STATE_VERW :
				  VPRIM_CPU_MMIO_STATE_UCODE_NEEDED;
		r.smt_off = in->auto_nosmt ||
			    in->option == VPRIM_CPU_MMIO_FULL_NOSMT;
	}
	*result = r;
	return 0;
}

struct vprim_cpu_mmio_action
vprim_cpu_mmio_enter(const struct vprim_cpu_mmio_entry *in, uint32_t release)
{
	bool apart = vprim_linux_has(release, VPRIM_CHANGE_CPU_MMIO_ENTRY);
	bool due = in->vm_key && in->reaches;
	struct vprim_cpu_mmio_action a;

	a.l1d_flush = in->l1d_key && !in->l1d_skipped;
	a.verw_early = due && !apart && !in->l1d_key;
	a.verw_late = in->clear_cpu_buf || (due && apart);
	a.gap = due && !a.l1d_flush && !a.verw_early && !a.verw_late;
	return a;
}

bool vprim_cpu_mmio_reaches(uint32_t release, bool device, bool ever_mapped)
{
	return vprim_linux_has(release, VPRIM_CHANGE_CPU_MMIO_REACHES) ?
		       ever_mapped : device;
}

bool vprim_cpu_fb_clear_dis(const struct vprim_cpu_fb_clear_input *in)
{
	if (in->clear_cpu_buf || in->mds_bug || in->taa_bug ||
	    !(in->host_arch_caps & VPRIM_CPU_ARCH_FB_CLEAR_CTRL))
		return false;
	return !(in->guest_arch_caps & VPRIM_CPU_ARCH_FB_CLEAR) &&
	       !has_all(in->guest_arch_caps, ALL_NO);
}
