// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The userspace shim before a live kernel, inside a guest:
 *
 *   user_live container|iommufd DEVICE UNBOUND-DEVICE STEPS
 *
 * Random maps and unmaps through the shim, with what the kernel holds compared
 * through its own ioctls; every refusal that a kernel can be brought to; and how
 * devices fail to open, with the files counted.
 */
#include "../../libvirtprim/shim/user/user_vfio_internal.h"
#include "live.h"
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <virtprim/ioas.h>

#define PAGE UINT64_C(4096)
#define PLACES 24		/* pages that may be mapped, at each place */

static char *memory;		/* 64 pages, the last of them out of reach */

/* An iommufd gives the same errno for a BAR that cannot be pinned. */
static bool says_vaddr(void)
{
	return says("vaddr") || says("vaddr-or-bar");
}

/* -- the kernel without the shim -- */

static int raw_map(uint64_t iova, uint64_t size, void *vaddr)
{
	struct vfio_dma_map_ m = { sizeof(m), 3, (uintptr_t)vaddr, iova, size };
	struct iommu_ioas_map_ i = { sizeof(i), VPRIM_IOAS_FIXED_IOVA |
		VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE, space.ioas_id, 0,
		(uintptr_t)vaddr, size, iova };

	return space.kind ? space.sys->ioctl(NULL, space.fd, VFIO_IOMMU_MAP_DMA_, &m) :
			    space.sys->ioctl(NULL, space.fd, IOMMU_IOAS_MAP_, &i);
}

static int raw_unmap(uint64_t iova, uint64_t size)
{
	struct vfio_dma_unmap_ u = { sizeof(u), 0, iova, size };
	struct iommu_ioas_unmap_ i = { sizeof(i), space.ioas_id, iova, size };

	return space.kind ? space.sys->ioctl(NULL, space.fd, VFIO_IOMMU_UNMAP_DMA_, &u) :
			    space.sys->ioctl(NULL, space.fd, IOMMU_IOAS_UNMAP_, &i);
}

/* Page by page: what the map has the kernel refuses, and takes what it has not. */
static void in_step(uint64_t base)
{
	uint64_t i;

	for (i = 0; i < PLACES; i++) {
		struct vprim_iova_mapping m;
		bool ours = !vprim_iova_map_stab(&dma.map, base + i * PAGE, &m);
		int ret = raw_map(base + i * PAGE, PAGE, memory);

		require(ret == (ours ? -EEXIST : 0));
		if (!ours)
			require(!raw_unmap(base + i * PAGE, PAGE));
	}
}

/* -- the tests -- */

static struct vprim_range pages(uint64_t base, uint64_t first, uint64_t count)
{
	struct vprim_range r = { 0, 0 };

	require(!vprim_range_from_size(base + first * PAGE, count * PAGE, &r));
	return r;
}

static uint64_t random_below(uint64_t bound)
{
	static uint64_t state = UINT64_C(0x11ce);

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (state >> 33) % bound;
}

static void random_run(uint64_t base, unsigned long steps)
{
	unsigned long i, done = 0, refused = 0;

	for (i = 0; i < steps; i++) {
		uint64_t first = random_below(PLACES), room = PLACES - first;
		struct vprim_range r = pages(base, first,
					     1 + random_below(room < 3 ? room : 3));
		/* At times memory that is not there, or not all of it. */
		char *vaddr = memory + PAGE * (random_below(4) ? random_below(60) :
					       62 + random_below(2));
		int ret;

		if (random_below(2))
			ret = vprim_user_dma_map(&dma, &r, vaddr, VPRIM_USER_DMA_READ |
						 VPRIM_USER_DMA_WRITE, &fault);
		else
			ret = vprim_user_dma_unmap(&dma, &r, &fault);
		require(!ret || ret == -EEXIST || ret == -ENOENT || ret == -EINVAL ||
			ret == -EFAULT);
		require(ret != -EINVAL || says("sticks-out"));
		require(ret != -EEXIST || says("overlap"));
		require(ret != -ENOENT || says("nothing"));
		require(ret != -EFAULT || says_vaddr());
		done += !ret;
		refused += ret == -EFAULT;
		if (i % 16 == 15)
			in_step(base);
	}
	in_step(base);
	require(done > steps / 8 && refused > steps / 100);
	printf("%lu steps at 0x%" PRIx64 ": %lu done, %lu refused by the kernel\n",
	       steps, base, done, refused);
}

/* Whatever is in no window the kernel refuses too. */
static void windows(void)
{
	struct vprim_range hole;
	size_t i;

	for (i = 0; i < dma.nr_windows; i++) {
		uint64_t last = dma.windows[i].last;

		if (last == UINT64_MAX)
			continue;
		hole = pages(last + 1, 0, 1);
		require(vprim_user_dma_map(&dma, &hole, memory, 3, &fault) == -ERANGE);
		require(says("hole"));
		require(raw_map(hole.start, PAGE, memory) == -EINVAL);
	}
}

