// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * type1.h: the tables of tests/vectors/type1.vec speak of single rules; here random
 * calls go beside the naive model of world_type1.h, at the bottom, in the middle and
 * at the top of the space, and callbacks, groups and windows have their tests.
 */
#include "adversary_iommu.h"
#include "testlib.h"
#include "world_type1.h"

#define M UINT64_MAX

/* The default, of this memory. */
static struct vprim_type1_config config_of(struct test_memory *memory)
{
	struct vprim_type1_config config;

	vprim_type1_config_init(&config);
	config.alloc = &test_alloc_ops;
	config.alloc_ctx = memory;
	return config;
}

START_TEST(a_million_calls_agree_with_the_model)
{
	struct test_rng rng = test_rng_seed(0x7479706531 + (uint64_t)_i);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(1000000), i;
	static struct world w;

	world_begin(&w, (unsigned int)_i);
	for (i = 0; i < steps; i++) {
		world_step(&w, &c);
		if (i % 4 == 0)
			world_check(&w);
	}
	world_end(&w);
}
END_TEST

/* Every byte of a space of 8-bit words as iova and as size. */
START_TEST(every_argument_of_an_8_bit_space)
{
	static struct vprim_type1 c;
	struct test_memory memory = { 0 };
	struct vprim_type1_config config;
	struct vprim_type1_map_args map = { 32, 3, 0, 64, 64 };
	struct vprim_type1_unmap_args all = { 24, 2, 0, 0, { 0, 0, NULL } };

	config = config_of(&memory);
	config.page_bytes = 8;
	config.native_last = 255;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	ck_assert_int_eq(vprim_type1_map(&c, &map, NULL), 0);
	for (uint32_t iova = 0; iova < 300; iova++)
		for (uint32_t size = 0; size < 300; size++) {
			bool fits = iova < 256 && size < 256;
			bool wraps = iova + size > 256;
			bool odd = iova % 8 || size % 8;
			bool meets = iova < 128 && iova + size > 64;
			struct vprim_type1_unmap_args unmap = {
				24, 4, iova, size, { 0, 0, NULL } };
			int want = !fits ? -EOVERFLOW : !size ? -EINVAL :
				   wraps ? -EOVERFLOW : odd ? -EINVAL :
				   meets ? -EEXIST : 0;

			map = (struct vprim_type1_map_args){ 32, 3, 0, iova,
							     size };
			ck_assert_int_eq(vprim_type1_map(&c, &map, NULL), want);
			if (!want) {
				unmap.flags = 0;
				ck_assert_int_eq(vprim_type1_unmap(&c, &unmap,
								NULL, NULL), 0);
				unmap.flags = 4;
			}
			want = !fits ? -EOVERFLOW : odd || !size ? -EINVAL :
			       wraps ? -EOVERFLOW :
			       meets && (iova > 64 || iova + size < 128) ?
				       -EINVAL : 0;
			ck_assert_int_eq(vprim_type1_unmap(&c, &unmap, NULL,
							   NULL), want);
			if (!want && meets) {
				map = (struct vprim_type1_map_args){ 32, 4, 0,
								     64, 64 };
				ck_assert_int_eq(vprim_type1_map(&c, &map, NULL),
						 0);
			}
		}
	ck_assert_int_eq(vprim_type1_unmap(&c, &all, NULL, NULL), 0);
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* -- memory that runs out ----------------------------------------------- */

/* All that a container says of itself, as one number. */
static uint64_t listing(const struct vprim_type1 *c)
{
	struct vprim_range all = { 0, M }, list[8];
	struct vprim_type1_mapping m;
	struct vprim_type1_stats s;
	struct vprim_type1_cursor at;
	uint64_t sum = 0;
	size_t n, i;
	int ret;

	for (ret = vprim_type1_first(c, &all, &at, &m); !ret;
	     ret = vprim_type1_next(&at, &m)) {
		sum = test_mix(test_mix(sum, m.range.start), m.range.last);
		sum = test_mix(test_mix(sum, m.vaddr), m.prot + 4u * m.vaddr_valid);
	}
	ck_assert_int_eq(vprim_type1_windows(c, list, 8, &n), 0);
	for (i = 0; i < n; i++)
		sum = test_mix(test_mix(sum, list[i].start), list[i].last);
	vprim_type1_get_stats(c, &s);
	sum = test_mix(test_mix(sum, s.mappings), s.avail);
	sum = test_mix(test_mix(sum, s.vaddr_invalid), s.pinned_pages);
	sum = test_mix(test_mix(sum, s.pgsize_bitmap), s.page_bytes);
	return test_mix(sum, s.dirty_tracking);
}

static int never(void *ctx, const struct vprim_type1_mapping *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

/* A list whose kinds nobody filled in keeps its addresses out and the group in. */
START_TEST(a_range_without_a_kind_is_reserved)
{
	struct vprim_iova_windows_reserved reserved = {
		.range = { 0x1000, 0x1fff } };
	struct vprim_type1_group group = {
		.aperture = { 0, 0xffff }, .pgsize_bitmap = M,
		.reserved = &reserved, .nr_reserved = 1 };
	struct test_memory memory = { 0 };
	static struct vprim_type1 c;
	struct vprim_type1_config config;
	struct vprim_range list[2];
	struct vprim_range_buf windows = { list, 2, 0 };
	const struct vprim_iova_windows_iommu iommu = { group.aperture, &reserved, 1, 0 };

	config = config_of(&memory);
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	ck_assert_int_eq(vprim_type1_attach(&c, &group, NULL), 0);
	ck_assert_int_eq(vprim_iova_windows_build(&iommu, &windows, NULL), 0);
	ck_assert_uint_eq(windows.count, 2);
	ck_assert_uint_eq(list[0].last, 0xfff);
	ck_assert_uint_eq(list[1].start, 0x2000);
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* What asks for none more is tried whole in tests/explore.c. */
START_TEST(every_allocation_may_fail)
{
	static const struct vprim_type1_ops ops = { .dma_unmap = never };
	struct vprim_iova_windows_reserved reserved = {
		{ 0xfee00000, 0xfeefffff }, VPRIM_IOVA_WINDOWS_MSI };
	struct vprim_type1_group group = {
		.aperture = { 0, M }, .pgsize_bitmap = M,
		.reserved = &reserved, .nr_reserved = 1 };
	struct vprim_range windows[] = { { 0, 0xfffff }, { 0x200000, M } };
	struct vprim_type1_map_args map = { 32, 3, 0, 0, 0x1000 };
	struct vprim_type1_dirty_args start = { 8, VPRIM_TYPE1_DIRTY_START, 0, 0,
						{ 0, 0, NULL } };
	struct test_memory memory = { 0 };
	struct vprim_type1_config config;
	static struct vprim_type1 c;
	int64_t pages = 1;

	config = config_of(&memory);
	config.ops = &ops;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
#define STARVE(call) do {						\
	uint64_t was = listing(&c);					\
	test_starve(&memory, call, require(!vprim_type1_audit(&c));	\
		    require(listing(&c) == was));				\
} while (0)
	STARVE(vprim_type1_set_windows(&c, windows, 2, NULL));
	STARVE(vprim_type1_attach(&c, &group, NULL));
	for (; pages <= 80; map.iova += 0x1000, pages++) {
		STARVE(vprim_type1_map(&c, &map, NULL));
		if (pages == 20)
			STARVE(vprim_type1_dirty_pages(&c, &start, NULL));
		STARVE(vprim_type1_pin(&c, NULL, 0, pages, 3, NULL));
	}
#undef STARVE
	ck_assert_uint_gt(memory.starved, 80);
	/* No pin that failed half-way left a page pinned once more. */
	while (--pages) {
		struct vprim_type1_stats s;

		ck_assert_int_eq(vprim_type1_unpin(&c, 0, pages, NULL), 0);
		vprim_type1_get_stats(&c, &s);
		ck_assert_int_eq((int64_t)s.pinned_pages, pages - 1);
	}
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert_uint_eq(memory.bytes, 0);
}
END_TEST

/* -- callbacks ---------------------------------------------------------- */

struct outside {
	struct vprim_type1 c;
	struct test_memory memory;
	struct vprim_type1_mapping last;
	unsigned int mapped, unmapped, accounted, released;
	int map_answer, account_answer, put_answer;
	int (*on_dma_unmap)(struct outside *o);
};

static int outside_map(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	o->mapped++;
	o->last = *m;
	return o->map_answer;
}

static void outside_unmap(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	o->unmapped++;
	o->last = *m;
}

static int outside_account(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	o->accounted++;
	o->last = *m;
	return o->account_answer;
}

static int outside_dma_unmap(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	o->released++;
	o->last = *m;
	return o->on_dma_unmap ? o->on_dma_unmap(o) : 0;
}

static const struct vprim_type1_ops outside_ops = {
	.map = outside_map, .unmap = outside_unmap,
	.account = outside_account, .dma_unmap = outside_dma_unmap,
};

static void outside_begin(struct outside *o)
{
	struct vprim_type1_config config;

	memset(o, 0, sizeof(*o));
	config = config_of(&o->memory);
	config.ops = &outside_ops;
	config.ops_ctx = o;
	ck_assert_int_eq(vprim_type1_init(&o->c, sizeof(o->c), &config, NULL), 0);
}

static int quick_map(struct vprim_type1 *c, uint64_t iova, uint64_t pages,
		     uint32_t flags)
{
	struct vprim_type1_map_args args = { 32, flags, 0x7000, iova,
					     pages * 0x1000 };

	return vprim_type1_map(c, &args, NULL);
}

static int quick_unmap(struct vprim_type1 *c, uint64_t iova, uint64_t pages,
		       uint32_t flags, struct vprim_type1_unmapped *done)
{
	struct vprim_type1_unmap_args args = { 24, flags, iova, pages * 0x1000,
					       { 0, 0, NULL } };

	return vprim_type1_unmap(c, &args, done, NULL);
}

START_TEST(the_outside_is_asked_and_told)
{
	const struct vprim_type1_map_args give = { 32, 4, 0x9000, 0x1000, 0x2000 };
	static struct outside o;
	struct vprim_type1_unmapped done;
	struct vprim_type1_stats s;
	struct vprim_reason why;

	outside_begin(&o);
	o.map_answer = -EFAULT;
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), -EFAULT);
	ck_assert_uint_eq(o.unmapped, 0);
	o.map_answer = 0;
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 2, 1), 0);
	ck_assert_uint_eq(o.last.range.start, 0x1000);
	ck_assert_uint_eq(o.last.range.last, 0x2fff);
	ck_assert_uint_eq(o.last.vaddr, 0x7000);
	ck_assert_uint_eq(o.last.prot, 1);
	ck_assert(o.last.vaddr_valid);

	ck_assert_int_eq(quick_unmap(&o.c, 0x1000, 2, 4, &done), 0);
	o.account_answer = -EPERM;
	ck_assert_int_eq(vprim_type1_map(&o.c, &give, &why), -EPERM);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_TYPE1_RULE_VADDR_ACCOUNT);
	vprim_type1_get_stats(&o.c, &s);
	ck_assert_uint_eq(s.vaddr_invalid, 1);
	ck_assert_uint_eq(o.last.vaddr, 0x9000);
	o.account_answer = 0;
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 2, 4), 0);
	ck_assert_uint_eq(o.accounted, 2);
	ck_assert_uint_eq(o.last.range.start, 0x1000);
	ck_assert_uint_eq(o.last.range.last, 0x2fff);
	ck_assert_uint_eq(o.last.vaddr, 0x7000);
	ck_assert_uint_eq(o.last.prot, 1);
	ck_assert(o.last.vaddr_valid);

	ck_assert_int_eq(quick_unmap(&o.c, 0, 16, 0, &done), 0);
	ck_assert_uint_eq(done.mappings, 1);
	ck_assert_uint_eq(o.released, 1);
	ck_assert_uint_eq(o.unmapped, 1);
	ck_assert_uint_eq(o.mapped, 2);
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 2, 1), 0);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.unmapped, 2);
	ck_assert_uint_eq(o.released, 1);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* While told, the driver removes the mapping next to it and maps another one. */
