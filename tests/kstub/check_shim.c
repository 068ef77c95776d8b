// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The kernel shim at work in a fake kernel (kernel_fake.c): what needs a shortage
 * of memory, an importer with mistakes, or a look under a lock. Built and run by
 * tests/check_kernel_shim. The bed's kernel_glue does the rest in a real one.
 */
#include <virtprim/kernel_dmabuf.h>
#include <virtprim/kernel_iova_map.h>
#include <linux/rcupdate.h>

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
	CHECK(!vprim_kernel_iova_spinmap_init(m, NULL, NULL));
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

static int try_insert(struct vprim_kernel_iova_spinmap *m, u64 page)
{
	const struct vprim_range range = { page << 12, page << 12 | 0xfff };
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	ret = vprim_iova_map_insert(&m->map, &range, page, NULL);
	spin_unlock_irqrestore(&m->lock, flags);
	return ret;
}

static void insert(struct vprim_kernel_iova_spinmap *m, u64 page)
{
	CHECK(!try_insert(m, page));
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

static void a_map_with_readers_gives_its_nodes_back(void)
{
	static const struct vprim_iova_map_options options = {
		.retire = vprim_kernel_iova_map_retire,
	};
	struct vprim_kernel_iova_map m;
	struct vprim_iova_mapping found;
	long most = 0;
	u64 i;

	CHECK(!vprim_kernel_iova_map_init(&m, GFP_KERNEL, &options, NULL));
	for (i = 0; i < 2000; i++) {
		const struct vprim_range range = { i << 13, i << 13 | 0xfff };

		CHECK(!vprim_iova_map_insert(&m.map, &range, i, NULL));
		rcu_read_lock();
		CHECK(!vprim_iova_map_stab(&m.map, i << 13, &found));
		rcu_read_unlock();
		CHECK(found.value == i);
		most = fake.blocks > most ? fake.blocks : most;
	}
	/* What was retired is gone, and not kept for the end. */
	CHECK(most < 2000 / 8);
	for (i = 0; i < 2000; i++)
		CHECK(!vprim_iova_map_remove_at(&m.map, i << 13, NULL));
	vprim_kernel_iova_map_fini(&m);
	CHECK(!fake.blocks);
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
	others += !try_insert(shared, others);
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

/* -- dma-bufs --------------------------------------------------------------- */

static struct device { int unused; } dev;
static struct sg_table { int unused; } table;

static unsigned int released;

static struct sg_table *buf_map(void *priv, struct dma_buf_attachment *attach,
				enum dma_data_direction dir)
{
	return priv;
}

static void buf_unmap(void *priv, struct dma_buf_attachment *attach,
		      struct sg_table *back, enum dma_data_direction dir)
{
	CHECK(back == priv);
}

static void buf_release(void *priv)
{
	CHECK(!fake_locks_held());
	released++;
}

static const struct vprim_kernel_dmabuf_ops buf_ops = {
	.map = buf_map, .unmap = buf_unmap, .release = buf_release,
};

static const struct vprim_range bar = { 0xe0000000, 0xe000ffff };

static struct dma_buf *lend(struct vprim_kernel_dmabuf_device *device,
			    const struct vprim_kernel_dmabuf_ops *ops)
{
	const struct vprim_kernel_dmabuf_export_info what = {
		.ops = ops, .priv = &table,
		.layout = { .ranges = &bar, .nr_ranges = 1, .physical = true },
	};

	return vprim_kernel_dmabuf_export(device, &what);
}

static void trigger(struct vprim_kernel_dmabuf_device *device,
		    enum vprim_dmabuf_trigger what)
{
	CHECK(!vprim_kernel_dmabuf_run(&device, 1, what, NULL, NULL, NULL));
	CHECK(!fake_locks_held());
}

/* An importer of somebody else's, which does nothing when it is told. */
static void ignore(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
}

static const struct dma_buf_attach_ops foreign_ops = {
	.allow_peer2peer = true,
#ifdef KSTUB_LATER
	.invalidate_mappings = ignore,
#else
	.move_notify = ignore,
#endif
};

static struct dma_buf_attachment *foreign(struct dma_buf *dmabuf, bool map, bool pin)
{
	struct dma_buf_attachment *attach =
		dma_buf_dynamic_attach(dmabuf, &dev, &foreign_ops, NULL);

	CHECK(!IS_ERR(attach));
	dma_resv_lock(dmabuf->resv, NULL);
	if (map)
		CHECK(dma_buf_map_attachment(attach, DMA_BIDIRECTIONAL) == &table);
	if (pin)
		CHECK(!dma_buf_pin(attach));
	dma_resv_unlock(dmabuf->resv);
	return attach;
}

/* It detaches with a mapping or a pin: a warning, and nothing is used after. */
static void an_importer_that_detaches_too_early_is_survived(void)
{
	unsigned int way;

	for (way = 1; way < 4; way++) {
		struct vprim_kernel_dmabuf_device *device =
			vprim_kernel_dmabuf_device_new();
		struct dma_buf *dmabuf = lend(device, &buf_ops);
		struct dma_buf_attachment *other = foreign(dmabuf, false, false);

		CHECK(!fake.warnings);
		dma_buf_detach(dmabuf, foreign(dmabuf, way & 1, way & 2));
		CHECK(fake.warnings == 1);
		trigger(device, VPRIM_DMABUF_TRIGGER_RESET);
		CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);
		dma_buf_detach(dmabuf, other);
		dma_buf_put(dmabuf);
		trigger(device, VPRIM_DMABUF_TRIGGER_RESET);
		vprim_kernel_dmabuf_device_put(device);
		CHECK(fake.warnings == 1 && !fake.blocks);
		fake.warnings = 0;
	}
}

/* It drops its reference and stays attached. */
static void an_importer_that_never_detaches_is_survived(void)
{
	unsigned int way;

	for (way = 0; way < 8; way++) {
		struct vprim_kernel_dmabuf_device *device =
			vprim_kernel_dmabuf_device_new();
		struct dma_buf *dmabuf = lend(device, &buf_ops);
		struct dma_buf *second = lend(device, &buf_ops);
		long before;

		foreign(dmabuf, way & 1, way & 2);
		if ((way & 5) == 4)
			trigger(device, VPRIM_DMABUF_TRIGGER_MEMORY_OFF);
		released = 0;
		dma_buf_put(dmabuf);
		CHECK(fake.warnings == 1 && !released);
		before = fake.blocks;
		trigger(device, VPRIM_DMABUF_TRIGGER_RESET);
		dma_buf_put(second);
		trigger(device, VPRIM_DMABUF_TRIGGER_UNBIND);
		CHECK(fake.warnings == 1 && released == 1);
		/* What the importer may still use stays, and the device with it. */
		CHECK(fake.blocks == before - 2);
		vprim_kernel_dmabuf_device_put(device);
		CHECK(fake.blocks == before - 2);
		fake.warnings = 0;
		fake.blocks = 0;
	}
}

static void exporters_are_checked_when_they_register(void)
{
	struct vprim_kernel_dmabuf_device *device = vprim_kernel_dmabuf_device_new();
	struct vprim_kernel_dmabuf_ops ops = buf_ops;
	long before = fake.blocks;

	ops.unmap = NULL;
	CHECK(PTR_ERR(lend(device, &ops)) == -EINVAL);
	ops = buf_ops;
	ops.map = NULL;
	CHECK(PTR_ERR(lend(device, &ops)) == -EINVAL);
	ops = buf_ops;
	ops.release = NULL;
	CHECK(PTR_ERR(lend(device, &ops)) == -EINVAL);
	CHECK(fake.blocks == before);
	vprim_kernel_dmabuf_device_put(device);
}

/* Ranges come from a user's request: they are on that user's account. */
static void a_buffer_of_many_ranges_is_accounted_or_refused(void)
{
	static struct vprim_range ranges[1000];
	struct vprim_kernel_dmabuf_export_info what = {
		.ops = &buf_ops, .priv = &table,
		.layout = { .ranges = ranges, .nr_ranges = 1000 },
	};
	struct vprim_kernel_dmabuf_device *device;
	struct dma_buf_attachment *attach;
	struct dma_buf *dmabuf;
	size_t i;

	for (i = 0; i < 1000; i++)
		ranges[i] = (struct vprim_range){ i << 13, i << 13 | 0xfff };
	fake.unaccounted = 0;
	device = vprim_kernel_dmabuf_device_new();
	dmabuf = vprim_kernel_dmabuf_export(device, &what);
	CHECK(!IS_ERR(dmabuf) && dmabuf->size == 1000 * 0x1000);
	attach = foreign(dmabuf, true, false);
	CHECK(!fake.unaccounted);
	dma_resv_lock(dmabuf->resv, NULL);
	dma_buf_unmap_attachment(attach, &table, DMA_BIDIRECTIONAL);
	dma_resv_unlock(dmabuf->resv);
	dma_buf_detach(dmabuf, attach);
	dma_buf_put(dmabuf);
	for (i = 0; i < 2; i++) {
		what.layout.nr_ranges = i ? SIZE_MAX : SIZE_MAX >> 5;
		CHECK(PTR_ERR(vprim_kernel_dmabuf_export(device, &what)) == -ENOMEM);
	}
	vprim_kernel_dmabuf_device_put(device);
	CHECK(!fake.warnings && !fake.blocks);
}

/* -- an event, and what its callbacks may call ------------------------------- */

static struct {
	struct dma_buf *dmabuf;
	struct vprim_kernel_dmabuf_pages pages, more;
	struct vprim_dmabuf_pair entry;
	struct dma_buf_attachment *late;
	struct sg_table *mapped;
	unsigned int out, maps, unmaps, zaps, hardwares, waits, buf_maps, buf_unmaps, mmaps;
} scene;

static void call_what_takes_no_lock(bool live)
{
	CHECK(vprim_kernel_dmabuf_is_ours(scene.dmabuf));
	CHECK(vprim_kernel_dmabuf_priv(scene.dmabuf) == &table);
	if (dma_resv_is_locked(scene.dmabuf->resv))
		CHECK(vprim_kernel_dmabuf_is_live(scene.dmabuf) == live);
}

static int domain_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	CHECK(iova == 0x5000 && phys->start == 0xe0001000 && phys->last == 0xe0001fff);
	call_what_takes_no_lock(true);
	scene.maps++;
	scene.out++;
	return 0;
}

