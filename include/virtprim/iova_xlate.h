/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file iova_xlate.h
 * @brief Translation both ways: what a device's addresses mean in a process.
 *
 * Regions of I/O addresses onto process memory, each with rights and a token of the
 * caller's. A DMA request becomes a list of pieces of memory; a piece of memory
 * leads back to the I/O addresses that reach it.
 *
 *     iova     ---[ A      ][ B  ]------[ C    ]--->   disjoint
 *                  |         |           |
 *     vaddr    --[ C    ]--[ A      ]----[ B  ]---->   may overlap: aliases
 *
 * All of 0..2^64-1 can be used on both sides, and a region may be one byte or the
 * whole space. Built on @ref vprim_iova_map and @ref vprim_interval_tree ; both
 * change or none.
 *
 * Memory comes from the caller's @ref vprim_alloc_ops. The calls that may allocate
 * are vprim_iova_xlate_add() and vprim_iova_xlate_reserve(); those that may free are
 * these, vprim_iova_xlate_remove(), vprim_iova_xlate_clear() and
 * vprim_iova_xlate_fini(). A call that fails leaves everything as it was.
 *
 * Takes no locks; calls on a const object may run beside each other, a writer needs
 * the caller's exclusion. n below is the number of regions.
 */
#ifndef VIRTPRIM_IOVA_XLATE_H
#define VIRTPRIM_IOVA_XLATE_H
#include <virtprim/dirty.h>
#include <virtprim/interval_tree.h>
#include <virtprim/iova_map.h>
VPRIM_BEGIN_DECLS

/** @brief Why a translation refuses; a comment gives the errno and what is filled. */
enum vprim_iova_xlate_rule {
	/** EINVAL: a size of 0. */
	VPRIM_IOVA_XLATE_RULE_SIZE = 0x0c0,
	/** EINVAL [value]: unknown rights, V. */
	VPRIM_IOVA_XLATE_RULE_RIGHTS,
	/** EOVERFLOW [value]: I/O addresses go past 2^64-1; V is the start. */
	VPRIM_IOVA_XLATE_RULE_IOVA_WRAPS,
	/** EOVERFLOW [value]: process addresses go past 2^64-1; V is the start. */
	VPRIM_IOVA_XLATE_RULE_VADDR_WRAPS,
	/** EEXIST [range, hit]: overlaps a region, H. */
	VPRIM_IOVA_XLATE_RULE_OVERLAP,
	/** EEXIST [range, hit]: the memory is that of region H already. */
	VPRIM_IOVA_XLATE_RULE_ALIAS,
	/** ENOENT [range, at]: address A of a request is in no region. */
	VPRIM_IOVA_XLATE_RULE_HOLE,
	/** EACCES [range, hit, at, value]: region H at A lacks the rights V. */
	VPRIM_IOVA_XLATE_RULE_DENIED,
	/** EMSGSIZE [value]: the array is too small; V segments must fit. */
	VPRIM_IOVA_XLATE_RULE_SEGMENTS,
	/** EINVAL [value]: unknown flags of an object, V. */
	VPRIM_IOVA_XLATE_RULE_FLAGS,
};

/** @brief All rules of translations. */
VPRIM_API
extern const struct vprim_rules vprim_iova_xlate_rules;

#define VPRIM_IOVA_XLATE_READ 1u	/**< The device may read. */
#define VPRIM_IOVA_XLATE_WRITE 2u	/**< The device may write. */

/** @brief A region, always a copy. */
struct vprim_iova_xlate_region {
	struct vprim_range iova;	/**< The I/O addresses. */
	uint64_t vaddr;			/**< What the first one leads to. */
	uint64_t token;			/**< The caller's; not interpreted. */
	uint32_t rights;		/**< VPRIM_IOVA_XLATE_READ, _WRITE; 0 for none. */
};

/** Refuse process memory that a region has already. */
#define VPRIM_IOVA_XLATE_NO_ALIASES 1u

