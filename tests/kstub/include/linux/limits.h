/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: what has no fixed width. */
#ifndef KSTUB_LIMITS_H
#define KSTUB_LIMITS_H
#define U8_MAX 0xffu
#define U16_MAX 0xffffu
#define U32_MAX 0xffffffffu
#define U64_MAX 0xffffffffffffffffull
#define S32_MAX 0x7fffffff
#define S64_MAX 0x7fffffffffffffffll
#define S64_MIN (-S64_MAX - 1)
#define SIZE_MAX __SIZE_MAX__
#define SSIZE_MAX ((__PTRDIFF_TYPE__)(__SIZE_MAX__ >> 1))

#endif
