// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_windows.h. */
#include "vec_internal.h"
#include <virtprim/hole.h>
#include <virtprim/iova_windows.h>

/* The object's storage is kept memory. */
#define WINDOWS OBJ(vprim_range_buf)

static struct vprim_ranges list_of(struct vprim_vec_call *c)
{
	return vprim_range_buf_list(WINDOWS);
}

/* Storage for @needed windows. */
static int grow(struct vprim_vec_call *c, size_t needed)
{
	struct vprim_range_buf *w = WINDOWS;
	struct vprim_range *storage;
	size_t capacity = 4;

	if (needed <= w->capacity)
		return 0;
	while (capacity < needed)
		capacity *= 2;
	storage = vprim_vec_keep(c, capacity * sizeof(*storage));
	if (!storage)
		return VPRIM_VEC_SCRIPT;
	if (w->count)
		memcpy(storage, w->range, w->count * sizeof(*storage));
	w->range = storage;
	w->capacity = capacity;
	return 0;
}

static int set(struct vprim_vec_call *c, struct vprim_ranges list)
{
	int ret = vprim_iova_windows_check(list, &c->why);

	if (!ret)
		ret = grow(c, list.count);
	return ret ? ret : vprim_iova_windows_set(WINDOWS, list, &c->why);
}

VERB(init, set(c, (struct vprim_ranges){ RANGE("first"), 1 }))

VERB(set_list, set(c, RANGES("list")))

/* Both change the object by a range, and may make a window more of it. */
typedef int (*change_fn)(struct vprim_range_buf *windows,
			 const struct vprim_range *range, size_t *needed,
			 struct vprim_reason *reason);

static int change(struct vprim_vec_call *c, change_fn fn, const struct vprim_range *r)
{
	size_t needed = 0;
	int ret = fn(WINDOWS, r, &needed, &c->why);

	if (ret != -EMSGSIZE)
		return ret;
	ret = grow(c, needed);
	return ret ? ret : fn(WINDOWS, r, NULL, &c->why);
}

VERB(exclude, change(c, vprim_iova_windows_exclude, RANGE("cut")))
VERB(add, change(c, vprim_iova_windows_add, RANGE("window")))

VERB_DOES(join, vprim_iova_windows_join(WINDOWS))

VERB_ASKS(at_most, uint64_t added,
	vprim_iova_windows_combine(WINDOWS, SIZE("most"), &added), OUT("added=u", added))

VERB(clip, vprim_iova_windows_clip(WINDOWS, RANGE("aperture"), HAS("edges") ?
		VPRIM_IOVA_WINDOWS_TYPE1_EDGES : 0, &c->why))

static int width(struct vprim_vec_call *c)
{
	struct vprim_range space;

	if (vprim_iova_windows_width(U32("bits"), &space))
		return -EINVAL;
	return vprim_iova_windows_clip(WINDOWS, &space, 0, NULL);
}

/* @out holds all that @nr ranges can give: no range is one, and one may be cut in two. */
static int make_out(struct vprim_vec_call *c, struct vprim_range_buf *out, size_t nr)
{
	out->count = 0;
	out->capacity = nr + 2;
	out->range = vprim_vec_scratch(c, out->capacity * sizeof(*out->range));
	return out->range ? 0 : VPRIM_VEC_SCRIPT;
}

/* Both take two lists and give one. */
typedef int (*combine_fn)(struct vprim_ranges a, struct vprim_ranges b,
			  struct vprim_range_buf *out,
			  struct vprim_reason *reason);

static int combine(struct vprim_vec_call *c, combine_fn fn)
{
	struct vprim_range_buf out;
	int ret = make_out(c, &out, list_of(c).count + ARG("list")->n);

	if (!ret)
		ret = fn(list_of(c), RANGES("list"), &out, &c->why);
	return ret ? ret : set(c, vprim_range_buf_list(&out));
}

static int intersect(struct vprim_vec_call *c)
{
	/* For a script, none is no address, not no restriction. */
	return ARG("list")->n ? combine(c, vprim_iova_windows_intersect) : -EINVAL;
}

VERB(subtract, combine(c, vprim_iova_windows_subtract))

static int unite(struct vprim_vec_call *c)
{
	/* For a script, none is no address. */
	return ARG("list")->n ? combine(c, vprim_iova_windows_union) : 0;
}

