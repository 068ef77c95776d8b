/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file dirty.h
 * @brief Dirty-page bitmaps: how large, which bit, and runs of them.
 *
 * Bit i stands for page base + i * page size. Bits lie in 64-bit words,
 * little-endian, which is to say: bit i is bit i mod 8 of byte i / 8, on any
 * host. A bitmap has whole words, so the last ones may go on past its pages;
 * those bits are never touched.
 *
 *     base              mapping B         bits of A and of B share a word:
 *     [mapping A      ][         ]        all writing here is OR, so that B's
 *     0 1 2 3 ...      ^bit 3             bits never undo A's
 *
 * Pure functions on the caller's memory: no allocation, no locks. Two writers of
 * one bitmap need the caller's exclusion, but for those of
 * vprim_dirty_shared_set() and its like.
 */
#ifndef VIRTPRIM_DIRTY_H
#define VIRTPRIM_DIRTY_H
#include <virtprim/range.h>
VPRIM_BEGIN_DECLS

/** Most pages of a stored bitmap. */
#define VPRIM_DIRTY_PAGES_MAX 0x7fffffffULL
/** Most bytes of a bitmap. */
#define VPRIM_DIRTY_BYTES_MAX 0x10000000ULL

/** @name Geometry
 * @{ */

/**
 * @brief Bytes of a bitmap: whole 64-bit words.
 *
 * @param[in]  pages       Pages, 1 to VPRIM_DIRTY_PAGES_MAX.
 * @param[out] size_bytes  Bytes, a multiple of 8. Written only on success.
 *
 * @retval 0        @p size_bytes is valid.
 * @retval -EINVAL  @p pages is 0 or too many.
 *
 * @par Source
 * Linux type1, DIRTY_BITMAP_BYTES() and DIRTY_BITMAP_PAGES_MAX.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_bytes(uint64_t pages, uint64_t *size_bytes);

/**
 * @brief Whether a bitmap that is asked for, and not stored, holds so many pages.
 *
 * The kernel limits such a bitmap by its bytes alone, which lets one page more
 * through: 2^31.
 *
 * @param[in] pages       Pages of the request.
 * @param[in] size_bytes  Bytes that the caller has.
 *
 * @retval 0        It holds them.
 * @retval -EINVAL  One of them is 0, the bytes are over their maximum, or too
 *                  few.
 *
 * @par Source
 * Linux type1, verify_bitmap_size(), without its wrap.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_dirty_check_request(uint64_t pages, uint64_t size_bytes);

/**
 * @brief Whether a bitmap of so many bytes holds so many pages.
 *
 * @param[in] pages       Pages.
 * @param[in] size_bytes  Bytes that the caller has; more than needed is fine.
 *
 * @retval 0        It does.
 * @retval -EINVAL  One of them is 0, or over its maximum, or the bytes are too
 *                  few.
 *
 * @par Source
 * Linux type1, verify_bitmap_size(), with the number of pages checked first: the
 * kernel's rounding wraps for 2^64-1 pages, and then 8 bytes pass.
 */
VPRIM_INLINE int vprim_dirty_check(uint64_t pages, uint64_t size_bytes)
{
	if (pages > VPRIM_DIRTY_PAGES_MAX)
		return -EINVAL;
	return vprim_dirty_check_request(pages, size_bytes);
}

/**
 * @brief Pages of a range: how many bits stand for it.
 *
 * @param[in]  range       The range.
 * @param[in]  page_bytes  Page size: a power of two.
 * @param[out] pages       Pages, a part of one counting whole. Written only on
 *                         success.
 *
 * @retval 0           @p pages is valid.
 * @retval -EINVAL     Start is above last, or @p page_bytes is not a power of two.
 * @retval -EOVERFLOW  2^64 pages: the whole space with pages of one byte.
 *
 * @par Source
 * libvirtprim's own rule; counts from the range's start, as the bits do.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_pages(const struct vprim_range *range, uint64_t page_bytes,
		      uint64_t *pages);

/** @brief What iommufd is asked for: GET_DIRTY_BITMAP of an HWPT. */
struct vprim_dirty_iommufd {
	uint64_t iova;			/**< First address. */
	uint64_t length_bytes;		/**< Bytes. */
	uint64_t page_bytes;		/**< Page size; its lowest bit decides. */
	uint64_t iova_alignment;	/**< Of the IOAS; power of two. */
	uint64_t native_last;		/**< Greatest native word: 2^64-1, or 2^32-1. */
};

