// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The component table, sizes and offsets.
 *
 * Both formats are one walk over the mask's components in ascending order that
 * keeps where the image ends so far; they differ in where a component begins.
 * The standard end is the maximum and not the end of the last component, because
 * places need not rise with the numbers: APX is 19 and lies near the front.
 */
#include "xstate_internal.h"

static const struct vprim_xstate_leaf no_leaf;

static const struct vprim_xstate_leaf *
leaf(const struct vprim_xstate_leaf *leaves, size_t count, unsigned int n)
{
	return n < count ? &leaves[n] : &no_leaf;
}

static uint64_t join(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

struct masks {
	uint64_t xcr0, xss;
};

/* Components that both masks, or a mask and the sub-leaf's ECX, dispute. */
static uint64_t disputed(const struct vprim_xstate_leaf *leaves, size_t count,
			 struct masks m)
{
	uint64_t bad = m.xcr0 & m.xss;
	unsigned int n;

	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++) {
		const struct vprim_xstate_leaf *l = leaf(leaves, count, n);
		bool supervisor = l->ecx & VPRIM_XSTATE_FLAG_SUPERVISOR;

		if (l->eax && xstate_has(supervisor ? m.xcr0 : m.xss, n))
			bad |= VPRIM_XSTATE_BIT(n);
	}
	return bad;
}

static bool overflows(const struct vprim_xstate_leaf *l)
{
	return (uint64_t)l->ebx + l->eax > UINT32_MAX;
}

static bool overlaps(const struct vprim_xstate_leaf *a,
		     const struct vprim_xstate_leaf *b)
{
	return a->eax && b->eax && (uint64_t)a->ebx < (uint64_t)b->ebx + b->eax &&
	       (uint64_t)b->ebx < (uint64_t)a->ebx + a->eax;
}

/* Which user component below n shares bytes with it; 0 for none. */
static unsigned int neighbour(const struct vprim_xstate_leaf *leaves,
			      size_t count, uint64_t user, unsigned int n)
{
	unsigned int k;

	for (k = 2; k < n; k++)
		if (xstate_has(user, k) &&
		    overlaps(leaf(leaves, count, k), leaf(leaves, count, n)))
			return k;
	return 0;
}

static enum vprim_xstate_rule bad_place(const struct vprim_xstate_leaf *l,
					enum vprim_xstate_rule rule)
{
	if (rule == VPRIM_XSTATE_BAD_OVERFLOW && overflows(l))
		return rule;
	if (rule == VPRIM_XSTATE_BAD_PLACE && l->ebx < VPRIM_XSTATE_BASE_BYTES)
		return rule;
	return VPRIM_XSTATE_OK;
}

/* The rules on one component's own place, each over all before the next. */
static int check_places(const struct vprim_xstate_leaf *leaves, size_t count,
			uint64_t user, struct vprim_xstate_reason *reason)
{
	static const enum vprim_xstate_rule rules[] = {
		VPRIM_XSTATE_BAD_OVERFLOW, VPRIM_XSTATE_BAD_PLACE,
	};
	unsigned int i, n, k;

	for (i = 0; i < VPRIM_ARRAY_LEN(rules); i++)
		for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++) {
			const struct vprim_xstate_leaf *l = leaf(leaves, count, n);

			if (xstate_has(user, n) && l->eax && bad_place(l, rules[i]))
				return xstate_refuse(reason, -EINVAL, rules[i], n,
						     VPRIM_XSTATE_NO_BIT);
		}
	for (n = 3; n < VPRIM_XSTATE_COMPONENTS; n++) {
		k = xstate_has(user, n) ? neighbour(leaves, count, user, n) : 0;
		if (k)
			return xstate_refuse(reason, -EINVAL,
					     VPRIM_XSTATE_BAD_OVERLAP, n, k);
	}
	return 0;
}

static int check_leaves(const struct vprim_xstate_leaf *leaves, size_t count,
			struct masks m, struct vprim_xstate_reason *reason)
{
	uint64_t bad = disputed(leaves, count, m);

