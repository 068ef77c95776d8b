// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What programs that exist keep by hand, written with the installed headers and one
 * object each: a userspace driver (libvfn), a VMM's tree of mappings (QEMU), a device
 * model (libvfio-user), allocators of address space (crosvm, vm-allocator), a VMM that
 * passes devices through (kvmtool), and the kernel's tests of its own interfaces.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/mock.h>
#include <virtprim/user.h>
#include <virtprim/user_dma.h>
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
	require(!vprim_iova_xlate_init(&x, sizeof(x), &test_alloc_ops, &memory, flags,
				       NULL));
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
	require(!vprim_hole_init(&want, 4 * PAGE));
	want.align_bytes = PAGE;
	require(!map_buffer(windows, &want, buffer, &iova));
	ck_assert_uint_eq(iova, 0x10000);
	/* Aligned where windows begin crooked and others are in the way. */
	require(!vprim_hole_init(&want, UINT64_C(0x200000)));
	want.align_bytes = UINT64_C(0x200000);
	require(!map_buffer(windows, &want, buffer + 0x200000, &iova));
	ck_assert_uint_eq(iova, 0x200000);
	/* The last page of all translates, both ways. */
	require(!vprim_hole_init(&want, PAGE));
	want.align_bytes = PAGE;
	want.from = VPRIM_HOLE_HIGHEST;
	require(!map_buffer(windows, &want, buffer + 0x800000, &iova));
	ck_assert_uint_eq(iova, M - PAGE + 1);
	require(!vprim_iova_xlate_reverse(&x, buffer + 0x800fff, NULL, &at));
	ck_assert_uint_eq(at, M);
	require(!vprim_iova_xlate_reverse(&x, buffer + 0x201234, NULL, &at));
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
	require(!vprim_hole_init(&want, PAGE));
	want.from = VPRIM_HOLE_HIGHEST;
	require(!map_buffer(anywhere, &want, 0x1000, &iova));
	want.within = (struct vprim_range){ 0, M - PAGE };
	want.last_offset = M - PAGE;
	require(!map_buffer(anywhere, &want, 0, &iova));
	ck_assert_uint_eq(iova, 0);
	want.last_offset = 0;
	ck_assert_int_eq(map_buffer(anywhere, &want, 0, &iova), -ENOSPC);
	end();
}
END_TEST

/* The region info of a kernel: 8 KiB, of which the second page can be mapped. */
static size_t region_info(uint8_t *bytes, size_t room, uint32_t options)
{
	static const struct vprim_vfio_cap_area area = { PAGE, PAGE };
	struct vprim_vfio_cap_fixed info = { .argsz = (uint32_t)room,
		.flags = VPRIM_VFIO_CAP_REGION_MMAP, .size = 2 * PAGE };
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply reply;
	const void *caps;
	uint32_t n;

	require(!vprim_vfio_cap_chain_init(&chain, options | VPRIM_VFIO_CAP_COUNT, 32,
					   bytes + 32, room - 32));
	require(!vprim_vfio_cap_add_sparse_mmap(&chain, &area, 1));
	require(!vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &info, &reply));
	require(!reply.chain_bytes || !vprim_vfio_cap_chain_finish(&chain, &caps, &n));
	require(!vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, options, &info, bytes,
					    32));
	return 32 + reply.chain_bytes;
}

static int parse(const uint8_t *bytes, size_t n, struct vprim_vfio_cap_view *view)
{
	return vprim_vfio_cap_parse(view, VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_LE,
				    bytes, n, &why);
}

