// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel shim at work in a fake kernel (kernel_fake.c): what needs a shortage
 * of memory, an importer with mistakes, or a look under a lock. Built and run by
 * tests/check_kernel_shim. The bed's kernel_glue does the rest in a real one.
 */
#include <virtprim/kernel_dmabuf.h>
#include <virtprim/kernel_iova_map.h>

#include "kernel_fake.h"

/* -- preload: how long the spinlock is held, in nodes taken or given back -- */

static struct {
	struct vprim_alloc_ops under;	/* the shim's own */
	unsigned int hold, now, most;	/* nodes within this hold, and the most of any */
} nodes;

static void note_node(void)
{
	CHECK(fake.spins);
	if (nodes.hold != fake.holds) {
		nodes.hold = fake.holds;
		nodes.now = 0;
	}
	if (++nodes.now > nodes.most)
		nodes.most = nodes.now;
}

static void *count_alloc(void *ctx, size_t size_bytes)
{
	note_node();
	return nodes.under.alloc(ctx, size_bytes);
}

static void count_free(void *ctx, void *ptr, size_t size_bytes)
{
	if (fake.spins)
		note_node();
	nodes.under.free(ctx, ptr, size_bytes);
}

static void make_map(struct vprim_kernel_iova_spinmap *m)
{
	CHECK(!vprim_kernel_iova_spinmap_init(m, NULL));
	nodes.under = m->map.ops_;
	m->map.ops_ = (struct vprim_alloc_ops){ count_alloc, count_free };
	nodes.most = 0;
}

static void drop_map(struct vprim_kernel_iova_spinmap *m)
{
	fake.slept = NULL;
	fake.pressure = false;
	fake.left = -1;
	vprim_kernel_iova_spinmap_fini(m);
	CHECK(!fake.blocks && !fake_locks_held());
}

static void insert(struct vprim_kernel_iova_spinmap *m, u64 page)
{
	const struct vprim_range range = { page << 12, page << 12 | 0xfff };

	CHECK(!vprim_kernel_iova_spinmap_insert(m, &range, page, NULL));
}

/* What one hold may move. */
#define HOLD 128u

static void a_preload_under_pressure_holds_the_lock_briefly(void)
{
	struct vprim_kernel_iova_spinmap m;
	u64 i;

	make_map(&m);
	fake.pressure = true;
	CHECK(!vprim_kernel_iova_spinmap_preload(&m, 4000, GFP_KERNEL));
	CHECK(nodes.most > 1 && nodes.most <= HOLD);
	for (i = 0; i < 4000; i++)
		insert(&m, i * 7919 % 4000);
	/* Without pressure as well. */
	fake.pressure = false;
	nodes.most = 0;
	CHECK(!vprim_kernel_iova_spinmap_preload(&m, 4000, GFP_KERNEL));
	CHECK(nodes.most <= HOLD);
	drop_map(&m);
}

static void a_preload_that_fails_gives_back_what_it_got(void)
{
	struct vprim_kernel_iova_spinmap m;
	long before, left;
	u64 i;

	for (left = 0; left < 600; left = left * 3 / 2 + 1) {
		make_map(&m);
		CHECK(!vprim_kernel_iova_spinmap_preload(&m, 10, GFP_KERNEL));
		before = fake.blocks;
		fake.pressure = true;
		fake.left = left;
		CHECK(vprim_kernel_iova_spinmap_preload(&m, 2000, GFP_KERNEL) == -ENOMEM);
		CHECK(nodes.most <= HOLD);
		CHECK(fake.blocks == before);
		for (i = 0; i < 10; i++)
			insert(&m, i);
		CHECK(vprim_kernel_iova_spinmap_preload(&m, SIZE_MAX, GFP_KERNEL) == -ENOMEM);
		CHECK(!vprim_kernel_iova_spinmap_preload(&m, 0, GFP_KERNEL));
		drop_map(&m);
	}
}

static struct vprim_kernel_iova_spinmap *shared;
static u64 others;

/* Somebody else inserts whenever the lock is free, and uses up what is there. */
static void insert_beside(void)
{
	const struct vprim_range range = { others << 12, others << 12 | 0xfff };

	others += !vprim_kernel_iova_spinmap_insert(shared, &range, 0, NULL);
}

static void a_preload_ends_though_others_use_it_up(void)
{
	struct vprim_kernel_iova_spinmap m;
	u64 i;

	make_map(&m);
	shared = &m;
	others = 1 << 20;
	fake.slept = insert_beside;
	fake.pressure = true;
	CHECK(!vprim_kernel_iova_spinmap_preload(&m, 1000, GFP_KERNEL));
	CHECK(others > 1 << 20);
	for (i = 0; i < 1000; i++)
		insert(&m, i);
	drop_map(&m);
}

int main(void)
{
	a_preload_under_pressure_holds_the_lock_briefly();
	a_preload_that_fails_gives_back_what_it_got();
	a_preload_ends_though_others_use_it_up();
	printf("shim: passed\n");
	return 0;
}
