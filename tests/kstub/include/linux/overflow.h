/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Stand-in for the kernel's header: sizes of arrays at the end of a struct. */
#ifndef KSTUB_OVERFLOW_H
#define KSTUB_OVERFLOW_H
#define flex_array_size(p, member, count) ((count) * sizeof(*(p)->member))
#define struct_size(p, member, count) \
	(sizeof(*(p)) + flex_array_size(p, member, count))

#endif
