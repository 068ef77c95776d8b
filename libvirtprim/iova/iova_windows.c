// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lists of usable windows.
 *
 * A list is ascending and disjoint, so both its starts and its lasts ascend and
 * either can be searched by halving. Functions that fill an array go over their
 * input twice, first to count, then to write: nothing is written before the
 * count is known to fit. Only a list built of reserved ranges, which come in any
 * order, is sorted where it is made.
 */
#include "iova_windows_internal.h"

static const struct vprim_range whole = { 0, UINT64_MAX };
static const struct vprim_ranges whole_list = { &whole, 1 };

/* What an empty list stands for. */
static struct vprim_ranges or_whole(struct vprim_ranges list)
{
	return list.count ? list : whole_list;
}

int vprim_iova_windows_check(struct vprim_ranges list,
			     struct vprim_reason *reason)
{
	const struct vprim_range *r = list.range;
	size_t i;

	vprim_reason_clear(reason);
	for (i = 0; i < list.count; i++, r++) {
		if (!vprim_range_is_valid(r))
			return vprim_reason_inverted_(reason, r);
		if (i && r->start <= r[-1].last)
			return refuse(reason, ORDER, RANGE(*r), HIT(r[-1]));
	}
	return 0;
}

static bool is_less(const struct vprim_range *a, const struct vprim_range *b)
{
	return a->start < b->start ||
	       (a->start == b->start && a->last < b->last);
}

/* Heap of the greatest: let the range at @i sink to its place among @count. */
static void sink(struct vprim_range *list, size_t i, size_t count)
{
	struct vprim_range r = list[i];
	size_t child;

	/* i < count / 2 has a child, and 2 * i + 1 does not wrap. */
	while (i < count / 2) {
		child = 2 * i + 1;
		if (child + 1 < count && is_less(&list[child], &list[child + 1]))
			child++;
		if (!is_less(&r, &list[child]))
			break;
		list[i] = list[child];
		i = child;
	}
	list[i] = r;
}

void vprim_iova_windows_sort(struct vprim_range *list, size_t count)
{
	size_t i;

	for (i = count / 2; i--;)
		sink(list, i, count);
	while (count > 1) {
		struct vprim_range greatest = list[0];

		count--;
		list[0] = list[count];
		list[count] = greatest;
		sink(list, 0, count);
	}
}

size_t vprim_iova_windows_from(struct vprim_ranges list, uint64_t addr)
{
	size_t low = 0;

	while (list.count > low) {
		size_t mid = low + (list.count - low) / 2;

		if (list.range[mid].last < addr)
			low = mid + 1;
		else
			list.count = mid;
	}
	return low;
}

static int refuse_capacity(size_t needed, struct vprim_reason *reason)
{
	return refuse(reason, ROOM, VALUE(needed));
}

/* Give the count; say whether so many ranges fit. */
static int set_count(struct vprim_range_buf *out, size_t needed,
		     struct vprim_reason *reason)
{
	out->count = needed;
	return needed <= out->capacity ? 0 : refuse_capacity(needed, reason);
}

static void emit(struct vprim_range *list, size_t *n, uint64_t start,
		 uint64_t last)
{
	if (list) {
		list[*n].start = start;
		list[*n].last = last;
	}
	(*n)++;
}

static bool counts(const struct vprim_iova_windows_reserved *reserved,
		   uint32_t flags)
{
	return reserved->type != VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE ||
	       (flags & VPRIM_IOVA_WINDOWS_STRICT_DIRECT);
}

/* The reserved ranges that count and meet the aperture, sorted. */
static size_t gather(const struct vprim_iova_windows_iommu *iommu,
		     struct vprim_range *list)
{
	size_t i, n = 0;

	for (i = 0; i < iommu->nr_reserved; i++)
		if (counts(&iommu->reserved[i], iommu->flags) &&
		    vprim_range_overlaps(&iommu->reserved[i].range, &iommu->aperture))
			list[n++] = iommu->reserved[i].range;
	vprim_iova_windows_sort(list, n);
	return n;
}

