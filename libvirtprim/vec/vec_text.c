// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Words and values of the vector language: taking text apart, and growing text
 * that takes the answer's keys.
 */
#include "vec_internal.h"
#include <virtprim/releases.h>

bool vprim_vec_blank_(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

struct vprim_vec_str vprim_vec_trim_(struct vprim_vec_str s)
{
	while (s.len && vprim_vec_blank_(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && vprim_vec_blank_(s.p[s.len - 1]))
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
	while (word->len < rest->len && !vprim_vec_blank_(rest->p[word->len]))
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

bool vprim_vec_is(struct vprim_vec_str s, const char *word)
{
	size_t i = 0;

	while (i < s.len && word[i] && s.p[i] == word[i])
		i++;
	return i == s.len && !word[i];
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

bool vprim_vec_next_range(struct vprim_vec_str *rest, struct vprim_range *r)
{
	struct vprim_vec_str item;

	return !vprim_vec_is(*rest, "none") && vprim_vec_next(rest, ',', &item) &&
	       vprim_vec_range(item, r);
}

static bool grow(struct vprim_vec *vec, struct text *t, size_t need)
{
	size_t room = t->room ? t->room : 256;
	char *p;

	while (room < need) {
		if (room > SIZE_MAX / 2)
			return false;
		room *= 2;
	}
	p = vprim_vec_counted_ops_.alloc(vec, room);
	if (!p)
		return false;
	if (t->len)
		memcpy(p, t->p, t->len);
	if (t->p)
		vprim_vec_counted_ops_.free(vec, t->p, t->room);
	t->p = p;
	t->room = room;
	return true;
}

void vprim_vec_text_add_(struct vprim_vec *vec, struct text *t,
			 const char *p, size_t len)
{
	if (t->failed || !len)
		return;
	if (t == &vec->keys && len > STATUS_ROOM + vec->limits.answer_bytes -
				     t->len) {
		vec->over = OVER_ANSWER;
		t->failed = true;
		return;
	}
	if (len > t->room - t->len) {
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
	size_t n = 0;

	while (s[n])
		n++;
	vprim_vec_text_add_(vec, t, s, n);
}

void vprim_vec_text_fini_(struct vprim_vec *vec, struct text *t)
{
	if (t->p)
		vprim_vec_counted_ops_.free(vec, t->p, t->room);
	t->p = NULL;
	t->len = 0;
	t->room = 0;
}

static void addz(struct vprim_vec_call *c, const char *s)
{
	vprim_vec_text_addz_(c->vec, &c->vec->keys, s);
}

static void add_key(struct vprim_vec_call *c, const char *key)
{
	addz(c, " ");
	addz(c, key);
	addz(c, "=");
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

static void add_number(struct vprim_vec_call *c, uint64_t v, unsigned int base)
{
	vprim_vec_text_number_(c->vec, &c->vec->keys, v, base);
}

static void add_range(struct vprim_vec_call *c, const struct vprim_range *r)
{
	add_number(c, r->start, 16);
	addz(c, "..");
	add_number(c, r->last, 16);
}

void vprim_vec_out_dec(struct vprim_vec_call *c, const char *key, uint64_t v)
{
	add_key(c, key);
	add_number(c, v, 10);
}

void vprim_vec_out_sdec(struct vprim_vec_call *c, const char *key, int64_t v)
{
	add_key(c, key);
	if (v < 0)
		addz(c, "-");
	add_number(c, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10);
}

void vprim_vec_out_hex(struct vprim_vec_call *c, const char *key, uint64_t v)
{
	add_key(c, key);
	add_number(c, v, 16);
}

void vprim_vec_out_range(struct vprim_vec_call *c, const char *key,
			 const struct vprim_range *r)
{
	add_key(c, key);
	add_range(c, r);
}

void vprim_vec_out_word(struct vprim_vec_call *c, const char *key,
			const char *word)
{
	add_key(c, key);
	addz(c, word);
}

void vprim_vec_out_bytes(struct vprim_vec_call *c, const char *key,
			 const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	char pair[2];
	size_t i;

	add_key(c, key);
	addz(c, "hex:");
	for (i = 0; i < len; i++) {
		pair[0] = "0123456789abcdef"[b[i] >> 4];
		pair[1] = "0123456789abcdef"[b[i] & 15];
		vprim_vec_text_add_(c->vec, &c->vec->keys, pair, 2);
	}
}

void vprim_vec_list_begin(struct vprim_vec_call *c, const char *key)
{
	add_key(c, key);
	c->vec->list_empty = true;
}

static void next_item(struct vprim_vec_call *c)
{
	vprim_vec_steps(c, 1);
	if (!c->vec->list_empty)
		addz(c, ",");
	c->vec->list_empty = false;
}

void vprim_vec_list_dec(struct vprim_vec_call *c, uint64_t v)
{
	next_item(c);
	add_number(c, v, 10);
}

void vprim_vec_list_hex(struct vprim_vec_call *c, uint64_t v)
{
	next_item(c);
	add_number(c, v, 16);
}

void vprim_vec_list_range(struct vprim_vec_call *c, const char *tag,
			  const struct vprim_range *r)
{
	next_item(c);
	if (tag)
		addz(c, tag);
	add_range(c, r);
}

void vprim_vec_list_word(struct vprim_vec_call *c, const char *word)
{
	next_item(c);
	addz(c, word);
}

void vprim_vec_list_dec_hex(struct vprim_vec_call *c, uint64_t dec,
			    const char *sep, uint64_t hex)
{
	next_item(c);
	add_number(c, dec, 10);
	addz(c, sep);
	add_number(c, hex, 16);
}

void vprim_vec_list_end(struct vprim_vec_call *c)
{
	if (c->vec->list_empty)
		addz(c, "none");
}

int vprim_vec_ranges(struct vprim_vec_call *c, unsigned int i,
		     struct vprim_range **ranges, size_t *n)
{
	struct vprim_vec_str rest = c->arg[i].str;
	struct vprim_range r, *all;
	size_t count = 0;

	while (vprim_vec_next_range(&rest, &r))
		count++;
	all = vprim_vec_scratch(c, (count + 1) * sizeof(*all));
	if (!all)
		return vprim_vec_script_error(c, "more memory");
	rest = c->arg[i].str;
	for (*n = 0; vprim_vec_next_range(&rest, &r); (*n)++)
		all[*n] = r;
	*ranges = all;
	return 0;
}

int vprim_vec_bytes(struct vprim_vec_call *c, unsigned int i,
		    uint8_t **bytes, size_t *len)
{
	/* The text is "hex:" and an even number of digits: checked before. */
	struct vprim_vec_str s = c->arg[i].str;
	size_t n = (s.len - 4) / 2, k;
	uint8_t *b = vprim_vec_scratch(c, n + 1);

	if (!b)
		return vprim_vec_script_error(c, "more memory");
	for (k = 0; k < n; k++)
		b[k] = (uint8_t)(digit(s.p[4 + 2 * k]) << 4 |
				 digit(s.p[5 + 2 * k]));
	*bytes = b;
	*len = n;
	return 0;
}

static bool hex_ok(struct vprim_vec_str s)
{
	size_t i;

	if (s.len < 4 || memcmp(s.p, "hex:", 4) || s.len % 2)
		return false;
	for (i = 4; i < s.len; i++)
		if (digit(s.p[i]) > 15)
			return false;
	return true;
}

static bool list_ok(struct vprim_vec_str rest)
{
	struct vprim_vec_str item;
	struct vprim_range r;

	if (vprim_vec_is(rest, "none"))
		return true;
	while (vprim_vec_next(&rest, ',', &item))
		if (!vprim_vec_range(item, &r))
			return false;
	return true;
}

static bool read_value(struct vprim_vec_arg *a, struct vprim_vec_str type)
{
	if (vprim_vec_is(type, "u64"))
		return vprim_vec_u64(a->str, &a->u64);
	if (vprim_vec_is(type, "s64"))
		return vprim_vec_s64_(a->str, &a->s64);
	if (vprim_vec_is(type, "bit"))
		return vprim_vec_u64(a->str, &a->u64) && a->u64 < 2;
	if (vprim_vec_is(type, "range"))
		return vprim_vec_range(a->str, &a->range);
	if (vprim_vec_is(type, "list"))
		return list_ok(a->str);
	if (vprim_vec_is(type, "hex"))
		return hex_ok(a->str);
	return a->str.len > 0;
}

/* One parameter of a pattern: "range:range", "value=u64?". */
struct param {
	struct vprim_vec_str text, name, type;
	bool by_key, optional;
};

static bool next_param(struct vprim_vec_str *rest, struct param *p)
{
	size_t i = 0;

	if (!vprim_vec_word_(rest, &p->text))
		return false;
	while (p->text.p[i] != ':' && p->text.p[i] != '=')
		i++;
	p->by_key = p->text.p[i] == '=';
	p->name.p = p->text.p;
	p->name.len = i;
	p->type.p = p->text.p + i + 1;
	p->type.len = p->text.len - i - 1;
	p->optional = p->type.p[p->type.len - 1] == '?';
	if (p->optional)
		p->type.len--;
	return true;
}

static int bad(struct vprim_vec *vec, const char *what,
	       struct vprim_vec_str got, const char *params)
{
	vprim_vec_script_error(&vec->call, what);
	vprim_vec_text_add_(vec, &vec->error, got.p, got.len);
	vprim_vec_text_addz_(vec, &vec->error, "'; it takes: ");
	vprim_vec_text_addz_(vec, &vec->error, *params ? params : "nothing");
	return VPRIM_VEC_SCRIPT;
}

/* The parameter that @word gives a value to: by key, or the next by position. */
static int place(struct vprim_vec_str pattern, struct vprim_vec_str word,
		 unsigned int *position, struct param *p,
		 struct vprim_vec_str *value)
{
	struct vprim_vec_str key = { NULL, 0 };
	bool keyed = vprim_vec_key_(word, &key, value);
	unsigned int nth = 0;
	int i;

	for (i = 0; next_param(&pattern, p); i++) {
		if (keyed && p->by_key && vprim_vec_same_(p->name, key))
			return i;
		if (keyed || p->by_key)
			continue;
		if (nth++ == *position) {
			(*position)++;
			*value = word;
			return i;
		}
	}
	return -1;
}

int vprim_vec_args_(struct vprim_vec *vec, const char *params,
		    struct vprim_vec_str rest)
{
	struct vprim_vec_str pattern = { params, 0 }, word, value;
	struct vprim_vec_arg *a = vec->call.arg;
	unsigned int position = 0;
	struct param p;
	int i;

	while (params[pattern.len])
		pattern.len++;
	memset(a, 0, sizeof(vec->call.arg));
	while (vprim_vec_word_(&rest, &word)) {
		i = place(pattern, word, &position, &p, &value);
		if (i < 0)
			return bad(vec, "a known key or value, not '", word,
				   params);
		if (a[i].present)
			return bad(vec, "each key once, not again '", word,
				   params);
		a[i].present = true;
		a[i].str = value;
		if (!read_value(&a[i], p.type))
			return bad(vec, "a well-formed value, not '", word,
				   params);
	}
	for (i = 0; next_param(&pattern, &p); i++)
		if (!p.optional && !a[i].present)
			return bad(vec, "a value for '", p.name, params);
	return 0;
}
