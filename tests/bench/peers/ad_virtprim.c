// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The IOVA map beside its peers:
 * each body is the shortest correct use of the public interface, linked to the
 * shared library as any program is.
 */
#include <stdlib.h>
#include <virtprim/iova_map.h>

#include "peer.h"

#define PEER_NAME "virtprim"

/*
 * Nodes that come back wait in a list for each of the two sizes, as they would in
 * a slab. The peers with nodes of their own do the same.
 */
typedef struct {
	struct vprim_iova_map map;
	size_t size[2];
	void *free[2];
} tree_t;

static int list_of(tree_t *t, size_t size_bytes)
{
	int i = t->size[0] && t->size[0] != size_bytes;

	t->size[i] = size_bytes;
	return i;
}

static void *node_alloc(void *ctx, size_t size_bytes)
{
	tree_t *t = ctx;
	int i = list_of(t, size_bytes);
	void *node = t->free[i];

	if (!node)
		return aligned_alloc(64, size_bytes);
	t->free[i] = *(void **)node;
	return node;
}

static void node_free(void *ctx, void *ptr, size_t size_bytes)
{
	tree_t *t = ctx;
	int i = list_of(t, size_bytes);

	*(void **)ptr = t->free[i];
	t->free[i] = ptr;
}

static void *p_create(void)
{
	static const struct vprim_alloc_ops ops = { node_alloc, node_free };
	tree_t *t = calloc(1, sizeof(*t));

	if (!t || vprim_iova_map_init(&t->map, sizeof(t->map), &ops, t, NULL,
				      NULL))
		abort();
	return t;
}

static void p_destroy(void *tree)
{
	tree_t *t = tree;
	int i;

	vprim_iova_map_fini(&t->map);
	for (i = 0; i < 2; i++)
		while (t->free[i]) {
			void *node = t->free[i];

			t->free[i] = *(void **)node;
			free(node);
		}
	free(t);
}

static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	struct vprim_range r = { s, l };

	return !vprim_iova_map_insert(&t->map, &r, v, NULL);
}

static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	struct vprim_iova_mapping m;

	if (vprim_iova_map_stab(&t->map, k, &m))
		return 0;
	*v = m.value;
	return 1;
}

static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	struct vprim_iova_mapping m;

	if (vprim_iova_map_remove_at(&t->map, s, &m))
		return 0;
	*v = m.value;
	return 1;
}

static u64_t sum_range(tree_t *t, u64_t a, u64_t b, size_t capacity)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_range r = { a, b };
	u64_t values[512];
	u64_t sum = 0;
	size_t n, i;

	if (vprim_iova_map_cursor_init(&cursor, &t->map, &r))
		abort();
	do {
		if (vprim_iova_map_cursor_values(&cursor, values, capacity, &n))
			abort();
		for (i = 0; i < n; i++)
			sum += values[i];
	} while (n == capacity);
	return sum;
}

static inline u64_t p_iterate(tree_t *t)
{
	return sum_range(t, 0, UINT64_MAX, 512);
}

static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	return sum_range(t, a, b, 32);
}

static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	struct vprim_iova_mapping m[128];
	struct vprim_range r = { a, b };
	u64_t sum = 0;
	size_t n, i;

	do {
		if (vprim_iova_map_take(&t->map, &r, m, 128, &n))
			abort();
		for (i = 0; i < n; i++)
			sum += m[i].value;
	} while (n == 128);
	return sum;
}

static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	struct vprim_hole gap = {
		.last_offset = size - 1,
		.align_bytes = align,
		.within = { lo, hi },
		.from = VPRIM_HOLE_HIGHEST,
	};
	u64_t start;

	return vprim_iova_map_gap(&t->map, &gap, &start) ? 0 : start;
}

#include "loops.h"
