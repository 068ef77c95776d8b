// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virt_enable.h: rows by name stand in tests/vectors/virt_enable.vec, every sequence
 * of events in tests/explore_virt_enable. Here what is no event, and long sequences.
 */
#include "testlib.h"
#include "world_virt_enable.h"

START_TEST(long_random_sequences_keep_the_invariants)
{
	struct test_rng rng = test_rng_seed(0x76697274);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(1000000);
	struct world m;

	for (uint64_t n = 0; n < steps; n++) {
		/* An emergency ends the interesting part: start anew. */
		if (!(n % 64))
			world_begin(&m, n & 64 ? 1 : 0);
		world_step(&m, &c);
	}
	world_check(&m);
	world_end(&m);
}
END_TEST

static void refused(const char *call, int ret, int want,
		    const struct vprim_reason *why, unsigned int rule)
{
	ck_assert_msg(ret == want, "%s: %d", call, ret);
	ck_assert_msg(vprim_reason_id(why) == rule, "%s: %s", call,
		      vprim_reason_word(why));
}

#define REFUSED(call, want, rule) \
	refused(#call, call, want, &why, VPRIM_VIRT_ENABLE_RULE_##rule)

START_TEST(misuse_is_an_error_and_changes_nothing)
{
	struct world m;
	struct vprim_virt_user loose = { 0 };
	struct vprim_reason why;
	bool flags[CPUS];

	start(&m, VPRIM_VIRT_VMX);
	REFUSED(vprim_virt_enable_put(&m.virt, 0, VPRIM_VIRT_VMX, &why), -ENOENT, NOT_HELD);
	REFUSED(vprim_virt_enable_put(&m.virt, CPUS, VPRIM_VIRT_VMX, &why), -EINVAL, CPU);
	REFUSED(vprim_virt_enable_put(&m.virt, 0, VPRIM_VIRT_SVM, &why), -EOPNOTSUPP, FEATURE);
	REFUSED(vprim_virt_enable_get(&m.virt, CPUS, VPRIM_VIRT_VMX, &why), -EINVAL, CPU);
	REFUSED(vprim_virt_enable_emergency(&m.virt, CPUS, &why), -EINVAL, CPU);
	REFUSED(vprim_virt_enable_enable(&loose, &why), -ENOENT, UNREGISTERED);
	REFUSED(vprim_virt_enable_remove_user(&loose, &why), -ENOENT, UNREGISTERED);
	REFUSED(vprim_virt_enable_cpu_online(&m.virt, CPUS, &why), -EINVAL, CPU);
	REFUSED(vprim_virt_enable_resume(&m.virt, CPUS, &why), -ENOENT, OFFLINE);
	REFUSED(vprim_virt_enable_init(&m.virt, VPRIM_VIRT_VMX, m.cpus, 0, &ops, NULL, &why), -EINVAL, NO_CPUS);
	ck_assert_int_eq(vprim_virt_enable_init(&m.virt, (enum vprim_virt_feature)3, m.cpus, 1, &ops, NULL, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_virt_enable_add_user(&m.virt, &m.users[0], flags), -EEXIST);
	ck_assert_int_eq(vprim_virt_enable_disable(&loose), -ENOENT);
	ck_assert_int_eq(vprim_virt_enable_cpu_offline(&m.virt, CPUS), -ENOENT);
	ck_assert_int_eq(vprim_virt_enable_suspend(&m.virt, CPUS), -ENOENT);
	check(&m);
}
END_TEST

/* EIO says that it did not work, the reason on which CPU, and why. */
START_TEST(a_cpu_that_cannot_be_switched_on_is_named)
{
	struct vprim_reason why;
	struct world m;

	start(&m, VPRIM_VIRT_VMX);
	ck_assert_int_eq(vprim_virt_enable_cpu_online(&m.virt, 0, NULL), 0);
	ck_assert_int_eq(vprim_virt_enable_cpu_online(&m.virt, 1, NULL), 0);
	m.hw.broken[1] = true;
	REFUSED(vprim_virt_enable_enable(&m.users[0], &why), -EIO, VMXON);
	ck_assert(why.has_at && why.at == 1);
	m.hw.broken[1] = false;
	m.hw.on[1] = true;
	REFUSED(vprim_virt_enable_enable(&m.users[0], &why), -EIO, FOREIGN);
	ck_assert(why.has_at && why.at == 1);
	m.hw.on[1] = false;
	m.virt.going_down = true;
	REFUSED(vprim_virt_enable_enable(&m.users[0], &why), -EBUSY, GOING_DOWN);
	m.virt.going_down = false;
	ck_assert_int_eq(vprim_virt_enable_enable(&m.users[0], &why), 0);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_NONE);
	REFUSED(vprim_virt_enable_remove_user(&m.users[0], &why), -EBUSY, IN_NEED);
}
END_TEST

START_TEST(counts_stop_before_they_wrap)
{
	struct world m;

	start(&m, VPRIM_VIRT_VMX);
	m.cpus[0].users = UINT32_MAX;
	ck_assert_int_eq(vprim_virt_enable_get(&m.virt, 0, VPRIM_VIRT_VMX, NULL), -EOVERFLOW);
	ck_assert_uint_eq(m.cpus[0].users, UINT32_MAX);
	m.users[0].count = UINT32_MAX;
	ck_assert_int_eq(vprim_virt_enable_enable(&m.users[0], NULL), -EOVERFLOW);
	ck_assert_uint_eq(m.users[0].count, UINT32_MAX);
}
END_TEST

START_TEST(a_user_in_need_cannot_be_removed)
{
	struct world m;

	start(&m, VPRIM_VIRT_SVM);
	ck_assert_int_eq(vprim_virt_enable_cpu_online(&m.virt, 1, NULL), 0);
	ck_assert_int_eq(vprim_virt_enable_enable(&m.users[0], NULL), 0);
	ck_assert_int_eq(vprim_virt_enable_remove_user(&m.users[0], NULL), -EBUSY);
	ck_assert(m.hw.on[1]);
	ck_assert_int_eq(vprim_virt_enable_disable(&m.users[0]), 0);
	ck_assert_int_eq(vprim_virt_enable_remove_user(&m.users[0], NULL), 0);
	ck_assert_int_eq(vprim_virt_enable_enable(&m.users[0], NULL), -ENOENT);
	ck_assert_int_eq(vprim_virt_enable_enable(&m.users[1], NULL), 0);
	ck_assert(m.hw.on[1]);
}
END_TEST

/* -- what an operation may call ---------------------------------------------- */

enum place { IS_ON, SET_ON, NOTIFY_PT, VMXON, VMXOFF, STGI, CALLBACK, PLACES };

/* A machine whose operations look, and one of which is hit by an emergency. */
static struct {
	struct world m;
	enum place hit;
	bool armed;
	unsigned int visits[PLACES];
} nosy;

static void look(uint32_t cpu)
{
	ck_assert_uint_le(nosy.m.cpus[cpu].users, USERS);
	ck_assert_uint_le(nosy.m.users[0].count, 1);
}

static void visit(enum place place, uint32_t cpu)
{
	nosy.visits[place]++;
	look(cpu);
	if (!nosy.armed || place != nosy.hit)
		return;
	nosy.armed = false;
	ck_assert_int_eq(vprim_virt_enable_emergency(&nosy.m.virt, cpu, NULL), 0);
	ck_assert(!nosy.m.hw.on[cpu]);
}

static bool nosy_is_on(void *ctx, uint32_t cpu)
{
	visit(IS_ON, cpu);
	return is_on(ctx, cpu);
}

static void nosy_set_on(void *ctx, uint32_t cpu, bool on)
{
	visit(SET_ON, cpu);
	set_on(ctx, cpu, on);
}

static void nosy_notify_pt(void *ctx, uint32_t cpu, bool on)
{
	(void)ctx;
	(void)on;
	visit(NOTIFY_PT, cpu);
}

static int nosy_vmxon(void *ctx, uint32_t cpu)
{
	visit(VMXON, cpu);
	return vmxon(ctx, cpu);
}

static int nosy_vmxoff(void *ctx, uint32_t cpu)
{
	visit(VMXOFF, cpu);
	return leave(ctx, cpu);
}

static int nosy_stgi(void *ctx, uint32_t cpu)
{
	visit(STGI, cpu);
	return leave(ctx, cpu);
}

static void nosy_callback(void *ctx, uint32_t cpu)
{
	(void)ctx;
	nosy.visits[CALLBACK]++;
	look(cpu);
}

static const struct vprim_virt_ops nosy_ops = {
	nosy_is_on, nosy_set_on, nosy_notify_pt, nosy_vmxon, nosy_vmxoff, nosy_stgi,
};

/* All that a user does, with an emergency within the first call of @hit. */
static void live_through(enum vprim_virt_feature feature, enum place hit)
{
	struct world *m = &nosy.m;
	unsigned int u;

	memset(m, 0, sizeof(*m));
	nosy.hit = hit;
	ck_assert_int_eq(vprim_virt_enable_init(&m->virt, feature, m->cpus, CPUS, &nosy_ops,
						&m->hw, NULL), 0);
	for (u = 0; u < USERS; u++)
		ck_assert_int_eq(vprim_virt_enable_add_user(&m->virt, &m->users[u],
							    m->enabled[u]), 0);
	ck_assert_int_eq(vprim_virt_enable_set_emergency(&m->virt, NULL, nosy_callback, NULL), 0);
	nosy.armed = hit != PLACES;
	for (u = 0; u < CPUS; u++)
		(void)!vprim_virt_enable_cpu_online(&m->virt, u, NULL);
	for (u = 0; u < USERS; u++)
		(void)!vprim_virt_enable_enable(&m->users[u], NULL);
	(void)!vprim_virt_enable_suspend(&m->virt, 0);
	(void)!vprim_virt_enable_resume(&m->virt, 0, NULL);
	(void)!vprim_virt_enable_cpu_offline(&m->virt, 1);
	ck_assert(m->virt.rebooting ==
		  (hit != PLACES && !nosy.armed));
	nosy.armed = false;
	for (u = 0; u < USERS; u++)
		(void)!vprim_virt_enable_disable(&m->users[u]);
	for (u = 0; u < CPUS; u++) {
		ck_assert_uint_eq(m->cpus[u].users, 0);
		ck_assert(!m->hw.on[u] || m->virt.rebooting);
		ck_assert_int_eq(vprim_virt_enable_emergency(&m->virt, u, NULL), 0);
		ck_assert(!m->hw.on[u]);
	}
	for (u = 0; u < USERS; u++)
		ck_assert_int_eq(vprim_virt_enable_remove_user(&m->users[u], NULL), 0);
}

START_TEST(an_operation_may_look_and_be_hit_by_an_emergency)
{
	unsigned int hit;

	for (hit = 0; hit <= PLACES; hit++) {
		live_through(VPRIM_VIRT_VMX, (enum place)hit);
		live_through(VPRIM_VIRT_SVM, (enum place)hit);
	}
	for (hit = 0; hit < PLACES; hit++)
		ck_assert_uint_gt(nosy.visits[hit], 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("virt_enable");
	TCase *t = tcase_create("virt_enable");

	tcase_add_test(t, long_random_sequences_keep_the_invariants);
	tcase_add_test(t, misuse_is_an_error_and_changes_nothing);
	tcase_add_test(t, a_cpu_that_cannot_be_switched_on_is_named);
	tcase_add_test(t, counts_stop_before_they_wrap);
	tcase_add_test(t, a_user_in_need_cannot_be_removed);
	tcase_add_test(t, an_operation_may_look_and_be_hit_by_an_emergency);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
