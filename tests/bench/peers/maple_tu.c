// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* One translation unit: kernel maple tree plus a fast kmem_cache stand-in
 * (an intrusive free list over aligned blocks; no lock, no atomics), or, with
 * MAPLE_THREADS, malloc's. */
#include "maple_env.h"
#include "linux/init.h"
#include MAPLE_TREE_C

struct kmem_cache { size_t size; void *free_list; };
int kmalloc_verbose, test_verbose, preempt_count, nr_allocated;

static void *one(struct kmem_cache *c, int gfp)
{
	void *p = NULL;
#ifndef MAPLE_THREADS
	p = c->free_list;
#endif
	if (p) c->free_list = *(void **)p;
	else p = aligned_alloc(c->size, c->size);
	if (p && (gfp & __GFP_ZERO)) memset(p, 0, c->size);
	return p;
}
void *kmem_cache_alloc_lru(struct kmem_cache *c, struct list_lru *l, int gfp) { (void)l; return one(c, gfp); }
#ifdef MAPLE_THREADS
void kmem_cache_free(struct kmem_cache *c, void *p) { (void)c; free(p); }
#else
void kmem_cache_free(struct kmem_cache *c, void *p) { *(void **)p = c->free_list; c->free_list = p; }
#endif
void kmem_cache_free_bulk(struct kmem_cache *c, size_t n, void **v) { for (size_t i = 0; i < n; i++) kmem_cache_free(c, v[i]); }
int kmem_cache_alloc_bulk(struct kmem_cache *c, gfp_t gfp, size_t n, void **v)
{
	for (size_t i = 0; i < n; i++) v[i] = one(c, gfp);
	return (int)n;
}
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
		unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *c = calloc(1, sizeof *c);
	(void)name; (void)align; (void)flags; (void)ctor;
	c->size = size;
	return c;
}
/* hand unused nodes back, so that the driver's memory count is right */
void peer_trim(void)
{
	struct kmem_cache *c = maple_node_cache; void *p;
	while (c && (p = c->free_list)) { c->free_list = *(void **)p; free(p); }
}
