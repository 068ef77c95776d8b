// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * p2p_reset - a device is reset in the middle of peer-to-peer traffic.
 *
 * An NVMe drive lends its controller memory; a network card writes packets
 * straight into it, through its IOMMU domain. Then the drive must be reset. The
 * machines of dmabuf.h say when that is allowed, and what becomes of the packets.
 *
 *   cc p2p_reset.c $(pkg-config --cflags --libs virtprim) -o p2p_reset
 *   ./p2p_reset
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/dmabuf.h>

#define IOVA UINT64_C(0x40000000)

/* The drive, and the memory it lends. */
static const struct vprim_range cmb = { 0xfe000000, 0xfe00ffff };
static struct vprim_dmabuf_device nvme;
static struct vprim_dmabuf buf;

/* The card: its attachment, its view, and the one entry in its domain. */
static struct vprim_dmabuf_attach nic;
static struct vprim_dmabuf_pages view;
static struct vprim_dmabuf_pair pair;
static bool in_iommu;

static unsigned int now_us;

static void tell(const char *who, const char *what)
{
	const char *state = vprim_dmabuf_state_name(VPRIM_DMABUF_EXPORTER,
						    vprim_dmabuf_state(&buf));
	const char *seen = vprim_dmabuf_state_name(VPRIM_DMABUF_IMPORTER,
						   vprim_dmabuf_pages_state(&view));

	printf("%4u us  %-8s %-9s| %-5s %s\n", now_us, state, seen, who, what);
	now_us += 10;
}

/* Every call here must succeed; the story says so where it does not. */
static void must(int ret)
{
	if (ret) {
		fprintf(stderr, "p2p_reset: %s\n", strerror(-ret));
		exit(EXIT_FAILURE);
	}
}

static void packet(int number)
{
	char line[64];

	snprintf(line, sizeof(line), in_iommu ?
		 "packet %d lands in the drive's memory" :
		 "packet %d stops at the IOMMU: no entry", number);
	tell("nic", line);
}

static void card_maps(void)
{
	struct vprim_range phys;
	uint32_t actions;
	char line[96];

	must(vprim_dmabuf_pages_init(&view, sizeof(view), NULL));
	must(vprim_dmabuf_attach(&buf, &nic, VPRIM_DMABUF_ATTACH_DEVICE |
					     VPRIM_DMABUF_ATTACH_PEER2PEER |
					     VPRIM_DMABUF_ATTACH_REVOCABLE));
	must(vprim_dmabuf_pages_map_file(&view, &nic, 0, vprim_dmabuf_size_bytes(&buf)));
	must(vprim_dmabuf_fill(&view, &pair, 0, 0x4000, &actions, &phys));
	in_iommu = actions & VPRIM_DMABUF_DO_IOMMU_MAP;
	snprintf(line, sizeof(line), "maps 0x%" PRIx64 " to 0x%" PRIx64 "..0x%" PRIx64,
		 IOVA, phys.start, phys.last);
	tell("nic", line);
}

/* What the drive's notification makes the card do. */
static void card_is_told(struct vprim_dmabuf_attach *attach)
{
	struct vprim_dmabuf_pair *gone = NULL;

	for (;;) {
		must(vprim_dmabuf_pages_notify(&view, &gone));
		if (!gone)
			break;
		in_iommu = false;
		tell("nic", "takes the entry out of its domain, with IOTLB sync");
	}
	must(vprim_dmabuf_acknowledge(attach));
}

static void card_lets_go(void)
{
	uint32_t actions;

	vprim_dmabuf_unfill(&pair, &actions);
	tell("nic", actions & VPRIM_DMABUF_DO_IOMMU_UNMAP ?
	     "unmaps a second time" : "unmaps: nothing is left to take out");
	must(vprim_dmabuf_pages_release(&view, NULL));
	must(vprim_dmabuf_pages_unmap(&view));
	must(vprim_dmabuf_detach(&nic));
	must(vprim_dmabuf_pages_finish(&view, NULL));
}

static void may_it(const char *who)
{
	tell(who, vprim_dmabuf_device_may_act(&nvme) ?
	     "may the hardware be touched? yes" : "may the hardware be touched? no");
}

static void reset_drive(void)
{
	struct vprim_dmabuf_attach *due;

	tell("host", "the drive hangs and must be reset");
	may_it("host");
	must(vprim_dmabuf_revoke(&buf, NULL));
	tell("nvme", "revoke begins: new maps are refused, the card is told");
	packet(3);
	printf("         %-18s|       revoke has not returned, so that was still fine\n", "");
	for (due = vprim_dmabuf_first_due(&buf); due; due = vprim_dmabuf_next_due(due))
		card_is_told(due);
	may_it("host");
	must(vprim_dmabuf_complete(&buf, NULL));
	tell("nvme", "revoke returns");
	may_it("host");
	packet(4);
	tell("nvme", "RESET");
	must(vprim_dmabuf_unrevoke(&buf, NULL));
	tell("nvme", "is back, and lends its memory again");
}

int main(void)
{
	const struct vprim_dmabuf_layout layout = { &cmb, 1, true, false };

	must(vprim_dmabuf_device_init(&nvme, sizeof(nvme), NULL));
	nvme.open = true;
	nvme.memory_on = true;
	must(vprim_dmabuf_init(&buf, sizeof(buf), &nvme, &layout));
	printf("  time   buffer   card     | who   what\n");
	tell("nvme", "lends 64 KiB of its memory");
	card_maps();
	packet(1);
	packet(2);
	reset_drive();
	packet(5);
	printf("         %-18s|       what was revoked stays so: the card must map anew\n", "");
	card_lets_go();
	card_maps();
	packet(6);
	return 0;
}
