/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: time without end, and others' turns. */
#ifndef KSTUB_SCHED_H
#define KSTUB_SCHED_H
#define MAX_SCHEDULE_TIMEOUT ((long)(~0ul >> 1))
void cond_resched(void);

#endif
