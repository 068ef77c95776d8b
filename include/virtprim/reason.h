/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file reason.h
 * @brief Why something was refused: the rule, what offended it, what it hit.
 *
 * An errno names a family of mistakes; a user who gets -EINVAL has to guess. A
 * call that takes a @ref vprim_reason fills it on refusal, and
 * vprim_reason_text() makes a sentence of it:
 *
 *     iova 0xfee00000..0xfee00fff hits reserved range 0xfee00000..0xfeefffff
 *
 * On success the reason says that nothing was refused, so that no old sentence
 * can be printed.
 *
 * Each module owns its rules: an enumeration of ids in its header and a table
 * beside its code. This module is the mechanism and knows no other.
 *
 * Pure functions on the caller's memory: no allocation, no locks. Safe in any
 * context.
 */
#ifndef VIRTPRIM_REASON_H
#define VIRTPRIM_REASON_H
#include <virtprim/range.h>
VPRIM_BEGIN_DECLS

/**
 * @brief One rule: a row of a module's table.
 *
 * In the sentence {R} and {H} stand for the range and the hit, {V} and {D} for
 * the value in hex and in decimal, {X} and {A} for the place in hex and in
 * decimal, {N} and {M} for the place and the value in decimal with their name.
 * A piece in [ ] is left out when something it names is not there; such pieces
 * nest.
 */
struct vprim_rule {
	uint16_t id;		/**< Stays for ever; never 0. */
	int16_t error;		/**< Negative errno; 0: a callback's, passed on. */
	const char *word;	/**< Such as "overlap"; stays for ever. */
	const char *text;	/**< The sentence; may be improved. */
	/** Names the number in {N} or {M}; NULL without either. */
	const char *(*name)(uint64_t number);
};

/** @brief All rules of one module, by ascending id. */
struct vprim_rules {
	const char *module;		/**< Such as "type1". */
	const struct vprim_rule *rule;	/**< The rows. */
	size_t count;			/**< How many. */
};

/** @brief One refusal. A zeroed one says that nothing was refused. */
struct vprim_reason {
	const struct vprim_rule *rule;	/**< NULL: nothing was refused. */
	struct vprim_range range;	/**< The offending range. */
	struct vprim_range hit;		/**< What it hit. */
	uint64_t value;			/**< The offending number or bits. */
	uint64_t at;	/**< Where: a byte offset, component or entry; the rule says. */
	bool has_range;			/**< @c range counts. */
	bool has_hit;			/**< @c hit counts. */
	bool has_value;			/**< @c value counts. */
	bool has_at;			/**< @c at counts. */
};

/** Rules that no module owns. The comment gives the errno and what it fills. */
enum vprim_reason_rule {
	VPRIM_REASON_NONE = 0,		/**< Nothing was refused. */
	VPRIM_REASON_ARGUMENT,		/**< EINVAL: an unknown flag or enumerator. */
	VPRIM_REASON_INVERTED,		/**< EINVAL [range]: start is above last. */
	/** EINVAL [value, at]: an object has V bytes for its caller and A for the
	 *  library: header and library do not belong together. */
	VPRIM_REASON_OBJECT_SIZE = 0x040,
};

/** Bytes of a buffer that every sentence fits. */
#define VPRIM_REASON_TEXT_BYTES 192

/** @brief The rules that no module owns. */
VPRIM_API
extern const struct vprim_rules vprim_reason_rules;

/**
 * @brief Look a rule up.
 * @param[in] rules  A module's.
 * @param[in] id     Any number.
 * @return Its row; NULL when the module has no such rule.
 */
VPRIM_API VPRIM_NONNULL
const struct vprim_rule *vprim_rules_find(const struct vprim_rules *rules,
					  unsigned int id);

/**
 * @brief Say that nothing was refused: the first line of a call that may refuse.
 * @param[out] reason  May be NULL.
 */
VPRIM_INLINE void vprim_reason_clear(struct vprim_reason *reason)
{
	if (reason)
		reason->rule = NULL;
}

/** @brief The id of the rule that refused; 0 when none did. */
VPRIM_INLINE VPRIM_NONNULL
unsigned int vprim_reason_id(const struct vprim_reason *reason)
{
	return reason->rule ? reason->rule->id : 0u;
}

/** @brief The word of the rule that refused; "none" when none did. */
VPRIM_INLINE VPRIM_NONNULL
const char *vprim_reason_word(const struct vprim_reason *reason)
{
	return reason->rule ? reason->rule->word : "none";
}

/**
 * @brief Say it in one sentence, as snprintf() would.
 *
 * A field that is not there reads "(unknown)", or its clause is left out. No full
 * stop and no newline at the end; ASCII only.
 *
 * @param[in]  reason      A refusal, or none: "nothing was refused".
 * @param[out] text        The caller's buffer; always ends in NUL when
 *                         @p size_bytes is not 0, cut short when too small. May
 *                         be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p text; #VPRIM_REASON_TEXT_BYTES always do.
 * @return Characters of the whole sentence, its NUL not counted; it was cut when
 *         this is @p size_bytes or more.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
size_t vprim_reason_text(const struct vprim_reason *reason, char *text,
			 size_t size_bytes);

VPRIM_END_DECLS

#endif
