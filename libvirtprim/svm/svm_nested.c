// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Acceptance of a nested SVM state.
 *
 * Each group of checks is a function that refuses by the first rule violated; the
 * groups run in the host's order. Nothing is committed before
 * the last of them.
 */
#include "svm_internal.h"

#include <virtprim/pat.h>

#define CR0_PE ((uint64_t)1 << 0)
#define CR0_NW ((uint64_t)1 << 29)
#define CR0_CD ((uint64_t)1 << 30)
#define CR0_PG ((uint64_t)1 << 31)
#define CR4_PAE ((uint64_t)1 << 5)
#define EFER_LME ((uint64_t)1 << 8)
#define RFLAGS_VM ((uint64_t)1 << 17)
#define HIGH_HALF (~(uint64_t)UINT32_MAX)
#define PAGE_BITS ((uint64_t)0xfff)

#define SVM_FLAGS (VPRIM_SVM_FLAG_GUEST_MODE | VPRIM_SVM_FLAG_RUN_PENDING | \
		   VPRIM_SVM_FLAG_GIF_SET)
#define ALL_FLAGS (SVM_FLAGS | VPRIM_SVM_FLAG_EVMCS | VPRIM_SVM_FLAG_MTF_PENDING)

/* A VMCB12 lies in memory that its guest may write to. */
static uint64_t fetch(const uint8_t *field, unsigned int bytes)
{
	return vprim_load_once(field, bytes, false);
}

int vprim_svm_read_vmcb(const void *bytes, size_t size_bytes,
			struct vprim_svm_vmcb *vmcb)
{
	const uint8_t *control = bytes, *save;
	uint32_t cs_attributes;

	if (size_bytes < VPRIM_SVM_VMCB_BYTES)
		return -EMSGSIZE;
	save = control + 0x400;
	memset(vmcb, 0, sizeof(*vmcb));
	vmcb->intercept_nmi = fetch(control + 0x0c, 1) & 0x02;
	vmcb->intercept_vmrun = fetch(control + 0x10, 1) & 0x01;
	vmcb->iopm_pa = fetch(control + 0x40, 8);
	vmcb->msrpm_pa = fetch(control + 0x48, 8);
	vmcb->asid = (uint32_t)fetch(control + 0x58, 4);
	vmcb->vnmi_enable = fetch(control + 0x63, 1) & 0x04;
	vmcb->np_enable = fetch(control + 0x90, 1) & 0x01;
	vmcb->event_inj = (uint32_t)fetch(control + 0xa8, 4);
	vmcb->nested_cr3 = fetch(control + 0xb0, 8);
	cs_attributes = (uint32_t)fetch(save + 0x10, 4) >> 16;
	vmcb->cs_l = cs_attributes & 0x200;
	vmcb->cs_d = cs_attributes & 0x400;
	vmcb->efer = fetch(save + 0xd0, 8);
	vmcb->cr4 = fetch(save + 0x148, 8);
	vmcb->cr3 = fetch(save + 0x150, 8);
	vmcb->cr0 = fetch(save + 0x158, 8);
	vmcb->dr7 = fetch(save + 0x160, 8);
	vmcb->dr6 = fetch(save + 0x168, 8);
	vmcb->rflags = fetch(save + 0x170, 8);
	vmcb->g_pat = fetch(save + 0x268, 8);
	return 0;
}

static bool legal(const struct vprim_svm_target *t, uint64_t gpa)
{
	return !(gpa >> t->phys_bits);
}

/* Only the first and the last byte of a bitmap must be guest addresses. */
static bool legal_bitmap(const struct vprim_svm_target *t, uint64_t pa,
			 uint64_t size_bytes)
{
	pa &= ~PAGE_BITS;
	return legal(t, pa) && legal(t, pa + (size_bytes - 1));
}

static bool nw_without_cd(uint64_t cr0)
{
	return !(cr0 & CR0_CD) && (cr0 & CR0_NW);
}

static bool flags_need_svme(uint32_t release, uint16_t flags)
{
	if (release == VPRIM_SVM_POSTED_V2)
		return flags & VPRIM_SVM_FLAG_GUEST_MODE;
	if (!vprim_linux_has(release, VPRIM_CHANGE_SVM_CLEAR_GIF))
		return flags != VPRIM_SVM_FLAG_GIF_SET;
	return flags && flags != VPRIM_SVM_FLAG_GIF_SET;
}

