/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: pages and kvmalloc(). */
#ifndef KSTUB_MM_H
#define KSTUB_MM_H
#include <linux/gfp.h>
#define PAGE_SIZE 4096ul
void *kvmalloc(size_t size, gfp_t gfp);
void *kvzalloc(size_t size, gfp_t gfp);
void kvfree(const void *ptr);
struct vm_area_struct;

#endif
