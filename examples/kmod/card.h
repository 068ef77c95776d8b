/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the card's driver and its users agree on.
 */
#ifndef CARD_H
#define CARD_H

/* Region 0: a page of registers, then memory that may be mapped and lent. */
#define CARD_BYTES 0x4000
#define CARD_WINDOW 0x1000		/* where the memory begins */
#define CARD_WINDOW_BYTES 0x3000
#define CARD_VENDOR 0x1234		/* the region's type: this PCI vendor's */
#define CARD_SUBTYPE 7

/*
 * VFIO_DEVICE_FEATURE, GET: lend the window. The answer is a dma-buf's file. Number
 * and layout are those of VFIO_DEVICE_FEATURE_DMA_BUF, Linux 6.19, with one range.
 */
#define CARD_LEND 11
struct card_lend {
	unsigned int region_index;
	unsigned int open_flags;	/* O_RDWR, maybe with O_CLOEXEC */
	unsigned int flags;		/* 0 */
	unsigned int nr_ranges;		/* 1 */
	unsigned long long offset;	/* CARD_WINDOW */
	unsigned long long length;	/* CARD_WINDOW_BYTES */
};

/*
 * /dev/card-engine, which reads what it has borrowed. Write the number of a
 * dma-buf's file and it borrows; pread() at this offset reads the first byte.
 */
#define CARD_ENGINE_IOVA 0x100000
#endif
