# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The one list of core files, read by automake and by the kernel's Kbuild.
#
# A module adds its lines here and is then built, installed and driven by the
# vector language: the interpreter's table of modules comes from vprim_vec_srcs,
# where libvirtprim/vec/vec_<module>.c registers it.

vprim_public_hdrs = include/virtprim/virtprim.h
vprim_public_hdrs += include/virtprim/platform.h
vprim_core_srcs = libvirtprim/platform/platform.c
vprim_private_hdrs =
vprim_vec_srcs =

# the vector language, without the modules
vprim_vec_hdrs = include/virtprim/vec.h include/virtprim/vec_module.h
vprim_vec_private_hdrs = libvirtprim/vec/vec_internal.h
vprim_vec_base_srcs = libvirtprim/vec/vec.c libvirtprim/vec/vec_text.c
vprim_vec_base_srcs += libvirtprim/vec/vec_args.c
vprim_vec_base_srcs += libvirtprim/vec/vec_match.c
vprim_vec_base_srcs += libvirtprim/vec/vec_out.c

# range
vprim_public_hdrs += include/virtprim/range.h
vprim_core_srcs += libvirtprim/range/range.c
vprim_vec_srcs += libvirtprim/vec/vec_range.c

# releases
vprim_public_hdrs += include/virtprim/releases.h
vprim_core_srcs += libvirtprim/releases/releases.c
vprim_vec_srcs += libvirtprim/vec/vec_releases.c

# reason
vprim_public_hdrs += include/virtprim/reason.h
vprim_refuse_hdrs = include/virtprim/refuse.h
vprim_core_srcs += libvirtprim/reason/reason.c
vprim_vec_srcs += libvirtprim/vec/vec_reason.c

# s390
vprim_public_hdrs += include/virtprim/s390.h
vprim_private_hdrs += libvirtprim/s390/s390_internal.h
vprim_core_srcs += libvirtprim/s390/s390_rules.c
vprim_core_srcs += libvirtprim/s390/s390.c
vprim_vec_srcs += libvirtprim/vec/vec_s390.c

# cpu
vprim_public_hdrs += include/virtprim/cpu.h
vprim_private_hdrs += libvirtprim/cpu/cpu_internal.h
vprim_core_srcs += libvirtprim/cpu/cpu_rules.c
vprim_core_srcs += libvirtprim/cpu/cpu_pmu.c
vprim_core_srcs += libvirtprim/cpu/cpu_mmio.c
vprim_vec_srcs += libvirtprim/vec/vec_cpu.c

# ppc
vprim_public_hdrs += include/virtprim/ppc.h
vprim_private_hdrs += libvirtprim/ppc/ppc_internal.h
vprim_core_srcs += libvirtprim/ppc/ppc_rules.c
vprim_core_srcs += libvirtprim/ppc/ppc.c
vprim_vec_srcs += libvirtprim/vec/vec_ppc.c

# virt_enable
vprim_public_hdrs += include/virtprim/virt_enable.h
vprim_private_hdrs += libvirtprim/virt_enable/virt_enable_internal.h
vprim_core_srcs += libvirtprim/virt_enable/virt_enable_rules.c
vprim_core_srcs += libvirtprim/virt_enable/virt_enable.c
vprim_core_srcs += libvirtprim/virt_enable/virt_enable_users.c
vprim_vec_srcs += libvirtprim/vec/vec_virt_enable.c

# loongarch
vprim_public_hdrs += include/virtprim/loongarch.h
vprim_private_hdrs += libvirtprim/loongarch/loongarch_internal.h
vprim_core_srcs += libvirtprim/loongarch/loongarch_rules.c
vprim_core_srcs += libvirtprim/loongarch/loongarch.c
vprim_core_srcs += libvirtprim/loongarch/loongarch_walk.c
vprim_core_srcs += libvirtprim/loongarch/loongarch_tables.c
vprim_vec_srcs += libvirtprim/vec/vec_loongarch.c

# iova_windows
vprim_public_hdrs += include/virtprim/iova_windows.h
vprim_private_hdrs += libvirtprim/iova/iova_windows_internal.h
vprim_core_srcs += libvirtprim/iova/iova_windows.c
vprim_core_srcs += libvirtprim/iova/iova_windows_grow.c
vprim_core_srcs += libvirtprim/iova/iova_windows_rules.c
vprim_vec_srcs += libvirtprim/vec/vec_iova_windows.c

