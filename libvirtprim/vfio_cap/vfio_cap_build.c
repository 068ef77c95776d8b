// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The builder of capability chains.
 *
 * Linux grows a buffer and shifts the links when it knows the info struct. Here
 * the info struct is named at init, so that every link is final when it is
 * written, and the shift only closes the chain.
 *
 * Invariants of an open chain: header + size fits in 32 bits and size is a
 * multiple of 8; while size is at most the room, the buffer holds all of the
 * chain, and last is its last header. Once size is over the room the buffer is
 * not written to again.
 */
#include "vfio_cap_bytes.h"

/* Where the fields of one new capability go; nowhere when it is only counted. */
struct writer {
	uint8_t *p;
	bool big;
};

static void put(const struct writer *w, uint32_t at, unsigned int width,
		uint64_t v)
{
	if (w->p)
		vprim_vfio_cap_put_(w->p + at, width, w->big, v);
}

static void put_bytes(const struct writer *w, uint32_t at, const void *bytes,
		      size_t size)
{
	if (w->p && size)
		memcpy(w->p + at, bytes, size);
}

int vprim_vfio_cap_chain_init(struct vprim_vfio_cap_chain *chain,
			      uint32_t options, uint32_t header_bytes,
			      void *buf, size_t room_bytes)
{
	if (!chain || !vprim_vfio_cap_options_ok_(options) ||
	    header_bytes % 4 || (!buf && room_bytes))
		return -EINVAL;
	memset(chain, 0, sizeof(*chain));
	chain->buf_ = buf;
	chain->room_bytes_ = room_bytes < UINT32_MAX ? (uint32_t)room_bytes :
						       UINT32_MAX;
	chain->header_bytes_ = header_bytes;
	chain->options_ = options;
	chain->state_ = VPRIM_VFIO_CAP_OPEN;
	return 0;
}

static bool is_open(const struct vprim_vfio_cap_chain *chain)
{
	return chain && chain->state_ == VPRIM_VFIO_CAP_OPEN;
}

/* Count @size bytes, and store the header and zeros when there is room. */
static int begin(struct vprim_vfio_cap_chain *chain, uint16_t id,
		 uint16_t version, uint64_t size, struct writer *w)
{
	uint64_t rounded;
	uint32_t at, before;

	if (!is_open(chain))
		return -EINVAL;
	if (vprim_add_overflow(size, 7, &rounded) ||
	    (rounded & ~(uint64_t)7) >
		    UINT32_MAX - (uint64_t)vprim_vfio_cap_chain_argsz(chain))
		return -EOVERFLOW;
	rounded &= ~(uint64_t)7;
	at = chain->size_bytes_;
	before = chain->last_;
	chain->size_bytes_ += (uint32_t)rounded;
	chain->last_ = at;
	w->p = NULL;
	w->big = vprim_vfio_cap_big_(chain->options_);
	if (chain->size_bytes_ > chain->room_bytes_) {
		bool silent = !chain->buf_ ||
			      (chain->options_ & VPRIM_VFIO_CAP_COUNT);

		return silent ? 0 : -EMSGSIZE;
	}
	w->p = chain->buf_ + at;
	memset(w->p, 0, (size_t)rounded);
	put(w, 0, 2, id);
	put(w, 2, 2, version);
	if (at)
		vprim_vfio_cap_put_(chain->buf_ + before + 4, 4, w->big,
				    chain->header_bytes_ + at);
	return 0;
}

int vprim_vfio_cap_add(struct vprim_vfio_cap_chain *chain, uint16_t id,
		       uint16_t version, const void *payload, size_t size_bytes)
{
	struct writer w;
	int ret;

	if (!version || size_bytes < VPRIM_VFIO_CAP_HDR_BYTES ||
	    (!payload && size_bytes > VPRIM_VFIO_CAP_HDR_BYTES))
		return -EINVAL;
	ret = begin(chain, id, version, size_bytes, &w);
	if (ret)
		return ret;
	put_bytes(&w, 8, payload, size_bytes - VPRIM_VFIO_CAP_HDR_BYTES);
	return 0;
}

