/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of xstate share. */
#ifndef VIRTPRIM_XSTATE_INTERNAL_H
#define VIRTPRIM_XSTATE_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/xstate.h>

/* xstate_rules.c; by their ids. */
extern const struct vprim_rule vprim_xstate_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_xstate_rule_, \
		     (id) - VPRIM_XSTATE_RULE_LEAF_MASK, __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_XSTATE_RULE_##id, __VA_ARGS__)
#define note_by(why, id) \
	VPRIM_NOTE(why, vprim_xstate_rule_, (id) - VPRIM_XSTATE_RULE_LEAF_MASK)
/* By a rule that has another errno where this happens. */
#define refuse_as(error, why, id, ...) \
	((void)refuse(why, id, __VA_ARGS__), (error))

/* x87 and SSE: in the legacy region, with no sub-leaf of their own. */
#define XSTATE_FPSSE 3u

#define XSTATE_MPX (VPRIM_XSTATE_BIT(VPRIM_XSTATE_BNDREGS) | \
		    VPRIM_XSTATE_BIT(VPRIM_XSTATE_BNDCSR))
#define XSTATE_AVX512 (VPRIM_XSTATE_BIT(VPRIM_XSTATE_OPMASK) | \
		       VPRIM_XSTATE_BIT(VPRIM_XSTATE_ZMM_HI256) | \
		       VPRIM_XSTATE_BIT(VPRIM_XSTATE_HI16_ZMM))
#define XSTATE_TILES (VPRIM_XSTATE_BIT(VPRIM_XSTATE_XTILECFG) | \
		      VPRIM_XSTATE_BIT(VPRIM_XSTATE_XTILEDATA))

static inline bool xstate_has(uint64_t mask, unsigned int bit)
{
	return mask >> (bit & 63) & 1;
}

static inline bool xstate_is_format(enum vprim_xstate_format format)
{
	return format == VPRIM_XSTATE_STANDARD ||
	       format == VPRIM_XSTATE_COMPACTED;
}

/*
 * Where component n begins when the components below it end at "end".
 */
static inline uint64_t xstate_place(const struct vprim_xstate_table *table,
				    enum vprim_xstate_format format,
				    unsigned int n, uint64_t end)
{
	const struct vprim_xstate_component *c = &table->component[n];

	if (format == VPRIM_XSTATE_STANDARD)
		return c->offset;
	if (c->flags & VPRIM_XSTATE_FLAG_ALIGN)
		return (end + 63) & ~(uint64_t)63;
	return end;
}

/* -EINVAL, with the lowest bit, when the table cannot place all of mask. */
int vprim_xstate_check_mask_(const struct vprim_xstate_table *table,
			     uint64_t mask, enum vprim_xstate_format format,
			     struct vprim_reason *why);

#endif