static int meddle(struct outside *o)
{
	struct vprim_type1_unmapped done;

	o->on_dma_unmap = NULL;
	ck_assert_int_eq(quick_unmap(&o->c, 0x2000, 1, 0, &done), 0);
	ck_assert_uint_eq(done.mappings, 1);
	ck_assert_int_eq(quick_map(&o->c, 0x3000, 1, 3), 0);
	return VPRIM_TYPE1_RESTART;
}

/* While told, the driver maps across the end of the range. */
static int straddle(struct outside *o)
{
	o->on_dma_unmap = NULL;
	ck_assert_int_eq(quick_map(&o->c, 0x3000, 4, 3), 0);
	return VPRIM_TYPE1_RESTART;
}

/* It says that nobody held it, and yet the mapping is gone. */
static int lie(struct outside *o)
{
	struct vprim_type1_unmapped done;

	o->on_dma_unmap = NULL;
	ck_assert_int_eq(quick_unmap(&o->c, 0x1000, 1, 0, &done), 0);
	return 0;
}

/* So it says, and a mapping of two pages lies where one of one page lay. */
static int grow(struct outside *o)
{
	o->on_dma_unmap = NULL;
	require(!quick_unmap(&o->c, 0x1000, 1, 0, NULL));
	require(!quick_map(&o->c, 0x1000, 2, 3));
	return 0;
}

START_TEST(a_failed_bitmap_is_undone_outside_too)
{
	struct vprim_type1_dirty_args start = { 8, VPRIM_TYPE1_DIRTY_START, 0, 0,
						{ 0, 0, NULL } };
	static struct outside o;

	outside_begin(&o);
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	ck_assert_int_eq(vprim_type1_dirty_pages(&o.c, &start, NULL), 0);
	o.memory.countdown = 1;
	ck_assert_int_eq(quick_map(&o.c, 0x2000, 1, 3), -ENOMEM);
	ck_assert_uint_eq(o.mapped, 2);
	ck_assert_uint_eq(o.unmapped, 1);
	ck_assert_uint_eq(o.last.range.start, 0x2000);
	ck_assert_int_eq(vprim_type1_audit(&o.c), 0);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* What the table of the page puts before memory answers before it. */
START_TEST(an_overlap_comes_before_memory)
{
	struct vprim_range window = { 0, 0xfffffff };
	static struct outside o;

	outside_begin(&o);
	o.c.config_.entry_limit = 200;
	ck_assert_int_eq(vprim_type1_set_windows(&o.c, &window, 1, NULL), 0);
	for (uint64_t i = 0; i < 200; i++)
		ck_assert_int_eq(quick_map(&o.c, i * 0x2000, 1, 3), 0);
	for (uint64_t i = 0; i < 200; i++) {
		o.memory.countdown = 1 + i % 3;
		ck_assert_int_eq(quick_map(&o.c, i * 0x2000, 1, 3), -EEXIST);
		o.memory.countdown = 1 + i % 3;
		ck_assert_int_eq(quick_map(&o.c, i * 0x2000 + 0x1000, 1, 3),
				 -ENOSPC);
	}
	o.c.config_.entry_limit = 1000;
	o.memory.countdown = 1;
	ck_assert_int_eq(quick_map(&o.c, 0, 1, 3), -EEXIST);
	ck_assert_int_eq(quick_map(&o.c, 0x10000000, 1, 3), -EINVAL);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

static int hold_on(struct outside *o)
{
	(void)o;
	return VPRIM_TYPE1_RESTART;
}

START_TEST(an_unmap_gives_up_on_a_deaf_driver)
{
	struct vprim_type1_unmapped done = { 7, 7, true };
	static struct outside o;

	outside_begin(&o);
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	o.on_dma_unmap = hold_on;
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), -EBUSY);
	ck_assert_uint_eq(done.size_bytes, 7);
	/* Told once and ten times again; the twelfth answer is the last. */
	ck_assert_uint_eq(o.released, 2 + VPRIM_TYPE1_RETRIES);

	/* With pins of its own the container knows, and does not ask again. */
	ck_assert_int_eq(vprim_type1_pin(&o.c, NULL, 0x1000, 1, 3, NULL), 0);
	o.on_dma_unmap = NULL;
	o.released = 0;
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), -EBUSY);
	ck_assert_uint_eq(o.released, 1 + VPRIM_TYPE1_RETRIES);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

