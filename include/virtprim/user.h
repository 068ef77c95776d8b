/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user.h
 * @brief The userspace shim: what a program with a C library gets beside the core.
 *
 * In libvirtprim.so and libvirtprim.a, not in libvirtprim-core.a. The allocator
 * is safe from any thread.
 */
#ifndef VIRTPRIM_USER_H
#define VIRTPRIM_USER_H
#include <virtprim/platform.h>
VPRIM_BEGIN_DECLS

/**
 * @brief The C library's memory as an allocator of the core.
 *
 * Requests of whole 64-byte lines come back on a line boundary. The context is
 * not used; give NULL.
 *
 * @return Operations that live as long as the program.
 *
 * @par Source
 * ISO C aligned_alloc(), malloc() and free().
 */
VPRIM_API const struct vprim_alloc_ops *vprim_user_alloc(void);

VPRIM_END_DECLS

#endif
