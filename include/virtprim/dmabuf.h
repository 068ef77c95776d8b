/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file dmabuf.h
 * @brief DMABUF revoke: who may still reach a device's memory, and when nobody does.
 *
 * A device (the exporter) lends its memory as a buffer. Others (the importers)
 * attach to the buffer, learn its physical address and put that into IOMMU page
 * tables. Before the device is reset, put to sleep or taken away, the exporter
 * says "stop", and must not go on before no importer can reach the memory. This
 * module holds the rules of that conversation as three machines: the exporter's
 * buffer, the importer's pages, and the (area, domain) pair that is one entry
 * in one IOMMU domain. @ref dmabuf has their pictures.
 *
 * The sequences call the machines in the right order, each under the locks that it
 * needs: vprim_dmabuf_run() for an event of a device, vprim_dmabuf_pages_fill() and
 * its like for an importer. What locks, waits, or touches hardware is the caller's,
 * as struct vprim_dmabuf_ops.
 *
 * Never waits by itself, never allocates. Other functions name the locks their
 * caller must hold, and so do fields that may be read, of these, which are taken in
 * this order:
 *
 * | lock | protects |
 * |---|---|
 * | MEMORY: the device's memory_lock, for writing | the device, its list of buffers, whether its memory is enabled |
 * | RESV: the buffer's dma_resv | the exporter's machine: state, attachments, counts |
 * | PAGES: the importer's mutex | the importer's machine: physical address, tracked pairs |
 *
 * MEMORY may be held for several devices at once, RESV and PAGES for one object
 * each. A debug hook (struct vprim_dmabuf_debug) is told what every call
 * relies on, so that a shim can check it. Functions that name no lock are pure.
 *
 * Objects are the caller's memory. Their sizes are those of 64-bit hosts; what may be
 * read of them is public, and nothing but where it says so may be written.
 */
#ifndef VIRTPRIM_DMABUF_H
#define VIRTPRIM_DMABUF_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/** @brief Why a call is refused; a comment gives the errno and what is filled. */
enum vprim_dmabuf_rule {
	/** EINVAL: the buffer is not made, or is freed. */
	VPRIM_DMABUF_RULE_GONE = 0x900,
	/** EINVAL: the buffer is made already. */
	VPRIM_DMABUF_RULE_MADE,
	/** EINVAL: no revoke was begun. */
	VPRIM_DMABUF_RULE_NOT_REVOKED,
	/** ENOENT: no acknowledgement is due. */
	VPRIM_DMABUF_RULE_NOT_DUE,
	/** EBUSY: an attachment is left. */
	VPRIM_DMABUF_RULE_ATTACHED,
	/** EBUSY: a revoke is under way. */
	VPRIM_DMABUF_RULE_DRAINING,
	/** EBUSY: an acknowledgement or a mapping is out. */
	VPRIM_DMABUF_RULE_NOT_DRAINED,
	/** EINVAL: the importer has no device. */
	VPRIM_DMABUF_RULE_NO_DEVICE,
	/** EOPNOTSUPP: the importer does not take device memory. */
	VPRIM_DMABUF_RULE_PEER2PEER,
	/** EOPNOTSUPP: the importer cannot be told to stop. */
	VPRIM_DMABUF_RULE_REVOCABLE,
	/** ENODEV: the buffer is revoked or dead. */
	VPRIM_DMABUF_RULE_REVOKED,
	/** EOPNOTSUPP: the exporter tells no physical address. */
	VPRIM_DMABUF_RULE_ADDRESS,
	/** EOPNOTSUPP: the buffer is more than one physical range. */
	VPRIM_DMABUF_RULE_PIECES,
	/** EBUSY: a mapping is out. */
	VPRIM_DMABUF_RULE_MAPPED,
	/** EBUSY: a pin is out. */
	VPRIM_DMABUF_RULE_PINNED,
	/** EBUSY: an acknowledgement is due. */
	VPRIM_DMABUF_RULE_DUE,
	/** ENOENT: no mapping is out. */
	VPRIM_DMABUF_RULE_NOT_MAPPED,
	/** ENOENT: no pin is out. */
	VPRIM_DMABUF_RULE_NOT_PINNED,
	/** ENODEV: the pages are given an attachment without a buffer. */
	VPRIM_DMABUF_RULE_NO_BUFFER,
	/** EINVAL: the pages know no address yet. */
	VPRIM_DMABUF_RULE_NO_ADDRESS,
	/** EINVAL: the pages know an address already. */
	VPRIM_DMABUF_RULE_HAS_ADDRESS,
	/** EINVAL: the pages are released. */
	VPRIM_DMABUF_RULE_RELEASED,
	/** EINVAL: the pages are being released. */
	VPRIM_DMABUF_RULE_RELEASING,
	/** EINVAL: no release was begun. */
	VPRIM_DMABUF_RULE_NOT_RELEASING,
	/** EBUSY: pairs are tracked. */
	VPRIM_DMABUF_RULE_TRACKED,
	/** EEXIST: the area is in the domain. */
	VPRIM_DMABUF_RULE_FILLED,
	/** EINVAL: the pair is not in the IOMMU. */
	VPRIM_DMABUF_RULE_NOT_FILLED,
	/** EINVAL [value]: event V is none here. */
	VPRIM_DMABUF_RULE_EVENT,
	/** EINVAL: it is not attached. */
	VPRIM_DMABUF_RULE_NOT_ATTACHED,
	/** EINVAL [value]: flags V are unknown. */
	VPRIM_DMABUF_RULE_FLAGS,
	/** EINVAL: there are no ranges. */
	VPRIM_DMABUF_RULE_NO_RANGES,
	/** EOVERFLOW [range]: up to range R the sizes leave 64 bits. */
	VPRIM_DMABUF_RULE_SIZES,
	/** ENODEV: the device takes no new buffers. */
	VPRIM_DMABUF_RULE_GOING,
	/** EINVAL [value]: V is no event of a device. */
	VPRIM_DMABUF_RULE_TRIGGER,
	/** EINVAL: there are no devices. */
	VPRIM_DMABUF_RULE_NO_DEVICES,
	/** EINVAL [value]: a shim takes less than V devices at once. */
	VPRIM_DMABUF_RULE_MANY_DEVICES,
	/** EINVAL: a device is there twice. */
	VPRIM_DMABUF_RULE_TWICE,
	/** EBUSY: a buffer can still be reached. */
	VPRIM_DMABUF_RULE_REACHED,
	/** EINVAL [at]: a length is 0; of part A, where there are several. */
	VPRIM_DMABUF_RULE_EMPTY,
	/** EOVERFLOW [value, at]: the bytes from V on go past 2^64-1; of part
	 * A, where there are several. */
	VPRIM_DMABUF_RULE_WRAP,
	/** EINVAL [range, value]: slice R ends behind the V bytes of what it is
	 * cut from. */
	VPRIM_DMABUF_RULE_BEYOND,
	/** EINVAL [value]: page size V is not a power of two. */
	VPRIM_DMABUF_RULE_PAGE,
	/** EOPNOTSUPP: the driver does not export. */
	VPRIM_DMABUF_RULE_NO_EXPORT,
	/** ENODEV [value]: region V is no BAR. */
	VPRIM_DMABUF_RULE_REGION,
	/** ENODEV: the driver could not claim the BAR. */
	VPRIM_DMABUF_RULE_UNCLAIMED,
	/** EINVAL [at]: part A is not of whole pages. */
	VPRIM_DMABUF_RULE_PART_PAGES,
	/** EINVAL: the parts have 2^63 bytes or more together. */
	VPRIM_DMABUF_RULE_TOTAL,
	/** EINVAL: the BAR has no peer-to-peer provider. */
	VPRIM_DMABUF_RULE_PROVIDER,
	/** EINVAL [range, hit, at]: part A, at R, ends behind BAR H. */
	VPRIM_DMABUF_RULE_BAR,
	/** EINVAL [value]: alignment V is not a power of two. */
	VPRIM_DMABUF_RULE_ALIGNMENT,
	/** EBADF: the descriptor is nothing. */
	VPRIM_DMABUF_RULE_FD,
	/** EINVAL: the slice has 2^32-1 pages or more. */
	VPRIM_DMABUF_RULE_PAGES,
	/** The callback's errno [value]: the attach failed with errno V, which
	 * is passed on. */
	VPRIM_DMABUF_RULE_ATTACH,
	/** EINVAL [value, at]: V is not a multiple of alignment A. */
	VPRIM_DMABUF_RULE_UNALIGNED,
	/** EINVAL [range]: I/O addresses R meet a reserved range. */
	VPRIM_DMABUF_RULE_RESERVED,
	/** EEXIST [range]: I/O addresses R meet an area. */
	VPRIM_DMABUF_RULE_TAKEN,
	/** EPERM: a pin for writing of what may only be read. */
	VPRIM_DMABUF_RULE_READ_ONLY,
	/** EINVAL: a dma-buf has no struct pages. */
	VPRIM_DMABUF_RULE_NO_PAGES,
	/** EOPNOTSUPP: an area of a dma-buf is not cut. */
	VPRIM_DMABUF_RULE_NO_SPLIT,
	/** EINVAL [value]: access V is none. */
	VPRIM_DMABUF_RULE_ACCESS,
	/** The callback's errno [value]: the domain's map failed with errno V,
	 * which is passed on. */
	VPRIM_DMABUF_RULE_BACKEND,
};

