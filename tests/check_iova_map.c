// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_map.h: tables for the edges of the space, every state of a small space, a
 * naive model beside long random runs, the same runs moved to the top of the
 * space, every allocation failed in turn, and the shapes of the tree. The last
 * group looks into the nodes, to be sure that what it means to reach is reached.
 */
#include "../libvirtprim/iova/iova_map_internal.h"
#include "iova_map_model.h"
#include "testlib.h"
#include <string.h>
#include <time.h>

#define M UINT64_MAX

/* Quiet while it holds. */
#define require_eq(a, b)                                                         \
	do {                                                                  \
		uint64_t a_ = (uint64_t)(a), b_ = (uint64_t)(b);              \
		if (a_ != b_)                                                 \
			ck_abort_msg("%s is 0x%" PRIx64 ", not 0x%" PRIx64,   \
				     #a, a_, b_);                             \
	} while (0)
#define PAGE UINT64_C(4096)

static struct vprim_range range(uint64_t start, uint64_t last)
{
	struct vprim_range r = { start, last };

	return r;
}

static bool same(const struct vprim_iova_mapping *a,
		 const struct vprim_iova_mapping *b)
{
	return a->range.start == b->range.start &&
	       a->range.last == b->range.last && a->value == b->value;
}

static const struct vprim_iova_mapping untouched = { { 7, 3 }, 11 };

static struct vprim_iova_map make(struct test_memory *mem, bool linear)
{
	struct vprim_iova_map_options o = { 0 };
	struct vprim_iova_map map;

	if (linear)
		o.values = VPRIM_IOVA_MAP_LINEAR;
	memset(mem, 0, sizeof(*mem));
	memset(&map, 0x5a, sizeof(map));
	ck_assert_int_eq(vprim_iova_map_init(&map, sizeof(map), &test_alloc_ops,
					     mem, &o, NULL), 0);
	return map;
}

static struct vprim_iova_map_stats stats(const struct vprim_iova_map *map)
{
	struct vprim_iova_map_stats s;

	memset(&s, 0, sizeof(s));
	vprim_iova_map_describe(map, &s);
	return s;
}

static void unmake(struct vprim_iova_map *map, struct test_memory *mem)
{
	require_eq(vprim_iova_map_audit(map), 0);
	require_eq(stats(map).bytes, mem->bytes);
	require_eq(stats(map).count, vprim_iova_map_count(map));
	vprim_iova_map_fini(map);
	require_eq(mem->blocks, 0);
	require_eq(mem->bytes, 0);
}

static int insert(struct vprim_iova_map *map, uint64_t start, uint64_t last,
		  uint64_t value)
{
	struct vprim_range r = range(start, last);

	return vprim_iova_map_insert(map, &r, value, NULL);
}

static int erase(struct vprim_iova_map *map, uint64_t start, uint64_t last,
		 uint64_t *touched)
{
	struct vprim_range r = range(start, last);

	return vprim_iova_map_erase(map, &r, touched);
}

/* The map holds exactly what the model does. */
static void compare(const struct vprim_iova_map *map, const struct model *model)
{
	struct vprim_iova_mapping buf[61];
	struct vprim_iova_map_cursor cursor;
	struct vprim_range all = range(0, M);
	size_t i = 0, k, n;

	require_eq(vprim_iova_map_count(map), model->n);
	require_eq(vprim_iova_map_cursor_init(&cursor, map, &all), 0);
	do {
		require_eq(vprim_iova_map_cursor_read(&cursor, buf, 61, &n),
				 0);
		require(i + n <= model->n);
		for (k = 0; k < n; k++)
			if (!same(&buf[k], &model->m[i + k]))
				ck_abort_msg("mapping %zu differs", i + k);
		i += n;
	} while (n == 61);
	require_eq(i, model->n);
}

/* -- arguments ------------------------------------------------------------ */

static void refused(const struct vprim_reason *why, unsigned int rule,
		    uint64_t value, uint64_t at)
{
	ck_assert_uint_eq(vprim_reason_id(why), rule);
	ck_assert(why->has_value && why->value == value);
	ck_assert(!at || (why->has_at && why->at == at));
}

START_TEST(init_checks_what_it_is_given)
{
	struct vprim_iova_map_options bad_value = { 0 }, bad_field = { 0 };
	struct vprim_iova_map map, zero;
	size_t size = sizeof(map);
	struct vprim_reason why;

	memset(&zero, 0, sizeof(zero));
	map = zero;
	bad_value.values = (enum vprim_iova_map_values)2;
	bad_field.reserved[3] = 9;
	ck_assert_int_eq(vprim_iova_map_init(&map, size - 8, &test_alloc_ops,
					     NULL, NULL, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_init(&map, size - 8, &test_alloc_ops,
					     NULL, &bad_value, &why), -EINVAL);
	refused(&why, VPRIM_REASON_OBJECT_SIZE, size - 8, size);
	ck_assert_int_eq(vprim_iova_map_init(&map, size, &test_alloc_ops, NULL,
					     &bad_value, &why), -EINVAL);
	refused(&why, VPRIM_IOVA_MAP_RULE_VALUES, 2, 0);
	ck_assert_int_eq(vprim_iova_map_init(&map, size, &test_alloc_ops, NULL,
					     &bad_field, &why), -EINVAL);
	refused(&why, VPRIM_IOVA_MAP_RULE_RESERVED_FIELD, 9, 3);
	ck_assert(!memcmp(&map, &zero, size));
	ck_assert_int_eq(vprim_iova_map_init(&map, size, &test_alloc_ops, NULL,
					     NULL, &why), 0);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_NONE);
	vprim_iova_map_fini(&map);
	ck_assert(!memcmp(&map, &zero, size));
}
END_TEST

START_TEST(a_zeroed_map_is_empty_and_takes_nothing)
{
	struct vprim_iova_mapping m = untouched;
	struct vprim_iova_map_cursor cursor;
	struct vprim_hole gap;
	struct vprim_range all = range(0, M);
	struct vprim_iova_map map;
	uint64_t start = 5;
	size_t n = 5;

	memset(&map, 0, sizeof(map));
	ck_assert_int_eq(insert(&map, 1, 2, 3), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_bulk(&map, &m, 0, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_reserve(&map, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_reserve_some(&map, 1, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_stab(&map, 1, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_first(&map, &all, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_next(&map, 0, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_prev(&map, M, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_remove(&map, &all, NULL), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_remove_at(&map, 0, NULL), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_set_value(&map, &all, 1), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_audit(&map), 0);
	ck_assert(same(&m, &untouched));
	ck_assert_int_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_cursor_read(&cursor, &m, 1, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(vprim_hole_init(&gap, 1), 0);
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	ck_assert_uint_eq(start, 0);
	ck_assert_uint_eq(vprim_iova_map_count(&map), 0);
	vprim_iova_map_clear(&map);
	vprim_iova_map_fini(&map);
}
END_TEST

START_TEST(bad_arguments_change_nothing)
{
	struct vprim_range r = range(10, 19), upside = range(9, 8);
	struct vprim_iova_mapping m = untouched;
	struct vprim_iova_map_cursor cursor;
	struct vprim_hole gap;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t value = 5;
	size_t n = 5;

	ck_assert_int_eq(insert(&map, 10, 19, 1), 0);
	ck_assert_int_eq(vprim_iova_map_insert(&map, &upside, 0, &m), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_remove(&map, &upside, &value), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_take(&map, &upside, &m, 1, &n), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_take(&map, &r, &m, 0, &n), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_erase(&map, &upside, &value), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_set_value(&map, &upside, 2), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_first(&map, &upside, &m), -EINVAL);
	ck_assert_int_eq(vprim_iova_map_bulk(&map, &m, 1, &m), -EINVAL);
	ck_assert_int_eq(vprim_hole_init(&gap, 0), -EINVAL);
	ck_assert_int_eq(vprim_hole_init(&gap, 1), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_init(&cursor, &map, &upside),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_map_cursor_init(&cursor, &map, &r), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_read(&cursor, &m, 0, &n),
			 -EINVAL);
	ck_assert_int_eq(vprim_iova_map_cursor_values(&cursor, &value, 0, &n),
			 -EINVAL);
	ck_assert(same(&m, &untouched));
	ck_assert_uint_eq(value, 5);
	ck_assert_uint_eq(n, 5);
	ck_assert_int_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	ck_assert(m.range.start == 10 && m.range.last == 19 && m.value == 1);
	unmake(&map, &mem);
}
END_TEST

static const struct {
	const char *name;
	uint64_t last_offset, align, offset, start, last;
	unsigned int direction;
} bad_gaps[] = {
	{ "alignment 0", 0, 0, 0, 0, M, VPRIM_HOLE_LOWEST },
	{ "alignment 3", 0, 3, 0, 0, M, VPRIM_HOLE_LOWEST },
	{ "offset as large as the alignment", 0, 8, 8, 0, M, VPRIM_HOLE_LOWEST },
	{ "start above last", 0, 1, 0, 2, 1, VPRIM_HOLE_LOWEST },
	{ "no such direction", 0, 1, 0, 0, M, 3 },
};

START_TEST(a_malformed_gap_request_is_refused)
{
	struct vprim_hole gap = {
		{ bad_gaps[_i].start, bad_gaps[_i].last },
		bad_gaps[_i].last_offset, bad_gaps[_i].align,
		bad_gaps[_i].offset,
		(enum vprim_hole_from)bad_gaps[_i].direction
	};
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t start = 5;

	ck_assert_msg(vprim_iova_map_gap(&map, &gap, &start) == -EINVAL, "%s",
		      bad_gaps[_i].name);
	ck_assert_uint_eq(start, 5);
	unmake(&map, &mem);
}
END_TEST

/* Where it was the leaf may still have it behind its last entry. */
START_TEST(what_is_removed_is_gone)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);

	ck_assert_int_eq(insert(&map, 10, 19, 1), 0);
	ck_assert_int_eq(insert(&map, 30, 39, 2), 0);
	ck_assert_int_eq(vprim_iova_map_remove_at(&map, 30, NULL), 0);
	ck_assert_int_eq(vprim_iova_map_remove_at(&map, 30, NULL), -ENOENT);
	ck_assert_uint_eq(vprim_iova_map_count(&map), 1);
	unmake(&map, &mem);
}
END_TEST

/* -- tables --------------------------------------------------------------- */

/* Rows run in order on one map that begins with [0x10000, 0x13fff]. */
static const struct {
	const char *name;
	uint64_t start, last;
	int ret;
	uint64_t hit;
} inserts[] = {
	{ "inside", 0x11000, 0x11fff, -EEXIST, 0x10000 },
	{ "the same", 0x10000, 0x13fff, -EEXIST, 0x10000 },
	{ "around", 0xf000, 0x14fff, -EEXIST, 0x10000 },
	{ "over its first byte", 0xf000, 0x10000, -EEXIST, 0x10000 },
	{ "over its last byte", 0x13fff, 0x13fff, -EEXIST, 0x10000 },
	{ "touching below", 0xf000, 0xffff, 0, 0 },
	{ "touching above", 0x14000, 0x14fff, 0, 0 },
	{ "over all three", 0, M, -EEXIST, 0xf000 },
	{ "one byte at 0", 0, 0, 0, 0 },
	{ "one byte at the top", M, M, 0, 0 },
	{ "the top again", M, M, -EEXIST, M },
	{ "up to the top", M - 4095, M, -EEXIST, M },
	{ "up to right below it", M - 4095, M - 1, 0, 0 },
	{ "the last page", M - 4095, M, -EEXIST, M - 4095 },
	{ "from 0", 0, 4095, -EEXIST, 0 },
	{ "one byte beside 0", 1, 1, 0, 0 },
};

START_TEST(insert_refuses_an_overlap_and_names_the_lowest)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	size_t i;

	ck_assert_int_eq(insert(&map, 0x10000, 0x13fff, 99), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(inserts); i++) {
		struct vprim_range r = range(inserts[i].start, inserts[i].last);
		struct vprim_iova_mapping hit = untouched;
		int ret = vprim_iova_map_insert(&map, &r, i, &hit);

		ck_assert_msg(ret == inserts[i].ret, "%s: %d", inserts[i].name,
			      ret);
		ck_assert_msg(ret ? hit.range.start == inserts[i].hit :
				    same(&hit, &untouched),
			      "%s: hit", inserts[i].name);
		ck_assert_int_eq(vprim_iova_map_audit(&map), 0);
	}
	ck_assert_uint_eq(vprim_iova_map_count(&map), 7);
	unmake(&map, &mem);
}
END_TEST

/* Holes below a window full of mappings, some leaves away, are not in it. */
START_TEST(a_full_window_has_no_place)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t apart = 100 + (uint64_t)_i, full = 2 * apart, start = 5, i;
	struct vprim_hole gap;

	for (i = 0; i < apart; i++)
		require(!insert(&map, 2 * i * 0x1000, 2 * i * 0x1000 + 0xfff, 0));
	for (i = full; i < full + 200; i++)
		require(!insert(&map, i * 0x1000, i * 0x1000 + 0xfff, 0));
	require(!vprim_hole_init(&gap, 0x1000));
	gap.within = range((full + 50) * 0x1000, (full + 200) * 0x1000 - 1);
	gap.from = VPRIM_HOLE_HIGHEST;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), -ENOSPC);
	gap.from = VPRIM_HOLE_LOWEST;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), -ENOSPC);
	ck_assert_uint_eq(start, 5);
	gap.from = VPRIM_HOLE_HIGHEST;
	gap.within.start = 0;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	ck_assert_uint_eq(start, (full - 1) * 0x1000);
	unmake(&map, &mem);
}
END_TEST

START_TEST(the_whole_space_is_a_mapping)
{
	struct vprim_range all = range(0, M);
	struct vprim_hole gap;
	struct vprim_iova_mapping m;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t start = 5, value = 0;

	ck_assert_int_eq(vprim_hole_init(&gap, M), 0);
	gap.last_offset = M;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	ck_assert_uint_eq(start, 0);
	ck_assert_int_eq(vprim_iova_map_insert(&map, &all, 42, NULL), 0);
	ck_assert_int_eq(insert(&map, M, M, 0), -EEXIST);
	ck_assert_int_eq(insert(&map, 0, 0, 0), -EEXIST);
	gap.last_offset = 0;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &start), -ENOSPC);
	ck_assert_int_eq(vprim_iova_map_stab(&map, M, &m), 0);
	ck_assert(m.range.start == 0 && m.range.last == M && m.value == 42);
	ck_assert_int_eq(vprim_iova_map_next(&map, 0, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_next(&map, M, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_prev(&map, M, &m), -ENOENT);
	ck_assert_int_eq(vprim_iova_map_remove(&map, &all, &value), 0);
	ck_assert_uint_eq(value, 42);
	ck_assert_uint_eq(mem.bytes, 0);
	unmake(&map, &mem);
}
END_TEST

/* One row: what is mapped (value 1000 + start), a hole, what is left. */
static const struct {
	const char *name;
	struct vprim_range map[3], hole;
	uint64_t touched;
	struct vprim_range left[4];
	uint64_t linear[4];
} erases[] = {
	{ "nothing there", { { 10, 19 }, { 2, 1 } }, { 20, 99 }, 0,
	  { { 10, 19 }, { 2, 1 } }, { 0 } },
	{ "exactly", { { 10, 19 }, { 2, 1 } }, { 10, 19 }, 1, { { 2, 1 } },
	  { 0 } },
	{ "its head", { { 10, 19 }, { 2, 1 } }, { 0, 12 }, 1,
	  { { 13, 19 }, { 2, 1 } }, { 3 } },
	{ "its tail", { { 10, 19 }, { 2, 1 } }, { 15, 40 }, 1,
	  { { 10, 14 }, { 2, 1 } }, { 0 } },
	{ "its middle", { { 10, 19 }, { 2, 1 } }, { 12, 15 }, 1,
	  { { 10, 11 }, { 16, 19 }, { 2, 1 } }, { 0, 6 } },
	{ "three, two of them cut", { { 10, 19 }, { 20, 29 }, { 40, 49 } },
	  { 15, 44 }, 3, { { 10, 14 }, { 45, 49 }, { 2, 1 } }, { 0, 5 } },
	{ "everything", { { 0, 9 }, { 20, 29 }, { M - 1, M } }, { 0, M }, 3,
	  { { 2, 1 } }, { 0 } },
	{ "one byte at the top", { { M - 9, M }, { 2, 1 } }, { M, M }, 1,
	  { { M - 9, M - 1 }, { 2, 1 } }, { 0 } },
	{ "all but the top", { { 0, M }, { 2, 1 } }, { 0, M - 1 }, 1,
	  { { M, M }, { 2, 1 } }, { M } },
	{ "all but the ends", { { 0, M }, { 2, 1 } }, { 1, M - 1 }, 1,
	  { { 0, 0 }, { M, M }, { 2, 1 } }, { 0, M } },
	{ "its head, finer than any edge", { { 16, 31 }, { 2, 1 } }, { 0, 19 }, 1,
	  { { 20, 31 }, { 2, 1 } }, { 4 } },
	{ "its tail, finer than any edge", { { 16, 31 }, { 2, 1 } }, { 20, 99 }, 1,
	  { { 16, 19 }, { 2, 1 } }, { 0 } },
	{ "its middle, from finer than any edge", { { 16, 31 }, { 2, 1 } },
	  { 20, 23 }, 1, { { 16, 19 }, { 24, 31 }, { 2, 1 } }, { 0, 8 } },
	{ "one byte of its head", { { 10, 19 }, { 2, 1 } }, { 0, 10 }, 1,
	  { { 11, 19 }, { 2, 1 } }, { 1 } },
	{ "between two", { { 10, 19 }, { 30, 39 }, { 2, 1 } }, { 20, 29 }, 0,
	  { { 10, 19 }, { 30, 39 }, { 2, 1 } }, { 0, 0 } },
};

START_TEST(erase_cuts_at_the_edges)
{
	bool linear = _i >= (int)VPRIM_ARRAY_LEN(erases);
	size_t row = (size_t)_i % VPRIM_ARRAY_LEN(erases), i, n;
	struct vprim_iova_mapping m[4];
	struct vprim_iova_map_cursor cursor;
	struct vprim_range all = range(0, M);
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, linear);
	uint64_t touched = 77;

	for (i = 0; i < 3 && erases[row].map[i].start <= erases[row].map[i].last;
	     i++)
		ck_assert_int_eq(insert(&map, erases[row].map[i].start,
					erases[row].map[i].last, 1000), 0);
	ck_assert_int_eq(vprim_iova_map_erase(&map, &erases[row].hole, &touched),
			 0);
	ck_assert_msg(touched == erases[row].touched, "%s: touched %" PRIu64,
		      erases[row].name, touched);
	ck_assert_int_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_read(&cursor, m, 4, &n), 0);
	for (i = 0; i < n; i++) {
		ck_assert_msg(m[i].range.start == erases[row].left[i].start &&
			      m[i].range.last == erases[row].left[i].last,
			      "%s: piece %zu", erases[row].name, i);
		ck_assert_msg(m[i].value ==
			      1000 + (linear ? erases[row].linear[i] : 0),
			      "%s: value %zu", erases[row].name, i);
	}
	ck_assert_msg(erases[row].left[n].start > erases[row].left[n].last,
		      "%s: pieces", erases[row].name);
	unmake(&map, &mem);
}
END_TEST

