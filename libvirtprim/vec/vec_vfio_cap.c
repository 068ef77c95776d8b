// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of vfio_cap.h and region_info.h. Bytes are little-endian on
 * every host unless order=big says otherwise.
 */
#include "vec_internal.h"
#include <virtprim/region_info.h>
#include <virtprim/vfio_cap.h>

/* A reply prints the caller's buffer, up to this much beyond what it needs. */
#define TAIL_MAX 4096u

#define KIND "region|device|iommu"
#define LAYOUT "order=little|big? abi=lp64|i386?"
#define SERVER "server=vfio|iommufd|vfio_user?"

static uint32_t layout(struct vprim_vec_call *c)
{
	return (CHOICE("order") ? VPRIM_VFIO_CAP_BE : VPRIM_VFIO_CAP_LE) |
	       (CHOICE("abi") ? VPRIM_VFIO_CAP_I386 : 0);
}

static enum vprim_vfio_cap_kind kind_of(struct vprim_vec_call *c)
{
	static const enum vprim_vfio_cap_kind kinds_of[] = { VPRIM_VFIO_CAP_REGION,
		VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_IOMMU };

	return kinds_of[vprim_vec_number(c, "kind", 2)];
}

static uint32_t server(struct vprim_vec_call *c)
{
	static const uint32_t options[] = { 0, VPRIM_VFIO_CAP_IOMMUFD,
					    VPRIM_VFIO_CAP_VFIO_USER };

	return options[vprim_vec_number(c, "server", 2)];
}

/* -- cap_chain ------------------------------------------------------------- */

struct chain {
	struct vprim_vfio_cap_chain chain;	/* first: a call of it takes the object */
	uint32_t options, header;
};

static int chain_new(struct vprim_vec_call *c)
{
	struct chain *o = c->obj;
	uint32_t capacity = U32("room");
	void *buf = NULL;

	o->options = layout(c) | server(c);
	o->header = U32("header");
	/* What is given is for the whole reply, as argsz is. */
	capacity = capacity > o->header ? capacity - o->header : 0;
	if (HAS("room")) {
		buf = vprim_vec_keep(c, (size_t)capacity + 1);
		if (!buf)
			return VPRIM_VEC_SCRIPT;
	}
	return vprim_vfio_cap_chain_init(&o->chain, o->options, o->header, buf, capacity);
}

/* What every add answers. */
static int added(struct vprim_vec_call *c, int ret)
{
	if (!ret)
		OUT("offset=x", OBJ(chain)->chain.header_bytes_ + OBJ(chain)->chain.last_);
	if (ret == -EMSGSIZE)
		OUT("needed=u", vprim_vfio_cap_chain_argsz(&OBJ(chain)->chain));
	return ret;
}

VERB(add, added(c, vprim_vfio_cap_add(c->obj, U16("id"), U16("version"),
		ARG("data")->bytes, ARG("data")->n + VPRIM_VFIO_CAP_HDR_BYTES)))

static int sparse_mmap(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *given = ARG("areas");
	struct vprim_vfio_cap_area *areas;
	size_t i;

	areas = vprim_vec_scratch(c, (given->n + 1) * sizeof(*areas));
	if (!areas)
		return VPRIM_VEC_SCRIPT;
	for (i = 0; i < given->n; i++) {
		areas[i].offset = given->pairs[i].a;
		areas[i].size = given->pairs[i].b;
	}
	return added(c, vprim_vfio_cap_add_sparse_mmap(c->obj, areas,
						       (uint32_t)given->n));
}

/* Append what a script says in fields. */
static int add_value(struct vprim_vec_call *c, enum vprim_vfio_cap_kind kind,
		     uint16_t id, uint64_t version, union vprim_vfio_cap_payload u)
{
	/* A version that is too large for the field is 0, which no one knows. */
	struct vprim_vfio_cap_value v = {
		kind, id, version > UINT16_MAX ? 0 : (uint16_t)version, u
	};

	return added(c, vprim_vfio_cap_add_value(c->obj, &v));
}

