/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * An IOAS beside a naive model, which keeps every byte of a small space in arrays.
 * One access holds, and obeys.
 */
#ifndef WORLD_IOAS_H
#define WORLD_IOAS_H
#define WORLD_DEPTH 3
#ifdef WORLD_WHOLE
#define TEST_ARENA_UNITS 256
#define WORLD_VARIANTS 3u
#else
#define WORLD_VARIANTS 9u
#endif
#include "world.h"
#include <virtprim/ioas.h>

/* Left by an earlier refusal: a success must take it away. */
static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };

#define FIXED VPRIM_IOAS_FIXED_IOVA
#define RW (VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE)

/* -- the naive model: bytes in arrays ----------------------------------- */

#ifdef WORLD_WHOLE
#define SPACE 32u
#define HUGE_BYTES 16u
#define AREAS 8
#define HOLDS 2
#define OWNERS 1
#else
#define SPACE 512u
#define HUGE_BYTES 32u
#define AREAS 64
#define HOLDS 6
#define OWNERS 4
#endif
#define PAGE 8u

struct model_area {
	bool used, flight, prevent;
	unsigned int first, last, unit, holds;
	uint64_t uptr;
	uint32_t prot;
	int pages;
};

struct model_pages {
	unsigned int refs;
	bool writable;
};

struct model_hold {
	bool used;
	unsigned int first, last;
};

struct model {
	struct model_area area[AREAS];
	struct model_pages pages[AREAS];
	short owner[SPACE];		/* 1 + which area, 0 for none */
	unsigned int reserved[OWNERS][SPACE];
	unsigned int nr_reserved[OWNERS];
	bool allowed[SPACE];
	bool restricted;
	struct model_hold hold[HOLDS];
	unsigned int floor, access_align;
	unsigned int removed;
	/* Of the space in that of 64 bits; where it is low, words end with it. */
	enum { LOW, MIDDLE, TOP } place;
};

static bool iova_too_large(const struct model *w, uint64_t iova)
{
	return w->place == LOW ? iova >= SPACE - 1 :
	       w->place == TOP && iova == SPACE - 1;
}

static bool length_too_large(const struct model *w, uint64_t length)
{
	return w->place == LOW && length >= SPACE - 1;
}

static unsigned int alignment(const struct model *w)
{
	return w->access_align > w->floor ? w->access_align : w->floor;
}

static int area_at(const struct model *w, uint64_t byte)
{
	return byte < SPACE ? w->owner[byte] - 1 : -1;
}

static bool is_reserved(const struct model *w, uint64_t byte)
{
	for (int o = 0; o < OWNERS; o++)
		if (w->reserved[o][byte])
			return true;
	return false;
}

/* The kernel's candidate of a hole, or -1. */
static int64_t candidate(int64_t start, int64_t last, int64_t length,
			 int64_t align, int64_t offset)
{
	int64_t at = (start + align - 1) / align * align;

	at |= offset;
	return at >= last || last - at < length - 1 ? -1 : at;
}

/* Holes between @start and @last, byte by byte. */
static int64_t model_holes(const struct model *w, int64_t start, int64_t last,
			   int64_t length, int64_t align, int64_t offset)
{
	int64_t hole = -1, at;

	for (int64_t b = start; b <= last + 1; b++) {
		bool taken = b > last || is_reserved(w, (uint64_t)b) ||
			     area_at(w, (uint64_t)b) >= 0;

		if (!taken && hole < 0)
			hole = b;
		if (!taken || hole < 0)
			continue;
		at = candidate(hole, b - 1, length, align, offset);
		if (at >= 0)
			return at;
		hole = -1;
	}
	return -1;
}

static int model_place(const struct model *w, uint64_t addr, uint64_t length,
		       unsigned int *iova)
{
	const int64_t first = w->place == LOW ? PAGE : 0;
	const int64_t last = SPACE - 1 - (w->place == MIDDLE ? 0 : PAGE);
	int64_t align = 1, at = -1, span = -1;

	if (w->place == LOW && length >= (SPACE - 1) / 2)
		return -EOVERFLOW;
	while (align < (int64_t)length)
		align *= 2;
	while (addr && addr % (uint64_t)align)
		align /= 2;
	if (align > HUGE_BYTES)
		align = HUGE_BYTES;
	if (align < alignment(w))
		return -EINVAL;
	for (int64_t b = first; b <= last + 1 && at < 0; b++) {
		bool inside = b <= last && (!w->restricted || w->allowed[b]);

		if (inside && span < 0)
			span = b;
		if (inside || span < 0)
			continue;
		span = candidate(span, b - 1, (int64_t)length, align,
				 (int64_t)(addr % PAGE));
		if (span >= 0)
			at = model_holes(w, span, b - 1, (int64_t)length, align,
					 (int64_t)(addr % PAGE));
		span = -1;
	}
	if (at < 0)
		return -ENOSPC;
	*iova = (unsigned int)at;
	return 0;
}

