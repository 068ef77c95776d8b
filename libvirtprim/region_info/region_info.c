// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The core of VFIO_DEVICE_GET_REGION_INFO.
 *
 * One function owns the chain from its first capability to the end, so that
 * there is one place where it is dropped after an error.
 */
#include <virtprim/region_info.h>

static int ask(const struct vprim_region_info_ops *ops, void *device,
	       struct vprim_vfio_cap_fixed *fixed,
	       struct vprim_vfio_cap_chain *chain)
{
	struct vprim_region_info info = { .index = fixed->index };
	int ret;

	if (chain->state_ != VPRIM_VFIO_CAP_OPEN || chain->size_bytes_ ||
	    chain->header_bytes_ != VPRIM_VFIO_CAP_REGION_BYTES ||
	    fixed->argsz < VPRIM_VFIO_CAP_REGION_BYTES)
		return -EINVAL;
	/* A driver need not know how much room its caller has. */
	chain->options_ |= VPRIM_VFIO_CAP_COUNT;
	ret = ops->get_region_info_caps(device, &info, chain);
	if (ret)
		return ret > VPRIM_REGION_INFO_NOT_MINE ? -EINVAL : ret;
	fixed->flags = info.flags;
	fixed->size = info.size;
	fixed->offset = info.offset;
	return 0;
}

int vprim_region_info_get(const struct vprim_region_info_ops *ops, void *device,
			  struct vprim_vfio_cap_fixed *info,
			  struct vprim_vfio_cap_chain *chain,
			  struct vprim_vfio_cap_reply *reply)
{
	struct vprim_vfio_cap_fixed fixed = *info;
	int ret = ask(ops, device, &fixed, chain);

	if (!ret) {
		ret = vprim_vfio_cap_chain_reply(chain, VPRIM_VFIO_CAP_REGION,
						 &fixed, reply);
		if (ret == -EMSGSIZE)
			reply->argsz = vprim_vfio_cap_chain_argsz(chain);
	}
	if (ret)
		vprim_vfio_cap_chain_drop(chain);
	else
		*info = fixed;
	return ret;
}