static void domain_unmap(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	CHECK(iova == 0x5000 && phys->start == 0xe0001000 && phys->last == 0xe0001fff);
	call_what_takes_no_lock(false);
	scene.unmaps++;
	scene.out--;
}

static const struct vprim_dmabuf_domain_ops domain_ops = { domain_map, domain_unmap };

static struct sg_table *calling_map(void *priv, struct dma_buf_attachment *attach,
				    enum dma_data_direction dir)
{
	call_what_takes_no_lock(true);
	scene.buf_maps++;
	return buf_map(priv, attach, dir);
}

static void calling_unmap(void *priv, struct dma_buf_attachment *attach,
			  struct sg_table *back, enum dma_data_direction dir)
{
	call_what_takes_no_lock(false);
	scene.buf_unmaps++;
	buf_unmap(priv, attach, back, dir);
}

static int calling_mmap(void *priv, struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	call_what_takes_no_lock(true);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);
	scene.mmaps++;
	return 0;
}

static void calling_zap(void *priv, struct address_space *mapping)
{
	call_what_takes_no_lock(false);
	CHECK(scene.out == 1);
	scene.zaps++;
}

/* It may make another buffer, and let its device go. */
static void calling_release(void *priv)
{
	struct vprim_kernel_dmabuf_device *device = vprim_kernel_dmabuf_device_new();
	struct dma_buf *dmabuf = lend(device, &buf_ops);

	trigger(device, VPRIM_DMABUF_TRIGGER_UNBIND);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_DEAD);
	dma_buf_put(dmabuf);
	vprim_kernel_dmabuf_device_put(device);
	buf_release(priv);
}

