// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Looking for a place.
 *
 * The search begins in the hole at the edge of the window and goes on leaf by leaf,
 * over whole subtrees whose bounds say that nothing below them can serve. A bound is never
 * too small, but it may be too large: inserts do not lower it. A leaf that
 * disappoints gets its exact bound written back, and an inner node that is left
 * writes its maximum into its parent. Each such visit is paid for by an insert
 * that made the bound stale, by a removal that raised it, or is one of the two at
 * the edges of the window; so a search is O(log n) amortised.
 *
 * Alignment: a hole that is large enough may still not serve. Only then are the
 * shapes of a leaf's holes computed.
 *
 * The units that all mappings are multiples of make a request larger than it says,
 * and an offset below a unit a matter of size: see hole_need(). Bounds pass more with
 * that; downwards the first leaf, where most searches end, is looked at without.
 */
#include "iova_map_internal.h"

struct search {
	const struct vprim_hole *want;
	struct hole_need need;
	uint64_t shape;		/* needed; 0 where the gap says it all */
	uint64_t lo;
	uint64_t hi;
};

/* How the look into a leaf ended. */
enum look {
	LOOK_ON,
	LOOK_FOUND,
	LOOK_END		/* the edge of the window */
};

/* As has_place(), downwards. */
static inline bool has_highest(const struct search *s, uint64_t start,
			       uint64_t last, uint64_t *place)
{
	start = start > s->lo ? start : s->lo;
	last = last < s->hi ? last : s->hi;
	return start <= last && fit_highest(s->want, start, last, place);
}

/* Whether [start, last], cut to the window, has a place. */
static bool has_place(const struct search *s, uint64_t start, uint64_t last,
		      uint64_t *place)
{
	start = start > s->lo ? start : s->lo;
	last = last < s->hi ? last : s->hi;
	return start <= last && part_fits(s->want, start, last, place);
}

/* -- one leaf ------------------------------------------------------------- */

/* The leaf's entries up to this one begin at or below the window's start. */
static inline uint32_t lowest_in(const struct search *s, const struct leaf *leaf)
{
	return leaf->low[0].start <= s->lo ? rank_start(leaf, s->lo) : 0;
}

/* Holes behind the entries from @stop to @i - 1, the highest one up to @end. */
static inline bool look_down(const struct search *s, const struct leaf *leaf,
			     uint32_t stop, uint32_t i, uint64_t end,
			     uint64_t *place)
{
	const struct low *low = leaf->low + i;
	const uint64_t *last = leaf->last + i;
	uint64_t need = s->need.last_offset;

	while (last > leaf->last + stop) {
		low--;
		last--;
		if (end - *last > need &&
		    has_highest(s, *last + 1, end, place))
			return true;
		end = low->start - 1;
	}
	return false;
}

/* Holes behind the entries from @i on, the highest one up to @end, upwards. */
static enum look look_up(const struct search *s, const struct leaf *leaf,
			 uint32_t i, uint64_t end, uint64_t *place)
{
	uint64_t last;

	for (; i < leaf->n; i++) {
		last = i + 1 < leaf->n ? leaf->low[i + 1].start - 1 : end;
		if (last - leaf->last[i] > s->need.last_offset &&
		    has_place(s, leaf->last[i] + 1, last, place))
			return LOOK_FOUND;
		if (last >= s->hi)
			return LOOK_END;
	}
	return LOOK_ON;
}

/* No hole of the path's leaf, no root, serves: make its bounds exact. */
static void tighten_leaf(struct vprim_iova_map *map, const struct search *s,
			 const struct leaf *leaf, uint64_t end)
{
	const struct vprim_iova_map_step_ *step =
		&map->way_.path[inner_levels(map) - 1];
	struct inner *in = step_node(step);
	uint64_t gap = vprim_iova_map_leaf_gap_(leaf, end);

	gap_row(in)[step->slot] = gap;
	/* One was large enough. */
	if (gap > s->need.last_offset)
		shape_row(in)[step->slot] = vprim_iova_map_leaf_shape_(leaf, end);
}

/* -- from leaf to leaf ---------------------------------------------------- */

static inline bool child_may_serve(const struct search *s,
				   const struct inner *in, uint32_t slot)
{
	return gap_row(in)[slot] > s->need.last_offset &&
	       shape_serves(shape_row(in)[slot], s->shape);
}

/* Whether a hole of the path's leaf may be large enough. */
static inline bool leaf_may_serve(const struct vprim_iova_map *map,
				  const struct search *s)
{
	uint32_t d = inner_levels(map);

	return !d || gap_row(step_node(&map->way_.path[d - 1]))[map->way_.path[d - 1].slot] >
			     s->need.last_offset;
}

