// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a VFIO type1 container answers at the edges: recorded/type1-*.txt.
 *
 *   record_type1 GROUP BDF [v1|v2]
 *
 * Lines of case, answer, and what came back, separated by tabs. Each case has a
 * container of its own: a kernel that mishandles a mapping at the top of 64 bits
 * keeps it, and it would spoil what comes after.
 */
#include "record.h"

#include <linux/vfio.h>

#define BASE 0x100000ull
#define READ VFIO_DMA_MAP_FLAG_READ
#define WRITE VFIO_DMA_MAP_FLAG_WRITE
#define VADDR VFIO_DMA_MAP_FLAG_VADDR
#define ALL VFIO_DMA_UNMAP_FLAG_ALL
#define GONE VFIO_DMA_UNMAP_FLAG_VADDR
#define DIRTY VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP
#define MAP_BYTES sizeof(struct vfio_iommu_type1_dma_map)
#define UNMAP_BYTES sizeof(struct vfio_iommu_type1_dma_unmap)

static int container = -1, group, type;
static uint64_t buffer;
static uint64_t last, first_last, second_start;	/* of the ranges that are allowed */
static unsigned int ranges;
static uint64_t unmapped;

static void fresh(void)
{
	if (container >= 0) {
		ioctl(group, VFIO_GROUP_UNSET_CONTAINER);
		close(container);
	}
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0 || ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, type)) {
		perror("a container");
		exit(1);
	}
}

static int map_as(uint64_t iova, uint64_t vaddr, uint64_t size, uint32_t flags, size_t argsz)
{
	struct vfio_iommu_type1_dma_map map = { (uint32_t)argsz, flags, vaddr, iova, size };

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int map(uint64_t iova, uint64_t size)
{
	return map_as(iova, buffer, size, READ | WRITE, MAP_BYTES);
}

static int map_flags(uint32_t flags)
{
	return map_as(BASE, buffer, PAGE, flags, MAP_BYTES);
}

static int unmap_as(uint64_t iova, uint64_t size, uint32_t flags, size_t argsz)
{
	struct vfio_iommu_type1_dma_unmap unmap = { (uint32_t)argsz, flags, iova, size };
	int ret = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);

	unmapped = unmap.size;
	return ret;
}

static int unmap(uint64_t iova, uint64_t size)
{
	return unmap_as(iova, size, 0, UNMAP_BYTES);
}

static int unmap_flags(uint64_t iova, uint64_t size, uint32_t flags)
{
	return unmap_as(iova, size, flags, UNMAP_BYTES);
}

static void mapped(const char *name, int ret)
{
	printf("map\t%s\t%s\n", name, answer(ret));
}

static void gone(const char *name, int ret)
{
	printf("unmap\t%s\t%s\tsize=%#" PRIx64 "\n", name, answer(ret), unmapped);
}

#define M(name, call) (fresh(), mapped(name, (call)))
#define U(name, call) (fresh(), gone(name, (call)))

static void chain(const char *who, const void *base, uint32_t at, uint32_t argsz)
{
	while (at) {
		const struct vfio_info_cap_header *cap =
			(const void *)((const char *)base + at);

		if (at + sizeof(*cap) > argsz) {
			printf("%s\tcap out of bounds at %#x\n", who, at);
			return;
		}
		printf("%s\tcap off=%#x id=%u ver=%u next=%#x\n", who, at, cap->id,
		       cap->version, cap->next);
		at = cap->next;
	}
}

static void capability(const void *cap, unsigned int id)
{
	const struct vfio_iommu_type1_info_cap_iova_range *r = cap;
	const struct vfio_iommu_type1_info_cap_migration *m = cap;
	const struct vfio_iommu_type1_info_dma_avail *avail = cap;

	if (id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
		ranges = r->nr_iovas;
		for (unsigned int i = 0; i < ranges; i++)
			printf("iova_range\t%u\t%#llx\t%#llx\n", i,
			       (unsigned long long)r->iova_ranges[i].start,
			       (unsigned long long)r->iova_ranges[i].end);
		last = r->iova_ranges[ranges - 1].end;
		first_last = r->iova_ranges[0].end;
		second_start = ranges > 1 ? r->iova_ranges[1].start : 0;
	} else if (id == VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION) {
		printf("migration\tflags=%#x pgsize_bitmap=%#llx max_dirty_bitmap_size=%#llx\n",
		       m->flags, (unsigned long long)m->pgsize_bitmap,
		       (unsigned long long)m->max_dirty_bitmap_size);
	} else if (id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) {
		printf("dma_avail\t%u\n", avail->avail);
	}
}

