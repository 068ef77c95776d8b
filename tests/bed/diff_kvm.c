// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * diff_kvm - what the library says of the PAT and of nested SVM state, beside
 * what the kvm_amd of the running kernel says.
 *
 *   diff_kvm [PAT-VALUES [MUTATIONS]]      default 20000 and 24000
 *
 * Runs where kvm_amd was loaded with nested=1. A difference that the manual does
 * not list prints a line from which it can be made again, and fails the run.
 */
#include "kvm_vm.h"

#include <stdlib.h>
#include <string.h>
#include <virtprim/pat.h>

#ifdef __x86_64__

/* -- the register, from outside and from the guest -- */

#define GP_HANDLER 0x1100u
#define CODE 0x1000u

/* A type, mostly; now and then any byte, so that both answers are common. */
static uint64_t random_pat(void)
{
	uint64_t pat = 0;
	unsigned int i;
	bool clean = rng_below(2);

	for (i = 0; i < VPRIM_PAT_ENTRIES; i++) {
		static const uint8_t types[] = { 0, 1, 4, 5, 6, 7 };
		uint64_t byte = types[rng_below(sizeof(types))];

		if (!clean && rng_below(8) == 0)
			byte = rng_below(2) ? rng_below(8) : rng_below(256);
		pat |= byte << (8 * i);
	}
	return rng_below(64) ? pat : rng_next();
}

/* One value through KVM_SET_MSRS; @before is what the register held. */
static uint64_t set_one(const struct vm *vm, uint64_t before, uint64_t pat)
{
	struct vprim_reason why;
	int library = vprim_pat_check(pat, &why);
	int taken = vm_set_msrs(vm, VPRIM_PAT_MSR, &pat, 1);
	uint64_t after = vm_get_msr(vm, VPRIM_PAT_MSR);

	account.asked++;
	account.looked++;
	account.refused += taken != 1;
	if (taken != (library ? 0 : 1))
		differs("pat 0x%016" PRIx64 ": KVM_SET_MSRS took %d, library %d why %s",
			pat, taken, library, vprim_reason_word(&why));
	if (after != (taken == 1 ? pat : before))
		differs("pat 0x%016" PRIx64 " over 0x%016" PRIx64 ": reads 0x%016" PRIx64,
			pat, before, after);
	return after;
}

/* A list of values: the ioctl stops at the first bad one and counts. */
static uint64_t set_list(const struct vm *vm, uint64_t before)
{
	uint64_t pats[4], want = before, after;
	unsigned int i;
	int good = 0, taken;

	for (i = 0; i < 4; i++)
		pats[i] = random_pat();
	while (good < 4 && vprim_pat_is_valid(pats[good]))
		want = pats[good++];
	taken = vm_set_msrs(vm, VPRIM_PAT_MSR, pats, 4);
	after = vm_get_msr(vm, VPRIM_PAT_MSR);
	account.asked++;
	account.looked++;
	account.refused += taken != 4;
	if (taken != good || after != want)
		differs("pats 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
			": took %d, library %d; reads 0x%" PRIx64,
			pats[0], pats[1], pats[2], pats[3], taken, good, after);
	return after;
}

/* Real mode with a handler of #GP, or protected mode with none at all. */
static void set_mode(const struct vm *vm, const struct kvm_sregs *reset,
		     bool handler)
{
	struct kvm_segment flat = { .limit = UINT32_MAX, .selector = 8,
				    .type = 11, .present = 1, .db = 1, .s = 1,
				    .g = 1 };
	struct kvm_sregs sregs = *reset;

	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (!handler) {
		sregs.cr0 = 0x11;
		sregs.cs = flat;
		flat.selector = 16;
		flat.type = 3;
		sregs.ss = sregs.ds = sregs.es = flat;
		sregs.idt.limit = 0;
	}
	vm_set_sregs(vm, &sregs);
}

/*
 * In the guest: WRMSR and HLT. A #GP ends at the handler, which halts too, and
 * without one in a shutdown.
 */
