// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What an operation costs, beside the same stream through GLib's tree.
 *
 * The two are measured by turns, so that a machine which slows down slows both;
 * the median of the turns counts. A short recording is played as often as it
 * takes to have something to measure. Building and retiring the tree itself is
 * outside the clock, and what reading the clock costs is taken off.
 */
#include "replay.h"

#include <stdlib.h>
#include <time.h>

/* Operations of one turn, at least, and the most of a recording. */
#define TURN 20000u
#define MEASURED 262144u

uint64_t replay_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One stream through the policy; its nanoseconds, or -1 without memory. */
static int64_t policy_stream(const struct replay_run *run,
			     const struct replay_recording *rec)
{
	const struct replay_policy *ops = run->options.policy;
	void *policy = ops->init(rec, &run->options);
	uint64_t began, took;
	size_t i;

	if (!policy)
		return -1;
	began = replay_now_ns();
	for (i = 0; i < rec->nr; i++)
		(void)replay_put(rec->layer, ops, policy, &rec->events[i], i,
				 NULL, NULL);
	took = replay_now_ns() - began;
	ops->fini(policy);
	return (int64_t)took;
}

static double turn_policy(const struct replay_run *run,
			  const struct replay_recording *rec, size_t streams)
{
	double sum = 0;
	int64_t took;
	size_t i;

	for (i = 0; i < streams; i++) {
		took = policy_stream(run, rec);
		if (took < 0)
			return -1;
		sum += (double)took;
	}
	return sum / (double)streams;
}

static double turn_gtree(const struct replay_recording *rec, size_t streams)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < streams; i++)
		sum += (double)replay_gtree_stream(rec);
	return sum / (double)streams;
}

static double clock_cost(void)
{
	uint64_t began = replay_now_ns();
	int i;

	for (i = 0; i < 1000; i++)
		(void)replay_now_ns();
	return (double)(replay_now_ns() - began) / 1000;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double per_op(double *turns, size_t nr, double clock, size_t ops)
{
	double took;

	qsort(turns, nr, sizeof(*turns), ascending);
	took = turns[nr / 2] - clock;
	return took > 0 ? took / (double)ops : 0;
}

static int all_turns(struct replay_run *run, const struct replay_recording *rec,
		     double *ours, double *theirs,
		     struct replay_progress *progress)
{
	size_t streams = (TURN - 1) / rec->nr + 1;
	unsigned int i;

	/*
	 * The first turn warms the caches up and counts for nothing. A long one
	 * does that while it begins.
	 */
	for (i = rec->nr == MEASURED; i <= run->options.repeat; i++) {
		replay_progress_step(progress, "measuring", i,
				     run->options.repeat + 1);
		ours[i] = turn_policy(run, rec, streams);
		if (ours[i] < 0)
			return -1;
		theirs[i] = turn_gtree(rec, streams);
	}
	return 0;
}

int replay_measure(struct replay_run *run, struct replay_progress *progress)
{
	size_t turns = run->options.repeat;
	double *ours, *theirs, clock = clock_cost();
	struct replay_recording part = *run->rec;
	int ret;

	if (!run->rec->nr || run->streamed)
		return 0;
	if (part.nr > MEASURED)
		part.nr = MEASURED;
	ours = calloc(2 * (turns + 1), sizeof(*ours));
	if (!ours)
		return -1;
	theirs = ours + turns + 1;
	ret = all_turns(run, &part, ours, theirs, progress);
	if (!ret) {
		run->ns_per_op = per_op(ours + 1, turns, clock, part.nr);
		run->gtree_ns_per_op =
			per_op(theirs + 1, turns, clock, part.nr);
	}
	free(ours);
	return ret;
}
