// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xstate_perm.h: the tables of requests and of KVM, and random lives of random
 * processes against a model that knows sets and sums only. The invariant is
 * tested after every event.
 */
#include "testlib.h"
#include "xstate_tables.h"
#include <virtprim/xstate_perm.h>

#define BIT(n) ((uint64_t)1 << (n))
#define HOST VPRIM_XSTATE_PERM_HOST
#define GUEST VPRIM_XSTATE_PERM_GUEST
#define LOCKED VPRIM_XSTATE_PERM_LOCKED

struct world {
	struct vprim_xstate_table table;
	struct vprim_xstate_perm_setup setup;
	struct vprim_xstate_perm_config config;
	struct vprim_xstate_perm perm;
};

static void boot(struct world *w)
{
	ck_assert_int_eq(vprim_xstate_perm_configure(&w->setup, &w->config, NULL), 0);
	vprim_xstate_perm_exec(&w->config, &w->perm);
	ck_assert_int_eq(vprim_xstate_perm_check(&w->config, &w->perm, NULL), 0);
}

static void prepare(struct world *w, enum machine_name m)
{
	w->table = machine_table(m);
	vprim_xstate_perm_defaults(&w->table, &w->setup);
}

static struct world *spr(struct world *w)
{
	prepare(w, SPR);
	boot(w);
	return w;
}

/* -- the pipeline ---------------------------------------------------------------- */

START_TEST(boot_fixes_masks_and_sizes)
{
	struct world w;

	spr(&w);
	ck_assert_uint_eq(w.config.kernel_max, 0x61ee7);
	ck_assert_uint_eq(w.config.user_max, 0x602e7);
	ck_assert_uint_eq(w.config.host_default, 0x20ee7);
	ck_assert_uint_eq(w.config.guest_default, 0x21ee7);
	ck_assert_uint_eq(w.config.user_default, 0x202e7);
	ck_assert_uint_eq(w.config.dynamic, 0x40000);
	ck_assert_int_eq(w.config.format, VPRIM_XSTATE_COMPACTED);
	ck_assert_uint_eq(w.perm.host.kernel_bytes, 2560);
	ck_assert_uint_eq(w.perm.host.user_bytes, 2816);
	ck_assert_uint_eq(w.perm.guest.kernel_bytes, 2560);
	ck_assert_uint_eq(w.perm.guest.mask, 0x21ee7);
}
END_TEST

START_TEST(each_step_of_the_pipeline_drops_its_part)
{
	struct world w;

	prepare(&w, SPR);
	w.setup.present &= ~BIT(10);
	boot(&w);
	ck_assert_uint_eq(w.config.host_default, 0x20ae7);

	prepare(&w, SPR);
	w.table.features &= ~VPRIM_XSTATE_HAS_XFD;
	boot(&w);
	ck_assert_uint_eq(w.config.user_max, 0x202e7);
	ck_assert_uint_eq(w.config.dynamic, 0);

	prepare(&w, SPR);
	w.table.features &= ~VPRIM_XSTATE_HAS_XSAVES;
	boot(&w);
	ck_assert_uint_eq(w.config.kernel_max, 0x602e7);
	ck_assert_int_eq(w.config.format, VPRIM_XSTATE_COMPACTED);

	prepare(&w, SPR);
	w.table.features = VPRIM_XSTATE_HAS_XFD;
	boot(&w);
	ck_assert_int_eq(w.config.format, VPRIM_XSTATE_STANDARD);
	ck_assert_uint_eq(w.perm.host.kernel_bytes, 2816);

	prepare(&w, SPR);
	w.setup.guest_supervisor = 0;
	boot(&w);
	ck_assert_uint_eq(w.config.guest_default, 0x20ee7);

	prepare(&w, APX);
	boot(&w);
	ck_assert_uint_eq(w.config.user_max, 0xe02e7);
	prepare(&w, APX);
	w.setup.user_supported &= ~BIT(19);
	boot(&w);
	ck_assert_uint_eq(w.config.user_max, 0x602e7);
}
END_TEST

START_TEST(flags_of_cpuid_stand_for_components)
{
	static const struct {
		struct vprim_xstate_perm_cpuid regs;
		uint64_t without;	/* components that this flag carries */
	} rows[] = {
		{ { .leaf1_edx = 1u << 0 }, BIT(0) },
		{ { .leaf1_edx = 1u << 25 }, BIT(1) },
		{ { .leaf1_ecx = 1u << 28 }, BIT(2) },
		{ { .leaf7_ebx = 1u << 14 }, BIT(3) | BIT(4) },
		{ { .leaf7_ebx = 1u << 16 }, BIT(5) | BIT(6) | BIT(7) },
		{ { .leaf7_ebx = 1u << 25 }, BIT(8) },
		{ { .leaf7_ecx = 1u << 4 }, BIT(9) },
		{ { .leaf7_ecx = 1u << 29 }, BIT(10) },
		{ { .leaf7_ecx = 1u << 7 }, BIT(11) | BIT(12) },
		{ { .leaf7_edx = 1u << 24 }, BIT(17) | BIT(18) },
		{ { .leaf7_1_edx = 1u << 21 }, BIT(19) },
	};
	struct vprim_xstate_perm_cpuid none = { 0, 0, 0, 0, 0, 0 };
	uint64_t asked = 0, base = vprim_xstate_perm_present(&none);

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		ck_assert_uint_eq(vprim_xstate_perm_present(&rows[i].regs),
				  base | rows[i].without);
		ck_assert_uint_eq(base & rows[i].without, 0);
		asked |= rows[i].without;
	}
	ck_assert_uint_eq(base, ~asked);
}
END_TEST