static void info(void)
{
	static const uint32_t sizes[] = { 0, 8, 15, 16, 20, 24, 4096 };
	struct vfio_iommu_type1_info *info = calloc(1, 4096);
	uint32_t at;
	int ret;

	for (unsigned int i = 0; i < NR(sizes); i++) {
		memset(info, 0, 4096);
		info->argsz = sizes[i];
		ret = ioctl(container, VFIO_IOMMU_GET_INFO, info);
		printf("get_info\targsz=%u\t%s\targsz_out=%u flags=%#x pgsizes=%#llx cap_offset=%#x\n",
		       sizes[i], answer(ret), info->argsz, info->flags,
		       (unsigned long long)info->iova_pgsizes, info->cap_offset);
	}
	chain("get_info", info, info->cap_offset, info->argsz);
	for (at = info->cap_offset; at;) {
		const struct vfio_info_cap_header *cap = (void *)((char *)info + at);

		capability(cap, cap->id);
		at = cap->next;
	}
	free(info);
}

static void opening(void)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int none = -1;

	printf("api_version\t%d\n", ioctl(container, VFIO_GET_API_VERSION));
	printf("set_iommu\tno group yet\t%s\n", answer(ioctl(container, VFIO_SET_IOMMU, type)));
	printf("group_set_container\tbad fd\t%s\n",
	       answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, &none)));
	printf("group_set_container\t%s\n",
	       answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)));
	printf("group_set_container\tagain\t%s\n",
	       answer(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)));
	ioctl(group, VFIO_GROUP_GET_STATUS, &status);
	printf("group_status\tflags=%#x\n", status.flags);
	mapped("no iommu set yet", map(BASE, PAGE));
	for (int i = 1; i <= 12; i++)
		printf("check_extension\t%d\t%d\n", i,
		       ioctl(container, VFIO_CHECK_EXTENSION, i));
	printf("set_iommu\tunknown type 99\t%s\n", answer(ioctl(container, VFIO_SET_IOMMU, 99)));
	printf("set_iommu\t%s\n", answer(ioctl(container, VFIO_SET_IOMMU, type)));
	printf("set_iommu\tagain\t%s\n", answer(ioctl(container, VFIO_SET_IOMMU, type)));
}

static void arguments(void)
{
	M("one page", map(BASE, PAGE));
	M("size 0", map(BASE, 0));
	M("iova unaligned", map(BASE + 1, PAGE));
	M("vaddr unaligned", map_as(BASE, buffer + 1, PAGE, READ | WRITE, MAP_BYTES));
	M("size unaligned", map(BASE, PAGE + 1));
	M("size half page", map(BASE, PAGE / 2));
	M("argsz 0", map_as(BASE, buffer, PAGE, READ | WRITE, 0));
	M("argsz one short", map_as(BASE, buffer, PAGE, READ | WRITE, MAP_BYTES - 1));
	M("argsz larger", map_as(BASE, buffer, PAGE, READ | WRITE, MAP_BYTES + 64));
	M("flags 0", map_flags(0));
	M("flags READ", map_flags(READ));
	M("flags WRITE", map_flags(WRITE));
	M("flags RW|VADDR, nothing there", map_flags(READ | WRITE | VADDR));
	M("flags VADDR, nothing there", map_flags(VADDR));
	M("flags RW|bit 3", map_flags(READ | WRITE | 8));
	M("flags RW|bit 31", map_flags(READ | WRITE | 0x80000000u));
	M("vaddr not mapped in process", map_as(BASE, PAGE, PAGE, READ | WRITE, MAP_BYTES));
	M("vaddr+size wraps, vaddr last page size 2 pages",
	  map_as(BASE, TOP, 2 * PAGE, READ | WRITE, MAP_BYTES));
	M("vaddr last page of u64", map_as(BASE, TOP, PAGE, READ | WRITE, MAP_BYTES));
	M("iova 0", map(0, PAGE));
	M("iova last page of u64", map(TOP, PAGE));
	M("iova last page of u64, 2 pages (wraps to 0x1000)", map(TOP, 2 * PAGE));
	M("iova 0 size 2^64-page", map(0, TOP));
	M("iova page size 2^64-page (ends at u64 max)", map(PAGE, TOP));
}

static void windows(void)
{
	M("last aperture page", map(last - PAGE + 1, PAGE));
	M("last two aperture pages", map(last - 2 * PAGE + 1, 2 * PAGE));
	M("last aperture page, one page too long", map(last - PAGE + 1, 2 * PAGE));
	M("first page beyond aperture", map(last + 1, PAGE));
	if (ranges < 2)
		return;
	M("last page before hole", map(first_last - PAGE + 1, PAGE));
	M("first page of hole", map(first_last + 1, PAGE));
	M("one page each side of hole start", map(first_last - PAGE + 1, 2 * PAGE));
	M("last page of hole", map(second_start - PAGE, PAGE));
	M("one page each side of hole end", map(second_start - PAGE, 2 * PAGE));
	M("first page after hole", map(second_start, PAGE));
}

