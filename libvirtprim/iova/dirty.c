// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Dirty-page bitmaps.
 *
 * Little-endian words in memory make bit i bit i mod 8 of byte i / 8. All access
 * goes through bytes or through little-endian loads of eight of them, so that
 * the host's order does not matter; none goes past the last byte that holds a
 * page.
 */
#include "dirty_internal.h"

/* Whole words for so many pages, of 2^64-64 at most. */
static uint64_t bytes_for(uint64_t pages)
{
	return (pages + 63) >> 6 << 3;
}

int vprim_dirty_bytes(uint64_t pages, uint64_t *size_bytes)
{
	if (!pages || pages > VPRIM_DIRTY_PAGES_MAX)
		return -EINVAL;
	*size_bytes = bytes_for(pages);
	return 0;
}

int vprim_dirty_check_request(uint64_t pages, uint64_t size_bytes)
{
	/* The pages are limited first: then their rounding cannot wrap. */
	if (!pages || pages > VPRIM_DIRTY_BYTES_MAX * 8)
		return -EINVAL;
	if (size_bytes > VPRIM_DIRTY_BYTES_MAX ||
	    size_bytes < bytes_for(pages))
		return -EINVAL;
	return 0;
}

int vprim_dirty_pages(const struct vprim_range *range, uint64_t page_bytes,
		      uint64_t *pages)
{
	uint64_t n;

	if (!vprim_range_is_valid(range) || !vprim_is_pow2(page_bytes))
		return -EINVAL;
	n = (range->last - range->start) >> vprim_ctz64(page_bytes);
	if (n == UINT64_MAX)
		return -EOVERFLOW;
	*pages = n + 1;
	return 0;
}

/* Whether a range begins and ends where all bits of @mask are 0. */
static bool is_multiple(const struct vprim_range *r, uint64_t mask)
{
	/* What follows the last address of all is a multiple of everything. */
	uint64_t next = r->last == UINT64_MAX ? 0 : r->last + 1;

	return !((r->start | next) & mask);
}

int vprim_dirty_check_iommufd(const struct vprim_dirty_iommufd *request,
			      uint64_t *size_bytes)
{
	struct vprim_range r;
	int ret;

	if (!vprim_is_pow2(request->iova_alignment))
		return -EINVAL;
	ret = vprim_range_from_size(request->iova, request->length_bytes, &r);
	if (ret)
		return ret;
	if (r.last > request->native_last)
		return -EOVERFLOW;
	if (!is_multiple(&r, request->iova_alignment - 1) ||
	    !request->page_bytes || !is_multiple(&r, request->page_bytes - 1))
		return -EINVAL;
	if (size_bytes)
		*size_bytes = ((r.last - r.start) >>
			       vprim_ctz64(request->page_bytes) >> 3) + 1;
	return 0;
}

static void store(const struct vprim_dirty_bitmap *bitmap, uint64_t byte,
		  uint64_t v)
{
	uint8_t *p = (uint8_t *)bitmap->bits + byte;
	uint64_t left = bytes_of(bitmap) - byte;

	if (left >= 8) {
		vprim_store_le64(p, v);
		return;
	}
	for (; left--; v >>= 8)
		*p++ = (uint8_t)v;
}

/* Every bit of @run becomes @dirty; whole bytes in one go. */
static void fill(const struct vprim_dirty_bitmap *bitmap,
		 const struct vprim_dirty_run *run, bool dirty)
{
	uint8_t *p = (uint8_t *)bitmap->bits + byte_of(run->first);
	size_t bytes = (size_t)(byte_of(run->last) - byte_of(run->first));
	uint8_t head = (uint8_t)(0xff << bit_of(run->first));
	uint8_t tail = (uint8_t)(0xff >> (7 - bit_of(run->last)));

	if (!bytes)
		head &= tail;
	*p = dirty ? *p | head : (uint8_t)(*p & ~head);
	if (!bytes)
		return;
	memset(p + 1, dirty ? 0xff : 0, bytes - 1);
	p += bytes;
	*p = dirty ? *p | tail : (uint8_t)(*p & ~tail);
}

/* Mark pages of the bitmap. */
void vprim_dirty_fill_(const struct vprim_dirty_bitmap *bitmap,
		       const struct vprim_dirty_run *run)
{
	fill(bitmap, run, true);
}

