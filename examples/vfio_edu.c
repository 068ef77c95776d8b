// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vfio_edu - drive a PCI device from userspace, up to the last page it can reach.
 *
 * QEMU's edu device copies bytes between a buffer of its own and memory. Bind it to
 * vfio-pci and say where it is:
 *   cc vfio_edu.c $(pkg-config --cflags --libs virtprim) -o vfio_edu
 *   ./vfio_edu container 0000:01:00.0       # or: iommufd
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <virtprim/region_info.h>
#include <virtprim/user_dma.h>
#include <virtprim/vfio_cap.h>

#define PAGE 4096
#define EDU_BUFFER 0x40000	/* as the device sees it */

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;
static struct vprim_user_dma dma;
static struct vprim_user_fault fault;
static volatile uint64_t *bar;
static _Alignas(PAGE) char a[PAGE], b[PAGE];

static void need(bool done, int status, const char *why)
{
	char text[320];

	if (done)
		return;
	vprim_user_fault_text(&fault, text, sizeof(text));
	printf("vfio_edu: %s%s\n", status == 77 ? "not on this machine: " : "",
	       why ? why : text);
	exit(status);
}

static struct vprim_vfio_cap_fixed region(uint32_t index)
{
	struct vprim_vfio_cap_view view;
	char answer[1024];

	need(!vprim_user_vfio_region_info(&device, index, answer, sizeof(answer),
					  &view, &fault), 1, NULL);
	printf("region %u: 0x%" PRIx64 " bytes%s\n", index, view.fixed.size,
	       view.fixed.flags & VPRIM_VFIO_CAP_REGION_MMAP ? ", can be mapped" : "");
	return view.fixed;
}

/* Is it the device we mean? Only then switch its memory and bus mastering on. */
static void wake_edu(void)
{
	struct vprim_vfio_cap_fixed regs = region(VPRIM_REGION_INFO_PCI_BAR0);
	off_t at = (off_t)region(VPRIM_REGION_INFO_PCI_CONFIG).offset;
	uint16_t word[3];

	need(pread(device.fd, word, 6, at) == 6, 1, "no configuration space");
	need(word[0] == 0x1234 && word[1] == 0x11e8, 77, "that device is no edu");
	word[2] |= 6;
	need(pwrite(device.fd, &word[2], 2, at + 4) == 2, 1, "no command register");
	bar = mmap(NULL, regs.size, PROT_READ | PROT_WRITE, MAP_SHARED, device.fd,
		   (off_t)regs.offset);
	need(bar != MAP_FAILED, 1, "no registers");
}

/* Let the device have a page, at the highest address that is free. */
static void lend(const char *page, struct vprim_range *range)
{
	struct vprim_hole want;

	need(!vprim_hole_init(&want, PAGE), 1, "no request");
	want.align_bytes = PAGE;
	want.from = VPRIM_HOLE_HIGHEST;
	need(!vprim_user_dma_place(&dma, &want, page, VPRIM_USER_DMA_READ |
				   VPRIM_USER_DMA_WRITE, range, &fault), 1, NULL);
	printf("a page at 0x%" PRIx64 "..0x%" PRIx64 "\n", range->start, range->last);
}

/* Half a page at once: the end of its buffer, edu takes for one byte too many. */
static void copy(uint64_t from, uint64_t to, uint64_t to_memory)
{
	bar[0x80 / 8] = from;
	bar[0x88 / 8] = to;
	bar[0x90 / 8] = PAGE / 2;
	for (bar[0x98 / 8] = to_memory | 1; bar[0x98 / 8] & 1;)
		usleep(1000);
}

static void travel(uint64_t from, char *sent, uint64_t to, const char *got, int salt)
{
	for (int i = 0; i < PAGE; i++)
		sent[i] = (char)(i * 7 + i / 256 + salt);
	for (uint64_t half = 0; half < PAGE; half += PAGE / 2) {
		copy(from + half, EDU_BUFFER, 0);
		copy(EDU_BUFFER, to + half, 2);
	}
	need(!memcmp(sent, got, PAGE), 1, "bytes got lost");
	printf("4096 bytes, 0x%" PRIx64 " to device to 0x%" PRIx64 "\n", from, to);
}

static void say(const char *what, int ret)
{
	char text[320] = "done";

	if (ret)
		vprim_user_fault_text(&fault, text, sizeof(text));
	printf("%s: %s\n", what, text);
}

int main(int argc, char **argv)
{
	const char *where = argc > 2 ? argv[2] : "0000:01:00.0";
	uint32_t kind = VPRIM_TYPE1_V2;
	struct vprim_range top, below;

	if (argc > 1 && !strcmp(argv[1], "iommufd"))
		kind = 0;
	need(!vprim_user_vfio_space_open(&space, NULL, kind, &fault) &&
	     !vprim_user_vfio_device_open(&device, &space, where, &fault), 77, NULL);
	wake_edu();
	need(!vprim_user_dma_init(&dma, &space, NULL, NULL, &fault), 1, NULL);
	for (size_t i = 0; i < dma.nr_windows; i++)
		printf("usable: 0x%" PRIx64 "..0x%" PRIx64 "\n", dma.windows[i].start,
		       dma.windows[i].last);
	lend(a, &top);
	lend(b, &below);
	travel(top.start, a, below.start, b, 1);
	say("reset", vprim_user_vfio_reset(&device, &fault));
	travel(below.start, b, top.start, a, 2);
	say("unmap", vprim_user_dma_unmap(&dma, &top, &fault));
	memset(a, 0, PAGE);
	copy(EDU_BUFFER, top.start, 2);
	printf("one more write there %s\n", a[0] ? "STILL ARRIVES" : "stops at the IOMMU");
	say("unmap", vprim_user_dma_unmap(&dma, &below, &fault));
	vprim_user_dma_fini(&dma);
	vprim_user_vfio_device_close(&device);
	vprim_user_vfio_space_close(&space);
}
