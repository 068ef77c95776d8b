// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Dirty-page bitmaps that several threads write, and other page sizes.
 *
 * A machine word is what every machine can change whole. A bitmap is bytes, so a
 * mask of pages is laid out as bytes before it is used as a word; on little-endian
 * machines nothing comes of that.
 */
#include "dirty_internal.h"

#define WORD_BYTES sizeof(size_t)
#define WORD_PAGES (8 * WORD_BYTES)

/* The word whose bytes are those of @bits, lowest first; and back. */
static size_t to_word(uint64_t bits)
{
	uint8_t b[8];
	size_t word;

	vprim_store_le64(b, bits);
	memcpy(&word, b, sizeof(word));
	return word;
}

static uint64_t from_word(size_t word)
{
	uint8_t b[8] = { 0 };

	memcpy(b, &word, sizeof(word));
	return vprim_load_le64(b);
}

static size_t *word_of(const struct vprim_dirty_bitmap *bitmap, uint64_t page)
{
	return (size_t *)bitmap->bits + page / WORD_PAGES;
}

/* Pages from @page to @last that are in one word: 1 to WORD_PAGES. */
static unsigned int in_word(uint64_t page, uint64_t last)
{
	uint64_t n = WORD_PAGES - page % WORD_PAGES;

	return (unsigned int)(last - page < n ? last - page + 1 : n);
}

static uint64_t mask_of(uint64_t page, unsigned int n)
{
	return low_bits(n) << page % WORD_PAGES;
}

int vprim_dirty_shared_set(const struct vprim_dirty_bitmap *bitmap,
			   const struct vprim_dirty_run *run)
{
	uint64_t page = run->first, left;
	unsigned int n;

	if (!holds(bitmap, run))
		return -EINVAL;
	for (left = run->last - page + 1; left; left -= n, page += n) {
		n = in_word(page, run->last);
		vprim_bits_set(word_of(bitmap, page), to_word(mask_of(page, n)));
	}
	return 0;
}

int vprim_dirty_shared_or(const struct vprim_dirty_bitmap *to, uint64_t at,
			  const struct vprim_dirty_bitmap *from)
{
	uint64_t i, bits;
	unsigned int n, fits;

	if (at > to->pages || from->pages > to->pages - at)
		return -EINVAL;
	for (i = 0; i < from->pages; i += n) {
		n = reach(i, from->pages - 1);
		fits = (unsigned int)(WORD_PAGES - (at + i) % WORD_PAGES);
		if (n > fits)
			n = fits;
		bits = get_bits(from, i, n);
		if (bits)
			vprim_bits_set(word_of(to, at + i),
				       to_word(bits << (at + i) % WORD_PAGES));
	}
	return 0;
}

int vprim_dirty_shared_take(const struct vprim_dirty_bitmap *bitmap,
			    const struct vprim_dirty_run *run,
			    const struct vprim_dirty_bitmap *taken)
{
	struct vprim_dirty_bitmap word = { NULL, 0 };
	uint64_t page, left, bits;
	uint8_t bytes[8];
	unsigned int n;

	if (!holds(bitmap, run) || taken->pages <= run->last - run->first)
		return -EINVAL;
	word.bits = bytes;
	page = run->first;
	for (left = run->last - page + 1; left; left -= n, page += n) {
		n = in_word(page, run->last);
		bits = from_word(vprim_bits_take(word_of(bitmap, page),
						 to_word(mask_of(page, n))));
		if (!bits)
			continue;
		vprim_store_le64(bytes, bits >> page % WORD_PAGES);
		word.pages = n;
		vprim_dirty_add_(taken, page - run->first, &word, 0, n);
	}
	return 0;
}

/* The pages of a view that addresses of @range lie in; false for none. */
static bool pages_of(const struct vprim_dirty_view *view, uint64_t page_bytes,
		     const struct vprim_range *range, struct vprim_dirty_run *run)
{
	unsigned int shift = shift_of(page_bytes);
	struct vprim_range r;

	if (vprim_range_intersect(&view->range, range, &r))
		return false;
	run->first = (r.start - view->range.start) >> shift;
	run->last = (r.last - view->range.start) >> shift;
	return true;
}

int vprim_dirty_shared_mark(const struct vprim_dirty_view *view,
			    uint64_t page_bytes, const struct vprim_range *range)
{
	struct vprim_dirty_run run;

	if (!is_view(view, page_bytes) || !vprim_range_is_valid(range))
		return -EINVAL;
	if (!pages_of(view, page_bytes, range, &run))
		return 0;
	return vprim_dirty_shared_set(&view->bitmap, &run);
}

/* The addresses of @run of a view whose bits stand for all of its range. */
static struct vprim_range addresses_of(const struct vprim_dirty_view *view,
				       unsigned int shift,
				       const struct vprim_dirty_run *run)
{
	uint64_t size = view->range.last - view->range.start;
	struct vprim_range r = { view->range.start + (run->first << shift),
				 view->range.last };

	/* The last page may be cut. */
	if (run->last < size >> shift)
		r.last = view->range.start + ((run->last + 1) << shift) - 1;
	return r;
}

int vprim_dirty_convert(const struct vprim_dirty_view *to, uint64_t to_page_bytes,
			const struct vprim_dirty_view *from,
			uint64_t from_page_bytes)
{
	struct vprim_dirty_bitmap bits = from->bitmap;
	struct vprim_dirty_run run, pages;
	struct vprim_range shared, r;
	unsigned int shift;
	uint64_t page = 0;

	if (!is_view(to, to_page_bytes) || !is_view(from, from_page_bytes))
		return -EINVAL;
	if (vprim_range_intersect(&to->range, &from->range, &shared))
		return 0;
	/* Only those pages matter that are in both, in part at least. */
	shift = shift_of(from_page_bytes);
	page = (shared.start - from->range.start) >> shift;
	bits.pages = ((shared.last - from->range.start) >> shift) + 1;
	for (; !vprim_dirty_next(&bits, page, &run); page = run.last + 1) {
		r = addresses_of(from, shift, &run);
		pages_of(to, to_page_bytes, &r, &pages);
		vprim_dirty_fill_(&to->bitmap, &pages);
	}
	return 0;
}
