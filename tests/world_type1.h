/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A type1 container beside a naive model, which keeps the pages of a small space in
 * plain arrays. One mediated device obeys and unpins.
 */
#ifndef WORLD_TYPE1_H
#define WORLD_TYPE1_H
#ifdef WORLD_WHOLE
#define TEST_ARENA_UNITS 256
#endif
#define WORLD_DEPTH 3
#define WORLD_VARIANTS 6u
#include "world.h"
#include <virtprim/type1.h>

/* Left by an earlier refusal: a success must take it away. */
static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };

#define PAGE 8u

/* -- the naive model: a small space of pages, all numbers are small ----- */

#ifdef WORLD_WHOLE
#define PAGES 4u
#define LIMIT 2u
#else
#define PAGES 64u
#define LIMIT 8u
#endif
#define SPACE (PAGES * PAGE)		/* bytes; native words end at SPACE - 1 */

struct model_mapping {
	bool used, invalid;
	unsigned int first, last;	/* pages */
	uint64_t vaddr;
	uint32_t prot;
};

struct model {
	struct model_mapping m[PAGES];
	signed char owner[PAGES];	/* 1 + which mapping, 0 for none */
	unsigned int pins[PAGES];
	bool dirty[PAGES];
	bool window[PAGES + 1];		/* a window begins at this page */
	bool usable[PAGES];
	bool windows;
	unsigned int limit;
	bool v2, mdev, tracking;
	enum { LOW, MIDDLE, TOP } place;	/* of the space in that of 64 bits */
	unsigned int removed, told;
};

/* More than a word holds, where words are small. */
static bool too_large(const struct model *w, uint64_t v)
{
	return w->place == LOW && v >= SPACE;
}

static int at(const struct model *w, uint64_t page)
{
	return w->owner[page] - 1;
}

static unsigned int count(const struct model *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		n += w->m[i].used;
	return n;
}

static unsigned int invalid(const struct model *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		n += w->m[i].used && w->m[i].invalid;
	return n;
}

static bool in_one_window(const struct model *w, uint64_t first, uint64_t last)
{
	if (!w->windows)
		return true;
	for (uint64_t p = first; p <= last; p++)
		if (!w->usable[p] || (p > first && w->window[p]))
			return false;
	return true;
}

static int model_map(struct model *w, uint64_t iova, uint64_t vaddr,
		     uint64_t size, uint32_t flags, uint32_t argsz)
{
	uint64_t first = iova / PAGE, last = (iova + size - 1) / PAGE;
	int hit = -1;

	if (argsz < 32 || (flags & ~7u))
		return -EINVAL;
	if (too_large(w, iova) || too_large(w, vaddr) || too_large(w, size))
		return -EOVERFLOW;
	if (!size)
		return -EINVAL;
	if (iova + size > SPACE || (w->place == LOW && vaddr + size > SPACE))
		return -EOVERFLOW;
	if (!!(flags & 3) == !!(flags & 4))
		return -EINVAL;
	if (iova % PAGE || vaddr % PAGE || size % PAGE)
		return -EINVAL;
	for (uint64_t p = first; p <= last && hit < 0; p++)
		hit = at(w, p);
	if (flags & 4) {
		if (hit < 0)
			return -ENOENT;
		if (!w->m[hit].invalid || w->m[hit].first != first ||
		    w->m[hit].last != last)
			return -EINVAL;
		w->m[hit].invalid = false;
		w->m[hit].vaddr = vaddr;
		return 0;
	}
	if (hit >= 0)
		return -EEXIST;
	if (count(w) >= w->limit)
		return -ENOSPC;
	if (!in_one_window(w, first, last))
		return -EINVAL;
	for (hit = 0; w->m[hit].used; hit++)
		;
	w->m[hit] = (struct model_mapping){ true, false, (unsigned int)first,
					    (unsigned int)last, vaddr,
					    flags & 3 };
	for (uint64_t p = first; p <= last; p++) {
		w->dirty[p] = false;
		w->owner[p] = (signed char)(hit + 1);
	}
	return 0;
}

/* Take a mapping out; drivers that pinned in it are told once. */
static void model_remove(struct model *w, int i)
{
	bool pinned = false;

	for (unsigned int p = w->m[i].first; p <= w->m[i].last; p++) {
		pinned |= w->pins[p] > 0;
		w->pins[p] = 0;
		w->owner[p] = 0;
	}
	w->told += pinned;
	w->removed += w->m[i].last - w->m[i].first + 1;
	w->m[i].used = false;
}

