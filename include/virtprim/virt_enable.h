/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file virt_enable.h
 * @brief Switching virtualization on and off per CPU, for several users.
 *
 * VMX operation and SVM are a switch of each CPU that more than one party may
 * need: the hypervisor, and host code that talks to a trusted module. Two layers:
 *
 *  - per CPU, a count of users; the first get switches on, the last put off;
 *  - per user (struct vprim_virt_user), a count of its guests, which follows
 *    CPU hotplug, suspend, resume and shutdown.
 *
 *            guests of a user:  0 ---- enable ---> 1, 2, ... --- disable ---> 0
 *                                        |                          |
 *            each online CPU:           get                        put
 *                                        |                          |
 *            users of a CPU:    0 ----> 1 (hardware on) ... 0 (hardware off)
 *
 * In an emergency (a crash about to reboot) the hardware goes off whatever the
 * counts say, since INIT is blocked while it is on; from then on everything may
 * fault and nothing is fatal.
 *
 * Takes no locks. Calls for one CPU run on that CPU and do not migrate; calls on
 * a user or on the machine need the caller's exclusion (Linux: a mutex, with CPU
 * hotplug held off). vprim_virt_enable_emergency() may interrupt any of them.
 * Nothing allocates.
 */
#ifndef VIRTPRIM_VIRT_ENABLE_H
#define VIRTPRIM_VIRT_ENABLE_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * Why something is refused: the ids of #vprim_virt_enable_rules. Beside each its
 * errno, which is EIO where a user's CPU could not be switched on, and what it fills:
 * at is the CPU.
 */
