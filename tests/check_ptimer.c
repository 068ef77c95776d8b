// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * ptimer.h: closed forms against the loops they replace, exhaustively where the
 * numbers are small and at random where they are not, at both ends of the clock;
 * arithmetic against its definition; the sources of ticks against a queue that
 * keeps every instant.
 */
#include "testlib.h"
#include <virtprim/ptimer.h>

#define IMAX INT64_MAX
#define IMIN INT64_MIN
#define SECOND INT64_C(1000000000)

static const enum vprim_ptimer_policy all_policies[] = {
	VPRIM_PTIMER_KEEP, VPRIM_PTIMER_KEEP_NOW, VPRIM_PTIMER_REBASE,
	VPRIM_PTIMER_REBASE_KVM, VPRIM_PTIMER_STEP,
};

/* a + b, at most INT64_MAX; b is not negative. */
static int64_t sat(int64_t a, int64_t b)
{
	return a > 0 && b > IMAX - a ? IMAX : a + b;
}

/* -- moving a late target -- */

static const struct {
	const char *name;
	int64_t target, period, now, step, kvm, keep;
	uint64_t count, calls;
	bool step_full, keep_full;
} advances[] = {
	{ "A1", 1000, 100, 950, 1100, 1100, 1000, 0, 0, 0, 0 },
	{ "A2", 1000, 100, 1000, 1100, 1100, 1100, 1, 0, 0, 0 },
	{ "A3", 1000, 100, 1001, 1100, 1100, 1100, 1, 1, 0, 0 },
	{ "A4", 1000, 100, 1099, 1100, 1100, 1100, 1, 1, 0, 0 },
	{ "A5", 1000, 100, 1100, 1100, 1100, 1200, 2, 1, 0, 0 },
	{ "A6", 1000, 100, 1101, 1100, 1101, 1200, 2, 2, 0, 0 },
	{ "A7", 1000, 100, 1250, 1100, 1250, 1300, 3, 3, 0, 0 },
	{ "A8", 1000, 100, 1000000, 1100, 1000000, 1000100, 9991, 9990, 0, 0 },
	{ "A9", 1000, 100, -5, 1100, 1100, 1000, 0, 0, 0, 0 },
	{ "A10", 0, 1, 0, 1, 1, 1, 1, 0, 0, 0 },
	{ "A11", 0, 1, 5, 1, 5, 6, 6, 5, 0, 0 },
	{ "A12", 0, 1, IMAX - 1, 1, IMAX - 1, IMAX, IMAX, IMAX - 1, 0, 0 },
	{ "A13", 0, 1, IMAX, 1, IMAX, IMAX, UINT64_C(1) << 63, IMAX, 0, 1 },
	{ "A14", IMIN, 1, IMAX, IMIN + 1, IMAX, IMAX, UINT64_MAX, UINT64_MAX, 0, 1 },
	{ "A15", IMIN, 2, IMAX, IMIN + 2, IMAX, IMAX, UINT64_C(1) << 63, UINT64_C(1) << 63, 0, 1 },
	{ "A16", 0, IMAX, IMAX - 1, IMAX, IMAX, IMAX, 1, 1, 0, 0 },
	{ "A17", 0, IMAX, IMAX, IMAX, IMAX, IMAX, 2, 1, 0, 1 },
	{ "A18", IMAX - 10, 100, IMAX - 5, IMAX, IMAX - 5, IMAX, 1, 1, 1, 1 },
	{ "A19", 0, 200000, 3600 * SECOND, 200000, 3600 * SECOND, INT64_C(3600000200000), 18000001, 18000000, 0, 0 },
	{ "A20", 0, 1000000, 3600 * SECOND, 1000000, 3600 * SECOND, INT64_C(3600001000000), 3600001, 3600000, 0, 0 },
	{ "A21", 0, 1000000, 2592000 * SECOND, 1000000, 2592000 * SECOND, INT64_C(2592000001000000), 2592000001, 2592000000, 0, 0 },
	{ "A22", 123456789, 10000000, 153456790, 133456789, 153456790, 163456789, 4, 4, 0, 0 },
	{ "A23", 0, INT64_C(549755813760), INT64_C(549755813761), INT64_C(549755813760), INT64_C(549755813761), INT64_C(1099511627520), 2, 2, 0, 0 },
};

START_TEST(targets_move_as_tabled)
{
	const char *name = advances[_i].name;
	int64_t t = advances[_i].target, p = advances[_i].period;
	int64_t n = advances[_i].now;
	struct vprim_ptimer_step s;

	ck_assert_int_eq(vprim_ptimer_advance(VPRIM_PTIMER_STEP, t, p, n, &s), 0);
	ck_assert_msg(s.target_ns == advances[_i].step && s.expired == 1 &&
		      s.saturated == advances[_i].step_full, "%s: step", name);
	ck_assert_int_eq(vprim_ptimer_advance(VPRIM_PTIMER_REBASE_KVM, t, p, n, &s), 0);
	ck_assert_msg(s.target_ns == advances[_i].kvm, "%s: rebase_kvm", name);
	ck_assert_int_eq(vprim_ptimer_advance(VPRIM_PTIMER_KEEP, t, p, n, &s), 0);
	ck_assert_msg(s.target_ns == advances[_i].keep &&
		      s.expired == advances[_i].count &&
		      s.saturated == advances[_i].keep_full, "%s: keep", name);
	ck_assert_int_eq(vprim_ptimer_advance(VPRIM_PTIMER_KEEP_NOW, t, p, n, &s), 0);
	ck_assert_msg(s.expired == advances[_i].calls, "%s: calls", name);
}
END_TEST

START_TEST(a_period_below_one_is_refused)
{
	static const int64_t periods[] = { 0, -1, IMIN };
	struct vprim_ptimer_step s = { 7, 7, 7, 7, true };

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(periods); i++)	/* A24 */
		for (size_t p = 0; p < VPRIM_ARRAY_LEN(all_policies); p++)
			ck_assert_int_eq(vprim_ptimer_advance(all_policies[p], 0,
						periods[i], 5, &s), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_advance((enum vprim_ptimer_policy)5, 0, 1, 5, &s), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_advance((enum vprim_ptimer_policy)-1, 0, 1, 5, &s), -EINVAL);
	ck_assert(s.target_ns == 7 && s.expired == 7 && s.saturated);
}
END_TEST

/*
 * The obvious loop, on offsets from a base so that nothing overflows: walk every
 * instant and note what each policy does with it.
 */
struct walk {
	int64_t target;		/* the next target */
	uint64_t due;		/* instants at or before now */
	uint64_t before;	/* instants before now */
};

static struct walk walk_keep(int64_t t, int64_t p, int64_t n, bool now_allowed)
{
	struct walk w = { t, 0, 0 };

	for (int64_t at = t; at <= n; at += p) {
		w.due++;
		w.before += at < n;
	}
	while (now_allowed ? w.target < n : w.target <= n)
		w.target += p;
	return w;
}

/* Compare all policies at base + t, base + n; @room is INT64_MAX - base. */
static void compare_policies(int64_t base, int64_t t, int64_t p, int64_t n,
			     int64_t room)
{
	struct walk strict = walk_keep(t, p, n, false);
	struct walk now = walk_keep(t, p, n, true);
	struct vprim_ptimer_step s;
	uint64_t missed, kvm_missed;
	int64_t kvm = t + p;
	bool late = kvm < n;

	require(!vprim_ptimer_advance(VPRIM_PTIMER_KEEP, base + t, p, base + n, &s));
	missed = strict.due ? strict.due - 1 : 0;
	require(s.target_ns == sat(base, strict.target));
	require(s.saturated == (strict.target > room));
	require(s.expired == strict.due && s.missed == missed && !s.dropped);

	require(!vprim_ptimer_advance(VPRIM_PTIMER_KEEP_NOW, base + t, p, base + n, &s));
	require(s.target_ns == sat(base, now.target));
	require(s.saturated == (now.target > room));
	require(s.expired == now.before && !s.dropped);
	require(s.missed == (now.before ? now.before - 1 : 0));

	require(!vprim_ptimer_advance(VPRIM_PTIMER_REBASE, base + t, p, base + n, &s));
	require(s.target_ns == (n < t ? base + t : sat(base, n + p)));
	require(s.expired == (n >= t) && s.missed == missed && s.dropped == missed);

	/* Past the end Linux wraps, looks past and re-bases, due or not. */
	if (kvm > room || late)
		kvm = n;
	require(!vprim_ptimer_advance(VPRIM_PTIMER_REBASE_KVM, base + t, p, base + n, &s));
	require(s.target_ns == sat(base, kvm));
	require(s.saturated == (t + p > room));
	require(s.expired == 1u + (late && t + p <= room));
	kvm_missed = missed ? missed - 1 : 0;
	require(s.missed == kvm_missed && s.dropped == kvm_missed);

	require(!vprim_ptimer_advance(VPRIM_PTIMER_STEP, base + t, p, base + n, &s));
	require(s.target_ns == sat(base, t + p) && s.saturated == (t + p > room));
	require(s.expired == 1 && !s.missed && !s.dropped);
}

