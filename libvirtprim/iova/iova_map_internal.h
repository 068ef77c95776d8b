/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The nodes of the map, the search in a node, and what the files of the map
 * share.
 *
 * The tree. All leaves have the same depth. Every node owns a slice of the
 * address space; the slices of a node's children are contiguous and make up its
 * own. A mapping lies whole in the slice of its leaf.
 *
 * Keys are inclusive last addresses, in leaves and in inner nodes, and unused
 * keys are 2^64-1. A search counts the keys that are less than the address: an
 * unused key never counts, not even for address 2^64-1, and nothing needs to be
 * clamped.
 *
 * Holes. The hole behind a mapping, up to the next mapping, belongs to the
 * mapping's leaf. gap[i] is an upper bound of the size of the holes that belong
 * below child i; it never exceeds the parent's bound. The holes in front of the
 * first mapping and behind the last one belong to nobody: either may be so large
 * that a bound of it would say nothing of the others.
 *
 * The shape of a hole, see hole_internal.h, bounds where an aligned request can
 * lie. It is kept as an upper bound, as the gap is.
 *
 * Readers beside the writer. They come in by shown_ and read keys, children and
 * entries, never gap, shape or tail. Of a node that they can reach those three may
 * be changed and nothing else; an update makes copies of all other nodes that it
 * changes and of those above them, shows the new root when it is whole, and retires
 * what it replaced. See iova_map_readers.c.
 */
#ifndef IOVA_MAP_INTERNAL_H
#define IOVA_MAP_INTERNAL_H
#include <virtprim/iova_map.h>
#include <virtprim/refuse.h>
#include "hole_internal.h"

/* Both searches below depend on 31 keys: three groups of eight, one of seven. */
#define KEYS 31u
#define LEAF_MAX KEYS
/* One key more than such a node needs: what follows fits into a kilobyte. */
#define INNER_MAX 31u
/* The root inside the map has rows of eight words, and the last of each is blank. */
#define SMALL_MAX 7u
#define SMALL_ROW 8u

/* An inner node that is not the root never has fewer: the depth depends on it. */
#define INNER_MIN 8u
/* Two inner nodes with no more than this become one. */
#define INNER_MERGE 24u

/* A removal that leaves fewer entries than this looks for company. */
#define LEAF_LOW 8u
/* Two leaves with no more than this become one. */
#define LEAF_MERGE 23u

/*
 * A split at a run leaves a nearly empty leaf behind and must not come often: the
 * promise of reserve counts on it. Each insert earns one, and two can be had at
 * once, as a run into the middle of a full leaf needs.
 */
#define RUN_COST 15u
#define RUN_CREDIT (2u * RUN_COST)

/*
 * What the copying update of one leaf can need below @levels inner levels: the leaf
 * and a neighbour, or its other half; the path, and on each level a neighbour or
 * another half, and a root.
 */
#define OWN_LEAVES 2u
#define OWN_INNERS(levels) (2u * (levels) + 1u)

/* Nodes kept for the next split when nothing is promised. */
#define KEEP_LEAVES 2u
#define KEEP_INNERS 1u

#define FLAG_LINEAR 1u
/* With readers: an update of many leaves is under way. */
#define FLAG_PART 2u

struct low {
	uint64_t start;
	uint64_t value;
};

/* The end of a node, which no reader reads. */
struct tail {
	uint64_t birth;		/* the update that made the node */
	uint64_t next;		/* of those that this update has replaced */
};

/*
 * A lookup reads the keys, four lines, and one entry of low, one line.
 *
 *     line 0        1        2        3   4                       11
 *     | n last[0..6] | last[7..30]       | low[0..30]: start, value | tail |
 */
struct leaf {
	uint32_t n;
	uint16_t level;			/* 0 */
	uint16_t unused;
	uint64_t last[KEYS];
	struct low low[LEAF_MAX];
	struct tail tail;
};

