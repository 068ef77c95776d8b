// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The windows: a base, less what the attached groups took away.
 *
 * The base is the caller's list, or one span. What a group cannot do lies in a
 * tree, in nodes of one block that it got when it was attached: an attach puts
 * them in, a detach takes them out, needs no memory, and meets no other group's.
 *
 * A list of the caller's replaces everything, so the nodes of the groups attached
 * until then leave the tree. They come back when a detach makes the windows anew.
 */
#include "type1_internal.h"

/* What one group takes away; the last nodes are its edges. */
struct vprim_type1_taken {
	struct vprim_type1_taken *next_edged;
	size_t capacity, count, edges;
	bool active;			/* in the tree */
	bool on_trial;			/* there again, as long as it goes */
	struct vprim_interval_tree_node nodes[];
};

/* Beside the reserved ranges: below and above the aperture, and two edges. */
#define EXTRA 4u

/* What the caller said, or else what the apertures leave. */
static struct vprim_ranges base(const struct vprim_type1 *c)
{
	const struct vprim_ranges said = { c->windows_, c->nr_windows_ };
	const struct vprim_ranges span = { &c->span_, 1 };

	return said.count ? said : span;
}

/* The lowest or highest part of a range that no group took away. */
static bool untaken(const struct vprim_type1 *c,
		    const struct vprim_range *within, enum vprim_hole_from from,
		    struct vprim_range *part)
{
	const struct vprim_hole byte = { *within, 0, 1, 0, from };
	const struct vprim_hole_blocked taken =
		vprim_interval_tree_blocked(&c->taken_);

	return !taken.hole(taken.set, &byte, part);
}

/* The lowest window that reaches @at or lies above it, cut to begin there. */
static bool window_from(const struct vprim_type1 *c, uint64_t at,
			struct vprim_range *window)
{
	const struct vprim_ranges list = base(c);
	struct vprim_range within;
	size_t i;

	for (i = vprim_iova_windows_from(list, at); i < list.count; i++) {
		within = list.range[i];
		if (within.start < at)
			within.start = at;
		if (untaken(c, &within, VPRIM_HOLE_LOWEST, window))
			return true;
	}
	return false;
}

/* The highest window that reaches @at or lies below it, cut to end there. */
static bool window_to(const struct vprim_type1 *c, uint64_t at,
		      struct vprim_range *window)
{
	const struct vprim_ranges list = base(c);
	size_t i = vprim_iova_windows_from(list, at);
	struct vprim_range within;

	if (i < list.count && list.range[i].start <= at)
		i++;
	while (i--) {
		within = list.range[i];
		if (within.last > at)
			within.last = at;
		if (untaken(c, &within, VPRIM_HOLE_HIGHEST, window))
			return true;
	}
	return false;
}

/* What stands in the way of a range that lies not in one window. */
static struct vprim_range obstacle(const struct vprim_type1 *c,
				   const struct vprim_range *range)
{
	struct vprim_range hole = { 0, UINT64_MAX }, window;

	if (window_to(c, range->start, &window))
		hole.start = window.last + 1;
	if (window_from(c, range->start, &window) &&
	    window.start == range->start)
		hole.start = window.last + 1;
	if (!window_from(c, hole.start, &window))
		return hole;
	/* A window begins right where the other ends: a seam. */
	if (window.start == hole.start)
		return window;
	hole.last = window.start - 1;
	return hole;
}

bool vprim_type1_usable_(const struct vprim_type1 *c,
			 const struct vprim_range *range,
			 struct vprim_range *hit)
{
	if (!c->limited_ ||
	    (!vprim_iova_windows_mappable(base(c), range, NULL, NULL) &&
	     !vprim_interval_tree_first(&c->taken_, range)))
		return true;
	if (hit)
		*hit = obstacle(c, range);
	return false;
}

bool vprim_type1_windows_span_(const struct vprim_type1 *c,
			       struct vprim_range *span)
{
	struct vprim_range low = { 0, 0 }, high = { 0, 0 };

	/* Some window is always left. */
	if (c->limited_) {
		certain(window_from(c, 0, &low));
		certain(window_to(c, UINT64_MAX, &high));
	}
	span->start = low.start;
	span->last = high.last;
	return c->limited_;
}

