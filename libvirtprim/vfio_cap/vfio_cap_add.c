// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The capabilities of devices and IOMMUs, and the withdrawn ones of regions: what
 * a driver that answers for its regions does not need.
 */
#include "vfio_cap_internal.h"

int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain)
{
	if (!cap_is_open(chain))
		return -EINVAL;
	if (chain->size_bytes_ > chain->capacity_bytes_)
		return -EMSGSIZE;
	chain->state_ = VPRIM_VFIO_CAP_SHIFTED;
	return 0;
}

int vprim_vfio_cap_add_value(struct vprim_vfio_cap_chain *chain,
			     const struct vprim_vfio_cap_value *value)
{
	const struct cap_layout *l = vprim_vfio_cap_layout_(value->kind, value->id,
							    chain->options_);
	const uint8_t *u = (const uint8_t *)&value->u;
	const struct cap_field *f = l->fields;
	uint32_t size = VPRIM_VFIO_CAP_HDR_BYTES, nr = 0, i;
	struct cap_writer w;
	int ret;

	if (!value->version || value->version > l->newest)
		return -EINVAL;
	for (; nr < l->nr && f[nr].since <= value->version; nr++)
		size = f[nr].at + f[nr].width;
	ret = vprim_vfio_cap_begin_(chain, value->id, value->version, size, &w);
	if (ret)
		return ret;
	for (i = 0; i < nr; i++)
		cap_put(&w, f[i].at, f[i].width,
			vprim_load_once(u + f[i].offset, f[i].width,
					vprim_vfio_cap_big_(0)));
	return 0;
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
