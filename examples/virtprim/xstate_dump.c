// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * CPUID dumps to sub-leaves.
 *
 * A line becomes an entry: leaf, sub-leaf if it has one, registers. Entries of the
 * wanted processor are kept; those of leaf 0xD without a sub-leaf wait in their
 * order until the end, when the masks are known. So does a kernel's table, which
 * counts where nothing better was there.
 */
#include "xstate_form.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define LABELS 8u

/* A line is put together of so many at most. */
#define JOINS 8u

struct reader {
	struct input *in;
	struct xstate_dump *dump;
	struct xstate_context context;
	struct xstate_json *json;
	unsigned long waiting;		/* lines that JSON may yet claim */
	uint64_t first_waiting;
	unsigned int wanted, cpu;	/* cpu: the one being read */
	bool begun;			/* it has an entry */
	bool has_zero;			/* it has leaf 0 */
	bool has_d, left_d;		/* it has leaf 0xD, and then another */
	bool has_d0;			/* it has 0xD.0, by number */
	bool has_1, has_7;		/* the wanted one has these */
	const char *label[LABELS];	/* of processors that lines name */
	unsigned int label_cpu[LABELS];
	uint8_t have[VPRIM_XSTATE_LEAVES];	/* registers that are there */
	struct vprim_xstate_leaf order[VPRIM_XSTATE_LEAVES];
	unsigned int ordered;		/* entries without a sub-leaf */
	struct xstate_boot boot;	/* of the wanted boot of a log */
	unsigned int boots;
	const char *form;		/* of the present line */
};

static void pass_over(struct reader *r, unsigned long lines, uint64_t first)
{
	if (lines && !r->dump->passed_over)
		r->dump->first_passed = first;
	r->dump->passed_over += lines;
}

/* What waited was no JSON. */
static void pass_waiting(struct reader *r)
{
	pass_over(r, r->waiting, r->first_waiting);
	r->waiting = 0;
}

static void next_cpu(struct reader *r)
{
	if (!r->begun)
		return;
	r->cpu++;
	r->begun = r->has_zero = false;
	r->has_d = r->left_d = r->has_d0 = false;
}

/*
 * Headings may be missing: the next processor begins with leaf 0, with a second
 * stretch of leaf 0xD, or with 0xD.0 where only leaf 0xD is listed.
 */
static void follow_cpus(struct reader *r, const struct xstate_entry *e)
{
	bool zero = e->leaf == 0;
	bool d = e->leaf == XSTATE_LEAF_D, d0 = d && e->sub == 0;

	/* Parts of one sub-leaf, and a trace, go on. */
	if (e->have == 15 && !e->fleeting &&
	    ((zero && r->has_zero) || (d && r->left_d) || (d0 && r->has_d0)))
		next_cpu(r);
	r->begun = true;
	r->has_zero = r->has_zero || zero;
	r->left_d = r->left_d || (r->has_d && !d);
	r->has_d = r->has_d || d;
	r->has_d0 = r->has_d0 || d0;
}

/* The processor that a line names; LABELS of them are told apart. */
static unsigned int labelled_cpu(struct reader *r, const char *label)
{
	unsigned int i;

	for (i = 0; i < LABELS && r->label[i]; i++)
		if (!strcmp(r->label[i], label))
			return r->label_cpu[i];
	if (i == LABELS)
		return r->cpu;
	next_cpu(r);
	r->begun = true;
	r->label[i] = label;
	r->label_cpu[i] = r->cpu;
	return r->cpu;
}

static uint32_t *reg_of(struct vprim_xstate_leaf *l, unsigned int i)
{
	uint32_t *const at[] = { &l->eax, &l->ebx, &l->ecx, &l->edx };

	return at[i];
}

/* Put registers together; false when one was there with another value. */
static bool merge(struct reader *r, const struct xstate_entry *e)
{
	struct vprim_xstate_leaf *to = &r->dump->leaf[e->sub], from = e->regs;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (!(e->have >> i & 1))
			continue;
		if (r->have[e->sub] >> i & 1 && !e->fleeting &&
		    *reg_of(to, i) != *reg_of(&from, i))
			return false;
		*reg_of(to, i) = *reg_of(&from, i);
	}
	r->have[e->sub] |= (uint8_t)e->have;
	return true;
}

