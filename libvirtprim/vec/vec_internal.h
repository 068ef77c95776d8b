/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the interpreter share: growing text, the interpreter
 * itself, and the comparison of answers.
 */
#ifndef VEC_INTERNAL_H
#define VEC_INTERNAL_H
#include <virtprim/vec_room.h>

/* Text that grows; once memory ran out it stays failed until cleared. */
struct text {
	char *p;
	size_t len, room;
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
	struct object *held;		/* kept alive by this one, or NULL */
	struct fork *fork;		/* this object's, not always above it */
	const struct vprim_vec_kind *kind;
	void *state;
	unsigned int holds;		/* objects that keep this one alive */
	size_t name_len;
	char name[];
};

/* Memory of one call, freed when the line is done. */
struct scratch {
	struct scratch *next;
	size_t size;
};

/* Bytes before the keys of an answer: the longest errno's name. */
#define STATUS_ROOM 16u

/* The limit that a line met. */
enum over { OVER_NOTHING, OVER_MEMORY, OVER_OBJECTS, OVER_STEPS, OVER_ANSWER };

struct vprim_vec {
	const struct vprim_alloc_ops *ops;
	void *ctx;
	struct vprim_vec_limits limits;
	uint64_t memory;		/* bytes that are out */
	uint64_t objects;
	uint64_t steps;			/* of this line */
	enum over over;
	struct object *newest;
	struct branch names;
	struct object *creating;	/* the object whose init runs */
	struct scratch *scratch;
	struct text keys;		/* room for the status, " key=value…" */
	struct text error;
	bool list_empty;
	struct vprim_vec_call call;
};

/* The interpreter's memory; the context is the interpreter. */
extern const struct vprim_alloc_ops vprim_vec_counted_ops_;

void vprim_vec_text_add_(struct vprim_vec *vec, struct text *t,
			 const char *p, size_t len);
void vprim_vec_text_addz_(struct vprim_vec *vec, struct text *t, const char *s);
void vprim_vec_text_number_(struct vprim_vec *vec, struct text *t, uint64_t v,
			    unsigned int base);
void vprim_vec_text_fini_(struct vprim_vec *vec, struct text *t);
bool vprim_vec_s64_(struct vprim_vec_str s, int64_t *v);
bool vprim_vec_blank_(char ch);
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

/* What the outside is to answer: argument i, one of the two that @expected names;
 * 0 when it was not given. */
int vprim_vec_backend_(struct vprim_vec_call *c, unsigned int i,
		       const char *expected, int *answer);

/* What rooms lend each other: the tree of an itree object, NULL for any other
 * name; why= and hit= of a refusal, and the same before its errno is returned; two
 * lists of ranges as reserved ones, only counted where out is NULL. */
struct vprim_interval_tree;
struct vprim_iova_windows_reserved;
struct vprim_reason;
struct vprim_interval_tree *vprim_vec_itree_(struct vprim_vec_call *c,
					     struct vprim_vec_str name);
void vprim_vec_out_why_(struct vprim_vec_call *c,
			const struct vprim_reason *reason);
int vprim_vec_refused_(struct vprim_vec_call *c, int ret,
		       const struct vprim_reason *why);
size_t vprim_vec_reserved_(const struct vprim_vec_arg *hard_then_soft,
			   struct vprim_iova_windows_reserved *out);

/* The modules of the language in turn; NULL after the last. */
const struct vprim_vec_room *vprim_vec_room_at_(size_t i);

#endif
