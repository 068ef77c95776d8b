// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The fixed part of the info structs as bytes, for a side whose structs are not
 * the kernel's own.
 */
#include "vfio_cap_bytes.h"

#include <virtprim/vfio_cap.h>

static bool form_ok(enum vprim_vfio_cap_kind kind, uint32_t options)
{
	return vprim_vfio_cap_kind_ok_(kind) && vprim_vfio_cap_options_ok_(options);
}

int vprim_vfio_cap_fixed_store(enum vprim_vfio_cap_kind kind, uint32_t options,
			       const struct vprim_vfio_cap_fixed *info,
			       void *dst, size_t bytes)
{
	uint8_t raw[VPRIM_VFIO_CAP_REGION_BYTES] = { 0 };
	bool big = vprim_vfio_cap_big_(options);

	if (!form_ok(kind, options) || bytes < VPRIM_VFIO_CAP_MIN_BYTES ||
	    bytes > vprim_vfio_cap_form_[kind].full)
		return -EINVAL;
	vprim_vfio_cap_put_(raw, 4, big, info->argsz);
	vprim_vfio_cap_put_(raw + 4, 4, big, info->flags);
	switch (kind) {
	case VPRIM_VFIO_CAP_REGION:
		vprim_vfio_cap_put_(raw + 8, 4, big, info->index);
		vprim_vfio_cap_put_(raw + 12, 4, big, info->cap_offset);
		vprim_vfio_cap_put_(raw + 16, 8, big, info->size);
		vprim_vfio_cap_put_(raw + 24, 8, big, info->offset);
		break;
	case VPRIM_VFIO_CAP_DEVICE:
		vprim_vfio_cap_put_(raw + 8, 4, big, info->num_regions);
		vprim_vfio_cap_put_(raw + 12, 4, big, info->num_irqs);
		vprim_vfio_cap_put_(raw + 16, 4, big, info->cap_offset);
		break;
	default:	/* VPRIM_VFIO_CAP_IOMMU */
		vprim_vfio_cap_put_(raw + 8, 8, big, info->pgsizes);
		vprim_vfio_cap_put_(raw + 16, 4, big, info->cap_offset);
		break;
	}
	memcpy(dst, raw, bytes);
	return 0;
}

static uint32_t get32(const uint8_t *p, bool big)
{
	return (uint32_t)vprim_load_once(p, 4, big);
}

int vprim_vfio_cap_fixed_load(enum vprim_vfio_cap_kind kind, uint32_t options,
			      const void *src, size_t bytes,
			      struct vprim_vfio_cap_fixed *info)
{
	struct vprim_vfio_cap_fixed f = { 0 };
	bool big = vprim_vfio_cap_big_(options);
	const uint8_t *p = src;

	if (!form_ok(kind, options) || bytes < vprim_vfio_cap_form_[kind].min)
		return -EINVAL;
	f.argsz = get32(p, big);
	f.flags = get32(p + 4, big);
	switch (kind) {
	case VPRIM_VFIO_CAP_REGION:
		f.index = get32(p + 8, big);
		f.cap_offset = get32(p + 12, big);
		f.size = vprim_load_once(p + 16, 8, big);
		f.offset = vprim_load_once(p + 24, 8, big);
		break;
	case VPRIM_VFIO_CAP_DEVICE:
		f.num_regions = get32(p + 8, big);
		f.num_irqs = get32(p + 12, big);
		break;
	default:	/* VPRIM_VFIO_CAP_IOMMU */
		f.pgsizes = vprim_load_once(p + 8, 8, big);
		break;
	}
	if (kind != VPRIM_VFIO_CAP_REGION && bytes >= VPRIM_VFIO_CAP_OLD_BYTES)
		f.cap_offset = get32(p + 16, big);
	*info = f;
	return 0;
}
