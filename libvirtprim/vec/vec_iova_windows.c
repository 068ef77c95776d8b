// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_windows.h. */
#include "vec_internal.h"
#include <virtprim/hole.h>
#include <virtprim/interval_tree.h>

struct list {
	struct vprim_range_buf w;
	const struct vprim_alloc_ops *ops;
	void *ctx;
};

static void fini(void *obj)
{
	struct list *l = obj;

	if (l->w.range)
		l->ops->free(l->ctx, l->w.range,
			     l->w.capacity * sizeof(*l->w.range));
}

/* Room for @needed windows. */
static int grow(struct vprim_vec_call *c, size_t needed)
{
	struct list *l = c->obj;
	struct vprim_range *old = l->w.range, *storage;
	size_t old_capacity = l->w.capacity, capacity = 4;

	if (needed <= old_capacity)
		return 0;
	while (capacity < needed)
		capacity *= 2;
	storage = l->ops->alloc(l->ctx, capacity * sizeof(*storage));
	if (!storage)
		return vprim_vec_script_error(c, "more memory");
	if (old) {
		memcpy(storage, old, l->w.count * sizeof(*old));
		l->ops->free(l->ctx, old, old_capacity * sizeof(*old));
	}
	l->w.range = storage;
	l->w.capacity = capacity;
	return 0;
}

static int set(struct vprim_vec_call *c, struct vprim_ranges list)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_iova_windows_check(list, &why);

	if (!ret)
		ret = grow(c, list.count);
	if (!ret)
		ret = vprim_iova_windows_set(&l->w, list, &why);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int init(struct vprim_vec_call *c)
{
	const struct vprim_ranges first = { &c->arg[0].range, 1 };
	struct list *l = c->obj;
	int ret;

	l->ops = vprim_vec_alloc(c, &l->ctx);
	ret = set(c, first);
	/* After an error nobody calls fini. */
	if (ret)
		fini(l);
	return ret;
}

static int set_list(struct vprim_vec_call *c)
{
	struct vprim_range *list;
	size_t count;
	int ret = vprim_vec_ranges(c, 0, &list, &count);

	return ret ? ret : set(c, (struct vprim_ranges){ list, count });
}

static int exclude(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	size_t needed = 0;
	int ret = vprim_iova_windows_exclude(&l->w, &c->arg[0].range, &needed,
					     &why);

	if (ret == -EMSGSIZE) {
		ret = grow(c, needed);
		if (ret)
			return ret;
		ret = vprim_iova_windows_exclude(&l->w, &c->arg[0].range, NULL,
						 &why);
		return ret;
	}
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int clip(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	uint32_t flags = 0;
	int ret;

	if (c->arg[1].present) {
		if (!vprim_vec_is(c->arg[1].str, "type1"))
			return vprim_vec_script_error(c, "edges=type1");
		flags = VPRIM_IOVA_WINDOWS_TYPE1_EDGES;
	}
	ret = vprim_iova_windows_clip(&l->w, &c->arg[0].range, flags, &why);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int width(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range space;

	if (c->arg[0].u64 > 64 ||
	    vprim_iova_windows_width((unsigned int)c->arg[0].u64, &space))
		return -EINVAL;
	return vprim_iova_windows_clip(&l->w, &space, 0, &why);
}

/* Both take two lists and give one. */
typedef int (*combine_fn)(struct vprim_ranges a, struct vprim_ranges b,
			  struct vprim_range_buf *out,
			  struct vprim_reason *reason);

static int combine(struct vprim_vec_call *c, combine_fn fn)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range_buf out = { NULL, 0, 0 };
	struct vprim_ranges a = vprim_range_buf_list(&l->w), b;
	struct vprim_range *other;
	int ret = vprim_vec_ranges(c, 0, &other, &b.count);

	if (ret)
		return ret;
	b.range = other;
	ret = fn(a, b, &out, &why);
	if (ret != -EMSGSIZE) {
		vprim_vec_out_why_(c, &why);
		return ret;
	}
	out.capacity = out.count;
	out.range = vprim_vec_scratch(c, out.capacity * sizeof(*out.range));
	if (!out.range)
		return vprim_vec_script_error(c, "more memory");
	ret = fn(a, b, &out, NULL);
	return ret ? ret : set(c, vprim_range_buf_list(&out));
}

static int intersect(struct vprim_vec_call *c)
{
	/* For a script, none is no address, not no restriction. */
	if (vprim_vec_is(c->arg[0].str, "none"))
		return -EINVAL;
	return combine(c, vprim_iova_windows_intersect);
}

static int subtract(struct vprim_vec_call *c)
{
	return combine(c, vprim_iova_windows_subtract);
}

static int mappable(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_iova_windows_mappable(vprim_range_buf_list(&l->w),
					      &c->arg[0].range, NULL, &why);

	if (ret == -EINVAL)
		return ret;
	vprim_vec_out_dec(c, "mappable", !ret);
	vprim_vec_out_why_(c, &why);
	return 0;
}

static void put_list(struct vprim_vec_call *c, const struct vprim_range *list,
		     size_t count)
{
	size_t i;

	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < count; i++)
		vprim_vec_list_range(c, NULL, &list[i]);
	vprim_vec_list_end(c);
}

