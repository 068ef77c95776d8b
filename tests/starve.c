// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Memory that the C library refuses on request, for LD_PRELOAD: below the program's own
 * malloc(), if it has one. tests/check_tool_memory builds it. Requests count from 1 in
 * each process; a program that the process runs has no such memory.
 *
 *   STARVE_AT=N      the Nth request fails
 *   STARVE_COUNT=F   how many there were is written into F
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned long requests, victim;
static const char *count;

static bool refuses(void)
{
	requests++;
	if (requests != victim)
		return false;
	errno = ENOMEM;
	return true;
}

/*
 * NAME and what stands below a program's own NAME. Both ask the C library for NAME, so
 * that a request counts once.
 */
#define REFUSED(name, below, args, ...) \
void *below args \
{ \
	static void *(*next) args; \
\
	if (!next) \
		*(void **)&next = dlsym(RTLD_NEXT, #name); \
	return refuses() ? NULL : next(__VA_ARGS__); \
} \
void *name args \
{ \
	return below(__VA_ARGS__); \
}

REFUSED(malloc, __libc_malloc, (size_t size_bytes), size_bytes)
REFUSED(calloc, __libc_calloc, (size_t n, size_t size_bytes), n, size_bytes)
REFUSED(realloc, __libc_realloc, (void *ptr, size_t size_bytes), ptr, size_bytes)
REFUSED(aligned_alloc, __libc_memalign, (size_t align_bytes, size_t size_bytes), align_bytes, size_bytes)

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("STARVE_AT");

	count = getenv("STARVE_COUNT");
	victim = at ? strtoul(at, NULL, 10) : 0;
	requests = 0;
	unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
	int fd = count ? open(count, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0)
		dprintf(fd, "%lu\n", requests);
}
