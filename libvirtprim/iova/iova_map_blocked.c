// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A map as a set of addresses that are taken.
 *
 * The search of a place that is large enough finds one edge of the hole: its
 * lowest address upwards, its highest downwards. The nearest mapping on the other
 * side gives the other edge.
 */
#include <virtprim/iova_map.h>

static int map_hole(void *set, const struct vprim_range *within,
		    uint64_t last_offset, enum vprim_iova_windows_dir dir,
		    struct vprim_range *hole)
{
	struct vprim_iova_map_gap gap = { .size_minus_1 = last_offset,
					  .align_bytes = 1, .within = *within };
	struct vprim_range found = *within;
	struct vprim_iova_mapping m;
	uint64_t start;
	int ret;

	if (dir == VPRIM_IOVA_WINDOWS_DOWN)
		gap.direction = VPRIM_IOVA_MAP_DOWN;
	ret = vprim_iova_map_gap(set, &gap, &start);
	if (ret)
		return ret == -ENOSPC ? -ENOENT : ret;
	if (dir == VPRIM_IOVA_WINDOWS_DOWN) {
		found.last = start + last_offset;
		if (!vprim_iova_map_prev(set, start, &m) &&
		    m.range.last >= within->start)
			found.start = m.range.last + 1;
	} else {
		found.start = start;
		if (!vprim_iova_map_next(set, start, &m) &&
		    m.range.start <= within->last)
			found.last = m.range.start - 1;
	}
	*hole = found;
	return 0;
}

struct vprim_iova_windows_blocked
vprim_iova_map_blocked(struct vprim_iova_map *map)
{
	struct vprim_iova_windows_blocked blocked =
		vprim_iova_windows_block_tree(NULL);

	if (map) {
		blocked.hole = map_hole;
		blocked.set = map;
	}
	return blocked;
}
