// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ioas.h: the tables of tests/vectors/ioas.vec speak of single rules; here random
 * calls go beside the naive model of world_ioas.h, at the bottom, in the middle and
 * at the top of the space, every small call is made once, and callbacks and limits
 * have their tests.
 */
#include "../libvirtprim/ioas/ioas_internal.h"
#include "adversary_iommu.h"
#include "testlib.h"
#include "world_ioas.h"

#define M UINT64_MAX

START_TEST(a_million_calls_agree_with_the_model)
{
	struct test_rng rng = test_rng_seed(0x696f6173 + (uint64_t)_i);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(300000), i;
	static struct world w;

	world_begin(&w, (unsigned int)_i);
	for (i = 0; i < steps; i++) {
		world_step(&w, &c);
		if (i % 8 == 0)
			world_check(&w);
	}
	world_end(&w);
}
END_TEST

/* The default, of this memory. */
static struct vprim_ioas_config config_of(struct test_memory *memory)
{
	struct vprim_ioas_config config;

	vprim_ioas_config_init(&config);
	config.alloc = &test_alloc_ops;
	config.alloc_ctx = memory;
	return config;
}

/* -- every small call --------------------------------------------------- */

/* 8-bit words, one area, one reserved range, every iova and every length. */
START_TEST(every_argument_of_an_8_bit_space)
{
	struct vprim_range reserved = { 160, 175 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;
	struct vprim_ioas_unmapped done;

	config = config_of(&memory);
	config.iova_alignment = _i ? 8 : 1;
	config.page_bytes = 8;
	config.huge_bytes = 8;
	config.native_last = 255;
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_reserve(&a, &reserved, 1, NULL), 0);
	for (uint64_t iova = 0; iova < 260; iova++)
		for (uint64_t length = 0; length < 260; length++) {
			struct vprim_ioas_map_args map = {
				.flags = RW | FIXED, .length_bytes = 64,
				.iova = 64 };
			uint64_t end = iova + length;
			bool huge = iova >= 255 || length >= 255;
			bool odd = _i && (iova % 8 || length % 8);
			bool area = iova < 128 && end > 64;
			int want = huge ? -EOVERFLOW : !length ? -EINVAL :
				   length > 247 ? -EINVAL : odd ? -EINVAL :
				   end > 256 ? -EOVERFLOW :
				   iova < 176 && end > 160 ? -EINVAL :
				   area ? -EEXIST : 0;

			ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
			map.iova = iova;
			map.length_bytes = length;
			ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), want);
			if (!want)
				ck_assert_int_eq(vprim_ioas_unmap(&a, iova, length, NULL,
							 NULL), 0);
			want = huge ? -EOVERFLOW : !length ? -EINVAL :
			       end > 256 ? -EOVERFLOW :
			       iova <= 64 && end >= 128 ? 0 : -ENOENT;
			ck_assert_int_eq(vprim_ioas_unmap(&a, iova, length, &done, NULL),
				want);
			ck_assert_uint_eq(done.size_bytes, want ? 0 : 64);
			ck_assert_int_eq(vprim_ioas_unmap(&a, 0, M, &done, NULL), 0);
			ck_assert_uint_eq(done.size_bytes, want ? 64 : 0);
		}
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* -- placement, told two ways ------------------------------------------- */

struct scene {
	struct vprim_interval_tree areas, reserved;
	struct vprim_interval_tree_node node[24];
	size_t used;
};

static void put(struct scene *s, struct vprim_interval_tree *tree,
		const struct vprim_range *range)
{
	struct vprim_interval_tree_node *node = &s->node[s->used++];

	node->range = *range;
	ck_assert_int_eq(vprim_interval_tree_insert(tree, node), 0);
}

static struct vprim_range some_block(struct test_rng *rng)
{
	uint64_t unit = test_rng_below(rng, 2) ? 4096 : 512;
	uint64_t start = test_rng_below(rng, 40) * unit;
	struct vprim_range r = { start, start + unit *
				 (1 + test_rng_below(rng, 6)) - 1 };

	if (!test_rng_below(rng, 8))
		r.last -= 1;
	return r;
}

static void furnish(struct vprim_ioas *a, struct scene *s, struct test_rng *rng)
{
	uint64_t k, n = test_rng_below(rng, 16);

	for (k = 0; k < n; k++) {
		struct vprim_range r = some_block(rng);
		struct vprim_ioas_map_args map = {
			.flags = RW | FIXED, .iova = r.start,
			.length_bytes = r.last - r.start + 1 };

		if (k % 4 == 0 && !vprim_ioas_reserve(a, &r, 1, NULL))
			put(s, &s->reserved, &r);
		else if (!vprim_ioas_map(a, &map, NULL, NULL))
			put(s, &s->areas, &r);
	}
}

/* The same placement over two trees. */
START_TEST(placement_agrees_with_that_over_trees)
{
	struct test_rng rng = test_rng_seed(0x706c616365);
	uint64_t steps = test_steps(60000), i;
	struct test_memory memory = { 0 };
	static struct vprim_ioas a;
	static struct scene s;
	struct vprim_ioas_config config;
	unsigned int placed = 0;

	config = config_of(&memory);
	for (i = 0; i < steps; i++) {
		struct vprim_range allowed[2] = { some_block(&rng),
						  some_block(&rng) };
		struct vprim_hole_blocked blocked[2];
		struct vprim_hole_space space = { .blocked = blocked,
						  .nr_blocked = 2 };
		struct vprim_hole want;
		struct vprim_hole_buffer buffer = {
			.page_bytes = 4096, .huge_bytes = (uint64_t)1 << 21 };
		struct vprim_ioas_map_args map = { .flags = RW };
		struct vprim_range got = { 7, 7 };
		uint64_t iova = 7;
		int ret, placing;

		memset(&s, 0, sizeof(s));
		config.iova_alignment = (uint64_t)1 << test_rng_below(&rng, 13);
		ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
		config.iova_alignment = 1;
		a.alignment_ = 1;
		furnish(&a, &s, &rng);
		a.alignment_ = a.config_.iova_alignment;
		if (test_rng_below(&rng, 2) &&
		    !vprim_ioas_allow(&a, allowed, 2, NULL))
			space.windows.range = vprim_ioas_allowed(&a,
							&space.windows.count);
		blocked[0] = vprim_interval_tree_blocked(&s.areas);
		blocked[1] = vprim_interval_tree_blocked(&s.reserved);
		map.uptr = test_rng_below(&rng, 64) * 512 +
			   (test_rng_below(&rng, 6) ? 0 : 3);
		map.length_bytes = a.alignment_ *
				   (1 + test_rng_below(&rng, 9));
		buffer.addr = map.uptr;
		buffer.length_bytes = map.length_bytes;
		buffer.iova_alignment = a.alignment_;
		ret = vprim_ioas_map_begin(&a, &map, &got, NULL);
		if (ret == -EINVAL && (map.uptr & 4095 & (a.alignment_ - 1)))
			goto next;	/* the offset, which placement knows not */
		placing = vprim_hole_from_buffer(&want, &buffer, NULL);
		if (!placing)
			placing = vprim_hole_place(&space, &want, &iova, NULL);
		ck_assert_int_eq(placing, ret);
		ck_assert_uint_eq(got.start, iova);
		placed += !ret;
next:
		vprim_ioas_fini(&a);
	}
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert(placed > steps / 3);
}
END_TEST

/* -- memory that runs out ----------------------------------------------- */

/* All that an IOAS says of itself, as one number. */
static uint64_t listing(const struct vprim_ioas *a)
{
	struct vprim_range all = { 0, M }, list[8];
	struct vprim_ioas_mapping m;
	struct vprim_ioas_stats s;
	struct vprim_ioas_cursor at;
	uint64_t sum = 0;
	size_t n, i;
	int ret;

	for (ret = vprim_ioas_first(a, &all, &at, &m); !ret;
	     ret = vprim_ioas_next(&at, &m)) {
		sum = test_mix(test_mix(sum, m.range.start), m.range.last);
		sum = test_mix(test_mix(sum, m.uptr), m.pages);
		sum = test_mix(test_mix(sum, m.shares), m.prot + 8u * m.in_flight);
	}
	ck_assert_int_eq(vprim_ioas_ranges(a, list, 8, &n, NULL), 0);
	for (i = 0; i < n; i++)
		sum = test_mix(test_mix(sum, list[i].start), list[i].last);
	vprim_ioas_get_stats(a, &s);
	sum = test_mix(test_mix(sum, s.areas), s.reserved);
	sum = test_mix(test_mix(sum, s.iova_alignment), s.busy);
	vprim_ioas_allowed(a, &n);
	return test_mix(sum, n);
}

