// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A bar on standard error, when that is a terminal and the work takes longer
 * than one waits gladly. It is gone when the results come.
 */
#include "replay.h"

#include <inttypes.h>
#include <unistd.h>

#define WAIT_NS 200000000u
#define EVERY_NS 50000000u
#define CELLS 40

void replay_progress_begin(struct replay_progress *p)
{
	*p = (struct replay_progress){ .on = isatty(STDERR_FILENO) };
	p->began_ns = p->last_ns = replay_now_ns();
}

void replay_progress_step(struct replay_progress *p, const char *what,
			  uint64_t done, uint64_t total)
{
	static const char bar[] = "########################################";
	uint64_t now;
	int cells;

	if (!p->on)
		return;
	now = replay_now_ns();
	if (now - p->began_ns < WAIT_NS || now - p->last_ns < EVERY_NS)
		return;
	p->last_ns = now;
	p->shown = true;
	if (done > total)
		done = total;
	cells = (int)((double)done * CELLS / (double)total);
	fprintf(stderr, "\r%-9s [%-*.*s] %3d %%", what, CELLS, cells, bar,
		cells * 100 / CELLS);
	fflush(stderr);
}

void replay_progress_end(struct replay_progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r%*s\r", CELLS + 20, "");
	p->shown = false;
}
