// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a value is invalid, or a type none. */
#include "pat_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_PAT_RULE_##id - VPRIM_PAT_RULE_TYPE] = \
		{ VPRIM_PAT_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_pat_rule_[] = {
	ROW(TYPE, -EINVAL, "type",
	    "entry PA{A} has type {D}, which is reserved"),
	ROW(BITS, -EINVAL, "bits",
	    "entry PA{A} has reserved bits set: {V} of bits 7:3"),
	ROW(INDEX, -EINVAL, "index",
	    "the PAT has no entry {D}"),
	ROW(NOT_PAT, -EINVAL, "not_pat",
	    "{D} is no memory type of the PAT"),
	ROW(NOT_MTRR, -EINVAL, "not_mtrr",
	    "{D} is no memory type of an MTRR or of an EPT entry"),
};

const struct vprim_rules vprim_pat_rules = {
	"pat", vprim_pat_rule_, VPRIM_ARRAY_LEN(vprim_pat_rule_)
};
