/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file ptimer.h
 * @brief Periodic timers that fall behind, and the clocks around them.
 *
 * A periodic timer has a target and a period. When the one that serves it comes
 * late, because a guest was paused or a host was busy, instants have passed that
 * nobody saw:
 *
 *       target                              now
 *     ----|-------|-------|-------|----------x------> ns
 *         due     due     due     due        D = now - target
 *                                            q = D / period, r = D mod period
 *
 * This module says where the target goes next, what became of the instants in
 * between, and how an interrupt controller makes up for them, each in constant
 * time however long the gap. Times are signed 64-bit nanoseconds on a monotonic
 * clock of the caller's choice; sums that leave it saturate and say so.
 *
 * Pure functions, apart from three small objects that the caller owns: no
 * allocation, no locks, no clock reads. Safe in any context; the objects take no
 * locks: concurrent readers are fine, a writer needs the caller's exclusion.
 * Needs reason.h.
 */
#ifndef VIRTPRIM_PTIMER_H
#define VIRTPRIM_PTIMER_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/** @brief Why a source of ticks, or a plan for one, is refused; all EINVAL. */
enum vprim_ptimer_rule {
	VPRIM_PTIMER_RULE_PERIOD = 0x800, /**< The period is below 1. */
	VPRIM_PTIMER_RULE_POLICY,	/**< [value] Policy V is none. */
	VPRIM_PTIMER_RULE_RATE,		/**< The largest rate is 0. */
	VPRIM_PTIMER_RULE_OWED,		/**< The most that may be owed is 0. */
	VPRIM_PTIMER_RULE_NEXT,		/**< The next tick is not within a period. */
};

/** @brief The rules of this module; module "ptimer". */
VPRIM_API
extern const struct vprim_rules vprim_ptimer_rules;

/** @name Moving a late target
 * @{ */

/** @brief Where the next target goes. */
enum vprim_ptimer_policy {
	/** The first instant of the phase that is after now. */
	VPRIM_PTIMER_KEEP,
	/** The first instant of the phase that is at or after now. */
	VPRIM_PTIMER_KEEP_NOW,
	/** One period after now: a new phase. */
	VPRIM_PTIMER_REBASE,
	/** One period on, or now if that is past: KVM since the fix. */
	VPRIM_PTIMER_REBASE_KVM,
	/** One period on, and let the caller come back: KVM before the fix. */
	VPRIM_PTIMER_STEP,
};

/** @brief Outcome of one move. */
struct vprim_ptimer_step {
	int64_t target_ns;	/**< The next target. */
	/**
	 * Instants that the interrupts of this move stand for. KEEP_NOW leaves
	 * an instant at now for the next move: what it counts is how often STEP
	 * must be called before the target is not past, each a timer interrupt in
	 * Linux before the fix, 18,000,000 of them after one hour at 200 us.
	 */
	uint64_t expired;
	/** Those of them that get no interrupt of their own. */
	uint64_t missed;
	/** Instants at or before now that nothing stands for, now or later. */
	uint64_t dropped;
	/** A sum left its range: the target is INT64_MAX or a count UINT64_MAX. */
	bool saturated;
};

/**
 * @brief Move a periodic target.
 *
 * With D, q and r as at the top of the page, for a target at or before now:
 *
 * | policy     | next target               | expired          | missed | dropped |
 * |------------|---------------------------|------------------|--------|---------|
 * | KEEP       | now + (period - r)        | q + 1            | q      | 0       |
 * | KEEP_NOW   | r is 0: now; else as KEEP | q, r not 0: + 1  | one less | 0     |
 * | REBASE     | now + period              | 1                | q      | q       |
 * | REBASE_KVM | max(target + period, now) | 1, past: 2       | q - 1, not below 0 | the same |
 * | STEP       | target + period           | 1                | 0      | 0       |
 *
 * A target after now is not due: KEEP, KEEP_NOW and REBASE leave it and count
 * nothing. REBASE_KVM and STEP say what a handler does that was called, so they
 * move it anyhow. Constant time: one division.
 *
 * @param[in]  policy     Where the next target goes.
 * @param[in]  target_ns  Target in force, ns.
 * @param[in]  period_ns  Period, ns, at least 1.
 * @param[in]  now_ns     Present time, ns on the same clock; may lie before the
 *                        target.
 * @param[out] step       The outcome. Written only on success.
 *
 * @retval 0        @p step is valid.
 * @retval -EINVAL  @p period_ns is below 1, or @p policy is none of the five.
 *
 * @par Source
 * KEEP: Linux hrtimer_forward(), the Hyper-V stimer of KVM, Xen's
 * pt_process_missed_ticks(); D is unsigned here, where hrtimer_forward() wraps
 * on distances over 2^63. REBASE_KVM and STEP: Linux
 * advance_periodic_target_expiration() after and before "Fix VM hard lockup
 * after prolonged suspend with periodic HV timer". A target plus period over
 * INT64_MAX wraps in Linux and so looks past, whether the target was due or not;
 * REBASE_KVM gives now for it too, and reports it.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_advance(enum vprim_ptimer_policy policy, int64_t target_ns,
			 int64_t period_ns, int64_t now_ns,
			 struct vprim_ptimer_step *step);

/** @} */
/** @name Nanoseconds and guest cycles
 * @{ */

