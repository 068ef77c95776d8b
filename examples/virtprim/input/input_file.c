// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From bytes to lines: two buffers for lines, so that one can look at the next
 * line, and one for what was read. A line that is too long costs no more than
 * one that is not.
 */
#include "input_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK 16384u

struct input_part {
	gzFile gz;			/* NULL: memory */
	const unsigned char *bytes;	/* chunk, or all of the memory */
	size_t at, filled;
	uint64_t lines;			/* begun so far */
	struct input_line *now, *next;
	bool peeked;			/* next is filled, as ahead says */
	int ahead;
	char error[128];		/* of the line ahead */
	unsigned char chunk[CHUNK];
};

/* It needs no zeros, and two in one piece are so large that malloc() maps it each time. */
static struct input_line *new_line(void)
{
	struct input_line *line = malloc(sizeof(*line));

	if (line) {
		line->len = 0;
		line->text[0] = '\0';
	}
	return line;
}

static struct input *new_input(void)
{
	struct input *in = calloc(1, sizeof(*in));
	struct input_part *part = calloc(1, sizeof(*part));
	struct input_line *now = new_line(), *next = new_line();

	if (!in || !part || !now || !next) {
		free(in);
		free(part);
		free(now);
		free(next);
		errno = ENOMEM;
		return NULL;
	}
	part->bytes = part->chunk;
	part->now = now;
	part->next = next;
	in->part = part;
	in->text = part->now->text;
	return in;
}

struct input *input_memory(const void *text, size_t len)
{
	struct input *in = new_input();

	if (!in)
		return NULL;
	in->part->bytes = text;
	in->part->filled = len;
	in->bytes = in->size = len;
	return in;
}

static gzFile open_standard(void)
{
	int fd = dup(STDIN_FILENO);
	gzFile gz = fd < 0 ? NULL : gzdopen(fd, "rb");

	if (!gz && fd >= 0) {
		close(fd);
		errno = ENOMEM;
	}
	return gz;
}

struct input *input_open(const char *file)
{
	bool standard = !strcmp(file, "-");
	struct input *in = new_input();
	struct stat st;

	if (!in)
		return NULL;
	if (!standard && !stat(file, &st) && S_ISREG(st.st_mode))
		in->size = (uint64_t)st.st_size;
	errno = 0;
	in->part->gz = standard ? open_standard() : gzopen(file, "rb");
	if (!in->part->gz) {
		int why = errno ? errno : ENOMEM;

		input_close(in);
		errno = why;
		return NULL;
	}
	gzbuffer(in->part->gz, 8 * CHUNK);
	return in;
}

void input_close(struct input *in)
{
	if (!in)
		return;
	if (in->part->gz)
		gzclose(in->part->gz);
	free(in->part->now);
	free(in->part->next);
	free(in->part);
	free(in);
}

/* -- bytes ----------------------------------------------------------------- */

/* zlib tells a file that was cut off by an error beside a good byte count. */
static int gz_error(struct input_part *s)
{
	int code;
	const char *text = gzerror(s->gz, &code);

	if (code == Z_OK)
		return 0;
	if (code != Z_ERRNO && !s->lines)
		s->lines = 1;
	if (code == Z_BUF_ERROR)
		text = "the gzip data ends early: the file was cut off";
	else if (code == Z_DATA_ERROR)
		text = "the gzip data is damaged";
	else if (code == Z_ERRNO)
		text = strerror(errno);
	snprintf(s->error, sizeof(s->error), "%s", text);
	return -1;
}

/* 1 with bytes to use, 0 at the end, -1 */
static int refill(struct input *in)
{
	struct input_part *s = in->part;
	int got;

	if (!s->gz)
		return 0;
	got = gzread(s->gz, s->chunk, CHUNK);
	if (got <= 0)
		return gz_error(s);
	s->at = 0;
	s->filled = (size_t)got;
	if (in->size) {
		z_off_t offset = gzoffset(s->gz);

		in->bytes = offset > 0 ? (uint64_t)offset : 0;
	} else {
		in->bytes += (uint64_t)got;
	}
	return 1;
}

/* -- lines ----------------------------------------------------------------- */

