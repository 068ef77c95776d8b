/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the structs that are filled. */
#ifndef KSTUB_VFIO_H
#define KSTUB_VFIO_H
#include <linux/types.h>
struct vfio_device;
struct vfio_info_cap_header { __u16 id, version; __u32 next; };
#define VFIO_REGION_INFO_FLAG_READ 1
#define VFIO_REGION_INFO_FLAG_WRITE 2
#define VFIO_REGION_INFO_FLAG_MMAP 4
#define VFIO_REGION_INFO_FLAG_CAPS 8
#define VFIO_DEVICE_FLAGS_CAPS (1 << 7)
#define VFIO_REGION_INFO_CAP_SPARSE_MMAP 1
#define VFIO_REGION_INFO_CAP_TYPE 2
#define VFIO_REGION_TYPE_PCI_VENDOR_TYPE (1u << 31)
#define VFIO_REGION_INFO_CAP_MSIX_MAPPABLE 3
struct vfio_region_sparse_mmap_area { __u64 offset, size; };
struct vfio_region_info_cap_sparse_mmap {
	struct vfio_info_cap_header header;
	__u32 nr_areas, reserved;
	struct vfio_region_sparse_mmap_area areas[];
};
struct vfio_region_info_cap_type {
	struct vfio_info_cap_header header;
	__u32 type, subtype;
};
struct vfio_device_info {
	__u32 argsz, flags, num_regions, num_irqs, cap_offset, pad;
};
struct vfio_info_cap { struct vfio_info_cap_header *buf; size_t size; };
struct vfio_region_info {
	__u32 argsz, flags, index, cap_offset;
	__u64 size, offset;
};

#endif
