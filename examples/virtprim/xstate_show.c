// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* A machine's extended state as a table, JSON, vectors, and a picture. */
#include "picture.h"
#include "xstate_tool.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define BIT(n) VPRIM_XSTATE_BIT(n)
#define STD VPRIM_XSTATE_STANDARD
#define CMP VPRIM_XSTATE_COMPACTED

static const char *kind_of(const struct vprim_xstate_table *t, unsigned int n)
{
	return t->xss >> n & 1 ? "supervisor" : "user";
}

/* Bytes of a component, the legacy ones too. */
static uint32_t bytes_of(const struct vprim_xstate_table *t, unsigned int n)
{
	static const uint32_t legacy[] = { 160, 256 };

	return n < 2 ? legacy[n] : t->component[n].size_bytes;
}

/* The offset in a format, or -1 where it has none. */
static int64_t offset_of(const struct xstate_machine *m,
			 const struct xstate_view *v,
			 enum vprim_xstate_format format, unsigned int n)
{
	const struct vprim_xstate_table *t = &m->table;
	uint64_t mask = format == STD ? v->user : v->all, offset;

	if (n > 1 && !(mask >> n & 1))
		return -1;
	if (n > 1 && format == STD && m->dump.no_places)
		return -1;
	if (vprim_xstate_offset(t, mask, format, n, &offset, NULL))
		return -1;
	return (int64_t)offset;
}

static void print_features(uint32_t features)
{
	static const char *const names[] = { "XSAVEOPT", "XSAVEC", "XGETBV1",
					     "XSAVES", "XFD" };
	bool any = false;

	for (unsigned int i = 0; i < VPRIM_ARRAY_LEN(names); i++) {
		if (!(features >> i & 1))
			continue;
		printf("%s%s", any ? " " : "", names[i]);
		any = true;
	}
	puts(any ? "" : "none");
}

static void print_offset(int64_t offset)
{
	if (offset < 0)
		printf("  %9s", "-");
	else
		printf("  %9" PRId64, offset);
}

static void print_row(const struct xstate_machine *m, const struct xstate_view *v,
		      unsigned int n)
{
	const struct vprim_xstate_table *t = &m->table;
	uint32_t flags = t->component[n].flags;

	printf("%4u  %-10s  %-10s", n, vprim_xstate_component_name(n),
	       kind_of(t, n));
	if (bytes_of(t, n))
		printf("  %6u", bytes_of(t, n));
	else
		printf("  %6s", "?");
	print_offset(offset_of(m, v, STD, n));
	print_offset(offset_of(m, v, CMP, n));
	if (flags & VPRIM_XSTATE_FLAG_ALIGN)
		printf("  align");
	if (flags & VPRIM_XSTATE_FLAG_XFD)
		printf("  xfd");
	putchar('\n');
}

/* -- what a dump says of itself --------------------------------------------- */

static bool size_finding(const char *where, const char *whose,
			 const struct vprim_xstate_audit_size *a, char *text,
			 size_t capacity)
{
	int n;

	if (a->fit != VPRIM_XSTATE_FIT_NO)
		return false;
	n = snprintf(text, capacity, "%s says %" PRIu64 ", which %s", where, a->says,
		     whose);
	if (a->below && a->above)
		snprintf(text + n, capacity - (size_t)n, "; the nearest are %" PRIu64
			 " and %" PRIu64, a->below, a->above);
	else
		snprintf(text + n, capacity - (size_t)n, "; the nearest is %" PRIu64,
			 a->below ? a->below : a->above);
	return true;
}

static bool finding(const struct xstate_machine *m, unsigned int kind, char *text,
		    size_t capacity)
{
	const struct vprim_xstate_audit *a = &m->audit;

	switch (kind) {
	case 0:
		return size_finding("0xD.0 ECX",
				    "is no size of all user components",
				    &a->ecx0, text, capacity);
	case 1:
		return size_finding("0xD.0 EBX", "fits no legal XCR0", &a->ebx0,
				    text, capacity);
	case 2:
		return size_finding("0xD.1 EBX",
				    "fits no legal XCR0 and IA32_XSS", &a->ebx1,
				    text, capacity);
	case 3:
		snprintf(text, capacity, "IA32_XSS has bits, and XSAVES is missing");
		return a->xss_without_xsaves;
	default:
		snprintf(text, capacity, "Linux found it too: size %u, kernel_size %u",
			 m->dump.complaint[0], m->dump.complaint[1]);
		return m->dump.complaint[0];
	}
}

