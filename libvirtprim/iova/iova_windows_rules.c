// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Why lists, placements and plans refuse. */
#include "iova_windows_internal.h"

#define ROW(id, error, word, text) \
	[VPRIM_IOVA_WINDOWS_RULE_##id - VPRIM_IOVA_WINDOWS_RULE_ORDER] = \
		{ VPRIM_IOVA_WINDOWS_RULE_##id, error, word, text, NULL }

const struct vprim_rule vprim_iova_windows_rule_[] = {
	ROW(ORDER, -EINVAL, "order",
	    "range {R} does not lie above the one before it, {H}"),
	ROW(EMPTY, -EINVAL, "empty",
	    "without {R} no usable address would be left"),
	ROW(APART, -EINVAL, "apart",
	    "no usable address lies in {R}"),
	ROW(ROOM, -EMSGSIZE, "room",
	    "the array is too small: {D} ranges must fit"),
	ROW(HOLE, -ERANGE, "hole",
	    "range {R} hits {H}, which lies in no window"),
	ROW(SEAM, -ERANGE, "seam",
	    "range {R} crosses into the next window, {H}"),
	ROW(WIDTH, -ERANGE, "width",
	    "range {R} needs {D} address bits"),
	ROW(BITS, -EINVAL, "bits",
	    "{D} is no number of address bits"),
	ROW(SIZE, -EINVAL, "size-zero",
	    "the size is 0"),
	ROW(ALIGN, -EINVAL, "align",
	    "alignment {V} is not a power of two"),
	ROW(OFFSET, -EINVAL, "offset",
	    "offset {V} is not below the alignment"),
	ROW(BOUNDS, -EINVAL, "bounds",
	    "the lower bound is above the upper one: {R}"),
	ROW(SPACE, -ENOSPC, "space",
	    "no hole is large enough[ for {D} bytes]"),
	ROW(LENGTH, -EOVERFLOW, "length",
	    "length {V} is 0, or half of the space or more"),
	ROW(BUFFER, -EINVAL, "buffer",
	    "the buffer is aligned to {V} only, less than the IOAS needs"),
	ROW(FRAMES, -ENOMEM, "frames",
	    "no gap of {D} frames is left"),
	ROW(PLAN_ORDER, -EINVAL, "plan-order",
	    "piece {R} does not lie above the one before it, {H}"),
	ROW(PLAN_TARGET, -EINVAL, "plan-target",
	    "the target of piece {R} goes past the last address"),
};

const struct vprim_rules vprim_iova_windows_rules = {
	"windows", vprim_iova_windows_rule_,
	VPRIM_ARRAY_LEN(vprim_iova_windows_rule_)
};
