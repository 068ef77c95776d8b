/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: directions. */
#ifndef KSTUB_DMA_DIRECTION_H
#define KSTUB_DMA_DIRECTION_H
enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE };

#endif
