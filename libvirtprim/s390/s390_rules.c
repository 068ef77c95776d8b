// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a block may not lie where a guest put it. */
#include "s390_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_S390_RULE_##id - VPRIM_S390_RULE_PREFIX] = \
		{ VPRIM_S390_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_s390_rule_[] = {
	ROW(PREFIX, -EINVAL, "prefix",
	    "the prefix {V} is no multiple of 8 KiB"),
	ROW(LOW, -ERANGE, "low",
	    "the block at {X} lies in low memory: validity {V}"),
	ROW(IN_PREFIX, -ERANGE, "in_prefix",
	    "the block at {X} lies in the prefix area: validity {V}"),
	ROW(CROSSES, -ERANGE, "crosses",
	    "the block at {X} crosses a page: validity {V}"),
	ROW(SDNX_SIZE, -ERANGE, "sdnx_size",
	    "the SDNX at {X} has a size outside 64 to 4096 bytes: validity {V}"),
	ROW(SDNX_ALIGN, -ERANGE, "sdnx_align",
	    "the SDNX at {X} is no multiple of its size: validity {V}"),
};

const struct vprim_rules vprim_s390_rules = {
	"s390", vprim_s390_rule_, VPRIM_ARRAY_LEN(vprim_s390_rule_)
};
