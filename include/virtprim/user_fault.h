/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_fault.h
 * @brief Why a call of the userspace shim failed: which system call, with what
 *        errno, on what, and what the library has to say about it.
 *
 * An errno alone does not tell which of the six calls that open a device failed.
 * Each shim call that can fail takes a @ref vprim_user_fault as its last
 * parameter, which may be NULL, and fills it on failure:
 *
 *     open on /dev/vfio/7: Device or resource busy
 *
 * A fault belongs to one thread at a time. No allocation, no locks.
 */
#ifndef VIRTPRIM_USER_FAULT_H
#define VIRTPRIM_USER_FAULT_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * @brief What the shim makes of a kernel's and a processor's answers; a comment
 *        gives the errno and what of @ref vprim_reason is filled.
 */
enum vprim_user_rule {
	/** The kernel's errno [value]: it answered errno V, and no more is
	 *  known. */
	VPRIM_USER_RULE_ERRNO = 0x280,
	/** EINVAL: not the name of a device. */
	VPRIM_USER_RULE_NAME,
	/** ENOENT: no such device on any bus that is looked at. */
	VPRIM_USER_RULE_DEVICE,
	/** ENOENT: no VFIO driver is bound to the device. */
	VPRIM_USER_RULE_DRIVER,
	/** ENOENT: the interface is not there, or its module is not loaded. */
	VPRIM_USER_RULE_MODULE,
	/** EACCES: this user may not open it. */
	VPRIM_USER_RULE_ACCESS,
	/** EBUSY: it is open or bound already. */
	VPRIM_USER_RULE_IN_USE,
	/** EOPNOTSUPP [value]: the kernel speaks version V of the interface. */
	VPRIM_USER_RULE_VERSION,
	/** EOPNOTSUPP [value]: the container has no IOMMU of kind V. */
	VPRIM_USER_RULE_KIND,
	/** EPERM: a device of the group belongs to another driver. */
	VPRIM_USER_RULE_VIABLE,
	/** EPERM: the IOMMU does not remap interrupts. */
	VPRIM_USER_RULE_INTERRUPTS,
	/** ENODEV: no IOMMU takes the device. */
	VPRIM_USER_RULE_IOMMU,
	/** ENODEV: the device is not in the group. */
	VPRIM_USER_RULE_GROUP,
	/** ENOMEM: memory, or the limit of locked memory, is used up. */
	VPRIM_USER_RULE_MEMORY,
	/** EFAULT [range]: the process has no such memory behind iova R. */
	VPRIM_USER_RULE_VADDR,
	/** EINVAL [range]: R or the memory behind it is not whole pages, or
	 *  reserved. */
	VPRIM_USER_RULE_ALIGN,
	/** EEXIST [range]: the kernel holds a mapping in R that was made
	 *  elsewhere. */
	VPRIM_USER_RULE_PRESENT,
	/** ENOSPC: the container takes no more mappings. */
	VPRIM_USER_RULE_ENTRIES,
	/** E2BIG [value]: an answer grew too often, or beyond the buffer,
	 *  to V bytes. */
	VPRIM_USER_RULE_GREW,
	/** ENOENT [range]: nothing is mapped in R. */
	VPRIM_USER_RULE_NOTHING,
	/** EINVAL [range, hit]: mapping H sticks out of R. */
	VPRIM_USER_RULE_STICKS_OUT,
	/** EIO [range, value]: the kernel says that it unmapped V bytes of
	 *  R, which is wrong. */
	VPRIM_USER_RULE_UNMAPPED,
	/** EIO: an earlier unmap went wrong; only closing the container
	 *  helps. */
	VPRIM_USER_RULE_SPOILED,
	/** ENOTTY: the device cannot be reset alone. */
	VPRIM_USER_RULE_RESET,
	/** ENOENT: the device has no IOMMU group. */
	VPRIM_USER_RULE_GROUPLESS,
	/** ENODEV: the group has no IOMMU behind it, and the container is for
	 *  one. */
	VPRIM_USER_RULE_NOIOMMU,
	/** EOPNOTSUPP: nothing can be mapped without an IOMMU. */
	VPRIM_USER_RULE_UNMAPPABLE,
	/** EINVAL [hit]: firmware asks for H to stay mapped 1:1. */
	VPRIM_USER_RULE_DIRECT,
	/** EPERM: one of VPRIM_USER_RULE_INTERRUPTS and
	 *  VPRIM_USER_RULE_DIRECT. */
	VPRIM_USER_RULE_INTERRUPTS_OR_DIRECT,
	/** EINVAL: one of VPRIM_USER_RULE_DIRECT and
	 *  VPRIM_USER_RULE_IN_USE. */
	VPRIM_USER_RULE_DIRECT_OR_IN_USE,
	/** EINVAL: one of VPRIM_USER_RULE_DIRECT and VPRIM_USER_RULE_UNFIT. */
	VPRIM_USER_RULE_DIRECT_OR_UNFIT,
	/** EINVAL: the device does not fit into the address space. */
	VPRIM_USER_RULE_UNFIT,
	/** EBUSY: one of VPRIM_USER_RULE_IN_USE and VPRIM_USER_RULE_VIABLE. */
	VPRIM_USER_RULE_IN_USE_OR_VIABLE,
	/** EACCES: the device asks for a VF token, or for another. */
	VPRIM_USER_RULE_TOKEN,
	/** EINVAL: the device cannot be enabled, or takes no VF token. */
	VPRIM_USER_RULE_ASLEEP,
	/** EPERM: forbidden to this process, or CAP_SYS_RAWIO is missing. */
	VPRIM_USER_RULE_FORBIDDEN,
	/** EINVAL: no device is in the container yet. */
	VPRIM_USER_RULE_EMPTY,
	/** EFAULT [range]: one of VPRIM_USER_RULE_VADDR and
	 *  VPRIM_USER_RULE_BAR. */
	VPRIM_USER_RULE_VADDR_OR_BAR,
	/** EFAULT [range]: a device's memory is behind R, which iommufd cannot
	 *  pin. */
	VPRIM_USER_RULE_BAR,
	/** ENOMEM [value]: the limit of locked memory is V bytes, and does not
	 *  do. */
	VPRIM_USER_RULE_LOCKED,
	/** EPERM: the reset concerns a device that is not open here. */
	VPRIM_USER_RULE_NOT_OURS,
	/** EOPNOTSUPP: only iommufd has this. */
	VPRIM_USER_RULE_IOMMUFD,
	/** EINVAL: no such interrupts, or they cannot do that. */
	VPRIM_USER_RULE_IRQ,
	/** ENODEV: neither the device's slot nor its bus can be reset. */
	VPRIM_USER_RULE_HOT_RESET,
	/** EBADMSG: a line of reserved_regions that nobody can read. */
	VPRIM_USER_RULE_REGIONS,
	/** EOPNOTSUPP: the kernel or the IOMMU cannot track what is dirty. */
	VPRIM_USER_RULE_UNTRACKED,
	/** EINVAL [range]: tracking is off, the page size another, or R cuts a
	 *  mapping. */
	VPRIM_USER_RULE_DIRTY,
	/** EOPNOTSUPP: the kernel, or the region, gives no dma-buf. */
	VPRIM_USER_RULE_DMABUF,
	/** EOPNOTSUPP: the kernel cannot map files. */
	VPRIM_USER_RULE_FILE,
	/** EINVAL: a VF token was given, and is taken by kernel or device not
	 *  at all; or one of VPRIM_USER_RULE_DIRECT_OR_IN_USE. */
	VPRIM_USER_RULE_NO_TOKEN,
	/** EINVAL: the device logs already, or not yet, or not these ranges. */
	VPRIM_USER_RULE_LOG,
	/** EPERM: one of VPRIM_USER_RULE_DIRECT and VPRIM_USER_RULE_VIABLE. */
	VPRIM_USER_RULE_DIRECT_OR_VIABLE,

