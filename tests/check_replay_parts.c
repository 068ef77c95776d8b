// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The parts of `virtprim replay`: every reader by a table of texts, the engine
 * against a naive model, and everything against random damage.
 */
#include "testlib.h"

#include "../examples/virtprim/replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/virtprim-replay-XXXXXX";
static char path[256];

/* A file of the given name with these bytes; its path. */
static const char *file(const char *name, const void *bytes, size_t n)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return path;
}

static struct replay_progress quiet;
static const struct replay_want usual;

/* -- readers --------------------------------------------------------------- */

#define TRACE "# tracer: nop\n"
#define EV " dd-1 [000] ..... 1.0: "
#define MAP EV "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n"
#define UNMAP EV "unmap: IOMMU: iova=0x1000 - 0x2000 size=4096 unmapped_size=4096\n"
#define VIEW "FlatView #0\n AS \"cpu-0\", root: memory\n Root memory region: m\n" \
	"  0000000000000000-0000000000000fff (prio 0, ram): m0\n\n" \
	"FlatView #1\n AS \"memory\", root: system\n AS \"dma\", root: system\n" \
	"  0000000000000000-0000000000000fff (prio 0, ram): m0 @0000000000002000\n" \
	"  0000000000001000-0000000000001fff (prio 1, i/o): dev\n" \
	"  0000000000002000-0000000000002fff (prio -1, rom): a b @c\n" \
	"  0000000000003000-0000000000003fff (prio 0, nv-ram): m0 @0000000000003000\n" \
	"  0000000000004000-0000000000004fff (prio 0, romd): flash\n"

