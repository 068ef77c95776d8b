/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file xstate.h
 * @brief Extended processor state: where it lies, what is legal, what can move.
 *
 * XSAVE keeps a processor's registers in numbered components. CPUID leaf 0xD
 * says which ones a machine has, how large each is and where it lies; a caller
 * hands those answers in as plain numbers, from this host, from a dump, or from
 * the CPUID that a guest is shown. No function here executes an instruction, so
 * that one host can reason about another.
 *
 *     byte 0       512      576
 *     | x87, SSE  | header | component 2 ... at offsets CPUID names   standard
 *     | x87, SSE  | header | component 2, next present one, next ...  compacted
 *
 * An image is little-endian by architecture. Its fields are read and written a
 * byte at a time in that order, and the bodies of components are copied as
 * bytes, so that a big-endian host reads and makes the same images.
 *
 * Sizes and offsets of a table are foreign input: all sums are made in 64 bits.
 * 62 components of 2^32-1 bytes with their padding stay below 2^39.
 *
 * Takes no locks and no memory; concurrent readers are fine, a writer needs the
 * caller's exclusion.
 */
#ifndef VIRTPRIM_XSTATE_H
#define VIRTPRIM_XSTATE_H
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/** Bytes of the legacy region: x87 and SSE, as FXSAVE has them. */
#define VPRIM_XSTATE_LEGACY_BYTES 512u
/** Bytes of the header behind the legacy region. */
#define VPRIM_XSTATE_HEADER_BYTES 64u
/** Bytes before the first component that has a place of its own. */
#define VPRIM_XSTATE_BASE_BYTES 576u
/** Components are numbered 0 to 62; bit 63 is no component. */
#define VPRIM_XSTATE_COMPONENTS 63u
/** Sub-leaves of CPUID 0xD that can mean something: 0 to 63. */
#define VPRIM_XSTATE_LEAVES 64u
/** XCOMP_BV bit 63: the image is in the compacted format. */
#define VPRIM_XSTATE_XCOMP_COMPACTED 0x8000000000000000ULL
/** Offset of MXCSR in the legacy region; MXCSR_MASK is behind it. */
#define VPRIM_XSTATE_MXCSR_OFFSET 24u
/** MXCSR in its initial state. */
#define VPRIM_XSTATE_MXCSR_INIT 0x1f80u
/** Bits of MXCSR that exist where MXCSR_MASK reads 0. */
#define VPRIM_XSTATE_MXCSR_MASK 0xffbfu
/** The x87 control word in its initial state. */
#define VPRIM_XSTATE_FCW_INIT 0x37fu
/** The mask of one component; for other languages vprim_xstate_bit(). */
#define VPRIM_XSTATE_BIT(n) ((uint64_t)1 << (n))
/** @brief VPRIM_XSTATE_BIT() as a function; @p n is below 64. */
VPRIM_INLINE uint64_t vprim_xstate_bit(unsigned int n)
{
	return VPRIM_XSTATE_BIT(n);
}

/** @brief The components that have a name. */
enum vprim_xstate_number {
	VPRIM_XSTATE_X87 = 0,		/**< x87 registers. */
	VPRIM_XSTATE_SSE = 1,		/**< XMM registers and MXCSR. */
	VPRIM_XSTATE_AVX = 2,		/**< Upper halves of YMM0-15. */
	VPRIM_XSTATE_BNDREGS = 3,	/**< MPX bounds. */
	VPRIM_XSTATE_BNDCSR = 4,	/**< MPX configuration and status. */
	VPRIM_XSTATE_OPMASK = 5,	/**< AVX-512 k0-k7. */
	VPRIM_XSTATE_ZMM_HI256 = 6,	/**< Upper halves of ZMM0-15. */
	VPRIM_XSTATE_HI16_ZMM = 7,	/**< ZMM16-31. */
	VPRIM_XSTATE_PT = 8,		/**< Processor trace; supervisor. */
	VPRIM_XSTATE_PKRU = 9,		/**< Protection keys. */
	VPRIM_XSTATE_PASID = 10,	/**< Process address space; supervisor. */
	VPRIM_XSTATE_CET_U = 11,	/**< User shadow stack; supervisor. */
	VPRIM_XSTATE_CET_S = 12,	/**< Kernel shadow stack; supervisor. */
	VPRIM_XSTATE_HDC = 13,		/**< Hardware duty cycling; supervisor. */
	VPRIM_XSTATE_UINTR = 14,	/**< User interrupts; supervisor. */
	VPRIM_XSTATE_LBR = 15,		/**< Last branch records; supervisor. */
	VPRIM_XSTATE_HWP = 16,		/**< Hardware P-states; supervisor. */
	VPRIM_XSTATE_XTILECFG = 17,	/**< AMX configuration. */
	VPRIM_XSTATE_XTILEDATA = 18,	/**< AMX tiles. */
	VPRIM_XSTATE_APX = 19,		/**< Registers r16-r31. */
	VPRIM_XSTATE_LWP = 62,		/**< Lightweight profiling of old AMD parts. */
};

/** @brief What the architecture has given a component's number to. */
enum vprim_xstate_kind {
	VPRIM_XSTATE_UNASSIGNED,	/**< Nobody yet; also bit 63. */
	VPRIM_XSTATE_USER,		/**< Enabled by XCR0. */
	VPRIM_XSTATE_SUPERVISOR,	/**< Enabled by IA32_XSS. */
};

/** @brief The two formats of an image. */
enum vprim_xstate_format {
	VPRIM_XSTATE_STANDARD,	/**< Each component at the offset CPUID names. */
	VPRIM_XSTATE_COMPACTED,	/**< Present components one behind the other. */
};

