// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The PAT of a guest that runs guests.
 *
 * Everything rests on one question, vprim_nested_pat_is_separate(): with it, L2
 * owns hw02 and hpat sleeps; without it, hw02 is a copy of hpat that each write
 * renews. enter() and set_hpat() keep it so, and nothing else writes either.
 */
#include "nested_pat_internal.h"

static void set_hw02(struct vprim_nested_pat *n, uint64_t pat)
{
	n->hw02 = pat;
	n->hw02_dirty = true;
}

static void set_hpat(struct vprim_nested_pat *n, uint64_t pat)
{
	n->hpat = pat;
	if (n->l0_npt)
		n->hw01 = pat;
	if (n->in_l2 && !vprim_nested_pat_is_separate(n))
		set_hw02(n, pat);
}

static void leave(struct vprim_nested_pat *n)
{
	n->in_l2 = false;
	n->np = false;
	n->legacy_restore = false;
}

/* Whether an L2 that starts with @np has a PAT of its own. */
static bool would_separate(const struct vprim_nested_pat *n, bool np)
{
	return np && !n->shared_quirk;
}

/* What a blob's NP_ENABLE becomes on an L0 without it; false: it is refused. */
static bool take_np(const struct vprim_nested_pat *n, bool *np)
{
	if (!*np || n->l0_npt)
		return true;
	*np = false;
	return vprim_linux_has(n->release, VPRIM_CHANGE_SVM_SANITISED);
}

/* From L1, or restored. @gpat is L2's own where it has one, and was checked. */
static void enter(struct vprim_nested_pat *n, bool np, uint64_t gpat)
{
	n->in_l2 = true;
	n->np = np;
	n->has_vmcb12 = false;
	set_hw02(n, would_separate(n, np) ? gpat : n->hpat);
}

void vprim_nested_pat_init(struct vprim_nested_pat *n, bool l0_npt,
			   bool shared_quirk)
{
	memset(n, 0, sizeof(*n));
	n->l0_npt = l0_npt;
	n->shared_quirk = shared_quirk;
	vprim_nested_pat_reset(n);
}

int vprim_nested_pat_audit(const struct vprim_nested_pat *n,
			   struct vprim_reason *why)
{
	bool separate = vprim_nested_pat_is_separate(n);

	vprim_reason_clear(why);
	if (!vprim_pat_is_valid(n->hpat))
		return refuse(why, AUDIT_HPAT, VALUE(n->hpat));
	if (n->l0_npt && n->hw01 != n->hpat)
		return refuse(why, AUDIT_HW01, VALUE(n->hw01));
	if (n->in_l2 && !separate && n->hw02 != n->hpat)
		return refuse(why, AUDIT_COPY, VALUE(n->hw02));
	if (separate && !vprim_pat_is_valid(n->hw02))
		return refuse(why, AUDIT_GPAT, VALUE(n->hw02));
	return 0;
}

int vprim_nested_pat_write(struct vprim_nested_pat *n, uint64_t pat)
{
	if (!vprim_pat_is_valid(pat))
		return -EINVAL;
	/* A guest that executes has been run. */
	n->legacy_restore = false;
	if (vprim_nested_pat_is_separate(n))
		set_hw02(n, pat);
	else
		set_hpat(n, pat);
	return 0;
}

int vprim_nested_pat_vmrun(struct vprim_nested_pat *n,
			   const struct vprim_nested_pat_vmcb12 *vmcb12,
			   struct vprim_reason *why)
{
	bool separate = would_separate(n, vmcb12->np), loaded;

	vprim_reason_clear(why);
	if (n->in_l2)
		return refuse(why, L2_RUNS);
	if (vmcb12->np && !n->l0_npt)
		return refuse(why, NO_NPT);
	if (separate && !vprim_pat_is_valid(vmcb12->g_pat))
		return refuse(why, GPAT, VALUE(vmcb12->g_pat));
	loaded = separate && vmcb12->np_clean && n->has_vmcb12 &&
		 n->vmcb12 == vmcb12->address;
	n->cached12 = vmcb12->g_pat;
	if (loaded) {
		n->in_l2 = true;
		n->np = true;
		return 0;
	}
	enter(n, vmcb12->np, n->cached12);
	n->has_vmcb12 = separate;
	n->vmcb12 = vmcb12->address;
	return 0;
}

