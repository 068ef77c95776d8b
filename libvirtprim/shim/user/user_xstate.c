// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Readers of extended state: the processor, the kernel's permissions, KVM.
 *
 * An older kernel answers EINVAL to an arch_prctl that it does not know, as it
 * does to a component that it does not know; which of them it is shows by what
 * was asked.
 */
#include <virtprim/user_kvm.h>
#include <virtprim/user_xstate.h>

#include "user_x86.h"

#include <stdlib.h>

#ifdef USER_X86
#include <cpuid.h>
#endif
#ifdef USER_X86_PRCTL
#include <sys/syscall.h>
#include <unistd.h>
#endif
#ifdef USER_X86_KVM
#include <linux/kvm.h>
#include <sys/ioctl.h>
#endif

/* -- the processor -- */

#ifdef USER_X86

#define OSXSAVE (1u << 27)

/* Only after OSXSAVE was seen: it faults otherwise. */
static uint64_t read_xcr0(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

static void read_leaf7(struct vprim_xstate_perm_cpuid *flags)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
		return;
	flags->leaf7_ebx = b;
	flags->leaf7_ecx = c;
	flags->leaf7_edx = d;
	if (a)
		__cpuid_count(7, 1, a, b, c, flags->leaf7_1_edx);
}

int vprim_user_xstate_read(struct vprim_user_xstate *host,
			   struct vprim_user_fault *fault)
{
	unsigned int a, b, c, d, n;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE))
		return user_refuse(fault, "CPUID", NULL, X86_XSAVE);
	memset(host, 0, sizeof(*host));
	host->flags.leaf1_ecx = c;
	host->flags.leaf1_edx = d;
	read_leaf7(&host->flags);
	for (n = 0; n < VPRIM_XSTATE_LEAVES; n++) {
		struct vprim_xstate_leaf *l = &host->leaf[n];

		__cpuid_count(0xd, n, l->eax, l->ebx, l->ecx, l->edx);
	}
	host->xcr0 = read_xcr0();
	return 0;
}

#else

int vprim_user_xstate_read(struct vprim_user_xstate *host,
			   struct vprim_user_fault *fault)
{
	(void)host;
	return user_refuse(fault, "CPUID", NULL, X86_OTHER);
}

#endif

int vprim_user_xstate_table(struct vprim_xstate_table *table,
			    struct vprim_user_fault *fault)
{
	struct vprim_user_xstate host;
	struct vprim_reason reason;
	int ret = vprim_user_xstate_read(&host, fault);

	if (ret)
		return ret;
	ret = vprim_xstate_table_init(table, host.leaf, VPRIM_XSTATE_LEAVES,
				      &reason);
	return ret ? user_refuse(fault, "CPUID", NULL, X86_LEAF,
				 VALUE(reason.at)) : 0;
}

/* -- permissions -- */

#ifdef USER_X86_PRCTL

static int get_mask(const char *call, long op, uint64_t *mask,
		    struct vprim_user_fault *fault)
{
	unsigned long value = 0;

	if (syscall(SYS_arch_prctl, op, &value))
		return user_because(fault, user_failed(fault, call, NULL, errno),
				    BECAUSE(VPRIM_USER_RULE_X86_OLD));
	*mask = value;
	return 0;
}

int vprim_user_xstate_supported(uint64_t *mask, struct vprim_user_fault *fault)
{
	return get_mask("arch_prctl ARCH_GET_XCOMP_SUPP",
			VPRIM_XSTATE_PERM_GET_SUPP, mask, fault);
}

int vprim_user_xstate_permitted(enum vprim_xstate_perm_who who, uint64_t *mask,
				struct vprim_user_fault *fault)
{
	switch (who) {
	case VPRIM_XSTATE_PERM_HOST:
		return get_mask("arch_prctl ARCH_GET_XCOMP_PERM",
				VPRIM_XSTATE_PERM_GET_PERM, mask, fault);
	case VPRIM_XSTATE_PERM_GUEST:
		return get_mask("arch_prctl ARCH_GET_XCOMP_GUEST_PERM",
				VPRIM_XSTATE_PERM_GET_GUEST_PERM, mask, fault);
	default:
		return vprim_user_argument_(fault, "arch_prctl", NULL);
	}
}

/* What the kernel means by its errno. */
static enum vprim_user_rule meaning(int error)
{
	switch (error) {
	case EINVAL: return VPRIM_USER_RULE_X86_UNKNOWN;
	case EOPNOTSUPP: return VPRIM_USER_RULE_X86_ABSENT;
	case EBUSY: return VPRIM_USER_RULE_X86_LOCKED;
	case ENOSPC: return VPRIM_USER_RULE_X86_ALTSTACK;
	default: return VPRIM_USER_RULE_ERRNO;
	}
}

static int request(const char *call, long op, uint64_t number,
		   struct vprim_user_fault *fault)
{
	enum vprim_user_rule rule;
	int ret;

	if (!syscall(SYS_arch_prctl, op, (unsigned long)number))
		return 0;
	ret = user_failed(fault, call, NULL, errno);
	rule = meaning(-ret);
	if (rule != VPRIM_USER_RULE_ERRNO)
		user_because(fault, ret, BECAUSE(rule, VALUE(number)));
	return ret;
}

