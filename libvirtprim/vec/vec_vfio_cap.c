// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of vfio_cap.h and region_info.h. Bytes are little-endian on
 * every host unless order=big says otherwise.
 */
#include <virtprim/region_info.h>
#include <virtprim/vec_room.h>
#include <virtprim/vfio_cap.h>

#define ROOM_MAX 1048576u

/* A reply prints the caller's buffer, up to this much beyond what it needs. */
#define TAIL_MAX 4096u

static bool fits(const struct vprim_vec_call *c, unsigned int first,
		 unsigned int last, uint64_t max)
{
	unsigned int i;

	for (i = first; i <= last; i++)
		if (c->arg[i].u64 > max)
			return false;
	return true;
}

/* One of two words; -1 for a third. Absent means the first. */
static int pick(const struct vprim_vec_arg *a, const char *zero, const char *one)
{
	if (!a->present || vprim_vec_is(a->str, zero))
		return 0;
	return vprim_vec_is(a->str, one) ? 1 : -1;
}

/* order=, abi= from argument @i on. */
static int layout(struct vprim_vec_call *c, unsigned int i, uint32_t *options)
{
	int big = pick(&c->arg[i], "little", "big");
	int packed = pick(&c->arg[i + 1], "lp64", "i386");

	if (big < 0 || packed < 0)
		return vprim_vec_script_error(c,
			"order=little or big, abi=lp64 or i386");
	*options = big ? VPRIM_VFIO_CAP_BE : VPRIM_VFIO_CAP_LE;
	if (packed)
		*options |= VPRIM_VFIO_CAP_I386;
	return 0;
}

/* mode=, order=, abi= from argument @i on. */
static int parser_options(struct vprim_vec_call *c, unsigned int i,
			  uint32_t *options)
{
	int strict = pick(&c->arg[i], "tolerant", "strict");

	if (strict < 0)
		return vprim_vec_script_error(c, "mode=strict or tolerant");
	if (layout(c, i + 1, options))
		return VPRIM_VEC_SCRIPT;
	if (strict)
		*options |= VPRIM_VFIO_CAP_STRICT;
	return 0;
}

static int kind_of(struct vprim_vec_call *c, unsigned int i,
		   enum vprim_vfio_cap_kind *kind)
{
	const struct vprim_vec_arg *a = &c->arg[i];

	*kind = VPRIM_VFIO_CAP_REGION;
	if (!a->present || vprim_vec_is(a->str, "region"))
		return 0;
	*kind = VPRIM_VFIO_CAP_DEVICE;
	if (vprim_vec_is(a->str, "device"))
		return 0;
	*kind = VPRIM_VFIO_CAP_IOMMU;
	if (vprim_vec_is(a->str, "iommu"))
		return 0;
	return vprim_vec_script_error(c, "kind=region, device or iommu");
}

/* -- cap_chain ------------------------------------------------------------- */

struct chain {
	struct vprim_vfio_cap_chain chain;
	uint32_t options, header;
	const struct vprim_alloc_ops *ops;
	void *ctx, *buf;
	size_t size;
};

static int server_of(struct vprim_vec_call *c, unsigned int i, uint32_t *options)
{
	const struct vprim_vec_arg *a = &c->arg[i];

	if (a->present && vprim_vec_is(a->str, "iommufd"))
		*options |= VPRIM_VFIO_CAP_IOMMUFD;
	else if (a->present && vprim_vec_is(a->str, "vfio_user"))
		*options |= VPRIM_VFIO_CAP_VFIO_USER;
	else if (a->present && !vprim_vec_is(a->str, "vfio"))
		return vprim_vec_script_error(c,
			"server=vfio, iommufd or vfio_user");
	return 0;
}

static int chain_new(struct vprim_vec_call *c)
{
	struct chain *o = c->obj;
	uint64_t header = c->arg[0].u64, room = c->arg[1].u64;
	int ret;

	if (layout(c, 2, &o->options) || server_of(c, 4, &o->options))
		return VPRIM_VEC_SCRIPT;
	if (header > UINT32_MAX || room > ROOM_MAX)
		return -EINVAL;
	o->header = (uint32_t)header;
	if (!c->arg[1].present)
		return vprim_vfio_cap_chain_init(&o->chain, o->options,
						 o->header, NULL, 0);
	/* The room is for the whole reply, as argsz is. */
	room = room > header ? room - header : 0;
	o->ops = vprim_vec_alloc(c, &o->ctx);
	o->size = (size_t)room + 1;
	o->buf = o->ops->alloc(o->ctx, o->size);
	if (!o->buf)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_vfio_cap_chain_init(&o->chain, o->options, o->header, o->buf,
					(size_t)room);
	if (ret)
		o->ops->free(o->ctx, o->buf, o->size);
	return ret;
}