/* Keep a sub-leaf of leaf 0xD; what is wrong with it, or NULL. */
static const char *keep_d(struct reader *r, const struct xstate_entry *e)
{
	struct xstate_dump *d = r->dump;

	d->open_bits += e->open_bits;
	d->form = d->form ? d->form : r->form;
	d->label = e->label ? e->label : r->context.label;
	if (e->sub == XSTATE_NO_SUB) {
		if (r->ordered == VPRIM_XSTATE_LEAVES)
			return "more than 64 sub-leaves of leaf 0xd";
		r->order[r->ordered++] = e->regs;
		return NULL;
	}
	if (e->sub >= VPRIM_XSTATE_LEAVES)
		return "a sub-leaf of leaf 0xd over 63";
	if (!merge(r, e))
		return "a sub-leaf of leaf 0xd again, with other values";
	if (r->have[e->sub] & 1)
		d->given |= VPRIM_XSTATE_BIT(e->sub);
	return NULL;
}

static void keep_flags(struct reader *r, const struct xstate_entry *e)
{
	struct vprim_xstate_perm_cpuid *f = &r->dump->flags;
	uint32_t sub = e->sub == XSTATE_NO_SUB ? 0 : e->sub;

	/* Half an answer says nothing about the other half. */
	if (e->have != 15)
		return;
	if (e->leaf == 1 && !r->has_1) {
		f->leaf1_ecx = e->regs.ecx;
		f->leaf1_edx = e->regs.edx;
		r->has_1 = true;
	} else if (e->leaf == 7 && sub == 0 && !r->has_7) {
		f->leaf7_ebx = e->regs.ebx;
		f->leaf7_ecx = e->regs.ecx;
		f->leaf7_edx = e->regs.edx;
		r->has_7 = true;
	} else if (e->leaf == 7 && sub <= 1) {
		/* 7.1, or the second line of a list without numbers. */
		f->leaf7_1_edx = e->regs.edx;
	}
}

static const char *keep(struct reader *r, const struct xstate_entry *e)
{
	unsigned int cpu;

	if (e->label) {
		cpu = labelled_cpu(r, e->label);
	} else {
		follow_cpus(r, e);
		cpu = r->cpu;
	}
	if (cpu != r->wanted)
		return NULL;
	if (e->leaf == XSTATE_LEAF_D)
		return keep_d(r, e);
	keep_flags(r, e);
	return NULL;
}

/* -- what waits until the end ------------------------------------------------- */

static bool is_zero(const struct vprim_xstate_leaf *l)
{
	return !(l->eax | l->ebx | l->ecx | l->edx);
}

/* The next component of the kind that ECX says; 64 when there is none. */
static unsigned int next_component(uint64_t xcr0, uint64_t xss, uint64_t below,
				   const struct vprim_xstate_leaf *l)
{
	bool supervisor = l->ecx & VPRIM_XSTATE_FLAG_SUPERVISOR;

	return vprim_ctz64((supervisor ? xss : xcr0) & ~below);
}

static const char *number_by_order(struct reader *r)
{
	struct xstate_dump *d = r->dump;
	const struct vprim_xstate_leaf *o = r->order;
	uint64_t below = 3, xcr0, xss = 0;
	unsigned int i, n;

	if (d->given)
		return "leaf 0xd both with and without sub-leaf numbers";
	d->numbered_by_order = true;
	d->given = r->ordered > 1 ? 3 : 1;
	d->leaf[0] = o[0];
	xcr0 = (uint64_t)o[0].edx << 32 | o[0].eax;
	if (r->ordered > 1) {
		d->leaf[1] = o[1];
		xss = (uint64_t)o[1].edx << 32 | o[1].ecx;
	}
	for (i = 2; i < r->ordered; i++) {
		if (is_zero(&o[i]))
			continue;
		n = next_component(xcr0, xss, below, &o[i]);
		if (n >= VPRIM_XSTATE_COMPONENTS)
			return "more sub-leaves of leaf 0xd than components";
		d->leaf[n] = o[i];
		d->given |= VPRIM_XSTATE_BIT(n);
		below |= (VPRIM_XSTATE_BIT(n) << 1) - 1;
	}
	return NULL;
}

/* A kernel's log may have booted more than once; a boot is a processor. */
static void keep_boot(struct reader *r)
{
	if (!r->context.boot.done || r->boot.done)
		return;
	if (r->boots == r->wanted)
		r->boot = r->context.boot;
}

static uint64_t supervisor_part(uint64_t mask)
{
	uint64_t left, part = 0;

	for (left = mask; left; left &= left - 1)
		if (vprim_xstate_component_kind(vprim_ctz64(left)) ==
		    VPRIM_XSTATE_SUPERVISOR)
			part |= left & -left;
	return part;
}

