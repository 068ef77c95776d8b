/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file vfio_cap.h
 * @brief VFIO capability chains: ask for them, parse bytes that nobody vouches for,
 *        and build the capabilities of devices and IOMMUs.
 *
 * On top of @ref vfio_cap_build, which has the picture, the byte order and the
 * server's side.
 *
 * **Trust.** The parser takes (pointer, length) and promises for any bytes: no
 * read at or past the length or `argsz`, no write, steps that the length bounds
 * (at most length/8 headers and length/16 items), and no value read twice to
 * decide the same thing, so that memory which somebody else writes to at the same
 * time can neither lead it outside nor keep it busy. Pointers into the bytes are
 * never handed out.
 *
 * Takes no locks and allocates nothing; an object belongs to one thread at a
 * time, and any number of threads may read a view. Every call costs time linear
 * in the bytes that it moves or checks, unless its page says otherwise.
 */
#ifndef VIRTPRIM_VFIO_CAP_H
#define VIRTPRIM_VFIO_CAP_H
#include <virtprim/reason.h>
#include <virtprim/vfio_cap_build.h>
VPRIM_BEGIN_DECLS

/** @name More sizes in bytes
 * @{ */
#define VPRIM_VFIO_CAP_DEVICE_BYTES 24u		/**< struct vfio_device_info. */
#define VPRIM_VFIO_CAP_IOMMU_BYTES 24u		/**< struct vfio_iommu_type1_info. */
/** The least with a cap_offset: devices before 6.6, type1 on 32-bit x86. */
#define VPRIM_VFIO_CAP_OLD_BYTES 20u
/** Least argsz of a device or type1 query; a region query needs all 32. */
#define VPRIM_VFIO_CAP_MIN_BYTES 16u
/** @} */

/** @name More options, in one word with those of the builder
 * @{ */
/** Parser: offsets are multiples of 8 and IOVA ranges ascend, as since Linux 6.6;
 *  else of 4, and in any order. */
#define VPRIM_VFIO_CAP_STRICT 0x01u
/** The other side is a 32-bit x86 kernel: its MIGRATION has no hole, 28 bytes. */
#define VPRIM_VFIO_CAP_I386 0x08u
/** @} */

/** @name Region types, for the TYPE capability
 * @{ */
#define VPRIM_VFIO_CAP_TYPE_GFX 1u		/**< Subtype 1: EDID. */
#define VPRIM_VFIO_CAP_TYPE_CCW 2u		/**< Subtypes: 1 async, 2 SCHIB, 3 CRW. */
#define VPRIM_VFIO_CAP_TYPE_MIGRATION 3u	/**< Deprecated. */
/** @} */

/** @name Flags of the device and IOMMU structs
 * @{ */
#define VPRIM_VFIO_CAP_DEVICE_RESET 0x1u	/**< Device: can be reset. */
#define VPRIM_VFIO_CAP_DEVICE_PCI 0x2u		/**< Device: vfio-pci. */
#define VPRIM_VFIO_CAP_DEVICE_PLATFORM 0x4u	/**< Device: vfio-platform. */
#define VPRIM_VFIO_CAP_DEVICE_AMBA 0x8u		/**< Device: vfio-amba. */
#define VPRIM_VFIO_CAP_DEVICE_CCW 0x10u		/**< Device: vfio-ccw. */
#define VPRIM_VFIO_CAP_DEVICE_AP 0x20u		/**< Device: vfio-ap. */
#define VPRIM_VFIO_CAP_DEVICE_FSL_MC 0x40u	/**< Device: vfio-fsl-mc. */
#define VPRIM_VFIO_CAP_DEVICE_CDX 0x100u	/**< Device: vfio-cdx. */
#define VPRIM_VFIO_CAP_IOMMU_PGSIZES 0x1u	/**< IOMMU: iova_pgsizes is set. */
/** @} */

/** @name Other capability ids
 * @{ */
#define VPRIM_VFIO_CAP_NVLINK2_SSATGT 4u	/**< Region: withdrawn. */
#define VPRIM_VFIO_CAP_NVLINK2_LNKSPD 5u	/**< Region: withdrawn. */
#define VPRIM_VFIO_CAP_IOVA_RANGE 1u		/**< IOMMU: usable addresses. */
#define VPRIM_VFIO_CAP_MIGRATION 2u		/**< IOMMU: dirty tracking. */
#define VPRIM_VFIO_CAP_DMA_AVAIL 3u		/**< IOMMU: mappings left. */
#define VPRIM_VFIO_CAP_ZPCI_BASE 1u		/**< Device: s390 function. */
#define VPRIM_VFIO_CAP_ZPCI_GROUP 2u		/**< Device: s390 function group. */
#define VPRIM_VFIO_CAP_ZPCI_UTIL 3u		/**< Device: s390 utility string. */
#define VPRIM_VFIO_CAP_ZPCI_PFIP 4u		/**< Device: s390 function path. */
#define VPRIM_VFIO_CAP_PCI_ATOMIC_COMP 5u	/**< Device: atomic completions. */
/** @} */

