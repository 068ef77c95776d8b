/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file svm.h
 * @brief Nested SVM: which saved state a host takes, and when to clear the RAP.
 *
 * Two rules of a hypervisor that runs hypervisors on AMD:
 *
 *  - acceptance of KVM_SET_NESTED_STATE, as an ordered list of checks that names
 *    the first one violated, by release;
 *  - ERAPS, the tagged return address predictor (RAP): what to offer to a guest
 *    and which VMCB bits to set at each transition.
 *
 * Needs pat.h and releases.h. Pure functions on values, and two machines that the caller embeds. No
 * allocation, no locks; a machine needs the caller's exclusion (the vCPU's).
 */
#ifndef VIRTPRIM_SVM_H
#define VIRTPRIM_SVM_H
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/** @name KVM_SET_NESTED_STATE
 * @{ */

#define VPRIM_SVM_FLAG_GUEST_MODE 0x1u	/**< The vCPU runs L2. */
#define VPRIM_SVM_FLAG_RUN_PENDING 0x2u	/**< VMRUN has begun and L2 has not run. */
#define VPRIM_SVM_FLAG_EVMCS 0x4u	/**< VMX only. */
#define VPRIM_SVM_FLAG_MTF_PENDING 0x8u	/**< VMX only. */
#define VPRIM_SVM_FLAG_GIF_SET 0x100u	/**< The global interrupt flag is set. */
#define VPRIM_SVM_FORMAT 1u		/**< KVM_STATE_NESTED_FORMAT_SVM. */
#define VPRIM_SVM_HEADER_BYTES 128u	/**< struct kvm_nested_state without its data. */
#define VPRIM_SVM_VMCB_BYTES 4096u	/**< Its data: control area, then save area. */
#define VPRIM_SVM_EFER_SVME 0x1000ULL	/**< EFER.SVME. */

/** As a release: version 2 of the series for GIF, which nothing was released with. */
#define VPRIM_SVM_POSTED_V2 65534u

/**
 * Why a nested state is refused: the ids of #vprim_svm_rules, in the order of the
 * checks. Beside each its errno and what it fills.
 */
