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
 * device can reach. Linux before 6.18 does so for a container in which a mapping
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
	size_t capacity_;	/* ranges that fit in windows */
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
 * @brief Let the device reach a file: a memfd, or a device's own memory as a dma-buf.
 *
 * With an IOAS only. A memfd that is mapped so stays mapped when the process that
 * mapped it is replaced. A device's BAR cannot be mapped through the process, as
 * memory is: iommufd cannot pin it, and the way is its dma-buf, from
 * vprim_user_vfio_dmabuf().
 *
 * **A dma-buf is revoked** whenever its device may not be reached: at a reset, when
 * its memory decoding is turned off or it is put to sleep, and when it is closed.
 * The kernel takes it out of the page tables before that happens, and accesses fault
 * from then on. The range stays taken, here and there, and nothing brings it back:
 * unmap it, and map it anew when the device is back.
 *
 * @param[in,out] dma     The object; after any error its map is exactly as it was.
 * @param[in]     range   The IOVAs: whole pages, in one window.
 * @param[in]     fd      The file; may be closed afterwards.
 * @param[in]     offset  Where in the file, whole pages; the value in the map.
 * @param[in]     prot    As for vprim_user_dma_map().
 * @param[out]    fault   Why not; may be NULL.
 *
 * @retval 0            Mapped, here and in the kernel.
 * @retval -EINVAL      @p fd is negative; or as for vprim_user_dma_map().
 * @retval -EOPNOTSUPP  A container cannot.
 * @retval -ENOTTY      The kernel is older than 6.13.
 * @retval -errno       As vprim_user_dma_map().
 *
 * @par Source
 * IOMMU_IOAS_MAP_FILE: memfd from Linux 6.13 on, dma-buf from 6.19 on.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_dma_map_file(struct vprim_user_dma *dma,
			    const struct vprim_range *range, int fd,
			    uint64_t offset, uint32_t prot,
			    struct vprim_user_fault *fault);

/**
 * @brief A device's own memory as a dma-buf, for vprim_user_dma_map_file() or others.
 *
 * @param[in]  device  A PCI device.
 * @param[in]  region  Its region: BAR 0 to 5.
 * @param[in]  parts   First and last offset of each part, whole pages.
 * @param[in]  count   Parts, 1 to 4096.
 * @param[out] fault   Why not; may be NULL.
 * @return A descriptor, not negative; close(2) it. Or a negative errno.
 *
 * @retval -EINVAL  @p device is closed, a part is inverted or all of 64 bits, or
 *                  @p count is none; or the kernel answered so.
 * @retval -ENOMEM  Memory ran out.
 * @retval -errno   What the ioctl answered; -ENOTTY from kernels before 6.19.
 *
 * @par Source
 * VFIO_DEVICE_FEATURE_DMA_BUF of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_user_vfio_dmabuf(const struct vprim_user_vfio_device *device,
			   uint32_t region, const struct vprim_range *parts,
			   size_t count, struct vprim_user_fault *fault);

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

/** @brief What the limit of locked memory leaves. */
struct vprim_user_memlock {
	uint64_t limit_bytes;	/**< RLIMIT_MEMLOCK; UINT64_MAX for none. */
	uint64_t locked_bytes;	/**< Counted against it already. */
	bool exempt;		/**< CAP_IPC_LOCK: nothing is counted. */
	bool fits;		/**< What is wanted would be mapped. */
};

/**
 * @brief Whether memory can be locked, before anything is mapped.
 *
 * Mapping locks memory. A container counts for the process, with what mlock(2) has;
 * iommufd for the user, of whose other processes nobody can tell here. Memory that is
 * mapped in two containers, or at two addresses, counts twice.
 *
 * @param[in]  space       The space that it is to be mapped in.
 * @param[in]  want_bytes  Bytes to be mapped.
 * @param[out] memlock     What there is. Written only on success.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0            @p memlock is valid, and an estimate.
 * @retval -EINVAL      @p space is closed.
 * @retval -EOPNOTSUPP  Its system calls cannot read.
 * @retval -errno       What a system call answered.
 *
 * @par Source
 * /proc/self/limits; VmLck, VmPin and CapEff of /proc/self/status. Linux
 * vfio_lock_acct() and iopt_pages with IOPT_PAGES_ACCOUNT_USER.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_user_dma_memlock(const struct vprim_user_vfio_space *space,
			   uint64_t want_bytes, struct vprim_user_memlock *memlock,
			   struct vprim_user_fault *fault);

/** @name Dirty pages
 *
 *     container   track on --> read ... read --> track off       hwpt_id is 0
 *     IOAS        domain --> the same, with the domain's id
 *
 * Reading clears. A container whose IOMMU cannot tell reports all that is pinned.
 * @{ */

