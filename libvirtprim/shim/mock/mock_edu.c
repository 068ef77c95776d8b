// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * edu, a device for teaching, register for register as QEMU has it.
 *
 *   0x00 identification      0x04 liveness: gives back the complement
 *   0x08 factorial           0x20 status: 1 computing, 0x80 interrupt when done
 *   0x24 interrupt status    0x60 raise       0x64 acknowledge
 *   0x80 source   0x88 destination   0x90 count   0x98 command
 *        command: 1 start, 2 to memory, 4 interrupt when done (0x100)
 *
 * It copies between memory and a buffer of 4096 bytes at 0x40000. Registers that a
 * program has mapped are looked at: what differs from what was left there was
 * written, so the same value twice is seen once, but for those that start something,
 * which read as zero. Source: QEMU docs/specs/edu.rst.
 */
#include "mock_internal.h"
#include <stdlib.h>

#define ID 0x00u
#define LIVE 0x04u
#define FACTORIAL 0x08u
#define STATUS 0x20u
#define IRQ_STATUS 0x24u
#define IRQ_RAISE 0x60u
#define IRQ_ACK 0x64u
#define DMA_FROM 0x80u
#define DMA_TO 0x88u
#define DMA_COUNT 0x90u
#define DMA_COMMAND 0x98u
#define REGISTERS 0xa0u

#define IDENTITY 0x010000edu
#define STATUS_IRQ 0x80u
#define IRQ_FACTORIAL 0x1u
#define IRQ_DMA 0x100u
#define COMMAND_RUN 1u
#define COMMAND_TO_MEMORY 2u
#define COMMAND_IRQ 4u
#define BUFFER UINT64_C(0x40000)
#define BUFFER_BYTES 4096u
#define BAR_BYTES UINT64_C(0x100000)

struct edu {
	uint64_t mask;
	bool trap;
	uint32_t live, factorial, status, irq_status;
	uint64_t from, to, count, command;
	uint8_t buffer[BUFFER_BYTES];
	uint8_t left[REGISTERS];	/* in the mapped registers */
};

/* All registers as they read. */
static void show(const struct edu *e, uint8_t *out)
{
	memset(out, 0, REGISTERS);
	mock_put_(out + ID, IDENTITY, 4);
	mock_put_(out + LIVE, e->live, 4);
	mock_put_(out + FACTORIAL, e->factorial, 4);
	mock_put_(out + STATUS, e->status, 4);
	mock_put_(out + IRQ_STATUS, e->irq_status, 4);
	mock_put_(out + DMA_FROM, e->from, 8);
	mock_put_(out + DMA_TO, e->to, 8);
	mock_put_(out + DMA_COUNT, e->count, 8);
	mock_put_(out + DMA_COMMAND, e->command, 8);
}

/*
 * Into mapped memory word by word, where it changes: what the program writes beside
 * at the same time stays, and is seen the next time. The command comes last, for it
 * says that the rest is done.
 */
static void publish(struct vprim_mock_device *d)
{
	struct edu *e = vprim_mock_state(d);
	uint8_t *memory = vprim_mock_memory(d, 0);
	uint8_t now[REGISTERS];
	uint32_t at;

	if (e->trap)
		return;
	show(e, now);
	for (at = 0; at < REGISTERS; at += 4) {
		uint32_t word;

		if (!memcmp(now + at, e->left + at, 4))
			continue;
		memcpy(&word, now + at, 4);
		__atomic_store_n((uint32_t *)(void *)(memory + at), word,
				 __ATOMIC_RELEASE);
		memcpy(e->left + at, now + at, 4);
	}
}

static void interrupt(struct vprim_mock_device *d, uint32_t bits)
{
	struct edu *e = vprim_mock_state(d);

	e->irq_status |= bits;
	/* Who it wakes may write at once, which must not be published over. */
	publish(d);
	if (e->irq_status && !vprim_mock_msi(d, 0))
		vprim_mock_intx(d, true);
}

