// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim revoke - the machines of dmabuf.h as pictures, as a model's rules, and
 * at play.
 *
 * Pictures and rules are printed from the library's own table, so what a reader
 * and the model checker see is what the code does.
 */
#include "input/input.h"
#include "picture.h"
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/dmabuf.h>
#include <virtprim/user.h>
#include <virtprim/vec.h>

/* -- pictures -- */

/* A state of a machine; machines have the numbers of their states' names. */
static const char *state_name(unsigned int machine, unsigned int state)
{
	return vprim_dmabuf_name((enum vprim_dmabuf_names)machine, state);
}

static const char *machine_of(const struct vprim_dmabuf_transition *r)
{
	return vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, r->machine);
}

static const char *state_of(const struct vprim_dmabuf_transition *r, unsigned int state)
{
	return state_name(r->machine, state);
}

static const char *event_of(const struct vprim_dmabuf_transition *r)
{
	return vprim_dmabuf_name(VPRIM_DMABUF_NAME_EVENT, r->event);
}

static bool is_single(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

/*
 * What must hold for the rule to answer: its own facts, and those without which an
 * earlier rule would have answered.
 */
static void facts_for(const struct vprim_dmabuf_transition *first,
		      const struct vprim_dmabuf_transition *rule, uint32_t *need, uint32_t *lack)
{
	const struct vprim_dmabuf_transition *r;

	*need = rule->need;
	*lack = rule->lack;
	for (r = first; r < rule; r++) {
		if (r->machine != rule->machine || r->state != rule->state ||
		    r->event != rule->event)
			continue;
		if (is_single(r->lack) && !r->need)
			*need |= r->lack;
		if (is_single(r->need) && !r->lack)
			*lack |= r->need;
	}
}

/* " [memory, not draining]", or nothing. */
static void print_facts(uint32_t need, uint32_t lack)
{
	const char *before = " [";
	unsigned int i;

	for (i = 0; i < VPRIM_DMABUF_FACTS; i++) {
		if (!((need | lack) >> i & 1))
			continue;
		printf("%s%s%s", before, lack >> i & 1 ? "not " : "",
		       vprim_dmabuf_name(VPRIM_DMABUF_NAME_FACT, i));
		before = ", ";
	}
	if (need | lack)
		putchar(']');
}

/* The actions of a rule; on an arrow two a line, in a box in one. */
static void print_actions(const struct vprim_dmabuf_transition *r, bool box)
{
	unsigned int i, n = 0;

	for (i = 0; i < VPRIM_DMABUF_ACTIONS; i++) {
		if (!(r->actions >> i & 1))
			continue;
		fputs(box && !n ? ": " : !box && !(n % 2) ? "\\n" : ", ", stdout);
		fputs(vprim_dmabuf_name(VPRIM_DMABUF_NAME_ACTION, i), stdout);
		n++;
	}
}

static void print_event(const struct vprim_dmabuf_transition *first,
			const struct vprim_dmabuf_transition *r, bool box)
{
	uint32_t need, lack;

	facts_for(first, r, &need, &lack);
	fputs(event_of(r), stdout);
	print_facts(need, lack);
	print_actions(r, box);
}

/*
 * A rule that leads on is an arrow. One that stays and does something stands in
 * its state's box. Refusals, and events that mean nothing, would only hide these.
 */
static bool is_arrow(const struct vprim_dmabuf_transition *r)
{
	return !r->error && r->next != r->state;
}

static bool is_stay(const struct vprim_dmabuf_transition *r)
{
	return !r->error && r->next == r->state && r->actions;
}

static void print_box(unsigned int machine, unsigned int state)
{
	const struct vprim_dmabuf_transition *rules;
	size_t n, i;
	const char *name = state_name(machine, state);

	rules = vprim_dmabuf_transitions(&n);
	printf("\t\t%s_%s [label=\"%s",
	       vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, machine), name, name);
	for (i = 0; i < n; i++) {
		if (rules[i].machine != machine || rules[i].state != state ||
		    !is_stay(&rules[i]))
			continue;
		fputs("\\n", stdout);
		print_event(rules, &rules[i], true);
	}
	puts("\"];");
}

