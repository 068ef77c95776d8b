// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Nested SVM state: KVM_SET_NESTED_STATE and the writes of EFER.SVME around it,
 * against svm.h. Two vCPUs of the library live beside the real one: one by the
 * rules of the kernel's release, which must never differ, and one by the merged
 * rules, which may differ where the manual says so and is then set right.
 */
#include "kvm_vm.h"
#include "release.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <virtprim/svm.h>

#ifdef __x86_64__

#define PAGE 4096u
/* The first release whose GIF is independent of EFER.SVME. */
#define MERGED VPRIM_LINUX(7, 0)
#define WHOLE_BYTES (VPRIM_SVM_HEADER_BYTES + VPRIM_SVM_VMCB_BYTES)
#define SAVE 0x400u

/* How much of the state lies in memory that can be read. */
enum readable { READ_ALL, READ_NONE, READ_HEADER, READ_CONTROL };

/* What the vCPU holds besides: L2's registers. */
enum mode { MODE_REAL, MODE_PROTECTED, MODE_LONG };

struct spoil {
	uint16_t offset;
	uint8_t bytes;
	uint64_t value;
};

#define SPOILS_MAX 6u
struct trial {
	bool svme, smm, bad_cr3;
	enum mode mode;
	enum readable readable;
	uint16_t flags, format;
	uint32_t size_bytes;
	uint64_t vmcb_pa;
	struct spoil spoils[SPOILS_MAX];
	unsigned int nr_spoils;
};

struct bench {
	struct vm vm;
	const struct vm_kind *kind;
	struct kvm_sregs reset;
	struct vprim_svm_target target;
	struct vprim_svm_vcpu old, merged;
	uint8_t *room;		/* two pages; the one behind them cannot be read */
};

static uint32_t merged_release(const struct bench *b)
{
	return b->target.release < MERGED ? MERGED : b->target.release;
}

/* By rule, in the table's order; the last counts what was accepted. */
#define FIRST_RULE VPRIM_SVM_RULE_NO_NESTED
#define RULES (VPRIM_SVM_RULE_CR3_LOAD - FIRST_RULE + 1)
static uint64_t rule_seen[RULES + 1];

static void say(const struct bench *b, const struct trial *t, const char *what)
{
	char spoils[SPOILS_MAX * 40] = "";
	unsigned int i;

	for (i = 0; i < t->nr_spoils; i++) {
		size_t used = strlen(spoils);

		snprintf(spoils + used, sizeof(spoils) - used,
			 " 0x%x/%u=0x%" PRIx64, t->spoils[i].offset,
			 t->spoils[i].bytes, t->spoils[i].value);
	}
	differs("nested state, guest %s: svme=%d smm=%d mode=%d bad_cr3=%d readable=%d"
		" flags=0x%x format=%u size=%" PRIu32 " pa=0x%" PRIx64
		" vmcb:%s: %s", b->kind->name, t->svme, t->smm, t->mode,
		t->bad_cr3, t->readable, t->flags, t->format, t->size_bytes,
		t->vmcb_pa, spoils, what);
}

/* -- what the guest may have, from its CPUID -- */

static bool has(const struct vm *vm, uint32_t function, uint32_t index,
		size_t reg, unsigned int bit)
{
	const struct kvm_cpuid_entry2 *e = vm_cpuid(vm, function, index);
	uint32_t value;

	if (!e)
		return false;
	memcpy(&value, (const uint8_t *)e + reg, sizeof(value));
	return value >> bit & 1;
}

#define EAX offsetof(struct kvm_cpuid_entry2, eax)
#define EBX offsetof(struct kvm_cpuid_entry2, ebx)
#define ECX offsetof(struct kvm_cpuid_entry2, ecx)
#define EDX offsetof(struct kvm_cpuid_entry2, edx)

