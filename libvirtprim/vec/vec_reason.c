// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of reason.h. A rule is named ROOM.WORD, such as
 * type1.overlap; the blanks of a sentence print as '_'.
 */
#include "vec_internal.h"
#include <virtprim/reason.h>

void vprim_vec_out_why_(struct vprim_vec_call *c,
			const struct vprim_reason *reason)
{
	if (reason->rule == VPRIM_REASON_NONE)
		return;
	vprim_vec_out_word(c, "why", vprim_reason_word(reason->rule));
	if (reason->valid & VPRIM_REASON_HAS_HIT)
		vprim_vec_out_range(c, "hit", &reason->hit);
}

int vprim_vec_refused_(struct vprim_vec_call *c, int ret,
		       const struct vprim_reason *why)
{
	if (ret)
		vprim_vec_out_why_(c, why);
	return ret;
}

static enum vprim_reason_rule find(struct vprim_vec_str name)
{
	enum vprim_reason_rule rule = VPRIM_REASON_NONE;
	struct vprim_vec_str rest, room;

	while ((rule = vprim_reason_next(rule)) != VPRIM_REASON_NONE) {
		rest = name;
		if (vprim_vec_next(&rest, '.', &room) &&
		    vprim_vec_is(room, vprim_reason_room(rule)) &&
		    vprim_vec_is(rest, vprim_reason_word(rule)))
			break;
	}
	return rule;
}

static int no_rule(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "a rule, such as type1.overlap");
}

static int text(struct vprim_vec_call *c)
{
	struct vprim_reason r = { .rule = find(c->arg[0].str) };
	char sentence[160];
	size_t i, needed;

	if (r.rule == VPRIM_REASON_NONE)
		return no_rule(c);
	if (c->arg[1].present)
		r.valid |= VPRIM_REASON_HAS_RANGE;
	if (c->arg[2].present)
		r.valid |= VPRIM_REASON_HAS_VALUE;
	if (c->arg[3].present)
		r.valid |= VPRIM_REASON_HAS_HIT;
	r.range = c->arg[1].range;
	r.value = c->arg[2].u64;
	r.hit = c->arg[3].range;
	needed = vprim_reason_text(&r, sentence, sizeof(sentence));
	for (i = 0; sentence[i]; i++) {
		if (sentence[i] == ' ')
			sentence[i] = '_';
	}
	vprim_vec_out_word(c, "text", sentence);
	vprim_vec_out_dec(c, "needed", needed);
	return 0;
}

/* Answers with the rule's own errno: that is the question. */
static int refuse(struct vprim_vec_call *c)
{
	enum vprim_reason_rule rule = find(c->arg[0].str);

	return rule == VPRIM_REASON_NONE ? no_rule(c) : vprim_reason_errno(rule);
}

static int list(struct vprim_vec_call *c)
{
	enum vprim_reason_rule rule = VPRIM_REASON_NONE;

	vprim_vec_list_begin(c, "rules");
	while ((rule = vprim_reason_next(rule)) != VPRIM_REASON_NONE) {
		if (vprim_vec_is(c->arg[0].str, vprim_reason_room(rule)))
			vprim_vec_list_word(c, vprim_reason_word(rule));
	}
	vprim_vec_list_end(c);
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "text", "rule:word range=range? value=u64? hit=range?", text },
	{ "refuse", "rule:word", refuse },
	{ "list", "room:word", list },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_reason = { "reason", verbs, NULL };
