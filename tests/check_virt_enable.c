// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virt_enable.h: rows by name stand in tests/vectors/virt_enable.vec. Here every
 * sequence of events for 2 CPUs and 2 users, compared with a model that counts
 * nothing: who is in need, which CPUs are up, and whether an emergency was.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/virt_enable.h>

#define CPUS 2u
#define USERS 2u

struct hw {
	bool on[CPUS], broken[CPUS];
	unsigned int faults, callbacks;
};

static bool is_on(void *ctx, uint32_t cpu)
{
	return ((struct hw *)ctx)->on[cpu];
}

static void set_on(void *ctx, uint32_t cpu, bool on)
{
	((struct hw *)ctx)->on[cpu] = on;
}

static int vmxon(void *ctx, uint32_t cpu)
{
	return ((struct hw *)ctx)->broken[cpu];
}

static int leave(void *ctx, uint32_t cpu)
{
	struct hw *hw = ctx;

	hw->faults += !hw->on[cpu];
	return !hw->on[cpu];
}

static void callback(void *ctx, uint32_t cpu)
{
	(void)cpu;
	((struct hw *)ctx)->callbacks++;
}

static const struct vprim_virt_ops ops = { is_on, set_on, NULL, vmxon, leave, leave };

/* A machine whose pointers point into itself, rebuilt after each copy. */
struct machine {
	struct vprim_virt virt;
	struct vprim_virt_cpu cpus[CPUS];
	struct vprim_virt_user users[USERS];
	bool enabled[USERS][CPUS];
	struct hw hw;
	/* the model */
	unsigned int need[USERS];
	bool up[CPUS], asleep[CPUS], crashed[CPUS], down;
};

static void start(struct machine *m, enum vprim_virt_feature feature)
{
	memset(m, 0, sizeof(*m));
	ck_assert_int_eq(vprim_virt_enable_init(&m->virt, feature, m->cpus, CPUS, &ops, &m->hw, NULL), 0);
	for (unsigned int u = 0; u < USERS; u++)
		ck_assert_int_eq(vprim_virt_enable_add_user(&m->virt, &m->users[u], m->enabled[u]), 0);
	ck_assert_int_eq(vprim_virt_enable_set_emergency(&m->virt, NULL, callback, &m->hw), 0);
}

enum { ENABLE = 0, DISABLE = 2, ONLINE = 4, OFFLINE = 6, SUSPEND = 8, RESUME = 10,
       BREAK = 12, EMERGENCY = 14, SHUTDOWN = 16, EVENTS = 17 };

static bool someone_needs(const struct machine *m)
{
	return m->need[0] || m->need[1];
}

static bool rebooting(const struct machine *m)
{
	return m->down || m->crashed[0] || m->crashed[1];
}

/* Whether switching @cpu on would fail: VMXON faults, and the CPU is off. */
static bool fails(const struct machine *m, unsigned int cpu)
{
	return m->virt.feature_ == VPRIM_VIRT_VMX && m->hw.broken[cpu] &&
	       !m->hw.on[cpu];
}

static int model_enable(struct machine *m, unsigned int user)
{
	for (unsigned int cpu = 0; cpu < CPUS && !m->need[user]; cpu++)
		if (m->up[cpu] && fails(m, cpu))
			return -EIO;
	m->need[user]++;
	return 0;
}

static int model(struct machine *m, unsigned int event)
{
	unsigned int n = event & 1;

	switch (event & ~1u) {
	case ENABLE:
		return model_enable(m, n);
	case DISABLE:
		if (!m->need[n])
			return -ENOENT;
		m->need[n]--;
		return 0;
	case ONLINE:
		if (m->up[n])
			return -EEXIST;
		if (someone_needs(m) && fails(m, n))
			return -EIO;
		m->up[n] = true;
		return 0;
	case OFFLINE:
		if (!m->up[n])
			return -ENOENT;
		m->up[n] = false;
		return 0;
	default:
		return 0;
	}
}

static int real(struct machine *m, unsigned int event)
{
	unsigned int n = event & 1;

	switch (event & ~1u) {
	case ENABLE:
		return vprim_virt_enable_enable(&m->users[n], NULL);
	case DISABLE:
		return vprim_virt_enable_disable(&m->users[n]);
	case ONLINE:
		return vprim_virt_enable_cpu_online(&m->virt, n, NULL);
	default:
		return vprim_virt_enable_cpu_offline(&m->virt, n);
	}
}

/* While no emergency and no sleep: on iff somebody needs it and the CPU is up. */
static void check(const struct machine *m)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		uint32_t users = m->cpus[cpu].users;

		if (!rebooting(m)) {
			ck_assert(m->hw.on[cpu] == (users > 0));
			ck_assert_uint_eq(users, m->enabled[0][cpu] + m->enabled[1][cpu]);
		}
		for (unsigned int u = 0; u < USERS; u++)
			ck_assert(!m->enabled[u][cpu] || (m->up[cpu] && m->need[u]));
	}
	for (unsigned int u = 0; u < USERS; u++)
		ck_assert_uint_eq(m->users[u].count, m->need[u]);
	ck_assert(m->virt.rebooting == rebooting(m));
	ck_assert(rebooting(m) || !m->hw.faults);
}