START_TEST(a_restart_sees_what_the_driver_changed)
{
	struct vprim_type1_unmapped done;
	static struct outside o;

	outside_begin(&o);
	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	ck_assert_int_eq(quick_map(&o.c, 0x2000, 1, 3), 0);
	o.on_dma_unmap = meddle;
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), 0);
	ck_assert_uint_eq(done.mappings, 2);
	ck_assert_uint_eq(done.size_bytes, 0x2000);

	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	o.on_dma_unmap = straddle;
	done = (struct vprim_type1_unmapped){ 7, 7, true };
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), -EINVAL);
	ck_assert_uint_eq(done.size_bytes, 7);
	ck_assert_int_eq(quick_unmap(&o.c, 0, 8, 0, &done), 0);
	ck_assert_uint_eq(done.size_bytes, 0x5000);

	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	ck_assert_int_eq(quick_map(&o.c, 0x2000, 1, 3), 0);
	o.on_dma_unmap = lie;
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), 0);
	ck_assert_uint_eq(done.size_bytes, 0x1000);

	ck_assert_int_eq(quick_map(&o.c, 0x1000, 1, 3), 0);
	o.on_dma_unmap = grow;
	o.released = 0;
	ck_assert_int_eq(quick_unmap(&o.c, 0, 4, 0, &done), 0);
	ck_assert_uint_eq(done.size_bytes, 0x2000);
	ck_assert_uint_eq(done.mappings, 1);
	/* Of the small one twice, by two unmaps, and then of the large one. */
	ck_assert_uint_eq(o.released, 3);
	ck_assert_uint_eq(o.last.range.last, 0x2fff);
	ck_assert_int_eq(vprim_type1_audit(&o.c), 0);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* A group of another container, or of none, has nobody who could be told. */
START_TEST(a_stranger_pins_nothing)
{
	struct vprim_type1_group group = { .emulated = true };
	static const struct vprim_type1 zero;
	struct vprim_reason why;
	static struct outside o;

	outside_begin(&o);
	require(!quick_map(&o.c, 0x1000, 1, 3));
	ck_assert_int_eq(vprim_type1_pin(&o.c, &group, 0x1000, 1, 3, &why),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_TYPE1_RULE_PIN_NOTIFY);
	require(!vprim_type1_attach(&o.c, &group, &why));
	ck_assert_ptr_null(why.rule);
	require(!vprim_type1_pin(&o.c, &group, 0x1000, 1, 3, NULL));
	require(vprim_type1_pin(&o.c, &group, 0x9000, 1, 3, &why) == -EINVAL);
	ck_assert_ptr_nonnull(why.rule);
	require(!vprim_type1_detach(&o.c, &group, &why));
	ck_assert_ptr_null(why.rule);
	vprim_type1_fini(&o.c);
	require(!memcmp(&o.c, &zero, sizeof(zero)));
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* What a group had pinned says nothing of where it writes when it comes again. */
START_TEST(a_group_that_comes_again_may_write_anywhere)
{
	struct vprim_type1_group iommu = { .aperture = { 0, M },
					   .pgsize_bitmap = 0x1000 };
	uint8_t bits[8] = { 0 };
	struct vprim_type1_dirty_args dirty = { 48, VPRIM_TYPE1_DIRTY_START, 0x1000,
						0x2000, { 0x1000, 8, bits } };
	static struct outside o;

	outside_begin(&o);
	require(!vprim_type1_attach(&o.c, &iommu, NULL));
	require(!quick_map(&o.c, 0x1000, 2, 3));
	require(!vprim_type1_pin(&o.c, &iommu, 0x1000, 1, 3, NULL));
	require(!vprim_type1_dirty_pages(&o.c, &dirty, NULL));
	dirty.flags = VPRIM_TYPE1_DIRTY_GET;
	require(!vprim_type1_dirty_pages(&o.c, &dirty, NULL));
	ck_assert_uint_eq(bits[0], 1);
	require(!vprim_type1_detach(&o.c, &iommu, NULL));
	require(!vprim_type1_attach(&o.c, &iommu, NULL));
	require(!quick_map(&o.c, 0x1000, 2, 3));
	require(!vprim_type1_dirty_pages(&o.c, &dirty, NULL));
	ck_assert_uint_eq(bits[0], 3);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* A group whose container ended is free for another, as another kind, too. */
START_TEST(groups_outlive_their_container)
{
	struct vprim_type1_group iommu = { .aperture = { 0, M },
					   .pgsize_bitmap = 0x1000 };
	static struct outside o;

	outside_begin(&o);
	require(!vprim_type1_attach(&o.c, &iommu, NULL));
	vprim_type1_fini(&o.c);
	outside_begin(&o);
	iommu.emulated = true;
	ck_assert_int_eq(vprim_type1_attach(&o.c, &iommu, NULL), 0);
	ck_assert_int_eq(vprim_type1_detach(&o.c, &iommu, NULL), 0);
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* -- reasons --------------------------------------------------------------- */

#define CLEARS(call) do {						\
	struct vprim_reason why = { .rule = &stale };			\
									\
	ck_assert_int_eq(call, 0);					\
	ck_assert_ptr_null(why.rule);					\
} while (0)

START_TEST(a_success_takes_an_old_reason_away)
{
	struct vprim_type1_map_args map = { 32, 3, 0, 0x1000, 0x1000 };
	struct vprim_type1_unmap_args unmap = { 24, 0, 0x1000, 0x1000,
						{ 0, 0, NULL } };
	struct vprim_type1_dirty_args start = { 8, VPRIM_TYPE1_DIRTY_START, 0, 0,
						{ 0, 0, NULL } };
	struct vprim_type1_group iommu = { .aperture = { 0, M },
					   .pgsize_bitmap = 0x1000 };
	struct vprim_range window = { 0, 0xffff };
	struct vprim_type1_piece piece;
	static struct outside o;

	outside_begin(&o);
	CLEARS(vprim_type1_set_windows(&o.c, &window, 1, &why));
	CLEARS(vprim_type1_attach(&o.c, &iommu, &why));
	CLEARS(vprim_type1_map(&o.c, &map, &why));
	CLEARS(vprim_type1_dirty_pages(&o.c, &start, &why));
	CLEARS(vprim_type1_pin(&o.c, &iommu, 0x1000, 1, 3, &why));
	CLEARS(vprim_type1_rw(&o.c, 0x1000, 1, true, &piece, &why));
	CLEARS(vprim_type1_unpin(&o.c, 0x1000, 1, &why));
	CLEARS(vprim_type1_unmap(&o.c, &unmap, NULL, &why));
	CLEARS(vprim_type1_detach(&o.c, &iommu, &why));
	vprim_type1_fini(&o.c);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* -- what callbacks may call --------------------------------------------- */

/* Everything that takes a const container, but the check. */
static void ask_all(const struct vprim_type1 *c)
{
	struct vprim_range all = { 0, M };
	struct vprim_type1_mapping m;
	struct vprim_type1_stats stats;
	struct vprim_type1_info info;
	size_t n;
	int ret = vprim_type1_first(c, &all, NULL, &m);

	require(!ret || ret == -ENOENT);
	vprim_type1_get_stats(c, &stats);
	ck_assert_uint_eq(stats.mappings > 0, !ret);
	ck_assert_int_eq(vprim_type1_get_info(c, 16, &info), 0);
	ck_assert_int_eq(vprim_type1_check_extension(c, VPRIM_TYPE1_V2), 1);
	ret = vprim_type1_windows(c, NULL, 0, &n);
	ck_assert_int_eq(ret, n ? -EMSGSIZE : 0);
	ck_assert_uint_eq(n, info.nr_windows);
}

static int asking_map(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	ask_all(&o->c);
	return outside_map(ctx, m);
}

static void asking_unmap(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	ask_all(&o->c);
	outside_unmap(ctx, m);
}

static int asking_account(void *ctx, const struct vprim_type1_mapping *m)
{
	struct outside *o = ctx;

	ask_all(&o->c);
	return outside_account(ctx, m);
}

static int asking_put_bits(void *ctx, void *data, uint64_t at,
			   const struct vprim_dirty_bitmap *bits)
{
	struct outside *o = ctx;
	struct vprim_dirty_bitmap to = { data, 8 * 128 };

	ask_all(&o->c);
	ck_assert_int_eq(vprim_dirty_or(&to, at, bits), 0);
	return o->put_answer;
}

static const struct vprim_type1_ops asking_ops = {
	.map = asking_map, .unmap = asking_unmap,
	.account = asking_account, .dma_unmap = outside_dma_unmap,
	.put_bits = asking_put_bits,
};

static struct vprim_type1_group huge_iommu, plain_iommu, mediated;

/* As quick_map(), with a vaddr that suits a page of 2 MiB. */
static int aligned_map(struct vprim_type1 *c, uint64_t iova, uint64_t pages,
		       uint32_t flags)
{
	struct vprim_type1_map_args args = { 32, flags, 0x40000000, iova,
					     pages * 0x1000 };

	return vprim_type1_map(c, &args, NULL);
}

static int quick_dirty(struct outside *o, uint32_t flags)
{
	static uint8_t bits[128];
	struct vprim_type1_dirty_args args = { 48, flags, 0, 0x400000,
					       { 0x1000, 128, bits } };
	struct vprim_type1_stats stats;

	vprim_type1_get_stats(&o->c, &stats);
	args.bitmap.pgsize_bytes = stats.page_bytes;
	return vprim_type1_dirty_pages(&o->c, &args, NULL);
}

static void call_unmap_it(struct outside *o)
{
	require(!quick_unmap(&o->c, 0, 0x200, 0, NULL));
}

static void call_unmap_all(struct outside *o)
{
	require(!quick_unmap(&o->c, 0, 0, VPRIM_TYPE1_UNMAP_ALL_MAPPINGS, NULL));
}

static void call_replace_it(struct outside *o)
{
	require(!quick_unmap(&o->c, 0, 0x400, 0, NULL));
	require(!aligned_map(&o->c, 0, 0x600, 3));
}

static void call_map_beside(struct outside *o)
{
	require(!aligned_map(&o->c, 0x600000, 0x200, 3));
}

static void call_vaddr(struct outside *o)
{
	int ret = quick_unmap(&o->c, 0, 0x200, VPRIM_TYPE1_UNMAP_VADDR, NULL);

	require(!ret || ret == -EBUSY);
	if (!ret)
		require(!aligned_map(&o->c, 0, 0x200, VPRIM_TYPE1_MAP_VADDR));
}

static void call_take_vaddr(struct outside *o)
{
	int ret = quick_unmap(&o->c, 0, 0x200, VPRIM_TYPE1_UNMAP_VADDR, NULL);

	require(!ret || ret == -EBUSY);
}

static void call_stop(struct outside *o)
{
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_STOP));
}

static void call_restart_tracking(struct outside *o)
{
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_STOP));
	require(!vprim_type1_detach(&o->c, &huge_iommu, NULL));
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_START));
}