static const struct reader_row {
	const char *name, *file, *text, *view;
	/* What must come: an error at a line with this in it, or an event. */
	uint64_t line;
	const char *error;
	uint64_t maps, unmaps, notes;
	struct replay_event last;
} reader_rows[] = {
	{ "a map", "t", TRACE MAP, NULL, .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x8000, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "a map and an unmap", "t", TRACE MAP UNMAP, NULL, .maps = 1,
	  .unmaps = 1,
	  .last = { { 0x1000, 0x1fff }, 0, 3, 0, REPLAY_UNMAP, 3, 0, 0 } },
	{ "without a head", "t", "noise\n" MAP, NULL, .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x8000, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "other events", "t", TRACE EV "sched_switch: prev_comm=dd\n"
	  EV "attach_device_to_domain: IOMMU: device=0000:00:05.0\n"
	  EV "remap: IOMMU: iova=0x1 - 0x2 junk\n", NULL, .maps = 0 },
	{ "perf's names and padding", "t", TRACE
	  " dd 1 [000] 1.0: iommu:map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096\n"
	  " dd-1 [000] 1.0: unmap:                IOMMU: iova=0x1000 - 0x2000 size=4096 unmapped_size=4096 \r\n",
	  NULL, .maps = 1, .unmaps = 1,
	  .last = { { 0x1000, 0x1fff }, 0, 3, 0, REPLAY_UNMAP, 3, 0, 0 } },
	{ "an old kernel's event", "t", TRACE
	  EV "map: IOMMU: iova=0x1000 paddr=0x8000 size=4096\n", NULL, .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x8000, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "a mapping that ends at the top has B = 0", "t", TRACE
	  EV "map: IOMMU: iova=0xfffffffffffff000 - 0x0000000000000000 paddr=0x8000 size=4096\n",
	  NULL, .maps = 1,
	  .last = { { UINT64_MAX - 4095, UINT64_MAX }, 0x8000, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "a mapping over the top", "t", TRACE
	  EV "map: IOMMU: iova=0xfffffffffffff000 - 0x0000000000001000 paddr=0x8000 size=8192\n",
	  NULL, .maps = 1,
	  .last = { { UINT64_MAX - 4095, 8192 }, 0x8000, 2, -EOVERFLOW, REPLAY_MAP, 3, 0, 0 } },
	{ "size 0", "t", TRACE
	  EV "map: IOMMU: iova=0x1000 - 0x1000 paddr=0x8000 size=0\n", NULL,
	  .maps = 1,
	  .last = { { 0x1000, 0 }, 0x8000, 2, -EINVAL, REPLAY_MAP, 3, 0, 0 } },
	{ "ends do not agree", "t", TRACE
	  EV "map: IOMMU: iova=0x1000 - 0x2001 paddr=0x8000 size=4096\n", NULL,
	  .line = 2, .error = "do not end before 0x2001" },
	{ "a cut event", "t", TRACE EV "map: IOMMU: iova=0x1000 - 0x20", NULL,
	  .line = 2, .error = "a damaged map event" },
	{ "a cut unmap", "t", TRACE
	  EV "unmap: IOMMU: iova=0x1000 - 0x2000 size=4096", NULL,
	  .line = 2, .error = "a damaged unmap event" },
	{ "a number of 65 bits", "t", TRACE
	  EV "map: IOMMU: iova=0x10000000000000000 - 0x1000 paddr=0x0 size=4096\n",
	  NULL, .line = 2, .error = "a damaged map event" },
	{ "text behind the event", "t", TRACE
	  EV "map: IOMMU: iova=0x1000 - 0x2000 paddr=0x8000 size=4096 x\n", NULL,
	  .line = 2, .error = "a damaged map event" },
	{ "lost events", "t", TRACE MAP "CPU:1 [LOST 12 EVENTS]\n" UNMAP
	  "CPU:0 [LOST EVENTS]\n", NULL, .maps = 1, .unmaps = 1, .notes = 2,
	  .last = { { 0x1000, 0x1fff }, 0, 4, 0, REPLAY_UNMAP, 3, 0, 0 } },
	{ "events overwritten", "t", TRACE
	  "# entries-in-buffer/entries-written: 5/9   #P:2\n", NULL, .notes = 1 },
	{ "no event overwritten", "t", TRACE
	  "# entries-in-buffer/entries-written: 9/9   #P:2\n", NULL, .notes = 0 },
	{ "a control byte", "t", TRACE "a\033b\n", NULL, .line = 2,
	  .error = "byte 0x1b: this is no text" },
	{ "a control byte before the recording", "t", "a\033b\n" TRACE MAP, NULL,
	  .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x8000, 3, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "an empty file", "t", "", NULL, .error = "the file is empty" },
	{ "some text", "t", "hello\nworld\n", NULL, .line = 1,
	  .error = "this is no recording" },

	{ "the usual view", "m", VIEW, NULL, .maps = 3,
	  .last = { { 0x3000, 0x3fff }, (UINT64_C(1) << 48) + 0x3000, 12, 0,
		    REPLAY_MAP, 3, 0, 0 } },
	{ "a view by a second name", "m", VIEW, "dma", .maps = 3,
	  .last = { { 0x3000, 0x3fff }, (UINT64_C(1) << 48) + 0x3000, 12, 0,
		    REPLAY_MAP, 3, 0, 0 } },
	{ "a view by its number", "m", VIEW, "#0", .maps = 1,
	  .last = { { 0, 0xfff }, UINT64_C(1) << 48, 4, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "the first of two views of one name", "m",
	  VIEW "FlatView #2\n AS \"memory\", root: system\n", NULL, .maps = 3,
	  .last = { { 0x3000, 0x3fff }, (UINT64_C(1) << 48) + 0x3000, 12, 0,
		    REPLAY_MAP, 3, 0, 0 } },
	{ "a view that is not there", "m", VIEW, "gpu",
	  .error = "no address space 'gpu'; there are 'cpu-0', 'memory', 'dma'" },
	{ "no view of the usual name", "m",
	  "FlatView #0\n AS \"I/O\", root: io\n"
	  "  0000000000000000-0000000000000007 (prio 0, i/o): x\n"
	  "FlatView #1\n AS \"a\", root: m\n"
	  "  0000000000000000-0000000000000fff (prio 0, rom): m0\n"
	  "FlatView #2\n AS \"b\", root: m\n"
	  "  0000000000000000-0000000000001fff (prio 0, ram): m0\n", NULL,
	  .maps = 1,
	  .last = { { 0, 0xfff }, UINT64_C(1) << 48, 6, 0, REPLAY_MAP, 1, 0, 0 } },
	{ "a view without memory", "m", "FlatView #0\n  No rendered FlatView\n",
	  NULL, .notes = 1 },
	{ "the last page", "m", "FlatView #0\n AS \"memory\", root: m\n"
	  "  fffffffffffff000-ffffffffffffffff (prio 0, ram): m0\n", NULL,
	  .maps = 1,
	  .last = { { UINT64_MAX - 4095, UINT64_MAX }, UINT64_C(1) << 48, 3, 0,
		    REPLAY_MAP, 3, 0, 0 } },
	{ "a damaged view", "m", "FlatView #0\n  0000000000000000-zz\n", NULL,
	  .line = 2, .error = "a damaged range of a memory view" },
	{ "a range the wrong way round", "m",
	  "FlatView #0\n  0000000000001000-0000000000000fff (prio 0, ram): m0\n",
	  NULL, .line = 2, .error = "a damaged range of a memory view" },
	{ "the answer to the wrong question", "m",
	  "address-space: memory\n  0000000000000000-ffffffffffffffff (prio 0, RW): system\n",
	  NULL, .line = 2, .error = "'info mtree -f' of QEMU 2.9 or later is needed" },

	{ "a map object", "v.vec", "# a script\nnew iova_map m\n"
	  "m.insert 0x1000..0x1fff value=0x10 -> ok # fine\n"
	  "m.count -> ok count=1\nm.erase 0x0..0xffffffffffffffff\n", NULL,
	  .maps = 1, .unmaps = 1,
	  .last = { { 0, UINT64_MAX }, 0, 5, 0, REPLAY_UNMAP, 3, 0, 0 } },
	{ "recognized by its first object", "v", "new type1 c\n"
	  "c.map 0x1000 0x7000 0x1000 flags=r\n", NULL, .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x7000, 2, 0, REPLAY_MAP, 1, 0, 0 } },
	{ "flags joined", "v.vec", "new type1 c\n"
	  "c.map 4096 0x7000 4096 flags=r+w\n"
	  "c.map 4096 0x7000 4096 flags=r+vaddr\n", NULL, .maps = 1,
	  .last = { { 0x1000, 0x1fff }, 0x7000, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "unmap all, and of addresses only", "v.vec", "new type1 c\n"
	  "c.unmap 0 0 flags=vaddr\nc.unmap 0 0 flags=all\n", NULL, .unmaps = 1,
	  .last = { { 0, UINT64_MAX }, 0, 3, 0, REPLAY_UNMAP, 3, 0, 0 } },
	{ "an ioas", "v.vec", "new ioas a align=4096\n"
	  "a.map 0x2000 0x1000 uptr=0x9000 prot=r\na.unmap 0x2000 0x1000\n",
	  NULL, .maps = 1, .unmaps = 1,
	  .last = { { 0x2000, 0x2fff }, 0, 3, 0, REPLAY_UNMAP, 0, 0, 0 } },
	{ "a bulk", "v.vec", "new iova_map m\nm.bulk 0x1000 0x800 0x1000 3\n",
	  NULL, .maps = 3,
	  .last = { { 0x3000, 0x37ff }, 2, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "the second object", "v.vec", "new iova_map a\nnew iova_map b\n"
	  "a.insert 0..1\nb.insert 2..3\nfree b\nb.insert 4..5\n", "b",
	  .maps = 1,
	  .last = { { 2, 3 }, 0, 4, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "after a reset", "v.vec", "new iova_map a\na.insert 0..1\nreset\n"
	  "new iova_map a\na.insert 4..5\n", NULL, .maps = 1,
	  .last = { { 0, 1 }, 0, 2, 0, REPLAY_MAP, 3, 0, 0 } },
	{ "start above last", "v.vec", "new iova_map m\nm.insert 2..1\n", NULL,
	  .maps = 1,
	  .last = { { 2, 1 }, 0, 2, -EINVAL, REPLAY_MAP, 3, 0, 0 } },
	{ "a bulk too large", "v.vec", "new iova_map m\nm.bulk 0 1 1 99999999999\n",
	  NULL, .line = 2, .error = "a bulk of more than 10000000 mappings" },
	{ "an address that is not written down", "v.vec",
	  "new ioas a\na.alloc 0x1000 uptr=0\n", NULL, .line = 2,
	  .error = "leaves the address to the object" },
	{ "a range that is none", "v.vec", "new iova_map m\nm.insert 1-2\n", NULL,
	  .line = 2, .error = "'1-2' is no START..LAST" },
	{ "a number that is none", "v.vec", "new type1 c\nc.unmap 0 1k\n", NULL,
	  .line = 2, .error = "'1k' is no number" },
	{ "a key that is no number", "v.vec", "new iova_map m\nm.insert 0..1 value=x\n",
	  NULL, .line = 2, .error = "value='x' is no number" },
	{ "too few values", "v.vec", "new type1 c\nc.map 0 0\n", NULL, .line = 2,
	  .error = "'c.map' takes 3 values" },
	{ "too many words", "v.vec", "m.x 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6\n", NULL,
	  .line = 1, .error = "more than 16 words" },
	{ "a word that is no command", "v.vec", "hello\n", NULL, .line = 1,
	  .error = "'hello' is no command of the vector language" },
	{ "new of nothing", "v.vec", "new iova_map\n", NULL, .line = 1,
	  .error = "'new' needs a kind and a name" },
	{ "a script without an object", "v.vec", "range.size 0..1\n", NULL,
	  .error = "the script makes no iova_map, type1 or ioas object" },
	{ "a script without the object", "v.vec", "new iova_map m\n", "x",
	  .error = "no iova_map, type1 or ioas object 'x'" },
};

static void check_error(const struct reader_row *r, int ret,
			const struct replay_error *err)
{
	ck_assert_msg(ret == -1, "%s: was read", r->name);
	ck_assert_msg(strstr(err->text, r->error), "%s: said '%s'", r->name,
		      err->text);
	ck_assert_msg(err->line == r->line, "%s: line %" PRIu64, r->name,
		      err->line);
}

static void check_last(const struct reader_row *r,
		       const struct replay_recording *rec)
{
	const struct replay_event *e = &rec->events[rec->nr - 1];

	ck_assert_msg(e->range.start == r->last.range.start, "%s: start", r->name);
	ck_assert_msg(e->range.last == r->last.range.last, "%s: last", r->name);
	ck_assert_msg(e->target == r->last.target, "%s: target", r->name);
	ck_assert_msg(e->line == r->last.line, "%s: line %" PRIu32, r->name,
		      e->line);
	ck_assert_msg(e->error == r->last.error, "%s: error", r->name);
	ck_assert_msg(e->kind == r->last.kind, "%s: kind", r->name);
	ck_assert_msg(e->prot == r->last.prot, "%s: prot", r->name);
}

START_TEST(readers_answer_the_table)
{
	const struct reader_row *r = &reader_rows[_i];
	struct replay_recording rec;
	struct replay_error err;
	const struct replay_want want = { .view = r->view };
	int ret = replay_load(&rec, file(r->file, r->text, strlen(r->text)),
			      &want, &quiet, &err);

	if (r->error) {
		check_error(r, ret, &err);
		ck_assert_uint_eq(rec.nr, 0);
	} else {
		ck_assert_msg(!ret, "%s: %s", r->name, err.text);
		ck_assert_msg(rec.maps == r->maps, "%s: maps", r->name);
		ck_assert_msg(rec.unmaps == r->unmaps, "%s: unmaps", r->name);
		ck_assert_msg(rec.nr == r->maps + r->unmaps, "%s: events", r->name);
		ck_assert_msg(rec.nr_notes == r->notes, "%s: notes", r->name);
		if (rec.nr)
			check_last(r, &rec);
	}
	replay_unload(&rec);
}
END_TEST

START_TEST(a_nul_byte_is_named_with_its_line)
{
	static const char text[] = TRACE MAP "a\0b\n";
	struct replay_recording rec;
	struct replay_error err;

	ck_assert_int_eq(replay_load(&rec, file("t", text, sizeof(text) - 1),
				     &usual, &quiet, &err), -1);
	ck_assert_uint_eq(err.line, 3);
	ck_assert_str_eq(err.text, "a NUL byte: this is no text");
}
END_TEST

START_TEST(a_line_may_be_64_kib_long_and_no_longer)
{
	static char text[INPUT_LINE_MAX + 64];
	struct replay_recording rec;
	struct replay_error err;
	size_t head = strlen(TRACE);

	memset(text, 'x', sizeof(text));
	memcpy(text, TRACE, head);
	text[head + INPUT_LINE_MAX] = '\n';
	ck_assert_int_eq(replay_load(&rec, file("t", text, head + INPUT_LINE_MAX + 1),
				     &usual, &quiet, &err), 0);
	replay_unload(&rec);
	text[head + INPUT_LINE_MAX] = 'x';
	ck_assert_int_eq(replay_load(&rec, file("t", text, sizeof(text)),
				     &usual, &quiet, &err), -1);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_str_eq(err.text, "a line of more than 65536 bytes");
}
END_TEST

#define LONG 300000u

static struct vprim_range long_range(size_t i)
{
	const uint64_t start = (uint64_t)(i * 7919 % LONG) * 0x3000;

	return (struct vprim_range){ start, start + 0xfff };
}

/* A recording of LONG requests, where files may be that long or not. */
static void load_long(struct replay_recording *rec, bool files)
{
	struct rlimit limit;
	rlim_t was;
	struct replay_error err;
	char *text = malloc(LONG * 64u);
	size_t i, n;

	ck_assert_ptr_nonnull(text);
	n = (size_t)sprintf(text, "%s", TRACE);
	for (i = 0; i < LONG; i++)
		n += (size_t)sprintf(text + n, "map: iova=0x%" PRIx64
				     " paddr=0x%zx size=4096\n",
				     long_range(i).start, i << 12);
	(void)file("t", text, n);
	free(text);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	was = limit.rlim_cur;
	if (!files)
		limit.rlim_cur = 1u << 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(replay_load(rec, path, &usual, &quiet, &err), 0);
	limit.rlim_cur = was;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_uint_eq(rec->nr, LONG);
}

/* With a file behind it, which one can do without, nothing else becomes of it. */
START_TEST(a_long_recording_is_the_same_out_of_memory)
{
	struct replay_recording rec;
	struct replay_run run;
	const struct replay_options options = { .policy = &replay_policy_map,
						.to_top = true };
	size_t i;

	load_long(&rec, _i != 0);
	ck_assert(!rec.in_file || _i);
	for (i = 0; i < LONG; i++) {
		replay_events_rest(&rec, i);
		ck_assert_uint_eq(rec.events[i].range.start, long_range(i).start);
		ck_assert_uint_eq(rec.events[i].target, i << 12);
		ck_assert_uint_eq(rec.events[i].line, i + 2);
	}
	ck_assert_int_eq(replay_play(&run, &rec, &options, &quiet), 0);
	ck_assert_uint_eq(run.peak_mappings, LONG);
	ck_assert_uint_eq(run.coalesced, LONG);
	ck_assert_uint_eq(run.holes, LONG - 1);
	ck_assert_uint_eq(run.largest_hole, 0x2000);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

START_TEST(many_notes_are_counted_and_few_are_kept)
{
	static char text[4096] = TRACE;
	struct replay_recording rec;
	struct replay_error err;
	int i;

	for (i = 0; i < 2 * REPLAY_NOTES; i++)
		strcat(text, "CPU:0 [LOST 3 EVENTS]\n");
	ck_assert_int_eq(replay_load(&rec, file("t", text, strlen(text)), &usual,
				     &quiet, &err), 0);
	ck_assert_uint_eq(rec.nr_notes, 2 * REPLAY_NOTES);
	ck_assert_uint_eq(rec.notes[REPLAY_NOTES - 1].line, REPLAY_NOTES + 1);
	replay_unload(&rec);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	struct replay_recording rec;
	struct replay_error err;

	ck_assert_int_eq(replay_load(&rec, "/nonexistent/trace", &usual, &quiet,
				     &err), -1);
	ck_assert_str_eq(err.text, strerror(ENOENT));
	ck_assert_int_eq(replay_load(&rec, folder, &usual, &quiet, &err), -1);
	ck_assert_str_eq(err.text, strerror(EISDIR));
}
END_TEST

/* -- the engine against a naive model -------------------------------------- */

#define LIVE 4096

struct model {
	struct replay_mapping live[LIVE];
	size_t nr, peak, coalesced;
	uint64_t rejected, holes, largest_hole;
};

static size_t overlap(const struct model *m, const struct vprim_range *r)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		if (vprim_range_overlaps(&m->live[i].range, r))
			break;
	return i;
}

static bool in_one_window(const struct replay_options *o,
			  const struct vprim_range *r)
{
	size_t i;

	for (i = 0; i < o->nr_windows; i++)
		if (r->start >= o->windows[i].start &&
		    r->last <= o->windows[i].last)
			return true;
	return !o->nr_windows;
}

static void model_add(struct model *m, struct vprim_range r, uint64_t target,
		      unsigned int prot)
{
	ck_assert_uint_lt(m->nr, LIVE);
	m->live[m->nr++] = (struct replay_mapping){ r, target, prot };
}

static bool model_map(struct model *m, const struct replay_event *e,
		      const struct replay_options *o)
{
	if (e->error || overlap(m, &e->range) < m->nr ||
	    (o->has_limit && m->nr >= o->limit) || !in_one_window(o, &e->range))
		return false;
	model_add(m, e->range, e->target, e->prot);
	return true;
}

static bool model_unmap(struct model *m, const struct replay_event *e)
{
	bool any = false;
	size_t i;

	if (e->error)
		return false;
	while ((i = overlap(m, &e->range)) < m->nr) {
		struct replay_mapping old = m->live[i];

		any = true;
		m->live[i] = m->live[--m->nr];
		if (old.range.start < e->range.start)
			model_add(m, (struct vprim_range){ old.range.start,
				  e->range.start - 1 }, old.target, old.prot);
		if (old.range.last > e->range.last)
			model_add(m, (struct vprim_range){ e->range.last + 1,
				  old.range.last },
				  old.target + (e->range.last + 1 - old.range.start),
				  old.prot);
	}
	return any;
}

static int by_start(const void *a, const void *b)
{
	const struct replay_mapping *x = a, *y = b;

	return (x->range.start > y->range.start) -
	       (x->range.start < y->range.start);
}

static void model_look(struct model *m)
{
	size_t i;

	qsort(m->live, m->nr, sizeof(m->live[0]), by_start);
	m->peak = m->coalesced = m->nr;
	m->holes = m->largest_hole = 0;
	for (i = 1; i < m->nr; i++) {
		const struct replay_mapping *a = &m->live[i - 1], *b = &m->live[i];
		uint64_t hole = b->range.start - a->range.last - 1;

		if (hole) {
			m->holes++;
			if (hole > m->largest_hole)
				m->largest_hole = hole;
		} else if (a->prot == b->prot &&
			   b->target - a->target == b->range.start - a->range.start) {
			m->coalesced--;
		}
	}
}

static void model_play(struct model *m, const struct replay_recording *rec,
		       const struct replay_options *o)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < rec->nr; i++) {
		const struct replay_event *e = &rec->events[i];
		bool taken = e->kind == REPLAY_MAP ? model_map(m, e, o) :
						     model_unmap(m, e);

		m->rejected += taken ? 0 : 1;
		if (m->nr > m->peak)
			model_look(m);
	}
}

static uint64_t bytes(const struct model *m)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < m->nr; i++)
		sum += m->live[i].range.last - m->live[i].range.start + 1;
	return sum;
}