static bool settled(const struct machine *m)
{
	return !rebooting(m) && !m->asleep[0] && !m->asleep[1];
}

static void check_needed(const struct machine *m)
{
	for (unsigned int cpu = 0; cpu < CPUS && settled(m); cpu++)
		ck_assert(m->hw.on[cpu] == (m->up[cpu] && someone_needs(m)));
}

static void do_resume(struct machine *m, unsigned int cpu)
{
	bool will_fail = someone_needs(m) && fails(m, cpu);
	int ret = vprim_virt_enable_resume(&m->virt, cpu, NULL);

	if (!m->up[cpu])
		ck_assert_int_eq(ret, -ENOENT);
	else if (!rebooting(m))
		ck_assert_int_eq(ret, will_fail ? -EIO : 0);
	m->asleep[cpu] = m->asleep[cpu] && ret;
}

static void do_special(struct machine *m, unsigned int event)
{
	unsigned int n = event & 1;

	switch (event & ~1u) {
	case SUSPEND:
		ck_assert_int_eq(vprim_virt_enable_suspend(&m->virt, n), m->up[n] ? 0 : -ENOENT);
		m->asleep[n] = m->asleep[n] || m->up[n];
		ck_assert(rebooting(m) || !m->hw.on[n]);
		break;
	case RESUME:
		do_resume(m, n);
		break;
	case BREAK:
		m->hw.broken[n] = !m->hw.broken[n];
		break;
	case EMERGENCY:
		m->crashed[n] = true;
		ck_assert_int_eq(vprim_virt_enable_emergency(&m->virt, n, NULL), 0);
		ck_assert(!m->hw.on[n]);
		break;
	default:
		m->down = true;
		vprim_virt_enable_shutdown(&m->virt);
		ck_assert(!m->hw.on[0] && !m->hw.on[1]);
	}
}

static void step(struct machine *m, unsigned int event)
{
	if (event < SUSPEND) {
		/* After an emergency the hardware is off under the counts: only
		 * what is asked for is compared, in check(). */
		int want = rebooting(m) || m->asleep[0] || m->asleep[1] ? 1 : model(m, event);
		int got = real(m, event);

		if (want <= 0)
			ck_assert_int_eq(got, want);
		else if (!got && event < ONLINE)
			m->need[event & 1] += event < DISABLE ? 1 : UINT32_MAX;
		else if (!got)
			m->up[event & 1] = event < OFFLINE;
		if (!got && event >= OFFLINE)
			m->asleep[event & 1] = false;
	} else {
		do_special(m, event);
	}
	check(m);
	check_needed(m);
}

/* Replay a sequence, one digit in base EVENTS an event. */
static void play(uint64_t sequence, unsigned int length,
		 enum vprim_virt_feature feature, unsigned int up)
{
	struct machine m;

	start(&m, feature);
	while (up--)
		step(&m, ONLINE + up);
	for (; length; length--, sequence /= EVENTS)
		step(&m, (unsigned int)(sequence % EVENTS));
}

START_TEST(every_short_sequence_keeps_the_invariants)
{
	enum vprim_virt_feature feature = _i ? VPRIM_VIRT_SVM : VPRIM_VIRT_VMX;
	uint64_t all = 1;

	for (unsigned int length = 1; length <= 4; length++) {
		all *= EVENTS;
		for (uint64_t s = 0; s < all; s += all / test_steps(all))
			for (unsigned int up = 0; up <= CPUS; up += CPUS)
				play(s, length, feature, up);
	}
}
END_TEST

START_TEST(long_random_sequences_keep_them_too)
{
	struct test_rng rng = test_rng_seed(0x76697274);
	uint64_t steps = test_steps(1000000);
	struct machine m;

	for (uint64_t n = 0; n < steps; n++) {
		unsigned int event = (unsigned int)test_rng_below(&rng, EVENTS);

		/* An emergency ends the interesting part: rarely, and start anew. */
		if (!(n % 64))
			start(&m, n & 64 ? VPRIM_VIRT_SVM : VPRIM_VIRT_VMX);
		if (event >= EMERGENCY && test_rng_below(&rng, 16))
			event = (unsigned int)test_rng_below(&rng, EMERGENCY);
		step(&m, event);
	}
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
	struct machine m;
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
	struct machine m;

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
	struct machine m;

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
	struct machine m;

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
	struct machine m;
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
	struct machine *m = &nosy.m;
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

	tcase_add_loop_test(t, every_short_sequence_keeps_the_invariants, 0, 2);
	tcase_add_test(t, long_random_sequences_keep_them_too);
	tcase_add_test(t, misuse_is_an_error_and_changes_nothing);
	tcase_add_test(t, a_cpu_that_cannot_be_switched_on_is_named);
	tcase_add_test(t, counts_stop_before_they_wrap);
	tcase_add_test(t, a_user_in_need_cannot_be_removed);
	tcase_add_test(t, an_operation_may_look_and_be_hit_by_an_emergency);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
