// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The library as a module of its own: it is there to be called. */
#include <linux/module.h>

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Virtualization primitives for VMMs and drivers");
MODULE_VERSION(VPRIM_VERSION);
