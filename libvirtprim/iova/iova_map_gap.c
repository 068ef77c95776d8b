// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Looking for a place.
 *
 * The search begins at the edge of the window and goes on leaf by leaf, over whole
 * subtrees whose bounds say that nothing below them can serve. A bound is never
 * too small, but it may be too large: inserts do not lower it. A leaf that
 * disappoints gets its exact bound written back, and an inner node that is left
 * writes its maximum into its parent. Each such visit is paid for by an insert
 * that made the bound stale, by a removal that raised it, or is one of the two at
 * the edges of the window; so a search is O(log n) amortised.
 *
 * Alignment: a hole that is large enough may still not serve. Only then are the
 * shapes of a leaf's holes computed.
 */
#include "iova_map_internal.h"

struct want {
	uint64_t size_minus_1;
	uint64_t mask;
	uint64_t offset;
	uint64_t lo;
	uint64_t hi;
	/* What the shape of a hole that serves has; 0 until it matters. */
	uint32_t order;
	uint32_t point;
};

/* What a leaf turned out to hold. */
struct sight {
	uint64_t room;		/* its largest hole */
	bool misfit;		/* a hole was large enough and did not serve */
};

/* How the look into a leaf ended. */
enum look {
	LOOK_ON,
	LOOK_FOUND,
	LOOK_END		/* the edge of the window */
};

/* -- one hole ------------------------------------------------------------- */

/* The lowest place in [start, last] cut to the window. */
static bool fit_up(const struct want *w, uint64_t start, uint64_t last,
		   uint64_t *place)
{
	uint64_t at;

	start = start > w->lo ? start : w->lo;
	last = last < w->hi ? last : w->hi;
	at = start + ((w->offset - start) & w->mask);
	/* at < start: the next aligned address is over 2^64-1. */
	if (start > last || at < start || at > last ||
	    last - at < w->size_minus_1)
		return false;
	*place = at;
	return true;
}

/* The highest place in [start, last] cut to the window. */
static bool fit_down(const struct want *w, uint64_t start, uint64_t last,
		     uint64_t *place)
{
	uint64_t top, down;

	start = start > w->lo ? start : w->lo;
	last = last < w->hi ? last : w->hi;
	if (start > last || last - start < w->size_minus_1)
		return false;
	top = last - w->size_minus_1;
	down = (top - w->offset) & w->mask;
	/* top - start: how far down there is place. */
	if (down > top - start)
		return false;
	*place = top - down;
	return true;
}

/* -- one leaf ------------------------------------------------------------- */

/* Holes behind the entries below @i, the highest one up to @end, downwards. */
static enum look look_down(const struct want *w, const struct leaf *leaf,
			   uint32_t i, uint64_t end, struct sight *sight,
			   uint64_t *place)
{
	const uint64_t *last = leaf->last + i;
	const struct low *low = leaf->low + i;
	uint64_t hole, room = 0;
	bool misfit = false;

	while (low > leaf->low) {
		low--;
		last--;
		hole = end - *last;
		if (hole > w->size_minus_1) {
			if (fit_down(w, *last + 1, end, place))
				return LOOK_FOUND;
			misfit = true;
		}
		room = hole > room ? hole : room;
		if (low->start <= w->lo)
			return LOOK_END;
		end = low->start - 1;
	}
	sight->room = room;
	sight->misfit = misfit;
	return LOOK_ON;
}

/* Holes behind the entries from @i on, the highest one up to @end, upwards. */
static enum look look_up(const struct want *w, const struct leaf *leaf,
			 uint32_t i, uint64_t end, struct sight *sight,
			 uint64_t *place)
{
	uint64_t hole, last, room = 0;
	bool misfit = false;

	for (; i < leaf->n; i++) {
		last = i + 1 < leaf->n ? leaf->low[i + 1].start - 1 : end;
		hole = last - leaf->last[i];
		if (hole > w->size_minus_1) {
			if (fit_up(w, leaf->last[i] + 1, last, place))
				return LOOK_FOUND;
			misfit = true;
		}
		room = hole > room ? hole : room;
		if (last >= w->hi)
			return LOOK_END;
	}
	sight->room = room;
	sight->misfit = misfit;
	return LOOK_ON;
}

/*
 * The place begins at a multiple of the alignment, with a whole block there: of
 * the alignment, or of the highest power of two that is no more than the size.
 * (A size of 2^64 is over every block.) Shapes know of multiples, not of offsets
 * to them.
 */