/** @brief All rules of this module; module "dmabuf". */
VPRIM_API
extern const struct vprim_rules vprim_dmabuf_rules;

/** @name The table
 * The three machines as data: what the calls further down do, in one place.
 * @{ */

/** @brief The machines. */
enum vprim_dmabuf_machine {
	VPRIM_DMABUF_EXPORTER,	/**< A buffer; states ::vprim_dmabuf_exporter_state. */
	VPRIM_DMABUF_IMPORTER,	/**< Pages; states ::vprim_dmabuf_importer_state. */
	VPRIM_DMABUF_PAIR,	/**< (area, domain); states ::vprim_dmabuf_pair_state. */
	VPRIM_DMABUF_MACHINES	/**< How many there are. */
};

/** @brief States of a buffer. */
enum vprim_dmabuf_exporter_state {
	VPRIM_DMABUF_EXPORTER_NONE,	/**< Not made yet. */
	VPRIM_DMABUF_EXPORTER_LIVE,	/**< May be attached and mapped. */
	VPRIM_DMABUF_EXPORTER_REVOKED,	/**< Withdrawn; may come back. */
	VPRIM_DMABUF_EXPORTER_DEAD,	/**< Withdrawn for good: the device is gone. */
	VPRIM_DMABUF_EXPORTER_FREED,	/**< Its last reference is gone. */
	VPRIM_DMABUF_EXPORTER_STATES	/**< How many there are. */
};

/** @brief States of an importer's pages. */
enum vprim_dmabuf_importer_state {
	VPRIM_DMABUF_IMPORTER_NONE,	/**< Knows no physical address yet. */
	VPRIM_DMABUF_IMPORTER_LIVE,	/**< Knows one and may map it. */
	VPRIM_DMABUF_IMPORTER_REVOKED,	/**< Told to forget it; final until release. */
	VPRIM_DMABUF_IMPORTER_RELEASED,	/**< Detached and done. */
	VPRIM_DMABUF_IMPORTER_STATES	/**< How many there are. */
};

/** @brief States of a pair. */
enum vprim_dmabuf_pair_state {
	VPRIM_DMABUF_PAIR_ABSENT,	/**< Not tracked. */
	VPRIM_DMABUF_PAIR_MAPPED,	/**< Tracked, and in the IOMMU. */
	VPRIM_DMABUF_PAIR_UNMAPPED,	/**< Tracked, and not in the IOMMU. */
	VPRIM_DMABUF_PAIR_STATES	/**< How many there are. */
};

/** @brief What happens to a machine. */
enum vprim_dmabuf_event {
	VPRIM_DMABUF_ON_CREATE,		/**< Exporter: the buffer is made. */
	VPRIM_DMABUF_ON_REVOKE,		/**< Exporter: withdraw, for now. */
	VPRIM_DMABUF_ON_ACKNOWLEDGE,	/**< Exporter: an importer has handled its notification. */
	VPRIM_DMABUF_ON_COMPLETE,	/**< Exporter: is the revoke over? */
	VPRIM_DMABUF_ON_UNREVOKE,	/**< Exporter: open again, if memory is on. All: it did. */
	VPRIM_DMABUF_ON_CLEANUP,	/**< Exporter: withdraw for good. */
	VPRIM_DMABUF_ON_RELEASE,	/**< Exporter: the last file reference is gone. Importer: no user is left. */
	VPRIM_DMABUF_ON_ATTACH,		/**< Exporter: an importer comes. */
	VPRIM_DMABUF_ON_DETACH,		/**< Exporter: an importer goes. */
	VPRIM_DMABUF_ON_MAP,		/**< Exporter: an importer maps (scatter list). */
	VPRIM_DMABUF_ON_PHYS_MAP,	/**< Exporter: an importer asks for the physical address. */
	VPRIM_DMABUF_ON_UNMAP,		/**< Exporter: an importer gives a mapping back. */
	VPRIM_DMABUF_ON_PIN,		/**< Exporter: an importer pins. */
	VPRIM_DMABUF_ON_UNPIN,		/**< Exporter: an importer unpins. */
	VPRIM_DMABUF_ON_MAP_FILE,	/**< Importer: take the physical address. */
	VPRIM_DMABUF_ON_FILL,		/**< Importer, pair: an area meets a domain. */
	VPRIM_DMABUF_ON_FILL_FAILED,	/**< Pair: the IOMMU refused. */
	VPRIM_DMABUF_ON_UNFILL,		/**< Importer, pair: an area leaves a domain. */
	VPRIM_DMABUF_ON_NOTIFY,		/**< Importer, pair: the exporter's notification. */
	VPRIM_DMABUF_ON_FINISH,		/**< Importer: detach has returned. */
	VPRIM_DMABUF_EVENTS		/**< How many there are. */
};

/** @brief What a transition may ask about, as bits. */
enum vprim_dmabuf_fact {
	VPRIM_DMABUF_IF_MEMORY = 1 << 0,	/**< The device is open and its memory enabled. */
	VPRIM_DMABUF_IF_DRAINING = 1 << 1,	/**< A revoke began and has not completed. */
	VPRIM_DMABUF_IF_DRAINED = 1 << 2,	/**< All acknowledged, no counted mapping left. */
	VPRIM_DMABUF_IF_ATTACHED = 1 << 3,	/**< Exporter: has attachments. Importer: is one. */
	VPRIM_DMABUF_IF_PHYSICAL = 1 << 4,	/**< The exporter tells physical addresses. */
	VPRIM_DMABUF_IF_CONTIGUOUS = 1 << 5,	/**< The buffer is one physical range. */
	VPRIM_DMABUF_IF_DEVICE = 1 << 6,	/**< The importer came with a device. */
	VPRIM_DMABUF_IF_PEER2PEER = 1 << 7,	/**< The importer takes device memory, or it is none. */
	VPRIM_DMABUF_IF_REVOCABLE = 1 << 8,	/**< The importer can be told to stop, or need not be. */
	VPRIM_DMABUF_IF_COUNTED = 1 << 9,	/**< The importer gives each mapping back itself. */
	VPRIM_DMABUF_IF_MAPPED = 1 << 10,	/**< The attachment has a mapping. */
	VPRIM_DMABUF_IF_PINNED = 1 << 11,	/**< The attachment has a pin. */
	VPRIM_DMABUF_IF_DUE = 1 << 12,		/**< The attachment owes an acknowledgement. */
	VPRIM_DMABUF_IF_OPEN = 1 << 13,		/**< Importer: the exporter is LIVE. Pair: the pages are. */
	VPRIM_DMABUF_IF_TRACKED = 1 << 14,	/**< The pages track pairs. */
	VPRIM_DMABUF_IF_RELEASING = 1 << 15,	/**< Release of the pages has begun. */
	VPRIM_DMABUF_FACTS = 16			/**< How many bits there are. */
};