/* No hole of the path's leaf served: whether its bounds said that one might. */
static bool bounds_misled(const struct vprim_iova_map *map,
			  const struct search *s)
{
	uint32_t d = inner_levels(map);

	return d && child_may_serve(s, step_node(&map->way_.path[d - 1]),
				    map->way_.path[d - 1].slot);
}

/*
 * The search leaves path[d].node: what it holds at most is known. Shapes lie on a
 * line of their own and are read only where they matter.
 */
static void tighten_inner(struct vprim_iova_map *map, const struct search *s,
			  uint32_t d)
{
	const struct inner *in = step_node(&map->way_.path[d]);
	struct inner *above;
	uint32_t slot;

	if (!d)
		return;
	above = step_node(&map->way_.path[d - 1]);
	slot = map->way_.path[d - 1].slot;
	gap_row(above)[slot] = vprim_iova_map_max_gap_(in);
	if (s->shape)
		shape_row(above)[slot] = vprim_iova_map_max_shape_(in);
}

/* The highest slot below @slot whose child may serve, plus one; 0 for none. */
static inline uint32_t slot_below(const struct search *s,
				  const struct inner *in, uint32_t slot)
{
	while (slot && !child_may_serve(s, in, slot - 1))
		slot--;
	return slot;
}

/* The next leaf below the path's that may serve, or NULL. */
static struct leaf *leaf_below(struct vprim_iova_map *map,
			       const struct search *s)
{
	uint32_t levels = inner_levels(map), d = levels;

	while (d) {
		struct inner *in = step_node(&map->way_.path[d - 1]);
		uint32_t slot = slot_below(s, in, map->way_.path[d - 1].slot);

		if (!slot) {
			tighten_inner(map, s, --d);
			continue;
		}
		slot--;
		map->way_.path[d - 1].slot = slot;
		if (d == levels)
			return (struct leaf *)child_of(in, slot);
		map->way_.path[d].node = child_of(in, slot);
		map->way_.path[d].slot = step_node(&map->way_.path[d])->n;
		d++;
	}
	return NULL;
}

/* The next leaf above the path's that may serve, or NULL. */
static struct leaf *leaf_above(struct vprim_iova_map *map,
			       const struct search *s)
{
	uint32_t levels = inner_levels(map), d = levels;

	while (d) {
		struct inner *in = step_node(&map->way_.path[d - 1]);
		uint32_t slot = map->way_.path[d - 1].slot + 1;

		while (slot < in->n && !child_may_serve(s, in, slot))
			slot++;
		if (slot >= in->n) {
			tighten_inner(map, s, --d);
			continue;
		}
		map->way_.path[d - 1].slot = slot;
		if (d == levels)
			return (struct leaf *)child_of(in, slot);
		map->way_.path[d].node = child_of(in, slot);
		map->way_.path[d].slot = UINT32_MAX;
		d++;
	}
	return NULL;
}

/* On from the path's leaf to the lower ones. */
static enum look search_below(struct vprim_iova_map *map,
			      const struct search *s, uint64_t *place)
{
	struct leaf *leaf;
	uint32_t edge;
	uint64_t end;

	drop_finger(map);
	for (;;) {
		leaf = leaf_below(map, s);
		if (!leaf)
			return LOOK_ON;
		end = hole_end(map, leaf, leaf->n);
		edge = lowest_in(s, leaf);
		if (look_down(s, leaf, edge - !!edge, leaf->n, end, place))
			return LOOK_FOUND;
		if (edge)
			return LOOK_END;
		tighten_leaf(map, s, leaf, end);
	}
}

/* What the request grows to, for the bounds. */
static void grow_need(const struct vprim_iova_map *map, struct search *s)
{
	hole_need(&s->need, s->want, map->edges_);
	/* Every unit is aligned well enough for what is no more than one. */
	if (s->want->align_bytes - 1 > s->need.unit_mask)
		s->shape = shape_needed(&s->need, s->want);
}

/*
 * The path's leaf, in which the window ends behind entry i-1: first the hole there,
 * of which bounds may not know; there is none when the window ends in a mapping.
 */
static inline enum look look_at_top(const struct vprim_iova_map *map,
				    const struct search *s,
				    const struct leaf *leaf, uint32_t i,
				    uint64_t *place)
{
	uint64_t last = leaf->last[i - 1];
	uint32_t edge;

	if (last < s->hi && has_highest(s, last + 1, s->hi, place))
		return LOOK_FOUND;
	edge = lowest_in(s, leaf);
	if (leaf_may_serve(map, s) &&
	    look_down(s, leaf, edge - !!edge, i - 1,
		      leaf->low[i - 1].start - 1, place))
		return LOOK_FOUND;
	return edge ? LOOK_END : LOOK_ON;
}

