// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Loads peers (shared objects), runs every workload with the peers taking turns
 * inside each repetition, and compares their answers. Prints a line a workload,
 * size and peer: ns an operation in each repetition, or bytes a mapping.
 *
 *   driver [-r REPETITIONS] [-w WORKLOADS] [-l] [-c] -n N... PEER.so...
 *   -l lookups only; -c one repetition for callgrind, a dump a workload
 *
 * Exit status 1 when a peer's answers differ.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "peer.h"
#ifdef WITH_CALLGRIND
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(s)
#endif
#define MAXP 40
#define MAXR 31
static const struct peer_ops *peer[MAXP];
static int np, reps = 7, quiet_cg, bad;
static volatile u64_t zero_;
static const char *only;

static u64_t rs = 88172645463325252ull;
static u64_t rnd(void) { rs ^= rs << 13; rs ^= rs >> 7; rs ^= rs << 17; return rs * 2685821657736338717ull; }
static u64_t rn(u64_t n) { return (u64_t)(((__uint128_t)rnd() * n) >> 64); }
static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
static size_t heap(void) { struct mallinfo2 m = mallinfo2(); return m.uordblks + m.hblkhd; }

static double res[MAXP][MAXR]; static u64_t ck[MAXP][MAXR]; static int has[MAXP];
static void begin(void) { memset(has, 0, sizeof has); memset(ck, 0, sizeof ck); }
static void rec(int p, int r, double nsop, u64_t sum) { if (r >= 0) { res[p][r] = nsop; ck[p][r] = sum; has[p] = 1; } }
static void report(const char *w, size_t n)
{
	int ref = -1;
	for (int p = 0; p < np; p++) if (has[p]) {
		if (ref < 0) ref = p;
		for (int r = 0; r < reps; r++) if (ck[p][r] != ck[ref][r]) {
			fprintf(stderr, "CHECKSUM MISMATCH %s n=%zu %s vs %s rep %d: %llx %llx\n", w, n, peer[p]->name,
				peer[ref]->name, r, (unsigned long long)ck[p][r], (unsigned long long)ck[ref][r]);
			bad = 1;
			break;
		}
		printf("%s\t%zu\t%s", w, n, peer[p]->name);
		for (int r = 0; r < reps; r++) printf("\t%.2f", res[p][r]);
		putchar('\n');
	}
	fflush(stdout);
}
static int want(const char *w) { return !only || strstr(only, w); }
/* What other peers have freed lies unsorted in malloc: not one of them is to sort it. */
static void *volatile settled;
static void settle(void) { settled = malloc((size_t)1 << 21); free(settled); }
#define TIMED(P, R, OPS, SUM, CODE) do { settle(); \
	CALLGRIND_ZERO_STATS; double t0_ = now(); CODE; double t1_ = now(); \
	if (quiet_cg && (R) >= 0) { CALLGRIND_DUMP_STATS_AT(cgname(w, n, P, (double)(OPS))); } \
	rec(P, R, (t1_ - t0_) / (double)(OPS), SUM); } while (0)
static char cgbuf[256];
static const char *cgname(const char *w, size_t n, int p, double ops)
{
	snprintf(cgbuf, sizeof cgbuf, "%s|%zu|%s|%.0f", w, n, peer[p]->name, ops);
	return cgbuf;
}

static void shuffle(u64_t *a, size_t n) { for (size_t i = n; i > 1; i--) { size_t j = rn(i); u64_t t = a[i - 1]; a[i - 1] = a[j]; a[j] = t; } }
#define STRIDE (4ull << 20)
#define BASE (4ull << 30)
static u64_t *S, *L, *V, *PS, *PL, *PV; /* sorted / shuffled */
static size_t nslots;

