/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * When a retired node may go: once every reader that was in the map has left. A
 * reader notes the epoch in which it began; a node waits until no reader is in its
 * epoch or an older one. One writer at a time retires.
 */
#ifndef EPOCH_H
#define EPOCH_H
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/iova_map.h>

#define EPOCH_READERS 4u
#define EPOCH_LIMBO 4096u

/* 0 while it is not in the map; on a line of its own, as it is written all the time. */
struct epoch_reader {
	alignas(128) atomic_ulong inside;
};

static struct epoch_reader epoch_readers[EPOCH_READERS];
static atomic_ulong epoch_now = 1;

static struct {
	void *node;
	size_t size_bytes;
	unsigned long epoch;
} epoch_limbo[EPOCH_LIMBO];
static size_t epoch_waiting;

/* Sequentially consistent: the writer sees it, or it sees the writer's root. */
static inline void epoch_begin(unsigned int reader)
{
	atomic_store(&epoch_readers[reader].inside, atomic_load(&epoch_now));
}

static inline void epoch_end(unsigned int reader)
{
	atomic_store_explicit(&epoch_readers[reader].inside, 0,
			      memory_order_release);
}

static inline unsigned long epoch_oldest(void)
{
	unsigned long least = atomic_load(&epoch_now);
	unsigned int i;

	for (i = 0; i < EPOCH_READERS; i++) {
		unsigned long at = atomic_load(&epoch_readers[i].inside);

		least = at && at < least ? at : least;
	}
	return least;
}

/* Give back what nobody can be in; filled with garbage, who still reads is found. */
static inline void epoch_collect(void)
{
	unsigned long least;
	size_t i, stay = 0;

	atomic_fetch_add(&epoch_now, 1);
	least = epoch_oldest();
	for (i = 0; i < epoch_waiting; i++) {
		if (epoch_limbo[i].epoch < least) {
#ifdef EPOCH_GARBAGE
			memset(epoch_limbo[i].node, 0xdb,
			       epoch_limbo[i].size_bytes);
#endif
			free(epoch_limbo[i].node);
		} else {
			epoch_limbo[stay++] = epoch_limbo[i];
		}
	}
	epoch_waiting = stay;
}

/* For vprim_iova_map_options::retire, where memory comes from malloc(). */
static inline void epoch_retire(void *ctx, void *node, size_t size_bytes)
{
	(void)ctx;
	while (epoch_waiting == EPOCH_LIMBO)
		epoch_collect();
	epoch_limbo[epoch_waiting].node = node;
	epoch_limbo[epoch_waiting].size_bytes = size_bytes;
	epoch_limbo[epoch_waiting++].epoch = atomic_load(&epoch_now);
	/* Nobody's once the node is retired. */
	memset((char *)node + VPRIM_IOVA_MAP_RETIRED_HEAD, 0xdb, 16);
	if (epoch_waiting % 256 == 0)
		epoch_collect();
}

#endif