static uint64_t cr4_allowed(const struct vm *vm)
{
	static const struct {
		uint8_t cr4, bit, index;
		uint32_t function;
		size_t reg;
	} of[] = {
		{ 11, 2, 0, 7, ECX },	/* UMIP */
		{ 12, 16, 0, 7, ECX },	/* LA57 */
		{ 13, 5, 0, 1, ECX },	/* VMXE */
		{ 16, 0, 0, 7, EBX },	/* FSGSBASE */
		{ 17, 17, 0, 1, ECX },	/* PCIDE */
		{ 18, 26, 0, 1, ECX },	/* OSXSAVE */
		{ 20, 7, 0, 7, EBX },	/* SMEP */
		{ 21, 20, 0, 7, EBX },	/* SMAP */
		{ 22, 3, 0, 7, ECX },	/* PKE */
		{ 28, 26, 1, 7, EAX },	/* LAM_SUP */
	};
	uint64_t allowed = 0x7ff;	/* VME to OSXMMEXCPT: KVM has them all */
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(of); i++)
		if (has(vm, of[i].function, of[i].index, of[i].reg, of[i].bit))
			allowed |= UINT64_C(1) << of[i].cr4;
	return allowed;
}

static uint64_t efer_allowed(const struct vm *vm)
{
	uint64_t allowed = 1;				/* SCE */

	if (has(vm, 0x80000001, 0, EDX, 29))
		allowed |= UINT64_C(0x500);		/* LME, LMA */
	if (has(vm, 0x80000001, 0, EDX, 20))
		allowed |= UINT64_C(1) << 11;		/* NX */
	if (has(vm, 0x80000001, 0, ECX, 2))
		allowed |= VPRIM_SVM_EFER_SVME | UINT64_C(1) << 13; /* LMSLE */
	if (has(vm, 0x80000001, 0, EDX, 25))
		allowed |= UINT64_C(1) << 14;		/* FFXSR */
	if (has(vm, 0x80000021, 0, EAX, 8))
		allowed |= UINT64_C(1) << 21;		/* AutoIBRS */
	return allowed;
}

/* -- the vCPU -- */

static void open_bench(struct bench *b, const struct vm_kind *kind)
{
	memset(b, 0, sizeof(*b));
	b->kind = kind;
	vm_open(&b->vm, kind);
	if (!has(&b->vm, 0x80000001, 0, ECX, 2))
		vm_die("no SVM for guests: load kvm_amd with nested=1");
	vm_get_sregs(&b->vm, &b->reset);
	b->target = (struct vprim_svm_target){
		.release = diff_release(), .nested = true,
		.npt = vm_parameter("npt"),
		.phys_bits = vm_phys_bits(&b->vm),
		.cr4_allowed = cr4_allowed(&b->vm),
		.efer_allowed = efer_allowed(&b->vm),
	};
	vprim_svm_vcpu_init(&b->old, b->target.release);
	vprim_svm_vcpu_init(&b->merged, merged_release(b));
	b->room = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->room == MAP_FAILED || mprotect(b->room + 2 * PAGE, PAGE, PROT_NONE))
		vm_die("memory of the state");
}

static void close_bench(struct bench *b)
{
	munmap(b->room, 3 * PAGE);
	vm_close(&b->vm);
}

/* After a documented difference the merged vCPU is taken to where the others are. */
static void set_right(struct bench *b)
{
	b->merged = b->old;
	b->merged.release = merged_release(b);
}

static void get_state(const struct bench *b, struct kvm_nested_state *head)
{
	static union {
		struct kvm_nested_state head;
		uint8_t bytes[2 * PAGE];
	} got;

	memset(&got, 0, sizeof(got));
	got.head.size = WHOLE_BYTES;
	if (ioctl(b->vm.vcpu, KVM_GET_NESTED_STATE, &got))
		vm_die("KVM_GET_NESTED_STATE");
	memcpy(head, &got, sizeof(*head));
}

/* The vCPU's flags and VMCB12 are what the library's vCPUs say. */
static void compare_state(struct bench *b, const struct trial *t, const char *when)
{
	uint16_t old = vprim_svm_vcpu_flags(&b->old);
	uint16_t merged = vprim_svm_vcpu_flags(&b->merged);
	struct kvm_nested_state head;
	uint64_t pa;
	char what[160];

	get_state(b, &head);
	account.looked++;
	pa = head.flags & VPRIM_SVM_FLAG_GUEST_MODE ? head.hdr.svm.vmcb_pa : 0;
	if (head.flags != old || pa != b->old.vmcb_pa) {
		snprintf(what, sizeof(what), "%s: flags 0x%x pa 0x%" PRIx64
			 ", its release's rules 0x%x 0x%" PRIx64, when, head.flags, pa,
			 old, b->old.vmcb_pa);
		say(b, t, what);
	}
	if (head.flags != merged || pa != b->merged.vmcb_pa) {
		snprintf(what, sizeof(what), "%s: flags 0x%x, merged rules 0x%x",
			 when, head.flags, merged);
		say(b, t, what);
	}
}

