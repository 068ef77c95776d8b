/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_vfio_info.h
 * @brief VFIO_DEVICE_GET_INFO, and capabilities that are in a `struct
 *        vfio_info_cap` already.
 *
 * Takes no lock and allocates nothing. vprim_kernel_vfio_device_info() copies from
 * and to the caller: process context.
 */
#ifndef VIRTPRIM_KERNEL_VFIO_INFO_H
#define VIRTPRIM_KERNEL_VFIO_INFO_H
#include <virtprim/vfio_cap_build.h>
VPRIM_BEGIN_DECLS

struct vfio_device_info;
struct vfio_info_cap;

/**
 * @brief Answer VFIO_DEVICE_GET_INFO.
 *
 * @param[in]     info   What the driver says: flags, num_regions, num_irqs.
 * @param[in,out] chain  An open chain for a struct of sizeof(*info) bytes, 24 and
 *                       20 before Linux 6.6; done afterwards.
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
