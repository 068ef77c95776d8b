// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From a file to a recording: open it, cut it into lines, find out what it is
 * and hand the lines to that reader.
 *
 * A line has a bound and so has what is kept of one; a file that is not what it
 * seems costs no more than a file that is.
 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK 65536u

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

static struct replay_event *new_event(struct replay_load *load,
				      enum replay_kind kind)
{
	struct replay_recording *rec = load->rec;
	struct replay_event *event;

	if (rec->nr == rec->room) {
		size_t room = rec->room ? 2 * rec->room : 1024;
		struct replay_event *grown =
			reallocarray(rec->events, room, sizeof(*grown));

		if (!grown)
			return NULL;
		rec->events = grown;
		rec->room = room;
	}
	event = &rec->events[rec->nr++];
	*event = (struct replay_event){
		.line = load->line, .kind = (uint8_t)kind,
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
	event->prot = (uint8_t)prot;
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
	load->rec->events[load->rec->nr - 1].error = error;
	return 0;
}

bool replay_take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool take_number(const char **p, unsigned int base, uint64_t *v)
{
	const char *at = *p;
	uint64_t sum = 0;
	unsigned int d;

	while ((d = (unsigned int)digit(*at)) < base) {
		if (sum > (UINT64_MAX - d) / base)
			return false;
		sum = sum * base + d;
		at++;
	}
	if (at == *p)
		return false;
	*p = at;
	*v = sum;
	return true;
}

bool replay_take_hex(const char **p, uint64_t *v)
{
	return take_number(p, 16, v);
}

bool replay_take_dec(const char **p, uint64_t *v)
{
	return take_number(p, 10, v);
}

/* -- lines ----------------------------------------------------------------- */

struct source {
	gzFile gz;
	unsigned char chunk[CHUNK];
	size_t at, filled;
	char line[REPLAY_LINE_MAX + 1];
	uint64_t bytes;			/* of the file, 0 when unknown */
	struct replay_progress *progress;
};

static int source_open(struct source *s, struct replay_load *load)
{
	const char *file = load->rec->file;
	bool standard = !strcmp(file, "-");
	struct stat st;
	int fd;

	if (!standard && !stat(file, &st) && S_ISREG(st.st_mode))
		s->bytes = (uint64_t)st.st_size;
	if (standard) {
		fd = dup(STDIN_FILENO);
		s->gz = fd < 0 ? NULL : gzdopen(fd, "rb");
		if (!s->gz && fd >= 0)
			close(fd);
	} else {
		s->gz = gzopen(file, "rb");
	}
	if (!s->gz)
		return replay_fail(load, "%s", strerror(errno ? errno : ENOMEM));
	return 0;
}

/* zlib tells a file that was cut off by an error beside a good byte count. */
static int source_error(struct source *s, struct replay_load *load)
{
	int code;
	const char *text = gzerror(s->gz, &code);

	if (code == Z_OK || code == Z_STREAM_END)
		return 0;
	if (code == Z_ERRNO)
		return replay_fail(load, "%s", strerror(errno));
	load->line++;
	if (code == Z_BUF_ERROR)
		return replay_fail(load, "the gzip data ends early: the file was cut off");
	if (code == Z_DATA_ERROR)
		return replay_fail(load, "the gzip data is damaged");
	return replay_fail(load, "%s", text);
}

/* 1 with bytes in the chunk, 0 at the end, -1 on error. */
static int refill(struct source *s, struct replay_load *load)
{
	int got = gzread(s->gz, s->chunk, CHUNK);

	if (s->bytes)
		replay_progress_step(s->progress, "reading",
				     (uint64_t)gzoffset(s->gz), s->bytes);
	if (got > 0) {
		s->at = 0;
		s->filled = (size_t)got;
		return 1;
	}
	return source_error(s, load);
}

/* Bytes of the chunk from here to the end of the line or of the chunk. */
static size_t piece(const struct source *s, bool *ends)
{
	const unsigned char *from = s->chunk + s->at;
	const unsigned char *nl = memchr(from, '\n', s->filled - s->at);

	*ends = nl != NULL;
	return nl ? (size_t)(nl - from) : s->filled - s->at;
}

static int line_done(struct source *s, struct replay_load *load, size_t len)
{
	load->line++;
	if (memchr(s->line, 0, len))
		return replay_fail(load, "a NUL byte: this is no text");
	if (len && s->line[len - 1] == '\r')
		len--;
	s->line[len] = '\0';
	return 1;
}

/* 1 with the next line, 0 at the end, -1 on error. */
static int next_line(struct source *s, struct replay_load *load)
{
	size_t len = 0, n;
	bool ends = false, some = false;
	int got;

	while (!ends) {
		if (s->at == s->filled) {
			got = refill(s, load);
			if (got < 0)
				return -1;
			if (!got)
				return some ? line_done(s, load, len) : 0;
		}
		n = piece(s, &ends);
		if (n > REPLAY_LINE_MAX - len) {
			load->line++;
			return replay_fail(load, "a line of more than %u bytes",
					   REPLAY_LINE_MAX);
		}
		memcpy(s->line + len, s->chunk + s->at, n);
		len += n;
		s->at += n + ends;
		some = true;
	}
	return line_done(s, load, len);
}

/* -- which reader ---------------------------------------------------------- */

static const struct replay_reader *const readers[] = {
	&replay_ftrace, &replay_mtree, &replay_vec,
};

static bool ends_in(const char *text, const char *tail)
{
	size_t n = strlen(text), t = strlen(tail);

	return n >= t && !strcmp(text + n - t, tail);
}

static const struct replay_reader *by_name(const char *file)
{
	if (ends_in(file, ".vec") || ends_in(file, ".vec.gz"))
		return &replay_vec;
	return NULL;
}

static const struct replay_reader *by_line(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i]->knows(line))
			return readers[i];
	return NULL;
}

