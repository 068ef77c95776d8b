/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file xstate_perm.h
 * @brief Who may use which extended state: processes, guests, and KVM's answers.
 *
 * Large components (today AMX tiles) must be asked for. A process holds two
 * permissions, one for itself and one for its guests, each a mask of components
 * and the two buffer sizes that follow from it. The invariant of this module:
 *
 *     kernel_bytes == layout(mask)      user_bytes == standard(user part)
 *
 * after every event, for both permissions; vprim_xstate_perm_check() tests it.
 *
 *     boot:     CPUID --> pipeline --> maximum, host default, guest default
 *     process:  init --> request ... --> fork (copies) / exec (back to default)
 *     guests:   request --> first vCPU locks --> no request that adds anything
 *
 * What a VMM does, in this order: read KVM_X86_XCOMP_GUEST_SUPP, request the
 * guest permission, size KVM_GET_XSAVE2, create vCPUs, set CPUID.
 *
 * Needs @ref xstate.h. Takes no locks and no memory; concurrent readers are
 * fine, a writer needs the caller's exclusion (Linux: the signal lock). All structs
 * are values and may be moved in memory; a configuration needs its table.
 */
#ifndef VIRTPRIM_XSTATE_PERM_H
#define VIRTPRIM_XSTATE_PERM_H
#include <virtprim/releases.h>
#include <virtprim/xstate.h>
VPRIM_BEGIN_DECLS

/** @name The masks of Linux
 * @{ */
/** User components that Linux handles; APX since 6.16. */
#define VPRIM_XSTATE_PERM_USER 0xe02ffULL
/** Supervisor components in every task's buffer: PASID and CET_U. */
#define VPRIM_XSTATE_PERM_SUPERVISOR 0xc00ULL
/** Supervisor components in guests' buffers only: CET_S. */
#define VPRIM_XSTATE_PERM_GUEST_SUPERVISOR 0x1000ULL
/** Components that must be asked for: XTILEDATA. */
#define VPRIM_XSTATE_PERM_DYNAMIC 0x40000ULL
/** In a guest permission's mask: locked by the first vCPU. */
#define VPRIM_XSTATE_PERM_LOCKED 0x8000000000000000ULL
/** @} */

/** Bytes of the old, fixed-size KVM_GET_XSAVE. */
#define VPRIM_XSTATE_PERM_UABI_BYTES 4096u

/** @name Operations of arch_prctl
 * @{ */
#define VPRIM_XSTATE_PERM_GET_SUPP 0x1021u	/**< ARCH_GET_XCOMP_SUPP. */
#define VPRIM_XSTATE_PERM_GET_PERM 0x1022u	/**< ARCH_GET_XCOMP_PERM. */
#define VPRIM_XSTATE_PERM_REQ_PERM 0x1023u	/**< ARCH_REQ_XCOMP_PERM. */
#define VPRIM_XSTATE_PERM_GET_GUEST_PERM 0x1024u /**< ARCH_GET_XCOMP_GUEST_PERM. */
#define VPRIM_XSTATE_PERM_REQ_GUEST_PERM 0x1025u /**< ARCH_REQ_XCOMP_GUEST_PERM. */
/** @} */

/** @brief The CPUID registers that say which components have their feature. */
struct vprim_xstate_perm_cpuid {
	uint32_t leaf1_ecx;	/**< Leaf 1 ECX. */
	uint32_t leaf1_edx;	/**< Leaf 1 EDX. */
	uint32_t leaf7_ebx;	/**< Leaf 7.0 EBX. */
	uint32_t leaf7_ecx;	/**< Leaf 7.0 ECX. */
	uint32_t leaf7_edx;	/**< Leaf 7.0 EDX. */
	uint32_t leaf7_1_edx;	/**< Leaf 7.1 EDX. */
};