static void gen(size_t n)
{
	/* 2n slots of 4 MiB; even slots hold the n initial mappings */
	nslots = 2 * n;
	S = malloc(nslots * 8); L = malloc(nslots * 8); V = malloc(nslots * 8);
	PS = malloc(n * 8); PL = malloc(n * 8); PV = malloc(n * 8);
	u64_t *perm = malloc(n * 8);
	for (size_t i = 0; i < nslots; i++) {
		u64_t sz = 4096ull << rn(10);
		S[i] = BASE + i * STRIDE + rn(512) * 4096;
		L[i] = S[i] + sz - 1;
		V[i] = rnd() >> 24;
	}
	for (size_t i = 0; i < n; i++) perm[i] = i;
	shuffle(perm, n);
	for (size_t i = 0; i < n; i++) { PS[i] = S[2 * perm[i]]; PL[i] = L[2 * perm[i]]; PV[i] = V[2 * perm[i]]; }
	/* compact the even slots to the front as the sorted initial set, odd ones behind */
	u64_t *x[3] = { S, L, V };
	for (int k = 0; k < 3; k++) {
		u64_t *t = malloc(nslots * 8);
		for (size_t i = 0; i < n; i++) { t[i] = x[k][2 * i]; t[n + i] = x[k][2 * i + 1]; }
		memcpy(x[k], t, nslots * 8); free(t);
	}
	free(perm);
}
static void ungen(void) { free(S); free(L); free(V); free(PS); free(PL); free(PV); }
static void *fresh(int p, size_t n)
{
	void *t = peer[p]->create();
	if (peer[p]->insert) {
		u64_t ok = peer[p]->insert(t, PS, PL, PV, n);
		if (ok != n) fprintf(stderr, "%s: built %llu of %zu\n", peer[p]->name, (unsigned long long)ok, n);
	} else peer[p]->build(t, S, L, V, n);
	return t;
}
static void (*trim[MAXP])(void);
static void trim_hooks(void) { for (int p = 0; p < np; p++) if (trim[p]) trim[p](); }