	if ((m.xcr0 | m.xss) >> 63)
		return xstate_refuse(reason, -EINVAL, VPRIM_XSTATE_BAD_LEAF_MASK,
				     m.xcr0 >> 63 ? 0 : 1, VPRIM_XSTATE_NO_BIT);
	if (bad)
		return xstate_refuse(reason, -EINVAL, VPRIM_XSTATE_BAD_BOTH_KINDS,
				     vprim_ctz64(bad), VPRIM_XSTATE_NO_BIT);
	if (xstate_has(m.xcr0, VPRIM_XSTATE_APX) && m.xcr0 & XSTATE_MPX)
		return xstate_refuse(reason, -EINVAL,
				     VPRIM_XSTATE_BAD_APX_WITH_MPX,
				     VPRIM_XSTATE_APX,
				     vprim_ctz64(m.xcr0 & XSTATE_MPX));
	return check_places(leaves, count, m.xcr0, reason);
}

int vprim_xstate_table_init(struct vprim_xstate_table *table,
			    const struct vprim_xstate_leaf *leaves, size_t count,
			    struct vprim_xstate_reason *reason)
{
	const struct vprim_xstate_leaf *l0, *l1;
	struct masks m;
	unsigned int n;
	int ret;

	if (!table || !leaves || !count || count > VPRIM_XSTATE_LEAVES)
		return xstate_misuse(reason);
	l0 = leaf(leaves, count, 0);
	l1 = leaf(leaves, count, 1);
	m.xcr0 = join(l0->edx, l0->eax);
	m.xss = join(l1->edx, l1->ecx);
	ret = check_leaves(leaves, count, m, reason);
	if (ret)
		return ret;

	memset(table, 0, sizeof(*table));
	table->xcr0 = m.xcr0;
	table->xss = m.xss;
	table->features = l1->eax;
	table->ebx0 = l0->ebx;
	table->ecx0 = l0->ecx;
	table->ebx1 = l1->ebx;
	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++) {
		const struct vprim_xstate_leaf *l = leaf(leaves, count, n);

		table->component[n].size_bytes = l->eax;
		table->component[n].offset = l->ebx;
		table->component[n].flags = l->ecx;
	}
	return 0;
}

uint64_t vprim_xstate_table_known(const struct vprim_xstate_table *table)
{
	uint64_t supported, known;
	unsigned int n;

	if (!table)
		return 0;
	supported = table->xcr0 | table->xss;
	known = supported & XSTATE_FPSSE;
	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++)
		if (xstate_has(supported, n) && table->component[n].size_bytes)
			known |= VPRIM_XSTATE_BIT(n);
	return known;
}

static bool is_supervisor(const struct vprim_xstate_table *table, unsigned int n)
{
	if (xstate_has(table->xcr0 | table->xss, n))
		return xstate_has(table->xss, n);
	return vprim_xstate_component_kind(n) == VPRIM_XSTATE_SUPERVISOR;
}

int vprim_xstate_check_mask_(const struct vprim_xstate_table *table,
			     uint64_t mask, enum vprim_xstate_format format,
			     struct vprim_xstate_reason *reason)
{
	uint64_t bad, usable = vprim_xstate_table_known(table);
	unsigned int n;

	if (mask & VPRIM_XSTATE_XCOMP_COMPACTED)
		return xstate_refuse(reason, -EINVAL, VPRIM_XSTATE_BAD_BIT63, 63,
				     VPRIM_XSTATE_NO_BIT);
	if (format == VPRIM_XSTATE_STANDARD)
		usable &= table->xcr0;
	bad = mask & ~usable & ~(uint64_t)XSTATE_FPSSE;
	if (!bad)
		return 0;
	n = vprim_ctz64(bad);
	return xstate_refuse(reason, -EINVAL,
			     format == VPRIM_XSTATE_STANDARD &&
					     is_supervisor(table, n) ?
				     VPRIM_XSTATE_BAD_SUPERVISOR :
				     VPRIM_XSTATE_BAD_UNKNOWN,
			     n, VPRIM_XSTATE_NO_BIT);
}