/**
 * @brief What is to be done, as bits; lower bits first.
 *
 * The library itself does the bookkeeping among them (marked *kept*); the rest it
 * asks for through struct vprim_dmabuf_ops and struct vprim_dmabuf_domain_ops.
 */
enum vprim_dmabuf_action {
	VPRIM_DMABUF_DO_ARM = 1 << 0,		  /**< Kept: take the base reference. */
	VPRIM_DMABUF_DO_LIST = 1 << 1,		  /**< Kept: put the buffer on the device's list. */
	VPRIM_DMABUF_DO_SET_REVOKED = 1 << 2,	  /**< Kept: refuse attach and map from now on. */
	VPRIM_DMABUF_DO_NOTIFY = 1 << 3,	  /**< Call every importer that is due. */
	VPRIM_DMABUF_DO_DROP_BASE = 1 << 4,	  /**< Kept: drop the base reference. */
	VPRIM_DMABUF_DO_WAIT = 1 << 5,		  /**< Wait until it has completed. */
	VPRIM_DMABUF_DO_CLEAR_REVOKED = 1 << 6,	  /**< Kept: allow attach and map again. */
	VPRIM_DMABUF_DO_ADD_ATTACHMENT = 1 << 7,  /**< Kept. */
	VPRIM_DMABUF_DO_COUNT_MAPPING = 1 << 8,	  /**< Kept: one mapping more. */
	VPRIM_DMABUF_DO_DROP_MAPPING = 1 << 9,	  /**< Kept: one fewer; on acknowledge, all. */
	VPRIM_DMABUF_DO_PIN = 1 << 10,		  /**< Kept: one pin more. */
	VPRIM_DMABUF_DO_ACKNOWLEDGE = 1 << 11,	  /**< Kept: nothing is due any more. */
	VPRIM_DMABUF_DO_COMPLETE = 1 << 12,	  /**< Kept: the revoke is over. */
	VPRIM_DMABUF_DO_UNLIST = 1 << 13,	  /**< Kept: take the buffer off the device's list. */
	VPRIM_DMABUF_DO_CLEAR_DEVICE = 1 << 14,	  /**< Kept: forget the device. */
	VPRIM_DMABUF_DO_PUT_REGISTRATION = 1 << 15, /**< Kept: one registration of the device fewer. */
	VPRIM_DMABUF_DO_STORE_PHYS = 1 << 16,	  /**< Kept: remember the physical address. */
	VPRIM_DMABUF_DO_UNMAP_PAIRS = 1 << 17,	  /**< Unmap each pair. */
	VPRIM_DMABUF_DO_CLEAR_PHYS = 1 << 18,	  /**< Kept: forget the physical address. */
	VPRIM_DMABUF_DO_PHYS_UNMAP = 1 << 19,	  /**< Give the mapping back to the exporter. */
	VPRIM_DMABUF_DO_UNPIN = 1 << 20,	  /**< Unpin, under RESV. */
	VPRIM_DMABUF_DO_DETACH = 1 << 21,	  /**< Detach, without PAGES. */
	VPRIM_DMABUF_DO_REMOVE_ATTACHMENT = 1 << 22, /**< Kept. */
	VPRIM_DMABUF_DO_TRACK = 1 << 23,	  /**< Kept: put the pair on the pages' list. */
	VPRIM_DMABUF_DO_IOMMU_MAP = 1 << 24,	  /**< Map the pair in the domain. */
	VPRIM_DMABUF_DO_IOMMU_UNMAP = 1 << 25,	  /**< Unmap the pair, IOTLB sync included. */
	VPRIM_DMABUF_DO_UNTRACK = 1 << 26,	  /**< Kept: take the pair off the list. */
	VPRIM_DMABUF_DO_FREE = 1 << 27,		  /**< The memory may go back to whom it belongs. */
	VPRIM_DMABUF_ACTIONS = 28		  /**< How many bits there are. */
};

/**
 * @brief One transition: a row of the table.
 *
 * A row answers when the machine, state and event are its own, all facts in
 * @c need hold and none in @c lack does. Rows are asked in order; the first that
 * fits answers.
 */
struct vprim_dmabuf_transition {
	uint8_t machine;	/**< ::vprim_dmabuf_machine. */
	uint8_t state;		/**< State before. */
	uint8_t event;		/**< ::vprim_dmabuf_event. */
	uint8_t next;		/**< State after; the same after an error. */
	uint32_t need;		/**< Facts that must hold, ::vprim_dmabuf_fact. */
	uint32_t lack;		/**< Facts that must not. */
	uint32_t actions;	/**< What to do, ::vprim_dmabuf_action. */
	int error;		/**< 0, or the negative errno to answer with. */
	unsigned int why;	/**< 0, or the ::vprim_dmabuf_rule that refuses. */
};

/**
 * @brief All transitions.
 *
 * @param[out] count  How many; may be NULL.
 * @return The first; lives as long as the program.
 *
 * @par Source
 * Linux drivers/vfio/pci/vfio_pci_dmabuf.c and the DMABUF part of
 * drivers/iommu/iommufd/pages.c; their calls as rows of a table are libvirtprim's own rule.
 */
VPRIM_API const struct vprim_dmabuf_transition *vprim_dmabuf_transitions(size_t *count);

/**
 * @brief Ask the table.
 *
 * Pure. Every machine answers all events that it has in each of its states.
 *
 * @param[in] machine  Which machine.
 * @param[in] state    Its state.
 * @param[in] event    What happens.
 * @param[in] facts    What holds, ::vprim_dmabuf_fact; bits that no row asks for do
 *                     not matter.
 * @return The row that answers; look at its @c error. NULL when the machine has no
 *         such state or event.
 *
 * @par Source
 * As vprim_dmabuf_transitions().
 */
VPRIM_API const struct vprim_dmabuf_transition *
vprim_dmabuf_decide(enum vprim_dmabuf_machine machine, unsigned int state,
		    enum vprim_dmabuf_event event, uint32_t facts);

/** @brief What vprim_dmabuf_name() has names for. */
enum vprim_dmabuf_names {
	VPRIM_DMABUF_NAME_EXPORTER,	/**< A buffer's state: "REVOKED". Numbered as its machine. */
	VPRIM_DMABUF_NAME_IMPORTER,	/**< A state of pages. Numbered as their machine. */
	VPRIM_DMABUF_NAME_PAIR,		/**< A pair's state. Numbered as its machine. */
	VPRIM_DMABUF_NAME_MACHINE,	/**< A machine: "exporter". */
	VPRIM_DMABUF_NAME_EVENT,	/**< An event: "unrevoke". */
	VPRIM_DMABUF_NAME_FACT,		/**< The number of a fact's bit: "memory". */
	VPRIM_DMABUF_NAME_ACTION,	/**< The number of an action's bit: "NOTIFY". */
	VPRIM_DMABUF_NAME_TRIGGER	/**< An event of a device: "hot_reset". */
};

/**
 * @brief The name of a state, an event, or another number of this header.
 * @param[in] of      What is to be named.
 * @param[in] number  Which one.
 * @return The name, or NULL when there is none.
 */