/**
 * @brief The components whose CPUID feature flag is set.
 * @param[in] cpuid  The registers.
 * @return Their mask. Components that Linux asks no flag for are in it.
 *
 * @par Source
 * Linux xsave_cpuid_features[]: FPU, SSE, AVX, MPX, AVX512F, PT, OSPKE, ENQCMD,
 * SHSTK, AMX_TILE, APX.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_xstate_perm_present(const struct vprim_xstate_perm_cpuid *cpuid);

/** @brief What a kernel finds and knows when it boots. */
struct vprim_xstate_perm_setup {
	/** The machine; must live as long as the configuration. */
	const struct vprim_xstate_table *table;
	uint64_t present;		/**< vprim_xstate_perm_present(). */
	uint64_t user_supported;	/**< User components it handles. */
	uint64_t supervisor_supported;	/**< Supervisor ones for every task. */
	uint64_t guest_supervisor;	/**< Supervisor ones for guests only. */
	uint64_t dynamic;		/**< Those that must be asked for. */
	/** Components it has numbers for: 20, before APX 19. */
	uint32_t known_components;
	/** Largest signal frame; 0 for no more than the user state. */
	uint32_t max_frame_bytes;
	bool not_64bit;			/**< Requests are not supported. */
	/**
	 * @ref VPRIM_LINUX or @ref VPRIM_LINUX_NEWEST. Before the change
	 * xstate-perm-kept a grant stores the user part of the mask only, so
	 * that supervisor components vanish from it. The size is computed
	 * before that, for the host with the supervisor components, so that
	 * mask and size disagree; the next grant to a guest is then sized
	 * without them, and the buffer is smaller than what XSAVES writes.
	 */
	uint32_t release;
};

/**
 * @brief A present-day kernel on @p table.
 *
 * All CPUID flags count as set, 20 components are known, the masks are those of
 * Linux, CET_S is for guests only. Change what differs before the setup is used.
 *
 * @param[in]  table  The machine.
 * @param[out] setup  The setup.
 */
VPRIM_API VPRIM_NONNULL
void vprim_xstate_perm_defaults(const struct vprim_xstate_table *table,
				struct vprim_xstate_perm_setup *setup);

/**
 * @brief What a kernel's boot fixes for all processes.
 *
 * Read it freely; only vprim_xstate_perm_configure() makes it.
 */
struct vprim_xstate_perm_config {
	const struct vprim_xstate_table *table;	/**< The machine. */
	uint64_t kernel_max;	/**< All components in use. */
	uint64_t user_max;	/**< The user ones: ARCH_GET_XCOMP_SUPP. */
	uint64_t host_default;	/**< A task's, without asking. */
	uint64_t guest_default;	/**< A guest's, without asking. */
	uint64_t user_default;	/**< The user ones of both. */
	uint64_t dynamic;	/**< Those that can be asked for here. */
	uint64_t askable;	/**< Those that there are numbers to ask for. */
	uint64_t user_supported;/**< User components the kernel handles. */
	enum vprim_xstate_format format;	/**< Of kernel buffers. */
	uint32_t known_components;	/**< Numbers below this are known. */
	uint32_t frame_overhead_bytes;	/**< A signal frame without user state. */
	bool not_64bit;			/**< Requests are not supported. */
	uint32_t release;		/**< Whose rule a grant follows. */
};

/**
 * @brief Run the boot pipeline.
 *
 *  1. enumerated: XCR0 supported | XSS supported;
 *  2. drop what has no CPUID flag;
 *  3. without XFD drop the dynamic components;
 *  4. keep what the kernel handles; without XSAVES no supervisor component;
 *  5. defaults: without the dynamic components; the host without those for
 *     guests only.
 *
 * Kernel buffers are compacted with XSAVEC or XSAVES, standard without.
 *
 * @param[in]  setup   What is found and known.
 * @param[out] config  The result. Written only on success.
 * @param[out] why     For -EINVAL by a component: which one; may be NULL.
 *
 * @retval 0           @p config is valid.
 * @retval -EINVAL     A component that stays has no known size (reason: unknown),
 *                     the largest frame is smaller than the user state, or @c
 *                     known_components is over 63.
 * @retval -EOVERFLOW  A buffer with everything does not fit in 32 bits.
 *
 * @par Source
 * Linux fpu__init_system_xstate(); the CET supervisor series for guests.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_perm_configure(const struct vprim_xstate_perm_setup *setup,
				struct vprim_xstate_perm_config *config,
				struct vprim_reason *why);

/** @brief Whose permission. */
enum vprim_xstate_perm_who {
	VPRIM_XSTATE_PERM_HOST,		/**< The process's own. */
	VPRIM_XSTATE_PERM_GUEST,	/**< Its guests'. */
};

