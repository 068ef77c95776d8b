// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The LAPIC timer's registers.
 *
 * A change is worked out on a copy, the copy is stored whole.
 */
#include <virtprim/ptimer.h>

#define MAX_DIVISOR 128u

static uint32_t divisor(uint32_t tdcr)
{
	/* Bits 3, 1, 0 count from divide by 2; the last code is divide by 1. */
	uint32_t code = (tdcr & 3) | (tdcr & 8) >> 1;

	return (uint32_t)1 << ((code + 1) & 7);
}

int vprim_ptimer_bus_check(uint64_t bus_ns, bool irqchip, bool vcpus)
{
	uint64_t longest;

	if (!bus_ns || vprim_mul_overflow((uint64_t)UINT32_MAX * MAX_DIVISOR,
					  bus_ns, &longest))
		return -EINVAL;
	if (!irqchip)
		return -ENXIO;
	if (vcpus)
		return -EINVAL;
	return longest > (uint64_t)INT64_MAX ? -EOVERFLOW : 0;
}

/* @cycles bus cycles as ns. */
static int bus_to_ns(const struct vprim_ptimer_count *count, uint32_t cycles,
		     int64_t *ns)
{
	uint64_t unit = (uint64_t)divisor(count->tdcr) * cycles;
	uint64_t product;

	if (vprim_mul_overflow(unit, count->bus_ns, &product) ||
	    product > (uint64_t)INT64_MAX)
		return -EOVERFLOW;
	*ns = (int64_t)product;
	return 0;
}

int vprim_ptimer_period(const struct vprim_ptimer_count *count,
			int64_t *period_ns)
{
	int64_t ns;
	int ret;

	if (!count->bus_ns)
		return -EINVAL;
	ret = bus_to_ns(count, count->tmict, &ns);
	if (ret)
		return ret;
	if (ns && count->periodic && (uint64_t)ns < count->min_ns) {
		if (count->min_ns > (uint64_t)INT64_MAX)
			return -EOVERFLOW;
		ns = (int64_t)count->min_ns;
	}
	*period_ns = ns;
	return 0;
}

int64_t vprim_ptimer_restored(int64_t period_ns, int64_t left_ns, bool periodic)
{
	if (left_ns <= 0)
		return periodic ? period_ns : 0;
	return left_ns < period_ns ? left_ns : period_ns;
}

int vprim_ptimer_lapic_init(struct vprim_ptimer_lapic *l, uint64_t bus_ns,
			    uint64_t min_ns, uint64_t tsc_khz)
{
	struct vprim_ptimer_scale scale;
	int ret;

	if (!bus_ns)
		return -EINVAL;
	ret = vprim_ptimer_scale_from(tsc_khz, &scale);
	if (ret)
		return ret;
	memset(l, 0, sizeof(*l));
	l->count.bus_ns = bus_ns;
	l->count.min_ns = min_ns;
	l->scale = scale;
	return 0;
}

/* Set the target @left ns from now and the deadline with it. */
static int aim(struct vprim_ptimer_lapic *l, int64_t left,
	       const struct vprim_ptimer_now *now)
{
	struct vprim_ptimer_deadline d;
	int ret;

	if (now->ns > 0 && left > INT64_MAX - now->ns)
		return -EOVERFLOW;
	ret = vprim_ptimer_deadline_for(now->ns + left, now->ns, now->guest_tsc,
				    &l->scale, 0, &d);
	if (ret)
		return ret;
	l->target_ns = now->ns + left;
	l->tscdeadline = d.deadline_tsc;
	return 0;
}

/* How far away the target is: a period, or what a restore says is left. */
static int64_t distance(const struct vprim_ptimer_lapic *l,
			const struct vprim_ptimer_write *write)
{
	int64_t saved;

	/* A count that leaves the clock is more than a period, too. */
	if (!write->restore || bus_to_ns(&l->count, write->tmcct, &saved))
		return l->period_ns;
	return vprim_ptimer_restored(l->period_ns, saved, l->count.periodic);
}