enum vprim_svm_rule {
	/** EINVAL: the host has no nested support. */
	VPRIM_SVM_RULE_NO_NESTED = 0x600,
	/** EFAULT: the header cannot be read. */
	VPRIM_SVM_RULE_HEADER_FAULT,
	/** EINVAL [value]: size below the header's. */
	VPRIM_SVM_RULE_SIZE,
	/** EINVAL [value]: a flag that does not exist. */
	VPRIM_SVM_RULE_UNKNOWN_FLAG,
	/** EINVAL: RUN_PENDING without GUEST_MODE. */
	VPRIM_SVM_RULE_PENDING_WITHOUT_GUEST,
	/** EINVAL [value]: not the SVM format. */
	VPRIM_SVM_RULE_FORMAT,
	/** EINVAL [value]: a flag that SVM does not have. */
	VPRIM_SVM_RULE_FOREIGN_FLAG,
	/** EINVAL [value]: flags that need EFER.SVME. */
	VPRIM_SVM_RULE_SVME_CLEAR,
	/** EINVAL: guest mode while in SMM. */
	VPRIM_SVM_RULE_IN_SMM,
	/** EINVAL [value]: VMCB12 misaligned or beyond the guest's width. */
	VPRIM_SVM_RULE_VMCB_ADDRESS,
	/** EINVAL [value]: size below header and VMCB. */
	VPRIM_SVM_RULE_DATA_SIZE,
	/** ENOMEM: no memory for the copies. */
	VPRIM_SVM_RULE_MEMORY,
	/** EFAULT: the VMCB cannot be read. */
	VPRIM_SVM_RULE_DATA_FAULT,
	/** EINVAL: control: VMRUN is not intercepted. */
	VPRIM_SVM_RULE_NO_VMRUN_INTERCEPT,
	/** EINVAL: control: ASID 0. */
	VPRIM_SVM_RULE_ASID,
	/** EINVAL: control: nested paging, and the host has none. */
	VPRIM_SVM_RULE_NO_NPT,
	/** EINVAL [value]: control: nested CR3 is no guest address. */
	VPRIM_SVM_RULE_NESTED_CR3,
	/** EINVAL [value]: control: MSR bitmap beyond the guest's width. */
	VPRIM_SVM_RULE_MSRPM,
	/** EINVAL [value]: control: I/O bitmap beyond the guest's width. */
	VPRIM_SVM_RULE_IOPM,
	/** EINVAL: control: virtual NMI without NMI intercept. */
	VPRIM_SVM_RULE_VNMI,
	/** EINVAL [value]: control: an event that cannot be injected. */
	VPRIM_SVM_RULE_EVENT_INJ,
	/** EINVAL [value]: L2's CR0: NW without CD. */
	VPRIM_SVM_RULE_CURRENT_CR0,
	/** EINVAL: save: CR0.PG is clear. */
	VPRIM_SVM_RULE_L1_PG,
	/** EINVAL: save: CR0.PE is clear. */
	VPRIM_SVM_RULE_L1_PE,
	/** EINVAL: save: RFLAGS.VM is set. */
	VPRIM_SVM_RULE_L1_VM86,
	/** EINVAL: save: EFER.SVME is clear. */
	VPRIM_SVM_RULE_SAVE_SVME,
	/** EINVAL [value]: save: CR0 NW without CD. */
	VPRIM_SVM_RULE_SAVE_CR0_NW,
	/** EINVAL [value]: save: CR0 bits 63:32. */
	VPRIM_SVM_RULE_SAVE_CR0_HIGH,
	/** EINVAL [value]: save: DR6 bits 63:32. */
	VPRIM_SVM_RULE_SAVE_DR6,
	/** EINVAL [value]: save: DR7 bits 63:32. */
	VPRIM_SVM_RULE_SAVE_DR7,
	/** EINVAL: save: long mode without CR4.PAE. */
	VPRIM_SVM_RULE_SAVE_PAE,
	/** EINVAL [value]: save: CR3 is no guest address. */
	VPRIM_SVM_RULE_SAVE_CR3,
	/** EINVAL: save: CS.L and CS.D both set. */
	VPRIM_SVM_RULE_SAVE_CS,
	/** EINVAL [value]: save: CR4 bits the guest does not have. */
	VPRIM_SVM_RULE_SAVE_CR4,
	/** EINVAL [value]: save: EFER bits the guest does not have. */
	VPRIM_SVM_RULE_SAVE_EFER,
	/** EINVAL [value]: header: reserved type in L2's own PAT. */
	VPRIM_SVM_RULE_GPAT,
	/** EINVAL [value]: L2's CR3 is illegal: found after the commit. */
	VPRIM_SVM_RULE_CR3_LOAD,
	/* of a migration */
	/** EINVAL [value]: L2's own PAT is lost, the host has one for both. */
	VPRIM_SVM_RULE_GPAT_LOST,
	/** EINVAL [value]: L2 gets a PAT of its own that nobody saved. */
	VPRIM_SVM_RULE_GPAT_UNSAVED,
	/* ERAPS */
	/** EINVAL [value]: no type of INVPCID. */
	VPRIM_SVM_RULE_INVPCID,
	/** EINVAL: VMRUN while L2 runs. */
	VPRIM_SVM_RULE_VMRUN_IN_L2,
	/** EINVAL: an exit to L1 while L1 runs. */
	VPRIM_SVM_RULE_VMEXIT_IN_L1,
};

/** @brief The rules of nested SVM. */
VPRIM_API
extern const struct vprim_rules vprim_svm_rules;

