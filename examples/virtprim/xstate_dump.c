// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * CPUID dumps to sub-leaves.
 *
 * A line becomes an entry: leaf, sub-leaf if it has one, four registers. Entries
 * of the wanted processor are kept; those of leaf 0xD without a sub-leaf wait in
 * their order until the end, when the masks are known.
 */
#include "xstate_dump.h"

/* What is left of a line. */
struct cursor {
	const char *p, *end;
};

#define NO_SUB UINT32_MAX
#define LEAF_D 0xdu

struct entry {
	uint32_t leaf, sub;
	struct vprim_xstate_leaf regs;
};

enum line { OTHER, NEW_CPU, ENTRY, BROKEN };

struct reader {
	struct xstate_dump *dump;
	unsigned int wanted, cpu;	/* cpu: the one being read */
	bool begun;			/* it has an entry */
	bool has_zero;			/* it has leaf 0 */
	bool has_d, left_d;		/* it has leaf 0xD, and then another */
	bool has_d0;			/* it has 0xD.0, by number */
	bool has_1, has_7;		/* the wanted one has these */
	struct vprim_xstate_leaf order[VPRIM_XSTATE_LEAVES];
	unsigned int ordered;		/* entries without a sub-leaf */
	const char *name;		/* of the first vector object */
	size_t name_len;
};

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

static void skip_blanks(struct cursor *c)
{
	while (c->p < c->end && is_blank(*c->p))
		c->p++;
}

/* Quotation marks of mails, comments and string literals before a line. */
static void skip_quotes(struct cursor *c)
{
	while (c->p < c->end &&
	       (is_blank(*c->p) || *c->p == '>' || *c->p == '|' ||
		*c->p == '/' || *c->p == '"' || *c->p == '*'))
		c->p++;
}

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

/* Take a word if it is next, in either case. */
static bool take(struct cursor *c, const char *word)
{
	const char *p = c->p;

	for (; *word; word++, p++)
		if (p == c->end || lower(*p) != *word)
			return false;
	c->p = p;
	return true;
}

static bool take_char(struct cursor *c, char ch)
{
	if (c->p == c->end || *c->p != ch)
		return false;
	c->p++;
	return true;
}

static unsigned int digit(char ch)
{
	ch = lower(ch);
	if (ch >= '0' && ch <= '9')
		return (unsigned int)(ch - '0');
	if (ch >= 'a' && ch <= 'f')
		return (unsigned int)(ch - 'a') + 10;
	return 16;
}

/* A number of 32 bits that ends where no digit or letter follows. */
static bool take_number(struct cursor *c, unsigned int base, uint32_t *v)
{
	const char *p = c->p;
	uint64_t n = 0;

	for (; p < c->end && digit(*p) < base; p++) {
		n = n * base + digit(*p);
		if (n > UINT32_MAX)
			return false;
	}
	if (p == c->p || (p < c->end && lower(*p) >= 'a' && lower(*p) <= 'z'))
		return false;
	c->p = p;
	*v = (uint32_t)n;
	return true;
}

/* Decimal, or hexadecimal with 0x. */
static bool take_any(struct cursor *c, uint32_t *v)
{
	return take_number(c, take(c, "0x") ? 16 : 10, v);
}

static bool take_0x(struct cursor *c, uint32_t *v)
{
	return take(c, "0x") && take_number(c, 16, v);
}

/* Four registers, each after its own prefix and with what parts them. */
static bool take_regs(struct cursor *c, struct vprim_xstate_leaf *regs,
		      bool (*reg)(struct cursor *c, unsigned int i, uint32_t *v))
{
	return reg(c, 0, &regs->eax) && reg(c, 1, &regs->ebx) &&
	       reg(c, 2, &regs->ecx) && reg(c, 3, &regs->edx);
}

static bool named_reg(struct cursor *c, unsigned int i, uint32_t *v)
{
	static const char *const names[] = { "eax=", "ebx=", "ecx=", "edx=" };

	skip_blanks(c);
	return take(c, names[i]) && take_0x(c, v);
}

