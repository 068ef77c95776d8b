// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The standard layouts of real processors, for who has an image and no CPUID.
 *
 * A total says which component lies last, and so whose layout it is, unless it is
 * the size of a buffer. Three ways to fit, the first that any layout has counts:
 * the size of just these components, that of these with others, a larger buffer.
 */
#include "xstate_internal.h"

struct place {
	uint8_t component;
	uint16_t size, offset;
};

static const struct layout {
	const char *name;
	struct place place[11];	/* ended by one without a size */
} layouts[] = {
	[VPRIM_XSTATE_LAYOUT_INTEL] = { "intel", {
		{ VPRIM_XSTATE_AVX, 256, 576 }, { VPRIM_XSTATE_BNDREGS, 64, 960 },
		{ VPRIM_XSTATE_BNDCSR, 64, 1024 }, { VPRIM_XSTATE_OPMASK, 64, 1088 },
		{ VPRIM_XSTATE_ZMM_HI256, 512, 1152 },
		{ VPRIM_XSTATE_HI16_ZMM, 1024, 1664 },
		{ VPRIM_XSTATE_PKRU, 8, 2688 }, { VPRIM_XSTATE_XTILECFG, 64, 2752 },
		{ VPRIM_XSTATE_XTILEDATA, 8192, 2816 },
		{ VPRIM_XSTATE_APX, 128, 960 } } },
	[VPRIM_XSTATE_LAYOUT_AMD] = { "amd", {
		{ VPRIM_XSTATE_AVX, 256, 576 }, { VPRIM_XSTATE_OPMASK, 64, 832 },
		{ VPRIM_XSTATE_ZMM_HI256, 512, 896 },
		{ VPRIM_XSTATE_HI16_ZMM, 1024, 1408 },
		{ VPRIM_XSTATE_PKRU, 8, 2432 } } },
	[VPRIM_XSTATE_LAYOUT_AMD_ZEN2] = { "amd-zen2", {
		{ VPRIM_XSTATE_AVX, 256, 576 }, { VPRIM_XSTATE_PKRU, 64, 832 } } },
	[VPRIM_XSTATE_LAYOUT_AMD_LWP] = { "amd-lwp", {
		{ VPRIM_XSTATE_AVX, 256, 576 }, { VPRIM_XSTATE_LWP, 128, 832 } } },
};

const char *vprim_xstate_layout_name(enum vprim_xstate_layout layout)
{
	return (size_t)layout < VPRIM_ARRAY_LEN(layouts) ? layouts[layout].name :
							   NULL;
}

static const struct place *find(const struct layout *l, unsigned int n)
{
	const struct place *p;

	for (p = l->place; p->size; p++)
		if (p->component == n)
			return p;
	return NULL;
}

static uint64_t end_of(const struct place *p)
{
	return (uint64_t)p->offset + p->size;
}

/* Where the components end; 0 when the layout lacks one. */
static uint64_t size_of(const struct layout *l, uint64_t xcr0)
{
	uint64_t end = VPRIM_XSTATE_BASE_BYTES;
	const struct place *p;

	for (xcr0 &= ~(uint64_t)XSTATE_FPSSE; xcr0; xcr0 &= xcr0 - 1) {
		p = find(l, vprim_ctz64(xcr0));
		if (!p)
			return 0;
		if (end_of(p) > end)
			end = end_of(p);
	}
	return end;
}

enum fit { NONE, BUFFER, WIDER, JUST };

static enum fit fit(const struct layout *l, uint64_t xcr0, uint64_t total)
{
	uint64_t size = size_of(l, xcr0);
	const struct place *p;

	if (!size || (total && total < size))
		return NONE;
	if (total == size)
		return JUST;
	for (p = l->place; p->size; p++)
		if (end_of(p) == total)
			return WIDER;
	return BUFFER;
}

static bool is_impossible(uint64_t xcr0)
{
	return xcr0 & VPRIM_XSTATE_XCOMP_COMPACTED ||
	       (xstate_has(xcr0, VPRIM_XSTATE_APX) && xcr0 & XSTATE_MPX);
}

uint32_t vprim_xstate_layouts_of(uint64_t xcr0, uint64_t total_bytes)
{
	uint32_t fitting = 0;
	enum fit best = NONE, f;
	unsigned int i;

	if (is_impossible(xcr0))
		return 0;
	for (i = 0; i < VPRIM_ARRAY_LEN(layouts); i++) {
		f = fit(&layouts[i], xcr0, total_bytes);
		if (f > best)
			fitting = 0;
		if (f != NONE && f >= best) {
			best = f;
			fitting |= (uint32_t)1 << i;
		}
	}
	return fitting;
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->size == b->size && a->offset == b->offset;
}

/* Whether two layouts that have these components agree about them. */
static bool agree(const struct layout *a, const struct layout *b, uint64_t xcr0)
{
	for (xcr0 &= ~(uint64_t)XSTATE_FPSSE; xcr0; xcr0 &= xcr0 - 1) {
		unsigned int n = vprim_ctz64(xcr0);

		if (!same_place(find(a, n), find(b, n)))
			return false;
	}
	return true;
}

static void fill(struct vprim_xstate_table *table, const struct layout *l,
		 uint64_t xcr0, uint32_t size)
{
	const struct place *p;

	memset(table, 0, sizeof(*table));
	table->xcr0 = xcr0;
	table->ebx0 = size;
	table->ecx0 = size;
	for (xcr0 &= ~(uint64_t)XSTATE_FPSSE; xcr0; xcr0 &= xcr0 - 1) {
		p = find(l, vprim_ctz64(xcr0));
		table->component[p->component].size_bytes = p->size;
		table->component[p->component].offset = p->offset;
	}
}

int vprim_xstate_guess(uint64_t xcr0, uint64_t total_bytes,
		       struct vprim_xstate_table *table)
{
	uint32_t left = vprim_xstate_layouts_of(xcr0, total_bytes);
	const struct layout *first;

	if (!left)
		return -ENOENT;
	first = &layouts[vprim_ctz64(left)];
	for (left &= left - 1; left; left &= left - 1)
		if (!agree(first, &layouts[vprim_ctz64(left)], xcr0))
			return -EEXIST;
	fill(table, first, xcr0, (uint32_t)size_of(first, xcr0));
	return 0;
}
