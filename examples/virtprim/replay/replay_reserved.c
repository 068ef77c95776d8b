// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Windows from a list of reserved regions: what is left between them.
 *
 * A direct-relaxable region is firmware's for its own time; kernels give its
 * addresses to users. Source: Linux drivers/vfio/vfio_iommu_type1.c,
 * vfio_iommu_resv_exclude(), and drivers/iommu/iommufd/io_pagetable.c,
 * iopt_table_enforce_dev_resv_regions().
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A growing set of disjoint ranges, ascending. */
struct set {
	struct vprim_range *r;
	size_t nr, capacity;
};

static int add(struct set *s, uint64_t start, uint64_t last)
{
	if (s->nr == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 16;
		struct vprim_range *grown =
			reallocarray(s->r, capacity, sizeof(*grown));

		if (!grown)
			return -1;
		s->r = grown;
		s->capacity = capacity;
	}
	s->r[s->nr++] = (struct vprim_range){ start, last };
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct vprim_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Sort, and make one of those that overlap or touch. */
static void tidy(struct set *s)
{
	size_t i, n = 0;

	if (!s->nr)
		return;
	qsort(s->r, s->nr, sizeof(*s->r), by_start);
	for (i = 1; i < s->nr; i++) {
		if (s->r[i].start <= s->r[n].last ||
		    s->r[i].start == s->r[n].last + 1) {
			if (s->r[i].last > s->r[n].last)
				s->r[n].last = s->r[i].last;
		} else {
			s->r[++n] = s->r[i];
		}
	}
	s->nr = n + 1;
}

/* What of the window no taken range has. */
static int split(struct set *to, struct vprim_range w, const struct set *taken)
{
	size_t i;

	for (i = 0; i < taken->nr && taken->r[i].start <= w.last; i++) {
		const struct vprim_range *t = &taken->r[i];

		if (t->last < w.start)
			continue;
		if (t->start > w.start && add(to, w.start, t->start - 1))
			return -1;
		if (t->last >= w.last)
			return 0;
		w.start = t->last + 1;
	}
	return add(to, w.start, w.last);
}

static int complement(struct set *s)
{
	struct set rest = { 0 };
	int ret;

	tidy(s);
	ret = split(&rest, (struct vprim_range){ 0, UINT64_MAX }, s);
	free(s->r);
	*s = rest;
	return ret;
}

static int take_out(struct replay_options *o, const struct set *taken)
{
	const struct vprim_range whole = { 0, UINT64_MAX };
	struct set left = { 0 };
	size_t i;

	for (i = 0; i < (o->nr_windows ? o->nr_windows : 1); i++) {
		if (split(&left, o->nr_windows ? o->windows[i] : whole, taken)) {
			free(left.r);
			return -1;
		}
	}
	/* No window at all would restrict nothing; an empty list is no list. */
	if (!left.nr) {
		free(left.r);
		return 1;
	}
	free(o->windows);
	o->windows = left.r;
	o->nr_windows = left.nr;
	return 0;
}

static int fail(struct replay_error *err, uint64_t line, const char *text)
{
	err->line = line;
	snprintf(err->text, sizeof(err->text), "%s", text);
	return -1;
}

/* What a text says: both lists, and the first line that is of neither. */
struct lists {
	struct set taken, allowed;
	uint64_t direct, other;
};

static int read_lists(struct facts *f, struct input *in, struct lists *l,
		      struct replay_error *err)
{
	struct fact fact;
	int got, ret = 0;

	while ((got = facts_next(f, &fact)) > 0 && !ret) {
		if (fact.kind == FACT_DAMAGED || fact.kind == FACT_HINT)
			return fail(err, fact.line, fact.text);
		if (fact.kind == FACT_ALLOWED)
			ret = add(&l->allowed, fact.range.start,
				  fact.range.last);
		else if (fact.kind != FACT_RESERVED)
			l->other = l->other ? l->other : fact.line;
		else if (fact.reserved != RESERVED_DIRECT_RELAXABLE)
			ret = add(&l->taken, fact.range.start, fact.range.last);
		if (fact.kind == FACT_RESERVED &&
		    fact.reserved == RESERVED_DIRECT && !l->direct)
			l->direct = fact.line;
	}
	if (!l->other)
		l->other = facts_passed(f).first;
	if (got < 0)
		return fail(err, in->line, in->error);
	return ret ? fail(err, 0, strerror(ENOMEM)) : 0;
}

static int apply(struct replay_options *o, struct lists *l,
		 struct replay_error *err)
{
	struct set *taken = &l->taken, *allowed = &l->allowed;
	size_t i;
	int ret = 0;

	/* A group without any has an empty file. */
	if (!taken->nr && !allowed->nr)
		return l->other ? fail(err, l->other,
			"this is no list of reserved regions: lines are START LAST KIND, as in /sys/kernel/iommu_groups/N/reserved_regions") : 0;
	/* What is not allowed is taken. */
	if (allowed->nr)
		ret = complement(allowed);
	for (i = 0; i < allowed->nr && !ret; i++)
		ret = add(taken, allowed->r[i].start, allowed->r[i].last);
	tidy(taken);
	if (!ret)
		ret = take_out(o, taken);
	if (ret > 0)
		return fail(err, 0, "nothing is left: all addresses are reserved");
	return ret ? fail(err, 0, strerror(ENOMEM)) : 0;
}

int replay_reserve(struct replay_options *options, const char *file,
		   uint64_t *direct, struct replay_error *err)
{
	struct input *in = input_open(file);
	struct lists l = { 0 };
	struct facts *f;
	int ret;

	*err = (struct replay_error){ 0 };
	if (!in)
		return fail(err, 0, strerror(errno));
	f = facts_new(in);
	ret = f ? read_lists(f, in, &l, err) :
		  fail(err, 0, strerror(ENOMEM));
	if (!ret)
		ret = apply(options, &l, err);
	*direct = l.direct;
	facts_free(f);
	input_close(in);
	free(l.taken.r);
	free(l.allowed.r);
	return ret;
}
