// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * diff_ioas - random operations on two real IO address spaces of iommufd, each
 * answered by the kernel and by vprim_ioas.
 *
 *   diff_ioas SEED COUNT [CDEV]
 *
 * With CDEV, /dev/vfio/devices/vfio0 for instance, that device is attached to the
 * first of them, which so gets its reserved ranges and a domain; now and then it
 * is detached and comes back. The second has none: there the last byte counts.
 * Status 1 when an answer differs; no difference is documented.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtprim/ioas.h>
#include <virtprim/user.h>
#include "diff.h"
#include "iommufd.h"

#define RESERVED 16
#define EDGES (2 * RESERVED + 5)
#define MAX_OPERATIONS 300
#define PAGES_KNOWN 8192	/* well above MAX_OPERATIONS */

/* An IO address space, the kernel's and ours. */
struct space {
	char name;
	uint32_t id;
	struct vprim_ioas ours;
	bool domain;			/* a device is attached */
};

static struct diff d;
static struct space spaces[2];
static struct vprim_ioas_domain domain;
static struct vprim_iova_windows_reserved reserved[RESERVED];
static uint64_t edges[EDGES];
static size_t nr_edges, nr_reserved;
static int iommufd, device = -1;
static struct pages {
	uint64_t number;
	bool writable;
} known[PAGES_KNOWN];			/* of the maps since the spaces were fresh */

/* -- what stands for the kernel's pinning --------------------------------------- */

static bool reachable(const struct vprim_ioas_mapping *area, bool write)
{
	uint64_t bytes = area->range.last - area->range.start, last;

	if (area->uptr < rw_start || bytes > UINT64_MAX - area->uptr)
		return false;
	last = area->uptr + bytes;
	return last < (write ? ro_start : hole_start);
}

static struct pages *find_pages(uint64_t number)
{
	uint64_t i = number / 16 % PAGES_KNOWN;

	while (known[i].number && known[i].number != number)
		i = (i + 1) % PAGES_KNOWN;
	return &known[i];
}

/* Pages are pinned as the first map of them asked, whatever a copy asks. */
static int fill(void *ctx, const struct vprim_ioas_mapping *area)
{
	const struct space *space = ctx;
	struct pages *pages = find_pages(area->pages);

	if (area->shares <= 1) {
		pages->number = area->pages;
		pages->writable = area->prot & VPRIM_IOAS_WRITEABLE;
	}
	return !space->domain || reachable(area, pages->writable) ? 0 : -EFAULT;
}

/* -- fresh spaces ------------------------------------------------------------------ */

static uint32_t new_id(void)
{
	struct alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(iommufd, IOAS_ALLOC, &alloc))
		diff_die("make an IOAS");
	return alloc.out_id;
}

static void destroy(uint32_t id)
{
	struct destroy args = { .size = sizeof(args), .id = id };

	if (id && ioctl(iommufd, DESTROY, &args))
		diff_die("destroy an IOAS");
}

static int kernel_attach(uint32_t id)
{
	struct attach args = { .argsz = sizeof(args), .id = id };

	return ioctl(device, DEVICE_ATTACH, &args) ? -errno : 0;
}

static void kernel_detach(void)
{
	struct attach args = { .argsz = sizeof(args) };

	if (ioctl(device, DEVICE_DETACH, &args))
		diff_die("detach the device");
}

static int kernel_ranges(const struct space *space, struct vprim_range *list,
			 uint32_t *count, uint64_t *alignment)
{
	struct ranges args = { .size = sizeof(args), .id = space->id,
			       .count = *count, .list = (uintptr_t)list };
	int ret = ioctl(iommufd, IOAS_RANGES, &args) ? -errno : 0;

	*count = args.count;
	*alignment = args.alignment;
	return ret;
}

static void add_reserved(uint64_t start, uint64_t last)
{
	reserved[nr_reserved].range = (struct vprim_range){ start, last };
	reserved[nr_reserved++].type = VPRIM_IOVA_WINDOWS_RESERVED;
}