/* Mapped: [0x1000,0x1fff] [0x4000,0x4fff] [M-0xfff,M-0x800]; then the request. */
static const struct {
	const char *name;
	uint64_t last_offset, align, offset, lo, hi;
	int ret;
	uint64_t up, down;
} gaps[] = {
	{ "one byte", 0, 1, 0, 0, M, 0, 0, M },
	{ "a page", 0xfff, 0x1000, 0, 0, M, 0, 0, M - 0x1fff },
	{ "two pages", 0x1fff, 1, 0, 0, M, 0, 0x2000, M - 0x2fff },
	{ "two pages, aligned", 0x1fff, 0x2000, 0, 0, M, 0, 0x2000,
	  M - 0x3fff },
	{ "three pages do not fit below", 0x2fff, 1, 0, 0, 0x4fff, -ENOSPC, 0,
	  0 },
	{ "exactly the hole", 0x1fff, 1, 0, 0x1000, 0x4fff, 0, 0x2000, 0x2000 },
	{ "one byte more", 0x2000, 1, 0, 0x1000, 0x4fff, -ENOSPC, 0, 0 },
	{ "a window in the hole", 0xff, 1, 0, 0x2100, 0x22ff, 0, 0x2100,
	  0x2200 },
	{ "a window as large as the request", 0xff, 1, 0, 0x2100, 0x21ff, 0,
	  0x2100, 0x2100 },
	{ "a window in a mapping", 0, 1, 0, 0x1100, 0x1200, -ENOSPC, 0, 0 },
	{ "a window over a mapping's end", 0, 1, 0, 0x1100, 0x2000, 0, 0x2000,
	  0x2000 },
	{ "a window over a mapping's start", 0, 1, 0, 0x3fff, 0x4800, 0, 0x3fff,
	  0x3fff },
	{ "the last bytes of the space", 0x7fe, 1, 0, M - 0x7fe, M, 0,
	  M - 0x7fe, M - 0x7fe },
	{ "one more than these", 0x7ff, 1, 0, M - 0x7ff, M, -ENOSPC, 0, 0 },
	{ "an offset", 0xff, 0x1000, 0x10, 0, M, 0, 0x10, M - 0x1fff + 0x10 },
	{ "an offset that passes a hole by", 0xfff, 0x1000, 0x10, 0, 0x3fff, 0,
	  0x2010, 0x2010 },
	{ "the huge hole", M - 0x6000, 1, 0, 0, M, 0, 0x5000, 0x5000 },
	{ "more than any hole", M - 0x5fff, 1, 0, 0, M, -ENOSPC, 0, 0 },
	{ "all of the space", M, 1, 0, 0, M, -ENOSPC, 0, 0 },
	{ "half the space, aligned", (M >> 1), UINT64_C(1) << 63, 0, 0, M,
	  -ENOSPC, 0, 0 },
	{ "a quarter, aligned", (M >> 2), UINT64_C(1) << 62, 0, 0, M, 0,
	  UINT64_C(1) << 62, UINT64_C(1) << 63 },
};

START_TEST(gap_finds_the_extreme_place)
{
	struct vprim_hole gap = {
		{ gaps[_i].lo, gaps[_i].hi }, gaps[_i].last_offset,
		gaps[_i].align, gaps[_i].offset, VPRIM_HOLE_LOWEST
	};
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t up = 5, down = 5;
	int ret;

	ck_assert_int_eq(insert(&map, 0x1000, 0x1fff, 0), 0);
	ck_assert_int_eq(insert(&map, 0x4000, 0x4fff, 0), 0);
	ck_assert_int_eq(insert(&map, M - 0xfff, M - 0x7ff, 0), 0);
	ret = vprim_iova_map_gap(&map, &gap, &up);
	ck_assert_msg(ret == gaps[_i].ret, "%s: %d", gaps[_i].name, ret);
	gap.from = VPRIM_HOLE_HIGHEST;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &gap, &down), ret);
	ck_assert_msg(up == (ret ? 5 : gaps[_i].up), "%s: up 0x%" PRIx64,
		      gaps[_i].name, up);
	ck_assert_msg(down == (ret ? 5 : gaps[_i].down), "%s: down 0x%" PRIx64,
		      gaps[_i].name, down);
	unmake(&map, &mem);
}
END_TEST

/* Of [2, 6] a part would do, from 4 on: iommufd goes by the whole, and on. */
START_TEST(a_gap_as_iommufd_is_of_a_whole_hole)
{
	struct vprim_hole want = { { 0, M }, 1, 1, 5, VPRIM_HOLE_IOMMUFD };
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t start = 0;

	ck_assert_int_eq(insert(&map, 0, 1, 0), 0);
	ck_assert_int_eq(insert(&map, 7, 0xf, 0), 0);
	ck_assert_int_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	ck_assert_uint_eq(start, 0x15);
	want.within.last = 0xf;
	ck_assert_int_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	ck_assert_uint_eq(start, 0x15);
	unmake(&map, &mem);
}
END_TEST

/* -- beside the model ----------------------------------------------------- */

/* A window of the space in which a run takes place, and what it answered. */
struct world {
	uint64_t base, last_offset;
	struct vprim_iova_map map;
	struct model model;
	struct test_memory mem;
	struct test_rng rng;
	uint64_t digest;
	size_t limit;
	bool growing;
};

/* Answers are noted relative to the window, so that moved runs agree. */
static void note(struct world *w, int ret, const struct vprim_iova_mapping *m)
{
	uint64_t v = (uint64_t)(ret + 1000);

	if (!ret && m)
		v ^= (m->range.start - w->base) * 31 +
		     (m->range.last - w->base) * 37 + m->value * 41;
	w->digest = (w->digest ^ v) * UINT64_C(0x100000001b3);
}

static void note_number(struct world *w, uint64_t n)
{
	w->digest = (w->digest ^ n) * UINT64_C(0x100000001b3);
}

static uint64_t below(struct world *w, uint64_t bound)
{
	return test_rng_below(&w->rng, bound);
}

/* An address, often at the edge of the window or of a mapping. */
static uint64_t some_addr(struct world *w)
{
	uint64_t off, style = below(w, 8);

	if (style == 0) {
		off = below(w, 4);
	} else if (style == 1) {
		off = w->last_offset - below(w, 4);
	} else if (style < 5 && w->model.n) {
		const struct vprim_range *r =
			&w->model.m[below(w, w->model.n)].range;

		off = (below(w, 2) ? r->start : r->last) - w->base;
		off += below(w, 3) - 1;
		if (off > w->last_offset)
			off = off + 4 < 4 ? 0 : w->last_offset;
	} else if (w->last_offset == M) {
		off = test_rng_next(&w->rng);
	} else {
		off = below(w, w->last_offset + 1);
	}
	return w->base + off;
}

static struct vprim_range some_range(struct world *w)
{
	uint64_t start = some_addr(w), style = below(w, 16), len;
	uint64_t most = w->base + w->last_offset - start;

	if (style < 4)
		len = 0;
	else if (style < 14)
		len = below(w, 24);
	else if (style == 14)
		len = below(w, 512);
	else
		len = below(w, w->last_offset / 8);
	return range(start, start + (len < most ? len : most));
}

static struct vprim_range some_mapping(struct world *w)
{
	struct vprim_range r;

	if (!w->model.n)
		return some_range(w);
	r = w->model.m[below(w, w->model.n)].range;
	if (!below(w, 10) && r.start < r.last)
		r.last--;
	return r;
}

static void step_insert(struct world *w)
{
	struct vprim_iova_mapping hit = untouched, want = untouched;
	struct vprim_range r = some_range(w);
	uint64_t value = test_rng_next(&w->rng);
	int ret;

	/* Now and then a run, so that leaves split at its end. */
	if (w->model.n && below(w, 2)) {
		uint64_t recent = w->map.recent_;

		if (!model_find(&w->model, recent, &want)) {
			uint64_t top = w->base + w->last_offset;

			if (below(w, 2) && top - want.range.last > 2)
				r = range(want.range.last + 2,
					  want.range.last + 2);
			else if (want.range.start - w->base > 2)
				r = range(want.range.start - 2,
					  want.range.start - 2);
		}
		want = untouched;
	}
	ret = vprim_iova_map_insert(&w->map, &r, value, &hit);
	require_eq(ret, model_insert(&w->model, r, value, &want));
	require(same(&hit, &want));
	note(w, ret, NULL);
}

static void step_remove(struct world *w)
{
	struct vprim_iova_mapping got = untouched, want = untouched;
	struct vprim_range r = some_mapping(w);
	uint64_t a = 5, b = 5;
	int ret;

	if (below(w, 2)) {
		ret = vprim_iova_map_remove(&w->map, &r, &a);
		require_eq(ret, model_remove(&w->model, r, &b));
		require_eq(a, b);
		note_number(w, a);
	} else {
		ret = vprim_iova_map_remove_at(&w->map, r.start, &got);
		require_eq(ret, model_remove_at(&w->model, r.start, &want));
		require(same(&got, &want));
		note(w, ret, &got);
	}
}

static void step_erase(struct world *w)
{
	struct vprim_range r = some_range(w);
	uint64_t touched = 5, want = model_erase(&w->model, r);

	require_eq(vprim_iova_map_erase(&w->map, &r, &touched), 0);
	require_eq(touched, want);
	note_number(w, touched);
}

static void step_take(struct world *w)
{
	struct vprim_iova_mapping got[40], want[40];
	struct vprim_range r = some_range(w);
	size_t capacity = 1 + (size_t)below(w, 40), n = 999, i;

	require_eq(vprim_iova_map_take(&w->map, &r, got, capacity, &n), 0);
	require_eq(n, model_take(&w->model, r, want, capacity));
	for (i = 0; i < n; i++) {
		require(same(&got[i], &want[i]));
		note(w, 0, &got[i]);
	}
}

static void step_set_value(struct world *w)
{
	struct vprim_range r = some_mapping(w);
	uint64_t value = test_rng_next(&w->rng);
	int ret = vprim_iova_map_set_value(&w->map, &r, value);

	require_eq(ret, model_set_value(&w->model, r, value));
	note(w, ret, NULL);
}

static void ask_points(struct world *w)
{
	struct vprim_iova_mapping got = untouched, want = untouched;
	uint64_t addr = some_addr(w);
	struct vprim_range r = some_range(w);
	int ret = vprim_iova_map_stab(&w->map, addr, &got);

	require_eq(ret, model_find(&w->model, addr, &want));
	require(same(&got, &want));
	note(w, ret, &got);
	ret = vprim_iova_map_next(&w->map, addr, &got);
	require_eq(ret, model_next(&w->model, addr, &want));
	require(same(&got, &want));
	note(w, ret, &got);
	ret = vprim_iova_map_prev(&w->map, addr, &got);
	require_eq(ret, model_prev(&w->model, addr, &want));
	require(same(&got, &want));
	note(w, ret, &got);
	ret = vprim_iova_map_first(&w->map, &r, &got);
	require_eq(ret, model_first(&w->model, r, &want));
	require(same(&got, &want));
	note(w, ret, &got);
}

static void ask_batch(struct world *w)
{
	struct vprim_iova_mapping got[21], want;
	size_t n = (size_t)below(w, 21), found = 0, hits = 0, i;
	uint64_t addrs[20] = { 0 };

	for (i = 0; i < n; i++)
		addrs[i] = some_addr(w);
	got[n] = untouched;
	vprim_iova_map_stab_batch(&w->map, addrs, n, got, &found);
	require(same(&got[n], &untouched));
	for (i = 0; i < n; i++) {
		if (model_find(&w->model, addrs[i], &want)) {
			require(!vprim_range_is_valid(&got[i].range));
			require_eq(got[i].value, 0);
		} else {
			require(same(&got[i], &want));
			hits++;
		}
	}
	require_eq(found, hits);
	vprim_iova_map_stab_batch(&w->map, addrs, n, got, NULL);
}

static void ask_gap(struct world *w)
{
	uint64_t bits = below(w, 8), got = 5, want = 5;
	struct vprim_hole gap;
	int ret;

	gap.align_bytes = UINT64_C(1) << (bits < 2 ? 0 : below(w, 8));
	gap.offset_bytes = bits == 2 ? below(w, gap.align_bytes) : 0;
	gap.last_offset = bits < 6 ? below(w, 40) : below(w, 4000);
	if (bits == 3)
		gap.last_offset = gap.align_bytes - 1;
	gap.within = range(w->base, w->base + w->last_offset);
	if (below(w, 2))
		gap.within = some_range(w);
	gap.from = below(w, 2) ? VPRIM_HOLE_LOWEST : VPRIM_HOLE_HIGHEST;
	ret = vprim_iova_map_gap(&w->map, &gap, &got);
	require_eq(ret, model_gap(&w->model, &gap, &want));
	if (got != want)
		ck_abort_msg("gap 0x%" PRIx64 " not 0x%" PRIx64, got, want);
	note_number(w, ret ? 5 : got - w->base);
}

/* Walk a few steps, changing the map under the cursor. */
static void walk(struct world *w)
{
	struct vprim_iova_mapping got, want, buf[33];
	struct vprim_iova_map_cursor cursor;
	struct vprim_range r = some_range(w), rest;
	bool past = false;
	uint64_t pos, steps = below(w, 12), values[34];
	size_t n, i;
	int ret;

	if (below(w, 2))
		r = range(w->base, w->base + w->last_offset);
	require_eq(vprim_iova_map_cursor_init(&cursor, &w->map, &r), 0);
	pos = r.start;
	for (; steps; steps--) {
		uint64_t what = below(w, 8);

		got = want = untouched;
		if (what < 3) {
			ret = -ENOENT;
			if (!past) {
				rest = range(pos, r.last);
				ret = model_first(&w->model, rest, &want);
			}
			require_eq(vprim_iova_map_cursor_next(&cursor, &got),
					 ret);
			if (!ret) {
				past = want.range.last >= r.last;
				pos = want.range.last + 1;
			}
		} else if (what < 5) {
			size_t capacity = 1 + (size_t)below(w, 33);
			struct vprim_iova_map_cursor twin = cursor;

			require_eq(vprim_iova_map_cursor_read(
						 &cursor, buf, capacity, &n), 0);
			require(n <= capacity);
			memset(values, 0x5e, sizeof(values));
			require_eq(vprim_iova_map_cursor_values(
						 &twin, values, capacity, &i), 0);
			require_eq(i, n);
			require_eq(values[n], values[33]);
			for (i = 0; i < n; i++)
				require_eq(values[i], buf[i].value);
			for (i = 0; i < n; i++) {
				require(!past);
				rest = range(pos, r.last);
				require(!model_first(&w->model, rest, &want));
				require(same(&buf[i], &want));
				past = want.range.last >= r.last;
				pos = want.range.last + 1;
			}
			if (n < capacity && !past) {
				rest = range(pos, r.last);
				require(model_first(&w->model, rest, &want));
			}
			got = want = untouched;
		} else if (below(w, 2)) {
			step_remove(w);
		} else {
			step_insert(w);
		}
		require(same(&got, &want));
	}
}