int vprim_nested_pat_vmexit(struct vprim_nested_pat *n,
			    struct vprim_nested_pat_exit *out)
{
	if (!n->in_l2)
		return -ENOENT;
	/* Stored back, hw02 and VMCB12 agree, which the clean bit relies on. */
	out->write_g_pat = vprim_nested_pat_is_separate(n);
	out->g_pat = out->write_g_pat ? n->hw02 : 0;
	leave(n);
	return 0;
}

void vprim_nested_pat_run(struct vprim_nested_pat *n)
{
	n->legacy_restore = false;
	if (n->in_l2)
		n->hw02_dirty = false;
}

int vprim_nested_pat_host_set(struct vprim_nested_pat *n, uint64_t pat)
{
	if (!vprim_pat_is_valid(pat))
		return -EINVAL;
	set_hpat(n, pat);
	if (n->legacy_restore)
		set_hw02(n, pat);
	return 0;
}

void vprim_nested_pat_force_leave(struct vprim_nested_pat *n)
{
	/* Nothing was stored back: VMCB12 and hw02 may differ from here on. */
	if (n->in_l2)
		n->has_vmcb12 = false;
	leave(n);
}

void vprim_nested_pat_reset(struct vprim_nested_pat *n)
{
	vprim_nested_pat_force_leave(n);
	n->has_vmcb12 = false;
	n->hpat = VPRIM_PAT_RESET;
	n->hw01 = VPRIM_PAT_RESET;
}

void vprim_nested_pat_get_nested(const struct vprim_nested_pat *n,
				 struct vprim_nested_pat_state *state)
{
	state->form = VPRIM_NESTED_PAT_APPLIED;
	state->guest_mode = n->in_l2;
	state->np = n->np;
	state->valid_gpat = vprim_nested_pat_is_separate(n);
	state->pat = state->valid_gpat ? n->hw02 : 0;
}

/* Enter L2 from a blob; @separate is what its @np leads to. */
static void restore(struct vprim_nested_pat *n, bool np, bool separate,
		    bool given, const struct vprim_nested_pat_state *state)
{
	bool swapped = state->form == VPRIM_NESTED_PAT_SWAPPED;

	/* Swapped, what was restored as the MSR is L2's. */
	enter(n, np, given && !swapped ? state->pat : n->hpat);
	if (given && swapped)
		set_hpat(n, state->pat);
	n->legacy_restore = state->form == VPRIM_NESTED_PAT_FLAGGED &&
			    separate && !given;
}

int vprim_nested_pat_set_nested(struct vprim_nested_pat *n,
				const struct vprim_nested_pat_state *state,
				struct vprim_reason *why)
{
	bool separate, given, np = state->np;

	vprim_reason_clear(why);
	if ((unsigned int)state->form > VPRIM_NESTED_PAT_SWAPPED)
		return vprim_reason_argument_(why);
	if (!state->guest_mode) {
		vprim_nested_pat_force_leave(n);
		return 0;
	}
	if (!take_np(n, &np))
		return refuse(why, NO_NPT);
	separate = would_separate(n, np);
	given = separate && (state->valid_gpat ||
			     state->form == VPRIM_NESTED_PAT_APPLIED);
	if (given && !vprim_pat_is_valid(state->pat))
		return state->form == VPRIM_NESTED_PAT_SWAPPED ?
			       refuse(why, HPAT, VALUE(state->pat)) :
			       refuse(why, GPAT, VALUE(state->pat));
	restore(n, np, separate, given, state);
	return 0;
}

int vprim_nested_pat_vmx_entry(const struct vprim_nested_pat_vmcs *vmcs,
			       struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (vmcs->load_host && !vprim_pat_is_valid(vmcs->host_pat))
		return refuse(why, HOST, VALUE(vmcs->host_pat));
	if (vmcs->load_guest && !vprim_pat_is_valid(vmcs->guest_pat))
		return refuse(why, GUEST, VALUE(vmcs->guest_pat));
	return 0;
}