static void chain_fini(void *obj)
{
	struct chain *o = obj;

	if (o->buf)
		o->ops->free(o->ctx, o->buf, o->size);
}

/* What every add answers. */
static int added(struct vprim_vec_call *c, int ret)
{
	const struct chain *o = c->obj;

	if (!ret)
		vprim_vec_out_hex(c, "offset",
				  vprim_vfio_cap_chain_last(&o->chain));
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "needed",
				  vprim_vfio_cap_chain_argsz(&o->chain));
	return ret;
}

static struct vprim_vfio_cap_chain *chain_of(struct vprim_vec_call *c)
{
	struct chain *o = c->obj;

	return &o->chain;
}

static int add(struct vprim_vec_call *c)
{
	uint8_t *data = NULL;
	size_t len = 0;

	if (c->arg[2].present && vprim_vec_bytes(c, 2, &data, &len))
		return VPRIM_VEC_SCRIPT;
	if (!fits(c, 0, 1, UINT16_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add(chain_of(c), (uint16_t)c->arg[0].u64,
					   (uint16_t)c->arg[1].u64, data,
					   len + VPRIM_VFIO_CAP_HDR_BYTES));
}

static bool area_of(struct vprim_vec_str s, struct vprim_vfio_cap_area *a)
{
	struct vprim_vec_str part;

	return vprim_vec_next(&s, ':', &part) &&
	       vprim_vec_u64(part, &a->offset) && vprim_vec_u64(s, &a->size);
}

static int sparse_mmap(struct vprim_vec_call *c)
{
	struct vprim_vec_str rest = c->arg[0].str, item;
	struct vprim_vfio_cap_area *areas;
	uint32_t nr = 0;

	/* No item is shorter than "0:0," is. */
	areas = vprim_vec_scratch(c, (rest.len / 4 + 1) * sizeof(*areas));
	if (!areas)
		return vprim_vec_script_error(c, "more memory");
	if (vprim_vec_is(rest, "none"))
		rest.p = NULL;
	while (vprim_vec_next(&rest, ',', &item))
		if (!area_of(item, &areas[nr++]))
			return vprim_vec_script_error(c,
				"OFFSET:SIZE,OFFSET:SIZE or none");
	return added(c, vprim_vfio_cap_add_sparse_mmap(chain_of(c), areas, nr));
}

static int type(struct vprim_vec_call *c)
{
	if (!fits(c, 0, 1, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_type(chain_of(c),
						(uint32_t)c->arg[0].u64,
						(uint32_t)c->arg[1].u64));
}

static int msix_mappable(struct vprim_vec_call *c)
{
	return added(c, vprim_vfio_cap_add_msix_mappable(chain_of(c)));
}

static int nvlink2_tgt(struct vprim_vec_call *c)
{
	return added(c, vprim_vfio_cap_add_nvlink2_ssatgt(chain_of(c),
							  c->arg[0].u64));
}

static int nvlink2_spd(struct vprim_vec_call *c)
{
	if (!fits(c, 0, 0, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_nvlink2_lnkspd(chain_of(c),
						(uint32_t)c->arg[0].u64));
}

static int iova_ranges(struct vprim_vec_call *c)
{
	struct vprim_range *ranges;
	size_t nr;

	if (vprim_vec_ranges(c, 0, &ranges, &nr))
		return VPRIM_VEC_SCRIPT;
	return added(c, vprim_vfio_cap_add_iova_ranges(chain_of(c), ranges,
						       (uint32_t)nr));
}

static int migration(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_migration m = {
		.flags = (uint32_t)c->arg[2].u64,
		.pgsizes = c->arg[0].u64,
		.max_bitmap_bytes = c->arg[1].u64,
	};

	if (!fits(c, 2, 2, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_migration(chain_of(c), &m));
}

static int dma_avail(struct vprim_vec_call *c)
{
	if (!fits(c, 0, 0, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_dma_avail(chain_of(c),
						(uint32_t)c->arg[0].u64));
}

static int atomic_comp(struct vprim_vec_call *c)
{
	if (!fits(c, 0, 0, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_atomic_comp(chain_of(c),
						(uint32_t)c->arg[0].u64));
}

/* The capability's version from its optional argument. */
static uint16_t version_of(const struct vprim_vec_arg *a)
{
	if (!a->present)
		return 2;
	return a->u64 > UINT16_MAX ? 0 : (uint16_t)a->u64;
}

static int zpci_base(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_vfio_cap_zpci_base b = {
		.version = version_of(&a[8]),
		.start_dma = a[0].u64,
		.end_dma = a[1].u64,
		.pchid = (uint16_t)a[2].u64,
		.vfn = (uint16_t)a[3].u64,
		.fmb_length = (uint16_t)a[4].u64,
		.pft = (uint8_t)a[5].u64,
		.gid = (uint8_t)a[6].u64,
		.fh = (uint32_t)a[7].u64,
	};

	if (!fits(c, 2, 4, UINT16_MAX) || !fits(c, 5, 6, UINT8_MAX) ||
	    !fits(c, 7, 7, UINT32_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_zpci_base(chain_of(c), &b));
}

static int zpci_group(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_vfio_cap_zpci_group g = {
		.version = version_of(&a[8]),
		.dasm = a[0].u64,
		.msi_addr = a[1].u64,
		.flags = a[2].u64,
		.mui = (uint16_t)a[3].u64,
		.noi = (uint16_t)a[4].u64,
		.maxstbl = (uint16_t)a[5].u64,
		.pci_version = (uint8_t)a[6].u64,
		.imaxstbl = (uint16_t)a[7].u64,
	};

	if (!fits(c, 3, 5, UINT16_MAX) || !fits(c, 6, 6, UINT8_MAX) ||
	    !fits(c, 7, 7, UINT16_MAX))
		return -EINVAL;
	return added(c, vprim_vfio_cap_add_zpci_group(chain_of(c), &g));
}

static int zpci_util(struct vprim_vec_call *c)
{
	uint8_t *data;
	size_t len;

	if (vprim_vec_bytes(c, 0, &data, &len))
		return VPRIM_VEC_SCRIPT;
	return added(c, vprim_vfio_cap_add_zpci_util(chain_of(c), data, len));
}

static int zpci_pfip(struct vprim_vec_call *c)
{
	uint8_t *data;
	size_t len;

	if (vprim_vec_bytes(c, 0, &data, &len))
		return VPRIM_VEC_SCRIPT;
	return added(c, vprim_vfio_cap_add_zpci_pfip(chain_of(c), data, len));
}

static int shift(struct vprim_vec_call *c)
{
	int ret = vprim_vfio_cap_chain_shift(chain_of(c));

	return ret == -EMSGSIZE ? added(c, ret) : ret;
}

static int finish(struct vprim_vec_call *c)
{
	const void *bytes;
	uint32_t size;
	int ret = vprim_vfio_cap_chain_finish(chain_of(c), &bytes, &size);

	if (!ret)
		vprim_vec_out_bytes(c, "bytes", bytes, size);
	return ret;
}

static int drop(struct vprim_vec_call *c)
{
	vprim_vfio_cap_chain_drop(chain_of(c));
	return 0;
}

static int state(struct vprim_vec_call *c)
{
	static const char *const names[] = {
		[VPRIM_VFIO_CAP_DONE] = "done",
		[VPRIM_VFIO_CAP_OPEN] = "open",
		[VPRIM_VFIO_CAP_SHIFTED] = "shifted",
	};
	const struct vprim_vfio_cap_chain *chain = chain_of(c);

	vprim_vec_out_word(c, "state", names[vprim_vfio_cap_chain_state(chain)]);
	vprim_vec_out_dec(c, "argsz", vprim_vfio_cap_chain_argsz(chain));
	return 0;
}

static void put_reply(struct vprim_vec_call *c,
		      const struct vprim_vfio_cap_reply *r)
{
	vprim_vec_out_dec(c, "argsz", r->argsz);
	vprim_vec_out_hex(c, "flags", r->flags);
	vprim_vec_out_hex(c, "cap_offset", r->cap_offset);
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
		return vprim_vec_script_error(c, "more memory");
	memcpy(buf, fixed, r->fixed_bytes);
	if (!vprim_vfio_cap_chain_finish(chain, &bytes, &size))
		memcpy(buf + header, bytes, size);
	vprim_vec_out_bytes(c, "bytes", buf, shown);
	return 0;
}

static int reply(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	/* A copy, so that one chain can be asked again and again. */
	struct vprim_vfio_cap_chain chain = *chain_of(c);
	uint32_t needed = vprim_vfio_cap_chain_argsz(&chain);
	struct vprim_vfio_cap_fixed f = {
		.argsz = (uint32_t)a[0].u64, .flags = (uint32_t)a[1].u64,
		.index = (uint32_t)a[2].u64, .size = a[3].u64,
		.offset = a[4].u64, .cap_offset = (uint32_t)a[5].u64,
		.num_regions = (uint32_t)a[7].u64,
		.num_irqs = (uint32_t)a[8].u64, .pgsizes = a[9].u64,
	};
	uint8_t fixed[VPRIM_VFIO_CAP_REGION_BYTES];
	const struct chain *o = c->obj;
	struct vprim_vfio_cap_reply r;
	enum vprim_vfio_cap_kind kind;
	int ret;

	if (kind_of(c, 6, &kind))
		return VPRIM_VEC_SCRIPT;
	if (!fits(c, 0, 2, UINT32_MAX) || !fits(c, 5, 8, UINT32_MAX))
		return -EINVAL;
	ret = vprim_vfio_cap_chain_reply(&chain, kind, &f, &r);
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "needed", needed);
	if (!ret)
		ret = vprim_vfio_cap_fixed_store(kind, o->options, &f, fixed,
						 r.fixed_bytes);
	if (ret)
		return ret;
	put_reply(c, &r);
	return put_buffer(c, &chain, o->header, (uint32_t)a[0].u64, fixed, &r);
}

static const struct vprim_vec_verb chain_verbs[] = {
	{ "add", "id=u64 version=u64 data=hex?", add },
	{ "sparse_mmap", "areas:word", sparse_mmap },
	{ "type", "type=u64 subtype=u64", type },
	{ "msix_mappable", "", msix_mappable },
	{ "nvlink2_tgt", "tgt=u64", nvlink2_tgt },
	{ "nvlink2_spd", "spd=u64", nvlink2_spd },
	{ "iova_ranges", "ranges:list", iova_ranges },
	{ "migration", "pgsizes=u64 max_bitmap=u64 flags=u64?", migration },
	{ "dma_avail", "avail:u64", dma_avail },
	{ "atomic_comp", "flags=u64", atomic_comp },
	{ "zpci_base", "start=u64 end=u64 pchid=u64? vfn=u64? fmb=u64? "
	  "pft=u64? gid=u64? fh=u64? version=u64?", zpci_base },
	{ "zpci_group", "dasm=u64 msi=u64 flags=u64? mui=u64? noi=u64? "
	  "maxstbl=u64? pci=u64? imaxstbl=u64? version=u64?", zpci_group },
	{ "zpci_util", "data=hex", zpci_util },
	{ "zpci_pfip", "data=hex", zpci_pfip },
	{ "reply", "argsz=u64 flags=u64? index=u64? size=u64? offset=u64? "
	  "cap_offset=u64? kind=word? regions=u64? irqs=u64? pgsizes=u64?",
	  reply },
	{ "shift", "", shift },
	{ "finish", "", finish },
	{ "drop", "", drop },
	{ "state", "", state },
	{ NULL, NULL, NULL },
};

/* -- cap_query ------------------------------------------------------------- */

static int query_new(struct vprim_vec_call *c)
{
	enum vprim_vfio_cap_kind kind;

	if (kind_of(c, 0, &kind))
		return VPRIM_VEC_SCRIPT;
	if (!fits(c, 1, 2, UINT32_MAX))
		return -EINVAL;
	return vprim_vfio_cap_query_init(c->obj, kind, VPRIM_VFIO_CAP_LE,
					 (uint32_t)c->arg[1].u64,
					 (uint32_t)c->arg[2].u64);
}

static int query_request(struct vprim_vec_call *c)
{
	uint32_t argsz = vprim_vfio_cap_query_argsz(c->obj);
	uint8_t *buf = vprim_vec_scratch(c, argsz);
	int ret;

	if (!buf)
		return vprim_vec_script_error(c, "more memory");
	if (!fits(c, 0, 0, UINT32_MAX))
		return -EINVAL;
	ret = vprim_vfio_cap_query_request(c->obj, (uint32_t)c->arg[0].u64, buf,
					   argsz);
	if (!ret)
		vprim_vec_out_bytes(c, "bytes", buf, argsz);
	return ret;
}

static int query_answer(struct vprim_vec_call *c)
{
	uint8_t *bytes;
	size_t len;
	int ret;

	if (vprim_vec_bytes(c, 0, &bytes, &len))
		return VPRIM_VEC_SCRIPT;
	ret = vprim_vfio_cap_query_answer(c->obj, bytes, len);
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "argsz", vprim_vfio_cap_query_argsz(c->obj));
	return ret;
}

static const struct vprim_vec_verb query_verbs[] = {
	{ "request", "index=u64?", query_request },
	{ "answer", "bytes=hex", query_answer },
	{ NULL, NULL, NULL },
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
	uint32_t room;			/* of the core's chain buffer */
	uint8_t buf[DRIVER_CHAIN];
};

/* kinds[0] is cap_chain. */
static const struct vprim_vec_kind kinds[4];

static int driver_new(struct vprim_vec_call *c)
{
	struct driver *d = c->obj;

	d->room = c->arg[0].present ? (uint32_t)c->arg[0].u64 : DRIVER_CHAIN;
	return fits(c, 0, 0, DRIVER_CHAIN) ? 0 : -EINVAL;
}

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
		.index = (uint32_t)c->arg[0].u64, .size = c->arg[1].u64,
		.offset = c->arg[2].u64, .flags = (uint32_t)c->arg[3].u64,
	};
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	struct region *region;
	const struct chain *o;
	const void *bytes;
	uint32_t size;
	int ret;

	if (!fits(c, 0, 0, UINT32_MAX) || !fits(c, 3, 3, UINT32_MAX))
		return -EINVAL;
	ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE,
					VPRIM_VFIO_CAP_REGION_BYTES, NULL, 0);
	if (!ret && c->arg[4].present) {
		o = vprim_vec_object(c, c->arg[4].str, kinds);
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
	region->fails = c->arg[5].u64;
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
		.argsz = (uint32_t)c->arg[0].u64,
		.index = (uint32_t)c->arg[1].u64,
		.cap_offset = (uint32_t)c->arg[2].u64,
	};
	uint8_t info[VPRIM_VFIO_CAP_REGION_BYTES];
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply r;
	struct driver *d = c->obj;
	int ret;

	if (!fits(c, 0, 2, UINT32_MAX))
		return -EINVAL;
	ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE,
					sizeof(info), d->buf, d->room);
	if (!ret)
		ret = vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION,
						 VPRIM_VFIO_CAP_LE, &f, info,
						 sizeof(info));
	if (!ret)
		ret = vprim_region_info_get(&ops, d, info, sizeof(info), &chain,
					    &r);
	if (!ret)
		ret = vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION,
						VPRIM_VFIO_CAP_LE, info,
						sizeof(info), &f);
	if (ret)
		return ret;
	put_reply(c, &r);
	vprim_vec_out_hex(c, "size", f.size);
	vprim_vec_out_hex(c, "offset", f.offset);
	return put_buffer(c, &chain, sizeof(info), (uint32_t)c->arg[0].u64, info,
			  &r);
}