/*
 * Four rows: keys, children, gaps and shapes. upper[i] is the last address of
 * child i's slice; the last child's is the node's own. A lookup reads the keys and
 * one child; gap and shape are for updates and for the search of a hole.
 *
 *     line 0          1       3   4          7          11         15
 *     | n upper[0..6] | ..[30]   | child[31] | gap[31] | shape[31] | tail |
 *
 * The root of a map of few leaves lies in the map. It has the same rows, shorter:
 * upper[7], [15] and [23], the keys that a search looks at first, are each the
 * unused end of a row, so that the same search reads no key but those of its row.
 *
 *     | n upper[0..6] - | child[7] - | gap[7] - | shape[7] |
 */
struct inner {
	uint32_t n;
	uint16_t level;			/* of its children, plus one */
	uint16_t row;			/* words in a row */
	uint64_t upper[];		/* and the other rows */
};

/* But for the root inside the map, rows of INNER_MAX and a word, and then the tail. */
#define INNER_TAIL (offsetof(struct inner, upper) + 8u * (4u * INNER_MAX + 1u))
#define INNER_BYTES (INNER_TAIL + sizeof(struct tail))

static inline struct tail *inner_tail(const struct inner *in)
{
	return (struct tail *)(uintptr_t)(in->upper + 4 * INNER_MAX + 1);
}

_Static_assert(offsetof(struct inner, upper) ==
	       offsetof(struct vprim_iova_map_root_, upper), "root");
_Static_assert(sizeof(((struct vprim_iova_map_root_ *)0)->upper) >=
	       4 * SMALL_ROW * sizeof(uint64_t), "root");

static inline void *child_of(const struct inner *in, uint32_t slot)
{
	return (void *)(uintptr_t)in->upper[in->row + slot];
}

/* The same where it is known which of the two it is. */
static inline void *small_child(const struct inner *in, uint32_t slot)
{
	return (void *)(uintptr_t)in->upper[SMALL_ROW + slot];
}

static inline void *node_child(const struct inner *in, uint32_t slot)
{
	return (void *)(uintptr_t)in->upper[INNER_MAX + slot];
}

static inline void set_child(struct inner *in, uint32_t slot, void *node)
{
	in->upper[in->row + slot] = (uintptr_t)node;
}

/* The rows behind the keys. */
#define ROW_CHILD 1u
#define ROW_GAP 2u
#define ROW_SHAPE 3u

static inline uint64_t *row_of(const struct inner *in, uint32_t row)
{
	return (uint64_t *)(uintptr_t)(in->upper + row * in->row);
}

static inline uint64_t *gap_row(const struct inner *in)
{
	return row_of(in, ROW_GAP);
}

static inline uint64_t *shape_row(const struct inner *in)
{
	return row_of(in, ROW_SHAPE);
}

/* Where a retired node may have a head of RCU there is nothing that a reader reads. */
_Static_assert(offsetof(struct leaf, tail) == VPRIM_IOVA_MAP_RETIRED_HEAD, "leaf");
_Static_assert(offsetof(struct inner, upper) + 8u * 2u * INNER_MAX <=
	       VPRIM_IOVA_MAP_RETIRED_HEAD, "inner");
_Static_assert(INNER_TAIL > VPRIM_IOVA_MAP_RETIRED_HEAD, "inner");

/* Both kinds of node begin with the number of entries and the level. */
static inline uint32_t node_level(const void *node)
{
	return ((const uint16_t *)node)[2];
}

struct spare {
	struct spare *next;
};

/* What root_ is while the root lies in the map, which may be moved. */
#define ROOT_INSIDE ((void *)1)

static inline struct inner *small_root(const struct vprim_iova_map *map)
{
	return (struct inner *)(uintptr_t)&map->way_.small.root;
}

static inline void *root_of(const struct vprim_iova_map *map)
{
	return map->root_ == ROOT_INSIDE ? small_root(map) : map->root_;
}

/* Number of inner levels above the leaves; the map must not be empty. */
static inline uint32_t inner_levels(const struct vprim_iova_map *map)
{
	return map->height_ - 1;
}

/*
 * How many of 31 ascending keys are less than @addr. The first step picks a group
 * of eight by its last key, the second counts in the group; each is a sum of
 * comparisons with no branch, so that nothing can be mispredicted.
 */
