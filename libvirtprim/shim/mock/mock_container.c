// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* /dev/vfio/vfio: a type1 container, and whose memory its mappings are. */
#include "mock_internal.h"

#define TASK_LAST UINT64_C(0x7fffffffefff)	/* of a process's addresses */

/* -- owners ----------------------------------------------------------------- */

void mock_owners_init_(struct vprim_mock *mock, struct mock_owners *o)
{
	memset(o, 0, sizeof(*o));
	certain(vprim_iova_map_init(&o->others, sizeof(o->others),
				    mock->config.alloc, mock->config.alloc_ctx,
				    NULL, NULL));
}

int mock_owners_add_(struct vprim_mock *mock, struct mock_owners *o,
		     const struct vprim_range *range, uint64_t owner)
{
	(void)mock;
	if (!o->known) {
		o->known = true;
		o->first = owner;
	}
	return owner == o->first ? 0 :
	       vprim_iova_map_insert(&o->others, range, owner, NULL);
}

void mock_owners_remove_(struct mock_owners *o, const struct vprim_range *range)
{
	/* Most have no entry. */
	(void)!vprim_iova_map_remove(&o->others, range, NULL);
}

uint64_t mock_owners_find_(const struct mock_owners *o, uint64_t iova)
{
	struct vprim_iova_mapping m;

	return vprim_iova_map_stab(&o->others, iova, &m) ? o->first : m.value;
}

/* -- what the engine asks for ------------------------------------------------ */

static int pin(void *ctx, const struct vprim_type1_mapping *m)
{
	struct mock_container *c = ctx;
	struct vprim_mock *mock = c->mock;
	uint64_t size = m->range.last - m->range.start + 1;
	uint64_t owner = mock_owner_(mock, c->task);
	int ret = 0;

	/* Without an IOMMU nothing is pinned until a driver asks. */
	if (!mock->config.iommu->emulated && mock->ops.pin)
		ret = mock->ops.pin(mock->config.ctx, owner, m->vaddr, size, m->prot);
	if (!ret)
		ret = mock_owners_add_(mock, &c->owners, &m->range, owner);
	return ret;
}

static void unpin(void *ctx, const struct vprim_type1_mapping *m)
{
	struct mock_container *c = ctx;
	struct vprim_mock *mock = c->mock;
	uint64_t size = m->range.last - m->range.start + 1;
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_FREED, .object = c->number,
		.iova = m->range.start, .size_bytes = size,
		.value = { m->vaddr, m->prot },
	};

	if (!mock->config.iommu->emulated && mock->ops.unpin &&
	    mock->ops.unpin(mock->config.ctx,
			    mock_owners_find_(&c->owners, m->range.start),
			    m->vaddr, size, m->prot) && !c->ending && m->vaddr_valid)
		mock_note_(mock, &note);
	mock_owners_remove_(&c->owners, &m->range);
}

static int account(void *ctx, const struct vprim_type1_mapping *m)
{
	struct mock_container *c = ctx;

	mock_owners_remove_(&c->owners, &m->range);
	return mock_owners_add_(c->mock, &c->owners, &m->range,
				mock_owner_(c->mock, c->task));
}

/* Mediated drivers would be told here; the devices hold no page between calls. */
static int dma_unmap(void *ctx, const struct vprim_type1_mapping *m)
{
	(void)ctx;
	(void)m;
	return 0;
}

/* Add bits to a bitmap in the program's memory, some at a time. */
static int put_bits(void *ctx, void *data, uint64_t at,
		    const struct vprim_dirty_bitmap *bits)
{
	struct mock_container *c = ctx;
	uint64_t left = bits->pages, from = 0;
	uint8_t piece[256];

	while (left) {
		uint64_t skip = at % 8, take = sizeof(piece) * 8 - skip, i;
		uint64_t where = (uintptr_t)data + at / 8;
		const struct vprim_dirty_bitmap to = { piece, sizeof(piece) * 8 };
		size_t bytes;

		if (take > left)
			take = left;
		bytes = (size_t)((skip + take + 7) / 8);
		if (mock_in_(c->mock, c->task, piece, where, bytes))
			return -EFAULT;
		for (i = 0; i < take; i++) {
			const struct vprim_dirty_run run = { skip + i, skip + i };

			if (vprim_dirty_test(bits, from + i))
				certain(vprim_dirty_set(&to, &run));
		}
		if (mock_out_(c->mock, c->task, where, piece, bytes))
			return -EFAULT;
		at += take;
		from += take;
		left -= take;
	}
	return 0;
}