static int model_target(const struct model *w, uint32_t flags, uint64_t iova,
			uint64_t addr, uint64_t length, unsigned int *place)
{
	if (length % alignment(w))
		return -EINVAL;
	if (!(flags & FIXED))
		return model_place(w, addr, length, place);
	if (iova % alignment(w))
		return -EINVAL;
	if (iova + length > SPACE)
		return -EOVERFLOW;
	for (uint64_t b = iova; b < iova + length; b++)
		if (is_reserved(w, b))
			return -EINVAL;
	for (uint64_t b = iova; b < iova + length; b++)
		if (area_at(w, b) >= 0)
			return -EEXIST;
	*place = (unsigned int)iova;
	return 0;
}

static void model_insert(struct model *w, unsigned int iova, unsigned int length,
			 unsigned int unit, uint64_t uptr, uint32_t prot,
			 int pages, bool flight)
{
	int i = 0;

	while (w->area[i].used)
		i++;
	w->area[i] = (struct model_area){ true, flight, false, iova,
					  iova + length - 1, unit, 0, uptr, prot,
					  pages };
	w->pages[pages].refs++;
	for (unsigned int b = iova; b < iova + length; b++)
		w->owner[b] = (short)(i + 1);
}

static void model_drop(struct model *w, int i)
{
	for (unsigned int b = w->area[i].first; b <= w->area[i].last; b++)
		w->owner[b] = 0;
	w->pages[w->area[i].pages].refs--;
	w->area[i].used = false;
}

static int model_map(struct model *w, const struct vprim_ioas_map_args *a,
		     bool flight, unsigned int *place)
{
	int ret, pages = 0;

	if ((a->flags & ~7u) || a->reserved)
		return -EOPNOTSUPP;
	if (iova_too_large(w, a->iova) || length_too_large(w, a->length_bytes))
		return -EOVERFLOW;
	if (!(a->flags & RW))
		return -EINVAL;
	if (w->place == LOW && a->uptr + a->length_bytes > SPACE - 1)
		return -EOVERFLOW;
	if (!a->length_bytes ||
	    (w->place == LOW && a->length_bytes > SPACE - 1 - PAGE))
		return -EINVAL;
	ret = model_target(w, a->flags, a->iova, a->uptr, a->length_bytes, place);
	if (ret)
		return ret;
	if (a->uptr % PAGE % alignment(w))
		return -EINVAL;
	while (w->pages[pages].refs)
		pages++;
	w->pages[pages].writable = a->flags & VPRIM_IOAS_WRITEABLE;
	model_insert(w, *place, (unsigned int)a->length_bytes, *place, a->uptr,
		     a->flags & RW, pages, flight);
	return 0;
}

static int model_copy(struct model *w, const struct vprim_ioas_copy_args *a,
		      unsigned int *place)
{
	uint64_t end = a->src_iova + a->length_bytes, at, next;
	struct model_area src;
	int ret;

	if (a->flags & ~7u)
		return -EOPNOTSUPP;
	if (length_too_large(w, a->length_bytes) || iova_too_large(w, a->src_iova) ||
	    iova_too_large(w, a->dst_iova))
		return -EOVERFLOW;
	if (!(a->flags & RW) || !a->length_bytes)
		return -EINVAL;
	if (end > SPACE)
		return -EOVERFLOW;
	for (at = a->src_iova; at < end; at++)
		if (area_at(w, at) < 0 || w->area[area_at(w, at)].flight)
			return -ENOENT;
	src = w->area[area_at(w, a->src_iova)];
	ret = model_target(w, a->flags, a->dst_iova,
			   src.uptr + (a->src_iova - src.first),
			   a->length_bytes, place);
	if (ret)
		return ret;
	for (at = a->src_iova; at < end; at = src.last + 1) {
		src = w->area[area_at(w, at)];
		if ((a->flags & VPRIM_IOAS_WRITEABLE) &&
		    !w->pages[src.pages].writable)
			return -EPERM;
		if ((src.uptr + (at - src.first)) % PAGE % alignment(w))
			return -EINVAL;
	}
	for (at = a->src_iova; at < end; at = next) {
		src = w->area[area_at(w, at)];
		next = src.last + 1 < end ? src.last + 1 : end;
		model_insert(w, *place + (unsigned int)(at - a->src_iova),
			     (unsigned int)(next - at), *place,
			     src.uptr + (at - src.first), a->flags & RW,
			     src.pages, false);
	}
	return 0;
}

