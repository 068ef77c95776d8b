// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of type1.h.
 *
 * The script plays the outside: it says what pinning answers, whether drivers
 * unpin when they are told, and whether the bitmap can be written.
 */
#include "vec_internal.h"
#include <virtprim/type1.h>

/* A pin that the script made, so that an obedient driver can undo it. */
struct pin {
	struct item item;	/* at the iova */
	int64_t pages;
};

struct group {
	struct item item;	/* first; the interpreter hands back what follows */
	struct vprim_type1_group g;
	struct vprim_iova_windows_reserved reserved[];
};

struct container {
	struct vprim_type1 c;	/* first: a call of it takes the object */
	struct vprim_vec_failing memory;
	struct vprim_type1_group mdev;
	struct items pins, groups;
	int map_answer;		/* of pinning and mapping */
	bool deaf;		/* drivers do not unpin */
	uint64_t holders;	/* times that others say they held a mapping */
	uint64_t told;		/* times that release was asked and restarted */
	uint64_t fault;		/* which bitmap write faults; 0 none */
	uint64_t bytes;		/* of the bitmap that is really there */
};

static int map_op(void *ctx, const struct vprim_type1_mapping *m)
{
	struct container *o = ctx;

	(void)m;
	return o->map_answer;
}

static bool reaches(const struct container *o, const struct pin *pin,
		    const struct vprim_range *range)
{
	uint64_t size = (uint64_t)pin->pages * o->c.config_.page_bytes;
	struct vprim_range pinned;

	return !vprim_range_from_size(ITEM_ID(pin), size, &pinned) &&
	       vprim_range_overlaps(&pinned, range);
}

/* Obedient drivers let go of every pin that reaches into the mapping. */
static int release_op(void *ctx, const struct vprim_type1_mapping *m)
{
	struct container *o = ctx;
	struct pin *pin, *next;
	int held = o->holders ? VPRIM_TYPE1_RESTART : 0;
	bool told = held;

	o->holders -= o->holders != 0;
	for (pin = vprim_vec_item_from_(&o->pins, 0); pin; pin = next) {
		bool reached = reaches(o, pin, &m->range);

		next = vprim_vec_item_next_(&pin->item);
		told |= reached;
		if (!reached || o->deaf ||
		    vprim_type1_unpin(&o->c, ITEM_ID(pin), pin->pages, NULL))
			continue;
		vprim_vec_item_drop_(&o->pins, pin);
		held = VPRIM_TYPE1_RESTART;
	}
	o->told += told;
	return held;
}

static int put_bits_op(void *ctx, void *data, uint64_t at,
		       const struct vprim_dirty_bitmap *bits)
{
	struct container *o = ctx;
	struct vprim_dirty_bitmap to = { data, o->bytes * 8 };

	if (o->fault && !--o->fault)
		return -EFAULT;
	return vprim_dirty_or(&to, at, bits);
}

static const struct vprim_type1_ops silent_ops = { .map = map_op,
						   .put_bits = put_bits_op };
static const struct vprim_type1_ops ops = { .map = map_op,
					    .dma_unmap = release_op,
					    .put_bits = put_bits_op };

static int set_windows(struct vprim_vec_call *c, const char *name)
{
	return vprim_type1_set_windows(c->obj, ARG(name)->ranges, ARG(name)->n,
				       &c->why);
}

static int init(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_config config;
	int ret;

	vprim_vec_failing_init(&o->memory, c, U64("fail_alloc"));
	vprim_type1_config_init(&config);
	config.kind = U64("v") == 1 ? VPRIM_TYPE1_IOMMU : VPRIM_TYPE1_V2;
	config.entry_limit = U64_OR("limit", VPRIM_TYPE1_ENTRY_LIMIT);
	config.pgsize_bitmap = U64("pgsizes");
	config.page_bytes = U64("page");
	config.native_last = UINT64_MAX >> (64 - U64("bits"));
	config.release = U32("linux");
	config.alloc = &vprim_vec_failing_ops;
	config.alloc_ctx = &o->memory;
	config.ops = IS("notify") ? &ops : &silent_ops;
	config.ops_ctx = o;
	o->mdev.emulated = true;
	vprim_vec_items_init_(c, &o->pins);
	vprim_vec_items_init_(c, &o->groups);
	ret = vprim_type1_init(&o->c, sizeof(o->c), &config, &c->why);
	if (!ret && HAS("windows"))
		ret = set_windows(c, "windows");
	if (!ret && U64("mdev"))
		ret = vprim_type1_attach(&o->c, &o->mdev, NULL);
	if (ret)
		vprim_type1_fini(&o->c);
	return ret;
}

