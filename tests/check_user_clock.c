// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * user_clock.h: the real clocks go forward and a sleep does not end early; at the
 * edges the program's own clock_gettime() and clock_nanosleep() stand before the
 * C library's, switched on for the call alone: libcheck reads clocks too.
 */
#include "testlib.h"
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <virtprim/ptimer.h>
#include <virtprim/user_clock.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L)
#endif
#define FAKE __attribute__((visibility("default")))
#define NS_PER_S INT64_C(1000000000)

static struct {
	bool on;
	int error;
	clockid_t id;
	struct timespec time;	/* what is read, or what was slept for */
} fake;

union symbol {
	void *object;
	int (*gettime)(clockid_t id, struct timespec *time);
	int (*nanosleep)(clockid_t id, int flags, const struct timespec *until,
			 struct timespec *left);
};

FAKE int clock_gettime(clockid_t id, struct timespec *time)
{
	union symbol real = { .object = dlsym(RTLD_NEXT, "clock_gettime") };

	if (!fake.on)
		return real.gettime(id, time);
	fake.id = id;
	errno = fake.error;
	*time = fake.time;
	return fake.error ? -1 : 0;
}

FAKE int clock_nanosleep(clockid_t id, int flags, const struct timespec *until,
			 struct timespec *left)
{
	union symbol real = { .object = dlsym(RTLD_NEXT, "clock_nanosleep") };

	if (!fake.on)
		return real.nanosleep(id, flags, until, left);
	ck_assert_int_eq(flags, TIMER_ABSTIME);
	ck_assert_ptr_null(left);
	fake.id = id;
	fake.time = *until;
	return fake.error;
}

static void fake_nothing(void)
{
	memset(&fake, 0, sizeof(fake));
}

START_TEST(every_clock_goes_forward)
{
	enum vprim_user_clock clock = (enum vprim_user_clock)_i;
	int64_t before = -1, now = -1;
	int i;

	ck_assert_int_eq(vprim_user_clock_now(clock, &before, NULL), 0);
	ck_assert_int_ge(before, 0);
	for (i = 0; i < 1000; i++) {
		ck_assert_int_eq(vprim_user_clock_now(clock, &now, NULL), 0);
		ck_assert_int_ge(now, before);
		if (clock != VPRIM_USER_CLOCK_REALTIME &&
		    clock != VPRIM_USER_CLOCK_TAI)
			before = now;
	}
}
END_TEST

START_TEST(a_sleep_ends_at_its_target_and_not_before)
{
	enum vprim_user_clock clock = (enum vprim_user_clock)_i;
	int64_t now, woken;

	ck_assert_int_eq(vprim_user_clock_now(clock, &now, NULL), 0);
	ck_assert_int_eq(vprim_user_clock_wait(clock, now + 2000000, NULL), 0);
	ck_assert_int_eq(vprim_user_clock_now(clock, &woken, NULL), 0);
	ck_assert_int_ge(woken, now + 2000000);
	/* What is past is no sleep. */
	ck_assert_int_eq(vprim_user_clock_wait(clock, now, NULL), 0);
	ck_assert_int_eq(vprim_user_clock_wait(clock, INT64_MIN, NULL), 0);
}
END_TEST

static const struct reading {
	const char *name;
	int64_t sec;
	long nsec;
	int64_t ns;	/* -1: does not fit */
} readings[] = {
	{ "zero", 0, 0, 0 },
	{ "a second and a bit", 1, 5, NS_PER_S + 5 },
	{ "the last", 9223372036, 854775807, INT64_MAX },
	{ "one more", 9223372036, 854775808, -1 },
	{ "a second more", 9223372037, 0, -1 },
	{ "64 bits of seconds", INT64_MAX, 0, -1 },
	{ "18446744073 s wrap in 64 bits", 18446744074, 0, -1 },
	{ "before 1970", -1, 999999999, -1 },
};

START_TEST(a_reading_fits_or_is_refused)
{
	const struct reading *r = &readings[_i];
	struct vprim_user_fault fault;
	int64_t now = 7;
	int ret;

	if (sizeof(time_t) < sizeof(int64_t))
		return;		/* what does not fit cannot be read there */
	fake.on = true;
	fake.time.tv_sec = (time_t)r->sec;
	fake.time.tv_nsec = r->nsec;
	ret = vprim_user_clock_now(VPRIM_USER_CLOCK_REALTIME, &now, &fault);
	fake.on = false;
	ck_assert_msg(ret == (r->ns < 0 ? -EOVERFLOW : 0), "%s: %d", r->name, ret);
	ck_assert_msg(now == (ret ? 7 : r->ns), "%s: %" PRId64, r->name, now);
	if (ret) {
		ck_assert_int_eq(fault.error, EOVERFLOW);
		ck_assert_str_eq(fault.subject, "REALTIME");
	}
	ck_assert_int_eq(fake.id, CLOCK_REALTIME);
}
END_TEST