static int list(struct vprim_vec_call *c)
{
	struct list *l = c->obj;

	put_list(c, l->w.range, l->w.count);
	return 0;
}

static int split(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	uint64_t align = vprim_vec_u64_or(&c->arg[1], 1);
	struct vprim_range_buf out = { NULL, 0, 0 };
	int ret = vprim_iova_windows_split(&c->arg[0].range,
					   vprim_range_buf_list(&l->w), align,
					   &out, NULL);

	if (ret && ret != -EMSGSIZE)
		return ret;
	out.capacity = out.count;
	out.range = vprim_vec_scratch(c, out.capacity * sizeof(*out.range));
	if (!out.range)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_iova_windows_split(&c->arg[0].range,
				       vprim_range_buf_list(&l->w), align, &out,
				       NULL);
	if (!ret)
		put_list(c, out.range, out.count);
	return ret;
}

/* A space made of the object and of up to two trees, arguments @i and @i + 1. */
struct room {
	struct vprim_hole_space space;
	struct vprim_hole_blocked blocked[2];
};

static int make_room(struct vprim_vec_call *c, unsigned int i, struct room *r)
{
	struct list *l = c->obj;
	struct vprim_interval_tree *tree;
	unsigned int k;

	r->space.windows = vprim_range_buf_list(&l->w);
	r->space.blocked = r->blocked;
	r->space.nr_blocked = 0;
	for (k = i; k < i + 2; k++) {
		if (!c->arg[k].present)
			continue;
		tree = vprim_vec_itree_(c, c->arg[k].str);
		if (!tree)
			return vprim_vec_script_error(c, "an itree after blocked=");
		r->blocked[r->space.nr_blocked++] =
			vprim_interval_tree_blocked(tree);
	}
	return 0;
}

static int direction(struct vprim_vec_call *c, unsigned int i,
		     enum vprim_hole_from *dir)
{
	*dir = VPRIM_HOLE_LOWEST;
	if (!c->arg[i].present || vprim_vec_is(c->arg[i].str, "up"))
		return 0;
	*dir = VPRIM_HOLE_HIGHEST;
	if (vprim_vec_is(c->arg[i].str, "down"))
		return 0;
	return vprim_vec_script_error(c, "dir=up or dir=down");
}

static int hole(struct vprim_vec_call *c)
{
	struct room room;
	struct vprim_hole want;
	struct vprim_range r;
	enum vprim_hole_from from;
	int ret = make_room(c, 3, &room);

	if (!ret)
		ret = direction(c, 2, &from);
	if (!ret)
		ret = vprim_hole_init(&want, c->arg[1].u64);
	if (ret)
		return ret;
	want.within = c->arg[0].range;
	want.from = from;
	ret = vprim_hole_find(&room.space, &want, &r);
	if (!ret)
		vprim_vec_out_range(c, "range", &r);
	return ret;
}

