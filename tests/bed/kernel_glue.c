// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * kernel_glue - the kernel shim at work in a real kernel.
 *
 * A module that uses the exports of virtprim.ko: dma-bufs that are revoked under
 * importers of both kinds, a map that is filled under a spinlock when every
 * request for memory is refused once, an hrtimer that falls behind, region info
 * through a process's memory. Loading it runs all, and says how many checks held when
 * all did.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/path.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>
#include <virtprim/kernel_dmabuf.h>
#include <virtprim/kernel_iova_map.h>
#include <virtprim/kernel_ptimer.h>
#include <virtprim/kernel_vfio.h>
#include <virtprim/kernel_vfio_info.h>

static unsigned int checks;

#define CHECK(cond) do {						\
	checks++;							\
	if (!(cond)) {							\
		pr_err("kernel_glue: line %d: %s\n", __LINE__, #cond);	\
		return -EINVAL;						\
	}								\
} while (0)

static struct platform_device *dummy;

/* -- dma-bufs: an importer of the shim's own -- */

static int maps, unmaps, released, zapped, zapped_freed;

static int domain_map(void *domain, uint64_t iova,
		      const struct vprim_range *phys)
{
	maps++;
	return 0;
}

static void domain_unmap(void *domain, uint64_t iova,
			 const struct vprim_range *phys)
{
	unmaps++;
}

static const struct vprim_dmabuf_domain_ops domain_ops = {
	.map = domain_map,
	.unmap = domain_unmap,
};

static struct sg_table *buf_map(void *priv, struct dma_buf_attachment *attach,
				enum dma_data_direction dir)
{
	return priv;
}

static void buf_unmap(void *priv, struct dma_buf_attachment *attach,
		      struct sg_table *table, enum dma_data_direction dir)
{
}

/* An inode without a reference is one that is freed, or soon. */
static void buf_zap(void *priv, struct address_space *mapping)
{
	zapped++;
	if (!atomic_read(&mapping->host->i_count))
		zapped_freed++;
	unmap_mapping_range(mapping, 0, 0, true);
}

static void buf_release(void *priv)
{
	released++;
}

static const struct vprim_kernel_dmabuf_ops buf_ops = {
	.map = buf_map,
	.unmap = buf_unmap,
	.zap = buf_zap,
	.release = buf_release,
};

static struct sg_table some_table;

static struct dma_buf *lend_as(struct vprim_kernel_dmabuf_device *device,
			       const struct vprim_kernel_dmabuf_ops *ops,
			       struct vprim_dmabuf_layout layout)
{
	const struct vprim_kernel_dmabuf_export_info what = {
		.ops = ops,
		.priv = &some_table,
		.owner = THIS_MODULE,
		.layout = layout,
		.flags = O_CLOEXEC,
	};

	return vprim_kernel_dmabuf_export(device, &what);
}

static const struct vprim_range bar = { 0xe0000000, 0xe000ffff };

static struct dma_buf *lend(struct vprim_kernel_dmabuf_device *device)
{
	return lend_as(device, &buf_ops, (struct vprim_dmabuf_layout){
		.ranges = &bar, .nr_ranges = 1, .physical = true });
}

/* Memory of the system's, which anybody may import. */
static struct dma_buf *lend_system(struct vprim_kernel_dmabuf_device *device)
{
	static const struct vprim_range pages = { 0x100000, 0x10ffff };

	return lend_as(device, &buf_ops, (struct vprim_dmabuf_layout){
		.ranges = &pages, .nr_ranges = 1, .system = true });
}

/* An exporter that maps and cannot unmap. */
static struct dma_buf *lend_halfway(struct vprim_kernel_dmabuf_device *device)
{
	static const struct vprim_kernel_dmabuf_ops halfway = {
		.map = buf_map, .release = buf_release,
	};

	return lend_as(device, &halfway, (struct vprim_dmabuf_layout){
		.ranges = &bar, .nr_ranges = 1 });
}

/* What the hardware must find: nobody is left. */
static void hardware(void *ctx)
{
	*(bool *)ctx = maps == unmaps;
}

