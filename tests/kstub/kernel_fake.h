/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the fake kernel of kernel_fake.c lets a test see and turn.
 */
#ifndef KERNEL_FAKE_H
#define KERNEL_FAKE_H
#include <linux/dma-buf.h>
#include <linux/types.h>

/* The C library, of which there is no header here. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void exit(int status);

/* Says where and ends the program. */
_Noreturn void fake_stop(const char *file, int line, const char *what);
#define CHECK(cond) \
	((cond) ? (void)0 : fake_stop(__FILE__, __LINE__, #cond))

extern struct fake_kernel {
	unsigned int warnings;		/* WARN_ON_ONCE() that fired, each time */
	long blocks;			/* of memory that are out */
	long left;			/* requests that may sleep and still succeed; -1: all */
	bool pressure;			/* requests that may not sleep are refused */
	unsigned int spins, holds;	/* spinlocks held now, and taken so far */
	unsigned int unaccounted;	/* requests without __GFP_ACCOUNT since it was set to 0 */
	void (*slept)(void);		/* called in each request that may sleep */
	void (*waited)(void);		/* called when somebody waits; must complete it */
} fake;

/* What is held: all must be 0 between calls. */
unsigned int fake_locks_held(void);

/* The importer's half of the dma-buf core. */
struct sg_table *dma_buf_map_attachment(struct dma_buf_attachment *attach,
					enum dma_data_direction dir);
void dma_buf_unmap_attachment(struct dma_buf_attachment *attach,
			      struct sg_table *table,
			      enum dma_data_direction dir);
int dma_buf_pin(struct dma_buf_attachment *attach);
void dma_buf_unpin(struct dma_buf_attachment *attach);
#endif
