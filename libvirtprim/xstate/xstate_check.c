// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Legal register values, headers and signal frames.
 *
 * An order of checks is a list of functions, walked until one refuses. The
 * architecture's order and KVM's are two lists of the same functions, which is
 * why they cannot differ in anything but the rule that comes first.
 */
#include "xstate_internal.h"

typedef int (*xcr0_rule)(uint64_t supported, uint64_t value,
			 struct vprim_reason *why);

static int needs_x87(uint64_t supported, uint64_t value,
		     struct vprim_reason *why)
{
	(void)supported;
	if (xstate_has(value, VPRIM_XSTATE_X87))
		return 0;
	return refuse(why, X87, AT(VPRIM_XSTATE_X87));
}

static int avx_needs_sse(uint64_t supported, uint64_t value,
			 struct vprim_reason *why)
{
	(void)supported;
	if (!xstate_has(value, VPRIM_XSTATE_AVX) ||
	    xstate_has(value, VPRIM_XSTATE_SSE))
		return 0;
	return refuse(why, AVX, AT(VPRIM_XSTATE_AVX), VALUE(VPRIM_XSTATE_SSE));
}

/* Of "group", all with "base", or none. */
static int all_or_none(uint64_t value, uint64_t group, uint64_t base,
		       unsigned int rule,
		       struct vprim_reason *why)
{
	uint64_t missing = (group | base) & ~value;

	if (!(value & group) || !missing)
		return 0;
	return refuse_by(why, rule, AT(vprim_ctz64(value & group)),
			 VALUE(vprim_ctz64(missing)));
}

static int mpx_pair(uint64_t supported, uint64_t value,
		    struct vprim_reason *why)
{
	(void)supported;
	return all_or_none(value, XSTATE_MPX, 0, VPRIM_XSTATE_RULE_MPX, why);
}

static int avx512_whole(uint64_t supported, uint64_t value,
			struct vprim_reason *why)
{
	(void)supported;
	return all_or_none(value, XSTATE_AVX512,
			   VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX),
			   VPRIM_XSTATE_RULE_AVX512, why);
}

static int tile_pair(uint64_t supported, uint64_t value,
		     struct vprim_reason *why)
{
	(void)supported;
	return all_or_none(value, XSTATE_TILES, 0, VPRIM_XSTATE_RULE_TILE,
			   why);
}

static int apx_without_mpx(uint64_t supported, uint64_t value,
			   struct vprim_reason *why)
{
	(void)supported;
	if (!xstate_has(value, VPRIM_XSTATE_APX) || !(value & XSTATE_MPX))
		return 0;
	return refuse(why, APX_WITH_MPX, AT(VPRIM_XSTATE_APX),
		      VALUE(vprim_ctz64(value & XSTATE_MPX)));
}

static int no_bit_of_kind(uint64_t value, enum vprim_xstate_kind kind,
			  unsigned int rule,
			  struct vprim_reason *why)
{
	for (; value; value &= value - 1) {
		unsigned int n = vprim_ctz64(value);

		if (vprim_xstate_component_kind(n) == kind)
			return refuse_by(why, rule, AT(n));
	}
	return 0;
}

static int no_supervisor(uint64_t supported, uint64_t value,
			 struct vprim_reason *why)
{
	(void)supported;
	return no_bit_of_kind(value, VPRIM_XSTATE_SUPERVISOR,
			      VPRIM_XSTATE_RULE_SUPERVISOR, why);
}

/* A number that a machine supports is somebody's, whatever this list knows. */
static int no_unassigned(uint64_t supported, uint64_t value,
			 struct vprim_reason *why)
{
	supported &= ~VPRIM_XSTATE_XCOMP_COMPACTED;
	return no_bit_of_kind(value & ~supported, VPRIM_XSTATE_UNASSIGNED,
			      VPRIM_XSTATE_RULE_UNASSIGNED, why);
}

static int only(uint64_t allowed, uint64_t value, unsigned int rule,
		struct vprim_reason *why)
{
	if (!(value & ~allowed))
		return 0;
	return refuse_by(why, rule, AT(vprim_ctz64(value & ~allowed)));
}

static int only_supported(uint64_t supported, uint64_t value,
			  struct vprim_reason *why)
{
	return only(supported | VPRIM_XSTATE_BIT(VPRIM_XSTATE_X87), value,
		    VPRIM_XSTATE_RULE_UNSUPPORTED, why);
}

static const xcr0_rule arch_order[] = {
	needs_x87, avx_needs_sse, mpx_pair, avx512_whole, tile_pair,
	apx_without_mpx, no_supervisor, no_unassigned, only_supported, NULL,
};

static const xcr0_rule kvm_order[] = {
	needs_x87, avx_needs_sse, only_supported, mpx_pair, apx_without_mpx,
	avx512_whole, tile_pair, NULL,
};

