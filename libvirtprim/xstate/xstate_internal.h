/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the xstate room share. */
#ifndef VIRTPRIM_XSTATE_INTERNAL_H
#define VIRTPRIM_XSTATE_INTERNAL_H
#include <virtprim/xstate.h>

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
	return bit < 64 && (mask >> bit & 1);
}

static inline bool xstate_is_format(enum vprim_xstate_format format)
{
	return format == VPRIM_XSTATE_STANDARD ||
	       format == VPRIM_XSTATE_COMPACTED;
}

/* Note the reason, give back the code: "return xstate_refuse(...)". */
static inline int xstate_refuse(struct vprim_xstate_reason *reason, int ret,
				enum vprim_xstate_rule rule, unsigned int bit,
				unsigned int other)
{
	if (reason) {
		reason->rule = rule;
		reason->bit = bit;
		reason->other = other;
	}
	return ret;
}

/* A malformed call, which no rule describes. */
static inline int xstate_misuse(struct vprim_xstate_reason *reason)
{
	return xstate_refuse(reason, -EINVAL, VPRIM_XSTATE_OK,
			     VPRIM_XSTATE_NO_BIT, VPRIM_XSTATE_NO_BIT);
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
			     struct vprim_xstate_reason *reason);

/* Text that measures itself: bytes beyond cap are counted and dropped. */
struct xstate_text {
	char *p;
	size_t cap, len;
};

#endif
