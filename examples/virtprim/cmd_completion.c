// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim completion SHELL - what makes a shell complete the words of this tool.
 *
 * Made from the table of commands, from the options that each gives to
 * tool_options(), and from the verbs of the vector language: nothing is listed
 * twice.
 */
#include "tool.h"

#include <string.h>
#include <virtprim/vec.h>

static const struct command {
	const char *name, *what;
	int (*run)(int argc, const char **argv);
} commands[] = {
#define COMMAND(name, what) { #name, what, cmd_##name },
#include "commands.def"
#undef COMMAND
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* In single quotes: a quote in it, and a colon where that is special. */
static void put(const char *text, const char *quote, bool colons)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs(quote, stdout);
		else if (*text == ':' && colons)
			fputs("\\:", stdout);
		else
			putchar(*text);
	}
}

/* Each command shows its options to SEE. */
static void each_option(tool_see *see, const struct command *c)
{
	const char *argv[2] = { c->name, NULL };

	tool_watch(see);
	(void)c->run(1, argv);
	tool_watch(NULL);
}

static bool is_option(const struct poptOption *o)
{
	return o->longName &&
	       (o->argInfo & POPT_ARG_MASK) != POPT_ARG_INCLUDE_TABLE;
}

static bool takes_word(const struct poptOption *o)
{
	return (o->argInfo & POPT_ARG_MASK) != POPT_ARG_NONE;
}

static bool at_end(const struct poptOption *o)
{
	return !o->longName && !o->shortName && !o->arg;
}

/* -- verbs ----------------------------------------------------------------- */

struct verbs {
	const char *module;	/* the last that was shown */
	void (*begin)(const char *module);
	void (*verb)(const char *module, const char *verb);
	void (*end)(void);
};

static void see_verb(void *ctx, const char *owner, const char *verb,
		     const char *params, bool on_object)
{
	struct verbs *v = ctx;

	(void)params;
	if (on_object)
		return;
	if (!v->module || strcmp(owner, v->module)) {
		if (v->module && v->end)
			v->end();
		v->module = owner;
		if (v->begin)
			v->begin(owner);
	}
	if (v->verb)
		v->verb(owner, verb);
}

static void each_verb(struct verbs v)
{
	vprim_vec_each_verb(see_verb, &v);
	if (v.module && v.end)
		v.end();
}

/* -- bash ------------------------------------------------------------------ */

static void bash_option(const char *command, const struct poptOption *o)
{
	(void)command;
	for (; !at_end(o); o++)
		if (is_option(o))
			printf(" --%s%s", o->longName, takes_word(o) ? "=" : "");
}

static void bash_module(const char *module)
{
	printf(" %s", module);
}

static void bash_begin(const char *module)
{
	printf("\t\t%s) [ \"$COMP_CWORD\" -ne 2 ] || list='", module);
}

static void bash_verb(const char *module, const char *verb)
{
	(void)module;
	printf(" %s", verb);
}

static void bash_end(void)
{
	puts("' ;;");
}