/* What is no range of the kernel's with its device is reserved. */
static void read_reserved(void)
{
	struct vprim_range list[RESERVED];
	uint32_t count = RESERVED, i;
	uint64_t alignment, next = 0;

	if (kernel_ranges(&spaces[0], list, &count, &alignment))
		diff_die("read the ranges");
	nr_reserved = nr_edges = 0;
	for (i = 0; i < count; i++) {
		if (list[i].start > next)
			add_reserved(next, list[i].start - 1);
		edges[nr_edges++] = list[i].start;
		edges[nr_edges++] = next = list[i].last + 1;
	}
	if (!count || next)
		add_reserved(next, UINT64_MAX);
	edges[nr_edges++] = 0;		/* and 2^64 */
	edges[nr_edges++] = PAGE;
	edges[nr_edges++] = UINT64_C(0x100000000);
	edges[nr_edges++] = UINT64_C(0x200000);
	edges[nr_edges++] = UINT64_C(0x7000000);
	memset(&domain, 0, sizeof(domain));
	domain.aperture.last = UINT64_MAX;
	domain.pgsize_bitmap = ~(alignment - 1);
	domain.reserved = reserved;
	domain.nr_reserved = nr_reserved;
}

static void init_space(struct space *space)
{
	static const struct vprim_ioas_ops ops = { .fill = fill };
	struct vprim_ioas_config config;

	destroy(space->id);
	space->id = new_id();
	space->domain = false;
	vprim_ioas_fini(&space->ours);
	vprim_ioas_config_init(&config);
	config.release = diff_release();
	config.alloc = vprim_user_alloc();
	config.ops = &ops;
	config.ops_ctx = space;
	if (vprim_ioas_init(&space->ours, sizeof(space->ours), &config, NULL))
		diff_die("make our IOAS");
}

static void fresh(void)
{
	if (spaces[0].domain)
		kernel_detach();
	init_space(&spaces[0]);
	init_space(&spaces[1]);
	if (device >= 0 && kernel_attach(spaces[0].id))
		diff_die("attach the device");
	read_reserved();
	if (device >= 0) {
		spaces[0].domain = true;
		if (vprim_ioas_attach(&spaces[0].ours, &domain, NULL))
			diff_die("attach our device");
	}
	memset(known, 0, sizeof(known));
	d.traced = 0;
	d.fresh++;
}

/* -- what to ask -------------------------------------------------------------------- */

static struct space *some_space(void)
{
	return &spaces[diff_below(&d, 3) == 0];
}

/* Mostly whole pages where a domain wants them, often not elsewhere. */
static uint64_t blur(const struct space *space, uint64_t value)
{
	if (!diff_one_in(&d, space->domain ? 60 : 4))
		return value;
	return value + diff_below(&d, 9) - 4;
}

static uint64_t random_length(const struct space *space)
{
	uint64_t pages = diff_below(&d, 6) + 1;

	switch (diff_below(&d, 40)) {
	case 0:
		return 0;
	case 1:
		return test_rng_next(&d.rng) >> diff_below(&d, 64);
	case 2:
		return 0 - pages * PAGE;
	case 3: case 4:
		pages = diff_below(&d, 600);
		break;
	case 5:
		pages = UINT64_C(1) << diff_below(&d, 51);
		break;
	default:
		break;
	}
	return blur(space, pages * PAGE);
}

static uint64_t random_iova(const struct space *space)
{
	uint64_t edge = edges[diff_below(&d, nr_edges)];

	if (diff_one_in(&d, 100))
		return test_rng_next(&d.rng);
	return blur(space, edge + (diff_below(&d, 25) - 12) * PAGE);
}

static uint64_t random_uptr(const struct space *space)
{
	switch (diff_below(&d, 30)) {
	case 0:
		return hole_start - diff_below(&d, RO_PAGES + 4) * PAGE;
	case 1:
		return hole_start + diff_below(&d, 4) * PAGE;
	case 2:
		return 0 - diff_below(&d, 4) * PAGE;
	case 3:
		return diff_one_in(&d, 2) ? 0 : test_rng_next(&d.rng);
	case 4:		/* as aligned as an address can be */
		return blur(space, UINT64_C(0x7f0000000000));
	default:
		return blur(space, rw_start +
				   diff_below(&d, RW_PAGES - 8) * PAGE);
	}
}

