// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * GET_REGION_INFO of a vfio_device.
 *
 * How much memory a chain takes only the driver's operation knows. Nearly all fit
 * on the stack; the operation is asked a second time when one does not.
 */
#include <virtprim/kernel_vfio.h>

#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

/* The numbers of this library are the kernel's. */
#define SAME(ours, theirs) static_assert((ours) == (theirs))
SAME(VPRIM_VFIO_CAP_REGION_BYTES, sizeof(struct vfio_region_info));
SAME(VPRIM_VFIO_CAP_HDR_BYTES, sizeof(struct vfio_info_cap_header));
SAME(offsetof(struct vfio_info_cap_header, next), 4);
SAME(offsetof(struct vfio_region_info_cap_sparse_mmap, nr_areas), 8);
SAME(offsetof(struct vfio_region_info_cap_sparse_mmap, areas), 16);
SAME(offsetof(struct vfio_region_sparse_mmap_area, size), 8);
SAME(offsetof(struct vfio_region_info_cap_type, subtype), 12);
SAME(sizeof(struct vfio_region_info_cap_type), 16);
SAME(VPRIM_VFIO_CAP_TYPE_PCI, VFIO_REGION_TYPE_PCI_VENDOR_TYPE);
SAME(VPRIM_VFIO_CAP_REGION_READ, VFIO_REGION_INFO_FLAG_READ);
SAME(VPRIM_VFIO_CAP_REGION_WRITE, VFIO_REGION_INFO_FLAG_WRITE);
SAME(VPRIM_VFIO_CAP_REGION_MMAP, VFIO_REGION_INFO_FLAG_MMAP);
SAME(VPRIM_VFIO_CAP_REGION_CAPS, VFIO_REGION_INFO_FLAG_CAPS);
SAME(VPRIM_VFIO_CAP_SPARSE_MMAP, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
SAME(VPRIM_VFIO_CAP_TYPE, VFIO_REGION_INFO_CAP_TYPE);
SAME(VPRIM_VFIO_CAP_MSIX_MAPPABLE, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE);

/* Who is asked: the core knows no vfio_device. */
struct asked {
	struct vfio_device *vdev;
	const struct vprim_kernel_vfio_ops *ops;
};

static int ask(void *device, struct vprim_region_info *info,
	       struct vprim_vfio_cap_chain *chain)
{
	struct asked *who = device;

	return who->ops->get_region_info_caps(who->vdev, info, chain);
}

static const struct vprim_region_info_ops core_ops = {
	.get_region_info_caps = ask,
};

static int answer(struct asked *who, struct vfio_region_info *info, void *buf,
		  u32 capacity, struct vfio_region_info __user *arg, u32 *argsz)
{
	struct vprim_vfio_cap_fixed fixed = {
		.argsz = info->argsz,
		.index = info->index,
		.cap_offset = info->cap_offset,
	};
	struct vprim_vfio_cap_reply reply = { };
	struct vprim_vfio_cap_chain chain;
	const void *bytes;
	u32 size = 0;
	int ret;

	ret = vprim_vfio_cap_chain_init(&chain, 0, sizeof(*info), buf, capacity);
	if (!ret)
		ret = vprim_region_info_get(&core_ops, who, &fixed, &chain, &reply);
	*argsz = reply.argsz;
	if (!ret && reply.chain_bytes)
		ret = vprim_vfio_cap_chain_finish(&chain, &bytes, &size);
	if (ret)
		return ret;
	info->argsz = fixed.argsz;
	info->flags = fixed.flags;
	info->cap_offset = fixed.cap_offset;
	info->size = fixed.size;
	info->offset = fixed.offset;
	if (size && copy_to_user(arg + 1, bytes, size))
		return -EFAULT;
	return copy_to_user(arg, info, sizeof(*info)) ? -EFAULT : 0;
}

int vprim_kernel_vfio_region_info_copied(struct vfio_device *vdev,
					 const struct vprim_kernel_vfio_ops *ops,
					 struct vfio_region_info *info,
					 struct vfio_region_info __user *arg)
{
	struct asked who = { .vdev = vdev, .ops = ops };
	u64 few[VPRIM_KERNEL_VFIO_CHAIN_BYTES / sizeof(u64)];
	void *buf;
	u32 argsz;
	int ret;

	ret = answer(&who, info, few, sizeof(few), arg, &argsz);
	if (ret != -EMSGSIZE || !argsz)
		return ret;
	buf = kvmalloc(argsz, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	ret = answer(&who, info, buf, argsz, arg, &argsz);
	kvfree(buf);
	return ret;
}

int vprim_kernel_vfio_region_info(struct vfio_device *vdev,
				  const struct vprim_kernel_vfio_ops *ops,
				  struct vfio_region_info __user *arg)
{
	struct vfio_region_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	return vprim_kernel_vfio_region_info_copied(vdev, ops, &info, arg);
}

/* One try with @capacity bytes; -EMSGSIZE with what it takes in caps->size. */
static int collect(struct asked *who, struct vfio_region_info *info, void *buf,
		   u32 capacity, struct vfio_info_cap *caps)
{
	struct vprim_region_info region = { .index = info->index };
	struct vprim_vfio_cap_chain chain;
	int ret;

	/* The VFIO core adds its struct's size to the links: here they begin at 0. */
	ret = vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_COUNT, 0, buf, capacity);
	if (!ret)
		ret = ask(who, &region, &chain);
	if (ret > VPRIM_REGION_INFO_NOT_MINE ||
	    (!ret && chain.state_ != VPRIM_VFIO_CAP_OPEN))
		return -EINVAL;
	if (ret)
		return ret;
	caps->size = vprim_vfio_cap_chain_argsz(&chain);
	if (caps->size > capacity)
		return -EMSGSIZE;
	if (caps->size) {
		caps->buf = kmemdup(buf, caps->size, GFP_KERNEL_ACCOUNT);
		if (!caps->buf)
			return -ENOMEM;
	}
	info->offset = region.offset;
	info->size = region.size;
	info->flags = region.flags;
	return 0;
}

int vprim_kernel_vfio_region_info_caps(struct vfio_device *vdev,
				       const struct vprim_kernel_vfio_ops *ops,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps)
{
	struct asked who = { .vdev = vdev, .ops = ops };
	u64 few[VPRIM_KERNEL_VFIO_CHAIN_BYTES / sizeof(u64)];
	struct vfio_info_cap got = { };
	void *buf;
	int ret;

	if (caps->size)
		return -EINVAL;
	ret = collect(&who, info, few, sizeof(few), &got);
	if (ret == -EMSGSIZE && got.size) {
		buf = kvmalloc(got.size, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
		ret = collect(&who, info, buf, got.size, &got);
		kvfree(buf);
	}
	if (!ret)
		*caps = got;
	return ret;
}
