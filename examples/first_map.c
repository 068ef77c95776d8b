// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * first_map - the smallest program: map the last page, find its last byte.
 *   cc first_map.c $(pkg-config --cflags --libs virtprim) -o first_map
 */
#include <inttypes.h>
#include <stdio.h>
#include <virtprim/user.h>
#include <virtprim/virtprim.h>

int main(void)
{
	const struct vprim_range page = { UINT64_MAX - 4095, UINT64_MAX };
	struct vprim_iova_map map;
	struct vprim_iova_mapping m;

	if (vprim_iova_map_init(&map, sizeof(map), vprim_user_alloc(), NULL, NULL,
				NULL) ||
	    vprim_iova_map_insert(&map, &page, 42, NULL) ||
	    vprim_iova_map_stab(&map, UINT64_MAX, &m))
		return 1;
	printf("0x%" PRIx64 "..0x%" PRIx64 " -> %" PRIu64 "\n", m.range.start,
	       m.range.last, m.value);
	vprim_iova_map_fini(&map);
}