/* Play it both ways, and compare. */
static void agree(struct replay_recording *rec, const struct replay_options *o,
		  struct replay_run *run)
{
	static struct model m;

	model_play(&m, rec, o);
	ck_assert_int_eq(replay_play(run, rec, o, &quiet), 0);
	ck_assert_uint_eq(run->nr_rejected, m.rejected);
	ck_assert_uint_eq(run->peak_mappings, m.peak);
	ck_assert_uint_eq(run->coalesced, m.coalesced);
	ck_assert_uint_eq(run->holes, m.holes);
	ck_assert_uint_eq(run->largest_hole, m.largest_hole);
	ck_assert_uint_eq(run->final_mappings, m.nr);
	ck_assert_uint_eq(run->final_bytes.some, m.nr != 0);
	if (m.nr)
		ck_assert_uint_eq(run->final_bytes.last_offset, bytes(&m) - 1);
}

static void random_event(struct test_rng *rng, struct replay_event *e)
{
	uint64_t base = test_rng_below(rng, 2) ? UINT64_MAX - 0xffff : 0;
	uint64_t start = base + test_rng_below(rng, 64) * 1024;
	uint64_t size = (test_rng_below(rng, 8) + 1) * 1024 -
			(test_rng_below(rng, 4) ? 0u : 1u);

	*e = (struct replay_event){
		.range = { start, size }, .line = 1,
		.kind = test_rng_below(rng, 3) ? REPLAY_MAP : REPLAY_UNMAP,
		.prot = (uint8_t)(test_rng_below(rng, 8) ? 3 : 1),
		.target = start + (test_rng_below(rng, 4) ? 0u : 4096u),
	};
	if (test_rng_below(rng, 16) == 0)
		e->range.last = 0;
	e->error = (signed char)vprim_range_from_size(start, e->range.last, &e->range);
}

