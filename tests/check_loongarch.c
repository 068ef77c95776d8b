// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * loongarch.h: rows by name stand in tests/vectors/loongarch.vec; here tables of
 * random mappings walked back, against a list that remembers them, walks through
 * memory that holds anything, and a guest that writes to its tables between any
 * two reads.
 */
#include "changing.h"
#include "testlib.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../libvirtprim/loongarch/loongarch.c"
#include "../libvirtprim/loongarch/loongarch_tables.c"
#include "../libvirtprim/loongarch/loongarch_walk.c"

static const struct {
	uint64_t page;
	unsigned int levels;
} shapes[] = { { 4096, 3 }, { 4096, 4 }, { 16384, 3 }, { 65536, 3 } };

static struct vprim_loongarch_geometry shape(int i)
{
	struct vprim_loongarch_geometry g;

	ck_assert_int_eq(vprim_loongarch_geometry_init(shapes[i].page, shapes[i].levels, &g, NULL), 0);
	return g;
}

/* A naive memory of what was mapped: a list of pieces, searched from the start. */
struct piece {
	uint64_t va, last, pa;
};

static const struct piece *lookup(const struct piece *list, size_t n, uint64_t va)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].va <= va && va <= list[i].last)
			return &list[i];
	return NULL;
}

/* Addresses crowd in few places, so that mappings meet and share tables. */
static uint64_t some_va(struct test_rng *rng, const struct vprim_loongarch_geometry *g)
{
	uint64_t va = 0;

	for (unsigned int level = 0; level < g->levels; level++)
		va |= test_rng_below(rng, 3) << (g->page_shift + level * g->width);
	if (!test_rng_below(rng, 4))
		va = ((uint64_t)1 << (g->va_bits - 1)) - 1 - va;
	return va & ~(((uint64_t)1 << g->page_shift) - 1);
}

#define PIECES 24

static void round_of_mappings(struct test_rng *rng, int which, uint8_t *memory)
{
	struct vprim_loongarch_geometry g = shape(which);
	struct vprim_loongarch_tables t;
	struct piece list[PIECES];
	size_t n = 0;

	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 64, 0x10000000, NULL), 0);
	for (unsigned int i = 0; i < PIECES; i++) {
		unsigned int level = (unsigned int)test_rng_below(rng, g.levels - 1u);
		uint64_t span = (uint64_t)1 << (g.page_shift + level * g.width);
		uint64_t va = some_va(rng, &g) & ~(span - 1);
		uint64_t pa = test_rng_next(rng) & VPRIM_LOONGARCH_FRAME_MASK & ~(span - 1);
		uint64_t used = t.used;
		bool overlap = false;
		int ret;

		for (size_t k = 0; k < n; k++)
			overlap |= list[k].va <= va + (span - 1) && va <= list[k].last;
		ret = vprim_loongarch_map(&t, va, pa, level, VPRIM_LOONGARCH_USER_PAGE, NULL);
		if (overlap)
			ck_assert_int_eq(ret, -EEXIST);
		if (ret) {
			ck_assert_uint_eq(t.used, used);
			continue;
		}
		list[n++] = (struct piece){ va, va + (span - 1), pa };
		if (!test_rng_below(rng, 6)) {
			size_t gone = (size_t)test_rng_below(rng, n);

			ck_assert_int_eq(vprim_loongarch_unmap(&t, list[gone].va, NULL), 0);
			list[gone] = list[--n];
		}
	}
	for (unsigned int i = 0; i < 3 * PIECES; i++) {
		uint64_t va = some_va(rng, &g) | test_rng_below(rng, 1u << g.page_shift);
		const struct piece *p = lookup(list, n, va);
		struct vprim_loongarch_translation w;

		ck_assert_int_eq(vprim_loongarch_tables_walk(&t, va, VPRIM_LOONGARCH_STORE, 3, &w), 0);
		ck_assert_int_eq(w.fault, p ? VPRIM_LOONGARCH_NO_FAULT : VPRIM_LOONGARCH_PIS);
		ck_assert(!p || w.pa == p->pa + (va - p->va));
	}
}

