// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The results for a reader. */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

const char *replay_text_count(char *buf, uint64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v), i;
	char *to = buf;

	for (i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return buf;
}

struct replay_bytes replay_size(uint64_t bytes)
{
	return (struct replay_bytes){ bytes != 0, bytes ? bytes - 1 : 0 };
}

const char *replay_text_bytes(char *buf, const struct replay_bytes *b)
{
	static const char all[] = "18,446,744,073,709,551,616";

	if (b->some && b->last_offset == UINT64_MAX)
		return memcpy(buf, all, sizeof(all));
	return replay_text_count(buf, b->some ? b->last_offset + 1 : 0);
}

const char *replay_text_human(char *buf, const struct replay_bytes *b)
{
	static const char *const units[] = {
		"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	double v = b->some ? (double)b->last_offset + 1 : 0;
	size_t unit = 0;

	while (v >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		v /= 1024;
		unit++;
	}
	snprintf(buf, REPLAY_NUMBER, unit && v < 100 ? "%.1f %s" : "%.0f %s",
		 v, units[unit]);
	return buf;
}

static void row(const char *name, const char *number, const char *more)
{
	printf("  %-16s %20s%s%s\n", name, number, *more ? "   " : "", more);
}

static void row_bytes(const char *name, const struct replay_bytes *b,
		      const char *more)
{
	char number[REPLAY_NUMBER], human[REPLAY_NUMBER], text[128];

	snprintf(text, sizeof(text), "%s%s%s", replay_text_human(human, b),
		 *more ? ", " : "", more);
	row(name, replay_text_bytes(number, b), text);
}

/* Whose requests they are, and what that means for the policy. */
static void layer(const struct replay_run *r)
{
	if (!r->rec->layer)
		return;
	printf("  layer: %s", fact_layer_text(r->rec->layer));
	if (r->rec->layer == LAYER_IOMMU && r->options.policy->above_iommu)
		printf(";\n  what %s had allowed came here in pieces, so an unmap may cut",
		       r->options.policy->name);
	printf("\n");
}

/* What is not in the numbers: one line each, and only where there is any. */
static void context(const struct replay_run *r)
{
	const struct replay_recording *rec = r->rec;
	char a[REPLAY_NUMBER], b[REPLAY_NUMBER];

	layer(r);
	if (rec->cut || rec->left_out)
		printf("  rounded inwards to pages: %s ranges cut, %s left out; --exact leaves them\n",
		       replay_text_count(a, rec->cut),
		       replay_text_count(b, rec->left_out));
	if (rec->dropped)
		printf("  passed over: %s requests of other layers\n",
		       replay_text_count(a, rec->dropped));
	if (rec->passed.lines)
		printf("  passed over: %s lines that say nothing here, the first is line %" PRIu64 "\n",
		       replay_text_count(a, rec->passed.lines),
		       rec->passed.first);
	if (rec->failed)
		printf("  failed when recorded: %s requests; they leave nothing behind\n",
		       replay_text_count(a, rec->failed));
}

static void head(const struct replay_run *r)
{
	printf("%s\n  %s%s%s, policy %s", r->rec->file, r->rec->source,
	       r->rec->view[0] ? " " : "", r->rec->view,
	       r->options.policy->name);
	if (r->options.to_top)
		printf(", moved up by 0x%" PRIx64 " to end at the top",
		       r->moved_by);
	printf("\n");
	context(r);
	printf("\n");
}

static void requests(const struct replay_run *r)
{
	char a[REPLAY_NUMBER], b[REPLAY_NUMBER], text[2 * REPLAY_NUMBER + 16];

	snprintf(text, sizeof(text), "%s maps, %s unmaps",
		 replay_text_count(a, r->rec->maps), replay_text_count(b, r->rec->unmaps));
	row("events", replay_text_count(a, r->rec->nr), text);
	row("rejected", replay_text_count(a, r->nr_rejected),
	    r->nr_rejected ? "see below" : "");
}

static void peak(const struct replay_run *r)
{
	char a[REPLAY_NUMBER], text[64] = "";

	if (r->peak_mappings)
		snprintf(text, sizeof(text), "first in line %" PRIu32,
			 r->peak_line);
	row("peak mappings", replay_text_count(a, r->peak_mappings), text);
	row_bytes("peak bytes", &r->peak_bytes, "");
	row("final mappings", replay_text_count(a, r->final_mappings), "");
	row_bytes("final bytes", &r->final_bytes, "");
}

/* What the entry limit makes of the peak, and what merging would. */
static void shape(const struct replay_run *r)
{
	uint64_t entries = r->options.has_limit ? r->options.limit :
						  REPLAY_VFIO_ENTRIES;
	struct replay_bytes hole = replay_size(r->largest_hole);
	char a[REPLAY_NUMBER], b[REPLAY_NUMBER], text[2 * REPLAY_NUMBER + 40];

	snprintf(text, sizeof(text), "%.1f %% of %s entries, unmerged %.1f %%",
		 entries ? 100.0 * (double)r->coalesced / (double)entries : 0,
		 replay_text_count(a, entries),
		 entries ? 100.0 * (double)r->peak_mappings / (double)entries : 0);
	row("merged", replay_text_count(b, r->coalesced), text);
	row("holes", replay_text_count(a, r->holes), "");
	text[0] = '\0';
	if (r->holes)
		snprintf(text, sizeof(text), "0x%" PRIx64 "..0x%" PRIx64,
			 r->largest_hole_at.start, r->largest_hole_at.last);
	row_bytes("largest hole", &hole, text);
}

static void costs(const struct replay_run *r)
{
	char number[REPLAY_NUMBER], text[REPLAY_NUMBER] = "";

	snprintf(number, sizeof(number), "%.1f ns", r->ns_per_op);
	row("an operation", number, "");
	if (r->ns_per_op > 0)
		snprintf(text, sizeof(text), "%.1f times as long",
			 r->gtree_ns_per_op / r->ns_per_op);
	snprintf(number, sizeof(number), "%.1f ns", r->gtree_ns_per_op);
	row("GLib's GTree", number, text);
}

/* The names that Linux has for what the policies answer. */
static const char *errno_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ -EINVAL, "EINVAL" }, { -EOVERFLOW, "EOVERFLOW" },
		{ -ERANGE, "ERANGE" }, { -EEXIST, "EEXIST" },
		{ -ENOENT, "ENOENT" }, { -ENOSPC, "ENOSPC" },
		{ -ENOMEM, "ENOMEM" }, { -EPERM, "EPERM" },
		{ -EBUSY, "EBUSY" },   { -EOPNOTSUPP, "EOPNOTSUPP" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].error == error)
			return names[i].name;
	return strerror(-error);
}

