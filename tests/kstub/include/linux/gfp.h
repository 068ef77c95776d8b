/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: flags. */
#ifndef KSTUB_GFP_H
#define KSTUB_GFP_H
#include <linux/types.h>
#define GFP_KERNEL 1u
#define GFP_KERNEL_ACCOUNT 2u
#define GFP_NOWAIT 4u
#define __GFP_NOWARN 8u
bool gfpflags_allow_blocking(gfp_t gfp);

#endif
