// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xstate.h: the rules' tables, random tables and masks against a map of bytes,
 * and images against a model that keeps a state as a list of components.
 *
 * The reference knows nothing of the walk that the library does. It lays a
 * picture of the image out, one owner a byte, and counts.
 */
#include "testlib.h"
#include "xstate_tables.h"

#define BIT(n) ((uint64_t)1 << (n))
#define STD VPRIM_XSTATE_STANDARD
#define CMP VPRIM_XSTATE_COMPACTED
#define COMPACT_BIT BIT(63)

/* No component. */
#define NONE 64u

static const struct vprim_rule stale_rule = { 0xffff, -EPERM, "stale", "stale", NULL };
static const struct vprim_reason untouched = {
	.rule = &stale_rule, .at = 77, .value = 78,
	.has_at = true, .has_value = true,
};

static unsigned int blamed(const struct vprim_reason *r)
{
	return r->has_at ? (unsigned int)r->at : NONE;
}

static unsigned int other(const struct vprim_reason *r)
{
	return r->has_value ? (unsigned int)r->value : NONE;
}

static void expect_reason(const char *name, struct vprim_reason r,
			  unsigned int rule, unsigned int bit)
{
	ck_assert_msg(vprim_reason_id(&r) == rule, "%s: rule %s", name,
		      vprim_reason_word(&r));
	ck_assert_msg(!rule || blamed(&r) == bit, "%s: bit %u", name, blamed(&r));
}

/* -- sizes of the real tables ----------------------------------------------- */

static const struct {
	const char *name;
	enum machine_name m;
	uint64_t mask, standard, compacted;	/* 0: not defined */
} sizes[] = {
	{ "V5", SKX, 0x1f, 1088, 960 },
	{ "V6", SKX, 0xe7, 2688, 2432 },
	{ "V7", SKX, 0x2ff, 2696, 2568 },
	{ "V8", SKX, 0x207, 2696, 840 },
	{ "V9", SKX, 0x2e7, 2696, 2440 },
	{ "V10", SKX, 0x201, 2696, 584 },
	{ "V11", SKX, 0x67, 1664, 1408 },
	{ "V12", ICX, 0x2e7, 2696, 2440 },
	{ "V13", SPR, 0x2e7, 2696, 2440 },
	{ "V14", SPR, 0x602e7, 11008, 10752 },
	{ "V15", SPR, 0x202e7, 2816, 2560 },
	{ "V16", SPR, 0x60007, 11008, 9088 },
	{ "V17", SPR, 0x20007, 2816, 896 },
	{ "V18", ZEN2, 0x207, 896, 896 },
	{ "V19", ZEN3, 0x207, 2440, 840 },
	{ "V20", ZEN4, 0x67, 1408, 1408 },
	{ "V20", ZEN4, 0xe7, 2432, 2432 },
	{ "V21", ZEN4, 0x2e7, 2440, 2440 },
	{ "V22", SPR, 0x602e7 | 0x400, 0, 10752 },
	{ "V23", SPR, 0x2e7 | 0x400, 0, 2448 },
	{ "V24", SPR, 0x2e7 | 0xc00, 0, 2464 },
	{ "V24", SPR, 0x2e7 | 0x1c00, 0, 2488 },
	{ "V24", SPR, 0x2e7 | 0x4000, 0, 2488 },
	{ "V25", SPR, 0x602e7 | 0xc00, 0, 10752 },
	{ "V25", SPR, 0x602e7 | 0x1c00, 0, 10752 },
	{ "V25", SPR, 0x602e7 | 0x1800, 0, 10752 },
	{ "V26", SPR, 0x602e7 | 0x8400, 0, 11520 },
	{ "V27", SPR, 0x602e7 | 0xdd00, 0, 11776 },
	{ "V28", SPR, 0x20ee7, 0, 2560 },
	{ "V28", SPR, 0x21ee7, 0, 2560 },
	{ "V29", SPR, 0x60ee7, 0, 10752 },
	{ "V29", SPR, 0x61ee7, 0, 10752 },
	{ "V30", SPR, 0x60003, 11008, 8832 },
	{ "V30", SPR, 0x40003, 11008, 8768 },
	{ "V30", SPR, 0x60203, 11008, 8896 },
	{ "V30", SPR, 0x20203, 2816, 704 },
	{ "V31", SPR, 0x103, 0, 704 },
	{ "V31", SPR, 0x303, 0, 712 },
	{ "V31", SPR, 0x8003, 0, 1384 },
	{ "V31", SPR, 0x4003, 0, 624 },
	{ "V31", SPR, 0x28007, 0, 1728 },
	{ "V32", ZEN3, 0x807, 0, 848 },
	{ "V32", ZEN3, 0x1807, 0, 872 },
	{ "V33", ZEN3, 0x207 | 0x800, 0, 856 },
	{ "V33", ZEN3, 0x207 | 0x1800, 0, 880 },
	{ "V34", ZEN4, 0x2e7 | 0x800, 0, 2456 },
	{ "V34", ZEN4, 0x2e7 | 0x1800, 0, 2480 },
	{ "V35", APX, 0x80007, 1088, 960 },
	{ "V36", APX, 0xe02e7, 11008, 10880 },
	{ "V37", APX, 0x802e7, 2696, 2568 },
	{ "V38", APX, 0x80003, 1088, 704 },
	{ "V38", APX, 0x80203, 2696, 712 },
	{ "V38", APX, 0xe1ee7, 0, 10880 },
	{ "V39", ZEN4D, 0x1ae7, 0, 2480 },
	{ "V39", ZEN4D, 0x101ae7, 0, 2608 },
	{ "V39", ZEN4D, 0x1002e7, 2568, 2568 },
};

START_TEST(sizes_of_real_tables)
{
	struct vprim_xstate_table t = machine_table(sizes[_i].m);
	const char *name = sizes[_i].name;
	struct vprim_reason r = untouched;
	uint64_t size = 7;
	int ret = vprim_xstate_size(&t, sizes[_i].mask, STD, &size, &r);

	if (sizes[_i].standard) {
		ck_assert_msg(!ret && size == sizes[_i].standard,
			      "%s: standard %" PRIu64, name, size);
	} else {
		ck_assert_msg(ret == -EINVAL && size == 7, "%s: %d", name, ret);
		expect_reason(name, r, VPRIM_XSTATE_RULE_SUPERVISOR, blamed(&r));
	}
	ret = vprim_xstate_size(&t, sizes[_i].mask, CMP, &size, NULL);
	ck_assert_msg(!ret && size == sizes[_i].compacted,
		      "%s: compacted %" PRIu64, name, size);
}
END_TEST

START_TEST(the_empty_image_and_avx_are_the_same_everywhere)
{
	for (int m = 0; m < MACHINES; m++) {
		struct vprim_xstate_table t = machine_table((enum machine_name)m);

		for (uint64_t mask = 0; mask < 8; mask++) {
			uint64_t want = mask & 4 ? 832 : 576, size = 7;

			ck_assert_int_eq(vprim_xstate_size(&t, mask, STD, &size, NULL), 0);
			ck_assert_uint_eq(size, want);
			ck_assert_int_eq(vprim_xstate_size(&t, mask, CMP, &size, NULL), 0);
			ck_assert_uint_eq(size, want);
		}
	}
}
END_TEST

/*
 * Linux until 6.15: the standard image ends where the component with the highest
 * number ends. Right while places rise with the numbers; wrong with APX.
 */
static uint64_t size_by_highest_number(const struct vprim_xstate_table *t,
				       uint64_t mask)
{
	for (unsigned int n = 62; n > 1; n--)
		if (mask & BIT(n))
			return (uint64_t)t->component[n].offset +
			       t->component[n].size_bytes;
	return 576;
}

START_TEST(the_highest_number_is_not_the_end)
{
	static const struct {
		const char *name;
		enum machine_name m;
		uint64_t mask, old, right;
	} rows[] = {
		{ "before APX they agree", SPR, 0x602e7, 11008, 11008 },
		{ "V36", APX, 0xe02e7, 1088, 11008 },
		{ "V37", APX, 0x802e7, 1088, 2696 },
	};

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		struct vprim_xstate_table t = machine_table(rows[i].m);
		uint64_t size;

		ck_assert_int_eq(vprim_xstate_size(&t, rows[i].mask, STD, &size,
						   NULL), 0);
		ck_assert_msg(size == rows[i].right, "%s", rows[i].name);
		ck_assert_msg(size_by_highest_number(&t, rows[i].mask) ==
			      rows[i].old, "%s", rows[i].name);
	}
}
END_TEST

/* -- a map of bytes ----------------------------------------------------------- */

/* 61 components of 60 bytes and their padding stay below. */
#define MAP_BYTES 8192u
#define HOLE 0xff
#define BASE_OWNER 0xfe

struct map {
	uint8_t owner[MAP_BYTES];
	unsigned int bytes, stained;	/* in use; to be wiped */
};

#define NEW_MAP { .stained = MAP_BYTES }

static void map_base(struct map *map)
{
	memset(map->owner, HOLE, map->stained);
	memset(map->owner, BASE_OWNER, 576);
	map->bytes = 576;
}

static void map_standard(const struct vprim_xstate_leaf *l, uint64_t mask,
			 struct map *map)
{
	map_base(map);
	for (unsigned int n = 2; n < 63; n++)
		for (uint32_t k = 0; mask & BIT(n) && k < l[n].eax; k++) {
			uint32_t at = l[n].ebx + k;

			map->owner[at] = (uint8_t)n;
			if (at >= map->bytes)
				map->bytes = at + 1;
		}
	map->stained = map->bytes;
}

static void map_compacted(const struct vprim_xstate_leaf *l, uint64_t mask,
			  struct map *map)
{
	map_base(map);
	for (unsigned int n = 2; n < 63; n++) {
		if (!(mask & BIT(n)))
			continue;
		while (l[n].ecx & 2 && map->bytes % 64)
			map->bytes++;
		for (uint32_t k = 0; k < l[n].eax; k++)
			map->owner[map->bytes++] = (uint8_t)n;
	}
	map->stained = map->bytes;
}

static void map_image(const struct vprim_xstate_leaf *l, uint64_t mask,
		      enum vprim_xstate_format format, struct map *map)
{
	if (format == STD)
		map_standard(l, mask, map);
	else
		map_compacted(l, mask, map);
}

/* Where a component's first byte is. */
static unsigned int map_find(const struct map *map, unsigned int n)
{
	const uint8_t *p = memchr(map->owner, (int)n, map->bytes);

	return (unsigned int)(p - map->owner);
}

/*
 * A random table that is no contradiction: user components packed in a random
 * order of numbers with random gaps, supervisor ones of random sizes.
 */
static void random_leaves(struct test_rng *rng, struct vprim_xstate_leaf *l)
{
	unsigned int order[61], left = 61, end = 576;
	unsigned int density = 1 + (unsigned int)test_rng_below(rng, 8);

	memset(l, 0, VPRIM_XSTATE_LEAVES * sizeof(*l));
	l[0].eax = 3;
	l[1].eax = (uint32_t)test_rng_below(rng, 32);
	for (unsigned int i = 0; i < left; i++)
		order[i] = i + 2;
	while (left) {
		unsigned int pick = (unsigned int)test_rng_below(rng, left);
		unsigned int n = order[pick];
		uint64_t r = test_rng_next(rng);

		order[pick] = order[--left];
		if (r % 8 > density)
			continue;
		l[n].eax = 1 + (uint32_t)(r >> 8) % 60;
		l[n].ecx = (uint32_t)(r >> 20) & 6;
		if (r >> 30 & 1) {
			l[n].ecx |= 1;
			if (n < 32)
				l[1].ecx |= (uint32_t)BIT(n);
			else
				l[1].edx |= (uint32_t)BIT(n - 32);
			continue;
		}
		l[n].ebx = end + (r >> 31 & 1 ? (uint32_t)(r >> 32) % 20 : 0);
		end = l[n].ebx + l[n].eax;
		if (n < 32)
			l[0].eax |= (uint32_t)BIT(n);
		else
			l[0].edx |= (uint32_t)BIT(n - 32);
	}
	/* APX and MPX exclude each other. */
	if (l[0].eax & BIT(19))
		l[0].eax &= ~(uint32_t)0x18;
}