/** @name CPUID 0xD.1 EAX
 * @{ */
#define VPRIM_XSTATE_HAS_XSAVEOPT 0x1u	/**< XSAVEOPT. */
#define VPRIM_XSTATE_HAS_XSAVEC 0x2u	/**< XSAVEC and compacted XRSTOR. */
#define VPRIM_XSTATE_HAS_XGETBV1 0x4u	/**< XGETBV with ECX = 1. */
#define VPRIM_XSTATE_HAS_XSAVES 0x8u	/**< XSAVES, XRSTORS, IA32_XSS. */
#define VPRIM_XSTATE_HAS_XFD 0x10u	/**< Extended feature disable. */
/** @} */

/** @name CPUID 0xD.n ECX
 * @{ */
#define VPRIM_XSTATE_FLAG_SUPERVISOR 0x1u /**< Enabled by IA32_XSS. */
#define VPRIM_XSTATE_FLAG_ALIGN 0x2u	  /**< 64-byte aligned when compacted. */
#define VPRIM_XSTATE_FLAG_XFD 0x4u	  /**< Can be disabled by XFD. */
/** @} */

/**
 * Why extended state is refused: the ids of #vprim_xstate_rules. Beside each its
 * errno and what it fills: at is a component, the lowest where there are several, and
 * value the component that it misses or meets.
 */
enum vprim_xstate_rule {
	/* tables */
	/** EINVAL [at]: Bit 63 in the mask of sub-leaf 0 or 1. */
	VPRIM_XSTATE_RULE_LEAF_MASK = 0x400,
	/** EINVAL [at]: a component both user and supervisor. */
	VPRIM_XSTATE_RULE_BOTH_KINDS,
	/** EINVAL [at, value]: they share bytes 960 to 1087. */
	VPRIM_XSTATE_RULE_APX_WITH_MPX,
	/** EINVAL [at]: offset and size leave 32 bits. */
	VPRIM_XSTATE_RULE_OVERFLOW,
	/** EINVAL [at]: inside the legacy region or the header. */
	VPRIM_XSTATE_RULE_PLACE,
	/** EINVAL [at, value]: two user components share bytes. */
	VPRIM_XSTATE_RULE_OVERLAP,
	/* sizes */
	/** EINVAL [at]: Bit 63 is no component. */
	VPRIM_XSTATE_RULE_BIT63,
	/** EINVAL [at]: the table does not enumerate it. */
	VPRIM_XSTATE_RULE_UNKNOWN,
	/** EINVAL [at]: a supervisor bit among user bits. */
	VPRIM_XSTATE_RULE_SUPERVISOR,
	/** ENOENT [at]: the mask does not have it. */
	VPRIM_XSTATE_RULE_ABSENT,
	/* XCR0 and IA32_XSS */
	/** EINVAL: only XCR0 exists. */
	VPRIM_XSTATE_RULE_INDEX,
	/** EINVAL [at]: bit 0 must be 1. */
	VPRIM_XSTATE_RULE_X87,
	/** EINVAL [at, value]: AVX needs SSE. */
	VPRIM_XSTATE_RULE_AVX,
	/** EINVAL [at, value]: BNDREGS and BNDCSR: both or neither. */
	VPRIM_XSTATE_RULE_MPX,
	/** EINVAL [at, value]: all three of AVX-512, with AVX. */
	VPRIM_XSTATE_RULE_AVX512,
	/** EINVAL [at, value]: XTILECFG and XTILEDATA: both or neither. */
	VPRIM_XSTATE_RULE_TILE,
	/** EINVAL [at]: nobody's number. */
	VPRIM_XSTATE_RULE_UNASSIGNED,
	/** EINVAL [at]: outside the supported mask. */
	VPRIM_XSTATE_RULE_UNSUPPORTED,
	/* images */
	/** EINVAL: privileged. */
	VPRIM_XSTATE_RULE_CPL,
	/** EINVAL: not the format that this loader takes. */
	VPRIM_XSTATE_RULE_FORMAT,
	/** EINVAL: compacted, on a machine without XSAVEC. */
	VPRIM_XSTATE_RULE_XSAVEC,
	/** EINVAL [at]: XSTATE_BV has a bit too many. */
	VPRIM_XSTATE_RULE_XSTATE_BV,
	/** EINVAL [at]: XCOMP_BV has a bit too many. */
	VPRIM_XSTATE_RULE_XCOMP_BV,
	/** EINVAL: a reserved byte of the header is set. */
	VPRIM_XSTATE_RULE_RESERVED,
	/** EINVAL: a reserved bit of MXCSR is set. */
	VPRIM_XSTATE_RULE_MXCSR,
	/** EBADMSG [at]: the image ends inside it. */
	VPRIM_XSTATE_RULE_SHORT,
	/** EOPNOTSUPP [at]: its size differs between the tables. */
	VPRIM_XSTATE_RULE_SIZE,
	/* signal frames */
	/** 0: the software bytes' magic number. */
	VPRIM_XSTATE_RULE_MAGIC1,
	/** 0: xstate_size below 576. */
	VPRIM_XSTATE_RULE_FRAME_SMALL,
	/** 0: xstate_size over the task's size. */
	VPRIM_XSTATE_RULE_FRAME_LARGE,
	/** 0: xstate_size over extended_size. */
	VPRIM_XSTATE_RULE_FRAME_EXTENT,
	/** 0: the magic number behind the image. */
	VPRIM_XSTATE_RULE_MAGIC2,
	/* permissions */
	/** EBADMSG [at]: the kernel uses no such component for anybody. */
	VPRIM_XSTATE_RULE_PERM_COMPONENT,
	/** EBADMSG [value]: a size, the value, is not its mask's. */
	VPRIM_XSTATE_RULE_PERM_SIZE,
	/** EOPNOTSUPP [at]: the kernel is not a 64-bit one. */
	VPRIM_XSTATE_RULE_PERM_NOT_64BIT,
	/** EINVAL [value]: the kernel knows no component of that number. */
	VPRIM_XSTATE_RULE_PERM_NUMBER,
	/** EOPNOTSUPP [at]: nobody can ask for it. */
	VPRIM_XSTATE_RULE_PERM_NOT_ASKABLE,
	/** EOPNOTSUPP [at]: this machine does not have it. */
	VPRIM_XSTATE_RULE_PERM_MACHINE,
	/** EBUSY [at]: the first vCPU has locked the guest permission. */
	VPRIM_XSTATE_RULE_PERM_LOCKED,
	/** ENOSPC [at, value]: a thread's alternate stack, of value bytes, is too small. */
	VPRIM_XSTATE_RULE_PERM_ALTSTACK,
	/** EFAULT: the pointer for the answer faults. */
	VPRIM_XSTATE_RULE_PERM_POINTER,
	/** EINVAL: the VM's state is protected. */
	VPRIM_XSTATE_RULE_PERM_PROTECTED,
	/** EINVAL [value]: the state, value bytes, is more than 4096. */
	VPRIM_XSTATE_RULE_PERM_FIXED,
};

