// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The machines and sequences of dmabuf.h behind Linux dma-bufs.
 *
 * Locks, in their order: a device's MEMORY (several in ascending address), a
 * dma-buf's dma_resv, the pages' mutex. A buffer's memory goes in its dma-buf's
 * release, which takes MEMORY first; so the loops over a device's buffers need no
 * reference to them, nor do their dma_resv. A device stays while a buffer of its
 * does, so that release can always take MEMORY.
 *
 * The last close of a dma-buf's file gives back the inode before it calls release,
 * and the file may go even earlier; so a buffer keeps the inode, for zap.
 */
#include <virtprim/kernel.h>
#include <virtprim/kernel_dmabuf.h>
#include <virtprim/refuse.h>

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* A refusal of the shim's own, by a rule of the core's. */
#define REASON(id, ...) \
	((struct vprim_reason){ \
		.rule = vprim_rules_find(&vprim_dmabuf_rules, \
					 VPRIM_DMABUF_RULE_##id), __VA_ARGS__ })

struct vprim_kernel_dmabuf_device {
	struct vprim_dmabuf_device core;
	struct rw_semaphore memory;
	struct kref refs;
};

struct kernel_dmabuf {
	struct vprim_dmabuf core;
	struct vprim_kernel_dmabuf_device *device;
	struct dma_buf *dmabuf;
	struct inode *inode;		/* of the dma-buf's file */
	const struct vprim_kernel_dmabuf_ops *ops;
	void *priv;
	struct completion answered;	/* a mapping has come back */
	struct vprim_range ranges[];
};

static const struct dma_buf_ops buf_ops;
static const struct dma_buf_attach_ops pages_ops;

/* -- the core's hook -- */

static void check_memory(const void *object, bool held)
{
	struct vprim_kernel_dmabuf_device *device =
		container_of(object, struct vprim_kernel_dmabuf_device, core);

	if (held) {
		lockdep_assert_held_write(&device->memory);
		WARN_ON_ONCE(!rwsem_is_locked(&device->memory));
	} else {
		lockdep_assert_not_held(&device->memory);
	}
}

static void check_resv(const void *object, bool held)
{
	struct dma_buf *dmabuf =
		container_of(object, struct kernel_dmabuf, core)->dmabuf;

	if (!dmabuf)
		return;	/* being made: nobody else knows it */
	if (held) {
		dma_resv_assert_held(dmabuf->resv);
		WARN_ON_ONCE(!dma_resv_is_locked(dmabuf->resv));
	} else {
		lockdep_assert_not_held(&dmabuf->resv->lock.base);
	}
}

static void check_pages(const void *object, bool held)
{
	struct vprim_kernel_dmabuf_pages *pages =
		container_of(object, struct vprim_kernel_dmabuf_pages, core);

	if (held) {
		lockdep_assert_held(&pages->mutex);
		WARN_ON_ONCE(!mutex_is_locked(&pages->mutex));
	} else {
		lockdep_assert_not_held(&pages->mutex);
	}
}

static void check(void *ctx, enum vprim_dmabuf_lock lock, const void *object,
		  bool held)
{
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		check_memory(object, held);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		check_resv(object, held);
	else
		check_pages(object, held);
}

static const struct vprim_dmabuf_debug debug = { .check = check };

/* The rules rule out failure here: a fault of this file, which must be seen. */
static void warn_if(int ret)
{
	WARN_ON_ONCE(ret);
}

/* -- devices -- */

static void free_device(struct kref *refs)
{
	kfree(container_of(refs, struct vprim_kernel_dmabuf_device, refs));
}

struct vprim_kernel_dmabuf_device *vprim_kernel_dmabuf_device_new(void)
{
	struct vprim_kernel_dmabuf_device *device;

	device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
	if (!device)
		return NULL;
	warn_if(vprim_dmabuf_device_init(&device->core, sizeof(device->core),
				      &debug));
	init_rwsem(&device->memory);
	kref_init(&device->refs);
	device->core.open = true;
	device->core.memory_on = true;
	return device;
}

void vprim_kernel_dmabuf_device_put(struct vprim_kernel_dmabuf_device *device)
{
	if (device)
		kref_put(&device->refs, free_device);
}

struct rw_semaphore *
vprim_kernel_dmabuf_memory_lock(struct vprim_kernel_dmabuf_device *device)
{
	return &device->memory;
}

static struct kernel_dmabuf *buf_of(struct vprim_dmabuf *core)
{
	return container_of(core, struct kernel_dmabuf, core);
}

static struct vprim_kernel_dmabuf_device *device_of(struct vprim_dmabuf_device *core)
{
	return container_of(core, struct vprim_kernel_dmabuf_device, core);
}

static struct vprim_kernel_dmabuf_pages *pages_of(struct vprim_dmabuf_pages *core)
{
	return container_of(core, struct vprim_kernel_dmabuf_pages, core);
}

/* -- what the sequences of the core ask for -- */

/* What a run has for its @ctx; other sequences have none. */
struct call {
	void (*hardware)(void *ctx);
	void *ctx;
	int nr_memory;
};

static void take(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	/* Without lockdep the subclass is not looked at. */
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		down_write_nested(&device_of(object)->memory,
				  ((struct call *)ctx)->nr_memory++);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		dma_resv_lock(buf_of(object)->dmabuf->resv, NULL);
	else
		mutex_lock(&pages_of(object)->mutex);
}

static void give(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	if (lock == VPRIM_DMABUF_LOCK_MEMORY)
		up_write(&device_of(object)->memory);
	else if (lock == VPRIM_DMABUF_LOCK_RESV)
		dma_resv_unlock(buf_of(object)->dmabuf->resv);
	else
		mutex_unlock(&pages_of(object)->mutex);
}

/* The processes first, then the importers, and whoever left a fence. */
static void notify(void *ctx, struct vprim_dmabuf *core)
{
	struct kernel_dmabuf *buf = buf_of(core);

	reinit_completion(&buf->answered);
	if (buf->ops->zap)
		buf->ops->zap(buf->priv, buf->inode->i_mapping);
#if VPRIM_KERNEL_DMABUF_INVALIDATE
	dma_buf_invalidate_mappings(buf->dmabuf);
#else
	dma_buf_move_notify(buf->dmabuf);
#endif
	dma_resv_wait_timeout(buf->dmabuf->resv, DMA_RESV_USAGE_BOOKKEEP, false,
			      MAX_SCHEDULE_TIMEOUT);
}

/* Whoever gives a mapping back takes RESV. */
static void wait(void *ctx, struct vprim_dmabuf *core)
{
	struct kernel_dmabuf *buf = buf_of(core);

	dma_resv_unlock(buf->dmabuf->resv);
	wait_for_completion(&buf->answered);
	dma_resv_lock(buf->dmabuf->resv, NULL);
}

static void wake(void *ctx, struct vprim_dmabuf *core)
{
	complete(&buf_of(core)->answered);
}

static void detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	struct vprim_kernel_dmabuf_pages *pages =
		container_of(attach, struct vprim_kernel_dmabuf_pages, exporter);

	dma_buf_detach(pages->dmabuf, pages->attach);
}

static void touch(void *ctx)
{
	struct call *call = ctx;

	if (call->hardware)
		call->hardware(call->ctx);
}

static const struct vprim_dmabuf_ops ops = {
	.lock = take,
	.unlock = give,
	.notify = notify,
	.wait = wait,
	.wake = wake,
	.detach = detach,
	.hardware = touch,
};

int vprim_kernel_dmabuf_run(struct vprim_kernel_dmabuf_device *const *devices,
			    size_t nr_devices, enum vprim_dmabuf_trigger trigger,
			    void (*hardware)(void *ctx), void *ctx,
			    struct vprim_reason *why)
{
	struct vprim_dmabuf_device *cores[VPRIM_KERNEL_DMABUF_SET_MAX];
	struct call call = { .hardware = hardware, .ctx = ctx };
	size_t i;

	if (nr_devices > VPRIM_KERNEL_DMABUF_SET_MAX)
		return vprim_refuse_(why, REASON(MANY_DEVICES,
						 VALUE(nr_devices)));
	for (i = 0; i < nr_devices; i++)
		cores[i] = &devices[i]->core;
	return vprim_dmabuf_run(cores, nr_devices, trigger, &ops, &call, why);
}

/* -- the exporter's operations -- */

/*
 * An importer of this file brings the attachment's memory along, in its pages,
 * which look at it after the detach.
 */
static struct vprim_dmabuf_attachment *make_attach(struct dma_buf_attachment *attach)
{
	struct vprim_kernel_dmabuf_pages *pages = attach->importer_priv;

	if (attach->importer_ops == &pages_ops)
		return &pages->exporter;
	return kzalloc(sizeof(struct vprim_dmabuf_attachment), GFP_KERNEL_ACCOUNT);
}

static void free_attach(struct dma_buf_attachment *attach,
			struct vprim_dmabuf_attachment *core)
{
	if (attach->importer_ops != &pages_ops)
		kfree(core);
}

/* What the dma-buf core has of an importer, as the rules ask for it. */
static u32 importer_flags(const struct dma_buf_attachment *attach)
{
	const struct dma_buf_attach_ops *ops = attach->importer_ops;
	u32 flags = VPRIM_DMABUF_ATTACH_DEVICE;

	if (attach->peer2peer)
		flags |= VPRIM_DMABUF_ATTACH_PEER2PEER;
#if VPRIM_KERNEL_DMABUF_INVALIDATE
	if (ops && ops->invalidate_mappings)
#else
	if (ops && ops->move_notify)
#endif
		flags |= VPRIM_DMABUF_ATTACH_REVOCABLE;
	if (ops != &pages_ops)
		flags |= VPRIM_DMABUF_ATTACH_COUNTED;
	return flags;
}

static int buf_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct kernel_dmabuf *buf = dmabuf->priv;
	struct vprim_dmabuf_attachment *core;
	int ret;

	core = make_attach(attach);
	if (!core)
		return -ENOMEM;
	dma_resv_lock(dmabuf->resv, NULL);
	ret = vprim_dmabuf_attach(&buf->core, core, importer_flags(attach),
				  NULL);
	dma_resv_unlock(dmabuf->resv);
	if (ret)
		free_attach(attach, core);
	else
		attach->priv = core;
	return ret;
}

/* What an importer should have given back. RESV is held. */
static void take_back(struct kernel_dmabuf *buf, struct vprim_dmabuf_attachment *attach)
{
	while (!vprim_dmabuf_unmap(attach))
		complete(&buf->answered);
	while (!vprim_dmabuf_unpin(attach))
		;
}

/*
 * Who detaches says that it has let go, and the dma-buf core forgets it: with a
 * mapping or a pin out it is a buggy importer, about which we warn.
 */
static void buf_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attach)
{
	struct kernel_dmabuf *buf = dmabuf->priv;
	int ret;

	dma_resv_lock(dmabuf->resv, NULL);
	ret = vprim_dmabuf_detach(attach->priv, NULL);
	warn_if(ret);
	if (ret) {
		take_back(buf, attach->priv);
		ret = vprim_dmabuf_detach(attach->priv, NULL);
	}
	dma_resv_unlock(dmabuf->resv);
	if (!ret)
		free_attach(attach, attach->priv);
}

