/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file type1.h
 * @brief The rules of a VFIO type1 container: what Linux answers, and why.
 *
 * A container takes mappings of IOVAs to a process's memory. This is its rule
 * book without the hardware: the same checks in the same order with the same
 * errno as Linux of the release that the config names. Page pinning and the IOMMU
 * itself are callbacks; without them the container only keeps the books, as it
 * does for a device that has no IOMMU.
 *
 *     map ----> checks ----> insert ----> ops.map ----> dirty bitmap
 *               (1 to 10)      |   a failure takes the mapping out again
 *     unmap --> checks ----> bisect --> dma_unmap? --> bits --> remove
 *                              ^             | restart
 *                              '-------------'
 *
 * A call that changes something takes a @ref vprim_reason, which may be NULL, and
 * fills it when it refuses. A call that fails leaves the container as it was, except where
 * its page says what may have been done: vprim_type1_unmap() after a restart or
 * a fault, vprim_type1_dirty_pages() after a fault.
 *
 * Memory comes from the caller's @ref vprim_alloc_ops. A mapping costs a place
 * in the map, about 30 bytes, and its bitmap while dirty pages are tracked.
 *
 * Concurrency: takes no locks. Calls that take a `const` container may run
 * beside each other; every other call needs the caller's exclusion. What each
 * callback may call is said at @ref vprim_type1_ops; those of the allocator may
 * not call the container.
 */
#ifndef VIRTPRIM_TYPE1_H
#define VIRTPRIM_TYPE1_H
#include <virtprim/dirty.h>
#include <virtprim/iova_map.h>
#include <virtprim/interval_tree.h>
#include <virtprim/iova_windows.h>
#include <virtprim/reason.h>
#include <virtprim/releases.h>
VPRIM_BEGIN_DECLS

/** @name Kinds of container
 * The numbers of VFIO_SET_IOMMU and VFIO_CHECK_EXTENSION.
 * @{ */
#define VPRIM_TYPE1_IOMMU 1u	/**< v1: an unmap removes whole mappings. */
#define VPRIM_TYPE1_V2 3u	/**< v2: an unmap that cuts one is refused. */
#define VPRIM_TYPE1_NESTING 6u	/**< As v2. */
/** @} */

/** @name More extensions of vprim_type1_check_extension()
 * @{ */
#define VPRIM_TYPE1_DMA_CC 4u		/**< All IOMMUs enforce cache coherence. */
#define VPRIM_TYPE1_UNMAP_ALL 9u	/**< Unmap takes ALL. */
#define VPRIM_TYPE1_UPDATE_VADDR 10u	/**< A vaddr can be taken and given. */
/** @} */

/** @name Flags of a map
 * @{ */
#define VPRIM_TYPE1_MAP_READ 1u		/**< The device may read. */
#define VPRIM_TYPE1_MAP_WRITE 2u	/**< The device may write. */
#define VPRIM_TYPE1_MAP_VADDR 4u	/**< Give an existing mapping a new vaddr. */
/** @} */

/** @name Flags of an unmap
 * @{ */
#define VPRIM_TYPE1_UNMAP_GET_DIRTY 1u	/**< Say what was written. */
#define VPRIM_TYPE1_UNMAP_ALL_MAPPINGS 2u	/**< Everything; iova and size 0. */
#define VPRIM_TYPE1_UNMAP_VADDR 4u	/**< Keep the mapping, drop its vaddr. */
/** @} */

/** @name Flags of DIRTY_PAGES
 * @{ */
#define VPRIM_TYPE1_DIRTY_START 1u	/**< Begin to track. */
#define VPRIM_TYPE1_DIRTY_STOP 2u	/**< Stop, and forget. */
#define VPRIM_TYPE1_DIRTY_GET 4u	/**< Read the bits of a range. */
/** @} */

/** Bytes of struct vfio_iommu_type1_dma_map. */
#define VPRIM_TYPE1_MAP_ARGSZ 32u
/** Bytes of struct vfio_iommu_type1_dma_unmap, and with a bitmap behind it. */
#define VPRIM_TYPE1_UNMAP_ARGSZ 24u
/** Bytes of an unmap with GET_DIRTY, and of DIRTY_PAGES with GET. */
#define VPRIM_TYPE1_BITMAP_ARGSZ 48u
/** Bytes of struct vfio_iommu_type1_dirty_bitmap without a range. */
#define VPRIM_TYPE1_DIRTY_ARGSZ 8u
/** Mappings of a container when the module's parameter is not set. */
#define VPRIM_TYPE1_ENTRY_LIMIT 65535u
/** Pages that one call pins or unpins. */
#define VPRIM_TYPE1_PIN_PAGES 512
/** Times a mapping's holders are told again before an unmap gives up. */
#define VPRIM_TYPE1_RETRIES 10u
/** What vprim_type1_ops::dma_unmap answers to have the search restarted. */
#define VPRIM_TYPE1_RESTART 1

/**
 * @brief Why a container refuses; a comment gives the errno and what of range, hit and
 *        value of @ref vprim_reason is filled.
 */
