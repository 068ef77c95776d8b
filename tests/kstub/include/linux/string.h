/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: memory and words. */
#ifndef KSTUB_STRING_H
#define KSTUB_STRING_H
#include <linux/types.h>
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
bool sysfs_streq(const char *a, const char *b);
void *memdup_user(const void __user *src, size_t len);

#endif
