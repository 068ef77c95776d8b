/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vec_room.h
 * @brief What a room writes to take part in the vector language.
 *
 * A room's file `libvirtprim/vec/vec_<room>.c` defines one table,
 * `vprim_vec_room_<room>`, of pure verbs (`room.verb …`) and of kinds of object
 * (`new KIND NAME …`, then `NAME.verb …`). Naming the file in `sources.mk`
 * registers it.
 *
 * A pattern says what a verb takes, in the order of vprim_vec_call::arg:
 *
 *     "range:range value=u64? dir=word?"
 *
 * `NAME:TYPE` is a value by position, `NAME=TYPE` one by key; `?` makes it
 * optional. The interpreter checks all of them before the verb runs, so that a
 * verb sees well-formed values only.
 *
 * | type  | value | read it from |
 * |-------|-------|--------------|
 * | u64   | decimal or 0x…, 64 bits | arg.u64 |
 * | s64   | the same or -decimal, 63 bits and a sign | arg.s64 |
 * | bit   | 0 or 1 | arg.u64 |
 * | range | START..LAST; start may be above last: the verb answers that | arg.range |
 * | list  | ranges joined by commas, or none | vprim_vec_next_range(), vprim_vec_ranges() |
 * | hex   | hex:BYTES | vprim_vec_bytes() |
 * | word  | any text without blanks; the verb checks it | arg.str |
 */
#ifndef VIRTPRIM_VEC_ROOM_H
#define VIRTPRIM_VEC_ROOM_H
#include <virtprim/range.h>
#include <virtprim/vec.h>
VPRIM_BEGIN_DECLS

/** Most parameters of one verb. */
#define VPRIM_VEC_ARGS 24

/** What a verb returns after vprim_vec_script_error(). */
#define VPRIM_VEC_SCRIPT 1

/** @brief One value of a command. */
struct vprim_vec_arg {
	bool present;			/**< It was given. */
	uint64_t u64;			/**< For u64 and bit. */
	int64_t s64;			/**< For s64. */
	struct vprim_range range;	/**< For range. */
	struct vprim_vec_str str;	/**< The text as written, for every type. */
};

/** @brief The number of @p arg, or @p other when it was not given. */
static inline uint64_t vprim_vec_u64_or(const struct vprim_vec_arg *arg,
					uint64_t other)
{
	return arg->present ? arg->u64 : other;
}

/** @brief One command at work: its values, its object, its answer. */
struct vprim_vec_call {
	struct vprim_vec *vec;				/**< The interpreter. */
	void *obj;					/**< The object, or NULL. */
	struct vprim_vec_arg arg[VPRIM_VEC_ARGS];	/**< In the pattern's order. */
};

/**
 * A verb: 0 answers ok, -errno answers that name, VPRIM_VEC_SCRIPT is a script
 * error. Output keys may be added for any answer.
 */
typedef int (*vprim_vec_fn)(struct vprim_vec_call *c);

/** @brief A verb and what it takes. */
struct vprim_vec_verb {
	const char *name;	/**< The word after the dot; NULL ends a table. */
	const char *params;	/**< Its pattern; "" when it takes nothing. */
	vprim_vec_fn fn;	/**< What it does. */
};

/** @brief A kind of object. */
struct vprim_vec_kind {
	const char *name;			/**< The word after `new`; NULL ends a table. */
	const char *params;			/**< The pattern of `new`, after NAME. */
	size_t size;				/**< Bytes of an object; handed out zeroed. */
	vprim_vec_fn init;			/**< Fills c->obj; after an error fini is not called. */
	void (*fini)(void *obj);		/**< Retires it; may be NULL. */
	const struct vprim_vec_verb *verbs;	/**< Its verbs. */
};

/** @brief What a room adds to the language. */
struct vprim_vec_room {
	const char *name;			/**< Prefix of the pure verbs. */
	const struct vprim_vec_verb *verbs;	/**< Pure verbs, or NULL. */
	const struct vprim_vec_kind *kinds;	/**< Kinds, or NULL. */
	const struct vprim_rules *(*rules)(void); /**< Why it refuses, or NULL. */
};

/** @cond internal: every room's table, by the list made from sources.mk */
#define VPRIM_VEC_ROOM(name) extern const struct vprim_vec_room vprim_vec_room_##name;
#include <virtprim/vec_rooms.h>
#undef VPRIM_VEC_ROOM
/** @endcond */

/** @name Answers
 * Keys come in the order of the calls. Addresses, masks and MSRs go out in hex,
 * counts and times in decimal. Running out of memory is remembered and ends the
 * line as a script error, so these return nothing.
 * @{ */
/** @brief Add `key=decimal`. */
void vprim_vec_out_dec(struct vprim_vec_call *c, const char *key, uint64_t v);
/** @brief Add `key=decimal`, signed. */
void vprim_vec_out_sdec(struct vprim_vec_call *c, const char *key, int64_t v);
/** @brief Add `key=0x…`. */
void vprim_vec_out_hex(struct vprim_vec_call *c, const char *key, uint64_t v);
/** @brief Add `key=0x…..0x…`. */
void vprim_vec_out_range(struct vprim_vec_call *c, const char *key,
			 const struct vprim_range *r);
/** @brief Add `key=word`. */
void vprim_vec_out_word(struct vprim_vec_call *c, const char *key,
			const char *word);
