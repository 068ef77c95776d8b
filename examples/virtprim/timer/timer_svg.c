// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The simulation as a picture: a row a rule, the pause folded to a band, the old
 * phase as faint lines through all rows, and the counts at the right.
 *
 * The picture is written beside its place and moved there when it is whole.
 */
#include "../picture.h"
#include "timer.h"

#include <string.h>

/* All in SVG's user units: pixels. */
#define WIDTH 1364
#define LEFT 300.0	/* where the timeline begins */
#define SPAN 520.0	/* its length, without the fold */
#define FOLD 84.0
#define TOP 128.0
#define ROW 58.0
#define BAR_TOP 22.0	/* of an interrupt, in its row */
#define BAR_BOTTOM 48.0

#define INK PICTURE_INK
#define FAINT PICTURE_FAINT
#define LINE PICTURE_LINE
#define GRID PICTURE_GRID
#define TICK PICTURE_MAIN
#define MERGED PICTURE_THIRD
#define STORM PICTURE_BAD
#define PAUSE PICTURE_EMPTY

/* Right edges of the columns of numbers. */
static const double columns[] = { 1040, 1150, 1260, 1350 };

struct picture {
	FILE *to;
	const struct timer_scene *s;
	double per_period, resume, bottom;
};

static double x_of(const struct picture *p, int64_t at)
{
	double from = at < 0 ? LEFT : p->resume;
	int64_t since = at < 0 ? at - timer_first(p->s) : at;

	return from + (double)since / (double)p->s->period_ns * p->per_period;
}

static void text(const struct picture *p, double x, double y, int size,
		 const char *anchor, const char *colour, const char *words)
{
	fprintf(p->to, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
		x, y, size, anchor, colour, words);
}

static void vertical(const struct picture *p, double x, double from, double to,
		     double width, const char *colour)
{
	fprintf(p->to, "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
		x, from, to, colour, width);
}

static void rule_line(const struct picture *p, double y, double from, double to)
{
	fprintf(p->to, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"" LINE "\"/>\n",
		from, y, to);
}

