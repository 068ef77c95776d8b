/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: the assertions that are used. */
#ifndef KSTUB_LOCKDEP_H
#define KSTUB_LOCKDEP_H
void kstub_assert_held(const void *lock);
void kstub_assert_not_held(const void *lock);
#define lockdep_assert_held(lock) kstub_assert_held(lock)
#define lockdep_assert_held_write(lock) kstub_assert_held(lock)
#define lockdep_assert_not_held(lock) kstub_assert_not_held(lock)

#endif
