/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading CPUID leaf 0xD out of what people publish. Any bytes may be given; what
 * a line is, its content says. The forms are a table in xstate_forms.c; dumps in
 * JSON are read by xstate_json.c. Lines that are no part of a dump are passed over
 * and counted.
 *
 * Lists without sub-leaf numbers have the sub-leaves in order and may leave out
 * those that are zero. The first two are 0 and 1; each further one that is not
 * zero goes to the next component that the masks of those two name and that is
 * of the same kind.
 */
#ifndef XSTATE_DUMP_H
#define XSTATE_DUMP_H
#include "input/input.h"

#include <virtprim/xstate.h>
#include <virtprim/xstate_perm.h>

struct xstate_dump {
	struct vprim_xstate_leaf leaf[VPRIM_XSTATE_LEAVES];
	uint64_t given;			/* sub-leaves that were there */
	struct vprim_xstate_perm_cpuid flags;	/* from leaves 1, 7.0, 7.1 */
	bool has_flags;			/* leaves 1 and 7.0 were there */
	bool numbered_by_order;		/* sub-leaf numbers were worked out */
	/*
	 * From a kernel's log, which names sizes and its own compacted places.
	 * The standard ones are guessed, or, where that is not unique, not known.
	 */
	bool from_kernel, no_places;
	unsigned int cpus;		/* processors in the dump */
	const char *label;		/* what the dump calls this one, or NULL */
	const char *form;		/* of the first line that counted */
	unsigned int open_bits;		/* a template's, left to the host: read as 0 */
	uint32_t complaint[2];		/* Linux: "size A != kernel_size B", or 0 */
	unsigned long passed_over;	/* lines that are no part of a dump */
	uint64_t first_passed;		/* the number of the first of them */
};

struct xstate_dump_error {
	uint64_t line;			/* from 1; 0 for the dump as a whole */
	const char *what;		/* lives as long as the input */
};

/*
 * Read the processor number "cpu", from 0, of a dump.
 *
 * 0; -ENOENT when it has no leaf 0xD; -EBADMSG for input that cannot be read, or a
 * line of leaf 0xD that cannot or that contradicts another; -ENOMEM. *dump is valid
 * after 0 only, *error after a failure only.
 */
int xstate_dump_read(struct input *in, unsigned int cpu,
		     struct xstate_dump *dump, struct xstate_dump_error *error);

#endif
