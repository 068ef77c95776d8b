/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Environment for the kernel's maple tree in userspace; the headers come from
 * the tools/testing/shared and tools/include folders of the kernel source. */
#ifndef MAPLE_ENV_H
#define MAPLE_ENV_H
#include <stdlib.h>
#include <stdint.h>
#include <stdbool.h>
#define module_init(x)
#define module_exit(x)
#define MODULE_AUTHOR(x)
#define MODULE_LICENSE(x)
#define dump_stack() abort()
#define MAPLE_32BIT (MAPLE_NODE_SLOTS > 31)
#include "shared.h"
#include <linux/maple_tree.h>
#include <linux/xarray.h>
void maple_tree_init(void);
#endif
