// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Images from one machine and format to another.
 *
 * A plan is made first: what the source holds, where MXCSR and PKRU come from,
 * what the target's header will say. Every component is then checked against the
 * plan, and only when all can be placed is the target written. Sums stay far
 * below 2^63, and an image's length in memory bounds every offset that is used,
 * so that no offset is converted to a smaller type before it was compared.
 */
#include "xstate_internal.h"

#define SSE_BIT VPRIM_XSTATE_BIT(VPRIM_XSTATE_SSE)
#define PKRU_BIT VPRIM_XSTATE_BIT(VPRIM_XSTATE_PKRU)
/* Bytes of PKRU that are state or reserved; more is padding. */
#define PKRU_BYTES 8u

struct plan {
	struct vprim_xstate_header h;	/* of the source */
	enum vprim_xstate_format format;/* of the source */
	uint64_t layout;		/* components with room in the source */
	uint64_t out_bv;		/* XSTATE_BV of the target */
	uint64_t size;			/* bytes of the target */
	uint32_t mxcsr, mxcsr_mask;	/* what the target's say */
	bool store_pkru;		/* PKRU is not from the source */
};

/* Bytes of component n that move, or 0 when its size does not allow it. */
static uint32_t common_bytes(const struct vprim_xstate_table *from,
			     const struct vprim_xstate_table *to, unsigned int n)
{
	uint32_t a = from->component[n].size_bytes;
	uint32_t b = to->component[n].size_bytes;

	if (a == b)
		return a;
	if (n == VPRIM_XSTATE_PKRU && a >= 4 && b >= 4)
		return a < b ? (a < PKRU_BYTES ? a : PKRU_BYTES) :
			       (b < PKRU_BYTES ? b : PKRU_BYTES);
	return 0;
}

/* The header against the source's own mask, and where its components lie. */
static int read_header(const struct vprim_xstate_source *src, struct plan *plan,
		       struct vprim_reason *why)
{
	struct vprim_xstate_header *h = &plan->h;
	uint64_t extra;
	size_t i;

	if (vprim_xstate_header_load(src->bytes, src->len, h))
		return refuse(why, SHORT);
	plan->format = VPRIM_XSTATE_STANDARD;
	/* Supervisor components have no place in a standard image. */
	plan->layout = src->mask & ~src->table->xss;
	if (h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED) {
		plan->format = VPRIM_XSTATE_COMPACTED;
		plan->layout = h->xcomp_bv & ~VPRIM_XSTATE_XCOMP_COMPACTED;
	}
	extra = plan->format == VPRIM_XSTATE_STANDARD ?
			h->xcomp_bv : plan->layout & ~src->mask;
	if (extra)
		return refuse_as(-EBADMSG, why, XCOMP_BV,
				 AT(vprim_ctz64(extra)));
	extra = h->xstate_bv & ~plan->layout;
	if (extra)
		return refuse_as(-EBADMSG, why, XSTATE_BV,
				 AT(vprim_ctz64(extra)));
	for (i = 0; i < sizeof(h->reserved); i++)
		if (h->reserved[i])
			return refuse_as(-EBADMSG, why, RESERVED);
	return 0;
}

/*
 * MXCSR: in a standard image it is there with SSE or AVX in the mask, in a
 * compacted one with SSE among the data.
 */
static int plan_mxcsr(const struct vprim_xstate_source *src,
		      const struct vprim_xstate_target *dst,
		      const struct vprim_xstate_convert_opts *opts,
		      struct plan *plan, struct vprim_reason *why)
{
	uint64_t sse_avx = SSE_BIT | VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX);
	uint32_t legal = opts->mxcsr_mask ? opts->mxcsr_mask :
					    VPRIM_XSTATE_MXCSR_MASK;
	uint64_t valid = plan->format == VPRIM_XSTATE_STANDARD ?
				 src->mask & sse_avx :
				 plan->h.xstate_bv & SSE_BIT;
	uint64_t needed = dst->format == VPRIM_XSTATE_STANDARD ? sse_avx : SSE_BIT;

	plan->mxcsr = VPRIM_XSTATE_MXCSR_INIT;
	plan->mxcsr_mask = legal;
	if (!valid)
		return 0;
	if (plan->h.mxcsr & ~legal)
		return refuse_as(-EBADMSG, why, MXCSR);
	plan->mxcsr = plan->h.mxcsr;
	if (plan->mxcsr == VPRIM_XSTATE_MXCSR_INIT)
		return 0;
	if (!(dst->mask & needed))
		return refuse_as(-EOPNOTSUPP, why, ABSENT, AT(VPRIM_XSTATE_SSE));
	plan->out_bv |= dst->mask & SSE_BIT;
	return 0;
}

static int plan_pkru(const struct vprim_xstate_target *dst,
		     const struct vprim_xstate_convert_opts *opts,
		     struct plan *plan, struct vprim_reason *why)
{
	plan->store_pkru = opts->keep_pkru && opts->pkru &&
			   !(plan->h.xstate_bv & PKRU_BIT);
	if (!plan->store_pkru)
		return 0;
	if (!(dst->mask & PKRU_BIT))
		return refuse_as(-EOPNOTSUPP, why, ABSENT,
				 AT(VPRIM_XSTATE_PKRU));
	if (dst->table->component[VPRIM_XSTATE_PKRU].size_bytes < 4)
		return refuse(why, SIZE, AT(VPRIM_XSTATE_PKRU));
	plan->out_bv |= PKRU_BIT;
	return 0;
}

/* Each component that holds data: inside the source, and takeable. */
static int plan_components(const struct vprim_xstate_source *src,
			   const struct vprim_xstate_target *dst,
			   struct plan *plan, struct vprim_reason *why)
{
	uint64_t left, end = VPRIM_XSTATE_BASE_BYTES;
	uint64_t absent = plan->h.xstate_bv & ~dst->mask;