/** @name Flags of PCI_ATOMIC_COMP and ZPCI_GROUP
 * @{ */
#define VPRIM_VFIO_CAP_ATOMIC_COMP32 0x1u	/**< 32-bit completions. */
#define VPRIM_VFIO_CAP_ATOMIC_COMP64 0x2u	/**< 64-bit completions. */
#define VPRIM_VFIO_CAP_ATOMIC_COMP128 0x4u	/**< 128-bit completions. */
#define VPRIM_VFIO_CAP_ZPCI_REFRESH 0x1u	/**< Program-specified TLB refresh. */
/** @} */

/** @brief Payload of TYPE; struct vfio_region_info_cap_type. */
struct vprim_vfio_cap_type {
	uint32_t type;		/**< A type, or #VPRIM_VFIO_CAP_TYPE_PCI and a vendor. */
	uint32_t subtype;	/**< Meaning depends on the type. */
};

/** @brief Payload of MIGRATION; struct vfio_iommu_type1_info_cap_migration. */
struct vprim_vfio_cap_migration {
	uint32_t flags;			/**< None are defined. */
	uint64_t pgsizes;		/**< Page sizes that dirty bits can have. */
	uint64_t max_bitmap_bytes;	/**< Longest bitmap of one query, bytes. */
};

/** @brief Payload of ZPCI_BASE; struct vfio_device_info_cap_zpci_base. */
struct vprim_vfio_cap_zpci_base {
	uint64_t start_dma;	/**< First DMA address. */
	uint64_t end_dma;	/**< Last DMA address. */
	uint16_t pchid;		/**< Physical channel. */
	uint16_t vfn;		/**< Virtual function number. */
	uint16_t fmb_length;	/**< Measurement block, bytes. */
	uint8_t pft;		/**< Function type. */
	uint8_t gid;		/**< Function group. */
	uint32_t fh;		/**< Function handle; since version 2, else 0. */
};

/** @brief Payload of ZPCI_GROUP; struct vfio_device_info_cap_zpci_group. */
struct vprim_vfio_cap_zpci_group {
	uint64_t dasm;		/**< DMA address space mask. */
	uint64_t msi_addr;	/**< MSI address. */
	uint64_t flags;		/**< #VPRIM_VFIO_CAP_ZPCI_REFRESH. */
	uint16_t mui;		/**< Measurement block update interval. */
	uint16_t noi;		/**< Most MSIs. */
	uint16_t maxstbl;	/**< Longest store block. */
	uint8_t pci_version;	/**< Supported PCI version. */
	uint16_t imaxstbl;	/**< Longest interpreted store block; since version
				 *   2, else 0. */
};

/** @brief The payload of a capability, by its kind and id. */
union vprim_vfio_cap_payload {
	/** SPARSE_MMAP, IOVA_RANGE: items. ZPCI_UTIL, ZPCI_PFIP: bytes. What they
	 *  are has readers and adders of its own. */
	uint32_t nr;
	struct vprim_vfio_cap_type type;		/**< TYPE. */
	/** NVLINK2_SSATGT: compressed target address; withdrawn from Linux with
	 *  struct vfio_region_info_cap_nvlink2_ssatgt. */
	uint64_t nvlink2_tgt;
	/** NVLINK2_LNKSPD: link speed; withdrawn from Linux with
	 *  struct vfio_region_info_cap_nvlink2_lnkspd. */
	uint32_t nvlink2_spd;
	struct vprim_vfio_cap_migration migration;	/**< MIGRATION. */
	/** DMA_AVAIL: mappings that may still be made;
	 *  struct vfio_iommu_type1_info_dma_avail. */
	uint32_t dma_avail;
	/** PCI_ATOMIC_COMP: #VPRIM_VFIO_CAP_ATOMIC_COMP32 and its like;
	 *  struct vfio_device_info_cap_pci_atomic_comp. */
	uint32_t atomic_comp;
	struct vprim_vfio_cap_zpci_base zpci_base;	/**< ZPCI_BASE. */
	struct vprim_vfio_cap_zpci_group zpci_group;	/**< ZPCI_GROUP. */
};

