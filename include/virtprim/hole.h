/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file hole.h
 * @brief Placing a block: what is wanted, where it may go, and where it goes.
 *
 * One request, @ref vprim_hole, is understood by everything that has holes: an
 * IOVA map, an interval tree, windows, an IOAS. It says how large the block is,
 * how it is aligned, between which addresses it lies, and which place is taken
 * when there are several.
 *
 *     windows    [=========================]   [===========]
 *     set 1      [##]     [#####]                    [##]
 *     set 2          [#]            [##]
 *     holes            [=]      [==]    [==]   [====]   [==]
 *
 * A space is a list of windows and any number of blocked sets. A set is asked for
 * holes with the whole request in hand, so that it can pass over all that are too
 * small or wrongly aligned by what it knows of them.
 *
 * No allocation, no locks; concurrent readers are fine where those of the blocked
 * sets are, a writer needs the caller's exclusion.
 */
#ifndef VIRTPRIM_HOLE_H
#define VIRTPRIM_HOLE_H
#include <virtprim/iova_windows.h>
VPRIM_BEGIN_DECLS

/** @brief Which place is taken when there are several. */
enum vprim_hole_from {
	VPRIM_HOLE_LOWEST = 0,	/**< The lowest start. */
	VPRIM_HOLE_HIGHEST = 1,	/**< The highest start. */
	/**
	 * The first one that Linux iommufd tries, bottom-up: a hole's start, up
	 * to the alignment, with the bits of the offset set in it. The windows'
	 * starts are moved so before holes are looked for, and windows that
	 * touch count as one.
	 */
	VPRIM_HOLE_IOMMUFD = 2,
};

/** @brief What is wanted. */
struct vprim_hole {
	/** All of the place lies in here. */
	struct vprim_range within;
	/** Size in bytes less one, so that all 2^64 can be asked for. */
	uint64_t last_offset;
	/** The place starts @c offset_bytes above a multiple of this power of two. */
	uint64_t align_bytes;
	/** Below @c align_bytes; with VPRIM_HOLE_IOMMUFD a multiple of it. */
	uint64_t offset_bytes;
	/** Which place. */
	enum vprim_hole_from from;
};

/**
 * @brief Ask for so many bytes anywhere: unaligned, the lowest place.
 *
 * @param[out] want        The request, to be narrowed by hand. Written only on
 *                         success.
 * @param[in]  size_bytes  Bytes, 1 to 2^64-1.
 *
 * @retval 0        @p want is valid.
 * @retval -EINVAL  @p size_bytes is 0.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_INLINE VPRIM_NONNULL
int vprim_hole_init(struct vprim_hole *want, uint64_t size_bytes)
{
	if (!size_bytes)
		return -EINVAL;
	want->within.start = 0;
	want->within.last = UINT64_MAX;
	want->last_offset = size_bytes - 1;
	want->align_bytes = 1;
	want->offset_bytes = 0;
	want->from = VPRIM_HOLE_LOWEST;
	return 0;
}

/**
 * @brief Whether a request can be understood.
 *
 * @param[in]  want    The request.
 * @param[out] reason  Why not; may be NULL.
 *
 * @retval 0        It can.
 * @retval -EINVAL  The alignment is not a power of two, the offset is not what it
 *                  must be, @c within has its start above its last, or @c from is
 *                  unknown.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_hole_check(const struct vprim_hole *want, struct vprim_reason *reason);

/** @name Where it may go
 * @{ */

/**
 * @brief A set of addresses in use, seen through the holes it leaves.
 *
 * Anything that finds its own holes can be one: an interval tree, with
 * vprim_interval_tree_blocked(), an IOVA map, with vprim_iova_map_blocked(), a
 * bitmap of the caller's.
 */
struct vprim_hole_blocked {
	/**
	 * Find a hole: addresses of `want->within` that the set leaves free, as
	 * many as there are together, into which the request fits; a hole that
	 * goes on outside is cut to it. The highest with VPRIM_HOLE_HIGHEST,
	 * else the lowest. A set that knows sizes only may answer with a hole
	 * that alignment rules out, which costs one more question.
	 *
	 * @p want is valid. 0 with @p hole written, or -ENOENT; any other
	 * negative errno ends the search with that errno. May call what reads
	 * the set, and nothing that changes it.
	 */
	int (*hole)(void *set, const struct vprim_hole *want,
		    struct vprim_range *hole);
	void *set;	/**< Handed to @c hole. */
};

/** @brief Where a block may go: in a window, off every blocked set. */
struct vprim_hole_space {
	struct vprim_ranges windows;	/**< A list, checked; empty restricts nothing. */
	const struct vprim_hole_blocked *blocked;	/**< The sets. */
	size_t nr_blocked;		/**< How many; 0 blocks nothing. */
};

/**
 * @brief The hole that a request gets a place in.
 *
 * The largest free range around its place that lies in one window, in
 * `want->within` and in no blocked set; for placement rules of one's own. To go
 * on, call again with `within` cut behind the hole.
 *
 * @param[in]  space  Where to look.
 * @param[in]  want   What is wanted.
 * @param[out] hole   The hole. Written only on success.
 *
 * @retval 0        @p hole is valid; vprim_hole_place() with it as `within` finds
 *                  the place in it.
 * @retval -EINVAL  The request is not one, or a blocked set's answer is too small
 *                  or not where it was asked for.
 * @retval -ENOENT  There is none.
 *
 * Or what a blocked set's @c hole answered. Costs as vprim_hole_place().
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_hole_first(const struct vprim_hole_space *space,
		     const struct vprim_hole *want, struct vprim_range *hole);

/**
 * @brief Place a block.
 *
 * The lowest (highest) start s with s = offset modulo align, all of the block in
 * `want->within`, in one window, and no blocked address in it. A block that
 * exactly fills its hole fits, at the ends of the space too. A fixed place is a
 * `within` of the block's size.
 *
 * Reserves nothing: the caller puts the range into its blocked set. With a map,
 * vprim_iova_map_place() does both.
 *
 * @param[in]  space   Where to look.
 * @param[in]  want    What is wanted.
 * @param[out] start   First address of the place. Written only on success.
 * @param[out] reason  Why not; may be NULL.
 *
 * @retval 0        @p start is valid.
 * @retval -EINVAL  The request is not one, or a blocked set's answer is too small
 *                  or not where it was asked for.
 * @retval -ENOSPC  No place will do.
 *
 * Or what a blocked set's @c hole answered. Costs O(log windows), one step for each
 * window that is passed, and one question to each set for the hole; and one more
 * for each hole of one set that another set fills, which no bound of a single set
 * can know: linear when the holes of two sets alternate.
 *
 * @par Source
 * libvirtprim's own rule; the traps of other allocators it avoids are listed in
 * the guide.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_hole_place(const struct vprim_hole_space *space,
		     const struct vprim_hole *want, uint64_t *start,
		     struct vprim_reason *reason);
/** @} */

/** @name As Linux would
 * @{ */

/** @brief What iommufd places: a buffer without FIXED_IOVA. */
struct vprim_hole_buffer {
	uint64_t addr;			/**< Its address: gives alignment and offset. */
	uint64_t length_bytes;		/**< Bytes. */
	uint64_t iova_alignment;	/**< Of the IOAS; power of two, 1 when detached. */
	uint64_t page_bytes;		/**< CPU page; power of two. */
	uint64_t huge_bytes;		/**< Largest alignment sought: 2 MiB with
					 *   transparent huge pages, else @c page_bytes. */
	uint64_t native_last;		/**< Last address of the kernel's words: 2^64-1,
					 *   which 0 stands for too, or 2^32-1. */
};

/**
 * @brief The request that iommufd would make for a buffer.
 *
 * Bottom-up. Aligned to the size rounded up to a power of two, but no better
 * than the buffer itself and no better than a huge page; the buffer's offset in
 * its page is kept. The first and the last page of the space are never given
 * out, and one byte never goes into the last byte of a hole.
 *
 * @param[out] want    The request, for vprim_hole_place(); the block is
 *                     `length_bytes` long, whatever it says. Written only on
 *                     success.
 * @param[in]  buffer  The buffer.
 * @param[out] reason  Why not; may be NULL.
 *
 * @retval 0           @p want is valid.
 * @retval -EINVAL     A field that must be a power of two is none, a page is over
 *                     2^62 bytes, or the alignment is less than the IOAS asks for.
 * @retval -EOVERFLOW  The length is 0, or half of the space or more.
 * @retval -ENOSPC     The first and the last page are all there is.
 *
 * @par Source
 * Linux drivers/iommu/iommufd/io_pagetable.c, iopt_alloc_iova().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_hole_from_buffer(struct vprim_hole *want,
			   const struct vprim_hole_buffer *buffer,
			   struct vprim_reason *reason);

/** Align the start to the size, rounded up to a power of two. */
#define VPRIM_HOLE_SIZE_ALIGNED 1u
/** Round sizes below 32 frames up to a power of two, as Linux's fast path does. */
#define VPRIM_HOLE_ROUND_SMALL 2u

/** @brief What Linux's DMA layer places. All in page frames. */
struct vprim_hole_frames {
	uint64_t size;		/**< Frames, at least 1. */
	uint64_t start_pfn;	/**< Least frame; at least 1 where 0 means failure. */
	uint64_t limit_pfn;	/**< Greatest frame. */
	uint64_t first_limit_pfn;	/**< Tried first when below @c limit_pfn: frame
					 *   0xfffff for 4 KiB pages under 4 GiB. 0 for
					 *   no such try. */
	uint32_t flags;		/**< VPRIM_HOLE_SIZE_ALIGNED, _ROUND_SMALL. */
};

/**
 * @brief Place frames where Linux's DMA layer would.
 *
 * Top-down from the limit. The all-ones frame is never given out.
 *
 * @param[in]  space    Where to look, in frames too.
 * @param[in]  request  What to place.
 * @param[out] pfn      The first frame. Written only on success.
 * @param[out] reason   Why not; may be NULL.
 *
 * @retval 0        @p pfn is valid.
 * @retval -EINVAL  The size is 0, a flag is unknown, or the start is above the
 *                  limit; or as vprim_hole_place().
 * @retval -ENOMEM  No place will do.
 *
 * Or what a blocked set's @c hole answered. Costs two of vprim_hole_place() at
 * most.
 *
 * @par Source
 * Linux drivers/iommu/iova.c, alloc_iova() and alloc_iova_fast(), and
 * iommu_dma_alloc_iova(). Its per-CPU caches of freed blocks are not modelled.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_hole_place_frames(const struct vprim_hole_space *space,
			    const struct vprim_hole_frames *request,
			    uint64_t *pfn, struct vprim_reason *reason);
/** @} */

VPRIM_END_DECLS

#endif