	/** EOPNOTSUPP: not a program on an x86 processor under Linux. */
	VPRIM_USER_RULE_X86_OTHER = 0x300,
	/** EOPNOTSUPP: no XSAVE, or the system does not use it. */
	VPRIM_USER_RULE_X86_XSAVE,
	/** EINVAL [value]: sub-leaf V of CPUID 0xD contradicts another. */
	VPRIM_USER_RULE_X86_LEAF,
	/** EINVAL [value]: PAT value V has an entry that is no memory type. */
	VPRIM_USER_RULE_X86_PAT,
	/** EOPNOTSUPP [value]: the vCPU has no MSR V, or refuses the value. */
	VPRIM_USER_RULE_X86_MSR,
	/** EINVAL [value]: the kernel knows no component V. */
	VPRIM_USER_RULE_X86_UNKNOWN,
	/** EOPNOTSUPP [value]: component V is not here, or not to be asked
	 *  for. */
	VPRIM_USER_RULE_X86_ABSENT,
	/** EBUSY [value]: component V was asked for after the first vCPU. */
	VPRIM_USER_RULE_X86_LOCKED,
	/** ENOSPC [value]: component V needs a larger alternate signal
	 *  stack. */
	VPRIM_USER_RULE_X86_ALTSTACK,
	/** EMSGSIZE [value]: the extended state takes V bytes. */
	VPRIM_USER_RULE_X86_ROOM,
	/** EINVAL, or what the kernel answers: it is too old for this call. */
	VPRIM_USER_RULE_X86_OLD,
};

