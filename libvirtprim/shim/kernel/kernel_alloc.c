// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel's memory in the shape the core asks for.
 *
 * Pieces got without a lock are stacks through the pieces themselves, one of each
 * size, and there are few sizes, so that taking one is a step or two. They go in
 * and come out again within one hold of the lock; while they are in, the kernel is
 * not asked for memory.
 */
#include <virtprim/kernel.h>

#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

struct vprim_kernel_piece {
	struct vprim_kernel_piece *next;	/* of this size */
	struct vprim_kernel_piece *other;	/* the top one of another size, if this is one */
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

void vprim_kernel_alloc_stats_read(struct vprim_kernel_alloc_stats *stats)
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

void vprim_kernel_alloc_stats_read(struct vprim_kernel_alloc_stats *stats)
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

void vprim_kernel_alloc_gone_(size_t size_bytes)
{
	count(-1, size_bytes);
}

/* Where the stack of this size hangs, or would. */
static struct vprim_kernel_piece **
stack_of(struct vprim_kernel_piece **pieces, size_t size_bytes)
{
	while (*pieces && (*pieces)->size_bytes != size_bytes)
		pieces = &(*pieces)->other;
	return pieces;
}

static void push(struct vprim_kernel_piece **pieces, void *ptr,
		 size_t size_bytes)
{
	struct vprim_kernel_piece **stack = stack_of(pieces, size_bytes);
	struct vprim_kernel_piece *piece = ptr, *top = *stack;

	piece->next = top;
	piece->other = top ? top->other : NULL;
	piece->size_bytes = size_bytes;
	*stack = piece;
}

static void *pop(struct vprim_kernel_alloc *alloc, size_t size_bytes)
{
	struct vprim_kernel_piece **stack = stack_of(&alloc->pieces, size_bytes);
	struct vprim_kernel_piece *piece = *stack;

	if (!piece) {
		alloc->wanted_bytes = size_bytes;
	} else if (piece->next) {
		piece->next->other = piece->other;
		*stack = piece->next;
	} else {
		*stack = piece->other;
	}
	return piece;
}

static void *kernel_alloc(void *ctx, size_t size_bytes)
{
	struct vprim_kernel_alloc *alloc = ctx;

	if (!alloc)
		return take(size_bytes, GFP_KERNEL);
	return alloc->begun ? pop(alloc, size_bytes) :
			      take(size_bytes, alloc->gfp);
}

static void kernel_free(void *ctx, void *ptr, size_t size_bytes)
{
	struct vprim_kernel_alloc *alloc = ctx;

	if (ptr && alloc && alloc->begun && size_bytes >= sizeof(struct vprim_kernel_piece))
		push(&alloc->pieces, ptr, size_bytes);
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

size_t vprim_kernel_alloc_pieces(struct vprim_kernel_piece **pieces,
				 size_t size_bytes, size_t count, gfp_t gfp)
{
	size_t got;
	void *ptr;

	for (got = 0; got < count; got++) {
		ptr = take(max(size_bytes, sizeof(struct vprim_kernel_piece)), gfp);
		if (!ptr)
			break;
		push(pieces, ptr, size_bytes);
	}
	return got;
}

void vprim_kernel_alloc_begin(struct vprim_kernel_alloc *alloc,
			      struct vprim_kernel_piece *pieces)
{
	alloc->pieces = pieces;
	alloc->wanted_bytes = 0;
	alloc->begun = true;
}

struct vprim_kernel_piece *
vprim_kernel_alloc_end(struct vprim_kernel_alloc *alloc, size_t *wanted_bytes)
{
	struct vprim_kernel_piece *rest = alloc->pieces;

	alloc->pieces = NULL;
	alloc->begun = false;
	*wanted_bytes = alloc->wanted_bytes;
	return rest;
}

void vprim_kernel_alloc_drop(struct vprim_kernel_piece *pieces)
{
	struct vprim_kernel_piece *other, *next;

	for (; pieces; pieces = other) {
		other = pieces->other;
		for (; pieces; pieces = next) {
			next = pieces->next;
			give(pieces, pieces->size_bytes);
		}
	}
}
