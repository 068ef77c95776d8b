// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The results as one JSON object. */
#include "replay.h"

#include <json-c/json.h>
#include <string.h>

static void add_count(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

/* A number in digits of our own: JSON's own doubles may get an exponent. */
static void add_digits(struct json_object *o, const char *key, double v,
		       const char *digits)
{
	json_object_object_add(o, key, json_object_new_double_s(v, digits));
}

static void add_bytes(struct json_object *o, const char *key,
		      const struct replay_bytes *b)
{
	if (b->some && b->last_offset == UINT64_MAX)
		add_digits(o, key, 18446744073709551616.0,
			   "18446744073709551616");
	else
		add_count(o, key, b->some ? b->last_offset + 1 : 0);
}

static void add_ns(struct json_object *o, const char *key, double ns)
{
	char digits[REPLAY_NUMBER];

	snprintf(digits, sizeof(digits), "%.1f", ns);
	add_digits(o, key, ns, digits);
}

/* What a stream does not know. */
static void add_peak(struct json_object *o, const struct replay_run *r)
{
	add_count(o, "coalesced", r->coalesced);
	add_count(o, "holes", r->holes);
	add_count(o, "largest_hole", r->largest_hole);
	add_ns(o, "ns_per_op", r->ns_per_op);
	add_ns(o, "gtree_ns_per_op", r->gtree_ns_per_op);
}

/* Words of one piece, as a program likes them. */
static const char *layer_word(enum fact_layer layer)
{
	static const char *const words[LAYER_NR] = {
		[LAYER_NONE] = "none", [LAYER_GUEST] = "guest",
		[LAYER_LISTENER] = "listener", [LAYER_VFIO] = "vfio",
		[LAYER_IOMMUFD] = "iommufd", [LAYER_VDPA] = "vdpa",
		[LAYER_SERVER] = "server", [LAYER_IOMMU] = "iommu",
	};

	return words[layer];
}

static struct json_object *run_object(const struct replay_run *r)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	json_object_object_add(o, "file", json_object_new_string(r->rec->file));
	json_object_object_add(o, "policy",
			       json_object_new_string(r->options.policy->name));
	json_object_object_add(o, "to_top",
			       json_object_new_boolean(r->options.to_top));
	json_object_object_add(o, "layer", json_object_new_string(
					layer_word(r->rec->layer)));
	add_count(o, "events", r->rec->nr);
	add_count(o, "maps", r->rec->maps);
	add_count(o, "unmaps", r->rec->unmaps);
	add_count(o, "rejected", r->nr_rejected);
	add_count(o, "peak_mappings", r->peak_mappings);
	add_bytes(o, "peak_bytes", &r->peak_bytes);
	if (!r->streamed)
		add_peak(o, r);
	return o;
}

int replay_print_json(const struct replay_run *runs, size_t nr)
{
	struct json_object *all = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const char *text = NULL;
	size_t i;

	json_object_object_add(all, "runs", list);
	for (i = 0; i < nr; i++)
		json_object_array_add(list, run_object(&runs[i]));
	if (all && list)
		text = json_object_to_json_string_ext(all,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		puts(text);
	json_object_put(all);
	return text ? 0 : -1;
}
