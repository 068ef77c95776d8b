// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* IOMMUs as real kernels have described them. */
#include "mock_internal.h"

static const struct vprim_iova_windows_reserved x86[] = {
	{ { 0xfee00000, 0xfeefffff }, VPRIM_IOVA_WINDOWS_MSI },
};

/* AMD: HyperTransport's addresses below 1 TiB. */
static const struct vprim_iova_windows_reserved amd[] = {
	{ { 0xfee00000, 0xfeefffff }, VPRIM_IOVA_WINDOWS_MSI },
	{ { 0xfd00000000, 0xffffffffff }, VPRIM_IOVA_WINDOWS_RESERVED },
};

static const struct vprim_mock_iommu known[] = {
	{ .name = "intel39", .vtd = true, .aperture = { 0, 0x7fffffffff },
	  .pgsize_bitmap = 0x40201000, .reserved = x86, .nr_reserved = 1 },
	{ .name = "intel48", .vtd = true, .aperture = { 0, 0xffffffffffff },
	  .pgsize_bitmap = 0x40201000, .reserved = x86, .nr_reserved = 1 },
	{ .name = "amd", .aperture = { 0, UINT64_MAX },
	  .pgsize_bitmap = 0xfff7ffffff000, .reserved = amd, .nr_reserved = 2,
	  .dirty_tracking = true },
	{ .name = "virtio64", .aperture = { 0, UINT64_MAX },
	  .pgsize_bitmap = 0xfffffffffffff000, .reserved = x86, .nr_reserved = 1 },
	{ .name = "none", .aperture = { 0, UINT64_MAX },
	  .pgsize_bitmap = 0xfffffffffffff000, .emulated = true },
};

const struct vprim_mock_iommu *vprim_mock_iommu_find(const char *name)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(known); i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}