enum vprim_type1_rule {
	/** EINVAL [value]: argsz V is below the least. */
	VPRIM_TYPE1_RULE_ARGSZ = 0x100,
	/** EFAULT: the argument cannot be read. */
	VPRIM_TYPE1_RULE_READ,
	/** EINVAL [value]: unknown flag bits V. */
	VPRIM_TYPE1_RULE_FLAG,
	/** EOVERFLOW [value]: V does not fit the kernel's native word. EINVAL
	 *  before 6.18, and so the next two. */
	VPRIM_TYPE1_RULE_NATIVE,
	/** EINVAL: size 0. */
	VPRIM_TYPE1_RULE_SIZE,
	/** EOVERFLOW [value]: iova V plus size wraps. */
	VPRIM_TYPE1_RULE_IOVA_WRAP,
	/** EOVERFLOW [value]: vaddr V plus size wraps. */
	VPRIM_TYPE1_RULE_VADDR_WRAP,
	/** EINVAL [value]: flags V ask for not exactly one of protection
	 *  and VADDR. */
	VPRIM_TYPE1_RULE_PROT,
	/** EINVAL [value]: V is not aligned to the smallest page. */
	VPRIM_TYPE1_RULE_ALIGN,
	/** ENOENT [range]: VADDR for a range that nothing is mapped at. */
	VPRIM_TYPE1_RULE_VADDR_ABSENT,
	/** EINVAL [range, hit]: VADDR for mapping H, whose vaddr is valid. */
	VPRIM_TYPE1_RULE_VADDR_VALID,
	/** EINVAL [range, hit]: VADDR for a part or a superset of mapping H. */
	VPRIM_TYPE1_RULE_VADDR_SHAPE,
	/** ENOMEM [range]: the new owner may not lock that much memory. */
	VPRIM_TYPE1_RULE_VADDR_ACCOUNT,
	/** EEXIST [range, hit]: overlaps mapping H. */
	VPRIM_TYPE1_RULE_OVERLAP,
	/** ENOSPC [value]: all V entries of the limit are in use. */
	VPRIM_TYPE1_RULE_LIMIT,
	/** EINVAL [range, hit]: not inside one usable window; H is in the
	 *  way. */
	VPRIM_TYPE1_RULE_WINDOW,
	/** ENOMEM: no memory for the mapping. */
	VPRIM_TYPE1_RULE_MEMORY,
	/** The callback's errno [range, value]: pinning or mapping failed
	 *  with errno V. */
	VPRIM_TYPE1_RULE_BACKEND,
	/** EINVAL [range, value]: V pages are too many for a dirty bitmap. */
	VPRIM_TYPE1_RULE_BITMAP_PAGES,
	/** ENOMEM [range]: no memory for a dirty bitmap. */
	VPRIM_TYPE1_RULE_BITMAP_MEMORY,
	/** EINVAL [value]: flags V join a dirty bitmap with ALL or VADDR. */
	VPRIM_TYPE1_RULE_DIRTY_FLAGS,
	/** EINVAL: the bitmap is not in the caller's memory. */
	VPRIM_TYPE1_RULE_BITMAP_ACCESS,
	/** EINVAL: bitmap page size 0. */
	VPRIM_TYPE1_RULE_BITMAP_PGSIZE_ZERO,
	/** EINVAL [value]: V bitmap bytes do not suit the range. */
	VPRIM_TYPE1_RULE_BITMAP_SIZE,
	/** EINVAL [value]: bitmap page size V is not the smallest page. */
	VPRIM_TYPE1_RULE_BITMAP_PGSIZE,
	/** EFAULT [hit]: the bits of mapping H cannot be written out. */
	VPRIM_TYPE1_RULE_BITMAP_WRITE,
	/** EBUSY: VADDR while a mediated device is attached. */
	VPRIM_TYPE1_RULE_MDEV,
	/** EINVAL [value]: ALL with V instead of 0 for iova or size. */
	VPRIM_TYPE1_RULE_ALL,
	/** EINVAL: dirty tracking is off. */
	VPRIM_TYPE1_RULE_DIRTY_OFF,
	/** EINVAL [range, hit]: the range would cut mapping H in two. */
	VPRIM_TYPE1_RULE_BISECT,
	/** EINVAL [range, hit]: the vaddr of mapping H is invalid already. */
	VPRIM_TYPE1_RULE_VADDR_TWICE,
	/** EBUSY [range, hit]: mapping H stays pinned although its driver
	 *  was told. */
	VPRIM_TYPE1_RULE_PINNED,
	/** EACCES: a v1 container does not do this. */
	VPRIM_TYPE1_RULE_V1,
	/** EBUSY [value]: V mappings have an invalid vaddr. */
	VPRIM_TYPE1_RULE_VADDR_HELD,
	/** EINVAL: no device that could be told to unpin. */
	VPRIM_TYPE1_RULE_PIN_NOTIFY,
	/** EINVAL [value]: nothing is mapped at iova V. */
	VPRIM_TYPE1_RULE_PIN_HOLE,
	/** EPERM [value, hit]: mapping H does not allow that access to iova
	 *  V. */
	VPRIM_TYPE1_RULE_PIN_READ_ONLY,
	/** EINVAL: not a positive number of pages to pin. */
	VPRIM_TYPE1_RULE_PIN_COUNT,
	/** EOVERFLOW [value]: the pages to pin from iova V on wrap. */
	VPRIM_TYPE1_RULE_PIN_WRAP,
	/** EINVAL [range, hit]: aperture R lies beside the usable list,
	 *  which spans H. */
	VPRIM_TYPE1_RULE_APERTURE_APART,
	/** EINVAL [range, hit]: mapping H reaches out of aperture R. */
	VPRIM_TYPE1_RULE_APERTURE_MAPPED,
	/** EINVAL [range, hit]: mapping H lies in reserved range R. */
	VPRIM_TYPE1_RULE_RESERVED_MAPPED,
	/** EINVAL [range]: aperture R minus its reserved ranges is empty. */
	VPRIM_TYPE1_RULE_NOTHING_LEFT,
	/** EINVAL [value]: flags V are not exactly one of START, STOP, GET. */
	VPRIM_TYPE1_RULE_ONE_FLAG,
	/** EINVAL [range, hit]: the bitmap's range cuts mapping H. */
	VPRIM_TYPE1_RULE_DIRTY_CUT,
	/** EINVAL [value]: page sizes V leave no size in common. */
	VPRIM_TYPE1_RULE_PGSIZES,
	/** EINVAL: the group is attached already. */
	VPRIM_TYPE1_RULE_ATTACHED,
	/** ENOENT: the group is not attached. */
	VPRIM_TYPE1_RULE_NOT_ATTACHED,
	/** EBUSY [value]: smallest page V would change under dirty tracking. */
	VPRIM_TYPE1_RULE_DIRTY_ON,
	/** ENOENT [value]: no page at iova V is pinned. */
	VPRIM_TYPE1_RULE_NOT_PINNED,
	/** E2BIG [value]: V pages are more than one call pins. */
	VPRIM_TYPE1_RULE_PIN_MANY,
	/** EINVAL [range]: R is direct, to be mapped 1:1 always. */
	VPRIM_TYPE1_RULE_DIRECT,
	/** EPERM [range]: the same, as VT-d answered before Linux 6.6. */
	VPRIM_TYPE1_RULE_DIRECT_VTD,
	/** EINVAL [value]: kind V of a container is unknown. */
	VPRIM_TYPE1_RULE_KIND,
	/** EINVAL [value]: page size V is not a power of two of at least 8. */
	VPRIM_TYPE1_RULE_PAGE,
	/** EINVAL [value]: native_last V is not 2^n - 1, or holds no page. */
	VPRIM_TYPE1_RULE_NATIVE_LAST,
};

