/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the type1 policy share.
 *
 * A mapping is one entry of an IOVA map. Its value is the vaddr, whose low bits
 * are free because a vaddr is aligned to a page of at least eight bytes: they
 * hold the protection and "has no vaddr". A mapping therefore costs no memory of
 * its own. Pins and dirty bitmaps, which most containers never have, are maps
 * beside it.
 */
#ifndef TYPE1_INTERNAL_H
#define TYPE1_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/type1.h>

/* type1_rules.c; by their ids. */
extern const struct vprim_rule vprim_type1_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_type1_rule_, (id) - VPRIM_TYPE1_RULE_ARGSZ, \
		     __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_TYPE1_RULE_##id, __VA_ARGS__)
#define note(why, id, ...) \
	VPRIM_NOTE(why, vprim_type1_rule_, \
		   VPRIM_TYPE1_RULE_##id - VPRIM_TYPE1_RULE_ARGSZ, __VA_ARGS__)

#define PROT_MASK (VPRIM_TYPE1_MAP_READ | VPRIM_TYPE1_MAP_WRITE)
#define NO_VADDR 4u
#define VALUE_FLAGS 7u

/* Whether the kernel whose answers are wanted has a change. */
static inline bool has(const struct vprim_type1 *c, enum vprim_change change)
{
	return vprim_linux_has(c->config_.release, change);
}

/* The smallest page that IOVAs are aligned to. */
static inline uint64_t smallest_page(const struct vprim_type1 *c)
{
	return c->pgsize_bitmap_ & (~c->pgsize_bitmap_ + 1);
}

static inline struct vprim_range everything(const struct vprim_type1 *c)
{
	struct vprim_range all = { 0, c->config_.native_last };

	return all;
}

static inline struct vprim_type1_mapping
mapping_of(const struct vprim_iova_mapping *m)
{
	struct vprim_type1_mapping out;

	out.range = m->range;
	out.vaddr = m->value & ~(uint64_t)VALUE_FLAGS;
	out.prot = (uint32_t)m->value & PROT_MASK;
	out.vaddr_valid = !(m->value & NO_VADDR);
	return out;
}

static inline bool same_range(const struct vprim_range *a,
			      const struct vprim_range *b)
{
	return a->start == b->start && a->last == b->last;
}

/*
 * Before "type1-top" a search computes the end of what ends at the last word as 0:
 * it does not find such a mapping, and for such a range it finds none.
 */
static inline bool is_missed(const struct vprim_type1 *c,
			     const struct vprim_range *range)
{
	return c->misses_top_ && range->last == c->config_.native_last;
}

/* Nor has a wrap an errno of its own before. */
static inline int wraps(const struct vprim_type1 *c, int ret)
{
	return c->misses_top_ ? -EINVAL : ret;
}

/* The first step of a walk over one of the maps; the map's own steps go on. */
static inline int walk(struct vprim_iova_map_cursor *at,
		       const struct vprim_iova_map *map,
		       const struct vprim_range *range,
		       struct vprim_iova_mapping *m)
{
	int ret = vprim_iova_map_cursor_init(at, map, range);

	return ret ? ret : vprim_iova_map_cursor_next(at, m);
}

/* A size becomes a range of the kernel's words; false when it wraps there. */
static inline bool native_range(const struct vprim_type1 *c, uint64_t start,
				uint64_t size_bytes, struct vprim_range *range)
{
	return !vprim_range_from_size(start, size_bytes, range) &&
	       range->last <= c->config_.native_last;
}

/* Refuse the first of two words that the kernel cannot hold. */
static inline int check_native(const struct vprim_type1 *c, uint64_t a,
			       uint64_t b, struct vprim_reason *why)
{
	uint64_t bad = a > c->config_.native_last ? a : b;

	if (bad <= c->config_.native_last)
		return 0;
	return wraps(c, refuse(why, NATIVE, VALUE(bad)));
}

static inline int check_aligned(const struct vprim_type1 *c, uint64_t value,
				struct vprim_reason *why)
{
	if (!(value & (smallest_page(c) - 1)))
		return 0;
	return refuse(why, ALIGN, VALUE(value));
}

/* type1.c: the mapping that holds an IOVA, as far as a search finds it. */
int vprim_type1_stab_(const struct vprim_type1 *c, uint64_t iova,
		      struct vprim_iova_mapping *m);
/* type1.c: refuse a range that cuts a mapping; rule says which call asks. */
int vprim_type1_check_cut_(const struct vprim_type1 *c,
			   const struct vprim_range *range,
			   enum vprim_type1_rule rule,
			   struct vprim_reason *why);
/* type1.c: what must happen for a mapping that has left the map. */
void vprim_type1_gone_(struct vprim_type1 *c,
		       const struct vprim_iova_mapping *m);

/* type1_attach.c */
uint64_t vprim_type1_pgsizes_(const struct vprim_type1 *c, uint64_t more);
void vprim_type1_follow_pgsizes_(struct vprim_type1 *c);
int vprim_type1_groups_check_(const struct vprim_type1 *c);

/* type1_windows.c */
bool vprim_type1_usable_(const struct vprim_type1 *c,
			 const struct vprim_range *range,
			 struct vprim_range *hit);
bool vprim_type1_windows_span_(const struct vprim_type1 *c,
			       struct vprim_range *span);
size_t vprim_type1_windows_count_(const struct vprim_type1 *c);
int vprim_type1_windows_take_(struct vprim_type1 *c,
			      struct vprim_type1_group *group,
			      struct vprim_reason *why);
void vprim_type1_windows_give_(struct vprim_type1 *c,
			       struct vprim_type1_group *group);
void vprim_type1_windows_fini_(struct vprim_type1 *c);
int vprim_type1_windows_check_(const struct vprim_type1 *c);

/* type1_dirty.c */
int vprim_type1_bitmap_check_(const struct vprim_type1_bitmap *bitmap,
			      uint64_t size_bytes, struct vprim_reason *why);
int vprim_type1_bits_add_(struct vprim_type1 *c,
			  const struct vprim_range *range,
			  struct vprim_reason *why);
void vprim_type1_bits_drop_(struct vprim_type1 *c,
			    const struct vprim_range *range);
void vprim_type1_bits_fill_(struct vprim_type1 *c);
void vprim_type1_bits_mark_(struct vprim_type1 *c,
			    const struct vprim_range *touched);
int vprim_type1_bits_put_(struct vprim_type1 *c,
			  const struct vprim_range *range, uint64_t base,
			  const struct vprim_type1_bitmap *to,
			  struct vprim_reason *why);

#endif
