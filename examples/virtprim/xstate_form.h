/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the reader of CPUID dumps and its forms share. */
#ifndef XSTATE_FORM_H
#define XSTATE_FORM_H
#include "xstate_dump.h"

#define XSTATE_NO_SUB UINT32_MAX	/* the form has no sub-leaf numbers */
#define XSTATE_LEAF_D 0xdu

/* One answer of CPUID, or some of its registers. */
struct xstate_entry {
	uint32_t leaf, sub;
	struct vprim_xstate_leaf regs;
	unsigned int have;	/* bit 0 for EAX to bit 3 for EDX */
	const char *label;	/* whose it is, where entries are mixed */
	bool fleeting;		/* a later one replaces it: a trace */
	unsigned int open_bits;	/* bits that are left to the host */
	const char *rest;	/* more of the line to be read, or NULL */
};

enum xstate_line {
	XSTATE_OTHER,		/* no line of this form */
	XSTATE_KNOWN,		/* one, and nothing to keep */
	XSTATE_HEADING,		/* another processor begins */
	XSTATE_ENTRY,
	XSTATE_MORE,		/* one that ends too early: wrapped, or cut */
	XSTATE_BROKEN,		/* one of leaf 0xD that cannot be read */
};

/* A kernel's own table, as it prints it at boot. */
struct xstate_boot {
	uint64_t mask;		/* "Enabled xstate features" */
	uint32_t bytes;		/* "context size" */
	bool compacted, done;
	uint32_t offset[VPRIM_XSTATE_COMPONENTS], size[VPRIM_XSTATE_COMPONENTS];
};

/* What lines say about lines below them. */
struct xstate_context {
	bool in_leaf;		/* sub-leaves of this leaf follow */
	uint32_t leaf;
	char name[64];		/* of the first object of a script */
	const char *label;	/* of the heading */
	struct xstate_boot boot;
	uint32_t complaint[2];
	bool decoded;		/* in words, which are not read */
};

/* Which form a line has, and what it says. */
enum xstate_line xstate_form_read(struct xstate_context *c, const char *line,
				  struct xstate_entry *e, const char **form);

/* Dumps in JSON, line by line. */
struct xstate_json;

struct xstate_json_sink {
	void *ctx;
	void (*begin)(void *ctx);	/* a list of entries, or one */
	/* What is wrong, or NULL. */
	const char *(*keep)(void *ctx, const struct xstate_entry *e);
};

struct xstate_json *xstate_json_new(void);
void xstate_json_free(struct xstate_json *j);

/* Whether a value has begun; and forget it. */
bool xstate_json_inside(const struct xstate_json *j);
void xstate_json_drop(struct xstate_json *j);

enum xstate_json_state { XSTATE_JSON_NONE, XSTATE_JSON_INSIDE, XSTATE_JSON_DONE };

/*
 * Take a line. DONE: with it a value is whole; its entries went to the sink, and
 * *wrong says what is wrong with them, if anything is.
 */
enum xstate_json_state xstate_json_line(struct xstate_json *j, const char *line,
					const struct xstate_json_sink *sink,
					const char **wrong);

#endif