/**
 * @brief The rules of extended state, for this module and xstate_perm.
 *
 * vprim_xstate_convert() refuses by some of them with an errno of its own.
 */
VPRIM_API
extern const struct vprim_rules vprim_xstate_rules;

/**
 * @brief A component's name, such as "AVX" or "XTILEDATA".
 * @param[in] component  Any number.
 * @return The name; "unassigned" for a number without one. Lives as long as the
 *         program.
 */
VPRIM_API
const char *vprim_xstate_component_name(unsigned int component);

/**
 * @brief What the architecture has given a component's number to.
 * @param[in] component  Any number.
 * @return The kind; VPRIM_XSTATE_UNASSIGNED from 63 on.
 *
 * @par Source
 * Intel SDM vol. 1 section 13.1; AMD APM vol. 2 section 11.5 for number 62.
 */
VPRIM_API
enum vprim_xstate_kind vprim_xstate_component_kind(unsigned int component);

/** @brief One sub-leaf of CPUID 0xD, as the processor gives it. */
struct vprim_xstate_leaf {
	uint32_t eax;	/**< Register EAX. */
	uint32_t ebx;	/**< Register EBX. */
	uint32_t ecx;	/**< Register ECX. */
	uint32_t edx;	/**< Register EDX. */
};

/** @brief One component of a table, as enumerated. */
struct vprim_xstate_component {
	uint32_t size_bytes;	/**< EAX; 0 where nothing was enumerated. */
	uint32_t offset;	/**< EBX: place in the standard format. */
	uint32_t flags;		/**< ECX: VPRIM_XSTATE_FLAG_…. */
};

/**
 * @brief A machine's components: what it can have and where each one lies.
 *
 * Made by vprim_xstate_table_init(); plain data, free to be copied. Do not
 * change a table that was made: its promises are checked there, once.
 */
struct vprim_xstate_table {
	uint64_t xcr0;		/**< Bits that may be set in XCR0. */
	uint64_t xss;		/**< Bits that may be set in IA32_XSS. */
	uint32_t features;	/**< 0xD.1 EAX: VPRIM_XSTATE_HAS_…. */
	uint32_t ebx0;		/**< 0xD.0 EBX as given: standard size in force. */
	uint32_t ecx0;		/**< 0xD.0 ECX as given: largest standard size. */
	uint32_t ebx1;		/**< 0xD.1 EBX as given: compacted size in force. */
	/** By number; 0 and 1 stay zero, their place is the legacy region. */
	struct vprim_xstate_component component[VPRIM_XSTATE_COMPONENTS];
};
VPRIM_OBJECT(xstate_table);

