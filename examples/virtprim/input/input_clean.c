// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What mailers, terminals and loggers put around a line, taken off.
 *
 * Sources: RFC 2045 section 6.7 for quoted-printable, ECMA-48 for the sequences
 * of terminals, RFC 3676 for lines that flow; QEMU util/log.c and util/error-report.c
 * for its prefixes, Linux kernel/printk/printk.c for the kernel's.
 */
#include "input_part.h"

#include <ctype.h>
#include <string.h>

/* -- quoted-printable ------------------------------------------------------ */

/* A line that goes on is this long at least; "size=" at the end of one is not. */
#define SOFT_COLUMNS 60u

static unsigned int hex(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return c >= 'A' && c <= 'F' ? (unsigned int)(c - 'A') + 10 : 256;
}

static unsigned int code(const char *p)
{
	return hex(p[1]) << 4 | hex(p[2]);
}

/* What an encoder has reason to encode: no letters and no digits. */
static bool is_code(unsigned int c)
{
	return c == '=' || c == ' ' || c == '\t' || c == '\r' || c == '.' ||
	       (c >= 0x80 && c < 0x100);
}

/*
 * Text is full of '=' and digits, so every '=' must begin such a code, and one
 * must be of '=' itself or end the line, or the line goes on.
 */
static bool is_quoted(const char *text, size_t len, bool *soft)
{
	const char *p = memchr(text, '=', len), *end = text + len;
	bool sure = false;

	*soft = false;
	for (; p; p = memchr(p, '=', (size_t)(end - p))) {
		if (p + 1 == end) {
			*soft = true;
			return sure || len >= SOFT_COLUMNS;
		}
		if (end - p < 3 || !is_code(code(p)))
			return false;
		sure = sure || code(p) == '=' || p + 3 == end;
		p += 3;
	}
	return sure;
}

static size_t unquote(char *text, size_t len)
{
	size_t from, to = 0;

	for (from = 0; from < len; from++) {
		if (text[from] == '=' && from + 2 < len) {
			text[to++] = (char)code(text + from);
			from += 2;
		} else if (text[from] != '=') {
			text[to++] = text[from];
		}
	}
	return to;
}

/* -- terminals ------------------------------------------------------------- */

/* The end of the sequence that the escape at p begins, or p. */
static const char *past_sequence(const char *p, const char *end)
{
	const char *q = p + 1;

	if (q < end && *q == '[') {
		for (q++; q < end && *q >= 0x20 && *q < 0x40; q++)
			;
		return q < end && *q >= 0x40 ? q + 1 : p;
	}
	if (q < end && *q == ']') {
		while (q < end && *q != '\a')
			q++;
		return q < end ? q + 1 : p;
	}
	if (q + 1 < end && (*q == '(' || *q == ')'))
		return q + 2;
	return p;
}

static size_t strip_sequences(char *text, size_t len)
{
	const char *p = text, *end = text + len, *q;
	char *to = text;

	while (p < end) {
		q = *p == '\033' ? past_sequence(p, end) : p;
		if (q != p)
			p = q;
		else
			*to++ = *p++;
	}
	return (size_t)(to - text);
}

/* A blank that does not break, 0xc2 0xa0. */
static size_t plain_blanks(char *text, size_t len)
{
	size_t from, to = 0;

	for (from = 0; from < len; from++) {
		if (from + 1 < len && (unsigned char)text[from] == 0xc2 &&
		    (unsigned char)text[from + 1] == 0xa0)
			text[++from] = ' ';
		text[to++] = text[from];
	}
	return to;
}

/* -- a whole line ---------------------------------------------------------- */

static bool is_mark(char c)
{
	return c == '>' || c == '|';
}

/* "> > text", ">> text", "| text": how much of it is quotation. */
static size_t quotation(const char *text, size_t len)
{
	size_t at = 0, from = 0;

	for (;;) {
		while (at < len && text[at] == ' ')
			at++;
		if (at == len || !is_mark(text[at]) || at - from > 3)
			return from;
		at++;
		/* A bar alone may be part of a table or a log. */
		if (text[at - 1] == '|' && at < len && text[at] != ' ')
			return from;
		if (at < len && text[at] == ' ')
			at++;
		from = at;
	}
}

#define ALL(byte) ((uint64_t)(byte) * (UINT64_MAX / 255))

/* Whether a byte may be a control or no ASCII; eight at once. */
static bool is_plain(const char *text, size_t len)
{
	uint64_t odd = 0, v;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&v, text + i, 8);
		odd |= ((v - ALL(0x20)) | v) & ALL(0x80);
	}
	for (; i < len; i++)
		odd |= (unsigned char)text[i] - 0x20u > 0x5f;
	return !odd;
}

static void strange(struct input_line *l)
{
	size_t i;

	if (memchr(l->text, '\033', l->len))
		l->len = strip_sequences(l->text, l->len);
	if (memchr(l->text, 0xc2, l->len))
		l->len = plain_blanks(l->text, l->len);
	for (i = 0; i < l->len; i++) {
		unsigned char c = (unsigned char)l->text[i];

		if (c < ' ' && c != '\t' && l->control < 0)
			l->control = c;
		/* A byte of 0 would end the line for everyone who reads it. */
		if (!c)
			l->text[i] = ' ';
	}
}

static bool is_end(char c)
{
	return c == '\r' || c == ' ' || c == '\t';
}

