/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the counts and bits that the core keeps. */
#ifndef KSTUB_ATOMIC_H
#define KSTUB_ATOMIC_H
#include <linux/types.h>
typedef struct { long counter; } atomic_long_t;
void atomic_long_set(atomic_long_t *v, long i);
long atomic_long_read(const atomic_long_t *v);
void atomic_long_inc(atomic_long_t *v);
bool atomic_long_dec_and_test(atomic_long_t *v);
long atomic_long_fetch_or_release(long i, atomic_long_t *v);
long atomic_long_fetch_andnot(long i, atomic_long_t *v);
#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

#endif
