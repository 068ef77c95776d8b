// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The version, from the numbers of the header. */
#include <virtprim/platform.h>

#define TEXT_OF(number) #number
#define DOTTED(major, minor, micro) \
	TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(micro)

const char *vprim_version(void)
{
	return DOTTED(VPRIM_VERSION_MAJOR, VPRIM_VERSION_MINOR,
		      VPRIM_VERSION_MICRO);
}
