// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Missed ticks behind one interface.
 *
 * A policy is four properties: what is kept of instants that found no
 * interrupt, whether an acknowledgement releases one, whether extra interrupts
 * come between two instants, and which time the guest sees. Instants are owed in
 * order; the owed ones are the last ones that fell due, which is why a bound
 * drops the oldest.
 */
#include "ptimer_internal.h"

enum kept { KEEP_NONE, KEEP_ALL, KEEP_AS_ONE };

struct traits {
	enum kept kept;
	bool on_ack;		/* an acknowledgement releases the next one */
	bool sliced;		/* extra interrupts between two instants */
	bool held;		/* guest time waits for the owed ones */
	bool strict;		/* a second instant due exactly now is not missed */
};

static const struct traits policies[] = {
	[VPRIM_PTIMER_MISSED_DISCARD] = { .kept = KEEP_NONE },
	[VPRIM_PTIMER_MISSED_DELAY] = { .kept = KEEP_ALL },
	[VPRIM_PTIMER_MISSED_SLEW] = { .kept = KEEP_ALL, .on_ack = true,
				       .sliced = true },
	[VPRIM_PTIMER_MISSED_MERGE] = { .kept = KEEP_AS_ONE, .on_ack = true },
	[VPRIM_PTIMER_MISSED_XEN_DELAY] = { .kept = KEEP_ALL, .on_ack = true,
					    .held = true, .strict = true },
	[VPRIM_PTIMER_MISSED_XEN_NO_DELAY] = { .kept = KEEP_ALL, .on_ack = true,
					       .strict = true },
	[VPRIM_PTIMER_MISSED_XEN_NO_MISSED] = { .kept = KEEP_NONE,
						.strict = true },
	[VPRIM_PTIMER_MISSED_XEN_ONE_MISSED] = { .kept = KEEP_AS_ONE,
						 .on_ack = true,
						 .strict = true },
	[VPRIM_PTIMER_MISSED_HYPERV] = { .kept = KEEP_NONE },
	[VPRIM_PTIMER_MISSED_PIT_REINJECT] = { .kept = KEEP_ALL,
					       .on_ack = true },
	[VPRIM_PTIMER_MISSED_PIT_DISCARD] = { .kept = KEEP_NONE },
};

static const struct traits *traits(const struct vprim_ptimer_ticks *t)
{
	return &policies[t->config.policy];
}

int vprim_ptimer_ticks_init(struct vprim_ptimer_ticks *t,
			    const struct vprim_ptimer_ticks_config *config,
			    struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (config->period_ns < 1)
		return refuse(why, PERIOD);
	if (!config->max_rate)
		return refuse(why, RATE);
	if (!config->max_owed)
		return refuse(why, OWED);
	if ((unsigned int)config->policy >= VPRIM_ARRAY_LEN(policies))
		return refuse(why, POLICY, VALUE((unsigned int)config->policy));
	memset(t, 0, sizeof(*t));
	t->config = *config;
	t->due_ns = config->first_ns;
	return 0;
}

/*
 * Count the instants that have fallen due and move to the next one. Xen counts
 * one, and then those before now by the rule for missed ones, which leaves out a
 * second instant that is due exactly now.
 */
static uint64_t count_due(struct vprim_ptimer_ticks *t, int64_t now)
{
	uint64_t late = (uint64_t)now - (uint64_t)t->due_ns;
	uint64_t period = (uint64_t)t->config.period_ns, rem = late;
	enum vprim_ptimer_policy policy = VPRIM_PTIMER_STEP;
	struct vprim_ptimer_step step;

	if (t->ended || now < t->due_ns)
		return 0;
	if (!traits(t)->strict || late != period) {
		policy = VPRIM_PTIMER_KEEP;
		vprim_div_u64(late, period, &rem);
	}
	/* The period was checked by init. */
	certain(vprim_ptimer_advance(policy, t->due_ns, t->config.period_ns,
				     now, &step));
	t->last_ns = (int64_t)((uint64_t)now - rem);
	t->due_ns = step.target_ns;
	t->ended = step.saturated;
	t->burst = 0;
	return step.expired;
}

/* The instant of the oldest tick that is owed; one is. */
static int64_t oldest(const struct vprim_ptimer_ticks *t)
{
	return (int64_t)((uint64_t)t->last_ns -
			 (t->owed - 1) * (uint64_t)t->config.period_ns);
}

/* Owe @n more; what that gives up is returned. */
static uint64_t owe(struct vprim_ptimer_ticks *t, uint64_t n, bool in_flight)
{
	enum kept kept = traits(t)->kept;
	uint64_t left, most = t->config.max_owed, dropped;

	if (kept == KEEP_NONE) {
		t->owed = n && !in_flight;
		return n - t->owed;
	}
	/*
	 * What is raised at once, when nothing is in flight, needs no room: one,
	 * or with one interrupt for all of them, all.
	 */
	if (n && !in_flight)
		most = kept == KEEP_AS_ONE || most == UINT64_MAX ?
		       UINT64_MAX : most + 1;
	left = most - t->owed;
	dropped = n > left ? n - left : 0;
	t->owed += n - dropped;
	return dropped;
}

static void raise_one(struct vprim_ptimer_ticks *t, struct vprim_ptimer_tick *tick)
{
	tick->raise = true;
	tick->represents = traits(t)->kept == KEEP_AS_ONE ? t->owed : 1;
	t->owed -= tick->represents;
	t->in_flight = true;
}

