/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file region_info.h
 * @brief Answering VFIO_DEVICE_GET_REGION_INFO: the core negotiates, the driver
 *        only says what the region is.
 *
 *      caller --32 bytes--> core: argsz, index
 *                                 |
 *                           driver: offset, size, flags; adds capabilities
 *                                 |
 *      caller <-- fixed --- core: CAPS, argsz, cap_offset
 *             <-- chain ---
 *
 * The driver never sees argsz or cap_offset, so it cannot get them wrong. It
 * checks the index; where that picks an array element, a kernel driver puts its
 * speculation barrier there.
 *
 * Takes no locks and allocates nothing; safe to run for several callers at once
 * when the driver's operation is.
 */
#ifndef VIRTPRIM_REGION_INFO_H
#define VIRTPRIM_REGION_INFO_H
#include <virtprim/vfio_cap_build.h>
VPRIM_BEGIN_DECLS

/* A kernel has its own names for these. */
#if !defined(__KERNEL__)
/** @name vfio-pci regions
 * @{ */
#define VPRIM_REGION_INFO_PCI_BAR0 0u		/**< BARs are 0 to 5. */
#define VPRIM_REGION_INFO_PCI_ROM 6u		/**< Expansion ROM. */
#define VPRIM_REGION_INFO_PCI_CONFIG 7u		/**< Configuration space. */
#define VPRIM_REGION_INFO_PCI_VGA 8u		/**< Legacy VGA ranges. */
#define VPRIM_REGION_INFO_PCI_DEVICE 9u		/**< First of the device's own. */
/** A vfio-pci region begins at its index shifted by this in the device's file. */
#define VPRIM_REGION_INFO_PCI_SHIFT 40u
/** @} */
#endif

/** What an operation returns for a region that another answers for. */
#define VPRIM_REGION_INFO_NOT_MINE 1

/** @brief What a driver is asked, and what it says. */
struct vprim_region_info {
	uint32_t index;		/**< In: which region. */
	uint32_t flags;		/**< Out: VPRIM_VFIO_CAP_REGION_READ, WRITE, MMAP. */
	uint64_t offset;	/**< Out: where it lies in the device's file. */
	uint64_t size;		/**< Out: bytes; 0 for a region that is absent. */
};

/** @brief A driver's operations. */
struct vprim_region_info_ops {
	/**
	 * Say what region @c info->index is: offset, size and flags, which are 0
	 * at the call, and add capabilities to @c chain, which it may only add to
	 * and ask for its size: one that comes back closed is answered with
	 * -EINVAL. Every add returns 0 when the caller's buffer is too small, so
	 * one that fails is passed on.
	 *
	 * Returns 0; a negative errno, -EINVAL when there is no such region, which
	 * reaches the caller alone; or, in a driver that wraps another,
	 * #VPRIM_REGION_INFO_NOT_MINE. May call all of this library.
	 */
	int (*get_region_info_caps)(void *device, struct vprim_region_info *info,
				    struct vprim_vfio_cap_chain *chain);
};

/**
 * @brief Answer one query.
 *
 * After success copy out @p info and, when reply->chain_bytes is not 0, behind it
 * what vprim_vfio_cap_chain_finish() gives.
 *
 * @param[in]     ops     The driver.
 * @param[in]     device  Handed to the driver; may be NULL.
 * @param[in,out] info    In: the query's argsz, index and cap_offset. Out: the
 *                        answer. Changed only on success.
 * @param[in,out] chain   Open, empty, for a 32-byte struct. After success shifted
 *                        when there is a chain to copy, else done; after an error
 *                        done.
 * @param[out]    reply   What to copy. Written only on success, but for the last
 *                        -EMSGSIZE below.
 *
 * @retval 0          Copy out @p info and the chain.
 * @retval 1          The driver returned #VPRIM_REGION_INFO_NOT_MINE.
 * @retval -EINVAL    The query's argsz is below 32, @p chain is not as described,
 *                    or the driver returned more than 1.
 * @retval -EMSGSIZE  The caller's argsz would do, but the chain's own buffer did
 *                    not hold all of it: reply->argsz says what it takes. Ask
 *                    again with a chain that has so many bytes.
 * @retval -errno     What the driver returned.
 *
 * @par Source
 * Linux vfio core with get_region_info_caps; the job table in @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3, 4, 5)
int vprim_region_info_get(const struct vprim_region_info_ops *ops, void *device,
			  struct vprim_vfio_cap_fixed *info,
			  struct vprim_vfio_cap_chain *chain,
			  struct vprim_vfio_cap_reply *reply);

VPRIM_END_DECLS

#endif