static const struct vprim_kernel_dmabuf_ops calling_ops = {
	calling_map, calling_unmap, calling_mmap, calling_zap, calling_release,
};

/* Somebody else's importer gives its mapping back when the revoke waits for it. */
static void give_back_late(void)
{
	CHECK(!scene.out);
	scene.waits++;
	dma_resv_lock(scene.dmabuf->resv, NULL);
	dma_buf_unmap_attachment(scene.late, scene.mapped, DMA_BIDIRECTIONAL);
	dma_resv_unlock(scene.dmabuf->resv);
}

static void calling_hardware(void *ctx)
{
	CHECK(!scene.out && scene.waits == 1 && scene.zaps == 1);
	scene.hardwares++;
	call_what_takes_no_lock(false);
	CHECK(vprim_kernel_dmabuf_state(scene.dmabuf) == VPRIM_DMABUF_EXPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_pages_state(&scene.pages) == VPRIM_DMABUF_IMPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_map_file(&scene.more, scene.dmabuf, &dev, 0, 0x1000,
					   NULL) ==
	      -ENODEV);
	vprim_kernel_dmabuf_unfill(&scene.pages, &scene.entry);
	CHECK(!vprim_kernel_dmabuf_fill(&scene.pages, &scene.entry, 0, 0x1000,
					NULL));
	vprim_kernel_dmabuf_unfill(&scene.pages, &scene.entry);
	CHECK(!vprim_kernel_dmabuf_release(&scene.pages));
	CHECK(!scene.out);
}