static void set_smm(struct bench *b, bool smm)
{
	struct kvm_vcpu_events events;

	if (ioctl(b->vm.vcpu, KVM_GET_VCPU_EVENTS, &events))
		vm_die("KVM_GET_VCPU_EVENTS");
	events.flags = KVM_VCPUEVENT_VALID_SMM;
	events.smi.smm = smm;
	if (ioctl(b->vm.vcpu, KVM_SET_VCPU_EVENTS, &events))
		vm_die("KVM_SET_VCPU_EVENTS");
	b->old.smm = smm;
	b->merged.smm = smm;
	b->target.smm = smm;
}

static void set_sregs(struct bench *b, const struct trial *t)
{
	struct kvm_sregs s = b->reset;

	s.efer = t->svme ? VPRIM_SVM_EFER_SVME : 0;
	if (t->mode == MODE_PROTECTED)
		s.cr0 = 0x11;
	if (t->mode == MODE_LONG) {
		s.efer |= 0x500;
		s.cr0 = 0x80000011;
		s.cr4 = 0x20;
		s.cr3 = 0x4000;
		s.cs.l = 1;
		s.cs.db = 0;
	}
	/* With paging on KVM_SET_SREGS itself would refuse it. */
	if (t->bad_cr3)
		s.cr3 = UINT64_C(1) << b->target.phys_bits;
	vm_set_sregs(&b->vm, &s);
	b->target.cr0 = s.cr0;
	b->target.cr3 = s.cr3;
	b->target.svme = t->svme;
}

/* Writes EFER and compares what that did. */
static void set_svme(struct bench *b, const struct trial *t)
{
	bool cleared = b->old.svme && !t->svme;
	bool gif = b->old.gif;

	set_sregs(b, t);
	if (vprim_svm_vcpu_set_svme(&b->old, t->svme, true) ||
	    vprim_svm_vcpu_set_svme(&b->merged, t->svme, true))
		vm_die("vprim_svm_vcpu_set_svme");
	if (cleared && !gif && !b->merged.gif && b->old.gif) {
		account.documented[DOC_GIF_FORCED]++;
		set_right(b);
	}
	compare_state(b, t, "after EFER");
}

/* -- the state -- */

