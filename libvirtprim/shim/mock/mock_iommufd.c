// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * /dev/iommu: objects with ids, the copying of structures that grow, and devices
 * that are bound and attached.
 *
 * Source: Linux drivers/iommu/iommufd/main.c, device.c; copy_struct_from_user().
 */
#include "mock_internal.h"

/* -- objects -------------------------------------------------------------------- */

struct mock_object *mock_object_(struct mock_ictx *ictx, uint32_t id,
				 enum mock_object_type type)
{
	struct mock_object *o;

	for (o = ictx->objects; o && o->id != id; o = o->next)
		;
	return o && (type == MOCK_NONE || o->type == type) ? o : NULL;
}

void mock_object_add_(struct mock_ictx *ictx, struct mock_object *object,
		      enum mock_object_type type)
{
	struct mock_object **link = &ictx->objects;
	uint32_t id = 1;

	for (; *link && (*link)->id == id; link = &(*link)->next)
		id++;
	object->type = type;
	object->id = id;
	object->users = 0;
	object->next = *link;
	*link = object;
}

void mock_object_remove_(struct mock_ictx *ictx, struct mock_object *object)
{
	struct mock_object **link = &ictx->objects;

	while (*link != object)
		link = &(*link)->next;
	*link = object->next;
}

struct mock_ictx *mock_ictx_new_(struct vprim_mock *mock)
{
	struct mock_ictx *ictx = mock_alloc_(mock, sizeof(*ictx));

	if (ictx) {
		ictx->mock = mock;
		ictx->refs = 1;
		certain(vprim_iova_map_init(&ictx->pages, sizeof(ictx->pages),
					    mock->config.alloc,
					    mock->config.alloc_ctx, NULL, NULL));
	}
	return ictx;
}

/* Who needs another goes first: bound devices have gone, then HWPTs, then IOASes. */
void mock_ictx_put_(struct mock_ictx *ictx)
{
	struct mock_object *o, *next;

	if (--ictx->refs)
		return;
	for (o = ictx->objects; o; o = next) {
		next = o->next;
		if (o->type == MOCK_HWPT)
			mock_hwpt_free_(ictx, (struct mock_hwpt *)o);
	}
	while (ictx->objects) {
		o = ictx->objects;
		mock_object_remove_(ictx, o);
		mock_ioas_free_((struct mock_ioas *)o);
	}
	vprim_iova_map_fini(&ictx->pages);
	mock_free_(ictx->mock, ictx, sizeof(*ictx));
}

static int64_t destroy(struct mock_ictx *ictx, const struct iommu_destroy_ *args)
{
	struct mock_object *o = mock_object_(ictx, args->id, MOCK_NONE);

	if (!o)
		return -ENOENT;
	/* A bound device is its file's. */
	if (o->users || o->type == MOCK_BOUND)
		return -EBUSY;
	if (o->type == MOCK_HWPT) {
		mock_hwpt_free_(ictx, (struct mock_hwpt *)o);
		return 0;
	}
	if (ictx->vfio == (struct mock_ioas *)o)
		ictx->vfio = NULL;
	mock_object_remove_(ictx, o);
	mock_ioas_free_((struct mock_ioas *)o);
	return 0;
}

/* -- devices ------------------------------------------------------------------------ */

int mock_bind_(struct mock_ictx *ictx, struct vprim_mock_device *device)
{
	struct mock_bound *b = mock_alloc_(ictx->mock, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->device = device;
	mock_object_add_(ictx, &b->object, MOCK_BOUND);
	device->bound = b;
	device->ictx = ictx;
	ictx->refs++;
	return 0;
}

void mock_unbind_(struct vprim_mock_device *device)
{
	struct mock_ictx *ictx = device->ictx;

	mock_detach_(device);
	mock_object_remove_(ictx, &device->bound->object);
	mock_free_(ictx->mock, device->bound, sizeof(*device->bound));
	device->bound = NULL;
	device->ictx = NULL;
	mock_ictx_put_(ictx);
}

static void trace_attached(struct vprim_mock_device *device, uint32_t number)
{
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_ATTACHED, .kind = VPRIM_MOCK_IOMMUFD,
		.object = number, .device = device,
	};

	mock_note_(device->mock, &note);
}

