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
			 struct vprim_xstate_reason *reason);

static int no(struct vprim_xstate_reason *reason, enum vprim_xstate_rule rule,
	      unsigned int bit, unsigned int other)
{
	return xstate_refuse(reason, -EINVAL, rule, bit, other);
}

static int needs_x87(uint64_t supported, uint64_t value,
		     struct vprim_xstate_reason *reason)
{
	(void)supported;
	if (xstate_has(value, VPRIM_XSTATE_X87))
		return 0;
	return no(reason, VPRIM_XSTATE_BAD_X87, VPRIM_XSTATE_X87,
		  VPRIM_XSTATE_NO_BIT);
}

static int avx_needs_sse(uint64_t supported, uint64_t value,
			 struct vprim_xstate_reason *reason)
{
	(void)supported;
	if (!xstate_has(value, VPRIM_XSTATE_AVX) ||
	    xstate_has(value, VPRIM_XSTATE_SSE))
		return 0;
	return no(reason, VPRIM_XSTATE_BAD_AVX, VPRIM_XSTATE_AVX,
		  VPRIM_XSTATE_SSE);
}

/* Of "group", all with "base", or none. */
static int all_or_none(uint64_t value, uint64_t group, uint64_t base,
		       enum vprim_xstate_rule rule,
		       struct vprim_xstate_reason *reason)
{
	uint64_t missing = (group | base) & ~value;

	if (!(value & group) || !missing)
		return 0;
	return no(reason, rule, vprim_ctz64(value & group),
		  vprim_ctz64(missing));
}

static int mpx_pair(uint64_t supported, uint64_t value,
		    struct vprim_xstate_reason *reason)
{
	(void)supported;
	return all_or_none(value, XSTATE_MPX, 0, VPRIM_XSTATE_BAD_MPX, reason);
}

static int avx512_whole(uint64_t supported, uint64_t value,
			struct vprim_xstate_reason *reason)
{
	(void)supported;
	return all_or_none(value, XSTATE_AVX512,
			   VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX),
			   VPRIM_XSTATE_BAD_AVX512, reason);
}

static int tile_pair(uint64_t supported, uint64_t value,
		     struct vprim_xstate_reason *reason)
{
	(void)supported;
	return all_or_none(value, XSTATE_TILES, 0, VPRIM_XSTATE_BAD_TILE,
			   reason);
}

static int apx_without_mpx(uint64_t supported, uint64_t value,
			   struct vprim_xstate_reason *reason)
{
	(void)supported;
	if (!xstate_has(value, VPRIM_XSTATE_APX) || !(value & XSTATE_MPX))
		return 0;
	return no(reason, VPRIM_XSTATE_BAD_APX_WITH_MPX, VPRIM_XSTATE_APX,
		  vprim_ctz64(value & XSTATE_MPX));
}

static int no_bit_of_kind(uint64_t value, enum vprim_xstate_kind kind,
			  enum vprim_xstate_rule rule,
			  struct vprim_xstate_reason *reason)
{
	for (; value; value &= value - 1) {
		unsigned int n = vprim_ctz64(value);

		if (vprim_xstate_component_kind(n) == kind)
			return no(reason, rule, n, VPRIM_XSTATE_NO_BIT);
	}
	return 0;
}

static int no_supervisor(uint64_t supported, uint64_t value,
			 struct vprim_xstate_reason *reason)
{
	(void)supported;
	return no_bit_of_kind(value, VPRIM_XSTATE_SUPERVISOR,
			      VPRIM_XSTATE_BAD_SUPERVISOR, reason);
}

/* A number that a machine supports is somebody's, whatever this list knows. */
static int no_unassigned(uint64_t supported, uint64_t value,
			 struct vprim_xstate_reason *reason)
{
	supported &= ~VPRIM_XSTATE_XCOMP_COMPACTED;
	return no_bit_of_kind(value & ~supported, VPRIM_XSTATE_UNASSIGNED,
			      VPRIM_XSTATE_BAD_UNASSIGNED, reason);
}