VPRIM_API const char *vprim_dmabuf_name(enum vprim_dmabuf_names of,
					unsigned int number);
/** @} */

/** @name Locks
 * @{ */

/** @brief The locks, in the order in which they are taken. */
enum vprim_dmabuf_lock {
	VPRIM_DMABUF_LOCK_MEMORY,	/**< A struct vprim_dmabuf_device's, for writing. */
	VPRIM_DMABUF_LOCK_RESV,		/**< A struct vprim_dmabuf's. */
	VPRIM_DMABUF_LOCK_PAGES		/**< A struct vprim_dmabuf_pages'. */
};

/**
 * @brief A hook that is told what each call relies on.
 *
 * For debugging: the functions work the same without it. It is called before
 * anything is changed, with the locks that the call names, and calls nothing here
 * but what names no lock.
 */
struct vprim_dmabuf_debug {
	/** The caller must (@c held) or must not (not @c held) hold this lock of @c object. */
	void (*check)(void *ctx, enum vprim_dmabuf_lock lock,
		      const void *object, bool held);
	void *ctx;	/**< Handed to @c check. */
};
/** @} */

/** @name Devices
 * @{ */

struct vprim_dmabuf;
struct vprim_dmabuf_attachment;
struct vprim_dmabuf_pages;

/**
 * @brief The device whose memory is lent: 88 bytes.
 *
 * May be moved in memory while no buffer is listed on it.
 */
struct vprim_dmabuf_device {
	/** Its memory answers. Set by vprim_dmabuf_run() and by the caller, under MEMORY. */
	bool memory_on;
	bool open;	/**< Somebody has it open; else @c memory_on means nothing. As above. */
	bool going;	/**< It takes no new buffers. As above. */
	/** @cond internal */
	/* private: */
	uint8_t off;	/* reasons why the memory does not answer */
	/** @endcond */
	uint64_t registrations;		/**< How many buffers hold one; at 0 it may go. MEMORY. */
	struct vprim_dmabuf *buffers;	/**< The first buffer, or none. MEMORY. */
	/** @cond internal */
	/* private: */
	const struct vprim_dmabuf_debug *debug;
	uint64_t reserved_[7];
	/** @endcond */
};
VPRIM_OBJECT(dmabuf_device);

/**
 * @brief Make a device with no buffers, closed, its memory off.
 *
 * @param[out] device             The device.
 * @param[in]  device_size_bytes  `sizeof(*device)` as the caller compiled it.
 * @param[in]  debug              Hook for it and its buffers; may be NULL. Must
 *                                outlive them.
 *
 * @retval 0        @p device is ready.
 * @retval -EINVAL  @p device_size_bytes is not the library's: header and library
 *                  do not fit together.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_device_init(struct vprim_dmabuf_device *device,
			     size_t device_size_bytes,
			     const struct vprim_dmabuf_debug *debug);

/**
 * @brief Whether the hardware may be touched: reset, put to sleep, taken away.
 *
 * The one question with the one answer: yes, when no buffer of the device can be
 * reached through any importer. Locks: MEMORY.
 *
 * @param[in] device  The device.
 * @return true when the revoke or cleanup of every buffer has completed.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_dmabuf_device_may_act(const struct vprim_dmabuf_device *device);
/** @} */

/** @name Buffers
 * @{ */

/** @brief What a buffer lends. */
struct vprim_dmabuf_layout {
	const struct vprim_range *ranges; /**< Physical ranges; must outlive the buffer. */
	size_t nr_ranges;		  /**< How many, at least 1. */
	bool physical;			  /**< Importers may ask for the address. */
	/**
	 * It is the system's memory and no device's: an importer need not take
	 * device memory, and one without a callback may keep what it has mapped and
	 * pinned. A revoke then waits until it lets go.
	 */
	bool system;
};

/** @brief A buffer: 160 bytes. May not be moved in memory before it is FREED. */
struct vprim_dmabuf {
	struct vprim_dmabuf_device *device;	/**< Its device; none after cleanup. MEMORY. */
	struct vprim_dmabuf *next;		/**< The next on its device's list, or none. MEMORY. */
	struct vprim_dmabuf_attachment *attachments; /**< The first, or none. RESV. */
	uint64_t size_bytes;			/**< Bytes that it lends. */
	enum vprim_dmabuf_exporter_state state;	/**< State. MEMORY or RESV. */
	bool draining;	/**< A revoke or cleanup began and has not completed. MEMORY or RESV. */
	/** @cond internal */
	/* private: */
	struct vprim_dmabuf *prev;	/* of the first: the last */
	const struct vprim_dmabuf_debug *debug;
	struct vprim_dmabuf_layout layout;
	uint64_t refs;		/* the base reference and counted mappings */
	uint64_t due;		/* acknowledgements that are missing */
	uint64_t nr_attachments;
	uint64_t reserved_[7];
	/** @endcond */
};
VPRIM_OBJECT(dmabuf);

/**
 * @brief Make a buffer and list it on its device. Locks: MEMORY.
 *
 * LIVE when the device is open with its memory on, else REVOKED. Reading that
 * and listing the buffer is one step under one lock. Takes a registration.
 *
 * @param[out] buf             The buffer. Not touched on failure.
 * @param[in]  buf_size_bytes  `sizeof(*buf)` as the caller compiled it.
 * @param[in]  device          Its device. Must outlive the buffer's stay there.
 * @param[in]  layout          What it lends; copied.
 * @param[out] why             The rule that refused; may be NULL.
 *
 * @retval 0           The buffer is listed.
 * @retval -EINVAL     There are no ranges, one has its start above its last, or
 *                     @p buf_size_bytes is not the library's.
 * @retval -EOVERFLOW  The sizes of the ranges do not add up in 64 bits.
 * @retval -ENODEV     The device takes no new buffers.
 *
 * @par Source
 * Linux vfio_pci_core_feature_dma_buf(), its part under memory_lock.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 3, 4) VPRIM_MUST_CHECK
int vprim_dmabuf_init(struct vprim_dmabuf *buf, size_t buf_size_bytes,
		      struct vprim_dmabuf_device *device,
		      const struct vprim_dmabuf_layout *layout,
		      struct vprim_reason *why);

/**
 * @brief One step of a revoke, for who cannot wait. Locks: MEMORY, RESV.
 *
 * vprim_dmabuf_run() does all of them. A program with a loop of its own takes them one
 * by one and touches the hardware when vprim_dmabuf_device_may_act() says so:
 *
 * | step | does |
 * |---|---|
 * | #VPRIM_DMABUF_ON_REVOKE | refuses attach and map from here on; every attachment is @c due. Nothing when it is revoked |
 * | #VPRIM_DMABUF_ON_CLEANUP | the same for good: DEAD. One that had been revoked leaves its device at once, and nobody is told twice |
 * | #VPRIM_DMABUF_ON_COMPLETE | whether that is over: all have acknowledged and no counted mapping is out. A DEAD buffer leaves its device |
 * | #VPRIM_DMABUF_ON_UNREVOKE | opens it again if it is REVOKED, its device open and the memory on. Importers that were told to stop stay stopped |
 *
 * @param[in,out] buf    The buffer.
 * @param[in]     event  Which step.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        Done, or nothing to do.
 * @retval -EBUSY   Complete: an acknowledgement or a mapping is out; ask again.
 *                  Un-revoke: the revoke has not completed.
 * @retval -EINVAL  @p buf is FREED, or @p event is none of these. Complete: @p buf is
 *                  LIVE.
 *
 * @par Source
 * Linux vfio_pci_dma_buf_move(), with the wait of "vfio: Wait for dma-buf
 * invalidation to complete"; vfio_pci_dma_buf_cleanup(), with the fixes that made it
 * go through the idempotent revoke and come before the function is disabled. Where
 * Linux waits, this answers.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_step(struct vprim_dmabuf *buf, enum vprim_dmabuf_event event,
		      struct vprim_reason *why);

/**
 * @brief The last file reference is gone. Locks: MEMORY, if the buffer has a device.
 *
 * @param[in,out] buf  The buffer; FREED afterwards.
 * @param[out]    why  The rule that refused; may be NULL.
 *
 * @retval 0        The memory of @p buf is the caller's again.
 * @retval -EBUSY   It has attachments, each of which holds a file reference, or
 *                  a revoke is under way.
 * @retval -EINVAL  @p buf is FREED.
 *
 * @par Source
 * Linux vfio_pci_dma_buf_release().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_release(struct vprim_dmabuf *buf,
			 struct vprim_reason *why);
/** @} */

