// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * malloc() for what tests/bench/budget counts: each call takes the same instructions
 * whatever was allocated before. The C library's take more or fewer by where its heap
 * has holes, and that depends on the length of a path in the environment.
 *
 * Blocks are powers of two, 64 bytes at least, behind 64 bytes that say which; those
 * that come back wait in a list for each. One thread only.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE 64u
#define HEAP_BYTES ((size_t)4 << 30)

struct block {
	unsigned int power;
	struct block *next;
};

static struct block *waiting[64];
static char *heap;
static size_t taken;

static unsigned int power_of(size_t bytes)
{
	return bytes <= LINE ? 6 : 64 - (unsigned int)__builtin_clzl(bytes - 1);
}

void *malloc(size_t bytes)
{
	unsigned int power = power_of(bytes);
	struct block *block = waiting[power];

	if (block) {
		waiting[power] = block->next;
		return (char *)block + LINE;
	}
	if (!heap) {
		heap = mmap(NULL, HEAP_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (heap == MAP_FAILED)
			abort();
	}
	if (power >= 32 || ((size_t)1 << power) + LINE > HEAP_BYTES - taken) {
		errno = ENOMEM;
		return NULL;
	}
	block = (struct block *)(heap + taken);
	block->power = power;
	taken += ((size_t)1 << power) + LINE;
	return (char *)block + LINE;
}

void free(void *memory)
{
	struct block *block;

	if (!memory)
		return;
	block = (struct block *)((char *)memory - LINE);
	block->next = waiting[block->power];
	waiting[block->power] = block;
}

void *calloc(size_t n, size_t bytes)
{
	void *memory = bytes && n > SIZE_MAX / bytes ? NULL : malloc(n * bytes);

	return memory ? memset(memory, 0, n * bytes) : NULL;
}

void *realloc(void *memory, size_t bytes)
{
	void *moved = malloc(bytes);
	struct block *block;

	if (moved && memory) {
		block = (struct block *)((char *)memory - LINE);
		memcpy(moved, memory, bytes < (size_t)1 << block->power ?
			bytes : (size_t)1 << block->power);
		free(memory);
	}
	return moved;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	if (alignment > LINE)
		abort();
	return malloc(bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
	*memory = aligned_alloc(alignment, bytes);
	return *memory ? 0 : ENOMEM;
}
