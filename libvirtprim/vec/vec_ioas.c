// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of ioas.h.
 *
 * The script plays the outside: what filling answers, and whether an access lets
 * go when it is told.
 */
#include "vec_internal.h"
#include <virtprim/ioas.h>

struct access {
	struct item item;
	struct vprim_ioas_access a;
	struct space *space;
	bool deaf;		/* does not let go */
	uint64_t told;
};

struct hold {
	struct item item;
	struct vprim_ioas_hold h;
	struct access *access;
	struct vprim_range range;
};

struct domain {
	struct item item;
	struct vprim_ioas_domain d;
	struct vprim_iova_windows_reserved reserved[];
};

struct space {
	struct vprim_ioas a;	/* first: a call of it takes the object */
	struct vprim_vec_failing memory;
	struct items holds, accesses, domains;
	int fill_answer;
	bool fails;		/* memory is its own, and once too little */
};

static int fill_op(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct space *s = ctx;

	(void)area;
	return s->fill_answer;
}

static const struct vprim_ioas_ops ops = { .fill = fill_op };

/* An obedient access lets go of every hold that reaches into the range. */
static void unmap_op(void *ctx, const struct vprim_range *range)
{
	struct access *access = ctx;
	struct space *s = access->space;
	struct hold *hold = vprim_vec_item_from_(&s->holds, 0), *next;

	access->told++;
	for (; hold && !access->deaf; hold = next) {
		next = vprim_vec_item_next_(&hold->item);
		if (hold->access == access &&
		    vprim_range_overlaps(&hold->range, range) &&
		    !vprim_ioas_access_unhold(&hold->h, NULL))
			vprim_vec_item_drop_(&s->holds, hold);
	}
}

/* uptr_first and compat_enoent are older words for some releases. */
static uint32_t release_of(struct vprim_vec_call *c)
{
	if (HAS("linux"))
		return U32("linux");
	if (IS("compat_enoent"))
		return VPRIM_LINUX(6, 11);
	return HAS("uptr_first") && !IS("uptr_first") ? VPRIM_LINUX(6, 12) : U32("linux");
}

static int init(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_ioas_config config;

	vprim_vec_items_init_(c, &s->holds);
	vprim_vec_items_init_(c, &s->accesses);
	vprim_vec_items_init_(c, &s->domains);
	vprim_vec_failing_init(&s->memory, c, U64("fail_alloc"));
	s->fails = U64("fail_alloc");
	vprim_ioas_config_init(&config);
	config.iova_alignment = U64("align");
	config.page_bytes = U64("page");
	config.huge_bytes = U64("huge");
	config.native_last = UINT64_MAX >> (64 - U64("bits"));
	config.release = release_of(c);
	config.alloc = s->fails ? &vprim_vec_failing_ops : s->memory.ops;
	config.alloc_ctx = s->fails ? &s->memory : s->memory.ctx;
	config.ops = &ops;
	config.ops_ctx = s;
	return vprim_ioas_init(&s->a, sizeof(s->a), &config, &c->why);
}

static void fini(void *obj)
{
	struct space *s = obj;

	vprim_ioas_fini(&s->a);
	vprim_vec_items_fini_(&s->holds);
	vprim_vec_items_fini_(&s->accesses);
	vprim_vec_items_fini_(&s->domains);
}

/* begin=1: the first half alone. The IOVA is an answer where it was chosen. */
static int run_map(struct vprim_vec_call *c, uint32_t flags)
{
	const struct vprim_ioas_map_args args = {
		.flags = U32("prot") | flags,
		.kind = CHOICE("kind"), .iova = U64("iova"),
		.length_bytes = U64("length"), .uptr = U64("uptr"),
		.reserved = U32("reserved"),
	};
	struct vprim_range range = { 0, 0 };
	int ret;

	if (OBJ(space))
		OBJ(space)->fill_answer = vprim_vec_backend_(c, "fill");
	if (IS("begin"))
		ret = vprim_ioas_map_begin(c->obj, &args, &range, &c->why);
	else
		ret = vprim_ioas_map(c->obj, &args, &range.start, &c->why);
	if (OBJ(space))
		OBJ(space)->fill_answer = 0;
	if (!ret && !(args.flags & VPRIM_IOAS_FIXED_IOVA))
		OUT("iova=x", range.start);
	return ret;
}