/** @brief All rules of a container. */
VPRIM_API
extern const struct vprim_rules vprim_type1_rules;

/** @brief One mapping, a copy. */
struct vprim_type1_mapping {
	struct vprim_range range;	/**< Its IOVAs. */
	uint64_t vaddr;			/**< Process address of the first byte. */
	uint32_t prot;			/**< VPRIM_TYPE1_MAP_READ, _WRITE. */
	bool vaddr_valid;		/**< False between UNMAP_VADDR and MAP_VADDR. */
};

/**
 * @brief What a container asks of the outside. Each may be NULL.
 */
struct vprim_type1_ops {
	/**
	 * Pin the memory of @c m and put it into the IOMMU. 0 or a negative
	 * errno, which the map answers with. NULL: nothing to do. It may ask the
	 * container, with calls that take a `const` one other than
	 * vprim_type1_audit(), and not change it.
	 */
	int (*map)(void *ctx, const struct vprim_type1_mapping *m);
	/**
	 * Undo @c map; the mapping @c m is gone from the container, which it may
	 * ask as @c map may.
	 */
	void (*unmap)(void *ctx, const struct vprim_type1_mapping *m);
	/**
	 * A new vaddr, in @c m, may belong to another process: move the account
	 * of locked memory. 0 or a negative errno. NULL: always fine. It may
	 * ask the container as @c map may.
	 */
	int (*account)(void *ctx, const struct vprim_type1_mapping *m);
	/**
	 * Mapping @c m is about to be removed: whoever holds its pages must let
	 * go. 0 when nobody did; VPRIM_TYPE1_RESTART when somebody was told,
	 * and the container may have changed. Asked of every mapping before it
	 * goes; for one that has pages pinned with vprim_type1_pin() the search
	 * restarts whatever the answer. NULL: nobody can be told, so nothing
	 * can be pinned. It may call everything but vprim_type1_fini(), and what
	 * it changed is looked at again whatever it answers.
	 */
	int (*dma_unmap)(void *ctx, const struct vprim_type1_mapping *m);
	/**
	 * Add @c bits to the bitmap that the caller of an unmap or DIRTY_PAGES
	 * gave as @c data, from bit @c at on. 0 or -EFAULT. NULL: @c data is
	 * memory. It may ask the container as @c map may.
	 */
	int (*put_bits)(void *ctx, void *data, uint64_t at,
			const struct vprim_dirty_bitmap *bits);
};

