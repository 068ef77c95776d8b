/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file ioas.h
 * @brief The rules of an iommufd IO address space: what Linux answers, and why.
 *
 * An IOAS holds areas: ranges of IOVAs, each a slice of some pages. What may be
 * mapped is narrowed by reserved ranges, which devices bring along, and by the
 * user's allowed ranges, which only bind placement. This is its rule book without
 * the hardware: the same checks in the same order with the same errno as Linux
 * drivers/iommu/iommufd.
 *
 *     0                                                     2^64-1
 *     |---[area]----[area][area]-----[xx reserved xx]---------|
 *                     \      \__ part of the same pages
 *                      \________ pages: counted, shared by copies
 *
 * A map has two halves, because the kernel fills its domains without the lock
 * between them: vprim_ioas_map_begin() takes the place, vprim_ioas_map_commit()
 * makes it an area, vprim_ioas_map_abort() gives the place back. In between the
 * range is in flight: it cannot be mapped, unmapped, copied or accessed.
 * vprim_ioas_map() does both with the callback vprim_ioas_ops::fill in between.
 *
 * A call that changes something takes a @ref vprim_reason, which may be NULL, and
 * fills it when it refuses. A call that fails leaves the IOAS as it was, except
 * vprim_ioas_unmap() and vprim_ioas_compat_unmap(), which may have removed or cut
 * areas below the one that refused, and say how many bytes went.
 *
 * Memory comes from the caller's @ref vprim_alloc_ops, a block for each 25 maps,
 * one an area of a copy, one a reserved range, and the nodes of a map.
 *
 * Concurrency: takes no locks. Calls that take a `const` IOAS may run beside each
 * other; every other call needs the caller's exclusion, over both IOASes for a
 * copy and only for the copy. An allocator that several IOASes are given is called
 * under each one's exclusion, so it must bear calls beside each other where these
 * are several locks. What each callback may call is said at its page; those of the
 * allocator may not call the IOAS.
 */
#ifndef VIRTPRIM_IOAS_H
#define VIRTPRIM_IOAS_H
#include <virtprim/interval_tree.h>
#include <virtprim/iova_map.h>
#include <virtprim/iova_windows.h>
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/** @name Flags of a map and a copy
 * @{ */
#define VPRIM_IOAS_FIXED_IOVA 1u	/**< At the given IOVA, not placed. */
#define VPRIM_IOAS_WRITEABLE 2u		/**< The device may write. */
#define VPRIM_IOAS_READABLE 4u		/**< The device may read. */
/** @} */

/** @name Flags of a hold
 * @{ */
#define VPRIM_IOAS_HOLD_WRITE 1u	/**< The pages will be written. */
#define VPRIM_IOAS_HOLD_LOCK 2u		/**< An unmap is -EBUSY, nobody is told. */
/** @} */

/** Rounds in which accesses are told to let go before an unmap gives up. */
#define VPRIM_IOAS_TRIES 100u

struct vprim_ioas;

/** @brief What pages are. */
enum vprim_ioas_kind {
	VPRIM_IOAS_USER = 0,	/**< Memory of a process. */
	VPRIM_IOAS_FILE,	/**< A file; the user address is an offset in it. */
	VPRIM_IOAS_DMABUF,	/**< A DMABUF: cannot be split. */
};

/**
 * @brief Why an IOAS refuses; a comment gives the errno and what of range, hit and
 *        value of @ref vprim_reason is filled.
 */