START_TEST(every_small_case_agrees_with_the_obvious_loop)
{
	static const int64_t bases[] = { 0, -40, 1000000007, IMIN, IMAX - 60,
					 IMAX - 70, IMAX - 100 };
	int64_t base = bases[_i];

	for (int64_t t = 0; t <= 60; t++)
		for (int64_t p = 1; p <= 33; p++)
			for (int64_t n = 0; n <= 60; n++)
				compare_policies(base, t, p, n,
						 base > 0 ? IMAX - base : IMAX);
}
END_TEST

/* Linux hrtimer_forward() in its own terms, for distances that it can hold. */
static uint64_t overruns(int64_t *expires, int64_t interval, int64_t now)
{
	int64_t late = now - *expires;
	uint64_t n;

	if (late < 0)
		return 0;
	n = (uint64_t)(late / interval) + 1;
	*expires += (int64_t)n * interval;
	return n;
}

/* 64 random bits of a random length. */
static uint64_t some_bits(struct test_rng *rng)
{
	uint64_t v = test_rng_next(rng);

	return v >> test_rng_below(rng, 64);
}

/* A time near both ends, near 0, or anywhere. */
static int64_t some_time(struct test_rng *rng)
{
	uint64_t pick = test_rng_below(rng, 4), v = some_bits(rng);

	if (pick == 0)
		return (int64_t)((uint64_t)IMAX - (v >> 1));
	if (pick == 1)
		return (int64_t)((uint64_t)IMIN + (v >> 1));
	return (int64_t)v;
}

static int64_t some_period(struct test_rng *rng)
{
	int64_t p = (int64_t)(some_bits(rng) >> 1);

	return p ? p : 1;
}

static struct vprim_ptimer_step moved(enum vprim_ptimer_policy policy,
				      int64_t t, int64_t p, int64_t n)
{
	struct vprim_ptimer_step s;

	require(!vprim_ptimer_advance(policy, t, p, n, &s));
	return s;
}

/* What must hold for every target, period and time. */
static void check_properties(int64_t t, int64_t p, int64_t n, int64_t m)
{
	struct vprim_ptimer_step keep = moved(VPRIM_PTIMER_KEEP, t, p, n);
	struct vprim_ptimer_step now = moved(VPRIM_PTIMER_KEEP_NOW, t, p, n);
	struct vprim_ptimer_step full = moved(VPRIM_PTIMER_REBASE, t, p, n);
	struct vprim_ptimer_step kvm = moved(VPRIM_PTIMER_REBASE_KVM, t, p, n);
	struct vprim_ptimer_step early;
	uint64_t ahead = (uint64_t)keep.target_ns - (uint64_t)n;

	require(full.target_ns >= n && kvm.target_ns >= n && now.target_ns >= n);
	if (n < t) {
		require(keep.target_ns == t && full.target_ns == t);
		require(!keep.expired && !full.expired && !keep.saturated);
		require(now.target_ns == t && !now.expired);
		return;
	}
	if (!keep.saturated) {
		require(keep.target_ns > n && ahead <= (uint64_t)p);
		require(((uint64_t)keep.target_ns - (uint64_t)t) % (uint64_t)p == 0);
		require(keep.expired ==
			((uint64_t)keep.target_ns - (uint64_t)t) / (uint64_t)p);
		/* Now that it is not due, moving again changes nothing. */
		early = moved(VPRIM_PTIMER_KEEP, keep.target_ns, p, n);
		require(early.target_ns == keep.target_ns && !early.expired);
	} else {
		require(keep.target_ns == IMAX);
	}
	if (m > n)
		return;
	/* In two steps, and never backwards. */
	early = moved(VPRIM_PTIMER_KEEP, t, p, m);
	require(early.target_ns <= keep.target_ns);
	if (!early.saturated) {
		struct vprim_ptimer_step two =
			moved(VPRIM_PTIMER_KEEP, early.target_ns, p, n);

		require(two.target_ns == keep.target_ns);
		require(two.saturated == keep.saturated);
	}
	require(moved(VPRIM_PTIMER_KEEP_NOW, t, p, m).target_ns <= now.target_ns);
	require(moved(VPRIM_PTIMER_REBASE, t, p, m).target_ns <= full.target_ns);
	/* Saturation at m falls back to now, as Linux's wrap does. */
	if (!kvm.saturated)
		require(moved(VPRIM_PTIMER_REBASE_KVM, t, p, m).target_ns <= kvm.target_ns);
}

START_TEST(properties_hold_at_random)
{
	struct test_rng rng = test_rng_seed(0x7074696d6572);

	for (uint64_t i = 0; i < test_steps(2000000); i++) {
		int64_t t = some_time(&rng), p = some_period(&rng);
		int64_t n = some_time(&rng), m = some_time(&rng);

		if (i & 1)	/* close together, so that few periods pass */
			n = (int64_t)((uint64_t)t + (uint64_t)p * test_rng_below(&rng, 4));
		check_properties(t, p, n, m);
	}
}
END_TEST

START_TEST(keep_counts_as_hrtimer_forward_and_xen_do)
{
	struct test_rng rng = test_rng_seed(0x6872);

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		int64_t t = (int64_t)(some_bits(&rng) >> 3), p = (int64_t)(some_bits(&rng) >> 3) + 1;
		int64_t n = (int64_t)(some_bits(&rng) >> 3), expires = t;
		uint64_t pending = some_bits(&rng) >> 1, count = overruns(&expires, p, n);
		struct vprim_ptimer_step s = moved(VPRIM_PTIMER_KEEP, t, p, n);
		struct vprim_ptimer_xen_state x;

		require(s.expired == count && s.target_ns == expires);
		require(!vprim_ptimer_xen_missed(VPRIM_PTIMER_XEN_DELAY, t, p,
						 pending, n, &x));
		require(x.scheduled_ns == (n == t ? t : expires));
		require(x.pending == pending + (n == t ? 0 : count));
	}
}
END_TEST

/* -- nanoseconds and cycles -- */

static const struct {
	uint64_t khz;
	uint32_t mult;
	int shift;
} scales[] = {
	{ 1000, 0x83126e97, -9 },    { 100000, 0xcccccccc, -3 },
	{ 999999, 0xffffef39, 0 },   { 1000000, 0x80000000, 1 },
	{ 2000000, 0x80000000, 2 },  { 2100000, 0x86666666, 2 },
	{ 2600000, 0xa6666666, 2 },  { 3000000, 0xc0000000, 2 },
	{ 3700000, 0xeccccccc, 2 },  { 4294968, 0x897060bb, 3 },
	{ 5000000, 0xa0000000, 3 },
};

START_TEST(factors_are_linuxs)
{
	struct vprim_ptimer_scale s = { 7, 7 };

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(scales); i++) {
		ck_assert_int_eq(vprim_ptimer_scale_from(scales[i].khz, &s), 0);
		ck_assert_uint_eq(s.mult, scales[i].mult);
		ck_assert_int_eq(s.shift, scales[i].shift);
	}
	s.mult = 7;
	ck_assert_int_eq(vprim_ptimer_scale_from(0, &s), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_scale_from((uint64_t)UINT32_MAX + 1, &s), -ERANGE);
	ck_assert_uint_eq(s.mult, 7);
}
END_TEST

/* A duration as cycles: a deadline that far from now. */
static int to_cycles(const struct vprim_ptimer_scale *scale, int64_t ns, uint64_t *cycles)
{
	struct vprim_ptimer_deadline d;
	int ret = vprim_ptimer_deadline_for(ns, 0, 0, scale, 0, &d);

	if (!ret)
		*cycles = d.cycles;
	return ret;
}

/* Every factor is normalized, and near the frequency it stands for. */
START_TEST(factors_are_close_for_every_frequency)
{
	struct test_rng rng = test_rng_seed(0x6b687a);
	struct vprim_ptimer_scale s;
	uint64_t cycles, khz;

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		khz = test_rng_next(&rng) >> (32 + test_rng_below(&rng, 32));
		khz += !khz;
		require(!vprim_ptimer_scale_from(khz, &s));
		require(s.mult >= UINT32_C(1) << 31);
		/*
		 * One second is khz * 1000 cycles, less than 2^-31 of it short;
		 * three times that where the frequency itself loses bits.
		 */
		require(!to_cycles(&s, SECOND, &cycles));
		require(cycles <= khz * 1000);
		if (s.shift >= 0)
			require(khz * 1000 - cycles <=
				((khz * 1000 > UINT32_MAX ? 3u : 1u) * khz * 1000 >> 31) + 1);
	}
}
END_TEST

/* d * m / 2^32, modulo 2^64, digit by digit in base 2^16. */
static uint64_t by_digits(uint64_t d, uint32_t m)
{
	uint64_t digit[7] = { 0 }, out = 0;

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 2; j++)
			digit[i + j] += (d >> (16 * i) & 0xffff) *
					((uint64_t)m >> (16 * j) & 0xffff);
	for (int i = 0; i < 6; i++) {
		digit[i + 1] += digit[i] >> 16;
		digit[i] &= 0xffff;
	}
	for (int i = 2; i < 6; i++)
		out |= digit[i] << (16 * (i - 2));
	return out;
}