static int check_revoke(void)
{
	struct vprim_dmabuf_pair a = { .ops = &domain_ops };
	struct vprim_dmabuf_pair b = { .ops = &domain_ops, .iova = 1 };
	struct vprim_kernel_dmabuf_pages pages, again;
	struct vprim_kernel_dmabuf_device *device;
	struct device *dev = &dummy->dev;
	struct dma_buf *dmabuf;
	bool quiet = false;

	device = vprim_kernel_dmabuf_device_new();
	CHECK(device);
	dmabuf = lend(device);
	CHECK(!IS_ERR(dmabuf));
	CHECK(dmabuf->size == 0x10000);
	CHECK(PTR_ERR(lend_halfway(device)) == -EINVAL);
	CHECK(vprim_kernel_dmabuf_is_ours(dmabuf));
	CHECK(vprim_kernel_dmabuf_priv(dmabuf) == &some_table);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);
	CHECK(vprim_kernel_dmabuf_map_file(&pages, dmabuf, dev, 0, 0, NULL) == -EINVAL);
	CHECK(vprim_kernel_dmabuf_map_file(&pages, dmabuf, dev, 0x1000, 0x1000,
					   NULL) == 0);
	CHECK(vprim_kernel_dmabuf_fill(&pages, &a, 0, 0x1000, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_fill(&pages, &b, 0, 0x1000, NULL) == 0);
	CHECK(maps == 2 && unmaps == 0);
	CHECK(a.phys.start == 0xe0001000 &&
	      a.phys.last == 0xe0001fff);
	CHECK(vprim_kernel_dmabuf_release(&pages) == -EBUSY);
	vprim_kernel_dmabuf_unfill(&pages, &b);
	CHECK(unmaps == 1);

	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF,
				      hardware, &quiet, NULL) == 0);
	CHECK(quiet && unmaps == 2 && zapped == 1);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_pages_state(&pages) == VPRIM_DMABUF_IMPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_map_file(&again, dmabuf, dev, 0, 0x1000, NULL) == -ENODEV);
	/* A fill succeeds and maps nothing. */
	CHECK(vprim_kernel_dmabuf_fill(&pages, &b, 0, 0x1000, NULL) == 0 && maps == 2);

	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_MEMORY_ON,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);
	CHECK(vprim_kernel_dmabuf_pages_state(&pages) == VPRIM_DMABUF_IMPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_map_file(&again, dmabuf, dev, 0, 0x1000, NULL) == 0);
	vprim_kernel_dmabuf_unfill(&pages, &a);
	vprim_kernel_dmabuf_unfill(&pages, &b);
	CHECK(maps == 2 && unmaps == 2);
	CHECK(vprim_kernel_dmabuf_release(&pages) == 0);
	CHECK(vprim_kernel_dmabuf_release(&pages) == -EINVAL);

	/* Two reasons to be off: the memory is there when both are gone. */
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_MEMORY_OFF,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_SLEEP,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_WAKE,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_MEMORY_ON,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);

	/* The device goes first; the buffer lives on, dead. */
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_UNBIND,
				      NULL, NULL, NULL) == 0);
	vprim_kernel_dmabuf_device_put(device);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_DEAD);
	CHECK(vprim_kernel_dmabuf_pages_state(&again) == VPRIM_DMABUF_IMPORTER_REVOKED);
	CHECK(vprim_kernel_dmabuf_release(&again) == 0);
	CHECK(!released);
	dma_buf_put(dmabuf);
	return 0;
}

/* -- dma-bufs: somebody else's importer, which is late -- */

struct late {
	struct delayed_work work;
	struct dma_buf_attachment *attach;
	struct sg_table *table;
	struct dma_buf *drop;	/* its last reference, before the unmap */
	bool told, mapped;
};

static void late_work(struct work_struct *work)
{
	struct late *late = container_of(to_delayed_work(work), struct late, work);
	struct dma_buf *dmabuf = late->attach->dmabuf;

	if (late->drop) {
		dma_buf_put(late->drop);
		msleep(200);
	}
	dma_resv_lock(dmabuf->resv, NULL);
	late->mapped = false;
	dma_buf_unmap_attachment(late->attach, late->table, DMA_BIDIRECTIONAL);
	dma_resv_unlock(dmabuf->resv);
}

