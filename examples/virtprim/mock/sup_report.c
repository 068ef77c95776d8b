// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The account: calls, refusals with their reasons, and what only a device would have
 * shown. Written to standard error when all is over.
 */
#include "sup.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static struct sup_stat *stat_of(struct sup *s, const char *call)
{
	struct sup_stat *st = g_hash_table_lookup(s->stats, call);

	if (!st) {
		st = g_new0(struct sup_stat, 1);
		g_hash_table_insert(s->stats, g_strdup(call), st);
	}
	return st;
}

void sup_time(struct sup *s, const char *call, uint64_t ns, bool refused)
{
	struct sup_stat *st = call ? stat_of(s, call) : s->last;

	if (!st)
		return;
	st->ns += ns;
	if (call) {
		st->calls++;
		st->refused += refused;
	}
}

/* So many are told apart; a hostile program has no end of them. */
#define KINDS 200u

static void count(GHashTable *table, const char *what)
{
	gpointer n = g_hash_table_lookup(table, what);

	if (!n && g_hash_table_size(table) >= KINDS) {
		what = "others";
		n = g_hash_table_lookup(table, what);
	}
	g_hash_table_insert(table, g_strdup(what),
			    GUINT_TO_POINTER(GPOINTER_TO_UINT(n) + 1));
}

/* Findings that read the same are one, with a number. */
static void find(struct sup *s, char *text)
{
	guint before = g_hash_table_size(s->finding_count);

	count(s->finding_count, text);
	if (g_hash_table_size(s->finding_count) > before)
		g_ptr_array_add(s->findings, g_strdup(before < KINDS ? text : "others"));
	if (s->options.verbose)
		fprintf(stderr, "virtprim mock: %s\n", text);
	g_free(text);
}

static const char *name_of(const struct vprim_mock_device *device)
{
	static struct vprim_mock_device_info info;

	if (!device)
		return "";
	vprim_mock_device_describe(device, &info);
	return info.name;
}

static void fault(struct sup *s, const struct vprim_mock_note *n)
{
	uint64_t last_iova = n->iova + (n->size_bytes ? n->size_bytes - 1 : 0);
	GString *text = g_string_new(NULL);

	g_string_printf(text, "%s %s 0x%" PRIx64 "..0x%" PRIx64 ": %s",
			name_of(n->device), n->value[0] ? "writes" : "reads", n->iova,
			last_iova, n->text);
	if (n->value[1])
		g_string_append_printf(text, "; the nearest mapping is 0x%" PRIx64
				       "..0x%" PRIx64, n->value[2], n->value[3]);
	find(s, g_string_free(text, FALSE));
}

static void left(struct sup *s, const struct vprim_mock_note *n)
{
	if (n->device)
		find(s, g_strdup_printf("%s still had its %s on when it was closed",
					name_of(n->device), n->text));
	else
		find(s, g_strdup_printf("%" PRIu64 " mapping%s never unmapped in address space %" PRIu32,
					n->value[0], n->value[0] == 1 ? "" : "s",
					n->object));
}

static void answered(struct sup *s, const struct vprim_mock_note *n)
{
	struct sup_stat *st = stat_of(s, n->call);
	char text[200] = "", *key;

	s->last = st;
	st->calls++;
	if (n->result >= 0)
		return;
	st->refused++;
	if (n->why && n->why->rule)
		vprim_reason_text(n->why, text, sizeof(text));
	key = g_strdup_printf("%s: %s%s%s", n->call,
			      sup_errno_name((int)-n->result), *text ? ", " : "", text);
	count(s->reasons, key);
	if (s->options.verbose)
		fprintf(stderr, "virtprim mock: %s\n", key);
	g_free(key);
}

void sup_note(void *ctx, const struct vprim_mock_note *note)
{
	struct sup *s = ctx;

	sup_trace_note(s, note);
	switch (note->news) {
	case VPRIM_MOCK_CALL:
		answered(s, note);
		break;
	case VPRIM_MOCK_FAULT:
		fault(s, note);
		break;
	case VPRIM_MOCK_LEFT:
		left(s, note);
		break;
	case VPRIM_MOCK_FREED:
		find(s, g_strdup_printf("memory was freed under the mapping 0x%" PRIx64
					"..0x%" PRIx64, note->iova,
					note->iova + (note->size_bytes - 1)));
		break;
	case VPRIM_MOCK_ATTACHED:
		break;
	}
}

