/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file kernel_dmabuf.h
 * @brief The machines of dmabuf.h behind Linux dma-bufs: exporter and importer.
 *
 * The exporter side makes `struct dma_buf` of a device's memory and takes it back
 * when the device is reset, put to sleep or goes. The importer side is a user of
 * such buffers that wants physical addresses, as iommufd is. Rules and
 * sequences are those of dmabuf.h; here are the locks and the waiting:
 *
 * | lock | is |
 * |---|---|
 * | MEMORY | a rw_semaphore in struct vprim_kernel_dmabuf_device, for writing |
 * | RESV | `dmabuf->resv`, the dma-buf's dma_resv |
 * | PAGES | a mutex in struct vprim_kernel_dmabuf_pages |
 *
 * They are taken in this order. Each call names what it takes (none of them may
 * be held by the caller, nor one that comes later) or what it wants held. The
 * calls of the core are checked against lockdep, and where there is no lockdep
 * against the locks' own state.
 *
 * Any importer may attach that takes device memory and can be told to stop. One
 * of this header unmaps in its notification. Others are counted: a revoke waits
 * until they have given every mapping back.
 *
 * A domain's operations (struct vprim_dmabuf_domain_ops) may call of this header
 * vprim_kernel_dmabuf_is_ours() and vprim_kernel_dmabuf_priv().
 *
 * An importer with mistakes is warned about and costs memory at most. One that
 * detaches with a mapping or a pin out has said that it let go, so they count as
 * given back; one that never detaches leaves its buffer allocated for ever, off its
 * device.
 */
#ifndef VIRTPRIM_KERNEL_DMABUF_H
#define VIRTPRIM_KERNEL_DMABUF_H
#include <virtprim/dmabuf.h>
#include <virtprim/kernel_compat.h>
#include <linux/dma-buf.h>
#include <linux/dma-direction.h>
#include <linux/dma-resv.h>
#include <linux/mutex.h>
VPRIM_BEGIN_DECLS

/** @cond internal */
#if VPRIM_KERNEL_NS_STRING
#define VPRIM_KERNEL_IMPORT_NS(ns) MODULE_IMPORT_NS(#ns)
#else
#define VPRIM_KERNEL_IMPORT_NS(ns) MODULE_IMPORT_NS(ns)
#endif
/** @endcond */

/**
 * What a module states that calls the symbols of the DMA_BUF namespace itself; this
 * shim does for its own. An identifier before 6.13, a string since.
 */
#define VPRIM_KERNEL_DMABUF_IMPORT VPRIM_KERNEL_IMPORT_NS(DMA_BUF)

struct address_space;
struct vprim_kernel_dmabuf_device;

/** @name Exporter
 * @{ */

/**
 * @brief Make a device: open, its memory on. Process context.
 * @return The device with one reference, or NULL when memory ran out.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API struct vprim_kernel_dmabuf_device *vprim_kernel_dmabuf_device_new(void);

/**
 * @brief Drop the driver's reference; each buffer holds one until it is released.
 *
 * First let the device go, with #VPRIM_DMABUF_TRIGGER_UNBIND; after that nothing
 * here touches the hardware, however long the buffers live.
 *
 * @param[in] device  The device; may be NULL.
 */
VPRIM_API void vprim_kernel_dmabuf_device_put(struct vprim_kernel_dmabuf_device *device);

/**
 * @brief MEMORY of @p device, for a driver that reads its memory under it.
 * @param[in] device  The device.
 * @return The semaphore, which lives as long as the caller's reference.
 */
VPRIM_API VPRIM_NONNULL
struct rw_semaphore *
vprim_kernel_dmabuf_memory_lock(struct vprim_kernel_dmabuf_device *device);

/** Most devices in one event: as many subclasses as lockdep has. */
#define VPRIM_KERNEL_DMABUF_SET_MAX 8