START_TEST(a_boot_that_cannot_be_is_refused)
{
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 3, 0, 0, 0 },
		{ 0xf, 0, 0xc00, 0 }, [10] = { 0xffffffff, 0, 1, 0 },
		[11] = { 16, 0, 1, 0 } };
	struct vprim_reason r;
	struct world w;

	spr(&w);
	w.config.kernel_max = 77;
	w.setup.known_components = 64;
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r),
			 -EINVAL);
	prepare(&w, SPR);
	w.setup.max_frame_bytes = 11007;
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_REASON_ARGUMENT);
	prepare(&w, SPR);
	w.table.component[11].size_bytes = 0;
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_XSTATE_RULE_UNKNOWN);
	ck_assert_uint_eq(r.at, 11);
	prepare(&w, SPR);
	w.table.features = VPRIM_XSTATE_HAS_XFD;
	w.table.component[17].size_bytes = 0;
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r),
			 -EINVAL);
	ck_assert_uint_eq(r.at, 17);
	ck_assert_int_eq(vprim_xstate_table_init(&w.table, l, 64, NULL), 0);
	vprim_xstate_perm_defaults(&w.table, &w.setup);
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r),
			 -EOVERFLOW);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_XSTATE_RULE_OVERFLOW);
	ck_assert_uint_eq(w.config.kernel_max, 77);
}
END_TEST

START_TEST(the_most_that_can_boot)
{
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 3, 0, 0, 0 },
		{ 0xf, 0, 0x400, 0 }, [10] = { UINT32_MAX - 576, 0, 1, 0 } };
	struct world w;

	ck_assert_int_eq(vprim_xstate_table_init(&w.table, l, 64, NULL), 0);
	vprim_xstate_perm_defaults(&w.table, &w.setup);
	w.setup.known_components = 63;
	w.setup.max_frame_bytes = 576;	/* a frame of nothing but the state */
	boot(&w);
	ck_assert_uint_eq(w.perm.host.kernel_bytes, UINT32_MAX);
	ck_assert_uint_eq(w.config.known_components, 63);
	ck_assert_uint_eq(w.config.frame_overhead_bytes, 0);
}
END_TEST

/* What a reason says before a call that succeeds. */
static struct vprim_reason stale(void)
{
	static const struct vprim_rule rule = { 0xffff, -EPERM, "stale", "stale", NULL };

	return (struct vprim_reason){ .rule = &rule };
}