/* One component of a kernel's table, behind those that end at "end". */
static uint64_t boot_component(struct xstate_dump *d, const struct xstate_boot *b,
			       unsigned int n, uint64_t supervisor, uint64_t end)
{
	struct vprim_xstate_leaf *l = &d->leaf[n];

	if (!b->size[n])
		return end;
	l->eax = b->size[n];
	if (supervisor >> n & 1)
		l->ecx |= VPRIM_XSTATE_FLAG_SUPERVISOR;
	else
		l->ebx = b->offset[n];
	if (b->compacted && b->offset[n] > end)
		l->ecx |= VPRIM_XSTATE_FLAG_ALIGN;
	d->given |= VPRIM_XSTATE_BIT(n);
	return (uint64_t)b->offset[n] + b->size[n];
}

/* Compacted places are no standard ones; those may follow from the components. */
static void guess_places(struct xstate_dump *d, uint64_t user)
{
	struct vprim_xstate_table t;
	uint64_t left = user & ~(uint64_t)3;
	bool sure = !vprim_xstate_guess(user, 0, &t);

	for (; sure && left; left &= left - 1) {
		unsigned int n = vprim_ctz64(left);

		sure = !d->leaf[n].eax ||
		       d->leaf[n].eax == t.component[n].size_bytes;
	}
	d->no_places = !sure;
	for (left = user & ~(uint64_t)3; sure && left; left &= left - 1)
		if (d->leaf[vprim_ctz64(left)].eax)
			d->leaf[vprim_ctz64(left)].ebx =
				t.component[vprim_ctz64(left)].offset;
}

static void use_boot(struct reader *r)
{
	const struct xstate_boot *b = &r->boot;
	uint64_t supervisor = supervisor_part(b->mask), user = b->mask & ~supervisor;
	uint64_t end = VPRIM_XSTATE_BASE_BYTES;
	struct xstate_dump *d = r->dump;
	unsigned int n;

	memset(d->leaf, 0, sizeof(d->leaf));
	d->from_kernel = true;
	d->form = "Linux's log";
	d->given = 3;
	d->leaf[0].eax = (uint32_t)user;
	d->leaf[0].edx = (uint32_t)(user >> 32);
	d->leaf[1].ecx = (uint32_t)supervisor;
	d->leaf[1].edx = (uint32_t)(supervisor >> 32);
	for (n = 2; n < VPRIM_XSTATE_COMPONENTS; n++)
		if (b->mask >> n & 1)
			end = boot_component(d, b, n, supervisor, end);
	if (!b->compacted) {
		d->leaf[0].ebx = d->leaf[0].ecx = b->bytes;
		return;
	}
	d->leaf[1].eax = VPRIM_XSTATE_HAS_XSAVEC | VPRIM_XSTATE_HAS_XSAVES;
	d->leaf[1].ebx = b->bytes;
	guess_places(d, user);
}

/* -- lines --------------------------------------------------------------------------- */

/* Whether the line behind this one is nothing by itself. */
static bool next_goes_on(struct reader *r)
{
	const char *next = input_peek(r->in), *form;
	struct xstate_context context = r->context;
	struct xstate_entry e;

	return next && *next &&
	       xstate_form_read(&context, next, &e, &form) == XSTATE_OTHER;
}

/* What stood between the two lines before somebody broke them. */
static const char *glue(struct reader *r)
{
	const char *next = input_peek(r->in);

	return next && (*next == ' ' || *next == '\t') ? " " : input_glue(r->in);
}

/* Whether a terminal may have cut the last number: the rest stands below. */
static bool is_cut_in_number(struct reader *r)
{
	const char *next;

	if (!input_wrapped(r->in) || *glue(r))
		return false;
	next = input_peek(r->in);
	return next && isxdigit((unsigned char)*next) && next_goes_on(r);
}

/* What the line says, put together with what follows where it ends too early. */
static enum xstate_line read_line(struct reader *r, struct xstate_entry *e,
				  unsigned long *joined)
{
	struct xstate_context before = r->context;
	enum xstate_line kind;

	*joined = 0;
	kind = xstate_form_read(&r->context, r->in->text, e, &r->form);
	while (*joined < JOINS &&
	       (kind == XSTATE_MORE ? next_goes_on(r) :
		kind == XSTATE_ENTRY && is_cut_in_number(r)) &&
	       input_join(r->in, glue(r))) {
		(*joined)++;
		r->context = before;
		kind = xstate_form_read(&r->context, r->in->text, e, &r->form);
	}
	if (kind != XSTATE_MORE)
		return kind;
	return e->leaf == XSTATE_LEAF_D ? XSTATE_BROKEN : XSTATE_OTHER;
}

