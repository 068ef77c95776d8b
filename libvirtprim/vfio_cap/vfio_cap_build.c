// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The builder of capability chains, and the server's side of argsz.
 *
 * Linux grows a buffer and shifts the links when it knows the info struct. Here
 * the info struct is named at init, so that every link is final when it is
 * written, and the shift only closes the chain.
 *
 * Invariants of an open chain: header + size fits in 32 bits and size is a
 * multiple of 8; while size is at most the room, the buffer holds all of the
 * chain, and last is its last header. Once size is over the room the buffer is
 * not written to again.
 *
 * argsz travels both ways: the size of the caller's buffer in, the size that is
 * needed out. A reply that does not fit is a success with a cap_offset of 0, and
 * with CAPS set but from a vfio-user server.
 */
#include "vfio_cap_bytes.h"

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

int vprim_vfio_cap_begin_(struct vprim_vfio_cap_chain *chain, uint16_t id,
			  uint16_t version, uint64_t size, struct cap_writer *w)
{
	uint64_t rounded;
	uint32_t at, before;

	if (!cap_is_open(chain))
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
	cap_put(w, 0, 2, id);
	cap_put(w, 2, 2, version);
	if (at)
		vprim_vfio_cap_put_(chain->buf_ + before + 4, 4, w->big,
				    chain->header_bytes_ + at);
	return 0;
}

int vprim_vfio_cap_add(struct vprim_vfio_cap_chain *chain, uint16_t id,
		       uint16_t version, const void *payload, size_t size_bytes)
{
	struct cap_writer w;
	int ret;

	if (!version || size_bytes < VPRIM_VFIO_CAP_HDR_BYTES ||
	    (!payload && size_bytes > VPRIM_VFIO_CAP_HDR_BYTES))
		return -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, id, version, size_bytes, &w);
	if (ret)
		return ret;
	if (w.p && payload)
		memcpy(w.p + 8, payload, size_bytes - VPRIM_VFIO_CAP_HDR_BYTES);
	return 0;
}

int vprim_vfio_cap_add_sparse_mmap(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_vfio_cap_area *areas,
				   uint32_t nr)
{
	struct cap_writer w;
	uint32_t i;
	int ret;

	if (nr && !areas)
		return -EINVAL;
	for (i = 0; i < nr; i++)
		if (areas[i].size && areas[i].size - 1 > UINT64_MAX - areas[i].offset)
			return -EINVAL;
	ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_SPARSE_MMAP, 1,
				    16 + (uint64_t)nr * 16, &w);
	if (ret)
		return ret;
	cap_put(&w, 8, 4, nr);
	for (i = 0; w.p && i < nr; i++) {
		cap_put(&w, 16 + i * 16, 8, areas[i].offset);
		cap_put(&w, 24 + i * 16, 8, areas[i].size);
	}
	return 0;
}

int vprim_vfio_cap_add_type(struct vprim_vfio_cap_chain *chain, uint32_t type,
			    uint32_t subtype)
{
	struct cap_writer w;
	int ret = vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_TYPE, 1, 16, &w);

	if (ret)
		return ret;
	cap_put(&w, 8, 4, type);
	cap_put(&w, 12, 4, subtype);
	return 0;
}

int vprim_vfio_cap_add_msix_mappable(struct vprim_vfio_cap_chain *chain)
{
	struct cap_writer w;

	return vprim_vfio_cap_begin_(chain, VPRIM_VFIO_CAP_MSIX_MAPPABLE, 1,
				     VPRIM_VFIO_CAP_HDR_BYTES, &w);
}