/** @brief The rules of the shim; module "user". */
VPRIM_API
extern const struct vprim_rules vprim_user_rules;

/** @brief Those of them that speak of a processor and of KVM; module "x86". */
VPRIM_API
extern const struct vprim_rules vprim_user_x86_rules;

/** Bytes of vprim_user_fault::subject, with its NUL. */
#define VPRIM_USER_FAULT_SUBJECT_BYTES 48

/** @brief Where and why the kernel (or the library, before asking it) refused. */
struct vprim_user_fault {
	/** What was tried, as static text: "open", "ioctl VFIO_IOMMU_MAP_DMA".
	 *  NULL: nothing failed. */
	const char *call;
	int error;			/**< Positive errno, kept. */
	/** The library's explanation; no rule when it has none. */
	struct vprim_reason reason;
	/** What it was done to: a path, "region 3". Ends in NUL, may be empty. */
	char subject[VPRIM_USER_FAULT_SUBJECT_BYTES];
};

/**
 * @brief Note a failure; its reason is none until the caller fills one in.
 *
 * @param[out] fault    Filled whole; NULL when nobody asks.
 * @param[in]  call     What was tried, static text; NULL says that nothing failed.
 * @param[in]  error    Positive errno.
 * @param[in]  subject  What it was done to, or NULL. Longer text is cut.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API
void vprim_user_fault_set(struct vprim_user_fault *fault, const char *call,
			  int error, const char *subject);

/**
 * @brief Say it in one line, without a newline.
 *
 * Call, subject, the C library's text for the errno, and after a semicolon the
 * sentence of the reason; what is not there is left out. Thread-safe where
 * strerror() is.
 *
 * @param[in]  fault       A failure.
 * @param[out] buf         The caller's buffer; always ends in NUL when
 *                         @p size_bytes is not 0, cut short when too small. May
 *                         be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p buf.
 * @return Characters of the whole line without its NUL, as vprim_reason_text().
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
size_t vprim_user_fault_text(const struct vprim_user_fault *fault, char *buf,
			     size_t size_bytes);

VPRIM_END_DECLS

#endif
