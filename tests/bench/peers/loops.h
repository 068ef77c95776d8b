/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Batch loops shared by the C and C++ adapters.  Include after defining:
 *   PEER_NAME, tree_t, p_create, p_destroy, p_insert, p_stab, p_iterate,
 *   p_remove, p_overlap, p_unmap, p_gap   (all static inline)
 */
#include "peer.h"

static u64_t b_insert(void *t, const u64_t *s, const u64_t *l, const u64_t *v, size_t n)
{
	u64_t ok = 0;
	for (size_t i = 0; i < n; i++)
		ok += (u64_t)p_insert((tree_t *)t, s[i], l[i], v[i]);
	return ok;
}
static u64_t b_stab(void *t, const u64_t *k, size_t n, int dep, u64_t zero)
{
	u64_t sum = 0, v = 0;
	if (dep) {
		for (size_t i = 0; i < n; i++) {
			if (p_stab((tree_t *)t, k[i] + (v & zero), &v))
				sum += v;
		}
	} else {
		for (size_t i = 0; i < n; i++)
			if (p_stab((tree_t *)t, k[i], &v))
				sum += v;
	}
	return sum;
}
static u64_t b_iterate(void *t) { return p_iterate((tree_t *)t); }
static u64_t b_remove(void *t, const u64_t *s, size_t n)
{
	u64_t sum = 0, v;
	for (size_t i = 0; i < n; i++)
		if (p_remove((tree_t *)t, s[i], &v))
			sum += v;
	return sum;
}
static u64_t b_churn(void *t, const struct peer_churn_op *o, size_t n)
{
	u64_t sum = 0, v;
	for (size_t i = 0; i < n; i++) {
		if (o[i].kind == 0)
			sum += (u64_t)p_insert((tree_t *)t, o[i].start, o[i].last, o[i].val);
		else if (p_remove((tree_t *)t, o[i].start, &v))
			sum += v;
	}
	return sum;
}
static u64_t b_overlap(void *t, const u64_t *a, const u64_t *b, size_t n)
{
	u64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += p_overlap((tree_t *)t, a[i], b[i]);
	return sum;
}
static u64_t b_unmap(void *t, const u64_t *a, const u64_t *b, size_t n)
{
	u64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += p_unmap((tree_t *)t, a[i], b[i]);
	return sum;
}
static u64_t b_gap(void *t, const struct peer_gap_op *o, size_t n)
{
	u64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += p_gap((tree_t *)t, o[i].lo, o[i].hi, o[i].size, o[i].align);
	return sum;
}
static u64_t b_alloc(void *t, u64_t lo, u64_t hi, u64_t *live,
		     const struct peer_alloc_op *o, size_t n)
{
	u64_t sum = 0, v;
	for (size_t i = 0; i < n; i++) {
		p_remove((tree_t *)t, live[o[i].victim], &v);
		u64_t x = p_gap((tree_t *)t, lo, hi, o[i].size, 4096);
		if (x)
			sum += (u64_t)p_insert((tree_t *)t, x, x + o[i].size - 1, x) + x;
		live[o[i].victim] = x;
	}
	return sum;
}
static const struct peer_ops peer_ops_ = {
	PEER_NAME, p_create, p_destroy, 0, b_insert, b_stab, b_iterate,
	b_remove, b_churn, b_overlap, b_unmap, b_gap, b_alloc,
};
#ifdef __cplusplus
extern "C"
#endif
const struct peer_ops *peer_get(void) { return &peer_ops_; }