/**
 * @brief Make a table of the raw answers of CPUID leaf 0xD.
 *
 * The answers may come from anywhere; nothing is believed. Refused, in this
 * order, each at the lowest sub-leaf to blame:
 *
 *  1. bit 63 in the mask of sub-leaf 0 or 1 (leaf_mask);
 *  2. a component both user and supervisor: in both masks, or in one mask while
 *     ECX bit 0 of its sub-leaf says the other (both_kinds);
 *  3. APX together with MPX (apx_with_mpx);
 *  4. a user component that ends beyond 2^32-1 (overflow);
 *  5. one that begins inside the legacy region or the header (place);
 *  6. two user components that share bytes (overlap). The one overlap that
 *     real machines document, APX in the old place of MPX, is rule 3.
 *
 * A supported component whose sub-leaf reads zero is no contradiction: dumps are
 * often cut short. The table is made, and whoever needs that component's size
 * is told that it is unknown. A sub-leaf that no mask names is kept for
 * vprim_xstate_size_lax() alone.
 *
 * @param[out] table   The table. Written only on success.
 * @param[in]  leaves  Sub-leaves from 0 on; those not given read as zero.
 * @param[in]  count   Number of @p leaves, 1 to 64.
 * @param[out] why     For -EINVAL by a rule above: the rule and the sub-leaf;
 *                     may be NULL.
 *
 * @retval 0        @p table is valid.
 * @retval -EINVAL  The answers contradict themselves, or @p count is out of bounds
 *                  (argument).
 *
 * @par Source
 * Intel SDM vol. 2 CPUID leaf 0xD. Linux xstate_calculate_size() and
 * fpu__init_system_xstate(), which turns XSAVE off for APX with MPX.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_table_init(struct vprim_xstate_table *table,
			    const struct vprim_xstate_leaf *leaves, size_t count,
			    struct vprim_reason *why);

/**
 * @brief The components of @p table whose size is known.
 * @param[in] table  A table.
 * @return The mask: supported, and enumerated with a size. Bits 0 and 1 count as
 *         enumerated where they are supported.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_xstate_table_known(const struct vprim_xstate_table *table);

/**
 * @brief Bytes of an image.
 *
 * Standard: 576, or where the last present component ends. Compacted: the
 * components one behind the other from 576 on, those with the align flag on the
 * next multiple of 64; no rounding at the end. Bits 0 and 1 change nothing in
 * either. Any mask has a size, also one that XCR0 cannot hold.
 *
 * @param[in]  table       A table.
 * @param[in]  mask        Components; without bit 63.
 * @param[in]  format      The format.
 * @param[out] size_bytes  Bytes, 576 to 2^39. Written only on success.
 * @param[out] why         For -EINVAL by a component: which one; may be NULL.
 *
 * @retval 0        @p size_bytes is valid.
 * @retval -EINVAL  The table does not enumerate a component of @p mask
 *                  (unknown), a supervisor one is asked for in the standard
 *                  format (supervisor), bit 63 is set (bit63), or @p format is
 *                  none.
 *
 * @par Source
 * Intel SDM vol. 1 section 13.4.3. Linux xstate_calculate_size(), with the
 * maximum instead of the last feature, which is right for APX too.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 4) VPRIM_MUST_CHECK
int vprim_xstate_size(const struct vprim_xstate_table *table, uint64_t mask,
		      enum vprim_xstate_format format, uint64_t *size_bytes,
		      struct vprim_reason *why);

/**
 * @brief Bytes of an image as KVM counts them.
 *
 * A component that is not enumerated adds nothing, so that an unknown bit gives
 * a size that is too small and no error; in the standard format a supervisor
 * component counts as if it lay at offset 0. Use vprim_xstate_size() unless the
 * answer has to be KVM's.
 *
 * @param[in] table   A table.
 * @param[in] mask    Components; bits 0, 1 and 63 are not looked at.
 * @param[in] format  The format.
 * @return Bytes, 576 to 2^39.
 *
 * @par Source
 * Linux KVM xstate_required_size(), which has 32 bits for the sum; this does not
 * wrap.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_xstate_size_lax(const struct vprim_xstate_table *table,
			       uint64_t mask, enum vprim_xstate_format format);

/**
 * @brief Where a component lies in an image.
 *
 * x87 lies at 0 and SSE at 160 in every image. In the standard format the place
 * of the others does not depend on @p mask, which is then not looked at. In the
 * compacted format it depends on the lower components of @p mask only.
 *
 * @param[in]  table      A table.
 * @param[in]  mask       For the compacted format: the components of the image.
 * @param[in]  format     The format.
 * @param[in]  component  Number, 0 to 62.
 * @param[out] offset     Bytes from the image's start. Written only on success.
 * @param[out] why        For an error by a component: which one; may be NULL.
 *
 * @retval 0        @p offset is valid.
 * @retval -ENOENT  Compacted: @p mask does not have @p component (absent).
 * @retval -EINVAL  As for vprim_xstate_size(), for @p component or for @p mask.
 *
 * @par Source
 * Intel SDM vol. 1 sections 13.4.1 and 13.4.3.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 5) VPRIM_MUST_CHECK
int vprim_xstate_offset(const struct vprim_xstate_table *table, uint64_t mask,
			enum vprim_xstate_format format, unsigned int component,
			uint64_t *offset, struct vprim_reason *why);

/** @brief Whether a size that CPUID gives can be right. */
enum vprim_xstate_fit {
	VPRIM_XSTATE_FIT_NO,		/**< No: the leaf contradicts itself. */
	VPRIM_XSTATE_FIT_YES,		/**< Yes. */
	VPRIM_XSTATE_FIT_CUT,		/**< With what is missing, perhaps. */
	VPRIM_XSTATE_FIT_ABSENT,	/**< It reads 0 and says nothing. */
	VPRIM_XSTATE_FIT_UNKNOWN,	/**< Too many components to try. */
};

/** @brief One size register beside what its components give. */
struct vprim_xstate_audit_size {
	enum vprim_xstate_fit fit;	/**< Whether it can be right. */
	uint64_t says;	/**< The register. */
	uint64_t below;	/**< FIT_NO: the next smaller right size; 0 for none. */
	uint64_t above;	/**< FIT_NO: the next larger right size; 0 for none. */
};

/** @brief What a table says about itself. */
struct vprim_xstate_audit {
	uint64_t lacking;	/**< Supported components without a size. */
	/** Standard image of all of XCR0; with one of it lacking, at least. */
	uint64_t standard_bytes;
	/** Compacted image of all; with one lacking, at least. */
	uint64_t compacted_bytes;
	struct vprim_xstate_audit_size ecx0;	/**< 0xD.0 ECX. */
	struct vprim_xstate_audit_size ebx0;	/**< 0xD.0 EBX. */
	struct vprim_xstate_audit_size ebx1;	/**< 0xD.1 EBX. */
	bool xss_without_xsaves;	/**< IA32_XSS bits, and no XSAVES. */
};

