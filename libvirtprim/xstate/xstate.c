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

static uint64_t both_halves(uint32_t high, uint32_t low)
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

static bool begins_early(const struct vprim_xstate_leaf *l)
{
	return l->ebx < VPRIM_XSTATE_BASE_BYTES;
}

/* The lowest user component whose sub-leaf is @bad; 0 for none. */
static unsigned int lowest_with(bool (*bad)(const struct vprim_xstate_leaf *l),
				const struct vprim_xstate_leaf *leaves,
				size_t count, uint64_t user)
{
	unsigned int n;

	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++) {
		const struct vprim_xstate_leaf *l = leaf(leaves, count, n);

		if (xstate_has(user, n) && l->eax && bad(l))
			return n;
	}
	return 0;
}

/* The rules on one component's own place, each over all before the next. */
static int check_places(const struct vprim_xstate_leaf *leaves, size_t count,
			uint64_t user, struct vprim_reason *why)
{
	unsigned int n, k;

	n = lowest_with(overflows, leaves, count, user);
	if (n)
		return refuse(why, OVERFLOW, AT(n));
	n = lowest_with(begins_early, leaves, count, user);
	if (n)
		return refuse(why, PLACE, AT(n));
	for (n = 3; n < VPRIM_XSTATE_COMPONENTS; n++) {
		k = xstate_has(user, n) ? neighbour(leaves, count, user, n) : 0;
		if (k)
			return refuse(why, OVERLAP, AT(n), VALUE(k));
	}
	return 0;
}

static int check_leaves(const struct vprim_xstate_leaf *leaves, size_t count,
			struct masks m, struct vprim_reason *why)
{
	uint64_t bad = disputed(leaves, count, m);

	if ((m.xcr0 | m.xss) >> 63)
		return refuse(why, LEAF_MASK, AT(m.xcr0 >> 63 ? 0 : 1));
	if (bad)
		return refuse(why, BOTH_KINDS, AT(vprim_ctz64(bad)));
	if (xstate_has(m.xcr0, VPRIM_XSTATE_APX) && m.xcr0 & XSTATE_MPX)
		return refuse(why, APX_WITH_MPX, AT(VPRIM_XSTATE_APX),
			      VALUE(vprim_ctz64(m.xcr0 & XSTATE_MPX)));
	return check_places(leaves, count, m.xcr0, why);
}

int vprim_xstate_table_init(struct vprim_xstate_table *table,
			    const struct vprim_xstate_leaf *leaves, size_t count,
			    struct vprim_reason *why)
{
	const struct vprim_xstate_leaf *l0, *l1;
	struct masks m;
	unsigned int n;
	int ret;

	vprim_reason_clear(why);
	if (!count || count > VPRIM_XSTATE_LEAVES)
		return vprim_reason_argument_(why);
	l0 = leaf(leaves, count, 0);
	l1 = leaf(leaves, count, 1);
	m.xcr0 = both_halves(l0->edx, l0->eax);
	m.xss = both_halves(l1->edx, l1->ecx);
	ret = check_leaves(leaves, count, m, why);
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
			     struct vprim_reason *why)
{
	uint64_t bad, usable = vprim_xstate_table_known(table);
	unsigned int n;

	if (mask & VPRIM_XSTATE_XCOMP_COMPACTED)
		return refuse(why, BIT63, AT(63));
	if (format == VPRIM_XSTATE_STANDARD)
		usable &= table->xcr0;
	bad = mask & ~usable & ~(uint64_t)XSTATE_FPSSE;
	if (!bad)
		return 0;
	n = vprim_ctz64(bad);
	if (format == VPRIM_XSTATE_STANDARD && is_supervisor(table, n))
		return refuse(why, SUPERVISOR, AT(n));
	return refuse(why, UNKNOWN, AT(n));
}

