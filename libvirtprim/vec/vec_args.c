// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Patterns: what a verb takes, checked before it runs. vec_module.h says what the
 * types are.
 */
#include "vec_internal.h"

/* One parameter of a pattern: "range:range", "value=u64?0". */
struct param {
	struct vprim_vec_str text, name, type, normal;
	bool by_key, optional;
};

enum fit { FITS, MALFORMED, TOO_WIDE, NO_MEMORY };

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
	p->normal.p = p->text.p + i + 1;
	p->normal.len = p->text.len - i - 1;
	vprim_vec_next(&p->normal, '?', &p->type);
	p->optional = p->normal.p;
	return true;
}

/* The next word of a|b:5, and what it stands for: its place, or its number. */
bool vprim_vec_choice_(struct vprim_vec_str *type, struct vprim_vec_str *word,
		       uint64_t *value, uint64_t *place)
{
	struct vprim_vec_str item;

	if (!vprim_vec_next(type, '|', &item))
		return false;
	vprim_vec_next(&item, ':', word);
	*value = *place;
	if (item.p)
		vprim_vec_u64(item, value);
	(*place)++;
	return true;
}

/* Take "set(" and ")" away. */
bool vprim_vec_in_set_(struct vprim_vec_str *type)
{
	if (type->len < 5 || memcmp(type->p, "set(", 4))
		return false;
	type->p += 4;
	type->len -= 5;
	return true;
}

static bool bounds_of(struct vprim_vec_str type, struct vprim_range *bounds)
{
	static const struct {
		const char *name;
		uint64_t last;
	} widths[] = {
		{ "u64", UINT64_MAX }, { "u32", UINT32_MAX }, { "bit", 1 },
		{ "u16", UINT16_MAX }, { "u8", UINT8_MAX },
	};
	size_t i;

	bounds->start = 0;
	for (i = 0; i < VPRIM_ARRAY_LEN(widths); i++)
		if (vprim_vec_is(type, widths[i].name)) {
			bounds->last = widths[i].last;
			return true;
		}
	return vprim_vec_range(type, bounds);
}

static enum fit read_choice(struct vprim_vec_str s, struct vprim_vec_str type,
			    uint64_t *v)
{
	bool answers = type.len && type.p[type.len - 1] == '!';
	struct vprim_vec_str word;
	struct vprim_range bounds;
	uint64_t value, place = 0;

	type.len -= answers;
	while (vprim_vec_choice_(&type, &word, &value, &place)) {
		if (bounds_of(word, &bounds) && vprim_vec_u64(s, v)) {
			if (*v >= bounds.start && *v <= bounds.last)
				return FITS;
			return answers ? TOO_WIDE : MALFORMED;
		}
		if (vprim_vec_is(word, "linux") && vprim_vec_linux(s, v))
			return FITS;
		if (vprim_vec_same_(s, word) && !bounds_of(word, &bounds)) {
			*v = value;
			return FITS;
		}
	}
	return MALFORMED;
}

bool vprim_vec_choose_(struct vprim_vec_str s, struct vprim_vec_str type, uint64_t *v)
{
	return read_choice(s, type, v) == FITS;
}

static enum fit read_set(struct vprim_vec_str s, struct vprim_vec_str type,
			 uint64_t *v)
{
	struct vprim_vec_str word;
	uint64_t bits;
	size_t i, from = 0;

	*v = 0;
	for (i = 0; i <= s.len; i++) {
		if (i < s.len && s.p[i] != '+' && s.p[i] != ',' && s.p[i] != '|')
			continue;
		word.p = s.p + from;
		word.len = i - from;
		if (read_choice(word, type, &bits))
			return MALFORMED;
		*v |= bits;
		from = i + 1;
	}
	return FITS;
}

static size_t count(struct vprim_vec_str s)
{
	struct vprim_vec_str item;
	size_t n = 0;

	while (!vprim_vec_is(s, "none") && vprim_vec_next(&s, ',', &item))
		n++;
	return n;
}

/* The items of a list or of pairs, read one by one. */
static enum fit read_items(struct vprim_vec *vec, struct vprim_vec_arg *a, bool pairs)
{
	struct vprim_vec_str rest = a->str, item, first;
	size_t n = count(rest);
	bool ok = true;

	a->ranges = vprim_vec_scratch(&vec->call, (n + 1) * sizeof(*a->ranges));
	a->pairs = vprim_vec_scratch(&vec->call, (n + 1) * sizeof(*a->pairs));
	if (!a->ranges || !a->pairs)
		return NO_MEMORY;
	for (a->n = 0; ok && a->n < n; a->n++) {
		vprim_vec_next(&rest, ',', &item);
		if (pairs)
			ok = vprim_vec_next(&item, ':', &first) &&
			     vprim_vec_u64(first, &a->pairs[a->n].a) &&
			     vprim_vec_u64(item, &a->pairs[a->n].b);
		else
			ok = vprim_vec_range(item, &a->ranges[a->n]);
	}
	return ok ? FITS : MALFORMED;
}

