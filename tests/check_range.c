// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * range.h and platform.h: tables for the edges, and every small value against
 * the definition.
 */
#include "testlib.h"

#include <linux/vfio.h>
#ifdef __has_include
#if __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h>
#define HAVE_IOMMUFD 1
#endif
#endif
#include <virtprim/range.h>

/* A kernel's array is ours by a cast. */
#define SAME_PLACE(theirs, first, last_member)				\
	_Static_assert(sizeof(theirs) == sizeof(struct vprim_range) &&	\
		       offsetof(theirs, first) ==			\
			       offsetof(struct vprim_range, start) &&	\
		       offsetof(theirs, last_member) ==			\
			       offsetof(struct vprim_range, last) &&	\
		       sizeof(((theirs *)0)->last_member) == 8,		\
		       "not laid out as struct vprim_range")
SAME_PLACE(struct vfio_iova_range, start, end);
#ifdef HAVE_IOMMUFD
SAME_PLACE(struct iommu_iova_range, start, last);
#endif

#define M UINT64_MAX

static const struct vprim_range untouched = { 7, 8 };

static bool same(struct vprim_range a, struct vprim_range b)
{
	return a.start == b.start && a.last == b.last;
}

static const struct {
	const char *name;
	uint64_t start, size, last;
	int ret;
} from_size[] = {
	{ "one byte at zero", 0, 1, 0, 0 },
	{ "one byte at the top", M, 1, M, 0 },
	{ "last page", M - 4095, 4096, M, 0 },
	{ "all but one byte", 1, M, M, 0 },
	{ "no bytes", 5, 0, 0, -EINVAL },
	{ "no bytes at the top", M, 0, 0, -EINVAL },
	{ "wraps by one", M, 2, 0, -EOVERFLOW },
	{ "wraps far", M, M, 0, -EOVERFLOW },
};

START_TEST(a_size_becomes_a_last_address)
{
	struct vprim_range r = untouched, want = untouched;
	int ret = vprim_range_from_size(from_size[_i].start,
					from_size[_i].size, &r);

	if (!ret)
		want = (struct vprim_range){ from_size[_i].start,
					     from_size[_i].last };
	ck_assert_msg(ret == from_size[_i].ret, "%s: %d", from_size[_i].name, ret);
	ck_assert_msg(same(r, want), "%s", from_size[_i].name);
}
END_TEST

START_TEST(the_whole_space_has_no_64_bit_size)
{
	struct vprim_range all = { 0, M }, upside = { 2, 1 };
	uint64_t size = 7;

	ck_assert_int_eq(vprim_range_size(&all, &size), -EOVERFLOW);
	ck_assert_int_eq(vprim_range_size(&upside, &size), -EINVAL);
	ck_assert_uint_eq(size, 7);
}
END_TEST

/*
 * A small space is a window of W addresses at the bottom or at the top of the
 * real one. Membership of each address is the definition to compare with.
 */
#define W 12u

static void compare_pair(uint64_t base, struct vprim_range a, struct vprim_range b)
{
	struct vprim_range shared = untouched;
	struct vprim_range_parts p;
	unsigned int both = 0;
	int ret = vprim_range_intersect(&a, &b, &shared);

	ck_assert_int_eq(vprim_range_subtract(&a, &b, &p), 0);
	for (uint64_t i = 0; i < W; i++) {
		uint64_t x = base + i;
		bool in_a = x >= a.start && x <= a.last;
		bool in_b = x >= b.start && x <= b.last;
		bool in_parts = (p.has_below && vprim_range_has(&p.below, x)) ||
				(p.has_above && vprim_range_has(&p.above, x));

		both += in_a && in_b;
		ck_assert(vprim_range_has(&a, x) == in_a);
		ck_assert(in_parts == (in_a && !in_b));
		ck_assert(ret || vprim_range_has(&shared, x) == (in_a && in_b));
	}
	ck_assert_int_eq(ret, both ? 0 : -ENOENT);
	ck_assert(vprim_range_overlaps(&a, &b) == (both > 0));
	ck_assert(vprim_range_touches(&a, &b) ==
		  (a.last != M && b.start == a.last + 1));
	ck_assert(vprim_range_contains(&a, &b) == (both == b.last - b.start + 1));
}

START_TEST(every_small_pair_agrees_with_membership)
{
	uint64_t base = _i ? M - (W - 1) : 0;

	for (uint64_t as = 0; as < W; as++)
		for (uint64_t al = as; al < W; al++)
			for (uint64_t bs = 0; bs < W; bs++)
				for (uint64_t bl = bs; bl < W; bl++)
					compare_pair(base,
						(struct vprim_range){ base + as, base + al },
						(struct vprim_range){ base + bs, base + bl });
}
END_TEST

/* Whether the whole block of @align that begins at @block lies in @r. */
static bool block_inside(const struct vprim_range *r, uint64_t block,
			 uint64_t align)
{
	return vprim_range_has(r, block) && vprim_range_has(r, block + (align - 1));
}

