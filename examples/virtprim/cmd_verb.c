// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim MODULE VERB ARGUMENT... - one rule of a module, asked once.
 *
 * Any pure verb of the vector language is a command: the words become a line of
 * the language, and each key of the answer a line of the output. Verbs of objects
 * need an object first, which one command does not have; how to ask them is said.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <virtprim/user.h>
#include <virtprim/vec.h>

struct listing {
	const char *owner;
	const char *verb;	/* looked for, or NULL */
	bool pure, object;	/* there are verbs of this sort */
	bool has;		/* the object has the verb */
	const char *made;	/* what making the object takes */
	FILE *to;
	size_t column;
};

/* Modules whose rules the language has under another name, or not at all. */
static const struct {
	const char *module, *owner, *text;
} others[] = {
	{ "iova_windows", "windows", NULL },
	{ "hole", "windows", NULL },
	{ "interval_tree", "itree", NULL },
	{ "xstate_perm", "xperm", NULL },
	{ "region_info", "region_driver", NULL },
	{ "vfio_cap_build", "cap_chain", NULL },
	{ "vec", NULL, "the vector language itself: 'virtprim run FILE' runs a script" },
	{ "user", NULL, "it opens real devices: 'virtprim caps' shows what one says" },
	{ "platform", NULL, "it has no rules" },
};

#define OTHERS (sizeof(others) / sizeof(others[0]))

static size_t other(const char *word)
{
	size_t i = 0;

	while (i < OTHERS && strcmp(word, others[i].module))
		i++;
	return i;
}

static void match(void *ctx, const char *owner, const char *verb,
		  const char *params, bool on_object)
{
	struct listing *l = ctx;

	if (!strcmp(owner, "new") && !strcmp(verb, l->owner))
		l->made = params;
	if (strcmp(owner, l->owner))
		return;
	l->pure |= !on_object;
	l->object |= on_object;
	if (l->verb && on_object && !strcmp(verb, l->verb))
		l->has = true;
}

static struct listing look(const char *owner, const char *verb)
{
	struct listing l = { .owner = owner, .verb = verb };

	vprim_vec_each_verb(match, &l);
	l.object |= l.made != NULL;
	return l;
}

bool tool_is_module(const char *word)
{
	struct listing l = look(word, NULL);

	return l.pure || l.object || other(word) < OTHERS;
}

/* How many of N bytes fit a line, up to a bar; N when no bar helps. */
static size_t alternatives(const char *word, size_t n)
{
	size_t i;

	for (i = n < 57 ? n : 57; i; i--)
		if (word[i - 1] == '|')
			return i;
	return n;
}

/* Words behind NAME, within 80 columns. */
static void print_params(const char *name, const char *params)
{
	size_t column = 21, n;

	printf("  %-18s", name);
	for (; *params; params += n, params += strspn(params, " ")) {
		n = strcspn(params, " ");
		if (column + n + 1 > 79 && column > 21) {
			printf("\n%20s", "");
			column = 21;
		}
		while (column + n + 1 > 79 && alternatives(params, n) < n) {
			const size_t part = alternatives(params, n);

			printf(" %.*s\n%20s", (int)part, params, "");
			params += part;
			n -= part;
		}
		column += (size_t)printf(" %.*s", (int)n, params);
	}
	putchar('\n');
}

static void print_verb(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	const struct listing *l = ctx;

	if (on_object == l->object && !strcmp(owner, l->owner))
		print_params(verb, params);
}

static void print_object(struct listing *l)
{
	l->object = true;
	printf("Rules that need an object are asked in a script:\n\n"
	       "    printf 'new x %s ...\\nx.VERB ARGUMENT...\\n' | virtprim run -\n\n",
	       l->owner);
	print_params("new x ...", l->made ? l->made : "");
	vprim_vec_each_verb(print_verb, l);
	putchar('\n');
}

static void help(const char *owner)
{
	struct listing l = look(owner, NULL);
	const bool object = l.object;

	if (l.pure) {
		printf("Usage: virtprim %s VERB ARGUMENT...\n\n"
		       "Verbs, and what they take (NAME:TYPE by position, NAME=TYPE by key,\n"
		       "? optional, with the value it then has):\n", owner);
		l.object = false;
		vprim_vec_each_verb(print_verb, &l);
		putchar('\n');
	}
	if (object)
		print_object(&l);
	puts("Addresses and masks in hex with 0x or in decimal. --linux 6.12 is another way\n"
	     "to say linux=6.12: whose rules, where releases differ. The manual's page on\n"
	     "the vector language says what each verb answers.");
}

/* Text of any length: printf's precision is an int, which a key fits. */
static void put(const char *from, const char *to, const char *after)
{
	fwrite(from, 1, (size_t)(to - from), stdout);
	fputs(after, stdout);
}

