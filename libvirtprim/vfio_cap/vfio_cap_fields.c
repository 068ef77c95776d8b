// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Where the fields of each capability stand, for the side that writes them and the
 * side that reads them. In a file of its own, so that neither brings the other.
 */
#include "vfio_cap_internal.h"

/* @field of the payload, at byte @at behind the start of the header. */
#define FIELD(field, at, since) \
	{ offsetof(union vprim_vfio_cap_payload, field), at, \
	  sizeof(((union vprim_vfio_cap_payload *)0)->field), since }

static const struct cap_field type[] = {
	FIELD(type.type, 8, 1),
	FIELD(type.subtype, 12, 1),
};

static const struct cap_field nvlink2_tgt[] = { FIELD(nvlink2_tgt, 8, 1) };
static const struct cap_field nvlink2_spd[] = { FIELD(nvlink2_spd, 8, 1) };
static const struct cap_field dma_avail[] = { FIELD(dma_avail, 8, 1) };
static const struct cap_field atomic_comp[] = { FIELD(atomic_comp, 8, 1) };

static const struct cap_field migration[] = {
	FIELD(migration.flags, 8, 1),
	FIELD(migration.pgsizes, 16, 1),
	FIELD(migration.max_bitmap_bytes, 24, 1),
};

/* 32-bit x86 aligns 64-bit fields to 4 only. */
static const struct cap_field migration_i386[] = {
	FIELD(migration.flags, 8, 1),
	FIELD(migration.pgsizes, 12, 1),
	FIELD(migration.max_bitmap_bytes, 20, 1),
};

static const struct cap_field zpci_base[] = {
	FIELD(zpci_base.start_dma, 8, 1),
	FIELD(zpci_base.end_dma, 16, 1),
	FIELD(zpci_base.pchid, 24, 1),
	FIELD(zpci_base.vfn, 26, 1),
	FIELD(zpci_base.fmb_length, 28, 1),
	FIELD(zpci_base.pft, 30, 1),
	FIELD(zpci_base.gid, 31, 1),
	FIELD(zpci_base.fh, 32, 2),
};

static const struct cap_field zpci_group[] = {
	FIELD(zpci_group.dasm, 8, 1),
	FIELD(zpci_group.msi_addr, 16, 1),
	FIELD(zpci_group.flags, 24, 1),
	FIELD(zpci_group.mui, 32, 1),
	FIELD(zpci_group.noi, 34, 1),
	FIELD(zpci_group.maxstbl, 36, 1),
	FIELD(zpci_group.pci_version, 38, 1),
	FIELD(zpci_group.imaxstbl, 40, 2),
};

#define LAYOUT(kind, id, fields, newest, options)			\
	{ VPRIM_VFIO_CAP_##kind, VPRIM_VFIO_CAP_##id, newest,		\
	  VPRIM_ARRAY_LEN(fields), options, fields }

static const struct cap_layout layouts[] = {
	LAYOUT(REGION, TYPE, type, 1, 0),
	{ VPRIM_VFIO_CAP_REGION, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1, 0, 0, NULL },
	LAYOUT(REGION, NVLINK2_SSATGT, nvlink2_tgt, 1, 0),
	LAYOUT(REGION, NVLINK2_LNKSPD, nvlink2_spd, 1, 0),
	LAYOUT(DEVICE, ZPCI_BASE, zpci_base, 2, 0),
	LAYOUT(DEVICE, ZPCI_GROUP, zpci_group, 2, 0),
	LAYOUT(DEVICE, PCI_ATOMIC_COMP, atomic_comp, 1, 0),
	LAYOUT(IOMMU, MIGRATION, migration_i386, 1, VPRIM_VFIO_CAP_I386),
	LAYOUT(IOMMU, MIGRATION, migration, 1, 0),
	LAYOUT(IOMMU, DMA_AVAIL, dma_avail, 1, 0),
	{ .newest = 0 },
};

const struct cap_layout *vprim_vfio_cap_layout_(enum vprim_vfio_cap_kind kind,
						uint16_t id, uint32_t options)
{
	const struct cap_layout *l = layouts;

	while (l->newest && (l->kind != kind || l->id != id ||
			     l->options & ~options))
		l++;
	return l;
}
