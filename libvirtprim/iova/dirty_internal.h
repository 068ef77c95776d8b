/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of dirty bitmaps share: how bits lie in bytes. */
#ifndef DIRTY_INTERNAL_H
#define DIRTY_INTERNAL_H
#include <virtprim/dirty.h>

static inline bool holds(const struct vprim_dirty_bitmap *bitmap,
			 const struct vprim_dirty_run *run)
{
	return run->first <= run->last && run->last < bitmap->pages;
}

static inline uint64_t bytes_of(const struct vprim_dirty_bitmap *bitmap)
{
	return (bitmap->pages >> 3) + ((bitmap->pages & 7) != 0);
}

static inline uint64_t byte_of(uint64_t page)
{
	return page >> 3;
}

static inline unsigned int bit_of(uint64_t page)
{
	return (unsigned int)(page & 7);
}

/* The lowest @n bits, of 1 to 64. */
static inline uint64_t low_bits(unsigned int n)
{
	return UINT64_MAX >> (64 - n);
}

/* Up to eight bytes of a bitmap, from one of its bytes on. */
static inline uint64_t load(const struct vprim_dirty_bitmap *bitmap,
			    uint64_t byte)
{
	const uint8_t *p = (const uint8_t *)bitmap->bits + byte;
	uint64_t left = bytes_of(bitmap) - byte, v = 0;

	if (left >= 8)
		return vprim_load_le64(p);
	while (left--)
		v = v << 8 | p[left];
	return v;
}

/* Pages from @page on that one load reaches, at most up to @last: 1 to 64. */
static inline unsigned int reach(uint64_t page, uint64_t last)
{
	unsigned int n = 64 - bit_of(page);

	return last - page < n ? (unsigned int)(last - page) + 1 : n;
}

static inline uint64_t get_bits(const struct vprim_dirty_bitmap *bitmap,
				uint64_t page, unsigned int n)
{
	return load(bitmap, byte_of(page)) >> bit_of(page) & low_bits(n);
}

/* A page size is a power of two: this is less than 64, so that it shifts. */
static inline unsigned int shift_of(uint64_t page_bytes)
{
	return vprim_ctz64(page_bytes) & 63;
}

/* Whether a view's bitmap stands for all its pages. */
static inline bool is_view(const struct vprim_dirty_view *view,
			   uint64_t page_bytes)
{
	uint64_t pages;

	return !vprim_dirty_pages(&view->range, page_bytes, &pages) &&
	       pages <= view->bitmap.pages;
}

void vprim_dirty_add_(const struct vprim_dirty_bitmap *to, uint64_t at,
		      const struct vprim_dirty_bitmap *from, uint64_t first,
		      uint64_t n);
void vprim_dirty_fill_(const struct vprim_dirty_bitmap *bitmap,
		       const struct vprim_dirty_run *run);

#endif