START_TEST(random_mappings_are_walked_back)
{
	struct test_rng rng = test_rng_seed(0x6c6f6f6e67);
	uint8_t *memory = malloc(64u << 16);

	/* 96 mappings and walks a round, four shapes. */
	for (uint64_t i = 0; i < test_steps(1000000) / (4 * PIECES) + 1; i++)
		round_of_mappings(&rng, (int)(i % VPRIM_ARRAY_LEN(shapes)), memory);
	free(memory);
}
END_TEST

/* A range maps what its pages map, takes the tables it said, or changes nothing. */
static void one_range(struct test_rng *rng, int which, uint8_t *memory, uint8_t *copy)
{
	struct vprim_loongarch_geometry g = shape(which);
	uint64_t page = (uint64_t)1 << g.page_shift, pages = g.levels + test_rng_below(rng, 6);
	size_t bytes = (size_t)(pages << g.page_shift);
	struct vprim_loongarch_tables t, before;
	unsigned int max_level = (unsigned int)test_rng_below(rng, g.levels - 1u);
	uint64_t va = some_va(rng, &g), count = test_rng_below(rng, 5) ?
			1 + test_rng_below(rng, 40) :
			((uint64_t)1 << g.width) + test_rng_below(rng, 40);
	struct vprim_range range = { va, va + count * page - 1 };
	uint64_t pa = (test_rng_below(rng, 2) ? va : test_rng_next(rng)) &
		      (VPRIM_LOONGARCH_FRAME_MASK >> 1) & ~(page - 1);
	struct vprim_loongarch_translation w;
	int ret;

	if (!vprim_loongarch_is_low(&g, range.last))
		return;
	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, pages, 0x10000000, NULL), 0);
	if (test_rng_below(rng, 2)) {
		uint64_t other = some_va(rng, &g);

		(void)!vprim_loongarch_map(&t, other, 0x40000, 0, VPRIM_LOONGARCH_USER_PAGE, NULL);
	}
	before = t;
	memcpy(copy, memory, bytes);
	ret = vprim_loongarch_map_range(&t, &range, pa, max_level, VPRIM_LOONGARCH_USER_PAGE, NULL);
	if (ret) {
		ck_assert(ret == -ENOSPC || ret == -EEXIST);
		ck_assert(t.used == before.used && t.root == before.root);
		ck_assert(!memcmp(t.invalid_, before.invalid_, sizeof(t.invalid_)));
		ck_assert(!memcmp(copy, memory, bytes));
		return;
	}
	for (uint64_t i = 0; i < count; i += 1 + count / 64) {
		ck_assert_int_eq(vprim_loongarch_tables_walk(&t, va + i * page + 5,
				 VPRIM_LOONGARCH_LOAD, 3, &w), 0);
		ck_assert_int_eq(w.fault, VPRIM_LOONGARCH_NO_FAULT);
		ck_assert_uint_eq(w.pa, pa + i * page + 5);
		ck_assert_uint_le(w.level, max_level);
	}
	if (range.last + 1 < (uint64_t)1 << (g.va_bits - 1) &&
	    !vprim_loongarch_tables_walk(&before, range.last + 1, VPRIM_LOONGARCH_LOAD, 3, &w) &&
	    before.used == g.levels) {
		ck_assert_int_eq(vprim_loongarch_tables_walk(&t, range.last + 1, VPRIM_LOONGARCH_LOAD, 3, &w), 0);
		ck_assert_int_eq(w.fault, VPRIM_LOONGARCH_PIL);
	}
}

START_TEST(a_range_is_all_or_nothing)
{
	struct test_rng rng = test_rng_seed(0x72616e6765);
	uint8_t *memory = calloc(16, 1u << 16), *copy = calloc(16, 1u << 16);

	for (uint64_t i = 0; i < test_steps(20000); i++)
		one_range(&rng, (int)(i % VPRIM_ARRAY_LEN(shapes)), memory, copy);
	free(copy);
	free(memory);
}
END_TEST

