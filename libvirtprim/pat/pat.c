// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The Page Attribute Table.
 *
 * A type comes from a guest or from a script, so each function first asks
 * whether it is one in its place. After that a type has a column, 0 to 5, and
 * an MTRR or EPT type is one whose column is below 5.
 */
#include "pat_internal.h"

enum { COL_UC, COL_WC, COL_WT, COL_WP, COL_WB, COL_UC_MINUS, COLS };
#define MTRR_COLS COL_UC_MINUS

/* Column of each encoding, COLS for what is no type. */
static unsigned int column(enum vprim_pat_type type)
{
	static const uint8_t cols[VPRIM_PAT_ENTRIES] = {
		COL_UC, COL_WC, COLS, COLS, COL_WT, COL_WP, COL_WB, COL_UC_MINUS,
	};

	return (unsigned int)type < VPRIM_PAT_ENTRIES ? cols[type] : COLS;
}

static bool is_pat(enum vprim_pat_type type)
{
	return column(type) < COLS;
}

static bool is_mtrr(enum vprim_pat_type type)
{
	return column(type) < MTRR_COLS;
}

/* What is no type in its place is refused, the first of them. */
static int check_types(enum vprim_pat_type pat, enum vprim_pat_type mtrr,
		       struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!is_pat(pat))
		return refuse(why, NOT_PAT, VALUE((unsigned int)pat));
	if (!is_mtrr(mtrr))
		return refuse(why, NOT_MTRR, VALUE((unsigned int)mtrr));
	return 0;
}

int vprim_pat_check(uint64_t pat, struct vprim_reason *why)
{
	uint64_t bad = vprim_pat_bad_bits(pat);
	enum vprim_pat_type none;

	vprim_reason_clear(why);
	return bad ? vprim_pat_entry(pat, vprim_ctz64(bad) / 8, &none, why) : 0;
}

int vprim_pat_encode(const enum vprim_pat_type *types, uint64_t *pat)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < VPRIM_PAT_ENTRIES; i++) {
		if (!is_pat(types[i]))
			return -EINVAL;
		value |= (uint64_t)types[i] << (8 * i);
	}
	*pat = value;
	return 0;
}

int vprim_pat_entry(uint64_t pat, unsigned int index,
		    enum vprim_pat_type *type, struct vprim_reason *why)
{
	unsigned int byte;

	vprim_reason_clear(why);
	if (index >= VPRIM_PAT_ENTRIES)
		return refuse(why, INDEX, VALUE(index));
	byte = (unsigned int)(pat >> (8 * index)) & 0xff;
	if (byte & 0xf8)
		return refuse(why, BITS, AT(index), VALUE(byte & 0xf8));
	if (!is_pat((enum vprim_pat_type)byte))
		return refuse(why, TYPE, AT(index), VALUE(byte));
	*type = (enum vprim_pat_type)byte;
	return 0;
}

static const struct vprim_pat_known known[] = {
	{ VPRIM_PAT_RESET, "reset", "the value after power-up and RESET", NULL },
	{ VPRIM_PAT_LINUX, "linux", "Linux, where the PAT bit is usable", "4.14-" },
	{ VPRIM_PAT_LINUX_4_2, "linux", "Linux 4.2 to 4.13, where the PAT bit is usable",
	  "4.2-4.13" },
	{ VPRIM_PAT_LINUX_ERRATUM, "linux-erratum",
	  "Linux before 4.2, later where the PAT bit has an erratum; Windows, OpenBSD, NetBSD",
	  "2.6.26-" },
	{ VPRIM_PAT_XEN, "xen", "Xen", NULL },
	{ UINT64_C(0x0001050600070406), "freebsd", "FreeBSD and DragonFly", NULL },
	{ UINT64_C(0x0007010500070406), "freebsd", "older FreeBSD", NULL },
	{ UINT64_C(0x0001040600010406), "freebsd",
	  "FreeBSD on processors with the PAT-bit erratum", NULL },
	{ UINT64_C(0x0001040600070406), "illumos", "illumos, Solaris and macOS",
	  NULL },
};

const struct vprim_pat_known *vprim_pat_known_at(unsigned int i)
{
	return i < VPRIM_ARRAY_LEN(known) ? &known[i] : NULL;
}

const struct vprim_pat_known *vprim_pat_known_find(uint64_t pat)
{
	unsigned int i;

	for (i = 0; i < VPRIM_ARRAY_LEN(known); i++)
		if (known[i].pat == pat)
			return &known[i];
	return NULL;
}

