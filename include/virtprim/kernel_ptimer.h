/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_ptimer.h
 * @brief Periodic hrtimers that fall behind, moved by ptimer.h.
 *
 * The policy decides what hrtimer_forward() cannot: whether the phase is kept,
 * and what became of the instants that nobody saw. Takes no locks; safe where an
 * hrtimer's callback runs.
 */
#ifndef VIRTPRIM_KERNEL_PTIMER_H
#define VIRTPRIM_KERNEL_PTIMER_H
#include <virtprim/kernel_compat.h>
#include <virtprim/ptimer.h>
#include <linux/hrtimer.h>
VPRIM_BEGIN_DECLS

/**
 * @brief Prepare a timer, however this kernel spells it.
 * @param[out] timer  The timer.
 * @param[in]  fn     Its callback; may call anything on this page.
 * @param[in]  clock  Its clock, such as CLOCK_MONOTONIC.
 * @param[in]  mode   Its mode.
 *
 * @par Source
 * Linux hrtimer_setup(); hrtimer_init() before 6.13.
 */
static inline void vprim_kernel_ptimer_setup(struct hrtimer *timer,
					     enum hrtimer_restart (*fn)(struct hrtimer *timer),
					     clockid_t clock,
					     enum hrtimer_mode mode)
{
#if VPRIM_KERNEL_HRTIMER_SETUP
	hrtimer_setup(timer, fn, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
#endif
}

/**
 * @brief Move a target in ktime_t.
 *
 * @param[in]     policy     Where the next target goes.
 * @param[in,out] target     Target in force; the next one on success.
 * @param[in]     period_ns  Period, ns, at least 1.
 * @param[in]     now        Present time on the same clock.
 * @param[out]    step       The outcome. Written only on success.
 *
 * @retval 0        @p target is the next one; KTIME_MAX when that saturated.
 * @retval -EINVAL  As vprim_ptimer_advance().
 *
 * @par Source
 * As vprim_ptimer_advance().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_kernel_ptimer_advance(enum vprim_ptimer_policy policy,
				ktime_t *target, s64 period_ns, ktime_t now,
				struct vprim_ptimer_step *step);

/**
 * @brief In an hrtimer's callback: move its expiry past now.
 *
 * As hrtimer_forward_now(), by a policy. Return HRTIMER_RESTART afterwards. Else
 * only for a timer that is not queued.
 *
 * @param[in]     policy     Where the next expiry goes.
 * @param[in,out] timer      The timer.
 * @param[in]     period_ns  Period, ns, at least 1.
 * @param[out]    step       The outcome. Written only on success.
 *
 * @retval 0        The expiry is moved.
 * @retval -EINVAL  As vprim_ptimer_advance().
 *
 * @par Source
 * Linux hrtimer_forward().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_kernel_ptimer_forward(enum vprim_ptimer_policy policy,
				struct hrtimer *timer, s64 period_ns,
				struct vprim_ptimer_step *step);

VPRIM_END_DECLS

#endif
