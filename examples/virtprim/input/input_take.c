// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Words and numbers at the front of a line. */
#include "input.h"

#include <string.h>

bool input_take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

/* Its value and one more, so that what is no digit is 0. */
static const unsigned char digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	['a'] = 11, 12, 13, 14, 15, 16,
	['A'] = 11, 12, 13, 14, 15, 16,
};

/* 255 or so for what is none. */
static unsigned int digit(char c)
{
	return digits[(unsigned char)c] - 1u;
}

static bool take_number(const char **p, unsigned int base, uint64_t *v)
{
	const char *at = *p;
	uint64_t sum = 0;
	unsigned int d;

	while ((d = digit(*at)) < base) {
		/* The first is quick, and true of all numbers but the largest. */
		if (sum >> 59 && sum > (UINT64_MAX - d) / base)
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

bool input_take_hex(const char **p, uint64_t *v)
{
	return take_number(p, 16, v);
}

bool input_take_dec(const char **p, uint64_t *v)
{
	return take_number(p, 10, v);
}

bool input_take_any(const char **p, uint64_t *v)
{
	const char *at = *p;

	if (at[0] != '0' || (at[1] | 0x20) != 'x')
		return take_number(p, 10, v);
	at += 2;
	if (!take_number(&at, 16, v))
		return false;
	*p = at;
	return true;
}

void input_skip_blanks(const char **p)
{
	while (**p == ' ' || **p == '\t')
		(*p)++;
}

/*
 * Bytes of the letter that begins here, in UTF-8; 0 for what is no letter: a
 * control, also one of those from 0x80 to 0x9f, or a byte that stands alone.
 */
static size_t letter(const unsigned char *p)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 :
		   *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0, i;

	if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0))
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

char *input_printable(char *buf, size_t size, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t n = 0, bytes;

	while (*from) {
		bytes = letter(from);
		if (n + (bytes ? bytes : 1) >= size)
			break;
		if (bytes)
			memcpy(buf + n, from, bytes);
		else
			buf[n] = '?';
		n += bytes ? bytes : 1;
		from += bytes ? bytes : 1;
	}
	buf[n] = '\0';
	if (*from && n >= 3)
		memcpy(buf + n - 3, "...", 3);
	return buf;
}
