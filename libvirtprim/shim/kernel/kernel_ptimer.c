// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Periodic hrtimers, moved by the core. */
#include <virtprim/kernel_ptimer.h>

int vprim_kernel_ptimer_advance(enum vprim_ptimer_policy policy,
				ktime_t *target, s64 period_ns, ktime_t now,
				struct vprim_ptimer_step *step)
{
	int ret;

	ret = vprim_ptimer_advance(policy, ktime_to_ns(*target), period_ns,
				   ktime_to_ns(now), step);
	if (!ret)
		*target = ns_to_ktime(step->target_ns);
	return ret;
}

int vprim_kernel_ptimer_forward(enum vprim_ptimer_policy policy,
				struct hrtimer *timer, s64 period_ns,
				struct vprim_ptimer_step *step)
{
	ktime_t target = hrtimer_get_expires(timer);
	int ret;

	ret = vprim_kernel_ptimer_advance(policy, &target, period_ns,
					  hrtimer_cb_get_time(timer), step);
	if (!ret)
		hrtimer_set_expires(timer, target);
	return ret;
}
