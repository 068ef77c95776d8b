// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The calls on an IOAS, and whose memory or which file its areas are. */
#include "mock_internal.h"

/* -- what the engine asks for ------------------------------------------------- */

static struct mock_memfd *memfd_of(struct mock_ioas *ioas, uint64_t pages)
{
	struct mock_memfd *m;

	for (m = ioas->memfds; m && m->pages != pages; m = m->next)
		;
	return m;
}

static bool pinned(const struct mock_ioas *ioas)
{
	const struct mock_object *o;

	for (o = ioas->ictx->objects; o; o = o->next)
		if (o->type == MOCK_HWPT && ((const struct mock_hwpt *)o)->ioas == ioas)
			return true;
	return false;
}

/*
 * Pages keep whose memory they are, and are pinned to be written when their first
 * area could be, whatever a copy or a part of it may: Linux iopt_alloc_pages(). In
 * the map their name stands twice, and once when they are read-only.
 */
static uint64_t name_of(const struct vprim_ioas_mapping *area)
{
	return 2 * area->pages;
}

/* Of an area of a program's memory, from its fill on. */
struct mock_pages mock_ioas_pages_(const struct mock_ioas *ioas,
				   const struct vprim_ioas_mapping *area)
{
	struct mock_pages pages = { 0, VPRIM_TYPE1_MAP_READ };
	struct vprim_iova_mapping m;

	if (vprim_iova_map_stab(&ioas->ictx->pages, name_of(area), &m))
		return pages;
	pages.owner = m.value;
	if (m.range.start != m.range.last)
		pages.prot |= VPRIM_TYPE1_MAP_WRITE;
	return pages;
}

static int learn_pages(struct mock_ioas *ioas, const struct vprim_ioas_mapping *area)
{
	uint64_t name = name_of(area);
	const struct vprim_range range = {
		name, name + !!(area->prot & VPRIM_IOAS_WRITEABLE),
	};

	return area->shares > 1 ? 0 :
	       vprim_iova_map_insert(&ioas->ictx->pages, &range, ioas->source, NULL);
}

static void forget_pages(struct mock_ioas *ioas, const struct vprim_ioas_mapping *area)
{
	if (area->shares <= 1)
		certain(vprim_iova_map_remove_at(&ioas->ictx->pages, name_of(area),
						 NULL));
}

/* The first area of a file's pages takes hold of the file. */
static int fill_file(struct mock_ioas *ioas, const struct vprim_ioas_mapping *area)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct mock_memfd *m = memfd_of(ioas, area->pages);
	int ret = -EBADF;

	if (!m) {
		m = mock_alloc_(mock, sizeof(*m));
		if (!m)
			return -ENOMEM;
		m->buffer = ioas->buffer;
		if (m->buffer.device)
			ret = mock_buffer_bytes_(&m->buffer) ? 0 : -ENODEV;
		else if (mock->ops.memfd_get)
			ret = mock->ops.memfd_get(mock->config.ctx, ioas->task,
						  ioas->fd, &m->memfd);
		if (ret) {
			mock_free_(mock, m, sizeof(*m));
			return ret;
		}
		m->pages = area->pages;
		m->next = ioas->memfds;
		ioas->memfds = m;
	}
	m->areas++;
	return 0;
}

static int fill(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct mock_ioas *ioas = ctx;
	struct vprim_mock *mock = ioas->ictx->mock;
	uint64_t size = area->range.last - area->range.start + 1;
	struct mock_pages pages;
	int ret;

	if (area->kind != VPRIM_IOAS_USER)
		return fill_file(ioas, area);
	ret = learn_pages(ioas, area);
	if (ret || !pinned(ioas) || !mock->ops.pin)
		return ret;
	pages = mock_ioas_pages_(ioas, area);
	ret = mock->ops.pin(mock->config.ctx, pages.owner, area->uptr, size,
			    pages.prot);
	if (ret)
		forget_pages(ioas, area);
	return ret;
}

static void unfill(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct mock_ioas *ioas = ctx;
	struct vprim_mock *mock = ioas->ictx->mock;
	uint64_t size = area->range.last - area->range.start + 1;
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_FREED, .object = ioas->number,
		.iova = area->range.start, .size_bytes = size,
		.value = { area->uptr, area->prot },
	};
	struct mock_memfd **link = &ioas->memfds, *m;

	if (area->kind == VPRIM_IOAS_USER) {
		struct mock_pages pages = mock_ioas_pages_(ioas, area);

		/* Not at the end of the process, which has lost its memory before:
		 * the page tables have gone by then. */
		if (pinned(ioas) && mock->ops.unpin &&
		    mock->ops.unpin(mock->config.ctx, pages.owner, area->uptr, size,
				    pages.prot))
			mock_note_(mock, &note);
		forget_pages(ioas, area);
		return;
	}
	/* It is there: the area's fill has put it in. */
	while ((*link)->pages != area->pages)
		link = &(*link)->next;
	m = *link;
	if (--m->areas)
		return;
	*link = m->next;
	if (m->memfd && mock->ops.memfd_put)
		mock->ops.memfd_put(mock->config.ctx, m->memfd);
	mock_free_(mock, m, sizeof(*m));
}