static int ram(struct vprim_vec_call *c)
{
	const struct vprim_iova_windows_ram want = {
		.size_bytes = U64("size"), .low_bytes = U64("low"),
		.high_start = U64("high"), .align_bytes = U64("align"),
		.one_high_piece = IS("one"),
	};
	struct vprim_range_buf out;
	int ret = make_out(c, &out, list_of(c).count);

	if (!ret)
		ret = vprim_iova_windows_place_ram(&want, list_of(c), &out, &c->why);
	return ret ? ret : vprim_vec_out_ranges(c, "ranges", out.range, out.count);
}

static int mappable(struct vprim_vec_call *c)
{
	int ret = vprim_iova_windows_mappable(list_of(c), RANGE("request"), NULL,
					      &c->why);

	if (ret == -EINVAL)
		return ret;
	OUT("mappable=u", !ret);
	vprim_vec_out_why_(c, &c->why);
	return 0;
}

VERB(list, vprim_vec_out_ranges(c, "ranges", WINDOWS->range, WINDOWS->count))

static int split(struct vprim_vec_call *c)
{
	struct vprim_range_buf out;
	int ret = make_out(c, &out, list_of(c).count);

	if (!ret)
		ret = vprim_iova_windows_split(RANGE("request"), list_of(c),
					       U64("align"), &out, NULL);
	return ret ? ret : vprim_vec_out_ranges(c, "ranges", out.range, out.count);
}

/* A space made of the object and of the trees blocked= and blocked2=. */
struct place {
	struct vprim_hole_space space;
	struct vprim_hole_blocked blocked[2];
};

#define BLOCKED "blocked=word? blocked2=word?"

static int make_place(struct vprim_vec_call *c, struct place *p)
{
	static const char *const names[] = { "blocked", "blocked2" };
	struct vprim_interval_tree *tree;
	size_t i;

	p->space.windows = list_of(c);
	p->space.blocked = p->blocked;
	p->space.nr_blocked = 0;
	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		if (!HAS(names[i]))
			continue;
		tree = vprim_vec_itree_(c, ARG(names[i])->str);
		if (!tree)
			return vprim_vec_script_error(c, "an itree after blocked=");
		p->blocked[p->space.nr_blocked++] = vprim_interval_tree_blocked(tree);
	}
	return 0;
}

static int hole(struct vprim_vec_call *c)
{
	struct place place;
	struct vprim_hole want;
	struct vprim_range r;
	int ret = make_place(c, &place);

	if (!ret)
		ret = vprim_hole_init(&want, U64("size"));
	if (ret)
		return ret;
	want.within = *RANGE("within");
	want.from = CHOICE("dir");
	ret = vprim_hole_first(&place.space, &want, &r);
	return ret ? ret : OUT("range=r", r.start, r.last);
}

/* SIZE 0 with whole=1 is 2^64. */
static int alloc(struct vprim_vec_call *c)
{
	struct vprim_hole want;
	struct place place;
	uint64_t start, size = U64("size");
	bool is_whole = !size && IS("whole");
	int ret = make_place(c, &place);

	if (!ret)
		ret = vprim_hole_init(&want, is_whole ? 1 : size);
	if (ret)
		return ret;
	if (is_whole)
		want.last_offset = UINT64_MAX;
	want.align_bytes = U64_OR("align", want.align_bytes);
	want.offset_bytes = U64_OR("offset", want.offset_bytes);
	want.within = *RANGE("within");
	want.from = CHOICE("dir");
	ret = vprim_hole_place(&place.space, &want, &start, &c->why);
	return ret ? ret : OUT("start=x", start);
}

size_t vprim_vec_reserved_(struct vprim_vec_call *c,
			   struct vprim_iova_windows_reserved *out,
			   enum vprim_iova_windows_type type)
{
	const struct {
		const struct vprim_vec_arg *arg;
		enum vprim_iova_windows_type type;
	} list[] = {
		{ ARG("reserved"), type },
		{ ARG("relaxable"), VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE },
		{ ARG("direct"), VPRIM_IOVA_WINDOWS_DIRECT },
	};
	size_t i, k, n = 0;

	for (k = 0; k < VPRIM_ARRAY_LEN(list); k++)
		for (i = 0; i < list[k].arg->n; i++, n++)
			if (out) {
				out[n].range = list[k].arg->ranges[i];
				out[n].type = list[k].type;
			}
	return n;
}

static int alloc_iommufd(struct vprim_vec_call *c)
{
	struct vprim_hole_buffer buffer = {
		.length_bytes = U64("length"), .addr = U64("addr"),
		.iova_alignment = U64("align"), .page_bytes = U64("page"),
		.huge_bytes = U64("huge"),
	};
	struct vprim_hole want;
	struct place place;
	uint64_t iova;
	int ret = make_place(c, &place);

	if (!ret)
		ret = vprim_hole_from_buffer(&want, &buffer, &c->why);
	if (!ret)
		ret = vprim_hole_place(&place.space, &want, &iova, &c->why);
	return ret ? ret : OUT("iova=x", iova);
}