bool input_clean(struct input_line *l, size_t from)
{
	char *text = l->text + from;
	size_t len = l->len - from, cut;
	bool soft;

	while (len && text[len - 1] == '\r')
		len--;
	cut = len ? quotation(text, len) : 0;
	l->columns = len;
	memmove(text, text + cut, len - cut);
	len -= cut;
	if (is_quoted(text, len, &soft))
		len = unquote(text, len);
	else
		soft = false;
	l->len = from + len;
	if (soft)
		return false;
	l->flowed = len && is_end(text[len - 1]);
	if (!is_plain(l->text, l->len))
		strange(l);
	while (l->len && is_end(l->text[l->len - 1]))
		l->len--;
	l->text[l->len] = '\0';
	return true;
}

/* -- prefixes -------------------------------------------------------------- */

static const char *digits(const char *p)
{
	while (isdigit((unsigned char)*p))
		p++;
	return p;
}

/* "10:25:25", "10:25:25.311034" and "10:25:25,311" */
static const char *past_time(const char *p)
{
	int i;

	for (i = 0; i < 3; i++) {
		const char *q = digits(p);

		if (q == p || q - p > 2 || (i < 2 && *q != ':'))
			return NULL;
		p = i < 2 ? q + 1 : q;
	}
	if ((*p == '.' || *p == ',') && isdigit((unsigned char)p[1]))
		p = digits(p + 1);
	return p;
}

/* "Z", "+0000", "+00:00", and a colon that some put behind it. */
static const char *past_zone(const char *p)
{
	const char *q = p;

	if (*q == 'Z') {
		q++;
	} else if (*q == '+' || *q == '-') {
		q = digits(q + 1);
		if (*q == ':' && isdigit((unsigned char)q[1]))
			q = digits(q + 1);
	}
	if (*q == ':')
		q++;
	return q;
}

/* "2021-05-04T10:25:25.311034Z", "2021-05-04 10:25:25.311+0000:", "10:25:25" */
static const char *date_iso(const char *p)
{
	const char *q = digits(p);

	if (q - p == 4 && q[0] == '-' && isdigit((unsigned char)q[1])) {
		q = digits(q + 1);
		if (*q != '-')
			return p;
		q = digits(q + 1);
		if (*q != 'T' && *q != ' ')
			return p;
		p = q + 1;
		q = past_time(p);
	} else {
		q = past_time(p);
	}
	return q ? past_zone(q) : p;
}

/* "Nov 29 00:41:20 host kernel:" up to the name of the program. */
static const char *date_syslog(const char *p)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *q = p;
	size_t i;

	for (i = 0; i < 36 && strncmp(p, months + i, 3); i += 3)
		;
	if (i == 36 || p[3] != ' ')
		return p;
	q += 4;
	input_skip_blanks(&q);
	q = digits(q);
	if (*q != ' ')
		return p;
	q = past_time(q + 1);
	if (!q || *q != ' ')
		return p;
	q++;
	i = strcspn(q, " ");
	return q[i] ? q + i : p;
}

/* "[  236.898865]", "[2021-05-04 10:25:25.311034]", "[    T1]", "[pid  123]" */
static const char *bracket(const char *p)
{
	size_t n = *p == '[' ? strcspn(p + 1, "]") : 0, i;
	const char *q = p + 1;
	bool number = false;

	if (!n || n > 40 || p[n + 1] != ']')
		return p;
	(void)input_take(&q, "pid");
	for (i = (size_t)(q - p - 1); i < n; i++) {
		if (!strchr(" 0123456789.:,-+TCZ", p[1 + i]))
			return p;
		number = number || isdigit((unsigned char)p[1 + i]);
	}
	return number ? p + n + 2 : p;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' ||
	       c == '+';
}

/* "kernel: ", "qemu-system-x86_64: ", "libvirtd[123]: " */
static const char *program(const char *p)
{
	const char *q = p;
	bool known = !strncmp(p, "kernel:", 7) || !strncmp(p, "qemu", 4);

	while (is_name(*q))
		q++;
	if (q == p)
		return p;
	if (*q == '[') {
		q = digits(q + 1);
		if (*q != ']')
			return p;
		q++;
		known = true;
	}
	return known && q[0] == ':' && (q[1] == ' ' || !q[1]) ? q + 1 : p;
}

/* "1234@1620123925.311034:" of QEMU's log, with and without the colon. */
static const char *stamp(const char *p)
{
	const char *q = digits(p), *r;

	if (q == p || *q != '@')
		return p;
	r = digits(q + 1);
	if (r == q + 1 || *r != '.')
		return p;
	r = digits(r + 1);
	return *r == ':' || *r == ' ' ? r + 1 : p;
}

/* "<6>" of the kernel's raw log. */
static const char *level(const char *p)
{
	const char *q = p[0] == '<' ? digits(p + 1) : p;

	return q > p + 1 && *q == '>' ? q + 1 : p;
}

/* "| vmx| I125: " of VMware's, behind a time. */
static const char *bars(const char *p)
{
	const char *q = p;

	if (*q == '|')
		return q + 1;
	while (is_name(*q))
		q++;
	if (q > p && *q == '|')
		return q + 1;
	if (q > p && q[-1] != '+' && p[0] == 'I' && isdigit((unsigned char)p[1]) &&
	    *q == ':')
		return q + 1;
	return q > p && p[0] == 'I' && q[-1] == '+' && *q == ' ' ? q : p;
}

const char *input_unprefixed(const char *line)
{
	static const char *(*const prefixes[])(const char *) = {
		level, bracket, date_iso, date_syslog, stamp, program, bars,
	};
	const char *p = line, *behind, *word;
	size_t i, n = sizeof(prefixes) / sizeof(prefixes[0]), times = 0;

	do {
		word = p;
		input_skip_blanks(&word);
		behind = word;
		for (i = 0; i < n && behind == word; i++)
			behind = prefixes[i](word);
		if (behind != word)
			p = behind;
	} while (behind != word && ++times < 8);
	return p == line ? line : word;
}