enum vprim_ioas_rule {
	/** EOPNOTSUPP [value]: unknown flag bits V. */
	VPRIM_IOAS_RULE_FLAG = 0x200,
	/** EOPNOTSUPP [value]: a reserved field holds V. */
	VPRIM_IOAS_RULE_RESERVED_FIELD,
	/** EOVERFLOW: iova 2^64-1. */
	VPRIM_IOAS_RULE_IOVA_MAX,
	/** EOVERFLOW: length 2^64-1. */
	VPRIM_IOAS_RULE_LENGTH_MAX,
	/** EINVAL: neither READABLE nor WRITEABLE. */
	VPRIM_IOAS_RULE_PROT,
	/** ENOENT [value]: no IOAS, or no object, of id V. */
	VPRIM_IOAS_RULE_ABSENT,
	/** EINVAL: length 0. */
	VPRIM_IOAS_RULE_LENGTH,
	/** EINVAL [value]: length V is within a page of the native word's
	 *  end. */
	VPRIM_IOAS_RULE_LENGTH_LIMIT,
	/** EOVERFLOW [value]: user address V plus length wraps. */
	VPRIM_IOAS_RULE_UPTR_WRAP,
	/** EINVAL [value]: length V is not aligned. */
	VPRIM_IOAS_RULE_LENGTH_ALIGN,
	/** EINVAL [value]: iova V is not aligned. */
	VPRIM_IOAS_RULE_IOVA_ALIGN,
	/** EOVERFLOW [value]: iova V plus length wraps. */
	VPRIM_IOAS_RULE_IOVA_WRAP,
	/** EINVAL [range, hit]: hits reserved range H. */
	VPRIM_IOAS_RULE_RESERVED,
	/** EEXIST [range, hit]: hits area H. */
	VPRIM_IOAS_RULE_OVERLAP,
	/** EOVERFLOW [value]: length V is 0 or too long for automatic
	 *  placement. */
	VPRIM_IOAS_RULE_ALLOC_LENGTH,
	/** EINVAL [value]: the buffer is aligned to V only. */
	VPRIM_IOAS_RULE_ALLOC_ALIGN,
	/** ENOSPC [value]: no allowed hole takes V bytes. */
	VPRIM_IOAS_RULE_SPACE,
	/** EPERM: WRITEABLE asked of pages that are read-only. */
	VPRIM_IOAS_RULE_READ_ONLY,
	/** EINVAL [value]: page offset V is not aligned. */
	VPRIM_IOAS_RULE_PAGE_OFFSET,
	/** The callback's errno [range, value]: pinning or mapping failed
	 *  with errno V. */
	VPRIM_IOAS_RULE_BACKEND,
	/** ENOMEM: no memory for the area. */
	VPRIM_IOAS_RULE_MEMORY,
	/** ENOENT [range, hit]: nothing is mapped in part H of the source. */
	VPRIM_IOAS_RULE_SOURCE_HOLE,
	/** EBUSY [range, hit]: a map or unmap of area H is under way. */
	VPRIM_IOAS_RULE_IN_FLIGHT,
	/** EBUSY [range, hit]: area H is locked. */
	VPRIM_IOAS_RULE_LOCKED,
	/** ENOENT [range, hit]: area H sticks out of the range. */
	VPRIM_IOAS_RULE_STICKS_OUT,
	/** EDEADLK [range, hit]: an access does not let go of area H. */
	VPRIM_IOAS_RULE_ACCESS_STUCK,
	/** ENOENT [range]: nothing is mapped in the range. */
	VPRIM_IOAS_RULE_NOTHING,
	/** EINVAL [range]: an allowed range's start is not below its last. */
	VPRIM_IOAS_RULE_ALLOW_START,
	/** EINVAL [range, hit]: allowed range R overlaps H of the same list. */
	VPRIM_IOAS_RULE_ALLOW_OVERLAP,
	/** EADDRINUSE [range, hit]: allowed range R overlaps reserved range
	 *  H. */
	VPRIM_IOAS_RULE_ALLOW_RESERVED,
	/** EADDRINUSE [range, hit]: reserved range R overlaps area H. */
	VPRIM_IOAS_RULE_RESERVE_AREA,
	/** EADDRINUSE [range, hit]: reserved range R overlaps allowed range
	 *  H. */
	VPRIM_IOAS_RULE_RESERVE_ALLOWED,
	/** EMSGSIZE [value]: the array is too small; V ranges exist. */
	VPRIM_IOAS_RULE_ROOM,
	/** EINVAL: large pages cannot be turned off while areas are mapped. */
	VPRIM_IOAS_RULE_LARGE_PAGES,
	/** EINVAL [value]: the domain's smallest page V exceeds the CPU's. */
	VPRIM_IOAS_RULE_PGSIZE,
	/** EADDRINUSE [value, hit]: area H is not aligned to V. */
	VPRIM_IOAS_RULE_AREA_ALIGN,
	/** EBUSY [range, hit]: area H is in use and cannot be split. */
	VPRIM_IOAS_RULE_SPLIT_BUSY,
	/** EINVAL [value, hit]: area H cannot be split at V: misaligned, or
	 *  in use. */
	VPRIM_IOAS_RULE_SPLIT,
	/** EOPNOTSUPP [hit]: area H is a DMABUF and cannot be split. */
	VPRIM_IOAS_RULE_SPLIT_DMABUF,
	/** ENOENT: the access has no IOAS. */
	VPRIM_IOAS_RULE_ACCESS_DETACHED,
	/** EINVAL [range, hit]: area H is being torn down. */
	VPRIM_IOAS_RULE_ACCESS_TEARDOWN,
	/** EINVAL [range, hit]: the range does not suit the access's
	 *  alignment in H. */
	VPRIM_IOAS_RULE_ACCESS_ALIGN,
	/** EPERM [range, hit]: write access to read-only area H. */
	VPRIM_IOAS_RULE_ACCESS_READ_ONLY,
	/** ENOENT [range, hit]: nothing is mapped in part H of the range. */
	VPRIM_IOAS_RULE_ACCESS_HOLE,
	/** EINVAL [value]: unmap-all with V instead of 0 for iova or size
	 *  (compat). */
	VPRIM_IOAS_RULE_ALL,
	/** EINVAL [value]: unknown flag bits V (compat). */
	VPRIM_IOAS_RULE_COMPAT_FLAG,
	/** EINVAL [value]: argsz V is below the least (compat). */
	VPRIM_IOAS_RULE_ARGSZ,
	/** EEXIST: the domain or access is attached already. */
	VPRIM_IOAS_RULE_ATTACHED,
	/** ENOENT: the domain, access or hold is not attached here. */
	VPRIM_IOAS_RULE_NOT_ATTACHED,
	/** EBUSY [hit]: the access still holds H. */
	VPRIM_IOAS_RULE_HELD,
	/** ENOENT [range]: R is not exactly what is being mapped. */
	VPRIM_IOAS_RULE_NOT_IN_FLIGHT,
	/** EINVAL [value]: alignment V is not a power of two. */
	VPRIM_IOAS_RULE_ALIGNMENT,
	/** EINVAL [range]: R is direct, to be mapped 1:1 always. */
	VPRIM_IOAS_RULE_DIRECT,
	/** EPERM [range]: the same, as VT-d answered before Linux 6.6. */
	VPRIM_IOAS_RULE_DIRECT_VTD,
	/** ENODEV: the container has no IOAS (compat). */
	VPRIM_IOAS_RULE_NO_IOAS,
	/** EINVAL [value]: the reserved field of a configuration holds V. */
	VPRIM_IOAS_RULE_CONFIG_RESERVED,
	/** EINVAL [value]: page size V is not a power of two. */
	VPRIM_IOAS_RULE_PAGE,
	/** EINVAL [value]: huge page V is not a power of two of at least a page. */
	VPRIM_IOAS_RULE_HUGE_PAGE,
	/** EINVAL [value]: native_last V is not 2^n - 1, or holds less than two
	 *  pages. */
	VPRIM_IOAS_RULE_NATIVE_LAST,
};

/** @brief All rules of an IOAS. */
VPRIM_API
extern const struct vprim_rules vprim_ioas_rules;

/** @brief One area, a copy. */
struct vprim_ioas_mapping {
	struct vprim_range range;	/**< Its IOVAs. */
	uint64_t uptr;			/**< User address of the first byte. */
	uint64_t pages;			/**< Names the pages: same number, same pages. */
	/** Areas at work on these pages, also of other IOASes; see a copy. */
	uint64_t shares;
	uint32_t prot;			/**< VPRIM_IOAS_WRITEABLE, _READABLE. */
	enum vprim_ioas_kind kind;	/**< What the pages are. */
	bool in_flight;			/**< A map or an unmap of it is under way. */
	bool prevent_access;		/**< An unmap waits for its holders. */
	uint64_t holds;			/**< Holds of accesses on it. */
	uint64_t locks;			/**< Holds that lock it. */
};

