/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of `virtprim replay` share.
 *
 *   input + facts, vec             a file becomes a recording
 *   reserved                       a list of reserved regions becomes windows
 *   engine + policy_*              a recording becomes a run
 *   time + gtree                   what an operation costs, beside GLib's tree
 *   text, json, svg                a run becomes something to look at
 *
 * Nothing here prints talk or ends the program but progress; cmd_replay.c does.
 */
#ifndef REPLAY_H
#define REPLAY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <virtprim/reason.h>

#include "../facts/facts.h"

/* Entries that a VFIO type1 container has unless its module says otherwise. */
#define REPLAY_VFIO_ENTRIES 65535u

enum replay_kind { REPLAY_MAP, REPLAY_UNMAP };

#define REPLAY_READ 1u
#define REPLAY_WRITE 2u

/* A request failed when it was recorded, and nobody said why. */
#define REPLAY_FAILED 255u

/* One request of the recording; there are millions. */
struct replay_event {
	/*
	 * The addresses. When error is not 0 the request is no range: start is
	 * its address and last its size.
	 */
	struct vprim_range range;
	uint64_t target;	/* what the first address leads to */
	uint32_t line;		/* of the file; UINT32_MAX from there on */
	int error : 8;		/* what vprim_range_from_size() said */
	unsigned int kind : 2;	/* enum replay_kind */
	unsigned int prot : 2;	/* REPLAY_READ, REPLAY_WRITE */
	unsigned int layer : 4;	/* enum fact_layer */
	unsigned int failed : 8; /* errno with which it failed then, or 0 */
};

/* Something the reader wants known: the recording is doubtful. */
struct replay_note {
	uint64_t line;
	char text[96];
};

#define REPLAY_NOTES 8

/* The requests of one address space, in order. */
struct replay_recording {
	char file[1024];	/* as the caller named it, for people's eyes */
	const char *source;	/* what kind of file it is */
	char view[64];		/* which part of it; may be empty */
	struct replay_event *events;
	size_t nr, capacity;
	bool in_file, no_file;	/* events: in the file fd; not there for sure */
	int fd;
	uint64_t maps, unmaps;
	struct replay_note notes[REPLAY_NOTES];
	size_t nr_notes;	/* all of them, also those that found no place */

	enum fact_layer layer;	/* whose requests these are */
	struct facts_passed passed;	/* lines that say nothing here */
	uint64_t dropped;	/* events of other layers */
	uint64_t failed;	/* requests that had failed */
	/* A view is rounded inwards: ranges that were cut, and that vanished. */
	uint64_t cut, left_out;
};

/* Why a file is no recording. Line 0: the file as a whole. */
struct replay_error {
	uint64_t line;
	char text[256];
};

struct replay_progress;
struct replay_run;

/* What of a file is wanted. */
struct replay_want {
	const char *view;	/* which part, NULL for the usual one */
	bool exact;		/* a view's ranges as they are, to the byte */
	struct replay_run *stream;	/* plays while reading, or NULL */
};

/*
 * Read FILE, "-" for standard input, plain or gzip. 0, or -1 with the error
 * filled and the recording empty.
 */
int replay_load(struct replay_recording *rec, const char *file,
		const struct replay_want *want,
		struct replay_progress *progress, struct replay_error *err);
void replay_unload(struct replay_recording *rec);

/*
 * More room for events; false without memory. Who goes through all says before
 * event I that those before it are done with, so that memory need not hold them.
 */
bool replay_events_grow(struct replay_recording *rec);
void replay_events_rest(const struct replay_recording *rec, size_t i);
void replay_events_free(struct replay_recording *rec);

/*
 * Take the reserved regions of FILE, as /sys/kernel/iommu_groups/N/reserved_regions
 * has them, out of the windows of the options; none stands for the whole space.
 * Ranges that the file allows, as iommufd answers, are intersected with them.
 * *direct is the line of a region that stays mapped one to one, or 0. 0, or -1.
 */
struct replay_options;
int replay_reserve(struct replay_options *options, const char *file,
		   uint64_t *direct, struct replay_error *err);

/* -- readers: for replay_input.c ------------------------------------------ */

/* A file being read. */
struct replay_load {
	struct replay_recording *rec;
	const struct replay_want *want;
	uint64_t line;
	void *state;		/* the reader's own, zeroed before the first line */
	struct replay_error *err;
	struct input *in;
	struct replay_progress *progress;
	bool whole;		/* all events are needed at once */
	uint64_t flushed;
	/* Before a flush, to keep one layer; NULL for scripts. */
	void (*before_flush)(struct replay_load *load);
	void *facts;		/* its state */
};

