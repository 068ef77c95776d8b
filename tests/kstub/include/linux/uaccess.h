/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: copies. */
#ifndef KSTUB_UACCESS_H
#define KSTUB_UACCESS_H
#include <linux/errno.h>
#include <linux/types.h>
unsigned long copy_from_user(void *to, const void __user *from, unsigned long n);
#define get_user(x, p) (copy_from_user(&(x), (p), sizeof(x)) ? -EFAULT : 0)
unsigned long copy_to_user(void __user *to, const void *from, unsigned long n);

#endif