/** @brief What an IOAS asks of the outside. Each may be NULL. */
struct vprim_ioas_ops {
	/**
	 * Pin the memory and put it into every domain. 0 or a negative errno,
	 * which the map answers with. NULL: nothing to do. It may call everything
	 * but vprim_ioas_fini(); the area is in flight, and is this map's alone.
	 */
	int (*fill)(void *ctx, const struct vprim_ioas_mapping *area);
	/**
	 * Undo @c fill, or a part of one: after vprim_ioas_cut() each part comes
	 * alone. It may call everything but vprim_ioas_fini(), and nothing when
	 * that calls it; the area is in flight until it returns.
	 */
	void (*unfill)(void *ctx, const struct vprim_ioas_mapping *area);
	/**
	 * What one @c fill put there, or a part of it, is two areas now, and two
	 * calls of @c unfill will undo it. It may ask the IOAS, with calls that
	 * take a `const` one, and not change it.
	 */
	void (*cut)(void *ctx, const struct vprim_ioas_mapping *low,
		    const struct vprim_ioas_mapping *high);
};

/** @brief How an IOAS is to be. Begin with vprim_ioas_config_init(). */
struct vprim_ioas_config {
	uint64_t iova_alignment;	/**< Least alignment: power of two, mostly 1. */
	uint64_t page_bytes;		/**< CPU page: power of two. */
	uint64_t huge_bytes;		/**< Largest alignment that placement seeks. */
	uint64_t native_last;		/**< Greatest kernel word: 2^n - 1. */
	uint32_t release;		/**< VPRIM_LINUX(), or VPRIM_LINUX_NEWEST. */
	uint32_t reserved;		/**< Must be 0. */
	const struct vprim_alloc_ops *alloc;	/**< Memory; copied. */
	void *alloc_ctx;		/**< Handed to @c alloc. */
	const struct vprim_ioas_ops *ops;	/**< Callbacks, or NULL; copied. */
	void *ops_ctx;			/**< Handed to @c ops. */
};

/**
 * @brief A domain with the device behind it: the caller's, not to be moved while
 *        attached.
 *
 * Zero it, then set the fields.
 */
struct vprim_ioas_domain {
	struct vprim_range aperture;	/**< What its IOMMU translates. */
	uint64_t pgsize_bitmap;		/**< Page sizes of its IOMMU. */
	bool vtd;			/**< Its IOMMU is VT-d's: matters before 6.6. */
	/**
	 * Reserved ranges of the device. A direct one refuses it, a relaxable one
	 * is skipped.
	 */
	const struct vprim_iova_windows_reserved *reserved;
	size_t nr_reserved;		/**< How many. */
	/* private: */
	/** @cond internal */
	struct vprim_ioas_domain *next_, **link_;
	const struct vprim_ioas *owner_;
	struct vprim_ioas_reserved *taken_;
	uint64_t alignment_;
	/** @endcond */
};
VPRIM_OBJECT(ioas_domain);

/**
 * @brief A user of the IOAS in the kernel: the caller's, not to be moved while
 *        attached.
 *
 * Zero it, then set the fields.
 */
struct vprim_ioas_access {
	uint64_t iova_alignment;	/**< Power of two; the page for one that pins. */
	/**
	 * An area in @c range is to go: let go of what is held there. May be
	 * NULL for an access that never holds. It may call everything but
	 * vprim_ioas_fini(), attach and detach accesses, this one too; an unmap
	 * of what is still held tells its holders anew.
	 */
	void (*unmap)(void *ctx, const struct vprim_range *range);
	void *ctx;			/**< Handed to @c unmap. */
	/* private: */
	/** @cond internal */
	struct vprim_ioas_access *next_, **link_;
	struct vprim_ioas *ioas_;
	struct vprim_ioas_hold *holds_;
	uint64_t alignment_;
	/** @endcond */
};
VPRIM_OBJECT(ioas_access);

/**
 * @brief A range that an access holds: the caller's, not to be moved while held.
 */
struct vprim_ioas_hold {
	/* private: */
	/** @cond internal */
	struct vprim_range range_;
	struct vprim_ioas_access *access_;
	struct vprim_ioas_hold *next_, **link_;
	uint32_t flags_;
	/** @endcond */
};
VPRIM_OBJECT(ioas_hold);

/**
 * @brief The IO address space: embed it, touch no field.
 *
 * About 2 KiB. It must not be moved in memory: domains and accesses know where it
 * is. A zeroed one may be given to vprim_ioas_fini().
 */
struct vprim_ioas {
	/** @cond internal */
	/* private: */
	struct vprim_iova_map areas_;
	struct vprim_interval_tree reserved_;
	struct vprim_interval_tree owners_;	/* the same, by their owner */
	struct vprim_ioas_config config_;
	struct vprim_alloc_ops alloc_;
	struct vprim_ioas_ops ops_;
	struct vprim_range *allowed_;
	size_t nr_allowed_;
	size_t capacity_allowed_;
	struct vprim_ioas_domain *domains_;
	struct vprim_ioas_access *accesses_;
	struct vprim_ioas_notifying *notifying_;
	uint64_t alignment_;
	uint64_t asked_;	/* alignments of domains and accesses */
	uint64_t limits_;	/* what areas are aligned to, each */
	size_t nr_asked_[64];	/* how many, for each bit of these */
	size_t nr_limits_[64];
	uint64_t busy_;		/* areas in flight, or held */
	bool no_large_pages_;
	struct vprim_ioas_block *block_;		/* where the next pages come from */
	uint64_t spare_[7];
	/** @endcond */
};
VPRIM_OBJECT(ioas);

/**
 * @brief Fill in what most IOASes are: 4 KiB pages, 2 MiB huge pages, 64 bits.
 *
 * The newest rules, no callbacks. The caller sets the allocator.
 *
 * @param[out] config  The configuration.
 *
 * @par Source
 * Linux iopt_init_table().
 */
VPRIM_API VPRIM_NONNULL
void vprim_ioas_config_init(struct vprim_ioas_config *config);

