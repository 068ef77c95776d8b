// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The builder of capability chains, and the server's side of argsz.
 *
 * Linux grows a buffer and shifts the links when it knows the info struct. Here
 * the info struct is named at init, so that every link is final when it is
 * written, and the shift only closes the chain.
 *
 * Invariants of an open chain: header + size fits in 32 bits and size is a
 * multiple of 8; while size is at most the capacity, the buffer holds all of the
 * chain, and last is its last header.
 */
#include "vfio_cap_bytes.h"

const struct cap_form vprim_vfio_cap_form_[] = {
	[VPRIM_VFIO_CAP_REGION] = { 32, 32, 32, VPRIM_VFIO_CAP_REGION_CAPS },
	[VPRIM_VFIO_CAP_DEVICE] = { 16, 24, 20, VPRIM_VFIO_CAP_DEVICE_CAPS },
	[VPRIM_VFIO_CAP_IOMMU] = { 16, 24, 20, VPRIM_VFIO_CAP_IOMMU_CAPS },
};

int vprim_vfio_cap_chain_init(struct vprim_vfio_cap_chain *chain,
			      uint32_t options, uint32_t header_bytes,
			      void *buf, size_t capacity_bytes)
{
	if (!vprim_vfio_cap_options_ok_(options) || header_bytes % 4)
		return -EINVAL;
	memset(chain, 0, sizeof(*chain));
	chain->buf_ = buf;
	if (buf)
		chain->capacity_bytes_ = capacity_bytes < UINT32_MAX ?
					     (uint32_t)capacity_bytes : UINT32_MAX;
	chain->header_bytes_ = header_bytes;
	chain->options_ = options;
	chain->state_ = VPRIM_VFIO_CAP_OPEN;
	return 0;
}

int vprim_vfio_cap_begin_(struct vprim_vfio_cap_chain *chain, uint16_t id,
			  uint16_t version, uint64_t size, struct cap_writer *w)
{
	uint64_t left = UINT32_MAX - vprim_vfio_cap_chain_argsz(chain);
	uint64_t rounded = (size + 7) & ~(uint64_t)7;
	uint32_t at = chain->size_bytes_, before = chain->last_;

	if (!cap_is_open(chain))
		return -EINVAL;
	if (size > left || rounded > left)
		return -EOVERFLOW;
	chain->size_bytes_ += (uint32_t)rounded;
	chain->last_ = at;
	w->p = NULL;
	w->big = vprim_vfio_cap_big_(chain->options_);
	if (chain->size_bytes_ > chain->capacity_bytes_)
		return !chain->buf_ || chain->options_ & VPRIM_VFIO_CAP_COUNT ?
			       0 : -EMSGSIZE;
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

	if (!version || size_bytes < VPRIM_VFIO_CAP_HDR_BYTES)
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

int vprim_vfio_cap_chain_finish(struct vprim_vfio_cap_chain *chain,
				const void **bytes, uint32_t *size_bytes)
{
	if (chain->state_ != VPRIM_VFIO_CAP_SHIFTED)
		return -EINVAL;
	*bytes = chain->buf_;
	*size_bytes = chain->size_bytes_;
	vprim_vfio_cap_chain_drop(chain);
	return 0;
}

void vprim_vfio_cap_chain_drop(struct vprim_vfio_cap_chain *chain)
{
	chain->state_ = VPRIM_VFIO_CAP_DONE;
	chain->size_bytes_ = 0;
}

/* What of a chain to write back for the argsz of @info. */
static void negotiate(const struct vprim_vfio_cap_chain *chain,
		      const struct cap_form *form,
		      const struct vprim_vfio_cap_fixed *info,
		      struct vprim_vfio_cap_reply *r)
{
	uint32_t caps = form->caps, header = chain->header_bytes_;
	uint32_t needed = vprim_vfio_cap_chain_argsz(chain);
	bool user = chain->options_ & VPRIM_VFIO_CAP_VFIO_USER;
	bool total = user || (chain->options_ & VPRIM_VFIO_CAP_IOMMUFD);
	bool any = chain->size_bytes_, fits = info->argsz >= needed;

	r->argsz = total || (any && !fits) ? needed : info->argsz;
	r->flags = info->flags & ~caps;
	if (any && (fits || !user))
		r->flags |= caps;
	r->fixed_bytes = info->argsz < header ? info->argsz : header;
	r->chain_bytes = any && fits ? chain->size_bytes_ : 0;
	r->cap_offset = r->chain_bytes ? header : 0;
	/* Only the region struct is copied in whole, and so echoed. */
	if (!any && form == &vprim_vfio_cap_form_[VPRIM_VFIO_CAP_REGION])
		r->cap_offset = info->cap_offset;
}

int vprim_vfio_cap_chain_reply(struct vprim_vfio_cap_chain *chain,
			       enum vprim_vfio_cap_kind kind,
			       struct vprim_vfio_cap_fixed *info,
			       struct vprim_vfio_cap_reply *reply)
{
	const struct cap_form *form;
	struct vprim_vfio_cap_reply r;

	if (!cap_is_open(chain) || !vprim_vfio_cap_kind_ok_(kind))
		return -EINVAL;
	form = &vprim_vfio_cap_form_[kind];
	if ((chain->header_bytes_ != form->full &&
	     chain->header_bytes_ != form->old) || info->argsz < form->min)
		return -EINVAL;
	negotiate(chain, form, info, &r);
	if (r.chain_bytes > chain->capacity_bytes_)
		return -EMSGSIZE;
	if (r.chain_bytes)
		chain->state_ = VPRIM_VFIO_CAP_SHIFTED;
	else
		vprim_vfio_cap_chain_drop(chain);
	info->argsz = r.argsz;
	info->flags = r.flags;
	info->cap_offset = r.cap_offset;
	*reply = r;
	return 0;
}
