/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: one thread, so that every grace period is over. */
#ifndef KSTUB_RCUPDATE_H
#define KSTUB_RCUPDATE_H
#include <linux/slab.h>
#include <linux/types.h>

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

static inline void rcu_read_lock(void)
{
}

static inline void rcu_read_unlock(void)
{
}

#define kfree_rcu(ptr, head)				\
	do {						\
		(ptr)->head.next = NULL;		\
		(ptr)->head.func = NULL;		\
		kfree(ptr);				\
	} while (0)

#endif
