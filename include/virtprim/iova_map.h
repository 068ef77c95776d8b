/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file iova_map.h
 * @brief Disjoint address ranges, each with a value: the map behind an IOMMU.
 *
 * An ordered map from inclusive ranges that never overlap to one 64-bit value
 * each. All of 0..2^64-1 can be used: a mapping may end at 2^64-1, be one byte
 * long, or cover the whole space.
 *
 *         insert         erase                        gap, place
 *           |      .-------------.                 .-------.
 *     ---[#####]--[##|           |####]--[#######]---------[###]---> addresses
 *           v      v                v        v               v
 *
 * It is a B+-tree. A lookup in 10^6 mappings reads four or five nodes; the
 * largest hole below every node is known, so that looking for a hole does not
 * walk over the mappings. doc/iova_map.md has a picture of the nodes and says
 * when to use which call.
 *
 * Memory comes from the caller's @ref vprim_alloc_ops only. The calls that may
 * allocate are vprim_iova_map_insert(), vprim_iova_map_place(),
 * vprim_iova_map_erase(), vprim_iova_map_bulk(), vprim_iova_map_reserve() and
 * vprim_iova_map_reserve_some(). The calls that may free
 * are these and vprim_iova_map_remove(), vprim_iova_map_remove_at(),
 * vprim_iova_map_take(), vprim_iova_map_clear() and vprim_iova_map_fini().
 * Every call that fails leaves the map as it was.
 *
 * Concurrency: takes no locks. Calls that take a `const` map, and cursors of
 * different threads, may run beside each other; every other call, and among
 * them vprim_iova_map_gap() and what places with it, needs the caller's exclusion.
 *
 * Readers that never wait: with vprim_iova_map_options::retire the calls
 * vprim_iova_map_stab(), vprim_iova_map_stab_batch(), vprim_iova_map_first(),
 * vprim_iova_map_next() and vprim_iova_map_prev() need no exclusion at all. Each
 * sees the map as it is between two updates: a vprim_iova_map_bulk(), an erase or a
 * take is there whole or not at all. A reader says to whoever frees the retired
 * nodes when it begins and ends, as with rcu_read_lock(). Writers exclude each
 * other, cursors and all other calls as ever. What it costs them:
 *
 * - An update of one mapping copies a leaf, 768 bytes, and the inner nodes above it,
 *   a kilobyte each, and retires as many.
 * - vprim_iova_map_remove(), vprim_iova_map_remove_at(), vprim_iova_map_set_value(),
 *   vprim_iova_map_take() and vprim_iova_map_erase() may answer -ENOMEM, too, and
 *   then nothing has changed. The first three are updates that
 *   vprim_iova_map_reserve() promises, as it does inserts; each uses one up.
 * - The map may not be moved in memory.
 */
#ifndef VIRTPRIM_IOVA_MAP_H
#define VIRTPRIM_IOVA_MAP_H
#include <virtprim/hole.h>
VPRIM_BEGIN_DECLS

/** @brief Why a map refuses; EEXIST [range, hit]. */
enum vprim_iova_map_rule {
	/** EEXIST [range, hit]: overlaps mapping H. */
	VPRIM_IOVA_MAP_RULE_OVERLAP = 0x003,
	/** EINVAL [value]: the options have unknown values V. */
	VPRIM_IOVA_MAP_RULE_VALUES,
	/** EINVAL [value, at]: reserved field A of the options holds V, not 0. */
	VPRIM_IOVA_MAP_RULE_RESERVED_FIELD,
};

/** @brief All rules of a map. */
VPRIM_API
extern const struct vprim_rules vprim_iova_map_rules;

/** @brief One mapping, always a copy: 24 bytes. */
struct vprim_iova_mapping {
	struct vprim_range range;	/**< The addresses. */
	uint64_t value;			/**< The caller's: pointer or token. */
};

/** @brief What vprim_iova_map_erase() does to the value of an upper remainder. */
enum vprim_iova_map_values {
	/**
	 * Keep it. A remainder has the value that its mapping had, as fits a
	 * pointer to an object.
	 */
	VPRIM_IOVA_MAP_OPAQUE = 0,
	/**
	 * Add the distance from the mapping's start to the remainder's, modulo
	 * 2^64, as fits a target address: the remainder still names the same
	 * targets.
	 */
	VPRIM_IOVA_MAP_LINEAR = 1
};

/** @brief Bytes before the 16 of a retired node, of either kind, that nobody reads. */
#define VPRIM_IOVA_MAP_RETIRED_HEAD 752

/** @brief Choices at init. All zero is the default. */
struct vprim_iova_map_options {
	enum vprim_iova_map_values values;	/**< Default: opaque. */
	/**
	 * Lets readers run beside the writer; see "Readers that never wait" in
	 * the file's introduction. Called at the end of an update for each node
	 * that no new reader finds. The readers of before may be in it still: once
	 * they have left, give the node to the allocator's free. Until then a struct
	 * rcu_head, of Linux or of liburcu, can be kept in the 16 bytes from
	 * VPRIM_IOVA_MAP_RETIRED_HEAD on. Not called by vprim_iova_map_fini(). NULL,
	 * the default: no reader runs beside a writer.
	 */
	void (*retire)(void *ctx, void *node, size_t size_bytes);
	uint32_t reserved[4];			/**< Must be 0. */
};

/** @cond internal */
/*
 * Levels of inner nodes. Every inner node but the root has at least 8 children
 * and the root at least 2, so d inner levels stand on 2 * 8^(d-1) leaves of at
 * least 512 bytes each: 20 of them would need 2^67 bytes.
 */
#define VPRIM_IOVA_MAP_MAX_INNER_ 19

struct vprim_iova_map_step_ {
	void *node;
	uint32_t slot;
};

/* The root of a map of few leaves: an inner node with room for seven. */
struct vprim_iova_map_root_ {
	uint32_t n;
	uint16_t level;
	uint16_t row;
	uint64_t upper[32];
};

/* Below such a root there are leaves, and the path has one step. */
struct vprim_iova_map_small_ {
	struct vprim_iova_map_step_ first;
	struct vprim_iova_map_root_ root;
};

/* A tag and a name: bindings cannot be made of a union without. */
union vprim_iova_map_way_ {
	struct vprim_iova_map_step_ path[VPRIM_IOVA_MAP_MAX_INNER_];
	struct vprim_iova_map_small_ small;
};
/** @endcond */

/**
 * @brief The map: embed it where it is needed, touch no field.
 *
 * A zeroed map is empty, may be read and given to vprim_iova_map_fini(), and
 * must pass vprim_iova_map_init() before it takes a mapping. May be moved in memory
 * while no cursor, no blocked set and no reader refers to it; only one of two copies
 * may be used on.
 */
struct vprim_iova_map {
	/** @cond internal */
	/* private: */
	void *root_;
	uint32_t height_;
	uint32_t flags_;
	uint64_t generation_;
	/* The finger: the path to the leaf of the last update, and its slice. */
	uint64_t finger_start_;
	uint64_t finger_span_;
	void *finger_leaf_;
	/* Run detection. */
	uint64_t recent_;
	uint32_t credit_;
	uint32_t unused_;
	uint64_t count_;
	/* Nodes in the tree, nodes in hand, and how many to keep in hand. */
	uint64_t leaves_;
	uint64_t inners_;
	void *spare_leaf_;
	void *spare_inner_;
	uint64_t spare_leaves_;
	uint64_t spare_inners_;
	uint64_t keep_leaves_;
	uint64_t keep_inners_;
	uint64_t promised_;
	struct vprim_alloc_ops ops_;
	void *ctx_;
	union vprim_iova_map_way_ way_;
	/* All starts and all lasts plus one that were put in since it was empty. */
	uint64_t edges_;
	/* Where readers come in, and what lets them run beside the writer. */
	void *shown_;
	void (*retire_)(void *ctx, void *node, size_t size_bytes);
	uint64_t update_;
	uint64_t old_leaf_;
	uint64_t old_inner_;
	const void *finger_home_;
	/* The bound of holes in the finger's leaf is no less. */
	uint64_t known_gap_;
	uint64_t reserved_;
	/** @endcond */
};
VPRIM_OBJECT(iova_map);

/**
 * @brief Prepare a map.
 *
 * Allocates nothing.
 *
 * @param[out] map             The map; its former contents are not looked at.
 * @param[in]  map_size_bytes  `sizeof(*map)` as the caller compiled it.
 * @param[in]  ops             Allocator; copied.
 * @param[in]  ctx             Handed to @p ops; may be NULL.
 * @param[in]  options         Choices; copied. May be NULL: the default.
 * @param[out] why             The rule that refused; may be NULL.
 *
 * @retval 0        @p map is empty and ready.
 * @retval -EINVAL  @p options has an unknown value or a reserved field that is not
 *                  0, or @p map_size_bytes is not the library's, which means that
 *                  header and library do not belong together.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_iova_map_init(struct vprim_iova_map *map, size_t map_size_bytes,
			const struct vprim_alloc_ops *ops, void *ctx,
			const struct vprim_iova_map_options *options,
			struct vprim_reason *why);

/**
 * @brief Give all memory back and retire the map.
 *
 * The values are the caller's business: walk or vprim_iova_map_take() first when
 * they own something. Costs O(n).
 *
 * @param[in,out] map  The map, zeroed afterwards. A zeroed map is fine.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_map_fini(struct vprim_iova_map *map);

/**
 * @brief Remove every mapping.
 *
 * A reservation made with vprim_iova_map_reserve() stays. Costs O(n).
 *
 * @param[in,out] map  The map.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_map_clear(struct vprim_iova_map *map);

/**
 * @brief Add a mapping.
 *
 * O(log n). Neighbours are never joined, not even when they touch. Allocates
 * when a node is full, about once in twenty calls, and never after
 * vprim_iova_map_reserve() promised this call.
 *
 * @param[in,out] map    The map.
 * @param[in]     range  The addresses; start not above last.
 * @param[in]     value  Any value.
 * @param[out]    hit    The lowest mapping that @p range overlaps; may be NULL.
 *                       Written only on -EEXIST.
 *
 * @retval 0        The mapping is in.
 * @retval -EEXIST  @p range overlaps a mapping.
 * @retval -EINVAL  @p range has its start above its last, or @p map was never
 *                  prepared.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * Linux vfio_dma_do_map() and iopt_check_iova(): an overlap is refused with
 * -EEXIST.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_map_insert(struct vprim_iova_map *map,
			  const struct vprim_range *range, uint64_t value,
			  struct vprim_iova_mapping *hit);

/**
 * @brief Remove exactly one mapping.
 *
 * O(log n). Never allocates, never fails for want of memory, where no reader runs
 * beside the writer.
 *
 * @param[in,out] map    The map.
 * @param[in]     range  Start and last of the mapping.
 * @param[out]    value  Its value; may be NULL. Written only on success.
 *
 * @retval 0        The mapping is gone.
 * @retval -ENOENT  No mapping has exactly this range.
 * @retval -EINVAL  @p range has its start above its last.
 * @retval -ENOMEM  The caller's allocator returned NULL; only with readers.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_map_remove(struct vprim_iova_map *map,
			  const struct vprim_range *range, uint64_t *value);

/**
 * @brief Remove the mapping that starts at @p start.
 *
 * As vprim_iova_map_remove(), for callers who know only where it starts.
 *
 * @param[in,out] map      The map.
 * @param[in]     start    Lowest address of the mapping.
 * @param[out]    removed  The mapping; may be NULL. Written only on success.
 *
 * @retval 0        The mapping is gone.
 * @retval -ENOENT  No mapping starts there.
 * @retval -ENOMEM  The caller's allocator returned NULL; only with readers.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
int vprim_iova_map_remove_at(struct vprim_iova_map *map, uint64_t start,
			     struct vprim_iova_mapping *removed);

/**
 * @brief Remove whole mappings that meet a range, lowest first.
 *
 * Mappings that reach out of @p range at either end are removed whole. Fills the
 * caller's buffer; when it came back full, call again for more. A run of
 * mappings costs a few nanoseconds each. Never allocates, but with readers.
 *
 *     do {
 *             ret = vprim_iova_map_take(map, &range, buf, 16, &n);
 *             for (i = 0; i < n; i++)
 *                     unpin(&buf[i]);
 *     } while (!ret && n == 16);
 *
 * @param[in,out] map       The map.
 * @param[in]     range     The addresses; start not above last.
 * @param[out]    taken     The mappings removed, ascending.
 * @param[in]     capacity  Mappings that fit into @p taken, at least 1.
 * @param[out]    count     Mappings written; less than @p capacity when none
 *                          is left in @p range. Written only on success.
 *
 * @retval 0        Done; @p count may be 0.
 * @retval -EINVAL  @p range has its start above its last, or @p capacity is 0.
 * @retval -ENOMEM  The caller's allocator returned NULL; only with readers.
 *
 * @par Source
 * Linux vfio_dma_do_unmap(), which removes whole mappings one by one.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_take(struct vprim_iova_map *map,
			const struct vprim_range *range,
			struct vprim_iova_mapping *taken, size_t capacity,
			size_t *count);

/**
 * @brief Punch a hole: afterwards nothing is mapped in @p range.
 *
 * Mappings inside go; mappings that reach out are cut at the edge and keep what
 * lies outside. A hole inside one mapping makes two of it, which needs a place
 * as an insert does; that is the only case that can allocate, and it counts as
 * one insert of a reservation. O(log n) and a few nanoseconds for each mapping
 * removed.
 *
 *          [#########|    range    |####]
 *           keeps its               keeps it, or adds the distance:
 *           value                   see enum vprim_iova_map_values
 *
 * @param[in,out] map      The map.
 * @param[in]     range    The hole; start not above last.
 * @param[out]    touched  Mappings removed or cut; may be NULL. Written only
 *                         on success.
 *
 * @retval 0        The range is free; @p touched may be 0.
 * @retval -EINVAL  @p range has its start above its last.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_map_erase(struct vprim_iova_map *map,
			 const struct vprim_range *range, uint64_t *touched);

/**
 * @brief Change the value of a mapping.
 *
 * O(log n), no memory but with readers.
 *
 * @param[in,out] map    The map.
 * @param[in]     range  Start and last of the mapping.
 * @param[in]     value  Its new value.
 *
 * @retval 0        Done.
 * @retval -ENOENT  No mapping has exactly this range.
 * @retval -EINVAL  @p range has its start above its last.
 * @retval -ENOMEM  The caller's allocator returned NULL; only with readers.
 *
 * @par Source
 * libvirtprim's own rule; what VFIO_DMA_MAP_FLAG_VADDR needs.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_set_value(struct vprim_iova_map *map,
			     const struct vprim_range *range, uint64_t value);

/**
 * @brief The mapping that contains an address.
 *
 * O(log n): one node a level.
 *
 * @param[in]  map      The map.
 * @param[in]  addr     Any address.
 * @param[out] mapping  A copy. Written only on success.
 *
 * @retval 0        @p mapping contains @p addr.
 * @retval -ENOENT  Nothing is mapped there.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_stab(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping);

/**
 * @brief Look up many addresses at once.
 *
 * The lookups go down the tree side by side, so that their cache misses
 * overlap: on a map that does not fit the cache two to three times as fast as
 * one by one. A scatter list or a descriptor chain is what it is for.
 *
 * @param[in]  map       The map.
 * @param[in]  addrs     Addresses, in any order; may be NULL when @p count is 0.
 * @param[in]  count     How many; may be 0.
 * @param[out] mappings  As many mappings as @p addrs has entries; entry i
 *                       contains addrs[i]. For an address where nothing is
 *                       mapped it is a range that is not valid, start 1 and
 *                       last 0, with value 0. Written only on success. May be
 *                       NULL when @p count is 0.
 * @param[out] found     Addresses that are mapped; may be NULL. Written only
 *                       on success.
 *
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
void vprim_iova_map_stab_batch(const struct vprim_iova_map *map,
			       const uint64_t *addrs, size_t count,
			       struct vprim_iova_mapping *mappings,
			       size_t *found);

/**
 * @brief The lowest mapping that meets a range.
 *
 * O(log n).
 *
 * @param[in]  map      The map.
 * @param[in]  range    The addresses; start not above last.
 * @param[out] mapping  A copy. Written only on success.
 *
 * @retval 0        @p mapping shares an address with @p range.
 * @retval -ENOENT  Nothing is mapped in @p range.
 * @retval -EINVAL  @p range has its start above its last.
 *
 * @par Source
 * Linux interval_tree_iter_first().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_first(const struct vprim_iova_map *map,
			 const struct vprim_range *range,
			 struct vprim_iova_mapping *mapping);

/**
 * @brief The lowest mapping that starts above an address.
 *
 * O(log n). To visit many, use a cursor.
 *
 * @param[in]  map      The map.
 * @param[in]  addr     Any address.
 * @param[out] mapping  A copy. Written only on success.
 *
 * @retval 0        `mapping->range.start > addr`.
 * @retval -ENOENT  No mapping starts above @p addr.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_next(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping);

/**
 * @brief The highest mapping that ends below an address.
 *
 * O(log n). To visit many, use a cursor.
 *
 * @param[in]  map      The map.
 * @param[in]  addr     Any address.
 * @param[out] mapping  A copy. Written only on success.
 *
 * @retval 0        `mapping->range.last < addr`.
 * @retval -ENOENT  No mapping ends below @p addr.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_prev(const struct vprim_iova_map *map, uint64_t addr,
			struct vprim_iova_mapping *mapping);

/**
 * @brief Number of mappings. O(1).
 * @param[in] map  The map.
 * @return The number.
 */
VPRIM_INLINE VPRIM_NONNULL
uint64_t vprim_iova_map_count(const struct vprim_iova_map *map)
{
	return map->count_;
}

/**
 * @brief The place for a new mapping.
 *
 * Nothing is inserted. O(log n) amortised, however many mappings lie before the
 * place: the map knows an upper bound of the holes below every node, this call
 * makes them exact where they misled it, and that is why it needs the same
 * exclusion as an update. Holes that are large enough but wrongly aligned are
 * passed over by whole nodes when the alignment is the size rounded up to a power
 * of two, when the size is no more than the unit that all mappings are multiples
 * of, or when an offset below that unit asks for another unit; for other aligned
 * requests the search may have to look at each such hole.
 *
 * @param[in,out] map    The map. Its mappings are not changed.
 * @param[in]     want   What is wanted.
 * @param[out]    start  Lowest address of the place. Written only on success.
 *
 * @retval 0        All of the place is free, aligned and inside `want->within`, and
 *                  it is the one that `want->from` names.
 * @retval -ENOSPC  There is no such place.
 * @retval -EINVAL  vprim_hole_check() refuses @p want.
 *
 * @par Source
 * Linux alloc_iova() (top-down) and iopt_alloc_iova() (bottom-up), with inclusive
 * arithmetic: an exact fit succeeds, also at 2^64-1.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_gap(struct vprim_iova_map *map,
		       const struct vprim_hole *want, uint64_t *start);

/**
 * @brief Find a place in windows and put a mapping there, all or nothing.
 *
 * @param[in,out] map      The map; after an error it is as it was.
 * @param[in]     windows  Where mappings may lie, checked; empty restricts nothing.
 * @param[in]     want     What is wanted.
 * @param[in]     value    Any value.
 * @param[out]    range    Where the mapping is. Written only on success.
 * @param[out]    reason   Why not; may be NULL.
 *
 * @retval 0        The mapping is in.
 * @retval -ENOSPC  No place will do.
 * @retval -EINVAL  vprim_hole_check() refuses @p want, or @p map was never
 *                  prepared.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * Costs one vprim_iova_map_gap() for each window that is passed, and an insert.
 * Allocates as vprim_iova_map_insert() does, and counts as one insert of a
 * reservation.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3, 5)
int vprim_iova_map_place(struct vprim_iova_map *map, struct vprim_ranges windows,
			 const struct vprim_hole *want, uint64_t value,
			 struct vprim_range *range, struct vprim_reason *reason);

/**
 * @brief A map as a blocked set of hole.h.
 *
 * Each hole costs one vprim_iova_map_gap() and two lookups, and needs the same
 * exclusion as that call.
 *
 * @param[in] map  The map; must outlive the result.
 * @return The set, by value.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_hole_blocked vprim_iova_map_blocked(struct vprim_iova_map *map);

/**
 * @brief Add many mappings in ascending order, all or none.
 *
 * On an empty map the nodes are packed full: O(n), 25 bytes a mapping. On any
 * other map it is @p count inserts of which none can fail.
 *
 * @param[in,out] map       The map.
 * @param[in]     mappings  Ascending and disjoint; may be NULL when @p count is 0.
 * @param[in]     count     How many; may be 0.
 * @param[out]    hit       The lowest mapping of the map that one of them
 *                          overlaps; may be NULL. Written only on -EEXIST.
 *
 * @retval 0        All are in.
 * @retval -EEXIST  One overlaps a mapping of the map.
 * @retval -EINVAL  @p map was never prepared, or a range has its start above its
 *                  last or does not lie above the one before it.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_iova_map_bulk(struct vprim_iova_map *map,
			const struct vprim_iova_mapping *mappings, size_t count,
			struct vprim_iova_mapping *hit);

/**
 * @brief Promise that the next @p count inserts do not allocate.
 *
 * Takes the nodes that they can need in the worst case, so that they can run
 * where allocation is not possible, under a spinlock for instance. Covered are
 * vprim_iova_map_insert() and vprim_iova_map_erase() that makes two mappings of
 * one; an erase that only removes and cuts needs no promise. A call that fails,
 * with -EEXIST for instance, uses nothing up. Removals in between do not weaken
 * the promise.
 *
 * The promise replaces an earlier one: with @p count 0 it ends, and the nodes in
 * hand go back to the allocator.
 *
 * Cost: for a few inserts one leaf each and one inner node a level; for many
 * about 250 bytes an insert and a kilobyte for each leaf of the map. See
 * vprim_iova_map_describe().
 *
 * @param[in,out] map    The map.
 * @param[in]     count  Inserts to promise.
 *
 * @retval 0        The promise holds.
 * @retval -EINVAL  @p map was never prepared.
 * @retval -ENOMEM  The caller's allocator returned NULL; an earlier promise
 *                  still holds.
 *
 * @par Source
 * libvirtprim's own rule; the role of Linux mas_preallocate().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_reserve(struct vprim_iova_map *map, size_t count);

/**
 * @brief Go some way towards such a promise: for callers whose lock is dear.
 *
 * As vprim_iova_map_reserve(), but takes and gives back @p nodes nodes at most, and
 * those stay taken or given back whatever the answer. Between two calls the map may
 * be used and changed. An earlier promise holds until this answers 0; a smaller
 * @p count replaces it at once.
 *
 * Who gives up says so with a promise that holds, such as the one of
 * vprim_iova_map_describe(): nodes that it does not need go back.
 *
 * O(1) and @p nodes requests of the allocator.
 *
 * @param[in,out] map    The map.
 * @param[in]     count  Inserts to promise.
 * @param[in]     nodes  Nodes to take or give back in this call, at most.
 *
 * @retval 0        The promise holds.
 * @retval -EAGAIN  Not there yet: call again.
 * @retval -EINVAL  @p map was never prepared.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * As vprim_iova_map_reserve().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_reserve_some(struct vprim_iova_map *map, size_t count,
				size_t nodes);

/** @brief What a map is made of. */
struct vprim_iova_map_stats {
	uint64_t count;		/**< Mappings. */
	uint64_t bytes;		/**< Memory held from the allocator, all nodes. */
	uint64_t leaves;	/**< Leaves in the tree. */
	uint64_t inners;	/**< Inner nodes in the tree. */
	uint64_t spare_leaves;	/**< Leaves in hand, reserved ones included. */
	uint64_t spare_inners;	/**< Inner nodes in hand, reserved ones included. */
	uint64_t promised;	/**< Inserts left of vprim_iova_map_reserve(). */
	uint32_t depth;		/**< Levels of nodes; 0 when empty, at most 20. */
};

/**
 * @brief Describe the memory and the shape of a map. O(1).
 *
 * @param[in]  map    The map.
 * @param[out] stats  The description.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_map_describe(const struct vprim_iova_map *map,
			     struct vprim_iova_map_stats *stats);

/**
 * @brief Check every invariant of the map. O(n).
 *
 * For tests and fuzzers: in a correct program the answer is 0. Finds wrong
 * contents of nodes; it follows the pointers in them and cannot survive a wrong
 * one.
 *
 * @param[in] map  The map.
 *
 * @retval 0         All invariants hold.
 * @retval -EBADMSG  One does not.
 *
 * @par Source
 * libvirtprim's own rule; the invariants are listed in doc/iova_map.md.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_audit(const struct vprim_iova_map *map);

/**
 * @brief A place in a map, for walking: the caller's, touch no field.
 *
 * It goes upwards; vprim_iova_map_prev() looks back. A cursor stands at an address,
 * before or behind mappings and never on one. It survives updates of the map, of
 * every kind but vprim_iova_map_fini(), and goes on from its address; so it is fine
 * to remove what it has just returned. May be moved and copied.
 */
struct vprim_iova_map_cursor {
	/** @cond internal */
	/* private: */
	const struct vprim_iova_map *map_;
	struct vprim_range range_;
	uint64_t pos_;
	uint64_t generation_;
	void *leaf_;
	void *parent_;
	uint32_t index_;
	uint32_t slot_;
	uint32_t past_;
	uint32_t reserved_[9];
	/** @endcond */
};
VPRIM_OBJECT(iova_map_cursor);

/**
 * @brief Put a cursor before the first mapping that meets a range.
 *
 * O(1); the first step costs one lookup.
 *
 * @param[out] cursor  The cursor. Written only on success.
 * @param[in]  map     The map; must outlive the cursor.
 * @param[in]  range   The addresses to walk; start not above last.
 *
 * @retval 0        The cursor is ready.
 * @retval -EINVAL  @p range has its start above its last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_cursor_init(struct vprim_iova_map_cursor *cursor,
			       const struct vprim_iova_map *map,
			       const struct vprim_range *range);

/**
 * @brief Step over the next mapping.
 *
 * The lowest mapping that meets the part of the range from the cursor on.
 * Afterwards the cursor stands right behind it. O(1) amortised while the map is
 * not updated; one lookup after an update.
 *
 * @param[in,out] cursor   The cursor.
 * @param[out]    mapping  A copy. Written only on success.
 *
 * @retval 0        @p mapping is valid.
 * @retval -ENOENT  There is none; the cursor stays.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_cursor_next(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mapping);

/**
 * @brief Step over many mappings, upwards.
 *
 * The same as vprim_iova_map_cursor_next() up to @p capacity times, at one or
 * two nanoseconds a mapping.
 *
 * @param[in,out] cursor    The cursor.
 * @param[out]    mappings  Copies, ascending.
 * @param[in]     capacity  Mappings that fit into @p mappings, at least 1.
 * @param[out]    count     Mappings written; less than @p capacity at the end
 *                          of the range. Written only on success.
 *
 * @retval 0        Done; @p count may be 0.
 * @retval -EINVAL  @p capacity is 0.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_cursor_read(struct vprim_iova_map_cursor *cursor,
			       struct vprim_iova_mapping *mappings,
			       size_t capacity, size_t *count);

/**
 * @brief Step over many mappings, upwards, for their values only.
 *
 * As vprim_iova_map_cursor_read() for callers whose values name objects that
 * know their ranges: a third of the copying.
 *
 * @param[in,out] cursor    The cursor.
 * @param[out]    values    The values, in ascending order of their mappings.
 * @param[in]     capacity  Values that fit into @p values, at least 1.
 * @param[out]    count     Values written; less than @p capacity at the end of
 *                          the range. Written only on success.
 *
 * @retval 0        Done; @p count may be 0.
 * @retval -EINVAL  @p capacity is 0.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_map_cursor_values(struct vprim_iova_map_cursor *cursor,
				 uint64_t *values, size_t capacity,
				 size_t *count);

VPRIM_END_DECLS

#endif
