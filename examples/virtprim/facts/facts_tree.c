// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What QEMU's info mtree says without -f: a tree of regions, of which a view is to
 * be made as QEMU makes it.
 *
 *   address-space: memory
 *     0000000000000000-ffffffffffffffff (prio 0, i/o): system
 *       0000000000000000-00000000bfffffff (prio 0, ram): alias lo @pc.ram 0000000000000000-00000000bfffffff
 *       0000000000000000-ffffffffffffffff (prio -1, i/o): pci
 *
 * Of the regions below one the highest priority comes first, and what is deeper
 * comes before what holds it; each takes what is left of its addresses. A region
 * of i/o with others inside is a container and takes none; so is the root. What an
 * alias of i/o stands for is a device's, wherever it is listed.
 *
 * Source: QEMU system/memory.c, mtree_print_mr() and render_memory_region().
 */
#include "facts_part.h"

#include <stdlib.h>
#include <string.h>

/* Machines have some hundreds. */
#define NODES_MAX 4096u
/* Address spaces that have it. */
#define NAMES_MAX 16u
/* Of regions inside one another. */
#define DEPTH_MAX 64u

struct tree_node {
	uint64_t line;
	struct vprim_range range;
	uint64_t target;
	int64_t priority;
	size_t indent, parent, nr_inside;
	unsigned int prot;
	bool disabled;
	char *name;
};

struct tree_piece {
	struct vprim_range range;
	size_t node;
};

struct facts_tree {
	struct tree_node *nodes;
	size_t nr, capacity;
	struct tree_piece *pieces;	/* ascending; up to two more a node */
	size_t nr_pieces, at;
	char names[NAMES_MAX][64];
	size_t nr_names, told_names;
	uint64_t line;
	bool told_view;
};

struct facts_tree *facts_tree_new(const char *name, uint64_t line)
{
	struct facts_tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->line = line;
	facts_tree_name(t, name);
	return t;
}

void facts_tree_name(struct facts_tree *t, const char *name)
{
	const size_t i = t->nr_names < NAMES_MAX ? t->nr_names++ : NAMES_MAX - 1;

	/* Lines without a head are nobody's. */
	if (!*name)
		t->nr_names = 0;
	input_printable(t->names[i], sizeof(t->names[i]), name);
}

void facts_tree_free(struct facts_tree *t)
{
	size_t i;

	for (i = 0; t && i < t->nr; i++)
		free(t->nodes[i].name);
	if (t) {
		free(t->nodes);
		free(t->pieces);
	}
	free(t);
}

bool facts_tree_is_empty(const struct facts_tree *t)
{
	return !t->nr;
}

/* The one before it that is indented less. */
static size_t parent_of(const struct facts_tree *t, size_t indent)
{
	size_t i = t->nr;

	if (!i)
		return SIZE_MAX;
	for (i--; i != SIZE_MAX && t->nodes[i].indent >= indent;
	     i = t->nodes[i].parent)
		;
	return i;
}

bool facts_tree_add(struct facts_tree *t, const struct fact *region,
		    size_t indent, int64_t priority, bool disabled)
{
	struct tree_node *n;
	size_t parent = parent_of(t, indent);

	if (t->nr == NODES_MAX)
		return false;
	if (t->nr == t->capacity) {
		size_t capacity = t->capacity ? 2 * t->capacity : 64;

		n = reallocarray(t->nodes, capacity, sizeof(*n));
		if (!n)
			return false;
		t->nodes = n;
		t->capacity = capacity;
	}
	n = &t->nodes[t->nr];
	*n = (struct tree_node){
		.line = region->line, .range = region->range,
		.target = region->target, .priority = priority,
		.indent = indent, .parent = parent, .prot = region->prot,
		.disabled = disabled, .name = strdup(region->name),
	};
	if (!n->name)
		return false;
	if (parent != SIZE_MAX)
		t->nodes[parent].nr_inside++;
	t->nr++;
	return true;
}

/* -- the view -------------------------------------------------------------- */

