// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Names and sentences.
 *
 * A text is produced twice: once to measure it, and when it fits, once to write
 * it. Both passes are the same calls, so that they cannot disagree.
 */
#include "xstate_internal.h"

static const char *const names[] = {
	[VPRIM_XSTATE_X87] = "x87",
	[VPRIM_XSTATE_SSE] = "SSE",
	[VPRIM_XSTATE_AVX] = "AVX",
	[VPRIM_XSTATE_BNDREGS] = "BNDREGS",
	[VPRIM_XSTATE_BNDCSR] = "BNDCSR",
	[VPRIM_XSTATE_OPMASK] = "opmask",
	[VPRIM_XSTATE_ZMM_HI256] = "ZMM_Hi256",
	[VPRIM_XSTATE_HI16_ZMM] = "Hi16_ZMM",
	[VPRIM_XSTATE_PT] = "PT",
	[VPRIM_XSTATE_PKRU] = "PKRU",
	[VPRIM_XSTATE_PASID] = "PASID",
	[VPRIM_XSTATE_CET_U] = "CET_U",
	[VPRIM_XSTATE_CET_S] = "CET_S",
	[VPRIM_XSTATE_HDC] = "HDC",
	[VPRIM_XSTATE_UINTR] = "UINTR",
	[VPRIM_XSTATE_LBR] = "LBR",
	[VPRIM_XSTATE_HWP] = "HWP",
	[VPRIM_XSTATE_XTILECFG] = "XTILECFG",
	[VPRIM_XSTATE_XTILEDATA] = "XTILEDATA",
	[VPRIM_XSTATE_APX] = "APX",
	[VPRIM_XSTATE_LWP] = "LWP",
};

/* PT, PASID to HWP. */
#define SUPERVISORS UINT64_C(0x1fd00)

const char *vprim_xstate_component_name(unsigned int component)
{
	if (component < VPRIM_ARRAY_LEN(names) && names[component])
		return names[component];
	return "unassigned";
}

enum vprim_xstate_kind vprim_xstate_component_kind(unsigned int component)
{
	if (component >= VPRIM_ARRAY_LEN(names) || !names[component])
		return VPRIM_XSTATE_UNASSIGNED;
	if (xstate_has(SUPERVISORS, component))
		return VPRIM_XSTATE_SUPERVISOR;
	return VPRIM_XSTATE_USER;
}

static const struct {
	const char *word, *sentence;
} rules[] = {
	[VPRIM_XSTATE_OK] = { "ok", "nothing is wrong" },
	[VPRIM_XSTATE_BAD_BIT63] = { "bit63", "bit 63 is no component" },
	[VPRIM_XSTATE_BAD_LEAF_MASK] = { "leaf_mask",
		"bit 63 of its mask is no component" },
	[VPRIM_XSTATE_BAD_BOTH_KINDS] = { "both_kinds",
		"it is said to be user state and supervisor state" },
	[VPRIM_XSTATE_BAD_APX_WITH_MPX] = { "apx_with_mpx",
		"APX and MPX share the same bytes" },
	[VPRIM_XSTATE_BAD_OVERFLOW] = { "overflow",
		"its end does not fit in 32 bits" },
	[VPRIM_XSTATE_BAD_PLACE] = { "place",
		"it lies inside the legacy region or the header" },
	[VPRIM_XSTATE_BAD_OVERLAP] = { "overlap",
		"they share bytes of the standard format" },
	[VPRIM_XSTATE_BAD_UNKNOWN] = { "unknown",
		"the table does not enumerate it" },
	[VPRIM_XSTATE_BAD_SUPERVISOR] = { "supervisor",
		"supervisor state is enabled by IA32_XSS and has no place here" },
	[VPRIM_XSTATE_BAD_ABSENT] = { "absent", "the mask does not have it" },
	[VPRIM_XSTATE_BAD_INDEX] = { "index",
		"only extended control register 0 exists" },
	[VPRIM_XSTATE_BAD_X87] = { "x87", "bit 0 must be set" },
	[VPRIM_XSTATE_BAD_AVX] = { "avx", "AVX needs SSE" },
	[VPRIM_XSTATE_BAD_MPX] = { "mpx",
		"BNDREGS and BNDCSR go together" },
	[VPRIM_XSTATE_BAD_AVX512] = { "avx512",
		"AVX-512 needs all of its three components, and AVX" },
	[VPRIM_XSTATE_BAD_TILE] = { "tile",
		"XTILECFG and XTILEDATA go together" },
	[VPRIM_XSTATE_BAD_UNASSIGNED] = { "unassigned",
		"the number belongs to no component" },
	[VPRIM_XSTATE_BAD_UNSUPPORTED] = { "unsupported",
		"it is outside the supported mask" },
	[VPRIM_XSTATE_BAD_CPL] = { "cpl", "the privilege level must be 0" },
	[VPRIM_XSTATE_BAD_FORMAT] = { "format",
		"the image is not in the compacted format" },
	[VPRIM_XSTATE_BAD_XSAVEC] = { "xsavec",
		"a compacted image needs XSAVEC" },
	[VPRIM_XSTATE_BAD_XSTATE_BV] = { "xstate_bv",
		"XSTATE_BV has a bit that is not allowed" },
	[VPRIM_XSTATE_BAD_XCOMP_BV] = { "xcomp_bv",
		"XCOMP_BV has a bit that is not allowed" },
	[VPRIM_XSTATE_BAD_RESERVED] = { "reserved",
		"a reserved byte of the header is set" },
	[VPRIM_XSTATE_BAD_MXCSR] = { "mxcsr", "a reserved bit of MXCSR is set" },
	[VPRIM_XSTATE_BAD_SHORT] = { "short", "the image ends before it does" },
	[VPRIM_XSTATE_BAD_SIZE] = { "size",
		"the two machines give it different sizes" },
	[VPRIM_XSTATE_BAD_MAGIC1] = { "magic1",
		"the first magic number is wrong" },
	[VPRIM_XSTATE_BAD_FRAME_SMALL] = { "frame_small",
		"xstate_size is below 576" },
	[VPRIM_XSTATE_BAD_FRAME_LARGE] = { "frame_large",
		"xstate_size is over the task's state size" },
	[VPRIM_XSTATE_BAD_FRAME_EXTENT] = { "frame_extent",
		"xstate_size is over extended_size" },
	[VPRIM_XSTATE_BAD_MAGIC2] = { "magic2",
		"the magic number behind the image is wrong" },
};

