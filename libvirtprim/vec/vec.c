// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The interpreter: one line, one call.
 *
 * A line is checked whole before anything runs: its bytes, its shape, the verb,
 * the values, and the form of the expected answer. Objects are on a list by age,
 * so that a reset destroys a holder before what it holds, and in a tree by name.
 *
 * A script is a stranger's. What it takes is counted: memory where it is
 * allocated, steps where a verb loops, the answer where text is added.
 */
#include "vec_internal.h"

static const struct vprim_vec_module *const modules[] = {
#define VPRIM_VEC_MODULE(name) (&vprim_vec_module_##name)
#include <virtprim/vec_modules.h>
#undef VPRIM_VEC_MODULE
};

static const struct vprim_vec_limits usual_limits = {
	.memory_bytes = UINT64_C(1) << 30,
	.objects = UINT64_C(1) << 20,
	.steps = UINT64_C(1) << 24,
	.answer_bytes = UINT64_C(1) << 26,
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
	vec->limits = usual_limits;
	return vec;
}

void vprim_vec_set_limits(struct vprim_vec *vec,
			  const struct vprim_vec_limits *limits)
{
	vec->limits = *limits;
}

void vprim_vec_set_release(struct vprim_vec *vec, uint32_t release)
{
	vec->release = release;
	vec->has_release = true;
}

static void *counted_alloc(void *ctx, size_t size_bytes)
{
	struct vprim_vec *vec = ctx;
	void *p;

	/* Limits may have been lowered below what is already out. */
	if (vec->memory > vec->limits.memory_bytes ||
	    size_bytes > vec->limits.memory_bytes - vec->memory) {
		vec->over = " bytes of memory";
		vec->most = vec->limits.memory_bytes;
		return NULL;
	}
	p = vec->ops->alloc(vec->ctx, size_bytes);
	if (p)
		vec->memory += size_bytes;
	return p;
}

static void counted_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct vprim_vec *vec = ctx;

	vec->memory -= size_bytes;
	vec->ops->free(vec->ctx, ptr, size_bytes);
}

const struct vprim_alloc_ops vprim_vec_counted_ops_ = { counted_alloc,
							counted_free };

void vprim_vec_over_(struct vprim_vec *vec, uint64_t most, const char *what)
{
	vec->over_line = true;
	vec->over = what;
	vec->most = most;
}

bool vprim_vec_steps(struct vprim_vec_call *c, uint64_t n)
{
	struct vprim_vec *vec = c->vec;

	if (vec->over_line)
		return false;
	if (n > vec->limits.steps || vec->steps > vec->limits.steps - n)
		vprim_vec_over_(vec, vec->limits.steps, " steps in a line");
	else
		vec->steps += n;
	return !vec->over_line;
}

static void free_blocks(struct vprim_vec *vec, struct block **blocks)
{
	while (*blocks) {
		struct block *b = *blocks;

		*blocks = b->next;
		counted_free(vec, b, b->size);
	}
}

static void *take_block(struct vprim_vec *vec, struct block **blocks, size_t size)
{
	struct block *b = NULL;

	if (size <= SIZE_MAX - sizeof(*b))
		b = counted_alloc(vec, size + sizeof(*b));
	if (!b) {
		vprim_vec_script_error(&vec->call, "more memory");
		return NULL;
	}
	memset(b, 0, size + sizeof(*b));
	b->size = size + sizeof(*b);
	b->next = *blocks;
	*blocks = b;
	return b + 1;
}

void *vprim_vec_scratch(struct vprim_vec_call *c, size_t size)
{
	return take_block(c->vec, &c->vec->scratch, size);
}

void *vprim_vec_keep(struct vprim_vec_call *c, size_t size)
{
	return take_block(c->vec, &c->vec->object->kept, size);
}

void vprim_vec_items_init_(struct vprim_vec_call *c, struct items *items)
{
	items->vec = c->vec;
	if (vprim_interval_tree_init(&items->tree, sizeof(items->tree)))
		vprim_vec_mistake_(c->vec, "a tree of items");
}

void *vprim_vec_item_new_(struct vprim_vec_call *c, size_t size)
{
	struct item *item = counted_alloc(c->vec, size);

	if (!item) {
		vprim_vec_script_error(c, "more memory");
		return NULL;
	}
	memset(item, 0, size);
	item->size = size;
	return item;
}

int vprim_vec_item_put_(struct items *items, void *thing, uint64_t id, int ret)
{
	struct item *item = thing;

	item->node.range.start = id;
	item->node.range.last = id;
	if (!ret)
		ret = vprim_interval_tree_insert(&items->tree, &item->node);
	if (ret)
		counted_free(items->vec, item, item->size);
	return ret;
}

