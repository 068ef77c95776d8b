// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Lists of windows that grow: windows added, and ranges made one. */
#include "iova_windows_internal.h"

int vprim_iova_windows_add(struct vprim_range_buf *windows,
			   const struct vprim_range *window, size_t *needed,
			   struct vprim_reason *reason)
{
	const struct vprim_ranges now = vprim_range_buf_list(windows);
	struct vprim_range *list = windows->range, sum = *window;
	size_t first, after, total;

	vprim_reason_clear(reason);
	if (!vprim_range_is_valid(window))
		return vprim_reason_inverted_(reason, window);
	first = vprim_iova_windows_from(now, window->start);
	for (after = first;
	     after < now.count && list[after].start <= window->last; after++) {
		if (list[after].start < sum.start)
			sum.start = list[after].start;
		if (list[after].last > sum.last)
			sum.last = list[after].last;
	}
	/* Windows first to after - 1 give way to one. */
	total = now.count - (after - first) + 1;
	if (total > windows->capacity) {
		if (needed)
			*needed = total;
		return refuse(reason, ROOM, VALUE(total));
	}
	if (now.count > after)
		memmove(&list[first + 1], &list[after],
			(now.count - after) * sizeof(*list));
	list[first] = sum;
	windows->count = total;
	return 0;
}

void vprim_iova_windows_join(struct vprim_range_buf *windows)
{
	struct vprim_range *list = windows->range;
	size_t i, n = 0;

	for (i = 0; i < windows->count; i++) {
		if (n && vprim_range_touches(&list[n - 1], &list[i]))
			list[n - 1].last = list[i].last;
		else
			list[n++] = list[i];
	}
	windows->count = n;
}

/* Addresses between range @i - 1 and range @i. */
static uint64_t gap_before(const struct vprim_range_buf *list, size_t i)
{
	return list->range[i].start - list->range[i - 1].last - 1;
}

static size_t gaps_up_to(const struct vprim_range_buf *list, uint64_t limit)
{
	size_t i, n = 0;

	for (i = 1; i < list->count; i++)
		n += gap_before(list, i) <= limit;
	return n;
}

