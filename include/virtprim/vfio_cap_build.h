/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vfio_cap_build.h
 * @brief VFIO capability chains, the server's side: build one, and answer `argsz`.
 *
 * A VFIO info struct may carry capabilities behind its fixed part. Each begins
 * with a header; 0 ends the chain. Offsets count from the start of the struct:
 *
 *      0           fixed        cap_offset          next
 *      | argsz flags … | (pad) | id ver next | payload | id ver 0 | payload |
 *      |<-- info struct ------>|<-------------- chain --------------------->|
 *      |<---------------------------- argsz ------------------------------->|
 *
 * It parses nothing; @ref vfio_cap has the client, the parser, and the
 * capabilities of other kinds.
 *
 * **Byte order** is the host's, as in the kernel's structs. For bytes from
 * elsewhere #VPRIM_VFIO_CAP_LE or #VPRIM_VFIO_CAP_BE name it. Fields are moved
 * byte by byte: any alignment is fine.
 *
 * Takes no locks and allocates nothing; a chain belongs to one thread at a time,
 * and may be moved in memory between calls. A call costs time linear in the bytes
 * that it moves.
 */
#ifndef VIRTPRIM_VFIO_CAP_BUILD_H
#define VIRTPRIM_VFIO_CAP_BUILD_H
#include <virtprim/platform.h>
VPRIM_BEGIN_DECLS

/** @brief Which info struct: capability ids mean something within one kind. */
enum vprim_vfio_cap_kind {
	VPRIM_VFIO_CAP_REGION,	/**< VFIO_DEVICE_GET_REGION_INFO. */
	VPRIM_VFIO_CAP_DEVICE,	/**< VFIO_DEVICE_GET_INFO. */
	VPRIM_VFIO_CAP_IOMMU,	/**< VFIO_IOMMU_GET_INFO of type1. */
};

/** @name Options, of which a call ignores what it has no use for
 * @{ */
#define VPRIM_VFIO_CAP_LE 0x02u	/**< Bytes are little-endian on any host. */
#define VPRIM_VFIO_CAP_BE 0x04u	/**< Bytes are big-endian on any host. */
/** Serve as iommufd's emulation: `argsz` always the total. For every kind. */
#define VPRIM_VFIO_CAP_IOMMUFD 0x10u
/** An add that does not fit returns 0; asked for its bytes the chain says so. */
#define VPRIM_VFIO_CAP_COUNT 0x20u
/** Serve as vfio-user asks: `argsz` the total, CAPS only with the chain. */
#define VPRIM_VFIO_CAP_VFIO_USER 0x40u
/** @} */

/** @name Sizes in bytes
 * @{ */
#define VPRIM_VFIO_CAP_HDR_BYTES 8u		/**< Capability header. */
#define VPRIM_VFIO_CAP_REGION_BYTES 32u		/**< struct vfio_region_info. */
/** @} */

/** @name Flags of the info structs
 * @{ */
#define VPRIM_VFIO_CAP_REGION_READ 0x1u		/**< Region: read() works. */
#define VPRIM_VFIO_CAP_REGION_WRITE 0x2u	/**< Region: write() works. */
#define VPRIM_VFIO_CAP_REGION_MMAP 0x4u		/**< Region: mmap() works. */
#define VPRIM_VFIO_CAP_REGION_CAPS 0x8u		/**< Region: has capabilities. */
#define VPRIM_VFIO_CAP_DEVICE_CAPS 0x80u	/**< Device: has capabilities. */
#define VPRIM_VFIO_CAP_IOMMU_CAPS 0x2u		/**< IOMMU: has capabilities. */
/** @} */

/** @name Capability ids of a region
 * @{ */
#define VPRIM_VFIO_CAP_SPARSE_MMAP 1u		/**< Region: the parts that mmap. */
#define VPRIM_VFIO_CAP_TYPE 2u			/**< Region: what it is. */
#define VPRIM_VFIO_CAP_MSIX_MAPPABLE 3u		/**< Region: mmap may cover MSI-X. */
/** Or'ed with a PCI vendor's id: the type, of TYPE, of its own region. */
#define VPRIM_VFIO_CAP_TYPE_PCI 0x80000000u
/** @} */

/**
 * @brief The fixed part of any info struct. Fields of other kinds stay 0.
 */
