// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a user may ask of the card. Sleep and reset are events of the library: it
 * revokes, calls the hardware's part when nobody can reach the window, and opens
 * the window again when the card is back.
 */
#include "virtprim/kernel_vfio.h"

#include <linux/uaccess.h>

#include "card.h"
#include "driver.h"

static long control_ioctl(struct vfio_device *vdev, unsigned int cmd,
			  unsigned long arg)
{
	struct card *card = to_card(vdev);

	if (cmd == VFIO_DEVICE_GET_REGION_INFO && !VPRIM_KERNEL_VFIO_CAPS_OP)
		return vprim_kernel_vfio_region_info(vdev, &card_regions,
						     (void __user *)arg);
	if (cmd == VFIO_DEVICE_RESET)
		return vprim_kernel_dmabuf_run(&card->lender, 1,
					       VPRIM_DMABUF_TRIGGER_RESET,
					       card_wipe, card, NULL);
	return -ENOTTY;
}

#if VPRIM_KERNEL_VFIO_CAPS_OP
static int control_region_info(struct vfio_device *vdev,
			       struct vfio_region_info *info,
			       struct vfio_info_cap *caps)
{
	return vprim_kernel_vfio_region_info_caps(vdev, &card_regions, info, caps);
}
#endif

static int lend(struct card *card, struct card_lend __user *arg)
{
	struct vprim_dmabuf_request request = {
		.nr_ranges = 1, .exports = true, .peer2peer = true,
		.page_bytes = PAGE_SIZE,
	};
	struct vprim_dmabuf_part part;
	struct vprim_range phys;
	struct card_lend ask;
	u64 bytes;
	int ret;

	if (copy_from_user(&ask, arg, sizeof(ask)))
		return -EFAULT;
	if (ask.nr_ranges != 1 || (ask.open_flags & ~O_CLOEXEC) != O_RDWR)
		return -EINVAL;
	part = (struct vprim_dmabuf_part){ ask.offset, ask.length };
	request.region_index = ask.region_index;
	request.flags = ask.flags;
	request.ranges = &part;
	ret = vprim_range_from_size(page_to_phys(card->memory), CARD_BYTES,
				    &request.bar);
	if (!ret)
		ret = vprim_dmabuf_check_create(&request, &phys, &bytes, NULL);
	if (ret)
		return ret;
	if (part.offset_bytes != CARD_WINDOW || bytes != CARD_WINDOW_BYTES)
		return -EINVAL;
	get_dma_buf(card->window);
	ret = dma_buf_fd(card->window, ask.open_flags & O_CLOEXEC);
	if (ret < 0)
		dma_buf_put(card->window);
	return ret;
}

static int control_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
			   size_t argsz)
{
	struct card *card = to_card(vdev);
	enum vprim_dmabuf_trigger event = VPRIM_DMABUF_TRIGGER_WAKE;
	int ret;

	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case CARD_LEND:
		ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
					 sizeof(struct card_lend));
		return ret == 1 ? lend(card, arg) : ret;
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
		event = VPRIM_DMABUF_TRIGGER_SLEEP;
		fallthrough;
	case VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
		ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_SET, 0);
		if (ret == 1)
			ret = vprim_kernel_dmabuf_run(&card->lender, 1, event,
						      NULL, NULL, NULL);
		return ret;
	default:
		return -ENOTTY;
	}
}

static int control_init(struct vfio_device *vdev)
{
	to_card(vdev)->memory = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP,
					    get_order(CARD_BYTES));
	return to_card(vdev)->memory ? 0 : -ENOMEM;
}

static void control_release(struct vfio_device *vdev)
{
	put_page(to_card(vdev)->memory);
}

const struct vfio_device_ops card_ops = {
	.name = "card",
	.init = control_init,
	.release = control_release,
	.open_device = card_open,
	.close_device = card_close,
	.ioctl = control_ioctl,
#if VPRIM_KERNEL_VFIO_CAPS_OP
	.get_region_info_caps = control_region_info,
#endif
	.device_feature = control_feature,
	.read = card_read,
	.mmap = card_mmap,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};