START_TEST(a_driver_walks_capabilities_that_may_lie)
{
	struct vprim_vfio_cap_mappable it = { 0 };
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap_area area;
	struct vprim_vfio_cap cap;
	uint8_t bytes[128] = { 0 };
	size_t n = region_info(bytes, sizeof(bytes), VPRIM_VFIO_CAP_LE);

	ck_assert_uint_eq(n, 64);
	require(!parse(bytes, n, &view));
	require(!vprim_vfio_cap_find(&view, VPRIM_VFIO_CAP_SPARSE_MMAP, &cap, &why));
	require(!vprim_vfio_cap_mappable_next(&view, &it, &area, &why));
	ck_assert_uint_eq(area.offset, PAGE);
	ck_assert_uint_eq(area.size, PAGE);
	ck_assert_int_eq(vprim_vfio_cap_mappable_next(&view, &it, &area, &why), -ENOENT);
	/* A chain that leads to itself ends, and CAPS without a place asks for room. */
	vprim_store_le32(bytes + 32 + 4, 32);
	ck_assert_int_eq(parse(bytes, n, &view), -EBADMSG);
	vprim_store_le32(bytes + 32 + 4, 0);
	require(!parse(bytes, n, &view));
	vprim_store_le32(bytes + 12, 0);
	ck_assert_int_eq(parse(bytes, n, &view), -EMSGSIZE);
	ck_assert_uint_eq(why.value, sizeof(bytes));
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
	require(!vprim_iova_xlate_add(&x, &ro, &why));
	ck_assert_int_eq(vprim_iova_xlate_add(&x, &over, &why), -EEXIST);
	ck_assert_uint_eq(why.hit.start, 0x4000);
	require(!vprim_iova_xlate_stab(&x, 0x4010, &found, &vaddr));
	ck_assert_uint_eq(vaddr, 0x9010);
	ck_assert_uint_eq(found.rights, VPRIM_IOVA_XLATE_READ);
	ck_assert_uint_eq(found.token, 1);
	require(!vprim_iova_xlate_first(&x, &from_inside, &found));
	ck_assert_uint_eq(found.iova.start, 0x4000);
	require(!vprim_iova_xlate_reverse(&x, 0x9abc, NULL, &iova));
	ck_assert_uint_eq(iova, 0x4abc);
	/* A search that begins inside a mapping goes on behind it. */
	require(!vprim_hole_init(&want, PAGE));
	want.within = from_inside;
	require(!map_buffer((struct vprim_ranges){ NULL, 0 }, &want, 0x20000, &iova));
	ck_assert_uint_eq(iova, 0x5000);
	require(!vprim_iova_xlate_remove(&x, &ro.iova, &found));
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
		require(!vprim_iova_xlate_add(&x, &ram[i], &why));
	require(!vprim_iova_xlate_log(&x, &log, PAGE));
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
	require(!vprim_iova_xlate_batch(&x, chain, 2, &segments, first, &failed, &why));
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
	require(!vprim_iova_xlate_log(&x, NULL, 0));
	end();
}
END_TEST

/* argsz is the total whatever was given, and CAPS comes with the chain only. */
START_TEST(a_server_answers_as_vfio_user_asks)
{
	const uint32_t options = VPRIM_VFIO_CAP_LE | VPRIM_VFIO_CAP_VFIO_USER;
	struct vprim_vfio_cap_view view;
	uint8_t bytes[128] = { 0 };

	ck_assert_uint_eq(region_info(bytes, 40, options), 32);
	ck_assert_uint_eq(vprim_load_le32(bytes), 64);
	ck_assert_uint_eq(vprim_load_le32(bytes + 4), VPRIM_VFIO_CAP_REGION_MMAP);
	ck_assert_uint_eq(region_info(bytes, sizeof(bytes), options), 64);
	ck_assert_uint_eq(vprim_load_le32(bytes), 64);
	require(!parse(bytes, 64, &view));
	ck_assert(view.fixed.flags & VPRIM_VFIO_CAP_REGION_CAPS);
}
END_TEST

/* Two threads' writes go into one log, which is read in another page size. */
START_TEST(writers_share_a_log_that_is_taken)
{
	uint64_t log = 0, taken = 0, large = 0;
	const struct vprim_dirty_view shared = { { 0, 64 * PAGE - 1 }, { &log, 64 } };
	const struct vprim_dirty_view mine = { { 0, 64 * PAGE - 1 }, { &taken, 64 } };
	const struct vprim_dirty_view wide = { { 0, 64 * PAGE - 1 }, { &large, 16 } };
	const struct vprim_range first = { 0x1fff, 0x2000 }, second = { 0x3f000, 0x3ffff };
	const struct vprim_dirty_run all = { 0, 63 };

	require(!vprim_dirty_shared_mark(&shared, PAGE, &first));
	require(!vprim_dirty_shared_mark(&shared, PAGE, &second));
	require(!vprim_dirty_shared_take(&shared.bitmap, &all, &mine.bitmap));
	ck_assert_uint_eq(log, 0);
	ck_assert_uint_eq(vprim_dirty_count(&mine.bitmap), 3);
	require(!vprim_dirty_convert(&wide, 4 * PAGE, &mine, PAGE));
	ck_assert_uint_eq(vprim_dirty_count(&wide.bitmap), 2);
	ck_assert(vprim_dirty_test(&wide.bitmap, 0) && vprim_dirty_test(&wide.bitmap, 15));
}
END_TEST

