// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Building tables in memory of the caller's.
 *
 * Invariant: a directory entry is a huge page, or the address of a table in
 * memory_; when that table is invalid_[level], nothing below it is mapped. The
 * shared empty tables are never written after init.
 */
#include "loongarch_internal.h"

static uint64_t page_bytes(const struct vprim_loongarch_tables *t)
{
	return (uint64_t)1 << t->geometry_.page_shift;
}

static uint8_t *at(const struct vprim_loongarch_tables *t, uint64_t pa)
{
	return t->memory_ + (size_t)(pa - t->base_);
}

static uint8_t *slot(const struct vprim_loongarch_tables *t, uint64_t table,
		     uint64_t va, unsigned int level)
{
	return at(t, table) +
	       (size_t)vprim_loongarch_index(&t->geometry_, va, level) * 8;
}

/* A page for a table of @level, every entry of which is unmapped. */
static uint64_t new_table(struct vprim_loongarch_tables *t, unsigned int level)
{
	uint64_t pa = t->base_ + (t->used_++ << t->geometry_.page_shift);
	size_t i, entries = (size_t)1 << t->geometry_.width;

	for (i = 0; i < entries; i++)
		vprim_store_le64(at(t, pa) + 8 * i, t->invalid_[level]);
	return pa;
}

int vprim_loongarch_tables_init(struct vprim_loongarch_tables *tables,
				const struct vprim_loongarch_geometry *g,
				void *memory, uint64_t pages, uint64_t base)
{
	struct vprim_loongarch_tables t;
	uint64_t frames = VPRIM_LOONGARCH_FRAME_MASK;
	unsigned int level;

	if (!tables || !vprim_loongarch_geometry_ok_(g) || !memory || !base ||
	    (base & (((uint64_t)1 << g->page_shift) - 1)))
		return -EINVAL;
	if (pages < g->levels)
		return -ENOSPC;
	/* The highest page that tables may use is 2^48 / page - 1. */
	if (base & ~frames ||
	    pages > ((frames | 0xfff) - base + 1) >> g->page_shift ||
	    pages > SIZE_MAX >> g->page_shift)
		return -ERANGE;
	memset(&t, 0, sizeof(t));
	t.geometry_ = *g;
	t.memory_ = memory;
	t.base_ = base;
	t.pages_ = pages;
	for (level = 0; level < g->levels; level++) {
		t.root_ = new_table(&t, level);
		if (level + 1u < g->levels)
			t.invalid_[level + 1] = t.root_;
	}
	*tables = t;
	return 0;
}

uint64_t vprim_loongarch_tables_root(const struct vprim_loongarch_tables *tables)
{
	return tables->root_;
}

uint64_t vprim_loongarch_tables_used(const struct vprim_loongarch_tables *tables)
{
	return tables->used_;
}

/* Where a walk for @va stopped on its way to @level. */
struct place {
	uint64_t table;		/* the table of the entry */
	uint64_t entry;		/* what stands there */
	unsigned int level;	/* its level: @level, or above when it ends there */
	bool mapped;		/* the entry maps memory */
};

static bool is_none(const struct vprim_loongarch_tables *t, uint64_t entry,
		    unsigned int level)
{
	return entry == t->invalid_[level];
}

static struct place find(const struct vprim_loongarch_tables *t, uint64_t va,
			 unsigned int level)
{
	struct place p = { t->root_, 0, t->geometry_.levels - 1u, false };

	for (;; p.level--) {
		p.entry = vprim_load_le64(slot(t, p.table, va, p.level));
		if (is_none(t, p.entry, p.level))
			return p;
		p.mapped = !p.level || (p.entry & VPRIM_LOONGARCH_HUGE);
		if (p.mapped || p.level == level)
			return p;
		p.table = p.entry;
	}
}

/* 0 when @va is free at @level; *tables_needed more tables lead there. */
static int check_free(const struct vprim_loongarch_tables *t, uint64_t va,
		      unsigned int level, uint64_t *tables_needed)
{
	struct place p = find(t, va, level);

	if (!is_none(t, p.entry, p.level))
		return -EEXIST;
	*tables_needed = p.level - level;
	return 0;
}

/* The place is free and the tables that lead there have pages. */
static void put(struct vprim_loongarch_tables *t, uint64_t va,
		unsigned int level, uint64_t entry)
{
	struct place p = find(t, va, level);

	while (p.level > level) {
		uint64_t child = new_table(t, p.level - 1);

		vprim_store_le64(slot(t, p.table, va, p.level), child);
		p.table = child;
		p.level--;
	}
	vprim_store_le64(slot(t, p.table, va, level), entry);
}

int vprim_loongarch_map(struct vprim_loongarch_tables *tables, uint64_t va,
			uint64_t pa, unsigned int level, uint64_t flags)
{
	uint64_t entry, needed;
	int ret;

	if (!tables)
		return -EINVAL;
	ret = vprim_loongarch_leaf(&tables->geometry_, level, pa, flags, &entry);
	if (ret)
		return ret;
	if (va & (vprim_loongarch_span_(&tables->geometry_, level) - 1))
		return -EINVAL;
	if (!vprim_loongarch_is_low(&tables->geometry_, va))
		return -ERANGE;
	/* A page that maps address 0 with no flags would look unmapped. */
	if (is_none(tables, entry, level))
		return -EINVAL;
	ret = check_free(tables, va, level, &needed);
	if (ret)
		return ret;
	if (needed > tables->pages_ - tables->used_)
		return -ENOSPC;
	put(tables, va, level, entry);
	return 0;
}