static int model_unmap(struct model *w, uint64_t iova, uint64_t size,
		       uint32_t flags, uint32_t argsz)
{
	bool all = flags & 2, vaddr = flags & 4;
	uint64_t first = iova / PAGE, last = (iova + size - 1) / PAGE;
	int i;

	w->removed = 0;
	w->told = 0;
	if (argsz < 24 || (flags & ~6u))
		return -EINVAL;
	if (vaddr && w->mdev)
		return -EBUSY;
	if (too_large(w, iova) || too_large(w, size))
		return -EOVERFLOW;
	if (iova % PAGE)
		return -EINVAL;
	if (all && (iova || size))
		return -EINVAL;
	if (!all && (!size || size % PAGE))
		return -EINVAL;
	if (!all && iova + size > SPACE)
		return -EOVERFLOW;
	if (all)
		last = PAGES - 1;
	if (w->v2 && !all) {
		i = at(w, first);
		if (i >= 0 && w->m[i].first != first)
			return -EINVAL;
		i = at(w, last);
		if (i >= 0 && w->m[i].last != last)
			return -EINVAL;
	}
	for (uint64_t p = first; vaddr && p <= last; p++) {
		i = at(w, p);
		if (i >= 0 && !w->v2 && !all && w->m[i].first < first)
			return 0;
		if (i >= 0 && w->m[i].invalid)
			return -EINVAL;
	}
	for (uint64_t p = first; p <= last; p++) {
		i = at(w, p);
		if (i < 0)
			continue;
		if (!w->v2 && !all && w->m[i].first < first)
			break;
		if (!vaddr) {
			model_remove(w, i);
		} else if (!w->m[i].invalid) {
			w->m[i].invalid = true;
			w->removed += w->m[i].last - w->m[i].first + 1;
		}
	}
	return 0;
}

static int model_pin(struct model *w, uint64_t iova, int64_t pages,
		     uint32_t prot)
{
	if (pages <= 0)
		return -EINVAL;
	if (iova >= SPACE || (uint64_t)pages > PAGES ||
	    iova + (uint64_t)pages * PAGE > SPACE)
		return -EOVERFLOW;
	if (iova % PAGE)
		return -EINVAL;
	if (!w->v2)
		return -EACCES;
	if (invalid(w))
		return -EBUSY;
	for (uint64_t p = 0; p < (uint64_t)pages; p++) {
		int i = at(w, iova / PAGE + p);

		if (i < 0)
			return -EINVAL;
		if (prot & ~w->m[i].prot)
			return -EPERM;
	}
	for (uint64_t p = 0; p < (uint64_t)pages; p++) {
		w->pins[iova / PAGE + p]++;
		w->dirty[iova / PAGE + p] = true;
	}
	return 0;
}

static int model_unpin(struct model *w, uint64_t iova, int64_t pages)
{
	if (pages <= 0)
		return -EINVAL;
	if (iova >= SPACE || (uint64_t)pages > PAGES ||
	    iova + (uint64_t)pages * PAGE > SPACE)
		return -EOVERFLOW;
	if (iova % PAGE)
		return -EINVAL;
	for (uint64_t p = 0; p < (uint64_t)pages; p++)
		if (!w->pins[iova / PAGE + p])
			return -ENOENT;
	for (uint64_t p = 0; p < (uint64_t)pages; p++)
		w->pins[iova / PAGE + p]--;
	return 0;
}

static int model_write(struct model *w, uint64_t iova, uint64_t size,
		       struct vprim_type1_piece *piece)
{
	int i = iova < SPACE ? at(w, iova / PAGE) : -1;
	uint64_t room;

	if (!size)
		return -EINVAL;
	if (invalid(w))
		return -EBUSY;
	if (i < 0)
		return -EINVAL;
	if (w->m[i].prot != 3)
		return -EPERM;
	room = (w->m[i].last + 1) * PAGE - iova;
	piece->size_bytes = size < room ? size : room;
	piece->vaddr = w->m[i].vaddr + (iova - w->m[i].first * PAGE);
	for (uint64_t b = iova; b < iova + piece->size_bytes; b++)
		w->dirty[b / PAGE] = true;
	return 0;
}