/* Tables are exactly as many as were needed: one page less fails. */
START_TEST(the_count_of_tables_is_exact)
{
	struct test_rng rng = test_rng_seed(0x636f756e74);
	uint8_t *memory = malloc(64u << 16);

	for (uint64_t i = 0; i < test_steps(4000); i++) {
		struct vprim_loongarch_geometry g = shape((int)(i % VPRIM_ARRAY_LEN(shapes)));
		uint64_t page = (uint64_t)1 << g.page_shift;
		unsigned int max_level = (unsigned int)test_rng_below(&rng, g.levels - 1u);
		uint64_t va = some_va(&rng, &g), used;
		struct vprim_range range = { va, va + (1 + test_rng_below(&rng,
					     3u << g.width)) * page - 1 };
		struct vprim_loongarch_tables t;

		if (!vprim_loongarch_is_low(&g, range.last))
			continue;
		ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 64, 0x10000000, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_map_range(&t, &range, 0x400000000, max_level,
							   VPRIM_LOONGARCH_USER_PAGE, NULL), 0);
		used = t.used;
		if (used == g.levels)
			continue;
		ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, used - 1, 0x10000000, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_map_range(&t, &range, 0x400000000, max_level,
							   VPRIM_LOONGARCH_USER_PAGE, NULL), -ENOSPC);
		ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, used, 0x10000000, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_map_range(&t, &range, 0x400000000, max_level,
							   VPRIM_LOONGARCH_USER_PAGE, NULL), 0);
		ck_assert_uint_eq(t.used, used);
	}
	free(memory);
}
END_TEST

/* -- a guest that writes to its own tables ---------------------------------- */

#define BASE UINT64_C(0x10000000)
#define GUEST_PAGES 12

/* Pages between two that fault on any access. */
static uint8_t *fenced_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *all = mmap(NULL, bytes + 2 * page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(all != MAP_FAILED);
	require(!mprotect(all + page, bytes, PROT_READ | PROT_WRITE));
	return all + page;
}

/* What a guest might write: addresses of tables and beside them, pages, noise. */
static uint64_t guest_value(struct test_rng *rng, const struct vprim_loongarch_geometry *g)
{
	uint64_t page = (uint64_t)1 << g->page_shift;
	uint64_t v = BASE + (test_rng_below(rng, GUEST_PAGES + 6) - 3) * page;

	switch (test_rng_below(rng, 8)) {
	case 0:
		return test_rng_next(rng);
	case 1:
		return v | (uint64_t)1 << test_rng_below(rng, 64);
	case 2:
		return v | VPRIM_LOONGARCH_HUGE | VPRIM_LOONGARCH_VALID;
	case 3:
		return test_rng_below(rng, 2) - 1;
	default:
		return v;
	}
}

static struct guest {
	struct test_rng rng;
	struct vprim_loongarch_geometry g;
	uint8_t *memory;
} guest;

static void guest_writes(void)
{
	uint64_t page = test_rng_below(&guest.rng, GUEST_PAGES);
	uint64_t entry = test_rng_below(&guest.rng, 4) ? test_rng_below(&guest.rng, 4) :
			 test_rng_below(&guest.rng, (uint64_t)1 << guest.g.width);

	vprim_store_le64(guest.memory + (page << guest.g.page_shift) + entry * 8,
			 guest_value(&guest.rng, &guest.g));
}

/* Before a load: nothing, some entry, or the one that is about to be read. */
static void guest_meddles(const void *p, size_t bytes)
{
	uint64_t value;

	switch (test_rng_below(&guest.rng, 8)) {
	case 0:
		guest_writes();
		break;
	case 1:
		value = guest_value(&guest.rng, &guest.g);
		ck_assert_uint_eq(bytes, 8);
		memcpy(guest.memory + ((const uint8_t *)p - guest.memory), &value, bytes);
		break;
	}
}