/** @brief One capability as fields: what it is, and its payload. */
struct vprim_vfio_cap_value {
	enum vprim_vfio_cap_kind kind;	/**< Which info struct @ref id is of. */
	uint16_t id;			/**< Which field of @ref u is valid. */
	uint16_t version;		/**< 1; of ZPCI_BASE and ZPCI_GROUP 1 or 2. A
					 *   reply may have a later one. */
	union vprim_vfio_cap_payload u;	/**< The payload; none for MSIX_MAPPABLE. */
};

/** @name A chain of another kind of server
 * @{ */

/**
 * @brief Close the chain: its links count from the start of the info struct.
 *
 * Once, before copying out, where vprim_vfio_cap_chain_reply() did not. Constant
 * time: the links have their final form.
 *
 * @param[in,out] chain  An open chain; then shifted.
 *
 * @retval 0          The links are final.
 * @retval -EINVAL    @p chain is not open: a second shift is an error.
 * @retval -EMSGSIZE  Some capability was counted but not stored.
 *
 * @par Source
 * Linux vfio_info_cap_shift(), which learns the info struct's size only here.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_chain_shift(struct vprim_vfio_cap_chain *chain);

/** @} */

/** @name More capabilities for a chain
 * A driver that answers for its regions needs none of them, and can do without this
 * part of the library: @ref vfio_cap_build has what a region may carry.
 * @{ */

/**
 * @brief Append a capability without a list.
 *
 * Field by field into zeroed storage: holes and padding carry nothing. With
 * #VPRIM_VFIO_CAP_I386 MIGRATION has the layout without the hole.
 *
 * @param[in,out] chain  An open chain.
 * @param[in]     value  What to say.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but it did not fit in the buffer.
 * @retval -EINVAL     @p chain is not open, there is no such kind and id, it is a
 *                     list or string, or has no such version. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * linux/vfio.h, linux/vfio_zdev.h: the structs that the fields name.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_add_value(struct vprim_vfio_cap_chain *chain,
			     const struct vprim_vfio_cap_value *value);

/**
 * @brief Append IOVA_RANGE to a type1 chain.
 *
 * @param[in,out] chain   An open chain.
 * @param[in]     ranges  Usable addresses, ascending and disjoint; may be NULL
 *                        when @p nr is 0.
 * @param[in]     nr      Number of ranges.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but it did not fit in the buffer.
 * @retval -EINVAL     @p chain is not open, a start is above its last, or a range does not begin
 *                     above the one before. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * struct vfio_iommu_type1_info_cap_iova_range, version 1. Its `end` is inclusive.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_add_iova_ranges(struct vprim_vfio_cap_chain *chain,
				   const struct vprim_range *ranges, uint32_t nr);

/**
 * @brief Append ZPCI_UTIL or ZPCI_PFIP to a device's chain.
 *
 * @param[in,out] chain       An open chain.
 * @param[in]     id          Which: the utility string, EBCDIC, or the function path.
 * @param[in]     bytes       The string or path; may be NULL without one.
 * @param[in]     size_bytes  Its length.
 *
 * @retval 0           Appended, or only counted where the chain measures.
 * @retval -EMSGSIZE   Counted, but it did not fit in the buffer.
 * @retval -EINVAL     @p chain is not open, or @p id is neither. Nothing changed.
 * @retval -EOVERFLOW  The total leaves 32 bits. Nothing changed.
 *
 * @par Source
 * struct vfio_device_info_cap_zpci_util and vfio_device_info_cap_zpci_pfip, version 1.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_add_zpci_bytes(struct vprim_vfio_cap_chain *chain, uint16_t id,
				  const void *bytes, size_t size_bytes);
/** @} */

/** @name The fixed part as bytes
 * @{ */

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
 * @retval -EINVAL  @p kind or @p options is unknown, or
 *                  @p bytes is less than 16 or more than the struct.
 *
 * @par Source
 * linux/vfio.h; the kernel's min(argsz, sizeof).
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
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
 * @retval -EINVAL  @p kind or @p options is unknown, or
 *                  @p bytes is below 32 (region) or 16.
 *
 * @par Source
 * linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_fixed_load(enum vprim_vfio_cap_kind kind, uint32_t options,
			      const void *src, size_t bytes,
			      struct vprim_vfio_cap_fixed *info);
/** @} */

/** @name The client's side of argsz
 *
 *      init; do { request; ioctl; ret = answer } while (ret == -EMSGSIZE)
 * @{ */

/** Most bytes that a query asks for unless it says otherwise. */
#define VPRIM_VFIO_CAP_QUERY_LIMIT 65536u
/** Most times that a query asks again unless it says otherwise. */
#define VPRIM_VFIO_CAP_QUERY_RETRIES 4u

