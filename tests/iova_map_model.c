// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The sorted array and the loops. */
#include "iova_map_model.h"

#include <stdlib.h>
#include <string.h>

void model_init(struct model *model, bool linear)
{
	memset(model, 0, sizeof(*model));
	model->linear = linear;
}

void model_fini(struct model *model)
{
	free(model->m);
	memset(model, 0, sizeof(*model));
}

static void put(struct model *model, size_t i, struct vprim_range r,
		uint64_t value)
{
	if (model->n == model->room) {
		model->room = model->room ? 2 * model->room : 64;
		model->m = realloc(model->m, model->room * sizeof(*model->m));
		if (!model->m)
			abort();
	}
	memmove(model->m + i + 1, model->m + i,
		(model->n - i) * sizeof(*model->m));
	model->m[i].range = r;
	model->m[i].value = value;
	model->n++;
}

static void drop(struct model *model, size_t i)
{
	memmove(model->m + i, model->m + i + 1,
		(model->n - i - 1) * sizeof(*model->m));
	model->n--;
}

int model_insert(struct model *model, struct vprim_range r, uint64_t value,
		 struct vprim_iova_mapping *hit)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (vprim_range_overlaps(&model->m[i].range, &r)) {
			*hit = model->m[i];
			return -EEXIST;
		}
	for (i = 0; i < model->n && model->m[i].range.start < r.start; i++)
		;
	put(model, i, r, value);
	return 0;
}

static size_t exactly(const struct model *model, struct vprim_range r)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (model->m[i].range.start == r.start &&
		    model->m[i].range.last == r.last)
			break;
	return i;
}

int model_remove(struct model *model, struct vprim_range r, uint64_t *value)
{
	size_t i = exactly(model, r);

	if (i == model->n)
		return -ENOENT;
	*value = model->m[i].value;
	drop(model, i);
	return 0;
}

int model_remove_at(struct model *model, uint64_t start,
		    struct vprim_iova_mapping *removed)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (model->m[i].range.start == start) {
			*removed = model->m[i];
			drop(model, i);
			return 0;
		}
	return -ENOENT;
}

int model_set_value(struct model *model, struct vprim_range r, uint64_t value)
{
	size_t i = exactly(model, r);

	if (i == model->n)
		return -ENOENT;
	model->m[i].value = value;
	return 0;
}

uint64_t model_erase(struct model *model, struct vprim_range r)
{
	uint64_t touched = 0;
	size_t i = 0;

	while (i < model->n) {
		struct vprim_iova_mapping old = model->m[i];
		struct vprim_range part;
		uint64_t value = old.value;

		if (!vprim_range_overlaps(&old.range, &r)) {
			i++;
			continue;
		}
		touched++;
		drop(model, i);
		if (old.range.start < r.start) {
			part.start = old.range.start;
			part.last = r.start - 1;
			put(model, i++, part, value);
		}
		if (old.range.last > r.last) {
			part.start = r.last + 1;
			part.last = old.range.last;
			if (model->linear)
				value += part.start - old.range.start;
			put(model, i++, part, value);
		}
	}
	return touched;
}

bool model_erase_splits(const struct model *model, struct vprim_range r)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (model->m[i].range.start < r.start &&
		    model->m[i].range.last > r.last)
			return true;
	return false;
}

size_t model_take(struct model *model, struct vprim_range r,
		  struct vprim_iova_mapping *taken, size_t capacity)
{
	size_t i = 0, n = 0;

	while (i < model->n && n < capacity) {
		if (!vprim_range_overlaps(&model->m[i].range, &r)) {
			i++;
			continue;
		}
		taken[n++] = model->m[i];
		drop(model, i);
	}
	return n;
}

int model_find(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m)
{
	const struct vprim_range r = { addr, addr };

	return model_first(model, r, m);
}

int model_first(const struct model *model, struct vprim_range r,
		struct vprim_iova_mapping *m)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (vprim_range_overlaps(&model->m[i].range, &r)) {
			*m = model->m[i];
			return 0;
		}
	return -ENOENT;
}

int model_next(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		if (model->m[i].range.start > addr) {
			*m = model->m[i];
			return 0;
		}
	return -ENOENT;
}

int model_prev(const struct model *model, uint64_t addr,
	       struct vprim_iova_mapping *m)
{
	size_t i;

	for (i = model->n; i--;)
		if (model->m[i].range.last < addr) {
			*m = model->m[i];
			return 0;
		}
	return -ENOENT;
}

/* The extreme place in one free range, or false. Low and high halves of 2^64. */
static bool place_in(struct vprim_range r, const struct vprim_hole *gap,
		     uint64_t *start)
{
	uint64_t mask = gap->align_bytes - 1, low, high, at;
	struct vprim_range in;

	if (vprim_range_intersect(&r, &gap->within, &in) ||
	    in.last - in.start < gap->last_offset)
		return false;
	/* Starts from low to high have place. Is one of them aligned? */
	low = in.start;
	high = in.last - gap->last_offset;
	if (gap->from == VPRIM_HOLE_LOWEST) {
		at = (low & ~mask) + gap->offset_bytes;
		if (at < low && vprim_add_overflow(at, mask + 1, &at))
			return false;
	} else {
		at = (high & ~mask) + gap->offset_bytes;
		if (at > high && vprim_sub_overflow(at, mask + 1, &at))
			return false;
	}
	if (at < low || at > high)
		return false;
	*start = at;
	return true;
}

int model_gap(const struct model *model, const struct vprim_hole *gap,
	      uint64_t *start)
{
	bool up = gap->from == VPRIM_HOLE_LOWEST;
	size_t k, i, holes = model->n + 1;

	for (k = 0; k < holes; k++) {
		struct vprim_range hole = { 0, UINT64_MAX };

		i = up ? k : holes - 1 - k;
		if (i) {
			if (model->m[i - 1].range.last == UINT64_MAX)
				continue;
			hole.start = model->m[i - 1].range.last + 1;
		}
		if (i < model->n) {
			if (model->m[i].range.start == hole.start)
				continue;
			hole.last = model->m[i].range.start - 1;
		}
		if (place_in(hole, gap, start))
			return 0;
	}
	return -ENOSPC;
}