static int some_change(struct test_rng *rng, struct vprim_loongarch_tables *t, uint64_t va)
{
	const struct vprim_loongarch_geometry *g = &t->geometry_;
	uint64_t page = (uint64_t)1 << g->page_shift;
	unsigned int level = (unsigned int)test_rng_below(rng, g->levels - 1u);
	uint64_t start = va & ~(((uint64_t)1 << (g->page_shift + level * g->width)) - 1);
	uint64_t pages = 1 + test_rng_below(rng, 20);
	struct vprim_range range = { va, va + pages * page - 1 };
	int ret;

	switch (test_rng_below(rng, 3)) {
	case 0:
		ret = vprim_loongarch_map(t, start, start & VPRIM_LOONGARCH_FRAME_MASK,
					  level, VPRIM_LOONGARCH_USER_PAGE, NULL);
		ck_assert_uint_le(changing.loads, g->levels);
		return ret;
	case 1:
		ret = vprim_loongarch_map_range(t, &range, va, level, VPRIM_LOONGARCH_USER_PAGE, NULL);
		ck_assert_uint_le(changing.loads, 2 * pages * g->levels);
		return ret;
	default:
		ret = vprim_loongarch_unmap(t, va, NULL);
		ck_assert_uint_le(changing.loads, g->levels);
		return ret;
	}
}

static void one_call(struct test_rng *rng, struct vprim_loongarch_tables *t)
{
	struct vprim_loongarch_tables before = *t;
	uint64_t va = some_va(rng, &t->geometry_);
	struct vprim_loongarch_translation w;
	int ret;

	changing.loads = 0;
	if (test_rng_below(rng, 4)) {
		ret = some_change(rng, t, va);
		ck_assert(!ret || ret == -EEXIST || ret == -ENOENT || ret == -ENOSPC ||
			  ret == -EINVAL || ret == -ERANGE || ret == -EBADMSG);
	} else {
		ret = vprim_loongarch_tables_walk(t, va, VPRIM_LOONGARCH_LOAD, 3, &w);
		ck_assert(!ret && (w.fault || !(w.pa >> 48)));
		ck_assert_uint_le(changing.loads, t->geometry_.levels);
	}
	/* What the set knows is not the guest's. */
	ck_assert(t->used >= before.used && t->used <= t->pages_);
	before.used = t->used;
	ck_assert(!memcmp(t, &before, sizeof(before)));
}

/* Stepwise: writes between calls; then between any two reads of a call. */
START_TEST(a_guest_that_writes_its_tables_stays_in_them)
{
	struct test_rng rng = test_rng_seed(0x6775657374);
	struct vprim_loongarch_tables t;

	guest.rng = test_rng_seed(0x6d6564646c65);
	guest.g = shape(_i);
	guest.memory = fenced_pages((size_t)GUEST_PAGES << guest.g.page_shift);
	for (uint64_t i = 0; i < test_steps(400000); i++) {
		changing.before = NULL;
		if (!(i % 64)) {
			memset(guest.memory, 0, (size_t)GUEST_PAGES << guest.g.page_shift);
			ck_assert_int_eq(vprim_loongarch_tables_init(&t, &guest.g, guest.memory,
								     GUEST_PAGES, BASE, NULL), 0);
		}
		if (i % 64 > 8 && test_rng_below(&rng, 2))
			guest_writes();
		if (i % 128 > 64)
			changing.before = guest_meddles;
		one_call(&rng, &t);
	}
	changing.before = NULL;
}
END_TEST

