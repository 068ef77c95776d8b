/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file interval_tree.h
 * @brief Overlapping intervals, held in the caller's objects.
 *
 * A balanced search tree (AVL) ordered by start, then by insertion. Every node
 * knows the highest last below it, so that a search skips what cannot reach the
 * query, and the largest hole, so that a search of one skips what has none.
 * Nodes live in the caller's objects: no allocation ever, insert and remove cannot
 * fail for want of memory.
 *
 *     struct guest_region {
 *             struct vprim_interval_tree_node node;    (node.range set first)
 *             void *hva;
 *     };
 *
 * Duplicates are legal; intervals of equal start come in the order in which they
 * went in. n below is the number of intervals.
 *
 * Takes no locks; concurrent readers are fine, a writer needs the caller's
 * exclusion.
 */
#ifndef VIRTPRIM_INTERVAL_TREE_H
#define VIRTPRIM_INTERVAL_TREE_H
#include <virtprim/hole.h>
VPRIM_BEGIN_DECLS

struct vprim_interval_tree;

/**
 * @brief One interval: embed it in an object.
 *
 * Zero it before its first insert. It must stay where it is, and its range must
 * not change, while it is in a tree. What is read of the object with each hit lies
 * best in front of it, in the same line of the cache.
 */
struct vprim_interval_tree_node {
	struct vprim_range range;		/**< The interval. */
	/* private: */
	/** @cond internal */
	/* A query reads no more than these, and they share a line of the cache. */
	struct vprim_interval_tree_node *next;
	uint64_t subtree_last;
	struct vprim_interval_tree_node *child[2];
	struct vprim_interval_tree_node *parent;
	/* For changes, and for the search of a hole. */
	struct vprim_interval_tree *tree;
	uint64_t subtree_start;
	uint64_t subtree_gap;
	uint64_t subtree_shape;
	int8_t balance;
	/** @endcond */
};
VPRIM_OBJECT(interval_tree_node);

/**
 * @brief A tree: prepare it with vprim_interval_tree_init().
 *
 * A zeroed one is empty and may be read. It must stay where it is while it holds
 * intervals, because each knows its tree.
 */
struct vprim_interval_tree {
	size_t count;				/**< Intervals in it; read only. */
	/* private: */
	/** @cond internal */
	struct vprim_interval_tree_node *root;
	uint64_t changes;
	uint64_t edges;
	uint64_t reserved[3];
	/** @endcond */
};
VPRIM_OBJECT(interval_tree);

/**
 * @brief Make an empty tree.
 *
 * Nodes still in an earlier use of @p tree are forgotten, not visited; they must
 * be zeroed before they are used again.
 *
 * @param[out] tree             The tree.
 * @param[in]  tree_size_bytes  `sizeof(*tree)` as the caller compiled it.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p tree_size_bytes is not the library's, which means that
 *                  header and library do not belong together.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_interval_tree_init(struct vprim_interval_tree *tree,
			     size_t tree_size_bytes);

/**
 * @brief Put an interval in, in O(log n).
 *
 * @param[in,out] tree  The tree.
 * @param[in,out] node  A node in no tree, with its range set. It comes after all
 *                      nodes of the same start.
 *
 * @retval 0        Done.
 * @retval -EINVAL  Start is above last.
 * @retval -EEXIST  @p node is in a tree already.
 *
 * @par Source
 * Order of equals as in Linux include/linux/interval_tree_generic.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_interval_tree_insert(struct vprim_interval_tree *tree,
			       struct vprim_interval_tree_node *node);

/**
 * @brief Take an interval out, in O(log n).
 *
 * @param[in,out] tree  The tree.
 * @param[in,out] node  A node of this tree; free for other use afterwards.
 *
 * @retval 0        Done.
 * @retval -ENOENT  @p node is not in this tree.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
int vprim_interval_tree_remove(struct vprim_interval_tree *tree,
			       struct vprim_interval_tree_node *node);

/**
 * @brief The first interval that shares an address with @p range, in O(log n).
 *
 * @param[in] tree   The tree.
 * @param[in] range  The addresses asked about.
 * @return The one of lowest start, the oldest of these; NULL when there is none or
 *         start is above last.
 *
 * @par Source
 * Linux interval_tree_iter_first().
 */
VPRIM_API VPRIM_NONNULL
struct vprim_interval_tree_node *
vprim_interval_tree_first(const struct vprim_interval_tree *tree,
			  const struct vprim_range *range);

/**
 * @brief The interval after @p node that shares an address with @p range.
 *
 * O(1) when the next in order is the one, as it is among those that begin inside
 * the range: k of them come in O(log n + k). The j that begin before it may lie far
 * apart in the tree: finding them costs at most O(log n) each, and less when they
 * are many.
 *
 * @param[in] node   A node in a tree; need not meet @p range.
 * @param[in] range  The addresses asked about.
 * @return The next by start, then by age; NULL when there is none, @p node is in no
 *         tree, or start is above last.
 *
 * @par Source
 * Linux interval_tree_iter_next().
 */
VPRIM_API VPRIM_NONNULL
struct vprim_interval_tree_node *
vprim_interval_tree_next(const struct vprim_interval_tree_node *node,
			 const struct vprim_range *range);