VERB(map, run_map(c, VPRIM_IOAS_FIXED_IOVA))

VERB(alloc, run_map(c, 0))

static struct vprim_ioas *space_named(struct vprim_vec_call *c, const char *name)
{
	return vprim_vec_object(c, ARG(name)->str, &vprim_vec_module_ioas.kinds[0]);
}

#define BAD_COPY "DST as an iova, auto or an ioas, to=IOAS and dst_iova=X once"

/*
 * The destination: DST is an IOVA, "auto" for one to be found, or the name of an
 * IOAS; to=NAME names the IOAS and dst_iova=X the IOVA where DST did not.
 */
static int read_destination(struct vprim_vec_call *c, struct vprim_ioas **dst,
			    struct vprim_ioas_copy_args *args)
{
	bool fixed = vprim_vec_u64(ARG("dst")->str, &args->dst_iova);
	bool automatic = vprim_vec_is(ARG("dst")->str, "auto");
	bool named = !fixed && !automatic;

	*dst = named ? space_named(c, "dst") : &OBJ(space)->a;
	if (HAS("to")) {
		if (named && *dst != space_named(c, "to"))
			return vprim_vec_script_error(c, BAD_COPY);
		*dst = space_named(c, "to");
	}
	if (!*dst || (HAS("dst_iova") && fixed && args->dst_iova != U64("dst_iova")))
		return vprim_vec_script_error(c, BAD_COPY);
	/* Shared pages may outlive this object, and with it its allocator. */
	if (OBJ(space)->fails && *dst != &OBJ(space)->a)
		return vprim_vec_script_error(c,
				"a source without fail_alloc, or to itself");
	args->dst_iova = U64_OR("dst_iova", args->dst_iova);
	if (fixed || (HAS("dst_iova") && !automatic))
		args->flags |= VPRIM_IOAS_FIXED_IOVA;
	return 0;
}

static int copy(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_ioas_copy_args args = { U32("prot"), U64("length"), 0,
					     U64("iova") };
	struct vprim_ioas *dst;
	struct vprim_range range = { 0, 0 };
	int ret = read_destination(c, &dst, &args);

	if (ret)
		return ret;
	s->fill_answer = vprim_vec_backend_(c, "fill");
	if (IS("begin"))
		ret = vprim_ioas_copy_begin(dst, &s->a, &args, &range, &c->why);
	else
		ret = vprim_ioas_copy(dst, &s->a, &args, &range.start, &c->why);
	s->fill_answer = 0;
	return ret ? ret : OUT("iova=x", range.start);
}

VERB(commit, vprim_ioas_map_commit(c->obj, RANGE("range"), &c->why))

VERB(abort_map, vprim_ioas_map_abort(c->obj, RANGE("range"), &c->why))

static void put_unmapped(struct vprim_vec_call *c,
			 const struct vprim_ioas_unmapped *done)
{
	OUT("size=u", done->size_bytes);
	if (done->whole)
		OUT("whole=u", 1);
}

static int unmap(struct vprim_vec_call *c)
{
	struct vprim_ioas_unmapped done;
	int ret = vprim_ioas_unmap(c->obj, U64("iova"), U64("length"), &done, &c->why);

	put_unmapped(c, &done);
	return ret;
}

VERB(allow, vprim_ioas_allow(c->obj, ARG("list")->ranges, ARG("list")->n, &c->why))

static int allowed(struct vprim_vec_call *c)
{
	size_t count;
	const struct vprim_range *list = vprim_ioas_allowed(c->obj, &count);

	return vprim_vec_out_ranges(c, "ranges", list, count);
}

