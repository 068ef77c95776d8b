/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vec_module.h
 * @brief What a module writes to take part in the vector language.
 *
 * A module's file `libvirtprim/vec/vec_<module>.c` defines one table,
 * `vprim_vec_module_<module>`, of pure verbs (`module.verb …`) and of kinds of object
 * (`new KIND NAME …`, then `NAME.verb …`). Naming the file in `sources.mk`
 * registers it.
 *
 * A pattern says what a verb takes, and the interpreter checks all of it before the
 * verb runs: a verb sees well-formed values of the width it asked for only.
 *
 *     "range:range value=u64? dir=up|down? page=u32!?0x1000 prot=set(r:1|w:2|rw:3)?rw"
 *
 * `NAME:TYPE` is a value by position, `NAME=TYPE` one by key. `?` makes it
 * optional; what follows it is the value where none is given, else 0. The verb
 * fetches a value by its name.
 *
 * | type  | value |
 * |-------|-------|
 * | u64, u32, u16, u8, bit | decimal or 0x…, of that width |
 * | 1..64 | a number within |
 * | TYPE! | of a number: one that is too large answers -EINVAL and is no script error |
 * | s64   | a number or -decimal, 63 bits and a sign |
 * | range | START..LAST; start may be above last: the verb answers that |
 * | list  | ranges joined by commas, or none |
 * | pairs | A:B, numbers, joined by commas, or none |
 * | hex   | hex:BYTES |
 * | linux | 6.12 or newest, as VPRIM_LINUX() |
 * | a\|b:5\|u8 | one of the words, read as its place or the number behind it; or a number, or linux |
 * | set(a\|b:5) | such words joined by + , or \|, read as a mask: bit 0, 5… |
 * | word  | any text without blanks; the verb checks it |
 *
 * Answers are written in the same manner: vprim_vec_out_values().
 */
#ifndef VIRTPRIM_VEC_MODULE_H
#define VIRTPRIM_VEC_MODULE_H
#include <virtprim/range.h>
#include <virtprim/reason.h>
#include <virtprim/vec.h>
VPRIM_BEGIN_DECLS

/** Most parameters of one verb. */
#define VPRIM_VEC_ARGS 24

/** What a verb returns after vprim_vec_script_error(). */
#define VPRIM_VEC_SCRIPT 1

/** @brief Two numbers written A:B. */
struct vprim_vec_pair {
	uint64_t a;	/**< The first. */
	uint64_t b;	/**< The second. */
};

/** @brief One value of a command. */
struct vprim_vec_arg {
	struct vprim_vec_str name;	/**< From the pattern. */
	bool present;			/**< It was given. */
	uint64_t u64;			/**< For numbers, words and sets. */
	int64_t s64;			/**< For s64. */
	struct vprim_range range;	/**< For range. */
	struct vprim_range *ranges;	/**< For list: @c n of them, never NULL. */
	struct vprim_vec_pair *pairs;	/**< For pairs: @c n of them, never NULL. */
	uint8_t *bytes;			/**< For hex: @c n of them, never NULL. */
	size_t n;			/**< How many. */
	struct vprim_vec_str str;	/**< The text as written, for every type. */
};

/** @brief One command at work: its values, its object, its answer. */
struct vprim_vec_call {
	struct vprim_vec *vec;				/**< The interpreter. */
	void *obj;					/**< The object, or NULL. */
	struct vprim_vec_arg arg[VPRIM_VEC_ARGS];	/**< In the pattern's order. */
	struct vprim_reason why;			/**< A refusal: printed as why= and hit= with an error. */
};

/**
 * A verb: 0 answers ok, -errno answers that name, VPRIM_VEC_SCRIPT is a script
 * error. Output keys may be added for any answer.
 */
typedef int (*vprim_vec_fn)(struct vprim_vec_call *c);

/** @brief A verb and what it takes. */
struct vprim_vec_verb {
	const char *name;	/**< The word after the dot. */
	const char *params;	/**< Its pattern; "" when it takes nothing. */
	vprim_vec_fn fn;	/**< What it does. */
};

/** @brief A kind of object. */
struct vprim_vec_kind {
	const char *name;			/**< The word after `new`. */
	const char *params;			/**< The pattern of `new`, after NAME. */
	size_t size;				/**< Bytes of an object; handed out zeroed. */
	vprim_vec_fn init;			/**< Fills c->obj, or NULL; after an error fini is not called. */
	void (*fini)(void *obj);		/**< Retires it; may be NULL. */
	const struct vprim_vec_verb *verbs;	/**< Its verbs. */
	size_t nr_verbs;			/**< How many. */
};

