// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The interpreter: one line, one call.
 *
 * A line is checked whole before anything runs: its bytes, its shape, the verb,
 * the values, and the form of the expected answer. Objects sit on two lists: by
 * age, so that a reset destroys a holder before what it holds, and by name.
 */
#include "vec_internal.h"

static const struct vprim_vec_room *const rooms[] = {
#define VPRIM_VEC_ROOM(name) &vprim_vec_room_##name,
#include <virtprim/vec_rooms.h>
#undef VPRIM_VEC_ROOM
};

struct vprim_vec *vprim_vec_init(const struct vprim_alloc_ops *ops, void *ctx)
{
	struct vprim_vec *vec;

	if (!ops)
		return NULL;
	vec = ops->alloc(ctx, sizeof(*vec));
	if (!vec)
		return NULL;
	memset(vec, 0, sizeof(*vec));
	vec->ops = ops;
	vec->ctx = ctx;
	vec->call.vec = vec;
	return vec;
}

static void free_scratch(struct vprim_vec *vec)
{
	while (vec->scratch) {
		struct scratch *s = vec->scratch;

		vec->scratch = s->next;
		vec->ops->free(vec->ctx, s, s->size);
	}
}

void *vprim_vec_scratch(struct vprim_vec_call *c, size_t size)
{
	struct vprim_vec *vec = c->vec;
	struct scratch *s;

	if (size > SIZE_MAX - sizeof(*s))
		return NULL;
	size += sizeof(*s);
	s = vec->ops->alloc(vec->ctx, size);
	if (!s)
		return NULL;
	memset(s, 0, size);
	s->size = size;
	s->next = vec->scratch;
	vec->scratch = s;
	return s + 1;
}

int vprim_vec_script_error(struct vprim_vec_call *c, const char *expected)
{
	c->vec->error.len = 0;
	vprim_vec_text_addz_(c->vec, &c->vec->error, "expected ");
	vprim_vec_text_addz_(c->vec, &c->vec->error, expected);
	return VPRIM_VEC_SCRIPT;
}

static struct object **bucket(struct vprim_vec *vec, struct vprim_vec_str name)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < name.len; i++)
		h = (h ^ (uint8_t)name.p[i]) * 16777619u;
	return &vec->bucket[(h ^ h >> 16) % BUCKETS];
}

static struct object *find(struct vprim_vec *vec, struct vprim_vec_str name)
{
	struct object *o = *bucket(vec, name);

	for (; o; o = o->chain)
		if (o->name_len == name.len &&
		    !memcmp(o->name, name.p, name.len))
			return o;
	return NULL;
}

static void *state_of(struct object *o, const struct vprim_vec_kind *kind)
{
	return o && o->kind == kind ? o->state : NULL;
}

void *vprim_vec_object(struct vprim_vec_call *c, struct vprim_vec_str name,
		       const struct vprim_vec_kind *kind)
{
	return state_of(find(c->vec, name), kind);
}

void *vprim_vec_hold(struct vprim_vec_call *c, struct vprim_vec_str name,
		     const struct vprim_vec_kind *kind)
{
	struct object *o = find(c->vec, name);

	if (!state_of(o, kind))
		return NULL;
	c->vec->creating->held = o;
	return o->state;
}

const struct vprim_alloc_ops *vprim_vec_alloc(struct vprim_vec_call *c,
					      void **ctx)
{
	*ctx = c->vec->ctx;
	return c->vec->ops;
}

static void *failing_alloc(void *ctx, size_t size_bytes)
{
	struct vprim_vec_failing *f = ctx;

	if (f->countdown && !--f->countdown)
		return NULL;
	return f->ops->alloc(f->ctx, size_bytes);
}

static void failing_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct vprim_vec_failing *f = ctx;

	f->ops->free(f->ctx, ptr, size_bytes);
}

const struct vprim_alloc_ops vprim_vec_failing_ops = { failing_alloc,
						       failing_free };