/* Every directory entry leads to the same table, so nothing ever seems full. */
START_TEST(directories_that_share_a_table_end_a_range)
{
	struct vprim_loongarch_geometry g = shape(1);
	size_t entries = (size_t)1 << g.width, bytes = (size_t)8 << g.page_shift;
	struct vprim_range all = { 0, ((uint64_t)1 << (g.va_bits - 1)) - 1 };
	uint8_t *memory = fenced_pages(bytes), *before = malloc(bytes);
	struct vprim_loongarch_tables t;

	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 8, BASE, NULL), 0);
	ck_assert_int_eq(vprim_loongarch_map(&t, 0, 0x1000, 0, VPRIM_LOONGARCH_USER_PAGE, NULL), 0);
	ck_assert_int_eq(vprim_loongarch_unmap(&t, 0, NULL), 0);
	for (size_t page = 3; page < 6; page++)
		for (size_t i = 0; i < entries; i++)
			memcpy(memory + (page << g.page_shift) + 8 * i,
			       memory + (page << g.page_shift), 8);
	memcpy(before, memory, bytes);
	changing.loads = 0;
	ck_assert_int_eq(vprim_loongarch_map_range(&t, &all, 0, 0,
						   VPRIM_LOONGARCH_USER_PAGE, NULL), -ENOSPC);
	ck_assert_uint_le(changing.loads, 8 * entries * g.levels);
	ck_assert(!memcmp(before, memory, bytes));
	free(before);
}
END_TEST

struct wild {
	struct test_rng rng;
	unsigned int reads;
};

static bool wild_read(void *ctx, uint64_t pa, uint64_t *entry)
{
	struct wild *w = ctx;

	ck_assert_uint_eq(pa % 8, 0);
	w->reads++;
	*entry = test_rng_next(&w->rng);
	return test_rng_below(&w->rng, 8) != 0;
}

START_TEST(any_tables_end_the_walk)
{
	struct wild wild = { test_rng_seed(0x77696c64), 0 };

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		struct vprim_loongarch_geometry g = shape((int)(i % VPRIM_ARRAY_LEN(shapes)));
		uint64_t root = test_rng_next(&wild.rng) & VPRIM_LOONGARCH_FRAME_MASK &
				~(((uint64_t)1 << g.page_shift) - 1);
		uint64_t va = test_rng_next(&wild.rng) >> test_rng_below(&wild.rng, 64);
		struct vprim_loongarch_translation w;

		wild.reads = 0;
		ck_assert_int_eq(vprim_loongarch_walk(&g, root, wild_read, &wild, va,
			(enum vprim_loongarch_access)(i % 3), (unsigned int)(i % 4), &w), 0);
		ck_assert_uint_le(wild.reads, g.levels);
		ck_assert((w.fault == VPRIM_LOONGARCH_ADE) == !wild.reads);
		ck_assert(w.fault || !(w.pa >> 48));
	}
}
END_TEST

/* The callback may call all of the module, its own walk's set included. */
struct busy {
	struct vprim_loongarch_tables *t;
	unsigned int depth;
};

