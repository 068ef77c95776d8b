// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From facts to a recording: the requests of one layer, or the regions of one
 * view as a device that sees it would have them mapped. What the text says first
 * decides which of the two.
 *
 * The view is the one that an address space of the wanted name uses; unless told
 * otherwise "memory", and where no such view is, the first with RAM.
 *
 * A VMM maps whole pages: a range is rounded inwards, and what is left empty is
 * left out. So is a range whose memory does not begin at the same place of its
 * page. Source: QEMU hw/vfio/listener.c, vfio_listener_valid_section() and
 * vfio_get_section_iova_range().
 */
#include "replay.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define USUAL "memory"
#define PAGE UINT64_C(4096)

enum worth {
	NOTHING,	/* no view yet */
	FIRST,		/* the first view, for want of the wanted one */
	WANTED,		/* the view that was asked for */
};

struct state {
	struct replay_load *load;
	enum { UNKNOWN, EVENTS, VIEWS } what;
	bool mixed;		/* several kinds of text */
	uint64_t undecoded, first_undecoded;
	uint64_t other;		/* facts that have no place in it */
	uint64_t first_other;
	uint64_t by_layer[LAYER_NR];
	char hint[200];		/* what to do instead, and where */
	uint64_t hint_line;

	/* views */
	enum worth have;	/* what the recording holds */
	enum worth view;	/* what the present view is worth */
	char names[160];	/* of the address spaces, for the error */
	/*
	 * The memory regions seen, numbered. Each has targets of its own, 2^48
	 * bytes apart, so that contiguous targets mean one region.
	 */
	GHashTable *regions;
};

static struct replay_recording *rec_of(const struct state *s)
{
	return s->load->rec;
}

/* -- requests -------------------------------------------------------------- */

/* Whether a line says what became of a request that was written down before. */
static bool is_about(const struct replay_event *e, const struct fact *f,
		     unsigned int kind)
{
	return e->kind == kind && e->range.start == f->range.start &&
	       e->range.last == f->range.last &&
	       (e->failed == REPLAY_FAILED ||
		(!e->failed && (f->later || e->layer != f->layer)));
}

static unsigned int failure(int result)
{
	return result == FACT_FAILED || result < -254 ? REPLAY_FAILED :
							(unsigned int)-result;
}

/* Marks what failed; whether anything did. */
static bool mark_failed(struct state *s, const struct fact *f, unsigned int kind)
{
	struct replay_recording *rec = rec_of(s);
	size_t i = rec->nr, end = rec->nr > REPLAY_BACK ? rec->nr - REPLAY_BACK : 0;
	bool any = false;

	while (i-- > end) {
		if (!is_about(&rec->events[i], f, kind))
			continue;
		rec->failed += !rec->events[i].failed;
		rec->events[i].failed = failure(f->result) & 255;
		any = true;
	}
	return any;
}

/* An error without addresses gives the request before it its errno. */
static void explain(struct state *s, const struct fact *f)
{
	struct replay_recording *rec = rec_of(s);
	struct replay_event *e = rec->nr ? &rec->events[rec->nr - 1] : NULL;

	if (e && e->failed == REPLAY_FAILED && f->result && !f->cause &&
	    f->line - e->line <= 3)
		e->failed = failure(f->result) & 255;
}

static int take_request(struct state *s, const struct fact *f)
{
	const enum replay_kind kind = f->kind == FACT_MAP ? REPLAY_MAP :
							    REPLAY_UNMAP;
	struct replay_event *e;

	if (f->result && mark_failed(s, f, kind))
		return 0;
	if (replay_add(s->load, kind, &f->range, f->target, f->prot))
		return -1;
	e = &rec_of(s)->events[rec_of(s)->nr - 1];
	e->error = (int8_t)(f->malformed == -EDOM ? -EINVAL : f->malformed);
	e->layer = f->layer & 15;
	e->failed = f->result ? failure(f->result) & 255 : 0;
	rec_of(s)->failed += f->result != 0;
	s->by_layer[f->layer]++;
	return 0;
}

/* The layer with most requests; of several the uppermost, which decides first. */
static enum fact_layer busiest(const struct state *s)
{
	enum fact_layer layer, best = LAYER_NONE;

	/* A stream stays with the first that it played. */
	if (rec_of(s)->layer)
		return rec_of(s)->layer;

	for (layer = LAYER_NONE; layer < LAYER_NR; layer++)
		if (s->by_layer[layer] > s->by_layer[best])
			best = layer;
	return best;
}

/* Two layers tell of the same mappings; one is kept. */
static void keep_layer(struct replay_load *load)
{
	struct state *s = load->facts;
	struct replay_recording *rec = load->rec;
	size_t i, n = 0;

	if (s->what != EVENTS)
		return;
	rec->layer = busiest(s);
	for (i = 0; i < rec->nr; i++) {
		const struct replay_event *e = &rec->events[i];

		replay_events_rest(rec, i);
		if (e->layer == rec->layer) {
			if (n != i)
				rec->events[n] = *e;
			n++;
			continue;
		}
		rec->maps -= e->kind == REPLAY_MAP;
		rec->unmaps -= e->kind == REPLAY_UNMAP;
		rec->failed -= e->failed != 0;
	}
	rec->dropped += rec->nr - n;
	rec->nr = n;
}