static bool is_rule(enum vprim_xstate_rule rule)
{
	return (size_t)rule < VPRIM_ARRAY_LEN(rules);
}

const char *vprim_xstate_rule_name(enum vprim_xstate_rule rule)
{
	return is_rule(rule) ? rules[rule].word : "unknown_rule";
}

static void put(struct xstate_text *t, const char *s)
{
	for (; *s; s++, t->len++)
		if (t->len < t->cap)
			t->p[t->len] = *s;
}

/* Decimal, by counting down the powers of ten: no 64-bit division. */
static void put_dec(struct xstate_text *t, uint64_t v)
{
	static const uint64_t tens[] = {
		UINT64_C(10000000000000000000), UINT64_C(1000000000000000000),
		UINT64_C(100000000000000000), UINT64_C(10000000000000000),
		UINT64_C(1000000000000000),
		UINT64_C(100000000000000), UINT64_C(10000000000000),
		UINT64_C(1000000000000), UINT64_C(100000000000),
		UINT64_C(10000000000), UINT64_C(1000000000),
		UINT64_C(100000000), UINT64_C(10000000), UINT64_C(1000000),
		UINT64_C(100000), UINT64_C(10000), UINT64_C(1000),
		UINT64_C(100), UINT64_C(10), UINT64_C(1),
	};
	char digit[2] = { '0', '\0' };
	bool begun = false;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(tens); i++) {
		for (digit[0] = '0'; v >= tens[i]; v -= tens[i])
			digit[0]++;
		begun = begun || digit[0] != '0' || tens[i] == 1;
		if (begun)
			put(t, digit);
	}
}

static void put_component(struct xstate_text *t, unsigned int n)
{
	put_dec(t, n);
	put(t, " (");
	put(t, vprim_xstate_component_name(n));
	put(t, ")");
}

static void put_reason(struct xstate_text *t, const void *what)
{
	const struct vprim_xstate_reason *r =
		(const struct vprim_xstate_reason *)what;

	if (r->rule == VPRIM_XSTATE_BAD_LEAF_MASK) {
		put(t, "sub-leaf ");
		put_dec(t, r->bit);
		put(t, ": ");
	} else if (r->bit < VPRIM_XSTATE_NO_BIT) {
		put(t, "component ");
		put_component(t, r->bit);
		if (r->other < VPRIM_XSTATE_NO_BIT) {
			put(t, " and ");
			put_component(t, r->other);
		}
		put(t, ": ");
	}
	put(t, is_rule(r->rule) ? rules[r->rule].sentence : "unknown rule");
}

/* Measure, then write. */
static int put_twice(void (*fn)(struct xstate_text *t, const void *what),
		     const void *what, char *text, size_t cap, size_t *needed)
{
	struct xstate_text t = { NULL, 0, 0 };

	fn(&t, what);
	if (needed)
		*needed = t.len + 1;
	if (t.len >= cap)
		return -EMSGSIZE;
	t.p = text;
	t.cap = cap;
	t.len = 0;
	fn(&t, what);
	text[t.len] = '\0';
	return 0;
}

int vprim_xstate_reason_text(const struct vprim_xstate_reason *reason,
			     char *text, size_t cap, size_t *needed)
{
	if (!reason || (!text && cap))
		return -EINVAL;
	return put_twice(put_reason, reason, text, cap, needed);
}

