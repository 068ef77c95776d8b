// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Findings as text and as JSON. */
#include "../tool.h"
#include "explain.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

const char *explain_verdict_text(enum explain_verdict verdict)
{
	static const char *const texts[] = {
		[EXPLAIN_REFUSED] = "refused",
		[EXPLAIN_WOULD] = "would be refused",
		[EXPLAIN_UNKNOWN] = "not enough",
		[EXPLAIN_FIRMWARE] = "reserved by firmware",
		[EXPLAIN_FAULT] = "stopped by the IOMMU",
	};

	return texts[verdict];
}

/* "FILE:LINE" for people's eyes. */
static const char *where_text(const struct explain_where *w, char *to, size_t size)
{
	char name[200];

	input_printable(name, sizeof(name), w->file);
	if (w->line)
		snprintf(to, size, "%s:%" PRIu64, name, w->line);
	else
		snprintf(to, size, "%s", name);
	return to;
}

/* -- text ------------------------------------------------------------------ */

/* A paragraph of at most 78 columns behind a word in the margin. */
static void paragraph(const char *margin, const char *text)
{
	size_t column = 14;

	printf("  %-12s", margin);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > 14 && column + n + 1 > 78) {
			printf("\n%14s", "");
			column = 14;
		}
		column += (size_t)printf("%s%.*s", column > 14 ? " " : "",
					 (int)n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void show_ways(const struct explain_finding *f)
{
	char text[600], where[240];
	size_t i;

	for (i = 0; i < f->nr_ways; i++) {
		const struct explain_way *w = &f->ways[i];

		where_text(&w->where, where, sizeof(where));
		if (w->has_range)
			snprintf(text, sizeof(text),
				 "0x%" PRIx64 "..0x%" PRIx64 ", %s (%s)",
				 w->range.start, w->range.last, w->what, where);
		else
			snprintf(text, sizeof(text), "%s (%s)", w->what, where);
		paragraph(i ? "" : "in the way", text);
	}
}

static void show_head(const struct explain_finding *f)
{
	char where[240];

	printf("%s: %s%s", where_text(&f->where, where, sizeof(where)), f->subject,
	       f->has_range ? " " : "");
	if (f->has_range && f->range.start == f->range.last)
		printf("0x%" PRIx64, f->range.start);
	else if (f->has_range)
		printf("0x%" PRIx64 "..0x%" PRIx64, f->range.start, f->range.last);
	if (f->verdict == EXPLAIN_UNKNOWN)
		printf(" failed");
	else
		printf(tool_colour(stdout) ? ": \033[31m%s\033[0m" : ": %s",
		       explain_verdict_text(f->verdict));
	if (f->result && f->verdict != EXPLAIN_WOULD)
		printf(" (%s)", f->result == FACT_FAILED ? "no errno given" :
				fact_errno_text(f->result));
	if (f->times > 1)
		printf(", %" PRIu64 " times", f->times);
	putchar('\n');
}

static void show_one(const struct explain_finding *f)
{
	size_t i;

	show_head(f);
	if (f->rule[0])
		paragraph("rule", f->rule);
	if (f->reason[0])
		paragraph("because", f->reason);
	show_ways(f);
	for (i = 0; i < f->nr_missing; i++)
		paragraph(i ? "" : "not enough:", f->missing[i]);
	for (i = 0; i < f->nr_help; i++)
		paragraph(i ? "" : "what helps", f->help[i]);
	paragraph("see", f->page);
}

void explain_show(const struct explain_evidence *e,
		  const struct explain_findings *found)
{
	size_t i;

	for (i = 0; i < found->list.nr; i++) {
		if (i)
			putchar('\n');
		show_one(&found->list.at[i]);
	}
	if (found->more)
		printf("\nThere is more of it, which is not shown.\n");
	if (!found->list.nr)
		printf("nothing here was refused: %zu requests, %zu reserved ranges, %zu regions of a view\n",
		       e->requests.nr, e->taken.nr, e->regions.nr);
}

/* -- JSON ------------------------------------------------------------------ */

static void add_text(struct json_object *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static void add_address(struct json_object *o, const char *key, uint64_t v)
{
	char text[20];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	add_text(o, key, text);
}

static void add_range(struct json_object *o, const struct vprim_range *r)
{
	add_address(o, "start", r->start);
	add_address(o, "last", r->last);
}

static void add_where(struct json_object *o, const struct explain_where *w)
{
	char name[240];

	add_text(o, "file", input_printable(name, sizeof(name), w->file));
	if (w->line)
		json_object_object_add(o, "line", json_object_new_uint64(w->line));
}

static void add_list(struct json_object *o, const char *key,
		     const char *const *texts, size_t nr)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, json_object_new_string(texts[i]));
	json_object_object_add(o, key, list);
}

static struct json_object *ways_object(const struct explain_finding *f)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < f->nr_ways; i++) {
		struct json_object *o = json_object_new_object();

		if (f->ways[i].has_range)
			add_range(o, &f->ways[i].range);
		add_text(o, "what", f->ways[i].what);
		add_where(o, &f->ways[i].where);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *finding_object(const struct explain_finding *f)
{
	struct json_object *o = json_object_new_object();

	add_text(o, "verdict", explain_verdict_text(f->verdict));
	add_where(o, &f->where);
	add_text(o, "subject", f->subject);
	if (f->has_range)
		add_range(o, &f->range);
	if (f->result && f->result != FACT_FAILED)
		add_text(o, "errno", fact_errno_text(f->result));
	add_text(o, "rule", f->rule);
	add_text(o, "reason", f->reason);
	json_object_object_add(o, "in_the_way", ways_object(f));
	add_list(o, "help", f->help, f->nr_help);
	add_list(o, "missing", f->missing, f->nr_missing);
	add_text(o, "page", f->page);
	json_object_object_add(o, "times", json_object_new_uint64(f->times));
	return o;
}

static struct json_object *notes_object(const struct explain_evidence *e)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < e->notes.nr; i++) {
		struct json_object *o = json_object_new_object();

		add_where(o, &e->notes.at[i].where);
		add_text(o, "text", e->notes.at[i].text);
		json_object_array_add(list, o);
	}
	return list;
}

int explain_json(const struct explain_evidence *e,
		 const struct explain_findings *found)
{
	struct json_object *all = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text;
	size_t i;

	for (i = 0; i < found->list.nr; i++)
		json_object_array_add(list, finding_object(&found->list.at[i]));
	json_object_object_add(all, "findings", list);
	json_object_object_add(all, "more", json_object_new_boolean(found->more));
	json_object_object_add(all, "notes", notes_object(e));
	text = json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	json_object_put(all);
	return text ? 0 : -1;
}
