// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The PAT of a guest that runs a guest: L1 does a VMRUN with a chosen G_PAT, L2
 * reads the register, writes it, reads it again and halts, L1 reads it. Against
 * nested_pat.h, once with the quirk that kernels before 2026 have throughout,
 * which must agree in all, and once by the architecture, which differs where
 * the manual says so.
 */
#include "kvm_vm.h"

#include <string.h>
#include <virtprim/nested_pat.h>

#ifdef __x86_64__

/* Guest memory. */
#define CODE 0x1000u
#define PML4 0x4000u
#define PDPT 0x5000u
#define PD 0x6000u
#define DATA 0x9000u
#define L2_STACK 0xb000u
#define VMCB12 0x20000u
#define HSAVE 0x30000u

/* Words of DATA. */
enum { TO_WRITE, FIRST_READ, SECOND_READ, L1_READ, WORDS };

#define EXIT_GP 0x4du		/* an exception that L1 intercepts, vector 13 */
#define EXIT_HLT 0x78u
#define EXIT_INVALID UINT32_MAX

/*
 * L1 first; L2 behind it. Both run in long mode on the same page tables. The
 * numbers are HSAVE, VMCB12 and the words of DATA.
 */
__asm__(".pushsection .rodata\n"
	"l1_code:\n"
	"	mov $0xc0010117, %ecx\n"	/* VM_HSAVE_PA */
	"	mov $0x30000, %eax\n"
	"	xor %edx, %edx\n"
	"	wrmsr\n"
	"	mov $0x20000, %eax\n"
	"	vmrun\n"
	"	mov $0x277, %ecx\n"
	"	rdmsr\n"
	"	mov %eax, 0x9018\n"
	"	mov %edx, 0x901c\n"
	"	hlt\n"
	"l2_code:\n"
	"	mov $0x277, %ecx\n"
	"	rdmsr\n"
	"	mov %eax, 0x9008\n"
	"	mov %edx, 0x900c\n"
	"	mov 0x9000, %eax\n"
	"	mov 0x9004, %edx\n"
	"	wrmsr\n"
	"	rdmsr\n"
	"	mov %eax, 0x9010\n"
	"	mov %edx, 0x9014\n"
	"	hlt\n"
	"code_end:\n"
	".popsection\n");
extern const uint8_t l1_code[], l2_code[], code_end[];

struct run {
	bool np;
	uint64_t l1_pat;	/* what L1 has before */
	uint64_t g_pat;		/* what VMCB12 has before */
	uint64_t write;		/* what L2 writes */
};

/* What can be seen of a run; reads that did not happen stay as they are. */
struct seen {
	uint32_t exit_code;
	uint64_t first_read, second_read, l1_read;
	uint64_t g_pat;		/* VMCB12's, afterwards */
	uint64_t host_read;
};
#define UNREAD UINT64_C(0x1111111111111111)

/* -- the real one -- */

static void put64(const struct vm *vm, uint32_t at, uint64_t value)
{
	memcpy(vm->mem + at, &value, sizeof(value));
}

static uint64_t get64(const struct vm *vm, uint32_t at)
{
	uint64_t value;

	memcpy(&value, vm->mem + at, sizeof(value));
	return value;
}

/* The first GiB as it is, in large pages; user bits, for nested paging. */
static void put_tables(const struct vm *vm)
{
	uint32_t i;

	put64(vm, PML4, PDPT | 7);
	put64(vm, PDPT, PD | 7);
	for (i = 0; i < 512; i++)
		put64(vm, PD + 8 * i, (uint64_t)i << 21 | 0x87);
}

