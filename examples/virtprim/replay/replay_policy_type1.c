// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The rules of a VFIO type1 v2 container. The target of a mapping is taken for
 * its process address. Unmapping what is not mapped is fine here, cutting a
 * mapping is not.
 */
#include "replay.h"

#include <stdlib.h>
#include <virtprim/type1.h>
#include <virtprim/user.h>

struct container {
	struct vprim_type1 type1;
};

static void fini(void *policy)
{
	struct container *c = policy;

	vprim_type1_fini(&c->type1);
	free(c);
}

static void *init(const struct replay_recording *rec,
		  const struct replay_options *options)
{
	struct container *c = calloc(1, sizeof(*c));
	struct vprim_type1_config config;

	if (!c)
		return NULL;
	vprim_type1_config_init(&config);
	config.alloc = vprim_user_alloc();
	config.release = options->release;
	if (options->has_limit)
		config.entry_limit = options->limit;
	else if (rec->layer == LAYER_IOMMU)
		config.entry_limit = UINT64_MAX; /* pieces are no entries */
	if (vprim_type1_init(&c->type1, sizeof(c->type1), &config, NULL) ||
	    vprim_type1_set_windows(&c->type1, options->windows,
				    options->nr_windows, NULL)) {
		fini(c);
		return NULL;
	}
	return c;
}

static int map(void *policy, const struct replay_event *e, size_t index,
	       struct replay_rejection *why)
{
	struct container *c = policy;
	const struct vprim_type1_map_args args = {
		.argsz = VPRIM_TYPE1_MAP_ARGSZ, .flags = e->prot,
		.vaddr = e->target, .iova = e->range.start,
		.size_bytes = replay_request_size(e),
	};
	struct vprim_reason reason;
	int ret;

	(void)index;
	if (replay_unsayable(e, why))
		return -EINVAL;
	ret = vprim_type1_map(&c->type1, &args, &reason);
	return ret ? replay_reject_reason(why, ret, &reason) : 0;
}

static int unmap(void *policy, const struct replay_event *e, uint64_t *freed,
		 struct replay_rejection *why)
{
	struct container *c = policy;
	const bool all = !e->error && !replay_size_of(&e->range);
	const struct vprim_type1_unmap_args args = {
		.argsz = VPRIM_TYPE1_UNMAP_ARGSZ,
		.flags = all ? VPRIM_TYPE1_UNMAP_ALL_MAPPINGS : 0,
		.iova = e->range.start,
		.size_bytes = replay_request_size(e),
	};
	struct vprim_type1_unmapped done = { 0 };
	struct vprim_reason reason;
	int ret;

	if (!all && replay_unsayable(e, why))
		return -EINVAL;
	ret = vprim_type1_unmap(&c->type1, &args, &done, &reason);
	if (freed)
		*freed = done.size_bytes;
	return ret ? replay_reject_reason(why, ret, &reason) : 0;
}

static uint64_t count(const void *policy)
{
	const struct container *c = policy;
	struct vprim_type1_stats stats;

	vprim_type1_get_stats(&c->type1, &stats);
	return stats.mappings;
}

static void each(const void *policy, replay_see *see, void *to)
{
	const struct container *c = policy;
	struct vprim_range all = { 0, UINT64_MAX };
	struct vprim_type1_mapping m;
	struct vprim_type1_cursor at;
	int ret = vprim_type1_first(&c->type1, &all, &at, &m);

	for (; !ret; ret = vprim_type1_next(&at, &m))
		see(to, &(struct replay_mapping){ m.range, m.vaddr, m.prot });
}

static bool first(const void *policy, const struct vprim_range *range,
		  struct replay_mapping *found)
{
	const struct container *c = policy;
	struct vprim_type1_mapping m;

	if (vprim_type1_first(&c->type1, range, NULL, &m))
		return false;
	*found = (struct replay_mapping){ m.range, m.vaddr, m.prot };
	return true;
}

const struct replay_policy replay_policy_type1 = {
	.name = "type1", .page_bytes = 4096, .takes_limit = true,
	.takes_release = true,
	.above_iommu = true, .init = init, .fini = fini, .map = map,
	.unmap = unmap, .count = count, .each = each, .first = first,
};
