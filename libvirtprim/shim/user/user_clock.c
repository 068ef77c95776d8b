// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The system's clocks in nanoseconds. A time_t may have 32 bits, and a time of
 * day may lie before 1970: both are refused, not cut.
 */
#include <virtprim/user_clock.h>
#include "user_internal.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)

struct clock {
	const char *name;
	clockid_t id;
	bool is_here, can_sleep;
};

/* One that a system does not have keeps its name and nothing else. */
#define HERE(name) { #name, CLOCK_##name, true, true }
#define NOT_HERE(name) { #name, CLOCK_REALTIME, false, false }

static const struct clock clocks[] = {
	[VPRIM_USER_CLOCK_MONOTONIC] = HERE(MONOTONIC),
#ifdef CLOCK_BOOTTIME
	[VPRIM_USER_CLOCK_BOOTTIME] = HERE(BOOTTIME),
#else
	[VPRIM_USER_CLOCK_BOOTTIME] = NOT_HERE(BOOTTIME),
#endif
#ifdef CLOCK_MONOTONIC_RAW
	[VPRIM_USER_CLOCK_RAW] = { "MONOTONIC_RAW", CLOCK_MONOTONIC_RAW, true,
				   false },
#else
	[VPRIM_USER_CLOCK_RAW] = NOT_HERE(MONOTONIC_RAW),
#endif
	[VPRIM_USER_CLOCK_REALTIME] = HERE(REALTIME),
#ifdef CLOCK_TAI
	[VPRIM_USER_CLOCK_TAI] = HERE(TAI),
#else
	[VPRIM_USER_CLOCK_TAI] = NOT_HERE(TAI),
#endif
};

static int refused(struct vprim_user_fault *fault, const char *call, int error,
		  const char *subject)
{
	vprim_user_fault_set(fault, call, error, subject);
	return -error;
}

static const struct clock *clock_of(enum vprim_user_clock clock)
{
	return (unsigned int)clock < VPRIM_ARRAY_LEN(clocks) ?
	       &clocks[clock] : NULL;
}

int vprim_user_clock_now(enum vprim_user_clock clock, int64_t *now_ns,
			 struct vprim_user_fault *fault)
{
	static const char call[] = "clock_gettime";
	const struct clock *c = clock_of(clock);
	struct timespec now;
	uint64_t ns;

	if (!c)
		return refused(fault, call, EINVAL, NULL);
	if (!c->is_here)
		return refused(fault, call, EOPNOTSUPP, c->name);
	if (clock_gettime(c->id, &now))
		return user_failed(fault, call, c->name, errno);
	if (now.tv_sec < 0 ||
	    vprim_mul_overflow((uint64_t)now.tv_sec, NS_PER_S, &ns) ||
	    ns > (uint64_t)INT64_MAX - (uint64_t)now.tv_nsec)
		return refused(fault, call, EOVERFLOW, c->name);
	*now_ns = (int64_t)ns + now.tv_nsec;
	return 0;
}

int vprim_user_clock_wait(enum vprim_user_clock clock, int64_t target_ns,
			  struct vprim_user_fault *fault)
{
	static const char call[] = "clock_nanosleep";
	const struct clock *c = clock_of(clock);
	struct timespec until;
	uint64_t sec, ns;
	int error;

	if (!c)
		return refused(fault, call, EINVAL, NULL);
	if (!c->is_here || !c->can_sleep)
		return refused(fault, call, EOPNOTSUPP, c->name);
	sec = vprim_div_u64(target_ns < 0 ? 0 : (uint64_t)target_ns, NS_PER_S, &ns);
	until.tv_sec = (time_t)sec;
	until.tv_nsec = (long)ns;
	if ((uint64_t)until.tv_sec != sec)
		return refused(fault, call, EOVERFLOW, c->name);
	error = clock_nanosleep(c->id, TIMER_ABSTIME, &until, NULL);
	return error ? user_failed(fault, call, c->name, error) : 0;
}
