// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim caps - show a VFIO info struct and its capability chain.
 *
 * A reply comes from a file (raw, or hex as hexdump -C, xxd and the vector
 * language write it) or from a device. It is shown field by field with offsets;
 * a malformed one is shown up to the fault.
 */
#include "caps/caps.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than any reply: what VFIO clients allow is 64 KiB. */
#define INPUT_MAX (1u << 20)

/* -- fields ------------------------------------------------------------------ */

struct names {
	uint32_t value;
	const char *name;
};

static void line(const struct caps_out *out, uint32_t offset, bool inner,
		 const char *key)
{
	if (!out->json)
		printf("  0x%04" PRIx32 "  %s%-*s ", offset, inner ? "  " : "",
		       inner ? 12 : 14, key);
}

static void put_number(const struct caps_out *out, uint32_t offset, bool inner,
		       const char *key, uint64_t v, bool hex)
{
	line(out, offset, inner, key);
	if (out->json)
		json_object_object_add(out->now, key, json_object_new_uint64(v));
	else
		printf(hex ? "0x%" PRIx64 "\n" : "%" PRIu64 "\n", v);
}

static void put_hex(const struct caps_out *out, uint32_t offset, bool inner,
		    const char *key, uint64_t v)
{
	put_number(out, offset, inner, key, v, true);
}

static void put_dec(const struct caps_out *out, uint32_t offset, bool inner,
		    const char *key, uint64_t v)
{
	put_number(out, offset, inner, key, v, false);
}

/* Flags with their names; bits that have none show in the number. */
static void put_flags(const struct caps_out *out, uint32_t offset, bool inner,
		      uint64_t v, const struct names *names, size_t n)
{
	struct json_object *list = NULL;
	size_t i;

	line(out, offset, inner, "flags");
	if (out->json) {
		list = json_object_new_array();
		json_object_object_add(out->now, "flags",
				       json_object_new_uint64(v));
		json_object_object_add(out->now, "flag_names", list);
	} else {
		printf("0x%" PRIx64, v);
	}
	for (i = 0; i < n; i++) {
		if (!(v & names[i].value))
			continue;
		if (list)
			json_object_array_add(list,
				json_object_new_string(names[i].name));
		else
			printf(" %s", names[i].name);
	}
	if (!list)
		putchar('\n');
}

/* A number that may have a name. */
static void put_named(const struct caps_out *out, uint32_t offset, bool inner,
		      const char *key, uint32_t v, bool hex, const char *name)
{
	char buf[64];

	if (out->json || !name) {
		put_number(out, offset, inner, key, v, hex);
		snprintf(buf, sizeof(buf), "%s_name", key);
		if (out->json && name)
			json_object_object_add(out->now, buf,
					       json_object_new_string(name));
		return;
	}
	line(out, offset, inner, key);
	printf(hex ? "0x%" PRIx32 " %s\n" : "%" PRIu32 " %s\n", v, name);
}

static void put_range(const struct caps_out *out, struct json_object *list,
		      uint32_t offset, const char *key, uint32_t i,
		      const struct vprim_range *r)
{
	struct json_object *o;
	char name[32];

	if (list) {
		o = json_object_new_object();
		json_object_object_add(o, "start",
				       json_object_new_uint64(r->start));
		json_object_object_add(o, "last",
				       json_object_new_uint64(r->last));
		json_object_array_add(list, o);
		return;
	}
	snprintf(name, sizeof(name), "%s[%" PRIu32 "]", key, i);
	line(out, offset, true, name);
	printf("0x%" PRIx64 "..0x%" PRIx64 "\n", r->start, r->last);
}

static struct json_object *put_list(const struct caps_out *out, const char *key)
{
	struct json_object *list;

	if (!out->json)
		return NULL;
	list = json_object_new_array();
	json_object_object_add(out->now, key, list);
	return list;
}

