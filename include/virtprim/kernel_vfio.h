/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_vfio.h
 * @brief VFIO_DEVICE_GET_REGION_INFO of a `struct vfio_device`, answered by
 *        region_info.h.
 *
 * A driver writes one operation, struct vprim_kernel_vfio_ops, and hangs it in
 * where its kernel asks:
 *
 * | kernel | asks through | the driver calls there |
 * |---|---|---|
 * | up to 6.18 | `ioctl` of struct vfio_device_ops | vprim_kernel_vfio_region_info() |
 * | 6.19 on | `get_region_info_caps` | vprim_kernel_vfio_region_info_caps() |
 *
 * #VPRIM_KERNEL_VFIO_CAPS_OP says which one this kernel is. The operation runs
 * once for a query, and again, with memory for all, only when it adds more than
 * #VPRIM_KERNEL_VFIO_CHAIN_BYTES and the caller has room for them.
 *
 * Takes no lock. Process context: copies from and to the caller, may allocate.
 */
#ifndef VIRTPRIM_KERNEL_VFIO_H
#define VIRTPRIM_KERNEL_VFIO_H
#include <virtprim/kernel_compat.h>
#include <virtprim/region_info.h>
VPRIM_BEGIN_DECLS

struct vfio_device;
struct vfio_info_cap;
struct vfio_region_info;

/** Bytes of capabilities for which the operation never runs twice. */
#define VPRIM_KERNEL_VFIO_CHAIN_BYTES 192u

/** @brief A driver's operations. */
struct vprim_kernel_vfio_ops {
	/** As vprim_region_info_ops::get_region_info_caps, of this device. */
	int (*get_region_info_caps)(struct vfio_device *vdev,
				    struct vprim_region_info *info,
				    struct vprim_vfio_cap_chain *chain);
};

/**
 * @brief Answer a query of a user: copy in, ask, negotiate, copy out.
 *
 * @param[in] vdev  Handed to the operation; may be NULL.
 * @param[in] ops   The driver.
 * @param[in] arg   The user's struct; any address.
 *
 * @retval 0          Answered.
 * @retval 1          The operation said #VPRIM_REGION_INFO_NOT_MINE: nothing was
 *                    written, let another answer.
 * @retval -EFAULT    @p arg cannot be read or written.
 * @retval -ENOMEM    No memory for the chain.
 * @retval -EINVAL    As vprim_region_info_get().
 * @retval -EMSGSIZE  The operation added more when it was asked the second time.
 * @retval -errno     What the operation returned.
 *
 * @par Source
 * Linux vfio_pci_ioctl_get_region_info().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_kernel_vfio_region_info(struct vfio_device *vdev,
				  const struct vprim_kernel_vfio_ops *ops,
				  struct vfio_region_info __user *arg);

/**
 * @brief The same for a driver that has read the user's struct already.
 *
 * @param[in]     vdev  Handed to the operation; may be NULL.
 * @param[in]     ops   The driver.
 * @param[in,out] info  In: what the user gave. Out: what was written back.
 * @param[out]    arg   Where the answer goes; it is not read.
 *
 * @return As vprim_kernel_vfio_region_info().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2, 3)
int vprim_kernel_vfio_region_info_copied(struct vfio_device *vdev,
					 const struct vprim_kernel_vfio_ops *ops,
					 struct vfio_region_info *info,
					 struct vfio_region_info __user *arg);

/**
 * @brief Answer one query whose copying and argsz are the VFIO core's.
 *
 * @param[in]     vdev  Handed to the operation; may be NULL.
 * @param[in]     ops   The driver.
 * @param[in,out] info  In: index. Out: offset, size and flags, on success only.
 * @param[in,out] caps  Empty; takes the capabilities, on success only, in memory
 *                      that the VFIO core frees.
 *
 * @return As vprim_kernel_vfio_region_info(); -EINVAL also when @p caps is not
 *         empty.
 *
 * @par Source
 * Linux struct vfio_device_ops, get_region_info_caps.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2, 3, 4)
int vprim_kernel_vfio_region_info_caps(struct vfio_device *vdev,
				       const struct vprim_kernel_vfio_ops *ops,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps);

VPRIM_END_DECLS

#endif