static void late_notify(struct dma_buf_attachment *attach)
{
	struct late *late = attach->importer_priv;

	dma_resv_assert_held(attach->dmabuf->resv);
	late->told = true;
	schedule_delayed_work(&late->work, HZ / 10);
}

static const struct dma_buf_attach_ops late_ops = {
	.allow_peer2peer = true,
#if VPRIM_KERNEL_DMABUF_INVALIDATE
	.invalidate_mappings = late_notify,
#else
	.move_notify = late_notify,
#endif
};

static const struct dma_buf_attach_ops system_memory_ops = {
#if VPRIM_KERNEL_DMABUF_INVALIDATE
	.invalidate_mappings = late_notify,
#else
	.move_notify = late_notify,
#endif
};

static void late_hardware(void *ctx)
{
	struct late *late = ctx;

	/* The work has run: the revoke has waited for it. */
	late->told = late->told && !late->mapped;
}

static int check_late(void)
{
	static struct late late;
	struct vprim_kernel_dmabuf_device *device, *other, *both[2];
	struct dma_buf *dmabuf, *second;
	bool quiet = false;

	INIT_DELAYED_WORK(&late.work, late_work);
	device = vprim_kernel_dmabuf_device_new();
	other = vprim_kernel_dmabuf_device_new();
	CHECK(device && other);
	dmabuf = lend(device);
	second = lend(other);
	CHECK(!IS_ERR(dmabuf) && !IS_ERR(second));
	CHECK(PTR_ERR(dma_buf_dynamic_attach(dmabuf, &dummy->dev,
					     &system_memory_ops, NULL)) == -EOPNOTSUPP);
	late.attach = dma_buf_dynamic_attach(dmabuf, &dummy->dev, &late_ops, &late);
	CHECK(!IS_ERR(late.attach));
	dma_resv_lock(dmabuf->resv, NULL);
	late.table = dma_buf_map_attachment(late.attach, DMA_BIDIRECTIONAL);
	late.mapped = !IS_ERR(late.table);
	dma_resv_unlock(dmabuf->resv);
	CHECK(late.mapped);
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_FLR,
				      late_hardware, &late, NULL) == 0);
	CHECK(late.told && !late.mapped);
	CHECK(vprim_kernel_dmabuf_state(dmabuf) == VPRIM_DMABUF_EXPORTER_LIVE);

	/* Two devices at once, given in either order. */
	both[0] = device;
	both[1] = other;
	flush_delayed_work(&late.work);
	dma_buf_detach(dmabuf, late.attach);
	CHECK(vprim_kernel_dmabuf_run(both, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      hardware, &quiet, NULL) == 0 && quiet);
	both[0] = other;
	CHECK(vprim_kernel_dmabuf_run(both, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      NULL, NULL, NULL) == -EINVAL);
	both[1] = device;
	CHECK(vprim_kernel_dmabuf_run(both, 2, VPRIM_DMABUF_TRIGGER_HOT_RESET,
				      NULL, NULL, NULL) == 0);
	CHECK(vprim_kernel_dmabuf_state(second) == VPRIM_DMABUF_EXPORTER_LIVE);
	dma_buf_put(second);
	dma_buf_put(dmabuf);
	vprim_kernel_dmabuf_device_put(other);
	vprim_kernel_dmabuf_device_put(device);
	return 0;
}

struct fixed {
	struct delayed_work work;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	struct sg_table *table;
	bool gone;
};

static void fixed_work(struct work_struct *work)
{
	struct fixed *fixed = container_of(work, struct fixed, work.work);

	dma_buf_unmap_attachment_unlocked(fixed->attach, fixed->table,
					  DMA_BIDIRECTIONAL);
	fixed->gone = true;
	dma_buf_detach(fixed->dmabuf, fixed->attach);
}

