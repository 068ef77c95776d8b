/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A machine of 2 CPUs and 2 users beside a model that counts nothing: who is in need,
 * which CPUs are up, and whether an emergency was.
 */
#ifndef WORLD_VIRT_ENABLE_H
#define WORLD_VIRT_ENABLE_H
#define WORLD_DEPTH 40
#define WORLD_VARIANTS 2u
#include "world.h"
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
struct world {
	struct vprim_virt virt;
	struct vprim_virt_cpu cpus[CPUS];
	struct vprim_virt_user users[USERS];
	bool enabled[USERS][CPUS];
	struct hw hw;
	struct model {
		unsigned int need[USERS];
		bool up[CPUS], asleep[CPUS], crashed[CPUS], down;
	} w;
	struct test_memory memory;	/* of which none is asked */
};

static void start(struct world *m, enum vprim_virt_feature feature)
{
	memset(m, 0, sizeof(*m));
	require(!vprim_virt_enable_init(&m->virt, feature, m->cpus, CPUS, &ops, &m->hw, NULL));
	for (unsigned int u = 0; u < USERS; u++)
		require(!vprim_virt_enable_add_user(&m->virt, &m->users[u], m->enabled[u]));
	require(!vprim_virt_enable_set_emergency(&m->virt, NULL, callback, &m->hw));
}

enum { ENABLE = 0, DISABLE = 2, ONLINE = 4, OFFLINE = 6, SUSPEND = 8, RESUME = 10,
       BREAK = 12, EMERGENCY = 14, SHUTDOWN = 16, EVENTS = 17 };

static bool someone_needs(const struct world *m)
{
	return m->w.need[0] || m->w.need[1];
}

static bool rebooting(const struct world *m)
{
	return m->w.down || m->w.crashed[0] || m->w.crashed[1];
}

/* Whether switching @cpu on would fail: VMXON faults, and the CPU is off. */
static bool fails(const struct world *m, unsigned int cpu)
{
	return m->virt.feature_ == VPRIM_VIRT_VMX && m->hw.broken[cpu] &&
	       !m->hw.on[cpu];
}

static int model_enable(struct world *m, unsigned int user)
{
	for (unsigned int cpu = 0; cpu < CPUS && !m->w.need[user]; cpu++)
		if (m->w.up[cpu] && fails(m, cpu))
			return -EIO;
	m->w.need[user]++;
	return 0;
}

static int model(struct world *m, unsigned int event)
{
	unsigned int n = event & 1;

	switch (event & ~1u) {
	case ENABLE:
		return model_enable(m, n);
	case DISABLE:
		if (!m->w.need[n])
			return -ENOENT;
		m->w.need[n]--;
		return 0;
	case ONLINE:
		if (m->w.up[n])
			return -EEXIST;
		if (someone_needs(m) && fails(m, n))
			return -EIO;
		m->w.up[n] = true;
		return 0;
	case OFFLINE:
		if (!m->w.up[n])
			return -ENOENT;
		m->w.up[n] = false;
		return 0;
	default:
		return 0;
	}
}

static int real(struct world *m, unsigned int event)
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
static void check(const struct world *m)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		uint32_t users = m->cpus[cpu].users;

		if (!rebooting(m)) {
			require(m->hw.on[cpu] == (users > 0));
			require(users == 0u + m->enabled[0][cpu] + m->enabled[1][cpu]);
		}
		for (unsigned int u = 0; u < USERS; u++)
			require(!m->enabled[u][cpu] || (m->w.up[cpu] && m->w.need[u]));
	}
	for (unsigned int u = 0; u < USERS; u++)
		require(m->users[u].count == m->w.need[u]);
	require(m->virt.rebooting == rebooting(m));
	require(rebooting(m) || !m->hw.faults);
}

static bool settled(const struct world *m)
{
	return !rebooting(m) && !m->w.asleep[0] && !m->w.asleep[1];
}

static void check_needed(const struct world *m)
{
	for (unsigned int cpu = 0; cpu < CPUS && settled(m); cpu++)
		require(m->hw.on[cpu] == (m->w.up[cpu] && someone_needs(m)));
}

static void do_resume(struct world *m, unsigned int cpu)
{
	bool will_fail = someone_needs(m) && fails(m, cpu);
	int ret = vprim_virt_enable_resume(&m->virt, cpu, NULL);

	if (!m->w.up[cpu])
		require(ret == -ENOENT);
	else if (!rebooting(m))
		require(ret == (will_fail ? -EIO : 0));
	m->w.asleep[cpu] = m->w.asleep[cpu] && ret;
}

static void do_special(struct world *m, unsigned int event)
{
	unsigned int n = event & 1;

	switch (event & ~1u) {
	case SUSPEND:
		require(vprim_virt_enable_suspend(&m->virt, n) ==
		      (m->w.up[n] ? 0 : -ENOENT));
		m->w.asleep[n] = m->w.asleep[n] || m->w.up[n];
		require(rebooting(m) || !m->hw.on[n]);
		break;
	case RESUME:
		do_resume(m, n);
		break;
	case BREAK:
		m->hw.broken[n] = !m->hw.broken[n];
		break;
	case EMERGENCY:
		m->w.crashed[n] = true;
		require(!vprim_virt_enable_emergency(&m->virt, n, NULL));
		require(!m->hw.on[n]);
		break;
	default:
		m->w.down = true;
		vprim_virt_enable_shutdown(&m->virt);
		require(!m->hw.on[0] && !m->hw.on[1]);
	}
}

static void apply(struct world *m, unsigned int event)
{
	if (event < SUSPEND) {
		/* After an emergency the hardware is off under the counts: only
		 * what is asked for is compared, in check(). */
		int want = rebooting(m) || m->w.asleep[0] || m->w.asleep[1] ? 1 : model(m, event);
		int got = real(m, event);

		if (want <= 0)
			require(got == want);
		else if (!got && event < ONLINE)
			m->w.need[event & 1] += event < DISABLE ? 1 : UINT32_MAX;
		else if (!got)
			m->w.up[event & 1] = event < OFFLINE;
		if (!got && event >= OFFLINE)
			m->w.asleep[event & 1] = false;
	} else {
		do_special(m, event);
	}
	check(m);
	check_needed(m);
}

/* VMX, SVM; no CPU is up. */
static void world_begin(struct world *m, unsigned int variant)
{
	start(m, variant ? VPRIM_VIRT_SVM : VPRIM_VIRT_VMX);
}

static void world_end(struct world *m)
{
	(void)m;
}

static void world_check(const struct world *m)
{
	check(m);
	check_needed(m);
}

/* Nobody needs it more than twice, and what is past is not counted. */
static void world_step(struct world *m, struct choices *c)
{
	unsigned int event = pick(c, EVENTS);

	if (event >= DISABLE || m->w.need[event & 1] < 2)
		apply(m, event);
	m->hw.callbacks = 0;
	if (rebooting(m))
		m->hw.faults = 0;
}

#endif