void vprim_vec_item_drop_(struct items *items, void *thing)
{
	struct item *item = thing;

	vprim_interval_tree_remove(&items->tree, &item->node);
	counted_free(items->vec, item, item->size);
}

void *vprim_vec_item_from_(const struct items *items, uint64_t id)
{
	const struct vprim_range rest = { id, UINT64_MAX };

	return vprim_interval_tree_first(&items->tree, &rest);
}

void *vprim_vec_item_next_(struct item *item)
{
	static const struct vprim_range all = { 0, UINT64_MAX };

	return vprim_interval_tree_next(&item->node, &all);
}

void *vprim_vec_item_(const struct items *items, uint64_t id)
{
	const struct vprim_range here = { id, id };
	struct vprim_interval_tree_node *n, *newest = NULL;

	n = vprim_interval_tree_first(&items->tree, &here);
	for (; n; n = vprim_interval_tree_next(n, &here))
		newest = n;
	return newest;
}

void vprim_vec_items_fini_(struct items *items)
{
	struct item *item;

	while ((item = vprim_vec_item_from_(items, 0)))
		vprim_vec_item_drop_(items, item);
}

int vprim_vec_script_error(struct vprim_vec_call *c, const char *expected)
{
	c->vec->error.len = 0;
	vprim_vec_text_addz_(c->vec, &c->vec->error, "expected ");
	vprim_vec_text_addz_(c->vec, &c->vec->error, expected);
	return VPRIM_VEC_SCRIPT;
}

/*
 * The tree of names, after PATRICIA: a fork names the first bit in which the names
 * of its two sides differ, and forks below name later bits. Looking up costs no
 * more steps than the name has bits, whatever a script calls its objects.
 */
static unsigned int bit_of(struct vprim_vec_str name, size_t bit)
{
	unsigned int ch = bit / 8 < name.len ? (uint8_t)name.p[bit / 8] : 0;

	return ch >> (7 - bit % 8) & 1;
}

/* Where the only object stands that can have this name. */
static struct branch *descend(struct vprim_vec *vec, struct vprim_vec_str name,
			      struct branch **parent)
{
	struct branch *b = &vec->names;

	for (*parent = NULL; b->fork;
	     b = &b->fork->side[bit_of(name, b->fork->bit)])
		*parent = b;
	return b;
}

static struct vprim_vec_str name_of(const struct object *o)
{
	struct vprim_vec_str name = { o->name, o->name_len };

	return name;
}

static struct object *find(struct vprim_vec *vec, struct vprim_vec_str name)
{
	struct branch *parent;
	struct object *o = descend(vec, name, &parent)->object;

	return o && vprim_vec_same_(name_of(o), name) ? o : NULL;
}

/* The name is not in the tree. */
static void add_name(struct vprim_vec *vec, struct object *o)
{
	struct vprim_vec_str name = name_of(o);
	struct branch *parent, *b = descend(vec, name, &parent);
	struct fork *f = o->fork;

	f->owner = o;
	if (!b->object) {
		b->object = o;
		return;
	}
	/* Whole bytes first, then the bits of the one that differs. */
	f->bit = 0;
	while (f->bit / 8 < name.len && f->bit / 8 < b->object->name_len &&
	       name.p[f->bit / 8] == b->object->name[f->bit / 8])
		f->bit += 8;
	while (bit_of(name, f->bit) == bit_of(name_of(b->object), f->bit))
		f->bit++;
	for (b = &vec->names; b->fork && b->fork->bit < f->bit;)
		b = &b->fork->side[bit_of(name, b->fork->bit)];
	f->side[bit_of(name, f->bit)].object = o;
	f->side[!bit_of(name, f->bit)] = *b;
	b->fork = f;
	b->object = NULL;
}

/* The fork that goes may be another object's, which then takes over this one's. */
static void remove_name(struct vprim_vec *vec, struct object *o)
{
	struct branch *parent, *b = descend(vec, name_of(o), &parent);
	struct fork *f;

	if (!parent) {
		b->object = NULL;
		return;
	}
	f = parent->fork;
	*parent = f->side[b == &f->side[0]];
	f->owner->fork = o->fork;
	o->fork->owner = f->owner;
	o->fork = f;
}

void *vprim_vec_object(struct vprim_vec_call *c, struct vprim_vec_str name,
		       const struct vprim_vec_kind *kind)
{
	struct object *o = find(c->vec, name);

	return o && o->kind == kind ? o->state : NULL;
}

static void *failing_alloc(void *ctx, size_t size_bytes)
{
	struct vprim_vec_failing *f = ctx;

	if (f->countdown && !--f->countdown)
		return NULL;
	return counted_alloc(f->ctx, size_bytes);
}

