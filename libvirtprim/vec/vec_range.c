// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of range.h. */
#include "vec_internal.h"

VERB_ASKS(from_size, struct vprim_range r,
	vprim_range_from_size(U64("start"), U64("size"), &r), OUT("last=x", r.last))

VERB_ASKS(size, uint64_t bytes, vprim_range_size(RANGE("range"), &bytes),
	OUT("size=u", bytes))

static int overlap(struct vprim_vec_call *c)
{
	const struct vprim_range *a = RANGE("a"), *b = RANGE("b");

	if (!vprim_range_is_valid(a) || !vprim_range_is_valid(b))
		return -EINVAL;
	return OUT("overlap=u", vprim_range_overlaps(a, b));
}

VERB_ASKS(intersect, struct vprim_range r,
	vprim_range_intersect(RANGE("a"), RANGE("b"), &r), OUT("range=r", r.start, r.last))

VERB_ASKS(align_in, struct vprim_range r,
	vprim_range_align_in(RANGE("range"), U64("align"), &r),
	OUT("range=r", r.start, r.last))

VERB_ASKS(align_out, struct vprim_range r,
	vprim_range_align_out(RANGE("range"), U64("align"), &r),
	OUT("range=r", r.start, r.last))

VERB_ASKS(crosses, bool yes,
	vprim_range_crosses(U64("addr"), U64("len"), U32("shift"), &yes),
	OUT("crosses=u", yes))

static int subtract(struct vprim_vec_call *c)
{
	struct vprim_range_parts p;
	int ret = vprim_range_subtract(RANGE("range"), RANGE("cut"), &p);

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "ranges");
	if (p.has_below)
		vprim_vec_list_range(c, NULL, &p.below);
	if (p.has_above)
		vprim_vec_list_range(c, NULL, &p.above);
	return vprim_vec_list_end(c);
}

static const struct vprim_vec_verb verbs[] = {
	{ "from_size", "start:u64 size:u64", from_size },
	{ "size", "range:range", size },
	{ "overlap", "a:range b:range", overlap },
	{ "intersect", "a:range b:range", intersect },
	{ "align_in", "range:range align:u64", align_in },
	{ "align_out", "range:range align:u64", align_out },
	{ "crosses", "addr:u64 len:u64 shift:0..63!", crosses },
	{ "subtract", "range:range cut:range", subtract },
};

VEC_MODULE(vprim_vec_module_range, "range", VERBS(verbs));
