/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of `virtprim xstate` share. */
#ifndef XSTATE_TOOL_H
#define XSTATE_TOOL_H
#include "xstate_dump.h"

#include <json-c/json.h>
#include <stdio.h>

/* A machine that the tool talks about. */
struct xstate_machine {
	char name[1024];		/* "this host", or the dump's file for people's eyes */
	struct xstate_dump dump;
	struct vprim_xstate_table table;
	struct vprim_xstate_audit audit;
	uint64_t xcr0;			/* in force on this host; 0 unknown */
};

/* One comparison of what the library says with what the machine answers. */
struct xstate_check {
	const char *source;
	char what[56], expected[40], found[40];
};

struct xstate_checks {
	struct xstate_check *list;
	size_t count, capacity, differences;
	char note[4][96];		/* what could not be asked, and why */
	unsigned int notes;
	bool failed;			/* out of memory */
};

/* This host's leaf 0xD; false, with a reason, where there is none. */
bool xstate_host_read(struct xstate_machine *m, const char **why);

/* Ask CPUID, arch_prctl and /dev/kvm, and compare. */
void xstate_host_compare(const struct xstate_machine *m,
			 struct xstate_checks *checks);

/* The image that is shown: its masks for both formats. */
struct xstate_view {
	uint64_t user, all;
};

/* Enough for one finding. */
#define XSTATE_FINDING_BYTES 320u

/* Contradiction number i of a dump as a sentence; false behind the last. */
bool xstate_finding(const struct xstate_machine *m, unsigned int i, char *text,
		    size_t capacity);

/* "the dump lacks sub-leaves 9, 11"; false when it lacks none. */
bool xstate_lacking(const struct xstate_machine *m, char *text, size_t capacity);

void xstate_print_table(const struct xstate_machine *m,
			const struct xstate_view *v);
void xstate_print_checks(const struct xstate_checks *checks, bool all);
void xstate_print_vectors(const struct xstate_machine *m);
struct json_object *xstate_json(const struct xstate_machine *m,
				const struct xstate_view *v,
				const struct xstate_checks *checks);
void xstate_print_svg(FILE *out, const struct xstate_machine *m,
		      const struct xstate_view *v);

#endif
