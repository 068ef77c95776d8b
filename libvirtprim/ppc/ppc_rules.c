// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a guest gets no words. */
#include "ppc_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_PPC_RULE_##id - VPRIM_PPC_RULE_CFPC] = \
		{ VPRIM_PPC_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_ppc_rule_[] = {
	ROW(CFPC, -EINVAL, "cfpc",
	    "{D} is no value of cap-cfpc"),
	ROW(SBBC, -EINVAL, "sbbc",
	    "{D} is no value of cap-sbbc"),
	ROW(IBS, -EINVAL, "ibs",
	    "{D} is no value of cap-ibs"),
	ROW(CFPC_HOST, -EPERM, "cfpc_host",
	    "cap-cfpc {D} is above the host's {A}"),
	ROW(SBBC_HOST, -EPERM, "sbbc_host",
	    "cap-sbbc {D} is above the host's {A}"),
	ROW(IBS_HOST, -EPERM, "ibs_host",
	    "cap-ibs {D} is above the host's {A}"),
	ROW(CCF_HOST, -EPERM, "ccf_host",
	    "the host has no count cache flush assist"),
};

const struct vprim_rules vprim_ppc_rules = {
	"ppc", vprim_ppc_rule_, VPRIM_ARRAY_LEN(vprim_ppc_rule_)
};
