// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* /dev/kvm: descriptors in the order in which KVM wants them, and the PAT. */
#include <virtprim/pat.h>
#include <virtprim/user_kvm.h>
#include <virtprim/user_xstate.h>

#include "user_x86.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef USER_X86_KVM

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef KVM_CAP_XSAVE2
#define KVM_CAP_XSAVE2 208
#define KVM_GET_XSAVE2 _IOR(KVMIO, 0xcf, struct kvm_xsave)
#endif

#define DEVICE "/dev/kvm"

static int not_opened(struct vprim_user_fault *fault)
{
	int ret = user_failed(fault, "open", DEVICE, errno);

	if (ret == -ENOENT || ret == -ENXIO || ret == -ENODEV)
		return user_because(fault, ret, BECAUSE(VPRIM_USER_RULE_MODULE));
	if (ret == -EACCES || ret == -EPERM)
		return user_because(fault, ret, BECAUSE(VPRIM_USER_RULE_ACCESS));
	return ret;
}

int vprim_user_kvm_open(struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_GET_API_VERSION";
	int kvm = open(DEVICE, O_RDWR | O_CLOEXEC), version, ret;

	if (kvm < 0)
		return not_opened(fault);
	version = ioctl(kvm, KVM_GET_API_VERSION, 0);
	if (version == KVM_API_VERSION)
		return kvm;
	ret = version < 0 ? user_failed(fault, call, DEVICE, errno) :
	      user_refuse(fault, call, NULL, VERSION,
			  VALUE((unsigned int)version));
	close(kvm);
	return ret;
}

/* Far above KVM's own limit of 256. */
#define ENTRIES_MOST 4096u

int vprim_user_kvm_cpuid(int kvm, struct kvm_cpuid2 **list,
			 struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_GET_SUPPORTED_CPUID";
	struct kvm_cpuid2 *c;
	uint32_t capacity;
	int ret = 0;

	for (capacity = 64; capacity <= ENTRIES_MOST; capacity *= 2) {
		c = calloc(1, sizeof(*c) + capacity * sizeof(c->entries[0]));
		if (!c)
			return user_failed(fault, "calloc", NULL, errno);
		c->nent = capacity;
		if (!ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c)) {
			*list = c;
			return 0;
		}
		ret = user_failed(fault, call, NULL, errno);
		free(c);
		if (ret != -E2BIG)
			break;
	}
	return ret;
}

int vprim_user_kvm_init(struct vprim_user_kvm *k, struct vprim_user_fault *fault)
{
	int kvm = vprim_user_kvm_open(fault), vm, ret;

	if (kvm < 0)
		return kvm;
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0) {
		ret = user_failed(fault, "ioctl KVM_CREATE_VM", DEVICE, errno);
		close(kvm);
		return ret;
	}
	*k = (struct vprim_user_kvm){ .kvm = kvm, .vm = vm, .vcpu = -1 };
	return 0;
}

int vprim_user_kvm_memory(struct vprim_user_kvm *k, uint32_t slot,
			  const struct vprim_range *guest, void *memory,
			  struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_SET_USER_MEMORY_REGION";
	struct kvm_userspace_memory_region region = { .slot = slot };
	char subject[32];
	uint64_t size;
	int ret = vprim_range_size(guest, &size);

	snprintf(subject, sizeof(subject), "slot %u", slot);
	if (ret) {
		vprim_user_fault_set(fault, call, -ret, subject);
		return ret;
	}
	region.guest_phys_addr = guest->start;
	region.memory_size = size;
	region.userspace_addr = (uint64_t)(uintptr_t)memory;
	return ioctl(k->vm, KVM_SET_USER_MEMORY_REGION, &region) ?
	       user_failed(fault, call, subject, errno) : 0;
}

static int set_cpuid(const struct vprim_user_kvm *k, int vcpu,
		     struct vprim_user_fault *fault)
{
	struct kvm_cpuid2 *list = NULL;
	int ret = vprim_user_kvm_cpuid(k->kvm, &list, fault);

	if (ret)
		return ret;
	if (ioctl(vcpu, KVM_SET_CPUID2, list))
		ret = user_failed(fault, "ioctl KVM_SET_CPUID2", "vCPU 0",
				  errno);
	free(list);
	return ret;
}

static int map_run(const struct vprim_user_kvm *k, int vcpu, size_t *bytes,
		   struct kvm_run **run, struct vprim_user_fault *fault)
{
	int size = ioctl(k->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *page;

	if (size < 0)
		return user_failed(fault, "ioctl KVM_GET_VCPU_MMAP_SIZE",
				   DEVICE, errno);
	page = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		    0);
	if (page == MAP_FAILED)
		return user_failed(fault, "mmap", "vCPU 0", errno);
	*run = page;
	*bytes = (size_t)size;
	return 0;
}

