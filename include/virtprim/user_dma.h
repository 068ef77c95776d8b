/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_dma.h
 * @brief Mapping memory for a device, with a library map in step with the kernel.
 *
 * The kernel does not tell what it has mapped; a program must remember, and both
 * must agree at all times. Each call goes through the same steps:
 *
 *     map:    windows? --> into the map --> ioctl --> done
 *                            ^ refused: out again, as it was
 *     unmap:  whole mappings? --> ioctl --> as many bytes as we know? --> out
 *                                 refused: stays       no: stays, and SPOILED
 *
 * **When the kernel reports another size than was mapped**, nobody knows what the
 * device can reach. Linux up to 6.12 does so for a container in which a mapping
 * ends at 2^64-1: unmap answers success and 0 bytes, and the device still reaches
 * the page. The mapping then stays in the library map, so that its addresses are
 * not given out again; the memory must stay allocated; and from then on every map
 * and unmap is refused with -EIO. Closing the devices and the space is the way out.
 *
 * Takes no locks: calls that take a `const` object may run beside each other, any
 * other needs the caller's exclusion.
 */
#ifndef VIRTPRIM_USER_DMA_H
#define VIRTPRIM_USER_DMA_H
#include <virtprim/iova_map.h>
#include <virtprim/user_vfio.h>
VPRIM_BEGIN_DECLS

/** @name What the device may do
 * @{ */
#define VPRIM_USER_DMA_READ 1u		/**< Read the memory. */
#define VPRIM_USER_DMA_WRITE 2u		/**< Write it. */
/** @} */

/** @brief What is mapped in a space. Zeroed, it is retired. */
struct vprim_user_dma {
	/** Each mapping, and the process address behind it; read only. Searches that
	 *  take a map which is not `const` are fine. */
	struct vprim_iova_map map;
	struct vprim_range *windows;	/**< Usable addresses; read only. */
	size_t nr_windows;		/**< How many; 0 restricts nothing; read only. */
	bool spoiled;			/**< Kernel and map disagree; read only. */
	/** @cond internal */
	/* private: */
	const struct vprim_user_vfio_space *space_;
	struct vprim_alloc_ops ops_;
	void *ctx_;
	size_t room_;	/* ranges that fit in windows */
	/** @endcond */
};

