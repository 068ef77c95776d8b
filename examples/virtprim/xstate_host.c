// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * This host's extended state, and whether the processor and the kernel agree
 * with the library about it.
 *
 * Permissions are asked for in a child process: they stay with a process until
 * it ends.
 */
#include "xstate_tool.h"

#include <virtprim/user_kvm.h>
#include <virtprim/user_xstate.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(n) VPRIM_XSTATE_BIT(n)

/* -- the list of comparisons -------------------------------------------------------- */

static void text(char *out, size_t capacity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void text(char *out, size_t capacity, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(out, capacity, format, ap);
	va_end(ap);
}

static struct xstate_check *add(struct xstate_checks *c, const char *source)
{
	struct xstate_check *grown;

	if (c->count == c->capacity) {
		c->capacity = c->capacity ? 2 * c->capacity : 64;
		grown = realloc(c->list, c->capacity * sizeof(*grown));
		if (!grown) {
			c->failed = true;
			c->capacity = c->count;
			return NULL;
		}
		c->list = grown;
	}
	memset(&c->list[c->count], 0, sizeof(*c->list));
	c->list[c->count].source = source;
	return &c->list[c->count++];
}

static void tally(struct xstate_checks *c, const struct xstate_check *k)
{
	c->differences += strcmp(k->expected, k->found) != 0;
}

static void compare_number(struct xstate_checks *c, const char *source,
			   const char *what, const char *format,
			   uint64_t expected, uint64_t found)
{
	struct xstate_check *k = add(c, source);

	if (!k)
		return;
	text(k->what, sizeof(k->what), "%s", what);
	text(k->expected, sizeof(k->expected), format[0] == 'x' ? "0x%llx" : "%llu",
	     (unsigned long long)expected);
	text(k->found, sizeof(k->found), format[0] == 'x' ? "0x%llx" : "%llu",
	     (unsigned long long)found);
	tally(c, k);
}

static const char *answer(int err)
{
	switch (err) {
	case 0: return "ok";
	case EPERM: return "EPERM";
	case EINVAL: return "EINVAL";
	case EOPNOTSUPP: return "EOPNOTSUPP";
	case EBUSY: return "EBUSY";
	case ENOSPC: return "ENOSPC";
	case EFAULT: return "EFAULT";
	default: return strerror(err);
	}
}

static void compare_answer(struct xstate_checks *c, const char *source,
			   const char *what, int expected, int found)
{
	struct xstate_check *k = add(c, source);

	if (!k)
		return;
	text(k->what, sizeof(k->what), "%s", what);
	text(k->expected, sizeof(k->expected), "%s", answer(expected));
	text(k->found, sizeof(k->found), "%s", answer(found));
	tally(c, k);
}

static void note(struct xstate_checks *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct xstate_checks *c, const char *format, ...)
{
	va_list ap;

	if (c->notes == VPRIM_ARRAY_LEN(c->note))
		return;
	va_start(ap, format);
	vsnprintf(c->note[c->notes], sizeof(c->note[0]), format, ap);
	va_end(ap);
	c->notes++;
}

/* -- the processor --------------------------------------------------------------------- */

bool xstate_host_read(struct xstate_machine *m, const char **why)
{
	struct vprim_user_xstate host;

	memset(m, 0, sizeof(*m));
	snprintf(m->name, sizeof(m->name), "this host");
	if (vprim_user_xstate_read(&host, NULL)) {
		*why = "this processor has no XSAVE, or the system does not use it";
		return false;
	}
	memcpy(m->dump.leaf, host.leaf, sizeof(host.leaf));
	m->dump.flags = host.flags;
	m->dump.has_flags = true;
	m->dump.cpus = 1;
	m->dump.given = UINT64_MAX;
	m->xcr0 = host.xcr0;
	return true;
}

static uint64_t size_of(const struct vprim_xstate_table *t, uint64_t mask,
			enum vprim_xstate_format format)
{
	uint64_t size;

	return vprim_xstate_size(t, mask, format, &size, NULL) ? 0 : size;
}

/*
 * IA32_XSS is not readable here. What 0xD.1 EBX shows must be the size for some
 * value that it can have.
 */
static uint64_t xss_in_force(const struct xstate_machine *m, uint64_t ebx1)
{
	uint64_t all = m->table.xss, xss = all;

	for (;; xss = (xss - 1) & all) {
		if (size_of(&m->table, m->xcr0 | xss, VPRIM_XSTATE_COMPACTED) == ebx1)
			return xss;
		if (!xss)
			return all;
	}
}

static void compare_cpuid(const struct xstate_machine *m, struct xstate_checks *c)
{
	const struct vprim_xstate_table *t = &m->table;
	uint32_t compacts = VPRIM_XSTATE_HAS_XSAVEC | VPRIM_XSTATE_HAS_XSAVES;
	uint64_t all = t->xcr0 | t->xss;
	char what[56];
	unsigned int n;

	compare_answer(c, "CPUID", "XCR0 in force is legal", 0,
		       -vprim_xstate_check_xcr0(t->xcr0, 0, m->xcr0,
						VPRIM_XSTATE_ORDER_ARCH, NULL));
	text(what, sizeof(what), "0xD.0 EBX: standard, XCR0 = 0x%llx",
	     (unsigned long long)m->xcr0);
	compare_number(c, "CPUID", what, "d",
		       size_of(t, m->xcr0, VPRIM_XSTATE_STANDARD), t->ebx0);
	compare_number(c, "CPUID", "0xD.0 ECX: standard, all of XCR0", "d",
		       size_of(t, t->xcr0, VPRIM_XSTATE_STANDARD), t->ecx0);
	if (t->features & compacts) {
		uint64_t xss = xss_in_force(m, t->ebx1);

		text(what, sizeof(what), "0xD.1 EBX: compacted, with XSS = 0x%llx",
		     (unsigned long long)xss);
		compare_number(c, "CPUID", what, "d",
			       size_of(t, m->xcr0 | xss, VPRIM_XSTATE_COMPACTED),
			       t->ebx1);
	}
	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++) {
		if (all & BIT(n) && vprim_xstate_component_kind(n) !=
					    VPRIM_XSTATE_UNASSIGNED) {
			text(what, sizeof(what), "component %u (%s) is supervisor state",
			     n, vprim_xstate_component_name(n));
			compare_number(c, "CPUID", what, "d",
				       vprim_xstate_component_kind(n) ==
					       VPRIM_XSTATE_SUPERVISOR,
				       t->xss >> n & 1);
		}
		if (!(all & BIT(n)) && t->component[n].size_bytes) {
			text(what, sizeof(what), "0xD.%u EAX of an absent component", n);
			compare_number(c, "CPUID", what, "d", 0,
				       t->component[n].size_bytes);
		}
	}
}

