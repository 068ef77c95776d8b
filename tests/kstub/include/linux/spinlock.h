/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the lock. */
#ifndef KSTUB_SPINLOCK_H
#define KSTUB_SPINLOCK_H
#include <linux/types.h>
typedef struct { int locked; } spinlock_t;
void spin_lock_init(spinlock_t *lock);
unsigned long kstub_spin_lock_irqsave(spinlock_t *lock);
#define spin_lock_irqsave(lock, flags) ((flags) = kstub_spin_lock_irqsave(lock))
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);

#endif
