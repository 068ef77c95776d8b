// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_cap.h on bytes that somebody writes to between any two loads: no read
 * outside, no write, values that keep their promises, and a bounded number of
 * loads. Each load is one step: the parser has no loop without one.
 */
#include "changing.h"
#include "testlib.h"
#include "cap_support.h"
#include "../libvirtprim/vfio_cap/vfio_cap_build.c"
#include "../libvirtprim/vfio_cap/vfio_cap_fixed.c"
#include "../libvirtprim/vfio_cap/vfio_cap_parse.c"
#include "../libvirtprim/vfio_cap/vfio_cap_query.c"

#define LE VPRIM_VFIO_CAP_LE

/*
 * Most loads of parsing @n bytes: the fixed part; three for each header; for each
 * item of 16 bytes two, and two for each of up to 255 before it.
 */
static uint64_t most_loads(size_t n)
{
	return 8 + n / 8 * 4 + n / 16 * (2 + 2 * (VPRIM_VFIO_CAP_UNSORTED_MAX - 1));
}

/* Parse, walk and read all, whatever the verdicts; count each alone. */
static void read_changing(enum vprim_vfio_cap_kind k, uint32_t options,
			  const uint8_t *bytes, size_t n)
{
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	struct digest d = { 1 };
	uint32_t nr = 0;
	int ret;

	changing.loads = 0;
	ret = vprim_vfio_cap_parse(&v, k, options, bytes, n, NULL);
	ck_assert(!ret || ret == -EINVAL || ret == -EMSGSIZE || ret == -EBADMSG);
	ck_assert_uint_le(changing.loads, most_loads(n));
	if (vprim_vfio_cap_view_init(&v, k, options, bytes, n, NULL))
		return;
	for (ret = vprim_vfio_cap_first(&v, &cap, NULL); !ret;
	     ret = vprim_vfio_cap_next(&v, &cap, NULL)) {
		ck_assert_uint_le((uint64_t)cap.offset + cap.extent_bytes, n);
		ck_assert_uint_le(++nr, n / 8);
		changing.loads = 0;
		(void)!vprim_vfio_cap_check(&v, &cap, NULL);
		ck_assert_uint_le(changing.loads, most_loads(cap.extent_bytes));
		read_lists(&v, &cap, false, &d);
		read_rest(&v, &cap, &d);
	}
	ck_assert(ret == -ENOENT || ret == -EBADMSG);
	read_mappable(&v, n);
}

/* -- one change, before each load in turn -------------------------------------- */

static struct {
	struct guarded at;
	uint8_t now[SAMPLE_MAX], then[SAMPLE_MAX];
	size_t size;
	uint64_t left;		/* loads until the change */
} flip;

static void flip_once(const void *p, size_t bytes)
{
	(void)p;
	(void)bytes;
	if (flip.left && !--flip.left)
		memcpy(flip.at.write + flip.at.size - flip.size, flip.then, flip.size);
}

static void flip_at_each_load(enum vprim_vfio_cap_kind k, uint32_t options)
{
	uint64_t when = 1;

	do {
		const uint8_t *bytes = guard_end(&flip.at, flip.now, flip.size);

		flip.left = when++;
		read_changing(k, options, bytes, flip.size);
	} while (!flip.left);
}

START_TEST(one_reply_becomes_another_at_any_load)
{
	const struct sample *a = &samples[_i];

	flip.at = guarded_pages(1);
	changing.before = flip_once;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *b = &samples[i];
		size_t n, m;

		if (a->kind != b->kind)
			continue;
		memset(flip.now, 0, sizeof(flip.now));
		memset(flip.then, 0, sizeof(flip.then));
		n = sample_bytes(a, flip.now);
		m = sample_bytes(b, flip.then);
		flip.size = n > m ? n : m;
		flip_at_each_load(a->kind, LE);
		flip_at_each_load(a->kind, LE | VPRIM_VFIO_CAP_STRICT);
		flip.size = n < m ? n : m;
		flip_at_each_load(a->kind, LE);
	}
	changing.before = NULL;
}
END_TEST

/* -- changes before every load -------------------------------------------------- */

static struct {
	struct test_rng rng;
	struct guarded at;
	size_t size;
} storm;

static uint64_t storm_value(void)
{
	switch (test_rng_below(&storm.rng, 4)) {
	case 0:
		return test_rng_next(&storm.rng) >> test_rng_below(&storm.rng, 64);
	case 1:
		return test_rng_below(&storm.rng, 4);
	default:
		return test_rng_below(&storm.rng, storm.size + 16) & ~UINT64_C(3);
	}
}

static void storm_blows(const void *p, size_t bytes)
{
	uint8_t *write = storm.at.write + storm.at.size - storm.size;
	size_t at = (size_t)((const uint8_t *)p - (storm.at.last - storm.size));

	/* What is about to be read, what was just read, or anything. */
	if (test_rng_below(&storm.rng, 8) > 2)
		return;
	if (test_rng_below(&storm.rng, 2))
		at = (size_t)test_rng_below(&storm.rng, storm.size - 7);
	else if (test_rng_below(&storm.rng, 2))
		at = at > bytes ? at - bytes : at;
	if (at <= storm.size - 8)
		vprim_store_le32(write + at, (uint32_t)storm_value());
}