int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain)
{
	if (!cap_is_open(chain))
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

static bool form_ok(enum vprim_vfio_cap_kind kind, uint32_t options)
{
	return vprim_vfio_cap_kind_ok_(kind) && vprim_vfio_cap_options_ok_(options);
}

static bool header_ok(enum vprim_vfio_cap_kind kind, uint32_t header_bytes)
{
	return header_bytes == vprim_vfio_cap_full_(kind) ||
	       header_bytes == vprim_vfio_cap_old_(kind);
}

int vprim_vfio_cap_negotiate(enum vprim_vfio_cap_kind kind, uint32_t options,
			     const struct vprim_vfio_cap_fixed *info,
			     uint32_t header_bytes, uint32_t chain_bytes,
			     struct vprim_vfio_cap_reply *reply)
{
	struct vprim_vfio_cap_reply r = { 0 };
	uint32_t caps, needed;
	bool total, fits;

	if (!form_ok(kind, options) || !info || !reply ||
	    !header_ok(kind, header_bytes) ||
	    info->argsz < vprim_vfio_cap_min_(kind))
		return -EINVAL;
	if (chain_bytes > UINT32_MAX - header_bytes)
		return -EOVERFLOW;
	caps = vprim_vfio_cap_caps_(kind);
	needed = header_bytes + chain_bytes;
	total = options & (VPRIM_VFIO_CAP_IOMMUFD | VPRIM_VFIO_CAP_VFIO_USER);
	fits = info->argsz >= needed;
	r.argsz = total || (chain_bytes && !fits) ? needed : info->argsz;
	r.flags = info->flags & ~caps;
	r.fixed_bytes = info->argsz < header_bytes ? info->argsz : header_bytes;
	/* Only the region struct is copied in whole, and so echoed. */
	if (!chain_bytes && kind == VPRIM_VFIO_CAP_REGION)
		r.cap_offset = info->cap_offset;
	if (chain_bytes && (fits || !(options & VPRIM_VFIO_CAP_VFIO_USER)))
		r.flags |= caps;
	if (chain_bytes && fits) {
		r.cap_offset = header_bytes;
		r.chain_bytes = chain_bytes;
	}
	*reply = r;
	return 0;
}

int vprim_vfio_cap_chain_reply(struct vprim_vfio_cap_chain *chain,
			       enum vprim_vfio_cap_kind kind,
			       struct vprim_vfio_cap_fixed *info,
			       struct vprim_vfio_cap_reply *reply)
{
	struct vprim_vfio_cap_reply r;
	int ret;

	if (!chain || !reply || chain->state_ != VPRIM_VFIO_CAP_OPEN)
		return -EINVAL;
	ret = vprim_vfio_cap_negotiate(kind, chain->options_, info,
				       chain->header_bytes_, chain->size_bytes_,
				       &r);
	if (ret)
		return ret;
	if (r.chain_bytes)
		ret = vprim_vfio_cap_chain_shift(chain);
	else
		vprim_vfio_cap_chain_drop(chain);
	if (ret)
		return ret;
	info->argsz = r.argsz;
	info->flags = r.flags;
	info->cap_offset = r.cap_offset;
	*reply = r;
	return 0;
}

int vprim_vfio_cap_fixed_store(enum vprim_vfio_cap_kind kind, uint32_t options,
			       const struct vprim_vfio_cap_fixed *info,
			       void *dst, size_t bytes)
{
	uint8_t raw[VPRIM_VFIO_CAP_REGION_BYTES] = { 0 };
	bool big = vprim_vfio_cap_big_(options);

	if (!form_ok(kind, options) || !info || !dst ||
	    bytes < VPRIM_VFIO_CAP_MIN_BYTES ||
	    bytes > vprim_vfio_cap_full_(kind))
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
	case VPRIM_VFIO_CAP_IOMMU:
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

	if (!form_ok(kind, options) || !src || !info ||
	    bytes < vprim_vfio_cap_min_(kind))
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
	case VPRIM_VFIO_CAP_IOMMU:
		f.pgsizes = vprim_load_once(p + 8, 8, big);
		break;
	}
	if (kind != VPRIM_VFIO_CAP_REGION && bytes >= VPRIM_VFIO_CAP_OLD_BYTES)
		f.cap_offset = get32(p + 16, big);
	*info = f;
	return 0;
}
