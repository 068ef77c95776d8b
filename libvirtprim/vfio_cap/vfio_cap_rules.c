// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why a reply, or a query for it, is refused; numbers are those of doc/vfio_cap.md. */
#include "vfio_cap_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_VFIO_CAP_RULE_##id - VPRIM_VFIO_CAP_RULE_SHORT] = \
		{ VPRIM_VFIO_CAP_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_vfio_cap_rule_[] = {
	ROW(SHORT, -EINVAL, "P1",
	    "[at {X}: ]the reply must hold the fixed part of its info struct"),
	ROW(MORE, -EMSGSIZE, "P3",
	    "[at {X}: ]capabilities are announced but did not fit; "
	    "ask again with the returned argsz[, {D}]"),
	ROW(FIRST, -EBADMSG, "P4",
	    "[at {X}: ]the first capability must lie behind the fixed part"),
	ROW(ALIGN, -EBADMSG, "P5",
	    "[at {X}: ]an offset must be a multiple of 4, and of 8 in strict mode"),
	ROW(BOUNDS, -EBADMSG, "P6",
	    "[at {X}: ]a header must lie inside the reply"),
	ROW(LINK, -EBADMSG, "P7",
	    "[at {X}: ]a link must lead forward, past its own header"),
	ROW(EXTENT, -EBADMSG, "P8",
	    "[at {X}: ]a payload must end before the next header and the reply do"),
	ROW(COUNT, -EBADMSG, "P9",
	    "[at {X}: ]a payload must hold as many items as it counts"),
	ROW(VERSION, -EBADMSG, "P11",
	    "[at {X}: ]a version must not be 0"),
	ROW(AREA, -EBADMSG, "P14",
	    "[at {X}: ]an area must lie inside its region"),
	ROW(RANGE, -EBADMSG, "P15",
	    "[at {X}: ]IOVA ranges must be disjoint, and ascending in strict mode"),
	ROW(KIND, -EINVAL, "kind",
	    "an info struct of kind {D} is unknown"),
	ROW(OPTIONS, -EINVAL, "options",
	    "options {V} are unknown, or exclude each other"),
	ROW(LIMIT, -EINVAL, "limit",
	    "a limit of {D} bytes is below the {A} of the info struct"),
	ROW(TOO_BIG, -E2BIG, "too-big",
	    "the reply wants {D} bytes, more than the {A} allowed"),
	ROW(RETRIES, -E2BIG, "retries",
	    "the reply still wants {D} bytes and may not be asked for again"),
	ROW(NO_CHAIN, -EBADMSG, "no-chain",
	    "[at {X}: ]a reply that fits announced capabilities twice and gave no offset"),
};

const struct vprim_rules vprim_vfio_cap_rules = {
	"vfio_cap", vprim_vfio_cap_rule_, VPRIM_ARRAY_LEN(vprim_vfio_cap_rule_)
};