struct vprim_vfio_cap_fixed {
	uint32_t argsz;		/**< Caller's buffer in, bytes needed out. */
	uint32_t flags;		/**< Flags of the kind. */
	uint32_t cap_offset;	/**< First capability; looked at only with CAPS. */
	uint32_t index;		/**< Region: which one. */
	uint64_t size;		/**< Region: bytes. */
	uint64_t offset;	/**< Region: where it lies in the device's file. */
	uint32_t num_regions;	/**< Device: largest region index and one. */
	uint32_t num_irqs;	/**< Device: largest interrupt index and one. */
	uint64_t pgsizes;	/**< IOMMU: bit mask of page sizes. */
};

/** @brief An area of SPARSE_MMAP, relative to the region. */
struct vprim_vfio_cap_area {
	uint64_t offset;	/**< First byte. */
	uint64_t size;		/**< Bytes; 0 is no area and is skipped. */
};

/** @name Building
 *
 *      init --> open --shift--> shifted --finish--> done
 *                |                 |                  ^
 *                +------drop-------+------------------+
 *
 * The buffer holds capabilities only; the fixed struct goes before it.
 * @{ */

/** @brief Where a chain is in its life. */
enum vprim_vfio_cap_state {
	VPRIM_VFIO_CAP_DONE,	/**< Empty hands: retired, dropped, or all zero. */
	VPRIM_VFIO_CAP_OPEN,	/**< Takes capabilities. */
	VPRIM_VFIO_CAP_SHIFTED,	/**< Ready to be copied out: links are final. */
};

/** @brief A chain under construction. May be moved; one of two copies goes on. */
struct vprim_vfio_cap_chain {
	/** @cond private */
	/* private: */
	uint8_t *buf_;
	uint32_t capacity_bytes_; /* of buf_ */
	uint32_t size_bytes_;	/* what all capabilities take; may exceed that */
	uint32_t header_bytes_;
	uint32_t last_;		/* last header, from buf_ */
	uint32_t options_;
	enum vprim_vfio_cap_state state_;
	uint64_t reserved_[2];
	/** @endcond */
};
VPRIM_OBJECT(vfio_cap_chain);

/**
 * @brief Begin a chain.
 *
 * @param[out] chain           The chain, open and empty.
 * @param[in]  options         Byte order, I386, IOMMUFD, VFIO_USER, COUNT; else 0.
 * @param[in]  header_bytes    Size of the info struct: 32 for a region, 24 for others.
 * @param[in]  buf             Where capabilities go, any alignment, until the chain
 *                             is done; may be NULL to measure only.
 * @param[in]  capacity_bytes  Bytes of @p buf; over 4 GiB are not used.
 *
 * @retval 0        @p chain takes capabilities.
 * @retval -EINVAL  An option is unknown, both byte orders are given, or
 *                  @p header_bytes is no multiple of 4.
 *
 * @par Source
 * Linux struct vfio_info_cap, with the caller's memory in place of krealloc().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_chain_init(struct vprim_vfio_cap_chain *chain,
			      uint32_t options, uint32_t header_bytes,
			      void *buf, size_t capacity_bytes);

/**
 * @brief Append a capability as it is, such as #VPRIM_VFIO_CAP_MSIX_MAPPABLE.
 *
 * Rounded up to a multiple of 8 with zeros. Constant time but for the copy. Once
 * the buffer is full the chain only counts, so that its argsz stays exact: from
 * then on every add fails with -EMSGSIZE (or returns 0, with #VPRIM_VFIO_CAP_COUNT)
 * and the chain has no bytes to give. This holds for all functions that add.
 *
 * @param[in,out] chain       An open chain.
 * @param[in]     id          Capability id.
 * @param[in]     version     Version, at least 1: readers reject 0.
 * @param[in]     payload     @p size_bytes - 8 bytes behind the header; may be
 *                            NULL when there are none.
 * @param[in]     size_bytes  Size with its header, at least 8.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but it did not fit in the buffer.
 * @retval -EINVAL     @p chain is not open, @p version is 0, or @p size_bytes is
 *                     less than 8. Nothing changed.
 * @retval -EOVERFLOW  argsz would leave 32 bits. Nothing changed.
 *
 * @par Source
 * Linux vfio_info_cap_add() and vfio_info_add_capability(); that a size below 8
 * is refused is libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_add(struct vprim_vfio_cap_chain *chain, uint16_t id,
		       uint16_t version, const void *payload, size_t size_bytes);

/**
 * @brief Append SPARSE_MMAP to a region's chain.
 *
 * @param[in,out] chain  An open chain.
 * @param[in]     areas  The areas, in any order; may be NULL when @p nr is 0.
 * @param[in]     nr     Number of areas; 0 says that nothing can be mapped.
 *
 * @return As vprim_vfio_cap_add(); -EINVAL also when an area ends beyond 2^64-1.
 *
 * @par Source
 * struct vfio_region_info_cap_sparse_mmap, version 1.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_add_sparse_mmap(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_vfio_cap_area *areas,
				   uint32_t nr);

/**
 * @brief Append TYPE to a region's chain.
 *
 * @param[in,out] chain    An open chain.
 * @param[in]     type     A type, or #VPRIM_VFIO_CAP_TYPE_PCI and a vendor.
 * @param[in]     subtype  Subtype.
 *
 * @return As vprim_vfio_cap_add().
 *
 * @par Source
 * struct vfio_region_info_cap_type, version 1.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_add_type(struct vprim_vfio_cap_chain *chain, uint32_t type,
			    uint32_t subtype);

/**
 * @brief The argsz that a reply with this chain needs: info struct and
 *        capabilities, also those that did not fit.
 * @param[in] chain  A chain in any state.
 * @return Bytes. Just the info struct when there are no capabilities.
 */