#define FINDINGS 5u

bool xstate_finding(const struct xstate_machine *m, unsigned int i, char *text,
		    size_t capacity)
{
	unsigned int kind;

	for (kind = 0; kind < FINDINGS; kind++)
		if (finding(m, kind, text, capacity) && !i--)
			return true;
	return false;
}

bool xstate_lacking(const struct xstate_machine *m, char *text, size_t capacity)
{
	uint64_t left = m->audit.lacking;
	size_t n = 0;

	if (!left)
		return false;
	n = (size_t)snprintf(text, capacity, "the dump lacks sub-leaves");
	for (; left; left &= left - 1)
		n += (size_t)snprintf(text + n, capacity - n, "%s %u",
				      left == m->audit.lacking ? "" : ",",
				      vprim_ctz64(left));
	return true;
}

/* -- as a table ---------------------------------------------------------------- */

static void print_size(const struct xstate_machine *m, uint64_t mask,
		       enum vprim_xstate_format format)
{
	uint64_t size;

	if ((format == STD && m->dump.no_places) ||
	    vprim_xstate_size(&m->table, mask, format, &size, NULL))
		printf("  %9s", "?");
	else
		printf("  %9" PRIu64, size);
}

/* Whether the view has all that the dump should have, and does not. */
static bool is_cut(const struct xstate_machine *m, const struct xstate_view *v)
{
	return m->audit.lacking && v->all == vprim_xstate_table_known(&m->table);
}

static void print_cut_sizes(const struct xstate_machine *m,
			    const struct xstate_view *v)
{
	char lacking[XSTATE_FINDING_BYTES];

	xstate_lacking(m, lacking, sizeof(lacking));
	printf("%36s", "whole image");
	if (m->audit.lacking & m->table.xcr0 && !m->dump.no_places)
		printf("  at least %" PRIu64 ": %s", m->audit.standard_bytes, lacking);
	else
		print_size(m, v->user, STD);
	printf("\n%36s  at least %" PRIu64 ": %s\n", "compacted",
	       m->audit.compacted_bytes, lacking);
}

static void print_notes(const struct xstate_machine *m)
{
	const struct xstate_dump *d = &m->dump;
	char text[XSTATE_FINDING_BYTES];
	unsigned int i;

	for (i = 0; xstate_finding(m, i, text, sizeof(text)); i++)
		printf("%s%s\n", i ? "" : "\nLeaf 0xd contradicts itself:\n", text);
	if (!(d->given & 2))
		puts("\nThe dump has no sub-leaf 1, or that is zero: no IA32_XSS, no features.");
	if (d->numbered_by_order)
		puts("\nThe dump has no sub-leaf numbers; they follow from its order.");
	if (d->from_kernel)
		puts(d->no_places ?
		     "\nA kernel's log has no places of the standard format." :
		     "\nFrom a kernel's log; places are those of the one layout that fits.");
	if (d->open_bits)
		printf("\nThe template leaves %u bit%s to the host, read as 0 here.\n",
		       d->open_bits, d->open_bits == 1 ? "" : "s");
	if (d->cpus > 1)
		printf("\nThe dump has %u processors%s%s; --cpu chooses one.\n",
		       d->cpus, d->label ? ", this is the " : "",
		       d->label ? d->label : "");
	if (d->passed_over)
		printf("\npassed over: %lu lines that say nothing here, the first is line %"
		       PRIu64 "\n", d->passed_over, d->first_passed);
}

void xstate_print_table(const struct xstate_machine *m,
			const struct xstate_view *v)
{
	const struct vprim_xstate_table *t = &m->table;
	uint64_t all = t->xcr0 | t->xss;

	printf("Extended state of %s\n\n", m->name);
	printf("XCR0      0x%" PRIx64, t->xcr0);
	if (m->xcr0)
		printf(" supported, 0x%" PRIx64 " in force", m->xcr0);
	printf("\nIA32_XSS  0x%" PRIx64 "\nfeatures  ", t->xss);
	print_features(t->features);
	puts("\n  no  name        kind         size   standard  compacted");
	for (unsigned int n = 0; n < VPRIM_XSTATE_COMPONENTS; n++)
		if (all >> n & 1)
			print_row(m, v, n);
	if (is_cut(m, v)) {
		print_cut_sizes(m, v);
	} else {
		printf("%36s", "whole image");
		print_size(m, v->user, STD);
		print_size(m, v->all, CMP);
		putchar('\n');
	}
	print_notes(m);
}