static void put_bytes(const struct caps_out *out, uint32_t offset, bool inner,
		      const char *key, const uint8_t *bytes, size_t n)
{
	char *text = calloc(1, 2 * n + 1);
	size_t i;

	if (!text)
		return;
	for (i = 0; i < n; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	line(out, offset, inner, key);
	if (out->json)
		json_object_object_add(out->now, key, json_object_new_string(text));
	else
		printf("%s\n", n ? text : "none");
	free(text);
}

/* -- capabilities -------------------------------------------------------------- */

static int show_areas(const struct caps_out *out,
		      const struct vprim_vfio_cap_view *v,
		      const struct vprim_vfio_cap *cap, uint32_t nr,
		      struct vprim_reason *why)
{
	struct vprim_vfio_cap_area a;
	struct json_object *list;
	struct vprim_range r;
	uint32_t i;
	int ret;

	put_dec(out, cap->offset + 8, true, "nr_areas", nr);
	list = put_list(out, "areas");
	for (i = 0; i < nr; i++) {
		ret = vprim_vfio_cap_read_sparse_area(v, cap, i, &a, why);
		if (ret)
			return ret;
		if (!vprim_range_from_size(a.offset, a.size, &r))
			put_range(out, list, cap->offset + 16 + 16 * i, "area",
				  i, &r);
	}
	return 0;
}

static int show_ranges(const struct caps_out *out,
		       const struct vprim_vfio_cap_view *v,
		       const struct vprim_vfio_cap *cap, uint32_t nr,
		       struct vprim_reason *why)
{
	struct json_object *list;
	struct vprim_range r;
	uint32_t i;
	int ret;

	put_dec(out, cap->offset + 8, true, "nr_iovas", nr);
	list = put_list(out, "ranges");
	for (i = 0; i < nr; i++) {
		ret = vprim_vfio_cap_read_iova_range(v, cap, i, &r, why);
		if (ret)
			return ret;
		put_range(out, list, cap->offset + 16 + 16 * i, "iova", i, &r);
	}
	return 0;
}

static int show_string(const struct caps_out *out,
		       const struct vprim_vfio_cap_view *v,
		       const struct vprim_vfio_cap *cap, uint32_t size,
		       struct vprim_reason *why)
{
	uint8_t *bytes = calloc(1, size + (size_t)1);
	int ret;

	if (!bytes)
		return -ENOMEM;
	ret = vprim_vfio_cap_read_zpci_bytes(v, cap, bytes, size, &size, why);
	if (!ret) {
		put_dec(out, cap->offset + 8, true, "size", size);
		put_bytes(out, cap->offset + 12, true, "data", bytes, size);
	}
	free(bytes);
	return ret;
}

static void show_type(const struct caps_out *out, uint32_t at,
		      const struct vprim_vfio_cap_type *t)
{
	static const struct {
		uint32_t type, subtype;
		const char *type_name, *subtype_name;
	} known[] = {
		{ VPRIM_VFIO_CAP_TYPE_PCI | 0x8086, 1, "Intel", "IGD opregion" },
		{ VPRIM_VFIO_CAP_TYPE_PCI | 0x8086, 2, "Intel", "IGD host bridge config" },
		{ VPRIM_VFIO_CAP_TYPE_PCI | 0x8086, 3, "Intel", "IGD LPC config" },
		{ VPRIM_VFIO_CAP_TYPE_PCI | 0x10de, 1, "NVIDIA", "NVLINK2 RAM" },
		{ VPRIM_VFIO_CAP_TYPE_PCI | 0x1014, 1, "IBM", "NVLINK2 ATSD" },
		{ VPRIM_VFIO_CAP_TYPE_GFX, 1, "GFX", "EDID" },
		{ VPRIM_VFIO_CAP_TYPE_CCW, 1, "CCW", "async command" },
		{ VPRIM_VFIO_CAP_TYPE_CCW, 2, "CCW", "SCHIB" },
		{ VPRIM_VFIO_CAP_TYPE_CCW, 3, "CCW", "CRW" },
		{ VPRIM_VFIO_CAP_TYPE_MIGRATION, 1, "MIGRATION", "deprecated" },
	};
	const char *type = NULL, *subtype = NULL;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(known); i++) {
		if (known[i].type != t->type)
			continue;
		type = known[i].type_name;
		if (known[i].subtype == t->subtype)
			subtype = known[i].subtype_name;
	}
	put_named(out, at + 8, true, "type", t->type, true, type);
	put_named(out, at + 12, true, "subtype", t->subtype, false, subtype);
}

