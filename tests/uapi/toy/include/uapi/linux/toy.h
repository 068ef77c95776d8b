/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include <linux/compiler_types.h>
#include <asm/toy.h>

#define TOY_MACRO	0x10
#define TOY_HIGH	(1 << 31)	/* TOY_CAP_IN_A_COMMENT */
#define TOY_CAP_FIRST	1
#define TOY_CAP_LEFT_OUT 2

enum toy {
	TOY_MEMBER = 1 << 2,
};

struct toy_info {
	unsigned int argsz;
	unsigned int flags;
	unsigned long long size;
	char __user *name;
	unsigned int count;
	unsigned int pad;
	unsigned int items[] __counted_by(count);
};