/** @brief Factor from ns to cycles: shift first, then times mult / 2^32. */
struct vprim_ptimer_scale {
	uint32_t mult;	/**< 2^31 to 2^32-1. */
	int8_t shift;	/**< Left when positive, right when negative. */
};

/**
 * @brief The factor of a guest TSC's frequency.
 *
 * @param[in]  tsc_khz  Guest TSC frequency, kHz, 1 to 2^32-1.
 * @param[out] scale    The factor. Written only on success.
 *
 * @retval 0        @p scale is valid.
 * @retval -EINVAL  @p tsc_khz is 0.
 * @retval -ERANGE  @p tsc_khz is over 2^32-1.
 *
 * @par Source
 * Linux kvm_get_time_scale().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_scale_from(uint64_t tsc_khz, struct vprim_ptimer_scale *scale);

/**
 * @brief Scale a duration as Linux does, wraps included.
 *
 * Rounds down. The error is below one cycle, plus one in 2^31 of the result
 * (three over 4.29 GHz, where the factor drops bits of the frequency), plus the
 * last 2^-shift - 1 ns when the shift is negative. The multiplication is exact;
 * only the shift can overflow, from 2^(64-shift) ns on. To have that refused, and a
 * negative duration, which a kernel without the fix turns into a deadline some
 * centuries ahead: vprim_ptimer_deadline_for().
 *
 * @param[in] scale     The factor. A shift outside -63 to 63 gives 0.
 * @param[in] delta_ns  Duration as unsigned 64 bits: a negative one as 2^64 less.
 * @return Cycles modulo 2^64.
 *
 * @par Source
 * Linux pvclock_scale_delta(), also through nsec_to_cycles().
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_ptimer_scale_delta(const struct vprim_ptimer_scale *scale,
				  uint64_t delta_ns);

/**
 * @brief The duration of some cycles, for TSC-deadline mode.
 *
 * @param[in]  tsc_khz  Guest TSC frequency, kHz, at least 1.
 * @param[in]  cycles   Guest cycles.
 * @param[out] ns       Duration, rounded down. Written only on success.
 *
 * @retval 0           @p ns is valid.
 * @retval -EINVAL     @p tsc_khz is 0.
 * @retval -EOVERFLOW  The duration leaves 64 bits.
 *
 * @par Source
 * Linux start_sw_tscdeadline(), which multiplies by 10^6 in 64 bits and so fires
 * early from 18446744073710 cycles on; the product has 128 bits here.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_cycles_to_ns(uint64_t tsc_khz, uint64_t cycles, uint64_t *ns);

/** @} */
/** @name TSC scaling
 * A guest TSC is offset + host TSC * ratio / 2^frac, modulo 2^64. A ratio of
 * 2^frac means no scaling.
 * @{ */

/** Fraction bits of the ratio on VMX. */
#define VPRIM_PTIMER_VMX_FRAC 48u
/** Fraction bits of the ratio on SVM. */
#define VPRIM_PTIMER_SVM_FRAC 32u
/** Bound of the ratio on VMX. */
#define VPRIM_PTIMER_VMX_MAX_RATIO 0xffffffffffffffff
/** Bound of the ratio on SVM. */
#define VPRIM_PTIMER_SVM_MAX_RATIO 0xffffffffffULL

/**
 * @brief The ratio that turns the host's frequency into the guest's.
 *
 * @param[in]  user_khz   Frequency the guest is to see, kHz.
 * @param[in]  host_khz   Frequency of the host, kHz, at least 1.
 * @param[in]  frac_bits  Fraction bits of the hardware, up to 63.
 * @param[in]  max_ratio  Bound of the hardware; the ratio is below it.
 * @param[out] ratio      The ratio, rounded down. Written only on success.
 *
 * @retval 0        @p ratio is valid.
 * @retval -EINVAL  @p host_khz is 0, or @p frac_bits is over 63.
 * @retval -ERANGE  The ratio would be 0, not below @p max_ratio, or over 64 bits.
 *
 * @par Source
 * Linux set_tsc_khz(), whose 64-bit division must not overflow.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_tsc_ratio(uint32_t user_khz, uint32_t host_khz,
			   unsigned int frac_bits, uint64_t max_ratio,
			   uint64_t *ratio);

/**
 * @brief Whether two frequencies differ enough to scale at all.
 * @param[in] user_khz  Frequency the guest is to see, kHz.
 * @param[in] host_khz  Frequency of the host, kHz.
 * @return true when @p user_khz is outside 250 ppm of @p host_khz.
 *
 * @par Source
 * Linux kvm_set_tsc_khz(), parameter tsc_tolerance_ppm.
 */
VPRIM_API bool vprim_ptimer_tsc_needs_ratio(uint32_t user_khz,
					    uint32_t host_khz);

/**
 * @brief Scale a TSC value or distance.
 * @param[in] tsc        Host cycles.
 * @param[in] ratio      The ratio.
 * @param[in] frac_bits  Its fraction bits, up to 63; only six bits count.
 * @return @p tsc * @p ratio / 2^frac, modulo 2^64. The guest's TSC is this plus
 *         its offset.
 *
 * @par Source
 * Linux kvm_scale_tsc().
 */