static void want_shape(struct want *w)
{
	uint32_t align = vprim_ctz64(w->mask + 1);
	uint32_t size = vprim_fls64(w->size_minus_1 + 1);

	if (w->offset)
		return;
	w->point = align;
	w->order = size < align ? size : align;
}

/* All holes of the path's leaf, no root, were seen: make its bounds exact. */
static void tighten_leaf(struct vprim_iova_map *map, struct want *w,
			 const struct leaf *leaf, uint64_t end,
			 const struct sight *sight)
{
	const struct vprim_iova_map_step_ *step =
		&map->path_[inner_levels(map) - 1];
	struct inner *in = step_node(step);

	in->room[step->slot] = sight->room;
	if (sight->misfit && w->mask) {
		in->shape[step->slot] = vprim_iova_map_leaf_shape_(leaf, end);
		want_shape(w);
	}
}

/* -- from leaf to leaf ---------------------------------------------------- */

static bool may_serve(const struct want *w, const struct inner *in,
		      uint32_t slot)
{
	return in->room[slot] > w->size_minus_1 &&
	       in->shape[slot] >> 8 >= w->order &&
	       (in->shape[slot] & 0xffu) >= w->point;
}

/*
 * The search leaves path_[d].node: what it holds at most is known. Shapes lie on a
 * line of their own and are read only where they matter.
 */
static void tighten_inner(struct vprim_iova_map *map, const struct want *w,
			  uint32_t d)
{
	const struct inner *in = step_node(&map->path_[d]);
	struct inner *above;
	uint32_t slot;

	if (!d)
		return;
	above = step_node(&map->path_[d - 1]);
	slot = map->path_[d - 1].slot;
	above->room[slot] = vprim_iova_map_max_room_(in);
	if (w->point)
		above->shape[slot] = vprim_iova_map_max_shape_(in);
}

/* The next leaf below the path's that may serve, or NULL. */
static struct leaf *leaf_below(struct vprim_iova_map *map,
			       const struct want *w)
{
	uint32_t levels = inner_levels(map), d = levels;

	while (d) {
		struct inner *in = step_node(&map->path_[d - 1]);
		uint32_t slot = map->path_[d - 1].slot;

		for (; slot; slot--)
			if (may_serve(w, in, slot - 1))
				break;
		if (!slot) {
			tighten_inner(map, w, --d);
			continue;
		}
		slot--;
		map->path_[d - 1].slot = slot;
		if (d == levels)
			return (struct leaf *)in->child[slot];
		map->path_[d].node = in->child[slot];
		map->path_[d].slot = step_node(&map->path_[d])->n;
		d++;
	}
	return NULL;
}

/* The next leaf above the path's that may serve, or NULL. */
static struct leaf *leaf_above(struct vprim_iova_map *map,
			       const struct want *w)
{
	uint32_t levels = inner_levels(map), d = levels;

	while (d) {
		struct inner *in = step_node(&map->path_[d - 1]);
		uint32_t slot = map->path_[d - 1].slot + 1;

		while (slot < in->n && !may_serve(w, in, slot))
			slot++;
		if (slot >= in->n) {
			tighten_inner(map, w, --d);
			continue;
		}
		map->path_[d - 1].slot = slot;
		if (d == levels)
			return (struct leaf *)in->child[slot];
		map->path_[d].node = in->child[slot];
		map->path_[d].slot = UINT32_MAX;
		d++;
	}
	return NULL;
}

/* On from the path's leaf to the lower ones. */
static enum look search_below(struct vprim_iova_map *map, struct want *w,
			      uint64_t *place)
{
	enum look look = LOOK_ON;
	struct sight sight;
	struct leaf *leaf;
	uint64_t end;

	drop_finger(map);
	while (look == LOOK_ON) {
		leaf = leaf_below(map, w);
		if (!leaf)
			return LOOK_ON;
		end = hole_end(map, leaf, leaf->n);
		look = look_down(w, leaf, leaf->n, end, &sight, place);
		if (look == LOOK_ON)
			tighten_leaf(map, w, leaf, end, &sight);
	}
	return look;
}