/* Written out, not by VERB(): a vendored tree has that in place, and not by its name. */
#define VALUE(name, kind, id, version, ...)				\
	static int name(struct vprim_vec_call *c)			\
	{								\
		return add_value(c, VPRIM_VFIO_CAP_##kind, VPRIM_VFIO_CAP_##id, version, \
				 (union vprim_vfio_cap_payload){ __VA_ARGS__ }); \
	}

VALUE(type, REGION, TYPE, 1, .type = { U32("type"), U32("subtype") })
VALUE(msix_mappable, REGION, MSIX_MAPPABLE, 1, 0)
VALUE(nvlink2_tgt, REGION, NVLINK2_SSATGT, 1, .nvlink2_tgt = U64("tgt"))
VALUE(nvlink2_spd, REGION, NVLINK2_LNKSPD, 1, .nvlink2_spd = U32("spd"))
VALUE(dma_avail, IOMMU, DMA_AVAIL, 1, .dma_avail = U32("avail"))
VALUE(atomic_comp, DEVICE, PCI_ATOMIC_COMP, 1, .atomic_comp = U32("flags"))
VALUE(migration, IOMMU, MIGRATION, 1, .migration = {
	U32("flags"), U64("pgsizes"), U64("max_bitmap") })
VALUE(zpci_base, DEVICE, ZPCI_BASE, U64("version"), .zpci_base = {
	U64("start"), U64("end"), U16("pchid"), U16("vfn"), U16("fmb"), U8("pft"),
	U8("gid"), U32("fh") })
VALUE(zpci_group, DEVICE, ZPCI_GROUP, U64("version"), .zpci_group = {
	U64("dasm"), U64("msi"), U64("flags"), U16("mui"), U16("noi"),
	U16("maxstbl"), U8("pci"), U16("imaxstbl") })

VERB(iova_ranges, added(c, vprim_vfio_cap_add_iova_ranges(c->obj,
		ARG("ranges")->ranges, (uint32_t)ARG("ranges")->n)))

VERB(zpci_util, added(c, vprim_vfio_cap_add_zpci_bytes(c->obj,
		VPRIM_VFIO_CAP_ZPCI_UTIL, ARG("data")->bytes, ARG("data")->n)))

VERB(zpci_pfip, added(c, vprim_vfio_cap_add_zpci_bytes(c->obj,
		VPRIM_VFIO_CAP_ZPCI_PFIP, ARG("data")->bytes, ARG("data")->n)))

static int shift(struct vprim_vec_call *c)
{
	int ret = vprim_vfio_cap_chain_shift(c->obj);

	return ret == -EMSGSIZE ? added(c, ret) : ret;
}

VERB_ASKS(finish, const void *bytes; uint32_t size,
	vprim_vfio_cap_chain_finish(c->obj, &bytes, &size),
	vprim_vec_out_bytes(c, "bytes", bytes, size))

VERB_DOES(drop, vprim_vfio_cap_chain_drop(c->obj))

static int state(struct vprim_vec_call *c)
{
	const struct vprim_vfio_cap_chain *chain = c->obj;

	return OUT("state=done|open|shifted argsz=u", chain->state_,
		   vprim_vfio_cap_chain_argsz(chain));
}

static void put_reply(struct vprim_vec_call *c,
		      const struct vprim_vfio_cap_reply *r)
{
	OUT("argsz=u flags=x cap_offset=x", r->argsz, r->flags, r->cap_offset);
}

/* The caller's buffer of @argsz bytes, zero before the call, as it is after it. */
static int put_buffer(struct vprim_vec_call *c,
		      struct vprim_vfio_cap_chain *chain, uint32_t header,
		      uint32_t argsz, const uint8_t *fixed,
		      const struct vprim_vfio_cap_reply *r)
{
	uint32_t used = r->chain_bytes ? header + r->chain_bytes :
					 r->fixed_bytes;
	uint32_t shown = argsz - used > TAIL_MAX ? used + TAIL_MAX : argsz;
	uint8_t *buf = vprim_vec_scratch(c, (size_t)shown + 1);
	const void *bytes;
	uint32_t size;

	if (!buf)
		return VPRIM_VEC_SCRIPT;
	memcpy(buf, fixed, r->fixed_bytes);
	if (!vprim_vfio_cap_chain_finish(chain, &bytes, &size))
		memcpy(buf + header, bytes, size);
	return vprim_vec_out_bytes(c, "bytes", buf, shown);
}