static void model_unhold(struct model *w, int i)
{
	unsigned int b = w->hold[i].first;

	while (b <= w->hold[i].last) {
		struct model_area *area = &w->area[area_at(w, b)];

		area->holds--;
		b = area->last + 1;
	}
	w->hold[i].used = false;
}

/* The access lets go of what reaches into a range. */
static void model_tell(struct model *w, unsigned int first, unsigned int last)
{
	for (int i = 0; i < HOLDS; i++)
		if (w->hold[i].used && w->hold[i].first <= last &&
		    first <= w->hold[i].last)
			model_unhold(w, i);
}

static int model_unmap(struct model *w, uint64_t iova, uint64_t length)
{
	bool all = !iova && length == UINT64_MAX;
	uint64_t end = all ? SPACE : iova + length;

	w->removed = 0;
	if (!all && (iova_too_large(w, iova) || length_too_large(w, length)))
		return -EOVERFLOW;
	if (!length)
		return -EINVAL;
	if (!all && end > SPACE)
		return -EOVERFLOW;
	for (uint64_t b = iova; b < end; b++) {
		int i = area_at(w, b);

		if (i < 0)
			continue;
		if (w->area[i].flight)
			return -EBUSY;
		if (w->area[i].first < iova || w->area[i].last >= end)
			return -ENOENT;
		if (w->area[i].holds) {
			w->area[i].prevent = true;
			model_tell(w, w->area[i].first, w->area[i].last);
		}
		w->removed += w->area[i].last - w->area[i].first + 1;
		model_drop(w, i);
	}
	return all || w->removed ? 0 : -ENOENT;
}

static int model_check_access(const struct model *w, uint64_t iova,
			      uint64_t length, bool write, bool paged)
{
	if (!length)
		return -EINVAL;
	if (iova + length > SPACE)
		return -EOVERFLOW;
	for (uint64_t b = iova; b < iova + length;) {
		int i = area_at(w, b);
		uint64_t byte;

		if (i < 0 || w->area[i].flight)
			return -ENOENT;
		if (w->area[i].prevent)
			return -EINVAL;
		byte = w->area[i].uptr + (b - w->area[i].first);
		if (paged && byte % PAGE)
			return -EINVAL;
		byte = w->area[i].uptr + (w->area[i].last - w->area[i].first);
		if (paged && w->area[i].last < iova + length - 1 &&
		    byte % PAGE != PAGE - 1)
			return -EINVAL;
		if (write && !w->pages[w->area[i].pages].writable)
			return -EPERM;
		b = w->area[i].last + 1;
	}
	return 0;
}

static bool areas_suit(const struct model *w, unsigned int align)
{
	for (int i = 0; i < AREAS; i++)
		if (w->area[i].used && (w->area[i].first % align ||
					(w->area[i].last + 1) % align ||
					w->area[i].uptr % PAGE % align))
			return false;
	return true;
}

/* -- the IOAS beside it ------------------------------------------------- */

struct world {
	struct vprim_ioas a;
	struct vprim_ioas_access access;
	struct vprim_ioas_hold hold[HOLDS];
	struct model w;
	uint64_t base;
	struct vprim_reason why;	/* of the call before: a success clears it */
	struct test_memory memory;
};

static void let_go(void *ctx, const struct vprim_range *range)
{
	struct world *p = ctx;

	for (int i = 0; i < HOLDS; i++)
		if (p->hold[i].access_ &&
		    vprim_range_overlaps(&p->hold[i].range_, range))
			require(!vprim_ioas_access_unhold(&p->hold[i], NULL));
}

