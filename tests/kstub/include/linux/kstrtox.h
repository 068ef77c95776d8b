/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: numbers from text. */
#ifndef KSTUB_KSTRTOX_H
#define KSTUB_KSTRTOX_H
#include <linux/types.h>
int kstrtou64(const char *s, unsigned int base, u64 *res);

#endif
