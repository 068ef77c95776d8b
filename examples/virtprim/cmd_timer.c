// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* virtprim timer - what a periodic timer does after a pause, rule by rule. */
#include "timer/timer.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RUNS_MAX 32

struct words {
	char *period, *pause, *lead, *ack, *rules;
};

static bool read_time(const char *option, const char *word, int64_t least,
		      int64_t *ns)
{
	if (!word)
		return true;
	if (timer_read_ns(word, ns) && *ns >= least)
		return true;
	tool_warn("timer: --%s: '%s' is no duration; write 200us, 1ms or 1.5h",
		  option, word);
	return false;
}

static bool read_scene(const struct words *w, struct timer_scene *s)
{
	if (!read_time("period", w->period, 1, &s->period_ns) ||
	    !read_time("pause", w->pause, 1, &s->pause_ns))
		return false;
	s->lead_ns = s->period_ns / 5 * 2;
	s->ack_ns = s->period_ns / 10;
	if (!read_time("lead", w->lead, 0, &s->lead_ns) ||
	    !read_time("ack", w->ack, 0, &s->ack_ns))
		return false;
	if (s->before < 1 || s->before > TIMER_PERIODS_MAX || s->after < 1 ||
	    s->after > TIMER_PERIODS_MAX) {
		tool_warn("timer: --before and --after are 1 to %d periods",
			  TIMER_PERIODS_MAX);
		return false;
	}
	if (s->lead_ns > s->period_ns) {
		tool_warn("timer: --lead is at most one period");
		return false;
	}
	if (s->period_ns > INT64_MAX / 4 / TIMER_PERIODS_MAX) {
		tool_warn("timer: --period: %d of them do not fit on the clock",
			  TIMER_PERIODS_MAX);
		return false;
	}
	return true;
}

/* Runs of the rules that a list names; 0 after a complaint. */
static int run_rules(const struct timer_scene *s, const char *list,
		     struct timer_run *runs)
{
	const struct timer_rule *rule;
	int nr = 0;

	if (!strcmp(list, "all")) {
		while ((rule = timer_rule_at(nr)))
			timer_simulate(s, rule, &runs[nr++]);
		return nr;
	}
	while (nr < RUNS_MAX) {
		size_t len = strcspn(list, ",");

		rule = timer_rule_find(list, len);
		if (!rule) {
			tool_warn("timer: --policy: no rule is called '%.*s'; "
				  "try 'virtprim timer --help'", (int)len, list);
			return 0;
		}
		timer_simulate(s, rule, &runs[nr++]);
		if (!list[len])
			return nr;
		list += len + 1;
	}
	tool_warn("timer: --policy: at most %d rules", RUNS_MAX);
	return 0;
}

static int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	int width = columns ? atoi(columns) : 0;

	if (width <= 0 && isatty(STDOUT_FILENO) &&
	    !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w))
		width = w.ws_col;
	return width >= 40 ? width : 80;
}

static bool draw(const struct timer_scene *s, const struct timer_run *runs, int nr,
		 const char *svg)
{
	FILE *to = tool_begin_file(svg);

	if (!to)
		return false;
	timer_svg(to, s, runs, nr);
	return tool_end_file(to, true);
}

static int show(const struct timer_scene *s, const char *rules, bool json,
		const char *svg)
{
	struct timer_run *runs = calloc(RUNS_MAX, sizeof(*runs));
	int nr, status = TOOL_USAGE;

	if (!runs) {
		tool_warn("timer: out of memory");
		return TOOL_USAGE;
	}
	nr = run_rules(s, rules, runs);
	if (nr && (!svg || draw(s, runs, nr, svg))) {
		if (json)
			timer_json(s, runs, nr);
		else
			timer_print(s, runs, nr, terminal_width());
		status = TOOL_OK;
	}
	free(runs);
	return status;
}

static const char usage[] =
	"[OPTION...]\n\n"
	"A guest with a periodic timer is paused and goes on. Shows for each rule the\n"
	"interrupts that it gets, and what that costs. The rules:\n"
	"  step rebase_kvm keep keep_now rebase        where the next target goes\n"
	"  discard delay slew merge hyperv             what becomes of missed ticks\n"
	"  xen_delay xen_no_delay xen_no_missed xen_one_missed\n"
	"  pit_reinject pit_discard\n"
	"TIME is a number with ns, us, ms, s, min, h or d.";

int cmd_timer(int argc, const char **argv)
{
	struct timer_scene s = {
		.period_ns = 200000, .pause_ns = INT64_C(3600000000000),
		.burst = VPRIM_PTIMER_RTC_MAX_BURST,
		.rate = VPRIM_PTIMER_RTC_MAX_RATE, .max_owed = UINT64_MAX,
		.before = 3, .after = 8,
	};
	struct words w = { NULL, NULL, NULL, NULL, NULL };
	int json = 0, status, burst = (int)s.burst, rate = (int)s.rate;
	long long owed = 0;
	char *svg = NULL;
	struct poptOption options[] = {
		{ "period", 'p', POPT_ARG_STRING, &w.period, 0,
		  "time between two ticks (200us)", "TIME" },
		{ "pause", 't', POPT_ARG_STRING, &w.pause, 0,
		  "how long the guest is paused (1h)", "TIME" },
		{ "policy", 'r', POPT_ARG_STRING, &w.rules, 0,
		  "rules, joined by commas, or all (step,rebase_kvm,keep)", "RULES" },
		{ "lead", 0, POPT_ARG_STRING, &w.lead, 0,
		  "the pause begins so long before a tick (2/5 of the period)", "TIME" },
		{ "ack", 0, POPT_ARG_STRING, &w.ack, 0,
		  "the guest acknowledges so late (1/10 of the period)", "TIME" },
		{ "burst", 0, POPT_ARG_INT, &burst, 0,
		  "most interrupts in a row on acknowledgement (20)", "N" },
		{ "rate", 0, POPT_ARG_INT, &rate, 0,
		  "slew: most multiple of the normal rate (8)", "N" },
		{ "max-owed", 0, POPT_ARG_LONGLONG, &owed, 0,
		  "most ticks owed (no bound)", "N" },
		{ "before", 0, POPT_ARG_INT, &s.before, 0,
		  "periods shown before the pause (3)", "N" },
		{ "after", 0, POPT_ARG_INT, &s.after, 0,
		  "periods shown after it (8)", "N" },
		{ "svg", 0, POPT_ARG_STRING, &svg, 0, "write a picture", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "one JSON object", NULL },
		POPT_TABLEEND
	};
	poptContext con;

	con = tool_options(argc, argv, options, usage, &status);
	if (!con)
		return status;
	status = TOOL_USAGE;
	s.burst = (uint32_t)burst;
	s.rate = (uint32_t)rate;
	if (owed)
		s.max_owed = (uint64_t)owed;
	if (burst < 0 || rate < 1 || owed < 0)
		tool_warn("timer: --burst is at least 0, --rate and --max-owed at least 1");
	else if (poptPeekArg(con))
		tool_warn("timer: '%s' is no option; try 'virtprim timer --help'",
			  poptPeekArg(con));
	else if (read_scene(&w, &s))
		status = show(&s, w.rules ? w.rules : "step,rebase_kvm,keep",
			      json, svg);
	poptFreeContext(con);
	free(w.period);
	free(w.pause);
	free(w.lead);
	free(w.ack);
	free(w.rules);
	free(svg);
	return status;
}