static inline uint32_t rank(const uint64_t *key, uint64_t addr)
{
	uint32_t group = (uint32_t)(key[7] < addr) + (uint32_t)(key[15] < addr) +
			 (uint32_t)(key[23] < addr);
	const uint64_t *g = key + 8 * group;

	return 8 * group + (uint32_t)(g[0] < addr) + (uint32_t)(g[1] < addr) +
	       (uint32_t)(g[2] < addr) + (uint32_t)(g[3] < addr) +
	       (uint32_t)(g[4] < addr) + (uint32_t)(g[5] < addr) +
	       (uint32_t)(g[6] < addr);
}

/* The same of the seven keys that a root inside the map has. */
static inline uint32_t rank_small(const uint64_t *key, uint64_t addr)
{
	return (uint32_t)(key[0] < addr) + (uint32_t)(key[1] < addr) +
	       (uint32_t)(key[2] < addr) + (uint32_t)(key[3] < addr) +
	       (uint32_t)(key[4] < addr) + (uint32_t)(key[5] < addr) +
	       (uint32_t)(key[6] < addr);
}

#define LINE 64u

/*
 * Macros, because a function that only prefetches has no effect that gcc knows
 * of, and its calls are dropped.
 */
#define PREFETCH_4(first)                                       \
	do {                                                    \
		const char *line_ = (const char *)(first);      \
								\
		VPRIM_PREFETCH(line_);                          \
		VPRIM_PREFETCH(line_ + LINE);                   \
		VPRIM_PREFETCH(line_ + 2 * LINE);               \
		VPRIM_PREFETCH(line_ + 3 * LINE);               \
	} while (0)

/* The keys, of either kind of node. */
#define PREFETCH_KEYS(node) PREFETCH_4(node)

/* All of a leaf, so that keys and entry are one trip to memory. */
#define PREFETCH_LEAF(leaf)                                     \
	do {                                                    \
		const char *leaf_ = (const char *)(leaf);       \
								\
		PREFETCH_4(leaf_);                              \
		PREFETCH_4(leaf_ + 4 * LINE);                   \
		PREFETCH_4(leaf_ + 8 * LINE);                   \
	} while (0)

/* What a descent wants of the next node. */
#define PREFETCH_NODE(node, is_leaf)            \
	do {                                    \
		if (is_leaf)                    \
			PREFETCH_LEAF(node);    \
		else                            \
			PREFETCH_KEYS(node);    \
	} while (0)

/* Where a reader comes in, or NULL: all that it will reach is whole by then. */
static inline void *shown_root(const struct vprim_iova_map *map)
{
	void *root = vprim_pointer_acquire(&map->shown_);

	/* One test for this and for no root at all, where there mostly is one. */
	if ((uintptr_t)root > (uintptr_t)ROOT_INSIDE)
		return root;
	return root ? small_root(map) : NULL;
}

/* The leaf below @root whose slice holds @addr. */
static inline struct leaf *descend(void *root, uint64_t addr)
{
	const struct inner *in = (const struct inner *)root;
	uint32_t level = node_level(root);
	void *leaf;

	if (!level)
		return (struct leaf *)root;
	if (in->row == SMALL_ROW) {
		leaf = small_child(in, rank_small(in->upper, addr));
	} else {
		while (--level) {
			leaf = node_child(in, rank(in->upper, addr));
			in = (const struct inner *)leaf;
			PREFETCH_KEYS(in);
		}
		leaf = node_child(in, rank(in->upper, addr));
	}
	PREFETCH_LEAF(leaf);
	return (struct leaf *)leaf;
}

static inline uint32_t room(const struct inner *in)
{
	return in->row == SMALL_ROW ? SMALL_MAX : INNER_MAX;
}

static inline bool has_room(const struct inner *in)
{
	return in->n < room(in);
}

/* The slots from @from on hold no key. */
static inline void blank_keys(uint64_t *key, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		key[from] = UINT64_MAX;
}

/* The leaf has its first @n entries and no others, whatever it had before. */
static inline void cap_leaf(struct leaf *leaf, uint32_t n)
{
	leaf->n = n;
	blank_keys(leaf->last, n, LEAF_MAX);
}

/*
 * How many entries start at or before @addr: those that end before it, and maybe
 * the next one. No branch, as chance would decide it.
 */