/* A machine is a box of its own, so that one graph can hold all of them. */
static void print_dot(unsigned int machine)
{
	const struct vprim_dmabuf_transition *rules;
	const char *name = vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, machine);
	unsigned int state;
	size_t n, i;

	rules = vprim_dmabuf_transitions(&n);
	printf("\tsubgraph cluster_%s {\n\t\tlabel=\"%s\";\n", name, name);
	for (state = 0; state_name(machine, state); state++)
		print_box(machine, state);
	for (i = 0; i < n; i++) {
		const struct vprim_dmabuf_transition *r = &rules[i];

		if (r->machine != machine || !is_arrow(r))
			continue;
		printf("\t\t%s_%s -> %s_%s [label=\"", name, state_of(r, r->state),
		       name, state_of(r, r->next));
		print_event(rules, r, false);
		puts("\"];");
	}
	puts("\t}");
}

static void print_style(void)
{
	puts("\tgraph [fontname=\"" PICTURE_FONT_FIRST "\", fontsize=12, "
	     "fontcolor=\"" PICTURE_INK "\", color=\"" PICTURE_LINE "\"];");
	puts("\tnode [shape=box, style=\"rounded,filled\", fontname=\""
	     PICTURE_FONT_FIRST "\", fontsize=10, fontcolor=\"" PICTURE_INK
	     "\", color=\"" PICTURE_MAIN "\", fillcolor=\"" PICTURE_EMPTY "\"];");
	puts("\tedge [fontname=\"" PICTURE_FONT_FIRST "\", fontsize=10, "
	     "fontcolor=\"" PICTURE_INK "\", color=\"" PICTURE_FAINT "\"];");
}

/* 0 to VPRIM_DMABUF_MACHINES - 1, or that for "all" and no word, or -1. */
static int find_machine(const char *word)
{
	int i;

	for (i = 0; word && i < VPRIM_DMABUF_MACHINES; i++)
		if (!strcmp(word, vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE,
						    (unsigned int)i)))
			return i;
	return !word || !strcmp(word, "all") ? VPRIM_DMABUF_MACHINES : -1;
}

static int draw(const char *word)
{
	int machine = find_machine(word);
	unsigned int i;

	if (machine < 0) {
		tool_warn("revoke: no machine is called '%s'; there are exporter, importer and pair",
			  word);
		return TOOL_USAGE;
	}
	printf("digraph %s {\n", machine == VPRIM_DMABUF_MACHINES ? "revoke" : word);
	print_style();
	for (i = 0; i < VPRIM_DMABUF_MACHINES; i++)
		if (machine == VPRIM_DMABUF_MACHINES || machine == (int)i)
			print_dot(i);
	puts("}");
	return TOOL_OK;
}

/* -- the model's rules -- */

static void print_upper(const char *word)
{
	for (; *word; word++)
		putchar(toupper((unsigned char)*word));
}

static void print_bits(const char *prefix, uint32_t bits,
		       enum vprim_dmabuf_names names)
{
	const char *before = "";
	unsigned int i;

	if (!bits)
		putchar('0');
	for (i = 0; i < 32; i++) {
		if (!(bits >> i & 1))
			continue;
		printf("%s%s", before, prefix);
		print_upper(vprim_dmabuf_name(names, i));
		before = "|";
	}
}

static void print_state(const struct vprim_dmabuf_transition *r, unsigned int state)
{
	print_upper(machine_of(r));
	printf("_%s", state_of(r, state));
}

/* One question to one event of a machine: what next, what to do, what errno? */
enum question { NEXT, DO, ERROR };

static void print_answer(const struct vprim_dmabuf_transition *r, enum question q)
{
	if (q == NEXT)
		print_state(r, r->next);
	else if (q == DO)
		print_bits("DO_", r->actions, VPRIM_DMABUF_NAME_ACTION);
	else
		fputs(r->error ? vprim_vec_errno_name(-r->error) + 1 : "0",
		      stdout);
}

