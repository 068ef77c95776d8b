/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The table of rules: what pat.c takes from it. */
#include "refuse.h"
#include "libvirtprim/pat/pat_internal.h"

/*@ predicate rows = \forall integer i; 0 <= i < 5 ==> vprim_pat_rule_[i].error == -EINVAL;
*/

/*@ assigns \nothing;
    ensures rows: rows && vprim_pat_rules.rule == &vprim_pat_rule_[0] &&
      vprim_pat_rules.count == 5;
*/
static inline void pat_table(void)
{
}
