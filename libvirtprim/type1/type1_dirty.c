// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Dirty pages.
 *
 * While tracking is on, every mapping has a bitmap of its own, one bit for each
 * smallest page from its start, and the smallest page does not change. The size
 * of that page is noted at the START: no bitmap is ever counted in another. A
 * pinned page is dirty at any time: pins mark their bit, and reading, which clears,
 * marks them again.
 */
#include "type1_internal.h"

/* A mapping is whole pages, and a page has at least eight bytes. */
static uint64_t pages_of(const struct vprim_type1 *c,
			 const struct vprim_range *range)
{
	return ((range->last - range->start) >> c->dirty_shift_) + 1;
}

/* Bytes of a mapping's bitmap; 0 when it would have too many pages. */
static size_t bytes_of(const struct vprim_type1 *c,
		       const struct vprim_range *range)
{
	uint64_t bytes;

	if (vprim_dirty_bytes(pages_of(c, range), &bytes))
		return 0;
	return (size_t)bytes;
}

static struct vprim_dirty_bitmap bitmap_of(const struct vprim_type1 *c,
					   const struct vprim_iova_mapping *m)
{
	struct vprim_dirty_bitmap bitmap;

	bitmap.bits = (void *)(uintptr_t)m->value;
	bitmap.pages = pages_of(c, &m->range);
	return bitmap;
}

/* What was touched lies in the mapping, which the bitmap has all pages of. */
static void mark(const struct vprim_type1 *c,
		 const struct vprim_iova_mapping *m,
		 const struct vprim_range *touched)
{
	struct vprim_dirty_bitmap bitmap = bitmap_of(c, m);
	struct vprim_dirty_run run;

	run.first = (touched->start - m->range.start) >> c->dirty_shift_;
	run.last = (touched->last - m->range.start) >> c->dirty_shift_;
	certain(vprim_dirty_set(&bitmap, &run));
}

void vprim_type1_bits_mark_(struct vprim_type1 *c,
			    const struct vprim_range *touched)
{
	struct vprim_iova_mapping m;

	if (!c->dirty_)
		return;
	/* While pages are tracked every mapping has its bits. */
	certain(vprim_iova_map_stab(&c->bits_, touched->start, &m));
	mark(c, &m, touched);
}

static void mark_pinned(const struct vprim_type1 *c,
			const struct vprim_iova_mapping *m)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping pin;
	int ret = walk(&cursor, &c->pins_, &m->range, &pin);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &pin))
		mark(c, m, &pin.range);
}

static void fill(const struct vprim_dirty_bitmap *bitmap)
{
	struct vprim_dirty_run all = { 0, bitmap->pages - 1 };

	certain(vprim_dirty_set(bitmap, &all));
}

void vprim_type1_bits_fill_(struct vprim_type1 *c)
{
	struct vprim_range all = everything(c);
	struct vprim_dirty_bitmap bitmap;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret = walk(&cursor, &c->bits_, &all, &m);

	for (; !ret; ret = vprim_iova_map_cursor_next(&cursor, &m)) {
		bitmap = bitmap_of(c, &m);
		fill(&bitmap);
	}
}

int vprim_type1_bits_add_(struct vprim_type1 *c,
			  const struct vprim_range *range,
			  struct vprim_reason *why)
{
	struct vprim_iova_mapping m = { *range, 0 };
	size_t bytes = bytes_of(c, range);
	void *bits;

	if (!bytes)
		return refuse(why, BITMAP_PAGES, VALUE(pages_of(c, range)),
			      RANGE(*range));
	bits = c->alloc_.alloc(c->config_.alloc_ctx, bytes);
	m.value = (uintptr_t)bits;
	if (bits && !vprim_iova_map_insert(&c->bits_, range, m.value, NULL)) {
		memset(bits, 0, bytes);
		mark_pinned(c, &m);
		return 0;
	}
	if (bits)
		c->alloc_.free(c->config_.alloc_ctx, bits, bytes);
	return refuse(why, BITMAP_MEMORY, RANGE(*range));
}