static void fini(void *obj)
{
	struct container *o = obj;

	vprim_type1_fini(&o->c);
	vprim_vec_items_fini_(&o->pins);
	vprim_vec_items_fini_(&o->groups);
}

static int map(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_map_args args = {
		.iova = U64("iova"), .vaddr = U64("vaddr"),
		.size_bytes = U64("size"), .flags = U32("flags"),
		.argsz = U32_OR("argsz", VPRIM_TYPE1_MAP_ARGSZ),
	};
	int ret;

	o->map_answer = vprim_vec_backend_(c, "pin");
	ret = vprim_type1_map(&o->c, IS("read") ? &args : NULL, &c->why);
	o->map_answer = 0;
	return ret;
}

/* Largest bitmap that is printed as bytes. */
#define PRINTED 4096u

#define BITMAP "pgsize=u64? bytes=u64? data=bit?1 fault=u64? before=hex?"

/* The script's bitmap: only the words that the pages need are really there. */
static int read_bitmap(struct vprim_vec_call *c, uint64_t size,
		       struct vprim_type1_bitmap *b)
{
	struct container *o = c->obj;
	const struct vprim_vec_arg *before = ARG("before");
	struct vprim_type1_stats stats;
	uint64_t pages = 0;

	vprim_type1_get_stats(&o->c, &stats);
	b->pgsize_bytes = U64_OR("pgsize", stats.page_bytes);
	if (b->pgsize_bytes)
		pages = size >> vprim_ctz64(b->pgsize_bytes);
	o->bytes = 8;
	if (pages && pages <= VPRIM_DIRTY_BYTES_MAX * 8)
		o->bytes = (pages + 63) >> 6 << 3;
	b->size_bytes = U64_OR("bytes", o->bytes);
	o->fault = U64("fault");
	b->data = vprim_vec_scratch(c, (size_t)o->bytes);
	if (!b->data)
		return VPRIM_VEC_SCRIPT;
	if (before->n > o->bytes)
		return vprim_vec_script_error(c, "no more bytes before than it has");
	if (before->n)
		memcpy(b->data, before->bytes, before->n);
	if (!IS("data"))
		b->data = NULL;
	return 0;
}

/* What a bitmap says, as addresses, and its bytes while they are few. */
static void print_bitmap(struct vprim_vec_call *c, uint64_t base,
			 const struct vprim_type1_bitmap *b)
{
	struct container *o = c->obj;
	struct vprim_dirty_bitmap bitmap = { b->data, o->bytes * 8 };
	struct vprim_dirty_run run;
	struct vprim_range range;
	uint64_t page = 0;

	vprim_vec_list_begin(c, "dirty");
	while (vprim_vec_steps(c, 0) && !vprim_dirty_next(&bitmap, page, &run)) {
		if (!vprim_dirty_range(base, b->pgsize_bytes, &run, &range))
			vprim_vec_list_range(c, NULL, &range);
		page = run.last + 1;
	}
	vprim_vec_list_end(c);
	if (o->bytes <= PRINTED)
		vprim_vec_out_bytes(c, "bitmap", b->data, (size_t)o->bytes);
}

static int unmap(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_unmapped done = { 0, 0, false };
	struct vprim_type1_unmap_args args = {
		.iova = U64("iova"), .size_bytes = U64("size"),
		.flags = U32("flags"),
	};
	bool dirty = args.flags & VPRIM_TYPE1_UNMAP_GET_DIRTY;
	int ret = dirty ? read_bitmap(c, args.size_bytes, &args.bitmap) : 0;

	if (ret)
		return ret;
	args.argsz = U32_OR("argsz", dirty ? VPRIM_TYPE1_BITMAP_ARGSZ :
					     VPRIM_TYPE1_UNMAP_ARGSZ);
	o->deaf = CHOICE("drivers");
	o->holders = U64("holders");
	o->told = 0;
	ret = vprim_type1_unmap(&o->c, IS("read") ? &args : NULL, &done, &c->why);
	if (!ret || done.mappings) {
		OUT("size=u", done.size_bytes);
		if (done.whole)
			OUT("whole=u", 1);
		if (o->told)
			OUT("told=u", o->told);
	}
	if (!ret && dirty)
		print_bitmap(c, args.iova, &args.bitmap);
	return ret;
}

