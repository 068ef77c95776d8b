// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * last_page - the last page of an address space, where start + size is 0.
 *
 * A device maps the last two pages. Code that compares ends loses them; the
 * library does not, because it has no ends.
 *
 *   cc last_page.c $(pkg-config --cflags --libs virtprim) -o last_page
 *   ./last_page
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/user.h>
#include <virtprim/virtprim.h>

#define PAGE UINT64_C(4096)
#define LAST_PAGE (UINT64_MAX - PAGE + 1)

/* What one finds in many drivers. */
static bool overlaps_by_ends(uint64_t a, uint64_t b, uint64_t size)
{
	return a < b + size && b < a + size;
}

static void show(const char *what, int ret)
{
	printf("%-36s %s\n", what, ret ? strerror(-ret) : "ok");
}

static void the_trap(void)
{
	struct vprim_range page;

	printf("the last page starts at              0x%" PRIx64 "\n",
	       (uint64_t)LAST_PAGE);
	printf("its end, start + size, is            0x%" PRIx64 "\n",
	       (uint64_t)(LAST_PAGE + PAGE));
	printf("does it overlap itself, by ends?     %s\n",
	       overlaps_by_ends(LAST_PAGE, LAST_PAGE, PAGE) ? "yes" : "no");
	if (!vprim_range_from_size(LAST_PAGE, PAGE, &page))
		printf("its last address is                  0x%" PRIx64 "\n",
		       page.last);
	printf("does it overlap itself, by lasts?    %s\n\n",
	       vprim_range_overlaps(&page, &page) ? "yes" : "no");
}

static int the_map(struct vprim_iova_map *map)
{
	const struct vprim_range two = { LAST_PAGE - PAGE, UINT64_MAX };
	const struct vprim_range last = { LAST_PAGE, UINT64_MAX };
	const struct vprim_range whole = { 0, UINT64_MAX };
	struct vprim_iova_mapping m = { 0 };
	const struct vprim_ranges anywhere = { NULL, 0 };
	struct vprim_range place;
	struct vprim_hole want;
	uint64_t size;
	int ret;

	ret = vprim_iova_map_insert(map, &two, 0x1000, NULL);
	show("map the last two pages", ret);
	show("map the last page again", vprim_iova_map_insert(map, &last, 0, &m));
	printf("  in the way:                        0x%" PRIx64 "..0x%" PRIx64 "\n",
	       m.range.start, m.range.last);
	show("find the last byte", vprim_iova_map_stab(map, UINT64_MAX, &m));
	show("unmap the last page alone", vprim_iova_map_erase(map, &last, NULL));
	show("find the last byte", vprim_iova_map_stab(map, UINT64_MAX, &m));
	show("find the byte below the page",
	     vprim_iova_map_stab(map, LAST_PAGE - 1, &m));

	ret = ret ? ret : vprim_hole_init(&want, PAGE);
	want.from = VPRIM_HOLE_HIGHEST;
	if (!ret && !vprim_iova_map_place(map, anywhere, &want, 0, &place, NULL))
		printf("highest place for a page             0x%" PRIx64 "\n",
		       place.start);
	show("unmap all of the space", vprim_iova_map_erase(map, &whole, NULL));
	show("map all of the space", vprim_iova_map_insert(map, &whole, 0, NULL));
	show("its size in 64 bits", vprim_range_size(&whole, &size));
	return ret;
}

int main(void)
{
	struct vprim_iova_map map;
	int ret = vprim_iova_map_init(&map, sizeof(map), vprim_user_alloc(),
				      NULL, NULL, NULL);

	the_trap();
	ret = ret ? ret : the_map(&map);
	vprim_iova_map_fini(&map);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