/* An importer without a callback: none for device memory, one for the system's. */
static int check_fixed(void)
{
	static struct fixed fixed;
	struct vprim_kernel_dmabuf_device *device;
	struct dma_buf_attachment *peer;
	struct dma_buf *bar;
	bool quiet = false;

	INIT_DELAYED_WORK(&fixed.work, fixed_work);
	device = vprim_kernel_dmabuf_device_new();
	CHECK(device);
	bar = lend(device);
	fixed.dmabuf = lend_system(device);
	CHECK(!IS_ERR(bar) && !IS_ERR(fixed.dmabuf));
	CHECK(PTR_ERR(dma_buf_attach(bar, &dummy->dev)) == -EOPNOTSUPP);
	peer = dma_buf_dynamic_attach(fixed.dmabuf, &dummy->dev, &system_memory_ops, NULL);
	CHECK(!IS_ERR(peer));
	dma_buf_detach(fixed.dmabuf, peer);
	fixed.attach = dma_buf_attach(fixed.dmabuf, &dummy->dev);
	CHECK(!IS_ERR(fixed.attach));
	fixed.table = dma_buf_map_attachment_unlocked(fixed.attach, DMA_BIDIRECTIONAL);
	CHECK(!IS_ERR(fixed.table));
	/* A reset waits until it has let go. */
	schedule_delayed_work(&fixed.work, HZ / 10);
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_FLR, hardware,
				      &quiet, NULL) == 0);
	CHECK(fixed.gone && quiet);
	flush_delayed_work(&fixed.work);
	dma_buf_put(fixed.dmabuf);
	dma_buf_put(bar);
	vprim_kernel_dmabuf_device_put(device);
	return 0;
}

/*
 * A revoke waits for the first buffer's importer; meanwhile the second buffer's
 * file is closed, and its release waits for the revoke.
 */
static int check_closing(void)
{
	static struct late late;
	struct vprim_kernel_dmabuf_device *device;
	struct dma_buf *dmabuf;

	INIT_DELAYED_WORK(&late.work, late_work);
	device = vprim_kernel_dmabuf_device_new();
	CHECK(device);
	dmabuf = lend(device);
	CHECK(!IS_ERR(dmabuf));
	late.drop = lend(device);
	CHECK(!IS_ERR(late.drop));
	late.attach = dma_buf_dynamic_attach(dmabuf, &dummy->dev, &late_ops, &late);
	CHECK(!IS_ERR(late.attach));
	dma_resv_lock(dmabuf->resv, NULL);
	late.table = dma_buf_map_attachment(late.attach, DMA_BIDIRECTIONAL);
	late.mapped = !IS_ERR(late.table);
	dma_resv_unlock(dmabuf->resv);
	CHECK(late.mapped);
	zapped = 0;
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_FLR,
				      late_hardware, &late, NULL) == 0);
	CHECK(late.told && zapped == 2 && !zapped_freed);
	flush_delayed_work(&late.work);
	dma_buf_detach(dmabuf, late.attach);
	dma_buf_put(dmabuf);
	vprim_kernel_dmabuf_device_put(device);
	return 0;
}

static struct {
	struct work_struct work;
	struct dma_buf *dmabuf;
} closer;

/* Of a kernel thread, whose files are closed by a worker and not on its way out. */
static void close_work(struct work_struct *work)
{
	dma_buf_put(closer.dmabuf);
}

/* As with an O_PATH descriptor: the file has gone, the buffer has not. */
static int check_path(void)
{
	struct vprim_kernel_dmabuf_device *device;
	struct path path;

	INIT_WORK(&closer.work, close_work);
	device = vprim_kernel_dmabuf_device_new();
	CHECK(device);
	closer.dmabuf = lend(device);
	CHECK(!IS_ERR(closer.dmabuf));
	path = closer.dmabuf->file->f_path;
	path_get(&path);
	schedule_work(&closer.work);
	flush_work(&closer.work);
	msleep(200);
	zapped = 0;
	CHECK(vprim_kernel_dmabuf_run(&device, 1, VPRIM_DMABUF_TRIGGER_FLR,
				      NULL, NULL, NULL) == 0);
	CHECK(zapped == 1 && !zapped_freed);
	path_put(&path);
	vprim_kernel_dmabuf_device_put(device);
	return 0;
}

