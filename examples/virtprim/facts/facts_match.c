// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Values out of a line: in the order of a pattern, or by their names; and what
 * they say together.
 */
#include "facts_part.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* -- single values --------------------------------------------------------- */

/* What a number may be followed by. */
static bool ends(char c)
{
	return !isalnum((unsigned char)c) && c != '_';
}

static enum match number(const char **p, uint64_t *v, bool hex)
{
	const char *at = *p;

	if (!*at)
		return MATCH_CUT;
	if (input_take(&at, "(nil)")) {
		*v = 0;
	} else if (hex && at[0] == '0' && at[1] == 'x') {
		at += 2;
		if (!*at)
			return MATCH_CUT;
		if (!input_take_hex(&at, v))
			return MATCH_WRONG;
	} else if (!(hex ? input_take_hex(&at, v) : input_take_any(&at, v))) {
		return at[0] == '0' && at[1] == 'x' && !at[2] ? MATCH_CUT :
								MATCH_WRONG;
	}
	if (!ends(*at))
		return MATCH_WRONG;
	*p = at;
	return MATCH_YES;
}

/* "-22 (Invalid argument)", "0", "-1 EINVAL (Invalid argument)", "? ERESTART" */
static enum match result(const char **p, int *v)
{
	const char *at = *p;
	uint64_t n = 0;
	bool minus = input_take(&at, "-");

	if (!*at)
		return MATCH_CUT;
	if (!input_take(&at, "?") && !input_take_any(&at, &n))
		return MATCH_WRONG;
	input_skip_blanks(&at);
	*v = !minus ? 0 : n > 1 && n < 4096 ? -(int)n : FACT_FAILED;
	/* -1 may be EPERM, or only say that errno has more. */
	if (minus && n == 1 && facts_errno_of_name(at))
		*v = facts_errno_of_name(at);
	at += strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	input_skip_blanks(&at);
	if (*at == '(') {
		if (*v == FACT_FAILED && facts_errno_of_text(at + 1))
			*v = facts_errno_of_text(at + 1);
		at += strcspn(at, ")");
		if (!*at)
			return MATCH_CUT;
		at++;
	}
	*p = at;
	return MATCH_YES;
}

static enum match word(const char **p)
{
	size_t n = strcspn(*p, " \t,:)]}");

	*p += n;
	return n ? MATCH_YES : **p ? MATCH_WRONG : MATCH_CUT;
}

/* Flags in words, which may have bars and parentheses: VFIO_A|VFIO_B, 0x3 */
static enum match flags(const char **p, struct values *v)
{
	const char *from = *p;
	enum match got = word(p);

	v->flags_text = from;
	v->flags_len = (size_t)(*p - from);
	v->has_flags = input_take_any(&from, &v->flags);
	return got;
}

static enum match kind_of_reserved(const char **p, struct fact *fact)
{
	static const enum fact_reserved kinds[] = {
		RESERVED_DIRECT_RELAXABLE, RESERVED_DIRECT, RESERVED_MSI,
		RESERVED_RESERVED,
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *at = *p;

		if (input_take(&at, fact_reserved_text(kinds[i])) &&
		    (ends(*at) && *at != '-')) {
			*p = at;
			fact->reserved = kinds[i];
			return MATCH_YES;
		}
	}
	return **p ? MATCH_WRONG : MATCH_CUT;
}

static enum match errno_sentence(const char **p, struct fact *fact)
{
	int error = facts_errno_of_text(*p);

	if (!**p)
		return MATCH_CUT;
	fact->result = error ? error : FACT_FAILED;
	*p += strlen(*p);
	return MATCH_YES;
}

static enum match errno_number(const char **p, struct fact *fact)
{
	uint64_t n;
	enum match got;

	(void)input_take(p, "-");
	got = number(p, &n, false);
	if (got == MATCH_YES)
		fact->result = n && n < 4096 ? -(int)n : FACT_FAILED;
	return got;
}

/* One number of a fact, and that it was there. */
static enum match into(const char **p, uint64_t *v, bool *has, bool hex)
{
	enum match got = number(p, v, hex);

	if (got == MATCH_YES)
		*has = true;
	return got;
}

static enum match take_field(char field, const char **p, struct values *v,
			     struct fact *fact)
{
	uint64_t other;
	enum match got;