START_TEST(the_engine_agrees_with_a_naive_model)
{
	static struct replay_event events[200];
	struct vprim_range windows[] = {
		{ 0x400, 0x7fff }, { 0x8000, 0xbfff },
		{ UINT64_MAX - 0x7fff, UINT64_MAX },
	};
	struct test_rng rng = test_rng_seed(0x5eed);
	uint64_t steps = test_steps(2000), n;

	for (n = 0; n < steps; n++) {
		struct replay_recording rec = { .file = "x", .events = events };
		struct replay_options o = {
			.policy = &replay_policy_map, .windows = windows,
			.has_limit = n & 1, .limit = n % 20,
			.nr_windows = n & 2 ? 3 : 0,
		};
		struct replay_run run;

		rec.nr = (size_t)test_rng_below(&rng, 200);
		for (size_t i = 0; i < rec.nr; i++)
			random_event(&rng, &events[i]);
		agree(&rec, &o, &run);
		replay_discard(&run);
	}
}
END_TEST

static uint64_t highest(const struct replay_recording *rec)
{
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < rec->nr; i++)
		if (!rec->events[i].error && rec->events[i].range.last > last)
			last = rec->events[i].range.last;
	return last;
}

/* An event near 0; mostly in whole pages where pages matter. */
static void low_event(struct test_rng *rng, struct replay_event *e, uint64_t page)
{
	do {
		random_event(rng, e);
	} while (e->error || e->range.start >> 63 || e->range.last < page);
	if (page > 1 && test_rng_below(rng, 8)) {
		e->range.start &= ~(page - 1);
		e->range.last |= page - 1;
		e->target &= ~(page - 1);
	}
}

