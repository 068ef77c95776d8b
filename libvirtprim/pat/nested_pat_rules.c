// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why an event of a nested PAT is refused. */
#include "nested_pat_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_NESTED_PAT_RULE_##id - VPRIM_NESTED_PAT_RULE_L2_RUNS] = \
		{ VPRIM_NESTED_PAT_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_nested_pat_rule_[] = {
	ROW(L2_RUNS, -EBUSY, "l2_runs",
	    "L2 runs already"),
	ROW(NO_NPT, -EINVAL, "no_npt",
	    "nested paging for L2, and L0 has none"),
	ROW(GPAT, -EINVAL, "gpat",
	    "L2's own PAT has a reserved type[: {V}]"),
	ROW(HPAT, -EINVAL, "hpat",
	    "L1's PAT in the blob has a reserved type[: {V}]"),
	ROW(HOST, -EINVAL, "host",
	    "HOST_IA32_PAT has a reserved type[: {V}]"),
	ROW(GUEST, -EINVAL, "guest",
	    "GUEST_IA32_PAT has a reserved type[: {V}]"),
	ROW(AUDIT_HPAT, -EBADMSG, "audit_hpat",
	    "L1's PAT[, {V},] has a reserved type"),
	ROW(AUDIT_HW01, -EBADMSG, "audit_hw01",
	    "the G_PAT for L1[, {V},] is not L1's PAT"),
	ROW(AUDIT_COPY, -EBADMSG, "audit_copy",
	    "the G_PAT for L2[, {V},] is not L1's PAT, which L2 shares"),
	ROW(AUDIT_GPAT, -EBADMSG, "audit_gpat",
	    "L2's own PAT[, {V},] has a reserved type"),
};

const struct vprim_rules vprim_nested_pat_rules = {
	"nested_pat", vprim_nested_pat_rule_,
	VPRIM_ARRAY_LEN(vprim_nested_pat_rule_)
};