static const char *act_on(struct reader *r, enum xstate_line kind,
			  const struct xstate_entry *e)
{
	switch (kind) {
	case XSTATE_HEADING:
		keep_boot(r);
		r->boots += r->context.boot.done;
		if (r->context.boot.done)
			memset(&r->context.boot, 0, sizeof(r->context.boot));
		next_cpu(r);
		return NULL;
	case XSTATE_ENTRY:
		return keep(r, e);
	case XSTATE_BROKEN:
		return "a line of leaf 0xd that cannot be read";
	default:
		return NULL;
	}
}

/* A line as text, and what is left of it where it has several elements. */
static const char *take_text(struct reader *r, enum xstate_line *first)
{
	const char *wrong, *form, *rest;
	struct xstate_entry e;
	enum xstate_line kind;
	unsigned long joined;

	kind = read_line(r, &e, &joined);
	*first = kind;
	if (kind == XSTATE_OTHER) {
		pass_over(r, joined, r->in->line);
		return NULL;
	}
	wrong = act_on(r, kind, &e);
	for (rest = e.rest; !wrong && rest && *rest; rest = e.rest) {
		kind = xstate_form_read(&r->context, rest, &e, &form);
		if (kind == XSTATE_MORE)
			kind = XSTATE_BROKEN;
		wrong = act_on(r, kind, &e);
	}
	return wrong;
}

static void json_begin(void *ctx)
{
	next_cpu(ctx);
}

static const char *json_keep(void *ctx, const struct xstate_entry *e)
{
	struct reader *r = ctx;

	r->form = "JSON";
	return keep(r, e);
}

/* A line that is no text form may be a part of JSON. */
static const char *take_json(struct reader *r)
{
	const struct xstate_json_sink sink = { r, json_begin, json_keep };
	const char *wrong;

	switch (xstate_json_line(r->json, r->in->text, &sink, &wrong)) {
	case XSTATE_JSON_DONE:
		r->waiting = 0;
		return wrong;
	case XSTATE_JSON_INSIDE:
		if (!r->waiting++)
			r->first_waiting = r->in->line;
		return NULL;
	default:
		pass_waiting(r);
		pass_over(r, *r->in->text != '\0', r->in->line);
		return NULL;
	}
}

static const char *take_line(struct reader *r)
{
	enum xstate_line kind;
	const char *wrong = take_text(r, &kind);

	if (wrong)
		return wrong;
	if (kind == XSTATE_ENTRY && xstate_json_inside(r->json)) {
		/* That was no JSON. */
		xstate_json_drop(r->json);
		pass_waiting(r);
	}
	return kind == XSTATE_OTHER || xstate_json_inside(r->json) ?
		       take_json(r) : NULL;
}

static const char *read_lines(struct reader *r, uint64_t *line)
{
	const char *wrong = NULL;
	int got;

	while (!wrong && (got = input_next(r->in)) != 0) {
		*line = r->in->line;
		if (got < 0)
			return r->in->error;
		wrong = take_line(r);
	}
	pass_waiting(r);
	return wrong;
}

static int fail(struct xstate_dump_error *error, int ret, uint64_t line,
		const char *what)
{
	error->line = line;
	error->what = what;
	return ret;
}

int xstate_dump_read(struct input *in, unsigned int cpu, struct xstate_dump *dump,
		     struct xstate_dump_error *error)
{
	struct reader r = { .in = in, .dump = dump, .wanted = cpu };
	uint64_t line = 0;
	const char *wrong;

	memset(dump, 0, sizeof(*dump));
	r.json = xstate_json_new();
	if (!r.json)
		return fail(error, -ENOMEM, 0, "out of memory");
	wrong = read_lines(&r, &line);
	xstate_json_free(r.json);
	if (wrong)
		return fail(error, -EBADMSG, line, wrong);
	keep_boot(&r);
	r.boots += r.context.boot.done;
	if (r.ordered)
		wrong = number_by_order(&r);
	if (wrong)
		return fail(error, -EBADMSG, 0, wrong);
	dump->cpus = r.cpu + r.begun;
	if (!(dump->given & 1) && r.boot.done) {
		use_boot(&r);
		dump->cpus = r.boots;
	}
	dump->has_flags = r.has_1 && r.has_7;
	memcpy(dump->complaint, r.context.complaint, sizeof(dump->complaint));
	if (!(dump->given & 1))
		return fail(error, -ENOENT, 0, r.context.decoded ?
			    "leaf 0xd in words alone: 'cpuid -1 -r' prints what is needed" :
			    "no leaf 0xd of this processor in the dump");
	return 0;
}