void vprim_vec_failing_init(struct vprim_vec_failing *f,
			    struct vprim_vec_call *c, uint64_t nth)
{
	f->ops = vprim_vec_alloc(c, &f->ctx);
	f->countdown = nth;
}

int vprim_vec_backend_(struct vprim_vec_call *c, unsigned int i,
		       const char *expected, int *answer)
{
	struct vprim_vec_str word = c->arg[i].str;

	*answer = 0;
	if (!c->arg[i].present)
		return 0;
	if (vprim_vec_is(word, "fault"))
		*answer = -EFAULT;
	else if (vprim_vec_is(word, "nomem"))
		*answer = -ENOMEM;
	else
		return vprim_vec_script_error(c, expected);
	return 0;
}

void *vprim_vec_failing_take(struct vprim_vec_failing *f, size_t size_bytes)
{
	void *p = f->ops->alloc(f->ctx, size_bytes);

	if (p)
		memset(p, 0, size_bytes);
	return p;
}

void vprim_vec_failing_give(struct vprim_vec_failing *f, void *ptr,
			    size_t size_bytes)
{
	f->ops->free(f->ctx, ptr, size_bytes);
}

static void free_object(struct vprim_vec *vec, struct object *o)
{
	if (o->state)
		vec->ops->free(vec->ctx, o->state, o->kind->size);
	vec->ops->free(vec->ctx, o, sizeof(*o) + o->name_len);
}

static void destroy(struct vprim_vec *vec, struct object *o)
{
	struct vprim_vec_str name = { o->name, o->name_len };
	struct object **link = bucket(vec, name);

	while (*link != o)
		link = &(*link)->chain;
	*link = o->chain;
	for (link = &vec->newest; *link != o; link = &(*link)->older)
		;
	*link = o->older;
	if (o->held)
		o->held->holds--;
	if (o->kind->fini)
		o->kind->fini(o->state);
	free_object(vec, o);
}

void vprim_vec_reset(struct vprim_vec *vec)
{
	while (vec->newest)
		destroy(vec, vec->newest);
}

void vprim_vec_fini(struct vprim_vec *vec)
{
	if (!vec)
		return;
	vprim_vec_reset(vec);
	free_scratch(vec);
	vprim_vec_text_fini_(vec, &vec->keys);
	vprim_vec_text_fini_(vec, &vec->answer);
	vprim_vec_text_fini_(vec, &vec->error);
	vec->ops->free(vec->ctx, vec, sizeof(*vec));
}

static const struct vprim_vec_kind *find_kind(struct vprim_vec_str name)
{
	const struct vprim_vec_kind *k;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(rooms); i++)
		for (k = rooms[i]->kinds; k && k->name; k++)
			if (vprim_vec_is(name, k->name))
				return k;
	return NULL;
}

static const struct vprim_vec_verb *find_verb(const struct vprim_vec_verb *v,
					      struct vprim_vec_str name)
{
	for (; v && v->name; v++)
		if (vprim_vec_is(name, v->name))
			return v;
	return NULL;
}

const struct vprim_vec_room *vprim_vec_room_at_(size_t i)
{
	return i < VPRIM_ARRAY_LEN(rooms) ? rooms[i] : NULL;
}

static const struct vprim_vec_room *find_room(struct vprim_vec_str name)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(rooms); i++)
		if (vprim_vec_is(name, rooms[i]->name))
			return rooms[i];
	return NULL;
}

static int unknown(struct vprim_vec *vec, const char *what,
		   struct vprim_vec_str got)
{
	vprim_vec_script_error(&vec->call, what);
	vprim_vec_text_addz_(vec, &vec->error, ", not '");
	vprim_vec_text_add_(vec, &vec->error, got.p, got.len);
	vprim_vec_text_addz_(vec, &vec->error, "'");
	return VPRIM_VEC_SCRIPT;
}