static void store(uint8_t *at, uint64_t value, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* A VMCB12 that every host takes. */
static void good_vmcb(uint8_t *v)
{
	memset(v, 0, VPRIM_SVM_VMCB_BYTES);
	store(v + 0x10, 1, 4);				/* intercept VMRUN */
	store(v + 0x40, 0x3000, 8);			/* I/O bitmap */
	store(v + 0x48, 0x6000, 8);			/* MSR bitmap */
	store(v + 0x58, 1, 4);				/* ASID */
	store(v + SAVE + 0xd0, VPRIM_SVM_EFER_SVME, 8);	/* EFER */
	store(v + SAVE + 0x158, 0x80000011, 8);		/* CR0 */
	store(v + SAVE + 0x160, 0x400, 8);		/* DR7 */
	store(v + SAVE + 0x168, 0xffff0ff0, 8);		/* DR6 */
	store(v + SAVE + 0x170, 2, 8);			/* RFLAGS */
	store(v + SAVE + 0x268, UINT64_C(0x0007040600070406), 8);
}

/* Lays the state out so that it ends where it can be read no further. */
static struct kvm_nested_state *lay_out(const struct bench *b,
					const struct trial *t, uint8_t *vmcb)
{
	static const size_t readable_bytes[] = {
		[READ_ALL] = WHOLE_BYTES,
		[READ_NONE] = 0,
		[READ_HEADER] = VPRIM_SVM_HEADER_BYTES,
		[READ_CONTROL] = VPRIM_SVM_HEADER_BYTES + SAVE,
	};
	size_t bytes = readable_bytes[t->readable];
	uint8_t *at = b->room + 2 * PAGE - bytes;
	union {
		struct kvm_nested_state head;
		uint8_t bytes[WHOLE_BYTES];
	} s;
	unsigned int i;

	memset(&s, 0, sizeof(s));
	s.head.flags = t->flags;
	s.head.format = t->format;
	s.head.size = t->size_bytes;
	s.head.hdr.svm.vmcb_pa = t->vmcb_pa;
	good_vmcb(vmcb);
	for (i = 0; i < t->nr_spoils; i++)
		store(vmcb + t->spoils[i].offset, t->spoils[i].value,
		      t->spoils[i].bytes);
	memcpy(s.bytes + VPRIM_SVM_HEADER_BYTES, vmcb, VPRIM_SVM_VMCB_BYTES);
	memcpy(at, s.bytes, bytes);
	return (struct kvm_nested_state *)(void *)at;
}

struct answer {
	int ret;
	unsigned int rule;	/* 0: accepted */
	struct vprim_reason why;
	struct vprim_svm_effect effect;
};

static void ask(const struct bench *b, uint32_t release,
		const struct vprim_svm_state *state, struct answer *a)
{
	struct vprim_svm_target target = b->target;

	memset(a, 0, sizeof(*a));
	target.release = release;
	a->ret = vprim_svm_set_nested(&target, state, &a->effect, &a->why);
	a->rule = vprim_reason_id(&a->why);
}

/* The release's rules and the kernel: the same errno, the same vCPU afterwards. */
static void settle_old(struct bench *b, const struct trial *t, int kernel,
		       const struct answer *old)
{
	char what[160];

	account.refused += kernel != 0;
	rule_seen[old->rule ? old->rule - FIRST_RULE : RULES]++;
	if (kernel != old->ret) {
		snprintf(what, sizeof(what), "kernel %s, its release's rules %s (%s)",
			 strerror(-kernel), strerror(-old->ret),
			 vprim_reason_word(&old->why));
		say(b, t, what);
	}
	if (!old->ret)
		vprim_svm_vcpu_apply(&b->old, &old->effect);
	if (old->rule == VPRIM_SVM_RULE_CR3_LOAD) {
		/* Linux has committed: what it took is all of the state. */
		const struct vprim_svm_effect taken = {
			.guest_mode = true,
			.run_pending = t->flags & VPRIM_SVM_FLAG_RUN_PENDING,
			.gif = t->flags & VPRIM_SVM_FLAG_GIF_SET,
			.vmcb_pa = t->vmcb_pa,
		};

		account.documented[DOC_LATE_CR3]++;
		vprim_svm_vcpu_apply(&b->old, &taken);
	}
}

/*
 * The merged rules: they may only take what was refused before for want of SVME,
 * and refuse virtual NMIs that nobody looked at.
 */
static void settle_merged(struct bench *b, const struct trial *t, int kernel,
			  const struct answer *old, const struct answer *merged)
{
	char what[160];

	if (old->rule == VPRIM_SVM_RULE_SVME_CLEAR && !merged->ret && !t->flags) {
		account.documented[DOC_GIF_REFUSED]++;
		set_right(b);
		return;
	}
	if (merged->rule == VPRIM_SVM_RULE_VNMI && old->rule != merged->rule &&
	    (!old->ret || old->rule == VPRIM_SVM_RULE_CR3_LOAD)) {
		account.documented[DOC_VNMI]++;
		set_right(b);
		return;
	}
	if (kernel != merged->ret) {
		snprintf(what, sizeof(what), "kernel %s, merged rules %s (%s)",
			 strerror(-kernel), strerror(-merged->ret),
			 vprim_reason_word(&merged->why));
		say(b, t, what);
	}
	if (!merged->ret)
		vprim_svm_vcpu_apply(&b->merged, &merged->effect);
	if (merged->rule == VPRIM_SVM_RULE_CR3_LOAD)
		set_right(b);
}

static void set_state(struct bench *b, const struct trial *t)
{
	uint8_t vmcb[VPRIM_SVM_VMCB_BYTES];
	struct kvm_nested_state *s = lay_out(b, t, vmcb);
	struct vprim_svm_state state = {
		.header_readable = t->readable != READ_NONE,
		.data_readable = t->readable == READ_ALL,
		.memory = true, .flags = t->flags, .format = t->format,
		.size_bytes = t->size_bytes, .vmcb_pa = t->vmcb_pa,
	};
	struct answer old, merged;
	int kernel;

	if (vprim_svm_read_vmcb(vmcb, sizeof(vmcb), &state.vmcb))
		vm_die("vprim_svm_read_vmcb");
	ask(b, b->target.release, &state, &old);
	ask(b, merged_release(b), &state, &merged);
	kernel = ioctl(b->vm.vcpu, KVM_SET_NESTED_STATE, s) ? -errno : 0;
	account.asked++;
	settle_old(b, t, kernel, &old);
	settle_merged(b, t, kernel, &old, &merged);
	compare_state(b, t, "after the state");
}

static void leave_guest_mode(struct bench *b)
{
	const struct trial leave = {
		.svme = b->old.svme, .flags = VPRIM_SVM_FLAG_GIF_SET,
		.format = VPRIM_SVM_FORMAT, .size_bytes = VPRIM_SVM_HEADER_BYTES,
	};

	set_state(b, &leave);
}

static void try_one(struct bench *b, const struct trial *t)
{
	if (t->smm != b->old.smm) {
		leave_guest_mode(b);
		set_smm(b, t->smm);
	}
	set_svme(b, t);
	set_state(b, t);
}

static const struct trial good = {
	.svme = true, .mode = MODE_REAL,
	.flags = VPRIM_SVM_FLAG_GUEST_MODE | VPRIM_SVM_FLAG_GIF_SET,
	.format = VPRIM_SVM_FORMAT, .size_bytes = WHOLE_BYTES, .vmcb_pa = 0x2000,
};

/* -- every combination of the header -- */

static const uint32_t sizes[] = {
	0, 64, 127, 128, 129, 4223, 4224, 4225, UINT32_MAX
};

static void try_addresses(struct bench *b, struct trial *t)
{
	const uint64_t width = UINT64_C(1) << b->target.phys_bits;
	const uint64_t pas[] = {
		UINT64_MAX, 0, 0x1000, 0x1001, width - 0x1000, width,
		UINT64_C(1) << 52, UINT64_C(1) << 63
	};
	bool matters = t->format == VPRIM_SVM_FORMAT &&
		       (t->flags & VPRIM_SVM_FLAG_GUEST_MODE);
	size_t i;

	for (i = 0; i < (matters ? VPRIM_ARRAY_LEN(pas) : 1); i++) {
		t->vmcb_pa = pas[i];
		try_one(b, t);
	}
}

static void try_flags(struct bench *b, struct trial *t)
{
	static const uint16_t unknown[] = { 0x10, 0x200, 0x8000 };
	unsigned int i;
	size_t k;

	for (k = 0; k < VPRIM_ARRAY_LEN(sizes); k++) {
		t->size_bytes = sizes[k];
		for (i = 0; i < 32; i++) {
			t->flags = (uint16_t)((i & 15) | (i & 16) << 4);
			try_addresses(b, t);
		}
		for (i = 0; i < VPRIM_ARRAY_LEN(unknown); i++) {
			t->flags = unknown[i] | VPRIM_SVM_FLAG_GIF_SET;
			try_addresses(b, t);
		}
	}
}

static void try_headers(struct bench *b)
{
	static const uint16_t formats[] = { 0, 1, 2, 0xffff };
	unsigned int i;

	for (i = 0; i < 4 * VPRIM_ARRAY_LEN(formats); i++) {
		struct trial t = good;

		t.svme = i & 1;
		t.smm = i & 2;
		t.format = formats[i >> 2];
		try_flags(b, &t);
	}
}

/* -- a good VMCB, spoilt -- */

struct field {
	const char *name;
	uint16_t offset;
	uint8_t bytes;
};

/* All that a check looks at, and some that none does. */
static const struct field fields[] = {
	{ "intercepts", 0x0c, 4 }, { "SVM intercepts", 0x10, 4 },
	{ "IOPM", 0x40, 8 }, { "MSRPM", 0x48, 8 }, { "ASID", 0x58, 4 },
	{ "TLB control", 0x5c, 1 }, { "interrupt control", 0x60, 8 },
	{ "nested control", 0x90, 8 }, { "nested CR3", 0xb0, 8 },
	{ "clean bits", 0xc0, 4 }, { "event injection", 0xa8, 8 },
	{ "CS selector and attributes", SAVE + 0x10, 4 },
	{ "CPL", SAVE + 0xcb, 1 }, { "EFER", SAVE + 0xd0, 8 },
	{ "CR4", SAVE + 0x148, 8 }, { "CR3", SAVE + 0x150, 8 },
	{ "CR0", SAVE + 0x158, 8 }, { "DR7", SAVE + 0x160, 8 },
	{ "DR6", SAVE + 0x168, 8 }, { "RFLAGS", SAVE + 0x170, 8 },
	{ "RIP", SAVE + 0x178, 8 }, { "G_PAT", SAVE + 0x268, 8 },
};

/* Values at which some check turns. */
static uint64_t edge(const struct bench *b, uint64_t pick)
{
	const uint64_t width = UINT64_C(1) << b->target.phys_bits;
	const uint64_t values[] = {
		0, 1, UINT64_MAX, width - 1, width, width - 0x1000,
		width - 0x2000, width - 0x2fff, width - 0x3000, width - 0x1fff,
		UINT64_C(0x1234), UINT64_C(0x0202020202020202),
		UINT64_C(0x80000011), UINT64_C(0xa0000011),
		UINT64_C(0xe0000011), UINT64_C(0x180000011), UINT64_C(0x11),
		UINT64_C(0x80000010), UINT64_C(0x20002), UINT64_C(0x1500),
		UINT64_C(0x1d01), UINT64_C(0x3d01), UINT64_C(0x100000400),
		UINT64_C(0x60b0000), UINT64_C(0x20b0000), UINT64_C(0x40b0000),
		UINT64_C(0x4000000), UINT64_C(0x20), UINT64_C(0x7ff),
	};

	return values[pick % VPRIM_ARRAY_LEN(values)];
}
#define EDGES 29u

/* One bit of what the good VMCB has there. */
static uint64_t flipped(const struct field *f, unsigned int bit)
{
	uint8_t vmcb[VPRIM_SVM_VMCB_BYTES];
	uint64_t value = 0;
	unsigned int i;

	good_vmcb(vmcb);
	for (i = 0; i < f->bytes; i++)
		value |= (uint64_t)vmcb[f->offset + i] << (8 * i);
	return value ^ UINT64_C(1) << bit;
}

static void spoil(struct trial *t, const struct field *f, uint64_t value)
{
	t->spoils[t->nr_spoils++] = (struct spoil){ f->offset, f->bytes, value };
}

/* Long mode in the save area, so that the checks that need it are reached. */
static void spoil_long_mode(struct trial *t)
{
	spoil(t, &fields[13], UINT64_C(0x1500));
	spoil(t, &fields[14], UINT64_C(0x20));
}

/* Every field with every edge and every flipped bit, with and without GIF. */
static void try_fields(struct bench *b)
{
	size_t f;
	unsigned int i, k;

	for (f = 0; f < VPRIM_ARRAY_LEN(fields); f++) {
		for (i = 0; i < EDGES + 8u * fields[f].bytes; i++) {
			for (k = 0; k < 4; k++) {
				struct trial t = good;

				t.flags = (k & 1) ? 0x101 : 0x001;
				if (k & 2)
					spoil_long_mode(&t);
				spoil(&t, &fields[f],
				      i < EDGES ? edge(b, i)
						: flipped(&fields[f], i - EDGES));
				try_one(b, &t);
			}
		}
	}
}

/* Nested paging, with every root: the one check that takes two fields. */
static void try_nested_paging(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < EDGES + 64; i++) {
		struct trial t = good;

		spoil(&t, &fields[7], 1);
		spoil(&t, &fields[8], i < EDGES ? edge(b, i)
						: UINT64_C(1) << (i - EDGES));
		try_one(b, &t);
	}
}