/** @brief How a container is to be. Begin with vprim_type1_config_init(). */
struct vprim_type1_config {
	uint32_t kind;			/**< VPRIM_TYPE1_IOMMU, _V2 or _NESTING. */
	uint32_t release;		/**< VPRIM_LINUX(), or VPRIM_LINUX_NEWEST. */
	uint64_t entry_limit;		/**< Mappings; 0 refuses every map. */
	uint64_t page_bytes;		/**< CPU page: power of two, at least 8. */
	uint64_t native_last;		/**< Greatest kernel word: 2^n - 1. */
	uint64_t pgsize_bitmap;		/**< Page sizes; groups take away from them. */
	const struct vprim_alloc_ops *alloc;	/**< Memory; copied. */
	void *alloc_ctx;		/**< Handed to @c alloc. */
	const struct vprim_type1_ops *ops;	/**< Callbacks, or NULL; copied. */
	void *ops_ctx;			/**< Handed to @c ops. */
};

/**
 * @brief An IOMMU group: the caller's, not to be moved while it is attached.
 *
 * Zero it, then set the fields. An emulated group is a mediated device's: it has
 * no IOMMU, so aperture, page sizes and reserved ranges are not looked at.
 */
struct vprim_type1_group {
	bool emulated;			/**< No IOMMU: a mediated device. */
	bool cache_coherent;		/**< Its IOMMU enforces coherence. */
	bool vtd;			/**< Its IOMMU is VT-d's: matters before 6.6. */
	struct vprim_range aperture;	/**< What its IOMMU translates. */
	uint64_t pgsize_bitmap;		/**< Page sizes of its IOMMU. */
	/**
	 * Reserved ranges, any order; read by the attach alone. A direct one
	 * refuses the group, a relaxable one is skipped.
	 */
	const struct vprim_iova_windows_reserved *reserved;
	size_t nr_reserved;		/**< How many. */
	/* private: */
	/** @cond internal */
	struct vprim_type1_group *next_, **link_;
	const struct vprim_type1 *owner_;
	struct vprim_type1_taken *taken_;
	uint64_t pgsizes_;
	bool emulated_;
	bool incoherent_;
	bool pinned_only_;
	/** @endcond */
};

/**
 * @brief The container: embed it, touch no field.
 *
 * About 3 KiB. It must not be moved in memory: groups know where it is. A zeroed
 * one may be given to vprim_type1_fini().
 */
struct vprim_type1 {
	/** @cond internal */
	/* private: */
	struct vprim_iova_map dma_;	/* range -> vaddr and flag bits */
	struct vprim_iova_map pins_;	/* page -> how often pinned */
	struct vprim_iova_map bits_;	/* range -> dirty bitmap */
	struct vprim_type1_config config_;
	struct vprim_alloc_ops alloc_;
	struct vprim_type1_ops ops_;
	struct vprim_type1_group *groups_;
	size_t nr_emulated_, nr_incoherent_, nr_writers_;
	size_t lacks_[64];		/* IOMMUs without each page size */
	struct vprim_interval_tree taken_;	/* what groups took away */
	struct vprim_type1_taken *edged_;
	size_t inactive_;		/* groups that took nothing there */
	struct vprim_range *windows_;	/* the base: this list, or the span */
	size_t nr_windows_;
	struct vprim_range span_;
	bool limited_;			/* there are windows */
	uint64_t pgsize_bitmap_;
	uint64_t vaddr_invalid_;
	unsigned int dirty_shift_;	/* of the page that dirty bits stand for */
	bool v2_;
	bool dirty_;
	bool misses_top_;	/* before "type1-top" */
	uint64_t reserved_[8];
	/** @endcond */
};
VPRIM_OBJECT(type1);

/**
 * @brief Fill in what most containers are: v2, 65,535 mappings, 4 KiB pages.
 *
 * 64-bit kernel, every page size, no callbacks. The caller sets the allocator.
 *
 * @param[out] config  The configuration.
 *
 * @par Source
 * Linux vfio_iommu_type1_open().
 */
VPRIM_API VPRIM_NONNULL
void vprim_type1_config_init(struct vprim_type1_config *config);

