// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * dirty.h against one bool for each page. Bitmaps lie at odd addresses between
 * guard bytes, so that a store too far is seen.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/dirty.h>

#define M UINT64_MAX
#define PAGES 300u	/* most of a random bitmap */
#define GUARD 16u

struct model {
	bool dirty[PAGES];
	uint64_t pages;
	uint8_t memory[GUARD + PAGES / 8 + 1 + GUARD];
	struct vprim_dirty_bitmap map;
	uint64_t bytes;
};

/* A fresh bitmap of random size and place; what lies behind its pages is noise. */
static void begin(struct model *m, struct test_rng *rng)
{
	memset(m, 0, sizeof(*m));
	memset(m->memory, 0xc3, sizeof(m->memory));
	m->pages = 1 + test_rng_below(rng, PAGES);
	m->bytes = m->pages / 8 + (m->pages % 8 != 0);
	m->map.bits = m->memory + 1 + test_rng_below(rng, GUARD - 1);
	m->map.pages = m->pages;
	memset(m->map.bits, 0, (size_t)(m->pages / 8));
	if (m->pages % 8)
		((uint8_t *)m->map.bits)[m->bytes - 1] =
			(uint8_t)(0xff << m->pages % 8);
}

static void agrees(const struct model *m)
{
	const uint8_t *bits = m->map.bits;
	uint64_t i;

	for (i = 0; i < m->pages; i++)
		require((bits[i / 8] >> i % 8 & 1) == m->dirty[i]);
	for (; i < m->bytes * 8; i++)
		require(bits[i / 8] >> i % 8 & 1);
	for (i = 0; i < sizeof(m->memory); i++)
		require((m->memory + i >= bits && m->memory + i < bits + m->bytes) ||
			m->memory[i] == 0xc3);
}

static void fill(struct model *m, const struct vprim_dirty_run *run, bool dirty)
{
	memset(&m->dirty[run->first], dirty, (size_t)(run->last - run->first + 1));
}

static void change(struct model *m, struct test_rng *rng)
{
	struct vprim_dirty_run run;
	bool dirty = test_rng_below(rng, 2);

	run.first = test_rng_below(rng, m->pages);
	run.last = run.first +
		   test_rng_below(rng, test_rng_below(rng, 4) ?
					       m->pages - run.first : 1);
	fill(m, &run, dirty);
	if (dirty)
		require(!vprim_dirty_set(&m->map, &run));
	else
		require(!vprim_dirty_clear(&m->map, &run));
}

static void questions_agree(const struct model *m, uint64_t from)
{
	struct vprim_dirty_run run = { 7, 7 };
	uint64_t i, last, count = 0;
	int ret;

	for (i = 0; i < m->pages; i++) {
		require(vprim_dirty_test(&m->map, i) == m->dirty[i]);
		count += m->dirty[i];
	}
	require(vprim_dirty_count(&m->map) == count);
	for (i = from; i < m->pages && !m->dirty[i];)
		i++;
	ret = vprim_dirty_next(&m->map, from, &run);
	require(ret == (i < m->pages ? 0 : -ENOENT));
	if (ret) {
		require(run.first == 7 && run.last == 7);
		return;
	}
	for (last = i; last + 1 < m->pages && m->dirty[last + 1];)
		last++;
	require(run.first == i && run.last == last);
}

START_TEST(random_bits_agree_with_bools)
{
	struct test_rng rng = test_rng_seed(0xd127);
	uint64_t steps = test_steps(1000000), i, k, at;
	struct model a, b;

	for (i = 0; i < steps; i++) {
		if (i % 32 == 0) {
			begin(&a, &rng);
			begin(&b, &rng);
		}
		change(&a, &rng);
		change(&b, &rng);
		if (i % 4 == 0 && b.pages <= a.pages) {
			at = test_rng_below(&rng, a.pages - b.pages + 1);
			for (k = 0; k < b.pages; k++)
				a.dirty[at + k] |= b.dirty[k];
			require(!vprim_dirty_or(&a.map, at, &b.map));
		}
		agrees(&a);
		if (i % 4 == 1)
			questions_agree(&a, test_rng_below(&rng, a.pages + 2));
	}
}
END_TEST

