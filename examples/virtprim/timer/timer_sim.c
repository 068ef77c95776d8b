// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The simulation. Nothing here loops over the pause: what would, asks the library
 * for the number of turns.
 */
#include "timer.h"

#include <string.h>

static const struct timer_rule rules[] = {
	{ "step", "one period a callback: KVM before the fix", false,
	  VPRIM_PTIMER_STEP, 0 },
	{ "rebase_kvm", "one period on, or now: KVM since the fix", false,
	  VPRIM_PTIMER_REBASE_KVM, 0 },
	{ "keep", "old phase, after now: hrtimer, Hyper-V, Xen", false,
	  VPRIM_PTIMER_KEEP, 0 },
	{ "keep_now", "old phase, now or after", false,
	  VPRIM_PTIMER_KEEP_NOW, 0 },
	{ "rebase", "one period after now", false,
	  VPRIM_PTIMER_REBASE, 0 },
	{ "discard", "missed ticks are dropped: QEMU", true, 0,
	  VPRIM_PTIMER_MISSED_DISCARD },
	{ "delay", "owed for good, at the normal rate: QEMU", true, 0,
	  VPRIM_PTIMER_MISSED_DELAY },
	{ "slew", "owed, made up faster: QEMU RTC, libvirt", true, 0,
	  VPRIM_PTIMER_MISSED_SLEW },
	{ "merge", "one tick for all missed: QEMU, libvirt", true, 0,
	  VPRIM_PTIMER_MISSED_MERGE },
	{ "xen_delay", "owed, guest time held back: Xen 0", true, 0,
	  VPRIM_PTIMER_MISSED_XEN_DELAY },
	{ "xen_no_delay", "owed, guest time is real: Xen 1", true, 0,
	  VPRIM_PTIMER_MISSED_XEN_NO_DELAY },
	{ "xen_no_missed", "missed ticks are dropped: Xen 2", true, 0,
	  VPRIM_PTIMER_MISSED_XEN_NO_MISSED },
	{ "xen_one_missed", "one tick for all missed: Xen 3", true, 0,
	  VPRIM_PTIMER_MISSED_XEN_ONE_MISSED },
	{ "hyperv", "missed ticks are dropped: Hyper-V stimer", true, 0,
	  VPRIM_PTIMER_MISSED_HYPERV },
	{ "pit_reinject", "owed, one a time: KVM PIT, reinject on", true, 0,
	  VPRIM_PTIMER_MISSED_PIT_REINJECT },
	{ "pit_discard", "dropped: KVM PIT, reinject off", true, 0,
	  VPRIM_PTIMER_MISSED_PIT_DISCARD },
};

const struct timer_rule *timer_rule_at(int i)
{
	return i < (int)VPRIM_ARRAY_LEN(rules) ? &rules[i] : NULL;
}

const struct timer_rule *timer_rule_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(rules); i++)
		if (strlen(rules[i].name) == len &&
		    !memcmp(rules[i].name, name, len))
			return &rules[i];
	return NULL;
}

int64_t timer_late(const struct timer_scene *s)
{
	return s->lead_ns - s->pause_ns;
}

int64_t timer_first(const struct timer_scene *s)
{
	return timer_late(s) - s->before * s->period_ns;
}

int64_t timer_last(const struct timer_scene *s)
{
	return s->after * s->period_ns;
}

int64_t timer_phase(const struct timer_scene *s)
{
	int64_t late = timer_late(s), rem;

	if (late >= 0)
		return late;
	rem = -late % s->period_ns;
	return rem ? s->period_ns - rem : 0;
}

/* The guest sees nothing between the start of the pause and 0. */
static int64_t seen_at(const struct timer_scene *s, int64_t at)
{
	return at > -s->pause_ns && at < 0 ? 0 : at;
}

static void mark(struct timer_run *run, int64_t at, uint64_t represents)
{
	if (run->nr_marks == TIMER_MARKS_MAX)
		return;
	run->marks[run->nr_marks].at_ns = at;
	run->marks[run->nr_marks].represents = represents;
	run->nr_marks++;
}

/*
 * The handler of a moved target at time now: how often it is called before its
 * target is after now. Expiries that the guest has had no time to see are one
 * interrupt.
 */
static uint64_t handle(const struct timer_rule *rule, int64_t *target,
		       int64_t period, int64_t now, uint64_t *due)
{
	enum vprim_ptimer_policy policy = rule->policy;
	struct vprim_ptimer_step step;
	uint64_t calls = 0;

	*due = 0;
	if (!vprim_ptimer_advance(VPRIM_PTIMER_KEEP, *target, period, now, &step))
		*due = step.expired;
	while (*target <= now && calls < UINT64_MAX) {
		/* As many single steps as it takes, at once. */
		bool steps = policy == VPRIM_PTIMER_STEP && *target < now;

		if (vprim_ptimer_advance(steps ? VPRIM_PTIMER_KEEP_NOW :
					 policy == VPRIM_PTIMER_KEEP_NOW && *target == now ?
					 VPRIM_PTIMER_KEEP : policy,
					 *target, period, now, &step))
			break;
		*target = step.target_ns;
		calls += steps ? step.expired : 1;
	}
	return calls;
}

static void simulate_target(const struct timer_scene *s, struct timer_run *run)
{
	int64_t target = timer_first(s), now;
	uint64_t calls, due;

	for (;;) {
		now = seen_at(s, target);
		if (now > timer_last(s))
			return;
		calls = handle(run->rule, &target, s->period_ns, now, &due);
		if (now == 0) {
			run->callbacks = calls;
			run->lost = due - 1;
		}
		mark(run, now, due);
	}
}

static void simulate_source(const struct timer_scene *s, struct timer_run *run)
{
	struct vprim_ptimer_ticks_config config = {
		run->rule->missed, timer_first(s), s->period_ns, s->burst,
		s->rate, s->max_owed,
	};
	int64_t wake = timer_first(s), ack = INT64_MAX, now;
	struct vprim_ptimer_ticks ticks;
	struct vprim_ptimer_tick tick;

	if (vprim_ptimer_ticks_init(&ticks, &config, NULL))
		return;
	for (;;) {
		bool acked = ack <= wake;

		now = seen_at(s, acked ? ack : wake);
		if (now > timer_last(s) || run->nr_marks == TIMER_MARKS_MAX)
			break;
		if (acked) {
			ack = INT64_MAX;
			if (vprim_ptimer_ticks_ack(&ticks, now, &tick))
				break;
		} else {
			vprim_ptimer_ticks_poll(&ticks, now, &tick);
		}
		run->callbacks += now == 0 && !acked;
		run->lost += tick.dropped;
		wake = tick.wake_ns;
		if (tick.raise) {
			run->lost += tick.represents - 1;
			mark(run, now, tick.represents);
			ack = now + s->ack_ns;
		}
	}
	run->owed = ticks.owed;
}

void timer_simulate(const struct timer_scene *s, const struct timer_rule *rule,
		    struct timer_run *run)
{
	uint64_t since, phase;

	memset(run, 0, sizeof(*run));
	run->rule = rule;
	if (rule->is_source)
		simulate_source(s, run);
	else
		simulate_target(s, run);
	/* A moved target has a phase; a source keeps the old one. */
	if (!rule->is_source && run->nr_marks) {
		since = (uint64_t)run->marks[run->nr_marks - 1].at_ns -
			(uint64_t)timer_late(s);
		vprim_div_u64(since, (uint64_t)s->period_ns, &phase);
		run->shift_ns = (int64_t)phase;
	}
}
