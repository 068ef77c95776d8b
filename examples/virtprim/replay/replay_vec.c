// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A script of the vector language as a recording: what it does to one object
 * that holds mappings. The first such object, or the one that --view names,
 * from its `new` to its `free`.
 *
 * Only the commands are read, not the answers: those belong to the script's
 * object, and the recording is played against rules of the caller's choice.
 */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <virtprim/vec_module.h>

#define WORDS 16

/* A bulk of more would be a mistake, and the memory is ours. */
#define BULK_MAX 10000000u

struct state;

/* A command that maps or unmaps: its values are words[1] on. */
struct verb {
	const char *kind, *name;
	size_t values;		/* by position */
	int (*take)(struct replay_load *load, struct state *s);
};

struct state {
	char name[64];		/* of the object; empty before it is known */
	char kind[16];
	bool gone;
	const char *words[WORDS];
	size_t nr;
};

static bool holds_mappings(const char *kind)
{
	return !strcmp(kind, "iova_map") || !strcmp(kind, "type1") ||
	       !strcmp(kind, "ioas");
}

/* -- values ---------------------------------------------------------------- */

static struct vprim_vec_str str(const char *text)
{
	return (struct vprim_vec_str){ text, strlen(text) };
}

static int u64_at(struct replay_load *load, const struct state *s, size_t i,
		  uint64_t *v)
{
	if (vprim_vec_u64(str(s->words[i]), v))
		return 0;
	return replay_fail(load, "'%.40s' is no number", s->words[i]);
}

static int range_at(struct replay_load *load, const struct state *s, size_t i,
		    struct vprim_range *r)
{
	if (vprim_vec_range(str(s->words[i]), r))
		return 0;
	return replay_fail(load, "'%.60s' is no START..LAST", s->words[i]);
}

/* The text behind KEY=, or NULL. */
static const char *key(const struct state *s, const char *name)
{
	size_t n = strlen(name), i;

	for (i = 1; i < s->nr; i++)
		if (!strncmp(s->words[i], name, n) && s->words[i][n] == '=')
			return s->words[i] + n + 1;
	return NULL;
}

static int u64_of(struct replay_load *load, const struct state *s,
		  const char *name, uint64_t *v)
{
	const char *text = key(s, name);

	if (!text || vprim_vec_u64(str(text), v))
		return 0;
	return replay_fail(load, "%s='%.40s' is no number", name, text);
}

/* A word of flags, joined by commas or plus signs. */
static bool has_flag(const char *flags, const char *flag)
{
	size_t n = strlen(flag);

	while (flags && *flags) {
		size_t len = strcspn(flags, ",+");

		if (len == n && !strncmp(flags, flag, n))
			return true;
		flags += len + (flags[len] != '\0');
	}
	return false;
}

static unsigned int prot_of(const char *flags)
{
	if (!flags || has_flag(flags, "rw"))
		return REPLAY_READ | REPLAY_WRITE;
	return (has_flag(flags, "r") ? REPLAY_READ : 0) |
	       (has_flag(flags, "w") ? REPLAY_WRITE : 0);
}

/* -- commands -------------------------------------------------------------- */

/* A range whose start is above its last is a request that cannot be met. */
static int add_range(struct replay_load *load, enum replay_kind kind,
		     const struct vprim_range *r, uint64_t target)
{
	if (replay_add(load, kind, r, target, REPLAY_READ | REPLAY_WRITE))
		return -1;
	if (!vprim_range_is_valid(r))
		load->rec->events[load->rec->nr - 1].error = -EINVAL;
	return 0;
}

static int insert(struct replay_load *load, struct state *s)
{
	struct vprim_range r;
	uint64_t value = 0;

	if (range_at(load, s, 1, &r) || u64_of(load, s, "value", &value))
		return -1;
	return add_range(load, REPLAY_MAP, &r, value);
}

static int erase(struct replay_load *load, struct state *s)
{
	struct vprim_range r;

	if (range_at(load, s, 1, &r))
		return -1;
	return add_range(load, REPLAY_UNMAP, &r, 0);
}

static int bulk(struct replay_load *load, struct state *s)
{
	uint64_t start, size, step, count, i;

	if (u64_at(load, s, 1, &start) || u64_at(load, s, 2, &size) ||
	    u64_at(load, s, 3, &step) || u64_at(load, s, 4, &count))
		return -1;
	if (count > BULK_MAX)
		return replay_fail(load, "a bulk of more than %u mappings",
				   BULK_MAX);
	for (i = 0; i < count; i++)
		if (replay_add_size(load, REPLAY_MAP, start + i * step, size, i,
				    REPLAY_READ | REPLAY_WRITE))
			return -1;
	return 0;
}

static int map_at(struct replay_load *load, struct state *s, uint64_t target,
		  uint64_t size, unsigned int prot)
{
	uint64_t iova;

	if (u64_at(load, s, 1, &iova))
		return -1;
	return replay_add_size(load, REPLAY_MAP, iova, size, target, prot);
}

