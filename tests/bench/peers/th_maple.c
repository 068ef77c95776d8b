// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Linux maple tree in its RCU mode: readers between rcu_read_lock() and its end, the
 * writer under a mutex; liburcu stands in for the kernel's RCU, as in the kernel's
 * own tests. The bodies of ad_maple.c. */
#include <pthread.h>
#include "ad_maple.c"
#include "threads.h"
static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;

static void *create(void)
{
	tree_t *t = p_create();
	mt_init_flags(&t->mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN | MT_FLAGS_USE_RCU);
	return t;
}
static void destroy(void *t) { rcu_barrier(); p_destroy(t); rcu_barrier(); }
static void enter(void) { rcu_register_thread(); }
static void leave(void) { rcu_unregister_thread(); }
static int insert(void *t, uint64_t start, uint64_t last, uint64_t value)
{
	int done;
	pthread_mutex_lock(&writer);
	done = p_insert(t, start, last, value);
	pthread_mutex_unlock(&writer);
	return done;
}
static int erase(void *t, uint64_t start, uint64_t last)
{
	u64_t old;
	int done;
	(void)last;
	pthread_mutex_lock(&writer);
	done = p_remove(t, start, &old);
	pthread_mutex_unlock(&writer);
	return done;
}
static int stab(void *t, uint64_t addr, uint64_t *value)
{
	int found;
	rcu_read_lock();
	found = p_stab(t, addr, value);
	rcu_read_unlock();
	return found;
}
static const struct threads_ops ops = {
	"maple tree, RCU mode", create, destroy, enter, leave, insert, erase, stab,
};
const struct threads_ops *threads_get(void) { return &ops; }