static void compare_offsets(const struct vprim_xstate_table *t,
			    const struct map *map, uint64_t mask,
			    enum vprim_xstate_format format)
{
	uint64_t at;

	for (unsigned int n = 2; n < 63; n++) {
		if (!(mask & BIT(n)))
			continue;
		require(vprim_xstate_offset(t, mask, format, n, &at,
						     NULL) == 0);
		require(at == map_find(map, n));
	}
}

static void compare_sizes(const struct vprim_xstate_table *t,
			  const struct vprim_xstate_leaf *l, uint64_t mask,
			  bool offsets)
{
	static struct map map = NEW_MAP;
	uint64_t size;

	map_compacted(l, mask, &map);
	require(vprim_xstate_size(t, mask, CMP, &size, NULL) == 0);
	require(size == map.bytes);
	require(vprim_xstate_size_lax(t, mask | COMPACT_BIT, CMP) == size);
	if (offsets)
		compare_offsets(t, &map, mask, CMP);
	mask &= ~t->xss;
	map_standard(l, mask, &map);
	require(vprim_xstate_size(t, mask, STD, &size, NULL) == 0);
	require(size == map.bytes);
	require(vprim_xstate_size_lax(t, mask | COMPACT_BIT, STD) == size);
	if (offsets)
		compare_offsets(t, &map, mask, STD);
}

START_TEST(random_tables_agree_with_a_map_of_bytes)
{
	struct test_rng rng = test_rng_seed(0x787374617465);
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table t;
	uint64_t i, all, steps = test_steps(1000000);

	for (i = 0; i < steps; i++) {
		if (i % 64 == 0) {
			random_leaves(&rng, l);
			require(vprim_xstate_table_init(&t, l,
						VPRIM_XSTATE_LEAVES, NULL) == 0);
		}
		all = t.xcr0 | t.xss;
		compare_sizes(&t, l, test_rng_next(&rng) & test_rng_next(&rng) & all,
			      i % 16 == 0);
	}
}
END_TEST

/* What holds for every table and every pair of masks. */
static void check_properties(const struct vprim_xstate_table *t, uint64_t mask,
			     uint64_t more, enum vprim_xstate_format format)
{
	uint64_t size, larger, legacy, sum = 576, aligned = 0;

	require(vprim_xstate_size(t, mask, format, &size, NULL) == 0);
	require(vprim_xstate_size(t, mask | more, format, &larger, NULL) == 0);
	require(vprim_xstate_size(t, mask ^ 3, format, &legacy, NULL) == 0);
	require(larger >= size);
	require(legacy == size);
	for (unsigned int n = 2; n < 63; n++) {
		if (!(mask & BIT(n)))
			continue;
		sum += t->component[n].size_bytes;
		aligned += t->component[n].flags >> 1 & 1;
	}
	/* In the standard format too: components share no byte. */
	require(size >= sum);
	require(format == STD || size <= sum + 63 * aligned);
}

START_TEST(size_properties_hold)
{
	struct test_rng rng = test_rng_seed(0x70726f7065727479);
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table t;
	uint64_t i, mask, more, steps = test_steps(1000000);

	for (i = 0; i < steps; i++) {
		if (i % 64 == 0) {
			random_leaves(&rng, l);
			require(vprim_xstate_table_init(&t, l,
						VPRIM_XSTATE_LEAVES, NULL) == 0);
		}
		mask = test_rng_next(&rng) & (t.xcr0 | t.xss);
		more = BIT(test_rng_below(&rng, 63)) & (t.xcr0 | t.xss);
		check_properties(&t, mask, more, CMP);
		check_properties(&t, mask & t.xcr0, more & t.xcr0, STD);
	}
}
END_TEST

START_TEST(the_compacted_size_is_not_additive)
{
	struct vprim_xstate_table t = machine_table(SPR);
	uint64_t with, without;

	/* Eight bytes cost nothing, eight bytes, or 768, by what follows. */
	ck_assert_int_eq(vprim_xstate_size(&t, 0x602e7, CMP, &without, NULL), 0);
	ck_assert_int_eq(vprim_xstate_size(&t, 0x606e7, CMP, &with, NULL), 0);
	ck_assert_uint_eq(with - without, 0);
	ck_assert_int_eq(vprim_xstate_size(&t, 0x686e7, CMP, &with, NULL), 0);
	ck_assert_uint_eq(with - without, 768);
	ck_assert_int_eq(vprim_xstate_size(&t, 0x2e7, CMP, &without, NULL), 0);
	ck_assert_int_eq(vprim_xstate_size(&t, 0x6e7, CMP, &with, NULL), 0);
	ck_assert_uint_eq(with - without, 8);
}
END_TEST

/* -- tables ------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	unsigned int rule;
	unsigned int at, other;
} contradictions[] = {
	{ "bit 63 of XCR0", { { 7, 0, 0, 0x80000000 } },
	  VPRIM_XSTATE_RULE_LEAF_MASK, 0, 64 },
	{ "bit 63 of XSS", { { 7, 0, 0, 0 }, { 0, 0, 0, 0x80000000 } },
	  VPRIM_XSTATE_RULE_LEAF_MASK, 1, 64 },
	{ "both masks", { { 7, 0, 0, 0 }, { 0, 0, 4, 0 } },
	  VPRIM_XSTATE_RULE_BOTH_KINDS, 2, 64 },
	{ "both masks, without a sub-leaf", { { 0, 0, 0, 1 }, { 0, 0, 0, 1 } },
	  VPRIM_XSTATE_RULE_BOTH_KINDS, 32, 64 },
	{ "XCR0, and a supervisor flag", { { 7, 0, 0, 0 }, [2] = { 256, 576, 1, 0 } },
	  VPRIM_XSTATE_RULE_BOTH_KINDS, 2, 64 },
	{ "XSS, and no supervisor flag", { { 3, 0, 0, 0 }, { 0, 0, 0x800, 0 },
	  [11] = { 16, 0, 0, 0 } }, VPRIM_XSTATE_RULE_BOTH_KINDS, 11, 64 },
	{ "APX with BNDREGS", { { 0x8001b, 0, 0, 0 } },
	  VPRIM_XSTATE_RULE_APX_WITH_MPX, 19, 3 },
	{ "APX with BNDCSR", { { 0x80013, 0, 0, 0 } },
	  VPRIM_XSTATE_RULE_APX_WITH_MPX, 19, 4 },
	{ "APX with MPX comes before their overlap",
	  { { 0x8001b, 0, 0, 0 }, [3] = { 64, 960, 0, 0 }, [19] = { 128, 960, 0, 0 } },
	  VPRIM_XSTATE_RULE_APX_WITH_MPX, 19, 3 },
	{ "overflow by one", { { 7, 0, 0, 0 }, [2] = { 1, 0xffffffff, 0, 0 } },
	  VPRIM_XSTATE_RULE_OVERFLOW, 2, 64 },
	{ "overflow by far", { { 7, 0, 0, 0 }, [2] = { 0xffffffff, 0xffffffff, 0, 0 } },
	  VPRIM_XSTATE_RULE_OVERFLOW, 2, 64 },
	{ "overflow comes before a lower one's place",
	  { { 0x207, 0, 0, 0 }, [2] = { 256, 575, 0, 0 }, [9] = { 2, 0xfffffffe, 0, 0 } },
	  VPRIM_XSTATE_RULE_OVERFLOW, 9, 64 },
	{ "inside the header", { { 7, 0, 0, 0 }, [2] = { 256, 575, 0, 0 } },
	  VPRIM_XSTATE_RULE_PLACE, 2, 64 },
	{ "in the legacy region", { { 0x207, 0, 0, 0 }, [2] = { 256, 576, 0, 0 },
	  [9] = { 8, 0, 0, 0 } }, VPRIM_XSTATE_RULE_PLACE, 9, 64 },
	{ "one byte shared", { { 0x207, 0, 0, 0 }, [2] = { 256, 576, 0, 0 },
	  [9] = { 8, 831, 0, 0 } }, VPRIM_XSTATE_RULE_OVERLAP, 9, 2 },
	{ "one inside the other", { { 0x207, 0, 0, 0 }, [2] = { 256, 576, 0, 0 },
	  [9] = { 1, 600, 0, 0 } }, VPRIM_XSTATE_RULE_OVERLAP, 9, 2 },
	{ "one around the other, below it", { { 0x207, 0, 0, 0 },
	  [2] = { 8, 4096, 0, 0 }, [9] = { 4096, 1000, 0, 0 } },
	  VPRIM_XSTATE_RULE_OVERLAP, 9, 2 },
};

START_TEST(contradictions_name_the_leaf)
{
	struct vprim_xstate_table t, before;
	struct vprim_reason r = untouched;
	const char *name = contradictions[_i].name;

	memset(&t, 0x5a, sizeof(t));
	before = t;
	ck_assert_msg(vprim_xstate_table_init(&t, contradictions[_i].leaf,
					      VPRIM_XSTATE_LEAVES, &r) == -EINVAL,
		      "%s", name);
	expect_reason(name, r, contradictions[_i].rule, contradictions[_i].at);
	ck_assert_msg(other(&r) == contradictions[_i].other, "%s: other %u", name,
		      other(&r));
	ck_assert_msg(!memcmp(&t, &before, sizeof(t)), "%s: touched", name);
	ck_assert_int_eq(vprim_xstate_table_init(&t, contradictions[_i].leaf,
						 VPRIM_XSTATE_LEAVES, NULL),
			 -EINVAL);
}
END_TEST

START_TEST(what_is_no_contradiction)
{
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 0x207, 0, 0, 0 },
		{ 0, 0, 0x1800, 0 }, [2] = { 256, 576, 0, 0 },
		[9] = { 8, 832, 0, 0 }, [20] = { 500, 600, 0, 0 },
		[63] = { 1, 2, 3, 4 } };
	struct vprim_xstate_table t;
	uint64_t size = 7;

	/* It touches its neighbour, and sub-leaves that no mask names are idle. */
	ck_assert_int_eq(vprim_xstate_table_init(&t, l, 64, NULL), 0);
	ck_assert_uint_eq(vprim_xstate_table_known(&t), 0x207);
	ck_assert_int_eq(vprim_xstate_size(&t, BIT(20), STD, &size, NULL), -EINVAL);
	ck_assert_uint_eq(vprim_xstate_size_lax(&t, BIT(20), STD), 1100);
	/* Supported without a size: the table stands, the size is unknown. */
	ck_assert_int_eq(vprim_xstate_size(&t, BIT(11), CMP, &size, NULL), -EINVAL);
	ck_assert_uint_eq(size, 7);
	/* A short list of leaves reads as zero behind its end. */
	ck_assert_int_eq(vprim_xstate_table_init(&t, l, 1, NULL), 0);
	ck_assert_uint_eq(vprim_xstate_table_known(&t), 3);
	ck_assert_uint_eq(t.xcr0, 0x207);
	ck_assert_uint_eq(t.xss, 0);
}
END_TEST

