// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * card: what edu has not.
 *
 *   BAR 0  64 KiB, its first page registers that cannot be mapped, the rest memory
 *   BAR 2  4 KiB, the table of 8 MSI-X
 *   BAR 4  1 MiB of memory, 64 bits wide, that can be exported
 *   region 9, of type 0x80001234 and subtype 1: 256 bytes to read
 *
 *   0x00 identification     0x04 doorbell: sends MSI-X n
 *   0x08 IOVA               0x10 bytes     0x18 command: 1 fetch, 2 store, of the
 *                                          memory at BAR 4; reads 0, or 2^32-1
 *                                          after a fault
 *
 * A reset clears its memory and takes exported buffers back. Two of it make two
 * functions in one group.
 */
#include "mock_internal.h"

#define ID 0x00u
#define DOORBELL 0x04u
#define IOVA 0x08u
#define COUNT 0x10u
#define COMMAND 0x18u
#define REGISTERS 0x20u
#define FETCH 1u
#define STORE 2u

#define IDENTITY 0x0100ca4du
#define BAR0_BYTES UINT64_C(0x10000)
#define MEMORY_BYTES UINT64_C(0x100000)
#define VECTORS 8u
#define TEXT_BYTES 256u

struct card {
	uint64_t iova, count;
	uint32_t result;
};

static void run(struct vprim_mock_device *d, uint64_t command)
{
	struct card *c = vprim_mock_state(d);

	if (command != FETCH && command != STORE)
		return;
	c->result = UINT32_MAX;
	if (c->count <= MEMORY_BYTES &&
	    !vprim_mock_dma(d, c->iova, vprim_mock_memory(d, 4), (size_t)c->count,
			    command == STORE))
		c->result = 0;
}

static int read_text(uint64_t at, void *data, size_t n)
{
	static const char text[TEXT_BYTES] = "libvirtprim's card";

	memcpy(data, text + at, n);
	return 0;
}

static int access_registers(struct vprim_mock_device *d, uint32_t region,
			    uint64_t at, void *data, size_t n, bool write)
{
	struct card *c = vprim_mock_state(d);
	uint8_t now[REGISTERS] = { 0 };
	uint64_t value;

	if (region == VPRIM_REGION_INFO_PCI_DEVICE)
		return read_text(at, data, n);
	if (region || at >= MOCK_PAGE)
		return -EOPNOTSUPP;
	mock_put_(now + ID, IDENTITY, 4);
	mock_put_(now + IOVA, c->iova, 8);
	mock_put_(now + COUNT, c->count, 8);
	mock_put_(now + COMMAND, c->result, 4);
	if (!write) {
		memset(data, 0, n);
		if (at < REGISTERS && n <= REGISTERS - at)
			memcpy(data, now + at, n);
		return 0;
	}
	value = mock_get_(data, n < 8 ? (unsigned int)n : 8);
	switch (at) {
	case DOORBELL:
		if (value < VECTORS)
			vprim_mock_msi(d, (uint32_t)value);
		break;
	case IOVA:
		c->iova = value;
		break;
	case COUNT:
		c->count = value;
		break;
	case COMMAND:
		run(d, value);
		break;
	}
	return 0;
}

static void reset(struct vprim_mock_device *d)
{
	struct card *c = vprim_mock_state(d);

	memset(c, 0, sizeof(*c));
	memset(vprim_mock_memory(d, 4), 0, MEMORY_BYTES);
}

static int setup(struct vprim_mock_device *d, struct vprim_mock_setup *s,
		 const char *options)
{
	static const struct vprim_vfio_cap_area behind = {
		MOCK_PAGE, BAR0_BYTES - MOCK_PAGE,
	};

	(void)d;
	if (options && *options)
		return -EINVAL;
	mock_header_(s, 0x1234, 0xca4d, 0xff000001);
	mock_bar_(s, 0, BAR0_BYTES, false);
	mock_bar_(s, 2, MOCK_PAGE, false);
	mock_bar_(s, 4, MEMORY_BYTES, true);
	mock_msix_(s, 0x40, 0x60, VECTORS, 2);
	mock_express_(s, 0x60, 0);
	s->regions[0].areas = &behind;
	s->regions[0].nr_areas = 1;
	s->regions[VPRIM_REGION_INFO_PCI_DEVICE] = (struct vprim_mock_region){
		.size_bytes = TEXT_BYTES, .flags = VPRIM_VFIO_CAP_REGION_READ,
		.type = VPRIM_VFIO_CAP_TYPE_PCI | 0x1234, .subtype = 1,
	};
	return 0;
}

const struct vprim_mock_model mock_card_ = {
	.name = "card", .state_bytes = sizeof(struct card),
	.setup = setup, .access = access_registers, .reset = reset,
};
