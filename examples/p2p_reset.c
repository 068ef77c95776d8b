// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * p2p_reset - a device is reset in the middle of peer-to-peer traffic.
 *
 * An NVMe drive lends its controller memory; a network card writes packets
 * straight into it, through its IOMMU domain. Then the drive must be reset. The
 * sequences of dmabuf.h say when that is allowed, and what becomes of the packets.
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
static struct vprim_dmabuf_attachment nic;
static struct vprim_dmabuf_pages view;
static struct vprim_dmabuf_pair pair;
static bool in_iommu;

static unsigned int now_us;

static void tell(const char *who, const char *what)
{
	const char *state = vprim_dmabuf_name(VPRIM_DMABUF_NAME_EXPORTER, buf.state);
	const char *seen = vprim_dmabuf_name(VPRIM_DMABUF_NAME_IMPORTER, view.state);

	printf("%4u us  %-8s %-9s| %-5s %s\n", now_us, state, seen, who, what);
	now_us += 10;
}

/* Every call here must succeed; the story says so where it does not. */
static void die_if(int ret)
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

static void may_it(const char *who)
{
	tell(who, vprim_dmabuf_device_may_act(&nvme) ?
	     "may the hardware be touched? yes" : "may the hardware be touched? no");
}

/* The card's domain: what its IOMMU does. */
static int domain_map(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	char line[96];

	(void)domain;
	in_iommu = true;
	snprintf(line, sizeof(line), "maps 0x%" PRIx64 " to 0x%" PRIx64 "..0x%" PRIx64,
		 iova, phys->start, phys->last);
	tell("nic", line);
	return 0;
}

static void domain_unmap(void *domain, uint64_t iova, const struct vprim_range *phys)
{
	(void)domain;
	(void)iova;
	(void)phys;
	in_iommu = false;
	tell("nic", "takes the entry out of its domain, with IOTLB sync");
}

static const struct vprim_dmabuf_domain_ops domain = { domain_map, domain_unmap };

/*
 * What the library asks for on its way. One thread needs no locks; a program with
 * more has them in user_dmabuf.h.
 */
static void lock(void *ctx, enum vprim_dmabuf_lock lock, void *object)
{
	(void)ctx;
	(void)lock;
	(void)object;
}

static const struct vprim_dmabuf_ops ops;

/* The card is told, and answers at once. */
static void notify(void *ctx, struct vprim_dmabuf *lent)
{
	(void)lent;
	tell("nvme", "revoke begins: new maps are refused, the card is told");
	packet(3);
	printf("         %-18s|       revoke has not returned, so that was still fine\n", "");
	die_if(vprim_dmabuf_pages_notify(&view, &ops, ctx));
	may_it("host");
}

static void wake(void *ctx, struct vprim_dmabuf *lent)
{
	(void)ctx;
	(void)lent;
}

static void detach(void *ctx, struct vprim_dmabuf_attachment *attach)
{
	(void)ctx;
	die_if(vprim_dmabuf_detach(attach, NULL));
}

/* Nobody reaches the memory any more. */
static void reset_hardware(void *ctx)
{
	(void)ctx;
	tell("nvme", "revoke returns");
	may_it("host");
	packet(4);
	tell("nvme", "RESET");
}

static const struct vprim_dmabuf_ops ops = {
	.lock = lock, .unlock = lock, .notify = notify, .wake = wake,
	.detach = detach, .hardware = reset_hardware,
};

static void card_maps(void)
{
	pair = (struct vprim_dmabuf_pair){ .ops = &domain, .iova = IOVA };
	die_if(vprim_dmabuf_pages_init(&view, sizeof(view), NULL));
	die_if(vprim_dmabuf_attach(&buf, &nic, VPRIM_DMABUF_ATTACH_DEVICE |
					     VPRIM_DMABUF_ATTACH_PEER2PEER |
					     VPRIM_DMABUF_ATTACH_REVOCABLE,
					     NULL));
	die_if(vprim_dmabuf_pages_map_file(&view, &nic, 0, buf.size_bytes, NULL));
	die_if(vprim_dmabuf_pages_fill(&view, &pair, 0, 0x4000, &ops, NULL,
				       NULL));
}

static void card_lets_go(void)
{
	tell("nic", in_iommu ? "unmaps" : "unmaps: nothing is left to take out");
	vprim_dmabuf_pages_unfill(&view, &pair, &ops, NULL);
	die_if(vprim_dmabuf_pages_release(&view, &ops, NULL, NULL));
}

static void reset_drive(void)
{
	struct vprim_dmabuf_device *drive = &nvme;

	tell("host", "the drive hangs and must be reset");
	may_it("host");
	die_if(vprim_dmabuf_run(&drive, 1, VPRIM_DMABUF_TRIGGER_RESET, &ops, NULL,
				NULL));
	tell("nvme", "is back, and lends its memory again");
}

int main(void)
{
	const struct vprim_dmabuf_layout layout = { &cmb, 1, true, false };

	die_if(vprim_dmabuf_device_init(&nvme, sizeof(nvme), NULL));
	nvme.open = true;
	nvme.memory_on = true;
	die_if(vprim_dmabuf_init(&buf, sizeof(buf), &nvme, &layout, NULL));
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
