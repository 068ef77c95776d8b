/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: nothing of it is used. */
#ifndef KSTUB_MATH64_H
#define KSTUB_MATH64_H
#include <linux/types.h>

#endif
