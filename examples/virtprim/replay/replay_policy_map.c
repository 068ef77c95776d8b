// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The rules of the map alone: mappings must not overlap, and an unmap must find
 * something. A limit and windows are checked on request, in the order of VFIO
 * type1: overlap, limit, windows.
 *
 * An unmap punches a hole; mappings are cut at its edges. The value of a mapping
 * is the index of its event, so that a refusal can name the line that mapped
 * what is in the way. A stream keeps no events; there it is the index of a slot
 * that lives as long as a piece of the mapping does.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/iova_map.h>
#include <virtprim/iova_windows.h>
#include <virtprim/user.h>

/* What is known of a mapping of a stream; pieces 0: free, line the next free. */
struct slot {
	uint32_t line, pieces;
};

/*
 * What a mapping of event I leads to, kept beside the events so that these need not
 * be in memory: its target less its first address, and its rights.
 */
struct leads_to {
	uint64_t *offset;
	uint8_t *prot;
};

struct map_policy {
	struct vprim_iova_map map;
	struct leads_to to;		/* of a recording */
	struct slot *slots;		/* of a stream */
	size_t nr_slots;
	uint32_t free_slot;		/* and one more; 0 for none */
	const struct replay_recording *rec;
	const struct replay_options *options;
	bool restricted;
};

static bool is_stream(const struct map_policy *p)
{
	return p->options->want.stream != NULL;
}

static void fini(void *policy)
{
	struct map_policy *p = policy;

	vprim_iova_map_fini(&p->map);
	free(p->to.offset);
	free(p->to.prot);
	free(p->slots);
	free(p);
}

static void *init(const struct replay_recording *rec,
		  const struct replay_options *options)
{
	struct map_policy *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->rec = rec;
	p->options = options;
	p->restricted = options->has_limit || options->nr_windows;
	if (!is_stream(p)) {
		p->to.offset = calloc(rec->nr + 1, sizeof(*p->to.offset));
		p->to.prot = calloc(rec->nr + 1, sizeof(*p->to.prot));
	}
	if ((!is_stream(p) && !(p->to.offset && p->to.prot)) ||
	    vprim_iova_map_init(&p->map, sizeof(p->map), vprim_user_alloc(),
				NULL, NULL, NULL)) {
		fini(p);
		return NULL;
	}
	return p;
}

/* -- slots ----------------------------------------------------------------- */

static int new_slot(struct map_policy *p, uint32_t line, size_t *index)
{
	size_t n = p->nr_slots;

	if (p->free_slot) {
		*index = p->free_slot - 1;
		p->free_slot = p->slots[*index].line;
	} else {
		/* Room doubles at every power of two. */
		if (!(n & (n - 1))) {
			struct slot *grown = reallocarray(p->slots,
				n ? 2 * n : 1, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			p->slots = grown;
		}
		*index = p->nr_slots++;
	}
	p->slots[*index] = (struct slot){ line, 1 };
	return 0;
}

static void put_slot(struct map_policy *p, size_t index)
{
	struct slot *s = &p->slots[index];

	if (--s->pieces)
		return;
	s->line = p->free_slot;
	p->free_slot = (uint32_t)index + 1;
}

/* A mapping is about to lose the range: it falls into no, one or two pieces. */
static void cut_slot(struct map_policy *p, const struct vprim_iova_mapping *m,
		     const struct vprim_range *hole)
{
	size_t index = (size_t)m->value;

	p->slots[index].pieces += m->range.start < hole->start ? 1u : 0u;
	p->slots[index].pieces += m->range.last > hole->last ? 1u : 0u;
	put_slot(p, index);
}

static void cut_slots(struct map_policy *p, const struct vprim_range *hole)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;

	if (vprim_iova_map_cursor_init(&cursor, &p->map, hole))
		return;
	while (!vprim_iova_map_cursor_next(&cursor, &m))
		cut_slot(p, &m, hole);
}

static uint32_t line_of(const struct map_policy *p, uint64_t value)
{
	return is_stream(p) ? p->slots[value].line :
			      p->rec->events[value].line;
}

/* -- the rules ------------------------------------------------------------- */

static int overlap(const struct map_policy *p,
		   const struct vprim_iova_mapping *hit,
		   struct replay_rejection *why)
{
	return replay_reject(why, -EEXIST, &hit->range,
			     "overlaps 0x%" PRIx64 "..0x%" PRIx64
			     ", mapped in line %" PRIu32,
			     hit->range.start, hit->range.last,
			     line_of(p, hit->value));
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
	if (is_stream(p) && new_slot(p, e->line, &index))
		return replay_reject(why, -ENOMEM, NULL, "%s", strerror(ENOMEM));
	ret = vprim_iova_map_insert(&p->map, &e->range, index, &hit);
	if (is_stream(p)) {
		if (ret)
			put_slot(p, index);
	} else if (!ret) {
		p->to.offset[index] = e->target - e->range.start;
		p->to.prot[index] = (uint8_t)e->prot;
	}
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
	/* Without memory for a piece the run ends; slots do not matter then. */
	if (is_stream(p))
		cut_slots(p, &e->range);
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

static void each(const void *policy, replay_see *see, void *to)
{
	const struct vprim_range whole = { 0, UINT64_MAX };
	const struct map_policy *p = policy;
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;

	if (vprim_iova_map_cursor_init(&cursor, &p->map, &whole))
		return;
	while (!vprim_iova_map_cursor_next(&cursor, &m))
		see(to, &(struct replay_mapping){
			.range = m.range,
			.target = m.range.start + p->to.offset[m.value],
			.prot = p->to.prot[m.value],
		});
}

const struct replay_policy replay_policy_map = {
	.name = "map", .page_bytes = 1, .takes_limit = true,
	.init = init, .fini = fini, .map = map, .unmap = unmap,
	.count = count, .each = each,
};