	switch (field) {
	case 'i':
	case 'I':
		return into(p, &v->start, &v->has_start, field == 'I');
	case 'l':
	case 'L':
		return into(p, &v->last, &v->has_last, field == 'L');
	case 'e':
		return into(p, &v->end, &v->has_end, false);
	case 's':
		return into(p, &v->size, &v->has_size, false);
	case 'p':
		return into(p, &v->prot, &v->has_prot, false);
	case 't':
		return number(p, &fact->target, false);
	case 'u':
		return number(p, &other, false);
	case 'c':
		return number(p, &fact->count, false);
	case 'o':
		got = number(p, &other, false);
		v->readonly = got == MATCH_YES && other;
		return got;
	case 'f':
		return flags(p, v);
	case 'r':
		return result(p, &fact->result);
	case 'E':
		return errno_sentence(p, fact);
	case 'N':
		return errno_number(p, fact);
	case 'k':
		return kind_of_reserved(p, fact);
	case 'q':
		if (**p && !strchr("'\"`).,;\\", **p))
			return MATCH_YES;
		*p += strlen(*p);
		return MATCH_YES;
	case '*':
		*p += strlen(*p);
		return MATCH_YES;
	default:
		return word(p);
	}
}

/* -- patterns -------------------------------------------------------------- */

/* The end of the part in brackets that begins behind p. */
static const char *past_option(const char *pattern)
{
	while (*pattern != ']')
		pattern += pattern[0] == '\\' ? 2 : 1;
	return pattern + 1;
}

static enum match literal(char c, const char **p)
{
	if (!**p)
		return MATCH_CUT;
	if (**p != c)
		return MATCH_WRONG;
	(*p)++;
	return MATCH_YES;
}

/*
 * An option that does not fit is passed over, unless the line ended inside it:
 * what was begun has to be whole.
 */
static enum match option(const char **pattern, const char **p, struct values *v,
			 struct fact *fact)
{
	const char *at = *p, *inside = *pattern, *past = past_option(*pattern);
	enum match got = MATCH_YES;

	*pattern = past;
	while (*inside != ']' && got == MATCH_YES) {
		if (*inside == ' ') {
			input_skip_blanks(&at);
			inside++;
		} else if (*inside == '%') {
			got = take_field(inside[1], &at, v, fact);
			inside += 2;
		} else {
			inside += *inside == '\\';
			got = literal(*inside++, &at);
		}
	}
	if (got == MATCH_YES)
		*p = at;
	return got == MATCH_CUT && **p && at != *p ? MATCH_CUT : MATCH_YES;
}

enum match facts_pattern(const char *pattern, const char *p, struct values *v,
			 struct fact *fact)
{
	enum match got = MATCH_YES;

	while (*pattern && got == MATCH_YES) {
		if (*pattern == ' ') {
			input_skip_blanks(&p);
			pattern++;
		} else if (*pattern == '%') {
			got = take_field(pattern[1], &p, v, fact);
			pattern += 2;
		} else if (*pattern == '[') {
			pattern++;
			got = option(&pattern, &p, v, fact);
		} else {
			pattern += *pattern == '\\';
			got = literal(*pattern++, &p);
		}
	}
	if (got != MATCH_YES)
		return got;
	input_skip_blanks(&p);
	return *p ? MATCH_WRONG : MATCH_YES;
}

/* -- names ----------------------------------------------------------------- */

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_' || p[n] == '-')
		n++;
	return n;
}

static char field_of(const struct key *keys, const char *name, size_t n)
{
	for (; keys->name; keys++)
		if (keys->name[0] == *name && !strncmp(keys->name, name, n) &&
		    !keys->name[n])
			return keys->field;
	return '\0';
}

/* "0x1000 - 0x2000" and "0x1000-0x2000" behind the name of a first address. */
static enum match behind(const char **p, struct values *v)
{
	const char *at = *p;

	input_skip_blanks(&at);
	if (*at != '-')
		return MATCH_YES;
	at++;
	input_skip_blanks(&at);
	*p = at;
	return take_field('e', p, v, NULL);
}

static enum match unknown(const char **p)
{
	size_t n = strcspn(*p, " \t,)}");

	*p += n;
	return n ? MATCH_YES : MATCH_WRONG;
}

/* A time or a count that has no name. */
static bool bare_number(const char **p)
{
	size_t n = strspn(*p, "0123456789.");
	const char *behind = *p + n;

	if (!n || (*behind && *behind != ' ' && *behind != ','))
		return false;
	*p = behind;
	return true;
}

