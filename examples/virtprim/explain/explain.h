/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of `virtprim explain` share.
 *
 *   read + acpi     what people paste becomes evidence
 *   judge           the library is asked; its refusals become findings
 *   show, json      findings become something to read
 *
 * Whether an address may be mapped is never decided here: the evidence makes a
 * container or an IOAS of the library, and the request is put to it.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H
#include "../facts/facts.h"

#include <stdio.h>
#include <virtprim/reason.h>

/* Where a piece of evidence stands. */
struct explain_where {
	const char *file;
	uint64_t line;		/* 0: the file as a whole */
};

/* A request of the text, or a range of a view that a VMM would map. */
struct explain_request {
	struct explain_where where;
	struct vprim_range range;
	int malformed;		/* as in struct fact */
	int result;		/* 0, a negative errno, or FACT_FAILED */
	bool unmap, viewed;
	unsigned int prot;
	enum fact_layer layer;
	uint64_t target;
};

/* An IOMMU group, if it is known. */
struct explain_group {
	bool known;
	uint64_t number;
};

/* Addresses that are not for users, or (allowed) the only ones that are. */
struct explain_taken {
	struct explain_where where;
	struct vprim_range range;
	enum fact_reserved kind;
	bool firmware;		/* an entry of a table or a line of the log */
	char table[5];		/* of it, or empty */
	uint32_t offset;	/* of the entry in it */
	char what[24];		/* "RMRR", "IVMD, unity map" */
	char devices[160];	/* as the table names them */
	bool all_devices;
	bool vague;		/* behind a bridge: its bus has no number here */
	struct explain_group group;	/* whose list has it */
};

struct explain_region {
	struct explain_where where;
	struct vprim_range range;
	unsigned int prot;
	char name[80];
};

struct explain_fault {
	struct explain_where where;
	uint64_t addr;
	unsigned int prot;
	char device[24];
};

struct explain_error {
	struct explain_where where;
	int result;
	enum fact_layer layer;
	enum fact_cause cause;
	char device[24];	/* "0000:01:00.0", or empty */
	struct explain_group group;
};

/* What is known of a device. */
struct explain_device {
	struct explain_where where;	/* of its driver, or its group */
	char name[24], driver[32];
	struct explain_group group;
};

struct explain_allowed {
	struct explain_where where;
	struct vprim_range range;
};

struct explain_note {
	struct explain_where where;
	char text[200];
};

/* A list that grows; .at is an array of its type. */
#define EXPLAIN_LIST(type) struct { struct type *at; size_t nr, capacity; }

struct explain_evidence {
	EXPLAIN_LIST(explain_request) requests;
	EXPLAIN_LIST(explain_taken) taken;
	EXPLAIN_LIST(explain_allowed) allowed;
	EXPLAIN_LIST(explain_region) regions;
	EXPLAIN_LIST(explain_fault) faults;
	EXPLAIN_LIST(explain_error) errors;
	EXPLAIN_LIST(explain_device) devices;
	EXPLAIN_LIST(explain_note) notes;	/* damage and hints */
	unsigned int width;	/* address bits of the IOMMU, 0 unknown */
	bool width_guessed;	/* it is the machine's, not the IOMMU's */
	struct explain_where width_where;
	bool reserved_known;	/* a list of reserved or allowed addresses */
	struct explain_group group;	/* the one that failures are about */
	bool groups;		/* they are about several */
	uint32_t release;	/* of Linux, whose rules judge */
	bool amd;		/* an AMD IOMMU has its say in the text */
	uint64_t passed;	/* lines that say nothing here */
};

/* One file into the evidence; "-" is standard input. 0, or a negative errno. */
int explain_read(struct explain_evidence *e, const char *file);
void explain_free(struct explain_evidence *e);

/* One more place at the end of a list, zeroed; NULL without memory. */
void *explain_grow(void *list, size_t size);
#define explain_add(list) \
	((__typeof__((list)->at))explain_grow((list), sizeof(*(list)->at)))

/* -- ACPI tables ----------------------------------------------------------- */

/* Whether these bytes begin an ACPI table that is read here. */
bool explain_is_table(const uint8_t *data, size_t size);

/*
 * The reservations of one table. Reads inside of SIZE alone. 0 with the evidence
 * grown, also by notes about damage; -ENOMEM.
 */
int explain_table(struct explain_evidence *e, struct explain_where where,
		  const uint8_t *data, size_t size);

/* Tables in a text, as acpidump, xxd and hexdump -C print them. */
int explain_dump(struct explain_evidence *e, const char *file, struct input *in);

/* -- findings -------------------------------------------------------------- */

enum explain_verdict {
	EXPLAIN_REFUSED,	/* the rule is known */
	EXPLAIN_WOULD,		/* nothing was tried; it would be refused */
	EXPLAIN_UNKNOWN,	/* not enough */
	EXPLAIN_FIRMWARE,	/* what a table reserves */
	EXPLAIN_FAULT,
};

struct explain_way {
	struct explain_where where;
	bool has_range;
	struct vprim_range range;
	char what[240];
};

#define EXPLAIN_WAYS 4
#define EXPLAIN_LINES 5

struct explain_finding {
	enum explain_verdict verdict;
	struct explain_where where;
	bool has_range;
	struct vprim_range range;
	char subject[160];	/* "map", "device 0000:01:00.0", the region's name */
	int result;
	char rule[48];		/* "type1.window"; empty for none of the library */
	char reason[240];
	struct explain_way ways[EXPLAIN_WAYS];
	size_t nr_ways;
	const char *help[EXPLAIN_LINES];
	size_t nr_help;
	const char *missing[EXPLAIN_LINES];
	size_t nr_missing;
	const char *page;	/* of the manual, without its suffix */
	uint64_t times;		/* the text says it so often */
};

struct explain_findings {
	EXPLAIN_LIST(explain_finding) list;
	bool more;		/* there would be more of them */
};

/* Different ones, and all that are looked at. */
#define EXPLAIN_FINDINGS 100
#define EXPLAIN_FAILURES 1000

/* 0 or -ENOMEM. */
int explain_judge(const struct explain_evidence *e, struct explain_findings *found);

void explain_show(const struct explain_evidence *e,
		  const struct explain_findings *found);
/* "would be refused" */
const char *explain_verdict_text(enum explain_verdict verdict);
/* 0, or -1 without memory. */
int explain_json(const struct explain_evidence *e,
		 const struct explain_findings *found);

#endif