VPRIM_API uint64_t vprim_ptimer_tsc_scale(uint64_t tsc, uint64_t ratio,
					  unsigned int frac_bits);

/**
 * @brief Host cycles that make a number of guest cycles pass.
 *
 * @param[in]  guest_cycles  Guest cycles.
 * @param[in]  ratio         The ratio.
 * @param[in]  frac_bits     Its fraction bits, up to 63.
 * @param[out] host_cycles   Host cycles, rounded down. Written only on success.
 *
 * @retval 0        @p host_cycles is valid.
 * @retval -EINVAL  @p frac_bits is over 63.
 * @retval -ERANGE  The quotient leaves 64 bits, as it always does for ratio 0.
 *
 * @par Source
 * Linux u64_shl_div_u64() in vmx_set_hv_timer().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_tsc_unscale(uint64_t guest_cycles, uint64_t ratio,
			     unsigned int frac_bits, uint64_t *host_cycles);

/** @} */
/** @name The hardware timer
 * The VMX preemption timer counts down a 32-bit value, one for 2^multi host
 * cycles, while the guest runs.
 * @{ */

/** @brief What the hardware timer is asked for. */
struct vprim_ptimer_hv_request {
	uint64_t deadline_tsc;		/**< Deadline, guest TSC. */
	uint64_t guest_tsc;		/**< Guest TSC at @c host_tsc. */
	uint64_t host_tsc;		/**< Host TSC now. */
	uint64_t advance_cycles;	/**< Fire so much earlier, guest cycles. */
	uint64_t ratio;			/**< TSC ratio; 2^frac_bits for none. */
	unsigned int frac_bits;		/**< Its fraction bits, up to 63. */
	unsigned int multi;		/**< VMX_MISC bits 4:0. */
};

/** @brief What the hardware timer gets. */
struct vprim_ptimer_hv {
	uint64_t delta_cycles;	/**< Host cycles from now. */
	uint64_t host_deadline;	/**< Host TSC then, modulo 2^64. */
	uint32_t programmed;	/**< The value to program. */
	bool expired;		/**< Nothing is left to wait for. */
};

/**
 * @brief Work out what to program into the hardware timer.
 *
 * @param[in]  request  What is wanted.
 * @param[out] hv       What to program. Written only on success.
 *
 * @retval 0        @p hv is valid. When it is expired a one-shot is delivered at
 *                  once; a periodic timer is armed all the same and fires on
 *                  entry, so that one path advances it.
 * @retval -EINVAL  @c frac_bits is over 63, or @c multi is over 31.
 * @retval -ERANGE  The distance does not fit: the software timer has to do it.
 *
 * @par Source
 * Linux vmx_set_hv_timer(); Intel SDM vol. 3, "VMX-Preemption Timer".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_hv_set(const struct vprim_ptimer_hv_request *request,
			struct vprim_ptimer_hv *hv);

/**
 * @brief Whether the hardware timer is worth using.
 * @param[in] tsc_khz  Host TSC frequency, kHz.
 * @param[in] multi    VMX_MISC bits 4:0; only five bits count.
 * @param[in] mwait    MWAIT is passed through to the guest.
 * @param[in] posted   Timer interrupts can be posted.
 * @return true when it spans at least ten seconds and nothing is in its way.
 *
 * @par Source
 * Linux hardware_setup() of VMX and kvm_can_use_hv_timer().
 */
VPRIM_API bool vprim_ptimer_hv_is_usable(uint32_t tsc_khz, unsigned int multi,
					 bool mwait, bool posted);

/** @brief A target as a guest TSC deadline. */
struct vprim_ptimer_deadline {
	uint64_t deadline_tsc;	/**< Guest TSC at the target, modulo 2^64. */
	uint64_t cycles;	/**< Guest cycles until then. */
	bool fits;		/**< Within what an unscaled hardware timer spans. */
};

/**
 * @brief Turn a target into a guest TSC deadline, or a duration into cycles.
 *
 * A duration is a target with now and TSC 0.
 *
 * @param[in]  target_ns  Target, ns, not before @p now_ns.
 * @param[in]  now_ns     Present time, ns.
 * @param[in]  guest_tsc  Guest TSC now.
 * @param[in]  scale      The guest's factor.
 * @param[in]  multi      VMX_MISC bits 4:0, up to 31.
 * @param[out] deadline   The outcome. Written only on success.
 *
 * @retval 0           @p deadline is valid.
 * @retval -EINVAL     The target is past, which is what wrapped before the fix;
 *                     or @p multi or the shift is out of bounds.
 * @retval -EOVERFLOW  The distance in cycles leaves 64 bits.
 *
 * @par Source
 * Linux advance_periodic_target_expiration(), with what it must never be given
 * refused.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_deadline_for(int64_t target_ns, int64_t now_ns,
			      uint64_t guest_tsc,
			      const struct vprim_ptimer_scale *scale,
			      unsigned int multi,
			      struct vprim_ptimer_deadline *deadline);

/**
 * @brief Adapt how much earlier the timer fires.
 *
 * Moves by an eighth of the error. Errors under 100 or over 10000 cycles are
 * noise. What comes out above 5000 ns, or below 0, starts over at 1000.
 *
 * @param[in] advance_ns    Advance in force, ns.
 * @param[in] error_cycles  Guest TSC at the interrupt minus the deadline:
 *                          negative is early.
 * @param[in] tsc_khz       Guest TSC frequency, kHz; 0 leaves the advance.
 * @return The new advance, ns.
 *
 * @par Source
 * Linux adjust_lapic_timer_advance().
 */