static void head(const struct picture *p)
{
	char period[32], pause[32], lead[32], words[160];

	fprintf(p->to, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" font-family=\"" PICTURE_FONT "\">\n",
		WIDTH, p->bottom + 96, WIDTH, p->bottom + 96);
	fprintf(p->to, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	text(p, 16, 34, 18, "start", INK, "A periodic timer after a pause");
	snprintf(words, sizeof(words),
		 "A tick every %s. The guest is paused for %s, %s before a tick.",
		 timer_ns_text(p->s->period_ns, period),
		 timer_ns_text(p->s->pause_ns, pause),
		 timer_ns_text(p->s->lead_ns, lead));
	text(p, 16, 58, 13, "start", FAINT, words);
	text(p, LEFT + p->s->before * p->per_period / 2, TOP - 14, 11, "middle",
	     FAINT, "before");
	text(p, p->resume + p->s->after * p->per_period / 2, TOP - 14, 11,
	     "middle", FAINT, "after");
	text(p, columns[0], TOP - 28, 11, "end", FAINT, "callbacks");
	text(p, columns[0], TOP - 14, 11, "end", FAINT, "when it goes on");
	text(p, columns[1], TOP - 28, 11, "end", FAINT, "ticks");
	text(p, columns[1], TOP - 14, 11, "end", FAINT, "lost");
	text(p, columns[2], TOP - 28, 11, "end", FAINT, "still");
	text(p, columns[2], TOP - 14, 11, "end", FAINT, "owed");
	text(p, columns[3], TOP - 14, 11, "end", FAINT, "phase");
}

/* The pause: a band between two zigzags, through all rows. */
static void fold(const struct picture *p)
{
	double x = LEFT + p->s->before * p->per_period, y, step = 12;
	char pause[32];
	int side, i;

	fprintf(p->to, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"" PAUSE "\"/>\n",
		x + 16, TOP, FOLD - 32, p->bottom - TOP);
	for (side = 0; side < 2; side++) {
		double at = x + 16 + side * (FOLD - 32);

		fprintf(p->to, "<path d=\"M%.1f %.1f", at, TOP);
		for (i = 1; (y = TOP + i * step) <= p->bottom + 0.1; i++)
			fprintf(p->to, "L%.1f %.1f", at + (i % 2 ? 4 : -4), y);
		fprintf(p->to, "\" fill=\"none\" stroke=\"" LINE "\"/>\n");
	}
	text(p, x + FOLD / 2, TOP - 28, 11, "middle", FAINT, "paused");
	text(p, x + FOLD / 2, TOP - 14, 11, "middle", INK,
	     timer_ns_text(p->s->pause_ns, pause));
}

static void phase_lines(const struct picture *p)
{
	int64_t at = timer_first(p->s);
	int i;

	for (i = 0; i < p->s->before; i++, at += p->s->period_ns)
		vertical(p, x_of(p, at), TOP, p->bottom, 1, GRID);
	for (at = timer_phase(p->s); at <= timer_last(p->s); at += p->s->period_ns)
		vertical(p, x_of(p, at), TOP, p->bottom, 1, GRID);
}

/* Where the timeline goes on: 0, and every so many periods from there. */
static void axis(const struct picture *p)
{
	int every = 1, i;
	char ns[32], words[40];

	while (every * p->per_period < 72)
		every++;
	for (i = 0; i <= p->s->after; i += every) {
		double x = x_of(p, i * p->s->period_ns);

		vertical(p, x, p->bottom, p->bottom + 5, 1, FAINT);
		timer_ns_text(i * p->s->period_ns, ns);
		snprintf(words, sizeof(words), "%s%s", i ? "+" : "", ns);
		text(p, x, p->bottom + 18, 11, "middle", INK, words);
	}
	vertical(p, p->resume, TOP, p->bottom, 1, FAINT);
}

static void interrupts(const struct picture *p, const struct timer_run *run,
		       double y)
{
	int i;

	for (i = 0; i < run->nr_marks; i++) {
		int64_t at = run->marks[i].at_ns;
		bool storm = !at && run->callbacks > TIMER_STORM;
		bool merged = run->marks[i].represents > 1;

		if (at < timer_first(p->s) || at > timer_last(p->s))
			continue;
		vertical(p, x_of(p, at), y + BAR_TOP, y + BAR_BOTTOM,
			 storm ? 9 : 3, storm ? STORM : merged ? MERGED : TICK);
	}
}

static void row(const struct picture *p, const struct timer_run *run, double y)
{
	bool storm = run->callbacks > TIMER_STORM;
	char count[40], words[96];
	double middle = y + 38;

	text(p, 16, y + 30, 13, "start", storm ? STORM : INK, run->rule->name);
	text(p, 16, y + 46, 10, "start", FAINT, run->rule->what);
	rule_line(p, y + BAR_BOTTOM, LEFT,
		  LEFT + p->s->before * p->per_period + 12);
	rule_line(p, y + BAR_BOTTOM, p->resume,
		  p->resume + p->s->after * p->per_period);
	interrupts(p, run, y);
	timer_count_text(run->callbacks, count);
	if (storm) {
		snprintf(words, sizeof(words),
			 "%s callbacks, interrupts off", count);
		/* White behind it: the lines of the old phase pass here. */
		fprintf(p->to, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"15\" fill=\"white\"/>\n",
			p->resume + 7, y + 4, 6.4 * (double)strlen(words));
		text(p, p->resume + 10, y + 15, 11, "start", STORM, words);
	}
	text(p, columns[0], middle, 12, "end", storm ? STORM : INK, count);
	text(p, columns[1], middle, 12, "end", INK,
	     timer_count_text(run->lost, count));
	text(p, columns[2], middle, 12, "end", INK,
	     timer_count_text(run->owed, count));
	text(p, columns[3], middle, 12, "end", INK, run->shift_ns ?
	     timer_ns_text(run->shift_ns, count) : "kept");
}

static double key(const struct picture *p, double x, const char *colour,
		  double width, const char *words)
{
	double y = p->bottom + 58;

	vertical(p, x, y - 11, y + 3, width, colour);
	text(p, x + 12, y, 11, "start", INK, words);
	return x + 12 + 7.0 * (double)strlen(words) + 26;
}

static void legend(const struct picture *p)
{
	double x = 22;

	rule_line(p, p->bottom + 34, 16, WIDTH - 12);
	x = key(p, x, TICK, 3, "interrupt");
	x = key(p, x, MERGED, 3, "interrupt for several instants");
	x = key(p, x, STORM, 9, "storm of callbacks");
	x = key(p, x, GRID, 2, "instant of the old phase");
	key(p, x, FAINT, 1, "the guest goes on (0)");
	text(p, 16, p->bottom + 82, 10, "start", FAINT,
	     "Lost: instants without an interrupt of their own. Owed: interrupts "
	     "still to come at the right edge. Phase: how far the ticks have moved "
	     "from the old one.");
}

static void draw(struct picture *p, const struct timer_run *runs, int nr)
{
	int i;

	p->per_period = SPAN / (p->s->before + p->s->after);
	p->resume = LEFT + p->s->before * p->per_period + FOLD;
	p->bottom = TOP + nr * ROW;
	head(p);
	phase_lines(p);
	fold(p);
	axis(p);
	for (i = 0; i < nr; i++)
		row(p, &runs[i], TOP + i * ROW);
	legend(p);
	fputs("</svg>\n", p->to);
}

void timer_svg(FILE *to, const struct timer_scene *s,
	       const struct timer_run *runs, int nr)
{
	struct picture p = { .to = to, .s = s };

	draw(&p, runs, nr);
}
