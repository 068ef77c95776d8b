/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file pvclock.h
 * @brief Clocks that a guest computes from a counter, and their offsets after a
 *        pause, a move or a change of rate.
 *
 * Three interfaces give a guest the time without an exit. Each is a counter, a
 * factor and an offset that the hypervisor must renew when the guest goes on:
 *
 *     kvmclock    system_ns + ((tsc - stamp) * 2^shift * mul >> 32)        ns
 *     Hyper-V     offset + (tsc * scale >> 64)                             100 ns
 *     Arm         physical count - offset                                  counts
 *
 * Products are exact in 128 bits; sums wrap at 2^64, as the guest's own do. Needs
 * @ref ptimer.h. Pure functions: no allocation, no locks, no clock reads. Safe in any
 * context.
 */
#ifndef VIRTPRIM_PVCLOCK_H
#define VIRTPRIM_PVCLOCK_H
#include <virtprim/ptimer.h>
VPRIM_BEGIN_DECLS

/** @name kvmclock
 * @{ */

/** @brief What a guest reads of its kvmclock page. */
struct vprim_pvclock {
	uint64_t stamp;			/**< Guest TSC at @c system_ns. */
	uint64_t system_ns;		/**< Nanoseconds then. */
	struct vprim_ptimer_scale scale;/**< Cycles to ns: tsc_to_system_mul, tsc_shift. */
	bool stable;			/**< All vCPUs read one clock: flag bit 0. */
};

/**
 * @brief The factor from guest cycles to nanoseconds.
 *
 * The error is below one in 2^29 of the result, plus 2 ns: over 2 GHz the factor drops
 * bits of the frequency, and cycles lose their last bits.
 *
 * @param[in]  tsc_hz  The guest's TSC frequency, Hz.
 * @param[out] scale   The factor. Written only on success.
 *
 * @retval 0        @p scale is valid.
 * @retval -EINVAL  @p tsc_hz is 0.
 *
 * @par Source
 * Linux kvm_get_time_scale(NSEC_PER_SEC, tsc_hz).
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pvclock_scale_from(uint64_t tsc_hz, struct vprim_ptimer_scale *scale);

/**
 * @brief The time, as the guest computes it.
 * @param[in] clock  The page; a shift outside -63 to 63 adds nothing.
 * @param[in] tsc    Guest TSC; one before the stamp wraps, as in the guest.
 * @return Nanoseconds, modulo 2^64.
 *
 * @par Source
 * Linux __pvclock_read_cycles(), pvclock_scale_delta().
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_pvclock_read(const struct vprim_pvclock *clock, uint64_t tsc);

/** @brief A kvmclock that was saved, and where it goes on. */
struct vprim_pvclock_resume {
	uint64_t clock_ns;	/**< KVM_GET_CLOCK's clock. */
	bool realtime;		/**< The pause counts: KVM_CLOCK_REALTIME. */
	uint64_t saved_real_ns;	/**< With @c realtime: the wall clock when saved. */
	uint64_t real_ns;	/**< With @c realtime: the wall clock now. */
	uint64_t base_ns;	/**< The host's clock now, which the offset is added to. */
};

/**
 * @brief The offset that makes a kvmclock go on.
 *
 * Without @c realtime the guest does not see the pause. With it, it does, unless the
 * wall clock went backwards meanwhile: a kvmclock never does.
 *
 * @param[in] resume  The clock.
 * @return The offset in ns, modulo 2^64: negative for a host that has been up longer.
 *
 * @par Source
 * Linux kvm_vm_ioctl_set_clock().
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_pvclock_offset(const struct vprim_pvclock_resume *resume);

/** @} */
/** @name The reference TSC page of Hyper-V
 * @{ */

/** @brief What a guest reads of its reference TSC page. */
struct vprim_pvclock_hyperv {
	uint64_t scale;		/**< 100 ns for a cycle, times 2^64. */
	uint64_t offset;	/**< In units of 100 ns, modulo 2^64. */
};

/**
 * @brief The page that shows what a kvmclock shows.
 *
 * @param[in]  clock  The kvmclock.
 * @param[out] page   Scale and offset. Written only on success.
 *
 * @retval 0            @p page is valid.
 * @retval -EOPNOTSUPP  @p clock is not stable: the guest must ask each time.
 * @retval -EINVAL      The shift is outside -32 to 31.
 * @retval -ERANGE      The scale does not fit: the TSC is slower than 10 MHz.
 *
 * @par Source
 * Linux compute_tsc_page_parameters(); Hyper-V TLFS, "Partition Reference TSC
 * Mechanism".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pvclock_hyperv_from(const struct vprim_pvclock *clock,
			      struct vprim_pvclock_hyperv *page);

/**
 * @brief The time, as the guest computes it.
 * @param[in] page  The page.
 * @param[in] tsc   Guest TSC.
 * @return Units of 100 ns, modulo 2^64.
 *
 * @par Source
 * Hyper-V TLFS, "Partition Reference TSC Mechanism"; Linux
 * hv_read_tsc_page_tsc().
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_pvclock_hyperv_read(const struct vprim_pvclock_hyperv *page,
				   uint64_t tsc);

/**
 * @brief Let the page go on from a time: after a pause, or with another scale.
 * @param[in,out] page  Its offset is set.
 * @param[in]     time  What it is to show now, units of 100 ns.
 * @param[in]     tsc   Guest TSC now.
 *
 * @par Source
 * The formula of the TLFS, solved for the offset.
 */
VPRIM_API VPRIM_NONNULL
void vprim_pvclock_hyperv_resume(struct vprim_pvclock_hyperv *page,
				 uint64_t time, uint64_t tsc);

/** @} */
/** @name The counter of Arm
 * @{ */

/**
 * @brief The counter offset that makes a guest's count go on.
 *
 * The guest reads the physical count minus the offset (CNTVOFF_EL2).
 *
 * @param[in]  saved       The guest's count when it was saved.
 * @param[in]  elapsed_ns  How much of the pause it is to see, ns; 0 for none.
 * @param[in]  hz          The frequency of the counter (CNTFRQ_EL0), Hz.
 * @param[in]  physical    The host's count now.
 * @param[out] offset      Counts, modulo 2^64. Written only on success.
 *
 * @retval 0           @p offset is valid.
 * @retval -EINVAL     @p hz is 0.
 * @retval -EOVERFLOW  The pause leaves 64 bits of counts.
 *
 * @par Source
 * Arm ARM, CNTVOFF_EL2; Linux KVM, KVM_REG_ARM_TIMER_CNT and
 * KVM_ARM_SET_COUNTER_OFFSET.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pvclock_arm_offset(uint64_t saved, uint64_t elapsed_ns, uint64_t hz,
			     uint64_t physical, uint64_t *offset);
/** @} */

VPRIM_END_DECLS

#endif