VPRIM_API uint32_t vprim_ptimer_adapt_advance(uint32_t advance_ns,
					      int64_t error_cycles,
					      uint32_t tsc_khz);

/**
 * @brief How long to spin before the interrupt that fired early.
 * @param[in] deadline_tsc    Deadline, guest TSC.
 * @param[in] guest_tsc       Guest TSC now.
 * @param[in] advance_cycles  The advance, guest cycles.
 * @return What is left, but no more than the advance.
 *
 * @par Source
 * Linux __kvm_wait_lapic_expire().
 */
VPRIM_INLINE uint64_t vprim_ptimer_spin(uint64_t deadline_tsc,
					 uint64_t guest_tsc,
					 uint64_t advance_cycles)
{
	uint64_t left = deadline_tsc > guest_tsc ? deadline_tsc - guest_tsc : 0;

	return left < advance_cycles ? left : advance_cycles;
}

/** @} */
/** @name Hardware or software
 * Which of two timers serves a virtual LAPIC timer, as a small state machine.
 * @{ */

/** @brief Who serves the timer. */
enum vprim_ptimer_server {
	VPRIM_PTIMER_SOFTWARE,	/**< A host timer (hrtimer). */
	VPRIM_PTIMER_HARDWARE,	/**< The hardware timer. */
};

/** @brief What happens to it. */
enum vprim_ptimer_event {
	/** A register write arms the timer. */
	VPRIM_PTIMER_EVENT_ARM,
	/** The timer is disarmed. */
	VPRIM_PTIMER_EVENT_STOP,
	/** The hardware timer may not be used any more. */
	VPRIM_PTIMER_EVENT_SUPPRESS,
	/** The virtual CPU blocks. */
	VPRIM_PTIMER_EVENT_BLOCK,
	/** The virtual CPU runs again. */
	VPRIM_PTIMER_EVENT_UNBLOCK,
	/** The hardware timer's exit. */
	VPRIM_PTIMER_EVENT_HW_EXPIRY,
	/** The host timer's callback. */
	VPRIM_PTIMER_EVENT_SW_EXPIRY,
};

/**
 * @brief What the caller does, in this order.
 *
 * The first three come before vprim_ptimer_hv_set() is asked, the others after.
 */
enum vprim_ptimer_todo {
	VPRIM_PTIMER_DO_EXPIRE = 1,	/**< Count an expiry. */
	VPRIM_PTIMER_DO_CANCEL_HW = 2,	/**< Stop the hardware timer. */
	VPRIM_PTIMER_DO_ADVANCE = 4,	/**< Move the target. */
	VPRIM_PTIMER_DO_CANCEL_SW = 8,	/**< Stop the host timer. */
	VPRIM_PTIMER_DO_START_SW = 16,	/**< Start the host timer at the target. */
	VPRIM_PTIMER_DO_START_HW = 32,	/**< Start the hardware timer as vprim_ptimer_hv_set() says. */
};

/** @brief A timer and who serves it. Zeroed, it is software, as in Linux. */
struct vprim_ptimer_mode {
	enum vprim_ptimer_server server;	/**< Who serves it now. */
	bool periodic;	/**< It goes on after an expiry; the caller's to set. */
	/**
	 * Also try the hardware timer when a virtual CPU that was in software
	 * unblocks, and when a periodic timer expires in software. Linux does
	 * not: there, one refusal can last for the rest of a guest that never
	 * touches its timer's registers. The caller's to set.
	 */
	bool retry;
	bool blocked_in_hardware;	/**< Hardware served it when it blocked. */
};

/**
 * @brief Let an event happen.
 *
 * These try the hardware timer: arming it; an unblocking, if hardware served when the
 * virtual CPU blocked; the expiry of a periodic timer in hardware; with @c retry, any
 * unblocking, and the expiry of a periodic timer in software.
 *
 * @param[in,out] m      The timer. Unchanged on failure.
 * @param[in]     event  The event.
 * @param[in]     hw_ok  vprim_ptimer_hv_set() takes the deadline, that of an expired
 *                       periodic timer after its target has moved. Counts only for
 *                       events that try the hardware timer.
 * @param[out]    todo   VPRIM_PTIMER_DO_ bits. Written only on success.
 *
 * @retval 0        @p m and @p todo are valid.
 * @retval -EINVAL  @p event is none.
 * @retval -ENOENT  The expiry of a timer that does not serve.
 *
 * @par Source
 * Linux restart_apic_timer(), kvm_lapic_switch_to_hv_timer(),
 * kvm_lapic_expired_hv_timer().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_mode_event(struct vprim_ptimer_mode *m,
			    enum vprim_ptimer_event event, bool hw_ok,
			    unsigned int *todo);

/** @} */
/** @name The LAPIC timer's registers
 * @{ */

