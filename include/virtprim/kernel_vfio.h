/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_vfio.h
 * @brief VFIO_DEVICE_GET_REGION_INFO and VFIO_DEVICE_GET_INFO of a
 *        `struct vfio_device`, answered by region_info.h and vfio_cap_build.h.
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
 * once for a query. Only when the caller has room for more than
 * #VPRIM_KERNEL_VFIO_CHAIN_BYTES of capabilities and the driver adds more does it
 * run again, with memory for all of them; what it says must not change between
 * the two but with the device's own lock.
 *
 * Takes no lock. Process context: copies from and to the caller, and may
 * allocate. The operation may call anything; nothing here is in its way.
 */
#ifndef VIRTPRIM_KERNEL_VFIO_H
#define VIRTPRIM_KERNEL_VFIO_H
#include <virtprim/kernel_compat.h>
#include <virtprim/region_info.h>
VPRIM_BEGIN_DECLS

struct vfio_device;
struct vfio_device_info;
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
 * @param[in,out] info  In: what the user gave. Out: what was written back, on
 *                      success only.
 * @param[out]    arg   Where the answer goes; it is not read.
 *
 * @retval 0          Answered.
 * @retval 1          As vprim_kernel_vfio_region_info().
 * @retval -EFAULT    @p arg cannot be written.
 * @retval -ENOMEM    No memory for the chain.
 * @retval -EINVAL    As vprim_region_info_get().
 * @retval -EMSGSIZE  As vprim_kernel_vfio_region_info().
 * @retval -errno     What the operation returned.
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
 * @param[in,out] info  In: index. Out: offset, size and flags. Written only on
 *                      success.
 * @param[in,out] caps  Empty; takes the capabilities, in memory that the VFIO
 *                      core frees. Written only on success.
 *
 * @retval 0          Answered.
 * @retval 1          As vprim_kernel_vfio_region_info().
 * @retval -EINVAL    @p caps is not empty, or the operation returned more than 1.
 * @retval -ENOMEM    No memory for the chain.
 * @retval -EMSGSIZE  As vprim_kernel_vfio_region_info().
 * @retval -errno     What the operation returned.
 *
 * @par Source
 * Linux struct vfio_device_ops, get_region_info_caps.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2, 3, 4)
int vprim_kernel_vfio_region_info_caps(struct vfio_device *vdev,
				       const struct vprim_kernel_vfio_ops *ops,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps);

/**
 * @brief Answer VFIO_DEVICE_GET_INFO.
 *
 * @param[in]     info   What the driver says: flags, num_regions, num_irqs.
 * @param[in,out] chain  An open chain for a 24-byte struct; done afterwards.
 * @param[in,out] arg    The user's struct; any address.
 *
 * @retval 0          Answered.
 * @retval -EFAULT    @p arg cannot be read or written.
 * @retval -EINVAL    The user's argsz is below 16, or @p chain is not such a one.
 * @retval -EMSGSIZE  The user has room, but the chain's buffer held not all.
 *
 * @par Source
 * Linux vfio_pci_ioctl_get_info().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_kernel_vfio_device_info(const struct vfio_device_info *info,
				  struct vprim_vfio_cap_chain *chain,
				  struct vfio_device_info __user *arg);

/**
 * @brief Add what the kernel's own helpers have collected to a chain.
 *
 * @param[in,out] chain  An open chain.
 * @param[in]     caps   From vfio_info_add_capability(), before the shift; stays
 *                       the caller's.
 *
 * @retval 0           All are added.
 * @retval -EBADMSG    @p caps contradicts itself; what came before is added.
 * @retval -EMSGSIZE   As vprim_vfio_cap_add().
 * @retval -EINVAL     As vprim_vfio_cap_add().
 * @retval -EOVERFLOW  As vprim_vfio_cap_add().
 *
 * @par Source
 * Linux vfio_info_cap_add(), and vfio_pci_regops::add_capability, which takes a
 * struct vfio_info_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_kernel_vfio_take_caps(struct vprim_vfio_cap_chain *chain,
				const struct vfio_info_cap *caps);

VPRIM_END_DECLS

#endif