	if (absent)
		return refuse_as(-EOPNOTSUPP, why, ABSENT,
				 AT(vprim_ctz64(absent)));
	for (left = plan->layout & ~(uint64_t)XSTATE_FPSSE; left;
	     left &= left - 1) {
		unsigned int n = vprim_ctz64(left);

		end = xstate_place(src->table, plan->format, n, end) +
		      src->table->component[n].size_bytes;
		if (!xstate_has(plan->h.xstate_bv, n))
			continue;
		if (end > src->len)
			return refuse(why, SHORT, AT(n));
		if (!common_bytes(src->table, dst->table, n))
			return refuse(why, SIZE, AT(n));
	}
	return 0;
}

static int make_plan(const struct vprim_xstate_source *src,
		     const struct vprim_xstate_target *dst,
		     const struct vprim_xstate_convert_opts *opts,
		     struct plan *plan, struct vprim_reason *why)
{
	int ret = read_header(src, plan, why);

	/* An image's own mask may only name what its machine can place. */
	if (!ret)
		ret = vprim_xstate_check_mask_(src->table, plan->layout,
					       plan->format, why);
	if (!ret)
		ret = vprim_xstate_size(dst->table, dst->mask, dst->format,
					&plan->size, why);
	if (ret)
		return ret;
	plan->out_bv = plan->h.xstate_bv;
	ret = plan_components(src, dst, plan, why);
	if (!ret)
		ret = plan_mxcsr(src, dst, opts, plan, why);
	if (!ret)
		ret = plan_pkru(dst, opts, plan, why);
	return ret;
}

/* x87 without MXCSR, XMM, and what stands for them when they are absent. */
static void write_legacy(const uint8_t *src, uint8_t *dst,
			 const struct plan *plan)
{
	if (xstate_has(plan->h.xstate_bv, VPRIM_XSTATE_X87)) {
		memcpy(dst, src, VPRIM_XSTATE_MXCSR_OFFSET);
		memcpy(dst + 32, src + 32, 160 - 32);
	} else {
		dst[0] = VPRIM_XSTATE_FCW_INIT & 0xff;
		dst[1] = VPRIM_XSTATE_FCW_INIT >> 8;
	}
	if (xstate_has(plan->h.xstate_bv, VPRIM_XSTATE_SSE))
		memcpy(dst + 160, src + 160, 256);
	vprim_store_le32(dst + VPRIM_XSTATE_MXCSR_OFFSET, plan->mxcsr);
	vprim_store_le32(dst + VPRIM_XSTATE_MXCSR_OFFSET + 4, plan->mxcsr_mask);
}

static void write_header(const struct vprim_xstate_target *dst,
			 const struct plan *plan)
{
	uint8_t *h = dst->bytes + VPRIM_XSTATE_LEGACY_BYTES;

	vprim_store_le64(h, plan->out_bv);
	if (dst->format == VPRIM_XSTATE_COMPACTED)
		vprim_store_le64(h + 8,
				 dst->mask | VPRIM_XSTATE_XCOMP_COMPACTED);
}

/* Walks both layouts at once; every offset was checked by the plan. */
static void write_components(const struct vprim_xstate_source *src,
			     const struct vprim_xstate_target *dst,
			     const struct vprim_xstate_convert_opts *opts,
			     const struct plan *plan)
{
	uint64_t from_end = VPRIM_XSTATE_BASE_BYTES, to_end = from_end;
	uint64_t left = (plan->layout | dst->mask) & ~(uint64_t)XSTATE_FPSSE;

	for (; left; left &= left - 1) {
		unsigned int n = vprim_ctz64(left);
		uint64_t from = from_end, to = to_end;

		if (xstate_has(plan->layout, n)) {
			from = xstate_place(src->table, plan->format, n, from_end);
			from_end = from + src->table->component[n].size_bytes;
		}
		if (xstate_has(dst->mask, n)) {
			to = xstate_place(dst->table, dst->format, n, to_end);
			to_end = to + dst->table->component[n].size_bytes;
		}
		if (xstate_has(plan->h.xstate_bv, n))
			memcpy(dst->bytes + (size_t)to,
			       src->bytes + (size_t)from,
			       common_bytes(src->table, dst->table, n));
		else if (n == VPRIM_XSTATE_PKRU && plan->store_pkru)
			vprim_store_le32(dst->bytes + (size_t)to, opts->pkru);
	}
}

static bool buffers_overlap(const struct vprim_xstate_source *src,
			    const struct vprim_xstate_target *dst)
{
	uintptr_t s = (uintptr_t)src->bytes, d = (uintptr_t)dst->bytes;

	return s < d ? d - s < src->len : s - d < dst->len;
}

int vprim_xstate_convert(const struct vprim_xstate_source *src,
			 const struct vprim_xstate_target *dst,
			 const struct vprim_xstate_convert_opts *opts,
			 uint64_t *size_bytes,
			 struct vprim_reason *why)
{
	static const struct vprim_xstate_convert_opts defaults;
	struct plan plan;
	int ret;

	vprim_reason_clear(why);
	if (!xstate_is_format(dst->format) || buffers_overlap(src, dst))
		return vprim_reason_argument_(why);
	if (!opts)
		opts = &defaults;
	ret = make_plan(src, dst, opts, &plan, why);
	if (ret)
		return ret;
	if (size_bytes)
		*size_bytes = plan.size;
	if (plan.size > dst->len)
		return -EMSGSIZE;
	memset(dst->bytes, 0, (size_t)plan.size);
	write_legacy(src->bytes, dst->bytes, &plan);
	write_header(dst, &plan);
	write_components(src, dst, opts, &plan);
	return 0;
}