/**
 * @brief Prepare an IOAS. Allocates nothing.
 *
 * @param[out] ioas             The IOAS; its former content is not looked at.
 * @param[in]  ioas_size_bytes  `sizeof(*ioas)` as the caller compiled it.
 * @param[in]  config           How it is to be; copied.
 * @param[out] why              The rule that refused; may be NULL.
 *
 * @retval 0        @p ioas is empty and ready.
 * @retval -EINVAL  An alignment or page is not a power of two; the huge page is smaller than the page;
 *                  native_last is not 2^n - 1 or holds less than two pages; a
 *                  reserved field is not 0; or @p ioas_size_bytes is not the
 *                  library's.
 *
 * @par Source
 * Linux iommufd_ioas_alloc().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3) VPRIM_MUST_CHECK
int vprim_ioas_init(struct vprim_ioas *ioas, size_t ioas_size_bytes,
		    const struct vprim_ioas_config *config,
		    struct vprim_reason *why);

/**
 * @brief Give all memory back and retire the IOAS.
 *
 * Calls vprim_ioas_ops::unfill for every area, held or not. Domains, accesses and
 * their holds are the caller's again.
 *
 * @param[in,out] ioas  The IOAS, zeroed afterwards. A zeroed one is fine.
 *
 * @par Source
 * Linux iommufd_ioas_destroy().
 */
VPRIM_API VPRIM_NONNULL
void vprim_ioas_fini(struct vprim_ioas *ioas);

/** @name Mapping
 * @{ */

/** @brief What IOMMU_IOAS_MAP is given. */
struct vprim_ioas_map_args {
	uint32_t flags;			/**< VPRIM_IOAS_FIXED_IOVA, … */
	uint32_t reserved;		/**< The structure's reserved field. */
	uint64_t uptr;			/**< User address, or offset in the file. */
	uint64_t length_bytes;		/**< Bytes. */
	uint64_t iova;			/**< First IOVA, for FIXED_IOVA. */
	enum vprim_ioas_kind kind;	/**< What is mapped. */
};

/**
 * @brief Map pages at a fixed IOVA or at a place found for them.
 *
 * The checks come in this order: flags and reserved field; iova and length below
 * the greatest word; a protection; the IOAS; length and user address; alignment
 * of the length; for a fixed IOVA its alignment, a wrap, reserved ranges, areas,
 * else the placement; alignment of the page offset; memory; and
 * vprim_ioas_ops::fill. A fixed IOVA need not be allowed, it must only not be
 * reserved.
 *
 * A place is found bottom-up, aligned as well as the buffer and its length are up
 * to a huge page, with the buffer's offset in its page; the first and the last
 * page of the space are never given out.
 *
 * O(log n) for a fixed IOVA. A place costs O(log n) for each reserved and allowed
 * range that is passed; a buffer that is not page-aligned may also pass areas.
 *
 * @param[in,out] ioas  The IOAS; may be NULL: none has that id.
 * @param[in]     args  The request.
 * @param[out]    iova  First IOVA; may be NULL. Written only on success.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0            Mapped.
 * @retval -EOPNOTSUPP  An unknown flag, or the reserved field is not 0.
 * @retval -EOVERFLOW   iova, length or user address is too large, or wraps.
 * @retval -EINVAL      No protection; length 0; alignment; or a
 *                      reserved range.
 * @retval -ENOENT      @p ioas is NULL.
 * @retval -EEXIST      An area is there, or one in flight.
 * @retval -ENOSPC      No place is found.
 * @retval -ENOMEM      The caller's allocator returned NULL.
 *
 * Or what vprim_ioas_ops::fill answered.
 *
 * @par Source
 * Linux iommufd_ioas_map(), iopt_map_user_pages(), iopt_alloc_iova(),
 * iopt_check_iova(), iopt_insert_area().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2) VPRIM_MUST_CHECK
int vprim_ioas_map(struct vprim_ioas *ioas,
		   const struct vprim_ioas_map_args *args, uint64_t *iova,
		   struct vprim_reason *why);

/**
 * @brief The first half of vprim_ioas_map(): everything but filling.
 *
 * @param[in,out] ioas   The IOAS; may be NULL: none has that id.
 * @param[in]     args   The request.
 * @param[out]    range  What is in flight now. Written only on success.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0            In flight.
 * @retval -EOPNOTSUPP  As for vprim_ioas_map(), and so the next.
 * @retval -EOVERFLOW   See there.
 * @retval -EINVAL      See there.
 * @retval -ENOENT      See there.
 * @retval -EEXIST      See there.
 * @retval -ENOSPC      See there.
 * @retval -ENOMEM      See there.
 *
 * @par Source
 * Linux iopt_alloc_area_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2, 3) VPRIM_MUST_CHECK
int vprim_ioas_map_begin(struct vprim_ioas *ioas,
			 const struct vprim_ioas_map_args *args,
			 struct vprim_range *range, struct vprim_reason *why);

/**
 * @brief The second half: what is in flight becomes an area.
 *
 * @param[in,out] ioas   The IOAS.
 * @param[in]     range  What vprim_ioas_map_begin() or vprim_ioas_copy_begin()
 *                       gave.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        Mapped.
 * @retval -EINVAL  Start is above last.
 * @retval -ENOENT  @p range is not exactly what one map has in flight.
 *
 * @par Source
 * Linux iopt_map_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_map_commit(struct vprim_ioas *ioas,
			  const struct vprim_range *range,
			  struct vprim_reason *why);

/**
 * @brief The other second half: the place is given back.
 *
 * @param[in,out] ioas   The IOAS.
 * @param[in]     range  As for vprim_ioas_map_commit().
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        Nothing is mapped there.
 * @retval -EINVAL  Start is above last.
 * @retval -ENOENT  @p range is not exactly what one map has in flight.
 *
 * @par Source
 * Linux iopt_abort_area().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_map_abort(struct vprim_ioas *ioas,
			 const struct vprim_range *range,
			 struct vprim_reason *why);

/** @brief What IOMMU_IOAS_COPY is given. */
struct vprim_ioas_copy_args {
	uint32_t flags;			/**< As for a map. */
	uint64_t length_bytes;		/**< Bytes. */
	uint64_t dst_iova;		/**< First IOVA, for FIXED_IOVA. */
	uint64_t src_iova;		/**< First IOVA of the source. */
};

