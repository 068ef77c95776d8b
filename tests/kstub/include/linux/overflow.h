/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: sizes of arrays at the end of a struct, checked sums. */
#ifndef KSTUB_OVERFLOW_H
#define KSTUB_OVERFLOW_H
#include <linux/types.h>
/* What overflows is the largest number, which nobody can allocate. */
static inline size_t size_mul(size_t a, size_t b)
{
	return __builtin_mul_overflow(a, b, &a) ? (size_t)-1 : a;
}

static inline size_t size_add(size_t a, size_t b)
{
	return __builtin_add_overflow(a, b, &a) ? (size_t)-1 : a;
}

#define flex_array_size(p, member, count) size_mul(count, sizeof(*(p)->member))
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d) __builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#define struct_size(p, member, count) \
	size_add(sizeof(*(p)), flex_array_size(p, member, count))

#endif
