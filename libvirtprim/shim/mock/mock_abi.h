/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the pretended kernel mirrors of linux/vfio.h and linux/iommufd.h beside
 * what the user shim does.
 */
#ifndef VIRTPRIM_MOCK_ABI_H
#define VIRTPRIM_MOCK_ABI_H
#include "../user/user_vfio_internal.h"

/* VFIO; 112, 113 and 117 mean one thing for a container, another for a device. */
#define VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_ VFIO_REQUEST_(112)
#define VFIO_DEVICE_PCI_HOT_RESET_ VFIO_REQUEST_(113)
#define VFIO_IOMMU_DIRTY_PAGES_ VFIO_REQUEST_(117)
#define VFIO_DEVICE_FEATURE_ VFIO_REQUEST_(117)
#define VFIO_DEVICE_DETACH_IOMMUFD_PT_ VFIO_REQUEST_(120)


struct vfio_bitmap_ {
	uint64_t pgsize, size, data;
};

struct vfio_dma_unmap_dirty_ {
	struct vfio_dma_unmap_ unmap;
	struct vfio_bitmap_ bitmap;
};

struct vfio_dirty_range_ {
	uint32_t argsz, flags;
	uint64_t iova, size;
	struct vfio_bitmap_ bitmap;
};

#define VFIO_PCI_INTX_IRQ_ 0u
#define VFIO_PCI_MSI_IRQ_ 1u
#define VFIO_PCI_MSIX_IRQ_ 2u
#define VFIO_PCI_ERR_IRQ_ 3u
#define VFIO_PCI_REQ_IRQ_ 4u
#define VFIO_PCI_IRQS_ 5u

#define VFIO_IRQ_EVENTFD_ 1u
#define VFIO_IRQ_MASKABLE_ 2u
#define VFIO_IRQ_AUTOMASKED_ 4u
#define VFIO_IRQ_NORESIZE_ 8u

#define VFIO_IRQ_NONE_ 1u
#define VFIO_IRQ_BOOL_ 2u
#define VFIO_IRQ_FDS_ 4u
#define VFIO_IRQ_DATA_ 7u
#define VFIO_IRQ_MASK_ 8u
#define VFIO_IRQ_UNMASK_ 16u
#define VFIO_IRQ_TRIGGER_ 32u
#define VFIO_IRQ_ACTION_ 56u

#define VFIO_HOT_RESET_DEV_ID_ 1u
#define VFIO_HOT_RESET_OWNED_ 2u
#define VFIO_HOT_RESET_NOT_OWNED_ 0xffffffffu

struct vfio_dependent_device_ {
	uint32_t group_or_id;
	uint16_t segment;
	uint8_t bus, devfn;
};

#define VFIO_FEATURE_NUMBER_ 0xffffu
#define VFIO_FEATURE_GET_ 0x10000u
#define VFIO_FEATURE_SET_ 0x20000u
#define VFIO_FEATURE_PROBE_ 0x40000u
#define VFIO_FEATURE_DMA_BUF_ 11u

struct vfio_feature_ {
	uint32_t argsz, flags;
};

struct vfio_feature_dma_buf_ {
	uint32_t region, open_flags, flags, nr_ranges;
};

struct vfio_dma_range_ {
	uint64_t offset, length;
};

struct vfio_detach_iommufd_pt_ {
	uint32_t argsz, flags;
};

/* iommufd */
#define IOMMU_IOAS_ALLOW_IOVAS_ VFIO_REQUEST_(0x82)
#define IOMMU_IOAS_COPY_ VFIO_REQUEST_(0x83)
#define IOMMU_OPTION_ VFIO_REQUEST_(0x87)
#define IOMMU_VFIO_IOAS_ VFIO_REQUEST_(0x88)
#define IOMMU_GET_HW_INFO_ VFIO_REQUEST_(0x8a)
#define IOMMU_HWPT_SET_DIRTY_TRACKING_ VFIO_REQUEST_(0x8b)
#define IOMMU_HWPT_GET_DIRTY_BITMAP_ VFIO_REQUEST_(0x8c)

struct iommu_ioas_allow_ {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas;
};

struct iommu_ioas_copy_ {
	uint32_t size, flags, dst_ioas_id, src_ioas_id;
	uint64_t length, dst_iova, src_iova;
};

#define IOMMU_OPTION_RLIMIT_ 0u
#define IOMMU_OPTION_HUGE_PAGES_ 1u
#define IOMMU_OPTION_SET_ 0u
#define IOMMU_OPTION_GET_ 1u

struct iommu_option_ {
	uint32_t size, option_id;
	uint16_t op, reserved;
	uint32_t object_id;
	uint64_t val64;
};

#define IOMMU_VFIO_IOAS_GET_ 0u
#define IOMMU_VFIO_IOAS_SET_ 1u
#define IOMMU_VFIO_IOAS_CLEAR_ 2u

struct iommu_vfio_ioas_ {
	uint32_t size, ioas_id;
	uint16_t op, reserved;
};

#define IOMMU_HWPT_NEST_PARENT_ 1u
#define IOMMU_HWPT_DIRTY_ 2u

struct iommu_hwpt_alloc_whole_ {
	uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type,
		 data_len;
	uint64_t data_uptr;
	uint32_t fault_id, reserved2;
};

struct iommu_hw_info_ {
	uint32_t size, flags, dev_id, data_len;
	uint64_t data_uptr;
	uint32_t out_data_type, reserved;
	uint64_t out_capabilities;
};

#endif