/**
 * @brief Map the pages of a range once more, here or in another IOAS.
 *
 * The source must be covered by areas without a hole; it may begin and end inside
 * one. The copy has an area for each of them and shares their pages. The IOASes
 * owe each other nothing afterwards: either may be unmapped and retired first.
 *
 * Pages are shared by IOASes that were given the same allocator, functions and
 * context; with another one the copy has pages of its own, with numbers of their
 * own, and counts alone.
 *
 * @param[in,out] dst   Where to; may be NULL: none has that id.
 * @param[in,out] src   Where from, may be @p dst; may be NULL, as @p dst.
 * @param[in]     args  The request.
 * @param[out]    iova  First IOVA; may be NULL. Written only on success.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0            Mapped.
 * @retval -EOPNOTSUPP  An unknown flag.
 * @retval -EOVERFLOW   A number is too large, or a range wraps.
 * @retval -EINVAL      No protection; length 0; or as for
 *                      vprim_ioas_map() at the destination.
 * @retval -ENOENT      @p src or @p dst is NULL, or the source has a hole.
 * @retval -EPERM       WRITEABLE is asked of pages mapped read-only at first.
 * @retval -EEXIST      As for vprim_ioas_map(), and so the next.
 * @retval -ENOSPC      See there.
 * @retval -ENOMEM      See there.
 *
 * Or what vprim_ioas_ops::fill answered.
 *
 * @par Source
 * Linux iommufd_ioas_copy(), iopt_get_pages(), iopt_map_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_ioas_copy(struct vprim_ioas *dst, struct vprim_ioas *src,
		    const struct vprim_ioas_copy_args *args, uint64_t *iova,
		    struct vprim_reason *why);

/**
 * @brief The first half of vprim_ioas_copy(): everything but filling.
 *
 * vprim_ioas_map_commit() and vprim_ioas_map_abort() are its second halves.
 *
 * @param[in,out] dst    Where to; may be NULL, as for vprim_ioas_copy().
 * @param[in,out] src    Where from; may be NULL likewise.
 * @param[in]     args   The request.
 * @param[out]    range  What is in flight now. Written only on success.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0            In flight.
 * @retval -EOPNOTSUPP  As for vprim_ioas_copy(), and so the next.
 * @retval -EOVERFLOW   See there.
 * @retval -EINVAL      See there.
 * @retval -ENOENT      See there.
 * @retval -EPERM       See there.
 * @retval -EEXIST      See there.
 * @retval -ENOSPC      See there.
 * @retval -ENOMEM      See there.
 *
 * @par Source
 * Linux iommufd_ioas_copy().
 */
VPRIM_API VPRIM_NONNULL_ARGS(3, 4) VPRIM_MUST_CHECK
int vprim_ioas_copy_begin(struct vprim_ioas *dst, struct vprim_ioas *src,
			  const struct vprim_ioas_copy_args *args,
			  struct vprim_range *range, struct vprim_reason *why);

/**
 * @brief How much an unmap removed.
 *
 * The bytes are `size_bytes`, and 2^64 more when @c whole is set.
 */
struct vprim_ioas_unmapped {
	uint64_t size_bytes;	/**< Bytes, modulo 2^64. */
	uint64_t areas;		/**< Areas. */
	bool whole;		/**< 2^64 bytes have to be added. */
};

/**
 * @brief Unmap whole areas.
 *
 * iova 0 with length 2^64-1 is everything, and succeeds on an empty IOAS too. Any
 * other range goes upwards area by area; one that sticks out of the range at
 * either end stops it with -ENOENT, and the areas below it stay removed. The range
 * need not be aligned.
 *
 * An area that accesses hold: each attached access is told, and the search
 * begins anew; after 100 rounds -EDEADLK, and the area takes no new holds.
 *
 * One tree descent for a range that is exactly one idle area, O(log n) for each
 * area else.
 *
 * @param[in,out] ioas          The IOAS; may be NULL: none has that id.
 * @param[in]     iova          First IOVA.
 * @param[in]     length_bytes  Bytes.
 * @param[out]    done          How much went, also before an error; may be
 *                              NULL. Always written.
 * @param[out]    why           The rule that refused; may be NULL.
 *
 * @retval 0           Removed.
 * @retval -ENOENT     @p ioas is NULL; an area sticks out; or a range held nothing.
 * @retval -EOVERFLOW  iova or length is the greatest word, or the range wraps.
 * @retval -EINVAL     @p length_bytes is 0.
 * @retval -EBUSY      An area is in flight or locked.
 * @retval -EDEADLK    An access does not let go.
 *
 * @par Source
 * Linux iommufd_ioas_unmap(), iopt_unmap_iova_range(). The kernel does not report
 * what went before an error, and counts 2^64 bytes as none.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_ioas_unmap(struct vprim_ioas *ioas, uint64_t iova,
		     uint64_t length_bytes, struct vprim_ioas_unmapped *done,
		     struct vprim_reason *why);
/** @} */

/** @name What may be mapped
 * @{ */

/**
 * @brief Replace the allowed ranges, which bind placement.
 *
 * @param[in,out] ioas   The IOAS; may be NULL: none has that id.
 * @param[in]     list   Ranges in any order; copied. May be NULL when @p count
 *                       is 0.
 * @param[in]     count  Ranges in @p list; 0 lifts the restriction.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0            Done.
 * @retval -ENOENT      @p ioas is NULL.
 * @retval -EINVAL      @p ioas is zeroed; a start is not below its last; or two
 *                      ranges overlap.
 * @retval -EADDRINUSE  One overlaps a reserved range.
 * @retval -ENOMEM      The caller's allocator returned NULL.
 *
 * @par Source
 * Linux iommufd_ioas_allow_iovas(), iopt_set_allow_iova().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_ioas_allow(struct vprim_ioas *ioas, const struct vprim_range *list,
		     size_t count, struct vprim_reason *why);

/**
 * @brief The allowed ranges in force, ascending; ranges that touch are one.
 * @param[in]  ioas   The IOAS.
 * @param[out] count  How many; 0 restricts nothing. May be NULL.
 * @return The list, until the next vprim_ioas_allow(); NULL when it is empty.
 */
