/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The table of rules: what pat.c takes from it. */
#include "refuse.h"
#include "libvirtprim/pat/pat_internal.h"

/*@ predicate rows = \forall integer i; 0 <= i < 5 ==> vprim_pat_rule_[i].error == -EINVAL;
*/

/*@ assigns \nothing;
    ensures rows: rows && \result->rule == &vprim_pat_rule_[0] && \result->count == 5;
*/
const struct vprim_rules *vprim_pat_rules(void);
