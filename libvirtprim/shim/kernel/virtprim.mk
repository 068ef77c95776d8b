# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The library inside another module. In the driver's Kbuild, with this tree in a
# folder below it:
#
#	include $(src)/virtprim/virtprim.mk
#	ccflags-y += $(virtprim-ccflags)
#	obj-m += mydriver.o
#	mydriver-y := main.o $(virtprim-objs)
#
# The driver states VPRIM_KERNEL_DMABUF_IMPORT once where the kernel has dma-bufs.
virtprim-here := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
include $(virtprim-here)/version.mk
include $(virtprim-here)/libvirtprim/sources.mk
include $(virtprim-here)/libvirtprim/shim/kernel/sources.mk

virtprim-to-objs = $(patsubst %.c,$(patsubst $(src)/%,%,$(virtprim-here)/)%.o,$(1))

virtprim-objs := $(call virtprim-to-objs,$(vprim_core_srcs) $(vprim_kernel_srcs))
ifneq ($(CONFIG_DMA_SHARED_BUFFER),)
virtprim-objs += $(call virtprim-to-objs,$(vprim_kernel_dmabuf_srcs))
endif

# What only a module of its own has.
virtprim-module-objs := $(call virtprim-to-objs,$(vprim_kernel_module_srcs) \
	libvirtprim/shim/kernel/kernel_exports.c)
ifeq ($(VPRIM_DEBUGFS),1)
virtprim-module-objs += $(call virtprim-to-objs,$(vprim_kernel_debug_srcs) \
	$(vprim_vec_base_srcs) $(vprim_vec_srcs))
endif

# Names that have come with one kernel and went into others: asked of the headers.
virtprim-has = $(if $(shell grep -sw '$(2)' '$(srctree)/include/linux/$(1)'),1,0)

virtprim-ccflags := -I$(virtprim-here)/include
virtprim-ccflags += -include $(virtprim-here)/include/virtprim-prefix.h
virtprim-ccflags += -DVPRIM_VERSION='"$(virtprim-version)"'
virtprim-ccflags += -DVPRIM_KERNEL_VFIO_CAPS_OP=$(call virtprim-has,vfio.h,get_region_info_caps)
virtprim-ccflags += -DVPRIM_KERNEL_HRTIMER_SETUP=$(call virtprim-has,hrtimer.h,hrtimer_setup)
virtprim-ccflags += -DVPRIM_KERNEL_DMABUF_INVALIDATE=$(call virtprim-has,dma-buf.h,invalidate_mappings)
ifeq ($(VPRIM_DEBUGFS),1)
virtprim-ccflags += -DVPRIM_DEBUGFS
endif