/** @name Attachments
 * @{ */

/** @brief What an importer brings along, as bits. */
enum vprim_dmabuf_attach_flag {
	VPRIM_DMABUF_ATTACH_DEVICE = 1 << 0,	/**< A device (a dummy will do). */
	VPRIM_DMABUF_ATTACH_PEER2PEER = 1 << 1,	/**< It takes device memory. */
	VPRIM_DMABUF_ATTACH_REVOCABLE = 1 << 2,	/**< It has an invalidate callback. */
	/**
	 * It gives every mapping back by itself, maybe long after the callback.
	 * Without this bit its callback leaves nothing mapped when it returns.
	 */
	VPRIM_DMABUF_ATTACH_COUNTED = 1 << 3
};

/**
 * @brief One importer at one buffer: 80 bytes.
 *
 * May not be moved in memory while attached. What may be read: RESV.
 */
struct vprim_dmabuf_attachment {
	struct vprim_dmabuf *buf;	/**< Its buffer; none when it is not attached. */
	struct vprim_dmabuf_attachment *next; /**< The next of the buffer, or none. */
	uint64_t mappings;		/**< Mappings that are out. */
	uint64_t pins;			/**< Pins that are out. */
	bool due;			/**< It owes an acknowledgement. */
	/** @cond internal */
	/* private: */
	uint32_t flags;
	struct vprim_dmabuf_attachment *prev;	/* of the first: the last */
	uint64_t reserved_[4];
	/** @endcond */
};
VPRIM_OBJECT(dmabuf_attachment);

/**
 * @brief Attach an importer. Locks: RESV.
 *
 * @param[in,out] buf     The buffer.
 * @param[out]    attach  The attachment; the caller's until detached. Not
 *                        touched on failure.
 * @param[in]     flags   ::vprim_dmabuf_attach_flag.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * Asked in this order: a device, device memory, the buffer's state, revocable; of
 * system memory only the first and the third.
 *
 * @retval 0            Attached; will be notified of a revoke.
 * @retval -EINVAL      A flag is unknown, the importer has no device, or the
 *                      buffer is FREED.
 * @retval -EOPNOTSUPP  It does not take device memory, or cannot be revoked.
 * @retval -ENODEV      The buffer is revoked or dead.
 *
 * @par Source
 * Linux dma_buf_dynamic_attach() and vfio_pci_dma_buf_attach() with
 * dma_buf_attach_revocable().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_dmabuf_attach(struct vprim_dmabuf *buf,
			struct vprim_dmabuf_attachment *attach, uint32_t flags,
			struct vprim_reason *why);

/**
 * @brief Detach an importer. Locks: RESV, which the dma-buf core takes; so not
 *        the importer's own, and never PAGES.
 *
 * @param[in,out] attach  The attachment. Afterwards it is never notified again
 *                        and its memory is the caller's.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0        Detached.
 * @retval -EINVAL  @p attach is not attached.
 * @retval -EBUSY   It has mappings or pins, or owes an acknowledgement.
 *
 * @par Source
 * Linux dma_buf_detach().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_detach(struct vprim_dmabuf_attachment *attach,
			struct vprim_reason *why);

/**
 * @brief Map the buffer. Locks: RESV.
 *
 * @param[in,out] attach  The attachment; one mapping more.
 * @param[out]    phys    Where the memory is, as one range. Written only on success.
 *                        NULL maps the ranges of the buffer's layout, as a list.
 * @param[out]    why     The rule that refused; may be NULL.
 *
 * @retval 0            Mapped.
 * @retval -EINVAL      @p attach is not attached.
 * @retval -EOPNOTSUPP  With @p phys: the exporter tells no addresses, or the buffer is
 *                      LIVE and has more than one range.
 * @retval -ENODEV      The buffer is revoked or dead.
 *
 * @par Source
 * Linux vfio_pci_dma_buf_iommufd_map(); without @p phys vfio_pci_dma_buf_map().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_map(struct vprim_dmabuf_attachment *attach,
		     struct vprim_range *phys,
		     struct vprim_reason *why);

/**
 * @brief Give one mapping back. Locks: RESV.
 *
 * @param[in,out] attach  The attachment; one mapping fewer.
 *
 * @retval 0        Given back.
 * @retval -EINVAL  @p attach is not attached.
 * @retval -ENOENT  It has no mapping.
 *
 * @par Source
 * Linux vfio_pci_dma_buf_unmap().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_dmabuf_unmap(struct vprim_dmabuf_attachment *attach);

/**
 * @brief Pin the buffer. Locks: RESV.
 *
 * A pin keeps memory in its place; it does not keep a revoke away. That is why
 * the table refuses the pin of an importer that cannot be revoked;
 * vprim_dmabuf_attach() has refused it before.
 *
 * @param[in,out] attach  The attachment; one pin more.
 *
 * @retval 0        Pinned.
 * @retval -EINVAL  @p attach is not attached.
 *
 * @par Source
 * Linux dma_buf_pin(); "vfio: Permit VFIO to work with pinned importers".
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_dmabuf_pin(struct vprim_dmabuf_attachment *attach);

/**
 * @brief Take one pin back. Locks: RESV.
 *
 * @param[in,out] attach  The attachment; one pin fewer.
 *
 * @retval 0        Unpinned.
 * @retval -EINVAL  @p attach is not attached.
 * @retval -ENOENT  It has no pin.
 *
 * @par Source
 * Linux dma_buf_unpin().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_dmabuf_unpin(struct vprim_dmabuf_attachment *attach);

/**
 * @brief An importer has handled its notification. Locks: RESV.
 *
 * An importer that is not counted has unmapped everything by then. A counted one
 * still gives each mapping back with vprim_dmabuf_unmap().
 *
 * @param[in,out] attach  The attachment.
 *
 * @retval 0        Acknowledged.
 * @retval -EINVAL  @p attach is not attached.
 * @retval -ENOENT  None was due.
 *
 * @par Source
 * libvirtprim's own rule: the callback's return, as an event of its own.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_dmabuf_acknowledge(struct vprim_dmabuf_attachment *attach);
/** @} */

/** @name Sequences
 * What is called when, and under which lock; the locks, the waiting and the hardware
 * are the caller's. A shim supplies the operations and has no order of its own.
 * @{ */

/**
 * @brief What the sequences ask of their caller. All get the @c ctx of the sequence.
 *
 * No operation may fail. What a sequence does not use may be NULL; each says what it
 * uses.
 */