/** KVM's least period of a periodic timer, ns; a module parameter there. */
#define VPRIM_PTIMER_KVM_MIN_PERIOD_NS 200000ULL

/**
 * @brief Check a bus cycle before any virtual CPU exists.
 *
 * @param[in] bus_ns   Length of a bus cycle, ns.
 * @param[in] irqchip  The interrupt controllers are in the kernel.
 * @param[in] vcpus    The VM has virtual CPUs already.
 *
 * @retval 0           It can be set, and no period will leave a signed clock.
 * @retval -EINVAL     0, or the longest period leaves unsigned 64 bits, or
 *                     @p vcpus.
 * @retval -ENXIO      Not @p irqchip.
 * @retval -EOVERFLOW  Linux takes it, but the longest period is over INT64_MAX
 *                     and would be negative there (over 16777216 ns).
 *
 * @par Source
 * Linux KVM_CAP_X86_APIC_BUS_CYCLES_NS; the last one is libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_ptimer_bus_check(uint64_t bus_ns, bool irqchip, bool vcpus);

/** @brief Registers and settings that make a period. */
struct vprim_ptimer_count {
	uint32_t tmict;		/**< Initial count, bus cycles. */
	uint32_t tdcr;		/**< Divide configuration register; bits 0, 1 and 3 count. */
	uint64_t bus_ns;	/**< Length of a bus cycle, ns, at least 1. */
	uint64_t min_ns;	/**< Least period when periodic, ns. */
	bool periodic;		/**< Else one-shot, which has no least period. */
};

/**
 * @brief The period of an initial count.
 *
 * With an initial count and a bus cycle of 1 it is what the divide configuration
 * register divides by: 1, 2, 4, and so on to 128.
 *
 * @param[in]  count      Registers and settings.
 * @param[out] period_ns  The period; 0 for a stopped timer (initial count 0).
 *                        Written only on success.
 *
 * @retval 0           @p period_ns is valid.
 * @retval -EINVAL     @c bus_ns is 0.
 * @retval -EOVERFLOW  The period, raised to the least one, is over INT64_MAX.
 *
 * @par Source
 * Linux tmict_to_ns() and limit_periodic_timer_frequency(); Intel SDM vol. 3, "APIC
 * Timer", divide configuration register.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_period(const struct vprim_ptimer_count *count,
			int64_t *period_ns);

/**
 * @brief How far away the target of a restored timer is.
 *
 * @param[in] period_ns  Period.
 * @param[in] left_ns    The saved current count as a duration.
 * @param[in] periodic   Else one-shot.
 * @return @p left_ns, but at most the period. When nothing is left: the period
 *         of a periodic timer, 0 of a one-shot.
 *
 * @par Source
 * Linux set_target_expiration().
 */
VPRIM_API int64_t vprim_ptimer_restored(int64_t period_ns, int64_t left_ns,
					bool periodic);

/** @brief A virtual LAPIC timer: plain data, may be moved in memory and copied. */
struct vprim_ptimer_lapic {
	struct vprim_ptimer_count count;	/**< Registers and settings. */
	struct vprim_ptimer_scale scale;	/**< Of the guest's TSC. */
	int64_t period_ns;	/**< Period; 0 for a stopped timer. */
	int64_t target_ns;	/**< Nominal next expiry. */
	uint64_t tscdeadline;	/**< The same as guest TSC; 0 for a stopped timer. */
};
VPRIM_OBJECT(ptimer_lapic);

/**
 * @brief Set up a stopped timer.
 *
 * @param[out] l        The timer. Written only on success.
 * @param[in]  bus_ns   Length of a bus cycle, ns, at least 1.
 * @param[in]  min_ns   Least period when periodic, ns.
 * @param[in]  tsc_khz  Guest TSC frequency, kHz.
 *
 * @retval 0        @p l is ready.
 * @retval -EINVAL  @p bus_ns or @p tsc_khz is 0.
 * @retval -ERANGE  @p tsc_khz is over 2^32-1.
 *
 * @par Source
 * Linux kvm_create_lapic().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_lapic_init(struct vprim_ptimer_lapic *l, uint64_t bus_ns,
			    uint64_t min_ns, uint64_t tsc_khz);

/** @brief Both clocks at one moment. */
struct vprim_ptimer_now {
	int64_t ns;		/**< The host's monotonic clock. */
	uint64_t guest_tsc;	/**< The guest's TSC. */
};

/** @brief What the guest, or a restore, writes. */
struct vprim_ptimer_write {
	uint32_t tmict;		/**< Initial count, bus cycles. */
	uint32_t tdcr;		/**< Divide configuration register. */
	bool periodic;		/**< Else one-shot. */
	bool restore;		/**< Take the distance from @c tmcct. */
	uint32_t tmcct;		/**< Saved current count, bus cycles. */
};