int vprim_xstate_check_xcr0(uint64_t supported, uint32_t index, uint64_t value,
			    enum vprim_xstate_order order,
			    struct vprim_reason *why)
{
	const xcr0_rule *rule = arch_order;
	int ret = 0;

	vprim_reason_clear(why);
	if (order != VPRIM_XSTATE_ORDER_ARCH && order != VPRIM_XSTATE_ORDER_KVM)
		return vprim_reason_argument_(why);
	if (index)
		return refuse(why, INDEX);
	if (order == VPRIM_XSTATE_ORDER_KVM)
		rule = kvm_order;
	for (; *rule && !ret; rule++)
		ret = (*rule)(supported, value, why);
	return ret;
}

int vprim_xstate_check_xss(uint64_t supported, uint64_t value,
			   struct vprim_reason *why)
{
	vprim_reason_clear(why);
	return only(supported, value, VPRIM_XSTATE_RULE_UNSUPPORTED, why);
}

enum vprim_xstate_fault vprim_xstate_xsetbv(bool osxsave, unsigned int cpl,
					    uint64_t supported, uint32_t index,
					    uint64_t value,
					    struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (!osxsave)
		return VPRIM_XSTATE_UD;
	if (cpl) {
		(void)refuse(why, CPL);
		return VPRIM_XSTATE_GP;
	}
	if (vprim_xstate_check_xcr0(supported, index, value,
				    VPRIM_XSTATE_ORDER_ARCH, why))
		return VPRIM_XSTATE_GP;
	return VPRIM_XSTATE_NO_FAULT;
}

/* A field that decides, from memory that others may write to. */
static uint64_t fetch(const uint8_t *field, unsigned int bytes)
{
	return vprim_load_once(field, bytes, false);
}

int vprim_xstate_header_load(const uint8_t *image, size_t len,
			     struct vprim_xstate_header *header)
{
	const uint8_t *h;
	size_t i;

	if (len < VPRIM_XSTATE_BASE_BYTES)
		return -EINVAL;
	h = image + VPRIM_XSTATE_LEGACY_BYTES;
	header->xstate_bv = fetch(h, 8);
	header->xcomp_bv = fetch(h + 8, 8);
	for (i = 0; i < sizeof(header->reserved); i++)
		header->reserved[i] = (uint8_t)fetch(h + 16 + i, 1);
	header->mxcsr = (uint32_t)fetch(image + VPRIM_XSTATE_MXCSR_OFFSET, 4);
	return 0;
}

/* The first "count" reserved bytes. */
static int reserved_zero(const struct vprim_xstate_header *h, size_t count,
			 struct vprim_reason *why)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (h->reserved[i])
			return refuse(why, RESERVED);
	return 0;
}

static int mxcsr_legal(const struct vprim_xstate_header *h,
		       const struct vprim_xstate_limits *limits,
		       struct vprim_reason *why)
{
	uint32_t mask = limits->mxcsr_mask;

	if (!(h->mxcsr & ~(mask ? mask : VPRIM_XSTATE_MXCSR_MASK)))
		return 0;
	return refuse(why, MXCSR);
}

#define SSE VPRIM_XSTATE_BIT(VPRIM_XSTATE_SSE)
#define SSE_AVX (SSE | VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX))

static int check_standard(const struct vprim_xstate_header *h,
			  const struct vprim_xstate_limits *limits,
			  struct vprim_reason *why)
{
	int ret = only(limits->user, h->xstate_bv, VPRIM_XSTATE_RULE_XSTATE_BV,
		       why);

	if (!ret)
		ret = only(0, h->xcomp_bv, VPRIM_XSTATE_RULE_XCOMP_BV, why);
	/* Header bytes 16 to 23; the other reserved ones are not looked at. */
	if (!ret)
		ret = reserved_zero(h, 8, why);
	if (!ret && limits->user & limits->requested & SSE_AVX)
		ret = mxcsr_legal(h, limits, why);
	return ret;
}

static int check_compacted(const struct vprim_xstate_header *h,
			   uint64_t allowed,
			   const struct vprim_xstate_limits *limits,
			   struct vprim_reason *why)
{
	uint64_t components = h->xcomp_bv & ~VPRIM_XSTATE_XCOMP_COMPACTED;
	int ret = only(allowed, components, VPRIM_XSTATE_RULE_XCOMP_BV, why);

	if (!ret)
		ret = only(components, h->xstate_bv, VPRIM_XSTATE_RULE_XSTATE_BV, why);
	if (!ret)
		ret = reserved_zero(h, sizeof(h->reserved), why);
	if (!ret && allowed & limits->requested & h->xstate_bv & SSE)
		ret = mxcsr_legal(h, limits, why);
	return ret;
}