/**
 * @brief Begin to map in a space where nothing is mapped yet.
 *
 * @param[out] dma     The object. Written only on success.
 * @param[in]  space   The space, with a device in it; must stay.
 * @param[in]  ops     Allocator for map and windows; may be NULL: that is
 *                     vprim_user_alloc().
 * @param[in]  ctx     Handed to @p ops; may be NULL.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0         Ready; the kernel's windows are in it.
 * @retval -EINVAL   @p space is closed.
 * @retval -ENOMEM   Memory ran out.
 * @retval -E2BIG    As for vprim_user_vfio_windows(); or they grew too often, or
 *                   are more than 4096.
 * @retval -EBADMSG  As for vprim_user_vfio_windows().
 * @retval -errno    See there.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_dma_init(struct vprim_user_dma *dma,
			const struct vprim_user_vfio_space *space,
			const struct vprim_alloc_ops *ops, void *ctx,
			struct vprim_user_fault *fault);

/**
 * @brief Give the memory back. What is mapped stays mapped in the kernel.
 *
 * Unmap first, or close devices and space afterwards.
 *
 * @param[in,out] dma  The object, zeroed afterwards; a zeroed one is fine.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_dma_fini(struct vprim_user_dma *dma);

/**
 * @brief Read the windows anew, after a device came or went.
 *
 * @param[in,out] dma    The object; as it was after an error.
 * @param[out]    fault  Why not; may be NULL.
 *
 * @retval 0         The windows are the kernel's of now.
 * @retval -EINVAL   @p dma is retired, or its space closed.
 * @retval -ENOMEM   Memory ran out.
 * @retval -E2BIG    As for vprim_user_dma_init(), and so the next.
 * @retval -EBADMSG  See there.
 * @retval -errno    See there.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_dma_refresh(struct vprim_user_dma *dma,
			   struct vprim_user_fault *fault);

/**
 * @brief Where a buffer may go: for vprim_hole_place() and its like.
 *
 * @param[in]  dma      The object; must stay, and keep its windows, while the
 *                      result is used.
 * @param[out] blocked  The caller's; the result points to it.
 * @return The windows and what is mapped, by value.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_hole_space
vprim_user_dma_space(struct vprim_user_dma *dma,
		     struct vprim_hole_blocked *blocked);

/**
 * @brief Let the device reach memory at chosen addresses.
 *
 * @param[in,out] dma    The object; after any error its map is exactly as it was.
 * @param[in]     range  The IOVAs: whole pages, in one window.
 * @param[in]     vaddr  The memory; must stay allocated while mapped.
 * @param[in]     prot   #VPRIM_USER_DMA_READ, #VPRIM_USER_DMA_WRITE, or both.
 * @param[out]    fault  Why not; may be NULL.
 *
 * @retval 0           Mapped, here and in the kernel.
 * @retval -EINVAL     @p dma is retired, its space closed, @p range inverted, or
 *                     @p prot empty or unknown; or the kernel answered so.
 * @retval -EOVERFLOW  The size does not fit in 64 bits.
 * @retval -ERANGE     Not in one window.
 * @retval -EEXIST     Overlaps a mapping of the map; or the kernel answered so.
 * @retval -ENOMEM     Memory ran out, here or there.
 * @retval -EIO        The space is spoiled.
 * @retval -errno      What the ioctl answered.
 *
 * @par Source
 * VFIO_IOMMU_MAP_DMA; IOMMU_IOAS_MAP with FIXED_IOVA.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_user_dma_map(struct vprim_user_dma *dma,
		       const struct vprim_range *range, const void *vaddr,
		       uint32_t prot, struct vprim_user_fault *fault);

/**
 * @brief Let the device reach memory where there is a place for it.
 *
 * vprim_iova_map_place() in the windows, and vprim_user_dma_map() there, all or
 * nothing.
 *
 * @param[in,out] dma    The object; after any error its map is exactly as it was.
 * @param[in]     want   What is wanted: whole pages, aligned to pages.
 * @param[in]     vaddr  The memory; must stay allocated while mapped.
 * @param[in]     prot   As for vprim_user_dma_map().
 * @param[out]    range  Where it is. Written only on success.
 * @param[out]    fault  Why not; may be NULL.
 *
 * @retval 0        Mapped, here and in the kernel.
 * @retval -ENOSPC  No place will do; or the kernel answered so.
 * @retval -EINVAL  vprim_hole_check() refuses @p want; or as vprim_user_dma_map().
 * @retval -errno   As vprim_user_dma_map().
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3, 5)
int vprim_user_dma_place(struct vprim_user_dma *dma,
			 const struct vprim_hole *want, const void *vaddr,
			 uint32_t prot, struct vprim_range *range,
			 struct vprim_user_fault *fault);

/**
 * @brief Take back every mapping in a range, lowest first.
 *
 * Whole mappings only: with one that sticks out nothing is done at all. The kernel
 * is asked once for each mapping. When it refuses one, those below are gone and
 * the rest is there, in the map as in the kernel; vprim_user_fault::reason names
 * the range.
 *
 * @param[in,out] dma    The object.
 * @param[in]     range  The addresses; 0..2^64-1 is everything.
 * @param[out]    fault  Why not; may be NULL.
 *
 * @retval 0        Nothing is mapped in @p range any more.
 * @retval -EINVAL  @p dma is retired, its space closed, @p range inverted; a
 *                  mapping sticks out of it; or the kernel answered so.
 * @retval -ENOENT  Nothing is mapped in @p range; or the kernel answered so.
 * @retval -EIO     The kernel unmapped another size than was mapped: the mapping
 *                  stays in the map and the space is spoiled. Or it was before.
 * @retval -errno   What the ioctl answered.
 *
 * @par Source
 * VFIO_IOMMU_UNMAP_DMA; IOMMU_IOAS_UNMAP. The wrong size: Linux 6.12
 * vfio_dma_do_unmap() with a mapping that ends at 2^64-1.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_dma_unmap(struct vprim_user_dma *dma,
			 const struct vprim_range *range,
			 struct vprim_user_fault *fault);

VPRIM_END_DECLS

#endif