/* What asks for none more is tried whole in tests/explore.c. */
START_TEST(every_allocation_may_fail)
{
	struct vprim_iova_windows_reserved reserved = {
		{ 0xfee00000, 0xfeefffff }, VPRIM_IOVA_WINDOWS_MSI };
	struct vprim_ioas_domain domain = {
		.aperture = { 0x1000, 0xffffffff },
		.pgsize_bitmap = 0x1000, .reserved = &reserved,
		.nr_reserved = 1 };
	struct vprim_range allowed = { 0x100000, 0x1fffff }, range;
	struct vprim_range own = { 0xf0000000, 0xf0000fff };
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .uptr = 0x10000,
					   .length_bytes = 0x2000 };
	struct vprim_ioas_map_args placed = { .flags = RW, .length_bytes = 0x1000 };
	struct vprim_ioas_compat_map_args compat = { 32, 3, 0, 0xe0000000, 0x3000 };
	struct vprim_ioas_compat_unmap_args middle = { 24, 0, 0xe0001000, 0x1000 };
	struct vprim_ioas_copy_args copy = { .flags = RW, .src_iova = 0x2000,
					     .length_bytes = 40 * 0x2000 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a, b;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_init(&b, sizeof(b), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_large_pages(&b, false, NULL), 0);
#define STARVE(call) do {							\
	uint64_t was_a = listing(&a), was_b = listing(&b);			\
	test_starve(&memory, call,						\
		    require(!vprim_ioas_audit(&a) && !vprim_ioas_audit(&b));	\
		    require(listing(&a) == was_a && listing(&b) == was_b));	\
} while (0)
	STARVE(vprim_ioas_allow(&a, &allowed, 1, NULL));
	STARVE(vprim_ioas_attach(&a, &domain, NULL));
	STARVE(vprim_ioas_reserve(&a, &own, 7, NULL));
	for (map.iova = 0x2000; map.iova <= 40 * 0x2000; map.iova += 0x2000)
		STARVE(vprim_ioas_map(&a, &map, NULL, NULL));
	STARVE(vprim_ioas_map_begin(&a, &placed, &range, NULL));
	ck_assert_int_eq(vprim_ioas_map_commit(&a, &range, NULL), 0);
	STARVE(vprim_ioas_copy(&a, &a, &copy, NULL, NULL));
	STARVE(vprim_ioas_copy_begin(&b, &a, &copy, &range, NULL));
	ck_assert_int_eq(vprim_ioas_map_commit(&b, &range, NULL), 0);
	for (; range.start < range.last; range.start += 0x2000)
		STARVE(vprim_ioas_cut(&b, range.start + 0xfff, NULL));
	STARVE(vprim_ioas_compat_map(&b, &compat, NULL));
#undef STARVE
	/* The lower cut stays where there is no memory for the upper one. */
	test_starve(&memory, vprim_ioas_compat_unmap(&b, &middle, NULL, NULL),
		    require(!vprim_ioas_audit(&b)));
	ck_assert_uint_gt(memory.starved, 100);
	vprim_ioas_fini(&a);
	vprim_ioas_fini(&b);
	ck_assert_uint_eq(memory.blocks, 0);
	ck_assert_uint_eq(memory.bytes, 0);
}
END_TEST

/*
 * An allocator ends with its IOAS, whichever goes first: with two allocators no
 * block is given to the other, with one the last of the IOASes has them all back.
 */
START_TEST(source_and_copy_may_end_in_any_order)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .uptr = 0x7800,
					   .iova = 0x1000,
					   .length_bytes = 0x800,
					   .kind = VPRIM_IOAS_FILE };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x400, 0x5000, 0x1200 };
	struct vprim_range at = { 0x5000, 0x5000 };
	bool shared = _i & 1, copy_first = _i & 2;
	struct vprim_ioas_mapping got, own;
	struct vprim_ioas_config config;
	static struct vprim_ioas a, b, c;
	struct test_memory *ma = calloc(1, sizeof(*ma));
	struct test_memory *mb = shared ? ma : calloc(1, sizeof(*mb));

	require(ma && mb);
	config = config_of(ma);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	config.alloc_ctx = mb;
	require(!vprim_ioas_init(&b, sizeof(b), &config, NULL));
	require(!vprim_ioas_init(&c, sizeof(c), &config, NULL));
	require(!vprim_ioas_map(&a, &map, NULL, NULL));
	/* The source is cut: the copy has two areas. */
	require(!vprim_ioas_cut(&a, 0x13ff, NULL));
	mb->countdown = 1;
	require(vprim_ioas_copy(&b, &a, &copy, NULL, NULL) == -ENOMEM);
	require(!vprim_ioas_copy(&b, &a, &copy, NULL, NULL));
	/* A copy of the copy, which nobody's source outlives. */
	copy.src_iova = 0x5000;
	require(!vprim_ioas_copy(&c, &b, &copy, NULL, NULL));
	require(!vprim_ioas_first(&b, &at, NULL, &got));
	ck_assert_uint_eq(got.uptr, 0x7a00);
	ck_assert_uint_eq(got.kind, VPRIM_IOAS_FILE);
	ck_assert_uint_eq(got.shares, shared ? 6 : 2);
	at.start = at.last = 0x1000;
	require(!vprim_ioas_first(&a, &at, NULL, &own));
	require((own.pages == got.pages) == shared);
	if (copy_first) {
		vprim_ioas_fini(&b);
		require(shared || mb->blocks);
		vprim_ioas_fini(&c);
		ck_assert_int_eq(vprim_ioas_audit(&a), 0);
	}
	vprim_ioas_fini(&a);
	if (!shared) {
		ck_assert_uint_eq(ma->blocks, 0);
		free(ma);
	}
	if (!copy_first) {
		ck_assert_int_eq(vprim_ioas_audit(&b), 0);
		at.start = at.last = 0x5200;
		require(!vprim_ioas_first(&b, &at, NULL, &got));
		ck_assert_uint_eq(got.uptr, 0x7c00);
		vprim_ioas_fini(&b);
		vprim_ioas_fini(&c);
	}
	ck_assert_uint_eq(mb->blocks, 0);
	free(mb);
}
END_TEST

static void *other_alloc(void *ctx, size_t size_bytes)
{
	return test_alloc(ctx, size_bytes);
}

static void other_free(void *ctx, void *ptr, size_t size_bytes)
{
	test_free(ctx, ptr, size_bytes);
}

/* Pages are shared when all three are the same: who allocates, frees, and whose. */
START_TEST(an_allocator_is_all_that_it_has)
{
	static const struct vprim_alloc_ops ops[] = {
		{ test_alloc, test_free }, { test_alloc, test_free },
		{ other_alloc, test_free }, { test_alloc, other_free } };
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x1000, 0x1000, 0x1000 };
	struct vprim_range at = { 0x1000, 0x1000 };
	struct test_memory memory[2] = { { .blocks = 0 } };
	struct vprim_ioas_config config;
	struct vprim_ioas_mapping got;
	static struct vprim_ioas a, b;

	config = config_of(&memory[0]);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	config.alloc = &ops[_i];
	config.alloc_ctx = &memory[_i == 1];
	require(!vprim_ioas_init(&b, sizeof(b), &config, NULL));
	require(!vprim_ioas_map(&a, &map, NULL, NULL));
	require(!vprim_ioas_copy(&b, &a, &copy, NULL, NULL));
	require(!vprim_ioas_first(&b, &at, NULL, &got));
	ck_assert_uint_eq(got.shares, _i ? 1 : 2);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory[0].blocks > 0, _i != 1);
	vprim_ioas_fini(&b);
	ck_assert_uint_eq(memory[0].blocks + memory[1].blocks, 0);
}
END_TEST

