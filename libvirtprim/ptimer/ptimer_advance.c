// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Moving a late target.
 *
 * The distance D = now - target is taken in unsigned 64 bits, which hold it for
 * every pair of signed times. The next instant of the phase is now plus what is
 * missing of a period, so that no product is formed that could overflow.
 */
#include <virtprim/ptimer.h>

/* How far behind, in whole periods and a remainder. */
struct lateness {
	uint64_t whole, rem;
};

static struct lateness lateness(int64_t target, int64_t period, int64_t now)
{
	struct lateness late;

	late.whole = vprim_div_u64((uint64_t)now - (uint64_t)target,
				   (uint64_t)period, &late.rem);
	return late;
}

/* time + ns, or INT64_MAX with @saturated set. */
static int64_t add_ns(int64_t time, uint64_t ns, bool *saturated)
{
	uint64_t left = (uint64_t)INT64_MAX - (uint64_t)time;

	if (ns > left) {
		*saturated = true;
		return INT64_MAX;
	}
	return (int64_t)((uint64_t)time + ns);
}

static void keep(struct vprim_ptimer_step *s, const struct lateness *late,
		 int64_t period, int64_t now)
{
	s->target_ns = add_ns(now, (uint64_t)period - late->rem, &s->saturated);
	s->missed = late->whole;
	/* Only the whole clock in periods of 1 ns reaches 2^64 instants. */
	if (vprim_add_overflow(late->whole, 1, &s->expired)) {
		s->expired = UINT64_MAX;
		s->saturated = true;
	}
}

static void keep_now(struct vprim_ptimer_step *s, const struct lateness *late,
		     int64_t period, int64_t now)
{
	if (late->rem) {
		keep(s, late, period, now);
		return;
	}
	s->target_ns = now;
	s->expired = late->whole;
	s->missed = late->whole ? late->whole - 1 : 0;
}

static void rebase(struct vprim_ptimer_step *s, const struct lateness *late,
		   int64_t period, int64_t now)
{
	s->target_ns = add_ns(now, (uint64_t)period, &s->saturated);
	s->expired = 1;
	s->missed = late->whole;
	s->dropped = late->whole;
}

static void step_once(struct vprim_ptimer_step *s, int64_t target,
		      int64_t period)
{
	s->target_ns = add_ns(target, (uint64_t)period, &s->saturated);
	s->expired = 1;
}

static void rebase_kvm(struct vprim_ptimer_step *s, int64_t target,
		       int64_t period, int64_t now)
{
	struct lateness late;

	step_once(s, target, period);
	/* A sum that left the clock wraps in Linux, and looks past. */
	if (s->saturated)
		s->target_ns = now;
	if (now < target)
		return;
	if (s->target_ns < now) {
		s->target_ns = now;
		s->expired = 2;
	}
	late = lateness(target, period, now);
	s->missed = late.whole ? late.whole - 1 : 0;
	s->dropped = s->missed;
}

int vprim_ptimer_advance(enum vprim_ptimer_policy policy, int64_t target_ns,
			 int64_t period_ns, int64_t now_ns,
			 struct vprim_ptimer_step *step)
{
	struct vprim_ptimer_step s = { target_ns, 0, 0, 0, false };
	struct lateness late = { 0, 0 };
	bool due = now_ns >= target_ns;

	if (period_ns < 1)
		return -EINVAL;
	if (due)
		late = lateness(target_ns, period_ns, now_ns);
	switch (policy) {
	case VPRIM_PTIMER_KEEP:
		if (due)
			keep(&s, &late, period_ns, now_ns);
		break;
	case VPRIM_PTIMER_KEEP_NOW:
		if (due)
			keep_now(&s, &late, period_ns, now_ns);
		break;
	case VPRIM_PTIMER_REBASE:
		if (due)
			rebase(&s, &late, period_ns, now_ns);
		break;
	case VPRIM_PTIMER_REBASE_KVM:
		rebase_kvm(&s, target_ns, period_ns, now_ns);
		break;
	case VPRIM_PTIMER_STEP:
		step_once(&s, target_ns, period_ns);
		break;
	default:
		return -EINVAL;
	}
	*step = s;
	return 0;
}
