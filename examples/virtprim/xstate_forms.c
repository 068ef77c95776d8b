// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The forms of CPUID dumps, line by line.
 *
 * To add one: a function that recognises a line, a row in the table at the end, a
 * case in the tests and a line in the manual. A form that sees its own line end
 * too early says so, and gets it again with the next one joined.
 */
#include "xstate_form.h"

#include <string.h>

/* What is left of a line; "short" when it ended where more had to come. */
struct cursor {
	const char *p;
	bool is_short;
};

static char lower(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch - 'A' + 'a') : ch;
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static void skip(struct cursor *c, const char *set)
{
	while (*c->p && strchr(set, *c->p))
		c->p++;
}

/* Take a word if it is next, in either case. */
static bool take(struct cursor *c, const char *word)
{
	const char *p = c->p;

	for (; *word; word++, p++) {
		if (lower(*p) != *word) {
			c->is_short = c->is_short || !*p;
			return false;
		}
	}
	c->p = p;
	return true;
}

/* The same, behind blanks. */
static bool then(struct cursor *c, const char *word)
{
	skip(c, " \t");
	return take(c, word);
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
static bool number(struct cursor *c, unsigned int base, uint32_t *v)
{
	const char *p = c->p;
	uint64_t n = 0;

	for (; digit(*p) < base; p++) {
		n = n * base + digit(*p);
		if (n > UINT32_MAX)
			return false;
	}
	if (p == c->p || (lower(*p) >= 'a' && lower(*p) <= 'z')) {
		c->is_short = c->is_short || !*p;
		return false;
	}
	c->p = p;
	*v = (uint32_t)n;
	return true;
}

static bool decimal(struct cursor *c, uint32_t *v)
{
	return number(c, 10, v);
}

static bool hex(struct cursor *c, uint32_t *v)
{
	return number(c, 16, v);
}

static bool hex_0x(struct cursor *c, uint32_t *v)
{
	return take(c, "0x") && hex(c, v);
}

static bool any(struct cursor *c, uint32_t *v)
{
	return take(c, "0x") ? hex(c, v) : decimal(c, v);
}

/* -- four registers --------------------------------------------------------- */

typedef bool (*reg_fn)(struct cursor *c, unsigned int i, uint32_t *v);

static bool take_regs(struct cursor *c, struct xstate_entry *e, reg_fn reg)
{
	e->have = 15;
	return reg(c, 0, &e->regs.eax) && reg(c, 1, &e->regs.ebx) &&
	       reg(c, 2, &e->regs.ecx) && reg(c, 3, &e->regs.edx);
}

/* "eax=0x00000207", "EAX=0x207,", "eax = 00000207" */
static bool reg_named(struct cursor *c, unsigned int i, uint32_t *v)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx" };

	skip(c, " \t,");
	if (!take(c, names[i]) || !then(c, "="))
		return false;
	skip(c, " \t");
	(void)take(c, "0x");
	return hex(c, v);
}

static bool reg_dashed(struct cursor *c, unsigned int i, uint32_t *v)
{
	return (!i || take(c, "-")) && hex(c, v);
}

static bool reg_colon(struct cursor *c, unsigned int i, uint32_t *v)
{
	return (!i || take(c, ":")) && hex(c, v);
}

static bool reg_bare(struct cursor *c, unsigned int i, uint32_t *v)
{
	(void)i;
	skip(c, " \t");
	return hex(c, v);
}

static bool reg_0x(struct cursor *c, unsigned int i, uint32_t *v)
{
	(void)i;
	skip(c, " \t");
	return hex_0x(c, v);
}

static bool reg_any(struct cursor *c, unsigned int i, uint32_t *v)
{
	(void)i;
	skip(c, " \t");
	return any(c, v);
}

/* "rax 207": KVM's trace */
static bool reg_r(struct cursor *c, unsigned int i, uint32_t *v)
{
	static const char *const names[] = { "rax ", "rbx ", "rcx ", "rdx " };

	return then(c, names[i]) && hex(c, v);
}

