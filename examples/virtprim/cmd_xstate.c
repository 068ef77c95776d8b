// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim xstate - extended state of this host or of a CPUID dump.
 *
 * Without a dump, the library's answers are compared with what the processor and
 * the kernel say; a difference is exit status 1. So is a migration that cannot
 * be.
 */
#include "tool.h"
#include "xstate_tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/vec_module.h>
#include <virtprim/xstate_perm.h>

struct options {
	char *cpuid, *svg;			/* popt's, to be freed */
	char *mask, *xcr0, *xss, *permitted, *capacity, *release;
	int cpu, json, all, vec, migrate;
};

static int read_dump(const char *path, int cpu, struct xstate_machine *m)
{
	struct input *in = input_open(path);
	struct xstate_dump_error e;
	int ret;

	memset(m, 0, sizeof(*m));
	input_printable(m->name, sizeof(m->name),
			strcmp(path, "-") ? path : "standard input");
	if (!in) {
		tool_warn("%s: %s", m->name, strerror(errno));
		return TOOL_USAGE;
	}
	ret = xstate_dump_read(in, (unsigned int)cpu, &m->dump, &e);
	if (ret && e.line)
		tool_warn("%s:%" PRIu64 ": %s", m->name, e.line, e.what);
	else if (ret)
		tool_warn("%s: %s", m->name, e.what);
	input_close(in);
	return ret ? TOOL_USAGE : TOOL_OK;
}

static int make_table(struct xstate_machine *m)
{
	struct vprim_reason reason;
	char why[VPRIM_REASON_TEXT_BYTES];

	if (!vprim_xstate_table_init(&m->table, m->dump.leaf, VPRIM_XSTATE_LEAVES,
				     &reason)) {
		vprim_xstate_table_audit(&m->table, &m->audit);
		return TOOL_OK;
	}
	vprim_reason_text(&reason, why, sizeof(why));
	tool_warn("%s: leaf 0xd contradicts itself: %s", m->name, why);
	return TOOL_FAILED;
}

/* A dump, or this host for NULL and "host". */
static int load(const char *path, int cpu, struct xstate_machine *m)
{
	const char *why;
	int status = TOOL_OK;

	if (path && strcmp(path, "host")) {
		status = read_dump(path, cpu, m);
	} else if (!xstate_host_read(m, &why)) {
		tool_warn("%s", why);
		status = TOOL_USAGE;
	}
	return status ? status : make_table(m);
}

/* A number option: decimal or 0x…; absent keeps *v. */
static bool number(const char *name, const char *text, uint64_t *v)
{
	char *end;

	if (!text)
		return true;
	errno = 0;
	*v = strtoull(text, &end, 0);
	if (!errno && end != text && !*end && *text != '-')
		return true;
	tool_warn("xstate: --%s wants a number, not '%s'", name, text);
	return false;
}

/* What is shown: --mask, or all that the table has a size for. */
static bool choose_view(const struct options *o, const struct xstate_machine *m,
			struct xstate_view *v)
{
	const struct vprim_xstate_table *t = &m->table;
	uint64_t mask = vprim_xstate_table_known(t), unknown;

	if (!number("mask", o->mask, &mask))
		return false;
	unknown = mask & ~vprim_xstate_table_known(t) & ~(uint64_t)3;
	if (unknown) {
		tool_warn("xstate: %s has no component %u", m->name,
			  vprim_ctz64(unknown));
		return false;
	}
	v->user = mask & ~t->xss;
	v->all = mask;
	return true;
}

static int write_svg(const struct options *o, const struct xstate_machine *m,
		     const struct xstate_view *v)
{
	bool file = strcmp(o->svg, "-");
	FILE *to = file ? tool_begin_file(o->svg) : stdout;

	if (!to)
		return TOOL_USAGE;
	xstate_print_svg(to, m, v);
	return !file || tool_end_file(to, true) ? TOOL_OK : TOOL_USAGE;
}

