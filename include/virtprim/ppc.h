/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file ppc.h
 * @brief POWER CPU characteristics: what a guest is told about speculation.
 *
 * A pseries guest asks with the hypercall H_GET_CPU_CHARACTERISTICS and gets two
 * words: what the CPU can do (character) and what software should do
 * (behaviour). A VMM makes them of its machine's capabilities, or of what the
 * host says of itself; telling less than the truth costs the guest speed,
 * telling more costs it safety.
 *
 * Pure functions: no allocation, no locks. Safe in any context. All structs are values
 * and may be moved in memory. Needs reason.h.
 */
#ifndef VIRTPRIM_PPC_H
#define VIRTPRIM_PPC_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * Why a guest gets no words: the ids of #vprim_ppc_rules. Beside each its errno and
 * what it fills: value is the capability's, at the host's.
 */
enum vprim_ppc_rule {
	/** EINVAL [value]: no value of cap-cfpc. */
	VPRIM_PPC_RULE_CFPC = 0x740,
	/** EINVAL [value]: no value of cap-sbbc. */
	VPRIM_PPC_RULE_SBBC,
	/** EINVAL [value]: no value of cap-ibs. */
	VPRIM_PPC_RULE_IBS,
	/** EPERM [value, at]: cap-cfpc is above the host's. */
	VPRIM_PPC_RULE_CFPC_HOST,
	/** EPERM [value, at]: cap-sbbc is above the host's. */
	VPRIM_PPC_RULE_SBBC_HOST,
	/** EPERM [value, at]: cap-ibs is above the host's. */
	VPRIM_PPC_RULE_IBS_HOST,
	/** EPERM: the host has no count cache flush assist. */
	VPRIM_PPC_RULE_CCF_HOST,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_ppc_rules;

/** @name Character word
 * IBM counts bits from the top: bit n is `1 << (63 - n)`.
 * @{ */
#define VPRIM_PPC_CHAR_SPEC_BAR_ORI31 0x8000000000000000ULL	/**< `ori 31,31,0` is a speculation barrier. */
#define VPRIM_PPC_CHAR_BCCTRL_SERIALISED 0x4000000000000000ULL	/**< Indirect branches by CTR are serialised. */
#define VPRIM_PPC_CHAR_L1D_FLUSH_ORI30 0x2000000000000000ULL	/**< `ori 30,30,0` flushes the L1D. */
#define VPRIM_PPC_CHAR_L1D_FLUSH_TRIG2 0x1000000000000000ULL	/**< A move to TRIG2 flushes the L1D. */
#define VPRIM_PPC_CHAR_L1D_THREAD_PRIV 0x800000000000000ULL	/**< The L1D is private to a thread. */
#define VPRIM_PPC_CHAR_BR_HINT_HONOURED 0x400000000000000ULL	/**< Branch hints are honoured. */
#define VPRIM_PPC_CHAR_THR_RECONF_TRIG 0x200000000000000ULL	/**< Thread reconfiguration control. */
#define VPRIM_PPC_CHAR_COUNT_CACHE_DISABLED 0x100000000000000ULL	/**< The count cache is off. */
#define VPRIM_PPC_CHAR_BCCTR_FLUSH_ASSIST 0x40000000000000ULL	/**< `bcctr` helps to flush the count cache. */
#define VPRIM_PPC_CHAR_BCCTR_LINK_FLUSH_ASSIST 0x10000000000000ULL /**< The same for the link stack. */
/** @} */

/** @name Behaviour word
 * @{ */
#define VPRIM_PPC_BEHAV_FAVOUR_SECURITY 0x8000000000000000ULL	/**< Prefer security. */
#define VPRIM_PPC_BEHAV_L1D_FLUSH_PR 0x4000000000000000ULL	/**< Flush the L1D on privilege change. */
#define VPRIM_PPC_BEHAV_BNDS_CHK_SPEC_BAR 0x2000000000000000ULL	/**< Barrier after bounds checks. */
#define VPRIM_PPC_BEHAV_FAVOUR_SECURITY_H 0x1000000000000000ULL	/**< Security for the kernel side only. */
#define VPRIM_PPC_BEHAV_FLUSH_COUNT_CACHE 0x400000000000000ULL	/**< Flush the count cache on context switch. */
#define VPRIM_PPC_BEHAV_FLUSH_LINK_STACK 0x200000000000000ULL	/**< Flush the link stack. */
#define VPRIM_PPC_BEHAV_NO_L1D_FLUSH_ENTRY 0x100000000000000ULL	/**< Negative: no flush on kernel entry. */
#define VPRIM_PPC_BEHAV_NO_L1D_FLUSH_UACCESS 0x80000000000000ULL /**< Negative: no flush after user access. */
#define VPRIM_PPC_BEHAV_NO_STF_BARRIER 0x40000000000000ULL	/**< Negative: no store-forward barrier. */
/** @} */

/** @brief Which of the two words. */
enum vprim_ppc_word {
	VPRIM_PPC_CHARACTER,	/**< What the CPU can do. */
	VPRIM_PPC_BEHAVIOUR	/**< What software should do. */
};

/** @brief How a bit is to be read. */
enum vprim_ppc_polarity {
	/** Set: the CPU has it. Safe when not known: clear. */
	VPRIM_PPC_ABLE,
	/** Set: software must do it. Safe when not known: set. */
	VPRIM_PPC_NEEDED,
	/** Set: software need not do it. Safe when not known: clear. */
	VPRIM_PPC_NOT_NEEDED
};

/** @brief One bit of a word. */
struct vprim_ppc_bit {
	uint64_t mask;				/**< The bit. */
	enum vprim_ppc_polarity polarity;	/**< How to read it. */
	bool in_kvm;				/**< Known to KVM_PPC_GET_CPU_CHAR. */
	const char *name;			/**< Short name. */
	const char *meaning;			/**< A few words. */
};

/**
 * @brief The bits of a word, from the highest down.
 * @param[in] word   Which word.
 * @param[in] index  0 for the first.
 * @return The bit, which lives as long as the program; NULL past the last.
 *
 * @par Source
 * Linux arch/powerpc/include/asm/hvcall.h; polarity: its consumers in
 * arch/powerpc/platforms/pseries/setup.c.
 */
VPRIM_API
const struct vprim_ppc_bit *vprim_ppc_bit_at(enum vprim_ppc_word word,
					     unsigned int index);

/** @brief What a host says of itself: struct kvm_ppc_cpu_char. */
struct vprim_ppc_host {
	uint64_t character;		/**< Values; bits outside the mask may be set. */
	uint64_t behaviour;		/**< Values. */
	uint64_t character_mask;	/**< Bits that are known. */
	uint64_t behaviour_mask;	/**< Bits that are known. */
};

/** Bits that a pseries host knows of the character word. */
#define VPRIM_PPC_PSERIES_CHARACTER_MASK 0xff40000000000000ULL
/** Bits that a powernv host knows of the character word. */
#define VPRIM_PPC_POWERNV_CHARACTER_MASK 0xf940000000000000ULL
/** Bits that either host knows of the behaviour word. */
#define VPRIM_PPC_BEHAVIOUR_MASK 0xe400000000000000ULL

/** @brief What is known of a bit. */
enum vprim_ppc_known {
	VPRIM_PPC_UNKNOWN,	/**< The mask does not cover it. */
	VPRIM_PPC_CLEAR,	/**< Known to be clear. */
	VPRIM_PPC_SET		/**< Known to be set. */
};

/**
 * @brief What is known of some bits of a word.
 * @param[in] value  The word.
 * @param[in] mask   Its mask.
 * @param[in] bits   The bits to ask for.
 * @return Set when one of @p bits is known to be set; else clear when one is
 *         known to be clear; else unknown.
 */
VPRIM_INLINE enum vprim_ppc_known vprim_ppc_known_of(uint64_t value, uint64_t mask,
						   uint64_t bits)
{
	if (value & mask & bits)
		return VPRIM_PPC_SET;
	return ~value & mask & bits ? VPRIM_PPC_CLEAR : VPRIM_PPC_UNKNOWN;
}

/** @name Values of the machine's capabilities
 * As QEMU stores them. "fixed-na" has the value 0x10 and no other.
 * @{ */
#define VPRIM_PPC_CAP_BROKEN 0u		/**< No safe way, or none known. */
#define VPRIM_PPC_CAP_WORKAROUND 1u	/**< The guest must work around it. */
#define VPRIM_PPC_CAP_FIXED 2u		/**< cfpc, sbbc: the CPU is not affected. */
#define VPRIM_PPC_CAP_FIXED_IBS 2u	/**< ibs: indirect branches serialised. */
#define VPRIM_PPC_CAP_FIXED_CCD 3u	/**< ibs: count cache disabled. */
#define VPRIM_PPC_CAP_FIXED_NA 0x10u	/**< ibs: not affected. */
/** @} */

/** @brief The machine's capabilities that touch the words. */
struct vprim_ppc_caps {
	uint8_t cfpc;		/**< Cache flush on privilege change: broken, workaround, fixed. */
	uint8_t sbbc;		/**< Bounds check barrier: broken, workaround, fixed. */
	uint8_t ibs;		/**< Indirect branches: any of the values. */
	bool ccf_assist;	/**< Count cache flush assist; matters for ibs workaround only. */
};

/**
 * A release of QEMU, whose rules are wanted: VPRIM_PPC_QEMU(6, 0). 0 stands for the
 * newest rules that the library knows.
 */
#define VPRIM_PPC_QEMU(major, minor) (((major) << 8) | (minor))
/** @brief VPRIM_PPC_QEMU() as a function, for other languages. */
VPRIM_INLINE uint32_t vprim_ppc_qemu(uint32_t major, uint32_t minor)
{
	return VPRIM_PPC_QEMU(major, minor);
}

/** @brief The two words. */
struct vprim_ppc_words {
	uint64_t character;	/**< What the CPU can do. */
	uint64_t behaviour;	/**< What software should do. */
};

/**
 * @brief The strongest capabilities that a host supports.
 *
 * Unknown bits count for nothing: a host that says nothing is broken.
 *
 * @param[in]  host    What it says.
 * @param[in]  power8  It is a POWER8, whose L1D flush works without a private
 *                     L1D.
 * @param[out] caps    The capabilities.
 *
 * @par Source
 * QEMU target/ppc/kvm.c parse_cap_ppc_safe_cache() and its neighbours.
 */
VPRIM_API VPRIM_NONNULL
void vprim_ppc_host_caps(const struct vprim_ppc_host *host, bool power8,
			 struct vprim_ppc_caps *caps);

/** @brief Where the words of a KVM guest come from. */
enum vprim_ppc_policy {
	VPRIM_PPC_FROM_CAPS,		/**< From the machine; refused above the host's. */
	/**
	 * From the host as it says them, masks ignored, as the QEMU patch
	 * does; from the machine when the host's character word is 0.
	 */
	VPRIM_PPC_FROM_HOST,
	/** From the host, unknown bits replaced by the safe value. libvirtprim's own rule. */
	VPRIM_PPC_FROM_HOST_FILTERED,
	/**
	 * As filtered, but never better than the machine's capabilities: what
	 * the user turned off stays off. libvirtprim's own rule.
	 */
	VPRIM_PPC_FROM_HOST_WITHIN_CAPS
};

/**
 * @brief The words that a guest gets.
 *
 * Without a host, words of the machine's capabilities, whatever the policy.
 *
 * @param[in]  policy     Where they come from under KVM.
 * @param[in]  host       What the host says; NULL under TCG, and under KVM when
 *                        it could not be asked.
 * @param[in]  power8     See vprim_ppc_host_caps().
 * @param[in]  caps       The machine's capabilities.
 * @param[in]  qemu       Whose rules: VPRIM_PPC_QEMU(), or 0. From 6.1 on cfpc fixed
 *                        also says that no flush is needed on kernel entry and user
 *                        access.
 * @param[out] words      The words. Written only on success.
 * @param[out] why        Which capability; may be NULL.
 *
 * @retval 0        @p words is valid.
 * @retval -EINVAL  @p policy is unknown (argument), or a capability has a value that
 *                  does not exist.
 * @retval -EPERM   VPRIM_PPC_FROM_CAPS, and a capability is above the host's.
 *
 * @par Source
 * QEMU hw/ppc/spapr_hcall.c h_get_cpu_characteristics(). The QEMU patch "ppc/spapr: Advertise CPU characteristics of the host" (v3) for
 * VPRIM_PPC_FROM_HOST.
 */
VPRIM_API VPRIM_NONNULL_ARGS(4, 6) VPRIM_MUST_CHECK
int vprim_ppc_guest_words(enum vprim_ppc_policy policy,
			  const struct vprim_ppc_host *host, bool power8,
			  const struct vprim_ppc_caps *caps, uint32_t qemu,
			  struct vprim_ppc_words *words,
			  struct vprim_reason *why);

/**
 * @brief Say how two answers differ, a line a bit.
 *
 * For the person whose guest changed its mind after a migration:
 *
 *     L1D_FLUSH_PR (flush the L1D on privilege change): set on A, clear on B
 *
 * @param[in]  a           What one host or guest says.
 * @param[in]  b           What the other says.
 * @param[out] text        The lines; always ends in NUL when @p size_bytes is not 0, cut
 *                         short when too small. May be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p text.
 * @return Characters of all lines, the NUL not counted: 0 when there is no difference;
 *         they were cut when this is @p size_bytes or more.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2)
size_t vprim_ppc_explain(const struct vprim_ppc_host *a,
			 const struct vprim_ppc_host *b, char *text,
			 size_t size_bytes);

VPRIM_END_DECLS

#endif
