// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The memory of a virtual card, which its VFIO driver lends.
 *
 * The library answers GET_REGION_INFO and knows who may reach the memory when. The
 * driver has one way to it, a dma-buf that it lends to itself too: its own file's
 * mappings and reads stop with everybody else's when the card sleeps or is reset.
 */
#include <linux/dma-resv.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "card.h"
#include "driver.h"

static int card_region(struct vfio_device *vdev,
		       struct vprim_region_info *info,
		       struct vprim_vfio_cap_chain *chain)
{
	static const struct vprim_vfio_cap_area window = {
		CARD_WINDOW, CARD_WINDOW_BYTES
	};
	int ret;

	if (info->index)
		return -EINVAL;
	info->size = CARD_BYTES;
	info->flags = VPRIM_VFIO_CAP_REGION_READ | VPRIM_VFIO_CAP_REGION_MMAP;
	ret = vprim_vfio_cap_add_sparse_mmap(chain, &window, 1);
	return ret ?: vprim_vfio_cap_add_type(chain,
			VPRIM_VFIO_CAP_TYPE_PCI | CARD_VENDOR, CARD_SUBTYPE);
}

const struct vprim_kernel_vfio_ops card_regions = { card_region };

/* -- the window: its pages live as long as the dma-buf, the card may go before -- */

static vm_fault_t window_fault(struct vm_fault *vmf)
{
	struct dma_buf *window = vmf->vma->vm_private_data;
	struct page *first = vprim_kernel_dmabuf_priv(window);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	dma_resv_lock(window->resv, NULL);
	if (vprim_kernel_dmabuf_is_live(window))
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     page_to_pfn(first) + vmf->pgoff);
	dma_resv_unlock(window->resv);
	return ret;
}

static const struct vm_operations_struct vm_ops = { .fault = window_fault };

static int window_mmap(void *first, struct dma_buf *window, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED))	/* copies could not be taken back */
		return -EINVAL;
	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = window;
	vma->vm_ops = &vm_ops;
	return 0;
}

static void window_zap(void *first, struct address_space *mapping)
{
	unmap_mapping_range(mapping, 0, 0, true);
}

static void window_release(void *first)
{
	put_page(first);
}

static const struct vprim_kernel_dmabuf_ops window_ops = {
	.mmap = window_mmap, .zap = window_zap, .release = window_release,
};

/* -- the device -- */

int card_open(struct vfio_device *vdev)
{
	struct card *card = to_card(vdev);
	struct vprim_range phys;
	struct vprim_kernel_dmabuf_export_info what = {
		.ops = &window_ops, .priv = card->memory + CARD_WINDOW / PAGE_SIZE,
		.owner = THIS_MODULE, .flags = O_RDWR, .layout = { &phys, 1, true },
	};
	int ret = vprim_range_from_size(page_to_phys(card->memory) + CARD_WINDOW,
					CARD_WINDOW_BYTES, &phys);

	if (ret)
		return ret;
	card->lender = vprim_kernel_dmabuf_device_new();
	if (!card->lender)
		return -ENOMEM;
	get_page(what.priv);
	card->window = vprim_kernel_dmabuf_export(card->lender, &what);
	if (!IS_ERR(card->window))
		return 0;
	put_page(what.priv);
	vprim_kernel_dmabuf_device_put(card->lender);
	return PTR_ERR(card->window);
}

/* The hardware's part: called when nobody can reach the window. */
void card_wipe(void *card)
{
	memset(page_address(((struct card *)card)->memory), 0, CARD_BYTES);
}

void card_close(struct vfio_device *vdev)
{
	struct card *card = to_card(vdev);

	WARN_ON(vprim_kernel_dmabuf_run(&card->lender, 1, VPRIM_DMABUF_TRIGGER_CLOSE,
					card_wipe, card, NULL));
	dma_buf_put(card->window);
	vprim_kernel_dmabuf_device_put(card->lender);
}

/* By way of the stack: @buf may be a mapping of the window, whose fault locks too. */
ssize_t card_read(struct vfio_device *vdev, char __user *buf, size_t count,
		  loff_t *pos)
{
	struct card *card = to_card(vdev);
	ssize_t got = -EIO;
	char bytes[64];

	dma_resv_lock(card->window->resv, NULL);
	if (vprim_kernel_dmabuf_is_live(card->window))
		got = memory_read_from_buffer(bytes, min(count, sizeof(bytes)), pos,
					      page_address(card->memory), CARD_BYTES);
	dma_resv_unlock(card->window->resv);
	return got > 0 && copy_to_user(buf, bytes, got) ? -EFAULT : got;
}

int card_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff < CARD_WINDOW / PAGE_SIZE)
		return -EINVAL;
	return dma_buf_mmap(to_card(vdev)->window, vma,
			    vma->vm_pgoff - CARD_WINDOW / PAGE_SIZE);
}
