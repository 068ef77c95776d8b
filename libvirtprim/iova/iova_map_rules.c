// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a map refuses. */
#include <virtprim/iova_map.h>

static const struct vprim_rule rules[] = {
	{ VPRIM_IOVA_MAP_RULE_OVERLAP, -EEXIST, "overlap",
	  "range {R} overlaps mapping {H}", NULL },
};

const struct vprim_rules *vprim_iova_map_rules(void)
{
	static const struct vprim_rules all = { "iova_map", rules,
						VPRIM_ARRAY_LEN(rules) };

	return &all;
}