static int dirty(struct vprim_vec_call *c)
{
	struct vprim_type1_dirty_args args = {
		.iova = U64("iova"), .size_bytes = U64("size"),
		.flags = U32("flags"),
		.argsz = U32_OR("argsz", VPRIM_TYPE1_BITMAP_ARGSZ),
	};
	int ret = 0;

	if (args.flags & VPRIM_TYPE1_DIRTY_GET)
		ret = read_bitmap(c, args.size_bytes, &args.bitmap);
	if (ret)
		return ret;
	ret = vprim_type1_dirty_pages(c->obj, IS("read") ? &args : NULL, &c->why);
	if (!ret && args.flags == VPRIM_TYPE1_DIRTY_GET)
		print_bitmap(c, args.iova, &args.bitmap);
	return ret;
}

static int pin(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct group *group = vprim_vec_item_(&o->groups, U64("group"));
	struct pin *pin;
	int ret;

	if (HAS("group") && !group)
		return vprim_vec_script_error(c, "the id of an attached group");
	pin = vprim_vec_item_new_(c, sizeof(*pin));
	if (!pin)
		return VPRIM_VEC_SCRIPT;
	pin->pages = S64("pages");
	ret = vprim_type1_pin(&o->c, HAS("group") ? &group->g : NULL, U64("iova"),
			      pin->pages, U32("prot"), &c->why);
	return vprim_vec_item_put_(&o->pins, pin, U64("iova"), ret);
}

/* Of the script's pins the one that is exactly this, if there is one, goes. */
static void forget_pin(struct container *o, uint64_t iova, int64_t pages)
{
	struct pin *pin = vprim_vec_item_from_(&o->pins, iova);

	while (pin && ITEM_ID(pin) == iova && pin->pages != pages)
		pin = vprim_vec_item_next_(&pin->item);
	if (pin && ITEM_ID(pin) == iova)
		vprim_vec_item_drop_(&o->pins, pin);
}

static int unpin(struct vprim_vec_call *c)
{
	int ret = vprim_type1_unpin(c->obj, U64("iova"), S64("pages"), &c->why);

	if (!ret)
		forget_pin(c->obj, U64("iova"), S64("pages"));
	return ret;
}

VERB_ASKS(rw, struct vprim_type1_piece piece, vprim_type1_rw(c->obj, U64("iova"),
		U64("size"), IS("write"), &piece, &c->why),
	OUT("vaddr=x size=u", piece.vaddr, piece.size_bytes))

static struct group *make_group(struct vprim_vec_call *c)
{
	size_t nr = vprim_vec_reserved_(c, NULL, 0);
	struct group *group = vprim_vec_item_new_(c, sizeof(*group) +
						  nr * sizeof(group->reserved[0]));

	if (!group)
		return NULL;
	vprim_vec_reserved_(c, group->reserved, VPRIM_IOVA_WINDOWS_MSI);
	group->g.emulated = IS("mdev");
	group->g.aperture = *RANGE("aperture");
	group->g.pgsize_bitmap = U64("pgsizes");
	group->g.cache_coherent = IS("coherent");
	group->g.vtd = IS("vtd");
	group->g.reserved = group->reserved;
	group->g.nr_reserved = nr;
	return group;
}

static int attach(struct vprim_vec_call *c)
{
	struct group *known = vprim_vec_item_(&OBJ(container)->groups, U64("id"));
	struct group *group = known ? known : make_group(c);
	int ret;

	if (!group)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_type1_attach(&OBJ(container)->c, &group->g, &c->why);
	return known ? ret : vprim_vec_item_put_(&OBJ(container)->groups, group, U64("id"), ret);
}

static int detach(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct group *group = vprim_vec_item_(&o->groups, U64("id"));
	struct vprim_type1_group stranger = { .emulated = true };
	int ret = vprim_type1_detach(&o->c, group ? &group->g : &stranger, &c->why);

	if (group)
		vprim_vec_item_drop_(&o->groups, group);
	return ret;
}

static int stats(struct vprim_vec_call *c)
{
	struct vprim_type1_stats s;

	vprim_type1_get_stats(c->obj, &s);
	return OUT("mappings=u avail=u invalid=u pinned=u pgsizes=x tracking=u",
		   s.mappings, s.avail, s.vaddr_invalid, s.pinned_pages,
		   s.pgsize_bitmap, s.dirty_tracking);
}

static int avail(struct vprim_vec_call *c)
{
	struct vprim_type1_stats s;

	vprim_type1_get_stats(c->obj, &s);
	return OUT("avail=u", s.avail);
}

