/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_kvm.h
 * @brief A small way into /dev/kvm on x86: a VM, one vCPU, its PAT, its state.
 *
 * Enough for a test, a tool or a minimal VMM. Whoever has descriptors of their
 * own uses the calls that take one.
 *
 *     init -> memory -> [guest permissions] -> vcpu -> run, PAT, state -> fini
 *
 * A value for the PAT is checked by the library before KVM sees it: not every KVM
 * refuses what the processor would.
 *
 * For x86 under Linux. Elsewhere, and in a library that was built without the
 * kernel's headers, each call answers -EOPNOTSUPP, so that a program that has them
 * builds everywhere. No locks: one thread at a time on an object;
 * calls on different descriptors may run side by side.
 */
#ifndef VIRTPRIM_USER_KVM_H
#define VIRTPRIM_USER_KVM_H
#include <virtprim/range.h>
#include <virtprim/user_fault.h>
VPRIM_BEGIN_DECLS

struct kvm_cpuid2;
struct kvm_run;

/** @brief A VM and its vCPU. Set by the calls below; read as you like. */
struct vprim_user_kvm {
	int kvm;		/**< /dev/kvm. */
	int vm;			/**< The VM. */
	int vcpu;		/**< The vCPU; -1 before it is made. */
	struct kvm_run *run;	/**< What KVM_RUN shares; NULL before. */
	size_t run_bytes;	/**< Bytes of it. */
};

/**
 * @brief Open /dev/kvm and see that it speaks version 12.
 *
 * @param[out] fault  Why not; may be NULL.
 * @return A descriptor, not negative; close(2) it. Or a negative errno.
 *
 * @retval -EOPNOTSUPP  Another version, or no x86 program under Linux.
 * @retval -errno       What the kernel answered: ENOENT without KVM, EACCES
 *                      without the rights.
 *
 * @par Source
 * KVM_GET_API_VERSION.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_kvm_open(struct vprim_user_fault *fault);

/**
 * @brief The CPUID that KVM offers to guests, all of it.
 *
 * @param[in]  kvm    /dev/kvm.
 * @param[out] list   The entries, for KVM_SET_CPUID2; free(3) it. Written only
 *                    on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p list is valid.
 * @retval -ENOMEM      No memory for it.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_GET_SUPPORTED_CPUID: E2BIG asks for more room.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_kvm_cpuid(int kvm, struct kvm_cpuid2 **list,
			 struct vprim_user_fault *fault);

/**
 * @brief Open /dev/kvm and make a VM, with no memory and no vCPU.
 *
 * @param[out] k      The VM. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p k is ready; vprim_user_kvm_fini() it.
 * @retval -EOPNOTSUPP  As for vprim_user_kvm_open().
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_CREATE_VM.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_kvm_init(struct vprim_user_kvm *k, struct vprim_user_fault *fault);

/**
 * @brief Show memory of this process to the guest.
 *
 * @param[in] k      The VM.
 * @param[in] slot   Slot number; one in use is changed, as KVM does.
 * @param[in] guest  Guest-physical addresses, whole pages.
 * @param[in] memory Page-aligned memory of as many bytes; stays the caller's and
 *                   must outlive the VM.
 * @param[out] fault Why not; may be NULL.
 *
 * @retval 0            The guest sees it.
 * @retval -EINVAL      @p guest has its start above its last, or the kernel
 *                      says so.
 * @retval -EOVERFLOW   @p guest is all of the space.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_SET_USER_MEMORY_REGION.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3, 4)
int vprim_user_kvm_memory(struct vprim_user_kvm *k, uint32_t slot,
			  const struct vprim_range *guest, void *memory,
			  struct vprim_user_fault *fault);

/**
 * @brief Make vCPU 0, with all the CPUID that KVM offers, and map its run page.
 *
 * The first vCPU locks the process's permissions for guests; see
 * vprim_user_xstate_request().
 *
 * @param[in,out] k      The VM, without a vCPU. Changed only on success.
 * @param[out]    fault  Why not; may be NULL.
 *
 * @retval 0            vprim_user_kvm::vcpu and vprim_user_kvm::run are valid.
 * @retval -EINVAL      @p k has a vCPU already.
 * @retval -ENOMEM      No memory for the CPUID.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_CREATE_VCPU, KVM_SET_CPUID2, KVM_GET_VCPU_MMAP_SIZE.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_kvm_vcpu(struct vprim_user_kvm *k, struct vprim_user_fault *fault);

/**
 * @brief Close all of it.
 * @param[in,out] k  A VM that vprim_user_kvm_init() made, or that was closed
 *                   before.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_kvm_fini(struct vprim_user_kvm *k);

/**
 * @brief Read a vCPU's PAT.
 *
 * @param[in]  vcpu   The vCPU.
 * @param[out] pat    Its value. Written only on success.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            @p pat is valid.
 * @retval -EOPNOTSUPP  The vCPU has no PAT, or no x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_GET_MSRS, which returns how many it read.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_kvm_get_pat(int vcpu, uint64_t *pat, struct vprim_user_fault *fault);

/**
 * @brief Set a vCPU's PAT, if the processor would take the value.
 *
 * @param[in]  vcpu   The vCPU.
 * @param[in]  pat    Any value.
 * @param[out] fault  Why not: with the value, and the entry to blame as the
 *                    subject; may be NULL.
 *
 * @retval 0            Set.
 * @retval -EINVAL      vprim_pat_check() refuses @p pat; KVM was not asked.
 * @retval -EOPNOTSUPP  KVM refuses it, or no x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_SET_MSRS, which returns how many it set. Not every KVM checks the PAT.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_kvm_set_pat(int vcpu, uint64_t pat, struct vprim_user_fault *fault);

/**
 * @brief Read a vCPU's extended state.
 *
 * The kernel writes as many bytes as it likes, so the capacity is compared with what
 * it says before it is asked.
 *
 * @param[in]  k           The VM with its vCPU.
 * @param[out] image       The image, standard format. Written only on success.
 * @param[in]  size_bytes  Bytes of @p image; see
 *                         vprim_xstate_perm_kvm_xsave2_size().
 * @param[out] fault       Why not, with the bytes needed; may be NULL.
 *
 * @retval 0            @p image is valid.
 * @retval -EMSGSIZE    @p size_bytes is too small.
 * @retval -EOPNOTSUPP  No x86 program under Linux.
 * @retval -errno       What the kernel answered.
 *
 * @par Source
 * KVM_GET_XSAVE2; KVM_GET_XSAVE from a kernel without it.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_kvm_get_xsave(const struct vprim_user_kvm *k, void *image,
			     size_t size_bytes, struct vprim_user_fault *fault);

VPRIM_END_DECLS

#endif