START_TEST(a_table_is_written_whole_and_not_a_byte_beyond)
{
	static const struct vprim_xstate_component zero;
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 7, 0, 0, 0 },
		[2] = { 256, 576, 0, 0 }, [63] = { 1, 2, 3, 4 } };
	struct {
		struct vprim_xstate_table t;
		uint8_t beyond[16];
	} box;
	uint8_t stale[sizeof(box.beyond)];

	memset(&box, 0x5a, sizeof(box));
	memset(stale, 0x5a, sizeof(stale));
	ck_assert_int_eq(vprim_xstate_table_init(&box.t, l, 64, NULL), 0);
	for (int n = 0; n < 2; n++)
		ck_assert(!memcmp(&box.t.component[n], &zero, sizeof(zero)));
	ck_assert(!memcmp(box.beyond, stale, sizeof(stale)));
	/* Nor is one read: bit 63 is no component. */
	ck_assert_uint_eq(vprim_xstate_size_lax(&box.t, COMPACT_BIT | 7, STD), 832);
	ck_assert_uint_eq(vprim_xstate_size_lax(&box.t, COMPACT_BIT | 7, CMP), 832);
}
END_TEST

START_TEST(success_leaves_no_reason)
{
	struct vprim_xstate_table t;
	struct vprim_reason r = untouched;
	uint64_t v;

	ck_assert_int_eq(vprim_xstate_table_init(&t, machine_leaves[ZEN3], 64, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = untouched;
	ck_assert_int_eq(vprim_xstate_size(&t, 7, STD, &v, &r), 0);
	ck_assert_ptr_null(r.rule);
	r = untouched;
	ck_assert_int_eq(vprim_xstate_offset(&t, 7, STD, 2, &v, &r), 0);
	ck_assert_ptr_null(r.rule);
}
END_TEST

/* Every contradiction of two user components is a byte with two owners. */
START_TEST(random_leaves_are_refused_for_a_shared_byte)
{
	struct test_rng rng = test_rng_seed(0x6f7665726c6170);
	uint64_t i, refused = 0, steps = test_steps(200000);

	for (i = 0; i < steps; i++) {
		struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 3, 0, 0, 0 } };
		struct vprim_xstate_table t;
		struct vprim_reason r = untouched;
		unsigned int at = 0;
		uint8_t owner[512] = { 0 };
		int ret;

		for (unsigned int n = 2; n < 6; n++) {
			l[0].eax |= 1u << n;
			l[n].eax = (uint32_t)test_rng_below(&rng, 40);
			l[n].ebx = 576 + (uint32_t)test_rng_below(&rng, 200);
			for (uint32_t k = 0; k < l[n].eax; k++) {
				uint8_t *o = &owner[l[n].ebx - 576 + k];

				if (*o && !at)
					at = n;
				*o = (uint8_t)n;
			}
		}
		ret = vprim_xstate_table_init(&t, l, 6, &r);
		require(ret == (at ? -EINVAL : 0));
		if (at)
			expect_reason("shared byte", r, VPRIM_XSTATE_RULE_OVERLAP, at);
		refused += at != 0;
	}
	require(steps < 1000 || (refused > steps / 10 && refused < steps * 9 / 10));
}
END_TEST

START_TEST(misuse_is_refused)
{
	struct vprim_xstate_table t = machine_table(SPR);
	struct vprim_reason r = untouched;
	struct vprim_xstate_leaf l = { 0, 0, 0, 0 };
	struct vprim_xstate_ebx ebx = { 7, 8 };
	uint64_t v = 7;

	ck_assert_int_eq(vprim_xstate_table_init(&t, &l, 0, NULL), -EINVAL);
	ck_assert_int_eq(vprim_xstate_table_init(&t, &l, 65, NULL), -EINVAL);
	ck_assert_int_eq(vprim_xstate_size(&t, 7, (enum vprim_xstate_format)2, &v,
					   &r), -EINVAL);
	ck_assert_int_eq(vprim_xstate_size(&t, BIT(63), CMP, &v, &r), -EINVAL);
	expect_reason("bit 63", r, VPRIM_XSTATE_RULE_BIT63, 63);
	ck_assert_int_eq(vprim_xstate_offset(&t, 7, STD, 63, &v, &r), -EINVAL);
	expect_reason("no component", r, VPRIM_REASON_ARGUMENT, 64);
	ck_assert_int_eq(vprim_xstate_offset(&t, 7, CMP, 63, &v, &r), -EINVAL);
	ck_assert_int_eq(vprim_xstate_offset(&t, 7, (enum vprim_xstate_format)2, 2,
					     &v, &r), -EINVAL);
	ck_assert_int_eq(vprim_xstate_offset(&t, 0, CMP, 1, &v, &r), 0);
	ck_assert_uint_eq(v, 160);
	ck_assert_int_eq(vprim_xstate_offset(&t, 0, STD, 0, &v, &r), 0);
	ck_assert_uint_eq(v, 0);
	v = 7;
	ck_assert_int_eq(vprim_xstate_offset(&t, 7, CMP, 9, &v, &r), -ENOENT);
	expect_reason("absent", r, VPRIM_XSTATE_RULE_ABSENT, 9);
	ck_assert_int_eq(vprim_xstate_offset(&t, 0x100007, CMP, 2, &v, &r), -EINVAL);
	expect_reason("unknown", r, VPRIM_XSTATE_RULE_UNKNOWN, 20);
	ck_assert_uint_eq(v, 7);
	ck_assert_int_eq(vprim_xstate_cpuid_ebx(&t, 0x107, 0, 0xf,
		VPRIM_LINUX(6, 17), &ebx, &r), -EINVAL);
	expect_reason("supervisor", r, VPRIM_XSTATE_RULE_SUPERVISOR, 8);
	ck_assert(ebx.ebx0 == 7 && ebx.ebx1 == 8);
}
END_TEST

START_TEST(a_compacted_size_over_32_bits_has_no_register)
{
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES] = { { 3, 0, 0, 0 },
		{ 0xf, 0, 0xc00, 0 }, [10] = { 0xffffffff, 0, 1, 0 },
		[11] = { 16, 0, 1, 0 } };
	struct vprim_xstate_table t;
	struct vprim_reason r;
	struct vprim_xstate_ebx ebx = { 7, 8 };

	ck_assert_int_eq(vprim_xstate_table_init(&t, l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_cpuid_ebx(&t, 3, 0xc00, 0xf,
		VPRIM_LINUX(6, 18), &ebx, &r), -EOVERFLOW);
	expect_reason("overflow", r, VPRIM_XSTATE_RULE_OVERFLOW, 64);
	ck_assert(ebx.ebx0 == 7 && ebx.ebx1 == 8);
	ck_assert_int_eq(vprim_xstate_cpuid_ebx(&t, 3, 0xc00, 0xf,
		VPRIM_LINUX(6, 17), &ebx, &r), 0);
	ck_assert(ebx.ebx0 == 576 && ebx.ebx1 == 576);
	/* The largest that fits. */
	l[10].eax = UINT32_MAX - 576;
	ck_assert_int_eq(vprim_xstate_table_init(&t, l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_cpuid_ebx(&t, 3, 0x400, 0xf,
		VPRIM_LINUX(6, 18), &ebx, &r), 0);
	ck_assert(ebx.ebx0 == 576 && ebx.ebx1 == UINT32_MAX);
}
END_TEST

/* -- XCR0 ----------------------------------------------------------------------- */

/* Legal, said another way: as a list of complaints. */
static bool legal_xcr0(uint64_t supported, uint64_t v)
{
	bool avx = v & BIT(2), sse = v & BIT(1);
	unsigned int mpx = (unsigned int)(v >> 3 & 3);
	unsigned int avx512 = (unsigned int)(v >> 5 & 7);
	unsigned int tile = (unsigned int)(v >> 17 & 3);

	return (v & 1) && !(avx && !sse) && (mpx == 0 || mpx == 3) &&
	       (avx512 == 0 || (avx512 == 7 && avx)) &&
	       (tile == 0 || tile == 3) && !(v & BIT(19) && mpx) &&
	       (v & (supported | 1)) == v;
}

START_TEST(both_orders_judge_every_small_xcr0_alike)
{
	struct vprim_reason a, b;
	uint64_t user = 0xe02ff;

	for (uint64_t v = 0; v < BIT(20); v++) {
		uint64_t supported = v % 3 ? user : user & ~(v * 0x9e3779b9);
		int arch = vprim_xstate_check_xcr0(supported, 0, v,
					VPRIM_XSTATE_ORDER_ARCH, &a);
		int kvm = vprim_xstate_check_xcr0(supported, 0, v,
					VPRIM_XSTATE_ORDER_KVM, &b);

		ck_assert_int_eq(arch, legal_xcr0(supported, v) ? 0 : -EINVAL);
		require(kvm == arch);
		/* The bit that is named is set, or it is bit 0. */
		require(!arch || v >> a.at & 1 || !a.at);
		require(!kvm || v >> b.at & 1 || !b.at);
	}
}
END_TEST

START_TEST(registers_refuse_nonsense)
{
	struct vprim_reason r = untouched;

	ck_assert_int_eq(vprim_xstate_check_xcr0(7, 0, 7,
			 (enum vprim_xstate_order)2, &r), -EINVAL);
	expect_reason("order", r, VPRIM_REASON_ARGUMENT, 64);
	ck_assert_int_eq(vprim_xstate_check_xcr0(7, 1, 7,
			 VPRIM_XSTATE_ORDER_ARCH, &r), -EINVAL);
	expect_reason("index", r, VPRIM_XSTATE_RULE_INDEX, 64);
	ck_assert_int_eq(vprim_xstate_check_xcr0(7, 0, 5, VPRIM_XSTATE_ORDER_KVM,
						 NULL), -EINVAL);
	ck_assert_int_eq(vprim_xstate_check_xss(0x1800, 0x1800, NULL), 0);
	ck_assert_int_eq(vprim_xstate_check_xss(0x1800, BIT(63), &r), -EINVAL);
	expect_reason("XSS", r, VPRIM_XSTATE_RULE_UNSUPPORTED, 63);
	ck_assert_int_eq(vprim_xstate_xsetbv(true, 0, 7, 0, 7, &r),
			 VPRIM_XSTATE_NO_FAULT);
	ck_assert_int_eq(vprim_xstate_xsetbv(false, 0, 7, 0, 7, NULL),
			 VPRIM_XSTATE_UD);
	ck_assert_int_eq(vprim_xstate_xsetbv(true, 3, 7, 0, 7, NULL),
			 VPRIM_XSTATE_GP);
	ck_assert_int_eq(vprim_xstate_xsetbv(true, 0, 7, 0, 5, &r),
			 VPRIM_XSTATE_GP);
	expect_reason("AVX", r, VPRIM_XSTATE_RULE_AVX, 2);
}
END_TEST

/* -- headers ------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t bv, comp;
	unsigned int byte;	/* of the header, to be set; 0 for none */
	bool xrstor, xrstors, uabi;
} headers[] = {
	{ "H1", 0x7, 0, 0, true, false, true },
	{ "H2", 0, 0, 0, true, false, true },
	{ "H3", 0x207, 0, 0, false, false, false },
	{ "H4", 0x7, 0x7, 0, false, false, false },
	{ "H5", 0x7, COMPACT_BIT | 0xe7, 0, true, true, false },
	{ "H6", 0xe7, COMPACT_BIT | 0x7, 0, false, false, false },
	{ "H7", 0x807, COMPACT_BIT | 0x807, 0, false, true, false },
	{ "H8", 0x7, 0, 16, false, false, false },
	{ "H9", 0x7, 0, 24, true, false, false },
	{ "H10", 0x7, COMPACT_BIT | 0x7, 63, false, false, false },
	{ "H11", COMPACT_BIT, 0, 0, false, false, false },
	{ "H12", 0, COMPACT_BIT, 0, true, true, false },
};

