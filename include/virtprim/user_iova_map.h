/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_iova_map.h
 * @brief The map of iova_map.h behind a reader-writer lock, for threads.
 *
 * The same calls with the same answers; each takes the lock for its own time, so
 * that lookups of several threads run side by side and an update runs alone.
 * Several steps that must not come apart, such as vprim_iova_map_gap() and the
 * insert that uses what it found, go between vprim_user_iova_map_lock() and
 * vprim_user_iova_map_unlock(), on the map itself.
 *
 * What scales, measured on two processors with 10^5 mappings, as work beside one
 * thread on a map without a lock (doc/user.md has the table and says how to
 * measure):
 *
 * - The lock costs a thread that is alone 30 % of a lookup, 15 % of an update.
 * - Lookups of one address do not scale: two threads do as much as one. All
 *   readers write to the lock, and that costs as much as looking.
 * - vprim_user_iova_map_find_batch() and cursor reads do: 64 addresses under one
 *   lock, and two threads do 1.85 times the work of one; until one operation in a
 *   hundred is an update, which takes all of that back.
 * - Updates run one at a time. Where a lock can be told so, as glibc's can, a
 *   waiting writer goes before readers that come later, so that readers cannot
 *   keep it out for ever.
 *
 * Who has lookups of single addresses on many cores and rare updates should keep
 * a map per core or publish copies; this wrap is for correctness first.
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
 *
 * @retval 0        @p map is ready; vprim_user_iova_map_free() it.
 * @retval -EINVAL  @p map is NULL, or @p options are none.
 * @retval -ENOMEM  No memory.
 * @retval -EAGAIN  The system has no more locks.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_new(const struct vprim_iova_map_options *options,
			    struct vprim_user_iova_map **map);

/**
 * @brief Give the map back. No other thread may be in a call of it.
 * @param[in] map  The map; NULL is fine.
 */
VPRIM_API void vprim_user_iova_map_free(struct vprim_user_iova_map *map);

/** @name Several steps at once
 * @{ */

/**
 * @brief Keep everybody out, and get at the map itself.
 * @param[in] map  The map, not NULL.
 * @return The map, for any call of iova_map.h but vprim_iova_map_init() and
 *         vprim_iova_map_fini(), until vprim_user_iova_map_unlock().
 */
VPRIM_API
struct vprim_iova_map *vprim_user_iova_map_lock(struct vprim_user_iova_map *map);

/**
 * @brief Keep writers out, and get at the map itself for reading.
 * @param[in] map  The map, not NULL.
 * @return The map, until vprim_user_iova_map_unlock().
 */
VPRIM_API const struct vprim_iova_map *
vprim_user_iova_map_lock_shared(struct vprim_user_iova_map *map);

/**
 * @brief Let the others in again; for both ways of locking.
 * @param[in] map  The map, not NULL, locked by this thread.
 */
VPRIM_API void vprim_user_iova_map_unlock(struct vprim_user_iova_map *map);
/** @} */

/** @name Updates
 * Each holds the lock alone. Parameters and answers are those of the call of
 * iova_map.h with the same last word; @p map NULL answers -EINVAL.
 * @{ */

