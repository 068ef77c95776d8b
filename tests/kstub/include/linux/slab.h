/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: kmalloc(). */
#ifndef KSTUB_SLAB_H
#define KSTUB_SLAB_H
#include <linux/gfp.h>
#include <linux/mm.h>
void *kmalloc(size_t size, gfp_t gfp);
void *kmemdup(const void *from, size_t size, gfp_t gfp);
void *kzalloc(size_t size, gfp_t gfp);
void kfree(const void *ptr);

#endif