START_TEST(headers_through_the_bytes_of_an_image)
{
	struct vprim_xstate_limits limits = { .user = 0xe7, .supervisor = 0x800,
		.requested = UINT64_MAX, .features = 0xf };
	const bool want[] = { headers[_i].xrstor, headers[_i].xrstors,
			      headers[_i].uabi, headers[_i].uabi };
	struct vprim_xstate_header h;
	uint8_t image[576] = { 0 };

	for (unsigned int k = 0; k < 8; k++) {
		image[512 + k] = (uint8_t)(headers[_i].bv >> 8 * k);
		image[520 + k] = (uint8_t)(headers[_i].comp >> 8 * k);
	}
	image[24] = 0x80;
	image[25] = 0x1f;
	if (headers[_i].byte)
		image[512 + headers[_i].byte] = 1;
	ck_assert_int_eq(vprim_xstate_header_load(image, sizeof(image), &h), 0);
	ck_assert_uint_eq(h.mxcsr, 0x1f80);
	for (int by = 0; by < 4; by++) {
		int ret = vprim_xstate_check_header(&h,
				(enum vprim_xstate_loader)by, &limits, NULL);

		ck_assert_msg(ret == (want[by] ? 0 : -EINVAL), "%s: loader %d",
			      headers[_i].name, by);
	}
}
END_TEST

static const struct {
	const char *name;
	enum vprim_xstate_loader by;
	uint64_t bv, comp, requested;
	uint32_t mxcsr, mxcsr_mask, features;
	unsigned int cpl;
	unsigned int rule;
} loads[] = {
	{ "XRSTORS is privileged", VPRIM_XSTATE_BY_XRSTORS, 7, COMPACT_BIT | 7, ~0u,
	  0x1f80, 0, 0xf, 3, VPRIM_XSTATE_RULE_CPL },
	{ "that comes before the format", VPRIM_XSTATE_BY_XRSTORS, 7, 0, ~0u, 0x1f80,
	  0, 0xf, 3, VPRIM_XSTATE_RULE_CPL },
	{ "XRSTORS needs the format", VPRIM_XSTATE_BY_XRSTORS, 7, 0, ~0u, 0x1f80, 0,
	  0xf, 0, VPRIM_XSTATE_RULE_FORMAT },
	{ "XRSTOR is not privileged", VPRIM_XSTATE_BY_XRSTOR, 7, COMPACT_BIT | 7,
	  ~0u, 0x1f80, 0, 0xf, 3, VPRIM_REASON_NONE },
	{ "compacted without XSAVEC", VPRIM_XSTATE_BY_XRSTOR, 7, COMPACT_BIT | 7,
	  ~0u, 0x1f80, 0, 0xd, 0, VPRIM_XSTATE_RULE_XSAVEC },
	{ "standard without XSAVEC", VPRIM_XSTATE_BY_XRSTOR, 7, 0, ~0u, 0x1f80, 0,
	  0xd, 0, VPRIM_REASON_NONE },
	{ "standard, SSE requested and init", VPRIM_XSTATE_BY_XRSTOR, 0, 0, 2,
	  0x10000, 0, 0xf, 0, VPRIM_XSTATE_RULE_MXCSR },
	{ "standard, AVX requested and init", VPRIM_XSTATE_BY_XRSTOR, 0, 0, 4,
	  0x10000, 0, 0xf, 0, VPRIM_XSTATE_RULE_MXCSR },
	{ "standard, x87 requested", VPRIM_XSTATE_BY_XRSTOR, 7, 0, 1, 0x10000, 0,
	  0xf, 0, VPRIM_REASON_NONE },
	{ "compacted, SSE loaded", VPRIM_XSTATE_BY_XRSTOR, 2, COMPACT_BIT | 7, ~0u,
	  0x10000, 0, 0xf, 0, VPRIM_XSTATE_RULE_MXCSR },
	{ "compacted, AVX loaded", VPRIM_XSTATE_BY_XRSTOR, 4, COMPACT_BIT | 7, ~0u,
	  0x10000, 0, 0xf, 0, VPRIM_REASON_NONE },
	{ "compacted, SSE not requested", VPRIM_XSTATE_BY_XRSTORS, 2,
	  COMPACT_BIT | 7, 5, 0x10000, 0, 0xf, 0, VPRIM_REASON_NONE },
	{ "Linux, all init", VPRIM_XSTATE_BY_UABI, 0, 0, 0, 0x10000, 0, 0, 0,
	  VPRIM_REASON_NONE },
	{ "Linux, x87", VPRIM_XSTATE_BY_UABI, 1, 0, 0, 0x10000, 0, 0, 0,
	  VPRIM_XSTATE_RULE_MXCSR },
	{ "Linux, AVX", VPRIM_XSTATE_BY_KVM, 4, 0, 0, 0x10000, 0, 0, 0,
	  VPRIM_XSTATE_RULE_MXCSR },
	{ "Linux, a mask without bit 6", VPRIM_XSTATE_BY_UABI, 4, 0, 0, 0x40, 0, 0,
	  0, VPRIM_XSTATE_RULE_MXCSR },
	{ "Linux, a mask with it", VPRIM_XSTATE_BY_UABI, 4, 0, 0, 0x40, 0xffff, 0, 0,
	  VPRIM_REASON_NONE },
};

START_TEST(modes_and_mxcsr)
{
	struct vprim_xstate_header h = { .xstate_bv = loads[_i].bv,
		.xcomp_bv = loads[_i].comp, .mxcsr = loads[_i].mxcsr };
	struct vprim_xstate_limits limits = { 0xe7, 0x800, loads[_i].requested,
		loads[_i].features, loads[_i].mxcsr_mask, loads[_i].cpl };
	struct vprim_reason r = untouched;
	int ret = vprim_xstate_check_header(&h, loads[_i].by, &limits, &r);

	ck_assert_msg(ret == (loads[_i].rule ? -EINVAL : 0), "%s", loads[_i].name);
	expect_reason(loads[_i].name, r, loads[_i].rule, 64);
}
END_TEST

START_TEST(pkru_afterwards)
{
	for (int by = 0; by < 4; by++) {
		enum vprim_xstate_loader l = (enum vprim_xstate_loader)by;

		ck_assert_uint_eq(vprim_xstate_pkru_after(l, 0x207, 5, 9), 5);
		ck_assert_uint_eq(vprim_xstate_pkru_after(l, 0x7, 5, 9),
				  l == VPRIM_XSTATE_BY_KVM ? 9 : 0);
	}
}
END_TEST

START_TEST(header_misuse_is_refused)
{
	struct vprim_xstate_header h = { .xstate_bv = 7 };
	struct vprim_xstate_limits limits = { .user = 7 };
	struct vprim_reason r = untouched;
	uint8_t image[576] = { 0 };

	ck_assert_int_eq(vprim_xstate_header_load(image, 575, &h), -EINVAL);
	ck_assert_uint_eq(h.xstate_bv, 7);
	ck_assert_int_eq(vprim_xstate_check_header(&h,
			 (enum vprim_xstate_loader)4, &limits, &r), -EINVAL);
	ck_assert_int_eq(vprim_xstate_check_header(&h, VPRIM_XSTATE_BY_UABI,
						   &limits, NULL), 0);
}
END_TEST

START_TEST(a_frame_reads_back_as_written)
{
	static const uint32_t lengths[] = { 576, 577, 2696, 11008 };
	struct vprim_xstate_frame f = { .size_bytes = 7 };
	struct vprim_reason r;
	uint8_t *frame;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(lengths); i++) {
		uint32_t n = lengths[i];

		frame = malloc(n + 4);
		ck_assert_ptr_nonnull(frame);
		memset(frame, 0xee, n + 4);
		write_frame(frame, 7, n);
		ck_assert_int_eq(vprim_xstate_frame_read(frame, n + 4, n, &f, &r), 0);
		ck_assert(!f.fx_only && f.features == 7 && f.size_bytes == n &&
			  f.extended_bytes == n + 4 && !r.rule);
		ck_assert_int_eq(vprim_xstate_frame_read(frame, n + 3, n, &f, &r), 0);
		ck_assert(f.fx_only && f.features == 3 && f.size_bytes == 512);
		expect_reason("cut", r, VPRIM_XSTATE_RULE_MAGIC2, NONE);
		ck_assert_int_eq(vprim_xstate_frame_read(frame, n + 4, n - 1, &f,
							 NULL), 0);
		ck_assert(f.fx_only);
		free(frame);
	}
}
END_TEST

START_TEST(software_bytes_are_judged_in_order)
{
	static const struct {
		const char *name;
		uint32_t magic1, extended, size, magic2;
		unsigned int rule;
	} rows[] = {
		{ "right", VPRIM_XSTATE_MAGIC1, 840, 836, VPRIM_XSTATE_MAGIC2,
		  VPRIM_REASON_NONE },
		{ "all wrong", 0, 0, 0, 0, VPRIM_XSTATE_RULE_MAGIC1 },
		{ "small", VPRIM_XSTATE_MAGIC1, 0, 575, 0,
		  VPRIM_XSTATE_RULE_FRAME_SMALL },
		{ "large", VPRIM_XSTATE_MAGIC1, 0, 837, 0,
		  VPRIM_XSTATE_RULE_FRAME_LARGE },
		{ "beyond its extent", VPRIM_XSTATE_MAGIC1, 835, 836, 0,
		  VPRIM_XSTATE_RULE_FRAME_EXTENT },
		{ "no end", VPRIM_XSTATE_MAGIC1, 836, 836, 0,
		  VPRIM_XSTATE_RULE_MAGIC2 },
	};
	struct vprim_xstate_frame f;
	struct vprim_reason r;
	uint8_t frame[840] = { 0 };

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		vprim_store_le32(frame + 464, rows[i].magic1);
		vprim_store_le32(frame + 468, rows[i].extended);
		vprim_store_le64(frame + 472, 0x207);
		vprim_store_le32(frame + 480, rows[i].size);
		vprim_store_le32(frame + 836, rows[i].magic2);
		ck_assert_int_eq(vprim_xstate_frame_read(frame, sizeof(frame), 836,
							 &f, &r), 0);
		expect_reason(rows[i].name, r, rows[i].rule, 64);
		ck_assert(f.fx_only == (rows[i].rule != VPRIM_REASON_NONE));
		ck_assert_uint_eq(f.features, f.fx_only ? 3 : 0x207);
	}
}
END_TEST

START_TEST(frame_misuse_is_refused)
{
	struct vprim_xstate_frame f = { .size_bytes = 7 };
	uint8_t frame[600] = { 0 };

	ck_assert_int_eq(vprim_xstate_frame_read(frame, 511, 600, &f, NULL), -EINVAL);
	ck_assert_uint_eq(f.size_bytes, 7);
	/* Bytes that only claim to be large are not followed. */
	write_frame(frame, 7, 576);
	memset(frame + 468, 0xff, 4);
	memset(frame + 480, 0xff, 4);
	ck_assert_int_eq(vprim_xstate_frame_read(frame, 600, UINT32_MAX, &f, NULL), 0);
	ck_assert(f.fx_only);
}
END_TEST

/* -- images ---------------------------------------------------------------------- */

/*
 * A state as a person would write it down: what each component holds, where it
 * is not in its initial state, and MXCSR.
 */
struct state {
	uint64_t held;
	uint32_t mxcsr;
	uint8_t x87[152], xmm[256];
	uint8_t body[63][96];
};

static void random_state(struct test_rng *rng, uint64_t held, struct state *s)
{
	uint8_t *b = (uint8_t *)s;

	for (size_t i = 0; i + 8 <= sizeof(*s); i += 8)
		vprim_store_u64(b + i, test_rng_next(rng));
	s->held = held;
	s->mxcsr = test_rng_next(rng) % 4 ? (uint32_t)test_rng_next(rng) & 0xffbf :
					    0x1f80;
}

/* Bytes of x87 in the legacy region: all of 0 to 159 but MXCSR's eight. */
static uint8_t *x87_byte(uint8_t *image, unsigned int i)
{
	return image + (i < 24 ? i : i + 8);
}