void vprim_type1_bits_drop_(struct vprim_type1 *c,
			    const struct vprim_range *range)
{
	uint64_t value;

	certain(vprim_iova_map_remove(&c->bits_, range, &value));
	c->alloc_.free(c->config_.alloc_ctx, (void *)(uintptr_t)value,
		       bytes_of(c, range));
}

static void drop_all(struct vprim_type1 *c)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_mapping m;

	while (!vprim_iova_map_first(&c->bits_, &all, &m))
		vprim_type1_bits_drop_(c, &m.range);
}

int vprim_type1_bits_put_(struct vprim_type1 *c,
			  const struct vprim_range *range, uint64_t base,
			  const struct vprim_type1_bitmap *to,
			  struct vprim_reason *why)
{
	struct vprim_dirty_bitmap out = { to->data, to->size_bytes * 8 }, bitmap;
	struct vprim_iova_mapping m;
	uint64_t at = (range->start - base) >> c->dirty_shift_;
	int ret;

	certain(vprim_iova_map_stab(&c->bits_, range->start, &m));
	bitmap = bitmap_of(c, &m);
	/* An IOMMU is there whose device may write anywhere. */
	if (c->nr_writers_)
		fill(&bitmap);
	if (c->ops_.put_bits)
		ret = c->ops_.put_bits(c->config_.ops_ctx, to->data, at,
				       &bitmap);
	else
		ret = vprim_dirty_or(&out, at, &bitmap);
	if (ret)
		return refuse(why, BITMAP_WRITE, HIT(*range));
	return 0;
}

int vprim_type1_bitmap_check_(const struct vprim_type1_bitmap *bitmap,
			      uint64_t size_bytes, struct vprim_reason *why)
{
	uint64_t pages;

	if (!bitmap->data)
		return refuse(why, BITMAP_ACCESS);
	if (!bitmap->pgsize_bytes)
		return refuse(why, BITMAP_PGSIZE_ZERO);
	pages = size_bytes >> vprim_ctz64(bitmap->pgsize_bytes);
	if (vprim_dirty_check_request(pages, bitmap->size_bytes))
		return refuse(why, BITMAP_SIZE, VALUE(bitmap->size_bytes));
	return 0;
}

/* All mappings get a bitmap, or none keeps one. */
static int start(struct vprim_type1 *c, struct vprim_reason *why)
{
	struct vprim_range all = everything(c);
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int end, ret = 0;

	if (c->dirty_)
		return 0;
	c->dirty_shift_ = vprim_ctz64(c->pgsize_bitmap_);
	end = walk(&cursor, &c->dma_, &all, &m);
	for (; !ret && !end; end = vprim_iova_map_cursor_next(&cursor, &m))
		ret = vprim_type1_bits_add_(c, &m.range, why);
	if (ret)
		drop_all(c);
	else
		c->dirty_ = true;
	return ret;
}

static int stop(struct vprim_type1 *c)
{
	drop_all(c);
	c->dirty_ = false;
	vprim_type1_follow_pgsizes_(c);
	return 0;
}

/* Before the lock in the kernel: what the request says by itself. */
static int check_get(const struct vprim_type1 *c,
		     const struct vprim_type1_dirty_args *args,
		     struct vprim_range *range, struct vprim_reason *why)
{
	int ret;

	if (args->argsz < VPRIM_TYPE1_BITMAP_ARGSZ)
		return refuse(why, ARGSZ, VALUE(args->argsz));
	ret = check_native(c, args->iova, args->size_bytes, why);
	if (ret)
		return ret;
	if (!args->size_bytes)
		return refuse(why, SIZE);
	if (!native_range(c, args->iova, args->size_bytes, range) ||
	    is_missed(c, range))
		return wraps(c, refuse(why, IOVA_WRAP, VALUE(args->iova)));
	return vprim_type1_bitmap_check_(&args->bitmap, args->size_bytes, why);
}

static int check_state(const struct vprim_type1 *c,
		       const struct vprim_type1_dirty_args *args,
		       const struct vprim_range *range,
		       struct vprim_reason *why)
{
	int ret;