static void print_question(unsigned int machine, unsigned int event, enum question q)
{
	static const char *const words[] = { "NEXT", "DO", "ERROR" };
	const struct vprim_dmabuf_transition *r;
	size_t n, i, depth = 0;

	r = vprim_dmabuf_transitions(&n);
	for (i = 0; i < n; i++, r++) {
		if (r->machine != machine || r->event != event)
			continue;
		if (!depth++) {
			printf("#define ");
			print_upper(machine_of(r));
			putchar('_');
			print_upper(event_of(r));
			printf("_%s(s, f) ( \\\n", words[q]);
		}
		printf("\t(FITS(s, f, ");
		print_state(r, r->state);
		printf(", ");
		print_bits("IF_", r->need, VPRIM_DMABUF_NAME_FACT);
		printf(", ");
		print_bits("IF_", r->lack, VPRIM_DMABUF_NAME_FACT);
		printf(") -> ");
		print_answer(r, q);
		puts(" : \\");
	}
	if (!depth)
		return;
	printf("\t0");
	while (depth--)
		putchar(')');
	puts(")");
}

static void print_numbers(void)
{
	static const char *const errors[] = { "ENODEV", "EOPNOTSUPP", "EBUSY",
					      "ENOENT", "EEXIST", "EINVAL" };
	const char *name;
	unsigned int i, k;

	for (i = 0; i < VPRIM_DMABUF_MACHINES; i++)
		for (k = 0; (name = state_name(i, k)); k++) {
			printf("#define ");
			print_upper(vprim_dmabuf_name(VPRIM_DMABUF_NAME_MACHINE, i));
			printf("_%s %u\n", name, k);
		}
	for (i = 0; (name = vprim_dmabuf_name(VPRIM_DMABUF_NAME_FACT, i)); i++) {
		printf("#define IF_");
		print_upper(name);
		printf(" %u\n", 1u << i);
	}
	for (i = 0; (name = vprim_dmabuf_name(VPRIM_DMABUF_NAME_ACTION, i)); i++)
		printf("#define DO_%s %u\n", name, 1u << i);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		printf("#define %s %u\n", errors[i], i + 1);
}

static int print_model(void)
{
	unsigned int machine, event, q;

	puts("/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */\n"
	     "/*\n"
	     " * The rules of the three machines, for the model. Made from the library's\n"
	     " * table by `virtprim revoke --promela`; do not edit. Errors have numbers of\n"
	     " * the model's own.\n"
	     " */");
	print_numbers();
	puts("\n#define FITS(s, f, state, need, lack) \\\n"
	     "\t((s) == (state) && ((f) & (need)) == (need) && ((f) & (lack)) == 0)");
	for (machine = 0; machine < VPRIM_DMABUF_MACHINES; machine++)
		for (event = 0; event < VPRIM_DMABUF_EVENTS; event++)
			for (q = NEXT; q <= ERROR; q++)
				print_question(machine, event, (enum question)q);
	return TOOL_OK;
}

/* -- at play -- */

/* What a script says comes from outside: no control goes to the terminal. */
struct shown {
	char text[512];
};

static const char *show(struct shown *s, struct vprim_vec_str from)
{
	char raw[sizeof(s->text) + 4];
	size_t n = from.len < sizeof(raw) - 1 ? from.len : sizeof(raw) - 1;

	memcpy(raw, from.p, n);
	raw[n] = '\0';
	return input_printable(s->text, sizeof(s->text), raw);
}

struct play {
	struct vprim_vec *vec;
	unsigned long line, failed;
	unsigned int step;
};

