// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The capabilities of devices and IOMMUs, and the withdrawn ones of regions: what
 * a driver that answers for its regions does not need.
 */
#include "vfio_cap_bytes.h"

#include <virtprim/vfio_cap.h>

int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain)
{
	if (!cap_is_open(chain))
		return -EINVAL;
	if (chain->size_bytes_ > chain->capacity_bytes_)
		return -EMSGSIZE;
	chain->state_ = VPRIM_VFIO_CAP_SHIFTED;
	return 0;
}

int vprim_vfio_cap_add_nvlink2_ssatgt(struct vprim_vfio_cap_chain *chain,
				      uint64_t tgt)
{
	struct cap_writer w;
	int ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_NVLINK2_SSATGT, 1,
					16, &w);

	if (ret)
		return ret;
	cap_put(&w, 8, 8, tgt);
	return 0;
}

/* A capability whose payload begins with one 32-bit word. */
static int add_u32(struct vprim_vfio_cap_chain *chain, uint16_t id,
		   uint32_t size, uint32_t v)
{
	struct cap_writer w;
	int ret = vprim_vfio_cap_begin_(chain, id, 1, size, &w);

	if (ret)
		return ret;
	cap_put(&w, 8, 4, v);
	return 0;
}

int vprim_vfio_cap_add_nvlink2_lnkspd(struct vprim_vfio_cap_chain *chain,
				      uint32_t link_speed)
{
	return add_u32(chain, VPRIM_VFIO_CAP_NVLINK2_LNKSPD, 16, link_speed);
}

static bool ascending(const struct vprim_range *ranges, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (!vprim_range_is_valid(&ranges[i]) ||
		    (i && ranges[i].start <= ranges[i - 1].last))
			return false;
	return true;
}

int vprim_vfio_cap_add_iova_ranges(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_range *ranges, uint32_t nr)
{
	struct cap_writer w;
	uint32_t i;
	int ret;

	if (!ascending(ranges, nr))
		return -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_IOVA_RANGE, 1,
				    16 + (uint64_t)nr * 16, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 4, nr);
	for (i = 0; w.p && i < nr; i++) {
		cap_put(&w, 16 + i * 16, 8, ranges[i].start);
		cap_put(&w, 24 + i * 16, 8, ranges[i].last);
	}
	return 0;
}

int vprim_vfio_cap_add_migration(struct vprim_vfio_cap_chain *chain,
				 const struct vprim_vfio_cap_migration *m)
{
	struct cap_writer w;
	uint32_t hole;
	int ret;

	if (!cap_is_open(chain))
		return -EINVAL;
	/* 32-bit x86 aligns 64-bit fields to 4 only. */
	hole = chain->options_ & VPRIM_VFIO_CAP_I386 ? 0 : 4;
	ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_MIGRATION, 1, 28 + hole, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 4, m->flags);
	cap_put(&w, 12 + hole, 8, m->pgsizes);
	cap_put(&w, 20 + hole, 8, m->max_bitmap_bytes);
	return 0;
}

int vprim_vfio_cap_add_dma_avail(struct vprim_vfio_cap_chain *chain,
				 uint32_t avail)
{
	return add_u32(chain, VPRIM_VFIO_CAP_DMA_AVAIL, 12, avail);
}

int vprim_vfio_cap_add_atomic_comp(struct vprim_vfio_cap_chain *chain,
				   uint32_t flags)
{
	return add_u32(chain, VPRIM_VFIO_CAP_PCI_ATOMIC_COMP, 16, flags);
}

static bool version_ok(uint16_t version)
{
	return version == 1 || version == 2;
}

int vprim_vfio_cap_add_zpci_base(struct vprim_vfio_cap_chain *chain,
				 const struct vprim_vfio_cap_zpci_base *base)
{
	struct cap_writer w;
	int ret;

	if (!version_ok(base->version))
		return -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_ZPCI_BASE, base->version,
				    base->version > 1 ? 40 : 32, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 8, base->start_dma);
	cap_put(&w, 16, 8, base->end_dma);
	cap_put(&w, 24, 2, base->pchid);
	cap_put(&w, 26, 2, base->vfn);
	cap_put(&w, 28, 2, base->fmb_length);
	cap_put(&w, 30, 1, base->pft);
	cap_put(&w, 31, 1, base->gid);
	if (base->version > 1)
		cap_put(&w, 32, 4, base->fh);
	return 0;
}

int vprim_vfio_cap_add_zpci_group(struct vprim_vfio_cap_chain *chain,
				  const struct vprim_vfio_cap_zpci_group *group)
{
	struct cap_writer w;
	int ret;

	if (!version_ok(group->version))
		return -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_ZPCI_GROUP, group->version,
				    group->version > 1 ? 48 : 40, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 8, group->dasm);
	cap_put(&w, 16, 8, group->msi_addr);
	cap_put(&w, 24, 8, group->flags);
	cap_put(&w, 32, 2, group->mui);
	cap_put(&w, 34, 2, group->noi);
	cap_put(&w, 36, 2, group->maxstbl);
	cap_put(&w, 38, 1, group->pci_version);
	if (group->version > 1)
		cap_put(&w, 40, 2, group->imaxstbl);
	return 0;
}

int vprim_vfio_cap_add_zpci_bytes(struct vprim_vfio_cap_chain *chain, uint16_t id,
				  const void *bytes, size_t size_bytes)
{
	struct cap_writer w;
	uint64_t size;
	int ret;

	if (id != VPRIM_VFIO_CAP_ZPCI_UTIL && id != VPRIM_VFIO_CAP_ZPCI_PFIP)
		return -EINVAL;
	if (vprim_add_overflow(size_bytes, 12, &size))
		return cap_is_open(chain) ? -EOVERFLOW : -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, id, 1, size, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 4, size_bytes);
	if (w.p && size_bytes)
		memcpy(w.p + 12, bytes, size_bytes);
	return 0;
}
