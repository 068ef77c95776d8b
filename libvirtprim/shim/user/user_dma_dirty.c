// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a device wrote to, from a container or from a domain of iommufd; and the
 * memory of a device itself as a file that can be mapped.
 */
#include "user_vfio_internal.h"
#include <virtprim/user_dma.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vprim_user_step_ step_alloc = {
	"ioctl IOMMU_HWPT_ALLOC", {
	{ EOPNOTSUPP, VPRIM_USER_RULE_UNTRACKED },
	{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
/* By whether the space is a container. */
static const struct vprim_user_step_ step_track[2] = {
	{ "ioctl IOMMU_HWPT_SET_DIRTY_TRACKING", {
		{ EOPNOTSUPP, VPRIM_USER_RULE_UNTRACKED },
		{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	} },
	{ "ioctl VFIO_IOMMU_DIRTY_PAGES", {
		{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
		{ ENOMEM, VPRIM_USER_RULE_MEMORY },
	} },
};
static const struct vprim_user_step_ step_read[2] = {
	{ "ioctl IOMMU_HWPT_GET_DIRTY_BITMAP", {
		{ EINVAL, VPRIM_USER_RULE_DIRTY },
		{ EOPNOTSUPP, VPRIM_USER_RULE_UNTRACKED },
		{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	} },
	{ "ioctl VFIO_IOMMU_DIRTY_PAGES", {
		{ EINVAL, VPRIM_USER_RULE_DIRTY },
		{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	} },
};
static const struct vprim_user_step_ step_dmabuf = {
	"ioctl VFIO_DEVICE_FEATURE_DMA_BUF", {
	{ ENOTTY, VPRIM_USER_RULE_DMABUF },
	{ EOPNOTSUPP, VPRIM_USER_RULE_DMABUF },
	{ ENODEV, VPRIM_USER_RULE_DMABUF },
} };

/* -- dirty pages -- */

int vprim_user_dma_dirty_domain(const struct vprim_user_vfio_device *device,
				uint32_t *hwpt_id, struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_dirty_domain";
	const struct vprim_user_vfio_space *space = device->space;
	struct iommu_hwpt_alloc_ alloc = { .size = sizeof(alloc),
					   .flags = IOMMU_HWPT_DIRTY_TRACKING_,
					   .dev_id = device->devid };
	struct iommu_destroy_ undo = { .size = sizeof(undo) };
	int ret;

	if (!space || !space->sys)
		return vprim_user_argument_(fault, call, NULL);
	if (space->kind)
		return user_refuse(fault, call, NULL, IOMMUFD);
	/* Whoever bound it knows its object, and nobody else. */
	if (!device->devid)
		return vprim_user_argument_(fault, call, NULL);
	alloc.pt_id = space->ioas_id;
	ret = space->sys->ioctl(space->sys->ctx, space->fd, IOMMU_HWPT_ALLOC_,
				&alloc);
	if (ret < 0)
		return vprim_user_failed_(fault, &step_alloc, ret, NULL);
	ret = vprim_user_attach_(space, device->fd, alloc.out_hwpt_id, NULL,
				 fault);
	if (ret) {
		undo.id = alloc.out_hwpt_id;
		space->sys->ioctl(space->sys->ctx, space->fd, IOMMU_DESTROY_,
				  &undo);
		return ret;
	}
	*hwpt_id = alloc.out_hwpt_id;
	return 0;
}

/* A container has no domains, an IOAS is tracked in nothing else. */
static bool is_tracked(const struct vprim_user_vfio_space *space,
		       uint32_t hwpt_id)
{
	return space->sys && !space->kind == !!hwpt_id;
}

int vprim_user_dma_dirty_track(const struct vprim_user_vfio_space *space,
			       uint32_t hwpt_id, bool on,
			       struct vprim_user_fault *fault)
{
	struct vfio_dirty_ dirty = {
		.argsz = sizeof(dirty),
		.flags = on ? VFIO_DIRTY_START_ : VFIO_DIRTY_STOP_,
	};
	struct iommu_hwpt_set_dirty_ set = { .size = sizeof(set), .flags = on,
					     .hwpt_id = hwpt_id };
	int ret;

	if (!is_tracked(space, hwpt_id))
		return vprim_user_argument_(fault, "vprim_user_dma_dirty_track",
					    NULL);
	if (space->kind)
		ret = space->sys->ioctl(space->sys->ctx, space->fd,
					VFIO_IOMMU_DIRTY_PAGES_, &dirty);
	else
		ret = space->sys->ioctl(space->sys->ctx, space->fd,
					IOMMU_HWPT_SET_DIRTY_, &set);
	return ret < 0 ? vprim_user_failed_(fault, &step_track[!!space->kind],
					    ret, NULL) : 0;
}

/* Bytes of a bitmap: whole words of 64 pages. */
static uint64_t bitmap_bytes(uint64_t size_bytes, uint64_t page_bytes)
{
	return ((size_bytes / page_bytes - 1) / 64 + 1) * sizeof(uint64_t);
}

static int kernel_read(const struct vprim_user_vfio_space *space,
		       uint32_t hwpt_id, uint64_t iova, uint64_t size_bytes,
		       uint64_t page_bytes, uint64_t *bitmap)
{
	struct vfio_dirty_get_ get = {
		.head = { sizeof(get), VFIO_DIRTY_GET_ },
		.iova = iova, .size = size_bytes, .page_bytes = page_bytes,
		.bitmap_bytes = bitmap_bytes(size_bytes, page_bytes),
		.bitmap = (uintptr_t)bitmap,
	};
	struct iommu_hwpt_get_dirty_ read = {
		.size = sizeof(read), .hwpt_id = hwpt_id, .iova = iova,
		.length = size_bytes, .page_bytes = page_bytes,
		.bitmap = (uintptr_t)bitmap,
	};

	/* Both only set bits. */
	memset(bitmap, 0, (size_t)get.bitmap_bytes);
	if (space->kind)
		return space->sys->ioctl(space->sys->ctx, space->fd,
					 VFIO_IOMMU_DIRTY_PAGES_, &get);
	return space->sys->ioctl(space->sys->ctx, space->fd,
				 IOMMU_HWPT_GET_DIRTY_, &read);
}

int vprim_user_dma_dirty_read(const struct vprim_user_vfio_space *space,
			      uint32_t hwpt_id, const struct vprim_range *range,
			      uint64_t page_bytes, uint64_t *bitmap,
			      size_t words, struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_dirty_read";
	uint64_t size_bytes;
	int ret;

	if (!is_tracked(space, hwpt_id) || !page_bytes ||
	    page_bytes & (page_bytes - 1) || !vprim_range_is_valid(range) ||
	    vprim_range_size(range, &size_bytes) ||
	    (range->start | size_bytes) & (page_bytes - 1))
		return vprim_user_argument_(fault, call, NULL);
	if (bitmap_bytes(size_bytes, page_bytes) / sizeof(*bitmap) > words) {
		vprim_user_fault_set(fault, call, EMSGSIZE, NULL);
		return -EMSGSIZE;
	}
	ret = kernel_read(space, hwpt_id, range->start, size_bytes, page_bytes,
			  bitmap);
	if (ret >= 0)
		return 0;
	vprim_user_failed_(fault, &step_read[!!space->kind], ret, NULL);
	if (fault) {
		fault->reason.range = *range;
		fault->reason.has_range = true;
	}
	return ret;
}

/* -- a device's own memory -- */

static bool are_parts(const struct vprim_range *parts, size_t count)
{
	uint64_t size;
	size_t i;

	for (i = 0; i < count; i++)
		if (!vprim_range_is_valid(&parts[i]) ||
		    vprim_range_size(&parts[i], &size))
			return false;
	return count && count <= 4096;
}

int vprim_user_vfio_dmabuf(const struct vprim_user_vfio_device *device,
			   uint32_t region, const struct vprim_range *parts,
			   size_t count, struct vprim_user_fault *fault)
{
	struct vfio_dma_buf_ *get;
	char subject[32];
	uint64_t *pairs;
	size_t bytes, i;
	int ret;

	snprintf(subject, sizeof(subject), "region %" PRIu32, region);
	if (!device->space || !are_parts(parts, count))
		return vprim_user_argument_(fault, step_dmabuf.call, subject);
	bytes = sizeof(*get) + count * 2 * sizeof(*pairs);
	get = malloc(bytes);
	if (!get)
		return user_refuse(fault, "malloc", NULL, MEMORY);
	*get = (struct vfio_dma_buf_){
		.argsz = (uint32_t)bytes, .feature = VFIO_FEATURE_GET_DMA_BUF_,
		.region = region, .open_flags = O_RDWR | O_CLOEXEC,
		.count = (uint32_t)count,
	};
	pairs = (uint64_t *)(get + 1);
	for (i = 0; i < count; i++) {
		pairs[2 * i] = parts[i].start;
		pairs[2 * i + 1] = parts[i].last - parts[i].start + 1;
	}
	ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
				  VFIO_DEVICE_FEATURE_, get);
	free(get);
	return ret < 0 ? vprim_user_failed_(fault, &step_dmabuf, ret, subject) :
			 ret;
}