/**
 * @brief Arm the timer, or stop it with an initial count of 0.
 *
 * @param[in,out] l      The timer. Unchanged on failure.
 * @param[in]     write  What is written.
 * @param[in]     now    Both clocks.
 *
 * @retval 0           The timer is armed, or stopped.
 * @retval -EOVERFLOW  The period, the target or the cycles leave 64 bits.
 *
 * @par Source
 * Linux set_target_expiration().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_lapic_arm(struct vprim_ptimer_lapic *l,
			   const struct vprim_ptimer_write *write,
			   const struct vprim_ptimer_now *now);

/**
 * @brief The guest changes the divisor of a timer that may be running.
 *
 * What is left is stretched or shrunk and not raised to the least period.
 * vprim_ptimer_rescale() is the arithmetic.
 *
 * @param[in,out] l     The timer. Unchanged on failure.
 * @param[in]     tdcr  Divide configuration register.
 * @param[in]     now   Both clocks.
 *
 * @retval 0           The new divisor is in force.
 * @retval -EOVERFLOW  The period, what is left, the target or the cycles leave
 *                     64 bits.
 *
 * @par Source
 * Linux update_target_expiration().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_lapic_divide(struct vprim_ptimer_lapic *l, uint32_t tdcr,
			      const struct vprim_ptimer_now *now);

/**
 * @brief Move the target of a periodic timer that has expired.
 *
 * @param[in,out] l       The timer. Unchanged on failure.
 * @param[in]     policy  As for vprim_ptimer_advance().
 * @param[in]     now     Both clocks.
 * @param[out]    step    The outcome. Written only on success.
 *
 * @retval 0           The target has moved, and the TSC deadline with it. A STEP
 *                     that leaves the target past has the deadline that Linux
 *                     had before the fix, wrapped around.
 * @retval -EINVAL     The timer is stopped, or not periodic, or @p policy is none.
 * @retval -EOVERFLOW  The cycles leave 64 bits.
 *
 * @par Source
 * Linux advance_periodic_target_expiration().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_lapic_advance(struct vprim_ptimer_lapic *l,
			       enum vprim_ptimer_policy policy,
			       const struct vprim_ptimer_now *now,
			       struct vprim_ptimer_step *step);

/**
 * @brief What the guest reads as its current count. A target that was re-based is
 *        seen here.
 * @param[in] l       The timer.
 * @param[in] now_ns  The host's clock.
 * @return Bus cycles until the target, modulo the period and 2^32; 0 for a stopped
 *         or late one.
 *
 * @par Source
 * Linux apic_get_tmcct().
 */
VPRIM_API VPRIM_NONNULL
uint32_t vprim_ptimer_lapic_current(const struct vprim_ptimer_lapic *l,
				    int64_t now_ns);

/** @} */
/** @name Rules of single systems
 * @{ */

/** @brief A Hyper-V synthetic timer's next expiry. */
struct vprim_ptimer_stimer {
	uint64_t exp_100ns;	/**< Expiry, 100 ns units. */
	int64_t delay_ns;	/**< From now; INT64_MAX when it is more. */
	bool expired;		/**< A one-shot in the past: due at once. */
};

/**
 * @brief Start or restart a Hyper-V synthetic timer.
 *
 * A periodic tick that cannot be delivered is not tried again.
 *
 * @param[in]  exp_100ns    Expiry in force; 0 when it starts. Not for one-shots.
 * @param[in]  count_100ns  Period, or a one-shot's expiry; at least 1.
 * @param[in]  now_100ns    Reference time.
 * @param[in]  periodic     Else one-shot.
 * @param[out] next         The outcome. Written only on success.
 *
 * @retval 0           @p next is valid.
 * @retval -EINVAL     @p count_100ns is 0.
 * @retval -EOVERFLOW  The expiry leaves 64 bits.
 *
 * @par Source
 * Linux stimer_start(); Hyper-V Top-Level Functional Specification, "Synthetic
 * Timers".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_stimer_next(uint64_t exp_100ns, uint64_t count_100ns,
			     uint64_t now_100ns, bool periodic,
			     struct vprim_ptimer_stimer *next);

/** @brief Xen's modes for missed ticks. */
enum vprim_ptimer_xen {
	VPRIM_PTIMER_XEN_DELAY,		/**< 0 delay_for_missed_ticks. */
	VPRIM_PTIMER_XEN_NO_DELAY,	/**< 1 no_delay_for_missed_ticks. */
	VPRIM_PTIMER_XEN_NO_MISSED,	/**< 2 no_missed_ticks_pending. */
	VPRIM_PTIMER_XEN_ONE_MISSED,	/**< 3 one_missed_tick_pending. */
};

/** @brief A Xen platform timer after missed ticks were counted. */
struct vprim_ptimer_xen_state {
	int64_t scheduled_ns;	/**< Next tick. */
	uint64_t counted;	/**< Pending before mode 3 collapses it. */
	uint64_t pending;	/**< Interrupts to deliver. */
	bool saturated;		/**< A sum left its range. */
};