static int buf_pin(struct dma_buf_attachment *attach)
{
	return vprim_dmabuf_pin(attach->priv);
}

static void buf_unpin(struct dma_buf_attachment *attach)
{
	warn_if(vprim_dmabuf_unpin(attach->priv));
}

/* A mapping has come back: a revoke may be waiting for it. RESV is held. */
static void give_back(struct kernel_dmabuf *buf,
		      struct vprim_dmabuf_attachment *attach)
{
	warn_if(vprim_dmabuf_unmap(attach));
	complete(&buf->answered);
}

static struct sg_table *buf_map(struct dma_buf_attachment *attach,
				enum dma_data_direction dir)
{
	struct kernel_dmabuf *buf = attach->dmabuf->priv;
	struct sg_table *table;
	int ret;

	if (!buf->ops->map)
		return ERR_PTR(-EOPNOTSUPP);
	ret = vprim_dmabuf_map(attach->priv, NULL, NULL);
	if (ret)
		return ERR_PTR(ret);
	table = buf->ops->map(buf->priv, attach, dir);
	if (IS_ERR_OR_NULL(table))	/* NULL is -ENOMEM to the dma-buf core */
		give_back(buf, attach->priv);
	return table;
}

static void buf_unmap(struct dma_buf_attachment *attach, struct sg_table *table,
		      enum dma_data_direction dir)
{
	struct kernel_dmabuf *buf = attach->dmabuf->priv;

