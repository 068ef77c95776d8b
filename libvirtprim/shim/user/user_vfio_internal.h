/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the VFIO shim mirrors of linux/vfio.h and linux/iommufd.h, which not every
 * C library's headers have, and its way of saying what failed.
 */
#ifndef VIRTPRIM_USER_VFIO_INTERNAL_H
#define VIRTPRIM_USER_VFIO_INTERNAL_H
#include "user_internal.h"
#include <virtprim/user_vfio.h>

#include <sys/ioctl.h>

/* VFIO */
#define VFIO_REQUEST_(nr) ((unsigned long)_IO(';', nr))
#define VFIO_GET_API_VERSION_ VFIO_REQUEST_(100)
#define VFIO_CHECK_EXTENSION_ VFIO_REQUEST_(101)
#define VFIO_SET_IOMMU_ VFIO_REQUEST_(102)
#define VFIO_GROUP_GET_STATUS_ VFIO_REQUEST_(103)
#define VFIO_GROUP_SET_CONTAINER_ VFIO_REQUEST_(104)
#define VFIO_GROUP_UNSET_CONTAINER_ VFIO_REQUEST_(105)
#define VFIO_GROUP_GET_DEVICE_FD_ VFIO_REQUEST_(106)
#define VFIO_DEVICE_GET_INFO_ VFIO_REQUEST_(107)
#define VFIO_DEVICE_GET_REGION_INFO_ VFIO_REQUEST_(108)
#define VFIO_DEVICE_RESET_ VFIO_REQUEST_(111)
#define VFIO_IOMMU_GET_INFO_ VFIO_REQUEST_(112)
#define VFIO_IOMMU_MAP_DMA_ VFIO_REQUEST_(113)
#define VFIO_IOMMU_UNMAP_DMA_ VFIO_REQUEST_(114)
#define VFIO_DEVICE_BIND_IOMMUFD_ VFIO_REQUEST_(118)
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT_ VFIO_REQUEST_(119)

#define VFIO_GROUP_VIABLE_ 1u

struct vfio_group_status_ {
	uint32_t argsz, flags;
};

struct vfio_dma_map_ {
	uint32_t argsz, flags;
	uint64_t vaddr, iova, size;
};

struct vfio_dma_unmap_ {
	uint32_t argsz, flags;
	uint64_t iova, size;
};

struct vfio_bind_iommufd_ {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct vfio_attach_iommufd_pt_ {
	uint32_t argsz, flags, pt_id;
};

/* iommufd */
#define IOMMU_IOAS_ALLOC_ VFIO_REQUEST_(0x81)
#define IOMMU_IOAS_IOVA_RANGES_ VFIO_REQUEST_(0x84)
#define IOMMU_IOAS_MAP_ VFIO_REQUEST_(0x85)
#define IOMMU_IOAS_UNMAP_ VFIO_REQUEST_(0x86)

struct iommu_ioas_alloc_ {
	uint32_t size, flags, out_ioas_id;
};

/* Its ranges are struct vprim_range: first and last address, 64 bits each. */
struct iommu_ioas_iova_ranges_ {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas, out_iova_alignment;
};

struct iommu_ioas_map_ {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};

struct iommu_ioas_unmap_ {
	uint32_t size, ioas_id;
	uint64_t iova, length;
};

/* A step that can fail, and what it means when it does so with an errno. */
struct vprim_user_step_ {
	const char *call;
	struct {
		int error;
		enum vprim_user_rule rule;
	} why[5];
};

/* Fill @fault from a step's negative errno, which is returned. */
int vprim_user_failed_(struct vprim_user_fault *fault,
		       const struct vprim_user_step_ *step, int ret,
		       const char *subject);

#endif
