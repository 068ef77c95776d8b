/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file iova_windows.h
 * @brief Where I/O addresses may lie: usable windows, and placing a block in them.
 *
 * A list of windows is an array of ranges, ascending and disjoint; ranges that
 * touch stay two windows, because Linux type1 takes no mapping across their
 * seam. **An empty list restricts nothing**, as in VFIO and iommufd: questions
 * about it are answered as for one window 0..2^64-1. No function here makes an
 * empty list of one that was not.
 *
 *     aperture   [==============================]
 *     reserved         [xxx]           [xxxxxxxxxxx]
 *     windows    [====]     [=========]
 *
 * Lists are plain arrays where they are read. Where they are made, the caller
 * gives an array and a capacity and learns the count needed, so that a call with
 * capacity 0 is the question "how many". One list in the caller's array that
 * changes in place is a @ref vprim_iova_windows.
 *
 * Refusals fill the caller's @ref vprim_reason where one is given. A list that
 * is out of order is undefined as an answer, not as behaviour: the functions
 * that say so check it, the others expect a list that passed
 * vprim_iova_windows_check().
 *
 * No allocation, no locks; concurrent readers are fine, a writer needs the
 * caller's exclusion.
 */
#ifndef VIRTPRIM_IOVA_WINDOWS_H
#define VIRTPRIM_IOVA_WINDOWS_H
#include <virtprim/interval_tree.h>
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/**
 * @brief Why a list, a placement or a plan refuses; a comment gives the errno and what of range, hit and
 *        value of @ref vprim_reason is filled.
 */
enum vprim_iova_windows_rule {
	/** EINVAL [range, hit]: a list does not ascend, or two of its
	 *  ranges overlap. */
	VPRIM_IOVA_WINDOWS_RULE_ORDER = 0x080,
	/** EINVAL [range]: without R no usable address would be left. */
	VPRIM_IOVA_WINDOWS_RULE_EMPTY,
	/** EINVAL [range]: no usable address lies in R. */
	VPRIM_IOVA_WINDOWS_RULE_APART,
	/** EMSGSIZE [value]: the array is too small; V is the capacity
	 *  needed. */
	VPRIM_IOVA_WINDOWS_RULE_ROOM,
	/** ERANGE [range, hit]: the range reaches into a hole between or
	 *  beside windows. */
	VPRIM_IOVA_WINDOWS_RULE_HOLE,
	/** ERANGE [range, hit]: the range crosses into the next window, H. */
	VPRIM_IOVA_WINDOWS_RULE_SEAM,
	/** ERANGE [range, value]: the range needs more than V address bits. */
	VPRIM_IOVA_WINDOWS_RULE_WIDTH,
	/** EINVAL [value]: address bits not 1 to 64. */
	VPRIM_IOVA_WINDOWS_RULE_BITS,
	/** EINVAL: a size of 0. */
	VPRIM_IOVA_WINDOWS_RULE_SIZE,
	/** EINVAL [value]: an alignment that is no power of two. */
	VPRIM_IOVA_WINDOWS_RULE_ALIGN,
	/** EINVAL [value]: an offset not below the alignment. */
	VPRIM_IOVA_WINDOWS_RULE_OFFSET,
	/** EINVAL [range]: the least start is above the greatest last. */
	VPRIM_IOVA_WINDOWS_RULE_BOUNDS,
	/** ENOSPC [value]: no hole takes a block of V bytes; no V for 2^64. */
	VPRIM_IOVA_WINDOWS_RULE_SPACE,
	/** EOVERFLOW [value]: length 0 or half the space (iommufd's
	 *  allocator). */
	VPRIM_IOVA_WINDOWS_RULE_LENGTH,
	/** EINVAL [value]: the buffer is aligned to V only, below the IOAS
	 *  (iommufd). */
	VPRIM_IOVA_WINDOWS_RULE_BUFFER,
	/** ENOMEM [value]: no gap of V frames (Linux iova.c). */
	VPRIM_IOVA_WINDOWS_RULE_FRAMES,
	/** EINVAL [range, hit]: pieces do not ascend, or overlap. */
	VPRIM_IOVA_WINDOWS_RULE_PLAN_ORDER,
	/** EINVAL [range]: the target of a piece wraps. */
	VPRIM_IOVA_WINDOWS_RULE_PLAN_TARGET,
};