START_TEST(scaling_is_exact_until_the_shift_overflows)
{
	struct test_rng rng = test_rng_seed(0x7363616c65);

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		struct vprim_ptimer_scale s = {
			.mult = (uint32_t)test_rng_next(&rng),
			.shift = (int8_t)((int)test_rng_below(&rng, 127) - 63),
		};
		uint64_t d = some_bits(&rng), moved_d, cycles = 7;
		bool lost;
		int ret;

		moved_d = s.shift < 0 ? d >> -s.shift : d << s.shift;
		lost = s.shift > 0 && moved_d >> s.shift != d;
		require(vprim_ptimer_scale_delta(&s, d) == by_digits(moved_d, s.mult));
		ret = to_cycles(&s, (int64_t)d, &cycles);
		if (d > (uint64_t)IMAX)
			require(ret == -EINVAL && cycles == 7);
		else if (lost)
			require(ret == -EOVERFLOW && cycles == 7);
		else
			require(ret == 0 && cycles == by_digits(moved_d, s.mult));
	}
}
END_TEST

START_TEST(negative_durations_wrap_only_in_the_replay)
{
	static const struct {
		const char *name;
		uint64_t khz;
		int64_t ns;
		uint64_t cycles;
	} rows[] = {
		{ "B8", 1000000, -1, UINT64_C(0x7fffffffffffffff) },
		{ "B9", 2100000, -1, UINT64_C(0x86666665fffffffd) },
		{ "B10", 2100000, -1000, UINT64_C(0x86666665fffff7cc) },
		{ "B11", 2100000, -3600 * SECOND, UINT64_C(0x86665f85cce2b53d) },
		{ "B12", 3000000, -1000000, UINT64_C(0xbfffffffffd23940) },
		{ "B13", 5000000, -1, UINT64_C(0x9ffffffffffffffb) },
		{ "B14", 999999, -1, UINT64_C(0xffffef38ffffffff) },
		{ "B15", 1000, -1, UINT64_C(0x004189374b7fffff) },
	};
	struct vprim_ptimer_scale s, wide = { UINT32_MAX, 64 }, narrow = { UINT32_MAX, -64 };
	uint64_t cycles = 7;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(rows); i++) {
		ck_assert_int_eq(vprim_ptimer_scale_from(rows[i].khz, &s), 0);
		ck_assert_msg(vprim_ptimer_scale_delta(&s, (uint64_t)rows[i].ns) ==
			      rows[i].cycles, "%s", rows[i].name);
		ck_assert_int_eq(to_cycles(&s, rows[i].ns, &cycles), -EINVAL);
	}
	ck_assert_int_eq(to_cycles(&wide, 1, &cycles), -EINVAL);
	ck_assert_int_eq(to_cycles(&narrow, 1, &cycles), -EINVAL);
	ck_assert_uint_eq(vprim_ptimer_scale_delta(&wide, UINT64_MAX), 0);
	ck_assert_uint_eq(vprim_ptimer_scale_delta(&narrow, UINT64_MAX), 0);
	ck_assert_uint_eq(cycles, 7);
}
END_TEST

/* q * d <= n * 2^bits < (q + 1) * d, in 128 bits. */
static bool is_quotient(uint64_t q, uint64_t d, uint64_t n, unsigned int bits)
{
	struct vprim_u128 low = vprim_mul_u64_wide(q, d), high = low;
	struct vprim_u128 v = { bits ? n >> (64 - bits) : 0, n << bits };

	high.hi += vprim_add_overflow(low.lo, d, &high.lo);
	return (low.hi < v.hi || (low.hi == v.hi && low.lo <= v.lo)) &&
	       (v.hi < high.hi || (v.hi == high.hi && v.lo < high.lo));
}

START_TEST(tsc_scaling_is_exact)
{
	struct test_rng rng = test_rng_seed(0x747363);

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		unsigned int frac = (unsigned int)test_rng_below(&rng, 64);
		uint64_t tsc = some_bits(&rng), ratio = some_bits(&rng), back = 7;
		struct vprim_u128 wide = vprim_mul_u64_wide(tsc, ratio);
		uint64_t want = frac ? wide.hi << (64 - frac) | wide.lo >> frac : wide.lo;
		bool fits = (frac ? tsc >> (64 - frac) : 0) < ratio;
		int ret;

		require(vprim_ptimer_tsc_scale(tsc, ratio, frac) == want);
		ret = vprim_ptimer_tsc_unscale(tsc, ratio, frac, &back);
		require(ret == (fits ? 0 : -ERANGE));
		require(fits ? is_quotient(back, ratio, tsc, frac) : back == 7);
	}
}
END_TEST

START_TEST(ratios_are_exact_and_bounded)
{
	struct test_rng rng = test_rng_seed(0x726174696f);
	uint64_t ratio;

	for (uint64_t i = 0; i < test_steps(500000); i++) {
		uint32_t user = (uint32_t)(some_bits(&rng) >> 32);
		uint32_t host = (uint32_t)(some_bits(&rng) >> 32) | 1;
		bool svm = test_rng_below(&rng, 2);
		unsigned int frac = svm ? VPRIM_PTIMER_SVM_FRAC : VPRIM_PTIMER_VMX_FRAC;
		uint64_t max = svm ? VPRIM_PTIMER_SVM_MAX_RATIO : VPRIM_PTIMER_VMX_MAX_RATIO;
		int ret = vprim_ptimer_tsc_ratio(user, host, frac, max, &ratio);

		if (!ret) {
			require(ratio && ratio < max);
			require(is_quotient(ratio, host, user, frac));
		} else {
			require(ret == -ERANGE);
			/* 0, or user / host at least max / 2^frac, less one step */
			require(((uint64_t)user << 32) / host == 0 ||
				user / host >= (max >> frac));
		}
	}
	ck_assert_int_eq(vprim_ptimer_tsc_ratio(1, 1, 63, UINT64_MAX, &ratio), 0);
	ck_assert_uint_eq(ratio, UINT64_C(1) << 63);
	ratio = 7;
	ck_assert_int_eq(vprim_ptimer_tsc_ratio(1, 1, 48, UINT64_C(1) << 48, &ratio), -ERANGE);
	ck_assert_int_eq(vprim_ptimer_tsc_ratio(1, 0, 48, UINT64_MAX, &ratio), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_tsc_ratio(1, 1, 64, UINT64_MAX, &ratio), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_tsc_unscale(1, 1, 64, &ratio), -EINVAL);
	ck_assert_uint_eq(ratio, 7);
	ck_assert(!vprim_ptimer_tsc_needs_ratio(2000500, 2000000));
	ck_assert(vprim_ptimer_tsc_needs_ratio(2000501, 2000000));
	ck_assert(vprim_ptimer_tsc_needs_ratio(1999499, 2000000));
	ck_assert(!vprim_ptimer_tsc_needs_ratio(UINT32_MAX, UINT32_MAX));
}
END_TEST

START_TEST(cycles_become_nanoseconds_without_a_wrap)
{
	struct test_rng rng = test_rng_seed(0x6e73);
	uint64_t ns = 7;

	for (uint64_t i = 0; i < test_steps(500000); i++) {
		uint64_t khz = some_bits(&rng) | 1, cycles = some_bits(&rng);
		struct vprim_u128 product = vprim_mul_u64_wide(cycles, 1000000), low;
		int ret = vprim_ptimer_cycles_to_ns(khz, cycles, &ns);

		require(ret == (product.hi < khz ? 0 : -EOVERFLOW));
		if (ret)
			continue;
		low = vprim_mul_u64_wide(ns, khz);
		require(vprim_sub_overflow(product.lo, low.lo, &low.lo) ==
			(product.hi != low.hi));
		require(low.lo < khz);
	}
	ns = 7;
	ck_assert_int_eq(vprim_ptimer_cycles_to_ns(0, 1, &ns), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_cycles_to_ns(1, UINT64_MAX, &ns), -EOVERFLOW);
	ck_assert_uint_eq(ns, 7);
}
END_TEST

/* -- the hardware timer -- */

START_TEST(the_hardware_timer_takes_what_fits)
{
	struct test_rng rng = test_rng_seed(0x6876);

	for (uint64_t i = 0; i < test_steps(1000000); i++) {
		struct vprim_ptimer_hv_request r = {
			.guest_tsc = some_bits(&rng),
			.host_tsc = some_bits(&rng),
			.advance_cycles = test_rng_below(&rng, 3) ? some_bits(&rng) >> 40 : 0,
			.frac_bits = test_rng_below(&rng, 2) ? 48 : 32,
			.multi = (unsigned int)test_rng_below(&rng, 32),
		};
		struct vprim_ptimer_hv hv = { .delta_cycles = 7 };
		uint64_t wait = some_bits(&rng), want = 0;
		int expect = 0, ret;

		r.ratio = (uint64_t)1 << r.frac_bits;
		if (i & 1)
			r.ratio = some_bits(&rng);
		r.deadline_tsc = r.guest_tsc + wait;
		if (r.deadline_tsc < r.guest_tsc)
			wait = 0;	/* wrapped: it is in the past */
		if (wait > r.advance_cycles) {
			want = wait - r.advance_cycles;
			expect = vprim_ptimer_tsc_unscale(want, r.ratio, r.frac_bits, &want);
		}
		if (!expect && want >> r.multi > UINT32_MAX)
			expect = -ERANGE;
		ret = vprim_ptimer_hv_set(&r, &hv);
		require(ret == expect);
		if (ret) {
			require(hv.delta_cycles == 7);
			continue;
		}
		require(hv.delta_cycles == want && hv.expired == !want);
		require(hv.programmed == want >> r.multi);
		require(hv.host_deadline == r.host_tsc + want);
	}
}
END_TEST