static const struct vprim_vec_verb driver_verbs[] = {
	{ "region", "index:u64 size=u64? offset=u64? flags=u64? caps=word? "
	  "fails=bit?", driver_region },
	{ "get", "argsz=u64 index=u64 cap_offset=u64?", driver_get },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[4] = {
	{ "cap_chain", "header=u64 room=u64? order=word? abi=word? server=word?",
	  sizeof(struct chain), chain_new, chain_fini, chain_verbs },
	{ "cap_query", "kind=word limit=u64? retries=u64?",
	  sizeof(struct vprim_vfio_cap_query), query_new, NULL, query_verbs },
	{ "region_driver", "room=u64?", sizeof(struct driver), driver_new, NULL,
	  driver_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

/* -- the parser ------------------------------------------------------------ */

static int faulty(struct vprim_vec_call *c, int ret,
		  const struct vprim_vfio_cap_fault *fault)
{
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "needed", fault->needed_bytes);
	if (ret == -EBADMSG)
		vprim_vec_out_hex(c, "at", fault->offset);
	if (ret == -EMSGSIZE || ret == -EBADMSG)
		vprim_vec_out_word(c, "why", vprim_vfio_cap_rule_id(fault->rule));
	return ret;
}

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
			vprim_vec_list_dec_hex(c, cap.id, "@", cap.offset);
	vprim_vec_list_end(c);
}

/* kind=, then mode=, order=, abi=, then bytes=, from argument 0 on. */
static int look(struct vprim_vec_call *c, struct vprim_vfio_cap_view *view)
{
	struct vprim_vfio_cap_fault fault;
	enum vprim_vfio_cap_kind kind;
	uint32_t options;
	uint8_t *bytes;
	size_t len;

	if (kind_of(c, 0, &kind) || parser_options(c, 1, &options) ||
	    vprim_vec_bytes(c, 4, &bytes, &len))
		return VPRIM_VEC_SCRIPT;
	return faulty(c, vprim_vfio_cap_parse(view, kind, options, bytes, len,
					      &fault), &fault);
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
		vprim_vec_out_dec(c, "overlap", 1);
	if (view.notes & VPRIM_VFIO_CAP_UNSORTED)
		vprim_vec_out_dec(c, "unsorted", 1);
	if (view.needed_bytes)
		vprim_vec_out_dec(c, "needed", view.needed_bytes);
	return 0;
}

/* Argument 5 is the id. */
static int seek(struct vprim_vec_call *c, struct vprim_vfio_cap_view *view,
		struct vprim_vfio_cap *cap)
{
	int ret = look(c, view);

	if (ret)
		return ret;
	if (c->arg[5].u64 > UINT16_MAX)
		return -EINVAL;
	return vprim_vfio_cap_find(view, (uint16_t)c->arg[5].u64, cap, NULL);
}

static int find(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap cap;
	int ret = seek(c, &view, &cap);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "offset", cap.offset);
	vprim_vec_out_dec(c, "version", cap.version);
	vprim_vec_out_dec(c, "extent", cap.extent_bytes);
	return 0;
}