START_TEST(views_combine_where_they_overlap)
{
	static const uint64_t bases[] = { 1 << 20, M - (PAGES << 12) * 2 + 1 };
	struct test_rng rng = test_rng_seed(0xd128 + (uint64_t)_i);
	uint64_t steps = test_steps(300000), i, k, page = 4096;
	struct model a, b;

	for (i = 0; i < steps; i++) {
		struct vprim_dirty_view va, vb;
		uint64_t a_page = test_rng_below(&rng, PAGES);
		uint64_t b_page = test_rng_below(&rng, PAGES);
		uint64_t part = test_rng_below(&rng, 4) ? page - 1 :
							  test_rng_below(&rng, page);

		begin(&a, &rng);
		begin(&b, &rng);
		change(&a, &rng);
		change(&b, &rng);
		change(&b, &rng);
		va.bitmap = a.map;
		va.range.start = bases[_i] + a_page * page;
		va.range.last = va.range.start + (a.pages - 1) * page + part;
		vb.bitmap = b.map;
		vb.range.start = bases[_i] + b_page * page;
		vb.range.last = vb.range.start + (b.pages - 1) * page + part;
		for (k = 0; k < b.pages; k++) {
			if (b.dirty[k] && b_page + k >= a_page &&
			    b_page + k - a_page < a.pages)
				a.dirty[b_page + k - a_page] = true;
		}
		require(!vprim_dirty_combine(&va, &vb, page));
		agrees(&a);
		agrees(&b);
	}
}
END_TEST

START_TEST(geometry_agrees_with_rounding_by_hand)
{
	uint64_t pages, bytes, size, need;

	for (pages = 1; pages < 1000; pages++) {
		for (need = 8; need * 8 < pages;)
			need += 8;
		ck_assert_int_eq(vprim_dirty_bytes(pages, &bytes), 0);
		ck_assert_uint_eq(bytes, need);
		for (size = 0; size < 160; size++) {
			require(vprim_dirty_check(pages, size) ==
				(size >= need ? 0 : -EINVAL));
			require(vprim_dirty_check_request(pages, size) ==
				(size >= need ? 0 : -EINVAL));
		}
	}
	bytes = 7;
	ck_assert_int_eq(vprim_dirty_bytes(0, &bytes), -EINVAL);
	ck_assert_int_eq(vprim_dirty_bytes(VPRIM_DIRTY_PAGES_MAX + 1, &bytes),
			 -EINVAL);
	ck_assert_uint_eq(bytes, 7);
	/* No number of pages near 2^64 wraps to a small bitmap. */
	for (pages = M; pages > M - 200; pages--) {
		require(vprim_dirty_check(pages, 8) == -EINVAL);
		require(vprim_dirty_check_request(pages, 8) == -EINVAL);
	}
}
END_TEST

START_TEST(iommufd_ranges_agree_with_remainders)
{
	uint64_t iova, length, page, align, bytes;

	for (align = 1; align <= 8; align *= 2)
		for (page = 1; page <= 9; page++)
			for (iova = 0; iova < 20; iova++)
				for (length = 1; length < 40; length++) {
					struct vprim_dirty_iommufd r = {
						iova, length, page, align, M
					};
					uint64_t end = iova + length;
					bool ok = iova % align == 0 &&
						  end % align == 0 &&
						  !(iova & (page - 1)) &&
						  !(end & (page - 1));

					bytes = 0;
					require(vprim_dirty_check_iommufd(&r, &bytes) ==
						(ok ? 0 : -EINVAL));
					require(!ok || page & (page - 1) ||
						bytes == (length - 1) / (8 * page) + 1);
					require(ok || !bytes);
				}
}
END_TEST