START_TEST(the_hardware_timer_refuses_nonsense)
{
	struct vprim_ptimer_hv_request r = { .ratio = 1, .frac_bits = 64 };
	struct vprim_ptimer_scale s = { UINT32_C(1) << 31, 1 }, bad = { 1, 64 };
	struct vprim_ptimer_deadline d = { 7, 7, true };
	struct vprim_ptimer_hv hv;

	ck_assert_int_eq(vprim_ptimer_hv_set(&r, &hv), -EINVAL);
	r.frac_bits = 48;
	r.multi = 32;
	ck_assert_int_eq(vprim_ptimer_hv_set(&r, &hv), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_deadline_for(0, 1, 0, &s, 5, &d), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_deadline_for(1, 0, 0, &bad, 5, &d), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_deadline_for(1, 0, 0, &s, 32, &d), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_deadline_for(IMAX, IMIN, 0, &s, 5, &d), -EOVERFLOW);
	ck_assert(d.deadline_tsc == 7 && d.cycles == 7 && d.fits);
	ck_assert(vprim_ptimer_hv_is_usable(429496, 0, false, false));
	ck_assert(!vprim_ptimer_hv_is_usable(429497, 0, false, false));
	ck_assert(vprim_ptimer_hv_is_usable(429497, 1, false, false));
	/* UINT32_MAX / 10 cycles of 2^10, and one more. */
	ck_assert(vprim_ptimer_hv_is_usable(439804651, 10, false, false));
	ck_assert(!vprim_ptimer_hv_is_usable(439804652, 10, false, false));
	ck_assert(!vprim_ptimer_hv_is_usable(1, 0, true, false));
	ck_assert(!vprim_ptimer_hv_is_usable(1, 0, false, true));
}
END_TEST

/*
 * What the fix repairs, end to end: after a long pause the old rule asks the
 * hardware for a deadline that no hardware has, and every new rule does not.
 */
START_TEST(only_the_single_step_asks_for_centuries)
{
	struct test_rng rng = test_rng_seed(0x62756721);

	for (uint64_t i = 0; i < test_steps(200000); i++) {
		struct vprim_ptimer_write w = { .tmict = 200000 + (uint32_t)test_rng_below(&rng, 10000000),
						.tdcr = 11, .periodic = true };
		struct vprim_ptimer_now now = { 0, UINT64_C(1000000000000) };
		struct vprim_ptimer_hv_request r = { .ratio = UINT64_C(1) << 48, .frac_bits = 48, .multi = 5 };
		struct vprim_ptimer_lapic l;
		struct vprim_ptimer_step s;
		struct vprim_ptimer_hv hv;
		enum vprim_ptimer_policy policy = all_policies[i % 5];
		int64_t gap = (int64_t)(2 * w.tmict + test_rng_below(&rng, 3600u * UINT64_C(1000000000)));
		int ret;

		require(!vprim_ptimer_lapic_init(&l, 1, 200000, 2100000));
		require(!vprim_ptimer_lapic_arm(&l, &w, &now));
		now.ns += gap + 1;
		now.guest_tsc += (uint64_t)gap * 2 + (uint64_t)gap / 10;
		require(!vprim_ptimer_lapic_advance(&l, policy, &now, &s));
		r.deadline_tsc = l.tscdeadline;
		r.guest_tsc = now.guest_tsc;
		ret = vprim_ptimer_hv_set(&r, &hv);
		require(ret == (policy == VPRIM_PTIMER_STEP ? -ERANGE : 0));
	}
}
END_TEST

START_TEST(the_advance_adapts_within_bounds)
{
	struct test_rng rng = test_rng_seed(0x616476);
	uint32_t advance = 1000;

	for (uint64_t i = 0; i < test_steps(500000); i++) {
		int64_t error = (int64_t)test_rng_below(&rng, 24000) - 12000;
		uint32_t khz = 500000 + (uint32_t)test_rng_below(&rng, 4000000);
		uint32_t next = vprim_ptimer_adapt_advance(advance, error, khz);
		int64_t ns = (error < 0 ? -error : error) * 1000000 / khz / 8;
		int64_t want = (int64_t)advance + (error < 0 ? -ns : ns);

		if (error > -100 && error < 100)
			want = advance;
		if (error < -10000 || error > 10000)
			want = advance;
		if (want < 0 || want > 5000)
			want = 1000;
		require(next == want);
		advance = next;
	}
	ck_assert_uint_eq(vprim_ptimer_adapt_advance(77, 800, 0), 77);
	ck_assert_uint_eq(vprim_ptimer_adapt_advance(77, IMIN, 1), 77);
	ck_assert_uint_eq(vprim_ptimer_adapt_advance(UINT32_MAX, 800, 1), 1000);
	ck_assert_uint_eq(vprim_ptimer_spin(10, 4, 100), 6);
	ck_assert_uint_eq(vprim_ptimer_spin(10, 4, 5), 5);
	ck_assert_uint_eq(vprim_ptimer_spin(4, 10, 5), 0);
}
END_TEST

/* -- hardware or software -- */

#define SW VPRIM_PTIMER_SOFTWARE
#define HW VPRIM_PTIMER_HARDWARE

static const struct {
	const char *name;
	enum vprim_ptimer_server from;
	bool was_hw, retry, periodic;
	enum vprim_ptimer_event event;
	bool hw_ok;
	enum vprim_ptimer_server to;
	bool tries;
	unsigned int todo;
} transitions[] = {
	{ "armed, the hardware takes it", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_ARM, 1, HW, 1, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "armed again in hardware", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_ARM, 1, HW, 1, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "armed, refused", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_ARM, 0, SW, 1, VPRIM_PTIMER_DO_START_SW },
	{ "armed in hardware, refused", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_ARM, 0, SW, 1, VPRIM_PTIMER_DO_START_SW | VPRIM_PTIMER_DO_CANCEL_HW },
	{ "stopped in hardware", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_STOP, 1, SW, 0, VPRIM_PTIMER_DO_CANCEL_HW },
	{ "stopped while blocked", SW, 1, 0, 1, VPRIM_PTIMER_EVENT_STOP, 1, SW, 0, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "suppressed while blocked", SW, 1, 0, 1, VPRIM_PTIMER_EVENT_SUPPRESS, 1, SW, 0, 0 },
	{ "stopped in software", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_STOP, 1, SW, 0, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "hardware suppressed", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_SUPPRESS, 1, SW, 0, VPRIM_PTIMER_DO_START_SW | VPRIM_PTIMER_DO_CANCEL_HW },
	{ "suppressed in software", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_SUPPRESS, 1, SW, 0, 0 },
	{ "blocks in hardware", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_BLOCK, 1, SW, 0, VPRIM_PTIMER_DO_START_SW | VPRIM_PTIMER_DO_CANCEL_HW },
	{ "blocks in software", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_BLOCK, 1, SW, 0, 0 },
	{ "unblocks, was in hardware", SW, 1, 0, 1, VPRIM_PTIMER_EVENT_UNBLOCK, 1, HW, 1, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "unblocks, was in hardware, refused", SW, 1, 0, 1, VPRIM_PTIMER_EVENT_UNBLOCK, 0, SW, 1, 0 },
	{ "software stays software", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_UNBLOCK, 1, SW, 0, 0 },
	{ "unless it is repaired", SW, 0, 1, 1, VPRIM_PTIMER_EVENT_UNBLOCK, 1, HW, 1, VPRIM_PTIMER_DO_CANCEL_SW },
	{ "repair refused", SW, 0, 1, 1, VPRIM_PTIMER_EVENT_UNBLOCK, 0, SW, 1, 0 },
	{ "hardware expiry", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_HW_EXPIRY, 1, HW, 1, VPRIM_PTIMER_DO_EXPIRE | VPRIM_PTIMER_DO_CANCEL_HW | VPRIM_PTIMER_DO_ADVANCE | VPRIM_PTIMER_DO_CANCEL_SW },
	{ "hardware expiry, then refused", HW, 0, 0, 1, VPRIM_PTIMER_EVENT_HW_EXPIRY, 0, SW, 1, VPRIM_PTIMER_DO_EXPIRE | VPRIM_PTIMER_DO_CANCEL_HW | VPRIM_PTIMER_DO_ADVANCE | VPRIM_PTIMER_DO_START_SW },
	{ "hardware one-shot expires", HW, 0, 0, 0, VPRIM_PTIMER_EVENT_HW_EXPIRY, 1, SW, 0, VPRIM_PTIMER_DO_EXPIRE | VPRIM_PTIMER_DO_CANCEL_HW },
	{ "software expiry", SW, 0, 0, 1, VPRIM_PTIMER_EVENT_SW_EXPIRY, 1, SW, 0, VPRIM_PTIMER_DO_EXPIRE | VPRIM_PTIMER_DO_ADVANCE | VPRIM_PTIMER_DO_START_SW },
	{ "software expiry, repaired", SW, 0, 1, 1, VPRIM_PTIMER_EVENT_SW_EXPIRY, 1, HW, 1, VPRIM_PTIMER_DO_EXPIRE | VPRIM_PTIMER_DO_ADVANCE | VPRIM_PTIMER_DO_CANCEL_SW },
	{ "software one-shot expires", SW, 0, 1, 0, VPRIM_PTIMER_EVENT_SW_EXPIRY, 1, SW, 0, VPRIM_PTIMER_DO_EXPIRE },
};