int vprim_vfio_cap_add_sparse_mmap(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_vfio_cap_area *areas,
				   uint32_t nr)
{
	struct vprim_range r;
	struct writer w;
	uint32_t i;
	int ret;

	if (nr && !areas)
		return -EINVAL;
	for (i = 0; i < nr; i++)
		if (areas[i].size && vprim_range_from_size(areas[i].offset,
							   areas[i].size, &r))
			return -EINVAL;
	ret = begin(chain, VPRIM_VFIO_CAP_SPARSE_MMAP, 1,
		    16 + (uint64_t)nr * 16, &w);
	if (ret)
		return ret;
	put(&w, 8, 4, nr);
	for (i = 0; w.p && i < nr; i++) {
		put(&w, 16 + i * 16, 8, areas[i].offset);
		put(&w, 24 + i * 16, 8, areas[i].size);
	}
	return 0;
}

int vprim_vfio_cap_add_type(struct vprim_vfio_cap_chain *chain, uint32_t type,
			    uint32_t subtype)
{
	struct writer w;
	int ret = begin(chain, VPRIM_VFIO_CAP_TYPE, 1, 16, &w);

	if (ret)
		return ret;
	put(&w, 8, 4, type);
	put(&w, 12, 4, subtype);
	return 0;
}

int vprim_vfio_cap_add_msix_mappable(struct vprim_vfio_cap_chain *chain)
{
	struct writer w;

	return begin(chain, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1,
		     VPRIM_VFIO_CAP_HDR_BYTES, &w);
}

int vprim_vfio_cap_add_nvlink2_ssatgt(struct vprim_vfio_cap_chain *chain,
				      uint64_t tgt)
{
	struct writer w;
	int ret = begin(chain, VPRIM_VFIO_CAP_NVLINK2_SSATGT, 1, 16, &w);

	if (ret)
		return ret;
	put(&w, 8, 8, tgt);
	return 0;
}

/* A capability whose payload begins with one 32-bit word. */
static int add_u32(struct vprim_vfio_cap_chain *chain, uint16_t id,
		   uint32_t size, uint32_t v)
{
	struct writer w;
	int ret = begin(chain, id, 1, size, &w);

	if (ret)
		return ret;
	put(&w, 8, 4, v);
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
	struct writer w;
	uint32_t i;
	int ret;

	if ((nr && !ranges) || !ascending(ranges, nr))
		return -EINVAL;
	ret = begin(chain, VPRIM_VFIO_CAP_IOVA_RANGE, 1,
		    16 + (uint64_t)nr * 16, &w);
	if (ret)
		return ret;
	put(&w, 8, 4, nr);
	for (i = 0; w.p && i < nr; i++) {
		put(&w, 16 + i * 16, 8, ranges[i].start);
		put(&w, 24 + i * 16, 8, ranges[i].last);
	}
	return 0;
}

int vprim_vfio_cap_add_migration(struct vprim_vfio_cap_chain *chain,
				 const struct vprim_vfio_cap_migration *m)
{
	struct writer w;
	uint32_t hole;
	int ret;

	if (!m || !is_open(chain))
		return -EINVAL;
	/* 32-bit x86 aligns 64-bit fields to 4 only. */
	hole = chain->options_ & VPRIM_VFIO_CAP_I386 ? 0 : 4;
	ret = begin(chain, VPRIM_VFIO_CAP_MIGRATION, 1, 28 + hole, &w);
	if (ret)
		return ret;
	put(&w, 8, 4, m->flags);
	put(&w, 12 + hole, 8, m->pgsizes);
	put(&w, 20 + hole, 8, m->max_bitmap_bytes);
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
	struct writer w;
	int ret;

	if (!base || !version_ok(base->version))
		return -EINVAL;
	ret = begin(chain, VPRIM_VFIO_CAP_ZPCI_BASE, base->version,
		    base->version > 1 ? 40 : 32, &w);
	if (ret)
		return ret;
	put(&w, 8, 8, base->start_dma);
	put(&w, 16, 8, base->end_dma);
	put(&w, 24, 2, base->pchid);
	put(&w, 26, 2, base->vfn);
	put(&w, 28, 2, base->fmb_length);
	put(&w, 30, 1, base->pft);
	put(&w, 31, 1, base->gid);
	if (base->version > 1)
		put(&w, 32, 4, base->fh);
	return 0;
}