static const struct vprim_type1_ops engine_ops = {
	.map = pin, .unmap = unpin, .account = account,
	.dma_unmap = dma_unmap, .put_bits = put_bits,
};

/* -- its life ----------------------------------------------------------------- */

struct mock_container *mock_container_new_(struct vprim_mock *mock)
{
	struct mock_container *c = mock_alloc_(mock, sizeof(*c));

	if (!c)
		return NULL;
	c->mock = mock;
	c->refs = 1;
	c->number = ++mock->numbers;
	mock_owners_init_(mock, &c->owners);
	return c;
}

void mock_container_put_(struct mock_container *c)
{
	if (--c->refs)
		return;
	vprim_iova_map_fini(&c->owners.others);
	mock_free_(c->mock, c, sizeof(*c));
}

static struct mock_group *first_group(const struct mock_container *c,
				      struct mock_group *g)
{
	while (g && g->container != c)
		g = g->next;
	return g;
}

/* The engine takes in a group, and says so. */
static int attach(struct mock_container *c, struct mock_group *g)
{
	const struct vprim_mock_iommu *iommu = c->mock->config.iommu;
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_ATTACHED, .kind = VPRIM_MOCK_CONTAINER,
		.object = c->number, .value = { g->id },
	};
	int ret;

	memset(&g->type1, 0, sizeof(g->type1));
	g->type1.emulated = iommu->emulated;
	g->type1.vtd = iommu->vtd;
	g->type1.aperture = iommu->aperture;
	g->type1.pgsize_bitmap = iommu->pgsize_bitmap;
	g->type1.reserved = iommu->reserved;
	g->type1.nr_reserved = iommu->nr_reserved;
	ret = vprim_type1_attach(&c->engine, &g->type1, &c->mock->why);
	if (!ret)
		mock_note_(c->mock, &note);
	return ret;
}

int mock_container_join_(struct mock_container *c, struct mock_group *g)
{
	int ret = c->set ? attach(c, g) : 0;

	if (ret)
		return ret;
	c->refs++;
	g->container = c;
	return 0;
}

/* With its last group the engine goes, and all mappings. */
void mock_container_leave_(struct mock_group *g)
{
	struct mock_container *c = g->container;
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_LEFT, .object = c->number, .text = "mapping",
	};
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_type1_mapping m;

	g->container = NULL;
	if (c->set && !first_group(c, c->mock->groups)) {
		struct vprim_type1_stats stats;

		if (!vprim_type1_first(&c->engine, &all, NULL, &m)) {
			vprim_type1_get_stats(&c->engine, &stats);
			note.iova = m.range.start;
			note.size_bytes = m.range.last - m.range.start + 1;
			note.value[0] = stats.mappings;
			mock_note_(c->mock, &note);
		}
	}
	/* A process that ends has lost its memory before its files. */
	c->ending = true;
	if (c->set)
		certain(vprim_type1_detach(&c->engine, &g->type1, NULL));
	if (c->set && !first_group(c, c->mock->groups)) {
		vprim_type1_fini(&c->engine);
		c->set = false;
	}
	c->ending = false;
	mock_container_put_(c);
}

/* -- its calls ------------------------------------------------------------------ */

static int64_t set_iommu(struct mock_container *c, uint64_t kind)
{
	struct vprim_mock *mock = c->mock;
	struct mock_group *g = first_group(c, mock->groups), *done = NULL;
	struct vprim_type1_config config;
	int ret = 0;

	if (c->set || !g)
		return -EINVAL;
	if (kind != VPRIM_TYPE1_IOMMU && kind != VPRIM_TYPE1_V2 &&
	    kind != VPRIM_TYPE1_NESTING)
		return -ENODEV;
	vprim_type1_config_init(&config);
	config.kind = (uint32_t)kind;
	config.release = mock->config.release;
	config.alloc = mock->config.alloc;
	config.alloc_ctx = mock->config.alloc_ctx;
	config.ops = &engine_ops;
	config.ops_ctx = c;
	if (mock->config.limited)
		config.entry_limit = mock->config.entry_limit;
	certain(vprim_type1_init(&c->engine, sizeof(c->engine), &config, NULL));
	for (; g && !ret; g = first_group(c, g->next)) {
		ret = attach(c, g);
		done = ret ? done : g;
	}
	if (ret) {
		/* Groups that are attached go with it. */
		vprim_type1_fini(&c->engine);
		return ret;
	}
	c->set = true;
	mock_trace_(mock, c->number, 0, 0, kind, done->id);
	return 0;
}

