// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The virtual machine and the account of kvm_vm.h.
 */
#include "kvm_vm.h"
#include "../rng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__

#define NX_BIT (1u << 20)	/* 0x80000001 EDX */
#define PCID_BIT (1u << 17)	/* 1 ECX */
#define XSAVE_BIT (1u << 26)	/* 1 ECX */
#define FSGSBASE_BIT 1u		/* 7 EBX */
#define SMEP_BIT (1u << 7)	/* 7 EBX */
#define SMAP_BIT (1u << 20)	/* 7 EBX */
#define UMIP_BIT (1u << 2)	/* 7 ECX */

struct account account;
static struct test_rng rng = { UINT64_C(0x6b766d5f616d6421) };

uint64_t rng_next(void)
{
	return test_rng_next(&rng);
}

uint64_t rng_below(uint64_t bound)
{
	return test_rng_below(&rng, bound);
}

void vm_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %s\n", strerror(errno));
	exit(2);
}

void differs(const char *format, ...)
{
	va_list args;

	if (account.differ++ >= 20)
		return;
	printf("DIFFERS: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

bool vm_parameter(const char *name)
{
	char path[96];
	FILE *in;
	int c;

	snprintf(path, sizeof(path), "/sys/module/kvm_amd/parameters/%s", name);
	in = fopen(path, "r");
	if (!in)
		vm_die("%s", path);
	c = fgetc(in);
	fclose(in);
	return c == 'Y' || c == '1';
}

static void make_poor(struct kvm_cpuid_entry2 *e)
{
	if (e->function == 1)
		e->ecx &= ~(PCID_BIT | XSAVE_BIT);
	if (e->function == 7 && !e->index) {
		e->ebx &= ~(FSGSBASE_BIT | SMEP_BIT | SMAP_BIT);
		e->ecx &= ~UMIP_BIT;
	}
	if (e->function == 0x80000001)
		e->edx &= ~NX_BIT;
}

static void set_cpuid(struct vm *vm, const struct vm_kind *kind)
{
	unsigned int i;

	vm->cpuid = calloc(1, sizeof(*vm->cpuid) +
			   VM_CPUID_MAX * sizeof(vm->cpuid->entries[0]));
	if (!vm->cpuid)
		vm_die("memory");
	vm->cpuid->nent = VM_CPUID_MAX;
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, vm->cpuid))
		vm_die("KVM_GET_SUPPORTED_CPUID");
	for (i = 0; i < vm->cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &vm->cpuid->entries[i];

		if (kind->poor)
			make_poor(e);
		if (kind->phys_bits && e->function == 0x80000008)
			e->eax = (e->eax & ~0xffu) | kind->phys_bits;
	}
	if (ioctl(vm->vcpu, KVM_SET_CPUID2, vm->cpuid))
		vm_die("KVM_SET_CPUID2");
}

void vm_open(struct vm *vm, const struct vm_kind *kind)
{
	struct kvm_userspace_memory_region region = { .memory_size = VM_BYTES };
	int bytes;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		vm_die("/dev/kvm");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		vm_die("KVM_CREATE_VM");
	vm->mem = mmap(NULL, VM_BYTES, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->mem == MAP_FAILED)
		vm_die("memory of the guest");
	region.userspace_addr = (uintptr_t)vm->mem;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		vm_die("KVM_SET_USER_MEMORY_REGION");
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		vm_die("KVM_CREATE_VCPU");
	bytes = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (bytes < 0)
		vm_die("KVM_GET_VCPU_MMAP_SIZE");
	vm->run_bytes = (size_t)bytes;
	vm->run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		vm_die("kvm_run");
	set_cpuid(vm, kind);
}

void vm_close(struct vm *vm)
{
	munmap(vm->run, vm->run_bytes);
	close(vm->vcpu);
	close(vm->fd);
	close(vm->kvm);
	munmap(vm->mem, VM_BYTES);
	free(vm->cpuid);
}

void vm_get_sregs(const struct vm *vm, struct kvm_sregs *sregs)
{
	if (ioctl(vm->vcpu, KVM_GET_SREGS, sregs))
		vm_die("KVM_GET_SREGS");
}

void vm_set_sregs(const struct vm *vm, const struct kvm_sregs *sregs)
{
	if (ioctl(vm->vcpu, KVM_SET_SREGS, sregs))
		vm_die("KVM_SET_SREGS");
}

void vm_set_regs(const struct vm *vm, const struct kvm_regs *regs)
{
	if (ioctl(vm->vcpu, KVM_SET_REGS, regs))
		vm_die("KVM_SET_REGS");
}

#define MSRS_MAX 8u
union msrs {
	struct kvm_msrs head;
	uint8_t bytes[sizeof(struct kvm_msrs) +
		      MSRS_MAX * sizeof(struct kvm_msr_entry)];
};

uint64_t vm_get_msr(const struct vm *vm, uint32_t index)
{
	union msrs m = { .head.nmsrs = 1 };

	m.head.entries[0].index = index;
	if (ioctl(vm->vcpu, KVM_GET_MSRS, &m) != 1)
		vm_die("KVM_GET_MSRS 0x%" PRIx32, index);
	return m.head.entries[0].data;
}

int vm_set_msrs(const struct vm *vm, uint32_t index, const uint64_t *values,
		unsigned int nr)
{
	union msrs m = { .head.nmsrs = nr };
	unsigned int i;

	for (i = 0; i < nr && i < MSRS_MAX; i++) {
		m.head.entries[i].index = index;
		m.head.entries[i].data = values[i];
	}
	return ioctl(vm->vcpu, KVM_SET_MSRS, &m);
}

uint32_t vm_run(const struct vm *vm)
{
	if (ioctl(vm->vcpu, KVM_RUN, 0))
		vm_die("KVM_RUN");
	return vm->run->exit_reason;
}

const struct kvm_cpuid_entry2 *vm_cpuid(const struct vm *vm, uint32_t function,
					uint32_t index)
{
	unsigned int i;

	for (i = 0; i < vm->cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &vm->cpuid->entries[i];

		if (e->function == function && e->index == index)
			return e;
	}
	return NULL;
}

uint32_t vm_phys_bits(const struct vm *vm)
{
	const struct kvm_cpuid_entry2 *e = vm_cpuid(vm, 0x80000008, 0);

	if (!e)
		vm_die("no leaf 0x80000008");
	return e->eax & 0xff;
}

#endif /* __x86_64__ */
