// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lists of usable windows.
 *
 * A list is ascending and disjoint, so both its starts and its lasts ascend and
 * either can be searched by halving. Functions that fill an array go over their
 * input twice, first to count, then to write: nothing is written before the
 * count is known to fit.
 */
#include "iova_windows_internal.h"

static const struct vprim_range whole = { 0, UINT64_MAX };

static bool usable(const struct vprim_range *r)
{
	return r && vprim_range_is_valid(r);
}

int vprim_iova_windows_check(const struct vprim_range *list, size_t count,
			     struct vprim_reason *reason)
{
	size_t i;

	vprim_reason_clear(reason);
	if (!list && count)
		return vprim_reason_argument(reason);
	for (i = 0; i < count; i++) {
		if (!vprim_range_is_valid(&list[i]))
			return vprim_reason_inverted(reason, &list[i]);
		if (i && list[i].start <= list[i - 1].last)
			return refuse(reason, ORDER, RANGE(list[i]),
				      HIT(list[i - 1]));
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

	if (!list)
		return;
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

size_t vprim_iova_windows_from(const struct vprim_range *list, size_t nr,
			       uint64_t addr)
{
	size_t low = 0;

	while (nr > low) {
		size_t mid = low + (nr - low) / 2;

		if (list[mid].last < addr)
			low = mid + 1;
		else
			nr = mid;
	}
	return low;
}

/* Give the count; say whether so many ranges fit. */
static int settle(size_t needed, size_t capacity, size_t *count,
		  struct vprim_reason *reason)
{
	*count = needed;
	if (needed <= capacity)
		return 0;
	return refuse(reason, ROOM, VALUE(needed));
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

/*
 * How far it goes on from @pos as it begins: true when @pos is reserved, and
 * then @last is the last of one reserved range around it; else the last address
 * before the next one.
 */
static bool reserved_at(const struct vprim_iova_windows_reserved *reserved,
			size_t nr, uint32_t flags, uint64_t pos, uint64_t *last)
{
	size_t i;

	*last = UINT64_MAX;
	for (i = 0; i < nr; i++) {
		const struct vprim_range *r = &reserved[i].range;

		if (!counts(&reserved[i], flags) || r->last < pos)
			continue;
		if (r->start <= pos) {
			*last = r->last;
			return true;
		}
		if (r->start - 1 < *last)
			*last = r->start - 1;
	}
	return false;
}

static size_t leave_out(const struct vprim_range *aperture,
			const struct vprim_iova_windows_reserved *reserved,
			size_t nr, uint32_t flags, struct vprim_range *list)
{
	uint64_t pos = aperture->start, last;
	size_t n = 0;
	bool taken;

	for (;;) {
		taken = reserved_at(reserved, nr, flags, pos, &last);
		if (last > aperture->last)
			last = aperture->last;
		if (!taken)
			emit(list, &n, pos, last);
		if (last == aperture->last)
			return n;
		pos = last + 1;
	}
}

int vprim_iova_windows_build(const struct vprim_range *aperture,
			     const struct vprim_iova_windows_reserved *reserved,
			     size_t nr_reserved, uint32_t flags,
			     struct vprim_range *list, size_t capacity,
			     size_t *count, struct vprim_reason *reason)
{
	size_t i, n;
	int ret;

	vprim_reason_clear(reason);
	if (!aperture || (!reserved && nr_reserved) || (!list && capacity) ||
	    !count || (flags & ~VPRIM_IOVA_WINDOWS_STRICT_DIRECT))
		return vprim_reason_argument(reason);
	if (!vprim_range_is_valid(aperture))
		return vprim_reason_inverted(reason, aperture);
	for (i = 0; i < nr_reserved; i++) {
		if (!vprim_range_is_valid(&reserved[i].range))
			return vprim_reason_inverted(reason, &reserved[i].range);
	}
	n = leave_out(aperture, reserved, nr_reserved, flags, NULL);
	if (!n)
		return refuse(reason, APART, RANGE(*aperture));
	ret = settle(n, capacity, count, reason);
	if (!ret)
		leave_out(aperture, reserved, nr_reserved, flags, list);
	return ret;
}

/* Both lists, checked and not empty where that means the whole space. */
static int check_two(const struct vprim_range *a, size_t nr_a,
		     const struct vprim_range *b, size_t nr_b,
		     const struct vprim_range *list, size_t capacity,
		     const size_t *count, struct vprim_reason *reason)
{
	int ret;

	if ((!list && capacity) || !count)
		return vprim_reason_argument(reason);
	ret = vprim_iova_windows_check(a, nr_a, reason);
	return ret ? ret : vprim_iova_windows_check(b, nr_b, reason);
}

static size_t share(const struct vprim_range *a, size_t nr_a,
		    const struct vprim_range *b, size_t nr_b,
		    struct vprim_range *list)
{
	size_t i = 0, j = 0, n = 0;
	struct vprim_range r;

	while (i < nr_a && j < nr_b) {
		if (!vprim_range_intersect(&a[i], &b[j], &r))
			emit(list, &n, r.start, r.last);
		if (a[i].last < b[j].last)
			i++;
		else
			j++;
	}
	return n;
}

static int nothing_left(enum vprim_iova_windows_rule rule,
			const struct vprim_range *b, size_t nr_b,
			struct vprim_reason *reason)
{
	struct vprim_range hull = { b[0].start, b[nr_b - 1].last };

	return refuse_by(reason, rule, RANGE(hull));
}

int vprim_iova_windows_intersect(const struct vprim_range *a, size_t nr_a,
				 const struct vprim_range *b, size_t nr_b,
				 struct vprim_range *list, size_t capacity,
				 size_t *count, struct vprim_reason *reason)
{
	bool restricts = nr_a || nr_b;
	size_t n;
	int ret;

	vprim_reason_clear(reason);
	ret = check_two(a, nr_a, b, nr_b, list, capacity, count, reason);
	if (ret)
		return ret;
	if (!nr_a) {
		a = &whole;
		nr_a = restricts;
	}
	if (!nr_b) {
		b = &whole;
		nr_b = 1;
	}
	n = share(a, nr_a, b, nr_b, NULL);
	if (!n && restricts)
		return nothing_left(VPRIM_IOVA_WINDOWS_RULE_APART, b, nr_b, reason);
	ret = settle(n, capacity, count, reason);
	if (!ret)
		share(a, nr_a, b, nr_b, list);
	return ret;
}

static size_t take_out(const struct vprim_range *a, size_t nr_a,
		       const struct vprim_range *b, size_t nr_b,
		       struct vprim_range *list)
{
	size_t i, j = 0, n = 0;

	for (i = 0; i < nr_a; i++) {
		uint64_t pos = a[i].start;
		bool rest = true;

		while (j < nr_b && b[j].last < pos)
			j++;
		/* b[j] stays: it may reach into the next window too. */
		for (; j < nr_b && b[j].start <= a[i].last; j++) {
			if (b[j].start > pos)
				emit(list, &n, pos, b[j].start - 1);
			rest = b[j].last < a[i].last;
			if (!rest)
				break;
			pos = b[j].last + 1;
		}
		if (rest)
			emit(list, &n, pos, a[i].last);
	}
	return n;
}

int vprim_iova_windows_subtract(const struct vprim_range *a, size_t nr_a,
				const struct vprim_range *b, size_t nr_b,
				struct vprim_range *list, size_t capacity,
				size_t *count, struct vprim_reason *reason)
{
	size_t n;
	int ret;

	vprim_reason_clear(reason);
	ret = check_two(a, nr_a, b, nr_b, list, capacity, count, reason);
	if (ret)
		return ret;
	if (!nr_a) {
		a = &whole;
		nr_a = 1;
	}
	n = take_out(a, nr_a, b, nr_b, NULL);
	if (!n)
		return nothing_left(VPRIM_IOVA_WINDOWS_RULE_EMPTY, b, nr_b, reason);
	ret = settle(n, capacity, count, reason);
	if (!ret)
		take_out(a, nr_a, b, nr_b, list);
	return ret;
}

static size_t cut_pieces(const struct vprim_range *request,
			 const struct vprim_range *list, size_t nr,
			 uint64_t align_bytes, struct vprim_range *pieces)
{
	size_t i = vprim_iova_windows_from(list, nr, request->start), n = 0;
	struct vprim_range r;

	for (; i < nr && !vprim_range_intersect(&list[i], request, &r); i++) {
		if (!vprim_range_align_in(&r, align_bytes, &r))
			emit(pieces, &n, r.start, r.last);
	}
	return n;
}

int vprim_iova_windows_split(const struct vprim_range *request,
			     const struct vprim_range *list, size_t nr,
			     uint64_t align_bytes, struct vprim_range *pieces,
			     size_t capacity, size_t *count,
			     struct vprim_reason *reason)
{
	int ret;

	vprim_reason_clear(reason);
	if (!request || (!list && nr) || (!pieces && capacity) || !count)
		return vprim_reason_argument(reason);
	if (!vprim_range_is_valid(request))
		return vprim_reason_inverted(reason, request);
	if (!vprim_is_pow2(align_bytes))
		return refuse(reason, ALIGN, VALUE(align_bytes));
	if (!nr) {
		list = &whole;
		nr = 1;
	}
	ret = settle(cut_pieces(request, list, nr, align_bytes, NULL), capacity,
		     count, reason);
	if (!ret)
		cut_pieces(request, list, nr, align_bytes, pieces);
	return ret;
}

/* The hole between window @i - 1 and window @i, either of which may not exist. */
static struct vprim_range hole_before(const struct vprim_range *list, size_t nr,
				      size_t i)
{
	struct vprim_range r = whole;

	/* There is a hole, so that both sums exist. */
	if (i)
		r.start = list[i - 1].last + 1;
	if (i < nr)
		r.last = list[i].start - 1;
	return r;
}

int vprim_iova_windows_mappable(const struct vprim_range *list, size_t nr,
				const struct vprim_range *request,
				struct vprim_range *hit,
				struct vprim_reason *reason)
{
	struct vprim_range hole;
	size_t i;

	vprim_reason_clear(reason);
	if (!request || (!list && nr))
		return vprim_reason_argument(reason);
	if (!vprim_range_is_valid(request))
		return vprim_reason_inverted(reason, request);
	if (!nr) {
		list = &whole;
		nr = 1;
	}
	i = vprim_iova_windows_from(list, nr, request->start);
	if (i < nr && list[i].start <= request->start) {
		if (request->last <= list[i].last) {
			if (hit)
				*hit = list[i];
			return 0;
		}
		i++;
		if (i < nr && vprim_range_touches(&list[i - 1], &list[i]))
			return refuse(reason, SEAM, RANGE(*request),
				      HIT(list[i]));
	}
	hole = hole_before(list, nr, i);
	return refuse(reason, HOLE, RANGE(*request), HIT(hole));
}

int vprim_iova_windows_width(unsigned int bits, struct vprim_range *range)
{
	if (!range || !bits || bits > 64)
		return -EINVAL;
	range->start = 0;
	range->last = UINT64_MAX >> (64 - bits);
	return 0;
}

int vprim_iova_windows_fits(const struct vprim_range *request,
			    unsigned int bits, struct vprim_reason *reason)
{
	struct vprim_range space;
	int ret;

	vprim_reason_clear(reason);
	if (!usable(request))
		return vprim_reason_inverted(reason, request);
	if (vprim_iova_windows_width(bits, &space))
		return refuse(reason, BITS, VALUE(bits));
	if (request->last <= space.last)
		return 0;
	ret = refuse(reason, WIDTH, VALUE(vprim_fls64(request->last) + 1));
	if (reason) {
		reason->has_range = true;
		reason->range = *request;
	}
	return ret;
}

int vprim_iova_windows_init(struct vprim_iova_windows *windows,
			    struct vprim_range *storage, size_t capacity)
{
	if (!windows || (!storage && capacity))
		return -EINVAL;
	windows->ranges = storage;
	windows->count = 0;
	windows->capacity = capacity;
	return 0;
}

int vprim_iova_windows_set(struct vprim_iova_windows *windows,
			   const struct vprim_range *list, size_t count,
			   struct vprim_reason *reason)
{
	size_t needed;
	int ret;

	vprim_reason_clear(reason);
	if (!windows)
		return vprim_reason_argument(reason);
	ret = vprim_iova_windows_check(list, count, reason);
	if (!ret)
		ret = settle(count, windows->capacity, &needed, reason);
	if (ret)
		return ret;
	if (count)
		memmove(windows->ranges, list, count * sizeof(*list));
	windows->count = count;
	return 0;
}

int vprim_iova_windows_move(struct vprim_iova_windows *windows,
			    struct vprim_range *storage, size_t capacity)
{
	if (!windows || (!storage && capacity))
		return -EINVAL;
	if (capacity < windows->count)
		return -EMSGSIZE;
	if (windows->count)
		memmove(storage, windows->ranges,
			windows->count * sizeof(*storage));
	windows->ranges = storage;
	windows->capacity = capacity;
	return 0;
}

int vprim_iova_windows_exclude(struct vprim_iova_windows *windows,
			       const struct vprim_range *cut, size_t *needed,
			       struct vprim_reason *reason)
{
	const struct vprim_range *list;
	struct vprim_range below, above;
	size_t nr, first, after, kept, total;
	bool has_below, has_above;

	vprim_reason_clear(reason);
	if (!windows || !cut)
		return vprim_reason_argument(reason);
	if (!vprim_range_is_valid(cut))
		return vprim_reason_inverted(reason, cut);
	list = windows->count ? windows->ranges : &whole;
	nr = windows->count ? windows->count : 1;
	first = vprim_iova_windows_from(list, nr, cut->start);
	for (after = first; after < nr && list[after].start <= cut->last;)
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
	total = nr - (after - first) + kept;
	if (!total)
		return refuse(reason, EMPTY, RANGE(*cut));
	if (total > windows->capacity) {
		if (needed)
			*needed = total;
		return refuse(reason, ROOM, VALUE(total));
	}
	if (nr > after)
		memmove(&windows->ranges[first + kept], &list[after],
			(nr - after) * sizeof(*list));
	if (has_below)
		windows->ranges[first] = below;
	if (has_above)
		windows->ranges[first + has_below] = above;
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

int vprim_iova_windows_clip(struct vprim_iova_windows *windows,
			    const struct vprim_range *aperture, uint32_t flags,
			    struct vprim_reason *reason)
{
	size_t first = 0, after;

	vprim_reason_clear(reason);
	if (!windows || !aperture || (flags & ~VPRIM_IOVA_WINDOWS_TYPE1_EDGES))
		return vprim_reason_argument(reason);
	if (!vprim_range_is_valid(aperture))
		return vprim_reason_inverted(reason, aperture);
	if (!windows->count)
		return vprim_iova_windows_set(windows, aperture, 1, reason);
	after = windows->count;
	while (first < after && is_out(&windows->ranges[first], aperture, flags))
		first++;
	while (first < after &&
	       is_out(&windows->ranges[after - 1], aperture, flags))
		after--;
	if (first == after)
		return refuse(reason, APART, RANGE(*aperture));
	memmove(windows->ranges, &windows->ranges[first],
		(after - first) * sizeof(*windows->ranges));
	windows->count = after - first;
	if (windows->ranges[0].start < aperture->start)
		windows->ranges[0].start = aperture->start;
	if (windows->ranges[windows->count - 1].last > aperture->last)
		windows->ranges[windows->count - 1].last = aperture->last;
	return 0;
}