static bool is_sanitised(const struct vprim_svm_target *t)
{
	return vprim_linux_has(t->release, VPRIM_CHANGE_SVM_SANITISED);
}

/* Nested paging that the guest lacks is cleared before anything looks at it. */
static bool has_np(const struct vprim_svm_target *t,
		   const struct vprim_svm_vmcb *v)
{
	return v->np_enable && (t->npt || !is_sanitised(t));
}

static bool has_own_pat(const struct vprim_svm_target *t,
			const struct vprim_svm_vmcb *v)
{
	return has_np(t, v) && t->guest_pat &&
	       vprim_linux_has(t->release, VPRIM_CHANGE_SVM_GPAT);
}

#define EVENT_VALID ((uint32_t)1 << 31)
#define EVENT_TYPES 0x1du		/* INTR, NMI, EXEPT, SOFT */
#define EVENT_EXEPT 3u
#define VECTOR_CP 21u
#define VECTOR_VC 29u
/* 0, 1, 3 to 8, 10 to 14, 16 to 19, 28 (HV), 30 (SX). */
#define EXCEPTIONS 0x500f7dfbu

static bool can_inject(const struct vprim_svm_target *t, uint32_t event)
{
	uint32_t type = event >> 8 & 7, vector = event & 0xff;

	if (!(event & EVENT_VALID))
		return true;
	if (!(EVENT_TYPES >> type & 1))
		return false;
	if (type != EVENT_EXEPT)
		return true;
	if (vector == VECTOR_CP)
		return t->shstk;
	if (vector == VECTOR_VC)
		return t->sev_es;
	return vector < 32 && EXCEPTIONS >> vector & 1;
}

static int check_header(const struct vprim_svm_target *t,
			const struct vprim_svm_state *s, struct vprim_reason *why)
{
	if (!t->nested)
		return refuse(why, NO_NESTED);
	if (!s->header_readable)
		return refuse(why, HEADER_FAULT);
	if (s->size_bytes < VPRIM_SVM_HEADER_BYTES)
		return refuse(why, SIZE, VALUE(s->size_bytes));
	if (s->flags & ~ALL_FLAGS)
		return refuse(why, UNKNOWN_FLAG, VALUE(s->flags & ~ALL_FLAGS));
	if ((s->flags & VPRIM_SVM_FLAG_RUN_PENDING) &&
	    !(s->flags & VPRIM_SVM_FLAG_GUEST_MODE))
		return refuse(why, PENDING_WITHOUT_GUEST);
	if (s->format != VPRIM_SVM_FORMAT)
		return refuse(why, FORMAT, VALUE(s->format));
	if (s->flags & ~SVM_FLAGS)
		return refuse(why, FOREIGN_FLAG, VALUE(s->flags & ~SVM_FLAGS));
	if (!t->svme && flags_need_svme(t->release, s->flags))
		return refuse(why, SVME_CLEAR, VALUE(s->flags));
	if (t->smm && (s->flags & VPRIM_SVM_FLAG_GUEST_MODE))
		return refuse(why, IN_SMM);
	return 0;
}

static int check_data(const struct vprim_svm_target *t,
		      const struct vprim_svm_state *s, struct vprim_reason *why)
{
	if ((s->vmcb_pa & PAGE_BITS) || !legal(t, s->vmcb_pa))
		return refuse(why, VMCB_ADDRESS, VALUE(s->vmcb_pa));
	if (s->size_bytes < VPRIM_SVM_HEADER_BYTES + VPRIM_SVM_VMCB_BYTES)
		return refuse(why, DATA_SIZE, VALUE(s->size_bytes));
	if (!s->memory)
		return refuse(why, MEMORY);
	if (!s->data_readable)
		return refuse(why, DATA_FAULT);
	return 0;
}

