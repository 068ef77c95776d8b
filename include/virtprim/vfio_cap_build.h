/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vfio_cap_build.h
 * @brief VFIO capability chains, the server's side: build one, and answer `argsz`.
 *
 * A VFIO info struct (region, device or type1 IOMMU) may carry capabilities
 * behind its fixed part. Each begins with a header; `next` counts from the start
 * of the info struct, and 0 ends the chain:
 *
 *      0           fixed        cap_offset          next
 *      | argsz flags … | (pad) | id ver next | payload | id ver 0 | payload |
 *      |<-- info struct ------>|<-------------- chain --------------------->|
 *      |<---------------------------- argsz ------------------------------->|
 *
 * This is all that a driver needs to answer, and it parses nothing;
 * @ref vfio_cap has the other capabilities, the client and the parser.
 *
 * **Byte order.** The kernel's structs are in the byte order of the host that
 * fills them, and so is everything here by default: a program on a big-endian
 * machine talks to its kernel with options 0. Bytes from elsewhere (a socket, a
 * recording, the vector language, which is little-endian on every host) name
 * their order with #VPRIM_VFIO_CAP_LE or #VPRIM_VFIO_CAP_BE. Fields are moved
 * byte by byte, so that any alignment is fine and no struct layout of the
 * compiler's is involved.
 *
 * **Offsets** are counted from the start of the info struct everywhere.
 *
 * Takes no locks and allocates nothing; a chain belongs to one thread at a time.
 * Every call costs time linear in the bytes that it moves.
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

/** @name Options
 * One word for the builder, the parser and both sides of the negotiation.
 * Options that a function has no use for are ignored.
 * @{ */
/** Offsets must be multiples of 8 and IOVA ranges ascending, as a kernel since
 *  6.6 gives them. Without it the parser is tolerant: multiples of 4, and IOVA
 *  ranges in any order. */
#define VPRIM_VFIO_CAP_STRICT 0x01u
/** The bytes are little-endian, whatever the host. */
#define VPRIM_VFIO_CAP_LE 0x02u
/** The bytes are big-endian, whatever the host. Not together with LE. */
#define VPRIM_VFIO_CAP_BE 0x04u
/** The other side is a 32-bit x86 kernel: its MIGRATION capability has no hole,
 *  28 bytes instead of 32. A 32-bit program on a 64-bit kernel does not need it. */
#define VPRIM_VFIO_CAP_I386 0x08u
/** Serve as the VFIO emulation of iommufd does: `argsz` always the total, also when
 *  that is less than the caller's. For every kind. */
#define VPRIM_VFIO_CAP_IOMMUFD 0x10u
/** A capability that does not fit is counted and the add returns 0. The chain
 *  still knows, and says so when it is asked for its bytes. */
#define VPRIM_VFIO_CAP_COUNT 0x20u
/** Serve as vfio-user asks: `argsz` always the total, and CAPS only when the chain
 *  is there. A client needs no option: it asks again whenever argsz is more than it
 *  gave. */
#define VPRIM_VFIO_CAP_VFIO_USER 0x40u
/** @} */

/** @name Sizes in bytes
 * @{ */
#define VPRIM_VFIO_CAP_HDR_BYTES 8u		/**< Capability header. */
#define VPRIM_VFIO_CAP_REGION_BYTES 32u		/**< struct vfio_region_info. */
#define VPRIM_VFIO_CAP_DEVICE_BYTES 24u		/**< struct vfio_device_info. */
#define VPRIM_VFIO_CAP_IOMMU_BYTES 24u		/**< struct vfio_iommu_type1_info. */
/** The device struct before about 6.6, and the type1 struct on 32-bit x86: the
 *  least that has a cap_offset field. */
#define VPRIM_VFIO_CAP_OLD_BYTES 20u
/** Least argsz of a device or type1 query; a region query needs all 32. */
#define VPRIM_VFIO_CAP_MIN_BYTES 16u
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
/** @} */

/** @name Region types, for the TYPE capability
 * @{ */