/** @brief A query that comes back until the reply fits. May be moved. */
struct vprim_vfio_cap_query {
	/** @cond private */
	/* private: */
	enum vprim_vfio_cap_kind kind_;
	uint32_t options_;
	uint32_t argsz_;
	uint32_t limit_bytes_;
	uint32_t retries_;
	bool same_;		/* asked again though the reply claimed to fit */
	/** @endcond */
};
VPRIM_OBJECT(vfio_cap_query);

/**
 * @brief Begin a query with the size of the info struct.
 *
 * @param[out] query        The query.
 * @param[in]  kind         Which info struct.
 * @param[in]  options      Byte order.
 * @param[in]  limit_bytes  Most bytes to ask for; 0 for 64 KiB.
 * @param[in]  retries      Most times to ask again; 0 for 4.
 * @param[out] why          The rule that refused; may be NULL.
 *
 * @retval 0        Ask with vprim_vfio_cap_query_argsz() bytes.
 * @retval -EINVAL  @p kind or @p options is unknown, or
 *                  @p limit_bytes does not hold the info struct.
 *
 * @par Source
 * libvirtprim's own rule, rule P3 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_query_init(struct vprim_vfio_cap_query *query,
			      enum vprim_vfio_cap_kind kind, uint32_t options,
			      uint32_t limit_bytes, uint32_t retries,
			      struct vprim_reason *why);

/** @brief Bytes that the next request takes. @param[in] query  The query. */
VPRIM_INLINE VPRIM_NONNULL uint32_t
vprim_vfio_cap_query_argsz(const struct vprim_vfio_cap_query *query)
{
	return query->argsz_;
}

/**
 * @brief Write a request: all zero but argsz and, for a region, the index.
 *
 * @param[in]  query  The query.
 * @param[in]  index  Which region; not used for other kinds.
 * @param[out] buf    At least vprim_vfio_cap_query_argsz() bytes; that many are
 *                    written, so that no old byte can pass for an answer.
 * @param[in]  bytes  Bytes of @p buf.
 *
 * @retval 0          @p buf is a request.
 * @retval -EINVAL    @p query was not begun.
 * @retval -EMSGSIZE  @p bytes is too little. Nothing was written.
 *
 * @par Source
 * libvirtprim's own rule: some programs leave the grown part of the buffer as it was.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL
int vprim_vfio_cap_query_request(const struct vprim_vfio_cap_query *query,
				 uint32_t index, void *buf, size_t bytes);

/**
 * @brief Look at an answer: is it whole?
 *
 * Looks at argsz, CAPS and cap_offset only; then vprim_vfio_cap_parse() judges
 * the chain.
 *
 * @param[in,out] query  The query; on -EMSGSIZE it knows the new argsz.
 * @param[in]     buf    What came back, in the buffer of the request.
 * @param[in]     bytes  Bytes of @p buf.
 * @param[out]    why    The rule that refused; may be NULL. Asking again is no
 *                       refusal and fills nothing.
 *
 * @retval 0          Whole: parse it.
 * @retval -EMSGSIZE  Ask again with vprim_vfio_cap_query_argsz() bytes.
 * @retval -E2BIG     It would take more bytes or more retries than allowed.
 * @retval -EBADMSG   Twice in a row the reply says that it fits and yet gives no
 *                    cap_offset.
 * @retval -EINVAL    @p bytes or the reply's argsz is below the fixed
 *                    minimum.
 *
 * @par Source
 * Rules P1 to P3 of @ref vfio_cap. An argsz that shrinks is fine: the iommufd
 * emulation answers so. One that grows asks for more without CAPS too: a vfio-user
 * server sets CAPS only when the chain is there.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_vfio_cap_query_answer(struct vprim_vfio_cap_query *query,
				const void *buf, size_t bytes,
				struct vprim_reason *why);
/** @} */

/** @name The parser
 *
 * Rules have numbers, P1 to P19; @ref vfio_cap lists them. The ones that can
 * fail are here.
 * @{ */

/**
 * @brief Why a reply is refused; a comment gives the errno and what of
 *        @ref vprim_reason is filled. `at` is the offset of the value that breaks
 *        the rule, from the start of the info struct; the word is the rule's
 *        number.
 */
