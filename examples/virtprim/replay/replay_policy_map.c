// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The rules of the map alone: mappings must not overlap, and an unmap must find
 * something. A limit and windows are checked on request, in the order of VFIO
 * type1: overlap, limit, windows.
 *
 * An unmap punches a hole; mappings are cut at its edges. The value of a mapping
 * is the index of its event, so that a refusal can name the line that mapped
 * what is in the way.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/iova_map.h>
#include <virtprim/iova_windows.h>
#include <virtprim/user.h>

struct map_policy {
	struct vprim_iova_map map;
	const struct replay_recording *rec;
	const struct replay_options *options;
	bool restricted;
};

static void *init(const struct replay_recording *rec,
		  const struct replay_options *options)
{
	struct map_policy *p = calloc(1, sizeof(*p));

	if (p && vprim_iova_map_init(&p->map, sizeof(p->map),
				     vprim_user_alloc(), NULL, NULL)) {
		free(p);
		return NULL;
	}
	if (p) {
		p->rec = rec;
		p->options = options;
		p->restricted = options->has_limit || options->nr_windows;
	}
	return p;
}

static void fini(void *policy)
{
	struct map_policy *p = policy;

	vprim_iova_map_fini(&p->map);
	free(p);
}

static int overlap(const struct map_policy *p,
		   const struct vprim_iova_mapping *hit,
		   struct replay_rejection *why)
{
	return replay_reject(why, -EEXIST, &hit->range,
			     "overlaps 0x%" PRIx64 "..0x%" PRIx64
			     ", mapped in line %" PRIu32,
			     hit->range.start, hit->range.last,
			     p->rec->events[hit->value].line);
}

static int check(const struct map_policy *p, const struct replay_event *e,
		 struct replay_rejection *why)
{
	const struct vprim_ranges windows = { p->options->windows,
					      p->options->nr_windows };
	struct vprim_iova_mapping hit;
	struct vprim_reason reason;
	int ret;

	if (!vprim_iova_map_first(&p->map, &e->range, &hit))
		return overlap(p, &hit, why);
	if (p->options->has_limit &&
	    vprim_iova_map_count(&p->map) >= p->options->limit)
		return replay_reject(why, -ENOSPC, NULL,
				     "all %" PRIu64 " entries are in use",
				     p->options->limit);
	ret = vprim_iova_windows_mappable(windows, &e->range, NULL, &reason);
	return ret ? replay_reject_reason(why, ret, &reason) : 0;
}

static int map(void *policy, const struct replay_event *e, size_t index,
	       struct replay_rejection *why)
{
	struct map_policy *p = policy;
	struct vprim_iova_mapping hit;
	int ret = 0;

	if (e->error)
		return replay_reject_malformed(why, e);
	if (p->restricted)
		ret = check(p, e, why);
	if (ret)
		return ret;
	ret = vprim_iova_map_insert(&p->map, &e->range, index, &hit);
	if (ret == -EEXIST)
		return overlap(p, &hit, why);
	return ret ? replay_reject(why, ret, NULL, "%s", strerror(-ret)) : 0;
}

/* Bytes that lie in the range, modulo 2^64. */
static uint64_t mapped_bytes(const struct vprim_iova_map *map,
			     const struct vprim_range *range)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	struct vprim_range part;
	uint64_t bytes = 0;

	if (vprim_iova_map_cursor_init(&cursor, map, range))
		return 0;
	while (!vprim_iova_map_cursor_next(&cursor, &m))
		if (!vprim_range_intersect(&m.range, range, &part))
			bytes += replay_size_of(&part);
	return bytes;
}

static int unmap(void *policy, const struct replay_event *e, uint64_t *freed,
		 struct replay_rejection *why)
{
	struct map_policy *p = policy;
	uint64_t touched = 0, bytes = 0;
	int ret;

	if (e->error)
		return replay_reject_malformed(why, e);
	if (freed)
		bytes = mapped_bytes(&p->map, &e->range);
	ret = vprim_iova_map_erase(&p->map, &e->range, &touched);
	if (ret)
		return replay_reject(why, ret, NULL, "%s", strerror(-ret));
	if (!touched)
		return replay_reject(why, -ENOENT, NULL,
				     "nothing is mapped there");
	if (freed)
		*freed = bytes;
	return 0;
}

static uint64_t count(const void *policy)
{
	const struct map_policy *p = policy;

	return vprim_iova_map_count(&p->map);
}

static void list(const void *policy, struct replay_mapping *list)
{
	const struct vprim_range whole = { 0, UINT64_MAX };
	const struct map_policy *p = policy;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;

	if (vprim_iova_map_cursor_init(&cursor, &p->map, &whole))
		return;
	while (!vprim_iova_map_cursor_next(&cursor, &m)) {
		const struct replay_event *e = &p->rec->events[m.value];

		*list++ = (struct replay_mapping){
			.range = m.range,
			.target = e->target + (m.range.start - e->range.start),
			.prot = e->prot,
		};
	}
}

const struct replay_policy replay_policy_map = {
	.name = "map", .page_bytes = 1, .takes_limit = true,
	.init = init, .fini = fini, .map = map, .unmap = unmap,
	.count = count, .list = list,
};
