# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The kernel shim: what the vendored tree has beside the core. Read by automake,
# by `make vendor` and by the kernel's Kbuild, as libvirtprim/sources.mk is.
vprim_kernel_hdrs = include/virtprim/kernel.h
vprim_kernel_srcs = libvirtprim/shim/kernel/kernel_alloc.c

# iova_map
vprim_kernel_hdrs += include/virtprim/kernel_iova_map.h
vprim_kernel_srcs += libvirtprim/shim/kernel/kernel_iova_map.c

# kernel_compat
vprim_kernel_hdrs += include/virtprim/kernel_compat.h

# region_info
vprim_kernel_hdrs += include/virtprim/kernel_vfio.h
vprim_kernel_srcs += libvirtprim/shim/kernel/kernel_vfio.c

# kernel_vfio_info
vprim_kernel_hdrs += include/virtprim/kernel_vfio_info.h
vprim_kernel_srcs += libvirtprim/shim/kernel/kernel_vfio_info.c

# ptimer
vprim_kernel_hdrs += include/virtprim/kernel_ptimer.h
vprim_kernel_srcs += libvirtprim/shim/kernel/kernel_ptimer.c

# dmabuf, where the kernel has dma-bufs
vprim_kernel_hdrs += include/virtprim/kernel_dmabuf.h
vprim_kernel_dmabuf_srcs = libvirtprim/shim/kernel/kernel_dmabuf.c

# virtprim.ko only; the second with VPRIM_DEBUGFS=1
vprim_kernel_module_srcs = libvirtprim/shim/kernel/kernel_module.c
vprim_kernel_debug_srcs = libvirtprim/shim/kernel/kernel_debugfs.c
