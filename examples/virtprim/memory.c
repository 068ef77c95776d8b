// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Memory of the command: a request that the C library refuses ends it, with a word on
 * standard error. The libraries that it stands on do not all look: out of memory popt
 * leaves lines out of a help text, json-c members out of an object, and GLib raises a
 * signal. Nothing of that can be seen from outside, so they ask here, as the program's
 * own malloc() stands before the C library's.
 *
 * What is on the way to standard output stays unwritten: who asks may be writing it.
 * Where that cannot be, or a tool that watches memory has done so before, the
 * library's is asked, and everybody looks as well as they do.
 */
#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_WATCHED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define MEMORY_WATCHED
#endif
#endif

#if defined(__GLIBC__) && !defined(MEMORY_WATCHED)
#define SEEN __attribute__((visibility("default")))

void *__libc_malloc(size_t size_bytes);
void *__libc_calloc(size_t n, size_t size_bytes);
void *__libc_realloc(void *ptr, size_t size_bytes);
void *__libc_memalign(size_t align_bytes, size_t size_bytes);

static void *have(void *ptr)
{
	static const char text[] = "virtprim: out of memory\n";

	if (ptr)
		return ptr;
	tool_drop_file();
	while (write(STDERR_FILENO, text, sizeof(text) - 1) < 0 && errno == EINTR)
		;
	_exit(tool_trouble);
}

SEEN void *malloc(size_t size_bytes)
{
	return have(__libc_malloc(size_bytes));
}

SEEN void *calloc(size_t n, size_t size_bytes)
{
	return have(__libc_calloc(n, size_bytes));
}

SEEN void *realloc(void *ptr, size_t size_bytes)
{
	void *got = __libc_realloc(ptr, size_bytes);

	/* With no bytes it frees, and gives nothing. */
	return size_bytes ? have(got) : got;
}

SEEN void *aligned_alloc(size_t align_bytes, size_t size_bytes)
{
	return have(__libc_memalign(align_bytes, size_bytes));
}
#endif