VERB(reserve, vprim_ioas_reserve(c->obj, RANGE("range"), U64("owner"), &c->why))

VERB(release, OUT("removed=u", vprim_ioas_unreserve(c->obj, U64("owner"))))

static int ranges(struct vprim_vec_call *c)
{
	struct vprim_ioas_stats stats;
	struct vprim_range *list;
	size_t count = 0, capacity;
	int ret = vprim_ioas_ranges(c->obj, NULL, 0, &count, &c->why);

	if (ret == -ENOENT)
		return ret;
	capacity = HAS("room") && U64("room") < count ? (size_t)U64("room") : count;
	list = vprim_vec_scratch(c, (capacity + 1) * sizeof(*list));
	if (!list)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ioas_ranges(c->obj, list, capacity, &count, &c->why);
	if (ret == -EMSGSIZE)
		OUT("needed=u", count);
	vprim_vec_out_ranges(c, "ranges", list, capacity);
	vprim_ioas_get_stats(c->obj, &stats);
	OUT("align=x", stats.iova_alignment);
	return ret;
}

static int list(struct vprim_vec_call *c)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_ioas_mapping m;
	struct vprim_ioas_cursor at;
	int ret = vprim_ioas_first(c->obj, &all, &at, &m);

	vprim_vec_list_begin(c, "ranges");
	for (; !ret && vprim_vec_steps(c, 0); ret = vprim_ioas_next(&at, &m))
		vprim_vec_list_range(c, NULL, &m.range);
	return vprim_vec_list_end(c);
}

#define PROTS "none:0|r:4|w:2|rw:6"
#define KIND "user|file|dmabuf"

VERB_ASKS(find, struct vprim_ioas_mapping m,
	vprim_ioas_first(c->obj, AT("addr"), NULL, &m),
	OUT("range=r uptr=x prot=" PROTS " kind=" KIND " shares=u in_flight=u holds=u locks=u prevented=u",
		m.range.start, m.range.last, m.uptr, m.prot, m.kind, m.shares, m.in_flight,
		m.holds, m.locks, m.prevent_access))

static int stats(struct vprim_vec_call *c)
{
	struct vprim_ioas_stats s;

	vprim_ioas_get_stats(c->obj, &s);
	return OUT("areas=u reserved=u align=x busy=u large_pages=u", s.areas,
		   s.reserved, s.iova_alignment, s.busy, s.large_pages);
}

static struct domain *make_domain(struct vprim_vec_call *c)
{
	size_t nr = vprim_vec_reserved_(c, NULL, 0);
	struct domain *d = vprim_vec_item_new_(c, sizeof(*d) +
					       nr * sizeof(d->reserved[0]));

	if (!d)
		return NULL;
	vprim_vec_reserved_(c, d->reserved, VPRIM_IOVA_WINDOWS_MSI);
	d->d.aperture = *RANGE("aperture");
	d->d.pgsize_bitmap = U64("pgsizes");
	d->d.vtd = IS("vtd");
	d->d.reserved = d->reserved;
	d->d.nr_reserved = nr;
	return d;
}

static int attach(struct vprim_vec_call *c)
{
	struct domain *known = vprim_vec_item_(&OBJ(space)->domains, U64("id"));
	struct domain *d = known ? known : make_domain(c);
	int ret;

	if (!d)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ioas_attach(&OBJ(space)->a, &d->d, &c->why);
	return known ? ret : vprim_vec_item_put_(&OBJ(space)->domains, d, U64("id"), ret);
}

static int detach(struct vprim_vec_call *c)
{
	struct domain *d = vprim_vec_item_(&OBJ(space)->domains, U64("id"));
	struct vprim_ioas_domain stranger = { .owner_ = NULL };
	int ret = vprim_ioas_detach(&OBJ(space)->a, d ? &d->d : &stranger, &c->why);

	if (d)
		vprim_vec_item_drop_(&OBJ(space)->domains, d);
	return ret;
}

VERB(large_pages, vprim_ioas_large_pages(c->obj, IS("on"), &c->why))

