// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The rules of an iommufd IO address space, with every address given. The target
 * of a mapping is taken for its user address. What the windows leave out is
 * reserved, as a device's domain would reserve it; there is no entry limit.
 */
#include "replay.h"

#include <stdlib.h>
#include <virtprim/ioas.h>
#include <virtprim/user.h>

struct space {
	struct vprim_ioas ioas;
};

static void fini(void *policy)
{
	struct space *s = policy;

	vprim_ioas_fini(&s->ioas);
	free(s);
}

static int reserve(struct vprim_ioas *ioas, uint64_t start, uint64_t last)
{
	const struct vprim_range r = { start, last };

	return vprim_ioas_reserve(ioas, &r, 1, NULL);
}

/* Everything but the windows. */
static int reserve_rest(struct vprim_ioas *ioas, const struct replay_options *o)
{
	uint64_t from = 0;
	size_t i;

	for (i = 0; i < o->nr_windows; i++) {
		const struct vprim_range *w = &o->windows[i];

		if (w->start > from && reserve(ioas, from, w->start - 1))
			return -1;
		if (w->last == UINT64_MAX)
			return 0;
		from = w->last + 1;
	}
	return o->nr_windows ? reserve(ioas, from, UINT64_MAX) : 0;
}

static void *init(const struct replay_recording *rec,
		  const struct replay_options *options)
{
	struct space *s = calloc(1, sizeof(*s));
	struct vprim_ioas_config config;

	if (!s)
		return NULL;
	(void)rec;
	vprim_ioas_config_init(&config);
	config.alloc = vprim_user_alloc();
	config.release = options->release;
	if (vprim_ioas_init(&s->ioas, sizeof(s->ioas), &config, NULL) ||
	    reserve_rest(&s->ioas, options)) {
		fini(s);
		return NULL;
	}
	return s;
}

static uint32_t flags(const struct replay_event *e)
{
	return VPRIM_IOAS_FIXED_IOVA |
	       (e->prot & REPLAY_READ ? VPRIM_IOAS_READABLE : 0) |
	       (e->prot & REPLAY_WRITE ? VPRIM_IOAS_WRITEABLE : 0);
}

static int map(void *policy, const struct replay_event *e, size_t index,
	       struct replay_rejection *why)
{
	struct space *s = policy;
	const struct vprim_ioas_map_args args = {
		.flags = flags(e), .uptr = e->target,
		.length_bytes = replay_request_size(e), .iova = e->range.start,
		.kind = VPRIM_IOAS_USER,
	};
	struct vprim_reason reason;
	int ret;

	(void)index;
	if (replay_unsayable(e, why))
		return -EINVAL;
	ret = vprim_ioas_map(&s->ioas, &args, NULL, &reason);
	return ret ? replay_reject_reason(why, ret, &reason) : 0;
}

static int unmap(void *policy, const struct replay_event *e, uint64_t *freed,
		 struct replay_rejection *why)
{
	struct space *s = policy;
	const bool all = !e->error && !replay_size_of(&e->range);
	struct vprim_ioas_unmapped done = { 0 };
	struct vprim_reason reason;
	int ret;

	if (!all && replay_unsayable(e, why))
		return -EINVAL;
	ret = vprim_ioas_unmap(&s->ioas, e->range.start,
			       all ? UINT64_MAX : replay_request_size(e),
			       &done, &reason);
	if (freed)
		*freed = done.size_bytes;
	return ret ? replay_reject_reason(why, ret, &reason) : 0;
}

static uint64_t count(const void *policy)
{
	const struct space *s = policy;
	struct vprim_ioas_stats stats;

	vprim_ioas_get_stats(&s->ioas, &stats);
	return stats.areas;
}

static void each(const void *policy, replay_see *see, void *to)
{
	const struct space *s = policy;
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_ioas_mapping m;
	struct vprim_ioas_cursor at;
	int ret = vprim_ioas_first(&s->ioas, &all, &at, &m);

	for (; !ret; ret = vprim_ioas_next(&at, &m))
		see(to, &(struct replay_mapping){ m.range, m.uptr, m.prot });
}

static bool first(const void *policy, const struct vprim_range *range,
		  struct replay_mapping *found)
{
	const struct space *s = policy;
	struct vprim_ioas_mapping m;

	if (vprim_ioas_first(&s->ioas, range, NULL, &m))
		return false;
	*found = (struct replay_mapping){ m.range, m.uptr, m.prot };
	return true;
}

const struct replay_policy replay_policy_ioas = {
	.name = "ioas", .page_bytes = 4096, .above_iommu = true,
	.takes_release = true,
	.init = init, .fini = fini, .map = map, .unmap = unmap,
	.count = count, .each = each, .first = first,
};