/** @brief One permission. May be moved and copied. */
struct vprim_xstate_perm_group {
	/**
	 * Components; for guests bit 63 is the lock. arch_prctl shows those of the
	 * configuration's user_supported.
	 */
	uint64_t mask;
	uint32_t kernel_bytes;	/**< Kernel buffer for the mask. */
	uint32_t user_bytes;	/**< Standard image of its user part. */
};
VPRIM_OBJECT(xstate_perm_group);

/**
 * @brief A process's permissions: plain data. fork and clone copy it whole (Linux
 * fpu_clone()).
 */
struct vprim_xstate_perm {
	struct vprim_xstate_perm_group host;	/**< Its own. */
	struct vprim_xstate_perm_group guest;	/**< Its guests'. */
};
VPRIM_OBJECT(xstate_perm);

/**
 * @brief The permissions of a new program: also what execve does.
 *
 * @param[in]  config  The kernel.
 * @param[out] perm    Defaults, not locked.
 *
 * @par Source
 * Linux fpu_flush_thread().
 */
VPRIM_API VPRIM_NONNULL
void vprim_xstate_perm_exec(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm);

/**
 * @brief Test the invariant: each size is the layout of its mask.
 *
 * Permissions that another kernel has kept can be asked about: before the change
 * xstate-perm-kept a grant left mask and sizes that disagree.
 *
 * @param[in]  config  The kernel that is to take them.
 * @param[in]  perm    The permissions.
 * @param[out] why     What is wrong; may be NULL.
 *
 * @retval 0         It holds.
 * @retval -EBADMSG  A size is not its mask's, a mask has a component that the
 *                   kernel does not use, or the host's mask has the lock.
 *
 * @par Source
 * libvirtprim's own rule, from the fix of __xstate_request_perm().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_perm_check(const struct vprim_xstate_perm_config *config,
			    const struct vprim_xstate_perm *perm,
			    struct vprim_reason *why);

/**
 * @brief Ask for a component.
 *
 * In this order: not a 64-bit kernel (-EOPNOTSUPP); a number the kernel does
 * not know (-EINVAL); one that nobody can ask for, or that this machine does not
 * have (-EOPNOTSUPP); granted before (0, also after the lock); guest and locked
 * (-EBUSY); host, and a thread's alternate signal stack is too small (-ENOSPC);
 * granted.
 *
 * @param[in]     config          The kernel.
 * @param[in,out] perm            The permissions. Changed only by a grant.
 * @param[in]     who             Whose permission.
 * @param[in]     number          Component number, any value.
 * @param[in]     altstack_bytes  The smallest alternate signal stack of the
 *                                process's threads, 0 when no thread has one.
 *                                Not looked at for guests.
 * @param[out]    why             Which of these; may be NULL.
 *
 * @retval 0            Permitted, now or before.
 * @retval -EINVAL      An unknown number, or @p who is none (argument).
 * @retval -EOPNOTSUPP  Not to be had here.
 * @retval -EBUSY       The guest permission is locked by the first vCPU.
 * @retval -ENOSPC      @p altstack_bytes is not 0 and below the new frame.
 *
 * @par Source
 * Linux xstate_request_perm(), __xstate_request_perm() and
 * validate_sigaltstack(). The documentation names another code than ENOSPC; the
 * code is ENOSPC.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_perm_request(const struct vprim_xstate_perm_config *config,
			      struct vprim_xstate_perm *perm,
			      enum vprim_xstate_perm_who who, uint64_t number,
			      uint64_t altstack_bytes,
			      struct vprim_reason *why);

/**
 * @brief One call of arch_prctl.
 *
 * @param[in]     config          The kernel.
 * @param[in,out] perm            The permissions.
 * @param[in]     op              VPRIM_XSTATE_PERM_GET_… or _REQ_….
 * @param[in]     number          For requests: the component.
 * @param[in]     altstack_bytes  As for vprim_xstate_perm_request().
 * @param[out]    value           For GETs: the mask; NULL stands for a pointer
 *                                that faults. Written only on success.
 * @param[out]    why             Why not; may be NULL.
 *
 * @retval 0            Done.
 * @retval -EFAULT      A GET, and @p value is NULL.
 * @retval -EINVAL      An unknown operation (argument) or number.
 * @retval -EOPNOTSUPP  As for vprim_xstate_perm_request().
 * @retval -EBUSY       The same.
 * @retval -ENOSPC      The same.
 *
 * @par Source
 * Linux fpu_xstate_prctl().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_perm_prctl(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm, uint64_t op,
			    uint64_t number, uint64_t altstack_bytes,
			    uint64_t *value, struct vprim_reason *why);

/**
 * @brief Whether sigaltstack(2) takes a stack of this size.
 *
 * @param[in] config    The kernel.
 * @param[in] perm      The permissions.
 * @param[in] ss_bytes  Size of the new alternate stack.
 *
 * @retval 0        Yes; always, while the process has no dynamic permission.
 * @retval -ENOMEM  It is not larger than the frame of the permitted mask.
 *
 * @par Source
 * Linux sigaltstack_size_valid().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_xstate_perm_sigaltstack(const struct vprim_xstate_perm_config *config,
				  const struct vprim_xstate_perm *perm,
				  uint64_t ss_bytes);

/** @brief One task's or vCPU's buffer. */
struct vprim_xstate_perm_buffer {
	uint64_t features;	/**< Components with room. */
	uint64_t user_features;	/**< The user ones. */
	uint64_t xfd;		/**< Components that fault at first use. */
	uint32_t size_bytes;	/**< Of the kernel buffer. */
	uint32_t user_bytes;	/**< Of its standard image. */
	uint32_t uabi_bytes;	/**< What KVM's interface moves; guests only. */
	bool is_valloc;		/**< In memory of its own. */
	bool is_guest;		/**< A vCPU's. */
};