/* -- comparisons ------------------------------------------------------------------------- */

static bool same(const struct xstate_check *k)
{
	return !strcmp(k->expected, k->found);
}

void xstate_print_checks(const struct xstate_checks *c, bool all)
{
	bool heading = false;

	for (size_t i = 0; i < c->count; i++) {
		const struct xstate_check *k = &c->list[i];

		if (!all && same(k))
			continue;
		if (!heading)
			printf("\n%-10s  %-48s  %-12s  %s\n", "source", "what",
			       "library", "machine");
		heading = true;
		printf("%-10s  %-48s  %-12s  %s%s\n", k->source, k->what,
		       k->expected, k->found, same(k) ? "" : "   <- differs");
	}
	putchar('\n');
	for (unsigned int i = 0; i < c->notes; i++)
		printf("not asked: %s\n", c->note[i]);
	printf("%zu comparisons with CPUID and the kernel, %zu differences\n",
	       c->count, c->differences);
}

/* -- vectors --------------------------------------------------------------------------------- */

void xstate_print_vectors(const struct xstate_machine *m)
{
	puts("new xstate x");
	for (unsigned int n = 0; n < VPRIM_XSTATE_COMPONENTS; n++) {
		const struct vprim_xstate_leaf *l = &m->dump.leaf[n];

		if (n < 2 || l->eax | l->ebx | l->ecx | l->edx)
			printf("x.leaf %u 0x%x 0x%x 0x%x 0x%x\n", n, l->eax, l->ebx,
			       l->ecx, l->edx);
	}
	puts("x.ready -> ok");
}

/* -- JSON --------------------------------------------------------------------------------------- */

static void add_number(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

static void add_text(struct json_object *o, const char *key, const char *s)
{
	json_object_object_add(o, key, json_object_new_string(s));
}

static void add_offset(struct json_object *o, const char *key, int64_t offset)
{
	json_object_object_add(o, key,
		offset < 0 ? NULL : json_object_new_int64(offset));
}

static void add_size(struct json_object *o, const char *key,
		     const struct xstate_machine *m, uint64_t mask,
		     enum vprim_xstate_format format)
{
	bool known = format == CMP || !m->dump.no_places;
	uint64_t size;

	known = known && !vprim_xstate_size(&m->table, mask, format, &size, NULL);
	json_object_object_add(o, key,
			       known ? json_object_new_uint64(size) : NULL);
}

static void add_least(struct json_object *o, const char *key, const char *least,
		      uint64_t size)
{
	json_object_object_add(o, key, NULL);
	add_number(o, least, size);
}

/* What is missing, contradictory or passed over; nothing in a whole dump. */
static void add_notes(struct json_object *o, const struct xstate_machine *m)
{
	struct json_object *list = json_object_new_array();
	char text[XSTATE_FINDING_BYTES];
	uint64_t left;
	unsigned int i;

	for (left = m->audit.lacking; left; left &= left - 1)
		json_object_array_add(list,
			json_object_new_int((int)vprim_ctz64(left)));
	json_object_object_add(o, "lacking", list);
	list = json_object_new_array();
	for (i = 0; xstate_finding(m, i, text, sizeof(text)); i++)
		json_object_array_add(list, json_object_new_string(text));
	json_object_object_add(o, "findings", list);
	if (m->dump.form)
		add_text(o, "form", m->dump.form);
	if (m->dump.label)
		add_text(o, "processor", m->dump.label);
	if (m->dump.open_bits)
		add_number(o, "open_bits", m->dump.open_bits);
	add_number(o, "passed_over", m->dump.passed_over);
}

static struct json_object *json_component(const struct xstate_machine *m,
					  const struct xstate_view *v,
					  unsigned int n)
{
	const struct vprim_xstate_table *t = &m->table;
	struct json_object *o = json_object_new_object();
	uint32_t flags = t->component[n].flags;

	add_number(o, "number", n);
	add_text(o, "name", vprim_xstate_component_name(n));
	add_text(o, "kind", kind_of(t, n));
	if (bytes_of(t, n))
		add_number(o, "size", bytes_of(t, n));
	else
		json_object_object_add(o, "size", NULL);
	add_offset(o, "standard", offset_of(m, v, STD, n));
	add_offset(o, "compacted", offset_of(m, v, CMP, n));
	json_object_object_add(o, "align", json_object_new_boolean(
				!!(flags & VPRIM_XSTATE_FLAG_ALIGN)));
	json_object_object_add(o, "xfd", json_object_new_boolean(
				!!(flags & VPRIM_XSTATE_FLAG_XFD)));
	return o;
}

static struct json_object *json_checks(const struct xstate_checks *c)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *notes = json_object_new_array();

	for (size_t i = 0; i < c->count; i++) {
		const struct xstate_check *k = &c->list[i];
		struct json_object *e = json_object_new_object();

		add_text(e, "source", k->source);
		add_text(e, "what", k->what);
		add_text(e, "library", k->expected);
		add_text(e, "machine", k->found);
		json_object_object_add(e, "same", json_object_new_boolean(same(k)));
		json_object_array_add(list, e);
	}
	for (unsigned int i = 0; i < c->notes; i++)
		json_object_array_add(notes, json_object_new_string(c->note[i]));
	add_number(o, "count", c->count);
	add_number(o, "differences", c->differences);
	json_object_object_add(o, "not_asked", notes);
	json_object_object_add(o, "checks", list);
	return o;
}