VPRIM_INLINE VPRIM_NONNULL_ARGS(1) const struct vprim_range *
vprim_ioas_allowed(const struct vprim_ioas *ioas, size_t *count)
{
	if (count)
		*count = ioas->nr_allowed_;
	return ioas->allowed_;
}

/**
 * @brief Reserve a range for an owner, in O(log n). Owners may reserve the same.
 *
 * Without a kind: what a device reserves comes with it, by vprim_ioas_attach(), and
 * decides whether the device is taken.
 *
 * @param[in,out] ioas   The IOAS.
 * @param[in]     range  The range.
 * @param[in]     owner  Names the owner.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0            Reserved.
 * @retval -EINVAL      @p ioas is zeroed, or start above last.
 * @retval -EADDRINUSE  An area or an allowed range is there.
 * @retval -ENOMEM      The caller's allocator returned NULL.
 *
 * @par Source
 * Linux iopt_reserve_iova().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_reserve(struct vprim_ioas *ioas, const struct vprim_range *range,
		       uint64_t owner, struct vprim_reason *why);

/**
 * @brief Give back what an owner reserved with vprim_ioas_reserve().
 *
 * O(log n) for each range of this owner.
 *
 * @param[in,out] ioas   The IOAS.
 * @param[in]     owner  Names the owner.
 * @return How many ranges it had.
 *
 * @par Source
 * Linux iopt_remove_reserved_iova().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1)
size_t vprim_ioas_unreserve(struct vprim_ioas *ioas, uint64_t owner);

/**
 * @brief Attach a domain: reserve what its device and its IOMMU cannot do.
 *
 * The device's reserved ranges, then everything outside of the aperture, and the
 * alignment rises to the smallest page. The caller then fills the domain with the
 * areas that vprim_ioas_first() finds, and detaches it if that fails. O(log n) for
 * each range; to name the area whose alignment refuses, a look at each one before
 * it.
 *
 * @param[in,out] ioas    The IOAS.
 * @param[in,out] domain  The domain; must stay until it is detached.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0            Attached.
 * @retval -EINVAL      @p ioas is zeroed; a range has its start
 *                      above its last; a reserved range is direct; or the
 *                      smallest page is larger than the CPU's, or there is none.
 * @retval -EPERM       Before Linux 6.6: a reserved range is direct behind VT-d.
 * @retval -EEXIST      Attached already.
 * @retval -EADDRINUSE  An area is not aligned to the smallest page; or an area or
 *                      an allowed range lies where nothing may.
 * @retval -ENOMEM      The caller's allocator returned NULL.
 *
 * @par Source
 * Linux iopt_table_enforce_dev_resv_regions(), iopt_table_add_domain(),
 * iommu_device_claim_dma_owner().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_attach(struct vprim_ioas *ioas, struct vprim_ioas_domain *domain,
		      struct vprim_reason *why);

/**
 * @brief Detach a domain: its reserved ranges and its alignment go.
 *
 * O(log n) for each of its ranges, n everybody's reserved ranges.
 *
 * @param[in,out] ioas    The IOAS.
 * @param[in,out] domain  The domain; the caller's again.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0        Detached.
 * @retval -ENOENT  @p domain is not attached to @p ioas.
 *
 * @par Source
 * Linux iopt_table_remove_domain().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_detach(struct vprim_ioas *ioas, struct vprim_ioas_domain *domain,
		      struct vprim_reason *why);

/**
 * @brief Allow or forbid large pages in the domains.
 *
 * Without them the alignment is a page at least, and areas can be split.
 *
 * @param[in,out] ioas  The IOAS.
 * @param[in]     on    Whether they are allowed.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0            Done; also when it was so.
 * @retval -EINVAL      @p ioas is zeroed; or turning off with both domains
 *                      and areas.
 * @retval -EADDRINUSE  Turning off: an area is not aligned to a page.
 *
 * @par Source
 * Linux iopt_disable_large_pages(), iopt_enable_large_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_ioas_large_pages(struct vprim_ioas *ioas, bool on,
			   struct vprim_reason *why);

/**
 * @brief Cut the area that holds an IOVA right behind it.
 *
 * Nothing to do when no area holds it, or when it is the first or the last byte of
 * one. vprim_ioas_ops::cut is told of the two parts, whose vprim_ioas_ops::unfill
 * comes for each.
 *
 * @param[in,out] ioas  The IOAS.
 * @param[in]     iova  Last IOVA of the lower part.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0            Cut, or nothing to do.
 * @retval -EINVAL      The cut is not aligned; an access holds
 *                      the area; or a domain may have mapped it with large pages.
 * @retval -EBUSY       The area is in flight, or waits for its holders.
 * @retval -EOPNOTSUPP  The area is a DMABUF.
 * @retval -ENOMEM      The caller's allocator returned NULL.
 *
 * @par Source
 * Linux iopt_cut_iova(), iopt_area_split().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_ioas_cut(struct vprim_ioas *ioas, uint64_t iova,
		   struct vprim_reason *why);
/** @} */

/** @name Accesses
 * @{ */

