/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How sources of ticks, and plans for them, are refused. */
#ifndef VIRTPRIM_PTIMER_INTERNAL_H
#define VIRTPRIM_PTIMER_INTERNAL_H
#include <virtprim/ptimer.h>
#include <virtprim/refuse.h>

/* ptimer_rules.c; by their ids. */
extern const struct vprim_rule vprim_ptimer_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_ptimer_rule_, \
		     VPRIM_PTIMER_RULE_##id - VPRIM_PTIMER_RULE_PERIOD, \
		     __VA_ARGS__)

#endif