/**
 * @brief Hold a table's size registers against its components.
 *
 * 0xD.0 ECX must be the standard size of all user components. 0xD.0 EBX must be
 * that of some legal XCR0, and 0xD.1 EBX the compacted size of some legal XCR0
 * with some IA32_XSS, since nobody wrote down what was in force. Registers that
 * read 0 are not looked at: hypervisors' policies leave them out. Where a
 * component's size is missing, only what no size could mend is a contradiction.
 *
 * Tries up to 2^18 sizes, some ten milliseconds; for the tables of real
 * processors at most some 10,000.
 *
 * @param[in]  table  A table.
 * @param[out] audit  What was found.
 *
 * @par Source
 * Intel SDM vol. 2 CPUID leaf 0xD and vol. 1 section 13.3; Linux
 * paranoid_xstate_size_valid().
 */
VPRIM_API VPRIM_NONNULL
void vprim_xstate_table_audit(const struct vprim_xstate_table *table,
			      struct vprim_xstate_audit *audit);

/**
 * @brief Whether an audit found no contradiction.
 * @param[in] audit  The audit.
 * @return true also for a table that is merely incomplete.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_xstate_audit_is_clean(const struct vprim_xstate_audit *audit);

/** @brief Standard layouts that processors have. */
enum vprim_xstate_layout {
	VPRIM_XSTATE_LAYOUT_INTEL,	/**< Intel, all of them; QEMU's own. */
	VPRIM_XSTATE_LAYOUT_AMD,	/**< AMD from Zen 3 on. */
	VPRIM_XSTATE_LAYOUT_AMD_ZEN2,	/**< AMD Zen 2: PKRU in 64 bytes. */
	VPRIM_XSTATE_LAYOUT_AMD_LWP,	/**< AMD before Zen, with LWP. */
	VPRIM_XSTATE_LAYOUTS		/**< How many there are. */
};

/**
 * @brief A layout's name, such as "amd-zen2".
 * @param[in] layout  Any value.
 * @return The name, which lives as long as the program; NULL for none.
 */
VPRIM_API
const char *vprim_xstate_layout_name(enum vprim_xstate_layout layout);

/**
 * @brief The layouts that an image can have, by its XCR0 and its length.
 *
 * What a debugger has of a core dump's note (NT_X86_XSTATE) or a VMM of a buffer:
 * no CPUID. Best are the layouts in which just these components take
 * @p total_bytes; else those in which these and others do; else those whose
 * image fits into so many, as into the 4096 bytes of KVM_GET_XSAVE.
 *
 * @param[in] xcr0         User components of the image. Need be no legal XCR0:
 *                         Linux notes have XTILECFG without XTILEDATA.
 * @param[in] total_bytes  Length of the image; 0 when it is not known.
 * @return Bit n for layout n of enum vprim_xstate_layout; 0 when none fits.
 *
 * @par Source
 * CPUID leaf 0xD of these processors; gdb's i387_guess_xsave_layout() for the
 * question.
 */
VPRIM_API
uint32_t vprim_xstate_layouts_of(uint64_t xcr0, uint64_t total_bytes);

/**
 * @brief Where the components of an image lie, by its XCR0 and its length.
 *
 * Several layouts are fine as long as they give each component of @p xcr0 one
 * size and place.
 *
 * @param[in]  xcr0         As for vprim_xstate_layouts_of().
 * @param[in]  total_bytes  As for vprim_xstate_layouts_of().
 * @param[out] table        The components of @p xcr0. Written only on success.
 *
 * @retval 0        @p table is valid for the standard format.
 * @retval -ENOENT  No known layout fits.
 * @retval -EEXIST  Not unique: layouts fit that place a component differently.
 *
 * @par Source
 * As for vprim_xstate_layouts_of().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_xstate_guess(uint64_t xcr0, uint64_t total_bytes,
		       struct vprim_xstate_table *table);

/** @brief The CPUID registers that change with XCR0 and IA32_XSS. */
struct vprim_xstate_ebx {
	uint32_t ebx0;	/**< 0xD.0 EBX: standard size for XCR0. */
	uint32_t ebx1;	/**< 0xD.1 EBX: compacted size, or 0. */
};

/**
 * @brief The sizes that a hypervisor must show for the registers in force.
 *
 * To be called again whenever XCR0, IA32_XSS or the guest's CPUID changes. 0xD.0
 * ECX does not depend on them.
 *
 * @param[in]  table     The guest's table.
 * @param[in]  xcr0      XCR0 in force.
 * @param[in]  xss       IA32_XSS in force.
 * @param[in]  features  The guest's 0xD.1 EAX: without XSAVEC and XSAVES, 0xD.1
 *                       EBX is 0.
 * @param[in]  release   Whose rules: VPRIM_LINUX(). 0xD.1 EBX counts XCR0 and
 *                       IA32_XSS, as processors do; KVM before 6.18 counted XCR0
 *                       alone.
 * @param[out] ebx       Both registers. Written only on success.
 * @param[out] why       For -EINVAL by a component: which one; may be NULL.
 *
 * @retval 0           @p ebx is valid.
 * @retval -EINVAL     As for vprim_xstate_size().
 * @retval -EOVERFLOW  The compacted size does not fit in a register.
 *
 * @par Source
 * Intel SDM vol. 2 CPUID leaf 0xD; Linux KVM cpuid_update of leaf 0xD.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 6) VPRIM_MUST_CHECK
int vprim_xstate_cpuid_ebx(const struct vprim_xstate_table *table, uint64_t xcr0,
			   uint64_t xss, uint32_t features,
			   uint32_t release,
			   struct vprim_xstate_ebx *ebx,
			   struct vprim_reason *why);

/** @brief Whose order of checks. */
enum vprim_xstate_order {
	/**
	 * index; bit 0; AVX; MPX; AVX-512; tiles; APX with MPX; supervisor
	 * bits; unassigned bits; the supported mask.
	 */
	VPRIM_XSTATE_ORDER_ARCH,
	/**
	 * index; bit 0; AVX; the supported mask; MPX; APX with MPX; AVX-512;
	 * tiles.
	 */
	VPRIM_XSTATE_ORDER_KVM,
};