/* -- views ----------------------------------------------------------------- */

static const char *wanted(const struct state *s)
{
	return s->load->want->view ? s->load->want->view : USUAL;
}

/* From here on, the regions of this view count. */
static void choose(struct state *s, enum worth worth, const char *name)
{
	struct replay_recording *rec = rec_of(s);

	rec->nr = 0;
	rec->maps = 0;
	rec->cut = rec->left_out = 0;
	s->have = s->view = worth;
	input_printable(rec->view, sizeof(rec->view), name);
}

/* "#1", also a name that --view takes. */
static void begin_view(struct state *s, const char *name)
{
	const char *asked = s->load->want->view;

	/* A view without RAM was no good for want of another. */
	if (s->have == FIRST && !rec_of(s)->nr)
		s->have = NOTHING;
	s->view = NOTHING;
	if (asked && !strcmp(asked, name) && s->have != WANTED)
		choose(s, WANTED, name);
	else if (!asked && s->have == NOTHING)
		choose(s, FIRST, name);
}

static void remember_name(struct state *s, const char *name)
{
	size_t used = strlen(s->names);
	char quoted[64], clean[48];

	snprintf(quoted, sizeof(quoted), "'%s'",
		 input_printable(clean, sizeof(clean), name));
	if (strstr(s->names, quoted) ||
	    used + strlen(quoted) + 4 > sizeof(s->names))
		return;
	snprintf(s->names + used, sizeof(s->names) - used, "%s%s",
		 used ? ", " : "", quoted);
}

static void address_space(struct state *s, const char *name)
{
	remember_name(s, name);
	if (s->have != WANTED && !strcmp(name, wanted(s)))
		choose(s, WANTED, name);
	else if (s->view == FIRST && rec_of(s)->view[0] == '#')
		input_printable(rec_of(s)->view, sizeof(rec_of(s)->view), name);
}

/* From 1; names are kept, so that memory grows with the input and no faster. */
static uint64_t region_number(struct state *s, const char *name)
{
	gpointer found = g_hash_table_lookup(s->regions, name);
	guint n;

	if (found)
		return GPOINTER_TO_UINT(found);
	n = g_hash_table_size(s->regions) + 1;
	g_hash_table_insert(s->regions, g_strdup(name), GUINT_TO_POINTER(n));
	return n;
}

/* False when nothing is left of it. */
static bool round_inwards(struct vprim_range *r, uint64_t *target)
{
	uint64_t up = -r->start & (PAGE - 1);
	uint64_t down = (r->last + 1) & (PAGE - 1);

	if ((r->start ^ *target) & (PAGE - 1))
		return false;
	if (r->last - r->start < up + down || r->last - r->start - up - down <
	    PAGE - 1)
		return false;
	r->start += up;
	r->last -= down;
	*target += up;
	return true;
}

static int take_region(struct state *s, const struct fact *f)
{
	struct replay_recording *rec = rec_of(s);
	struct vprim_range r = f->range;
	uint64_t target = f->target, before = r.last - r.start;

	if (s->view == NOTHING || !f->prot)
		return 0;
	if (!s->load->want->exact) {
		if (!round_inwards(&r, &target)) {
			rec->left_out++;
			return 0;
		}
		rec->cut += r.last - r.start != before;
	}
	if (f->relative)
		target += region_number(s, f->name) << 48;
	return replay_add(s->load, REPLAY_MAP, &r, target, f->prot);
}

/* -- facts ----------------------------------------------------------------- */

static void set_source(struct state *s, const char *form)
{
	if (!rec_of(s)->source)
		rec_of(s)->source = form;
	else if (strcmp(rec_of(s)->source, form))
		s->mixed = true;
}

/* An error of which the view behind it shows more is no recording. */
static void prefer_view(struct state *s)
{
	struct replay_recording *rec = rec_of(s);

	if (s->load->flushed || !rec->nr || rec->nr != rec->failed)
		return;
	if (!s->other)
		s->first_other = rec->events[0].line;
	s->other += rec->nr;
	rec->nr = 0;
	rec->maps = rec->unmaps = rec->failed = 0;
	rec->source = NULL;
	s->what = VIEWS;
	s->load->whole = true;
}

/* What the text is about: requests or views. Whether this fact is too. */
static bool belongs(struct state *s, const struct fact *f)
{
	const bool view = f->kind == FACT_VIEW || f->kind == FACT_SPACE ||
			  f->kind == FACT_REGION;

	if (s->what == UNKNOWN) {
		s->what = view ? VIEWS : EVENTS;
		s->load->whole = view;	/* a later view may be the wanted one */
	}
	if (view && s->what == EVENTS)
		prefer_view(s);
	if (view == (s->what == VIEWS)) {
		set_source(s, f->form);
		return true;
	}
	if (!s->other++)
		s->first_other = f->line;
	return false;
}