/* -- maps -- */

#define INSERTS 200

/* Inserts that were promised, under the spinlock: no request is made. */
static int fill_map(struct vprim_kernel_iova_spinmap *m)
{
	struct vprim_kernel_alloc_stats before, after;
	struct vprim_iova_mapping found;
	struct vprim_range range;
	unsigned long flags;
	uint64_t i;
	int ret = 0;

	vprim_kernel_alloc_stats_read(&before);
	spin_lock_irqsave(&m->lock, flags);
	for (i = 0; i < INSERTS && !ret; i++) {
		range.start = (i * 7919 % INSERTS) << 12;
		range.last = range.start | 0xfff;
		ret = vprim_iova_map_insert(&m->map, &range, i, NULL);
	}
	spin_unlock_irqrestore(&m->lock, flags);
	vprim_kernel_alloc_stats_read(&after);
	CHECK(!ret);
	CHECK(before.requests == after.requests);
	spin_lock_irqsave(&m->lock, flags);
	ret = vprim_iova_map_stab(&m->map, 0x1234, &found);
	spin_unlock_irqrestore(&m->lock, flags);
	CHECK(!ret && found.range.start == 0x1000);
	return 0;
}

/* A preload of which request @nth is refused; one that fails leaves nothing. */
static int refuse_once(struct vprim_kernel_iova_spinmap *m, unsigned int nth,
		       unsigned int *failed)
{
	struct vprim_kernel_alloc_stats before, after;
	int ret;

	vprim_kernel_alloc_stats_read(&before);
	vprim_kernel_alloc_fail(nth);
	ret = vprim_kernel_iova_spinmap_preload(m, INSERTS, GFP_KERNEL);
	vprim_kernel_alloc_fail(0);
	vprim_kernel_alloc_stats_read(&after);
	CHECK(!ret || ret == -ENOMEM);
	if (!ret)
		return 0;
	++*failed;
	CHECK(after.live == before.live);
	CHECK(vprim_kernel_iova_spinmap_preload(m, INSERTS, GFP_KERNEL) == 0);
	return 0;
}

static int check_spinmap(void)
{
	struct vprim_kernel_alloc_stats before, after;
	struct vprim_kernel_iova_spinmap *m;
	unsigned int nth = 0, failed = 0;

	m = kmalloc(sizeof(*m), GFP_KERNEL);
	CHECK(m);
	do {
		CHECK(vprim_kernel_iova_spinmap_init(m, NULL, NULL) == 0);
		vprim_kernel_alloc_stats_read(&before);
		if (refuse_once(m, ++nth, &failed))
			return -EINVAL;
		vprim_kernel_alloc_stats_read(&after);
		if (fill_map(m))
			return -EINVAL;
		vprim_kernel_iova_spinmap_fini(m);
	} while (after.refused != before.refused);
	CHECK(nth > 20 && failed && failed < nth / 2);
	CHECK(vprim_kernel_iova_spinmap_init(m, NULL, NULL) == 0);
	CHECK(vprim_kernel_iova_spinmap_preload(m, SIZE_MAX, GFP_KERNEL) == -ENOMEM);
	vprim_kernel_iova_spinmap_fini(m);
	vprim_kernel_alloc_stats_read(&after);
	CHECK(after.live == before.live);
	kfree(m);
	return 0;
}