/* -- arch_prctl ------------------------------------------------------------------------ */

#if defined(__x86_64__)

/* Numbers to ask for: all that are known or may be, and some that are not. */
#define NUMBERS 68u

static uint64_t number_at(unsigned int i)
{
	static const uint64_t odd[] = { 82, BIT(32) + 18, UINT64_MAX };

	return i < 65 ? i : odd[i - 65];
}

struct asked {
	int host[NUMBERS], guest[NUMBERS];	/* errno of each request */
	uint64_t perm, guest_perm;		/* afterwards */
	bool failed;				/* those two cannot be had */
	int xsave2;				/* KVM_CAP_XSAVE2 then; -1 none */
};

static int cap_xsave2(void)
{
	struct vprim_user_kvm k;
	uint32_t size;
	int ret = vprim_user_kvm_init(&k, NULL);

	if (ret)
		return -1;
	ret = vprim_user_xstate_kvm_size(k.vm, &size, NULL);
	vprim_user_kvm_fini(&k);
	return ret ? -1 : (int)size;
}

static void ask(struct asked *a)
{
	unsigned int i;

	for (i = 0; i < NUMBERS; i++) {
		a->host[i] = -vprim_user_xstate_request(VPRIM_XSTATE_PERM_HOST,
							number_at(i), NULL);
		a->guest[i] = -vprim_user_xstate_request(VPRIM_XSTATE_PERM_GUEST,
							 number_at(i), NULL);
	}
	a->failed = vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_HOST, &a->perm,
						NULL) ||
		    vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST,
						&a->guest_perm, NULL);
	a->xsave2 = cap_xsave2();
}