START_TEST(success_leaves_no_reason)
{
	struct vprim_xstate_perm_buffer b = { .user_features = 7, .uabi_bytes = 4096 };
	struct vprim_xstate_header h = { .xstate_bv = 7, .mxcsr = 0x1f80 };
	const struct vprim_xstate_perm_xcr other = { 1, 5 };
	struct vprim_reason r = stale();
	uint64_t value;
	uint32_t bytes;
	struct world w;

	spr(&w);
	ck_assert_int_eq(vprim_xstate_perm_configure(&w.setup, &w.config, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &w.perm, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, HOST, 18, 0, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_prctl(&w.config, &w.perm,
			 VPRIM_XSTATE_PERM_GET_SUPP, 0, 0, &value, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_OPEN, &bytes, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 7, 0,
			 VPRIM_XSTATE_PERM_HIDDEN, NULL, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = stale();
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(&other, 1, 0, 7, &value, &r), 0);
	ck_assert_ptr_null(r.rule);
}
END_TEST

/* -- requests ----------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum machine_name m;
	uint32_t known;
	bool not_64bit, guest, locked;
	uint64_t before, number, altstack;
	int ret;
	uint64_t mask;
	uint32_t kernel, user;
} requests[] = {
	{ "P2", SPR, 20, 0, 0, 0, 0x20ee7, 18, 0, 0, 0x60ee7, 10752, 11008 },
	{ "P3", SPR, 20, 0, 0, 0, 0x60ee7, 18, 0, 0, 0x60ee7, 10752, 11008 },
	{ "P4", SPR, 20, 0, 0, 0, 0x20ee7, 17, 0, -EOPNOTSUPP, 0x20ee7, 2560, 2816 },
	{ "P5", SPR, 20, 0, 0, 0, 0x20ee7, 2, 0, -EOPNOTSUPP, 0x20ee7, 2560, 2816 },
	{ "P6", SPR, 20, 0, 0, 0, 0x20ee7, 19, 0, -EOPNOTSUPP, 0x20ee7, 2560, 2816 },
	{ "P6, limit 19", SPR, 19, 0, 0, 0, 0x20ee7, 19, 0, -EINVAL, 0x20ee7, 2560, 2816 },
	{ "P7", SPR, 20, 0, 0, 0, 0x20ee7, 20, 0, -EINVAL, 0x20ee7, 2560, 2816 },
	{ "P7, largest", SPR, 20, 0, 0, 0, 0x20ee7, UINT64_MAX, 0, -EINVAL, 0x20ee7, 2560, 2816 },
	{ "P7, 18 modulo 64", SPR, 20, 0, 0, 0, 0x20ee7, 82, 0, -EINVAL, 0x20ee7, 2560, 2816 },
	{ "P7, 18 modulo 2^32", SPR, 20, 0, 0, 0, 0x20ee7, BIT(32) + 18, 0, -EINVAL, 0x20ee7, 2560, 2816 },
	{ "P8", ZEN4, 20, 0, 0, 0, 0xae7, 18, 0, -EOPNOTSUPP, 0xae7, 2456, 2440 },
	{ "P9", SPR, 20, 0, 1, 0, 0x21ee7, 18, 0, 0, 0x61ee7, 10752, 11008 },
	{ "P10", SPR, 20, 0, 1, 1, 0x21ee7, 18, 0, -EBUSY, 0x21ee7 | LOCKED, 2560, 2816 },
	{ "P11", SPR, 20, 0, 1, 1, 0x61ee7, 18, 0, 0, 0x61ee7 | LOCKED, 10752, 11008 },
	{ "the lock comes after the numbers", SPR, 20, 0, 1, 1, 0x21ee7, 17, 0, -EOPNOTSUPP, 0x21ee7 | LOCKED, 2560, 2816 },
	{ "P15", SPR, 20, 0, 0, 0, 0x20ee7, 18, 4096, -ENOSPC, 0x20ee7, 2560, 2816 },
	{ "P15, one byte too few", SPR, 20, 0, 0, 0, 0x20ee7, 18, 11951, -ENOSPC, 0x20ee7, 2560, 2816 },
	{ "P15, exactly the frame", SPR, 20, 0, 0, 0, 0x20ee7, 18, 11952, 0, 0x60ee7, 10752, 11008 },
	{ "P16", SPR, 20, 0, 1, 0, 0x21ee7, 18, 4096, 0, 0x61ee7, 10752, 11008 },
	{ "P17", SPR, 20, 0, 0, 0, 0x20ee7, 18, 0, 0, 0x60ee7, 10752, 11008 },
	{ "granted before the stack is looked at", SPR, 20, 0, 0, 0, 0x60ee7, 18, 1, 0, 0x60ee7, 10752, 11008 },
	{ "not a 64-bit kernel", SPR, 20, 1, 0, 0, 0x20ee7, 18, 0, -EOPNOTSUPP, 0x20ee7, 2560, 2816 },
	{ "that comes before the numbers", SPR, 20, 1, 0, 0, 0x20ee7, 99, 0, -EOPNOTSUPP, 0x20ee7, 2560, 2816 },
};

START_TEST(requests_follow_the_table)
{
	const char *name = requests[_i].name;
	enum vprim_xstate_perm_who who = requests[_i].guest ? GUEST : HOST;
	struct vprim_xstate_perm_group *g;
	struct vprim_xstate_perm other;
	struct world w;
	int ret;

	prepare(&w, requests[_i].m);
	w.setup.known_components = requests[_i].known;
	w.setup.max_frame_bytes = requests[_i].m == SPR ? 11952 : 0;
	boot(&w);
	if (requests[_i].before & BIT(18))
		ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, who,
							   18, 0, NULL), 0);
	if (requests[_i].locked)
		vprim_xstate_perm_vcpu(&w.config, &w.perm, NULL);
	w.config.not_64bit = requests[_i].not_64bit;
	g = requests[_i].guest ? &w.perm.guest : &w.perm.host;
	ck_assert_msg((g->mask & ~LOCKED) == requests[_i].before, "%s", name);
	other = w.perm;
	ret = vprim_xstate_perm_request(&w.config, &w.perm, who,
					requests[_i].number, requests[_i].altstack,
					NULL);
	ck_assert_msg(ret == requests[_i].ret, "%s: %d", name, ret);
	ck_assert_msg(g->mask == requests[_i].mask, "%s: mask %" PRIx64, name,
		      g->mask);
	ck_assert_msg(g->kernel_bytes == requests[_i].kernel, "%s: %u", name,
		      g->kernel_bytes);
	ck_assert_msg(g->user_bytes == requests[_i].user, "%s: %u", name,
		      g->user_bytes);
	ck_assert_msg(!vprim_xstate_perm_check(&w.config, &w.perm, NULL), "%s", name);
	/* The other permission never changes. */
	if (requests[_i].guest)
		ck_assert(!memcmp(&other.host, &w.perm.host, sizeof(other.host)));
	else
		ck_assert(!memcmp(&other.guest, &w.perm.guest, sizeof(other.guest)));
}
END_TEST

START_TEST(what_shows_and_what_passes_on)
{
	struct vprim_xstate_perm child;
	struct world w;
	uint64_t mask = 7;

	spr(&w);
	mask = w.perm.host.mask & w.config.user_supported;
	ck_assert_uint_eq(mask, 0x202e7);	/* P14 */
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, HOST, 18, 0, NULL), 0);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, GUEST, 18, 0, NULL), 0);
	vprim_xstate_perm_vcpu(&w.config, &w.perm, NULL);
	mask = w.perm.host.mask & w.config.user_supported;
	ck_assert_uint_eq(mask, 0x602e7);	/* P13 */
	mask = w.perm.guest.mask & w.config.user_supported;
	ck_assert_uint_eq(mask, 0x602e7);	/* P12 */
	child = w.perm;						/* P19 */
	vprim_xstate_perm_exec(&w.config, &w.perm);
	ck_assert_uint_eq(w.perm.host.mask, 0x20ee7);		/* P18 */
	ck_assert_uint_eq(w.perm.guest.mask, 0x21ee7);
	ck_assert_uint_eq(child.guest.mask, 0x61ee7 | LOCKED);
}
END_TEST

