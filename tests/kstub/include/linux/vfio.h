/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the structs that are filled. */
#ifndef KSTUB_VFIO_H
#define KSTUB_VFIO_H
#include <linux/types.h>
struct vfio_device;
struct vfio_info_cap_header { __u16 id, version; __u32 next; };
struct vfio_info_cap { struct vfio_info_cap_header *buf; size_t size; };
struct vfio_region_info {
	__u32 argsz, flags, index, cap_offset;
	__u64 size, offset;
};

#endif
