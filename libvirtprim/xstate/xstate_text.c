// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Names, and verdicts in words. */
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

static void put_component(struct vprim_text *t, unsigned int n)
{
	vprim_text_dec_(t, n);
	vprim_text_str_(t, " (");
	vprim_text_str_(t, vprim_xstate_component_name(n));
	vprim_text_char_(t, ')');
}

/* One part of a verdict: the mask, its word in JSON and for people. */
struct part {
	const char *word, *people;
	uint64_t mask;
};

#define FEATURE_PARTS 3
#define PARTS 6

static void split(const struct vprim_xstate_verdict *v, struct part part[PARTS])
{
	part[0] = (struct part){ "missing", "is missing", v->missing };
	part[1] = (struct part){ "not_permitted", "is not permitted",
				 v->not_permitted };
	part[2] = (struct part){ "withheld", "is not offered by the kernel",
				 v->withheld };
	part[3] = (struct part){ "resized", "size", v->resized };
	part[4] = (struct part){ "moved", "place", v->moved };
	part[5] = (struct part){ "realigned", "alignment", v->realigned };
}

/* "component 9 (PKRU) has another size and place" */
static void put_difference(struct vprim_text *t, const struct part *part,
			   unsigned int n)
{
	const char *before = " ", *another = " has another ";
	unsigned int i, left = 0;

	vprim_text_str_(t, "component ");
	put_component(t, n);
	for (i = 0; i < FEATURE_PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		vprim_text_str_(t, before);
		vprim_text_str_(t, part[i].people);
		before = " and ";
		another = " and has another ";
	}
	for (; i < PARTS; i++)
		left += xstate_has(part[i].mask, n);
	for (i = FEATURE_PARTS; i < PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		vprim_text_str_(t, another);
		vprim_text_str_(t, part[i].people);
		another = --left > 1 ? ", " : " and ";
	}
	vprim_text_str_(t, "\n");
}

static void put_verdict_text(struct vprim_text *t,
			     const struct vprim_xstate_verdict *v)
{
	struct part part[PARTS];
	uint64_t left;

	split(v, part);
	vprim_text_str_(t, v->compatible ? "compatible: yes\n" : "compatible: no\n");
	vprim_text_str_(t, v->features_fit ? "features: a subset\n" :
				 "features: not a subset\n");
	vprim_text_str_(t, v->needed_bytes <= v->capacity_bytes ? "size: fits, " :
						  "size: does not fit, ");
	vprim_text_dec_(t, v->needed_bytes);
	vprim_text_str_(t, " bytes into ");
	vprim_text_dec_(t, v->capacity_bytes);
	vprim_text_str_(t, "\n");
	for (left = v->blocked; left; left &= left - 1)
		put_difference(t, part, vprim_ctz64(left));
}

static void put_list(struct vprim_text *t, uint64_t mask)
{
	const char *between = "";

	vprim_text_str_(t, "[");
	for (; mask; mask &= mask - 1, between = ",") {
		vprim_text_str_(t, between);
		vprim_text_dec_(t, vprim_ctz64(mask));
	}
	vprim_text_str_(t, "]");
}

static void put_bool(struct vprim_text *t, bool b)
{
	vprim_text_str_(t, b ? "true" : "false");
}

static void put_parts_json(struct vprim_text *t, const struct part *part,
			   unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		vprim_text_str_(t, ",\"");
		vprim_text_str_(t, part[i].word);
		vprim_text_str_(t, "\":");
		put_list(t, part[i].mask);
	}
}

/* One component that blocks: number, name, and every reason. */
static void put_blocker(struct vprim_text *t, const struct part *part,
			unsigned int n)
{
	const char *between = "";
	unsigned int i;

	vprim_text_str_(t, "{\"component\":");
	vprim_text_dec_(t, n);
	vprim_text_str_(t, ",\"name\":\"");
	vprim_text_str_(t, vprim_xstate_component_name(n));
	vprim_text_str_(t, "\",\"why\":[");
	for (i = 0; i < PARTS; i++) {
		if (!xstate_has(part[i].mask, n))
			continue;
		vprim_text_str_(t, between);
		vprim_text_str_(t, "\"");
		vprim_text_str_(t, part[i].word);
		vprim_text_str_(t, "\"");
		between = ",";
	}
	vprim_text_str_(t, "]}");
}

static void put_verdict_json(struct vprim_text *t,
			     const struct vprim_xstate_verdict *v)
{
	const char *between = "";
	struct part part[PARTS];
	uint64_t left;

	split(v, part);
	vprim_text_str_(t, "{\"compatible\":");
	put_bool(t, v->compatible);
	vprim_text_str_(t, ",\"features\":{\"fit\":");
	put_bool(t, v->features_fit);
	put_parts_json(t, part, FEATURE_PARTS);
	vprim_text_str_(t, "},\"size\":{\"fits\":");
	put_bool(t, v->size_fits);
	vprim_text_str_(t, ",\"needed\":");
	vprim_text_dec_(t, v->needed_bytes);
	vprim_text_str_(t, ",\"room\":");
	vprim_text_dec_(t, v->capacity_bytes);
	put_parts_json(t, part + FEATURE_PARTS, PARTS - FEATURE_PARTS);
	vprim_text_str_(t, "},\"blocked\":[");
	for (left = v->blocked; left; left &= left - 1, between = ",") {
		vprim_text_str_(t, between);
		put_blocker(t, part, vprim_ctz64(left));
	}
	vprim_text_str_(t, "]}");
}

size_t vprim_xstate_verdict_text(const struct vprim_xstate_verdict *verdict,
				 enum vprim_xstate_style style, char *text,
				 size_t size_bytes)
{
	struct vprim_text t = { text, size_bytes, 0 };

	if (style == VPRIM_XSTATE_JSON)
		put_verdict_json(&t, verdict);
	else
		put_verdict_text(&t, verdict);
	return vprim_text_end_(&t);
}