static int check_rwmap(void)
{
	static const struct vprim_range range = { 0x1000, 0x2fff };
	static const struct vprim_range hole = { 0x1800, 0x18ff };
	struct vprim_kernel_iova_map *m = kmalloc(sizeof(*m), GFP_KERNEL);
	struct vprim_iova_mapping found;
	int ret, again, first;
	uint64_t touched;

	CHECK(m);
	CHECK(vprim_kernel_iova_map_init(m, GFP_KERNEL_ACCOUNT, NULL, NULL) == 0);
	down_write(&m->lock);
	ret = vprim_iova_map_insert(&m->map, &range, 7, NULL);
	again = vprim_iova_map_insert(&m->map, &range, 8, &found);
	up_write(&m->lock);
	CHECK(!ret && again == -EEXIST && found.value == 7);
	down_write(&m->lock);
	ret = vprim_iova_map_erase(&m->map, &hole, &touched);
	downgrade_write(&m->lock);
	again = vprim_iova_map_stab(&m->map, 0x1850, &found);
	first = vprim_iova_map_first(&m->map, &range, &found);
	up_read(&m->lock);
	CHECK(!ret && touched == 1 && again == -ENOENT);
	CHECK(!first && found.range.last == 0x17ff);
	vprim_kernel_iova_map_fini(m);
	kfree(m);
	return 0;
}

/* -- timers -- */

#define PERIOD_NS 100000

static struct {
	struct hrtimer timer;
	ktime_t first;
	u64 expired;
	unsigned int calls;
	bool wrong;
} ticker;

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct vprim_ptimer_step step;
	ktime_t now = hrtimer_cb_get_time(timer);

	if (vprim_kernel_ptimer_forward(VPRIM_PTIMER_KEEP, timer, PERIOD_NS,
					&step) ||
	    ktime_before(hrtimer_get_expires(timer), now))
		ticker.wrong = true;
	ticker.expired += step.expired;
	ticker.calls++;
	return HRTIMER_RESTART;
}

static int check_timer(void)
{
	struct vprim_ptimer_step step;
	ktime_t target = 100;
	s64 moved;

	CHECK(vprim_kernel_ptimer_advance(VPRIM_PTIMER_KEEP, &target, 10, 125,
					  &step) == 0);
	CHECK(target == 130 && step.expired == 3);
	CHECK(vprim_kernel_ptimer_advance(VPRIM_PTIMER_KEEP, &target, 0, 125,
					  &step) == -EINVAL && target == 130);
	vprim_kernel_ptimer_setup(&ticker.timer, tick, CLOCK_MONOTONIC,
				  HRTIMER_MODE_ABS);
	ticker.first = ktime_add_ns(ktime_get(), PERIOD_NS);
	hrtimer_start(&ticker.timer, ticker.first, HRTIMER_MODE_ABS);
	while (READ_ONCE(ticker.calls) < 50)
		msleep(20);
	hrtimer_cancel(&ticker.timer);
	moved = ktime_to_ns(ktime_sub(hrtimer_get_expires(&ticker.timer),
				      ticker.first));
	CHECK(!ticker.wrong);
	/* Not one instant is lost, however late the callback came. */
	CHECK(moved == (s64)ticker.expired * PERIOD_NS);
	return 0;
}

/* -- region info -- */

static unsigned int asked;

static int say_region(struct vfio_device *vdev, struct vprim_region_info *info,
		      struct vprim_vfio_cap_chain *chain)
{
	static const struct vprim_vfio_cap_area areas[] = {
		{ 0, 0x1000 }, { 0x3000, 0x1000 }, { }, { }, { }, { }, { }, { },
		{ }, { }, { }, { }, { }, { }, { }, { },
	};
	int ret;

	asked++;
	if (info->index == 7)
		return -EINVAL;
	if (info->index == 8)
		return VPRIM_REGION_INFO_NOT_MINE;
	if (info->index == 9)	/* 272 bytes: more than is tried first */
		return vprim_vfio_cap_add_sparse_mmap(chain, areas, 16);
	info->size = 0x4000;
	info->flags = VPRIM_VFIO_CAP_REGION_READ;
	if (info->index)
		return 0;
	ret = vprim_vfio_cap_add_sparse_mmap(chain, areas, 2);
	return ret ?: vprim_vfio_cap_add_type(chain, 0x80001af4, 3);
}

static const struct vprim_kernel_vfio_ops region_ops = {
	.get_region_info_caps = say_region,
};