static const struct {
	const char *name;
	uint64_t op, number;
	bool pointer;
	int ret;
	uint64_t value;		/* 7: not written */
} prctls[] = {
	{ "supported", 0x1021, 0, true, 0, 0x602e7 },
	{ "permitted", 0x1022, 0, true, 0, 0x202e7 },
	{ "permitted to guests", 0x1024, 0, true, 0, 0x202e7 },
	{ "P22, supported", 0x1021, 0, false, -EFAULT, 7 },
	{ "P22, permitted", 0x1022, 0, false, -EFAULT, 7 },
	{ "P22, guests", 0x1024, 0, false, -EFAULT, 7 },
	{ "P22, below", 0x1020, 0, true, -EINVAL, 7 },
	{ "above", 0x1026, 0, true, -EINVAL, 7 },
	{ "wide", BIT(32) | 0x1022, 0, true, -EINVAL, 7 },
	{ "request", 0x1023, 18, false, 0, 7 },
	{ "request for guests", 0x1025, 18, true, 0, 7 },
	{ "request of 17", 0x1023, 17, true, -EOPNOTSUPP, 7 },
	{ "request of 20 for guests", 0x1025, 20, true, -EINVAL, 7 },
};

START_TEST(operations_of_arch_prctl)
{
	uint64_t value = 7;
	struct world w;
	int ret;

	spr(&w);
	ret = vprim_xstate_perm_prctl(&w.config, &w.perm, prctls[_i].op,
				      prctls[_i].number, 0,
				      prctls[_i].pointer ? &value : NULL, NULL);
	ck_assert_msg(ret == prctls[_i].ret, "%s: %d", prctls[_i].name, ret);
	ck_assert_msg(value == prctls[_i].value, "%s", prctls[_i].name);
}
END_TEST

START_TEST(alternate_stacks_after_the_grant)
{
	struct world w;

	prepare(&w, SPR);
	w.setup.max_frame_bytes = 11952;
	boot(&w);
	ck_assert_int_eq(vprim_xstate_perm_sigaltstack(&w.config, &w.perm, 0), 0);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, HOST, 18, 0, NULL), 0);
	ck_assert_int_eq(vprim_xstate_perm_sigaltstack(&w.config, &w.perm, 11952),
			 -ENOMEM);
	ck_assert_int_eq(vprim_xstate_perm_sigaltstack(&w.config, &w.perm, 11953), 0);
	ck_assert_int_eq(vprim_xstate_perm_sigaltstack(&w.config, &w.perm,
						       UINT64_MAX), 0);
}
END_TEST

START_TEST(nobody_else_has_a_permission)
{
	const enum vprim_xstate_perm_who nobody = (enum vprim_xstate_perm_who)2;
	struct vprim_reason why;
	struct world w;

	spr(&w);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, nobody, 18,
						   0, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &w.perm, NULL), 0);
}
END_TEST

START_TEST(the_check_sees_every_disagreement)
{
	struct world w, bad;

	spr(&w);
	bad = w, bad.perm.host.kernel_bytes++;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	bad = w, bad.perm.host.user_bytes--;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	bad = w, bad.perm.host.mask |= LOCKED;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	bad = w, bad.perm.guest.kernel_bytes--;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	bad = w, bad.perm.guest.user_bytes++;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	/* A component that the kernel does not use, though it would cost nothing. */
	bad = w, bad.perm.guest.mask |= BIT(62);
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), -EBADMSG);
	bad = w, bad.perm.guest.mask |= LOCKED;
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &bad.perm, NULL), 0);
}
END_TEST

/* -- the defect that the fix removes --------------------------------------------------- */

START_TEST(the_old_rule_loses_supervisor_bits)
{
	struct world w;

	prepare(&w, SPR);
	w.setup.release = VPRIM_LINUX(6, 15);
	boot(&w);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, HOST, 18, 0, NULL), 0);
	ck_assert_uint_eq(w.perm.host.mask, 0x602e7);		/* P1 */
	ck_assert_uint_eq(w.perm.host.kernel_bytes, 10752);
	ck_assert_uint_eq(w.perm.host.user_bytes, 11008);
	/* AMX is aligned and last: the padding hides what is missing. */
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &w.perm, NULL), 0);
}
END_TEST

