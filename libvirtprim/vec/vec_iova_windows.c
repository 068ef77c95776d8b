// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_windows.h. */
#include "vec_internal.h"
#include <virtprim/iova_windows.h>

struct list {
	struct vprim_iova_windows w;
	const struct vprim_alloc_ops *ops;
	void *ctx;
};

static void fini(void *obj)
{
	struct list *l = obj;

	if (l->w.ranges)
		l->ops->free(l->ctx, l->w.ranges,
			     l->w.capacity * sizeof(*l->w.ranges));
}

/* Room for @needed windows. */
static int grow(struct vprim_vec_call *c, size_t needed)
{
	struct list *l = c->obj;
	struct vprim_range *old = l->w.ranges, *storage;
	size_t old_capacity = l->w.capacity, capacity = 4;

	if (needed <= old_capacity)
		return 0;
	while (capacity < needed)
		capacity *= 2;
	storage = l->ops->alloc(l->ctx, capacity * sizeof(*storage));
	if (!storage)
		return vprim_vec_script_error(c, "more memory");
	if (vprim_iova_windows_move(&l->w, storage, capacity)) {
		l->ops->free(l->ctx, storage, capacity * sizeof(*storage));
		return vprim_vec_script_error(c, "windows that fit");
	}
	if (old)
		l->ops->free(l->ctx, old, old_capacity * sizeof(*old));
	return 0;
}