/*
 * What @n sorted ranges leave of the aperture. A window is written behind the
 * range that ends it at the latest, when that one was read.
 */
static size_t leave_out(const struct vprim_range *aperture,
			struct vprim_range *list, size_t n)
{
	uint64_t pos = aperture->start;
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		struct vprim_range r = list[i];

		if (r.start > pos)
			emit(list, &kept, pos, r.start - 1);
		if (r.last >= aperture->last)
			return kept;
		if (r.last >= pos)
			pos = r.last + 1;
	}
	emit(list, &kept, pos, aperture->last);
	return kept;
}

int vprim_iova_windows_build(const struct vprim_iova_windows_iommu *iommu,
			     struct vprim_range_buf *windows,
			     struct vprim_reason *reason)
{
	const struct vprim_iova_windows_reserved *reserved = iommu->reserved;
	size_t i, n;

	vprim_reason_clear(reason);
	if (iommu->flags & ~VPRIM_IOVA_WINDOWS_STRICT_DIRECT)
		return vprim_reason_argument_(reason);
	if (!vprim_range_is_valid(&iommu->aperture))
		return vprim_reason_inverted_(reason, &iommu->aperture);
	for (i = 0; i < iommu->nr_reserved; i++) {
		if (!vprim_range_is_valid(&reserved[i].range))
			return vprim_reason_inverted_(reason, &reserved[i].range);
	}
	if (windows->capacity <= iommu->nr_reserved)
		return set_count(windows, iommu->nr_reserved + 1, reason);
	n = gather(iommu, windows->range);
	n = leave_out(&iommu->aperture, windows->range, n);
	if (!n)
		return refuse(reason, APART, RANGE(iommu->aperture));
	windows->count = n;
	return 0;
}

static int check_two(struct vprim_ranges a, struct vprim_ranges b,
		     struct vprim_reason *reason)
{
	int ret = vprim_iova_windows_check(a, reason);

	return ret ? ret : vprim_iova_windows_check(b, reason);
}

static size_t share(struct vprim_ranges a, struct vprim_ranges b,
		    struct vprim_range *list)
{
	size_t i = 0, j = 0, n = 0;
	struct vprim_range r;

	while (i < a.count && j < b.count) {
		if (!vprim_range_intersect(&a.range[i], &b.range[j], &r))
			emit(list, &n, r.start, r.last);
		if (a.range[i].last < b.range[j].last)
			i++;
		else
			j++;
	}
	return n;
}

static int nothing_left(enum vprim_iova_windows_rule rule, struct vprim_ranges list,
			struct vprim_reason *reason)
{
	struct vprim_range hull = { list.range[0].start,
				    list.range[list.count - 1].last };

	return refuse_by(reason, rule, RANGE(hull));
}

int vprim_iova_windows_intersect(struct vprim_ranges a, struct vprim_ranges b,
				 struct vprim_range_buf *windows,
				 struct vprim_reason *reason)
{
	bool restricts = a.count || b.count;
	size_t n;
	int ret;

	ret = check_two(a, b, reason);
	if (ret)
		return ret;
	if (!restricts)
		return set_count(windows, 0, reason);
	a = or_whole(a);
	b = or_whole(b);
	n = share(a, b, NULL);
	if (!n)
		return nothing_left(VPRIM_IOVA_WINDOWS_RULE_APART, b, reason);
	ret = set_count(windows, n, reason);
	if (!ret)
		share(a, b, windows->range);
	return ret;
}

/* What is left of one window; @j is the first to take out that may meet it. */
static void take_out_of(struct vprim_range window, struct vprim_ranges b,
			size_t *j, struct vprim_range *list, size_t *n)
{
	const struct vprim_range *cut;

	while (*j < b.count && b.range[*j].last < window.start)
		++*j;
	for (; *j < b.count && b.range[*j].start <= window.last; ++*j) {
		cut = &b.range[*j];
		if (cut->start > window.start)
			emit(list, n, window.start, cut->start - 1);
		/* It stays: it may reach into the next window too. */
		if (cut->last >= window.last)
			return;
		window.start = cut->last + 1;
	}
	emit(list, n, window.start, window.last);
}