/* By pages, by half pages, by bytes; in three places. */
static void world_begin(struct world *p, unsigned int variant)
{
	struct vprim_ioas_config config;

	memset(p, 0, sizeof(*p));
	p->w.place = variant % 3;
	p->w.floor = (unsigned int[]){ PAGE, PAGE / 2, 1 }[variant / 3];
	p->base = world_base(variant % 3, SPACE);
	vprim_ioas_config_init(&config);
	config.iova_alignment = p->w.floor;
	config.page_bytes = PAGE;
	config.huge_bytes = HUGE_BYTES;
	config.native_last = p->w.place == LOW ? SPACE - 1 : UINT64_MAX;
	config.alloc = &test_alloc_ops;
	config.alloc_ctx = &p->memory;
	require(!vprim_ioas_init(&p->a, sizeof(p->a), &config, NULL));
	p->access.unmap = let_go;
	p->access.ctx = p;
}

static void world_end(struct world *p)
{
	vprim_ioas_fini(&p->a);
	require(!p->memory.blocks);
	require(!p->memory.bytes);
}

static void compare_area(const struct world *p, const struct model_area *want,
			 const struct vprim_ioas_mapping *got)
{
	require(got->range.start == p->base + want->first);
	require(got->range.last == p->base + want->last);
	require(got->uptr == want->uptr);
	require(got->prot == want->prot);
	require(got->shares == p->w.pages[want->pages].refs);
	require(got->in_flight == want->flight);
	require(got->prevent_access == want->prevent);
	require(got->holds == want->holds);
}

/* Spans of what is not reserved: they cover, they do not touch. */
static void compare_ranges(const struct world *p)
{
	struct vprim_range want[SPACE + 2], got[SPACE + 2];
	size_t n = 0, nr;
	bool inside = p->w.place != LOW;

	want[0].start = 0;
	for (unsigned int b = 0; b < SPACE; b++) {
		bool free = !is_reserved(&p->w, b);

		if (free && !inside)
			want[n].start = p->base + b;
		if (!free && inside)
			want[n++].last = p->base + b - 1;
		inside = free;
	}
	if (p->w.place == MIDDLE && !inside)
		want[n].start = p->base + SPACE;
	if (p->w.place == MIDDLE)
		want[n++].last = UINT64_MAX;
	else if (inside)
		want[n++].last = p->base + SPACE - 1;
	require(!vprim_ioas_ranges(&p->a, got, SPACE + 2, &nr, NULL) && nr == n);
	require(!memcmp(got, want, n * sizeof(*got)));
}

static void world_check(const struct world *p)
{
	struct vprim_range rest = { 0, UINT64_MAX };
	struct vprim_ioas_mapping got;
	struct vprim_ioas_stats s;
	unsigned int n = 0, busy = 0, reserved = 0, b;

	for (b = 0; b < SPACE; b++) {
		int i = area_at(&p->w, b);

		if (i < 0)
			continue;
		require(!vprim_ioas_first(&p->a, &rest, NULL, &got));
		compare_area(p, &p->w.area[i], &got);
		n++;
		busy += got.in_flight || got.holds || got.prevent_access;
		b = p->w.area[i].last;
		rest.start = got.range.last + (got.range.last != UINT64_MAX);
	}
	vprim_ioas_get_stats(&p->a, &s);
	for (int o = 0; o < OWNERS; o++)
		reserved += p->w.nr_reserved[o];
	require(s.areas == n);
	require(s.busy == busy);
	require(s.reserved == reserved);
	require(s.iova_alignment == alignment(&p->w));
	compare_ranges(p);
	require(!vprim_ioas_audit(&p->a));
}

/* -- calls ---------------------------------------------------------------- */

/* Mostly whole pages, below @below bytes; now and then anything. */
static uint64_t some(struct choices *c, unsigned int below)
{
	uint64_t v;

	if (SPACE <= 64)
		return (uint64_t)pick(c, below / PAGE) * PAGE;
	v = pick(c, below);
	if (pick(c, 3))
		v -= v % PAGE;
	return odd(c, 100) ? pick(c, 2 * SPACE) : v;
}

/* Where the space goes on, that is another story. */
static void some_range_of(const struct model *w, struct choices *c, unsigned int most,
			  uint64_t *iova, uint64_t *length)
{
	*iova = some(c, SPACE);
	*length = some(c, SPACE <= 64 ? SPACE + PAGE : most);
	if (w->place != LOW)
		*iova %= SPACE;
	if (w->place == MIDDLE && *iova + *length > SPACE)
		*length = SPACE - *iova;
}