int vprim_ptimer_lapic_arm(struct vprim_ptimer_lapic *l,
			   const struct vprim_ptimer_write *write,
			   const struct vprim_ptimer_now *now)
{
	struct vprim_ptimer_lapic next;
	int ret;

	next = *l;
	next.count.tmict = write->tmict;
	next.count.tdcr = write->tdcr;
	next.count.periodic = write->periodic;
	ret = vprim_ptimer_period(&next.count, &next.period_ns);
	if (ret)
		return ret;
	if (next.period_ns)
		ret = aim(&next, distance(&next, write), now);
	else
		next.tscdeadline = 0;
	if (!ret)
		*l = next;
	return ret;
}

/* ns until the target, 0 when it is past. */
static uint64_t left_until(const struct vprim_ptimer_lapic *l, int64_t now_ns)
{
	return l->target_ns > now_ns ?
	       (uint64_t)l->target_ns - (uint64_t)now_ns : 0;
}

/*
 * Stretch what is left. The deadline moves by the difference, which keeps the
 * rounding that it had.
 */
static int stretch(struct vprim_ptimer_lapic *l, uint32_t was,
		   const struct vprim_ptimer_now *now)
{
	struct vprim_ptimer_deadline before, after;
	struct vprim_ptimer_owed then;
	uint64_t left = left_until(l, now->ns);
	uint64_t most = (uint64_t)INT64_MAX - (uint64_t)now->ns;
	int64_t target;
	int ret;

	/* So many counts are left, each of the new length. */
	if (vprim_ptimer_rescale(left, divisor(l->count.tdcr), 0, was, &then) ||
	    then.owed > most)
		return -EOVERFLOW;
	target = (int64_t)((uint64_t)now->ns + then.owed);
	ret = vprim_ptimer_deadline_for(target, now->ns, 0, &l->scale, 0, &after);
	if (!ret)
		ret = vprim_ptimer_deadline_for((int64_t)((uint64_t)now->ns + left),
					    now->ns, 0, &l->scale, 0, &before);
	if (ret)
		return ret;
	l->target_ns = target;
	l->tscdeadline += after.cycles - before.cycles;
	return 0;
}

int vprim_ptimer_lapic_divide(struct vprim_ptimer_lapic *l, uint32_t tdcr,
			      const struct vprim_ptimer_now *now)
{
	struct vprim_ptimer_lapic next;
	uint32_t was;
	int ret;

	next = *l;
	was = divisor(l->count.tdcr);
	next.count.tdcr = tdcr;
	ret = vprim_ptimer_period(&next.count, &next.period_ns);
	if (!ret && next.period_ns)
		ret = stretch(&next, was, now);
	if (ret)
		return ret;
	*l = next;
	return 0;
}

int vprim_ptimer_lapic_advance(struct vprim_ptimer_lapic *l,
			       enum vprim_ptimer_policy policy,
			       const struct vprim_ptimer_now *now,
			       struct vprim_ptimer_step *step)
{
	struct vprim_ptimer_step s;
	struct vprim_ptimer_deadline d;
	int ret;

	if (!l->count.periodic)
		return -EINVAL;
	ret = vprim_ptimer_advance(policy, l->target_ns, l->period_ns, now->ns,
				   &s);
	if (ret)
		return ret;
	if (s.target_ns < now->ns) {
		d.deadline_tsc = now->guest_tsc +
			vprim_ptimer_scale_delta(&l->scale, (uint64_t)s.target_ns -
							    (uint64_t)now->ns);
	} else {
		ret = vprim_ptimer_deadline_for(s.target_ns, now->ns,
					    now->guest_tsc, &l->scale, 0, &d);
		if (ret)
			return ret;
	}
	l->target_ns = s.target_ns;
	l->tscdeadline = d.deadline_tsc;
	*step = s;
	return 0;
}

uint32_t vprim_ptimer_lapic_current(const struct vprim_ptimer_lapic *l,
				    int64_t now_ns)
{
	uint64_t left, unit;

	if (!l->period_ns)
		return 0;
	/* An armed timer's period is at least its unit, which therefore fits. */
	unit = l->count.bus_ns * divisor(l->count.tdcr);
	vprim_div_u64(left_until(l, now_ns), (uint64_t)l->period_ns, &left);
	return (uint32_t)vprim_div_u64(left, unit, NULL);
}