/**
 * @brief Check a range as iommufd does, and size its bitmap.
 *
 * iommufd counts whole bytes, not words, and takes a page size that is no power
 * of two as long as the range is a multiple of it in its bits.
 *
 * @param[in]  request     The request.
 * @param[out] size_bytes  Bytes that the bitmap must have; may be NULL.
 *                         Written only on success.
 *
 * @retval 0           The range is accepted.
 * @retval -EINVAL     The length or the page size is 0, the alignment is not a
 *                     power of two, or the range does not begin and end at
 *                     multiples of both.
 * @retval -EOVERFLOW  The range wraps, or does not fit the native word.
 *
 * @par Source
 * Linux drivers/iommu/iommufd, iommufd_check_iova_range() and iova_bitmap.c.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_dirty_check_iommufd(const struct vprim_dirty_iommufd *request,
			      uint64_t *size_bytes);
/** @} */

/** @name Bits
 * @{ */

/** @brief A bitmap in the caller's memory, at any alignment. */
struct vprim_dirty_bitmap {
	void *bits;		/**< Its bytes: pages / 8 rounded up, at least. */
	uint64_t pages;		/**< Pages it stands for. */
};

/** @brief Pages in a row. */
struct vprim_dirty_run {
	uint64_t first;		/**< First page. */
	uint64_t last;		/**< Last page. */
};

/**
 * @brief Mark pages dirty, in O(pages / 64).
 *
 * @param[in,out] bitmap  The bitmap.
 * @param[in]     run     The pages.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p run is backwards or not in the bitmap; unchanged.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_set(const struct vprim_dirty_bitmap *bitmap,
		    const struct vprim_dirty_run *run);

/**
 * @brief Mark pages clean, in O(pages / 64).
 *
 * @param[in,out] bitmap  The bitmap.
 * @param[in]     run     The pages; their neighbours in shared words stay.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p run is backwards or not in the bitmap; unchanged.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_clear(const struct vprim_dirty_bitmap *bitmap,
		      const struct vprim_dirty_run *run);

/**
 * @brief Whether a page is dirty.
 * @param[in] bitmap  The bitmap.
 * @param[in] page    A page.
 * @return true when its bit is set; false outside the bitmap.
 */
VPRIM_INLINE VPRIM_NONNULL
bool vprim_dirty_test(const struct vprim_dirty_bitmap *bitmap,
		      uint64_t page)
{
	const uint8_t *bytes = (const uint8_t *)bitmap->bits;

	return page < bitmap->pages && (bytes[page >> 3] >> (page & 7) & 1);
}

/**
 * @brief Add the bits of one bitmap to another at any bit, in O(pages / 64).
 *
 * Only adds: bits that are set in @p to stay, also in words that both mappings
 * share.
 *
 * @param[in,out] to     The bitmap that grows dirtier.
 * @param[in]     at     Page of @p to where page 0 of @p from goes.
 * @param[in]     from   The bits to add, all its pages; must not overlap @p to.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p from does not fit behind @p at; unchanged.
 *
 * @par Source
 * Linux type1, update_user_bitmap(): shifts the mapping's bits and ORs the first
 * word.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_or(const struct vprim_dirty_bitmap *to, uint64_t at,
		   const struct vprim_dirty_bitmap *from);

/** @brief A range of addresses with its bitmap. */
struct vprim_dirty_view {
	struct vprim_range range;		/**< Bit 0 stands for its start. */
	struct vprim_dirty_bitmap bitmap;	/**< The bits. */
};

/**
 * @brief Add what a mapping knows to the answer for a request.
 *
 * Where request and mapping overlap, the mapping's bits are ORed into the
 * request's; the rest stays as it was.
 *
 * @param[in,out] request     What was asked for, with the caller's bitmap.
 * @param[in]     mapping     One mapping, with its stored bitmap. Its start must
 *                            be a whole number of pages from the request's.
 * @param[in]     page_bytes  Page size of both: a power of two.
 *
 * @retval 0        Done; nothing to do when they do not overlap.
 * @retval -EINVAL  A range has its start above its last, @p page_bytes is not a power of two, the starts differ by part
 *                  of a page, or a bitmap has too few pages; unchanged.
 *
 * Costs O(shared pages / 64).
 *
 * @par Source
 * Linux type1, vfio_iova_dirty_bitmap().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_combine(const struct vprim_dirty_view *request,
			const struct vprim_dirty_view *mapping,
			uint64_t page_bytes);

/**
 * @brief Dirty pages of a bitmap, in O(pages / 64).
 * @param[in] bitmap  The bitmap.
 * @return Bits set among its pages.
 */
VPRIM_API VPRIM_NONNULL
uint64_t vprim_dirty_count(const struct vprim_dirty_bitmap *bitmap);