static void put_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static int show(const struct options *o, const struct xstate_machine *m,
		const struct xstate_view *v)
{
	struct xstate_checks checks = { 0 };
	bool host = !o->cpuid;

	if (host)
		xstate_host_compare(m, &checks);
	if (checks.failed) {
		tool_warn("out of memory");
		free(checks.list);
		return TOOL_USAGE;
	}
	if (o->json) {
		put_json(xstate_json(m, v, host ? &checks : NULL));
	} else {
		xstate_print_table(m, v);
		if (host)
			xstate_print_checks(&checks, o->all);
	}
	free(checks.list);
	return checks.differences || !vprim_xstate_audit_is_clean(&m->audit) ?
		       TOOL_FAILED : TOOL_OK;
}

static int describe(const struct options *o)
{
	static struct xstate_machine m;
	struct xstate_view v;
	int status = load(o->cpuid, o->cpu, &m);

	if (status)
		return status;
	if (!choose_view(o, &m, &v))
		return TOOL_USAGE;
	if (o->vec) {
		xstate_print_vectors(&m);
		return TOOL_OK;
	}
	return o->svg ? write_svg(o, &m, &v) : show(o, &m, &v);
}

/* -- migration ---------------------------------------------------------------------- */

static void print_verdict(const struct vprim_xstate_verdict *v,
			  enum vprim_xstate_style style)
{
	char text[16384];

	vprim_xstate_verdict_text(v, style, text, sizeof(text));
	printf("%s%s", text, style == VPRIM_XSTATE_JSON ? "\n" : "");
}

/* What is wrong with a dump, or missing in it, before a verdict on it. */
static int warn_of(const struct xstate_machine *m)
{
	char text[XSTATE_FINDING_BYTES];
	unsigned int i;

	for (i = 0; xstate_finding(m, i, text, sizeof(text)); i++)
		tool_warn("%s: %s", m->name, text);
	if (xstate_lacking(m, text, sizeof(text)))
		tool_warn("%s: %s", m->name, text);
	if (!m->dump.no_places)
		return TOOL_OK;
	tool_warn("%s: a kernel's log has no standard places; there is no verdict",
		  m->name);
	return TOOL_USAGE;
}

/* What KVM of the destination's release keeps from guests. */
static bool read_release(const char *word, const struct vprim_xstate_table *t,
			 uint64_t *withheld)
{
	struct vprim_xstate_perm_kvm_host host = {
		.xcr0 = t->xcr0, .xss = t->xss, .shstk = true, .ibt = true,
		.xsaves = t->features & VPRIM_XSTATE_HAS_XSAVES,
	};

	if (!word)
		return true;
	if (!tool_release("xstate", word, &host.release))
		return false;
	*withheld = vprim_xstate_perm_kvm_supported(&host).withheld;
	return true;
}

static int judge(const struct options *o, const struct xstate_machine *a,
		 const struct xstate_machine *b)
{
	struct vprim_xstate_origin from = { &a->table, a->table.xcr0, 0 };
	struct vprim_xstate_destination to = { &b->table, UINT64_MAX, 0, 0 };
	struct vprim_xstate_verdict v;
	struct vprim_reason reason;
	char why[VPRIM_REASON_TEXT_BYTES];

	if (!number("xcr0", o->xcr0, &from.xcr0) ||
	    !number("xss", o->xss, &from.xss) ||
	    !number("permitted", o->permitted, &to.permitted) ||
	    !number("room", o->capacity, &to.capacity_bytes) ||
	    !read_release(o->release, &b->table, &to.withheld))
		return TOOL_USAGE;
	if (vprim_xstate_migrate(&from, &to, &v, &reason)) {
		vprim_reason_text(&reason, why, sizeof(why));
		tool_warn("%s cannot have this state: %s", a->name, why);
		return TOOL_USAGE;
	}
	print_verdict(&v, o->json ? VPRIM_XSTATE_JSON : VPRIM_XSTATE_TEXT);
	return v.compatible ? TOOL_OK : TOOL_FAILED;
}

static int migrate(const struct options *o, poptContext con)
{
	static struct xstate_machine a, b;
	const char *from = poptGetArg(con), *to = poptGetArg(con);
	int status;

	if (!from || !to || poptPeekArg(con)) {
		tool_warn("xstate: --migrate wants two dumps; 'host' is this one");
		return TOOL_USAGE;
	}
	status = load(from, o->cpu, &a);
	if (!status)
		status = load(to, o->cpu, &b);
	if (!status)
		status = warn_of(&a);
	if (!status)
		status = warn_of(&b);
	return status ? status : judge(o, &a, &b);
}