struct vprim_dmabuf_ops {
	/**
	 * Take a lock of @c object: a struct vprim_dmabuf_device, a struct
	 * vprim_dmabuf or a struct vprim_dmabuf_pages, as @c lock says. Several
	 * MEMORY come ascending by address. Calls nothing here.
	 */
	void (*lock)(void *ctx, enum vprim_dmabuf_lock lock, void *object);
	/** Give it back, those taken last first. Calls nothing here. */
	void (*unlock)(void *ctx, enum vprim_dmabuf_lock lock, void *object);
	/**
	 * Call every importer whose attachment is @c due, and return when each has
	 * handled it. MEMORY and RESV are held. May call what names RESV alone, on
	 * this buffer and its attachments, vprim_dmabuf_device_may_act(), and
	 * vprim_dmabuf_pages_notify().
	 */
	void (*notify)(void *ctx, struct vprim_dmabuf *buf);
	/**
	 * Sleep until a mapping of the buffer may have come back. MEMORY and RESV
	 * are held: lets RESV go, and has it again when it returns. May return too
	 * early. Calls nothing here.
	 */
	void (*wait)(void *ctx, struct vprim_dmabuf *buf);
	/** A mapping may have come back: end @c wait. RESV is held. Calls nothing here. */
	void (*wake)(void *ctx, struct vprim_dmabuf *buf);
	/** vprim_dmabuf_detach() under RESV, which is not held yet; calls nothing else. */
	void (*detach)(void *ctx, struct vprim_dmabuf_attachment *attach);
	/**
	 * Touch the hardware: nobody reaches the memory. MEMORY of all devices is
	 * held. May call what names RESV or PAGES, under these locks, and the
	 * sequences of an importer; of what names MEMORY only
	 * vprim_dmabuf_device_may_act(). NULL: nothing is to be done.
	 */
	void (*hardware)(void *ctx);
};

/** @brief Events of a device that concern its buffers. */
enum vprim_dmabuf_trigger {
	VPRIM_DMABUF_TRIGGER_MEMORY_OFF,	/**< PCI command register: memory enable 1 to 0. */
	VPRIM_DMABUF_TRIGGER_MEMORY_ON,		/**< Memory enable 0 to 1. */
	VPRIM_DMABUF_TRIGGER_POWER_DOWN,	/**< To D3hot or deeper. */
	VPRIM_DMABUF_TRIGGER_POWER_UP,		/**< Back to D0. */
	VPRIM_DMABUF_TRIGGER_FLR,		/**< Function level reset by PCIe or AF capability. */
	VPRIM_DMABUF_TRIGGER_RESET,		/**< VFIO_DEVICE_RESET. */
	VPRIM_DMABUF_TRIGGER_HOT_RESET,		/**< Bus or slot reset of a set of devices. */
	VPRIM_DMABUF_TRIGGER_SLEEP,		/**< Runtime power management: entry. */
	VPRIM_DMABUF_TRIGGER_WAKE,		/**< Runtime power management: exit. */
	VPRIM_DMABUF_TRIGGER_CLOSE,		/**< The device is closed. */
	VPRIM_DMABUF_TRIGGER_UNBIND,		/**< Its driver goes. */
	VPRIM_DMABUF_TRIGGER_UNPLUG,		/**< It is taken out. */
	VPRIM_DMABUF_TRIGGER_SURPRISE,		/**< It was taken out without a word. */
	VPRIM_DMABUF_TRIGGERS			/**< How many there are. */
};

/** @brief What to do around the hardware's part of an event. */
struct vprim_dmabuf_plan {
	bool revoke_before;	/**< Revoke before the hardware is touched. */
	bool cleanup_before;	/**< Clean up before the hardware is touched. */
	bool unrevoke_after;	/**< Un-revoke afterwards, which asks whether memory is on. */
	bool whole_set;		/**< All devices of the set, not only this one. */
};

/**
 * @brief What an event of a device asks for.
 *
 * The user's own CPU mappings of the device's memory go by the same events but
 * another mechanism; both must be done before the hardware is touched.
 *
 * @param[in] trigger  The event.
 * @return What to do; lives as long as the program. NULL when @p trigger is none.
 *
 * @par Source
 * Callers of vfio_pci_dma_buf_move() and vfio_pci_dma_buf_cleanup() in Linux
 * vfio_pci_config.c and vfio_pci_core.c. That a surprise removal is a cleanup is libvirtprim's
 * own rule.
 */
VPRIM_API const struct vprim_dmabuf_plan *
vprim_dmabuf_plan_for(enum vprim_dmabuf_trigger trigger);

/**
 * @brief An event of devices: revoke, then touch the hardware, then open again.
 *
 * Does what vprim_dmabuf_plan_for() says, for one device or a set that goes through it
 * together: nothing is touched before all buffers of all devices are quiet, those
 * of devices that nobody has open among them; buffers are opened again where the
 * device is open with its memory on. In between each device's account is brought up
 * to date: decoding, power and wakefulness are taken and given each for itself,
 * @c memory_on when the last that was taken is back; what takes the device away sets
 * @c open and @c going; a reset sets nothing.
 *
 * Takes MEMORY of all devices in their order, keeps them, and takes one RESV at a
 * time. Uses @c lock, @c unlock, @c notify, @c wait and @c hardware. Linear in
 * buffers and attachments; nr_devices^2 / 2 steps to put the devices in order.
 *
 * @param[in,out] devices     The devices, each once; put in the order of their locks.
 * @param[in]     nr_devices  How many, at least 1.
 * @param[in]     trigger     The event.
 * @param[in]     ops         Operations.
 * @param[in]     ctx         Handed to them; may be NULL.
 * @param[out]    why         The rule that refused; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p trigger is none, there are no devices, or one is there twice;
 *                  nothing was done.
 * @retval -EBUSY   A buffer can still be reached, so somebody has changed one
 *                  without its locks. The hardware was not touched.
 *
 * @par Source
 * Linux vfio_pci_dev_set_hot_reset(), and the callers of vfio_pci_dma_buf_move()
 * and vfio_pci_dma_buf_cleanup(); __vfio_pci_memory_enabled(). The order of the locks is
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 4) VPRIM_MUST_CHECK
int vprim_dmabuf_run(struct vprim_dmabuf_device **devices, size_t nr_devices,
		     enum vprim_dmabuf_trigger trigger,
		     const struct vprim_dmabuf_ops *ops, void *ctx,
		     struct vprim_reason *why);

/** @brief What decides whether a device's memory answers. */
struct vprim_dmabuf_power {
	unsigned int d_state;	/**< 0 to 2: D0 to D2; 3: D3hot; 4: D3cold. */
	bool suspended;		/**< Runtime-suspended. */
	bool has_memory_bit;	/**< The command register has a memory enable bit (virtual functions have none). */
	bool memory_bit;	/**< That bit. */
};

/**
 * @brief Whether a device's memory answers.
 *
 * @param[in] power  The device's state.
 * @return true when it is awake and no bit says otherwise.
 *
 * @par Source
 * Linux __vfio_pci_memory_enabled().
 */
VPRIM_API VPRIM_NONNULL
bool vprim_dmabuf_memory_is_on(const struct vprim_dmabuf_power *power);
/** @} */

/** @name Importer
 * @{ */

/**
 * @brief What a domain can do.
 *
 * Called with PAGES held, and maybe MEMORY and RESV. May read the state of these
 * pages and of their pairs; calls nothing else here.
 */
struct vprim_dmabuf_domain_ops {
	/** Let @p iova reach @p phys; 0 or a negative errno. */
	int (*map)(void *domain, uint64_t iova, const struct vprim_range *phys);
	/**
	 * Undo that, IOTLB sync included: nobody reaches the memory that way once
	 * this has returned. Must not sleep for ever, cannot fail.
	 */
	void (*unmap)(void *domain, uint64_t iova, const struct vprim_range *phys);
};

/**
 * @brief An (area, domain) pair, one entry in one domain: 112 bytes.
 *
 * The caller sets the first three and zeroes the rest. May not be moved in memory
 * unless it is ABSENT. One thread at a time fills and unfills it.
 */