static void same_counts(const struct replay_run *a, const struct replay_run *b)
{
	ck_assert_uint_eq(a->nr_rejected, b->nr_rejected);
	ck_assert_uint_eq(a->peak_mappings, b->peak_mappings);
	ck_assert_uint_eq(a->peak_bytes.last_offset, b->peak_bytes.last_offset);
	ck_assert_uint_eq(a->coalesced, b->coalesced);
	ck_assert_uint_eq(a->holes, b->holes);
	ck_assert_uint_eq(a->largest_hole, b->largest_hole);
	ck_assert_uint_eq(a->final_mappings, b->final_mappings);
	ck_assert_uint_eq(a->final_bytes.last_offset, b->final_bytes.last_offset);
}

START_TEST(moved_to_the_top_all_counts_stay)
{
	static struct replay_event events[200], again[200];
	struct vprim_range windows[] = {
		{ 0x400, 0x7fff }, { 0x8000, 0xbfff },
		{ UINT64_C(1) << 60, UINT64_MAX },
	};
	static const struct replay_policy *const policies[] = {
		&replay_policy_map, &replay_policy_type1, &replay_policy_ioas,
	};
	struct test_rng rng = test_rng_seed(0x70b);
	uint64_t steps = test_steps(1500), n;

	for (n = 0; n < steps; n++) {
		struct replay_recording rec = { .file = "x", .events = events };
		struct replay_options o = {
			.policy = policies[n % 3], .windows = windows,
			.nr_windows = n & 1 ? 3 : 0,
		};
		struct replay_run low, high;

		rec.nr = 1 + (size_t)test_rng_below(&rng, 199);
		for (size_t i = 0; i < rec.nr; i++)
			low_event(&rng, &events[i], o.policy->page_bytes);
		memcpy(again, events, sizeof(again));
		ck_assert_int_eq(replay_play(&low, &rec, &o, &quiet), 0);
		rec.events = again;
		o.to_top = true;
		ck_assert_int_eq(replay_play(&high, &rec, &o, &quiet), 0);
		ck_assert_uint_gt(highest(&rec), UINT64_MAX - o.policy->page_bytes);
		same_counts(&low, &high);
		replay_discard(&low);
		replay_discard(&high);
	}
}
END_TEST