/**
 * @brief Put a device into a domain of its IOAS in which writes are tracked.
 *
 * What is mapped in the IOAS stays mapped, and is there. The domain goes with the
 * space.
 *
 * @param[in]  device   A device with an IOAS, bound here.
 * @param[out] hwpt_id  The domain. Written only on success.
 * @param[out] fault    Why not; may be NULL.
 *
 * @retval 0            The device is in it.
 * @retval -EINVAL      @p device or its space is closed, or the device came here
 *                      bound; or the kernel answered so.
 * @retval -EOPNOTSUPP  A container has no domains; or the IOMMU cannot track.
 * @retval -errno       What an ioctl answered.
 *
 * @par Source
 * IOMMU_HWPT_ALLOC with IOMMU_HWPT_ALLOC_DIRTY_TRACKING, Linux 6.7.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_dma_dirty_domain(const struct vprim_user_vfio_device *device,
				uint32_t *hwpt_id,
				struct vprim_user_fault *fault);

/**
 * @brief Turn tracking on or off.
 *
 * @param[in]  space    The space.
 * @param[in]  hwpt_id  The domain; 0 for a container.
 * @param[in]  on       Whether.
 * @param[out] fault    Why not; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p space is closed, or @p hwpt_id is not as it says; or the
 *                  kernel answered so.
 * @retval -errno   What the ioctl answered.
 *
 * @par Source
 * VFIO_IOMMU_DIRTY_PAGES; IOMMU_HWPT_SET_DIRTY_TRACKING.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_dma_dirty_track(const struct vprim_user_vfio_space *space,
			       uint32_t hwpt_id, bool on,
			       struct vprim_user_fault *fault);

/**
 * @brief Read, and clear, which pages were written to.
 *
 * @param[in]  space       The space.
 * @param[in]  hwpt_id     The domain; 0 for a container.
 * @param[in]  range       The IOVAs: whole pages, and in a container whole mappings.
 * @param[in]  page_bytes  Bytes that a bit stands for, a power of two; in a container
 *                         the IOMMU's smallest page.
 * @param[out] bitmap      Bit 0 is the first page. The words of the range are
 *                         overwritten, on failure too.
 * @param[in]  words       Words of 64 pages in @p bitmap.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0          @p bitmap is valid.
 * @retval -EINVAL    @p space is closed, @p hwpt_id not as it says, @p range
 *                    inverted or not whole pages, or @p page_bytes no power of two;
 *                    or the kernel answered so.
 * @retval -EMSGSIZE  @p words are too few.
 * @retval -errno     What the ioctl answered.
 *
 * @par Source
 * VFIO_IOMMU_DIRTY_PAGES; IOMMU_HWPT_GET_DIRTY_BITMAP.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3, 5)
int vprim_user_dma_dirty_read(const struct vprim_user_vfio_space *space,
			      uint32_t hwpt_id, const struct vprim_range *range,
			      uint64_t page_bytes, uint64_t *bitmap,
			      size_t words, struct vprim_user_fault *fault);
/** @} */

/** @name Writes that a device logs itself
 *
 *     start --> read ... read --> stop
 *
 * For devices that can migrate; no IOMMU is asked, container or IOAS are alike. A
 * read clears what it returns.
 * @{ */

/** Ranges that a kernel with pages of 4 KiB takes. */
#define VPRIM_USER_DMA_LOG_RANGES 256

/**
 * @brief Let a device log the pages that it writes to.
 *
 * A list longer than #VPRIM_USER_DMA_LOG_RANGES is combined before, with
 * vprim_iova_windows_combine(): the device then logs the addresses between too. The
 * driver may combine further, where its device tracks fewer.
 *
 * @param[in]     device       A device.
 * @param[in]     list         The IOVAs: ascending, disjoint, whole pages.
 * @param[in,out] page_bytes   Bytes that are wanted for a page, a power of two; the
 *                             driver may choose others. Written only on success.
 * @param[out]    added_bytes  Bytes of the gaps that are logged too; may be NULL.
 *                             Written only on success.
 * @param[out]    fault        Why not; may be NULL.
 *
 * @retval 0           The device logs.
 * @retval -EINVAL     @p device is closed; @p list is empty, no list, or not whole
 *                     pages; @p page_bytes is no power of two; or the kernel
 *                     answered so.
 * @retval -ENOMEM     Memory ran out.
 * @retval -ENOTTY     The device, or its driver, cannot.
 * @retval -errno      What the ioctl answered: -EOVERFLOW for a range that ends at
 *                     2^64-1.
 *
 * @par Source
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_START of linux/vfio.h, from Linux 6.1 on; Linux
 * vfio_main.c, LOG_MAX_RANGES.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_user_dma_log_start(const struct vprim_user_vfio_device *device,
			     struct vprim_ranges list, uint64_t *page_bytes,
			     uint64_t *added_bytes,
			     struct vprim_user_fault *fault);

/**
 * @brief End what vprim_user_dma_log_start() began.
 *
 * @param[in]  device  A device.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0        The device logs no more.
 * @retval -EINVAL  @p device is closed; or the kernel answered so.
 * @retval -errno   What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_dma_log_stop(const struct vprim_user_vfio_device *device,
			    struct vprim_user_fault *fault);

/**
 * @brief Read, and clear, which pages a device wrote to.
 *
 * @param[in]  device      A device that logs.
 * @param[in]  range       The IOVAs: whole pages.
 * @param[in]  page_bytes  Bytes that a bit stands for, a power of two of at least
 *                         4096.
 * @param[out] bitmap      Bit 0 is the first page. The words of the range are
 *                         overwritten, on failure too.
 * @param[in]  words       Words of 64 pages in @p bitmap.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0          @p bitmap is valid.
 * @retval -EINVAL    @p device is closed, @p range inverted, all of 64 bits or not
 *                    whole pages, or @p page_bytes no power of two; or the kernel
 *                    answered so.
 * @retval -EMSGSIZE  @p words are too few.
 * @retval -errno     What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_user_dma_log_read(const struct vprim_user_vfio_device *device,
			    const struct vprim_range *range, uint64_t page_bytes,
			    uint64_t *bitmap, size_t words,
			    struct vprim_user_fault *fault);
/** @} */

VPRIM_END_DECLS

#endif
