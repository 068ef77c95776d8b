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
 * needs the caller's exclusion. Needs pat.h and
 * releases.h.
 */
#ifndef VIRTPRIM_NESTED_PAT_H
#define VIRTPRIM_NESTED_PAT_H
#include <virtprim/pat.h>
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
#define VPRIM_NESTED_PAT_EXIT_INVALID UINT64_MAX

/** @brief The PAT of one virtual CPU. Set up with vprim_nested_pat_init(). */
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
	uint64_t hpat;		/**< The PAT MSR of L1; always valid. */
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
VPRIM_INLINE bool vprim_nested_pat_is_separate(const struct vprim_nested_pat *n)
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
 * @param[in] n  The virtual CPU.
 *
 * @retval 0         All of it holds.
 * @retval -EBADMSG  Something does not: a field was written from outside.
 *
 * @par Source
 * libvirtprim's own rule, from the protocol.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_audit(const struct vprim_nested_pat *n);

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
VPRIM_API VPRIM_NONNULL
uint64_t vprim_nested_pat_read(const struct vprim_nested_pat *n);

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
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_vmrun(struct vprim_nested_pat *n,
			   const struct vprim_nested_pat_vmcb12 *vmcb12);

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
 * @brief The owner reads MSR 0x277 (KVM_GET_MSRS).
 * @param[in] n  The virtual CPU.
 * @return hPAT, never gPAT: L2's travels in the nested state.
 *
 * @par Source
 * The series as applied; its first version returned gPAT here.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_nested_pat_host_get(const struct vprim_nested_pat *n);

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
 * When L1 clears EFER.SVME, and on the way to INIT and RESET.
 *
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * Linux svm_leave_nested().
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_force_leave(struct vprim_nested_pat *n);

/**
 * @brief INIT: leave L2, keep the register.
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * Intel SDM vol. 3, processor state after reset and INIT; Linux
 * kvm_vcpu_reset().
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_init_signal(struct vprim_nested_pat *n);

/**
 * @brief RESET: leave L2, give the register its power-up value.
 * @param[in,out] n  The virtual CPU.
 *
 * @par Source
 * As vprim_nested_pat_init_signal().
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_reset(struct vprim_nested_pat *n);

/** @} */
/** @name Checkpoint and restore
 * hPAT travels as an MSR, gPAT in the nested state. The two can be restored in
 * either order and give the same virtual CPU, because each touches what the
 * other does not. Two earlier designs are here too, for owners that have to read
 * their blobs.
 * @{ */

/** @brief What the nested state says about the PAT. */
struct vprim_nested_pat_state {
	bool guest_mode;	/**< L2 runs. */
	bool np;		/**< NP_ENABLE in the VMCB12 controls of the blob. */
	uint64_t gpat;		/**< gPAT where L2 has its own, else 0. */
};

/**
 * @brief Read the nested state (KVM_GET_NESTED_STATE).
 *
 * @param[in]  n      The virtual CPU.
 * @param[out] state  What the blob's header gets.
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
 * Whether gPAT is separate follows from np and the quirk, not from a flag. 0 is
 * a valid PAT, all UC, so that a forgotten field restores silently as that. The
 * G_PAT in the blob's save area is L1's, can be stale, and is not looked at.
 *
 * Where L0 has no nested paging, np is refused or, with the change svm-sanitised,
 * cleared before anything looks at it: L2 then reads the one PAT. So it is in
 * the two older designs below.
 *
 * @param[in,out] n      The virtual CPU. Unchanged on failure.
 * @param[in]     state  What the blob says.
 *
 * @retval 0        The virtual CPU is in the mode that @p state says.
 * @retval -EINVAL  L2 would have its own PAT, and @p state has an invalid one;
 *                  np, which L0 has not, before svm-sanitised.
 *
 * @par Source
 * The series as applied, versions 6 to 8.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_set_nested(struct vprim_nested_pat *n,
				const struct vprim_nested_pat_state *state);

/** @brief The blob of versions 2 to 5: a flag says whether gPAT is there. */
struct vprim_nested_pat_flag_state {
	bool np;		/**< NP_ENABLE in the VMCB12 controls of the blob. */
	bool valid_gpat;	/**< The flag; clear in blobs from older kernels. */
	uint64_t gpat;		/**< gPAT when the flag is set. */
};