VPRIM_INLINE VPRIM_NONNULL uint32_t
vprim_vfio_cap_chain_argsz(const struct vprim_vfio_cap_chain *chain)
{
	return chain->header_bytes_ + chain->size_bytes_;
}

/**
 * @brief Take the bytes of a shifted chain; it is done.
 *
 * @param[in,out] chain       A shifted chain; then done and empty.
 * @param[out]    bytes       The capabilities, in the buffer given at init; they go
 *                            right behind the info struct.
 * @param[out]    size_bytes  How many.
 *
 * @retval 0        The caller has the bytes.
 * @retval -EINVAL  @p chain is not shifted. Nothing is written.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_chain_finish(struct vprim_vfio_cap_chain *chain,
				const void **bytes, uint32_t *size_bytes);

/**
 * @brief Forget all capabilities, in any state; the chain is done and empty.
 * @param[in,out] chain  The chain.
 */
VPRIM_API VPRIM_NONNULL
void vprim_vfio_cap_chain_drop(struct vprim_vfio_cap_chain *chain);
/** @} */

/** @name The server's side of argsz
 * @{ */

/** @brief What a server writes back. */
struct vprim_vfio_cap_reply {
	uint32_t argsz;		/**< The field: needed bytes, or as it came. */
	uint32_t flags;		/**< The field, CAPS included. */
	uint32_t cap_offset;	/**< The field. */
	uint32_t fixed_bytes;	/**< Bytes of the info struct to copy out. */
	uint32_t chain_bytes;	/**< Bytes of the chain to copy out: all, or 0. */
};

/**
 * @brief Decide what to write back for a caller's argsz, and make the chain ready
 *        for it.
 *
 * A chain that does not fit is no error: the caller reads CAPS, a cap_offset of
 * 0 and the argsz to come back with. argsz never shrinks but with
 * #VPRIM_VFIO_CAP_IOMMUFD and #VPRIM_VFIO_CAP_VFIO_USER. A device or type1 caller
 * may bring as little as 16 bytes and is then given the fields that fit.
 *
 * The chain ends shifted when its bytes are to be copied (then take them with
 * vprim_vfio_cap_chain_finish()), and done when they are not.
 *
 * @param[in,out] chain  An open chain for an info struct of @p kind.
 * @param[in]     kind   Which info struct.
 * @param[in,out] info   In: argsz and (region) cap_offset as the caller gave them,
 *                       flags as the driver did; CAPS in them is ignored. Out:
 *                       argsz, flags and cap_offset as decided.
 * @param[out]    reply  What to write back.
 *
 * @retval 0          @p info and @p reply are valid; else nothing changed.
 * @retval -EINVAL    @p kind is unknown, @p chain is not open or not for it, or
 *                    the caller's argsz is below 32 (region) or 16.
 * @retval -EMSGSIZE  The caller's argsz would do, but the chain's own buffer did
 *                    not hold all of it.
 *
 * @par Source
 * Linux vfio_pci_ioctl_get_region_info(), vfio_pci_ioctl_get_info(),
 * vfio_iommu_type1_get_info() and iommufd_vfio_iommu_get_info(). A region's
 * cap_offset is echoed when there is no chain, the others' is 0.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_chain_reply(struct vprim_vfio_cap_chain *chain,
			       enum vprim_vfio_cap_kind kind,
			       struct vprim_vfio_cap_fixed *info,
			       struct vprim_vfio_cap_reply *reply);
/** @} */

VPRIM_END_DECLS

#endif