static void overlaps(void)
{
	M("same range twice", (map(BASE, PAGE), map(BASE, PAGE)));
	M("overlap low", (map(BASE + PAGE, 2 * PAGE), map(BASE, 2 * PAGE)));
	M("overlap high", (map(BASE + PAGE, 2 * PAGE), map(BASE + 2 * PAGE, 2 * PAGE)));
	M("inside existing", (map(BASE, 4 * PAGE), map(BASE + PAGE, PAGE)));
	M("around existing", (map(BASE + PAGE, PAGE), map(BASE, 4 * PAGE)));
	M("adjacent after", (map(BASE, PAGE), map(BASE + PAGE, PAGE)));
	M("adjacent before", (map(BASE + PAGE, PAGE), map(BASE, PAGE)));
}

static void unmaps(void)
{
	U("nothing there", unmap(BASE, PAGE));
	U("size 0", unmap(BASE, 0));
	U("iova unaligned", (map(BASE, PAGE), unmap(BASE + 1, PAGE)));
	U("size unaligned", (map(BASE, PAGE), unmap(BASE, PAGE + 1)));
	U("argsz one short", (map(BASE, PAGE), unmap_as(BASE, PAGE, 0, UNMAP_BYTES - 1)));
	U("flags bit 3", (map(BASE, PAGE), unmap_flags(BASE, PAGE, 8)));
	U("exact", (map(BASE, 4 * PAGE), unmap(BASE, 4 * PAGE)));
	U("second time", (map(BASE, PAGE), unmap(BASE, PAGE), unmap(BASE, PAGE)));
	U("wider than the mapping", (map(BASE + PAGE, PAGE), unmap(BASE, 4 * PAGE)));
	U("two mappings and a gap", (map(BASE, PAGE), map(BASE + 2 * PAGE, PAGE),
				     unmap(BASE, 4 * PAGE)));
	U("first half of one mapping", (map(BASE, 4 * PAGE), unmap(BASE, 2 * PAGE)));
	U("second half of one mapping", (map(BASE, 4 * PAGE),
					 unmap(BASE + 2 * PAGE, 2 * PAGE)));
	U("middle of one mapping", (map(BASE, 4 * PAGE), unmap(BASE + PAGE, PAGE)));
	U("whole one plus half of next", (map(BASE, PAGE), map(BASE + PAGE, 2 * PAGE),
					  unmap(BASE, 2 * PAGE)));
}

/* Up to the last address of 64 bits, where 6.12 goes wrong. */
static void top(void)
{
	uint64_t end = last - PAGE + 1;

	U("iova last page of u64, size 1 page", unmap(TOP, PAGE));
	U("iova last page of u64, size 2 pages", unmap(TOP, 2 * PAGE));
	U("iova 0 size 2^64-page, one mapping", (map(BASE, PAGE), unmap(0, TOP)));
	U("iova page size 2^64-page, one mapping", (map(BASE, PAGE), unmap(PAGE, TOP)));
	U("last aperture page, mapped", (map(end, PAGE), unmap(end, PAGE)));
	U("u64's last page mapped, exact", (map(TOP, PAGE), unmap(TOP, PAGE)));
	U("u64's last page mapped, ALL", (map(TOP, PAGE), unmap_flags(0, 0, ALL)));
	U("u64's last page and a low page mapped, exact low",
	  (map(TOP, PAGE), map(BASE, PAGE), unmap(BASE, PAGE)));
	U("u64's last page and a low page mapped, ALL",
	  (map(TOP, PAGE), map(BASE, PAGE), unmap_flags(0, 0, ALL)));
	U("u64's last page mapped, iova page size 2^64-page",
	  (map(TOP, PAGE), unmap(PAGE, TOP)));
	M("u64's last page twice", (map(TOP, PAGE), map(TOP, PAGE)));
	M("u64's last two pages, then last page",
	  (map(TOP - PAGE, 2 * PAGE), map(TOP, PAGE)));
	M("low page after u64's last page", (map(TOP, PAGE), map(BASE, PAGE)));
	U("last aperture page to u64 max", (map(end, PAGE), unmap(end, 0 - end)));
	U("beyond aperture, nothing there", unmap(last + 1, PAGE));
	U("in hole, nothing there", unmap(ranges > 1 ? first_last + 1 : last + 1, PAGE));
}