/**
 * @brief Enter L2 from a blob of versions 2 to 5.
 *
 * Without the flag gPAT starts as hPAT and follows the owner's writes until the
 * next run, so that both orders of restoring an old blob work.
 *
 * @param[in,out] n      The virtual CPU. Unchanged on failure.
 * @param[in]     state  What the blob says.
 *
 * @retval 0        L2 runs.
 * @retval -EINVAL  L2 would have its own PAT, and the flag is set on an invalid
 *                  one; or as for vprim_nested_pat_set_nested().
 *
 * @par Source
 * The series, versions 2 to 5 (January and February 2026).
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_set_nested_flag(struct vprim_nested_pat *n,
			const struct vprim_nested_pat_flag_state *state);

/** @brief The blob of the first version: L1's PAT travels in it instead. */
struct vprim_nested_pat_swap_state {
	bool np;		/**< NP_ENABLE in the VMCB12 controls of the blob. */
	bool valid_gpat;	/**< The flag; clear in blobs from older kernels. */
	uint64_t vmcb01_g_pat;	/**< G_PAT of the save area: hPAT. */
};

/**
 * @brief What the first version's KVM_GET_MSRS and blob would hold.
 *
 * @param[in]  n      The virtual CPU.
 * @param[out] msr    MSR 0x277: gPAT in an L2 that has one, else hPAT.
 * @param[out] state  The blob.
 *
 * @par Source
 * The series, first version (November 2025).
 */
VPRIM_API VPRIM_NONNULL
void vprim_nested_pat_get_nested_swap(const struct vprim_nested_pat *n,
				      uint64_t *msr,
				      struct vprim_nested_pat_swap_state *state);

/**
 * @brief Enter L2 from a blob of the first version.
 *
 * The MSR must have been restored before: its value becomes gPAT, and hPAT is
 * taken from the blob. The first version had already entered L2 and overwritten
 * gPAT when it found the blob's value invalid; here nothing changes then.
 *
 * @param[in,out] n      The virtual CPU. Unchanged on failure.
 * @param[in]     state  What the blob says.
 *
 * @retval 0        L2 runs.
 * @retval -EINVAL  L2 would have its own PAT, the flag is set, and the value for
 *                  hPAT is invalid; or as for vprim_nested_pat_set_nested().
 *
 * @par Source
 * The series, first version (November 2025).
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_nested_pat_set_nested_swap(struct vprim_nested_pat *n,
			const struct vprim_nested_pat_swap_state *state);

/** @} */
/** @name The same question on VMX
 * There is one PAT at a time; the entry and exit controls switch it.
 * @{ */

/** @brief What comes of a VM entry, as far as the PAT goes. */
enum vprim_nested_pat_vmx {
	VPRIM_NESTED_PAT_VMX_ENTERED,	/**< The entry goes on. */
	VPRIM_NESTED_PAT_VMX_BAD_HOST,	/**< VMfailValid, invalid host-state field. */
	VPRIM_NESTED_PAT_VMX_BAD_GUEST,	/**< Exit reason "invalid guest state". */
};

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
 * @param[in] vmcs  The fields.
 * @return What comes of it.
 *
 * @par Source
 * Intel SDM vol. 3, "VM Entries"; Linux nested_vmx_check_host_state() and
 * nested_vmx_check_guest_state().
 */
VPRIM_API VPRIM_NONNULL
enum vprim_nested_pat_vmx
vprim_nested_pat_vmx_entry(const struct vprim_nested_pat_vmcs *vmcs);

/** @} */

VPRIM_END_DECLS

#endif
