// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Page tables of their own (HWPT), and the pages that a device wrote.
 *
 * Source: Linux drivers/iommu/iommufd/hw_pagetable.c, device.c.
 */
#include "mock_internal.h"

int mock_hwpt_new_(struct mock_ioas *ioas, bool dirty, struct mock_hwpt **hwpt)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	const struct vprim_mock_iommu *iommu = mock->config.iommu;
	struct mock_hwpt *h = mock_alloc_(mock, sizeof(*h));
	int ret;

	if (!h)
		return -ENOMEM;
	h->ioas = ioas;
	h->can_dirty = dirty;
	h->domain.aperture = iommu->aperture;
	h->domain.pgsize_bitmap = iommu->pgsize_bitmap;
	certain(vprim_iova_map_init(&h->written, sizeof(h->written),
				    mock->config.alloc, mock->config.alloc_ctx,
				    NULL, NULL));
	ret = vprim_ioas_attach(&ioas->engine, &h->domain, &mock->why);
	if (ret) {
		mock_free_(mock, h, sizeof(*h));
		return ret;
	}
	mock_object_add_(ioas->ictx, &h->object, MOCK_HWPT);
	ioas->object.users++;
	*hwpt = h;
	return 0;
}

void mock_hwpt_free_(struct mock_ictx *ictx, struct mock_hwpt *hwpt)
{
	mock_object_remove_(ictx, &hwpt->object);
	certain(vprim_ioas_detach(&hwpt->ioas->engine, &hwpt->domain, NULL));
	hwpt->ioas->object.users--;
	vprim_iova_map_fini(&hwpt->written);
	mock_free_(ictx->mock, hwpt, sizeof(*hwpt));
}

void mock_hwpt_written_(struct mock_hwpt *hwpt, uint64_t iova, size_t n)
{
	uint64_t page = iova & ~(MOCK_PAGE - 1), last = iova + (n - 1);

	if (!hwpt->dirty)
		return;
	for (;; page += MOCK_PAGE) {
		const struct vprim_range r = { page, page + (MOCK_PAGE - 1) };

		/* A page that is there already is dirty already. */
		if (vprim_iova_map_insert(&hwpt->written, &r, 1, NULL) == -ENOMEM ||
		    r.last >= last)
			return;
	}
}

static int64_t hwpt_alloc(struct mock_ictx *ictx, uint64_t task,
			  struct iommu_hwpt_alloc_whole_ *args, uint64_t arg,
			  uint32_t bytes)
{
	struct vprim_mock *mock = ictx->mock;
	struct mock_object *o;
	struct mock_hwpt *h;
	bool dirty = args->flags & IOMMU_HWPT_DIRTY_;
	int ret;

	if (args->flags & ~(IOMMU_HWPT_NEST_PARENT_ | IOMMU_HWPT_DIRTY_) ||
	    args->reserved)
		return -EOPNOTSUPP;
	if (!args->data_type != !args->data_len)
		return -EINVAL;
	if (!mock_object_(ictx, args->dev_id, MOCK_BOUND))
		return -ENOENT;
	o = mock_object_(ictx, args->pt_id, MOCK_NONE);
	if (!o)
		return -ENOENT;
	if (o->type != MOCK_IOAS)
		return -EINVAL;
	/* Nothing nests, and no driver takes data of its own. */
	if (mock->config.iommu->emulated || args->data_type ||
	    args->flags & IOMMU_HWPT_NEST_PARENT_ ||
	    (dirty && !mock->config.iommu->dirty_tracking))
		return -EOPNOTSUPP;
	ret = mock_hwpt_new_((struct mock_ioas *)o, dirty, &h);
	if (ret)
		return ret;
	args->out_hwpt_id = h->object.id;
	ret = mock_out_(mock, task, arg, args, bytes);
	if (ret)
		mock_hwpt_free_(ictx, h);
	return ret;
}

static int64_t hw_info(struct mock_ictx *ictx, uint64_t task,
		       struct iommu_hw_info_ *args, uint64_t arg, uint32_t bytes)
{
	struct vprim_mock *mock = ictx->mock;
	uint8_t zeroes[64] = { 0 };
	uint64_t at;
	int ret = 0;