static const char names[][4] = {
	[VPRIM_PAT_UC] = "UC",		   [VPRIM_PAT_WC] = "WC",
	[VPRIM_PAT_WT] = "WT",		   [VPRIM_PAT_WP] = "WP",
	[VPRIM_PAT_WB] = "WB",		   [VPRIM_PAT_UC_MINUS] = "UC-",
	[VPRIM_PAT_WC_PLUS] = "WC+",	   [VPRIM_PAT_CD] = "CD",
};

const char *vprim_pat_type_name(enum vprim_pat_type type)
{
	unsigned int i = (unsigned int)type;

	return i < VPRIM_ARRAY_LEN(names) && names[i][0] ? names[i] : NULL;
}

#define PTE_PS ((uint64_t)1 << 7)	/* the same bit is PAT in a 4 KiB page's */

enum entry_kind { REFERENCE, PAGE_4K, PAGE_LARGE };

static enum entry_kind kind_of(uint64_t entry, unsigned int level)
{
	if (level == 1)
		return PAGE_4K;
	return level < 4 && (entry & PTE_PS) ? PAGE_LARGE : REFERENCE;
}

int vprim_pat_index(uint64_t entry, unsigned int level, unsigned int *index)
{
	static const uint8_t pat_bit[] = {
		[PAGE_4K] = 7, [PAGE_LARGE] = 12,
	};
	enum entry_kind kind = kind_of(entry, level);
	unsigned int i = (unsigned int)(entry >> 3) & 3;

	if (!level || level > 5)
		return -EINVAL;
	if (kind != REFERENCE)
		i |= (unsigned int)(entry >> pat_bit[kind] & 1) << 2;
	*index = i;
	return 0;
}

int vprim_pat_address(uint64_t entry, unsigned int level, uint64_t *address)
{
	unsigned int low = 12;

	if (!level || level > 5)
		return -EINVAL;
	if (kind_of(entry, level) == PAGE_LARGE)
		low += 9 * (level - 1);
	*address = entry & (((uint64_t)1 << 52) - ((uint64_t)1 << low));
	return 0;
}

/* Seven rules, first match wins, instead of the manual's 5 by 6 table. */
static enum vprim_pat_type combine_intel(enum vprim_pat_type pat,
					 enum vprim_pat_type mtrr)
{
	if (pat == VPRIM_PAT_WC || pat == VPRIM_PAT_UC)
		return pat;
	if (pat == VPRIM_PAT_UC_MINUS)
		return mtrr == VPRIM_PAT_WC || mtrr == VPRIM_PAT_WP ?
			       VPRIM_PAT_WC : VPRIM_PAT_UC;
	if (mtrr == VPRIM_PAT_UC)
		return VPRIM_PAT_UC;
	if (mtrr == VPRIM_PAT_WC)
		return pat == VPRIM_PAT_WB ? VPRIM_PAT_WC : VPRIM_PAT_UC;
	return pat == VPRIM_PAT_WB ? mtrr : pat;
}

/* WC with WT or WP, WT with WP, and UC- with WP. */
static bool once_undefined(enum vprim_pat_type pat, enum vprim_pat_type mtrr)
{
	bool write_kept = pat == VPRIM_PAT_WT || pat == VPRIM_PAT_WP;

	if (mtrr == VPRIM_PAT_WC)
		return write_kept;
	if (mtrr == VPRIM_PAT_WT)
		return pat == VPRIM_PAT_WP;
	return mtrr == VPRIM_PAT_WP &&
	       (pat == VPRIM_PAT_WT || pat == VPRIM_PAT_UC_MINUS);
}

int vprim_pat_effective_mtrr(enum vprim_pat_type pat, enum vprim_pat_type mtrr,
			     enum vprim_pat_type *type,
			     struct vprim_pat_origin *origin,
			     struct vprim_reason *why)
{
	int ret = check_types(pat, mtrr, why);
	bool uncached;

	if (ret)
		return ret;
	*type = combine_intel(pat, mtrr);
	if (!origin)
		return 0;
	uncached = *type == VPRIM_PAT_UC;
	origin->uc_by_mtrr = uncached && mtrr == VPRIM_PAT_UC;
	origin->uc_by_page = uncached && mtrr != VPRIM_PAT_UC;
	origin->once_undefined = once_undefined(pat, mtrr);
	return 0;
}