/* What the vCPU itself brings, and memory that cannot be read. */
static void try_surroundings(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < 2 * 2 * 3 * 4 * 2 * 2; i++) {
		struct trial t = good;

		t.bad_cr3 = i & 1;
		t.smm = i & 2;
		t.svme = !(i / 4 & 1);
		t.flags = i / 8 & 1 ? 0x103 : 0x101;
		t.readable = (enum readable)(i / 16 % 4);
		t.mode = t.bad_cr3 ? (enum mode)(i / 64 % 2)
				   : (enum mode)(i / 64 % 3);
		try_one(b, &t);
	}
}

/* -- at random -- */

static void random_spoil(const struct bench *b, struct trial *t)
{
	const struct field *f = &fields[rng_below(VPRIM_ARRAY_LEN(fields))];
	struct field any = { "any", 0, 1 };

	switch (rng_below(4)) {
	case 0:
		spoil(t, f, edge(b, rng_next()));
		break;
	case 1:
		spoil(t, f, flipped(f, (unsigned int)rng_below(8u * f->bytes)));
		break;
	case 2:
		spoil(t, f, rng_next() >> rng_below(64));
		if (f == &fields[8] && t->nr_spoils < SPOILS_MAX)
			spoil(t, &fields[7], 1);
		break;
	default:
		any.offset = (uint16_t)rng_below(VPRIM_SVM_VMCB_BYTES);
		spoil(t, &any, rng_next());
		break;
	}
}

