/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: reservation locks. */
#ifndef KSTUB_DMA_RESV_H
#define KSTUB_DMA_RESV_H
#include <linux/types.h>
struct ww_acquire_ctx;
struct dma_resv { struct { int base; } lock; };
enum dma_resv_usage { DMA_RESV_USAGE_KERNEL, DMA_RESV_USAGE_BOOKKEEP = 3 };
int dma_resv_lock(struct dma_resv *obj, struct ww_acquire_ctx *ctx);
void dma_resv_unlock(struct dma_resv *obj);
bool dma_resv_is_locked(struct dma_resv *obj);
void dma_resv_assert_held(struct dma_resv *obj);
long dma_resv_wait_timeout(struct dma_resv *obj, enum dma_resv_usage usage,
			   bool intr, unsigned long timeout);

#endif