/* A place is looked for where it will be found in the space, if at all. */
static uint32_t some_flags(const struct model *w, struct choices *c)
{
	static const uint32_t usual[] = { RW, VPRIM_IOAS_READABLE, RW, RW,
					  VPRIM_IOAS_WRITEABLE };
	uint32_t flags = odd(c, 50) ? pick(c, 16) :
			 usual[pick(c, SPACE <= 64 ? 2 : 5)];

	if ((w->place != LOW && !w->restricted) || pick(c, 2))
		flags |= FIXED;
	return flags;
}

static void step_map(struct world *p, struct choices *c)
{
	bool flight = SPACE <= 64 ? pick(c, 2) : odd(c, 8);
	struct vprim_ioas_map_args args = { .flags = some_flags(&p->w, c) };
	struct vprim_reason why = { .rule = &stale };
	struct vprim_range range = { p->base + 7, 7 };
	uint64_t iova, placed = p->base + 7;
	unsigned int place = 0;
	int want, ret;

	some_range_of(&p->w, c, 40, &iova, &args.length_bytes);
	args.iova = iova + p->base;
	args.uptr = SPACE <= 64 ? 0 : some(c, 96);
	args.reserved = odd(c, 200);
	if (flight) {
		ret = vprim_ioas_map_begin(&p->a, &args, &range, &why);
		placed = range.start;
	} else {
		ret = vprim_ioas_map(&p->a, &args, &placed, &why);
	}
	require((why.rule ? why.rule->error : 0) == ret);
	if (starved(&p->memory, ret)) {
		require(placed == p->base + 7);
		return;
	}
	args.iova = iova;
	want = model_map(&p->w, &args, flight, &place);
	require(ret == want && placed - p->base == (ret ? 7 : place));
}

static void step_copy(struct world *p, struct choices *c)
{
	struct vprim_ioas_copy_args args = { .flags = some_flags(&p->w, c) }, real;
	struct vprim_reason why = { .rule = &stale };
	unsigned int place = 0;
	uint64_t iova = p->base + 7;
	int i, ret;

	some_range_of(&p->w, c, 64, &args.src_iova, &args.length_bytes);
	args.dst_iova = some(c, SPACE);
	if (p->w.place != LOW)
		args.dst_iova %= SPACE;
	i = area_at(&p->w, args.src_iova);
	if (i >= 0 && odd(c, 2)) {
		args.src_iova = p->w.area[i].first;
		args.length_bytes = p->w.area[i].last + 1 - args.src_iova;
	}
	if (p->w.place == MIDDLE && args.dst_iova + args.length_bytes > SPACE)
		args.dst_iova = 0;
	real = args;
	real.src_iova += p->base;
	real.dst_iova += p->base;
	ret = vprim_ioas_copy(&p->a, &p->a, &real, &iova, &why);
	require((why.rule ? why.rule->error : 0) == ret);
	if (starved(&p->memory, ret))
		return;
	require(ret == model_copy(&p->w, &args, &place));
	require(iova - p->base == (ret ? 7 : place));
}

static void step_unmap(struct world *p, struct choices *c)
{
	struct vprim_ioas_unmapped done = { 7, 7, true };
	struct vprim_reason why = { .rule = &stale };
	bool all = SPACE <= 64 ? pick(c, 2) : odd(c, 60);
	uint64_t iova = 0, length = UINT64_MAX;
	int i, ret;

	if (!all) {
		some_range_of(&p->w, c, 80, &iova, &length);
		i = area_at(&p->w, iova);
		if (i >= 0 && odd(c, 2)) {
			iova = p->w.area[i].first;
			length = p->w.area[i].last + 1 - iova;
		}
	}
	ret = vprim_ioas_unmap(&p->a, all ? 0 : p->base + iova, length, &done, &why);
	require(ret == model_unmap(&p->w, iova, length));
	require((why.rule ? why.rule->error : 0) == ret);
	require(done.size_bytes == p->w.removed && !done.whole);
}

