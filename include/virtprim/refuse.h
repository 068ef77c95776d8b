/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a module of the library refuses, in one short line, and says so:
 *
 *	return refuse(why, WINDOW, RANGE(*range), HIT(blocked));
 *
 * Not installed. A module defines two macros in its internal header, around its
 * own table of rules:
 *
 *	#define refuse_by(why, id, ...) \
 *		VPRIM_REFUSE(why, vprim_type1_rule_, (id) - FIRST, __VA_ARGS__)
 *	#define refuse(why, id, ...) \
 *		refuse_by(why, VPRIM_TYPE1_RULE_##id, __VA_ARGS__)
 */
#ifndef VIRTPRIM_REFUSE_H
#define VIRTPRIM_REFUSE_H
#include <virtprim/reason.h>

/* Fills @reason, unless nobody asks; the rule's errno. */
int vprim_reason_refuse_(struct vprim_reason *reason,
			 const struct vprim_reason *what);
/* By the rules that no module owns; -EINVAL. */
int vprim_reason_argument_(struct vprim_reason *reason);
int vprim_reason_inverted_(struct vprim_reason *reason,
			   const struct vprim_range *range);
/* An object of @bytes for its caller; 0 when these are the library's. */
int vprim_reason_object_size_(struct vprim_reason *reason, size_t bytes,
			      size_t own_bytes);

/**
 * @brief What writes sentences: a text in the caller's buffer.
 *
 * It counts on when it is full. vprim_text_end_() puts the NUL, and answers the
 * characters of all of it.
 */
struct vprim_text {
	char *buf;		/**< Of the caller. */
	size_t size_bytes;	/**< With the NUL. */
	size_t used;		/**< What all of it would take. */
};

void vprim_text_char_(struct vprim_text *text, char c);
void vprim_text_str_(struct vprim_text *text, const char *s);
void vprim_text_dec_(struct vprim_text *text, uint64_t v);
void vprim_text_hex_(struct vprim_text *text, uint64_t v);
size_t vprim_text_end_(struct vprim_text *text);

/* So that no check goes on behind one that refused. */
#if defined(__clang__)
#define VPRIM_ASSUME(x) __builtin_assume(x)
#elif defined(__GNUC__) && !defined(__KERNEL__)
#define VPRIM_ASSUME(x) do { if (!(x)) __builtin_unreachable(); } while (0)
#else
#define VPRIM_ASSUME(x) ((void)(x))
#endif

/*
 * By value: a compound literal lives as long as the block around it, and many of
 * them in one function would each take its own part of the frame.
 */
static inline int vprim_refuse_(struct vprim_reason *why,
				struct vprim_reason what)
{
	int ret = vprim_reason_refuse_(why, &what);

	VPRIM_ASSUME(ret < 0);
	return ret;
}

#define VPRIM_REFUSE(why, table, row, ...) \
	vprim_refuse_((why), (struct vprim_reason){ \
		.rule = &(table)[row], __VA_ARGS__ })

/* Fills the reason alone, by a rule without an errno of its own. */
static inline void vprim_note_(struct vprim_reason *why,
			       struct vprim_reason what)
{
	(void)vprim_reason_refuse_(why, &what);
}

#define VPRIM_NOTE(why, table, row, ...) \
	vprim_note_((why), (struct vprim_reason){ \
		.rule = &(table)[row], __VA_ARGS__ })

/*
 * Around a call that cannot fail where it stands: of what was just found, or with
 * arguments that were checked.
 *
 *	certain(vprim_iova_map_remove(&c->dma_, &m.range, NULL));
 */
static inline void certain(int ret)
{
	(void)ret;
}

#define RANGE(r) .range = (r), .has_range = true
#define HIT(r) .hit = (r), .has_hit = true
#define VALUE(v) .value = (v), .has_value = true
/* What a callback answered, below 0. */
#define ERRNO(e) VALUE((uint64_t)-(int64_t)(e))
#define AT(v) .at = (v), .has_at = true

#endif
