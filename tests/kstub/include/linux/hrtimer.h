/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: hrtimer_init() up to 6.12, hrtimer_setup() since. */
#ifndef KSTUB_HRTIMER_H
#define KSTUB_HRTIMER_H
#include <linux/types.h>
typedef s64 ktime_t;
enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS, HRTIMER_MODE_REL };
struct hrtimer {
#ifndef KSTUB_LATER
	enum hrtimer_restart (*function)(struct hrtimer *timer);
#endif
	ktime_t expires;
};
#ifdef KSTUB_LATER
void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*function)(struct hrtimer *timer),
		   clockid_t clock, enum hrtimer_mode mode);
#else
void hrtimer_init(struct hrtimer *timer, clockid_t clock,
		  enum hrtimer_mode mode);
#endif
ktime_t hrtimer_get_expires(const struct hrtimer *timer);
void hrtimer_set_expires(struct hrtimer *timer, ktime_t expires);
ktime_t hrtimer_cb_get_time(struct hrtimer *timer);
s64 ktime_to_ns(ktime_t kt);
ktime_t ns_to_ktime(u64 ns);

#endif