START_TEST(bad_arguments_are_refused_and_change_nothing)
{
	uint8_t byte = 0x5a;
	struct vprim_dirty_bitmap b = { &byte, 8 }, wide = { &byte, 9 };
	struct vprim_dirty_bitmap none = { &byte, 0 };
	struct vprim_dirty_run good = { 0, 7 }, far = { 0, 8 }, bad = { 2, 1 };
	struct vprim_dirty_run run = { 7, 7 }, top = { M, M };
	struct vprim_dirty_view v = { { 0, 7 }, { &byte, 8 } }, w = v;
	struct vprim_range range = { 7, 8 };
	uint64_t n = 7;

	ck_assert_int_eq(vprim_dirty_set(&b, &far), -EINVAL);
	ck_assert_int_eq(vprim_dirty_set(&b, &bad), -EINVAL);
	ck_assert_int_eq(vprim_dirty_set(&b, &top), -EINVAL);
	ck_assert_int_eq(vprim_dirty_clear(&b, &far), -EINVAL);
	ck_assert_int_eq(vprim_dirty_clear(&b, &bad), -EINVAL);
	ck_assert_int_eq(vprim_dirty_or(&b, 1, &b), -EINVAL);
	ck_assert_int_eq(vprim_dirty_or(&b, 9, &b), -EINVAL);
	ck_assert_int_eq(vprim_dirty_or(&b, 0, &wide), -EINVAL);
	ck_assert_int_eq(vprim_dirty_or(&b, 8, &none), 0);
	ck_assert(!vprim_dirty_test(&b, 8));
	ck_assert(vprim_dirty_test(&b, 1));
	ck_assert_int_eq(vprim_dirty_next(&b, M, &run), -ENOENT);
	ck_assert_int_eq(vprim_dirty_combine(&v, &v, 0), -EINVAL);
	w.range.last = 8;
	ck_assert_int_eq(vprim_dirty_combine(&v, &w, 1), -EINVAL);
	ck_assert_int_eq(vprim_dirty_combine(&w, &v, 1), -EINVAL);
	w.range = (struct vprim_range){ 1, 0 };
	ck_assert_int_eq(vprim_dirty_combine(&v, &w, 1), -EINVAL);
	w.range = (struct vprim_range){ 1, 4 };
	ck_assert_int_eq(vprim_dirty_combine(&v, &w, 2), -EINVAL);
	w.range = (struct vprim_range){ 0, M };
	ck_assert_int_eq(vprim_dirty_pages(&range, 0, &n), -EINVAL);
	ck_assert_int_eq(vprim_dirty_pages(&w.range, 1, &n), -EOVERFLOW);
	ck_assert_int_eq(vprim_dirty_range(0, 3, &good, &range), -EINVAL);
	ck_assert_int_eq(vprim_dirty_range(0, 1, &bad, &range), -EINVAL);
	ck_assert_int_eq(vprim_dirty_range(0, 2, &top, &range), -EOVERFLOW);
	ck_assert_int_eq(vprim_dirty_range(1, 1, &top, &range), -EOVERFLOW);
	ck_assert_int_eq(vprim_dirty_range(M - 6, 1, &good, &range), -EOVERFLOW);
	ck_assert_int_eq(vprim_dirty_range(M - 8, 2, &good, &range), -EOVERFLOW);
	ck_assert_int_eq(vprim_dirty_range(M - 14, 2, &good, &range), -EOVERFLOW);
	ck_assert_uint_eq(n, 7);
	ck_assert_uint_eq(range.start, 7);
	ck_assert_uint_eq(run.first, 7);
	ck_assert_uint_eq(byte, 0x5a);
	ck_assert_int_eq(vprim_dirty_range(M - 7, 1, &good, &range), 0);
	ck_assert_uint_eq(range.start, M - 7);
	ck_assert_uint_eq(range.last, M);
	ck_assert_int_eq(vprim_dirty_range(0, 1, &top, &range), 0);
	ck_assert_uint_eq(range.start, M);
}
END_TEST

/* -- many writers, other page sizes ----------------------------------------- */

/* A shared bitmap begins at a word and has whole ones. */
struct shared {
	uint64_t words[PAGES / 64 + 2];
	struct vprim_dirty_bitmap map;
};

static void share(struct shared *s, const struct model *m)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->words, m->map.bits, (size_t)m->bytes);
	s->map.bits = s->words;
	s->map.pages = m->pages;
}

