// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verb of iova_plan.h. A piece is START..LAST@TARGET, and then /PROT
 * and /GROUP, numbers, where they are not 0.
 */
#include "vec_internal.h"
#include <virtprim/iova_plan.h>

/* The next number of 32 bits behind a /, if there is one. */
static bool number(struct vprim_vec_str *rest, uint32_t *v)
{
	struct vprim_vec_str item;
	uint64_t n = 0;
	bool ok = !vprim_vec_next(rest, '/', &item) ||
		  (vprim_vec_u64(item, &n) && n <= UINT32_MAX);

	*v = (uint32_t)n;
	return ok;
}

static bool read_piece(struct vprim_vec_str s,
		       struct vprim_iova_plan_piece *piece)
{
	struct vprim_vec_str where, target;

	return vprim_vec_next(&s, '@', &where) &&
	       vprim_vec_range(where, &piece->iova) &&
	       vprim_vec_next(&s, '/', &target) &&
	       vprim_vec_u64(target, &piece->target) &&
	       number(&s, &piece->prot) && number(&s, &piece->group) && !s.p;
}

static int plan(struct vprim_vec_call *c)
{
	struct vprim_vec_str rest = ARG("pieces")->str, item;
	struct vprim_iova_plan_limits limits = {
		.entries = U64("limit"),
		.windows = RANGES("windows"),
		.max_bytes = U64("max"),
	};
	struct vprim_iova_plan_piece *pieces, *out;
	struct vprim_iova_plan answer;
	size_t nr = 0, i;
	int ret;

	pieces = vprim_vec_scratch(c, (rest.len + 1) * sizeof(*pieces));
	if (!pieces)
		return VPRIM_VEC_SCRIPT;
	while (!vprim_vec_is(rest, "none") && vprim_vec_next(&rest, ',', &item))
		if (!read_piece(item, &pieces[nr++]))
			return vprim_vec_script_error(c,
				"pieces START..LAST@TARGET/PROT/GROUP");
	ret = vprim_iova_plan_build(pieces, nr, &limits, NULL, 0, &answer, &c->why);
	if (c->why.has_range)
		OUT("piece=r", c->why.range.start, c->why.range.last);
	if (ret)
		return ret;
	OUT("mappings=u pieces=u fits=u free=u", answer.mappings, answer.pieces,
	    answer.fits, answer.free_entries);
	if (answer.mappings > VPRIM_VEC_LINE_MAX)
		return 0;
	out = vprim_vec_scratch(c, (size_t)answer.mappings * sizeof(*out));
	if (!out)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_iova_plan_build(pieces, nr, &limits, out, (size_t)answer.mappings,
				    &answer, NULL);
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; !ret && i < answer.mappings; i++)
		vprim_vec_list_range(c, NULL, &out[i].iova);
	vprim_vec_list_end(c);
	return ret;
}

static const struct vprim_vec_verb verbs[] = {
	{ "plan", "pieces:word windows=list? max=u64? limit=u64?65535", plan },
};

VEC_MODULE(vprim_vec_module_iova_plan, "iova_plan", VERBS(verbs));