/* A line of leaf 0xD has to be whole; of other leaves it may be anything. */
static enum xstate_line whole(const struct cursor *c, const struct xstate_entry *e,
			      bool ok)
{
	if (ok)
		return XSTATE_ENTRY;
	if (c->is_short)
		return XSTATE_MORE;
	return e->leaf == XSTATE_LEAF_D ? XSTATE_BROKEN : XSTATE_OTHER;
}

/* -- forms -------------------------------------------------------------------- */

/* "0x0000000d 0x02: eax=0x... ebx=0x... ecx=0x... edx=0x..." */
static enum xstate_line read_raw(struct xstate_context *x, struct cursor c,
				 struct xstate_entry *e)
{
	if (!hex_0x(&c, &e->leaf) || !is_blank(*c.p))
		return XSTATE_OTHER;
	skip(&c, " \t");
	if (!hex_0x(&c, &e->sub) || !take(&c, ":"))
		return XSTATE_OTHER;
	x->in_leaf = false;
	c.is_short = false;
	return whole(&c, e, take_regs(&c, e, reg_named));
}

/* "0x00000001: EAX=0x..., EBX=...", "0x0000000d: subleafs:", " 2: EAX=..." */
static enum xstate_line read_kcpuid(struct xstate_context *x, struct cursor c,
				    struct xstate_entry *e)
{
	struct cursor line = c;
	uint32_t leaf;

	if (hex_0x(&c, &leaf)) {
		if (!take(&c, ":"))
			return XSTATE_OTHER;
		x->in_leaf = then(&c, "subleafs:");
		x->leaf = leaf;
		if (x->in_leaf)
			return XSTATE_KNOWN;
		e->leaf = leaf;
		e->sub = 0;
	} else {
		c = line;
		if (!x->in_leaf || !decimal(&c, &e->sub) || !take(&c, ":"))
			return XSTATE_OTHER;
		e->leaf = x->leaf;
	}
	c.is_short = false;
	return whole(&c, e, take_regs(&c, e, reg_named));
}

/* "eax in: 0x0000000d, eax = 00000207 ebx = ..."; some have "ecx in: 0x1," */
static enum xstate_line read_x86info(struct xstate_context *x, struct cursor c,
				     struct xstate_entry *e)
{
	(void)x;
	if (!take(&c, "eax in: ") || !hex_0x(&c, &e->leaf))
		return XSTATE_OTHER;
	skip(&c, " \t,");
	e->sub = XSTATE_NO_SUB;
	c.is_short = false;
	if (take(&c, "ecx in: ") && !hex_0x(&c, &e->sub))
		return whole(&c, e, false);
	c.is_short = false;
	return whole(&c, e, take_regs(&c, e, reg_named));
}

/* "CPUID[0d, 02]: eax=00000100 ebx=...": Linux, when it finds a contradiction */
static enum xstate_line read_linux(struct xstate_context *x, struct cursor c,
				   struct xstate_entry *e)
{
	(void)x;
	if (!take(&c, "cpuid[") || !hex(&c, &e->leaf) || !take(&c, ",") ||
	    !is_blank(*c.p))
		return XSTATE_OTHER;
	skip(&c, " \t");
	if (!hex(&c, &e->sub) || !take(&c, "]:"))
		return XSTATE_OTHER;
	c.is_short = false;
	return whole(&c, e, take_regs(&c, e, reg_named));
}

/* "XSAVE consistency problem: size 10752 != kernel_size 10704" */
static enum xstate_line read_complaint(struct xstate_context *x, struct cursor c,
				       struct xstate_entry *e)
{
	uint32_t a, b;

	(void)e;
	if (!take(&c, "xsave consistency problem"))
		return XSTATE_OTHER;
	if (take(&c, ": size ") && decimal(&c, &a) &&
	    take(&c, " != kernel_size ") && decimal(&c, &b)) {
		x->complaint[0] = a;
		x->complaint[1] = b;
	}
	return XSTATE_KNOWN;
}