static int alloc_frames(struct vprim_vec_call *c)
{
	struct vprim_hole_frames request = {
		.size = U64("size"), .start_pfn = U64("start"),
		.limit_pfn = U64("limit"), .first_limit_pfn = U64("first"),
		.flags = (IS("aligned") ? VPRIM_HOLE_SIZE_ALIGNED : 0) |
			 (IS("round") ? VPRIM_HOLE_ROUND_SMALL : 0),
	};
	struct place place;
	uint64_t pfn;
	int ret = make_place(c, &place);

	if (!ret)
		ret = vprim_hole_place_frames(&place.space, &request, &pfn, &c->why);
	return ret ? ret : OUT("pfn=x", pfn);
}

/* -- pure verbs ------------------------------------------------------------- */

static int build(struct vprim_vec_call *c)
{
	size_t nr = vprim_vec_reserved_(c, NULL, 0);
	struct vprim_iova_windows_reserved *reserved =
		vprim_vec_scratch(c, nr * sizeof(*reserved));
	const struct vprim_iova_windows_iommu iommu = { *RANGE("aperture"), reserved, nr,
		IS("strict") ? VPRIM_IOVA_WINDOWS_STRICT_DIRECT : 0 };
	struct vprim_range_buf out;
	int ret = make_out(c, &out, nr);

	if (ret || !reserved)
		return VPRIM_VEC_SCRIPT;
	vprim_vec_reserved_(c, reserved, VPRIM_IOVA_WINDOWS_RESERVED);
	ret = vprim_iova_windows_build(&iommu, &out, &c->why);
	return ret ? ret : vprim_vec_out_ranges(c, "ranges", out.range, out.count);
}

VERB(check, vprim_iova_windows_check(RANGES("list"), &c->why))

static int sort(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *list = ARG("list");

	vprim_iova_windows_sort(list->ranges, list->n);
	return vprim_vec_out_ranges(c, "ranges", list->ranges, list->n);
}

static int fits(struct vprim_vec_call *c)
{
	unsigned int bits = U64("bits") > 64 ? 65 : U32("bits");
	int ret = vprim_iova_windows_fits(RANGE("request"), bits, &c->why);

	if (vprim_reason_id(&c->why) == VPRIM_IOVA_WINDOWS_RULE_WIDTH)
		OUT("bits=u", c->why.value);
	return ret;
}

static const struct vprim_vec_verb pure_verbs[] = {
	{ "build", "aperture:range reserved:list relaxable=list? direct=list? strict=bit?", build },
	{ "check", "list:list", check },
	{ "sort", "list:list", sort },
	{ "fits", "request:range bits:u64", fits },
};

static const struct vprim_vec_verb windows_verbs[] = {
	{ "set", "list:list", set_list },
	{ "add", "window:range", add },
	{ "join", "", join },
	{ "union", "list:list", unite },
	{ "ram", "size:u64 low=u64? high=u64?0x100000000 align=u64?0x1000 one=bit?", ram },
	{ "combine", "most:u64", at_most },
	{ "exclude", "cut:range", exclude },
	{ "clip", "aperture:range edges=type1?", clip },
	{ "width", "bits:0..64!", width },
	{ "intersect", "list:list", intersect },
	{ "subtract", "list:list", subtract },
	{ "mappable", "request:range", mappable },
	{ "list", "", list },
	{ "split", "request:range align=u64?1", split },
	{ "hole", "within:range size=u64 dir=up|down? " BLOCKED, hole },
	{ "alloc", "size:u64 align=u64? offset=u64? within=range?0..0xffffffffffffffff dir=up|down? whole=bit? " BLOCKED, alloc },
	{ "alloc_iommufd", "length:u64 addr=u64 align=u64?1 page=u64?0x1000 huge=u64?0x200000 " BLOCKED, alloc_iommufd },
	{ "alloc_frames", "size:u64 start=u64?1 limit=u64?0xffffffffffffffff first=u64? aligned=bit? round=bit? " BLOCKED, alloc_frames },
};

static const struct vprim_vec_kind kinds[] = {
	{ "windows", "first:range", sizeof(struct vprim_range_buf), init, NULL, VERBS(windows_verbs) },
};

VEC_MODULE(vprim_vec_module_iova_windows, "windows", VERBS(pure_verbs), KINDS(kinds),
     .rules = &vprim_iova_windows_rules);
