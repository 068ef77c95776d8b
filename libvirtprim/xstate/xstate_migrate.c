// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whether a state can move to another machine.
 *
 * Features and size follow different rules: one is a subset, the other an upper
 * bound with equal geometry. Neither implies the other, so both are answered.
 */
#include "xstate_internal.h"

/* Linux never takes or gives less than a page. */
#define MIN_ROOM 4096u

/* Compare the geometry of the components that both machines know. */
static void compare(const struct vprim_xstate_table *from,
		    const struct vprim_xstate_table *to, uint64_t both,
		    uint64_t user, struct vprim_xstate_verdict *v)
{
	for (; both; both &= both - 1) {
		unsigned int n = vprim_ctz64(both);
		uint64_t bit = both & (~both + 1);
		const struct vprim_xstate_component *a = &from->component[n];
		const struct vprim_xstate_component *b = &to->component[n];

		if (a->size_bytes != b->size_bytes)
			v->resized |= bit;
		if (user & bit && a->offset != b->offset)
			v->moved |= bit;
		if ((a->flags ^ b->flags) & VPRIM_XSTATE_FLAG_ALIGN)
			v->realigned |= bit;
	}
}

/* Bytes that the destination takes, where nobody said so. */
static uint64_t derived_capacity(const struct vprim_xstate_destination *to)
{
	uint64_t size = vprim_xstate_size_lax(to->table,
					      to->table->xcr0 & to->permitted,
					      VPRIM_XSTATE_STANDARD);

	return size > MIN_ROOM ? size : MIN_ROOM;
}

/* The state's own masks, against the table that it comes with. */
static int check_state(const struct vprim_xstate_origin *from, uint64_t *needed,
		       struct vprim_reason *why)
{
	uint64_t alien = from->xss & ~from->table->xss;
	int ret = vprim_xstate_size(from->table, from->xcr0,
				    VPRIM_XSTATE_STANDARD, needed, why);

	if (!ret && alien)
		ret = refuse(why, UNKNOWN, AT(vprim_ctz64(alien)));
	if (!ret)
		ret = vprim_xstate_check_mask_(from->table, from->xss,
					       VPRIM_XSTATE_COMPACTED, why);
	return ret;
}

int vprim_xstate_migrate(const struct vprim_xstate_origin *from,
			 const struct vprim_xstate_destination *to,
			 struct vprim_xstate_verdict *verdict,
			 struct vprim_reason *why)
{
	struct vprim_xstate_verdict v = { .compatible = false };
	uint64_t known, state, there;
	int ret = check_state(from, &v.needed_bytes, why);

	if (ret)
		return ret;

	state = from->xcr0 | from->xss;
	known = vprim_xstate_table_known(to->table);
	there = known & ((from->xcr0 & to->table->xcr0) |
			 (from->xss & to->table->xss));
	v.missing = state & ~there;
	v.not_permitted = there & from->xcr0 & ~to->permitted;
	v.withheld = there & to->withheld;
	compare(from->table, to->table, there & ~(uint64_t)XSTATE_FPSSE,
		from->xcr0, &v);
	v.blocked = v.missing | v.not_permitted | v.withheld | v.resized |
		    v.moved | v.realigned;
	v.capacity_bytes = to->capacity_bytes ? to->capacity_bytes : derived_capacity(to);

	v.features_fit = !v.missing && !v.not_permitted && !v.withheld;
	v.size_fits = !v.resized && !v.moved && !v.realigned &&
		      v.needed_bytes <= v.capacity_bytes;
	v.compatible = v.features_fit && v.size_fits;
	*verdict = v;
	return 0;
}
