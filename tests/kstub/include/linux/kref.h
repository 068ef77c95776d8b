/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: reference counts. */
#ifndef KSTUB_KREF_H
#define KSTUB_KREF_H
#include <linux/types.h>
struct kref { int count; };
void kref_init(struct kref *kref);
void kref_get(struct kref *kref);
int kref_put(struct kref *kref, void (*release)(struct kref *kref));

#endif