enum vprim_virt_enable_rule {
	/** EINVAL [value]: no CPU of the machine. */
	VPRIM_VIRT_ENABLE_RULE_CPU = 0x7a0,
	/** EOPNOTSUPP: the machine has no switch, or not this one. */
	VPRIM_VIRT_ENABLE_RULE_FEATURE,
	/** EBUSY [at]: someone outside this library has switched it on. */
	VPRIM_VIRT_ENABLE_RULE_FOREIGN,
	/** EFAULT [at]: VMXON faulted. */
	VPRIM_VIRT_ENABLE_RULE_VMXON,
	/** EOVERFLOW: held 2^32-1 times already. */
	VPRIM_VIRT_ENABLE_RULE_FULL,
	/** ENOENT [at]: nobody holds it. */
	VPRIM_VIRT_ENABLE_RULE_NOT_HELD,
	/** EIO [at]: the hardware was off already. */
	VPRIM_VIRT_ENABLE_RULE_WAS_OFF,
	/** EBUSY: halt, power off or restart has begun. */
	VPRIM_VIRT_ENABLE_RULE_GOING_DOWN,
	/** EBUSY [value]: the user still needs it so often. */
	VPRIM_VIRT_ENABLE_RULE_IN_NEED,
	/** ENOENT: the user is not registered. */
	VPRIM_VIRT_ENABLE_RULE_UNREGISTERED,
	/** EEXIST [at]: the CPU is online already. */
	VPRIM_VIRT_ENABLE_RULE_ONLINE,
	/** ENOENT [at]: the CPU is not online. */
	VPRIM_VIRT_ENABLE_RULE_OFFLINE,
	/** EINVAL: a machine without CPUs. */
	VPRIM_VIRT_ENABLE_RULE_NO_CPUS,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_virt_enable_rules;

/** @brief The switch that a machine has. */
enum vprim_virt_feature {
	VPRIM_VIRT_NONE,	/**< None that can be used. */
	VPRIM_VIRT_VMX,		/**< CR4.VMXE and VMXON. */
	VPRIM_VIRT_SVM		/**< EFER.SVME. */
};

/** @brief What boot found; see vprim_virt_enable_probe(). */
struct vprim_virt_probe {
	bool has_vmx;			/**< The CPU has VMX. */
	uint32_t vmx_region_bytes;	/**< Size of a VMX region, from IA32_VMX_BASIC. */
	bool vmx_pages;			/**< A page for each possible CPU could be had. */
	bool has_svm;			/**< The CPU has SVM. */
	bool encrypted_guest;		/**< This is itself a memory-encrypted guest. */
};

/** @brief Outcome of vprim_virt_enable_probe(). */
struct vprim_virt_choice {
	enum vprim_virt_feature feature;	/**< What can be used. */
	int vmx_error;		/**< 0, or why not VMX: -EOPNOTSUPP, -EIO, -ENOMEM. */
	int svm_error;		/**< 0, or why not SVM: -EOPNOTSUPP. */
	bool clear_vmx;		/**< The VMX capability bit must be cleared. */
	bool both;		/**< Both looked usable: an error; feature is none. */
};

/**
 * @brief Choose the feature at boot.
 *
 * @param[in]  probe   What was found.
 * @param[out] choice  The choice.
 *
 * @par Source
 * Linux arch/x86/virt/hw.c x86_virt_init().
 */
VPRIM_API VPRIM_NONNULL
void vprim_virt_enable_probe(const struct vprim_virt_probe *probe,
			     struct vprim_virt_choice *choice);

/**
 * @brief The hardware, as the caller reaches it. All run on the CPU named.
 *
 * Each may read the public fields, and may be interrupted by
 * vprim_virt_enable_emergency() or call it.
 */
struct vprim_virt_ops {
	/** Read CR4.VMXE, or EFER.SVME. */
	bool (*is_on)(void *ctx, uint32_t cpu);
	/** Write that bit. */
	void (*set_on)(void *ctx, uint32_t cpu, bool on);
	/** Tell processor trace that VMX operation begins or ends; may be NULL. */
	void (*notify_pt)(void *ctx, uint32_t cpu, bool on);
	/** VMXON; nonzero when it faulted. Not called for SVM. */
	int (*vmxon)(void *ctx, uint32_t cpu);
	/** VMXOFF; nonzero when it faulted. Not called for SVM. */
	int (*vmxoff)(void *ctx, uint32_t cpu);
	/** STGI; nonzero when it faulted. Not called for VMX. */
	int (*stgi)(void *ctx, uint32_t cpu);
};

/**
 * What an emergency calls before the hardware goes off: VMCLEAR, HSAVE_PA = 0. May
 * read the public fields, and call nothing here.
 */
typedef void (*vprim_virt_emergency_fn)(void *ctx, uint32_t cpu);

/** @brief State of one CPU. Stays where it is, as the array does. */
struct vprim_virt_cpu {
	uint32_t users;		/**< Parties that hold the switch; to read. */
	/* private: */
	bool online_;		/**< The CPU is up. */
};
VPRIM_OBJECT(virt_cpu);

/** @brief The machine: embed it. Must not be moved in memory while it has users. */
struct vprim_virt {
	/** Faults are not fatal: an emergency or a shutdown was; to read. */
	bool rebooting;
	/**
	 * Halt, power off or restart has begun: the caller's to write (Linux:
	 * system_state SYSTEM_HALT, SYSTEM_POWER_OFF, SYSTEM_RESTART).
	 */
	bool going_down;
	/* private: */
	enum vprim_virt_feature feature_;	/**< The switch. */
	uint32_t ncpus_;			/**< CPUs. */
	struct vprim_virt_cpu *cpus_;		/**< The caller's array. */
	struct vprim_virt_user *users_;		/**< Registered users. */
	const struct vprim_virt_ops *ops_;	/**< The hardware. */
	void *ctx_;				/**< For @c ops_. */
	vprim_virt_emergency_fn emergency_;	/**< The callback, or NULL. */
	void *emergency_ctx_;			/**< For @c emergency_. */
	uint64_t reserved_[4];			/**< Room to grow. */
};
VPRIM_OBJECT(virt);

/**
 * @brief A party that needs virtualization: embed it.
 *
 * Must not be moved in memory while it is registered.
 */
struct vprim_virt_user {
	uint32_t count;		/**< How often it needs the switch; to read. */
	/* private: */
	struct vprim_virt_user *next_;	/**< The next registered user. */
	struct vprim_virt *virt_;	/**< The machine. */
	bool *enabled_;			/**< A flag a CPU: this user holds it. */
	uint64_t reserved_[2];		/**< Room to grow. */
};
VPRIM_OBJECT(virt_user);

/**
 * @brief Prepare a machine; no CPU is online.
 *
 * @param[out] virt     The machine.
 * @param[in]  feature  Its switch.
 * @param[out] cpus     One element a possible CPU; kept and zeroed.
 * @param[in]  ncpus    CPUs, at least 1.
 * @param[in]  ops      The hardware; kept. All but notify_pt must be set.
 * @param[in]  ctx      Handed to @p ops; may be NULL.
 * @param[out] why      Which of the two; may be NULL.
 *
 * @retval 0        @p virt is ready.
 * @retval -EINVAL  @p ncpus is 0 or @p feature is unknown (argument).
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3, 5) VPRIM_MUST_CHECK
int vprim_virt_enable_init(struct vprim_virt *virt,
			   enum vprim_virt_feature feature,
			   struct vprim_virt_cpu *cpus, uint32_t ncpus,
			   const struct vprim_virt_ops *ops, void *ctx,
			   struct vprim_reason *why);

/** @name One CPU
 * @{ */

/**
 * @brief Take the switch of the CPU this runs on; the first taker turns it on.
 *
 * @param[in,out] virt     The machine.
 * @param[in]     cpu      This CPU.
 * @param[in]     feature  What the caller is about to use.
 * @param[out]    why      Why not; may be NULL.
 *
 * @retval 0            Held; put it back on the same CPU.
 * @retval -EOPNOTSUPP  The machine has no switch, or not this one.
 * @retval -EBUSY       Someone outside this library has turned it on.
 * @retval -EFAULT      VMXON faulted; all of it is undone.
 * @retval -EOVERFLOW   2^32-1 users hold it already.
 * @retval -EINVAL      @p cpu is no CPU.
 *
 * @par Source
 * Linux arch/x86/virt/hw.c x86_virt_get_ref(), x86_vmx_get(), x86_svm_get().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_get(struct vprim_virt *virt, uint32_t cpu,
			  enum vprim_virt_feature feature,
			  struct vprim_reason *why);

/**
 * @brief Give the switch back; the last one turns it off.
 *
 * @param[in,out] virt     The machine.
 * @param[in]     cpu      This CPU, the one of the get.
 * @param[in]     feature  As given to the get.
 * @param[out]    why      Why not; may be NULL.
 *
 * @retval 0            Given back.
 * @retval -EIO         Given back, and the hardware was off already: its
 *                      instruction faulted. The count did drop. Unless @c rebooting
 *                      is set it cannot have happened, so that the state of the CPU
 *                      is not what anybody believes: Linux stops there.
 * @retval -ENOENT      Nobody holds it; nothing changed.
 * @retval -EOPNOTSUPP  The machine has no switch, or not this one.
 * @retval -EINVAL      @p cpu is no CPU.
 *
 * @par Source
 * Linux arch/x86/virt/hw.c x86_virt_put_ref(); that it checks the feature is libvirtprim's
 * own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_put(struct vprim_virt *virt, uint32_t cpu,
			  enum vprim_virt_feature feature,
			  struct vprim_reason *why);

/**
 * @brief Turn the switch of this CPU off, now, whatever the counts say.
 *
 * For a crash about to reboot: interrupts are off, any other call may have been
 * interrupted. Counts stay. Any fault is swallowed.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     cpu   This CPU.
 * @param[out]    why   Why not; may be NULL.
 *
 * @retval 0            The hardware is off. The caller now does the same on the
 *                      other CPUs, also when this one had been off.
 * @retval -EOPNOTSUPP  The machine has no switch.
 * @retval -EINVAL      @p cpu is no CPU.
 *
 * @par Source
 * Linux arch/x86/virt/hw.c x86_virt_emergency_disable_virtualization_cpu().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_emergency(struct vprim_virt *virt, uint32_t cpu,
				struct vprim_reason *why);

/**
 * @brief Name the callback of an emergency, or take it away.
 *
 * The caller waits for readers before the code of the old one may go.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     old   The callback that is registered; NULL for none.
 * @param[in]     fn    The new one; NULL for none. Runs with interrupts off.
 * @param[in]     ctx   Handed to it; may be NULL.
 *
 * @retval 0       @p fn is registered.
 * @retval -EBUSY  Another one than @p old is; nothing changed.
 *
 * @par Source
 * Linux x86_virt_register_emergency_callback() and
 * x86_virt_unregister_emergency_callback().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_set_emergency(struct vprim_virt *virt,
				    vprim_virt_emergency_fn old,
				    vprim_virt_emergency_fn fn, void *ctx);
/** @} */

/** @name Users
 * @{ */

/**
 * @brief Register a user, which needs nothing yet.
 *
 * @param[in,out] virt     The machine.
 * @param[out]    user     The user; linked into the machine.
 * @param[out]    enabled  One flag a CPU of the machine; kept and cleared.
 *
 * @retval 0        Registered.
 * @retval -EEXIST  It is registered already.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_virt_enable_add_user(struct vprim_virt *virt,
			       struct vprim_virt_user *user, bool *enabled);

/**
 * @brief Take a user away.
 *
 * @param[in,out] user  The user.
 * @param[out]    why   Why not; may be NULL.
 *
 * @retval 0        Gone.
 * @retval -EBUSY   It still needs the switch.
 * @retval -ENOENT  It is not registered.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_remove_user(struct vprim_virt_user *user,
				  struct vprim_reason *why);

/**
 * @brief The user needs virtualization once more, such as for a new guest.
 *
 * The first time, every online CPU is switched on; when one fails, all are as
 * before. That the machine is going down is tested last on purpose: either a
 * shutdown that begins meanwhile sees this user, or this call sees the shutdown.
 *
 * @param[in,out] user  The user.
 * @param[out]    why   Why not; may be NULL.
 *
 * @retval 0            Every online CPU is on, and CPUs that come up will be.
 * @retval -EOPNOTSUPP  The machine has no switch.
 * @retval -EIO         A CPU could not be switched on; @p why says which.
 * @retval -EBUSY       The machine is going down.
 * @retval -EOVERFLOW   It needs it 2^32-1 times already.
 * @retval -ENOENT      The user is not registered.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_enable_virtualization().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_enable(struct vprim_virt_user *user,
			     struct vprim_reason *why);

/**
 * @brief The user needs virtualization once less.
 *
 * @param[in,out] user  The user.
 *
 * @retval 0        Done; the last time, its CPUs are given back.
 * @retval -ENOENT  It needs it no more already, as one that is not registered.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_disable_virtualization().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_virt_enable_disable(struct vprim_virt_user *user);
/** @} */

/** @name The machine's events
 * @{ */

/**
 * @brief A CPU comes up: switch it on for every user in need.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     cpu   The CPU, on which this runs.
 * @param[out]    why   Why not; may be NULL.
 *
 * @retval 0        It is online.
 * @retval -EIO     It could not be switched on and must stay offline.
 * @retval -EEXIST  It is online already.
 * @retval -EINVAL  @p cpu is no CPU.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_online_cpu().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_cpu_online(struct vprim_virt *virt, uint32_t cpu,
				 struct vprim_reason *why);

/**
 * @brief A CPU goes down: give it back for every user that holds it.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     cpu   The CPU, on which this runs.
 *
 * @retval 0        It is offline.
 * @retval -ENOENT  It is not online, as what is no CPU.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_offline_cpu(), which cannot fail.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_virt_enable_cpu_offline(struct vprim_virt *virt, uint32_t cpu);

/**
 * @brief The last CPU is about to sleep.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     cpu   The CPU, on which this runs with interrupts off.
 *
 * @retval 0        Off for every user; their counts stay.
 * @retval -ENOENT  It is not online, as what is no CPU.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_suspend().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_virt_enable_suspend(struct vprim_virt *virt, uint32_t cpu);

/**
 * @brief The CPU is awake again: switch it on for every user in need.
 *
 * @param[in,out] virt  The machine.
 * @param[in]     cpu   The CPU, on which this runs.
 * @param[out]    why   Why not; may be NULL.
 *
 * @retval 0        On for every user in need.
 * @retval -EIO     Not for all. Linux warns and goes on.
 * @retval -ENOENT  It is not online, as what is no CPU.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_resume().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_virt_enable_resume(struct vprim_virt *virt, uint32_t cpu,
			     struct vprim_reason *why);

/**
 * @brief Shut down: every CPU off, faults not fatal from now on.
 *
 * @param[in,out] virt  The machine.
 *
 * What users give back later is not done twice.
 *
 * @par Source
 * Linux virt/kvm/kvm_main.c kvm_shutdown().
 */
VPRIM_API VPRIM_NONNULL
void vprim_virt_enable_shutdown(struct vprim_virt *virt);
/** @} */

VPRIM_END_DECLS

#endif