/** @brief What a module adds to the language. */
struct vprim_vec_module {
	const char *name;			/**< Prefix of the pure verbs. */
	const struct vprim_vec_verb *verbs;	/**< Pure verbs. */
	size_t nr_verbs;			/**< How many. */
	const struct vprim_vec_kind *kinds;	/**< Kinds. */
	size_t nr_kinds;			/**< How many. */
	const struct vprim_rules *rules;	/**< Why it refuses, or NULL. */
};

/** @cond internal: every module's table, by the list made from sources.mk */
#define VPRIM_VEC_MODULE(name) vprim_vec_module_##name
extern const struct vprim_vec_module
#include <virtprim/vec_modules.h>
;
#undef VPRIM_VEC_MODULE
/** @endcond */

/** @name Answers
 * Keys come in the order of the calls. Addresses, masks and MSRs go out in hex,
 * counts and times in decimal. Running out of memory is remembered and ends the
 * line as a script error; those that return a number return 0, the answer ok.
 * @{ */
/**
 * @brief Add keys by a pattern, such as "size=u start=x prot=none|r|w|rw".
 *
 * u is decimal, s decimal and signed, x hexadecimal, r a range (two values), bits
 * the numbers of the bits that are set, a|b the word at that place, set(a|b) the
 * words of the bits that are set. A place beyond the words prints as a number.
 *
 * @param[in] c        The call.
 * @param[in] pattern  The keys.
 * @param[in] values   One for each key, two for a range.
 * @param[in] n        How many.
 */
int vprim_vec_out_values(struct vprim_vec_call *c, const char *pattern,
			 const uint64_t *values, size_t n);
/** @brief Add `key=word`; @p word may be NULL, which is `none`. */
int vprim_vec_out_word(struct vprim_vec_call *c, const char *key,
		       const char *word);
/** @brief Add `key=hex:…`. */
int vprim_vec_out_bytes(struct vprim_vec_call *c, const char *key,
			const void *bytes, size_t len);
/** @brief Add `key=range,range`; none for no range. */
int vprim_vec_out_ranges(struct vprim_vec_call *c, const char *key,
			 const struct vprim_range *ranges, size_t n);
/** @brief Begin `key=item,item`; vprim_vec_list_end() must follow. */
void vprim_vec_list_begin(struct vprim_vec_call *c, const char *key);
/** @brief Add a decimal item. */
void vprim_vec_list_dec(struct vprim_vec_call *c, uint64_t v);
/** @brief Add a range item; @p tag (such as "hole:") goes before it, or NULL. */
void vprim_vec_list_range(struct vprim_vec_call *c, const char *tag,
			  const struct vprim_range *r);
/** @brief Add a word item. */
void vprim_vec_list_word(struct vprim_vec_call *c, const char *word);
/** @brief Add an item of a decimal, @p sep, and another number: "3@0x40", "1:2". */
void vprim_vec_list_pair(struct vprim_vec_call *c, uint64_t dec,
			 const char *sep, uint64_t v, unsigned int base);
/** @brief End the list; an empty one reads `none`. */
int vprim_vec_list_end(struct vprim_vec_call *c);
/** @} */

/** @name Values
 * @{ */
/** @brief Whether @p s is exactly @p word. */
bool vprim_vec_is(struct vprim_vec_str s, const char *word);
/** @brief Read a whole number; false when @p s is anything else. */
bool vprim_vec_u64(struct vprim_vec_str s, uint64_t *v);
/** @brief Read START..LAST; false when @p s is anything else. */
bool vprim_vec_range(struct vprim_vec_str s, struct vprim_range *r);
/**
 * @brief Cut the next piece off @p rest, up to @p sep or the end.
 * @return false when nothing was left. "a,,b" gives an empty piece between.
 */
bool vprim_vec_next(struct vprim_vec_str *rest, char sep,
		    struct vprim_vec_str *item);
/** @brief Read MAJOR.MINOR or newest; false when @p s is anything else. */
bool vprim_vec_linux(struct vprim_vec_str s, uint64_t *v);
/** @brief The argument @p name of the verb's pattern. */
const struct vprim_vec_arg *vprim_vec_arg(struct vprim_vec_call *c,
					  const char *name);
/** @brief Its number, which the pattern keeps to @p most at most. */
uint64_t vprim_vec_number(struct vprim_vec_call *c, const char *name,
			  uint64_t most);
/** @brief Zeroed memory that lives as long as the call; NULL is a script error. */
void *vprim_vec_scratch(struct vprim_vec_call *c, size_t size);
/** @brief Zeroed memory that lives as long as the object; NULL is a script error. */
void *vprim_vec_keep(struct vprim_vec_call *c, size_t size);
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
/** @} */

VPRIM_END_DECLS

#endif