/* -- crosvm, vm-allocator: pools, first fit, exact and from above, by id -- */

static int find_id(const struct vprim_iova_map *map, uint64_t id,
		   struct vprim_range *where)
{
	static const struct vprim_range all = { 0, M };
	struct vprim_iova_map_cursor at;
	struct vprim_iova_mapping m;

	require(!vprim_iova_map_cursor_init(&at, map, &all));
	while (!vprim_iova_map_cursor_next(&at, &m))
		if (m.value == id) {
			*where = m.range;
			return 0;
		}
	return -ENOENT;
}

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
	require(!vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops, &memory, NULL,
				     NULL));
	require(!vprim_iova_windows_add(&pools, &more, &needed, &why));
	ck_assert_uint_eq(pools.count, 2);
	require(!vprim_hole_init(&want, 0x8000));
	want.align_bytes = 0x8000;
	require(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 11,
				      &where, &why));
	ck_assert_uint_eq(where.start, 0x8000);
	want.from = VPRIM_HOLE_HIGHEST;
	require(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 12,
				      &where, &why));
	ck_assert_uint_eq(where.start, 0x1f8000);
	/* At one place or nowhere; the last byte of a pool can be had. */
	exact = (struct vprim_range){ 0x1000, 0x1fff };
	require(!vprim_hole_init(&want, PAGE));
	want.within = exact;
	require(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 13,
				      &where, &why));
	ck_assert_uint_eq(where.start, 0x1000);
	ck_assert_int_eq(vprim_iova_map_place(&map, vprim_range_buf_list(&pools),
					      &want, 14, &where, &why), -ENOSPC);
	require(!vprim_iova_map_stab(&map, 0x1fffff, &owner));
	ck_assert_uint_eq(owner.value, 12);
	/* Found by its id, and released, it is free again. */
	ck_assert_int_eq(find_id(&map, 14, &where), -ENOENT);
	require(!find_id(&map, 13, &where));
	ck_assert(where.start == exact.start && where.last == exact.last);
	require(!vprim_iova_map_remove(&map, &where, NULL));
	require(!vprim_iova_map_place(&map, vprim_range_buf_list(&pools), &want, 14,
				      &where, &why));
	vprim_iova_map_fini(&map);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* -- kvmtool: two devices of a group, their interrupts, memory for both -- */

static unsigned int interrupts[4];

static int event_get(void *ctx, uint64_t task, int32_t fd, void **event)
{
	(void)ctx;
	(void)task;
	*event = &interrupts[fd];
	return 0;
}

static void event_put(void *ctx, void *event)
{
	(void)ctx;
	(void)event;
}

static void event_signal(void *ctx, void *event)
{
	(void)ctx;
	++*(unsigned int *)event;
}

static void boot(struct vprim_mock **mock, struct vprim_user_sys *sys)
{
	static const struct vprim_mock_ops ops = {
		.event_get = event_get, .event_put = event_put,
		.event_signal = event_signal,
	};
	struct vprim_mock_config config = { .ops = &ops, .alloc = vprim_user_alloc() };
	struct vprim_mock_device *d;

	require(!vprim_mock_new(mock, &config));
	require(!vprim_mock_add(*mock, vprim_mock_model_find("card"), "0000:02:00.0", 7, NULL, &d));
	require(!vprim_mock_add(*mock, vprim_mock_model_find("card"), "0000:02:00.1", 7, NULL, &d));
	vprim_mock_sys(*mock, sys);
}

