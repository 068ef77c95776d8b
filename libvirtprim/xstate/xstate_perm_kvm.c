// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * KVM's answers about extended state: masks, sizes, interfaces, leaf 0xD.
 */
#include "xstate_internal.h"

#include <virtprim/xstate_perm.h>

#define XTILEDATA VPRIM_XSTATE_BIT(VPRIM_XSTATE_XTILEDATA)
#define XTILECFG VPRIM_XSTATE_BIT(VPRIM_XSTATE_XTILECFG)
#define APX VPRIM_XSTATE_BIT(VPRIM_XSTATE_APX)
#define CET (VPRIM_XSTATE_BIT(VPRIM_XSTATE_CET_U) | \
	     VPRIM_XSTATE_BIT(VPRIM_XSTATE_CET_S))

/* CET is one feature of two components: half of it is none. */
static uint64_t supported_xss(const struct vprim_xstate_perm_kvm_host *host)
{
	if (!vprim_linux_has(host->release, VPRIM_CHANGE_XSTATE_KVM_CET) ||
	    !host->xsaves || (!host->shstk && !host->ibt))
		return 0;
	return (host->xss & CET) == CET ? CET : 0;
}

struct vprim_xstate_perm_kvm
vprim_xstate_perm_kvm_supported(const struct vprim_xstate_perm_kvm_host *host)
{
	bool apx = vprim_linux_has(host->release, VPRIM_CHANGE_XSTATE_KVM_APX);
	struct vprim_xstate_perm_kvm kvm;

	kvm.xcr0 = host->xcr0 & VPRIM_XSTATE_PERM_USER;
	if (!apx || host->amd)
		kvm.xcr0 &= ~APX;
	if (host->amd)
		kvm.xcr0 &= ~XSTATE_MPX;
	kvm.xss = supported_xss(host);
	kvm.withheld = (host->xcr0 & ~kvm.xcr0) | (host->xss & ~kvm.xss);
	return kvm;
}

uint64_t vprim_xstate_perm_kvm_filtered(uint64_t supported_xcr0,
					uint64_t guest_perm)
{
	uint64_t filtered = supported_xcr0;

	if (filtered & XTILEDATA) {
		filtered &= guest_perm;
		if (!(filtered & XTILEDATA))
			filtered &= ~XTILECFG;
	}
	return filtered;
}

uint64_t vprim_xstate_perm_kvm_xsave2_size(const struct vprim_xstate_table *table,
					   uint64_t filtered)
{
	uint64_t size = vprim_xstate_size_lax(table, filtered,
					      VPRIM_XSTATE_STANDARD);

	return size > VPRIM_XSTATE_PERM_UABI_BYTES ?
		       size : VPRIM_XSTATE_PERM_UABI_BYTES;
}

int vprim_xstate_perm_kvm_get_xsave(const struct vprim_xstate_perm_buffer *buffer,
				    bool fixed,
				    enum vprim_xstate_perm_secrecy secrecy,
				    uint32_t *bytes, struct vprim_reason *why)
{
	vprim_reason_clear(why);
	if (secrecy == VPRIM_XSTATE_PERM_PROTECTED)
		return refuse(why, PERM_PROTECTED);
	if (fixed && buffer->uabi_bytes > VPRIM_XSTATE_PERM_UABI_BYTES)
		return refuse(why, PERM_FIXED, VALUE(buffer->uabi_bytes));
	*bytes = buffer->uabi_bytes;
	if (secrecy == VPRIM_XSTATE_PERM_HIDDEN)
		*bytes = 0;
	else if (fixed)
		*bytes = VPRIM_XSTATE_PERM_UABI_BYTES;
	return 0;
}

static int check_image(const struct vprim_xstate_header *header,
		       const struct vprim_xstate_perm_buffer *buffer,
		       uint64_t supported, uint32_t mxcsr_mask,
		       struct vprim_reason *why)
{
	struct vprim_xstate_limits limits = { .user = buffer->user_features,
					      .mxcsr_mask = mxcsr_mask };
	uint64_t extra = header->xstate_bv & ~supported;

	if (extra)
		return refuse(why, UNSUPPORTED, AT(vprim_ctz64(extra)));
	return vprim_xstate_check_header(header, VPRIM_XSTATE_BY_KVM, &limits,
					 why);
}

int vprim_xstate_perm_kvm_set_xsave(const struct vprim_xstate_header *header,
				    const struct vprim_xstate_perm_buffer *buffer,
				    uint64_t supported, uint32_t mxcsr_mask,
				    enum vprim_xstate_perm_secrecy secrecy,
				    uint64_t *xstate_bv,
				    struct vprim_reason *why)
{
	struct vprim_xstate_header h;
	int ret;