/** @brief What of a VMCB the checks look at. */
struct vprim_svm_vmcb {
	bool intercept_vmrun;	/**< Control: VMRUN is intercepted. */
	bool intercept_nmi;	/**< Control: NMI is intercepted. */
	bool vnmi_enable;	/**< Control: virtual NMI. */
	bool np_enable;		/**< Control: nested paging. */
	uint32_t asid;		/**< Control: ASID. */
	uint32_t event_inj;	/**< Control: EVENTINJ, its low half. */
	uint64_t nested_cr3;	/**< Control: root of the nested tables. */
	uint64_t msrpm_pa;	/**< Control: MSR bitmap, 8 KiB; low 12 bits ignored. */
	uint64_t iopm_pa;	/**< Control: I/O bitmap, 12 KiB; low 12 bits ignored. */
	uint64_t efer;		/**< Save. */
	uint64_t cr0;		/**< Save. */
	uint64_t cr3;		/**< Save. */
	uint64_t cr4;		/**< Save. */
	uint64_t dr6;		/**< Save. */
	uint64_t dr7;		/**< Save. */
	uint64_t rflags;	/**< Save. */
	uint64_t g_pat;		/**< Save: L1's, and never loaded. */
	bool cs_l;		/**< Save: CS is 64-bit code. */
	bool cs_d;		/**< Save: CS has a 32-bit default. */
};

/**
 * @brief Read those fields from a VMCB as it lies in memory.
 *
 * @param[in]  bytes       The VMCB, little-endian on every host, any alignment.
 * @param[in]  size_bytes  Bytes of it.
 * @param[out] vmcb        The fields. Written only on success.
 *
 * @retval 0          @p vmcb is valid.
 * @retval -EMSGSIZE  @p size_bytes is below @ref VPRIM_SVM_VMCB_BYTES.
 *
 * @par Source
 * AMD64 APM volume 2, appendix B, VMCB layout.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_svm_read_vmcb(const void *bytes, size_t size_bytes,
			struct vprim_svm_vmcb *vmcb);

/** @brief The host and the vCPU that are to take the state. */
struct vprim_svm_target {
	uint32_t release;	/**< @ref VPRIM_LINUX, @ref VPRIM_LINUX_NEWEST. */
	bool nested;		/**< The host supports nested SVM. */
	bool npt;		/**< The host has nested paging to offer. */
	/**
	 * KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT is off: an L2 with nested paging
	 * has a PAT of its own.
	 */
	bool guest_pat;
	bool shstk;		/**< The guest's CPUID has SHSTK. */
	bool sev_es;		/**< The guest has SEV-ES. */
	uint32_t phys_bits;	/**< The guest's physical address width, 1 to 52. */
	uint64_t cr4_allowed;	/**< CR4 bits of the guest's CPUID. */
	uint64_t efer_allowed;	/**< EFER bits of the guest's CPUID. */
	bool svme;		/**< EFER.SVME as the vCPU holds it. */
	bool smm;		/**< The vCPU is in SMM. */
	uint64_t cr0;		/**< The vCPU's CR0: L2's, set before. */
	uint64_t cr3;		/**< The vCPU's CR3: L2's, set before. */
};

/** @brief What KVM_SET_NESTED_STATE is given. */
struct vprim_svm_state {
	bool header_readable;	/**< The header could be read. */
	uint16_t flags;		/**< VPRIM_SVM_FLAG_… */
	uint16_t format;	/**< @ref VPRIM_SVM_FORMAT. */
	uint32_t size_bytes;	/**< Header and data. */
	uint64_t vmcb_pa;	/**< Guest address of VMCB12. */
	uint64_t gpat;		/**< L2's PAT where it has its own: hdr.svm.gpat. */
	bool memory;		/**< The kernel could allocate its copies. */
	bool data_readable;	/**< The VMCB could be read. */
	struct vprim_svm_vmcb vmcb;	/**< It. */
};