/**
 * @brief Prepare a container. Allocates nothing.
 *
 * @param[out] c             The container; its former content is not looked at.
 * @param[in]  c_size_bytes  `sizeof(*c)` as the caller compiled it.
 * @param[in]  config        How it is to be; copied.
 * @param[out] why           The rule that refused; may be NULL.
 *
 * @retval 0        @p c is empty and ready.
 * @retval -EINVAL  The kind is unknown; the page is not a power of two of at least 8; native_last is not
 *                  2^n - 1 or holds no page; no page size is left; or
 *                  @p c_size_bytes is not the library's.
 *
 * @par Source
 * Linux vfio_iommu_type1_open(); page sizes below the CPU's become the CPU's as
 * in vfio_update_pgsize_bitmap().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3) VPRIM_MUST_CHECK
int vprim_type1_init(struct vprim_type1 *c, size_t c_size_bytes,
		     const struct vprim_type1_config *config,
		     struct vprim_reason *why);

/**
 * @brief Give all memory back and retire the container.
 *
 * Calls vprim_type1_ops::unmap for every mapping, and no vprim_type1_ops::dma_unmap. Attached groups
 * are the caller's again.
 *
 * @param[in,out] c  The container, zeroed afterwards. A zeroed one is fine.
 *
 * @par Source
 * Linux vfio_iommu_type1_release().
 */
VPRIM_API VPRIM_NONNULL
void vprim_type1_fini(struct vprim_type1 *c);

/** @name Mapping
 * @{ */

/** @brief What VFIO_IOMMU_MAP_DMA is given. */
struct vprim_type1_map_args {
	uint32_t argsz;		/**< Bytes of the caller's structure, at least 32. */
	uint32_t flags;		/**< VPRIM_TYPE1_MAP_READ, _WRITE, _VADDR. */
	uint64_t vaddr;		/**< Process address. */
	uint64_t iova;		/**< First IOVA. */
	uint64_t size_bytes;	/**< Bytes. */
};

/**
 * @brief Map, or give a mapping its new vaddr.
 *
 * The checks come in this order, and the first that fails answers: argsz and
 * flags; the native word; size 0; a wrap of iova, then of vaddr; exactly one of
 * protection and VADDR; alignment; an overlap; the entry limit; the windows;
 * memory; vprim_type1_ops::map; the dirty bitmap. With VADDR the range must be a
 * mapping whose vaddr is invalid; its protection stays.
 *
 * O(log n). To say which window stands in the way also costs O(log n) for each
 * window and reserved range that has no gap to it.
 *
 * @param[in,out] c     The container.
 * @param[in]     args  The request; may be NULL: it could not be read.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0           Mapped.
 * @retval -EFAULT     @p args is NULL.
 * @retval -EINVAL     Argsz, flags, size or alignment; a VADDR for what is not exactly a mapping without vaddr; not inside one
 *                     window; or 2^31 pages and more under dirty tracking.
 * @retval -EOVERFLOW  A field does not fit the native word, or a range wraps.
 * @retval -ENOENT     VADDR where nothing is mapped.
 * @retval -EEXIST     The range overlaps a mapping.
 * @retval -ENOSPC     The entry limit is reached.
 * @retval -ENOMEM     The caller's allocator returned NULL.
 *
 * Or what vprim_type1_ops::map or vprim_type1_ops::account answered.
 *
 * @par Source
 * Linux vfio_iommu_type1_map_dma(), vfio_dma_do_map().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_map(struct vprim_type1 *c,
		    const struct vprim_type1_map_args *args,
		    struct vprim_reason *why);

/** @brief Where dirty bits go: struct vfio_bitmap. */
struct vprim_type1_bitmap {
	uint64_t pgsize_bytes;	/**< Bytes that a bit stands for. */
	uint64_t size_bytes;	/**< Bytes of the bitmap. */
	/**
	 * The bitmap, or what vprim_type1_ops::put_bits takes for it. Bits are
	 * added, never taken away.
	 */
	void *data;
};

/** @brief What VFIO_IOMMU_UNMAP_DMA is given. */
struct vprim_type1_unmap_args {
	uint32_t argsz;		/**< Bytes, at least 24, or 48 with GET_DIRTY. */
	uint32_t flags;		/**< VPRIM_TYPE1_UNMAP_… */
	uint64_t iova;		/**< First IOVA. */
	uint64_t size_bytes;	/**< Bytes. */
	struct vprim_type1_bitmap bitmap;	/**< For GET_DIRTY. */
};

/**
 * @brief How much an unmap did.
 *
 * The bytes are `size_bytes`, and 2^64 more when @c whole is set: a 64-bit count
 * alone would say 0 after the whole space was removed.
 */
struct vprim_type1_unmapped {
	uint64_t size_bytes;	/**< Bytes, modulo 2^64. */
	uint64_t mappings;	/**< Mappings. */
	bool whole;		/**< 2^64 bytes have to be added. */
};