/* The largest page that starts at both addresses and ends inside. */
static unsigned int best_level(const struct vprim_loongarch_geometry *g,
			       uint64_t va, uint64_t last, uint64_t pa,
			       unsigned int max_level)
{
	unsigned int level = max_level;

	for (; level; level--) {
		uint64_t mask = vprim_loongarch_span_(g, level) - 1;

		if (!((va | pa) & mask) && last - va >= mask)
			break;
	}
	return level;
}

static int check_range(const struct vprim_loongarch_tables *t,
		       const struct vprim_range *va, uint64_t pa,
		       unsigned int max_level, uint64_t flags)
{
	const struct vprim_loongarch_geometry *g = &t->geometry_;
	uint64_t mask = page_bytes(t) - 1, entry, last_pa;
	int ret;

	if (!vprim_range_is_valid(va) || max_level >= g->levels - 1u ||
	    (va->start & mask) || (va->last & mask) != mask)
		return -EINVAL;
	ret = vprim_loongarch_leaf(g, 0, pa, flags, &entry);
	if (ret)
		return ret;
	if (!entry)
		return -EINVAL;
	if (!vprim_loongarch_is_low(g, va->last) ||
	    vprim_add_overflow(pa, va->last - va->start, &last_pa) ||
	    last_pa >> 48)
		return -ERANGE;
	return 0;
}

/*
 * Tables that mapping the range takes. Pieces ascend, so a table that an
 * earlier piece already needs is the one of the piece before: it is counted when
 * the two differ in that table's part of the address.
 */
static int count_tables(const struct vprim_loongarch_tables *t,
			const struct vprim_range *va, uint64_t pa,
			unsigned int max_level, uint64_t *needed)
{
	const struct vprim_loongarch_geometry *g = &t->geometry_;
	uint64_t cur = va->start, before = 0, step;
	unsigned int level, top, up;
	int ret;

	for (*needed = 0;; before = cur, cur += step + 1, pa += step + 1) {
		uint64_t missing;

		level = best_level(g, cur, va->last, pa, max_level);
		step = vprim_loongarch_span_(g, level) - 1;
		ret = check_free(t, cur, level, &missing);
		if (ret)
			return ret;
		top = level + (unsigned int)missing;
		for (up = level; up < top; up++)
			if (cur == va->start ||
			    (before ^ cur) >> (g->page_shift + (up + 1) * g->width))
				(*needed)++;
		if (va->last - cur == step)
			return 0;
	}
}

int vprim_loongarch_map_range(struct vprim_loongarch_tables *tables,
			      const struct vprim_range *va, uint64_t pa,
			      unsigned int max_level, uint64_t flags)
{
	uint64_t cur, step, entry, needed;
	unsigned int level;
	int ret;

	if (!tables || !va)
		return -EINVAL;
	ret = check_range(tables, va, pa, max_level, flags);
	if (!ret)
		ret = count_tables(tables, va, pa, max_level, &needed);
	if (ret)
		return ret;
	if (needed > tables->pages_ - tables->used_)
		return -ENOSPC;
	for (cur = va->start;; cur += step + 1, pa += step + 1) {
		level = best_level(&tables->geometry_, cur, va->last, pa,
				   max_level);
		step = vprim_loongarch_span_(&tables->geometry_, level) - 1;
		/* Checked with the range: aligned, below 2^48, good flags. */
		ret = vprim_loongarch_leaf(&tables->geometry_, level, pa, flags,
					   &entry);
		if (ret)
			return ret;
		put(tables, cur, level, entry);
		if (va->last - cur == step)
			return 0;
	}
}

int vprim_loongarch_unmap(struct vprim_loongarch_tables *tables, uint64_t va)
{
	struct place p;

	if (!tables)
		return -EINVAL;
	if (!vprim_loongarch_is_low(&tables->geometry_, va))
		return -ERANGE;
	p = find(tables, va, 0);
	if (!p.mapped)
		return -ENOENT;
	vprim_store_le64(slot(tables, p.table, va, p.level),
			 tables->invalid_[p.level]);
	return 0;
}

static bool read_own(void *ctx, uint64_t pa, uint64_t *entry)
{
	const struct vprim_loongarch_tables *t = ctx;

	*entry = vprim_load_le64(at(t, pa));
	return true;
}

int vprim_loongarch_tables_walk(const struct vprim_loongarch_tables *tables,
				uint64_t va, enum vprim_loongarch_access access,
				unsigned int plv,
				struct vprim_loongarch_walk *walk)
{
	struct vprim_loongarch_tables t;

	if (!tables)
		return -EINVAL;
	t = *tables;
	return vprim_loongarch_walk(&t.geometry_, t.root_, read_own, &t, va,
				    access, plv, walk);
}