# hole
vprim_public_hdrs += include/virtprim/hole.h
vprim_private_hdrs += libvirtprim/iova/hole_internal.h
vprim_core_srcs += libvirtprim/iova/hole.c

# interval_tree
vprim_public_hdrs += include/virtprim/interval_tree.h
vprim_private_hdrs += libvirtprim/iova/interval_tree_internal.h
vprim_core_srcs += libvirtprim/iova/interval_tree.c
vprim_core_srcs += libvirtprim/iova/interval_tree_hole.c
vprim_vec_srcs += libvirtprim/vec/vec_interval_tree.c

# iova_plan
vprim_public_hdrs += include/virtprim/iova_plan.h
vprim_core_srcs += libvirtprim/iova/iova_plan.c
vprim_vec_srcs += libvirtprim/vec/vec_iova_plan.c

# dirty
vprim_public_hdrs += include/virtprim/dirty.h
vprim_private_hdrs += libvirtprim/iova/dirty_internal.h
vprim_core_srcs += libvirtprim/iova/dirty.c
vprim_core_srcs += libvirtprim/iova/dirty_shared.c
vprim_vec_srcs += libvirtprim/vec/vec_dirty.c

# iova map
vprim_public_hdrs += include/virtprim/iova_map.h
vprim_private_hdrs += libvirtprim/iova/iova_map_internal.h
vprim_core_srcs += libvirtprim/iova/iova_map.c
vprim_core_srcs += libvirtprim/iova/iova_map_bounds.c
vprim_core_srcs += libvirtprim/iova/iova_map_bulk.c
vprim_core_srcs += libvirtprim/iova/iova_map_audit.c
vprim_core_srcs += libvirtprim/iova/iova_map_cursor.c
vprim_core_srcs += libvirtprim/iova/iova_map_gap.c
vprim_core_srcs += libvirtprim/iova/iova_map_insert.c
vprim_core_srcs += libvirtprim/iova/iova_map_lookup.c
vprim_core_srcs += libvirtprim/iova/iova_map_nodes.c
vprim_core_srcs += libvirtprim/iova/iova_map_path.c
vprim_core_srcs += libvirtprim/iova/iova_map_place.c
vprim_core_srcs += libvirtprim/iova/iova_map_readers.c
vprim_core_srcs += libvirtprim/iova/iova_map_remove.c
vprim_core_srcs += libvirtprim/iova/iova_map_rules.c
vprim_vec_srcs += libvirtprim/vec/vec_iova_map.c

# iova_xlate
vprim_public_hdrs += include/virtprim/iova_xlate.h
vprim_private_hdrs += libvirtprim/iova/iova_xlate_internal.h
vprim_core_srcs += libvirtprim/iova/iova_xlate.c
vprim_core_srcs += libvirtprim/iova/iova_xlate_lookup.c
vprim_core_srcs += libvirtprim/iova/iova_xlate_rules.c
vprim_vec_srcs += libvirtprim/vec/vec_iova_xlate.c

# pat
vprim_public_hdrs += include/virtprim/pat.h
vprim_private_hdrs += libvirtprim/pat/pat_internal.h
vprim_core_srcs += libvirtprim/pat/pat_rules.c
vprim_core_srcs += libvirtprim/pat/pat.c
vprim_vec_srcs += libvirtprim/vec/vec_pat.c

# nested_pat
vprim_public_hdrs += include/virtprim/nested_pat.h
vprim_private_hdrs += libvirtprim/pat/nested_pat_internal.h
vprim_core_srcs += libvirtprim/pat/nested_pat_rules.c
vprim_core_srcs += libvirtprim/pat/nested_pat.c
vprim_vec_srcs += libvirtprim/vec/vec_nested_pat.c

# svm
vprim_public_hdrs += include/virtprim/svm.h
vprim_private_hdrs += libvirtprim/svm/svm_internal.h
vprim_core_srcs += libvirtprim/svm/svm_rules.c
vprim_core_srcs += libvirtprim/svm/svm_nested.c
vprim_core_srcs += libvirtprim/svm/svm_rap.c
vprim_vec_srcs += libvirtprim/vec/vec_svm.c

# ptimer
vprim_public_hdrs += include/virtprim/ptimer.h
vprim_private_hdrs += libvirtprim/ptimer/ptimer_internal.h
vprim_core_srcs += libvirtprim/ptimer/ptimer_rules.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_advance.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_cycles.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_mode.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_lapic.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_systems.c
vprim_core_srcs += libvirtprim/ptimer/ptimer_ticks.c
vprim_vec_srcs += libvirtprim/vec/vec_ptimer.c

