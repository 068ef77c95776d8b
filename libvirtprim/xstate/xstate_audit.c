// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A table's size registers, held against its components.
 *
 * 0xD.0 ECX has one right value. The two EBX show the registers that were in force
 * when somebody asked, which nobody wrote down: they are right when some legal
 * XCR0 and IA32_XSS give them. All of these are tried, those of real processors
 * being few: pair rules leave some hundred values of XCR0.
 */
#include "xstate_internal.h"

/* Components to choose from, at most: 2^18 sizes take some ten milliseconds. */
#define MAX_CHOICES 18u

/* What is compared with a register. */
struct search {
	const struct vprim_xstate_table *table;
	uint64_t user, supervisor;	/* with a size */
	struct vprim_xstate_audit_size *found;
};

static unsigned int count(uint64_t mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* One right size. */
static void compare(struct vprim_xstate_audit_size *a, uint64_t size)
{
	if (size == a->says)
		a->fit = VPRIM_XSTATE_FIT_YES;
	else if (size < a->says && size > a->below)
		a->below = size;
	else if (size > a->says && (!a->above || size < a->above))
		a->above = size;
}

static bool is_legal(const struct search *s, uint64_t xcr0)
{
	return !vprim_xstate_check_xcr0(s->table->xcr0, 0, xcr0,
					VPRIM_XSTATE_ORDER_ARCH, NULL);
}

static void try_xss(const struct search *s, uint64_t xcr0)
{
	uint64_t xss = s->supervisor;

	for (;; xss = (xss - 1) & s->supervisor) {
		compare(s->found,
			vprim_xstate_size_lax(s->table, xcr0 | xss,
					      VPRIM_XSTATE_COMPACTED));
		if (!xss || s->found->fit == VPRIM_XSTATE_FIT_YES)
			return;
	}
}

static void try_all(const struct search *s, enum vprim_xstate_format format)
{
	uint64_t choices = s->user & ~(uint64_t)1, xcr0 = choices;

	for (;; xcr0 = (xcr0 - 1) & choices) {
		if (!is_legal(s, xcr0 | 1))
			;
		else if (format == VPRIM_XSTATE_COMPACTED)
			try_xss(s, xcr0 | 1);
		else
			compare(s->found, vprim_xstate_size_lax(s->table, xcr0,
								format));
		if (!xcr0 || s->found->fit == VPRIM_XSTATE_FIT_YES)
			return;
	}
}

static struct vprim_xstate_audit_size begin(uint32_t says)
{
	struct vprim_xstate_audit_size a = { VPRIM_XSTATE_FIT_NO, says, 0, 0 };

	if (!says)
		a.fit = VPRIM_XSTATE_FIT_ABSENT;
	return a;
}

static void audit_ebx(const struct search *s, enum vprim_xstate_format format,
		      uint64_t lacking)
{
	if (s->found->fit == VPRIM_XSTATE_FIT_ABSENT)
		return;
	if (count(s->user | s->supervisor) > MAX_CHOICES) {
		s->found->fit = VPRIM_XSTATE_FIT_UNKNOWN;
		return;
	}
	try_all(s, format);
	if (s->found->fit == VPRIM_XSTATE_FIT_NO && lacking)
		s->found->fit = VPRIM_XSTATE_FIT_CUT;
}

/* More than what is there can be had from what is not. */
static void audit_ecx(struct vprim_xstate_audit_size *a, uint64_t size,
		      uint64_t lacking)
{
	if (a->fit == VPRIM_XSTATE_FIT_ABSENT)
		return;
	compare(a, size);
	if (lacking && size <= a->says)
		a->fit = VPRIM_XSTATE_FIT_CUT;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void vprim_xstate_table_audit(const struct vprim_xstate_table *table,
			      struct vprim_xstate_audit *audit)
{
	struct vprim_xstate_audit a = { .ecx0 = begin(table->ecx0),
					.ebx0 = begin(table->ebx0),
					.ebx1 = begin(table->ebx1) };
	uint64_t known = vprim_xstate_table_known(table);
	struct search s = { table, known & table->xcr0, 0, &a.ebx0 };
	uint64_t standard, compacted;

	a.lacking = (table->xcr0 | table->xss) & ~known & ~(uint64_t)XSTATE_FPSSE;
	a.xss_without_xsaves = table->xss &&
			       !(table->features & VPRIM_XSTATE_HAS_XSAVES);
	standard = vprim_xstate_size_lax(table, s.user, VPRIM_XSTATE_STANDARD);
	compacted = vprim_xstate_size_lax(table, known, VPRIM_XSTATE_COMPACTED);
	audit_ecx(&a.ecx0, standard, a.lacking & table->xcr0);
	audit_ebx(&s, VPRIM_XSTATE_STANDARD, a.lacking & table->xcr0);
	s.supervisor = known & table->xss;
	s.found = &a.ebx1;
	audit_ebx(&s, VPRIM_XSTATE_COMPACTED, a.lacking);
	a.standard_bytes = standard;
	a.compacted_bytes = compacted;
	if (a.lacking & table->xcr0)
		a.standard_bytes = most(standard, most(table->ecx0, table->ebx0));
	if (a.lacking)
		a.compacted_bytes = most(compacted, table->ebx1);
	*audit = a;
}

bool vprim_xstate_audit_is_clean(const struct vprim_xstate_audit *audit)
{
	return audit->ecx0.fit != VPRIM_XSTATE_FIT_NO &&
	       audit->ebx0.fit != VPRIM_XSTATE_FIT_NO &&
	       audit->ebx1.fit != VPRIM_XSTATE_FIT_NO &&
	       !audit->xss_without_xsaves;
}