/* Both parts are of the same pages; a file is held once for each. */
static void cut(void *ctx, const struct vprim_ioas_mapping *low,
		const struct vprim_ioas_mapping *high)
{
	struct mock_memfd *m = memfd_of(ctx, low->pages);

	(void)high;
	if (m)
		m->areas++;
}

static const struct vprim_ioas_ops engine_ops = {
	.fill = fill, .unfill = unfill, .cut = cut,
};

/* -- its life ---------------------------------------------------------------------- */

int mock_ioas_new_(struct mock_ictx *ictx, struct mock_ioas **ioas)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_ioas *new = mock_alloc_(mock, sizeof(*new));
	struct vprim_ioas_config config;

	if (!new)
		return -ENOMEM;
	vprim_ioas_config_init(&config);
	config.alloc = mock->config.alloc;
	config.alloc_ctx = mock->config.alloc_ctx;
	config.ops = &engine_ops;
	config.ops_ctx = new;
	config.release = mock->config.release;
	certain(vprim_ioas_init(&new->engine, sizeof(new->engine), &config, NULL));
	new->ictx = ictx;
	new->number = ++mock->numbers;
	mock_object_add_(ictx, &new->object, MOCK_IOAS);
	*ioas = new;
	return 0;
}

void mock_ioas_free_(struct mock_ioas *ioas)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct vprim_ioas_stats stats;
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_LEFT, .object = ioas->number, .text = "mapping",
	};

	vprim_ioas_get_stats(&ioas->engine, &stats);
	if (stats.areas) {
		note.value[0] = stats.areas;
		mock_note_(mock, &note);
	}
	vprim_ioas_fini(&ioas->engine);
	mock_free_(mock, ioas, sizeof(*ioas));
}

static struct mock_ioas *find(struct mock_ictx *ictx, uint32_t id, uint64_t task)
{
	struct mock_ioas *ioas = (struct mock_ioas *)mock_object_(ictx, id, MOCK_IOAS);

	if (ioas) {
		ioas->task = task;
		ioas->source = mock_owner_(ictx->mock, task);
		ictx->mock->note.object = ioas->number;
	}
	return ioas;
}

/* -- its calls ----------------------------------------------------------------------- */

static int64_t alloc(struct mock_ictx *ictx, uint64_t task,
		     struct iommu_ioas_alloc_ *args, uint64_t arg)
{
	struct mock_ioas *ioas;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	ret = mock_ioas_new_(ictx, &ioas);
	if (ret)
		return ret;
	args->out_ioas_id = ioas->object.id;
	ictx->mock->note.object = ioas->number;
	ret = mock_out_(ictx->mock, task, arg, args, sizeof(*args));
	if (ret) {
		mock_object_remove_(ictx, &ioas->object);
		mock_ioas_free_(ioas);
	}
	return ret;
}

static int64_t allow(struct mock_ictx *ictx, uint64_t task,
		     const struct iommu_ioas_allow_ *args)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_ioas *ioas;
	struct vprim_range *list = NULL;
	size_t bytes = (size_t)args->num_iovas * sizeof(*list);
	int ret = 0;

	if (args->reserved)
		return -EOPNOTSUPP;
	ioas = find(ictx, args->ioas_id, task);
	if (!ioas)
		return -ENOENT;
	/* What no program can have given is not reserved for it first. */
	if (bytes > UINT64_C(1) << 28)
		return -ENOMEM;
	if (bytes) {
		list = mock_alloc_(mock, bytes);
		if (!list)
			return -ENOMEM;
		ret = mock_in_(mock, task, list, args->allowed_iovas, bytes);
	}
	if (!ret)
		ret = vprim_ioas_allow(&ioas->engine, list, args->num_iovas,
				       &mock->why);
	mock->note.value[0] = args->num_iovas;
	mock_free_(mock, list, bytes);
	return ret;
}

static int64_t iova_ranges(struct mock_ictx *ictx, uint64_t task,
			   struct iommu_ioas_iova_ranges_ *args, uint64_t arg)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_ioas *ioas;
	struct vprim_ioas_stats stats;
	struct vprim_range *list;
	uint32_t capacity = args->num_iovas;
	size_t n = 0, bytes;
	int ret = 0;

	if (args->reserved)
		return -EOPNOTSUPP;
	ioas = find(ictx, args->ioas_id, task);
	if (!ioas)
		return -ENOENT;
	/* How many: they do not fit yet. */
	(void)!vprim_ioas_ranges(&ioas->engine, NULL, 0, &n, NULL);
	bytes = (n + 1) * sizeof(*list);
	list = mock_alloc_(mock, bytes);
	if (!list)
		return -ENOMEM;
	certain(vprim_ioas_ranges(&ioas->engine, list, n, &n, NULL));
	vprim_ioas_get_stats(&ioas->engine, &stats);
	if (capacity)
		ret = mock_out_(mock, task, args->allowed_iovas, list,
				(n < capacity ? n : capacity) * sizeof(*list));
	mock_free_(mock, list, bytes);
	if (ret)
		return ret;
	args->num_iovas = (uint32_t)n;
	args->out_iova_alignment = stats.iova_alignment;
	ret = mock_out_(mock, task, arg, args, sizeof(*args));
	return ret ? ret : n > capacity ? -EMSGSIZE : 0;
}

