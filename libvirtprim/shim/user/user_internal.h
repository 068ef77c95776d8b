/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the files of the userspace shim say what failed. */
#ifndef VIRTPRIM_USER_INTERNAL_H
#define VIRTPRIM_USER_INTERNAL_H
#include <errno.h>
#include <virtprim/refuse.h>
#include <virtprim/user_fault.h>

const struct vprim_rule *vprim_user_rule_(enum vprim_user_rule id);

/* Fill @fault; gives the rule's negative errno, or the kernel's in the value. */
int vprim_user_refuse_(struct vprim_user_fault *fault, const char *call,
		       const char *subject, const struct vprim_reason *why);

/* An unknown flag or enumerator. */
static inline int vprim_user_argument_(struct vprim_user_fault *fault,
				       const char *call, const char *subject)
{
	struct vprim_reason why;

	vprim_reason_argument_(&why);
	vprim_user_refuse_(fault, call, subject, &why);
	return -EINVAL;
}

#define BECAUSE(id, ...) \
	(&(struct vprim_reason){ .rule = vprim_user_rule_(id), __VA_ARGS__ })

#define user_refuse_by(fault, call, subject, id, ...) \
	vprim_user_refuse_(fault, call, subject, BECAUSE(id, __VA_ARGS__))
#define user_refuse(fault, call, subject, id, ...) \
	user_refuse_by(fault, call, subject, VPRIM_USER_RULE_##id, __VA_ARGS__)

/* The kernel answered @error, and no more is known. */
static inline int user_failed(struct vprim_user_fault *fault, const char *call,
			      const char *subject, int error)
{
	return user_refuse(fault, call, subject, ERRNO,
			   VALUE((unsigned int)error));
}

/* The kernel's errno stays; the library knows more of why. */
static inline int user_because(struct vprim_user_fault *fault, int ret,
			       const struct vprim_reason *why)
{
	if (fault)
		fault->reason = *why;
	return ret;
}

#endif