static int check_xrstor(const struct vprim_xstate_header *h,
			const struct vprim_xstate_limits *limits,
			struct vprim_reason *why)
{
	if (!(h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED))
		return check_standard(h, limits, why);
	if (!(limits->features & VPRIM_XSTATE_HAS_XSAVEC))
		return refuse(why, XSAVEC);
	return check_compacted(h, limits->user, limits, why);
}

static int check_xrstors(const struct vprim_xstate_header *h,
			 const struct vprim_xstate_limits *limits,
			 struct vprim_reason *why)
{
	if (limits->cpl)
		return refuse(why, CPL);
	if (!(h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED))
		return refuse(why, FORMAT);
	return check_compacted(h, limits->user | limits->supervisor, limits,
			       why);
}

static int check_uabi(const struct vprim_xstate_header *h,
		      const struct vprim_xstate_limits *limits,
		      struct vprim_reason *why)
{
	uint64_t uses_mxcsr = XSTATE_FPSSE | SSE_AVX;
	int ret = only(limits->user, h->xstate_bv, VPRIM_XSTATE_RULE_XSTATE_BV,
		       why);

	if (!ret)
		ret = only(0, h->xcomp_bv, VPRIM_XSTATE_RULE_XCOMP_BV, why);
	if (!ret)
		ret = reserved_zero(h, sizeof(h->reserved), why);
	if (!ret && h->xstate_bv & uses_mxcsr)
		ret = mxcsr_legal(h, limits, why);
	return ret;
}

int vprim_xstate_check_header(const struct vprim_xstate_header *header,
			      enum vprim_xstate_loader by,
			      const struct vprim_xstate_limits *limits,
			      struct vprim_reason *why)
{
	vprim_reason_clear(why);
	switch (by) {
	case VPRIM_XSTATE_BY_XRSTOR:
		return check_xrstor(header, limits, why);
	case VPRIM_XSTATE_BY_XRSTORS:
		return check_xrstors(header, limits, why);
	case VPRIM_XSTATE_BY_UABI:
	case VPRIM_XSTATE_BY_KVM:
		return check_uabi(header, limits, why);
	}
	return vprim_reason_argument_(why);
}

uint32_t vprim_xstate_pkru_after(enum vprim_xstate_loader by, uint64_t xstate_bv,
				 uint32_t image, uint32_t before)
{
	if (xstate_has(xstate_bv, VPRIM_XSTATE_PKRU))
		return image;
	return by == VPRIM_XSTATE_BY_KVM ? before : 0;
}

/* The software bytes of a frame. */
struct sw {
	uint32_t magic1, extended_bytes, size_bytes;
	uint64_t features;
};

/* The rule that is broken; VPRIM_REASON_NONE for a frame that is whole. */
static unsigned int judge_frame(const uint8_t *frame, size_t len,
				const struct sw *sw, uint32_t user_size)
{
	if (sw->magic1 != VPRIM_XSTATE_MAGIC1)
		return VPRIM_XSTATE_RULE_MAGIC1;
	if (sw->size_bytes < VPRIM_XSTATE_BASE_BYTES)
		return VPRIM_XSTATE_RULE_FRAME_SMALL;
	if (sw->size_bytes > user_size)
		return VPRIM_XSTATE_RULE_FRAME_LARGE;
	if (sw->size_bytes > sw->extended_bytes)
		return VPRIM_XSTATE_RULE_FRAME_EXTENT;
	if (len - 4 < sw->size_bytes ||
	    fetch(frame + sw->size_bytes, 4) != VPRIM_XSTATE_MAGIC2)
		return VPRIM_XSTATE_RULE_MAGIC2;
	return VPRIM_REASON_NONE;
}

int vprim_xstate_frame_read(const uint8_t *frame, size_t len, uint32_t user_size,
			    struct vprim_xstate_frame *out,
			    struct vprim_reason *why)
{
	unsigned int rule;
	const uint8_t *p;
	struct sw sw;

	vprim_reason_clear(why);
	if (len < VPRIM_XSTATE_LEGACY_BYTES)
		return vprim_reason_argument_(why);
	p = frame + VPRIM_XSTATE_SW_OFFSET;
	sw.magic1 = (uint32_t)fetch(p, 4);
	sw.extended_bytes = (uint32_t)fetch(p + 4, 4);
	sw.features = fetch(p + 8, 8);
	sw.size_bytes = (uint32_t)fetch(p + 16, 4);
	rule = judge_frame(frame, len, &sw, user_size);

	out->fx_only = rule != VPRIM_REASON_NONE;
	out->features = out->fx_only ? XSTATE_FPSSE : sw.features;
	out->size_bytes = out->fx_only ? VPRIM_XSTATE_LEGACY_BYTES :
					 sw.size_bytes;
	out->extended_bytes = out->fx_only ? 0 : sw.extended_bytes;
	if (rule)
		note_by(why, rule);
	return 0;
}