/* How many windows there are; into a list, where there is one. */
static size_t put_windows(const struct vprim_type1 *c, struct vprim_range *list)
{
	struct vprim_range window;
	uint64_t at = 0;
	size_t n = 0;

	while (c->limited_ && window_from(c, at, &window)) {
		if (list)
			list[n] = window;
		n++;
		if (window.last == UINT64_MAX)
			break;
		at = window.last + 1;
	}
	return n;
}

int vprim_type1_windows(const struct vprim_type1 *c, struct vprim_range *list,
			size_t capacity, size_t *count)
{
	/* Count first: what does not fit is not written at all. */
	*count = put_windows(c, NULL);
	if (*count > capacity)
		return -EMSGSIZE;
	put_windows(c, list);
	return 0;
}

size_t vprim_type1_windows_count_(const struct vprim_type1 *c)
{
	if (!c->limited_ || !c->taken_.count)
		return c->limited_ ? base(c).count : 0;
	return put_windows(c, NULL);
}

static void put_base(struct vprim_type1 *c, struct vprim_range *list,
		     size_t count)
{
	if (c->windows_)
		c->alloc_.free(c->config_.alloc_ctx, c->windows_,
			       c->nr_windows_ * sizeof(*list));
	c->windows_ = list;
	c->nr_windows_ = count;
}

/* Into the tree, or out of it; nodes are good, so neither can fail. */
static void activate(struct vprim_type1 *c, struct vprim_type1_taken *t,
		     bool active)
{
	size_t i;

	if (!t || t->active == active)
		return;
	for (i = 0; i < t->count; i++)
		if (active)
			certain(vprim_interval_tree_insert(&c->taken_,
							   &t->nodes[i]));
		else
			vprim_interval_tree_remove(&c->taken_, &t->nodes[i]);
	t->active = active;
	c->inactive_ = active ? c->inactive_ - 1 : c->inactive_ + 1;
}

/*
 * Edges are of the windows that an attach found: those that a detach leaves have
 * none. Some may be out of the tree already.
 */
static void drop_edges(struct vprim_type1 *c)
{
	struct vprim_type1_taken *t;

	for (; c->edged_; c->edged_ = t->next_edged) {
		t = c->edged_;
		for (; t->edges; t->edges--) {
			t->count--;
			vprim_interval_tree_remove(&c->taken_,
						   &t->nodes[t->count]);
		}
	}
}

int vprim_type1_set_windows(struct vprim_type1 *c,
			    const struct vprim_range *list, size_t count,
			    struct vprim_reason *why)
{
	const struct vprim_ranges windows = { list, count };
	struct vprim_range *copy = NULL;
	struct vprim_type1_group *g;
	int ret;

	if (!c->alloc_.alloc)
		return vprim_reason_argument_(why);
	ret = vprim_iova_windows_check(windows, why);
	if (ret)
		return ret;
	/* As many as the caller has in memory: the bytes fit in a size. */
	if (count) {
		copy = c->alloc_.alloc(c->config_.alloc_ctx,
				       count * sizeof(*copy));
		if (!copy)
			return refuse(why, MEMORY);
		memcpy(copy, list, count * sizeof(*copy));
	}
	for (g = c->groups_; g; g = g->next_)
		activate(c, g->taken_, false);
	put_base(c, copy, count);
	c->span_.last = UINT64_MAX;
	c->limited_ = count > 0;
	return 0;
}

static void add(struct vprim_type1_taken *t, uint64_t start, uint64_t last)
{
	t->nodes[t->count].range.start = start;
	t->nodes[t->count].range.last = last;
	t->count++;
}

/*
 * Linux drops a window that shares nothing with the aperture but the window's last
 * address, at its start, or the window's start, at its last.
 */
static void add_edges(const struct vprim_type1 *c, struct vprim_type1_taken *t,
		      const struct vprim_range *aperture)
{
	size_t count = t->count;
	struct vprim_range w = { 0, 0 };

	if (!c->limited_)
		return;
	/* The aperture does not lie apart from the windows. */
	certain(window_from(c, aperture->start, &w));
	if (w.start == aperture->start && w.last == aperture->start)
		add(t, aperture->start, aperture->start);
	certain(window_to(c, aperture->last, &w));
	if (w.last == aperture->last &&
	    (w.start == w.last || aperture->start == aperture->last))
		add(t, aperture->last, aperture->last);
	t->edges = t->count - count;
}

/* All ones, which no allocator has, where 32 bits do not hold it. */
static size_t bytes_of(size_t capacity)
{
	const size_t head = sizeof(struct vprim_type1_taken);
	const size_t node = sizeof(struct vprim_interval_tree_node);
	const size_t too_many = capacity > (SIZE_MAX - head) / node;

	return (head + capacity * node) | ((size_t)0 - too_many);
}

