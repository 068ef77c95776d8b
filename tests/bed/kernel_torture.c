// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * kernel_torture - readers of a map in threads and in an interrupt, beside a writer.
 *
 * The writer puts groups of mappings in and takes them out, each group in one update.
 * Readers under rcu_read_lock() and nothing else look up a whole group at once and
 * must find all of it or none, with values of one generation; they walk, and must
 * step forward over whole mappings. A timer's interrupt does the same, on the writer's
 * processor too, in the middle of an update. Then writers and readers share a map under
 * its spinlock. Loading it runs all, and says how much was seen.
 *
 *   updates=N      by each writer; default 20000
 *   hasty=1        retired nodes are freed at once: who watches memory must see it
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <virtprim/kernel_iova_map.h>
#include <virtprim/kernel_ptimer.h>

static unsigned int updates = 20000;
module_param(updates, uint, 0444);
static bool hasty;
module_param(hasty, bool, 0444);

#define READERS 3
#define GROUPS 256
#define GROUP 8
#define PERIOD_NS NSEC_PER_MSEC

/* What one who looks has seen. */
struct looker {
	struct task_struct *task;
	u64 group, looks, seen;
	bool mistaken;
};

static struct vprim_kernel_iova_map map;
static struct vprim_kernel_iova_spinmap spinmap;

static u64 page_of(u64 group, u64 member)
{
	return (2 * group * GROUP + member) * PAGE_SIZE;
}

/* The value names generation and place. */
static void make_group(struct vprim_iova_mapping *m, u64 group, u64 generation)
{
	u64 i;

	for (i = 0; i < GROUP; i++) {
		m[i].range.start = page_of(group, i);
		m[i].range.last = m[i].range.start + PAGE_SIZE - 1;
		m[i].value = generation << 32 | (group * GROUP + i);
	}
}

static bool is_mapping(const struct vprim_iova_mapping *m)
{
	u64 place = (u32)m->value;

	return m->range.start == page_of(place / GROUP, place % GROUP) &&
	       m->range.last == m->range.start + PAGE_SIZE - 1;
}

/* A group is there whole, of one generation, or not at all. */
static bool group_is_right(const struct vprim_iova_map *in, u64 group, u64 *seen)
{
	struct vprim_iova_mapping m[GROUP];
	u64 addr[GROUP];
	size_t found, i;

	for (i = 0; i < GROUP; i++)
		addr[i] = page_of(group, i) + 5;
	vprim_iova_map_stab_batch(in, addr, GROUP, m, &found);
	*seen += found;
	for (i = 0; i < found; i++)
		if (!is_mapping(&m[i]) || (u32)m[i].value != group * GROUP + i ||
		    m[i].value >> 32 != m[0].value >> 32)
			return false;
	return !found || found == GROUP;
}

/* Lookups that each see a moment of their own, and always a whole mapping. */
static bool walk_is_right(const struct vprim_iova_map *in, u64 group)
{
	const struct vprim_range all = { page_of(group, 0), U64_MAX };
	struct vprim_iova_mapping m;
	u64 at = page_of(group, 0);
	int n;

	if (!vprim_iova_map_first(in, &all, &m) &&
	    (!is_mapping(&m) || m.range.last < at))
		return false;
	for (n = 0; n < 10 && !vprim_iova_map_next(in, at, &m); n++) {
		if (!is_mapping(&m) || m.range.start <= at)
			return false;
		at = m.range.start;
	}
	if (!vprim_iova_map_prev(in, at, &m) && (!is_mapping(&m) || m.range.last >= at))
		return false;
	return vprim_iova_map_stab(in, at, &m) ||
	       (is_mapping(&m) && m.range.start <= at && at <= m.range.last);
}

static void look(struct looker *who, const struct vprim_iova_map *in)
{
	who->group = (who->group * 5 + 77) % GROUPS;
	if (!group_is_right(in, who->group, &who->seen) ||
	    !walk_is_right(in, who->group))
		who->mistaken = true;
	who->looks++;
}

static int turn_group(struct vprim_iova_map *in, u64 group, u64 generation)
{
	struct vprim_iova_mapping m[GROUP], got[GROUP + 1];
	struct vprim_range all;
	size_t taken;
	u64 touched;

	make_group(m, group, generation);
	all.start = m[0].range.start;
	all.last = m[GROUP - 1].range.last;
	if (vprim_iova_map_first(in, &all, &got[0]))
		return vprim_iova_map_bulk(in, m, GROUP, NULL);
	if (generation & 1)
		return vprim_iova_map_erase(in, &all, &touched);
	return vprim_iova_map_take(in, &all, got, GROUP + 1, &taken);
}