static uint8_t *encode(const struct state *s, const struct vprim_xstate_leaf *l,
		       uint64_t mask, enum vprim_xstate_format format,
		       struct test_rng *noise, size_t *len)
{
	static struct map map = NEW_MAP;
	unsigned int seen[63] = { 0 };
	uint8_t *image;

	map_image(l, format == STD ? mask & (l[0].eax | (uint64_t)l[0].edx << 32) :
				     mask, format, &map);
	image = malloc(map.bytes);
	require(image);
	for (unsigned int i = 0; i < map.bytes; i++)
		image[i] = (uint8_t)test_rng_next(noise);
	memset(image + 512, 0, 64);
	for (unsigned int k = 0; k < 8; k++) {
		image[512 + k] = (uint8_t)(s->held >> 8 * k);
		if (format == CMP)
			image[520 + k] = (uint8_t)((mask | COMPACT_BIT) >> 8 * k);
	}
	for (unsigned int i = 0; i < 152; i++)
		if (s->held & 1)
			*x87_byte(image, i) = s->x87[i];
	if (s->held & 2)
		memcpy(image + 160, s->xmm, 256);
	for (unsigned int k = 0; k < 4; k++) {
		image[24 + k] = (uint8_t)(s->mxcsr >> 8 * k);
		image[28 + k] = (uint8_t)(0xffbfu >> 8 * k);
	}
	for (unsigned int i = 576; i < map.bytes; i++) {
		uint8_t n = map.owner[i];

		if (n < 63 && s->held & BIT(n))
			image[i] = s->body[n][seen[n]++];
	}
	*len = map.bytes;
	return image;
}

/* Every byte of an image, against the state that it must hold. */
static void expect_image(const uint8_t *image, size_t len, const struct state *s,
			 const struct vprim_xstate_leaf *l, uint64_t mask,
			 enum vprim_xstate_format format)
{
	static struct map map = NEW_MAP;
	unsigned int seen[63] = { 0 };
	static uint8_t want[MAP_BYTES];

	map_image(l, mask, format, &map);
	require(len == map.bytes);
	memset(want, 0, sizeof(want));
	want[0] = 0x7f;
	want[1] = 0x03;
	for (unsigned int i = 0; i < 152; i++)
		if (s->held & 1)
			*x87_byte(want, i) = s->x87[i];
	if (s->held & 2)
		memcpy(want + 160, s->xmm, 256);
	for (unsigned int k = 0; k < 8; k++) {
		want[512 + k] = (uint8_t)(s->held >> 8 * k);
		if (format == CMP)
			want[520 + k] = (uint8_t)((mask | COMPACT_BIT) >> 8 * k);
	}
	for (unsigned int k = 0; k < 4; k++) {
		want[24 + k] = (uint8_t)(s->mxcsr >> 8 * k);
		want[28 + k] = (uint8_t)(0xffbfu >> 8 * k);
	}
	for (unsigned int i = 576; i < map.bytes; i++)
		if (map.owner[i] < 63 && s->held & BIT(map.owner[i]))
			want[i] = s->body[map.owner[i]][seen[map.owner[i]]++];
	require(!memcmp(image, want, len));
}

/* What the library must do with MXCSR, in terms of the state. */
static void settle_mxcsr(struct state *s, uint64_t src_mask,
			 enum vprim_xstate_format from, uint64_t dst_mask)
{
	bool there = from == STD ? src_mask & 6 : s->held & 2;

	if (!there)
		s->mxcsr = 0x1f80;
	if (s->mxcsr != 0x1f80 && dst_mask & 2 && !(s->held & 2)) {
		s->held |= 2;
		memset(s->xmm, 0, sizeof(s->xmm));
	}
}

struct machine {
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table t;
};

/* Another machine with the same components at other places. */
static void relative(struct test_rng *rng, const struct machine *a,
		     struct machine *b)
{
	unsigned int end = 576;

	memcpy(b->l, a->l, sizeof(b->l));
	for (unsigned int n = 62; n > 1; n--) {
		if (!(a->t.xcr0 & BIT(n)))
			continue;
		b->l[n].ebx = end + (uint32_t)test_rng_below(rng, 20);
		b->l[n].ecx ^= (uint32_t)test_rng_next(rng) & 2;
		end = b->l[n].ebx + b->l[n].eax;
	}
	require(vprim_xstate_table_init(&b->t, b->l, 64, NULL) == 0);
}

static void convert_once(struct test_rng *rng, const struct machine *a,
			 const struct machine *b)
{
	static struct state s;
	enum vprim_xstate_format from = test_rng_next(rng) % 2 ? STD : CMP;
	enum vprim_xstate_format to = test_rng_next(rng) % 2 ? STD : CMP;
	uint64_t all = 3 | a->t.xcr0 | (from == CMP && to == CMP ? a->t.xss : 0);
	uint64_t src_mask = all & (test_rng_next(rng) | 3);
	uint64_t held = src_mask & test_rng_next(rng);
	uint64_t dst_mask = (3 | b->t.xcr0 | (to == CMP ? b->t.xss : 0)) &
			    (test_rng_next(rng) | held | 3);
	struct vprim_xstate_source src = { &a->t, src_mask, NULL, 0 };
	struct vprim_xstate_target dst = { &b->t, to, dst_mask, NULL, 0 };
	uint64_t size = 7, needed;
	uint8_t *image;

	random_state(rng, held, &s);
	image = encode(&s, a->l, src_mask, from, rng, &src.len);
	src.bytes = image;
	require(vprim_xstate_size(&b->t, dst_mask, to, &needed, NULL) == 0);
	dst.len = (size_t)needed;
	dst.bytes = malloc(dst.len);
	require(dst.bytes);
	memset(dst.bytes, 0x77, dst.len);
	require(vprim_xstate_convert(&src, &dst, NULL, &size, NULL) == 0);
	require(size == needed);
	settle_mxcsr(&s, src_mask, from, dst_mask);
	expect_image(dst.bytes, dst.len, &s, b->l, dst_mask, to);
	free(dst.bytes);
	free(image);
}

START_TEST(random_images_keep_their_state)
{
	struct test_rng rng = test_rng_seed(0x636f6e76657274);
	static struct machine a, b;
	uint64_t i, steps = test_steps(100000);

	for (i = 0; i < steps; i++) {
		if (i % 64 == 0) {
			random_leaves(&rng, a.l);
			require(vprim_xstate_table_init(&a.t, a.l, 64,
								 NULL) == 0);
			relative(&rng, &a, &b);
		}
		convert_once(&rng, &a, &b);
	}
}
END_TEST

/* Bytes of any kind: nothing outside the buffers, and all or nothing. */
START_TEST(damaged_images_change_nothing)
{
	struct test_rng rng = test_rng_seed(0x64616d616765);
	static struct machine a;
	static uint8_t before[4096];
	uint64_t i, refused = 0, steps = test_steps(100000);

	memcpy(a.l, machine_leaves[ZEN4], sizeof(a.l));
	require(vprim_xstate_table_init(&a.t, a.l, 64, NULL) == 0);
	memset(before, 0x77, sizeof(before));
	for (i = 0; i < steps; i++) {
		size_t len = (size_t)test_rng_below(&rng, 3000);
		uint8_t *image = malloc(len + 1), *out = malloc(2480);
		struct vprim_xstate_source src = { &a.t, 0x1ae7, image, len };
		struct vprim_xstate_target dst = { &a.t, CMP, 0x1ae7, out, 2480 };
		struct vprim_reason r = untouched;
		int ret;

		require(image && out);
		memset(image, 0, len + 1);
		for (int k = 0; k < 3 && len; k++)
			image[test_rng_below(&rng, len)] = (uint8_t)test_rng_next(&rng);
		if (len >= 576) {
			image[512] = (uint8_t)test_rng_next(&rng) & 0xe7;
			image[513] = (uint8_t)test_rng_next(&rng) & 0x1a;
			image[527] = test_rng_next(&rng) & 1 ? 0x80 : 0;
			image[520] = image[527] ? 0xe7 : 0;
			image[521] = image[527] ? 0x1a : 0;
		}
		memset(out, 0x77, 2480);
		ret = vprim_xstate_convert(&src, &dst, NULL, NULL, &r);
		require(ret == 0 || ret == -EBADMSG);
		require(!ret || !memcmp(out, before, 2480));
		require(!ret == !r.rule);
		refused += ret != 0;
		free(image);
		free(out);
	}
	require(steps < 1000 || (refused && refused < steps));
}
END_TEST

static const struct {
	const char *name;
	enum machine_name from, to;
	uint64_t mask, bv, comp, to_mask;
	enum vprim_xstate_format format;
	size_t len, room;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t reserved;
	bool keep;
	int ret;
	unsigned int rule;
	unsigned int bit;
} refusals[] = {
	{ "fits", ZEN3, ZEN3, 0x207, 0x207, 0, 0x207, STD, 2440, 2440, 0x1f80, 0, 0,
	  false, 0, VPRIM_REASON_NONE, 0 },
	{ "one byte of room too few", ZEN3, ZEN3, 0x207, 0x207, 0, 0x207, STD, 2440,
	  2439, 0x1f80, 0, 0, false, -EMSGSIZE, VPRIM_REASON_NONE, 64 },
	{ "no room at all", ZEN3, ZEN3, 0x207, 7, 0, 0x207, CMP, 832, 0, 0x1f80, 0,
	  0, false, -EMSGSIZE, VPRIM_REASON_NONE, 64 },
	{ "no whole header", ZEN3, ZEN3, 7, 7, 0, 7, STD, 575, 832, 0x1f80, 0, 0,
	  false, -EBADMSG, VPRIM_XSTATE_RULE_SHORT, 64 },
	{ "ends inside PKRU", ZEN3, ZEN3, 0x207, 0x207, 0, 0x207, STD, 2439, 2440,
	  0x1f80, 0, 0, false, -EBADMSG, VPRIM_XSTATE_RULE_SHORT, 9 },
	{ "ends behind what it holds", ZEN3, ZEN3, 0x207, 7, 0, 0x207, STD, 832,
	  2440, 0x1f80, 0, 0, false, 0, VPRIM_REASON_NONE, 0 },
	{ "compacted, ends inside AVX", ZEN3, ZEN3, 7, 4, COMPACT_BIT | 7, 7, STD,
	  831, 832, 0x1f80, 0, 0, false, -EBADMSG, VPRIM_XSTATE_RULE_SHORT, 2 },
	{ "XSTATE_BV", ZEN3, ZEN3, 7, 0x207, 0, 0x207, STD, 2440, 2440, 0x1f80, 0, 0,
	  false, -EBADMSG, VPRIM_XSTATE_RULE_XSTATE_BV, 9 },
	{ "XSTATE_BV has a supervisor bit", ZEN3, ZEN3, 0x1a07, 0x807, 0, 0x207, STD,
	  2440, 2440, 0x1f80, 0, 0, false, -EBADMSG, VPRIM_XSTATE_RULE_XSTATE_BV, 11 },
	{ "XCOMP_BV without its bit", ZEN3, ZEN3, 7, 7, 4, 7, STD, 832, 832, 0x1f80,
	  0, 0, false, -EBADMSG, VPRIM_XSTATE_RULE_XCOMP_BV, 2 },
	{ "XCOMP_BV beyond the mask", ZEN3, ZEN3, 7, 7, COMPACT_BIT | 0x207, 7, STD,
	  840, 832, 0x1f80, 0, 0, false, -EBADMSG, VPRIM_XSTATE_RULE_XCOMP_BV, 9 },
	{ "reserved", ZEN3, ZEN3, 7, 7, 0, 7, STD, 832, 832, 0x1f80, 0, 1, false,
	  -EBADMSG, VPRIM_XSTATE_RULE_RESERVED, 64 },
	{ "MXCSR", ZEN3, ZEN3, 7, 7, 0, 7, STD, 832, 832, 0x1fc0, 0, 0, false,
	  -EBADMSG, VPRIM_XSTATE_RULE_MXCSR, 64 },
	{ "MXCSR with a wider mask", ZEN3, ZEN3, 7, 7, 0, 7, STD, 832, 832, 0x1fc0,
	  0xffff, 0, false, 0, VPRIM_REASON_NONE, 0 },
	{ "the mask is beyond the table", ZEN3, ZEN3, 0x27, 7, 0, 7, STD, 832, 832,
	  0x1f80, 0, 0, false, -EINVAL, VPRIM_XSTATE_RULE_UNKNOWN, 5 },
	{ "the target's mask is", ZEN3, ZEN3, 7, 7, 0, 0x27, STD, 832, 832, 0x1f80,
	  0, 0, false, -EINVAL, VPRIM_XSTATE_RULE_UNKNOWN, 5 },
	{ "absent", ZEN3, ZEN3, 0x207, 0x207, 0, 7, STD, 2440, 2440, 0x1f80, 0, 0,
	  false, -EOPNOTSUPP, VPRIM_XSTATE_RULE_ABSENT, 9 },
	{ "MXCSR alone has no room", ZEN3, ZEN3, 7, 0, 0, 1, CMP, 832, 832, 0x9f80,
	  0, 0, false, -EOPNOTSUPP, VPRIM_XSTATE_RULE_ABSENT, 1 },
	{ "a standard image with AVX has room for it", ZEN3, ZEN3, 7, 0, 0, 5, STD,
	  832, 832, 0x9f80, 0, 0, false, 0, VPRIM_REASON_NONE, 0 },
	{ "PKRU to keep has no room", ZEN3, ZEN3, 7, 7, 0, 7, STD, 832, 832, 0x1f80,
	  0, 0, true, -EOPNOTSUPP, VPRIM_XSTATE_RULE_ABSENT, 9 },
	{ "PKRU changes its size", ZEN3, ZEN2, 0x207, 0x200, 0, 0x207, STD, 2440, 896,
	  0x1f80, 0, 0, false, 0, VPRIM_REASON_NONE, 0 },
};