enum vprim_vfio_cap_rule {
	/** EINVAL [at]: P1, shorter than the fixed minimum. */
	VPRIM_VFIO_CAP_RULE_SHORT = 0x500,
	/** EMSGSIZE [at, value]: P3, CAPS, but the chain did not fit: come back
	 *  with an argsz of V. */
	VPRIM_VFIO_CAP_RULE_MORE,
	/** EBADMSG [at]: P4, cap_offset inside the fixed part. */
	VPRIM_VFIO_CAP_RULE_FIRST,
	/** EBADMSG [at]: P5, an offset that is not aligned. */
	VPRIM_VFIO_CAP_RULE_ALIGN,
	/** EBADMSG [at]: P6, a header that is not inside the bytes. */
	VPRIM_VFIO_CAP_RULE_BOUNDS,
	/** EBADMSG [at]: P7, a link that is not forward: loop, self, back. */
	VPRIM_VFIO_CAP_RULE_LINK,
	/** EBADMSG [at]: P8, a payload that is cut off. */
	VPRIM_VFIO_CAP_RULE_EXTENT,
	/** EBADMSG [at]: P9, more items than the payload holds. */
	VPRIM_VFIO_CAP_RULE_COUNT,
	/** EBADMSG [at]: P11, version 0. */
	VPRIM_VFIO_CAP_RULE_VERSION,
	/** EBADMSG [at]: P14, an area that wraps or leaves the region. */
	VPRIM_VFIO_CAP_RULE_AREA,
	/** EBADMSG [at]: P15, an IOVA range that is empty or overlaps. */
	VPRIM_VFIO_CAP_RULE_RANGE,
	/** EINVAL [value]: V is no kind of info struct. */
	VPRIM_VFIO_CAP_RULE_KIND,
	/** EINVAL [value]: options V are unknown, or exclude each other. */
	VPRIM_VFIO_CAP_RULE_OPTIONS,
	/** EINVAL [value, at]: a limit of V bytes, below the A of the info struct. */
	VPRIM_VFIO_CAP_RULE_LIMIT,
	/** E2BIG [value, at]: the reply wants V bytes, and A is the limit. */
	VPRIM_VFIO_CAP_RULE_TOO_BIG,
	/** E2BIG [value]: no retry is left, and the reply wants V bytes. */
	VPRIM_VFIO_CAP_RULE_RETRIES,
	/** EBADMSG [at]: a reply with CAPS that fits has no cap_offset, twice. */
	VPRIM_VFIO_CAP_RULE_NO_CHAIN,
};

/** @brief The rules of replies, and of queries for them; module "vfio_cap". */
VPRIM_API
extern const struct vprim_rules vprim_vfio_cap_rules;

/* Notes on a capability, and on a whole chain. */
#define VPRIM_VFIO_CAP_UNKNOWN 0x1u	/**< Its id means nothing here (P10). */
#define VPRIM_VFIO_CAP_REJECTED 0x2u	/**< Version 0: do not use it (P11). */
#define VPRIM_VFIO_CAP_DUPLICATE 0x4u	/**< A later one of its id, below 64 (P12). */
#define VPRIM_VFIO_CAP_OVERLAP 0x8u	/**< Areas overlap, or may well do so (P14). */
#define VPRIM_VFIO_CAP_UNSORTED 0x10u	/**< IOVA ranges are not ascending (P15). */

/** Only the first so many items of a list may be out of order: an IOVA range
 *  behind them that is not ascending is refused, and an area there that is not
 *  counts as overlapping. This bounds the work on hostile input. */
#define VPRIM_VFIO_CAP_UNSORTED_MAX 256u

/** @brief One capability, copied out. */
struct vprim_vfio_cap {
	uint16_t id;		/**< What it is, within the kind. */
	uint16_t version;	/**< Of its payload. */
	uint32_t offset;	/**< Its header, from the start of the info struct. */
	uint32_t next;		/**< The next header; 0 for none. */
	uint32_t extent_bytes;	/**< Up to the next header, or to the end. */
	uint32_t notes;		/**< VPRIM_VFIO_CAP_UNKNOWN and its like. */
	/** @cond private */
	/* private: */
	uint64_t seen_;		/* ids below 64 up to here */
	/** @endcond */
};

/** @brief A look at an info struct in the caller's memory. May be moved and copied. */
struct vprim_vfio_cap_view {
	struct vprim_vfio_cap_fixed fixed;	/**< The fixed part, copied out. */
	uint32_t nr_caps;	/**< Capabilities; set by vprim_vfio_cap_parse(). */
	uint32_t notes;		/**< All notes; set by vprim_vfio_cap_parse(). */
	uint32_t needed_bytes;	/**< CAPS is set but the bytes end before
				 *   cap_offset: argsz to come back with; else 0. */
	/** @cond private */
	/* private: */
	const uint8_t *buf_;
	uint32_t len_;
	uint32_t first_;
	uint32_t options_;
	enum vprim_vfio_cap_kind kind_;
	/** @endcond */
};
VPRIM_OBJECT(vfio_cap_view);