uint64_t vprim_xstate_size_lax(const struct vprim_xstate_table *table,
			       uint64_t mask, enum vprim_xstate_format format)
{
	uint64_t end = VPRIM_XSTATE_BASE_BYTES, past;

	mask &= ~(VPRIM_XSTATE_XCOMP_COMPACTED | XSTATE_FPSSE);
	/*@ ghost unsigned int left = 64; */
	/*@ loop invariant bits: mask <= INT64_MAX && 1 <= left <= 64;
	    loop invariant none: (uint64_t)(mask << left) == 0;
	    loop invariant least: VPRIM_XSTATE_BASE_BYTES <= end;
	    loop invariant most: end <= VPRIM_XSTATE_BASE_BYTES + (64 - left) * 2 * UINT32_MAX;
	    loop assigns mask, end, past, left;
	    loop variant mask; */
	for (; mask; mask &= mask - 1) {
		unsigned int n = vprim_ctz64(mask);

		/*@ ghost left = 63 - n; */
		past = xstate_place(table, format, n, end) +
		       table->component[n].size_bytes;
		if (past > end)
			end = past;
	}
	return end;
}

int vprim_xstate_size(const struct vprim_xstate_table *table, uint64_t mask,
		      enum vprim_xstate_format format, uint64_t *size_bytes,
		      struct vprim_reason *why)
{
	int ret;

	vprim_reason_clear(why);
	if (!xstate_is_format(format))
		return vprim_reason_argument_(why);
	ret = vprim_xstate_check_mask_(table, mask, format, why);
	if (!ret)
		*size_bytes = vprim_xstate_size_lax(table, mask, format);
	return ret;
}

/* A compacted image's mask is checked whole, a standard one's component only. */
static int check_offset(const struct vprim_xstate_table *table, uint64_t mask,
			enum vprim_xstate_format format, unsigned int component,
			struct vprim_reason *why)
{
	uint64_t bit = VPRIM_XSTATE_BIT(component);
	int ret;

	if (format == VPRIM_XSTATE_STANDARD)
		return vprim_xstate_check_mask_(table, bit, format, why);
	ret = vprim_xstate_check_mask_(table, mask, format, why);
	if (ret)
		return ret;
	if (!((mask | XSTATE_FPSSE) & bit))
		return refuse(why, ABSENT, AT(component));
	return 0;
}

int vprim_xstate_offset(const struct vprim_xstate_table *table, uint64_t mask,
			enum vprim_xstate_format format, unsigned int component,
			uint64_t *offset, struct vprim_reason *why)
{
	static const uint64_t legacy[] = { 0, 160 };
	uint64_t below;
	int ret;

	vprim_reason_clear(why);
	if (!xstate_is_format(format) || component >= VPRIM_XSTATE_COMPONENTS)
		return vprim_reason_argument_(why);
	ret = check_offset(table, mask, format, component, why);
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
			   uint32_t release,
			   struct vprim_xstate_ebx *ebx,
			   struct vprim_reason *why)
{
	uint32_t compacts = VPRIM_XSTATE_HAS_XSAVEC | VPRIM_XSTATE_HAS_XSAVES;
	bool with_xss = vprim_linux_has(release, VPRIM_CHANGE_XSTATE_KVM_CET);
	uint64_t standard, compacted = 0;
	int ret = vprim_xstate_size(table, xcr0, VPRIM_XSTATE_STANDARD,
				    &standard, why);

	if (!ret && features & compacts)
		ret = vprim_xstate_size(table, with_xss ? xcr0 | xss : xcr0,
					VPRIM_XSTATE_COMPACTED, &compacted,
					why);
	if (ret)
		return ret;
	/* The standard size fits: the table holds no end beyond 2^32-1. */
	if (compacted > UINT32_MAX)
		return refuse_as(-EOVERFLOW, why, OVERFLOW);
	ebx->ebx0 = (uint32_t)standard;
	ebx->ebx1 = (uint32_t)compacted;
	return 0;
}
