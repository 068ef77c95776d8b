// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Linux interval_tree (augmented rbtree), as iommufd uses it. */
#include <stdlib.h>
#include <linux/rbtree.h>
#include <linux/interval_tree.h>
#include "peer.h"
#include "gapwalk.h"
#define PEER_NAME "k-itree"
typedef struct { struct rb_root_cached root; } tree_t;
struct ent { struct interval_tree_node it; u64_t val; };
#define E(n) ((struct ent *)(n))

static void *p_create(void) { tree_t *t = malloc(sizeof *t); t->root = RB_ROOT_CACHED; return t; }
static void p_destroy(void *tv)
{
	tree_t *t = tv; struct ent *e, *n;
	rbtree_postorder_for_each_entry_safe(e, n, &t->root.rb_root, it.rb) free(e);
	free(t);
}
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	if (interval_tree_iter_first(&t->root, s, l)) return 0;
	struct ent *e = malloc(sizeof *e);
	e->it.start = s; e->it.last = l; e->val = v;
	interval_tree_insert(&e->it, &t->root);
	return 1;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	struct interval_tree_node *n = interval_tree_iter_first(&t->root, k, k);
	if (!n) return 0;
	*v = E(n)->val; return 1;
}
static inline u64_t p_iterate(tree_t *t)
{
	u64_t s = 0;
	for (struct interval_tree_node *n = interval_tree_iter_first(&t->root, 0, ~0UL); n;
	     n = interval_tree_iter_next(n, 0, ~0UL)) s += E(n)->val;
	return s;
}
static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	struct interval_tree_node *n = interval_tree_iter_first(&t->root, s, s);
	if (!n || n->start != s) return 0;
	*v = E(n)->val; interval_tree_remove(n, &t->root); free(n);
	return 1;
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0;
	for (struct interval_tree_node *n = interval_tree_iter_first(&t->root, a, b); n;
	     n = interval_tree_iter_next(n, a, b)) s += E(n)->val;
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; struct interval_tree_node *n;
	while ((n = interval_tree_iter_first(&t->root, a, b))) {
		s += E(n)->val; interval_tree_remove(n, &t->root); free(n);
	}
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	struct rb_node *n = t->root.rb_root.rb_node, *r = NULL;
#define R(n) rb_entry((n), struct ent, it.rb)
	while (n) { if (R(n)->it.start <= hi) { r = n; n = n->rb_right; } else n = n->rb_left; }
	GW_BEGIN;
	for (; r; r = rb_prev(r)) GW_STEP(R(r)->it.start, R(r)->it.last);
	GW_END;
}
#include "loops.h"