static void print_request(FILE *to, const struct replay_event *e)
{
	const char *what = e->kind == REPLAY_MAP ? "map" : "unmap";

	if (e->error)
		fprintf(to, "%s at 0x%" PRIx64, what, e->range.start);
	else
		fprintf(to, "%s 0x%" PRIx64 "..0x%" PRIx64, what,
			e->range.start, e->range.last);
}

void replay_print_rejection(FILE *to, const struct replay_run *run, size_t i)
{
	const struct replay_rejection *r = &run->rejected[i];
	const struct replay_event *e = &r->event;

	fprintf(to, "%s:%" PRIu32 ": ", run->rec->file, e->line);
	print_request(to, e);
	fprintf(to, ": %s: %s\n", errno_name(r->error), r->text);
}

static void rejections(const struct replay_run *r)
{
	char a[REPLAY_NUMBER];
	size_t i;

	if (!r->nr_rejected)
		return;
	printf("\n  rejected:\n");
	for (i = 0; i < r->nr_kept && i < r->options.shown; i++) {
		fputs("  ", stdout);
		replay_print_rejection(stdout, r, i);
	}
	if (r->nr_rejected > r->options.shown)
		printf("  and %s more; --all lists them\n",
		       replay_text_count(a, r->nr_rejected - r->options.shown));
}

void replay_print(const struct replay_run *run)
{
	head(run);
	requests(run);
	peak(run);
	if (!run->streamed) {
		shape(run);
		costs(run);
	}
	rejections(run);
}
