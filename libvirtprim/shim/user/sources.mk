# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The userspace shim: what libvirtprim.so has beside the core. Where the host is not
# Linux, what asks its kernel is left out.
vprim_user_hdrs = include/virtprim/user.h
vprim_user_srcs = libvirtprim/shim/user/user_alloc.c

# dmabuf
vprim_user_hdrs += include/virtprim/user_dmabuf.h
vprim_user_srcs += libvirtprim/shim/user/user_dmabuf.c

# fault
vprim_user_hdrs += include/virtprim/user_fault.h
vprim_user_srcs += libvirtprim/shim/user/user_fault.c
vprim_user_srcs += libvirtprim/shim/user/user_rules.c
vprim_user_srcs += libvirtprim/shim/user/user_internal.h

if LINUX
# x86
vprim_user_hdrs += include/virtprim/user_kvm.h include/virtprim/user_xstate.h
vprim_user_srcs += libvirtprim/shim/user/user_kvm.c
vprim_user_srcs += libvirtprim/shim/user/user_xstate.c
vprim_user_srcs += libvirtprim/shim/user/user_x86.h
endif

# clocks
vprim_user_hdrs += include/virtprim/user_clock.h
vprim_user_srcs += libvirtprim/shim/user/user_clock.c

if LINUX
# vfio
vprim_user_hdrs += include/virtprim/user_vfio.h include/virtprim/user_dma.h
vprim_user_srcs += libvirtprim/shim/user/user_vfio_internal.h
vprim_user_srcs += libvirtprim/shim/user/user_sys.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio_info.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio_why.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio_take.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio_irq.c
vprim_user_srcs += libvirtprim/shim/user/user_vfio_set.c
vprim_user_srcs += libvirtprim/shim/user/user_dma.c
vprim_user_srcs += libvirtprim/shim/user/user_dma_why.c
vprim_user_srcs += libvirtprim/shim/user/user_dma_dirty.c
vprim_user_srcs += libvirtprim/shim/user/user_dma_log.c
endif

# iova_map
vprim_user_hdrs += include/virtprim/user_iova_map.h
vprim_user_srcs += libvirtprim/shim/user/user_iova_map.c