static void failing_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct vprim_vec_failing *f = ctx;

	counted_free(f->ctx, ptr, size_bytes);
}

const struct vprim_alloc_ops vprim_vec_failing_ops = { failing_alloc,
						       failing_free };

void vprim_vec_failing_init(struct vprim_vec_failing *f,
			    struct vprim_vec_call *c, uint64_t nth)
{
	f->ops = &vprim_vec_counted_ops_;
	f->ctx = c->vec;
	f->countdown = nth;
}

int vprim_vec_backend_(struct vprim_vec_call *c, const char *name)
{
	static const int answers[] = { 0, -EFAULT, -ENOMEM };
	uint64_t which = vprim_vec_number(c, name, VPRIM_ARRAY_LEN(answers) - 1);

	return answers[which];
}

void vprim_vec_mistake_(struct vprim_vec *vec, const char *what)
{
	if (!vec->mistaken)
		vprim_vec_script_error(&vec->call, what);
	vec->mistaken = true;
}

static void free_object(struct vprim_vec *vec, struct object *o)
{
	free_blocks(vec, &o->kept);
	if (o->state)
		counted_free(vec, o->state, o->kind->size);
	if (o->fork)
		counted_free(vec, o->fork, sizeof(*o->fork));
	counted_free(vec, o, sizeof(*o) + o->name_len);
}

static void destroy(struct vprim_vec *vec, struct object *o)
{
	remove_name(vec, o);
	*(o->newer ? &o->newer->older : &vec->newest) = o->older;
	if (o->older)
		o->older->newer = o->newer;
	vec->objects--;
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
	free_blocks(vec, &vec->scratch);
	vprim_vec_text_fini_(vec, &vec->keys);
	vprim_vec_text_fini_(vec, &vec->error);
	vec->ops->free(vec->ctx, vec, sizeof(*vec));
}

static const struct vprim_vec_kind *find_kind(struct vprim_vec_str name)
{
	size_t i, k;

	for (i = 0; i < VPRIM_ARRAY_LEN(modules); i++)
		for (k = 0; k < modules[i]->nr_kinds; k++)
			if (vprim_vec_is(name, modules[i]->kinds[k].name))
				return &modules[i]->kinds[k];
	return NULL;
}

static const struct vprim_vec_verb *find_verb(const struct vprim_vec_verb *v,
					      size_t n, struct vprim_vec_str name)
{
	for (; n; n--, v++)
		if (vprim_vec_is(name, v->name))
			return v;
	return NULL;
}

const struct vprim_vec_module *vprim_vec_module_at_(size_t i)
{
	return i < VPRIM_ARRAY_LEN(modules) ? modules[i] : NULL;
}

static const struct vprim_vec_module *find_module(struct vprim_vec_str name)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(modules); i++)
		if (vprim_vec_is(name, modules[i]->name))
			return modules[i];
	return NULL;
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
	struct object *o = counted_alloc(vec, sizeof(*o) + name.len);

	if (!o)
		return NULL;
	memset(o, 0, sizeof(*o));
	o->kind = kind;
	o->name_len = name.len;
	memcpy(o->name, name.p, name.len);
	o->fork = counted_alloc(vec, sizeof(*o->fork));
	o->state = counted_alloc(vec, kind->size);
	if (!o->fork || !o->state) {
		free_object(vec, o);
		return NULL;
	}
	memset(o->fork, 0, sizeof(*o->fork));
	memset(o->state, 0, kind->size);
	return o;
}

static void enlist(struct vprim_vec *vec, struct object *o)
{
	add_name(vec, o);
	o->older = vec->newest;
	if (o->older)
		o->older->newer = o;
	vec->newest = o;
	vec->objects++;
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
		return vprim_vec_bad_(vec, "a kind of object after new, not '", word, NULL);
	word.len = 0;
	vprim_vec_word_(&rest, &word);
	if (!is_name(word) || find_module(word))
		return vprim_vec_bad_(vec, "a name for the object, not '", word, NULL);
	if (find(vec, word))
		return vprim_vec_bad_(vec, "a name that is not taken, not '", word, NULL);
	ret = vprim_vec_args_(vec, kind->params, rest);
	if (ret)
		return ret;
	if (vec->objects >= vec->limits.objects) {
		vprim_vec_over_(vec, vec->limits.objects, " objects");
		return VPRIM_VEC_SCRIPT;
	}
	o = make_object(vec, kind, word);
	if (!o)
		return vprim_vec_script_error(&vec->call, "more memory");
	vec->object = o;
	vec->call.obj = o->state;
	ret = kind->init ? kind->init(&vec->call) : 0;
	if (ret || vec->mistaken)
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
		return vprim_vec_bad_(vec, "the name of one object after free, not '", word, NULL);
	destroy(vec, o);
	return 0;
}

