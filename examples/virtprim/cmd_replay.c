// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim replay - play recorded I/O through the library.
 *
 * All files are read before anything is played, and all is played before
 * anything is written: a call that fails writes nothing. The work is in replay/;
 * this file reads the command line, keeps that order and says what went wrong.
 */
#include "replay/replay.h"
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/iova_windows.h>
#include <virtprim/vec_module.h>

/* Measurements of each stream; an odd number has a middle. */
#define REPEAT 9
#define REPEAT_MAX 1000

/* What popt hands over; the strings are ours to free. */
struct call {
	char *policy, *limit, *windows, *reserved, *view, *svg, *release;
	int json, to_top, exact, stream, all, repeat;
};

struct job {
	struct replay_options options;
	const char *svg;
	bool stream;
	const char *reserved;
	uint64_t direct;		/* line of the first direct region there */
	bool json;
	struct replay_recording *recordings;
	struct replay_run *runs;
	size_t nr, played;
	struct replay_progress progress;
};

/* -- the command line ------------------------------------------------------ */

static const struct replay_policy *const policies[] = {
	&replay_policy_map, &replay_policy_type1, &replay_policy_ioas,
};

static int choose_policy(struct replay_options *o, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		if (!strcmp(policies[i]->name, name)) {
			o->policy = policies[i];
			return 0;
		}
	}
	tool_warn("replay: unknown policy '%s'; there are map, type1 and ioas", name);
	return -1;
}

static int choose_limit(struct replay_options *o, const char *text)
{
	struct vprim_vec_str s = { text, text ? strlen(text) : 0 };

	o->has_limit = text != NULL;
	if (text && !o->policy->takes_limit)
		tool_warn("replay: policy '%s' has no entry limit",
			  o->policy->name);
	else if (text && !vprim_vec_u64(s, &o->limit))
		tool_warn("replay: --limit '%s' is no number", text);
	else
		return 0;
	return -1;
}

static int choose_release(struct replay_options *o, const char *word)
{
	if (!word)
		return 0;
	if (!o->policy->takes_release) {
		tool_warn("replay: policy '%s' follows no release of Linux",
			  o->policy->name);
		return -1;
	}
	return tool_release("replay", word, &o->release) ? 0 : -1;
}