int vprim_dirty_set(const struct vprim_dirty_bitmap *bitmap,
		    const struct vprim_dirty_run *run)
{
	if (!holds(bitmap, run))
		return -EINVAL;
	fill(bitmap, run, true);
	return 0;
}

int vprim_dirty_clear(const struct vprim_dirty_bitmap *bitmap,
		      const struct vprim_dirty_run *run)
{
	if (!holds(bitmap, run))
		return -EINVAL;
	fill(bitmap, run, false);
	return 0;
}

/* OR @n pages, at least one, of @from from page @first on into @to at @at. */
void vprim_dirty_add_(const struct vprim_dirty_bitmap *to, uint64_t at,
		      const struct vprim_dirty_bitmap *from, uint64_t first,
		      uint64_t n)
{
	uint64_t i = 0, bits;
	unsigned int take, fits;

	while (i < n) {
		take = reach(first + i, first + n - 1);
		fits = 64 - bit_of(at + i);
		if (take > fits)
			take = fits;
		bits = get_bits(from, first + i, take);
		if (bits)
			store(to, byte_of(at + i), load(to, byte_of(at + i)) |
						   bits << bit_of(at + i));
		i += take;
	}
}

int vprim_dirty_or(const struct vprim_dirty_bitmap *to, uint64_t at,
		   const struct vprim_dirty_bitmap *from)
{
	if (at > to->pages || from->pages > to->pages - at)
		return -EINVAL;
	vprim_dirty_add_(to, at, from, 0, from->pages);
	return 0;
}

int vprim_dirty_combine(const struct vprim_dirty_view *request,
			const struct vprim_dirty_view *mapping,
			uint64_t page_bytes)
{
	struct vprim_range shared;
	unsigned int shift;
	uint64_t n;

	if (!is_view(request, page_bytes) || !is_view(mapping, page_bytes) ||
	    (request->range.start - mapping->range.start) & (page_bytes - 1))
		return -EINVAL;
	if (vprim_range_intersect(&request->range, &mapping->range, &shared))
		return 0;
	shift = shift_of(page_bytes);
	n = ((shared.last - shared.start) >> shift) + 1;
	vprim_dirty_add_(&request->bitmap,
			 (shared.start - request->range.start) >> shift,
			 &mapping->bitmap,
			 (shared.start - mapping->range.start) >> shift, n);
	return 0;
}

uint64_t vprim_dirty_count(const struct vprim_dirty_bitmap *bitmap)
{
	uint64_t page, count = 0;
	unsigned int n;

	for (page = 0; page < bitmap->pages; page += n) {
		n = reach(page, bitmap->pages - 1);
		count += vprim_popcount64(get_bits(bitmap, page, n));
	}
	return count;
}

/* The first page from @page on that is @dirty or not; all pages when none is. */
static uint64_t find(const struct vprim_dirty_bitmap *bitmap, uint64_t page,
		     bool dirty)
{
	uint64_t bits;
	unsigned int n;

	for (; page < bitmap->pages; page += n) {
		n = reach(page, bitmap->pages - 1);
		bits = get_bits(bitmap, page, n);
		if (!dirty)
			bits ^= low_bits(n);
		if (bits)
			return page + vprim_ctz64(bits);
	}
	return bitmap->pages;
}

int vprim_dirty_next(const struct vprim_dirty_bitmap *bitmap, uint64_t page,
		     struct vprim_dirty_run *run)
{
	uint64_t first;

	first = find(bitmap, page, true);
	if (first >= bitmap->pages)
		return -ENOENT;
	run->first = first;
	run->last = find(bitmap, first, false) - 1;
	return 0;
}

int vprim_dirty_range(uint64_t base, uint64_t page_bytes,
		      const struct vprim_dirty_run *run,
		      struct vprim_range *range)
{
	struct vprim_range r;
	uint64_t offset;

	if (run->first > run->last || !vprim_is_pow2(page_bytes))
		return -EINVAL;
	/* The last byte of the last page is the highest of all numbers here. */
	if (vprim_mul_overflow(run->last, page_bytes, &offset) ||
	    vprim_add_overflow(base, offset, &r.last) ||
	    vprim_add_overflow(r.last, page_bytes - 1, &r.last))
		return -EOVERFLOW;
	r.start = base + run->first * page_bytes;
	*range = r;
	return 0;
}