/**
 * @brief All rules of lists, placements and plans.
 * @return Static memory.
 */
VPRIM_API
const struct vprim_rules *vprim_iova_windows_rules(void);

/** @name Lists
 * @{ */

/**
 * @brief Whether @p list is one: valid ranges, ascending, disjoint.
 *
 * @param[in]  list    Ranges; may be NULL when @p count is 0.
 * @param[in]  count   Ranges in @p list.
 * @param[out] reason  Why not; NULL when nobody asks.
 *
 * @retval 0        It is. Also for the empty list.
 * @retval -EINVAL  @p list is NULL with ranges in it, a range has its start
 *                  above its last, or a range does not lie above the one before.
 *
 * @par Source
 * The order that Linux reports IOVA ranges in, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_check(const struct vprim_range *list, size_t count,
			     struct vprim_reason *reason);

/**
 * @brief Sort ranges by start, then by last, in place, in O(n log n).
 *
 * For lists from outside, before vprim_iova_windows_check().
 *
 * @param[in,out] list   Any ranges; may be NULL when @p count is 0.
 * @param[in]     count  Ranges in @p list.
 */
VPRIM_API
void vprim_iova_windows_sort(struct vprim_range *list, size_t count);

/**
 * @brief The lowest window that does not end before an address, in O(log n).
 *
 * @param[in] list  A list, checked; may be NULL when @p nr is 0.
 * @param[in] nr    Windows in @p list.
 * @param[in] addr  Any address.
 * @return Index of the window that holds @p addr, or else of the next one above
 *         it; @p nr when there is none.
 */
VPRIM_API
size_t vprim_iova_windows_from(const struct vprim_range *list, size_t nr,
			       uint64_t addr);

/** @brief What a reserved range is for, by the names Linux shows in sysfs. */
enum vprim_iova_windows_type {
	VPRIM_IOVA_WINDOWS_DIRECT,		/**< "direct": mapped 1:1 always. */
	/** "direct-relaxable": mapped 1:1 only while firmware needs it. */
	VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE,
	VPRIM_IOVA_WINDOWS_RESERVED,		/**< "reserved": never usable. */
	VPRIM_IOVA_WINDOWS_MSI,			/**< "msi": interrupts, in hardware. */
	VPRIM_IOVA_WINDOWS_SW_MSI,		/**< "msi" chosen by software. */
};

/** @brief A reserved range: one line of an IOMMU group's reserved_regions. */
struct vprim_iova_windows_reserved {
	struct vprim_range range;		/**< The addresses. */
	enum vprim_iova_windows_type type;	/**< What for. */
};

/**
 * Exclude relaxable direct ranges too. Without it they stay usable, as in VFIO
 * and iommufd.
 */
#define VPRIM_IOVA_WINDOWS_STRICT_DIRECT 1u
/**
 * Cut to an aperture as Linux type1 does: a window that meets the aperture in
 * nothing but the window's last address (at the aperture's start) or its start
 * (at the aperture's last) is dropped, and an aperture of one address leaves
 * nothing. Without it the shared address stays.
 */
#define VPRIM_IOVA_WINDOWS_TYPE1_EDGES 2u

