/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file loongarch.h
 * @brief LoongArch guest page tables: geometry, walk control, build and walk.
 *
 * What a VMM or a test needs to start a LoongArch guest with paging on: the
 * geometry of its tables, the walk-control registers that describe it, a builder
 * that works in memory of the caller's, a walker for tables from anywhere, and
 * the layouts of the exception frame and of the test harness's call to its host.
 *
 *        va   | PGD | PUD (4 levels) | PMD | PTE | offset |
 *     level      top       2            1     0
 *
 * **Trust.** Tables lie where a guest may write, at any time. The builder keeps
 * what it must know in the set, which is not there; an entry is read once and
 * followed only to a page that the builder itself gave out, so that no tables
 * lead it outside of their memory, and no call takes more steps than the memory
 * has entries.
 *
 * Needs range.h and reason.h. Takes no locks; a table set needs the caller's exclusion while it is changed.
 * Nothing allocates. Tables are little-endian on every host.
 */
#ifndef VIRTPRIM_LOONGARCH_H
#define VIRTPRIM_LOONGARCH_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * Why an entry, a mapping or a table set is refused: the ids of
 * #vprim_loongarch_rules. Beside each its errno and what it fills.
 */
enum vprim_loongarch_rule {
	/** EINVAL [value]: no page size, in bytes. */
	VPRIM_LOONGARCH_RULE_PAGE = 0x7c0,
	/** EINVAL [value]: no number of levels. */
	VPRIM_LOONGARCH_RULE_LEVELS,
	/** ERANGE [value]: not so many levels with pages of that size. */
	VPRIM_LOONGARCH_RULE_SHAPE,
	/** EINVAL: not made by vprim_loongarch_geometry_init(). */
	VPRIM_LOONGARCH_RULE_GEOMETRY,
	/** EINVAL [value]: no level, or the top one, which maps no memory itself. */
	VPRIM_LOONGARCH_RULE_LEVEL,
	/** EINVAL [value]: bits outside of VPRIM_LOONGARCH_FLAG_MASK. */
	VPRIM_LOONGARCH_RULE_FLAGS,
	/** EINVAL [value]: a misaligned address. */
	VPRIM_LOONGARCH_RULE_ALIGN,
	/** ERANGE [value]: memory that begins there reaches 2^48. */
	VPRIM_LOONGARCH_RULE_FRAME,
	/** ERANGE [value]: an address outside of the low half. */
	VPRIM_LOONGARCH_RULE_HIGH,
	/** EINVAL: the entry would be 0, which says that nothing is mapped. */
	VPRIM_LOONGARCH_RULE_ZERO,
	/** EEXIST [value]: something is mapped there. */
	VPRIM_LOONGARCH_RULE_MAPPED,
	/** ENOENT [value]: nothing is mapped there. */
	VPRIM_LOONGARCH_RULE_UNMAPPED,
	/** ENOSPC: no page for a table. */
	VPRIM_LOONGARCH_RULE_FULL,
	/** EBADMSG [value]: an entry on the way there was written by somebody else. */
	VPRIM_LOONGARCH_RULE_ALIEN,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_loongarch_rules;

/** @name Geometry
 * @{ */

/** @brief The shape of a table tree. */
struct vprim_loongarch_geometry {
	uint8_t page_shift;	/**< Page size as a power of two: 12, 14 or 16. */
	uint8_t levels;		/**< Levels of tables, 3 or 4. */
	uint8_t width;		/**< Index bits a level: page_shift - 3. */
	uint8_t va_bits;	/**< Address bits translated. */
};

/**
 * @brief Make a geometry.
 *
 * @param[in]  page_bytes  4096, 16384 or 65536.
 * @param[in]  levels      3 or 4.
 * @param[out] geometry    The geometry. Written only on success.
 * @param[out] why         Which of the two; may be NULL.
 *
 * @retval 0        @p geometry is valid.
 * @retval -EINVAL  @p page_bytes or @p levels is none of those.
 * @retval -ERANGE  The combination does not exist: 64 KiB with 4 levels would
 *                  translate 68 bits, and 16 KiB with 4 needs a directory base
 *                  of 36, which the 5 bits of PWCTL0 cannot hold.
 *
 * @par Source
 * LoongArch Reference Manual volume 1, 5.4 and 7.5; Linux
 * tools/testing/selftests/kvm/lib/loongarch/processor.c, which does not check.
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_loongarch_geometry_init(uint64_t page_bytes, unsigned int levels,
				  struct vprim_loongarch_geometry *geometry,
				  struct vprim_reason *why);

/** @brief The walk-control registers. */
struct vprim_loongarch_pwctl {
	uint32_t pwctl0;	/**< CSR 0x1c. */
	uint32_t pwctl1;	/**< CSR 0x1d, hardware walker off. */
};

/**
 * @brief Walk control of a geometry.
 * @param[in] g  A geometry from vprim_loongarch_geometry_init().
 * @return The registers.
 *
 * @par Source
 * LoongArch Reference Manual volume 1, 7.5.8 and 7.5.9, with the 6-bit fields of
 * PWCTL1.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_loongarch_pwctl
vprim_loongarch_pwctl_of(const struct vprim_loongarch_geometry *g);

/**
 * @brief Index of an address in the table of a level.
 * @param[in] g      A geometry.
 * @param[in] va     Any address.
 * @param[in] level  0 for the PTE table, up to levels - 1.
 * @return The index; for a level that does not exist 0.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_loongarch_index(const struct vprim_loongarch_geometry *g,
			       uint64_t va, unsigned int level);

/**
 * @brief Whether the low half's root (PGDL) translates an address.
 * @param[in] g   A geometry.
 * @param[in] va  Any address.
 * @return true below 2^(va_bits - 1); the mirror at the top is PGDH's, and what
 *         lies between is no address at all.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_loongarch_is_low(const struct vprim_loongarch_geometry *g,
			    uint64_t va);
/** @} */

/** @name Entries
 * @{ */
#define VPRIM_LOONGARCH_VALID 0x1ULL	/**< Entry is valid. */
#define VPRIM_LOONGARCH_DIRTY 0x2ULL	/**< Stores are allowed by hardware. */
#define VPRIM_LOONGARCH_PLV_USER 0xcULL	/**< Privilege level 3. */
#define VPRIM_LOONGARCH_CACHED 0x10ULL	/**< Coherent cached; 0 strongly uncached, 2 weakly. */
#define VPRIM_LOONGARCH_GLOBAL 0x40ULL	/**< In a PTE: for every ASID. */
#define VPRIM_LOONGARCH_HUGE 0x40ULL		/**< In a directory: maps memory itself. */
#define VPRIM_LOONGARCH_PRESENT 0x80ULL	/**< Software: present. */
#define VPRIM_LOONGARCH_WRITE 0x100ULL	/**< Software: may be written. */
#define VPRIM_LOONGARCH_MODIFIED 0x200ULL	/**< Software: was written. */
#define VPRIM_LOONGARCH_HUGE_GLOBAL 0x1000ULL	/**< In a huge entry: for every ASID. */
#define VPRIM_LOONGARCH_NO_READ 0x2000000000000000ULL	/**< Loads fault. */
#define VPRIM_LOONGARCH_NO_EXEC 0x4000000000000000ULL	/**< Fetches fault. */
#define VPRIM_LOONGARCH_RPLV 0x8000000000000000ULL	/**< Only exactly this PLV may access. */
/** Frame bits of an entry, before the low page_shift ones are taken off. */
#define VPRIM_LOONGARCH_FRAME_MASK 0x0000fffffffff000ULL
/** Flags of a plain user page: present, valid, dirty, write, cached, PLV 3. */
#define VPRIM_LOONGARCH_USER_PAGE 0x19fULL
/** Flags that an entry may have beside its frame. */
#define VPRIM_LOONGARCH_FLAG_MASK 0xe0000000000003ffULL

/**
 * @brief Make an entry that maps memory.
 *
 * @param[in]  g      A geometry.
 * @param[in]  level  0 for a page; above, a huge page of one entry's span.
 * @param[in]  pa     Physical address, a multiple of the span, below 2^48.
 * @param[in]  flags  Of @ref VPRIM_LOONGARCH_FLAG_MASK. GLOBAL moves to its place
 *                    in a huge entry, and HUGE is set there.
 * @param[out] entry  The entry. Written only on success.
 * @param[out] why    Why not; may be NULL.
 *
 * @retval 0        @p entry is valid.
 * @retval -EINVAL  @p g is no geometry, @p level is no level or is the top one,
 *                  @p pa is misaligned, or @p flags has other bits.
 * @retval -ERANGE  @p pa is 2^48 or more.
 *
 * @par Source
 * LoongArch Reference Manual volume 1, 5.4.5; Linux
 * arch/loongarch/include/asm/pgtable-bits.h.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 5) VPRIM_MUST_CHECK
int vprim_loongarch_leaf(const struct vprim_loongarch_geometry *g,
			 unsigned int level, uint64_t pa, uint64_t flags,
			 uint64_t *entry, struct vprim_reason *why);

/**
 * @brief Physical address of an entry at a level.
 *
 * Takes off the low page_shift bits (for a huge entry all of its span) and bits
 * 48 to 63, which hold flags.
 *
 * @param[in] g      A geometry.
 * @param[in] level  Level of a huge entry; 0 for a page and for the address of
 *                   the next table.
 * @param[in] entry  The entry.
 * @return The address.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_loongarch_entry_pa(const struct vprim_loongarch_geometry *g,
				  unsigned int level, uint64_t entry);
/** @} */

/** @name Building
 * Directories have no valid bit: what is not mapped points to a shared table of
 * the next level in which nothing is mapped, down to entries 0.
 * @{ */

/**
 * @brief Tables in memory of the caller's: embed it.
 *
 * May be moved, not copied; the memory stays where it is.
 */
struct vprim_loongarch_tables {
	uint64_t root;	/**< Guest physical address of the PGD, for PGDL; to read. */
	uint64_t used;	/**< Pages of the caller's memory in use; to read. */
	/* private: */
	struct vprim_loongarch_geometry geometry_;	/**< Their shape. */
	uint8_t *memory_;		/**< Where they lie. */
	uint64_t base_;			/**< Guest physical address of @c memory_. */
	uint64_t pages_;		/**< Pages of @c memory_. */
	uint64_t invalid_[4];		/**< What an unmapped entry of a level holds. */
	uint64_t reserved_[4];		/**< Room to grow. */
};
VPRIM_OBJECT(loongarch_tables);

/**
 * @brief Begin a table set in which nothing is mapped.
 *
 * Uses one page a level.
 *
 * @param[out] tables  The set.
 * @param[in]  g       Its geometry; copied.
 * @param[out] memory  Whole pages of the caller's; kept. Any alignment. A guest
 *                     may write there afterwards.
 * @param[in]  pages   Pages of @p memory.
 * @param[in]  base    Guest physical address at which the guest sees @p memory;
 *                     a multiple of the page size.
 * @param[out] why     Why not; may be NULL.
 *
 * @retval 0        Ready.
 * @retval -EINVAL  @p g is no geometry, or @p base is misaligned or 0, which an
 *                  empty page entry holds.
 * @retval -ERANGE  The memory reaches 2^48 or more.
 * @retval -ENOSPC  Fewer pages than levels.
 *
 * @par Source
 * Linux tools/testing/selftests/kvm/lib/loongarch/processor.c virt_arch_pgd_alloc().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_loongarch_tables_init(struct vprim_loongarch_tables *tables,
				const struct vprim_loongarch_geometry *g,
				void *memory, uint64_t pages, uint64_t base,
				struct vprim_reason *why);

/**
 * @brief Map one page or one huge page.
 *
 * @param[in,out] tables  The set.
 * @param[in]     va      Guest virtual address, a multiple of the span, in the
 *                        low half.
 * @param[in]     pa      Guest physical address, a multiple of the span.
 * @param[in]     level   0 for a page, 1 or 2 for a huge page.
 * @param[in]     flags   See vprim_loongarch_leaf().
 * @param[out]    why     Why not; may be NULL.
 *
 * @retval 0        Mapped.
 * @retval -EEXIST  Something is mapped there; for a huge page also when a table
 *                  stands there, be it empty again.
 * @retval -ENOSPC  No page is left for a table that is needed; nothing changed.
 * @retval -EBADMSG An entry on the way leads to no table of this set: somebody
 *                  else wrote it. Nothing changed.
 * @retval -ERANGE  @p va is not in the low half, or @p pa is 2^48 or more.
 * @retval -EINVAL  @p level has no huge pages, an address is misaligned, @p flags
 *                  has other bits, or the entry would be 0, which says "not
 *                  mapped".
 *
 * @par Source
 * Linux tools/testing/selftests/kvm/lib/loongarch/processor.c virt_arch_pg_map().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_loongarch_map(struct vprim_loongarch_tables *tables, uint64_t va,
			uint64_t pa, unsigned int level, uint64_t flags,
			struct vprim_reason *why);

/**
 * @brief Map a range, with huge pages where they fit.
 *
 * All or nothing in tables that nobody else has written to. Costs a
 * step a page, twice: once to see that it will fit, which stops at the first
 * piece that does not, so after no more steps than the memory has entries.
 *
 * @param[in,out] tables     The set.
 * @param[in]     va         Guest virtual addresses: whole pages, low half.
 * @param[in]     pa         Guest physical address of the first, a multiple of
 *                           the page size.
 * @param[in]     max_level  0: pages only; 1 or 2: the largest huge page.
 * @param[in]     flags      See vprim_loongarch_leaf().
 * @param[out]    why        Why not; may be NULL.
 *
 * @retval 0        Mapped.
 * @retval -EEXIST  Something is mapped there, and the tables up to it would fit.
 * @retval -ENOSPC  Not enough pages for the tables.
 * @retval -EBADMSG As for vprim_loongarch_map(); also when the tables change
 *                  between the two looks or lead two ways to one table, and then
 *                  some pages may be mapped.
 * @retval -ERANGE  @p va leaves the low half, or the memory reaches 2^48.
 * @retval -EINVAL  A bound is no page bound, start is above last, @p max_level has
 *                  no huge pages, @p flags has other bits or the first entry
 *                  would be 0.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_loongarch_map_range(struct vprim_loongarch_tables *tables,
			      const struct vprim_range *va, uint64_t pa,
			      unsigned int max_level, uint64_t flags,
			      struct vprim_reason *why);

/**
 * @brief Unmap the page or huge page that holds an address.
 *
 * Tables that become empty stay for the next mapping.
 *
 * @param[in,out] tables  The set.
 * @param[in]     va      Any address in the page.
 * @param[out]    why     Why not; may be NULL.
 *
 * @retval 0        Unmapped.
 * @retval -ENOENT  Nothing is mapped there.
 * @retval -EBADMSG As for vprim_loongarch_map().
 * @retval -ERANGE  @p va is not in the low half.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_loongarch_unmap(struct vprim_loongarch_tables *tables, uint64_t va,
			  struct vprim_reason *why);
/** @} */

/** @name Walking
 * @{ */

/** @brief What an access is for. */
enum vprim_loongarch_access {
	VPRIM_LOONGARCH_LOAD,	/**< Read. */
	VPRIM_LOONGARCH_STORE,	/**< Write. */
	VPRIM_LOONGARCH_FETCH	/**< Execute. */
};

/** @brief The fault that an access ends in; the numbers are exception codes. */
enum vprim_loongarch_fault {
	VPRIM_LOONGARCH_NO_FAULT = 0,	/**< None. */
	VPRIM_LOONGARCH_PIL = 1,	/**< Load, page invalid. */
	VPRIM_LOONGARCH_PIS = 2,	/**< Store, page invalid. */
	VPRIM_LOONGARCH_PIF = 3,	/**< Fetch, page invalid. */
	VPRIM_LOONGARCH_PME = 4,	/**< Store, page not dirty. */
	VPRIM_LOONGARCH_PNR = 5,	/**< Load, page not readable. */
	VPRIM_LOONGARCH_PNX = 6,	/**< Fetch, page not executable. */
	VPRIM_LOONGARCH_PPI = 7,	/**< Privilege level. */
	VPRIM_LOONGARCH_ADE = 8,	/**< No address of the low half. */
	VPRIM_LOONGARCH_BUS = 0x100	/**< A table could not be read; no exception code. */
};

/** @brief Outcome of a walk. */
struct vprim_loongarch_translation {
	enum vprim_loongarch_fault fault;	/**< Why not, or none. */
	unsigned int level;	/**< Level of the last entry read. */
	uint64_t entry;		/**< That entry. */
	uint64_t pa;		/**< The physical address, when there is no fault. */
};

/**
 * Read 8 bytes of guest memory at @p pa, a multiple of 8 when the root is; false
 * when there is none. May call anything of this library: the walk holds nothing
 * but values while it runs. The geometry must stay as it is.
 */
typedef bool (*vprim_loongarch_read_fn)(void *ctx, uint64_t pa, uint64_t *entry);

/**
 * @brief Translate an address through tables from anywhere.
 *
 * Reads one entry a level, whatever the tables hold. An entry that is 0 or a
 * leaf without VALID is an invalid page; checks come in the manual's order.
 *
 * @param[in]  g       Geometry of the tables.
 * @param[in]  root    Physical address of the top table.
 * @param[in]  read    Reads entries.
 * @param[in]  ctx     Handed to @p read; may be NULL.
 * @param[in]  va      The address.
 * @param[in]  access  What for.
 * @param[in]  plv     Privilege level of the access, 0 to 3.
 * @param[out] walk    The outcome. Written only on success.
 *
 * @retval 0        @p walk is valid; it may hold a fault.
 * @retval -EINVAL  @p g is no geometry, or @p access or @p plv is unknown.
 *
 * @par Source
 * LoongArch Reference Manual volume 1, 5.4.4 and the exception codes of 6.2.1.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3, 8) VPRIM_MUST_CHECK
int vprim_loongarch_walk(const struct vprim_loongarch_geometry *g, uint64_t root,
			 vprim_loongarch_read_fn read, void *ctx, uint64_t va,
			 enum vprim_loongarch_access access, unsigned int plv,
			 struct vprim_loongarch_translation *walk);

/**
 * @brief Translate an address through tables of this builder.
 *
 * As vprim_loongarch_walk(); an entry that leads out of the set's memory ends in
 * #VPRIM_LOONGARCH_BUS.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_loongarch_tables_walk(const struct vprim_loongarch_tables *tables,
				uint64_t va, enum vprim_loongarch_access access,
				unsigned int plv,
				struct vprim_loongarch_translation *walk);
/** @} */

/** @name Registers, exceptions and ucall
 * Sources: LoongArch Reference Manual volume 1, chapter 7; Linux
 * arch/loongarch/include/uapi/asm/kvm.h and the KVM selftests.
 * @{ */
#define VPRIM_LOONGARCH_CSR_CRMD 0x0u		/**< Current mode. */
#define VPRIM_LOONGARCH_CSR_PRMD 0x1u		/**< Mode before the exception. */
#define VPRIM_LOONGARCH_CSR_EUEN 0x2u		/**< Extended units. */
#define VPRIM_LOONGARCH_CSR_ECFG 0x4u		/**< Exception configuration. */
#define VPRIM_LOONGARCH_CSR_ESTAT 0x5u		/**< Exception status. */
#define VPRIM_LOONGARCH_CSR_ERA 0x6u		/**< Exception return address. */
#define VPRIM_LOONGARCH_CSR_BADV 0x7u		/**< Bad virtual address. */
#define VPRIM_LOONGARCH_CSR_EENTRY 0xcu		/**< General handler: a virtual address. */
#define VPRIM_LOONGARCH_CSR_TLBIDX 0x10u	/**< TLB index; page size in bits 29:24. */
#define VPRIM_LOONGARCH_CSR_ASID 0x18u		/**< Address space. */
#define VPRIM_LOONGARCH_CSR_PGDL 0x19u		/**< Root of the low half. */
#define VPRIM_LOONGARCH_CSR_PGDH 0x1au		/**< Root of the high half. */
#define VPRIM_LOONGARCH_CSR_PGD 0x1bu		/**< Root that the bad address uses. */
#define VPRIM_LOONGARCH_CSR_PWCTL0 0x1cu	/**< Walk control, low. */
#define VPRIM_LOONGARCH_CSR_PWCTL1 0x1du	/**< Walk control, high. */
#define VPRIM_LOONGARCH_CSR_STLBPGSIZE 0x1eu	/**< Page size of the STLB. */
#define VPRIM_LOONGARCH_CSR_CPUID 0x20u		/**< CPU number. */
#define VPRIM_LOONGARCH_CSR_KS0 0x30u		/**< Scratch 0. */
#define VPRIM_LOONGARCH_CSR_KS1 0x31u		/**< Scratch 1. */
#define VPRIM_LOONGARCH_CSR_TMID 0x40u		/**< Timer number. */
#define VPRIM_LOONGARCH_CSR_TCFG 0x41u		/**< Timer configuration. */
#define VPRIM_LOONGARCH_CSR_TLBRENTRY 0x88u	/**< Refill handler: a physical address. */
#define VPRIM_LOONGARCH_CSR_TLBRSAVE 0x8bu	/**< Refill scratch. */
#define VPRIM_LOONGARCH_CSR_TLBREHI 0x8eu	/**< Refill high; page size in bits 5:0. */
/** KVM register number of the counter. */
#define VPRIM_LOONGARCH_KVM_REG_COUNTER 0x9030000000020001ULL

/** @brief KVM register number of a CSR: architecture, 64 bits, class, 8 times it. */
VPRIM_INLINE uint64_t vprim_loongarch_kvm_csr(uint32_t csr)
{
	return 0x9030000000010000ULL | (uint64_t)csr << 3;
}

#define VPRIM_LOONGARCH_FRAME_PC 256u		/**< Exception frame: pc; below it 32 registers. */
#define VPRIM_LOONGARCH_FRAME_ESTAT 264u	/**< Exception frame: ESTAT. */
#define VPRIM_LOONGARCH_FRAME_BADV 272u		/**< Exception frame: BADV. */
#define VPRIM_LOONGARCH_FRAME_PRMD 280u		/**< Exception frame: PRMD. */
#define VPRIM_LOONGARCH_FRAME_BYTES 288u	/**< Exception frame: all of it. */
#define VPRIM_LOONGARCH_VECTORS 64u		/**< Exception vectors. */

/** @brief Exception vector in an ESTAT value: bits 21:16. */
VPRIM_INLINE unsigned int vprim_loongarch_vector(uint64_t estat)
{
	return (unsigned int)(estat >> 16) & 0x3f;
}

/** @brief An MMIO exit, as KVM reports it. */
struct vprim_loongarch_exit {
	bool is_mmio;		/**< The exit is MMIO. */
	bool is_write;		/**< It writes. */
	uint64_t phys_addr;	/**< Guest physical address. */
	uint32_t len;		/**< Bytes. */
	uint8_t data[8];	/**< The bytes, little-endian. */
};

/**
 * @brief The record that a guest's call to its host names.
 *
 * @param[in]  exit  The exit.
 * @param[in]  page  Guest physical address of the call page.
 * @param[out] gva   Guest virtual address of the record. Written only on success.
 *
 * @retval 0         @p gva is valid.
 * @retval -ENOENT   The exit is no call.
 * @retval -EBADMSG  It is at the call page, and is no write of 8 bytes.
 *
 * @par Source
 * Linux tools/testing/selftests/kvm/lib/loongarch/ucall.c.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_loongarch_ucall(const struct vprim_loongarch_exit *exit, uint64_t page,
			  uint64_t *gva);
/** @} */

VPRIM_END_DECLS

#endif