/* All interrupts of an index at once, each with an eventfd of its own. */
static void take_interrupts(const struct vprim_user_vfio_device *d)
{
	const int eventfds[] = { 1, 2, 3 };
	const struct vprim_user_vfio_irqs three = { 2, 0, 3 }, one = { 2, 1, 1 };
	const struct vprim_user_vfio_irqs off = { 2, 0, 0 };
	struct vprim_user_vfio_irq irq;

	require(!vprim_user_vfio_irq_info(d, 2, &irq, NULL) && irq.count >= 3);
	require(!vprim_user_vfio_irq_set(d, &three, VPRIM_USER_VFIO_IRQ_TRIGGER, eventfds,
					 NULL));
	require(!vprim_user_vfio_irq_set(d, &one, VPRIM_USER_VFIO_IRQ_TRIGGER, NULL, NULL));
	require(!vprim_user_vfio_irq_set(d, &off, VPRIM_USER_VFIO_IRQ_TRIGGER, NULL, NULL));
}

START_TEST(a_vmm_takes_two_devices_of_a_group)
{
	const struct vprim_range ram = { 0, 16 * PAGE - 1 };
	static _Alignas(4096) char guest[16 * 4096];
	struct vprim_vfio_cap_mappable it = { 0 };
	struct vprim_user_vfio_device a, b;
	struct vprim_user_vfio_space space;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap_area area;
	struct vprim_user_dma dma;
	struct vprim_user_sys sys;
	struct vprim_mock *mock;
	uint8_t answer[1024];

	boot(&mock, &sys);
	memset(interrupts, 0, sizeof(interrupts));
	require(!vprim_user_vfio_space_open(&space, &sys, _i ? 0 : VPRIM_TYPE1_V2, NULL));
	require(!vprim_user_vfio_device_open(&a, &space, "0000:02:00.0", NULL));
	require(!vprim_user_vfio_device_open(&b, &space, "0000:02:00.1", NULL));
	ck_assert_uint_eq(space.devices, 2);
	require(!vprim_user_dma_init(&dma, &space, NULL, NULL, NULL));
	require(!vprim_user_dma_map(&dma, &ram, guest, 3, NULL));
	require(!vprim_user_vfio_region_info(&b, 0, answer, sizeof(answer), &view, NULL));
	require(!vprim_vfio_cap_mappable_next(&view, &it, &area, NULL));
	ck_assert_uint_eq(area.offset, PAGE);
	take_interrupts(&b);
	ck_assert_uint_eq(interrupts[1] + interrupts[3], 0);
	ck_assert_uint_eq(interrupts[2], 1);
	require(!vprim_user_vfio_reset(&a, NULL));
	require(!vprim_user_dma_unmap(&dma, &ram, NULL));
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&a);
	take_interrupts(&b);
	vprim_user_vfio_device_close(&b);
	vprim_user_vfio_space_close(&space);
	vprim_mock_free(mock);
}
END_TEST

/* -- the kernel's tests: what is mapped is listed up to the last address -- */

START_TEST(mappings_are_walked_to_the_last_address)
{
	static const struct vprim_range all = { 0, M };
	const struct vprim_type1_map_args type1[] = {
		{ 32, 3, 0x10000, PAGE, PAGE }, { 32, 3, 0x20000, M - PAGE + 1, PAGE } };
	struct vprim_type1_config config;
	struct vprim_type1_mapping m;
	struct vprim_type1_cursor at;
	struct vprim_type1 c;
	unsigned int n = 0;
	int ret;

	memset(&memory, 0, sizeof(memory));
	vprim_type1_config_init(&config);
	config.alloc = &test_alloc_ops;
	config.alloc_ctx = &memory;
	require(!vprim_type1_init(&c, sizeof(c), &config, NULL));
	require(!vprim_type1_map(&c, &type1[0], NULL) && !vprim_type1_map(&c, &type1[1], NULL));
	for (ret = vprim_type1_first(&c, &all, &at, &m); !ret;
	     ret = vprim_type1_next(&at, &m))
		n++;
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(m.range.last, M);
	vprim_type1_fini(&c);
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
	tcase_add_test(tc, a_driver_walks_capabilities_that_may_lie);
	tcase_add_test(tc, a_server_answers_as_vfio_user_asks);
	tcase_add_test(tc, writers_share_a_log_that_is_taken);
	tcase_add_loop_test(tc, a_vmm_takes_two_devices_of_a_group, 0, 2);
	tcase_add_test(tc, mappings_are_walked_to_the_last_address);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
