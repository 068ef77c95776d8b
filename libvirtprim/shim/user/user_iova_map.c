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
static void abort_if(int error)
{
	if (error)
		abort();
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
			    struct vprim_user_iova_map **map,
			    struct vprim_reason *why)
{
	const struct vprim_alloc_ops *memory = vprim_user_alloc();
	struct vprim_user_iova_map *made = memory->alloc(NULL, sizeof(*made));
	int ret;

	vprim_reason_clear(why);
	if (!made)
		return -ENOMEM;
	ret = vprim_iova_map_init(&made->map, sizeof(made->map),
				  memory, NULL, options, why);
	if (!ret)
		ret = init_lock(&made->lock);
	if (ret)
		memory->free(NULL, made, sizeof(*made));
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
	vprim_user_alloc()->free(NULL, map, sizeof(*map));
}

struct vprim_iova_map *vprim_user_iova_map_lock(struct vprim_user_iova_map *map)
{
	abort_if(pthread_rwlock_wrlock(&map->lock));
	return &map->map;
}

const struct vprim_iova_map *
vprim_user_iova_map_lock_shared(struct vprim_user_iova_map *map)
{
	int error;

	/* EAGAIN only means that very many read locks are held this moment. */
	do
		error = pthread_rwlock_rdlock(&map->lock);
	while (error == EAGAIN);
	abort_if(error);
	return &map->map;
}

void vprim_user_iova_map_unlock(struct vprim_user_iova_map *map)
{
	abort_if(pthread_rwlock_unlock(&map->lock));
}