static uint32_t random_flags(uint32_t fixed)
{
	const uint32_t both = VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE;

	switch (diff_below(&d, 30)) {
	case 0:
		return (uint32_t)diff_below(&d, 8);
	case 1:		/* a kernel with IOMMUFD_TEST keeps bit 16 for its tests */
		return both | fixed | (1u << diff_below(&d, 32) & ~0x10000u);
	case 2: case 3: case 4:
		return VPRIM_IOAS_READABLE | fixed;
	default:
		return both | fixed;
	}
}

static bool some_area(const struct space *space, struct vprim_ioas_mapping *area)
{
	struct vprim_range range = { random_iova(space), UINT64_MAX };

	if (!vprim_ioas_first(&space->ours, &range, NULL, area))
		return true;
	range.start = 0;
	return !vprim_ioas_first(&space->ours, &range, NULL, area);
}

/* A range: of an area, around it, in it, or anywhere. */
static void random_range(const struct space *space, uint64_t *iova,
			 uint64_t *length)
{
	struct vprim_ioas_mapping area;

	*iova = random_iova(space);
	*length = random_length(space);
	if (diff_one_in(&d, 4) || !some_area(space, &area))
		return;
	*iova = area.range.start;
	*length = area.range.last - area.range.start + 1;
	if (diff_one_in(&d, 6))
		*iova = blur(space, *iova - diff_below(&d, 3) * PAGE);
	if (diff_one_in(&d, 5))
		*length = blur(space, *length + diff_below(&d, 5) * PAGE);
	if (diff_one_in(&d, 10))
		*length = blur(space, *length / 2);
}

/*
 * An area of more than one page that ends at 2^64-1: 6.12 computes the end of its
 * first run of pages as 0 and gives the IOMMU whatever memory lies behind that
 * run, which it later takes for pages that it holds. The guest does not survive
 * that, so where a device comes along only one page may end there.
 */
static bool harmful(const struct space *space, uint32_t flags, uint64_t iova,
		    uint64_t length)
{
	if (device < 0 || space != &spaces[0] || !(flags & 1) ||
	    length <= PAGE || iova + (length - 1) != UINT64_MAX)
		return false;
	d.withheld++;
	d.operations--;
	return true;
}

/* -- operations ----------------------------------------------------------------------- */

static void judge(int we, int kernel, uint64_t we_value, uint64_t kernel_value)
{
	diff_count(&d, kernel);
	if (we != kernel || (!we && we_value != kernel_value))
		diff_disagree(&d, "ours %s %#" PRIx64 ", the kernel's %s %#" PRIx64,
			      diff_answer(we), we_value, diff_answer(kernel),
			      kernel_value);
}

static void do_map(struct space *space)
{
	struct vprim_ioas_map_args args = { 0 };
	struct map map = { .size = sizeof(map), .id = space->id };
	const bool nobody = diff_one_in(&d, 200);
	uint64_t iova = 0;
	int we, kernel;

	args.flags = random_flags(diff_below(&d, 2) ? VPRIM_IOAS_FIXED_IOVA : 0);
	args.reserved = diff_one_in(&d, 100);
	args.uptr = random_uptr(space);
	args.length_bytes = random_length(space);
	args.iova = random_iova(space);
	if (harmful(space, args.flags, args.iova, args.length_bytes))
		return;
	map.flags = args.flags;
	map.reserved = args.reserved;
	map.uptr = args.uptr;
	map.length = args.length_bytes;
	map.iova = args.iova;
	if (nobody)
		map.id = UINT32_MAX;
	we = vprim_ioas_map(nobody ? NULL : &space->ours, &args, &iova, NULL);
	kernel = ioctl(iommufd, IOAS_MAP, &map) ? -errno : 0;
	diff_trace(&d, "%c.%s %#" PRIx64 " %#" PRIx64 " uptr=%#" PRIx64
		   " prot=%#x reserved=%u%s -> %s iova=%#" PRIx64, space->name,
		   args.flags & 1 ? "map" : "alloc", args.iova,
		   args.length_bytes, args.uptr, args.flags, args.reserved,
		   we == -EFAULT ? " fill=fault" : "", diff_answer(we), iova);
	judge(we, kernel, iova, map.iova);
}

