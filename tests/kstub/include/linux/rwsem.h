/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the semaphore. */
#ifndef KSTUB_RWSEM_H
#define KSTUB_RWSEM_H
#include <linux/types.h>
struct rw_semaphore { int count; };
void init_rwsem(struct rw_semaphore *sem);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
#ifdef KSTUB_LOCKDEP
void down_write_nested(struct rw_semaphore *sem, int subclass);
#else
#define down_write_nested(sem, subclass) down_write(sem)
#endif
void up_write(struct rw_semaphore *sem);
int rwsem_is_locked(struct rw_semaphore *sem);

#endif