static void one_step(struct world *w)
{
	uint64_t what = below(w, 64);

	if (w->model.n > w->limit)
		w->growing = false;
	else if (!w->model.n)
		w->growing = true;
	if (what < 6)
		ask_points(w);
	else if (what < 12)
		ask_gap(w);
	else if (what == 12)
		ask_batch(w);
	else if (what < 15)
		walk(w);
	else if (what == 15)
		step_take(w);
	else if (what == 16)
		step_erase(w);
	else if (what == 17)
		step_set_value(w);
	else if (what < 20)
		require_eq(vprim_iova_map_reserve(&w->map,
							(size_t)below(w, 60)), 0);
	else if (w->growing ? what < 54 : what < 26)
		step_insert(w);
	else
		step_remove(w);
}

static void run(struct world *w, uint64_t base, uint64_t last_offset,
		uint64_t steps, bool linear, uint64_t seed)
{
	static const size_t limits[] = { 3, 40, 200, 40, 1600, 90 };
	uint64_t i;

	w->base = base;
	w->last_offset = last_offset;
	w->map = make(&w->mem, linear);
	model_init(&w->model, linear);
	w->rng.state = seed;
	w->digest = 1;
	w->growing = true;
	for (i = 0; i < steps; i++) {
		w->limit = limits[i / 6000 % VPRIM_ARRAY_LEN(limits)];
		one_step(w);
		if (w->model.n < 128 || i % 16 == 0)
			compare(&w->map, &w->model);
		if (i % 32 == 0)
			require_eq(vprim_iova_map_audit(&w->map), 0);
	}
	compare(&w->map, &w->model);
	model_fini(&w->model);
	unmake(&w->map, &w->mem);
}

START_TEST(a_random_run_agrees_with_the_model)
{
	struct test_rng rng = test_rng_seed(0x10fa + (uint64_t)_i);
	uint64_t steps = test_steps(250000);
	struct world w;

	if (_i < 2)
		run(&w, M - 0xffff, 0xffff, steps, _i & 1, rng.state);
	else
		run(&w, 0, M, steps, _i & 1, rng.state);
}
END_TEST

START_TEST(a_run_moved_through_the_space_answers_the_same)
{
	struct test_rng rng = test_rng_seed(0x5e1f + (uint64_t)_i);
	uint64_t steps = test_steps(60000);
	struct world low, middle, top;

	run(&low, 0, 0x7fff, steps, _i, rng.state);
	run(&middle, UINT64_C(0x7ffffffff0000000), 0x7fff, steps, _i, rng.state);
	run(&top, M - 0x7fff, 0x7fff, steps, _i, rng.state);
	require_eq(low.digest, middle.digest);
	require_eq(low.digest, top.digest);
}
END_TEST

/*
 * All sets of disjoint mappings in six addresses, at the bottom and at the top,
 * and every question and every erase on each of them.
 */
#define SMALL 6u

static void ask_everything(struct vprim_iova_map *map, const struct model *model,
			   uint64_t base)
{
	struct vprim_iova_mapping got, want;
	struct vprim_hole gap;
	uint64_t a, b, size, bits, p, q;
	int ret;

	for (a = 0; a < SMALL; a++) {
		got = want = untouched;
		ret = vprim_iova_map_stab(map, base + a, &got);
		require_eq(ret, model_find(model, base + a, &want));
		require(same(&got, &want));
		ret = vprim_iova_map_next(map, base + a, &got);
		require_eq(ret, model_next(model, base + a, &want));
		require(same(&got, &want));
		ret = vprim_iova_map_prev(map, base + a, &got);
		require_eq(ret, model_prev(model, base + a, &want));
		require(same(&got, &want));
		for (b = a; b < SMALL; b++) {
			gap.within = range(base + a, base + b);
			ret = vprim_iova_map_first(map, &gap.within, &got);
			require_eq(ret, model_first(model, gap.within,
							  &want));
			require(same(&got, &want));
			for (size = 0; size < SMALL; size++)
				for (bits = 0; bits < 12; bits++) {
					p = q = 5;
					gap.last_offset = size;
					gap.align_bytes = UINT64_C(1) << bits / 4;
					gap.offset_bytes = bits / 2 % 2 &&
							   bits > 3;
					gap.from =
						(enum vprim_hole_from)
						(bits % 2);
					ret = vprim_iova_map_gap(map, &gap, &p);
					require_eq(ret, model_gap(model, &gap,
									&q));
					require_eq(p, q);
				}
		}
	}
}

static void load(struct vprim_iova_map *map, struct model *model,
		 uint64_t base, unsigned int shape)
{
	struct vprim_iova_mapping hit;
	uint64_t a = 0, b;

	/* Two bits an address: 0 free, 1 begins a mapping, 2 goes on with it. */
	for (; a < SMALL; a = b) {
		b = a + 1;
		if ((shape >> 2 * a & 3) != 1)
			continue;
		while (b < SMALL && (shape >> 2 * b & 3) == 2)
			b++;
		require_eq(insert(map, base + a, base + b - 1, shape + a), 0);
		require_eq(model_insert(model, range(base + a, base + b - 1),
					      shape + a, &hit), 0);
	}
}

static bool well_formed(unsigned int shape)
{
	unsigned int a, before = 0;

	for (a = 0; a < SMALL; a++) {
		unsigned int now = shape >> 2 * a & 3;

		if (now == 3 || (now == 2 && !before))
			return false;
		before = now;
	}
	return true;
}

START_TEST(every_state_of_a_small_space_answers_as_the_model)
{
	uint64_t base = _i ? M - (SMALL - 1) : 0, a, b, touched;
	unsigned int shape, states = 0;
	struct test_memory mem;
	struct vprim_iova_map map;
	struct model model;

	for (shape = 0; shape < 1u << 2 * SMALL; shape++) {
		if (!well_formed(shape))
			continue;
		states++;
		for (a = 0; a < SMALL; a++)
			for (b = a; b < SMALL; b++) {
				map = make(&mem, shape & 1);
				model_init(&model, shape & 1);
				load(&map, &model, base, shape);
				if (a == 0)
					ask_everything(&map, &model, base);
				require_eq(erase(&map, base + a, base + b,
						       &touched), 0);
				require_eq(touched,
						  model_erase(&model,
							      range(base + a,
								    base + b)));
				compare(&map, &model);
				model_fini(&model);
				unmake(&map, &mem);
			}
	}
	/* a(n) = 3 a(n-1) - a(n-2): 1, 2, 5, 13, 34, 89, 233 */
	require_eq(states, 233);
}
END_TEST


/* -- memory --------------------------------------------------------------- */

/* A map, its model, and an allocator that can be told to refuse everything. */
struct strict {
	struct test_memory mem;
	struct vprim_iova_map map;
	bool deny;
	uint64_t refused;
};

static void *strict_alloc(void *ctx, size_t size_bytes)
{
	struct strict *s = ctx;

	if (s->deny) {
		s->refused++;
		return NULL;
	}
	return test_alloc(&s->mem, size_bytes);
}

static void strict_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct strict *s = ctx;

	test_free(&s->mem, ptr, size_bytes);
}

static void strict_init(struct strict *s)
{
	static const struct vprim_alloc_ops ops = { strict_alloc, strict_free };

	memset(s, 0, sizeof(*s));
	require_eq(vprim_iova_map_init(&s->map, sizeof(s->map), &ops, s,
					     NULL, NULL), 0);
}

/* What a map holds, as one number; the order is for the check to see. */
static uint64_t weigh(const struct vprim_iova_mapping *m)
{
	struct test_rng rng = { m->range.start };
	uint64_t h = test_rng_next(&rng);

	rng.state = h ^ m->range.last;
	h = test_rng_next(&rng);
	rng.state = h ^ m->value;
	return test_rng_next(&rng);
}

static uint64_t contents(const struct vprim_iova_map *map)
{
	struct vprim_iova_mapping buf[64];
	struct vprim_iova_map_cursor cursor;
	struct vprim_range all = range(0, M);
	uint64_t sum = 0;
	size_t i, n;

	require_eq(vprim_iova_map_cursor_init(&cursor, map, &all), 0);
	do {
		require_eq(vprim_iova_map_cursor_read(&cursor, buf, 64, &n),
				 0);
		for (i = 0; i < n; i++)
			sum += weigh(&buf[i]);
	} while (n == 64);
	return sum;
}

/* What a call does, so that it can be tried again and again. */
struct call {
	enum { CALL_INSERT, CALL_ERASE, CALL_BULK, CALL_RESERVE } kind;
	struct vprim_range r;
	const struct vprim_iova_mapping *m;
	size_t n;
};

static int do_call(struct vprim_iova_map *map, const struct call *c)
{
	switch (c->kind) {
	case CALL_INSERT:
		return vprim_iova_map_insert(map, &c->r, c->r.start, NULL);
	case CALL_ERASE:
		return vprim_iova_map_erase(map, &c->r, NULL);
	case CALL_BULK:
		return vprim_iova_map_bulk(map, c->m, c->n, NULL);
	default:
		return vprim_iova_map_reserve(map, c->n);
	}
}

/* Field by field: the struct has padding. */
static bool same_stats(const struct vprim_iova_map_stats *a,
		       const struct vprim_iova_map_stats *b)
{
	return a->count == b->count && a->bytes == b->bytes &&
	       a->leaves == b->leaves && a->inners == b->inners &&
	       a->spare_leaves == b->spare_leaves &&
	       a->spare_inners == b->spare_inners &&
	       a->promised == b->promised && a->depth == b->depth;
}

static void is_as_it_was(const struct vprim_iova_map *map,
			 const struct test_memory *mem,
			 const struct vprim_iova_map_stats *before, uint64_t held)
{
	struct vprim_iova_map_stats after = stats(map);

	require(same_stats(before, &after));
	require_eq(after.bytes, mem->bytes);
	require_eq(vprim_iova_map_audit(map), 0);
	require_eq(contents(map), held);
}

/* Returns how many allocations failed. Afterwards *held is what the map holds. */
static size_t fail_each(struct vprim_iova_map *map, struct test_memory *mem,
			uint64_t *held, const struct call *c)
{
	struct vprim_iova_map_stats before = stats(map);

	mem->starved = 0;
	test_starve(mem, do_call(map, c), is_as_it_was(map, mem, &before, *held));
	if (mem->starved || c->kind != CALL_INSERT) {
		*held = contents(map);
	} else {
		struct vprim_iova_mapping m = { c->r, c->r.start };

		*held += weigh(&m);
	}
	return mem->starved;
}

START_TEST(every_allocation_of_an_insert_fails_once)
{
	uint64_t steps = test_steps(34000), held = 0, i;
	size_t most = 0, n;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	struct call c = { CALL_INSERT, { 0, 0 }, NULL, 0 };
	struct test_rng rng = test_rng_seed(0xfa11);

	for (i = 0; i < steps; i++) {
		uint64_t at = _i == 0 ? 2 * i : M - 2 * i;

		if (_i == 2)
			at = test_rng_next(&rng);
		c.r = range(at, at);
		n = fail_each(&map, &mem, &held, &c);
		most = n > most ? n : most;
	}
	require_eq(contents(&map), held);
	/* A leaf, a node on both inner levels, and a root above them. */
	if (steps == 34000)
		require(most >= 4);
	unmake(&map, &mem);
}
END_TEST

START_TEST(every_allocation_of_an_erase_fails_once)
{
	uint64_t steps = test_steps(4000), held, i;
	size_t most = 0, n;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, _i);
	struct call c = { CALL_ERASE, { 0, 0 }, NULL, 0 };
	struct test_rng rng = test_rng_seed(0xe2a5e + (uint64_t)_i);

	require_eq(insert(&map, 0, M, 5), 0);
	held = contents(&map);
	for (i = 0; i < steps; i++) {
		uint64_t at = test_rng_next(&rng) | 1;

		/* One call touches one, two or no mapping. */
		c.r = range(at, at < M - 8 ? at + i % 8 : M);
		n = fail_each(&map, &mem, &held, &c);
		most = n > most ? n : most;
	}
	if (steps == 4000)
		require(most >= 3);
	unmake(&map, &mem);
}
END_TEST

static struct vprim_iova_mapping *ladder(size_t n, uint64_t first,
					 uint64_t step)
{
	struct vprim_iova_mapping *m = malloc(n * sizeof(*m));
	size_t i;

	ck_assert_ptr_nonnull(m);
	for (i = 0; i < n; i++) {
		m[i].range = range(first + i * step, first + i * step);
		m[i].value = i;
	}
	return m;
}

START_TEST(every_allocation_of_bulk_and_reserve_fails_once)
{
	struct vprim_iova_mapping *low = ladder(3000, 0, 4);
	struct vprim_iova_mapping *odd = ladder(900, 2, 8);
	struct call c = { CALL_RESERVE, { 0, 0 }, NULL, 300 };
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t held = 0;

	require(fail_each(&map, &mem, &held, &c) >= 70);
	require_eq(stats(&map).promised, 300);
	c.n = 0;
	require_eq(fail_each(&map, &mem, &held, &c), 0);
	require_eq(mem.bytes, 0);
	c = (struct call){ CALL_BULK, { 0, 0 }, low, 3000 };
	require_eq(fail_each(&map, &mem, &held, &c), 97 + 4 + 1);
	c = (struct call){ CALL_BULK, { 0, 0 }, odd, 900 };
	require(fail_each(&map, &mem, &held, &c) >= 200);
	require_eq(vprim_iova_map_count(&map), 3900);
	c = (struct call){ CALL_RESERVE, { 0, 0 }, NULL, 5 };
	require(fail_each(&map, &mem, &held, &c) >= 5);
	/* A bulk build beside a promise. */
	vprim_iova_map_clear(&map);
	held = 0;
	c = (struct call){ CALL_BULK, { 0, 0 }, odd, 900 };
	require(fail_each(&map, &mem, &held, &c) >= 30);
	/* What no machine can hold is refused without trying. */
	mem.requests = 0;
	require_eq(vprim_iova_map_reserve(&map, SIZE_MAX), -ENOMEM);
	require_eq(mem.requests, 0);
	require_eq(stats(&map).promised, 5);
	free(low);
	free(odd);
	unmake(&map, &mem);
}
END_TEST

/* -- promises ------------------------------------------------------------- */

/* Insert where it hurts: into a full leaf if one can be found. */
static void hurt(struct strict *s, struct test_rng *rng)
{
	uint64_t tries, at = 0;

	for (tries = 0; tries < 12; tries++) {
		const struct leaf *leaf;
		uint32_t i;

		at = test_rng_next(rng);
		if (!s->map.height_)
			break;
		leaf = descend(root_of(&s->map), at);
		if (leaf->n < LEAF_MAX)
			continue;
		/* A run, if the leaf has the entry that came last. */
		for (i = 0; i < LEAF_MAX; i++)
			if (leaf->low[i].start == s->map.recent_)
				at = test_rng_below(rng, 2) ?
					     leaf->last[i] + 1 :
					     leaf->low[i].start - 1;
		break;
	}
	while (insert(&s->map, at, at, 0) == -EEXIST)
		at = test_rng_next(rng);
}

static void remove_some(struct strict *s, struct test_rng *rng)
{
	struct vprim_iova_mapping m;
	uint64_t n = test_rng_below(rng, 40);

	for (; n; n--) {
		if (vprim_iova_map_next(&s->map, test_rng_next(rng), &m))
			continue;
		require_eq(vprim_iova_map_remove(&s->map, &m.range, NULL),
				 0);
	}
}

START_TEST(promised_inserts_never_allocate)
{
	static const size_t counts[] = { 1, 2, 3, 7, 30, 64, 250, 256, 1500 };
	struct test_rng rng = test_rng_seed(0x9e5e2e + (uint64_t)_i);
	uint64_t rounds = test_steps(600), k, touched;
	struct strict s;

	strict_init(&s);
	for (; rounds; rounds--) {
		size_t count = counts[test_rng_below(&rng, 9)], left;

		s.deny = false;
		require_eq(vprim_iova_map_reserve(&s.map, count), 0);
		require_eq(stats(&s.map).promised, count);
		s.deny = true;
		for (left = count; left; left--) {
			if (test_rng_below(&rng, 12) == 0)
				remove_some(&s, &rng);
			if (test_rng_below(&rng, 500) == 0)
				vprim_iova_map_clear(&s.map);
			hurt(&s, &rng);
			require_eq(stats(&s.map).promised, left - 1);
		}
		s.deny = false;
		require_eq(s.refused, 0);
		require_eq(vprim_iova_map_audit(&s.map), 0);
		/* Back to a few, or on with what there is. */
		if (vprim_iova_map_count(&s.map) > 20000)
			for (k = 0; k < 200; k++)
				require_eq(erase(&s.map, k << 56,
						       (k << 56) + (M >> 9),
						       &touched), 0);
	}
	unmake(&s.map, &s.mem);
}
END_TEST

/*
 * Every leaf and every inner node full, and each insert into a leaf whose
 * neighbours are full, too: each of them splits.
 */
START_TEST(promised_inserts_never_allocate_in_a_full_tree)
{
	static const size_t counts[] = { 1, 2, 5, 33, 300, 480 };
	const size_t full = INNER_MAX * INNER_MAX;
	struct vprim_iova_mapping *m = ladder(31 * full, 1u << 20, 64);
	struct strict s;
	size_t i;

	strict_init(&s);
	require_eq(vprim_iova_map_bulk(&s.map, m, 31 * full, NULL), 0);
	require_eq(stats(&s.map).leaves, full);
	require_eq(stats(&s.map).inners, INNER_MAX + 1);
	require_eq(vprim_iova_map_reserve(&s.map, counts[_i]), 0);
	s.deny = true;
	for (i = 0; i < counts[_i]; i++) {
		uint64_t at = (1u << 20) + 2 * i * 31 * 64 + 15 * 64 + 7;

		require_eq(insert(&s.map, at, at, 0), 0);
	}
	require_eq(stats(&s.map).leaves, full + counts[_i]);
	/* The promise is used up. */
	require_eq(insert(&s.map, 5, 5, 0), 0);
	require_eq(stats(&s.map).promised, 0);
	s.deny = false;
	free(m);
	unmake(&s.map, &s.mem);
}
END_TEST