/* Mappings, ascending: all, or those without a vaddr. */
static int print_mappings(struct vprim_vec_call *c, bool invalid)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_type1_mapping m;
	struct vprim_type1_cursor at;
	int ret = vprim_type1_first(c->obj, &all, &at, &m);

	vprim_vec_list_begin(c, "ranges");
	for (; !ret && vprim_vec_steps(c, 1); ret = vprim_type1_next(&at, &m))
		if (!invalid || !m.vaddr_valid)
			vprim_vec_list_range(c, NULL, &m.range);
	return vprim_vec_list_end(c);
}

VERB(list, print_mappings(c, false))

static int invalid(struct vprim_vec_call *c)
{
	struct vprim_type1_stats s;

	vprim_type1_get_stats(c->obj, &s);
	OUT("count=u", s.vaddr_invalid);
	return print_mappings(c, true);
}

VERB_ASKS(find, struct vprim_type1_mapping m,
	vprim_type1_first(c->obj, AT("addr"), NULL, &m),
	OUT("range=r vaddr=x prot=none|r|w|rw valid=u", m.range.start, m.range.last, m.vaddr,
		m.prot, m.vaddr_valid))

static int windows(struct vprim_vec_call *c)
{
	struct vprim_range *list;
	size_t count;
	int ret;

	if (HAS("list"))
		return set_windows(c, "list");
	ret = vprim_type1_windows(c->obj, NULL, 0, &count);
	list = vprim_vec_scratch(c, (count + 1) * sizeof(*list));
	if (!list)
		return VPRIM_VEC_SCRIPT;
	if (ret)
		ret = vprim_type1_windows(c->obj, list, count, &count);
	return ret ? ret : vprim_vec_out_ranges(c, "ranges", list, count);
}

VERB_ASKS(get_info, struct vprim_type1_info info,
	vprim_type1_get_info(c->obj, U32("argsz"), &info),
	OUT("argsz=u flags=x pgsizes=x cap_offset=x", info.argsz, info.flags,
		info.iova_pgsizes, info.cap_offset))

VERB(extension,
	OUT("value=u", (uint64_t)vprim_type1_check_extension(c->obj, U32("number"))))

VERB(check, vprim_type1_audit(c->obj))

#define PROT "set(none:0|r:1|w:2|rw:3|vaddr:4|u32)?rw"

static const struct vprim_vec_verb container_verbs[] = {
	{ "map", "iova:u64 vaddr:u64 size:u64 flags=" PROT " argsz=u32? pin=ok|fault|nomem? read=bit?1", map },
	{ "unmap", "iova:u64 size:u64 flags=set(none:0|dirty:1|all:2|vaddr:4|u32)? argsz=u32? drivers=obey|deaf? holders=u64? read=bit?1 " BITMAP, unmap },
	{ "dirty", "flags:set(none:0|start:1|stop:2|get:4|u32) iova=u64? size=u64? argsz=u32? read=bit?1 " BITMAP, dirty },
	{ "pin", "iova:u64 pages:s64 prot=" PROT " group=u64?", pin },
	{ "unpin", "iova:u64 pages:s64", unpin },
	{ "rw", "iova:u64 size:u64 write=bit?", rw },
	{ "attach", "id=u64 mdev=bit? aperture=range?0..0xffffffffffffffff pgsizes=u64?0xffffffffffffffff reserved=list? relaxable=list? direct=list? coherent=bit?1 vtd=bit?", attach },
	{ "detach", "id=u64", detach },
	{ "avail", "", avail },
	{ "list", "", list },
	{ "invalid", "", invalid },
	{ "find", "addr:u64", find },
	{ "stats", "", stats },
	{ "windows", "list:list?", windows },
	{ "get_info", "argsz=u32", get_info },
	{ "extension", "number:u32", extension },
	{ "check", "", check },
};

static const struct vprim_vec_verb verbs[] = {
	{ "extension", "number:u32", extension },
};

static const struct vprim_vec_kind kinds[] = {
	{ "type1", "v=1..2?2 limit=u64? pgsizes=u64?0x1000 windows=list? mdev=u64? page=u64?4096 bits=1..64?64 notify=bit?1 fail_alloc=u64? linux=linux?", sizeof(struct container), init, fini, VERBS(container_verbs) },
};

VEC_MODULE(vprim_vec_module_type1, "type1", VERBS(verbs), KINDS(kinds),
     .rules = &vprim_type1_rules);
