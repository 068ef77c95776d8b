// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of reason.h. A rule is named MODULE.WORD, such as
 * type1.overlap; the blanks of a sentence print as '_'.
 */
#include "vec_internal.h"
#include <virtprim/reason.h>

void vprim_vec_out_why_(struct vprim_vec_call *c,
			const struct vprim_reason *reason)
{
	if (!reason->rule)
		return;
	vprim_vec_out_word(c, "why", reason->rule->word);
	if (reason->has_hit)
		vprim_vec_out_range(c, "hit", &reason->hit);
}

int vprim_vec_refused_(struct vprim_vec_call *c, int ret,
		       const struct vprim_reason *why)
{
	if (ret)
		vprim_vec_out_why_(c, why);
	return ret;
}

/* The rules of a module, or NULL. */
static const struct vprim_rules *rules_of(struct vprim_vec_str module)
{
	const struct vprim_vec_room *room;
	size_t i;

	for (i = 0; (room = vprim_vec_room_at_(i)); i++) {
		const struct vprim_rules *rules = room->rules ? room->rules() : NULL;

		if (rules && vprim_vec_is(module, rules->module))
			return rules;
	}
	return NULL;
}

static const struct vprim_rule *find(struct vprim_vec_str name)
{
	const struct vprim_rules *rules;
	struct vprim_vec_str module;
	size_t i;

	if (!vprim_vec_next(&name, '.', &module))
		return NULL;
	rules = rules_of(module);
	for (i = 0; rules && i < rules->count; i++)
		if (vprim_vec_is(name, rules->rule[i].word))
			return &rules->rule[i];
	return NULL;
}

static int no_rule(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "a rule, such as type1.overlap");
}

static int text(struct vprim_vec_call *c)
{
	struct vprim_reason r = {
		.rule = find(c->arg[0].str), .range = c->arg[1].range,
		.value = c->arg[2].u64, .hit = c->arg[3].range,
		.at = c->arg[4].u64, .has_range = c->arg[1].present,
		.has_value = c->arg[2].present, .has_hit = c->arg[3].present,
		.has_at = c->arg[4].present,
	};
	char sentence[VPRIM_REASON_TEXT_BYTES];
	size_t i, length;

	if (!r.rule)
		return no_rule(c);
	length = vprim_reason_text(&r, sentence, sizeof(sentence));
	for (i = 0; sentence[i]; i++) {
		if (sentence[i] == ' ')
			sentence[i] = '_';
	}
	vprim_vec_out_word(c, "text", sentence);
	vprim_vec_out_dec(c, "needed", length + 1);
	return 0;
}

/* Answers with the rule's own errno: that is the question. */
static int refuse(struct vprim_vec_call *c)
{
	const struct vprim_rule *rule = find(c->arg[0].str);

	return rule ? rule->error : no_rule(c);
}

static int list(struct vprim_vec_call *c)
{
	const struct vprim_rules *rules = rules_of(c->arg[0].str);
	size_t i;

	vprim_vec_list_begin(c, "rules");
	for (i = 0; rules && i < rules->count; i++)
		vprim_vec_list_word(c, rules->rule[i].word);
	vprim_vec_list_end(c);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "text", "rule:word range=range? value=u64? hit=range? at=u64?", text },
	{ "refuse", "rule:word", refuse },
	{ "list", "module:word", list },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_reason = {
	.name = "reason", .verbs = verbs, .rules = vprim_reason_rules,
};