/* "NAME.state" for a command "NAME.verb ...", or nothing for other commands. */
static bool state_command(struct vprim_vec_str command, char *text, size_t capacity)
{
	size_t n = 0;

	if (command.len > 4 && !memcmp(command.p, "new ", 4))
		return false;
	while (n < command.len && command.p[n] != '.' && command.p[n] != ' ')
		n++;
	if (n == command.len || command.p[n] != '.' || n + 7 > capacity)
		return false;
	memcpy(text, command.p, n);
	memcpy(text + n, ".state", 7);
	return true;
}

/* One line of the play: its number, the call, the answer, and what became of it. */
static int play_line(struct play *play, const char *line, size_t len)
{
	struct vprim_vec_result r, after;
	enum vprim_vec_verdict verdict;
	struct shown a, b;
	char text[128];
	bool ask;

	vprim_vec_line(play->vec, line, len, &r);
	verdict = r.verdict;
	if (verdict == VPRIM_VEC_BLANK)
		return TOOL_OK;
	if (verdict == VPRIM_VEC_ERROR) {
		fflush(stdout);
		fprintf(stderr, "line %lu: %s\n", play->line, show(&a, r.error));
		return TOOL_USAGE;
	}
	printf("%3u  %-34s %s\n", ++play->step, show(&a, r.command),
	       show(&b, r.answer));
	if (verdict == VPRIM_VEC_FAIL) {
		printf("     expected %s\n", show(&a, r.expected));
		play->failed++;
	}
	ask = state_command(r.command, text, sizeof(text));
	if (!ask)
		return TOOL_OK;
	vprim_vec_line(play->vec, text, strlen(text), &after);
	if (after.verdict == VPRIM_VEC_DONE && after.answer.len > 3 &&
	    !memcmp(after.answer.p, "ok ", 3))
		printf("%38s | %s\n", "", show(&a, after.answer) + 3);
	return TOOL_OK;
}

static int play_stream(struct play *play, FILE *in)
{
	char *line = NULL;
	size_t capacity = 0;
	int status = TOOL_OK;
	ssize_t len;

	while (status == TOOL_OK && (len = getline(&line, &capacity, in)) >= 0) {
		play->line++;
		if (len && line[len - 1] == '\n')
			len--;
		status = play_line(play, line, (size_t)len);
	}
	if (status == TOOL_OK && ferror(in)) {
		tool_warn("revoke: %s", strerror(errno));
		status = TOOL_USAGE;
	}
	free(line);
	return status == TOOL_OK && play->failed ? TOOL_FAILED : status;
}

static int play_file(const char *path)
{
	bool standard = !strcmp(path, "-");
	struct play play = { 0 };
	FILE *in = standard ? stdin : fopen(path, "rb");
	int status;

	if (!in) {
		tool_warn("%s: %s", path, strerror(errno));
		return TOOL_USAGE;
	}
	play.vec = vprim_vec_init(vprim_user_alloc(), NULL);
	if (play.vec) {
		status = play_stream(&play, in);
		vprim_vec_fini(play.vec);
	} else {
		tool_warn("revoke: out of memory");
		status = TOOL_USAGE;
	}
	if (!standard)
		fclose(in);
	return status;
}

int cmd_revoke(int argc, const char **argv)
{
	int dot = 0, promela = 0, status;
	struct poptOption options[] = {
		{ "dot", 0, POPT_ARG_NONE, &dot, 0,
		  "print a machine (exporter, importer, pair; default all) for Graphviz", NULL },
		{ "promela", 0, POPT_ARG_NONE, &promela, 0,
		  "print the rules as the model checker reads them", NULL },
		POPT_TABLEEND
	};
	poptContext con = tool_options(argc, argv, options,
				       "--dot [MACHINE] | --promela | FILE", &status);
	const char *word;

	if (!con)
		return status;
	word = poptGetArg(con);
	if (dot + promela + (word && !dot) != 1 || poptPeekArg(con)) {
		tool_warn("revoke: give --dot, --promela, or one FILE (- for standard input)");
		status = TOOL_USAGE;
	} else if (dot) {
		status = draw(word);
	} else if (promela) {
		status = print_model();
	} else {
		status = play_file(word);
	}
	poptFreeContext(con);
	return status;
}