struct vprim_dmabuf_pair {
	const struct vprim_dmabuf_domain_ops *ops; /**< The domain's operations. The caller's. */
	void *domain;				   /**< Handed to them. The caller's. */
	uint64_t iova;				   /**< Where the area begins in the domain. The caller's. */
	enum vprim_dmabuf_pair_state state;	   /**< State. PAGES. */
	/** @cond internal */
	/* private: */
	struct vprim_dmabuf_pages *pages;
	struct vprim_dmabuf_pair *next, *prev;
	struct vprim_range phys;
	uint64_t reserved_[5];
	/** @endcond */
};
VPRIM_OBJECT(dmabuf_pair);

/**
 * @brief An importer's view of a slice of a buffer: 104 bytes.
 *
 * May not be moved in memory while pairs are tracked.
 */
struct vprim_dmabuf_pages {
	enum vprim_dmabuf_importer_state state;	/**< State. PAGES. */
	/** @cond internal */
	/* private: */
	bool releasing;
	/** @endcond */
	/**
	 * Bytes of the slice. What an unmap of the slice reports, the same before and
	 * after a revoke, so that its answer does not depend on the exporter.
	 */
	uint64_t length_bytes;
	/** @cond internal */
	/* private: */
	const struct vprim_dmabuf_debug *debug;
	struct vprim_dmabuf_attachment *attach;
	struct vprim_dmabuf_pair *pairs;
	uint64_t phys_start;
	uint64_t reserved_[7];
	/** @endcond */
};
VPRIM_OBJECT(dmabuf_pages);

/**
 * @brief Make pages that know nothing yet.
 *
 * @param[out] pages             The pages.
 * @param[in]  pages_size_bytes  `sizeof(*pages)` as the caller compiled it.
 * @param[in]  debug             Hook; may be NULL. Must outlive the pages.
 *
 * @retval 0        @p pages is NONE.
 * @retval -EINVAL  @p pages_size_bytes is not the library's.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_dmabuf_pages_init(struct vprim_dmabuf_pages *pages,
			    size_t pages_size_bytes,
			    const struct vprim_dmabuf_debug *debug);

/**
 * @brief Take the physical address of a slice of the buffer. Locks: RESV; not PAGES.
 *
 * The second half of MAP_FILE; the first was vprim_dmabuf_attach(). An importer
 * that pins does so before, under the same lock. When this refuses, the caller
 * unpins and detaches, and nothing is left of the attempt.
 *
 * @param[in,out] pages         The pages; LIVE afterwards.
 * @param[in]     attach        The attachment; must outlive the pages.
 * @param[in]     start_bytes   Where the slice begins in the buffer.
 * @param[in]     length_bytes  How long it is, at least 1.
 * @param[out]    why           The rule that refused; may be NULL.
 *
 * @retval 0            The pages may be filled into domains.
 * @retval -EINVAL      The pages are not NONE, the slice is empty, or ends behind
 *                      the buffer.
 * @retval -EOVERFLOW   The slice wraps.
 * @retval -ENODEV      Not attached, or the buffer is revoked or dead.
 * @retval -EOPNOTSUPP  The exporter tells no addresses, or the buffer has more
 *                      than one range.
 *
 * @par Source
 * Linux iommufd iopt_map_dmabuf().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_dmabuf_pages_map_file(struct vprim_dmabuf_pages *pages,
				struct vprim_dmabuf_attachment *attach,
				uint64_t start_bytes, uint64_t length_bytes,
				struct vprim_reason *why);

/**
 * @brief Put an area into a domain. Takes PAGES.
 *
 * LIVE pages map it; REVOKED ones remember the pair and map nothing, which is a
 * success. Uses @c lock and @c unlock.
 *
 * @param[in,out] pages         The pages.
 * @param[in,out] pair          Which domain, and where; ABSENT.
 * @param[in]     offset_bytes  Where the area begins in the pages.
 * @param[in]     length_bytes  How long it is, at least 1.
 * @param[in]     ops           Operations.
 * @param[in]     ctx           Handed to them; may be NULL.
 * @param[out]    why           The rule that refused; may be NULL.
 *
 * @retval 0           It is there; mapped if the pages are LIVE.
 * @retval -EINVAL     The pages are not LIVE or REVOKED or are being released, or
 *                     the area is empty or ends behind the pages.
 * @retval -EOVERFLOW  The area wraps.
 * @retval -EEXIST     It was there.
 * @retval errno       What the domain's map answered: it is not there.
 *
 * @par Source
 * Linux iommufd iopt_area_fill_domain() and iopt_dmabuf_track_domain().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 5) VPRIM_MUST_CHECK
int vprim_dmabuf_pages_fill(struct vprim_dmabuf_pages *pages,
			    struct vprim_dmabuf_pair *pair,
			    uint64_t offset_bytes, uint64_t length_bytes,
			    const struct vprim_dmabuf_ops *ops, void *ctx,
			    struct vprim_reason *why);

/**
 * @brief Take an area out of a domain. Takes PAGES.
 *
 * Nothing happens when it is not there. Unmaps exactly when the entry is still in
 * the domain: together with vprim_dmabuf_pages_notify() every map is unmapped once.
 * Uses @c lock and @c unlock.
 *
 * @param[in,out] pages  The pages of the fill.
 * @param[in,out] pair   The pair; ABSENT afterwards.
 * @param[in]     ops    Operations.
 * @param[in]     ctx    Handed to them; may be NULL.
 *
 * @par Source
 * Linux iommufd iopt_area_unfill_domain().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3)
void vprim_dmabuf_pages_unfill(struct vprim_dmabuf_pages *pages,
			       struct vprim_dmabuf_pair *pair,
			       const struct vprim_dmabuf_ops *ops, void *ctx);

/**
 * @brief What an importer does when it is told: unmap every pair. Takes PAGES.
 *
 * The caller holds RESV. Uses @c lock and @c unlock.
 *
 * @param[in,out] pages  The pages; REVOKED afterwards.
 * @param[in]     ops    Operations.
 * @param[in]     ctx    Handed to them; may be NULL.
 *
 * @retval 0        Nothing is mapped; acknowledge.
 * @retval -EINVAL  The pages are RELEASED: no notification can come after detach.
 *
 * @par Source
 * Linux iommufd iopt_revoke_notify().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_dmabuf_pages_notify(struct vprim_dmabuf_pages *pages,
			      const struct vprim_dmabuf_ops *ops, void *ctx);

/**
 * @brief Give pages back: mapping, pins, attachment. Takes PAGES, then RESV.
 *
 * A notification may still come until the detach has returned; it finds no pair.
 * Uses @c lock, @c unlock, @c wake and @c detach.
 *
 * @param[in,out] pages  The pages; RELEASED afterwards.
 * @param[in]     ops    Operations.
 * @param[in]     ctx    Handed to them; may be NULL.
 * @param[out]    why    The rule that refused; may be NULL.
 *
 * @retval 0        The memory of the pages and of their attachment is the caller's.
 * @retval -EBUSY   Pairs are tracked: nothing was done.
 * @retval -EINVAL  @p pages is NONE or RELEASED.
 *
 * @par Source
 * Linux iommufd iopt_release_pages(), with the fixes that unpin under dma_resv and
 * detach first.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_dmabuf_pages_release(struct vprim_dmabuf_pages *pages,
			       const struct vprim_dmabuf_ops *ops, void *ctx,
			       struct vprim_reason *why);
/** @} */

/** @name Checks
 * What the two system calls check, in their order.
 * @{ */

/**
 * @brief A slice of a buffer.
 *
 * @param[in] start_bytes   Where it begins.
 * @param[in] length_bytes  How long it is.
 * @param[in] size_bytes    Size of the buffer.
 * @param[out] why          The rule that refused; may be NULL.
 *
 * @retval 0           It lies inside.
 * @retval -EINVAL     It is empty, or its last byte lies behind the buffer.
 * @retval -EOVERFLOW  Its last byte is over 2^64-1.
 *
 * @par Source
 * Linux iommufd iopt_map_file_pages() and iopt_map_dmabuf(); the kernel's
 * iommufd self test dmabuf_simple.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_dmabuf_check_slice(uint64_t start_bytes, uint64_t length_bytes,
			     uint64_t size_bytes,
			     struct vprim_reason *why);

/** @brief One range of a request, as struct vfio_region_dma_range has it. */
struct vprim_dmabuf_part {
	uint64_t offset_bytes;	/**< Where it begins in the region. */
	uint64_t length_bytes;	/**< How long it is. */
};

