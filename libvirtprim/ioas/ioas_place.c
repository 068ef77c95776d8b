// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Placement: in the allowed ranges, off areas and what is reserved, as iommufd
 * places a buffer.
 */
#include "ioas_internal.h"

/* What iommufd would ask for; its refusals in the words of MAP and COPY. */
static int make_want(const struct vprim_ioas *ioas, uint64_t addr,
		     uint64_t length, struct vprim_hole *want,
		     struct vprim_reason *why)
{
	const struct vprim_ioas_config *config = &ioas->config_;
	struct vprim_hole_buffer buffer = {
		.addr = addr,
		.length_bytes = length,
		.iova_alignment = ioas->alignment_,
		.page_bytes = config->page_bytes,
		.huge_bytes = config->huge_bytes,
		.native_last = config->native_last,
	};
	struct vprim_reason not = { .rule = NULL };
	int ret = vprim_hole_from_buffer(want, &buffer, &not);

	if (ret == -EOVERFLOW)
		return refuse(why, ALLOC_LENGTH, VALUE(length));
	if (ret == -EINVAL)
		return refuse(why, ALLOC_ALIGN, VALUE(not.value));
	return ret;
}

int vprim_ioas_place_(struct vprim_ioas *ioas, uint64_t addr, uint64_t length,
		      struct vprim_range *range, struct vprim_reason *why)
{
	const struct vprim_hole_blocked blocked[] = {
		vprim_interval_tree_blocked(&ioas->reserved_),
		vprim_iova_map_blocked(&ioas->areas_),
	};
	const struct vprim_hole_space space = {
		.windows = { ioas->allowed_, ioas->nr_allowed_ },
		.blocked = blocked,
		.nr_blocked = 2,
	};
	struct vprim_hole want;
	uint64_t start;
	int ret = make_want(ioas, addr, length, &want, why);

	if (!ret)
		ret = vprim_hole_place(&space, &want, &start, NULL);
	if (ret == -ENOSPC)
		return refuse(why, SPACE, VALUE(length));
	return ret ? ret : vprim_range_from_size(start, length, range);
}