static void call_get(struct outside *o)
{
	int ret = quick_dirty(o, VPRIM_TYPE1_DIRTY_GET);

	require(!ret || ret == -EINVAL);
}

static void call_rw(struct outside *o)
{
	struct vprim_type1_piece piece;

	require(!vprim_type1_rw(&o->c, 0x1fffff, 1, true, &piece, NULL));
}

static void call_pin(struct outside *o)
{
	require(!vprim_type1_pin(&o->c, NULL, 0x1000, 2, 3, NULL));
}

static void call_pin_unpin(struct outside *o)
{
	require(!vprim_type1_pin(&o->c, &huge_iommu, 0x1000, 2, 3, NULL));
	require(!vprim_type1_unpin(&o->c, 0x1000, 2, NULL));
}

static void call_attach(struct outside *o)
{
	require(!vprim_type1_attach(&o->c, &mediated, NULL));
	require(!vprim_type1_attach(&o->c, &plain_iommu, NULL));
}

static void call_detach(struct outside *o)
{
	require(!vprim_type1_detach(&o->c, &huge_iommu, NULL));
}

static void call_detach_last(struct outside *o)
{
	require(!vprim_type1_detach(&o->c, &huge_iommu, NULL));
	while (o->c.groups_)
		require(!vprim_type1_detach(&o->c, o->c.groups_, NULL));
}

static void call_windows(struct outside *o)
{
	struct vprim_range far = { 0x10000000, 0x1fffffff };

	require(!vprim_type1_set_windows(&o->c, &far, 1, NULL));
}

static void call_questions(struct outside *o)
{
	ask_all(&o->c);
	ck_assert_int_eq(vprim_type1_audit(&o->c), 0);
}

static void (*const calls[])(struct outside *o) = {
	call_unmap_it, call_unmap_all, call_replace_it, call_map_beside,
	call_vaddr, call_take_vaddr, call_stop, call_restart_tracking, call_get,
	call_rw, call_pin, call_pin_unpin, call_attach, call_detach,
	call_detach_last, call_windows, call_questions,
};

static struct outside caller;
static unsigned int call_nr, call_answer;

static int call_one(struct outside *o)
{
	o->on_dma_unmap = NULL;
	calls[call_nr](o);
	ck_assert_int_eq(vprim_type1_audit(&o->c), 0);
	return call_answer ? VPRIM_TYPE1_RESTART : 0;
}

/* Called once from release, with either answer, in four kinds of unmap. */
static void one_dma_unmap(unsigned int kind)
{
	static uint8_t bits[128];
	struct vprim_type1_unmap_args args = { 48, 0, 0, 0x400000,
					       { 0x1000, 128, bits } };
	struct outside *o = &caller;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_type1_config config;
	struct vprim_type1_stats stats;
	int ret;

	memset(o, 0, sizeof(*o));
	memset(&huge_iommu, 0, sizeof(huge_iommu));
	memset(&plain_iommu, 0, sizeof(plain_iommu));
	memset(&mediated, 0, sizeof(mediated));
	huge_iommu.aperture.last = plain_iommu.aperture.last = M;
	huge_iommu.pgsize_bitmap = 0x200000;
	plain_iommu.pgsize_bitmap = 0x200000;
	mediated.emulated = true;
	config = config_of(&o->memory);
	config.ops = &asking_ops;
	config.ops_ctx = o;
	require(!vprim_type1_init(&o->c, sizeof(o->c), &config, NULL));
	require(!vprim_type1_attach(&o->c, &huge_iommu, NULL));
	require(!aligned_map(&o->c, 0, 0x200, 3));
	require(!aligned_map(&o->c, 0x200000, 0x200, 3));
	if (kind & 1) {
		require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_START));
		args.flags = VPRIM_TYPE1_UNMAP_GET_DIRTY;
		args.bitmap.pgsize_bytes = 0x200000;
	}
	if (kind & 2)
		require(!vprim_type1_pin(&o->c, NULL, 0x1000, 1, 1, NULL));
	o->on_dma_unmap = call_one;
	ret = vprim_type1_unmap(&o->c, &args, NULL, &why);
	require(!o->on_dma_unmap);
	ck_assert_int_eq(why.rule ? why.rule->error : 0, ret);
	require(!ret || ret == -EBUSY || ret == -EINVAL);
	ck_assert_int_eq(vprim_type1_audit(&o->c), 0);
	vprim_type1_get_stats(&o->c, &stats);
	/* Who is still pinned is still there. */
	require(!stats.pinned_pages || stats.mappings);
	vprim_type1_fini(&o->c);
	ck_assert_uint_eq(o->memory.blocks, 0);
	ck_assert_uint_eq(o->memory.bytes, 0);
}