START_TEST(a_promise_covers_an_erase_that_splits)
{
	uint64_t i, touched, at;
	struct strict s;

	strict_init(&s);
	require_eq(insert(&s.map, 0, M, 0), 0);
	for (i = 1; i < 3000; i++) {
		s.deny = false;
		require_eq(vprim_iova_map_reserve(&s.map, 1), 0);
		s.deny = true;
		/* A call that fails uses nothing up. */
		require_eq(insert(&s.map, 0, 0, 0), -EEXIST);
		at = i * UINT64_C(0x9e3779b97f4a7c15);
		require_eq(erase(&s.map, at, at + 1, &touched), 0);
		require_eq(touched, 1);
		require_eq(vprim_iova_map_count(&s.map), i + 1);
		require_eq(stats(&s.map).promised, 0);
	}
	require_eq(s.refused, 0);
	s.deny = false;
	unmake(&s.map, &s.mem);
}
END_TEST

START_TEST(a_promise_outlives_bulk_and_clear)
{
	struct vprim_iova_mapping *m = ladder(31 * 32, 0, 64);
	struct vprim_iova_mapping *more = ladder(31 * 32, 7, 64);
	struct strict s;
	size_t i;

	strict_init(&s);
	require_eq(vprim_iova_map_reserve(&s.map, 100), 0);
	require_eq(vprim_iova_map_bulk(&s.map, m, 31 * 32, NULL), 0);
	require_eq(stats(&s.map).promised, 100);
	s.deny = true;
	for (i = 0; i < 32; i++)
		require_eq(insert(&s.map, i * 31 * 64 + 15 * 64 + 9,
					i * 31 * 64 + 15 * 64 + 9, 0), 0);
	s.deny = false;
	require_eq(vprim_iova_map_bulk(&s.map, more, 31 * 32, NULL), 0);
	require_eq(stats(&s.map).promised, 68);
	vprim_iova_map_clear(&s.map);
	require_eq(stats(&s.map).promised, 68);
	require(s.mem.bytes > 0);
	s.deny = true;
	for (i = 0; i < 68; i++)
		require_eq(insert(&s.map, i * 2, i * 2, 0), 0);
	s.deny = false;
	require_eq(vprim_iova_map_reserve(&s.map, 9), 0);
	require_eq(vprim_iova_map_reserve(&s.map, 0), 0);
	require_eq(stats(&s.map).spare_leaves, 0);
	require_eq(stats(&s.map).spare_inners, 0);
	/* Too large for the machine, with a promise to keep beside it. */
	vprim_iova_map_clear(&s.map);
	require_eq(s.mem.bytes, 0);
	free(m);
	free(more);
	unmake(&s.map, &s.mem);
}
END_TEST

/* Requests of one call are bounded, and the way has an end. */
static void approach(struct strict *s, size_t count, size_t nodes)
{
	size_t rounds = 0, moved, blocks;
	int ret;

	do {
		s->mem.requests = 0;
		blocks = s->mem.blocks;
		ret = vprim_iova_map_reserve_some(&s->map, count, nodes);
		/* What was taken, and what was given back. */
		moved = 2 * s->mem.requests + blocks - s->mem.blocks;
		require(moved <= nodes);
		require(ret == 0 || (ret == -EAGAIN && moved == nodes));
		require(++rounds < 100000);
	} while (ret);
	require_eq(stats(&s->map).promised, count);
}

/* Nodes that come back are kept while the promise lasts, and no longer. */
START_TEST(a_promise_keeps_nodes_until_it_is_used_up)
{
	struct vprim_iova_mapping *m = ladder(31 * 40, 0, 64);
	struct strict s;
	uint64_t i, spare, inners;

	strict_init(&s);
	/* Before the tree is built, behind that, or step by step. */
	if (_i == 0)
		require_eq(vprim_iova_map_reserve(&s.map, 20), 0);
	require_eq(vprim_iova_map_bulk(&s.map, m, 31 * 40, NULL), 0);
	if (_i == 1)
		require_eq(vprim_iova_map_reserve(&s.map, 20), 0);
	if (_i == 2)
		approach(&s, 20, 9);
	spare = stats(&s.map).spare_leaves;
	inners = stats(&s.map).spare_inners;
	require(spare > KEEP_LEAVES + 2);
	require(inners > KEEP_INNERS + 2);
	require_eq(insert(&s.map, 64 * 100 + 1, 64 * 100 + 1, 0), 0);
	require_eq(stats(&s.map).spare_leaves, spare - 1);
	require_eq(stats(&s.map).spare_inners, inners - 1);
	require_eq(erase(&s.map, 64 * 31 * 8, 64 * 31 * 9 - 1, NULL), 0);
	require_eq(stats(&s.map).spare_leaves, spare);
	require_eq(erase(&s.map, 64 * 31 * 11, M, NULL), 0);
	require_eq(stats(&s.map).spare_leaves, spare);
	require_eq(stats(&s.map).spare_inners, inners);
	for (i = 1; i < 20; i++)
		require_eq(insert(&s.map, 64 * 100 + 1 + i, 64 * 100 + 1 + i, 0), 0);
	require_eq(stats(&s.map).promised, 0);
	spare = stats(&s.map).spare_leaves;
	require(spare > KEEP_LEAVES);
	require_eq(erase(&s.map, 64 * 31 * 9, 64 * 31 * 10 - 1, NULL), 0);
	require_eq(stats(&s.map).spare_leaves, spare);
	free(m);
	unmake(&s.map, &s.mem);
}
END_TEST

/* A promise that ends leaves what a map without one keeps for the next split. */
START_TEST(a_promise_of_nothing_keeps_what_none_keeps)
{
	struct vprim_iova_mapping *m = ladder(31 * 3, 0, 64);
	struct strict s;

	strict_init(&s);
	require_eq(vprim_iova_map_bulk(&s.map, m, 31 * 3, NULL), 0);
	if (_i)
		require_eq(vprim_iova_map_reserve(&s.map, 0), 0);
	else
		approach(&s, 0, 9);
	require_eq(erase(&s.map, 0, 64 * 31 - 1, NULL), 0);
	require_eq(stats(&s.map).spare_leaves, 1);
	free(m);
	unmake(&s.map, &s.mem);
}
END_TEST

START_TEST(a_promise_is_made_by_steps)
{
	static const size_t counts[] = { 1, 7, 64, 250, 256, 1500, 0 };
	struct test_rng rng = test_rng_seed(0x57e9);
	uint64_t rounds = test_steps(100), k;
	struct strict s;

	strict_init(&s);
	for (; rounds; rounds--) {
		size_t count = counts[test_rng_below(&rng, 7)], left;

		s.deny = false;
		approach(&s, count, 1 + (size_t)test_rng_below(&rng, 40));
		s.deny = true;
		for (left = count; left; left--) {
			if (test_rng_below(&rng, 12) == 0)
				remove_some(&s, &rng);
			hurt(&s, &rng);
		}
		s.deny = false;
		require_eq(s.refused, 0);
		require_eq(vprim_iova_map_audit(&s.map), 0);
		/* The map changes on the way. */
		(void)!vprim_iova_map_reserve_some(&s.map, 900, 50);
		for (k = 0; k < 300; k++)
			hurt(&s, &rng);
		if (vprim_iova_map_count(&s.map) > 20000)
			vprim_iova_map_clear(&s.map);
	}
	unmake(&s.map, &s.mem);
}
END_TEST

START_TEST(a_promise_holds_while_a_larger_one_is_on_its_way)
{
	struct vprim_iova_map_stats before, after;
	struct strict s;

	strict_init(&s);
	require_eq(vprim_iova_map_reserve(&s.map, 20), 0);
	before = stats(&s.map);
	require_eq(vprim_iova_map_reserve_some(&s.map, 500, 100), -EAGAIN);
	s.deny = true;
	require_eq(vprim_iova_map_reserve_some(&s.map, 500, 100), -ENOMEM);
	s.refused = 0;
	after = stats(&s.map);
	require_eq(after.promised, 20);
	require_eq(after.spare_leaves + after.spare_inners,
		   before.spare_leaves + before.spare_inners + 100);
	require_eq(vprim_iova_map_reserve_some(&s.map, SIZE_MAX, 100), -ENOMEM);
	/* Given up: what the old promise does not need goes back. */
	require_eq(vprim_iova_map_reserve_some(&s.map, 20, 99), -EAGAIN);
	require_eq(vprim_iova_map_reserve_some(&s.map, 20, 99), 0);
	after = stats(&s.map);
	require_eq(after.spare_leaves, before.spare_leaves);
	require_eq(after.spare_inners, before.spare_inners);
	/* A smaller promise holds at once. */
	require_eq(vprim_iova_map_reserve_some(&s.map, 3, 1), -EAGAIN);
	require_eq(stats(&s.map).promised, 3);
	require_eq(vprim_iova_map_reserve_some(&s.map, 0, 1000), 0);
	require_eq(s.mem.blocks, 0);
	require_eq(s.refused, 0);
	s.deny = false;
	unmake(&s.map, &s.mem);
}
END_TEST

/* -- the shape of the tree -------------------------------------------------- */

/* Entries of the leaves from the left: "31 8 " and so on. */
static const char *leaf_sizes(const struct vprim_iova_map *map)
{
	static char text[512];
	uint64_t addr = 0;
	size_t len = 0;

	text[0] = '\0';
	while (map->height_) {
		const struct leaf *leaf = descend(root_of(map), addr);
		struct vprim_iova_mapping m;

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u ",
					(unsigned int)leaf->n);
		if (len > sizeof(text) - 8 ||
		    vprim_iova_map_next(map, leaf->low[leaf->n - 1].start, &m))
			break;
		addr = m.range.start;
	}
	return text;
}

/* Children of the inner nodes right above the leaves, from the left. */
static const char *inner_sizes(const struct vprim_iova_map *map)
{
	const struct inner *root = (const struct inner *)root_of(map);
	static char text[256];
	size_t len = 0;
	uint32_t i;

	text[0] = '\0';
	if (map->height_ == 2)
		snprintf(text, sizeof(text), "%u ", (unsigned int)root->n);
	for (i = 0; map->height_ == 3 && i < root->n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u ",
					(unsigned int)((const struct inner *)
						       child_of(root, i))->n);
	return text;
}

/* A map packed full: leaf i has entries 31*i to 31*i+30, at multiples of 64. */
static struct vprim_iova_map packed(struct test_memory *mem, size_t n)
{
	struct vprim_iova_mapping *m = ladder(n, 0, 64);
	struct vprim_iova_map map = make(mem, false);

	require_eq(vprim_iova_map_bulk(&map, m, n, NULL), 0);
	free(m);
	return map;
}

static void put(struct vprim_iova_map *map, uint64_t at)
{
	require_eq(insert(map, at, at, 0), 0);
	require_eq(vprim_iova_map_audit(map), 0);
}

static void drop(struct vprim_iova_map *map, uint64_t from, uint64_t to)
{
	for (; from < to; from++) {
		require_eq(vprim_iova_map_remove_at(map, from * 64, NULL), 0);
		require_eq(vprim_iova_map_audit(map), 0);
	}
}

#define leaves_are(map, text) ck_assert_str_eq(leaf_sizes(map), text)

START_TEST(a_full_leaf_splits_in_half)
{
	static const struct {
		uint64_t at;
		const char *sizes;
	} rows[] = {
		{ 1, "16 16 " }, { 15 * 64 - 1, "16 16 " },
		{ 16 * 64 - 1, "16 16 " }, { 31 * 64, "16 16 " },
	};
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31);

	/* Bulk leaves the last entry as the recent one: that is no run here. */
	map.recent_ = 7;
	leaves_are(&map, "31 ");
	put(&map, rows[_i].at);
	leaves_are(&map, rows[_i].sizes);
	require_eq(stats(&map).depth, 2);
	unmake(&map, &mem);
}
END_TEST

START_TEST(runs_leave_full_leaves)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t i;

	for (i = 0; i < 31 * 9; i++)
		put(&map, _i ? M - 2 * i : 2 * i);
	leaves_are(&map, "31 31 31 31 31 31 31 31 31 ");
	unmake(&map, &mem);

	/* The same between two mappings that were there before. */
	map = make(&mem, false);
	put(&map, 0);
	put(&map, M);
	for (i = 1; i < 31 * 9; i++)
		put(&map, _i ? (M >> 1) - 2 * i : (M >> 1) + 2 * i);
	require(stats(&map).leaves <= 11);
	unmake(&map, &mem);
}
END_TEST

/* 16 entries on its far side, and the new one goes with it. */
START_TEST(a_run_must_be_worth_a_split)
{
	static const struct {
		uint64_t recent, at;
		const char *sizes;
	} rows[] = {
		{ 15 * 64, 15 * 64 + 1, "17 15 " }, { 14 * 64, 14 * 64 + 1, "16 16 " },
		{ 15 * 64, 15 * 64 - 1, "15 17 " }, { 16 * 64, 16 * 64 - 1, "16 16 " },
	};
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31);

	map.recent_ = rows[_i].recent;
	put(&map, rows[_i].at);
	leaves_are(&map, rows[_i].sizes);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_run_in_the_middle_of_a_leaf_splits_there)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 30);

	if (_i) {
		/* Downwards, with 20 entries above: they go with the run. */
		put(&map, 10 * 64 - 1);
		put(&map, 10 * 64 - 2);
		leaves_are(&map, "10 22 ");
		put(&map, 10 * 64 - 3);
		leaves_are(&map, "10 23 ");
	} else {
		put(&map, 19 * 64 + 1);
		put(&map, 19 * 64 + 2);
		leaves_are(&map, "22 10 ");
		put(&map, 19 * 64 + 3);
		leaves_are(&map, "23 10 ");
	}
	unmake(&map, &mem);
}
END_TEST