static void do_unmap(struct space *space)
{
	struct vprim_ioas_unmapped done = { 0 };
	struct unmap unmap = { .size = sizeof(unmap), .id = space->id };
	uint64_t iova, length;
	int we, kernel;

	random_range(space, &iova, &length);
	if (diff_one_in(&d, 60)) {
		iova = 0;
		length = UINT64_MAX;
	}
	unmap.iova = iova;
	unmap.length = length;
	we = vprim_ioas_unmap(&space->ours, iova, length, &done, NULL);
	kernel = ioctl(iommufd, IOAS_UNMAP, &unmap) ? -errno : 0;
	diff_trace(&d, "%c.unmap %#" PRIx64 " %#" PRIx64 " -> %s size=%#" PRIx64,
		   space->name, iova, length, diff_answer(we), done.size_bytes);
	judge(we, kernel, done.size_bytes, unmap.length);
}

static void do_copy(struct space *src)
{
	struct space *dst = some_space();
	struct vprim_ioas_copy_args args = { 0 };
	struct copy copy = { .size = sizeof(copy), .src = src->id, .dst = dst->id };
	uint64_t iova = 0;
	int we, kernel;

	args.flags = random_flags(diff_below(&d, 2) ? VPRIM_IOAS_FIXED_IOVA : 0);
	random_range(src, &args.src_iova, &args.length_bytes);
	args.dst_iova = random_iova(dst);
	if (harmful(dst, args.flags, args.dst_iova, args.length_bytes))
		return;
	copy.flags = args.flags;
	copy.length = args.length_bytes;
	copy.src_iova = args.src_iova;
	copy.dst_iova = args.dst_iova;
	we = vprim_ioas_copy(&dst->ours, &src->ours, &args, &iova, NULL);
	kernel = ioctl(iommufd, IOAS_COPY, &copy) ? -errno : 0;
	diff_trace(&d, "%c.copy %#" PRIx64 " %#" PRIx64 " %#" PRIx64
		   " to=%c prot=%#x%s -> %s iova=%#" PRIx64, src->name,
		   args.dst_iova, args.src_iova, args.length_bytes, dst->name,
		   args.flags, we == -EFAULT ? " fill=fault" : "",
		   diff_answer(we), iova);
	judge(we, kernel, iova, copy.dst_iova);
}

static void do_allow(struct space *space)
{
	struct vprim_range list[4];
	struct allow allow = { .size = sizeof(allow), .id = space->id,
			       .list = (uintptr_t)list };
	uint32_t i;
	int we, kernel;

	allow.count = diff_one_in(&d, 2) ? 0 : (uint32_t)diff_below(&d, 5);
	for (i = 0; i < allow.count; i++) {
		list[i].start = random_iova(space);
		list[i].last = diff_one_in(&d, 20) ? random_iova(space) :
			list[i].start + diff_below(&d, 64) * PAGE - 1;
	}
	we = vprim_ioas_allow(&space->ours, list, allow.count, NULL);
	kernel = ioctl(iommufd, IOAS_ALLOW, &allow) ? -errno : 0;
	diff_trace(&d, "%c.allow (%u ranges, %#" PRIx64 "..%#" PRIx64 " first) -> %s",
		   space->name, allow.count, allow.count ? list[0].start : 0,
		   allow.count ? list[0].last : 0, diff_answer(we));
	judge(we, kernel, 0, 0);
}

static void do_ranges(struct space *space)
{
	struct vprim_range we_list[RESERVED], kernel_list[RESERVED];
	struct vprim_ioas_stats stats = { 0 };
	uint32_t room = (uint32_t)diff_below(&d, 6), count = room;
	size_t we_count = 0;
	uint64_t alignment;
	int we = vprim_ioas_ranges(&space->ours, we_list, room, &we_count, NULL);
	int kernel = kernel_ranges(space, kernel_list, &count, &alignment);

	diff_trace(&d, "%c.ranges room=%u -> %s needed=%zu", space->name, room,
		   diff_answer(we), we_count);
	judge(we, kernel, we_count, count);
	/* Those that fit are there, also when some do not. */
	if (we_count != count ||
	    memcmp(we_list, kernel_list,
		   (count < room ? count : room) * sizeof(*we_list)))
		diff_disagree(&d, "%zu ranges, the kernel has %u, or others",
			      we_count, count);
	vprim_ioas_get_stats(&space->ours, &stats);
	if (stats.iova_alignment != alignment)
		diff_disagree(&d, "alignment %#" PRIx64 ", the kernel's %#" PRIx64,
			      stats.iova_alignment, alignment);
	if (vprim_ioas_audit(&space->ours))
		diff_disagree(&d, "our IOAS is broken");
}

