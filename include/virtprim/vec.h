/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vec.h
 * @brief The vector language: one line, one call, one answer.
 *
 * The interpreter behind `virtprim run`, the tables in `tests/vectors` and the
 * kernel module's debugfs file. It depends on the other modules; none depends on
 * it, and it is no part of libvirtprim.so. @ref vectors is the language's reference.
 *
 * Freestanding. An interpreter belongs to one thread at a time.
 */
#ifndef VIRTPRIM_VEC_H
#define VIRTPRIM_VEC_H
#include <virtprim/platform.h>
VPRIM_BEGIN_DECLS

/** Longest line, in bytes, without its newline. */
#define VPRIM_VEC_LINE_MAX 65536u

/** @brief A piece of text that no NUL ends. */
struct vprim_vec_str {
	const char *p;	/**< First byte. */
	size_t len;	/**< Bytes. */
};

/** @brief What became of one line. */
enum vprim_vec_verdict {
	VPRIM_VEC_BLANK,	/**< Nothing to do: blank, or only a comment. */
	VPRIM_VEC_DONE,		/**< Executed; no answer was expected. */
	VPRIM_VEC_PASS,		/**< Executed; the answer is as expected. */
	VPRIM_VEC_FAIL,		/**< Executed; the answer differs. */
	VPRIM_VEC_ERROR,	/**< A script error; see @c error. */
};

/**
 * @brief The outcome of one line.
 *
 * The pieces point into the line or into the interpreter, and stay until the
 * next call on it.
 */
struct vprim_vec_result {
	enum vprim_vec_verdict verdict;	/**< What became of it. */
	struct vprim_vec_str command;	/**< The command, trimmed. */
	struct vprim_vec_str answer;	/**< What came, such as "ok last=0x1fff". */
	struct vprim_vec_str expected;	/**< What had to come; empty when nothing had. */
	struct vprim_vec_str error;	/**< For VPRIM_VEC_ERROR: what was expected. */
};

struct vprim_vec;

/**
 * @brief What a script may take.
 *
 * A script is a stranger's. A line that would exceed a limit is a script error
 * that names it; only the memory that an object of the library asks for itself is
 * refused to it instead, and the answer is its -ENOMEM with limit=memory.
 */
struct vprim_vec_limits {
	uint64_t memory_bytes;	/**< Out at once, for objects, lines and answers. */
	uint64_t objects;	/**< Alive at once. */
	uint64_t steps;		/**< Of a line: rounds of loops over what it names. */
	uint64_t answer_bytes;	/**< Of a line's answer. */
};

/**
 * @brief Make an interpreter with no objects.
 *
 * Its limits are 1 GiB of memory, 1,048,576 objects, 16,777,216 steps a line and
 * answers of 64 MiB.
 *
 * @param[in] ops  Memory for the interpreter and for the script's objects.
 * @param[in] ctx  Handed to @p ops.
 * @return The interpreter, or NULL when memory ran out. Retire it with
 *         vprim_vec_fini().
 */
struct vprim_vec *vprim_vec_init(const struct vprim_alloc_ops *ops, void *ctx);

/** @brief Set other limits; what is already out stays. */
void vprim_vec_set_limits(struct vprim_vec *vec,
			  const struct vprim_vec_limits *limits);

/**
 * @brief Set whose rules a line follows that says no `linux=`; the newest at first.
 *
 * An older word that stands for a release, where a line says one, comes before it.
 *
 * @param[in,out] vec      An interpreter.
 * @param[in]     release  VPRIM_LINUX() or VPRIM_LINUX_NEWEST.
 */
void vprim_vec_set_release(struct vprim_vec *vec, uint32_t release);

/** @brief Destroy all objects of @p vec and give back all its memory; NULL is fine. */
void vprim_vec_fini(struct vprim_vec *vec);

/** @brief Destroy all objects, newest first, as the line `reset` does. */
void vprim_vec_reset(struct vprim_vec *vec);

/**
 * @brief Execute one line.
 *
 * A script error changes nothing but objects that an earlier part of the same
 * call had to touch: words, keys and values are all checked before a verb runs.
 *
 * @param[in]  vec     The interpreter.
 * @param[in]  line    The line, without its newline; any bytes.
 * @param[in]  len     Bytes of @p line.
 * @param[out] result  The outcome; always written.
 */
void vprim_vec_line(struct vprim_vec *vec, const char *line, size_t len,
		    struct vprim_vec_result *result);

/** @brief An errno as the language writes it: 22 is "-EINVAL"; "-E?" for a stranger. */
const char *vprim_vec_errno_name(int err);

/**
 * @brief Visit the verbs that the interpreter knows.
 *
 * @param[in] fn   Called with the module or the kind, the verb, the parameter
 *                 pattern, and whether it acts on an object. For `new KIND` the
 *                 owner is "new".
 * @param[in] ctx  Handed to @p fn.
 */
void vprim_vec_each_verb(void (*fn)(void *ctx, const char *owner,
				    const char *verb, const char *params,
				    bool on_object),
			 void *ctx);

VPRIM_END_DECLS

#endif
