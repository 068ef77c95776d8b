// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The door that every ioctl comes through: its name, faults on demand, the note. */
#include "mock_internal.h"

static const struct name {
	unsigned int kinds;	/* bits of enum vprim_mock_kind */
	unsigned long request;
	const char *name;
} names[] = {
#define CONTAINER (1u << VPRIM_MOCK_CONTAINER | 1u << VPRIM_MOCK_IOMMUFD)
#define GROUP (1u << VPRIM_MOCK_GROUP)
#define DEVICE (1u << VPRIM_MOCK_DEVICE)
#define IOMMUFD (1u << VPRIM_MOCK_IOMMUFD)
#define NAME(kinds, request) { kinds, request##_, #request }
	NAME(CONTAINER, VFIO_GET_API_VERSION),
	NAME(CONTAINER, VFIO_CHECK_EXTENSION),
	NAME(CONTAINER, VFIO_SET_IOMMU),
	NAME(CONTAINER, VFIO_IOMMU_GET_INFO),
	NAME(CONTAINER, VFIO_IOMMU_MAP_DMA),
	NAME(CONTAINER, VFIO_IOMMU_UNMAP_DMA),
	NAME(CONTAINER, VFIO_IOMMU_DIRTY_PAGES),
	NAME(GROUP, VFIO_GROUP_GET_STATUS),
	NAME(GROUP, VFIO_GROUP_SET_CONTAINER),
	NAME(GROUP, VFIO_GROUP_UNSET_CONTAINER),
	NAME(GROUP, VFIO_GROUP_GET_DEVICE_FD),
	NAME(DEVICE, VFIO_DEVICE_GET_INFO),
	NAME(DEVICE, VFIO_DEVICE_GET_REGION_INFO),
	NAME(DEVICE, VFIO_DEVICE_GET_IRQ_INFO),
	NAME(DEVICE, VFIO_DEVICE_SET_IRQS),
	NAME(DEVICE, VFIO_DEVICE_RESET),
	NAME(DEVICE, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO),
	NAME(DEVICE, VFIO_DEVICE_PCI_HOT_RESET),
	NAME(DEVICE, VFIO_DEVICE_FEATURE),
	NAME(DEVICE, VFIO_DEVICE_BIND_IOMMUFD),
	NAME(DEVICE, VFIO_DEVICE_ATTACH_IOMMUFD_PT),
	NAME(DEVICE, VFIO_DEVICE_DETACH_IOMMUFD_PT),
	NAME(IOMMUFD, IOMMU_DESTROY),
	NAME(IOMMUFD, IOMMU_IOAS_ALLOC),
	NAME(IOMMUFD, IOMMU_IOAS_ALLOW_IOVAS),
	NAME(IOMMUFD, IOMMU_IOAS_COPY),
	NAME(IOMMUFD, IOMMU_IOAS_IOVA_RANGES),
	NAME(IOMMUFD, IOMMU_IOAS_MAP),
	NAME(IOMMUFD, IOMMU_IOAS_MAP_FILE),
	NAME(IOMMUFD, IOMMU_IOAS_UNMAP),
	NAME(IOMMUFD, IOMMU_OPTION),
	NAME(IOMMUFD, IOMMU_VFIO_IOAS),
	NAME(IOMMUFD, IOMMU_HWPT_ALLOC),
	NAME(IOMMUFD, IOMMU_GET_HW_INFO),
	NAME(IOMMUFD, IOMMU_HWPT_SET_DIRTY_TRACKING),
	NAME(IOMMUFD, IOMMU_HWPT_GET_DIRTY_BITMAP),
};

static const char *name_of(enum vprim_mock_kind kind, uint32_t request)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++)
		if (names[i].request == request && names[i].kinds & 1u << kind)
			return names[i].name;
	return "unknown";
}

static int64_t dispatch(struct vprim_mock_file *file, uint64_t task,
			uint32_t request, uint64_t arg)
{
	switch (file->kind) {
	case VPRIM_MOCK_CONTAINER:
		return mock_container_ioctl_(file, task, request, arg);
	case VPRIM_MOCK_GROUP:
		return mock_group_ioctl_(file, task, request, arg);
	case VPRIM_MOCK_DEVICE:
		return mock_device_ioctl_(file, task, request, arg);
	case VPRIM_MOCK_IOMMUFD:
		return mock_iommufd_ioctl_(file, task, request, arg);
	case VPRIM_MOCK_DMABUF:
		break;
	}
	return -ENOTTY;
}

int64_t vprim_mock_ioctl(struct vprim_mock_file *file, uint64_t task,
			 uint32_t request, uint64_t arg)
{
	struct vprim_mock *mock = file->mock;
	struct vprim_mock_note *note = &mock->note;
	int ret = 0;

	memset(note, 0, sizeof(*note));
	memset(&mock->why, 0, sizeof(mock->why));
	note->news = VPRIM_MOCK_CALL;
	note->kind = file->kind;
	note->call = name_of(file->kind, request);
	note->device = file->device;
	if (mock->ops.fail)
		ret = mock->ops.fail(mock->config.ctx, note->call);
	note->result = ret ? -ret : dispatch(file, task, request, arg);
	note->why = &mock->why;
	if (note->result >= 0)
		vprim_reason_clear(&mock->why);
	mock_note_(mock, note);
	return note->result;
}