int mock_reply_(struct vprim_mock *mock, uint64_t task, uint64_t arg,
		enum vprim_vfio_cap_kind kind,
		struct vprim_vfio_cap_chain *chain,
		struct vprim_vfio_cap_fixed *info)
{
	struct vprim_vfio_cap_reply reply;
	uint8_t fixed[VPRIM_VFIO_CAP_IOMMU_BYTES];
	const void *bytes;
	uint32_t n;
	int ret;

	ret = vprim_vfio_cap_chain_reply(chain, kind, info, &reply);
	if (ret)
		return ret;
	if (reply.chain_bytes) {
		certain(vprim_vfio_cap_chain_finish(chain, &bytes, &n));
		if (mock_out_(mock, task, arg + VPRIM_VFIO_CAP_IOMMU_BYTES, bytes,
			      n))
			return -EFAULT;
	}
	certain(vprim_vfio_cap_fixed_store(kind, 0, info, fixed,
					   reply.fixed_bytes));
	return mock_out_(mock, task, arg, fixed, reply.fixed_bytes);
}

static void fill_chain(const struct vprim_type1_stats *stats,
		       const struct vprim_range *windows, size_t nr,
		       struct vprim_vfio_cap_chain *chain)
{
	const struct vprim_vfio_cap_value migration = {
		VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_MIGRATION, 1,
		{ .migration = { .pgsizes = stats->page_bytes,
				 .max_bitmap_bytes = VPRIM_DIRTY_BYTES_MAX } },
	}, dma_avail = {
		VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, 1,
		{ .dma_avail = stats->avail > UINT32_MAX ? UINT32_MAX :
							   (uint32_t)stats->avail },
	};

	certain(vprim_vfio_cap_add_value(chain, &migration));
	certain(vprim_vfio_cap_add_value(chain, &dma_avail));
	if (nr)
		certain(vprim_vfio_cap_add_iova_ranges(chain, windows,
						       (uint32_t)nr));
}

static int64_t get_info(struct mock_container *c, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = c->mock;
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_fixed info = { 0 };
	struct vprim_type1_stats stats;
	uint8_t head[VPRIM_VFIO_CAP_MIN_BYTES];
	struct vprim_range *windows;
	size_t nr = 0, capacity, bytes;
	uint8_t *buf;
	int ret;

	if (mock_in_(mock, task, head, arg, sizeof(head)))
		return -EFAULT;
	vprim_type1_get_stats(&c->engine, &stats);
	/* How many: they do not fit yet. */
	(void)!vprim_type1_windows(&c->engine, NULL, 0, &nr);
	/* The list lies behind the chain; 64 and 16 keep it aligned. */
	capacity = 64 + 16 * (nr + 1);
	bytes = capacity + (nr + 1) * sizeof(*windows);
	buf = mock_alloc_(mock, bytes);
	if (!buf)
		return -ENOMEM;
	windows = (struct vprim_range *)(void *)(buf + capacity);
	memcpy(&info.argsz, head, sizeof(info.argsz));
	info.flags = VPRIM_VFIO_CAP_IOMMU_PGSIZES;
	info.pgsizes = stats.pgsize_bitmap;
	certain(vprim_vfio_cap_chain_init(&chain, 0, VPRIM_VFIO_CAP_IOMMU_BYTES,
					  buf, capacity));
	certain(vprim_type1_windows(&c->engine, windows, nr, &nr));
	fill_chain(&stats, windows, nr, &chain);
	ret = mock_reply_(mock, task, arg, VPRIM_VFIO_CAP_IOMMU, &chain, &info);
	mock_free_(mock, buf, bytes);
	return ret;
}

static int64_t map_dma(struct mock_container *c, uint64_t task, uint64_t arg)
{
	struct vfio_dma_map_ m;
	struct vprim_type1_map_args args;

	if (mock_in_(c->mock, task, &m, arg, sizeof(m)))
		return -EFAULT;
	args = (struct vprim_type1_map_args){
		.argsz = m.argsz, .flags = m.flags, .vaddr = m.vaddr,
		.iova = m.iova, .size_bytes = m.size,
	};
	mock_trace_(c->mock, c->number, m.iova, m.size, m.vaddr, m.flags);
	c->mock->note.value[2] = m.argsz;
	return vprim_type1_map(&c->engine, &args, &c->mock->why);
}

