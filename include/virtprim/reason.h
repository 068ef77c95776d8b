/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file reason.h
 * @brief Why something was refused: the rule, what offended it, what it hit.
 *
 * An errno names a family of mistakes; a user who gets -EINVAL has to guess. A
 * call that takes a @ref vprim_reason fills it on refusal, and
 * vprim_reason_text() makes a sentence of it:
 *
 *     iova 0xfee00000..0xfee00fff hits reserved range 0xfee00000..0xfeefffff
 *
 * A rule has one id, one word, one errno and one sentence, in one table. Ids and
 * words stay; sentences may be improved.
 *
 * Pure functions on the caller's memory: no allocation, no locks. Safe in any
 * context.
 */
#ifndef VIRTPRIM_REASON_H
#define VIRTPRIM_REASON_H
#include <virtprim/range.h>
VPRIM_BEGIN_DECLS

/**
 * @brief The rules, in blocks of one room each.
 *
 * The comment gives the errno and, in brackets, which of range (R), value (V)
 * and hit (H) the rule fills.
 */
enum vprim_reason_rule {
	VPRIM_REASON_NONE = 0,		/**< Nothing was refused. */

	/** EINVAL: a pointer is NULL, or a flag or an enumerator is unknown. */
	VPRIM_REASON_ARGUMENT = 0x001,
	/** EINVAL [R]: start is above last. */
	VPRIM_REASON_INVERTED,
	/** EEXIST [RH]: overlaps a range that the map holds. */
	VPRIM_REASON_MAP_OVERLAP,

	/** EINVAL [RH]: a list does not ascend, or two of its ranges overlap. */
	VPRIM_REASON_WINDOWS_ORDER = 0x080,
	/** EINVAL [R]: without R no usable address would be left. */
	VPRIM_REASON_WINDOWS_EMPTY,
	/** EINVAL [R]: no usable address lies in R. */
	VPRIM_REASON_WINDOWS_APART,
	/** EMSGSIZE [V]: the array is too small; V is the capacity needed. */
	VPRIM_REASON_WINDOWS_ROOM,
	/** ERANGE [RH]: the range reaches into a hole between or beside windows. */
	VPRIM_REASON_WINDOWS_HOLE,
	/** ERANGE [RH]: the range crosses into the next window, H. */
	VPRIM_REASON_WINDOWS_SEAM,
	/** ERANGE [RV]: the range needs more than V address bits. */
	VPRIM_REASON_WINDOWS_WIDTH,
	/** EINVAL [V]: address bits not 1 to 64. */
	VPRIM_REASON_WINDOWS_BITS,
	/** EINVAL: a size of 0. */
	VPRIM_REASON_WINDOWS_SIZE,
	/** EINVAL [V]: an alignment that is no power of two. */
	VPRIM_REASON_WINDOWS_ALIGN,
	/** EINVAL [V]: an offset not below the alignment. */
	VPRIM_REASON_WINDOWS_OFFSET,
	/** EINVAL [R]: the least start is above the greatest last. */
	VPRIM_REASON_WINDOWS_BOUNDS,
	/** ENOSPC [V]: no hole takes a block of V bytes; no V for 2^64. */
	VPRIM_REASON_WINDOWS_SPACE,
	/** EOVERFLOW [V]: length 0 or half the space (iommufd's allocator). */
	VPRIM_REASON_WINDOWS_LENGTH,
	/** EINVAL [V]: the buffer is aligned to V only, below the IOAS (iommufd). */
	VPRIM_REASON_WINDOWS_BUFFER,
	/** ENOMEM [V]: no gap of V frames (Linux iova.c). */
	VPRIM_REASON_WINDOWS_FRAMES,
	/** EINVAL [RH]: pieces do not ascend, or overlap. */
	VPRIM_REASON_PLAN_ORDER,
	/** EINVAL [R]: the target of a piece wraps. */
	VPRIM_REASON_PLAN_TARGET,

