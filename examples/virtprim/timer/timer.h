/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * virtprim timer: a guest with a periodic timer is paused and goes on.
 *
 * Times are ns from the moment at which it goes on; the pause lies before 0.
 */
#ifndef TIMER_H
#define TIMER_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <virtprim/ptimer.h>

/* Most periods of the timeline, and most interrupts that are kept for it. */
#define TIMER_PERIODS_MAX 64
#define TIMER_MARKS_MAX 4096

struct timer_scene {
	int64_t period_ns;
	int64_t pause_ns;
	int64_t lead_ns;	/* from the start of the pause to the next tick */
	int64_t ack_ns;		/* how long the guest takes to acknowledge */
	uint32_t burst, rate;
	uint64_t max_owed;
	int before, after;	/* periods shown */
};

/* How a rule is called, what it does, and which call of the library it is. */
struct timer_rule {
	const char *name, *what;
	bool is_source;		/* a source of ticks, else a move of the target */
	enum vprim_ptimer_policy policy;
	enum vprim_ptimer_missed missed;
};

struct timer_mark {
	int64_t at_ns;
	uint64_t represents;
};

struct timer_run {
	const struct timer_rule *rule;
	struct timer_mark marks[TIMER_MARKS_MAX];
	int nr_marks;
	uint64_t callbacks;	/* calls of the timer's handler when it goes on */
	uint64_t lost;		/* instants without an interrupt of their own */
	uint64_t owed;		/* interrupts still to come at the end */
	int64_t shift_ns;	/* of the last tick, against the old phase */
};

const struct timer_rule *timer_rule_at(int i);
const struct timer_rule *timer_rule_find(const char *name, size_t len);

/* The instant that the pause makes late, and the first and last time shown. */
int64_t timer_late(const struct timer_scene *s);
int64_t timer_first(const struct timer_scene *s);
int64_t timer_last(const struct timer_scene *s);
/* The first instant of the old phase at or after 0. */
int64_t timer_phase(const struct timer_scene *s);

void timer_simulate(const struct timer_scene *s, const struct timer_rule *rule,
		    struct timer_run *run);

/* More callbacks than this at once is a storm. */
#define TIMER_STORM 16u

/* "200us", "1.5h"; false when it is no duration of 0 to 2^62 ns. */
bool timer_read_ns(const char *text, int64_t *ns);
/* "200 us", "1 h"; the buffers hold 32 bytes. */
const char *timer_ns_text(int64_t ns, char *buffer);
/* "18,000,000". */
const char *timer_count_text(uint64_t n, char *buffer);

void timer_print(const struct timer_scene *s, const struct timer_run *runs,
		 int nr, int width);
void timer_json(const struct timer_scene *s, const struct timer_run *runs,
		int nr);
void timer_svg(FILE *to, const struct timer_scene *s,
	       const struct timer_run *runs, int nr);

#endif
