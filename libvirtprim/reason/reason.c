// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Refusals, and sentences from the rows of the modules' tables. */
#include <virtprim/refuse.h>

static const struct vprim_rule general[] = {
	{ VPRIM_REASON_ARGUMENT, -EINVAL, "argument",
	  "an argument is missing or has no known value", NULL },
	{ VPRIM_REASON_INVERTED, -EINVAL, "inverted",
	  "range {R} has its start above its last", NULL },
	{ VPRIM_REASON_OBJECT_SIZE, -EINVAL, "object-size",
	  "header and library do not belong together[: {D} bytes[, and {A} in the library]]",
	  NULL },
};

const struct vprim_rules vprim_reason_rules = {
	"general", general, VPRIM_ARRAY_LEN(general)
};

const struct vprim_rule *vprim_rules_find(const struct vprim_rules *rules,
					  unsigned int id)
{
	size_t i;

	for (i = 0; i < rules->count; i++)
		if (rules->rule[i].id == id)
			return &rules->rule[i];
	return NULL;
}

int vprim_reason_refuse_(struct vprim_reason *reason,
			const struct vprim_reason *what)
{
	int error = what->rule->error;

	if (reason)
		*reason = *what;
	return error;
}

int vprim_reason_argument_(struct vprim_reason *reason)
{
	const struct vprim_reason what = { .rule = &general[0] };

	return vprim_reason_refuse_(reason, &what);
}

int vprim_reason_inverted_(struct vprim_reason *reason,
			  const struct vprim_range *range)
{
	const struct vprim_reason what = { .rule = &general[1], .range = *range,
					   .has_range = true };

	return vprim_reason_refuse_(reason, &what);
}

int vprim_reason_object_size_(struct vprim_reason *reason, size_t bytes,
			      size_t own_bytes)
{
	const struct vprim_reason what = { .rule = &general[2], .value = bytes,
					   .has_value = true, .at = own_bytes,
					   .has_at = true };

	return bytes == own_bytes ? 0 : vprim_reason_refuse_(reason, &what);
}

void vprim_text_char_(struct vprim_text *text, char c)
{
	if (text->used < text->size_bytes)
		text->buf[text->used] = c;
	text->used++;
}

void vprim_text_str_(struct vprim_text *text, const char *s)
{
	while (*s)
		vprim_text_char_(text, *s++);
}

void vprim_text_hex_(struct vprim_text *text, uint64_t v)
{
	int shift = 60;

	while (shift && !(v >> shift))
		shift -= 4;
	vprim_text_str_(text, "0x");
	for (; shift >= 0; shift -= 4)
		vprim_text_char_(text, "0123456789abcdef"[(v >> shift) & 15]);
}

void vprim_text_dec_(struct vprim_text *text, uint64_t v)
{
	char digits[20];
	unsigned int n = 0;
	uint64_t digit;

	/*@ loop invariant room: n <= 19 && v <= most(n);
	    loop assigns v, n, digit, digits[0 .. 19];
	    loop variant v; */
	do {
		v = vprim_div_u64(v, 10, &digit);
		digits[n++] = (char)('0' + digit);
	} while (v);
	/*@ loop invariant text: text_ok(text) && n <= 20 &&
	      text->used <= \at(text->used, LoopEntry) + \at(n, LoopEntry) - n &&
	      text->used + n == \at(text->used, LoopEntry) + \at(n, LoopEntry);
	    loop invariant still: text->size_bytes == \at(text->size_bytes, Pre) &&
	      text->buf == \at(text->buf, Pre);
	    loop assigns n, text->used, text->buf[0 .. \at(text->size_bytes, Pre) - 1];
	    loop variant n; */
	while (n)
		vprim_text_char_(text, digits[--n]);
}

static void put_range(struct vprim_text *text, const struct vprim_range *range)
{
	vprim_text_hex_(text, range->start);
	vprim_text_str_(text, "..");
	vprim_text_hex_(text, range->last);
}

size_t vprim_text_end_(struct vprim_text *text)
{
	size_t length = text->used;

	vprim_text_char_(text, '\0');
	if (text->size_bytes && text->used > text->size_bytes)
		text->buf[text->size_bytes - 1] = '\0';
	return length;
}

static bool has(const struct vprim_reason *reason, char letter)
{
	switch (letter) {
	case 'R':
		return reason->has_range;
	case 'H':
		return reason->has_hit;
	case 'A':
	case 'N':
	case 'X':
		return reason->has_at;
	default:
		return reason->has_value;
	}
}

static void put_named(struct vprim_text *t, const struct vprim_rule *rule,
		      uint64_t number)
{
	vprim_text_dec_(t, number);
	vprim_text_str_(t, " (");
	vprim_text_str_(t, rule->name(number));
	vprim_text_char_(t, ')');
}

static void put_field(struct vprim_text *t, const struct vprim_reason *reason,
		      char letter)
{
	if (!has(reason, letter)) {
		vprim_text_str_(t, "(unknown)");
		return;
	}
	switch (letter) {
	case 'R':
		put_range(t, &reason->range);
		break;
	case 'H':
		put_range(t, &reason->hit);
		break;
	case 'A':
		vprim_text_dec_(t, reason->at);
		break;
	case 'X':
		vprim_text_hex_(t, reason->at);
		break;
	case 'N':
		put_named(t, reason->rule, reason->at);
		break;
	case 'M':
		put_named(t, reason->rule, reason->value);
		break;
	case 'D':
		vprim_text_dec_(t, reason->value);
		break;
	default:
		vprim_text_hex_(t, reason->value);
		break;
	}
}

/* Whether what the clause behind @s names itself, not in inner ones, is there. */
static bool clause_holds(const struct vprim_reason *reason, const char *s)
{
	unsigned int depth = 1;

	while (depth) {
		s++;
		if (*s == '[')
			depth++;
		else if (*s == ']')
			depth--;
		else if (*s == '{' && depth == 1 && !has(reason, s[1]))
			return false;
	}
	return true;
}

/* The end of the clause that begins at @s: its ']'. */
static const char *clause_end(const char *s)
{
	unsigned int depth = 1;

	while (depth) {
		s++;
		if (*s == '[')
			depth++;
		else if (*s == ']')
			depth--;
	}
	return s;
}

static void put_sentence(struct vprim_text *t,
			 const struct vprim_reason *reason)
{
	const char *s;

	for (s = reason->rule->text; *s; s++) {
		if (*s == '{') {
			put_field(t, reason, s[1]);
			s += 2;
		} else if (*s == '[' && !clause_holds(reason, s)) {
			s = clause_end(s);
		} else if (*s != '[' && *s != ']') {
			vprim_text_char_(t, *s);
		}
	}
}

size_t vprim_reason_text(const struct vprim_reason *reason, char *text,
			 size_t size_bytes)
{
	struct vprim_text t = { text, size_bytes, 0 };

	if (reason->rule)
		put_sentence(&t, reason);
	else
		vprim_text_str_(&t, "nothing was refused");
	return vprim_text_end_(&t);
}