/* What a guest's buffer gets after two grants, and what XSAVES then writes. */
static uint32_t two_grants(uint32_t release, uint64_t *needed)
{
	struct world w;

	prepare(&w, ZEN4D);
	w.setup.user_supported |= 0x300000;
	w.setup.dynamic = 0x300000;
	w.setup.known_components = 22;
	w.setup.release = release;
	boot(&w);
	ck_assert_uint_eq(w.config.guest_default, 0x1ae7);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, GUEST, 20, 0, NULL), 0);
	ck_assert_uint_eq(w.perm.guest.kernel_bytes, 2608);	/* V39 */
	ck_assert_int_eq(vprim_xstate_perm_check(&w.config, &w.perm, NULL),
			 release == VPRIM_LINUX(6, 15) ? -EBADMSG : 0);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, GUEST, 21, 0, NULL), 0);
	ck_assert_int_eq(vprim_xstate_size(&w.table, w.config.guest_default | 0x300000,
					   VPRIM_XSTATE_COMPACTED, needed, NULL), 0);
	return w.perm.guest.kernel_bytes;
}

START_TEST(the_old_rule_allocates_40_bytes_too_few)
{
	uint64_t needed;

	ck_assert_uint_eq(two_grants(VPRIM_LINUX(6, 16), &needed), needed);
	ck_assert_uint_eq(two_grants(VPRIM_LINUX(6, 15), &needed), needed - 40);
}
END_TEST

/* -- buffers ------------------------------------------------------------------------------ */

START_TEST(first_use_of_a_component)
{
	struct vprim_xstate_perm_buffer b, before;
	struct world w;
	int ret;

	spr(&w);
	vprim_xstate_perm_task(&w.config, &b);
	ck_assert(b.features == 0x20ee7 && b.user_features == 0x202e7 &&
		  b.xfd == 0x40000 && b.size_bytes == 2560 &&
		  b.user_bytes == 2816 && !b.uabi_bytes && !b.is_guest &&
		  !b.is_valloc);
	before = b;
	ret = vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x40000, true);
	ck_assert_int_eq(ret, -EPERM);				/* P20 */
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, HOST, 18, 0, NULL), 0);
	ret = vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x40000, false);
	ck_assert_int_eq(ret, -EFAULT);
	ck_assert(!memcmp(&b, &before, sizeof(b)));
	ret = vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x40007, true);
	ck_assert_int_eq(ret, 0);
	ck_assert(b.features == 0x60ee7 && b.user_features == 0x602e7 && !b.xfd &&
		  b.size_bytes == 10752 && b.user_bytes == 11008 &&
		  !b.uabi_bytes && b.is_valloc);
	before = b;
	ck_assert_int_eq(vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x40000,
						  false), 0);
	ck_assert(!memcmp(&b, &before, sizeof(b)));
}
END_TEST

START_TEST(the_first_vcpu_locks_and_gets_supervisor_state)
{
	struct vprim_xstate_perm_buffer b, before;
	struct world w;

	spr(&w);
	vprim_xstate_perm_vcpu(&w.config, &w.perm, &b);
	ck_assert(b.features == 0x21ee7 && b.user_features == 0x202e7 && !b.xfd &&
		  b.size_bytes == 2560 && b.user_bytes == 2816 &&
		  b.uabi_bytes == 4096 && b.is_guest && b.is_valloc);
	ck_assert_uint_eq(w.perm.guest.mask, 0x21ee7 | LOCKED);
	before = b;
	ck_assert_int_eq(vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x602e7,
						  true), -EPERM);	/* P21 */
	ck_assert(!memcmp(&b, &before, sizeof(b)));
	ck_assert_int_eq(vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x202e7,
						  false), 0);
	ck_assert(!memcmp(&b, &before, sizeof(b)));
	spr(&w);
	ck_assert_int_eq(vprim_xstate_perm_request(&w.config, &w.perm, GUEST, 18, 0, NULL), 0);
	vprim_xstate_perm_vcpu(&w.config, &w.perm, &b);
	ck_assert_int_eq(vprim_xstate_perm_enable(&w.config, &w.perm, &b, 0x602e7,
						  true), 0);
	ck_assert(b.features == 0x61ee7 && b.size_bytes == 10752 &&
		  b.uabi_bytes == 11008);
}
END_TEST

/* -- KVM ------------------------------------------------------------------------------------ */