static int say(const char *what, const struct looker *who, size_t count)
{
	u64 looks = 0, seen = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (who[i].mistaken || !who[i].looks) {
			pr_err("kernel_torture: %s, %zu: %s\n", what, i,
			       who[i].looks ? "a wrong look" : "no look");
			return -EINVAL;
		}
		looks += who[i].looks;
		seen += who[i].seen;
	}
	pr_info("kernel_torture: %s: %llu looks, %llu mappings\n", what, looks, seen);
	return 0;
}

/* -- no lock -- */

static int read_on(void *ctx)
{
	while (!kthread_should_stop()) {
		rcu_read_lock();
		look(ctx, &map.map);
		rcu_read_unlock();
		cond_resched();
	}
	return 0;
}

static struct hrtimer timer;
static struct looker interrupt;

/* Most of the time is the writer's, however slow the guest is. */
static enum hrtimer_restart tick(struct hrtimer *self)
{
	ktime_t began = ktime_get();

	rcu_read_lock();
	look(&interrupt, &map.map);
	rcu_read_unlock();
	hrtimer_forward_now(self, PERIOD_NS + 4 * (ktime_get() - began));
	return HRTIMER_RESTART;
}

static int write_on(void)
{
	u64 n;
	int ret = 0;

	for (n = 0; n < updates && !ret; n++) {
		down_write(&map.lock);
		ret = turn_group(&map.map, n * 7919 % GROUPS, n);
		up_write(&map.lock);
		cond_resched();
	}
	return ret;
}

static void retire_hastily(void *ctx, void *node, size_t size_bytes)
{
	vprim_kernel_alloc_ops()->free(ctx, node, size_bytes);
}

static int start(struct looker *who, size_t count, int (*fn)(void *ctx))
{
	struct task_struct *task;
	size_t i;

	for (i = 0; i < count; i++) {
		who[i].group = i;
		task = kthread_run(fn, &who[i], "kernel_torture/%zu", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		who[i].task = task;
	}
	return 0;
}

static void stop(struct looker *who, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (who[i].task)
			kthread_stop(who[i].task);
}

static int torture_readers(void)
{
	const struct vprim_iova_map_options options = {
		.retire = hasty ? retire_hastily : vprim_kernel_iova_map_retire,
	};
	static struct looker reader[READERS];
	int ret;

	ret = vprim_kernel_iova_map_init(&map, GFP_KERNEL, &options, NULL);
	if (ret)
		return ret;
	vprim_kernel_ptimer_setup(&timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hrtimer_start(&timer, PERIOD_NS, HRTIMER_MODE_REL);
	ret = start(reader, READERS, read_on);
	ret = ret ?: write_on();
	stop(reader, READERS);
	hrtimer_cancel(&timer);
	ret = ret ?: vprim_iova_map_audit(&map.map);
	vprim_kernel_iova_map_fini(&map);
	ret = ret ?: say("readers without a lock", reader, READERS);
	return ret ?: say("an interrupt", &interrupt, 1);
}

/* -- a spinlock -- */

static int turn_and_look(struct looker *who)
{
	unsigned long flags;
	int ret;

	ret = vprim_kernel_iova_spinmap_preload(&spinmap, GROUP, GFP_KERNEL);
	if (ret)
		return ret;
	spin_lock_irqsave(&spinmap.lock, flags);
	ret = turn_group(&spinmap.map, who->group, who->looks);
	look(who, &spinmap.map);
	spin_unlock_irqrestore(&spinmap.lock, flags);
	cond_resched();
	return ret;
}

static int share(void *ctx)
{
	struct looker *who = ctx;

	while (!kthread_should_stop())
		if (turn_and_look(who))
			who->mistaken = true;
	return 0;
}

static int torture_lock(void)
{
	static struct looker sharer[READERS];
	unsigned int n;
	int ret;

	ret = vprim_kernel_iova_spinmap_init(&spinmap, NULL, NULL);
	if (ret)
		return ret;
	ret = start(&sharer[1], READERS - 1, share);
	for (n = 0; n < updates / 4 && !ret; n++)
		ret = turn_and_look(&sharer[0]);
	stop(&sharer[1], READERS - 1);
	ret = ret ?: vprim_iova_map_audit(&spinmap.map);
	vprim_kernel_iova_spinmap_fini(&spinmap);
	return ret ?: say("all under a spinlock", sharer, READERS);
}

static int __init torture_init(void)
{
	int ret = torture_readers();

	ret = ret ?: torture_lock();
	/* The callbacks of kfree_rcu() are the kernel's; what is lost shows at once. */
	rcu_barrier();
	return ret;
}

static void __exit torture_exit(void)
{
}

module_init(torture_init);
module_exit(torture_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Readers of libvirtprim's map beside its writer");