/* Areas come out as the language writes ranges; empty ones are skipped. */
static int read_sparse_mmap(struct vprim_vec_call *c,
			    const struct vprim_vfio_cap_view *v,
			    const struct vprim_vfio_cap *cap)
{
	struct vprim_vfio_cap_area a;
	struct vprim_range r;
	uint32_t nr, i;
	int ret = vprim_vfio_cap_read_sparse_nr(v, cap, &nr, NULL);

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "areas");
	for (i = 0; i < nr; i++)
		if (!vprim_vfio_cap_read_sparse_area(v, cap, i, &a, NULL) &&
		    !vprim_range_from_size(a.offset, a.size, &r))
			vprim_vec_list_range(c, NULL, &r);
	vprim_vec_list_end(c);
	return 0;
}

static int read_type(struct vprim_vec_call *c,
		     const struct vprim_vfio_cap_view *v,
		     const struct vprim_vfio_cap *cap)
{
	struct vprim_vfio_cap_type t;
	int ret = vprim_vfio_cap_read_type(v, cap, &t, NULL);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "type", t.type);
	vprim_vec_out_dec(c, "subtype", t.subtype);
	return 0;
}

static int read_msix_mappable(struct vprim_vec_call *c,
			      const struct vprim_vfio_cap_view *v,
			      const struct vprim_vfio_cap *cap)
{
	(void)c;
	(void)v;
	(void)cap;
	return 0;
}