/* What the kernel's helpers collect goes into a chain, and comes out the same. */
static int check_take(const struct vfio_info_cap *caps)
{
	struct vfio_info_cap bent = *caps;
	struct vprim_vfio_cap_chain chain;
	u8 buf[64], copy[64];

	CHECK(caps->size == 64);
	CHECK(!vprim_vfio_cap_chain_init(&chain, 0, 0, buf, sizeof(buf)));
	CHECK(!vprim_kernel_vfio_take_caps(&chain, caps));
	CHECK(vprim_vfio_cap_chain_argsz(&chain) == 64);
	CHECK(!memcmp(buf, caps->buf, 64));
	memcpy(copy, caps->buf, 64);
	bent.buf = (void *)copy;
	bent.buf->next = 4;
	CHECK(vprim_kernel_vfio_take_caps(&chain, &bent) == -EBADMSG);
	bent.buf->next = 60;
	CHECK(vprim_kernel_vfio_take_caps(&chain, &bent) == -EMSGSIZE);
	bent.size = 4;
	CHECK(vprim_kernel_vfio_take_caps(&chain, &bent) == -EBADMSG);
	bent.size = 0;
	CHECK(vprim_kernel_vfio_take_caps(&chain, &bent) == 0);
	return 0;
}

static int check_device_info(struct vfio_device_info __user *user)
{
	const struct vfio_device_info says = {
		.flags = VFIO_DEVICE_FLAGS_PCI, .num_regions = 9, .num_irqs = 5,
	};
	struct vprim_vfio_cap_chain chain;
	struct vfio_device_info info;
	u8 buf[16];
	u32 argsz, own;

	for (argsz = 0; argsz <= 48; argsz++) {
		memset(&info, 0xff, sizeof(info));
		info.argsz = argsz;
		CHECK(!copy_to_user(user, &info, sizeof(info)));
		CHECK(!vprim_vfio_cap_chain_init(&chain, 0, 24, buf, 16));
		CHECK(!vprim_vfio_cap_add(&chain, 5, 1, "12345678", 16));
		CHECK(vprim_kernel_vfio_device_info(&says, &chain, user) ==
		      (argsz < 16 ? -EINVAL : 0));
		CHECK(!copy_from_user(&info, user, sizeof(info)));
		CHECK(argsz < 16 || (info.num_regions == 9 && info.num_irqs == 5));
		CHECK(argsz < 16 || info.flags == (VFIO_DEVICE_FLAGS_PCI |
						   VFIO_DEVICE_FLAGS_CAPS));
		CHECK(argsz < 16 || info.argsz == (argsz < 40 ? 40 : argsz));
		/* No byte behind the user's own. */
		own = argsz < 16 ? 16 : argsz;
		CHECK(own >= sizeof(info) ||
		      !memchr_inv((u8 *)&info + own, 0xff, sizeof(info) - own));
		CHECK(argsz < 20 || info.cap_offset == (argsz < 40 ? 0 : 24));
	}
	return 0;
}