/**
 * @brief The buffer of a new task.
 *
 * @param[in]  config  The kernel.
 * @param[out] buffer  Default features, dynamic ones disabled by XFD.
 *
 * @par Source
 * Linux fpstate_reset().
 */
VPRIM_API VPRIM_NONNULL
void vprim_xstate_perm_task(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm_buffer *buffer);

/**
 * @brief The buffer of a new vCPU; the first one locks the guest permission.
 *
 * Features and size are the guest default, with the supervisor components for
 * guests only; XFD is 0. The lock is never taken off before exec.
 *
 * @param[in]     config  The kernel.
 * @param[in,out] perm    The permissions.
 * @param[out]    buffer  The buffer; NULL only locks.
 *
 * @par Source
 * Linux fpu_alloc_guest_fpstate() and fpu_lock_guest_permissions().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2)
void vprim_xstate_perm_vcpu(const struct vprim_xstate_perm_config *config,
			    struct vprim_xstate_perm *perm,
			    struct vprim_xstate_perm_buffer *buffer);

/**
 * @brief Enable dynamic components in a buffer.
 *
 * For a vCPU this is what KVM_SET_CPUID2 does with the dynamic bits of the
 * guest's 0xD.0; for a task, what the first use of a disabled component does.
 * Bits that are no dynamic component, and bits enabled before, ask for nothing. A task's
 * instruction runs again after 0, and gets SIGILL for -EPERM and SIGSEGV for -EFAULT.
 *
 * @param[in]     config     The kernel.
 * @param[in]     perm       The permissions; the buffer's @c is_guest chooses.
 * @param[in,out] buffer     The buffer. Changed only when it grows: features,
 *                           sizes, and XFD without these bits.
 * @param[in]     wanted     Components.
 * @param[in]     can_alloc  Whether memory for the larger buffer is to be had.
 *
 * @retval 0        All are enabled.
 * @retval -EPERM   One is not permitted.
 * @retval -EFAULT  Permitted, but there is no memory.
 *
 * @par Source
 * Linux __xfd_enable_feature(), fpu_enable_guest_xfd_features() and handle_xfd_event().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_xstate_perm_enable(const struct vprim_xstate_perm_config *config,
			     const struct vprim_xstate_perm *perm,
			     struct vprim_xstate_perm_buffer *buffer,
			     uint64_t wanted, bool can_alloc);

/** @name KVM
 * @{ */

/**
 * @brief What a KVM module can give its guests.
 *
 * One guest may set what it can give and the guest's CPUID shows, xcr0 and EDX:EAX
 * of leaf 0xD.0, xss and EDX:ECX of 0xD.1. KVM_GET_XSAVE may show these of XCR0 in
 * XSTATE_BV, and x87 and SSE always.
 */
