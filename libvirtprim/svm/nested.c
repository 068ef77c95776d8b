// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Acceptance of a nested SVM state.
 *
 * Each group of checks is a function that gives the first rule violated, or
 * VPRIM_SVM_OK; the groups run in the host's order. Nothing is committed before
 * the last of them.
 */
#include <virtprim/pat.h>
#include <virtprim/svm.h>

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

const char *vprim_svm_rule_text(enum vprim_svm_rule rule)
{
	static const char *const texts[] = {
		[VPRIM_SVM_OK] = "accepted",
		[VPRIM_SVM_NO_NESTED] = "the host has no nested support",
		[VPRIM_SVM_HEADER_FAULT] = "the header cannot be read",
		[VPRIM_SVM_SIZE] = "the size is below the header's 128 bytes",
		[VPRIM_SVM_UNKNOWN_FLAG] = "a flag does not exist",
		[VPRIM_SVM_PENDING_WITHOUT_GUEST] =
			"RUN_PENDING without GUEST_MODE",
		[VPRIM_SVM_BAD_FORMAT] = "the format is not SVM",
		[VPRIM_SVM_FOREIGN_FLAG] = "a flag is not SVM's",
		[VPRIM_SVM_SVME_CLEAR] = "these flags need EFER.SVME",
		[VPRIM_SVM_IN_SMM] = "guest mode while in SMM",
		[VPRIM_SVM_VMCB_ADDRESS] =
			"the VMCB's address is misaligned or beyond the guest's width",
		[VPRIM_SVM_DATA_SIZE] = "the size is below header and VMCB",
		[VPRIM_SVM_MEMORY] = "no memory",
		[VPRIM_SVM_DATA_FAULT] = "the VMCB cannot be read",
		[VPRIM_SVM_NO_VMRUN_INTERCEPT] = "VMRUN is not intercepted",
		[VPRIM_SVM_ASID] = "the ASID is 0",
		[VPRIM_SVM_NO_NPT] = "nested paging, and the host has none",
		[VPRIM_SVM_NESTED_CR3] = "nested CR3 is no guest address",
		[VPRIM_SVM_MSRPM] = "the MSR bitmap is beyond the guest's width",
		[VPRIM_SVM_IOPM] = "the I/O bitmap is beyond the guest's width",
		[VPRIM_SVM_VNMI] = "virtual NMI without NMI intercept",
		[VPRIM_SVM_EVENT_INJ] = "the injected event is of no possible kind",
		[VPRIM_SVM_CURRENT_CR0] = "L2's CR0 has NW without CD",
		[VPRIM_SVM_L1_PG] = "L1's CR0.PG is clear",
		[VPRIM_SVM_L1_PE] = "L1's CR0.PE is clear",
		[VPRIM_SVM_L1_VM86] = "L1's RFLAGS.VM is set",
		[VPRIM_SVM_SAVE_SVME] = "L1's EFER.SVME is clear",
		[VPRIM_SVM_SAVE_CR0_NW] = "L1's CR0 has NW without CD",
		[VPRIM_SVM_SAVE_CR0_HIGH] = "L1's CR0 has bits above 31",
		[VPRIM_SVM_SAVE_DR6] = "L1's DR6 has bits above 31",
		[VPRIM_SVM_SAVE_DR7] = "L1's DR7 has bits above 31",
		[VPRIM_SVM_SAVE_PAE] = "L1 is in long mode without CR4.PAE",
		[VPRIM_SVM_SAVE_CR3] = "L1's CR3 is no guest address",
		[VPRIM_SVM_SAVE_CS] = "L1's CS has both L and D",
		[VPRIM_SVM_SAVE_CR4] = "L1's CR4 has bits the guest lacks",
		[VPRIM_SVM_SAVE_EFER] = "L1's EFER has bits the guest lacks",
		[VPRIM_SVM_GPAT] = "L2's own PAT has a reserved type",
		[VPRIM_SVM_CR3_LOAD] = "L2's CR3 is no guest address",
	};

	if ((unsigned int)rule >= VPRIM_ARRAY_LEN(texts))
		return "";
	return texts[rule];
}

int vprim_svm_read_vmcb(const void *bytes, size_t size_bytes,
			struct vprim_svm_vmcb *vmcb)
{
	const uint8_t *control = bytes, *save;
	uint32_t cs_attributes;