/* A name is a word of letters, digits and _ that does not begin with a digit. */
static bool is_name(struct vprim_vec_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		char ch = s.p[i];
		bool letter = (ch >= 'a' && ch <= 'z') ||
			      (ch >= 'A' && ch <= 'Z') || ch == '_';

		if (!letter && !(i && ch >= '0' && ch <= '9'))
			return false;
	}
	return s.len > 0;
}

static struct object *make_object(struct vprim_vec *vec,
				  const struct vprim_vec_kind *kind,
				  struct vprim_vec_str name)
{
	struct object *o = vec->ops->alloc(vec->ctx, sizeof(*o) + name.len);

	if (!o)
		return NULL;
	memset(o, 0, sizeof(*o));
	o->kind = kind;
	o->name_len = name.len;
	memcpy(o->name, name.p, name.len);
	o->state = vec->ops->alloc(vec->ctx, kind->size);
	if (!o->state) {
		free_object(vec, o);
		return NULL;
	}
	memset(o->state, 0, kind->size);
	return o;
}

static void enlist(struct vprim_vec *vec, struct object *o)
{
	struct vprim_vec_str name = { o->name, o->name_len };
	struct object **head = bucket(vec, name);

	o->chain = *head;
	*head = o;
	o->older = vec->newest;
	vec->newest = o;
	if (o->held)
		o->held->holds++;
}

static int do_new(struct vprim_vec *vec, struct vprim_vec_str rest)
{
	struct vprim_vec_str word = { NULL, 0 };
	const struct vprim_vec_kind *kind;
	struct object *o;
	int ret;

	vprim_vec_word_(&rest, &word);
	kind = find_kind(word);
	if (!kind)
		return unknown(vec, "a kind of object after new", word);
	word.len = 0;
	vprim_vec_word_(&rest, &word);
	if (!is_name(word) || find_room(word))
		return unknown(vec, "a name for the object", word);
	if (find(vec, word))
		return unknown(vec, "a name that is not taken", word);
	ret = vprim_vec_args_(vec, kind->params, rest);
	if (ret)
		return ret;
	o = make_object(vec, kind, word);
	if (!o)
		return vprim_vec_script_error(&vec->call, "more memory");
	vec->creating = o;
	vec->call.obj = o->state;
	ret = kind->init(&vec->call);
	vec->creating = NULL;
	if (ret)
		free_object(vec, o);
	else
		enlist(vec, o);
	return ret;
}

static int do_free(struct vprim_vec *vec, struct vprim_vec_str rest)
{
	struct vprim_vec_str word = { NULL, 0 };
	struct object *o;

	vprim_vec_word_(&rest, &word);
	o = find(vec, word);
	if (!o || vprim_vec_trim_(rest).len)
		return unknown(vec, "the name of one object after free", word);
	if (o->holds)
		return unknown(vec, "an object that no other one uses", word);
	destroy(vec, o);
	return 0;
}

static int do_reset(struct vprim_vec *vec, struct vprim_vec_str rest)
{
	rest = vprim_vec_trim_(rest);
	if (rest.len)
		return unknown(vec, "nothing after reset", rest);
	vprim_vec_reset(vec);
	return 0;
}

static int do_verb(struct vprim_vec *vec, struct vprim_vec_str word,
		   struct vprim_vec_str rest)
{
	struct vprim_vec_str verb = word, owner;
	const struct vprim_vec_verb *v = NULL;
	const struct vprim_vec_room *room;
	struct object *o;
	int ret;

	vprim_vec_next(&verb, '.', &owner);
	o = find(vec, owner);
	room = find_room(owner);
	if (o)
		v = find_verb(o->kind->verbs, verb);
	else if (room)
		v = find_verb(room->verbs, verb);
	else
		return unknown(vec, "a room or an object", owner);
	if (!v)
		return unknown(vec, o ? "a verb of the object" :
					"a verb of the room", word);
	ret = vprim_vec_args_(vec, v->params, rest);
	if (ret)
		return ret;
	vec->call.obj = o ? o->state : NULL;
	return v->fn(&vec->call);
}