/* The promise of reserve counts on it: two at once, then one in 15 inserts. */
START_TEST(runs_do_not_split_too_often)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	uint64_t i;

	for (i = 0; i < 2; i++) {
		map.recent_ = (31 * i + 30) * 64;
		put(&map, (31 * i + 30) * 64 + 1);
	}
	leaves_are(&map, "31 1 31 1 31 31 ");
	map.recent_ = 123 * 64;
	put(&map, 124 * 64);
	leaves_are(&map, "31 1 31 1 31 16 16 ");
	for (i = 1; i < 12 + (uint64_t)_i; i++)
		put(&map, 30 * 64 + 1 + i);
	map.recent_ = 92 * 64;
	put(&map, 92 * 64 + 1);
	leaves_are(&map, _i ? "31 13 31 1 31 1 16 16 " : "31 12 31 1 23 25 16 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(halves_cost_no_run)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	uint64_t i;

	put(&map, 100 * 64 + 1);
	leaves_are(&map, "31 31 31 16 16 ");
	for (i = 0; i < 2; i++) {
		map.recent_ = (31 * i + 30) * 64;
		put(&map, (31 * i + 30) * 64 + 1);
	}
	leaves_are(&map, "31 1 31 1 31 16 16 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(runs_save_up_for_no_more_than_two)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	uint64_t i;

	drop(&map, 0, 5);
	put(&map, 0);
	put(&map, 64);
	for (i = 1; i < 3; i++) {
		map.recent_ = (31 * i + 30) * 64;
		put(&map, (31 * i + 30) * 64 + 1);
	}
	for (i = 0; i < 12 + (uint64_t)_i; i++)
		put(&map, (31 * 2 - 1) * 64 + 2 + i);
	map.recent_ = 123 * 64;
	put(&map, 124 * 64);
	leaves_are(&map, _i ? "28 31 14 31 1 31 1 " : "28 31 13 31 16 17 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_full_leaf_gives_to_a_neighbour)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 3);

	/* To the right: the middle one of three gives to the last. */
	drop(&map, 62, 70);
	leaves_are(&map, "31 31 23 ");
	map.recent_ = 7;
	put(&map, 31 * 64 + 1);
	leaves_are(&map, "31 28 27 ");
	unmake(&map, &mem);

	/* The new entry itself moves right. */
	map = packed(&mem, 31 * 2);
	drop(&map, 50, 62);
	leaves_are(&map, "31 19 ");
	put(&map, 30 * 64 + 1);
	leaves_are(&map, "25 26 ");
	unmake(&map, &mem);

	/* To the left, when the right one is full or there is none. */
	map = packed(&mem, 31 * 3);
	drop(&map, 0, 20);
	leaves_are(&map, "11 31 31 ");
	put(&map, 31 * 64 + 1);
	leaves_are(&map, "22 21 31 ");
	put(&map, 50 * 64 + 1);
	leaves_are(&map, "22 22 31 ");
	map.recent_ = 7;
	put(&map, 92 * 64 + 1);
	leaves_are(&map, "22 27 27 ");
	unmake(&map, &mem);
}
END_TEST

/* Where the root is in the map one leaf more weighs more. */
START_TEST(a_neighbour_that_is_nearly_full_takes_none)
{
	static const struct {
		size_t leaves;
		uint64_t gone, at;
		const char *sizes;
	} rows[] = {
		{ 2, 5, 1, "29 29 " }, { 2, 4, 1, "16 16 27 " },
		{ 8, 8, 1, "28 27 31 31 31 31 31 31 " },
		{ 8, 7, 1, "16 16 24 31 31 31 31 31 31 " },
		/* The new one is the last that stays. */
		{ 2, 8, 27 * 64 - 1, "28 27 " },
	};
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * rows[_i].leaves);

	drop(&map, 31, 31 + rows[_i].gone);
	put(&map, rows[_i].at);
	leaves_are(&map, rows[_i].sizes);
	unmake(&map, &mem);

	/* The last that goes to the left. */
	map = packed(&mem, 31 * 2);
	drop(&map, 0, 8);
	put(&map, 35 * 64 - 1);
	leaves_are(&map, "28 27 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_leaf_with_few_entries_joins_a_neighbour)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 3);

	drop(&map, 31, 46);
	drop(&map, 0, 23);
	leaves_are(&map, "8 16 31 ");
	drop(&map, 23, 24);
	leaves_are(&map, "23 31 ");
	/* The leaf that goes is in hand for the next that splits. */
	require_eq(stats(&map).spare_leaves, 1);
	/* The last one looks to its left. */
	drop(&map, 24, 31);
	drop(&map, 62, 85);
	leaves_are(&map, "16 8 ");
	drop(&map, 85, 86);
	leaves_are(&map, "23 ");
	require_eq(stats(&map).depth, 1);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_leaf_with_few_entries_gets_some_of_a_neighbour)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 2);

	drop(&map, 0, 23);
	leaves_are(&map, "8 31 ");
	drop(&map, 23, 24);
	leaves_are(&map, "19 19 ");
	unmake(&map, &mem);

	map = packed(&mem, 31 * 2);
	drop(&map, 31, 54);
	leaves_are(&map, "31 8 ");
	drop(&map, 54, 55);
	leaves_are(&map, "19 19 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(an_empty_leaf_goes)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	uint64_t touched;

	require_eq(erase(&map, 31 * 64, 62 * 64 - 1, &touched), 0);
	require_eq(touched, 31);
	leaves_are(&map, "31 31 31 ");
	require_eq(vprim_iova_map_audit(&map), 0);
	require_eq(erase(&map, 0, 31 * 64 - 1, &touched), 0);
	leaves_are(&map, "31 31 ");
	require_eq(vprim_iova_map_audit(&map), 0);
	require_eq(erase(&map, 93 * 64, M, &touched), 0);
	leaves_are(&map, "31 ");
	require_eq(stats(&map).depth, 1);
	require_eq(vprim_iova_map_audit(&map), 0);
	require_eq(erase(&map, 0, M, &touched), 0);
	require_eq(mem.bytes, 0);
	/* It is forgotten what all edges were multiples of. */
	put(&map, 1);
	vprim_iova_map_clear(&map);
	require_eq(insert(&map, PAGE, 2 * PAGE - 1, 0), 0);
	require_eq(map.edges_, 3 * PAGE);
	require_eq(erase(&map, 0, M, NULL), 0);
	require_eq(insert(&map, 4 * PAGE, 5 * PAGE - 1, 0), 0);
	require_eq(map.edges_, (4 | 5) * PAGE);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_leaf_with_enough_entries_stays)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 2);

	require_eq(erase(&map, 0, 23 * 64 - 1, NULL), 0);
	leaves_are(&map, "8 31 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(inner_nodes_split_at_the_ends_and_in_the_middle)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 31);

	ck_assert_str_eq(inner_sizes(&map), "31 ");
	put(&map, 31 * 31 * 64);		/* a run upwards */
	ck_assert_str_eq(inner_sizes(&map), "24 8 ");
	unmake(&map, &mem);

	map = packed(&mem, 31 * 31);
	map.recent_ = 7;
	put(&map, 1);
	ck_assert_str_eq(inner_sizes(&map), "8 24 ");
	unmake(&map, &mem);

	map = packed(&mem, 31 * 31);
	map.recent_ = 7;
	put(&map, 31 * 10 * 64 + 1);
	ck_assert_str_eq(inner_sizes(&map), "16 16 ");
	require_eq(stats(&map).depth, 3);
	unmake(&map, &mem);

	map = packed(&mem, 31 * 31);
	map.recent_ = 7;
	put(&map, 31 * 20 * 64 + 1);
	ck_assert_str_eq(inner_sizes(&map), "15 17 ");
	unmake(&map, &mem);
}
END_TEST

static void drop_leaf(struct vprim_iova_map *map, uint64_t number)
{
	uint64_t touched;

	require_eq(erase(map, number * 31 * 64, (number + 1) * 31 * 64 - 1,
			 &touched), 0);
	require_eq(touched, 31);
	require_eq(vprim_iova_map_audit(map), 0);
}

START_TEST(inner_nodes_share_join_and_the_root_shrinks)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 39);
	uint64_t i;

	ck_assert_str_eq(inner_sizes(&map), "31 8 ");
	drop_leaf(&map, 38);
	ck_assert_str_eq(inner_sizes(&map), "19 19 ");
	for (i = 0; i < 11; i++)
		drop_leaf(&map, i);
	ck_assert_str_eq(inner_sizes(&map), "8 19 ");
	/* The larger bound of a child that moves is the taker's parent's, too. */
	drop(&map, 31 * 20 + 5, 31 * 20 + 6);
	put(&map, (31 * 20 + 5) * 64);
	drop_leaf(&map, 11);
	ck_assert_str_eq(inner_sizes(&map), "13 13 ");
	for (i = 12; i < 17; i++)
		drop_leaf(&map, i);
	ck_assert_str_eq(inner_sizes(&map), "8 13 ");
	require_eq(stats(&map).depth, 3);
	drop_leaf(&map, 17);
	/* 20 fit into one: it is the root's only child, and the new root. */
	ck_assert_str_eq(inner_sizes(&map), "20 ");
	require_eq(stats(&map).depth, 2);
	require_eq(stats(&map).inners, 1);
	for (i = 18; i < 36; i++)
		drop_leaf(&map, i);
	leaves_are(&map, "31 31 ");
	require_eq(stats(&map).depth, 2);
	drop_leaf(&map, 36);
	require_eq(stats(&map).depth, 1);
	require_eq(stats(&map).inners, 0);
	drop_leaf(&map, 37);
	require_eq(stats(&map).depth, 0);
	unmake(&map, &mem);

	/* 24 are the most that fit. */
	map = packed(&mem, 31 * 39);
	drop_leaf(&map, 38);
	for (i = 0; i < 11; i++)
		drop_leaf(&map, i);
	drop_leaf(&map, 37);
	drop_leaf(&map, 36);
	ck_assert_str_eq(inner_sizes(&map), "8 17 ");
	drop_leaf(&map, 11);
	ck_assert_str_eq(inner_sizes(&map), "24 ");
	unmake(&map, &mem);

	/* The last of three looks to its left, and the root stays. */
	map = packed(&mem, 31 * 70);
	ck_assert_str_eq(inner_sizes(&map), "31 31 8 ");
	drop_leaf(&map, 68);
	ck_assert_str_eq(inner_sizes(&map), "31 19 19 ");
	for (i = 31; i < 42; i++)
		drop_leaf(&map, i);
	ck_assert_str_eq(inner_sizes(&map), "31 8 19 ");
	for (i = 50; i < 61; i++)
		drop_leaf(&map, i);
	ck_assert_str_eq(inner_sizes(&map), "31 8 8 ");
	drop_leaf(&map, 61);
	ck_assert_str_eq(inner_sizes(&map), "31 15 ");
	require_eq(stats(&map).depth, 3);
	unmake(&map, &mem);
}
END_TEST

/* A mapping that reaches into the next leaf's slice pushes the border. */
START_TEST(a_slice_grows_over_a_free_place)
{
	struct vprim_iova_mapping hit = untouched;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 64 * 2);
	struct vprim_range r;
	uint64_t touched, leaf;

	/* Between two leaves of one parent, and between two parents. */
	for (leaf = 31; leaf <= 32; leaf++) {
		uint64_t edge = leaf * 31 * 64;

		require_eq(erase(&map, edge - 64, edge + 127, &touched), 0);
		require_eq(touched, 3);
		r = range(edge - 80, edge + 128);
		require_eq(vprim_iova_map_insert(&map, &r, 1, &hit), -EEXIST);
		require_eq(hit.range.start, edge + 128);
		r = range(edge - 80, edge + 100);
		require_eq(vprim_iova_map_insert(&map, &r, 1, &hit), 0);
		require_eq(vprim_iova_map_audit(&map), 0);
		require_eq(vprim_iova_map_stab(&map, edge + 100, &hit), 0);
		require_eq(hit.range.start, edge - 80);
	}
	unmake(&map, &mem);

	/* The same when the leaf is full. */
	map = packed(&mem, 31 * 64 * 2);
	for (leaf = 31; leaf <= 32; leaf++) {
		uint64_t edge = leaf * 31 * 64;

		require_eq(erase(&map, edge, edge + 127, &touched), 0);
		require_eq(touched, 2);
		require_eq(insert(&map, edge - 32, edge + 100, 1), 0);
		require_eq(vprim_iova_map_audit(&map), 0);
		require_eq(vprim_iova_map_stab(&map, edge + 100, &hit), 0);
		require_eq(hit.range.start, edge - 32);
	}
	unmake(&map, &mem);
}
END_TEST

START_TEST(bulk_packs_every_number_of_mappings)
{
	struct vprim_iova_mapping *m = ladder(2300, 3, 5), hit = untouched;
	struct test_memory mem;
	size_t n;

	for (n = 0; n < 2300; n = n < 70 ? n + 1 : n + 29) {
		struct vprim_iova_map map = make(&mem, false);
		uint64_t sum = 0;
		size_t i;

		require_eq(vprim_iova_map_bulk(&map, m, n, &hit), 0);
		require_eq(vprim_iova_map_count(&map), n);
		require_eq(vprim_iova_map_audit(&map), 0);
		for (i = 0; i < n; i++)
			sum += weigh(&m[i]);
		require_eq(contents(&map), sum);
		require_eq(stats(&map).leaves, (n + 30) / 31);
		require_eq(stats(&map).spare_leaves + stats(&map).spare_inners, 0);
		unmake(&map, &mem);
	}
	require(same(&hit, &untouched));
	free(m);
}
END_TEST

/* The last leaf has no hole, and what was promised is in hand as ever. */
START_TEST(bulk_knows_what_it_built)
{
	struct vprim_iova_mapping *m = ladder(31 * 40 + 1, 0, 64);
	struct vprim_iova_map_stats before, after;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	const struct inner *top;
	size_t n;

	m[31 * 40].range = range(M, M);
	m[40].range = range(64 * 40 + 20, 64 * 40 + 20);
	require_eq(vprim_iova_map_bulk(&map, m, 31 * 40, NULL), 0);
	top = child_of(map.root_, 1);
	require_eq(gap_row(top)[top->n - 1], 63);
	require_eq(gap_row(map.root_)[0], 83);
	for (n = 1; n < 20; n++) {
		vprim_iova_map_clear(&map);
		require_eq(vprim_iova_map_reserve(&map, n), 0);
		require_eq(vprim_iova_map_bulk(&map, m, 31 * 40, NULL), 0);
		before = stats(&map);
		require_eq(vprim_iova_map_reserve(&map, n), 0);
		after = stats(&map);
		require(same_stats(&before, &after));
	}
	/* Nothing is kept for a promise that nobody made. */
	require_eq(vprim_iova_map_reserve(&map, 0), 0);
	require_eq(erase(&map, 64 * 100, 64 * 1000, NULL), 0);
	require_eq(vprim_iova_map_bulk(&map, m + 100, 800, NULL), 0);
	require_eq(stats(&map).spare_leaves, KEEP_LEAVES);
	require_eq(stats(&map).spare_inners, KEEP_INNERS);
	require_eq(erase(&map, 64 * 100, 64 * 1000, NULL), 0);
	require_eq(stats(&map).spare_leaves, KEEP_LEAVES);
	require_eq(stats(&map).spare_inners, KEEP_INNERS);
	free(m);
	unmake(&map, &mem);
}
END_TEST

/* What comes behind goes on where the bulk ended, as after so many inserts. */
START_TEST(bulk_is_a_run)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 2);

	put(&map, 62 * 64);
	leaves_are(&map, "31 31 1 ");
	unmake(&map, &mem);
}
END_TEST

START_TEST(bulk_takes_all_or_none)
{
	struct vprim_iova_mapping *m = ladder(100, 0, 10), hit = untouched;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);

	require_eq(vprim_iova_map_bulk(&map, NULL, 0, NULL), 0);
	require_eq(stats(&map).depth, 0);
	m[50].range = range(500, 495);
	require_eq(vprim_iova_map_bulk(&map, m, 100, &hit), -EINVAL);
	m[50].range = range(490, 505);
	require_eq(vprim_iova_map_bulk(&map, m, 100, &hit), -EINVAL);
	m[50].range = range(500, 500);
	require_eq(insert(&map, 705, 715, 1), 0);
	require_eq(insert(&map, 795, 795, 2), 0);
	require(same(&hit, &untouched));
	require_eq(vprim_iova_map_bulk(&map, m, 100, NULL), -EEXIST);
	require_eq(vprim_iova_map_bulk(&map, m, 100, &hit), -EEXIST);
	require(hit.range.start == 705 && hit.range.last == 715 && hit.value == 1);
	require_eq(vprim_iova_map_count(&map), 2);
	m[71].range = range(716, 716);
	require_eq(vprim_iova_map_bulk(&map, m + 71, 29, NULL), 0);
	require_eq(vprim_iova_map_count(&map), 31);
	free(m);
	unmake(&map, &mem);
}
END_TEST

/*
 * Many holes that do not serve, and one that does at the far end. The first
 * search makes the bounds exact; after that a search cannot look at every mapping,
 * not even when a removal and an insert came before it.
 */
static const struct {
	const char *name;
	uint64_t map, hole, first;	/* in pages: pattern, and where it begins */
	uint64_t size, align;
	enum vprim_hole_from direction;
} far_holes[] = {
	{ "too small", 1, 1, 0, 16, 1, VPRIM_HOLE_LOWEST },
	{ "too small, from the top", 1, 1, 0, 16, 1, VPRIM_HOLE_HIGHEST },
	{ "too small, aligned", 1, 1, 0, 16, 16, VPRIM_HOLE_LOWEST },
	{ "at odd pages", 1, 1, 0, 1, 2, VPRIM_HOLE_LOWEST },
	{ "at odd pages, from the top", 1, 1, 0, 1, 2, VPRIM_HOLE_HIGHEST },
	{ "two pages at odd ones", 2, 2, 3, 2, 2, VPRIM_HOLE_LOWEST },
	{ "three pages that begin at odd ones", 5, 3, 5, 3, 4,
	  VPRIM_HOLE_LOWEST },
	{ "two pages at odd ones, from the top", 2, 2, 3, 2, 2,
	  VPRIM_HOLE_HIGHEST },
};

START_TEST(a_search_does_not_walk)
{
	uint64_t step = (far_holes[_i].map + far_holes[_i].hole) * PAGE;
	size_t n = (size_t)test_steps(1000000), i;
	bool up = far_holes[_i].direction == VPRIM_HOLE_LOWEST;
	uint64_t base = UINT64_C(1) << 32, start, k;
	struct vprim_iova_mapping *m = malloc(n * sizeof(*m));
	struct vprim_hole gap;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	clock_t begin;
	double took;

	ck_assert_ptr_nonnull(m);
	for (i = 0; i < n; i++) {
		uint64_t at = base + far_holes[_i].first * PAGE + i * step;

		m[i].range = range(at, at + far_holes[_i].map * PAGE - 1);
		m[i].value = i;
	}
	require_eq(vprim_iova_map_bulk(&map, m, n, NULL), 0);
	require_eq(vprim_hole_init(&gap, far_holes[_i].size * PAGE), 0);
	gap.align_bytes = far_holes[_i].align * PAGE;
	gap.from = far_holes[_i].direction;
	if (up)
		gap.within = range(m[0].range.start, M);
	else
		gap.within = range(0, m[n - 1].range.last);
	require_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	require(up ? start > m[n - 1].range.last : start < m[0].range.start);
	begin = clock();
	for (k = 0; k < 1000; k++) {
		struct vprim_iova_mapping *x = &m[k * 7919 % n];

		require_eq(vprim_iova_map_remove(&map, &x->range, NULL), 0);
		require_eq(vprim_iova_map_insert(&map, &x->range, 0, NULL), 0);
		require_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	}
	took = (double)(clock() - begin) / CLOCKS_PER_SEC;
	require_eq(vprim_iova_map_audit(&map), 0);
	/* A walk over 10^6 mappings takes milliseconds; 1000 of them, seconds. */
	if (n == 1000000)
		ck_assert_msg(took < 0.5, "%s: 1000 searches took %f s",
			      far_holes[_i].name, took);
	free(m);
	unmake(&map, &mem);
}
END_TEST

