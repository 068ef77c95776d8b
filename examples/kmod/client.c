// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * client - a user of the card: who reaches its memory, and when no longer.
 *
 * Runs where card.ko and VFIO's type1 are loaded. Checks what GET_REGION_INFO
 * answers with the library's parser. Then four ways lead to the window: the card's
 * own file, mapped and read, a mapping of the dma-buf, and the engine that borrows.
 */
#include <virtprim/user_vfio.h>

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/vfio.h>

#include "card.h"

static struct vprim_user_vfio_device card;
static int lent, engine;
static volatile char *own, *borrowed;
static sigjmp_buf no_memory;

static void need(bool ok, const char *what, const struct vprim_user_fault *fault)
{
	char text[200] = "";

	if (ok)
		return;
	vprim_user_fault_text(fault, text, sizeof(text));
	printf("client: %s %s\n", what, text);
	exit(EXIT_FAILURE);
}

/* The library looks among the devices of the PCI bus. */
static int find_card(void *ctx, const char *path, char *name, size_t size_bytes)
{
	(void)path;
	return vprim_user_sys_real()->link(ctx, "/sys/bus/platform/devices/card/iommu_group",
				      name, size_bytes);
}

static void show_region(struct vprim_user_fault *fault)
{
	struct vprim_vfio_cap_area area;
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap cap;
	uint8_t buf[1024];

	need(!vprim_user_vfio_region_info(&card, 0, buf, sizeof(buf), &view, fault),
	     "region 0:", fault);
	need(!vprim_vfio_cap_find(&view, VPRIM_VFIO_CAP_SPARSE_MMAP, &cap, NULL) &&
	     !vprim_vfio_cap_read_sparse_area(&view, &cap, 0, &area, NULL) &&
	     !vprim_vfio_cap_match_type(&view, VPRIM_VFIO_CAP_TYPE_PCI | CARD_VENDOR,
					CARD_SUBTYPE, NULL),
	     "the capabilities are others", NULL);
	printf("region 0: 0x%" PRIx64 " bytes, flags 0x%x, argsz %u, %u capabilities:\n"
	       "sparse mmap of 0x%" PRIx64 " bytes from 0x%" PRIx64
	       ", type: PCI vendor 0x%x, subtype %u\n\n", view.fixed.size, view.fixed.flags,
	       view.fixed.argsz, view.nr_caps, area.size, area.offset, CARD_VENDOR,
	       CARD_SUBTYPE);
}

static int feature(uint32_t flags, struct card_lend ask)
{
	struct {		/* struct vfio_device_feature with its data */
		uint32_t argsz, flags;
		struct card_lend ask;
	} f = { sizeof(f), flags, ask };

	return ioctl(card.fd, VFIO_DEVICE_FEATURE, &f);
}

static void on_bus_error(int sig)
{
	(void)sig;
	siglongjmp(no_memory, 1);
}

static void look(const volatile char *window)
{
	if (sigsetjmp(no_memory, 1))
		printf(" %9s", "SIGBUS");
	else
		printf(" %9s", *window == '!' ? "data" : "zeros");
}

static void ask(int fd, off_t offset)
{
	char byte = 0;
	bool got = pread(fd, &byte, 1, offset) == 1;

	printf(" %9s", !got ? "refused" : byte == '!' ? "data" : "zeros");
}

static void rows(const char *when)
{
	const char *then[] = { when, "  engine borrows" };
	int i;

	for (i = 0; i < 2; i++) {
		if (i && dprintf(engine, "%d", lent) < 0)
			then[i] = "  engine may not";
		printf("%-17s", then[i]);
		look(own);
		ask(card.space ? card.fd : -1, CARD_WINDOW);
		look(borrowed);
		ask(engine, CARD_ENGINE_IOVA);
		printf("\n");
	}
}

int main(void)
{
	const struct card_lend window = { 0, O_RDWR, 0, 1, CARD_WINDOW, CARD_WINDOW_BYTES };
	struct vprim_user_sys sys = *vprim_user_sys_real();
	struct vprim_user_vfio_space space;
	struct vprim_user_fault fault;

	sys.link = find_card;
	signal(SIGBUS, on_bus_error);
	need(!vprim_user_vfio_space_open(&space, &sys, VPRIM_TYPE1_V2, &fault) &&
	     !vprim_user_vfio_device_open(&card, &space, "card", &fault), "", &fault);
	show_region(&fault);

	lent = feature(VFIO_DEVICE_FEATURE_GET | CARD_LEND, window);
	engine = open("/dev/card-engine", O_RDWR | O_CLOEXEC);
	own = mmap(NULL, CARD_WINDOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, card.fd,
		   CARD_WINDOW);
	borrowed = mmap(NULL, CARD_WINDOW_BYTES, PROT_READ, MAP_SHARED, lent, 0);
	need(engine >= 0 && own != MAP_FAILED && borrowed != MAP_FAILED, "no way", NULL);
	own[0] = '!';
	printf("%27s %9s %9s %9s\n", "own map", "own read", "dma-buf", "engine");
	rows("the card is awake");
	feature(VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, window);
	rows("it sleeps");
	feature(VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, window);
	rows("it wakes up");
	need(!vprim_user_vfio_reset(&card, &fault), "", &fault);
	rows("it is reset");
	vprim_user_vfio_device_close(&card);
	rows("it is closed");
	vprim_user_vfio_space_close(&space);
	return EXIT_SUCCESS;
}