static void acknowledge(struct vprim_mock_device *d, uint32_t bits)
{
	struct edu *e = vprim_mock_state(d);

	e->irq_status &= ~bits;
	if (!e->irq_status)
		vprim_mock_intx(d, false);
}

static void compute(struct vprim_mock_device *d, uint32_t n)
{
	struct edu *e = vprim_mock_state(d);
	uint32_t product = 1;

	/* From 34 on nothing is left of it in 32 bits. */
	if (n > 34)
		n = 34;
	while (n)
		product *= n--;
	e->factorial = product;
	if (e->status & STATUS_IRQ)
		interrupt(d, IRQ_FACTORIAL);
}

/* The piece of the buffer, or NULL: what QEMU stops the machine for. */
static uint8_t *in_buffer(struct edu *e, uint64_t at)
{
	if (at < BUFFER || at - BUFFER > BUFFER_BYTES ||
	    e->count > BUFFER_BYTES - (at - BUFFER))
		return NULL;
	return e->buffer + (at - BUFFER);
}

static void run(struct vprim_mock_device *d)
{
	struct edu *e = vprim_mock_state(d);
	bool out = e->command & COMMAND_TO_MEMORY;
	uint8_t *piece = in_buffer(e, out ? e->from : e->to);
	struct vprim_mock_note note = {
		.news = VPRIM_MOCK_FAULT, .device = d, .iova = out ? e->from : e->to,
		.size_bytes = e->count, .value = { !out },
		.text = "edu's buffer ends before",
	};

	/* What cannot be reached answers with ones, as on a bus. */
	if (!piece)
		mock_note_(d->mock, &note);
	else if (vprim_mock_dma(d, (out ? e->to : e->from) & e->mask, piece,
				(size_t)e->count, out) && !out)
		memset(piece, 0xff, (size_t)e->count);
	e->command &= ~(uint64_t)COMMAND_RUN;
	if (e->command & COMMAND_IRQ)
		interrupt(d, IRQ_DMA);
}

static void write_register(struct vprim_mock_device *d, uint32_t at, uint64_t value)
{
	struct edu *e = vprim_mock_state(d);

	switch (at) {
	case LIVE:
		e->live = ~(uint32_t)value;
		break;
	case FACTORIAL:
		compute(d, (uint32_t)value);
		break;
	case STATUS:
		e->status = (uint32_t)value & STATUS_IRQ;
		break;
	case IRQ_RAISE:
		interrupt(d, (uint32_t)value);
		break;
	case IRQ_ACK:
		acknowledge(d, (uint32_t)value);
		break;
	case DMA_FROM:
		e->from = value;
		break;
	case DMA_TO:
		e->to = value;
		break;
	case DMA_COUNT:
		e->count = value;
		break;
	case DMA_COMMAND:
		e->command = value;
		if (value & COMMAND_RUN)
			run(d);
		break;
	}
}

/* A register of mapped memory, which is little-endian as all of PCI. */
static uint64_t load(const uint8_t *at, uint32_t bytes)
{
	uint64_t wide;
	uint32_t word;

	if (bytes == 4) {
		word = __atomic_load_n((const uint32_t *)(const void *)at,
				       __ATOMIC_RELAXED);
		return mock_get_((const uint8_t *)&word, 4);
	}
	wide = __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
	return mock_get_((const uint8_t *)&wide, 8);
}

static bool poll_registers(struct vprim_mock_device *d)
{
	/* In the order of taking: a command goes by what stands before it. */
	static const struct {
		uint32_t at, bytes;
	} order[] = {
		{ STATUS, 4 }, { LIVE, 4 }, { FACTORIAL, 4 }, { IRQ_ACK, 4 },
		{ IRQ_RAISE, 4 }, { DMA_FROM, 8 }, { DMA_TO, 8 },
		{ DMA_COUNT, 8 }, { DMA_COMMAND, 8 },
	};
	struct edu *e = vprim_mock_state(d);
	uint8_t *memory = vprim_mock_memory(d, 0);
	uint64_t command;
	bool found = false;
	size_t i;

	if (e->trap)
		return false;
	/* Read first, so that what was written before it is seen after it. */
	command = load(memory + DMA_COMMAND, 8);
	for (i = 0; i < VPRIM_ARRAY_LEN(order); i++) {
		uint32_t at = order[i].at;
		uint64_t value = at == DMA_COMMAND ? command :
				 load(memory + at, order[i].bytes);

		if (value == mock_get_(e->left + at, order[i].bytes))
			continue;
		mock_put_(e->left + at, value, order[i].bytes);
		write_register(d, at, value);
		found = true;
	}
	if (found)
		publish(d);
	return found;
}