/**
 * @brief The object: embed it, touch no field.
 *
 * A zeroed one is empty, may be read and given to vprim_iova_xlate_fini(), and must
 * pass vprim_iova_xlate_init() before it takes a region. It must stay where it is
 * while it holds regions.
 */
struct vprim_iova_xlate {
	/* private: */
	/** @cond internal */
	struct vprim_iova_map map;		/* iova to region */
	struct vprim_interval_tree tree;	/* by vaddr */
	struct vprim_alloc_ops ops;
	void *ctx;
	void *spare;
	uint64_t spares;
	uint64_t promised;
	uint32_t flags;
	uint32_t unused;
	uint64_t log_page_bytes;		/* 0: no log */
	struct vprim_dirty_view log;
	uint64_t reserved[4];
	/** @endcond */
};
VPRIM_OBJECT(iova_xlate);

/**
 * @brief Prepare an object. Allocates nothing.
 *
 * @param[out] x             The object; its former contents are not looked at.
 * @param[in]  x_size_bytes  `sizeof(*x)` as the caller compiled it.
 * @param[in]  ops           Allocator; copied.
 * @param[in]  ctx           Handed to @p ops; may be NULL.
 * @param[in]  flags         VPRIM_IOVA_XLATE_NO_ALIASES or 0.
 * @param[out] why           The rule that refused; may be NULL.
 *
 * @retval 0        Empty and ready.
 * @retval -EINVAL  A flag is unknown, or @p x_size_bytes is not the library's, which
 *                  means that header and library do not belong together.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_iova_xlate_init(struct vprim_iova_xlate *x, size_t x_size_bytes,
			  const struct vprim_alloc_ops *ops, void *ctx,
			  uint32_t flags, struct vprim_reason *why);

/**
 * @brief Remove every region; a promise stays. O(n).
 * @param[in,out] x  The object.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_xlate_clear(struct vprim_iova_xlate *x);

/**
 * @brief Give all memory back and retire the object. O(n).
 * @param[in,out] x  The object, zeroed afterwards. A zeroed one is fine.
 */
VPRIM_API VPRIM_NONNULL
void vprim_iova_xlate_fini(struct vprim_iova_xlate *x);

/**
 * @brief Add a region.
 *
 * O(log n), and one step for each alias where aliases are refused. A size becomes
 * the range by vprim_range_from_size(), whose errors come first.
 *
 * @param[in,out] x       The object.
 * @param[in]     region  The region; copied.
 * @param[out]    reason  Why not; may be NULL. For -EEXIST its hit is the I/O range
 *                        of the lowest region that is in the way: that overlaps, or
 *                        that has some of the memory.
 *
 * @retval 0           It is in.
 * @retval -EINVAL     The range has its start above its last, rights are unknown, or
 *                     @p x was never prepared.
 * @retval -EOVERFLOW  The process addresses go past 2^64-1.
 * @retval -EEXIST     The I/O addresses overlap a region; or, where aliases are
 *                     refused, the memory does.
 * @retval -ENOMEM     The caller's allocator returned NULL.
 *
 * @par Source
 * Linux vfio_dma_do_map() refuses an overlap so; memory mapped twice is allowed by
 * VFIO and refused by QEMU's DMA translation of userspace drivers.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_xlate_add(struct vprim_iova_xlate *x,
			 const struct vprim_iova_xlate_region *region,
			 struct vprim_reason *reason);

/**
 * @brief Remove exactly one region, in O(log n). Never allocates.
 *
 * @param[in,out] x       The object.
 * @param[in]     iova    Start and last of the region.
 * @param[out]    region  The region; may be NULL. Written only on success.
 *
 * @retval 0        It is gone.
 * @retval -ENOENT  No region has exactly these I/O addresses.
 * @retval -EINVAL  The range has its start above its last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2)
int vprim_iova_xlate_remove(struct vprim_iova_xlate *x,
			    const struct vprim_range *iova,
			    struct vprim_iova_xlate_region *region);

/**
 * @brief Promise that the next @p count calls of vprim_iova_xlate_add() do not
 *        allocate.
 *
 * As vprim_iova_map_reserve(): it replaces an earlier promise, a call that fails uses
 * nothing up, removals do not weaken it.
 *
 * @param[in,out] x      The object.
 * @param[in]     count  Regions to promise; 0 ends the promise.
 *
 * @retval 0        The promise holds.
 * @retval -EINVAL  @p x was never prepared.
 * @retval -ENOMEM  The caller's allocator returned NULL; an earlier promise still
 *                  holds.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_xlate_reserve(struct vprim_iova_xlate *x, size_t count);

/**
 * @brief The I/O addresses that are taken, as a blocked set for vprim_hole_place().
 *
 * @param[in] x  The object; must stay while the result is used.
 * @return The set, by value.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
struct vprim_hole_blocked vprim_iova_xlate_blocked(struct vprim_iova_xlate *x);

/** @brief Number of regions. O(1). */
VPRIM_INLINE VPRIM_NONNULL
uint64_t vprim_iova_xlate_count(const struct vprim_iova_xlate *x)
{
	return vprim_iova_map_count(&x->map);
}