int vprim_user_kvm_vcpu(struct vprim_user_kvm *k, struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_CREATE_VCPU";
	struct vprim_user_kvm made;
	int ret;

	if (k->vcpu >= 0)
		return vprim_user_argument_(fault, call, NULL);
	made = *k;
	made.vcpu = ioctl(k->vm, KVM_CREATE_VCPU, 0);
	if (made.vcpu < 0)
		return user_failed(fault, call, "vCPU 0", errno);
	ret = set_cpuid(k, made.vcpu, fault);
	if (!ret)
		ret = map_run(k, made.vcpu, &made.run_bytes, &made.run, fault);
	if (ret)
		close(made.vcpu);
	else
		*k = made;
	return ret;
}

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vprim_user_kvm_fini(struct vprim_user_kvm *k)
{
	if (k->run)
		munmap(k->run, k->run_bytes);
	k->run = NULL;
	k->run_bytes = 0;
	shut(&k->vcpu);
	shut(&k->vm);
	shut(&k->kvm);
}

/* -- the PAT -- */

/* The entries are an array of no certain length. */
union one_msr {
	struct kvm_msrs msrs;
	uint8_t capacity[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
};

/* Both ioctls return the number of MSRs that they did: 1, or 0 for a refusal. */
static int one_msr(int vcpu, unsigned long op, const char *call, uint64_t *pat,
		   struct vprim_user_fault *fault)
{
	union one_msr one;
	int done;

	memset(&one, 0, sizeof(one));
	one.msrs.nmsrs = 1;
	one.msrs.entries[0].index = VPRIM_PAT_MSR;
	one.msrs.entries[0].data = *pat;
	done = ioctl(vcpu, op, &one);
	if (done < 0)
		return user_failed(fault, call, "PAT", errno);
	if (!done)
		return user_refuse(fault, call, NULL, X86_MSR,
				   VALUE(VPRIM_PAT_MSR));
	*pat = one.msrs.entries[0].data;
	return 0;
}

int vprim_user_kvm_get_pat(int vcpu, uint64_t *pat, struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_GET_MSRS";
	uint64_t value = 0;
	int ret = one_msr(vcpu, KVM_GET_MSRS, call, &value, fault);

	if (!ret)
		*pat = value;
	return ret;
}

int vprim_user_kvm_set_pat(int vcpu, uint64_t pat, struct vprim_user_fault *fault)
{
	struct vprim_reason why;
	int ret = vprim_pat_check(pat, &why);

	if (!ret)
		return one_msr(vcpu, KVM_SET_MSRS, "ioctl KVM_SET_MSRS", &pat,
			       fault);
	user_refuse(fault, "vprim_pat_check", NULL, X86_PAT, VALUE(pat));
	if (fault)
		snprintf(fault->subject, sizeof(fault->subject), "PA%u",
			 (unsigned int)why.at);
	return ret;
}

/* -- extended state -- */

int vprim_user_kvm_get_xsave(const struct vprim_user_kvm *k, void *image,
			     size_t size_bytes, struct vprim_user_fault *fault)
{
	static const char call[] = "ioctl KVM_GET_XSAVE2";
	uint32_t needed;
	int ret = vprim_user_xstate_kvm_size(k->vm, &needed, fault);

	if (ret)
		return ret;
	if (size_bytes < needed)
		return user_refuse(fault, call, NULL, X86_ROOM, VALUE(needed));
	if (ioctl(k->vm, KVM_CHECK_EXTENSION, KVM_CAP_XSAVE2) <= 0)
		ret = ioctl(k->vcpu, KVM_GET_XSAVE, image);
	else
		ret = ioctl(k->vcpu, KVM_GET_XSAVE2, image);
	return ret ? user_failed(fault, call, "vCPU 0", errno) : 0;
}

#else

static int elsewhere(struct vprim_user_fault *fault)
{
	return user_refuse(fault, "open", NULL, X86_OTHER);
}

int vprim_user_kvm_open(struct vprim_user_fault *fault)
{
	return elsewhere(fault);
}

int vprim_user_kvm_cpuid(int kvm, struct kvm_cpuid2 **list,
			 struct vprim_user_fault *fault)
{
	(void)kvm;
	(void)list;
	return elsewhere(fault);
}

int vprim_user_kvm_init(struct vprim_user_kvm *k, struct vprim_user_fault *fault)
{
	(void)k;
	return elsewhere(fault);
}

int vprim_user_kvm_memory(struct vprim_user_kvm *k, uint32_t slot,
			  const struct vprim_range *guest, void *memory,
			  struct vprim_user_fault *fault)
{
	(void)k;
	(void)slot;
	(void)guest;
	(void)memory;
	return elsewhere(fault);
}

int vprim_user_kvm_vcpu(struct vprim_user_kvm *k, struct vprim_user_fault *fault)
{
	(void)k;
	return elsewhere(fault);
}

void vprim_user_kvm_fini(struct vprim_user_kvm *k)
{
	(void)k;
}

int vprim_user_kvm_get_pat(int vcpu, uint64_t *pat, struct vprim_user_fault *fault)
{
	(void)vcpu;
	(void)pat;
	return elsewhere(fault);
}

int vprim_user_kvm_set_pat(int vcpu, uint64_t pat, struct vprim_user_fault *fault)
{
	(void)vcpu;
	(void)pat;
	return elsewhere(fault);
}

int vprim_user_kvm_get_xsave(const struct vprim_user_kvm *k, void *image,
			     size_t size_bytes, struct vprim_user_fault *fault)
{
	(void)k;
	(void)image;
	(void)size_bytes;
	return elsewhere(fault);
}

#endif
