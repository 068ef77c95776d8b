// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * region_server - an emulated device's region info, for somebody who means no good.
 *
 * A server answers VFIO_DEVICE_GET_REGION_INFO over a socket as the kernel would. Its
 * client sends every argsz and then garbage; it must get what it has room for, no more.
 *
 *   cc region_server.c $(pkg-config --cflags --libs virtprim) -o region_server
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <virtprim/region_info.h>
#include <virtprim/vfio_cap.h>

#define FIXED VPRIM_VFIO_CAP_REGION_BYTES
#define LE VPRIM_VFIO_CAP_LE	/* on the wire, whoever is at its ends */

/* The device: registers around an MSI-X table, plain memory, a vendor's own region. */
static int regions(void *device, struct vprim_region_info *info,
		   struct vprim_vfio_cap_chain *chain)
{
	static const struct vprim_vfio_cap_area around[] = { { 0, 0x2000 }, { 0x3000, 0xd000 } };

	(void)device;
	info->size = 0x10000;
	info->offset = (uint64_t)info->index << VPRIM_REGION_INFO_PCI_SHIFT;
	info->flags = VPRIM_VFIO_CAP_REGION_READ | VPRIM_VFIO_CAP_REGION_MMAP;
	switch (info->index) {
	case 0:
		return vprim_vfio_cap_add_sparse_mmap(chain, around, 2);
	case 2:
		return 0;
	case VPRIM_REGION_INFO_PCI_DEVICE:
		return vprim_vfio_cap_add_type(chain, VPRIM_VFIO_CAP_TYPE_PCI | 0x1234, 7);
	}
	return -EINVAL;
}

/* What comes in is 32 bytes, or it is refused; what goes out: errno, info, chain. */
static int answer(uint8_t *query, size_t bytes, uint8_t *out, size_t capacity, uint32_t *more)
{
	static const struct vprim_region_info_ops ops = { regions };
	struct vprim_vfio_cap_fixed info;
	struct vprim_vfio_cap_chain chain;
	struct vprim_vfio_cap_reply reply;
	const void *caps;
	int ret;

	if (bytes < FIXED)
		return -EFAULT;
	ret = vprim_vfio_cap_chain_init(&chain, LE, FIXED, out + FIXED, capacity - FIXED);
	if (!ret)
		ret = vprim_vfio_cap_fixed_load(VPRIM_VFIO_CAP_REGION, LE, query, FIXED, &info);
	if (!ret)
		ret = vprim_region_info_get(&ops, NULL, &info, &chain, &reply);
	if (!ret && reply.chain_bytes)
		ret = vprim_vfio_cap_chain_finish(&chain, &caps, more);
	if (!ret)
		ret = vprim_vfio_cap_fixed_store(VPRIM_VFIO_CAP_REGION, LE, &info, out, FIXED);
	return ret;
}

static int serve(int sock)
{
	uint8_t query[64], out[4 + 512];
	ssize_t got;

	while ((got = recv(sock, query, sizeof(query), 0)) > 0) {
		uint32_t more = 0;
		int ret = answer(query, (size_t)got, out + 4, sizeof(out) - 4, &more);

		vprim_store_le32(out, (uint32_t)-ret);
		if (send(sock, out, ret ? 4 : 4 + FIXED + more, MSG_NOSIGNAL) < 0)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

enum { REFUSED, TOLD, WHOLE, WRONG };
static unsigned int count[4];

static int ask(int sock, const uint8_t *query, size_t bytes)
{
	uint32_t argsz = bytes < 4 ? 0 : vprim_load_le32(query);
	struct vprim_reason why;
	struct vprim_vfio_cap_view view;
	uint8_t in[1024];
	ssize_t got = send(sock, query, bytes, MSG_NOSIGNAL);
	int ret;

	if (got >= 0)
		got = recv(sock, in, sizeof(in), 0);
	if (got <= 4 || (size_t)got - 4 > argsz)
		return got == 4 && vprim_load_le32(in) ? REFUSED : WRONG;
	ret = vprim_vfio_cap_parse(&view, VPRIM_VFIO_CAP_REGION, LE | VPRIM_VFIO_CAP_STRICT,
				   in + 4, (size_t)got - 4, &why);
	if (ret == -EMSGSIZE && why.value > argsz)
		return TOLD;
	return ret || view.fixed.argsz != argsz ? WRONG : WHOLE;
}

static void report(const char *what)
{
	printf("%-27s %5u refused, %4u told the size, %4u whole, %u wrong\n", what,
	       count[REFUSED], count[TOLD], count[WHOLE], count[WRONG]);
	memset(count, 0, sizeof(count));
}

static void client(int sock)
{
	uint32_t argsz, index, n, i, noise = 1;
	uint8_t query[64] = { 0 };

	for (argsz = 0; argsz != 603; argsz++)
		for (index = 0; index < 12; index++) {
			vprim_store_le32(query, argsz < 600 ? argsz : UINT32_MAX >> (argsz - 600));
			vprim_store_le32(query + 8, index);
			count[ask(sock, query, FIXED)]++;
		}
	report("every argsz, every region:");
	for (n = 0; n < 20000; n++) {
		for (i = 0; i < sizeof(query); i++)
			query[i] = (uint8_t)((noise = noise * 1664525 + 1013904223) >> 24);
		if (n % 2)		/* nonsense around what could be meant */
			vprim_store_le32(query + 8, n % 20 / 2);
		if (n % 4 == 1)
			vprim_store_le32(query, noise >> 25);
		count[ask(sock, query, 1 + (noise >> 16) % sizeof(query))]++;
	}
	report("garbage of every length:");
}

int main(void)
{
	int ends[2], status = -1;
	pid_t server = socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) ? -1 : fork();

	if (server < 0)
		return EXIT_FAILURE;
	if (!server) {
		close(ends[1]);
		return serve(ends[0]);
	}
	close(ends[0]);
	client(ends[1]);
	close(ends[1]);
	waitpid(server, &status, 0);
	printf("the server has %s\n", status ? "died" : "served all of it and is well");
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
