// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What programs that exist keep by hand, written with the installed headers and one
 * object each: a userspace driver (libvfn), a VMM's tree of mappings (QEMU), a device
 * model (libvfio-user) and allocators of address space (crosvm, vm-allocator).
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/virtprim.h>

#define M UINT64_MAX
#define PAGE UINT64_C(4096)
#define RW (VPRIM_IOVA_XLATE_READ | VPRIM_IOVA_XLATE_WRITE)

static struct test_memory memory;
static struct vprim_iova_xlate x;
static struct vprim_reason why;

static void begin(uint32_t flags)
{
	memset(&memory, 0, sizeof(memory));
	must(!vprim_iova_xlate_init(&x, sizeof(x), &test_alloc_ops, &memory, flags));
}

static void end(void)
{
	vprim_iova_xlate_fini(&x);
	ck_assert_uint_eq(memory.blocks, 0);
}

/* Place a buffer and add it: the lowest or highest that is free. */
static int map_buffer(struct vprim_ranges windows, struct vprim_hole *want,
		      uint64_t vaddr, uint64_t *iova)
{
	struct vprim_hole_blocked blocked = vprim_iova_xlate_blocked(&x);
	const struct vprim_hole_space space = { windows, &blocked, 1 };
	struct vprim_iova_xlate_region r = { .vaddr = vaddr, .rights = RW };
	int ret = vprim_hole_place(&space, want, &r.iova.start, &why);

	if (ret)
		return ret;
	r.iova.last = r.iova.start + want->last_offset;
	*iova = r.iova.start;
	return vprim_iova_xlate_add(&x, &r, &why);
}

/* -- libvfn: buffers in the windows of an IOMMU, found by their address -- */

START_TEST(a_driver_places_buffers_and_finds_them_by_address)
{
	static const struct vprim_range list[] = { { 0x10000, 0xfedfffff },
						   { 0xfef00000, M } };
	const struct vprim_ranges windows = { list, 2 };
	const uint64_t buffer = UINT64_C(0x7f0000000000);
	uint64_t iova, at;
	struct vprim_hole want;

	begin(VPRIM_IOVA_XLATE_NO_ALIASES);
	must(!vprim_hole_init(&want, 4 * PAGE));
	want.align_bytes = PAGE;
	must(!map_buffer(windows, &want, buffer, &iova));
	ck_assert_uint_eq(iova, 0x10000);
	/* Aligned where windows begin crooked and others are in the way. */
	must(!vprim_hole_init(&want, UINT64_C(0x200000)));
	want.align_bytes = UINT64_C(0x200000);
	must(!map_buffer(windows, &want, buffer + 0x200000, &iova));
	ck_assert_uint_eq(iova, 0x200000);
	/* The last page of all translates, both ways. */
	must(!vprim_hole_init(&want, PAGE));
	want.align_bytes = PAGE;
	want.from = VPRIM_HOLE_HIGHEST;
	must(!map_buffer(windows, &want, buffer + 0x800000, &iova));
	ck_assert_uint_eq(iova, M - PAGE + 1);
	must(!vprim_iova_xlate_reverse(&x, buffer + 0x800fff, NULL, &at));
	ck_assert_uint_eq(at, M);
	must(!vprim_iova_xlate_reverse(&x, buffer + 0x201234, NULL, &at));
	ck_assert_uint_eq(at, 0x201234);
	ck_assert_int_eq(vprim_iova_xlate_reverse(&x, buffer + 0x100000, NULL, &at),
			 -ENOENT);
	/* The same memory once more is refused, and takes no place. */
	ck_assert_int_eq(map_buffer(windows, &want, buffer + 0x800000, &iova),
			 -EEXIST);
	ck_assert_str_eq(vprim_reason_word(&why), "alias");
	ck_assert_uint_eq(vprim_iova_xlate_count(&x), 3);
	end();
}
END_TEST