struct json_object *xstate_json(const struct xstate_machine *m,
				const struct xstate_view *v,
				const struct xstate_checks *checks)
{
	const struct vprim_xstate_table *t = &m->table;
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();

	add_text(o, "machine", m->name);
	add_number(o, "xcr0", t->xcr0);
	if (m->xcr0)
		add_number(o, "xcr0_in_force", m->xcr0);
	add_number(o, "xss", t->xss);
	add_number(o, "features", t->features);
	for (unsigned int n = 0; n < VPRIM_XSTATE_COMPONENTS; n++)
		if ((t->xcr0 | t->xss) >> n & 1)
			json_object_array_add(list, json_component(m, v, n));
	json_object_object_add(o, "components", list);
	if (is_cut(m, v) && m->audit.lacking & t->xcr0 && !m->dump.no_places)
		add_least(o, "standard", "standard_at_least",
			  m->audit.standard_bytes);
	else
		add_size(o, "standard", m, v->user, STD);
	if (is_cut(m, v))
		add_least(o, "compacted", "compacted_at_least",
			  m->audit.compacted_bytes);
	else
		add_size(o, "compacted", m, v->all, CMP);
	add_notes(o, m);
	if (checks)
		json_object_object_add(o, "comparison", json_checks(checks));
	return o;
}

/* -- picture ------------------------------------------------------------------------------------- */

/* Pixels. */
#define WIDTH 860
#define COLUMN 210
#define LEFT_X 120
#define RIGHT_X 530
#define TOP_Y 96

enum { LEGACY = 63, HEADER = 64, HOLE = 65 };

struct block {
	unsigned int what;	/* a component, or one of the above */
	uint64_t offset, bytes;
	double y, height;
};

struct column {
	struct block block[2 * 64 + 4];
	unsigned int count;
	uint64_t end;
	double bottom;
};

/* Eight bytes can be read, eight kilobytes do not fill the page. */
static double height_of(const struct block *b)
{
	double h = 14 + 6.5 * log2((double)b->bytes / 8 + 1);

	return b->what == HOLE && h > 40 ? 40 : h;
}

static void push(struct column *c, unsigned int what, uint64_t offset,
		 uint64_t bytes)
{
	struct block *b = &c->block[c->count];

	if (!bytes || c->count == VPRIM_ARRAY_LEN(c->block))
		return;
	b->what = what;
	b->offset = offset;
	b->bytes = bytes;
	b->y = c->bottom;
	b->height = height_of(b);
	c->bottom += b->height;
	c->end = offset + bytes;
	c->count++;
}

