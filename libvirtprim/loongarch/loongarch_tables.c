// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Building tables in memory of the caller's, which a guest may write to.
 *
 * Invariant: a directory entry is a huge page, or the address of a table in
 * memory_; when that table is invalid_[level], nothing below it is mapped. The
 * shared empty tables are never written after init.
 *
 * The guest can break that in memory_ at any time, but not in the set itself. So
 * an entry is read once and judged before it is followed: it leads to a page that
 * new_table() has given out for a directory, or nowhere. A path has one step a
 * level whatever it meets, and a table is taken only while there is one.
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
	uint64_t pa = t->base_ + (t->used++ << t->geometry_.page_shift);
	size_t i, entries = (size_t)1 << t->geometry_.width;

	for (i = 0; i < entries; i++)
		vprim_store_le64(at(t, pa) + 8 * i, t->invalid_[level]);
	return pa;
}

int vprim_loongarch_tables_init(struct vprim_loongarch_tables *tables,
				const struct vprim_loongarch_geometry *g,
				void *memory, uint64_t pages, uint64_t base,
				struct vprim_reason *why)
{
	struct vprim_loongarch_tables t;
	uint64_t frames = VPRIM_LOONGARCH_FRAME_MASK;
	unsigned int level;

	vprim_reason_clear(why);
	if (!vprim_loongarch_geometry_ok_(g))
		return refuse(why, GEOMETRY);
	if (!base)
		return refuse(why, ZERO);
	if (base & (((uint64_t)1 << g->page_shift) - 1))
		return refuse(why, ALIGN, VALUE(base));
	if (pages < g->levels)
		return refuse(why, FULL);
	/* The highest page that tables may use is 2^48 / page - 1; 32 bits end before. */
	if (base & ~frames ||
	    (pages > ((frames | 0xfff) - base + 1) >> g->page_shift) |
	    (pages > SIZE_MAX >> g->page_shift))
		return refuse(why, FRAME, VALUE(base));
	memset(&t, 0, sizeof(t));
	t.geometry_ = *g;
	t.memory_ = memory;
	t.base_ = base;
	t.pages_ = pages;
	for (level = 0; level < g->levels; level++) {
		t.root = new_table(&t, level);
		if (level + 1u < g->levels)
			t.invalid_[level + 1] = t.root;
	}
	*tables = t;
	return 0;
}

static uint64_t unused(const struct vprim_loongarch_tables *t)
{
	return t->pages_ - t->used;
}

/* Where the path to @va stopped on its way to a level. */
struct place {
	uint64_t table;		/* the table of the entry */
	uint64_t entry;		/* what stood there */
	unsigned int level;	/* its level: the one asked for, or above */
};

static bool is_none(const struct vprim_loongarch_tables *t,
		    const struct place *p)
{
	return p->entry == t->invalid_[p->level];
}

static bool is_page(const struct vprim_loongarch_tables *t,
		    const struct place *p)
{
	return vprim_loongarch_is_leaf_(&t->geometry_, p->level, p->entry);
}

/* The first pages are the shared tables and the root: no entry leads there. */
static bool is_table(const struct vprim_loongarch_tables *t, uint64_t entry)
{
	uint64_t from = t->base_ + ((uint64_t)t->geometry_.levels <<
				    t->geometry_.page_shift);
	uint64_t end = t->base_ + (t->used << t->geometry_.page_shift);

	return entry >= from && entry < end && !(entry & (page_bytes(t) - 1));
}

static int find(const struct vprim_loongarch_tables *t, uint64_t va,
		unsigned int level, struct place *p, struct vprim_reason *why)
{
	p->table = t->root;
	for (p->level = t->geometry_.levels - 1u;; p->level--) {
		p->entry = vprim_load_once(slot(t, p->table, va, p->level), 8,
					   false);
		if (p->level == level || is_none(t, p) || is_page(t, p))
			return 0;
		if (!is_table(t, p->entry))
			return refuse(why, ALIEN, VALUE(va));
		p->table = p->entry;
	}
}

/* 0 when @va is free at @level; p->level - @level more tables lead there. */
static int find_free(const struct vprim_loongarch_tables *t, uint64_t va,
		     unsigned int level, struct place *p,
		     struct vprim_reason *why)
{
	int ret = find(t, va, level, p, why);

	if (!ret && !is_none(t, p))
		ret = refuse(why, MAPPED, VALUE(va));
	return ret;
}

/* From a free place down to @level; it is not looked at again. */
static int put(struct vprim_loongarch_tables *t, const struct place *p,
	       uint64_t va, unsigned int level, uint64_t entry,
	       struct vprim_reason *why)
{
	uint64_t table = p->table;
	unsigned int up;

	if (p->level - level > unused(t))
		return refuse(why, FULL);
	for (up = p->level; up > level; up--) {
		uint64_t child = new_table(t, up - 1);

		vprim_store_le64(slot(t, table, va, up), child);
		table = child;
	}
	vprim_store_le64(slot(t, table, va, level), entry);
	return 0;
}

int vprim_loongarch_map(struct vprim_loongarch_tables *tables, uint64_t va,
			uint64_t pa, unsigned int level, uint64_t flags,
			struct vprim_reason *why)
{
	struct place p;
	uint64_t entry;
	int ret = vprim_loongarch_leaf(&tables->geometry_, level, pa, flags,
				       &entry, why);

