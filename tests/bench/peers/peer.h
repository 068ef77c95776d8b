/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Adapter ABI of the IOVA-map comparison.  One shared object per peer exports
 * peer_get().  Every call is a batch, so the peer's own API is called directly
 * in the adapter's loop and no harness indirection is timed.
 *
 * Common semantics (all ranges 64-bit, inclusive):
 *  insert  : reject (not count) a range that overlaps an existing mapping
 *  stab    : find the mapping that contains an address
 *  remove  : remove the mapping that starts exactly at an address
 *  unmap   : remove every mapping that overlaps [a,b] (whole mappings)
 *  overlap : visit every mapping that overlaps [a,b], ascending
 *  gap     : highest address x, x % align == 0, with [x, x+size-1] free and
 *            inside [lo,hi]; returns 0 where there is none
 * Return values are checksums; the driver compares them across peers.
 */
#ifndef PEER_H
#define PEER_H
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64_t;

struct peer_churn_op { u64_t kind /* 0 map, 1 unmap */, start, last, val; };
struct peer_gap_op { u64_t lo, hi, size, align; };
struct peer_alloc_op { u64_t size, victim; };

struct peer_ops {
	const char *name;
	void *(*create)(void);
	void (*destroy)(void *);
	/* static peers: only build/stab/iterate/overlap */
	u64_t (*build)(void *, const u64_t *s, const u64_t *l, const u64_t *v, size_t n);
	u64_t (*insert)(void *, const u64_t *s, const u64_t *l, const u64_t *v, size_t n);
	/* zero is 0 at run time; dep != 0 makes each key depend on the last result */
	u64_t (*stab)(void *, const u64_t *k, size_t n, int dep, u64_t zero);
	u64_t (*iterate)(void *);
	u64_t (*remove)(void *, const u64_t *s, size_t n);
	u64_t (*churn)(void *, const struct peer_churn_op *, size_t n);
	u64_t (*overlap)(void *, const u64_t *a, const u64_t *b, size_t n);
	u64_t (*unmap)(void *, const u64_t *a, const u64_t *b, size_t n);
	u64_t (*gap)(void *, const struct peer_gap_op *, size_t n);
	/* live[]: starts of the live mappings; one op = unmap live[victim],
	 * gap(lo,hi,size,4096), map there with value = start */
	u64_t (*alloc)(void *, u64_t lo, u64_t hi, u64_t *live, const struct peer_alloc_op *, size_t n);
};

#ifdef __cplusplus
extern "C"
#endif
const struct peer_ops *peer_get(void);
#endif
