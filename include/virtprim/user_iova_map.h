/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_iova_map.h
 * @brief A map of iova_map.h and its reader-writer lock, for threads.
 *
 * The lock lends the map: between lock and unlock it is one's own, for any number of
 * its calls, with its answers.
 *
 *     core = vprim_user_iova_map_lock(map);
 *     ret = vprim_iova_map_insert(core, &range, value, NULL);
 *     vprim_user_iova_map_unlock(map);
 *
 * vprim_user_iova_map_lock_shared() lends it for reading, to any number of threads:
 * whatever iova_map.h does with a `const` map, vprim_iova_map_stab() and cursors.
 * vprim_iova_map_gap() is not among them. A cursor belongs to one thread and survives
 * updates by others between two holds of the lock.
 *
 * What scales, measured on two processors with 10^5 mappings, as work beside one
 * thread on a map without a lock (doc/user.md has the table and says how to
 * measure):
 *
 * - The lock costs a thread that is alone 30 % of a lookup, 15 % of an update.
 * - Lookups of one address do not scale: two threads do as much as one. All
 *   readers write to the lock, and that costs as much as looking.
 * - Many lookups under one lock do: with vprim_iova_map_stab_batch() of 64
 *   addresses two threads do 1.85 times the work of one; until one operation in a
 *   hundred is an update, which takes all of that back.
 * - Updates run one at a time. Where a lock can be told so, as glibc's can, a
 *   waiting writer goes before readers that come later, so that readers cannot
 *   keep it out for ever.
 *
 * Who has lookups of single addresses on many cores and rare updates makes the map
 * with vprim_iova_map_options::retire, and reads without this lock: the point queries
 * that iova_map.h names may be made on the map that a lock has once lent, also
 * after the unlock, until vprim_user_iova_map_free(). `retire` then calls liburcu's
 * call_rcu(), with a function that gives the node to free(); examples/urcu/readers.c
 * is a whole program.
 *
 * Any thread may make any call. Not from within an allocator or between lock and
 * unlock of the same thread: the lock is not recursive. No call of this page
 * fails for the kernel's sake, so none takes a vprim_user_fault.
 */
#ifndef VIRTPRIM_USER_IOVA_MAP_H
#define VIRTPRIM_USER_IOVA_MAP_H
#include <virtprim/iova_map.h>
VPRIM_BEGIN_DECLS

struct vprim_user_iova_map;

/**
 * @brief Make an empty map, with memory from vprim_user_alloc().
 *
 * @param[in]  options  As for vprim_iova_map_init(); may be NULL.
 * @param[out] map      The map. Written only on success.
 * @param[out] why      The rule behind -EINVAL; may be NULL.
 *
 * @retval 0        @p map is ready; vprim_user_iova_map_free() it.
 * @retval -EINVAL  As vprim_iova_map_init().
 * @retval -ENOMEM  No memory.
 * @retval -EAGAIN  The system has no more locks.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(2) VPRIM_MUST_CHECK
int vprim_user_iova_map_new(const struct vprim_iova_map_options *options,
			    struct vprim_user_iova_map **map,
			    struct vprim_reason *why);

/**
 * @brief Give the map back. No other thread may be in a call of it.
 * @param[in] map  The map; NULL is fine.
 */
VPRIM_API void vprim_user_iova_map_free(struct vprim_user_iova_map *map);

/**
 * @brief Keep everybody out, and get at the map itself.
 * @param[in] map  The map.
 * @return The map, for any call of iova_map.h but vprim_iova_map_init() and
 *         vprim_iova_map_fini(), until vprim_user_iova_map_unlock().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
struct vprim_iova_map *vprim_user_iova_map_lock(struct vprim_user_iova_map *map);

/**
 * @brief Keep writers out, and get at the map itself for reading.
 * @param[in] map  The map.
 * @return The map, until vprim_user_iova_map_unlock().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
const struct vprim_iova_map *
vprim_user_iova_map_lock_shared(struct vprim_user_iova_map *map);

/**
 * @brief Let the others in again; for both ways of locking.
 * @param[in] map  The map, locked by this thread.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_iova_map_unlock(struct vprim_user_iova_map *map);

VPRIM_END_DECLS

#endif
