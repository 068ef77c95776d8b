// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Read-only reference: Eytzinger layout, prefetch 4 levels ahead. */
#include <stdlib.h>
#include "peer.h"
struct ey { size_t n; u64_t *s; struct dat { u64_t last, val; } *d; };
static void *create(void) { return calloc(1, sizeof(struct ey)); }
static void destroy(void *v) { struct ey *f = v; free(f->s); free(f->d); free(f); }
static size_t fill(struct ey *f, const u64_t *s, const u64_t *l, const u64_t *val, size_t i, size_t k)
{
	if (k <= f->n) {
		i = fill(f, s, l, val, i, 2 * k);
		f->s[k] = s[i]; f->d[k].last = l[i]; f->d[k].val = val[i]; i++;
		i = fill(f, s, l, val, i, 2 * k + 1);
	}
	return i;
}
static u64_t build(void *v, const u64_t *s, const u64_t *l, const u64_t *val, size_t n)
{
	struct ey *f = v; f->n = n;
	f->s = aligned_alloc(64, ((n + 1) * 8 + 63) & ~(size_t)63);
	f->d = aligned_alloc(64, ((n + 1) * 16 + 63) & ~(size_t)63);
	fill(f, s, l, val, 0, 1);
	return n;
}
static inline int p_stab(const struct ey *f, u64_t k, u64_t *v)
{
	size_t i = 1, r;
	while (i <= f->n) { __builtin_prefetch(f->s + i * 8); i = 2 * i + (f->s[i] <= k); }
	r = i >> __builtin_ffsll((long long)i); /* drop trailing lefts and the last right: predecessor */
	if (!r || f->d[r].last < k) return 0;
	*v = f->d[r].val; return 1;
}
static u64_t stab(void *t, const u64_t *k, size_t n, int dep, u64_t zero)
{
	u64_t sum = 0, v = 0;
	if (dep) { for (size_t i = 0; i < n; i++) if (p_stab(t, k[i] + (v & zero), &v)) sum += v; }
	else for (size_t i = 0; i < n; i++) if (p_stab(t, k[i], &v)) sum += v;
	return sum;
}
static const struct peer_ops ops = { .name = "flat-eytzinger", .create = create, .destroy = destroy,
	.build = build, .stab = stab };
const struct peer_ops *peer_get(void) { return &ops; }
