// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim run - execute lines of the vector language.
 *
 * Every line goes to the interpreter; this file reads, prints and counts.
 */
#include "input/input.h"
#include "script.h"
#include "tool.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/user.h>
#include <virtprim/vec.h>

enum next { NEXT_LINE, STOP_FAILED, STOP_ERROR };

struct run {
	int json, keep_going, quiet;
	char *release;
	unsigned long passed, failed;
	bool broken;	/* a script error was passed over */
	struct vprim_vec *vec;
	char file[1024];
	unsigned long line;
	enum next next;
};

/* Words of a script as people and JSON may have them; NULL without memory. */
static char *printable(struct vprim_vec_str s)
{
	char *raw = calloc(2, s.len + 1), *shown = raw ? raw + s.len + 1 : NULL;
	size_t i;

	for (i = 0; raw && i < s.len; i++)
		raw[i] = s.p[i] == '\t' ? ' ' : s.p[i];
	if (raw)
		memmove(raw, input_printable(shown, s.len + 1, raw), s.len + 1);
	return raw;
}

static void add(struct json_object *o, const char *key, struct vprim_vec_str s)
{
	char *text = s.len ? printable(s) : NULL;

	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
	free(text);
}

static void put_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void print_json(const struct run *run, const struct vprim_vec_result *r)
{
	static const char *const verdicts[] = {
		[VPRIM_VEC_DONE] = "done",   [VPRIM_VEC_PASS] = "pass",
		[VPRIM_VEC_FAIL] = "fail",   [VPRIM_VEC_ERROR] = "error",
	};
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "file", json_object_new_string(run->file));
	json_object_object_add(o, "line", json_object_new_uint64(run->line));
	add(o, "command", r->command);
	add(o, "answer", r->answer);
	add(o, "expected", r->expected);
	add(o, "error", r->error);
	json_object_object_add(o, "verdict",
			       json_object_new_string(verdicts[r->verdict]));
	put_json(o);
}

/* Text of any length: printf's precision is an int. */
static void put(const char *before, struct vprim_vec_str s)
{
	fputs(before, stdout);
	fwrite(s.p, 1, s.len, stdout);
}

static void print(const struct run *run, const struct vprim_vec_result *r)
{
	if (run->json) {
		print_json(run, r);
	} else if (!run->quiet && r->verdict != VPRIM_VEC_ERROR) {
		put("", r->command);
		put(" -> ", r->answer);
		putchar('\n');
	}
}

static void print_place(const struct run *run)
{
	fflush(stdout);
	fprintf(stderr, "%s:%lu:", run->file, run->line);
}

static void print_words(const char *before, struct vprim_vec_str s)
{
	char *text = printable(s);

	fprintf(stderr, "%s%s", before, text ? text : "");
	free(text);
}

static enum next judge(struct run *run, const struct vprim_vec_result *r)
{
	switch (r->verdict) {
	case VPRIM_VEC_PASS:
		run->passed++;
		return NEXT_LINE;
	case VPRIM_VEC_FAIL:
		run->failed++;
		print_place(run);
		print_words(" expected ", r->expected);
		print_words(" got ", r->answer);
		fputc('\n', stderr);
		return run->keep_going ? NEXT_LINE : STOP_FAILED;
	case VPRIM_VEC_ERROR:
		print_place(run);
		print_words(" ", r->error);
		fputc('\n', stderr);
		run->broken = true;
		return run->keep_going ? NEXT_LINE : STOP_ERROR;
	default:
		return NEXT_LINE;
	}
}

static bool execute(void *ctx, unsigned long number, const char *line, size_t len)
{
	struct run *run = ctx;
	struct vprim_vec_result r;

	run->line = number;
	vprim_vec_line(run->vec, line, len, &r);
	if (r.verdict != VPRIM_VEC_BLANK) {
		print(run, &r);
		run->next = judge(run, &r);
	}
	return run->next == NEXT_LINE;
}

static enum next run_stream(struct run *run, FILE *in)
{
	static char line[VPRIM_VEC_LINE_MAX + 1];

	run->next = NEXT_LINE;
	if (script_read(in, line, VPRIM_VEC_LINE_MAX, execute, run)) {
		tool_warn("%s: %s", run->file, strerror(errno));
		run->next = STOP_ERROR;
	}
	return run->next;
}

static enum next run_file(struct run *run, const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *in = standard ? stdin : fopen(path, "rb");
	enum next next;

	input_printable(run->file, sizeof(run->file), standard ? "standard input" : path);
	if (!in) {
		tool_warn("%s: %s", path, strerror(errno));
		return STOP_ERROR;
	}
	next = run_stream(run, in);
	vprim_vec_reset(run->vec);
	if (!standard)
		fclose(in);
	return next;
}

static void summary(const struct run *run)
{
	struct json_object *o;

	if (!run->json) {
		printf("%lu passed, %lu failed\n", run->passed, run->failed);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "passed", json_object_new_uint64(run->passed));
	json_object_object_add(o, "failed", json_object_new_uint64(run->failed));
	put_json(o);
}

/* The interpreter, with --linux; NULL with *STATUS when there is none. */
static struct vprim_vec *interpreter(const char *word, int *status)
{
	struct vprim_vec *vec = NULL;
	uint32_t release = 0;

	*status = TOOL_USAGE;
	if (!word || tool_release("run", word, &release)) {
		vec = vprim_vec_init(vprim_user_alloc(), NULL);
		if (!vec)
			tool_warn("run: out of memory");
	}
	if (vec && word)
		vprim_vec_set_release(vec, release);
	return vec;
}

static int run_files(struct run *run, poptContext con)
{
	enum next next = NEXT_LINE;
	const char *path;

	while (next == NEXT_LINE && (path = poptGetArg(con)))
		next = run_file(run, path);
	summary(run);
	if (next == STOP_ERROR || run->broken)
		return TOOL_USAGE;
	return run->failed ? TOOL_FAILED : TOOL_OK;
}

int cmd_run(int argc, const char **argv)
{
	struct run run = { 0 };
	struct poptOption options[] = {
		{ "json", 0, POPT_ARG_NONE, &run.json, 0,
		  "one JSON object a line", NULL },
		{ "keep-going", 'k', POPT_ARG_NONE, &run.keep_going, 0,
		  "go on after an answer that differs or a script error", NULL },
		{ "quiet", 'q', POPT_ARG_NONE, &run.quiet, 0,
		  "print only differences and the count", NULL },
		TOOL_LINUX(&run.release, "whose rules, where a line says no linux="),
		POPT_TABLEEND
	};
	int status;
	poptContext con = tool_options(argc, argv, options, "[OPTION...] FILE...",
				       &status);

	if (!con)
		return status;
	if (!poptPeekArg(con)) {
		tool_warn("run: a FILE is needed, or - for standard input");
		status = TOOL_USAGE;
	} else {
		run.vec = interpreter(run.release, &status);
		if (run.vec)
			status = run_files(&run, con);
		vprim_vec_fini(run.vec);
	}
	free(run.release);
	poptFreeContext(con);
	return status;
}