/** @brief What an accepted state makes of the vCPU. */
struct vprim_svm_effect {
	bool guest_mode;	/**< In L2; false: guest mode was left by force. */
	bool run_pending;	/**< VMRUN is pending. */
	bool gif;		/**< The global interrupt flag. */
	uint64_t vmcb_pa;	/**< VMCB12 while in guest mode, else 0. */
	bool own_pat;		/**< L2 runs with a PAT of its own. */
	uint64_t gpat;		/**< It, where L2 has one, else 0. */
};

/**
 * @brief Whether a host takes a nested state.
 *
 * @param[in]  target  The host and its vCPU.
 * @param[in]  state   The state.
 * @param[out] effect  What it makes of the vCPU. Written only on success.
 * @param[out] why     The first check violated; may be NULL.
 *
 * @retval 0        Accepted.
 * @retval -EINVAL  Refused, see @p why; or phys_bits is not 1 to 52.
 *                  VPRIM_SVM_RULE_CR3_LOAD is told before anything is committed,
 *                  where Linux finds it afterwards and leaves a vCPU that must
 *                  not run.
 * @retval -EFAULT  The header or the VMCB cannot be read.
 * @retval -ENOMEM  No memory.
 *
 * @par Source
 * Linux arch/x86/kvm/svm/nested.c svm_set_nested_state() and arch/x86/kvm/x86.c
 * KVM_SET_NESTED_STATE; the changes svm-clear-gif, svm-sanitised and svm-gpat of
 * @ref releases.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_svm_set_nested(const struct vprim_svm_target *target,
			 const struct vprim_svm_state *state,
			 struct vprim_svm_effect *effect,
			 struct vprim_reason *why);

/**
 * @brief The vCPU's part of nested SVM: embed it; the fields may be read. A value, which
 * may be moved in memory.
 */
struct vprim_svm_vcpu {
	uint32_t release;		/**< As in struct vprim_svm_target. */
	bool svme;			/**< EFER.SVME. */
	bool gif;			/**< The global interrupt flag. */
	bool guest_mode;		/**< Runs L2. */
	bool run_pending;		/**< VMRUN is pending. */
	bool smm;			/**< In SMM. */
	bool allocated;			/**< Nested memory is there. */
	uint64_t vmcb_pa;		/**< VMCB12 while in guest mode. */
};
VPRIM_OBJECT(svm_vcpu);

/** @brief A vCPU after reset: SVME clear, GIF set. */
VPRIM_API VPRIM_NONNULL
void vprim_svm_vcpu_init(struct vprim_svm_vcpu *vcpu, uint32_t release);

/**
 * @brief Write EFER.SVME.
 *
 * Setting it allocates nested memory. Clearing it leaves guest mode by force and
 * frees that memory unless in SMM. Before the change svm-clear-gif it also sets
 * GIF; since then only a forced leave does.
 *
 * @param[in,out] vcpu    The vCPU.
 * @param[in]     svme    The new value.
 * @param[in]     memory  The allocation would succeed.
 *
 * @retval 0        Written.
 * @retval -ENOMEM  Nested memory could not be had; nothing changed.
 *
 * @par Source
 * Linux arch/x86/kvm/svm/svm.c svm_set_efer(), before and after "KVM: SVM: Don't
 * set GIF when clearing EFER.SVME".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_svm_vcpu_set_svme(struct vprim_svm_vcpu *vcpu, bool svme, bool memory);

/**
 * @brief The flags that KVM_GET_NESTED_STATE reports.
 * @param[in] vcpu  The vCPU.
 * @return VPRIM_SVM_FLAG_…
 */
VPRIM_API VPRIM_NONNULL
uint16_t vprim_svm_vcpu_flags(const struct vprim_svm_vcpu *vcpu);

/**
 * @brief Take what vprim_svm_set_nested() accepted.
 * @param[in,out] vcpu    The vCPU.
 * @param[in]     effect  The effect.
 */
VPRIM_API VPRIM_NONNULL
void vprim_svm_vcpu_apply(struct vprim_svm_vcpu *vcpu,
			  const struct vprim_svm_effect *effect);

