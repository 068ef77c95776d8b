// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim ROOM VERB ARGUMENT... - one rule of a room, asked once.
 *
 * Any pure verb of the vector language is a command: the words become a line of
 * the language, and each key of the answer a line of the output.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <virtprim/user.h>
#include <virtprim/vec.h>

struct listing {
	const char *room;
	bool found;
	FILE *to;
};

/* Verbs of objects need an object first, which one command does not have. */
static void match(void *ctx, const char *owner, const char *verb,
		  const char *params, bool on_object)
{
	struct listing *l = ctx;

	(void)verb;
	(void)params;
	if (!on_object && !strcmp(owner, l->room))
		l->found = true;
}

bool tool_is_room(const char *word)
{
	struct listing l = { .room = word };

	vprim_vec_each_verb(match, &l);
	return l.found;
}

static void print_verb(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	struct listing *l = ctx;

	if (!on_object && !strcmp(owner, l->room))
		printf("  %-18s %s\n", verb, params);
}

static void help(const char *room)
{
	struct listing l = { .room = room };

	printf("Usage: virtprim %s VERB ARGUMENT...\n\n"
	       "Verbs, and what they take (NAME:TYPE by position, NAME=TYPE by key,\n"
	       "? optional, with the value it then has):\n", room);
	vprim_vec_each_verb(print_verb, &l);
	puts("\nAddresses and masks in hex with 0x or in decimal. The manual's page on\n"
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

static char *join(int argc, const char **argv)
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

int tool_verb(int argc, const char **argv)
{
	struct vprim_vec_result r;
	struct vprim_vec *vec;
	char *line;
	int status = TOOL_USAGE;

	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		if (argc > 1)
			help(argv[0]);
		else
			tool_warn("%s: a verb is needed; try 'virtprim %s --help'",
				  argv[0], argv[0]);
		return argc > 1 ? TOOL_OK : TOOL_USAGE;
	}
	line = join(argc, argv);
	vec = vprim_vec_init(vprim_user_alloc(), NULL);
	if (!line || !vec) {
		tool_warn("out of memory");
	} else {
		vprim_vec_line(vec, line, strlen(line), &r);
		if (r.answer.len)
			status = print_answer(r.answer);
		else
			tool_warn("%s: %.*s; try 'virtprim %s --help'", argv[0],
				  (int)r.error.len, r.error.p, argv[0]);
	}
	vprim_vec_fini(vec);
	free(line);
	return status;
}

static void print_room(void *ctx, const char *owner, const char *verb,
		       const char *params, bool on_object)
{
	struct listing *last = ctx;

	(void)verb;
	(void)params;
	if (on_object || (last->room && !strcmp(owner, last->room)))
		return;
	fprintf(last->to, "%s%s", last->room ? " " : "  ", owner);
	last->room = owner;
}

void tool_print_rooms(FILE *to)
{
	struct listing last = { .to = to };

	vprim_vec_each_verb(print_room, &last);
	fputc('\n', to);
}