/* Areas mapped in a row share a block, which goes with the last of them. */
START_TEST(a_block_goes_with_its_last_area)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED,
					   .length_bytes = 0x1000 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;
	size_t full;

	config = config_of(&memory);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	/* 25, as the header says; the map's nodes are there by then. */
	for (map.iova = 0; map.iova < 25 * 0x1000; map.iova += 0x1000)
		require(!vprim_ioas_map(&a, &map, NULL, NULL));
	full = memory.blocks;
	require(!vprim_ioas_unmap(&a, 0x1000, 24 * 0x1000, NULL, NULL));
	map.iova = 0x1000;
	require(!vprim_ioas_map(&a, &map, NULL, NULL));
	ck_assert_uint_eq(memory.blocks, full + 1);
	require(!vprim_ioas_unmap(&a, 0, 0x1000, NULL, NULL));
	ck_assert_uint_eq(memory.blocks, full);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* The page's order: an area in the way answers before memory does. */
START_TEST(an_area_in_the_way_comes_before_memory)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_compat_map_args cmap = { 32, 3, 0, 0x1000, 0x1000 };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x1000, 0x1000, 0x1000 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	struct vprim_reason why;
	static struct vprim_ioas a;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	for (int i = 0; i < 200; i++, map.iova += 0x2000)
		ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	for (map.iova = 0x1000; map.iova < 400 * 0x1000; map.iova += 0x2000)
		for (uint64_t nth = 1; nth <= 3; nth++) {
			memory.countdown = nth;
			ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, &why),
					 -EEXIST);
			ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_OVERLAP);
			cmap.iova = copy.dst_iova = map.iova;
			memory.countdown = nth;
			ck_assert_int_eq(vprim_ioas_compat_map(&a, &cmap, NULL),
					 -EEXIST);
			memory.countdown = nth;
			ck_assert_int_eq(vprim_ioas_copy(&a, &a, &copy, NULL,
							 NULL), -EEXIST);
		}
	memory.countdown = 1;
	map.iova = 0x2000;
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, &why), -ENOMEM);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_MEMORY);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* -- callbacks ---------------------------------------------------------- */

struct outside {
	struct vprim_ioas a;
	struct test_memory memory;
	unsigned int filled, unfilled, fail_at;
	uint64_t last_filled, last_unfilled;
	int seen;		/* what the IOAS answered from inside */
	bool over;		/* it is being retired: no calls */
};

static int outside_fill(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct vprim_ioas_unmapped done;
	struct outside *o = ctx;

	o->seen = vprim_ioas_unmap(&o->a, area->range.start,
				   area->range.last - area->range.start + 1,
				   &done, NULL);
	o->last_filled = area->range.start;
	return ++o->filled == o->fail_at ? -EFAULT : 0;
}

static void outside_unfill(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED,
					   .iova = area->range.start,
					   .length_bytes = 1 };
	struct outside *o = ctx;

	o->unfilled++;
	o->last_unfilled = area->range.start;
	if (!o->over)
		o->seen = vprim_ioas_map(&o->a, &map, NULL, NULL);
}

/* What a backend counts of the areas that it fills. */
static void outside_cut(void *ctx, const struct vprim_ioas_mapping *low,
			const struct vprim_ioas_mapping *high)
{
	struct outside *o = ctx;
	struct vprim_ioas_mapping m;

	o->filled++;
	ck_assert_uint_eq(low->range.last + 1, high->range.start);
	ck_assert_uint_eq(low->pages, high->pages);
	ck_assert(!vprim_ioas_first(&o->a, &low->range, NULL, &m));
	ck_assert_uint_eq(m.range.last, low->range.last);
}

static const struct vprim_ioas_ops outside_ops = {
	.fill = outside_fill, .unfill = outside_unfill, .cut = outside_cut,
};

static void outside_begin(struct outside *o, const struct vprim_ioas_ops *ops)
{
	struct vprim_ioas_config config;

	config = config_of(&o->memory);
	config.ops = ops;
	config.ops_ctx = o;
	require(!vprim_ioas_init(&o->a, sizeof(o->a), &config, NULL));
}

START_TEST(the_outside_fills_and_unfills)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x2000, 0x9000, 0x1000 };
	struct vprim_ioas_unmapped done;
	struct vprim_reason why;
	static struct outside o;
	uint64_t iova = 7;

	outside_begin(&o, &outside_ops);
	o.fail_at = 1;
	ck_assert_int_eq(vprim_ioas_map(&o.a, &map, &iova, &why), -EFAULT);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_BACKEND);
	ck_assert_uint_eq(why.value, EFAULT);
	ck_assert_uint_eq(iova, 7);
	ck_assert_uint_eq(o.unfilled, 0);
	ck_assert_int_eq(o.seen, -EBUSY);	/* in flight meanwhile */
	ck_assert_int_eq(vprim_ioas_map(&o.a, &map, &iova, &why), 0);
	ck_assert_uint_eq(iova, 0x1000);
	map.iova = 0x2000;
	ck_assert_int_eq(vprim_ioas_map(&o.a, &map, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_copy(NULL, &o.a, &copy, &iova, &why), -ENOENT);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_ABSENT);

	/* The second area of a copy fails: the first is unfilled again. */
	o.fail_at = o.filled + 2;
	ck_assert_int_eq(vprim_ioas_copy(&o.a, &o.a, &copy, NULL, NULL), -EFAULT);
	ck_assert_uint_eq(o.unfilled, 1);
	ck_assert_uint_eq(o.last_unfilled, 0x9000);
	ck_assert_uint_eq(o.last_filled, 0xa000);
	ck_assert_int_eq(vprim_ioas_audit(&o.a), 0);

	o.fail_at = 0;
	ck_assert_int_eq(vprim_ioas_unmap(&o.a, 0x1000, 0x1000, &done, NULL), 0);
	ck_assert_uint_eq(o.unfilled, 2);
	ck_assert_int_eq(o.seen, -EEXIST);	/* the place is taken meanwhile */
	ck_assert_int_eq(vprim_ioas_audit(&o.a), 0);
	map.iova = 0x5000;
	ck_assert_int_eq(vprim_ioas_map_begin(&o.a, &map,
					      &(struct vprim_range){ 0, 0 },
					      NULL), 0);
	o.over = true;
	vprim_ioas_fini(&o.a);
	ck_assert_uint_eq(o.unfilled, 3);	/* what is in flight was not filled */
	ck_assert_uint_eq(o.last_unfilled, 0x2000);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* Who fills need not want to hear of what is unfilled. */
START_TEST(the_outside_may_only_fill)
{
	static const struct vprim_ioas_ops fill_only = { .fill = outside_fill };
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x2000, 0x9000, 0x1000 };
	struct vprim_ioas_unmapped done;
	struct vprim_ioas_stats stats;
	static struct outside o;

	outside_begin(&o, &fill_only);
	require(!vprim_ioas_map(&o.a, &map, NULL, NULL));
	map.iova = 0x2000;
	require(!vprim_ioas_map(&o.a, &map, NULL, NULL));
	o.fail_at = o.filled + 2;
	require(vprim_ioas_copy(&o.a, &o.a, &copy, NULL, NULL) == -EFAULT);
	ck_assert_uint_eq(o.last_filled, 0xa000);
	vprim_ioas_get_stats(&o.a, &stats);
	ck_assert_uint_eq(stats.areas, 2);
	ck_assert_uint_eq(stats.busy, 0);
	require(!vprim_ioas_unmap(&o.a, 0x1000, 0x2000, &done, NULL));
	ck_assert_uint_eq(done.areas, 2);
	ck_assert_uint_eq(o.unfilled, 0);
	vprim_ioas_fini(&o.a);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/*
 * One fill, a cut, two unfills: the count of the outside comes out even.
 * @ioas-cut: Linux iopt_area_split()
 */
START_TEST(the_outside_is_told_of_a_cut)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x3000 };
	static struct outside o;

	outside_begin(&o, &outside_ops);
	ck_assert_int_eq(vprim_ioas_map(&o.a, &map, NULL, NULL), 0);
	ck_assert_uint_eq(o.filled, 1);
	ck_assert_int_eq(vprim_ioas_cut(&o.a, 0x3fff, NULL), 0);
	ck_assert_uint_eq(o.filled, 1);		/* nothing to do */
	ck_assert_int_eq(vprim_ioas_cut(&o.a, 0x1fff, NULL), 0);
	ck_assert_uint_eq(o.filled, 2);
	o.over = true;
	ck_assert_int_eq(vprim_ioas_unmap(&o.a, 0x1000, 0x3000, NULL, NULL), 0);
	ck_assert_uint_eq(o.unfilled, o.filled);
	vprim_ioas_fini(&o.a);
	ck_assert_uint_eq(o.memory.blocks, 0);
}
END_TEST

