/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How the query for replies and their parser refuse, and where fields stand. */
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

/* Whether there is such an info struct. */
static inline int check_form(enum vprim_vfio_cap_kind kind, uint32_t options,
			     struct vprim_reason *why)
{
	if (!vprim_vfio_cap_kind_ok_(kind))
		return refuse(why, KIND, VALUE((uint32_t)kind));
	if (!vprim_vfio_cap_options_ok_(options))
		return refuse(why, OPTIONS, VALUE(options));
	return 0;
}

/* Where cap_offset stands in the info struct. */
static inline uint32_t offset_at(enum vprim_vfio_cap_kind kind)
{
	return kind == VPRIM_VFIO_CAP_REGION ? 12 : 16;
}

/* A field of a payload: in the union, in the bytes, and since which version. */
struct cap_field {
	uint8_t offset, at, width, since;
};

/* Fields, ascending, of versions up to @newest; with these options, if it needs some. */
struct cap_layout {
	enum vprim_vfio_cap_kind kind;
	uint16_t id;
	uint8_t newest, nr, options;
	const struct cap_field *fields;
};

/* vfio_cap_fields.c; one with a newest version of 0 for what has no such layout. */
const struct cap_layout *vprim_vfio_cap_layout_(enum vprim_vfio_cap_kind kind,
						uint16_t id, uint32_t options);

#endif