	/** EINVAL [V]: argsz V is below the least. */
	VPRIM_REASON_TYPE1_ARGSZ = 0x100,
	/** EFAULT: the argument cannot be read. */
	VPRIM_REASON_TYPE1_READ,
	/** EINVAL [V]: unknown flag bits V. */
	VPRIM_REASON_TYPE1_FLAG,
	/** EOVERFLOW [V]: V does not fit the kernel's native word. */
	VPRIM_REASON_TYPE1_NATIVE,
	/** EINVAL: size 0. */
	VPRIM_REASON_TYPE1_SIZE,
	/** EOVERFLOW [V]: iova V plus size wraps. */
	VPRIM_REASON_TYPE1_IOVA_WRAP,
	/** EOVERFLOW [V]: vaddr V plus size wraps. */
	VPRIM_REASON_TYPE1_VADDR_WRAP,
	/** EINVAL [V]: flags V ask for not exactly one of protection and VADDR. */
	VPRIM_REASON_TYPE1_PROT,
	/** EINVAL [V]: V is not aligned to the smallest page. */
	VPRIM_REASON_TYPE1_ALIGN,
	/** ENOENT [R]: VADDR for a range that nothing is mapped at. */
	VPRIM_REASON_TYPE1_VADDR_ABSENT,
	/** EINVAL [RH]: VADDR for mapping H, whose vaddr is valid. */
	VPRIM_REASON_TYPE1_VADDR_VALID,
	/** EINVAL [RH]: VADDR for a part or a superset of mapping H. */
	VPRIM_REASON_TYPE1_VADDR_SHAPE,
	/** ENOMEM [R]: the new owner may not lock that much memory. */
	VPRIM_REASON_TYPE1_VADDR_ACCOUNT,
	/** EEXIST [RH]: overlaps mapping H. */
	VPRIM_REASON_TYPE1_OVERLAP,
	/** ENOSPC [V]: all V entries of the limit are in use. */
	VPRIM_REASON_TYPE1_LIMIT,
	/** EINVAL [RH]: not inside one usable window; H is in the way. */
	VPRIM_REASON_TYPE1_WINDOW,
	/** ENOMEM: no memory for the mapping. */
	VPRIM_REASON_TYPE1_MEMORY,
	/** The callback's errno [RV]: pinning or mapping failed with errno V. */
	VPRIM_REASON_TYPE1_BACKEND,
	/** EINVAL [RV]: V pages are too many for a dirty bitmap. */
	VPRIM_REASON_TYPE1_BITMAP_PAGES,
	/** ENOMEM [R]: no memory for a dirty bitmap. */
	VPRIM_REASON_TYPE1_BITMAP_MEMORY,
	/** EINVAL [V]: flags V join a dirty bitmap with ALL or VADDR. */
	VPRIM_REASON_TYPE1_DIRTY_FLAGS,
	/** EINVAL: the bitmap is not in the caller's memory. */
	VPRIM_REASON_TYPE1_BITMAP_ACCESS,
	/** EINVAL: bitmap page size 0. */
	VPRIM_REASON_TYPE1_BITMAP_PGSIZE_ZERO,
	/** EINVAL [V]: V bitmap bytes do not suit the range. */
	VPRIM_REASON_TYPE1_BITMAP_SIZE,
	/** EINVAL [V]: bitmap page size V is not the smallest page. */
	VPRIM_REASON_TYPE1_BITMAP_PGSIZE,
	/** EFAULT [H]: the bits of mapping H cannot be written out. */
	VPRIM_REASON_TYPE1_BITMAP_WRITE,
	/** EBUSY: VADDR while a mediated device is attached. */
	VPRIM_REASON_TYPE1_MDEV,
	/** EINVAL [V]: ALL with V instead of 0 for iova or size. */
	VPRIM_REASON_TYPE1_ALL,
	/** EINVAL: dirty tracking is off. */
	VPRIM_REASON_TYPE1_DIRTY_OFF,
	/** EINVAL [RH]: the range would cut mapping H in two. */
	VPRIM_REASON_TYPE1_BISECT,
	/** EINVAL [RH]: the vaddr of mapping H is invalid already. */
	VPRIM_REASON_TYPE1_VADDR_TWICE,
	/** EBUSY [RH]: mapping H stays pinned although its driver was told. */
	VPRIM_REASON_TYPE1_PINNED,
	/** EACCES: a v1 container does not do this. */
	VPRIM_REASON_TYPE1_V1,
	/** EBUSY [V]: V mappings have an invalid vaddr. */
	VPRIM_REASON_TYPE1_VADDR_HELD,
	/** EINVAL: no device that could be told to unpin. */
	VPRIM_REASON_TYPE1_PIN_NOTIFY,
	/** EINVAL [V]: nothing is mapped at iova V. */
	VPRIM_REASON_TYPE1_PIN_HOLE,
	/** EPERM [VH]: mapping H does not allow that access to iova V. */
	VPRIM_REASON_TYPE1_PIN_READ_ONLY,
	/** EINVAL: not a positive number of pages to pin. */
	VPRIM_REASON_TYPE1_PIN_COUNT,
	/** EOVERFLOW [V]: the pages to pin from iova V on wrap. */
	VPRIM_REASON_TYPE1_PIN_WRAP,
	/** EINVAL [RH]: aperture R lies beside the usable list, which spans H. */
	VPRIM_REASON_TYPE1_APERTURE_APART,
	/** EINVAL [RH]: mapping H reaches out of aperture R. */
	VPRIM_REASON_TYPE1_APERTURE_MAPPED,
	/** EINVAL [RH]: mapping H lies in reserved range R. */
	VPRIM_REASON_TYPE1_RESERVED_MAPPED,
	/** EINVAL [R]: aperture R minus its reserved ranges is empty. */
	VPRIM_REASON_TYPE1_NOTHING_LEFT,
	/** EINVAL [V]: flags V are not exactly one of START, STOP, GET. */
	VPRIM_REASON_TYPE1_ONE_FLAG,
	/** EINVAL [RH]: the bitmap's range cuts mapping H. */
	VPRIM_REASON_TYPE1_DIRTY_CUT,
	/** EINVAL [V]: page sizes V leave no size in common. */
	VPRIM_REASON_TYPE1_PGSIZES,
	/** EINVAL: the group is attached already. */
	VPRIM_REASON_TYPE1_ATTACHED,
	/** ENOENT: the group is not attached. */
	VPRIM_REASON_TYPE1_NOT_ATTACHED,
	/** EBUSY [V]: smallest page V would change under dirty tracking. */
	VPRIM_REASON_TYPE1_DIRTY_ON,
	/** ENOENT [V]: no page at iova V is pinned. */
	VPRIM_REASON_TYPE1_NOT_PINNED,
	/** E2BIG [V]: V pages are more than one call pins. */
	VPRIM_REASON_TYPE1_PIN_MANY,

