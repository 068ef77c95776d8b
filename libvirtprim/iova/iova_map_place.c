// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A map as a set of addresses that are taken, and a place taken in it.
 *
 * The search gives a place; the mappings beside it give the hole around it.
 */
#include "iova_map_internal.h"

static int map_hole(void *set, const struct vprim_hole *want,
		    struct vprim_range *hole)
{
	struct vprim_range found = want->within;
	struct vprim_iova_mapping m;
	uint64_t start;

	if (vprim_iova_map_search_(set, want, &start))
		return -ENOENT;
	if (!vprim_iova_map_prev(set, start, &m) &&
	    m.range.last >= want->within.start)
		found.start = m.range.last + 1;
	if (!vprim_iova_map_next(set, start, &m) &&
	    m.range.start <= want->within.last)
		found.last = m.range.start - 1;
	*hole = found;
	return 0;
}

struct vprim_hole_blocked vprim_iova_map_blocked(struct vprim_iova_map *map)
{
	struct vprim_hole_blocked blocked = { map_hole, map };

	return blocked;
}

int vprim_iova_map_place(struct vprim_iova_map *map, struct vprim_ranges windows,
			 const struct vprim_hole *want, uint64_t value,
			 struct vprim_range *range, struct vprim_reason *reason)
{
	struct vprim_hole_blocked mapped = vprim_iova_map_blocked(map);
	struct vprim_hole_space space = { windows, &mapped, 1 };
	struct vprim_range place;
	int ret = vprim_hole_place(&space, want, &place.start, reason);

	if (ret)
		return ret;
	place.last = place.start + want->last_offset;
	ret = vprim_iova_map_insert(map, &place, value, NULL);
	if (!ret)
		*range = place;
	return ret;
}