/**
 * @brief Aperture minus reserved ranges.
 *
 * @param[in]  aperture     What the IOMMU can translate.
 * @param[in]  reserved     Reserved ranges in any order; they may overlap, and lie
 *                          outside. NULL when there are none.
 * @param[in]  nr_reserved  Ranges in @p reserved.
 * @param[in]  flags        VPRIM_IOVA_WINDOWS_STRICT_DIRECT or 0.
 * @param[out] list         The caller's array; must not overlap @p reserved. NULL
 *                          when @p capacity is 0.
 * @param[in]  capacity     Ranges that fit in @p list.
 * @param[out] count        Windows. Written on success and for -EMSGSIZE; @p list
 *                          is written on success only.
 * @param[out] reason       Why not; NULL when nobody asks.
 *
 * @retval 0          @p list holds @p count windows, at least one.
 * @retval -EINVAL    A pointer is NULL, a range has its start above its last, a
 *                    flag is unknown, or nothing would be left.
 * @retval -EMSGSIZE  @p count windows do not fit.
 *
 * Costs O(windows times reserved).
 *
 * @par Source
 * Linux type1, vfio_iommu_type1_attach_group(): aperture, then the reserved
 * ranges except the relaxable ones; EINVAL when nothing is left.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_build(const struct vprim_range *aperture,
			     const struct vprim_iova_windows_reserved *reserved,
			     size_t nr_reserved, uint32_t flags,
			     struct vprim_range *list, size_t capacity,
			     size_t *count, struct vprim_reason *reason);

/**
 * @brief The addresses that two lists share, in O(a + b).
 *
 * Seams of either list stay seams.
 *
 * @param[in]  a         A list, checked.
 * @param[in]  nr_a      Windows in @p a; 0 restricts nothing.
 * @param[in]  b         A list, checked.
 * @param[in]  nr_b      Windows in @p b; 0 restricts nothing.
 * @param[out] list      The caller's array; must not overlap @p a or @p b.
 * @param[in]  capacity  Ranges that fit in @p list; nr_a + nr_b always do, when
 *                       one is not 0.
 * @param[out] count     Windows. Written on success and for -EMSGSIZE; @p list is
 *                       written on success only.
 * @param[out] reason    Why not; NULL when nobody asks.
 *
 * @retval 0          @p list holds @p count windows, none only when both lists
 *                    are empty.
 * @retval -EINVAL    A pointer is NULL, a list is out of order, or nothing would
 *                    be left.
 * @retval -EMSGSIZE  @p count windows do not fit.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_intersect(const struct vprim_range *a, size_t nr_a,
				 const struct vprim_range *b, size_t nr_b,
				 struct vprim_range *list, size_t capacity,
				 size_t *count, struct vprim_reason *reason);

/**
 * @brief List @p a minus list @p b, in O(a + b).
 *
 * @param[in]  a         A list, checked.
 * @param[in]  nr_a      Windows in @p a; 0 is the whole space.
 * @param[in]  b         A list of what to take out, checked.
 * @param[in]  nr_b      Ranges in @p b; 0 takes nothing out.
 * @param[out] list      The caller's array; must not overlap @p a or @p b.
 * @param[in]  capacity  Ranges that fit in @p list; nr_a + nr_b + 1 always do.
 * @param[out] count     Windows. Written on success and for -EMSGSIZE; @p list is
 *                       written on success only.
 * @param[out] reason    Why not; NULL when nobody asks.
 *
 * @retval 0          @p list holds @p count windows, at least one.
 * @retval -EINVAL    A pointer is NULL, a list is out of order, or nothing would
 *                    be left.
 * @retval -EMSGSIZE  @p count windows do not fit.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_subtract(const struct vprim_range *a, size_t nr_a,
				const struct vprim_range *b, size_t nr_b,
				struct vprim_range *list, size_t capacity,
				size_t *count, struct vprim_reason *reason);

/**
 * @brief Cut a request into the pieces that can be mapped.
 *
 * What a VMM needs for guest RAM above 1 TiB on AMD machines, whose IOMMU
 * reserves 0xfd00000000..0xffffffffff: the pieces before and after.
 *
 * @param[in]  request      What shall be mapped.
 * @param[in]  list         The usable list, checked.
 * @param[in]  nr           Windows in @p list; 0 restricts nothing.
 * @param[in]  align_bytes  Power of two. Pieces are whole units of it; what is
 *                          left over at the windows' edges belongs to no piece.
 * @param[out] pieces       The caller's array; must not overlap @p list.
 * @param[in]  capacity     Ranges that fit in @p pieces.
 * @param[out] count        Pieces, ascending, 0 when no unit is usable. Written
 *                          on success and for -EMSGSIZE; @p pieces is written on
 *                          success only.
 * @param[out] reason       Why not; NULL when nobody asks.
 *
 * @retval 0          @p pieces holds @p count ranges, each in one window.
 * @retval -EINVAL    A pointer is NULL, start is above last, or @p align_bytes is
 *                    not a power of two.
 * @retval -EMSGSIZE  @p count pieces do not fit.
 *
 * Costs O(log nr + pieces).
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_split(const struct vprim_range *request,
			     const struct vprim_range *list, size_t nr,
			     uint64_t align_bytes, struct vprim_range *pieces,
			     size_t capacity, size_t *count,
			     struct vprim_reason *reason);

/**
 * @brief Whether a request can be mapped, and what is in the way, in O(log n).
 *
 * A request can be mapped when it lies in one window. What is in the way is the
 * hole or the window that holds the first address that does not: the whole hole,
 * from the end of the window before it to the start of the one after it, or the
 * next window, when the request crosses a seam.
 *
 * @param[in]  list     A list, checked.
 * @param[in]  nr       Windows in @p list; 0 restricts nothing.
 * @param[in]  request  What shall be mapped.
 * @param[out] hit      The window that the request lies in, on success. May be
 *                      NULL.
 * @param[out] reason   For -ERANGE: VPRIM_IOVA_WINDOWS_RULE_HOLE or
 *                      VPRIM_IOVA_WINDOWS_RULE_SEAM with what is in the way. NULL
 *                      when nobody asks.
 *
 * @retval 0        It can.
 * @retval -ERANGE  It cannot; @p reason says why.
 * @retval -EINVAL  A pointer is NULL, or start is above last.
 *
 * @par Source
 * Linux type1, vfio_iommu_iova_dma_valid(): inside one entry, or no entries.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_mappable(const struct vprim_range *list, size_t nr,
				const struct vprim_range *request,
				struct vprim_range *hit,
				struct vprim_reason *reason);

/**
 * @brief The addresses of a machine with so many address bits.
 *
 * @param[in]  bits   Address bits, 1 to 64.
 * @param[out] range  0 to 2^bits-1. Written only on success.
 *
 * @retval 0        @p range is valid.
 * @retval -EINVAL  @p bits is not 1 to 64, or @p range is NULL.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_width(unsigned int bits, struct vprim_range *range);

/**
 * @brief Whether a request fits in so many address bits.
 *
 * @param[in]  request  What shall be mapped.
 * @param[in]  bits     Address bits, 1 to 64: of the IOMMU, the device or the
 *                      guest.
 * @param[out] reason   Why not; NULL when nobody asks.
 *
 * @retval 0        It fits.
 * @retval -ERANGE  It does not; the reason's value is the bits it needs.
 * @retval -EINVAL  @p request is NULL, start is above last, or @p bits is not 1 to
 *                  64.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_fits(const struct vprim_range *request,
			    unsigned int bits, struct vprim_reason *reason);
/** @} */

