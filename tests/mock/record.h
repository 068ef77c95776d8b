/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the programs share that record what a kernel answers. */
#ifndef RECORD_H
#define RECORD_H
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 0x1000ull
#define TOP (0 - PAGE)	/* the last page of 64 bits */
#define NR(list) (sizeof(list) / sizeof *(list))

/* "ok" or the errno's name. */
static inline const char *answer(int ret)
{
	return ret < 0 ? strerrorname_np(errno) : "ok";
}

static inline char *memory(void)
{
	return mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}
#endif
