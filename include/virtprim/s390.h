/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file s390.h
 * @brief Where a guest may place its SCA and the other satellite blocks.
 *
 * A guest that runs guests of its own (vSIE) hands its host the addresses of
 * control blocks in its own memory. The host checks each address before it pins
 * the page; a bad one becomes a validity intercept with a reason code. These are
 * the checks, in their order.
 *
 * The fields lie in memory that other CPUs of the guest may change. The caller
 * reads each once and gives the copies; the functions never read guest memory.
 *
 * Needs range.h, reason.h and releases.h. Pure functions: no allocation, no locks. Safe
 * in any context. All structs are values and may be moved in memory.
 */
#ifndef VIRTPRIM_S390_H
#define VIRTPRIM_S390_H
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/**
 * Why a block may not lie where a guest put it: the ids of #vprim_s390_rules. Beside
 * each its errno and what it fills: at is the block's address, value the code of the
 * validity intercept that the guest gets. Every ERANGE has one.
 */
enum vprim_s390_rule {
	/** EINVAL [value]: the prefix, the value, is no multiple of 8 KiB. */
	VPRIM_S390_RULE_PREFIX = 0x780,
	/** ERANGE [at, value]: below 0x2000. */
	VPRIM_S390_RULE_LOW,
	/** ERANGE [at, value]: in the prefix area. */
	VPRIM_S390_RULE_IN_PREFIX,
	/** ERANGE [at, value]: not in one page. */
	VPRIM_S390_RULE_CROSSES,
	/** ERANGE [at, value]: an SDNX with a size exponent outside 6 to 12. */
	VPRIM_S390_RULE_SDNX_SIZE,
	/** ERANGE [at, value]: an SDNX that is no multiple of its size. */
	VPRIM_S390_RULE_SDNX_ALIGN,
};

/** @brief The rules of this module. */
VPRIM_API
extern const struct vprim_rules vprim_s390_rules;

/** @name Layout of the system control area, in bytes
 * The header is what lies before the first CPU entry.
 * @{ */
#define VPRIM_S390_BSCA_HEADER_BYTES 64u	/**< Basic SCA: offset of cpu[0]. */
#define VPRIM_S390_BSCA_ENTRY_BYTES 32u		/**< Basic SCA: one entry. */
#define VPRIM_S390_BSCA_SLOTS 64u		/**< Basic SCA: entries. */
#define VPRIM_S390_BSCA_BYTES 2112u		/**< Basic SCA: all of it. */
#define VPRIM_S390_ESCA_HEADER_BYTES 256u	/**< Extended SCA: offset of cpu[0]. */
#define VPRIM_S390_ESCA_ENTRY_BYTES 64u		/**< Extended SCA: one entry. */
#define VPRIM_S390_ESCA_SLOTS 248u		/**< Extended SCA: entries. */
#define VPRIM_S390_ESCA_BYTES 16128u		/**< Extended SCA: all of it. */
/** @} */

/** Validity code of an SCA whose page cannot be pinned. */
#define VPRIM_S390_SCA_PIN_CODE 0x0034u

/**
 * A release for vprim_s390_check_sca() alone: the posted rule by which the header of
 * the SCA's own format must lie in one page, 256 bytes for an extended SCA, else 64.
 */
#define VPRIM_S390_POSTED_BY_FORMAT 65534u

/** @brief What the SIE block says of the SCA, read once each. */
struct vprim_s390_sca_fields {
	uint32_t scaol;		/**< Low word of the origin. */
	uint32_t scaoh;		/**< High word; ignored without @c has_64bscao. */
	bool has_64bscao;	/**< The guest CPU model has 64-bit SCA origins. */
	bool esca;		/**< The SIE block selects an extended SCA. */
	uint32_t prefix;	/**< Guest prefix, a multiple of 8 KiB. */
};

/** @brief A placement that passed: what to pin. */
struct vprim_s390_block {
	bool present;		/**< There is a block; false: nothing to pin. */
	uint64_t gpa;		/**< Its guest physical address, in bytes. */
};