/**
 * @brief Attach an access: the alignment rises to its own.
 *
 * Constant time; to name the area that refuses, a look at each one before it.
 *
 * @param[in,out] ioas    The IOAS.
 * @param[in,out] access  The access; must stay until it is detached.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0            Attached.
 * @retval -EINVAL      @p ioas is zeroed, or the alignment not a power of two.
 * @retval -EEXIST      Attached already, here or elsewhere.
 * @retval -EADDRINUSE  An area is not aligned so.
 *
 * @par Source
 * Linux iopt_add_access().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_ioas_access_attach(struct vprim_ioas *ioas,
			     struct vprim_ioas_access *access,
			     struct vprim_reason *why);

/**
 * @brief Detach an access, after it was told to let go of everything.
 *
 * Constant time beside the telling. Done too when it detached itself while it was
 * told; then it is not touched again.
 *
 * @param[in,out] access  The access; the caller's again.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0        Detached.
 * @retval -ENOENT  It has no IOAS.
 * @retval -EBUSY   It still holds something.
 *
 * @par Source
 * Linux iommufd_access_detach(), which expects the access to obey.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_ioas_access_detach(struct vprim_ioas_access *access,
			     struct vprim_reason *why);

/**
 * @brief Hold a range: its areas stay until it is let go.
 *
 * All of the range or nothing. The areas must be made of whole pages in it.
 * O(log n) for each area of the range.
 *
 * @param[in,out] access        The access.
 * @param[in]     iova          First IOVA.
 * @param[in]     length_bytes  Bytes.
 * @param[in]     flags         VPRIM_IOAS_HOLD_WRITE, _LOCK.
 * @param[out]    hold          The hold; must stay until vprim_ioas_access_unhold().
 * @param[out]    why           The rule that refused; may be NULL.
 *
 * @retval 0           Held.
 * @retval -EINVAL     An unknown flag; length 0; an area is
 *                     being torn down; or the range is not whole pages.
 * @retval -EOVERFLOW  The range wraps.
 * @retval -ENOENT     The access has no IOAS, or the range has a hole.
 * @retval -EPERM      To be written, but the pages are read-only.
 *
 * @par Source
 * Linux iommufd_access_pin_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 5) VPRIM_MUST_CHECK
int vprim_ioas_access_hold(struct vprim_ioas_access *access, uint64_t iova,
			   uint64_t length_bytes, uint32_t flags,
			   struct vprim_ioas_hold *hold, struct vprim_reason *why);

/**
 * @brief Let go. O(log n), and a step for each area of the range.
 *
 * @param[in,out] hold  The hold; the caller's again.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0        Done.
 * @retval -ENOENT  It holds nothing.
 *
 * @par Source
 * Linux iommufd_access_unpin_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_ioas_access_unhold(struct vprim_ioas_hold *hold,
			     struct vprim_reason *why);

/** @brief A piece of memory behind IOVAs. */
struct vprim_ioas_piece {
	uint64_t uptr;		/**< User address of the first byte. */
	uint64_t length_bytes;	/**< Bytes that lie together, at least 1. */
};

/**
 * @brief Find the memory behind a range for the CPU.
 *
 * The whole range is checked; the piece is its beginning, up to the end of an
 * area. Call again for the rest.
 *
 * @param[in]  access        The access.
 * @param[in]  iova          First IOVA.
 * @param[in]  length_bytes  Bytes wanted.
 * @param[in]  write         The CPU will write.
 * @param[out] piece         The beginning. Written only on success.
 * @param[out] why           The rule that refused; may be NULL.
 *
 * @retval 0           @p piece is valid.
 * @retval -EINVAL     Length 0; or an area is being torn down.
 * @retval -EOVERFLOW  The range wraps.
 * @retval -ENOENT     The access has no IOAS, or the range has a hole.
 * @retval -EPERM      To be written, but the pages are read-only.
 *
 * @par Source
 * Linux iommufd_access_rw(), which moves what comes before the refusal.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 5) VPRIM_MUST_CHECK
int vprim_ioas_access_rw(const struct vprim_ioas_access *access, uint64_t iova,
			 uint64_t length_bytes, bool write,
			 struct vprim_ioas_piece *piece, struct vprim_reason *why);
/** @} */

/** @name Questions
 * @{ */

/**
 * @brief The ranges that can be mapped: what is not reserved.
 *
 * @param[in]  ioas      The IOAS; may be NULL: none has that id.
 * @param[out] list      The caller's array; may be NULL when @p capacity is 0.
 * @param[in]  capacity  Ranges that fit in @p list.
 * @param[out] count     Ranges that there are. Written on success and for
 *                       -EMSGSIZE, and then @p list holds those that fit.
 * @param[out] why       The rule that refused; may be NULL.
 *
 * @retval 0          @p list holds @p count ranges; none when all is reserved.
 * @retval -ENOENT    @p ioas is NULL.
 * @retval -EMSGSIZE  @p count ranges do not fit.
 *
 * @par Source
 * Linux iommufd_ioas_iova_ranges().
 */
VPRIM_API VPRIM_NONNULL_ARGS(4) VPRIM_MUST_CHECK
int vprim_ioas_ranges(const struct vprim_ioas *ioas, struct vprim_range *list,
		      size_t capacity, size_t *count, struct vprim_reason *why);

/** @brief Where a walk over the areas is; may be copied and dropped. */
struct vprim_ioas_cursor {
	/* private: */
	/** @cond internal */
	struct vprim_iova_map_cursor map_;
	/** @endcond */
};
VPRIM_OBJECT(ioas_cursor);

/**
 * @brief The lowest area that meets a range, also one in flight: the beginning of a walk.
 *
 * O(log n). One that holds an address is the first of the range of this address
 * alone.
 *
 *     for (ret = vprim_ioas_first(&ioas, &all, &at, &area); !ret;
 *          ret = vprim_ioas_next(&at, &area))
 *
 * @param[in]  ioas   The IOAS; must outlive the walk.
 * @param[in]  range  The addresses asked about.
 * @param[out] at     Where vprim_ioas_next() goes on; may be NULL. Written when
 *                    @p range is in order.
 * @param[out] area   A copy. Written only on success.
 *
 * @retval 0        @p area is valid.
 * @retval -ENOENT  Nothing is mapped in @p range.
 * @retval -EINVAL  Start is above last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 4) VPRIM_MUST_CHECK
int vprim_ioas_first(const struct vprim_ioas *ioas,
		     const struct vprim_range *range,
		     struct vprim_ioas_cursor *at,
		     struct vprim_ioas_mapping *area);

/**
 * @brief The next area of the range, upwards. O(1) amortised.
 *
 * A walk goes on over changes: what was added or removed above it is seen as it is
 * then. It ends behind 2^64-1 without wrapping.
 *
 * @param[in,out] at    From vprim_ioas_first().
 * @param[out]    area  A copy. Written only on success.
 *
 * @retval 0        @p area is valid.
 * @retval -ENOENT  There is none above.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ioas_next(struct vprim_ioas_cursor *at,
		    struct vprim_ioas_mapping *area);

/** @brief Numbers of an IOAS. */
struct vprim_ioas_stats {
	uint64_t areas;			/**< Areas, also in flight. */
	uint64_t reserved;		/**< Reserved ranges, each owner's. */
	uint64_t iova_alignment;	/**< In force. */
	uint64_t busy;			/**< Areas in flight, held or waiting. */
	bool large_pages;		/**< Domains may use large pages. */
};