static void same_bits(const struct shared *s, const struct model *m)
{
	require(!memcmp(s->words, m->map.bits, (size_t)m->bytes));
	require(!s->words[m->pages / 64 + 1]);
}

static struct vprim_dirty_run any_run(struct test_rng *rng, uint64_t pages)
{
	struct vprim_dirty_run run = { test_rng_below(rng, pages), 0 };

	run.last = run.first + test_rng_below(rng, pages - run.first);
	return run;
}

/* Each shared call does to a shared bitmap what the plain ones do to a plain one. */
START_TEST(shared_calls_do_what_plain_ones_do)
{
	struct test_rng rng = test_rng_seed(0xa70);
	uint64_t n = test_steps(20000), at;
	struct model m, from, taken, want;
	struct vprim_dirty_run run;
	struct shared s;

	while (n--) {
		begin(&m, &rng);
		begin(&from, &rng);
		begin(&taken, &rng);
		change(&m, &rng);
		change(&from, &rng);
		change(&from, &rng);
		share(&s, &m);
		run = any_run(&rng, m.pages);
		require(!vprim_dirty_set(&m.map, &run));
		require(!vprim_dirty_shared_set(&s.map, &run));
		same_bits(&s, &m);
		at = test_rng_below(&rng, m.pages);
		require(vprim_dirty_or(&m.map, at, &from.map) ==
			vprim_dirty_shared_or(&s.map, at, &from.map));
		same_bits(&s, &m);
		run = any_run(&rng, m.pages);
		/* What is taken is what a copy of those pages would have had. */
		if (taken.pages <= run.last - run.first) {
			require(vprim_dirty_shared_take(&s.map, &run, &taken.map) ==
				-EINVAL);
			same_bits(&s, &m);
			continue;
		}
		want = taken;
		for (at = run.first; at <= run.last; at++)
			want.dirty[at - run.first] |= vprim_dirty_test(&m.map, at);
		memcpy(taken.dirty, want.dirty, sizeof(want.dirty));
		require(!vprim_dirty_shared_take(&s.map, &run, &taken.map));
		agrees(&taken);
		require(!vprim_dirty_clear(&m.map, &run));
		same_bits(&s, &m);
	}
}
END_TEST

START_TEST(shared_calls_refuse_what_is_outside)
{
	uint64_t word = 0x5a, out = 0;
	struct vprim_dirty_bitmap b = { &word, 64 }, small = { &out, 7 };
	struct vprim_dirty_bitmap none = { &out, 0 };
	struct vprim_dirty_run far = { 0, 64 }, back = { 2, 1 }, eight = { 8, 15 };
	struct vprim_dirty_view view = { { 0, 63 }, { &word, 64 } };
	struct vprim_range r = { 1, 0 };

	ck_assert_int_eq(vprim_dirty_shared_set(&b, &far), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_set(&b, &back), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_take(&b, &far, &b), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_take(&b, &back, &b), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_take(&b, &eight, &small), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_or(&b, 58, &small), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_or(&b, M, &small), -EINVAL);
	ck_assert_int_eq(vprim_dirty_shared_or(&b, 64, &none), 0);
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 1, &r), -EINVAL);
	r = view.range;
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 3, &r), -EINVAL);
	view.bitmap.pages = 63;
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 1, &r), -EINVAL);
	ck_assert_uint_eq(word, 0x5a);
	ck_assert_uint_eq(out, 0);
}
END_TEST

START_TEST(marking_addresses_marks_their_pages)
{
	uint64_t words[2] = { 0 };
	/* The last page of all, and its range begins in the middle of one. */
	struct vprim_dirty_view view = { { M - 0x4800 + 1, M }, { words, 5 } };
	const struct vprim_range below = { 0, M - 0x4800 };
	struct vprim_range r = { M - 0x4800 + 1 + 0xfff, M - 0x4800 + 1 + 0x1000 };
	const struct vprim_range top = { M, M }, all = { 0, M };

	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 0x1000, &below), 0);
	ck_assert_uint_eq(vprim_dirty_count(&view.bitmap), 0);
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 0x1000, &r), 0);
	ck_assert_uint_eq(vprim_load_le64(words), 3);
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 0x1000, &top), 0);
	ck_assert_uint_eq(vprim_load_le64(words), 0x13);
	ck_assert_int_eq(vprim_dirty_shared_mark(&view, 0x1000, &all), 0);
	ck_assert_uint_eq(vprim_load_le64(words), 0x1f);
	ck_assert_uint_eq(words[1], 0);
}
END_TEST