/* Accesses that, while told, detach another one. */
struct guest {
	struct vprim_ioas_access access;
	struct guest *other;
	struct vprim_ioas_hold hold;
	unsigned int told;
};

static void detach_the_other(void *ctx, const struct vprim_range *range)
{
	struct guest *g = ctx;

	(void)range;
	g->told++;
	if (g->hold.access_)
		ck_assert_int_eq(vprim_ioas_access_unhold(&g->hold, NULL), 0);
	if (g->other && g->other->access.ioas_)
		ck_assert_int_eq(vprim_ioas_access_detach(&g->other->access,
							  NULL), 0);
}

START_TEST(telling_survives_accesses_that_go)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_access mute = { .iova_alignment = 1 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct guest g[3];
	static struct vprim_ioas a;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_access_attach(&a, &mute, NULL), 0);
	for (int i = 0; i < 3; i++) {
		g[i].access.iova_alignment = 1;
		g[i].access.unmap = detach_the_other;
		g[i].access.ctx = &g[i];
		ck_assert_int_eq(vprim_ioas_access_attach(&a, &g[i].access,
							  NULL), 0);
	}
	g[2].other = &g[1];
	ck_assert_int_eq(vprim_ioas_access_hold(&g[0].access, 0x1000, 0x1000, 0,
						&g[0].hold, NULL), 0);
	ck_assert_int_eq(vprim_ioas_access_hold(&g[1].access, 0x1000, 0x1000, 0,
						&g[1].hold, NULL), 0);
	ck_assert_int_eq(vprim_ioas_unmap(&a, 0x1000, 0x1000, NULL, NULL), 0);
	ck_assert_uint_eq(g[2].told, 1);
	ck_assert_uint_eq(g[1].told, 1);	/* by its detach */
	ck_assert_uint_eq(g[0].told, 1);
	ck_assert_int_eq(vprim_ioas_access_detach(&g[0].access, NULL), 0);
	/* fini hands accesses and holds back. */
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_access_hold(&mute, 0x1000, 0x1000, 0, &g[0].hold,
						NULL), 0);
	vprim_ioas_fini(&a);
	ck_assert_int_eq(vprim_ioas_access_unhold(&g[0].hold, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_access_detach(&mute, NULL), -ENOENT);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* Lets go at the round that it is told for the sixtieth time of one area. */
struct slow {
	struct vprim_ioas_hold hold[2];
	unsigned int told;
};

static void let_go_at_last(void *ctx, const struct vprim_range *range)
{
	struct slow *s = ctx;

	if (++s->told % 60 == 0)
		require(!vprim_ioas_access_unhold(&s->hold[range->start == 0x2000],
						  NULL));
}

/* The rounds are those of one area, however many an unmap has. */
START_TEST(every_area_has_its_rounds)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED,
					   .length_bytes = 0x1000 };
	struct slow s = { .told = 0 };
	struct vprim_ioas_access access = { .iova_alignment = 1, .ctx = &s,
					    .unmap = let_go_at_last };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;
	int i;

	config = config_of(&memory);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	require(!vprim_ioas_access_attach(&a, &access, NULL));
	for (i = 0; i < 2; i++) {
		map.iova = i ? 0x2000 : 0x1000;
		require(!vprim_ioas_map(&a, &map, NULL, NULL));
		require(!vprim_ioas_access_hold(&access, map.iova, 0x1000, 0,
						&s.hold[i], NULL));
	}
	ck_assert_int_eq(vprim_ioas_unmap(&a, 0x1000, 0x2000, NULL, NULL), 0);
	ck_assert_uint_eq(s.told, 120);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* -- what callbacks may call --------------------------------------------- */

/*
 * One IOAS with areas, a domain, an access that holds and one that does not; one
 * call is made from each callback in turn, and then all is as whole as before.
 */
static struct inside {
	struct vprim_ioas a, other;
	struct test_memory memory;
	struct vprim_ioas_access holder, idle, late;
	struct vprim_ioas_hold hold, second;
	struct vprim_ioas_domain domain, more;
	struct vprim_range at;	/* of the area that is called for */
	void (*call)(struct inside *s);
	bool let_go, over;
	int told;
} in;

static int in_map(uint64_t iova, uint32_t flags)
{
	struct vprim_ioas_map_args args = { .flags = RW | flags, .uptr = 0x40000,
					    .length_bytes = 0x1000,
					    .iova = iova };

	return vprim_ioas_map(&in.a, &args, NULL, NULL);
}

/* A detach tells of the whole space, which an unmap calls 2^64-1. */
static uint64_t in_length(void)
{
	return in.at.last == M ? M : in.at.last - in.at.start + 1;
}

static void in_map_fixed(struct inside *s)
{
	(void)s;
	require(!in_map(0x20000, FIXED));
}

static void in_map_placed(struct inside *s)
{
	(void)s;
	require(!in_map(0, 0));
}

static void in_map_over(struct inside *s)
{
	int ret = in_map(s->at.start, FIXED);

	require(ret == -EEXIST || !ret);	/* a whole detach has no area */
}

static void in_halves(struct inside *s)
{
	struct vprim_ioas_map_args args = { .flags = RW, .uptr = 0x40000,
					    .length_bytes = 0x1000 };
	struct vprim_range r;

	require(!vprim_ioas_map_begin(&s->a, &args, &r, NULL));
	require(!vprim_ioas_map_commit(&s->a, &r, NULL));
	require(!vprim_ioas_map_begin(&s->a, &args, &r, NULL));
	require(!vprim_ioas_map_abort(&s->a, &r, NULL));
	require(!vprim_ioas_map_begin(&s->a, &args, &r, NULL));
}

/* The second half of the map at work is not theirs. */
static void in_commit_it(struct inside *s)
{
	ck_assert_int_eq(vprim_ioas_map_commit(&s->a, &s->at, NULL), -ENOENT);
}

static void in_abort_it(struct inside *s)
{
	ck_assert_int_eq(vprim_ioas_map_abort(&s->a, &s->at, NULL), -ENOENT);
}

static void in_copy(struct inside *s)
{
	struct vprim_ioas_copy_args args = { RW | FIXED, 0x1000, 0x28000,
					     0x8000 };

	require(!vprim_ioas_copy(&s->a, &s->a, &args, NULL, NULL));
	require(!vprim_ioas_copy(&s->other, &s->a, &args, NULL, NULL));
}

static void in_unmap_it(struct inside *s)
{
	int ret = vprim_ioas_unmap(&s->a, s->at.start, in_length(), NULL, NULL);

	require(!ret || ret == -EBUSY);
}

static void in_unmap_all(struct inside *s)
{
	int ret = vprim_ioas_unmap(&s->a, 0, M, NULL, NULL);

	require(!ret || ret == -EBUSY);
}

static void in_replace_it(struct inside *s)
{
	if (vprim_ioas_unmap(&s->a, s->at.start, in_length(), NULL, NULL))
		return;
	require(!in_map(0x1000, FIXED));
}

static void in_compat(struct inside *s)
{
	struct vprim_ioas_compat_map_args map = { 32, 3, 0, 0x20000, 0x1000 };
	struct vprim_ioas_compat_unmap_args unmap = { 24, 0, 0x20000, 0x1000 };
	struct vprim_ioas_compat_info info;

	require(!vprim_ioas_compat_map(&s->a, &map, NULL));
	require(!vprim_ioas_compat_unmap(&s->a, &unmap, NULL, NULL));
	require(!vprim_ioas_compat_get_info(&s->a, 64, &info));
}

static void in_limits(struct inside *s)
{
	struct vprim_range r = { 0x80000, 0x8ffff };

	require(!vprim_ioas_reserve(&s->a, &r, 7, NULL));
	require(vprim_ioas_unreserve(&s->a, 7) == 1);
	require(!vprim_ioas_allow(&s->a, &r, 1, NULL));
	require(!vprim_ioas_large_pages(&s->a, true, NULL));
}

