// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The one table of what changed when. doc/releases.md tells the same in prose. */
#include <virtprim/releases.h>

static const struct vprim_change_info changes[VPRIM_CHANGES] = {
	[VPRIM_CHANGE_CPU_MMIO_ENTRY] = { "cpu-mmio-entry",
					  VPRIM_LINUX(6, 19) },
	[VPRIM_CHANGE_CPU_MMIO_REACHES] = { "cpu-mmio-reaches",
					    VPRIM_LINUX(6, 17) },
	[VPRIM_CHANGE_CPU_MMIO_SELECT] = { "cpu-mmio-select",
					   VPRIM_LINUX(6, 16) },
	[VPRIM_CHANGE_CPU_PMU_SNAPSHOT] = { "cpu-pmu-snapshot",
					    VPRIM_LINUX(6, 18) },
	[VPRIM_CHANGE_IOAS_COMPAT_EMPTY] = { "ioas-compat-empty",
					     VPRIM_LINUX(6, 12) },
	[VPRIM_CHANGE_IOAS_UPTR_FIRST] = { "ioas-uptr-first",
					   VPRIM_LINUX(6, 13) },
	[VPRIM_CHANGE_IOMMU_DIRECT] = { "iommu-direct", VPRIM_LINUX(6, 6) },
	[VPRIM_CHANGE_TYPE1_INFO_ALIGN] = { "type1-info-align",
					    VPRIM_LINUX(6, 6) },
	[VPRIM_CHANGE_TYPE1_TOP] = { "type1-top", VPRIM_LINUX(6, 18) },
	[VPRIM_CHANGE_S390_SCA_HEADER] = { "s390-sca-header",
					   VPRIM_LINUX_UNRELEASED },
	[VPRIM_CHANGE_SVM_VNMI] = { "svm-vnmi", VPRIM_LINUX(6, 4) },
	[VPRIM_CHANGE_VFIO_MSIX_DYNAMIC] = { "vfio-msix-dynamic",
					     VPRIM_LINUX(6, 5) },
	[VPRIM_CHANGE_SVM_CLEAR_GIF] = { "svm-clear-gif", VPRIM_LINUX(7, 0) },
	[VPRIM_CHANGE_SVM_SANITISED] = { "svm-sanitised", VPRIM_LINUX(7, 1) },
	[VPRIM_CHANGE_SVM_GPAT] = { "svm-gpat", VPRIM_LINUX(7, 2) },
	[VPRIM_CHANGE_SVM_ERAPS] = { "svm-eraps", VPRIM_LINUX(7, 0) },
	[VPRIM_CHANGE_XSTATE_PERM_KEPT] = { "xstate-perm-kept",
					    VPRIM_LINUX(6, 16) },
	[VPRIM_CHANGE_XSTATE_KVM_CET] = { "xstate-kvm-cet",
					  VPRIM_LINUX(6, 18) },
	[VPRIM_CHANGE_XSTATE_KVM_APX] = { "xstate-kvm-apx",
					  VPRIM_LINUX_UNRELEASED },
};

const struct vprim_change_info *vprim_change_info_of(enum vprim_change change)
{
	return (unsigned int)change < VPRIM_CHANGES ? &changes[change] : NULL;
}

bool vprim_linux_has(uint32_t release, enum vprim_change change)
{
	const struct vprim_change_info *info = vprim_change_info_of(change);

	return info &&
	       (release == VPRIM_LINUX_NEWEST || release >= info->since);
}