	vprim_reason_clear(why);
	if (secrecy == VPRIM_XSTATE_PERM_PROTECTED)
		return refuse(why, PERM_PROTECTED);
	h = *header;
	if (secrecy == VPRIM_XSTATE_PERM_HIDDEN) {
		h.xstate_bv = 0;
	} else {
		h.xstate_bv &= ~buffer->xfd;
		ret = check_image(&h, buffer, supported, mxcsr_mask, why);
		if (ret)
			return ret;
	}
	if (xstate_bv)
		*xstate_bv = h.xstate_bv;
	return 0;
}

#define MAX_XCRS 16

int vprim_xstate_perm_kvm_set_xcrs(const struct vprim_xstate_perm_xcr *xcrs,
				   uint32_t count, uint32_t flags,
				   uint64_t guest_xcr0, uint64_t *xcr0,
				   struct vprim_reason *why)
{
	uint32_t i;
	int ret;

	vprim_reason_clear(why);
	if (count > MAX_XCRS || flags)
		return vprim_reason_argument_(why);
	for (i = 0; i < count; i++) {
		if (xcrs[i].index)
			continue;
		ret = vprim_xstate_check_xcr0(guest_xcr0, 0, xcrs[i].value,
					      VPRIM_XSTATE_ORDER_KVM, why);
		if (!ret)
			*xcr0 = xcrs[i].value;
		return ret;
	}
	return 0;
}

static uint32_t low(uint64_t v)
{
	return (uint32_t)v;
}

static uint32_t high(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

static void sub_leaf_0(const struct vprim_xstate_table *t,
		       const struct vprim_xstate_perm_kvm_caps *caps,
		       struct vprim_xstate_leaf *leaf)
{
	uint32_t size = low(vprim_xstate_size_lax(t, caps->xcr0,
						  VPRIM_XSTATE_STANDARD));

	leaf->eax = low(t->xcr0 & caps->xcr0);
	leaf->ebx = size;
	leaf->ecx = size;
	leaf->edx = high(t->xcr0 & caps->xcr0);
}

static void sub_leaf_1(const struct vprim_xstate_table *t,
		       const struct vprim_xstate_perm_kvm_caps *caps,
		       struct vprim_xstate_leaf *leaf)
{
	leaf->eax = t->features & caps->features;
	leaf->ebx = 0;
	if (leaf->eax & (VPRIM_XSTATE_HAS_XSAVEC | VPRIM_XSTATE_HAS_XSAVES))
		leaf->ebx = low(vprim_xstate_size_lax(t, caps->xcr0 | caps->xss,
						      VPRIM_XSTATE_COMPACTED));
	leaf->ecx = low(t->xss & caps->xss);
	leaf->edx = high(t->xss & caps->xss);
}

static int sub_leaf_n(const struct vprim_xstate_table *t,
		      const struct vprim_xstate_perm_kvm_caps *caps,
		      uint32_t n, struct vprim_xstate_leaf *leaf)
{
	const struct vprim_xstate_component *c;
	uint32_t supervisor;

	if (n >= VPRIM_XSTATE_COMPONENTS || !xstate_has(caps->xcr0 | caps->xss, n))
		return -ENOENT;
	c = &t->component[n];
	supervisor = xstate_has(caps->xcr0, n) ? 0 : VPRIM_XSTATE_FLAG_SUPERVISOR;
	if (!c->size_bytes ||
	    (c->flags & VPRIM_XSTATE_FLAG_SUPERVISOR) != supervisor)
		return -ENOENT;
	leaf->eax = c->size_bytes;
	leaf->ebx = c->offset;
	leaf->ecx = c->flags;
	if (!(caps->features & VPRIM_XSTATE_HAS_XFD))
		leaf->ecx &= ~VPRIM_XSTATE_FLAG_XFD;
	leaf->edx = 0;
	return 0;
}

int vprim_xstate_perm_kvm_cpuid(const struct vprim_xstate_table *table,
				const struct vprim_xstate_perm_kvm_caps *caps,
				uint32_t sub_leaf,
				struct vprim_xstate_leaf *leaf)
{
	if (sub_leaf >= VPRIM_XSTATE_LEAVES)
		return -EINVAL;
	if (sub_leaf > 1)
		return sub_leaf_n(table, caps, sub_leaf, leaf);
	if (sub_leaf)
		sub_leaf_1(table, caps, leaf);
	else
		sub_leaf_0(table, caps, leaf);
	return 0;
}
