/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading CPUID leaf 0xD out of the dumps that people publish. Any bytes may be
 * given; lines that are no part of a dump are passed over.
 *
 *   cpuid -r          0x0000000d 0x02: eax=0x00000100 ebx=0x00000240 ecx=... edx=...
 *   lists by leaf     CPUID 0000000D: 00000100-00000240-00000000-00000000 [SL 02]
 *                     CPUID 0000000d:02 = 00000100 00000240 00000000 00000000
 *   vectors, ours     x.leaf 2 0x100 0x240 0 0
 *
 * Lists without sub-leaf numbers have the sub-leaves in order and may leave out
 * those that are zero. The first two are 0 and 1; each further one that is not
 * zero goes to the next component that the masks of those two name and that is
 * of the same kind.
 */
#ifndef XSTATE_DUMP_H
#define XSTATE_DUMP_H
#include <virtprim/xstate.h>
#include <virtprim/xstate_perm.h>

struct xstate_dump {
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	uint64_t given;			/* sub-leaves that were there */
	struct vprim_xstate_perm_cpuid flags;	/* from leaves 1, 7.0, 7.1 */
	bool has_flags;			/* leaves 1 and 7.0 were there */
	bool numbered_by_order;		/* sub-leaf numbers were worked out */
	unsigned int cpus;		/* processors in the dump */
};

struct xstate_dump_error {
	unsigned long line;		/* from 1; 0 for the dump as a whole */
	const char *what;
};

/*
 * Read the processor number "cpu", from 0, of a dump.
 *
 * 0; -ENOENT when it has no leaf 0xD; -EBADMSG for a line of leaf 0xD that
 * cannot be read or that contradicts another. *dump is valid after 0 only,
 * *error after a failure only.
 */
int xstate_dump_read(const char *text, size_t len, unsigned int cpu,
		     struct xstate_dump *dump, struct xstate_dump_error *error);

#endif
