// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Nanoseconds, guest cycles and host cycles.
 *
 * Products are exact in 128 bits, so that a result is wrong only where it does
 * not fit, and that is checked, but for vprim_ptimer_scale_delta(), which wraps on
 * purpose.
 */
#include <virtprim/ptimer.h>

#define MILLION 1000000u
#define NS_PER_SECOND UINT64_C(1000000000)
#define HIGH_HALF UINT64_C(0xffffffff00000000)

/* v * 2^bits, for bits up to 63. */
static struct vprim_u128 shift_wide(uint64_t v, unsigned int bits)
{
	struct vprim_u128 r = { bits ? v >> (64 - bits) : 0, v << bits };

	return r;
}

/* v / 2^bits, modulo 2^64, for bits up to 63. */
static uint64_t narrow(struct vprim_u128 v, unsigned int bits)
{
	return bits ? v.hi << (64 - bits) | v.lo >> bits : v.lo;
}

int vprim_ptimer_scale_from(uint64_t tsc_khz, struct vprim_ptimer_scale *scale)
{
	uint64_t scaled, base = NS_PER_SECOND;
	int shift = 0;

	if (!tsc_khz)
		return -EINVAL;
	if (tsc_khz > UINT32_MAX)
		return -ERANGE;
	scaled = tsc_khz * 1000;
	while (base > 2 * scaled) {
		base >>= 1;
		shift--;
	}
	/* The base has 32 bits at most. */
	while (base <= scaled) {
		/* Both halves of the quotient have to stay in 32 bits. */
		if (scaled & HIGH_HALF || base >> 31)
			scaled >>= 1;
		else
			base <<= 1;
		shift++;
	}
	scale->mult = (uint32_t)vprim_div_u64(scaled << 32, base, NULL);
	scale->shift = (int8_t)shift;
	return 0;
}

static bool shift_ok(const struct vprim_ptimer_scale *scale)
{
	return scale->shift >= -63 && scale->shift <= 63;
}

uint64_t vprim_ptimer_scale_delta(const struct vprim_ptimer_scale *scale,
				  uint64_t delta_ns)
{
	uint64_t shifted;

	if (!shift_ok(scale))
		return 0;
	shifted = scale->shift < 0 ? delta_ns >> -scale->shift :
				     delta_ns << scale->shift;
	return narrow(vprim_mul_u64_wide(shifted, scale->mult), 32);
}

/* The same, for durations that the shift keeps whole. */
static int to_cycles(const struct vprim_ptimer_scale *scale, uint64_t ns,
		     uint64_t *cycles)
{
	if (!shift_ok(scale))
		return -EINVAL;
	if (scale->shift > 0 && ns >> (64 - scale->shift))
		return -EOVERFLOW;
	*cycles = vprim_ptimer_scale_delta(scale, ns);
	return 0;
}

int vprim_ptimer_cycles_to_ns(uint64_t tsc_khz, uint64_t cycles, uint64_t *ns)
{
	struct vprim_u128 product;

	if (!tsc_khz)
		return -EINVAL;
	product = vprim_mul_u64_wide(cycles, MILLION);
	if (product.hi >= tsc_khz)
		return -EOVERFLOW;
	*ns = vprim_div_u128(product, tsc_khz, NULL);
	return 0;
}

int vprim_ptimer_tsc_ratio(uint32_t user_khz, uint32_t host_khz,
			   unsigned int frac_bits, uint64_t max_ratio,
			   uint64_t *ratio)
{
	uint64_t r;

	if (!host_khz || frac_bits > 63)
		return -EINVAL;
	/* A quotient over 64 bits comes out as the largest one, which no bound takes. */
	r = vprim_div_u128(shift_wide(user_khz, frac_bits), host_khz, NULL);
	if (!r || r >= max_ratio)
		return -ERANGE;
	*ratio = r;
	return 0;
}

#define TOLERANCE_PPM 250u

bool vprim_ptimer_tsc_needs_ratio(uint32_t user_khz, uint32_t host_khz)
{
	uint64_t low = (uint64_t)host_khz * (MILLION - TOLERANCE_PPM);
	uint64_t high = (uint64_t)host_khz * (MILLION + TOLERANCE_PPM);

	return user_khz < vprim_div_u64(low, MILLION, NULL) ||
	       user_khz > vprim_div_u64(high, MILLION, NULL);
}

