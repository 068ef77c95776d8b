// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * CPUID dumps in JSON, by the names of their keys:
 *
 *   Firecracker     {"leaf":"0xd","subleaf":"0x0","modifiers":[{"register":"eax",
 *                    "bitmap":"0b..."}]}; an x leaves a bit to the host
 *   crosvm          {"function":13,"index":0,"cpuid":{"eax":7,...}}
 *   Cloud Hypervisor, kvm_cpuid_entry2
 *                   {"function":13,"index":0,"eax":7,...}
 *   QEMU            {"cpuid-input-eax":13,"cpuid-input-ecx":0,
 *                    "cpuid-register":"EAX","features":7}
 *
 * A value begins at a line's first brace or bracket that can be one and is fed on
 * line by line; json-c bounds its depth. Each list of entries is a processor.
 */
#include "xstate_form.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

struct xstate_json {
	struct json_tokener *tok;
	bool inside;
};

struct xstate_json *xstate_json_new(void)
{
	struct xstate_json *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->tok = json_tokener_new();
	if (!j->tok) {
		free(j);
		return NULL;
	}
	return j;
}

void xstate_json_free(struct xstate_json *j)
{
	if (!j)
		return;
	json_tokener_free(j->tok);
	free(j);
}

bool xstate_json_inside(const struct xstate_json *j)
{
	return j->inside;
}

void xstate_json_drop(struct xstate_json *j)
{
	json_tokener_reset(j->tok);
	j->inside = false;
}

/* -- numbers --------------------------------------------------------------- */

/* One digit of a bitmap: an x is the host's. */
static bool bit_digit(char ch, uint64_t *n, unsigned int *open)
{
	if (ch == '_')
		return true;
	if (ch != '0' && ch != '1' && ch != 'x')
		return false;
	*n = *n << 1 | (ch == '1');
	*open += ch == 'x';
	return *n <= UINT32_MAX;
}

static bool text_number(const char *s, uint32_t *v, unsigned int *open)
{
	uint64_t n = 0;

	if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
		for (s += 2; *s; s++)
			if (!bit_digit(*s, &n, open))
				return false;
	} else if (!input_take_any(&s, &n) || *s || n > UINT32_MAX) {
		return false;
	}
	*v = (uint32_t)n;
	return true;
}

static bool get_number(struct json_object *o, uint32_t *v, unsigned int *open)
{
	int64_t n;

	if (json_object_is_type(o, json_type_string))
		return text_number(json_object_get_string(o), v, open);
	if (!json_object_is_type(o, json_type_int))
		return false;
	n = json_object_get_int64(o);
	*v = (uint32_t)n;
	return n >= 0 && n <= UINT32_MAX;
}

/* -- entries --------------------------------------------------------------- */

/* The first of these keys that an object has. */
static struct json_object *member(struct json_object *o, const char *const *keys)
{
	struct json_object *found;

	for (; *keys; keys++)
		if (json_object_object_get_ex(o, *keys, &found))
			return found;
	return NULL;
}

static bool store(struct xstate_entry *e, const char *name, struct json_object *o)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };
	uint32_t *const at[] = { &e->regs.eax, &e->regs.ebx, &e->regs.ecx,
				 &e->regs.edx };
	unsigned int i, k;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		for (k = 0; name[k] && (name[k] | 0x20) == names[i][k]; k++)
			;
		if (name[k] || names[i][k])
			continue;
		e->have |= 1u << i;
		return get_number(o, at[i], &e->open_bits);
	}
	return true;
}

static bool store_modifiers(struct xstate_entry *e, struct json_object *list)
{
	static const char *const names[] = { "register", NULL };
	static const char *const values[] = { "bitmap", "value", NULL };
	size_t i, n = json_object_array_length(list);
	struct json_object *o, *name, *value;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		if (!json_object_is_type(o, json_type_object))
			return false;
		name = member(o, names);
		value = member(o, values);
		if (!name || !value ||
		    !store(e, json_object_get_string(name), value))
			return false;
	}
	return true;
}

/* The registers, wherever the form has them. */
static bool store_registers(struct xstate_entry *e, struct json_object *o)
{
	static const char *const inner[] = { "cpuid", "result", "registers", NULL };
	static const char *const lists[] = { "modifiers", NULL };
	static const char *const words[] = { "cpuid-register", NULL };
	static const char *const bits[] = { "features", NULL };
	struct json_object *at = member(o, inner), *word = member(o, words);
	struct json_object *list = member(o, lists), *v = member(o, bits);

	if (json_object_is_type(list, json_type_array))
		return store_modifiers(e, list);
	if (word && v)
		return store(e, json_object_get_string(word), v);
	if (!json_object_is_type(at, json_type_object))
		at = o;
	json_object_object_foreach(at, key, value) {
		if (!store(e, key, value))
			return false;
	}
	return true;
}

