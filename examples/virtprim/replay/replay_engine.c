// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Play a recording against a policy and look at what came of it.
 *
 * Two passes: the first counts and finds the peak, the second stops there and
 * looks at what is live. A recording that ends at its peak needs one.
 */
#include "replay.h"

#include <stdlib.h>

/* -- moving to the top ----------------------------------------------------- */

/* The highest address that any well-formed request names. */
static uint64_t highest(const struct replay_recording *rec)
{
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < rec->nr; i++) {
		replay_events_rest(rec, i);
		if (!rec->events[i].error && rec->events[i].range.last > last)
			last = rec->events[i].range.last;
	}
	return last;
}

/* Malformed requests stay: moved, they would become others. */
static void move_events(struct replay_recording *rec, uint64_t by)
{
	size_t i;

	for (i = 0; i < rec->nr; i++) {
		replay_events_rest(rec, i);
		if (rec->events[i].error)
			continue;
		rec->events[i].range.start += by;
		rec->events[i].range.last += by;
	}
}

/* What is pushed over the top held none of the recording. */
static int move_windows(struct replay_run *run, const struct replay_options *o)
{
	struct vprim_range *moved;
	size_t i, n = 0;

	moved = calloc(o->nr_windows + 1, sizeof(*moved));
	if (!moved)
		return -1;
	for (i = 0; i < o->nr_windows; i++) {
		struct vprim_range w = o->windows[i];

		if (w.start > UINT64_MAX - run->moved_by)
			break;
		w.start += run->moved_by;
		w.last = w.last > UINT64_MAX - run->moved_by ?
			 UINT64_MAX : w.last + run->moved_by;
		moved[n++] = w;
	}
	run->options.windows = moved;
	run->options.nr_windows = n;
	return 0;
}

static int move(struct replay_run *run, struct replay_recording *rec,
		const struct replay_options *options)
{
	uint64_t page = options->policy->page_bytes;

	if (options->to_top && rec->nr) {
		run->moved_by = (UINT64_MAX - highest(rec)) & ~(page - 1);
		move_events(rec, run->moved_by);
	}
	return move_windows(run, options);
}

/* -- counting -------------------------------------------------------------- */

uint64_t replay_size_of(const struct vprim_range *r)
{
	return r->last - r->start + 1;
}

/* Room doubles at every power of two. */
static void *grown(void *list, size_t nr, size_t bytes)
{
	if (nr & (nr - 1))
		return list;
	return reallocarray(list, nr ? 2 * nr : 1, bytes);
}

/* Reasons are long, so few are kept; where the others were is enough. */
static int keep_rejection(struct replay_run *run, const struct replay_event *e,
			  const struct replay_rejection *why)
{
	size_t most = run->options.shown ? run->options.shown : 1;
	void *list;

	if (run->nr_kept < most) {
		list = grown(run->rejected, run->nr_kept, sizeof(*why));
		if (!list)
			return -1;
		run->rejected = list;
		run->rejected[run->nr_kept] = *why;
		run->rejected[run->nr_kept++].event = *e;
	}
	if (!run->streamed) {
		list = grown(run->rejected_at, run->nr_rejected,
			     sizeof(*run->rejected_at));
		if (!list)
			return -1;
		run->rejected_at = list;
		run->rejected_at[run->nr_rejected] = e->range.start;
	}
	run->nr_rejected++;
	return 0;
}

static struct replay_bytes bytes_of(uint64_t count, uint64_t bytes)
{
	return (struct replay_bytes){ count != 0, count ? bytes - 1 : 0 };
}

static void note_count(struct replay_run *run, const struct replay_event *e,
		       size_t i)
{
	const uint64_t count = run->options.policy->count(run->policy);
	const struct replay_bytes now = bytes_of(count, run->bytes);

	if (count > run->peak_mappings) {
		run->peak_mappings = count;
		run->peak_event = i;
		run->peak_line = e->line;
		run->past_peak = false;
	}
	if (now.some && (!run->peak_bytes.some ||
			 now.last_offset > run->peak_bytes.last_offset))
		run->peak_bytes = now;
	run->final_mappings = count;
	run->final_bytes = now;
}

/* 0 whether the event was taken or refused, -1 without memory. */
static int one(struct replay_run *run, const struct replay_event *e, size_t i)
{
	struct replay_rejection why = { 0 };
	uint64_t freed = 0;
	int ret;

	ret = replay_put(run->rec->layer, run->options.policy, run->policy, e, i,
			 &freed, &why);
	run->bytes -= freed;
	if (ret && keep_rejection(run, e, &why))
		return -1;
	if (!ret && e->failed && e->kind == REPLAY_MAP && !run->nr_unexplained++)
		run->unexplained = *e;
	if (!ret && e->kind == REPLAY_MAP && !e->failed)
		run->bytes += replay_size_of(&e->range);
	run->past_peak = run->past_peak || !ret || freed;
	note_count(run, e, i);
	return 0;
}