static int only(uint64_t allowed, uint64_t value, enum vprim_xstate_rule rule,
		struct vprim_xstate_reason *reason)
{
	if (!(value & ~allowed))
		return 0;
	return no(reason, rule, vprim_ctz64(value & ~allowed),
		  VPRIM_XSTATE_NO_BIT);
}

static int only_supported(uint64_t supported, uint64_t value,
			  struct vprim_xstate_reason *reason)
{
	return only(supported | VPRIM_XSTATE_BIT(VPRIM_XSTATE_X87), value,
		    VPRIM_XSTATE_BAD_UNSUPPORTED, reason);
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
			    struct vprim_xstate_reason *reason)
{
	const xcr0_rule *rule = arch_order;
	int ret = 0;

	if (order != VPRIM_XSTATE_ORDER_ARCH && order != VPRIM_XSTATE_ORDER_KVM)
		return xstate_misuse(reason);
	if (index)
		return no(reason, VPRIM_XSTATE_BAD_INDEX, VPRIM_XSTATE_NO_BIT,
			  VPRIM_XSTATE_NO_BIT);
	if (order == VPRIM_XSTATE_ORDER_KVM)
		rule = kvm_order;
	for (; *rule && !ret; rule++)
		ret = (*rule)(supported, value, reason);
	return ret;
}

int vprim_xstate_check_xss(uint64_t supported, uint64_t value,
			   struct vprim_xstate_reason *reason)
{
	return only(supported, value, VPRIM_XSTATE_BAD_UNSUPPORTED, reason);
}

enum vprim_xstate_fault vprim_xstate_xsetbv(bool osxsave, unsigned int cpl,
					    uint64_t supported, uint32_t index,
					    uint64_t value,
					    struct vprim_xstate_reason *reason)
{
	(void)xstate_misuse(reason);
	if (!osxsave)
		return VPRIM_XSTATE_UD;
	if (cpl) {
		(void)no(reason, VPRIM_XSTATE_BAD_CPL, VPRIM_XSTATE_NO_BIT,
			 VPRIM_XSTATE_NO_BIT);
		return VPRIM_XSTATE_GP;
	}
	if (vprim_xstate_check_xcr0(supported, index, value,
				    VPRIM_XSTATE_ORDER_ARCH, reason))
		return VPRIM_XSTATE_GP;
	return VPRIM_XSTATE_NO_FAULT;
}

int vprim_xstate_header_load(const uint8_t *image, size_t len,
			     struct vprim_xstate_header *header)
{
	const uint8_t *h;

	if (!image || !header || len < VPRIM_XSTATE_BASE_BYTES)
		return -EINVAL;
	h = image + VPRIM_XSTATE_LEGACY_BYTES;
	header->xstate_bv = vprim_load_le64(h);
	header->xcomp_bv = vprim_load_le64(h + 8);
	memcpy(header->reserved, h + 16, sizeof(header->reserved));
	header->mxcsr = vprim_load_le32(image + VPRIM_XSTATE_MXCSR_OFFSET);
	return 0;
}

/* The first "count" reserved bytes. */
static int reserved_zero(const struct vprim_xstate_header *h, size_t count,
			 struct vprim_xstate_reason *reason)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (h->reserved[i])
			return no(reason, VPRIM_XSTATE_BAD_RESERVED,
				  VPRIM_XSTATE_NO_BIT, VPRIM_XSTATE_NO_BIT);
	return 0;
}

static int mxcsr_legal(const struct vprim_xstate_header *h,
		       const struct vprim_xstate_limits *limits,
		       struct vprim_xstate_reason *reason)
{
	uint32_t mask = limits->mxcsr_mask;

	if (!(h->mxcsr & ~(mask ? mask : VPRIM_XSTATE_MXCSR_MASK)))
		return 0;
	return no(reason, VPRIM_XSTATE_BAD_MXCSR, VPRIM_XSTATE_NO_BIT,
		  VPRIM_XSTATE_NO_BIT);
}