static bool is_entry(struct json_object *o, struct json_object **leaf)
{
	static const char *const keys[] = { "leaf", "function", "eax_in",
					    "cpuid-input-eax", NULL };

	*leaf = json_object_is_type(o, json_type_object) ? member(o, keys) : NULL;
	return *leaf;
}

static const char *take_entry(struct json_object *o, struct json_object *leaf,
			      const struct xstate_json_sink *sink)
{
	static const char *const subs[] = { "subleaf", "index", "ecx_in",
					    "cpuid-input-ecx", NULL };
	struct json_object *sub = member(o, subs);
	struct xstate_entry e = { 0 };
	unsigned int open = 0;

	/* Other things than processors have functions and indices. */
	if (!get_number(leaf, &e.leaf, &open))
		return NULL;
	if (!store_registers(&e, o) || (sub && !get_number(sub, &e.sub, &open)))
		return e.leaf == XSTATE_LEAF_D ?
			       "an entry of leaf 0xd that cannot be read" : NULL;
	return e.have ? sink->keep(sink->ctx, &e) : NULL;
}

static const char *visit(struct json_object *o, const struct xstate_json_sink *sink);

static const char *visit_list(struct json_object *o,
			      const struct xstate_json_sink *sink)
{
	size_t i, n = json_object_array_length(o);
	struct json_object *item, *leaf;
	const char *wrong = NULL;
	bool begun = false;

	for (i = 0; i < n && !wrong; i++) {
		item = json_object_array_get_idx(o, i);
		if (is_entry(item, &leaf)) {
			if (!begun)
				sink->begin(sink->ctx);
			begun = true;
			wrong = take_entry(item, leaf, sink);
		} else {
			wrong = visit(item, sink);
		}
	}
	return wrong;
}

/* As deep as json-c goes, which is 32. */
static const char *visit(struct json_object *o, const struct xstate_json_sink *sink)
{
	const char *wrong = NULL;
	struct json_object *leaf;

	if (json_object_is_type(o, json_type_array))
		return visit_list(o, sink);
	if (!json_object_is_type(o, json_type_object))
		return NULL;
	if (is_entry(o, &leaf)) {
		sink->begin(sink->ctx);
		return take_entry(o, leaf, sink);
	}
	json_object_object_foreach(o, key, value) {
		(void)key;
		if (!wrong)
			wrong = visit(value, sink);
	}
	return wrong;
}

/* -- lines ----------------------------------------------------------------- */

static const char *beginning(const char *line)
{
	const char *p = input_unprefixed(line), *brace;

	p += strspn(p, " \t");
	if (*p == '{' || *p == '[')
		return p;
	brace = strstr(p, "{\"");
	return brace && brace > p && brace[-1] == '[' ? brace - 1 : brace;
}

static enum xstate_json_state feed(struct xstate_json *j, const char *text,
				   const struct xstate_json_sink *sink,
				   const char **wrong)
{
	struct json_object *o = json_tokener_parse_ex(j->tok, text,
						      (int)strlen(text));

	if (!o && json_tokener_get_error(j->tok) == json_tokener_continue)
		o = json_tokener_parse_ex(j->tok, "\n", 1);
	j->inside = !o && json_tokener_get_error(j->tok) == json_tokener_continue;
	if (j->inside)
		return XSTATE_JSON_INSIDE;
	json_tokener_reset(j->tok);
	if (!o)
		return XSTATE_JSON_NONE;
	*wrong = visit(o, sink);
	json_object_put(o);
	return XSTATE_JSON_DONE;
}

enum xstate_json_state xstate_json_line(struct xstate_json *j, const char *line,
					const struct xstate_json_sink *sink,
					const char **wrong)
{
	enum xstate_json_state state = XSTATE_JSON_NONE;
	const char *p;

	*wrong = NULL;
	if (j->inside)
		state = feed(j, input_unprefixed(line), sink, wrong);
	if (state != XSTATE_JSON_NONE)
		return state;
	p = beginning(line);
	return p ? feed(j, p, sink, wrong) : XSTATE_JSON_NONE;
}
