/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file nested_pat.h
 * @brief The PAT of a guest that runs guests, on SVM with nested paging.
 *
 * L0 is the hypervisor, L1 its guest, L2 the guest of L1. With nested paging
 * the architecture gives L2 a PAT of its own: L1's register is hPAT, and what L2
 * reads and writes is gPAT, which VMRUN loads from VMCB12's G_PAT and \#VMEXIT
 * stores back.
 *
 *           L1                          L2, np=1                 L2, np=0
 *      rdmsr/wrmsr              rdmsr/wrmsr                rdmsr/wrmsr
 *          |                        |                          |
 *        hPAT ---- VMRUN --->     gPAT <- VMCB12.G_PAT       hPAT, shared
 *                 <- #VMEXIT --    | -> VMCB12.G_PAT
 *
 * One object is one virtual CPU: the registers a guest can see, and what L0 has
 * to program into the VMCBs it runs them with (hw01 for L1, hw02 for L2). Events
 * change it; between events the invariants of vprim_nested_pat_audit() hold.
 * KVM_X86_QUIRK_NESTED_SVM_SHARED_PAT, on by default in Linux, selects the older
 * behaviour in which L1 and L2 share one register.
 *
 * No allocation, no clock. Takes no locks; concurrent readers are fine, a writer
 * needs the caller's exclusion. All structs are values and may be moved and copied.
 * Needs pat.h, reason.h and releases.h.
 */
#ifndef VIRTPRIM_NESTED_PAT_H
#define VIRTPRIM_NESTED_PAT_H
#include <virtprim/pat.h>
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/** VMCB control area: offset of NP_ENABLE, bit 0. */
#define VPRIM_NESTED_PAT_VMCB_NP_ENABLE 0x090u
/** VMCB control area: offset of N_CR3. */
#define VPRIM_NESTED_PAT_VMCB_N_CR3 0x0b0u
/** VMCB: offset of G_PAT; 0x268 in the save area. */
#define VPRIM_NESTED_PAT_VMCB_G_PAT 0x668u
/** VMCB clean bits: NP, which covers N_CR3 and G_PAT. */
#define VPRIM_NESTED_PAT_CLEAN_NP 4u
/** Exit code of a VMRUN with an illegal state, VMEXIT_INVALID. */
#define VPRIM_NESTED_PAT_EXIT_INVALID 0xffffffffffffffff

/**
 * Why an event is refused: the ids of #vprim_nested_pat_rules. Beside each its errno
 * and what it fills; value is the PAT at fault.
 */
