/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the interpreter share: the short words in which verbs fetch
 * values and give answers, lists of a script's own things, growing text, and the
 * interpreter itself.
 */
#ifndef VEC_INTERNAL_H
#define VEC_INTERNAL_H
#include <virtprim/interval_tree.h>
#include <virtprim/iova_windows.h>
#include <virtprim/vec_module.h>

/* The values of the call @c, by the names in the verb's pattern. */
#define ARG(name) vprim_vec_arg(c, name)
#define HAS(name) (ARG(name)->present)
#define U64(name) vprim_vec_number(c, name, UINT64_MAX)
#define U32(name) ((uint32_t)vprim_vec_number(c, name, UINT32_MAX))
#define U16(name) ((uint16_t)vprim_vec_number(c, name, UINT16_MAX))
#define U8(name) ((uint8_t)vprim_vec_number(c, name, UINT8_MAX))
#define IS(name) (vprim_vec_number(c, name, 1) != 0)
#define CHOICE(name) ((unsigned int)vprim_vec_number(c, name, UINT32_MAX))
#define S64(name) (ARG(name)->s64)
#define RANGE(name) (&ARG(name)->range)
#define U64_OR(name, other) (HAS(name) ? U64(name) : (other))
#define U32_OR(name, other) (HAS(name) ? U32(name) : (other))
#define BIT_OR(name, other) (HAS(name) ? IS(name) : (other))
/* A count, which a script may say larger than there can be. */
#define SIZE(name) ((size_t)(U64(name) > SIZE_MAX ? SIZE_MAX : U64(name)))
#define RANGES(name) ((struct vprim_ranges){ ARG(name)->ranges, ARG(name)->n })
/* The one address @name, as a range. */
#define AT(name) (&(struct vprim_range){ U64(name), U64(name) })
/* linux=, or the word @older that stands for a release and is older. */
#define RELEASE_OR(older)						\
	(HAS("linux") || (c->vec->has_release && !HAS(older)) ? U32("linux") : U32(older))

/* The object of the call, where it is needed once or twice. */
#define OBJ(type) ((struct type *)c->obj)

/*
 * A verb that is one expression, one that does a thing which cannot fail, and one that
 * asks for a result and answers unless it is refused:
 *
 *	VERB(count, OUT("count=u", vprim_iova_map_count(c->obj)))
 *	VERB_DOES(clear, vprim_iova_map_clear(c->obj))
 *	VERB_ASKS(size, uint64_t bytes, vprim_range_size(RANGE("range"), &bytes),
 *		OUT("size=u", bytes))
 */
#define VERB(name, ...)							\
	static int name(struct vprim_vec_call *c)			\
	{								\
		return __VA_ARGS__;					\
	}
#define VERB_DOES(name, ...)						\
	static int name(struct vprim_vec_call *c)			\
	{								\
		__VA_ARGS__;						\
		return 0;						\
	}
#define VERB_ASKS(name, result, call, ...)				\
	static int name(struct vprim_vec_call *c)			\
	{								\
		result;							\
		int ret = call;						\
									\
		return ret ? ret : __VA_ARGS__;				\
	}

