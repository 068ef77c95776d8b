// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* An iommufd in a container's place: the VFIO calls on its compatibility IOAS. */
#include "mock_internal.h"

/* A group that is put in has it made. */
int mock_compat_create_(struct mock_ictx *ictx)
{
	return ictx->vfio ? 0 : mock_ioas_new_(ictx, &ictx->vfio);
}

static int64_t set_iommu(struct mock_ictx *ictx, uint64_t kind)
{
	if (kind != VPRIM_TYPE1_IOMMU && kind != VPRIM_TYPE1_V2)
		return -EINVAL;
	if (!ictx->vfio)
		return -ENODEV;
	/* Only without large pages can v1 cut a mapping. */
	return kind == VPRIM_TYPE1_IOMMU ?
	       vprim_ioas_large_pages(&ictx->vfio->engine, false, &ictx->mock->why) :
	       0;
}

static int64_t map_dma(struct mock_ioas *ioas, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct vprim_ioas_compat_map_args args;
	struct vfio_dma_map_ m;

	if (mock_in_(mock, task, &m, arg, sizeof(m)))
		return -EFAULT;
	args = (struct vprim_ioas_compat_map_args){
		.argsz = m.argsz, .flags = m.flags, .vaddr = m.vaddr,
		.iova = m.iova, .size_bytes = m.size,
	};
	mock_trace_(mock, ioas->number, m.iova, m.size, m.vaddr, m.flags);
	return vprim_ioas_compat_map(&ioas->engine, &args, &mock->why);
}

/* The size is written back when the unmap failed, too. */
static int64_t unmap_dma(struct mock_ioas *ioas, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct vprim_ioas_compat_unmap_args args;
	struct vprim_ioas_unmapped done = { 0 };
	struct vfio_dma_unmap_ u;
	int ret;

	if (mock_in_(mock, task, &u, arg, sizeof(u)))
		return -EFAULT;
	args = (struct vprim_ioas_compat_unmap_args){
		.argsz = u.argsz, .flags = u.flags, .iova = u.iova,
		.size_bytes = u.size,
	};
	ret = vprim_ioas_compat_unmap(&ioas->engine, &args, &done, &mock->why);
	mock_trace_(mock, ioas->number, u.iova, u.size, u.flags, done.size_bytes);
	if (u.argsz < sizeof(u) || u.flags & ~VPRIM_TYPE1_UNMAP_ALL_MAPPINGS)
		return ret;
	u.size = done.size_bytes;
	if (mock_out_(mock, task, arg, &u, sizeof(u)))
		return -EFAULT;
	return ret;
}

static void fill_chain(struct mock_ioas *ioas, struct vprim_vfio_cap_chain *chain,
		       struct vprim_range *list, size_t n)
{
	static const struct vprim_vfio_cap_value dma_avail = {
		VPRIM_VFIO_CAP_IOMMU, VPRIM_VFIO_CAP_DMA_AVAIL, 1,
		{ .dma_avail = UINT32_MAX },
	};

	certain(vprim_ioas_ranges(&ioas->engine, list, n, &n, NULL));
	certain(vprim_vfio_cap_add_value(chain, &dma_avail));
	certain(vprim_vfio_cap_add_iova_ranges(chain, list, (uint32_t)n));
}

static int64_t get_info(struct mock_ioas *ioas, uint64_t task, uint64_t arg)
{
	struct vprim_mock *mock = ioas->ictx->mock;
	struct vprim_ioas_compat_info answer;
	struct vprim_vfio_cap_fixed info = { 0 };
	struct vprim_vfio_cap_chain chain;
	uint8_t head[VPRIM_VFIO_CAP_MIN_BYTES];
	size_t n = 0, bytes, capacity;
	uint8_t *buf;
	int ret;

	if (mock_in_(mock, task, head, arg, sizeof(head)))
		return -EFAULT;
	memcpy(&info.argsz, head, sizeof(info.argsz));
	ret = vprim_ioas_compat_get_info(&ioas->engine, info.argsz, &answer);
	if (ret)
		return ret;
	info.flags = answer.flags;
	info.pgsizes = answer.iova_pgsizes;
	n = answer.nr_windows;
	capacity = 64 + 16 * n;
	bytes = capacity + n * sizeof(struct vprim_range);
	buf = mock_alloc_(mock, bytes);
	if (!buf)
		return -ENOMEM;
	/* The list lies behind the chain; 64 and 16 keep it aligned. */
	certain(vprim_vfio_cap_chain_init(&chain, VPRIM_VFIO_CAP_IOMMUFD,
					  VPRIM_VFIO_CAP_IOMMU_BYTES, buf,
					  capacity));
	fill_chain(ioas, &chain, (struct vprim_range *)(void *)(buf + capacity), n);
	ret = mock_reply_(mock, task, arg, VPRIM_VFIO_CAP_IOMMU, &chain, &info);
	mock_free_(mock, buf, bytes);
	return ret;
}

int64_t mock_compat_ioctl_(struct mock_ictx *ictx, uint64_t task,
			   uint32_t request, uint64_t arg)
{
	struct mock_ioas *ioas = ictx->vfio;

	switch (request) {
	case VFIO_GET_API_VERSION_:
		return 0;
	case VFIO_CHECK_EXTENSION_:
		return vprim_ioas_compat_extension((uint32_t)arg);
	case VFIO_SET_IOMMU_:
		return set_iommu(ictx, arg);
	case VFIO_IOMMU_GET_INFO_:
	case VFIO_IOMMU_MAP_DMA_:
	case VFIO_IOMMU_UNMAP_DMA_:
		break;
	default:
		return -ENOTTY;
	}
	if (!ioas)
		return -ENODEV;
	ioas->source = mock_owner_(ictx->mock, task);
	if (request == VFIO_IOMMU_GET_INFO_)
		return get_info(ioas, task, arg);
	return request == VFIO_IOMMU_MAP_DMA_ ? map_dma(ioas, task, arg) :
						unmap_dma(ioas, task, arg);
}
