/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BED_RELEASE_H
#define BED_RELEASE_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <virtprim/releases.h>

/* The release of the kernel that is asked: whose rules the library has to follow. */
static inline uint32_t diff_release(void)
{
	struct utsname name;
	unsigned int major, minor;

	if (uname(&name) ||
	    sscanf(name.release, "%u.%u", &major, &minor) != 2) {
		printf("cannot tell the kernel's release\n");
		exit(1);
	}
	return VPRIM_LINUX(major, minor);
}

#endif