/* Keys of the answer; 0. OUT("size=u at=x", size, at) */
#define OUT(pattern, ...)						\
	vprim_vec_out_values(c, pattern, (const uint64_t[]){ __VA_ARGS__ }, \
		sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
#define OUT_S64(v) ((uint64_t)(v))

/* A module's table: VEC_MODULE(vprim_vec_module_x, "x", VERBS(verbs), KINDS(kinds)); the
 * name stands whole, because a vendored tree finds names that get a prefix so. */
#define VERBS(table) .verbs = (table), .nr_verbs = VPRIM_ARRAY_LEN(table)
#define KINDS(table) .kinds = (table), .nr_kinds = VPRIM_ARRAY_LEN(table)
#define VEC_MODULE(table, word, ...)						\
	const struct vprim_vec_module table = { .name = (word), __VA_ARGS__ }

/*
 * A script's own things that an object keeps, each with a number by which it is
 * found: an interval, a hold, an importer. The item is a thing's first member.
 */
struct item {
	struct vprim_interval_tree_node node;	/* at the number */
	size_t size;
};

struct items {
	struct vprim_interval_tree tree;
	struct vprim_vec *vec;
};

void vprim_vec_items_init_(struct vprim_vec_call *c, struct items *items);
void vprim_vec_items_fini_(struct items *items);
/* The newest thing of that number, and the one of the lowest number from it on. */
void *vprim_vec_item_(const struct items *items, uint64_t id);
void *vprim_vec_item_from_(const struct items *items, uint64_t id);
/* Zeroed, not yet on the list; NULL is a script error. */
void *vprim_vec_item_new_(struct vprim_vec_call *c, size_t size);
/* Add a new one, or free it where the call for it answered an error; that answer. */
int vprim_vec_item_put_(struct items *items, void *thing, uint64_t id, int ret);
void vprim_vec_item_drop_(struct items *items, void *thing);

/* The one that follows it, by numbers and then by age; NULL for none. */
void *vprim_vec_item_next_(struct item *item);

#define FOR_EACH_ITEM(thing, items)					\
	for ((thing) = vprim_vec_item_from_(items, 0); (thing);		\
	     (thing) = vprim_vec_item_next_(&(thing)->item))
#define ITEM_ID(thing) ((thing)->item.node.range.start)

/* Text that grows; once memory ran out it stays failed until cleared. */
struct text {
	char *p;
	size_t len, capacity;
	bool failed;
};

struct object;

/* A side of a fork in the tree of names: a fork, an object, or nothing. */
struct branch {
	struct fork *fork;
	struct object *object;
};

struct fork {
	struct branch side[2];
	struct object *owner;		/* who frees it */
	size_t bit;
};

struct object {
	struct object *older, *newer;	/* by age, for reset */
	struct fork *fork;		/* this object's, not always above it */
	struct block *kept;		/* memory that goes with it */
	const struct vprim_vec_kind *kind;
	void *state;
	size_t name_len;
	char name[];
};

/* Memory that is freed with others: of a call, of an object. */
struct block {
	struct block *next;
	size_t size;
};

/* Bytes before the keys of an answer: the longest errno's name. */
#define STATUS_BYTES 16u

struct vprim_vec {
	const struct vprim_alloc_ops *ops;
	void *ctx;
	struct vprim_vec_limits limits;
	uint32_t release;		/* where linux= is not said */
	bool has_release;
	uint64_t memory;		/* bytes that are out */
	uint64_t objects;
	uint64_t steps;			/* of this line */
	const char *over;		/* of what the line wanted more than @most */
	uint64_t most;
	bool over_line;			/* which ends the line, whoever wanted it */
	struct object *newest;
	struct branch names;
	struct object *object;		/* whose init or verb runs, or NULL */
	struct block *scratch;		/* memory of this line */
	bool mistaken;			/* a verb asked for what its pattern lacks */
	struct text keys;		/* bytes for the status, " key=value…" */
	struct text error;
	bool list_empty;
	struct vprim_vec_call call;
};

/* A line wants more than @most of @what: it ends as a script error. */
void vprim_vec_over_(struct vprim_vec *vec, uint64_t most, const char *what);

/* The interpreter's memory; the context is the interpreter. */
extern const struct vprim_alloc_ops vprim_vec_counted_ops_;

void vprim_vec_text_add_(struct vprim_vec *vec, struct text *t,
			 const char *p, size_t len);
void vprim_vec_text_addz_(struct vprim_vec *vec, struct text *t, const char *s);
void vprim_vec_text_number_(struct vprim_vec *vec, struct text *t, uint64_t v,
			    unsigned int base);
void vprim_vec_text_fini_(struct vprim_vec *vec, struct text *t);
struct vprim_vec_str vprim_vec_text_(const char *s);
bool vprim_vec_hex_(struct vprim_vec_str s, uint8_t *bytes);
bool vprim_vec_choice_(struct vprim_vec_str *type, struct vprim_vec_str *word,
		       uint64_t *value, uint64_t *place);
/* The value of @s as the type a|b:5|u8 reads it; false where it is none of them. */
bool vprim_vec_choose_(struct vprim_vec_str s, struct vprim_vec_str type, uint64_t *v);
/* "expected @what" and @got in quotes, and what is taken where @params is not NULL;
 * @what ends in the opening quote. */
int vprim_vec_bad_(struct vprim_vec *vec, const char *what,
		   struct vprim_vec_str got, const char *params);
bool vprim_vec_in_set_(struct vprim_vec_str *type);
/* A verb and its pattern do not agree: a mistake of the interpreter's. */
void vprim_vec_mistake_(struct vprim_vec *vec, const char *what);
bool vprim_vec_s64_(struct vprim_vec_str s, int64_t *v);
bool vprim_vec_word_(struct vprim_vec_str *rest, struct vprim_vec_str *word);
struct vprim_vec_str vprim_vec_trim_(struct vprim_vec_str s);
bool vprim_vec_key_(struct vprim_vec_str word, struct vprim_vec_str *key,
		    struct vprim_vec_str *value);
bool vprim_vec_same_(struct vprim_vec_str a, struct vprim_vec_str b);
bool vprim_vec_answer_ok_(struct vprim_vec_str expected);
bool vprim_vec_matches_(struct vprim_vec_str expected,
			struct vprim_vec_str answer);
int vprim_vec_args_(struct vprim_vec *vec, const char *params,
		    struct vprim_vec_str rest);

/* More of a list's item: @text and a number behind it. */
void vprim_vec_list_more_(struct vprim_vec_call *c, const char *text, uint64_t v,
			  unsigned int base);

/* What the outside is to answer: argument @name, ok|fault|nomem. */
int vprim_vec_backend_(struct vprim_vec_call *c, const char *name);

/* What modules lend each other: the tree of an itree object, NULL for any other
 * name; why= and hit= of a refusal, printed for every verb that answers with an error; the
 * lists reserved=, of a type, relaxable= and direct= as reserved ranges, only counted
 * where out is NULL. */
struct vprim_interval_tree *vprim_vec_itree_(struct vprim_vec_call *c,
					     struct vprim_vec_str name);
void vprim_vec_out_why_(struct vprim_vec_call *c,
			const struct vprim_reason *reason);
size_t vprim_vec_reserved_(struct vprim_vec_call *c,
			   struct vprim_iova_windows_reserved *out,
			   enum vprim_iova_windows_type type);

/* The modules of the language in turn; NULL after the last. */
const struct vprim_vec_module *vprim_vec_module_at_(size_t i);

#endif