/* Whether an option is given that says nothing here, and would be passed over. */
static bool is_idle(const struct options *o)
{
	const struct { bool given, migrates; const char *name; } options[] = {
		{ o->xcr0, true, "xcr0" }, { o->xss, true, "xss" },
		{ o->permitted, true, "permitted" }, { o->capacity, true, "room" },
		{ o->release, true, "linux" }, { o->cpuid, false, "cpuid" },
		{ o->mask, false, "mask" }, { o->svg, false, "svg" },
		{ o->vec, false, "vec" }, { o->all, false, "all" },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].given || options[i].migrates == (bool)o->migrate)
			continue;
		tool_warn("xstate: --%s %s with --migrate", options[i].name,
			  o->migrate ? "does not go" : "goes");
		return true;
	}
	return false;
}

static int act(const struct options *o, poptContext con)
{
	if (is_idle(o))
		return TOOL_USAGE;
	if (o->cpu < 0) {
		tool_warn("xstate: --cpu counts from 0");
		return TOOL_USAGE;
	}
	if (o->migrate)
		return migrate(o, con);
	if (poptPeekArg(con)) {
		tool_warn("xstate: '%s' is unexpected; a dump goes with --cpuid",
			  poptPeekArg(con));
		return TOOL_USAGE;
	}
	return describe(o);
}

static void free_options(struct options *o)
{
	free(o->cpuid);
	free(o->svg);
	free(o->mask);
	free(o->xcr0);
	free(o->xss);
	free(o->permitted);
	free(o->capacity);
	free(o->release);
}

int cmd_xstate(int argc, const char **argv)
{
	struct options o = { 0 };
	struct poptOption options[] = {
		{ "cpuid", 'c', POPT_ARG_STRING, &o.cpuid, 0,
		  "read a CPUID dump instead of asking this host; - is standard input",
		  "FILE" },
		{ "cpu", 0, POPT_ARG_INT, &o.cpu, 0,
		  "which processor of a dump, from 0", "N" },
		{ "mask", 0, POPT_ARG_STRING, &o.mask, 0,
		  "lay out these components instead of all", "MASK" },
		{ "migrate", 'm', POPT_ARG_NONE, &o.migrate, 0,
		  "whether state of A can move to B; each a dump or 'host'", NULL },
		{ "xcr0", 0, POPT_ARG_STRING, &o.xcr0, 0,
		  "with --migrate: XCR0 of the state; default all of A", "MASK" },
		{ "xss", 0, POPT_ARG_STRING, &o.xss, 0,
		  "with --migrate: IA32_XSS of the state; default 0", "MASK" },
		{ "permitted", 0, POPT_ARG_STRING, &o.permitted, 0,
		  "with --migrate: what B permits; default everything", "MASK" },
		{ "room", 0, POPT_ARG_STRING, &o.capacity, 0,
		  "with --migrate: bytes that B takes, as KVM_CAP_XSAVE2 says", "BYTES" },
		TOOL_LINUX(&o.release,
			   "with --migrate: the release of B's KVM, which withholds components"),
		{ "svg", 0, POPT_ARG_STRING, &o.svg, 0,
		  "write a picture of both formats; - is standard output", "FILE" },
		{ "vec", 0, POPT_ARG_NONE, &o.vec, 0,
		  "print the machine as lines of the vector language", NULL },
		{ "all", 'a', POPT_ARG_NONE, &o.all, 0,
		  "list every comparison, not only differences", NULL },
		{ "json", 0, POPT_ARG_NONE, &o.json, 0, "print JSON", NULL },
		POPT_TABLEEND
	};
	poptContext con;
	int status;

	/* A word is a verb of the module, as for every other module. */
	if (argc > 1 && argv[1][0] != '-')
		return tool_verb(argc, argv);
	con = tool_options(argc, argv, options,
			   "[OPTION...]\n  or:  virtprim xstate --migrate A B\n"
			   "  or:  virtprim xstate VERB ARGUMENT...", &status);
	if (!con)
		return status;
	status = act(&o, con);
	poptFreeContext(con);
	free_options(&o);
	return status;
}