/* The component that begins first at or behind an offset. */
static bool next_block(const struct xstate_machine *m,
		       const struct xstate_view *v, enum vprim_xstate_format format,
		       uint64_t from, unsigned int *n, uint64_t *at)
{
	bool found = false;

	for (unsigned int k = 2; k < VPRIM_XSTATE_COMPONENTS; k++) {
		int64_t o = offset_of(m, v, format, k);

		if (o < 0 || (uint64_t)o < from || (found && (uint64_t)o >= *at))
			continue;
		found = true;
		*n = k;
		*at = (uint64_t)o;
	}
	return found;
}

static void lay_out(const struct xstate_machine *m,
		    const struct xstate_view *v, enum vprim_xstate_format format,
		    struct column *c)
{
	unsigned int n = 0;
	uint64_t at = 0;

	memset(c, 0, sizeof(*c));
	c->bottom = TOP_Y;
	push(c, LEGACY, 0, VPRIM_XSTATE_LEGACY_BYTES);
	push(c, HEADER, VPRIM_XSTATE_LEGACY_BYTES, VPRIM_XSTATE_HEADER_BYTES);
	while (next_block(m, v, format, c->end, &n, &at)) {
		push(c, HOLE, c->end, at - c->end);
		push(c, n, at, m->table.component[n].size_bytes);
	}
}

static const char *colour_of(unsigned int what)
{
	switch (what) {
	case LEGACY: return "#6b7a90";
	case HEADER: return "#3f4a5a";
	case VPRIM_XSTATE_AVX: return "#3b82c4";
	case VPRIM_XSTATE_BNDREGS:
	case VPRIM_XSTATE_BNDCSR: return "#2a9d8f";
	case VPRIM_XSTATE_OPMASK: return "#9b6fd0";
	case VPRIM_XSTATE_ZMM_HI256: return "#7d57bd";
	case VPRIM_XSTATE_HI16_ZMM: return "#6243a3";
	case VPRIM_XSTATE_PKRU: return "#5a9e3d";
	case VPRIM_XSTATE_XTILECFG: return "#e0913a";
	case VPRIM_XSTATE_XTILEDATA: return "#cf6a1f";
	case VPRIM_XSTATE_APX: return "#1f8f6f";
	default: return vprim_xstate_component_kind(what) ==
				VPRIM_XSTATE_SUPERVISOR ? "#c4475a" : "#8a8a4a";
	}
}

static void label_of(const struct block *b, char *out, size_t capacity)
{
	if (b->what == LEGACY)
		snprintf(out, capacity, "x87, SSE");
	else if (b->what == HEADER)
		snprintf(out, capacity, "header");
	else
		snprintf(out, capacity, "%u %s", b->what,
			 vprim_xstate_component_name(b->what));
}

static void draw_block(FILE *out, const struct block *b, int x)
{
	double middle = b->y + b->height / 2 + 4;
	char label[32];

	if (b->what == HOLE) {
		fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
			"fill=\"url(#hole)\" stroke=\"" PICTURE_LINE "\"/>\n"
			"<text x=\"%d\" y=\"%.1f\" class=\"hole\">hole, %" PRIu64
			"</text>\n", x, b->y, COLUMN, b->height, x + COLUMN / 2,
			middle, b->bytes);
		return;
	}
	label_of(b, label, sizeof(label));
	fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
		"fill=\"%s\" stroke=\"" PICTURE_PAPER "\"/>\n"
		"<text x=\"%d\" y=\"%.1f\" class=\"name\">%s</text>\n"
		"<text x=\"%d\" y=\"%.1f\" class=\"size\">%" PRIu64 "</text>\n",
		x, b->y, COLUMN, b->height, colour_of(b->what), x + 10, middle,
		label, x + COLUMN - 10, middle, b->bytes);
}

static void draw_offset(FILE *out, uint64_t offset, double y, bool left)
{
	int x = left ? LEFT_X - 8 : RIGHT_X + COLUMN + 8;

	fprintf(out, "<text x=\"%d\" y=\"%.1f\" class=\"%s\">%" PRIu64
		"<tspan class=\"hex\" dx=\"7\">0x%" PRIx64 "</tspan></text>\n", x,
		y + 4, left ? "left" : "right", offset, offset);
}