/**
 * @brief Whether a value may be written to XCR0.
 *
 * Both orders accept and refuse the same values as long as the supported mask
 * is made of user components; they differ in the rule that is named first.
 *
 * @param[in]  supported  Bits that may be set: 0xD.0 EDX:EAX of the machine or
 *                        the guest. Bit 0 counts as supported.
 * @param[in]  index      Number of the extended control register.
 * @param[in]  value      The value.
 * @param[in]  order      Whose order of checks.
 * @param[out] why        For -EINVAL: the rule, the set bit that breaks it (bit
 *                        0 for the rule that it must be set) and the bit that
 *                        it misses or meets; may be NULL.
 *
 * @retval 0        The value is legal.
 * @retval -EINVAL  It is not, or @p order is none (argument).
 *
 * @par Source
 * Intel SDM vol. 1 section 13.3; Linux KVM __kvm_set_xcr().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_xstate_check_xcr0(uint64_t supported, uint32_t index, uint64_t value,
			    enum vprim_xstate_order order,
			    struct vprim_reason *why);

/**
 * @brief Whether a value may be written to IA32_XSS.
 *
 * No pair rules exist; KVM and the architecture agree.
 *
 * @param[in]  supported  Bits that may be set: 0xD.1 EDX:ECX.
 * @param[in]  value      The value.
 * @param[out] why        For -EINVAL: the lowest bit outside; may be NULL.
 *
 * @retval 0        The value is legal.
 * @retval -EINVAL  It has a bit outside @p supported (unsupported).
 *
 * @par Source
 * Intel SDM vol. 1 section 13.3; Linux KVM kvm_set_msr_common().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_xstate_check_xss(uint64_t supported, uint64_t value,
			   struct vprim_reason *why);

/** @brief What XSETBV raises. */
enum vprim_xstate_fault {
	VPRIM_XSTATE_NO_FAULT,	/**< Nothing: the register is written. */
	VPRIM_XSTATE_UD,	/**< Invalid opcode. */
	VPRIM_XSTATE_GP,	/**< General protection. */
};

/**
 * @brief What XSETBV does with a value.
 *
 * @param[in]  osxsave    CR4.OSXSAVE.
 * @param[in]  cpl        Current privilege level.
 * @param[in]  supported  As for vprim_xstate_check_xcr0().
 * @param[in]  index      ECX.
 * @param[in]  value      EDX:EAX.
 * @param[out] why        Why it faults; none for \#UD; may be NULL.
 * @return The fault.
 *
 * @par Source
 * Intel SDM vol. 2 XSETBV.
 */
VPRIM_API
enum vprim_xstate_fault vprim_xstate_xsetbv(bool osxsave, unsigned int cpl,
					    uint64_t supported, uint32_t index,
					    uint64_t value,
					    struct vprim_reason *why);

/** @brief The fields of an image that decide whether it is taken. */
struct vprim_xstate_header {
	uint64_t xstate_bv;	/**< Components that hold data; the rest is init. */
	uint64_t xcomp_bv;	/**< Components with room, and the format bit. */
	uint8_t reserved[48];	/**< Bytes 16 to 63 of the header. */
	uint32_t mxcsr;		/**< From the legacy region. */
};

/**
 * @brief Read the fields out of an image.
 *
 * @param[in]  image   The image's bytes, at any alignment.
 * @param[in]  len     Bytes of @p image.
 * @param[out] header  The fields. Written only on success.
 *
 * @retval 0        @p header is valid.
 * @retval -EINVAL  @p len is below 576.
 *
 * @par Source
 * Intel SDM vol. 1 section 13.4.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_xstate_header_load(const uint8_t *image, size_t len,
			     struct vprim_xstate_header *header);

/** @brief Who takes an image. */
enum vprim_xstate_loader {
	/** XRSTOR; the format bit chooses its form. */
	VPRIM_XSTATE_BY_XRSTOR,
	/** XRSTORS. */
	VPRIM_XSTATE_BY_XRSTORS,
	/** Linux ptrace and sigreturn. */
	VPRIM_XSTATE_BY_UABI,
	/** Linux KVM_SET_XSAVE, the part after its own mask check. */
	VPRIM_XSTATE_BY_KVM,
};

/** @brief What a loader is allowed to take. */
struct vprim_xstate_limits {
	uint64_t user;		/**< XCR0; for Linux the buffer's user features. */
	uint64_t supervisor;	/**< IA32_XSS; XRSTORS only. */
	/** EDX:EAX of the instruction; all ones for "everything". */
	uint64_t requested;
	uint32_t features;	/**< 0xD.1 EAX: XRSTOR asks for XSAVEC. */
	uint32_t mxcsr_mask;	/**< MXCSR_MASK; 0 means VPRIM_XSTATE_MXCSR_MASK. */
	unsigned int cpl;	/**< Privilege level; XRSTORS needs 0. */
};