/**
 * @brief Whether a state that a host saves can be restored on another one.
 *
 * A newer host can save "SVME clear, no flags", which an older host refuses.
 *
 * @param[in]  vcpu     The vCPU to be moved; only svme, gif and guest_mode count.
 * @param[in]  release  The release of the host it moves to.
 * @param[out] why      The check that refuses; may be NULL.
 * @return Whether it can.
 *
 * @par Source
 * libvirtprim's own rule, from the two acceptance rules.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
bool vprim_svm_can_move(const struct vprim_svm_vcpu *vcpu, uint32_t release,
			struct vprim_reason *why);

/** @brief The host that saved a nested state. */
struct vprim_svm_saver {
	uint32_t release;	/**< As in struct vprim_svm_target. */
	bool npt;		/**< As in struct vprim_svm_target. */
	bool guest_pat;		/**< As in struct vprim_svm_target. */
};

/**
 * @brief Whether a saved nested state goes on unchanged on another host.
 *
 * The other host must take it; and L2 must have the PAT that it had. A host before
 * the change svm-gpat, or with the shared-PAT quirk, takes a state and drops L2's
 * own PAT without a word. The other way round a newer host gives L2 what the header
 * has, which an older one left 0: a valid PAT, with all of memory uncacheable.
 *
 * @param[in]  from   The host that saved.
 * @param[in]  state  What it saved.
 * @param[in]  to     The host that is to take it, and its vCPU.
 * @param[out] why    What is in the way; may be NULL.
 *
 * @retval 0        Taken, and L2 goes on as it was.
 * @retval -EINVAL  Refused as by vprim_svm_set_nested(), or L2's PAT changes.
 * @retval -EFAULT  As vprim_svm_set_nested().
 * @retval -ENOMEM  As vprim_svm_set_nested().
 *
 * @par Source
 * libvirtprim's own rule, from the two hosts' own: "KVM: nSVM: Improve
 * virtualization of VMCB12 G_PAT".
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_svm_migrate(const struct vprim_svm_saver *from,
		      const struct vprim_svm_state *state,
		      const struct vprim_svm_target *to,
		      struct vprim_reason *why);
/** @} */

/** @name ERAPS
 * @{ */

#define VPRIM_SVM_ERAP_ALLOW_LARGER 0x1u	/**< VMCB byte 0x5d: the guest may use all of the RAP. */
#define VPRIM_SVM_ERAP_CLEAR 0x2u		/**< VMCB byte 0x5d: VMRUN clears the RAP. */
#define VPRIM_SVM_RAP_LEGACY 32u		/**< Entries that a guest uses otherwise. */

/** As a release: version 6 of the ERAPS series, which nothing was released with. */
#define VPRIM_SVM_POSTED_ERAPS 65533u

/** @brief ERAPS: what the host has, and what a guest may be shown. */
struct vprim_svm_eraps {
	bool present;		/**< CPUID 0x80000021 EAX bit 24. */
	bool offered;		/**< It may be offered to a guest. */
	uint32_t rap_entries;	/**< EBX bits 23:16; 0 where absent. */
	uint32_t usable_entries;/**< The same, and 32 where EBX says 0. */
	/** EBX as a guest may see it: the RAP size; as merged 0 when not offered. */
	uint32_t guest_ebx;
};

/**
 * @brief What CPUID 0x80000021 says of ERAPS, to the host and for a guest.
 * @param[in] eax      EAX.
 * @param[in] ebx      EBX.
 * @param[in] npt      The host runs guests with nested paging.
 * @param[in] release  @ref VPRIM_LINUX, @ref VPRIM_LINUX_NEWEST, or
 *                     @ref VPRIM_SVM_POSTED_ERAPS, which offers it with nested
 *                     paging only.
 * @return The answers.
 *
 * @par Source
 * AMD64 APM volume 3, CPUID Fn8000_0021; that size 0 means 32 is libvirtprim's own
 * rule. Linux svm_set_cpu_caps(), in the posted v6 and as merged: the change
 * svm-eraps of @ref releases.
 */
