/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file iova_windows.h
 * @brief Where I/O addresses may lie: usable windows.
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
 * A list that is read is a @ref vprim_ranges. One that is made is a
 * @ref vprim_range_buf, the caller's array: vprim_iova_windows_set() and what
 * follows it change one in place.
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

/** @brief All rules of lists, placements and plans. */
VPRIM_API
extern const struct vprim_rules vprim_iova_windows_rules;

/** @name Lists
 * @{ */

/**
 * @brief Whether @p list is one: valid ranges, ascending, disjoint.
 *
 * @param[in]  list    Ranges.
 * @param[out] reason  Why not; may be NULL.
 *
 * @retval 0        It is. Also for the empty list.
 * @retval -EINVAL  A range has its start above its last, or does not lie above the
 *                  one before.
 *
 * @par Source
 * The order that Linux reports IOVA ranges in, VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_iova_windows_check(struct vprim_ranges list,
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
 * @param[in] list  A list, checked.
 * @param[in] addr  Any address.
 * @return Index of the window that holds @p addr, or else of the next one above
 *         it; the list's count when there is none.
 */
VPRIM_API
size_t vprim_iova_windows_from(struct vprim_ranges list, uint64_t addr);

/** @brief What a reserved range is for, by the names Linux shows in sysfs. */
enum vprim_iova_windows_type {
	VPRIM_IOVA_WINDOWS_RESERVED,		/**< "reserved": never usable. */
	VPRIM_IOVA_WINDOWS_DIRECT,		/**< "direct": mapped 1:1 always. */
	/** "direct-relaxable": mapped 1:1 only while firmware needs it. */
	VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE,
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

/** @brief What an IOMMU translates, and what of it is not for mappings. */
struct vprim_iova_windows_iommu {
	struct vprim_range aperture;	/**< What it can translate. */
	/** In any order; they may overlap, and lie outside. May be NULL for none. */
	const struct vprim_iova_windows_reserved *reserved;
	size_t nr_reserved;		/**< Ranges in @c reserved. */
	uint32_t flags;			/**< VPRIM_IOVA_WINDOWS_STRICT_DIRECT or 0. */
};

/**
 * @brief Aperture minus reserved ranges, in O(n log n).
 *
 * The array is where the reserved ranges are sorted, so it holds all of them and one
 * more, which is also the most windows there can be.
 *
 * @param[in]     iommu    Aperture and reserved ranges.
 * @param[in,out] windows  The list; its array must not overlap the reserved ranges.
 *                         Its count is written on success, and on -EMSGSIZE: one
 *                         more than there are reserved ranges. The array is written
 *                         on success, and is scratch when nothing would be left.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          At least one window.
 * @retval -EINVAL    A range has its start above its last, a flag is unknown, or
 *                    nothing would be left.
 * @retval -EMSGSIZE  The capacity is not above the number of reserved ranges.
 *
 * @par Source
 * Linux type1, vfio_iommu_type1_attach_group(): aperture, then the reserved
 * ranges except the relaxable ones; EINVAL when nothing is left.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_windows_build(const struct vprim_iova_windows_iommu *iommu,
			     struct vprim_range_buf *windows,
			     struct vprim_reason *reason);

/**
 * @brief The addresses that two lists share, in O(a + b).
 *
 * Seams of either list stay seams.
 *
 * @param[in]     a        A list; empty restricts nothing.
 * @param[in]     b        A list; empty restricts nothing.
 * @param[in,out] windows  The result; its array must not overlap @p a or @p b.
 *                         Both lists' windows together always fit. Count written
 *                         on success and for -EMSGSIZE, array on success only.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done; no window only when both lists are empty.
 * @retval -EINVAL    A list is out of order, or nothing would be left.
 * @retval -EMSGSIZE  The windows do not fit.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(3)
int vprim_iova_windows_intersect(struct vprim_ranges a, struct vprim_ranges b,
				 struct vprim_range_buf *windows,
				 struct vprim_reason *reason);

/**
 * @brief List @p a minus list @p b, in O(a + b).
 *
 * @param[in]     a        A list; empty is the whole space.
 * @param[in]     b        A list of what to take out; empty takes nothing out.
 * @param[in,out] windows  The result; its array must not overlap @p a or @p b.
 *                         Both lists' windows together and one more always fit.
 *                         Count written on success and for -EMSGSIZE, array on
 *                         success only.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          At least one window.
 * @retval -EINVAL    A list is out of order, or nothing would be left.
 * @retval -EMSGSIZE  The windows do not fit.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(3)
int vprim_iova_windows_subtract(struct vprim_ranges a, struct vprim_ranges b,
				struct vprim_range_buf *windows,
				struct vprim_reason *reason);

/**
 * @brief The addresses that one list or the other has, in O(a + b).
 *
 * Windows that share an address become one; those that only touch stay apart.
 *
 * @param[in]     a        A list; empty restricts nothing.
 * @param[in]     b        A list; empty restricts nothing.
 * @param[in,out] windows  The result; its array must not overlap @p a or @p b. Both
 *                         lists' windows together always fit. Count written on
 *                         success and for -EMSGSIZE, array on success only.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done; empty, and restricting nothing, when a list is empty.
 * @retval -EINVAL    A list is out of order.
 * @retval -EMSGSIZE  The windows do not fit.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(3)
int vprim_iova_windows_union(struct vprim_ranges a, struct vprim_ranges b,
			     struct vprim_range_buf *windows,
			     struct vprim_reason *reason);

/** @brief Guest RAM that is to lie around holes. */
struct vprim_iova_windows_ram {
	uint64_t size_bytes;	/**< Bytes in all. */
	/** Most bytes of addresses from 0 on that are RAM: up to the machine's hole for
	 *  devices below 4 GiB. */
	uint64_t low_bytes;
	uint64_t high_start;	/**< Where the rest begins: mostly 4 GiB. */
	uint64_t align_bytes;	/**< Power of two. Pieces are whole units but the last. */
	/** The rest lies in one piece, at the lowest place that takes it, as QEMU moves
	 *  all RAM above 4 GiB to 1 TiB on AMD machines. Else it fills the windows. */
	bool one_high_piece;
};

/**
 * @brief Lay so many bytes of guest RAM around the holes: pieces to map.
 *
 *     windows  [============]  [===============]    [=========
 *     RAM      [low   ]        [high           ]    [high]
 *              0      low_bytes ^ high_start
 *
 * The pieces follow each other in RAM: the second begins where the first ended.
 *
 * @param[in]     ram      What there is.
 * @param[in]     windows  The usable list, checked; empty restricts nothing.
 * @param[in,out] pieces   Pieces, ascending, each in one window. Its array must not
 *                         overlap the windows. Count written on success and for
 *                         -EMSGSIZE, array on success only.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done.
 * @retval -EINVAL    The size is 0, the alignment not a power of two, or the rest
 *                    begins below the end of the low part.
 * @retval -ENOSPC    Not all fits; the reason's value is the bytes left over.
 * @retval -EMSGSIZE  The pieces do not fit.
 *
 * Costs O(windows).
 *
 * @par Source
 * libvirtprim's own rule; QEMU hw/i386/pc.c, pc_memory_init(), for what moves.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_iova_windows_place_ram(const struct vprim_iova_windows_ram *ram,
				 struct vprim_ranges windows,
				 struct vprim_range_buf *pieces,
				 struct vprim_reason *reason);

/**
 * @brief Cut a request into the pieces that can be mapped.
 *
 * What a VMM needs for guest RAM above 1 TiB on AMD machines, whose IOMMU
 * reserves 0xfd00000000..0xffffffffff: the pieces before and after.
 *
 * @param[in]     request      What shall be mapped.
 * @param[in]     windows      The usable list, checked; empty restricts nothing.
 * @param[in]     align_bytes  Power of two. Pieces are whole units of it; what is
 *                             left over at the windows' edges belongs to no piece.
 * @param[in,out] pieces       Pieces, ascending, each in one window; none when no
 *                             unit is usable. Its array must not overlap the
 *                             windows. Count written on success and for -EMSGSIZE,
 *                             array on success only.
 * @param[out]    reason       Why not; may be NULL.
 *
 * @retval 0          Done.
 * @retval -EINVAL    Start is above last, or @p align_bytes is not a power of two.
 * @retval -EMSGSIZE  The pieces do not fit.
 *
 * Costs O(log windows + pieces).
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4)
int vprim_iova_windows_split(const struct vprim_range *request,
			     struct vprim_ranges windows, uint64_t align_bytes,
			     struct vprim_range_buf *pieces,
			     struct vprim_reason *reason);

/**
 * @brief Whether a request can be mapped, and what is in the way, in O(log n).
 *
 * A request can be mapped when it lies in one window. What is in the way is the
 * hole or the window that holds the first address that does not: the whole hole,
 * from the end of the window before it to the start of the one after it, or the
 * next window, when the request crosses a seam.
 *
 * @param[in]  windows  A list, checked; empty restricts nothing.
 * @param[in]  request  What shall be mapped.
 * @param[out] hit      The window that the request lies in, on success. May be
 *                      NULL.
 * @param[out] reason   For -ERANGE: VPRIM_IOVA_WINDOWS_RULE_HOLE or
 *                      VPRIM_IOVA_WINDOWS_RULE_SEAM with what is in the way. May be
 *                      NULL.
 *
 * @retval 0        It can.
 * @retval -ERANGE  It cannot; @p reason says why.
 * @retval -EINVAL  Start is above last.
 *
 * @par Source
 * Linux type1, vfio_iommu_iova_dma_valid(): inside one entry, or no entries.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2)
int vprim_iova_windows_mappable(struct vprim_ranges windows,
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
 * @retval -EINVAL  @p bits is not 1 to 64.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_INLINE VPRIM_NONNULL
int vprim_iova_windows_width(unsigned int bits,
			     struct vprim_range *range)
{
	if (!bits || bits > 64)
		return -EINVAL;
	range->start = 0;
	range->last = UINT64_MAX >> (64 - bits);
	return 0;
}

/**
 * @brief Whether a request fits in so many address bits.
 *
 * @param[in]  request  What shall be mapped.
 * @param[in]  bits     Address bits, 1 to 64: of the IOMMU, the device or the
 *                      guest.
 * @param[out] reason   Why not; may be NULL.
 *
 * @retval 0        It fits.
 * @retval -ERANGE  It does not; the reason's value is the bits it needs.
 * @retval -EINVAL  Start is above last, or @p bits is not 1 to 64.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_iova_windows_fits(const struct vprim_range *request,
			    unsigned int bits, struct vprim_reason *reason);
/** @} */

/** @name A list that changes in place
 * @{ */

/**
 * @brief Replace the list.
 *
 * @param[in,out] windows  The list. An empty one restricts nothing; its capacity
 *                         may be 0.
 * @param[in]     list     The new content; empty lifts every restriction. May
 *                         overlap the array.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done.
 * @retval -EINVAL    @p list is out of order; unchanged.
 * @retval -EMSGSIZE  The windows do not fit; unchanged, the count too.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_iova_windows_set(struct vprim_range_buf *windows,
			   struct vprim_ranges list,
			   struct vprim_reason *reason);

/**
 * @brief Take one range out, in O(n).
 *
 * @param[in,out] windows  The list. When empty, the range is taken out of the
 *                         whole space.
 * @param[in]     cut      What is reserved.
 * @param[out]    needed   Windows there would be, for -EMSGSIZE; NULL when
 *                         nobody asks.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done; at least one window is left.
 * @retval -EINVAL    Start is above last, or nothing would be left; unchanged.
 * @retval -EMSGSIZE  The windows do not fit; unchanged, the count too. Can happen
 *                    only when a window is cut in two.
 *
 * @par Source
 * Linux type1, vfio_iommu_resv_exclude().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_windows_exclude(struct vprim_range_buf *windows,
			       const struct vprim_range *cut, size_t *needed,
			       struct vprim_reason *reason);

/**
 * @brief Cut the list to an aperture, in O(n).
 *
 * @param[in,out] windows   The list. When empty, the aperture becomes its one
 *                          window.
 * @param[in]     aperture  What stays.
 * @param[in]     flags     VPRIM_IOVA_WINDOWS_TYPE1_EDGES or 0.
 * @param[out]    reason    Why not; may be NULL.
 *
 * @retval 0          Done; at least one window is left.
 * @retval -EINVAL    Start is above last, a flag is unknown, or nothing would be
 *                    left; unchanged.
 * @retval -EMSGSIZE  The list was empty and its capacity is 0.
 *
 * @par Source
 * Linux type1, vfio_iommu_aper_resize().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_windows_clip(struct vprim_range_buf *windows,
			    const struct vprim_range *aperture, uint32_t flags,
			    struct vprim_reason *reason);
/**
 * @brief Add a window, in O(n).
 *
 * Windows that share an address with it become one with it; those that only touch it
 * stay apart: vprim_iova_windows_join(). An empty list is here the beginning of one,
 * and gets its first window.
 *
 * @param[in,out] windows  The list.
 * @param[in]     window   What is usable too.
 * @param[out]    needed   Windows there would be, for -EMSGSIZE; may be NULL.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0          Done.
 * @retval -EINVAL    Start is above last; unchanged.
 * @retval -EMSGSIZE  The windows do not fit; unchanged, the count too.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_windows_add(struct vprim_range_buf *windows,
			   const struct vprim_range *window, size_t *needed,
			   struct vprim_reason *reason);

/**
 * @brief Make one window of those that touch, in O(n).
 *
 * For lists whose seams mean nothing: iommufd maps across them, type1 does not.
 *
 * @param[in,out] windows  A list, checked.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_windows_join(struct vprim_range_buf *windows);

/**
 * @brief Make at most so many ranges of a list, with as few addresses more as can be.
 *
 * What DMA logging needs, where a device tracks a limited number of ranges: those
 * beside the smallest gaps become one, the lowest of equal gaps first.
 *
 * @param[in,out] list         A list, checked.
 * @param[in]     most         Ranges that there may be, at least 1.
 * @param[out]    added_bytes  Bytes of the gaps that are in now; may be NULL. Written
 *                             only on success.
 *
 * @retval 0        Done; a list that is short enough stays as it is.
 * @retval -EINVAL  @p most is 0; unchanged.
 *
 * O(64 n), in place.
 *
 * @par Source
 * Linux drivers/vfio/vfio_main.c, vfio_combine_iova_ranges().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_iova_windows_combine(struct vprim_range_buf *list, size_t most,
			       uint64_t *added_bytes);
/** @} */

VPRIM_END_DECLS

#endif
