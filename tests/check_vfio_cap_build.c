// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_cap_build.h: every argsz, the chain's limits, and every way to be refused. The
 * rows R1 to I1 are in vectors/vfio_cap_build.vec; padding, and random chains, built
 * and parsed, in check_vfio_cap.c.
 */
#include "testlib.h"
#include "cap_support.h"

#define LE VPRIM_VFIO_CAP_LE

START_TEST(every_argsz_gets_what_linux_gives)
{
	enum vprim_vfio_cap_kind kind = all_kinds[_i];
	const uint32_t caps = (const uint32_t[]){ 8, 0x80, 2 }[kind];
	const uint32_t header = header_of(kind);
	const uint32_t least = kind == VPRIM_VFIO_CAP_REGION ? 32 : 16;

	for (uint32_t chain = 0; chain <= 96; chain += 8) {
		for (uint32_t argsz = 0; argsz <= header + chain + 16; argsz++) {
			struct vprim_vfio_cap_fixed f = { .argsz = argsz, .flags = 1 | caps,
							  .cap_offset = 0x1234 };
			struct vprim_vfio_cap_reply r, untouched;
			bool fits = argsz >= header + chain;
			int ret;

			memset(&r, 0x5a, sizeof(r));
			untouched = r;
			ret = reply_for(kind, f, header, chain, &r);
			if (argsz < least) {
				ck_assert_int_eq(ret, -EINVAL);
				ck_assert(!memcmp(&r, &untouched, sizeof(r)));
				continue;
			}
			ck_assert_int_eq(ret, 0);
			ck_assert_uint_eq(r.fixed_bytes, argsz < header ? argsz : header);
			ck_assert_uint_eq(r.flags, chain ? 1 | caps : 1);
			ck_assert_uint_eq(r.chain_bytes, fits ? chain : 0);
			ck_assert_uint_eq(r.argsz, fits || !chain ? argsz : header + chain);
			if (chain)
				ck_assert_uint_eq(r.cap_offset, fits ? header : 0);
			else
				ck_assert_uint_eq(r.cap_offset, kind == VPRIM_VFIO_CAP_REGION ?
						  0x1234 : 0);
		}
	}
}
END_TEST

START_TEST(replies_go_out_in_the_hosts_order_by_default)
{
	struct vprim_vfio_cap_chain chain;
	uint8_t buf[16];
	uint32_t w;

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, 0, 32, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_type(&chain, 0x80008086, 1), 0);
	ck_assert_uint_eq(vprim_load_u16(buf), VPRIM_VFIO_CAP_TYPE);
	ck_assert_uint_eq(vprim_load_u16(buf + 2), 1);
	w = vprim_load_u32(buf + 8);
	ck_assert_uint_eq(w, 0x80008086);
	w = vprim_load_u32(buf + 12);
	ck_assert_uint_eq(w, 1);
}
END_TEST

static void every_add_is(struct vprim_vfio_cap_chain *chain, int ret)
{
	ck_assert_int_eq(vprim_vfio_cap_add(chain, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1, NULL, 8), ret);
	ck_assert_int_eq(vprim_vfio_cap_add_sparse_mmap(chain,
			 &(struct vprim_vfio_cap_area){ 0, 0 }, 1), ret);
	ck_assert_int_eq(vprim_vfio_cap_add_type(chain, 1, 1), ret);
}

START_TEST(the_builder_refuses)
{
	struct vprim_vfio_cap_chain chain, copy;
	struct vprim_vfio_cap_area area = { 0, 0x1000 };
	uint8_t buf[64];
	const void *bytes = &area;
	uint32_t size = 7;

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, 0x80, 32, buf, 64), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_LE |
			 VPRIM_VFIO_CAP_BE, 32, buf, 64), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, 0, 30, buf, 64), -EINVAL);
	memset(&chain, 0, sizeof(chain));
	every_add_is(&chain, -EINVAL);

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, buf, SIZE_MAX), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, buf, 64), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_type(&chain, 1, 1), 0);
	copy = chain;
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 0, NULL, 8), -EINVAL);
	for (size_t n = 0; n < 8; n++)
		ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, buf, n), -EINVAL);
	for (size_t n = 0; n < 8; n++)	/* rounding up wraps, or is over 32 bits */
		ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, buf, SIZE_MAX - n), -EOVERFLOW);
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, buf, UINT32_MAX - 47), -EOVERFLOW);
	area.offset = UINT64_MAX;
	ck_assert_int_eq(vprim_vfio_cap_add_sparse_mmap(&chain, &area, 1), -EINVAL);
	ck_assert(!memcmp(&copy, &chain, sizeof(chain)));

	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size), -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_shift(&chain), 0);
	ck_assert(bytes == &area && size == 7);
	ck_assert_int_eq(vprim_vfio_cap_chain_finish(&chain, &bytes, &size), 0);
	ck_assert(bytes == buf && size == 16);
}
END_TEST

