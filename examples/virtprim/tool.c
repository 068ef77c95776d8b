// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* What the commands of the tool share: messages, options, the end of output. */
#include "tool.h"
#include "input/input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <virtprim/vec_module.h>

/* What --color said; the words in the order of the values. */
static enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
static tool_see *watcher;
int tool_trouble = TOOL_USAGE;

bool tool_set_colour(const char *when)
{
	static const char *const words[] = { "auto", "always", "never" };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!strcmp(when, words[i])) {
			colour = i == 0 ? COLOUR_AUTO : i == 1 ? COLOUR_ALWAYS :
				 COLOUR_NEVER;
			return true;
		}
	}
	tool_warn("--color takes auto, always or never, not '%s'", when);
	return false;
}

bool tool_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (colour != COLOUR_AUTO)
		return colour == COLOUR_ALWAYS;
	return isatty(fileno(to)) && !(no && *no) && term && *term &&
	       strcmp(term, "dumb");
}

bool tool_release(const char *command, const char *word, uint32_t *release)
{
	uint64_t v;

	if (!vprim_vec_linux((struct vprim_vec_str){ word, strlen(word) }, &v)) {
		tool_warn("%s: --linux wants a release such as 6.12, or newest", command);
		return false;
	}
	*release = (uint32_t)v;
	return true;
}

void tool_watch(tool_see *see)
{
	watcher = see;
}

void tool_warn(const char *format, ...)
{
	char text[8192], shown[8192];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fflush(stdout);
	fputs(tool_colour(stderr) ? "\033[1mvirtprim:\033[0m " : "virtprim: ", stderr);
	fputs(input_printable(shown, sizeof(shown), text), stderr);
	fputc('\n', stderr);
}

/* The file that is being written: its name, and the other that it has until it is. */
static const char *file_path;
static char file_beside[4096];

/* A file of mkstemp() is the owner's alone; give it what open() would. */
static FILE *open_beside(void)
{
	mode_t mask = umask(0);
	FILE *to;
	int fd;

	umask(mask);
	fd = mkstemp(file_beside);
	if (fd < 0) {
		file_beside[0] = '\0';
		return NULL;
	}
	to = fchmod(fd, 0666 & ~mask) ? NULL : fdopen(fd, "w");
	if (!to) {
		close(fd);
		tool_drop_file();
	}
	return to;
}

FILE *tool_begin_file(const char *path)
{
	struct stat there;
	FILE *to = NULL;

	file_path = path;
	file_beside[0] = '\0';
	if (!lstat(path, &there) && !S_ISREG(there.st_mode)) {
		to = fopen(path, "w");
	} else if (strlen(path) + sizeof(".XXXXXX") > sizeof(file_beside)) {
		errno = ENAMETOOLONG;
	} else {
		snprintf(file_beside, sizeof(file_beside), "%s.XXXXXX", path);
		to = open_beside();
	}
	if (!to)
		tool_warn("%s: %s", path, strerror(errno));
	return to;
}

bool tool_end_file(FILE *to, bool whole)
{
	bool done = whole && !ferror(to) && !fflush(to);
	int why = errno;

	if (fclose(to) && done) {
		done = false;
		why = errno;
	}
	if (done && file_beside[0]) {
		done = !rename(file_beside, file_path);
		why = errno;
	}
	if (done)
		file_beside[0] = '\0';
	else
		tool_warn("%s: %s", file_path, strerror(why));
	tool_drop_file();
	return done;
}

void tool_drop_file(void)
{
	if (file_beside[0])
		unlink(file_beside);
	file_beside[0] = '\0';
}

int tool_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		tool_warn("standard output: %s", strerror(errno));
		return TOOL_USAGE;
	}
	return status;
}

/* Of the command's own words one is empty, as an unset variable leaves it. */
static bool has_empty(int argc, const char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!argv[i][0] || (!strncmp(argv[i], "--", 2) &&
				    argv[i][strlen(argv[i]) - 1] == '='))
			return true;
	return false;
}

poptContext tool_options(int argc, const char **argv,
			 struct poptOption *table, const char *usage,
			 int *status)
{
	int help = 0, rc;
	char *when = NULL;
	struct poptOption own[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE,
		  table, 0, "Options:", NULL },
		{ "color", 0, POPT_ARG_STRING, &when, 0,
		  "colours: auto (default), always or never", "WHEN" },
		{ "help", 'h', POPT_ARG_NONE, &help, 0, "show this help", NULL },
		POPT_TABLEEND
	};
	char name[64];
	poptContext con;

	*status = TOOL_OK;
	if (watcher) {
		watcher(argv[0], table);
		watcher(argv[0], own + 1);
		return NULL;
	}
	if (has_empty(argc, argv)) {
		tool_warn("%s: an empty word is no value and no file", argv[0]);
		*status = tool_trouble;
		return NULL;
	}
	snprintf(name, sizeof(name), "virtprim %s", argv[0]);
	argv[0] = name;
	con = poptGetContext("virtprim", argc, argv, own, 0);
	poptSetOtherOptionHelp(con, usage);
	rc = poptGetNextOpt(con);
	if (rc != -1) {
		tool_warn("%s: %s; try '%s --help'",
			  poptBadOption(con, POPT_BADOPTION_NOALIAS),
			  poptStrerror(rc), name);
		*status = tool_trouble;
	} else if (when && !tool_set_colour(when)) {
		*status = tool_trouble;
	} else if (help) {
		poptPrintHelp(con, stdout, 0);
	} else {
		free(when);
		return con;
	}
	free(when);
	poptFreeContext(con);
	return NULL;
}
