// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim - the library's rules at the command line.
 *
 * Results go to standard output, talk to standard error. Exit status 0: fine;
 * 1: the input says something wrong; 2: the call is wrong or the input cannot
 * be read.
 */
#include "tool.h"

#include <string.h>

static const struct command {
	const char *name, *what;
	int (*run)(int argc, const char **argv);
} commands[] = {
#define COMMAND(name, what) { #name, what, cmd_##name },
#include "commands.def"
#undef COMMAND
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *to)
{
	size_t i;

	fputs("virtprim - virtualization primitives at the command line\n\n"
	      "Usage: virtprim COMMAND [OPTION...] [ARGUMENT...]\n"
	      "       virtprim --help | --version\n"
	      "Everywhere: --color=auto|always|never\n\n"
	      "Commands:\n", to);
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].what);
	fputs("\n'virtprim COMMAND --help' explains a command. A rule of a module can be\n"
	      "asked directly: virtprim MODULE VERB ARGUMENT...; 'virtprim MODULE --help'\n"
	      "lists its verbs, and says how rules that need an object are asked.\n"
	      "Modules with rules that need none:\n", to);
	tool_print_modules(to);
}

/* Letters that two words share from the start: what a typing slip leaves. */
static size_t likeness(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static int unknown(const char *word)
{
	const struct command *best = NULL;
	size_t i, most = 0;

	for (i = 0; i < COMMANDS; i++) {
		if (likeness(word, commands[i].name) > most) {
			most = likeness(word, commands[i].name);
			best = &commands[i];
		}
	}
	if (word[0] == '-')
		tool_warn("unknown option '%s'; try 'virtprim --help'", word);
	else if (best)
		tool_warn("unknown command '%s'; did you mean '%s'?", word,
			  best->name);
	else
		tool_warn("unknown command '%s'; try 'virtprim --help'", word);
	return TOOL_USAGE;
}

int main(int argc, char **argv)
{
	const char **args = (const char **)(argv + 1);
	size_t i;

	/* In front of a command it says the same as behind it. */
	if (argc > 1 && !strncmp(argv[1], "--color=", 8)) {
		if (!tool_set_colour(argv[1] + 8))
			return TOOL_USAGE;
		args++;
		argv++;
		argc--;
	}
	if (argc < 2) {
		help(stderr);
		return TOOL_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		help(stdout);
		return tool_finish(TOOL_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("virtprim " PACKAGE_VERSION);
		return tool_finish(TOOL_OK);
	}
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return tool_finish(commands[i].run(argc - 1, args));
	if (tool_is_module(argv[1]))
		return tool_finish(tool_verb(argc - 1, args));
	return unknown(argv[1]);
}
