/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What a text says about the mappings of devices, one fact after the other.
 *
 * Any text may be given, also a mixture: logs, traces, the answers of monitors,
 * files of /proc and /sys, quoted in mails or wrapped by terminals. A fact is
 * recognized by what its line says. Each kind of text is a line in a table:
 * facts_forms.c has those of requests and errors, facts_view.c those of views
 * and reserved addresses. A new one is a line there and a row in
 * tests/check_facts.c.
 *
 *	struct facts *f = facts_new(in);	// see input/input.h
 *	struct fact fact;
 *
 *	while ((got = facts_next(f, &fact)) > 0)
 *		use(&fact);
 *	complain if got < 0: in->line, in->error
 *	facts_free(f);
 *
 * Memory is constant, but for a tree of memory regions, which is held as long as it
 * is read. Time is linear in the input.
 */
#ifndef FACTS_H
#define FACTS_H
#include "../input/input.h"

#include <virtprim/range.h>

enum fact_kind {
	FACT_NONE,
	FACT_MAP,		/* a request: range, target, prot, result */
	FACT_UNMAP,
	FACT_VIEW,		/* a view begins: name */
	FACT_SPACE,		/* the address space called name has this view */
	FACT_REGION,		/* a part of the view: range, prot, name, target */
	/* addresses that are taken: range, reserved; count: group + 1, or 0 */
	FACT_RESERVED,
	FACT_ALLOWED,		/* addresses that may be mapped: range */
	FACT_ERROR,		/* something failed: result, cause, text */
	FACT_MEMBER,		/* device name is in IOMMU group count */
	FACT_DRIVER,		/* device name belongs to driver text */
	FACT_WIDTH,		/* addresses have count bits: text says whose */
	FACT_FAULT,		/* a device's access was stopped: range, prot, name */
	FACT_LOST,		/* events are missing here: count, 0 for unknown */
	FACT_HEAD,		/* a recording begins, which may be empty */
	FACT_UNDECODED,		/* a request whose values were not printed */
	FACT_HINT,		/* not what it should be: text says what to do */
	FACT_DAMAGED,		/* looks like one of the above and is not: text */
};

/* Who speaks. Each layer decides for itself; what is below obeys. */
enum fact_layer {
	LAYER_NONE,
	LAYER_GUEST,		/* a guest's requests to its virtual IOMMU */
	LAYER_LISTENER,		/* sections of guest memory, as a VMM sees them */
	LAYER_VFIO,		/* requests to a VFIO container */
	LAYER_IOMMUFD,		/* requests to iommufd */
	LAYER_VDPA,		/* requests to vhost-vdpa */
	LAYER_SERVER,		/* DMA regions of a vfio-user server */
	LAYER_IOMMU,		/* what the kernel asks of its IOMMU driver */
	LAYER_NR,
};

/* Kinds of reserved regions, in the kernel's words. */
enum fact_reserved {
	RESERVED_RESERVED,
	RESERVED_DIRECT,
	RESERVED_DIRECT_RELAXABLE,
	RESERVED_MSI,
};

/* What an error is about, where its line says so. */
enum fact_cause {
	CAUSE_NONE,
	CAUSE_FIRMWARE,		/* a region that firmware asked for */
	CAUSE_VIABLE,		/* a device of the group has another driver */
	CAUSE_INTERRUPTS,	/* they are not remapped */
	CAUSE_TOKEN,		/* a VF token is asked for, or is wrong */
	CAUSE_CONTAINER,	/* the container or iommufd does not take it */
	CAUSE_OPEN,		/* the device or its group cannot be opened */
	CAUSE_GROUPLESS,	/* no IOMMU group */
	CAUSE_NOIOMMU,		/* a group without an IOMMU */
};

#define FACT_READ 1u
#define FACT_WRITE 2u

/* A request failed, and its text does not say why. */
#define FACT_FAILED (-1000000)

struct fact {
	enum fact_kind kind;
	enum fact_layer layer;
	enum fact_reserved reserved;
	const char *form;	/* the kind of text, for people */
	uint64_t line;		/* of the input */
	/*
	 * The addresses. When malformed is not 0 they are no range: start is the
	 * address and last the size that vprim_range_from_size() refused with
	 * it, or the last address when malformed is -EDOM.
	 */
	struct vprim_range range;
	int malformed;
	/*
	 * What a request came to: 0, a negative errno, or FACT_FAILED. Requests
	 * whose text has no result are taken to have succeeded.
	 */
	int result;
	enum fact_cause cause;
	bool later;		/* tells of a request that was told before */
	unsigned int prot;	/* FACT_READ, FACT_WRITE; 0: out of reach */
	uint64_t target;	/* what the first address leads to */
	bool relative;		/* target counts from the begin of name */
	uint64_t count;
	const char *name;	/* valid until the next call, as text is */
	const char *text;	/* a sentence without its full stop */
};

struct facts;

/* NULL without memory. The input stays the caller's. */
struct facts *facts_new(struct input *in);
void facts_free(struct facts *f);

/*
 * Facts end before a line that the other reader KNOWS, as long as none was found;
 * the line stays in the input. facts_stopped() says whether this happened.
 */
void facts_stop_at(struct facts *f, bool (*knows)(const char *line));
bool facts_stopped(const struct facts *f);

/* 1, 0 at the end, -1 when the input cannot be read. */
int facts_next(struct facts *f, struct fact *fact);

/* Lines that said nothing, and the first of them; empty ones do not count. */
struct facts_passed {
	uint64_t lines, first;
};
struct facts_passed facts_passed(const struct facts *f);

/* "the kernel's IOMMU layer" */
const char *fact_layer_text(enum fact_layer layer);
/* "direct-relaxable" */
const char *fact_reserved_text(enum fact_reserved kind);
/* "EINVAL" of -EINVAL, "?" of what has no name here. */
const char *fact_errno_text(int result);

#endif
