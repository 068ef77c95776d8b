// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The library map and the kernel, in step.
 *
 * The map is changed first when something is added, because that can fail and can
 * be undone without failing; the kernel is asked first when something is removed,
 * because then the map's part cannot fail.
 */
#include "user_vfio_internal.h"
#include <virtprim/ioas.h>
#include <virtprim/user.h>
#include <virtprim/user_dma.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* How often the kernel's list may change between two questions. */
#define TRIES 4

/* More windows than in the longest answer of a container are nobody's. */
#define MOST_WINDOWS (VPRIM_VFIO_CAP_QUERY_LIMIT / sizeof(struct vprim_range))

/* By whether the space is a container. */
static const struct vprim_user_step_ step_map[2] = {
	{ "ioctl IOMMU_IOAS_MAP", {
		{ EFAULT, VPRIM_USER_RULE_VADDR_OR_BAR },
		{ EINVAL, VPRIM_USER_RULE_ALIGN },
		{ EEXIST, VPRIM_USER_RULE_PRESENT },
		{ ENOMEM, VPRIM_USER_RULE_MEMORY },
	} },
	{ "ioctl VFIO_IOMMU_MAP_DMA", {
		{ EFAULT, VPRIM_USER_RULE_VADDR },
		{ EINVAL, VPRIM_USER_RULE_ALIGN },
		{ EEXIST, VPRIM_USER_RULE_PRESENT },
		{ ENOMEM, VPRIM_USER_RULE_MEMORY },
		{ ENOSPC, VPRIM_USER_RULE_ENTRIES },
	} },
};
static const struct vprim_user_step_ step_map_file = {
	"ioctl IOMMU_IOAS_MAP_FILE", {
	{ ENOTTY, VPRIM_USER_RULE_FILE },
	{ EINVAL, VPRIM_USER_RULE_ALIGN },
	{ EOPNOTSUPP, VPRIM_USER_RULE_FILE },
	{ EEXIST, VPRIM_USER_RULE_PRESENT },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_unmap[2] = {
	{ "ioctl IOMMU_IOAS_UNMAP", { { ENOENT, VPRIM_USER_RULE_NOTHING } } },
	{ "ioctl VFIO_IOMMU_UNMAP_DMA", { { 0, 0 } } },
};

/* What a fault is about, as text and in its reason; returns @ret. */
static int about(struct vprim_user_fault *fault, const struct vprim_range *range,
		 int ret)
{
	if (fault) {
		snprintf(fault->subject, sizeof(fault->subject),
			 "0x%" PRIx64 "..0x%" PRIx64, range->start, range->last);
		fault->reason.range = *range;
		fault->reason.has_range = true;
	}
	return ret;
}

/* -- beginning and ending -- */

static void drop_windows(struct vprim_user_dma *dma)
{
	if (dma->windows)
		dma->ops_.free(dma->ctx_, dma->windows,
			       dma->capacity_ * sizeof(*dma->windows));
	dma->windows = NULL;
	dma->capacity_ = 0;
	dma->nr_windows = 0;
}

/* The kernel's list in memory of its own, into @dma, which has none. */
static int read_windows(struct vprim_user_dma *dma, const char *call,
			struct vprim_user_fault *fault)
{
	struct vprim_user_fault last;
	size_t count = 0;
	int ret = 0, i;

	for (i = 0; i < TRIES; i++) {
		/* That it does not fit yet is no fault of the caller's. */
		ret = vprim_user_vfio_windows(dma->space_, dma->windows,
					      dma->capacity_, &count, &last);
		if (!ret)
			dma->nr_windows = count;
		else if (ret != -EMSGSIZE && fault)
			*fault = last;
		if (ret != -EMSGSIZE)
			break;
		drop_windows(dma);
		if (count > MOST_WINDOWS)
			break;
		dma->windows = dma->ops_.alloc(dma->ctx_,
					       count * sizeof(*dma->windows));
		if (!dma->windows)
			return user_refuse(fault, call, NULL, MEMORY);
		dma->capacity_ = count;
	}
	if (ret == -EMSGSIZE)
		ret = user_refuse(fault, call, NULL, GREW,
				  VALUE((uint64_t)count * sizeof(*dma->windows)));
	if (ret)
		drop_windows(dma);
	return ret;
}

int vprim_user_dma_init(struct vprim_user_dma *dma,
			const struct vprim_user_vfio_space *space,
			const struct vprim_alloc_ops *ops, void *ctx,
			struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_init";
	struct vprim_user_dma fresh = { .space_ = space };
	int ret;

	if (!ops)
		ops = vprim_user_alloc();
	if (!space->sys)
		return vprim_user_argument_(fault, call, NULL);
	certain(vprim_iova_map_init(&fresh.map, sizeof(fresh.map), ops, ctx,
				    NULL, NULL));
	fresh.ops_ = *ops;
	fresh.ctx_ = ctx;
	ret = read_windows(&fresh, call, fault);
	if (!ret)
		*dma = fresh;
	return ret;
}

void vprim_user_dma_fini(struct vprim_user_dma *dma)
{
	drop_windows(dma);
	vprim_iova_map_fini(&dma->map);
	*dma = (struct vprim_user_dma){ .space_ = NULL };
}

int vprim_user_dma_refresh(struct vprim_user_dma *dma,
			   struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_refresh";
	struct vprim_user_dma fresh = { .space_ = NULL };
	int ret;

	if (!dma->space_)
		return vprim_user_argument_(fault, call, NULL);
	fresh.space_ = dma->space_;
	fresh.ops_ = dma->ops_;
	fresh.ctx_ = dma->ctx_;
	ret = read_windows(&fresh, call, fault);
	if (ret)
		return ret;
	drop_windows(dma);
	dma->windows = fresh.windows;
	dma->nr_windows = fresh.nr_windows;
	dma->capacity_ = fresh.capacity_;
	return 0;
}

struct vprim_hole_space
vprim_user_dma_space(struct vprim_user_dma *dma,
		     struct vprim_hole_blocked *blocked)
{
	struct vprim_hole_space space = {
		.windows = { dma->windows, dma->nr_windows },
		.blocked = blocked,
		.nr_blocked = 1,
	};

	*blocked = vprim_iova_map_blocked(&dma->map);
	return space;
}

/* -- mapping -- */

/* What both calls refuse before they look at the range's content. */
static int check(const struct vprim_user_dma *dma,
		 const struct vprim_range *range, const char *call,
		 struct vprim_user_fault *fault)
{
	struct vprim_reason why;

	if (!dma->space_ || !dma->space_->sys)
		return vprim_user_argument_(fault, call, NULL);
	if (!vprim_range_is_valid(range)) {
		vprim_reason_inverted_(&why, range);
		return about(fault, range,
			     vprim_user_refuse_(fault, call, NULL, &why));
	}
	if (dma->spoiled)
		return about(fault, range,
			     user_refuse(fault, call, NULL, SPOILED));
	return 0;
}

/* What is mapped: memory of the process at @at, or a file from @at on. */
struct source {
	uint64_t at;
	int fd;			/* -1 for memory */
};

static int kernel_map_file(const struct vprim_user_vfio_space *space,
			   uint64_t iova, uint64_t size_bytes,
			   const struct source *from, uint32_t flags)
{
	struct iommu_ioas_map_file_ map = {
		.size = sizeof(map), .ioas_id = space->ioas_id, .flags = flags,
		.fd = from->fd, .start = from->at, .length = size_bytes,
		.iova = iova,
	};

	return space->sys->ioctl(space->sys->ctx, space->fd,
				 IOMMU_IOAS_MAP_FILE_, &map);
}

static int kernel_map(const struct vprim_user_vfio_space *space, uint64_t iova,
		      uint64_t size_bytes, const struct source *from,
		      uint32_t prot)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_dma_map_ dma = {
		.argsz = sizeof(dma), .flags = prot,
		.vaddr = from->at, .iova = iova, .size = size_bytes,
	};
	struct iommu_ioas_map_ ioas = {
		.size = sizeof(ioas), .ioas_id = space->ioas_id,
		.flags = VPRIM_IOAS_FIXED_IOVA,
		.user_va = from->at, .iova = iova, .length = size_bytes,
	};

	if (space->kind)
		return sys->ioctl(sys->ctx, space->fd, VFIO_IOMMU_MAP_DMA_, &dma);
	if (prot & VPRIM_USER_DMA_READ)
		ioas.flags |= VPRIM_IOAS_READABLE;
	if (prot & VPRIM_USER_DMA_WRITE)
		ioas.flags |= VPRIM_IOAS_WRITEABLE;
	if (from->fd >= 0)
		return kernel_map_file(space, iova, size_bytes, from, ioas.flags);
	return sys->ioctl(sys->ctx, space->fd, IOMMU_IOAS_MAP_, &ioas);
}

/* Everything that the library knows against it, then its place in the map. */
static int reserve(struct vprim_user_dma *dma, const struct vprim_range *range,
		   uint64_t value, const char *call,
		   struct vprim_user_fault *fault)
{
	struct vprim_iova_mapping hit;
	struct vprim_reason why;
	struct vprim_ranges windows = { dma->windows, dma->nr_windows };
	int ret = vprim_iova_windows_mappable(windows, range, NULL, &why);

	if (!ret)
		ret = vprim_iova_map_insert(&dma->map, range, value, &hit);
	if (ret == -EEXIST)
		why = (struct vprim_reason){
			.rule = vprim_rules_find(&vprim_iova_map_rules,
						 VPRIM_IOVA_MAP_RULE_OVERLAP),
			HIT(hit.range) };
	else if (ret == -ENOMEM)
		why = *BECAUSE(VPRIM_USER_RULE_MEMORY);
	return ret ? about(fault, range,
			   vprim_user_refuse_(fault, call, NULL, &why)) : 0;
}

/* What the kernel refused, with the causes that can be told apart. */
static int map_failed(const struct vprim_user_dma *dma, uint64_t size_bytes,
		      const struct source *from, int ret,
		      struct vprim_user_fault *fault)
{
	const struct vprim_user_vfio_space *space = dma->space_;

	vprim_user_failed_(fault, from->fd < 0 ? &step_map[!!space->kind] :
						 &step_map_file, ret, NULL);
	if (fault)
		vprim_user_dma_facts_(space, from->at, size_bytes, fault);
	return ret;
}

static int map(struct vprim_user_dma *dma, const struct vprim_range *range,
	       const struct source *from, uint32_t prot, const char *call,
	       struct vprim_user_fault *fault)
{
	uint64_t size_bytes;
	int ret = check(dma, range, call, fault);

	if (ret)
		return ret;
	if (!prot || prot & ~(VPRIM_USER_DMA_READ | VPRIM_USER_DMA_WRITE))
		return about(fault, range,
			     vprim_user_argument_(fault, call, NULL));
	ret = vprim_range_size(range, &size_bytes);
	if (ret) {
		vprim_user_fault_set(fault, call, -ret, NULL);
		return about(fault, range, ret);
	}
	ret = reserve(dma, range, from->at, call, fault);
	if (ret)
		return ret;
	ret = kernel_map(dma->space_, range->start, size_bytes, from, prot);
	if (ret >= 0)
		return 0;
	/* It is there, exactly so: this cannot fail. */
	(void)!vprim_iova_map_remove(&dma->map, range, NULL);
	return about(fault, range,
		     map_failed(dma, size_bytes, from, ret, fault));
}

int vprim_user_dma_map(struct vprim_user_dma *dma,
		       const struct vprim_range *range, const void *vaddr,
		       uint32_t prot, struct vprim_user_fault *fault)
{
	const struct source from = { (uintptr_t)vaddr, -1 };

	return map(dma, range, &from, prot, "vprim_user_dma_map", fault);
}

int vprim_user_dma_map_file(struct vprim_user_dma *dma,
			    const struct vprim_range *range, int fd,
			    uint64_t offset, uint32_t prot,
			    struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_map_file";
	const struct source from = { offset, fd };

	if (fd < 0)
		return vprim_user_argument_(fault, call, NULL);
	if (dma->space_ && dma->space_->kind)
		return user_refuse(fault, call, NULL, IOMMUFD);
	return map(dma, range, &from, prot, call, fault);
}

int vprim_user_dma_place(struct vprim_user_dma *dma,
			 const struct vprim_hole *want, const void *vaddr,
			 uint32_t prot, struct vprim_range *range,
			 struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_place";
	struct vprim_reason why;
	struct vprim_hole_blocked mapped;
	struct vprim_hole_space space = vprim_user_dma_space(dma, &mapped);
	struct vprim_range place;
	int ret = vprim_hole_place(&space, want, &place.start, &why);

	if (ret)
		return vprim_user_refuse_(fault, call, NULL, &why);
	place.last = place.start + want->last_offset;
	ret = vprim_user_dma_map(dma, &place, vaddr, prot, fault);
	if (!ret)
		*range = place;
	return ret;
}

/* -- unmapping -- */

/* Bytes that the kernel says it unmapped, or a negative errno. */
static int kernel_unmap(const struct vprim_user_vfio_space *space, uint64_t iova,
			uint64_t size_bytes, uint64_t *unmapped_bytes)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_dma_unmap_ dma = {
		.argsz = sizeof(dma), .iova = iova, .size = size_bytes,
	};
	struct iommu_ioas_unmap_ ioas = {
		.size = sizeof(ioas), .ioas_id = space->ioas_id,
		.iova = iova, .length = size_bytes,
	};
	int ret;

	if (space->kind)
		ret = sys->ioctl(sys->ctx, space->fd, VFIO_IOMMU_UNMAP_DMA_, &dma);
	else
		ret = sys->ioctl(sys->ctx, space->fd, IOMMU_IOAS_UNMAP_, &ioas);
	*unmapped_bytes = space->kind ? dma.size : ioas.length;
	return ret;
}