/**
 * @brief The first interval that contains @p addr, in O(log n).
 * @param[in] tree  The tree.
 * @param[in] addr  Any address.
 * @return As vprim_interval_tree_first() for the range of that one address.
 */
VPRIM_INLINE VPRIM_NONNULL struct vprim_interval_tree_node *
vprim_interval_tree_stab(const struct vprim_interval_tree *tree, uint64_t addr)
{
	const struct vprim_range at = { addr, addr };

	return vprim_interval_tree_first(tree, &at);
}

/** @brief What a span is. */
enum vprim_interval_tree_kind {
	VPRIM_INTERVAL_TREE_DONE = -1,	/**< The walk is over; no span. */
	VPRIM_INTERVAL_TREE_HOLE = 0,	/**< In no interval. */
	VPRIM_INTERVAL_TREE_USED = 1,	/**< In an interval (of the first tree). */
	VPRIM_INTERVAL_TREE_SECOND = 2,	/**< In the second tree only. */
};

/** @cond internal */
struct vprim_interval_tree_walk_ {
	const struct vprim_interval_tree *tree;
	struct vprim_interval_tree_node *next;
	struct vprim_range span;
	uint64_t last;
	uint64_t changes;
	bool used;
};
/** @endcond */

/**
 * @brief A walk over the used and unused spans of a window, in one tree or two.
 *
 *     intervals    [####]  [###][##]
 *                    [###]
 *     spans      ..111111..11111111...     window cut exactly, no gap
 *
 * Overlapping and adjacent intervals make one used span. The first tree wins where
 * both have intervals; neighbouring spans always differ in kind. The whole walk
 * costs O(log n + k) for k intervals that begin in the window. The trees may change
 * between steps; the spans from there on show it. May be moved and copied.
 *
 *     for (vprim_interval_tree_spans_init(&s, tree, NULL, &window);
 *          s.kind != VPRIM_INTERVAL_TREE_DONE;
 *          vprim_interval_tree_spans_next(&s))
 *             use(s.kind, &s.span);
 */
struct vprim_interval_tree_spans {
	enum vprim_interval_tree_kind kind;	/**< What the span is. */
	struct vprim_range span;		/**< The span, unless DONE. */
	/* private: */
	/** @cond internal */
	struct vprim_interval_tree_walk_ walk[2];
	/** @endcond */
};
VPRIM_OBJECT(interval_tree_spans);

/**
 * @brief Begin a walk over spans with the first of them.
 *
 * @param[out] spans   The walk; after an error its kind is DONE.
 * @param[in]  one     The tree, whose spans are USED; must outlive the walk.
 * @param[in]  two     Another, whose spans are SECOND, or the same; may be NULL.
 * @param[in]  window  What the spans shall cover.
 *
 * @retval 0        @p spans holds the first span.
 * @retval -EINVAL  Start is above last.
 *
 * @par Source
 * Linux interval_tree_span_iter_first(), drivers/iommu/iommufd/double_span.h.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_interval_tree_spans_init(struct vprim_interval_tree_spans *spans,
				   const struct vprim_interval_tree *one,
				   const struct vprim_interval_tree *two,
				   const struct vprim_range *window);

/**
 * @brief Go to the next span; DONE after the last.
 * @param[in,out] spans  The walk; one that is DONE is left alone.
 */
VPRIM_API VPRIM_NONNULL
void vprim_interval_tree_spans_next(struct vprim_interval_tree_spans *spans);

/**
 * @brief Go to @p addr as if the walk had begun there.
 *
 * @param[in,out] spans  The walk; one that is DONE is left alone.
 * @param[in]     addr   The new beginning of the window: the span at hand is cut
 *                       to it when it holds it. Beyond the window: DONE.
 *
 * @par Source
 * Linux interval_tree_span_iter_advance().
 */
VPRIM_API VPRIM_NONNULL
void vprim_interval_tree_spans_advance(struct vprim_interval_tree_spans *spans,
				       uint64_t addr);

/**
 * @brief An interval tree as a blocked set of hole.h.
 *
 * A hole costs O(log n) upwards, O(log n squared) downwards, when the intervals are
 * disjoint or those that overlap do not reach over the holes of others: every node
 * knows the holes between the intervals below it, and a search leaves out what
 * cannot serve. Linear where an interval covers the holes between others only in
 * part, as the nodes know nothing of intervals outside of them; and in the holes
 * that are large enough but wrongly aligned, under the conditions of
 * vprim_iova_map_gap().
 *
 * @param[in] tree  The tree; must outlive the result.
 * @return The set, by value.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_hole_blocked
vprim_interval_tree_blocked(const struct vprim_interval_tree *tree);

/**
 * @brief Verify the tree, in O(n).
 *
 * Order, balance, links, highest lasts and the count. For tests, and for the
 * hunt after a node that was freed or changed inside the tree.
 *
 * @param[in] tree  The tree.
 *
 * @retval 0         Sound.
 * @retval -EBADMSG  An invariant is broken.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_interval_tree_audit(const struct vprim_interval_tree *tree);

VPRIM_END_DECLS

#endif