static inline uint32_t rank_start(const struct leaf *leaf, uint64_t addr)
{
	uint32_t i = rank(leaf->last, addr), in = i < leaf->n;

	return i + (in & (uint32_t)(leaf->low[i - !in].start <= addr));
}

static inline struct inner *step_node(const struct vprim_iova_map_step_ *step)
{
	return (struct inner *)step->node;
}

static inline void *step_child(const struct vprim_iova_map_step_ *step)
{
	return child_of(step_node(step), step->slot);
}

static inline void copy_entry(struct vprim_iova_mapping *m, const uint64_t *last,
			      const struct low *low)
{
	m->range.start = low->start;
	m->range.last = *last;
	m->value = low->value;
}

static inline void copy_out(struct vprim_iova_mapping *m,
			    const struct leaf *leaf, size_t i)
{
	copy_entry(m, &leaf->last[i], &leaf->low[i]);
}

/* Copy entries @i to @end - 1. */
static inline void copy_run(struct vprim_iova_mapping *to,
			    const struct leaf *leaf, size_t i, size_t end)
{
	const uint64_t *last = leaf->last + i;
	const struct low *low = leaf->low + i;

	for (; i + 4 <= end; i += 4, to += 4, last += 4, low += 4) {
		copy_entry(to, last, low);
		copy_entry(to + 1, last + 1, low + 1);
		copy_entry(to + 2, last + 2, low + 2);
		copy_entry(to + 3, last + 3, low + 3);
	}
	for (; i < end; i++)
		copy_entry(to++, last++, low++);
}

/* -- what moves ----------------------------------------------------------- */

static inline void move_keys(uint64_t *to, const uint64_t *from, size_t n)
{
	memmove(to, from, n * sizeof(*to));
}

/* Entries from @i on go to @at, in the same leaf or in another one. */
static inline void move_entries(struct leaf *to, uint32_t at,
				const struct leaf *from, uint32_t i, size_t n)
{
	move_keys(to->last + at, from->last + i, n);
	memmove(to->low + at, from->low + i, n * sizeof(to->low[0]));
}

/* Children and their bounds; the ends of their slices are another matter. */
static inline void move_children(struct inner *to, uint32_t at,
				 const struct inner *from, uint32_t i, size_t n)
{
	move_keys(row_of(to, ROW_CHILD) + at, row_of(from, ROW_CHILD) + i, n);
	move_keys(gap_row(to) + at, gap_row(from) + i, n);
	move_keys(shape_row(to) + at, shape_row(from) + i, n);
}

/* -- the path of an update ------------------------------------------------ */

struct leaf *vprim_iova_map_seek_(struct vprim_iova_map *map, uint64_t addr);
struct leaf *vprim_iova_map_next_leaf_(const struct vprim_iova_map_step_ *path,
				       uint32_t levels);
void vprim_iova_map_slice_(const struct vprim_iova_map_step_ *path,
			   uint32_t levels, struct vprim_range *slice);

/*
 * Whether @addr lies in the slice of the leaf that the last update was in. The path
 * may lead through the map itself: it is good where it was found.
 */
static inline bool at_finger(const struct vprim_iova_map *map, uint64_t addr)
{
	return map->finger_home_ == map &&
	       addr - map->finger_start_ <= map->finger_span_;
}

/*
 * The leaf whose slice holds @addr, with path and finger set to it. The finger
 * makes an update next to the one before it cost no descent.
 */
static inline struct leaf *seek(struct vprim_iova_map *map, uint64_t addr)
{
	if (at_finger(map, addr))
		return (struct leaf *)map->finger_leaf_;
	return vprim_iova_map_seek_(map, addr);
}

/* Slices or nodes changed: the next update has to descend. */
static inline void drop_finger(struct vprim_iova_map *map)
{
	map->finger_home_ = NULL;
}

/* The end of the finger's slice. */
static inline uint64_t finger_last(const struct vprim_iova_map *map)
{
	return map->finger_start_ + map->finger_span_;
}

/*
 * The last free address behind entry i-1 of the path's leaf, when i-1 exists. It is
 * 2^64-1 where no mapping follows, and only there.
 */
