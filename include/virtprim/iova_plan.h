/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file iova_plan.h
 * @brief Fewest mappings for a list of pieces, before anything is mapped.
 *
 * VFIO counts mappings, not bytes: 65535 by default. A caller that maps chunk by
 * chunk meets the limit blindly. Here it hands over its pieces and learns how
 * many mappings they need at least, which ones, and whether they fit.
 *
 *     pieces     [rw a0][rw a1][rw a2]  [r b0][r b1]
 *     mappings   [rw a             ]    [r b       ]
 *
 * Two pieces share a mapping when the second begins right after the first, in
 * I/O addresses and in its target, with the same protection and the same group.
 *
 * Pure functions: no allocation, no locks. Safe in any context.
 */
#ifndef VIRTPRIM_IOVA_PLAN_H
#define VIRTPRIM_IOVA_PLAN_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/** @brief A piece to be mapped, and a mapping: 32 bytes. */
struct vprim_iova_plan_piece {
	struct vprim_range iova;	/**< The I/O addresses. */
	uint64_t target;		/**< What the first one leads to: a vaddr. */
	uint32_t prot;			/**< Protection; compared, not interpreted. */
	uint32_t group;			/**< What is unmapped together; compared only.
					 *   Type1 v2 unmaps whole mappings. */
};

/** @brief What limits a mapping and their number. */
struct vprim_iova_plan_limits {
	struct vprim_ranges windows;	/**< Usable list, checked; no mapping crosses a
					 *   seam. Empty restricts nothing. */
	uint64_t max_bytes;		/**< Most bytes of one mapping; 0 for no
					 *   such limit. Longer ones are cut. */
	uint64_t entries;		/**< Most mappings: 65535 for VFIO type1, or
					 *   what its DMA_AVAIL says. */
};

/** @brief The answer. */
struct vprim_iova_plan {
	uint64_t mappings;	/**< Fewest mappings; 2^64-1 also stands for 2^64. */
	uint64_t pieces;	/**< Pieces that went in. */
	uint64_t largest_last_offset;	/**< Size of the largest mapping, less one
					 *   byte; 0 without pieces. */
	uint64_t free_entries;	/**< Entries left over; 0 when it does not fit. */
	bool fits;		/**< @c mappings is not above the entry limit. */
};

/**
 * @brief Plan the fewest mappings.
 *
 * @param[in]  pieces    Pieces by ascending address, disjoint; they may touch. May
 *                       be NULL when @p nr is 0.
 * @param[in]  nr        Pieces.
 * @param[in]  limits    The limits.
 * @param[out] mappings  The caller's array for the mappings; may be @p pieces
 *                       itself when max_bytes is 0. May be NULL: count only.
 * @param[in]  capacity  Mappings that fit in @p mappings.
 * @param[out] plan      The answer. Written on success and for -EMSGSIZE;
 *                       @p mappings is written on success only.
 * @param[out] reason    Why not; may be NULL.
 *
 * @retval 0          @p plan is valid, and @p mappings when it was given. Not
 *                    fitting the entry limit is an answer, not an error.
 * @retval -EINVAL    A piece has its start above its last, is not above the one
 *                    before, or its target wraps.
 * @retval -ERANGE    A piece does not lie in one usable window; @p reason has the
 *                    piece and what is in its way.
 * @retval -EMSGSIZE  The mappings do not fit in @p capacity.
 *
 * Costs O(nr + mappings), and O(log windows) for each piece when there are
 * windows.
 *
 * @par Source
 * libvirtprim's own rule. The limit is Linux type1's dma_entry_limit.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(3, 6)
int vprim_iova_plan_build(const struct vprim_iova_plan_piece *pieces, size_t nr,
			  const struct vprim_iova_plan_limits *limits,
			  struct vprim_iova_plan_piece *mappings, size_t capacity,
			  struct vprim_iova_plan *plan, struct vprim_reason *reason);

VPRIM_END_DECLS

#endif