START_TEST(replies_that_change_all_the_time_stay_inside)
{
	uint64_t steps = test_steps(100000);

	storm.rng = test_rng_seed(0x73746f726d);
	storm.at = guarded_pages(1);
	for (uint64_t i = 0; i < steps; i++) {
		const struct sample *s = &samples[test_rng_below(&storm.rng, SAMPLES)];
		uint8_t b[SAMPLE_MAX];
		const uint8_t *bytes;

		storm.size = sample_bytes(s, b);
		bytes = guard_end(&storm.at, b, storm.size);
		changing.before = storm_blows;
		read_changing(s->kind, LE | (i & 1 ? VPRIM_VFIO_CAP_STRICT : 0), bytes,
			      storm.size);
		changing.before = NULL;
	}
}
END_TEST

/* -- a long list, turned round between the check and the copy ------------------- */

#define LONG 65536u

static struct {
	uint8_t *items;
	uint64_t left;
} turn;

static void put_range(uint8_t *items, uint32_t i, uint64_t start)
{
	vprim_store_le64(items + 16 * (size_t)i, start);
	vprim_store_le64(items + 16 * (size_t)i + 8, start + 0xfff);
}

static void turn_round(const void *p, size_t bytes)
{
	(void)p;
	(void)bytes;
	if (turn.left && !--turn.left)
		for (uint32_t i = 0; i < LONG; i++)
			put_range(turn.items, i, (uint64_t)(LONG - i) << 12);
}

START_TEST(a_list_turned_round_after_its_check_is_refused)
{
	size_t n = 24 + 16 + 16 * (size_t)LONG;
	uint8_t *b = calloc(n, 1);
	struct vprim_range *ranges = calloc(LONG, sizeof(*ranges));
	struct vprim_vfio_cap_fixed f = { .argsz = (uint32_t)n, .flags = VPRIM_VFIO_CAP_IOMMU_CAPS,
					  .cap_offset = 24 };
	struct vprim_reason why;
	struct vprim_vfio_cap_view v;
	struct vprim_vfio_cap cap;
	uint32_t nr = 0;

	ck_assert_int_eq(vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_IOMMU, LE, &f, b, 24), 0);
	vprim_store_le32(b + 24, 0x00010001);
	vprim_store_le32(b + 32, LONG);
	turn.items = b + 40;
	for (uint32_t i = 0; i < LONG; i++)
		put_range(turn.items, i, (uint64_t)i << 12);
	ck_assert_int_eq(vprim_vfio_cap_parse(&v, VPRIM_VFIO_CAP_IOMMU, LE, b, n, NULL), 0);
	ck_assert_int_eq(vprim_vfio_cap_first(&v, &cap, NULL), 0);
	changing.loads = 0;
	ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(&v, &cap, ranges, LONG, &nr, &why), 0);
	ck_assert_uint_eq(nr, LONG);
	ck_assert_uint_eq(changing.loads, 1 + 4 * LONG);

	/* After the count, the check of every item, and two items of the copy. */
	turn.left = 1 + 2 * LONG + 4 + 1;
	changing.before = turn_round;
	changing.loads = 0;
	ck_assert_int_eq(vprim_vfio_cap_read_iova_ranges(&v, &cap, ranges, LONG, &nr, &why),
			 -EBADMSG);
	changing.before = NULL;
	ck_assert_int_eq(vprim_reason_id(&why), VPRIM_VFIO_CAP_RULE_RANGE);
	ck_assert_uint_eq(why.at, 40 + 16 * VPRIM_VFIO_CAP_UNSORTED_MAX);
	ck_assert_uint_eq(changing.loads, 1 + 2 * LONG + 2 * (VPRIM_VFIO_CAP_UNSORTED_MAX + 1));
	free(ranges);
	free(b);
}
END_TEST

/* -- the negotiation ------------------------------------------------------------- */

START_TEST(a_query_and_an_answer_are_read_once)
{
	static const struct {
		enum vprim_vfio_cap_kind kind;
		uint64_t loads;
	} rows[] = {
		{ VPRIM_VFIO_CAP_REGION, 6 },
		{ VPRIM_VFIO_CAP_DEVICE, 5 },
		{ VPRIM_VFIO_CAP_IOMMU, 4 },
	};
	struct vprim_vfio_cap_fixed f;
	struct vprim_vfio_cap_query q;
	uint8_t b[32] = { 16 };

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		changing.loads = 0;
		ck_assert_int_eq(vprim_vfio_cap_fixed_load(rows[i].kind, LE, b, 32, &f), 0);
		ck_assert_uint_eq(changing.loads, rows[i].loads);
		ck_assert_int_eq(vprim_vfio_cap_query_init(&q, rows[i].kind, LE, 0, 0,
							   NULL), 0);
		b[0] = (uint8_t)vprim_vfio_cap_query_argsz(&q);
		changing.loads = 0;
		ck_assert_int_eq(vprim_vfio_cap_query_answer(&q, b, 32, NULL), 0);
		ck_assert_uint_eq(changing.loads, rows[i].loads);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vfio_cap_changing");
	TCase *t = tcase_create("vfio_cap_changing");

	tcase_add_loop_test(t, one_reply_becomes_another_at_any_load, 0, (int)SAMPLES);
	tcase_add_test(t, replies_that_change_all_the_time_stay_inside);
	tcase_add_test(t, a_list_turned_round_after_its_check_is_refused);
	tcase_add_test(t, a_query_and_an_answer_are_read_once);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
