/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_xstate.h
 * @brief What this machine says about extended state: CPUID, arch_prctl, KVM.
 *
 * The readers behind xstate.h and xstate_perm.h. Nothing is decided here: the
 * answers come back as plain numbers, for vprim_xstate_table_init() and the
 * calculators to work on.
 *
 *     processor --CPUID------> leaves, XCR0 ---.
 *     kernel    --arch_prctl-> permissions -----+--> xstate.h, xstate_perm.h
 *     KVM       --/dev/kvm---> leaves, mask ---'
 *
 * For x86 under Linux; the permissions for 64-bit programs only, what asks KVM in a
 * library that was built with the kernel's headers. Elsewhere each call answers
 * -EOPNOTSUPP, so that a program that has them builds everywhere.
 *
 * No locks, no state of its own: any thread. A permission belongs to the whole
 * process and stays until it ends.
 */
#ifndef VIRTPRIM_USER_XSTATE_H
#define VIRTPRIM_USER_XSTATE_H
#include <virtprim/user_fault.h>
#include <virtprim/xstate.h>
#include <virtprim/xstate_perm.h>
VPRIM_BEGIN_DECLS

/** @brief What the processor that runs this says. About 1 KiB. */
struct vprim_user_xstate {
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES]; /**< CPUID 0xD. */
	struct vprim_xstate_perm_cpuid flags;	/**< Feature flags. */
	uint64_t xcr0;				/**< XCR0 in force. */
};

/**
 * @brief Read the processor.
 *
 * Some 70 CPUID instructions; in a guest each of them is an exit, so read once
 * and keep.
 *
 * @param[out] host   What it says. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p host is valid.
 * @retval -EOPNOTSUPP  No XSAVE, or the system does not use it, or no x86.
 *
 * @par Source
 * Intel SDM vol. 2, CPUID and XGETBV; OSXSAVE is bit 27 of leaf 1 ECX.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_xstate_read(struct vprim_user_xstate *host,
			   struct vprim_user_fault *fault);

/**
 * @brief Read the processor into a table, which is what most callers want.
 *
 * @param[out] table  The table. Written only on success.
 * @param[out] fault  Why not, with the sub-leaf to blame; may be NULL.
 *
 * @retval 0            @p table is valid.
 * @retval -EINVAL      The leaves contradict themselves.
 * @retval -EOPNOTSUPP  As for vprim_user_xstate_read().
 *
 * @par Source
 * As vprim_xstate_table_init().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_xstate_table(struct vprim_xstate_table *table,
			    struct vprim_user_fault *fault);

/** @name Permissions
 * @{ */

/**
 * @brief The components that this kernel has for programs.
 *
 * @param[out] mask   The mask. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p mask is valid.
 * @retval -EINVAL      The kernel is older than 5.16.
 * @retval -EOPNOTSUPP  Not a 64-bit x86 program under Linux.
 *
 * @par Source
 * arch_prctl(2) ARCH_GET_XCOMP_SUPP.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_xstate_supported(uint64_t *mask, struct vprim_user_fault *fault);

/**
 * @brief The components that the process, or its guests, may use.
 *
 * @param[in]  who    Whose permission.
 * @param[out] mask   The mask. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p mask is valid.
 * @retval -EINVAL      @p who is none, or the kernel is older than 5.16 (for
 *                      guests, 5.17).
 * @retval -EOPNOTSUPP  Not a 64-bit x86 program under Linux.
 *
 * @par Source
 * arch_prctl(2) ARCH_GET_XCOMP_PERM and ARCH_GET_XCOMP_GUEST_PERM.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_xstate_permitted(enum vprim_xstate_perm_who who, uint64_t *mask,
				struct vprim_user_fault *fault);

/**
 * @brief Ask for a component, for the process or for its guests.
 *
 * It cannot be given back. Ask for guests before the first vCPU.
 *
 * @param[in]  who     Whose permission.
 * @param[in]  number  Component, such as VPRIM_XSTATE_XTILEDATA; any value.
 * @param[out] fault   Why not, with the component as the reason's value; may be
 *                     NULL.
 *
 * @retval 0            Permitted, now or before.
 * @retval -EINVAL      @p who is none, or the kernel does not know @p number.
 * @retval -EOPNOTSUPP  Not on this machine, nothing to be asked for, or not a
 *                      64-bit x86 program under Linux.
 * @retval -EBUSY       A vCPU exists already.
 * @retval -ENOSPC      A thread's alternate signal stack is too small.
 * @retval -errno       Another errno of the kernel's, handed on as it is.
 *
 * @par Source
 * arch_prctl(2) ARCH_REQ_XCOMP_PERM and ARCH_REQ_XCOMP_GUEST_PERM.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_xstate_request(enum vprim_xstate_perm_who who, uint64_t number,
			      struct vprim_user_fault *fault);

/** @} */
/** @name KVM
 * On descriptors that vprim_user_kvm_open() gives, or the caller's own.
 * @{ */

/**
 * @brief CPUID leaf 0xD as KVM offers it to guests.
 *
 * @param[in]  kvm    /dev/kvm.
 * @param[out] leaf   VPRIM_XSTATE_LEAVES sub-leaves; those not offered are 0.
 *                    Written only on success.
 * @param[out] given  The sub-leaves that were offered, a bit each; may be NULL.
 *                    Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p leaf is valid.
 * @retval -ENOMEM      No memory for the list.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_GET_SUPPORTED_CPUID, asked again with more room on E2BIG.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_xstate_kvm_leaves(int kvm, struct vprim_xstate_leaf *leaf,
				 uint64_t *given, struct vprim_user_fault *fault);

/**
 * @brief The components that KVM can give a guest, permitted or not.
 *
 * @param[in]  kvm    /dev/kvm.
 * @param[out] mask   supported_xcr0. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p mask is valid.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered; ENXIO or ENOTTY from one older
 *                      than 5.17.
 *
 * @par Source
 * KVM_GET_DEVICE_ATTR, KVM_X86_XCOMP_GUEST_SUPP.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_xstate_kvm_supported(int kvm, uint64_t *mask,
				    struct vprim_user_fault *fault);

/**
 * @brief Bytes that KVM_GET_XSAVE2 moves, as the kernel says.
 *
 * vprim_xstate_perm_kvm_xsave2_size() computes the same without asking.
 *
 * @param[in]  vm          The VM.
 * @param[out] size_bytes  At least 4096, which is also what a kernel without
 *                         KVM_CAP_XSAVE2 moves. Written only on success.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0            @p size_bytes is valid.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2, on the VM.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_xstate_kvm_size(int vm, uint32_t *size_bytes,
			       struct vprim_user_fault *fault);
/** @} */

VPRIM_END_DECLS

#endif
