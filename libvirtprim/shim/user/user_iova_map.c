// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The map of iova_map.h under a reader-writer lock.
 *
 * The lock has a cache line of its own: readers write to it all the time, and the
 * map's fields beside it would be taken away from everybody who looks.
 */
#include <virtprim/user.h>
#include <virtprim/user_iova_map.h>

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>

#define LINE 64

struct vprim_user_iova_map {
	alignas(LINE) pthread_rwlock_t lock;
	alignas(LINE) struct vprim_iova_map map;
};

/* A rwlock that is whole, not recursive and not held wrongly does not fail. */
static void must(int error)
{
	if (error)
		abort();
}

/* EAGAIN only means that very many read locks are held this moment. */
static void read_lock(struct vprim_user_iova_map *map)
{
	int error;

	do
		error = pthread_rwlock_rdlock(&map->lock);
	while (error == EAGAIN);
	must(error);
}

static void write_lock(struct vprim_user_iova_map *map)
{
	must(pthread_rwlock_wrlock(&map->lock));
}

static void unlock(struct vprim_user_iova_map *map)
{
	must(pthread_rwlock_unlock(&map->lock));
}

/* Without this glibc lets readers in for as long as there are any. */
static int init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int error = pthread_rwlockattr_init(&attr);

	if (error)
		return -error;
#ifdef PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP
	error = pthread_rwlockattr_setkind_np(&attr,
		PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
#endif
	if (!error)
		error = pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return -error;
}

int vprim_user_iova_map_new(const struct vprim_iova_map_options *options,
			    struct vprim_user_iova_map **map)
{
	struct vprim_user_iova_map *made;
	int ret;

	if (!map)
		return -EINVAL;
	made = aligned_alloc(LINE, sizeof(*made));
	if (!made)
		return -ENOMEM;
	ret = vprim_iova_map_init(&made->map, sizeof(made->map),
				  vprim_user_alloc(), NULL, options);
	if (!ret)
		ret = init_lock(&made->lock);
	if (ret)
		free(made);
	else
		*map = made;
	return ret;
}

void vprim_user_iova_map_free(struct vprim_user_iova_map *map)
{
	if (!map)
		return;
	vprim_iova_map_fini(&map->map);
	pthread_rwlock_destroy(&map->lock);
	free(map);
}

struct vprim_iova_map *vprim_user_iova_map_lock(struct vprim_user_iova_map *map)
{
	write_lock(map);
	return &map->map;
}

const struct vprim_iova_map *
vprim_user_iova_map_lock_shared(struct vprim_user_iova_map *map)
{
	read_lock(map);
	return &map->map;
}

void vprim_user_iova_map_unlock(struct vprim_user_iova_map *map)
{
	unlock(map);
}

/* -- updates -- */

int vprim_user_iova_map_insert(struct vprim_user_iova_map *map,
			       const struct vprim_range *range, uint64_t value,
			       struct vprim_iova_mapping *hit)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_insert(&map->map, range, value, hit);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_remove(struct vprim_user_iova_map *map,
			       const struct vprim_range *range, uint64_t *value)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_remove(&map->map, range, value);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_remove_at(struct vprim_user_iova_map *map,
				  uint64_t start,
				  struct vprim_iova_mapping *removed)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_remove_at(&map->map, start, removed);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_take(struct vprim_user_iova_map *map,
			     const struct vprim_range *range,
			     struct vprim_iova_mapping *taken, size_t capacity,
			     size_t *count)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_take(&map->map, range, taken, capacity, count);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_erase(struct vprim_user_iova_map *map,
			      const struct vprim_range *range,
			      uint64_t *touched)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_erase(&map->map, range, touched);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_set_value(struct vprim_user_iova_map *map,
				  const struct vprim_range *range,
				  uint64_t value)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_set_value(&map->map, range, value);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_gap(struct vprim_user_iova_map *map,
			    const struct vprim_hole *want,
			    uint64_t *start)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_gap(&map->map, want, start);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_bulk(struct vprim_user_iova_map *map,
			     const struct vprim_iova_mapping *mappings,
			     size_t count, struct vprim_iova_mapping *hit)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_bulk(&map->map, mappings, count, hit);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_reserve(struct vprim_user_iova_map *map, size_t count)
{
	int ret;

	if (!map)
		return -EINVAL;
	write_lock(map);
	ret = vprim_iova_map_reserve(&map->map, count);
	unlock(map);
	return ret;
}

void vprim_user_iova_map_clear(struct vprim_user_iova_map *map)
{
	if (!map)
		return;
	write_lock(map);
	vprim_iova_map_clear(&map->map);
	unlock(map);
}

/* -- lookups -- */

int vprim_user_iova_map_find(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_find(&map->map, addr, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_find_batch(struct vprim_user_iova_map *map,
				   const uint64_t *addrs, size_t count,
				   struct vprim_iova_mapping *mappings,
				   size_t *found)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_find_batch(&map->map, addrs, count, mappings, found);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_first(struct vprim_user_iova_map *map,
			      const struct vprim_range *range,
			      struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_first(&map->map, range, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_next(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_next(&map->map, addr, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_prev(struct vprim_user_iova_map *map, uint64_t addr,
			     struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_prev(&map->map, addr, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_stats(struct vprim_user_iova_map *map,
			      struct vprim_iova_map_stats *stats)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_stats(&map->map, stats);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_check(struct vprim_user_iova_map *map)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_check(&map->map);
	unlock(map);
	return ret;
}

uint64_t vprim_user_iova_map_count(struct vprim_user_iova_map *map)
{
	uint64_t count;

	if (!map)
		return 0;
	read_lock(map);
	count = vprim_iova_map_count(&map->map);
	unlock(map);
	return count;
}

/* -- walks -- */

int vprim_user_iova_map_cursor_init(struct vprim_iova_map_cursor *cursor,
				    struct vprim_user_iova_map *map,
				    const struct vprim_range *range)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_cursor_init(cursor, &map->map, range);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_cursor_next(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_cursor_next(cursor, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_cursor_prev(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mapping)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_cursor_prev(cursor, mapping);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_cursor_read(struct vprim_user_iova_map *map,
				    struct vprim_iova_map_cursor *cursor,
				    struct vprim_iova_mapping *mappings,
				    size_t capacity, size_t *count)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_cursor_read(cursor, mappings, capacity, count);
	unlock(map);
	return ret;
}

int vprim_user_iova_map_cursor_values(struct vprim_user_iova_map *map,
				      struct vprim_iova_map_cursor *cursor,
				      uint64_t *values, size_t capacity,
				      size_t *count)
{
	int ret;

	if (!map)
		return -EINVAL;
	read_lock(map);
	ret = vprim_iova_map_cursor_values(cursor, values, capacity, count);
	unlock(map);
	return ret;
}