	/** EOPNOTSUPP [V]: unknown flag bits V. */
	VPRIM_REASON_IOAS_FLAG = 0x200,
	/** EOPNOTSUPP [V]: a reserved field holds V. */
	VPRIM_REASON_IOAS_RESERVED_FIELD,
	/** EOVERFLOW: iova 2^64-1. */
	VPRIM_REASON_IOAS_IOVA_MAX,
	/** EOVERFLOW: length 2^64-1. */
	VPRIM_REASON_IOAS_LENGTH_MAX,
	/** EINVAL: neither READABLE nor WRITEABLE. */
	VPRIM_REASON_IOAS_PROT,
	/** ENOENT [V]: no IOAS, or no object, of id V. */
	VPRIM_REASON_IOAS_ABSENT,
	/** EINVAL: length 0. */
	VPRIM_REASON_IOAS_LENGTH,
	/** EINVAL [V]: length V is within a page of the native word's end. */
	VPRIM_REASON_IOAS_LENGTH_LIMIT,
	/** EOVERFLOW [V]: user address V plus length wraps. */
	VPRIM_REASON_IOAS_UPTR_WRAP,
	/** EINVAL [V]: length V is not aligned. */
	VPRIM_REASON_IOAS_LENGTH_ALIGN,
	/** EINVAL [V]: iova V is not aligned. */
	VPRIM_REASON_IOAS_IOVA_ALIGN,
	/** EOVERFLOW [V]: iova V plus length wraps. */
	VPRIM_REASON_IOAS_IOVA_WRAP,
	/** EINVAL [RH]: hits reserved range H. */
	VPRIM_REASON_IOAS_RESERVED,
	/** EEXIST [RH]: hits area H. */
	VPRIM_REASON_IOAS_OVERLAP,
	/** EOVERFLOW [V]: length V is 0 or too long for automatic placement. */
	VPRIM_REASON_IOAS_ALLOC_LENGTH,
	/** EINVAL [V]: the buffer is aligned to V only. */
	VPRIM_REASON_IOAS_ALLOC_ALIGN,
	/** ENOSPC [V]: no allowed hole takes V bytes. */
	VPRIM_REASON_IOAS_SPACE,
	/** EPERM: WRITEABLE asked of pages that are read-only. */
	VPRIM_REASON_IOAS_READ_ONLY,
	/** EINVAL [V]: page offset V is not aligned. */
	VPRIM_REASON_IOAS_PAGE_OFFSET,
	/** The callback's errno [RV]: pinning or mapping failed with errno V. */
	VPRIM_REASON_IOAS_BACKEND,
	/** ENOMEM: no memory for the area. */
	VPRIM_REASON_IOAS_MEMORY,
	/** ENOENT [RH]: nothing is mapped in part H of the source. */
	VPRIM_REASON_IOAS_SOURCE_HOLE,
	/** EBUSY [RH]: a map or unmap of area H is under way. */
	VPRIM_REASON_IOAS_IN_FLIGHT,
	/** EBUSY [RH]: area H is locked. */
	VPRIM_REASON_IOAS_LOCKED,
	/** ENOENT [RH]: area H sticks out of the range. */
	VPRIM_REASON_IOAS_STICKS_OUT,
	/** EDEADLK [RH]: an access does not let go of area H. */
	VPRIM_REASON_IOAS_ACCESS_STUCK,
	/** ENOENT [R]: nothing is mapped in the range. */
	VPRIM_REASON_IOAS_NOTHING,
	/** EINVAL [R]: an allowed range's start is not below its last. */
	VPRIM_REASON_IOAS_ALLOW_START,
	/** EINVAL [RH]: allowed range R overlaps H of the same list. */
	VPRIM_REASON_IOAS_ALLOW_OVERLAP,
	/** EADDRINUSE [RH]: allowed range R overlaps reserved range H. */
	VPRIM_REASON_IOAS_ALLOW_RESERVED,
	/** EADDRINUSE [RH]: reserved range R overlaps area H. */
	VPRIM_REASON_IOAS_RESERVE_AREA,
	/** EADDRINUSE [RH]: reserved range R overlaps allowed range H. */
	VPRIM_REASON_IOAS_RESERVE_ALLOWED,
	/** EMSGSIZE [V]: the array is too small; V ranges exist. */
	VPRIM_REASON_IOAS_ROOM,
	/** EINVAL: large pages cannot be turned off while areas are mapped. */
	VPRIM_REASON_IOAS_LARGE_PAGES,
	/** EINVAL [V]: the domain's smallest page V exceeds the CPU's. */
	VPRIM_REASON_IOAS_PGSIZE,
	/** EADDRINUSE [VH]: area H is not aligned to V. */
	VPRIM_REASON_IOAS_AREA_ALIGN,
	/** EBUSY [RH]: area H is in use and cannot be split. */
	VPRIM_REASON_IOAS_SPLIT_BUSY,
	/** EINVAL [VH]: area H cannot be split at V: misaligned, or in use. */
	VPRIM_REASON_IOAS_SPLIT,
	/** EOPNOTSUPP [H]: area H is a DMABUF and cannot be split. */
	VPRIM_REASON_IOAS_SPLIT_DMABUF,
	/** ENOENT: the access has no IOAS. */
	VPRIM_REASON_IOAS_ACCESS_DETACHED,
	/** EINVAL [RH]: area H is being torn down. */
	VPRIM_REASON_IOAS_ACCESS_TEARDOWN,
	/** EINVAL [RH]: the range does not suit the access's alignment in H. */
	VPRIM_REASON_IOAS_ACCESS_ALIGN,
	/** EPERM [RH]: write access to read-only area H. */
	VPRIM_REASON_IOAS_ACCESS_READ_ONLY,
	/** ENOENT [RH]: nothing is mapped in part H of the range. */
	VPRIM_REASON_IOAS_ACCESS_HOLE,
	/** EINVAL [V]: unmap-all with V instead of 0 for iova or size (compat). */
	VPRIM_REASON_IOAS_ALL,
	/** EINVAL [V]: unknown flag bits V (compat). */
	VPRIM_REASON_IOAS_COMPAT_FLAG,
	/** EINVAL [V]: argsz V is below the least (compat). */
	VPRIM_REASON_IOAS_ARGSZ,
	/** EEXIST: the domain or access is attached already. */
	VPRIM_REASON_IOAS_ATTACHED,
	/** ENOENT: the domain, access or hold is not attached here. */
	VPRIM_REASON_IOAS_NOT_ATTACHED,
	/** EBUSY [H]: the access still holds H. */
	VPRIM_REASON_IOAS_HELD,
	/** ENOENT [R]: R is not exactly what is being mapped. */
	VPRIM_REASON_IOAS_NOT_IN_FLIGHT,
	/** EINVAL [V]: alignment V is not a power of two. */
	VPRIM_REASON_IOAS_ALIGNMENT,