/* " [SL 02]" behind the registers, in hexadecimal; absent is fine. */
static bool take_sub(struct cursor *c, uint32_t *sub)
{
	c->is_short = false;
	skip(c, " \t");
	if (!take(c, "[sl")) {
		c->is_short = false;
		return true;
	}
	skip(c, " \t");
	return hex(c, sub) && take(c, "]");
}

/* "CPUID 0000000D: A-B-C-D [SL 02]" and "CPUID 0000000d:02 = A B C D" */
static enum xstate_line read_listed(struct xstate_context *x, struct cursor c,
				    struct xstate_entry *e)
{
	(void)x;
	if (!take(&c, "cpuid") || !is_blank(*c.p))
		return XSTATE_OTHER;
	skip(&c, " \t");
	if (!hex(&c, &e->leaf))
		return XSTATE_OTHER;
	c.is_short = false;
	e->sub = XSTATE_NO_SUB;
	if (take(&c, ":") && hex(&c, &e->sub))
		return whole(&c, e, then(&c, "=") && take_regs(&c, e, reg_bare));
	e->sub = XSTATE_NO_SUB;
	c.is_short = false;
	skip(&c, " \t");
	return whole(&c, e, take_regs(&c, e, reg_dashed) && take_sub(&c, &e->sub));
}

static bool eight_digits(const char *p)
{
	unsigned int i;

	for (i = 0; digit(p[i]) < 16; i++)
		;
	return i == 8;
}

/* "0000000d:00000002 -> 00000100:00000240:00000000:00000000" */
static enum xstate_line read_xen(struct xstate_context *x, struct cursor c,
				 struct xstate_entry *e)
{
	(void)x;
	/* A difference of two dumps has marks. */
	if ((*c.p == '-' || *c.p == '+') && is_blank(c.p[1]))
		skip(&c, "-+ \t");
	if (take(&c, "leaf ") || take(&c, "index ") || take(&c, "cpuid:") ||
	    take(&c, "msrs:"))
		return strstr(c.p, "->") || !*c.p ? XSTATE_KNOWN : XSTATE_OTHER;
	if (!eight_digits(c.p) || !hex(&c, &e->leaf))
		return XSTATE_OTHER;
	c.is_short = false;
	if (then(&c, "->"))
		return XSTATE_KNOWN;	/* an MSR */
	if (!take(&c, ":") || !eight_digits(c.p) || !hex(&c, &e->sub))
		return XSTATE_OTHER;
	c.is_short = false;
	if (!then(&c, "->"))
		return whole(&c, e, false);
	skip(&c, " \t");
	return whole(&c, e, take_regs(&c, e, reg_colon));
}

/* "hostCPUID level 0000000d, 0: 0x...", "guest vs. host CPUID guest level ..." */
static enum xstate_line read_vmware(struct xstate_context *x, struct cursor c,
				    struct xstate_entry *e)
{
	const char *name = strstr(c.p, "CPUID");

	(void)x;
	if (!name || name - c.p > 40)
		return XSTATE_OTHER;
	e->label = name - c.p >= 4 && !strncmp(name - 4, "host", 4) ? "host" :
								      "guest";
	c.p = name + 5;
	skip(&c, " \t*");
	if (take(&c, "host "))
		e->label = "host";
	else if (take(&c, "guest "))
		e->label = "guest";
	if (!take(&c, "level ") || !hex(&c, &e->leaf) || !take(&c, ","))
		return XSTATE_OTHER;
	skip(&c, " \t");
	c.is_short = false;
	return whole(&c, e, hex(&c, &e->sub) && take(&c, ":") &&
			    take_regs(&c, e, reg_0x));
}