/**
 * @brief An event of devices: revoke first, then touch the hardware, then open again.
 *
 * Does what vprim_dmabuf_plan_for() says, for one device or a set that goes through it
 * together, and keeps account of whether each is open and its memory on. All buffers
 * of all of them are revoked before @p hardware is called, those of devices that are
 * not open as well; an importer that answers late is waited for. Returns when
 * @p hardware has. Takes MEMORY of all, RESV, PAGES; sleeps.
 *
 * @param[in] devices     The devices, each once, in any order.
 * @param[in] nr_devices  How many, 1 to #VPRIM_KERNEL_DMABUF_SET_MAX.
 * @param[in] trigger     The event.
 * @param[in] hardware    Touches the hardware; may be NULL. Called once, with MEMORY
 *                        of all held, when every buffer is quiet. May call what takes
 *                        RESV or PAGES alone: state, map_file, fill, unfill, and
 *                        release where another reference to the dma-buf is left.
 * @param[in] ctx         Handed to @p hardware; may be NULL.
 * @param[out] why        The rule that refused, of #vprim_dmabuf_rules; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p trigger is none, a device is there twice, or @p nr_devices is
 *                  out of bounds.
 * @retval -EBUSY   As vprim_dmabuf_run().
 *
 * @par Source
 * As vprim_dmabuf_run().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1) VPRIM_MUST_CHECK
int vprim_kernel_dmabuf_run(struct vprim_kernel_dmabuf_device *const *devices,
			    size_t nr_devices, enum vprim_dmabuf_trigger trigger,
			    void (*hardware)(void *ctx), void *ctx,
			    struct vprim_reason *why);

/**
 * @brief The driver's part of a buffer. Any member but @c release may be NULL;
 *        @c map and @c unmap go together.
 *
 * All of them may call vprim_kernel_dmabuf_is_ours() and
 * vprim_kernel_dmabuf_priv(); with RESV held, vprim_kernel_dmabuf_is_live(). What
 * else one may call of this header stands with it.
 */
struct vprim_kernel_dmabuf_ops {
	/**
	 * Map the memory for the DMA of an importer that wants a scatter list;
	 * an error pointer when that fails. RESV is held and the buffer LIVE.
	 * NULL: there is no scatter list, -EOPNOTSUPP. Calls nothing else here.
	 */
	struct sg_table *(*map)(void *priv, struct dma_buf_attachment *attach,
				enum dma_data_direction dir);
	/** Undo that. RESV is held. Calls nothing else here. */
	void (*unmap)(void *priv, struct dma_buf_attachment *attach,
		      struct sg_table *table, enum dma_data_direction dir);
	/**
	 * Let a process map the memory; NULL refuses. No lock of ours is held, but
	 * the process's mmap_lock: calls vprim_kernel_dmabuf_state() and nothing
	 * else here.
	 */
	int (*mmap)(void *priv, struct dma_buf *dmabuf,
		    struct vm_area_struct *vma);
	/**
	 * Take the processes' mappings away (unmap_mapping_range()). Called in
	 * every revoke, with MEMORY and RESV held, when new ones are refused; a
	 * fault handler asks vprim_kernel_dmabuf_is_live() under RESV. The
	 * dma-buf's file may be gone already; its mapping is still there. Calls
	 * nothing else here.
	 */
	void (*zap)(void *priv, struct address_space *mapping);
	/**
	 * The last reference is gone; maybe long after the device. No lock is held:
	 * may call anything, and nothing for this buffer.
	 */
	void (*release)(void *priv);
};

/** @brief What to export. */
struct vprim_kernel_dmabuf_export_info {
	const struct vprim_kernel_dmabuf_ops *ops;	/**< The driver's part; outlives the module's buffers. */
	void *priv;		/**< Handed to it. The buffer's until @c release. */
	struct module *owner;	/**< THIS_MODULE of the driver. */
	struct vprim_dmabuf_layout layout; /**< What; the ranges are copied. */
	int flags;		/**< O_CLOEXEC, O_RDWR and the like. */
};

/**
 * @brief Lend memory of a device. Takes MEMORY; process context.
 *
 * dma_buf_fd() or dma_buf_put() is the caller's next step. The copy of the ranges
 * is on the account of the memory cgroup of the caller.
 *
 * @param[in]  device  The device.
 * @param[in]  what    What to export.
 * @return The buffer with one reference, or an error pointer; after an error
 *         @c priv is still the caller's. The errors: -EINVAL for missing
 *         operations or no ranges, -ENOMEM, those of vprim_dmabuf_init() and of dma_buf_export().
 *
 * @par Source
 * Linux vfio_pci_core_feature_dma_buf().
 */
VPRIM_API VPRIM_NONNULL
struct dma_buf *
vprim_kernel_dmabuf_export(struct vprim_kernel_dmabuf_device *device,
			   const struct vprim_kernel_dmabuf_export_info *what);