/* What is mapped already gets pinned now, or the attach fails. */
static int pin_areas(struct mock_ioas *ioas)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_ioas_cursor at;
	struct vprim_ioas_mapping area;
	int more, ret = 0;

	for (more = mock->ops.pin ?
		    vprim_ioas_first(&ioas->engine, &all, &at, &area) : -ENOENT;
	     !more && !ret; more = vprim_ioas_next(&at, &area)) {
		struct mock_pages pages = mock_ioas_pages_(ioas, &area);

		if (area.kind == VPRIM_IOAS_USER)
			ret = mock->ops.pin(mock->config.ctx, pages.owner, area.uptr,
					    area.range.last - area.range.start + 1,
					    pages.prot);
	}
	return ret;
}

static int attach_emulated(struct vprim_mock_device *d, struct mock_ioas *ioas)
{
	int ret;

	memset(&d->access, 0, sizeof(d->access));
	d->access.iova_alignment = MOCK_PAGE;
	ret = vprim_ioas_access_attach(&ioas->engine, &d->access, &d->mock->why);
	if (ret)
		return ret;
	d->emulated = ioas;
	ioas->object.users++;
	trace_attached(d, ioas->number);
	return 0;
}

/* The device's own domain: what it and its IOMMU cannot do is reserved. */
static int enter(struct vprim_mock_device *d, struct mock_ioas *ioas)
{
	const struct vprim_mock_iommu *iommu = d->mock->config.iommu;
	int ret;

	memset(&d->domain, 0, sizeof(d->domain));
	d->domain.aperture = iommu->aperture;
	d->domain.pgsize_bitmap = iommu->pgsize_bitmap;
	d->domain.vtd = iommu->vtd;
	d->domain.reserved = iommu->reserved;
	d->domain.nr_reserved = iommu->nr_reserved;
	ret = vprim_ioas_attach(&ioas->engine, &d->domain, &d->mock->why);
	if (ret)
		return ret;
	ret = pin_areas(ioas);
	if (ret)
		certain(vprim_ioas_detach(&ioas->engine, &d->domain, NULL));
	return ret;
}

/* An IOAS has one HWPT for its attached devices, made with the first. */
static struct mock_hwpt *automatic(struct mock_ioas *ioas)
{
	struct mock_object *o;

	for (o = ioas->ictx->objects; o; o = o->next) {
		struct mock_hwpt *h = (struct mock_hwpt *)o;

		if (o->type == MOCK_HWPT && h->automatic && h->ioas == ioas)
			return h;
	}
	return NULL;
}

static int attach_hwpt(struct vprim_mock_device *d, struct mock_hwpt *h)
{
	int ret = enter(d, h->ioas);

	if (ret)
		return ret;
	d->hwpt = h;
	h->object.users++;
	trace_attached(d, h->ioas->number);
	return 0;
}

static int attach_ioas(struct vprim_mock_device *d, struct mock_ioas *ioas)
{
	struct mock_hwpt *h = automatic(ioas);
	bool made = !h;
	int ret = 0;

	if (made)
		ret = mock_hwpt_new_(ioas, false, &h);
	if (ret)
		return ret;
	h->automatic = true;
	ret = attach_hwpt(d, h);
	if (ret && made)
		mock_hwpt_free_(d->ictx, h);
	return ret;
}

