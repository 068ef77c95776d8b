// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The sequences: which call of the machines follows which, and under what lock.
 *
 * A sequence takes each lock that its calls name, in their order, and has no other
 * way out than the one that gives them back. What waits, tells or touches
 * hardware is the caller's, by its table of operations.
 */
#include "dmabuf_internal.h"

/* What goes along the whole way. */
struct run {
	const struct vprim_dmabuf_ops *ops;
	void *ctx;
	struct vprim_reason *why;
};

static void take_resv(const struct run *run, struct vprim_dmabuf *buf)
{
	run->ops->lock(run->ctx, VPRIM_DMABUF_LOCK_RESV, buf);
}

static void give_resv(const struct run *run, struct vprim_dmabuf *buf)
{
	run->ops->unlock(run->ctx, VPRIM_DMABUF_LOCK_RESV, buf);
}

/* -- the device's side -- */

/* Phase one: the importers hear of it, and each has handled it. */
static void notify_importers(const struct run *run, struct vprim_dmabuf *buf)
{
	struct vprim_dmabuf_attachment *attach;

	run->ops->notify(run->ctx, buf);
	for (attach = buf->attachments; attach; attach = attach->next)
		if (attach->due)
			certain(vprim_dmabuf_acknowledge(attach));
}

/* Both phases, until nobody reaches the buffer. */
static int withdraw(const struct run *run, struct vprim_dmabuf *buf,
		    enum vprim_dmabuf_event event)
{
	const struct vprim_dmabuf_transition *row;
	int ret;

	take_resv(run, buf);
	ret = vprim_dmabuf_step_(buf, event, &row, run->why);
	if (!ret && asks(row, VPRIM_DMABUF_DO_NOTIFY))
		notify_importers(run, buf);
	while (!ret && (ret = vprim_dmabuf_step_(buf, VPRIM_DMABUF_ON_COMPLETE,
						 NULL, NULL)) == -EBUSY) {
		run->ops->wait(run->ctx, buf);
		ret = 0;
	}
	give_resv(run, buf);
	return ret;
}

static int revoke(const struct run *run, struct vprim_dmabuf *buf)
{
	return withdraw(run, buf, VPRIM_DMABUF_ON_REVOKE);
}

static int cleanup(const struct run *run, struct vprim_dmabuf *buf)
{
	return withdraw(run, buf, VPRIM_DMABUF_ON_CLEANUP);
}

static int unrevoke(const struct run *run, struct vprim_dmabuf *buf)
{
	int ret;

	take_resv(run, buf);
	ret = vprim_dmabuf_step_(buf, VPRIM_DMABUF_ON_UNREVOKE, NULL, run->why);
	give_resv(run, buf);
	return ret;
}

/* The set that a run is about, MEMORY of each held. */
struct set {
	struct vprim_dmabuf_device **devices;
	size_t nr_devices;
};

/* Each buffer of each device; @fn may take it off the list. */
static int each_buffer(const struct run *run, const struct set *set,
		       int (*fn)(const struct run *run, struct vprim_dmabuf *buf))
{
	struct vprim_dmabuf *buf, *next;
	size_t i;
	int ret = 0;

	for (i = 0; i < set->nr_devices; i++)
		for (buf = set->devices[i]->buffers; buf && !ret; buf = next) {
			next = buf->next;
			ret = fn(run, buf);
		}
	return ret;
}

/* Nobody may reach a buffer of any of them, whether it is open or not. */
static int check_quiet(const struct run *run, const struct set *set)
{
	size_t i;

	for (i = 0; i < set->nr_devices; i++)
		if (!vprim_dmabuf_device_may_act(set->devices[i]))
			return refuse(run->why, REACHED);
	return 0;
}

/* What comes before the hardware's part. */
static int before(const struct run *run, const struct set *set,
		  const struct vprim_dmabuf_plan *plan)
{
	int ret = 0;

	if (plan->revoke_before)
		ret = each_buffer(run, set, revoke);
	if (!ret && plan->cleanup_before)
		ret = each_buffer(run, set, cleanup);
	if (!ret && (plan->revoke_before || plan->cleanup_before))
		ret = check_quiet(run, set);
	return ret;
}

/* And what comes after. */
static int after(const struct run *run, const struct set *set,
		 enum vprim_dmabuf_trigger trigger,
		 const struct vprim_dmabuf_plan *plan)
{
	size_t i;

	for (i = 0; i < set->nr_devices; i++)
		vprim_dmabuf_account_(set->devices[i], trigger);
	return plan->unrevoke_after ? each_buffer(run, set, unrevoke) : 0;
}

/*
 * Ascending by address, so that two runs of sets that share devices cannot wait
 * for each other.
 */
static int put_in_order(const struct set *set, struct vprim_reason *why)
{
	struct vprim_dmabuf_device **devices = set->devices;
	size_t i, k;

	/* Invariant: devices[0..i) ascends. */
	for (i = 1; i < set->nr_devices; i++) {
		struct vprim_dmabuf_device *device = devices[i];

		for (k = i; k && (uintptr_t)devices[k - 1] > (uintptr_t)device; k--)
			devices[k] = devices[k - 1];
		devices[k] = device;
	}
	for (i = 1; i < set->nr_devices; i++)
		if (devices[i] == devices[i - 1])
			return refuse(why, TWICE);
	return set->nr_devices ? 0 : refuse(why, NO_DEVICES);
}