static size_t take_out(struct vprim_ranges a, struct vprim_ranges b,
		       struct vprim_range *list)
{
	size_t i, j = 0, n = 0;

	for (i = 0; i < a.count; i++)
		take_out_of(a.range[i], b, &j, list, &n);
	return n;
}

int vprim_iova_windows_subtract(struct vprim_ranges a, struct vprim_ranges b,
				struct vprim_range_buf *windows,
				struct vprim_reason *reason)
{
	size_t n;
	int ret;

	ret = check_two(a, b, reason);
	if (ret)
		return ret;
	a = or_whole(a);
	n = take_out(a, b, NULL);
	if (!n)
		return nothing_left(VPRIM_IOVA_WINDOWS_RULE_EMPTY, b, reason);
	ret = set_count(windows, n, reason);
	if (!ret)
		take_out(a, b, windows->range);
	return ret;
}

static size_t cut_pieces(const struct vprim_range *request,
			 struct vprim_ranges windows, uint64_t align_bytes,
			 struct vprim_range *pieces)
{
	size_t i = vprim_iova_windows_from(windows, request->start), n = 0;
	struct vprim_range r;

	for (; i < windows.count; i++) {
		if (vprim_range_intersect(&windows.range[i], request, &r))
			break;
		if (!vprim_range_align_in(&r, align_bytes, &r))
			emit(pieces, &n, r.start, r.last);
	}
	return n;
}

int vprim_iova_windows_split(const struct vprim_range *request,
			     struct vprim_ranges windows, uint64_t align_bytes,
			     struct vprim_range_buf *pieces,
			     struct vprim_reason *reason)
{
	int ret;

	vprim_reason_clear(reason);
	if (!vprim_range_is_valid(request))
		return vprim_reason_inverted_(reason, request);
	if (!vprim_is_pow2(align_bytes))
		return refuse(reason, ALIGN, VALUE(align_bytes));
	windows = or_whole(windows);
	ret = set_count(pieces, cut_pieces(request, windows, align_bytes, NULL),
			reason);
	if (!ret)
		cut_pieces(request, windows, align_bytes, pieces->range);
	return ret;
}

/* The hole between window @i - 1 and window @i, either of which may not exist. */
static struct vprim_range hole_before(struct vprim_ranges list, size_t i)
{
	struct vprim_range r = whole;

	/* There is a hole, so that both sums exist. */
	if (i)
		r.start = list.range[i - 1].last + 1;
	if (i < list.count)
		r.last = list.range[i].start - 1;
	return r;
}

int vprim_iova_windows_mappable(struct vprim_ranges windows,
				const struct vprim_range *request,
				struct vprim_range *hit,
				struct vprim_reason *reason)
{
	const struct vprim_range *window;
	struct vprim_range hole;
	size_t i;

	vprim_reason_clear(reason);
	if (!vprim_range_is_valid(request))
		return vprim_reason_inverted_(reason, request);
	windows = or_whole(windows);
	i = vprim_iova_windows_from(windows, request->start);
	window = &windows.range[i];
	if (i < windows.count && window->start <= request->start) {
		if (request->last <= window->last) {
			if (hit)
				*hit = *window;
			return 0;
		}
		i++;
		if (i < windows.count && vprim_range_touches(window, window + 1))
			return refuse(reason, SEAM, RANGE(*request),
				      HIT(window[1]));
	}
	hole = hole_before(windows, i);
	return refuse(reason, HOLE, RANGE(*request), HIT(hole));
}

int vprim_iova_windows_fits(const struct vprim_range *request,
			    unsigned int bits, struct vprim_reason *reason)
{
	struct vprim_range space;

	vprim_reason_clear(reason);
	if (!vprim_range_is_valid(request))
		return vprim_reason_inverted_(reason, request);
	if (vprim_iova_windows_width(bits, &space))
		return refuse(reason, BITS, VALUE(bits));
	if (request->last <= space.last)
		return 0;
	return refuse(reason, WIDTH, RANGE(*request),
		      VALUE(vprim_fls64(request->last) + 1));
}