struct vprim_xstate_perm_kvm {
	uint64_t xcr0;		/**< supported_xcr0. */
	uint64_t xss;		/**< supported_xss. */
	/** Of the host's XCR0 and IA32_XSS, what guests do not get: the @c withheld
	 *  of struct vprim_xstate_destination, to judge a migration by. */
	uint64_t withheld;
};

/** @brief The host that a KVM module runs on. */
struct vprim_xstate_perm_kvm_host {
	uint64_t xcr0;		/**< XCR0 of the host. */
	uint64_t xss;		/**< IA32_XSS of the host. */
	bool xsaves;		/**< It has XSAVES. */
	bool shstk;		/**< KVM offers guests the shadow stack. */
	bool ibt;		/**< KVM offers guests branch tracking. */
	bool amd;		/**< kvm_amd, else kvm_intel. */
	uint32_t release;	/**< @ref VPRIM_LINUX or @ref VPRIM_LINUX_NEWEST. */
};

/**
 * @brief What a KVM module can give, from what the host has enabled.
 *
 * IA32_XSS: nothing before 6.18 and without XSAVES; else CET_U and CET_S, both or
 * neither, and neither when guests get neither shadow stacks nor branch tracking.
 * Where the host has one of the two alone, KVM withdraws shadow stacks and branch
 * tracking as well. XCR0: kvm_amd leaves MPX and APX out.
 *
 * @param[in] host  The host.
 * @return The masks.
 *
 * @par Source
 * Linux KVM KVM_SUPPORTED_XCR0 and kvm_setup_xss_caps(); svm_set_cpu_caps(). Of a
 * guest, cpuid_get_supported_xcr0(), cpuid_get_supported_xss() and
 * kvm_vcpu_ioctl_x86_get_xsave2().
 */
VPRIM_API VPRIM_NONNULL
struct vprim_xstate_perm_kvm
vprim_xstate_perm_kvm_supported(const struct vprim_xstate_perm_kvm_host *host);

/**
 * @brief supported_xcr0 without what the process has no permission for.
 *
 * @param[in] supported_xcr0  What the module can give.
 * @param[in] guest_perm      The guest permission's mask, lock or not.
 * @return The mask. XTILECFG goes with XTILEDATA.
 *
 * @par Source
 * Linux KVM kvm_get_filtered_xcr0().
 */
VPRIM_API
uint64_t vprim_xstate_perm_kvm_filtered(uint64_t supported_xcr0,
					uint64_t guest_perm);

/**
 * @brief KVM_CAP_XSAVE2: bytes of the buffer for KVM_GET_XSAVE2.
 * @param[in] table     The host's table.
 * @param[in] filtered  vprim_xstate_perm_kvm_filtered().
 * @return At least 4096.
 *
 * @par Source
 * Linux KVM kvm_vm_ioctl_check_extension().
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_xstate_perm_kvm_xsave2_size(const struct vprim_xstate_table *table,
					   uint64_t filtered);

/** @brief Whether a VM hides its floating-point state. */
enum vprim_xstate_perm_secrecy {
	VPRIM_XSTATE_PERM_OPEN,		/**< It does not. */
	VPRIM_XSTATE_PERM_HIDDEN,	/**< It does; GET and SET do nothing. */
	/** It does, and the VM declares protected state: GET and SET fail. */
	VPRIM_XSTATE_PERM_PROTECTED,
};