static void put_vmcb12(const struct vm *vm, const struct run *r)
{
	uint32_t i;

	put64(vm, VMCB12 + 0x08, UINT64_C(1) << (32 + 24) | 1u << 13); /* HLT, #GP */
	put64(vm, VMCB12 + 0x10, 1);				/* VMRUN */
	put64(vm, VMCB12 + 0x58, 1);				/* ASID */
	put64(vm, VMCB12 + VPRIM_NESTED_PAT_VMCB_NP_ENABLE, r->np);
	put64(vm, VMCB12 + VPRIM_NESTED_PAT_VMCB_N_CR3, PML4);
	for (i = 0; i < 4; i++)	/* ES, CS, SS, DS */
		put64(vm, VMCB12 + 0x400 + 16 * i, UINT64_C(0xffffffff) << 32 |
		      (i == 1 ? 0x029b0008 : 0x0c930010));
	put64(vm, VMCB12 + 0x4d0, 0x1500);			/* EFER */
	put64(vm, VMCB12 + 0x548, 0x20);			/* CR4 */
	put64(vm, VMCB12 + 0x550, PML4);			/* CR3 */
	put64(vm, VMCB12 + 0x558, 0x80000033);			/* CR0 */
	put64(vm, VMCB12 + 0x560, 0x400);			/* DR7 */
	put64(vm, VMCB12 + 0x568, 0xffff0ff0);			/* DR6 */
	put64(vm, VMCB12 + 0x570, 2);				/* RFLAGS */
	put64(vm, VMCB12 + 0x578, CODE + (uint64_t)(l2_code - l1_code));
	put64(vm, VMCB12 + 0x5d8, L2_STACK);
	put64(vm, VMCB12 + VPRIM_NESTED_PAT_VMCB_G_PAT, r->g_pat);
}

static void start_l1(const struct vm *vm)
{
	const struct kvm_regs regs = { .rip = CODE, .rsp = 0xa000, .rflags = 2 };
	struct kvm_segment seg = { .limit = UINT32_MAX, .selector = 16,
				   .type = 3, .present = 1, .s = 1, .g = 1,
				   .db = 1 };
	struct kvm_sregs s;

	vm_get_sregs(vm, &s);
	s.ds = s.es = s.ss = seg;
	seg.selector = 8;
	seg.type = 11;
	seg.l = 1;
	seg.db = 0;
	s.cs = seg;
	s.cr0 = 0x80000033;
	s.cr3 = PML4;
	s.cr4 = 0x20;
	s.efer = 0x1500;
	vm_set_sregs(vm, &s);
	vm_set_regs(vm, &regs);
}

static void run_real(const struct run *r, struct seen *seen)
{
	static const struct vm_kind all = { .name = "all" };
	struct vm vm;
	uint32_t i, reason;

	vm_open(&vm, &all);
	memcpy(vm.mem + CODE, l1_code, (size_t)(code_end - l1_code));
	put_tables(&vm);
	put_vmcb12(&vm, r);
	for (i = 0; i < WORDS; i++)
		put64(&vm, DATA + 8 * i, UNREAD);
	put64(&vm, DATA + 8 * TO_WRITE, r->write);
	start_l1(&vm);
	if (vm_set_msrs(&vm, VPRIM_PAT_MSR, &r->l1_pat, 1) != 1)
		vm_die("L1's PAT");
	reason = vm_run(&vm);
	if (reason != KVM_EXIT_HLT)
		vm_die("L1 ended with exit %u", reason);
	seen->exit_code = (uint32_t)get64(&vm, VMCB12 + 0x70);
	seen->first_read = get64(&vm, DATA + 8 * FIRST_READ);
	seen->second_read = get64(&vm, DATA + 8 * SECOND_READ);
	seen->l1_read = get64(&vm, DATA + 8 * L1_READ);
	seen->g_pat = get64(&vm, VMCB12 + VPRIM_NESTED_PAT_VMCB_G_PAT);
	seen->host_read = vm_get_msr(&vm, VPRIM_PAT_MSR);
	vm_close(&vm);
}

/* -- the library's -- */

