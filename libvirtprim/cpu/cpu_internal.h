/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How a choice is refused. */
#ifndef VIRTPRIM_CPU_INTERNAL_H
#define VIRTPRIM_CPU_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/cpu.h>

/* cpu_rules.c; by their ids. */
extern const struct vprim_rule vprim_cpu_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_cpu_rule_, \
		     VPRIM_CPU_RULE_##id - VPRIM_CPU_RULE_BUG, \
		     __VA_ARGS__)

#endif