/**
 * @brief Whether a loader takes an image's header.
 *
 * The instructions refuse with \#GP, the interfaces with EINVAL. XRSTOR in
 * standard form looks at header bytes 8 to 23 only; Linux at all 48 reserved
 * ones, before it looks at MXCSR. MXCSR matters to XRSTOR in standard form when
 * SSE or AVX is requested, in compacted form and to XRSTORS when SSE is loaded,
 * and to Linux when x87, SSE or AVX holds data.
 *
 * @param[in]  header  The fields.
 * @param[in]  by      Who loads.
 * @param[in]  limits  What it may take.
 * @param[out] why     For -EINVAL by a rule: the rule and, for masks, the lowest
 *                     bit too many; may be NULL.
 *
 * @retval 0        It is taken.
 * @retval -EINVAL  It is not; or @p by is none (argument).
 *
 * @par Source
 * Intel SDM vol. 1 sections 13.8.1, 13.8.2 and 13.12; Linux
 * validate_user_xstate_header() and copy_uabi_to_xstate().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3) VPRIM_MUST_CHECK
int vprim_xstate_check_header(const struct vprim_xstate_header *header,
			      enum vprim_xstate_loader by,
			      const struct vprim_xstate_limits *limits,
			      struct vprim_reason *why);

/**
 * @brief PKRU after an image was loaded.
 *
 * @param[in] by         Who loads.
 * @param[in] xstate_bv  XSTATE_BV of the image.
 * @param[in] image      The four bytes of component 9.
 * @param[in] before     PKRU before.
 * @return @p image when bit 9 is set. Otherwise 0, its initial state, except for
 *         VPRIM_XSTATE_BY_KVM, which leaves @p before.
 *
 * @par Source
 * Linux copy_uabi_to_xstate() and fpu_copy_uabi_to_guest_fpstate().
 */
VPRIM_API
uint32_t vprim_xstate_pkru_after(enum vprim_xstate_loader by, uint64_t xstate_bv,
				 uint32_t image, uint32_t before);

/** @name Signal frames
 * @{ */
#define VPRIM_XSTATE_SW_OFFSET 464u	/**< Software bytes in the legacy region. */
#define VPRIM_XSTATE_SW_BYTES 48u	/**< Their length. */
#define VPRIM_XSTATE_MAGIC1 0x46505853u	/**< First of the software bytes. */
#define VPRIM_XSTATE_MAGIC2 0x46505845u	/**< Right behind the image. */
/** @} */

/** @brief What a signal frame holds. */
struct vprim_xstate_frame {
	bool fx_only;		/**< Only x87 and SSE are taken from it. */
	uint64_t features;	/**< Components: as written, or x87 and SSE. */
	uint32_t size_bytes;	/**< Image size: as written, or 512. */
	uint32_t extended_bytes;/**< As written; 0 when fx_only. */
};

/**
 * @brief Read the software bytes of a signal frame.
 *
 * A frame whose software bytes are wrong is no error: the kernel takes x87 and
 * SSE from it and nothing more.
 *
 * @param[in]  frame      The frame's floating-point part, at any alignment.
 * @param[in]  len        Readable bytes of @p frame.
 * @param[in]  user_size  The task's user state size in bytes.
 * @param[out] out        What it holds. Written only on success.
 * @param[out] why        With @c fx_only set: what is wrong; otherwise none;
 *                        may be NULL.
 *
 * @retval 0        @p out is valid.
 * @retval -EINVAL  @p len is below 512.
 *
 * @par Source
 * Linux check_xstate_in_sigframe(). A frame that ends before the second magic
 * number counts as one where it is wrong.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 4) VPRIM_MUST_CHECK
int vprim_xstate_frame_read(const uint8_t *frame, size_t len, uint32_t user_size,
			    struct vprim_xstate_frame *out,
			    struct vprim_reason *why);

/** @brief An image to be read. Its format bit says which format it has. */
struct vprim_xstate_source {
	const struct vprim_xstate_table *table;	/**< The machine that made it. */
	/**
	 * What may be in it: XCR0 | IA32_XSS; in a standard image the
	 * supervisor components count for nothing. With SSE or AVX in the
	 * mask, MXCSR of a standard image is valid.
	 */
	uint64_t mask;
	const uint8_t *bytes;			/**< At any alignment. */
	size_t len;				/**< Bytes. */
};

/** @brief An image to be made. */
struct vprim_xstate_target {
	const struct vprim_xstate_table *table;	/**< The machine that loads it. */
	enum vprim_xstate_format format;	/**< Its format. */
	uint64_t mask;				/**< Components that get room. */
	uint8_t *bytes;				/**< At any alignment. */
	size_t len;				/**< Bytes. */
};

/** @brief How to convert; all zero is fine. */
struct vprim_xstate_convert_opts {
	uint32_t mxcsr_mask;	/**< MXCSR_MASK; 0 means VPRIM_XSTATE_MXCSR_MASK. */
	/**
	 * Where the source has no PKRU data, give the target @c pkru, as
	 * KVM_SET_XSAVE keeps it; otherwise PKRU is in its initial state.
	 */
	bool keep_pkru;
	uint32_t pkru;		/**< PKRU to keep. */
};

