/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Where the x86 files of the userspace shim work. */
#ifndef VIRTPRIM_USER_X86_H
#define VIRTPRIM_USER_X86_H
#include "user_internal.h"

#include <errno.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__i386__))
#define USER_X86 1
#if defined(__has_include)
#if __has_include(<linux/kvm.h>)
#define USER_X86_KVM 1
#endif
#endif
#endif

#if defined(USER_X86) && defined(__LP64__)
#define USER_X86_PRCTL 1
#endif

#endif
