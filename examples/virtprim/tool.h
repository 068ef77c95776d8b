/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the commands of the tool share. */
#ifndef TOOL_H
#define TOOL_H
#include <popt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Exit statuses of every command. */
enum {
	TOOL_OK = 0,
	TOOL_FAILED = 1,	/* the input was read, and something in it is wrong */
	TOOL_USAGE = 2,		/* wrong call, or input that cannot be read */
};

/* How a command ends that is called wrong or is out of memory: TOOL_USAGE, unless its
 * own statuses have another. */
extern int tool_trouble;

#define COMMAND(name, what) int cmd_##name(int argc, const char **argv);
#include "commands.def"
#undef COMMAND

/*
 * Parse the options of a command: argv[0] is its name. Gives the context with
 * the remaining arguments in it, or NULL after --help (*status is TOOL_OK) or a
 * mistake (a hint was printed, *status is tool_trouble).
 */
poptContext tool_options(int argc, const char **argv,
			 struct poptOption *table, const char *usage,
			 int *status);

/* One rule of a module: argv[0] is the module, argv[1] the verb. */
int tool_verb(int argc, const char **argv);
bool tool_is_module(const char *word);
void tool_print_modules(FILE *to);

/*
 * Whether what goes to TO may have colours: --color=always or never, else a
 * terminal that is not dumb and NO_COLOR unset or empty.
 */
bool tool_colour(FILE *to);
/* "auto", "always" or "never"; false for another word. */
bool tool_set_colour(const char *when);

/*
 * For completion: while SEE is set, tool_options() shows it a command's options
 * and gives NULL, so that a command does nothing more.
 */
typedef void tool_see(const char *command, const struct poptOption *table);
void tool_watch(tool_see *see);

/* The value of --linux, of COMMAND; a word that is no release is told, false. */
bool tool_release(const char *command, const char *word, uint32_t *release);
/* The option itself, whose value *WORD is for tool_release(). */
#define TOOL_LINUX(word, what) \
	{ "linux", 0, POPT_ARG_STRING, (word), 0, (what), "6.12|newest" }

/* "virtprim: " and the message on standard error; no control goes to a terminal. */
void tool_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * A file that a command writes, one at a time: begin gives a stream, NULL if it cannot,
 * end closes it. The file appears at the end, if it is WHOLE and all of it could be
 * written; else there is what was there before. What is no regular file is written to as
 * it is. Both tell what is wrong.
 */
FILE *tool_begin_file(const char *path);
bool tool_end_file(FILE *to, bool whole);
/* Leave no half of it; for a command that ends on the way. Asks for no memory. */
void tool_drop_file(void);

/* End of output: TOOL_USAGE when standard output could not take all of it. */
int tool_finish(int status);

#endif
