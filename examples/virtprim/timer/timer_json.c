// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The simulation as one JSON object. */
#include "timer.h"

#include <json-c/json.h>

static void add(struct json_object *o, const char *key, int64_t v)
{
	json_object_object_add(o, key, json_object_new_int64(v));
}

static void add_count(struct json_object *o, const char *key, uint64_t v)
{
	json_object_object_add(o, key, json_object_new_uint64(v));
}

static struct json_object *json_run(const struct timer_run *run)
{
	struct json_object *o = json_object_new_object();
	struct json_object *a = json_object_new_array_ext(run->nr_marks);
	int i;

	json_object_object_add(o, "rule", json_object_new_string(run->rule->name));
	add_count(o, "callbacks", run->callbacks);
	add_count(o, "lost", run->lost);
	add_count(o, "owed", run->owed);
	add(o, "shift_ns", run->shift_ns);
	for (i = 0; i < run->nr_marks; i++) {
		struct json_object *m = json_object_new_object();

		add(m, "at_ns", run->marks[i].at_ns);
		add_count(m, "represents", run->marks[i].represents);
		json_object_array_add(a, m);
	}
	json_object_object_add(o, "interrupts", a);
	return o;
}

void timer_json(const struct timer_scene *s, const struct timer_run *runs,
		int nr)
{
	struct json_object *o = json_object_new_object();
	struct json_object *a = json_object_new_array_ext(nr);
	int i;

	add(o, "period_ns", s->period_ns);
	add(o, "pause_ns", s->pause_ns);
	add(o, "lead_ns", s->lead_ns);
	add(o, "ack_ns", s->ack_ns);
	for (i = 0; i < nr; i++)
		json_object_array_add(a, json_run(&runs[i]));
	json_object_object_add(o, "runs", a);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
}