/* SIZE 0 with whole=1 is 2^64. */
static int alloc(struct vprim_vec_call *c)
{
	struct vprim_hole want;
	struct vprim_reason why = { .rule = NULL };
	struct room room;
	uint64_t start, size = c->arg[0].u64;
	bool is_whole = !size && c->arg[5].u64;
	int ret = make_room(c, 6, &room);

	if (ret)
		return ret;
	ret = vprim_hole_init(&want, is_whole ? 1 : size);
	if (ret)
		return ret;
	if (is_whole)
		want.last_offset = UINT64_MAX;
	if (c->arg[1].present)
		want.align_bytes = c->arg[1].u64;
	if (c->arg[2].present)
		want.offset_bytes = c->arg[2].u64;
	if (c->arg[3].present)
		want.within = c->arg[3].range;
	ret = direction(c, 4, &want.from);
	if (ret)
		return ret;
	ret = vprim_hole_place(&room.space, &want, &start, &why);
	if (!ret)
		vprim_vec_out_hex(c, "start", start);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static size_t reserved(struct vprim_vec_str list,
		       enum vprim_iova_windows_type type,
		       struct vprim_iova_windows_reserved *out, size_t n)
{
	struct vprim_range range;

	for (; vprim_vec_next_range(&list, &range); n++) {
		if (out) {
			out[n].range = range;
			out[n].type = type;
		}
	}
	return n;
}

size_t vprim_vec_reserved_(const struct vprim_vec_arg *hard_then_soft,
			   struct vprim_iova_windows_reserved *out)
{
	size_t n = reserved(hard_then_soft[0].str, VPRIM_IOVA_WINDOWS_MSI, out, 0);

	return reserved(hard_then_soft[1].str,
			VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE, out, n);
}

static int alloc_iommufd(struct vprim_vec_call *c)
{
	struct vprim_hole_buffer buffer = {
		.length_bytes = c->arg[0].u64,
		.addr = c->arg[1].u64,
		.iova_alignment = vprim_vec_u64_or(&c->arg[2], 1),
		.page_bytes = vprim_vec_u64_or(&c->arg[3], 0x1000),
		.huge_bytes = vprim_vec_u64_or(&c->arg[4], 0x200000),
	};
	struct vprim_reason why = { .rule = NULL };
	struct vprim_hole want;
	struct room room;
	uint64_t iova;
	int ret = make_room(c, 5, &room);

	if (ret)
		return ret;
	ret = vprim_hole_from_buffer(&want, &buffer, &why);
	if (!ret)
		ret = vprim_hole_place(&room.space, &want, &iova, &why);
	if (!ret)
		vprim_vec_out_hex(c, "iova", iova);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int alloc_frames(struct vprim_vec_call *c)
{
	struct vprim_hole_frames request = {
		.size = c->arg[0].u64,
		.start_pfn = vprim_vec_u64_or(&c->arg[1], 1),
		.limit_pfn = vprim_vec_u64_or(&c->arg[2], UINT64_MAX),
		.first_limit_pfn = c->arg[3].u64,
	};
	struct vprim_reason why = { .rule = NULL };
	struct room room;
	uint64_t pfn;
	int ret = make_room(c, 6, &room);

	if (ret)
		return ret;
	if (c->arg[4].u64)
		request.flags |= VPRIM_HOLE_SIZE_ALIGNED;
	if (c->arg[5].u64)
		request.flags |= VPRIM_HOLE_ROUND_SMALL;
	ret = vprim_hole_place_frames(&room.space, &request, &pfn, &why);
	if (!ret)
		vprim_vec_out_hex(c, "pfn", pfn);
	vprim_vec_out_why_(c, &why);
	return ret;
}

/* -- pure verbs ------------------------------------------------------------- */

static int build(struct vprim_vec_call *c)
{
	struct vprim_iova_windows_reserved *reserved;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range *hard, *relaxable;
	struct vprim_range_buf out;
	size_t nr_hard, nr, i;
	uint32_t flags = c->arg[3].u64 ? VPRIM_IOVA_WINDOWS_STRICT_DIRECT : 0;
	int ret = vprim_vec_ranges(c, 1, &hard, &nr_hard);

	if (ret)
		return ret;
	nr = 0;
	if (c->arg[2].present)
		ret = vprim_vec_ranges(c, 2, &relaxable, &nr);
	if (ret)
		return ret;
	nr += nr_hard;
	reserved = vprim_vec_scratch(c, nr * sizeof(*reserved));
	out.capacity = nr + 1;
	out.range = vprim_vec_scratch(c, out.capacity * sizeof(*out.range));
	if (!reserved || !out.range)
		return vprim_vec_script_error(c, "more memory");
	for (i = 0; i < nr; i++) {
		reserved[i].range = i < nr_hard ? hard[i] :
						  relaxable[i - nr_hard];
		reserved[i].type = i < nr_hard ?
					   VPRIM_IOVA_WINDOWS_RESERVED :
					   VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE;
	}
	ret = vprim_iova_windows_build(&c->arg[0].range, reserved, nr, flags,
				       &out, &why);
	if (!ret)
		put_list(c, out.range, out.count);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int check(struct vprim_vec_call *c)
{
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range *ranges;
	size_t count;
	int ret = vprim_vec_ranges(c, 0, &ranges, &count);

	if (ret)
		return ret;
	ret = vprim_iova_windows_check((struct vprim_ranges){ ranges, count },
				       &why);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int sort(struct vprim_vec_call *c)
{
	struct vprim_range *ranges;
	size_t count;
	int ret = vprim_vec_ranges(c, 0, &ranges, &count);

	if (ret)
		return ret;
	vprim_iova_windows_sort(ranges, count);
	put_list(c, ranges, count);
	return 0;
}

static int fits(struct vprim_vec_call *c)
{
	struct vprim_reason why = { .rule = NULL };
	uint64_t bits = c->arg[1].u64 > 64 ? 65 : c->arg[1].u64;
	int ret = vprim_iova_windows_fits(&c->arg[0].range, (unsigned int)bits,
					  &why);

	if (vprim_reason_id(&why) == VPRIM_IOVA_WINDOWS_RULE_WIDTH)
		vprim_vec_out_dec(c, "bits", why.value);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static const struct vprim_vec_verb pure_verbs[] = {
	{ "build", "aperture:range reserved:list relaxable=list? strict=bit?",
	  build },
	{ "check", "list:list", check },
	{ "sort", "list:list", sort },
	{ "fits", "request:range bits:u64", fits },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_verb windows_verbs[] = {
	{ "set", "list:list", set_list },
	{ "exclude", "cut:range", exclude },
	{ "clip", "aperture:range edges=word?", clip },
	{ "width", "bits:u64", width },
	{ "intersect", "list:list", intersect },
	{ "subtract", "list:list", subtract },
	{ "mappable", "request:range", mappable },
	{ "list", "", list },
	{ "split", "request:range align=u64?", split },
	{ "hole", "within:range size=u64 dir=word? blocked=word? blocked2=word?",
	  hole },
	{ "alloc", "size:u64 align=u64? offset=u64? within=range? dir=word? "
	  "whole=bit? blocked=word? blocked2=word?", alloc },
	{ "alloc_iommufd", "length:u64 addr=u64 align=u64? page=u64? huge=u64? "
	  "blocked=word? blocked2=word?", alloc_iommufd },
	{ "alloc_frames", "size:u64 start=u64? limit=u64? first=u64? "
	  "aligned=bit? round=bit? blocked=word? blocked2=word?", alloc_frames },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "windows", "first:range", sizeof(struct list), init, fini,
	  windows_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_iova_windows = {
	.name = "windows", .verbs = pure_verbs, .kinds = kinds, .rules = vprim_iova_windows_rules,
};