static void do_option(struct space *space)
{
	struct option option = { .size = sizeof(option), .id = space->id,
				 .which = OPTION_HUGE_PAGES,
				 .value = diff_below(&d, 4) != 0 };
	int we = vprim_ioas_large_pages(&space->ours, option.value, NULL);
	int kernel = ioctl(iommufd, OPTION, &option) ? -errno : 0;

	diff_trace(&d, "%c.large_pages %d -> %s", space->name,
		   (int)option.value, diff_answer(we));
	judge(we, kernel, 0, 0);
}

/* Into the new domain goes all that is there, if it can be pinned. */
static int our_attach(struct space *space)
{
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_ioas_mapping area;
	struct vprim_ioas_cursor at;
	int end, ret = vprim_ioas_attach(&space->ours, &domain, NULL);

	if (ret)
		return ret;
	space->domain = true;
	end = vprim_ioas_first(&space->ours, &all, &at, &area);
	for (; !ret && !end; end = vprim_ioas_next(&at, &area))
		if (!reachable(&area, find_pages(area.pages)->writable))
			ret = -EFAULT;
	if (ret) {
		space->domain = false;
		if (vprim_ioas_detach(&space->ours, &domain, NULL))
			diff_die("detach our device");
	}
	return ret;
}

static void do_device(void)
{
	struct space *space = &spaces[0];
	int we, kernel = 0;

	if (device < 0)
		return;
	if (space->domain) {
		we = vprim_ioas_detach(&space->ours, &domain, NULL);
		space->domain = false;
		kernel_detach();
		diff_trace(&d, "a.detach id=d -> %s", diff_answer(we));
	} else {
		we = our_attach(space);
		kernel = kernel_attach(space->id);
		diff_trace(&d, "a.attach id=d -> %s", diff_answer(we));
	}
	judge(we, kernel, 0, 0);
}

/* -- the same iommufd as a VFIO container --------------------------------------------- */

static void choose(const struct space *space)
{
	struct vfio_ioas args = { .size = sizeof(args), .id = space->id, .op = 1 };

	if (ioctl(iommufd, VFIO_IOAS, &args))
		diff_die("choose the IOAS of the container");
}

