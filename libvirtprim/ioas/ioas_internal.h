/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of the ioas policy share.
 *
 * An area is an entry of the IOVA map whose value points to what is kept about
 * it. Pages are counted; the area that brings them in is part of them.
 *
 * IOASes of one allocator share the pages of copies, each under its own lock: what
 * pages are does not change, and their count is atomic. With another allocator a
 * copy gets pages of its own. So whoever frees pages has the allocator that made
 * them, and no IOAS has to outlive another.
 */
#ifndef IOAS_INTERNAL_H
#define IOAS_INTERNAL_H
#include <virtprim/refuse.h>
#include <virtprim/ioas.h>

/* ioas_rules.c; by their ids. */
extern const struct vprim_rule vprim_ioas_rule_[];
#define refuse_by(why, id, ...) \
	VPRIM_REFUSE(why, vprim_ioas_rule_, (id) - VPRIM_IOAS_RULE_FLAG, \
		     __VA_ARGS__)
#define refuse(why, id, ...) \
	refuse_by(why, VPRIM_IOAS_RULE_##id, __VA_ARGS__)
#define note(why, id, ...) \
	VPRIM_NOTE(why, vprim_ioas_rule_, \
		   VPRIM_IOAS_RULE_##id - VPRIM_IOAS_RULE_FLAG, __VA_ARGS__)

#define IOAS_PROT (VPRIM_IOAS_WRITEABLE | VPRIM_IOAS_READABLE)

enum area_state {
	AREA_IDLE,
	AREA_FILLING,		/* between the halves of a map */
	AREA_BACKING,		/* vprim_ioas_ops::fill is at work */
	AREA_EMPTYING,		/* vprim_ioas_ops::unfill is at work */
};

struct pages;

struct area {
	struct pages *pages;
	uint64_t start_byte;	/* of the first IOVA, in the pages */
	uint64_t unit;		/* first IOVA of the whole map in flight */
	uint64_t holds, locks;
	uint32_t prot;
	enum area_state state;
	bool prevent_access;
};

struct pages {
	struct vprim_refcount refs;
	uint64_t base;		/* user address of byte 0: page-aligned */
	enum vprim_ioas_kind kind;
	bool writable;
	uint8_t slot;		/* which of its block */
	struct area own;
};

/*
 * Pages come from blocks of 2 KiB, so that a map seldom allocates. A slot is used
 * once; the block goes with the last of its pages, whichever IOAS that leaves.
 */
#define PAGES_A_BLOCK 25u
struct vprim_ioas_block {
	struct vprim_refcount refs;	/* pages, and the IOAS that fills it */
	uint32_t used;
	struct pages pages[PAGES_A_BLOCK];
};

static inline struct vprim_ioas_block *block_of(struct pages *pages)
{
	return (struct vprim_ioas_block *)(void *)
	       ((char *)(pages - pages->slot) -
		offsetof(struct vprim_ioas_block, pages));
}

/* What is reserved, and for whom: for a domain, or else for an owner. */
struct vprim_ioas_reserved {
	struct vprim_interval_tree_node node;	/* first: the tree hands it out */
	struct vprim_interval_tree_node owner;	/* its range is the owner's name */
	struct vprim_ioas_reserved *next;	/* of the domain */
};

/*
 * Accesses are being notified, on the stack of whoever does; notified ones may
 * notify others. What is detached meanwhile is skipped.
 */
struct vprim_ioas_notifying {
	struct vprim_ioas_access *at;	/* next, or the one notified alone */
	struct vprim_ioas_notifying *outer;
	bool alone;
};

static inline struct area *area_of(const struct vprim_iova_mapping *m)
{
	return (struct area *)(uintptr_t)m->value;
}

static inline struct vprim_range everything(const struct vprim_ioas *ioas)
{
	struct vprim_range all = { 0, ioas->config_.native_last };

	return all;
}

/* Byte of the pages that an IOVA of an area stands for. */
static inline uint64_t byte_at(const struct vprim_iova_mapping *m, uint64_t iova)
{
	return area_of(m)->start_byte + (iova - m->range.start);
}

static inline bool is_busy(const struct area *area)
{
	return area->state != AREA_IDLE || area->holds || area->prevent_access;
}

/* What a map's areas are before vprim_ioas_finish_(): done, with none to fill. */
static inline enum area_state
first_half(const struct vprim_ioas *ioas)
{
	return ioas && ioas->ops_.fill ? AREA_BACKING : AREA_IDLE;
}

/* A zeroed IOAS is empty, and takes nothing: it has nobody to ask for memory. */
static inline bool is_ready(const struct vprim_ioas *ioas)
{
	return ioas->alloc_.alloc;
}

/* The first step of a walk over the areas; the map's own steps go on. */
static inline int walk(struct vprim_iova_map_cursor *at,
		       const struct vprim_ioas *ioas,
		       const struct vprim_range *range,
		       struct vprim_iova_mapping *m)
{
	int ret = vprim_iova_map_cursor_init(at, &ioas->areas_, range);

	return ret ? ret : vprim_iova_map_cursor_next(at, m);
}

static inline uint64_t lowest_bit(uint64_t v)
{
	return v & (~v + 1);
}

/*
 * Where an area may begin and end decides which alignments it suits. Never 0: no
 * area has the whole space.
 */
static inline uint64_t limit_of(const struct vprim_ioas *ioas,
				const struct vprim_range *range,
				const struct area *area)
{
	uint64_t offset = area->start_byte & (ioas->config_.page_bytes - 1);

	return lowest_bit(range->start | (range->last + 1) | offset);
}

/* An area has come into the map. */
static inline void area_in(struct vprim_ioas *ioas,
			   const struct vprim_range *range,
			   const struct area *area)
{
	uint64_t limit = limit_of(ioas, range, area);

	ioas->limits_ |= limit;
	ioas->nr_limits_[vprim_ctz64(limit)]++;
}

/* It has left the map. */
static inline void area_out(struct vprim_ioas *ioas,
			    const struct vprim_range *range,
			    const struct area *area)
{
	uint64_t limit = limit_of(ioas, range, area);

	if (!--ioas->nr_limits_[vprim_ctz64(limit)])
		ioas->limits_ &= ~limit;
}

/* A length becomes a range of the kernel's words; false when it wraps there. */
static inline bool native_range(uint64_t native_last, uint64_t start,
				uint64_t length, struct vprim_range *range)
{
	return !vprim_range_from_size(start, length, range) &&
	       range->last <= native_last;
}

/* ioas.c */
struct vprim_ioas_mapping
vprim_ioas_mapping_of_(const struct vprim_iova_mapping *m);
void vprim_ioas_area_drop_(struct vprim_ioas *ioas, struct area *area);
struct area *vprim_ioas_area_alloc_(struct vprim_ioas *ioas,
				    struct pages *pages);
struct pages *vprim_ioas_pages_alloc_(struct vprim_ioas *ioas);
int vprim_ioas_covered_(const struct vprim_ioas *ioas, uint64_t at,
			const struct vprim_range *range,
			enum vprim_ioas_rule rule,
			struct vprim_iova_mapping *m, struct vprim_reason *why);

/* ioas_place.c */
int vprim_ioas_place_(struct vprim_ioas *ioas, uint64_t addr, uint64_t length,
		      struct vprim_range *range, struct vprim_reason *why);

/* ioas_map.c */
int vprim_ioas_map_user_(struct vprim_ioas *ioas,
			 const struct vprim_ioas_map_args *args,
			 enum area_state state, struct vprim_range *range,
			 struct vprim_reason *why);
int vprim_ioas_finish_(struct vprim_ioas *ioas, const struct vprim_range *range,
		       struct vprim_reason *why);

/* ioas_unmap.c */
int vprim_ioas_unmap_range_(struct vprim_ioas *ioas,
			    const struct vprim_range *range,
			    struct vprim_ioas_unmapped *done,
			    struct vprim_reason *why);

/* ioas_access.c */
void vprim_ioas_notify_(struct vprim_ioas *ioas, const struct vprim_range *range);

/* ioas_limits.c */
void vprim_ioas_ask_(struct vprim_ioas *ioas, uint64_t alignment, bool more);
uint64_t vprim_ioas_alignment_(const struct vprim_ioas *ioas);
int vprim_ioas_check_limits_(const struct vprim_ioas *ioas);
int vprim_ioas_check_areas_(const struct vprim_ioas *ioas, uint64_t alignment,
			    struct vprim_reason *why);

#endif
