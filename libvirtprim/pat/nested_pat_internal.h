/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the events of a nested PAT refuse. */
#ifndef VIRTPRIM_NESTED_PAT_INTERNAL_H
#define VIRTPRIM_NESTED_PAT_INTERNAL_H
#include <virtprim/nested_pat.h>
#include <virtprim/refuse.h>

/* nested_pat_rules.c; by their ids. */
extern const struct vprim_rule vprim_nested_pat_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_nested_pat_rule_, \
		     VPRIM_NESTED_PAT_RULE_##id - VPRIM_NESTED_PAT_RULE_L2_RUNS, \
		     __VA_ARGS__)

#endif