	if (!bytes || !vmcb)
		return -EINVAL;
	if (size_bytes < VPRIM_SVM_VMCB_BYTES)
		return -EMSGSIZE;
	save = control + 0x400;
	memset(vmcb, 0, sizeof(*vmcb));
	vmcb->intercept_nmi = control[0x0c] & 0x02;
	vmcb->intercept_vmrun = control[0x10] & 0x01;
	vmcb->iopm_pa = vprim_load_le64(control + 0x40);
	vmcb->msrpm_pa = vprim_load_le64(control + 0x48);
	vmcb->asid = vprim_load_le32(control + 0x58);
	vmcb->vnmi_enable = control[0x63] & 0x04;
	vmcb->np_enable = control[0x90] & 0x01;
	vmcb->event_inj = vprim_load_le32(control + 0xa8);
	vmcb->nested_cr3 = vprim_load_le64(control + 0xb0);
	cs_attributes = vprim_load_le32(save + 0x10) >> 16;
	vmcb->cs_l = cs_attributes & 0x200;
	vmcb->cs_d = cs_attributes & 0x400;
	vmcb->efer = vprim_load_le64(save + 0xd0);
	vmcb->cr4 = vprim_load_le64(save + 0x148);
	vmcb->cr3 = vprim_load_le64(save + 0x150);
	vmcb->cr0 = vprim_load_le64(save + 0x158);
	vmcb->dr7 = vprim_load_le64(save + 0x160);
	vmcb->dr6 = vprim_load_le64(save + 0x168);
	vmcb->rflags = vprim_load_le64(save + 0x170);
	vmcb->g_pat = vprim_load_le64(save + 0x268);
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
	uint64_t last;