/* Faults on demand: the Nth call of that name, or each. */
int sup_fail(void *ctx, const char *call)
{
	struct sup *s = ctx;
	const struct sup_stat *st;

	if (!s->options.fail_call || strcmp(s->options.fail_call, call))
		return 0;
	st = g_hash_table_lookup(s->stats, call);
	if (s->options.fail_at && s->options.fail_at != (st ? st->calls : 0) + 1)
		return 0;
	return s->options.fail_with;
}

bool sup_has_findings(const struct sup *s)
{
	return s->findings->len;
}

/* -- writing it ------------------------------------------------------------------- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static GList *sorted(GHashTable *table)
{
	return g_list_sort(g_hash_table_get_keys(table), by_text);
}

static void report_text(struct sup *s)
{
	GList *keys = sorted(s->stats), *k;
	guint i;

	fprintf(stderr, "virtprim mock: IOMMU %s, rules of %s\n", s->options.iommu->name,
		s->options.release_text);
	fprintf(stderr, "  %-36s %8s %8s %10s\n", "call", "times", "refused", "us each");
	for (k = keys; k; k = k->next) {
		const struct sup_stat *st = g_hash_table_lookup(s->stats, k->data);

		fprintf(stderr, "  %-36s %8" PRIu64 " %8" PRIu64 " %10.1f\n",
			(const char *)k->data, st->calls, st->refused,
			st->calls ? (double)st->ns / 1e3 / (double)st->calls : 0);
	}
	g_list_free(keys);
	keys = sorted(s->reasons);
	if (keys)
		fprintf(stderr, "  refused:\n");
	for (k = keys; k; k = k->next)
		fprintf(stderr, "  %8u  %s\n",
			GPOINTER_TO_UINT(g_hash_table_lookup(s->reasons, k->data)),
			(const char *)k->data);
	g_list_free(keys);
	fprintf(stderr, s->findings->len ? "  findings:\n" : "  no findings\n");
	for (i = 0; i < s->findings->len; i++) {
		const char *text = g_ptr_array_index(s->findings, i);

		fprintf(stderr, "  %8u  %s\n",
			GPOINTER_TO_UINT(g_hash_table_lookup(s->finding_count, text)),
			text);
	}
}

static struct json_object *counts(GHashTable *table)
{
	struct json_object *list = json_object_new_array();
	GList *keys = sorted(table), *k;

	for (k = keys; k; k = k->next) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "text", json_object_new_string(k->data));
		json_object_object_add(o, "times", json_object_new_int64(
			GPOINTER_TO_UINT(g_hash_table_lookup(table, k->data))));
		json_object_array_add(list, o);
	}
	g_list_free(keys);
	return list;
}

static void report_json(struct sup *s)
{
	struct json_object *all = json_object_new_object();
	struct json_object *calls = json_object_new_object();
	GList *keys = sorted(s->stats), *k;

	json_object_object_add(all, "iommu", json_object_new_string(s->options.iommu->name));
	json_object_object_add(all, "linux",
			       json_object_new_string(s->options.release_text));
	for (k = keys; k; k = k->next) {
		const struct sup_stat *st = g_hash_table_lookup(s->stats, k->data);
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "times", json_object_new_uint64(st->calls));
		json_object_object_add(o, "refused", json_object_new_uint64(st->refused));
		json_object_object_add(o, "ns", json_object_new_uint64(st->ns));
		json_object_object_add(calls, k->data, o);
	}
	g_list_free(keys);
	json_object_object_add(all, "calls", calls);
	json_object_object_add(all, "interrupts", json_object_new_uint64(s->interrupts));
	json_object_object_add(all, "refusals", counts(s->reasons));
	json_object_object_add(all, "findings", counts(s->finding_count));
	json_object_object_add(all, "status", json_object_new_int(s->status));
	fprintf(stderr, "%s\n", json_object_to_json_string_ext(all,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(all);
}

void sup_report(struct sup *s)
{
	if (s->options.json)
		report_json(s);
	else
		report_text(s);
}