START_TEST(every_small_range_aligns_as_its_blocks_do)
{
	uint64_t base = _i ? M - 63 : 0;

	for (uint64_t align = 1; align <= 32; align *= 2)
		for (uint64_t s = 0; s < 64; s++)
			for (uint64_t l = s; l < 64; l++) {
				struct vprim_range r = { base + s, base + l };
				struct vprim_range in = untouched, out;
				bool crosses;
				uint64_t blocks = 0, inside = 0;
				int ret = vprim_range_align_in(&r, align, &in);

				ck_assert_int_eq(vprim_range_align_out(&r, align, &out), 0);
				for (uint64_t k = 0; k < 64 / align; k++) {
					struct vprim_range block = {
						base + k * align,
						base + k * align + (align - 1) };
					bool whole = block_inside(&r, block.start, align);

					blocks += vprim_range_overlaps(&block, &r);
					inside += whole;
					ck_assert(ret || vprim_range_contains(&in, &block) == whole);
					ck_assert(vprim_range_contains(&out, &block) ==
						  vprim_range_overlaps(&block, &r));
				}
				ck_assert_int_eq(ret, inside ? 0 : -ENOENT);
				ck_assert(!ret || same(in, untouched));
				ck_assert_int_eq(vprim_range_crosses(r.start, l - s + 1,
						 vprim_ctz64(align), &crosses), 0);
				ck_assert(crosses == (blocks > 1));
			}
}
END_TEST

START_TEST(what_is_no_range_is_refused_and_changes_nothing)
{
	const struct vprim_range good = { 1, 5 }, bad = { 5, 1 };
	struct vprim_range out = { 7, 8 };
	struct vprim_range_parts parts = { true, true, { 1, 2 }, { 3, 4 } };
	bool crosses = false;

	ck_assert_int_eq(vprim_range_crosses(0, 1, 64, &crosses), -EINVAL);
	ck_assert_int_eq(vprim_range_crosses(1, UINT64_MAX, 63, &crosses), 0);
	ck_assert(crosses);
	ck_assert_int_eq(vprim_range_crosses(1, 2, 63, &crosses), 0);
	ck_assert(!crosses);
	ck_assert_int_eq(vprim_range_align_out(&bad, 4, &out), -EINVAL);
	ck_assert_int_eq(vprim_range_align_out(&good, 3, &out), -EINVAL);
	ck_assert(out.start == 7 && out.last == 8);
	ck_assert_int_eq(vprim_range_subtract(&bad, &good, &parts), -EINVAL);
	ck_assert_int_eq(vprim_range_subtract(&good, &bad, &parts), -EINVAL);
	ck_assert(parts.has_below && parts.below.last == 2);
	ck_assert(parts.has_above && parts.above.last == 4);
}
END_TEST

START_TEST(no_aligned_power_of_two_crosses_its_own_size)
{
	struct test_rng rng = test_rng_seed(0x63726f7373);
	bool crosses, moved;

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		unsigned int shift = (unsigned int)test_rng_below(&rng, 63);
		uint64_t block = (uint64_t)1 << shift;
		uint64_t len = block >> test_rng_below(&rng, shift + 1);
		uint64_t addr = test_rng_next(&rng) >> 2;

		ck_assert_int_eq(vprim_range_crosses(addr & ~(len - 1), len,
						     shift, &crosses), 0);
		ck_assert(!crosses);
		ck_assert_int_eq(vprim_range_crosses(addr, block + 1, shift,
						     &crosses), 0);
		ck_assert(crosses);
		len = test_rng_below(&rng, 2 * block);
		ck_assert_int_eq(vprim_range_crosses(addr, len, shift, &crosses), 0);
		ck_assert_int_eq(vprim_range_crosses(addr + block, len, shift,
						     &moved), 0);
		ck_assert(crosses == moved);
	}
}
END_TEST

START_TEST(bit_searches_agree_with_a_walk)
{
	ck_assert_uint_eq(vprim_ctz64(0), 64);
	ck_assert_uint_eq(vprim_fls64(0), 64);
	ck_assert(!vprim_is_pow2(0));
	for (unsigned int i = 0; i < 64; i++) {
		uint64_t bit = (uint64_t)1 << i;

		ck_assert_uint_eq(vprim_ctz64(bit), i);
		ck_assert_uint_eq(vprim_ctz64(bit | 1u << 31 | bit << 1 | (uint64_t)1 << 63),
				  i < 31 ? i : 31);
		ck_assert_uint_eq(vprim_fls64(bit), i);
		ck_assert_uint_eq(vprim_fls64(bit | 1), i);
		ck_assert_uint_eq(vprim_popcount64(bit - 1), i);
		ck_assert(vprim_is_pow2(bit));
		ck_assert(vprim_is_pow2(bit | 1) == !i);
	}
}
END_TEST