/**
 * @brief Add a mapping.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_insert().
 * @param value As for vprim_iova_map_insert().
 * @param hit As for vprim_iova_map_insert().
 *
 * @retval 0        Done.
 * @retval -EEXIST  Something is mapped there.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 * @retval -ENOMEM  No memory.
 *
 * @par Source
 * As vprim_iova_map_insert().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_insert(struct vprim_user_iova_map *map,
			       const struct vprim_range *range, uint64_t value,
			       struct vprim_iova_mapping *hit);

/**
 * @brief Remove exactly one mapping.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_remove().
 * @param value As for vprim_iova_map_remove().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_remove().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_remove(struct vprim_user_iova_map *map,
			       const struct vprim_range *range, uint64_t *value);

/**
 * @brief Remove the mapping that starts at an address.
 *
 * @param map  The map.
 * @param start As for vprim_iova_map_remove_at().
 * @param removed As for vprim_iova_map_remove_at().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_remove_at().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_remove_at(struct vprim_user_iova_map *map,
				  uint64_t start,
				  struct vprim_iova_mapping *removed);

/**
 * @brief Remove whole mappings that meet a range.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_take().
 * @param taken As for vprim_iova_map_take().
 * @param capacity As for vprim_iova_map_take().
 * @param count As for vprim_iova_map_take().
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_take().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_take(struct vprim_user_iova_map *map,
			     const struct vprim_range *range,
			     struct vprim_iova_mapping *taken, size_t capacity,
			     size_t *count);

/**
 * @brief Punch a hole.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_erase().
 * @param touched As for vprim_iova_map_erase().
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 * @retval -ENOMEM  No memory.
 *
 * @par Source
 * As vprim_iova_map_erase().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_erase(struct vprim_user_iova_map *map,
			      const struct vprim_range *range,
			      uint64_t *touched);

/**
 * @brief Change the value of a mapping.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_set_value().
 * @param value As for vprim_iova_map_set_value().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_set_value().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_set_value(struct vprim_user_iova_map *map,
				  const struct vprim_range *range,
				  uint64_t value);

/**
 * @brief The lowest or highest place for a new mapping.
 *
 * Another thread may take the place before it is used; see
 * vprim_user_iova_map_lock().
 *
 * @param map  The map.
 * @param want As for vprim_iova_map_gap().
 * @param start As for vprim_iova_map_gap().
 *
 * @retval 0        Done.
 * @retval -ENOSPC  No such place.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_gap().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_gap(struct vprim_user_iova_map *map,
			    const struct vprim_hole *want,
			    uint64_t *start);

/**
 * @brief Add many mappings in ascending order, all or none.
 *
 * @param map  The map.
 * @param mappings As for vprim_iova_map_bulk().
 * @param count As for vprim_iova_map_bulk().
 * @param hit As for vprim_iova_map_bulk().
 *
 * @retval 0        Done.
 * @retval -EEXIST  Something is mapped there.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 * @retval -ENOMEM  No memory.
 *
 * @par Source
 * As vprim_iova_map_bulk().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_bulk(struct vprim_user_iova_map *map,
			     const struct vprim_iova_mapping *mappings,
			     size_t count, struct vprim_iova_mapping *hit);

/**
 * @brief Promise that the next inserts do not allocate.
 *
 * The promise is to whoever inserts first.
 *
 * @param map  The map.
 * @param count As for vprim_iova_map_reserve().
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 * @retval -ENOMEM  No memory.
 *
 * @par Source
 * As vprim_iova_map_reserve().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_reserve(struct vprim_user_iova_map *map, size_t count);

/**
 * @brief Remove every mapping; a promise stays.
 * @param[in] map  The map; NULL is fine.
 */
VPRIM_API void vprim_user_iova_map_clear(struct vprim_user_iova_map *map);
/** @} */

/** @name Lookups
 * Each holds the lock beside other readers. Parameters and answers as above.
 * @{ */

/**
 * @brief The mapping that contains an address.
 *
 * @param map  The map.
 * @param addr As for vprim_iova_map_find().
 * @param mapping As for vprim_iova_map_find().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_find().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_find(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping);

/**
 * @brief Look up many addresses under one lock.
 *
 * @param map  The map.
 * @param addrs As for vprim_iova_map_find_batch().
 * @param count As for vprim_iova_map_find_batch().
 * @param mappings As for vprim_iova_map_find_batch().
 * @param found As for vprim_iova_map_find_batch().
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_find_batch().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_find_batch(struct vprim_user_iova_map *map,
				   const uint64_t *addrs, size_t count,
				   struct vprim_iova_mapping *mappings,
				   size_t *found);

/**
 * @brief The lowest mapping that meets a range.
 *
 * @param map  The map.
 * @param range As for vprim_iova_map_first().
 * @param mapping As for vprim_iova_map_first().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_first().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_first(struct vprim_user_iova_map *map,
			      const struct vprim_range *range,
			      struct vprim_iova_mapping *mapping);

/**
 * @brief The lowest mapping that starts above an address.
 *
 * @param map  The map.
 * @param addr As for vprim_iova_map_next().
 * @param mapping As for vprim_iova_map_next().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_next().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_next(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping);

/**
 * @brief The highest mapping that ends below an address.
 *
 * @param map  The map.
 * @param addr As for vprim_iova_map_prev().
 * @param mapping As for vprim_iova_map_prev().
 *
 * @retval 0        Done.
 * @retval -ENOENT  No such mapping.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_prev().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_prev(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping);

/**
 * @brief Describe the memory and the shape of the map.
 *
 * @param map  The map.
 * @param stats As for vprim_iova_map_stats().
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_stats().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_stats(struct vprim_user_iova_map *map,
			      struct vprim_iova_map_stats *stats);

/**
 * @brief Check every invariant of the map.
 *
 * @param map  The map.
 *
 * @retval 0         Done.
 * @retval -EBADMSG  An invariant does not hold.
 * @retval -EINVAL   @p map is NULL, or an argument is refused.
 *
 * @par Source
 * As vprim_iova_map_check().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_check(struct vprim_user_iova_map *map);

/**
 * @brief Number of mappings.
 * @param[in] map  The map; NULL has none.
 * @return The number, which may be another by the time it is read.
 */