/* 4 GiB less 8 is the most; measured, since nobody has the room here. */
START_TEST(the_total_fills_32_bits_and_no_more)
{
	struct vprim_vfio_cap_chain chain;
	uint8_t byte = 0;

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, NULL, 0), 0);
	/* It fits, but not what rounds it up. */
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, &byte, UINT32_MAX - 32), -EOVERFLOW);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), 32);
	ck_assert_int_eq(vprim_vfio_cap_add(&chain, 1, 1, &byte, UINT32_MAX - 39), 0);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), UINT32_MAX - 7);
	every_add_is(&chain, -EOVERFLOW);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), UINT32_MAX - 7);
}
END_TEST

START_TEST(an_area_may_end_the_space_and_none_behind_the_last_is_read)
{
	const struct vprim_vfio_cap_area areas[] = {
		{ UINT64_MAX - 0xfff, 0x1000 }, { UINT64_MAX, 2 }
	};
	struct vprim_vfio_cap_chain chain;
	uint8_t buf[48];

	memset(buf, 0x77, sizeof(buf));
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, buf, sizeof(buf)), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_sparse_mmap(&chain, areas, 1), 0);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), 64);
	ck_assert_uint_eq(vprim_load_le32(buf + 12), 0);	/* reserved */
	ck_assert_uint_eq(vprim_load_le64(buf + 16), areas[0].offset);
	ck_assert_uint_eq(vprim_load_le64(buf + 24), areas[0].size);
	for (size_t i = 32; i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0x77);
	vprim_vfio_cap_chain_drop(&chain);
	ck_assert_uint_eq(vprim_vfio_cap_chain_argsz(&chain), 32);
}
END_TEST

START_TEST(the_negotiation_refuses)
{
	struct vprim_vfio_cap_fixed f = { .argsz = 32, .flags = 5, .cap_offset = 6 };
	struct vprim_vfio_cap_fixed was = f;
	struct vprim_vfio_cap_reply r;
	struct vprim_vfio_cap_chain chain;
	uint8_t buf[64], small[8];
	const enum vprim_vfio_cap_kind none = (enum vprim_vfio_cap_kind)3;

	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 28, buf, 64), 0);
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &f, &r),
			 -EINVAL);
	ck_assert_int_eq(vprim_vfio_cap_chain_init(&chain, LE, 32, small, 8), 0);
	ck_assert_int_eq(vprim_vfio_cap_add_type(&chain, 1, 1), -EMSGSIZE);
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, none, &f, &r), -EINVAL);
	f.argsz = was.argsz = 48;
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &f, &r),
			 -EMSGSIZE);
	ck_assert(!memcmp(&f, &was, sizeof(f)));
	ck_assert_int_eq(chain.state_, VPRIM_VFIO_CAP_OPEN);
	f.argsz = 47;
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &f, &r), 0);
	ck_assert(f.argsz == 48 && f.flags == 13 && f.cap_offset == 0);
	ck_assert_int_eq(chain.state_, VPRIM_VFIO_CAP_DONE);
	ck_assert_int_eq(vprim_vfio_cap_chain_reply(&chain, VPRIM_VFIO_CAP_REGION, &f, &r),
			 -EINVAL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vfio_cap_build");
	TCase *t = tcase_create("vfio_cap_build");

	tcase_add_loop_test(t, every_argsz_gets_what_linux_gives, 0, 3);
	tcase_add_test(t, replies_go_out_in_the_hosts_order_by_default);
	tcase_add_test(t, the_builder_refuses);
	tcase_add_test(t, the_total_fills_32_bits_and_no_more);
	tcase_add_test(t, an_area_may_end_the_space_and_none_behind_the_last_is_read);
	tcase_add_test(t, the_negotiation_refuses);
	suite_add_tcase(s, t);
	return test_main(s);
}
