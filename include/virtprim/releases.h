/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file releases.h
 * @brief Which kernel's rules: one value, and one table of what changed when.
 *
 * Kernels of different releases answer some calls differently. A config or a
 * call that must know whose answers are wanted takes one value, a release:
 * @ref VPRIM_LINUX or, as the default, @ref VPRIM_LINUX_NEWEST. Each difference
 * is a @ref vprim_change with the release from which on it is so; code asks
 * vprim_linux_has() and compares no version itself. @ref releases lists them
 * with before, after and source.
 *
 * Pure functions on values: safe in any context, from any thread.
 */
#ifndef VIRTPRIM_RELEASES_H
#define VIRTPRIM_RELEASES_H
#include <virtprim/platform.h>
VPRIM_BEGIN_DECLS

/** The newest rules that the library knows; the default of every config. */
#define VPRIM_LINUX_NEWEST 0
/** The rules of one release: VPRIM_LINUX(6, 12). Minor numbers go to 255. */
#define VPRIM_LINUX(major, minor) (((major) << 8) | (minor))
/** @brief VPRIM_LINUX() as a function, for other languages. */
VPRIM_INLINE uint32_t vprim_linux(uint32_t major, uint32_t minor)
{
	return VPRIM_LINUX(major, minor);
}

/** In vprim_change_info::since: no numbered release is known to have it. */
#define VPRIM_LINUX_UNRELEASED 65535

/** @brief Rules that changed. A module's are named after it. */
enum vprim_change {
	VPRIM_CHANGE_CPU_MMIO_ENTRY,	/**< VERW before an entry, whatever the L1D flush. */
	VPRIM_CHANGE_CPU_MMIO_REACHES,	/**< Mapped MMIO counts, not an assigned device. */
	VPRIM_CHANGE_CPU_MMIO_SELECT,	/**< Select, update and apply in one order. */
	VPRIM_CHANGE_CPU_PMU_SNAPSHOT,	/**< KVM keeps a snapshot of the host's PMU. */
	VPRIM_CHANGE_IOAS_COMPAT_EMPTY,	/**< A compat unmap of nothing succeeds. */
	VPRIM_CHANGE_IOAS_UPTR_FIRST,	/**< The buffer's wrap comes before its length. */
	VPRIM_CHANGE_IOMMU_DIRECT,	/**< VFIO takes no device with a direct range. */
	VPRIM_CHANGE_TYPE1_INFO_ALIGN,	/**< GET_INFO's structures are aligned to 8. */
	VPRIM_CHANGE_TYPE1_TOP,		/**< The last address is one like any other. */
	VPRIM_CHANGE_S390_SCA_HEADER,	/**< Only the SCA's header must lie in one page. */
	VPRIM_CHANGE_SVM_VNMI,		/**< V_NMI needs the intercept of NMIs. */
	VPRIM_CHANGE_VFIO_MSIX_DYNAMIC,	/**< More MSI-X vectors without turning it off. */
	VPRIM_CHANGE_SVM_CLEAR_GIF,	/**< GIF may be clear while EFER.SVME is. */
	VPRIM_CHANGE_SVM_SANITISED,	/**< VMCB12's controls lose what the guest lacks. */
	VPRIM_CHANGE_SVM_GPAT,		/**< L2's PAT travels in the nested state. */
	VPRIM_CHANGE_SVM_ERAPS,		/**< KVM offers ERAPS. */
	VPRIM_CHANGE_XSTATE_PERM_KEPT,	/**< A grant keeps supervisor components. */
	VPRIM_CHANGE_XSTATE_KVM_CET,	/**< KVM offers CET_U and CET_S. */
	VPRIM_CHANGE_XSTATE_KVM_APX,	/**< KVM offers APX. */
	VPRIM_CHANGES			/**< How many there are. */
};

/** @brief One change. */
struct vprim_change_info {
	const char *word;	/**< Such as "cpu-mmio-select"; stays for ever. */
	uint16_t since;		/**< The first release that has it. */
};

/**
 * @brief The entry of a change.
 * @param[in] change  Any value.
 * @return Static memory; NULL for a number that is no change.
 */
VPRIM_API
const struct vprim_change_info *vprim_change_info_of(enum vprim_change change);

/**
 * @brief Whether a release has a change.
 * @param[in] release  @ref VPRIM_LINUX or @ref VPRIM_LINUX_NEWEST.
 * @param[in] change   The change.
 * @return true for VPRIM_LINUX_NEWEST and from the change's release on; false
 *         before it, and for a number that is no change.
 */
VPRIM_API
bool vprim_linux_has(uint32_t release, enum vprim_change change);

VPRIM_END_DECLS

#endif