/**
 * @brief Unmap, or take the vaddr of mappings away.
 *
 * Removes whole mappings only. In v2 a range that would cut one is refused and
 * nothing changes; in v1 a mapping that begins before the range ends the walk,
 * and one that ends behind it goes whole. A range with nothing in it is success
 * with 0 bytes. ALL ignores both rules. VADDR marks instead of removing.
 *
 * One tree descent for a range that is exactly one mapping, O(log n) for each
 * mapping else.
 *
 * @param[in,out] c     The container.
 * @param[in]     args  The request; may be NULL: it could not be read.
 * @param[out]    done  How much was done; may be NULL. Written on
 *                      success, and for an error that came after mappings had
 *                      been removed: these stay removed.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0           Done.
 * @retval -EFAULT     @p args is NULL; or vprim_type1_ops::put_bits answered so.
 *                     Mappings before that one are gone.
 * @retval -EINVAL     Argsz, flags, bitmap, alignment, size; a cut;
 *                     or a VADDR of a mapping without one. Only after a restart
 *                     can mappings be gone.
 * @retval -EOVERFLOW  A field does not fit the native word, or the range wraps.
 * @retval -EBUSY      VADDR with a mediated device attached; or a mapping stayed
 *                     pinned although its holders were told eleven times.
 *
 * @par Source
 * Linux vfio_iommu_type1_unmap_dma(), vfio_dma_do_unmap(). Where the kernel stops
 * the machine after ten retries this answers -EBUSY; where it shifts by the
 * lowest bit of a page size 0 this answers -EINVAL.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_unmap(struct vprim_type1 *c,
		      const struct vprim_type1_unmap_args *args,
		      struct vprim_type1_unmapped *done,
		      struct vprim_reason *why);
/** @} */

/** @name Dirty pages
 * @{ */

/** @brief What VFIO_IOMMU_DIRTY_PAGES is given. */
struct vprim_type1_dirty_args {
	uint32_t argsz;		/**< Bytes, at least 8, or 48 with GET. */
	uint32_t flags;		/**< Exactly one of VPRIM_TYPE1_DIRTY_… */
	uint64_t iova;		/**< First IOVA, for GET. */
	uint64_t size_bytes;	/**< Bytes, for GET. */
	struct vprim_type1_bitmap bitmap;	/**< For GET. */
};

/**
 * @brief Begin or end tracking, or read the bits of a range and clear them.
 *
 * Dirty is what vprim_type1_rw() wrote, what was pinned at any time since the
 * last reading, and, while a group is attached that has an IOMMU and never pinned
 * a page, everything. The bits of a mapping lie at its distance from the range's
 * start; holes stay untouched.
 *
 * @param[in,out] c     The container.
 * @param[in]     args  The request; may be NULL: it could not be read.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0           Done; also for a START when on and a STOP when off.
 * @retval -EACCES     A v1 container.
 * @retval -EFAULT     @p args is NULL; or vprim_type1_ops::put_bits answered so.
 *                     The mappings before that one have been read and cleared.
 * @retval -EINVAL     Argsz, flags, bitmap, alignment, size;
 *                     tracking is off; the range cuts a mapping; or a mapping has
 *                     2^31 pages and more.
 * @retval -EOVERFLOW  A field does not fit the native word, or the range wraps.
 * @retval -ENOMEM     The caller's allocator returned NULL; tracking stays off.
 *
 * @par Source
 * Linux vfio_iommu_type1_dirty_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_dirty_pages(struct vprim_type1 *c,
			    const struct vprim_type1_dirty_args *args,
			    struct vprim_reason *why);

/** @brief A piece of the process's memory behind IOVAs. */
struct vprim_type1_piece {
	uint64_t vaddr;		/**< Process address of the first byte. */
	uint64_t size_bytes;	/**< Bytes that lie together, at least 1. */
};

/**
 * @brief Find the memory behind an IOVA for the CPU, and note a write.
 *
 * Goes to the end of the mapping at most: call again for the rest.
 *
 * @param[in,out] c           The container.
 * @param[in]     iova        First IOVA.
 * @param[in]     size_bytes  Bytes wanted, at least 1.
 * @param[in]     write       The CPU will write: the pages become dirty.
 * @param[out]    piece       What can be had. Written only on success.
 * @param[out]    why         The rule that refused; may be NULL.
 *
 * @retval 0        @p piece is valid.
 * @retval -EINVAL  @p size_bytes is 0, or nothing is mapped there.
 * @retval -EBUSY   A mapping of the container has no vaddr.
 * @retval -EPERM   The mapping cannot be read, or not written and @p write is set.
 *
 * @par Source
 * Linux vfio_iommu_type1_dma_rw().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 5) VPRIM_MUST_CHECK
int vprim_type1_rw(struct vprim_type1 *c, uint64_t iova, uint64_t size_bytes,
		   bool write, struct vprim_type1_piece *piece,
		   struct vprim_reason *why);
/** @} */

/** @name Pins of mediated drivers
 * @{ */

