// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * region - a VFIO driver that uses the library for GET_REGION_INFO, and nothing
 * else of it. Its device is 64 KiB of zeros of a vendor's own type.
 *
 *	libvirtprim/shim/kernel/vendor DEST=DIR/virtprim MODULES=region_info
 *	cp examples/kmod_region/{Kbuild,main.c} DIR
 *	make -C /lib/modules/`uname -r`/build M=DIR modules
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "virtprim/kernel_vfio.h"

#define REGION_BYTES 0x10000
#define VENDOR 0x1234

/* All that there is to say. */
static int describe(struct vfio_device *vdev, struct vprim_region_info *info,
		    struct vprim_vfio_cap_chain *chain)
{
	if (info->index)
		return -EINVAL;
	info->size = REGION_BYTES;
	info->flags = VFIO_REGION_INFO_FLAG_READ;
	return vprim_vfio_cap_add_type(chain, VPRIM_VFIO_CAP_TYPE_PCI | VENDOR, 1);
}

static const struct vprim_kernel_vfio_ops region_ops = {
	.get_region_info_caps = describe,
};

static long region_ioctl(struct vfio_device *vdev, unsigned int cmd,
			 unsigned long arg)
{
	if (cmd == VFIO_DEVICE_GET_REGION_INFO && !VPRIM_KERNEL_VFIO_CAPS_OP)
		return vprim_kernel_vfio_region_info(vdev, &region_ops,
						     (void __user *)arg);
	return -ENOTTY;
}

#if VPRIM_KERNEL_VFIO_CAPS_OP
static int region_info(struct vfio_device *vdev, struct vfio_region_info *info,
		       struct vfio_info_cap *caps)
{
	return vprim_kernel_vfio_region_info_caps(vdev, &region_ops, info, caps);
}
#endif

static ssize_t region_read(struct vfio_device *vdev, char __user *buf,
			   size_t count, loff_t *pos)
{
	if (*pos < 0 || *pos >= REGION_BYTES)
		return 0;
	count = min_t(size_t, count, REGION_BYTES - *pos);
	if (clear_user(buf, count))
		return -EFAULT;
	*pos += count;
	return count;
}

static int region_open(struct vfio_device *vdev)
{
	return 0;
}

static void region_dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
}

static const struct vfio_device_ops device_ops = {
	.name = "region",
	.open_device = region_open,
	.ioctl = region_ioctl,
#if VPRIM_KERNEL_VFIO_CAPS_OP
	.get_region_info_caps = region_info,
#endif
	.read = region_read,
	.dma_unmap = region_dma_unmap,
#if IS_ENABLED(CONFIG_IOMMUFD)
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#endif
};

static struct platform_device *device;

static int region_probe(struct platform_device *pdev)
{
	struct vfio_device *vdev;
	int ret;

	vdev = _vfio_alloc_device(sizeof(*vdev), &pdev->dev, &device_ops);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	platform_set_drvdata(pdev, vdev);
	ret = vfio_register_emulated_iommu_dev(vdev);
	if (ret)
		vfio_put_device(vdev);
	return ret;
}

static struct platform_driver driver = {
	.driver = { .name = "region" },
};

static int __init region_init(void)
{
	device = platform_create_bundle(&driver, region_probe, NULL, 0, NULL, 0);
	return PTR_ERR_OR_ZERO(device);
}

static void __exit region_exit(void)
{
	struct vfio_device *vdev = platform_get_drvdata(device);

	vfio_unregister_group_dev(vdev);
	vfio_put_device(vdev);
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}

module_init(region_init);
module_exit(region_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("VFIO driver that says what its region is");
