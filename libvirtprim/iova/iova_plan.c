// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fewest mappings.
 *
 * Pieces ascend, so that a mapping can only be continued by the next piece:
 * taking each piece that continues it is the best that can be done. The pieces
 * are gone over twice, first to check and count, then to write; the mapping at
 * hand is a copy, so that the output may overwrite pieces already read.
 */
#include "iova_windows_internal.h"
#include <virtprim/iova_plan.h>
#include <virtprim/iova_windows.h>

/* A mapping at hand, and what came before it. */
struct progress {
	const struct vprim_iova_plan_limits *limits;
	struct vprim_iova_plan_piece *out;	/* NULL to count only */
	struct vprim_iova_plan_piece now;
	uint64_t seam;		/* last address that now may reach */
	uint64_t mappings;
	uint64_t largest;	/* size less one */
};

static uint64_t last_offset(const struct vprim_range *r)
{
	return r->last - r->start;
}

static bool continues(const struct progress *p,
		      const struct vprim_iova_plan_piece *piece)
{
	/* No target leaves 64 bits; behind the last one, 0 continues nothing. */
	uint64_t target = p->now.target + last_offset(&p->now.iova);

	return vprim_range_touches(&p->now.iova, &piece->iova) &&
	       piece->iova.start <= p->seam &&
	       piece->prot == p->now.prot && piece->group == p->now.group &&
	       target != UINT64_MAX && target + 1 == piece->target;
}

/* The mapping at hand is complete: count it, cut to the largest size. */
static void put(struct progress *p)
{
	struct vprim_iova_plan_piece m = p->now;
	uint64_t step = p->limits->max_bytes, extra = 0;
	uint64_t size = last_offset(&m.iova);

	/* size is one less than the bytes, so extra is one less than the cuts. */
	if (step)
		extra = vprim_div_u64(size, step, NULL);
	if (extra)
		size = step - 1;
	if (size > p->largest)
		p->largest = size;
	if (!p->out) {
		/* All of the space in single bytes is the one count too many. */
		p->mappings += extra;
		p->mappings += p->mappings != UINT64_MAX;
		return;
	}
	for (; extra; extra--) {
		m.iova.last = m.iova.start + step - 1;
		p->out[p->mappings++] = m;
		m.iova.start += step;
		m.target += step;
	}
	m.iova.last = p->now.iova.last;
	p->out[p->mappings++] = m;
}

static int check_piece(const struct vprim_iova_plan_piece *pieces, size_t i,
		       struct vprim_reason *reason)
{
	const struct vprim_range *r = &pieces[i].iova;
	uint64_t target;

	if (!vprim_range_is_valid(r))
		return vprim_reason_inverted_(reason, r);
	if (i && r->start <= pieces[i - 1].iova.last)
		return refuse(reason, PLAN_ORDER, RANGE(*r),
			      HIT(pieces[i - 1].iova));
	if (vprim_add_overflow(pieces[i].target, last_offset(r), &target))
		return refuse(reason, PLAN_TARGET, RANGE(*r));
	return 0;
}

static int check_pieces(const struct vprim_iova_plan_piece *pieces, size_t nr,
			const struct vprim_iova_plan_limits *limits,
			struct vprim_reason *reason)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < nr && !ret; i++) {
		ret = check_piece(pieces, i, reason);
		if (!ret)
			ret = vprim_iova_windows_mappable(limits->windows,
							  &pieces[i].iova, NULL,
							  reason);
	}
	return ret;
}

/* Last address of the window around a piece that lies in one. */
static uint64_t seam_of(const struct vprim_iova_plan_limits *limits,
			const struct vprim_iova_plan_piece *piece)
{
	size_t i;

	if (!limits->windows.count)
		return UINT64_MAX;
	i = vprim_iova_windows_from(limits->windows, piece->iova.start);
	return limits->windows.range[i].last;
}

static void merge(struct progress *p, const struct vprim_iova_plan_piece *pieces,
		 size_t nr)
{
	size_t i;

	p->mappings = 0;
	for (i = 0; i < nr; i++) {
		struct vprim_iova_plan_piece piece = pieces[i];

		if (i && continues(p, &piece)) {
			p->now.iova.last = piece.iova.last;
			continue;
		}
		if (i)
			put(p);
		p->now = piece;
		p->seam = seam_of(p->limits, &piece);
	}
	if (nr)
		put(p);
}

int vprim_iova_plan_build(const struct vprim_iova_plan_piece *pieces, size_t nr,
			  const struct vprim_iova_plan_limits *limits,
			  struct vprim_iova_plan_piece *mappings, size_t capacity,
			  struct vprim_iova_plan *plan, struct vprim_reason *reason)
{
	struct progress p = { .limits = limits };
	int ret;

	vprim_reason_clear(reason);
	ret = check_pieces(pieces, nr, limits, reason);
	if (ret)
		return ret;
	merge(&p, pieces, nr);
	plan->mappings = p.mappings;
	plan->pieces = nr;
	plan->largest_last_offset = p.largest;
	plan->fits = p.mappings <= limits->entries;
	plan->free_entries = plan->fits ? limits->entries - p.mappings : 0;
	if (!mappings)
		return 0;
	if (p.mappings > capacity)
		return refuse(reason, ROOM, VALUE(p.mappings));
	p.out = mappings;
	merge(&p, pieces, nr);
	return 0;
}