/**
 * @brief The region that holds an I/O address, in O(log n).
 *
 * @param[in]  x       The object.
 * @param[in]  iova    Any address.
 * @param[out] region  A copy. Written only on success.
 * @param[out] vaddr   What @p iova itself leads to. Written only on success.
 *
 * @retval 0        Both are valid.
 * @retval -ENOENT  No region holds @p iova.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_xlate_stab(const struct vprim_iova_xlate *x, uint64_t iova,
			  struct vprim_iova_xlate_region *region,
			  uint64_t *vaddr);

/**
 * @brief The lowest region that meets a range of I/O addresses, in O(log n).
 *
 * @param[in]  x       The object.
 * @param[in]  iova    The addresses.
 * @param[out] region  A copy. Written only on success.
 *
 * @retval 0        @p region shares an address with @p iova.
 * @retval -ENOENT  There is none.
 * @retval -EINVAL  The range has its start above its last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_xlate_first(const struct vprim_iova_xlate *x,
			   const struct vprim_range *iova,
			   struct vprim_iova_xlate_region *region);

/**
 * @brief The lowest I/O address that leads to a process address.
 *
 *     ret = vprim_iova_xlate_reverse(x, vaddr, NULL, &iova);
 *     for (; !ret; ret = vprim_iova_xlate_reverse(x, vaddr, &iova, &iova))
 *             use(iova);
 *
 * @param[in]  x      The object.
 * @param[in]  vaddr  Any process address.
 * @param[in]  after  Only I/O addresses above this one; may be NULL, may be @p iova.
 * @param[out] iova   The address. Written only on success.
 *
 * @retval 0        @p iova leads to @p vaddr.
 * @retval -ENOENT  None does, or none above.
 *
 * O(log n), and for each further alias at @p vaddr O(log n) at most.
 *
 * @par Source
 * libvirtprim's own rule; QEMU's iova_tree_find_iova() walks all mappings for this.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4)
int vprim_iova_xlate_reverse(const struct vprim_iova_xlate *x, uint64_t vaddr,
			     const uint64_t *after, uint64_t *iova);

/** @brief A DMA request: one descriptor. */
struct vprim_iova_xlate_request {
	uint64_t iova;		/**< First I/O address. */
	uint64_t len_bytes;	/**< Bytes. */
	uint32_t want;		/**< The rights it needs; 0 for none. */
};

/** @brief A piece of process memory. */
struct vprim_iova_xlate_segment {
	uint64_t vaddr;		/**< First process address. */
	uint64_t len_bytes;	/**< Bytes. */
};