static void run_n(size_t n, int lookups_only)
{
	const char *w;
	gen(n);
	size_t copies = n >= 10000 ? 1 : 20000 / n;
	void **ts = calloc(copies, sizeof *ts);
	if (!lookups_only) {
	/* 1/2: inserts */
	for (int mode = 0; mode < 3; mode++) {
		w = mode == 0 ? "insert_seq" : mode == 1 ? "insert_rand" : "insert_desc";
		if (!want(w)) continue;
		u64_t *ds = malloc(n * 8), *dl = malloc(n * 8), *dv = malloc(n * 8);
		for (size_t i = 0; i < n; i++) { ds[i] = S[n - 1 - i]; dl[i] = L[n - 1 - i]; dv[i] = V[n - 1 - i]; }
		const u64_t *a = mode == 0 ? S : mode == 1 ? PS : ds, *b = mode == 0 ? L : mode == 1 ? PL : dl, *c = mode == 0 ? V : mode == 1 ? PV : dv;
		begin();
		for (int r = -1; r < reps; r++) for (int p = 0; p < np; p++) if (peer[p]->insert) {
			u64_t sum = 0;
			size_t h0 = heap();
			for (size_t k = 0; k < copies; k++) ts[k] = peer[p]->create();
			TIMED(p, r, n * copies, sum, for (size_t k = 0; k < copies; k++) sum += peer[p]->insert(ts[k], a, b, c, n));
			if (r == reps - 1 && !quiet_cg)
				printf("bytes_%s\t%zu\t%s\t%.1f\n", mode == 0 ? "seq" : mode == 1 ? "rand" : "desc", n, peer[p]->name,
				       (double)(heap() - h0) / (double)(n * copies));
			for (size_t k = 0; k < copies; k++) peer[p]->destroy(ts[k]);
			trim_hooks();
		}
		report(w, n);
		free(ds); free(dl); free(dv);
	}
	/* random remove */
	w = "remove_rand";
	if (want(w)) {
		begin();
		u64_t *rk = malloc(n * 8);
		memcpy(rk, S, n * 8); shuffle(rk, n);
		for (int r = -1; r < reps; r++) for (int p = 0; p < np; p++) if (peer[p]->remove) {
			u64_t sum = 0;
			for (size_t k = 0; k < copies; k++) ts[k] = fresh(p, n);
			TIMED(p, r, n * copies, sum, for (size_t k = 0; k < copies; k++) sum += peer[p]->remove(ts[k], rk, n));
			for (size_t k = 0; k < copies; k++) peer[p]->destroy(ts[k]);
			trim_hooks();
		}
		free(rk);
		report(w, n);
	}
	/* unmap of big ranges: n/K disjoint ranges of K mappings, random order */
	w = "unmap_big";
	if (want(w)) {
		size_t K = n >= 4000 ? 1000 : n / 4, q = n / K;
		u64_t *a = malloc(q * 8), *b = malloc(q * 8), *o = malloc(q * 8);
		for (size_t i = 0; i < q; i++) o[i] = i;
		shuffle(o, q);
		for (size_t i = 0; i < q; i++) { a[i] = S[o[i] * K]; b[i] = L[o[i] * K + K - 1]; }
		begin();
		for (int r = -1; r < reps; r++) for (int p = 0; p < np; p++) if (peer[p]->unmap) {
			u64_t sum = 0;
			for (size_t k = 0; k < copies; k++) ts[k] = fresh(p, n);
			TIMED(p, r, q * K * copies, sum, for (size_t k = 0; k < copies; k++) sum += peer[p]->unmap(ts[k], a, b, q));
			for (size_t k = 0; k < copies; k++) peer[p]->destroy(ts[k]);
			trim_hooks();
		}
		free(a); free(b); free(o);
		report(w, n);
	}
	}
	/* persistent trees for the read workloads */
	void *t[MAXP];
	for (int p = 0; p < np; p++) t[p] = fresh(p, n);
	size_t q = n <= 100 ? 100000 : n <= 10000 ? 200000 : 500000;
	if (quiet_cg) q = 20000;
	u64_t *k = malloc(q * 8), *k2 = malloc(q * 8);
	for (int mode = 0; mode < 4; mode++) {
		static const char *const nm[] = { "stab_hit", "stab_hit_dep", "stab_miss", "overlap16" };
		w = nm[mode];
		if (!want(w)) continue;
		begin();
		for (int r = -1; r < reps; r++) {
			for (size_t i = 0; i < q; i++) {
				size_t j = rn(n);
				if (mode < 2) k[i] = S[j] + rn(L[j] - S[j] + 1);
				else if (mode == 2) k[i] = L[j] + 1 + rn(4096);
				else { j = rn(n - 16); k[i] = S[j] + rn(2) * 8; k2[i] = L[j + 15] - rn(2) * 8; }
			}
			for (int p = 0; p < np; p++) {
				u64_t sum = 0;
				size_t qq = mode == 3 ? q / 4 : q;
				if (mode < 3) TIMED(p, r, qq, sum, sum = peer[p]->stab(t[p], k, qq, mode == 1, zero_));
				else if (peer[p]->overlap) TIMED(p, r, qq, sum, sum = peer[p]->overlap(t[p], k, k2, qq));
			}
		}
		report(w, n);
	}
	free(k); free(k2);
	w = "iterate";
	if (want(w)) {
		begin();
		size_t it = n >= 1000000 ? 1 : 1000000 / n;
		if (quiet_cg) it = 2;
		for (int r = -1; r < reps; r++) for (int p = 0; p < np; p++) if (peer[p]->iterate) {
			u64_t sum = 0;
			TIMED(p, r, n * it, sum, for (size_t i = 0; i < it; i++) sum += peer[p]->iterate(t[p]));
		}
		report(w, n);
	}
	if (!lookups_only) for (int local = 0; local < 2; local++) {
		/* churn: continues on the same trees, a new op chunk per repetition;
		 * churn_lifo: the guest's IOVA allocator reuses what was freed last */
		w = local ? "churn_lifo" : "churn_rand";
		if (!want(w)) continue;
		size_t ops = n <= 10000 ? 100000 : 500000;
		if (quiet_cg) ops = 20000;
		struct peer_churn_op *o = malloc(ops * sizeof *o);
		u64_t *full = malloc(nslots * 8), *empty = malloc(nslots * 8);
		void *t2[MAXP];
		size_t nf = n, ne = n;
		for (size_t i = 0; i < n; i++) { full[i] = i; empty[i] = n + i; }
		for (int p = 0; p < np; p++) t2[p] = peer[p]->churn ? fresh(p, n) : 0;
		begin();
		for (int r = -1; r < reps; r++) {
			for (size_t i = 0; i < ops; i++) {
				int map = (i & 1);
				u64_t s;
				if (map) {
					size_t j = local ? ne - 1 : rn(ne);
					s = empty[j]; empty[j] = empty[--ne]; full[nf++] = s;
				} else {
					size_t j = local ? nf - 1 - rn(nf < 32 ? nf : 32) : rn(nf);
					s = full[j]; full[j] = full[--nf]; empty[ne++] = s;
				}
				o[i].kind = map ? 0 : 1; o[i].start = S[s]; o[i].last = S[s] + (4096ull << rn(10)) - 1; o[i].val = V[s];
			}
			for (int p = 0; p < np; p++) if (peer[p]->churn) {
				u64_t sum = 0;
				TIMED(p, r, ops, sum, sum = peer[p]->churn(t2[p], o, ops));
			}
		}
		report(w, n);
		for (int p = 0; p < np; p++) if (t2[p]) peer[p]->destroy(t2[p]);
		trim_hooks();
		free(o); free(full); free(empty);
	}
	for (int p = 0; p < np; p++) peer[p]->destroy(t[p]);
	trim_hooks();
	free(ts);
	ungen();
	if (lookups_only) return;
	/* gap search in a half-full space: mapping and gap sizes uniform 4K..2M;
	 * one 64 MiB gap a tenth from the bottom serves the hard query */
	if (want("gap_easy") || want("gap_hard") || want("alloc_churn")) {
		S = malloc(n * 8); L = malloc(n * 8); V = malloc(n * 8); PS = malloc(n * 8); PL = malloc(n * 8); PV = malloc(n * 8);
		u64_t *perm = malloc(n * 8), a = BASE;
		for (size_t i = 0; i < n; i++) {
			u64_t sz = (1 + rn(512)) * 4096;
			S[i] = a; L[i] = a + sz - 1; V[i] = S[i];
			a += sz + (1 + rn(512)) * 4096;
			if (i == n / 10) a += 64ull << 20;
			perm[i] = i;
		}
		u64_t lo = BASE, hi = a - 1;
		shuffle(perm, n);
		for (size_t i = 0; i < n; i++) { PS[i] = S[perm[i]]; PL[i] = L[perm[i]]; PV[i] = V[perm[i]]; }
		for (int p = 0; p < np; p++) t[p] = peer[p]->gap ? fresh(p, n) : 0;
		for (int mode = 0; mode < 2; mode++) {
			w = mode ? "gap_hard" : "gap_easy";
			if (!want(w)) continue;
			size_t gq = mode ? (n >= 1000000 ? 8 : n >= 100000 ? 40 : n >= 10000 ? 300 : 20000) : 100000;
			if (quiet_cg) gq = mode ? 100 : 5000;
			struct peer_gap_op *g = malloc(gq * sizeof *g);
			begin();
			for (int r = -1; r < reps; r++) {
				for (size_t i = 0; i < gq; i++) {
					g[i].lo = lo; g[i].align = 4096;
					g[i].size = mode ? 32ull << 20 : 4096ull << rn(9);
					g[i].hi = mode ? hi - rn(16) * 4096 : lo + (hi - lo) / 5 + rn((hi - lo) / 5 * 4);
				}
				for (int p = 0; p < np; p++) if (peer[p]->gap) {
					u64_t sum = 0;
					TIMED(p, r, gq, sum, sum = peer[p]->gap(t[p], g, gq));
				}
			}
			report(w, n);
			free(g);
		}
		w = "alloc_churn";
		if (want(w)) {
			size_t ops = n >= 1000000 ? 100 : n >= 10000 ? 3000 : 20000;
			if (quiet_cg) ops = 1000;
			struct peer_alloc_op *o = malloc(ops * sizeof *o);
			u64_t *live[MAXP];
			for (int p = 0; p < np; p++) { live[p] = malloc(n * 8); memcpy(live[p], S, n * 8); }
			begin();
			for (int r = -1; r < reps; r++) {
				for (size_t i = 0; i < ops; i++) { o[i].size = 4096ull << rn(10); o[i].victim = rn(n); }
				for (int p = 0; p < np; p++) if (peer[p]->alloc) {
					u64_t sum = 0;
					TIMED(p, r, ops, sum, sum = peer[p]->alloc(t[p], lo, hi, live[p], o, ops));
				}
			}
			report(w, n);
			for (int p = 0; p < np; p++) free(live[p]);
			free(o);
		}
		for (int p = 0; p < np; p++) if (t[p]) peer[p]->destroy(t[p]);
		trim_hooks();
		free(perm); ungen();
	}
}

int main(int argc, char **argv)
{
	size_t ns[16]; int nn = 0, lk = 0;
	mallopt(M_MMAP_THRESHOLD, 1 << 30); mallopt(M_TRIM_THRESHOLD, 2147483647); mallopt(M_TOP_PAD, 64 << 20);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-n")) ns[nn++] = (size_t)strtod(argv[++i], 0);
		else if (!strcmp(argv[i], "-r")) reps = atoi(argv[++i]);
		else if (!strcmp(argv[i], "-w")) only = argv[++i];
		else if (!strcmp(argv[i], "-l")) lk = 1;
		else if (!strcmp(argv[i], "-c")) { quiet_cg = 1; reps = 1; }
		else {
			void *h = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
			if (!h) { fprintf(stderr, "skip %s: %s\n", argv[i], dlerror()); continue; }
			const struct peer_ops *(*g)(void) = (const struct peer_ops *(*)(void))dlsym(h, "peer_get");
			if (!g || np == MAXP) continue;
			trim[np] = (void (*)(void))dlsym(h, "peer_trim");
			peer[np++] = g();
		}
	}
	for (int i = 0; i < nn; i++) run_n(ns[i], lk);
	return bad;
}