	pa &= ~PAGE_BITS;
	return legal(t, pa) && !vprim_add_overflow(pa, size_bytes - 1, &last) &&
	       legal(t, last);
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

static enum vprim_svm_rule check_header(const struct vprim_svm_target *t,
					const struct vprim_svm_state *s)
{
	if (!t->nested)
		return VPRIM_SVM_NO_NESTED;
	if (!s->header_readable)
		return VPRIM_SVM_HEADER_FAULT;
	if (s->size_bytes < VPRIM_SVM_HEADER_BYTES)
		return VPRIM_SVM_SIZE;
	if (s->flags & ~ALL_FLAGS)
		return VPRIM_SVM_UNKNOWN_FLAG;
	if ((s->flags & VPRIM_SVM_FLAG_RUN_PENDING) &&
	    !(s->flags & VPRIM_SVM_FLAG_GUEST_MODE))
		return VPRIM_SVM_PENDING_WITHOUT_GUEST;
	if (s->format != VPRIM_SVM_FORMAT)
		return VPRIM_SVM_BAD_FORMAT;
	if (s->flags & ~SVM_FLAGS)
		return VPRIM_SVM_FOREIGN_FLAG;
	if (!t->svme && flags_need_svme(t->release, s->flags))
		return VPRIM_SVM_SVME_CLEAR;
	if (t->smm && (s->flags & VPRIM_SVM_FLAG_GUEST_MODE))
		return VPRIM_SVM_IN_SMM;
	return VPRIM_SVM_OK;
}

static enum vprim_svm_rule check_data(const struct vprim_svm_target *t,
				      const struct vprim_svm_state *s)
{
	if ((s->vmcb_pa & PAGE_BITS) || !legal(t, s->vmcb_pa))
		return VPRIM_SVM_VMCB_ADDRESS;
	if (s->size_bytes < VPRIM_SVM_HEADER_BYTES + VPRIM_SVM_VMCB_BYTES)
		return VPRIM_SVM_DATA_SIZE;
	if (!s->memory)
		return VPRIM_SVM_MEMORY;
	if (!s->data_readable)
		return VPRIM_SVM_DATA_FAULT;
	return VPRIM_SVM_OK;
}

static enum vprim_svm_rule check_control(const struct vprim_svm_target *t,
					 const struct vprim_svm_vmcb *v)
{
	if (!v->intercept_vmrun)
		return VPRIM_SVM_NO_VMRUN_INTERCEPT;
	if (!v->asid)
		return VPRIM_SVM_ASID;
	if (has_np(t, v) && !t->npt)
		return VPRIM_SVM_NO_NPT;
	if (has_np(t, v) && !legal(t, v->nested_cr3))
		return VPRIM_SVM_NESTED_CR3;
	if (!legal_bitmap(t, v->msrpm_pa, 2 * 4096))
		return VPRIM_SVM_MSRPM;
	if (!legal_bitmap(t, v->iopm_pa, 3 * 4096))
		return VPRIM_SVM_IOPM;
	if (t->vnmi && v->vnmi_enable && !v->intercept_nmi)
		return VPRIM_SVM_VNMI;
	if (is_sanitised(t) && !can_inject(t, v->event_inj))
		return VPRIM_SVM_EVENT_INJ;
	return VPRIM_SVM_OK;
}

static enum vprim_svm_rule check_modes(const struct vprim_svm_target *t,
				       const struct vprim_svm_vmcb *v)
{
	if (nw_without_cd(t->cr0))
		return VPRIM_SVM_CURRENT_CR0;
	if (!(v->cr0 & CR0_PG))
		return VPRIM_SVM_L1_PG;
	if (!(v->cr0 & CR0_PE))
		return VPRIM_SVM_L1_PE;
	if (v->rflags & RFLAGS_VM)
		return VPRIM_SVM_L1_VM86;
	return VPRIM_SVM_OK;
}

/* CR0.PE and PG are set: check_modes() came first. */
static enum vprim_svm_rule check_long_mode(const struct vprim_svm_target *t,
					   const struct vprim_svm_vmcb *v)
{
	if (!(v->efer & EFER_LME))
		return VPRIM_SVM_OK;
	if (!(v->cr4 & CR4_PAE))
		return VPRIM_SVM_SAVE_PAE;
	if (!legal(t, v->cr3))
		return VPRIM_SVM_SAVE_CR3;
	if (v->cs_l && v->cs_d)
		return VPRIM_SVM_SAVE_CS;
	return VPRIM_SVM_OK;
}

static enum vprim_svm_rule check_save(const struct vprim_svm_target *t,
				      const struct vprim_svm_vmcb *v)
{
	enum vprim_svm_rule rule;

	if (!(v->efer & VPRIM_SVM_EFER_SVME))
		return VPRIM_SVM_SAVE_SVME;
	if (nw_without_cd(v->cr0))
		return VPRIM_SVM_SAVE_CR0_NW;
	if (v->cr0 & HIGH_HALF)
		return VPRIM_SVM_SAVE_CR0_HIGH;
	if (v->dr6 & HIGH_HALF)
		return VPRIM_SVM_SAVE_DR6;
	if (v->dr7 & HIGH_HALF)
		return VPRIM_SVM_SAVE_DR7;
	rule = check_long_mode(t, v);
	if (rule)
		return rule;
	if (v->cr4 & ~t->cr4_allowed)
		return VPRIM_SVM_SAVE_CR4;
	if (v->efer & ~t->efer_allowed)
		return VPRIM_SVM_SAVE_EFER;
	return VPRIM_SVM_OK;
}

static enum vprim_svm_rule check_guest_mode(const struct vprim_svm_target *t,
					    const struct vprim_svm_state *s)
{
	enum vprim_svm_rule rule = check_data(t, s);

	if (!rule)
		rule = check_control(t, &s->vmcb);
	if (!rule)
		rule = check_modes(t, &s->vmcb);
	if (!rule)
		rule = check_save(t, &s->vmcb);
	/* The saved G_PAT is L1's, may be stale after SMM, and is not loaded. */
	if (!rule && has_own_pat(t, &s->vmcb) && !vprim_pat_is_valid(s->gpat))
		rule = VPRIM_SVM_GPAT;
	if (!rule && !legal(t, t->cr3))
		rule = VPRIM_SVM_CR3_LOAD;
	return rule;
}

static int errno_of(enum vprim_svm_rule rule)
{
	if (rule == VPRIM_SVM_OK)
		return 0;
	if (rule == VPRIM_SVM_HEADER_FAULT || rule == VPRIM_SVM_DATA_FAULT)
		return -EFAULT;
	return rule == VPRIM_SVM_MEMORY ? -ENOMEM : -EINVAL;
}

int vprim_svm_set_nested(const struct vprim_svm_target *target,
			 const struct vprim_svm_state *state,
			 struct vprim_svm_effect *effect,
			 enum vprim_svm_rule *rule)
{
	bool guest_mode;

	if (rule)
		*rule = VPRIM_SVM_OK;
	if (!target || !state || !effect || !rule || !target->phys_bits ||
	    target->phys_bits > 52)
		return -EINVAL;
	guest_mode = state->flags & VPRIM_SVM_FLAG_GUEST_MODE;
	*rule = check_header(target, state);
	if (!*rule && guest_mode)
		*rule = check_guest_mode(target, state);
	if (*rule)
		return errno_of(*rule);
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
	if (!vcpu)
		return;
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
	if (!vcpu)
		return -EINVAL;
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
	if (!vcpu || !effect)
		return;
	vcpu->guest_mode = effect->guest_mode;
	vcpu->run_pending = effect->run_pending;
	vcpu->gif = effect->gif;
	vcpu->vmcb_pa = effect->vmcb_pa;
}

int vprim_svm_can_move(const struct vprim_svm_vcpu *vcpu, uint32_t release,
		       enum vprim_svm_rule *rule)
{
	if (!vcpu || !rule)
		return -EINVAL;
	*rule = VPRIM_SVM_OK;
	if (!vcpu->svme && flags_need_svme(release, vprim_svm_vcpu_flags(vcpu)))
		*rule = VPRIM_SVM_SVME_CLEAR;
	return 0;
}
