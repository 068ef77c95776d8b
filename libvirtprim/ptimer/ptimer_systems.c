// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rules of single systems: the Hyper-V synthetic timer and Xen's vpt. */
#include <virtprim/ptimer.h>

static int periodic_next(uint64_t exp, uint64_t count, uint64_t now,
			 uint64_t *next)
{
	uint64_t rem;

	if (exp > now) {
		*next = exp;
		return 0;
	}
	/* A timer that starts has no phase: it is as if the last tick were now. */
	vprim_div_u64(exp ? now - exp : 0, count, &rem);
	return vprim_add_overflow(now, count - rem, next) ? -EOVERFLOW : 0;
}

int vprim_ptimer_stimer_next(uint64_t exp_100ns, uint64_t count_100ns,
			     uint64_t now_100ns, bool periodic,
			     struct vprim_ptimer_stimer *next)
{
	uint64_t exp = count_100ns, delta;
	int ret;

	if (!count_100ns)
		return -EINVAL;
	if (periodic) {
		ret = periodic_next(exp_100ns, count_100ns, now_100ns, &exp);
		if (ret)
			return ret;
	}
	next->exp_100ns = exp;
	next->expired = exp <= now_100ns;
	delta = next->expired ? 0 : exp - now_100ns;
	next->delay_ns = delta < (uint64_t)INT64_MAX / 100 ?
				 (int64_t)(delta * 100) : INT64_MAX;
	return 0;
}

static bool add_pending(uint64_t *pending, uint64_t more)
{
	if (!vprim_add_overflow(*pending, more, pending))
		return false;
	*pending = UINT64_MAX;
	return true;
}

int vprim_ptimer_xen_missed(enum vprim_ptimer_xen mode, int64_t scheduled_ns,
			    int64_t period_ns, uint64_t pending,
			    int64_t now_ns,
			    struct vprim_ptimer_xen_state *state)
{
	struct vprim_ptimer_xen_state s = { scheduled_ns, pending, pending, false };
	struct vprim_ptimer_step step;
	int ret;

	if ((unsigned int)mode > VPRIM_PTIMER_XEN_ONE_MISSED)
		return -EINVAL;
	ret = vprim_ptimer_advance(VPRIM_PTIMER_KEEP, scheduled_ns, period_ns,
				   now_ns, &step);
	if (ret)
		return ret;
	if (now_ns > scheduled_ns) {
		s.scheduled_ns = step.target_ns;
		s.saturated = step.saturated;
		if (mode != VPRIM_PTIMER_XEN_NO_MISSED)
			s.saturated |= add_pending(&s.counted, step.expired);
	}
	s.pending = s.counted;
	if (mode == VPRIM_PTIMER_XEN_ONE_MISSED && s.pending > 1)
		s.pending = 1;
	*state = s;
	return 0;
}