static int reply(struct vprim_vec_call *c)
{
	/* A copy, so that one chain can be asked again and again. */
	struct vprim_vfio_cap_chain chain = OBJ(chain)->chain;
	uint32_t needed = vprim_vfio_cap_chain_argsz(&chain);
	struct vprim_vfio_cap_fixed f = {
		.argsz = U32("argsz"), .flags = U32("flags"), .index = U32("index"),
		.size = U64("size"), .offset = U64("offset"),
		.cap_offset = U32("cap_offset"), .num_regions = U32("regions"),
		.num_irqs = U32("irqs"), .pgsizes = U64("pgsizes"),
	};
	uint8_t fixed[VPRIM_VFIO_CAP_REGION_BYTES];
	const struct chain *o = c->obj;
	struct vprim_vfio_cap_reply r;
	int ret = vprim_vfio_cap_chain_reply(&chain, kind_of(c), &f, &r);

	if (ret == -EMSGSIZE)
		OUT("needed=u", needed);
	if (!ret)
		ret = vprim_vfio_cap_fixed_store(kind_of(c), o->options, &f, fixed,
						 r.fixed_bytes);
	if (ret)
		return ret;
	put_reply(c, &r);
	return put_buffer(c, &chain, o->header, U32("argsz"), fixed, &r);
}

static const struct vprim_vec_verb chain_verbs[] = {
	{ "add", "id=u16! version=u16! data=hex?", add },
	{ "sparse_mmap", "areas:pairs", sparse_mmap },
	{ "type", "type=u32! subtype=u32!", type },
	{ "msix_mappable", "", msix_mappable },
	{ "nvlink2_tgt", "tgt=u64", nvlink2_tgt },
	{ "nvlink2_spd", "spd=u32!", nvlink2_spd },
	{ "iova_ranges", "ranges:list", iova_ranges },
	{ "migration", "pgsizes=u64 max_bitmap=u64 flags=u32!?", migration },
	{ "dma_avail", "avail:u32!", dma_avail },
	{ "atomic_comp", "flags=u32!", atomic_comp },
	{ "zpci_base", "start=u64 end=u64 pchid=u16!? vfn=u16!? fmb=u16!? pft=u8!? gid=u8!? fh=u32!? version=u64?2", zpci_base },
	{ "zpci_group", "dasm=u64 msi=u64 flags=u64? mui=u16!? noi=u16!? maxstbl=u16!? pci=u8!? imaxstbl=u16!? version=u64?2", zpci_group },
	{ "zpci_util", "data=hex", zpci_util },
	{ "zpci_pfip", "data=hex", zpci_pfip },
	{ "reply", "argsz=u32! flags=u32!? index=u32!? size=u64? offset=u64? cap_offset=u32!? kind=" KIND "? regions=u32!? irqs=u32!? pgsizes=u64?", reply },
	{ "shift", "", shift },
	{ "finish", "", finish },
	{ "drop", "", drop },
	{ "state", "", state },
};

/* -- cap_query ------------------------------------------------------------- */

VERB(query_new, vprim_vfio_cap_query_init(c->obj, kind_of(c), VPRIM_VFIO_CAP_LE,
		U32("limit"), U32("retries"), &c->why))

static int query_request(struct vprim_vec_call *c)
{
	uint32_t argsz = vprim_vfio_cap_query_argsz(c->obj);
	uint8_t *buf = vprim_vec_scratch(c, argsz);
	int ret;

	if (!buf)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_vfio_cap_query_request(c->obj, U32("index"), buf, argsz);
	return ret ? ret : vprim_vec_out_bytes(c, "bytes", buf, argsz);
}

static int query_answer(struct vprim_vec_call *c)
{
	int ret = vprim_vfio_cap_query_answer(c->obj, ARG("bytes")->bytes,
					      ARG("bytes")->n, &c->why);

	if (ret == -EMSGSIZE)
		OUT("argsz=u", vprim_vfio_cap_query_argsz(c->obj));
	return ret;
}

static const struct vprim_vec_verb query_verbs[] = {
	{ "request", "index=u32!?", query_request },
	{ "answer", "bytes=hex", query_answer },
};

