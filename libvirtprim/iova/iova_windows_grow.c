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
		return vprim_reason_inverted(reason, window);
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