START_TEST(the_whole_space_is_one_window)
{
	const struct vprim_ranges anywhere = { NULL, 0 };
	struct vprim_hole want;
	uint64_t iova;

	begin(0);
	must(!vprim_hole_init(&want, PAGE));
	want.from = VPRIM_HOLE_HIGHEST;
	must(!map_buffer(anywhere, &want, 0x1000, &iova));
	want.within = (struct vprim_range){ 0, M - PAGE };
	want.last_offset = M - PAGE;
	must(!map_buffer(anywhere, &want, 0, &iova));
	ck_assert_uint_eq(iova, 0);
	want.last_offset = 0;
	ck_assert_int_eq(map_buffer(anywhere, &want, 0, &iova), -ENOSPC);
	end();
}
END_TEST

/* -- QEMU's iova-tree: a permission with each mapping, both lookups, placing -- */

START_TEST(a_tree_of_mappings_with_permissions)
{
	const struct vprim_iova_xlate_region ro = { { 0x4000, 0x4fff }, 0x9000, 1,
						    VPRIM_IOVA_XLATE_READ };
	const struct vprim_iova_xlate_region over = { { 0x4fff, 0x5fff }, 0x1000, 2, RW };
	const struct vprim_range from_inside = { 0x4800, 0x6fff };
	struct vprim_iova_xlate_region found;
	struct vprim_hole want;
	uint64_t iova, vaddr;

	begin(0);
	must(!vprim_iova_xlate_add(&x, &ro, &why));
	ck_assert_int_eq(vprim_iova_xlate_add(&x, &over, &why), -EEXIST);
	ck_assert_uint_eq(why.hit.start, 0x4000);
	must(!vprim_iova_xlate_stab(&x, 0x4010, &found, &vaddr));
	ck_assert_uint_eq(vaddr, 0x9010);
	ck_assert_uint_eq(found.rights, VPRIM_IOVA_XLATE_READ);
	ck_assert_uint_eq(found.token, 1);
	must(!vprim_iova_xlate_first(&x, &from_inside, &found));
	ck_assert_uint_eq(found.iova.start, 0x4000);
	must(!vprim_iova_xlate_reverse(&x, 0x9abc, NULL, &iova));
	ck_assert_uint_eq(iova, 0x4abc);
	/* A search that begins inside a mapping goes on behind it. */
	must(!vprim_hole_init(&want, PAGE));
	want.within = from_inside;
	must(!map_buffer((struct vprim_ranges){ NULL, 0 }, &want, 0x20000, &iova));
	ck_assert_uint_eq(iova, 0x5000);
	must(!vprim_iova_xlate_remove(&x, &ro.iova, &found));
	ck_assert_uint_eq(found.token, 1);
	ck_assert_int_eq(vprim_iova_xlate_stab(&x, 0x4010, &found, &vaddr), -ENOENT);
	end();
}
END_TEST

/* -- libvfio-user: a guest's DMA as segments, and which pages that dirtied -- */