static void show_migration(const struct caps_out *out, uint32_t at,
			   const struct vprim_vfio_cap_migration *m)
{
	uint32_t hole = out->options & VPRIM_VFIO_CAP_I386 ? 0 : 4;

	put_hex(out, at + 8, true, "flags", m->flags);
	put_hex(out, at + 12 + hole, true, "pgsizes", m->pgsizes);
	put_dec(out, at + 20 + hole, true, "max_bitmap", m->max_bitmap_bytes);
}

static void show_zpci_base(const struct caps_out *out, uint32_t at, uint16_t version,
			   const struct vprim_vfio_cap_zpci_base *b)
{
	put_hex(out, at + 8, true, "start_dma", b->start_dma);
	put_hex(out, at + 16, true, "end_dma", b->end_dma);
	put_hex(out, at + 24, true, "pchid", b->pchid);
	put_dec(out, at + 26, true, "vfn", b->vfn);
	put_dec(out, at + 28, true, "fmb_length", b->fmb_length);
	put_dec(out, at + 30, true, "pft", b->pft);
	put_hex(out, at + 31, true, "gid", b->gid);
	if (version > 1)
		put_hex(out, at + 32, true, "fh", b->fh);
}

static void show_zpci_group(const struct caps_out *out, uint32_t at, uint16_t version,
			    const struct vprim_vfio_cap_zpci_group *g)
{
	static const struct names names[] = {
		{ VPRIM_VFIO_CAP_ZPCI_REFRESH, "REFRESH" },
	};

	put_hex(out, at + 8, true, "dasm", g->dasm);
	put_hex(out, at + 16, true, "msi_addr", g->msi_addr);
	put_flags(out, at + 24, true, g->flags, names, VPRIM_ARRAY_LEN(names));
	put_dec(out, at + 32, true, "mui", g->mui);
	put_dec(out, at + 34, true, "noi", g->noi);
	put_dec(out, at + 36, true, "maxstbl", g->maxstbl);
	put_dec(out, at + 38, true, "pci_version", g->pci_version);
	if (version > 1)
		put_dec(out, at + 40, true, "imaxstbl", g->imaxstbl);
}

static void show_atomic(const struct caps_out *out, uint32_t at, uint32_t flags)
{
	static const struct names names[] = {
		{ VPRIM_VFIO_CAP_ATOMIC_COMP32, "COMP32" },
		{ VPRIM_VFIO_CAP_ATOMIC_COMP64, "COMP64" },
		{ VPRIM_VFIO_CAP_ATOMIC_COMP128, "COMP128" },
	};

	put_flags(out, at + 8, true, flags, names, VPRIM_ARRAY_LEN(names));
}

#define KEY(kind, id) (VPRIM_VFIO_CAP_##kind << 8 | VPRIM_VFIO_CAP_##id)

