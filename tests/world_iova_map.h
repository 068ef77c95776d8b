/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* An IOVA map beside its model. */
#ifndef WORLD_IOVA_MAP_H
#define WORLD_IOVA_MAP_H
#ifdef WORLD_WHOLE
#define SPACE 3u
#define LONGEST SPACE
#define ROOM 8u
#define TEST_ARENA_UNITS 512
#else
#define SPACE 4096u
#define LONGEST 24u
#define ROOM 1024u
#endif
#define WORLD_DEPTH 4
#define WORLD_VARIANTS 9u
#include "world.h"
#include "iova_map_model.h"

struct world {
	struct vprim_iova_map map;
	struct {
		struct model model;
		struct vprim_iova_mapping room[ROOM];
	} w;
	uint64_t base;
	struct test_memory memory;
};

/* No reader is there, so that all have left. */
static void world_retire(void *ctx, void *node, size_t size_bytes)
{
	test_free(ctx, node, size_bytes);
}

/* Opaque values, values that are targets, and a map for readers; in three places. */
static void world_begin(struct world *w, unsigned int variant)
{
	struct vprim_iova_map_options options = { .values = VPRIM_IOVA_MAP_OPAQUE };

	memset(w, 0, sizeof(*w));
	if (variant / 3 == 1)
		options.values = VPRIM_IOVA_MAP_LINEAR;
	if (variant / 3 == 2)
		options.retire = world_retire;
	w->base = world_base(variant % 3, SPACE);
	require(!vprim_iova_map_init(&w->map, sizeof(w->map), &test_alloc_ops,
				     &w->memory, &options, NULL));
	model_init(&w->w.model, variant / 3 == 1);
	w->w.model.m = w->w.room;
	w->w.model.room = ROOM;
}

static void world_end(struct world *w)
{
	vprim_iova_map_fini(&w->map);
	require(!w->memory.blocks && !w->memory.bytes);
}

static bool same_mapping(const struct vprim_iova_mapping *a,
			 const struct vprim_iova_mapping *b)
{
	return a->range.start == b->range.start && a->range.last == b->range.last &&
	       a->value == b->value;
}

/* Every place, or where there are too many the listing alone. */
static void world_check(const struct world *w)
{
	static const struct vprim_iova_mapping none = { { 5, 4 }, 3 };
	const struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_iova_mapping got[ROOM + 1], a, b;
	const struct model *model = &w->w.model;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_map_stats stats;
	struct vprim_range r;
	size_t n;

	require(!vprim_iova_map_audit(&w->map));
	vprim_iova_map_describe(&w->map, &stats);
	require(stats.bytes == w->memory.bytes && stats.count == model->n);
	require(!vprim_iova_map_cursor_init(&cursor, &w->map, &all));
	require(!vprim_iova_map_cursor_read(&cursor, got, ROOM + 1, &n) && n == model->n);
	for (size_t i = 0; i < n; i++)
		require(same_mapping(&got[i], &model->m[i]));
	for (unsigned int i = 0; i < SPACE && SPACE <= 16; i++) {
#define AGREE(call, ...) do {							\
	a = b = none;								\
	require(vprim_iova_map_##call(&w->map, __VA_ARGS__, &a) ==			\
		model_##call(model, __VA_ARGS__, &b));				\
	require(same_mapping(&a, &b));						\
} while (0)
#define model_stab model_find
		AGREE(stab, w->base + i);
		AGREE(next, w->base + i);
		AGREE(prev, w->base + i);
#undef AGREE
		for (unsigned int k = i; k < SPACE; k++) {
			r = (struct vprim_range){ w->base + i, w->base + k };
			a = b = none;
			require(vprim_iova_map_first(&w->map, &r, &a) ==
				model_first(model, r, &b) && same_mapping(&a, &b));
		}
	}
}

static void step_insert(struct world *w, struct choices *c)
{
	struct vprim_range r = some_range(c, w->base, SPACE, LONGEST);
	struct vprim_iova_mapping a = { .value = 7 }, b = a;
	struct vprim_iova_map_stats before;
	uint64_t value = 3 * r.start + (r.last - r.start);
	int ret;

	vprim_iova_map_describe(&w->map, &before);
	ret = vprim_iova_map_insert(&w->map, &r, value, &a);
	require(!before.promised || !w->memory.requests);
	if (!starved(&w->memory, ret))
		require(ret == model_insert(&w->w.model, r, value, &b) &&
			same_mapping(&a, &b));
}

static void step_remove(struct world *w, struct choices *c)
{
	struct vprim_range r = some_range(c, w->base, SPACE, LONGEST);
	struct vprim_iova_mapping a = { .value = 7 }, b = a;
	size_t n = SPACE > 16 ? w->w.model.n : 0;
	int ret;

	if (n)
		r = w->w.room[pick(c, (unsigned int)n)].range;
	if (pick(c, 2)) {
		ret = vprim_iova_map_remove(&w->map, &r, &a.value);
		if (!starved(&w->memory, ret))
			require(ret == model_remove(&w->w.model, r, &b.value));
	} else {
		ret = vprim_iova_map_remove_at(&w->map, r.start, &a);
		if (!starved(&w->memory, ret))
			require(ret == model_remove_at(&w->w.model, r.start, &b));
	}
	require(same_mapping(&a, &b));
}