START_TEST(refusals_say_why)
{
	struct vprim_xstate_table a = machine_table(refusals[_i].from);
	struct vprim_xstate_table b = machine_table(refusals[_i].to);
	uint8_t *in = calloc(1, refusals[_i].len + 1), *out, *before;
	struct vprim_xstate_source src = { &a, refusals[_i].mask, in,
					   refusals[_i].len };
	struct vprim_xstate_target dst = { &b, refusals[_i].format,
					   refusals[_i].to_mask, NULL,
					   refusals[_i].room };
	struct vprim_xstate_convert_opts opts = { refusals[_i].mxcsr_mask,
						  refusals[_i].keep, 5 };
	const char *name = refusals[_i].name;
	struct vprim_reason r = untouched;
	uint64_t size = 7, needed;
	int ret;

	out = malloc(dst.len + 1);
	before = malloc(dst.len + 1);
	ck_assert(in && out && before);
	memset(out, 0x77, dst.len + 1);
	memset(before, 0x77, dst.len + 1);
	dst.bytes = out;
	vprim_store_le32(in + 24, refusals[_i].mxcsr);
	if (src.len >= 576) {
		vprim_store_le64(in + 512, refusals[_i].bv);
		vprim_store_le64(in + 520, refusals[_i].comp);
		in[575] = refusals[_i].reserved;
	}
	ret = vprim_xstate_convert(&src, &dst, &opts, &size, &r);
	ck_assert_msg(ret == refusals[_i].ret, "%s: %d", name, ret);
	if (ret) {
		expect_reason(name, r, refusals[_i].rule, refusals[_i].bit);
		ck_assert_msg(!memcmp(out, before, dst.len + 1), "%s", name);
	}
	if (!ret || ret == -EMSGSIZE) {
		ck_assert_int_eq(vprim_xstate_size(&b, dst.mask, dst.format,
						   &needed, NULL), 0);
		ck_assert_msg(size == needed, "%s: %" PRIu64, name, size);
	} else {
		ck_assert_msg(size == 7, "%s", name);
	}
	ck_assert_msg(out[dst.len] == 0x77, "%s: beyond the buffer", name);
	free(in);
	free(out);
	free(before);
}
END_TEST

START_TEST(a_component_of_another_size_does_not_move)
{
	struct machine a, b;
	uint8_t in[2480] = { 0 }, out[2480];
	struct vprim_xstate_source src = { &a.t, 0x1ae7, in, sizeof(in) };
	struct vprim_xstate_target dst = { &b.t, CMP, 0x1ae7, out, sizeof(out) };
	struct vprim_xstate_convert_opts keep = { 0, true, 5 };
	struct vprim_reason r;

	memcpy(a.l, machine_leaves[ZEN4], sizeof(a.l));
	memcpy(b.l, machine_leaves[ZEN4], sizeof(b.l));
	b.l[11].eax = 8;
	b.l[9].eax = 3;
	ck_assert_int_eq(vprim_xstate_table_init(&a.t, a.l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_table_init(&b.t, b.l, 64, NULL), 0);
	vprim_store_le64(in + 520, COMPACT_BIT | 0x1ae7);
	vprim_store_le64(in + 512, 0x800);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r),
			 -EOPNOTSUPP);
	expect_reason("CET_U", r, VPRIM_XSTATE_RULE_SIZE, 11);
	/* Not in use, its size does not matter. */
	vprim_store_le64(in + 512, 0x1000);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r), 0);
	/* PKRU needs its four bytes. */
	vprim_store_le64(in + 512, 0x200);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r),
			 -EOPNOTSUPP);
	expect_reason("PKRU", r, VPRIM_XSTATE_RULE_SIZE, 9);
	vprim_store_le64(in + 512, 0);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, &keep, NULL, &r),
			 -EOPNOTSUPP);
	expect_reason("PKRU to keep", r, VPRIM_XSTATE_RULE_SIZE, 9);
	b.l[9].eax = 6;
	ck_assert_int_eq(vprim_xstate_table_init(&b.t, b.l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, &keep, NULL, &r), 0);
	ck_assert_uint_eq(out[2432], 5);
	ck_assert_uint_eq(vprim_load_le64(out + 512), 0x200);
	in[2432] = 9;
	vprim_store_le64(in + 512, 0x200);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, &keep, NULL, &r), 0);
	ck_assert_uint_eq(out[2432], 9);
	/* And out of a slot of six bytes. */
	src.table = &b.t;
	dst.table = &a.t;
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r), 0);
	ck_assert_uint_eq(out[2432], 9);
	/* And not out of one of three. */
	b.l[9].eax = 3;
	ck_assert_int_eq(vprim_xstate_table_init(&b.t, b.l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r),
			 -EOPNOTSUPP);
	expect_reason("PKRU from three bytes", r, VPRIM_XSTATE_RULE_SIZE, 9);
}
END_TEST

START_TEST(conversion_misuse_is_refused)
{
	struct vprim_xstate_table t = machine_table(ZEN3);
	uint8_t in[832] = { 0 }, out[832];
	struct vprim_xstate_source src = { &t, 7, in, sizeof(in) }, s;
	struct vprim_xstate_target dst = { &t, STD, 7, out, sizeof(out) }, d;
	struct vprim_reason r = untouched;

	d = dst, d.bytes = NULL, d.len = 0;
	ck_assert_int_eq(vprim_xstate_convert(&src, &d, NULL, NULL, &r), -EMSGSIZE);
	d = dst, d.format = (enum vprim_xstate_format)2;
	ck_assert_int_eq(vprim_xstate_convert(&src, &d, NULL, NULL, &r), -EINVAL);
	/* The buffers may touch, not overlap. */
	d = dst, d.bytes = in;
	ck_assert_int_eq(vprim_xstate_convert(&src, &d, NULL, NULL, &r), -EINVAL);
	d.bytes = in + 831;
	ck_assert_int_eq(vprim_xstate_convert(&src, &d, NULL, NULL, &r), -EINVAL);
	s = src, s.bytes = out + 831;
	ck_assert_int_eq(vprim_xstate_convert(&s, &dst, NULL, NULL, &r), -EINVAL);
	ck_assert_int_eq(vprim_xstate_convert(&src, &dst, NULL, NULL, &r), 0);
}
END_TEST

/* -- migration -------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum machine_name from, to;
	uint64_t xcr0, xss, permitted, room;
	bool features, size;
	uint64_t missing, not_permitted, resized, moved, needed, has_room;
} moves[] = {
	{ "to itself", SPR, SPR, 0x602e7, 0xdd00, ~UINT64_C(0), 0, true, true, 0, 0,
	  0, 0, 11008, 11008 },
	{ "upwards", ICX, SPR, 0x2e7, 0, 0x602e7, 0, true, true, 0, 0, 0, 0, 2696,
	  11008 },
	{ "downwards", SPR, ICX, 0x602e7, 0, ~UINT64_C(0), 0, false, false, 0x60000,
	  0, 0, 0, 11008, 4096 },
	{ "downwards, without the tiles", SPR, ICX, 0x2e7, 0, ~UINT64_C(0), 0, true,
	  true, 0, 0, 0, 0, 2696, 4096 },
	{ "not permitted", SPR, SPR, 0x602e7, 0, 0x202e7, 0, false, false, 0,
	  0x40000, 0, 0, 11008, 4096 },
	{ "a fixed buffer", SPR, SPR, 0x602e7, 0, ~UINT64_C(0), 4096, true, false, 0,
	  0, 0, 0, 11008, 4096 },
	{ "other places", ZEN4, SPR, 0x2e7, 0, ~UINT64_C(0), 0, true, false, 0, 0, 0,
	  0x2e0, 2440, 11008 },
	{ "another size", ZEN2, ZEN3, 0x207, 0, ~UINT64_C(0), 0, true, false, 0, 0,
	  0x200, 0x200, 896, 4096 },
	{ "CET", ZEN3, ICX, 7, 0x1800, ~UINT64_C(0), 0, false, true, 0x1800, 0, 0, 0,
	  832, 4096 },
};

START_TEST(verdicts)
{
	struct vprim_xstate_table a = machine_table(moves[_i].from);
	struct vprim_xstate_table b = machine_table(moves[_i].to);
	struct vprim_xstate_origin from = { &a, moves[_i].xcr0, moves[_i].xss };
	struct vprim_xstate_destination to = { &b, moves[_i].permitted,
					       moves[_i].room, 0 };
	struct vprim_xstate_verdict v;
	struct vprim_reason r = untouched;
	const char *name = moves[_i].name;

	ck_assert_int_eq(vprim_xstate_migrate(&from, &to, &v, &r), 0);
	ck_assert_msg(!r.rule, "%s: a reason", name);
	ck_assert_msg(v.features_fit == moves[_i].features, "%s: features", name);
	ck_assert_msg(v.size_fits == moves[_i].size, "%s: size", name);
	ck_assert_msg(v.compatible == (v.features_fit && v.size_fits), "%s", name);
	ck_assert_msg(v.missing == moves[_i].missing, "%s: missing", name);
	ck_assert_msg(v.not_permitted == moves[_i].not_permitted, "%s: perm", name);
	ck_assert_msg(v.resized == moves[_i].resized, "%s: resized", name);
	ck_assert_msg(v.moved == moves[_i].moved, "%s: moved", name);
	ck_assert_msg(v.realigned == 0, "%s: realigned", name);
	ck_assert_msg(v.blocked == (v.missing | v.not_permitted | v.resized |
				    v.moved), "%s: blocked", name);
	ck_assert_msg(v.needed_bytes == moves[_i].needed, "%s: needed", name);
	ck_assert_msg(v.capacity_bytes == moves[_i].has_room, "%s: room", name);
}
END_TEST

START_TEST(another_alignment_blocks)
{
	struct vprim_xstate_leaf l[VPRIM_XSTATE_LEAVES];
	struct vprim_xstate_table a = machine_table(SPR), b;
	struct vprim_xstate_origin from = { &a, 0x602e7, 0 };
	struct vprim_xstate_destination to = { &b, UINT64_MAX, 0, 0 };
	struct vprim_xstate_verdict v;

	memcpy(l, machine_leaves[SPR], sizeof(l));
	l[17].ecx = 0;
	l[18].ecx = 2;		/* the XFD flag is no geometry */
	ck_assert_int_eq(vprim_xstate_table_init(&b, l, 64, NULL), 0);
	ck_assert_int_eq(vprim_xstate_migrate(&from, &to, &v, NULL), 0);
	ck_assert(!v.compatible && v.features_fit && !v.size_fits);
	ck_assert_uint_eq(v.realigned, BIT(17));
	ck_assert_uint_eq(v.blocked, BIT(17));
}
END_TEST