int vprim_iova_windows_set(struct vprim_range_buf *windows,
			   struct vprim_ranges list,
			   struct vprim_reason *reason)
{
	int ret = vprim_iova_windows_check(list, reason);

	if (ret)
		return ret;
	if (list.count > windows->capacity)
		return refuse_capacity(list.count, reason);
	if (list.count)
		memmove(windows->range, list.range,
			list.count * sizeof(*list.range));
	windows->count = list.count;
	return 0;
}

int vprim_iova_windows_exclude(struct vprim_range_buf *windows,
			       const struct vprim_range *cut, size_t *needed,
			       struct vprim_reason *reason)
{
	struct vprim_ranges now = or_whole(vprim_range_buf_list(windows));
	const struct vprim_range *list = now.range;
	size_t first, after, kept, total;
	struct vprim_range below, above;
	bool has_below, has_above;

	vprim_reason_clear(reason);
	if (!vprim_range_is_valid(cut))
		return vprim_reason_inverted_(reason, cut);
	first = vprim_iova_windows_from(now, cut->start);
	for (after = first; after < now.count && list[after].start <= cut->last;)
		after++;
	if (first == after)
		return 0;
	/* Windows first to after - 1 give way to what sticks out of the cut. */
	has_below = list[first].start < cut->start;
	has_above = list[after - 1].last > cut->last;
	below.start = list[first].start;
	below.last = cut->start - has_below;
	above.start = cut->last + has_above;
	above.last = list[after - 1].last;
	kept = (size_t)has_below + has_above;
	total = now.count - (after - first) + kept;
	if (!total)
		return refuse(reason, EMPTY, RANGE(*cut));
	if (total > windows->capacity) {
		if (needed)
			*needed = total;
		return refuse_capacity(total, reason);
	}
	if (now.count > after)
		memmove(&windows->range[first + kept], &list[after],
			(now.count - after) * sizeof(*list));
	if (has_below)
		windows->range[first] = below;
	if (has_above)
		windows->range[first + has_below] = above;
	windows->count = total;
	return 0;
}

/* Whether a window has no place in an aperture. */
static bool is_out(const struct vprim_range *window,
		   const struct vprim_range *aperture, uint32_t flags)
{
	struct vprim_range r;

	if (vprim_range_intersect(window, aperture, &r))
		return true;
	if (!(flags & VPRIM_IOVA_WINDOWS_TYPE1_EDGES))
		return false;
	return window->last == aperture->start || r.start == aperture->last;
}

int vprim_iova_windows_clip(struct vprim_range_buf *windows,
			    const struct vprim_range *aperture, uint32_t flags,
			    struct vprim_reason *reason)
{
	const struct vprim_ranges just = { aperture, 1 };
	size_t first = 0, after;

	vprim_reason_clear(reason);
	if (flags & ~VPRIM_IOVA_WINDOWS_TYPE1_EDGES)
		return vprim_reason_argument_(reason);
	if (!vprim_range_is_valid(aperture))
		return vprim_reason_inverted_(reason, aperture);
	if (!windows->count)
		return vprim_iova_windows_set(windows, just, reason);
	after = windows->count;
	while (first < after && is_out(&windows->range[first], aperture, flags))
		first++;
	while (first < after &&
	       is_out(&windows->range[after - 1], aperture, flags))
		after--;
	if (first == after)
		return refuse(reason, APART, RANGE(*aperture));
	memmove(windows->range, &windows->range[first],
		(after - first) * sizeof(*windows->range));
	windows->count = after - first;
	if (windows->range[0].start < aperture->start)
		windows->range[0].start = aperture->start;
	if (windows->range[windows->count - 1].last > aperture->last)
		windows->range[windows->count - 1].last = aperture->last;
	return 0;
}