	/** The kernel's errno [V]: it answered errno V, and no more is known. */
	VPRIM_REASON_USER_ERRNO = 0x280,
	/** EINVAL: not the name of a device. */
	VPRIM_REASON_USER_NAME,
	/** ENOENT: no such device on any bus that is looked at. */
	VPRIM_REASON_USER_DEVICE,
	/** ENOENT: no VFIO driver is bound to the device. */
	VPRIM_REASON_USER_DRIVER,
	/** ENOENT: the interface is not there, or its module is not loaded. */
	VPRIM_REASON_USER_MODULE,
	/** EACCES: this user may not open it. */
	VPRIM_REASON_USER_ACCESS,
	/** EBUSY: it is open or bound already. */
	VPRIM_REASON_USER_IN_USE,
	/** EOPNOTSUPP [V]: the kernel speaks version V of the interface. */
	VPRIM_REASON_USER_VERSION,
	/** EOPNOTSUPP [V]: the container has no IOMMU of kind V. */
	VPRIM_REASON_USER_KIND,
	/** EPERM: a device of the group belongs to another driver. */
	VPRIM_REASON_USER_VIABLE,
	/** EPERM: the IOMMU does not remap interrupts. */
	VPRIM_REASON_USER_INTERRUPTS,
	/** ENODEV: no IOMMU takes the device. */
	VPRIM_REASON_USER_IOMMU,
	/** ENODEV: the device is not in the group. */
	VPRIM_REASON_USER_GROUP,
	/** ENOMEM: memory, or the limit of locked memory, is used up. */
	VPRIM_REASON_USER_MEMORY,
	/** EFAULT [R]: the process has no such memory behind iova R. */
	VPRIM_REASON_USER_VADDR,
	/** EINVAL [R]: R or the memory behind it is not whole pages, or reserved. */
	VPRIM_REASON_USER_ALIGN,
	/** EEXIST [R]: the kernel holds a mapping in R that was made elsewhere. */
	VPRIM_REASON_USER_PRESENT,
	/** ENOSPC: the container takes no more mappings. */
	VPRIM_REASON_USER_ENTRIES,
	/** E2BIG [V]: an answer grew too often, or beyond the buffer, to V bytes. */
	VPRIM_REASON_USER_GREW,
	/** EBADMSG [V]: an answer breaks rule V of the capability chain. */
	VPRIM_REASON_USER_REPLY,
	/** ENOENT [R]: nothing is mapped in R. */
	VPRIM_REASON_USER_NOTHING,
	/** EINVAL [RH]: mapping H sticks out of R. */
	VPRIM_REASON_USER_STICKS_OUT,
	/** EIO [RV]: the kernel says that it unmapped V bytes of R, which is wrong. */
	VPRIM_REASON_USER_UNMAPPED,
	/** EIO: an earlier unmap went wrong; only closing the container helps. */
	VPRIM_REASON_USER_SPOILED,
	/** ENOTTY: the device cannot be reset alone. */
	VPRIM_REASON_USER_RESET,
	/** ENOENT: the device has no IOMMU group. */
	VPRIM_REASON_USER_GROUPLESS,