static int search_down(struct vprim_iova_map *map, struct want *w,
		       uint64_t *place)
{
	struct leaf *leaf = seek(map, w->hi);
	uint32_t i = rank_start(leaf, w->hi);
	uint64_t end = w->hi, first;
	struct sight sight;
	enum look look;

	/* The hole that the window ends in; none when it ends in a mapping. */
	if (i && leaf->last[i - 1] > end)
		end = leaf->last[i - 1];
	look = look_down(w, leaf, i, end, &sight, place);
	if (look == LOOK_ON)
		look = search_below(map, w, place);
	if (look != LOOK_ON)
		return look == LOOK_FOUND ? 0 : -ENOSPC;
	/* Nobody's hole, in front of the first mapping. */
	first = descend(map, 0)->low[0].start;
	return first && fit_down(w, 0, first - 1, place) ? 0 : -ENOSPC;
}

/* On from the path's leaf to the higher ones. */
static enum look search_above(struct vprim_iova_map *map, struct want *w,
			      uint64_t *place)
{
	enum look look = LOOK_ON;
	struct sight sight;
	struct leaf *leaf;
	uint64_t end;

	drop_finger(map);
	while (look == LOOK_ON) {
		leaf = leaf_above(map, w);
		if (!leaf)
			return LOOK_END;
		end = hole_end(map, leaf, leaf->n);
		look = look_up(w, leaf, 0, end, &sight, place);
		if (look == LOOK_ON)
			tighten_leaf(map, w, leaf, end, &sight);
	}
	return look;
}

/* The hole that the window begins in, in front of entry @i of the path's leaf. */
static enum look look_at_edge(struct vprim_iova_map *map, const struct want *w,
			      const struct leaf *leaf, uint32_t i,
			      uint64_t *place)
{
	uint64_t end;

	if (i < leaf->n && leaf->low[i].start <= w->lo)
		return LOOK_ON;
	end = hole_end(map, leaf, i);
	if (fit_up(w, w->lo, end, place))
		return LOOK_FOUND;
	return end >= w->hi ? LOOK_END : LOOK_ON;
}

static int search_up(struct vprim_iova_map *map, struct want *w,
		     uint64_t *place)
{
	struct leaf *leaf = seek(map, w->lo);
	uint32_t i = rank(leaf->last, w->lo);
	enum look look = look_at_edge(map, w, leaf, i, place);
	struct sight sight;

	if (look == LOOK_ON)
		look = look_up(w, leaf, i, hole_end(map, leaf, leaf->n), &sight,
			       place);
	if (look == LOOK_ON)
		look = search_above(map, w, place);
	return look == LOOK_FOUND ? 0 : -ENOSPC;
}

/* -- the calls ------------------------------------------------------------ */

int vprim_iova_map_gap_init(struct vprim_iova_map_gap *gap,
			    uint64_t size_bytes)
{
	if (!gap || !size_bytes)
		return -EINVAL;
	gap->size_minus_1 = size_bytes - 1;
	gap->align_bytes = 1;
	gap->offset_bytes = 0;
	gap->within.start = 0;
	gap->within.last = UINT64_MAX;
	gap->direction = VPRIM_IOVA_MAP_UP;
	return 0;
}

static bool gap_ok(const struct vprim_iova_map_gap *gap)
{
	return vprim_range_is_valid(&gap->within) &&
	       vprim_is_pow2(gap->align_bytes) &&
	       gap->offset_bytes < gap->align_bytes &&
	       (gap->direction == VPRIM_IOVA_MAP_UP ||
		gap->direction == VPRIM_IOVA_MAP_DOWN);
}

int vprim_iova_map_gap(struct vprim_iova_map *map,
		       const struct vprim_iova_map_gap *gap, uint64_t *start)
{
	struct want w;
	uint64_t place;
	bool down;
	int ret;

	if (!map || !gap || !start || !gap_ok(gap))
		return -EINVAL;
	w.size_minus_1 = gap->size_minus_1;
	w.mask = gap->align_bytes - 1;
	w.offset = gap->offset_bytes;
	w.lo = gap->within.start;
	w.hi = gap->within.last;
	w.order = 0;
	w.point = 0;
	down = gap->direction == VPRIM_IOVA_MAP_DOWN;
	if (!map->height_)
		ret = (down ? fit_down : fit_up)(&w, 0, UINT64_MAX, &place) ?
			      0 : -ENOSPC;
	else
		ret = (down ? search_down : search_up)(map, &w, &place);
	if (!ret)
		*start = place;
	return ret;
}