# pvclock
vprim_public_hdrs += include/virtprim/pvclock.h
vprim_core_srcs += libvirtprim/pvclock/pvclock.c
vprim_vec_srcs += libvirtprim/vec/vec_pvclock.c

# vfio_cap_build: with region_info all that a driver needs to answer for its regions
vprim_public_hdrs += include/virtprim/vfio_cap_build.h
vprim_private_hdrs += libvirtprim/vfio_cap/vfio_cap_bytes.h
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_build.c

# region_info
vprim_public_hdrs += include/virtprim/region_info.h
vprim_core_srcs += libvirtprim/region_info/region_info.c

# vfio_cap
vprim_public_hdrs += include/virtprim/vfio_cap.h
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_add.c
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_fields.c
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_fixed.c
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_query.c
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_parse.c
vprim_core_srcs += libvirtprim/vfio_cap/vfio_cap_rules.c
vprim_private_hdrs += libvirtprim/vfio_cap/vfio_cap_internal.h
vprim_vec_srcs += libvirtprim/vec/vec_vfio_cap.c

# xstate
vprim_public_hdrs += include/virtprim/xstate.h
vprim_public_hdrs += include/virtprim/xstate_perm.h
vprim_core_srcs += libvirtprim/xstate/xstate.c
vprim_core_srcs += libvirtprim/xstate/xstate_audit.c
vprim_core_srcs += libvirtprim/xstate/xstate_check.c
vprim_core_srcs += libvirtprim/xstate/xstate_convert.c
vprim_core_srcs += libvirtprim/xstate/xstate_layouts.c
vprim_core_srcs += libvirtprim/xstate/xstate_migrate.c
vprim_core_srcs += libvirtprim/xstate/xstate_rules.c
vprim_core_srcs += libvirtprim/xstate/xstate_text.c
vprim_core_srcs += libvirtprim/xstate/xstate_perm.c
vprim_core_srcs += libvirtprim/xstate/xstate_perm_kvm.c
vprim_private_hdrs += libvirtprim/xstate/xstate_internal.h
vprim_vec_srcs += libvirtprim/vec/vec_xstate.c

# type1
vprim_public_hdrs += include/virtprim/type1.h
vprim_private_hdrs += libvirtprim/type1/type1_internal.h
vprim_core_srcs += libvirtprim/type1/type1.c
vprim_core_srcs += libvirtprim/type1/type1_rules.c
vprim_core_srcs += libvirtprim/type1/type1_attach.c
vprim_core_srcs += libvirtprim/type1/type1_dirty.c
vprim_core_srcs += libvirtprim/type1/type1_pin.c
vprim_core_srcs += libvirtprim/type1/type1_unmap.c
vprim_core_srcs += libvirtprim/type1/type1_windows.c
vprim_vec_srcs += libvirtprim/vec/vec_type1.c

# ioas
vprim_public_hdrs += include/virtprim/ioas.h
vprim_private_hdrs += libvirtprim/ioas/ioas_internal.h
vprim_core_srcs += libvirtprim/ioas/ioas.c
vprim_core_srcs += libvirtprim/ioas/ioas_rules.c
vprim_core_srcs += libvirtprim/ioas/ioas_access.c
vprim_core_srcs += libvirtprim/ioas/ioas_compat.c
vprim_core_srcs += libvirtprim/ioas/ioas_limits.c
vprim_core_srcs += libvirtprim/ioas/ioas_map.c
vprim_core_srcs += libvirtprim/ioas/ioas_place.c
vprim_core_srcs += libvirtprim/ioas/ioas_unmap.c
vprim_vec_srcs += libvirtprim/vec/vec_ioas.c
# dmabuf
vprim_public_hdrs += include/virtprim/dmabuf.h
vprim_core_srcs += libvirtprim/dmabuf/dmabuf_rules.c
vprim_core_srcs += libvirtprim/dmabuf/dmabuf_transitions.c
vprim_core_srcs += libvirtprim/dmabuf/dmabuf.c
vprim_core_srcs += libvirtprim/dmabuf/dmabuf_pages.c
vprim_core_srcs += libvirtprim/dmabuf/dmabuf_check.c
vprim_core_srcs += libvirtprim/dmabuf/dmabuf_run.c
vprim_private_hdrs += libvirtprim/dmabuf/dmabuf_internal.h
vprim_vec_srcs += libvirtprim/vec/vec_dmabuf.c
vprim_vec_srcs += libvirtprim/vec/vec_dmabuf_ioas.c
