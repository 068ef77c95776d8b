// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * readers - device models translate without a lock while the guest remaps, with
 * liburcu for the nodes that a reader may still be in.
 *   cc readers.c $(pkg-config --cflags --libs virtprim liburcu) -lpthread -o readers
 *   ./readers            # 20000 moves; or as many as are said
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <urcu.h>
#include <virtprim/user.h>
#include <virtprim/user_iova_map.h>

#define READERS 3
#define BUFFERS UINT64_C(2000)
#define PAGE UINT64_C(4096)
/* A buffer of a page is in the lower or in the upper half of its slot. */
#define SLOT (2 * PAGE)

static struct vprim_user_iova_map *shared;
static const struct vprim_iova_map *open_map;
static atomic_bool over;
static atomic_ulong retired, returned;

static void require(int right, const char *what)
{
	if (!right) {
		fprintf(stderr, "readers: %s\n", what);
		exit(EXIT_FAILURE);
	}
}

/* After every reader that could be in the node has left. */
static void give_back(struct rcu_head *head)
{
	free((char *)head - VPRIM_IOVA_MAP_RETIRED_HEAD);
	atomic_fetch_add(&returned, 1);
}

static void retire(void *ctx, void *node, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	atomic_fetch_add(&retired, 1);
	call_rcu((struct rcu_head *)(void *)((char *)node +
					     VPRIM_IOVA_MAP_RETIRED_HEAD),
		 give_back);
}

static void *translate(void *ctx)
{
	uint64_t slot = 0, *found = ctx;
	struct vprim_iova_mapping m;

	rcu_register_thread();
	while (!atomic_load(&over)) {
		struct vprim_range in = { 0, 0 };

		slot = (slot + 7919) % BUFFERS;
		in.start = slot * SLOT;
		in.last = in.start + SLOT - 1;
		rcu_read_lock();
		if (!vprim_iova_map_first(open_map, &in, &m)) {
			require(m.range.last - m.range.start == PAGE - 1 &&
				     m.value == (slot << 32 | m.range.start % SLOT),
				"a torn mapping");
			++*found;
		}
		rcu_read_unlock();
	}
	rcu_unregister_thread();
	return NULL;
}

static void put(uint64_t slot, uint64_t half)
{
	struct vprim_range at = { slot * SLOT + half, 0 };
	int ret;

	at.last = at.start + PAGE - 1;
	ret = vprim_iova_map_insert(vprim_user_iova_map_lock(shared), &at,
				    slot << 32 | half, NULL);
	vprim_user_iova_map_unlock(shared);
	require(!ret, "no memory");
}

static void move(uint64_t slot, uint64_t half)
{
	struct vprim_range old = { slot * SLOT + (PAGE - half), 0 };
	int ret;

	old.last = old.start + PAGE - 1;
	ret = vprim_iova_map_remove(vprim_user_iova_map_lock(shared), &old, NULL);
	vprim_user_iova_map_unlock(shared);
	require(!ret, "a buffer is lost");
	put(slot, half);
}

int main(int argc, char **argv)
{
	const struct vprim_iova_map_options options = { .retire = retire };
	uint64_t moves = argc > 1 ? strtoull(argv[1], NULL, 0) : 20000;
	uint64_t i, found[READERS] = { 0 };
	pthread_t thread[READERS];

	require(!vprim_user_iova_map_new(&options, &shared, NULL), "no map");
	open_map = vprim_user_iova_map_lock_shared(shared);
	vprim_user_iova_map_unlock(shared);
	for (i = 0; i < BUFFERS; i++)
		put(i, 0);
	for (i = 0; i < READERS; i++)
		require(!pthread_create(&thread[i], NULL, translate, &found[i]),
			"no thread");
	for (i = 0; i < moves; i++)
		move(i * 31 % BUFFERS, i / BUFFERS % 2 ? 0 : PAGE);
	atomic_store(&over, true);
	for (i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	rcu_barrier();
	require(found[0] && found[1] && found[2], "a reader found nothing");
	require(retired >= 2 * moves && returned == retired, "a node is lost");
	vprim_user_iova_map_free(shared);
	printf("%" PRIu64 " moves beside %d readers without a lock: no torn mapping\n",
	       moves, READERS);
	printf("every node that the map retired went back to free()\n");
	return EXIT_SUCCESS;
}