/* -- region_driver ---------------------------------------------------------- */

#define DRIVER_REGIONS 24
#define DRIVER_CHAIN 480

/* A region as the driver would describe it: a whole reply, which it copies from. */
struct region {
	bool present, fails;
	uint32_t index;
	uint8_t reply[VPRIM_VFIO_CAP_REGION_BYTES + DRIVER_CHAIN];
};

struct driver {
	struct region regions[DRIVER_REGIONS];
	uint32_t capacity;		/* of the core's chain buffer */
	uint8_t buf[DRIVER_CHAIN];
};

VERB_DOES(driver_new, OBJ(driver)->capacity = U32("room"))

/* The entry of @index, else a free one to be taken, else NULL. */
static struct region *entry_of(struct driver *d, uint32_t index)
{
	struct region *unused = NULL;
	size_t i;

	for (i = 0; i < DRIVER_REGIONS; i++) {
		if (d->regions[i].present && d->regions[i].index == index)
			return &d->regions[i];
		if (!d->regions[i].present && !unused)
			unused = &d->regions[i];
	}
	return unused;
}

static int driver_region(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_fixed f = {
		.index = U32("index"), .size = U64("size"),
		.offset = U64("offset"), .flags = U32("flags"),
	};
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	struct region *region;
	const struct chain *o;
	const void *bytes;
	uint32_t size;
	int ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE,
					    VPRIM_VFIO_CAP_REGION_BYTES, NULL, 0);

	if (!ret && HAS("caps")) {
		o = vprim_vec_object(c, ARG("caps")->str,
				     &vprim_vec_module_vfio_cap.kinds[0]);
		if (!o)
			return vprim_vec_script_error(c, "the name of a cap_chain");
		chain = o->chain;
	}
	region = entry_of(c->obj, f.index);
	f.argsz = vprim_vfio_cap_chain_argsz(&chain);
	if (!region || f.argsz > sizeof(region->reply))
		return -ENOSPC;
	ret = vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &f, &r);
	if (ret)
		return ret;
	region->present = true;
	region->index = f.index;
	region->fails = IS("fails");
	if (!vprim_vfio_cap_chain_finish(&chain, &bytes, &size))
		memcpy(region->reply + VPRIM_VFIO_CAP_REGION_BYTES, bytes, size);
	return vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION,
					  VPRIM_VFIO_CAP_LE, &f, region->reply,
					  VPRIM_VFIO_CAP_REGION_BYTES);
}

/* The driver's operation: what a real one does, from a table. */
static int driver_describe(void *device, struct vprim_region_info *info,
			   struct vprim_vfio_cap_chain *chain)
{
	const struct region *region = entry_of(device, info->index);
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	int ret;

	if (!region || !region->present)
		return -EINVAL;
	ret = vprim_vfio_cap_view_init(&v, VPRIM_VFIO_CAP_REGION,
				       VPRIM_VFIO_CAP_LE, region->reply,
				       sizeof(region->reply), NULL);
	if (ret)
		return ret;
	info->size = v.fixed.size;
	info->offset = v.fixed.offset;
	info->flags = v.fixed.flags;
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL)) {
		ret = vprim_vfio_cap_add(chain, cap.id, cap.version,
					 region->reply + cap.offset +
						 VPRIM_VFIO_CAP_HDR_BYTES,
					 cap.extent_bytes);
		if (ret)
			return ret;
	}
	if (region->fails)
		return -ENODEV;
	return ret == -ENOENT ? 0 : ret;
}

static int driver_get(struct vprim_vec_call *c)
{
	static const struct vprim_region_info_ops ops = { driver_describe };
	struct vprim_vfio_cap_fixed f = {
		.argsz = U32("argsz"), .index = U32("index"),
		.cap_offset = U32("cap_offset"),
	};
	uint8_t info[VPRIM_VFIO_CAP_REGION_BYTES];
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	struct driver *d = c->obj;
	int ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE,
					    sizeof(info), d->buf, d->capacity);

	if (!ret)
		ret = vprim_region_info_get(&ops, d, &f, &chain, &r);
	if (!ret)
		ret = vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION,
						 VPRIM_VFIO_CAP_LE, &f, info,
						 sizeof(info));
	if (ret)
		return ret;
	put_reply(c, &r);
	OUT("size=x offset=x", f.size, f.offset);
	return put_buffer(c, &chain, sizeof(info), U32("argsz"), info, &r);
}

