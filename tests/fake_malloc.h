/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Memory of the process that fails on request, for what asks malloc() and no
 * allocator of the caller's: the program's own stands before the C library's. Where
 * that cannot be, or another tool has done so before, no request is seen and none
 * fails.
 *
 *     test_starve(&process, call, unchanged)
 */
#ifndef FAKE_MALLOC_H
#define FAKE_MALLOC_H
#include "testlib.h"

static struct test_memory process;	/* its requests; the blocks are not counted */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FAKE_MALLOC_NONE
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FAKE_MALLOC_NONE
#endif
#endif

#if defined(__GLIBC__) && !defined(FAKE_MALLOC_NONE)
void *__libc_malloc(size_t size_bytes);
void *__libc_calloc(size_t n, size_t size_bytes);

static bool fake_refuses(void)
{
	process.requests++;
	if (!process.countdown || --process.countdown)
		return false;
	process.refused++;
	errno = ENOMEM;
	return true;
}

__attribute__((visibility("default"))) void *malloc(size_t size_bytes)
{
	return fake_refuses() ? NULL : __libc_malloc(size_bytes);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size_bytes)
{
	return fake_refuses() ? NULL : __libc_calloc(n, size_bytes);
}
#endif

/* Every allocation of the call has failed, if its requests are seen at all. */
#define fake_starve(call, unchanged) do {				\
	process.requests = process.starved = 0;				\
	test_starve(&process, call, unchanged);				\
	ck_assert_msg(process.starved || !process.requests, "%s", #call);	\
} while (0)

#endif