/**
 * @brief KVM_GET_XSAVE (fixed size) or KVM_GET_XSAVE2.
 *
 * @param[in]  buffer   The vCPU's buffer.
 * @param[in]  fixed    KVM_GET_XSAVE.
 * @param[in]  secrecy  Of the VM.
 * @param[out] bytes    Bytes copied out; 0 when nothing is done. Written only on
 *                      success.
 * @param[out] why      Which of the two; may be NULL.
 *
 * @retval 0        @p bytes is valid.
 * @retval -EINVAL  The state does not fit in 4096 bytes and @p fixed is set, or
 *                  the VM's state is protected.
 *
 * @par Source
 * Linux KVM kvm_vcpu_ioctl_x86_get_xsave() and ..._xsave2().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 4) VPRIM_MUST_CHECK
int vprim_xstate_perm_kvm_get_xsave(const struct vprim_xstate_perm_buffer *buffer,
				    bool fixed,
				    enum vprim_xstate_perm_secrecy secrecy,
				    uint32_t *bytes, struct vprim_reason *why);

/**
 * @brief KVM_SET_XSAVE.
 *
 * Components that XFD disables are taken out of XSTATE_BV before anything is
 * checked, for the sake of old programs. Then: a bit outside the module's mask,
 * then the checks of VPRIM_XSTATE_BY_KVM.
 *
 * @param[in]  header      The image's fields.
 * @param[in]  buffer      The vCPU's buffer.
 * @param[in]  supported   supported_xcr0.
 * @param[in]  mxcsr_mask  MXCSR_MASK; 0 means VPRIM_XSTATE_MXCSR_MASK.
 * @param[in]  secrecy     Of the VM.
 * @param[out] xstate_bv   XSTATE_BV taken; 0 when nothing is done. Written only
 *                         on success; may be NULL.
 * @param[out] why         For -EINVAL by a rule: which; may be NULL.
 *
 * @retval 0        It is taken.
 * @retval -EINVAL  It is not, or the VM's state is protected.
 *
 * @par Source
 * Linux KVM kvm_vcpu_ioctl_x86_set_xsave(), fpu_copy_uabi_to_guest_fpstate().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_perm_kvm_set_xsave(const struct vprim_xstate_header *header,
				    const struct vprim_xstate_perm_buffer *buffer,
				    uint64_t supported, uint32_t mxcsr_mask,
				    enum vprim_xstate_perm_secrecy secrecy,
				    uint64_t *xstate_bv,
				    struct vprim_reason *why);

/** @brief One extended control register of KVM_SET_XCRS. */
struct vprim_xstate_perm_xcr {
	uint32_t index;	/**< Its number. */
	uint64_t value;	/**< Its value. */
};

/**
 * @brief KVM_SET_XCRS.
 *
 * Only the first entry for XCR0 counts; without one nothing changes.
 *
 * @param[in]     xcrs        The entries; may be NULL when @p count is 0.
 * @param[in]     count       Number of entries.
 * @param[in]     flags       Flags of the call; none exist.
 * @param[in]     guest_xcr0  guest_supported_xcr0.
 * @param[in,out] xcr0        The vCPU's XCR0. Written only on success.
 * @param[out]    why         For -EINVAL by a rule on XCR0: which; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  Over 16 entries or a flag (argument), or an illegal XCR0.
 *
 * @par Source
 * Linux KVM kvm_vcpu_ioctl_x86_set_xcrs().
 */
VPRIM_API VPRIM_NONNULL_ARGS(5) VPRIM_MUST_CHECK
int vprim_xstate_perm_kvm_set_xcrs(const struct vprim_xstate_perm_xcr *xcrs,
				   uint32_t count, uint32_t flags,
				   uint64_t guest_xcr0, uint64_t *xcr0,
				   struct vprim_reason *why);

/** @brief What a module shows of leaf 0xD. */
struct vprim_xstate_perm_kvm_caps {
	uint64_t xcr0;		/**< vprim_xstate_perm_kvm_filtered(). */
	uint64_t xss;		/**< supported_xss. */
	uint32_t features;	/**< Flags of 0xD.1 EAX that it knows. */
};

/**
 * @brief One sub-leaf of 0xD as KVM_GET_SUPPORTED_CPUID gives it.
 *
 * @param[in]  table     The host's table.
 * @param[in]  caps      What the module shows.
 * @param[in]  sub_leaf  Sub-leaf, 0 to 63.
 * @param[out] leaf      The registers. Written only on success.
 *
 * @retval 0        @p leaf is valid.
 * @retval -ENOENT  The sub-leaf is not given: no permitted component, no size,
 *                  or of the other kind than ECX says.
 * @retval -EINVAL  @p sub_leaf is over 63.
 *
 * @par Source
 * Linux KVM __do_cpuid_func(), leaf 0xD.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_xstate_perm_kvm_cpuid(const struct vprim_xstate_table *table,
				const struct vprim_xstate_perm_kvm_caps *caps,
				uint32_t sub_leaf,
				struct vprim_xstate_leaf *leaf);
/** @} */

VPRIM_END_DECLS

#endif