static void in_domains(struct inside *s)
{
	require(!vprim_ioas_attach(&s->a, &s->more, NULL));
	require(!vprim_ioas_detach(&s->a, &s->domain, NULL));
}

static void in_cut(struct inside *s)
{
	int ret = vprim_ioas_cut(&s->a, s->at.start + 0x7ff, NULL);

	require(!ret || ret == -EBUSY || ret == -EINVAL);
}

static void in_attach_access(struct inside *s)
{
	require(!vprim_ioas_access_attach(&s->a, &s->late, NULL));
}

static void in_detach_idle(struct inside *s)
{
	require(!vprim_ioas_access_detach(&s->idle, NULL));
}

static void in_detach_holder(struct inside *s)
{
	int ret = vprim_ioas_access_detach(&s->holder, NULL);

	require(!ret || ret == -EBUSY);
}

/* Gone and given back: whoever was telling must not look at them again. */
static void in_detach_and_forget(struct inside *s)
{
	require(!vprim_ioas_access_detach(&s->idle, NULL));
	memset(&s->idle, 0x5a, sizeof(s->idle));
	if (!s->hold.access_ && !vprim_ioas_access_detach(&s->holder, NULL))
		memset(&s->holder, 0x5a, sizeof(s->holder));
}

static void in_detach_and_come_back(struct inside *s)
{
	if (vprim_ioas_access_detach(&s->holder, NULL))
		return;
	require(!vprim_ioas_access_attach(&s->a, &s->holder, NULL));
}

static void in_hold(struct inside *s)
{
	require(!vprim_ioas_access_hold(&s->holder, 0x8000, 0x1000, 0, &s->second, NULL));
}

static void in_hold_unhold(struct inside *s)
{
	struct vprim_ioas_piece piece;

	require(!vprim_ioas_access_hold(&s->idle, 0x8000, 0x1000, 0, &s->second, NULL));
	require(!vprim_ioas_access_rw(&s->idle, 0x8000, 1, true, &piece, NULL));
	require(!vprim_ioas_access_unhold(&s->second, NULL));
}

static void in_questions(struct inside *s)
{
	struct vprim_ioas_stats stats;
	struct vprim_ioas_mapping m;
	struct vprim_range list[8];
	size_t n;

	require(!vprim_ioas_ranges(&s->a, list, 8, &n, NULL));
	vprim_ioas_get_stats(&s->a, &stats);
	require(!vprim_ioas_first(&s->a, &(struct vprim_range){ 0, M }, NULL, &m));
	vprim_ioas_allowed(&s->a, &n);
}

static void (*const in_calls[])(struct inside *s) = {
	in_map_fixed, in_map_placed, in_map_over, in_halves, in_commit_it,
	in_abort_it, in_copy, in_unmap_it, in_unmap_all, in_replace_it,
	in_compat, in_limits, in_domains, in_cut, in_attach_access,
	in_detach_idle, in_detach_holder, in_detach_and_forget,
	in_detach_and_come_back, in_hold, in_hold_unhold, in_questions,
};

static void in_act(const struct vprim_range *range)
{
	void (*call)(struct inside *s) = in.call;

	in.call = NULL;
	if (!call)
		return;
	in.at = *range;
	call(&in);
	ck_assert_int_eq(vprim_ioas_audit(&in.a), 0);
}

static int in_fill(void *ctx, const struct vprim_ioas_mapping *area)
{
	(void)ctx;
	in_act(&area->range);
	return 0;
}

static void in_unfill(void *ctx, const struct vprim_ioas_mapping *area)
{
	(void)ctx;
	if (!in.over)
		in_act(&area->range);
}

/* With let_go before the call, else after it, as far as it is still held. */
static void in_told(void *ctx, const struct vprim_range *range)
{
	(void)ctx;
	in.told++;
	if (in.hold.access_ && (in.let_go || !in.call))
		require(!vprim_ioas_access_unhold(&in.hold, NULL));
	if (in.second.access_ && !in.call)
		require(!vprim_ioas_access_unhold(&in.second, NULL));
	in_act(range);
}

static const struct vprim_ioas_ops in_ops = { .fill = in_fill,
					      .unfill = in_unfill };

static void in_begin(bool with_ops)
{
	struct vprim_ioas_config config;

	memset(&in, 0, sizeof(in));
	config = config_of(&in.memory);
	require(!vprim_ioas_init(&in.other, sizeof(in.other), &config, NULL));
	config.ops = with_ops ? &in_ops : NULL;
	require(!vprim_ioas_init(&in.a, sizeof(in.a), &config, NULL));
	in.holder.iova_alignment = in.idle.iova_alignment = 0x1000;
	in.late.iova_alignment = 0x1000;
	in.holder.unmap = in.idle.unmap = in.late.unmap = in_told;
	in.domain.aperture.last = in.more.aperture.last = M;
	in.domain.pgsize_bitmap = in.more.pgsize_bitmap = 0x1000;
	require(!vprim_ioas_attach(&in.a, &in.domain, NULL));
	require(!vprim_ioas_access_attach(&in.a, &in.idle, NULL));
	require(!vprim_ioas_access_attach(&in.a, &in.holder, NULL));
	require(!in_map(0x8000, FIXED));
	require(!in_map(0x1000, FIXED));
	require(!in_map(0x2000, FIXED));
}

static void in_end(void)
{
	in.over = true;
	ck_assert_int_eq(vprim_ioas_audit(&in.a), 0);
	vprim_ioas_fini(&in.a);
	vprim_ioas_fini(&in.other);
	ck_assert_uint_eq(in.memory.blocks, 0);
	ck_assert_uint_eq(in.memory.bytes, 0);
}

START_TEST(from_fill_and_unfill_everything_may_be_called)
{
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x2000, 0x30000,
					     0x1000 };

	in_begin(true);
	in.call = in_calls[_i];
	require(!in_map(0x10000, FIXED));
	require(!in.call);
	in_end();

	/* In the middle of a copy: two areas in flight. */
	in_begin(true);
	in.call = in_calls[_i];
	require(!vprim_ioas_copy(&in.a, &in.a, &copy, NULL, NULL));
	require(!in.call);
	in_end();

	in_begin(true);
	in.call = in_calls[_i];
	require(!vprim_ioas_unmap(&in.a, 0x1000, 0x1000, NULL, NULL));
	require(!in.call);
	in_end();
}
END_TEST

START_TEST(from_an_access_everything_may_be_called)
{
	int ret, round;

	for (round = 0; round < 4; round++) {
		/* What may not be: to unmap what it holds, without an end. */
		bool let_go = round & 1, detach = round & 2;

		in_begin(false);
		require(!vprim_ioas_access_hold(&in.holder, 0x1000, 0x1000, 0, &in.hold,
						NULL));
		in.let_go = let_go;
		in.call = in_calls[_i];
		ret = detach ? vprim_ioas_access_detach(&in.holder, NULL) :
			       vprim_ioas_unmap(&in.a, 0x1000, 0x1000, NULL,
						NULL);
		require(!in.call);
		/* It kept a hold, or took one: the detach must be asked again. */
		require(!ret || (ret == -EBUSY && detach) ||
			(ret == -ENOENT && !detach));
		if (ret == -EBUSY)
			require(!vprim_ioas_access_detach(&in.holder, NULL));
		in_end();
	}
}
END_TEST

/* A walk goes on over what changes, and ends behind the last address. */
START_TEST(a_walk_goes_on_over_changes)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED,
					   .length_bytes = 0x1000 };
	struct vprim_range all = { 0, M }, inverted = { 1, 0 };
	const uint64_t iova[] = { 0, 0x3000, 0x5000, M - 0xfff };
	struct vprim_ioas_mapping m = { .uptr = 7 };
	struct vprim_ioas_config config;
	struct vprim_ioas_cursor at;
	static struct vprim_ioas a;

	config = config_of(&(struct test_memory){ 0 });
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_first(&a, &all, &at, &m), -ENOENT);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), -ENOENT);
	ck_assert_int_eq(vprim_ioas_first(&a, &inverted, &at, &m), -EINVAL);
	ck_assert_uint_eq(m.uptr, 7);
	for (size_t i = 0; i < VPRIM_ARRAY_LEN(iova); i++) {
		map.iova = iova[i];
		ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	}
	ck_assert_int_eq(vprim_ioas_first(&a, &all, &at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0x3000);
	ck_assert_int_eq(vprim_ioas_unmap(&a, 0x5000, 0x1000, NULL, NULL), 0);
	map.iova = 0x1000;		/* behind the walk */
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	map.iova = 0x4000;		/* right ahead of it */
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.start, 0x4000);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), 0);
	ck_assert_uint_eq(m.range.last, M);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), -ENOENT);
	ck_assert_int_eq(vprim_ioas_next(&at, &m), -ENOENT);
	vprim_ioas_fini(&a);
}
END_TEST