static void refusals(uint64_t base)
{
	struct vprim_range r = pages(base, 1, 2), odd = { r.start, r.start + 100 };
	char *read_only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(read_only != MAP_FAILED);
	require(vprim_user_dma_map(&dma, &odd, memory, 3, &fault) == -EINVAL && says("align"));
	require(vprim_user_dma_map(&dma, &r, memory + 1, 3, &fault) == -EINVAL && says("align"));
	odd = pages(base, 1, 1);
	require(vprim_user_dma_map(&dma, &odd, read_only, 3, &fault) == -EFAULT);
	require(says_vaddr());
	/* Made behind the shim's back. */
	require(!raw_map(r.start, PAGE, memory));
	require(vprim_user_dma_map(&dma, &r, memory, 3, &fault) == -EEXIST && says("present"));
	require(!raw_unmap(r.start, PAGE));
	require(!vprim_user_dma_map(&dma, &r, memory, 3, &fault));
	in_step(base);
	require(!vprim_user_dma_unmap(&dma, &r, &fault));
	in_step(base);
	require(!vprim_iova_map_count(&dma.map) && !dma.spoiled);
}

/* Taken away behind the shim's back: the two must not agree about that. */
static void taken_away(uint64_t base)
{
	struct vprim_range r = pages(base, 0, 2);

	require(!vprim_user_dma_map(&dma, &r, memory, 3, &fault));
	require(!raw_unmap(r.start, 2 * PAGE));
	if (space.kind) {
		require(vprim_user_dma_unmap(&dma, &r, &fault) == -EIO && says("unmapped"));
		require(dma.spoiled && fault.reason.value == 0);
		require(vprim_user_dma_map(&dma, &r, memory, 3, &fault) == -EIO);
	} else {
		require(vprim_user_dma_unmap(&dma, &r, &fault) == -ENOENT && says("nothing"));
		require(!dma.spoiled);
	}
	require(vprim_iova_map_count(&dma.map) == 1);
}

static int open_space(bool iommufd)
{
	return vprim_user_vfio_space_open(&space, NULL,
					  iommufd ? 0 : VPRIM_TYPE1_V2, &fault);
}

static void opening(bool iommufd, const char *name, const char *unbound)
{
	struct vprim_user_vfio_device twice;
	struct vprim_vfio_cap_view view;
	unsigned int before = open_files();
	uint8_t answer[64];

	require(!open_space(iommufd));
	require(vprim_user_vfio_device_open(&device, &space, "0000:00:1e.7", &fault) == -ENOENT);
	require(says("device") && !strcmp(fault.subject, "0000:00:1e.7"));
	require(vprim_user_vfio_device_open(&device, &space, unbound, &fault) == -ENOENT);
	require(says("driver"));
	require(open_files() == before + 1);
	require(!vprim_user_vfio_device_open(&device, &space, name, &fault));
	/* A group gives a device as often as it is asked; iommufd binds it once. */
	require(vprim_user_vfio_device_open(&twice, &space, name, &fault) ==
		(iommufd ? -EINVAL : 0));
	if (!iommufd)
		vprim_user_vfio_device_close(&twice);
	require(open_files() == before + (iommufd ? 2 : 3) && space.devices == 1);
	require(!vprim_user_vfio_device_info(&device, answer, 64, &view, &fault));
	require(view.fixed.flags & VPRIM_VFIO_CAP_DEVICE_PCI);
	require(vprim_user_vfio_region_info(&device, 1000, answer, 64, &view, &fault) == -EINVAL);
	require(!strcmp(fault.subject, "region 1000"));
	if (!iommufd) {
		require(vprim_user_vfio_iommu_info(&space, answer, 64, &view, &fault) == -E2BIG);
		require(says("grew") && fault.reason.value > 64);
	}
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	require(open_files() == before);
}

int main(int argc, char **argv)
{
	bool iommufd = argc == 5 && !strcmp(argv[1], "iommufd");
	unsigned int before = open_files();
	struct vprim_range all = { 0, UINT64_MAX };
	uint64_t high;

	if (argc != 5)
		return 2;
	memory = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(memory != MAP_FAILED && !mprotect(memory + 63 * PAGE, PAGE, PROT_NONE));
	opening(iommufd, argv[2], argv[3]);
	require(!open_space(iommufd));
	require(!vprim_user_vfio_device_open(&device, &space, argv[2], &fault));
	require(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault));
	require(dma.nr_windows > 1);
	windows();
	refusals(0);
	/* The top, less the page that 6.12 does not unmap. */
	high = dma.windows[dma.nr_windows - 1].last - (PLACES + 1) * PAGE + 1;
	random_run(0, strtoul(argv[4], NULL, 0));
	random_run(high, strtoul(argv[4], NULL, 0));
	if (vprim_iova_map_count(&dma.map))
		require(!vprim_user_dma_unmap(&dma, &all, &fault));
	in_step(0);
	in_step(high);
	taken_away(high);
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
	require(open_files() == before);
	printf("%u checks hold\n", checks);
	return 0;
}