VERB(cut, vprim_ioas_cut(c->obj, U64("iova"), &c->why))

static int access_attach(struct vprim_vec_call *c)
{
	struct access *known = vprim_vec_item_(&OBJ(space)->accesses, U64("id"));
	struct access *access = known;
	int ret;

	if (!known) {
		access = vprim_vec_item_new_(c, sizeof(*access));
		if (!access)
			return VPRIM_VEC_SCRIPT;
		access->space = OBJ(space);
		access->deaf = IS("deaf");
		access->a.iova_alignment = U64("align");
		access->a.unmap = unmap_op;
		access->a.ctx = access;
	}
	ret = vprim_ioas_access_attach(&OBJ(space)->a, &access->a, &c->why);
	return known ? ret : vprim_vec_item_put_(&OBJ(space)->accesses, access, U64("id"), ret);
}

/* The access that a verb names, or NULL with a script error. */
static struct access *access_of(struct vprim_vec_call *c, const char *name)
{
	struct access *access = vprim_vec_item_(&OBJ(space)->accesses, U64(name));

	if (!access)
		vprim_vec_script_error(c, "the id of an access of this ioas");
	return access;
}

/* The script keeps a detached access, so that it can be asked things. */
static int access_detach(struct vprim_vec_call *c)
{
	struct access *access = access_of(c, "id");

	return access ? vprim_ioas_access_detach(&access->a, &c->why) :
			VPRIM_VEC_SCRIPT;
}

static int told(struct vprim_vec_call *c)
{
	const struct access *access = access_of(c, "id");

	return access ? OUT("told=u", access->told) : VPRIM_VEC_SCRIPT;
}

static int hold(struct vprim_vec_call *c)
{
	struct access *access = access_of(c, "access");
	uint32_t flags = (IS("write") ? VPRIM_IOAS_HOLD_WRITE : 0) |
			 (IS("lock") ? VPRIM_IOAS_HOLD_LOCK : 0);
	struct hold *hold = access ? vprim_vec_item_new_(c, sizeof(*hold)) : NULL;
	int ret;

	if (!hold)
		return VPRIM_VEC_SCRIPT;
	hold->access = access;
	ret = vprim_ioas_access_hold(&access->a, U64("iova"), U64("length"), flags, &hold->h,
				     &c->why);
	if (!ret)
		ret = vprim_range_from_size(U64("iova"), U64("length"), &hold->range);
	return vprim_vec_item_put_(&OBJ(space)->holds, hold, U64("id"), ret);
}

static int unhold(struct vprim_vec_call *c)
{
	struct vprim_ioas_hold nothing = { .access_ = NULL };
	struct hold *hold = vprim_vec_item_(&OBJ(space)->holds, U64("id"));
	int ret = vprim_ioas_access_unhold(hold ? &hold->h : &nothing, &c->why);

	if (hold)
		vprim_vec_item_drop_(&OBJ(space)->holds, hold);
	return ret;
}

static int rw(struct vprim_vec_call *c)
{
	struct access *access = access_of(c, "access");
	struct vprim_ioas_piece piece;
	int ret;

	if (!access)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_ioas_access_rw(&access->a, U64("iova"), U64("length"), IS("write"),
				   &piece, &c->why);
	return ret ? ret : OUT("uptr=x length=u", piece.uptr, piece.length_bytes);
}

VERB(compat_map, vprim_ioas_compat_map(c->obj, &(struct vprim_ioas_compat_map_args){
		.argsz = U32("argsz"), .flags = U32("flags"), .vaddr = U64("vaddr"),
		.iova = U64("iova"), .size_bytes = U64("size") }, &c->why))

static int compat_unmap(struct vprim_vec_call *c)
{
	struct vprim_ioas_compat_unmap_args args = {
		.argsz = U32("argsz"), .flags = U32("flags"),
		.iova = U64("iova"), .size_bytes = U64("size"),
	};
	struct vprim_ioas_unmapped done;
	int ret = vprim_ioas_compat_unmap(c->obj, &args, &done, &c->why);

	put_unmapped(c, &done);
	return ret;
}

