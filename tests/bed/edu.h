/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * QEMU's edu device, opened through VFIO: it moves bytes between an IOVA and its
 * own buffer. With dma_mask=0xffffffffffffffff it reaches every IOVA.
 */
#ifndef BED_EDU_H
#define BED_EDU_H
#include <errno.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE UINT64_C(4096)
#define TOP (UINT64_MAX - (PAGE - 1))	/* the last page of the space */
#define EDU_BYTES (PAGE - 16)		/* its buffer does not take a whole page */
#define EDU_BUFFER UINT64_C(0x40000)

__attribute__((noreturn)) static inline void edu_die(const char *what)
{
	printf("cannot %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Its registers, with memory and bus mastering switched on. */
static inline volatile uint64_t *edu_open(int device)
{
	struct vfio_region_info bar = { .argsz = sizeof(bar),
					.index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = { .argsz = sizeof(config),
					   .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command;
	off_t at;
	void *regs;

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar) ||
	    ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config))
		edu_die("read the regions");
	at = (off_t)(config.offset + 4);
	if (pread(device, &command, 2, at) != 2)
		edu_die("read the command register");
	command |= 6;
	if (pwrite(device, &command, 2, at) != 2)
		edu_die("write the command register");
	regs = mmap(NULL, (size_t)bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, device,
		    (off_t)bar.offset);
	if (regs == MAP_FAILED)
		edu_die("map the registers");
	return regs;
}

static inline void edu_move(volatile uint64_t *regs, uint64_t from, uint64_t to,
			    bool to_memory)
{
	int wait;

	regs[0x80 / 8] = from;
	regs[0x88 / 8] = to;
	regs[0x90 / 8] = EDU_BYTES;
	regs[0x98 / 8] = 1 | (to_memory ? 2 : 0);
	for (wait = 0; wait < 5000 && regs[0x98 / 8] & 1; wait++)
		usleep(1000);
}

/* Whether a page goes to the device and comes back: its bytes never stood there. */
static inline bool edu_reaches(volatile uint64_t *regs, uint64_t iova,
			       volatile unsigned char *page)
{
	static unsigned char stamp = 0x30;
	uint64_t i;

	stamp++;
	for (i = 0; i < EDU_BYTES; i++)
		page[i] = stamp;
	edu_move(regs, iova, EDU_BUFFER, false);
	for (i = 0; i < EDU_BYTES; i++)
		page[i] = 0;
	edu_move(regs, EDU_BUFFER, iova, true);
	for (i = 0; i < EDU_BYTES && page[i] == stamp; i++)
		;
	return i == EDU_BYTES;
}

#endif
