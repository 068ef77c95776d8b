// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The client's side of argsz: ask, and come back while there is more.
 */
#include "vfio_cap_internal.h"

int vprim_vfio_cap_query_init(struct vprim_vfio_cap_query *query,
			      enum vprim_vfio_cap_kind kind, uint32_t options,
			      uint32_t limit_bytes, uint32_t retries,
			      struct vprim_reason *why)
{
	struct vprim_vfio_cap_query q = { 0 };
	int ret;

	vprim_reason_clear(why);
	ret = check_form(kind, options, why);
	if (ret)
		return ret;
	q.kind_ = kind;
	q.options_ = options;
	q.argsz_ = vprim_vfio_cap_form_[kind].full;
	q.limit_bytes_ = limit_bytes ? limit_bytes : VPRIM_VFIO_CAP_QUERY_LIMIT;
	q.retries_ = retries ? retries : VPRIM_VFIO_CAP_QUERY_RETRIES;
	if (q.limit_bytes_ < q.argsz_)
		return refuse(why, LIMIT, VALUE(limit_bytes), AT(q.argsz_));
	*query = q;
	return 0;
}

int vprim_vfio_cap_query_request(const struct vprim_vfio_cap_query *query,
				 uint32_t index, void *buf, size_t bytes)
{
	struct vprim_vfio_cap_fixed f = { 0 };

	/* A query that was not begun asks for less than there is to write. */
	if (!vprim_vfio_cap_kind_ok_(query->kind_) ||
	    query->argsz_ < vprim_vfio_cap_form_[query->kind_].full)
		return -EINVAL;
	if (bytes < query->argsz_)
		return -EMSGSIZE;
	f.argsz = query->argsz_;
	f.index = index;
	memset(buf, 0, query->argsz_);
	return vprim_vfio_cap_fixed_store(query->kind_, query->options_, &f, buf,
					  vprim_vfio_cap_form_[query->kind_].min);
}

int vprim_vfio_cap_query_answer(struct vprim_vfio_cap_query *query,
				const void *buf, size_t bytes,
				struct vprim_reason *why)
{
	struct vprim_vfio_cap_fixed f;
	uint32_t needed;
	bool same;
	int ret;

	vprim_reason_clear(why);
	if (bytes > query->argsz_)
		bytes = query->argsz_;
	ret = vprim_vfio_cap_fixed_load(query->kind_, query->options_, buf,
					bytes, &f);
	if (ret || f.argsz < vprim_vfio_cap_form_[query->kind_].min)
		return refuse(why, SHORT, AT(0));
	/* More than was given: there is more, whatever CAPS says of it. */
	needed = f.argsz;
	same = needed <= query->argsz_;
	if (same && (f.cap_offset ||
		     !(f.flags & vprim_vfio_cap_form_[query->kind_].caps)))
		return 0;
	if (same && query->same_)
		return refuse(why, NO_CHAIN, AT(offset_at(query->kind_)));
	if (same)
		needed = query->argsz_;
	if (needed > query->limit_bytes_)
		return refuse(why, TOO_BIG, VALUE(needed),
			      AT(query->limit_bytes_));
	if (!query->retries_)
		return refuse(why, RETRIES, VALUE(needed));
	query->argsz_ = needed;
	query->retries_--;
	query->same_ = same;
	return -EMSGSIZE;
}
