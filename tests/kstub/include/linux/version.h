/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the oldest kernel, or with KSTUB_LATER a later one. */
#ifndef KSTUB_VERSION_H
#define KSTUB_VERSION_H
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#ifdef KSTUB_LATER
#define LINUX_VERSION_CODE KERNEL_VERSION(7, 1, 0)
#else
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 12, 0)
#endif

#endif
