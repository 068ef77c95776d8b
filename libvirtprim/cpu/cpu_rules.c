// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why no mitigation can be chosen. */
#include "cpu_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_CPU_RULE_##id - VPRIM_CPU_RULE_BUG] = \
		{ VPRIM_CPU_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_cpu_rule_[] = {
	ROW(BUG, -EINVAL, "bug",
	    "{D} is no answer to whether a CPU has the fault"),
	ROW(OPTION, -EINVAL, "option",
	    "{D} is no option of mmio_stale_data="),
};

const struct vprim_rules vprim_cpu_rules = {
	"cpu", vprim_cpu_rule_, VPRIM_ARRAY_LEN(vprim_cpu_rule_)
};