static int set(struct vprim_vec_call *c, const struct vprim_range *list,
	       size_t count)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_iova_windows_check(list, count, &why);

	if (!ret)
		ret = grow(c, count);
	if (!ret)
		ret = vprim_iova_windows_set(&l->w, list, count, &why);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int init(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	int ret;

	l->ops = vprim_vec_alloc(c, &l->ctx);
	ret = set(c, &c->arg[0].range, 1);
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

	return ret ? ret : set(c, list, count);
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

/* Both take a list and give one. */
typedef int (*combine_fn)(const struct vprim_range *a, size_t nr_a,
			  const struct vprim_range *b, size_t nr_b,
			  struct vprim_range *list, size_t capacity,
			  size_t *count, struct vprim_reason *reason);

static int combine(struct vprim_vec_call *c, combine_fn fn)
{
	struct list *l = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range *b, *out;
	size_t nr_b, count = 0;
	int ret = vprim_vec_ranges(c, 0, &b, &nr_b);

	if (ret)
		return ret;
	ret = fn(l->w.ranges, l->w.count, b, nr_b, NULL, 0, &count, &why);
	if (ret != -EMSGSIZE) {
		vprim_vec_out_why_(c, &why);
		return ret;
	}
	out = vprim_vec_scratch(c, count * sizeof(*out));
	if (!out)
		return vprim_vec_script_error(c, "more memory");
	ret = fn(l->w.ranges, l->w.count, b, nr_b, out, count, &count, NULL);
	return ret ? ret : set(c, out, count);
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
	int ret = vprim_iova_windows_mappable(l->w.ranges, l->w.count,
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

	put_list(c, l->w.ranges, l->w.count);
	return 0;
}

static int split(struct vprim_vec_call *c)
{
	struct list *l = c->obj;
	uint64_t align = vprim_vec_u64_or(&c->arg[1], 1);
	struct vprim_range *out;
	size_t count = 0;
	int ret = vprim_iova_windows_split(&c->arg[0].range, l->w.ranges,
					   l->w.count, align, NULL, 0, &count,
					   NULL);

	if (ret && ret != -EMSGSIZE)
		return ret;
	out = vprim_vec_scratch(c, count * sizeof(*out));
	if (!out)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_iova_windows_split(&c->arg[0].range, l->w.ranges, l->w.count,
				       align, out, count, &count, NULL);
	if (!ret)
		put_list(c, out, count);
	return ret;
}

/* A space made of the object and of up to two trees, arguments @i and @i + 1. */
struct room {
	struct vprim_iova_windows_space space;
	struct vprim_iova_windows_blocked blocked[2];
};

static int make_room(struct vprim_vec_call *c, unsigned int i, struct room *r)
{
	struct list *l = c->obj;
	struct vprim_interval_tree *tree;
	unsigned int k;

	r->space.allowed = l->w.ranges;
	r->space.nr_allowed = l->w.count;
	r->space.blocked = r->blocked;
	r->space.nr_blocked = 0;
	for (k = i; k < i + 2; k++) {
		if (!c->arg[k].present)
			continue;
		tree = vprim_vec_itree_(c, c->arg[k].str);
		if (!tree)
			return vprim_vec_script_error(c, "an itree after blocked=");
		r->blocked[r->space.nr_blocked++] =
			vprim_iova_windows_block_tree(tree);
	}
	return 0;
}

static int direction(struct vprim_vec_call *c, unsigned int i,
		     enum vprim_iova_windows_dir *dir)
{
	*dir = VPRIM_IOVA_WINDOWS_UP;
	if (!c->arg[i].present || vprim_vec_is(c->arg[i].str, "up"))
		return 0;
	*dir = VPRIM_IOVA_WINDOWS_DOWN;
	if (vprim_vec_is(c->arg[i].str, "down"))
		return 0;
	return vprim_vec_script_error(c, "dir=up or dir=down");
}

static int hole(struct vprim_vec_call *c)
{
	struct room room;
	enum vprim_iova_windows_dir dir;
	struct vprim_range r;
	int ret = make_room(c, 3, &room);

	if (!ret)
		ret = direction(c, 2, &dir);
	if (ret)
		return ret;
	if (!c->arg[1].u64)
		return -EINVAL;
	ret = vprim_iova_windows_hole(&room.space, &c->arg[0].range,
				      c->arg[1].u64 - 1, dir, &r);
	if (!ret)
		vprim_vec_out_range(c, "range", &r);
	return ret;
}

/* SIZE 0 with whole=1 is 2^64. */
static int alloc(struct vprim_vec_call *c)
{
	struct vprim_iova_windows_request request;
	struct vprim_reason why = { .rule = NULL };
	struct room room;
	uint64_t start, size = c->arg[0].u64;
	bool is_whole = !size && c->arg[5].u64;
	int ret = make_room(c, 6, &room);

	if (ret)
		return ret;
	ret = vprim_iova_windows_request(&request, is_whole ? 1 : size);
	if (ret)
		return ret;
	if (is_whole)
		request.last_offset = UINT64_MAX;
	if (c->arg[1].present)
		request.align_bytes = c->arg[1].u64;
	if (c->arg[2].present)
		request.offset_bytes = c->arg[2].u64;
	if (c->arg[3].present) {
		request.min = c->arg[3].range.start;
		request.max = c->arg[3].range.last;
	}
	ret = direction(c, 4, &request.dir);
	if (ret)
		return ret;
	ret = vprim_iova_windows_alloc(&room.space, &request, &start, &why);
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
	struct vprim_iova_windows_iommufd request = {
		.length_bytes = c->arg[0].u64,
		.addr = c->arg[1].u64,
		.iova_alignment = vprim_vec_u64_or(&c->arg[2], 1),
		.page_bytes = vprim_vec_u64_or(&c->arg[3], 0x1000),
		.huge_bytes = vprim_vec_u64_or(&c->arg[4], 0x200000),
	};
	struct vprim_reason why = { .rule = NULL };
	struct room room;
	uint64_t iova;
	int ret = make_room(c, 5, &room);

	if (ret)
		return ret;
	ret = vprim_iova_windows_alloc_iommufd(&room.space, &request, &iova,
					       &why);
	if (!ret)
		vprim_vec_out_hex(c, "iova", iova);
	vprim_vec_out_why_(c, &why);
	return ret;
}

static int alloc_frames(struct vprim_vec_call *c)
{
	struct vprim_iova_windows_frames request = {
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
		request.flags |= VPRIM_IOVA_WINDOWS_SIZE_ALIGNED;
	if (c->arg[5].u64)
		request.flags |= VPRIM_IOVA_WINDOWS_ROUND_SMALL;
	ret = vprim_iova_windows_alloc_frames(&room.space, &request, &pfn, &why);
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
	struct vprim_range *hard, *relaxable, *out;
	size_t nr_hard, nr, i, count = 0;
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
	out = vprim_vec_scratch(c, (nr + 1) * sizeof(*out));
	if (!reserved || !out)
		return vprim_vec_script_error(c, "more memory");
	for (i = 0; i < nr; i++) {
		reserved[i].range = i < nr_hard ? hard[i] :
						  relaxable[i - nr_hard];
		reserved[i].type = i < nr_hard ?
					   VPRIM_IOVA_WINDOWS_RESERVED :
					   VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE;
	}
	ret = vprim_iova_windows_build(&c->arg[0].range, reserved, nr, flags, out,
				       nr + 1, &count, &why);
	if (!ret)
		put_list(c, out, count);
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
	ret = vprim_iova_windows_check(ranges, count, &why);
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