uint64_t vprim_ptimer_tsc_scale(uint64_t tsc, uint64_t ratio,
				unsigned int frac_bits)
{
	return narrow(vprim_mul_u64_wide(tsc, ratio), frac_bits & 63);
}

int vprim_ptimer_tsc_unscale(uint64_t guest_cycles, uint64_t ratio,
			     unsigned int frac_bits, uint64_t *host_cycles)
{
	struct vprim_u128 wide;

	if (frac_bits > 63)
		return -EINVAL;
	wide = shift_wide(guest_cycles, frac_bits);
	if (wide.hi >= ratio)
		return -ERANGE;
	*host_cycles = vprim_div_u128(wide, ratio, NULL);
	return 0;
}

/* What a 32-bit count of 2^multi cycles each spans; multi is up to 31. */
static bool spans(uint64_t cycles, unsigned int multi)
{
	return !(cycles >> (multi + 32));
}

int vprim_ptimer_hv_set(const struct vprim_ptimer_hv_request *request,
			struct vprim_ptimer_hv *hv)
{
	const struct vprim_ptimer_hv_request *r = request;
	uint64_t d;
	int ret;

	if (r->frac_bits > 63 || r->multi > 31)
		return -EINVAL;
	d = r->deadline_tsc > r->guest_tsc ? r->deadline_tsc - r->guest_tsc : 0;
	d = d > r->advance_cycles ? d - r->advance_cycles : 0;
	if (d && r->ratio != (uint64_t)1 << r->frac_bits) {
		ret = vprim_ptimer_tsc_unscale(d, r->ratio, r->frac_bits, &d);
		if (ret)
			return ret;
	}
	if (!spans(d, r->multi))
		return -ERANGE;
	hv->delta_cycles = d;
	hv->host_deadline = r->host_tsc + d;
	hv->programmed = (uint32_t)(d >> r->multi);
	hv->expired = !d;
	return 0;
}

bool vprim_ptimer_hv_is_usable(uint32_t tsc_khz, unsigned int multi,
			       bool mwait, bool posted)
{
	uint64_t ticks_per_second = (uint64_t)tsc_khz * 1000 >> (multi & 31);

	return !mwait && !posted && ticks_per_second <= UINT32_MAX / 10;
}

int vprim_ptimer_deadline_for(int64_t target_ns, int64_t now_ns,
			      uint64_t guest_tsc,
			      const struct vprim_ptimer_scale *scale,
			      unsigned int multi,
			      struct vprim_ptimer_deadline *deadline)
{
	uint64_t cycles;
	int ret;

	if (target_ns < now_ns || multi > 31)
		return -EINVAL;
	ret = to_cycles(scale, (uint64_t)target_ns - (uint64_t)now_ns, &cycles);
	if (ret)
		return ret;
	deadline->deadline_tsc = guest_tsc + cycles;
	deadline->cycles = cycles;
	deadline->fits = spans(cycles, multi);
	return 0;
}

#define ADAPT_MIN_CYCLES 100u
#define ADAPT_MAX_CYCLES 10000u
#define ADVANCE_START_NS 1000u
#define ADVANCE_MAX_NS 5000u

uint32_t vprim_ptimer_adapt_advance(uint32_t advance_ns, int64_t error_cycles,
				    uint32_t tsc_khz)
{
	uint64_t size = error_cycles < 0 ? 0 - (uint64_t)error_cycles :
					   (uint64_t)error_cycles;
	uint64_t move, sum;

	if (size < ADAPT_MIN_CYCLES || size > ADAPT_MAX_CYCLES || !tsc_khz)
		return advance_ns;
	move = vprim_div_u64(size * MILLION, tsc_khz, NULL) / 8;
	/* Below 0 it wraps, and so is over the bound, too. */
	sum = error_cycles < 0 ? advance_ns - move : advance_ns + move;
	return sum > ADVANCE_MAX_NS ? ADVANCE_START_NS : (uint32_t)sum;
}