static int read_nvlink2_tgt(struct vprim_vec_call *c,
			    const struct vprim_vfio_cap_view *v,
			    const struct vprim_vfio_cap *cap)
{
	uint64_t tgt;
	int ret = vprim_vfio_cap_read_nvlink2_ssatgt(v, cap, &tgt, NULL);

	if (!ret)
		vprim_vec_out_hex(c, "tgt", tgt);
	return ret;
}

static int read_nvlink2_spd(struct vprim_vec_call *c,
			    const struct vprim_vfio_cap_view *v,
			    const struct vprim_vfio_cap *cap)
{
	uint32_t spd;
	int ret = vprim_vfio_cap_read_nvlink2_lnkspd(v, cap, &spd, NULL);

	if (!ret)
		vprim_vec_out_dec(c, "spd", spd);
	return ret;
}

static int read_iova_ranges(struct vprim_vec_call *c,
			    const struct vprim_vfio_cap_view *v,
			    const struct vprim_vfio_cap *cap)
{
	struct vprim_range *ranges;
	uint32_t nr, i;
	int ret = vprim_vfio_cap_read_iova_ranges(v, cap, NULL, 0, &nr, NULL);

	if (ret && ret != -EMSGSIZE)
		return ret;
	ranges = vprim_vec_scratch(c, (nr + (size_t)1) * sizeof(*ranges));
	if (!ranges)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_vfio_cap_read_iova_ranges(v, cap, ranges, nr, &nr, NULL);
	if (ret)
		return ret;
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < nr; i++)
		vprim_vec_list_range(c, NULL, &ranges[i]);
	vprim_vec_list_end(c);
	return 0;
}

