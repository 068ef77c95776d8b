/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: a hint. */
#ifndef KSTUB_PREFETCH_H
#define KSTUB_PREFETCH_H
#define prefetch(p) __builtin_prefetch(p)

#endif
