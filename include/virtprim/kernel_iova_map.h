/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_iova_map.h
 * @brief The IOVA map beside a kernel lock: a semaphore, or a spinlock.
 *
 * | | struct vprim_kernel_iova_map | struct vprim_kernel_iova_spinmap |
 * |---|---|---|
 * | lock | rw_semaphore | spinlock, interrupts off |
 * | called from | process context | any context but NMI |
 * | memory of an insert | asked for in the call | got before, by preload |
 *
 * Lock and map are members, so that lockdep and sparse see what is held: take the
 * lock and make the calls of iova_map.h, any number of them.
 *
 *     down_write(&m->lock);
 *     ret = vprim_iova_map_insert(&m->map, &range, value, NULL);
 *     up_write(&m->lock);
 *
 * Calls that take a `const` map do with down_read(). With
 * vprim_kernel_iova_map_retire() in the options point queries do with rcu_read_lock():
 *
 *     static const struct vprim_iova_map_options readers = {
 *             .retire = vprim_kernel_iova_map_retire };
 *     ret = vprim_kernel_iova_map_init(m, GFP_KERNEL_ACCOUNT, &readers);
 *
 *     rcu_read_lock();
 *     ret = vprim_iova_map_stab(&m->map, addr, &mapping);
 *     rcu_read_unlock();
 */
#ifndef VIRTPRIM_KERNEL_IOVA_MAP_H
#define VIRTPRIM_KERNEL_IOVA_MAP_H
#include <virtprim/iova_map.h>
#include <virtprim/kernel.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
VPRIM_BEGIN_DECLS

/**
 * @brief Lets readers run beside the writer: vprim_iova_map_options::retire.
 *
 * Frees the node a grace period of RCU later. Readers are within rcu_read_lock(), or
 * anything else that such a grace period waits for. Nobody reads any more when the
 * map is given back with its fini call; what was retired before may come back later.
 *
 * @param[in] ctx         The map's memory; not looked at.
 * @param[in] node        What the map retires.
 * @param[in] size_bytes  Its size.
 *
 * @par Source
 * Linux kfree_rcu().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2)
void vprim_kernel_iova_map_retire(void *ctx, void *node, size_t size_bytes);

/** @name Under a semaphore
 * @{ */

/** @brief A map and its semaphore. */
struct vprim_kernel_iova_map {
	struct rw_semaphore lock;	/**< For writing by calls that change, else for reading. */
	struct vprim_iova_map map;	/**< The map. */
	struct vprim_kernel_alloc alloc; /**< Its memory. */
};

/**
 * @brief Prepare a map.
 * @param[out] m        The map.
 * @param[in]  gfp      Flags for its memory, such as GFP_KERNEL_ACCOUNT.
 * @param[in]  options  As vprim_iova_map_init(); may be NULL.
 * @param[out] why      The rule that refused; may be NULL.
 *
 * @retval 0        Ready.
 * @retval -EINVAL  As vprim_iova_map_init().
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_kernel_iova_map_init(struct vprim_kernel_iova_map *m, gfp_t gfp,
			       const struct vprim_iova_map_options *options,
			       struct vprim_reason *why);

/** @brief Give all memory back. Nobody uses the map any more; takes no lock. */
VPRIM_API VPRIM_NONNULL
void vprim_kernel_iova_map_fini(struct vprim_kernel_iova_map *m);
/** @} */

/** @name Under a spinlock
 * @{ */

/** @brief A map and its spinlock. */
struct vprim_kernel_iova_spinmap {
	/* The map's and its memory's. */
	spinlock_t lock;		/**< With interrupts off: spin_lock_irqsave(). */
	struct vprim_iova_map map;	/**< The map. */
	struct vprim_kernel_alloc alloc; /**< Its memory. */
};

/**
 * @brief Prepare a map.
 * @param[out] m        The map.
 * @param[in]  options  As vprim_iova_map_init(); may be NULL.
 * @param[out] why      The rule that refused; may be NULL.
 *
 * @retval 0        Ready.
 * @retval -EINVAL  As vprim_iova_map_init().
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_kernel_iova_spinmap_init(struct vprim_kernel_iova_spinmap *m,
				   const struct vprim_iova_map_options *options,
				   struct vprim_reason *why);

/** @brief Give all memory back. Nobody uses the map any more; takes no lock. */
VPRIM_API VPRIM_NONNULL
void vprim_kernel_iova_spinmap_fini(struct vprim_kernel_iova_spinmap *m);

/**
 * @brief Promise that the next @p count inserts cannot fail for want of memory.
 *
 * Called with no spinlock held when @p gfp may sleep. Memory is got without the
 * lock; each hold of it moves 64 nodes at most, so that its length depends neither
 * on @p count nor on how short memory is, and their number is bounded. The promise
 * is the map's, not the caller's: who inserts without having preloaded uses it up.
 * See vprim_iova_map_reserve(), whose promise it is.
 *
 * @param[in,out] m      The map.
 * @param[in]     count  Inserts to promise; 0 ends a promise.
 * @param[in]     gfp    Flags for the memory, such as GFP_KERNEL.
 *
 * @retval 0        The promise holds.
 * @retval -EINVAL  @p m was never prepared.
 * @retval -ENOMEM  There is no memory, or others use it up as fast as it comes; an
 *                  earlier promise still holds, and what was got is given back.
 *
 * @par Source
 * As vprim_iova_map_reserve().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_kernel_iova_spinmap_preload(struct vprim_kernel_iova_spinmap *m,
				      size_t count, gfp_t gfp);
/** @} */

VPRIM_END_DECLS

#endif
