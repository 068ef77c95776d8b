// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why translations refuse. */
#include "iova_xlate_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_IOVA_XLATE_RULE_##id - VPRIM_IOVA_XLATE_RULE_SIZE] = \
		{ VPRIM_IOVA_XLATE_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_iova_xlate_rule_[] = {
	ROW(SIZE, -EINVAL, "size-zero",
	    "the size is 0"),
	ROW(RIGHTS, -EINVAL, "rights",
	    "rights {V} are not known"),
	ROW(IOVA_WRAPS, -EOVERFLOW, "iova-wraps",
	    "the I/O addresses from {V} on go past the last address"),
	ROW(VADDR_WRAPS, -EOVERFLOW, "vaddr-wraps",
	    "the memory from {V} on goes past the last address"),
	ROW(OVERLAP, -EEXIST, "overlap",
	    "range {R} overlaps region {H}"),
	ROW(ALIAS, -EEXIST, "alias",
	    "the memory for range {R} is mapped at {H} already"),
	ROW(HOLE, -ENOENT, "hole",
	    "address {X} of request {R} is in no region"),
	ROW(DENIED, -EACCES, "denied",
	    "region {H} at {X} of request {R} lacks rights {V}"),
	ROW(SEGMENTS, -EMSGSIZE, "segments",
	    "the array is too small: {D} segments must fit"),
	ROW(FLAGS, -EINVAL, "flags",
	    "flags {V} are not known"),
};

const struct vprim_rules vprim_iova_xlate_rules = {
	"iova_xlate", vprim_iova_xlate_rule_,
	VPRIM_ARRAY_LEN(vprim_iova_xlate_rule_)
};