static inline uint64_t hole_end(const struct vprim_iova_map *map,
				const struct leaf *leaf, uint32_t i)
{
	if (i == leaf->n) {
		leaf = vprim_iova_map_next_leaf_(map->way_.path, inner_levels(map));
		if (!leaf)
			return UINT64_MAX;
		i = 0;
	}
	return leaf->low[i].start - 1;
}

/* Mappings begin at and end before a multiple of the lowest bit of edges_. */
static inline void add_edges(struct vprim_iova_map *map, uint64_t start,
			     uint64_t last)
{
	map->edges_ |= start | (last + 1);
}

/* -- the bounds of holes -------------------------------------------------- */

uint64_t vprim_iova_map_max_gap_(const struct inner *in);
uint64_t vprim_iova_map_max_shape_(const struct inner *in);
uint64_t vprim_iova_map_leaf_gap_(const struct leaf *leaf, uint64_t end);
uint64_t vprim_iova_map_leaf_shape_(const struct leaf *leaf, uint64_t end);
void vprim_iova_map_share_(struct inner *in, uint32_t giver, uint32_t taker);
void vprim_iova_map_raise_(struct vprim_iova_map *map, uint64_t hole);
void vprim_iova_map_raise_left_(struct vprim_iova_map *map, uint64_t end);
void vprim_iova_map_freed_(struct vprim_iova_map *map, const struct leaf *leaf,
			   uint32_t i, uint64_t end);

void vprim_iova_map_measure_(struct vprim_iova_map *map, uint32_t slot);
void vprim_iova_map_lower_(struct vprim_iova_map *map, uint32_t d);

/*
 * As vprim_iova_map_raise_(). Mostly the bound is large enough; the only one that a
 * small map has is raised without a branch, as chance would decide it.
 */
static inline void raise_gap(struct vprim_iova_map *map, uint64_t hole)
{
	uint32_t levels = inner_levels(map);
	const struct vprim_iova_map_step_ *step = map->way_.path;
	uint64_t *row;

	if (map->root_ == ROOT_INSIDE) {
		row = small_root(map)->upper + step->slot;
		row[ROW_GAP * SMALL_ROW] = row[ROW_GAP * SMALL_ROW] < hole ?
						   hole : row[ROW_GAP * SMALL_ROW];
		row[ROW_SHAPE * SMALL_ROW] = SHAPE_ANY;
		return;
	}
	if (!levels)
		return;
	step += levels - 1;
	row = step_node(step)->upper + step->slot;
	if (row[ROW_GAP * INNER_MAX] < hole || row[ROW_SHAPE * INNER_MAX] != SHAPE_ANY)
		vprim_iova_map_raise_(map, hole);
}

/* -- looking for a place -------------------------------------------------- */

int vprim_iova_map_search_(struct vprim_iova_map *map,
			   const struct vprim_hole *want, uint64_t *start);

/* -- nodes in hand -------------------------------------------------------- */

/* Nodes of a tree, or nodes needed. */
struct node_count {
	uint64_t leaves;
	uint64_t inners;
	uint32_t height;
};

int vprim_iova_map_ensure_(struct vprim_iova_map *map, uint64_t leaves,
			   uint64_t inners);
void vprim_iova_map_trim_(struct vprim_iova_map *map, uint64_t leaves,
			  uint64_t inners);
int vprim_iova_map_stock_(struct vprim_iova_map *map, uint64_t inserts);
int vprim_iova_map_build_stock_(struct vprim_iova_map *map,
				const struct node_count *tree);
void vprim_iova_map_unstock_(struct vprim_iova_map *map);
struct leaf *vprim_iova_map_get_leaf_(struct vprim_iova_map *map);
struct inner *vprim_iova_map_get_inner_(struct vprim_iova_map *map,
					uint32_t level);
struct inner *vprim_iova_map_get_root_(struct vprim_iova_map *map,
				       uint32_t level, size_t children);
void vprim_iova_map_put_leaf_(struct vprim_iova_map *map, struct leaf *leaf);
void vprim_iova_map_put_inner_(struct vprim_iova_map *map, struct inner *in);

/* -- readers beside the writer --------------------------------------------- */

/* What an update began with, for one that may have to be undone. */
struct undo {
	void *root;
	uint64_t count;
	uint64_t leaves;
	uint64_t inners;
	uint64_t edges;
	uint64_t recent;
	uint64_t promised;
	uint64_t keep_leaves;
	uint64_t keep_inners;
	uint32_t height;
	uint32_t credit;
};