/**
 * @brief Look at an info struct: fixed part, and whether there is a chain.
 *
 * The chain itself is not looked at; vprim_vfio_cap_parse() does both.
 *
 * @param[out] view     The view; holds on to @p buf. Written only on success.
 * @param[in]  kind     Which info struct.
 * @param[in]  options  Byte order, STRICT, I386.
 * @param[in]  buf      The bytes as they came back, any alignment; they stay
 *                      where they are while the view is used.
 * @param[in]  bytes    Bytes that the caller really owns. What argsz claims
 *                      beyond is not believed (P16).
 * @param[out] why      Why it is refused; may be NULL.
 *
 * @retval 0          @p view is valid. Without CAPS it has no capabilities,
 *                    whatever cap_offset says (P2).
 * @retval -EINVAL    @p kind or @p options is unknown, or @p bytes or argsz is
 *                    below the minimum (P1).
 * @retval -EMSGSIZE  CAPS is set and cap_offset is 0: ask again with
 *                    why->value (P3).
 *
 * @par Source
 * Rules P1 to P3 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4)
int vprim_vfio_cap_view_init(struct vprim_vfio_cap_view *view,
			     enum vprim_vfio_cap_kind kind, uint32_t options,
			     const void *buf, size_t bytes,
			     struct vprim_reason *why);

/**
 * @brief Look at an info struct and check all of its chain.
 *
 * Linear in the bytes; a list out of order costs up to
 * #VPRIM_VFIO_CAP_UNSORTED_MAX comparisons an item.
 * What follows works without it: every later call checks again what it reads.
 *
 * @param[out] view     As for vprim_vfio_cap_view_init(). Written only on success.
 * @param[in]  kind     Which info struct.
 * @param[in]  options  Byte order, STRICT, I386.
 * @param[in]  buf      The bytes as they came back.
 * @param[in]  bytes    Bytes that the caller really owns.
 * @param[out] why      Where and why it is refused; may be NULL.
 *
 * @retval 0          Every rule holds.
 * @retval -EINVAL    As for vprim_vfio_cap_view_init().
 * @retval -EMSGSIZE  As for vprim_vfio_cap_view_init().
 * @retval -EBADMSG   The chain breaks the rule that @p why names.
 *
 * @par Source
 * Rules P1 to P19 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4)
int vprim_vfio_cap_parse(struct vprim_vfio_cap_view *view,
			 enum vprim_vfio_cap_kind kind, uint32_t options,
			 const void *buf, size_t bytes,
			 struct vprim_reason *why);

/**
 * @brief The first capability of the chain.
 *
 * @param[in]  view   A view.
 * @param[out] cap    The capability. Written only on success.
 * @param[out] why    Why it is refused; may be NULL.
 *
 * @retval 0         @p cap is valid: its header and its link are sound. Look at
 *                   its notes, and let a reader judge its payload.
 * @retval -ENOENT   There is none.
 * @retval -EBADMSG  cap_offset or the header breaks P4 to P7.
 *
 * @par Source
 * Rules P4 to P12 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_vfio_cap_first(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why);

/**
 * @brief The capability after @p cap. Constant time.
 *
 * @param[in]     view   A view.
 * @param[in,out] cap    In: what vprim_vfio_cap_first() or this gave. Out: the
 *                       next one. Written only on success.
 * @param[out]    why    Why it is refused; may be NULL.
 *
 * @retval 0         @p cap is valid, as for vprim_vfio_cap_first().
 * @retval -ENOENT   @p cap was the last.
 * @retval -EBADMSG  The next header breaks P5 to P7.
 * @retval -EINVAL   @p cap is not from this view.
 *
 * @par Source
 * Rules P5 to P12 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_vfio_cap_next(const struct vprim_vfio_cap_view *view,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why);

/**
 * @brief The first capability with this id that is not rejected.
 *
 * @param[in]  view   A view.
 * @param[in]  id     The id.
 * @param[out] cap    The capability. Written only on success.
 * @param[out] why    Why it is refused; may be NULL.
 *
 * @retval 0         @p cap is valid.
 * @retval -ENOENT   The chain is sound and has none.
 * @retval -EBADMSG  The chain is broken before one was found.
 *
 * @par Source
 * Rules P10 to P12 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_vfio_cap_find(const struct vprim_vfio_cap_view *view, uint16_t id,
			struct vprim_vfio_cap *cap,
			struct vprim_reason *why);

/**
 * @brief Check the payload of one capability.
 *
 * What is unknown or rejected has no payload to check and passes.
 *
 * @param[in]     view   A view.
 * @param[in,out] cap    A capability of it; gains the notes OVERLAP and UNSORTED.
 * @param[out]    why    Why it is refused; may be NULL.
 *
 * @retval 0         The payload is sound.
 * @retval -EBADMSG  It breaks P8, P9, P14 or P15.
 * @retval -EINVAL   @p cap is not from this view.
 *
 * @par Source
 * Rules P8 to P15 of @ref vfio_cap.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_vfio_cap_check(const struct vprim_vfio_cap_view *view,
			 struct vprim_vfio_cap *cap,
			 struct vprim_reason *why);

/**
 * @brief Read a capability as fields.
 *
 * What is a list or a string of bytes gives the number of its items or bytes; the
 * functions below read them.
 *
 * @param[in]  view   A view; I386 among its options names the layout of MIGRATION.
 * @param[in]  cap    A capability of it, with an id that is known.
 * @param[out] value  What it says. Written only on success.
 * @param[out] why    Why it is refused; may be NULL.
 *
 * @retval 0         @p value is valid.
 * @retval -EBADMSG  The payload breaks P8, P9 or P11.
 * @retval -EINVAL   @p cap is not from this view, or its id means nothing here.
 *
 * @par Source
 * linux/vfio.h, linux/vfio_zdev.h: the structs that the fields name. DMA_AVAIL is
 * 12 bytes with a kernel that does not round up, 16 with one that does.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_vfio_cap_read_value(const struct vprim_vfio_cap_view *view,
			      const struct vprim_vfio_cap *cap,
			      struct vprim_vfio_cap_value *value,
			      struct vprim_reason *why);

/**
 * @brief One area of SPARSE_MMAP.
 *
 * @param[in]  view   A region's view.
 * @param[in]  cap    A SPARSE_MMAP capability of it.
 * @param[in]  i      Which, from 0.
 * @param[out] area   The area, inside the region. Its size may be 0: skip it.
 *                    Written only on success.
 * @param[out] why    Why it is refused; may be NULL.
 *
 * @retval 0         @p area is valid.
 * @retval -EBADMSG  The payload breaks P8 or P11, or the area P14.
 * @retval -ENOENT   The payload is too small for so many areas.
 * @retval -EINVAL   @p cap is not such a capability of @p view.
 *
 * @par Source
 * struct vfio_region_sparse_mmap_area.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_vfio_cap_read_sparse_area(const struct vprim_vfio_cap_view *view,
				    const struct vprim_vfio_cap *cap, uint32_t i,
				    struct vprim_vfio_cap_area *area,
				    struct vprim_reason *why);

/** @brief A walk over what a region lets map; all zero before the first step. */
struct vprim_vfio_cap_mappable {
	/** @cond private */
	/* private: */
	uint32_t next_, nr_;
	bool begun_;
	struct vprim_vfio_cap cap_;
	/** @endcond */
};

