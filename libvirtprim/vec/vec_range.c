// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of range.h. */
#include <virtprim/vec_room.h>

static int from_size(struct vprim_vec_call *c)
{
	struct vprim_range r;
	int ret = vprim_range_from_size(c->arg[0].u64, c->arg[1].u64, &r);

	if (!ret)
		vprim_vec_out_hex(c, "last", r.last);
	return ret;
}

static int size(struct vprim_vec_call *c)
{
	uint64_t bytes;
	int ret = vprim_range_size(&c->arg[0].range, &bytes);

	if (!ret)
		vprim_vec_out_dec(c, "size", bytes);
	return ret;
}

static int overlap(struct vprim_vec_call *c)
{
	const struct vprim_range *a = &c->arg[0].range, *b = &c->arg[1].range;

	if (!vprim_range_is_valid(a) || !vprim_range_is_valid(b))
		return -EINVAL;
	vprim_vec_out_dec(c, "overlap", vprim_range_overlaps(a, b));
	return 0;
}

static int put_range(struct vprim_vec_call *c, int ret,
		     const struct vprim_range *r)
{
	if (!ret)
		vprim_vec_out_range(c, "range", r);
	return ret;
}

static int intersect(struct vprim_vec_call *c)
{
	struct vprim_range r;
	int ret = vprim_range_intersect(&c->arg[0].range, &c->arg[1].range, &r);

	return put_range(c, ret, &r);
}

static int align_in(struct vprim_vec_call *c)
{
	struct vprim_range r;
	int ret = vprim_range_align_in(&c->arg[0].range, c->arg[1].u64, &r);

	return put_range(c, ret, &r);
}

static int align_out(struct vprim_vec_call *c)
{
	struct vprim_range r;
	int ret = vprim_range_align_out(&c->arg[0].range, c->arg[1].u64, &r);

	return put_range(c, ret, &r);
}

static int crosses(struct vprim_vec_call *c)
{
	uint64_t shift = c->arg[2].u64;
	bool yes;
	int ret;

	if (shift > 63)
		return -EINVAL;
	ret = vprim_range_crosses(c->arg[0].u64, c->arg[1].u64,
				  (unsigned int)shift, &yes);
	if (!ret)
		vprim_vec_out_dec(c, "crosses", yes);
	return ret;
}

static int subtract(struct vprim_vec_call *c)
{
	struct vprim_range_parts p;
	int ret = vprim_range_subtract(&c->arg[0].range, &c->arg[1].range, &p);

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "ranges");
	if (p.has_below)
		vprim_vec_list_range(c, NULL, &p.below);
	if (p.has_above)
		vprim_vec_list_range(c, NULL, &p.above);
	vprim_vec_list_end(c);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "from_size", "start:u64 size:u64", from_size },
	{ "size", "range:range", size },
	{ "overlap", "a:range b:range", overlap },
	{ "intersect", "a:range b:range", intersect },
	{ "align_in", "range:range align:u64", align_in },
	{ "align_out", "range:range align:u64", align_out },
	{ "crosses", "addr:u64 len:u64 shift:u64", crosses },
	{ "subtract", "range:range cut:range", subtract },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_range = {
	.name = "range", .verbs = verbs,
};
