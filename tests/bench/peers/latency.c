// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Memory latency by pointer chase: one random cycle over S bytes, one cache
 * line a step; 4 KiB pages and, where the kernel grants it, huge pages.
 *   latency [KIB]     of all sizes, or of one */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
static uint64_t rs = 88172645463325252ull;
static uint64_t rnd(void) { rs ^= rs << 13; rs ^= rs >> 7; rs ^= rs << 17; return rs * 2685821657736338717ull; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
int main(int argc, char **argv)
{
	size_t one = argc > 1 ? strtoul(argv[1], 0, 0) : 0;
	static const size_t kb[] = { 16, 24, 64, 128, 256, 384, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576 };
	printf("KiB\tns_4k_pages\tns_huge_pages\n");
	for (size_t s = 0; s < sizeof kb / sizeof *kb; s++) {
		double best[2];
		if (one && kb[s] != one) continue;
		for (int huge = 0; huge < 2; huge++) {
			size_t bytes = kb[s] << 10, n = bytes / 64, al = 2u << 20, len = (bytes + al - 1) / al * al;
			char *m = mmap(0, len + al, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			char *b = (char *)(((uintptr_t)m + al - 1) & ~(uintptr_t)(al - 1));
			madvise(b, len, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
			uint32_t *o = malloc(n * 4);
			for (size_t i = 0; i < n; i++) o[i] = (uint32_t)i;
			for (size_t i = n; i > 1; i--) { size_t j = (size_t)(((__uint128_t)rnd() * i) >> 64); uint32_t t = o[i - 1]; o[i - 1] = o[j]; o[j] = t; }
			for (size_t i = 0; i < n; i++) *(void **)(b + (size_t)o[i] * 64) = b + (size_t)o[(i + 1) % n] * 64;
			free(o);
			size_t steps = bytes > (8u << 20) ? 4000000 : 20000000;
			best[huge] = 1e9;
			for (int r = 0; r < 3; r++) {
				void *volatile *p = (void *volatile *)b;
				double t0 = now();
				for (size_t i = 0; i < steps; i++) p = (void *volatile *)*p;
				double t = (now() - t0) / (double)steps;
				if (p && t < best[huge]) best[huge] = t;
			}
			munmap(m, len + al);
		}
		printf("%zu\t%.2f\t%.2f\n", kb[s], best[0], best[1]);
		fflush(stdout);
	}
	return 0;
}