/**
 * @brief The next part of a region that can be mapped.
 *
 * Nothing without #VPRIM_VFIO_CAP_REGION_MMAP; without SPARSE_MMAP the whole
 * region; else the areas that are not empty, as they stand in the list. Needs no
 * parse before: each step judges what it reads. All steps together are linear in
 * the bytes.
 *
 * @param[in]     view   A region's view.
 * @param[in,out] it     All zero, or as the step before left it. Changed only on
 *                       success.
 * @param[out]    area   The part: not empty, inside the region. Written only on
 *                       success.
 * @param[out]    why    Why it is refused; may be NULL.
 *
 * @retval 0         @p area is valid.
 * @retval -ENOENT   There is no more.
 * @retval -EBADMSG  The chain breaks P4 to P7, the payload P8 or P9, or the area
 *                   P14.
 * @retval -EINVAL   @p view is not of a region.
 *
 * @par Source
 * linux/vfio.h: VFIO_REGION_INFO_FLAG_MMAP, VFIO_REGION_INFO_CAP_SPARSE_MMAP.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_vfio_cap_mappable_next(const struct vprim_vfio_cap_view *view,
				 struct vprim_vfio_cap_mappable *it,
				 struct vprim_vfio_cap_area *area,
				 struct vprim_reason *why);

/**
 * @brief Whether a region is of this type: the search for a device region.
 *
 * Type and subtype must both match (P19). A region of type 1, GFX, is none of the PCI
 * vendor 1: that one's has bit 31 set.
 *
 * @param[in]  view     A region's view.
 * @param[in]  type     The type, or #VPRIM_VFIO_CAP_TYPE_PCI and a vendor.
 * @param[in]  subtype  The subtype.
 * @param[out] why      Why it is refused; may be NULL.
 *
 * @retval 0         It is.
 * @retval -ENOENT   It has another type, or none.
 * @retval -EBADMSG  The chain or the TYPE capability is broken.
 * @retval -EINVAL   @p view is not a region's.
 *
 * @par Source
 * Rule P19 of @ref vfio_cap; VFIO_REGION_TYPE_PCI_VENDOR_TYPE; QEMU
 * vfio_get_dev_region_info().
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_vfio_cap_match_type(const struct vprim_vfio_cap_view *view,
			      uint32_t type, uint32_t subtype,
			      struct vprim_reason *why);

/**
 * @brief One range of IOVA_RANGE, where it stands in the list.
 *
 * How the ranges lie to each other is for vprim_vfio_cap_check() to say, and for
 * vprim_vfio_cap_read_iova_ranges(), which takes all of them.
 *
 * @param[in]  view   A type1 view.
 * @param[in]  cap    An IOVA_RANGE capability of it.
 * @param[in]  i      Which, from 0.
 * @param[out] range  The range. Written only on success.
 * @param[out] why    Why it is refused; may be NULL.
 *
 * @retval 0         @p range is valid.
 * @retval -EBADMSG  The payload breaks P8 or P11, or the start is above the last
 *                   address (P15).
 * @retval -ENOENT   The payload is too small for so many ranges.
 * @retval -EINVAL   @p cap is not such a capability of @p view.
 *
 * @par Source
 * struct vfio_iova_range; its `end` is inclusive.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_vfio_cap_read_iova_range(const struct vprim_vfio_cap_view *view,
				   const struct vprim_vfio_cap *cap, uint32_t i,
				   struct vprim_range *range,
				   struct vprim_reason *why);

/**
 * @brief Read IOVA_RANGE, ascending and disjoint.
 *
 * In tolerant mode the first #VPRIM_VFIO_CAP_UNSORTED_MAX ranges may come in any
 * order and are sorted; in strict mode all must be ascending. Ranges that overlap
 * are refused in both.
 *
 * @param[in]  view      A type1 view.
 * @param[in]  cap       An IOVA_RANGE capability of it.
 * @param[out] ranges    Where they go; may be NULL when @p capacity is 0. Written
 *                       only on success, unless the bytes change during the call.
 * @param[in]  capacity  Ranges that @p ranges holds.
 * @param[out] nr        How many there are. Written on success and on -EMSGSIZE.
 * @param[out] why       Why it is refused; may be NULL.
 *
 * @retval 0          @p nr ranges are in @p ranges.
 * @retval -EMSGSIZE  @p nr is more than @p capacity.
 * @retval -EBADMSG   The payload breaks P8, P9, P11 or P15.
 * @retval -EINVAL    @p cap is not such a capability of @p view.
 *
 * @par Source
 * struct vfio_iova_range; its `end` is inclusive.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 5)
int vprim_vfio_cap_read_iova_ranges(const struct vprim_vfio_cap_view *view,
				    const struct vprim_vfio_cap *cap,
				    struct vprim_range *ranges, uint32_t capacity,
				    uint32_t *nr,
				    struct vprim_reason *why);

/**
 * @brief Read ZPCI_UTIL or ZPCI_PFIP: a string of bytes.
 *
 * @param[in]  view      A device's view.
 * @param[in]  cap       A ZPCI_UTIL or ZPCI_PFIP capability of it.
 * @param[out] bytes     Where they go; may be NULL when @p capacity is 0. Written
 *                       only on success.
 * @param[in]  capacity  Bytes that @p bytes holds.
 * @param[out] size      How many there are. Written on success and on -EMSGSIZE.
 * @param[out] why       Why it is refused; may be NULL.
 *
 * @retval 0          @p size bytes are in @p bytes.
 * @retval -EMSGSIZE  @p size is more than @p capacity.
 * @retval -EBADMSG   The payload breaks P8, P9 or P11.
 * @retval -EINVAL    @p cap is not such a capability of @p view.
 *
 * @par Source
 * struct vfio_device_info_cap_zpci_util, struct vfio_device_info_cap_zpci_pfip.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 5)
int vprim_vfio_cap_read_zpci_bytes(const struct vprim_vfio_cap_view *view,
				   const struct vprim_vfio_cap *cap,
				   void *bytes, size_t capacity, uint32_t *size,
				   struct vprim_reason *why);

/**
 * @brief The name of a capability, such as "SPARSE_MMAP".
 * @param[in] kind  Which info struct.
 * @param[in] id    The id.
 * @return A constant, or NULL when the id means nothing here.
 */
VPRIM_API const char *vprim_vfio_cap_name(enum vprim_vfio_cap_kind kind,
					  uint16_t id);
/** @} */

VPRIM_END_DECLS

#endif