/* Address by address: both pages of each that both views have. */
START_TEST(converting_agrees_with_every_address)
{
	struct test_rng rng = test_rng_seed(0xc0f);
	uint64_t n = test_steps(4000), base, addr, size, page;
	uint64_t to_page, from_page;
	struct vprim_dirty_view to, from;
	struct model a, b;

	while (n--) {
		begin(&a, &rng);
		begin(&b, &rng);
		change(&a, &rng);
		change(&b, &rng);
		change(&b, &rng);
		to_page = UINT64_C(1) << test_rng_below(&rng, 5);
		from_page = UINT64_C(1) << test_rng_below(&rng, 5);
		base = test_rng_below(&rng, 2) ? 1000 : M - 20000;
		to.bitmap = a.map;
		from.bitmap = b.map;
		size = a.pages * to_page - test_rng_below(&rng, to_page);
		to.range.start = base + test_rng_below(&rng, 300);
		to.range.last = to.range.start + size - 1;
		size = b.pages * from_page - test_rng_below(&rng, from_page);
		from.range.start = base + test_rng_below(&rng, 300);
		from.range.last = from.range.start + size - 1;
		for (addr = from.range.start; addr <= from.range.last; addr++) {
			page = (addr - from.range.start) / from_page;
			if (b.dirty[page] && vprim_range_has(&to.range, addr))
				a.dirty[(addr - to.range.start) / to_page] = true;
		}
		require(!vprim_dirty_convert(&to, to_page, &from, from_page));
		agrees(&a);
		agrees(&b);
	}
}
END_TEST

START_TEST(converting_reaches_the_ends_of_the_space)
{
	uint8_t one = 1, eight = 0;
	struct vprim_dirty_view all = { { 0, M }, { &one, 2 } };
	struct vprim_dirty_view part = { { M - 7, M }, { &eight, 8 } };

	ck_assert_int_eq(vprim_dirty_convert(&part, 1, &all, UINT64_C(1) << 63), 0);
	ck_assert_uint_eq(eight, 0);
	one = 2;
	ck_assert_int_eq(vprim_dirty_convert(&part, 1, &all, UINT64_C(1) << 63), 0);
	ck_assert_uint_eq(eight, 0xff);
	one = 0;
	eight = 0x80;
	ck_assert_int_eq(vprim_dirty_convert(&all, UINT64_C(1) << 63, &part, 1), 0);
	ck_assert_uint_eq(one, 2);
	ck_assert_int_eq(vprim_dirty_convert(&all, 1, &part, 1), -EINVAL);
	ck_assert_int_eq(vprim_dirty_convert(&part, 1, &all, 3), -EINVAL);
	part.bitmap.pages = 7;
	ck_assert_int_eq(vprim_dirty_convert(&all, UINT64_C(1) << 63, &part, 1),
			 -EINVAL);
	ck_assert_uint_eq(one, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dirty");
	TCase *tc = tcase_create("dirty");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_bits_agree_with_bools);
	tcase_add_loop_test(tc, views_combine_where_they_overlap, 0, 2);
	tcase_add_test(tc, geometry_agrees_with_rounding_by_hand);
	tcase_add_test(tc, iommufd_ranges_agree_with_remainders);
	tcase_add_test(tc, bad_arguments_are_refused_and_change_nothing);
	tcase_add_test(tc, shared_calls_do_what_plain_ones_do);
	tcase_add_test(tc, shared_calls_refuse_what_is_outside);
	tcase_add_test(tc, marking_addresses_marks_their_pages);
	tcase_add_test(tc, converting_agrees_with_every_address);
	tcase_add_test(tc, converting_reaches_the_ends_of_the_space);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
