/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_vfio.h
 * @brief VFIO_DEVICE_GET_REGION_INFO of a `struct vfio_device`, answered by
 *        region_info.h.
 *
 * A driver writes one operation, struct vprim_region_info_ops, and hangs it in
 * where its kernel asks:
 *
 * | kernel | asks through | the driver calls there |
 * |---|---|---|
 * | up to 6.18 | `ioctl` of struct vfio_device_ops | vprim_kernel_vfio_region_info() |
 * | 6.19 on | `get_region_info_caps` | vprim_kernel_vfio_region_info_caps() |
 *
 * #VPRIM_KERNEL_VFIO_CAPS_OP says which one this kernel is. The operation may be
 * called twice for one query, first to measure; what it says must not change
 * between the two but with the device's own lock.
 *
 * Takes no lock. Process context: copies from and to the caller, and allocates. The
 * operation may call anything; nothing here is in its way.
 */
#ifndef VIRTPRIM_KERNEL_VFIO_H
#define VIRTPRIM_KERNEL_VFIO_H
#include <virtprim/region_info.h>
#include <linux/version.h>
VPRIM_BEGIN_DECLS

struct vfio_device;
struct vfio_info_cap;
struct vfio_region_info;

#ifndef VPRIM_KERNEL_VFIO_CAPS_OP
/** 1 where struct vfio_device_ops has `get_region_info_caps`. May be given by the build. */
#define VPRIM_KERNEL_VFIO_CAPS_OP (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0))
#endif

/**
 * @brief Answer one query of a user, all of it: copy in, ask, negotiate, copy out.
 *
 * @param[in] vdev  The device; handed to the operation; may be NULL.
 * @param[in] ops   The driver.
 * @param[in] arg   The user's struct vfio_region_info; may be NULL, as any bad
 *                  address: -EFAULT.
 *
 * @retval 0          Answered.
 * @retval -EFAULT    @p arg cannot be read or written.
 * @retval -ENOMEM    No memory for the chain.
 * @retval -EINVAL    As vprim_region_info_get().
 * @retval -EMSGSIZE  The operation added more when it was asked the second time.
 * @retval -errno     What the operation returned.
 *
 * @par Source
 * Linux vfio_pci_ioctl_get_region_info().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2) VPRIM_MUST_CHECK
int vprim_kernel_vfio_region_info(struct vfio_device *vdev,
				  const struct vprim_region_info_ops *ops,
				  struct vfio_region_info __user *arg);

/**
 * @brief Answer one query whose copying and argsz are the VFIO core's.
 *
 * @param[in]     vdev  The device; handed to the operation; may be NULL.
 * @param[in]     ops   The driver.
 * @param[in,out] info  In: index. Out: offset, size and flags. Written only on
 *                      success.
 * @param[in,out] caps  Empty; takes the capabilities, in memory that the VFIO
 *                      core frees. Written only on success.
 *
 * @retval 0        Answered.
 * @retval -EINVAL  @p caps is not empty, or the operation returned more than 0.
 * @retval -ENOMEM  No memory for the chain.
 * @retval -EMSGSIZE  The operation added more when it was asked the second time.
 * @retval -errno   What the operation returned.
 *
 * @par Source
 * Linux struct vfio_device_ops, get_region_info_caps.
 */
VPRIM_API VPRIM_NONNULL_ARGS(2, 3, 4) VPRIM_MUST_CHECK
int vprim_kernel_vfio_region_info_caps(struct vfio_device *vdev,
				       const struct vprim_region_info_ops *ops,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps);

VPRIM_END_DECLS

#endif