/* The bounds say that a search for @s must look below the slot. */
static bool may_serve(const struct inner *in, uint32_t slot, uint64_t need,
		      uint64_t shape)
{
	return gap_row(in)[slot] > need && shape_serves(shape_row(in)[slot], shape);
}

/* A hole beside entry @i of a packed map that was larger once. */
static void loosen(struct vprim_iova_map *map, uint64_t i)
{
	drop(map, i, i + 1);
	put(map, i * 64);
}

/* Up or down for @size bytes at multiples of @align: M where there is no place. */
static uint64_t ask(struct vprim_iova_map *map, uint64_t lo, uint64_t hi,
		    uint64_t size, uint64_t align, bool up)
{
	struct vprim_hole want = { { lo, hi }, size - 1, align, 0,
				   up ? VPRIM_HOLE_LOWEST : VPRIM_HOLE_HIGHEST };
	uint64_t start = M;

	require_eq(vprim_iova_map_gap(map, &want, &start), start == M ? -ENOSPC : 0);
	return start;
}

/*
 * What a search was misled by it puts right, on every level, and only where it
 * looked: no place is looked at twice in vain.
 */
static const struct {
	uint64_t size, align, shape;
} vain[] = { { 100, 1, 0 }, { 1, 64, 64 | 6 } };

START_TEST(a_search_in_vain_makes_the_bounds_exact)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	const struct inner *root = map.root_, *in;
	bool up = _i & 1;
	uint64_t size = vain[_i / 2].size, shape = vain[_i / 2].shape;
	uint32_t i, j, far_leaf;

	for (i = up ? 0 : 1; i < (up ? 39u : 40u); i++)
		loosen(&map, 31 * i + 15);
	for (j = 0; j < 2; j++)
		require(may_serve(root, j, size - 1, shape));
	require_eq(ask(&map, 0, 31 * 40 * 64 - 64, size, vain[_i / 2].align, up), M);
	/* The leaf at the end of the window is not left. */
	for (i = 0; i < 2; i++) {
		in = child_of(root, i);
		far_leaf = i != up ? UINT32_MAX : up ? in->n - 1 : 0;
		require(i == up || !may_serve(root, i, size - 1, shape));
		for (j = 0; j < in->n; j++)
			require(j == far_leaf ||
				!may_serve(in, j, size - 1, shape));
	}
	require_eq(vprim_iova_map_audit(&map), 0);
	unmake(&map, &mem);
}
END_TEST

/* A place that bounds deny is one that only a look where none is due can find. */
START_TEST(a_search_looks_only_where_the_bounds_say)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	const struct inner *root = map.root_;
	bool up = _i & 1, aligned = _i & 2;
	uint64_t size = aligned ? 1 : 64, align = aligned ? 64 : 1;
	uint64_t lo = 1, hi = 31 * 40 * 64 - 65;
	uint32_t i;

	require_eq(ask(&map, 0, hi, size, align, up), M);
	/* At the edge of the window shapes are not asked. */
	for (i = aligned ? 3 : 0; i < (aligned ? 39u : 40u); i += 3) {
		struct inner *in = child_of(root, i / 31);
		struct leaf *leaf = child_of(in, i % 31);

		leaf->low[15].start++;
		leaf->last[15]++;
		require_eq(ask(&map, lo, hi, size, align, up), M);
		gap_row(in)[i % 31] = 64;
		gap_row(root)[i / 31] = 64;
		shape_row(in)[i % 31] = SHAPE_ANY;
		shape_row(root)[i / 31] = SHAPE_ANY;
		require_eq(ask(&map, lo, hi, size, align, up),
			   (31 * i + 15) * UINT64_C(64) - (aligned ? 0 : 63));
		leaf->low[15].start--;
		leaf->last[15]--;
		require_eq(ask(&map, 0, hi, size, align, up), M);
	}
	unmake(&map, &mem);
}
END_TEST

/* What an insert made larger than it is, the growth of its leaf measures. */
static const struct {
	const char *name;
	uint64_t thinned, at;	/* the neighbour of leaf 34, or none */
	uint64_t gaps[3];
} growths[] = {
	{ "split", 0, 1054 + 4, { 63, 63, 63 } },
	{ "to the right", 35, 1054 + 4, { 63, 63, 127 } },
	{ "to the left", 33, 1054 + 30, { 127, 63, 63 } },
};

START_TEST(growth_measures_the_bounds)
{
	uint64_t from = growths[_i].thinned * 31 + 1, largest = 0, i;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	const struct inner *root = map.root_, *in = child_of(root, 1);

	for (i = from; i < from + 20 && growths[_i].thinned; i += 2)
		drop(&map, i, i + 1);
	drop(&map, 1064, 1067);
	for (i = 1064; i < 1067; i++)
		put(&map, i * 64);
	require_eq(gap_row(in)[3], 255);
	require_eq(gap_row(root)[1], 255);
	put(&map, growths[_i].at * 64 + 1);
	for (i = 0; i < 3; i++) {
		require_eq(gap_row(in)[2 + i], growths[_i].gaps[i]);
		largest = gap_row(in)[2 + i] > largest ? gap_row(in)[2 + i] : largest;
	}
	require_eq(gap_row(root)[1], largest);
	unmake(&map, &mem);
}
END_TEST

/* A split of an inner node knows which half has a place for an aligned request. */
START_TEST(halves_keep_their_shapes)
{
	uint64_t gone = _i ? 25 * 31 + 7 : 3 * 31 + 7;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 31 * 2);
	const struct inner *root = map.root_;

	require_eq(ask(&map, 0, 31 * 31 * 2 * 64 - 64, 1, 64, true), M);
	drop(&map, gone, gone + 1);
	put(&map, (12 * 31 + 7) * 64 + 1);
	ck_assert_str_eq(inner_sizes(&map), "16 16 31 ");
	require_eq(may_serve(root, 0, 0, 64 | 6), !_i);
	require_eq(may_serve(root, 1, 0, 64 | 6), _i);
	require_eq(ask(&map, 0, 31 * 31 * 2 * 64 - 64, 1, 64, true), gone * 64);
	unmake(&map, &mem);
}
END_TEST

/* So do two that share, and two that become one. */
START_TEST(inner_nodes_take_shapes_along)
{
	static const size_t leaves[] = { 39, 70 };
	uint64_t hi = leaves[_i] * 31 * 64 - 64, i;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * leaves[_i]);

	if (_i) {
		drop_leaf(&map, 68);
		for (i = 31; i < 42; i++)
			drop_leaf(&map, i);
		for (i = 50; i < 61; i++)
			drop_leaf(&map, i);
		ck_assert_str_eq(inner_sizes(&map), "31 8 8 ");
	}
	require_eq(ask(&map, 0, hi, 1, 1u << 18, true), M);
	require_eq(ask(&map, 0, hi, 1, 1u << 18, false), M);
	require(!may_serve(map.root_, 1, 0, 64 | 18));
	drop_leaf(&map, _i ? 63 : 31);
	ck_assert_str_eq(inner_sizes(&map), _i ? "31 15 " : "19 19 ");
	require(may_serve(map.root_, 1, 0, 64 | 18));
	unmake(&map, &mem);
}
END_TEST

/* A place for an aligned request moves with the entries beside it. */
START_TEST(what_moves_keeps_its_shape)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 39 + 20);
	uint64_t hi = (31 * 39 + 19) * 64, at = 31 * 38 + 28;

	require_eq(ask(&map, 0, hi, 1, 64, false), M);
	drop(&map, at, at + 1);
	put(&map, at * 64 + 1);
	put(&map, (at - 20) * 64 + 1);
	require_eq(ask(&map, 0, hi, 1, 64, false), at * 64);
	unmake(&map, &mem);
}
END_TEST

/*
 * Mappings of 48 bytes, at multiples of 64, 31 to a leaf: the bound of the leaf is the
 * hole that the call makes.
 */
static const struct {
	const char *name;
	enum { CUT_REMOVE, CUT_ERASE, CUT_TAKE } how;
	uint64_t from, to;
	uint32_t leaf;
	uint64_t gap;
} cuts[] = {
	{ "remove", CUT_REMOVE, 70 * 64, 70 * 64 + 47, 2, 80 },
	{ "remove, in a leaf with room", CUT_REMOVE, 130 * 64, 130 * 64 + 47, 4, 80 },
	{ "remove the first", CUT_REMOVE, 62 * 64, 62 * 64 + 47, 1, 80 },
	{ "remove the last", CUT_REMOVE, 92 * 64, 92 * 64 + 47, 2, 80 },
	{ "remove the first, with room", CUT_REMOVE, 124 * 64, 124 * 64 + 47, 3, 80 },
	{ "erase three", CUT_ERASE, 70 * 64, 72 * 64 + 47, 2, 208 },
	{ "erase a tail", CUT_ERASE, 70 * 64 + 16, 70 * 64 + 63, 2, 48 },
	{ "erase the last tail", CUT_ERASE, 92 * 64 + 16, 92 * 64 + 63, 2, 48 },
	{ "erase the first tail", CUT_ERASE, 62 * 64 + 16, 62 * 64 + 63, 2, 48 },
	{ "erase a head", CUT_ERASE, 70 * 64, 70 * 64 + 15, 2, 32 },
	{ "erase the first head", CUT_ERASE, 62 * 64, 62 * 64 + 15, 1, 32 },
	{ "erase within one", CUT_ERASE, 130 * 64 + 4, 130 * 64 + 43, 4, 40 },
	{ "erase a leaf", CUT_ERASE, 62 * 64, 92 * 64 + 63, 1, 32 * 64 - 48 },
	{ "take three", CUT_TAKE, 70 * 64, 72 * 64 + 47, 2, 208 },
};

static struct vprim_iova_map stretched(struct test_memory *mem, size_t n)
{
	struct vprim_iova_mapping *m = ladder(n, 0, 64);
	struct vprim_iova_map map = make(mem, false);
	size_t i;

	for (i = 0; i < n; i++)
		m[i].range.last += 47;
	require_eq(vprim_iova_map_bulk(&map, m, n, NULL), 0);
	free(m);
	return map;
}

START_TEST(a_bound_is_raised_to_the_hole_that_was_made)
{
	struct test_memory mem;
	struct vprim_iova_map map = stretched(&mem, 31 * 4 + 20);
	struct vprim_range r = range(cuts[_i].from, cuts[_i].to);
	struct vprim_iova_mapping taken[4];
	size_t n;

	if (cuts[_i].how == CUT_REMOVE)
		require_eq(vprim_iova_map_remove(&map, &r, NULL), 0);
	else if (cuts[_i].how == CUT_ERASE)
		require_eq(vprim_iova_map_erase(&map, &r, NULL), 0);
	else
		require_eq(vprim_iova_map_take(&map, &r, taken, 4, &n), 0);
	ck_assert_msg(gap_row(small_root(&map))[cuts[_i].leaf] == cuts[_i].gap,
		      "%s: %" PRIu64, cuts[_i].name,
		      gap_row(small_root(&map))[cuts[_i].leaf]);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_bound_is_raised_to_the_hole_that_is_left)
{
	struct test_memory mem;
	struct vprim_iova_map map = stretched(&mem, 31 * 4 + 20);

	/* The upper part of the hole before a first entry is that leaf's now. */
	require_eq(vprim_iova_map_remove_at(&map, 62 * 64, NULL), 0);
	require_eq(insert(&map, 62 * 64, 62 * 64, 0), 0);
	require_eq(gap_row(small_root(&map))[2], 63);
	/* What was behind all. */
	require_eq(insert(&map, 145 * 64, 145 * 64, 0), 0);
	require_eq(gap_row(small_root(&map))[4], 80);
	/* It is nobody's again. */
	require_eq(vprim_iova_map_remove_at(&map, 145 * 64, NULL), 0);
	require_eq(gap_row(small_root(&map))[4], 80);
	unmake(&map, &mem);
}
END_TEST

/* The leaf below is reached by the root only, and all above it learn of its hole. */
START_TEST(a_bound_is_raised_on_every_level)
{
	struct test_memory mem;
	struct vprim_iova_map map = stretched(&mem, 2 * 31 * 31 * 31);
	const struct inner *in = map.root_;
	uint32_t d;

	require_eq(stats(&map).depth, 4);
	require_eq(vprim_iova_map_remove_at(&map, 31 * 31 * 31 * 64, NULL), 0);
	require_eq(gap_row(in)[0], 80);
	for (d = 0, in = child_of(in, 0); d < 2; d++, in = child_of(in, 30))
		require_eq(gap_row(in)[30], 80);
	unmake(&map, &mem);
}
END_TEST

/* A hole no larger than another one of its leaf, and the only one with a place. */
START_TEST(a_small_hole_raises_the_shape)
{
	struct test_memory mem;
	struct vprim_iova_map map = stretched(&mem, 31 * 40);
	uint64_t hi = 31 * 40 * 64 - 64;

	require_eq(erase(&map, 72 * 64 + 4, 72 * 64 + 63, NULL), 0);
	require_eq(ask(&map, 0, hi, 1, 64, true), M);
	require_eq(erase(&map, 70 * 64, 70 * 64 + 15, NULL), 0);
	require_eq(ask(&map, 0, hi, 1, 64, true), 70 * 64);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_call_that_frees_nothing_raises_no_bound)
{
	struct vprim_range hole = range(70 * 64 + 1, 70 * 64 + 63);
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 5);
	struct vprim_iova_mapping m;
	uint32_t i;
	size_t n;

	require_eq(ask(&map, 0, 31 * 5 * 64 - 64, 1, 64, false), M);
	require_eq(vprim_iova_map_erase(&map, &hole, NULL), 0);
	require_eq(vprim_iova_map_take(&map, &hole, &m, 1, &n), 0);
	for (i = 1; i < 5; i++)
		require(!may_serve(small_root(&map), i, 0, 64 | 6));
	unmake(&map, &mem);
}
END_TEST

/* An insert makes no hole, and no place for an aligned request. */
START_TEST(growth_keeps_what_is_known_of_shapes)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	const struct inner *root = map.root_, *in = child_of(root, 1);
	uint32_t i;

	require_eq(ask(&map, 0, 31 * 40 * 64 - 64, 1, 64, false), M);
	put(&map, 1027 * 64 + 1);
	require_eq(((const struct leaf *)child_of(in, 2))->n, 16);
	put(&map, 1037 * 64 + 3);
	for (i = 0; i < in->n; i++)
		require(!may_serve(in, i, 0, 64 | 6));
	require(!may_serve(root, 1, 0, 64 | 6));
	unmake(&map, &mem);
}
END_TEST

/* Where all is in pages a request that begins within one needs two. */
START_TEST(a_search_passes_holes_of_too_few_units)
{
	struct vprim_iova_mapping *m = ladder(31 * 40, 0, 2 * PAGE);
	struct vprim_hole want = { { 0, 31 * 40 * 2 * PAGE - PAGE - 1 }, PAGE - 1,
				   PAGE, 16, VPRIM_HOLE_LOWEST };
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	struct leaf *leaf;
	uint64_t start;
	size_t i;

	for (i = 0; i < 31 * 40; i++)
		m[i].range.last += PAGE - 1;
	require_eq(vprim_iova_map_bulk(&map, m, 31 * 40, NULL), 0);
	free(m);
	if (_i)
		want.from = VPRIM_HOLE_HIGHEST;
	leaf = child_of(child_of(map.root_, 0), 5);
	leaf->low[15].start += PAGE;
	leaf->last[15] += PAGE;
	require_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	leaf->low[15].start -= PAGE;
	leaf->last[15] -= PAGE;
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_search_ends_with_its_window)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	const struct inner *in = child_of(map.root_, 0);
	uint64_t lo = 31 * 10 * 64, hi, i, leaves;

	/* From a border to a border, and from an address to one, over 1 and 3 leaves. */
	for (i = 0; i < 8; i++) {
		leaves = i < 4 ? 1 : 3;
		hi = 31 * (10 + leaves) * 64 - 1;
		loosen(&map, 31 * 9 + 3);
		loosen(&map, 31 * 10 + 3);
		loosen(&map, 31 * (9 + leaves) + 3);
		loosen(&map, 31 * 14 + 3);
		require_eq(ask(&map, lo + i % 4, hi - i % 4, 100, 1, _i), M);
		require_eq(gap_row(in)[9], 127);
		require_eq(gap_row(in)[14], 127);
	}
	unmake(&map, &mem);
}
END_TEST

/*
 * Inserts do not lower bounds, but splits and moves measure them: the very first
 * search after a build in random order does not walk either.
 */
START_TEST(the_first_search_after_random_inserts_does_not_walk)
{
	struct test_rng rng = test_rng_seed(0xf125);
	size_t n = (size_t)test_steps(400000), i;
	struct vprim_iova_mapping *m = ladder(n, 0, 2 * PAGE);
	struct vprim_hole gap;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	uint64_t start;
	clock_t begin;
	double took;

	for (i = n; i > 1; i--) {
		size_t j = (size_t)test_rng_below(&rng, i);
		struct vprim_iova_mapping t = m[i - 1];

		m[i - 1] = m[j];
		m[j] = t;
	}
	for (i = 0; i < n; i++)
		require_eq(insert(&map, m[i].range.start,
				  m[i].range.start + PAGE - 1, i), 0);
	require_eq(vprim_hole_init(&gap, 64 * PAGE), 0);
	begin = clock();
	require_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	took = (double)(clock() - begin) / CLOCKS_PER_SEC;
	require_eq(start, 2 * PAGE * n - PAGE);
	/* A look at every leaf takes several milliseconds. */
	if (n == 400000)
		ck_assert_msg(took < 0.0005, "it took %f s", took);
	free(m);
	unmake(&map, &mem);
}
END_TEST