/** @name A list that changes in place
 * @{ */

/** @brief A list in the caller's array. */
struct vprim_iova_windows {
	struct vprim_range *ranges;	/**< The array; read only. */
	size_t count;			/**< Windows in it; read only. */
	size_t capacity;		/**< Windows that fit; read only. */
};
VPRIM_OBJECT(iova_windows);

/**
 * @brief Make an empty list, which restricts nothing.
 *
 * @param[out] windows   The list.
 * @param[in]  storage   The array; NULL when @p capacity is 0.
 * @param[in]  capacity  Ranges that fit in @p storage.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p windows is NULL, or @p storage is NULL with a capacity.
 *
 * @par Source
 * House rule.
 */
VPRIM_API
int vprim_iova_windows_init(struct vprim_iova_windows *windows,
			    struct vprim_range *storage, size_t capacity);

/**
 * @brief Replace the list.
 *
 * @param[in,out] windows  The list.
 * @param[in]     list     The new content; may be NULL when @p count is 0. May
 *                         overlap the storage.
 * @param[in]     count    Ranges in @p list; 0 lifts every restriction.
 * @param[out]    reason   Why not; NULL when nobody asks.
 *
 * @retval 0          Done.
 * @retval -EINVAL    A pointer is NULL, or @p list is out of order; unchanged.
 * @retval -EMSGSIZE  @p count windows do not fit; unchanged.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_set(struct vprim_iova_windows *windows,
			   const struct vprim_range *list, size_t count,
			   struct vprim_reason *reason);

/**
 * @brief Move the list to a larger array.
 *
 * @param[in,out] windows   The list.
 * @param[in]     storage   The new array; its content is overwritten. The old one
 *                          is the caller's again.
 * @param[in]     capacity  Ranges that fit in @p storage.
 *
 * @retval 0          Done.
 * @retval -EINVAL    @p windows is NULL, or @p storage is NULL with a capacity;
 *                    unchanged.
 * @retval -EMSGSIZE  The windows do not fit; unchanged.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_move(struct vprim_iova_windows *windows,
			    struct vprim_range *storage, size_t capacity);

/**
 * @brief Take one range out, in O(n).
 *
 * @param[in,out] windows  The list. When empty, the range is taken out of the
 *                         whole space.
 * @param[in]     cut      What is reserved.
 * @param[out]    needed   Windows there would be, for -EMSGSIZE; NULL when
 *                         nobody asks.
 * @param[out]    reason   Why not; NULL when nobody asks.
 *
 * @retval 0          Done; at least one window is left.
 * @retval -EINVAL    A pointer is NULL, start is above last, or nothing would be
 *                    left; unchanged.
 * @retval -EMSGSIZE  The windows do not fit; unchanged. Can happen only when a
 *                    window is cut in two.
 *
 * @par Source
 * Linux type1, vfio_iommu_resv_exclude().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_exclude(struct vprim_iova_windows *windows,
			       const struct vprim_range *cut, size_t *needed,
			       struct vprim_reason *reason);

/**
 * @brief Cut the list to an aperture, in O(n).
 *
 * @param[in,out] windows   The list. When empty, the aperture becomes its one
 *                          window.
 * @param[in]     aperture  What stays.
 * @param[in]     flags     VPRIM_IOVA_WINDOWS_TYPE1_EDGES or 0.
 * @param[out]    reason    Why not; NULL when nobody asks.
 *
 * @retval 0          Done; at least one window is left.
 * @retval -EINVAL    A pointer is NULL, start is above last, a flag is unknown, or
 *                    nothing would be left; unchanged.
 * @retval -EMSGSIZE  The list was empty and its capacity is 0.
 *
 * @par Source
 * Linux type1, vfio_iommu_aper_resize().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_clip(struct vprim_iova_windows *windows,
			    const struct vprim_range *aperture, uint32_t flags,
			    struct vprim_reason *reason);
/** @} */

