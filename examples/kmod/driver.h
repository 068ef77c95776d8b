/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the driver's files share.
 */
#ifndef DRIVER_H
#define DRIVER_H
#include "virtprim/kernel_dmabuf.h"
#include "virtprim/kernel_vfio.h"
#include <linux/miscdevice.h>
#include <linux/vfio.h>

/* memory.c */
struct card {
	struct vfio_device vdev;
	struct page *memory;
	struct vprim_kernel_dmabuf_device *lender;	/* while open */
	struct dma_buf *window;				/* while open */
};
int card_open(struct vfio_device *vdev);
void card_close(struct vfio_device *vdev);
void card_wipe(void *card);
ssize_t card_read(struct vfio_device *vdev, char __user *buf, size_t count,
		  loff_t *pos);
int card_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);
extern const struct vprim_kernel_vfio_ops card_regions;
#define to_card(v) container_of(v, struct card, vdev)

/* control.c */
extern const struct vfio_device_ops card_ops;

/* engine.c */
extern struct miscdevice card_engine;
#endif