START_TEST(the_whole_space_has_more_bytes_than_64_bits_count)
{
	static const char text[] = "new iova_map m\n"
		"m.insert 0x0..0xffffffffffffffff\nm.erase 0x1000..0x1fff\n";
	const struct replay_options o = { .policy = &replay_policy_map };
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;
	char number[REPLAY_NUMBER];

	ck_assert_int_eq(replay_load(&rec, file("w.vec", text, strlen(text)),
				     &usual, &quiet, &err), 0);
	agree(&rec, &o, &run);
	ck_assert_str_eq(replay_text_bytes(number, &run.peak_bytes),
			 "18,446,744,073,709,551,616");
	ck_assert_str_eq(replay_text_human(number, &run.peak_bytes), "16.0 EiB");
	ck_assert_uint_eq(run.final_bytes.last_offset, UINT64_MAX - 4096);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

/* -- reasons --------------------------------------------------------------- */

#define TYPE1 &replay_policy_type1
#define IOAS &replay_policy_ioas
#define MAPS &replay_policy_map

/*
 * A script whose last line is refused. The limit is 3 where there is one, and the
 * windows are 0x0..0x7fff, 0xa000..0xffff and 0x10000..0x1ffff.
 */
static const struct reason_row {
	const char *name;
	const struct replay_policy *policy;
	const char *last;
	int error;
	struct vprim_range hit;	/* 0..0: none */
	const char *text;
} reason_rows[] = {
	{ "overlap", MAPS, "m.insert 0x1800..0x2fff", -EEXIST,
	  { 0x1000, 0x1fff }, "overlaps 0x1000..0x1fff, mapped in line 2" },
	{ "unmap of nothing", MAPS, "m.erase 0x5000..0x5fff", -ENOENT, { 0, 0 },
	  "nothing is mapped there" },
	{ "upside down", MAPS, "m.insert 0x2..0x1", -EINVAL, { 0, 0 },
	  "the start is above the last address" },
	{ "size 0", MAPS, "m.bulk 0x5000 0 1 1", -EINVAL, { 0, 0 },
	  "the size is 0" },
	{ "over the top", MAPS, "m.bulk 0xfffffffffffff000 0x1001 1 1",
	  -EOVERFLOW, { 0, 0 },
	  "0xfffffffffffff000 and 4097 bytes leave the address space" },
	{ "a hole in the windows", MAPS, "m.insert 0x7000..0x8fff", -ERANGE,
	  { 0x8000, 0x9fff },
	  "range 0x7000..0x8fff hits 0x8000..0x9fff, which lies in no window" },
	{ "a seam", MAPS, "m.insert 0xf000..0x10fff", -ERANGE,
	  { 0x10000, 0x1ffff }, NULL },
	{ "no entry left", MAPS, "m.bulk 0xa000 1 1 3", -ENOSPC, { 0, 0 },
	  "all 3 entries are in use" },

	{ "type1: overlap", TYPE1, "m.insert 0x1000..0x2fff", -EEXIST,
	  { 0x1000, 0x1fff }, NULL },
	{ "type1: a cut", TYPE1, "m.insert 0x2000..0x3fff\nm.erase 0x3000..0x3fff",
	  -EINVAL, { 0x2000, 0x3fff }, NULL },
	{ "type1: upside down", TYPE1, "m.insert 0x2..0x1", -EINVAL, { 0, 0 },
	  "the start is above the last address" },
	{ "type1: size 0", TYPE1, "m.bulk 0x5000 0 1 1", -EINVAL, { 0, 0 },
	  NULL },
	{ "type1: over the top", TYPE1, "m.bulk 0xfffffffffffff000 0x2000 1 1",
	  -EOVERFLOW, { 0, 0 }, NULL },
	{ "type1: the whole space", TYPE1, "m.insert 0..0xffffffffffffffff",
	  -EINVAL, { 0, 0 }, "2^64 bytes cannot be asked for at once" },
	{ "type1: half a page", TYPE1, "m.insert 0x2000..0x27ff", -EINVAL,
	  { 0, 0 }, NULL },
	{ "type1: a hole in the windows", TYPE1, "m.insert 0x7000..0x8fff",
	  -EINVAL, { 0x8000, 0x9fff }, NULL },
	{ "type1: no entry left", TYPE1, "m.insert 0xa000..0xafff\n"
	  "m.insert 0xb000..0xbfff\nm.insert 0xc000..0xcfff",
	  -ENOSPC, { 0, 0 }, NULL },

	{ "ioas: overlap", IOAS, "m.insert 0x1800..0x2fff", -EEXIST,
	  { 0x1000, 0x1fff }, NULL },
	{ "ioas: unmap of nothing", IOAS, "m.erase 0x5000..0x5fff", -ENOENT,
	  { 0, 0 }, NULL },
	{ "ioas: an area sticks out", IOAS,
	  "m.insert 0x2000..0x3fff\nm.erase 0x1000..0x2fff", -ENOENT,
	  { 0x2000, 0x3fff }, NULL },
	{ "ioas: upside down", IOAS, "m.insert 0x2..0x1", -EINVAL, { 0, 0 },
	  "the start is above the last address" },
	{ "ioas: the whole space", IOAS, "m.insert 0..0xffffffffffffffff",
	  -EINVAL, { 0, 0 }, "2^64 bytes cannot be asked for at once" },
	{ "ioas: outside the windows", IOAS, "m.insert 0x7000..0x8fff", -EINVAL,
	  { 0x8000, 0x9fff }, NULL },
};

START_TEST(a_refusal_gives_its_reason)
{
	const struct reason_row *r = &reason_rows[_i];
	struct vprim_range windows[] = {
		{ 0x0, 0x7fff }, { 0xa000, 0xffff }, { 0x10000, 0x1ffff },
	};
	const struct replay_options o = {
		.policy = r->policy, .has_limit = true, .limit = 3,
		.windows = windows, .nr_windows = 3,
	};
	const struct replay_rejection *why;
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;
	char text[256];

	snprintf(text, sizeof(text),
		 "new iova_map m\nm.insert 0x1000..0x1fff value=0x1000\n%s\n",
		 r->last);
	ck_assert_int_eq(replay_load(&rec, file("r.vec", text, strlen(text)),
				     &usual, &quiet, &err), 0);
	ck_assert_int_eq(replay_play(&run, &rec, &o, &quiet), 0);
	ck_assert_msg(run.nr_rejected == 1, "%s: %zu", r->name, run.nr_rejected);
	why = &run.rejected[0];
	ck_assert_msg(why->event.line == rec.events[rec.nr - 1].line,
		      "%s: event", r->name);
	ck_assert_msg(why->error == r->error, "%s: %d", r->name, why->error);
	ck_assert_msg(why->text[0] && (!r->text || !strcmp(why->text, r->text)),
		      "%s: '%s'", r->name, why->text);
	ck_assert_msg(why->has_hit == (r->hit.last != 0), "%s: hit", r->name);
	ck_assert_msg(why->hit.start == r->hit.start &&
		      why->hit.last == r->hit.last, "%s: hit", r->name);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

/* Where a policy takes what another refuses. */
static const struct taken_row {
	const char *name;
	const struct replay_policy *policy;
	const char *text;
	uint64_t mappings;
	struct replay_bytes bytes;
} taken_rows[] = {
	{ "type1: unmap of nothing", TYPE1, "m.erase 0x5000..0x5fff", 1,
	  { true, 0xfff } },
	{ "type1: unmap over holes", TYPE1, "m.erase 0x0..0x5fff", 0,
	  { false, 0 } },
	{ "type1: unmap of everything", TYPE1, "m.erase 0..0xffffffffffffffff",
	  0, { false, 0 } },
	{ "type1: the last page", TYPE1,
	  "m.insert 0xfffffffffffff000..0xffffffffffffffff", 2,
	  { true, 0x1fff } },
	{ "ioas: unmap over holes", IOAS, "m.erase 0x0..0x5fff", 0,
	  { false, 0 } },
	{ "ioas: unmap of everything", IOAS, "m.erase 0..0xffffffffffffffff", 0,
	  { false, 0 } },
	{ "ioas: the last page", IOAS,
	  "m.insert 0xfffffffffffff000..0xffffffffffffffff", 2,
	  { true, 0x1fff } },
};

START_TEST(a_policy_takes_what_its_kernel_takes)
{
	const struct taken_row *r = &taken_rows[_i];
	const struct replay_options o = { .policy = r->policy };
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;
	char text[256];

	snprintf(text, sizeof(text), "new iova_map m\nm.insert 0x1000..0x1fff\n%s\n",
		 r->text);
	ck_assert_int_eq(replay_load(&rec, file("r.vec", text, strlen(text)),
				     &usual, &quiet, &err), 0);
	ck_assert_int_eq(replay_play(&run, &rec, &o, &quiet), 0);
	ck_assert_msg(!run.nr_rejected, "%s: %s", r->name,
		      run.nr_rejected ? run.rejected[0].text : "");
	ck_assert_msg(run.final_mappings == r->mappings, "%s", r->name);
	ck_assert_msg(run.final_bytes.some == r->bytes.some &&
		      run.final_bytes.last_offset == r->bytes.last_offset,
		      "%s: bytes", r->name);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

START_TEST(bytes_that_an_ioas_removed_before_it_refused_are_gone)
{
	static const char text[] = "new iova_map m\nm.insert 0x1000..0x1fff\n"
		"m.insert 0x2000..0x3fff\nm.erase 0x1000..0x2fff\n";
	const struct replay_options o = { .policy = IOAS };
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;

	ck_assert_int_eq(replay_load(&rec, file("r.vec", text, strlen(text)),
				     &usual, &quiet, &err), 0);
	ck_assert_int_eq(replay_play(&run, &rec, &o, &quiet), 0);
	ck_assert_uint_eq(run.nr_rejected, 1);
	ck_assert_uint_eq(run.final_mappings, 1);
	ck_assert_uint_eq(run.final_bytes.last_offset, 0x1fff);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

/* -- random damage --------------------------------------------------------- */

/* Some bytes of the pattern text, put where damage is wanted. */
static void damage(struct test_rng *rng, char *text, size_t *n)
{
	static const char spice[] =
		"0123456789abcdefx \n\n\n.,-:#@=(\"\0\xff\r\t[LOST EVENTS]";
	uint64_t hits = 1 + test_rng_below(rng, 4);

	while (hits--) {
		size_t at = (size_t)test_rng_below(rng, *n);
		size_t len = (size_t)test_rng_below(rng, 40);

		if (len > *n - at)
			len = *n - at;
		switch (test_rng_below(rng, 4)) {
		case 0:
			text[at] = spice[test_rng_below(rng, sizeof(spice))];
			break;
		case 1:	/* lose a piece */
			memmove(text + at, text + at + len, *n - at - len);
			*n -= len;
			break;
		case 2:	/* say a piece twice */
			memmove(text + at + len, text + at, *n - at);
			*n += len;
			break;
		default:
			text[at] ^= (char)(1 << test_rng_below(rng, 8));
		}
		if (!*n)
			break;
	}
}

static size_t pack(const char *text, size_t n, char *out, size_t room)
{
	z_stream z = { 0 };
	size_t got;

	ck_assert_int_eq(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	got = z.total_out;
	deflateEnd(&z);
	return got;
}

static const struct seed {
	const char *file, *text;
	bool packed;
} seeds[] = {
	{ "d", TRACE MAP UNMAP MAP
	  EV "map: IOMMU: iova=0x2000 - 0x3000 paddr=0x9000 size=4096\n"
	  EV "map: IOMMU: iova=0x5000 - 0x9000 paddr=0x9000 size=16384\n"
	  EV "unmap: IOMMU: iova=0x1000 - 0x3000 size=8192 unmapped_size=8192\n"
	  EV "map: IOMMU: iova=0xfffffffffffff000 - 0x0 paddr=0x0 size=4096\n",
	  false },
	{ "d", VIEW VIEW, false },
	{ "d.vec", "new iova_map m\nm.insert 0x1000..0x1fff value=7 -> ok\n"
	  "m.insert 0x2000..0x2fff\nm.erase 0x1800..0x27ff -> ok removed=2\n"
	  "m.bulk 0x10000 0x1000 0x2000 9\nm.remove 0x10000..0x10fff\n"
	  "new type1 c\nc.map 0 0 0x1000\n", false },
	{ "d", TRACE MAP UNMAP MAP UNMAP MAP, true },
};

START_TEST(no_damage_does_harm)
{
	const struct replay_options plain = { .policy = &replay_policy_map };
	static char text[8192], bytes_[8192];
	struct test_rng rng = test_rng_seed(0xda7a + (uint64_t)_i);
	const struct seed *seed = &seeds[_i];
	uint64_t steps = test_steps(4000), read = 0;

	for (uint64_t step = 0; step < steps; step++) {
		size_t n = strlen(seed->text);
		struct replay_recording rec;
		struct replay_error err;
		struct replay_run run;

		memcpy(text, seed->text, n);
		if (seed->packed) {
			n = pack(text, n, bytes_, sizeof(bytes_));
			memcpy(text, bytes_, n);
		}
		damage(&rng, text, &n);
		if (replay_load(&rec, file(seed->file, text, n), &usual, &quiet,
				&err)) {
			ck_assert_str_ne(err.text, "");
			continue;
		}
		read++;
		if (rec.nr < 1000) {
			agree(&rec, &plain, &run);
			replay_discard(&run);
		}
		replay_unload(&rec);
	}
	/* Most damage is found; that all of it were would be a broken test. */
	printf("%" PRIu64 " of %" PRIu64 " damaged files were read\n", read, steps);
	if (!seed->packed && steps >= 1000)
		ck_assert_uint_gt(read, steps / 100);
}
END_TEST

/* -- time and numbers ------------------------------------------------------ */

START_TEST(a_measurement_gives_times)
{
	static const char pair[] = MAP UNMAP;
	const struct replay_options o = {
		.policy = &replay_policy_map, .repeat = 3,
	};
	/* So many that they take longer than a look at the clock, which comes off. */
	char text[sizeof(TRACE) + 200 * sizeof(pair)] = TRACE;
	struct replay_recording rec;
	struct replay_error err;
	struct replay_run run;

	for (unsigned int i = 0; i < 200; i++)
		strcat(text, pair);
	ck_assert_int_eq(replay_load(&rec, file("t", text, strlen(text)), &usual,
				     &quiet, &err), 0);
	ck_assert_int_eq(replay_play(&run, &rec, &o, &quiet), 0);
	ck_assert_int_eq(replay_measure(&run, &quiet), 0);
	ck_assert_double_gt(run.ns_per_op, 0);
	ck_assert_double_gt(run.gtree_ns_per_op, 0);
	replay_discard(&run);
	replay_unload(&rec);
}
END_TEST

START_TEST(numbers_are_written_for_people)
{
	char b[REPLAY_NUMBER];
	struct replay_bytes n = replay_size(0);

	ck_assert_str_eq(replay_text_count(b, 0), "0");
	ck_assert_str_eq(replay_text_count(b, 999), "999");
	ck_assert_str_eq(replay_text_count(b, 1000), "1,000");
	ck_assert_str_eq(replay_text_count(b, UINT64_MAX),
			 "18,446,744,073,709,551,615");
	ck_assert_str_eq(replay_text_human(b, &n), "0 bytes");
	n = replay_size(1536);
	ck_assert_str_eq(replay_text_human(b, &n), "1.5 KiB");
	n = replay_size(UINT64_C(1020) << 30);
	ck_assert_str_eq(replay_text_human(b, &n), "1020 GiB");
}
END_TEST

static void leave(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command))
		perror(command);
}

START_TEST(progress_fits_any_width)
{
	char text[96];
	uint64_t done;
	int width;

	for (width = 0; width < 200; width++) {
		for (done = 0; done <= 12; done++)
			ck_assert_uint_le(replay_progress_line(text, sizeof(text),
						width, "measuring", done, 10),
					  (size_t)width);
	}
	replay_progress_line(text, sizeof(text), 79, "playing", 5, 10);
	ck_assert_str_eq(text, "playing [####################                    ]  50 %");
	replay_progress_line(text, sizeof(text), 21, "playing", 10, 10);
	ck_assert_str_eq(text, "playing [####] 100 %");
	replay_progress_line(text, sizeof(text), 18, "playing", 10, 10);
	ck_assert_str_eq(text, "playing 100 %");
	replay_progress_line(text, sizeof(text), 40, "reading", 1, 0);
	ck_assert_ptr_nonnull(strstr(text, "100 %"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *t = tcase_create("replay");
	int status;

	if (!mkdtemp(folder))
		return EXIT_FAILURE;
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, readers_answer_the_table, 0,
		(int)(sizeof(reader_rows) / sizeof(reader_rows[0])));
	tcase_add_test(t, a_nul_byte_is_named_with_its_line);
	tcase_add_test(t, a_line_may_be_64_kib_long_and_no_longer);
	tcase_add_loop_test(t, a_long_recording_is_the_same_out_of_memory, 0, 2);
	tcase_add_test(t, many_notes_are_counted_and_few_are_kept);
	tcase_add_test(t, a_file_that_is_not_there_is_named);
	tcase_add_test(t, the_engine_agrees_with_a_naive_model);
	tcase_add_test(t, moved_to_the_top_all_counts_stay);
	tcase_add_test(t, the_whole_space_has_more_bytes_than_64_bits_count);
	tcase_add_loop_test(t, a_refusal_gives_its_reason, 0,
		(int)(sizeof(reason_rows) / sizeof(reason_rows[0])));
	tcase_add_loop_test(t, a_policy_takes_what_its_kernel_takes, 0,
		(int)(sizeof(taken_rows) / sizeof(taken_rows[0])));
	tcase_add_test(t, bytes_that_an_ioas_removed_before_it_refused_are_gone);
	tcase_add_loop_test(t, no_damage_does_harm, 0,
		(int)(sizeof(seeds) / sizeof(seeds[0])));
	tcase_add_test(t, a_measurement_gives_times);
	tcase_add_test(t, numbers_are_written_for_people);
	tcase_add_test(t, progress_fits_any_width);
	suite_add_tcase(suite, t);
	status = test_main(suite);
	leave();
	return status;
}