/* -- what is no call at all --------------------------------------------- */

static const struct {
	const char *name;
	size_t field;
	bool wide;
	uint64_t value;
	unsigned int why;	/* the rule that refuses it, or none */
} configs[] = {
#define WHY(id) VPRIM_IOAS_RULE_##id
#define WIDE(f) offsetof(struct vprim_ioas_config, f), true
#define NARROW(f) offsetof(struct vprim_ioas_config, f), false
	{ "as it comes", WIDE(iova_alignment), 1, 0 },
	{ "alignment 3", WIDE(iova_alignment), 3, WHY(ALIGNMENT) },
	{ "alignment 0", WIDE(iova_alignment), 0, WHY(ALIGNMENT) },
	{ "alignment 2^63", WIDE(iova_alignment), (uint64_t)1 << 63, 0 },
	{ "no page", WIDE(page_bytes), 0, WHY(PAGE) },
	{ "page of 3", WIDE(page_bytes), 3, WHY(PAGE) },
	{ "page of 1", WIDE(page_bytes), 1, 0 },
	{ "odd huge page", WIDE(huge_bytes), 0x201000, WHY(HUGE_PAGE) },
	{ "huge page below the page", WIDE(huge_bytes), 0x800, WHY(HUGE_PAGE) },
	{ "no huge pages", WIDE(huge_bytes), 0x1000, 0 },
	{ "32 bits", WIDE(native_last), 0xffffffff, 0 },
	{ "words that end oddly", WIDE(native_last), 0xfffffffe, WHY(NATIVE_LAST) },
	{ "two pages of words", WIDE(native_last), 0x1fff, 0 },
	{ "one page of words", WIDE(native_last), 0xfff, WHY(NATIVE_LAST) },
	{ "a release", NARROW(release), VPRIM_LINUX(6, 12), 0 },
	{ "reserved field", NARROW(reserved), 1, WHY(CONFIG_RESERVED) },
};

START_TEST(a_configuration_is_checked)
{
	struct vprim_ioas_config config;
	char *field = (char *)&config + configs[_i].field;
	uint32_t narrow = (uint32_t)configs[_i].value;
	static struct vprim_ioas a;
	struct vprim_reason why;

	vprim_ioas_config_init(&config);
	config.alloc = &test_alloc_ops;
	if (configs[_i].wide)
		memcpy(field, &configs[_i].value, sizeof(uint64_t));
	else
		memcpy(field, &narrow, sizeof(narrow));
	memset(&why, 0xa5, sizeof(why));
	ck_assert_msg(vprim_ioas_init(&a, sizeof(a), &config, &why) ==
		      (configs[_i].why ? -EINVAL : 0), "%s", configs[_i].name);
	ck_assert_uint_eq(vprim_reason_id(&why), configs[_i].why);
	ck_assert(!configs[_i].why ||
		  (why.has_value && why.value == configs[_i].value));
}
END_TEST

/* Two pages of words leave nothing between the first and the last page. */
START_TEST(a_space_of_two_pages_has_no_place)
{
	struct vprim_ioas_map_args map = { .flags = RW, .length_bytes = 1 };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;

	config = config_of(&memory);
	config.native_last = 0x1fff;
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), -ENOSPC);
	map.flags |= FIXED;
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	vprim_ioas_fini(&a);
	/* Two pages of a byte are two pages. */
	config.page_bytes = config.native_last = 1;
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	vprim_ioas_fini(&a);
}
END_TEST

