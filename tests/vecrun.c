// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vecrun - run vector files with nothing but a C library.
 *
 * The tool's `virtprim run` without its libraries, for the builds that have
 * none: other processors, sanitizers, static programs. With --verbs it lists
 * what the interpreter knows. With --answers it prints what the kernel module
 * prints in debugfs, to be compared with that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/user.h>
#include <virtprim/vec.h>

static unsigned long passed, failed;
static int answers;

static int bad(const char *file, unsigned long line, const char *what,
	       struct vprim_vec_str text)
{
	fprintf(stderr, "%s:%lu: %s ", file, line, what);
	fwrite(text.p, 1, text.len, stderr);
	fputc('\n', stderr);
	return 1;
}

static void put(const char *before, struct vprim_vec_str text, const char *after)
{
	fputs(before, stdout);
	fwrite(text.p, 1, text.len, stdout);
	fputs(after, stdout);
}

static void show(const struct vprim_vec_result *r)
{
	if (r->verdict == VPRIM_VEC_ERROR) {
		put("! script error: ", r->error, "\n");
	} else if (r->verdict != VPRIM_VEC_BLANK) {
		put("", r->command, " -> ");
		put("", r->answer, "\n");
	}
	if (r->verdict == VPRIM_VEC_FAIL)
		put("! expected ", r->expected, "\n");
}

static int run(struct vprim_vec *vec, const char *path)
{
	static char line[VPRIM_VEC_LINE_MAX + 2];
	struct vprim_vec_result r;
	FILE *in = fopen(path, "rb");
	unsigned long number = 0;
	int errors = 0;

	if (!in) {
		perror(path);
		return 1;
	}
	while (!errors && fgets(line, sizeof(line), in)) {
		number++;
		vprim_vec_line(vec, line, strcspn(line, "\n"), &r);
		if (answers)
			show(&r);
		if (r.verdict == VPRIM_VEC_PASS) {
			passed++;
		} else if (r.verdict == VPRIM_VEC_FAIL) {
			failed++;
			bad(path, number, "expected", r.expected);
			bad(path, number, "got", r.answer);
		} else if (r.verdict == VPRIM_VEC_ERROR) {
			errors = bad(path, number, "script error:", r.error);
		}
	}
	fclose(in);
	vprim_vec_reset(vec);
	return errors;
}

static void print_verb(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	(void)ctx;
	(void)on_object;
	printf("%s.%s %s\n", owner, verb, params);
}

int main(int argc, char **argv)
{
	struct vprim_vec *vec = vprim_vec_init(vprim_user_alloc(), NULL);
	int i, errors = 0;

	if (!vec)
		return EXIT_FAILURE;
	if (argc == 2 && !strcmp(argv[1], "--verbs"))
		vprim_vec_each_verb(print_verb, NULL);
	else
		for (i = 1; i < argc; i++)
			if (!strcmp(argv[i], "--answers"))
				answers = 1;
			else
				errors |= run(vec, argv[i]);
	vprim_vec_fini(vec);
	if (!answers && passed + failed)
		printf("%lu passed, %lu failed\n", passed, failed);
	return errors || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
