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
		OUT("hit=r", reason->hit.start, reason->hit.last);
}

/* The rules of a module, or NULL. */
static const struct vprim_rules *rules_of(struct vprim_vec_str module)
{
	const struct vprim_vec_module *owner;
	const struct vprim_rules *rules;
	size_t i;

	for (i = 0; (owner = vprim_vec_module_at_(i)); i++) {
		rules = owner->rules;
		if (rules && vprim_vec_is(module, rules->module))
			return rules;
	}
	return NULL;
}

/* The rule that the verb names, or NULL with a script error. */
static const struct vprim_rule *rule_of(struct vprim_vec_call *c)
{
	struct vprim_vec_str name = ARG("rule")->str, module = { NULL, 0 };
	const struct vprim_rules *rules;
	size_t i;

	vprim_vec_next(&name, '.', &module);
	rules = rules_of(module);
	for (i = 0; rules && i < rules->count; i++)
		if (vprim_vec_is(name, rules->rule[i].word))
			return &rules->rule[i];
	vprim_vec_script_error(c, "a rule, such as type1.overlap");
	return NULL;
}

static int text(struct vprim_vec_call *c)
{
	struct vprim_reason r = {
		.rule = rule_of(c), .range = *RANGE("range"), .hit = *RANGE("hit"),
		.value = U64("value"), .at = U64("at"), .has_at = HAS("at"),
		.has_range = HAS("range"), .has_value = HAS("value"),
		.has_hit = HAS("hit"),
	};
	char sentence[VPRIM_REASON_TEXT_BYTES];
	size_t i, length;

	if (!r.rule)
		return VPRIM_VEC_SCRIPT;
	length = vprim_reason_text(&r, sentence, sizeof(sentence));
	for (i = 0; sentence[i]; i++)
		if (sentence[i] == ' ')
			sentence[i] = '_';
	vprim_vec_out_word(c, "text", sentence);
	return OUT("needed=u", length + 1);
}

/* Answers with the rule's own errno: that is the question. */
static int refuse(struct vprim_vec_call *c)
{
	const struct vprim_rule *rule = rule_of(c);

	return rule ? rule->error : VPRIM_VEC_SCRIPT;
}

static int list(struct vprim_vec_call *c)
{
	const struct vprim_rules *rules = rules_of(ARG("module")->str);
	size_t i;

	vprim_vec_list_begin(c, "rules");
	for (i = 0; rules && i < rules->count; i++)
		vprim_vec_list_word(c, rules->rule[i].word);
	return vprim_vec_list_end(c);
}

static const struct vprim_vec_verb verbs[] = {
	{ "text", "rule:word range=range? value=u64? hit=range? at=u64?", text },
	{ "refuse", "rule:word", refuse },
	{ "list", "module:word", list },
};

VEC_MODULE(vprim_vec_module_reason, "reason", VERBS(verbs),
     .rules = &vprim_reason_rules);