static int show_payload(const struct caps_out *out,
			const struct vprim_vfio_cap_view *v,
			const struct vprim_vfio_cap *cap, struct vprim_reason *why)
{
	struct vprim_vfio_cap_value value;
	const union vprim_vfio_cap_payload *u = &value.u;
	uint32_t at = cap->offset;
	int ret = vprim_vfio_cap_read_value(v, cap, &value, why);

	if (ret)
		return ret;
	switch (value.kind << 8 | value.id) {
	case KEY(REGION, SPARSE_MMAP):
		return show_areas(out, v, cap, u->nr, why);
	case KEY(IOMMU, IOVA_RANGE):
		return show_ranges(out, v, cap, u->nr, why);
	case KEY(DEVICE, ZPCI_UTIL):
	case KEY(DEVICE, ZPCI_PFIP):
		return show_string(out, v, cap, u->nr, why);
	case KEY(REGION, TYPE):
		show_type(out, at, &u->type);
		break;
	case KEY(REGION, NVLINK2_SSATGT):
		put_hex(out, at + 8, true, "tgt", u->nvlink2_tgt);
		break;
	case KEY(REGION, NVLINK2_LNKSPD):
		put_dec(out, at + 8, true, "link_speed", u->nvlink2_spd);
		break;
	case KEY(IOMMU, MIGRATION):
		show_migration(out, at, &u->migration);
		break;
	case KEY(IOMMU, DMA_AVAIL):
		put_dec(out, at + 8, true, "avail", u->dma_avail);
		break;
	case KEY(DEVICE, ZPCI_BASE):
		show_zpci_base(out, at, value.version, &u->zpci_base);
		break;
	case KEY(DEVICE, ZPCI_GROUP):
		show_zpci_group(out, at, value.version, &u->zpci_group);
		break;
	case KEY(DEVICE, PCI_ATOMIC_COMP):
		show_atomic(out, at, u->atomic_comp);
		break;
	}
	return 0;
}

static const struct names notes[] = {
	{ VPRIM_VFIO_CAP_UNKNOWN, "unknown" },
	{ VPRIM_VFIO_CAP_REJECTED, "rejected: version 0 (P11)" },
	{ VPRIM_VFIO_CAP_DUPLICATE, "duplicate: the first counts (P12)" },
	{ VPRIM_VFIO_CAP_OVERLAP, "areas overlap" },
	{ VPRIM_VFIO_CAP_UNSORTED, "ranges do not ascend" },
};

static void begin_cap(const struct caps_out *out, const char *name,
		      const struct vprim_vfio_cap *cap)
{
	size_t i;

	if (!out->json) {
		printf("  0x%04" PRIx32 "  %s (%u) version %u, %" PRIu32 " bytes",
		       cap->offset, name ? name : "?", cap->id, cap->version,
		       cap->extent_bytes);
		if (cap->next)
			printf(", next 0x%" PRIx32, cap->next);
		else
			printf(", last");
		for (i = 0; i < VPRIM_ARRAY_LEN(notes); i++)
			if (cap->notes & notes[i].value)
				printf("; %s", notes[i].name);
		putchar('\n');
		return;
	}
	if (name)
		json_object_object_add(out->now, "name",
				       json_object_new_string(name));
	json_object_object_add(out->now, "id", json_object_new_uint64(cap->id));
	json_object_object_add(out->now, "version",
			       json_object_new_uint64(cap->version));
	json_object_object_add(out->now, "offset",
			       json_object_new_uint64(cap->offset));
	json_object_object_add(out->now, "next",
			       json_object_new_uint64(cap->next));
	json_object_object_add(out->now, "bytes",
			       json_object_new_uint64(cap->extent_bytes));
	for (i = 0; i < VPRIM_ARRAY_LEN(notes); i++)
		if (cap->notes & notes[i].value)
			json_object_object_add(out->now, i == 0 ? "unknown" :
				i == 1 ? "rejected" : i == 2 ? "duplicate" :
				i == 3 ? "overlap" : "unsorted",
				json_object_new_boolean(true));
}

static int show_cap(struct caps_out *out, enum vprim_vfio_cap_kind kind,
		    const struct vprim_vfio_cap_view *v,
		    struct vprim_vfio_cap *cap, struct json_object *list,
		    struct vprim_reason *why)
{
	const char *name = vprim_vfio_cap_name(kind, cap->id);
	struct json_object *reply = out->now;
	struct vprim_vfio_cap checked = *cap;
	int ret = vprim_vfio_cap_check(v, &checked, why);

	if (list) {
		out->now = json_object_new_object();
		json_object_array_add(list, out->now);
	}
	begin_cap(out, name, &checked);
	/* On a fault in the payload, what comes before it is worth seeing. */
	if (name && !(cap->notes & VPRIM_VFIO_CAP_REJECTED)) {
		int seen = show_payload(out, v, cap, ret ? NULL : why);

		ret = ret ? ret : seen;
	}
	out->now = reply;
	return ret;
}