static enum fit read_hex(struct vprim_vec *vec, struct vprim_vec_arg *a)
{
	a->bytes = vprim_vec_scratch(&vec->call, a->str.len / 2 + 1);
	if (!a->bytes)
		return NO_MEMORY;
	if (!vprim_vec_hex_(a->str, a->bytes))
		return MALFORMED;
	a->n = (a->str.len - 4) / 2;
	return FITS;
}

static enum fit read_value(struct vprim_vec *vec, struct vprim_vec_arg *a,
			   struct vprim_vec_str type)
{
	if (vprim_vec_is(type, "s64"))
		return vprim_vec_s64_(a->str, &a->s64) ? FITS : MALFORMED;
	if (vprim_vec_is(type, "range"))
		return vprim_vec_range(a->str, &a->range) ? FITS : MALFORMED;
	if (vprim_vec_is(type, "list") || vprim_vec_is(type, "pairs"))
		return read_items(vec, a, vprim_vec_is(type, "pairs"));
	if (vprim_vec_is(type, "hex"))
		return read_hex(vec, a);
	if (vprim_vec_is(type, "word"))
		return a->str.len ? FITS : MALFORMED;
	if (vprim_vec_in_set_(&type))
		return read_set(a->str, type, &a->u64);
	return read_choice(a->str, type, &a->u64);
}

int vprim_vec_bad_(struct vprim_vec *vec, const char *what,
		   struct vprim_vec_str got, const char *params)
{
	vprim_vec_script_error(&vec->call, what);
	vprim_vec_text_add_(vec, &vec->error, got.p, got.len);
	vprim_vec_text_addz_(vec, &vec->error, params ? "'; it takes: " : "'");
	vprim_vec_text_addz_(vec, &vec->error, !params ? "" :
					       *params ? params : "nothing");
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

/* Names for all, and values for those that were not given and have one. */
static int complete(struct vprim_vec *vec, struct vprim_vec_str pattern,
		    const char *params)
{
	struct vprim_vec_str missing = { NULL, 0 };
	struct vprim_vec_arg *a = vec->call.arg;
	struct param p;

	for (; next_param(&pattern, &p); a++) {
		a->name = p.name;
		if (a->present)
			continue;
		if (!p.optional && !missing.p)
			missing = p.name;
		a->str = p.normal;
		if (p.optional && p.normal.len && read_value(vec, a, p.type))
			return vprim_vec_bad_(vec, "a right default of '", p.name, params);
		a->str.len = 0;
		if (vprim_vec_is(a->name, "linux"))
			a->u64 = vec->release;
	}
	return missing.p ? vprim_vec_bad_(vec, "a value for '", missing, params) : 0;
}

int vprim_vec_args_(struct vprim_vec *vec, const char *params,
		    struct vprim_vec_str rest)
{
	struct vprim_vec_str pattern = vprim_vec_text_(params), word, value;
	struct vprim_vec_arg *a = vec->call.arg;
	unsigned int position = 0;
	struct param p;
	int i, ret, answer = 0;
	enum fit fit;

	memset(a, 0, sizeof(vec->call.arg));
	while (vprim_vec_word_(&rest, &word)) {
		i = place(pattern, word, &position, &p, &value);
		if (i < 0)
			return vprim_vec_bad_(vec, "a known key or value, not '", word,
				   params);
		if (a[i].present)
			return vprim_vec_bad_(vec, "each key once, not again '", word,
				   params);
		a[i].present = true;
		a[i].str = value;
		fit = read_value(vec, &a[i], p.type);
		if (fit == NO_MEMORY)
			return VPRIM_VEC_SCRIPT;
		if (fit == MALFORMED)
			return vprim_vec_bad_(vec, "a well-formed value, not '", word,
				   params);
		if (fit == TOO_WIDE)
			answer = -EINVAL;
	}
	ret = complete(vec, pattern, params);
	return ret ? ret : answer;
}

const struct vprim_vec_arg *vprim_vec_arg(struct vprim_vec_call *c,
					  const char *name)
{
	static const struct vprim_vec_arg nothing;
	size_t i;

	for (i = 0; i < VPRIM_VEC_ARGS && c->arg[i].name.len; i++)
		if (vprim_vec_is(c->arg[i].name, name))
			return &c->arg[i];
	vprim_vec_mistake_(c->vec, name);
	return &nothing;
}

uint64_t vprim_vec_number(struct vprim_vec_call *c, const char *name,
			  uint64_t most)
{
	uint64_t v = vprim_vec_arg(c, name)->u64;

	if (v <= most)
		return v;
	vprim_vec_mistake_(c->vec, name);
	return 0;
}
