/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Moving a late target, against integers: the table of vprim_ptimer_advance(). */
#include "platform.h"

/*@ predicate time(integer t) = INT64_MIN <= t <= INT64_MAX;
    logic integer clock(integer t) = t > INT64_MAX ? INT64_MAX : t;
*/

/*@ requires 1 <= period && target <= now;
    assigns \nothing;
    ensures whole: \result.whole == (now - target) / period;
    ensures rem: \result.rem == (now - target) % period;
*/
static struct lateness lateness(int64_t target, int64_t period, int64_t now);

/*@ requires \valid(saturated);
    assigns *saturated;
    ensures sum: \result == clock(time + ns);
    ensures tells: *saturated <==> \old(*saturated) || time + ns > INT64_MAX;
*/
static int64_t add_ns(int64_t time, uint64_t ns, bool *saturated);

/*@ requires \valid(step);
    assigns *step;
    ensures refused: \result == -EINVAL <==> period_ns < 1 || policy > VPRIM_PTIMER_STEP;
    ensures codes: \result == 0 || \result == -EINVAL;
    ensures kept: \result != 0 ==> *step == \old(*step);
    behavior early:
      assumes period_ns >= 1 && policy <= VPRIM_PTIMER_REBASE && now_ns < target_ns;
      ensures stays: step->target_ns == target_ns && step->expired == 0 &&
        step->missed == 0 && step->dropped == 0 && !step->saturated;
    behavior keep:
      assumes period_ns >= 1 && policy == VPRIM_PTIMER_KEEP && now_ns >= target_ns;
      ensures target: step->target_ns ==
        clock(now_ns + period_ns - (now_ns - target_ns) % period_ns);
      ensures later: step->target_ns > now_ns || step->saturated;
      ensures phase: !step->saturated ==> step->target_ns - target_ns ==
        ((now_ns - target_ns) / period_ns + 1) * period_ns;
      ensures missed: step->missed == (now_ns - target_ns) / period_ns;
      ensures expired: step->expired ==
        \min(UINT64_MAX, (now_ns - target_ns) / period_ns + 1);
      ensures dropped: step->dropped == 0;
    behavior keep_now:
      assumes period_ns >= 1 && policy == VPRIM_PTIMER_KEEP_NOW && now_ns >= target_ns;
      ensures now: (now_ns - target_ns) % period_ns == 0 ==> step->target_ns == now_ns &&
        step->expired == (now_ns - target_ns) / period_ns &&
        step->missed == \max(0, (now_ns - target_ns) / period_ns - 1);
      ensures target: (now_ns - target_ns) % period_ns != 0 ==> step->target_ns ==
        clock(now_ns + period_ns - (now_ns - target_ns) % period_ns) &&
        step->missed == (now_ns - target_ns) / period_ns &&
        step->expired == \min(UINT64_MAX, (now_ns - target_ns) / period_ns + 1);
      ensures dropped: step->dropped == 0;
    behavior rebase:
      assumes period_ns >= 1 && policy == VPRIM_PTIMER_REBASE && now_ns >= target_ns;
      ensures target: step->target_ns == clock(now_ns + period_ns);
      ensures counts: step->expired == 1 && step->dropped == step->missed &&
        step->missed == (now_ns - target_ns) / period_ns;
    behavior rebase_kvm:
      assumes period_ns >= 1 && policy == VPRIM_PTIMER_REBASE_KVM;
      ensures target: step->target_ns == (target_ns + period_ns > INT64_MAX ||
        (now_ns >= target_ns && target_ns + period_ns < now_ns) ?
          now_ns : target_ns + period_ns);
      ensures expired: step->expired == (target_ns + period_ns < now_ns ? 2 : 1);
      ensures dropped: step->dropped == step->missed && step->missed ==
        (now_ns < target_ns ? 0 : \max(0, (now_ns - target_ns) / period_ns - 1));
    behavior step:
      assumes period_ns >= 1 && policy == VPRIM_PTIMER_STEP;
      ensures target: step->target_ns == clock(target_ns + period_ns);
      ensures counts: step->expired == 1 && step->missed == 0 && step->dropped == 0;
*/
int vprim_ptimer_advance(enum vprim_ptimer_policy policy, int64_t target_ns,
			 int64_t period_ns, int64_t now_ns,
			 struct vprim_ptimer_step *step);