static void flags(void)
{
	U("ALL iova 0 size 0, two mappings",
	  (map(BASE, PAGE), map(BASE + PAGE, 2 * PAGE), unmap_flags(0, 0, ALL)));
	U("ALL nothing mapped", unmap_flags(0, 0, ALL));
	U("ALL iova page size 0", (map(BASE, PAGE), unmap_flags(PAGE, 0, ALL)));
	U("ALL iova 0 size page", (map(BASE, PAGE), unmap_flags(0, PAGE, ALL)));
	U("ALL|VADDR two mappings",
	  (map(BASE, PAGE), map(BASE + PAGE, PAGE), unmap_flags(0, 0, ALL | GONE)));
	U("ALL|GET_DIRTY_BITMAP", unmap_as(0, 0, ALL | DIRTY, UNMAP_BYTES + 24));
	U("VADDR exact", (map(BASE, PAGE), unmap_flags(BASE, PAGE, GONE)));
	U("VADDR then VADDR again", (map(BASE, PAGE), unmap_flags(BASE, PAGE, GONE),
				     unmap_flags(BASE, PAGE, GONE)));
	U("VADDR|GET_DIRTY_BITMAP", unmap_as(BASE, PAGE, GONE | DIRTY, UNMAP_BYTES + 24));
	M("VADDR re-map after VADDR unmap", (map(BASE, PAGE), unmap_flags(BASE, PAGE, GONE),
					     map_flags(VADDR)));
	M("VADDR re-map, other size",
	  (map(BASE, PAGE), unmap_flags(BASE, PAGE, GONE),
	   map_as(BASE, buffer, 2 * PAGE, VADDR, MAP_BYTES)));
	M("VADDR re-map of valid vaddr", (map(BASE, PAGE), map_flags(VADDR)));
}

static void region(int device, uint32_t index)
{
	static const uint32_t sizes[] = { 16, 31, 32, 40, 4096 };
	struct vfio_region_info *r = calloc(1, 4096);
	const struct vfio_region_info_cap_sparse_mmap *sparse;
	int ret;

	for (unsigned int i = 0; i < NR(sizes); i++) {
		memset(r, 0, 4096);
		r->argsz = sizes[i];
		r->index = index;
		ret = ioctl(device, VFIO_DEVICE_GET_REGION_INFO, r);
		printf("region_info\tindex=%u argsz=%u\t%s\targsz_out=%u flags=%#x cap_offset=%#x size=%#llx offset=%#llx\n",
		       index, sizes[i], answer(ret), r->argsz, r->flags, r->cap_offset,
		       (unsigned long long)r->size, (unsigned long long)r->offset);
	}
	chain("region_info", r, r->cap_offset, r->argsz);
	sparse = (void *)((char *)r + r->cap_offset);
	if (r->cap_offset && sparse->header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
		for (unsigned int i = 0; i < sparse->nr_areas; i++)
			printf("sparse\t%u\toffset=%#llx size=%#llx\n", i,
			       (unsigned long long)sparse->areas[i].offset,
			       (unsigned long long)sparse->areas[i].size);
	free(r);
}

static void device_of(const char *name)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name), ret;

	printf("get_device_fd\t%s\n", answer(device));
	if (device < 0)
		return;
	ret = ioctl(device, VFIO_DEVICE_GET_INFO, &info);
	printf("device_info\t%s\targsz_out=%u flags=%#x regions=%u irqs=%u\n", answer(ret),
	       info.argsz, info.flags, info.num_regions, info.num_irqs);
	for (uint32_t i = 0; i <= info.num_regions; i++)
		region(device, i);
	for (uint32_t i = 0; i <= info.num_irqs; i++) {
		struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = i };

		ret = ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &irq);
		printf("irq_info\tindex=%u\t%s\tflags=%#x count=%u\n", i, answer(ret),
		       irq.flags, irq.count);
	}
	close(device);
}

int main(int argc, char **argv)
{
	char path[64];

	if (argc < 3)
		return 2;
	type = argc > 3 && !strcmp(argv[3], "v1") ? VFIO_TYPE1_IOMMU : VFIO_TYPE1v2_IOMMU;
	last = UINT64_MAX;
	snprintf(path, sizeof(path), "/dev/vfio/%s", argv[1]);
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(path, O_RDWR);
	if (container < 0 || group < 0) {
		perror("open");
		return 1;
	}
	buffer = (uintptr_t)memory();
	opening();
	info();
	arguments();
	windows();
	overlaps();
	unmaps();
	top();
	flags();
	device_of(argv[2]);
	return 0;
}
