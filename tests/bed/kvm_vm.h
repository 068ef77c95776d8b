/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A virtual machine with one vCPU on /dev/kvm, small enough to be made anew for
 * a test, and what the three comparisons of diff_kvm share.
 */
#ifndef KVM_VM_H
#define KVM_VM_H
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __x86_64__
#include <linux/kvm.h>

#define VM_BYTES (4u << 20)
#define VM_CPUID_MAX 256u

/* How the guest's CPUID differs from all that KVM offers. */
struct vm_kind {
	const char *name;
	uint32_t phys_bits;	/* physical address width; 0: as offered */
	bool poor;		/* without NX, SMEP, SMAP, FSGSBASE, UMIP, PCID, XSAVE */
};

struct vm {
	int kvm, fd, vcpu;
	struct kvm_run *run;
	size_t run_bytes;
	uint8_t *mem;
	struct kvm_cpuid2 *cpuid;
};

/* Every one of these ends the program when the kernel refuses. */
void vm_open(struct vm *vm, const struct vm_kind *kind);
void vm_close(struct vm *vm);
void vm_get_sregs(const struct vm *vm, struct kvm_sregs *sregs);
void vm_set_sregs(const struct vm *vm, const struct kvm_sregs *sregs);
void vm_set_regs(const struct vm *vm, const struct kvm_regs *regs);
uint64_t vm_get_msr(const struct vm *vm, uint32_t index);
/* Runs the guest; the exit reason. */
uint32_t vm_run(const struct vm *vm);

/* KVM_SET_MSRS: how many of @nr entries were taken. */
int vm_set_msrs(const struct vm *vm, uint32_t index, const uint64_t *values,
		unsigned int nr);

/* The registers of a CPUID leaf, or NULL when the guest does not have it. */
const struct kvm_cpuid_entry2 *vm_cpuid(const struct vm *vm, uint32_t function,
					uint32_t index);
uint32_t vm_phys_bits(const struct vm *vm);

/* "Y" or "1" in a parameter of kvm_amd. */
bool vm_parameter(const char *name);

/* End the program: something the comparison rests on does not hold. */
__attribute__((format(printf, 1, 2), noreturn))
void vm_die(const char *format, ...);

/* SplitMix64. */
uint64_t rng_next(void);
uint64_t rng_below(uint64_t bound);

/* -- the account -- */

enum documented {
	DOC_GIF_REFUSED,	/* GIF clear while EFER.SVME is clear */
	DOC_GIF_FORCED,		/* clearing EFER.SVME sets GIF */
	DOC_VNMI,		/* virtual NMIs without the intercept of NMIs */
	DOC_LATE_CR3,		/* L2's CR3 judged after the commit */
	DOC_SHARED_PAT,		/* L1 and L2 share one PAT */
	DOC_UNCHECKED_G_PAT,	/* VMRUN takes an illegal G_PAT */
	NR_DOCUMENTED
};

struct account {
	uint64_t asked;		/* values, states and runs given to the kernel */
	uint64_t refused;	/* of them, refused */
	uint64_t looked;	/* looks at what the vCPU held afterwards */
	uint64_t documented[NR_DOCUMENTED];
	uint64_t differ;	/* differences with no documented reason */
};
extern struct account account;

/* Counts a difference and says where; a few are enough to see. */
__attribute__((format(printf, 1, 2)))
void differs(const char *format, ...);

void diff_pat(uint64_t randoms);
void diff_nested_state(uint64_t randoms);
void diff_nested_pat(void);

#endif /* __x86_64__ */
#endif