/* q * d + rem must give the dividend back, with rem < d. */
static void compare_division(struct vprim_u128 n, uint64_t d)
{
	uint64_t rem, q = vprim_div_u128(n, d, &rem), lo;
	struct vprim_u128 back = vprim_mul_u64_wide(q, d);
	bool carry = vprim_add_overflow(back.lo, rem, &lo);

	ck_assert(rem < d);
	ck_assert_uint_eq(lo, n.lo);
	ck_assert_uint_eq(back.hi + carry, n.hi);
}

START_TEST(division_gives_the_dividend_back)
{
	struct test_rng rng = test_rng_seed(0x64697669646531);
	uint64_t rem = 7, product, i;

	ck_assert_uint_eq(vprim_div_u64(5, 0, &rem), M);
	ck_assert_uint_eq(rem, 0);
	ck_assert_uint_eq(vprim_div_u64(5, 0, NULL), M);
	ck_assert_uint_eq(vprim_div_u128((struct vprim_u128){ 3, 0 }, 3, NULL), M);
	rem = 7;
	ck_assert_uint_eq(vprim_div_u128((struct vprim_u128){ 3, 5 }, 3, &rem), M);
	ck_assert_uint_eq(rem, 0);
	for (i = 0; i < test_steps(1000000); i++) {
		uint64_t d = test_rng_next(&rng) >> test_rng_below(&rng, 64);
		uint64_t lo = test_rng_next(&rng) >> test_rng_below(&rng, 64);
		uint64_t q;

		d += !d;
		q = vprim_div_u64(lo, d, &rem);
		ck_assert(rem < d && q * d + rem == lo && q <= lo);
		ck_assert(vprim_mul_overflow(lo, d, &product) ==
			  (lo && lo * d / lo != d));
		compare_division((struct vprim_u128){ test_rng_next(&rng) % d, lo }, d);
	}
}
END_TEST

START_TEST(loads_and_stores_take_any_alignment)
{
	uint8_t b[16] = { 0 };

	for (unsigned int at = 0; at < 8; at++) {
		vprim_store_le64(b + at, UINT64_C(0x0123456789abcdef));
		ck_assert_uint_eq(b[at], 0xef);
		ck_assert_uint_eq(b[at + 7], 0x01);
		ck_assert_uint_eq(vprim_load_le64(b + at), UINT64_C(0x0123456789abcdef));
		vprim_store_u64(b + at, 0x1122334455667788);
		ck_assert_uint_eq(vprim_load_u64(b + at), 0x1122334455667788);
		vprim_store_u32(b + at, 0x99aabbcc);
		ck_assert_uint_eq(vprim_load_u32(b + at), 0x99aabbcc);
		vprim_store_u16(b + at, 0xddee);
		ck_assert_uint_eq(vprim_load_u16(b + at), 0xddee);
		vprim_store_le64(b + at, UINT64_C(0x0123456789abcdef));
		ck_assert_uint_eq(vprim_load_once(b + at, 8, false), UINT64_C(0x0123456789abcdef));
		ck_assert_uint_eq(vprim_load_once(b + at, 8, true), UINT64_C(0xefcdab8967452301));
		ck_assert_uint_eq(vprim_load_once(b + at, 2, true), 0xefcd);
		ck_assert_uint_eq(vprim_load_once(b + at, 1, true), 0xef);
	}
}
END_TEST

START_TEST(a_count_tells_the_last_user)
{
	struct vprim_refcount ref;

	vprim_refcount_init(&ref);
	for (unsigned int n = 1; n < 100; n++) {
		ck_assert_uint_eq(vprim_refcount_read(&ref), n);
		vprim_refcount_get(&ref);
	}
	for (unsigned int n = 100; n > 1; n--)
		ck_assert(!vprim_refcount_put(&ref));
	ck_assert_uint_eq(vprim_refcount_read(&ref), 1);
	ck_assert(vprim_refcount_put(&ref));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("range");
	TCase *t = tcase_create("range");

	tcase_add_loop_test(t, a_size_becomes_a_last_address, 0,
			    (int)VPRIM_ARRAY_LEN(from_size));
	tcase_add_test(t, the_whole_space_has_no_64_bit_size);
	tcase_add_loop_test(t, every_small_pair_agrees_with_membership, 0, 2);
	tcase_add_loop_test(t, every_small_range_aligns_as_its_blocks_do, 0, 2);
	tcase_add_test(t, what_is_no_range_is_refused_and_changes_nothing);
	tcase_add_test(t, no_aligned_power_of_two_crosses_its_own_size);
	tcase_add_test(t, bit_searches_agree_with_a_walk);
	tcase_add_test(t, division_gives_the_dividend_back);
	tcase_add_test(t, loads_and_stores_take_any_alignment);
	tcase_add_test(t, a_count_tells_the_last_user);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