START_TEST(from_dma_unmap_everything_may_be_called)
{
	call_nr = (unsigned int)_i;
	for (unsigned int kind = 0; kind < 4; kind++)
		for (call_answer = 0; call_answer < 2; call_answer++) {
			/* These want the page free, or the mapping whole. */
			if ((kind & 2) && calls[_i] != call_questions &&
			    calls[_i] != call_stop && calls[_i] != call_get &&
			    calls[_i] != call_rw && calls[_i] != call_pin &&
			    calls[_i] != call_pin_unpin &&
			    calls[_i] != call_attach &&
			    calls[_i] != call_detach_last &&
			    calls[_i] != call_windows)
				continue;
			one_dma_unmap(kind);
		}
}
END_TEST

/* The others may ask, whatever call they are called from. */
START_TEST(from_the_other_callbacks_all_may_be_asked)
{
	struct outside *o = &caller;
	struct vprim_type1_config config;
	struct vprim_type1_group group = { .emulated = true };

	memset(o, 0, sizeof(*o));
	config = config_of(&o->memory);
	config.ops = &asking_ops;
	config.ops_ctx = o;
	require(!vprim_type1_init(&o->c, sizeof(o->c), &config, NULL));
	o->map_answer = -EFAULT;
	require(aligned_map(&o->c, 0, 0x200, 3) == -EFAULT);
	o->map_answer = 0;
	require(!aligned_map(&o->c, 0, 0x200, 3));
	require(!aligned_map(&o->c, 0x200000, 0x200, 3));
	require(!quick_unmap(&o->c, 0, 0x200, VPRIM_TYPE1_UNMAP_VADDR, NULL));
	o->account_answer = -EPERM;
	require(aligned_map(&o->c, 0, 0x200, VPRIM_TYPE1_MAP_VADDR) == -EPERM);
	o->account_answer = 0;
	require(!aligned_map(&o->c, 0, 0x200, VPRIM_TYPE1_MAP_VADDR));
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_START));
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_GET));
	o->put_answer = -EFAULT;
	require(quick_dirty(o, VPRIM_TYPE1_DIRTY_GET) == -EFAULT);
	require(!quick_dirty(o, VPRIM_TYPE1_DIRTY_STOP));
	require(!vprim_type1_attach(&o->c, &group, NULL));
	require(!quick_unmap(&o->c, 0, 0x200, 0, NULL));
	require(!vprim_type1_detach(&o->c, &group, NULL));	/* the last one */
	require(!aligned_map(&o->c, 0, 0x200, 3));
	vprim_type1_fini(&o->c);
	ck_assert_uint_eq(o->unmapped, 3);
	ck_assert_uint_eq(o->memory.blocks, 0);
}
END_TEST

/* -- the page that dirty bits stand for ---------------------------------- */

/*
 * Whatever comes and goes while dirty pages are tracked, with or without an
 * IOMMU, the smallest page stays, and every bitmap fits its mapping.
 */
START_TEST(the_smallest_page_stays_while_tracked)
{
	static const uint64_t sizes[] = { 0x1000, 0x4000, 0x200000, 0x201000 };
	struct test_rng rng = test_rng_seed(0x70616765);
	struct vprim_type1_group g[6] = { { .emulated = true } };
	struct test_memory memory = { 0 };
	uint64_t steps = test_steps(100000), page = 0, i;
	struct vprim_type1_config config;
	static uint8_t bits[2048];
	static struct vprim_type1 c;

	config = config_of(&memory);
	config.pgsize_bitmap = 0x205000;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	for (i = 0; i < steps; i++) {
		struct vprim_type1_map_args map = { 32, 3, 0, 0, 0x4000000 };
		struct vprim_type1_dirty_args dirty = { 48, 0, 0, 0x4000000,
							{ 0, 2048, bits } };
		struct vprim_type1_group *group =
			&g[test_rng_below(&rng, VPRIM_ARRAY_LEN(g))];
		struct vprim_type1_piece piece;
		struct vprim_type1_stats s;
		int ret = -ENOENT;

		if (group->owner_) {
			ret = vprim_type1_detach(&c, group, NULL);
			ck_assert_int_eq(ret, 0);
		} else {
			group->emulated = test_rng_below(&rng, 2);
			group->aperture.last = M;
			group->pgsize_bitmap = sizes[test_rng_below(&rng, 4)];
			ret = vprim_type1_attach(&c, group, NULL);
			require(!ret || ret == -EINVAL || ret == -EBUSY);
		}
		ret = vprim_type1_map(&c, &map, NULL);
		require(!ret || ret == -EEXIST);
		vprim_type1_get_stats(&c, &s);
		require(!s.dirty_tracking || s.page_bytes == page);
		page = s.page_bytes;
		dirty.bitmap.pgsize_bytes = page;
		dirty.flags = 1u << test_rng_below(&rng, 3);
		ret = vprim_type1_dirty_pages(&c, &dirty, NULL);
		require(!ret || (ret == -EINVAL && dirty.flags == 4));
		vprim_type1_get_stats(&c, &s);
		page = s.page_bytes;
		ck_assert_int_eq(vprim_type1_rw(&c, 0x4000000 - 8, 8, true,
						&piece, NULL), 0);
		ck_assert_int_eq(vprim_type1_audit(&c), 0);
	}
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert_uint_eq(memory.bytes, 0);
}
END_TEST

/* -- windows: as a list that is narrowed and made anew ------------------- */

#define LIST 64

/* The list of windows as Linux keeps it, made with iova_windows.h. */
struct list_model {
	struct vprim_range base[LIST], list[LIST];
	size_t nr_base, nr;
	struct vprim_iova_windows_reserved reserved[4][3];
	struct vprim_type1_group g[4];
	int order[4];		/* when each was attached, 0 not */
	bool active[4];		/* since the caller's list */
	int now;
};