/* The next extra interrupt, a slice of a period from now. */
static void slice(struct vprim_ptimer_ticks *t, int64_t now)
{
	uint64_t cut = vprim_ptimer_slew_rate(t->owed, t->config.max_rate);
	uint64_t length = vprim_div_u64((uint64_t)t->config.period_ns, cut, NULL);

	if (!length)
		length = 1;
	t->slicing = t->owed && cut > 1 &&
		     length <= (uint64_t)INT64_MAX - (uint64_t)now;
	if (t->slicing)
		t->slice_ns = (int64_t)((uint64_t)now + length);
}

static int64_t wake(const struct vprim_ptimer_ticks *t)
{
	int64_t at = t->ended ? INT64_MAX : t->due_ns;

	return t->slicing && t->slice_ns < at ? t->slice_ns : at;
}

/* Time has passed, and with @acked the last interrupt is done with. */
static void pass_time(struct vprim_ptimer_ticks *t, int64_t now, bool acked,
		 struct vprim_ptimer_tick *tick)
{
	bool sliced = t->slicing && now >= t->slice_ns;
	uint64_t n = count_due(t, now);
	bool may_burst = acked && traits(t)->on_ack &&
			 t->burst < t->config.max_burst;

	memset(tick, 0, sizeof(*tick));
	tick->dropped = owe(t, n, t->in_flight);
	tick->guest_ns = now;
	if (traits(t)->held && t->owed && oldest(t) < now)
		tick->guest_ns = oldest(t);
	if (!t->in_flight && t->owed && (n || sliced || may_burst)) {
		t->burst += !n && !sliced;
		raise_one(t, tick);
	}
	if (traits(t)->sliced && (n || sliced || !t->owed))
		slice(t, now);
	tick->wake_ns = wake(t);
}

void vprim_ptimer_ticks_poll(struct vprim_ptimer_ticks *t, int64_t now_ns,
			     struct vprim_ptimer_tick *tick)
{
	pass_time(t, now_ns, false, tick);
}

int vprim_ptimer_ticks_ack(struct vprim_ptimer_ticks *t, int64_t now_ns,
			   struct vprim_ptimer_tick *tick)
{
	if (!t->in_flight)
		return -ENOENT;
	t->in_flight = false;
	pass_time(t, now_ns, true, tick);
	return 0;
}

/*
 * After the burst one tick comes each interval, the k-th at k * interval, while
 * regular instants fall due at next, next + period, ... Nothing is owed after
 * the first k with
 *
 *     k = rest + c  where c = instants up to k * interval,
 *
 * that is, the least c with (rest + c) * interval < next + c * period. Solved
 * for c that is one division.
 */
static int pace(const struct vprim_ptimer_budget *b, uint64_t rest,
		struct vprim_ptimer_plan *p)
{
	uint64_t gain = (uint64_t)b->period_ns - (uint64_t)p->interval_ns;
	struct vprim_u128 behind;
	uint64_t c = 0, done;

	if (!gain)
		return -ERANGE;
	behind = vprim_mul_u64_wide(rest, (uint64_t)p->interval_ns);
	if (behind.hi || behind.lo >= (uint64_t)b->next_ns) {
		behind.hi -= vprim_sub_overflow(behind.lo,
						(uint64_t)b->next_ns,
						&behind.lo);
		/*
		 * A quotient over 64 bits comes out as the largest one. That one
		 * wraps to 0 here, and is refused below: rest alone takes too long.
		 */
		c = vprim_div_u128(behind, gain, NULL) + 1;
	}
	if (vprim_add_overflow(rest, c, &p->ticks) ||
	    vprim_mul_overflow(p->ticks, (uint64_t)p->interval_ns, &done) ||
	    done > (uint64_t)INT64_MAX)
		return -EOVERFLOW;
	p->done_ns = (int64_t)done;
	return 0;
}

int vprim_ptimer_plan_for(const struct vprim_ptimer_budget *budget,
			  struct vprim_ptimer_plan *plan,
			  struct vprim_reason *why)
{
	const struct vprim_ptimer_budget *b = budget;
	struct vprim_ptimer_plan p = { 0, 0, 0, 0, 0 };
	uint64_t kept, rem;
	int ret = 0;

	vprim_reason_clear(why);
	if (b->period_ns < 1)
		return refuse(why, PERIOD);
	if (b->next_ns < 1 || b->next_ns > b->period_ns)
		return refuse(why, NEXT);
	if (!b->max_rate)
		return refuse(why, RATE);
	kept = b->owed < b->max_owed ? b->owed : b->max_owed;
	p.dropped = b->owed - kept;
	p.burst = kept < b->max_burst ? kept : b->max_burst;
	p.interval_ns = b->period_ns;
	if (kept > p.burst) {
		p.interval_ns = (int64_t)vprim_div_u64((uint64_t)b->period_ns,
						       b->max_rate, &rem);
		p.interval_ns += rem != 0;
		ret = pace(b, kept - p.burst, &p);
	}
	if (!ret)
		*plan = p;
	return ret;
}

int vprim_ptimer_rescale(uint64_t owed, uint64_t old_period, uint64_t since,
			 uint64_t new_period, struct vprim_ptimer_owed *out)
{
	struct vprim_u128 time = vprim_mul_u64_wide(owed, old_period);

	/* The high half of a product is at most 2^64 - 2. */
	time.hi += vprim_add_overflow(time.lo, since, &time.lo);
	if (!new_period) {
		out->owed = 0;
		out->rest = 0;
		return 0;
	}
	if (time.hi >= new_period)
		return -EOVERFLOW;
	out->owed = vprim_div_u128(time, new_period, &out->rest);
	return 0;
}