/**
 * @brief Count missed ticks as Xen does.
 *
 * As KEEP, except that a tick due exactly now is not missed.
 *
 * @param[in]  mode          The mode.
 * @param[in]  scheduled_ns  Next tick in force.
 * @param[in]  period_ns     Period, ns, at least 1.
 * @param[in]  pending       Interrupts pending.
 * @param[in]  now_ns        Present time.
 * @param[out] state         The outcome. Written only on success.
 *
 * @retval 0        @p state is valid.
 * @retval -EINVAL  @p period_ns is below 1, or @p mode is none of the four.
 *
 * @par Source
 * Xen pt_process_missed_ticks().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_xen_missed(enum vprim_ptimer_xen mode, int64_t scheduled_ns,
			    int64_t period_ns, uint64_t pending,
			    int64_t now_ns,
			    struct vprim_ptimer_xen_state *state);

/** QEMU's RTC cuts a period into at most so many slices. */
#define VPRIM_PTIMER_RTC_MAX_RATE 8u
/** QEMU's RTC injects at most so many interrupts in a row on acknowledgement. */
#define VPRIM_PTIMER_RTC_MAX_BURST 20u

/**
 * @brief How much faster a slewing timer ticks.
 * @param[in] owed      Ticks that are owed.
 * @param[in] max_rate  Most multiple of the normal rate, at least 1.
 * @return @p owed + 1, at most @p max_rate.
 *
 * @par Source
 * QEMU rtc_coalesced_timer_update().
 */
VPRIM_INLINE uint64_t vprim_ptimer_slew_rate(uint64_t owed, uint32_t max_rate)
{
	return owed < max_rate ? owed + 1 : max_rate;
}

/** @brief What is owed at another rate. */
struct vprim_ptimer_owed {
	uint64_t owed;	/**< Instants, of the new period. */
	uint64_t rest;	/**< Time that made none: the next instant is so much nearer. */
};

/**
 * @brief Instants owed, when the guest changes the rate.
 *
 * The guest takes each late instant for one of the new period: to owe the same time,
 * more are owed of a shorter one and fewer of a longer one, with the time since the
 * last instant among it. Any unit will do, the same for all.
 *
 * @param[in]  owed        Instants owed of the old period.
 * @param[in]  old_period  Old period.
 * @param[in]  since       Time since the last instant that fell due.
 * @param[in]  new_period  New period; with 0 the timer is off and nothing is owed.
 * @param[out] out         What is owed now. Written only on success.
 *
 * @retval 0           @p out is valid.
 * @retval -EOVERFLOW  The instants leave 64 bits.
 *
 * @par Source
 * QEMU periodic_timer_update() of hw/rtc/mc146818rtc.c, with lost-tick policy slew,
 * whose product has 64 bits.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_rescale(uint64_t owed, uint64_t old_period, uint64_t since,
			 uint64_t new_period, struct vprim_ptimer_owed *out);

/** @} */
/** @name Missed ticks behind one interface
 * A source of interrupts that a guest acknowledges. The caller polls it at the
 * time it asks for and tells it of acknowledgements; it says when to raise one.
 * Every instant that falls due ends up represented by an interrupt, owed, or
 * dropped.
 * @{ */

/** @brief What becomes of instants that found no interrupt. */
enum vprim_ptimer_missed {
	/** Dropped; the guest's tick count jumps (QEMU discard). */
	VPRIM_PTIMER_MISSED_DISCARD,
	/** Owed for good, at the normal rate (QEMU delay). */
	VPRIM_PTIMER_MISSED_DELAY,
	/** Owed, made up faster (QEMU slew, libvirt catchup). */
	VPRIM_PTIMER_MISSED_SLEW,
	/** All of them in one interrupt (QEMU and libvirt merge). */
	VPRIM_PTIMER_MISSED_MERGE,
	/** Owed, one on each acknowledgement, guest time held back (Xen 0). */
	VPRIM_PTIMER_MISSED_XEN_DELAY,
	/** Owed, one on each acknowledgement (Xen 1). */
	VPRIM_PTIMER_MISSED_XEN_NO_DELAY,
	/** Dropped (Xen 2). */
	VPRIM_PTIMER_MISSED_XEN_NO_MISSED,
	/** All of them in one interrupt (Xen 3). */
	VPRIM_PTIMER_MISSED_XEN_ONE_MISSED,
	/** Dropped, never tried again (Hyper-V stimer). */
	VPRIM_PTIMER_MISSED_HYPERV,
	/** Owed, one on each acknowledgement (KVM PIT, reinject on). */
	VPRIM_PTIMER_MISSED_PIT_REINJECT,
	/** Dropped (KVM PIT, reinject off). */
	VPRIM_PTIMER_MISSED_PIT_DISCARD,
};

/** @brief How a source of ticks behaves. */
struct vprim_ptimer_ticks_config {
	enum vprim_ptimer_missed policy;	/**< What becomes of missed ones. */
	int64_t first_ns;	/**< First instant. */
	int64_t period_ns;	/**< Period, ns, at least 1. */
	/**
	 * Most interrupts raised on acknowledgement between two instants. 0 is
	 * none; Xen and the KVM PIT have no bound of their own.
	 */
	uint32_t max_burst;
	uint32_t max_rate;	/**< SLEW: most multiple of the rate, at least 1. */
	/**
	 * Most instants owed, at least 1; older ones are dropped. What an
	 * interrupt raised in the same call stands for is not owed.
	 */
	uint64_t max_owed;
};

