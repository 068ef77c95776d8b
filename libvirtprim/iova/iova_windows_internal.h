/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of windows, placements and plans share: how they refuse. */
#ifndef VIRTPRIM_IOVA_WINDOWS_INTERNAL_H
#define VIRTPRIM_IOVA_WINDOWS_INTERNAL_H
#include <virtprim/iova_windows.h>
#include <virtprim/refuse.h>

/* iova_windows_rules.c; by their ids. */
extern const struct vprim_rule vprim_iova_windows_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_iova_windows_rule_, \
		     (id) - VPRIM_IOVA_WINDOWS_RULE_ORDER, __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_IOVA_WINDOWS_RULE_##id, __VA_ARGS__)

#endif
