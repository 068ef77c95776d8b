// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a source of ticks, or a plan for one, is refused. */
#include "ptimer_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_PTIMER_RULE_##id - VPRIM_PTIMER_RULE_PERIOD] = \
		{ VPRIM_PTIMER_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_ptimer_rule_[] = {
	ROW(PERIOD, -EINVAL, "period",
	    "the period is below 1 ns"),
	ROW(POLICY, -EINVAL, "policy",
	    "policy {D} for missed ticks is unknown"),
	ROW(RATE, -EINVAL, "max-rate",
	    "the largest rate is 0"),
	ROW(OWED, -EINVAL, "max-owed",
	    "no tick may be owed"),
	ROW(NEXT, -EINVAL, "next",
	    "the next tick is not 1 ns to a period away"),
};

const struct vprim_rules vprim_ptimer_rules = {
	"ptimer", vprim_ptimer_rule_, VPRIM_ARRAY_LEN(vprim_ptimer_rule_)
};
