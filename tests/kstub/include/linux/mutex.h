/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the mutex. */
#ifndef KSTUB_MUTEX_H
#define KSTUB_MUTEX_H
#include <linux/types.h>
struct mutex { int locked; };
void mutex_init(struct mutex *mutex);
void mutex_destroy(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_locked(struct mutex *mutex);

#endif