static void take_loss(struct state *s, const struct fact *f)
{
	if (f->text)
		replay_remark(s->load, "%" PRIu64 " events were overwritten before they were read",
			      f->count);
	else if (f->count)
		replay_remark(s->load, "the kernel lost %" PRIu64 " events here",
			      f->count);
	else
		replay_remark(s->load, "the kernel lost events here");
}

static void take_hint(struct state *s, const struct fact *f)
{
	if (s->hint_line)
		return;
	s->hint_line = f->line;
	snprintf(s->hint, sizeof(s->hint), "%s", f->text);
}

static int take_fact(struct state *s, const struct fact *f)
{
	s->load->line = f->line;
	switch (f->kind) {
	case FACT_MAP:
	case FACT_UNMAP:
		return belongs(s, f) ? take_request(s, f) : 0;
	case FACT_VIEW:
		if (belongs(s, f))
			begin_view(s, f->name);
		return 0;
	case FACT_SPACE:
		if (belongs(s, f))
			address_space(s, f->name);
		return 0;
	case FACT_REGION:
		return belongs(s, f) ? take_region(s, f) : 0;
	case FACT_HEAD:
		(void)belongs(s, f);
		return 0;
	case FACT_LOST:
		if (belongs(s, f))
			take_loss(s, f);
		return 0;
	case FACT_UNDECODED:
		if (belongs(s, f) && !s->undecoded++)
			s->first_undecoded = f->line;
		return 0;
	case FACT_ERROR:
		explain(s, f);
		return 0;
	case FACT_HINT:
		take_hint(s, f);
		return 0;
	case FACT_DAMAGED:
		return replay_fail(s->load, "%s", f->text);
	case FACT_WIDTH:
	case FACT_FAULT:
		return 0;
	default:
		if (!s->other++)
			s->first_other = f->line;
		return 0;
	}
}

/* -- at the end ------------------------------------------------------------ */

static int unknown_file(struct state *s)
{
	struct replay_load *load = s->load;

	if (s->hint_line) {
		load->line = s->hint_line;
		return replay_fail(load, "%s", s->hint);
	}
	if (!load->in->line) {
		load->line = 0;
		return replay_fail(load, "the file is empty");
	}
	load->line = 1;
	return replay_fail(load, "this is no recording: it has no request to map or unmap in any known form, no view of an address space, and is no .vec file");
}

static int end_of_view(struct state *s)
{
	struct replay_load *load = s->load;

	if (load->want->view && s->have != WANTED) {
		load->line = 0;
		return replay_fail(load, "no address space '%.40s'; there are %s",
				   load->want->view, s->names);
	}
	if (!load->rec->nr && !load->rec->left_out)
		replay_remark(load, "this view has no RAM and no ROM");
	return 0;
}

static int end_of_events(struct state *s)
{
	struct replay_load *load = s->load;

	if (s->undecoded) {
		load->line = s->first_undecoded;
		if (!load->rec->nr)
			return replay_fail(load, "%" PRIu64 " requests, and of none the values: strace -v of a release that decodes VFIO and iommufd shows them",
					   s->undecoded);
		replay_remark(load, "%" PRIu64 " requests without their values: strace did not decode them",
			      s->undecoded);
	}
	keep_layer(load);
	return 0;
}

static void count_passed(struct state *s, const struct facts *f)
{
	struct facts_passed *passed = &rec_of(s)->passed;

	*passed = facts_passed(f);
	if (s->other && (!passed->lines || s->first_other < passed->first))
		passed->first = s->first_other;
	passed->lines += s->other;
}

static int finish(struct state *s, const struct facts *f)
{
	count_passed(s, f);
	if (s->mixed)
		rec_of(s)->source = "text of several kinds";
	if (s->what == UNKNOWN || (s->hint_line && !rec_of(s)->nr))
		return unknown_file(s);
	return s->what == VIEWS ? end_of_view(s) : end_of_events(s);
}

static int all_facts(struct state *s, struct facts *f)
{
	struct replay_load *load = s->load;
	struct fact fact;
	int got;

	while ((got = facts_next(f, &fact)) > 0) {
		if (take_fact(s, &fact))
			return -1;
		replay_load_step(load);
	}
	load->line = load->in->line;
	if (got < 0)
		return replay_fail(load, "%s", load->in->error);
	return facts_stopped(f) ? 1 : finish(s, f);
}

int replay_facts(struct replay_load *load)
{
	struct state s = { .load = load };
	struct facts *f = facts_new(load->in);
	int ret;

	if (!f)
		return replay_fail(load, "%s", strerror(ENOMEM));
	load->facts = &s;
	load->before_flush = keep_layer;
	facts_stop_at(f, replay_vec_knows);
	s.regions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ret = all_facts(&s, f);
	g_hash_table_destroy(s.regions);
	load->facts = NULL;
	load->before_flush = NULL;
	facts_free(f);
	return ret;
}
