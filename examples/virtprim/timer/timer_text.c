// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Durations and counts as text, and the timeline for a terminal: a row a rule, a
 * column a piece of a period, the pause folded into one sign.
 */
#include "../tool.h"
#include "timer.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "d", INT64_C(86400000000000) }, { "h", INT64_C(3600000000000) },
	{ "min", INT64_C(60000000000) },  { "s", 1000000000 },
	{ "ms", 1000000 },		  { "us", 1000 },
	{ "ns", 1 },
};

#define NS_MAX (INT64_C(1) << 62)

static int64_t unit_of(const char *text)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(units); i++)
		if (!strcmp(text, units[i].name))
			return units[i].ns;
	return 0;
}

bool timer_read_ns(const char *text, int64_t *ns)
{
	uint64_t whole = 0, part = 0, scale = 1, value;
	int64_t unit;
	const char *p = text;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++)
		if (vprim_mul_overflow(whole, 10, &whole) ||
		    vprim_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return false;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++)
			if (scale < 10000) {
				part = part * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
	while (*p == ' ')
		p++;
	unit = *p ? unit_of(p) : 1;
	if (!unit || vprim_mul_overflow(whole, (uint64_t)unit, &value))
		return false;
	if (vprim_add_overflow(value, part * (uint64_t)unit / scale, &value) ||
	    value > (uint64_t)NS_MAX)
		return false;
	*ns = (int64_t)value;
	return true;
}

const char *timer_ns_text(int64_t ns, char *buffer)
{
	size_t i = 0;

	/* The largest unit that leaves at most three digits behind the point. */
	while (units[i].ns > 1000 &&
	       (ns < units[i].ns || ns % (units[i].ns / 1000)))
		i++;
	if (units[i].ns == 1000 && ns < 1000)
		i++;
	if (!ns)
		snprintf(buffer, 32, "0");
	else if (ns % units[i].ns)
		snprintf(buffer, 32, "%.13g %s",
			 (double)ns / (double)units[i].ns, units[i].name);
	else
		snprintf(buffer, 32, "%" PRId64 " %s", ns / units[i].ns,
			 units[i].name);
	return buffer;
}

const char *timer_count_text(uint64_t n, char *buffer)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n), i, at = 0;

	if (len > 10) {
		snprintf(buffer, 32, "%.3e", (double)n);
		return buffer;
	}
	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buffer[at++] = ',';
		buffer[at++] = digits[i];
	}
	buffer[at] = 0;
	return buffer;
}

#define LABEL 15
#define FOLD " // "

/* Columns of one period; the two parts of the timeline are whole periods. */
struct grid {
	const struct timer_scene *s;
	int per_period, left, right;
};

/* The column of a time, or -1 when the timeline does not show it. */
static int column(const struct grid *g, int64_t at)
{
	int64_t from = at < 0 ? at - timer_first(g->s) : at;
	int64_t col = from / g->s->period_ns * g->per_period +
		      from % g->s->period_ns * g->per_period / g->s->period_ns;

	if (at < 0)
		return from >= 0 && col < g->left ? (int)col : -1;
	return col < g->right ? g->left + (int)col : -1;
}

static void print_cells(const struct grid *g, const char *cells)
{
	printf("%.*s%s%.*s\n", g->left, cells, FOLD, g->right, cells + g->left);
}

static void old_phase(const struct grid *g, char *cells)
{
	int64_t at = timer_first(g->s);
	int i, col;

	memset(cells, '.', (size_t)g->left + (size_t)g->right);
	for (i = 0; i < g->s->before; i++, at += g->s->period_ns)
		if ((col = column(g, at)) >= 0)
			cells[col] = ':';
	for (at = timer_phase(g->s); at < timer_last(g->s); at += g->s->period_ns)
		if ((col = column(g, at)) >= 0)
			cells[col] = ':';
}

/* A storm is red on a terminal. */
static const char *start_colour(const struct timer_run *run)
{
	return run->callbacks > TIMER_STORM && tool_colour(stdout) ?
	       "\033[31m" : "";
}

static const char *end_colour(const struct timer_run *run)
{
	return *start_colour(run) ? "\033[0m" : "";
}

static void print_run(const struct grid *g, const struct timer_run *run)
{
	static char cells[2 * TIMER_PERIODS_MAX * 16 + 1];
	static int counts[sizeof(cells)];
	int i, col;

	old_phase(g, cells);
	memset(counts, 0, sizeof(counts));
	for (i = 0; i < run->nr_marks; i++) {
		col = column(g, run->marks[i].at_ns);
		if (col < 0)
			continue;
		counts[col]++;
		cells[col] = counts[col] == 1 ? '|' :
			     counts[col] < 10 ? (char)('0' + counts[col]) : '*';
	}
	if (run->callbacks > TIMER_STORM)
		cells[column(g, 0)] = '#';
	printf("%s%-*s", start_colour(run), LABEL, run->rule->name);
	print_cells(g, cells);
	printf("%s", end_colour(run));
}

static void print_counts(const struct timer_run *run)
{
	char calls[32], lost[32], owed[32], shift[32];
	int i, came = 0;

	for (i = 0; i < run->nr_marks; i++)
		came += run->marks[i].at_ns >= 0;
	printf("%s%-*s%14s%11d%14s%14s  %s%s\n", start_colour(run), LABEL,
	       run->rule->name,
	       timer_count_text(run->callbacks, calls), came,
	       timer_count_text(run->lost, lost),
	       timer_count_text(run->owed, owed),
	       run->shift_ns ? timer_ns_text(run->shift_ns, shift) : "kept",
	       end_colour(run));
}

void timer_print(const struct timer_scene *s, const struct timer_run *runs,
		 int nr, int width)
{
	struct grid g = { s, 0, 0, 0 };
	char period[32], pause[32], lead[32], column_ns[32], span[32];
	int i;

	g.per_period = (width - LABEL - (int)strlen(FOLD)) / (s->before + s->after);
	if (g.per_period < 2)
		g.per_period = 2;
	if (g.per_period > 16)
		g.per_period = 16;
	g.left = s->before * g.per_period;
	g.right = s->after * g.per_period;

	printf("A tick every %s. The guest is paused for %s, %s before a tick.\n\n",
	       timer_ns_text(s->period_ns, period),
	       timer_ns_text(s->pause_ns, pause),
	       timer_ns_text(s->lead_ns, lead));
	printf("%-*s%-*s%s%s\n", LABEL, "", g.left, "before", FOLD, "goes on");
	for (i = 0; i < nr; i++)
		print_run(&g, &runs[i]);
	printf("\n%-*s| interrupt  2-9 that many  # a storm of callbacks  : old phase\n"
	       "%-*s// %s of pause; a column is %s\n\n", LABEL, "", LABEL, "",
	       pause, timer_ns_text(s->period_ns / g.per_period, column_ns));
	printf("%-*s%14s%11s%14s%14s  %s\n", LABEL, "rule", "callbacks",
	       "interrupts", "ticks lost", "still owed", "phase");
	for (i = 0; i < nr; i++)
		print_counts(&runs[i]);
	printf("\nCallbacks: of the timer when the guest goes on. The others: from there to\n"
	       "%s later. Lost: instants without an interrupt of their own.\n\n",
	       timer_ns_text(timer_last(s), span));
	for (i = 0; i < nr; i++)
		printf("%-*s%s\n", LABEL, runs[i].rule->name,
		       runs[i].rule->what);
}