/* The bits of a range; reading clears, and pins stay dirty. */
static int model_get(struct model *w, uint64_t iova, uint64_t size,
		     uint64_t *bits)
{
	int i;

	if (too_large(w, iova) || too_large(w, size))
		return -EOVERFLOW;
	if (!size)
		return -EINVAL;
	if (iova + size > SPACE)
		return -EOVERFLOW;
	if (size / PAGE == 0 || iova % PAGE || size % PAGE || !w->tracking)
		return -EINVAL;
	i = at(w, iova / PAGE);
	if (i >= 0 && w->m[i].first != iova / PAGE)
		return -EINVAL;
	i = at(w, (iova + size - 1) / PAGE);
	if (i >= 0 && w->m[i].last != (iova + size - 1) / PAGE)
		return -EINVAL;
	for (uint64_t p = iova / PAGE; p < (iova + size) / PAGE; p++)
		if (at(w, p) >= 0) {
			*bits |= (uint64_t)w->dirty[p] << (p - iova / PAGE);
			w->dirty[p] = w->pins[p] > 0;
		}
	return 0;
}

/* -- the container beside it -------------------------------------------- */

struct world {
	struct vprim_type1 c;
	struct vprim_type1_group mdev;
	struct model w;
	uint64_t base;		/* where the small space lies */
	unsigned int told;
	struct test_memory memory;
};

static int obey(void *ctx, const struct vprim_type1_mapping *m)
{
	struct world *p = ctx;
	bool held = false;

	for (uint64_t page = m->range.start;; page += PAGE) {
		while (!vprim_type1_unpin(&p->c, page, 1, NULL))
			held = true;
		if (m->range.last - page < PAGE)
			break;
	}
	p->told += held;
	return held ? VPRIM_TYPE1_RESTART : 0;
}

/* v2 and v1, each so small that the limit is met; in three places. */
static void world_begin(struct world *p, unsigned int variant)
{
	static const struct vprim_type1_ops obeying = { .dma_unmap = obey };
	struct vprim_type1_config config;

	memset(p, 0, sizeof(*p));
	p->w.place = variant % 3;
	p->w.v2 = variant / 3 == 0;
	p->w.limit = LIMIT;
	p->base = world_base(variant % 3, SPACE);
	vprim_type1_config_init(&config);
	config.kind = p->w.v2 ? VPRIM_TYPE1_V2 : VPRIM_TYPE1_IOMMU;
	config.entry_limit = LIMIT;
	config.page_bytes = PAGE;
	config.native_last = p->w.place == LOW ? SPACE - 1 : UINT64_MAX;
	config.alloc = &test_alloc_ops;
	config.alloc_ctx = &p->memory;
	config.ops = &obeying;
	config.ops_ctx = p;
	require(!vprim_type1_init(&p->c, sizeof(p->c), &config, NULL));
	p->mdev.emulated = true;
}

static void world_end(struct world *p)
{
	vprim_type1_fini(&p->c);
	require(!p->memory.blocks);
	require(!p->memory.bytes);
}

/* Everything that can be seen must be what the model says. */
static void world_check(const struct world *p)
{
	struct vprim_range rest = { 0, UINT64_MAX };
	struct vprim_type1_stats s;
	struct vprim_type1_mapping m;
	unsigned int pinned = 0;

	vprim_type1_get_stats(&p->c, &s);
	require(s.mappings == count(&p->w));
	require(s.mappings + s.avail == p->w.limit);
	require(s.vaddr_invalid == invalid(&p->w));
	require(s.dirty_tracking == p->w.tracking);
	for (unsigned int page = 0; page < PAGES; page++) {
		pinned += p->w.pins[page] > 0;
		int i = at(&p->w, page);

		if (i < 0 || p->w.m[i].first != page)
			continue;
		require(!vprim_type1_first(&p->c, &rest, NULL, &m));
		require(m.range.start == p->base + page * PAGE);
		require(m.range.last == p->base + p->w.m[i].last * PAGE + (PAGE - 1));
		require(m.vaddr == p->w.m[i].vaddr);
		require(m.prot == p->w.m[i].prot);
		require(m.vaddr_valid == !p->w.m[i].invalid);
		rest.start = m.range.last + (m.range.last != UINT64_MAX);
	}
	require(s.pinned_pages == pinned);
	require(!vprim_type1_audit(&p->c));
}

static int do_map(struct world *p, uint64_t iova, uint64_t vaddr, uint64_t size,
		  uint32_t flags, uint32_t argsz)
{
	struct vprim_type1_map_args args = { argsz, flags, vaddr,
					     p->base + iova, size };
	struct vprim_reason why = { .rule = &stale };
	int ret = vprim_type1_map(&p->c, &args, &why);

	require(ret == (why.rule ? why.rule->error : 0));
	return ret;
}

