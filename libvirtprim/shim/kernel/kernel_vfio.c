// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * GET_REGION_INFO of a vfio_device.
 *
 * The chain's bytes need memory, and how much only the driver's operation knows:
 * it is asked once to measure, then again to fill.
 */
#include <virtprim/kernel.h>
#include <virtprim/kernel_vfio.h>

#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

/* Bytes of all capabilities, or a negative errno. */
static int measure(struct vfio_device *vdev,
		   const struct vprim_region_info_ops *ops, u32 index,
		   u32 *bytes)
{
	struct vprim_region_info region = { .index = index };
	struct vprim_vfio_cap_chain chain;
	int ret;

	if (!ops || !ops->get_region_info_caps)
		return -EINVAL;
	ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_COUNT, 0, NULL,
					0);
	if (!ret)
		ret = ops->get_region_info_caps(vdev, &region, &chain);
	*bytes = vprim_vfio_cap_chain_argsz(&chain);
	vprim_vfio_cap_chain_drop(&chain);
	return ret > 0 ? -EINVAL : ret;
}

/* The chain behind the struct, then the struct, which names the chain. */
static int copy_out(struct vfio_region_info __user *arg,
		    const struct vfio_region_info *info,
		    struct vprim_vfio_cap_chain *chain,
		    const struct vprim_vfio_cap_reply *reply)
{
	const void *bytes;
	u32 size;
	int ret;

	if (reply->chain_bytes) {
		ret = vprim_vfio_cap_chain_finish(chain, &bytes, &size);
		if (ret)
			return ret;
		if (copy_to_user(arg + 1, bytes, size))
			return -EFAULT;
	}
	return copy_to_user(arg, info, sizeof(*info)) ? -EFAULT : 0;
}

int vprim_kernel_vfio_region_info(struct vfio_device *vdev,
				  const struct vprim_region_info_ops *ops,
				  struct vfio_region_info __user *arg)
{
	struct vprim_vfio_cap_reply reply;
	struct vprim_vfio_cap_chain chain;
	struct vfio_region_info info;
	void *buf = NULL;
	u32 room;
	int ret;

	BUILD_BUG_ON(sizeof(info) != VPRIM_VFIO_CAP_REGION_BYTES);
	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info))
		return -EINVAL;
	ret = measure(vdev, ops, info.index, &room);
	if (ret)
		return ret;
	if (room) {
		buf = kvmalloc(room, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	ret = vprim_vfio_cap_chain_init(&chain, 0, sizeof(info), buf, room);
	if (!ret)
		ret = vprim_region_info_get(ops, vdev, &info, sizeof(info),
					    &chain, &reply);
	if (!ret)
		ret = copy_out(arg, &info, &chain, &reply);
	kvfree(buf);
	return ret;
}

int vprim_kernel_vfio_region_info_caps(struct vfio_device *vdev,
				       const struct vprim_region_info_ops *ops,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps)
{
	struct vprim_region_info region = { };
	struct vprim_vfio_cap_chain chain;
	const void *bytes;
	void *buf = NULL;
	u32 room;
	int ret;

	if (caps->size)
		return -EINVAL;
	region.index = info->index;
	ret = measure(vdev, ops, region.index, &room);
	if (ret)
		return ret;
	if (room) {
		/* The VFIO core gives it to kfree(). */
		buf = kmalloc(room, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	/* It also adds its struct's size to the links, so here they count from 0. */
	ret = vprim_vfio_cap_chain_init(&chain, 0, 0, buf, room);
	if (!ret)
		ret = ops->get_region_info_caps(vdev, &region, &chain);
	if (!ret && !vprim_vfio_cap_chain_is_empty(&chain)) {
		ret = vprim_vfio_cap_chain_shift(&chain);
		if (!ret)
			ret = vprim_vfio_cap_chain_finish(&chain, &bytes,
							  &room);
	} else if (!ret) {
		room = 0;
	}
	if (ret || !room) {
		kfree(buf);
		buf = NULL;
	}
	if (ret)
		return ret > 0 ? -EINVAL : ret;
	caps->buf = buf;
	caps->size = room;
	info->offset = region.offset;
	info->size = region.size;
	info->flags = region.flags;
	return 0;
}
