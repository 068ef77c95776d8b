// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * top_type1 - the last page of the 64-bit space in a real type1 container: what
 * the kernel says, what the library says, and whether a device reaches the page.
 *
 *   top_type1 GROUP ADDRESS
 *
 * ADDRESS is that of an edu device. Status 0 when the library's answers are right
 * and the device reaches what is mapped; the kernel's fault is shown, or its
 * absence.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <virtprim/type1.h>
#include <virtprim/user.h>
#include "edu.h"

#define LOW UINT64_C(0x100000)

static int container, wrong;
static struct vprim_type1 ours;
static volatile uint64_t *regs;
static unsigned char *page;

static const char *text(int ret)
{
	return !ret ? "ok" : ret == -EEXIST ? "-EEXIST" :
	       ret == -EINVAL ? "-EINVAL" : strerror(-ret);
}

/* Both answers in a line; the library must say @want. */
static void row(const char *what, int kernel, uint64_t kernel_size, int we,
		uint64_t we_size, int want, uint64_t want_size)
{
	bool right = we == want && we_size == want_size;

	printf("%-36s kernel %-8s %#-8" PRIx64 " library %-8s %#-8" PRIx64 "%s\n",
	       what, text(kernel), kernel_size, text(we), we_size,
	       right ? "" : " WRONG");
	wrong += !right;
}

static int kernel_map(uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = 3, .vaddr = (uintptr_t)page,
		.iova = iova, .size = PAGE,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int our_map(uint64_t iova)
{
	struct vprim_type1_map_args args = {
		.argsz = VPRIM_TYPE1_MAP_ARGSZ, .flags = 3,
		.vaddr = (uintptr_t)page, .iova = iova, .size_bytes = PAGE,
	};

	return vprim_type1_map(&ours, &args, NULL);
}

static int map(const char *what, uint64_t iova, int want)
{
	int kernel = kernel_map(iova), we = our_map(iova);

	row(what, kernel, 0, we, 0, want, 0);
	return kernel;
}

/* What the kernel says it unmapped. */
static uint64_t unmap(const char *what, uint64_t iova, uint32_t flags,
		      uint64_t want)
{
	struct vfio_iommu_type1_dma_unmap k = {
		.argsz = sizeof(k), .flags = flags, .iova = iova,
		.size = flags ? 0 : PAGE,
	};
	struct vprim_type1_unmap_args args = {
		.argsz = VPRIM_TYPE1_UNMAP_ARGSZ, .flags = flags, .iova = iova,
		.size_bytes = k.size,
	};
	struct vprim_type1_unmapped done = { 0 };
	int we = vprim_type1_unmap(&ours, &args, &done, NULL);
	int kernel = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &k) ? -errno : 0;

	row(what, kernel, k.size, we, done.size_bytes, 0, want);
	return k.size;
}

static bool dma(const char *what, uint64_t iova)
{
	bool reached = edu_reaches(regs, iova, page);

	printf("%-36s the device %s\n", what,
	       reached ? "REACHES the page" : "does not reach the page");
	return reached;
}

/* A page where nothing is special: the bed itself must be right. */
static void ordinary(uint64_t iova, const char *where)
{
	char what[64];
	bool before;

	snprintf(what, sizeof(what), "map %s", where);
	map(what, iova, 0);
	before = dma("  mapped", iova);
	snprintf(what, sizeof(what), "unmap %s", where);
	unmap(what, iova, 0, PAGE);
	if (!before || dma("  unmapped", iova)) {
		printf("the device does not do as an ordinary mapping says\n");
		exit(1);
	}
}

static void setup(const char *number, const char *address)
{
	static uint64_t buffer[512];
	struct vfio_iommu_type1_info *info = (void *)buffer;
	struct vprim_type1_config config;
	struct vprim_range windows[16];
	struct vfio_info_cap_header *header;
	char path[64];
	int group, device;
	uint32_t off, i, count = 0;

	container = open("/dev/vfio/vfio", O_RDWR);
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	group = open(path, O_RDWR);
	if (container < 0 || group < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		edu_die("make a container");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (device < 0)
		edu_die("open the device");
	regs = edu_open(device);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	info->argsz = sizeof(buffer);
	if (page == MAP_FAILED || ioctl(container, VFIO_IOMMU_GET_INFO, info))
		edu_die("read the windows");
	for (off = info->cap_offset; off; off = header->next) {
		struct vfio_iommu_type1_info_cap_iova_range *cap;

		header = (void *)((char *)buffer + off);
		cap = (void *)header;
		if (header->id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			continue;
		for (i = 0; i < cap->nr_iovas && count < 16; i++, count++)
			windows[count] = (struct vprim_range){
				cap->iova_ranges[i].start,
				cap->iova_ranges[i].end };
	}
	vprim_type1_config_init(&config);
	config.alloc = vprim_user_alloc();
	if (vprim_type1_init(&ours, sizeof(ours), &config, NULL) || !count ||
	    vprim_type1_set_windows(&ours, windows, count, NULL))
		edu_die("make our container");
	ordinary(LOW, "a low page");
	ordinary(windows[count - 1].last - (windows[count - 1].last == UINT64_MAX ?
					    2 * PAGE : PAGE) + 1,
		 "a page at the aperture's end");
	printf("the aperture ends at %#" PRIx64 "\n", windows[count - 1].last);
	if (windows[count - 1].last == UINT64_MAX)
		return;
	map("map the last page of 2^64", TOP, -EINVAL);
	printf("no page ends at 2^64-1 here: kernel and library refuse with "
	       "-EINVAL%s\n", wrong ? ", ANSWERS WRONG" : "");
	exit(wrong != 0);
}

int main(int argc, char **argv)
{
	uint64_t size;
	bool reaches;

	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setup(argv[1], argv[2]);
	if (map("map the last page of 2^64", TOP, 0))
		edu_die("map the last page");
	if (!dma("  mapped", TOP)) {
		printf("the device does not reach the last page when it is mapped\n");
		return 1;
	}
	map("map it once more", TOP, -EEXIST);
	map("map a low page", LOW, 0);
	unmap("unmap the low page", LOW, 0, PAGE);
	size = unmap("unmap the last page", TOP, 0, PAGE);
	reaches = dma("  \"unmapped\"", TOP);
	unmap("unmap ALL", 0, VFIO_DMA_UNMAP_FLAG_ALL, 0);
	reaches = dma("  \"all unmapped\"", TOP) || reaches;
	if (reaches)
		printf("fault of this kernel: it unmapped %" PRIu64 " bytes of the "
		       "last page and the device still reaches it; the library "
		       "unmaps 4096%s\n", size, wrong ? ", ANSWERS WRONG" : "");
	else
		printf("this kernel is right: it unmapped %" PRIu64 " bytes and the "
		       "device no longer reaches the page; the library unmaps 4096%s\n",
		       size, wrong ? ", ANSWERS WRONG" : "");
	return wrong != 0;
}
