// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The answer's keys. */
#include "vec_internal.h"

static void addz(struct vprim_vec_call *c, const char *s)
{
	vprim_vec_text_addz_(c->vec, &c->vec->keys, s);
}

static void adds(struct vprim_vec_call *c, struct vprim_vec_str s)
{
	vprim_vec_text_add_(c->vec, &c->vec->keys, s.p, s.len);
}

static void add_key(struct vprim_vec_call *c, struct vprim_vec_str key)
{
	addz(c, " ");
	adds(c, key);
	addz(c, "=");
}

static void add_number(struct vprim_vec_call *c, uint64_t v, unsigned int base)
{
	vprim_vec_text_number_(c->vec, &c->vec->keys, v, base);
}

static void add_range(struct vprim_vec_call *c, uint64_t start, uint64_t last)
{
	add_number(c, start, 16);
	addz(c, "..");
	add_number(c, last, 16);
}

static void next_item(struct vprim_vec_call *c)
{
	vprim_vec_steps(c, 1);
	if (!c->vec->list_empty)
		addz(c, ",");
	c->vec->list_empty = false;
}

/* The word of a type that stands for @v; a number where none does. */
static void add_choice(struct vprim_vec_call *c, struct vprim_vec_str type,
		       uint64_t v)
{
	struct vprim_vec_str word;
	uint64_t value, place = 0;

	while (vprim_vec_choice_(&type, &word, &value, &place))
		if (value == v) {
			adds(c, word);
			return;
		}
	add_number(c, v, 10);
}

static void add_bits(struct vprim_vec_call *c, struct vprim_vec_str type,
		     uint64_t v)
{
	c->vec->list_empty = true;
	for (; v; v &= v - 1) {
		next_item(c);
		add_choice(c, type, vprim_ctz64(v));
	}
	vprim_vec_list_end(c);
}

static void add_value(struct vprim_vec_call *c, struct vprim_vec_str type,
		      const uint64_t *v)
{
	static const struct vprim_vec_str numbers = { NULL, 0 };

	if (vprim_vec_is(type, "r")) {
		add_range(c, v[0], v[1]);
	} else if (vprim_vec_is(type, "x")) {
		add_number(c, *v, 16);
	} else if (vprim_vec_is(type, "u")) {
		add_number(c, *v, 10);
	} else if (vprim_vec_is(type, "s")) {
		bool negative = *v > INT64_MAX;

		if (negative)
			addz(c, "-");
		add_number(c, negative ? 0 - *v : *v, 10);
	} else if (vprim_vec_is(type, "bits")) {
		add_bits(c, numbers, *v);
	} else if (vprim_vec_in_set_(&type)) {
		add_bits(c, type, *v);
	} else {
		add_choice(c, type, *v);
	}
}

int vprim_vec_out_values(struct vprim_vec_call *c, const char *pattern,
			 const uint64_t *values, size_t n)
{
	struct vprim_vec_str rest = vprim_vec_text_(pattern), word, key, type;
	size_t takes, used = 0;

	while (vprim_vec_word_(&rest, &word) &&
	       vprim_vec_key_(word, &key, &type)) {
		takes = vprim_vec_is(type, "r") ? 2 : 1;
		if (used + takes <= n) {
			add_key(c, key);
			add_value(c, type, values + used);
		}
		used += takes;
	}
	if (used != n)
		vprim_vec_mistake_(c->vec, pattern);
	return 0;
}

int vprim_vec_out_word(struct vprim_vec_call *c, const char *key,
		       const char *word)
{
	add_key(c, vprim_vec_text_(key));
	addz(c, word ? word : "none");
	return 0;
}

int vprim_vec_out_bytes(struct vprim_vec_call *c, const char *key,
			const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	char pair[2];
	size_t i;

	vprim_vec_out_word(c, key, "hex:");
	for (i = 0; i < len && !c->vec->keys.failed; i++) {
		pair[0] = "0123456789abcdef"[b[i] >> 4];
		pair[1] = "0123456789abcdef"[b[i] & 15];
		vprim_vec_text_add_(c->vec, &c->vec->keys, pair, 2);
	}
	return 0;
}

void vprim_vec_list_begin(struct vprim_vec_call *c, const char *key)
{
	add_key(c, vprim_vec_text_(key));
	c->vec->list_empty = true;
}

void vprim_vec_list_dec(struct vprim_vec_call *c, uint64_t v)
{
	next_item(c);
	add_number(c, v, 10);
}

void vprim_vec_list_range(struct vprim_vec_call *c, const char *tag,
			  const struct vprim_range *r)
{
	next_item(c);
	if (tag)
		addz(c, tag);
	add_range(c, r->start, r->last);
}

void vprim_vec_list_word(struct vprim_vec_call *c, const char *word)
{
	next_item(c);
	addz(c, word);
}

void vprim_vec_list_more_(struct vprim_vec_call *c, const char *text, uint64_t v,
			  unsigned int base)
{
	addz(c, text);
	add_number(c, v, base);
}

void vprim_vec_list_pair(struct vprim_vec_call *c, uint64_t dec,
			 const char *sep, uint64_t v, unsigned int base)
{
	vprim_vec_list_dec(c, dec);
	vprim_vec_list_more_(c, sep, v, base);
}

int vprim_vec_list_end(struct vprim_vec_call *c)
{
	if (c->vec->list_empty)
		addz(c, "none");
	return 0;
}

int vprim_vec_out_ranges(struct vprim_vec_call *c, const char *key,
			 const struct vprim_range *ranges, size_t n)
{
	size_t i;

	vprim_vec_list_begin(c, key);
	for (i = 0; i < n && vprim_vec_steps(c, 0); i++)
		vprim_vec_list_range(c, NULL, &ranges[i]);
	return vprim_vec_list_end(c);
}