/* Append a line as it comes. 1; 0: there is no more; -1. */
static int raw_line(struct input *in, struct input_line *l)
{
	struct input_part *s = in->part;
	const unsigned char *from, *eol = NULL;
	bool some = false;
	int got = 1;
	size_t n;

	while (!eol) {
		if (s->at == s->filled && (got = refill(in)) <= 0)
			break;
		from = s->bytes + s->at;
		eol = memchr(from, '\n', s->filled - s->at);
		n = eol ? (size_t)(eol - from) : s->filled - s->at;
		if (!some)
			s->lines++;
		some = true;
		if (n > INPUT_LINE_MAX - l->len) {
			n = INPUT_LINE_MAX - l->len;
			memcpy(l->text + l->len, from, n);
			l->len += n;
			snprintf(s->error, sizeof(s->error),
				 "a line of more than %u bytes", INPUT_LINE_MAX);
			return -1;
		}
		memcpy(l->text + l->len, from, n);
		l->len += n;
		s->at += n + (eol != NULL);
	}
	return got < 0 ? -1 : some;
}

static int read_line(struct input *in, struct input_line *l)
{
	struct input_part *s = in->part;
	size_t from = 0;
	int got;

	l->len = 0;
	l->control = -1;
	l->line = s->lines + 1;
	do {
		got = raw_line(in, l);
		if (got <= 0 && from) {
			/* The end of a line that wanted to go on. */
			l->text[l->len] = '\0';
			return got < 0 ? got : 1;
		}
		if (got <= 0)
			return got;
		if (l->line == 1 && l->len >= 3 && !from &&
		    !memcmp(l->text, "\xef\xbb\xbf", 3)) {
			l->len -= 3;
			memmove(l->text, l->text + 3, l->len);
		}
		got = input_clean(l, from);
		from = l->len;
	} while (!got);
	return 1;
}

/* What of a line the caller sees. */
static void show(struct input *in)
{
	const struct input_line *l = in->part->now;

	in->text = in->part->now->text;
	in->len = l->len;
	in->line = l->line;
	in->columns = l->columns;
	in->flowed = l->flowed;
	in->control = l->control;
}

/* What was read of the line stays to be seen. */
static int fail(struct input *in)
{
	in->part->next->text[in->part->next->len] = '\0';
	in->text = in->part->next->text;
	in->line = in->part->lines;
	snprintf(in->error, sizeof(in->error), "%s", in->part->error);
	return -1;
}

int input_next(struct input *in)
{
	struct input_part *s = in->part;
	struct input_line *l = s->next;
	int got = s->peeked ? s->ahead : read_line(in, l);

	s->peeked = false;
	if (got <= 0) {
		s->peeked = true;
		s->ahead = got;
		return got ? fail(in) : 0;
	}
	s->next = s->now;
	s->now = l;
	show(in);
	return 1;
}

const char *input_peek(struct input *in)
{
	struct input_part *s = in->part;

	if (!s->peeked)
		s->ahead = read_line(in, s->next);
	s->peeked = true;
	return s->ahead > 0 ? s->next->text : NULL;
}

bool input_join(struct input *in, const char *glue)
{
	struct input_line *a = in->part->now, *b = in->part->next;
	const char *more = input_peek(in);
	size_t n = strlen(glue), rest;

	if (!more)
		return false;
	input_skip_blanks(&more);
	rest = b->len - (size_t)(more - b->text);
	if (a->len + n + rest > INPUT_LINE_MAX)
		return false;
	memcpy(a->text + a->len, glue, n);
	memcpy(a->text + a->len + n, more, rest + 1);
	a->len += n + rest;
	a->columns = b->columns;
	a->flowed = b->flowed;
	a->control = a->control >= 0 ? a->control : b->control;
	in->part->peeked = false;
	show(in);
	return true;
}

/* -- wraps ----------------------------------------------------------------- */

/* Mailers break lines from here on, terminals at 80 or wider. */
#define MAIL_COLUMNS 71u
#define TERMINAL_COLUMNS 80u

bool input_wrapped(struct input *in)
{
	const char *next = input_peek(in);

	if (!next)
		return false;
	input_skip_blanks(&next);
	return *next && (in->flowed || in->columns >= TERMINAL_COLUMNS ||
			 in->columns + 1 + strcspn(next, " \t") > MAIL_COLUMNS);
}

const char *input_glue(const struct input *in)
{
	return in->columns == TERMINAL_COLUMNS && !in->flowed ? "" : " ";
}