int vprim_vfio_cap_add_zpci_group(struct vprim_vfio_cap_chain *chain,
				  const struct vprim_vfio_cap_zpci_group *group)
{
	struct writer w;
	int ret;

	if (!group || !version_ok(group->version))
		return -EINVAL;
	ret = begin(chain, VPRIM_VFIO_CAP_ZPCI_GROUP, group->version,
		    group->version > 1 ? 48 : 40, &w);
	if (ret)
		return ret;
	put(&w, 8, 8, group->dasm);
	put(&w, 16, 8, group->msi_addr);
	put(&w, 24, 8, group->flags);
	put(&w, 32, 2, group->mui);
	put(&w, 34, 2, group->noi);
	put(&w, 36, 2, group->maxstbl);
	put(&w, 38, 1, group->pci_version);
	if (group->version > 1)
		put(&w, 40, 2, group->imaxstbl);
	return 0;
}

static int add_bytes(struct vprim_vfio_cap_chain *chain, uint16_t id,
		     const void *bytes, size_t size_bytes)
{
	struct writer w;
	uint64_t size;
	int ret;

	if (!bytes && size_bytes)
		return -EINVAL;
	if (vprim_add_overflow(size_bytes, 12, &size))
		return is_open(chain) ? -EOVERFLOW : -EINVAL;
	ret = begin(chain, id, 1, size, &w);
	if (ret)
		return ret;
	put(&w, 8, 4, size_bytes);
	put_bytes(&w, 12, bytes, size_bytes);
	return 0;
}

int vprim_vfio_cap_add_zpci_util(struct vprim_vfio_cap_chain *chain,
				 const void *bytes, size_t size_bytes)
{
	return add_bytes(chain, VPRIM_VFIO_CAP_ZPCI_UTIL, bytes, size_bytes);
}

int vprim_vfio_cap_add_zpci_pfip(struct vprim_vfio_cap_chain *chain,
				 const void *bytes, size_t size_bytes)
{
	return add_bytes(chain, VPRIM_VFIO_CAP_ZPCI_PFIP, bytes, size_bytes);
}

int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain)
{
	if (!is_open(chain))
		return -EINVAL;
	if (chain->size_bytes_ > chain->room_bytes_)
		return -EMSGSIZE;
	chain->state_ = VPRIM_VFIO_CAP_SHIFTED;
	return 0;
}

int vprim_vfio_cap_chain_finish(struct vprim_vfio_cap_chain *chain,
				const void **bytes, uint32_t *size_bytes)
{
	if (!chain || !bytes || !size_bytes ||
	    chain->state_ != VPRIM_VFIO_CAP_SHIFTED)
		return -EINVAL;
	*bytes = chain->buf_;
	*size_bytes = chain->size_bytes_;
	vprim_vfio_cap_chain_drop(chain);
	return 0;
}

void vprim_vfio_cap_chain_drop(struct vprim_vfio_cap_chain *chain)
{
	if (!chain)
		return;
	chain->state_ = VPRIM_VFIO_CAP_DONE;
	chain->size_bytes_ = 0;
	chain->last_ = 0;
	chain->buf_ = NULL;
	chain->room_bytes_ = 0;
}