/**
 * @brief Whether @p dmabuf was exported by this copy of the library.
 * @param[in] dmabuf  Any dma-buf.
 * @return true when it was.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_kernel_dmabuf_is_ours(const struct dma_buf *dmabuf);

/**
 * @brief Whether the memory may be reached. Wants RESV held.
 * @param[in] dmabuf  A dma-buf of ours; else false.
 * @return true when LIVE. Stays so as long as RESV is held.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_kernel_dmabuf_is_live(struct dma_buf *dmabuf);

/** @brief State of @p dmabuf, which may have changed when this returns. Takes RESV. */
VPRIM_API VPRIM_NONNULL
enum vprim_dmabuf_exporter_state
vprim_kernel_dmabuf_state(struct dma_buf *dmabuf);

/** @brief What @p dmabuf was exported with as @c priv; none when it is not ours. */
VPRIM_API VPRIM_NONNULL
void *vprim_kernel_dmabuf_priv(const struct dma_buf *dmabuf);
/** @} */

/** @name Importer
 * @{ */

/** @brief A slice of a buffer that is imported: embed it, touch no field. */
struct vprim_kernel_dmabuf_pages {
	/** @cond internal */
	/* private: */
	struct vprim_dmabuf_pages core;
	struct vprim_dmabuf_attachment exporter;
	struct mutex mutex;	/* PAGES */
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attach;
	/** @endcond */
};

/**
 * @brief Attach to a buffer and take the address of a slice. Takes RESV.
 *
 * @param[out] pages         The pages; the caller's memory, in use until released.
 * @param[in]  dmabuf        The buffer; the pages take a reference of their own.
 * @param[in]  dev           A device to attach; a dummy will do.
 * @param[in]  start_bytes   Where the slice begins.
 * @param[in]  length_bytes  How long it is.
 * @param[out] why           The rule that refused; may be NULL.
 *
 * @retval 0           @p pages may be filled.
 * @retval -EINVAL     The slice is empty or ends behind the buffer.
 * @retval -EOVERFLOW  The slice wraps.
 * @retval -EOPNOTSUPP The buffer is none of ours, tells no address, or has several
 *                     ranges.
 * @retval -ENODEV     It is revoked or dead.
 * @retval -errno      What dma_buf_dynamic_attach() returned.
 *
 * @par Source
 * Linux iommufd iopt_map_dmabuf().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_kernel_dmabuf_map_file(struct vprim_kernel_dmabuf_pages *pages,
				 struct dma_buf *dmabuf, struct device *dev,
				 uint64_t start_bytes, uint64_t length_bytes,
				 struct vprim_reason *why);

/** @brief State of @p pages, which may have changed when this returns. Takes PAGES. */
VPRIM_API VPRIM_NONNULL
enum vprim_dmabuf_importer_state
vprim_kernel_dmabuf_pages_state(struct vprim_kernel_dmabuf_pages *pages);

/**
 * @brief Put an area into a domain. Takes PAGES.
 *
 * @param[in]     pages         The pages.
 * @param[in,out] pair          Which domain, and where.
 * @param[in]     offset_bytes  Where the area begins in the pages.
 * @param[in]     length_bytes  How long it is.
 * @param[out]    why           The rule that refused; may be NULL.
 *
 * @retval 0           It is there; mapped if the pages are LIVE.
 * @retval -EINVAL     As vprim_dmabuf_pages_fill().
 * @retval -EOVERFLOW  As vprim_dmabuf_pages_fill().
 * @retval -EEXIST     It was there.
 * @retval -errno      What the domain's map answered: it is not there.
 *
 * @par Source
 * As vprim_dmabuf_pages_fill().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_kernel_dmabuf_fill(struct vprim_kernel_dmabuf_pages *pages,
			     struct vprim_dmabuf_pair *pair,
			     uint64_t offset_bytes, uint64_t length_bytes,
			     struct vprim_reason *why);

/**
 * @brief Take an area out of a domain. Takes PAGES.
 * @param[in]     pages  The pages of the fill.
 * @param[in,out] pair   The pair; nothing happens when it is not there.
 */
VPRIM_API VPRIM_NONNULL
void vprim_kernel_dmabuf_unfill(struct vprim_kernel_dmabuf_pages *pages,
				struct vprim_dmabuf_pair *pair);

/**
 * @brief Give pages back: detach, and drop the reference. Takes PAGES, then RESV.
 *
 * @param[in,out] pages  The pages; the caller's memory again on success.
 *
 * @retval 0        No callback runs or comes.
 * @retval -EBUSY   Pairs are still there.
 * @retval -EINVAL  @p pages are not in use.
 *
 * @par Source
 * As vprim_dmabuf_pages_release().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_kernel_dmabuf_release(struct vprim_kernel_dmabuf_pages *pages);
/** @} */

VPRIM_END_DECLS

#endif