static void put_piece(struct facts_tree *t, size_t at, uint64_t start,
		      uint64_t last, size_t node)
{
	memmove(t->pieces + at + 1, t->pieces + at,
		(t->nr_pieces - at) * sizeof(*t->pieces));
	t->pieces[at] = (struct tree_piece){ { start, last }, node };
	t->nr_pieces++;
}

/* A node takes what no other has of its range. */
static void claim(struct facts_tree *t, const struct vprim_range *r, size_t node)
{
	uint64_t start = r->start;
	size_t low = 0, high = t->nr_pieces;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (t->pieces[middle].range.last < start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->nr_pieces && t->pieces[low].range.start <= r->last; low++) {
		const struct vprim_range there = t->pieces[low].range;

		if (there.start > start)
			put_piece(t, low++, start, there.start - 1, node);
		if (there.last >= r->last)
			return;
		start = there.last + 1;
	}
	put_piece(t, low, start, r->last, node);
}

static bool is_container(const struct facts_tree *t, size_t node)
{
	const struct tree_node *n = &t->nodes[node];

	return !n->prot && (n->nr_inside || n->parent == SIZE_MAX);
}

struct by_priority {
	int64_t priority;
	size_t node;
};

/* The later one of the same priority hides the earlier, as it does in QEMU. */
static int compare(const void *a, const void *b)
{
	const struct by_priority *p = a, *q = b;

	if (p->priority != q->priority)
		return p->priority > q->priority ? -1 : 1;
	return p->node < q->node ? 1 : -1;
}

/* NODE and what is inside of it; SIZE_MAX for all. False without memory. */
static bool render(struct facts_tree *t, size_t node, struct vprim_range clip,
		   unsigned int depth)
{
	const struct tree_node *n = node == SIZE_MAX ? NULL : &t->nodes[node];
	const size_t nr = n ? n->nr_inside : t->nr;
	struct by_priority *inside;
	size_t i, found = 0;
	bool fine = true;

	if (n && (n->disabled || !vprim_range_overlaps(&n->range, &clip)))
		return true;
	if (n)
		clip = (struct vprim_range){
			n->range.start > clip.start ? n->range.start : clip.start,
			n->range.last < clip.last ? n->range.last : clip.last };
	inside = nr && depth < DEPTH_MAX ? calloc(nr, sizeof(*inside)) : NULL;
	if (nr && !inside)
		return false;
	for (i = n ? node + 1 : 0; i < t->nr && found < nr; i++)
		if (t->nodes[i].parent == node)
			inside[found++] = (struct by_priority){
				t->nodes[i].priority, i };
	if (found)
		qsort(inside, found, sizeof(*inside), compare);
	for (i = 0; i < found && fine; i++)
		fine = render(t, inside[i].node, clip, depth + 1);
	free(inside);
	if (fine && n && !is_container(t, node))
		claim(t, &clip, node);
	return fine;
}

bool facts_tree_finish(struct facts_tree *t)
{
	/* One more range makes two more pieces of what is there at the most. */
	t->pieces = calloc(2 * t->nr + 1, sizeof(*t->pieces));
	return t->pieces && render(t, SIZE_MAX,
				   (struct vprim_range){ 0, UINT64_MAX }, 0);
}

bool facts_tree_next(struct facts_tree *t, struct fact *fact)
{
	const struct tree_piece *p;
	const struct tree_node *n;

	*fact = (struct fact){ .line = t->line, .form = "QEMU memory view",
			       .name = t->names[t->told_names % NAMES_MAX] };
	if (!t->told_view) {
		fact->kind = FACT_VIEW;
		t->told_view = true;
		return true;
	}
	if (t->told_names < t->nr_names) {
		fact->kind = FACT_SPACE;
		t->told_names++;
		return true;
	}
	if (t->at == t->nr_pieces)
		return false;
	p = &t->pieces[t->at++];
	n = &t->nodes[p->node];
	fact->kind = FACT_REGION;
	fact->layer = LAYER_LISTENER;
	fact->line = n->line;
	fact->range = p->range;
	fact->prot = n->prot;
	fact->name = n->name;
	fact->target = n->target + (p->range.start - n->range.start);
	fact->relative = true;
	return true;
}