static int check_control(const struct vprim_svm_target *t,
			 const struct vprim_svm_vmcb *v, struct vprim_reason *why)
{
	if (!v->intercept_vmrun)
		return refuse(why, NO_VMRUN_INTERCEPT);
	if (!v->asid)
		return refuse(why, ASID);
	if (has_np(t, v) && !t->npt)
		return refuse(why, NO_NPT);
	if (has_np(t, v) && !legal(t, v->nested_cr3))
		return refuse(why, NESTED_CR3, VALUE(v->nested_cr3));
	if (!legal_bitmap(t, v->msrpm_pa, 2 * 4096))
		return refuse(why, MSRPM, VALUE(v->msrpm_pa));
	if (!legal_bitmap(t, v->iopm_pa, 3 * 4096))
		return refuse(why, IOPM, VALUE(v->iopm_pa));
	if (vprim_linux_has(t->release, VPRIM_CHANGE_SVM_VNMI) &&
	    v->vnmi_enable && !v->intercept_nmi)
		return refuse(why, VNMI);
	if (is_sanitised(t) && !can_inject(t, v->event_inj))
		return refuse(why, EVENT_INJ, VALUE(v->event_inj));
	return 0;
}

static int check_modes(const struct vprim_svm_target *t,
		       const struct vprim_svm_vmcb *v, struct vprim_reason *why)
{
	if (nw_without_cd(t->cr0))
		return refuse(why, CURRENT_CR0, VALUE(t->cr0));
	if (!(v->cr0 & CR0_PG))
		return refuse(why, L1_PG);
	if (!(v->cr0 & CR0_PE))
		return refuse(why, L1_PE);
	if (v->rflags & RFLAGS_VM)
		return refuse(why, L1_VM86);
	return 0;
}

/* CR0.PE and PG are set: check_modes() came first. */
static int check_long_mode(const struct vprim_svm_target *t,
			   const struct vprim_svm_vmcb *v, struct vprim_reason *why)
{
	if (!(v->efer & EFER_LME))
		return 0;
	if (!(v->cr4 & CR4_PAE))
		return refuse(why, SAVE_PAE);
	if (!legal(t, v->cr3))
		return refuse(why, SAVE_CR3, VALUE(v->cr3));
	if (v->cs_l && v->cs_d)
		return refuse(why, SAVE_CS);
	return 0;
}

static int check_save(const struct vprim_svm_target *t,
		      const struct vprim_svm_vmcb *v, struct vprim_reason *why)
{
	int ret;

	if (!(v->efer & VPRIM_SVM_EFER_SVME))
		return refuse(why, SAVE_SVME);
	if (nw_without_cd(v->cr0))
		return refuse(why, SAVE_CR0_NW, VALUE(v->cr0));
	if (v->cr0 & HIGH_HALF)
		return refuse(why, SAVE_CR0_HIGH, VALUE(v->cr0));
	if (v->dr6 & HIGH_HALF)
		return refuse(why, SAVE_DR6, VALUE(v->dr6));
	if (v->dr7 & HIGH_HALF)
		return refuse(why, SAVE_DR7, VALUE(v->dr7));
	ret = check_long_mode(t, v, why);
	if (ret)
		return ret;
	if (v->cr4 & ~t->cr4_allowed)
		return refuse(why, SAVE_CR4, VALUE(v->cr4 & ~t->cr4_allowed));
	if (v->efer & ~t->efer_allowed)
		return refuse(why, SAVE_EFER, VALUE(v->efer & ~t->efer_allowed));
	return 0;
}

static int check_guest_mode(const struct vprim_svm_target *t,
			    const struct vprim_svm_state *s, struct vprim_reason *why)
{
	int ret = check_data(t, s, why);

	if (!ret)
		ret = check_control(t, &s->vmcb, why);
	if (!ret)
		ret = check_modes(t, &s->vmcb, why);
	if (!ret)
		ret = check_save(t, &s->vmcb, why);
	if (ret)
		return ret;
	/* The saved G_PAT is L1's, may be stale after SMM, and is not loaded. */
	if (has_own_pat(t, &s->vmcb) && !vprim_pat_is_valid(s->gpat))
		return refuse(why, GPAT, VALUE(s->gpat));
	if (!legal(t, t->cr3))
		return refuse(why, CR3_LOAD, VALUE(t->cr3));
	return 0;
}

int vprim_svm_set_nested(const struct vprim_svm_target *target,
			 const struct vprim_svm_state *state,
			 struct vprim_svm_effect *effect,
			 struct vprim_reason *why)
{
	bool guest_mode = state->flags & VPRIM_SVM_FLAG_GUEST_MODE;
	int ret;

