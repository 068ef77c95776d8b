/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Ordered C++ maps keyed by start: define MAP_T and PEER_NAME first. */
#include "peer.h"
#include "gapwalk.h"
struct rng { u64_t last, val; };
typedef MAP_T tree_t;
static void *p_create(void) { return new tree_t; }
static void p_destroy(void *t) { delete (tree_t *)t; }
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	auto n = t->upper_bound(s);
	if (n != t->end() && n->first <= l) return 0;
	if (n != t->begin()) { auto p = n; --p; if (p->second.last >= s) return 0; }
	t->emplace_hint(n, s, rng{ l, v });
	return 1;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	auto n = t->upper_bound(k);
	if (n == t->begin()) return 0;
	--n;
	if (n->second.last < k) return 0;
	*v = n->second.val; return 1;
}
static inline u64_t p_iterate(tree_t *t) { u64_t s = 0; for (auto &e : *t) s += e.second.val; return s; }
static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	auto n = t->find(s);
	if (n == t->end()) return 0;
	*v = n->second.val; t->erase(n);
	return 1;
}
static inline tree_t::iterator first_ge(tree_t *t, u64_t a)
{
	auto n = t->upper_bound(a);
	if (n != t->begin()) { auto p = n; --p; if (p->second.last >= a) return p; }
	return n;
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0;
	for (auto n = first_ge(t, a); n != t->end() && n->first <= b; ++n) s += n->second.val;
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0;
	auto f = first_ge(t, a), n = f;
	for (; n != t->end() && n->first <= b; ++n) s += n->second.val;
	t->erase(f, n);
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	auto n = t->upper_bound(hi);
	GW_BEGIN;
	while (n != t->begin()) { --n; GW_STEP(n->first, n->second.last); }
	GW_END;
}
#include "loops.h"
