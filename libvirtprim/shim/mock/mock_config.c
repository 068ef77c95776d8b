// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Configuration space: laid out by a model, then bytes with a mask of what can be
 * written. A BAR's mask leaves out the bits below its size, so that sizing works.
 * Source: PCI Local Bus Specification 3.0, section 6; PCI Express Base, section 7.
 */
#include "mock_internal.h"

void mock_put_(uint8_t *at, uint64_t value, unsigned int bytes)
{
	while (bytes--) {
		*at++ = (uint8_t)value;
		value >>= 8;
	}
}

uint64_t mock_get_(const uint8_t *at, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | at[bytes];
	return v;
}

int mock_config_rw_(struct vprim_mock_device *device, uint64_t at, uint8_t *data,
		    size_t n, bool write)
{
	uint32_t size = device->setup.config_bytes;
	size_t i;

	if (at >= size || n > size - at)
		return -EFAULT;
	for (i = 0; i < n; i++) {
		uint8_t mask = device->writable[at + i], *c = &device->config[at + i];

		if (write)
			*c = (uint8_t)((*c & ~mask) | (data[i] & mask));
		else
			data[i] = *c;
	}
	return 0;
}

void mock_header_(struct vprim_mock_setup *setup, uint16_t vendor,
		  uint16_t device, uint32_t class_revision)
{
	mock_put_(setup->config + 0x00, vendor, 2);
	mock_put_(setup->config + 0x02, device, 2);
	mock_put_(setup->config + 0x08, class_revision, 4);
	mock_put_(setup->config + 0x2c, vendor, 2);
	mock_put_(setup->config + 0x2e, 0x1100, 2);
	/* Memory, bus master, parity, SERR, INTx disable; latency; line. */
	mock_put_(setup->writable + 0x04, 0x0546, 2);
	mock_put_(setup->writable + 0x0c, 0xff, 1);
	mock_put_(setup->writable + 0x3c, 0xff, 1);
	if (setup->irqs[VFIO_PCI_INTX_IRQ_])
		setup->config[0x3d] = 1;
}

void mock_bar_(struct vprim_mock_setup *setup, uint32_t bar, uint64_t size,
	       bool wide)
{
	uint8_t *config = setup->config + 0x10 + 4 * bar;
	uint8_t *writable = setup->writable + 0x10 + 4 * bar;

	mock_put_(writable, ~(size - 1), wide ? 8 : 4);
	mock_put_(config, wide ? 4 : 0, 4);
	setup->regions[bar].size_bytes = size;
	setup->regions[bar].flags = VPRIM_VFIO_CAP_REGION_READ |
				    VPRIM_VFIO_CAP_REGION_WRITE |
				    VPRIM_VFIO_CAP_REGION_MMAP;
}

/* The head of a capability; the one made first is what the header points to. */
static void capability(struct vprim_mock_setup *setup, uint8_t at, uint8_t id,
		       uint8_t next)
{
	setup->config[at] = id;
	setup->config[at + 1] = next;
	if (!setup->config[0x34])
		setup->config[0x34] = at;
	setup->config[0x06] |= 0x10;
}

/* One vector, 64 bits, no masks. */
void mock_msi_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next)
{
	capability(setup, at, 0x05, next);
	mock_put_(setup->config + at + 2, 0x80, 2);
	mock_put_(setup->writable + at + 2, 0x70, 2);
	mock_put_(setup->writable + at + 4, 0xfffffffffffffffc, 8);
	mock_put_(setup->writable + at + 12, 0xffff, 2);
	setup->irqs[VFIO_PCI_MSI_IRQ_] = 1;
}

/* Table at the BAR's start, pending bits in its second half page. */
void mock_msix_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next,
		uint32_t vectors, uint32_t bar)
{
	capability(setup, at, 0x11, next);
	mock_put_(setup->config + at + 2, vectors - 1, 2);
	mock_put_(setup->writable + at + 2, 0x4000, 2);
	mock_put_(setup->config + at + 4, bar, 4);
	mock_put_(setup->config + at + 8, 0x800 | bar, 4);
	setup->irqs[VFIO_PCI_MSIX_IRQ_] = vectors;
	setup->msix_bar = bar;
}

/* An endpoint with a function level reset. */
void mock_express_(struct vprim_mock_setup *setup, uint8_t at, uint8_t next)
{
	capability(setup, at, 0x10, next);
	mock_put_(setup->config + at + 2, 0x0002, 2);
	mock_put_(setup->config + at + 4, 0x10008000, 4);
	mock_put_(setup->config + at + 12, 0x00000011, 4);
	mock_put_(setup->config + at + 18, 0x0011, 2);
	setup->irqs[VFIO_PCI_ERR_IRQ_] = 1;
	setup->config_bytes = VPRIM_MOCK_CONFIG_BYTES;
}
