// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Judy1/JudyL keyed by start; the value word points at {last, value}. */
#include <stdlib.h>
#include <Judy.h>
#include "peer.h"
#include "gapwalk.h"
#define PEER_NAME "judyl"
typedef struct { Pvoid_t j; } tree_t;
struct ent { u64_t last, val; };
#define E(pv) (*(struct ent **)(pv))
static void *p_create(void) { return calloc(1, sizeof(tree_t)); }
static void p_destroy(void *tv)
{
	tree_t *t = tv; Word_t i = 0, rc;
	for (PPvoid_t p = JudyLFirst(t->j, &i, PJE0); p; p = JudyLNext(t->j, &i, PJE0)) free(E(p));
	rc = JudyLFreeArray(&t->j, PJE0); (void)rc;
	free(t);
}
static inline int p_insert(tree_t *t, u64_t s, u64_t l, u64_t v)
{
	Word_t i = l;
	PPvoid_t p = JudyLLast(t->j, &i, PJE0);
	if (p && E(p)->last >= s) return 0;
	struct ent *e = malloc(sizeof *e);
	e->last = l; e->val = v;
	p = JudyLIns(&t->j, s, PJE0);
	E(p) = e;
	return 1;
}
static inline int p_stab(tree_t *t, u64_t k, u64_t *v)
{
	Word_t i = k;
	PPvoid_t p = JudyLLast(t->j, &i, PJE0);
	if (!p || E(p)->last < k) return 0;
	*v = E(p)->val; return 1;
}
static inline u64_t p_iterate(tree_t *t)
{
	Word_t i = 0; u64_t s = 0;
	for (PPvoid_t p = JudyLFirst(t->j, &i, PJE0); p; p = JudyLNext(t->j, &i, PJE0)) s += E(p)->val;
	return s;
}
static inline int p_remove(tree_t *t, u64_t s, u64_t *v)
{
	PPvoid_t p = JudyLGet(t->j, s, PJE0);
	if (!p) return 0;
	*v = E(p)->val; free(E(p)); JudyLDel(&t->j, s, PJE0);
	return 1;
}
static inline PPvoid_t first_ge(tree_t *t, u64_t a, Word_t *i)
{
	*i = a;
	PPvoid_t p = JudyLLast(t->j, i, PJE0);
	if (p && E(p)->last >= a) return p;
	*i = a;
	return JudyLFirst(t->j, i, PJE0);
}
static inline u64_t p_overlap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; Word_t i;
	for (PPvoid_t p = first_ge(t, a, &i); p && i <= b; p = JudyLNext(t->j, &i, PJE0)) s += E(p)->val;
	return s;
}
static inline u64_t p_unmap(tree_t *t, u64_t a, u64_t b)
{
	u64_t s = 0; Word_t i;
	for (PPvoid_t p = first_ge(t, a, &i); p && i <= b; p = JudyLNext(t->j, &i, PJE0)) {
		s += E(p)->val; free(E(p)); JudyLDel(&t->j, i, PJE0);
	}
	return s;
}
static inline u64_t p_gap(tree_t *t, u64_t lo, u64_t hi, u64_t size, u64_t align)
{
	Word_t i = hi;
	PPvoid_t p = JudyLLast(t->j, &i, PJE0);
	GW_BEGIN;
	for (; p; p = JudyLPrev(t->j, &i, PJE0)) GW_STEP(i, E(p)->last);
	GW_END;
}
#include "loops.h"