/* End what is in flight at a byte, or try to. */
static void step_second_half(struct world *p, struct choices *c)
{
	uint64_t byte = some(c, SPACE) % SPACE;
	bool commit = pick(c, 2), flight;
	struct vprim_range range = { p->base + byte, p->base + byte };
	int ret, i = area_at(&p->w, byte);

	for (uint64_t b = byte; i < 0 && b < SPACE; b++)
		i = area_at(&p->w, b);
	flight = i >= 0 && p->w.area[i].flight;
	if (i >= 0) {
		range.start = p->base + p->w.area[i].first;
		range.last = p->base + p->w.area[i].last;
	}
	ret = commit ? vprim_ioas_map_commit(&p->a, &range, NULL) :
		       vprim_ioas_map_abort(&p->a, &range, NULL);
	require(ret == (flight ? 0 : -ENOENT));
	if (flight && commit)
		p->w.area[i].flight = false;
	else if (flight)
		model_drop(&p->w, i);
}

static void step_allow(struct world *p, struct choices *c)
{
	struct vprim_range list[4];
	unsigned int cover[SPACE] = { 0 };
	size_t n = pick(c, SPACE <= 64 ? 2 : 5);
	int want = 0, ret;

	for (size_t k = 0; k < n; k++) {
		uint64_t start = some(c, SPACE) % SPACE;
		uint64_t last = (start + some(c, SPACE <= 64 ? SPACE : 200)) % SPACE;

		if (SPACE <= 64)
			last |= PAGE - 1;
		list[k] = (struct vprim_range){ p->base + start, p->base + last };
		if (start >= last)
			want = -EINVAL;
		for (uint64_t b = start; b <= last; b++)
			cover[b]++;
	}
	for (unsigned int b = 0; b < SPACE; b++)
		if (cover[b] > 1)
			want = -EINVAL;
	for (unsigned int b = 0; b < SPACE && !want; b++)
		if (cover[b] && is_reserved(&p->w, b))
			want = -EADDRINUSE;
	ret = vprim_ioas_allow(&p->a, list, n, NULL);
	if (starved(&p->memory, ret))
		return;
	require(ret == want);
	if (want)
		return;
	p->w.restricted = n > 0;
	for (unsigned int b = 0; b < SPACE; b++)
		p->w.allowed[b] = cover[b];
}

static void step_reserve(struct world *p, struct choices *c)
{
	uint64_t start, last;
	unsigned int owner = pick(c, OWNERS);
	struct vprim_range range;
	int want = 0, ret;

	if (SPACE <= 64 ? pick(c, 2) : odd(c, 3)) {
		require(vprim_ioas_unreserve(&p->a, owner) == p->w.nr_reserved[owner]);
		p->w.nr_reserved[owner] = 0;
		memset(p->w.reserved[owner], 0, sizeof(p->w.reserved[owner]));
		return;
	}
	start = some(c, SPACE) % SPACE;
	last = start + some(c, SPACE <= 64 ? SPACE : 48);
	if (SPACE <= 64)
		last |= PAGE - 1;
	if (last >= SPACE)
		last = SPACE - 1;
	range = (struct vprim_range){ p->base + start, p->base + last };
	for (uint64_t b = start; b <= last; b++)
		if (area_at(&p->w, b) >= 0 || p->w.allowed[b])
			want = -EADDRINUSE;
	ret = vprim_ioas_reserve(&p->a, &range, owner, NULL);
	if (starved(&p->memory, ret))
		return;
	require(ret == want);
	if (want)
		return;
	p->w.nr_reserved[owner]++;
	for (uint64_t b = start; b <= last; b++)
		p->w.reserved[owner][b]++;
}

static void step_access(struct world *p, struct choices *c)
{
	unsigned int align = 1u << (SPACE <= 64 ? 3 : pick(c, 4));

	if (p->w.access_align) {
		require(!vprim_ioas_access_detach(&p->access, NULL));
		model_tell(&p->w, 0, SPACE - 1);
		p->w.access_align = 0;
		return;
	}
	p->access.iova_alignment = align;
	if (align > alignment(&p->w) && !areas_suit(&p->w, align)) {
		require(vprim_ioas_access_attach(&p->a, &p->access, NULL) == -EADDRINUSE);
		return;
	}
	require(!vprim_ioas_access_attach(&p->a, &p->access, NULL));
	p->w.access_align = align;
}

static void step_rw(struct world *p, uint64_t iova, uint64_t length, bool write)
{
	struct vprim_ioas_piece piece = { 7, 7 };
	int want = model_check_access(&p->w, iova, length, write, false), i;

	if (!p->w.access_align && want != -EOVERFLOW && length)
		want = -ENOENT;
	require(vprim_ioas_access_rw(&p->access, p->base + iova, length, write, &piece,
				     NULL) == want);
	if (want)
		return;
	i = area_at(&p->w, iova);
	require(piece.uptr == p->w.area[i].uptr + (iova - p->w.area[i].first));
	require(piece.length_bytes == (p->w.area[i].last - iova < length ?
				       p->w.area[i].last - iova + 1 : length));
}