static int read_migration(struct vprim_vec_call *c,
			  const struct vprim_vfio_cap_view *v,
			  const struct vprim_vfio_cap *cap)
{
	struct vprim_vfio_cap_migration m;
	int ret = vprim_vfio_cap_read_migration(v, cap, &m, NULL);

	if (ret)
		return ret;
	vprim_vec_out_hex(c, "flags", m.flags);
	vprim_vec_out_hex(c, "pgsizes", m.pgsizes);
	vprim_vec_out_dec(c, "max_bitmap", m.max_bitmap_bytes);
	return 0;
}

static int read_dma_avail(struct vprim_vec_call *c,
			  const struct vprim_vfio_cap_view *v,
			  const struct vprim_vfio_cap *cap)
{
	uint32_t avail;
	int ret = vprim_vfio_cap_read_dma_avail(v, cap, &avail, NULL);

	if (!ret)
		vprim_vec_out_dec(c, "avail", avail);
	return ret;
}

static int read_atomic_comp(struct vprim_vec_call *c,
			    const struct vprim_vfio_cap_view *v,
			    const struct vprim_vfio_cap *cap)
{
	uint32_t flags;
	int ret = vprim_vfio_cap_read_atomic_comp(v, cap, &flags, NULL);

	if (!ret)
		vprim_vec_out_hex(c, "flags", flags);
	return ret;
}

