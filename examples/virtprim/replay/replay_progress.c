// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A bar on standard error, when that is a terminal and the work takes longer
 * than one waits gladly. It is gone when the results come.
 */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WAIT_NS 200000000u
#define EVERY_NS 50000000u
#define CELLS_MAX 40

/* Columns of the terminal; the last one stays free, or the line would wrap. */
static int columns(void)
{
	const char *said = getenv("COLUMNS");
	int n = said ? atoi(said) : 0;
	struct winsize w;

	if (n <= 0 && !ioctl(STDERR_FILENO, TIOCGWINSZ, &w))
		n = w.ws_col;
	return n > 0 ? n - 1 : 79;
}

size_t replay_progress_line(char *to, size_t size, int width, const char *what,
			    uint64_t done, uint64_t total)
{
	static const char bar[] = "########################################";
	const int around = (int)strlen(what) + 10;	/* " [", "] 100 %", edges */
	int percent, cells = width - around, full;

	if (done > total)
		done = total;
	percent = total ? (int)((double)done * 100 / (double)total) : 100;
	if (cells > CELLS_MAX)
		cells = CELLS_MAX;
	full = cells * percent / 100;
	if (cells >= 4)
		snprintf(to, size, "%s [%-*.*s] %3d %%", what, cells, full, bar,
			 percent);
	else
		snprintf(to, size, "%s %3d %%", what, percent);
	if (width >= 0 && strlen(to) > (size_t)width)
		to[width] = '\0';
	return strlen(to);
}

void replay_progress_begin(struct replay_progress *p)
{
	const char *term = getenv("TERM");

	*p = (struct replay_progress){
		.on = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0,
	};
	p->began_ns = p->last_ns = replay_now_ns();
}

/* Over what stood there, and as long. */
static void put_line(struct replay_progress *p, const char *text, size_t n)
{
	fprintf(stderr, "\r%s%*s", text, p->shown > n ? (int)(p->shown - n) : 0, "");
	p->shown = n;
	fflush(stderr);
}

void replay_progress_step(struct replay_progress *p, const char *what,
			  uint64_t done, uint64_t total)
{
	char text[96];
	uint64_t now;

	if (!p->on)
		return;
	now = replay_now_ns();
	if (now - p->began_ns < WAIT_NS || now - p->last_ns < EVERY_NS)
		return;
	p->last_ns = now;
	put_line(p, text, replay_progress_line(text, sizeof(text), columns(),
					       what, done, total));
}

void replay_progress_end(struct replay_progress *p)
{
	if (!p->shown)
		return;
	put_line(p, "", 0);
	fputc('\r', stderr);
}