START_TEST(what_may_be_null_or_zeroed_is_answered)
{
	struct vprim_ioas_map_args map = { .flags = RW, .length_bytes = 1 };
	struct vprim_ioas_copy_args copy = { .flags = RW, .length_bytes = 1 };
	struct vprim_ioas_compat_map_args cmap = { 32, 3, 0, 0, 0x1000 };
	struct vprim_ioas_compat_unmap_args cunmap = { 24, 0, 0, 0x1000 };
	struct vprim_ioas_compat_info info;
	struct vprim_ioas_unmapped done = { 7, 7, true };
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0 };
	struct vprim_ioas_access access = { .iova_alignment = 1 };
	struct vprim_ioas_hold hold = { .access_ = NULL };
	struct vprim_range r = { 0, 1 };
	static struct vprim_ioas a, zero;
	struct vprim_ioas_config config;
	struct vprim_reason why;
	size_t n = 7;

	vprim_ioas_config_init(&config);
	config.alloc = &test_alloc_ops;
	ck_assert_int_eq(vprim_ioas_init(&a, 1, &config, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_init(&a, 1, &config, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_OBJECT_SIZE);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	vprim_ioas_fini(&zero);

	ck_assert_int_eq(vprim_ioas_map(NULL, &map, NULL, &why), -ENOENT);
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_ABSENT);
	ck_assert_int_eq(vprim_ioas_map_abort(&a, &r, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_copy(&a, NULL, &copy, NULL, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_copy_begin(&a, NULL, &copy, &r, NULL), -ENOENT);
	ck_assert(r.start == 0 && r.last == 1);
	ck_assert_int_eq(vprim_ioas_unmap(NULL, 0, 1, &done, NULL), -ENOENT);
	ck_assert(!done.size_bytes && !done.areas && !done.whole);
	ck_assert_int_eq(vprim_ioas_unmap(&a, 0, M, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_allow(NULL, &r, 1, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_allow(&a, NULL, 0, NULL), 0);
	ck_assert_ptr_null(vprim_ioas_allowed(&a, NULL));
	ck_assert_ptr_null(vprim_ioas_allowed(&a, &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(vprim_ioas_attach(&a, &domain, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_detach(&a, &domain, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_access_detach(&access, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_access_hold(&access, 0, 1, 4, &hold, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_access_hold(&access, 0, 1, 0, &hold, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_access_unhold(&hold, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_ranges(NULL, &r, 1, &n, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_ranges(&a, NULL, 0, &n, NULL), -EMSGSIZE);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(vprim_ioas_compat_map(NULL, &cmap, NULL), -ENODEV);
	ck_assert_int_eq(vprim_ioas_compat_unmap(NULL, &cunmap, &done, NULL),
			 -ENODEV);
	ck_assert_int_eq(vprim_ioas_compat_get_info(NULL, 16, &info), -ENODEV);
	vprim_ioas_fini(&a);
}
END_TEST

/* A zeroed one is empty, and takes nothing. */
START_TEST(a_zeroed_ioas_answers)
{
	struct vprim_ioas_map_args map = { .flags = RW, .length_bytes = 0x1000 };
	struct vprim_ioas_copy_args copy = { .flags = RW, .length_bytes = 1 };
	struct vprim_ioas_compat_map_args cmap = { 32, 3, 0, 0, 0x1000 };
	struct vprim_ioas_compat_unmap_args cunmap = { 24, 0, 0, 0x1000 };
	struct vprim_iova_windows_reserved reserved = {
		{ 0, 0xfff }, VPRIM_IOVA_WINDOWS_RESERVED };
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0x1000,
					    .reserved = &reserved,
					    .nr_reserved = 1 };
	struct vprim_ioas_access access = { .iova_alignment = 1 };
	struct vprim_range r = { 0, 0xfff };
	struct vprim_ioas_compat_info info;
	struct vprim_ioas_mapping m;
	struct vprim_ioas_stats stats;
	static struct vprim_ioas zero;
	struct vprim_reason why;
	size_t n;

	ck_assert_int_eq(vprim_ioas_map(&zero, &map, NULL, NULL), -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_map_begin(&zero, &map, &r, NULL),
			 -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_map_commit(&zero, &r, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_map_abort(&zero, &r, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_copy(&zero, &zero, &copy, NULL, NULL),
			 -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_unmap(&zero, 0, 1, NULL, NULL), -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_unmap(&zero, 0, M, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_allow(&zero, &r, 1, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_allow(&zero, NULL, 0, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_reserve(&zero, &r, 1, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_ARGUMENT);
	ck_assert_uint_eq(vprim_ioas_unreserve(&zero, 1), 0);
	ck_assert_int_eq(vprim_ioas_attach(&zero, &domain, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_detach(&zero, &domain, NULL), -ENOENT);
	ck_assert_int_eq(vprim_ioas_large_pages(&zero, false, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ioas_cut(&zero, 5, NULL), 0);
	ck_assert_int_eq(vprim_ioas_access_attach(&zero, &access, NULL),
			 -EINVAL);
	ck_assert_int_eq(vprim_ioas_ranges(&zero, &r, 1, &n, NULL), 0);
	ck_assert_int_eq(vprim_ioas_first(&zero, &r, NULL, &m), -ENOENT);
	vprim_ioas_get_stats(&zero, &stats);
	ck_assert_int_eq(vprim_ioas_audit(&zero), 0);
	ck_assert_int_eq(vprim_ioas_compat_map(&zero, &cmap, NULL), -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_compat_unmap(&zero, &cunmap, NULL, NULL),
			 -EOVERFLOW);
	ck_assert_int_eq(vprim_ioas_compat_get_info(&zero, 16, &info), 0);
	vprim_ioas_fini(&zero);
}
END_TEST

/* What does not fit is not written, and neither is what fails. */
START_TEST(a_short_list_of_ranges_stays_as_it_was)
{
	struct vprim_range list[2] = { { 7, 8 }, { 9, 10 } };
	struct vprim_range hole = { 0x1000, 0x1fff };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;
	size_t n;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_reserve(&a, &hole, 1, NULL), 0);
	ck_assert_int_eq(vprim_ioas_ranges(&a, list, 1, &n, NULL), -EMSGSIZE);
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].start == 0 && list[0].last == 0xfff);
	ck_assert(list[1].start == 9 && list[1].last == 10);
	ck_assert_int_eq(vprim_ioas_ranges(&a, list, 2, &n, NULL), 0);
	ck_assert(list[0].start == 0 && list[0].last == 0xfff);
	ck_assert(list[1].start == 0x2000 && list[1].last == M);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* A container's map brings in what it names, with the rights that it gives. */
START_TEST(a_map_of_a_container_is_an_area)
{
	struct vprim_ioas_compat_map_args map = { 32, (uint32_t)_i, 0x7000, 0x1000,
						  0x1000 };
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0x1000,
					    .aperture = { 0, M } };
	struct vprim_range at = { 0x1000, 0x1000 };
	struct vprim_reason why;
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	struct vprim_ioas_mapping got;
	static struct vprim_ioas a;

	config = config_of(&memory);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	require(!vprim_ioas_compat_map(&a, &map, NULL));
	require(!vprim_ioas_first(&a, &at, NULL, &got));
	ck_assert_uint_eq(got.uptr, 0x7000);
	ck_assert_uint_eq(got.prot, (_i & 1 ? VPRIM_IOAS_READABLE : 0) |
				    (_i & 2 ? VPRIM_IOAS_WRITEABLE : 0));
	/* A success says that there is no reason. */
	require(!vprim_ioas_attach(&a, &domain, NULL));
	require(vprim_ioas_attach(&a, &domain, &why));
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_IOAS_RULE_ATTACHED);
	require(!vprim_ioas_detach(&a, &domain, &why));
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_NONE);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* A success leaves no reason of an earlier call. */
START_TEST(a_success_has_no_reason)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_copy_args copy = { RW | FIXED, 0x1000, 0x3000, 0x1000 };
	struct vprim_ioas_compat_map_args cmap = { 32, 3, 0, 0x8000, 0x3000 };
	struct vprim_ioas_compat_unmap_args cunmap = { 24, 0, 0x8000, 0x3000 };
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0x1000,
					    .aperture = { 0, M } };
	struct vprim_ioas_access access = { .iova_alignment = 1 };
	struct vprim_ioas_hold hold = { .access_ = NULL };
	struct vprim_range r = { 0x20000, 0x2ffff }, list[2], place;
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	struct vprim_ioas_piece piece;
	static struct vprim_ioas a;
	struct vprim_reason why;
	size_t n;

	config = config_of(&memory);
#define CLEARS(call) do {							\
	why.rule = &stale;							\
	require(!(call));							\
	require(!why.rule);							\
} while (0)
	CLEARS(vprim_ioas_init(&a, sizeof(a), &config, &why));
	CLEARS(vprim_ioas_map(&a, &map, NULL, &why));
	CLEARS(vprim_ioas_copy(&a, &a, &copy, NULL, &why));
	map.iova = copy.src_iova = 0x5000;
	CLEARS(vprim_ioas_map_begin(&a, &map, &place, &why));
	CLEARS(vprim_ioas_map_commit(&a, &place, &why));
	copy.dst_iova = 0x7000;
	CLEARS(vprim_ioas_copy_begin(&a, &a, &copy, &place, &why));
	CLEARS(vprim_ioas_map_abort(&a, &place, &why));
	CLEARS(vprim_ioas_unmap(&a, 0x5000, 0x1000, NULL, &why));
	CLEARS(vprim_ioas_compat_map(&a, &cmap, &why));
	CLEARS(vprim_ioas_cut(&a, 0x9fff, &why));
	CLEARS(vprim_ioas_compat_unmap(&a, &cunmap, NULL, &why));
	CLEARS(vprim_ioas_large_pages(&a, false, &why));
	CLEARS(vprim_ioas_attach(&a, &domain, &why));
	CLEARS(vprim_ioas_detach(&a, &domain, &why));
	CLEARS(vprim_ioas_reserve(&a, &r, 1, &why));
	CLEARS(vprim_ioas_ranges(&a, list, 2, &n, &why));
	require(vprim_ioas_unreserve(&a, 1) == 1);
	CLEARS(vprim_ioas_allow(&a, &r, 1, &why));
	CLEARS(vprim_ioas_access_attach(&a, &access, &why));
	CLEARS(vprim_ioas_access_hold(&access, 0x1000, 1, 0, &hold, &why));
	CLEARS(vprim_ioas_access_rw(&access, 0x1000, 1, false, &piece, &why));
	CLEARS(vprim_ioas_access_unhold(&hold, &why));
	CLEARS(vprim_ioas_access_detach(&access, &why));
#undef CLEARS
	vprim_ioas_fini(&a);
}
END_TEST

/* What was attached can be attached anew, and nothing is left of the rest. */
START_TEST(a_retired_one_is_as_if_zeroed)
{
	static const struct vprim_ioas zero;
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0x1000,
					    .aperture = { 0x1000, M } };
	struct vprim_range allowed = { 0x10000, 0x1ffff };
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;
	int i;

	config = config_of(&memory);
	for (i = 0; i < 2; i++) {
		require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
		require(!vprim_ioas_allow(&a, &allowed, 1, NULL));
		require(!vprim_ioas_attach(&a, &domain, NULL));
		require(!vprim_ioas_audit(&a));
		vprim_ioas_fini(&a);
		require(!memcmp(&a, &zero, sizeof(a)));
	}
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* 2^28 ranges fill 32 bits; only the number of reserved ones is looked at. */
START_TEST(information_too_large_for_its_size_is_refused)
{
	const size_t most = ((size_t)1 << 28) - 5;
	struct vprim_ioas_compat_info info = { .argsz = 7 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;

	vprim_ioas_config_init(&config);
	config.alloc = &test_alloc_ops;
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	a.reserved_.count = most + 1;
	ck_assert_int_eq(vprim_ioas_compat_get_info(&a, 16, &info), -EOVERFLOW);
	ck_assert_uint_eq(info.argsz, 7);
	a.reserved_.count = most;
	ck_assert_int_eq(vprim_ioas_compat_get_info(&a, 16, &info), 0);
	ck_assert_uint_eq(info.nr_windows, 1);
	a.reserved_.count = 0;
	vprim_ioas_fini(&a);
}
END_TEST

START_TEST(a_broken_ioas_is_seen)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_range allowed = { 0x10000, 0x1ffff };
	struct vprim_range page = { 0x1000, 0x1fff };
	struct vprim_interval_tree_node node;
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	static struct vprim_ioas a;

	config = config_of(&memory);
	ck_assert_int_eq(vprim_ioas_init(&a, sizeof(a), &config, NULL), 0);
	ck_assert_int_eq(vprim_ioas_map(&a, &map, NULL, NULL), 0);
	ck_assert_int_eq(vprim_ioas_allow(&a, &allowed, 1, NULL), 0);
	ck_assert_int_eq(vprim_ioas_audit(&a), 0);
	a.busy_ = 1;
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	a.busy_ = 0;
	a.alignment_ = 2;
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	a.alignment_ = 1;
	a.config_.native_last = 0x17ff;
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	a.config_.native_last = M;
	a.allowed_[0].last = 0;
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	a.allowed_[0] = allowed;
	memset(&node, 0, sizeof(node));
	node.range = allowed;
	ck_assert_int_eq(vprim_interval_tree_insert(&a.reserved_, &node), 0);
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	ck_assert_int_eq(vprim_interval_tree_remove(&a.reserved_, &node), 0);
	node.range = page;
	ck_assert_int_eq(vprim_interval_tree_insert(&a.reserved_, &node), 0);
	ck_assert_int_eq(vprim_ioas_audit(&a), -EBADMSG);
	ck_assert_int_eq(vprim_interval_tree_remove(&a.reserved_, &node), 0);
	ck_assert_int_eq(vprim_ioas_audit(&a), 0);
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* One word at a time, of an IOAS that has a domain, an access and an area. */
#define BREAK(what) test_break(vprim_ioas_audit(&a), what)
#define BREAK_WORD(word, wrong) test_break_word(vprim_ioas_audit(&a), word, wrong)

/* No count differs when what is reserved lies elsewhere. */
static void move_reserved(struct vprim_ioas *a, const struct vprim_range *to)
{
	struct vprim_range all = { 0, M };
	struct vprim_interval_tree_node *reserved;

	reserved = vprim_interval_tree_first(&a->reserved_, &all);
	require(!vprim_interval_tree_remove(&a->reserved_, reserved));
	reserved->range = *to;
	require(!vprim_interval_tree_insert(&a->reserved_, reserved));
}

START_TEST(a_broken_word_is_seen)
{
	struct vprim_ioas_map_args map = { .flags = RW | FIXED, .iova = 0x1000,
					   .length_bytes = 0x1000 };
	struct vprim_ioas_domain domain = { .pgsize_bitmap = 0x1000,
					    .aperture = { 0, M } };
	struct vprim_ioas_access access = { .iova_alignment = 0x1000 };
	struct vprim_ioas_domain *no_domain = NULL;
	struct vprim_ioas_access *no_access = NULL;
	struct vprim_range page = { 0x1000, 0x1fff }, far = { 0x5000, 0x5fff };
	struct vprim_range allowed = { 0x8000, 0x8fff };
	struct vprim_interval_tree_node node;
	struct test_memory memory = { 0 };
	struct vprim_ioas_config config;
	struct vprim_iova_mapping m;
	static struct vprim_ioas a;
	struct area *area;

	config = config_of(&memory);
	require(!vprim_ioas_init(&a, sizeof(a), &config, NULL));
	require(!vprim_ioas_attach(&a, &domain, NULL));
	require(!vprim_ioas_access_attach(&a, &access, NULL));
	require(!vprim_ioas_map(&a, &map, NULL, NULL));
	/* Another one with the same alignment: no sum differs without the first. */
	map.iova = 0x3000;
	require(!vprim_ioas_map(&a, &map, NULL, NULL));
	require(!vprim_iova_map_stab(&a.areas_, page.start, &m));
	area = area_of(&m);

	BREAK_WORD(a.areas_.count_, 3);
	BREAK_WORD(a.reserved_.count, 1);
	BREAK_WORD(a.owners_.count, 1);
	BREAK_WORD(a.asked_, 2);
	BREAK_WORD(a.limits_, ~a.limits_);
	BREAK_WORD(domain.owner_, NULL);
	BREAK_WORD(domain.link_, &no_domain);
	BREAK_WORD(access.ioas_, NULL);
	BREAK_WORD(access.link_, &no_access);
	BREAK_WORD(area->pages->refs.n, 0);
	BREAK_WORD(area->pages->writable, false);
	BREAK_WORD(area->pages, NULL);
	BREAK_WORD(area->locks, 1);

	BREAK(require(!vprim_iova_map_set_value(&a.areas_, &page, 0)));
	require(!vprim_iova_map_set_value(&a.areas_, &page, m.value));
	memset(&node, 0, sizeof(node));
	node.range = far;
	BREAK(require(!vprim_interval_tree_insert(&a.reserved_, &node)));
	require(!vprim_interval_tree_remove(&a.reserved_, &node));
	/* Where an area lies or may lie nothing is reserved. */
	require(!vprim_ioas_allow(&a, &allowed, 1, NULL));
	require(!vprim_ioas_reserve(&a, &far, 1, NULL));
	BREAK_WORD(a.owners_.root->balance, 1);
	require(!vprim_ioas_audit(&a));
	BREAK(move_reserved(&a, &page));
	move_reserved(&a, &far);
	BREAK(move_reserved(&a, &allowed));
	move_reserved(&a, &far);
	ck_assert_uint_eq(vprim_ioas_unreserve(&a, 1), 1);
	require(!vprim_ioas_audit(&a));
	require(!vprim_ioas_access_detach(&access, NULL));
	vprim_ioas_fini(&a);
	ck_assert_uint_eq(memory.blocks, 0);
}
END_TEST

/* The sequences whose cost is counted elsewhere do what they say. */
START_TEST(the_worst_sequences_end_well)
{
	(void)adv_type1_all;
	adv_ioas_all[_i].run(1);
	adv_ioas_all[_i].run(300);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ioas");
	TCase *t = tcase_create("ioas");

	tcase_add_loop_test(t, a_million_calls_agree_with_the_model, 0,
			    (int)WORLD_VARIANTS);
	tcase_add_loop_test(t, every_argument_of_an_8_bit_space, 0, 2);
	tcase_add_test(t, placement_agrees_with_that_over_trees);
	tcase_add_test(t, every_allocation_may_fail);
	tcase_add_test(t, the_outside_fills_and_unfills);
	tcase_add_test(t, the_outside_may_only_fill);
	tcase_add_test(t, the_outside_is_told_of_a_cut);
	tcase_add_loop_test(t, an_allocator_is_all_that_it_has, 0, 4);
	tcase_add_loop_test(t, a_map_of_a_container_is_an_area, 0, 4);
	tcase_add_test(t, information_too_large_for_its_size_is_refused);
	tcase_add_test(t, a_success_has_no_reason);
	tcase_add_test(t, a_retired_one_is_as_if_zeroed);
	tcase_add_test(t, telling_survives_accesses_that_go);
	tcase_add_test(t, every_area_has_its_rounds);
	tcase_add_loop_test(t, from_fill_and_unfill_everything_may_be_called, 0,
			    (int)VPRIM_ARRAY_LEN(in_calls));
	tcase_add_loop_test(t, from_an_access_everything_may_be_called, 0,
			    (int)VPRIM_ARRAY_LEN(in_calls));
	tcase_add_loop_test(t, a_configuration_is_checked, 0,
			    (int)VPRIM_ARRAY_LEN(configs));
	tcase_add_test(t, a_space_of_two_pages_has_no_place);
	tcase_add_loop_test(t, source_and_copy_may_end_in_any_order, 0, 4);
	tcase_add_test(t, a_block_goes_with_its_last_area);
	tcase_add_test(t, an_area_in_the_way_comes_before_memory);
	tcase_add_loop_test(t, the_worst_sequences_end_well, 0,
			    (int)VPRIM_ARRAY_LEN(adv_ioas_all));
	tcase_add_test(t, a_walk_goes_on_over_changes);
	tcase_add_test(t, what_may_be_null_or_zeroed_is_answered);
	tcase_add_test(t, a_zeroed_ioas_answers);
	tcase_add_test(t, a_short_list_of_ranges_stays_as_it_was);
	tcase_add_test(t, a_broken_ioas_is_seen);
	tcase_add_test(t, a_broken_word_is_seen);
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	return test_main(s);
}