static int start_reader(struct replay_load *load,
			const struct replay_reader *reader)
{
	load->rec->source = reader->source;
	load->state = calloc(1, reader->state_bytes);
	if (!load->state)
		return replay_fail(load, "%s", strerror(ENOMEM));
	return 0;
}

/* Control bytes come in terminal noise before a recording, not inside it. */
static int check_text(struct replay_load *load, const char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' && *line != '\t')
			return replay_fail(load, "byte 0x%02x: this is no text",
					   (unsigned char)*line);
	return 0;
}

static int unknown_file(struct replay_load *load)
{
	if (!load->line)
		return replay_fail(load, "the file is empty");
	load->line = 1;
	return replay_fail(load, "this is no recording: neither a Linux trace with iommu:map and iommu:unmap, nor the answer to QEMU's 'info mtree -f', nor a .vec file");
}

static int read_lines(struct source *s, struct replay_load *load)
{
	const struct replay_reader *reader = by_name(load->rec->file);
	int got;

	if (reader && start_reader(load, reader))
		return -1;
	while ((got = next_line(s, load)) > 0) {
		if (!reader && (reader = by_line(s->line)) &&
		    start_reader(load, reader))
			return -1;
		if (reader && (check_text(load, s->line) ||
			       reader->line(load, s->line)))
			return -1;
	}
	if (got < 0)
		return -1;
	if (!reader || !load->line)
		return unknown_file(load);
	return reader->end(load);
}

static int load_open(struct replay_load *load, struct replay_progress *progress)
{
	struct source *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return replay_fail(load, "%s", strerror(ENOMEM));
	s->progress = progress;
	errno = 0;
	ret = source_open(s, load);
	if (!ret) {
		ret = read_lines(s, load);
		gzclose(s->gz);
	}
	free(s);
	return ret;
}

int replay_load(struct replay_recording *rec, const char *file,
		const char *view, struct replay_progress *progress,
		struct replay_error *err)
{
	struct replay_load load = { .rec = rec, .view = view, .err = err };
	int ret;

	*rec = (struct replay_recording){ .file = file };
	*err = (struct replay_error){ 0 };
	ret = load_open(&load, progress);
	free(load.state);
	if (ret)
		replay_unload(rec);
	return ret;
}

void replay_unload(struct replay_recording *rec)
{
	free(rec->events);
	*rec = (struct replay_recording){ .file = rec->file };
}