static int64_t map(struct mock_ictx *ictx, uint64_t task,
		   struct iommu_ioas_map_ *args, uint64_t arg)
{
	struct mock_ioas *ioas = find(ictx, args->ioas_id, task);
	struct vprim_ioas_map_args m = {
		.flags = args->flags, .reserved = args->reserved,
		.uptr = args->user_va, .length_bytes = args->length,
		.iova = args->iova,
	};
	int ret = vprim_ioas_map(ioas ? &ioas->engine : NULL, &m, &args->iova,
				 &ictx->mock->why);

	mock_trace_(ictx->mock, ioas ? ioas->number : 0, args->iova, args->length,
		   args->user_va, args->flags);
	return ret ? ret : mock_out_(ictx->mock, task, arg, args, sizeof(*args));
}

static int64_t map_file(struct mock_ictx *ictx, uint64_t task,
			struct iommu_ioas_map_file_ *args, uint64_t arg)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_ioas *ioas = find(ictx, args->ioas_id, task);
	struct vprim_ioas_map_args m = {
		.flags = args->flags, .uptr = args->start,
		.length_bytes = args->length, .iova = args->iova,
		.kind = VPRIM_IOAS_FILE,
	};
	struct vprim_mock_file *file;
	int ret;

	if (ioas) {
		ioas->fd = args->fd;
		memset(&ioas->buffer, 0, sizeof(ioas->buffer));
	}
	if (ioas && !mock_file_(mock, task, args->fd, &file) && file &&
	    file->kind == VPRIM_MOCK_DMABUF) {
		ioas->buffer = file->buffer;
		m.kind = VPRIM_IOAS_DMABUF;
		if (args->start > file->buffer.size ||
		    args->length > file->buffer.size - args->start)
			return -EINVAL;
	}
	ret = vprim_ioas_map(ioas ? &ioas->engine : NULL, &m, &args->iova,
			     &mock->why);
	mock_trace_(mock, ioas ? ioas->number : 0, args->iova, args->length,
		   args->start, args->flags);
	return ret ? ret : mock_out_(mock, task, arg, args, sizeof(*args));
}

static int64_t copy(struct mock_ictx *ictx, uint64_t task,
		    struct iommu_ioas_copy_ *args, uint64_t arg)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_ioas *src = find(ictx, args->src_ioas_id, task);
	struct mock_ioas *dst = find(ictx, args->dst_ioas_id, task);
	struct vprim_ioas_copy_args c = {
		.flags = args->flags, .length_bytes = args->length,
		.dst_iova = args->dst_iova, .src_iova = args->src_iova,
	};
	int ret;

	/* A copy of a file's pages in another IOAS has no descriptor to take hold
	 * of: it is refused there. */
	if (src && dst) {
		dst->fd = -1;
		memset(&dst->buffer, 0, sizeof(dst->buffer));
	}
	ret = vprim_ioas_copy(dst ? &dst->engine : NULL, src ? &src->engine : NULL,
			      &c, &args->dst_iova, &mock->why);
	mock_trace_(mock, dst ? dst->number : 0, args->dst_iova, args->length,
		   args->src_iova, args->flags);
	mock->note.value[2] = src ? src->number : 0;
	return ret ? ret : mock_out_(mock, task, arg, args, sizeof(*args));
}

static int64_t unmap(struct mock_ictx *ictx, uint64_t task,
		     struct iommu_ioas_unmap_ *args, uint64_t arg)
{
	struct mock_ioas *ioas = find(ictx, args->ioas_id, task);
	struct vprim_ioas_unmapped done = { 0 };
	int ret = vprim_ioas_unmap(ioas ? &ioas->engine : NULL, args->iova,
				   args->length, &done, &ictx->mock->why);

	mock_trace_(ictx->mock, ioas ? ioas->number : 0, args->iova, args->length, 0,
		   done.size_bytes);
	if (ret)
		return ret;
	args->length = done.size_bytes;
	return mock_out_(ictx->mock, task, arg, args, sizeof(*args));
}

int64_t mock_ioas_ioctl_(struct mock_ictx *ictx, uint64_t task, uint32_t request,
			 void *args, uint64_t arg, uint32_t bytes)
{
	(void)bytes;
	switch (request) {
	case IOMMU_IOAS_ALLOC_:
		return alloc(ictx, task, args, arg);
	case IOMMU_IOAS_ALLOW_IOVAS_:
		return allow(ictx, task, args);
	case IOMMU_IOAS_IOVA_RANGES_:
		return iova_ranges(ictx, task, args, arg);
	case IOMMU_IOAS_MAP_:
		return map(ictx, task, args, arg);
	case IOMMU_IOAS_MAP_FILE_:
		return map_file(ictx, task, args, arg);
	case IOMMU_IOAS_COPY_:
		return copy(ictx, task, args, arg);
	default:
		return unmap(ictx, task, args, arg);
	}
}
