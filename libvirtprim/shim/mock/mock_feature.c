// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * VFIO_DEVICE_FEATURE: what a device can beside, and buffers that it exports.
 *
 * A buffer is a piece of a mappable region. A reset takes it back; its file stays.
 * Source: Linux vfio_ioctl_device_feature(), vfio_check_feature().
 */
#include "mock_internal.h"
#include <fcntl.h>

void *mock_buffer_bytes_(const struct mock_buffer *buffer)
{
	struct vprim_mock_device *d = buffer->device;

	return d->resets == buffer->resets ?
	       (char *)d->regions[buffer->region].memory + buffer->offset : NULL;
}

/* One range of whole pages in a region that can be mapped. */
static bool can_export(const struct vprim_mock_device *d,
		       const struct vfio_feature_dma_buf_ *get,
		       const struct vfio_dma_range_ *range)
{
	const struct vprim_mock_region *r;

	if (get->region >= VPRIM_REGION_INFO_PCI_ROM)
		return false;
	r = &d->regions[get->region];
	return r->memory && range->length &&
	       !((range->offset | range->length) & (MOCK_PAGE - 1)) &&
	       range->offset < r->size_bytes &&
	       range->length <= r->size_bytes - range->offset;
}

static int64_t dma_buf(struct vprim_mock_file *file, uint64_t task,
		       const struct vfio_feature_ *head, uint64_t arg)
{
	struct vprim_mock_device *d = file->device;
	struct vfio_feature_dma_buf_ get;
	struct vfio_dma_range_ range;
	struct vprim_mock_file *b;
	int ret;

	if (head->flags & VFIO_FEATURE_SET_)
		return -EINVAL;
	if (head->flags & VFIO_FEATURE_PROBE_)
		return 0;
	if (!(head->flags & VFIO_FEATURE_GET_) ||
	    head->argsz < sizeof(*head) + sizeof(get))
		return -EINVAL;
	if (mock_in_(file->mock, task, &get, arg + sizeof(*head), sizeof(get)))
		return -EFAULT;
	if (get.flags || get.nr_ranges != 1 ||
	    get.open_flags & ~(uint32_t)(O_ACCMODE | O_CLOEXEC))
		return -EINVAL;
	if (mock_in_(file->mock, task, &range, arg + sizeof(*head) + sizeof(get),
		     sizeof(range)))
		return -EFAULT;
	if (!can_export(d, &get, &range))
		return -EINVAL;
	ret = mock_new_file_(file->mock, VPRIM_MOCK_DMABUF, &b);
	if (ret)
		return ret;
	b->buffer = (struct mock_buffer){
		.device = d, .region = get.region, .offset = range.offset,
		.size = range.length, .resets = d->resets,
	};
	return mock_install_(b, task);
}

int64_t mock_feature_(struct vprim_mock_file *file, uint64_t task, uint64_t arg)
{
	uint32_t ways = VFIO_FEATURE_GET_ | VFIO_FEATURE_SET_;
	struct vfio_feature_ head;
	int ret = mock_args_(file->mock, task, arg, &head, sizeof(head));

	if (ret)
		return ret;
	if (head.flags & ~(VFIO_FEATURE_NUMBER_ | ways | VFIO_FEATURE_PROBE_))
		return -EINVAL;
	if (!(head.flags & VFIO_FEATURE_PROBE_) && (head.flags & ways) == ways)
		return -EINVAL;
	if ((head.flags & VFIO_FEATURE_NUMBER_) == VFIO_FEATURE_DMA_BUF_)
		return dma_buf(file, task, &head, arg);
	return -ENOTTY;
}
