// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verb of iova_plan.h. A piece is START..LAST@TARGET, and then /PROT
 * and /GROUP, numbers, where they are not 0.
 */
#include "vec_internal.h"
#include <virtprim/iova_plan.h>

static bool number(struct vprim_vec_str s, uint32_t *v)
{
	uint64_t n;

	if (!vprim_vec_u64(s, &n) || n > UINT32_MAX)
		return false;
	*v = (uint32_t)n;
	return true;
}

static bool read_piece(struct vprim_vec_str s,
		       struct vprim_iova_plan_piece *piece)
{
	struct vprim_vec_str where, target, rest = s, item;
	bool ok;

	memset(piece, 0, sizeof(*piece));
	ok = vprim_vec_next(&rest, '@', &where) &&
	     vprim_vec_range(where, &piece->iova) &&
	     vprim_vec_next(&rest, '/', &target) &&
	     vprim_vec_u64(target, &piece->target);
	if (ok && vprim_vec_next(&rest, '/', &item))
		ok = number(item, &piece->prot);
	if (ok && vprim_vec_next(&rest, '/', &item))
		ok = number(item, &piece->group);
	return ok && !vprim_vec_next(&rest, '/', &item);
}

static int read_pieces(struct vprim_vec_call *c,
		       struct vprim_iova_plan_piece **pieces, size_t *nr)
{
	struct vprim_vec_str rest = c->arg[0].str, item;
	size_t most = c->arg[0].str.len;

	*nr = 0;
	*pieces = vprim_vec_scratch(c, (most + 1) * sizeof(**pieces));
	if (!*pieces)
		return vprim_vec_script_error(c, "more memory");
	if (vprim_vec_is(rest, "none"))
		return 0;
	while (vprim_vec_next(&rest, ',', &item)) {
		if (!read_piece(item, &(*pieces)[(*nr)++]))
			return vprim_vec_script_error(
				c, "pieces START..LAST@TARGET/PROT/GROUP");
	}
	return 0;
}

static int plan(struct vprim_vec_call *c)
{
	struct vprim_iova_plan_limits limits = { .entries = 65535 };
	struct vprim_reason why = { .rule = NULL };
	struct vprim_iova_plan_piece *pieces, *out;
	struct vprim_range *windows = NULL;
	struct vprim_iova_plan answer;
	size_t nr, i;
	int ret = read_pieces(c, &pieces, &nr);

	if (!ret && c->arg[1].present)
		ret = vprim_vec_ranges(c, 1, &windows, &limits.windows.count);
	if (ret)
		return ret;
	limits.windows.range = windows;
	limits.max_bytes = c->arg[2].u64;
	if (c->arg[3].present)
		limits.entries = c->arg[3].u64;
	ret = vprim_iova_plan(pieces, nr, &limits, NULL, 0, &answer, &why);
	if (ret) {
		vprim_vec_out_why_(c, &why);
		if (why.has_range)
			vprim_vec_out_range(c, "piece", &why.range);
		return ret;
	}
	vprim_vec_out_dec(c, "mappings", answer.mappings);
	vprim_vec_out_dec(c, "pieces", answer.pieces);
	vprim_vec_out_dec(c, "fits", answer.fits);
	vprim_vec_out_dec(c, "free", answer.free_entries);
	if (answer.mappings > VPRIM_VEC_LINE_MAX)
		return 0;
	out = vprim_vec_scratch(c, (size_t)answer.mappings * sizeof(*out));
	if (!out)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_iova_plan(pieces, nr, &limits, out,
			      (size_t)answer.mappings, &answer, NULL);
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; !ret && i < answer.mappings; i++)
		vprim_vec_list_range(c, NULL, &out[i].iova);
	vprim_vec_list_end(c);
	return ret;
}

static const struct vprim_vec_verb verbs[] = {
	{ "plan", "pieces:word windows=list? max=u64? limit=u64?", plan },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_iova_plan = {
	.name = "iova_plan", .verbs = verbs,
};