/* "... kvm_cpuid: func d idx 2 rax 100 rbx 240 rcx 0 rdx 0, cpuid entry found" */
static enum xstate_line read_kvm(struct xstate_context *x, struct cursor c,
				 struct xstate_entry *e)
{
	const char *name = strstr(c.p, "kvm_cpuid: func ");

	(void)x;
	if (!name)
		return XSTATE_OTHER;
	c.p = name + strlen("kvm_cpuid: func ");
	c.is_short = false;
	if (strstr(c.p, "not found"))
		return XSTATE_KNOWN;
	e->sub = XSTATE_NO_SUB;
	e->fleeting = true;
	if (!hex(&c, &e->leaf))
		return whole(&c, e, false);
	if (then(&c, "idx ") && !hex(&c, &e->sub))
		return whole(&c, e, false);
	/* Old kernels do not say which sub-leaf it was. */
	if (e->sub == XSTATE_NO_SUB && e->leaf == XSTATE_LEAF_D)
		return XSTATE_KNOWN;
	return whole(&c, e, take_regs(&c, e, reg_r));
}

/* -- libvirt's CPU data ------------------------------------------------------ */

/* "name='value'"; false at what is no attribute. */
static bool attribute(struct cursor *c, const char **name, size_t *len,
		      struct cursor *value)
{
	char quote;

	skip(c, " \t");
	*name = c->p;
	while (*c->p && !strchr(" \t='\"<>/", *c->p))
		c->p++;
	*len = (size_t)(c->p - *name);
	skip(c, " \t");
	if (!*len || *c->p != '=')
		return false;
	c->p++;
	skip(c, " \t");
	quote = *c->p;
	if (quote != '\'' && quote != '"')
		return false;
	value->p = c->p + 1;
	value->is_short = false;
	c->p = strchr(value->p, quote);
	if (!c->p) {
		c->p = value->p + strlen(value->p);
		return false;
	}
	c->p++;
	return true;
}

static bool store_attribute(struct xstate_entry *e, const char *name, size_t len,
			    struct cursor *value)
{
	static const char *const names[] = { "eax", "ebx", "ecx", "edx", "eax_in",
					     "ecx_in", "function" };
	uint32_t *const at[] = { &e->regs.eax, &e->regs.ebx, &e->regs.ecx,
				 &e->regs.edx, &e->leaf, &e->sub, &e->leaf };
	unsigned int i;

	for (i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		if (len != strlen(names[i]) || strncmp(name, names[i], len))
			continue;
		if (!any(value, at[i]) || (*value->p != '\'' && *value->p != '"'))
			return false;
		e->have |= 1u << (i == 6 ? 4 : i);
	}
	return true;
}

/* "<cpuid eax_in='0x0000000d' ecx_in='0x00' eax='0x00000207' .../>" */
static enum xstate_line read_element(struct cursor c, struct xstate_entry *e)
{
	const char *name, *end;
	struct cursor value;
	bool fine = true;
	size_t len;

	e->sub = 0;
	while (attribute(&c, &name, &len, &value))
		fine = fine && store_attribute(e, name, len, &value);
	end = c.p;
	c.is_short = !*c.p;
	if (*end == '/')
		end++;
	if (*end == '>')
		e->rest = end + 1;
	fine = fine && e->rest && e->have & 15 && e->have & 16;
	e->have &= 15;
	return whole(&c, e, fine);
}

static enum xstate_line read_libvirt(struct xstate_context *x, struct cursor c,
				     struct xstate_entry *e)
{
	const char *end;

	(void)x;
	if (*c.p != '<')
		return XSTATE_OTHER;
	if (take(&c, "<cpuid") && is_blank(*c.p))
		return read_element(c, e);
	if (take(&c, "<cpuid"))
		return XSTATE_MORE;
	end = strchr(c.p, '>');
	e->rest = end ? end + 1 : NULL;
	if (take(&c, "<cpudata"))
		return XSTATE_HEADING;
	return take(&c, "</cpudata") || take(&c, "<msr ") ? XSTATE_KNOWN :
							    XSTATE_OTHER;
}