/* A refusal says why, and a success leaves no old reason. */
static int told(const struct world *p, int ret)
{
	require((vprim_reason_id(&p->why) != 0) == (ret != 0));
	return ret;
}

static void step_hold(struct world *p, struct choices *c)
{
	uint64_t iova, length;
	int i = (int)pick(c, HOLDS), want;
	bool write = pick(c, 2);

	some_range_of(&p->w, c, 40, &iova, &length);
	iova %= SPACE;
	/* Without an IOAS the words are 64 bits wide, and nothing wraps here. */
	if (iova + length > SPACE && !p->w.access_align)
		length = 1;
	if (pick(c, 2)) {
		step_rw(p, iova, length, write);
		return;
	}
	if (p->w.hold[i].used) {
		require(told(p, vprim_ioas_access_hold(&p->access, p->base + iova, length, 0,
					&p->hold[i], &p->why)) == -EEXIST);
		require(!told(p, vprim_ioas_access_unhold(&p->hold[i], &p->why)));
		model_unhold(&p->w, i);
		return;
	}
	require(told(p, vprim_ioas_access_unhold(&p->hold[i], &p->why)) == -ENOENT);
	want = model_check_access(&p->w, iova, length, write, true);
	if (!p->w.access_align && length)
		want = -ENOENT;
	require(told(p, vprim_ioas_access_hold(&p->access, p->base + iova, length,
				write ? VPRIM_IOAS_HOLD_WRITE : 0, &p->hold[i],
				&p->why)) == want);
	if (want)
		return;
	p->w.hold[i] = (struct model_hold){ true, (unsigned int)iova,
					    (unsigned int)(iova + length - 1) };
	for (uint64_t b = iova; b < iova + length;) {
		struct model_area *area = &p->w.area[area_at(&p->w, b)];

		area->holds++;
		b = area->last + 1;
	}
}

static void step_cut(struct world *p, struct choices *c)
{
	uint64_t byte = (some(c, SPACE) + (SPACE <= 64 ? PAGE - 1 : 0)) % SPACE;
	uint64_t upper = byte + 1;
	int i = area_at(&p->w, byte), want = 0, ret;
	struct model_area *area = &p->w.area[i < 0 ? 0 : i];
	bool inside = i >= 0 && byte != area->first && byte != area->last;

	if (inside && (area->flight || area->prevent))
		want = -EBUSY;
	else if (inside && (upper % alignment(&p->w) || area->holds ||
			    (area->uptr + (upper - area->first)) %
				    alignment(&p->w)))
		want = -EINVAL;
	ret = told(p, vprim_ioas_cut(&p->a, p->base + byte, &p->why));
	if (starved(&p->memory, ret))
		return;
	require(ret == want);
	if (!inside || want)
		return;
	model_insert(&p->w, (unsigned int)upper,
		     area->last + 1 - (unsigned int)upper, 0,
		     area->uptr + (upper - area->first), area->prot,
		     area->pages, false);
	area->last = (unsigned int)byte;
}

static bool is_full(const struct model *w)
{
	unsigned int n = 0;

	for (int i = 0; i < AREAS; i++)
		n += w->area[i].used;
	return n > AREAS / 2;
}

static void world_step(struct world *p, struct choices *c)
{
	static void (*const steps[])(struct world *p, struct choices *c) = {
		step_map, step_unmap, step_hold, step_copy, step_second_half,
		step_cut, step_access, step_reserve, step_allow };
	/* Of 256, where they are chosen at random. */
	static const unsigned int until[] = { 82, 159, 195, 221, 239, 247, 250, 255, 256 };
	unsigned int kind, v;

	if (SPACE <= 64) {
		steps[pick(c, VPRIM_ARRAY_LEN(steps))](p, c);
		return;
	}
	if (is_full(&p->w)) {
		require(!vprim_ioas_unmap(&p->a, 0, UINT64_MAX, NULL, NULL) ==
			!model_unmap(&p->w, 0, UINT64_MAX));
		return;
	}
	v = pick(c, 256);
	for (kind = 0; v >= until[kind]; kind++)
		;
	steps[kind](p, c);
}

#endif
