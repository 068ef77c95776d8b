// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Read-only reference: sorted arrays, branch-free binary search. */
#include <stdlib.h>
#include <string.h>
#include "peer.h"
struct flat { size_t n; u64_t *s; struct { u64_t last, val; } *d; };
static void *create(void) { return calloc(1, sizeof(struct flat)); }
static void destroy(void *v) { struct flat *f = v; free(f->s); free(f->d); free(f); }
static u64_t build(void *v, const u64_t *s, const u64_t *l, const u64_t *val, size_t n)
{
	struct flat *f = v;
	f->n = n; f->s = malloc(n * 8); f->d = malloc(n * 16);
	for (size_t i = 0; i < n; i++) { f->s[i] = s[i]; f->d[i].last = l[i]; f->d[i].val = val[i]; }
	return n;
}
static inline size_t pred(const struct flat *f, u64_t k) /* number of starts <= k */
{
	const u64_t *b = f->s; size_t n = f->n;
	while (n > 1) { size_t h = n / 2; __builtin_prefetch(b + h / 2); __builtin_prefetch(b + h + h / 2);
		b += (0 - (size_t)(b[h - 1] <= k)) & h; n -= h; }
	return (size_t)(b - f->s) + (b[0] <= k);
}
static inline int p_stab(const struct flat *f, u64_t k, u64_t *v)
{
	size_t i = pred(f, k);
	if (!i || f->d[i - 1].last < k) return 0;
	*v = f->d[i - 1].val; return 1;
}
static u64_t stab(void *t, const u64_t *k, size_t n, int dep, u64_t zero)
{
	u64_t sum = 0, v = 0;
	if (dep) { for (size_t i = 0; i < n; i++) if (p_stab(t, k[i] + (v & zero), &v)) sum += v; }
	else for (size_t i = 0; i < n; i++) if (p_stab(t, k[i], &v)) sum += v;
	return sum;
}
static u64_t iterate(void *t) { struct flat *f = t; u64_t s = 0; for (size_t i = 0; i < f->n; i++) s += f->d[i].val; return s; }
static u64_t overlap(void *t, const u64_t *a, const u64_t *b, size_t n)
{
	struct flat *f = t; u64_t sum = 0;
	for (size_t j = 0; j < n; j++) {
		size_t i = pred(f, a[j]);
		if (i && f->d[i - 1].last >= a[j]) i--;
		for (; i < f->n && f->s[i] <= b[j]; i++) sum += f->d[i].val;
	}
	return sum;
}
static const struct peer_ops ops = { .name = "flat-binsearch", .create = create, .destroy = destroy,
	.build = build, .stab = stab, .iterate = iterate, .overlap = overlap };
const struct peer_ops *peer_get(void) { return &ops; }
