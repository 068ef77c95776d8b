# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The kernel's side of VFIO and iommufd, in the library beside the user shim where
# the host is Linux.
vprim_mock_hdrs =
vprim_mock_private_hdrs =
vprim_mock_srcs =
if LINUX
vprim_mock_hdrs += include/virtprim/mock.h
vprim_mock_private_hdrs += libvirtprim/shim/mock/mock_internal.h
vprim_mock_private_hdrs += libvirtprim/shim/mock/mock_abi.h
vprim_mock_srcs += libvirtprim/shim/mock/mock.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_call.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_container.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_group.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_device.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_irq.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_feature.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_iommufd.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_ioas.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_hwpt.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_compat.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_dma.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_config.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_iommu.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_edu.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_card.c
vprim_mock_srcs += libvirtprim/shim/mock/mock_sys.c
endif