int vprim_dmabuf_run(struct vprim_dmabuf_device **devices, size_t nr_devices,
		     enum vprim_dmabuf_trigger trigger,
		     const struct vprim_dmabuf_ops *ops, void *ctx,
		     struct vprim_reason *why)
{
	const struct set set = { devices, nr_devices };
	const struct run run = { ops, ctx, why };
	const struct vprim_dmabuf_plan *plan = vprim_dmabuf_plan_for(trigger);
	size_t i;
	int ret;

	vprim_reason_clear(why);
	if (!plan)
		return refuse(why, TRIGGER, VALUE((unsigned int)trigger));
	ret = put_in_order(&set, why);
	if (ret)
		return ret;
	for (i = 0; i < nr_devices; i++)
		ops->lock(ctx, VPRIM_DMABUF_LOCK_MEMORY, devices[i]);
	ret = before(&run, &set, plan);
	if (!ret && ops->hardware)
		ops->hardware(ctx);
	if (!ret)
		ret = after(&run, &set, trigger, plan);
	for (i = nr_devices; i--;)
		ops->unlock(ctx, VPRIM_DMABUF_LOCK_MEMORY, devices[i]);
	return ret;
}

/* -- the importer's side -- */

static void take_pages(const struct run *run, struct vprim_dmabuf_pages *pages)
{
	run->ops->lock(run->ctx, VPRIM_DMABUF_LOCK_PAGES, pages);
}

static void give_pages(const struct run *run, struct vprim_dmabuf_pages *pages)
{
	run->ops->unlock(run->ctx, VPRIM_DMABUF_LOCK_PAGES, pages);
}

static void unmap(const struct vprim_dmabuf_pair *pair)
{
	pair->ops->unmap(pair->domain, pair->iova, &pair->phys);
}

int vprim_dmabuf_pages_notify(struct vprim_dmabuf_pages *pages,
			      const struct vprim_dmabuf_ops *ops, void *ctx)
{
	const struct run run = { ops, ctx, NULL };
	struct vprim_dmabuf_pair *pair;
	int ret;

	take_pages(&run, pages);
	while (!(ret = vprim_dmabuf_notify_(pages, &pair)) && pair)
		unmap(pair);
	give_pages(&run, pages);
	return ret;
}

/* The IOMMU's part of a fill; PAGES is held. */
static int map(const struct run *run, struct vprim_dmabuf_pair *pair)
{
	int ret = pair->ops->map(pair->domain, pair->iova, &pair->phys);
	const struct vprim_dmabuf_transition *row;

	if (!ret)
		return 0;
	certain(vprim_dmabuf_untrack_(pair, VPRIM_DMABUF_ON_FILL_FAILED, &row));
	note(run->why, BACKEND, ERRNO(ret));
	return ret;
}

int vprim_dmabuf_pages_fill(struct vprim_dmabuf_pages *pages,
			    struct vprim_dmabuf_pair *pair,
			    uint64_t offset_bytes, uint64_t length_bytes,
			    const struct vprim_dmabuf_ops *ops, void *ctx,
			    struct vprim_reason *why)
{
	const struct run run = { ops, ctx, why };
	const struct vprim_dmabuf_transition *row;
	int ret;

	vprim_reason_clear(why);
	take_pages(&run, pages);
	ret = vprim_dmabuf_track_(pages, pair, offset_bytes, length_bytes, &row,
				  why);
	if (!ret && asks(row, VPRIM_DMABUF_DO_IOMMU_MAP))
		ret = map(&run, pair);
	give_pages(&run, pages);
	return ret;
}

void vprim_dmabuf_pages_unfill(struct vprim_dmabuf_pages *pages,
			       struct vprim_dmabuf_pair *pair,
			       const struct vprim_dmabuf_ops *ops, void *ctx)
{
	const struct run run = { ops, ctx, NULL };
	const struct vprim_dmabuf_transition *row;

	take_pages(&run, pages);
	if (!vprim_dmabuf_untrack_(pair, VPRIM_DMABUF_ON_UNFILL, &row) &&
	    asks(row, VPRIM_DMABUF_DO_IOMMU_UNMAP))
		unmap(pair);
	give_pages(&run, pages);
}

int vprim_dmabuf_pages_release(struct vprim_dmabuf_pages *pages,
			       const struct vprim_dmabuf_ops *ops, void *ctx,
			       struct vprim_reason *why)
{
	const struct run run = { ops, ctx, why };
	struct vprim_dmabuf_attachment *attach;
	struct vprim_dmabuf *buf;
	int ret, finished;

	vprim_reason_clear(why);
	take_pages(&run, pages);
	ret = vprim_dmabuf_release_begin_(pages, why);
	give_pages(&run, pages);
	if (ret)
		return ret;
	attach = pages->attach;
	buf = attach->buf;
	take_resv(&run, buf);
	ret = vprim_dmabuf_release_unmap_(pages);
	ops->wake(ctx, buf);
	give_resv(&run, buf);
	ops->detach(ctx, attach);
	finished = vprim_dmabuf_release_finish_(pages, why);
	return ret ? ret : finished;
}