static int search_down(struct vprim_iova_map *map, struct search *s,
		       uint64_t *place)
{
	struct leaf *leaf = seek(map, s->hi);
	uint32_t i = rank_start(leaf, s->hi);
	enum look look = i ? look_at_top(map, s, leaf, i, place) : LOOK_ON;
	uint64_t first;

	if (look == LOOK_ON) {
		grow_need(map, s);
		if (i == leaf->n && bounds_misled(map, s))
			tighten_leaf(map, s, leaf, hole_end(map, leaf, i));
		look = search_below(map, s, place);
	}
	if (look != LOOK_ON)
		return look == LOOK_FOUND ? 0 : -ENOSPC;
	/* Nobody's hole, in front of the first mapping. */
	first = descend(root_of(map), 0)->low[0].start;
	return first && has_place(s, 0, first - 1, place) ? 0 : -ENOSPC;
}

/* Nobody's hole, behind the last mapping. */
static enum look look_at_end(const struct vprim_iova_map *map,
			     const struct search *s, uint64_t *place)
{
	const struct leaf *leaf = descend(root_of(map), UINT64_MAX);
	uint64_t last = leaf->last[leaf->n - 1];

	return last != UINT64_MAX && has_place(s, last + 1, UINT64_MAX, place) ?
		       LOOK_FOUND : LOOK_END;
}

/* On from the path's leaf to the higher ones; the last of all ends the search. */
static enum look search_above(struct vprim_iova_map *map,
			      const struct search *s, uint64_t *place)
{
	enum look look = LOOK_ON;
	struct leaf *leaf;
	uint64_t end;

	drop_finger(map);
	while (look == LOOK_ON) {
		leaf = leaf_above(map, s);
		if (!leaf)
			return look_at_end(map, s, place);
		end = hole_end(map, leaf, leaf->n);
		look = look_up(s, leaf, 0, end, place);
		if (look == LOOK_ON)
			tighten_leaf(map, s, leaf, end);
	}
	return look;
}

/* The hole that the window begins in, in front of entry @i of the path's leaf. */
static enum look look_at_edge(struct vprim_iova_map *map,
			      const struct search *s, const struct leaf *leaf,
			      uint32_t i, uint64_t *place)
{
	uint64_t end;

	if (i < leaf->n && leaf->low[i].start <= s->lo)
		return LOOK_ON;
	end = hole_end(map, leaf, i);
	if (has_place(s, s->lo, end, place))
		return LOOK_FOUND;
	return end >= s->hi ? LOOK_END : LOOK_ON;
}

static int search_up(struct vprim_iova_map *map, const struct search *s,
		     uint64_t *place)
{
	struct leaf *leaf = seek(map, s->lo);
	uint32_t i = rank(leaf->last, s->lo);
	enum look look = look_at_edge(map, s, leaf, i, place);
	uint64_t end = hole_end(map, leaf, leaf->n);

	if (look == LOOK_ON && (end == UINT64_MAX || leaf_may_serve(map, s))) {
		look = look_up(s, leaf, i, end, place);
		if (look == LOOK_ON && !i && bounds_misled(map, s))
			tighten_leaf(map, s, leaf, end);
	}
	if (look == LOOK_ON)
		look = search_above(map, s, place);
	return look == LOOK_FOUND ? 0 : -ENOSPC;
}

/* -- the calls ------------------------------------------------------------ */

/* The request is one. */
int vprim_iova_map_search_(struct vprim_iova_map *map,
			   const struct vprim_hole *want, uint64_t *start)
{
	struct search s = { .want = want, .need = { want->last_offset, 0 },
			    .lo = want->within.start,
			    .hi = want->within.last };

	if (!map->height_)
		return has_place(&s, 0, UINT64_MAX, start) ? 0 : -ENOSPC;
	if (want->from == VPRIM_HOLE_HIGHEST)
		return search_down(map, &s, start);
	grow_need(map, &s);
	return search_up(map, &s, start);
}

/* A whole hole is judged, not a part of one. */
static int gap_iommufd(struct vprim_iova_map *map, const struct vprim_hole *want,
		       uint64_t *start)
{
	const struct vprim_hole_blocked mapped = vprim_iova_map_blocked(map);
	struct vprim_range hole;

	if (vprim_hole_whole_(&mapped, want, &hole))
		return -ENOSPC;
	/* It was found because it fits. */
	fits(want, hole.start, hole.last, start);
	return 0;
}

int vprim_iova_map_gap(struct vprim_iova_map *map,
		       const struct vprim_hole *want, uint64_t *start)
{
	if (!hole_ok(want))
		return -EINVAL;
	if (want->from == VPRIM_HOLE_IOMMUFD)
		return gap_iommufd(map, want, start);
	return vprim_iova_map_search_(map, want, start);
}