	buf->ops->unmap(buf->priv, attach, table, dir);
	give_back(buf, attach->priv);
}

static int buf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct kernel_dmabuf *buf = dmabuf->priv;

	if (!buf->ops->mmap)
		return -EOPNOTSUPP;
	return buf->ops->mmap(buf->priv, dmabuf, vma);
}

static void free_buf(struct kernel_dmabuf *buf)
{
	vprim_kernel_dmabuf_device_put(buf->device);
	kvfree(buf);
}

/*
 * The dma-buf goes while importers are attached to it. The device must not find
 * the buffer any more; MEMORY is held.
 */
static void abandon(struct kernel_dmabuf *buf)
{
	struct vprim_dmabuf_attachment *attach;

	dma_resv_lock(buf->dmabuf->resv, NULL);
	warn_if(vprim_dmabuf_step(&buf->core, VPRIM_DMABUF_ON_CLEANUP, NULL));
	for (attach = buf->core.attachments; attach; attach = attach->next) {
		if (!attach->due)
			continue;
		warn_if(vprim_dmabuf_acknowledge(attach));
		take_back(buf, attach);
	}
	warn_if(vprim_dmabuf_step(&buf->core, VPRIM_DMABUF_ON_COMPLETE, NULL));
	dma_resv_unlock(buf->dmabuf->resv);
}