static size_t items(const char *list)
{
	size_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static int choose_windows(struct replay_options *o, const char *text)
{
	struct vprim_vec_str rest = { text, text ? strlen(text) : 0 }, item;
	struct vprim_reason reason;
	char why[160];

	if (!text)
		return 0;
	o->windows = calloc(items(text), sizeof(*o->windows));
	if (!o->windows)
		return -1;
	while (vprim_vec_next(&rest, ',', &item)) {
		if (!vprim_vec_range(item, &o->windows[o->nr_windows])) {
			tool_warn("replay: --windows: '%.*s' is no START..LAST",
				  (int)item.len, item.p);
			return -1;
		}
		o->nr_windows++;
	}
	if (!vprim_iova_windows_check((struct vprim_ranges){ o->windows,
							     o->nr_windows },
				      &reason))
		return 0;
	(void)vprim_reason_text(&reason, why, sizeof(why));
	tool_warn("replay: --windows: %s", why);
	return -1;
}

static int choose_repeat(struct replay_options *o, int repeat)
{
	if (repeat >= 1 && repeat <= REPEAT_MAX) {
		o->repeat = (unsigned int)repeat;
		return 0;
	}
	tool_warn("replay: --repeat takes 1 to %d", REPEAT_MAX);
	return -1;
}

/* -- the work -------------------------------------------------------------- */

static int out_of_memory(void)
{
	tool_warn("replay: out of memory");
	return TOOL_USAGE;
}

static void print_error(const char *file, const struct replay_error *err)
{
	char name[256], text[300];

	input_printable(name, sizeof(name), file);
	input_printable(text, sizeof(text), err->text);
	if (err->line)
		tool_warn("%s:%" PRIu64 ": %s", name, err->line, text);
	else
		tool_warn("%s: %s", name, text);
}

static int load_one(struct job *job, const char *file)
{
	struct replay_options *o = &job->options;
	struct replay_recording *rec = &job->recordings[job->nr];
	struct replay_error err;
	int ret;

	o->want.stream = job->stream ? &job->runs[job->nr] : NULL;
	if (job->stream && replay_stream_begin(o->want.stream, rec, o))
		return out_of_memory();
	job->played += job->stream;
	ret = replay_load(rec, file, &o->want, &job->progress, &err);
	if (job->stream)
		replay_stream_end(o->want.stream);
	replay_progress_end(&job->progress);
	if (!ret) {
		job->nr++;
		return TOOL_OK;
	}
	print_error(file, &err);
	return TOOL_USAGE;
}

static int load_all(struct job *job, const char **files)
{
	size_t n = 0;
	int status = TOOL_OK;

	while (files[n])
		n++;
	job->recordings = calloc(n + 1, sizeof(*job->recordings));
	job->runs = calloc(n + 1, sizeof(*job->runs));
	if (!job->recordings || !job->runs)
		return out_of_memory();
	for (; *files && status == TOOL_OK; files++)
		status = load_one(job, *files);
	return status;
}

static int play_all(struct job *job)
{
	int ret = 0;

	for (; job->played < job->nr && !ret; job->played++) {
		struct replay_run *run = &job->runs[job->played];

		ret = replay_play(run, &job->recordings[job->played],
				  &job->options, &job->progress);
		if (!ret)
			ret = replay_measure(run, &job->progress);
		replay_progress_end(&job->progress);
	}
	return ret ? out_of_memory() : TOOL_OK;
}

/* What makes the recording doubtful; a run that has any of it ends with 1. */
static int print_notes(const struct replay_recording *rec)
{
	size_t i;

	for (i = 0; i < rec->nr_notes && i < REPLAY_NOTES; i++)
		tool_warn("%s:%" PRIu64 ": %s", rec->file, rec->notes[i].line,
			  rec->notes[i].text);
	if (rec->nr_notes > REPLAY_NOTES)
		tool_warn("%s: %zu more remarks of this kind", rec->file,
			  rec->nr_notes - REPLAY_NOTES);
	return rec->nr_notes ? TOOL_FAILED : TOOL_OK;
}

/* The text lists the rejections among the results; JSON has only their number. */
static int print_rejections(const struct job *job, const struct replay_run *run)
{
	size_t shown = job->json ? run->options.shown : 1;
	size_t i;

	fflush(stdout);
	for (i = 0; i < run->nr_kept && i < shown; i++) {
		fputs("virtprim: ", stderr);
		replay_print_rejection(stderr, run, i);
	}
	if (run->nr_rejected > 1)
		tool_warn("%s: %zu events were rejected", run->rec->file,
			  run->nr_rejected);
	return run->nr_rejected ? TOOL_FAILED : TOOL_OK;
}

/* Requests that failed once, and of which these rules do not say why. */
static int print_unexplained(const struct replay_run *run)
{
	const struct replay_event *e = &run->unexplained;

	if (!run->nr_unexplained)
		return TOOL_OK;
	tool_warn("%s:%u: this map failed with %s when it was recorded, and policy '%s' takes it%s",
		  run->rec->file, (unsigned int)e->line,
		  e->failed == REPLAY_FAILED ? "an error" :
			fact_errno_text(-(int)e->failed),
		  run->options.policy->name,
		  run->options.nr_windows ? "" :
			": --reserved or --windows may say why");
	return TOOL_FAILED;
}

/*
 * Since Linux 6.6 a device with such a region goes to no user; before, only VT-d
 * said so. Source: drivers/iommu/iommu.c, __iommu_take_dma_ownership().
 */
static int print_direct(const struct job *job)
{
	if (!job->direct || !job->options.policy->above_iommu)
		return TOOL_OK;
	tool_warn("%s:%" PRIu64 ": a direct region: since Linux 6.6 a user gets no device with one (EINVAL); before, not behind VT-d (EPERM)",
		  job->reserved, job->direct);
	return TOOL_FAILED;
}

static int print_all(const struct job *job)
{
	int status = print_direct(job);
	size_t i;

	if (job->json && replay_print_json(job->runs, job->nr))
		return out_of_memory();
	for (i = 0; i < job->nr; i++) {
		if (!job->json && i)
			putchar('\n');
		if (!job->json)
			replay_print(&job->runs[i]);
		status |= print_notes(&job->recordings[i]);
		status |= print_rejections(job, &job->runs[i]);
		status |= print_unexplained(&job->runs[i]);
	}
	return status;
}

static bool draw(const struct job *job)
{
	FILE *to = tool_begin_file(job->svg);

	return to && tool_end_file(to, !replay_draw(to, job->runs, job->nr));
}

static int do_job(struct job *job, const char **files)
{
	int status = load_all(job, files);

	if (status == TOOL_OK)
		status = play_all(job);
	if (status == TOOL_OK && job->svg && !draw(job))
		status = TOOL_USAGE;
	return status == TOOL_OK ? print_all(job) : status;
}

static void retire(struct job *job)
{
	while (job->played)
		replay_discard(&job->runs[--job->played]);
	while (job->nr)
		replay_unload(&job->recordings[--job->nr]);
	free(job->runs);
	free(job->recordings);
	free(job->options.windows);
}

static int choose_reserved(struct job *job)
{
	struct replay_error err;

	if (!job->reserved || !replay_reserve(&job->options, job->reserved,
					      &job->direct, &err))
		return 0;
	print_error(job->reserved, &err);
	return -1;
}

static int choose(struct job *job, const struct call *call)
{
	struct replay_options *o = &job->options;

	job->svg = call->svg;
	o->draw = call->svg != NULL;
	job->json = call->json != 0;
	o->want.view = call->view;
	o->want.exact = call->exact != 0;
	job->stream = call->stream != 0;
	if (job->stream && (call->svg || call->to_top)) {
		tool_warn("replay: --stream keeps no events: --svg and --to-top need them");
		return -1;
	}
	job->reserved = call->reserved;
	o->to_top = call->to_top != 0;
	o->shown = call->all ? SIZE_MAX : REPLAY_SHOWN;
	if (choose_policy(o, call->policy ? call->policy : "map") ||
	    choose_limit(o, call->limit) || choose_release(o, call->release) ||
	    choose_windows(o, call->windows) ||
	    choose_repeat(o, call->repeat))
		return -1;
	return choose_reserved(job);
}

static int replay(const struct call *call, poptContext con)
{
	struct job job = { 0 };
	int status = TOOL_USAGE;

	if (!poptPeekArg(con)) {
		tool_warn("replay: a FILE is needed, or - for standard input");
	} else if (!choose(&job, call)) {
		replay_progress_begin(&job.progress);
		status = do_job(&job, poptGetArgs(con));
	}
	retire(&job);
	return status;
}

static void free_call(struct call *call)
{
	free(call->policy);
	free(call->limit);
	free(call->windows);
	free(call->reserved);
	free(call->view);
	free(call->svg);
	free(call->release);
}

int cmd_replay(int argc, const char **argv)
{
	struct call call = { .repeat = REPEAT };
	struct poptOption options[] = {
		{ "policy", 'p', POPT_ARG_STRING, &call.policy, 0,
		  "rules to play against: map (default), type1 or ioas", "NAME" },
		{ "limit", 0, POPT_ARG_STRING, &call.limit, 0,
		  "most mappings; type1 has 65535 by itself, map has no limit",
		  "N" },
		TOOL_LINUX(&call.release, "with type1 or ioas: whose rules"),
		{ "windows", 0, POPT_ARG_STRING, &call.windows, 0,
		  "usable addresses, START..LAST,...; default: all", "LIST" },
		{ "reserved", 0, POPT_ARG_STRING, &call.reserved, 0,
		  "a group's reserved_regions, taken out of the windows",
		  "FILE" },
		{ "exact", 0, POPT_ARG_NONE, &call.exact, 0,
		  "do not round a view to pages, as a VMM does", NULL },
		{ "view", 0, POPT_ARG_STRING, &call.view, 0,
		  "address space of a memory view, or object of a script",
		  "NAME" },
		{ "to-top", 0, POPT_ARG_NONE, &call.to_top, 0,
		  "move the recording so that it ends at 2^64-1", NULL },
		{ "stream", 0, POPT_ARG_NONE, &call.stream, 0,
		  "play while reading, in memory for the mappings alone", NULL },
		{ "svg", 0, POPT_ARG_STRING, &call.svg, 0,
		  "draw the address space at its peak", "FILE" },
		{ "json", 0, POPT_ARG_NONE, &call.json, 0,
		  "print one JSON object", NULL },
		{ "all", 0, POPT_ARG_NONE, &call.all, 0,
		  "list every rejected event, not only the first 20", NULL },
		{ "repeat", 0, POPT_ARG_INT, &call.repeat, 0,
		  "measurements of the time; default 9", "N" },
		POPT_TABLEEND
	};
	int status;
	poptContext con = tool_options(argc, argv, options,
				       "[OPTION...] FILE...", &status);

	if (con) {
		status = replay(&call, con);
		poptFreeContext(con);
	}
	free_call(&call);
	return status;
}
