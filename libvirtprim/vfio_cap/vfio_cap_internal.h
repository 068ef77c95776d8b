/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the parser of replies refuses. */
#ifndef VFIO_CAP_INTERNAL_H
#define VFIO_CAP_INTERNAL_H
#include "vfio_cap_bytes.h"

#include <virtprim/refuse.h>
#include <virtprim/vfio_cap.h>

/* vfio_cap_rules.c; by their ids. */
extern const struct vprim_rule vprim_vfio_cap_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_vfio_cap_rule_, \
		     (id) - VPRIM_VFIO_CAP_RULE_SHORT, __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_VFIO_CAP_RULE_##id, __VA_ARGS__)

#endif