START_TEST(kvm_masks)
{
	struct vprim_xstate_perm_kvm k;

	for (unsigned int i = 0; i < 1024; i++) {
		struct vprim_xstate_perm_kvm_host h = {
			.xcr0 = 0xe02ff, .xss = 0xc500 | (i & 3) << 11,
			.xsaves = i & 4, .shstk = i & 8, .ibt = i & 16,
			.amd = i & 32,
			.release = i & 64 ? VPRIM_LINUX(6, 17) :
				   i & 128 ? VPRIM_LINUX(6, 18) :
				   i & 256 ? VPRIM_LINUX_UNRELEASED :
					     VPRIM_LINUX_NEWEST,
		};
		bool cet = (i & 7) == 7 && i & 24 && !(i & 64);
		bool apx = !(i & (32 | 64 | 128));

		k = vprim_xstate_perm_kvm_supported(&h);
		require(k.xss == (cet ? 0x1800 : 0));
		require(k.xcr0 == ((i & 32 ? 0x602e7u : 0x602ffu) |
				   (apx ? 0x80000u : 0)));
		require(k.withheld == ((h.xcr0 & ~k.xcr0) | (h.xss & ~k.xss)));
	}
	/* K1, K3; the lock in the permission changes nothing. */
	ck_assert_uint_eq(vprim_xstate_perm_kvm_filtered(0x602e7, 0x21ee7), 0x2e7);
	ck_assert_uint_eq(vprim_xstate_perm_kvm_filtered(0x602e7, 0x61ee7), 0x602e7);
	ck_assert_uint_eq(vprim_xstate_perm_kvm_filtered(0x602e7, 0x61ee7 | LOCKED),
			  0x602e7);
	ck_assert_uint_eq(vprim_xstate_perm_kvm_filtered(0x2e7, 0), 0x2e7);
}
END_TEST

START_TEST(kvm_sizes_and_buffers)
{
	struct vprim_xstate_perm_buffer b = { .uabi_bytes = 4096 };
	struct vprim_xstate_table t = machine_table(SPR);
	uint32_t bytes = 7;

	ck_assert_uint_eq(vprim_xstate_perm_kvm_xsave2_size(&t, 0x2e7), 4096);
	ck_assert_uint_eq(vprim_xstate_perm_kvm_xsave2_size(&t, 0x602e7), 11008);
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_PROTECTED, &bytes, NULL), -EINVAL);
	ck_assert_uint_eq(bytes, 7);
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_OPEN, &bytes, NULL), 0);
	ck_assert_uint_eq(bytes, 4096);
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_HIDDEN, &bytes, NULL), 0);
	ck_assert_uint_eq(bytes, 0);
	/* The fixed size, however little the state has. */
	b.uabi_bytes = 2816;
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_OPEN, &bytes, NULL), 0);
	ck_assert_uint_eq(bytes, 4096);
	b.uabi_bytes = 11008;
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, true,
			 VPRIM_XSTATE_PERM_OPEN, &bytes, NULL), -EINVAL);	/* K4 */
	ck_assert_int_eq(vprim_xstate_perm_kvm_get_xsave(&b, false,
			 VPRIM_XSTATE_PERM_OPEN, &bytes, NULL), 0);
	ck_assert_uint_eq(bytes, 11008);
}
END_TEST

START_TEST(kvm_takes_an_image)
{
	struct vprim_xstate_perm_buffer b = { .user_features = 0x602e7,
					      .xfd = 0x40000 };
	struct vprim_xstate_header h = { .xstate_bv = 0x40007, .mxcsr = 0x1f80 };
	struct vprim_reason r;
	uint64_t bv = 7;

	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0x602e7, 0,
			 VPRIM_XSTATE_PERM_OPEN, &bv, &r), 0);
	ck_assert_uint_eq(bv, 7);					/* K10 */
	ck_assert_uint_eq(h.xstate_bv, 0x40007);
	h.xstate_bv = 0x807;
	bv = 9;
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0x602e7, 0,
			 VPRIM_XSTATE_PERM_OPEN, &bv, &r), -EINVAL);	/* K11 */
	ck_assert(vprim_reason_id(&r) == VPRIM_XSTATE_RULE_UNSUPPORTED && r.at == 11);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0xfff, 0,
			 VPRIM_XSTATE_PERM_OPEN, &bv, &r), -EINVAL);
	ck_assert(vprim_reason_id(&r) == VPRIM_XSTATE_RULE_XSTATE_BV && r.at == 11);
	h.xstate_bv = 1;
	h.mxcsr = 0x10000;
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0x602e7, 0,
			 VPRIM_XSTATE_PERM_OPEN, &bv, &r), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_XSTATE_RULE_MXCSR);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0x602e7, 0,
			 VPRIM_XSTATE_PERM_PROTECTED, &bv, &r), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_XSTATE_RULE_PERM_PROTECTED);
	ck_assert_uint_eq(bv, 9);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0, 0,
			 VPRIM_XSTATE_PERM_HIDDEN, &bv, &r), 0);
	ck_assert_uint_eq(bv, 0);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xsave(&h, &b, 0x602e7, 0x10000,
			 VPRIM_XSTATE_PERM_OPEN, NULL, NULL), 0);
}
END_TEST