VPRIM_API uint64_t vprim_user_iova_map_count(struct vprim_user_iova_map *map);
/** @} */

/** @name Walks
 * A cursor belongs to one thread. It survives updates by others, who may come in
 * between two calls: what it reads in one call is of one moment, a whole walk is
 * not.
 * @{ */

/**
 * @brief Put a cursor before the first mapping that meets a range.
 *
 * vprim_iova_map_cursor_to_end() puts it behind the last one; it needs no lock.
 *
 * @param[out] cursor  The cursor. Written only on success.
 * @param[in]  map     The map; must outlive the cursor.
 * @param[in]  range   The addresses to walk.
 *
 * @retval 0        The cursor is ready.
 * @retval -EINVAL  A pointer is NULL, or @p range has its start above its last.
 *
 * @par Source
 * As vprim_iova_map_cursor_init().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_cursor_init(struct vprim_iova_map_cursor *cursor,
				    struct vprim_user_iova_map *map,
				    const struct vprim_range *range);

/**
 * @brief Step over the next mapping, upwards.
 *
 * @param[in]     map      The map that the cursor was made for.
 * @param[in,out] cursor   The cursor.
 * @param[out]    mapping  A copy. Written only on success.
 *
 * @retval 0        @p mapping is valid.
 * @retval -ENOENT  There is none; the cursor stays.
 * @retval -EINVAL  A pointer is NULL.
 *
 * @par Source
 * As vprim_iova_map_cursor_next().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_cursor_next(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mapping);

/**
 * @brief Step over the next mapping, downwards.
 *
 * @param[in]     map      The map that the cursor was made for.
 * @param[in,out] cursor   The cursor.
 * @param[out]    mapping  A copy. Written only on success.
 *
 * @retval 0        @p mapping is valid.
 * @retval -ENOENT  There is none; the cursor stays.
 * @retval -EINVAL  A pointer is NULL.
 *
 * @par Source
 * As vprim_iova_map_cursor_prev().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_cursor_prev(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mapping);

/**
 * @brief Step over many mappings, upwards, under one lock.
 *
 * @param[in]     map       The map that the cursor was made for.
 * @param[in,out] cursor    The cursor.
 * @param[out]    mappings  Copies, ascending.
 * @param[in]     capacity  Mappings that fit, at least 1.
 * @param[out]    count     Mappings written. Written only on success.
 *
 * @retval 0        Done; @p count may be 0.
 * @retval -EINVAL  A pointer is NULL or @p capacity is 0.
 *
 * @par Source
 * As vprim_iova_map_cursor_read().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_cursor_read(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mappings,
				    size_t capacity, size_t *count);

/**
 * @brief Step over many mappings, upwards, for their values only.
 *
 * @param[in]     map       The map that the cursor was made for.
 * @param[in,out] cursor    The cursor.
 * @param[out]    values    The values, in ascending order of their mappings.
 * @param[in]     capacity  Values that fit, at least 1.
 * @param[out]    count     Values written. Written only on success.
 *
 * @retval 0        Done; @p count may be 0.
 * @retval -EINVAL  A pointer is NULL or @p capacity is 0.
 *
 * @par Source
 * As vprim_iova_map_cursor_values().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_iova_map_cursor_values(struct vprim_user_iova_map *map,
				      struct vprim_iova_map_cursor *cursor,
				      uint64_t *values, size_t capacity,
				      size_t *count);
/** @} */

VPRIM_END_DECLS

#endif