enum vprim_nested_pat_rule {
	/** EBUSY: L2 runs already. */
	VPRIM_NESTED_PAT_RULE_L2_RUNS = 0x720,
	/** EINVAL: nested paging for L2 where L0 has none. */
	VPRIM_NESTED_PAT_RULE_NO_NPT,
	/** EINVAL [value]: L2's own PAT is illegal. */
	VPRIM_NESTED_PAT_RULE_GPAT,
	/** EINVAL [value]: L1's PAT in a blob of the first version is illegal. */
	VPRIM_NESTED_PAT_RULE_HPAT,
	/** EINVAL [value]: HOST_IA32_PAT: VMfailValid, invalid host-state field. */
	VPRIM_NESTED_PAT_RULE_HOST,
	/** EINVAL [value]: GUEST_IA32_PAT: the exit "invalid guest state". */
	VPRIM_NESTED_PAT_RULE_GUEST,
	/** EBADMSG [value]: hpat is illegal. */
	VPRIM_NESTED_PAT_RULE_AUDIT_HPAT,
	/** EBADMSG [value]: hw01 is not hpat. */
	VPRIM_NESTED_PAT_RULE_AUDIT_HW01,
	/** EBADMSG [value]: hw02 of an L2 without a PAT of its own is not hpat. */
	VPRIM_NESTED_PAT_RULE_AUDIT_COPY,
	/** EBADMSG [value]: hw02 of an L2 with a PAT of its own is illegal. */
	VPRIM_NESTED_PAT_RULE_AUDIT_GPAT,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_nested_pat_rules;

/** @brief The PAT of one virtual CPU, from vprim_nested_pat_init(). May be moved. */
struct vprim_nested_pat {
	bool l0_npt;		/**< L0 itself uses nested paging. Constant. */
	bool shared_quirk;	/**< L1 and L2 share one register. Constant. */
	/**
	 * Whose rules: @ref VPRIM_LINUX, or @ref VPRIM_LINUX_NEWEST as set up;
	 * to be written before the first event and not after.
	 */
	uint32_t release;
	bool in_l2;		/**< L2 runs. */
	bool np;		/**< NP_ENABLE, as cached from VMCB12 at VMRUN. */
	/**
	 * hw02 has changed since the last hardware entry: L0 clears the NP
	 * clean bit of VMCB02.
	 */
	bool hw02_dirty;
	/** An old blob was restored: host writes reach gPAT until the next run. */
	bool legacy_restore;
	bool has_vmcb12;	/**< hw02 is the G_PAT of the VMCB12 at @c vmcb12. */
	uint64_t vmcb12;	/**< Address of the VMCB12 that hw02 belongs to. */
	/**
	 * The PAT MSR of L1; always valid. What the owner reads of MSR 0x277
	 * (KVM_GET_MSRS), also while L2 runs: gPAT travels in the nested state.
	 */
	uint64_t hpat;
	uint64_t hw01;		/**< G_PAT that L0 programs for L1. */
	uint64_t hw02;		/**< G_PAT that L0 programs for L2. */
	uint64_t cached12;	/**< G_PAT of VMCB12, read once at VMRUN. */
};
VPRIM_OBJECT(nested_pat);

/**
 * @brief Whether L2 runs with a PAT of its own.
 * @param[in] n  The virtual CPU.
 * @return true when L2 runs, with nested paging, and without the quirk.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_nested_pat_is_separate(const struct vprim_nested_pat *n)
{
	return n->in_l2 && n->np && !n->shared_quirk;
}

/**
 * @brief Set up a virtual CPU after power-up: L1 runs, with the reset value.
 *
 * @param[out] n             The virtual CPU.
 * @param[in]  l0_npt        L0 uses nested paging.
 * @param[in]  shared_quirk  The legacy behaviour is selected. Changing it while
 *                           the VM runs has undefined results in Linux, so it
 *                           cannot change here.
 *
 * @par Source
 * Linux KVM, "nSVM: Improve virtualization of VMCB12 G_PAT" as applied in 2026.
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_init(struct vprim_nested_pat *n, bool l0_npt,
			   bool shared_quirk);

/**
 * @brief Check what must hold between events.
 *
 * hPAT is valid; under nested paging of L0 hw01 is hPAT; in an L2 without a PAT
 * of its own hw02 is hPAT; in an L2 with one hw02 is valid.
 *
 * @param[in]  n    The virtual CPU.
 * @param[out] why  What does not hold; may be NULL.
 *
 * @retval 0         All of it holds.
 * @retval -EBADMSG  Something does not: a field was written from outside.
 *
 * @par Source
 * libvirtprim's own rule, from the protocol.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_nested_pat_audit(const struct vprim_nested_pat *n,
			   struct vprim_reason *why);

/** @name What a guest does
 * @{ */

/**
 * @brief RDMSR 0x277 by the guest that runs, not intercepted by L1.
 * @param[in] n  The virtual CPU.
 * @return gPAT in an L2 that has one, else hPAT.
 *
 * @par Source
 * AMD APM vol. 2, "Nested Paging", "Replicated State".
 */
VPRIM_INLINE VPRIM_NONNULL
uint64_t vprim_nested_pat_read(const struct vprim_nested_pat *n)
{
	return vprim_nested_pat_is_separate(n) ? n->hw02 : n->hpat;
}

/**
 * @brief WRMSR 0x277 by the guest that runs, not intercepted by L1.
 *
 * @param[in,out] n    The virtual CPU. Unchanged on failure.
 * @param[in]     pat  The value.
 *
 * @retval 0        gPAT has it in an L2 that has one and hPAT is untouched; else
 *                  hPAT has it.
 * @retval -EINVAL  @p pat is invalid: the guest gets \#GP(0).
 *
 * @par Source
 * AMD APM vol. 2, "Nested Paging", "Replicated State".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_write(struct vprim_nested_pat *n, uint64_t pat);

/** @brief What VMRUN finds in VMCB12. */
struct vprim_nested_pat_vmcb12 {
	uint64_t address;	/**< Guest-physical address of VMCB12. */
	uint64_t g_pat;		/**< G_PAT, read from guest memory once. */
	bool np;		/**< NP_ENABLE. */
	/**
	 * L1 has set the NP clean bit: N_CR3 and G_PAT are as the last
	 * \#VMEXIT left them.
	 */
	bool np_clean;
};

/**
 * @brief VMRUN by L1.
 *
 * G_PAT counts only with nested paging and without the quirk. The check and the
 * load both use the one value in @p vmcb12, since L1 may change its memory at
 * any time. When the same VMCB12 was run last and the clean bit is set, hw02 is
 * not loaded again; for an L1 that obeys the clean-bit contract the result is
 * the same.
 *
 * @param[in,out] n       The virtual CPU. Unchanged on failure.
 * @param[in]     vmcb12  What VMRUN finds.
 * @param[out]    why     Why not; may be NULL.
 *
 * @retval 0        L2 runs.
 * @retval -EINVAL  The VMRUN ends at once with VPRIM_NESTED_PAT_EXIT_INVALID: an
 *                  illegal G_PAT, or nested paging where L0 has none.
 * @retval -EBUSY   L2 runs already.
 *
 * @par Source
 * AMD APM vol. 2, "VMRUN and TLB/Canonicalization", "Nested Paging"; Linux
 * nested_vmcb_check_controls() and nested_vmcb02_prepare_save().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_nested_pat_vmrun(struct vprim_nested_pat *n,
			   const struct vprim_nested_pat_vmcb12 *vmcb12,
			   struct vprim_reason *why);

/** @brief What \#VMEXIT does to VMCB12. */
struct vprim_nested_pat_exit {
	bool write_g_pat;	/**< Store @c g_pat in VMCB12; else leave it. */
	uint64_t g_pat;		/**< The value; 0 when it is not stored. */
};

/**
 * @brief \#VMEXIT from L2 to L1.
 *
 * hPAT needs no reload: with nested paging it never changed, and without it L2
 * was using it.
 *
 * @param[in,out] n    The virtual CPU. Unchanged on failure.
 * @param[out]    out  What VMCB12 gets. Written only on success.
 *
 * @retval 0        L1 runs.
 * @retval -ENOENT  L2 does not run.
 *
 * @par Source
 * AMD APM vol. 2, "Nested Paging", "Replicated State".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_vmexit(struct vprim_nested_pat *n,
			    struct vprim_nested_pat_exit *out);

/** @} */
/** @name What L0 and its owner do
 * Between runs only: an owner that reads or writes the MSR while the virtual CPU
 * is inside the guest is at fault, and KVM warns about it.
 * @{ */

/**
 * @brief The hardware enters the guest that runs.
 *
 * Ends what lasts until then: hw02_dirty, and the coupling that restoring an old
 * blob left.
 *
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * Linux VMCB clean bits; the restore rule of versions 2 to 5 of the series.
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_run(struct vprim_nested_pat *n);

/**
 * @brief The owner writes MSR 0x277 (KVM_SET_MSRS).
 *
 * @param[in,out] n    The virtual CPU. Unchanged on failure.
 * @param[in]     pat  The value.
 *
 * @retval 0        hPAT has it, and so has an L2 without a PAT of its own.
 * @retval -EINVAL  @p pat is invalid.
 *
 * @par Source
 * The series as applied.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_host_set(struct vprim_nested_pat *n, uint64_t pat);

/**
 * @brief Throw the virtual CPU back into L1 with nothing copied.
 *
 * When L1 clears EFER.SVME, and for INIT, which keeps the register.
 *
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * Linux svm_leave_nested(), kvm_vcpu_reset(); Intel SDM vol. 3, processor state after
 * reset and INIT.
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_force_leave(struct vprim_nested_pat *n);

/**
 * @brief RESET: leave L2, give the register its power-up value.
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * As for vprim_nested_pat_force_leave().
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_reset(struct vprim_nested_pat *n);

/** @} */
/** @name Checkpoint and restore
 * hPAT travels as an MSR, gPAT in the nested state. The two can be restored in
 * either order and give the same virtual CPU, because each touches what the
 * other does not. Two earlier forms of the blob can be restored too, for owners that
 * have to read theirs.
 * @{ */

/** @brief The three designs of the blob. */
enum vprim_nested_pat_form {
	/** Versions 6 to 8, as applied: gPAT, and no flag. */
	VPRIM_NESTED_PAT_APPLIED,
	/** Versions 2 to 5: gPAT, and a flag that says whether it is there. */
	VPRIM_NESTED_PAT_FLAGGED,
	/**
	 * The first version: L1's PAT travels in the blob, and what MSR 0x277 reads
	 * while L2 runs is vprim_nested_pat_read().
	 */
	VPRIM_NESTED_PAT_SWAPPED,
};

/** @brief What the nested state says about the PAT. */
struct vprim_nested_pat_state {
	enum vprim_nested_pat_form form;	/**< Which design the blob is of. */
	bool guest_mode;	/**< L2 runs. */
	bool np;		/**< NP_ENABLE in the VMCB12 controls of the blob. */
	/**
	 * The flag, clear in blobs from older kernels. In the applied form there is
	 * none: it tells that L2 has its own PAT, and is not looked at.
	 */
	bool valid_gpat;
	/**
	 * gPAT where L2 has its own, else 0. In a blob of the first version hPAT,
	 * which is G_PAT of the save area.
	 */
	uint64_t pat;
};

/**
 * @brief Read the nested state (KVM_GET_NESTED_STATE).
 *
 * @param[in]  n      The virtual CPU.
 * @param[out] state  What the blob's header gets, in the applied form.
 *
 * @par Source
 * The series as applied, versions 6 to 8.
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_get_nested(const struct vprim_nested_pat *n,
				 struct vprim_nested_pat_state *state);

/**
 * @brief Set the nested state (KVM_SET_NESTED_STATE).
 *
 * Applied: whether gPAT is separate follows from np and the quirk, not from a flag. 0
 * is a valid PAT, all UC, so that a forgotten field restores silently as that. The
 * G_PAT in the blob's save area is L1's, can be stale, and is not looked at.
 *
 * Flagged: without the flag gPAT starts as hPAT and follows the owner's writes until
 * the next run, so that both orders of restoring an old blob work.
 *
 * Swapped: the MSR must have been restored before. With the flag its value becomes
 * gPAT, and hPAT is taken from the blob. The first version had already entered L2 and
 * overwritten gPAT when it found the blob's value invalid; here nothing changes then.
 *
 * Where L0 has no nested paging, np is refused or, with the change svm-sanitised,
 * cleared before anything looks at it: L2 then reads the one PAT.
 *
 * @param[in,out] n      The virtual CPU. Unchanged on failure.
 * @param[in]     state  What the blob says.
 * @param[out]    why    Why not; may be NULL.
 *
 * @retval 0        The virtual CPU is in the mode that @p state says.
 * @retval -EINVAL  L2 would have its own PAT, and @p state has an invalid one; np,
 *                  which L0 has not, before svm-sanitised; or no such form (argument).
 *
 * @par Source
 * The series: its first version (November 2025), versions 2 to 5 (January and
 * February 2026), and as applied, versions 6 to 8.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_nested_pat_set_nested(struct vprim_nested_pat *n,
				const struct vprim_nested_pat_state *state,
				struct vprim_reason *why);

/** @} */
/** @name The same question on VMX
 * There is one PAT at a time; the entry and exit controls switch it.
 * @{ */

/** @brief The PAT fields of a VMCS. */
struct vprim_nested_pat_vmcs {
	bool load_guest;	/**< Entry control "load IA32_PAT". */
	bool load_host;		/**< Exit control "load IA32_PAT". */
	uint64_t guest_pat;	/**< GUEST_IA32_PAT. */
	uint64_t host_pat;	/**< HOST_IA32_PAT. */
};

/**
 * @brief Check the PAT fields at VM entry.
 *
 * Host state is checked before guest state, and each field only with its
 * control.
 *
 * @param[in]  vmcs  The fields.
 * @param[out] why   Which of the two, and so what comes of it; may be NULL.
 *
 * @retval 0        The entry goes on.
 * @retval -EINVAL  It does not.
 *
 * @par Source
 * Intel SDM vol. 3, "VM Entries"; Linux nested_vmx_check_host_state() and
 * nested_vmx_check_guest_state().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_nested_pat_vmx_entry(const struct vprim_nested_pat_vmcs *vmcs,
			       struct vprim_reason *why);

/** @} */

VPRIM_END_DECLS

#endif
