// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel's memory in the shape the core asks for.
 *
 * What is put aside is a list through the pieces themselves. While a fill is at
 * work freed pieces go onto it too: a call of the core that wants several pieces
 * and lacks the last one gives the others back, and finds them again the next
 * time. So each round of begin, try, fill has one piece more, and the rounds end.
 */
#include <virtprim/kernel.h>

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

struct piece {
	struct piece *next;
	size_t size_bytes;
};

#ifdef VPRIM_DEBUGFS
/* Of this copy of the library. */
static atomic64_t live, live_bytes, requests, refused, countdown;

static bool refuse(void)
{
	atomic64_inc(&requests);
	if (atomic64_read(&countdown) <= 0 || atomic64_dec_return(&countdown))
		return false;
	atomic64_inc(&refused);
	return true;
}

static void count(s64 pieces, size_t size_bytes)
{
	atomic64_add(pieces, &live);
	atomic64_add(pieces * (s64)size_bytes, &live_bytes);
}

void vprim_kernel_alloc_stats(struct vprim_kernel_alloc_stats *stats)
{
	stats->live = (u64)atomic64_read(&live);
	stats->live_bytes = (u64)atomic64_read(&live_bytes);
	stats->requests = (u64)atomic64_read(&requests);
	stats->refused = (u64)atomic64_read(&refused);
}

void vprim_kernel_alloc_fail(uint64_t nth)
{
	atomic64_set(&countdown, (s64)nth);
}
#else
static bool refuse(void)
{
	return false;
}

static void count(s64 pieces, size_t size_bytes)
{
}

void vprim_kernel_alloc_stats(struct vprim_kernel_alloc_stats *stats)
{
	*stats = (struct vprim_kernel_alloc_stats){ };
}

void vprim_kernel_alloc_fail(uint64_t nth)
{
}
#endif

static void *take(size_t size_bytes, gfp_t gfp)
{
	void *ptr;

	if (refuse())
		return NULL;
	if (size_bytes > PAGE_SIZE && gfpflags_allow_blocking(gfp))
		ptr = kvmalloc(size_bytes, gfp);
	else
		ptr = kmalloc(size_bytes, gfp);
	if (ptr)
		count(1, size_bytes);
	return ptr;
}

static void give(void *ptr, size_t size_bytes)
{
	if (ptr)
		count(-1, size_bytes);
	kvfree(ptr);
}

static void *take_aside(struct vprim_kernel_alloc *alloc, size_t size_bytes)
{
	struct piece *piece = alloc->aside, *before = NULL;

	while (piece && piece->size_bytes != size_bytes) {
		before = piece;
		piece = piece->next;
	}
	if (!piece)
		alloc->wanted_bytes = size_bytes;
	else if (before)
		before->next = piece->next;
	else
		alloc->aside = piece->next;
	return piece;
}

static void *kernel_alloc(void *ctx, size_t size_bytes)
{
	struct vprim_kernel_alloc *alloc = ctx;
	void *ptr;

	if (!alloc)
		return take(size_bytes, GFP_KERNEL);
	ptr = take(size_bytes, alloc->gfp);
	if (!ptr && alloc->fills)
		ptr = take_aside(alloc, size_bytes);
	return ptr;
}

static void kernel_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct vprim_kernel_alloc *alloc = ctx;

	if (ptr && alloc && alloc->fills && size_bytes >= sizeof(struct piece))
		vprim_kernel_alloc_fill(alloc, ptr, size_bytes);
	else
		give(ptr, size_bytes);
}

void vprim_kernel_alloc_init(struct vprim_kernel_alloc *alloc, gfp_t gfp)
{
	*alloc = (struct vprim_kernel_alloc){ .gfp = gfp };
}

const struct vprim_alloc_ops *vprim_kernel_alloc_ops(void)
{
	static const struct vprim_alloc_ops ops = {
		.alloc = kernel_alloc,
		.free = kernel_free,
	};

	return &ops;
}

void vprim_kernel_alloc_begin(struct vprim_kernel_alloc *alloc)
{
	alloc->fills++;
	alloc->wanted_bytes = 0;
}

void *vprim_kernel_alloc_piece(size_t wanted_bytes, gfp_t gfp)
{
	return take(max(wanted_bytes, sizeof(struct piece)), gfp);
}

size_t vprim_kernel_alloc_wanted(const struct vprim_kernel_alloc *alloc)
{
	return alloc->wanted_bytes;
}

void vprim_kernel_alloc_fill(struct vprim_kernel_alloc *alloc, void *ptr,
			     size_t size_bytes)
{
	struct piece *piece = ptr;

	piece->next = alloc->aside;
	piece->size_bytes = size_bytes;
	alloc->aside = piece;
}

void *vprim_kernel_alloc_end(struct vprim_kernel_alloc *alloc)
{
	struct piece *rest = NULL;

	if (!--alloc->fills) {
		rest = alloc->aside;
		alloc->aside = NULL;
	}
	return rest;
}

void vprim_kernel_alloc_drop(void *rest)
{
	struct piece *piece = rest;

	while (piece) {
		struct piece *next = piece->next;

		give(piece, piece->size_bytes);
		piece = next;
	}
}