/* -- the reply ------------------------------------------------------------------- */

static const struct names region_flags[] = {
	{ VPRIM_VFIO_CAP_REGION_READ, "READ" },
	{ VPRIM_VFIO_CAP_REGION_WRITE, "WRITE" },
	{ VPRIM_VFIO_CAP_REGION_MMAP, "MMAP" },
	{ VPRIM_VFIO_CAP_REGION_CAPS, "CAPS" },
}, device_flags[] = {
	{ VPRIM_VFIO_CAP_DEVICE_RESET, "RESET" },
	{ VPRIM_VFIO_CAP_DEVICE_PCI, "PCI" },
	{ VPRIM_VFIO_CAP_DEVICE_PLATFORM, "PLATFORM" },
	{ VPRIM_VFIO_CAP_DEVICE_AMBA, "AMBA" },
	{ VPRIM_VFIO_CAP_DEVICE_CCW, "CCW" },
	{ VPRIM_VFIO_CAP_DEVICE_AP, "AP" },
	{ VPRIM_VFIO_CAP_DEVICE_FSL_MC, "FSL_MC" },
	{ VPRIM_VFIO_CAP_DEVICE_CAPS, "CAPS" },
	{ VPRIM_VFIO_CAP_DEVICE_CDX, "CDX" },
}, iommu_flags[] = {
	{ VPRIM_VFIO_CAP_IOMMU_PGSIZES, "PGSIZES" },
	{ VPRIM_VFIO_CAP_IOMMU_CAPS, "CAPS" },
};

static const char *const kind_names[] = {
	[VPRIM_VFIO_CAP_REGION] = "region",
	[VPRIM_VFIO_CAP_DEVICE] = "device",
	[VPRIM_VFIO_CAP_IOMMU] = "iommu",
};

static void show_fixed(const struct caps_out *out, enum vprim_vfio_cap_kind kind,
		       const struct vprim_vfio_cap_fixed *f, size_t len)
{
	put_dec(out, 0, false, "argsz", f->argsz);
	switch (kind) {
	case VPRIM_VFIO_CAP_REGION:
		put_flags(out, 4, false, f->flags, region_flags,
			  VPRIM_ARRAY_LEN(region_flags));
		put_dec(out, 8, false, "index", f->index);
		put_hex(out, 12, false, "cap_offset", f->cap_offset);
		put_hex(out, 16, false, "size", f->size);
		put_hex(out, 24, false, "offset", f->offset);
		return;
	case VPRIM_VFIO_CAP_DEVICE:
		put_flags(out, 4, false, f->flags, device_flags,
			  VPRIM_ARRAY_LEN(device_flags));
		put_dec(out, 8, false, "num_regions", f->num_regions);
		put_dec(out, 12, false, "num_irqs", f->num_irqs);
		break;
	case VPRIM_VFIO_CAP_IOMMU:
		put_flags(out, 4, false, f->flags, iommu_flags,
			  VPRIM_ARRAY_LEN(iommu_flags));
		put_hex(out, 8, false, "iova_pgsizes", f->pgsizes);
		break;
	}
	if (len >= VPRIM_VFIO_CAP_OLD_BYTES)
		put_hex(out, 16, false, "cap_offset", f->cap_offset);
}

static void show_fault(const struct caps_out *out,
		       const struct vprim_reason *why)
{
	const char *id = vprim_reason_word(why);
	struct vprim_reason bare = { .rule = why->rule };
	char text[VPRIM_REASON_TEXT_BYTES];
	struct json_object *o;

	/* The place and the size have a column and a line of their own. */
	vprim_reason_text(&bare, text, sizeof(text));
	if (!out->json) {
		printf("%s  0x%04" PRIx64 "  breaks %s: %s%s\n",
		       out->colour ? "\033[31m" : "", why->at, id, text,
		       out->colour ? "\033[0m" : "");
		if (why->has_value)
			printf("          ask again with argsz %" PRIu64 "\n",
			       why->value);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "rule", json_object_new_string(id));
	json_object_object_add(o, "offset",
			       json_object_new_uint64(why->at));
	json_object_object_add(o, "text", json_object_new_string(text));
	if (why->has_value)
		json_object_object_add(o, "needed",
				       json_object_new_uint64(why->value));
	json_object_object_add(out->now, "fault", o);
}