VPRIM_API
struct vprim_svm_eraps vprim_svm_eraps_of(uint32_t eax, uint32_t ebx, bool npt,
					  uint32_t release);

/** @brief The RAP bits of a vCPU: embed it; may be moved, and read. */
struct vprim_svm_rap {
	uint32_t release;	/**< As for vprim_svm_eraps_of(). */
	bool host_eraps;	/**< The host has ERAPS. */
	bool guest_eraps;	/**< The guest's CPUID shows it. */
	bool npt;		/**< Nested paging is on. */
	bool in_l2;		/**< VMCB02 runs next, else VMCB01. */
	bool dirty;		/**< A clear is due before the next run. */
	uint8_t vmcb01;		/**< VPRIM_SVM_ERAP_… of VMCB01. */
	uint8_t vmcb02;		/**< VPRIM_SVM_ERAP_… of VMCB02. */
};
VPRIM_OBJECT(svm_rap);

/** @brief What happens to a vCPU. */
enum vprim_svm_rap_event {
	VPRIM_SVM_RAP_MOV_CR3,		/**< The guest wrote CR3. */
	VPRIM_SVM_RAP_TLB_FLUSH,	/**< The host flushed the guest's TLB for it. */
	VPRIM_SVM_RAP_INVPCID,		/**< The guest's INVPCID was emulated; arg: its type. */
	VPRIM_SVM_RAP_VMRUN,		/**< L1 runs L2; arg: byte 0x5d of VMCB12. */
	VPRIM_SVM_RAP_VMEXIT,		/**< L2 exits to L1. */
	VPRIM_SVM_RAP_BEFORE_RUN,	/**< The host is about to enter the guest. */
	VPRIM_SVM_RAP_AFTER_RUN		/**< The guest came back. */
};

/**
 * @brief Prepare the RAP bits of a vCPU.
 *
 * @param[out] rap          The bits.
 * @param[in]  release      As for vprim_svm_eraps_of().
 * @param[in]  host_eraps   The host has ERAPS.
 * @param[in]  guest_eraps  The guest's CPUID shows it.
 * @param[in]  npt          Nested paging is on.
 *
 * @retval 0        @p rap is ready.
 * @retval -EINVAL  The guest is shown what may not be offered.
 *
 * @par Source
 * Linux init_vmcb() with ERAPS.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_svm_rap_init(struct vprim_svm_rap *rap, uint32_t release,
		       bool host_eraps, bool guest_eraps, bool npt);

/**
 * @brief Let something happen.
 *
 * As merged, the INVPCID branch for a single context asks whether a register is
 * dirty where marking was meant, so no clear follows; here it is marked.
 *
 * @param[in,out] rap    The bits.
 * @param[in]     event  What happens.
 * @param[in]     arg    INVPCID: the type, 0 to 3. VMRUN: VMCB12's byte, of
 *                       which unknown bits are dropped. Else ignored.
 * @param[out]    why    Which of these; may be NULL.
 *
 * @retval 0        Done; vprim_svm_rap_byte() has the byte that runs next.
 * @retval -EINVAL  @p event is unknown (argument), an INVPCID type is over 3, VMRUN
 *                  came in L2 or VMEXIT in L1. Nothing changed.
 *
 * @par Source
 * Linux 7.0 arch/x86/kvm/svm/, "KVM: SVM: Virtualize and advertise support for
 * ERAPS", and its posted v6.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_svm_rap_apply(struct vprim_svm_rap *rap,
			enum vprim_svm_rap_event event, uint32_t arg,
			struct vprim_reason *why);

/** @brief Byte 0x5d of the VMCB that runs next, behind the TLB control in 0x5c. */
VPRIM_INLINE VPRIM_NONNULL
uint8_t vprim_svm_rap_byte(const struct vprim_svm_rap *rap)
{
	return rap->in_l2 ? rap->vmcb02 : rap->vmcb01;
}
/** @} */

VPRIM_END_DECLS

#endif
