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
 * Controls are below 0x20, and from 0x80 to 0x9f: those stand alone, or behind
 * 0xc2 in UTF-8. Behind other bytes they are part of a letter.
 */
static bool is_control(unsigned char before, unsigned char c, unsigned char next)
{
	if (c < ' ' || c == 0x7f)
		return true;
	if (c >= 0x80 && c < 0xa0)
		return before < 0x80 || before == 0xc2;
	return c == 0xc2 && next >= 0x80 && next < 0xa0;
}

char *input_printable(char *buf, size_t size, const char *text)
{
	unsigned char before = 0, c;
	size_t n;

	for (n = 0; text[n] && n + 1 < size; n++) {
		c = (unsigned char)text[n];
		buf[n] = is_control(before, c, (unsigned char)text[n + 1]) ?
			 '?' : (char)c;
		before = c;
	}
	buf[n] = '\0';
	if (text[n] && n >= 3)
		memcpy(buf + n - 3, "...", 3);
	return buf;
}