static void random_trial(const struct bench *b, struct trial *t)
{
	static const uint16_t flags[] = {
		0x101, 0x101, 0x101, 0x001, 0x001, 0x103, 0x003, 0x100, 0,
	};
	uint64_t n = rng_below(SPOILS_MAX - 1);

	*t = good;
	t->flags = flags[rng_below(VPRIM_ARRAY_LEN(flags))];
	t->svme = rng_below(8);
	t->smm = !rng_below(24);
	t->mode = (enum mode)rng_below(3);
	t->bad_cr3 = t->mode != MODE_LONG && !rng_below(24);
	if (!rng_below(24))
		t->readable = (enum readable)(1 + rng_below(3));
	if (!rng_below(16))
		t->flags = (uint16_t)rng_next();
	if (!rng_below(24))
		t->format = (uint16_t)rng_below(4);
	if (!rng_below(24))
		t->size_bytes = sizes[rng_below(VPRIM_ARRAY_LEN(sizes))];
	if (!rng_below(8))
		t->vmcb_pa = edge(b, rng_next()) & ~(rng_below(4) ? UINT64_C(0xfff) : 0);
	if (rng_below(2) && n < SPOILS_MAX - 2)
		spoil_long_mode(t);
	while (n-- && t->nr_spoils < SPOILS_MAX)
		random_spoil(b, t);
}