static int unmap_one(struct vprim_user_dma *dma,
		     const struct vprim_range *range,
		     struct vprim_user_fault *fault)
{
	const struct vprim_user_step_ *step = &step_unmap[!!dma->space_->kind];
	uint64_t size_bytes, unmapped_bytes = 0;
	int ret;

	/* A mapping came with a size. */
	certain(vprim_range_size(range, &size_bytes));
	ret = kernel_unmap(dma->space_, range->start, size_bytes,
			   &unmapped_bytes);
	if (ret < 0)
		return about(fault, range,
			     vprim_user_failed_(fault, step, ret, NULL));
	if (unmapped_bytes != size_bytes) {
		dma->spoiled = true;
		return about(fault, range,
			     user_refuse(fault, step->call, NULL, UNMAPPED,
					 VALUE(unmapped_bytes)));
	}
	return vprim_iova_map_remove(&dma->map, range, NULL);
}

/* Whether a mapping holds this edge of the range and does not lie in it. */
static bool sticks_out(const struct vprim_user_dma *dma, uint64_t edge,
		       const struct vprim_range *range,
		       struct vprim_iova_mapping *m)
{
	return !vprim_iova_map_stab(&dma->map, edge, m) &&
	       !vprim_range_contains(range, &m->range);
}

int vprim_user_dma_unmap(struct vprim_user_dma *dma,
			 const struct vprim_range *range,
			 struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_dma_unmap";
	struct vprim_iova_mapping m;
	int ret = check(dma, range, call, fault);

	if (ret)
		return ret;
	if (sticks_out(dma, range->start, range, &m) ||
	    sticks_out(dma, range->last, range, &m))
		return about(fault, range,
			     user_refuse(fault, call, NULL, STICKS_OUT,
					 HIT(m.range)));
	if (vprim_iova_map_first(&dma->map, range, &m))
		return about(fault, range,
			     user_refuse(fault, call, NULL, NOTHING));
	do {
		ret = unmap_one(dma, &m.range, fault);
	} while (!ret && !vprim_iova_map_first(&dma->map, range, &m));
	return ret;
}
