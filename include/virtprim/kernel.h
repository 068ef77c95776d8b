/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel.h
 * @brief The kernel shim: what a Linux driver gets beside the core.
 *
 * For code inside a kernel only; not installed, but written out by `make vendor`.
 * @ref kernel_page says how to build it. Linux 6.12 and later.
 *
 * Memory comes from kmalloc(). An allocator (struct vprim_kernel_alloc) carries
 * the GFP flags of the objects made with it. Where memory is wanted under a
 * spinlock it is put aside before:
 *
 *       vprim_kernel_alloc_fill()  ...  spin_lock  ...  the core allocates
 *       may sleep                                       what was put aside
 *
 * An allocator belongs to whoever excludes the objects made with it: calls of the
 * core on such an object, and the calls here, exclude each other, unless nothing
 * is put aside; then any number may run at once.
 */
#ifndef VIRTPRIM_KERNEL_H
#define VIRTPRIM_KERNEL_H
#include <virtprim/platform.h>
#include <linux/gfp.h>
VPRIM_BEGIN_DECLS

/**
 * @brief An allocator: how to ask, and what was put aside.
 *
 * Give its address as the context of vprim_kernel_alloc_ops().
 */
struct vprim_kernel_alloc {
	gfp_t gfp;	/**< Flags of every request made through it. */
	/** @cond internal */
	/* private: */
	void *aside;		/* pieces put aside, linked through their first bytes */
	size_t wanted_bytes;	/* the request that failed last; 0: none did */
	unsigned int fills;	/* at work; while there are, frees go aside */
	/** @endcond */
};

/**
 * @brief Prepare an allocator with nothing put aside.
 * @param[out] alloc  The allocator.
 * @param[in]  gfp    Flags: GFP_KERNEL where the objects are used in process
 *                    context, GFP_NOWAIT under a spinlock.
 *
 * @par Source
 * House rule.
 */
VPRIM_API void vprim_kernel_alloc_init(struct vprim_kernel_alloc *alloc, gfp_t gfp);

/**
 * @brief kmalloc() and kfree() as an allocator of the core.
 *
 * The context is a struct vprim_kernel_alloc, or NULL for GFP_KERNEL. Requests
 * of more than a page may come from vmalloc() where the flags let it sleep, and
 * are then to be freed where one may sleep; nodes of the IOVA map are smaller.
 *
 * @return Operations that live as long as the module.
 *
 * @par Source
 * Linux kmalloc(), kvmalloc(), kvfree().
 */
VPRIM_API const struct vprim_alloc_ops *vprim_kernel_alloc_ops(void);

/**
 * @brief Begin to put memory aside: from here on frees stay with the allocator.
 *
 * A call of the core that failed for want of memory gives back what it had got;
 * that must be there for the next try, or the tries would not come to an end.
 * vprim_kernel_iova_spinmap_preload() shows the loop.
 *
 * @param[in,out] alloc  The allocator, under the objects' lock.
 *
 * @par Source
 * House rule; the role of Linux radix_tree_preload().
 */
VPRIM_API void vprim_kernel_alloc_begin(struct vprim_kernel_alloc *alloc);

/**
 * @brief Memory for the request that failed last. May sleep.
 *
 * @param[in]  wanted_bytes  What vprim_kernel_alloc_wanted() said.
 * @param[in]  gfp           Flags for this piece, such as GFP_KERNEL.
 * @return The piece, for vprim_kernel_alloc_fill(), or NULL.
 *
 * @par Source
 * Linux kmalloc().
 */
VPRIM_API void *vprim_kernel_alloc_piece(size_t wanted_bytes, gfp_t gfp);

/**
 * @brief Bytes of the request that failed last since begin.
 * @param[in] alloc  The allocator, under the objects' lock.
 * @return Bytes; 0 when none failed.
 */
VPRIM_API size_t vprim_kernel_alloc_wanted(const struct vprim_kernel_alloc *alloc);

/**
 * @brief Put a piece aside, for a later request of this size.
 * @param[in,out] alloc       The allocator, under the objects' lock.
 * @param[in]     piece       From vprim_kernel_alloc_piece(); now the allocator's.
 * @param[in]     size_bytes  Its size.
 */
VPRIM_API void vprim_kernel_alloc_fill(struct vprim_kernel_alloc *alloc,
				       void *piece, size_t size_bytes);

/**
 * @brief End: hand over what was put aside and not used.
 * @param[in,out] alloc  The allocator, under the objects' lock; nothing is put
 *                       aside any more.
 * @return For vprim_kernel_alloc_drop(), which needs no lock; maybe NULL.
 */
VPRIM_API void *vprim_kernel_alloc_end(struct vprim_kernel_alloc *alloc);

/** @brief Free what vprim_kernel_alloc_end() handed over; NULL is fine. */
VPRIM_API void vprim_kernel_alloc_drop(void *rest);

/** @brief What the allocator of this copy of the library has given out. */
struct vprim_kernel_alloc_stats {
	uint64_t live;		/**< Pieces that are out. */
	uint64_t live_bytes;	/**< Their bytes. */
	uint64_t requests;	/**< Requests so far, refused ones included. */
	uint64_t refused;	/**< Refused by vprim_kernel_alloc_fail(). */
};

/**
 * @brief Count what is out. Built with VPRIM_DEBUGFS=1; else all zero.
 * @param[out] stats  The counts.
 */
VPRIM_API void vprim_kernel_alloc_stats(struct vprim_kernel_alloc_stats *stats);

/**
 * @brief Refuse one request, for tests. Built with VPRIM_DEBUGFS=1; else ignored.
 * @param[in] nth  Which from now: 1 is the next one, 0 none.
 */
VPRIM_API void vprim_kernel_alloc_fail(uint64_t nth);

VPRIM_END_DECLS

#endif
