// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* std::map under std::shared_mutex, with the bodies of ad_cxxmap.h. */
#include <map>
#include <mutex>
#include <shared_mutex>
#include "peer.h"
#define PEER_NAME "std-map"
#define MAP_T std::map<u64_t, struct rng>
#include "ad_cxxmap.h"
#include "threads.h"
struct both { tree_t tree; std::shared_mutex lock; };
static void *create(void) { return new both; }
static void destroy(void *b) { delete (both *)b; }
static void nothing(void) {}
static int insert(void *v, uint64_t start, uint64_t last, uint64_t value)
{
	both *b = (both *)v;
	std::unique_lock<std::shared_mutex> in(b->lock);
	return p_insert(&b->tree, start, last, value);
}
static int erase(void *v, uint64_t start, uint64_t)
{
	both *b = (both *)v;
	u64_t old;
	std::unique_lock<std::shared_mutex> in(b->lock);
	return p_remove(&b->tree, start, &old);
}
static int stab(void *v, uint64_t addr, uint64_t *value)
{
	both *b = (both *)v;
	std::shared_lock<std::shared_mutex> in(b->lock);
	return p_stab(&b->tree, addr, value);
}
static const struct threads_ops ops = {
	"std::map, std::shared_mutex", create, destroy, nothing, nothing, insert, erase, stab,
};
const struct threads_ops *threads_get(void) { return &ops; }