/**
 * @brief Make an image for one machine and format of an image of another.
 *
 * Copies the components that hold data; the others get their initial state, in
 * the header and in the bytes. Reserved bytes, software bytes and holes come out
 * zero, and MXCSR_MASK is the option's. All or nothing: first everything is
 * checked, then written.
 *
 * A component can move when both machines give it the same size. PKRU is the
 * exception, its four bytes being known: one AMD generation gives it 64.
 *
 * MXCSR belongs to no component in the standard format and to SSE in the
 * compacted one. Where it is not in its initial state and SSE is, the target has
 * SSE marked as holding data (with XMM zero), as XSAVEC does, so that no loader
 * loses it.
 *
 * @param[in]  src         The image to read.
 * @param[out] dst         The image to make; must not overlap @p src. Bytes
 *                         beyond its size stay as they are. Written only on
 *                         success.
 * @param[in]  opts        How; NULL for all zero.
 * @param[out] size_bytes  Bytes of the image made; may be NULL. Written on
 *                         success and for -EMSGSIZE.
 * @param[out] why         For an error by a rule: which rule, which component;
 *                         may be NULL.
 *
 * @retval 0            @p dst holds the same state.
 * @retval -EINVAL      The buffers overlap, @p dst has no such format, or a mask has a component that its table
 *                      does not enumerate (reason: which).
 * @retval -EBADMSG     The source contradicts itself: xstate_bv, xcomp_bv,
 *                      reserved, mxcsr or short.
 * @retval -EOPNOTSUPP  A component of the source holds data that the target
 *                      cannot take: absent from its mask, or size.
 * @retval -EMSGSIZE    @p dst is too small; @p size_bytes says how much it takes.
 *
 * @par Source
 * Intel SDM vol. 1 sections 13.7 to 13.12; Linux copy_xstate_to_uabi_buf() and
 * copy_uabi_to_xstate(). The refusals are libvirtprim's own.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_xstate_convert(const struct vprim_xstate_source *src,
			 const struct vprim_xstate_target *dst,
			 const struct vprim_xstate_convert_opts *opts,
			 uint64_t *size_bytes,
			 struct vprim_reason *why);

/** @brief A machine with a state to move away. */
struct vprim_xstate_origin {
	const struct vprim_xstate_table *table;	/**< Its table. */
	uint64_t xcr0;				/**< User components in use. */
	uint64_t xss;				/**< Supervisor components in use. */
};

/** @brief A machine to move to. */
struct vprim_xstate_destination {
	const struct vprim_xstate_table *table;	/**< Its table. */
	/**
	 * User components that may be used there, as
	 * ARCH_GET_XCOMP_GUEST_PERM shows; supervisor ones need no permission.
	 */
	uint64_t permitted;
	/**
	 * Bytes that its interface takes, as KVM_CAP_XSAVE2 shows; 0 for what
	 * its table and permission give, at least 4096.
	 */
	uint64_t capacity_bytes;
	/**
	 * Components that its kernel offers no guest, by release: what
	 * vprim_xstate_perm_kvm_supported() says; 0 for none.
	 */
	uint64_t withheld;
};

/** @brief Whether a state can move, and what is in the way. */
struct vprim_xstate_verdict {
	bool compatible;	/**< Both parts are fine. */
	bool features_fit;	/**< Part one: every component is there. */
	bool size_fits;		/**< Part two: same geometry, and it fits. */
	uint64_t missing;	/**< Not enumerated there. */
	uint64_t not_permitted;	/**< There, but not permitted. */
	uint64_t withheld;	/**< There, but not offered by its kernel. */
	uint64_t resized;	/**< There, with another size. */
	uint64_t moved;		/**< There, at another standard offset. */
	uint64_t realigned;	/**< There, with another align flag. */
	uint64_t blocked;	/**< All of the above. */
	uint64_t needed_bytes;	/**< Standard image of the state. */
	uint64_t capacity_bytes;	/**< Bytes that the destination takes. */
};

/**
 * @brief Whether a state can move to another machine.
 *
 * Two parts, because they follow different rules. Features must be a subset:
 * each component in use must be enumerated and permitted there. The size must
 * be at most what fits: the image must fit in the destination's buffer, and each
 * component must have the same size, the same place and the same alignment,
 * because a guest's own XSAVE areas hold images in the format that it was shown
 * before. A machine with more components is fine.
 *
 * @param[in]  from     The state.
 * @param[in]  to       The machine.
 * @param[out] verdict  The verdict. Written only on success.
 * @param[out] why      For -EINVAL by a component: which one; may be NULL.
 *
 * @retval 0        @p verdict is valid, whichever way it goes.
 * @retval -EINVAL  The state has a component that its own
 *                  table does not have in that role.
 *
 * @par Source
 * libvirtprim's own rule, after what users of VMMs and of checkpoint tools report.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_xstate_migrate(const struct vprim_xstate_origin *from,
			 const struct vprim_xstate_destination *to,
			 struct vprim_xstate_verdict *verdict,
			 struct vprim_reason *why);

/** @brief How to write a verdict down. */
enum vprim_xstate_style {
	VPRIM_XSTATE_TEXT,	/**< Lines for people. */
	VPRIM_XSTATE_JSON,	/**< One JSON object on one line, no newline. */
};

/**
 * @brief A verdict as text or JSON, with the components that block, as snprintf()
 *        would write it.
 *
 * @param[in]  verdict     The verdict.
 * @param[in]  style       Text or JSON; anything but JSON is text.
 * @param[out] text        Always ends in NUL when @p size_bytes is not 0, cut short
 *                         when too small. May be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p text.
 * @return Characters of the whole text, its NUL not counted; it was cut when this
 *         is @p size_bytes or more.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
size_t vprim_xstate_verdict_text(const struct vprim_xstate_verdict *verdict,
				 enum vprim_xstate_style style, char *text,
				 size_t size_bytes);

VPRIM_END_DECLS

#endif