	vprim_reason_clear(why);
	if (!target->phys_bits || target->phys_bits > 52)
		return vprim_reason_argument_(why);
	ret = check_header(target, state, why);
	if (!ret && guest_mode)
		ret = check_guest_mode(target, state, why);
	if (ret)
		return ret;
	effect->guest_mode = guest_mode;
	effect->run_pending = state->flags & VPRIM_SVM_FLAG_RUN_PENDING;
	effect->gif = state->flags & VPRIM_SVM_FLAG_GIF_SET;
	effect->vmcb_pa = guest_mode ? state->vmcb_pa : 0;
	effect->own_pat = guest_mode && has_own_pat(target, &state->vmcb);
	effect->gpat = effect->own_pat ? state->gpat : 0;
	return 0;
}

void vprim_svm_vcpu_init(struct vprim_svm_vcpu *vcpu, uint32_t release)
{
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->release = release;
	vcpu->gif = true;
}

static void leave_by_force(struct vprim_svm_vcpu *v)
{
	/* An L2 dropped by force must not come back as L1 with interrupts off. */
	if (v->guest_mode)
		v->gif = true;
	v->guest_mode = false;
	v->run_pending = false;
	v->vmcb_pa = 0;
}

int vprim_svm_vcpu_set_svme(struct vprim_svm_vcpu *vcpu, bool svme, bool memory)
{
	if (svme == vcpu->svme)
		return 0;
	if (svme) {
		if (!vcpu->allocated && !memory)
			return -ENOMEM;
		vcpu->allocated = true;
	} else {
		leave_by_force(vcpu);
		if (vcpu->release == VPRIM_SVM_POSTED_V2 ||
		    !vprim_linux_has(vcpu->release, VPRIM_CHANGE_SVM_CLEAR_GIF))
			vcpu->gif = true;
		vcpu->allocated = vcpu->allocated && vcpu->smm;
	}
	vcpu->svme = svme;
	return 0;
}

uint16_t vprim_svm_vcpu_flags(const struct vprim_svm_vcpu *vcpu)
{
	unsigned int flags = 0;

	if (vcpu->gif)
		flags |= VPRIM_SVM_FLAG_GIF_SET;
	if (vcpu->guest_mode)
		flags |= VPRIM_SVM_FLAG_GUEST_MODE;
	if (vcpu->guest_mode && vcpu->run_pending)
		flags |= VPRIM_SVM_FLAG_RUN_PENDING;
	return (uint16_t)flags;
}

void vprim_svm_vcpu_apply(struct vprim_svm_vcpu *vcpu,
			  const struct vprim_svm_effect *effect)
{
	vcpu->guest_mode = effect->guest_mode;
	vcpu->run_pending = effect->run_pending;
	vcpu->gif = effect->gif;
	vcpu->vmcb_pa = effect->vmcb_pa;
}

bool vprim_svm_can_move(const struct vprim_svm_vcpu *vcpu, uint32_t release,
			struct vprim_reason *why)
{
	uint16_t flags = vprim_svm_vcpu_flags(vcpu);

	vprim_reason_clear(why);
	if (vcpu->svme || !flags_need_svme(release, flags))
		return true;
	(void)refuse(why, SVME_CLEAR, VALUE(flags));
	return false;
}

int vprim_svm_migrate(const struct vprim_svm_saver *from,
		      const struct vprim_svm_state *state,
		      const struct vprim_svm_target *to,
		      struct vprim_reason *why)
{
	const struct vprim_svm_target was = { .release = from->release,
		.npt = from->npt, .guest_pat = from->guest_pat };
	struct vprim_svm_effect effect = { .guest_mode = false };
	int ret = vprim_svm_set_nested(to, state, &effect, why);
	bool had;

	if (ret)
		return ret;
	had = effect.guest_mode && has_own_pat(&was, &state->vmcb);
	if (had && !effect.own_pat)
		return refuse(why, GPAT_LOST, VALUE(state->gpat));
	if (!had && effect.own_pat)
		return refuse(why, GPAT_UNSAVED, VALUE(state->gpat));
	return 0;
}