static void draw_column(FILE *out, const struct column *c, int x, bool left)
{
	for (unsigned int i = 0; i < c->count; i++) {
		draw_block(out, &c->block[i], x);
		draw_offset(out, c->block[i].offset, c->block[i].y, left);
	}
	draw_offset(out, c->end, c->bottom, left);
}

/* A band from a component's place in one format to its place in the other. */
static void draw_bands(FILE *out, const struct column *l, const struct column *r)
{
	int x0 = LEFT_X + COLUMN, x1 = RIGHT_X;

	for (unsigned int i = 0; i < l->count; i++)
		for (unsigned int k = 0; k < r->count; k++) {
			const struct block *a = &l->block[i], *b = &r->block[k];

			if (a->what != b->what || a->what == HOLE)
				continue;
			fprintf(out, "<path d=\"M%d %.1f C%d %.1f %d %.1f %d %.1f "
				"L%d %.1f C%d %.1f %d %.1f %d %.1f Z\" fill=\"%s\" "
				"fill-opacity=\"0.22\"/>\n", x0, a->y, x0 + 70, a->y,
				x1 - 70, b->y, x1, b->y, x1, b->y + b->height,
				x1 - 70, b->y + b->height, x0 + 70,
				a->y + a->height, x0, a->y + a->height,
				colour_of(a->what));
		}
}

static void put_escaped(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", out);
		else if (*s == '&')
			fputs("&amp;", out);
		else if ((unsigned char)*s >= ' ')
			fputc(*s, out);
	}
}

static void draw_frame(FILE *out, const struct xstate_machine *m,
		       const struct xstate_view *v, double bottom)
{
	const char *slash = strrchr(m->name, '/');

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n"
		"<title>Extended state in both formats</title>\n"
		"<style>text{font-family:" PICTURE_FONT ";font-size:12px;"
		"fill:" PICTURE_INK "}.head{font-size:17px;font-weight:bold}"
		".sub{font-size:13px;fill:" PICTURE_FAINT "}"
		".col{font-size:14px;font-weight:bold;text-anchor:middle}"
		".name{fill:#fff}.size{fill:#fff;text-anchor:end}"
		".hole{fill:" PICTURE_FAINT ";text-anchor:middle;font-size:11px}"
		".left{text-anchor:end;font-size:11px}.right,.hex{font-size:11px}"
		".hex{fill:#8a93a0}</style>\n"
		"<defs><pattern id=\"hole\" width=\"8\" height=\"8\" "
		"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		"<rect width=\"8\" height=\"8\" fill=\"#f2f4f7\"/>"
		"<rect width=\"3\" height=\"8\" fill=\"#dfe3e9\"/></pattern></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fcfcfd\"/>\n",
		WIDTH, bottom + 46, WIDTH, bottom + 46);
	fprintf(out, "<text x=\"24\" y=\"32\" class=\"head\">Extended state of ");
	put_escaped(out, slash ? slash + 1 : m->name);
	fprintf(out, "</text>\n<text x=\"24\" y=\"52\" class=\"sub\">components "
		"0x%" PRIx64 ", of these supervisor 0x%" PRIx64
		" (red); sizes in bytes, heights logarithmic</text>\n"
		"<text x=\"%d\" y=\"82\" class=\"col\">standard</text>\n"
		"<text x=\"%d\" y=\"82\" class=\"col\">compacted</text>\n",
		v->all, v->all & ~v->user, LEFT_X + COLUMN / 2,
		RIGHT_X + COLUMN / 2);
}

void xstate_print_svg(FILE *out, const struct xstate_machine *m,
		      const struct xstate_view *v)
{
	static struct column left, right;

	lay_out(m, v, STD, &left);
	lay_out(m, v, CMP, &right);
	draw_frame(out, m, v, left.bottom > right.bottom ? left.bottom :
							   right.bottom);
	draw_bands(out, &left, &right);
	draw_column(out, &left, LEFT_X, true);
	draw_column(out, &right, RIGHT_X, false);
	fprintf(out, "<text x=\"%d\" y=\"%.1f\" class=\"col\">%" PRIu64
		" bytes</text>\n<text x=\"%d\" y=\"%.1f\" class=\"col\">%" PRIu64
		" bytes</text>\n</svg>\n", LEFT_X + COLUMN / 2, left.bottom + 26,
		left.end, RIGHT_X + COLUMN / 2, right.bottom + 26, right.end);
}