static int show_chain(struct caps_out *out, enum vprim_vfio_cap_kind kind,
		      const uint8_t *bytes, size_t len,
		      struct vprim_reason *why)
{
	struct json_object *list;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	int ret = vprim_vfio_cap_view_init(&v, kind, out->options, bytes, len,
					   why);

	if (ret)
		return ret;
	list = put_list(out, "caps");
	for (ret = vprim_vfio_cap_first(&v, &cap, why); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, why)) {
		ret = show_cap(out, kind, &v, &cap, list, why);
		if (ret)
			return ret;
	}
	if (v.needed_bytes && !out->json)
		printf("          the reply ends before cap_offset: ask again "
		       "with argsz %" PRIu32 "\n", v.needed_bytes);
	return ret == -ENOENT ? 0 : ret;
}

/* A line of the vector language: a recording that checks itself. */
static int show_vec(const struct caps_out *out, enum vprim_vfio_cap_kind kind,
		    const uint8_t *bytes, size_t len)
{
	struct vprim_reason why = { .rule = NULL };
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	const uint16_t one = 1;
	bool big = out->options & VPRIM_VFIO_CAP_BE, first = true;
	size_t i;
	int ret;

	if (!(out->options & (VPRIM_VFIO_CAP_LE | VPRIM_VFIO_CAP_BE)))
		big = !*(const uint8_t *)&one;
	printf("vfio_cap.parse kind=%s%s%s%s bytes=hex:", kind_names[kind],
	       out->options & VPRIM_VFIO_CAP_STRICT ? " mode=strict" : "",
	       big ? " order=big" : "",
	       out->options & VPRIM_VFIO_CAP_I386 ? " abi=i386" : "");
	for (i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	ret = vprim_vfio_cap_parse(&v, kind, out->options, bytes, len, &why);
	if (ret == -EBADMSG)
		printf(" -> -EBADMSG at=0x%" PRIx64 " why=%s\n", why.at,
		       vprim_reason_word(&why));
	else if (ret == -EMSGSIZE)
		printf(" -> -EMSGSIZE needed=%" PRIu64 "\n", why.value);
	else if (ret)
		printf(" -> -EINVAL\n");
	else
		printf(" -> ok caps=");
	if (ret)
		return TOOL_FAILED;
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL)) {
		if (cap.notes & VPRIM_VFIO_CAP_REJECTED)
			continue;
		printf("%s%u@0x%" PRIx32, first ? "" : ",", cap.id, cap.offset);
		first = false;
	}
	printf("%s\n", first ? "none" : "");
	return TOOL_OK;
}