/* In a child process, which takes its permissions with it. */
static bool ask_elsewhere(struct asked *a)
{
	int ends[2], status = 0;
	ssize_t got;
	pid_t child;

	if (pipe(ends))
		return false;
	child = fork();
	if (child == 0) {
		ask(a);
		_exit(write(ends[1], a, sizeof(*a)) != sizeof(*a));
	}
	close(ends[1]);
	got = child > 0 ? read(ends[0], a, sizeof(*a)) : -1;
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	return got == (ssize_t)sizeof(*a);
}

/* How many components this kernel knows: the first number that is invalid. */
static uint32_t known_components(const struct asked *a)
{
	uint32_t n = VPRIM_XSTATE_APX;

	while (n < VPRIM_XSTATE_COMPONENTS && a->host[n] != EINVAL)
		n++;
	return n;
}

static bool boot(const struct xstate_machine *m, uint32_t known,
		 struct vprim_xstate_perm_config *config,
		 struct vprim_xstate_perm *perm)
{
	struct vprim_xstate_perm_setup setup;

	vprim_xstate_perm_defaults(&m->table, &setup);
	setup.present = vprim_xstate_perm_present(&m->dump.flags);
	setup.known_components = known;
	if (known <= VPRIM_XSTATE_APX)
		setup.user_supported &= ~BIT(VPRIM_XSTATE_APX);
	if (vprim_xstate_perm_configure(&setup, config, NULL))
		return false;
	vprim_xstate_perm_exec(config, perm);
	return true;
}

static void compare_requests(const struct vprim_xstate_perm_config *config,
			     struct vprim_xstate_perm *perm,
			     const struct asked *a, struct xstate_checks *c)
{
	static const enum vprim_xstate_perm_who whos[] = {
		VPRIM_XSTATE_PERM_HOST, VPRIM_XSTATE_PERM_GUEST,
	};
	char what[56];
	unsigned int i, w;

	for (i = 0; i < NUMBERS; i++)
		for (w = 0; w < 2; w++) {
			text(what, sizeof(what), "request %s%llu",
			     w ? "for guests " : "",
			     (unsigned long long)number_at(i));
			compare_answer(c, "arch_prctl", what,
				-vprim_xstate_perm_request(config, perm, whos[w],
							   number_at(i), 0, NULL),
				w ? a->guest[i] : a->host[i]);
		}
}

static void compare_prctl(const struct xstate_machine *m, struct xstate_checks *c)
{
	struct vprim_xstate_perm_config config;
	struct vprim_xstate_perm perm;
	struct vprim_user_fault fault;
	struct asked a;
	uint64_t supp, host, guest;

	if (vprim_user_xstate_supported(&supp, &fault) ||
	    vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_HOST, &host, &fault) ||
	    vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST, &guest, &fault)) {
		note(c, "%s: %s; needs Linux 5.17", fault.call,
		     strerror(fault.error));
		return;
	}
	if (!ask_elsewhere(&a) || a.failed) {
		note(c, "arch_prctl: no child process to ask in");
		return;
	}
	if (!boot(m, known_components(&a), &config, &perm)) {
		note(c, "arch_prctl: leaf 0xd lacks the size of a component in use");
		return;
	}
	compare_number(c, "arch_prctl", "supported", "x", config.user_max, supp);
	compare_number(c, "arch_prctl", "permitted", "x",
		       config.host_default & config.user_supported, host);
	compare_number(c, "arch_prctl", "permitted for guests", "x",
		       config.guest_default & config.user_supported, guest);
	compare_requests(&config, &perm, &a, c);
	compare_number(c, "arch_prctl", "permitted, after all requests", "x",
		       perm.host.mask & config.user_supported, a.perm);
	compare_number(c, "arch_prctl", "for guests, after all requests", "x",
		       perm.guest.mask & config.user_supported, a.guest_perm);
}