/**
 * @brief The next run of dirty pages, in O(pages passed / 64).
 *
 *     for (page = 0; !vprim_dirty_next(&bitmap, page, &run); page = run.last + 1)
 *             use(&run);
 *
 * @param[in]  bitmap  The bitmap.
 * @param[in]  page    Where to begin; a run that holds it is cut to it.
 * @param[out] run     Pages in a row, as many as there are. Written only on
 *                     success.
 *
 * @retval 0        @p run is valid.
 * @retval -ENOENT  No page from @p page on is dirty.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_next(const struct vprim_dirty_bitmap *bitmap, uint64_t page,
		     struct vprim_dirty_run *run);

/**
 * @brief The addresses of a run.
 *
 * @param[in]  base        Address of page 0.
 * @param[in]  page_bytes  Page size: a power of two.
 * @param[in]  run         The pages.
 * @param[out] range       Their addresses. Written only on success.
 *
 * @retval 0           @p range is valid.
 * @retval -EINVAL     @p run is backwards, or @p page_bytes is not a power of two.
 * @retval -EOVERFLOW  The run goes past address 2^64-1.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_range(uint64_t base, uint64_t page_bytes,
		      const struct vprim_dirty_run *run,
		      struct vprim_range *range);
/** @} */

/** @name Page sizes
 * @{ */

/**
 * @brief Add the dirty pages of one size to a bitmap of pages of another.
 *
 * Every page of @p to that has an address in common with a dirty page of @p from
 * becomes dirty: one large page for any of its small ones, all small ones for a
 * large one. Pages need not begin at multiples of their size, nor the ranges at the
 * same address; what lies outside of `to->range` is left out.
 *
 *     from, 4 KiB    ..X.|....|....|X..X
 *     to, 16 KiB      X    .    .    X
 *
 * @param[in,out] to               What grows dirtier.
 * @param[in]     to_page_bytes    Its page size: a power of two.
 * @param[in]     from             What is added; must not overlap @p to in memory.
 * @param[in]     from_page_bytes  Its page size: a power of two.
 *
 * @retval 0        Done; nothing to do when the ranges do not overlap.
 * @retval -EINVAL  A range has its start above its last, a page size is not a power
 *                  of two, or a bitmap has too few pages; unchanged.
 *
 * Costs O(pages of @p from / 64), and for each run of dirty pages O(its pages of
 * @p to / 64).
 *
 * @par Source
 * libvirtprim's own rule; Linux iommufd's iova_bitmap_set() marks the same pages.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_convert(const struct vprim_dirty_view *to, uint64_t to_page_bytes,
			const struct vprim_dirty_view *from,
			uint64_t from_page_bytes);
/** @} */

/** @name Many writers
 *
 * A bitmap that several threads write at once, by these calls only. It begins at a
 * multiple of 8 bytes and has whole 64-bit words: vprim_dirty_bytes(). No dirty page
 * is lost: one that is marked while the bits are taken is in what this call takes or
 * in what the next one does.
 * @{ */

/**
 * @brief Mark pages dirty, in O(pages / 64).
 *
 * Call it after the write: whoever takes the bits then sees what was written.
 *
 * @param[in,out] bitmap  A shared bitmap.
 * @param[in]     run     The pages.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p run is backwards or not in the bitmap; unchanged.
 *
 * @par Source
 * libvirtprim's own rule; the role of set_bit() in Linux.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_shared_set(const struct vprim_dirty_bitmap *bitmap,
			   const struct vprim_dirty_run *run);

/**
 * @brief Mark the pages of addresses dirty.
 *
 * @param[in,out] view        What is logged, with a shared bitmap.
 * @param[in]     page_bytes  Its page size: a power of two.
 * @param[in]     range       What was written; addresses outside of `view->range`
 *                            are left out.
 *
 * @retval 0        Done.
 * @retval -EINVAL  A range has its start above its last, @p page_bytes is not a power
 *                  of two, or the bitmap has too few pages; unchanged.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_shared_mark(const struct vprim_dirty_view *view,
			    uint64_t page_bytes,
			    const struct vprim_range *range);

/**
 * @brief Add the bits of one bitmap, as vprim_dirty_or() does.
 *
 * @param[in,out] to    A shared bitmap.
 * @param[in]     at    Page of @p to where page 0 of @p from goes.
 * @param[in]     from  The bits to add, of one owner; must not overlap @p to.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p from does not fit behind @p at; unchanged.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_shared_or(const struct vprim_dirty_bitmap *to, uint64_t at,
			  const struct vprim_dirty_bitmap *from);

/**
 * @brief Take the dirty pages of a run: add them to another bitmap and clear them.
 *
 * @param[in,out] bitmap  A shared bitmap.
 * @param[in]     run     The pages; their neighbours in shared words stay.
 * @param[in,out] taken   Where they go, page `run->first` to page 0; of one owner.
 *                        Bits that are set there stay. Must not overlap @p bitmap.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p run is backwards or not in the bitmap, or @p taken has fewer
 *                  pages; unchanged.
 *
 * Costs O(pages / 64).
 *
 * @par Source
 * libvirtprim's own rule; a log that is read and cleared in one step, as
 * KVM_GET_DIRTY_LOG does.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_dirty_shared_take(const struct vprim_dirty_bitmap *bitmap,
			    const struct vprim_dirty_run *run,
			    const struct vprim_dirty_bitmap *taken);
/** @} */

VPRIM_END_DECLS

#endif
