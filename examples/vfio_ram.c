// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_ram - a guest's RAM, for a device and for the VMM's own device models.
 *
 * The RAM is laid around the holes of the machine and of its IOMMU, estimated against
 * the limit of locked memory, and mapped: as a file where iommufd can. A model finds
 * the guest's addresses in the same regions. What both have written is one bitmap of
 * dirty pages, as a migration wants it.
 *   cc vfio_ram.c $(pkg-config --cflags --libs virtprim) -o vfio_ram
 *   ./vfio_ram container 0000:01:00.0       # or: iommufd
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtprim/dirty.h>
#include <virtprim/iova_xlate.h>
#include <virtprim/user.h>
#include <virtprim/user_dma.h>

#define PAGE UINT64_C(4096)
#define MIB UINT64_C(0x100000)
#define RW (VPRIM_USER_DMA_READ | VPRIM_USER_DMA_WRITE)

#define END (4100 * MIB)

/* 4 MiB below the hole for devices, the rest from 4 GiB on. */
static const struct vprim_iova_windows_ram ram = { 8 * MIB, 4 * MIB, 4096 * MIB,
						   2 * MIB, false };
static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;
static struct vprim_user_dma dma;
static struct vprim_user_fault fault;
static struct vprim_iova_xlate guest;
static struct vprim_range piece[8];
static struct vprim_range_buf pieces = { piece, 8, 0 };
static uint64_t bits[END / PAGE / 64];
static const struct vprim_dirty_view dirty = { { 0, END - 1 }, { bits, END / PAGE } };
static int file;
static char *memory, text[320];

static void need(bool done, int status, const char *why)
{
	if (done)
		return;
	vprim_user_fault_text(&fault, text, sizeof(text));
	printf("vfio_ram: %s%s\n", status == 77 ? "not on this machine: " : "",
	       why ? why : text);
	exit(status);
}

/* Before anything is open: a "direct" region would say that nobody gets the device. */
static void regions(const char *name)
{
	static const char *const kinds[] = { "reserved", "direct", "direct-relaxable",
					     "msi", "msi" };
	struct vprim_iova_windows_reserved region[16];
	size_t n, i;

	need(!vprim_user_vfio_reserved(NULL, name, region, 16, &n, &fault), 77, NULL);
	for (i = 0; i < n; i++)
		printf("not for RAM: 0x%" PRIx64 "..0x%" PRIx64 ", %s\n",
		       region[i].range.start, region[i].range.last,
		       kinds[region[i].type]);
}

/* For the device and for the models: the same addresses, the same bytes. */
static void add(const struct vprim_range *range, uint64_t at, bool iommufd)
{
	const struct vprim_iova_xlate_region region = {
		*range, (uintptr_t)(memory + at), at, RW };
	int ret = iommufd ?
		vprim_user_dma_map_file(&dma, range, file, at, RW, &fault) : -ENOTTY;

	if (ret == -ENOTTY)	/* a container, or a kernel before 6.13 */
		ret = vprim_user_dma_map(&dma, range, memory + at, RW, &fault);
	need(!ret, 1, NULL);
	need(!vprim_iova_xlate_add(&guest, &region, NULL), 1, "no region");
	printf("RAM 0x%" PRIx64 "..0x%" PRIx64 "\n", range->start, range->last);
}

static void lay_out(bool iommufd)
{
	struct vprim_ranges windows;
	struct vprim_user_memlock lock;
	uint64_t at = 0;

	need(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault), 1, NULL);
	windows = (struct vprim_ranges){ dma.windows, dma.nr_windows };
	need(!vprim_iova_windows_place_ram(&ram, windows, &pieces, NULL), 1, "no place");
	need(!vprim_user_dma_memlock(&space, ram.size_bytes, &lock, &fault), 1, NULL);
	need(lock.fits, 77, "the limit of locked memory is below 8 MiB");
	file = memfd_create("ram", MFD_CLOEXEC);
	need(file >= 0 && !ftruncate(file, (off_t)ram.size_bytes), 1, "no file");
	memory = mmap(NULL, ram.size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	need(memory != MAP_FAILED, 1, "no memory");
	for (size_t i = 0; i < pieces.count; i++) {
		add(&piece[i], at, iommufd);
		at += piece[i].last - piece[i].start + 1;
	}
}

/* What a guest's descriptor points to, for a model that is going to write there. */
static void model_writes(uint64_t iova, uint64_t len_bytes)
{
	const struct vprim_iova_xlate_request request = { iova, len_bytes,
							  VPRIM_IOVA_XLATE_WRITE };
	struct vprim_iova_xlate_segment segment[4];
	struct vprim_iova_xlate_segments segments = { segment, 4, 0 };
	struct vprim_reason why;

	if (vprim_iova_xlate_to_segments(&guest, &request, &segments, &why)) {
		vprim_reason_text(&why, text, sizeof(text));
		printf("a model is refused: %s\n", text);
		return;
	}
	for (size_t i = 0; i < segments.count; i++)
		memset((void *)(uintptr_t)segment[i].vaddr, 1, segment[i].len_bytes);
	printf("a model writes at 0x%" PRIx64 ", %" PRIu64 " pages are dirty\n", iova,
	       vprim_dirty_count(&dirty.bitmap));
}

/* A container tells as it is; in an IOAS the device goes into a domain that does. */
static void device_writes(bool iommufd)
{
	uint64_t words[8 * MIB / PAGE / 64];
	uint32_t domain = 0;

	if ((iommufd && vprim_user_dma_dirty_domain(&device, &domain, &fault)) ||
	    vprim_user_dma_dirty_track(&space, domain, true, &fault)) {
		vprim_user_fault_text(&fault, text, sizeof(text));
		printf("the device: %s\n", text);
		return;
	}
	for (size_t i = 0; i < pieces.count; i++) {
		uint64_t pages = (piece[i].last - piece[i].start + 1) / PAGE;
		const struct vprim_dirty_bitmap these = { words, pages };

		need(!vprim_user_dma_dirty_read(&space, domain, &piece[i], PAGE, words,
						8 * MIB / PAGE / 64, &fault), 1, NULL);
		need(!vprim_dirty_or(&dirty.bitmap, piece[i].start / PAGE, &these), 1,
		     "no such pages");
	}
	printf("the device may have written, %" PRIu64 " pages are dirty\n",
	       vprim_dirty_count(&dirty.bitmap));
	need(!vprim_user_dma_dirty_track(&space, domain, false, &fault), 1, NULL);
}

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? argv[2] : "0000:01:00.0";
	bool iommufd = argc > 1 && !strcmp(argv[1], "iommufd");

	regions(name);
	need(!vprim_user_vfio_space_open(&space, NULL, iommufd ? 0 : VPRIM_TYPE1_V2,
					 &fault) &&
	     !vprim_user_vfio_device_open(&device, &space, name, &fault), 77, NULL);
	need(!vprim_iova_xlate_init(&guest, sizeof(guest), vprim_user_alloc(), NULL, 0,
				    NULL) &&
	     !vprim_iova_xlate_log(&guest, &dirty, PAGE), 1, "no regions");
	lay_out(iommufd);
	model_writes(0x3ff800, 0x800);
	model_writes(0x3ff800, 0x1000);
	device_writes(iommufd);
	need(!vprim_user_dma_unmap(&dma, &(struct vprim_range){ 0, UINT64_MAX }, &fault),
	     1, NULL);
	vprim_iova_xlate_fini(&guest);
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}
