/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: what has no fixed width. */
#ifndef KSTUB_LIMITS_H
#define KSTUB_LIMITS_H
#define SIZE_MAX __SIZE_MAX__
#define SSIZE_MAX ((__PTRDIFF_TYPE__)(__SIZE_MAX__ >> 1))

#endif
