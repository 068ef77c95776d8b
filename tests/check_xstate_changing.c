// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * xstate.h on an image that somebody writes to between any two loads: no byte that
 * decides is fetched twice, and what comes out keeps every promise, whatever mix of
 * images went in. Component bodies are copied and never judged.
 */
#include "changing.h"
#include "testlib.h"
#include "../libvirtprim/xstate/xstate_check.c"
#include "../libvirtprim/xstate/xstate_convert.c"
#include "xstate_tables.h"

#define LEN 2480u
#define MASK 0x1ae7u

static struct {
	uint8_t *image;
	uint8_t times[LEN];	/* loads of each byte */
	const uint8_t *then;
	uint64_t left;		/* loads until the change; 0: none */
} watch;

static void count_and_flip(const void *p, size_t bytes)
{
	const uint8_t *at = p;
	size_t i;

	ck_assert(at >= watch.image && at + bytes <= watch.image + LEN);
	for (i = 0; i < bytes; i++)
		ck_assert_uint_eq(watch.times[at - watch.image + (ptrdiff_t)i]++, 0);
	if (watch.left && !--watch.left)
		memcpy(watch.image, watch.then, LEN);
}

static void begin(const uint8_t *now, const uint8_t *then, uint64_t when)
{
	memcpy(watch.image, now, LEN);
	memset(watch.times, 0, sizeof(watch.times));
	watch.then = then;
	watch.left = when;
	changing.before = count_and_flip;
}

/* Images that differ in whatever is judged, legal ones and others. */
static const struct {
	uint64_t bv, comp;
	uint32_t mxcsr;
	uint8_t reserved, fill;
} samples[] = {
	{ 0, 0, 0x1f80, 0, 0 },
	{ 0x2e7, 0, 0x1fa0, 0, 0x11 },
	{ 0x7, 0, 0x9f80, 0, 0x22 },
	{ 0x1ae7, VPRIM_XSTATE_XCOMP_COMPACTED | MASK, 0x1f80, 0, 0x33 },
	{ 0x1800, VPRIM_XSTATE_XCOMP_COMPACTED | 0x1807, 0x1f80, 0, 0x44 },
	{ UINT64_MAX, UINT64_MAX, UINT32_MAX, 0xff, 0xff },
};

static void lay_out(size_t s, uint8_t *image)
{
	memset(image, samples[s].fill, LEN);
	memset(image + VPRIM_XSTATE_LEGACY_BYTES, 0, VPRIM_XSTATE_HEADER_BYTES);
	vprim_store_le32(image + VPRIM_XSTATE_MXCSR_OFFSET, samples[s].mxcsr);
	vprim_store_le64(image + 512, samples[s].bv);
	vprim_store_le64(image + 520, samples[s].comp);
	image[575] = samples[s].reserved;
}

/* What convert made is an image that the strictest loader takes. */
static void check_made(const uint8_t *made, uint64_t size,
		       enum vprim_xstate_format format)
{
	static const struct vprim_xstate_limits limits = { .user = 0x2e7,
		.supervisor = 0x1800, .requested = UINT64_MAX,
		.features = VPRIM_XSTATE_HAS_XSAVEC };
	struct vprim_xstate_header h;

	ck_assert_int_eq(vprim_xstate_header_load(made, (size_t)size, &h), 0);
	ck_assert_int_eq(vprim_xstate_check_header(&h,
		format == VPRIM_XSTATE_STANDARD ? VPRIM_XSTATE_BY_UABI :
		VPRIM_XSTATE_BY_XRSTORS, &limits, NULL), 0);
}

static void convert_changing(const struct vprim_xstate_table *t,
			     enum vprim_xstate_format format)
{
	uint64_t mask = format == VPRIM_XSTATE_STANDARD ? MASK & 0x2e7u : MASK;
	uint8_t *out = malloc(LEN), untouched[LEN];
	struct vprim_xstate_source src = { t, MASK, watch.image, LEN };
	struct vprim_xstate_target dst = { t, format, mask, out, LEN };
	uint64_t size = 0;
	int ret;

	ck_assert_ptr_nonnull(out);
	memset(out, 0x77, LEN);
	memset(untouched, 0x77, LEN);
	ret = vprim_xstate_convert(&src, &dst, NULL, &size, NULL);
	changing.before = NULL;
	if (ret)
		ck_assert(!memcmp(out, untouched, LEN));
	else
		check_made(out, size, format);
	free(out);
}

START_TEST(one_image_becomes_another_at_any_load)
{
	struct vprim_xstate_table t = machine_table(ZEN4);
	uint8_t now[LEN], then[LEN];
	size_t other;
	int format;

	watch.image = malloc(LEN);
	ck_assert_ptr_nonnull(watch.image);
	lay_out((size_t)_i, now);
	for (other = 0; other < VPRIM_ARRAY_LEN(samples); other++) {
		lay_out(other, then);
		for (format = 0; format < 2; format++) {
			uint64_t when = 1;

			do {
				begin(now, then, when++);
				convert_changing(&t, (enum vprim_xstate_format)format);
			} while (!watch.left);
			ck_assert_uint_gt(when, 3);
		}
	}
	free(watch.image);
}
END_TEST

START_TEST(a_frame_is_judged_by_what_was_fetched)
{
	uint8_t now[LEN] = { 0 }, then[LEN];
	struct vprim_xstate_frame f;
	uint64_t when = 1;

	write_frame(now, 0x2e7, 2440);
	memset(then, 0xff, LEN);
	watch.image = malloc(LEN);
	ck_assert_ptr_nonnull(watch.image);
	do {
		begin(now, then, when++);
		ck_assert_int_eq(vprim_xstate_frame_read(watch.image, LEN, 2440, &f,
							 NULL), 0);
		changing.before = NULL;
		ck_assert(f.fx_only ? f.size_bytes == 512 && f.features == 3 :
				      f.size_bytes == 2440);
	} while (!watch.left);
	ck_assert_uint_gt(when, 3);
	free(watch.image);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xstate_changing");
	TCase *tc = tcase_create("xstate_changing");

	tcase_add_loop_test(tc, one_image_becomes_another_at_any_load, 0,
			    (int)VPRIM_ARRAY_LEN(samples));
	tcase_add_test(tc, a_frame_is_judged_by_what_was_fetched);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