/* -- KVM ------------------------------------------------------------------------------- */

/* Leaf 0xD as the module offers it: the sub-leaves that were there. */
struct offer {
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	uint64_t given;
};

static const struct vprim_xstate_leaf *offered_leaf(const struct offer *o,
						    uint32_t n)
{
	return o->given & BIT(n) ? &o->leaf[n] : NULL;
}

static void compare_register(struct xstate_checks *c, uint32_t n, const char *name,
			     uint32_t expected, uint32_t found)
{
	char what[56];

	text(what, sizeof(what), "0xD.%u %s offered", n, name);
	compare_number(c, "KVM", what, "x", expected, found);
}

static void compare_offer(const struct vprim_xstate_table *t, uint64_t filtered,
			  const struct offer *o, struct xstate_checks *c)
{
	const struct vprim_xstate_leaf *one = offered_leaf(o, 1), *e;
	struct vprim_xstate_perm_kvm_caps caps = { .xcr0 = filtered };
	struct vprim_xstate_leaf l;
	char what[56];
	uint32_t n;

	/* What the module knows beyond XCR0 is its own choice. */
	if (one) {
		caps.features = one->eax;
		caps.xss = (uint64_t)one->edx << 32 | one->ecx;
	}
	for (n = 0; n < VPRIM_XSTATE_LEAVES; n++) {
		int ret = vprim_xstate_perm_kvm_cpuid(t, &caps, n, &l);

		e = offered_leaf(o, n);
		if (ret || !e) {
			text(what, sizeof(what), "0xD.%u is offered", n);
			if (!ret || e)
				compare_number(c, "KVM", what, "d", !ret, !!e);
			continue;
		}
		compare_register(c, n, "EAX", l.eax, e->eax);
		compare_register(c, n, "EBX", l.ebx, e->ebx);
		compare_register(c, n, "ECX", l.ecx, e->ecx);
		compare_register(c, n, "EDX", l.edx, e->edx);
	}
}

static int set_xcr0(int vcpu, uint64_t value)
{
	struct kvm_xcrs x = { .nr_xcrs = 1 };

	x.xcrs[0].value = value;
	return ioctl(vcpu, KVM_SET_XCRS, &x) ? errno : 0;
}

static void compare_xcr0(int vcpu, uint64_t guest, struct xstate_checks *c)
{
	uint64_t values[80] = { 0, 1, 2, 3, 5, 6, 7, 0x1f, 0xe7, 0x67, 0xe3,
				0x207, 0x60007, 0x20007, guest };
	unsigned int n, count = 15;
	struct vprim_xstate_perm_xcr x = { 0, 0 };
	uint64_t xcr0;
	char what[56];

	for (n = 0; n < 64; n++)
		values[count++] = 7 | BIT(n);
	for (n = 0; n < count; n++) {
		x.value = values[n];
		text(what, sizeof(what), "KVM_SET_XCRS XCR0 = 0x%llx",
		     (unsigned long long)values[n]);
		compare_answer(c, "KVM", what,
			       -vprim_xstate_perm_kvm_set_xcrs(&x, 1, 0, guest,
							       &xcr0, NULL),
			       set_xcr0(vcpu, values[n]));
	}
}

static void compare_vcpu(struct vprim_user_kvm *k, const struct offer *o,
			 uint64_t filtered, struct xstate_checks *c)
{
	const struct vprim_xstate_leaf *zero = offered_leaf(o, 0);
	static uint8_t image[65536];
	struct vprim_user_fault fault;
	uint64_t guest;

	if (vprim_user_kvm_vcpu(k, &fault)) {
		note(c, "KVM: no vCPU to ask: %s: %s", fault.call,
		     strerror(fault.error));
	} else if (zero) {
		guest = filtered & ((uint64_t)zero->edx << 32 | zero->eax);
		compare_answer(c, "KVM", "KVM_GET_XSAVE2", 0,
			       -vprim_user_kvm_get_xsave(k, image, sizeof(image),
							 NULL));
		compare_xcr0(k->vcpu, guest, c);
	}
}

