// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why an entry, a mapping or a table set is refused. */
#include "loongarch_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_LOONGARCH_RULE_##id - VPRIM_LOONGARCH_RULE_PAGE] = \
		{ VPRIM_LOONGARCH_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_loongarch_rule_[] = {
	ROW(PAGE, -EINVAL, "page",
	    "there are no pages of {D} bytes"),
	ROW(LEVELS, -EINVAL, "levels",
	    "there are no tables of {D} levels"),
	ROW(SHAPE, -ERANGE, "shape",
	    "pages of that size do not go with {D} levels"),
	ROW(GEOMETRY, -EINVAL, "geometry",
	    "the geometry does not exist"),
	ROW(LEVEL, -EINVAL, "level",
	    "an entry of level {D} maps no memory itself"),
	ROW(FLAGS, -EINVAL, "flags",
	    "flags {V} do not exist"),
	ROW(ALIGN, -EINVAL, "align",
	    "{V} is no multiple of what one entry maps"),
	ROW(FRAME, -ERANGE, "frame",
	    "the memory from {V} on reaches 2^48"),
	ROW(HIGH, -ERANGE, "high",
	    "{V} is not in the low half"),
	ROW(ZERO, -EINVAL, "zero",
	    "the entry would be 0, which says that nothing is mapped"),
	ROW(MAPPED, -EEXIST, "mapped",
	    "something is mapped at {V}"),
	ROW(UNMAPPED, -ENOENT, "unmapped",
	    "nothing is mapped at {V}"),
	ROW(FULL, -ENOSPC, "full",
	    "no page is left for a table"),
	ROW(ALIEN, -EBADMSG, "alien",
	    "an entry on the way to {V} is not of this set"),
};

const struct vprim_rules vprim_loongarch_rules = {
	"loongarch", vprim_loongarch_rule_,
	VPRIM_ARRAY_LEN(vprim_loongarch_rule_)
};