/** @brief A source of ticks: plain data, may be moved in memory and copied. */
struct vprim_ptimer_ticks {
	struct vprim_ptimer_ticks_config config;	/**< As given. */
	int64_t due_ns;		/**< Next instant. */
	int64_t last_ns;	/**< Latest instant that fell due, if one did. */
	int64_t slice_ns;	/**< SLEW: next extra interrupt. */
	uint64_t owed;		/**< Instants with no interrupt yet. */
	uint32_t burst;		/**< Interrupts on acknowledgement since @c last_ns. */
	bool in_flight;		/**< An interrupt is raised and not acknowledged. */
	bool slicing;		/**< @c slice_ns counts. */
	bool ended;		/**< The clock has no further instant. */
};
VPRIM_OBJECT(ptimer_ticks);

/** @brief What a source of ticks wants. */
struct vprim_ptimer_tick {
	bool raise;		/**< Raise an interrupt now. */
	uint64_t represents;	/**< Instants it stands for; 0 without one. */
	uint64_t dropped;	/**< Instants given up in this call. */
	int64_t wake_ns;	/**< Poll again then; INT64_MAX for never. */
	/**
	 * The time the guest may see: now, but with XEN_DELAY no later than
	 * the oldest instant it is owed or is just told of.
	 */
	int64_t guest_ns;
};

/**
 * @brief Set up a source of ticks.
 *
 * @param[out] t       The source. Written only on success.
 * @param[in]  config  How it behaves.
 * @param[out] why     The rule that refused; may be NULL.
 *
 * @retval 0        @p t is ready; poll it at @c first_ns.
 * @retval -EINVAL  @c period_ns is below 1, @c max_rate or @c max_owed is 0, or
 *                  @c policy is none.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ptimer_ticks_init(struct vprim_ptimer_ticks *t,
			    const struct vprim_ptimer_ticks_config *config,
			    struct vprim_reason *why);

/**
 * @brief Time has passed.
 *
 * Constant time. Raises at most one interrupt, and none while one is in flight.
 *
 * @param[in,out] t       The source.
 * @param[in]     now_ns  Present time; may be before or after the wake time.
 * @param[out]    tick    What to do.
 *
 * @par Source
 * QEMU QAPI LostTickPolicy and mc146818 RTC; Xen vpt.c; KVM i8254.c and
 * hyperv.c.
 */
VPRIM_API VPRIM_NONNULL
void vprim_ptimer_ticks_poll(struct vprim_ptimer_ticks *t, int64_t now_ns,
			     struct vprim_ptimer_tick *tick);

/**
 * @brief The guest acknowledged its interrupt.
 *
 * Polls too, and may raise the next one at once.
 *
 * @param[in,out] t       The source. Unchanged on failure.
 * @param[in]     now_ns  Present time.
 * @param[out]    tick    What to do. Written only on success.
 *
 * @retval 0        @p tick is valid.
 * @retval -ENOENT  No interrupt was in flight.
 *
 * @par Source
 * As vprim_ptimer_ticks_poll().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ptimer_ticks_ack(struct vprim_ptimer_ticks *t, int64_t now_ns,
			   struct vprim_ptimer_tick *tick);

/** @brief What a catch-up may cost. */
struct vprim_ptimer_budget {
	uint64_t owed;		/**< Ticks that are owed. */
	int64_t period_ns;	/**< Period, ns, at least 1. */
	int64_t next_ns;	/**< Until the next regular instant, 1 to the period. */
	uint64_t max_owed;	/**< Most ticks to make up; more are dropped. */
	uint64_t max_burst;	/**< Most ticks at once, now. */
	uint32_t max_rate;	/**< Then: most multiple of the rate, at least 1. */
};

/** @brief How a catch-up runs. */
struct vprim_ptimer_plan {
	uint64_t dropped;	/**< Ticks given up. */
	uint64_t burst;		/**< Ticks delivered at once. */
	int64_t interval_ns;	/**< Then one each so often; the period for none. */
	uint64_t ticks;		/**< Until so many were, new ones included. */
	int64_t done_ns;	/**< Then nothing is owed; from now. */
};

/**
 * @brief Plan a catch-up with bounded burst and rate.
 *
 * While the backlog is made up, regular instants keep falling due; the plan
 * counts them in. Constant time: one 128-bit division.
 *
 * @param[in]  budget  What it may cost.
 * @param[out] plan    How it runs. Written only on success.
 * @param[out] why     The rule behind -EINVAL; may be NULL.
 *
 * @retval 0           @p plan is valid.
 * @retval -EINVAL     @c period_ns is below 1, @c next_ns is outside 1 to the
 *                     period, or @c max_rate is 0.
 * @retval -ERANGE     Ticks are left after the burst, and no interval shorter
 *                     than the period is allowed: it would never end.
 * @retval -EOVERFLOW  It would end after INT64_MAX.
 *
 * @par Source
 * libvirtprim's own rule, after libvirt's catchup limits (limit, slew) and QEMU's RTC.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ptimer_plan_for(const struct vprim_ptimer_budget *budget,
			  struct vprim_ptimer_plan *plan,
			  struct vprim_reason *why);

/** @} */

VPRIM_END_DECLS

#endif