/* Scripts of the vector language, line by line; 0, or -1 after replay_fail(). */
size_t replay_vec_state_bytes(void);
bool replay_vec_knows(const char *line);
int replay_vec_line(struct replay_load *load, char *line);
int replay_vec_end(struct replay_load *load);

/* All facts of a text. 1: there is none, and what comes next is a script. */
int replay_facts(struct replay_load *load);

/*
 * Hand the events to the run that plays while reading, all but the last few that
 * a later line may still tell of, or all of them.
 */
int replay_flush(struct replay_load *load, size_t keep);
/* How far back that is. */
#define REPLAY_BACK 64u

/* Describe the error at the present line. Returns -1. */
int replay_fail(struct replay_load *load, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void replay_remark(struct replay_load *load, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void replay_load_step(struct replay_load *load);

/* Append an event: its addresses as a range, or as a start and a size. */
int replay_add(struct replay_load *load, enum replay_kind kind,
	       const struct vprim_range *range, uint64_t target,
	       unsigned int prot);
int replay_add_size(struct replay_load *load, enum replay_kind kind,
		    uint64_t start, uint64_t size, uint64_t target,
		    unsigned int prot);

/* -- policies -------------------------------------------------------------- */

/* Why an event was refused. */
struct replay_rejection {
	struct replay_event event;
	int error;		/* negative errno */
	bool has_hit;
	struct vprim_range hit;
	char text[160];		/* the reason, a sentence without its full stop */
};

/* A live mapping. */
struct replay_mapping {
	struct vprim_range range;
	uint64_t target;
	unsigned int prot;
};

typedef void replay_see(void *to, const struct replay_mapping *m);

/* What the caller chose. */
struct replay_options {
	const struct replay_policy *policy;
	struct replay_want want;
	bool has_limit;
	uint64_t limit;			/* most mappings */
	uint32_t release;		/* whose rules */
	struct vprim_range *windows;	/* ascending, disjoint; none restricts nothing */
	size_t nr_windows;
	bool to_top;
	unsigned int repeat;		/* measurements */
	size_t shown;			/* rejections that are listed one by one */
	bool draw;			/* the mappings at the peak are wanted */
};

/*
 * The rules that a recording is played against. index is that of the event among
 * the recording's. why may be NULL; it is written on refusal. freed gets the bytes
 * that an unmap removed, modulo 2^64, also when it refused half-way, and may be
 * NULL.
 */
struct replay_policy {
	const char *name;
	uint64_t page_bytes;	/* what its requests are multiples of */
	bool takes_limit;
	bool takes_release;	/* a kernel's rules */
	bool above_iommu;	/* decides before the IOMMU layer is asked */
	void *(*init)(const struct replay_recording *rec,
		      const struct replay_options *options);
	void (*fini)(void *policy);
	int (*map)(void *policy, const struct replay_event *e, size_t index,
		   struct replay_rejection *why);
	int (*unmap)(void *policy, const struct replay_event *e, uint64_t *freed,
		     struct replay_rejection *why);
	uint64_t (*count)(const void *policy);
	/* Show the live mappings, ascending. */
	void (*each)(const void *policy, replay_see *see, void *to);
	/* The first one in the range; for policies above the IOMMU. */
	bool (*first)(const void *policy, const struct vprim_range *range,
		      struct replay_mapping *m);
};

extern const struct replay_policy replay_policy_map, replay_policy_type1,
	replay_policy_ioas;

/*
 * Fill a rejection unless why is NULL, and return the error: in words of the
 * policy, in those of the library, or about a request that is no range.
 */
int replay_reject(struct replay_rejection *why, int error,
		  const struct vprim_range *hit, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int replay_reject_reason(struct replay_rejection *why, int error,
			 const struct vprim_reason *reason);
int replay_reject_malformed(struct replay_rejection *why,
			    const struct replay_event *e);

/* What an interface that takes a start and a size is asked for. */
uint64_t replay_request_size(const struct replay_event *e);
/*
 * A script can ask for what such an interface has no words for: the whole space,
 * and a start above its last. True when so, with the rejection filled.
 */
bool replay_unsayable(const struct replay_event *e, struct replay_rejection *why);

/* The size of a range; 0 for the whole space, whose size is 2^64. */
uint64_t replay_size_of(const struct vprim_range *r);

/* -- runs ------------------------------------------------------------------ */

/*
 * What came of playing a recording. Bytes that can be 2^64 are kept as the
 * offset of the last one, which fits; some says that there is a first one.
 */
struct replay_bytes {
	bool some;
	uint64_t last_offset;
};

struct replay_run {
	const struct replay_recording *rec;
	struct replay_options options;	/* its windows moved as the recording */
	uint64_t moved_by;		/* what --to-top added to every address */

	size_t nr_rejected;
	struct replay_rejection *rejected;	/* the first few, as many as shown */
	size_t nr_kept;
	uint64_t *rejected_at;		/* where each of all began; not in a stream */
	/* Requests that failed when they were recorded, and these rules take. */
	uint64_t nr_unexplained;
	struct replay_event unexplained;	/* the first of them */

	uint64_t peak_mappings;
	size_t peak_event;		/* the first that reached it */
	uint32_t peak_line;		/* its line */
	bool past_peak;			/* something changed since */
	struct replay_bytes peak_bytes, final_bytes;
	uint64_t final_mappings;

	/* At the peak; the mappings themselves only for a picture. */
	struct replay_mapping *live;
	size_t nr_live;
	struct replay_mapping before;	/* the last one seen */
	uint64_t coalesced;		/* mappings after merging neighbours */
	uint64_t holes;			/* between mappings */
	uint64_t largest_hole;		/* bytes; 0 without holes */
	struct vprim_range largest_hole_at;

	double ns_per_op, gtree_ns_per_op;

	/* Played while it was read: nothing is known of the peak but its size. */
	bool streamed;
	void *policy;			/* in work */
	uint64_t bytes;
};

/*
 * Move the recording to the end of the space when the options say so, play it
 * and look at it. 0, or -1 when memory ran out.
 */
int replay_play(struct replay_run *run, struct replay_recording *rec,
		const struct replay_options *options,
		struct replay_progress *progress);
void replay_discard(struct replay_run *run);

/*
 * The same while a recording is read: begin before replay_load(), whose want
 * names the run, and end behind it. Memory is that of the mappings. 0, or -1.
 */
int replay_stream_begin(struct replay_run *run, struct replay_recording *rec,
			const struct replay_options *options);
int replay_stream_some(struct replay_run *run, const struct replay_event *e,
		       size_t nr);
void replay_stream_end(struct replay_run *run);

/* Measure the run's policy and GLib's tree by turns. 0, or -1 without memory. */
int replay_measure(struct replay_run *run, struct replay_progress *progress);

/*
 * Put one event to a policy, by the rules of the recording's layer: what lies
 * below a policy was decided by it before, and is taken as it is.
 */
int replay_put(enum fact_layer layer, const struct replay_policy *ops,
	       void *policy, const struct replay_event *e, size_t index,
	       uint64_t *freed, struct replay_rejection *why);

/* The GLib peer: one stream on a new tree; its nanoseconds. */
uint64_t replay_gtree_stream(const struct replay_recording *rec);
uint64_t replay_now_ns(void);

/* -- results --------------------------------------------------------------- */

/* Room for any number that these write. */
#define REPLAY_NUMBER 48

/* 1,234,567; 2^64 for a full space. */
const char *replay_text_count(char *buf, uint64_t v);
const char *replay_text_bytes(char *buf, const struct replay_bytes *b);
/* 11.8 MiB. */
const char *replay_text_human(char *buf, const struct replay_bytes *b);
struct replay_bytes replay_size(uint64_t bytes);

void replay_print(const struct replay_run *run);
/* FILE:LINE: what was refused and why, one line. */
void replay_print_rejection(FILE *to, const struct replay_run *run, size_t i);
/* Rejections that are listed one by one unless asked for all. */
#define REPLAY_SHOWN 20

int replay_print_json(const struct replay_run *runs, size_t nr);

/* Draw the runs below each other. 0, or -1 with errno. */
int replay_draw(FILE *to, const struct replay_run *runs, size_t nr);

/* -- progress -------------------------------------------------------------- */

/* A bar on standard error when that is a terminal; otherwise nothing at all. */
struct replay_progress {
	bool on;
	size_t shown;	/* columns that are written */
	uint64_t began_ns, last_ns;
};

void replay_progress_begin(struct replay_progress *p);
void replay_progress_step(struct replay_progress *p, const char *what,
			  uint64_t done, uint64_t total);
/*
 * What stands in a terminal of WIDTH columns: "playing [####    ]  50 %", without
 * the bar where there is no room, and cut where there is less. Its length.
 */
size_t replay_progress_line(char *to, size_t size, int width, const char *what,
			    uint64_t done, uint64_t total);
void replay_progress_end(struct replay_progress *p);

#endif
