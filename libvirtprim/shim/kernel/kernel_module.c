// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* virtprim.ko: the library as a module of its own. */
#include "kernel_module.h"

#include <linux/module.h>
#include <virtprim/kernel_dmabuf.h>

static int __init virtprim_init(void)
{
	vprim_kernel_debugfs_init_();
	return 0;
}

static void __exit virtprim_exit(void)
{
	vprim_kernel_debugfs_exit_();
}

module_init(virtprim_init);
module_exit(virtprim_exit);

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Virtualization primitives for VMMs and drivers");
MODULE_VERSION(VPRIM_VERSION);
#ifdef CONFIG_DMA_SHARED_BUFFER
VPRIM_KERNEL_DMABUF_IMPORT;
#endif