static const struct vprim_vec_verb driver_verbs[] = {
	{ "region", "index:u32! size=u64? offset=u64? flags=u32!? caps=word? fails=bit?", driver_region },
	{ "get", "argsz=u32! index=u32! cap_offset=u32!?", driver_get },
};

static const struct vprim_vec_kind kinds[] = {
	{ "cap_chain", "header=u32! room=0..1048576!? " LAYOUT " " SERVER,
	  sizeof(struct chain), chain_new, NULL, VERBS(chain_verbs) },
	{ "cap_query", "kind=" KIND " limit=u32!? retries=u32!?",
	  sizeof(struct vprim_vfio_cap_query), query_new, NULL, VERBS(query_verbs) },
	{ "region_driver", "room=0..480!?480", sizeof(struct driver), driver_new, NULL, VERBS(driver_verbs) },
};

/* -- the parser ------------------------------------------------------------ */

/* The capabilities of a checked chain that have all of @with and none of @without. */
static void put_caps(struct vprim_vec_call *c, const char *key,
		     const struct vprim_vfio_cap_view *view, uint32_t with,
		     uint32_t without)
{
	struct vprim_vfio_cap cap;
	int ret;

	if (with && !(view->notes & with))
		return;
	vprim_vec_list_begin(c, key);
	for (ret = vprim_vfio_cap_first(view, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(view, &cap, NULL))
		if ((cap.notes & with) == with && !(cap.notes & without))
			vprim_vec_list_pair(c, cap.id, "@", cap.offset, 16);
	vprim_vec_list_end(c);
}

static int faulty(struct vprim_vec_call *c, int ret,
		  const struct vprim_reason *why)
{
	if (ret == -EMSGSIZE)
		OUT("needed=u", why->value);
	if (ret == -EBADMSG)
		OUT("at=x", why->at);
	if (ret == -EMSGSIZE || ret == -EBADMSG)
		vprim_vec_out_word(c, "why", vprim_reason_word(why));
	return ret;
}

static int look(struct vprim_vec_call *c, struct vprim_vfio_cap_view *view)
{
	struct vprim_reason why;
	uint32_t options = layout(c) | (CHOICE("mode") ? VPRIM_VFIO_CAP_STRICT : 0);

	return faulty(c, vprim_vfio_cap_parse(view, kind_of(c), options,
			ARG("bytes")->bytes, ARG("bytes")->n, &why), &why);
}

static int parse(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_view view;
	int ret = look(c, &view);

	if (ret)
		return ret;
	put_caps(c, "caps", &view, 0, VPRIM_VFIO_CAP_REJECTED);
	put_caps(c, "unknown", &view, VPRIM_VFIO_CAP_UNKNOWN, 0);
	put_caps(c, "rejected", &view, VPRIM_VFIO_CAP_REJECTED, 0);
	put_caps(c, "duplicates", &view, VPRIM_VFIO_CAP_DUPLICATE, 0);
	if (view.notes & VPRIM_VFIO_CAP_OVERLAP)
		OUT("overlap=u", 1);
	if (view.notes & VPRIM_VFIO_CAP_UNSORTED)
		OUT("unsorted=u", 1);
	return view.needed_bytes ? OUT("needed=u", view.needed_bytes) : 0;
}

static int seek(struct vprim_vec_call *c, struct vprim_vfio_cap_view *view,
		struct vprim_vfio_cap *cap)
{
	int ret = look(c, view);

	return ret ? ret : vprim_vfio_cap_find(view, U16("id"), cap, NULL);
}

VERB_ASKS(find, struct vprim_vfio_cap_view view; struct vprim_vfio_cap cap,
	seek(c, &view, &cap),
	OUT("offset=x version=u extent=u", cap.offset, cap.version, cap.extent_bytes))

/* Areas come out as the language writes ranges; empty ones are skipped. */
static int read_areas(struct vprim_vec_call *c, const struct vprim_vfio_cap_view *v,
		      const struct vprim_vfio_cap *cap, uint32_t nr)
{
	struct vprim_vfio_cap_area a;
	struct vprim_range r;
	uint32_t i;

	vprim_vec_list_begin(c, "areas");
	for (i = 0; i < nr; i++)
		if (!vprim_vfio_cap_read_sparse_area(v, cap, i, &a, NULL) &&
		    !vprim_range_from_size(a.offset, a.size, &r))
			vprim_vec_list_range(c, NULL, &r);
	return vprim_vec_list_end(c);
}

static int read_ranges(struct vprim_vec_call *c, const struct vprim_vfio_cap_view *v,
		       const struct vprim_vfio_cap *cap, uint32_t nr)
{
	struct vprim_range *r = vprim_vec_scratch(c, (nr + (size_t)1) * sizeof(*r));
	int ret = !r ? VPRIM_VEC_SCRIPT :
		  vprim_vfio_cap_read_iova_ranges(v, cap, r, nr, &nr, NULL);

	return ret ? ret : vprim_vec_out_ranges(c, "ranges", r, nr);
}

static int read_bytes(struct vprim_vec_call *c, const struct vprim_vfio_cap_view *v,
		      const struct vprim_vfio_cap *cap, uint32_t nr)
{
	uint8_t *bytes = vprim_vec_scratch(c, nr + (size_t)1);
	int ret = !bytes ? VPRIM_VEC_SCRIPT :
		  vprim_vfio_cap_read_zpci_bytes(v, cap, bytes, nr, &nr, NULL);

	return ret ? ret : vprim_vec_out_bytes(c, "data", bytes, nr);
}

#define KEY(kind, id) (VPRIM_VFIO_CAP_##kind << 8 | VPRIM_VFIO_CAP_##id)

static int put_zpci_base(struct vprim_vec_call *c, uint16_t version,
			 const struct vprim_vfio_cap_zpci_base *b)
{
	return OUT("version=u start=x end=x pchid=u vfn=u fmb=u pft=u gid=u fh=x",
		   version, b->start_dma, b->end_dma, b->pchid, b->vfn,
		   b->fmb_length, b->pft, b->gid, b->fh);
}

static int put_zpci_group(struct vprim_vec_call *c, uint16_t version,
			  const struct vprim_vfio_cap_zpci_group *g)
{
	return OUT("version=u dasm=x msi=x flags=x mui=u noi=u maxstbl=u pci=u imaxstbl=u",
		   version, g->dasm, g->msi_addr, g->flags, g->mui, g->noi,
		   g->maxstbl, g->pci_version, g->imaxstbl);
}

static int put_value(struct vprim_vec_call *c, const struct vprim_vfio_cap_view *view,
		     const struct vprim_vfio_cap *cap,
		     const struct vprim_vfio_cap_value *v)
{
	switch (v->kind << 8 | v->id) {
	case KEY(REGION, SPARSE_MMAP):
		return read_areas(c, view, cap, v->u.nr);
	case KEY(REGION, TYPE):
		return OUT("type=x subtype=u", v->u.type.type, v->u.type.subtype);
	case KEY(REGION, NVLINK2_SSATGT):
		return OUT("tgt=x", v->u.nvlink2_tgt);
	case KEY(REGION, NVLINK2_LNKSPD):
		return OUT("spd=u", v->u.nvlink2_spd);
	case KEY(IOMMU, IOVA_RANGE):
		return read_ranges(c, view, cap, v->u.nr);
	case KEY(IOMMU, MIGRATION):
		return OUT("flags=x pgsizes=x max_bitmap=u", v->u.migration.flags,
			   v->u.migration.pgsizes, v->u.migration.max_bitmap_bytes);
	case KEY(IOMMU, DMA_AVAIL):
		return OUT("avail=u", v->u.dma_avail);
	case KEY(DEVICE, ZPCI_BASE):
		return put_zpci_base(c, v->version, &v->u.zpci_base);
	case KEY(DEVICE, ZPCI_GROUP):
		return put_zpci_group(c, v->version, &v->u.zpci_group);
	case KEY(DEVICE, ZPCI_UTIL):
	case KEY(DEVICE, ZPCI_PFIP):
		return read_bytes(c, view, cap, v->u.nr);
	case KEY(DEVICE, PCI_ATOMIC_COMP):
		return OUT("flags=x", v->u.atomic_comp);
	default:	/* MSIX_MAPPABLE */
		return 0;
	}
}

static int read(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_value value;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap cap;
	int ret = seek(c, &view, &cap);

	if (ret)
		return ret;
	if (!vprim_vfio_cap_name(kind_of(c), cap.id))
		return -EOPNOTSUPP;
	ret = vprim_vfio_cap_read_value(&view, &cap, &value, NULL);
	return ret ? ret : put_value(c, &view, &cap, &value);
}

VERB_ASKS(fixed, struct vprim_vfio_cap_view v, look(c, &v),
	OUT("argsz=u flags=x cap_offset=x index=u size=x offset=x regions=u irqs=u pgsizes=x",
		v.fixed.argsz, v.fixed.flags, v.fixed.cap_offset, v.fixed.index,
		v.fixed.size, v.fixed.offset, v.fixed.num_regions, v.fixed.num_irqs,
		v.fixed.pgsizes))

/* The parts that can be mapped, up to the end or to the first fault. */
static int mappable(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_mappable it = { 0 };
	struct vprim_reason why;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap_area a;
	struct vprim_range r;
	int ret = look(c, &view);

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "areas");
	while (vprim_vec_steps(c, 1) &&
	       !(ret = vprim_vfio_cap_mappable_next(&view, &it, &a, &why)))
		if (!vprim_range_from_size(a.offset, a.size, &r))
			vprim_vec_list_range(c, NULL, &r);
	vprim_vec_list_end(c);
	return ret == -ENOENT ? 0 : faulty(c, ret, &why);
}