/* Shapes know nothing of offsets: every hole is looked at. */
START_TEST(an_offset_is_searched_for_in_every_hole)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	struct vprim_hole gap;
	uint64_t start;

	require_eq(vprim_hole_init(&gap, 1), 0);
	gap.align_bytes = 128;
	gap.offset_bytes = 64;
	require_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	require_eq(start, 31 * 40 * 64 + 64);
	gap.within.last = 31 * 40 * 64 + 63;
	require_eq(vprim_iova_map_gap(&map, &gap, &start), -ENOSPC);
	gap.from = VPRIM_HOLE_HIGHEST;
	require_eq(vprim_iova_map_gap(&map, &gap, &start), -ENOSPC);
	gap.offset_bytes = 63;
	require_eq(vprim_iova_map_gap(&map, &gap, &start), 0);
	require_eq(start, 31 * 40 * 64 + 63);
	unmake(&map, &mem);
}
END_TEST

START_TEST(memory_stays_small)
{
	struct test_rng rng = test_rng_seed(0xb17e5);
	size_t n = (size_t)test_steps(1000000), i;
	struct vprim_iova_mapping *m = ladder(n, 0, 2 * PAGE);
	double ordered, packed_full, random;
	struct test_memory mem;
	struct vprim_iova_map map;

	map = make(&mem, false);
	require_eq(vprim_iova_map_bulk(&map, m, n, NULL), 0);
	packed_full = (double)mem.bytes / (double)n;
	unmake(&map, &mem);
	map = make(&mem, false);
	for (i = 0; i < n; i++)
		require_eq(insert(&map, M - 2 * PAGE * i - (PAGE - 1),
				  M - 2 * PAGE * i, i), 0);
	ordered = (double)mem.bytes / (double)n;
	unmake(&map, &mem);
	for (i = n; i > 1; i--) {
		size_t j = (size_t)test_rng_below(&rng, i);
		struct vprim_iova_mapping t = m[i - 1];

		m[i - 1] = m[j];
		m[j] = t;
	}
	map = make(&mem, false);
	for (i = 0; i < n; i++)
		require_eq(insert(&map, m[i].range.start,
				  m[i].range.start + PAGE - 1, i), 0);
	random = (double)mem.bytes / (double)n;
	printf("bytes a mapping: bulk %.2f, ordered %.2f, random %.2f\n",
	       packed_full, ordered, random);
	if (n == 1000000) {
		ck_assert_double_lt(packed_full, 26.0);
		ck_assert_double_lt(ordered, 26.5);
		ck_assert_double_lt(random, 35.0);
	}
	free(m);
	unmake(&map, &mem);
}
END_TEST

/* -- the check itself ------------------------------------------------------- */

/* A word of a node, and whether every change of it is a breach. */
static void breach_word(struct vprim_iova_map *map, uint64_t *word,
			uint64_t wrong, const char *what)
{
	uint64_t right = *word;

	*word = wrong;
	if (vprim_iova_map_audit(map) != -EBADMSG)
		ck_abort_msg("not seen: %s", what);
	*word = right;
	require_eq(vprim_iova_map_audit(map), 0);
}

static void breach_count(struct vprim_iova_map *map, uint32_t *n,
			 const char *what)
{
	uint32_t right = *n, wrong;

	for (wrong = 0; wrong < 40; wrong++) {
		if (wrong == right)
			continue;
		*n = wrong;
		if (vprim_iova_map_audit(map) != -EBADMSG)
			ck_abort_msg("not seen: %s %u", what, wrong);
	}
	*n = right;
	require_eq(vprim_iova_map_audit(map), 0);
}

START_TEST(the_check_sees_a_wrong_word)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40 + 20);
	struct inner *root = map.root_, *low = child_of(root, 1);
	struct leaf *leaf = child_of(low, 2), *end = child_of(low, low->n - 1);
	struct inner *top = child_of(root, root->n - 1);
	struct leaf *last = child_of(top, top->n - 1);
	uint32_t i;

	require_eq(stats(&map).depth, 3);
	for (i = 0; i < leaf->n; i++) {
		breach_word(&map, &leaf->last[i], leaf->last[i] - 1, "last");
		breach_word(&map, &leaf->last[i], leaf->last[i] + 64, "last");
		breach_word(&map, &leaf->low[i].start, leaf->low[i].start + 1,
			    "start");
		breach_word(&map, &leaf->low[i].start, leaf->low[i].start - 64,
			    "start");
	}
	require_eq(end->n, 20);
	breach_word(&map, &end->last[20], 5, "filler of a leaf");
	breach_word(&map, &end->last[30], 5, "filler of a leaf");
	for (i = 0; i + 1 < low->n; i++) {
		breach_word(&map, &low->upper[i], low->upper[i] + 64, "upper");
		breach_word(&map, &low->upper[i], low->upper[i] - 64, "upper");
	}
	breach_word(&map, &low->upper[0], 0, "upper below the slice");
	breach_word(&map, &low->upper[low->n - 2], M, "upper at the end");
	breach_word(&map, &end->last[18], M, "an end before the last");
	breach_word(&map, &last->last[last->n - 2], M, "the end of the space before the last");
	breach_word(&map, &map.edges_, UINT64_C(1) << 63, "edges");
	breach_word(&map, &low->upper[30], 5, "filler of an inner node");
	breach_word(&map, &low->upper[low->n - 1], M - 1, "upper of the last child");
	breach_word(&map, &root->upper[0], root->upper[0] + 64, "upper");
	for (i = 0; i < low->n; i++)
		breach_word(&map, &gap_row(low)[i], gap_row(low)[i] - 1, "gap");
	breach_word(&map, &gap_row(low)[2], M, "gap over the parent's");
	breach_word(&map, &gap_row(root)[0], gap_row(root)[0] - 1, "gap");
	shape_row(low)[1] = 0;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	shape_row(low)[1] = SHAPE_ANY;
	shape_row(root)[1] = 0x3f3f;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	shape_row(root)[1] = SHAPE_ANY;
	breach_count(&map, &leaf->n, "entries of a leaf");
	breach_word(&map, &map.count_, map.count_ + 1, "count");
	breach_word(&map, &map.leaves_, map.leaves_ - 1, "leaves");
	breach_word(&map, &map.leaves_, map.leaves_ + 1, "leaves");
	breach_word(&map, &map.inners_, map.inners_ - 1, "inner nodes");
	breach_word(&map, &map.inners_, map.inners_ + 1, "inner nodes");
	breach_word(&map, &map.spare_leaves_, map.spare_leaves_ + 1, "spares");
	breach_word(&map, &map.spare_inners_, map.spare_inners_ + 1, "spares");
	require_eq(vprim_iova_map_reserve(&map, 100), 0);
	breach_word(&map, &map.spare_leaves_, map.spare_leaves_ - 1, "spares");
	breach_word(&map, &map.spare_inners_, map.spare_inners_ - 1, "spares");
	breach_word(&map, &map.old_leaf_, 1, "replaced leaves");
	breach_word(&map, &map.old_inner_, 1, "replaced inner nodes");
	map.shown_ = low;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.shown_ = map.root_;
	low->level = 2;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	low->level = 1;
	leaf->level = 1;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	leaf->level = 0;
	low->n = 32;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	low->n = 7;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	low->n = 10;
	require_eq(vprim_iova_map_audit(&map), 0);
	map.height_ = 21;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.height_ = 3;
	unmake(&map, &mem);
}
END_TEST

/* All else is as it has to be, and so are the numbers that the map keeps. */
START_TEST(the_check_sees_too_few_in_a_node)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 39);
	struct inner *in = child_of(map.root_, 1);
	struct leaf *leaf = child_of(in, 0), full = *leaf;
	uint64_t end = in->upper[6];

	map.count_ -= 31;
	cap_leaf(leaf, 0);
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	*leaf = full;
	map.leaves_--;
	in->n = INNER_MIN - 1;
	in->upper[6] = M;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	in->n = INNER_MIN;
	in->upper[6] = end;
	map.leaves_++;
	map.count_ += 31;
	unmake(&map, &mem);
	/* No bound is kept of the only leaf. */
	map = packed(&mem, 20);
	leaf = map.root_;
	breach_word(&map, &leaf->last[18], M, "the end of the space before the last");
	unmake(&map, &mem);
}
END_TEST

/* The map, somewhere else; where it was there is nothing good any more. */
static void move_away(struct vprim_iova_map *to, struct vprim_iova_map *from)
{
	*to = *from;
	memset(from, 0xa5, sizeof(*from));
}

START_TEST(a_small_map_has_its_root_inside)
{
	struct vprim_range all = range(0, M), r;
	struct vprim_iova_map map[2];
	struct vprim_iova_mapping m;
	struct test_memory mem;
	uint64_t i, touched;

	map[0] = make(&mem, false);
	for (i = 0; i < 31 * 7; i++) {
		put(&map[i % 2], 64 * i);
		/* The finger is on the leaf where the next one goes. */
		move_away(&map[(i + 1) % 2], &map[i % 2]);
		require_eq(stats(&map[(i + 1) % 2]).inners, 0);
		require_eq(stats(&map[(i + 1) % 2]).depth, i < 31 ? 1 : 2);
		require_eq(vprim_iova_map_audit(&map[(i + 1) % 2]), 0);
	}
	require_eq(stats(&map[1]).bytes, 7 * sizeof(struct leaf));
	for (i = 0; i < 31 * 7; i++) {
		require_eq(vprim_iova_map_stab(&map[1], 64 * i, &m), 0);
		require_eq(m.range.start, 64 * i);
	}
	/* One leaf more, and the root is a node as in any other map. */
	put(&map[1], 64 * i);
	require_eq(stats(&map[1]).inners, 1);
	require_eq(vprim_iova_map_audit(&map[1]), 0);
	/* It stays one until the map is a leaf or empty. */
	r = range(64, M);
	require_eq(vprim_iova_map_erase(&map[1], &r, &touched), 0);
	require_eq(touched, 31 * 7);
	require_eq(stats(&map[1]).depth, 1);
	for (i = 1; i < 32; i++)
		put(&map[1], 64 * i);
	require_eq(stats(&map[1]).depth, 2);
	require_eq(stats(&map[1]).inners, 0);
	require_eq(vprim_iova_map_erase(&map[1], &all, NULL), 0);
	require_eq(stats(&map[1]).bytes, 0);
	unmake(&map[1], &mem);
}
END_TEST

/* From the top no leaf is looked into for what only that hole could serve. */
START_TEST(the_hole_behind_all_mappings_is_no_leafs)
{
	struct vprim_hole want = { .last_offset = UINT64_C(1) << 41,
				   .align_bytes = 1,
				   .within = { 0, M },
				   .from = VPRIM_HOLE_LOWEST };
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 5);
	struct inner *root = small_root(&map);
	uint64_t top = UINT64_C(1) << 40, start;
	uint32_t i;

	for (i = 0; i < 5; i++)
		require(gap_row(root)[i] < 64);
	require_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	require(start > 64 * 154 && start < 64 * 155);
	/* It gets an end, and what lies before that is the leaf's. */
	put(&map, top);
	require_eq(vprim_iova_map_audit(&map), 0);
	require_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	require(start > top);
	want.last_offset = top / 2;
	require_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	require(start < top);
	/* No hole is left behind a mapping that ends at the end. */
	require_eq(insert(&map, top + 4096, M, 0), 0);
	require_eq(vprim_iova_map_audit(&map), 0);
	want.last_offset = UINT64_C(1) << 41;
	require_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	unmake(&map, &mem);
}
END_TEST

/* The leaf below had it: holes of this one serve no alignment, and it is split. */
START_TEST(a_full_leaf_owns_the_hole_behind_its_new_first_entry)
{
	struct vprim_hole want = { .last_offset = 15, .align_bytes = 64,
				   .within = { 64 * 33, 64 * 80 },
				   .from = VPRIM_HOLE_LOWEST };
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 3);
	uint64_t start;

	drop(&map, 31, 33);
	put(&map, 64 * 40 + 32);
	put(&map, 64 * 41 + 32);
	require_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	put(&map, 64 * 31);
	want.within.start = 64 * 31;
	require_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	ck_assert_uint_eq(start, 64 * 32);
	unmake(&map, &mem);
}
END_TEST

/* A hole that ends below the last address of all is bounded as any other. */
START_TEST(a_mapping_is_cut_down_to_the_last_address)
{
	struct vprim_hole want = { .last_offset = UINT64_C(1) << 50,
				   .align_bytes = 1,
				   .within = { 0, M },
				   .from = VPRIM_HOLE_LOWEST };
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 2);
	uint64_t start;

	require_eq(insert(&map, UINT64_C(1) << 40, M, 0), 0);
	require_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	require_eq(erase(&map, UINT64_C(1) << 40, M - 1, NULL), 0);
	require_eq(vprim_iova_map_audit(&map), 0);
	require_eq(vprim_iova_map_gap(&map, &want, &start), 0);
	ck_assert_uint_lt(start, UINT64_C(1) << 40);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_small_map_is_built_with_its_root_inside)
{
	static const size_t leaves[] = { 2, 7, 8 };
	struct vprim_iova_mapping m, *again;
	struct test_memory mem;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct vprim_iova_map map = packed(&mem, 31 * leaves[i]);

		require_eq(stats(&map).leaves, leaves[i]);
		require_eq(stats(&map).inners, leaves[i] > 7);
		require_eq(vprim_iova_map_audit(&map), 0);
		require_eq(vprim_iova_map_stab(&map, 64 * 40, &m), 0);
		require_eq(m.range.start, 64 * 40);
		/* And again, over one that was there before. */
		vprim_iova_map_clear(&map);
		again = ladder(31 * 4, 0, 64);
		require_eq(vprim_iova_map_bulk(&map, again, 31 * 4, NULL), 0);
		free(again);
		leaves_are(&map, "31 31 31 31 ");
		unmake(&map, &mem);
	}
}
END_TEST

START_TEST(the_check_sees_a_wrong_word_of_the_root_inside)
{
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 5);
	struct inner *root = small_root(&map);
	uint32_t i;

	for (i = 0; i < 4; i++) {
		breach_word(&map, &root->upper[i], root->upper[i] + 64, "upper");
		breach_word(&map, &gap_row(root)[i], gap_row(root)[i] - 1, "gap");
	}
	breach_word(&map, &root->upper[4], 5, "filler");
	breach_word(&map, &root->upper[7], 5, "end of the keys");
	breach_word(&map, &root->upper[15], 5, "end of the children");
	breach_word(&map, &root->upper[23], 5, "end of the gaps");
	breach_word(&map, &map.inners_, 1, "inner nodes");
	root->n = 8;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	root->n = 5;
	unmake(&map, &mem);
}
END_TEST

START_TEST(the_check_sees_a_wrong_finger)
{
	struct vprim_hole want = { .last_offset = 15, .align_bytes = 64,
				   .within = { 0, 64 * 31 * 39 },
				   .from = VPRIM_HOLE_LOWEST };
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	uint64_t start, twin[INNER_BYTES / sizeof(uint64_t)];
	void *right;

	/* An insert that fails leaves the finger where it looked. */
	require_eq(insert(&map, 0, 0, 0), -EEXIST);
	require_eq(vprim_iova_map_audit(&map), 0);
	breach_word(&map, &map.finger_start_, 1, "start");
	breach_word(&map, &map.finger_span_, 1, "span");
	breach_word(&map, &map.known_gap_, M, "gap");
	/* It has the gap, and no search that aligns would look there. */
	require_eq(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	require_eq(insert(&map, 64 * 40, 64 * 40, 0), -EEXIST);
	breach_word(&map, &map.known_gap_, 1, "shape");
	right = map.finger_leaf_;
	map.finger_leaf_ = map.root_;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.finger_leaf_ = right;
	map.way_.path[1].slot++;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.way_.path[1].slot--;
	right = map.way_.path[1].node;
	map.way_.path[1].node = map.root_;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	/* One that is the same, word for word. */
	map.way_.path[1].node = twin;
	memcpy(twin, right, INNER_BYTES);
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.way_.path[1].node = right;
	vprim_iova_map_clear(&map);
	map.finger_home_ = &map;
	require_eq(vprim_iova_map_audit(&map), -EBADMSG);
	map.finger_home_ = NULL;
	unmake(&map, &mem);
}
END_TEST

/* -- what the header promises of cursors ------------------------------------- */

START_TEST(a_cursor_survives_every_update)
{
	struct vprim_range all = range(0, M);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 40);
	uint64_t n = 0;

	/* Remove each mapping right after it was seen. */
	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	while (!vprim_iova_map_cursor_next(&cursor, &m)) {
		require_eq(m.range.start, 64 * n);
		require_eq(vprim_iova_map_remove(&map, &m.range, NULL), 0);
		n++;
	}
	require_eq(n, 31 * 40);
	put(&map, 64);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	put(&map, M);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	require_eq(m.range.start, M);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	/* It has seen the end of the space, which begins behind nothing. */
	put(&map, 5);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	unmake(&map, &mem);
}
END_TEST