/* What a buggy importer may still use is not freed, the driver's part included. */
static void buf_release(struct dma_buf *dmabuf)
{
	struct kernel_dmabuf *buf = dmabuf->priv;
	int ret;

	down_write(&buf->device->memory);
	ret = vprim_dmabuf_release(&buf->core, NULL);
	warn_if(ret);
	if (ret)
		abandon(buf);
	up_write(&buf->device->memory);
	iput(buf->inode);
	if (ret)
		return;
	buf->ops->release(buf->priv);
	free_buf(buf);
}

static const struct dma_buf_ops buf_ops = {
	.attach = buf_attach,
	.detach = buf_detach,
	.pin = buf_pin,
	.unpin = buf_unpin,
	.map_dma_buf = buf_map,
	.unmap_dma_buf = buf_unmap,
	.mmap = buf_mmap,
	.release = buf_release,
};

/* -- buffers -- */

static struct kernel_dmabuf *make_buf(struct vprim_kernel_dmabuf_device *device,
				      const struct vprim_kernel_dmabuf_export_info *what)
{
	const struct vprim_dmabuf_layout *layout = &what->layout;
	struct kernel_dmabuf *buf;

	/* How many ranges there are may be a user's word: on the user's account. */
	buf = kvzalloc(struct_size(buf, ranges, layout->nr_ranges),
		       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!buf)
		return NULL;
	memcpy(buf->ranges, layout->ranges,
	       flex_array_size(buf, ranges, layout->nr_ranges));
	init_completion(&buf->answered);
	buf->ops = what->ops;
	buf->priv = what->priv;
	buf->device = device;
	kref_get(&device->refs);
	return buf;
}