	if (args->flags || args->reserved)
		return -EOPNOTSUPP;
	if (!mock_object_(ictx, args->dev_id, MOCK_BOUND) ||
	    mock->config.iommu->emulated)
		return -ENOENT;
	/* No driver's data: the caller's room is cleared. */
	for (at = 0; at < args->data_len && !ret; at += sizeof(zeroes))
		ret = mock_out_(mock, task, args->data_uptr + at, zeroes,
				args->data_len - at < sizeof(zeroes) ?
				(size_t)(args->data_len - at) : sizeof(zeroes));
	if (ret)
		return ret;
	args->data_len = 0;
	args->out_data_type = 0;
	args->out_capabilities = mock->config.iommu->dirty_tracking;
	return mock_out_(mock, task, arg, args, bytes);
}

static int64_t set_dirty(struct mock_ictx *ictx,
			 const struct iommu_hwpt_set_dirty_ *args)
{
	struct mock_hwpt *h;

	if (args->flags & ~1u || args->reserved)
		return -EOPNOTSUPP;
	h = (struct mock_hwpt *)mock_object_(ictx, args->hwpt_id, MOCK_HWPT);
	if (!h)
		return -ENOENT;
	if (!h->can_dirty)
		return -EOPNOTSUPP;
	/* Begins clean. */
	if (args->flags && !h->dirty)
		vprim_iova_map_clear(&h->written);
	h->dirty = args->flags;
	return 0;
}

/* Bit by bit: few pages are dirty. Bits are added, never taken away. */
static int report(struct mock_hwpt *h, uint64_t task,
		  const struct iommu_hwpt_get_dirty_ *args, bool keep)
{
	struct vprim_mock *mock = h->ioas->ictx->mock;
	struct vprim_range rest = { args->iova, args->iova + (args->length - 1) };
	struct vprim_iova_mapping page;
	unsigned int shift = 0;

	while (!(args->page_bytes >> shift & 1))
		shift++;
	while (!vprim_iova_map_first(&h->written, &rest, &page)) {
		uint64_t bit = (page.range.start - args->iova) >> shift;
		uint8_t byte;

		if (mock_in_(mock, task, &byte, args->bitmap + bit / 8, 1))
			return -EFAULT;
		byte = (uint8_t)(byte | 1 << bit % 8);
		if (mock_out_(mock, task, args->bitmap + bit / 8, &byte, 1))
			return -EFAULT;
		if (!keep)
			certain(vprim_iova_map_remove(&h->written, &page.range,
						      NULL));
		if (page.range.last >= rest.last)
			break;
		rest.start = page.range.last + 1;
	}
	return 0;
}

static int64_t get_dirty(struct mock_ictx *ictx, uint64_t task,
			 const struct iommu_hwpt_get_dirty_ *args)
{
	struct vprim_dirty_iommufd request = {
		.iova = args->iova, .length_bytes = args->length,
		.page_bytes = args->page_bytes, .native_last = UINT64_MAX,
	};
	struct vprim_ioas_stats stats;
	struct mock_hwpt *h;
	int ret;

	if (args->flags & ~1u || args->reserved)
		return -EOPNOTSUPP;
	h = (struct mock_hwpt *)mock_object_(ictx, args->hwpt_id, MOCK_HWPT);
	if (!h)
		return -ENOENT;
	if (!h->can_dirty)
		return -EOPNOTSUPP;
	vprim_ioas_get_stats(&h->ioas->engine, &stats);
	request.iova_alignment = stats.iova_alignment;
	ret = vprim_dirty_check_iommufd(&request, NULL);
	if (!ret && !h->dirty)
		ret = -EINVAL;
	return ret ? ret : report(h, task, args, args->flags & 1);
}

int64_t mock_hwpt_ioctl_(struct mock_ictx *ictx, uint64_t task, uint32_t request,
			 void *args, uint64_t arg, uint32_t bytes)
{
	switch (request) {
	case IOMMU_HWPT_ALLOC_:
		return hwpt_alloc(ictx, task, args, arg, bytes);
	case IOMMU_GET_HW_INFO_:
		return hw_info(ictx, task, args, arg, bytes);
	case IOMMU_HWPT_SET_DIRTY_TRACKING_:
		return set_dirty(ictx, args);
	default:
		return get_dirty(ictx, task, args);
	}
}
