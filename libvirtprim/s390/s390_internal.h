/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How a placement is refused. */
#ifndef VIRTPRIM_S390_INTERNAL_H
#define VIRTPRIM_S390_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/s390.h>

/* s390_rules.c; by their ids. */
extern const struct vprim_rule vprim_s390_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_s390_rule_, \
		     VPRIM_S390_RULE_##id - VPRIM_S390_RULE_PREFIX, \
		     __VA_ARGS__)

#endif
