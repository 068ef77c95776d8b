// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * top_ioas - the last pages of the 64-bit space in a real IOAS: what iommufd says,
 * what the library says, and what memory a device finds there.
 *
 *   top_ioas CDEV
 *
 * CDEV is that of an edu device whose IOMMU reaches 2^64-1. Status 0 when the
 * library's answers are right and one page does as it should; the kernel's fault
 * with two is shown, or its absence.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <virtprim/ioas.h>
#include <virtprim/user.h>
#include "edu.h"
#include "iommufd.h"

#define LOW UINT64_C(0x100000)
#define POOL 64

static int iommufd, wrong;
static uint32_t id;
static struct vprim_ioas ours;
static volatile uint64_t *regs;

static void row(const char *what, int kernel, uint64_t kernel_size, int we,
		uint64_t we_size)
{
	const bool right = kernel == we && kernel_size == we_size;

	printf("%-36s kernel %-4d %#-8" PRIx64 " library %-4d %#-8" PRIx64 "%s\n",
	       what, kernel, kernel_size, we, we_size, right ? "" : " DIFFER");
	wrong += !right;
}

static void map(const char *what, uint64_t iova, void *at, uint64_t bytes)
{
	struct map k = { .size = sizeof(k), .flags = 7, .id = id,
			 .uptr = (uintptr_t)at, .length = bytes, .iova = iova };
	struct vprim_ioas_map_args args = { .flags = 7, .uptr = (uintptr_t)at,
					    .length_bytes = bytes, .iova = iova };
	int we = vprim_ioas_map(&ours, &args, NULL, NULL);

	row(what, ioctl(iommufd, IOAS_MAP, &k) ? -errno : 0, 0, we, 0);
}

static void unmap(const char *what, uint64_t iova, uint64_t bytes)
{
	struct unmap k = { .size = sizeof(k), .id = id, .iova = iova,
			   .length = bytes };
	struct vprim_ioas_unmapped done = { 0 };
	int we = vprim_ioas_unmap(&ours, iova, bytes, &done, NULL);
	int kernel = ioctl(iommufd, IOAS_UNMAP, &k) ? -errno : 0;

	row(what, kernel, k.length, we, done.size_bytes);
}

static bool dma(const char *what, uint64_t iova, unsigned char *page)
{
	bool reached = edu_reaches(regs, iova, page);

	printf("%-36s the device %s\n", what,
	       reached ? "REACHES the page" : "does not reach the page");
	return reached;
}

static void setup(const char *cdev)
{
	struct alloc alloc = { .size = sizeof(alloc) };
	struct bind bind = { .argsz = sizeof(bind) };
	struct attach attach = { .argsz = sizeof(attach) };
	struct vprim_ioas_config config;
	int device = open(cdev, O_RDWR);

	iommufd = open("/dev/iommu", O_RDWR);
	bind.iommufd = iommufd;
	if (device < 0 || iommufd < 0 || ioctl(device, DEVICE_BIND, &bind) ||
	    ioctl(iommufd, IOAS_ALLOC, &alloc))
		edu_die("make an IOAS");
	id = attach.id = alloc.out_id;
	if (ioctl(device, DEVICE_ATTACH, &attach))
		edu_die("attach the device");
	regs = edu_open(device);
	vprim_ioas_config_init(&config);
	config.alloc = vprim_user_alloc();
	config.iova_alignment = PAGE;
	if (vprim_ioas_init(&ours, sizeof(ours), &config, NULL))
		edu_die("make our IOAS");
}

/* Two pages in a row that do not lie in a row in the machine's memory. */
static unsigned char *scattered(void)
{
	unsigned char *pool = mmap(NULL, POOL * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	unsigned char *two = mmap(NULL, 2 * PAGE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t frames[POOL];
	int pagemap = open("/proc/self/pagemap", O_RDONLY), i;

	if (pool == MAP_FAILED || two == MAP_FAILED ||
	    pread(pagemap, frames, sizeof(frames),
		  (off_t)((uintptr_t)pool / PAGE * 8)) != sizeof(frames))
		edu_die("see where memory lies");
	close(pagemap);
	for (i = 1; i < POOL && frames[i] == frames[0] + 1; i++)
		;
	if (i == POOL ||
	    mremap(pool, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, two) != two ||
	    mremap(pool + (uint64_t)i * PAGE, PAGE, PAGE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, two + PAGE) != two + PAGE)
		edu_die("scatter memory");
	return two;
}

/* Whether the device reads the second page of @two, mapped at @iova. */
static bool reads_own(uint64_t iova, const unsigned char *two,
		      unsigned char *low)
{
	bool own;

	memset(low, 0, PAGE);
	edu_move(regs, iova + PAGE, EDU_BUFFER, false);
	edu_move(regs, EDU_BUFFER, LOW, true);
	own = !memcmp(low, two + PAGE, EDU_BYTES);
	printf("%-36s the device reads %s\n", "  the second of them",
	       own ? "the process's page" : "MEMORY THAT IS NOT THE PROCESS'S");
	return own;
}

/*
 * What this kernel did it must never undo: it would give back memory that it does
 * not hold. So somebody keeps everything open until the guest is switched off.
 */
static void keep_open(void)
{
	if (fork())
		return;
	fclose(stdout);
	close(0);
	close(1);
	close(2);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned char *page, *two, *low;
	bool own;

	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setup(argv[1]);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		edu_die("get memory");
	low = page + PAGE;
	map("map the last page of 2^64", TOP, page, PAGE);
	own = dma("  mapped", TOP, page);
	map("map it once more", TOP, page, PAGE);
	unmap("unmap it", TOP, PAGE);
	if (!own || dma("  unmapped", TOP, page)) {
		printf("the device does not do as the answers say\n");
		return 1;
	}
	two = scattered();
	memset(two, 0x11, PAGE);
	memset(two + PAGE, 0x22, PAGE);
	map("map a low page", LOW, low, PAGE);
	map("map two scattered pages below those", TOP - 4 * PAGE, two, 2 * PAGE);
	if (!reads_own(TOP - 4 * PAGE, two, low)) {
		printf("the device does not read what is mapped\n");
		return 1;
	}
	unmap("unmap them", TOP - 4 * PAGE, 2 * PAGE);
	map("map them at the last two", TOP - PAGE, two, 2 * PAGE);
	own = reads_own(TOP - PAGE, two, low);
	keep_open();
	if (own)
		printf("this kernel is right: answers are the library's, and the "
		       "device reads the pages that were mapped");
	else
		printf("fault of this kernel: of two scattered pages up to 2^64-1 "
		       "the device reads the second elsewhere; answers are the "
		       "library's");
	printf("%s\n", wrong ? ", WRONG" : "");
	return wrong != 0;
}