/* -- a kernel's table at boot ---------------------------------------------- */

/* Old kernels have four digits of hexadecimal, and no 0x. */
static bool boot_number(struct cursor *c, uint32_t *v)
{
	skip(c, " \t");
	return *c->p == '0' && c->p[1] ? hex(c, v) : decimal(c, v);
}

static bool boot_place(struct cursor *c, struct xstate_boot *b)
{
	uint32_t n, again, offset, size;

	if (!decimal(c, &n) || n >= VPRIM_XSTATE_COMPONENTS || !take(c, "]:") ||
	    !boot_number(c, &offset) || !take(c, ",") ||
	    !then(c, "xstate_sizes[") || !decimal(c, &again) || again != n ||
	    !take(c, "]:") || !boot_number(c, &size))
		return false;
	b->offset[n] = offset;
	b->size[n] = size;
	return true;
}

static bool boot_summary(struct cursor *c, struct xstate_boot *b)
{
	uint64_t mask = 0;
	uint32_t bytes;

	if (!take(c, "0x"))
		return false;
	for (; digit(*c->p) < 16; c->p++) {
		if (mask >> 60)
			return false;
		mask = mask << 4 | digit(*c->p);
	}
	if (!take(c, ",") || !then(c, "context size is ") || !decimal(c, &bytes) ||
	    !take(c, " bytes, using '"))
		return false;
	if (!take(c, "compacted") && !take(c, "standard"))
		return false;
	b->mask = mask;
	b->bytes = bytes;
	b->compacted = c->p[-1] == 'd' && c->p[-2] == 'e';
	b->done = true;
	return true;
}

/*
 * "x86/fpu: Supporting XSAVE feature 0x001: ..."
 * "x86/fpu: xstate_offset[2]:  576, xstate_sizes[2]:  256"
 * "x86/fpu: Enabled xstate features 0x7, context size is 832 bytes, using
 *  'compacted' format."
 */
static enum xstate_line read_boot(struct xstate_context *x, struct cursor c,
				  struct xstate_entry *e)
{
	bool ok;

	if (!take(&c, "x86/fpu: "))
		return XSTATE_OTHER;
	e->leaf = XSTATE_LEAF_D;
	if (take(&c, "supporting xsave feature ")) {
		/* A log has one table for every boot. */
		return x->boot.done ? XSTATE_HEADING : XSTATE_KNOWN;
	}
	c.is_short = false;
	if (take(&c, "xstate_offset["))
		ok = boot_place(&c, &x->boot);
	else if (take(&c, "enabled xstate features "))
		ok = boot_summary(&c, &x->boot);
	else
		return XSTATE_OTHER;
	return ok ? XSTATE_KNOWN : whole(&c, e, false);
}

/* -- the vector language ------------------------------------------------------ */

/* "NAME.leaf 2 0x100 0x240 0 0"; the first NAME of a file counts. */
static enum xstate_line read_vector(struct xstate_context *x, struct cursor c,
				    struct xstate_entry *e)
{
	size_t len = strcspn(c.p, ". \t");
	const char *name = c.p;
	bool same = x->name[0] && strlen(x->name) == len &&
		    !memcmp(name, x->name, len);

	if (take(&c, "new xstate "))
		return XSTATE_KNOWN;
	c.p = name + len;
	if (!len || len >= sizeof(x->name) || *c.p != '.')
		return XSTATE_OTHER;
	if (!take(&c, ".leaf") || !is_blank(*c.p))
		return same ? XSTATE_KNOWN : XSTATE_OTHER;
	if (x->name[0] && !same)
		return XSTATE_KNOWN;
	memcpy(x->name, name, len);
	x->name[len] = '\0';
	e->leaf = XSTATE_LEAF_D;
	c.is_short = false;
	skip(&c, " \t");
	return whole(&c, e, any(&c, &e->sub) && take_regs(&c, e, reg_any));
}