static void bash(void)
{
	size_t i;

	puts("# bash completion for virtprim; made by `virtprim completion bash`\n"
	     "_virtprim() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} list= options=\n"
	     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	printf("\t\tlist='--help --version --color=");
	for (i = 0; i < COMMANDS; i++)
		printf(" %s", commands[i].name);
	each_verb((struct verbs){ .begin = bash_module });
	puts("'\n\telse\n\t\tcase ${COMP_WORDS[1]} in");
	each_verb((struct verbs){ .begin = bash_begin, .verb = bash_verb,
				  .end = bash_end });
	puts("\t\tesac\n\t\tcase ${COMP_WORDS[1]} in");
	for (i = 0; i < COMMANDS; i++) {
		printf("\t\t%s) options='", commands[i].name);
		each_option(bash_option, &commands[i]);
		puts("' ;;");
	}
	puts("\t\tesac\n\tfi\n"
	     "\t[ \"${cur#-}\" = \"$cur\" ] || list=\"$list $options\"\n"
	     "\tCOMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
	     "\t[ \"${COMPREPLY[0]%=}\" = \"${COMPREPLY[0]}\" ] || compopt -o nospace\n"
	     "}\n"
	     "complete -o default -F _virtprim virtprim");
}

/* -- zsh ------------------------------------------------------------------- */

#define ZSH_QUOTE "'\\''"

static void zsh_option(const char *command, const struct poptOption *o)
{
	(void)command;
	for (; !at_end(o); o++) {
		if (!is_option(o))
			continue;
		printf(" '--%s%s:", o->longName, takes_word(o) ? "=" : "");
		put(o->descrip ? o->descrip : "", ZSH_QUOTE, true);
		putchar('\'');
	}
}

static void zsh_module(const char *module)
{
	printf(" '%s:rules of this module'", module);
}

static void zsh_begin(const char *module)
{
	printf("%s) (( CURRENT > 3 )) || list+=(", module);
}

static void zsh_end(void)
{
	puts(" ) ;;");
}

static void zsh(void)
{
	size_t i;

	puts("#compdef virtprim\n"
	     "# zsh completion for virtprim; made by `virtprim completion zsh`\n"
	     "local -a list\n"
	     "if (( CURRENT == 2 )); then");
	printf("list=(");
	for (i = 0; i < COMMANDS; i++) {
		printf(" '%s:", commands[i].name);
		put(commands[i].what, ZSH_QUOTE, true);
		putchar('\'');
	}
	each_verb((struct verbs){ .begin = zsh_module });
	puts(" )\n_describe command list\nreturn\nfi\n"
	     "case ${words[2]} in");
	each_verb((struct verbs){ .begin = zsh_begin, .verb = bash_verb,
				  .end = zsh_end });
	puts("esac\ncase ${words[2]} in");
	for (i = 0; i < COMMANDS; i++) {
		printf("%s) list+=(", commands[i].name);
		each_option(zsh_option, &commands[i]);
		puts(" ) ;;");
	}
	puts("esac\n"
	     "_describe word list\n"
	     "[[ $PREFIX == -* ]] || _files");
}

/* -- fish ------------------------------------------------------------------ */

#define FISH_QUOTE "\\'"

static void fish_option(const char *command, const struct poptOption *o)
{
	for (; !at_end(o); o++) {
		if (!is_option(o))
			continue;
		printf("complete -c virtprim -n '__fish_seen_subcommand_from %s' -l %s",
		       command, o->longName);
		if (o->shortName)
			printf(" -s %c", o->shortName);
		printf("%s -d '", takes_word(o) ? " -r" : "");
		put(o->descrip ? o->descrip : "", FISH_QUOTE, false);
		puts("'");
	}
}

static void fish_module(const char *module)
{
	printf("complete -c virtprim -n __fish_use_subcommand -f -a %s -d 'rules of this module'\n",
	       module);
}

static void fish_verb(const char *module, const char *verb)
{
	printf("complete -c virtprim -n '__fish_seen_subcommand_from %s' -f -a %s\n",
	       module, verb);
}

static void fish(void)
{
	size_t i;

	puts("# fish completion for virtprim; made by `virtprim completion fish`");
	for (i = 0; i < COMMANDS; i++) {
		printf("complete -c virtprim -n __fish_use_subcommand -f -a %s -d '",
		       commands[i].name);
		put(commands[i].what, FISH_QUOTE, false);
		puts("'");
		each_option(fish_option, &commands[i]);
	}
	each_verb((struct verbs){ .begin = fish_module, .verb = fish_verb });
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

static int complete(const char *shell)
{
	size_t i;

	for (i = 0; shell && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (!strcmp(shell, shells[i].name)) {
			shells[i].print();
			return TOOL_OK;
		}
	}
	tool_warn("completion: SHELL is bash, zsh or fish");
	return TOOL_USAGE;
}

int cmd_completion(int argc, const char **argv)
{
	struct poptOption options[] = { POPT_TABLEEND };
	int status;
	poptContext con = tool_options(argc, argv, options, "SHELL", &status);

	if (!con)
		return status;
	status = complete(poptGetArg(con));
	poptFreeContext(con);
	return status;
}