static struct vprim_type1_taken *
make_taken(const struct vprim_type1 *c, const struct vprim_type1_group *group)
{
	const size_t capacity = group->nr_reserved + EXTRA;
	const struct vprim_range *aperture = &group->aperture;
	const struct vprim_iova_windows_reserved *r;
	struct vprim_type1_taken *t;
	size_t i;

	t = c->alloc_.alloc(c->config_.alloc_ctx, bytes_of(capacity));
	if (!t)
		return NULL;
	memset(t, 0, bytes_of(capacity));
	t->capacity = capacity;
	for (i = 0; i < group->nr_reserved; i++) {
		r = &group->reserved[i];
		if (r->type != VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE)
			add(t, r->range.start, r->range.last);
	}
	if (aperture->start)
		add(t, 0, aperture->start - 1);
	if (aperture->last != UINT64_MAX)
		add(t, aperture->last + 1, UINT64_MAX);
	add_edges(c, t, aperture);
	return t;
}

static void free_taken(struct vprim_type1 *c, struct vprim_type1_taken *t)
{
	c->alloc_.free(c->config_.alloc_ctx, t, bytes_of(t->capacity));
}

int vprim_type1_windows_take_(struct vprim_type1 *c,
			      struct vprim_type1_group *group,
			      struct vprim_reason *why)
{
	struct vprim_type1_taken *t = make_taken(c, group);
	struct vprim_range any;

	if (!t)
		return refuse(why, MEMORY);
	c->inactive_++;
	activate(c, t, true);
	if (!window_from(c, 0, &any)) {
		activate(c, t, false);
		c->inactive_--;
		free_taken(c, t);
		return refuse(why, NOTHING_LEFT, RANGE(group->aperture));
	}
	if (t->edges) {
		t->next_edged = c->edged_;
		c->edged_ = t;
	}
	c->limited_ = true;
	group->taken_ = t;
	return 0;
}

/*
 * All that is in force is what the groups took away. Where that leaves nothing,
 * which only a list of the caller's can bring about, the list stays.
 */
static void renew(struct vprim_type1 *c)
{
	struct vprim_range all = everything(c), any;
	struct vprim_type1_group *g;

	if (!c->inactive_ && !c->nr_windows_ && same_range(&c->span_, &all))
		return;
	for (g = c->groups_; g; g = g->next_)
		if (g->taken_) {
			g->taken_->on_trial = !g->taken_->active;
			activate(c, g->taken_, true);
		}
	if (untaken(c, &all, VPRIM_HOLE_LOWEST, &any)) {
		put_base(c, NULL, 0);
		c->span_ = all;
		return;
	}
	for (g = c->groups_; g; g = g->next_)
		if (g->taken_ && g->taken_->on_trial)
			activate(c, g->taken_, false);
}

void vprim_type1_windows_give_(struct vprim_type1 *c,
			       struct vprim_type1_group *group)
{
	struct vprim_type1_taken *t = group->taken_;

	if (!t)
		return;
	drop_edges(c);
	activate(c, t, false);
	c->inactive_--;
	group->taken_ = NULL;
	free_taken(c, t);
	if (c->limited_)
		renew(c);
}

void vprim_type1_windows_fini_(struct vprim_type1 *c)
{
	struct vprim_type1_group *g;

	for (g = c->groups_; g; g = g->next_)
		if (g->taken_) {
			free_taken(c, g->taken_);
			g->taken_ = NULL;
		}
	put_base(c, NULL, 0);
}

int vprim_type1_windows_check_(const struct vprim_type1 *c)
{
	const struct vprim_ranges set = { c->windows_, c->nr_windows_ };
	const struct vprim_type1_group *g;
	size_t nodes = 0, inactive = 0;
	struct vprim_range any;

	for (g = c->groups_; g; g = g->next_) {
		if (!g->taken_)
			continue;
		nodes += g->taken_->active ? g->taken_->count : 0;
		inactive += !g->taken_->active;
	}
	if (nodes != c->taken_.count || inactive != c->inactive_ ||
	    vprim_iova_windows_check(set, NULL) ||
	    (c->limited_ && !window_from(c, 0, &any)))
		return -EBADMSG;
	return vprim_interval_tree_audit(&c->taken_);
}