/*
 * Makes the machine, which says how large the dma-buf is, and the dma-buf; undone
 * in here, a failure calls no release. MEMORY is held.
 */
static struct dma_buf *export(struct kernel_dmabuf *buf,
			      const struct vprim_kernel_dmabuf_export_info *what)
{
	struct vprim_dmabuf_layout layout = what->layout;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	int ret;

	layout.ranges = buf->ranges;
	ret = vprim_dmabuf_init(&buf->core, sizeof(buf->core),
				&buf->device->core, &layout, NULL);
	if (ret)
		return ERR_PTR(ret);
	info.owner = what->owner;
	info.ops = &buf_ops;
	info.flags = what->flags;
	info.priv = buf;
	info.size = (size_t)buf->core.size_bytes;
	if (info.size == buf->core.size_bytes)
		dmabuf = dma_buf_export(&info);
	else
		dmabuf = ERR_PTR(-EOVERFLOW);
	if (IS_ERR(dmabuf)) {
		warn_if(vprim_dmabuf_release(&buf->core, NULL));
		return dmabuf;
	}
	buf->dmabuf = dmabuf;
	buf->inode = file_inode(dmabuf->file);
	ihold(buf->inode);
	return dmabuf;
}

struct dma_buf *
vprim_kernel_dmabuf_export(struct vprim_kernel_dmabuf_device *device,
			   const struct vprim_kernel_dmabuf_export_info *what)
{
	struct kernel_dmabuf *buf;
	struct dma_buf *dmabuf;

	if (!what->ops->release || !what->ops->map != !what->ops->unmap ||
	    !what->layout.nr_ranges)
		return ERR_PTR(-EINVAL);
	buf = make_buf(device, what);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	down_write(&device->memory);
	dmabuf = export(buf, what);
	up_write(&device->memory);
	if (IS_ERR(dmabuf))
		free_buf(buf);
	return dmabuf;
}

bool vprim_kernel_dmabuf_is_ours(const struct dma_buf *dmabuf)
{
	return dmabuf->ops == &buf_ops;
}

bool vprim_kernel_dmabuf_is_live(struct dma_buf *dmabuf)
{
	struct kernel_dmabuf *buf = dmabuf->priv;

	dma_resv_assert_held(dmabuf->resv);
	return vprim_kernel_dmabuf_is_ours(dmabuf) &&
	       buf->core.state == VPRIM_DMABUF_EXPORTER_LIVE;
}

enum vprim_dmabuf_exporter_state
vprim_kernel_dmabuf_state(struct dma_buf *dmabuf)
{
	struct kernel_dmabuf *buf = dmabuf->priv;
	enum vprim_dmabuf_exporter_state state;

	if (!vprim_kernel_dmabuf_is_ours(dmabuf))
		return VPRIM_DMABUF_EXPORTER_NONE;
	dma_resv_lock(dmabuf->resv, NULL);
	state = buf->core.state;
	dma_resv_unlock(dmabuf->resv);
	return state;
}

void *vprim_kernel_dmabuf_priv(const struct dma_buf *dmabuf)
{
	struct kernel_dmabuf *buf = dmabuf->priv;

	return vprim_kernel_dmabuf_is_ours(dmabuf) ? buf->priv : NULL;
}

/* -- importers -- */

/* What the importer does when it is told. RESV is held. */
static void pages_notify(struct dma_buf_attachment *attach)
{
	struct vprim_kernel_dmabuf_pages *pages = attach->importer_priv;

	warn_if(vprim_dmabuf_pages_notify(&pages->core, &ops, NULL));
}