VERB_ASKS(compat_info, struct vprim_ioas_compat_info info,
	vprim_ioas_compat_get_info(c->obj, U32("argsz"), &info),
	OUT("argsz=u flags=x pgsizes=x cap_offset=x", info.argsz, info.flags,
		info.iova_pgsizes, info.cap_offset))

VERB(compat_extension,
	OUT("value=u", (uint64_t)vprim_ioas_compat_extension(U32("number"))))

VERB(check, vprim_ioas_audit(c->obj))

#define FILL "fill=ok|fault|nomem? begin=bit?"
#define PROT "prot=" PROTS "|u32?rw"
#define HOW PROT " kind=" KIND "? reserved=u32? " FILL
#define MAP "iova:u64 length:u64 uptr=u64 " HOW
#define COMPAT_MAP "iova:u64 vaddr:u64 size:u64 flags=none|r|w|rw|u32?rw argsz=u32?32"
#define COMPAT_UNMAP "iova:u64 size:u64 flags=none:0|all:2|u32? argsz=u32?24"

static const struct vprim_vec_verb space_verbs[] = {
	{ "map", MAP, map },
	{ "alloc", "length:u64 uptr=u64 iova=u64? " HOW, alloc },
	{ "copy", "dst:word iova:u64 length:u64 to=word? dst_iova=u64? " PROT " " FILL, copy },
	{ "commit", "range:range", commit },
	{ "abort", "range:range", abort_map },
	{ "unmap", "iova:u64 length:u64", unmap },
	{ "allow", "list:list", allow },
	{ "allowed", "", allowed },
	{ "reserve", "range:range owner=u64", reserve },
	{ "release", "owner=u64", release },
	{ "attach", "id=u64 aperture=range?0..0xffffffffffffffff pgsizes=u64?0x1000 reserved=list? relaxable=list? direct=list? vtd=bit?", attach },
	{ "detach", "id=u64", detach },
	{ "large_pages", "on:bit", large_pages },
	{ "cut", "iova:u64", cut },
	{ "access", "id=u64 align=u64?4096 deaf=bit?", access_attach },
	{ "access_detach", "id=u64", access_detach },
	{ "told", "id=u64", told },
	{ "hold", "id=u64 access=u64 iova:u64 length:u64 write=bit? lock=bit?", hold },
	{ "unhold", "id=u64", unhold },
	{ "rw", "access=u64 iova:u64 length:u64 write=bit?", rw },
	{ "ranges", "room=u64?", ranges },
	{ "list", "", list },
	{ "find", "addr:u64", find },
	{ "stats", "", stats },
	{ "compat_map", COMPAT_MAP, compat_map },
	{ "compat_unmap", COMPAT_UNMAP, compat_unmap },
	{ "compat_info", "argsz=u32", compat_info },
	{ "check", "", check },
};

/* Without an object: what an id that names no IOAS answers. */
static const struct vprim_vec_verb verbs[] = {
	{ "map", MAP, map },
	{ "unmap", "iova:u64 length:u64", unmap },
	{ "allow", "list:list", allow },
	{ "ranges", "room=u64?", ranges },
	{ "compat_map", COMPAT_MAP, compat_map },
	{ "compat_unmap", COMPAT_UNMAP, compat_unmap },
	{ "compat_info", "argsz=u32", compat_info },
	{ "compat_extension", "number:u32", compat_extension },
};

static const struct vprim_vec_kind kinds[] = {
	{ "ioas", "align=u64?1 page=u64?4096 huge=u64?0x200000 bits=1..64?64 uptr_first=bit? compat_enoent=bit? fail_alloc=u64? linux=linux?", sizeof(struct space), init, fini, VERBS(space_verbs) },
};

VEC_MODULE(vprim_vec_module_ioas, "ioas", VERBS(verbs), KINDS(kinds),
     .rules = &vprim_ioas_rules);