static int type1_map(struct replay_load *load, struct state *s)
{
	const char *flags = key(s, "flags");
	uint64_t vaddr, size;

	/* A new vaddr for a mapping that is there: the map stays the same. */
	if (has_flag(flags, "vaddr"))
		return 0;
	if (u64_at(load, s, 2, &vaddr) || u64_at(load, s, 3, &size))
		return -1;
	return map_at(load, s, vaddr, size, prot_of(flags));
}

static int ioas_map(struct replay_load *load, struct state *s)
{
	uint64_t uptr = 0, length;

	if (u64_at(load, s, 2, &length) || u64_of(load, s, "uptr", &uptr))
		return -1;
	return map_at(load, s, uptr, length, prot_of(key(s, "prot")));
}

static int unmap(struct replay_load *load, struct state *s)
{
	const struct vprim_range whole = { 0, UINT64_MAX };
	const char *flags = key(s, "flags");
	uint64_t iova, size;

	if (has_flag(flags, "vaddr"))
		return 0;
	if (has_flag(flags, "all"))
		return add_range(load, REPLAY_UNMAP, &whole, 0);
	if (u64_at(load, s, 1, &iova) || u64_at(load, s, 2, &size))
		return -1;
	return replay_add_size(load, REPLAY_UNMAP, iova, size, 0, 0);
}

static int placed(struct replay_load *load, struct state *s)
{
	return replay_fail(load, "'%.40s' leaves the address to the object; a recording needs 'map' with the address",
			   s->words[0]);
}

static const struct verb verbs[] = {
	{ "iova_map", "insert", 1, insert },
	{ "iova_map", "remove", 1, erase },
	{ "iova_map", "erase", 1, erase },
	{ "iova_map", "bulk", 4, bulk },
	{ "type1", "map", 3, type1_map },
	{ "type1", "unmap", 2, unmap },
	{ "ioas", "map", 2, ioas_map },
	{ "ioas", "unmap", 2, unmap },
	{ "ioas", "alloc", 0, placed },
	{ "ioas", "copy", 0, placed },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* -- lines ----------------------------------------------------------------- */

/* The command without comment and answer, as words. */
static int split(struct replay_load *load, struct state *s, char *line)
{
	char *save = NULL, *word, *answer;

	line[strcspn(line, "#")] = '\0';
	answer = strstr(line, "->");
	if (answer)
		*answer = '\0';
	s->nr = 0;
	for (word = strtok_r(line, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		if (s->nr == WORDS)
			return replay_fail(load, "more than %d words", WORDS);
		s->words[s->nr++] = word;
	}
	return 0;
}

static int begin_object(struct replay_load *load, struct state *s)
{
	const char *kind, *name;

	if (s->nr < 3)
		return replay_fail(load, "'new' needs a kind and a name");
	kind = s->words[1];
	name = s->words[2];
	if (s->name[0] || !holds_mappings(kind) ||
	    (load->want->view && strcmp(load->want->view, name)))
		return 0;
	if (strlen(name) >= sizeof(s->name))
		return replay_fail(load, "the name is too long");
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->kind, sizeof(s->kind), "%s", kind);
	snprintf(load->rec->view, sizeof(load->rec->view), "%s", name);
	return 0;
}

static int act(struct replay_load *load, struct state *s, const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->kind, s->kind) || strcmp(v->name, name))
			continue;
		if (s->nr <= v->values)
			return replay_fail(load, "'%s' takes %zu values",
					   s->words[0], v->values);
		return v->take(load, s);
	}
	return 0;
}

int replay_vec_line(struct replay_load *load, char *line)
{
	struct state *s = load->state;
	const char *dot;

	if (split(load, s, line))
		return -1;
	if (!s->nr)
		return 0;
	if (!strcmp(s->words[0], "new"))
		return begin_object(load, s);
	if (!strcmp(s->words[0], "reset") ||
	    (!strcmp(s->words[0], "free") && s->nr > 1 &&
	     !strcmp(s->words[1], s->name))) {
		s->gone = s->name[0] != '\0';
		return 0;
	}
	dot = strchr(s->words[0], '.');
	if (!dot && strcmp(s->words[0], "free"))
		return replay_fail(load, "'%.40s' is no command of the vector language",
				   s->words[0]);
	if (dot && !s->gone && s->name[0] &&
	    strlen(s->name) == (size_t)(dot - s->words[0]) &&
	    !strncmp(s->name, s->words[0], strlen(s->name)))
		return act(load, s, dot + 1);
	return 0;
}

int replay_vec_end(struct replay_load *load)
{
	struct state *s = load->state;

	if (s->name[0])
		return 0;
	load->line = 0;
	if (load->want->view)
		return replay_fail(load, "no iova_map, type1 or ioas object '%.40s'",
				   load->want->view);
	return replay_fail(load, "the script makes no iova_map, type1 or ioas object");
}

bool replay_vec_knows(const char *line)
{
	return !strncmp(line, "new iova_map ", 13) ||
	       !strncmp(line, "new type1 ", 10) ||
	       !strncmp(line, "new ioas ", 9);
}

size_t replay_vec_state_bytes(void)
{
	return sizeof(struct state);
}
