/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the two halves of `virtprim caps` share: showing a reply. */
#ifndef CAPS_H
#define CAPS_H
#include <json-c/json.h>
#include <stdbool.h>
#include <virtprim/user_vfio.h>
#include <virtprim/vfio_cap.h>

/* How replies are shown, and what is being shown right now. */
struct caps_out {
	bool json, vec, colour;
	uint32_t options;		/* of the parser */
	unsigned int shown;		/* replies so far */
	struct json_object *now;	/* the reply or capability that takes fields */
	struct json_object *replies;	/* of --json --device, else NULL */
};

/*
 * Show one reply. Gives TOOL_OK, or TOOL_FAILED when it breaks a rule; it is
 * shown up to there.
 */
int caps_show(struct caps_out *out, enum vprim_vfio_cap_kind kind,
	      const uint8_t *bytes, size_t len);

/* Show the usable addresses of an IOAS. */
void caps_show_ranges(struct caps_out *out, const struct vprim_range *list,
		      size_t nr);

/* Ask a real device and show its replies. */
int caps_device(struct caps_out *out, const struct vprim_user_sys *sys,
		const char *name, bool iommufd);

#endif
