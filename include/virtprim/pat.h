/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file pat.h
 * @brief The x86 Page Attribute Table: check it, read it, combine it.
 *
 * The PAT is MSR 0x277. Its eight bytes are eight memory types; a page-table
 * entry picks one of them with three bits, and the MTRRs, the EPT or a nested
 * page table have a say in what comes of it.
 *
 *      63     56 55     48                        15      8 7       0
 *     |   PA7   |   PA6   |   ...   |             |   PA1   |   PA0   |
 *                each byte: 0 0 0 0 0 t t t       t is 0, 1, 4, 5, 6 or 7
 *
 * Pure functions in constant time: no allocation, no locks, no globals that
 * change. Safe in any context. All structs are values and may be moved in memory.
 * nested_pat.h has the rules for a guest that runs guests. Needs reason.h.
 */
#ifndef VIRTPRIM_PAT_H
#define VIRTPRIM_PAT_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * Why a value is invalid, or a type none in its place: the ids of #vprim_pat_rules.
 * Beside each its errno and what it fills; at is the entry.
 */
enum vprim_pat_rule {
	/** EINVAL [at, value]: the entry has type 2 or 3, the value, which is reserved. */
	VPRIM_PAT_RULE_TYPE = 0x700,
	/** EINVAL [at, value]: the entry has bits of 7:3, the value. */
	VPRIM_PAT_RULE_BITS,
	/** EINVAL [value]: over 7. */
	VPRIM_PAT_RULE_INDEX,
	/** EINVAL [value]: no type of the PAT. */
	VPRIM_PAT_RULE_NOT_PAT,
	/** EINVAL [value]: no type of an MTRR or an EPT entry. */
	VPRIM_PAT_RULE_NOT_MTRR,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_pat_rules;

/** Number of the PAT MSR, IA32_PAT on Intel. */
#define VPRIM_PAT_MSR 0x277u
/** Entries of the table. */
#define VPRIM_PAT_ENTRIES 8u

/** @name Well-known values
 * @{ */
/** After power-up and RESET: WB WT UC- UC, twice. */
#define VPRIM_PAT_RESET 0x0007040600070406ULL
/** Linux with a usable PAT bit: WB WC UC- UC WB WP UC- WT. */
#define VPRIM_PAT_LINUX 0x0407050600070106ULL
/** The same before the WP slot, Linux 4.2 to 4.13: WB WC UC- UC WB WC UC- WT. */
#define VPRIM_PAT_LINUX_4_2 0x0407010600070106ULL
/** Linux before 4.2 and where the PAT bit has an erratum: WB WC UC- UC, twice. */
#define VPRIM_PAT_LINUX_ERRATUM 0x0007010600070106ULL
/** Xen: WB WT UC- UC WC WP UC UC. */
#define VPRIM_PAT_XEN 0x0000050100070406ULL
/** @} */

/**
 * @brief Memory types.
 *
 * 0 to 7 are the encodings of the PAT; 2 and 3 are reserved. The MTRRs and the
 * EPT use the same ones without 7. The last two only ever come out of a
 * combination: they do not fit in a PAT byte, so they can never be stored.
 */
enum vprim_pat_type {
	VPRIM_PAT_UC = 0,	/**< Strong uncacheable. */
	VPRIM_PAT_WC = 1,	/**< Write combining. */
	VPRIM_PAT_WT = 4,	/**< Write through. */
	VPRIM_PAT_WP = 5,	/**< Write protect. */
	VPRIM_PAT_WB = 6,	/**< Write back. */
	VPRIM_PAT_UC_MINUS = 7,	/**< Uncacheable, may be overridden to WC. */
	VPRIM_PAT_WC_PLUS = 8,	/**< Result only, AMD: WC that probes caches. */
	VPRIM_PAT_CD = 9,	/**< Result only, AMD: uncacheable, probes caches. */
};

/** @name The register
 * @{ */

/**
 * @brief Whether the processor would take @p pat.
 *
 * Two tests, no loop: no reserved bit is set, and wherever bit 1 of a byte is
 * set, so is bit 2. Of 0 to 7 that refuses 2 and 3.
 *
 * @param[in] pat  Any 64 bits.
 * @return true when every byte is one of 0, 1, 4, 5, 6, 7.
 *
 * @par Source
 * Intel SDM vol. 3, "IA32_PAT MSR"; AMD APM vol. 2, "PAT Register"; the
 * form is that of Linux kvm_pat_valid().
 */
VPRIM_INLINE bool vprim_pat_is_valid(uint64_t pat)
{
	/* The shift carries bit 1 to bit 2 of the same byte, never further. */
	return !(pat & 0xf8f8f8f8f8f8f8f8ULL) &&
	       (pat | ((pat & 0x0202020202020202ULL) << 1)) == pat;
}

/**
 * @brief The bits of @p pat that make it invalid.
 *
 * @param[in] pat  Any 64 bits.
 * @return 0 exactly when vprim_pat_is_valid(). Otherwise the reserved bits that
 *         are set, and bit 1 of each entry that is reserved for its type.
 *
 * @par Source
 * libvirtprim's own rule, derived from the definition: shifting right by one brings bit 2
 * under bit 1 of the same byte.
 */
VPRIM_INLINE uint64_t vprim_pat_bad_bits(uint64_t pat)
{
	return (pat & 0xf8f8f8f8f8f8f8f8ULL) |
	       (pat & 0x0202020202020202ULL & ~(pat >> 1));
}

/**
 * @brief Check @p pat and name its lowest bad entry.
 *
 * @param[in]  pat  Any 64 bits.
 * @param[out] why  The lowest bad entry, and what is wrong with it; may be NULL.
 *
 * @retval 0        The processor would take it.
 * @retval -EINVAL  It would raise \#GP(0) and leave the register as it was.
 *
 * @par Source
 * Intel SDM vol. 3, "IA32_PAT MSR"; KVM_SET_MSRS stops at such an entry and
 * returns the count of those before it.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_pat_check(uint64_t pat, struct vprim_reason *why);

/**
 * @brief Put a value together.
 *
 * @param[in]  types  VPRIM_PAT_ENTRIES types, PA0 first.
 * @param[out] pat    The register's value. Written only on success.
 *
 * @retval 0        @p pat is valid.
 * @retval -EINVAL  A type has no encoding (2, 3, WC+, CD or any other number).
 *
 * @par Source
 * Intel SDM vol. 3, "IA32_PAT MSR".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pat_encode(const enum vprim_pat_type *types, uint64_t *pat);

/**
 * @brief The type in one entry.
 *
 * With paging off (CR0.PG is 0) there is no index and the type is WB.
 *
 * @param[in]  pat    The register's value.
 * @param[in]  index  Entry, 0 to 7.
 * @param[out] type   Its type. Written only on success.
 * @param[out] why    Which of these; with reserved bits set, those; may be NULL.
 *
 * @retval 0        @p type is valid.
 * @retval -EINVAL  That entry is invalid, or @p index is over 7.
 *
 * @par Source
 * Intel SDM vol. 3, "Selecting a Memory Type from the PAT".
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_pat_entry(uint64_t pat, unsigned int index,
		    enum vprim_pat_type *type, struct vprim_reason *why);

/** @brief A value of the register that somebody uses. */
struct vprim_pat_known {
	uint64_t pat;		/**< The value. */
	const char *word;	/**< One word for it, such as "linux". */
	const char *who;	/**< Who uses it, a sentence. */
	/**
	 * Linux only: the releases that use it, such as "4.2-4.13", or "4.14-"
	 * for one that is in use; else NULL.
	 */
	const char *releases;
};

/**
 * @brief The well-known values, one by one.
 *
 * Values of one system have one word and stand newest first.
 *
 * @param[in] i  0, 1, and so on.
 * @return The value, in memory that stays; NULL after the last one.
 *
 * @par Source
 * Linux pat_init() and pat_bp_init() of arch/x86/mm, by release; Xen
 * XEN_MSR_PAT; FreeBSD pmap_init_pat(), today and with WP and WC in entries 4
 * and 5; OpenBSD patinit(); NetBSD pat_init(); illumos PAT_DEFAULT_ATTRIBUTE; XNU
 * pat_init(). Windows: read from crash dumps.
 */
VPRIM_API const struct vprim_pat_known *vprim_pat_known_at(unsigned int i);

/**
 * @brief Who uses @p pat.
 * @param[in] pat  Any 64 bits.
 * @return The well-known value, in memory that stays; NULL when it is none.
 */
VPRIM_API const struct vprim_pat_known *vprim_pat_known_find(uint64_t pat);

/**
 * @brief The name of a type: "UC", "WC", "WT", "WP", "WB", "UC-", "WC+", "CD".
 * @param[in] type  Any number.
 * @return The name, or NULL when there is no such type.
 */
VPRIM_API const char *vprim_pat_type_name(enum vprim_pat_type type);

/** @} */
/** @name Which entry a page uses
 * @{ */

/**
 * @brief Which PAT entry a paging-structure entry selects.
 *
 * The index is PWT + 2 * PCD + 4 * PAT, where PWT is bit 3, PCD is bit 4, and
 * PAT is bit 7 of a 4 KiB page's entry and bit 12 of a larger page's. In every
 * entry that references a lower table there is no PAT bit: bit 7 is PS there.
 * AMD nested page tables and nCR3 follow the same rule.
 *
 * @param[in]  entry  The paging-structure entry; its present bit is not looked
 *                    at.
 * @param[in]  level  1: PTE. 2: PDE. 3: PDPTE. 4: PML4E. 5: PML5E.
 * @param[out] index  PAT entry, 0 to 7. Written only on success.
 *
 * @retval 0        @p index is valid.
 * @retval -EINVAL  @p level is none of 1 to 5.
 *
 * @par Source
 * Intel SDM vol. 3, paging chapter, "Paging and Memory Typing"; AMD APM vol. 2,
 * "PAT Indexing".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pat_index(uint64_t entry, unsigned int level, unsigned int *index);

/**
 * @brief Which PAT entry the walk uses for the topmost table.
 *
 * @param[in] cr3    CR3 (or nCR3).
 * @param[in] pcide  CR4.PCIDE: bits 3 and 4 belong to the PCID then, and the
 *                   index is 0.
 * @return PAT entry, 0 to 3.
 *
 * @par Source
 * Intel SDM vol. 3, "Paging and Memory Typing".
 */
VPRIM_INLINE unsigned int vprim_pat_index_cr3(uint64_t cr3, bool pcide)
{
	return pcide ? 0 : (unsigned int)(cr3 >> 3) & 3;
}

/**
 * @brief The address that a present entry holds, without the bits around it.
 *
 * Bit 12 is address in a 4 KiB page's entry and in a reference to a table, and
 * PAT in a larger page's; there the address begins at bit 21 or 30.
 *
 * @param[in]  entry    The paging-structure entry, 64-bit format.
 * @param[in]  level    1 to 5, as for vprim_pat_index().
 * @param[out] address  Physical address of the page or table, bits 51:12 at
 *                      most. Written only on success.
 *
 * @retval 0        @p address is valid.
 * @retval -EINVAL  @p level is none of 1 to 5.
 *
 * @par Source
 * Intel SDM vol. 3, formats of the paging-structure entries.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pat_address(uint64_t entry, unsigned int level, uint64_t *address);

/** @} */
/** @name Effective types
 * What the processor does at an address when the page says one thing and the
 * region another. Every function refuses what is not a type in its place: as a
 * PAT type 0, 1, 4, 5, 6 or 7; as an MTRR or EPT type the same without 7. With
 * the MTRRs disabled every MTRR type is UC.
 * @{ */

/** @brief Where an Intel result comes from. */
struct vprim_pat_origin {
	/** The UC is the MTRR's: caches are not snooped. */
	bool uc_by_mtrr;
	/** The UC is the page's: processors may check their caches. */
	bool uc_by_page;
	/** Older manuals called the combination undefined. */
	bool once_undefined;
};

/**
 * @brief Intel, page and MTRR, with CR0.CD 0.
 *
 * CR0.CD 1 makes it UC.
 *
 * @param[in]  pat     The page's type, from the PAT.
 * @param[in]  mtrr    The region's type, from the MTRRs.
 * @param[out] type    The effective type. Written only on success.
 * @param[out] origin  Notes on the result; may be NULL. Written only on success.
 * @param[out] why     Which is none; may be NULL.
 *
 * @retval 0        @p type is valid.
 * @retval -EINVAL  @p pat is no PAT type or @p mtrr no MTRR type.
 *
 * @par Source
 * Intel SDM vol. 3, "Effective Page-Level Memory Types"; Xen's table of MTRR
 * and PAT combinations has the same entries.
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_pat_effective_mtrr(enum vprim_pat_type pat, enum vprim_pat_type mtrr,
			     enum vprim_pat_type *type,
			     struct vprim_pat_origin *origin,
			     struct vprim_reason *why);

/**
 * @brief Intel, a guest's page under EPT, with the guest's CR0.CD 0.
 *
 * The MTRRs of host and guest take no part. The guest's CR0.CD 1 makes it UC;
 * with the guest's paging off its PAT type is WB.
 *
 * @param[in]  pat         The guest page's type, from the guest's PAT.
 * @param[in]  ept         The EPT leaf's type, bits 5:3.
 * @param[in]  ignore_pat  The EPT leaf's bit 6.
 * @param[out] type        The effective type. Written only on success.
 * @param[out] why         Which is none; may be NULL.
 *
 * @retval 0        @p type is valid.
 * @retval -EINVAL  @p pat is no PAT type, or @p ept is 2, 3, 7 or more, which is
 *                  an EPT misconfiguration.
 *
 * @par Source
 * Intel SDM vol. 3, "EPT and Memory Typing".
 */
VPRIM_API VPRIM_NONNULL_ARGS(4) VPRIM_MUST_CHECK
int vprim_pat_effective_ept(enum vprim_pat_type pat, enum vprim_pat_type ept,
			    bool ignore_pat, enum vprim_pat_type *type,
			    struct vprim_reason *why);

/**
 * @brief AMD, page and MTRR, without nested paging, with CR0.CD 0.
 *
 * Without nested paging there is one PAT for the guest and its hypervisor,
 * which must switch it between guests.
 *
 * @param[in]  pat   The page's type, from the PAT.
 * @param[in]  mtrr  The region's type, from the MTRRs.
 * @param[out] type  The effective type, CD among them. Written only on success.
 * @param[out] why   Which is none; may be NULL.
 *
 * @retval 0        @p type is valid.
 * @retval -EINVAL  @p pat is no PAT type or @p mtrr no MTRR type.
 *
 * @par Source
 * AMD APM vol. 2, "Combined Effect of MTRRs and PAT".
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_pat_effective_amd(enum vprim_pat_type pat, enum vprim_pat_type mtrr,
			    enum vprim_pat_type *type,
			    struct vprim_reason *why);

/**
 * @brief AMD nested paging: guest page, host page, MTRR.
 *
 * First the two page types make a combined one, then that meets the MTRR of the
 * system physical address. The guest's or the host's CR0.CD 1 disables caching.
 *
 * @param[in]  guest     The guest page's type, from the guest's PAT (gPAT).
 * @param[in]  host      The nested page's type: its index in the host's PAT, as
 *                       that was at VMRUN.
 * @param[in]  mtrr      The MTRR type of the system physical address.
 * @param[out] combined  What the pages make of it, WC+ among the answers; may be
 *                       NULL. Written only on success.
 * @param[out] type      The effective type, WC+ and CD among them. Written only
 *                       on success.
 * @param[out] why       Which is none; may be NULL.
 *
 * @retval 0        @p type and @p combined are valid.
 * @retval -EINVAL  @p guest or @p host is no PAT type, or @p mtrr is no MTRR type.
 *
 * @par Source
 * AMD APM vol. 2, "Nested Paging", "Combining Memory Types, MTRRs", tables 15-19
 * and 15-20.
 */
VPRIM_API VPRIM_NONNULL_ARGS(5) VPRIM_MUST_CHECK
int vprim_pat_effective_npt(enum vprim_pat_type guest, enum vprim_pat_type host,
			    enum vprim_pat_type mtrr,
			    enum vprim_pat_type *combined,
			    enum vprim_pat_type *type,
			    struct vprim_reason *why);

/** @} */
/** @name EPT leaf entries
 * @{ */

/** @brief The memory typing of an EPT leaf entry. */
struct vprim_pat_ept {
	enum vprim_pat_type type;	/**< Bits 5:3. */
	bool ignore_pat;		/**< Bit 6. */
};

/**
 * @brief Read the memory typing out of an EPT leaf entry.
 *
 * @param[in]  entry  The EPT leaf entry.
 * @param[out] ept    Its typing. Written only on success.
 *
 * @retval 0        @p ept is valid.
 * @retval -EINVAL  The type is 2, 3 or 7, an EPT misconfiguration.
 *
 * @par Source
 * Intel SDM vol. 3, "EPT Misconfigurations".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pat_ept_decode(uint64_t entry, struct vprim_pat_ept *ept);

/**
 * @brief The bits of an EPT leaf entry for a memory typing.
 * @param[in] ept  The typing.
 * @return Bits 6:3, the others 0. Only the three low bits of the type count.
 */
VPRIM_INLINE VPRIM_NONNULL
uint64_t vprim_pat_ept_encode(const struct vprim_pat_ept *ept)
{
	return (uint64_t)((unsigned int)ept->type & 7) << 3 |
	       (uint64_t)ept->ignore_pat << 6;
}

/**
 * @brief The typing that KVM gives an EPT leaf.
 *
 * @param[in] host_mmio        The page is host MMIO.
 * @param[in] noncoherent_dma  The VM has a device whose DMA does not snoop.
 * @param[in] ignore_quirk     KVM_X86_QUIRK_IGNORE_GUEST_PAT (bit 9) is enabled.
 * @return UC for MMIO, else WB; the guest's PAT is ignored only for memory that
 *         no such device can reach, and only with the quirk.
 *
 * @par Source
 * Linux vmx_get_mt_mask().
 */
VPRIM_API struct vprim_pat_ept vprim_pat_ept_kvm(bool host_mmio,
						 bool noncoherent_dma,
						 bool ignore_quirk);

/**
 * @brief Whether KVM loads on a host, by its PAT, and offers to ignore a guest's.
 *
 * KVM leaves the PAT bits of its own tables 0 and takes that for WB. With shadow
 * paging it always ignores a guest's PAT, so there is no quirk to turn off.
 *
 * @param[in]  host_pat      The host's PAT; entry 0 counts.
 * @param[in]  tdp           EPT or NPT is on; false: shadow paging.
 * @param[out] ignore_quirk  KVM_X86_QUIRK_IGNORE_GUEST_PAT is offered. Written only
 *                           on success.
 *
 * @retval 0     It loads.
 * @retval -EIO  Entry 0 is not WB.
 *
 * @par Source
 * Linux arch/x86/kvm/x86.c kvm_x86_vendor_init().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_pat_kvm_load(uint64_t host_pat, bool tdp, bool *ignore_quirk);

/** @} */

VPRIM_END_DECLS

#endif