static int check_region_info(void)
{
	struct vfio_region_info info = { .argsz = sizeof(info) }, again;
	struct vfio_region_info __user *user;
	struct vfio_info_cap_header caps[20];
	struct vfio_info_cap into = { };
	unsigned long page;
	u32 argsz;

	page = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_ANONYMOUS | MAP_PRIVATE, 0);
	CHECK(!IS_ERR_VALUE(page));
	user = (void __user *)page;
	/* 48 bytes of areas and 16 of type behind the 32. */
	for (argsz = 0; argsz <= 128; argsz++) {
		info = (struct vfio_region_info){ .argsz = argsz };
		CHECK(!copy_to_user(user, &info, sizeof(info)));
		CHECK(vprim_kernel_vfio_region_info(NULL, &region_ops, user) ==
		      (argsz < 32 ? -EINVAL : 0));
		CHECK(!copy_from_user(&info, user, sizeof(info)));
		CHECK(argsz < 32 || info.size == 0x4000);
		CHECK(argsz < 32 || info.cap_offset == (argsz < 96 ? 0 : 32));
		CHECK(argsz < 32 || argsz >= 96 || info.argsz == 96);
	}
	CHECK(!copy_from_user(caps, user + 1, sizeof(caps)));
	CHECK(caps[0].id == VFIO_REGION_INFO_CAP_SPARSE_MMAP && caps[0].next == 80);
	CHECK(caps[6].id == VFIO_REGION_INFO_CAP_TYPE && caps[6].next == 0);

	/* Asked once, but for a long chain that the user has room for. */
	CHECK(asked == 97);
	for (argsz = 300; argsz <= 304; argsz++) {
		info = (struct vfio_region_info){ .argsz = argsz, .index = 9 };
		asked = 0;
		CHECK(vprim_kernel_vfio_region_info_copied(NULL, &region_ops,
							   &info, user) == 0);
		CHECK(asked == (argsz < 304 ? 1 : 2));
		CHECK(info.argsz == 304);
		CHECK(info.cap_offset == (argsz < 304 ? 0 : 32));
	}
	info = (struct vfio_region_info){ .argsz = 100, .index = 8 };
	CHECK(!copy_to_user(user, &info, sizeof(info)));
	CHECK(vprim_kernel_vfio_region_info(NULL, &region_ops, user) == 1);
	CHECK(!copy_from_user(&again, user, sizeof(again)));
	CHECK(!memcmp(&info, &again, sizeof(info)));

	info.index = 7;
	CHECK(!copy_to_user(user, &info, sizeof(info)));
	CHECK(vprim_kernel_vfio_region_info(NULL, &region_ops, user) == -EINVAL);
	CHECK(vprim_kernel_vfio_region_info(NULL, &region_ops,
					    (void __user *)~0xffful) == -EFAULT);
	CHECK(check_device_info((void __user *)page) == 0);
	vm_munmap(page, PAGE_SIZE);

	/* As the VFIO core asks in later kernels: links from the chain's start. */
	info = (struct vfio_region_info){ };
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == 0);
	CHECK(into.size == 64 && info.size == 0x4000);
	CHECK(into.buf->next == 48 && into.buf[6].next == 0);
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == -EINVAL);
	CHECK(check_take(&into) == 0);
	kfree(into.buf);
	into = (struct vfio_info_cap){ };
	info.index = 9;
	asked = 0;
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == 0);
	CHECK(asked == 2 && into.size == 272);
	kfree(into.buf);
	into = (struct vfio_info_cap){ };
	info.index = 8;
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == 1);
	info.index = 1;
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == 0);
	CHECK(!into.buf && !into.size);
	info.index = 7;
	CHECK(vprim_kernel_vfio_region_info_caps(NULL, &region_ops, &info, &into) == -EINVAL);
	return 0;
}

/* Releases of dma-bufs come from a task's way out of the kernel, or a worker. */
static int check_released(void)
{
	int i;

	for (i = 0; i < 200 && READ_ONCE(released) < 8; i++)
		msleep(20);
	CHECK(released == 8);
	return 0;
}

static int __init glue_init(void)
{
	int ret;

	dummy = platform_device_register_simple("kernel_glue", -1, NULL, 0);
	if (IS_ERR(dummy))
		return PTR_ERR(dummy);
	ret = check_revoke();
	ret = ret ?: check_late();
	ret = ret ?: check_fixed();
	ret = ret ?: check_closing();
	ret = ret ?: check_path();
	ret = ret ?: check_spinmap();
	ret = ret ?: check_rwmap();
	ret = ret ?: check_timer();
	ret = ret ?: check_region_info();
	/*
	 * Loaded whatever came out: dma-bufs that a failed check left behind are
	 * released on this task's way out, by this module's code.
	 */
	if (!ret)
		pr_info("kernel_glue: %u checks\n", checks);
	return 0;
}

static void __exit glue_exit(void)
{
	if (check_released())
		pr_err("kernel_glue: %d buffers released, not 8\n", released);
	else
		pr_info("kernel_glue: all buffers released\n");
	platform_device_unregister(dummy);
}

module_init(glue_init);
module_exit(glue_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("The kernel shim of libvirtprim at work");
VPRIM_KERNEL_DMABUF_IMPORT;