static int execute(struct vprim_vec *vec, struct vprim_vec_str command)
{
	struct vprim_vec_str word;

	vprim_vec_word_(&command, &word);
	if (vprim_vec_is(word, "new"))
		return do_new(vec, command);
	if (vprim_vec_is(word, "free"))
		return do_free(vec, command);
	if (vprim_vec_is(word, "reset"))
		return do_reset(vec, command);
	return do_verb(vec, word, command);
}

/* Cut the comment off and part the command from the expected answer. */
static int split(struct vprim_vec *vec, const char *line, size_t len,
		 struct vprim_vec_result *r)
{
	bool arrow = false;
	size_t i;

	if (len > VPRIM_VEC_LINE_MAX)
		return vprim_vec_script_error(&vec->call,
					      "a line of at most 65536 bytes");
	for (i = 0; i < len; i++)
		if (!line[i])
			return vprim_vec_script_error(&vec->call,
						      "text, not a NUL byte");
	r->command.p = line;
	for (i = 0; i < len && line[i] != '#'; i++) {
		if (!arrow && line[i] == '>' && i && line[i - 1] == '-') {
			arrow = true;
			r->command.len = i - 1;
			r->expected.p = line + i + 1;
		}
	}
	if (arrow)
		r->expected.len = (size_t)(line + i - r->expected.p);
	else
		r->command.len = i;
	r->command = vprim_vec_trim_(r->command);
	r->expected = vprim_vec_trim_(r->expected);
	if (arrow && !r->command.len)
		return vprim_vec_script_error(&vec->call, "a command before ->");
	if (arrow && !vprim_vec_answer_ok_(r->expected))
		return vprim_vec_script_error(&vec->call,
			"ok or an errno name after ->, then key=value");
	return 0;
}

static int compose(struct vprim_vec *vec, int ret)
{
	const char *status = ret ? vprim_vec_errno_name(-ret) : "ok";

	vprim_vec_text_addz_(vec, &vec->answer, status);
	vprim_vec_text_add_(vec, &vec->answer, vec->keys.p, vec->keys.len);
	if (vec->answer.failed || vec->keys.failed)
		return vprim_vec_script_error(&vec->call, "more memory");
	return 0;
}

static void clear(struct text *t)
{
	t->len = 0;
	t->failed = false;
}

void vprim_vec_line(struct vprim_vec *vec, const char *line, size_t len,
		    struct vprim_vec_result *r)
{
	int ret;

	memset(r, 0, sizeof(*r));
	clear(&vec->keys);
	clear(&vec->answer);
	clear(&vec->error);
	ret = split(vec, line, len, r);
	if (!ret && !r->command.len)
		return;
	if (!ret)
		ret = execute(vec, r->command);
	free_scratch(vec);
	if (ret <= 0)
		ret = compose(vec, ret);
	if (ret) {
		r->verdict = VPRIM_VEC_ERROR;
		r->error.p = vec->error.p;
		r->error.len = vec->error.len;
		return;
	}
	r->answer.p = vec->answer.p;
	r->answer.len = vec->answer.len;
	if (!r->expected.len)
		r->verdict = VPRIM_VEC_DONE;
	else
		r->verdict = vprim_vec_matches_(r->expected, r->answer) ?
				     VPRIM_VEC_PASS : VPRIM_VEC_FAIL;
}

void vprim_vec_each_verb(void (*fn)(void *ctx, const char *owner,
				    const char *verb, const char *params,
				    bool on_object),
			 void *ctx)
{
	const struct vprim_vec_verb *v;
	const struct vprim_vec_kind *k;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(rooms); i++) {
		for (v = rooms[i]->verbs; v && v->name; v++)
			fn(ctx, rooms[i]->name, v->name, v->params, false);
		for (k = rooms[i]->kinds; k && k->name; k++) {
			fn(ctx, "new", k->name, k->params, true);
			for (v = k->verbs; v && v->name; v++)
				fn(ctx, k->name, v->name, v->params, true);
		}
	}
}