static void do_compat_map(struct space *space)
{
	struct vprim_ioas_compat_map_args args = { 0 };
	struct vfio_iommu_type1_dma_map map = { 0 };
	int we, kernel;

	args.argsz = diff_one_in(&d, 20) ? (uint32_t)diff_below(&d, 40) :
					   (uint32_t)sizeof(map);
	args.flags = diff_one_in(&d, 20) ? (uint32_t)diff_below(&d, 16) : 3;
	/* No protection at all is let through: what then is the IOMMU's own. */
	if (device >= 0 && !(args.flags & 3))
		args.flags |= 1;
	args.vaddr = random_uptr(space);
	args.iova = random_iova(space);
	args.size_bytes = random_length(space);
	if (harmful(space, 1, args.iova, args.size_bytes))
		return;
	map.argsz = args.argsz;
	map.flags = args.flags;
	map.vaddr = args.vaddr;
	map.iova = args.iova;
	map.size = args.size_bytes;
	choose(space);
	we = vprim_ioas_compat_map(&space->ours, &args, NULL);
	kernel = ioctl(iommufd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
	diff_trace(&d, "%c.compat_map %#" PRIx64 " %#" PRIx64 " %#" PRIx64
		   " flags=%#x argsz=%u -> %s", space->name, args.iova,
		   args.vaddr, args.size_bytes, args.flags, args.argsz,
		   diff_answer(we));
	judge(we, kernel, 0, 0);
}

static void do_compat_unmap(struct space *space)
{
	struct vprim_ioas_compat_unmap_args args = { 0 };
	struct vfio_iommu_type1_dma_unmap unmap = { 0 };
	struct vprim_ioas_unmapped done = { 0 };
	int we, kernel;

	args.argsz = diff_one_in(&d, 20) ? (uint32_t)diff_below(&d, 40) :
					   (uint32_t)sizeof(unmap);
	args.flags = diff_one_in(&d, 20) ? (uint32_t)diff_below(&d, 8) : 0;
	random_range(space, &args.iova, &args.size_bytes);
	if (args.flags == 2 && diff_below(&d, 4))
		args.iova = args.size_bytes = 0;
	unmap.argsz = args.argsz;
	unmap.flags = args.flags;
	unmap.iova = args.iova;
	unmap.size = args.size_bytes;
	choose(space);
	we = vprim_ioas_compat_unmap(&space->ours, &args, &done, NULL);
	kernel = ioctl(iommufd, VFIO_IOMMU_UNMAP_DMA, &unmap) ? -errno : 0;
	diff_trace(&d, "%c.compat_unmap %#" PRIx64 " %#" PRIx64
		   " flags=%#x argsz=%u -> %s size=%#" PRIx64, space->name,
		   args.iova, args.size_bytes, args.flags, args.argsz,
		   diff_answer(we), done.size_bytes);
	judge(we, kernel, done.size_bytes, unmap.size);
}

static void do_compat_question(struct space *space)
{
	uint64_t buffer[128] = { 0 };
	struct vfio_iommu_type1_info *info = (void *)buffer;
	struct vprim_ioas_compat_info we_info = { 0 };
	uint32_t extension = (uint32_t)diff_below(&d, 16);
	int we, kernel;

	choose(space);
	info->argsz = (uint32_t)diff_below(&d, 200);
	we = vprim_ioas_compat_get_info(&space->ours, info->argsz, &we_info);
	diff_trace(&d, "%c.compat_info argsz=%u -> %s argsz=%u flags=%u cap_offset=%u",
		   space->name, info->argsz, diff_answer(we), we_info.argsz,
		   we_info.flags, we_info.cap_offset);
	kernel = ioctl(iommufd, VFIO_IOMMU_GET_INFO, info) ? -errno : 0;
	judge(we, kernel, we_info.argsz, kernel ? 0 : info->argsz);
	if (!we && (we_info.flags != info->flags ||
		    we_info.cap_offset != info->cap_offset))
		diff_disagree(&d, "the kernel says flags=%u cap_offset=%u",
			      info->flags, info->cap_offset);
	/* Cache coherence is the hardware's, no IOMMU a kernel's that allows it. */
	if (extension == 4 || extension == 8)
		return;
	we = vprim_ioas_compat_extension(extension);
	kernel = ioctl(iommufd, VFIO_CHECK_EXTENSION, extension);
	diff_trace(&d, "ioas.compat_extension %u -> ok value=%d", extension, we);
	if (we != kernel)
		diff_disagree(&d, "the kernel says %d", kernel);
}

static void operation(void)
{
	/* By turns mostly map and mostly unmap. */
	const uint64_t maps = d.traced / 64 % 2 ? 24 : 46;
	struct space *space = some_space();
	uint64_t which = diff_below(&d, 100);

	d.operations++;
	if (which < maps)
		do_map(space);
	else if (which < 68)
		do_unmap(space);
	else if (which < 80)
		do_copy(space);
	else if (which < 83)
		do_allow(space);
	else if (which < 86)
		do_ranges(space);
	else if (which < 88)
		do_option(space);
	else if (which < 90)
		do_device();
	else if (which < 94)
		do_compat_map(space);
	else if (which < 98)
		do_compat_unmap(space);
	else
		do_compat_question(space);
	if (d.traced >= MAX_OPERATIONS)
		fresh();
}

/* -- set up ------------------------------------------------------------------------------ */

static void open_device(const char *path)
{
	struct bind args = { .argsz = sizeof(args), .iommufd = iommufd };

	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, DEVICE_BIND, &args))
		diff_die("bind the device");
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc < 3) {
		printf("usage: diff_ioas SEED COUNT [CDEV]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0)
		diff_die("open /dev/iommu");
	d.seed = d.rng.state = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	d.what = argc > 3 ? "ioas with a device" : "ioas";
	d.begin = "# a has the device's reserved ranges, b has none";
	spaces[0].name = 'a';
	spaces[1].name = 'b';
	diff_memory();
	if (argc > 3)
		open_device(argv[3]);
	fresh();
	while (d.operations < count)
		operation();
	diff_summary(&d);
	vprim_ioas_fini(&spaces[0].ours);
	vprim_ioas_fini(&spaces[1].ours);
	return 0;
}
