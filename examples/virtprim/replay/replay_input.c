// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From a file to a recording: a script of the vector language line by line,
 * everything else by what it says.
 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* -- what readers call ----------------------------------------------------- */

int replay_fail(struct replay_load *load, const char *format, ...)
{
	va_list ap;

	load->err->line = load->line;
	va_start(ap, format);
	vsnprintf(load->err->text, sizeof(load->err->text), format, ap);
	va_end(ap);
	return -1;
}

void replay_remark(struct replay_load *load, const char *format, ...)
{
	struct replay_recording *rec = load->rec;
	struct replay_note *note;
	va_list ap;

	if (rec->nr_notes++ >= REPLAY_NOTES)
		return;
	note = &rec->notes[rec->nr_notes - 1];
	note->line = load->line;
	va_start(ap, format);
	vsnprintf(note->text, sizeof(note->text), format, ap);
	va_end(ap);
}

/* Events that are gathered before they are played. */
#define STREAM 4096u

int replay_flush(struct replay_load *load, size_t keep)
{
	struct replay_recording *rec = load->rec;
	size_t n;

	if (load->before_flush)
		load->before_flush(load);
	n = rec->nr > keep ? rec->nr - keep : 0;
	if (replay_stream_some(load->want->stream, rec->events, n))
		return replay_fail(load, "%s", strerror(ENOMEM));
	if (n)
		memmove(rec->events, rec->events + n,
			(rec->nr - n) * sizeof(*rec->events));
	rec->nr -= n;
	load->flushed += n;
	return 0;
}

static struct replay_event *new_event(struct replay_load *load,
				      enum replay_kind kind)
{
	struct replay_recording *rec = load->rec;
	struct replay_event *event;

	if (load->want->stream && !load->whole && rec->nr == STREAM &&
	    replay_flush(load, REPLAY_BACK))
		return NULL;
	if (rec->nr == rec->capacity && !replay_events_grow(rec))
		return NULL;
	replay_events_rest(rec, rec->nr);
	event = &rec->events[rec->nr++];
	*event = (struct replay_event){
		.line = load->line < UINT32_MAX ? (uint32_t)load->line :
						  UINT32_MAX,
		.kind = kind,
	};
	if (kind == REPLAY_MAP)
		rec->maps++;
	else
		rec->unmaps++;
	return event;
}

int replay_add(struct replay_load *load, enum replay_kind kind,
	       const struct vprim_range *range, uint64_t target,
	       unsigned int prot)
{
	struct replay_event *event = new_event(load, kind);

	if (!event)
		return replay_fail(load, "%s", strerror(ENOMEM));
	event->range = *range;
	event->target = target;
	event->prot = prot & 3;
	return 0;
}

int replay_add_size(struct replay_load *load, enum replay_kind kind,
		    uint64_t start, uint64_t size, uint64_t target,
		    unsigned int prot)
{
	struct vprim_range range = { start, size };
	int error = vprim_range_from_size(start, size, &range);

	if (replay_add(load, kind, &range, target, prot))
		return -1;
	load->rec->events[load->rec->nr - 1].error = (int8_t)error;
	return 0;
}

/* Called for every line or so; looks at the clock for few. */
void replay_load_step(struct replay_load *load)
{
	if (load->progress->on && load->in->size && !(load->in->line & 1023))
		replay_progress_step(load->progress, "reading", load->in->bytes,
				     load->in->size);
}

/* -- scripts --------------------------------------------------------------- */

static bool ends_in(const char *text, const char *tail)
{
	size_t n = strlen(text), t = strlen(tail);

	return n >= t && !strcmp(text + n - t, tail);
}

static bool is_script(const char *file)
{
	return ends_in(file, ".vec") || ends_in(file, ".vec.gz");
}

static int script_line(struct replay_load *load)
{
	load->line = load->in->line;
	if (load->in->control > 0)
		return replay_fail(load, "byte 0x%02x: this is no text",
				   (unsigned int)load->in->control);
	if (!load->in->control)
		return replay_fail(load, "a NUL byte: this is no text");
	replay_load_step(load);
	return replay_vec_line(load, load->in->text);
}

/* PRESENT: the first line is at hand already. */
static int read_script(struct replay_load *load, bool present)
{
	int got = 1;

	load->rec->source = "vector script";
	load->state = calloc(1, replay_vec_state_bytes());
	if (!load->state)
		return replay_fail(load, "%s", strerror(ENOMEM));
	while (present || (got = input_next(load->in)) > 0) {
		present = false;
		if (script_line(load))
			return -1;
	}
	load->line = load->in->line;
	if (got < 0)
		return replay_fail(load, "%s", load->in->error);
	if (!load->line)
		return replay_fail(load, "the file is empty");
	return replay_vec_end(load);
}

/* -- all of it ------------------------------------------------------------- */

static int read_any(struct replay_load *load, const char *file)
{
	int ret;

	if (is_script(file))
		return read_script(load, false);
	ret = replay_facts(load);
	return ret > 0 ? read_script(load, true) : ret;
}

int replay_load(struct replay_recording *rec, const char *file,
		const struct replay_want *want,
		struct replay_progress *progress, struct replay_error *err)
{
	struct replay_load load = {
		.rec = rec, .want = want, .err = err, .progress = progress,
	};
	int ret;

	*rec = (struct replay_recording){ .nr = 0 };
	input_printable(rec->file, sizeof(rec->file), file);
	*err = (struct replay_error){ 0 };
	load.in = input_open(file);
	if (!load.in)
		return replay_fail(&load, "%s", strerror(errno));
	ret = read_any(&load, file);
	if (!ret && want->stream && !(ret = replay_flush(&load, 0)))
		rec->nr = (size_t)load.flushed;
	input_close(load.in);
	free(load.state);
	if (ret)
		replay_unload(rec);
	return ret;
}

void replay_unload(struct replay_recording *rec)
{
	struct replay_recording none = { .nr = 0 };

	replay_events_free(rec);
	memcpy(none.file, rec->file, sizeof(none.file));
	*rec = none;
}