VERB_ASKS(match_type, struct vprim_vfio_cap_view view, look(c, &view),
	vprim_vfio_cap_match_type(&view, U32("type"), U32("subtype"), NULL))

VERB_ASKS(match_pci, struct vprim_vfio_cap_view view, look(c, &view),
	vprim_vfio_cap_match_type(&view, VPRIM_VFIO_CAP_TYPE_PCI | U16("vendor"),
				  U32("subtype"), NULL))

static int negotiate(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_fixed f = {
		.argsz = U32("argsz"), .flags = U32("flags"),
		.cap_offset = U32("cap_offset"),
	};
	struct vprim_vfio_cap_reply r;
	uint32_t usual = kind_of(c) == VPRIM_VFIO_CAP_REGION ?
				 VPRIM_VFIO_CAP_REGION_BYTES :
				 VPRIM_VFIO_CAP_DEVICE_BYTES;
	struct vprim_vfio_cap_chain chain;
	uint8_t none;
	int ret = vprim_vfio_cap_chain_init(&chain, server(c), U32_OR("header", usual),
					    &none, sizeof(none));

	if (ret)
		return ret;
	if (U32("chain") > UINT32_MAX - chain.header_bytes_)
		return -EOVERFLOW;
	/* A chain of that size, the bytes of which nobody will read. */
	chain.size_bytes_ = U32("chain");
	chain.capacity_bytes_ = chain.size_bytes_;
	ret = vprim_vfio_cap_chain_reply(&chain, kind_of(c), &f, &r);
	if (ret)
		return ret;
	put_reply(c, &r);
	return OUT("fixed=u chain=u", r.fixed_bytes, r.chain_bytes);
}

#define LOOK "kind=" KIND "? mode=tolerant|strict? " LAYOUT " bytes=hex"

static const struct vprim_vec_verb verbs[] = {
	{ "parse", LOOK, parse },
	{ "fixed", LOOK, fixed },
	{ "mappable", LOOK, mappable },
	{ "find", LOOK " id=u16!", find },
	{ "read", LOOK " id=u16!", read },
	{ "match_type", LOOK " type=u32! subtype=u32!", match_type },
	{ "match_pci", LOOK " vendor=u16! subtype=u32!", match_pci },
	{ "negotiate", "kind=" KIND " argsz=u32! chain=u32! flags=u32!? cap_offset=u32!? header=u32!? " SERVER, negotiate },
};

VEC_MODULE(vprim_vec_module_vfio_cap, "vfio_cap", VERBS(verbs), KINDS(kinds),
     .rules = &vprim_vfio_cap_rules);
