/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Text as people have it, one clean line after the other.
 *
 * From a file, from standard input or from memory, plain or packed with gzip.
 * This is the one place that takes off what mailers, terminals and loggers put
 * around a line:
 *
 *   "> > text"                  marks of quotation, in any depth
 *   "iova=3D0x1000 size=3D="    quoted-printable, and its lines that go on
 *   "\033[1mtext\033[0m\r"      colours of terminals, blanks and returns behind
 *
 * What depends on the kind of line its reader asks for: input_join() for a line
 * that was wrapped, input_unprefixed() for times and the names of programs.
 *
 *	struct input *in = input_open("-");
 *
 *	while ((got = input_next(in)) > 0) {
 *		const char *p = input_unprefixed(in->text);
 *		...
 *		if (half_an_entry(p) && input_peek(in))
 *			input_join(in, " ");	// in->text is both lines now
 *	}
 *	if (got < 0)
 *		complain(in->line, in->error);
 *	input_close(in);
 *
 * Memory is constant whatever comes; so is the time for a byte.
 */
#ifndef INPUT_H
#define INPUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest line, also of one that was joined. */
#define INPUT_LINE_MAX 65536u

struct input_part;

struct input {
	/* The present line, valid until the next call: clean, without its end. */
	char *text;
	size_t len;
	uint64_t line;		/* number of its first line, from 1 */
	size_t columns;		/* its last line's width as it came */
	bool flowed;		/* it came with a blank at its end */
	int control;		/* first control byte in it but tabs, or -1 */
	char error[128];	/* why input_next() gave -1 */
	uint64_t bytes, size;	/* read so far; of the file, 0 when unknown */

	/* private: */
	struct input_part *part;
};

/* NULL with errno when it cannot be opened; "-" is standard input. */
struct input *input_open(const char *file);
/* Memory that stays as it is until input_close(). NULL without memory. */
struct input *input_memory(const void *text, size_t len);
void input_close(struct input *in);

/*
 * 1: in->text is the next line. 0: there is none. -1: in->error says why, and
 * in->text is what there was of the line.
 */
int input_next(struct input *in);

/* The line behind the present one, clean; NULL when there is none to read. */
const char *input_peek(struct input *in);

/*
 * Append the next line to this one, with GLUE instead of its leading blanks.
 * False, and nothing changed, when there is none or both are too long together.
 */
bool input_join(struct input *in, const char *glue);

/*
 * Whether the end of the present line looks like the work of a mailer or a
 * terminal: the next line's first word found no room in it.
 */
bool input_wrapped(struct input *in);

/*
 * What glue such a line wants: "" where a terminal cut it in the middle of a
 * word, " " else.
 */
const char *input_glue(const struct input *in);

/*
 * The line behind times, levels, process numbers and names of loggers:
 * "[ 12.345] ", "2021-05-04T10:25:25.311Z ", "Nov 29 00:41:20 host kernel: ",
 * "qemu-kvm: ", "1234@1620123925.311:", "<6>", "vmx| I125: ".
 */
const char *input_unprefixed(const char *line);

/* Cut a word or a number off the front of *p; false leaves it. */
bool input_take(const char **p, const char *word);
bool input_take_hex(const char **p, uint64_t *v);
bool input_take_dec(const char **p, uint64_t *v);
/* Hexadecimal behind 0x, decimal without. */
bool input_take_any(const char **p, uint64_t *v);
void input_skip_blanks(const char **p);

/*
 * A copy for people's eyes: control bytes, also those of UTF-8, become '?'; what
 * is too long ends in "...". Returns BUF.
 */
char *input_printable(char *buf, size_t size, const char *text);

#endif