/** @name Placing a block
 * @{ */

/** @brief Which end to begin at. */
enum vprim_iova_windows_dir {
	VPRIM_IOVA_WINDOWS_UP,		/**< The lowest place. */
	VPRIM_IOVA_WINDOWS_DOWN,	/**< The highest place. */
};

/**
 * @brief A set of addresses in use, seen through the holes it leaves.
 *
 * Anything that finds its own holes can be one: an interval tree, with
 * vprim_iova_windows_block_tree(), an IOVA map, a bitmap of the caller's.
 */
struct vprim_iova_windows_blocked {
	/**
	 * Find a hole: addresses of @c within that the set leaves free, as many
	 * as there are together, at least @c last_offset + 1. With UP the
	 * lowest such hole, with DOWN the highest. A hole that goes on outside
	 * @c within is cut to it. 0 with @c hole written, or -ENOENT; any other
	 * negative errno ends the search with that errno.
	 */
	int (*hole)(void *set, const struct vprim_range *within,
		    uint64_t last_offset, enum vprim_iova_windows_dir dir,
		    struct vprim_range *hole);
	void *set;	/**< Handed to @c hole. */
};

/**
 * @brief An interval tree as a blocked set.
 * @param[in] tree  The tree; must outlive the result. NULL blocks nothing.
 * @return The set, by value.
 */