static void an_event_in_order_and_what_its_callbacks_may_call(void)
{
	struct vprim_kernel_dmabuf_device *device = vprim_kernel_dmabuf_device_new();

	scene.dmabuf = lend(device, &calling_ops);
	scene.entry = (struct vprim_dmabuf_pair){ .ops = &domain_ops, .iova = 0x5000 };
	CHECK(!scene.dmabuf->ops->mmap(scene.dmabuf, NULL));
	CHECK(!vprim_kernel_dmabuf_map_file(&scene.pages, scene.dmabuf, &dev, 0x1000, 0x2000,
					    NULL));
	CHECK(!vprim_kernel_dmabuf_fill(&scene.pages, &scene.entry, 0, 0x1000,
					NULL));
	CHECK(vprim_kernel_dmabuf_fill(&scene.pages, &scene.entry, 0, 1, NULL) == -EEXIST);
	CHECK(vprim_kernel_dmabuf_release(&scene.pages) == -EBUSY);
	scene.late = foreign(scene.dmabuf, false, false);
	dma_resv_lock(scene.dmabuf->resv, NULL);
	scene.mapped = dma_buf_map_attachment(scene.late, DMA_BIDIRECTIONAL);
	dma_resv_unlock(scene.dmabuf->resv);
	fake.waited = give_back_late;
	CHECK(!vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_RESET,
				       calling_hardware, NULL, NULL));
	fake.waited = NULL;
	CHECK(scene.hardwares == 1 && scene.maps == 1 && scene.unmaps == 1);
	CHECK(scene.buf_maps == 1 && scene.buf_unmaps == 1 && scene.mmaps == 1);
	CHECK(vprim_kernel_dmabuf_release(&scene.pages) == -EINVAL);
	CHECK(vprim_kernel_dmabuf_state(scene.dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);
	dma_buf_detach(scene.dmabuf, scene.late);
	dma_buf_put(scene.dmabuf);
	vprim_kernel_dmabuf_device_put(device);
	CHECK(!fake.warnings && !fake.blocks && !fake_locks_held());
}

static void set_hardware(void *ctx)
{
	CHECK(fake_locks_held() == 8);
	++*(unsigned int *)ctx;
}

static void a_set_is_reset_under_all_its_locks(void)
{
	struct vprim_kernel_dmabuf_device *set[VPRIM_KERNEL_DMABUF_SET_MAX + 1];
	struct dma_buf *bufs[VPRIM_KERNEL_DMABUF_SET_MAX];
	unsigned int calls = 0;
	struct vprim_reason why;
	size_t i;

	for (i = 0; i < VPRIM_KERNEL_DMABUF_SET_MAX; i++) {
		set[i] = vprim_kernel_dmabuf_device_new();
		bufs[i] = lend(set[i], &buf_ops);
	}
	CHECK(!vprim_kernel_dmabuf_run(set, i, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				       set_hardware, &calls, NULL) && calls == 1);
	CHECK(vprim_kernel_dmabuf_run(set, i + 1, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      NULL, NULL, &why) == -EINVAL);
	CHECK(vprim_reason_id(&why) == VPRIM_DMABUF_RULE_MANY_DEVICES);
	CHECK(vprim_kernel_dmabuf_run(set, 0, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      NULL, NULL, NULL) == -EINVAL);
	set[i] = set[0];
	CHECK(vprim_kernel_dmabuf_run(set + 1, i, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_run(set, 1, VPRIM_DMABUF_TRIGGERS, NULL, NULL,
				      NULL) ==
	      -EINVAL);
	while (i--) {
		CHECK(vprim_kernel_dmabuf_state(bufs[i]) == VPRIM_DMABUF_EXPORTER_LIVE);
		dma_buf_put(bufs[i]);
		vprim_kernel_dmabuf_device_put(set[i]);
	}
	CHECK(!fake.warnings && !fake.blocks && !fake_locks_held());
}

int main(void)
{
	an_event_in_order_and_what_its_callbacks_may_call();
	a_set_is_reset_under_all_its_locks();
	an_importer_that_detaches_too_early_is_survived();
	an_importer_that_never_detaches_is_survived();
	exporters_are_checked_when_they_register();
	a_buffer_of_many_ranges_is_accounted_or_refused();
	a_preload_under_pressure_holds_the_lock_briefly();
	a_map_with_readers_gives_its_nodes_back();
	a_preload_that_fails_gives_back_what_it_got();
	a_preload_ends_though_others_use_it_up();
	printf("shim: passed\n");
	return 0;
}