	if (ret)
		return ret;
	if (va & (vprim_loongarch_span_(&tables->geometry_, level) - 1))
		return refuse(why, ALIGN, VALUE(va));
	if (!vprim_loongarch_is_low(&tables->geometry_, va))
		return refuse(why, HIGH, VALUE(va));
	/* A page that maps address 0 with no flags would look unmapped. */
	if (entry == tables->invalid_[level])
		return refuse(why, ZERO);
	ret = find_free(tables, va, level, &p, why);
	return ret ? ret : put(tables, &p, va, level, entry, why);
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
		       unsigned int max_level, uint64_t flags,
		       struct vprim_reason *why)
{
	const struct vprim_loongarch_geometry *g = &t->geometry_;
	uint64_t mask = page_bytes(t) - 1, entry;
	int ret;

	if (!vprim_range_is_valid(va))
		return vprim_reason_inverted_(why, va);
	if (max_level >= g->levels - 1u)
		return refuse(why, LEVEL, VALUE(max_level));
	if (va->start & mask)
		return refuse(why, ALIGN, VALUE(va->start));
	if ((va->last & mask) != mask)
		return refuse(why, ALIGN, VALUE(va->last));
	ret = vprim_loongarch_leaf(g, 0, pa, flags, &entry, why);
	if (ret)
		return ret;
	if (!entry)
		return refuse(why, ZERO);
	if (!vprim_loongarch_is_low(g, va->last))
		return refuse(why, HIGH, VALUE(va->last));
	/* Both are below 2^56. */
	if ((pa + (va->last - va->start)) >> 48)
		return refuse(why, FRAME, VALUE(pa));
	return 0;
}

/*
 * Whether the range is free and there are pages for the tables that it takes.
 * Pieces ascend, so a table that an earlier piece already needs is the one of the
 * piece before: it is counted when the two differ in that table's part of the
 * address.
 *
 * Each piece takes an entry of its own. More pieces than the memory has entries
 * cannot fit, whatever the tables say: this bounds the steps where a guest leads
 * many directories to one table.
 */
static int check_free(const struct vprim_loongarch_tables *t,
		      const struct vprim_range *va, uint64_t pa,
		      unsigned int max_level, struct vprim_reason *why)
{
	const struct vprim_loongarch_geometry *g = &t->geometry_;
	uint64_t cur = va->start, before = 0, step, needed = 0;
	uint64_t entries = t->pages_ << g->width;
	unsigned int level, up;
	struct place p;
	int ret;

	for (; entries--; before = cur, cur += step + 1, pa += step + 1) {
		level = best_level(g, cur, va->last, pa, max_level);
		step = vprim_loongarch_span_(g, level) - 1;
		ret = find_free(t, cur, level, &p, why);
		if (ret)
			return ret;
		for (up = level; up < p.level; up++)
			if (cur == va->start ||
			    (before ^ cur) >> (g->page_shift + (up + 1) * g->width))
				needed++;
		if (needed > unused(t))
			return refuse(why, FULL);
		if (va->last - cur == step)
			return 0;
	}
	return refuse(why, FULL);
}

/* One piece of a range that check_free() found free; a guest may have been in. */
static int put_piece(struct vprim_loongarch_tables *t, uint64_t va, uint64_t pa,
		     unsigned int level, uint64_t flags,
		     struct vprim_reason *why)
{
	struct place p;
	uint64_t entry;
	int ret;

	/* Checked with the range: aligned, below 2^48, good flags. */
	certain(vprim_loongarch_leaf(&t->geometry_, level, pa, flags, &entry,
				     NULL));
	ret = find_free(t, va, level, &p, NULL);
	if (!ret)
		ret = put(t, &p, va, level, entry, NULL);
	return ret ? refuse(why, ALIEN, VALUE(va)) : 0;
}

int vprim_loongarch_map_range(struct vprim_loongarch_tables *tables,
			      const struct vprim_range *va, uint64_t pa,
			      unsigned int max_level, uint64_t flags,
			      struct vprim_reason *why)
{
	uint64_t cur, step;
	unsigned int level;
	int ret;

	vprim_reason_clear(why);
	ret = check_range(tables, va, pa, max_level, flags, why);
	if (!ret)
		ret = check_free(tables, va, pa, max_level, why);
	if (ret)
		return ret;
	for (cur = va->start;; cur += step + 1, pa += step + 1) {
		level = best_level(&tables->geometry_, cur, va->last, pa,
				   max_level);
		step = vprim_loongarch_span_(&tables->geometry_, level) - 1;
		ret = put_piece(tables, cur, pa, level, flags, why);
		if (ret || va->last - cur == step)
			return ret;
	}
}

int vprim_loongarch_unmap(struct vprim_loongarch_tables *tables, uint64_t va,
			  struct vprim_reason *why)
{
	struct place p;
	int ret;

	vprim_reason_clear(why);
	if (!vprim_loongarch_is_low(&tables->geometry_, va))
		return refuse(why, HIGH, VALUE(va));
	ret = find(tables, va, 0, &p, why);
	if (ret)
		return ret;
	if (is_none(tables, &p))
		return refuse(why, UNMAPPED, VALUE(va));
	vprim_store_le64(slot(tables, p.table, va, p.level),
			 tables->invalid_[p.level]);
	return 0;
}

static bool read_own(void *ctx, uint64_t pa, uint64_t *entry)
{
	const struct vprim_loongarch_tables *t = ctx;

	if (pa < t->base_ || (pa - t->base_) >> t->geometry_.page_shift >=
			     t->pages_)
		return false;
	*entry = vprim_load_once(at(t, pa), 8, false);
	return true;
}

int vprim_loongarch_tables_walk(const struct vprim_loongarch_tables *tables,
				uint64_t va, enum vprim_loongarch_access access,
				unsigned int plv,
				struct vprim_loongarch_translation *walk)
{
	struct vprim_loongarch_tables t = *tables;

	return vprim_loongarch_walk(&t.geometry_, t.root, read_own, &t, va,
				    access, plv, walk);
}