static int do_reset(struct vprim_vec *vec, struct vprim_vec_str rest)
{
	rest = vprim_vec_trim_(rest);
	if (rest.len)
		return vprim_vec_bad_(vec, "nothing after reset, not '", rest, NULL);
	vprim_vec_reset(vec);
	return 0;
}

static int do_verb(struct vprim_vec *vec, struct vprim_vec_str word,
		   struct vprim_vec_str rest)
{
	struct vprim_vec_str verb = word, owner;
	const struct vprim_vec_verb *v = NULL;
	const struct vprim_vec_module *module;
	struct object *o;
	int ret;

	vprim_vec_next(&verb, '.', &owner);
	o = find(vec, owner);
	module = find_module(owner);
	if (o)
		v = find_verb(o->kind->verbs, o->kind->nr_verbs, verb);
	else if (module)
		v = find_verb(module->verbs, module->nr_verbs, verb);
	else
		return vprim_vec_bad_(vec, "a module or an object, not '", owner, NULL);
	if (!v)
		return vprim_vec_bad_(vec, o ? "a verb of the object, not '" :
					"a verb of the module, not '", word, NULL);
	ret = vprim_vec_args_(vec, v->params, rest);
	if (ret)
		return ret;
	vec->object = o;
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

/*
 * A limit was met. Memory that an object wanted is the object's to answer for,
 * with a key that says whose limit it was; all else ends the line.
 */
static int over_limit(struct vprim_vec *vec, int ret)
{
	if (!vec->over_line && ret <= 0 && !vec->keys.failed) {
		if (ret == -ENOMEM)
			vprim_vec_out_word(&vec->call, "limit", "memory");
		return ret;
	}
	vprim_vec_script_error(&vec->call, "no more than ");
	vprim_vec_text_number_(vec, &vec->error, vec->most, 10);
	vprim_vec_text_addz_(vec, &vec->error, vec->over);
	return VPRIM_VEC_SCRIPT;
}

/* The status goes right before the keys, where bytes were left for it. */
static int compose(struct vprim_vec *vec, int ret, struct vprim_vec_str *answer)
{
	const char *status = ret ? vprim_vec_errno_name(-ret) : "ok";
	size_t len = 0;

	if (vec->keys.failed)
		return vprim_vec_script_error(&vec->call, "more memory");
	while (status[len])
		len++;
	answer->p = vec->keys.p + STATUS_BYTES - len;
	answer->len = vec->keys.len - STATUS_BYTES + len;
	memcpy(vec->keys.p + STATUS_BYTES - len, status, len);
	return 0;
}

static void begin(struct vprim_vec *vec)
{
	static const char status[STATUS_BYTES];

	vec->keys.len = 0;
	vec->keys.failed = false;
	vec->error.len = 0;
	vec->error.failed = false;
	memset(&vec->call.why, 0, sizeof(vec->call.why));
	vec->mistaken = false;
	vec->over = NULL;
	vec->over_line = false;
	vec->steps = 0;
	vprim_vec_text_add_(vec, &vec->keys, status, sizeof(status));
}

void vprim_vec_line(struct vprim_vec *vec, const char *line, size_t len,
		    struct vprim_vec_result *r)
{
	int ret;

	memset(r, 0, sizeof(*r));
	begin(vec);
	ret = split(vec, line, len, r);
	if (!ret && !r->command.len)
		return;
	if (!ret)
		ret = execute(vec, r->command);
	free_blocks(vec, &vec->scratch);
	if (ret < 0)
		vprim_vec_out_why_(&vec->call, &vec->call.why);
	if (vec->mistaken)
		ret = VPRIM_VEC_SCRIPT;
	else if (vec->over)
		ret = over_limit(vec, ret);
	if (ret <= 0)
		ret = compose(vec, ret, &r->answer);
	if (ret) {
		r->verdict = VPRIM_VEC_ERROR;
		r->error.p = vec->error.failed ? "expected more memory" :
						 vec->error.p;
		r->error.len = vec->error.failed ? 20 : vec->error.len;
		return;
	}
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
	const struct vprim_vec_module *r;
	const struct vprim_vec_kind *k;
	size_t i, j, v;

	for (i = 0; i < VPRIM_ARRAY_LEN(modules); i++) {
		r = modules[i];
		for (v = 0; v < r->nr_verbs; v++)
			fn(ctx, r->name, r->verbs[v].name, r->verbs[v].params, false);
		for (j = 0; j < r->nr_kinds; j++) {
			k = &r->kinds[j];
			fn(ctx, "new", k->name, k->params, true);
			for (v = 0; v < k->nr_verbs; v++)
				fn(ctx, k->name, k->verbs[v].name,
				   k->verbs[v].params, true);
		}
	}
}