/* The engine takes a NULL bitmap for one outside of what a process may have. */
static struct vprim_type1_bitmap user_bitmap(const struct vfio_bitmap_ *b)
{
	bool inside = b->size <= TASK_LAST + 1 && b->data <= TASK_LAST + 1 - b->size;

	return (struct vprim_type1_bitmap){
		.pgsize_bytes = b->pgsize, .size_bytes = b->size,
		.data = inside ? (void *)(uintptr_t)b->data : NULL,
	};
}

static void trace_bitmap(struct vprim_mock *mock, uint32_t argsz,
			const struct vfio_bitmap_ *b)
{
	mock->note.value[2] = argsz;
	mock->note.value[3] = b->pgsize;
	mock->note.value[4] = b->size;
}

static int64_t unmap_dma(struct mock_container *c, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = c->mock;
	struct vfio_dma_unmap_dirty_ u = { 0 };
	struct vprim_type1_unmap_args args;
	struct vprim_type1_unmapped done = { 0 };
	int ret;

	if (mock_in_(mock, task, &u.unmap, arg, sizeof(u.unmap)))
		return -EFAULT;
	if (u.unmap.flags == VPRIM_TYPE1_UNMAP_GET_DIRTY &&
	    u.unmap.argsz >= sizeof(u) &&
	    mock_in_(mock, task, &u.bitmap, arg + sizeof(u.unmap), sizeof(u.bitmap)))
		return -EFAULT;
	args = (struct vprim_type1_unmap_args){
		.argsz = u.unmap.argsz, .flags = u.unmap.flags,
		.iova = u.unmap.iova, .size_bytes = u.unmap.size,
		.bitmap = user_bitmap(&u.bitmap),
	};
	ret = vprim_type1_unmap(&c->engine, &args, &done, &mock->why);
	mock_trace_(mock, c->number, u.unmap.iova, u.unmap.size, u.unmap.flags,
		   done.size_bytes);
	trace_bitmap(mock, u.unmap.argsz, &u.bitmap);
	if (ret)
		return ret;
	u.unmap.size = done.size_bytes;
	return mock_out_(mock, task, arg, &u.unmap, sizeof(u.unmap));
}

static int64_t dirty_pages(struct mock_container *c, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = c->mock;
	struct vfio_dirty_range_ d = { 0 };
	struct vprim_type1_dirty_args args;

	if (mock_in_(mock, task, &d, arg, VPRIM_TYPE1_DIRTY_ARGSZ))
		return -EFAULT;
	if (d.flags == VPRIM_TYPE1_DIRTY_GET && d.argsz >= sizeof(d) &&
	    mock_in_(mock, task, &d.iova, arg + VPRIM_TYPE1_DIRTY_ARGSZ,
		     sizeof(d) - VPRIM_TYPE1_DIRTY_ARGSZ))
		return -EFAULT;
	mock_trace_(mock, c->number, d.iova, d.size, d.flags, 0);
	trace_bitmap(mock, d.argsz, &d.bitmap);
	args = (struct vprim_type1_dirty_args){
		.argsz = d.argsz, .flags = d.flags, .iova = d.iova,
		.size_bytes = d.size, .bitmap = user_bitmap(&d.bitmap),
	};
	return vprim_type1_dirty_pages(&c->engine, &args, &mock->why);
}

int64_t mock_container_ioctl_(struct vprim_mock_file *file, uint64_t task,
			      uint32_t request, uint64_t arg)
{
	struct mock_container *c = file->container;

	c->task = task;
	c->mock->note.object = c->number;
	switch (request) {
	case VFIO_GET_API_VERSION_:
		return 0;
	case VFIO_CHECK_EXTENSION_:
		return vprim_type1_check_extension(c->set ? &c->engine : NULL,
						   (uint32_t)arg);
	case VFIO_SET_IOMMU_:
		return set_iommu(c, arg);
	}
	if (!c->set)
		return -EINVAL;
	switch (request) {
	case VFIO_IOMMU_GET_INFO_:
		return get_info(c, task, arg);
	case VFIO_IOMMU_MAP_DMA_:
		return map_dma(c, task, arg);
	case VFIO_IOMMU_UNMAP_DMA_:
		return unmap_dma(c, task, arg);
	case VFIO_IOMMU_DIRTY_PAGES_:
		return dirty_pages(c, task, arg);
	default:
		return -ENOTTY;
	}
}
