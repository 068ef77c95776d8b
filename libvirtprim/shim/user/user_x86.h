/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the x86 files of the userspace shim share: where they work, and refusals. */
#ifndef VIRTPRIM_USER_X86_H
#define VIRTPRIM_USER_X86_H
#include <virtprim/user_fault.h>

#include <errno.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#define USER_X86 1
#if defined(__has_include)
#if __has_include(<linux/kvm.h>)
#define USER_X86_KVM 1
#endif
#endif
#endif

#if defined(USER_X86) && defined(__LP64__)
#define USER_X86_PRCTL 1
#endif

/* Before the kernel was asked. */
static inline int user_x86_refuse(struct vprim_user_fault *fault, const char *call,
				  enum vprim_reason_rule rule)
{
	int ret = vprim_reason_errno(rule);

	vprim_user_fault_set(fault, call, -ret, NULL);
	if (fault)
		vprim_reason_set(&fault->reason, rule, NULL, NULL);
	return ret;
}

static inline int user_x86_refuse_value(struct vprim_user_fault *fault,
					const char *call,
					enum vprim_reason_rule rule,
					uint64_t value)
{
	int ret = vprim_reason_errno(rule);

	vprim_user_fault_set(fault, call, -ret, NULL);
	if (fault)
		vprim_reason_set_value(&fault->reason, rule, value);
	return ret;
}

/* The kernel did; errno is its answer. */
static inline int user_x86_failed(struct vprim_user_fault *fault, const char *call,
				  const char *subject)
{
	int error = errno;

	vprim_user_fault_set(fault, call, error, subject);
	if (fault)
		vprim_reason_set_value(&fault->reason, VPRIM_REASON_USER_ERRNO,
				       (unsigned int)error);
	return -error;
}

/* The same, where more is known about why. */
static inline int user_x86_because(struct vprim_user_fault *fault, int ret,
				   enum vprim_reason_rule rule)
{
	if (fault)
		vprim_reason_set(&fault->reason, rule, NULL, NULL);
	return ret;
}

#endif