struct leaf *vprim_iova_map_own_path_(struct vprim_iova_map *map,
				      struct leaf *leaf);
struct leaf *vprim_iova_map_own_spared_(struct vprim_iova_map *map,
					struct leaf *leaf);
struct leaf *vprim_iova_map_own_leaf_(struct vprim_iova_map *map,
				      struct inner *parent, uint32_t slot);
struct inner *vprim_iova_map_own_inner_(struct vprim_iova_map *map,
					struct inner *parent, uint32_t slot);
void vprim_iova_map_show_(struct vprim_iova_map *map);
void vprim_iova_map_begin_(struct vprim_iova_map *map, struct undo *undo);
void vprim_iova_map_end_(struct vprim_iova_map *map);
void vprim_iova_map_undo_(struct vprim_iova_map *map, const struct undo *undo,
			  uint64_t at);

/* Whether a reader may be in the map while it is changed. */
static inline bool has_readers(const struct vprim_iova_map *map)
{
	return map->retire_;
}

/*
 * Whether a new root will lie in the map: above few leaves, and where nobody reads
 * it while it is changed.
 */
static inline bool goes_inside(const struct vprim_iova_map *map, uint32_t level,
			       size_t children)
{
	return level == 1 && children <= SMALL_MAX && !has_readers(map);
}

/* Whether a reader may be in a node. */
static inline bool is_shown(const struct vprim_iova_map *map,
			    const struct tail *tail)
{
	return VPRIM_UNLIKELY(has_readers(map)) && tail->birth != map->update_;
}

/* The path's leaf, to be changed as one of many: what was promised stays in hand. */
static inline struct leaf *own_one_of_many(struct vprim_iova_map *map,
					   struct leaf *leaf)
{
	if (VPRIM_UNLIKELY(has_readers(map)))
		return vprim_iova_map_own_spared_(map, leaf);
	return leaf;
}

/* The update is whole, unless it is a part of a larger one. */
static inline void show(struct vprim_iova_map *map)
{
	if (VPRIM_UNLIKELY(has_readers(map)) && !(map->flags_ & FLAG_PART))
		vprim_iova_map_show_(map);
}

/* Without readers the writer's root is the readers'. */
static inline void set_root(struct vprim_iova_map *map, void *root,
			    uint32_t height)
{
	if (root == small_root(map))
		root = ROOT_INSIDE;
	map->root_ = root;
	map->height_ = height;
	if (!has_readers(map))
		map->shown_ = root;
}

/* -- one more entry ------------------------------------------------------- */

/* How a leaf makes place for one entry. */
enum growth {
	GROW_NONE,	/* it has place */
	GROW_RIGHT,	/* entries move to the leaf above */
	GROW_LEFT,	/* entries move to the leaf below */
	GROW_SPLIT	/* it becomes two */
};

struct plan {
	enum growth how;
	uint32_t at;		/* split: entries that stay */
	bool new_left;		/* split: the new entry stays too */
	bool run;		/* split: at the end of a run */
	bool slack_right;	/* split: free addresses go to the new leaf */
};

int vprim_iova_map_plan_(struct vprim_iova_map *map, const struct leaf *leaf,
			 uint32_t i, struct plan *plan);
void vprim_iova_map_place_(struct vprim_iova_map *map, struct leaf *leaf,
			   uint32_t i, const struct plan *plan,
			   const struct vprim_iova_mapping *m);

/* -- refusals ------------------------------------------------------------- */

/* iova_map_rules.c; by their ids. */
extern const struct vprim_rule vprim_iova_map_rule_[];
#define refuse(why, id, ...) \
	VPRIM_REFUSE(why, vprim_iova_map_rule_, \
		     VPRIM_IOVA_MAP_RULE_##id - VPRIM_IOVA_MAP_RULE_OVERLAP, \
		     __VA_ARGS__)

/* -- fewer entries -------------------------------------------------------- */

void vprim_iova_map_cut_(struct vprim_iova_map *map, struct leaf *leaf,
			 uint32_t i, uint32_t j);

#endif
