// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The argsz negotiation, both sides, and the fixed part of the info structs.
 *
 * argsz travels both ways: the size of the caller's buffer in, the size that is
 * needed out. A reply that does not fit is a success with a cap_offset of 0, and
 * with CAPS set but from a vfio-user server.
 */
#include "vfio_cap_bytes.h"

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

int vprim_vfio_cap_query_init(struct vprim_vfio_cap_query *query,
			      enum vprim_vfio_cap_kind kind, uint32_t options,
			      uint32_t limit_bytes, uint32_t retries)
{
	struct vprim_vfio_cap_query q = { 0 };

	if (!query || !form_ok(kind, options))
		return -EINVAL;
	q.kind_ = kind;
	q.options_ = options;
	q.argsz_ = vprim_vfio_cap_full_(kind);
	q.limit_bytes_ = limit_bytes ? limit_bytes : VPRIM_VFIO_CAP_QUERY_LIMIT;
	q.retries_ = retries ? retries : VPRIM_VFIO_CAP_QUERY_RETRIES;
	if (q.limit_bytes_ < q.argsz_)
		return -EINVAL;
	*query = q;
	return 0;
}

int vprim_vfio_cap_query_request(const struct vprim_vfio_cap_query *query,
				 uint32_t index, void *buf, size_t bytes)
{
	struct vprim_vfio_cap_fixed f = { 0 };

	/* A query that was not begun asks for less than there is to write. */
	if (!query || !buf || !vprim_vfio_cap_kind_ok_(query->kind_) ||
	    query->argsz_ < vprim_vfio_cap_full_(query->kind_))
		return -EINVAL;
	if (bytes < query->argsz_)
		return -EMSGSIZE;
	f.argsz = query->argsz_;
	f.index = index;
	memset(buf, 0, query->argsz_);
	return vprim_vfio_cap_fixed_store(query->kind_, query->options_, &f, buf,
					  vprim_vfio_cap_min_(query->kind_));
}

int vprim_vfio_cap_query_answer(struct vprim_vfio_cap_query *query,
				const void *buf, size_t bytes)
{
	struct vprim_vfio_cap_fixed f;
	uint32_t needed;
	bool same;
	int ret;

	if (!query)
		return -EINVAL;
	if (bytes > query->argsz_)
		bytes = query->argsz_;
	ret = vprim_vfio_cap_fixed_load(query->kind_, query->options_, buf,
					bytes, &f);
	if (ret || f.argsz < vprim_vfio_cap_min_(query->kind_))
		return -EINVAL;
	/* More than was given: there is more, whatever CAPS says of it. */
	needed = f.argsz;
	same = needed <= query->argsz_;
	if (same && (f.cap_offset ||
		     !(f.flags & vprim_vfio_cap_caps_(query->kind_))))
		return 0;
	if (same && query->same_)
		return -EBADMSG;
	if (same)
		needed = query->argsz_;
	if (needed > query->limit_bytes_ || !query->retries_)
		return -E2BIG;
	query->argsz_ = needed;
	query->retries_--;
	query->same_ = same;
	return -EMSGSIZE;
}