static bool dashed_reg(struct cursor *c, unsigned int i, uint32_t *v)
{
	return (!i || take_char(c, '-')) && take_number(c, 16, v);
}

static bool bare_reg(struct cursor *c, unsigned int i, uint32_t *v)
{
	(void)i;
	skip_blanks(c);
	return take_number(c, 16, v);
}

static bool vector_reg(struct cursor *c, unsigned int i, uint32_t *v)
{
	(void)i;
	skip_blanks(c);
	return take_any(c, v);
}

/* A line of leaf 0xD has to be whole; of other leaves it may be anything. */
static enum line whole(const struct entry *e, bool ok)
{
	if (ok)
		return ENTRY;
	return e->leaf == LEAF_D ? BROKEN : OTHER;
}

/* "0x0000000d 0x02: eax=0x... ebx=0x... ecx=0x... edx=0x..." */
static enum line read_raw(struct cursor c, struct entry *e)
{
	if (!take_0x(&c, &e->leaf))
		return OTHER;
	skip_blanks(&c);
	if (!take_0x(&c, &e->sub) || !take_char(&c, ':'))
		return OTHER;
	return whole(e, take_regs(&c, &e->regs, named_reg));
}

/* " [SL 02]" behind the registers, in hexadecimal; absent is fine. */
static bool take_sub(struct cursor *c, uint32_t *sub)
{
	skip_blanks(c);
	if (!take(c, "[sl"))
		return true;
	skip_blanks(c);
	return take_number(c, 16, sub) && take_char(c, ']');
}

/* "CPUID 0000000D: A-B-C-D [SL 02]" and "CPUID 0000000d:02 = A B C D" */
static enum line read_listed(struct cursor c, struct entry *e)
{
	if (!take(&c, "cpuid") || c.p == c.end || !is_blank(*c.p))
		return OTHER;
	skip_blanks(&c);
	if (!take_number(&c, 16, &e->leaf))
		return OTHER;
	e->sub = NO_SUB;
	if (take_char(&c, ':') && take_number(&c, 16, &e->sub)) {
		skip_blanks(&c);
		return whole(e, take_char(&c, '=') &&
				take_regs(&c, &e->regs, bare_reg));
	}
	skip_blanks(&c);
	return whole(e, take_regs(&c, &e->regs, dashed_reg) &&
			take_sub(&c, &e->sub));
}

/* "NAME.leaf 2 0x100 0x240 0 0"; the first NAME of a file counts. */
static enum line read_vector(struct reader *r, struct cursor c, struct entry *e)
{
	const char *name = c.p;
	size_t len;

	while (c.p < c.end && *c.p != '.' && !is_blank(*c.p))
		c.p++;
	len = (size_t)(c.p - name);
	if (!len || !take(&c, ".leaf") || c.p == c.end || !is_blank(*c.p))
		return OTHER;
	if (r->name && (len != r->name_len || memcmp(name, r->name, len)))
		return OTHER;
	r->name = name;
	r->name_len = len;
	e->leaf = LEAF_D;
	skip_blanks(&c);
	return take_any(&c, &e->sub) && take_regs(&c, &e->regs, vector_reg) ?
		       ENTRY : BROKEN;
}

/* "CPU 3:", "CPU:", "------[ Logical CPU #3 ]------" */
static bool is_heading(struct cursor c)
{
	uint32_t n;

	while (take_char(&c, '-'))
		;
	if (take_char(&c, '[')) {
		skip_blanks(&c);
		return take(&c, "logical cpu #");
	}
	if (!take(&c, "cpu"))
		return false;
	skip_blanks(&c);
	(void)take_number(&c, 10, &n);
	return take_char(&c, ':') && c.p == c.end;
}

static enum line read_line(struct reader *r, struct cursor c, struct entry *e)
{
	enum line kind;