/**
 * @brief The numbers of an IOAS. O(1).
 *
 * @param[in]  ioas   The IOAS.
 * @param[out] stats  The numbers.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_ioas_get_stats(const struct vprim_ioas *ioas,
			  struct vprim_ioas_stats *stats);

/**
 * @brief Check every invariant, in O(n log n).
 *
 * @param[in] ioas  The IOAS.
 *
 * @retval 0         They hold.
 * @retval -EBADMSG  One does not.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_ioas_audit(const struct vprim_ioas *ioas);
/** @} */

/** @name As a VFIO container
 * What iommufd answers to programs written for type1.
 * @{ */

/** @brief What VFIO_IOMMU_MAP_DMA is given. */
struct vprim_ioas_compat_map_args {
	uint32_t argsz;		/**< At least 32. */
	uint32_t flags;		/**< VFIO's READ (1) and WRITE (2). */
	uint64_t vaddr;		/**< User address. */
	uint64_t iova;		/**< First IOVA. */
	uint64_t size_bytes;	/**< Bytes. */
};

/**
 * @brief MAP_DMA: a map at a fixed IOVA. No protection at all is let through.
 *
 * @param[in,out] ioas  The compatibility container's IOAS; may be NULL: it has
 *                      none.
 * @param[in]     args  The request.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0           Mapped.
 * @retval -ENODEV     @p ioas is NULL.
 * @retval -EINVAL     Argsz; an unknown flag; or as for
 *                     vprim_ioas_map().
 * @retval -EOVERFLOW  As for vprim_ioas_map(), and so the next.
 * @retval -EEXIST     See there.
 * @retval -ENOMEM     See there.
 *
 * Or what vprim_ioas_ops::fill answered.
 *
 * @par Source
 * Linux iommufd_vfio_map_dma().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2) VPRIM_MUST_CHECK
int vprim_ioas_compat_map(struct vprim_ioas *ioas,
			  const struct vprim_ioas_compat_map_args *args,
			  struct vprim_reason *why);

/** @brief What VFIO_IOMMU_UNMAP_DMA is given. */
struct vprim_ioas_compat_unmap_args {
	uint32_t argsz;		/**< At least 24. */
	uint32_t flags;		/**< VFIO's ALL (2). */
	uint64_t iova;		/**< First IOVA. */
	uint64_t size_bytes;	/**< Bytes. */
};

/**
 * @brief UNMAP_DMA. A range with nothing in it is success with 0 bytes.
 *
 * Where large pages are off, which is how a v1 container begins, the areas are cut
 * at both ends of the range first, before it is looked at: the cuts stay when the
 * range is then refused.
 *
 * @param[in,out] ioas  The compatibility container's IOAS; may be NULL: it has
 *                      none.
 * @param[in]     args  The request.
 * @param[out]    done  How much went, also before an error; may be NULL.
 *                      Always written.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0           Removed.
 * @retval -ENODEV     @p ioas is NULL.
 * @retval -EINVAL     Argsz; an unknown flag; ALL with a range;
 *                     size 0; or as for vprim_ioas_cut().
 * @retval -EOVERFLOW  The range wraps.
 * @retval -ENOENT     An area sticks out of the range; or, before Linux 6.12,
 *                     nothing was there.
 * @retval -EBUSY      As for vprim_ioas_unmap() and vprim_ioas_cut().
 * @retval -EDEADLK    As for vprim_ioas_unmap().
 * @retval -EOPNOTSUPP As for vprim_ioas_cut().
 * @retval -ENOMEM     As for vprim_ioas_cut().
 *
 * @par Source
 * Linux iommufd_vfio_unmap_dma().
 */
VPRIM_API VPRIM_NONNULL_ARGS(2) VPRIM_MUST_CHECK
int vprim_ioas_compat_unmap(struct vprim_ioas *ioas,
			    const struct vprim_ioas_compat_unmap_args *args,
			    struct vprim_ioas_unmapped *done,
			    struct vprim_reason *why);

/** @brief What VFIO_IOMMU_GET_INFO answers, without the chain itself. */
struct vprim_ioas_compat_info {
	uint32_t argsz;		/**< Bytes of everything, whatever the caller has. */
	uint32_t flags;		/**< PGSIZES (1) and CAPS (2). */
	uint64_t iova_pgsizes;	/**< Page sizes that all domains have. */
	uint32_t cap_offset;	/**< 24 when the chain fits, else 0. */
	uint32_t nr_windows;	/**< Ranges in the chain. */
};

/**
 * @brief What GET_INFO answers to a buffer of @p argsz bytes.
 *
 * The chain holds DMA_AVAIL (2^32-1) and IOVA_RANGE, each padded to 8 bytes.
 *
 * @param[in]  ioas   The IOAS; may be NULL: the container has none.
 * @param[in]  argsz  Bytes of the caller's buffer.
 * @param[out] info   The answer. Written only on success.
 *
 * @retval 0           @p info is valid.
 * @retval -ENODEV     @p ioas is NULL.
 * @retval -EINVAL     @p argsz is below 16.
 * @retval -EOVERFLOW  It has 2^28 - 4 reserved ranges or more: the chain may not fit.
 *
 * @par Source
 * Linux iommufd_vfio_iommu_get_info().
 */
VPRIM_API VPRIM_NONNULL_ARGS(3) VPRIM_MUST_CHECK
int vprim_ioas_compat_get_info(const struct vprim_ioas *ioas, uint32_t argsz,
			       struct vprim_ioas_compat_info *info);

/**
 * @brief What CHECK_EXTENSION answers.
 * @param[in] extension  Its number, as VFIO counts.
 * @return 1 for TYPE1 (1), TYPE1v2 (3) and UNMAP_ALL (9), else 0.
 *
 * @par Source
 * Linux iommufd_vfio_check_extension().
 */
VPRIM_API
int vprim_ioas_compat_extension(uint32_t extension);
/** @} */

VPRIM_END_DECLS

#endif