/**
 * @brief Check where a guest put its SCA.
 *
 * Order: no address, low memory, prefix area, page crossing. The caller then
 * pins the page of @c gpa; when that fails the code is @ref VPRIM_S390_SCA_PIN_CODE.
 *
 * @param[in]  fields   What the SIE block says.
 * @param[in]  release  Whose rules: VPRIM_LINUX(), or VPRIM_S390_POSTED_BY_FORMAT.
 * @param[out] block    What to pin. Written only on success.
 * @param[out] why      The rule, and the validity code as its value: 0x0038 below
 *                      0x2000; 0x0011 in the prefix area; 0x003b crosses a page.
 *                      May be NULL.
 *
 * @retval 0        @p block is valid.
 * @retval -ERANGE  The guest gets a validity intercept.
 * @retval -EINVAL  The prefix is no multiple of 8 KiB.
 *
 * @par Source
 * Linux arch/s390/kvm/vsie.c pin_blocks(); the series "KVM: s390: vsie: Fix SCA
 * header crossing"; reason codes of the SIE architecture.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3) VPRIM_MUST_CHECK
int vprim_s390_check_sca(const struct vprim_s390_sca_fields *fields,
			 uint32_t release,
			 struct vprim_s390_block *block,
			 struct vprim_reason *why);

/** @brief The satellite blocks of a SIE block, beside the SCA. */
enum vprim_s390_satellite {
	VPRIM_S390_ITDB,	/**< Interruption transaction diagnostic block, 256 bytes. */
	VPRIM_S390_GVRD,	/**< Guest vector registers, 512 bytes. */
	VPRIM_S390_RICCB,	/**< Runtime instrumentation controls, 64 bytes. */
	VPRIM_S390_SDNX,	/**< Guarded storage block, 64 to 4096 bytes. */
	VPRIM_S390_CRYCB0,	/**< Crypto control block format 0, 32 bytes. */
	VPRIM_S390_CRYCB1,	/**< Crypto control block format 1, 128 bytes. */
	VPRIM_S390_CRYCB2,	/**< Crypto control block format 2, 256 bytes. */
	VPRIM_S390_SATELLITES	/**< How many there are. */
};

/** @brief The rules of one kind of satellite block. */
struct vprim_s390_satellite_info {
	const char *name;	/**< Short name, such as "ITDB". */
	uint64_t mask;		/**< Address bits of the field. */
	uint16_t size_bytes;	/**< Bytes; 0 for SDNX, whose field says it. */
	uint16_t low_code;	/**< Code for an address that is too low, or 0. */
	uint16_t cross_code;	/**< Code for a page crossing, or 0: alignment rules it out. */
	uint16_t pin_code;	/**< Code when the page cannot be pinned or read. */
	const char *used_when;	/**< When the host looks at it at all. */
};

/**
 * @brief The rules of a kind of block.
 * @param[in] which  The kind.
 * @return Its rules, which live as long as the program; NULL for an unknown kind.
 *
 * @par Source
 * Linux arch/s390/kvm/vsie.c pin_blocks() and shadow_crycb().
 */
VPRIM_API
const struct vprim_s390_satellite_info *
vprim_s390_satellite_info_of(enum vprim_s390_satellite which);

/**
 * @brief Check where a guest put a satellite block.
 *
 * @param[in]  which      The kind.
 * @param[in]  field      The SIE block's field, read once.
 * @param[in]  exclusive  For the CRYCB page test: compare with the first address
 *                        after the block, as Linux does, and so refuse a block
 *                        that ends exactly at a page's end. false: the last byte.
 * @param[in]  crossing   Whether the CRYCB page test applies: always for format
 *                        1, for 0 and 2 only when AP interpretation is asked.
 *                        Ignored for the other kinds.
 * @param[out] block      What to pin. Written only on success.
 * @param[out] why        The rule, and the validity code as its value; see the table
 *                        of vprim_s390_satellite_info_of(), and for SDNX 0x10b1 (size
 *                        exponent outside 6..12) and 0x10b2 (not a multiple of its
 *                        size). May be NULL.
 *
 * @retval 0        @p block is valid.
 * @retval -ERANGE  The guest gets a validity intercept.
 * @retval -EINVAL  @p which is unknown (argument).
 *
 * @par Source
 * Linux arch/s390/kvm/vsie.c pin_blocks() and shadow_crycb().
 */
VPRIM_API VPRIM_NONNULL_ARGS(5) VPRIM_MUST_CHECK
int vprim_s390_check_satellite(enum vprim_s390_satellite which, uint64_t field,
			       bool exclusive, bool crossing,
			       struct vprim_s390_block *block,
			       struct vprim_reason *why);

/** @brief What a validity intercept writes into the shadow SIE block. */
struct vprim_s390_validity {
	uint8_t icptcode;	/**< 0x20, validity. */
	uint16_t ipa;		/**< 0x1000. */
	uint32_t ipb;		/**< The code in the high half. */
};

/**
 * @brief The intercept that carries a validity code.
 *
 * Write it to the shadow block: unshadowing copies the shadow's fields over the
 * guest's own block.
 *
 * @param[in] code  A validity code.
 * @return The three fields.
 *
 * @par Source
 * Linux arch/s390/kvm/vsie.c set_validity_icpt().
 */
VPRIM_INLINE struct vprim_s390_validity vprim_s390_validity_of(uint16_t code)
{
	struct vprim_s390_validity v = { 0x20, 0x1000, (uint32_t)code << 16 };

	return v;
}

VPRIM_END_DECLS

#endif
