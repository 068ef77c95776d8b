// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* GLib GTree with an interval comparator (two ranges that overlap compare
 * equal), as QEMU's IOVA tree uses it. */
#include <glib.h>
#include "peer.h"
#include "gapwalk.h"
#define PEER_NAME "gtree"
typedef struct { GTree *g; } tree_t;
struct ent { u64_t start, last, val; };
static gint cmp(gconstpointer a, gconstpointer b, gpointer d)
{
	const struct ent *x = a, *y = b; (void)d;
	if (x->start > y->last) return 1;
	if (x->last < y->start) return -1;
	return 0;
}
static void *p_create(void)
{
	tree_t *t = g_malloc(sizeof *t);
	t->g = g_tree_new_full(cmp, NULL, g_free, NULL);
	return t;
}
static void p_destroy(void *tv) { tree_t *t = tv; g_tree_destroy(t->g); g_free(t); }
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	struct ent k = { s, l, 0 };
	if (g_tree_lookup(t->g, &k)) return 0;
	struct ent *e = g_malloc0(sizeof *e);
	e->start = s; e->last = l; e->val = v;
	g_tree_insert(t->g, e, e);
	return 1;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	struct ent q = { k, k, 0 }, *e = g_tree_lookup(t->g, &q);
	if (!e) return 0;
	*v = e->val; return 1;
}
static gboolean it_cb(gpointer k, gpointer v, gpointer d) { (void)k; *(u64_t *)d += ((struct ent *)v)->val; return FALSE; }
static inline u64_t p_iterate(tree_t *t) { u64_t s = 0; g_tree_foreach(t->g, it_cb, &s); return s; }
static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	struct ent q = { s, s, 0 }, *e = g_tree_lookup(t->g, &q);
	if (!e || e->start != s) return 0;
	*v = e->val; g_tree_remove(t->g, &q);
	return 1;
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; struct ent q = { a, a, 0 };
	/* lower_bound orders by the comparator: first node not below [a,a] */
	for (GTreeNode *n = g_tree_lower_bound(t->g, &q); n; n = g_tree_node_next(n)) {
		struct ent *e = g_tree_node_value(n);
		if (e->start > b) break;
		s += e->val;
	}
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; struct ent q = { a, b, 0 }, *e;
	while ((e = g_tree_lookup(t->g, &q))) {
		struct ent k = *e;
		s += k.val; g_tree_remove(t->g, &k);
	}
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	struct ent q = { hi, hi, 0 };
	GTreeNode *n = g_tree_upper_bound(t->g, &q);
	n = n ? g_tree_node_previous(n) : g_tree_node_last(t->g);
	GW_BEGIN;
	for (; n; n = g_tree_node_previous(n)) {
		struct ent *e = g_tree_node_value(n);
		GW_STEP(e->start, e->last);
	}
	GW_END;
}
#include "loops.h"
