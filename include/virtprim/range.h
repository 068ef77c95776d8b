/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file range.h
 * @brief Inclusive address ranges: every wrap is handled here and only here.
 *
 * A range is `[start, last]`, both inside, 64 bits each, `start <= last`. The
 * last address is an address like any other: `[0, 2^64-1]` is the whole space
 * and a legal range. A size enters once, through vprim_range_from_size(), and
 * leaves through vprim_range_size(); nothing in the library stores one.
 *
 *       start                 last
 *         |                     |
 *     ----[#####################]----      an empty range does not exist
 *
 * Pure functions: no allocation, no locks. Safe in any context.
 */
#ifndef VIRTPRIM_RANGE_H
#define VIRTPRIM_RANGE_H
#include <virtprim/platform.h>
VPRIM_BEGIN_DECLS

/**
 * @brief An inclusive range of addresses: 16 bytes, 8-aligned on 64-bit hosts.
 *
 * Laid out as Linux's `struct vfio_iova_range`, whose `end` is a last, and
 * `struct iommu_iova_range`: the kernel's array may be given as this one by a cast
 * of its address, when it is aligned as this is.
 */
struct vprim_range {
	uint64_t start;	/**< Lowest address inside. */
	uint64_t last;	/**< Highest address inside; at least @c start. */
};

/** @brief A list of ranges that is read. */
struct vprim_ranges {
	const struct vprim_range *range;	/**< The array; may be NULL when empty. */
	size_t count;				/**< Ranges in it. */
};

/**
 * @brief A list of ranges that is made, in the caller's array.
 *
 * A call that fills one sets @c count to the ranges that it holds, or on -EMSGSIZE
 * to those that it would have to hold; an array of capacity 0 is the question how
 * many.
 */
struct vprim_range_buf {
	struct vprim_range *range;	/**< The array; may be NULL when capacity is 0. */
	size_t capacity;		/**< Ranges that fit. */
	size_t count;			/**< Ranges in it, or needed. */
};

/**
 * @brief A list that was made, to be read.
 * @param[in] buf  The list.
 * @return The same ranges.
 */
VPRIM_INLINE VPRIM_NONNULL struct vprim_ranges
vprim_range_buf_list(const struct vprim_range_buf *buf)
{
	struct vprim_ranges list = { buf->range, buf->count };

	return list;
}

/**
 * @brief Whether @p r is a range: start not above last.
 * @param[in] r  Any value.
 * @return true when @p r may be given to the other functions here.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_range_is_valid(const struct vprim_range *r)
{
	return r->start <= r->last;
}

/**
 * @brief Whether @p addr lies inside @p r.
 * @param[in] r     A valid range.
 * @param[in] addr  Any address.
 * @return true when `start <= addr <= last`.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_range_has(const struct vprim_range *r, uint64_t addr)
{
	return r->start <= addr && addr <= r->last;
}

/**
 * @brief Whether two ranges share an address.
 * @param[in] a  A valid range.
 * @param[in] b  A valid range.
 * @return true when they overlap; ranges that only touch do not.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_range_overlaps(const struct vprim_range *a,
			  const struct vprim_range *b)
{
	return a->start <= b->last && b->start <= a->last;
}

/**
 * @brief Whether all of @p inner lies inside @p outer.
 * @param[in] outer  A valid range.
 * @param[in] inner  A valid range.
 * @return true when every address of @p inner is in @p outer.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_range_contains(const struct vprim_range *outer,
			  const struct vprim_range *inner)
{
	return outer->start <= inner->start && inner->last <= outer->last;
}

/**
 * @brief Whether @p b begins right after @p a ends.
 * @param[in] a  A valid range.
 * @param[in] b  A valid range.
 * @return true when `b.start` is `a.last + 1` without a wrap.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_range_touches(const struct vprim_range *a,
			 const struct vprim_range *b)
{
	return a->last != UINT64_MAX && a->last + 1 == b->start;
}

/**
 * @brief Make a range of a start and a size in bytes.
 *
 * The one place where a size becomes a last address.
 *
 * @param[in]  start       First address.
 * @param[in]  size_bytes  Bytes, 1 to 2^64-1. The whole space has 2^64 and is
 *                         written as a range directly.
 * @param[out] range       The range. Written only on success.
 *
 * @retval 0           @p range is valid.
 * @retval -EINVAL     @p size_bytes is 0.
 * @retval -EOVERFLOW  The last address is over 2^64-1.
 *
 * @par Source
 * Linux iommufd iopt_unmap_iova(), which checks in this order; the VFIO type1
 * series "handle DMA map/unmap up to the addressable limit".
 */
VPRIM_INLINE VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_from_size(uint64_t start, uint64_t size_bytes,
			  struct vprim_range *range)
{
	uint64_t last;

	if (!size_bytes)
		return -EINVAL;
	if (vprim_add_overflow(start, size_bytes - 1, &last))
		return -EOVERFLOW;
	range->start = start;
	range->last = last;
	return 0;
}

/**
 * @brief Size of a range in bytes.
 *
 * @param[in]  range       The range.
 * @param[out] size_bytes  Bytes, 1 to 2^64-1. Written only on success.
 *
 * @retval 0           @p size_bytes is valid.
 * @retval -EINVAL     Start is above last.
 * @retval -EOVERFLOW  The range is the whole space, whose size is 2^64.
 *
 * @par Source
 * libvirtprim's own rule: 2^64 is never reported as 0.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_size(const struct vprim_range *range, uint64_t *size_bytes);

/**
 * @brief The addresses that two ranges share.
 *
 * @param[in]  a       A range.
 * @param[in]  b       A range.
 * @param[out] shared  The common part; may be @p a or @p b. Written only on
 *                     success.
 *
 * @retval 0        @p shared is valid.
 * @retval -ENOENT  They share none.
 * @retval -EINVAL  A range has its start above its last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_intersect(const struct vprim_range *a,
			  const struct vprim_range *b,
			  struct vprim_range *shared);

/**
 * @brief The largest aligned range inside @p range.
 *
 * Moves start up and last down to boundaries of @p align_bytes.
 *
 * @param[in]  range        A range.
 * @param[in]  align_bytes  Power of two, 1 to 2^63.
 * @param[out] aligned      The part; may be @p range. Written only on success.
 *
 * @retval 0        @p aligned starts on a boundary and ends right before one.
 * @retval -ENOENT  No whole unit of @p align_bytes lies inside.
 * @retval -EINVAL  Start is above last, or @p align_bytes is not a power of two.
 *
 * @par Source
 * libvirtprim's own rule; a range that ends at 2^64-1 ends at a boundary.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_align_in(const struct vprim_range *range, uint64_t align_bytes,
			 struct vprim_range *aligned);

/**
 * @brief The smallest aligned range around @p range.
 *
 * Moves start down and last up to boundaries of @p align_bytes. Cannot fail for
 * want of space: both moves stay in 64 bits.
 *
 * @param[in]  range        A range.
 * @param[in]  align_bytes  Power of two, 1 to 2^63.
 * @param[out] aligned      The hull; may be @p range. Written only on success.
 *
 * @retval 0        @p aligned contains @p range.
 * @retval -EINVAL  Start is above last, or @p align_bytes is not a power of two.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_align_out(const struct vprim_range *range, uint64_t align_bytes,
			  struct vprim_range *aligned);

/**
 * @brief Whether an object crosses a boundary of 2^@p shift bytes.
 *
 * Compares the blocks that hold the first and the last byte. An object that
 * ends right before a boundary does not cross it, and one of no bytes crosses
 * nothing, wherever it is; a caller to whom that is an error tests for it.
 *
 * @param[in]  start       Address of the first byte.
 * @param[in]  size_bytes  Bytes, 0 to 2^64-1.
 * @param[in]  shift       Block size as a power of two, 0 to 63; 12 for pages.
 * @param[out] crosses     The answer. Written only on success.
 *
 * @retval 0           @p crosses is valid.
 * @retval -EINVAL     @p shift is over 63.
 * @retval -EOVERFLOW  The object wraps past 2^64-1.
 *
 * @par Source
 * Linux arch/s390 satellite blocks, "must not cross a page boundary", with the
 * inclusive bound.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_crosses(uint64_t start, uint64_t size_bytes, unsigned int shift,
			bool *crosses);

/** @brief What vprim_range_subtract() leaves: the parts below and above a cut. */
struct vprim_range_parts {
	bool has_below;			/**< @c below is valid. */
	bool has_above;			/**< @c above is valid. */
	struct vprim_range below;	/**< What lies below the cut. */
	struct vprim_range above;	/**< What lies above the cut. */
};

/**
 * @brief Take @p cut out of @p range.
 *
 * @param[in]  range  A range.
 * @param[in]  cut    What to take out; need not lie inside.
 * @param[out] parts  The zero, one or two remainders, in ascending order. When
 *                    the ranges do not overlap, @p range comes back whole on its
 *                    side of @p cut. Written only on success.
 *
 * @retval 0        @p parts is valid.
 * @retval -EINVAL  A range has its start above its last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_range_subtract(const struct vprim_range *range,
			 const struct vprim_range *cut,
			 struct vprim_range_parts *parts);

VPRIM_END_DECLS

#endif