/* Registers below 0x80 take 4 bytes, the others 4 or 8; all else reads as ones. */
static int access_registers(struct vprim_mock_device *d, uint32_t region,
			    uint64_t at, void *data, size_t n, bool write)
{
	struct edu *e = vprim_mock_state(d);
	uint8_t now[REGISTERS];
	uint64_t value;

	(void)region;			/* there is but one */
	poll_registers(d);
	if (at >= REGISTERS && at < MOCK_PAGE) {
		if (!write)
			memset(data, 0xff, n);
		return 0;
	}
	if (at >= MOCK_PAGE)
		return -EOPNOTSUPP;
	show(e, now);
	if (!write) {
		memset(data, 0xff, n);
		if (n <= REGISTERS - at)
			memcpy(data, now + at, n);
		return 0;
	}
	if ((n != 4 && (n != 8 || at < DMA_FROM)) || at % n)
		return 0;
	value = mock_get_(data, (unsigned int)n);
	/* Half of a wide register. */
	if (at >= DMA_FROM && n == 4)
		value = at & 4 ? value << 32 | mock_get_(now + at - 4, 4) :
				 value | mock_get_(now + at + 4, 4) << 32;
	write_register(d, (uint32_t)(at >= DMA_FROM ? at & ~UINT64_C(7) : at), value);
	publish(d);
	return 0;
}

static void reset(struct vprim_mock_device *d)
{
	struct edu *e = vprim_mock_state(d);

	e->live = e->factorial = e->status = e->irq_status = 0;
	e->from = e->to = e->count = e->command = 0;
	memset(e->left, 0, sizeof(e->left));
	memset(vprim_mock_memory(d, 0), 0, REGISTERS);
	publish(d);
}

/* Options, parted by commas. */
static int parse(struct edu *e, const char *options)
{
	while (options && *options) {
		size_t n = strcspn(options, ",");
		char *end;

		if (n == 4 && !strncmp(options, "trap", n)) {
			e->trap = true;
		} else if (n > 5 && !strncmp(options, "mask=", 5)) {
			unsigned long bits = strtoul(options + 5, &end, 10);

			if (end != options + n || bits < 1 || bits > 64)
				return -EINVAL;
			e->mask = UINT64_MAX >> (64 - bits);
		} else {
			return -EINVAL;
		}
		options += n + (options[n] == ',');
	}
	return 0;
}

static int setup(struct vprim_mock_device *d, struct vprim_mock_setup *s,
		 const char *options)
{
	/* With "trap" all but the page of the registers can be mapped. */
	static const struct vprim_vfio_cap_area behind = {
		MOCK_PAGE, BAR_BYTES - MOCK_PAGE,
	};
	struct edu *e = vprim_mock_state(d);

	e->mask = UINT64_MAX >> (64 - 28);
	if (parse(e, options))
		return -EINVAL;
	s->irqs[VFIO_PCI_INTX_IRQ_] = 1;
	mock_header_(s, 0x1234, 0x11e8, 0x00ff0010);
	mock_bar_(s, 0, BAR_BYTES, false);
	mock_msi_(s, 0x40, 0);
	if (e->trap) {
		s->regions[0].areas = &behind;
		s->regions[0].nr_areas = 1;
	}
	return 0;
}

const struct vprim_mock_model mock_edu_ = {
	.name = "edu", .state_bytes = sizeof(struct edu),
	.setup = setup, .access = access_registers,
	.poll = poll_registers, .reset = reset,
};
