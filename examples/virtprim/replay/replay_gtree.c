// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The same stream through a GLib GTree, the way QEMU's IOVA tree uses one: two
 * ranges that overlap compare equal, a map looks for an overlap and inserts a
 * copy, an unmap removes whole mappings as long as it finds one.
 *
 * Source: QEMU util/iova-tree.c, iova_tree_insert() and iova_tree_remove();
 * written anew.
 */
#include "replay.h"

#include <glib.h>

/* As much as QEMU's DMAMap holds. */
struct entry {
	struct vprim_range range;
	uint64_t target;
	uint64_t prot;
};

static gint compare(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct entry *x = a, *y = b;

	(void)unused;
	if (x->range.start > y->range.last)
		return 1;
	return x->range.last < y->range.start ? -1 : 0;
}

static void map(GTree *tree, const struct replay_event *e)
{
	struct entry *entry, probe = { .range = e->range };

	if (g_tree_lookup(tree, &probe))
		return;
	entry = g_new0(struct entry, 1);
	*entry = (struct entry){ e->range, e->target, e->prot };
	g_tree_insert(tree, entry, entry);
}

static void unmap(GTree *tree, const struct replay_event *e)
{
	const struct entry probe = { .range = e->range };
	const struct entry *found;

	while ((found = g_tree_lookup(tree, &probe)))
		g_tree_remove(tree, found);
}

uint64_t replay_gtree_stream(const struct replay_recording *rec)
{
	GTree *tree = g_tree_new_full(compare, NULL, g_free, NULL);
	uint64_t began = replay_now_ns();
	uint64_t took;
	size_t i;

	for (i = 0; i < rec->nr; i++) {
		const struct replay_event *e = &rec->events[i];

		if (e->error)
			continue;
		if (e->kind == REPLAY_MAP)
			map(tree, e);
		else
			unmap(tree, e);
	}
	took = replay_now_ns() - began;
	g_tree_destroy(tree);
	return took;
}
