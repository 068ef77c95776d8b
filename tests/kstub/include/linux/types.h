/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: fixed widths, and what the compiler knows. */
#ifndef KSTUB_TYPES_H
#define KSTUB_TYPES_H
#include <linux/compiler.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed long long s64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef u8 uint8_t;
typedef signed char int8_t;
typedef u16 uint16_t;
typedef short int16_t;
typedef u32 uint32_t;
typedef int int32_t;
typedef u64 uint64_t;
typedef s64 int64_t;
typedef __SIZE_TYPE__ size_t;
typedef __SIZE_TYPE__ uintptr_t;
typedef __PTRDIFF_TYPE__ ssize_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef long long loff_t;
typedef unsigned int gfp_t;
typedef int clockid_t;
typedef _Bool bool;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
#define true 1
#define false 0
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define __user
#define __init
#define __exit
#define static_assert(...) KSTUB_ASSERT(__VA_ARGS__, "", )
#define KSTUB_ASSERT(cond, text, ...) _Static_assert(cond, text)
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
void atomic64_inc(atomic64_t *v);
void atomic64_add(s64 i, atomic64_t *v);
void atomic64_set(atomic64_t *v, s64 i);
s64 atomic64_read(const atomic64_t *v);
s64 atomic64_dec_return(atomic64_t *v);
int printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define pr_err(...) printk(__VA_ARGS__)
#define pr_info(...) printk(__VA_ARGS__)
bool kstub_warn(bool cond);
#define WARN_ON_ONCE(cond) kstub_warn(!!(cond))
/* A macro there, so no name of the core may be the same. */
#define current kstub_current()
struct task_struct *kstub_current(void);

#endif
