/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How a value or a type is refused. */
#ifndef VIRTPRIM_PAT_INTERNAL_H
#define VIRTPRIM_PAT_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/pat.h>

/* pat_rules.c; by their ids. */
extern const struct vprim_rule vprim_pat_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_pat_rule_, \
		     VPRIM_PAT_RULE_##id - VPRIM_PAT_RULE_TYPE, \
		     __VA_ARGS__)

#endif