START_TEST(kvm_takes_xcrs)
{
	struct vprim_xstate_perm_xcr x[17] = { { 1, 5 }, { 0, 3 }, { 0, 5 } };
	struct vprim_reason r;
	uint64_t xcr0 = 7;

	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(x, 17, 0, 7, &xcr0, &r),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&r), VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(x, 3, 1, 7, &xcr0, &r),
			 -EINVAL);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(x + 2, 1, 0, 7, &xcr0, &r),
			 -EINVAL);
	ck_assert(vprim_reason_id(&r) == VPRIM_XSTATE_RULE_AVX && xcr0 == 7);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(NULL, 0, 0, 7, &xcr0, &r), 0);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(x, 1, 0, 7, &xcr0, &r), 0);
	ck_assert_uint_eq(xcr0, 7);
	ck_assert_int_eq(vprim_xstate_perm_kvm_set_xcrs(x, 16, 0, 7, &xcr0, &r), 0);
	ck_assert_uint_eq(xcr0, 3);
}
END_TEST

START_TEST(kvm_offers_leaf_d)
{
	struct vprim_xstate_table t = machine_table(SPR);
	struct vprim_xstate_perm_kvm_caps caps = { 0x2e7, 0x800, 0xf };
	struct vprim_xstate_leaf l = { 7, 7, 7, 7 };
	const size_t component_end = offsetof(struct vprim_xstate_table, component) +
				     sizeof(t.component);
	struct {
		struct vprim_xstate_table t;
		uint8_t beyond[16];
	} box;

	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 64, &l), -EINVAL);
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 63, &l), -ENOENT);
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 12, &l), -ENOENT);
	caps.xcr0 = 0x3e7;	/* PT as user state */
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 8, &l), -ENOENT);
	caps.xcr0 = 0x1002e7;	/* no size */
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 20, &l), -ENOENT);
	/* Bit 63 is no component, whatever lies behind them. */
	caps.xcr0 |= BIT(63);
	memset(&box, 0x5a, sizeof(box));
	memcpy(&box.t, &t, component_end);
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&box.t, &caps, 63, &l), -ENOENT);
	caps.xcr0 = 0x2e7;
	ck_assert(l.eax == 7 && l.ebx == 7 && l.ecx == 7 && l.edx == 7);
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 0, &l), 0);
	ck_assert(l.eax == 0x2e7 && l.ebx == 2696 && l.ecx == 2696 && !l.edx);
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 1, &l), 0);
	ck_assert(l.eax == 0xf && l.ebx == 2456 && l.ecx == 0x800 && !l.edx);
	l.edx = 7;
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 1, &l), 0);
	ck_assert_uint_eq(l.edx, 0);
	l.edx = 7;
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 11, &l), 0);
	ck_assert(l.eax == 16 && !l.ebx && l.ecx == 1 && !l.edx);
	caps.features = 0x5;
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 1, &l), 0);
	ck_assert(l.eax == 5 && !l.ebx);
	caps.xcr0 = 0x602e7;
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 18, &l), 0);
	ck_assert(l.eax == 8192 && l.ebx == 2816 && l.ecx == 2);
	caps.features = 0x1f;
	ck_assert_int_eq(vprim_xstate_perm_kvm_cpuid(&t, &caps, 18, &l), 0);
	ck_assert(l.ecx == 6);
}
END_TEST

/* -- random lives --------------------------------------------------------------------------- */

/* The model: sets of numbers, and sums over them. */
struct model {
	uint64_t host, guest;
	bool locked;
};

static uint64_t model_compacted(const struct vprim_xstate_table *t, uint64_t mask)
{
	uint64_t end = 576;

	for (unsigned int n = 2; n < 63; n++) {
		if (!(mask >> n & 1))
			continue;
		while (t->component[n].flags & 2 && end % 64)
			end++;
		end += t->component[n].size_bytes;
	}
	return end;
}

static uint64_t model_standard(const struct vprim_xstate_table *t, uint64_t mask)
{
	uint64_t end = 576;

	for (unsigned int n = 2; n < 63; n++) {
		uint64_t past = (uint64_t)t->component[n].offset +
				t->component[n].size_bytes;

		if (mask >> n & 1 && past > end)
			end = past;
	}
	return end;
}

static int model_request(struct model *m, const struct world *w, bool guest,
			 uint64_t number, uint64_t altstack)
{
	uint64_t *mask = guest ? &m->guest : &m->host;
	uint64_t user, overhead = w->setup.max_frame_bytes ?
		w->setup.max_frame_bytes -
		model_standard(&w->table, w->config.user_max) : 0;

	if (w->setup.not_64bit)
		return -EOPNOTSUPP;
	if (number >= w->setup.known_components)
		return -EINVAL;
	if (!(w->setup.dynamic >> number & 1) ||
	    !(w->config.user_max >> number & 1))
		return -EOPNOTSUPP;
	if (*mask >> number & 1)
		return 0;
	if (guest && m->locked)
		return -EBUSY;
	user = model_standard(&w->table, (*mask | BIT(number)) &
					 w->setup.user_supported);
	if (!guest && altstack && altstack < overhead + user)
		return -ENOSPC;
	*mask |= BIT(number);
	return 0;
}