/** @brief A request to make a buffer of a device's memory, and the device. */
struct vprim_dmabuf_request {
	uint32_t region_index;		/**< From the user: which BAR, 0 to 5. */
	uint32_t flags;			/**< From the user; none is defined. */
	uint32_t nr_ranges;		/**< From the user. */
	const struct vprim_dmabuf_part *ranges; /**< From the user, copied in. */
	bool exports;			/**< The device's driver has the operation. */
	bool peer2peer;			/**< The BAR has a peer-to-peer provider. */
	bool going;			/**< The device takes no new buffers. */
	bool unclaimed;			/**< The driver could not claim the BAR. */
	uint64_t page_bytes;		/**< Page size, a power of two. */
	struct vprim_range bar;		/**< Physical addresses of the BAR. */
};

/**
 * @brief May this buffer be made, and of what?
 *
 * @param[in]  request     The request.
 * @param[out] phys        The physical ranges, request->nr_ranges of them.
 *                         Written only on success.
 * @param[out] size_bytes  Their bytes together, below 2^63. Written only on
 *                         success.
 * @param[out] why         The rule that refused; may be NULL.
 *
 * The checks, in order:
 *
 * | what | answer |
 * |---|---|
 * | page_bytes is no power of two, the BAR has its start above its last (libvirtprim's own rule) | `-EINVAL` |
 * | the driver does not export | `-EOPNOTSUPP` |
 * | no ranges, or a flag | `-EINVAL` |
 * | the region is no BAR | `-ENODEV` |
 * | the BAR's resource was never claimed | `-ENODEV` |
 * | a range is empty or not of whole pages | `-EINVAL` |
 * | the sizes do not add up in 64 bits, or to 2^63 and more | `-EINVAL` |
 * | the BAR has no peer-to-peer provider | `-EINVAL` |
 * | the last byte of a range is over 2^64-1 | `-EOVERFLOW` |
 * | a range ends behind the BAR | `-EINVAL` |
 * | the device takes no new buffers | `-ENODEV` |
 *
 * @retval 0            @p phys and @p size_bytes are valid.
 * @retval -EINVAL      See above.
 * @retval -EOPNOTSUPP  See above.
 * @retval -ENODEV      See above.
 * @retval -EOVERFLOW   See above.
 *
 * @par Source
 * Linux vfio_pci_core_feature_dma_buf(), validate_dmabuf_input(),
 * vfio_pci_core_fill_phys_vec(). Ends are compared inclusively, as everywhere
 * here.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_dmabuf_check_create(const struct vprim_dmabuf_request *request,
			      struct vprim_range *phys, uint64_t *size_bytes,
			      struct vprim_reason *why);

/** @brief What a file descriptor turned out to be. */
enum vprim_dmabuf_fd {
	VPRIM_DMABUF_FD_BAD,	/**< Nothing. */
	VPRIM_DMABUF_FD_OTHER,	/**< A file, but no dma-buf. */
	VPRIM_DMABUF_FD_DMABUF	/**< A dma-buf. */
};

/** @brief An IOMMU_IOAS_MAP_FILE and what the kernel finds on its way. */
struct vprim_dmabuf_map_file {
	uint64_t start_bytes;	/**< From the user: where in the file. */
	uint64_t length_bytes;	/**< From the user: how much. */
	bool fixed;		/**< From the user: the IOVA is given. */
	uint64_t iova;		/**< From the user, when fixed. */
	enum vprim_dmabuf_fd fd; /**< What the descriptor is. */
	uint64_t size_bytes;	/**< Size of the buffer. */
	uint64_t page_bytes;	/**< Page size, a power of two. */
	int attach_error;	/**< What the attach answered: 0 or a negative errno. */
	bool physical;		/**< The exporter tells physical addresses. */
	bool revoked;		/**< The buffer is not LIVE when asked. */
	uint64_t iova_alignment; /**< Of the IOAS, a power of two. */
	bool iova_reserved;	/**< The fixed IOVAs meet a reserved range. */
	bool iova_taken;	/**< The fixed IOVAs meet an area. */
};

/**
 * @brief What does MAP_FILE answer?
 *
 * @param[in]  map        The call.
 * @param[out] is_dmabuf  false: the file is to be mapped as memory, and nothing
 *                        behind that was checked. Written only on success.
 * @param[out] why        The rule that refused; may be NULL.
 *
 * The checks, in order:
 *
 * | what | answer |
 * |---|---|
 * | page size or alignment is no power of two (libvirtprim's own rule) | `-EINVAL` |
 * | the length is 0 | `-EINVAL` |
 * | the last byte is over 2^64-1 | `-EOVERFLOW` |
 * | the descriptor is nothing | `-EBADF` |
 * | the last byte lies behind the buffer | `-EINVAL` |
 * | the pages are 2^32-1 and more | `-EINVAL` |
 * | the attach refused | what it answered |
 * | the exporter tells no addresses | `-EOPNOTSUPP` |
 * | the buffer is revoked | `-ENODEV` |
 * | length, IOVA, or the start's offset in its page is not aligned | `-EINVAL` |
 * | the fixed IOVAs wrap | `-EOVERFLOW` |
 * | they meet a reserved range | `-EINVAL` |
 * | they meet an area | `-EEXIST` |
 *
 * @retval 0            @p is_dmabuf is valid.
 * @retval -EINVAL      See above.
 * @retval -EOVERFLOW   See above.
 * @retval -EBADF       See above.
 * @retval -EOPNOTSUPP  See above, or attach_error.
 * @retval -ENODEV      See above, or attach_error.
 * @retval -EEXIST      See above.
 *
 * @par Source
 * Linux iommufd iommufd_ioas_map_file(), iopt_map_dmabuf(), iopt_check_iova().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_dmabuf_check_map_file(const struct vprim_dmabuf_map_file *map,
				bool *is_dmabuf,
				struct vprim_reason *why);

/** @brief What an IOAS may be asked to do with an area of a dma-buf. */
enum vprim_dmabuf_access {
	VPRIM_DMABUF_ACCESS_PIN,	/**< An in-kernel user wants struct pages. */
	VPRIM_DMABUF_ACCESS_RW,		/**< An in-kernel user wants to copy. */
	VPRIM_DMABUF_ACCESS_SPLIT,	/**< Cut the area in two. */
	VPRIM_DMABUF_ACCESS_DIRTY	/**< Mark pages as written. */
};

/**
 * @brief May this be done with an area of a dma-buf? The same for LIVE and REVOKED.
 *
 * @param[in] access    What is asked.
 * @param[in] write     It would write.
 * @param[in] writable  The area may be written.
 * @param[out] why      The rule that refused; may be NULL.
 *
 * @retval 0            Yes, and there is nothing to do: dirty tracking.
 * @retval -EPERM       A pin for writing of what may only be read.
 * @retval -EINVAL      There are no struct pages; or @p access is none.
 * @retval -EOPNOTSUPP  Such an area is not cut.
 *
 * @par Source
 * Linux iommufd iommufd_access_pin_pages(), iommufd_access_rw(),
 * iopt_area_split(); "iommufd: Reject DMABUF pages on the access pin path".
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_dmabuf_check_access(enum vprim_dmabuf_access access, bool write,
			      bool writable,
			      struct vprim_reason *why);
/** @} */

VPRIM_END_DECLS

#endif