static void run_model(const struct run *r, bool quirk, struct seen *seen)
{
	const struct vprim_nested_pat_vmcb12 vmcb12 = {
		.address = VMCB12, .g_pat = r->g_pat, .np = r->np,
	};
	struct vprim_nested_pat_exit out = { 0 };
	struct vprim_nested_pat n;

	*seen = (struct seen){ .exit_code = EXIT_INVALID, .first_read = UNREAD,
			       .second_read = UNREAD, .g_pat = r->g_pat };
	vprim_nested_pat_init(&n, vm_parameter("npt"), quirk);
	if (vprim_nested_pat_host_set(&n, r->l1_pat))
		vm_die("the library's virtual CPU");
	if (!vprim_nested_pat_vmrun(&n, &vmcb12, NULL)) {
		seen->first_read = vprim_nested_pat_read(&n);
		seen->exit_code = EXIT_GP;
		if (!vprim_nested_pat_write(&n, r->write)) {
			seen->second_read = vprim_nested_pat_read(&n);
			seen->exit_code = EXIT_HLT;
		}
		if (vprim_nested_pat_vmexit(&n, &out))
			vm_die("the library's #VMEXIT");
		if (out.write_g_pat)
			seen->g_pat = out.g_pat;
	}
	if (vprim_nested_pat_audit(&n, NULL))
		vm_die("the library's virtual CPU is not sound");
	seen->l1_read = vprim_nested_pat_read(&n);
	seen->host_read = n.hpat;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->exit_code == b->exit_code && a->first_read == b->first_read &&
	       a->second_read == b->second_read && a->l1_read == b->l1_read &&
	       a->g_pat == b->g_pat && a->host_read == b->host_read;
}

static void say(const struct run *r, const char *rules, const struct seen *real,
		const struct seen *model)
{
	differs("nested pat, %s: np=%d l1=0x%" PRIx64 " g_pat=0x%" PRIx64
		" write=0x%" PRIx64 ": exit 0x%x reads 0x%" PRIx64 " 0x%" PRIx64
		" then 0x%" PRIx64 " g_pat 0x%" PRIx64 " host 0x%" PRIx64
		"; library 0x%x 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
		" 0x%" PRIx64 " 0x%" PRIx64, rules, r->np, r->l1_pat, r->g_pat,
		r->write, real->exit_code, real->first_read, real->second_read,
		real->l1_read, real->g_pat, real->host_read, model->exit_code,
		model->first_read, model->second_read, model->l1_read,
		model->g_pat, model->host_read);
}

static void compare(const struct run *r)
{
	struct seen real, quirk, separate;

	run_real(r, &real);
	run_model(r, true, &quirk);
	run_model(r, false, &separate);
	account.asked++;
	account.looked++;
	account.refused += real.exit_code != EXIT_HLT;
	if (!same(&real, &quirk))
		say(r, "shared", &real, &quirk);
	if (same(&real, &separate))
		return;
	if (r->np && vm_parameter("npt"))
		account.documented[vprim_pat_is_valid(r->g_pat) ?
				   DOC_SHARED_PAT : DOC_UNCHECKED_G_PAT]++;
	else
		say(r, "separate", &real, &separate);
}

void diff_nested_pat(void)
{
	static const uint64_t l1_pats[] = { VPRIM_PAT_RESET, VPRIM_PAT_LINUX };
	static const uint64_t g_pats[] = {
		VPRIM_PAT_RESET, VPRIM_PAT_XEN, UINT64_C(0x0606060606060606),
		UINT64_C(0x0202020202020202), UINT64_C(0x0007040600070408),
		UINT64_C(0xff07040600070406),
	};
	static const uint64_t writes[] = {
		UINT64_C(0x0101010101010101), VPRIM_PAT_LINUX_ERRATUM,
		UINT64_C(0x0007040600070402), UINT64_C(0x8007040600070406),
	};
	unsigned int i;

	for (i = 0; i < 2 * 2 * 6 * 4; i++) {
		const struct run r = {
			.np = i & 1, .l1_pat = l1_pats[i / 2 % 2],
			.g_pat = g_pats[i / 4 % 6], .write = writes[i / 24],
		};

		compare(&r);
	}
}

#endif /* __x86_64__ */
