// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The C library's memory in the shape the core asks for. */
#include <virtprim/user.h>

#include <stdlib.h>

#ifdef _WIN32
#include <malloc.h>
#define aligned_alloc(line, size) _aligned_malloc(size, line)
#define aligned_free _aligned_free
#else
#define aligned_free free
#endif

static bool lines(size_t size_bytes)
{
	return !(size_bytes % 64);
}

static void *user_alloc(void *ctx, size_t size_bytes)
{
	(void)ctx;
	if (lines(size_bytes))
		return aligned_alloc(64, size_bytes);
	return malloc(size_bytes);
}

static void user_free(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	if (lines(size_bytes))
		aligned_free(ptr);
	else
		free(ptr);
}

const struct vprim_alloc_ops *vprim_user_alloc(void)
{
	static const struct vprim_alloc_ops ops = { user_alloc, user_free };

	return &ops;
}
