/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the words of a guest are refused, and the printer. */
#ifndef VIRTPRIM_PPC_INTERNAL_H
#define VIRTPRIM_PPC_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/ppc.h>

/* ppc_rules.c; by their ids. */
extern const struct vprim_rule vprim_ppc_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_ppc_rule_, \
		     VPRIM_PPC_RULE_##id - VPRIM_PPC_RULE_CFPC, \
		     __VA_ARGS__)

#endif
