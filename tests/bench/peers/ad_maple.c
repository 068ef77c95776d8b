// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Linux maple tree, MT_FLAGS_ALLOC_RANGE (gap tracking on, RCU mode off, lock
 * external), through the advanced API.  The payload is stored as a value entry,
 * i.e. with no allocation besides the tree's own nodes. */
#include "maple_env.h"
#include "peer.h"
#define PEER_NAME "k-maple"
typedef struct { struct maple_tree mt; } tree_t;

static void *p_create(void)
{
	tree_t *t = malloc(sizeof *t);
	static int once;
	if (!once) { maple_tree_init(); once = 1; }
	mt_init_flags(&t->mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN);
	return t;
}
static void p_destroy(void *tv) { tree_t *t = tv; __mt_destroy(&t->mt); free(t); }
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	MA_STATE(mas, &t->mt, s, s);
	if (mas_walk(&mas) || mas.last < l) return 0;
	mas_set_range(&mas, s, l);
	return mas_store_gfp(&mas, xa_mk_value(v), GFP_KERNEL) == 0;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	MA_STATE(mas, &t->mt, k, k);
	void *e = mas_walk(&mas);
	if (!e) return 0;
	*v = xa_to_value(e); return 1;
}
static inline u64_t p_iterate(tree_t *t)
{
	u64_t s = 0; void *e;
	MA_STATE(mas, &t->mt, 0, 0);
	mas_for_each(&mas, e, ULONG_MAX) s += xa_to_value(e);
	return s;
}
static inline int p_remove(tree_t *t, u64_t k, u64_t *v)
{
	MA_STATE(mas, &t->mt, k, k);
	void *e = mas_erase(&mas);
	if (!e) return 0;
	*v = xa_to_value(e); return 1;
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; void *e;
	MA_STATE(mas, &t->mt, a, a);
	mas_for_each(&mas, e, b) s += xa_to_value(e);
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	/* the values must be seen, then one range store of NULL clears them;
	 * no mapping crosses a or b in this workload */
	u64_t s = p_overlap(t, a, b);
	MA_STATE(mas, &t->mt, a, b);
	mas_store_gfp(&mas, NULL, GFP_KERNEL);
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	MA_STATE(mas, &t->mt, 0, 0);
	/* page-aligned mappings only: any gap of this size can hold it aligned */
	if (mas_empty_area_rev(&mas, lo, hi, size)) return 0;
	return (mas.last - (size - 1)) & ~(align - 1);
}
#include "loops.h"
