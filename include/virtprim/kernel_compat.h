/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_compat.h
 * @brief What differs between kernels, in one place: Linux 6.1 and later.
 *
 * Each switch is 1 or 0, by the version. A build for a kernel with a backport
 * defines it: `-DVPRIM_KERNEL_VFIO_CAPS_OP=1`.
 */
#ifndef VIRTPRIM_KERNEL_COMPAT_H
#define VIRTPRIM_KERNEL_COMPAT_H
#include <linux/version.h>

/** @cond internal */
#define VPRIM_KERNEL_SINCE(major, minor) \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))
/** @endcond */

#ifndef VPRIM_KERNEL_VFIO_CAPS_OP
/** struct vfio_device_ops has `get_region_info_caps`. */
#define VPRIM_KERNEL_VFIO_CAPS_OP VPRIM_KERNEL_SINCE(6, 19)
#endif

#ifndef VPRIM_KERNEL_HRTIMER_SETUP
/** hrtimer_setup() stands for hrtimer_init(). */
#define VPRIM_KERNEL_HRTIMER_SETUP VPRIM_KERNEL_SINCE(6, 13)
#endif

#ifndef VPRIM_KERNEL_DMABUF_INVALIDATE
/** An importer's callback is called invalidate_mappings. */
#define VPRIM_KERNEL_DMABUF_INVALIDATE VPRIM_KERNEL_SINCE(7, 1)
#endif

#ifndef VPRIM_KERNEL_NS_STRING
/** A namespace is named by a string: MODULE_IMPORT_NS("DMA_BUF"). */
#define VPRIM_KERNEL_NS_STRING VPRIM_KERNEL_SINCE(6, 13)
#endif

#endif
