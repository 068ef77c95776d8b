/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What a refusal writes: the reason that was asked for, or nothing. */
#ifndef REFUSE_PROOF_H
#define REFUSE_PROOF_H
#include "range.h"
#include <virtprim/refuse.h>

/*@ predicate asked(struct vprim_reason *why) = why == \null || \valid(why); */

/*@ requires asked(reason);
    assigns reason->rule;
    exits never: \false;
    behavior wanted:
      assumes reason != \null;
      ensures cleared: reason->rule == \null;
    behavior unwanted:
      assumes reason == \null;
      assigns \nothing;
    complete behaviors; disjoint behaviors;
*/
VPRIM_INLINE void vprim_reason_clear(struct vprim_reason *reason);

/*@ requires asked(reason) && \valid_read(what) && \valid_read(what->rule);
    requires reason != \null ==> \separated(reason, what, what->rule);
    assigns *reason;
    exits never: \false;
    ensures code: \result == what->rule->error;
    behavior wanted:
      assumes reason != \null;
      ensures why: *reason == *what;
    behavior unwanted:
      assumes reason == \null;
      assigns \nothing;
    complete behaviors; disjoint behaviors;
*/
int vprim_reason_refuse_(struct vprim_reason *reason, const struct vprim_reason *what);

/*@ requires asked(why) && \valid_read(what.rule) && what.rule->error < 0;
    requires why != \null ==> \separated(why, what.rule);
    assigns *why;
    exits never: \false;
    ensures code: \result == what.rule->error;
    behavior wanted:
      assumes why != \null;
      ensures why: *why == what;
    behavior unwanted:
      assumes why == \null;
      assigns \nothing;
    complete behaviors; disjoint behaviors;
*/
static inline int vprim_refuse_(struct vprim_reason *why, struct vprim_reason what);

/*@ requires asked(reason);
    assigns *reason;
    exits never: \false;
    ensures code: \result == -EINVAL;
*/
int vprim_reason_argument_(struct vprim_reason *reason);
#endif