START_TEST(a_target_reaches_the_system_whole)
{
	fake.on = true;
	ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_MONOTONIC,
					       3 * NS_PER_S + 7, NULL), 0);
	ck_assert_int_eq(fake.time.tv_sec, 3);
	ck_assert_int_eq(fake.time.tv_nsec, 7);
	ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_MONOTONIC, -5,
					       NULL), 0);
	ck_assert_int_eq(fake.time.tv_sec | fake.time.tv_nsec, 0);
	if (sizeof(time_t) < sizeof(int64_t)) {
		ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_MONOTONIC,
						       INT64_MAX, NULL),
				 -EOVERFLOW);
		fake.on = false;
		return;
	}
	ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_MONOTONIC,
					       INT64_MAX, NULL), 0);
	ck_assert_int_eq(fake.time.tv_sec, INT64_MAX / NS_PER_S);
	ck_assert_int_eq(fake.time.tv_nsec, INT64_MAX % NS_PER_S);
	fake.on = false;
}
END_TEST

START_TEST(a_refusal_says_which_clock)
{
	enum vprim_user_clock none = (enum vprim_user_clock)5,
			      below = (enum vprim_user_clock)-1;
	struct vprim_user_fault fault;
	int64_t now = 7;
	int ret;

	ck_assert_int_eq(vprim_user_clock_now(none, &now, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_clock_now(below, &now, NULL), -EINVAL);
	ck_assert_int_eq(vprim_user_clock_wait(none, 0, &fault), -EINVAL);
	ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_RAW, 0, &fault),
			 -EOPNOTSUPP);
	ck_assert_str_eq(fault.call, "clock_nanosleep");
	ck_assert_str_eq(fault.subject, "MONOTONIC_RAW");
	fake.on = true;
	fake.error = EPERM;
	ret = vprim_user_clock_now(VPRIM_USER_CLOCK_TAI, &now, &fault);
	fake.on = false;
	ck_assert_int_eq(ret, -EPERM);
	ck_assert_int_eq(vprim_reason_id(&fault.reason), VPRIM_USER_RULE_ERRNO);
	ck_assert_uint_eq(fault.reason.value, EPERM);
	ck_assert_str_eq(fault.subject, "TAI");
	fake.on = true;
	fake.error = EINTR;
	ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_BOOTTIME, 1, &fault),
			 -EINTR);
	ck_assert_str_eq(fault.subject, "BOOTTIME");
	ck_assert_int_eq(now, 7);
	fake.on = false;
}
END_TEST

/* A timer that keeps its phase over three late wake-ups, on a real clock. */
START_TEST(a_timer_runs_on_it)
{
	struct vprim_ptimer_step step = { .target_ns = 0 };
	int64_t start, now, target;
	uint64_t expired = 0;

	ck_assert_int_eq(vprim_user_clock_now(VPRIM_USER_CLOCK_BOOTTIME, &start,
					      NULL), 0);
	for (target = start + 100000; expired < 20; target = step.target_ns) {
		ck_assert_int_eq(vprim_user_clock_wait(VPRIM_USER_CLOCK_BOOTTIME,
						       target, NULL), 0);
		ck_assert_int_eq(vprim_user_clock_now(VPRIM_USER_CLOCK_BOOTTIME,
						      &now, NULL), 0);
		ck_assert_int_eq(vprim_ptimer_advance(VPRIM_PTIMER_KEEP, target,
						      100000, now, &step), 0);
		ck_assert_uint_ge(step.expired, 1);
		expired += step.expired;
	}
	ck_assert_int_eq(target, start + 100000 * (int64_t)(expired + 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("user_clock");
	TCase *tc = tcase_create("user_clock");

	tcase_add_checked_fixture(tc, fake_nothing, fake_nothing);
	tcase_add_loop_test(tc, every_clock_goes_forward, 0, 5);
	tcase_add_loop_test(tc, a_sleep_ends_at_its_target_and_not_before, 0, 2);
	tcase_add_loop_test(tc, a_reading_fits_or_is_refused, 0,
			    VPRIM_ARRAY_LEN(readings));
	tcase_add_test(tc, a_target_reaches_the_system_whole);
	tcase_add_test(tc, a_refusal_says_which_clock);
	tcase_add_test(tc, a_timer_runs_on_it);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