static void step_erase(struct world *w, struct choices *c)
{
	struct vprim_range r = some_range(c, w->base, SPACE, odd(c, 4) ? SPACE : LONGEST);
	uint64_t touched = UINT64_MAX;
	int ret = vprim_iova_map_erase(&w->map, &r, &touched);

	if (starved(&w->memory, ret))
		require(touched == UINT64_MAX);
	else
		require(!ret && touched == model_erase(&w->w.model, r));
}

static void step_take(struct world *w, struct choices *c)
{
	struct vprim_range r = some_range(c, w->base, SPACE, LONGEST);
	struct vprim_iova_mapping a[ROOM], b[ROOM];
	size_t n = 99, capacity = pick(c, 2) ? 1 : ROOM;
	int ret = vprim_iova_map_take(&w->map, &r, a, capacity, &n);

	if (starved(&w->memory, ret)) {
		require(n == 99);
		return;
	}
	require(!ret && n == model_take(&w->w.model, r, b, capacity));
	for (size_t i = 0; i < n; i++)
		require(same_mapping(&a[i], &b[i]));
}

static void step_set_value(struct world *w, struct choices *c)
{
	struct vprim_range r = some_range(c, w->base, SPACE, LONGEST);
	int ret = vprim_iova_map_set_value(&w->map, &r, 5 * r.last);

	if (!starved(&w->memory, ret))
		require(ret == model_set_value(&w->w.model, r, 5 * r.last));
}

/* A place is looked for, and taken. */
static void step_place(struct world *w, struct choices *c)
{
	struct vprim_hole want = { some_range(c, w->base, SPACE, SPACE),
				   pick(c, SPACE > 16 ? LONGEST : SPACE),
				   (uint64_t)1 << pick(c, SPACE > 16 ? 6 : 2), 0,
				   VPRIM_HOLE_LOWEST };
	const struct vprim_ranges nowhere_else = { NULL, 0 };
	struct vprim_range range = { 7, 6 };
	struct vprim_iova_mapping hit;
	uint64_t a = 9, b = 9;
	int ret, found;

	if (pick(c, 2))
		want.from = VPRIM_HOLE_HIGHEST;
	if (want.align_bytes > 1 && odd(c, 2))
		want.offset_bytes = pick(c, (unsigned int)want.align_bytes);
	found = model_gap(&w->w.model, &want, &b);
	if (pick(c, 2)) {
		require(vprim_iova_map_gap(&w->map, &want, &a) == found && a == b);
		return;
	}
	ret = vprim_iova_map_place(&w->map, nowhere_else, &want, b, &range, NULL);
	if (starved(&w->memory, ret) || ret) {
		require(world_starved || ret == found);
		require(range.start == 7 && range.last == 6);
		return;
	}
	require(!found && range.start == b && range.last == b + want.last_offset);
	require(!model_insert(&w->w.model, range, b, &hit));
}

/* Two that ascend, or do not; one that is in the way refuses both. */
static void step_bulk(struct world *w, struct choices *c)
{
	struct vprim_iova_mapping two[2] = {
		{ some_range(c, w->base, SPACE, LONGEST), 1 },
		{ some_range(c, w->base, SPACE, LONGEST), 2 } };
	struct vprim_iova_mapping a = { .value = 7 }, b = a;
	int ret = vprim_iova_map_bulk(&w->map, two, 2, &a);

	if (starved(&w->memory, ret))
		return;
	if (two[0].range.last >= two[1].range.start) {
		require(ret == -EINVAL);
	} else if (model_insert(&w->w.model, two[0].range, 1, &b)) {
		require(ret == -EEXIST && same_mapping(&a, &b));
	} else if (model_insert(&w->w.model, two[1].range, 2, &b)) {
		require(!model_remove(&w->w.model, two[0].range, &b.value));
		require(ret == -EEXIST);
	} else {
		require(!ret);
	}
}

static void step_reserve(struct world *w, struct choices *c)
{
	size_t most = SPACE > 16 ? 100 : 3, count = pick(c, (unsigned int)most);
	struct vprim_iova_map_stats stats;
	int ret;

	if (SPACE > 16 && pick(c, 2))
		ret = vprim_iova_map_reserve_some(&w->map, count, pick(c, 4));
	else
		ret = vprim_iova_map_reserve(&w->map, count);
	if (starved(&w->memory, ret) || ret == -EAGAIN)
		return;
	vprim_iova_map_describe(&w->map, &stats);
	require(!ret && stats.promised == count);
}

static void world_step(struct world *w, struct choices *c)
{
	switch (w->w.model.n + 4 > ROOM ? 3 : pick(c, SPACE > 16 ? 11 : 9)) {
	case 0:
		step_remove(w, c);
		break;
	case 1:
		step_set_value(w, c);
		break;
	case 2:
		step_take(w, c);
		break;
	case 3:
		step_erase(w, c);
		break;
	case 4:
		step_bulk(w, c);
		break;
	case 5:
		step_reserve(w, c);
		break;
	case 6:
		step_place(w, c);
		break;
	case 7:
		if (odd(c, 2) || SPACE <= 16) {
			vprim_iova_map_clear(&w->map);
			w->w.model.n = 0;
		}
		break;
	default:
		step_insert(w, c);
	}
	if (SPACE <= 16)	/* what is no more is no part of the state */
		memset(w->w.room + w->w.model.n, 0,
		       (ROOM - w->w.model.n) * sizeof(*w->w.room));
}

#endif