static int do_unmap(struct world *p, uint64_t iova, uint64_t size, uint32_t flags,
		    uint32_t argsz, struct vprim_type1_unmapped *done)
{
	struct vprim_type1_unmap_args args = { argsz, flags, p->base + iova,
					       size, { 0, 0, NULL } };
	struct vprim_reason why = { .rule = &stale };
	int ret;

	if (flags & VPRIM_TYPE1_UNMAP_ALL_MAPPINGS)
		args.iova = iova;
	p->told = 0;
	ret = vprim_type1_unmap(&p->c, &args, done, &why);
	require(ret == (why.rule ? why.rule->error : 0));
	return ret;
}

/* -- calls ---------------------------------------------------------------- */

/* Mostly whole pages near each other, now and then anything. */
static uint64_t some(struct choices *c, unsigned int pages)
{
	uint64_t v = (uint64_t)pick(c, pages + 1) * PAGE;

	if (odd(c, 24))
		v += pick(c, PAGE);
	if (odd(c, 64))
		v = pick(c, 2 * SPACE);
	return v;
}

static uint32_t some_flags(struct choices *c, const uint32_t *usual, unsigned int n)
{
	return odd(c, 32) ? pick(c, 32) : usual[pick(c, n)];
}

/* Where the space goes on, that is another story; at its top it does not. */
static void some_range_of(const struct model *w, struct choices *c, uint64_t *iova,
			  uint64_t *size)
{
	*iova = some(c, PAGES - 1);
	*size = some(c, PAGES > 8 && often(c, 3) ? 6 : PAGES + 1);
	if (w->place != LOW)
		*iova %= SPACE;
	if (w->place == MIDDLE && *iova + *size > SPACE)
		*size = SPACE - *iova;
}

static void step_map(struct world *p, struct choices *c)
{
	static const uint32_t usual[] = { 3, 1, 4, 2, 3, 3, 4 };
	uint64_t iova, size, vaddr = some(c, PAGES > 8 ? PAGES - 8 : 0);
	uint32_t flags = some_flags(c, usual, PAGES > 8 ? 7 : 3);
	uint32_t argsz = odd(c, 200) ? 31 : 32;
	int i, ret;

	some_range_of(&p->w, c, &iova, &size);
	i = iova < SPACE ? at(&p->w, iova / PAGE) : -1;
	/* Give vaddrs back where they are missing, or it hardly ever happens. */
	if ((flags & 4) && i >= 0 && often(c, 4)) {
		iova = p->w.m[i].first * PAGE;
		size = (p->w.m[i].last - p->w.m[i].first + 1) * PAGE;
	}
	ret = do_map(p, iova, vaddr, size, flags, argsz);
	if (!starved(&p->memory, ret))
		require(ret == model_map(&p->w, iova, vaddr, size, flags, argsz));
}

static void step_unmap(struct world *p, struct choices *c)
{
	static const uint32_t usual[] = { 0, 4, 0, 0, 0, 0 };
	struct vprim_type1_unmapped done = { 7, 7, true };
	uint64_t iova, size;
	uint32_t flags = some_flags(c, usual, PAGES > 8 ? 6 : 2) & ~1u;
	uint32_t argsz = odd(c, 200) ? 23 : 24;
	bool all = PAGES > 8 ? odd(c, 40) : pick(c, 2);
	int ret, i;

	if (all) {
		flags |= 2;
		iova = size = 0;
	} else {
		some_range_of(&p->w, c, &iova, &size);
		i = iova < SPACE ? at(&p->w, iova / PAGE) : -1;
		if (i >= 0 && odd(c, 2)) {
			iova = p->w.m[i].first * PAGE;
			size = (p->w.m[i].last - p->w.m[i].first + 1) * PAGE;
		}
	}
	ret = do_unmap(p, iova, size, flags, argsz, &done);
	require(ret == model_unmap(&p->w, iova, size, flags, argsz));
	if (ret) {
		require(done.size_bytes == 7 && done.mappings == 7);
		return;
	}
	require(done.size_bytes == p->w.removed * PAGE && !done.whole);
	require(p->told == p->w.told);
}

static void step_pin(struct world *p, struct choices *c)
{
	uint64_t iova, size;
	int64_t pages;
	uint32_t prot = 2 * pick(c, 2) + odd(c, 2);
	int ret;

	some_range_of(&p->w, c, &iova, &size);
	pages = (int64_t)(size / PAGE) - odd(c, 8);
	if (pick(c, 2)) {
		ret = vprim_type1_pin(&p->c, NULL, p->base + iova, pages, prot, NULL);
		if (!starved(&p->memory, ret))
			require(ret == model_pin(&p->w, iova, pages, prot));
	} else {
		ret = vprim_type1_unpin(&p->c, p->base + iova, pages, NULL);
		require(ret == model_unpin(&p->w, iova, pages));
	}
}