VPRIM_API
struct vprim_iova_windows_blocked
vprim_iova_windows_block_tree(struct vprim_interval_tree *tree);

/** @brief Where a block may go: in a window, off every blocked set. */
struct vprim_iova_windows_space {
	const struct vprim_range *allowed;	/**< A list, checked. */
	size_t nr_allowed;			/**< Its windows; 0 restricts nothing. */
	const struct vprim_iova_windows_blocked *blocked;	/**< The sets. */
	size_t nr_blocked;			/**< How many; 0 blocks nothing. */
};

/**
 * @brief The next hole: the largest free range around its addresses that lies in
 *        one window, in @p within and in no blocked set.
 *
 * The primitive under the allocators, for placement rules of one's own: to go
 * on, call again with @p within cut behind the hole.
 *
 * @param[in]  space        Where to look.
 * @param[in]  within       Bounds; holes are cut to it.
 * @param[in]  last_offset  Least size, less one byte.
 * @param[in]  dir          The lowest such hole, or the highest.
 * @param[out] hole         The hole. Written only on success.
 *
 * @retval 0        @p hole is valid.
 * @retval -EINVAL  A pointer is NULL, start is above last, @p dir is unknown, or a
 *                  blocked set's answer is too small or not where it was asked for.
 * @retval -ENOENT  There is none.
 *
 * Or what a blocked set's @c hole answered. Costs O(log n) for the windows, one
 * query of each set for the hole, and more where the holes of two sets alternate.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_hole(const struct vprim_iova_windows_space *space,
			    const struct vprim_range *within,
			    uint64_t last_offset,
			    enum vprim_iova_windows_dir dir,
			    struct vprim_range *hole);

/** @brief What to place. */
struct vprim_iova_windows_request {
	uint64_t last_offset;	/**< Size less one byte; 2^64-1 is the whole space. */
	uint64_t align_bytes;	/**< Power of two. */
	uint64_t offset_bytes;	/**< Remainder of the start by it; below it. */
	uint64_t min;		/**< Least start. */
	uint64_t max;		/**< Greatest last address. */
	enum vprim_iova_windows_dir dir;	/**< Lowest or highest start. */
};

/**
 * @brief A request for so many bytes anywhere: unaligned, upwards.
 *
 * @param[out] request     The request, to be narrowed by hand. Written only on
 *                         success.
 * @param[in]  size_bytes  Bytes, 1 to 2^64-1.
 *
 * @retval 0        @p request is valid.
 * @retval -EINVAL  @p request is NULL, or @p size_bytes is 0.
 *
 * @par Source
 * House rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_request(struct vprim_iova_windows_request *request,
			       uint64_t size_bytes);

/**
 * @brief Place a block: the lowest or highest start that will do.
 *
 * Upwards the smallest, downwards the largest start s with s = offset modulo
 * align, min <= s, s + last_offset <= max, no blocked address in
 * [s, s + last_offset] and all of it in one window. A block that exactly fills
 * its gap fits, at the ends of the space too. A fixed place is min = start and
 * max = last.
 *
 * Reserves nothing: the caller puts the range into its blocked set.
 *
 * @param[in]  space    Where to look.
 * @param[in]  request  What to place.
 * @param[out] start    Its first address. Written only on success.
 * @param[out] reason   Why not; NULL when nobody asks.
 *
 * @retval 0        @p start is valid.
 * @retval -EINVAL  A pointer is NULL, the alignment is not a power of two, the
 *                  offset not below it, min is above max, or the direction is
 *                  unknown.
 * @retval -ENOSPC  No place will do.
 *
 * Or what a blocked set's @c hole answered. Costs one
 * vprim_iova_windows_hole() for each large enough hole that alignment rules out.
 *
 * @par Source
 * House rule; the traps of other allocators it avoids are listed in the guide.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_alloc(const struct vprim_iova_windows_space *space,
			     const struct vprim_iova_windows_request *request,
			     uint64_t *start, struct vprim_reason *reason);

/** @brief What iommufd places: a buffer without FIXED_IOVA. */
struct vprim_iova_windows_iommufd {
	uint64_t addr;			/**< The buffer's address: gives alignment and offset. */
	uint64_t length_bytes;		/**< Bytes. */
	uint64_t iova_alignment;	/**< Of the IOAS; power of two, 1 when detached. */
	uint64_t page_bytes;		/**< CPU page; power of two. */
	uint64_t huge_bytes;		/**< Largest alignment sought: 2 MiB with
					 *   transparent huge pages, else @c page_bytes. */
};