int mock_attach_(struct vprim_mock_device *device, uint32_t *pt_id)
{
	struct mock_object *o = mock_object_(device->ictx, *pt_id, MOCK_NONE);
	struct mock_hwpt *before = device->hwpt;
	int ret;

	if (!o)
		return -ENOENT;
	if (o->type != MOCK_IOAS && o->type != MOCK_HWPT)
		return -EINVAL;
	if (device->mock->config.iommu->emulated) {
		mock_detach_(device);
		/* Without an IOMMU there are no page tables. */
		return attach_emulated(device, (struct mock_ioas *)o);
	}
	/* The same again is no change; else the old one goes first. */
	if (before && (o == &before->object ||
		       (before->automatic && o == &before->ioas->object))) {
		*pt_id = before->object.id;
		return 0;
	}
	if (before) {
		before->object.users++;		/* to come back to */
		mock_detach_(device);
	}
	ret = o->type == MOCK_IOAS ? attach_ioas(device, (struct mock_ioas *)o) :
				     attach_hwpt(device, (struct mock_hwpt *)o);
	if (before) {
		before->object.users--;
		/* Memory that has gone since leaves it detached. */
		if (ret)
			(void)!attach_hwpt(device, before);
		if (!before->object.users && before->automatic)
			mock_hwpt_free_(device->ictx, before);
	}
	if (!ret)
		*pt_id = device->hwpt->object.id;
	return ret;
}

void mock_detach_(struct vprim_mock_device *device)
{
	struct mock_hwpt *h = device->hwpt;

	if (device->emulated) {
		certain(vprim_ioas_access_detach(&device->access, NULL));
		device->emulated->object.users--;
		device->emulated = NULL;
	}
	if (h) {
		certain(vprim_ioas_detach(&h->ioas->engine, &device->domain, NULL));
		device->hwpt = NULL;
		if (!--h->object.users && h->automatic)
			mock_hwpt_free_(device->ictx, h);
	}
}

/* -- options -------------------------------------------------------------------------- */

static int rlimit_mode(struct iommu_option_ *args)
{
	if (args->object_id)
		return -EOPNOTSUPP;
	if (args->op == IOMMU_OPTION_GET_) {
		args->val64 = 0;
		return 0;
	}
	/* To set it takes CAP_SYS_RESOURCE, which nobody has here. */
	return args->op == IOMMU_OPTION_SET_ ? -EPERM : -EOPNOTSUPP;
}

static int huge_pages(struct mock_ictx *ictx, struct iommu_option_ *args)
{
	struct mock_ioas *ioas = (struct mock_ioas *)mock_object_(ictx,
						args->object_id, MOCK_IOAS);
	struct vprim_ioas_stats stats;

	if (!ioas)
		return -ENOENT;
	switch (args->op) {
	case IOMMU_OPTION_GET_:
		vprim_ioas_get_stats(&ioas->engine, &stats);
		args->val64 = stats.large_pages;
		return 0;
	case IOMMU_OPTION_SET_:
		if (args->val64 > 1)
			return -EINVAL;
		return vprim_ioas_large_pages(&ioas->engine, args->val64,
					      &ictx->mock->why);
	default:
		return -EOPNOTSUPP;
	}
}

static int64_t option(struct mock_ictx *ictx, uint64_t task,
		      struct iommu_option_ *args, uint64_t arg)
{
	int ret;

	if (args->reserved)
		return -EOPNOTSUPP;
	if (args->option_id == IOMMU_OPTION_RLIMIT_)
		ret = rlimit_mode(args);
	else if (args->option_id == IOMMU_OPTION_HUGE_PAGES_)
		ret = huge_pages(ictx, args);
	else
		ret = -EOPNOTSUPP;
	if (ret)
		return ret;
	return mock_out_(ictx->mock, task, arg + 16, &args->val64, 8);
}

static int64_t vfio_ioas(struct mock_ictx *ictx, uint64_t task,
			 struct iommu_vfio_ioas_ *args, uint64_t arg)
{
	struct mock_object *o;

