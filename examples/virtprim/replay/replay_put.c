// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One event of a recording, put to a policy.
 *
 * What the kernel asks of its IOMMU driver lies below VFIO and iommufd: there a
 * mapping comes in pieces, and goes in others. VFIO itself maps two pages at
 * attach and unmaps them one by one, to see whether the driver splits. A policy
 * above is not asked about that, so a piece that it would not cut is cut.
 *
 * Source: Linux drivers/vfio/vfio_iommu_type1.c, vfio_test_domain_fgsp().
 */
#include "replay.h"

#include <errno.h>

/* What is left of a mapping beside the range, mapped again. */
static int keep(const struct replay_policy *ops, void *policy,
		const struct replay_mapping *m, struct vprim_range part,
		uint64_t *freed, struct replay_rejection *why)
{
	const struct replay_event e = {
		.range = part, .kind = REPLAY_MAP, .prot = m->prot & 3,
		.target = m->target + (part.start - m->range.start),
	};
	int ret = ops->map(policy, &e, 0, why);

	if (!ret)
		*freed -= replay_size_of(&part);
	return ret;
}

/* freed is right also where an entry limit has no room for a piece. */
static int cut(const struct replay_policy *ops, void *policy,
	       const struct replay_mapping *m, const struct vprim_range *hole,
	       uint64_t *freed, struct replay_rejection *why)
{
	const struct replay_event whole = {
		.range = m->range, .kind = REPLAY_UNMAP,
	};
	int ret = ops->unmap(policy, &whole, NULL, why);

	if (ret)
		return ret;
	*freed += replay_size_of(&m->range);
	if (m->range.start < hole->start)
		ret = keep(ops, policy, m, (struct vprim_range){
			   m->range.start, hole->start - 1 }, freed, why);
	if (!ret && m->range.last > hole->last)
		ret = keep(ops, policy, m, (struct vprim_range){
			   hole->last + 1, m->range.last }, freed, why);
	return ret;
}

/*
 * What the policy itself would take it takes. Its refusal stands where nothing is
 * there, and of parts of a page, which no piece can have.
 */
static int unmap_below(const struct replay_policy *ops, void *policy,
		       const struct replay_event *e, uint64_t *freed,
		       struct replay_rejection *why)
{
	const uint64_t mask = ops->page_bytes - 1;
	struct replay_mapping m;
	uint64_t sum = 0;
	int ret = ops->unmap(policy, e, &sum, why);

	if (ret && !(e->range.start & mask) && !(~e->range.last & mask) &&
	    ops->first(policy, &e->range, &m)) {
		do {
			ret = cut(ops, policy, &m, &e->range, &sum, why);
		} while (!ret && ops->first(policy, &e->range, &m));
	}
	if (freed)
		*freed = sum;
	return ret;
}

/*
 * A request that failed when it was recorded is a question: it leaves nothing
 * behind, whatever these rules say. An unmap cannot be asked without being done.
 */
static int ask(const struct replay_policy *ops, void *policy,
	       const struct replay_event *e, size_t index,
	       struct replay_rejection *why)
{
	const struct replay_event back = {
		.range = e->range, .kind = REPLAY_UNMAP,
	};
	int ret;

	if (e->kind == REPLAY_UNMAP)
		return 0;
	ret = ops->map(policy, e, index, why);
	return ret ? ret : ops->unmap(policy, &back, NULL, NULL);
}

int replay_put(enum fact_layer layer, const struct replay_policy *ops,
	       void *policy, const struct replay_event *e, size_t index,
	       uint64_t *freed, struct replay_rejection *why)
{
	if (e->failed)
		return ask(ops, policy, e, index, why);
	if (e->kind == REPLAY_MAP)
		return ops->map(policy, e, index, why);
	if (layer == LAYER_IOMMU && ops->above_iommu && !e->error)
		return unmap_below(ops, policy, e, freed, why);
	return ops->unmap(policy, e, freed, why);
}
