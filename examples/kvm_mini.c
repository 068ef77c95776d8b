// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * kvm_mini - a whole VMM for a guest of eleven instructions.
 *
 * The guest reads its PAT, then counts the ticks of a 1 kHz timer. The VMM sets the
 * PAT, knows the size of the guest's state before the kernel says it, sleeps for an
 * hour (so it says) and brings the timer up to date in one step.
 *
 *   cc kvm_mini.c $(pkg-config --cflags --libs virtprim) -o kvm_mini && ./kvm_mini
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <virtprim/pat.h>
#include <virtprim/ptimer.h>
#include <virtprim/user_clock.h>
#include <virtprim/user_xstate.h>
#include <virtprim/user_kvm.h>

static struct vprim_user_kvm vm;
static struct vprim_user_fault fault;

static int say(const char *what, int status)
{
	char text[320];

	vprim_user_fault_text(&fault, text, sizeof(text));
	printf("kvm_mini: %s: %s\n", what, text);
	return status;
}

#if defined(__x86_64__) && defined(__has_include) && __has_include(<linux/kvm.h>)
#include <linux/kvm.h>
#include <sys/ioctl.h>

#define PERIOD_NS INT64_C(1000000)
#define HOUR_NS INT64_C(3600000000000)
/* All of the guest's memory. 16-bit code: the machine as it comes out of reset. */
static _Alignas(0x1000) uint8_t memory[0x1000] = {
	0x66, 0xb9, 0x77, 2, 0, 0, 0x0f, 0x32,	/* mov $0x277, %ecx; rdmsr */
	0x66, 0xe7, 0x10, 0x66, 0x89, 0xd0,	/* out %eax, $0x10; mov %edx, %eax */
	0x66, 0xe7, 0x10, 0x66, 0xe5, 0x11,	/* out %eax, $0x10; 1: in $0x11, %eax */
	0x66, 0x01, 0xc3, 0x66, 0x89, 0xd8,	/* add %eax, %ebx; mov %ebx, %eax */
	0x66, 0xe7, 0x12, 0xf4, 0xeb, 0xf1,	/* out %eax, $0x12; hlt; jmp 1b */
};
static uint64_t pat;		/* as the guest reads it */
static uint32_t owed, ticks;	/* what it is owed, what it has counted */

static void die_if(int ret)
{
	if (ret && !fault.call)
		vprim_user_fault_set(&fault, "ioctl", errno, "vCPU 0");
	if (ret)
		exit(say("failed", EXIT_FAILURE));
}

static void run(void)
{
	for (;;) {
		char *data = (char *)vm.run;

		die_if(ioctl(vm.vcpu, KVM_RUN, 0));
		if (vm.run->exit_reason == KVM_EXIT_HLT)
			return;
		die_if(vm.run->exit_reason != KVM_EXIT_IO);
		data += vm.run->io.data_offset;
		if (vm.run->io.port == 0x10)	/* the low half, then the high one */
			pat = pat >> 32 | (uint64_t)vprim_load_le32(data) << 32;
		else if (vm.run->io.port == 0x11)
			vprim_store_le32(data, owed);
		else
			ticks = vprim_load_le32(data);
	}
}

static void boot(void)
{
	static const struct vprim_range page = { 0, 0xfff };
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;

	die_if(vprim_user_kvm_memory(&vm, 0, &page, memory, &fault));
	die_if(vprim_user_kvm_vcpu(&vm, &fault) || ioctl(vm.vcpu, KVM_GET_SREGS, &sregs));
	sregs.cs.base = sregs.cs.selector = 0;
	die_if(ioctl(vm.vcpu, KVM_SET_SREGS, &sregs) || ioctl(vm.vcpu, KVM_SET_REGS, &regs));
	if (vprim_user_kvm_set_pat(vm.vcpu, VPRIM_PAT_LINUX ^ 4, &fault))
		say("refused", 0);
	die_if(vprim_user_kvm_set_pat(vm.vcpu, VPRIM_PAT_LINUX, &fault));
	run();
	printf("the guest reads the PAT of: %s\n",
	       vprim_pat_known_find(pat) ? vprim_pat_known_find(pat)->word : "nobody");
}

/* From the processor, the module and the permission: KVM is not asked for it. */
static uint32_t size_of_state(void)
{
	struct vprim_xstate_table table;
	uint64_t module, permitted;

	die_if(vprim_user_xstate_table(&table, &fault));
	die_if(vprim_user_xstate_kvm_supported(vm.kvm, &module, &fault));
	die_if(vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST, &permitted, &fault));
	return (uint32_t)vprim_xstate_perm_kvm_xsave2_size(&table,
			vprim_xstate_perm_kvm_filtered(module, permitted));
}

/* What is due at now_ns, in one entry into the guest. */
static int64_t tick(int64_t target_ns, int64_t now_ns)
{
	struct vprim_ptimer_step step;

	die_if(vprim_ptimer_advance(VPRIM_PTIMER_KEEP, target_ns, PERIOD_NS, now_ns, &step));
	owed = (uint32_t)step.expired;
	run();
	return step.target_ns;
}

static void story(void)
{
	uint32_t computed = size_of_state(), named = 0;
	uint8_t *image = calloc(1, computed);
	int64_t now, target;

	boot();
	die_if(!image || vprim_user_kvm_get_xsave(&vm, image, computed, &fault) ||
	     ioctl(vm.vcpu, KVM_SET_XSAVE, image));
	free(image);
	die_if(vprim_user_xstate_kvm_size(vm.vm, &named, &fault));
	printf("KVM names the size that was computed: %s\n", named == computed ? "yes" : "no");
	die_if(vprim_user_clock_now(VPRIM_USER_CLOCK_BOOTTIME, &now, &fault));
	for (target = now + PERIOD_NS; ticks < 10;)
		target = tick(target, target);
	printf("10 ms later: %" PRIu32 " ticks\n", ticks);
	target = tick(target, target + HOUR_NS) - now;
	printf("an hour later: %" PRIu32 " ticks, the next one is number %" PRId64 "\n",
	       ticks, target / PERIOD_NS);
}
#else
static void story(void) { }
#endif

int main(void)
{
	if (vprim_user_kvm_init(&vm, &fault))
		return say("not on this machine", 77);
	story();
	vprim_user_kvm_fini(&vm);
	return EXIT_SUCCESS;
}