/** @brief Segments that are made, in the caller's array. */
struct vprim_iova_xlate_segments {
	/** The array; may be NULL when capacity is 0. */
	struct vprim_iova_xlate_segment *segment;
	size_t capacity;	/**< Segments that fit. */
	size_t count;		/**< Segments in it, or needed. */
};

/**
 * @brief Turn a request into pieces of memory.
 *
 * One for each region, by ascending I/O address; pieces of different regions are not
 * joined. With vprim_iova_xlate_log() the pages of a request that wants to write are
 * marked dirty when it succeeds.
 *
 * @param[in]     x         The object.
 * @param[in]     request   The request.
 * @param[in,out] segments  The pieces. Its count is written on success, and for
 *                          -EMSGSIZE the number needed; its array on success only.
 * @param[out]    reason    Why not; may be NULL. For -ENOENT and -EACCES `at` is the
 *                          lowest I/O address that is in the way.
 *
 * @retval 0           The pieces make up the request.
 * @retval -EINVAL     The length is 0, or rights are unknown.
 * @retval -EOVERFLOW  The request goes past 2^64-1.
 * @retval -ENOENT     An address is in no region.
 * @retval -EACCES     A region lacks a right, and no lower address is in no region.
 * @retval -EMSGSIZE   The pieces do not fit; nothing else is wrong.
 *
 * O(log n + pieces).
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_iova_xlate_to_segments(const struct vprim_iova_xlate *x,
				 const struct vprim_iova_xlate_request *request,
				 struct vprim_iova_xlate_segments *segments,
				 struct vprim_reason *reason);

/**
 * @brief Turn many requests into pieces, as a descriptor chain needs: all or none.
 *
 * @param[in]     x         The object.
 * @param[in]     requests  Requests; may be NULL when @p count is 0.
 * @param[in]     count     How many.
 * @param[in,out] segments  The pieces of all, one request after the other. As above.
 * @param[out]    first     Where the pieces of each request begin: @p count + 1
 *                          numbers, of which the last is the count of all. Written
 *                          on success only.
 * @param[out]    failed    The first request that is refused; may be NULL. Written
 *                          for every error but -EMSGSIZE.
 * @param[out]    reason    Why not; may be NULL.
 *
 * @retval 0  All are translated.
 *
 * Or as vprim_iova_xlate_to_segments(), -EMSGSIZE with the number that all need, and
 * only when every request is fine.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4, 5)
int vprim_iova_xlate_batch(const struct vprim_iova_xlate *x,
			   const struct vprim_iova_xlate_request *requests,
			   size_t count,
			   struct vprim_iova_xlate_segments *segments,
			   size_t *first, size_t *failed,
			   struct vprim_reason *reason);

/**
 * @brief Log what requests write.
 *
 * From now on vprim_iova_xlate_to_segments() and its batch mark the I/O pages of each
 * request that wants to write, when it succeeds; I/O addresses outside of the log are
 * not marked. Marked is what will be written: take the bits when no such request is
 * under way, or mark again after the write with vprim_dirty_shared_mark().
 *
 * @param[in,out] x           The object.
 * @param[in]     log         I/O addresses and a shared bitmap, which must stay; may
 *                            be NULL: log no more.
 * @param[in]     page_bytes  Its page size: a power of two.
 *
 * @retval 0        Done.
 * @retval -EINVAL  The range has its start above its last, @p page_bytes is not a
 *                  power of two, or the bitmap has too few pages; unchanged.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_iova_xlate_log(struct vprim_iova_xlate *x,
			 const struct vprim_dirty_view *log, uint64_t page_bytes);

/**
 * @brief Verify both indexes and that they agree, in O(n log n). For tests.
 *
 * @param[in] x  The object.
 *
 * @retval 0         Sound.
 * @retval -EBADMSG  An invariant is broken.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_iova_xlate_audit(const struct vprim_iova_xlate *x);

VPRIM_END_DECLS

#endif