	skip_quotes(&c);
	while (c.end > c.p && is_blank(c.end[-1]))
		c.end--;
	if (is_heading(c))
		return NEW_CPU;
	kind = read_raw(c, e);
	if (kind == OTHER)
		kind = read_listed(c, e);
	if (kind == OTHER)
		kind = read_vector(r, c, e);
	return kind;
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
static void follow_cpus(struct reader *r, const struct entry *e)
{
	bool zero = e->leaf == 0;
	bool d = e->leaf == LEAF_D, d0 = d && e->sub == 0;

	if ((zero && r->has_zero) || (d && r->left_d) || (d0 && r->has_d0))
		next_cpu(r);
	r->begun = true;
	r->has_zero = r->has_zero || zero;
	r->left_d = r->left_d || (r->has_d && !d);
	r->has_d = r->has_d || d;
	r->has_d0 = r->has_d0 || d0;
}

static bool same_regs(const struct vprim_xstate_leaf *a,
		      const struct vprim_xstate_leaf *b)
{
	return a->eax == b->eax && a->ebx == b->ebx && a->ecx == b->ecx &&
	       a->edx == b->edx;
}

/* Keep a sub-leaf of leaf 0xD; what is wrong with it, or NULL. */
static const char *keep_d(struct reader *r, const struct entry *e)
{
	struct xstate_dump *d = r->dump;

	if (e->sub == NO_SUB) {
		if (r->ordered == VPRIM_XSTATE_LEAVES)
			return "more than 64 sub-leaves of leaf 0xd";
		r->order[r->ordered++] = e->regs;
		return NULL;
	}
	if (e->sub >= VPRIM_XSTATE_LEAVES)
		return "a sub-leaf of leaf 0xd over 63";
	if (d->given >> e->sub & 1 && !same_regs(&d->leaf[e->sub], &e->regs))
		return "a sub-leaf of leaf 0xd again, with other values";
	d->leaf[e->sub] = e->regs;
	d->given |= VPRIM_XSTATE_BIT(e->sub);
	return NULL;
}

static void keep_flags(struct reader *r, const struct entry *e)
{
	struct vprim_xstate_perm_cpuid *f = &r->dump->flags;
	uint32_t sub = e->sub == NO_SUB ? 0 : e->sub;

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

static const char *keep(struct reader *r, const struct entry *e)
{
	follow_cpus(r, e);
	if (r->cpu != r->wanted)
		return NULL;
	if (e->leaf == LEAF_D)
		return keep_d(r, e);
	keep_flags(r, e);
	return NULL;
}

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

static const char *read_lines(struct reader *r, const char *text, size_t len,
			      unsigned long *line)
{
	const char *p = text, *end = text + len, *eol, *wrong = NULL;
	struct entry e;

	for (*line = 1; p < end && !wrong; p = eol + 1, (*line)++) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		switch (read_line(r, (struct cursor){ p, eol }, &e)) {
		case NEW_CPU:
			next_cpu(r);
			break;
		case ENTRY:
			wrong = keep(r, &e);
			break;
		case BROKEN:
			wrong = "a line of leaf 0xd that cannot be read";
			break;
		case OTHER:
			break;
		}
		if (eol == end)
			break;
	}
	if (wrong && eol != end)
		(*line)--;
	return wrong;
}

static int fail(struct xstate_dump_error *error, int ret, unsigned long line,
		const char *what)
{
	error->line = line;
	error->what = what;
	return ret;
}

int xstate_dump_read(const char *text, size_t len, unsigned int cpu,
		     struct xstate_dump *dump, struct xstate_dump_error *error)
{
	struct reader r = { .dump = dump, .wanted = cpu };
	unsigned long line = 0;
	const char *wrong = NULL;

	memset(dump, 0, sizeof(*dump));
	if (len)
		wrong = read_lines(&r, text, len, &line);
	if (wrong)
		return fail(error, -EBADMSG, line, wrong);
	if (r.ordered)
		wrong = number_by_order(&r);
	if (wrong)
		return fail(error, -EBADMSG, 0, wrong);
	dump->cpus = r.cpu + r.begun;
	dump->has_flags = r.has_1 && r.has_7;
	if (!(dump->given & 1))
		return fail(error, -ENOENT, 0,
			    "no leaf 0xd of this processor in the dump");
	return 0;
}