/**
 * @brief Place a buffer where iommufd would.
 *
 * Bottom-up. Aligned to the size rounded up to a power of two, but no better
 * than the buffer itself and no better than a huge page; the buffer's offset in
 * its page is kept. The first and the last page of the space are never given
 * out, and one byte never goes into the last byte of a hole. Windows that touch
 * count as one here.
 *
 * @param[in]  space    Where to look: allowed ranges; reserved and areas as
 *                      blocked sets.
 * @param[in]  request  The buffer.
 * @param[out] iova     Its first address. Written only on success.
 * @param[out] reason   Why not; NULL when nobody asks.
 *
 * @retval 0           @p iova is valid.
 * @retval -EINVAL     A pointer is NULL, a field that must be a power of two is
 *                     none, a page is over 2^62 bytes, or the alignment is less
 *                     than the IOAS asks for.
 * @retval -EOVERFLOW  The length is 0, or 2^63-1 or more.
 * @retval -ENOSPC     No place will do.
 *
 * Or what a blocked set's @c hole answered.
 *
 * @par Source
 * Linux drivers/iommu/iommufd/io_pagetable.c, iopt_alloc_iova().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_alloc_iommufd(
	const struct vprim_iova_windows_space *space,
	const struct vprim_iova_windows_iommufd *request, uint64_t *iova,
	struct vprim_reason *reason);

/** Align the start to the size, rounded up to a power of two. */
#define VPRIM_IOVA_WINDOWS_SIZE_ALIGNED 1u
/** Round sizes below 32 frames up to a power of two, as Linux's fast path does. */
#define VPRIM_IOVA_WINDOWS_ROUND_SMALL 2u

/** @brief What Linux's DMA layer places. All in page frames. */
struct vprim_iova_windows_frames {
	uint64_t size;		/**< Frames, at least 1. */
	uint64_t start_pfn;	/**< Least frame; at least 1 where 0 means failure. */
	uint64_t limit_pfn;	/**< Greatest frame. */
	uint64_t first_limit_pfn;	/**< Tried first when below @c limit_pfn: frame
					 *   0xfffff for 4 KiB pages under 4 GiB. 0 for
					 *   no such try. */
	uint32_t flags;		/**< VPRIM_IOVA_WINDOWS_SIZE_ALIGNED, _ROUND_SMALL. */
};

/**
 * @brief Place frames where Linux's DMA layer would.
 *
 * Top-down from the limit. The all-ones frame is never given out.
 *
 * @param[in]  space    Where to look, in frames too.
 * @param[in]  request  What to place.
 * @param[out] pfn      The first frame. Written only on success.
 * @param[out] reason   Why not; NULL when nobody asks.
 *
 * @retval 0        @p pfn is valid.
 * @retval -EINVAL  A pointer is NULL, the size is 0, a flag is unknown, or the
 *                  start is above the limit.
 * @retval -ENOMEM  No place will do.
 *
 * Or what a blocked set's @c hole answered.
 *
 * @par Source
 * Linux drivers/iommu/iova.c, alloc_iova() and alloc_iova_fast(), and
 * iommu_dma_alloc_iova(). Its per-CPU caches of freed blocks are not modelled.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_alloc_frames(
	const struct vprim_iova_windows_space *space,
	const struct vprim_iova_windows_frames *request, uint64_t *pfn,
	struct vprim_reason *reason);
/** @} */

VPRIM_END_DECLS

#endif
