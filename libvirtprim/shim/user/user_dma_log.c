// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a device itself logs of its writes. The kernel takes a limited number of
 * ranges, so a longer list is combined on the way.
 */
#include "user_vfio_internal.h"
#include <virtprim/dirty.h>
#include <virtprim/user_dma.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct vprim_user_step_ step_start = {
	"ioctl VFIO_DEVICE_FEATURE_DMA_LOGGING_START", {
	{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	{ EOPNOTSUPP, VPRIM_USER_RULE_UNTRACKED },
	{ EINVAL, VPRIM_USER_RULE_LOG },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_stop = {
	"ioctl VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP", {
	{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	{ EINVAL, VPRIM_USER_RULE_LOG },
} };
static const struct vprim_user_step_ step_report = {
	"ioctl VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT", {
	{ ENOTTY, VPRIM_USER_RULE_UNTRACKED },
	{ EINVAL, VPRIM_USER_RULE_LOG },
} };

static bool is_page(uint64_t bytes)
{
	return bytes && !(bytes & (bytes - 1));
}

/* Whole pages of 64 bits at most, which is what start and length can say. */
static bool is_whole(const struct vprim_range *range, uint64_t page_bytes,
		     uint64_t *size_bytes)
{
	return !vprim_range_size(range, size_bytes) &&
	       !((range->start | *size_bytes) & (page_bytes - 1));
}

static int ask(const struct vprim_user_vfio_device *device, void *feature,
	       const struct vprim_user_step_ *step,
	       struct vprim_user_fault *fault)
{
	int ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
				      VFIO_DEVICE_FEATURE_, feature);

	return ret < 0 ? vprim_user_failed_(fault, step, ret, NULL) : 0;
}

/* Ranges as the kernel writes them: first address and length, in the same place. */
static bool as_lengths(struct vprim_range_buf *list, uint64_t page_bytes)
{
	uint64_t size;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!is_whole(&list->range[i], page_bytes, &size))
			return false;
		list->range[i].last = size;
	}
	return true;
}

int vprim_user_dma_log_start(const struct vprim_user_vfio_device *device,
			     struct vprim_ranges list, uint64_t *page_bytes,
			     uint64_t *added_bytes,
			     struct vprim_user_fault *fault)
{
	struct vfio_log_start_ start = {
		.argsz = sizeof(start), .feature = VFIO_FEATURE_LOG_START_,
		.page_bytes = *page_bytes,
	};
	struct vprim_range_buf few = { .capacity = list.count };
	uint64_t added;
	int ret;

	if (!device->space || !list.count || !is_page(*page_bytes) ||
	    vprim_iova_windows_check(list, NULL))
		return vprim_user_argument_(fault, step_start.call, NULL);
	few.range = calloc(list.count, sizeof(*few.range));
	if (!few.range)
		return user_refuse(fault, "calloc", NULL, MEMORY);
	memcpy(few.range, list.range, list.count * sizeof(*few.range));
	few.count = list.count;
	certain(vprim_iova_windows_combine(&few, VPRIM_USER_DMA_LOG_RANGES,
					   &added));
	if (!as_lengths(&few, *page_bytes)) {
		ret = vprim_user_argument_(fault, step_start.call, NULL);
	} else {
		start.count = (uint32_t)few.count;
		start.ranges = (uintptr_t)few.range;
		ret = ask(device, &start, &step_start, fault);
	}
	free(few.range);
	if (ret)
		return ret;
	*page_bytes = start.page_bytes;
	if (added_bytes)
		*added_bytes = added;
	return 0;
}

int vprim_user_dma_log_stop(const struct vprim_user_vfio_device *device,
			    struct vprim_user_fault *fault)
{
	uint32_t stop[2] = { sizeof(stop), VFIO_FEATURE_LOG_STOP_ };

	if (!device->space)
		return vprim_user_argument_(fault, step_stop.call, NULL);
	return ask(device, stop, &step_stop, fault);
}

int vprim_user_dma_log_read(const struct vprim_user_vfio_device *device,
			    const struct vprim_range *range, uint64_t page_bytes,
			    uint64_t *bitmap, size_t words,
			    struct vprim_user_fault *fault)
{
	struct vfio_log_report_ report = {
		.argsz = sizeof(report), .feature = VFIO_FEATURE_LOG_REPORT_,
		.iova = range->start, .page_bytes = page_bytes,
		.bitmap = (uintptr_t)bitmap,
	};
	uint64_t pages;
	int ret;

	if (!device->space || !is_page(page_bytes) ||
	    !vprim_range_is_valid(range) ||
	    !is_whole(range, page_bytes, &report.length))
		return vprim_user_argument_(fault, step_report.call, NULL);
	pages = report.length >> vprim_ctz64(page_bytes);
	if ((pages - 1) / 64 >= words) {
		vprim_user_fault_set(fault, step_report.call, EMSGSIZE, NULL);
		return -EMSGSIZE;
	}
	/* The kernel only sets bits. */
	memset(bitmap, 0, (size_t)((pages - 1) / 64 + 1) * sizeof(*bitmap));
	ret = ask(device, &report, &step_report, fault);
	if (ret && fault) {
		fault->reason.range = *range;
		fault->reason.has_range = true;
	}
	return ret;
}
