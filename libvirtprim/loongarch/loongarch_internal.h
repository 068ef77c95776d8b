/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of the module share. */
#ifndef LOONGARCH_INTERNAL_H
#define LOONGARCH_INTERNAL_H
#include <virtprim/loongarch.h>
#include <virtprim/refuse.h>

/* loongarch_rules.c; by their ids. */
extern const struct vprim_rule vprim_loongarch_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_loongarch_rule_, \
		     VPRIM_LOONGARCH_RULE_##id - VPRIM_LOONGARCH_RULE_PAGE, \
		     __VA_ARGS__)

bool vprim_loongarch_geometry_ok_(const struct vprim_loongarch_geometry *g);
/* Bytes that one entry of a level maps. */
uint64_t vprim_loongarch_span_(const struct vprim_loongarch_geometry *g,
			       unsigned int level);
/* Whether an entry of a level maps memory: a page, or a huge page. */
bool vprim_loongarch_is_leaf_(const struct vprim_loongarch_geometry *g,
			      unsigned int level, uint64_t entry);

#endif