int vprim_pat_effective_ept(enum vprim_pat_type pat, enum vprim_pat_type ept,
			    bool ignore_pat, enum vprim_pat_type *type,
			    struct vprim_reason *why)
{
	int ret = check_types(pat, ept, why);

	if (!ret)
		*type = ignore_pat ? ept : combine_intel(pat, ept);
	return ret;
}

#define UC VPRIM_PAT_UC
#define WC VPRIM_PAT_WC
#define WT VPRIM_PAT_WT
#define WP VPRIM_PAT_WP
#define WB VPRIM_PAT_WB
#define CD VPRIM_PAT_CD
#define UCM VPRIM_PAT_UC_MINUS
#define WCP VPRIM_PAT_WC_PLUS

/* AMD APM: page type by MTRR type; the last row is the combined type WC+. */
#define ROW_WC_PLUS COLS
static const uint8_t amd_mtrr[COLS + 1][MTRR_COLS] = {
	/* MTRR:	   UC  WC  WT  WP  WB */
	[COL_UC]	= { UC, CD, CD, CD, CD },
	[COL_UC_MINUS]	= { UC, WC, CD, CD, CD },
	[COL_WC]	= { WC, WC, WC, WC, WC },
	[COL_WP]	= { UC, CD, CD, WP, WP },
	[COL_WT]	= { UC, CD, WT, CD, WT },
	[COL_WB]	= { UC, WC, WT, WP, WB },
	[ROW_WC_PLUS]	= { WC, WC, WCP, WCP, WCP },
};

/* AMD APM: guest type by host type. */
static const uint8_t amd_pages[COLS][COLS] = {
	/* host:	   UC  WC  WT   WP   WB   UC- */
	[COL_UC]	= { UC, UC, UC,  UC,  UC,  UC },
	[COL_UC_MINUS]	= { UC, WC, UC,  UC,  UC,  UCM },
	[COL_WC]	= { WC, WC, WCP, WCP, WCP, WC },
	[COL_WP]	= { UC, UC, UC,  WP,  WP,  UC },
	[COL_WT]	= { UC, UC, WT,  UC,  WT,  UC },
	[COL_WB]	= { UC, WC, WT,  WP,  WB,  UC },
};

int vprim_pat_effective_amd(enum vprim_pat_type pat, enum vprim_pat_type mtrr,
			    enum vprim_pat_type *type,
			    struct vprim_reason *why)
{
	int ret = check_types(pat, mtrr, why);

	if (!ret)
		*type = (enum vprim_pat_type)amd_mtrr[column(pat)][column(mtrr)];
	return ret;
}

int vprim_pat_effective_npt(enum vprim_pat_type guest, enum vprim_pat_type host,
			    enum vprim_pat_type mtrr,
			    enum vprim_pat_type *combined,
			    enum vprim_pat_type *type,
			    struct vprim_reason *why)
{
	int ret = check_types(is_pat(guest) ? host : guest, mtrr, why);
	enum vprim_pat_type pages;
	unsigned int row;

	if (ret)
		return ret;
	pages = (enum vprim_pat_type)amd_pages[column(guest)][column(host)];
	row = pages == WCP ? ROW_WC_PLUS : column(pages);
	if (combined)
		*combined = pages;
	*type = (enum vprim_pat_type)amd_mtrr[row][column(mtrr)];
	return 0;
}

int vprim_pat_ept_decode(uint64_t entry, struct vprim_pat_ept *ept)
{
	enum vprim_pat_type type = (enum vprim_pat_type)(entry >> 3 & 7);

	if (!is_mtrr(type))
		return -EINVAL;
	ept->type = type;
	ept->ignore_pat = entry >> 6 & 1;
	return 0;
}

struct vprim_pat_ept vprim_pat_ept_kvm(bool host_mmio, bool noncoherent_dma,
				       bool ignore_quirk)
{
	struct vprim_pat_ept ept = { VPRIM_PAT_WB, false };

	if (host_mmio)
		ept.type = VPRIM_PAT_UC;
	else
		ept.ignore_pat = !noncoherent_dma && ignore_quirk;
	return ept;
}

int vprim_pat_kvm_load(uint64_t host_pat, bool tdp, bool *ignore_quirk)
{
	if ((host_pat & 7) != VPRIM_PAT_WB)
		return -EIO;
	*ignore_quirk = tdp;
	return 0;
}