	if (args->bitmap.pgsize_bytes != smallest_page(c))
		return refuse(why, BITMAP_PGSIZE,
			      VALUE(args->bitmap.pgsize_bytes));
	ret = check_aligned(c, args->iova, why);
	if (!ret)
		ret = check_aligned(c, args->size_bytes, why);
	if (ret)
		return ret;
	if (!c->dirty_)
		return refuse(why, DIRTY_OFF);
	return vprim_type1_check_cut_(c, range, VPRIM_TYPE1_RULE_DIRTY_CUT,
				      why);
}

static int get(struct vprim_type1 *c, const struct vprim_type1_dirty_args *args,
	       struct vprim_reason *why)
{
	struct vprim_range range;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int end, ret = check_get(c, args, &range, why);

	if (!ret)
		ret = check_state(c, args, &range, why);
	if (ret)
		return ret;
	end = walk(&cursor, &c->bits_, &range, &m);
	for (; !end; end = vprim_iova_map_cursor_next(&cursor, &m)) {
		ret = vprim_type1_bits_put_(c, &m.range, range.start,
					    &args->bitmap, why);
		if (ret)
			return ret;
		memset((void *)(uintptr_t)m.value, 0, bytes_of(c, &m.range));
		mark_pinned(c, &m);
	}
	return 0;
}

int vprim_type1_dirty_pages(struct vprim_type1 *c,
			    const struct vprim_type1_dirty_args *args,
			    struct vprim_reason *why)
{
	const uint32_t known = VPRIM_TYPE1_DIRTY_START |
			       VPRIM_TYPE1_DIRTY_STOP | VPRIM_TYPE1_DIRTY_GET;

	vprim_reason_clear(why);
	if (!c->v2_)
		return refuse(why, V1);
	if (!args)
		return refuse(why, READ);
	if (args->argsz < VPRIM_TYPE1_DIRTY_ARGSZ)
		return refuse(why, ARGSZ, VALUE(args->argsz));
	if (args->flags & ~known)
		return refuse(why, FLAG, VALUE(args->flags & ~known));
	if (args->flags == VPRIM_TYPE1_DIRTY_START)
		return start(c, why);
	if (args->flags == VPRIM_TYPE1_DIRTY_STOP)
		return stop(c);
	if (args->flags == VPRIM_TYPE1_DIRTY_GET)
		return get(c, args, why);
	return refuse(why, ONE_FLAG, VALUE(args->flags));
}

static int refuse_rw(const struct vprim_type1 *c, uint64_t iova,
		     struct vprim_reason *why)
{
	if (c->vaddr_invalid_)
		return refuse(why, VADDR_HELD, VALUE(c->vaddr_invalid_));
	return refuse(why, PIN_HOLE, VALUE(iova));
}

int vprim_type1_rw(struct vprim_type1 *c, uint64_t iova, uint64_t size_bytes,
		   bool write, struct vprim_type1_piece *piece,
		   struct vprim_reason *why)
{
	uint32_t need = VPRIM_TYPE1_MAP_READ;
	struct vprim_iova_mapping m;
	struct vprim_range touched;

	vprim_reason_clear(why);
	if (!size_bytes)
		return refuse(why, SIZE);
	if (c->vaddr_invalid_ || vprim_type1_stab_(c, iova, &m))
		return refuse_rw(c, iova, why);
	if (write)
		need |= VPRIM_TYPE1_MAP_WRITE;
	if (need & ~m.value)
		return refuse(why, PIN_READ_ONLY, VALUE(iova), HIT(m.range));
	touched.start = iova;
	touched.last = m.range.last;
	if (touched.last - iova > size_bytes - 1)
		touched.last = iova + (size_bytes - 1);
	if (write)
		vprim_type1_bits_mark_(c, &touched);
	piece->vaddr = mapping_of(&m).vaddr + (iova - m.range.start);
	piece->size_bytes = touched.last - iova + 1;
	return 0;
}