/* "ok a=1 b=2" as lines "a  1", "b  2"; a lone status as itself. */
static int print_answer(struct vprim_vec_str answer)
{
	const char *end = answer.p + answer.len, *p = answer.p, *word;
	bool ok = answer.len >= 2 && !strncmp(p, "ok", 2);

	word = memchr(p, ' ', answer.len);
	if (!ok || !word)
		put(p, word ? word : end, "\n");
	while (word) {
		const char *key = word + 1, *equals, *next;

		equals = memchr(key, '=', (size_t)(end - key));
		next = memchr(key, ' ', (size_t)(end - key));
		printf("%-16.*s ", (int)(equals - key), key);
		put(equals + 1, next ? next : end, "\n");
		word = next;
	}
	return ok ? TOOL_OK : TOOL_FAILED;
}

static char *line_of(int argc, const char **argv)
{
	size_t len = strlen(argv[0]) + 1;
	char *line, *at;
	int i;

	for (i = 1; i < argc; i++)
		len += strlen(argv[i]) + 1;
	line = at = malloc(len + 1);
	if (!line)
		return NULL;
	at += sprintf(at, "%s.%s", argv[0], argv[1]);
	for (i = 2; i < argc; i++)
		at += sprintf(at, " %s", argv[i]);
	return line;
}

/* What cannot be asked so, and how else. */
static int explain(const char *module, const char *owner, const char *verb)
{
	struct listing l = look(owner, verb);

	if (!verb && l.pure)
		tool_warn("%s: a verb is needed; try 'virtprim %s --help'",
			  module, module);
	else if (!verb)
		tool_warn("%s: its rules need an object: a script for 'virtprim run'; 'virtprim %s --help' shows how",
			  module, module);
	else if (l.has)
		tool_warn("%s: '%s' needs an object: 'new x %s ...' and 'x.%s ...' in a script for 'virtprim run'; try 'virtprim %s --help'",
			  module, verb, owner, verb, module);
	else
		return TOOL_OK;
	return TOOL_USAGE;
}

static int ask(int argc, const char **argv, const char *module, const uint32_t *release)
{
	struct vprim_vec_result r;
	struct vprim_vec *vec = vprim_vec_init(vprim_user_alloc(), NULL);
	char *line = line_of(argc, argv);
	int status = TOOL_USAGE;

	if (!line || !vec) {
		tool_warn("out of memory");
	} else {
		if (release)
			vprim_vec_set_release(vec, *release);
		vprim_vec_line(vec, line, strlen(line), &r);
		if (r.answer.len)
			status = print_answer(r.answer);
		else
			tool_warn("%s: %.*s; try 'virtprim %s --help'", module,
				  (int)r.error.len, r.error.p, module);
	}
	vprim_vec_fini(vec);
	free(line);
	return status;
}

struct pure {
	const char *owner, *verb;
	bool found, has_release;
};

static void match_pure(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	struct pure *p = ctx;

	if (!on_object && !strcmp(owner, p->owner) && !strcmp(verb, p->verb)) {
		p->found = true;
		p->has_release = strstr(params, "linux=linux");
	}
}

static struct pure pure_verb(const char *owner, const char *verb)
{
	struct pure p = { owner, verb, false, false };

	vprim_vec_each_verb(match_pure, &p);
	return p;
}

/* --linux R or --linux=R goes out of the arguments: its R, "" where none follows. */
static const char *take_release(int *argc, const char **argv)
{
	const char *word = NULL;
	int i, n = 0;

	for (i = 0; i < *argc; i++) {
		if (!strncmp(argv[i], "--linux=", 8))
			word = argv[i] + 8;
		else if (!strcmp(argv[i], "--linux"))
			word = i + 1 < *argc ? argv[++i] : "";
		else
			argv[n++] = argv[i];
	}
	*argc = n;
	return word;
}

int tool_verb(int argc, const char **argv)
{
	const char *module = argv[0], *word = take_release(&argc, argv);
	const size_t i = other(module);
	uint32_t release;
	struct pure p;

	if (i < OTHERS && !others[i].owner) {
		tool_warn("%s: %s", module, others[i].text);
		return TOOL_USAGE;
	}
	if (i < OTHERS)
		argv[0] = others[i].owner;
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		help(argv[0]);
		return TOOL_OK;
	}
	p = pure_verb(argv[0], argc < 2 ? "" : argv[1]);
	if (!p.found && explain(module, argv[0], argc < 2 ? NULL : argv[1]))
		return TOOL_USAGE;
	if (word && p.found && !p.has_release) {
		tool_warn("%s: '%s' is the same for every release", module, argv[1]);
		return TOOL_USAGE;
	}
	if (word && !tool_release(module, word, &release))
		return TOOL_USAGE;
	return ask(argc, argv, module, word ? &release : NULL);
}

static void print_module(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	struct listing *last = ctx;

	(void)verb;
	(void)params;
	if (on_object || (last->owner && !strcmp(owner, last->owner)))
		return;
	if (!last->owner || last->column + strlen(owner) + 1 > 78) {
		fputs(last->owner ? "\n " : " ", last->to);
		last->column = 1;
	}
	last->column += (size_t)fprintf(last->to, " %s", owner);
	last->owner = owner;
}

void tool_print_modules(FILE *to)
{
	struct listing last = { .to = to };

	vprim_vec_each_verb(print_module, &last);
	fputc('\n', to);
}
