/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file virtprim.h
 * @brief Every module of the core in one include.
 */
#ifndef VIRTPRIM_VIRTPRIM_H
#define VIRTPRIM_VIRTPRIM_H
#include <virtprim/platform.h>
#include <virtprim/range.h>
#include <virtprim/releases.h>
#include <virtprim/s390.h>
#include <virtprim/cpu.h>
#include <virtprim/ppc.h>
#include <virtprim/virt_enable.h>
#include <virtprim/svm.h>
#include <virtprim/loongarch.h>
#include <virtprim/reason.h>
#include <virtprim/iova_windows.h>
#include <virtprim/iova_xlate.h>
#include <virtprim/hole.h>
#include <virtprim/interval_tree.h>
#include <virtprim/iova_plan.h>
#include <virtprim/dirty.h>
#include <virtprim/iova_map.h>
#include <virtprim/pat.h>
#include <virtprim/nested_pat.h>
#include <virtprim/ptimer.h>
#include <virtprim/pvclock.h>
#include <virtprim/region_info.h>
#include <virtprim/vfio_cap.h>
#include <virtprim/vfio_cap_build.h>
#include <virtprim/xstate.h>
#include <virtprim/xstate_perm.h>
#include <virtprim/type1.h>
#include <virtprim/ioas.h>
#include <virtprim/dmabuf.h>
#endif