START_TEST(a_device_model_walks_a_guests_memory)
{
	static const struct vprim_iova_xlate_region ram[] = {
		{ { 0, 0x3fff }, UINT64_C(0x7f0000000000), 0, RW },
		{ { 0x4000, 0x7fff }, UINT64_C(0x7f0000004000), 1, RW },
		{ { 0x8000, 0x8fff }, UINT64_C(0x7f0000100000), 2,
		  VPRIM_IOVA_XLATE_READ },
	};
	const struct vprim_iova_xlate_request chain[] = {
		{ 0x3ff0, 0x20, VPRIM_IOVA_XLATE_WRITE },
		{ 0x8000, 0x10, VPRIM_IOVA_XLATE_READ },
	};
	const struct vprim_iova_xlate_request bad[] = {
		{ 0x3ff0, 0x20, VPRIM_IOVA_XLATE_WRITE },
		{ 0x7ff0, 0x20, VPRIM_IOVA_XLATE_WRITE },
	};
	uint64_t bits = 0;
	struct vprim_dirty_view log = { { 0, 0xffff }, { &bits, 64 } };
	struct vprim_iova_xlate_segment list[4];
	struct vprim_iova_xlate_segments segments = { list, 2, 0 };
	size_t first[3], failed = 7, i;

	begin(0);
	for (i = 0; i < VPRIM_ARRAY_LEN(ram); i++)
		must(!vprim_iova_xlate_add(&x, &ram[i], &why));
	must(!vprim_iova_xlate_log(&x, &log, PAGE));
	ck_assert_int_eq(vprim_iova_xlate_batch(&x, chain, 2, &segments, first,
						&failed, &why), -EMSGSIZE);
	ck_assert_uint_eq(segments.count, 3);
	ck_assert_uint_eq(bits, 0);
	segments.capacity = 4;
	ck_assert_int_eq(vprim_iova_xlate_batch(&x, bad, 2, &segments, first, &failed,
						&why), -EACCES);
	ck_assert_uint_eq(failed, 1);
	ck_assert_uint_eq(why.at, 0x8000);
	ck_assert_uint_eq(bits, 0);
	must(!vprim_iova_xlate_batch(&x, chain, 2, &segments, first, &failed, &why));
	ck_assert_uint_eq(segments.count, 3);
	ck_assert_uint_eq(first[0], 0);
	ck_assert_uint_eq(first[1], 2);
	ck_assert_uint_eq(list[0].vaddr, UINT64_C(0x7f0000003ff0));
	ck_assert_uint_eq(list[0].len_bytes, 0x10);
	ck_assert_uint_eq(list[1].vaddr, UINT64_C(0x7f0000004000));
	ck_assert_uint_eq(list[2].vaddr, UINT64_C(0x7f0000100000));
	/* The last page of the first region and the first of the second. */
	ck_assert_uint_eq(vprim_dirty_count(&log.bitmap), 2);
	ck_assert(vprim_dirty_test(&log.bitmap, 3) && vprim_dirty_test(&log.bitmap, 4));
	must(!vprim_iova_xlate_log(&x, NULL, 0));
	end();
}
END_TEST

/* -- crosvm, vm-allocator: pools, first fit, exact and from above, by id -- */

START_TEST(pools_give_address_space_by_id)
{
	static const struct vprim_range more = { 0x100000, 0x1fffff };
	struct vprim_range room[4] = { { 0x1000, 0xffff } }, where, exact;
	struct vprim_range_buf pools = { room, 4, 1 };
	struct vprim_iova_mapping owner;
	struct vprim_iova_map map;
	struct vprim_hole want;
	size_t needed = 0;

	memset(&memory, 0, sizeof(memory));
	must(!vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops, &memory, NULL));
	must(!vprim_iova_windows_add(&pools, &more, &needed, &why));
	ck_assert_uint_eq(pools.count, 2);
	must(!vprim_hole_init(&want, 0x8000));
	want.align_bytes = 0x8000;
	must(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 11,
				   &where, &why));
	ck_assert_uint_eq(where.start, 0x8000);
	want.from = VPRIM_HOLE_HIGHEST;
	must(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 12,
				   &where, &why));
	ck_assert_uint_eq(where.start, 0x1f8000);
	/* At one place or nowhere; the last byte of a pool can be had. */
	exact = (struct vprim_range){ 0x1000, 0x1fff };
	must(!vprim_hole_init(&want, PAGE));
	want.within = exact;
	must(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 13,
				   &where, &why));
	ck_assert_uint_eq(where.start, 0x1000);
	ck_assert_int_eq(vprim_iova_map_place(&map, vprim_range_buf_list(&pools),
					      &want, 14, &where, &why), -ENOSPC);
	must(!vprim_iova_map_stab(&map, 0x1fffff, &owner));
	ck_assert_uint_eq(owner.value, 12);
	/* Released, it is free again. */
	must(!vprim_iova_map_remove(&map, &exact, NULL));
	must(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 14,
				   &where, &why));
	vprim_iova_map_fini(&map);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ports");
	TCase *tc = tcase_create("ports");

	tcase_add_test(tc, a_driver_places_buffers_and_finds_them_by_address);
	tcase_add_test(tc, the_whole_space_is_one_window);
	tcase_add_test(tc, a_tree_of_mappings_with_permissions);
	tcase_add_test(tc, a_device_model_walks_a_guests_memory);
	tcase_add_test(tc, pools_give_address_space_by_id);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
