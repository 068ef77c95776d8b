// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Translation both ways: the questions.
 *
 * A request is walked twice, first to check and count, then to write, so that an
 * array is untouched unless all is fine. One that lies in one region, as nearly all
 * do, is looked up once.
 */
#include "iova_xlate_internal.h"

int vprim_iova_xlate_stab(const struct vprim_iova_xlate *x, uint64_t iova,
			  struct vprim_iova_xlate_region *region,
			  uint64_t *vaddr)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_stab(&x->map, iova, &m);

	if (ret)
		return ret;
	*region = entry_of(m.value)->region;
	*vaddr = vaddr_of(region, iova);
	return 0;
}

int vprim_iova_xlate_first(const struct vprim_iova_xlate *x,
			   const struct vprim_range *iova,
			   struct vprim_iova_xlate_region *region)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_first(&x->map, iova, &m);

	if (!ret)
		*region = entry_of(m.value)->region;
	return ret;
}

int vprim_iova_xlate_reverse(const struct vprim_iova_xlate *x, uint64_t vaddr,
			     const uint64_t *after, uint64_t *iova)
{
	const struct vprim_range point = { vaddr, vaddr };
	const struct vprim_interval_tree_node *n;
	uint64_t at, lowest = UINT64_MAX;
	bool found = false;

	for (n = vprim_interval_tree_first(&x->tree, &point); n;
	     n = vprim_interval_tree_next(n, &point)) {
		at = entry_at(n)->region.iova.start + (vaddr - n->range.start);
		if ((after && at <= *after) || (found && at > lowest))
			continue;
		lowest = at;
		found = true;
	}
	if (!found)
		return -ENOENT;
	*iova = lowest;
	return 0;
}

/* -- segments ------------------------------------------------------------- */

static int check_request(const struct vprim_iova_xlate_request *request,
			 struct vprim_range *r, struct vprim_reason *reason)
{
	int ret;

	if (request->want & ~RIGHTS)
		return refuse(reason, RIGHTS, VALUE(request->want));
	ret = vprim_range_from_size(request->iova, request->len_bytes, r);
	if (ret == -EOVERFLOW)
		return refuse(reason, IOVA_WRAPS, VALUE(request->iova));
	return ret ? refuse(reason, SIZE) : 0;
}

/* What @m has of the request: a piece of memory. */
static struct vprim_iova_xlate_segment
piece_of(const struct vprim_iova_mapping *m, const struct vprim_range *r)
{
	uint64_t start = m->range.start > r->start ? m->range.start : r->start;
	uint64_t last = m->range.last < r->last ? m->range.last : r->last;
	struct vprim_iova_xlate_segment piece = {
		vaddr_of(&entry_of(m->value)->region, start), last - start
	};

	/* All 2^64 bytes are no request. */
	piece.len_bytes++;
	return piece;
}

/* Whether a region serves at @at, which is no higher than all before is mapped. */
static int check_piece(const struct vprim_iova_mapping *m,
		       const struct vprim_range *r, uint64_t at, uint32_t want,
		       struct vprim_reason *reason)
{
	uint32_t rights;

	if (m->range.start > at)
		return refuse(reason, HOLE, RANGE(*r), AT(at));
	rights = entry_of(m->value)->region.rights;
	if (want & ~rights)
		return refuse(reason, DENIED, RANGE(*r), HIT(m->range), AT(at),
			      VALUE(want & ~rights));
	return 0;
}

/* Count the pieces of a request; they are all there and serve when it answers 0. */
static int walk(const struct vprim_iova_xlate *x, const struct vprim_range *r,
		uint32_t want, size_t *count, struct vprim_reason *reason)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	uint64_t at;
	int ret;

	certain(vprim_iova_map_cursor_init(&cursor, &x->map, r));
	for (at = r->start;; at = m.range.last + 1) {
		if (vprim_iova_map_cursor_next(&cursor, &m))
			return refuse(reason, HOLE, RANGE(*r), AT(at));
		ret = check_piece(&m, r, at, want, reason);
		if (ret)
			return ret;
		++*count;
		if (m.range.last >= r->last)
			return 0;
	}
}

/* Write the pieces of a request that was walked; how many. */
static size_t put_pieces(const struct vprim_iova_xlate *x,
			 const struct vprim_iova_xlate_request *request,
			 struct vprim_iova_xlate_segment *segment)
{
	struct vprim_range r = { request->iova,
				 request->iova + (request->len_bytes - 1) };
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	size_t n = 0;

	certain(vprim_iova_map_cursor_init(&cursor, &x->map, &r));
	while (!vprim_iova_map_cursor_next(&cursor, &m))
		segment[n++] = piece_of(&m, &r);
	return n;
}

/* The request is served: what it writes is dirty. */
static int mark(const struct vprim_iova_xlate *x,
		const struct vprim_iova_xlate_request *request)
{
	struct vprim_range r = { request->iova,
				 request->iova + (request->len_bytes - 1) };

	if (!x->log_page_bytes || !(request->want & VPRIM_IOVA_XLATE_WRITE))
		return 0;
	return vprim_dirty_shared_mark(&x->log, x->log_page_bytes, &r);
}

static int refuse_capacity(struct vprim_iova_xlate_segments *segments, size_t needed,
		       struct vprim_reason *reason)
{
	segments->count = needed;
	return refuse(reason, SEGMENTS, VALUE(needed));
}

int vprim_iova_xlate_to_segments(const struct vprim_iova_xlate *x,
				 const struct vprim_iova_xlate_request *request,
				 struct vprim_iova_xlate_segments *segments,
				 struct vprim_reason *reason)
{
	struct vprim_iova_mapping m;
	struct vprim_range r;
	size_t n = 0;
	int ret;

	vprim_reason_clear(reason);
	ret = check_request(request, &r, reason);
	if (ret)
		return ret;
	if (segments->capacity && !vprim_iova_map_stab(&x->map, r.start, &m) &&
	    r.last <= m.range.last) {
		ret = check_piece(&m, &r, r.start, request->want, reason);
		if (ret)
			return ret;
		segments->segment[0] = piece_of(&m, &r);
		segments->count = 1;
		return mark(x, request);
	}
	ret = walk(x, &r, request->want, &n, reason);
	if (ret)
		return ret;
	if (n > segments->capacity)
		return refuse_capacity(segments, n, reason);
	segments->count = put_pieces(x, request, segments->segment);
	return mark(x, request);
}

int vprim_iova_xlate_batch(const struct vprim_iova_xlate *x,
			   const struct vprim_iova_xlate_request *requests,
			   size_t count,
			   struct vprim_iova_xlate_segments *segments,
			   size_t *first, size_t *failed,
			   struct vprim_reason *reason)
{
	struct vprim_range r;
	size_t i, n = 0;
	int ret = 0;

	vprim_reason_clear(reason);
	for (i = 0; i < count; i++) {
		ret = check_request(&requests[i], &r, reason);
		if (!ret)
			ret = walk(x, &r, requests[i].want, &n, reason);
		if (!ret)
			continue;
		if (failed)
			*failed = i;
		return ret;
	}
	if (n > segments->capacity)
		return refuse_capacity(segments, n, reason);
	for (i = 0, n = 0; i < count; i++) {
		first[i] = n;
		n += put_pieces(x, &requests[i], segments->segment + n);
		ret |= mark(x, &requests[i]);
	}
	first[count] = n;
	segments->count = n;
	return ret;
}