static void step_dirty(struct world *p, struct choices *c)
{
	uint64_t iova, size, want = odd(c, 1) ? pick(c, 256) * UINT64_C(0x10101) : 0;
	uint8_t got[8];
	struct vprim_type1_dirty_args args = {
		48, VPRIM_TYPE1_DIRTY_GET, 0, 0, { PAGE, sizeof(got), got } };
	struct vprim_type1_piece piece = { 0, 0 }, model_piece = { 0, 0 };

	some_range_of(&p->w, c, &iova, &size);
	if (pick(c, 2)) {
		require(vprim_type1_rw(&p->c, p->base + iova, size, true, &piece, NULL) ==
			model_write(&p->w, iova, size, &model_piece));
		require(piece.vaddr == model_piece.vaddr);
		require(piece.size_bytes == model_piece.size_bytes);
		return;
	}
	args.iova = p->base + iova;
	args.size_bytes = size;
	vprim_store_le64(got, want);
	require(vprim_type1_dirty_pages(&p->c, &args, NULL) ==
		(p->w.v2 ? model_get(&p->w, iova, size, &want) : -EACCES));
	require(vprim_load_le64(got) == want);
}

static void step_tracking(struct world *p, struct choices *c)
{
	struct vprim_type1_dirty_args args = { 8, VPRIM_TYPE1_DIRTY_STOP, 0, 0,
					       { 0, 0, NULL } };
	int ret;

	if (pick(c, 2))
		args.flags = VPRIM_TYPE1_DIRTY_START;
	ret = vprim_type1_dirty_pages(&p->c, &args, NULL);
	if (starved(&p->memory, ret))
		return;
	require(ret == (p->w.v2 ? 0 : -EACCES));
	if (!p->w.v2)
		return;
	for (unsigned int i = 0; i < PAGES; i++)
		if (!p->w.tracking || args.flags == VPRIM_TYPE1_DIRTY_STOP)
			p->w.dirty[i] = p->w.pins[i] > 0;
	p->w.tracking = args.flags == VPRIM_TYPE1_DIRTY_START;
}

/* A list: pages change between usable and not, and seams fall in. */
static void step_windows(struct world *p, struct choices *c)
{
	struct vprim_range list[PAGES];
	struct model next = p->w;
	size_t n = 0;
	int ret;

	next.windows = false;
	for (unsigned int i = 0; i < PAGES; i++) {
		bool before = i && next.usable[i - 1];

		next.usable[i] = PAGES <= 8 ? pick(c, 2) :
				 odd(c, 12) ? !before : before || !i;
		next.window[i] = next.usable[i] && (!before ||
			(PAGES <= 8 ? pick(c, 2) : odd(c, 12)));
		next.windows |= next.usable[i];
		if (next.window[i])
			list[n++].start = p->base + i * PAGE;
		if (next.usable[i])
			list[n - 1].last = p->base + i * PAGE + (PAGE - 1);
	}
	ret = vprim_type1_set_windows(&p->c, list, n, NULL);
	if (starved(&p->memory, ret))
		return;
	require(!ret);
	p->w = next;
}

static void step_mdev(struct world *p)
{
	int ret;

	if (p->w.mdev) {
		require(!vprim_type1_detach(&p->c, &p->mdev, NULL));
		/* It was the last group: all mappings and pins go. */
		memset(p->w.m, 0, sizeof(p->w.m));
		memset(p->w.owner, 0, sizeof(p->w.owner));
		memset(p->w.pins, 0, sizeof(p->w.pins));
		p->w.mdev = false;
		return;
	}
	ret = vprim_type1_attach(&p->c, &p->mdev, NULL);
	if (starved(&p->memory, ret))
		return;
	require(ret == (invalid(&p->w) ? -EBUSY : 0));
	p->w.mdev = !ret;
}

static void world_step(struct world *p, struct choices *c)
{
	/* What ends much is rare where much is chosen at random. */
	static const unsigned int until[] = { 97, 179, 217, 252, 253, 254, 256 };
	unsigned int kind, v;

	if (PAGES <= 8) {
		kind = pick(c, 7);
	} else {
		v = pick(c, 256);
		for (kind = 0; v >= until[kind]; kind++)
			;
	}
	switch (kind) {
	case 0:
		step_map(p, c);
		break;
	case 1:
		step_unmap(p, c);
		break;
	case 2:
		step_pin(p, c);
		break;
	case 3:
		step_dirty(p, c);
		break;
	case 4:
		step_tracking(p, c);
		break;
	case 5:
		step_windows(p, c);
		break;
	default:
		step_mdev(p);
	}
}

#endif
