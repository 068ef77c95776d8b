/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: searches for bits. */
#ifndef KSTUB_BITOPS_H
#define KSTUB_BITOPS_H
#include <linux/types.h>
static inline unsigned int __ffs64(u64 v) { return (unsigned int)__builtin_ctzll(v); }
static inline int fls64(u64 v) { return v ? 64 - __builtin_clzll(v) : 0; }
static inline unsigned int hweight64(u64 v) { return (unsigned int)__builtin_popcountll(v); }

#endif