static int read_zpci_base(struct vprim_vec_call *c,
			  const struct vprim_vfio_cap_view *v,
			  const struct vprim_vfio_cap *cap)
{
	struct vprim_vfio_cap_zpci_base b;
	int ret = vprim_vfio_cap_read_zpci_base(v, cap, &b, NULL);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "version", b.version);
	vprim_vec_out_hex(c, "start", b.start_dma);
	vprim_vec_out_hex(c, "end", b.end_dma);
	vprim_vec_out_dec(c, "pchid", b.pchid);
	vprim_vec_out_dec(c, "vfn", b.vfn);
	vprim_vec_out_dec(c, "fmb", b.fmb_length);
	vprim_vec_out_dec(c, "pft", b.pft);
	vprim_vec_out_dec(c, "gid", b.gid);
	vprim_vec_out_hex(c, "fh", b.fh);
	return 0;
}

static int read_zpci_group(struct vprim_vec_call *c,
			   const struct vprim_vfio_cap_view *v,
			   const struct vprim_vfio_cap *cap)
{
	struct vprim_vfio_cap_zpci_group g;
	int ret = vprim_vfio_cap_read_zpci_group(v, cap, &g, NULL);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "version", g.version);
	vprim_vec_out_hex(c, "dasm", g.dasm);
	vprim_vec_out_hex(c, "msi", g.msi_addr);
	vprim_vec_out_hex(c, "flags", g.flags);
	vprim_vec_out_dec(c, "mui", g.mui);
	vprim_vec_out_dec(c, "noi", g.noi);
	vprim_vec_out_dec(c, "maxstbl", g.maxstbl);
	vprim_vec_out_dec(c, "pci", g.pci_version);
	vprim_vec_out_dec(c, "imaxstbl", g.imaxstbl);
	return 0;
}

static int read_zpci_bytes(struct vprim_vec_call *c,
			   const struct vprim_vfio_cap_view *v,
			   const struct vprim_vfio_cap *cap)
{
	uint32_t size;
	uint8_t *bytes;
	int ret = vprim_vfio_cap_read_zpci_bytes(v, cap, NULL, 0, &size, NULL);

	if (ret && ret != -EMSGSIZE)
		return ret;
	bytes = vprim_vec_scratch(c, size + (size_t)1);
	if (!bytes)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_vfio_cap_read_zpci_bytes(v, cap, bytes, size, &size, NULL);
	if (!ret)
		vprim_vec_out_bytes(c, "data", bytes, size);
	return ret;
}

static int read(struct vprim_vec_call *c)
{
	static const struct {
		enum vprim_vfio_cap_kind kind;
		uint16_t id;
		int (*fn)(struct vprim_vec_call *c,
			  const struct vprim_vfio_cap_view *v,
			  const struct vprim_vfio_cap *cap);
	} readers[] = {
		{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_SPARSE_MMAP, read_sparse_mmap },
		{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_TYPE, read_type },
		{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_MSIX_MAPPABLE, read_msix_mappable },
		{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_SSATGT, read_nvlink2_tgt },
		{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_NVLINK2_LNKSPD, read_nvlink2_spd },
		{ VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_IOVA_RANGE, read_iova_ranges },
		{ VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_MIGRATION, read_migration },
		{ VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, read_dma_avail },
		{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_BASE, read_zpci_base },
		{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_GROUP, read_zpci_group },
		{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_UTIL, read_zpci_bytes },
		{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_ZPCI_PFIP, read_zpci_bytes },
		{ VPRIM_VFIO_CAP_DEVICE, VPRIM_VFIO_CAP_PCI_ATOMIC_COMP, read_atomic_comp },
	};
	enum vprim_vfio_cap_kind kind;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap cap;
	size_t i;
	int ret = seek(c, &view, &cap);

	if (!ret)
		ret = kind_of(c, 0, &kind);
	if (ret)
		return ret;
	for (i = 0; i < VPRIM_ARRAY_LEN(readers); i++)
		if (readers[i].kind == kind && readers[i].id == cap.id)
			return readers[i].fn(c, &view, &cap);
	return -EOPNOTSUPP;
}