static uint64_t write_one(const struct vm *vm, const struct kvm_sregs *reset,
			  uint64_t before, uint64_t pat, bool handler)
{
	static const uint8_t code[] = { 0x0f, 0x30, 0xf4 };
	struct kvm_regs regs = { .rip = CODE, .rsp = 0x8000, .rflags = 2,
				 .rcx = VPRIM_PAT_MSR, .rax = (uint32_t)pat,
				 .rdx = pat >> 32 };
	int library = vprim_pat_check(pat, NULL);
	uint32_t reason, want = KVM_EXIT_HLT;
	uint64_t rip, after;

	memcpy(vm->mem + CODE, code, sizeof(code));
	vm->mem[GP_HANDLER] = 0xf4;
	memset(vm->mem, 0, 1024);
	vm->mem[4 * 13] = GP_HANDLER & 0xff;
	vm->mem[4 * 13 + 1] = GP_HANDLER >> 8;
	if (!handler && library)
		want = KVM_EXIT_SHUTDOWN;
	set_mode(vm, reset, handler);
	vm_set_regs(vm, &regs);
	vm->run->kvm_valid_regs = KVM_SYNC_X86_REGS;
	reason = vm_run(vm);
	rip = vm->run->s.regs.regs.rip;
	after = vm_get_msr(vm, VPRIM_PAT_MSR);
	account.asked++;
	account.looked++;
	account.refused += library != 0;
	if (reason != want)
		differs("guest writes pat 0x%016" PRIx64 ": exit %" PRIu32 ", library %d",
			pat, reason, library);
	else if (reason == KVM_EXIT_HLT &&
		 rip != (library ? GP_HANDLER + 1 : CODE + sizeof(code)))
		differs("guest writes pat 0x%016" PRIx64 ": halts at 0x%" PRIx64
			", library %d", pat, rip, library);
	if (after != (library ? before : pat))
		differs("guest writes pat 0x%016" PRIx64 " over 0x%016" PRIx64
			": reads 0x%016" PRIx64, pat, before, after);
	return after;
}

void diff_pat(uint64_t randoms)
{
	static const struct vm_kind all = { .name = "all" };
	struct kvm_sregs reset;
	struct vm vm;
	uint64_t pat, i;

	vm_open(&vm, &all);
	vm_get_sregs(&vm, &reset);
	pat = vm_get_msr(&vm, VPRIM_PAT_MSR);
	account.looked++;
	if (pat != VPRIM_PAT_RESET)
		differs("pat after reset is 0x%016" PRIx64, pat);
	for (i = 0; i < 8 * 256; i++) {
		unsigned int shift = 8 * (unsigned int)(i >> 8);
		uint64_t value = (VPRIM_PAT_RESET & ~(UINT64_C(0xff) << shift)) |
				 (i & 0xff) << shift;

		pat = set_one(&vm, pat, value);
		pat = write_one(&vm, &reset, pat, value, true);
	}
	for (i = 0; i < randoms; i++)
		pat = set_one(&vm, pat, random_pat());
	for (i = 0; i < randoms / 10; i++) {
		pat = set_list(&vm, pat);
		pat = write_one(&vm, &reset, pat, random_pat(), i % 8);
	}
	vm_close(&vm);
}

/* -- the report -- */

static const char *const reasons[NR_DOCUMENTED] = {
	[DOC_GIF_REFUSED] = "GIF clear refused while EFER.SVME is clear",
	[DOC_GIF_FORCED] = "GIF set by clearing EFER.SVME",
	[DOC_VNMI] = "virtual NMIs taken without the intercept of NMIs",
	[DOC_LATE_CR3] = "L2's CR3 judged after the commit",
	[DOC_SHARED_PAT] = "L1 and L2 share one PAT",
	[DOC_UNCHECKED_G_PAT] = "VMRUN takes an illegal G_PAT",
};

/* One line on what @part added to the account since @before. */
static void report(const char *part, const struct account *before)
{
	unsigned int i;

	printf("%s: %" PRIu64 " answers, %" PRIu64 " of them refusals; %" PRIu64
	       " looks at the vCPU; %" PRIu64 " unexplained differences\n", part,
	       account.asked - before->asked, account.refused - before->refused,
	       account.looked - before->looked,
	       account.differ - before->differ);
	for (i = 0; i < NR_DOCUMENTED; i++)
		if (account.documented[i] != before->documented[i])
			printf("  documented: %s: %" PRIu64 "\n", reasons[i],
			       account.documented[i] - before->documented[i]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	uint64_t pats = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
	uint64_t mutations = argc > 2 ? strtoull(argv[2], NULL, 0) : 24000;
	uint64_t documented = 0;
	struct account before = account;
	unsigned int i;

	diff_pat(pats);
	report("pat", &before);
	before = account;
	diff_nested_state(mutations);
	report("nested state", &before);
	before = account;
	diff_nested_pat();
	report("nested pat", &before);
	for (i = 0; i < NR_DOCUMENTED; i++)
		documented += account.documented[i];
	printf("npt=%d: %" PRIu64 " answers of kvm_amd, %" PRIu64
	       " documented differences, %" PRIu64 " others\n",
	       vm_parameter("npt"), account.asked, documented, account.differ);
	return account.differ ? EXIT_FAILURE : EXIT_SUCCESS;
}

#else

int main(void)
{
	printf("diff_kvm is for x86-64\n");
	return 77;
}

#endif