/* Each check that can fail on a live host must have been the one that decided. */
static void check_reached(void)
{
	const uint32_t release = diff_release();
	unsigned int rule;

	if (!rule_seen[RULES])
		differs("nested state: nothing was accepted");
	for (rule = FIRST_RULE; rule < FIRST_RULE + RULES; rule++) {
		bool expected = rule != VPRIM_SVM_RULE_NO_NESTED &&
				rule != VPRIM_SVM_RULE_MEMORY &&
				rule != VPRIM_SVM_RULE_CURRENT_CR0 &&
				rule != VPRIM_SVM_RULE_GPAT &&
				rule != VPRIM_SVM_RULE_EVENT_INJ;
		uint64_t seen = rule_seen[rule - FIRST_RULE];

		if (rule == VPRIM_SVM_RULE_VNMI)
			expected = vprim_linux_has(release, VPRIM_CHANGE_SVM_VNMI);
		if (rule == VPRIM_SVM_RULE_NO_NPT)
			expected = !vm_parameter("npt");
		if (rule == VPRIM_SVM_RULE_NESTED_CR3)
			expected = vm_parameter("npt");
		if (expected != !!seen)
			differs("nested state: \"%s\" decided %" PRIu64 " times",
				vprim_rules_find(&vprim_svm_rules, rule)->word,
				seen);
	}
}

void diff_nested_state(uint64_t randoms)
{
	static const struct vm_kind kinds[] = {
		{ "as-offered", 0, false },
		{ "narrow-and-poor", 36, true },
		{ "wide", 48, false },
	};
	size_t k;
	uint64_t i;

	for (k = 0; k < VPRIM_ARRAY_LEN(kinds); k++) {
		struct bench b;
		struct trial t;

		open_bench(&b, &kinds[k]);
		if (!k)
			try_headers(&b);
		try_fields(&b);
		try_nested_paging(&b);
		try_surroundings(&b);
		for (i = 0; i < randoms / VPRIM_ARRAY_LEN(kinds); i++) {
			random_trial(&b, &t);
			try_one(&b, &t);
		}
		close_bench(&b);
	}
	check_reached();
}

#endif /* __x86_64__ */
