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
 * spinlock it is got before, and brought along:
 *
 *       vprim_kernel_alloc_pieces()      spin_lock
 *       may sleep                        vprim_kernel_alloc_begin()
 *                                        the core takes pieces, and gives some back
 *                                        vprim_kernel_alloc_end()
 *       vprim_kernel_alloc_drop()        spin_unlock
 *
 * An allocator belongs to whoever excludes the objects made with it: from begin to
 * end nobody else makes a call that may allocate. Outside of that any number may.
 */
#ifndef VIRTPRIM_KERNEL_H
#define VIRTPRIM_KERNEL_H
#include <virtprim/platform.h>
#include <linux/gfp.h>
VPRIM_BEGIN_DECLS

/** @brief Memory that was got for later, pieces of any size. */
struct vprim_kernel_piece;

/**
 * @brief An allocator: how to ask, and what was brought along.
 *
 * Give its address as the context of vprim_kernel_alloc_ops().
 */
struct vprim_kernel_alloc {
	gfp_t gfp;	/**< Flags of every request made through it. */
	/** @cond internal */
	/* private: */
	struct vprim_kernel_piece *pieces;	/* brought along */
	size_t wanted_bytes;	/* the request that they did not serve; 0: none */
	bool begun;		/* the core gets pieces and nothing else */
	/** @endcond */
};

/**
 * @brief Prepare an allocator.
 * @param[out] alloc  The allocator.
 * @param[in]  gfp    Flags: GFP_KERNEL where the objects are used in process
 *                    context, GFP_NOWAIT under a spinlock.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_kernel_alloc_init(struct vprim_kernel_alloc *alloc, gfp_t gfp);

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
 * @brief Memory for a hold of the lock to come. May sleep, as @p gfp says.
 *
 * @param[in,out] pieces      What has been got; *pieces 0 at first.
 * @param[in]     size_bytes  Of each piece, as vprim_kernel_alloc_end() wants them.
 *                            Pieces of a few sizes may be held at once.
 * @param[in]     count       How many; what one hold of the lock is to move.
 * @param[in]     gfp         Flags for these pieces, such as GFP_KERNEL.
 * @return How many were added; fewer when memory runs out.
 *
 * @par Source
 * Linux kmalloc(); the role of Linux radix_tree_preload().
 */
VPRIM_API VPRIM_NONNULL
size_t vprim_kernel_alloc_pieces(struct vprim_kernel_piece **pieces,
					   size_t size_bytes, size_t count,
					   gfp_t gfp);

/**
 * @brief From here on requests are served from these pieces alone. O(1).
 *
 * What the core frees meanwhile joins them, so that the lock's holder does not
 * free either. vprim_kernel_iova_spinmap_preload() shows the loop.
 *
 * @param[in,out] alloc   The allocator, under the objects' lock.
 * @param[in]     pieces  From vprim_kernel_alloc_pieces(); may be NULL.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
void vprim_kernel_alloc_begin(struct vprim_kernel_alloc *alloc,
					struct vprim_kernel_piece *pieces);

/**
 * @brief End of that, in the same hold of the lock. O(1).
 *
 * @param[in,out] alloc         The allocator, under the objects' lock.
 * @param[out]    wanted_bytes  The size that a request had for which there was no
 *                              piece; 0 when all were served.
 * @return What is left, for vprim_kernel_alloc_drop(), or for another begin; maybe
 *         NULL.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_kernel_piece *
vprim_kernel_alloc_end(struct vprim_kernel_alloc *alloc, size_t *wanted_bytes);

/** @brief Free pieces, without a lock; @p pieces may be NULL. */
VPRIM_API void vprim_kernel_alloc_drop(struct vprim_kernel_piece *pieces);

/** @cond internal */
/* Memory of kernel_alloc() that somebody else gives back. */
void vprim_kernel_alloc_gone_(size_t size_bytes);
/** @endcond */

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
VPRIM_API VPRIM_NONNULL
void vprim_kernel_alloc_stats_read(struct vprim_kernel_alloc_stats *stats);

/**
 * @brief Refuse one request, for tests. Built with VPRIM_DEBUGFS=1; else ignored.
 * @param[in] nth  Which from now: 1 is the next one, 0 none.
 */
VPRIM_API void vprim_kernel_alloc_fail(uint64_t nth);

VPRIM_END_DECLS

#endif