static int fixed(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_view v;
	int ret = look(c, &v);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "argsz", v.fixed.argsz);
	vprim_vec_out_hex(c, "flags", v.fixed.flags);
	vprim_vec_out_hex(c, "cap_offset", v.fixed.cap_offset);
	vprim_vec_out_dec(c, "index", v.fixed.index);
	vprim_vec_out_hex(c, "size", v.fixed.size);
	vprim_vec_out_hex(c, "offset", v.fixed.offset);
	vprim_vec_out_dec(c, "regions", v.fixed.num_regions);
	vprim_vec_out_dec(c, "irqs", v.fixed.num_irqs);
	vprim_vec_out_hex(c, "pgsizes", v.fixed.pgsizes);
	return 0;
}

/* The parts that can be mapped, up to the end or to the first fault. */
static int mappable(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_mappable it = { 0 };
	struct vprim_vfio_cap_fault fault;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap_area a;
	struct vprim_range r;
	int ret = look(c, &view);

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "areas");
	while (!(ret = vprim_vfio_cap_mappable_next(&view, &it, &a, &fault)))
		if (!vprim_range_from_size(a.offset, a.size, &r))
			vprim_vec_list_range(c, NULL, &r);
	vprim_vec_list_end(c);
	if (ret != -EBADMSG)
		return ret == -ENOENT ? 0 : ret;
	vprim_vec_out_hex(c, "at", fault.offset);
	vprim_vec_out_word(c, "why", vprim_vfio_cap_rule_id(fault.rule));
	return ret;
}

static int match_type(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_view view;
	int ret = look(c, &view);

	if (ret)
		return ret;
	if (!fits(c, 5, 6, UINT32_MAX))
		return -EINVAL;
	return vprim_vfio_cap_match_type(&view, (uint32_t)c->arg[5].u64,
					 (uint32_t)c->arg[6].u64, NULL);
}

static int match_pci(struct vprim_vec_call *c)
{
	struct vprim_vfio_cap_view view;
	int ret = look(c, &view);

	if (ret)
		return ret;
	if (!fits(c, 5, 5, UINT16_MAX) || !fits(c, 6, 6, UINT32_MAX))
		return -EINVAL;
	return vprim_vfio_cap_match_pci(&view, (uint16_t)c->arg[5].u64,
					(uint32_t)c->arg[6].u64, NULL);
}

static int negotiate(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *a = c->arg;
	struct vprim_vfio_cap_fixed f = {
		.argsz = (uint32_t)a[1].u64,
		.flags = (uint32_t)a[3].u64,
		.cap_offset = (uint32_t)a[4].u64,
	};
	struct vprim_vfio_cap_reply r;
	enum vprim_vfio_cap_kind kind;
	uint32_t options = 0, header;
	int ret;

	if (kind_of(c, 0, &kind) || server_of(c, 6, &options))
		return VPRIM_VEC_SCRIPT;
	if (!fits(c, 1, 5, UINT32_MAX))
		return -EINVAL;
	header = kind == VPRIM_VFIO_CAP_REGION ? VPRIM_VFIO_CAP_REGION_BYTES :
						 VPRIM_VFIO_CAP_DEVICE_BYTES;
	if (a[5].present)
		header = (uint32_t)a[5].u64;
	ret = vprim_vfio_cap_negotiate(kind, options, &f, header,
				       (uint32_t)a[2].u64, &r);
	if (ret)
		return ret;
	put_reply(c, &r);
	vprim_vec_out_dec(c, "fixed", r.fixed_bytes);
	vprim_vec_out_dec(c, "chain", r.chain_bytes);
	return 0;
}

#define LOOK "kind=word? mode=word? order=word? abi=word? bytes=hex"

static const struct vprim_vec_verb verbs[] = {
	{ "parse", LOOK, parse },
	{ "fixed", LOOK, fixed },
	{ "find", LOOK " id=u64", find },
	{ "read", LOOK " id=u64", read },
	{ "mappable", LOOK, mappable },
	{ "match_type", LOOK " type=u64 subtype=u64", match_type },
	{ "match_pci", LOOK " vendor=u64 subtype=u64", match_pci },
	{ "negotiate", "kind=word argsz=u64 chain=u64 flags=u64? "
	  "cap_offset=u64? header=u64? server=word?", negotiate },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_vfio_cap = {
	.name = "vfio_cap", .verbs = verbs, .kinds = kinds,
};
