/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: 64-bit division. */
#ifndef KSTUB_MATH64_H
#define KSTUB_MATH64_H
#include <linux/types.h>
static inline u64 div64_u64_rem(u64 n, u64 d, u64 *rem)
{
	*rem = n % d;
	return n / d;
}

#endif