int caps_show(struct caps_out *out, enum vprim_vfio_cap_kind kind,
	      const uint8_t *bytes, size_t len)
{
	struct vprim_reason why = { .rule = NULL };
	struct vprim_vfio_cap_fixed f;
	int ret;

	if (out->vec)
		return show_vec(out, kind, bytes, len);
	if (out->json) {
		out->now = json_object_new_object();
		json_object_object_add(out->now, "kind",
				       json_object_new_string(kind_names[kind]));
		json_object_object_add(out->now, "bytes",
				       json_object_new_uint64(len));
		put_bytes(out, 0, false, "data", bytes, len);
	} else {
		printf("%s%s info, %zu bytes\n", out->shown++ ? "\n" : "",
		       kind_names[kind], len);
	}
	if (!vprim_vfio_cap_fixed_load(kind, out->options, bytes, len, &f))
		show_fixed(out, kind, &f, len);
	ret = show_chain(out, kind, bytes, len, &why);
	if (ret == -ENOMEM)
		tool_warn("caps: out of memory");
	else if (ret)
		show_fault(out, &why);
	if (out->json && out->replies) {
		json_object_array_add(out->replies, out->now);
	} else if (out->json) {
		puts(json_object_to_json_string_ext(out->now,
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
		json_object_put(out->now);
	}
	return ret ? TOOL_FAILED : TOOL_OK;
}

/* Their offsets are those in the kernel's array. */
void caps_show_ranges(struct caps_out *out, const struct vprim_range *list,
		      size_t nr)
{
	struct json_object *ranges;
	uint32_t i;

	if (out->vec) {
		printf("windows.check ");
		for (i = 0; i < nr; i++)
			printf("%s0x%" PRIx64 "..0x%" PRIx64, i ? "," : "",
			       list[i].start, list[i].last);
		printf("%s -> ok\n", nr ? "" : "none");
		return;
	}
	if (out->json) {
		out->now = json_object_new_object();
		json_object_object_add(out->now, "kind",
				       json_object_new_string("ioas"));
		json_object_array_add(out->replies, out->now);
	} else {
		printf("%sioas ranges, %zu\n", out->shown++ ? "\n" : "", nr);
	}
	ranges = put_list(out, "ranges");
	for (i = 0; i < nr; i++)
		put_range(out, ranges, 16 * i, "iova", i, &list[i]);
}

/* -- input --------------------------------------------------------------------------- */

static uint8_t *read_all(FILE *in, size_t *len)
{
	uint8_t *buf = malloc(INPUT_MAX + 1);

	if (!buf)
		return NULL;
	*len = fread(buf, 1, INPUT_MAX + 1, in);
	if (ferror(in) || *len > INPUT_MAX) {
		errno = ferror(in) ? errno : EFBIG;
		free(buf);
		return NULL;
	}
	return buf;
}

/* A reply holds zero bytes, or at least ones that no text has. */
static bool is_text(const uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isprint(buf[i]) && !isspace(buf[i]))
			return false;
	return len > 0;
}

static int nibble(char ch)
{
	const char *digits = "0123456789abcdef", *at;

	at = ch ? strchr(digits, tolower((unsigned char)ch)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/*
 * The bytes of one line, at @to. "OFFSET:" before them and, in hexdump -C style,
 * "OFFSET  " before and "|text|" after them are dropped, as is the text column
 * of xxd, which follows at most 16 bytes and two blanks. False when something
 * else is there.
 */
static bool hex_line(char *text, uint8_t *to, size_t *n)
{
	char *bar = strchr(text, '|'), *colon = strchr(text, ':');
	size_t most = SIZE_MAX, digits;

	*n = 0;
	text += strspn(text, " \t");
	if (!strncmp(text, "hex:", 4)) {
		text += 4;
	} else if (colon && strspn(text, "0123456789abcdefABCDEF") ==
				    (size_t)(colon - text)) {
		text = colon + 1;
		most = 16;
	} else if (bar) {
		*bar = '\0';
		text += strspn(text, "0123456789abcdefABCDEF");
	} else {
		/* The last line of hexdump -C is an offset alone. */
		digits = strspn(text, "0123456789abcdefABCDEF");
		if (digits == 8 && !text[digits + strspn(text + digits, " \t\r")] &&
		    text[0] == '0' && text[1] == '0')
			return true;
	}
	for (; *n < most; text += 2) {
		text += strspn(text, " \t\r,");
		if (!*text)
			return true;
		if (nibble(text[0]) < 0 || nibble(text[1]) < 0)
			return most == 16 && *n;
		to[(*n)++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
	}
	return true;
}

/* Hex in place: the bytes are never more than the text. */
static bool decode_hex(uint8_t *buf, size_t *len)
{
	char *rest = (char *)buf, *end = rest + *len, *eol;
	size_t total = 0, n, number;

	for (number = 1; rest < end; number++, rest = eol + 1) {
		eol = memchr(rest, '\n', (size_t)(end - rest));
		if (!eol)
			eol = end;
		*eol = '\0';
		if (!hex_line(rest, buf + total, &n)) {
			tool_warn("caps: line %zu: expected hex bytes", number);
			return false;
		}
		total += n;
	}
	*len = total;
	return true;
}

static int show_file(struct caps_out *out, enum vprim_vfio_cap_kind kind,
		     const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *in = standard ? stdin : fopen(path, "rb");
	int status = TOOL_USAGE;
	uint8_t *buf = NULL;
	size_t len;

	if (in)
		buf = read_all(in, &len);
	if (!buf)
		tool_warn("%s: %s", standard ? "standard input" : path,
			  strerror(errno));
	else if (!is_text(buf, len) || decode_hex(buf, &len))
		status = caps_show(out, kind, buf, len);
	free(buf);
	if (in && !standard)
		fclose(in);
	return status;
}

/* Without a word, the first. */
static bool choose(const char *word, const char *const *words, size_t n,
		   const char *option, size_t *choice)
{
	for (*choice = 0; *choice < n; (*choice)++)
		if (!word || !strcmp(word, words[*choice]))
			return true;
	tool_warn("caps: --%s: '%s' is none of its words; try --help", option, word);
	return false;
}

int cmd_caps(int argc, const char **argv)
{
	static const char *const orders[] = { "host", "little", "big" };
	static const uint32_t order_options[] = { 0, VPRIM_VFIO_CAP_LE,
						  VPRIM_VFIO_CAP_BE };
	struct caps_out out = { 0 };
	char *kind_word = NULL, *order_word = NULL, *device = NULL;
	int json = 0, vec = 0, strict = 0, packed = 0, iommufd = 0, status;
	size_t kind = 0, order = 0;
	const char *path;
	struct poptOption options[] = {
		{ "kind", 'k', POPT_ARG_STRING, &kind_word, 0,
		  "which info struct the file holds; a region's unless said",
		  "region|device|iommu" },
		{ "device", 'd', POPT_ARG_STRING, &device, 0,
		  "ask a device bound to a VFIO driver", "BDF|NAME" },
		{ "iommufd", 0, POPT_ARG_NONE, &iommufd, 0,
		  "ask it through iommufd instead of a container", NULL },
		{ "json", 0, POPT_ARG_NONE, &json, 0, "one JSON object", NULL },
		{ "vec", 0, POPT_ARG_NONE, &vec, 0,
		  "lines for 'virtprim run': a recording that checks itself", NULL },
		{ "strict", 0, POPT_ARG_NONE, &strict, 0,
		  "8-byte alignment and ascending ranges, as kernels since 6.6 give",
		  NULL },
		{ "order", 0, POPT_ARG_STRING, &order_word, 0,
		  "byte order of the file; this host's unless said",
		  "host|little|big" },
		{ "i386", 0, POPT_ARG_NONE, &packed, 0,
		  "the file is of a 32-bit x86 kernel", NULL },
		POPT_TABLEEND
	};
	poptContext con = tool_options(argc, argv, options,
				       "[OPTION...] FILE|- | --device BDF|NAME", &status);

	out.colour = tool_colour(stdout);
	if (!con)
		return status;
	path = poptGetArg(con);
	status = TOOL_USAGE;
	out.json = json;
	out.vec = vec;
	if (!choose(kind_word, kind_names, VPRIM_ARRAY_LEN(kind_names), "kind", &kind) ||
	    !choose(order_word, orders, VPRIM_ARRAY_LEN(orders), "order", &order))
		goto out;
	out.options = order_options[order];
	if (strict)
		out.options |= VPRIM_VFIO_CAP_STRICT;
	if (packed)
		out.options |= VPRIM_VFIO_CAP_I386;
	if (!path == !device || poptPeekArg(con))
		tool_warn("caps: one FILE is needed, or - for standard input, or "
			  "--device BDF");
	else if (path && iommufd)
		tool_warn("caps: --iommufd goes with --device");
	else if (path)
		status = show_file(&out, (enum vprim_vfio_cap_kind)kind, path);
	else
		status = caps_device(&out, vprim_user_sys_real(), device, iommufd);
out:
	poptFreeContext(con);
	free(kind_word);
	free(order_word);
	free(device);
	return status;
}