static const struct dma_buf_attach_ops pages_ops = {
	.allow_peer2peer = true,
#if VPRIM_KERNEL_DMABUF_INVALIDATE
	.invalidate_mappings = pages_notify,
#else
	.move_notify = pages_notify,
#endif
};

/* The address is asked for after the attach: a revoke may come in between. */
static int open_pages(struct vprim_kernel_dmabuf_pages *pages,
		      struct dma_buf *dmabuf, struct device *dev,
		      u64 start_bytes, u64 length_bytes,
		      struct vprim_reason *why)
{
	struct dma_buf_attachment *attach;
	int ret;

	attach = dma_buf_dynamic_attach(dmabuf, dev, &pages_ops, pages);
	if (IS_ERR(attach)) {
		vprim_note_(why, REASON(ATTACH, VALUE((u64)-PTR_ERR(attach))));
		return PTR_ERR(attach);
	}
	dma_resv_lock(dmabuf->resv, NULL);
	ret = vprim_dmabuf_pages_map_file(&pages->core, attach->priv,
					  start_bytes, length_bytes, why);
	dma_resv_unlock(dmabuf->resv);
	if (ret)
		dma_buf_detach(dmabuf, attach);
	else
		pages->attach = attach;
	return ret;
}

int vprim_kernel_dmabuf_map_file(struct vprim_kernel_dmabuf_pages *pages,
				 struct dma_buf *dmabuf, struct device *dev,
				 uint64_t start_bytes, uint64_t length_bytes,
				 struct vprim_reason *why)
{
	int ret;

	ret = vprim_dmabuf_check_slice(start_bytes, length_bytes, dmabuf->size,
				       why);
	if (ret)
		return ret;
	if (!vprim_kernel_dmabuf_is_ours(dmabuf))
		return vprim_refuse_(why, REASON(ADDRESS));
	*pages = (struct vprim_kernel_dmabuf_pages){ };
	warn_if(vprim_dmabuf_pages_init(&pages->core, sizeof(pages->core),
				     &debug));
	mutex_init(&pages->mutex);
	ret = open_pages(pages, dmabuf, dev, start_bytes, length_bytes, why);
	if (ret) {
		mutex_destroy(&pages->mutex);
		return ret;
	}
	get_dma_buf(dmabuf);
	pages->dmabuf = dmabuf;
	return 0;
}

enum vprim_dmabuf_importer_state
vprim_kernel_dmabuf_pages_state(struct vprim_kernel_dmabuf_pages *pages)
{
	enum vprim_dmabuf_importer_state state;

	mutex_lock(&pages->mutex);
	state = pages->core.state;
	mutex_unlock(&pages->mutex);
	return state;
}

int vprim_kernel_dmabuf_fill(struct vprim_kernel_dmabuf_pages *pages,
			     struct vprim_dmabuf_pair *pair,
			     uint64_t offset_bytes, uint64_t length_bytes,
			     struct vprim_reason *why)
{
	return vprim_dmabuf_pages_fill(&pages->core, pair, offset_bytes,
				       length_bytes, &ops, NULL, why);
}

void vprim_kernel_dmabuf_unfill(struct vprim_kernel_dmabuf_pages *pages,
				struct vprim_dmabuf_pair *pair)
{
	vprim_dmabuf_pages_unfill(&pages->core, pair, &ops, NULL);
}

int vprim_kernel_dmabuf_release(struct vprim_kernel_dmabuf_pages *pages)
{
	struct dma_buf *dmabuf = pages->dmabuf;
	int ret;

	if (!dmabuf)
		return -EINVAL;
	ret = vprim_dmabuf_pages_release(&pages->core, &ops, NULL, NULL);
	if (ret)
		return ret;
	mutex_destroy(&pages->mutex);
	pages->dmabuf = NULL;
	dma_buf_put(dmabuf);
	return 0;
}

VPRIM_KERNEL_DMABUF_IMPORT;