/* The size of the @n-th smallest gap, by halving what it can be. */
static uint64_t nth_gap(const struct vprim_range_buf *list, size_t n)
{
	uint64_t low = 0, high = UINT64_MAX, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (gaps_up_to(list, mid) >= n)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

int vprim_iova_windows_combine(struct vprim_range_buf *list, size_t most,
			       uint64_t *added_bytes)
{
	struct vprim_range *r = list->range;
	uint64_t limit, gap, added = 0;
	size_t i, n = 1, equal;

	if (!most)
		return -EINVAL;
	if (list->count > most) {
		limit = nth_gap(list, list->count - most);
		/* Of the gaps of that very size only as many as are needed. */
		equal = list->count - most;
		if (limit)
			equal -= gaps_up_to(list, limit - 1);
		for (i = 1; i < list->count; i++) {
			gap = r[i].start - r[n - 1].last - 1;
			if (gap < limit || (gap == limit && equal)) {
				equal -= gap == limit;
				added += gap;
				r[n - 1].last = r[i].last;
			} else {
				r[n++] = r[i];
			}
		}
		list->count = n;
	}
	if (added_bytes)
		*added_bytes = added;
	return 0;
}

/* -- into another list ---------------------------------------------------- */

static void put(struct vprim_range_buf *out, const struct vprim_range *r)
{
	if (out->count < out->capacity)
		out->range[out->count] = *r;
	out->count++;
}

/* The next of both lists by start. */
static const struct vprim_range *lower_of(const struct vprim_ranges *a, size_t *i,
					  const struct vprim_ranges *b, size_t *j)
{
	if (*j == b->count ||
	    (*i < a->count && a->range[*i].start <= b->range[*j].start))
		return &a->range[(*i)++];
	return &b->range[(*j)++];
}

static void unite(const struct vprim_ranges *a, const struct vprim_ranges *b,
		  struct vprim_range_buf *out)
{
	const struct vprim_range *r;
	struct vprim_range sum;
	size_t i = 0, j = 0;

	out->count = 0;
	sum = *lower_of(a, &i, b, &j);
	while (i < a->count || j < b->count) {
		r = lower_of(a, &i, b, &j);
		if (r->start > sum.last) {
			put(out, &sum);
			sum = *r;
		} else if (r->last > sum.last) {
			sum.last = r->last;
		}
	}
	put(out, &sum);
}

/* Whether all that was counted fits; its count is given to the caller. */
static int set_count(struct vprim_range_buf *to,
		     const struct vprim_range_buf *counted,
		     struct vprim_reason *reason)
{
	to->count = counted->count;
	return to->count <= to->capacity ? 0 :
					   refuse(reason, ROOM, VALUE(to->count));
}

int vprim_iova_windows_union(struct vprim_ranges a, struct vprim_ranges b,
			     struct vprim_range_buf *windows,
			     struct vprim_reason *reason)
{
	struct vprim_range_buf counted = { NULL, 0, 0 };
	int ret = vprim_iova_windows_check(a, reason);

	if (!ret)
		ret = vprim_iova_windows_check(b, reason);
	if (ret)
		return ret;
	if (a.count && b.count)
		unite(&a, &b, &counted);
	ret = set_count(windows, &counted, reason);
	if (!ret && counted.count)
		unite(&a, &b, windows);
	return ret;
}

/* Fill the windows' part of @range with what is left, at once or piece by piece. */
static void fill(const struct vprim_range *range, struct vprim_ranges windows,
		 uint64_t align_bytes, bool one_piece, uint64_t *left,
		 struct vprim_range_buf *out)
{
	size_t i = vprim_iova_windows_from(windows, range->start);
	struct vprim_range r;

	for (; *left && i < windows.count; i++) {
		if (vprim_range_intersect(&windows.range[i], range, &r))
			break;
		if (vprim_range_align_in(&r, align_bytes, &r))
			continue;
		if (r.last - r.start >= *left - 1)
			r.last = r.start + (*left - 1);
		else if (one_piece)
			continue;
		put(out, &r);
		*left -= r.last - r.start + 1;
	}
}

/* Count or write all pieces; what is left over. */
static uint64_t lay(const struct vprim_iova_windows_ram *ram,
		    struct vprim_ranges windows, struct vprim_range_buf *out)
{
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_range part = { 0, ram->low_bytes - 1 };
	uint64_t left = ram->size_bytes;

	if (!windows.count) {
		windows.range = &all;
		windows.count = 1;
	}
	out->count = 0;
	if (ram->low_bytes)
		fill(&part, windows, ram->align_bytes, false, &left, out);
	part.start = ram->high_start;
	part.last = UINT64_MAX;
	fill(&part, windows, ram->align_bytes, ram->one_high_piece, &left, out);
	return left;
}

int vprim_iova_windows_place_ram(const struct vprim_iova_windows_ram *ram,
				 struct vprim_ranges windows,
				 struct vprim_range_buf *pieces,
				 struct vprim_reason *reason)
{
	const struct vprim_range bounds = { ram->low_bytes, ram->high_start };
	struct vprim_range_buf counted = { NULL, 0, 0 };
	uint64_t left;
	int ret;

	vprim_reason_clear(reason);
	if (!ram->size_bytes)
		return refuse(reason, SIZE);
	if (!vprim_is_pow2(ram->align_bytes))
		return refuse(reason, ALIGN, VALUE(ram->align_bytes));
	if (!vprim_range_is_valid(&bounds))
		return refuse(reason, BOUNDS, RANGE(bounds));
	left = lay(ram, windows, &counted);
	if (left)
		return refuse(reason, SPACE, VALUE(left));
	ret = set_count(pieces, &counted, reason);
	if (!ret)
		lay(ram, windows, pieces);
	return ret;
}
