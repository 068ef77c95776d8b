// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The IOVA map beside a kernel lock. */
#include <virtprim/kernel_iova_map.h>

#include <linux/rcupdate.h>
#include <linux/slab.h>

/* A node in its grace period: readers may read all of it but the head. */
struct retired {
	unsigned char node[VPRIM_IOVA_MAP_RETIRED_HEAD];
	struct rcu_head head;
};

void vprim_kernel_iova_map_retire(void *ctx, void *node, size_t size_bytes)
{
	struct retired *r = node;

	vprim_kernel_alloc_gone_(size_bytes);
	kfree_rcu(r, head);
}

/* -- under a semaphore -- */

int vprim_kernel_iova_map_init(struct vprim_kernel_iova_map *m, gfp_t gfp,
			       const struct vprim_iova_map_options *options,
			       struct vprim_reason *why)
{
	init_rwsem(&m->lock);
	vprim_kernel_alloc_init(&m->alloc, gfp);
	return vprim_iova_map_init(&m->map, sizeof(m->map),
				   vprim_kernel_alloc_ops(), &m->alloc,
				   options, why);
}

void vprim_kernel_iova_map_fini(struct vprim_kernel_iova_map *m)
{
	vprim_iova_map_fini(&m->map);
}

/* -- under a spinlock -- */

int vprim_kernel_iova_spinmap_init(struct vprim_kernel_iova_spinmap *m,
				   const struct vprim_iova_map_options *options,
				   struct vprim_reason *why)
{
	spin_lock_init(&m->lock);
	vprim_kernel_alloc_init(&m->alloc, GFP_NOWAIT | __GFP_NOWARN);
	return vprim_iova_map_init(&m->map, sizeof(m->map),
				   vprim_kernel_alloc_ops(), &m->alloc,
				   options, why);
}

void vprim_kernel_iova_spinmap_fini(struct vprim_kernel_iova_spinmap *m)
{
	vprim_iova_map_fini(&m->map);
}

/* Nodes that one hold of the spinlock moves, at most. */
#define HOLD 64

/* What a preload brings along to a hold, and takes from it. */
struct preload {
	struct vprim_kernel_piece *pieces; /* memory got */
	size_t wanted;	/* the size that was missing; 0 none */
};

/*
 * How often the lock may be held: twice what it takes when nobody else uses the
 * map, so that somebody who does cannot keep us here.
 */
static u64 holds_for(struct vprim_kernel_iova_spinmap *m, size_t count)
{
	struct vprim_iova_map_stats stats;
	unsigned long flags;

	spin_lock_irqsave(&m->lock, flags);
	vprim_iova_map_describe(&m->map, &stats);
	spin_unlock_irqrestore(&m->lock, flags);
	return count / (HOLD / 8) + stats.inners / (HOLD / 4) + 64;
}

/*
 * One hold of the lock: some way towards the promise of @count inserts, or, with
 * @undo, back to the one that holds.
 */
static int hold(struct vprim_kernel_iova_spinmap *m, struct preload *p,
		size_t count, bool undo)
{
	struct vprim_iova_map_stats stats;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&m->lock, flags);
	vprim_kernel_alloc_begin(&m->alloc, p->pieces);
	vprim_iova_map_describe(&m->map, &stats);
	ret = vprim_iova_map_reserve_some(&m->map, undo ? (size_t)stats.promised : count,
					  HOLD);
	p->pieces = vprim_kernel_alloc_end(&m->alloc, &p->wanted);
	spin_unlock_irqrestore(&m->lock, flags);
	return ret;
}

/* Without the lock: what the last hold lacked. Refused without a request: too many. */
static bool refill(struct preload *p, gfp_t gfp)
{
	return p->wanted &&
	       vprim_kernel_alloc_pieces(&p->pieces, p->wanted, HOLD, gfp);
}

int vprim_kernel_iova_spinmap_preload(struct vprim_kernel_iova_spinmap *m,
				      size_t count, gfp_t gfp)
{
	u64 holds = holds_for(m, count);
	struct preload p = { };
	int ret;

	do {
		ret = hold(m, &p, count, false);
		if (ret == -ENOMEM && !refill(&p, gfp))
			break;
	} while ((ret == -ENOMEM || ret == -EAGAIN) && holds--);
	vprim_kernel_alloc_drop(p.pieces);
	if (ret != -ENOMEM && ret != -EAGAIN)
		return ret;
	p.pieces = NULL;
	while (hold(m, &p, 0, true) == -EAGAIN) {
		vprim_kernel_alloc_drop(p.pieces);
		p.pieces = NULL;
	}
	vprim_kernel_alloc_drop(p.pieces);
	return -ENOMEM;
}