/* "name=value", "name: value" or "name value"; the last for known names alone. */
static enum match item(const struct key *keys, const char **p, struct values *v,
		       struct fact *fact)
{
	size_t n = name_length(*p);
	char field = field_of(keys, *p, n);
	const char *at = *p + n;
	bool sign;
	enum match got;

	if (!n)
		return MATCH_WRONG;
	sign = *at == '=' || *at == ':';
	at += sign;
	input_skip_blanks(&at);
	if (!field && !sign)
		return bare_number(p) ? MATCH_YES : MATCH_WRONG;
	*p = at;
	if (!*at)
		return MATCH_CUT;
	if (!field)
		return unknown(p);
	got = take_field(field, p, v, fact);
	if (got == MATCH_YES && field == 'i')
		got = behind(p, v);
	if (got == MATCH_YES && field >= 'a' && field <= 'z')
		v->seen |= 1u << (field - 'a');
	return got;
}

enum match facts_keys(const struct key *keys, const char **p, struct values *v,
		      struct fact *fact)
{
	enum match got = MATCH_YES;

	for (;;) {
		while (**p == ' ' || **p == '\t' || **p == ',')
			(*p)++;
		if (!**p || **p == ')' || **p == '}' || **p == '(' || **p == '.')
			return MATCH_YES;
		got = item(keys, p, v, fact);
		if (got != MATCH_YES)
			return got;
	}
}

/* -- together -------------------------------------------------------------- */

static enum match sized(struct facts *f, const struct values *v,
			struct fact *fact)
{
	if (v->has_end && v->start + v->size != v->end) {
		fact->text = facts_say(f, "a damaged event: 0x%llx and %llu bytes do not end before 0x%llx",
				       (unsigned long long)v->start,
				       (unsigned long long)v->size,
				       (unsigned long long)v->end);
		return MATCH_WRONG;
	}
	fact->range = (struct vprim_range){ v->start, v->size };
	fact->malformed = vprim_range_from_size(v->start, v->size, &fact->range);
	return MATCH_YES;
}

static void by_last(const struct values *v, struct fact *fact)
{
	uint64_t last = v->has_end ? v->end - 1 : v->last;

	fact->range = (struct vprim_range){ v->start, last };
	/* Nothing ends before 0 but what reaches the top. */
	if (v->has_end && v->start == v->end) {
		fact->range.last = 0;
		fact->malformed = -EINVAL;
	} else if (last < v->start) {
		fact->malformed = -EDOM;
	}
}

static bool has_word(const struct values *v, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= v->flags_len; i++)
		if (!strncmp(v->flags_text + i, word, n))
			return true;
	return false;
}

static void protection(const struct form *form, const struct values *v,
		       struct fact *fact)
{
	bool fd = form->layer == LAYER_IOMMUFD;

	fact->prot = FACT_READ | FACT_WRITE;
	if (form->kind == FACT_UNMAP)
		return;
	if (v->has_prot)
		fact->prot = (unsigned int)v->prot & 3;
	else if (v->has_flags && fd)
		fact->prot = (v->flags & 4 ? FACT_READ : 0) |
			     (v->flags & 2 ? FACT_WRITE : 0);
	else if (v->has_flags)
		fact->prot = (unsigned int)v->flags & 3;
	else if (v->flags_len)
		fact->prot = (has_word(v, "READ") ? FACT_READ : 0) |
			     (has_word(v, "WRITE") ? FACT_WRITE : 0);
	else if (v->readonly)
		fact->prot = FACT_READ;
}

enum match facts_finish(struct facts *f, const struct form *form,
			const struct values *v, struct fact *fact)
{
	fact->kind = form->kind;
	fact->layer = form->layer;
	fact->form = form->name;
	fact->later = form->later;
	fact->cause = form->cause;
	if (!fact->result)
		fact->result = form->result;
	if (form->kind == FACT_ERROR) {
		fact->text = f->in->text;
		return MATCH_YES;
	}
	if (form->kind != FACT_MAP && form->kind != FACT_UNMAP &&
	    form->kind != FACT_RESERVED)
		return MATCH_YES;
	if (!v->has_start || !(v->has_size || v->has_last || v->has_end))
		return MATCH_CUT;
	protection(form, v, fact);
	if (v->has_size)
		return sized(f, v, fact);
	by_last(v, fact);
	return MATCH_YES;
}