/* What was put over the cursor's address counts. */
/* Whatever was there before: where it stood is good for one generation. */
START_TEST(a_cursor_needs_no_blank_memory)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_range all = range(0, M), r = range(10, 19);
	struct vprim_iova_mapping m;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);

	ck_assert_int_eq(insert(&map, 10, 19, 1), 0);
	ck_assert_int_eq(insert(&map, 30, 39, 2), 0);
	memset(&cursor, 0x5a, sizeof(cursor));
	cursor.generation_ = map.generation_ + 1;
	ck_assert_int_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	ck_assert_int_eq(vprim_iova_map_remove(&map, &r, NULL), 0);
	ck_assert_int_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	ck_assert_uint_eq(m.range.start, 30);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_cursor_inside_a_mapping_sees_it)
{
	struct vprim_range part = range(10, 90);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);

	require_eq(insert(&map, 5, 20, 1), 0);
	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &part), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	require_eq(m.value, 1);
	require_eq(erase(&map, 0, M, NULL), 0);
	require_eq(insert(&map, 15, 30, 2), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	require_eq(m.value, 2);
	require_eq(insert(&map, 85, 95, 3), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
	require_eq(m.value, 3);
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	unmake(&map, &mem);
}
END_TEST

/* Whatever takes leaves away or makes new ones. */
START_TEST(a_cursor_sees_updates_of_whole_leaves)
{
	struct vprim_iova_mapping *m = ladder(31 * 40, 0, 64), got, taken[70];
	struct vprim_range all = range(0, M), two = range(64, 64 * 70);
	struct vprim_iova_map_cursor cursor;
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	size_t n;

	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), -ENOENT);
	require_eq(vprim_iova_map_bulk(&map, m, 31 * 40, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 0);
	require_eq(vprim_iova_map_take(&map, &two, taken, 70, &n), 0);
	require_eq(n, 70);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 64 * 71);
	require_eq(erase(&map, 64 * 31 * 3, 64 * 31 * 9 - 1, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 64 * 72);
	require_eq(erase(&map, 0, 64 * 31 * 9 - 1, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 64 * 31 * 9);
	vprim_iova_map_clear(&map);
	require_eq(vprim_iova_map_bulk(&map, m + 500, 500, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 64 * 500);
	require_eq(erase(&map, 0, M, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), -ENOENT);
	require_eq(vprim_iova_map_bulk(&map, m + 700, 500, NULL), 0);
	require_eq(vprim_iova_map_cursor_next(&cursor, &got), 0);
	require_eq(got.range.start, 64 * 700);
	free(m);
	unmake(&map, &mem);
}
END_TEST

/* Its slice is one address: what lies beside it is found from there. */
START_TEST(a_leaf_may_be_one_address)
{
	struct vprim_iova_map_cursor cursor;
	static const uint64_t all[] = { 29 * 64, 30 * 64, 31 * 64 - 1, 31 * 64 };
	struct vprim_range some = range(29 * 64, 31 * 64);
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 3);
	struct vprim_iova_mapping m;
	size_t i;

	map.recent_ = 30 * 64;
	put(&map, 31 * 64 - 1);
	leaves_are(&map, "31 1 31 31 ");
	require_eq(vprim_iova_map_prev(&map, 31 * 64, &m), 0);
	require_eq(m.range.start, 31 * 64 - 1);
	require_eq(vprim_iova_map_prev(&map, 31 * 64 - 1, &m), 0);
	require_eq(m.range.start, 30 * 64);
	require_eq(vprim_iova_map_next(&map, 30 * 64, &m), 0);
	require_eq(m.range.start, 31 * 64 - 1);
	require_eq(vprim_iova_map_next(&map, 31 * 64 - 1, &m), 0);
	require_eq(m.range.start, 31 * 64);
	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &some), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(all); i++) {
		require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
		require_eq(m.range.start, all[i]);
	}
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	unmake(&map, &mem);
}
END_TEST

START_TEST(take_fills_the_buffer_leaf_by_leaf)
{
	struct vprim_iova_mapping taken[62];
	struct vprim_range all = range(0, M), none = range(31 * 64 - 63, 31 * 64 - 1);
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	size_t n = 5;

	require_eq(vprim_iova_map_take(&map, &none, taken, 62, &n), 0);
	require_eq(n, 0);
	require_eq(vprim_iova_map_take(&map, &all, taken, 31, &n), 0);
	require_eq(n, 31);
	require_eq(vprim_iova_map_take(&map, &all, taken, 62, &n), 0);
	require_eq(n, 62);
	require_eq(taken[61].value, 92);
	require_eq(vprim_iova_map_take(&map, &all, taken, 62, &n), 0);
	require_eq(n, 31);
	require_eq(vprim_iova_map_take(&map, &all, taken, 62, &n), 0);
	require_eq(n, 0);
	unmake(&map, &mem);
}
END_TEST

START_TEST(nothing_starts_behind_the_last_of_a_leaf)
{
	struct vprim_range r = range(31 * 64 - 1, 31 * 64 - 1);
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 4);
	uint64_t value = 5;

	require_eq(vprim_iova_map_remove(&map, &r, &value), -ENOENT);
	require_eq(vprim_iova_map_set_value(&map, &r, 1), -ENOENT);
	require_eq(vprim_iova_map_remove_at(&map, r.start, NULL), -ENOENT);
	r.start = 31 * 64 - 64;
	require_eq(vprim_iova_map_remove(&map, &r, &value), -ENOENT);
	require_eq(vprim_iova_map_set_value(&map, &r, 1), -ENOENT);
	require_eq(value, 5);
	unmake(&map, &mem);
}
END_TEST

START_TEST(a_cursor_walks_over_all_leaves)
{
	struct vprim_range all = range(0, M), part = range(64 * 31 + 1, 64 * 900);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct test_memory mem;
	struct vprim_iova_map map = packed(&mem, 31 * 31 * 33);
	uint64_t i;

	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &all), 0);
	for (i = 0; i < 31 * 31 * 33; i++) {
		require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
		require_eq(m.value, i);
	}
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	require_eq(vprim_iova_map_cursor_init(&cursor, &map, &part), 0);
	for (i = 32; i < 901; i++) {
		require_eq(vprim_iova_map_cursor_next(&cursor, &m), 0);
		require_eq(m.value, i);
	}
	require_eq(vprim_iova_map_cursor_next(&cursor, &m), -ENOENT);
	unmake(&map, &mem);
}
END_TEST

/* -- as a blocked set ------------------------------------------------------- */

#define CELLS 40u

/* The hole by looking at every address. */
static int naive_hole(const bool *used, uint64_t base,
		      const struct vprim_hole *want, struct vprim_range *hole)
{
	uint64_t lo = want->within.start - base, i, j;
	uint64_t hi = want->within.last - base;
	int ret = -ENOENT;

	for (i = lo; i <= hi; i = j + 1) {
		for (j = i; j <= hi && !used[j]; j++)
			;
		if (j > i && j - i > want->last_offset) {
			*hole = range(base + i, base + (j - 1));
			ret = 0;
			if (want->from == VPRIM_HOLE_LOWEST)
				break;
		}
	}
	return ret;
}

static void random_holes(struct test_rng *rng, uint64_t base)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	struct vprim_hole_blocked blocked = vprim_iova_map_blocked(&map);
	bool used[CELLS] = { false };
	unsigned int i;

	for (i = (unsigned int)test_rng_below(rng, 9); i--;) {
		uint64_t a = test_rng_below(rng, CELLS), b = test_rng_below(rng, 5);
		struct vprim_range r = range(base + a, base + a);

		for (; b && a < CELLS - 1; b--, a++)
			r.last++;
		if (!vprim_iova_map_insert(&map, &r, 1, NULL))
			for (b = r.start - base; b <= a; b++)
				used[b] = true;
	}
	for (i = 0; i < 20; i++) {
		uint64_t a = test_rng_below(rng, CELLS), b = test_rng_below(rng, CELLS);
		struct vprim_hole want = {
			range(base + (a < b ? a : b), base + (a < b ? b : a)),
			test_rng_below(rng, 8), 1, 0,
			(enum vprim_hole_from)test_rng_below(rng, 2)
		};
		struct vprim_range got = { 7, 3 }, naive = { 7, 3 };

		require_eq(blocked.hole(blocked.set, &want, &got),
			   naive_hole(used, base, &want, &naive));
		require_eq(got.start, naive.start);
		require_eq(got.last, naive.last);
	}
	vprim_iova_map_fini(&map);
	require_eq(mem.blocks, 0);
}

START_TEST(holes_of_a_map_agree_with_looking_at_every_address)
{
	struct test_rng rng = test_rng_seed(0x401e5);
	uint64_t i, steps = test_steps(50000);

	for (i = 0; i < steps; i++)
		random_holes(&rng, i & 1 ? M - (CELLS - 1) : 0);
}
END_TEST

START_TEST(the_allocators_take_a_map_for_a_blocked_set)
{
	struct test_memory mem;
	struct vprim_iova_map map = make(&mem, false);
	struct vprim_hole_blocked blocked = vprim_iova_map_blocked(&map);
	const struct vprim_range windows[] = { { 0, 0xffff }, { M - 0xffff, M } };
	struct vprim_hole_space space = { { windows, 2 }, &blocked, 1 };
	struct vprim_hole want;
	struct vprim_range top = range(M - 0xfff, M), odd = range(M - 0x1234, M - 0x1200);
	uint64_t start = 7;

	ck_assert_int_eq(vprim_hole_init(&want, 0x1000), 0);
	want.align_bytes = 0x1000;
	want.from = VPRIM_HOLE_HIGHEST;
	ck_assert_int_eq(vprim_hole_place(&space, &want, &start, NULL), 0);
	require_eq(start, top.start);
	ck_assert_int_eq(vprim_iova_map_insert(&map, &top, 0, NULL), 0);
	ck_assert_int_eq(vprim_iova_map_insert(&map, &odd, 0, NULL), 0);
	ck_assert_int_eq(vprim_hole_place(&space, &want, &start, NULL), 0);
	require_eq(start, M - 0x2fff);
	vprim_iova_map_fini(&map);
	/* A zeroed one has nothing in it. */
	blocked = vprim_iova_map_blocked(&map);
	start = 7;
	ck_assert_int_eq(vprim_hole_place(&space, &want, &start, NULL), 0);
	require_eq(start, top.start);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("iova_map");
	TCase *t = tcase_create("iova_map");

	tcase_set_timeout(t, 0);
	tcase_add_test(t, init_checks_what_it_is_given);
	tcase_add_test(t, a_zeroed_map_is_empty_and_takes_nothing);
	tcase_add_test(t, bad_arguments_change_nothing);
	tcase_add_test(t, what_is_removed_is_gone);
	tcase_add_loop_test(t, a_malformed_gap_request_is_refused, 0,
			    (int)VPRIM_ARRAY_LEN(bad_gaps));
	tcase_add_test(t, insert_refuses_an_overlap_and_names_the_lowest);
	tcase_add_loop_test(t, a_full_window_has_no_place, 0, 64);
	tcase_add_test(t, the_whole_space_is_a_mapping);
	tcase_add_loop_test(t, erase_cuts_at_the_edges, 0,
			    2 * (int)VPRIM_ARRAY_LEN(erases));
	tcase_add_loop_test(t, gap_finds_the_extreme_place, 0,
			    (int)VPRIM_ARRAY_LEN(gaps));
	tcase_add_test(t, a_gap_as_iommufd_is_of_a_whole_hole);
	tcase_add_loop_test(t, a_random_run_agrees_with_the_model, 0, 4);
	tcase_add_loop_test(t, every_allocation_of_an_insert_fails_once, 0, 3);
	tcase_add_loop_test(t, every_allocation_of_an_erase_fails_once, 0, 2);
	tcase_add_test(t, every_allocation_of_bulk_and_reserve_fails_once);
	tcase_add_loop_test(t, promised_inserts_never_allocate, 0, 2);
	tcase_add_loop_test(t, promised_inserts_never_allocate_in_a_full_tree, 0, 6);
	tcase_add_test(t, a_promise_covers_an_erase_that_splits);
	tcase_add_test(t, a_promise_outlives_bulk_and_clear);
	tcase_add_loop_test(t, a_promise_keeps_nodes_until_it_is_used_up, 0, 3);
	tcase_add_loop_test(t, a_promise_of_nothing_keeps_what_none_keeps, 0, 2);
	tcase_add_test(t, a_promise_is_made_by_steps);
	tcase_add_test(t, a_promise_holds_while_a_larger_one_is_on_its_way);
	tcase_add_loop_test(t, a_full_leaf_splits_in_half, 0, 4);
	tcase_add_loop_test(t, runs_leave_full_leaves, 0, 2);
	tcase_add_loop_test(t, a_run_must_be_worth_a_split, 0, 4);
	tcase_add_loop_test(t, a_run_in_the_middle_of_a_leaf_splits_there, 0, 2);
	tcase_add_loop_test(t, runs_do_not_split_too_often, 0, 2);
	tcase_add_test(t, halves_cost_no_run);
	tcase_add_loop_test(t, runs_save_up_for_no_more_than_two, 0, 2);
	tcase_add_test(t, a_full_leaf_gives_to_a_neighbour);
	tcase_add_loop_test(t, a_neighbour_that_is_nearly_full_takes_none, 0, 5);
	tcase_add_test(t, a_leaf_with_few_entries_joins_a_neighbour);
	tcase_add_test(t, a_leaf_with_few_entries_gets_some_of_a_neighbour);
	tcase_add_test(t, an_empty_leaf_goes);
	tcase_add_test(t, a_leaf_with_enough_entries_stays);
	tcase_add_test(t, inner_nodes_split_at_the_ends_and_in_the_middle);
	tcase_add_test(t, inner_nodes_share_join_and_the_root_shrinks);
	tcase_add_test(t, a_slice_grows_over_a_free_place);
	tcase_add_test(t, bulk_packs_every_number_of_mappings);
	tcase_add_test(t, bulk_knows_what_it_built);
	tcase_add_test(t, bulk_is_a_run);
	tcase_add_test(t, bulk_takes_all_or_none);
	tcase_add_loop_test(t, a_search_does_not_walk, 0,
			    (int)VPRIM_ARRAY_LEN(far_holes));
	tcase_add_loop_test(t, a_search_in_vain_makes_the_bounds_exact, 0, 4);
	tcase_add_loop_test(t, a_search_looks_only_where_the_bounds_say, 0, 4);
	tcase_add_loop_test(t, growth_measures_the_bounds, 0,
			    (int)VPRIM_ARRAY_LEN(growths));
	tcase_add_loop_test(t, a_bound_is_raised_to_the_hole_that_was_made, 0,
			    (int)VPRIM_ARRAY_LEN(cuts));
	tcase_add_test(t, a_bound_is_raised_to_the_hole_that_is_left);
	tcase_add_test(t, a_bound_is_raised_on_every_level);
	tcase_add_test(t, a_small_hole_raises_the_shape);
	tcase_add_test(t, a_call_that_frees_nothing_raises_no_bound);
	tcase_add_loop_test(t, halves_keep_their_shapes, 0, 2);
	tcase_add_loop_test(t, inner_nodes_take_shapes_along, 0, 2);
	tcase_add_test(t, what_moves_keeps_its_shape);
	tcase_add_test(t, growth_keeps_what_is_known_of_shapes);
	tcase_add_loop_test(t, a_search_passes_holes_of_too_few_units, 0, 2);
	tcase_add_loop_test(t, a_search_ends_with_its_window, 0, 2);
	tcase_add_test(t, the_first_search_after_random_inserts_does_not_walk);
	tcase_add_test(t, an_offset_is_searched_for_in_every_hole);
	tcase_add_test(t, memory_stays_small);
	tcase_add_test(t, the_check_sees_a_wrong_word);
	tcase_add_test(t, the_check_sees_too_few_in_a_node);
	tcase_add_test(t, the_check_sees_a_wrong_word_of_the_root_inside);
	tcase_add_test(t, a_small_map_has_its_root_inside);
	tcase_add_test(t, a_small_map_is_built_with_its_root_inside);
	tcase_add_test(t, the_hole_behind_all_mappings_is_no_leafs);
	tcase_add_test(t, a_full_leaf_owns_the_hole_behind_its_new_first_entry);
	tcase_add_test(t, a_mapping_is_cut_down_to_the_last_address);
	tcase_add_test(t, the_check_sees_a_wrong_finger);
	tcase_add_test(t, a_cursor_survives_every_update);
	tcase_add_test(t, a_cursor_walks_over_all_leaves);
	tcase_add_test(t, a_cursor_needs_no_blank_memory);
	tcase_add_test(t, a_cursor_inside_a_mapping_sees_it);
	tcase_add_test(t, a_cursor_sees_updates_of_whole_leaves);
	tcase_add_test(t, a_leaf_may_be_one_address);
	tcase_add_test(t, take_fills_the_buffer_leaf_by_leaf);
	tcase_add_test(t, nothing_starts_behind_the_last_of_a_leaf);
	tcase_add_loop_test(t, a_run_moved_through_the_space_answers_the_same, 0,
			    2);
	tcase_add_loop_test(t, every_state_of_a_small_space_answers_as_the_model,
			    0, 2);
	tcase_add_test(t, holes_of_a_map_agree_with_looking_at_every_address);
	tcase_add_test(t, the_allocators_take_a_map_for_a_blocked_set);
	suite_add_tcase(s, t);
	return test_main(s);
}
