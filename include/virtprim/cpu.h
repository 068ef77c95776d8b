/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file cpu.h
 * @brief What a hypervisor may believe of its CPU: PMU snapshot, MMIO stale data.
 *
 * Two decisions that a hypervisor makes once at load or at each VM entry, as
 * tables over named inputs. Nothing reads a register or a feature word: the
 * caller gives them, so that a decision for another machine can be asked for.
 *
 * Needs reason.h and releases.h. Pure functions: no allocation, no locks. Safe in any
 * context. All structs are values and may be moved in memory.
 */
#ifndef VIRTPRIM_CPU_H
#define VIRTPRIM_CPU_H
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/**
 * Why no mitigation can be chosen: the ids of #vprim_cpu_rules. Beside each its errno
 * and what it fills.
 */
enum vprim_cpu_rule {
	/** EINVAL [value]: no enum vprim_cpu_mmio_bug. */
	VPRIM_CPU_RULE_BUG = 0x760,
	/** EINVAL [value]: no enum vprim_cpu_mmio_option. */
	VPRIM_CPU_RULE_OPTION,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_cpu_rules;

/** @name PMU capability snapshot
 * @{ */

/** @brief What is known of a PMU. */
struct vprim_cpu_pmu {
	uint32_t version;	/**< Architectural version; 0 none. */
	uint32_t num_gp;	/**< General-purpose counters. */
	uint32_t num_fixed;	/**< Fixed counters. */
	uint32_t width_gp;	/**< Bits of a general-purpose counter. */
	uint32_t width_fixed;	/**< Bits of a fixed counter. */
	uint64_t events_mask;	/**< Architectural events that are absent. */
};

/**
 * A release for vprim_cpu_pmu_snapshot() alone: the snapshot before its fix, which
 * asks always and so warns on a hybrid. No numbered release is known to have it.
 */
#define VPRIM_CPU_PMU_UNFIXED 65534u

/** @brief Inputs of vprim_cpu_pmu_snapshot(). */
struct vprim_cpu_pmu_input {
	bool hybrid;			/**< Cores of more than one kind. */
	bool initialized;		/**< The host's PMU driver found a PMU. */
	bool intel;			/**< Vendor; false: AMD. */
	bool enable_pmu;		/**< The module parameter. */
	struct vprim_cpu_pmu host;	/**< What the host's driver knows. */
	bool enable_mediated;		/**< The parameter enable_mediated_pmu. */
	bool host_mediated;		/**< The host's driver can lend its PMU. */
	bool vendor_mediated;		/**< The vendor's module can take it. */
};

/** @brief Outcome of vprim_cpu_pmu_snapshot(). */
struct vprim_cpu_pmu_result {
	bool enable_pmu;		/**< Guests get a PMU. */
	bool mediated;			/**< They get the host's own while they run. */
	bool warn_hybrid;		/**< The getter warns: asked on a hybrid. */
	bool warn_few;			/**< Warning: fewer counters than the vendor's least. */
	struct vprim_cpu_pmu host;	/**< The host snapshot. */
	struct vprim_cpu_pmu cap;	/**< What a guest may get; all zero when off. */
};

/** Most general-purpose counters of an Intel guest. */
#define VPRIM_CPU_PMU_MAX_GP_INTEL 8u
/** Most general-purpose counters of an AMD guest. */
#define VPRIM_CPU_PMU_MAX_GP_AMD 6u
/** Most fixed counters of a guest. */
#define VPRIM_CPU_PMU_MAX_FIXED 3u
/** Highest PMU version of a guest. */
#define VPRIM_CPU_PMU_MAX_VERSION 2u

/**
 * @brief Take the PMU snapshot of a host and decide what guests get.
 *
 * A guest could be moved between unlike cores, so a hybrid host gives none. A PMU
 * is mediated only where guests get one, somebody asked for it, and both the host's
 * driver and the vendor's module have what it takes; no release is named for it, so
 * who leaves these inputs clear has none.
 *
 * @param[in]  in       The inputs.
 * @param[in]  release  Whose rules: VPRIM_LINUX(), or VPRIM_CPU_PMU_UNFIXED.
 * @param[out] result   The decision; when its enable_pmu is false its cap is all
 *                      zero.
 *
 * @par Source
 * Linux arch/x86/kvm/pmu.h kvm_init_pmu_capability(), before and after "KVM: x86:
 * Don't snapshot host PMU capabilities on hybrid CPUs"; perf_get_x86_pmu_capability();
 * for mediated the posted series "KVM: x86: Add support for mediated vPMUs".
 */
VPRIM_API VPRIM_NONNULL
void vprim_cpu_pmu_snapshot(const struct vprim_cpu_pmu_input *in,
			    uint32_t release,
			    struct vprim_cpu_pmu_result *result);
/** @} */

/** @name MMIO stale data
 * @{ */

#define VPRIM_CPU_ARCH_MDS_NO 0x20ULL	/**< Not affected by MDS. */
#define VPRIM_CPU_ARCH_TAA_NO 0x100ULL	/**< Not affected by TAA. */
#define VPRIM_CPU_ARCH_SBDR_SSDP_NO 0x2000ULL	/**< Not affected by SBDR, SSDP. */
#define VPRIM_CPU_ARCH_FBSDP_NO 0x4000ULL	/**< Not affected by FBSDP. */
#define VPRIM_CPU_ARCH_PSDP_NO 0x8000ULL	/**< Not affected by PSDP. */
#define VPRIM_CPU_ARCH_FB_CLEAR 0x20000ULL	/**< VERW clears fill buffers too. */
#define VPRIM_CPU_ARCH_FB_CLEAR_CTRL 0x40000ULL /**< FB_CLEAR_DIS exists. */

/** @brief Whether a CPU has the fault. */
enum vprim_cpu_mmio_bug {
	VPRIM_CPU_MMIO_NOT_AFFECTED,	/**< No. */
	VPRIM_CPU_MMIO_AFFECTED,	/**< Yes. */
	VPRIM_CPU_MMIO_UNKNOWN		/**< Not known; only before 6.16. */
};

/**
 * @brief Whether a CPU has the fault.
 * @param[in] arch_caps         IA32_ARCH_CAPABILITIES.
 * @param[in] model_affected    The model is on the list of affected ones.
 * @param[in] model_unaffected  The model is on the list of unaffected ones.
 * @param[in] release           Whose rules: VPRIM_LINUX().
 * @return The answer.
 *
 * @par Source
 * Linux cpu_set_bug_bits(); the UNKNOWN form went in the 6.16 cycle.
 */
VPRIM_API
enum vprim_cpu_mmio_bug vprim_cpu_mmio_bug_of(uint64_t arch_caps,
					      bool model_affected,
					      bool model_unaffected,
					      uint32_t release);

/** @brief What the command line's mmio_stale_data= says. */
enum vprim_cpu_mmio_option {
	VPRIM_CPU_MMIO_AUTO,		/**< Not given, or a string that is ignored. */
	VPRIM_CPU_MMIO_OFF,		/**< off */
	VPRIM_CPU_MMIO_FULL,		/**< full */
	VPRIM_CPU_MMIO_FULL_NOSMT	/**< full,nosmt */
};

/** @brief Inputs of vprim_cpu_mmio_select(). */
struct vprim_cpu_mmio_input {
	enum vprim_cpu_mmio_bug bug;		/**< vprim_cpu_mmio_bug_of(). */
	uint64_t arch_caps;			/**< IA32_ARCH_CAPABILITIES. */
	enum vprim_cpu_mmio_option option;	/**< mmio_stale_data= */
	bool mitigations_off;			/**< mitigations=off */
	bool auto_nosmt;			/**< mitigations=auto,nosmt */
	bool mds_bug;				/**< The CPU has MDS. */
	bool taa_bug;				/**< The CPU has TAA. */
	bool rtm;				/**< RTM is present. */
	bool md_clear;				/**< VERW clears buffers (MD_CLEAR). */
	bool l1d_flush;				/**< The L1D flush command exists. */
	/**
	 * Before 6.16: another mitigation has already forced VERW at kernel
	 * exits. From it on: another one selected VERW for the whole host.
	 */
	bool clear_cpu_buf;
};

/**
 * @brief Where the mitigation stands. With a fault that is not affected or not known,
 * sysfs says so instead.
 */
enum vprim_cpu_mmio_state {
	/** Nothing is done; in sysfs "Vulnerable". */
	VPRIM_CPU_MMIO_STATE_OFF,
	/** VERW is issued, microcode is missing; "Vulnerable: Clear CPU buffers ...". */
	VPRIM_CPU_MMIO_STATE_UCODE_NEEDED,
	/** VERW clears the buffers; "Mitigation: Clear CPU buffers". */
	VPRIM_CPU_MMIO_STATE_VERW
};

/** @brief Outcome of vprim_cpu_mmio_select(). */
struct vprim_cpu_mmio_result {
	enum vprim_cpu_mmio_state state;	/**< Where it stands. */
	bool clear_cpu_buf;	/**< VERW at every kernel exit and VM entry. */
	bool vm_key;		/**< VERW at entries of VMs that reach MMIO. */
	bool idle_clear;	/**< Clear buffers before idling. */
	bool smt_off;		/**< SMT gets disabled. */
};

/**
 * @brief Choose the mitigation of MMIO stale data.
 *
 * @param[in]  in       The inputs.
 * @param[in]  release  Whose rules: VPRIM_LINUX().
 * @param[out] result   The choice. Written only on success.
 * @param[out] why      Which member; may be NULL.
 *
 * @retval 0        @p result is valid.
 * @retval -EINVAL  A member of @p in has an unknown value.
 *
 * @par Source
 * Linux arch/x86/kernel/cpu/bugs.c mmio_select_mitigation(), in 6.16 with
 * mmio_update_mitigation() and mmio_apply_mitigation().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3) VPRIM_MUST_CHECK
int vprim_cpu_mmio_select(const struct vprim_cpu_mmio_input *in,
			  uint32_t release,
			  struct vprim_cpu_mmio_result *result,
			  struct vprim_reason *why);

/** @brief Inputs of vprim_cpu_mmio_enter(). */
struct vprim_cpu_mmio_entry {
	bool l1d_key;		/**< The L1D flush at VM entry is on. */
	bool l1d_skipped;	/**< It is conditional, and this entry skips it. */
	bool vm_key;		/**< From the choice. */
	bool reaches;		/**< vprim_cpu_mmio_reaches(). */
	bool clear_cpu_buf;	/**< From the choice. */
};

/** @brief What happens before a VM entry. */
struct vprim_cpu_mmio_action {
	bool l1d_flush;		/**< The L1D is flushed. */
	bool verw_early;	/**< VERW in the C part of the entry. */
	bool verw_late;		/**< VERW right before the entry. */
	bool gap;		/**< The VM reaches MMIO, and neither happens. */
};

/**
 * @brief What Linux does before an entry of a VM on Intel.
 *
 * Before 6.19 it has a weakness, which is named: where the conditional L1D flush
 * is on and skips, a VM that reaches MMIO enters with stale buffers.
 *
 * @param[in] in       The inputs.
 * @param[in] release  Whose rules: VPRIM_LINUX().
 * @return The actions, for every input.
 *
 * @par Source
 * Linux 6.12 arch/x86/kvm/vmx/vmx.c vmx_vcpu_enter_exit() and vmenter.S; Linux 6.19
 * vmenter.S, where clear_cpu_buf is X86_FEATURE_CLEAR_CPU_BUF_VM and vm_key is
 * X86_FEATURE_CLEAR_CPU_BUF_VM_MMIO.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_cpu_mmio_action
vprim_cpu_mmio_enter(const struct vprim_cpu_mmio_entry *in, uint32_t release);

/**
 * @brief Whether a VM counts as one that reaches host MMIO.
 *
 * From 6.17 on it is a mark that is set when host MMIO is mapped and never cleared;
 * before, device assignment.
 *
 * @param[in] release      Whose rules: VPRIM_LINUX().
 * @param[in] device       The VM has an assigned device.
 * @param[in] ever_mapped  Host MMIO was mapped into the VM at some time while
 *                         the mitigation was on.
 * @return The answer.
 *
 * @par Source
 * Linux kvm_arch_has_assigned_device(); since 6.17 the mark of the shadow root.
 */
VPRIM_API
bool vprim_cpu_mmio_reaches(uint32_t release, bool device, bool ever_mapped);

/** @brief Inputs of vprim_cpu_fb_clear_dis(). */
struct vprim_cpu_fb_clear_input {
	bool clear_cpu_buf;		/**< From the choice. */
	bool mds_bug;			/**< The host has MDS. */
	bool taa_bug;			/**< The host has TAA. */
	uint64_t host_arch_caps;	/**< The host's IA32_ARCH_CAPABILITIES. */
	uint64_t guest_arch_caps;	/**< What the guest is shown. */
};

/**
 * @brief Whether VERW may be made cheap while a guest runs.
 * @param[in] in  The inputs.
 * @return true: set FB_CLEAR_DIS before the entry, restore it after the exit.
 *
 * @par Source
 * Linux arch/x86/kvm/vmx/vmx.c vmx_setup_fb_clear_ctrl() and
 * vmx_update_fb_clear_dis().
 */
VPRIM_API VPRIM_NONNULL
bool vprim_cpu_fb_clear_dis(const struct vprim_cpu_fb_clear_input *in);
/** @} */

VPRIM_END_DECLS

#endif