static bool busy_read(void *ctx, uint64_t pa, uint64_t *entry)
{
	struct busy *b = ctx;
	struct vprim_range r = { 0x40000, 0x4bfff };
	struct vprim_loongarch_translation w;
	uint64_t value;

	if (!b->depth++) {
		ck_assert_int_eq(vprim_loongarch_leaf(&b->t->geometry_, 0, 0x4000, 1, &value, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_map(b->t, 0x8000, 0x4000, 0, VPRIM_LOONGARCH_USER_PAGE, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_unmap(b->t, 0x8000, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_map_range(b->t, &r, 0x40000, 0, VPRIM_LOONGARCH_USER_PAGE, NULL), 0);
		ck_assert_int_eq(vprim_loongarch_tables_walk(b->t, 0x44000, VPRIM_LOONGARCH_LOAD, 3, &w), 0);
		ck_assert_uint_eq(w.pa, 0x44000);
		ck_assert_int_eq(vprim_loongarch_walk(&b->t->geometry_, b->t->root,
			busy_read, b, 0x48000, VPRIM_LOONGARCH_LOAD, 3, &w), 0);
		ck_assert_uint_eq(w.pa, 0x48000);
	}
	if (pa - BASE >= b->t->pages_ << b->t->geometry_.page_shift)
		return false;
	*entry = vprim_load_le64(b->t->memory_ + (pa - BASE));
	return true;
}

START_TEST(a_read_may_call_the_module)
{
	static uint8_t memory[16 * 16384];
	struct vprim_loongarch_geometry g = shape(2);
	struct vprim_loongarch_tables t;
	struct vprim_loongarch_translation w;
	struct busy busy = { &t, 0 };

	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 16, BASE, NULL), 0);
	ck_assert_int_eq(vprim_loongarch_walk(&g, t.root, busy_read,
		&busy, 0x40123, VPRIM_LOONGARCH_LOAD, 3, &w), 0);
	ck_assert_int_eq(w.fault, VPRIM_LOONGARCH_NO_FAULT);
	ck_assert_uint_eq(w.pa, 0x40123);
	ck_assert_uint_eq(busy.depth, 6);
}
END_TEST

static bool read_none(void *ctx, uint64_t pa, uint64_t *entry)
{
	(void)ctx;
	(void)pa;
	(void)entry;
	return false;
}

START_TEST(bad_arguments_change_nothing)
{
	static uint8_t memory[4 * 16384];
	struct vprim_loongarch_geometry g = shape(2), bad = g;
	struct vprim_loongarch_tables t;
	struct vprim_loongarch_translation w;
	struct vprim_range r = { 0, 0x3fff };
	struct vprim_reason why;
	uint64_t entry = 7;

	for (unsigned int i = 0; i < 5; i++) {
		bad = g;
		*(i < 2 ? &bad.page_shift : i == 2 ? &bad.levels :
		  i == 3 ? &bad.width : &bad.va_bits) = i ? 13 : 64;
		require(vprim_loongarch_leaf(&bad, 0, 0, 1, &entry, &why) == -EINVAL);
		ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_LOONGARCH_RULE_GEOMETRY);
		require(vprim_loongarch_tables_init(&t, &bad, memory, 4, 0x10000, NULL) == -EINVAL);
		require(vprim_loongarch_walk(&bad, 0x10000, read_none, NULL, 0,
					     VPRIM_LOONGARCH_LOAD, 0, &w) == -EINVAL);
	}
	/* An address has 48 bits, and all pages of the tables one. */
	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 4, UINT64_C(1) << 48, &why), -ERANGE);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_LOONGARCH_RULE_FRAME);
	/* Behind the levels an entry is a page's. */
	ck_assert_uint_eq(vprim_loongarch_entry_pa(&g, 1, 0x2004001), 0x2000000);
	ck_assert_uint_eq(vprim_loongarch_entry_pa(&g, 3, 0x2004001), 0x2004000);
	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 4, 0x10001, NULL), -EINVAL);
	ck_assert_int_eq(vprim_loongarch_tables_init(&t, &g, memory, 4, 0x10000, NULL), 0);
	ck_assert_int_eq(vprim_loongarch_map_range(&t, &r, 0, 0, 0, NULL), -EINVAL);
	ck_assert_int_eq(vprim_loongarch_tables_walk(&t, 0, (enum vprim_loongarch_access)3, 0, &w), -EINVAL);
	ck_assert_uint_eq(vprim_loongarch_index(&g, UINT64_MAX, 3), 0);
	ck_assert_uint_eq(entry, 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("loongarch");
	TCase *t = tcase_create("loongarch");

	tcase_add_test(t, random_mappings_are_walked_back);
	tcase_add_test(t, a_range_is_all_or_nothing);
	tcase_add_test(t, the_count_of_tables_is_exact);
	tcase_add_loop_test(t, a_guest_that_writes_its_tables_stays_in_them, 0,
			    (int)VPRIM_ARRAY_LEN(shapes));
	tcase_add_test(t, directories_that_share_a_table_end_a_range);
	tcase_add_test(t, any_tables_end_the_walk);
	tcase_add_test(t, a_read_may_call_the_module);
	tcase_add_test(t, bad_arguments_change_nothing);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