static int narrow_list(struct list_model *w, int i, uint32_t edges)
{
	struct vprim_range storage[LIST];
	struct vprim_range_buf windows = { storage, LIST, 0 };
	int ret;

	require(!vprim_iova_windows_set(&windows, (struct vprim_ranges){ w->list, w->nr },
					NULL));
	ret = vprim_iova_windows_clip(&windows, &w->g[i].aperture, edges, NULL);
	for (size_t k = 0; !ret && k < w->g[i].nr_reserved; k++)
		if (w->reserved[i][k].type != VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			ret = vprim_iova_windows_exclude(&windows,
					&w->reserved[i][k].range, NULL, NULL);
	if (ret)
		return ret;
	memcpy(w->list, storage, sizeof(storage));
	w->nr = windows.count;
	return 0;
}

/* The group that was attached next after @before, or -1. */
static int next_attached(const struct list_model *w, int before)
{
	int next = -1;

	for (int i = 0; i < 4; i++)
		if (w->order[i] > before &&
		    (next < 0 || w->order[i] < w->order[next]))
			next = i;
	return next;
}

/* From a base, less what some groups took away, oldest first. */
static int make_list(struct list_model *w, const struct vprim_range *base,
		     size_t nr, bool active_only)
{
	int ret = 0, i = next_attached(w, 0);

	memcpy(w->list, base, nr * sizeof(*base));
	w->nr = nr;
	for (; i >= 0 && !ret; i = next_attached(w, w->order[i]))
		if (w->active[i] || !active_only)
			ret = narrow_list(w, i, 0);
	return ret;
}

static void list_detach(struct list_model *w, int i)
{
	struct vprim_range all = { 0, M };

	w->order[i] = 0;
	if (!w->nr)
		return;
	if (!make_list(w, &all, 1, false)) {
		w->base[0] = all;
		w->nr_base = 1;
		for (int k = 0; k < 4; k++)
			w->active[k] = w->order[k] > 0;
	} else {
		require(!make_list(w, w->base, w->nr_base, true));
	}
}

static void compare_list(const struct vprim_type1 *c, const struct list_model *w)
{
	struct vprim_range list[LIST];
	struct vprim_type1_info info;
	size_t n, k;

	ck_assert_int_eq(vprim_type1_windows(c, list, LIST, &n), 0);
	ck_assert_uint_eq(n, w->nr);
	for (k = 0; k < n; k++)
		require(list[k].start == w->list[k].start &&
			list[k].last == w->list[k].last);
	ck_assert_int_eq(vprim_type1_get_info(c, 16, &info), 0);
	ck_assert_uint_eq(info.nr_windows, n);
	if (n)
		ck_assert_int_eq(vprim_type1_windows(c, list, n - 1, &n),
				 -EMSGSIZE);
	ck_assert_uint_eq(n, w->nr);
}

/* Low, or as high: both ends of the space are met. */
static uint64_t some_end(struct test_rng *rng)
{
	uint64_t v = test_rng_below(rng, 40);

	return test_rng_below(rng, 3) ? v : M - v;
}

static struct vprim_range some_span(struct test_rng *rng)
{
	uint64_t a = some_end(rng), b = some_end(rng);
	struct vprim_range r = { a < b ? a : b, a < b ? b : a };

	return r;
}

static void some_group(struct list_model *w, int i, struct test_rng *rng)
{
	struct vprim_range all = { 0, M };

	memset(&w->g[i], 0, sizeof(w->g[i]));
	w->g[i].aperture = test_rng_below(rng, 3) ? all : some_span(rng);
	w->g[i].pgsize_bitmap = 8;
	w->g[i].reserved = w->reserved[i];
	w->g[i].nr_reserved = (size_t)test_rng_below(rng, 4);
	for (int k = 0; k < 3; k++) {
		uint64_t start = some_end(rng);
		struct vprim_range r = { start, start | test_rng_below(rng, 8) };

		w->reserved[i][k].range = r;
		w->reserved[i][k].type = test_rng_below(rng, 6) ?
			VPRIM_IOVA_WINDOWS_RESERVED :
			VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE;
	}
}

static void step_group(struct vprim_type1 *c, struct list_model *w,
		       struct test_memory *memory, struct test_rng *rng)
{
	int i = (int)test_rng_below(rng, 4), want, ret;
	size_t base = w->nr;

	if (w->order[i]) {
		ck_assert_int_eq(vprim_type1_detach(c, &w->g[i], NULL), 0);
		list_detach(w, i);
		return;
	}
	some_group(w, i, rng);
	memory->countdown = !test_rng_below(rng, 8);
	want = memory->countdown ? -ENOMEM : 0;
	ret = vprim_type1_attach(c, &w->g[i], NULL);
	memory->countdown = 0;
	if (!want)
		want = narrow_list(w, i, VPRIM_IOVA_WINDOWS_TYPE1_EDGES);
	/* Apart from the windows comes before memory. */
	require(ret == want || (ret == -EINVAL && want == -ENOMEM));
	if (ret)
		return;
	if (!base) {
		w->base[0].start = 0;
		w->base[0].last = M;
		w->nr_base = 1;
	}
	w->order[i] = ++w->now;
	w->active[i] = true;
}

static void step_list(struct vprim_type1 *c, struct list_model *w,
		      struct test_rng *rng)
{
	uint64_t at = test_rng_below(rng, 8);
	size_t n = 0;

	while (n < 4 && test_rng_below(rng, 4)) {
		w->base[n].start = at;
		w->base[n].last = at + test_rng_below(rng, 24);
		at = w->base[n++].last + 1 + test_rng_below(rng, 4);
	}
	if (n && test_rng_below(rng, 2))
		w->base[n - 1].last = M - test_rng_below(rng, 40);
	w->nr_base = w->nr = n;
	memcpy(w->list, w->base, sizeof(w->base));
	memset(w->active, 0, sizeof(w->active));
	ck_assert_int_eq(vprim_type1_set_windows(c, w->base, n, NULL), 0);
}

/* A map of a page is refused with what stands in the way in the list. */
static void step_page(struct vprim_type1 *c, const struct list_model *w,
		      struct test_rng *rng)
{
	struct vprim_type1_map_args map = { 32, 3, 0, 0, 8 };
	struct vprim_type1_unmap_args all = { 24, 2, 0, 0, { 0, 0, NULL } };
	struct vprim_reason why = { .rule = NULL }, want;
	struct vprim_range range;
	int ret;

	map.iova = some_end(rng) & ~(uint64_t)7;
	range.start = map.iova;
	range.last = map.iova + 7;
	ret = vprim_type1_map(c, &map, &why);
	require(!vprim_iova_windows_mappable((struct vprim_ranges){ w->list, w->nr },
					     &range, NULL, &want) == !ret);
	if (ret)
		require(why.hit.start == want.hit.start &&
			why.hit.last == want.hit.last);
	ck_assert_int_eq(vprim_type1_unmap(c, &all, NULL, NULL), 0);
}

START_TEST(windows_are_those_of_a_list_made_anew)
{
	struct test_rng rng = test_rng_seed(0x77696e646f77);
	uint64_t steps = test_steps(300000), i;
	static struct vprim_type1 c;
	static struct list_model w;
	struct vprim_type1_group device = { .emulated = true };
	struct test_memory memory = { 0 };
	struct vprim_type1_config config;

	config = config_of(&memory);
	config.page_bytes = 8;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	/* Which takes nothing away. */
	ck_assert_int_eq(vprim_type1_attach(&c, &device, NULL), 0);
	for (i = 0; i < steps; i++) {
		if (test_rng_below(&rng, 40))
			step_group(&c, &w, &memory, &rng);
		else
			step_list(&c, &w, &rng);
		step_page(&c, &w, &rng);
		compare_list(&c, &w);
		ck_assert_int_eq(vprim_type1_audit(&c), 0);
	}
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert_uint_eq(memory.bytes, 0);
}
END_TEST

/* A walk goes on over what changes, and ends behind the last address. */
START_TEST(a_walk_goes_on_over_changes)
{
	struct vprim_type1_map_args map = { 32, 3, 0, 0, 0x1000 };
	struct vprim_type1_unmap_args unmap = { 24, 0, 0x5000, 0x1000,
						{ 0, 0, NULL } };
	struct vprim_range all = { 0, M }, inverted = { 1, 0 };
	struct vprim_type1_mapping m = { .vaddr = 7 };
	const uint64_t iova[] = { 0, 0x3000, 0x5000, M - 0xfff };
	struct vprim_type1_config config;
	struct vprim_type1_cursor at;
	static struct vprim_type1 c;

	config = config_of(&(struct test_memory){ 0 });
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	ck_assert_int_eq(vprim_type1_first(&c, &all, &at, &m), -ENOENT);
	ck_assert_int_eq(vprim_type1_next(&at, &m), -ENOENT);
	ck_assert_int_eq(vprim_type1_first(&c, &inverted, &at, &m), -EINVAL);
	ck_assert_uint_eq(m.vaddr, 7);
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(iova); i++) {
		map.iova = iova[i];
		ck_assert_int_eq(vprim_type1_map(&c, &map, NULL), 0);
	}
	ck_assert_int_eq(vprim_type1_first(&c, &all, &at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0);
	ck_assert_int_eq(vprim_type1_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0x3000);
	ck_assert_int_eq(vprim_type1_unmap(&c, &unmap, NULL, NULL), 0);
	map.iova = 0x1000;		/* behind the walk */
	ck_assert_int_eq(vprim_type1_map(&c, &map, NULL), 0);
	map.iova = 0x4000;		/* right ahead of it */
	ck_assert_int_eq(vprim_type1_map(&c, &map, NULL), 0);
	ck_assert_int_eq(vprim_type1_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0x4000);
	ck_assert_int_eq(vprim_type1_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.last, M);
	ck_assert_int_eq(vprim_type1_next(&at, &m), -ENOENT);
	ck_assert_int_eq(vprim_type1_next(&at, &m), -ENOENT);
	vprim_type1_fini(&c);
}
END_TEST

/* -- what is no call at all --------------------------------------------- */

static const struct {
	const char *name;
	size_t field;		/* of the config, as 64 bits or as 32 */
	bool wide;
	uint64_t value;
	unsigned int why;	/* the rule that refuses it, or none */
} configs[] = {
#define WHY(id) VPRIM_TYPE1_RULE_##id
#define WIDE(f) offsetof(struct vprim_type1_config, f), true
#define NARROW(f) offsetof(struct vprim_type1_config, f), false
	{ "as it comes", WIDE(entry_limit), 65535, 0 },
	{ "v1", NARROW(kind), VPRIM_TYPE1_IOMMU, 0 },
	{ "nesting", NARROW(kind), VPRIM_TYPE1_NESTING, 0 },
	{ "unknown kind", NARROW(kind), 99, WHY(KIND) },
	{ "a release", NARROW(release), VPRIM_LINUX(6, 12), 0 },
	{ "page of 8", WIDE(page_bytes), 8, 0 },
	{ "page of 4", WIDE(page_bytes), 4, WHY(PAGE) },
	{ "page of 12", WIDE(page_bytes), 12, WHY(PAGE) },
	{ "no page", WIDE(page_bytes), 0, WHY(PAGE) },
	{ "32 bits", WIDE(native_last), 0xffffffff, 0 },
	{ "one page of words", WIDE(native_last), 0xfff, 0 },
	{ "less than a page", WIDE(native_last), 0x7ff, WHY(NATIVE_LAST) },
	{ "words that end oddly", WIDE(native_last), 0xfffffffe, WHY(NATIVE_LAST) },
	{ "no page size", WIDE(pgsize_bitmap), 0, WHY(PGSIZES) },
	{ "small page size", WIDE(pgsize_bitmap), 1, 0 },
};

START_TEST(a_configuration_is_checked)
{
	static struct vprim_type1 c;
	struct vprim_type1_config config;
	char *field = (char *)&config + configs[_i].field;
	uint32_t narrow = (uint32_t)configs[_i].value;
	struct vprim_reason why;

	vprim_type1_config_init(&config);
	config.alloc = &test_alloc_ops;
	if (configs[_i].wide)
		memcpy(field, &configs[_i].value, sizeof(uint64_t));
	else
		memcpy(field, &narrow, sizeof(narrow));
	memset(&why, 0xa5, sizeof(why));
	memset(&c, 0xa5, sizeof(c));
	ck_assert_msg(vprim_type1_init(&c, sizeof(c), &config, &why) ==
		      (configs[_i].why ? -EINVAL : 0), "%s", configs[_i].name);
	ck_assert_uint_eq(vprim_reason_id(&why), configs[_i].why);
	ck_assert(!configs[_i].why ||
		  (why.has_value && why.value == configs[_i].value));
	/* Whatever its memory held, it is a container now. */
	if (!configs[_i].why) {
		ck_assert_int_eq(vprim_type1_audit(&c), 0);
		vprim_type1_fini(&c);
	}
}
END_TEST

START_TEST(what_may_be_null_or_zeroed_is_answered)
{
	static struct vprim_type1 c, zero;
	struct vprim_type1_config config;
	struct vprim_type1_unmap_args unmap = { 24, 0, 0, 0x1000, { 0, 0, NULL } };
	struct vprim_type1_group group = { .pgsize_bitmap = 0 };
	struct vprim_reason why;
	size_t n = 7;

	vprim_type1_config_init(&config);
	config.alloc = &test_alloc_ops;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c) - 1, &config, NULL), -EINVAL);
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c) - 1, &config, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_OBJECT_SIZE);
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	vprim_type1_fini(&zero);

	ck_assert_int_eq(vprim_type1_map(&c, NULL, NULL), -EFAULT);
	ck_assert_int_eq(vprim_type1_unmap(&c, NULL, NULL, NULL), -EFAULT);
	ck_assert_int_eq(vprim_type1_unmap(&c, &unmap, NULL, NULL), 0);
	ck_assert_int_eq(vprim_type1_dirty_pages(&c, NULL, NULL), -EFAULT);
	ck_assert_int_eq(vprim_type1_pin(&c, &group, 0, 1, 8, NULL), -EINVAL);
	ck_assert_int_eq(vprim_type1_attach(&c, &group, NULL), -EINVAL);
	ck_assert_int_eq(vprim_type1_detach(&c, &group, NULL), -ENOENT);
	ck_assert_int_eq(vprim_type1_windows(&c, NULL, 0, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(vprim_type1_audit(&c), 0);
	vprim_type1_fini(&c);
}
END_TEST

/* A zeroed one is empty, and takes nothing. */
START_TEST(a_zeroed_container_answers)
{
	struct vprim_type1_map_args map = { 32, 3, 0, 0, 0x1000 };
	struct vprim_type1_unmap_args unmap = { 24, 0, 0, 0x1000, { 0, 0, NULL } };
	struct vprim_type1_unmap_args every = { 24, 2, 0, 0, { 0, 0, NULL } };
	struct vprim_type1_dirty_args dirty = { 8, 1, 0, 0, { 0, 0, NULL } };
	struct vprim_type1_group iommu = { .aperture = { 0, M },
					   .pgsize_bitmap = 0x1000 };
	struct vprim_type1_group mdev = { .emulated = true };
	struct vprim_range all = { 0, M };
	static struct vprim_type1 zero;
	struct vprim_type1_mapping m;
	struct vprim_type1_piece piece;
	struct vprim_type1_stats stats;
	struct vprim_type1_info info;
	struct vprim_reason why;
	size_t n = 7;

	ck_assert_int_eq(vprim_type1_map(&zero, &map, NULL), -EOVERFLOW);
	ck_assert_int_eq(vprim_type1_unmap(&zero, &unmap, NULL, NULL),
			 -EOVERFLOW);
	ck_assert_int_eq(vprim_type1_unmap(&zero, &every, NULL, NULL), 0);
	ck_assert_int_eq(vprim_type1_dirty_pages(&zero, &dirty, NULL), -EACCES);
	ck_assert_int_eq(vprim_type1_rw(&zero, 0, 1, true, &piece, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_type1_pin(&zero, NULL, 0, 1, 1, NULL),
			 -EOVERFLOW);
	ck_assert_int_eq(vprim_type1_unpin(&zero, 0, 1, NULL), -EOVERFLOW);
	ck_assert_int_eq(vprim_type1_attach(&zero, &iommu, NULL), -EINVAL);
	ck_assert_int_eq(vprim_type1_attach(&zero, &mdev, NULL), -EINVAL);
	ck_assert_int_eq(vprim_type1_detach(&zero, &mdev, NULL), -ENOENT);
	ck_assert_int_eq(vprim_type1_set_windows(&zero, &all, 1, &why),
			 -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert_int_eq(vprim_type1_set_windows(&zero, NULL, 0, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_type1_windows(&zero, NULL, 0, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(vprim_type1_first(&zero, &all, NULL, &m), -ENOENT);
	vprim_type1_get_stats(&zero, &stats);
	ck_assert_int_eq(vprim_type1_get_info(&zero, 16, &info), 0);
	ck_assert_int_eq(vprim_type1_audit(&zero), 0);
	vprim_type1_fini(&zero);
}
END_TEST

/* 2^28 windows fill 32 bits; only their number is looked at. */
START_TEST(information_too_large_for_its_size_is_refused)
{
	struct vprim_type1_info info = { .argsz = 7 };
	struct vprim_type1_config config;
	static struct vprim_type1 c;

	vprim_type1_config_init(&config);
	config.alloc = &test_alloc_ops;
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	c.limited_ = true;
	c.nr_windows_ = ((size_t)1 << 28) - 6;
	ck_assert_int_eq(vprim_type1_get_info(&c, 16, &info), 0);
	ck_assert_uint_eq(info.argsz, 0xfffffff8);
	for (size_t n = ((size_t)1 << 28) - 5; n < ((size_t)1 << 28) + 5; n++) {
		c.nr_windows_ = n;
		info.argsz = 7;
		ck_assert_int_eq(vprim_type1_get_info(&c, 16, &info),
				 -EOVERFLOW);
		ck_assert_uint_eq(info.argsz, 7);
	}
	c.limited_ = false;
	c.nr_windows_ = 0;
	vprim_type1_fini(&c);
}
END_TEST

#define BREAK(what) test_break(vprim_type1_audit(&c), what)
#define BREAK_WORD(word, wrong) test_break_word(vprim_type1_audit(&c), word, wrong)

/* The check must see what it is there for. */
START_TEST(a_broken_container_is_seen)
{
	struct test_memory memory = { 0 };
	struct vprim_type1_config config;
	struct vprim_range page = { 0x1000, 0x1fff }, other = { 0x9000, 0x9fff };
	static struct vprim_type1 c;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_type1_init(&c, sizeof(c), &config, NULL), 0);
	ck_assert_int_eq(quick_map(&c, 0x1000, 1, 3), 0);
	ck_assert_int_eq(vprim_type1_audit(&c), 0);
	c.vaddr_invalid_ = 1;
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	c.vaddr_invalid_ = 0;
	c.config_.entry_limit = 0;
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	c.config_.entry_limit = 1;
	c.config_.native_last = 0xfff;
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	c.config_.native_last = M;
	c.dirty_ = true;
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	c.dirty_ = false;
	ck_assert_int_eq(vprim_iova_map_set_value(&c.dma_, &page, 0x7000), 0);
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	ck_assert_int_eq(vprim_iova_map_set_value(&c.dma_, &page, M - 4), 0);
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	ck_assert_int_eq(vprim_iova_map_set_value(&c.dma_, &page, 0x7003), 0);
	ck_assert_int_eq(vprim_iova_map_insert(&c.pins_, &other, 1, NULL), 0);
	ck_assert_int_eq(vprim_type1_audit(&c), -EBADMSG);
	vprim_iova_map_clear(&c.pins_);
	/* Bits that nobody tracks. */
	BREAK(require(!vprim_iova_map_insert(&c.bits_, &other, 1, NULL)));
	vprim_iova_map_clear(&c.bits_);
	ck_assert_int_eq(vprim_type1_audit(&c), 0);
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* Windows, where there are any, are a good list of which something is left. */
START_TEST(broken_windows_are_seen)
{
	struct vprim_range list[] = { { 0, 0xffff }, { 0x20000, M } };
	struct vprim_range all = { 0, M };
	struct vprim_type1_group iommu = { .pgsize_bitmap = 0x1000,
					   .aperture = { 0, 0xffffff } };
	struct vprim_interval_tree_node *node;
	struct vprim_type1_config config;
	static struct vprim_type1 c;

	config = config_of(&(struct test_memory){ 0 });
	require(!vprim_type1_init(&c, sizeof(c), &config, NULL));
	require(!vprim_type1_set_windows(&c, list, 2, NULL));
	require(!vprim_type1_attach(&c, &iommu, NULL));
	BREAK_WORD(c.windows_[1].start, 0x1000);
	require(!vprim_type1_audit(&c));
	node = vprim_interval_tree_first(&c.taken_, &all);
	BREAK(vprim_interval_tree_remove(&c.taken_, node); node->range = all;
	      require(!vprim_interval_tree_insert(&c.taken_, node)));
	c.limited_ = false;
	require(!vprim_type1_audit(&c));
	vprim_type1_fini(&c);
}
END_TEST

/* One word at a time, of a container that has two groups, pins and dirty bits. */
START_TEST(a_broken_word_is_seen)
{
	struct test_memory memory = { 0 };
	struct vprim_type1_config config;
	struct vprim_type1_dirty_args start = { 8, VPRIM_TYPE1_DIRTY_START, 0, 0,
						{ 0, 0, NULL } };
	struct vprim_type1_group iommu = { .pgsize_bitmap = 0x1000,
					   .cache_coherent = true,
					   .aperture = { 0, M } };
	struct vprim_type1_group device = { .emulated = true }, *nobody = NULL;
	struct vprim_range page = { 0x1000, 0x1fff }, pages = { 0x1000, 0x2fff };
	struct vprim_iova_mapping bits;
	static struct vprim_type1 c;

	config = config_of(&memory);
	require(!vprim_type1_init(&c, sizeof(c), &config, NULL));
	require(!vprim_type1_attach(&c, &iommu, NULL));
	require(!vprim_type1_attach(&c, &device, NULL));
	require(!quick_map(&c, 0x1000, 1, 3));
	require(!vprim_iova_map_insert(&c.pins_, &page, 1, NULL));
	require(!vprim_type1_dirty_pages(&c, &start, NULL));

	BREAK_WORD(c.dma_.count_, 2);
	BREAK_WORD(c.pins_.count_, 2);
	BREAK_WORD(c.bits_.count_, 2);
	BREAK_WORD(c.bits_.leaves_, 2);
	BREAK_WORD(c.nr_emulated_, 0);
	BREAK_WORD(c.nr_incoherent_, 1);
	BREAK_WORD(c.nr_writers_, 2);
	BREAK_WORD(c.lacks_[12], 1);
	BREAK_WORD(c.inactive_, c.inactive_ + 1);
	BREAK_WORD(c.taken_.count, c.taken_.count + 1);
	BREAK_WORD(c.dirty_shift_, 13);
	BREAK_WORD(iommu.owner_, NULL);
	BREAK_WORD(iommu.link_, &nobody);
	BREAK_WORD(*device.link_, &iommu);

	require(!vprim_iova_map_stab(&c.bits_, page.start, &bits));
	BREAK(require(!vprim_iova_map_set_value(&c.bits_, &page, 0)));
	require(!vprim_iova_map_remove(&c.bits_, &page, NULL));
	require(!vprim_iova_map_insert(&c.bits_, &pages, bits.value, NULL));
	require(vprim_type1_audit(&c) == -EBADMSG);
	require(!vprim_iova_map_remove(&c.bits_, &pages, NULL));
	require(!vprim_iova_map_insert(&c.bits_, &page, bits.value, NULL));
	BREAK(require(!vprim_iova_map_set_value(&c.pins_, &page, 0)));
	require(!vprim_iova_map_set_value(&c.pins_, &page, 1));
	page.start = page.last = 0x9000;
	BREAK(require(!vprim_iova_map_insert(&c.bits_, &page, bits.value, NULL)));
	require(!vprim_iova_map_remove(&c.bits_, &page, NULL));
	require(!vprim_type1_audit(&c));
	vprim_type1_fini(&c);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* The sequences whose cost is counted elsewhere do what they say. */
START_TEST(the_worst_sequences_end_well)
{
	(void)adv_ioas_all;
	adv_type1_all[_i].run(1);
	adv_type1_all[_i].run(300);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("type1");
	TCase *t = tcase_create("type1");

	tcase_add_loop_test(t, a_million_calls_agree_with_the_model, 0,
			    (int)WORLD_VARIANTS);
	tcase_add_test(t, every_argument_of_an_8_bit_space);
	tcase_add_test(t, a_range_without_a_kind_is_reserved);
	tcase_add_test(t, every_allocation_may_fail);
	tcase_add_test(t, the_outside_is_asked_and_told);
	tcase_add_test(t, a_failed_bitmap_is_undone_outside_too);
	tcase_add_test(t, an_overlap_comes_before_memory);
	tcase_add_test(t, an_unmap_gives_up_on_a_deaf_driver);
	tcase_add_test(t, a_restart_sees_what_the_driver_changed);
	tcase_add_test(t, a_stranger_pins_nothing);
	tcase_add_test(t, a_group_that_comes_again_may_write_anywhere);
	tcase_add_test(t, groups_outlive_their_container);
	tcase_add_test(t, a_success_takes_an_old_reason_away);
	tcase_add_loop_test(t, from_dma_unmap_everything_may_be_called, 0,
			    (int)VPRIM_ARRAY_LEN(calls));
	tcase_add_test(t, from_the_other_callbacks_all_may_be_asked);
	tcase_add_test(t, the_smallest_page_stays_while_tracked);
	tcase_add_test(t, windows_are_those_of_a_list_made_anew);
	tcase_add_loop_test(t, a_configuration_is_checked, 0,
			    (int)VPRIM_ARRAY_LEN(configs));
	tcase_add_loop_test(t, the_worst_sequences_end_well, 0,
			    (int)VPRIM_ARRAY_LEN(adv_type1_all));
	tcase_add_test(t, a_walk_goes_on_over_changes);
	tcase_add_test(t, what_may_be_null_or_zeroed_is_answered);
	tcase_add_test(t, a_zeroed_container_answers);
	tcase_add_test(t, information_too_large_for_its_size_is_refused);
	tcase_add_test(t, a_broken_container_is_seen);
	tcase_add_test(t, broken_windows_are_seen);
	tcase_add_test(t, a_broken_word_is_seen);
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	return test_main(s);
}
