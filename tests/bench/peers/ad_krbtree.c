// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Linux rbtree used the way a mapping list without augmentation uses it: keyed
 * by start, a find that returns the node overlapping a range, then a link
 * descent.  Public API of <linux/rbtree.h> only. */
#include <stdlib.h>
#include <linux/rbtree.h>
#include "peer.h"
#include "gapwalk.h"
#define PEER_NAME "k-rbtree"
typedef struct { struct rb_root root; } tree_t;
struct ent { struct rb_node rb; u64_t start, last, val; };
#define E(n) rb_entry((n), struct ent, rb)

static void *p_create(void) { tree_t *t = malloc(sizeof *t); t->root = RB_ROOT; return t; }
static void p_destroy(void *tv)
{
	tree_t *t = tv; struct ent *e, *n;
	rbtree_postorder_for_each_entry_safe(e, n, &t->root, rb) free(e);
	free(t);
}
static inline struct ent *find(tree_t *t, u64_t a, u64_t b)
{
	struct rb_node *n = t->root.rb_node;
	while (n) {
		struct ent *e = E(n);
		if (b < e->start) n = n->rb_left;
		else if (a > e->last) n = n->rb_right;
		else return e;
	}
	return NULL;
}
static inline struct ent *find_first(tree_t *t, u64_t a) /* lowest with last >= a */
{
	struct rb_node *n = t->root.rb_node; struct ent *r = NULL;
	while (n) {
		struct ent *e = E(n);
		if (e->last >= a) { r = e; if (e->start <= a) break; n = n->rb_left; }
		else n = n->rb_right;
	}
	return r;
}
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	if (find(t, s, l)) return 0;
	struct ent *e = malloc(sizeof *e);
	e->start = s; e->last = l; e->val = v;
	struct rb_node **link = &t->root.rb_node, *parent = NULL;
	while (*link) {
		parent = *link;
		link = l < E(parent)->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&e->rb, parent, link);
	rb_insert_color(&e->rb, &t->root);
	return 1;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	struct ent *e = find(t, k, k);
	if (!e) return 0;
	*v = e->val; return 1;
}
static inline u64_t p_iterate(tree_t *t)
{
	u64_t s = 0;
	for (struct rb_node *n = rb_first(&t->root); n; n = rb_next(n)) s += E(n)->val;
	return s;
}
static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	struct ent *e = find(t, s, s);
	if (!e || e->start != s) return 0;
	*v = e->val; rb_erase(&e->rb, &t->root); free(e);
	return 1;
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; struct ent *e = find_first(t, a);
	struct rb_node *n = e ? &e->rb : NULL;
	for (; n && E(n)->start <= b; n = rb_next(n)) s += E(n)->val;
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; struct ent *e = find_first(t, a);
	while (e && e->start <= b) {
		struct rb_node *n = rb_next(&e->rb);
		s += e->val; rb_erase(&e->rb, &t->root); free(e);
		e = n ? E(n) : NULL;
	}
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	struct rb_node *n = t->root.rb_node, *r = NULL;
	while (n) { if (E(n)->start <= hi) { r = n; n = n->rb_right; } else n = n->rb_left; }
	GW_BEGIN;
	for (; r; r = rb_prev(r)) GW_STEP(E(r)->start, E(r)->last);
	GW_END;
}
#include "loops.h"
