/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of virtprim.ko share. */
#ifndef KERNEL_MODULE_H
#define KERNEL_MODULE_H

#ifdef VPRIM_DEBUGFS
void vprim_kernel_debugfs_init_(void);
void vprim_kernel_debugfs_exit_(void);
#else
static inline void vprim_kernel_debugfs_init_(void)
{
}

static inline void vprim_kernel_debugfs_exit_(void)
{
}
#endif

#endif