static void compare(const struct world *w, const struct vprim_xstate_perm *p,
		    const struct model *m)
{
	uint64_t user = w->setup.user_supported;

	require(vprim_xstate_perm_check(&w->config, p, NULL) == 0);
	require(p->host.mask == m->host);
	require(p->guest.mask == (m->guest | (m->locked ? LOCKED : 0)));
	require(p->host.user_bytes == model_standard(&w->table, m->host & user));
	require(p->guest.user_bytes == model_standard(&w->table, m->guest & user));
	if (w->config.format == VPRIM_XSTATE_STANDARD)
		return;
	require(p->host.kernel_bytes == model_compacted(&w->table, m->host));
	require(p->guest.kernel_bytes == model_compacted(&w->table, m->guest));
}

static void random_world(struct test_rng *rng, struct world *w)
{
	static const enum machine_name names[] = { SPR, SPR, ZEN4D, ZEN4D, ZEN3,
						   SKX, APX, ZEN2 };
	uint64_t r = test_rng_next(rng);

	prepare(w, names[r % 8]);
	if (names[r % 8] == ZEN4D) {
		w->setup.dynamic = 0x340000;
		w->setup.user_supported |= 0x300000;
		w->setup.known_components = 20 + (uint32_t)(r >> 8) % 4;
	}
	if (r >> 16 & 1)
		w->setup.present = test_rng_next(rng) | test_rng_next(rng);
	if (r >> 17 & 1)
		w->setup.max_frame_bytes = 12000 + (uint32_t)(r >> 20) % 4096;
	w->setup.not_64bit = r % 61 == 0;
	w->table.features = (r >> 40) % 8 ? 0x1f : (uint32_t)(r >> 48) & 0x1f;
	boot(w);
}

static void random_event(struct test_rng *rng, struct world *w,
			 struct vprim_xstate_perm p[2], struct model m[2])
{
	uint64_t r = test_rng_next(rng), number = (r >> 16) % 24;
	unsigned int who = r >> 8 & 1;
	bool guest = r >> 9 & 1;
	uint64_t altstack = r >> 10 & 1 ? (r >> 24) % 16384 : 0;

	switch (r % 16) {
	case 0:
		m[who].host = w->config.host_default;
		m[who].guest = w->config.guest_default;
		m[who].locked = false;
		vprim_xstate_perm_exec(&w->config, &p[who]);
		break;
	case 1:
		m[!who] = m[who];
		p[!who] = p[who];
		break;
	case 2:
		m[who].locked = true;
		vprim_xstate_perm_vcpu(&w->config, &p[who], NULL);
		break;
	case 3:
		number = r;
		/* fall through */
	default:
		require(vprim_xstate_perm_request(&w->config, &p[who],
						  guest ? GUEST : HOST, number,
						  altstack, NULL) ==
			model_request(&m[who], w, guest, number, altstack));
	}
	compare(w, &p[0], &m[0]);
	compare(w, &p[1], &m[1]);
}

START_TEST(random_lives_keep_the_invariant)
{
	struct test_rng rng = test_rng_seed(0x7065726d);
	struct vprim_xstate_perm p[2];
	struct model m[2];
	uint64_t i, steps = test_steps(1000000);
	struct world w;

	for (i = 0; i < steps; i++) {
		if (i % 256 == 0) {
			random_world(&rng, &w);
			p[0] = p[1] = w.perm;
			m[0].host = w.config.host_default;
			m[0].guest = w.config.guest_default;
			m[0].locked = false;
			m[1] = m[0];
		}
		random_event(&rng, &w, p, m);
	}
}
END_TEST

#define LOOP(test, table) \
	tcase_add_loop_test(t, test, 0, (int)VPRIM_ARRAY_LEN(table))

int main(void)
{
	Suite *s = suite_create("xstate_perm");
	TCase *t = tcase_create("xstate_perm");

	tcase_add_test(t, boot_fixes_masks_and_sizes);
	tcase_add_test(t, each_step_of_the_pipeline_drops_its_part);
	tcase_add_test(t, flags_of_cpuid_stand_for_components);
	tcase_add_test(t, a_boot_that_cannot_be_is_refused);
	tcase_add_test(t, the_most_that_can_boot);
	tcase_add_test(t, success_leaves_no_reason);
	LOOP(requests_follow_the_table, requests);
	tcase_add_test(t, what_shows_and_what_passes_on);
	LOOP(operations_of_arch_prctl, prctls);
	tcase_add_test(t, alternate_stacks_after_the_grant);
	tcase_add_test(t, nobody_else_has_a_permission);
	tcase_add_test(t, the_check_sees_every_disagreement);
	tcase_add_test(t, the_old_rule_loses_supervisor_bits);
	tcase_add_test(t, the_old_rule_allocates_40_bytes_too_few);
	tcase_add_test(t, first_use_of_a_component);
	tcase_add_test(t, the_first_vcpu_locks_and_gets_supervisor_state);
	tcase_add_test(t, kvm_masks);
	tcase_add_test(t, kvm_sizes_and_buffers);
	tcase_add_test(t, kvm_takes_an_image);
	tcase_add_test(t, kvm_takes_xcrs);
	tcase_add_test(t, kvm_offers_leaf_d);
	tcase_add_test(t, random_lives_keep_the_invariant);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
