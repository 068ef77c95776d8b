/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The table of rules: what a walk and a query take from it. */
#ifndef VFIO_RULES_PROOF_H
#define VFIO_RULES_PROOF_H
#include "refuse.h"
#include "libvirtprim/vfio_cap/vfio_cap_internal.h"

/*@ predicate rows = (\forall integer i; 2 <= i <= 10 ==>
      vprim_vfio_cap_rule_[i].error == -EBADMSG) &&
      vprim_vfio_cap_rule_[0].error == -EINVAL &&
      vprim_vfio_cap_rule_[14].error == -E2BIG &&
      vprim_vfio_cap_rule_[15].error == -E2BIG &&
      vprim_vfio_cap_rule_[16].error == -EBADMSG;
*/

/*@ assigns \nothing;
    exits never: \false;
*/
static uint32_t offset_at(enum vprim_vfio_cap_kind kind);

/*@ assigns \nothing;
    ensures rows: rows;
*/
static inline void vfio_table(void)
{
}
#endif