START_TEST(the_server_changes_as_tabled)
{
	struct vprim_ptimer_mode m = {
		.server = transitions[_i].from,
		.blocked_in_hardware = transitions[_i].was_hw,
		.retry = transitions[_i].retry,
		.periodic = transitions[_i].periodic,
	};
	enum vprim_ptimer_event event = transitions[_i].event;
	const char *name = transitions[_i].name;
	struct vprim_ptimer_mode taken = m;
	unsigned int todo;

	/* An event that tries the hardware has it when that takes anything. */
	ck_assert_int_eq(vprim_ptimer_mode_event(&taken, event, true, &todo), 0);
	ck_assert_msg(!(todo & VPRIM_PTIMER_DO_START_HW) == !transitions[_i].tries,
		      "%s: tries", name);
	ck_assert_int_eq(vprim_ptimer_mode_event(&m, event, transitions[_i].hw_ok,
						 &todo), 0);
	ck_assert_msg(m.server == transitions[_i].to, "%s: server", name);
	ck_assert_msg(!(todo & VPRIM_PTIMER_DO_START_HW) ==
		      !(transitions[_i].tries && transitions[_i].hw_ok), "%s: hardware", name);
	todo &= ~(unsigned int)VPRIM_PTIMER_DO_START_HW;
	ck_assert_msg(todo == transitions[_i].todo, "%s: todo %u", name, todo);
	if (event == VPRIM_PTIMER_EVENT_BLOCK)
		ck_assert(m.blocked_in_hardware == (transitions[_i].from == HW));
	else if (event <= VPRIM_PTIMER_EVENT_UNBLOCK && event != VPRIM_PTIMER_EVENT_ARM)
		ck_assert(!m.blocked_in_hardware);
}
END_TEST

START_TEST(the_other_timers_expiry_is_refused)
{
	struct vprim_ptimer_mode m = { .server = SW, .periodic = true };
	unsigned int todo = 77;

	ck_assert_int_eq(vprim_ptimer_mode_event(&m, VPRIM_PTIMER_EVENT_HW_EXPIRY, true, &todo), -ENOENT);
	m.server = HW;
	ck_assert_int_eq(vprim_ptimer_mode_event(&m, VPRIM_PTIMER_EVENT_SW_EXPIRY, true, &todo), -ENOENT);
	ck_assert_int_eq(vprim_ptimer_mode_event(&m, (enum vprim_ptimer_event)7, true, &todo), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_mode_event(&m, (enum vprim_ptimer_event)-1, true, &todo), -EINVAL);
	ck_assert(m.server == HW && todo == 77);
}
END_TEST

/* After any events exactly one timer is running, or none when stopped. */
START_TEST(one_timer_serves_at_a_time)
{
	struct test_rng rng = test_rng_seed(0x6d6f6465);
	struct vprim_ptimer_mode m = { .periodic = true };
	bool hw = false, sw = false, armed = false;

	for (uint64_t i = 0; i < test_steps(500000); i++) {
		enum vprim_ptimer_event e = (enum vprim_ptimer_event)test_rng_below(&rng, 7);
		bool ok = test_rng_below(&rng, 2);
		unsigned int todo = 0;

		if (!armed && e != VPRIM_PTIMER_EVENT_ARM)
			continue;
		m.retry = test_rng_below(&rng, 2);
		if (vprim_ptimer_mode_event(&m, e, ok, &todo))
			continue;
		if (todo & VPRIM_PTIMER_DO_EXPIRE && !(todo & VPRIM_PTIMER_DO_CANCEL_HW))
			sw = false;	/* the host timer fired once */
		if (todo & VPRIM_PTIMER_DO_CANCEL_HW)
			hw = false;
		if (todo & VPRIM_PTIMER_DO_START_HW)
			hw = true;
		if (todo & VPRIM_PTIMER_DO_CANCEL_SW)
			sw = false;
		if (todo & VPRIM_PTIMER_DO_START_SW)
			sw = true;
		armed = e != VPRIM_PTIMER_EVENT_STOP;
		require(hw == (m.server == HW));
		require(hw + sw == armed);
	}
}
END_TEST

/* -- the registers -- */

START_TEST(registers_make_periods)
{
	static const struct {
		uint32_t tdcr, divisor;
	} codes[] = {
		{ 0, 2 }, { 1, 4 }, { 2, 8 }, { 3, 16 },
		{ 8, 32 }, { 9, 64 }, { 10, 128 }, { 11, 1 },
	};
	struct vprim_ptimer_count c = { 100, 11, 1, 200000, true };
	int64_t ns = 77;

	for (size_t i = 0; i < VPRIM_ARRAY_LEN(codes); i++) {
		struct vprim_ptimer_count one = { 1, codes[i].tdcr, 1, 0, false };

		ck_assert_int_eq(vprim_ptimer_period(&one, &ns), 0);
		ck_assert_int_eq(ns, codes[i].divisor);
		one.tdcr |= 0xfffffff4;
		ck_assert_int_eq(vprim_ptimer_period(&one, &ns), 0);
		ck_assert_int_eq(ns, codes[i].divisor);
	}
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), 0);
	ck_assert_int_eq(ns, 200000);
	c.tmict = 199999;
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), 0);
	ck_assert_int_eq(ns, 200000);
	c.tmict = 100;
	c.periodic = false;
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), 0);
	ck_assert_int_eq(ns, 100);
	c.tmict = 0;
	c.periodic = true;
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), 0);
	ck_assert_int_eq(ns, 0);
	ns = 77;
	c.bus_ns = 0;
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), -EINVAL);
	c = (struct vprim_ptimer_count){ UINT32_MAX, 10, 16777217, 0, true };
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), -EOVERFLOW);
	c.bus_ns = UINT64_MAX;
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), -EOVERFLOW);
	c = (struct vprim_ptimer_count){ 1, 11, 1, UINT64_C(1) << 63, true };
	ck_assert_int_eq(vprim_ptimer_period(&c, &ns), -EOVERFLOW);
	ck_assert_int_eq(ns, 77);
	ck_assert_int_eq(vprim_ptimer_bus_check(0, true, false), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_bus_check(1, true, false), 0);
	ck_assert_int_eq(vprim_ptimer_bus_check(16777216, true, false), 0);
	ck_assert_int_eq(vprim_ptimer_bus_check(16777217, true, false), -EOVERFLOW);
	ck_assert_int_eq(vprim_ptimer_bus_check(33554433, true, false), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_bus_check(1, false, false), -ENXIO);
	ck_assert_int_eq(vprim_ptimer_bus_check(1, true, true), -EINVAL);
}
END_TEST

START_TEST(a_divisor_change_is_exact)
{
	struct test_rng rng = test_rng_seed(0x646976);
	struct vprim_ptimer_owed out = { 77, 77 };

	for (uint64_t i = 0; i < test_steps(500000); i++) {
		unsigned int a = (unsigned int)test_rng_below(&rng, 8);
		unsigned int b = (unsigned int)test_rng_below(&rng, 8);
		uint64_t left = some_bits(&rng);
		bool lost = b > a && left >> (64 - (b - a));
		int ret = vprim_ptimer_rescale(left, 1u << b, 0, 1u << a, &out);

		require(ret == (lost ? -EOVERFLOW : 0));
		require(ret || out.owed == (b > a ? left << (b - a) : left >> (a - b)));
	}
	out.owed = 77;
	ck_assert_int_eq(vprim_ptimer_rescale(UINT64_C(1) << 57, 128, 0, 1, &out), -EOVERFLOW);
	ck_assert_uint_eq(out.owed, 77);
}
END_TEST

static bool same_lapic(const struct vprim_ptimer_lapic *a,
		       const struct vprim_ptimer_lapic *b)
{
	return a->count.tmict == b->count.tmict && a->count.tdcr == b->count.tdcr &&
	       a->count.periodic == b->count.periodic &&
	       a->period_ns == b->period_ns && a->target_ns == b->target_ns &&
	       a->tscdeadline == b->tscdeadline;
}

/* Random writes; a failed one leaves the timer as it was. */
START_TEST(a_lapic_timer_keeps_its_promises)
{
	static const uint32_t tdcrs[] = { 0, 1, 2, 3, 8, 9, 10, 11 };
	struct test_rng rng = test_rng_seed(0x6c61706963);
	unsigned long failed = 0;

	for (uint64_t i = 0; i < test_steps(300000); i++) {
		struct vprim_ptimer_write w = {
			.tmict = (uint32_t)(some_bits(&rng) >> 32),
			.tdcr = tdcrs[test_rng_below(&rng, 8)],
			.periodic = test_rng_below(&rng, 2),
			.restore = test_rng_below(&rng, 2),
			.tmcct = (uint32_t)(some_bits(&rng) >> 32),
		};
		struct vprim_ptimer_now now = { some_time(&rng), some_bits(&rng) };
		uint64_t bus = (some_bits(&rng) >> 40) + 1;
		struct vprim_ptimer_lapic l, before;
		struct vprim_ptimer_step s;
		int ret;

		memset(&l, 0x55, sizeof(l));
		require(!vprim_ptimer_lapic_init(&l, bus, 200000, 5000000));
		require(!l.period_ns && !l.tscdeadline && !l.count.tmict);
		before = l;
		ret = vprim_ptimer_lapic_arm(&l, &w, &now);
		require(ret == 0 || (ret == -EOVERFLOW && same_lapic(&l, &before)));
		if (ret) {
			failed++;
			continue;
		}
		require(!w.tmict == !l.period_ns && (w.tmict || !l.tscdeadline));
		if (!l.period_ns)
			continue;
		require(!w.periodic || l.period_ns >= 200000);
		require(l.target_ns >= now.ns);
		require((uint64_t)l.target_ns - (uint64_t)now.ns <= (uint64_t)l.period_ns);
		require(vprim_ptimer_lapic_current(&l, now.ns) <= l.count.tmict ||
			l.period_ns == 200000);
		require(!vprim_ptimer_lapic_current(&l, l.target_ns));

		before = l;
		ret = vprim_ptimer_lapic_divide(&l, tdcrs[test_rng_below(&rng, 8)], &now);
		require(ret == 0 || (ret == -EOVERFLOW && same_lapic(&l, &before)));
		require(ret || l.target_ns >= now.ns);
		failed += ret != 0;

		before = l;
		now.ns = some_time(&rng);
		ret = vprim_ptimer_lapic_advance(&l, all_policies[i % 5], &now, &s);
		if (!l.count.periodic)
			require(ret == -EINVAL);
		require(!ret || same_lapic(&l, &before));
		require(ret || l.target_ns == s.target_ns);
	}
	ck_assert(failed > 0 || test_steps(300000) < 1000);
}
END_TEST