/** Type of a PCI vendor's own region: bit 31 and the vendor id. */
#define VPRIM_VFIO_CAP_TYPE_PCI(vendor) (0x80000000u | (vendor))
#define VPRIM_VFIO_CAP_TYPE_GFX 1u		/**< Subtype 1: EDID. */
#define VPRIM_VFIO_CAP_TYPE_CCW 2u		/**< Subtypes: 1 async, 2 SCHIB, 3 CRW. */
#define VPRIM_VFIO_CAP_TYPE_MIGRATION 3u	/**< Deprecated. */
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
 * A chain is open while capabilities are added, shifted once its links count
 * from the start of the info struct, and done when the caller has its bytes:
 *
 *      init --> open --shift--> shifted --finish--> done
 *                |                 |                  ^
 *                +------drop-------+------------------+
 *
 * The buffer holds capabilities only; the fixed struct goes before it and its
 * size is named at init. With no buffer the chain only measures.
 * @{ */

/** @brief Where a chain is in its life. */
enum vprim_vfio_cap_state {
	VPRIM_VFIO_CAP_DONE,	/**< Empty hands: retired, dropped, or all zero. */
	VPRIM_VFIO_CAP_OPEN,	/**< Takes capabilities. */
	VPRIM_VFIO_CAP_SHIFTED,	/**< Ready to be copied out. */
};

/** @brief A chain under construction. */
struct vprim_vfio_cap_chain {
	/** @cond private */
	/* private: */
	uint8_t *buf_;
	uint32_t room_bytes_;	/* of buf_ */
	uint32_t size_bytes_;	/* what all capabilities take; may exceed the room */
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
 * @param[out] chain         The chain, open and empty.
 * @param[in]  options       Byte order, I386, IOMMUFD, VFIO_USER, COUNT; else 0.
 * @param[in]  header_bytes  Size of the info struct before the chain: a multiple
 *                           of 4. 32 for a region, 24 for the others.
 * @param[in]  buf           Where capabilities go, any alignment; lives until the
 *                           chain is done. NULL to measure only.
 * @param[in]  room_bytes    Bytes of @p buf; 0 with NULL. What is over 4 GiB is
 *                           not used.
 *
 * @retval 0        @p chain takes capabilities.
 * @retval -EINVAL  @p chain is NULL, an option is unknown, both byte orders are
 *                  given, @p header_bytes is no multiple of 4, or @p buf is NULL
 *                  with room.
 *
 * @par Source
 * Linux struct vfio_info_cap, with the caller's memory in place of krealloc().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_chain_init(struct vprim_vfio_cap_chain *chain,
			      uint32_t options, uint32_t header_bytes,
			      void *buf, size_t room_bytes);

/**
 * @brief Append a capability as it is.
 *
 * The size is rounded up to a multiple of 8 and the rest is zero. Constant time
 * but for the copy: the tail is remembered, not searched.
 *
 * When the room is used up the chain goes on counting, so that
 * vprim_vfio_cap_chain_argsz() is exact; from then on every add fails this way
 * (or returns 0, with #VPRIM_VFIO_CAP_COUNT) and the chain has no bytes to give.
 * This holds for all functions that add.
 *
 * @param[in,out] chain       An open chain.
 * @param[in]     id          Capability id.
 * @param[in]     version     Version, at least 1: readers reject 0.
 * @param[in]     payload     @p size_bytes - 8 bytes behind the header; may be
 *                            NULL when there are none.
 * @param[in]     size_bytes  Size with its header, at least 8.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but there was no room for it.
 * @retval -EINVAL     @p chain is NULL or not open, @p version is 0,
 *                     @p size_bytes is less than 8, or @p payload is NULL though
 *                     there is some. Nothing changed.
 * @retval -EOVERFLOW  Rounded up, or added to the info struct and the chain, the
 *                     size leaves 32 bits, which argsz has. Nothing changed.
 *
 * @par Source
 * Linux vfio_info_cap_add() and vfio_info_add_capability(); that a size below 8
 * is refused is libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_add(struct vprim_vfio_cap_chain *chain, uint16_t id,
		       uint16_t version, const void *payload, size_t size_bytes);

/**
 * @brief Append SPARSE_MMAP to a region's chain.
 *
 * @param[in,out] chain  An open chain.
 * @param[in]     areas  The areas, in any order; NULL when @p nr is 0.
 * @param[in]     nr     Number of areas; 0 says that nothing can be mapped.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but there was no room for it.
 * @retval -EINVAL     @p chain is NULL or not open, @p areas is NULL with @p nr,
 *                     or an area ends beyond 2^64-1. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * struct vfio_region_info_cap_sparse_mmap, version 1.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_add_sparse_mmap(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_vfio_cap_area *areas,
				   uint32_t nr);

/**
 * @brief Append TYPE to a region's chain.
 *
 * @param[in,out] chain    An open chain.
 * @param[in]     type     A type, or VPRIM_VFIO_CAP_TYPE_PCI().
 * @param[in]     subtype  Subtype.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but there was no room for it.
 * @retval -EINVAL     @p chain is NULL or not open. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * struct vfio_region_info_cap_type, version 1.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_add_type(struct vprim_vfio_cap_chain *chain, uint32_t type,
			    uint32_t subtype);

/**
 * @brief Append MSIX_MAPPABLE to a region's chain: all of the BAR may be mapped,
 *        the MSI-X table too.
 *
 * @param[in,out] chain  An open chain.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but there was no room for it.
 * @retval -EINVAL     @p chain is NULL or not open. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, version 1: a header and nothing else.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_add_msix_mappable(struct vprim_vfio_cap_chain *chain);

/**
 * @brief The argsz that a reply with this chain needs: info struct and
 *        capabilities, also those that did not fit.
 * @param[in] chain  A chain in any state; not NULL.
 * @return Bytes. Just the info struct when there are no capabilities.
 */
VPRIM_INLINE uint32_t
vprim_vfio_cap_chain_argsz(const struct vprim_vfio_cap_chain *chain)
{
	return chain->header_bytes_ + chain->size_bytes_;
}

/**
 * @brief Where the capability added last begins.
 * @param[in] chain  A chain; not NULL.
 * @return Offset from the start of the info struct; meaningless when empty.
 */
VPRIM_INLINE uint32_t
vprim_vfio_cap_chain_last(const struct vprim_vfio_cap_chain *chain)
{
	return chain->header_bytes_ + chain->last_;
}

/**
 * @brief Whether nothing has been added.
 * @param[in] chain  A chain; not NULL.
 */
VPRIM_INLINE bool
vprim_vfio_cap_chain_is_empty(const struct vprim_vfio_cap_chain *chain)
{
	return !chain->size_bytes_;
}

/**
 * @brief Where the chain is in its life.
 * @param[in] chain  A chain; not NULL.
 */
VPRIM_INLINE enum vprim_vfio_cap_state
vprim_vfio_cap_chain_state(const struct vprim_vfio_cap_chain *chain)
{
	return chain->state_;
}

/**
 * @brief Close the chain: its links count from the start of the info struct.
 *
 * Just before copying out, and once. Constant time: the links are written in
 * their final form.
 *
 * @param[in,out] chain  An open chain; then shifted.
 *
 * @retval 0          The links are final.
 * @retval -EINVAL    @p chain is NULL or not open: a second shift is an error,
 *                    as it is in Linux, where it spoils the links. Nothing
 *                    changed.
 * @retval -EMSGSIZE  Some capability was counted but not stored, or the chain
 *                    only measures. Nothing changed.
 *
 * @par Source
 * Linux vfio_info_cap_shift(), which learns the info struct's size only here.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain);

/**
 * @brief Take the bytes of a shifted chain; it is done.
 *
 * @param[in,out] chain       A shifted chain; then done and empty.
 * @param[out]    bytes       The capabilities, in the buffer given at init. They
 *                            go right behind the info struct. Written only on
 *                            success.
 * @param[out]    size_bytes  How many. Written only on success.
 *
 * @retval 0        The caller has the bytes.
 * @retval -EINVAL  A pointer is NULL or @p chain is not shifted.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_chain_finish(struct vprim_vfio_cap_chain *chain,
				const void **bytes, uint32_t *size_bytes);

/**
 * @brief Forget all capabilities, in any state; the chain is done and empty.
 * @param[in,out] chain  The chain; NULL is fine.
 */
VPRIM_API void vprim_vfio_cap_chain_drop(struct vprim_vfio_cap_chain *chain);
/** @} */

/** @name The server's side of argsz
 * @{ */

/** @brief What a server writes back. */
struct vprim_vfio_cap_reply {
	uint32_t argsz;		/**< The field: needed bytes, or as it came. */
	uint32_t flags;		/**< The field, CAPS included. */
	uint32_t cap_offset;	/**< The field. */
	uint32_t fixed_bytes;	/**< Bytes of the info struct to copy out. */
	uint32_t chain_bytes;	/**< Bytes of the chain to copy out behind the info
				 *   struct: all of them, or 0. */
};

/**
 * @brief Decide what to write back for a caller's argsz.
 *
 * A chain that does not fit is no error: the caller reads CAPS, a cap_offset of
 * 0 and the argsz to come back with. argsz never shrinks but with
 * #VPRIM_VFIO_CAP_IOMMUFD and #VPRIM_VFIO_CAP_VFIO_USER. A device or type1 caller
 * may bring as little as 16 bytes and is then given the fields that fit.
 *
 * @param[in]  kind          Which info struct.
 * @param[in]  options       #VPRIM_VFIO_CAP_IOMMUFD, #VPRIM_VFIO_CAP_VFIO_USER.
 * @param[in]  info          argsz and (region) cap_offset as the caller gave
 *                           them, flags as the driver did; CAPS in them is ignored.
 * @param[in]  header_bytes  The server's info struct: 32 for a region, 24 or 20
 *                           else.
 * @param[in]  chain_bytes   All capabilities; 0 for none.
 * @param[out] reply         What to write back. Written only on success.
 *
 * @retval 0           @p reply is valid.
 * @retval -EINVAL     A pointer is NULL, @p kind or @p options is unknown,
 *                     @p header_bytes does not belong to @p kind, or the caller's
 *                     argsz is below 32 (region) or 16.
 * @retval -EOVERFLOW  Info struct and chain together leave 32 bits.
 *
 * @par Source
 * Linux vfio_pci_ioctl_get_region_info(), vfio_pci_ioctl_get_info(),
 * vfio_iommu_type1_get_info() and iommufd_vfio_iommu_get_info(). A region's
 * cap_offset is echoed when there is no chain, the others' is 0.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_negotiate(enum vprim_vfio_cap_kind kind, uint32_t options,
			     const struct vprim_vfio_cap_fixed *info,
			     uint32_t header_bytes, uint32_t chain_bytes,
			     struct vprim_vfio_cap_reply *reply);

/**
 * @brief Negotiate for a chain, and make the chain ready for what was decided.
 *
 * The chain ends shifted when its bytes are to be copied (then take them with
 * vprim_vfio_cap_chain_finish()), and done when they are not.
 *
 * @param[in,out] chain  An open chain of the same kind.
 * @param[in]     kind   Which info struct.
 * @param[in,out] info   In: as for vprim_vfio_cap_negotiate(). Out: argsz, flags
 *                       and cap_offset as decided. Written only on success.
 * @param[out]    reply  What to write back. Written only on success.
 *
 * @retval 0          @p info and @p reply are valid.
 * @retval -EINVAL    As for vprim_vfio_cap_negotiate(), or @p chain is not open.
 *                    Nothing changed.
 * @retval -EMSGSIZE  The caller's argsz would do, but the chain's own buffer did
 *                    not hold all of it. Nothing changed.
 *
 * @par Source
 * As for vprim_vfio_cap_negotiate().
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_chain_reply(struct vprim_vfio_cap_chain *chain,
			       enum vprim_vfio_cap_kind kind,
			       struct vprim_vfio_cap_fixed *info,
			       struct vprim_vfio_cap_reply *reply);

/**
 * @brief Write the fixed part of an info struct as bytes.
 *
 * @param[in]  kind     Which info struct.
 * @param[in]  options  Byte order.
 * @param[in]  info     The fields.
 * @param[out] dst      @p bytes bytes, any alignment; the pad word is zero.
 *                      Written only on success.
 * @param[in]  bytes    How much of it: 16 up to the whole struct (32 or 24);
 *                      fields beyond are left out.
 *
 * @retval 0        @p dst is written.
 * @retval -EINVAL  A pointer is NULL, @p kind or @p options is unknown, or
 *                  @p bytes is less than 16 or more than the struct.
 *
 * @par Source
 * linux/vfio.h; the kernel's min(argsz, sizeof).
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_fixed_store(enum vprim_vfio_cap_kind kind, uint32_t options,
			       const struct vprim_vfio_cap_fixed *info,
			       void *dst, size_t bytes);

/**
 * @brief Read the fixed part of an info struct, without judging it.
 *
 * @param[in]  kind     Which info struct.
 * @param[in]  options  Byte order.
 * @param[in]  src      The bytes, any alignment.
 * @param[in]  bytes    How many there are; fields that are not all there read 0.
 * @param[out] info     The fields. Written only on success.
 *
 * @retval 0        @p info is valid.
 * @retval -EINVAL  A pointer is NULL, @p kind or @p options is unknown, or
 *                  @p bytes is below 32 (region) or 16.
 *
 * @par Source
 * linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_vfio_cap_fixed_load(enum vprim_vfio_cap_kind kind, uint32_t options,
			      const void *src, size_t bytes,
			      struct vprim_vfio_cap_fixed *info);
/** @} */

VPRIM_END_DECLS

#endif