static void compare_size(const struct xstate_machine *m, struct vprim_user_kvm *k,
			 uint64_t supp, uint64_t filtered, struct xstate_checks *c)
{
	struct asked a;
	uint32_t size;

	if (!vprim_user_xstate_kvm_size(k->vm, &size, NULL))
		compare_number(c, "KVM", "KVM_CAP_XSAVE2", "d",
			       vprim_xstate_perm_kvm_xsave2_size(&m->table,
								 filtered),
			       size);
	if (ask_elsewhere(&a) && a.xsave2 >= 0)
		compare_number(c, "KVM", "KVM_CAP_XSAVE2, with permission", "d",
			vprim_xstate_perm_kvm_xsave2_size(&m->table,
				vprim_xstate_perm_kvm_filtered(supp, a.guest_perm)),
			(uint64_t)a.xsave2);
}

static void compare_vm(const struct xstate_machine *m, struct vprim_user_kvm *k,
		       uint64_t supp, struct xstate_checks *c)
{
	struct vprim_user_fault fault;
	struct offer o;
	uint64_t perm, filtered;

	if (vprim_user_xstate_permitted(VPRIM_XSTATE_PERM_GUEST, &perm, &fault)) {
		note(c, "KVM: %s: %s", fault.call, strerror(fault.error));
		return;
	}
	filtered = vprim_xstate_perm_kvm_filtered(supp, perm);
	compare_size(m, k, supp, filtered, c);
	if (vprim_user_xstate_kvm_leaves(k->kvm, o.leaf, &o.given, &fault)) {
		note(c, "KVM: %s: %s", fault.call, strerror(fault.error));
		return;
	}
	compare_offer(&m->table, filtered, &o, c);
	compare_vcpu(k, &o, filtered, c);
}

static void compare_kvm(const struct xstate_machine *m, struct xstate_checks *c)
{
	const struct vprim_xstate_perm_kvm_host host = {
		.xcr0 = m->xcr0, .xss = m->table.xss, .xsaves = true,
		.shstk = true, .ibt = true, .release = VPRIM_LINUX_NEWEST,
	};
	struct vprim_xstate_perm_kvm most = vprim_xstate_perm_kvm_supported(&host);
	struct vprim_user_fault fault;
	struct vprim_user_kvm k;
	uint64_t supp = 0;

	if (vprim_user_kvm_init(&k, &fault)) {
		note(c, "KVM: %s: %s", fault.subject, strerror(fault.error));
		return;
	}
	if (vprim_user_xstate_kvm_supported(k.kvm, &supp, &fault)) {
		note(c, "KVM: KVM_X86_XCOMP_GUEST_SUPP: %s",
		     strerror(fault.error));
	} else {
		compare_number(c, "KVM", "supported beyond what the host has", "x",
			       0, supp & ~most.xcr0);
		compare_vm(m, &k, supp, c);
	}
	vprim_user_kvm_fini(&k);
}

#else

static void compare_prctl(const struct xstate_machine *m, struct xstate_checks *c)
{
	(void)m;
	note(c, "arch_prctl: only for 64-bit programs");
}

static void compare_kvm(const struct xstate_machine *m, struct xstate_checks *c)
{
	(void)m;
	note(c, "KVM: only for 64-bit programs");
}

#endif

void xstate_host_compare(const struct xstate_machine *m,
			 struct xstate_checks *checks)
{
	compare_cpuid(m, checks);
	compare_prctl(m, checks);
	compare_kvm(m, checks);
}

#else

bool xstate_host_read(struct xstate_machine *m, const char **why)
{
	(void)m;
	*why = "this machine is no x86 processor; give a dump with --cpuid";
	return false;
}

void xstate_host_compare(const struct xstate_machine *m,
			 struct xstate_checks *checks)
{
	(void)m;
	(void)checks;
}

#endif