	/** EOPNOTSUPP: not a program on an x86 processor under Linux. */
	VPRIM_REASON_X86_OTHER = 0x300,
	/** EOPNOTSUPP: no XSAVE, or the system does not use it. */
	VPRIM_REASON_X86_XSAVE,
	/** EINVAL [V]: sub-leaf V of CPUID 0xD contradicts another. */
	VPRIM_REASON_X86_LEAF,
	/** EINVAL [V]: PAT value V has an entry that is no memory type. */
	VPRIM_REASON_X86_PAT,
	/** EOPNOTSUPP [V]: the vCPU has no MSR V, or refuses the value. */
	VPRIM_REASON_X86_MSR,
	/** EINVAL [V]: the kernel knows no component V. */
	VPRIM_REASON_X86_UNKNOWN,
	/** EOPNOTSUPP [V]: component V is not here, or not to be asked for. */
	VPRIM_REASON_X86_ABSENT,
	/** EBUSY [V]: component V was asked for after the first vCPU. */
	VPRIM_REASON_X86_LOCKED,
	/** ENOSPC [V]: component V needs a larger alternate signal stack. */
	VPRIM_REASON_X86_ALTSTACK,
	/** EMSGSIZE [V]: the extended state takes V bytes. */
	VPRIM_REASON_X86_ROOM,
	/** EINVAL, or what the kernel answers: it is too old for this call. */
	VPRIM_REASON_X86_OLD,
};