/**
 * @brief Pin pages: the container will ask before their mapping goes.
 *
 * All pages or none. Pins of a page count.
 *
 * @param[in,out] c      The container.
 * @param[in,out] group  Whose driver pins, attached to @p c; may be NULL. From
 *                       now on only what it pins is dirty on its behalf.
 * @param[in]     iova   First page, aligned to the CPU page.
 * @param[in]     pages  Pages of the CPU, 1 to VPRIM_TYPE1_PIN_PAGES.
 * @param[in]     prot   VPRIM_TYPE1_MAP_READ, _WRITE: what is asked of them.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0           Pinned.
 * @retval -EINVAL     The number of pages is not positive; @p iova
 *                     is not aligned; @p prot has unknown bits; @p group is not
 *                     attached here; nobody can be told to unpin; or a page is
 *                     not mapped.
 * @retval -EOVERFLOW  The pages go past the native word.
 * @retval -E2BIG      They are more than one call pins.
 * @retval -EACCES     A v1 container.
 * @retval -EBUSY      A mapping of the container has no vaddr.
 * @retval -EPERM      A mapping does not allow @p prot.
 * @retval -ENOMEM     The caller's allocator returned NULL.
 *
 * Costs O(log n) a page.
 *
 * @par Source
 * Linux vfio_pin_pages(), vfio_iommu_type1_pin_pages().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_pin(struct vprim_type1 *c, struct vprim_type1_group *group,
		    uint64_t iova, int64_t pages, uint32_t prot,
		    struct vprim_reason *why);

/**
 * @brief Unpin pages, all or none, each once.
 *
 * @param[in,out] c      The container.
 * @param[in]     iova   First page, aligned to the CPU page.
 * @param[in]     pages  Pages of the CPU, 1 to VPRIM_TYPE1_PIN_PAGES.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0           Unpinned.
 * @retval -EINVAL     The number of pages is not positive, or @p iova is not
 *                     aligned.
 * @retval -EOVERFLOW  The pages go past the native word.
 * @retval -E2BIG      They are more than one call pins.
 * @retval -ENOENT     One is not pinned.
 *
 * @par Source
 * Linux vfio_iommu_type1_unpin_pages(), which warns and stops half-way.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_unpin(struct vprim_type1 *c, uint64_t iova, int64_t pages,
		      struct vprim_reason *why);
/** @} */

/** @name Groups and windows
 * @{ */

/**
 * @brief Attach a group: its IOMMU narrows the windows and the page sizes.
 *
 * The caller then maps what vprim_type1_first() finds into the new IOMMU, and
 * detaches the group if that fails.
 *
 * O(log n) for each reserved range and for each that is passed on the way to a
 * window, with n reserved ranges of all groups; a look at each mapping where the
 * smallest page grows. One block of memory, about 90 bytes a reserved range.
 *
 * @param[in,out] c      The container.
 * @param[in,out] group  The group; must stay until it is detached.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        Attached.
 * @retval -EBUSY   A mapping has no vaddr; or its IOMMU has another smallest page
 *                  than the one in force while dirty pages are tracked.
 * @retval -EINVAL  @p c is zeroed; a reserved range is direct;
 *                  attached already; an aperture or a reserved
 *                  range has its start above its last; no page size is left; a
 *                  mapping is not aligned to the new smallest page; the windows
 *                  lie beside the aperture; a mapping lies outside of it or in a
 *                  reserved range; or no window would be left.
 * @retval -EPERM   Before Linux 6.6: a reserved range is direct behind VT-d.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * Linux vfio_iommu_type1_attach_group(), iommu_group_claim_dma_owner().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_type1_attach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why);

/**
 * @brief Detach a group: what it took away comes back.
 *
 * The windows are what the groups that stay leave; where they leave nothing
 * together, a list from vprim_type1_set_windows() stays. With the last group all
 * mappings and pins go. The smallest page stays while dirty pages are tracked, and
 * follows at the STOP.
 *
 * O(log n) for each reserved range it brought, n all groups'; after a
 * vprim_type1_set_windows() once O(log n) for each of everybody's.
 *
 * @param[in,out] c      The container.
 * @param[in,out] group  The group; the caller's again.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        Detached.
 * @retval -ENOENT  @p group is not attached to @p c.
 *
 * @par Source
 * Linux vfio_iommu_type1_detach_group(), vfio_iommu_resv_refresh().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_type1_detach(struct vprim_type1 *c, struct vprim_type1_group *group,
		       struct vprim_reason *why);

/**
 * @brief Replace the windows by the caller's, as read from a kernel for instance.
 *
 * Mappings are not compared with it. An attach narrows the list, a detach makes
 * it anew from the groups. O(count), and O(log n) for each reserved range of the
 * groups that are attached.
 *
 * @param[in,out] c     The container.
 * @param[in]     list  Ascending, disjoint; copied. May be NULL when @p count
 *                      is 0.
 * @param[in]     count  Windows in @p list; 0 lifts every restriction.
 * @param[out]    why   The rule that refused; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p c is zeroed, or @p list out of order.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_type1_set_windows(struct vprim_type1 *c,
			    const struct vprim_range *list, size_t count,
			    struct vprim_reason *why);

/**
 * @brief The windows in force, ascending.
 *
 * O(log n) for each window, with n reserved ranges of all groups.
 *
 * @param[in]  c         The container.
 * @param[out] list      The caller's array; may be NULL when @p capacity is 0.
 * @param[in]  capacity  Ranges that fit in @p list.
 * @param[out] count     Windows; 0 restricts nothing. Written always; @p list is
 *                       written on success only.
 *
 * @retval 0          @p list holds @p count windows.
 * @retval -EMSGSIZE  @p count windows do not fit.
 *
 * @par Source
 * Linux VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 4) VPRIM_MUST_CHECK
int vprim_type1_windows(const struct vprim_type1 *c, struct vprim_range *list,
			size_t capacity, size_t *count);
/** @} */