#define SSE VPRIM_XSTATE_BIT(VPRIM_XSTATE_SSE)
#define SSE_AVX (SSE | VPRIM_XSTATE_BIT(VPRIM_XSTATE_AVX))

static int check_standard(const struct vprim_xstate_header *h,
			  const struct vprim_xstate_limits *limits,
			  struct vprim_xstate_reason *reason)
{
	int ret = only(limits->user, h->xstate_bv, VPRIM_XSTATE_BAD_XSTATE_BV,
		       reason);

	if (!ret)
		ret = only(0, h->xcomp_bv, VPRIM_XSTATE_BAD_XCOMP_BV, reason);
	/* Header bytes 16 to 23; the other reserved ones are not looked at. */
	if (!ret)
		ret = reserved_zero(h, 8, reason);
	if (!ret && limits->user & limits->requested & SSE_AVX)
		ret = mxcsr_legal(h, limits, reason);
	return ret;
}

static int check_compacted(const struct vprim_xstate_header *h,
			   uint64_t allowed,
			   const struct vprim_xstate_limits *limits,
			   struct vprim_xstate_reason *reason)
{
	uint64_t room = h->xcomp_bv & ~VPRIM_XSTATE_XCOMP_COMPACTED;
	int ret = only(allowed, room, VPRIM_XSTATE_BAD_XCOMP_BV, reason);

	if (!ret)
		ret = only(room, h->xstate_bv, VPRIM_XSTATE_BAD_XSTATE_BV, reason);
	if (!ret)
		ret = reserved_zero(h, sizeof(h->reserved), reason);
	if (!ret && allowed & limits->requested & h->xstate_bv & SSE)
		ret = mxcsr_legal(h, limits, reason);
	return ret;
}

static int check_xrstor(const struct vprim_xstate_header *h,
			const struct vprim_xstate_limits *limits,
			struct vprim_xstate_reason *reason)
{
	if (!(h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED))
		return check_standard(h, limits, reason);
	if (!(limits->features & VPRIM_XSTATE_HAS_XSAVEC))
		return no(reason, VPRIM_XSTATE_BAD_XSAVEC, VPRIM_XSTATE_NO_BIT,
			  VPRIM_XSTATE_NO_BIT);
	return check_compacted(h, limits->user, limits, reason);
}

static int check_xrstors(const struct vprim_xstate_header *h,
			 const struct vprim_xstate_limits *limits,
			 struct vprim_xstate_reason *reason)
{
	if (limits->cpl)
		return no(reason, VPRIM_XSTATE_BAD_CPL, VPRIM_XSTATE_NO_BIT,
			  VPRIM_XSTATE_NO_BIT);
	if (!(h->xcomp_bv & VPRIM_XSTATE_XCOMP_COMPACTED))
		return no(reason, VPRIM_XSTATE_BAD_FORMAT, VPRIM_XSTATE_NO_BIT,
			  VPRIM_XSTATE_NO_BIT);
	return check_compacted(h, limits->user | limits->supervisor, limits,
			       reason);
}

static int check_uabi(const struct vprim_xstate_header *h,
		      const struct vprim_xstate_limits *limits,
		      struct vprim_xstate_reason *reason)
{
	uint64_t uses_mxcsr = XSTATE_FPSSE | SSE_AVX;
	int ret = only(limits->user, h->xstate_bv, VPRIM_XSTATE_BAD_XSTATE_BV,
		       reason);

	if (!ret)
		ret = only(0, h->xcomp_bv, VPRIM_XSTATE_BAD_XCOMP_BV, reason);
	if (!ret)
		ret = reserved_zero(h, sizeof(h->reserved), reason);
	if (!ret && h->xstate_bv & uses_mxcsr)
		ret = mxcsr_legal(h, limits, reason);
	return ret;
}