START_TEST(a_lapic_timer_refuses_nonsense)
{
	/* Not armed, nor told its bus. */
	const struct vprim_ptimer_lapic never = { .target_ns = 9 };
	struct vprim_ptimer_write w = { 1000000, 11, true, false, 0 };
	struct vprim_ptimer_now now = { 0, 0 };
	struct vprim_ptimer_lapic l;
	struct vprim_ptimer_step s;

	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 0, 1, 1), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 1, 1, 0), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 1, 1, UINT64_MAX), -ERANGE);
	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 1, 200000, 2100000), 0);
	ck_assert_int_eq(vprim_ptimer_lapic_advance(&l, VPRIM_PTIMER_KEEP, &now, &s), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_lapic_arm(&l, &w, &now), 0);
	ck_assert_int_eq(vprim_ptimer_lapic_advance(&l, (enum vprim_ptimer_policy)9, &now, &s), -EINVAL);
	ck_assert_int_eq(l.target_ns, 1000000);
	/* A saved count beyond the clock is more than a period. */
	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 1 << 25, 0, 1000000), 0);
	w = (struct vprim_ptimer_write){ 5, 10, true, true, UINT32_MAX };
	ck_assert_int_eq(vprim_ptimer_lapic_arm(&l, &w, &now), 0);
	ck_assert_int_eq(l.target_ns, l.period_ns);
	ck_assert_int_eq(vprim_ptimer_lapic_init(&l, 1 << 24, 0, 1000000), 0);
	w.tmict = UINT32_MAX;
	w.tdcr = 11;
	w.restore = false;
	ck_assert_int_eq(vprim_ptimer_lapic_arm(&l, &w, &now), 0);
	now.ns = 1;
	ck_assert_int_eq(vprim_ptimer_lapic_divide(&l, 10, &now), 0);
	now.ns = IMAX / 2;
	ck_assert_int_eq(vprim_ptimer_lapic_arm(&l, &w, &now), 0);
	ck_assert_int_eq(vprim_ptimer_lapic_divide(&l, 10, &now), -EOVERFLOW);
	ck_assert_uint_eq(l.count.tdcr, 11);
	ck_assert_uint_eq(vprim_ptimer_lapic_current(&l, IMAX / 2 + 1), UINT32_MAX - 1);
	ck_assert_uint_eq(vprim_ptimer_lapic_current(&never, 5), 0);
	/* The cycles of a target at the other end of the clock do not fit. */
	l.target_ns = IMAX;
	now.ns = IMIN;
	ck_assert_int_eq(vprim_ptimer_lapic_advance(&l, VPRIM_PTIMER_KEEP, &now, &s), -EOVERFLOW);
}
END_TEST

/* A write that leaves 64 bits on its way leaves the timer as it was. */
static const struct {
	const char *name;
	uint64_t bus;
	uint32_t tmict, tdcr, to;	/* armed at 0; then the divisor changes */
	int64_t now;
	int ret;
} stretches[] = {
	{ "in bounds", 1, 1000, 11, 0, -1000, 0 },
	{ "the period", 1 << 25, UINT32_MAX, 11, 10, 0, -EOVERFLOW },
	{ "what is left", 1, 1000, 11, 10, IMIN, -EOVERFLOW },
	{ "cycles to the new target", 1, 1000, 11, 0, -((int64_t)1 << 61), -EOVERFLOW },
	{ "cycles to the old one", 1, 1000, 0, 11, -((int64_t)1 << 62), -EOVERFLOW },
};

START_TEST(a_lapic_timer_stretches_or_stays)
{
	struct vprim_ptimer_write w = { stretches[_i].tmict, stretches[_i].tdcr, true, false, 0 };
	struct vprim_ptimer_now now = { 0, 0 };
	struct vprim_ptimer_lapic l, before;
	int ret;

	require(!vprim_ptimer_lapic_init(&l, stretches[_i].bus, 0, 2100000));
	require(!vprim_ptimer_lapic_arm(&l, &w, &now));
	before = l;
	now.ns = stretches[_i].now;
	ret = vprim_ptimer_lapic_divide(&l, stretches[_i].to, &now);
	ck_assert_msg(ret == stretches[_i].ret, "%s: %d", stretches[_i].name, ret);
	if (ret)
		require(same_lapic(&l, &before));
	else	/* 2,000 ns were left */
		ck_assert_int_eq(l.target_ns, 3000);
	w.tmict = UINT32_MAX;
	w.tdcr = 10;
	before = l;
	if (l.count.bus_ns > 1) {
		require(vprim_ptimer_lapic_arm(&l, &w, &now) == -EOVERFLOW);
		require(same_lapic(&l, &before));
	}
}
END_TEST

/* -- single systems -- */

START_TEST(hyperv_restarts_where_a_loop_would)
{
	struct vprim_ptimer_stimer next = { .exp_100ns = 7 };

	for (uint64_t exp = 0; exp < 40; exp++)
		for (uint64_t count = 1; count < 20; count++)
			for (uint64_t now = 0; now < 60; now++) {
				uint64_t at = exp ? exp : now + count;

				while (at <= now)
					at += count;
				require(!vprim_ptimer_stimer_next(exp, count, now, true, &next));
				require(next.exp_100ns == at && !next.expired);
				require(next.delay_ns == (int64_t)((at - now) * 100));
				require(!vprim_ptimer_stimer_next(exp, count, now, false, &next));
				require(next.exp_100ns == count && next.expired == (now >= count));
			}
	next.exp_100ns = 7;
	ck_assert_int_eq(vprim_ptimer_stimer_next(1, 0, 5, true, &next), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_stimer_next(1, 7, UINT64_MAX, true, &next), -EOVERFLOW);
	ck_assert_uint_eq(next.exp_100ns, 7);
	ck_assert_int_eq(vprim_ptimer_stimer_next(0, UINT64_MAX, 0, false, &next), 0);
	ck_assert_int_eq(next.delay_ns, IMAX);
}
END_TEST

START_TEST(xen_modes_keep_what_they_say)
{
	struct vprim_ptimer_xen_state x = { .counted = 7 };

	for (int mode = 0; mode < 4; mode++)
		for (int64_t now = 0; now < 400; now++)
			for (uint64_t pending = 0; pending < 4; pending++) {
				uint64_t missed = 0, kept;
				int64_t at = 100;

				if (now > at)
					for (; at <= now; at += 30)
						missed++;
				kept = pending + (mode == 2 ? 0 : missed);
				require(!vprim_ptimer_xen_missed((enum vprim_ptimer_xen)mode, 100,
								 30, pending, now, &x));
				require(x.scheduled_ns == at && x.counted == kept);
				require(x.pending == (mode == 3 && kept > 1 ? 1 : kept));
			}
	x.counted = 7;
	ck_assert_int_eq(vprim_ptimer_xen_missed((enum vprim_ptimer_xen)4, 0, 1, 0, 5, &x), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_xen_missed((enum vprim_ptimer_xen)-1, 0, 1, 0, 5, &x), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_xen_missed(VPRIM_PTIMER_XEN_DELAY, 0, 0, 0, 5, &x), -EINVAL);
	ck_assert_uint_eq(x.counted, 7);
	ck_assert_int_eq(vprim_ptimer_xen_missed(VPRIM_PTIMER_XEN_DELAY, IMAX - 1, 5, 1, IMAX, &x), 0);
	ck_assert(x.saturated && x.scheduled_ns == IMAX && x.pending == 2);
	ck_assert_int_eq(vprim_ptimer_xen_missed(VPRIM_PTIMER_XEN_DELAY, 0, 5, UINT64_MAX, 9, &x), 0);
	ck_assert(x.saturated && x.scheduled_ns == 10 && x.pending == UINT64_MAX);
}
END_TEST

/* -- missed ticks -- */

#define M(name) VPRIM_PTIMER_MISSED_##name
#define POLICIES (M(PIT_DISCARD) + 1)

/*
 * The obvious source: a queue of the instants that fell due, oldest first, in
 * time relative to the first instant.
 */
struct queue {
	int64_t at[512];
	unsigned int n;
};