START_TEST(what_the_destination_withholds_blocks)
{
	struct vprim_xstate_table t = machine_table(SPR);
	struct vprim_xstate_origin from = { &t, 0x602e7, 0 };
	struct vprim_xstate_destination to = {
		.table = &t, .permitted = UINT64_MAX, .withheld = BIT(18) | BIT(20),
	};
	struct vprim_xstate_verdict v;

	ck_assert_int_eq(vprim_xstate_migrate(&from, &to, &v, NULL), 0);
	ck_assert(!v.compatible && !v.features_fit && v.size_fits);
	ck_assert_uint_eq(v.withheld, BIT(18));
	ck_assert_uint_eq(v.blocked, BIT(18));
}
END_TEST

START_TEST(migration_misuse_is_refused)
{
	struct vprim_xstate_table t = machine_table(ZEN3);
	struct vprim_xstate_origin from = { &t, 7, 0 }, f;
	struct vprim_xstate_destination to = { &t, 7, 0, 0 };
	struct vprim_xstate_verdict v = { .needed_bytes = 77 };
	struct vprim_reason r = untouched;

	f = from, f.xcr0 = 0x27;
	ck_assert_int_eq(vprim_xstate_migrate(&f, &to, &v, &r), -EINVAL);
	expect_reason("XCR0", r, VPRIM_XSTATE_RULE_UNKNOWN, 5);
	f.xss = 0x100;
	ck_assert_int_eq(vprim_xstate_migrate(&f, &to, &v, &r), -EINVAL);
	expect_reason("XCR0 before XSS", r, VPRIM_XSTATE_RULE_UNKNOWN, 5);
	f = from, f.xss = 0x100;
	ck_assert_int_eq(vprim_xstate_migrate(&f, &to, &v, &r), -EINVAL);
	expect_reason("XSS", r, VPRIM_XSTATE_RULE_UNKNOWN, 8);
	f.xss = 0x4;
	ck_assert_int_eq(vprim_xstate_migrate(&f, &to, &v, &r), -EINVAL);
	expect_reason("user state in XSS", r, VPRIM_XSTATE_RULE_UNKNOWN, 2);
	t.component[11].size_bytes = 0;
	f = from, f.xss = 0x800;
	ck_assert_int_eq(vprim_xstate_migrate(&f, &to, &v, &r), -EINVAL);
	expect_reason("no size", r, VPRIM_XSTATE_RULE_UNKNOWN, 11);
	ck_assert_uint_eq(v.needed_bytes, 77);
}
END_TEST

/* -- text --------------------------------------------------------------------------- */

/* The text in a buffer that fits exactly; one byte less cuts it. */
static char *exact(const struct vprim_xstate_verdict *v,
		   enum vprim_xstate_style style)
{
	size_t length = vprim_xstate_verdict_text(v, style, NULL, 0);
	char *text = malloc(length + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(vprim_xstate_verdict_text(v, style, text, length), length);
	ck_assert_uint_eq(strlen(text), length - 1);
	ck_assert_uint_eq(vprim_xstate_verdict_text(v, style, text, length + 1),
			  length);
	ck_assert_uint_eq(strlen(text), length);
	return text;
}

START_TEST(reasons_are_sentences)
{
	struct vprim_xstate_table t = machine_table(ZEN3);
	struct vprim_xstate_leaf l[] = { { 7, 0, 0, 0 }, { 0, 0, 0, BIT(31) } };
	char text[VPRIM_REASON_TEXT_BYTES];
	struct vprim_xstate_header h = { .xstate_bv = 7, .reserved = { 1 } };
	struct vprim_xstate_limits limits = { .user = 7 };
	struct vprim_reason why;
	uint64_t size;

	ck_assert_int_eq(vprim_xstate_check_xcr0(7, 0, 5, VPRIM_XSTATE_ORDER_ARCH,
						 &why), -EINVAL);
	vprim_reason_text(&why, text, sizeof(text));
	ck_assert_str_eq(text, "component 2 (AVX) and 1 (SSE): AVX needs SSE");
	ck_assert_int_eq(vprim_xstate_size(&t, BIT(20), CMP, &size, &why), -EINVAL);
	vprim_reason_text(&why, text, sizeof(text));
	ck_assert_str_eq(text, "component 20 (unassigned): "
			 "the table does not enumerate it");
	ck_assert_int_eq(vprim_xstate_table_init(&t, l, 2, &why), -EINVAL);
	vprim_reason_text(&why, text, sizeof(text));
	ck_assert_str_eq(text, "sub-leaf 1: bit 63 of its mask is no component");
	ck_assert_int_eq(vprim_xstate_check_header(&h, VPRIM_XSTATE_BY_UABI, &limits,
						   &why), -EINVAL);
	vprim_reason_text(&why, text, sizeof(text));
	ck_assert_str_eq(text, "a reserved byte of the header is set");
	ck_assert_uint_eq(vprim_xstate_bit(63), VPRIM_XSTATE_BIT(63));
}
END_TEST

START_TEST(verdicts_in_words_and_in_json)
{
	struct vprim_xstate_verdict v = {
		.compatible = false, .features_fit = false, .size_fits = false,
		.missing = BIT(17), .not_permitted = BIT(18), .moved = BIT(9),
		.resized = BIT(9), .realigned = BIT(20),
		.blocked = BIT(17) | BIT(18) | BIT(9) | BIT(20),
		.needed_bytes = UINT64_MAX, .capacity_bytes = 0,
	};
	char *text = exact(&v, VPRIM_XSTATE_TEXT);

	ck_assert_str_eq(text,
		"compatible: no\n"
		"features: not a subset\n"
		"size: does not fit, 18446744073709551615 bytes into 0\n"
		"component 9 (PKRU) has another size and place\n"
		"component 17 (XTILECFG) is missing\n"
		"component 18 (XTILEDATA) is not permitted\n"
		"component 20 (unassigned) has another alignment\n");
	free(text);
	v.realigned |= BIT(9);
	v.resized |= BIT(18);
	v.capacity_bytes = UINT64_MAX;
	text = exact(&v, VPRIM_XSTATE_TEXT);
	ck_assert_str_eq(text,
		"compatible: no\n"
		"features: not a subset\n"
		"size: fits, 18446744073709551615 bytes into 18446744073709551615\n"
		"component 9 (PKRU) has another size, place and alignment\n"
		"component 17 (XTILECFG) is missing\n"
		"component 18 (XTILEDATA) is not permitted and has another size\n"
		"component 20 (unassigned) has another alignment\n");
	free(text);
	v.realigned &= ~BIT(9);
	v.resized &= ~BIT(18);
	v.missing |= BIT(7);
	v.withheld = BIT(18);
	text = exact(&v, VPRIM_XSTATE_TEXT);
	ck_assert_ptr_nonnull(strstr(text, "component 18 (XTILEDATA) is not permitted"
				     " and is not offered by the kernel\n"));
	free(text);
	v.withheld = 0;
	v.capacity_bytes = 0;
	text = exact(&v, VPRIM_XSTATE_JSON);
	ck_assert_str_eq(text,
		"{\"compatible\":false,\"features\":{\"fit\":false,"
		"\"missing\":[7,17],\"not_permitted\":[18],\"withheld\":[]},"
		"\"size\":{\"fits\":false,\"needed\":18446744073709551615,"
		"\"room\":0,\"resized\":[9],\"moved\":[9],\"realigned\":[20]},"
		"\"blocked\":[{\"component\":9,\"name\":\"PKRU\","
		"\"why\":[\"resized\",\"moved\"]},"
		"{\"component\":17,\"name\":\"XTILECFG\",\"why\":[\"missing\"]},"
		"{\"component\":18,\"name\":\"XTILEDATA\","
		"\"why\":[\"not_permitted\"]},"
		"{\"component\":20,\"name\":\"unassigned\","
		"\"why\":[\"realigned\"]}]}");
	free(text);
	memset(&v, 0, sizeof(v));
	v.compatible = v.features_fit = v.size_fits = true;
	v.needed_bytes = 2696;
	v.capacity_bytes = 4096;
	text = exact(&v, VPRIM_XSTATE_TEXT);
	ck_assert_str_eq(text, "compatible: yes\nfeatures: a subset\n"
			 "size: fits, 2696 bytes into 4096\n");
	free(text);
	text = exact(&v, VPRIM_XSTATE_JSON);
	ck_assert_str_eq(text,
		"{\"compatible\":true,\"features\":{\"fit\":true,\"missing\":[],"
		"\"not_permitted\":[],\"withheld\":[]},\"size\":{\"fits\":true,\"needed\":2696,"
		"\"room\":4096,\"resized\":[],\"moved\":[],\"realigned\":[]},"
		"\"blocked\":[]}");
	free(text);
}
END_TEST

/* -- a table against itself ------------------------------------------------------- */

START_TEST(real_machines_do_not_contradict_themselves)
{
	struct vprim_xstate_table t = machine_table((enum machine_name)_i);
	struct vprim_xstate_audit a;

	vprim_xstate_table_audit(&t, &a);
	ck_assert(vprim_xstate_audit_is_clean(&a));
	ck_assert_uint_eq(a.lacking, 0);
	ck_assert_uint_eq(a.standard_bytes, t.ecx0);
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_YES);
	ck_assert(a.ebx0.fit == VPRIM_XSTATE_FIT_YES);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_YES);
}
END_TEST

/* The obvious search, over every value of both registers. */
struct right_sizes {
	bool right;
	uint64_t below, above;
};

static void note_size(struct right_sizes *r, uint64_t size, uint64_t says)
{
	r->right = r->right || size == says;
	if (size < says && size > r->below)
		r->below = size;
	if (size > says && (!r->above || size < r->above))
		r->above = size;
}

static struct right_sizes naive_sizes(const struct vprim_xstate_table *t,
				      enum vprim_xstate_format format)
{
	uint64_t xss_all = format == VPRIM_XSTATE_COMPACTED ? t->xss : 0, size;
	uint64_t says = xss_all || format ? t->ebx1 : t->ebx0, xcr0, xss;
	struct right_sizes r = { false, 0, 0 };

	for (xcr0 = t->xcr0; xcr0; xcr0 = (xcr0 - 1) & t->xcr0) {
		if (vprim_xstate_check_xcr0(t->xcr0, 0, xcr0,
					    VPRIM_XSTATE_ORDER_ARCH, NULL))
			continue;
		for (xss = xss_all;; xss = (xss - 1) & xss_all) {
			require(!vprim_xstate_size(t, xcr0 | xss, format, &size, NULL));
			note_size(&r, size, says);
			if (!xss)
				break;
		}
	}
	return r;
}

static void same_audit(const struct vprim_xstate_audit_size *a, uint32_t says,
		       const struct right_sizes *r)
{
	require(a->says == says);
	if (!says) {
		require(a->fit == VPRIM_XSTATE_FIT_ABSENT);
		require(!a->below && !a->above);
		return;
	}
	require(a->fit == (r->right ? VPRIM_XSTATE_FIT_YES : VPRIM_XSTATE_FIT_NO));
	require(r->right || (a->below == r->below && a->above == r->above));
}