uint64_t vprim_xstate_size_lax(const struct vprim_xstate_table *table,
			       uint64_t mask, enum vprim_xstate_format format)
{
	uint64_t end = VPRIM_XSTATE_BASE_BYTES, past;

	mask &= ~(VPRIM_XSTATE_XCOMP_COMPACTED | XSTATE_FPSSE);
	for (; mask; mask &= mask - 1) {
		unsigned int n = vprim_ctz64(mask);

		past = xstate_place(table, format, n, end) +
		       table->component[n].size_bytes;
		if (past > end)
			end = past;
	}
	return end;
}

int vprim_xstate_size(const struct vprim_xstate_table *table, uint64_t mask,
		      enum vprim_xstate_format format, uint64_t *size_bytes,
		      struct vprim_xstate_reason *reason)
{
	int ret;

	if (!table || !size_bytes || !xstate_is_format(format))
		return xstate_misuse(reason);
	ret = vprim_xstate_check_mask_(table, mask, format, reason);
	if (!ret)
		*size_bytes = vprim_xstate_size_lax(table, mask, format);
	return ret;
}

/* A compacted image's mask is checked whole, a standard one's component only. */
static int check_offset(const struct vprim_xstate_table *table, uint64_t mask,
			enum vprim_xstate_format format, unsigned int component,
			struct vprim_xstate_reason *reason)
{
	uint64_t bit = VPRIM_XSTATE_BIT(component);
	int ret;

	if (format == VPRIM_XSTATE_STANDARD)
		return vprim_xstate_check_mask_(table, bit, format, reason);
	ret = vprim_xstate_check_mask_(table, mask, format, reason);
	if (ret)
		return ret;
	if (!((mask | XSTATE_FPSSE) & bit))
		return xstate_refuse(reason, -ENOENT, VPRIM_XSTATE_BAD_ABSENT,
				     component, VPRIM_XSTATE_NO_BIT);
	return 0;
}

int vprim_xstate_offset(const struct vprim_xstate_table *table, uint64_t mask,
			enum vprim_xstate_format format, unsigned int component,
			uint64_t *offset, struct vprim_xstate_reason *reason)
{
	static const uint64_t legacy[] = { 0, 160 };
	uint64_t below;
	int ret;

	if (!table || !offset || !xstate_is_format(format) ||
	    component >= VPRIM_XSTATE_COMPONENTS)
		return xstate_misuse(reason);
	ret = check_offset(table, mask, format, component, reason);
	if (ret)
		return ret;
	if (component < VPRIM_ARRAY_LEN(legacy)) {
		*offset = legacy[component];
		return 0;
	}
	below = mask & (VPRIM_XSTATE_BIT(component) - 1);
	*offset = xstate_place(table, format, component,
			       vprim_xstate_size_lax(table, below, format));
	return 0;
}

int vprim_xstate_cpuid_ebx(const struct vprim_xstate_table *table, uint64_t xcr0,
			   uint64_t xss, uint32_t features,
			   enum vprim_xstate_ebx1 rule,
			   struct vprim_xstate_ebx *ebx,
			   struct vprim_xstate_reason *reason)
{
	uint32_t compacts = VPRIM_XSTATE_HAS_XSAVEC | VPRIM_XSTATE_HAS_XSAVES;
	uint64_t standard, compacted = 0;
	int ret;

	if (!ebx || (rule != VPRIM_XSTATE_EBX1_XCR0_XSS &&
		     rule != VPRIM_XSTATE_EBX1_XCR0))
		return xstate_misuse(reason);
	ret = vprim_xstate_size(table, xcr0, VPRIM_XSTATE_STANDARD, &standard,
				reason);
	if (!ret && features & compacts)
		ret = vprim_xstate_size(table,
					rule == VPRIM_XSTATE_EBX1_XCR0 ? xcr0 :
									 xcr0 | xss,
					VPRIM_XSTATE_COMPACTED, &compacted,
					reason);
	if (ret)
		return ret;
	/* The standard size fits: the table holds no end beyond 2^32-1. */
	if (compacted > UINT32_MAX)
		return xstate_refuse(reason, -EOVERFLOW, VPRIM_XSTATE_BAD_OVERFLOW,
				     VPRIM_XSTATE_NO_BIT, VPRIM_XSTATE_NO_BIT);
	ebx->ebx0 = (uint32_t)standard;
	ebx->ebx1 = (uint32_t)compacted;
	return 0;
}
