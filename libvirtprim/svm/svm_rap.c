// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ERAPS: when the return address predictor must be cleared by software.
 *
 * The hardware tags entries host or guest and no finer: L1 and L2 share a tag,
 * so each switch between them needs a clear. It flushes by itself on CR3 loads
 * and TLB flushes that run in the guest; what the host does on the guest's
 * behalf it must ask for, with the bit that the next VMRUN obeys.
 */
#include "svm_internal.h"

#define EAX_ERAPS ((uint32_t)1 << 24)
#define EBX_RAP_SIZE ((uint32_t)0xff << 16)

static bool is_posted(uint32_t release)
{
	return release == VPRIM_SVM_POSTED_ERAPS;
}

static bool may_offer(uint32_t release, bool host_eraps, bool npt)
{
	return host_eraps && (npt || !is_posted(release)) &&
	       vprim_linux_has(release, VPRIM_CHANGE_SVM_ERAPS);
}

struct vprim_svm_eraps vprim_svm_eraps_of(uint32_t eax, uint32_t ebx, bool npt,
					  uint32_t release)
{
	struct vprim_svm_eraps e = { .present = (eax & EAX_ERAPS) != 0 };

	ebx &= EBX_RAP_SIZE;
	if (e.present) {
		e.rap_entries = ebx >> 16;
		e.usable_entries = e.rap_entries ? e.rap_entries :
						   VPRIM_SVM_RAP_LEGACY;
	}
	e.offered = may_offer(release, e.present, npt);
	e.guest_ebx = e.offered || is_posted(release) ? ebx : 0;
	return e;
}

int vprim_svm_rap_init(struct vprim_svm_rap *rap, uint32_t release,
		       bool host_eraps, bool guest_eraps, bool npt)
{
	bool offered = may_offer(release, host_eraps, npt);

	if (guest_eraps && !offered)
		return -EINVAL;
	memset(rap, 0, sizeof(*rap));
	rap->release = release;
	rap->host_eraps = host_eraps;
	rap->guest_eraps = guest_eraps;
	rap->npt = npt;
	/* The posted form goes by the host's feature, the merged by the guest's. */
	if (is_posted(release) ? offered : guest_eraps)
		rap->vmcb01 = VPRIM_SVM_ERAP_ALLOW_LARGER;
	return 0;
}

static bool active(const struct vprim_svm_rap *r)
{
	if (!is_posted(r->release))
		return r->guest_eraps;
	return may_offer(r->release, r->host_eraps, r->npt);
}

static uint8_t *current_vmcb(struct vprim_svm_rap *r)
{
	return r->in_l2 ? &r->vmcb02 : &r->vmcb01;
}

static void mark(struct vprim_svm_rap *r)
{
	if (!is_posted(r->release) && active(r))
		r->dirty = true;
}

static void enter_l2(struct vprim_svm_rap *r, uint32_t vmcb12)
{
	r->in_l2 = true;
	r->vmcb02 = 0;
	if (!active(r))
		return;
	r->vmcb02 = VPRIM_SVM_ERAP_CLEAR;
	/* The posted form ignores what L1 asked for. */
	if (is_posted(r->release))
		r->vmcb02 |= VPRIM_SVM_ERAP_ALLOW_LARGER;
	else
		r->vmcb02 |= (uint8_t)(vmcb12 & VPRIM_SVM_ERAP_ALLOW_LARGER);
}

static void leave_l2(struct vprim_svm_rap *r)
{
	r->in_l2 = false;
	if (active(r))
		r->vmcb01 |= VPRIM_SVM_ERAP_CLEAR;
}

static void before_run(struct vprim_svm_rap *r)
{
	if (r->dirty)
		*current_vmcb(r) |= VPRIM_SVM_ERAP_CLEAR;
	r->dirty = false;
}

static int check_event(const struct vprim_svm_rap *r,
		       enum vprim_svm_rap_event event, uint32_t arg,
		       struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if ((unsigned int)event > VPRIM_SVM_RAP_AFTER_RUN)
		return vprim_reason_argument_(why);
	if (event == VPRIM_SVM_RAP_INVPCID && arg > 3)
		return refuse(why, INVPCID, VALUE(arg));
	if (event == VPRIM_SVM_RAP_VMRUN && r->in_l2)
		return refuse(why, VMRUN_IN_L2);
	if (event == VPRIM_SVM_RAP_VMEXIT && !r->in_l2)
		return refuse(why, VMEXIT_IN_L1);
	return 0;
}

int vprim_svm_rap_apply(struct vprim_svm_rap *rap,
			enum vprim_svm_rap_event event, uint32_t arg,
			struct vprim_reason *why)
{
	int ret = check_event(rap, event, arg, why);

	if (ret)
		return ret;
	switch (event) {
	case VPRIM_SVM_RAP_MOV_CR3:
		/* With nested paging it ran in the guest: the hardware saw it. */
		if (!rap->npt)
			mark(rap);
		break;
	case VPRIM_SVM_RAP_TLB_FLUSH:
		mark(rap);
		break;
	case VPRIM_SVM_RAP_INVPCID:
		/* Type 0, a single address, leaves the RAP alone. */
		if (arg)
			mark(rap);
		break;
	case VPRIM_SVM_RAP_VMRUN:
		enter_l2(rap, arg);
		break;
	case VPRIM_SVM_RAP_VMEXIT:
		leave_l2(rap);
		break;
	case VPRIM_SVM_RAP_BEFORE_RUN:
		before_run(rap);
		break;
	default:
		*current_vmcb(rap) &= (uint8_t)~VPRIM_SVM_ERAP_CLEAR;
	}
	return 0;
}