int vprim_xstate_check_header(const struct vprim_xstate_header *header,
			      enum vprim_xstate_loader by,
			      const struct vprim_xstate_limits *limits,
			      struct vprim_xstate_reason *reason)
{
	if (!header || !limits)
		return xstate_misuse(reason);
	switch (by) {
	case VPRIM_XSTATE_BY_XRSTOR:
		return check_xrstor(header, limits, reason);
	case VPRIM_XSTATE_BY_XRSTORS:
		return check_xrstors(header, limits, reason);
	case VPRIM_XSTATE_BY_UABI:
	case VPRIM_XSTATE_BY_KVM:
		return check_uabi(header, limits, reason);
	}
	return xstate_misuse(reason);
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

static enum vprim_xstate_rule judge_frame(const uint8_t *frame, size_t len,
					  const struct sw *sw, uint32_t user_size)
{
	if (sw->magic1 != VPRIM_XSTATE_MAGIC1)
		return VPRIM_XSTATE_BAD_MAGIC1;
	if (sw->size_bytes < VPRIM_XSTATE_BASE_BYTES)
		return VPRIM_XSTATE_BAD_FRAME_SMALL;
	if (sw->size_bytes > user_size)
		return VPRIM_XSTATE_BAD_FRAME_LARGE;
	if (sw->size_bytes > sw->extended_bytes)
		return VPRIM_XSTATE_BAD_FRAME_EXTENT;
	if (len < 4 || len - 4 < sw->size_bytes ||
	    vprim_load_le32(frame + sw->size_bytes) != VPRIM_XSTATE_MAGIC2)
		return VPRIM_XSTATE_BAD_MAGIC2;
	return VPRIM_XSTATE_OK;
}

int vprim_xstate_frame_read(const uint8_t *frame, size_t len, uint32_t user_size,
			    struct vprim_xstate_frame *out,
			    struct vprim_xstate_reason *reason)
{
	enum vprim_xstate_rule rule;
	const uint8_t *p;
	struct sw sw;

	if (!frame || !out || len < VPRIM_XSTATE_LEGACY_BYTES)
		return xstate_misuse(reason);
	p = frame + VPRIM_XSTATE_SW_OFFSET;
	sw.magic1 = vprim_load_le32(p);
	sw.extended_bytes = vprim_load_le32(p + 4);
	sw.features = vprim_load_le64(p + 8);
	sw.size_bytes = vprim_load_le32(p + 16);
	rule = judge_frame(frame, len, &sw, user_size);

	out->fx_only = rule != VPRIM_XSTATE_OK;
	out->features = out->fx_only ? XSTATE_FPSSE : sw.features;
	out->size_bytes = out->fx_only ? VPRIM_XSTATE_LEGACY_BYTES :
					 sw.size_bytes;
	out->extended_bytes = out->fx_only ? 0 : sw.extended_bytes;
	return xstate_refuse(reason, 0, rule, VPRIM_XSTATE_NO_BIT,
			     VPRIM_XSTATE_NO_BIT);
}

int vprim_xstate_frame_write(uint8_t *frame, size_t len, uint64_t features,
			     uint32_t size_bytes)
{
	uint8_t *p;

	if (!frame || size_bytes < VPRIM_XSTATE_BASE_BYTES ||
	    size_bytes > UINT32_MAX - 4)
		return -EINVAL;
	if (len < 4 || len - 4 < size_bytes)
		return -EMSGSIZE;
	p = frame + VPRIM_XSTATE_SW_OFFSET;
	memset(p, 0, VPRIM_XSTATE_SW_BYTES);
	vprim_store_le32(p, VPRIM_XSTATE_MAGIC1);
	vprim_store_le32(p + 4, size_bytes + 4);
	vprim_store_le64(p + 8, features);
	vprim_store_le32(p + 16, size_bytes);
	vprim_store_le32(frame + size_bytes, VPRIM_XSTATE_MAGIC2);
	return 0;
}
