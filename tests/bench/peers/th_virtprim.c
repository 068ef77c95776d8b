// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The user shim's map: under its lock, or, with RCU defined, with readers that take
 * none and liburcu for the nodes. */
#include <stdlib.h>
#include <virtprim/user_iova_map.h>
#ifdef RCU
#define _LGPL_SOURCE
#include <urcu.h>
#endif
#include "threads.h"
static const struct vprim_iova_map *open_map;	/* one at a time */

#ifdef RCU
static void give_back(struct rcu_head *head) { free((char *)head - VPRIM_IOVA_MAP_RETIRED_HEAD); }
static void retire(void *ctx, void *node, size_t size_bytes)
{
	(void)ctx; (void)size_bytes;
	call_rcu((struct rcu_head *)(void *)((char *)node + VPRIM_IOVA_MAP_RETIRED_HEAD), give_back);
}
static const struct vprim_iova_map_options options = { .retire = retire };
static void enter(void) { rcu_register_thread(); }
static void leave(void) { rcu_unregister_thread(); }
#else
static const struct vprim_iova_map_options options;
static void enter(void) {}
static void leave(void) {}
#endif

static void *create(void)
{
	struct vprim_user_iova_map *m;
	if (vprim_user_iova_map_new(&options, &m, NULL)) abort();
	open_map = vprim_user_iova_map_lock_shared(m);
	vprim_user_iova_map_unlock(m);
	return m;
}
static void destroy(void *m)
{
#ifdef RCU
	rcu_barrier();
#endif
	vprim_user_iova_map_free(m);
}
static int insert(void *m, uint64_t start, uint64_t last, uint64_t value)
{
	struct vprim_range r = { start, last };
	int ret = vprim_iova_map_insert(vprim_user_iova_map_lock(m), &r, value, NULL);
	vprim_user_iova_map_unlock(m);
	return !ret;
}
static int erase(void *m, uint64_t start, uint64_t last)
{
	struct vprim_range r = { start, last };
	int ret = vprim_iova_map_remove(vprim_user_iova_map_lock(m), &r, NULL);
	vprim_user_iova_map_unlock(m);
	return !ret;
}
static int stab(void *m, uint64_t addr, uint64_t *value)
{
	struct vprim_iova_mapping got;
	int ret;
#ifdef RCU
	(void)m;
	rcu_read_lock();
	ret = vprim_iova_map_stab(open_map, addr, &got);
	rcu_read_unlock();
#else
	ret = vprim_iova_map_stab(vprim_user_iova_map_lock_shared(m), addr, &got);
	vprim_user_iova_map_unlock(m);
#endif
	if (!ret) *value = got.value;
	return !ret;
}
static const struct threads_ops ops = {
#ifdef RCU
	"virtprim, no lock to read",
#else
	"virtprim, locked",
#endif
	create, destroy, enter, leave, insert, erase, stab,
};
const struct threads_ops *threads_get(void) { return &ops; }