/* -- headings ------------------------------------------------------------------- */

/* "CPU 3:", "CPU:", "------[ Logical CPU #3 ]------", "CPUID Registers (CPU #1)" */
static enum xstate_line read_heading(struct xstate_context *x, struct cursor c,
				     struct xstate_entry *e)
{
	uint32_t n;

	(void)e;
	skip(&c, "-");
	if (take(&c, "[")) {
		skip(&c, " \t");
		if (!take(&c, "logical cpu #"))
			return XSTATE_OTHER;
	} else if (!take(&c, "cpuid registers (cpu")) {
		if (!take(&c, "cpu"))
			return XSTATE_OTHER;
		skip(&c, " \t");
		(void)decimal(&c, &n);
		if (!take(&c, ":") || *c.p)
			return XSTATE_OTHER;
	}
	x->label = NULL;
	return XSTATE_HEADING;
}

/* "PV Max policy: 33 leaves, 2 MSRs" */
static enum xstate_line read_policy(struct xstate_context *x, struct cursor c,
				    struct xstate_entry *e)
{
	static const char *const labels[] = {
		"raw policy", "host policy", "pv max policy", "hvm max policy",
		"pv default policy", "hvm default policy",
	};
	unsigned int i;

	(void)e;
	skip(&c, "-+ \t");
	for (i = 0; i < VPRIM_ARRAY_LEN(labels); i++) {
		if (!take(&c, labels[i]))
			continue;
		x->label = labels[i];
		return take(&c, ":") ? XSTATE_HEADING : XSTATE_OTHER;
	}
	return XSTATE_OTHER;
}

/* "   XSAVE features (0xd/0):": what cpuid prints without -r */
static enum xstate_line read_decoded(struct xstate_context *x, struct cursor c,
				     struct xstate_entry *e)
{
	(void)e;
	if (!take(&c, "xsave features (0xd/0)"))
		return XSTATE_OTHER;
	x->decoded = true;
	return XSTATE_KNOWN;
}

static const struct form {
	const char *name;
	enum xstate_line (*read)(struct xstate_context *x, struct cursor c,
				 struct xstate_entry *e);
} forms[] = {
	{ "a heading", read_heading },
	{ "cpuid -r", read_raw },
	{ "a list by leaf", read_listed },
	{ "kcpuid -r", read_kcpuid },
	{ "xen-cpuid -p", read_policy },
	{ "xen-cpuid -p", read_xen },
	{ "x86info -r", read_x86info },
	{ "libvirt's CPU data", read_libvirt },
	{ "Linux's log", read_linux },
	{ "Linux's log", read_complaint },
	{ "Linux's log", read_boot },
	{ "KVM's trace", read_kvm },
	{ "VMware's log", read_vmware },
	{ "cpuid", read_decoded },
	{ "a script", read_vector },
};

static enum xstate_line try_forms(struct xstate_context *c, const char *line,
				  struct xstate_entry *e, const char **form)
{
	enum xstate_line kind = XSTATE_OTHER;
	struct cursor at = { line, false };
	size_t i;

	/* Comments and string literals before a line. */
	skip(&at, " \t/\"*");
	for (i = 0; i < VPRIM_ARRAY_LEN(forms) && kind == XSTATE_OTHER; i++) {
		memset(e, 0, sizeof(*e));
		kind = forms[i].read(c, at, e);
		*form = forms[i].name;
	}
	return kind;
}

enum xstate_line xstate_form_read(struct xstate_context *c, const char *line,
				  struct xstate_entry *e, const char **form)
{
	const char *bare = input_unprefixed(line);
	enum xstate_line kind = try_forms(c, bare, e, form);

	/* What looks like a prefix may be the line itself. */
	return kind == XSTATE_OTHER && bare != line ? try_forms(c, line, e, form) :
						      kind;
}