START_TEST(audits_agree_with_the_obvious_search)
{
	static const enum machine_name names[] = { SKX, ICX, SPR, ZEN2, ZEN3,
						   ZEN4, APX };
	struct test_rng rng = test_rng_seed(0x6175646974);
	uint64_t steps = test_steps(2000) / 10 + 20;

	while (steps--) {
		struct vprim_xstate_table t = machine_table(
			names[test_rng_below(&rng, VPRIM_ARRAY_LEN(names))]);
		struct right_sizes standard, compacted;
		struct vprim_xstate_audit a;

		t.ebx0 = (uint32_t)(576 + test_rng_below(&rng, 40) * 64 +
				    test_rng_below(&rng, 2) * 8);
		t.ebx1 = (uint32_t)(576 + test_rng_below(&rng, 400) * 8);
		if (!test_rng_below(&rng, 8))
			t.ebx0 = 0;
		vprim_xstate_table_audit(&t, &a);
		standard = naive_sizes(&t, VPRIM_XSTATE_STANDARD);
		compacted = naive_sizes(&t, VPRIM_XSTATE_COMPACTED);
		same_audit(&a.ebx0, t.ebx0, &standard);
		same_audit(&a.ebx1, t.ebx1, &compacted);
	}
}
END_TEST

START_TEST(what_is_missing_excuses_only_what_it_could_mend)
{
	struct vprim_xstate_table t = machine_table(SPR);
	struct vprim_xstate_audit a;

	t.component[VPRIM_XSTATE_XTILEDATA].size_bytes = 0;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(vprim_xstate_audit_is_clean(&a));
	ck_assert_uint_eq(a.lacking, BIT(18));
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_CUT);
	ck_assert(a.ebx0.fit == VPRIM_XSTATE_FIT_CUT);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_CUT);
	ck_assert_uint_eq(a.standard_bytes, 11008);
	ck_assert_uint_eq(a.compacted_bytes, 11520);
	/* Exact, but for a size that is not known. */
	t.ecx0 = 2816;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_CUT);
	t.ecx0 = 2815;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(!vprim_xstate_audit_is_clean(&a));
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_NO);
	ck_assert_uint_eq(a.ecx0.above, 2816);
	/* The compacted size alone. */
	t = machine_table(ZEN3);
	t.ebx1++;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(!vprim_xstate_audit_is_clean(&a));
	ck_assert(a.ebx0.fit != VPRIM_XSTATE_FIT_NO);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_NO);
	/* Supervisor state that no instruction saves, and nothing else. */
	t = machine_table(ZEN3);
	t.features &= ~(uint32_t)VPRIM_XSTATE_HAS_XSAVES;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(!vprim_xstate_audit_is_clean(&a));
	ck_assert(a.xss_without_xsaves);
	ck_assert(a.ebx1.fit != VPRIM_XSTATE_FIT_NO);
	/* A supervisor component is no part of the standard format. */
	t = machine_table(ZEN3);
	t.component[VPRIM_XSTATE_CET_S].size_bytes = 0;
	t.ecx0 = 2441;
	t.ebx0 = 833;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_NO);
	ck_assert(a.ebx0.fit == VPRIM_XSTATE_FIT_NO);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_CUT);
	/* More components than there are milliseconds for. */
	memset(&t, 0, sizeof(t));
	t.xcr0 = BIT(62) - 1;
	for (unsigned int n = 2; n < 62; n++) {
		t.component[n].size_bytes = 8;
		t.component[n].offset = 576 + 8 * n;
	}
	t.ebx0 = t.ebx1 = 577;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ebx0.fit == VPRIM_XSTATE_FIT_UNKNOWN);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_UNKNOWN);
	ck_assert(vprim_xstate_audit_is_clean(&a));
	/* What says nothing is not looked at. */
	t.ebx0 = 0;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ebx0.fit == VPRIM_XSTATE_FIT_ABSENT);
	ck_assert(a.ecx0.fit == VPRIM_XSTATE_FIT_ABSENT);
	ck_assert_uint_eq(a.ecx0.above, 0);
	/* The most that are tried: 2^18 sizes. */
	t.xcr0 = BIT(18) - 1;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_NO);
	t.xcr0 = BIT(19) - 1;
	vprim_xstate_table_audit(&t, &a);
	ck_assert(a.ebx1.fit == VPRIM_XSTATE_FIT_UNKNOWN);
}
END_TEST

/* -- images without CPUID ----------------------------------------------------------- */

START_TEST(an_image_is_laid_out_as_its_machine_says)
{
	static const struct {
		enum machine_name machine;
		enum vprim_xstate_layout layout;
	} rows[] = {
		{ SKX, VPRIM_XSTATE_LAYOUT_INTEL }, { ICX, VPRIM_XSTATE_LAYOUT_INTEL },
		{ SPR, VPRIM_XSTATE_LAYOUT_INTEL }, { APX, VPRIM_XSTATE_LAYOUT_INTEL },
		{ ZEN2, VPRIM_XSTATE_LAYOUT_AMD_ZEN2 },
		{ ZEN3, VPRIM_XSTATE_LAYOUT_AMD }, { ZEN4, VPRIM_XSTATE_LAYOUT_AMD },
	};
	struct vprim_xstate_table m = machine_table(rows[_i].machine), t;
	uint64_t mask, size, left;

	for (mask = m.xcr0; mask; mask = (mask - 1) & m.xcr0) {
		unsigned int ret;

		require(!vprim_xstate_size(&m, mask, VPRIM_XSTATE_STANDARD, &size, NULL));
		require(vprim_xstate_layouts_of(mask, size) >> rows[_i].layout & 1);
		ret = (unsigned int)-vprim_xstate_guess(mask, size, &t);
		/* The length tells; that of AVX-512 in parts need not. */
		require(!ret || (ret == EEXIST && !(mask & BIT(9))));
		if (ret)
			continue;
		require(t.xcr0 == mask && t.ecx0 == size);
		for (left = mask & ~(uint64_t)3; left; left &= left - 1) {
			unsigned int n = vprim_ctz64(left);

			require(t.component[n].offset == m.component[n].offset);
			require(t.component[n].size_bytes == m.component[n].size_bytes);
		}
	}
}
END_TEST

START_TEST(a_guess_that_fails_writes_nothing)
{
	struct vprim_xstate_table t = { .xcr0 = 77 };

	ck_assert_int_eq(vprim_xstate_guess(0x207, 4096, &t), -EEXIST);
	ck_assert_int_eq(vprim_xstate_guess(0x2e7, 2000, &t), -ENOENT);
	ck_assert_int_eq(vprim_xstate_guess(0x107, 0, &t), -ENOENT);
	ck_assert_uint_eq(t.xcr0, 77);
	for (int i = 0; i < VPRIM_XSTATE_LAYOUTS; i++)
		ck_assert_ptr_nonnull(vprim_xstate_layout_name(
					(enum vprim_xstate_layout)i));
	ck_assert_ptr_null(vprim_xstate_layout_name(VPRIM_XSTATE_LAYOUTS));
}
END_TEST

START_TEST(a_guess_writes_a_whole_table)
{
	struct vprim_xstate_table t, want = { .xcr0 = 7, .ebx0 = 832, .ecx0 = 832 };

	want.component[2].size_bytes = 256;
	want.component[2].offset = 576;
	memset(&t, 0x5a, sizeof(t));
	ck_assert_int_eq(vprim_xstate_guess(7, 832, &t), 0);
	ck_assert(t.xcr0 == want.xcr0 && t.xss == 0 && t.features == 0);
	ck_assert(t.ebx0 == want.ebx0 && t.ecx0 == want.ecx0 && t.ebx1 == 0);
	ck_assert(!memcmp(t.component, want.component, sizeof(t.component)));
	ck_assert_uint_eq(vprim_xstate_layouts_of(3, 576),
			  BIT(VPRIM_XSTATE_LAYOUTS) - 1);
}
END_TEST

START_TEST(names_and_kinds)
{
	ck_assert_str_eq(vprim_xstate_component_name(19), "APX");
	ck_assert_str_eq(vprim_xstate_component_name(62), "LWP");
	ck_assert_str_eq(vprim_xstate_component_name(20), "unassigned");
	ck_assert_str_eq(vprim_xstate_component_name(63), "unassigned");
	ck_assert_str_eq(vprim_xstate_component_name(~0u), "unassigned");
	/* PT, PASID to HWP; everything else that has a name is user state. */
	for (unsigned int n = 0; n < 70; n++) {
		enum vprim_xstate_kind want = VPRIM_XSTATE_UNASSIGNED;

		if (n < 20 || n == 62)
			want = VPRIM_XSTATE_USER;
		if (n == 8 || (n >= 10 && n <= 16))
			want = VPRIM_XSTATE_SUPERVISOR;
		ck_assert_int_eq(vprim_xstate_component_kind(n), want);
	}
}
END_TEST

#define LOOP(test, table) \
	tcase_add_loop_test(t, test, 0, (int)VPRIM_ARRAY_LEN(table))

int main(void)
{
	Suite *s = suite_create("xstate");
	TCase *t = tcase_create("xstate");

	LOOP(sizes_of_real_tables, sizes);
	tcase_add_test(t, the_empty_image_and_avx_are_the_same_everywhere);
	tcase_add_test(t, the_highest_number_is_not_the_end);
	tcase_add_test(t, random_tables_agree_with_a_map_of_bytes);
	tcase_add_test(t, size_properties_hold);
	tcase_add_test(t, the_compacted_size_is_not_additive);
	LOOP(contradictions_name_the_leaf, contradictions);
	tcase_add_test(t, what_is_no_contradiction);
	tcase_add_test(t, a_table_is_written_whole_and_not_a_byte_beyond);
	tcase_add_test(t, success_leaves_no_reason);
	tcase_add_test(t, random_leaves_are_refused_for_a_shared_byte);
	tcase_add_test(t, misuse_is_refused);
	tcase_add_test(t, a_compacted_size_over_32_bits_has_no_register);
	tcase_add_test(t, both_orders_judge_every_small_xcr0_alike);
	tcase_add_test(t, registers_refuse_nonsense);
	LOOP(headers_through_the_bytes_of_an_image, headers);
	LOOP(modes_and_mxcsr, loads);
	tcase_add_test(t, pkru_afterwards);
	tcase_add_test(t, header_misuse_is_refused);
	tcase_add_test(t, a_frame_reads_back_as_written);
	tcase_add_test(t, software_bytes_are_judged_in_order);
	tcase_add_test(t, frame_misuse_is_refused);
	tcase_add_test(t, random_images_keep_their_state);
	tcase_add_test(t, damaged_images_change_nothing);
	LOOP(refusals_say_why, refusals);
	tcase_add_test(t, a_component_of_another_size_does_not_move);
	tcase_add_test(t, conversion_misuse_is_refused);
	LOOP(verdicts, moves);
	tcase_add_test(t, another_alignment_blocks);
	tcase_add_test(t, migration_misuse_is_refused);
	tcase_add_test(t, reasons_are_sentences);
	tcase_add_test(t, what_the_destination_withholds_blocks);
	tcase_add_test(t, verdicts_in_words_and_in_json);
	tcase_add_loop_test(t, real_machines_do_not_contradict_themselves, 0,
			    MACHINES);
	tcase_add_test(t, audits_agree_with_the_obvious_search);
	tcase_add_test(t, what_is_missing_excuses_only_what_it_could_mend);
	tcase_add_loop_test(t, an_image_is_laid_out_as_its_machine_says, 0, 7);
	tcase_add_test(t, a_guess_that_fails_writes_nothing);
	tcase_add_test(t, a_guess_writes_a_whole_table);
	tcase_add_test(t, names_and_kinds);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