/** @brief Add `key=hex:…`. */
void vprim_vec_out_bytes(struct vprim_vec_call *c, const char *key,
			 const void *bytes, size_t len);
/** @brief Begin `key=item,item`; vprim_vec_list_end() must follow. */
void vprim_vec_list_begin(struct vprim_vec_call *c, const char *key);
/** @brief Add a decimal item. */
void vprim_vec_list_dec(struct vprim_vec_call *c, uint64_t v);
/** @brief Add a hexadecimal item. */
void vprim_vec_list_hex(struct vprim_vec_call *c, uint64_t v);
/** @brief Add a range item; @p tag (such as "hole:") goes before it, or NULL. */
void vprim_vec_list_range(struct vprim_vec_call *c, const char *tag,
			  const struct vprim_range *r);
/** @brief Add a word item. */
void vprim_vec_list_word(struct vprim_vec_call *c, const char *word);
/** @brief Add an item `A@B` style: a decimal, @p sep, and a hexadecimal. */
void vprim_vec_list_dec_hex(struct vprim_vec_call *c, uint64_t dec,
			    const char *sep, uint64_t hex);
/** @brief End the list; an empty one reads `none`. */
void vprim_vec_list_end(struct vprim_vec_call *c);
/** @} */

/** @name Values
 * @{ */
/** @brief Whether @p s is exactly @p word. */
bool vprim_vec_is(struct vprim_vec_str s, const char *word);
/** @brief Read a whole number; false when @p s is anything else. */
bool vprim_vec_u64(struct vprim_vec_str s, uint64_t *v);
/** @brief Read MAJOR.MINOR or newest; false when @p s is anything else. */
bool vprim_vec_linux(struct vprim_vec_str s, uint64_t *v);
/** @brief Read START..LAST; false when @p s is anything else. */
bool vprim_vec_range(struct vprim_vec_str s, struct vprim_range *r);
/**
 * @brief Cut the next piece off @p rest, up to @p sep or the end.
 * @return false when nothing was left. "a,,b" gives an empty piece between.
 */
bool vprim_vec_next(struct vprim_vec_str *rest, char sep,
		    struct vprim_vec_str *item);
/** @brief Cut the next range off a list; false at its end, at once for `none`. */
bool vprim_vec_next_range(struct vprim_vec_str *rest, struct vprim_range *r);
/**
 * @brief All ranges of list argument @p i, in memory that lives as long as the call.
 * @return 0 with @p ranges (not NULL) and @p n, or VPRIM_VEC_SCRIPT.
 */
int vprim_vec_ranges(struct vprim_vec_call *c, unsigned int i,
		     struct vprim_range **ranges, size_t *n);
/**
 * @brief The bytes of hex argument @p i, in memory that lives as long as the call.
 * @return 0 with @p bytes (not NULL) and @p len, or VPRIM_VEC_SCRIPT.
 */
int vprim_vec_bytes(struct vprim_vec_call *c, unsigned int i,
		    uint8_t **bytes, size_t *len);
/** @brief Zeroed memory that lives as long as the call, or NULL. */
void *vprim_vec_scratch(struct vprim_vec_call *c, size_t size);
/**
 * @brief Count @p n rounds of a loop that a script's number drives.
 * @return false when the line has met a limit: the loop ends, and whatever the
 *         verb then returns is a script error.
 */
bool vprim_vec_steps(struct vprim_vec_call *c, uint64_t n);
/**
 * @brief End the line as a script error.
 * @param[in] c         The call.
 * @param[in] expected  What would have been right, such as "dir=up or dir=down".
 * @return VPRIM_VEC_SCRIPT, to be returned by the verb.
 */
int vprim_vec_script_error(struct vprim_vec_call *c, const char *expected);
/** @} */

/** @name Objects and memory
 * @{ */
/** @brief The object @p name when it is of @p kind, else NULL. */
void *vprim_vec_object(struct vprim_vec_call *c, struct vprim_vec_str name,
		       const struct vprim_vec_kind *kind);
/**
 * @brief In a kind's init: as vprim_vec_object(), and keep it from being freed
 *        before the new object is. One hold an object.
 */
void *vprim_vec_hold(struct vprim_vec_call *c, struct vprim_vec_str name,
		     const struct vprim_vec_kind *kind);
/** @brief The interpreter's allocator and its context. */
const struct vprim_alloc_ops *vprim_vec_alloc(struct vprim_vec_call *c,
					      void **ctx);

/** @brief An allocator that fails once, for `fail_alloc=N`; embed it in an object. */
struct vprim_vec_failing {
	const struct vprim_alloc_ops *ops;	/**< The real one. */
	void *ctx;				/**< Its context. */
	uint64_t countdown;			/**< Which request fails; 0 none. */
};
/** Operations of the failing allocator; their context is the struct. */
extern const struct vprim_alloc_ops vprim_vec_failing_ops;
/** @brief Prepare @p f so that request number @p nth fails; 0 for never. */
void vprim_vec_failing_init(struct vprim_vec_failing *f,
			    struct vprim_vec_call *c, uint64_t nth);
/** @brief Zeroed memory of the real allocator, or NULL. */
void *vprim_vec_failing_take(struct vprim_vec_failing *f, size_t size_bytes);
/** @brief Give it back. */
void vprim_vec_failing_give(struct vprim_vec_failing *f, void *ptr,
			    size_t size_bytes);
/** @} */

VPRIM_END_DECLS

#endif
