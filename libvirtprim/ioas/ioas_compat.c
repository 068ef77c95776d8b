// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The IOAS as a VFIO container, for programs written for type1.
 */
#include "ioas_internal.h"

/* VFIO's numbers, as a program gives them. */
#define VFIO_READ 1u
#define VFIO_WRITE 2u
#define VFIO_UNMAP_ALL 2u
#define VFIO_MAP_ARGSZ 32u
#define VFIO_UNMAP_ARGSZ 24u

static int check_wrapper(uint32_t argsz, uint32_t least, uint32_t flags,
			 uint32_t known, struct vprim_reason *why)
{
	if (argsz < least)
		return refuse(why, ARGSZ, VALUE(argsz));
	if (flags & ~known)
		return refuse(why, COMPAT_FLAG, VALUE(flags & ~known));
	return 0;
}

int vprim_ioas_compat_map(struct vprim_ioas *ioas,
			  const struct vprim_ioas_compat_map_args *args,
			  struct vprim_reason *why)
{
	struct vprim_ioas_map_args map = { .flags = VPRIM_IOAS_FIXED_IOVA };
	struct vprim_range range;
	int ret;

	vprim_reason_clear(why);
	ret = check_wrapper(args->argsz, VFIO_MAP_ARGSZ, args->flags,
			    VFIO_READ | VFIO_WRITE, why);
	if (ret)
		return ret;
	if (!ioas)
		return refuse(why, NO_IOAS);
	if (args->flags & VFIO_READ)
		map.flags |= VPRIM_IOAS_READABLE;
	if (args->flags & VFIO_WRITE)
		map.flags |= VPRIM_IOAS_WRITEABLE;
	map.uptr = args->vaddr;
	map.iova = args->iova;
	map.length_bytes = args->size_bytes;
	ret = vprim_ioas_map_user_(ioas, &map, first_half(ioas),
				   &range, why);
	return ret ? ret : vprim_ioas_finish_(ioas, &range, why);
}

/* Cut at both ends, with the kernel's arithmetic: the range may be anything. */
static int cut_ends(struct vprim_ioas *ioas, uint64_t iova, uint64_t size,
		    struct vprim_reason *why)
{
	uint64_t word = ioas->config_.native_last;
	int ret = vprim_ioas_cut(ioas, (iova - 1 + size) & word, why);

	/* Below 0 lies the last word, behind which nothing is cut. */
	return ret ? ret : vprim_ioas_cut(ioas, (iova - 1) & word, why);
}

static int unmap_ranged(struct vprim_ioas *ioas, uint64_t iova, uint64_t size,
			struct vprim_ioas_unmapped *done,
			struct vprim_reason *why)
{
	struct vprim_range range;
	int ret = 0;

	if (ioas->no_large_pages_)
		ret = cut_ends(ioas, iova, size, why);
	if (ret)
		return ret;
	if (!size)
		return refuse(why, LENGTH);
	if (!native_range(ioas->config_.native_last, iova, size, &range))
		return refuse(why, IOVA_WRAP, VALUE(iova));
	ret = vprim_ioas_unmap_range_(ioas, &range, done, why);
	if (!ret && !done->areas &&
	    !vprim_linux_has(ioas->config_.release,
			     VPRIM_CHANGE_IOAS_COMPAT_EMPTY))
		ret = refuse(why, NOTHING, RANGE(range));
	return ret;
}

static int unmap_all(struct vprim_ioas *ioas,
		     const struct vprim_ioas_compat_unmap_args *args,
		     struct vprim_ioas_unmapped *done, struct vprim_reason *why)
{
	struct vprim_range all = everything(ioas);
	uint64_t bad = args->iova ? args->iova : args->size_bytes;

	if (bad)
		return refuse(why, ALL, VALUE(bad));
	return vprim_ioas_unmap_range_(ioas, &all, done, why);
}

int vprim_ioas_compat_unmap(struct vprim_ioas *ioas,
			    const struct vprim_ioas_compat_unmap_args *args,
			    struct vprim_ioas_unmapped *done,
			    struct vprim_reason *why)
{
	struct vprim_ioas_unmapped did = { 0, 0, false };
	int ret;

	vprim_reason_clear(why);
	ret = check_wrapper(args->argsz, VFIO_UNMAP_ARGSZ, args->flags,
			    VFIO_UNMAP_ALL, why);
	if (!ret && !ioas)
		ret = refuse(why, NO_IOAS);
	if (!ret)
		ret = args->flags & VFIO_UNMAP_ALL ?
			      unmap_all(ioas, args, &did, why) :
			      unmap_ranged(ioas, args->iova, args->size_bytes,
					   &did, why);
	if (done)
		*done = did;
	return ret;
}

/* Bytes of the structures of VFIO_IOMMU_GET_INFO, padded to 8. */
#define INFO_MIN 16u
#define INFO_FIXED 24u
#define CAP_DMA_AVAIL 16u
#define CAP_RANGES 16u
#define CAP_RANGE 16u
#define INFO_LEAST (INFO_FIXED + CAP_DMA_AVAIL + CAP_RANGES)
/* Ranges that 32 bits have bytes for; of reserved ones they are one more at most. */
#define RANGES_MAX ((UINT32_MAX - INFO_LEAST) / CAP_RANGE)

static uint64_t page_sizes(const struct vprim_ioas *ioas)
{
	const uint64_t below = ioas->config_.page_bytes - 1;
	uint64_t mask = ioas->config_.native_last;
	const struct vprim_ioas_domain *d;

	for (d = ioas->domains_; d; d = d->next_)
		mask &= d->pgsize_bitmap;
	if (mask & below)
		mask = (mask & ~below) | ioas->config_.page_bytes;
	return mask > ioas->alignment_ ? mask : ioas->alignment_;
}

int vprim_ioas_compat_get_info(const struct vprim_ioas *ioas, uint32_t argsz,
			       struct vprim_ioas_compat_info *info)
{
	size_t ranges;
	uint32_t need;

	if (argsz < INFO_MIN)
		return -EINVAL;
	if (!ioas)
		return -ENODEV;
	if (ioas->reserved_.count >= RANGES_MAX)
		return -EOVERFLOW;
	/* They are counted although there is no room for them. */
	certain(vprim_ioas_ranges(ioas, NULL, 0, &ranges, NULL));
	need = INFO_LEAST + (uint32_t)ranges * CAP_RANGE;
	info->argsz = need;
	info->flags = 3;
	info->iova_pgsizes = page_sizes(ioas);
	info->cap_offset = argsz < need ? 0 : INFO_FIXED;
	info->nr_windows = (uint32_t)ranges;
	return 0;
}

int vprim_ioas_compat_extension(uint32_t extension)
{
	/* TYPE1, TYPE1v2 and UNMAP_ALL. */
	return extension == 1 || extension == 3 || extension == 9;
}
