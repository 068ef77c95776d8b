// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The library's own interval tree, to stand beside the kernel's: what both do. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/interval_tree.h>
#include "peer.h"
typedef struct { struct vprim_interval_tree tree; struct ent *all; } tree_t;
struct ent { u64_t val; struct vprim_interval_tree_node node; struct ent *next; };
#define E(n) ((struct ent *)((char *)(n) - offsetof(struct ent, node)))

static void *p_create(void)
{
	tree_t *t = calloc(1, sizeof *t);
	if (vprim_interval_tree_init(&t->tree, sizeof t->tree)) abort();
	return t;
}
static void p_destroy(void *tv)
{
	tree_t *t = tv; struct ent *e;
	while ((e = t->all)) { t->all = e->next; free(e); }
	free(t);
}
static u64_t b_insert(void *tv, const u64_t *s, const u64_t *l, const u64_t *v, size_t n)
{
	tree_t *t = tv; u64_t ok = 0;
	for (size_t i = 0; i < n; i++) {
		struct vprim_range r = { s[i], l[i] };
		if (vprim_interval_tree_first(&t->tree, &r)) continue;
		struct ent *e = calloc(1, sizeof *e);
		e->node.range = r; e->val = v[i]; e->next = t->all; t->all = e;
		ok += !vprim_interval_tree_insert(&t->tree, &e->node);
	}
	return ok;
}
static u64_t b_stab(void *tv, const u64_t *k, size_t n, int dep, u64_t zero)
{
	tree_t *t = tv; u64_t sum = 0, v = 0;
	for (size_t i = 0; i < n; i++) {
		struct vprim_interval_tree_node *x =
			vprim_interval_tree_stab(&t->tree, k[i] + (dep ? v & zero : 0));
		if (x) { v = E(x)->val; sum += v; }
	}
	return sum;
}
static u64_t meet(tree_t *t, u64_t a, u64_t b)
{
	struct vprim_range r = { a, b }; u64_t s = 0;
	for (struct vprim_interval_tree_node *x = vprim_interval_tree_first(&t->tree, &r); x;
	     x = vprim_interval_tree_next(x, &r)) s += E(x)->val;
	return s;
}
static u64_t b_overlap(void *tv, const u64_t *a, const u64_t *b, size_t n)
{
	u64_t sum = 0;
	for (size_t i = 0; i < n; i++) sum += meet(tv, a[i], b[i]);
	return sum;
}
static u64_t b_iterate(void *tv) { return meet(tv, 0, ~(u64_t)0); }
static const struct peer_ops ops = {
	.name = "interval-tree", .create = p_create, .destroy = p_destroy, .insert = b_insert,
	.stab = b_stab, .iterate = b_iterate, .overlap = b_overlap,
};
const struct peer_ops *peer_get(void) { return &ops; }