/** @name Which fields of a reason are valid
 * Bits of vprim_reason::valid.
 * @{ */
#define VPRIM_REASON_HAS_RANGE 1u	/**< @c range. */
#define VPRIM_REASON_HAS_VALUE 2u	/**< @c value. */
#define VPRIM_REASON_HAS_HIT 4u		/**< @c hit. */
/** @} */

/** @brief One refusal. A zeroed one says that nothing was refused. */
struct vprim_reason {
	enum vprim_reason_rule rule;	/**< The rule that refused. */
	uint32_t valid;			/**< Which of the next are valid. */
	uint64_t value;			/**< The offending number or bits. */
	struct vprim_range range;	/**< The offending range. */
	struct vprim_range hit;		/**< What it hit. */
};

/**
 * @brief Note a refusal about a range, and say its errno.
 *
 * For the code that refuses: `return vprim_reason_set(why, RULE, &range, &hit);`
 *
 * @param[out] reason  Filled whole; NULL when nobody asks.
 * @param[in]  rule    The rule.
 * @param[in]  range   The offending range, or NULL.
 * @param[in]  hit     What it hit, or NULL.
 * @return The rule's negative errno, as vprim_reason_errno().
 */
VPRIM_API
int vprim_reason_set(struct vprim_reason *reason, enum vprim_reason_rule rule,
		     const struct vprim_range *range,
		     const struct vprim_range *hit);

/**
 * @brief Note a refusal about a number, and say its errno.
 *
 * A range or a hit may be added afterwards with its bit in
 * vprim_reason::valid.
 *
 * @param[out] reason  Filled whole; NULL when nobody asks.
 * @param[in]  rule    The rule.
 * @param[in]  value   The offending number or bits.
 * @return The rule's negative errno, as vprim_reason_errno().
 */
VPRIM_API
int vprim_reason_set_value(struct vprim_reason *reason,
			   enum vprim_reason_rule rule, uint64_t value);

/**
 * @brief The errno of a rule.
 * @param[in] rule  A rule.
 * @return A negative errno; 0 for VPRIM_REASON_NONE, for a rule that passes on
 *         a callback's errno, and for a number that is no rule.
 */
VPRIM_API
int vprim_reason_errno(enum vprim_reason_rule rule);

/**
 * @brief The short id of a rule, such as "overlap".
 *
 * Lower-case letters, digits and '-'. Unique among the rules of one room; rooms
 * may share a word for the same idea.
 *
 * @param[in] rule  A rule.
 * @return A static string; "none" for VPRIM_REASON_NONE, "unknown" for a number
 *         that is no rule.
 */
VPRIM_API
const char *vprim_reason_word(enum vprim_reason_rule rule);

/**
 * @brief The room that a rule belongs to.
 * @param[in] rule  A rule.
 * @return "general", "windows", "type1", "ioas", "user" or "x86", a static
 *         string; "none" for VPRIM_REASON_NONE and for a number that is no rule.
 */
VPRIM_API
const char *vprim_reason_room(enum vprim_reason_rule rule);

/**
 * @brief Visit the rules.
 * @param[in] after  VPRIM_REASON_NONE for the first rule, or the last one
 *                   returned.
 * @return The rule with the next higher number, or VPRIM_REASON_NONE after the
 *         last.
 */
VPRIM_API
enum vprim_reason_rule vprim_reason_next(enum vprim_reason_rule after);

/**
 * @brief Say it in one sentence.
 *
 * A field that is not valid reads "(unknown)", or its clause is left out. No full
 * stop and no newline at the end; ASCII only.
 *
 * @param[in]  reason      A refusal.
 * @param[out] text        The caller's buffer; always ends in NUL when
 *                         @p size_bytes is not 0, cut short when too small. May
 *                         be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p text.
 * @return Bytes that the whole sentence and its NUL need; 0 when @p reason is
 *         NULL, or @p text is NULL and @p size_bytes is not 0. 160 always do.
 */
VPRIM_API
size_t vprim_reason_text(const struct vprim_reason *reason, char *text,
			 size_t size_bytes);

VPRIM_END_DECLS

#endif
