/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_clock.h
 * @brief The system's clocks as ptimer.h counts time: signed nanoseconds.
 *
 * Which clock a timer runs on decides what a suspend of the host is to a guest:
 *
 *                     running   | suspended |  running
 *     MONOTONIC    ---------------          ------------   the guest slept too
 *     BOOTTIME     ---------------------------------------  instants were missed
 *
 * On MONOTONIC a target is as far away after the suspend as before. On BOOTTIME
 * it has passed, and vprim_ptimer_advance() says what became of the instants in
 * between.
 *
 * No locks, no state: any thread. Reading a clock takes no system call where the
 * system's vDSO has it.
 */
#ifndef VIRTPRIM_USER_CLOCK_H
#define VIRTPRIM_USER_CLOCK_H
#include <virtprim/user_fault.h>
VPRIM_BEGIN_DECLS

/** @brief The clocks. */
enum vprim_user_clock {
	VPRIM_USER_CLOCK_MONOTONIC,	/**< Stands still while suspended. */
	VPRIM_USER_CLOCK_BOOTTIME,	/**< Goes on while suspended. */
	VPRIM_USER_CLOCK_RAW,		/**< As MONOTONIC, at the hardware's own rate. */
	VPRIM_USER_CLOCK_REALTIME,	/**< The time of day: it can be set back. */
	VPRIM_USER_CLOCK_TAI,		/**< The time of day without leap seconds. */
};

/**
 * @brief Read a clock.
 *
 * @param[in]  clock   Which.
 * @param[out] now_ns  Its time, ns. Written only on success.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0            @p now_ns is valid.
 * @retval -EINVAL      @p clock is none.
 * @retval -EOPNOTSUPP  This system has no such clock.
 * @retval -EOVERFLOW   Its time leaves 63 bits.
 * @retval -errno       What the system answered.
 *
 * @par Source
 * POSIX clock_gettime(); clock_gettime(2) for the Linux clocks.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_user_clock_now(enum vprim_user_clock clock, int64_t *now_ns,
			 struct vprim_user_fault *fault);

/**
 * @brief Sleep until a target, as vprim_ptimer_advance() names it.
 *
 * The target is absolute, so that waking late does not add up. A target that is
 * past is no sleep. A signal handler ends it; go on by calling again with the
 * same target.
 *
 * @param[in]  clock      Which; not RAW, which nobody can sleep on.
 * @param[in]  target_ns  The target on that clock, ns; below 0 counts as 0.
 * @param[out] fault      Why not; may be NULL.
 *
 * @retval 0            The target is reached.
 * @retval -EINTR       A signal came first.
 * @retval -EINVAL      @p clock is none.
 * @retval -EOPNOTSUPP  This system cannot sleep on that clock.
 * @retval -EOVERFLOW   The target leaves the system's seconds.
 * @retval -errno       What the system answered.
 *
 * @par Source
 * POSIX clock_nanosleep() with TIMER_ABSTIME.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_clock_wait(enum vprim_user_clock clock, int64_t target_ns,
			  struct vprim_user_fault *fault);

VPRIM_END_DECLS

#endif