static int first_pass(struct replay_run *run, struct replay_progress *progress)
{
	size_t i;

	for (i = 0; i < run->rec->nr; i++) {
		replay_events_rest(run->rec, i);
		if (one(run, &run->rec->events[i], i))
			return -1;
		if (!(i & 4095))
			replay_progress_step(progress, "playing", i,
					     run->rec->nr);
	}
	return 0;
}

/* -- while reading --------------------------------------------------------- */

int replay_stream_begin(struct replay_run *run, struct replay_recording *rec,
			const struct replay_options *options)
{
	*run = (struct replay_run){
		.rec = rec, .options = *options, .streamed = true,
	};
	run->options.windows = NULL;
	run->options.nr_windows = 0;
	return move_windows(run, options);
}

int replay_stream_some(struct replay_run *run, const struct replay_event *e,
		       size_t nr)
{
	size_t i;

	/* Only now the layer is known, and the policy may ask for it. */
	if (!run->policy)
		run->policy = run->options.policy->init(run->rec, &run->options);
	if (!run->policy)
		return -1;
	for (i = 0; i < nr; i++)
		if (one(run, &e[i], i))
			return -1;
	return 0;
}

void replay_stream_end(struct replay_run *run)
{
	if (run->policy)
		run->options.policy->fini(run->policy);
	run->policy = NULL;
}

/* -- at the peak ----------------------------------------------------------- */

/* Whether one mapping could do the work of both. */
static bool merge(const struct replay_mapping *a, const struct replay_mapping *b)
{
	return vprim_range_touches(&a->range, &b->range) &&
	       a->target + replay_size_of(&a->range) == b->target &&
	       a->prot == b->prot;
}

static void note_hole(struct replay_run *run, const struct vprim_range *hole)
{
	run->holes++;
	if (replay_size_of(hole) > run->largest_hole) {
		run->largest_hole = replay_size_of(hole);
		run->largest_hole_at = *hole;
	}
}

/* The mappings of the peak, one after the other. */
static void look(void *to, const struct replay_mapping *m)
{
	struct replay_run *run = to;
	const struct replay_mapping *before = &run->before;

	if (run->nr_live && !merge(before, m))
		run->coalesced++;
	if (run->nr_live && !vprim_range_touches(&before->range, &m->range))
		note_hole(run, &(struct vprim_range){
			  before->range.last + 1, m->range.start - 1 });
	if (run->live)
		run->live[run->nr_live] = *m;
	run->nr_live++;
	run->before = *m;
}

static int see_peak(struct replay_run *run, const void *policy)
{
	const struct replay_policy *ops = run->options.policy;

	if (run->options.draw) {
		run->live = calloc((size_t)ops->count(policy),
				   sizeof(*run->live));
		if (!run->live)
			return -1;
	}
	run->coalesced = 1;
	ops->each(policy, look, run);
	return 0;
}

static int second_pass(struct replay_run *run, void *policy)
{
	size_t i;

	for (i = 0; i <= run->peak_event; i++) {
		replay_events_rest(run->rec, i);
		(void)replay_put(run->rec->layer, run->options.policy, policy,
				 &run->rec->events[i], i, NULL, NULL);
	}
	return see_peak(run, policy);
}

/* -- all of it ------------------------------------------------------------- */

static int both_passes(struct replay_run *run, struct replay_progress *progress)
{
	const struct replay_policy *ops = run->options.policy;
	void *policy;
	int ret;

	run->policy = ops->init(run->rec, &run->options);
	if (!run->policy)
		return -1;
	ret = first_pass(run, progress);
	if (!ret && run->peak_mappings && !run->past_peak)
		ret = see_peak(run, run->policy);
	ops->fini(run->policy);
	run->policy = NULL;
	if (ret || !run->past_peak || !run->peak_mappings)
		return ret;

	policy = ops->init(run->rec, &run->options);
	if (!policy)
		return -1;
	ret = second_pass(run, policy);
	ops->fini(policy);
	return ret;
}

int replay_play(struct replay_run *run, struct replay_recording *rec,
		const struct replay_options *options,
		struct replay_progress *progress)
{
	*run = (struct replay_run){ .rec = rec, .options = *options };
	run->options.windows = NULL;
	run->options.nr_windows = 0;
	if (!move(run, rec, options) && !both_passes(run, progress))
		return 0;
	replay_discard(run);
	return -1;
}

void replay_discard(struct replay_run *run)
{
	free(run->options.windows);
	free(run->rejected);
	free(run->rejected_at);
	free(run->live);
	*run = (struct replay_run){ 0 };
}