int vprim_user_xstate_request(enum vprim_xstate_perm_who who, uint64_t number,
			      struct vprim_user_fault *fault)
{
	switch (who) {
	case VPRIM_XSTATE_PERM_HOST:
		return request("arch_prctl ARCH_REQ_XCOMP_PERM",
			       VPRIM_XSTATE_PERM_REQ_PERM, number, fault);
	case VPRIM_XSTATE_PERM_GUEST:
		return request("arch_prctl ARCH_REQ_XCOMP_GUEST_PERM",
			       VPRIM_XSTATE_PERM_REQ_GUEST_PERM, number, fault);
	default:
		return vprim_user_argument_(fault, "arch_prctl", NULL);
	}
}

#else

int vprim_user_xstate_supported(uint64_t *mask, struct vprim_user_fault *fault)
{
	(void)mask;
	return user_refuse(fault, "arch_prctl", NULL, X86_OTHER);
}

int vprim_user_xstate_permitted(enum vprim_xstate_perm_who who, uint64_t *mask,
				struct vprim_user_fault *fault)
{
	(void)who;
	return vprim_user_xstate_supported(mask, fault);
}

int vprim_user_xstate_request(enum vprim_xstate_perm_who who, uint64_t number,
			      struct vprim_user_fault *fault)
{
	(void)number;
	(void)who;
	return user_refuse(fault, "arch_prctl", NULL, X86_OTHER);
}

#endif

/* -- KVM -- */

#ifdef USER_X86_KVM

#ifndef KVM_CAP_XSAVE2
#define KVM_CAP_XSAVE2 208
#endif
#ifndef KVM_X86_XCOMP_GUEST_SUPP
#define KVM_X86_XCOMP_GUEST_SUPP 0
#endif

/* What KVM_GET_XSAVE moves, and the least that KVM_GET_XSAVE2 does. */
#define XSAVE_BYTES 4096u

static void take_leaf(const struct kvm_cpuid_entry2 *e,
		      struct vprim_xstate_leaf *leaf, uint64_t *given)
{
	if (e->function != 0xd || e->index >= VPRIM_XSTATE_LEAVES)
		return;
	leaf[e->index] = (struct vprim_xstate_leaf){ e->eax, e->ebx, e->ecx,
						     e->edx };
	*given |= VPRIM_XSTATE_BIT(e->index);
}

int vprim_user_xstate_kvm_leaves(int kvm, struct vprim_xstate_leaf *leaf,
				 uint64_t *given, struct vprim_user_fault *fault)
{
	struct kvm_cpuid2 *list;
	uint64_t mask = 0;
	uint32_t i;
	int ret = vprim_user_kvm_cpuid(kvm, &list, fault);

	if (ret)
		return ret;
	memset(leaf, 0, VPRIM_XSTATE_LEAVES * sizeof(*leaf));
	for (i = 0; i < list->nent; i++)
		take_leaf(&list->entries[i], leaf, &mask);
	free(list);
	if (given)
		*given = mask;
	return 0;
}

int vprim_user_xstate_kvm_supported(int kvm, uint64_t *mask,
				    struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_GET_DEVICE_ATTR XCOMP_GUEST_SUPP";
	uint64_t supported = 0;
	struct kvm_device_attr attr = {
		.attr = KVM_X86_XCOMP_GUEST_SUPP,
		.addr = (uint64_t)(uintptr_t)&supported,
	};
	int ret;

	if (!ioctl(kvm, KVM_GET_DEVICE_ATTR, &attr)) {
		*mask = supported;
		return 0;
	}
	ret = user_failed(fault, call, NULL, errno);
	return ret == -ENXIO || ret == -ENOTTY ?
	       user_because(fault, ret, BECAUSE(VPRIM_USER_RULE_X86_OLD)) : ret;
}

int vprim_user_xstate_kvm_size(int vm, uint32_t *size_bytes,
			       struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_CHECK_EXTENSION KVM_CAP_XSAVE2";
	int size = ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2);

	if (size < 0)
		return user_failed(fault, call, NULL, errno);
	*size_bytes = size ? (uint32_t)size : XSAVE_BYTES;
	return 0;
}

#else

int vprim_user_xstate_kvm_leaves(int kvm, struct vprim_xstate_leaf *leaf,
				 uint64_t *given, struct vprim_user_fault *fault)
{
	(void)kvm;
	(void)leaf;
	(void)given;
	return user_refuse(fault, "open", NULL, X86_OTHER);
}

int vprim_user_xstate_kvm_supported(int kvm, uint64_t *mask,
				    struct vprim_user_fault *fault)
{
	(void)kvm;
	(void)mask;
	return user_refuse(fault, "open", NULL, X86_OTHER);
}

int vprim_user_xstate_kvm_size(int vm, uint32_t *size_bytes,
			       struct vprim_user_fault *fault)
{
	(void)vm;
	(void)size_bytes;
	return user_refuse(fault, "open", NULL, X86_OTHER);
}

#endif