/* One part of a verdict: the mask, its word in JSON and for people. */
struct part {
	const char *word, *people;
	uint64_t mask;
};

#define FEATURE_PARTS 2
#define PARTS 5

static void split(const struct vprim_xstate_verdict *v, struct part part[PARTS])
{
	part[0] = (struct part){ "missing", "is missing", v->missing };
	part[1] = (struct part){ "not_permitted", "is not permitted",
				 v->not_permitted };
	part[2] = (struct part){ "resized", "size", v->resized };
	part[3] = (struct part){ "moved", "place", v->moved };
	part[4] = (struct part){ "realigned", "alignment", v->realigned };
}

/* "component 9 (PKRU) has another size and place" */
static void put_difference(struct xstate_text *t, const struct part *part,
			   unsigned int n)
{
	const char *before = " ", *another = " has another ";
	unsigned int i, left = 0;

	put(t, "component ");
	put_component(t, n);
	for (i = 0; i < FEATURE_PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		put(t, before);
		put(t, part[i].people);
		before = " and ";
		another = " and has another ";
	}
	for (; i < PARTS; i++)
		left += xstate_has(part[i].mask, n);
	for (i = FEATURE_PARTS; i < PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		put(t, another);
		put(t, part[i].people);
		another = --left > 1 ? ", " : " and ";
	}
	put(t, "\n");
}

static void put_verdict_text(struct xstate_text *t, const void *what)
{
	const struct vprim_xstate_verdict *v =
		(const struct vprim_xstate_verdict *)what;
	struct part part[PARTS];
	uint64_t left;

	split(v, part);
	put(t, v->compatible ? "compatible: yes\n" : "compatible: no\n");
	put(t, v->features_fit ? "features: a subset\n" :
				 "features: not a subset\n");
	put(t, v->needed_bytes <= v->room_bytes ? "size: fits, " :
						  "size: does not fit, ");
	put_dec(t, v->needed_bytes);
	put(t, " bytes into ");
	put_dec(t, v->room_bytes);
	put(t, "\n");
	for (left = v->blocked; left; left &= left - 1)
		put_difference(t, part, vprim_ctz64(left));
}

static void put_list(struct xstate_text *t, uint64_t mask)
{
	const char *between = "";

	put(t, "[");
	for (; mask; mask &= mask - 1, between = ",") {
		put(t, between);
		put_dec(t, vprim_ctz64(mask));
	}
	put(t, "]");
}

static void put_bool(struct xstate_text *t, bool b)
{
	put(t, b ? "true" : "false");
}

static void put_parts_json(struct xstate_text *t, const struct part *part,
			   unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		put(t, ",\"");
		put(t, part[i].word);
		put(t, "\":");
		put_list(t, part[i].mask);
	}
}

/* One component that blocks: number, name, and every reason. */
static void put_blocker(struct xstate_text *t, const struct part *part,
			unsigned int n)
{
	const char *between = "";
	unsigned int i;

	put(t, "{\"component\":");
	put_dec(t, n);
	put(t, ",\"name\":\"");
	put(t, vprim_xstate_component_name(n));
	put(t, "\",\"why\":[");
	for (i = 0; i < PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		put(t, between);
		put(t, "\"");
		put(t, part[i].word);
		put(t, "\"");
		between = ",";
	}
	put(t, "]}");
}

static void put_verdict_json(struct xstate_text *t, const void *what)
{
	const struct vprim_xstate_verdict *v =
		(const struct vprim_xstate_verdict *)what;
	const char *between = "";
	struct part part[PARTS];
	uint64_t left;

	split(v, part);
	put(t, "{\"compatible\":");
	put_bool(t, v->compatible);
	put(t, ",\"features\":{\"fit\":");
	put_bool(t, v->features_fit);
	put_parts_json(t, part, FEATURE_PARTS);
	put(t, "},\"size\":{\"fits\":");
	put_bool(t, v->size_fits);
	put(t, ",\"needed\":");
	put_dec(t, v->needed_bytes);
	put(t, ",\"room\":");
	put_dec(t, v->room_bytes);
	put_parts_json(t, part + FEATURE_PARTS, PARTS - FEATURE_PARTS);
	put(t, "},\"blocked\":[");
	for (left = v->blocked; left; left &= left - 1, between = ",") {
		put(t, between);
		put_blocker(t, part, vprim_ctz64(left));
	}
	put(t, "]}");
}

int vprim_xstate_verdict_text(const struct vprim_xstate_verdict *verdict,
			      enum vprim_xstate_style style, char *text,
			      size_t cap, size_t *needed)
{
	if (!verdict || (!text && cap))
		return -EINVAL;
	if (style == VPRIM_XSTATE_TEXT)
		return put_twice(put_verdict_text, verdict, text, cap, needed);
	if (style == VPRIM_XSTATE_JSON)
		return put_twice(put_verdict_json, verdict, text, cap, needed);
	return -EINVAL;
}