struct slow {
	struct vprim_ptimer_ticks_config c;
	struct queue owed;
	int64_t due, slice;
	bool in_flight, slicing;
	unsigned int burst;
};

static void drop_front(struct queue *q, unsigned int n)
{
	memmove(q->at, q->at + n, (q->n - n) * sizeof(q->at[0]));
	q->n -= n;
}

static bool drops_all(enum vprim_ptimer_missed p)
{
	return p == M(DISCARD) || p == M(XEN_NO_MISSED) || p == M(HYPERV) ||
	       p == M(PIT_DISCARD);
}

static bool merges(enum vprim_ptimer_missed p)
{
	return p == M(MERGE) || p == M(XEN_ONE_MISSED);
}

static bool is_xen(enum vprim_ptimer_missed p)
{
	return p >= M(XEN_DELAY) && p <= M(XEN_ONE_MISSED);
}

/* Put what falls due into the queue, one instant at a time. */
static unsigned int slow_due(struct slow *s, int64_t now)
{
	unsigned int n = 0;

	/* Xen: the tick itself, and of the rest only what is past. */
	if (is_xen(s->c.policy) && s->due <= now) {
		s->owed.at[s->owed.n++] = s->due;
		s->due += s->c.period_ns;
		n = 1;
		if (s->due == now)
			return n;
	}
	for (; s->due <= now; s->due += s->c.period_ns, n++) {
		require(s->owed.n < VPRIM_ARRAY_LEN(s->owed.at));
		s->owed.at[s->owed.n++] = s->due;
	}
	return n;
}

static void slow_slice(struct slow *s, int64_t now)
{
	int64_t cut = s->owed.n + 1 < s->c.max_rate ? s->owed.n + 1 : s->c.max_rate;
	int64_t length = s->c.period_ns / cut;

	s->slicing = s->owed.n && cut > 1;
	s->slice = now + (length ? length : 1);
}

static struct vprim_ptimer_tick slow_time(struct slow *s, int64_t now, bool acked)
{
	bool fires = s->slicing && s->slice <= now;
	unsigned int n = slow_due(s, now), keep;
	struct vprim_ptimer_tick t = { .guest_ns = now };
	enum vprim_ptimer_missed p = s->c.policy;
	bool free = !s->in_flight, may;

	if (n)
		s->burst = 0;
	/* Give up what is not kept: all but the one raised now, or the oldest. */
	keep = s->owed.n;
	if (drops_all(p))
		keep = n && free;
	else if (merges(p) && n && free)
		;	/* one interrupt takes them all */
	else if (keep > s->c.max_owed + (n && free))
		keep = (unsigned int)s->c.max_owed + (n && free);
	t.dropped = s->owed.n - keep;
	drop_front(&s->owed, s->owed.n - keep);
	if (p == M(XEN_DELAY) && s->owed.n)
		t.guest_ns = s->owed.at[0];
	may = acked && p != M(DELAY) && !drops_all(p) && s->burst < s->c.max_burst;
	if (free && s->owed.n && (n || fires || may)) {
		s->burst += !n && !fires;
		t.raise = true;
		t.represents = merges(p) ? s->owed.n : 1;
		drop_front(&s->owed, (unsigned int)t.represents);
		s->in_flight = true;
	}
	if (p == M(SLEW) && (n || fires || !s->owed.n))
		slow_slice(s, now);
	t.wake_ns = s->slicing && s->slice < s->due ? s->slice : s->due;
	return t;
}

static bool same_tick(const struct vprim_ptimer_tick *a,
		      const struct vprim_ptimer_tick *b)
{
	return a->raise == b->raise && a->represents == b->represents &&
	       a->dropped == b->dropped && a->wake_ns == b->wake_ns &&
	       a->guest_ns == b->guest_ns;
}

/* Both of them, side by side, and what became of the instants so far. */
struct pair {
	struct vprim_ptimer_ticks t;
	struct slow s;
	uint64_t stood_for, dropped;
	int64_t now;
};

static void pair_init(struct pair *p, const struct vprim_ptimer_ticks_config *c)
{
	p->s = (struct slow){ .c = *c, .due = c->first_ns };
	p->stood_for = 0;
	p->dropped = 0;
	p->now = c->first_ns - 5;
	memset(&p->t, 0x55, sizeof(p->t));
	require(!vprim_ptimer_ticks_init(&p->t, c, NULL));
}

static void pair_step(struct pair *p, int64_t later, bool acked)
{
	struct vprim_ptimer_tick a, b;
	int ret;

	p->now += later;
	if (acked) {
		ret = vprim_ptimer_ticks_ack(&p->t, p->now, &a);
		require(ret == (p->s.in_flight ? 0 : -ENOENT));
		if (ret)
			return;
		p->s.in_flight = false;
	} else {
		vprim_ptimer_ticks_poll(&p->t, p->now, &a);
	}
	b = slow_time(&p->s, p->now, acked);
	require(same_tick(&a, &b));
	require(p->t.owed == p->s.owed.n && p->t.in_flight == p->s.in_flight);
	require(p->t.owed <= p->s.c.max_owed);
	p->stood_for += a.represents;
	p->dropped += a.dropped;
	/* Every instant is represented, owed or dropped. */
	require(p->stood_for + p->dropped + p->t.owed ==
		(uint64_t)(p->s.due - p->s.c.first_ns) / (uint64_t)p->s.c.period_ns);
}

/* Everything that can happen in five steps. */
START_TEST(every_short_run_of_every_policy_agrees_with_a_queue)
{
	static const struct {
		int64_t later;
		bool acked;
	} moves[] = { { 0, 0 }, { 1, 0 }, { 4, 0 }, { 11, 0 }, { 0, 1 }, { 2, 1 } };
	struct vprim_ptimer_ticks_config c = { .policy = (enum vprim_ptimer_missed)_i };
	static const uint64_t most[] = { 1, 3, 1000 };
	/* A sample of them where each step is slow. */
	unsigned int stride = test_steps(1000000) < 1000000 ? 97 : 1;
	struct pair p;

	for (c.period_ns = 1; c.period_ns <= 5; c.period_ns += 2)
		for (c.max_burst = 0; c.max_burst < 3; c.max_burst++)
			for (c.max_rate = 1; c.max_rate < 4; c.max_rate += 2)
				for (unsigned int m = 0; m < 3; m++)
					for (unsigned int run = 0; run < 7776; run += stride) {
						unsigned int rest = run;

						c.max_owed = most[m];
						pair_init(&p, &c);
						p.now = 0;
						for (int k = 0; k < 5; k++, rest /= 6)
							pair_step(&p, moves[rest % 6].later,
								  moves[rest % 6].acked);
					}
}
END_TEST

START_TEST(every_policy_agrees_with_a_queue_of_instants)
{
	struct test_rng rng = test_rng_seed(0x7469636b + (uint64_t)_i);
	struct pair p;

	for (uint64_t i = 0; i < test_steps(100000); i += 20) {
		struct vprim_ptimer_ticks_config c = {
			.policy = (enum vprim_ptimer_missed)_i,
			.first_ns = (int64_t)test_rng_below(&rng, 50) - 25,
			.period_ns = 1 + (int64_t)test_rng_below(&rng, 12),
			.max_burst = (uint32_t)test_rng_below(&rng, 5),
			.max_rate = 1 + (uint32_t)test_rng_below(&rng, 9),
			.max_owed = test_rng_below(&rng, 2) ? UINT64_MAX : 1 + test_rng_below(&rng, 9),
		};

		if (c.max_owed == UINT64_MAX)
			c.max_owed = 1000000;
		pair_init(&p, &c);
		/* Mostly on time, at times late, and rarely very late. */
		for (int k = 0; k < 20 && p.s.owed.n < 400; k++) {
			uint64_t pick = test_rng_below(&rng, 8);

			pair_step(&p, (int64_t)test_rng_below(&rng, pick == 7 ? 40 : 6),
				  pick < 3);
		}
	}
}
END_TEST

/* Between two instants no more than the burst comes on acknowledgement. */
START_TEST(bursts_are_bounded_however_long_the_gap)
{
	for (int p = 0; p < (int)POLICIES; p++)
		for (uint32_t burst = 0; burst < 30; burst += 7) {
			struct vprim_ptimer_ticks_config c = {
				(enum vprim_ptimer_missed)p, 0, SECOND, burst, 8, UINT64_MAX,
			};
			struct vprim_ptimer_ticks t;
			struct vprim_ptimer_tick k;
			uint32_t raised = 0;

			require(!vprim_ptimer_ticks_init(&t, &c, NULL));
			vprim_ptimer_ticks_poll(&t, 3600 * SECOND * 24 * 365, &k);
			require(k.raise);
			while (!vprim_ptimer_ticks_ack(&t, 3600 * SECOND * 24 * 365 + 1, &k))
				raised += k.raise;
			require(raised <= burst);
			if (p == (int)M(PIT_REINJECT) || p == (int)M(SLEW))
				require(raised == burst);
		}
}
END_TEST

