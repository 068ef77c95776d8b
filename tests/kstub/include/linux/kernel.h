/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the length of an array. */
#ifndef KSTUB_KERNEL_H
#define KSTUB_KERNEL_H
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