	if (args->reserved)
		return -EOPNOTSUPP;
	switch (args->op) {
	case IOMMU_VFIO_IOAS_GET_:
		if (!ictx->vfio)
			return -ENODEV;
		args->ioas_id = ictx->vfio->object.id;
		return mock_out_(ictx->mock, task, arg, args, sizeof(*args));
	case IOMMU_VFIO_IOAS_SET_:
		o = mock_object_(ictx, args->ioas_id, MOCK_IOAS);
		if (!o)
			return -ENOENT;
		ictx->vfio = (struct mock_ioas *)o;
		return 0;
	case IOMMU_VFIO_IOAS_CLEAR_:
		ictx->vfio = NULL;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* -- the switch --------------------------------------------------------------------------- */

static const struct call {
	unsigned long request;
	uint32_t least, size;	/* of its structure: what must be there, and all */
} calls[] = {
	{ IOMMU_DESTROY_, 8, 8 },
	{ IOMMU_IOAS_ALLOC_, 12, 12 },
	{ IOMMU_IOAS_ALLOW_IOVAS_, 24, 24 },
	{ IOMMU_IOAS_COPY_, 40, 40 },
	{ IOMMU_IOAS_IOVA_RANGES_, 32, 32 },
	{ IOMMU_IOAS_MAP_, 40, 40 },
	{ IOMMU_IOAS_MAP_FILE_, 40, 40 },
	{ IOMMU_IOAS_UNMAP_, 24, 24 },
	{ IOMMU_OPTION_, 24, 24 },
	{ IOMMU_VFIO_IOAS_, 12, 12 },
	{ IOMMU_HWPT_ALLOC_, 24, 48 },
	{ IOMMU_GET_HW_INFO_, 32, 40 },
	{ IOMMU_HWPT_SET_DIRTY_TRACKING_, 16, 16 },
	{ IOMMU_HWPT_GET_DIRTY_BITMAP_, 48, 48 },
};

/* A structure longer than ours may have nothing but zeroes behind. */
static int copy_in(struct vprim_mock *mock, uint64_t task, uint64_t arg,
		   const struct call *call, uint8_t *args, uint32_t *bytes)
{
	uint32_t at, n;

	if (mock_in_(mock, task, bytes, arg, sizeof(*bytes)))
		return -EFAULT;
	if (*bytes < call->least)
		return -EINVAL;
	for (at = call->size; at < *bytes; at += n) {
		uint8_t tail[4096];
		uint32_t i;

		n = *bytes - at < sizeof(tail) ? *bytes - at : sizeof(tail);
		if (mock_in_(mock, task, tail, arg + at, n))
			return -EFAULT;
		for (i = 0; i < n; i++)
			if (tail[i])
				return -E2BIG;
	}
	if (*bytes > call->size)
		*bytes = call->size;
	return mock_in_(mock, task, args, arg, *bytes);
}

static int64_t execute(struct mock_ictx *ictx, uint64_t task, uint32_t request,
		       void *args, uint64_t arg, uint32_t bytes)
{
	switch (request) {
	case IOMMU_DESTROY_:
		return destroy(ictx, args);
	case IOMMU_OPTION_:
		return option(ictx, task, args, arg);
	case IOMMU_VFIO_IOAS_:
		return vfio_ioas(ictx, task, args, arg);
	case IOMMU_HWPT_ALLOC_:
	case IOMMU_GET_HW_INFO_:
	case IOMMU_HWPT_SET_DIRTY_TRACKING_:
	case IOMMU_HWPT_GET_DIRTY_BITMAP_:
		return mock_hwpt_ioctl_(ictx, task, request, args, arg, bytes);
	default:
		return mock_ioas_ioctl_(ictx, task, request, args, arg, bytes);
	}
}

int64_t mock_iommufd_ioctl_(struct vprim_mock_file *file, uint64_t task,
			    uint32_t request, uint64_t arg)
{
	uint64_t args[8] = { 0 };	/* the longest, aligned */
	uint32_t bytes;
	size_t i;
	int ret;

	for (i = 0; i < VPRIM_ARRAY_LEN(calls); i++)
		if (calls[i].request == request)
			break;
	if (i == VPRIM_ARRAY_LEN(calls))
		return mock_compat_ioctl_(file->ictx, task, request, arg);
	ret = copy_in(file->mock, task, arg, &calls[i], (uint8_t *)args, &bytes);
	return ret ? ret : execute(file->ictx, task, request, args, arg, bytes);
}