START_TEST(the_end_of_the_clock_ends_the_ticks)
{
	for (int p = 0; p < (int)POLICIES; p++) {
		struct vprim_ptimer_ticks_config c = {
			(enum vprim_ptimer_missed)p, IMIN, 1, 5, 8, UINT64_MAX,
		};
		struct vprim_ptimer_ticks t;
		struct vprim_ptimer_tick k;
		uint64_t stood;

		require(!vprim_ptimer_ticks_init(&t, &c, NULL));
		vprim_ptimer_ticks_poll(&t, IMAX, &k);
		require(k.raise && t.ended && k.wake_ns == IMAX);
		stood = k.represents + t.owed + k.dropped;
		require(stood == UINT64_MAX);	/* 2^64 instants, saturated */
		require(!vprim_ptimer_ticks_ack(&t, IMAX, &k));
		vprim_ptimer_ticks_poll(&t, IMAX, &k);
		require(!k.dropped);
	}
}
END_TEST

START_TEST(a_source_refuses_nonsense)
{
	struct vprim_ptimer_ticks_config good = { M(SLEW), 0, 1, 0, 1, 1 }, c;
	struct vprim_ptimer_ticks t = { .owed = 77 };
	struct vprim_ptimer_tick k = { .dropped = 77 };
	struct vprim_reason why;

	c = good;
	c.period_ns = 0;
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &c, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_PERIOD);
	c = good;
	c.max_rate = 0;
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &c, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_RATE);
	c = good;
	c.max_owed = 0;
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &c, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_OWED);
	c = good;
	c.policy = (enum vprim_ptimer_missed)POLICIES;
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &c, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_POLICY);
	ck_assert_uint_eq(t.owed, 77);
	ck_assert(why.has_value && why.value == POLICIES);
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &c, NULL), -EINVAL);
	ck_assert_int_eq(vprim_ptimer_ticks_init(&t, &good, &why), 0);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_NONE);
	ck_assert_int_eq(vprim_ptimer_ticks_ack(&t, 0, &k), -ENOENT);
	ck_assert_uint_eq(k.dropped, 77);
	ck_assert_uint_eq(vprim_ptimer_slew_rate(3, 8), 4);	/* D23 */
	ck_assert_uint_eq(vprim_ptimer_slew_rate(20, 8), 8);
	ck_assert_uint_eq(vprim_ptimer_slew_rate(UINT64_MAX, 8), 8);
}
END_TEST

/* -- the planner -- */

/* Play a plan: burst, then a tick each interval until nothing is owed. */
static void play(const struct vprim_ptimer_budget *b,
		 const struct vprim_ptimer_plan *p)
{
	uint64_t owed = b->owed - p->dropped - p->burst, ticks = 0;
	int64_t next = b->next_ns, at = 0;

	require(p->dropped == (b->owed > b->max_owed ? b->owed - b->max_owed : 0));
	require(p->burst <= b->max_burst);
	while (owed) {
		at += p->interval_ns;
		for (; next <= at; next += b->period_ns)
			owed++;
		owed--;
		ticks++;
		require(ticks <= p->ticks);
	}
	require(ticks == p->ticks && at == p->done_ns);
	/* The rate keeps to its bound, and is the best that does. */
	require(p->interval_ns * b->max_rate >= b->period_ns);
	if (ticks)
		require((p->interval_ns - 1) * b->max_rate < b->period_ns);
}

START_TEST(every_small_plan_plays_out)
{
	struct vprim_ptimer_budget b;
	struct vprim_ptimer_plan p;

	for (b.owed = 0; b.owed < 24; b.owed++)
		for (b.period_ns = 1; b.period_ns <= 12; b.period_ns++)
			for (b.next_ns = 1; b.next_ns <= b.period_ns; b.next_ns++)
				for (b.max_rate = 1; b.max_rate < 10; b.max_rate++)
					for (b.max_burst = 0; b.max_burst < 12; b.max_burst += 5)
						for (b.max_owed = 6; b.max_owed < 40; b.max_owed += 18) {
							uint64_t kept = b.owed < b.max_owed ? b.owed : b.max_owed;
							bool stuck = kept > b.max_burst && (b.max_rate == 1 || b.period_ns == 1);
							int ret = vprim_ptimer_plan_for(&b, &p, NULL);

							require(ret == (stuck ? -ERANGE : 0));
							if (!ret)
								play(&b, &p);
						}
}
END_TEST

/* 7 ns, 1317624576693539401 times, is the last instant that the clock has. */
START_TEST(a_plan_may_last_to_the_end_of_the_clock)
{
	struct vprim_ptimer_plan p;
	struct vprim_ptimer_budget b = {
		.owed = UINT64_C(658812288346769701), .max_owed = UINT64_MAX,
		.period_ns = 14, .next_ns = 8, .max_rate = 2,
	};

	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, NULL), 0);
	ck_assert_int_eq(p.interval_ns, 7);
	ck_assert_int_eq(p.done_ns, IMAX);
	ck_assert_uint_eq(p.ticks, UINT64_C(1317624576693539401));
	b.owed++;
	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, NULL), -EOVERFLOW);
}
END_TEST

START_TEST(plans_stay_on_the_clock)
{
	struct test_rng rng = test_rng_seed(0x706c616e);
	struct vprim_ptimer_plan p = { .dropped = 77 };
	struct vprim_ptimer_budget b = { UINT64_MAX, IMAX, 1, UINT64_MAX, 0, 2 };
	struct vprim_reason why;

	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, NULL), -EOVERFLOW);
	b.max_rate = 0;
	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_RATE);
	b.max_rate = 1;
	b.next_ns = 0;
	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_NEXT);
	b.period_ns = 5;
	b.next_ns = 6;
	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_NEXT);
	b.period_ns = 0;
	ck_assert_int_eq(vprim_ptimer_plan_for(&b, &p, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_PTIMER_RULE_PERIOD);
	ck_assert_uint_eq(p.dropped, 77);
	for (uint64_t i = 0; i < test_steps(500000); i++) {
		int ret;

		b.owed = some_bits(&rng);
		b.period_ns = some_period(&rng);
		b.next_ns = 1 + (int64_t)(some_bits(&rng) % (uint64_t)b.period_ns);
		b.max_owed = some_bits(&rng) | 1;
		b.max_burst = some_bits(&rng);
		b.max_rate = (uint32_t)(some_bits(&rng) >> 32) + 1;
		b.max_rate += !b.max_rate;
		ret = vprim_ptimer_plan_for(&b, &p, &why);
		require(ret == 0 || ret == -ERANGE || ret == -EOVERFLOW);
		require(vprim_reason_id(&why) == VPRIM_REASON_NONE);
		if (ret)
			continue;
		require(p.dropped + p.burst <= b.owed && p.done_ns >= 0);
		require(p.interval_ns >= 1 && p.interval_ns <= b.period_ns);
		require((uint64_t)p.done_ns == p.ticks * (uint64_t)p.interval_ns);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ptimer");
	TCase *t = tcase_create("ptimer");

	tcase_add_loop_test(t, targets_move_as_tabled, 0,
			    (int)VPRIM_ARRAY_LEN(advances));
	tcase_add_test(t, a_period_below_one_is_refused);
	tcase_add_loop_test(t, every_small_case_agrees_with_the_obvious_loop, 0, 7);
	tcase_add_test(t, properties_hold_at_random);
	tcase_add_test(t, keep_counts_as_hrtimer_forward_and_xen_do);
	tcase_add_test(t, factors_are_linuxs);
	tcase_add_test(t, factors_are_close_for_every_frequency);
	tcase_add_test(t, scaling_is_exact_until_the_shift_overflows);
	tcase_add_test(t, negative_durations_wrap_only_in_the_replay);
	tcase_add_test(t, tsc_scaling_is_exact);
	tcase_add_test(t, ratios_are_exact_and_bounded);
	tcase_add_test(t, cycles_become_nanoseconds_without_a_wrap);
	tcase_add_test(t, the_hardware_timer_takes_what_fits);
	tcase_add_test(t, the_hardware_timer_refuses_nonsense);
	tcase_add_test(t, only_the_single_step_asks_for_centuries);
	tcase_add_test(t, the_advance_adapts_within_bounds);
	tcase_add_loop_test(t, the_server_changes_as_tabled, 0,
			    (int)VPRIM_ARRAY_LEN(transitions));
	tcase_add_test(t, the_other_timers_expiry_is_refused);
	tcase_add_test(t, one_timer_serves_at_a_time);
	tcase_add_test(t, registers_make_periods);
	tcase_add_test(t, a_divisor_change_is_exact);
	tcase_add_test(t, a_lapic_timer_keeps_its_promises);
	tcase_add_test(t, a_lapic_timer_refuses_nonsense);
	tcase_add_loop_test(t, a_lapic_timer_stretches_or_stays, 0,
			    (int)VPRIM_ARRAY_LEN(stretches));
	tcase_add_test(t, hyperv_restarts_where_a_loop_would);
	tcase_add_test(t, xen_modes_keep_what_they_say);
	tcase_add_loop_test(t, every_short_run_of_every_policy_agrees_with_a_queue, 0,
			    (int)POLICIES);
	tcase_add_loop_test(t, every_policy_agrees_with_a_queue_of_instants, 0,
			    (int)POLICIES);
	tcase_add_test(t, bursts_are_bounded_however_long_the_gap);
	tcase_add_test(t, the_end_of_the_clock_ends_the_ticks);
	tcase_add_test(t, a_source_refuses_nonsense);
	tcase_add_test(t, every_small_plan_plays_out);
	tcase_add_test(t, a_plan_may_last_to_the_end_of_the_clock);
	tcase_add_test(t, plans_stay_on_the_clock);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return test_main(s);
}