/** @name Questions
 * @{ */

/** @brief Where a walk over the mappings is; may be copied and dropped. */
struct vprim_type1_cursor {
	/* private: */
	/** @cond internal */
	struct vprim_iova_map_cursor map_;
	/** @endcond */
};
VPRIM_OBJECT(type1_cursor);

/**
 * @brief The lowest mapping that meets a range: the beginning of a walk.
 *
 * O(log n). One that holds an address is the first of the range of this address
 * alone.
 *
 *     for (ret = vprim_type1_first(&c, &all, &at, &m); !ret;
 *          ret = vprim_type1_next(&at, &m))
 *
 * @param[in]  c      The container; must outlive the walk.
 * @param[in]  range  The addresses asked about.
 * @param[out] at     Where vprim_type1_next() goes on; may be NULL. Written when
 *                    @p range is in order.
 * @param[out] m      A copy. Written only on success.
 *
 * @retval 0        @p m is valid.
 * @retval -ENOENT  Nothing is mapped in @p range.
 * @retval -EINVAL  Start is above last.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 4) VPRIM_MUST_CHECK
int vprim_type1_first(const struct vprim_type1 *c,
		      const struct vprim_range *range,
		      struct vprim_type1_cursor *at,
		      struct vprim_type1_mapping *m);

/**
 * @brief The next mapping of the range, upwards. O(1) amortised.
 *
 * A walk goes on over changes: what was added or removed above it is seen as it is
 * then. It ends behind 2^64-1 without wrapping.
 *
 * @param[in,out] at    From vprim_type1_first().
 * @param[out]    m     A copy. Written only on success.
 *
 * @retval 0        @p m is valid.
 * @retval -ENOENT  There is none above.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_type1_next(struct vprim_type1_cursor *at,
		     struct vprim_type1_mapping *m);

/** @brief Numbers of a container. */
struct vprim_type1_stats {
	uint64_t mappings;		/**< Mappings in it. */
	uint64_t avail;			/**< Mappings that may still be made. */
	uint64_t vaddr_invalid;		/**< Mappings without a vaddr. */
	uint64_t pinned_pages;		/**< Pages pinned, each counted once. */
	uint64_t pgsize_bitmap;		/**< Page sizes in force. */
	uint64_t page_bytes;		/**< The smallest of them. */
	bool dirty_tracking;		/**< Dirty pages are tracked. */
};

/**
 * @brief The numbers of a container. O(1).
 *
 * @c mappings and @c avail together are the entry limit, always.
 *
 * @param[in]  c      The container.
 * @param[out] stats  The numbers.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL
void vprim_type1_get_stats(const struct vprim_type1 *c,
			   struct vprim_type1_stats *stats);

/** @brief What VFIO_IOMMU_GET_INFO answers, without the chain itself. */
struct vprim_type1_info {
	uint32_t argsz;		/**< Bytes that everything needs, or the caller's. */
	uint32_t flags;		/**< PGSIZES (1) and CAPS (2). */
	uint64_t iova_pgsizes;	/**< Page sizes. */
	uint32_t cap_offset;	/**< 24 when the chain fits, else 0. */
	uint32_t nr_windows;	/**< Windows in the chain; 0: no such capability. */
};

/**
 * @brief What GET_INFO answers to a buffer of @p argsz bytes.
 *
 * The chain holds, in this order, MIGRATION (smallest page, bitmaps of up to 2^28
 * bytes), DMA_AVAIL, and IOVA_RANGE when there are windows; the capability chain
 * builder makes its bytes. Before Linux 6.6 the structures are not aligned.
 *
 * @param[in]  c      The container.
 * @param[in]  argsz  Bytes of the caller's buffer.
 * @param[out] info   The answer. Written only on success.
 *
 * @retval 0           @p info is valid.
 * @retval -EINVAL     @p argsz is below 16.
 * @retval -EOVERFLOW  The chain has 2^32 bytes and more.
 *
 * Costs as vprim_type1_windows().
 *
 * @par Source
 * Linux vfio_iommu_type1_get_info().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_type1_get_info(const struct vprim_type1 *c, uint32_t argsz,
			 struct vprim_type1_info *info);

/**
 * @brief What CHECK_EXTENSION answers.
 * @param[in] c          The container; may be NULL: none is chosen yet.
 * @param[in] extension  Its number.
 * @return 1 or 0.
 *
 * @par Source
 * Linux vfio_iommu_type1_check_extension().
 */
VPRIM_API
int vprim_type1_check_extension(const struct vprim_type1 *c,
				uint32_t extension);

/**
 * @brief Check every invariant, in O(n log n).
 *
 * @param[in] c  The container.
 *
 * @retval 0         They hold.
 * @retval -EBADMSG  One does not.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_type1_audit(const struct vprim_type1 *c);
/** @} */

VPRIM_END_DECLS

#endif
