// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a map refuses. */
#include "iova_map_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_IOVA_MAP_RULE_##id - VPRIM_IOVA_MAP_RULE_OVERLAP] = \
		{ VPRIM_IOVA_MAP_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_iova_map_rule_[] = {
	ROW(OVERLAP, -EEXIST, "overlap",
	    "range {R} overlaps mapping {H}"),
	ROW(VALUES, -EINVAL, "values",
	    "values {D} of the options are unknown"),
	ROW(RESERVED_FIELD, -EINVAL, "reserved-field",
	    "reserved field {A} of the options holds {V}, not 0"),
};

const struct vprim_rules vprim_iova_map_rules = {
	"iova_map", vprim_iova_map_rule_, VPRIM_ARRAY_LEN(vprim_iova_map_rule_)
};
