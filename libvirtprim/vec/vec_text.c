// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Words and values of the vector language: taking text apart, and text that grows.
 */
#include "vec_internal.h"
#include <virtprim/releases.h>

static bool blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

struct vprim_vec_str vprim_vec_trim_(struct vprim_vec_str s)
{
	while (s.len && blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool vprim_vec_word_(struct vprim_vec_str *rest, struct vprim_vec_str *word)
{
	*rest = vprim_vec_trim_(*rest);
	if (!rest->len)
		return false;
	word->p = rest->p;
	word->len = 0;
	while (word->len < rest->len && !blank(rest->p[word->len]))
		word->len++;
	rest->p += word->len;
	rest->len -= word->len;
	return true;
}

bool vprim_vec_key_(struct vprim_vec_str word, struct vprim_vec_str *key,
		    struct vprim_vec_str *value)
{
	size_t i = 0;

	while (i < word.len && word.p[i] != '=')
		i++;
	if (!i || i == word.len)
		return false;
	key->p = word.p;
	key->len = i;
	value->p = word.p + i + 1;
	value->len = word.len - i - 1;
	return true;
}

bool vprim_vec_same_(struct vprim_vec_str a, struct vprim_vec_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

struct vprim_vec_str vprim_vec_text_(const char *s)
{
	struct vprim_vec_str text = { s, 0 };

	while (s[text.len])
		text.len++;
	return text;
}

bool vprim_vec_is(struct vprim_vec_str s, const char *word)
{
	return vprim_vec_same_(s, vprim_vec_text_(word));
}

static unsigned int digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return (unsigned int)(ch - '0');
	if (ch >= 'a' && ch <= 'f')
		return (unsigned int)(ch - 'a') + 10;
	if (ch >= 'A' && ch <= 'F')
		return (unsigned int)(ch - 'A') + 10;
	return 16;
}

bool vprim_vec_u64(struct vprim_vec_str s, uint64_t *v)
{
	unsigned int base = 10, d;
	uint64_t n = 0;
	size_t i = 0;

	if (s.len > 2 && s.p[0] == '0' && s.p[1] == 'x') {
		base = 16;
		i = 2;
	}
	if (!s.len)
		return false;
	for (; i < s.len; i++) {
		d = digit(s.p[i]);
		if (d >= base || vprim_mul_overflow(n, base, &n) ||
		    vprim_add_overflow(n, d, &n))
			return false;
	}
	*v = n;
	return true;
}

bool vprim_vec_s64_(struct vprim_vec_str s, int64_t *v)
{
	bool negative = s.len && s.p[0] == '-';
	uint64_t n;

	if (negative) {
		s.p++;
		s.len--;
	}
	if (!vprim_vec_u64(s, &n) || n > (uint64_t)INT64_MAX + negative)
		return false;
	if (!negative)
		*v = (int64_t)n;
	else
		*v = n ? -(int64_t)(n - 1) - 1 : 0;
	return true;
}

bool vprim_vec_linux(struct vprim_vec_str s, uint64_t *v)
{
	struct vprim_vec_str major;
	uint64_t n;

	*v = VPRIM_LINUX_NEWEST;
	if (vprim_vec_is(s, "newest"))
		return true;
	if (!vprim_vec_next(&s, '.', &major) || !vprim_vec_u64(major, &n) ||
	    !vprim_vec_u64(s, v) || !n || n > 255 || *v > 255)
		return false;
	*v = VPRIM_LINUX(n, *v);
	return true;
}

bool vprim_vec_hex_(struct vprim_vec_str s, uint8_t *bytes)
{
	size_t i;

	if (s.len < 4 || memcmp(s.p, "hex:", 4) || s.len % 2)
		return false;
	for (i = 4; i < s.len; i += 2) {
		unsigned int high = digit(s.p[i]), low = digit(s.p[i + 1]);

		if (high > 15 || low > 15)
			return false;
		*bytes++ = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool vprim_vec_range(struct vprim_vec_str s, struct vprim_range *r)
{
	struct vprim_vec_str part = s;
	size_t i = 0;

	while (i + 1 < s.len && !(s.p[i] == '.' && s.p[i + 1] == '.'))
		i++;
	if (i + 1 >= s.len)
		return false;
	part.len = i;
	if (!vprim_vec_u64(part, &r->start))
		return false;
	part.p = s.p + i + 2;
	part.len = s.len - i - 2;
	return vprim_vec_u64(part, &r->last);
}

bool vprim_vec_next(struct vprim_vec_str *rest, char sep,
		    struct vprim_vec_str *item)
{
	size_t i = 0;

	if (!rest->p)
		return false;
	while (i < rest->len && rest->p[i] != sep)
		i++;
	item->p = rest->p;
	item->len = i;
	if (i == rest->len) {
		rest->p = NULL;
		rest->len = 0;
	} else {
		rest->p += i + 1;
		rest->len -= i + 1;
	}
	return true;
}

static bool grow(struct vprim_vec *vec, struct text *t, size_t need)
{
	size_t capacity = t->capacity ? t->capacity : 256;
	char *p;

	while (capacity < need) {
		if (capacity > SIZE_MAX / 2)
			return false;
		capacity *= 2;
	}
	p = vprim_vec_counted_ops_.alloc(vec, capacity);
	if (!p)
		return false;
	if (t->len)
		memcpy(p, t->p, t->len);
	if (t->p)
		vprim_vec_counted_ops_.free(vec, t->p, t->capacity);
	t->p = p;
	t->capacity = capacity;
	return true;
}

void vprim_vec_text_add_(struct vprim_vec *vec, struct text *t,
			 const char *p, size_t len)
{
	if (t->failed || !len)
		return;
	if (t == &vec->keys && len > STATUS_BYTES + vec->limits.answer_bytes -
				     t->len) {
		vprim_vec_over_(vec, vec->limits.answer_bytes,
				" bytes of an answer");
		t->failed = true;
		return;
	}
	if (len > t->capacity - t->len) {
		if (len > SIZE_MAX - t->len || !grow(vec, t, t->len + len)) {
			t->failed = true;
			return;
		}
	}
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

void vprim_vec_text_addz_(struct vprim_vec *vec, struct text *t, const char *s)
{
	vprim_vec_text_add_(vec, t, s, vprim_vec_text_(s).len);
}

void vprim_vec_text_number_(struct vprim_vec *vec, struct text *t, uint64_t v,
			    unsigned int base)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t d;

	do {
		v = vprim_div_u64(v, base, &d);
		digits[--at] = "0123456789abcdef"[d];
	} while (v);
	if (base == 16)
		vprim_vec_text_addz_(vec, t, "0x");
	vprim_vec_text_add_(vec, t, digits + at, sizeof(digits) - at);
}

void vprim_vec_text_fini_(struct vprim_vec *vec, struct text *t)
{
	if (t->p)
		vprim_vec_counted_ops_.free(vec, t->p, t->capacity);
	t->p = NULL;
	t->len = 0;
	t->capacity = 0;
}
