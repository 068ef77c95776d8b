/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_dmabuf.h
 * @brief The machines of dmabuf.h under POSIX locks, for programs with threads.
 *
 * What a userspace device model or VMM needs to lend device memory and to take
 * it back: devices whose events revoke their buffers first, buffers with a
 * reference count, pages that are filled into domains of the caller's making.
 * Rules and sequences are those of dmabuf.h; here are the locks, in their documented
 * order, and the waiting.
 *
 * Every function may be called from any thread, with no lock of this shim held;
 * from a callback only what its line names:
 *
 * | callback | holds | may call |
 * |---|---|---|
 * | map, unmap of a domain | PAGES, maybe MEMORY and RESV | vprim_user_dmabuf_get(), vprim_user_dmabuf_lock_faults(), what names no lock in dmabuf.h |
 * | @c late of an importer | MEMORY, RESV | the same |
 * | @c hardware of an event | MEMORY | the same, and all that takes RESV or PAGES alone: vprim_user_dmabuf_state(), vprim_user_dmabuf_map_file(), vprim_user_dmabuf_pages_state(), vprim_user_dmabuf_pages_stop(), vprim_user_dmabuf_fill(), vprim_user_dmabuf_unfill(); vprim_user_dmabuf_release() and vprim_user_dmabuf_put() where another reference to the buffer is left |
 *
 * Each lock is checked
 * against the order when it is taken, and each call into the core against the
 * locks that it names; see vprim_user_dmabuf_lock_faults().
 */
#ifndef VIRTPRIM_USER_DMABUF_H
#define VIRTPRIM_USER_DMABUF_H
#include <virtprim/dmabuf.h>
VPRIM_BEGIN_DECLS

struct vprim_user_dmabuf_device;
struct vprim_user_dmabuf;
struct vprim_user_dmabuf_pages;

/**
 * @brief Make a device: open, its memory on.
 * @return The device with one reference, or NULL when memory ran out.
 *
 * @par Source
 * libvirtprim's own rule.
 */
VPRIM_API struct vprim_user_dmabuf_device *vprim_user_dmabuf_device_new(void);

/**
 * @brief Drop the caller's reference. Each buffer holds another until it is freed.
 * @param[in] device  The device; may be NULL.
 */
VPRIM_API void vprim_user_dmabuf_device_put(struct vprim_user_dmabuf_device *device);

/** Most devices in one event. */
#define VPRIM_USER_DMABUF_SET_MAX 16

/**
 * @brief An event of devices: revoke first, then touch the hardware, then open again.
 *
 * Does what vprim_dmabuf_plan_for() says, for one device or a set that goes through it
 * together, and keeps account of whether each is open and its memory on. All buffers
 * of all of them are revoked before @p hardware is called, those of devices that are
 * not open as well; an importer that answers late is waited for. Returns when
 * @p hardware has.
 *
 * @param[in] devices     The devices, each once, in any order.
 * @param[in] nr_devices  How many, 1 to #VPRIM_USER_DMABUF_SET_MAX.
 * @param[in] trigger     The event.
 * @param[in] hardware    Touches the hardware; may be NULL. Called once, with MEMORY
 *                        of all held, when every buffer is quiet.
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
int vprim_user_dmabuf_run(struct vprim_user_dmabuf_device *const *devices,
			  size_t nr_devices, enum vprim_dmabuf_trigger trigger,
			  void (*hardware)(void *ctx), void *ctx,
			  struct vprim_reason *why);

/**
 * @brief Lend memory of a device.
 *
 * @param[in]  device  The device.
 * @param[in]  layout  What; the ranges are copied.
 * @param[out] buf     The buffer with one reference. Written only on success.
 * @param[out] why     The rule that refused, of #vprim_dmabuf_rules; may be NULL.
 *
 * @retval 0        @p buf is valid.
 * @retval -ENOMEM  Memory ran out.
 * @retval -EINVAL  As vprim_dmabuf_init().
 * @retval -EOVERFLOW  As vprim_dmabuf_init().
 * @retval -ENODEV  The device was closed or taken away.
 *
 * @par Source
 * As vprim_dmabuf_init().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3) VPRIM_MUST_CHECK
int vprim_user_dmabuf_new(struct vprim_user_dmabuf_device *device,
			  const struct vprim_dmabuf_layout *layout,
			  struct vprim_user_dmabuf **buf,
			  struct vprim_reason *why);

/** @brief Take one more reference to @p buf; the caller has one. */
VPRIM_API VPRIM_NONNULL
void vprim_user_dmabuf_get(struct vprim_user_dmabuf *buf);

/** @brief Drop one reference to @p buf; the last frees it. May be NULL. */
VPRIM_API void vprim_user_dmabuf_put(struct vprim_user_dmabuf *buf);

/** @brief State of @p buf, which may have changed when this returns. */
VPRIM_API VPRIM_NONNULL
enum vprim_dmabuf_exporter_state
vprim_user_dmabuf_state(struct vprim_user_dmabuf *buf);

/**
 * @brief MAP_FILE: attach to a buffer and take the address of a slice.
 *
 * @param[in]  buf           The buffer; the pages keep a reference.
 * @param[in]  start_bytes   Where the slice begins.
 * @param[in]  length_bytes  How long it is.
 * @param[in]  late          May be NULL: a revoke unmaps the pages by itself. Else
 *                           it calls this and waits until the importer has called
 *                           vprim_user_dmabuf_pages_stop(), from another thread
 *                           or later. Called with MEMORY and RESV held, maybe
 *                           before this function has returned; must not wait.
 * @param[in]  ctx           Handed to @p late; may be NULL.
 * @param[out] pages         The pages. Written only on success.
 * @param[out] why           The rule that refused; may be NULL.
 *
 * @retval 0           @p pages is valid.
 * @retval -ENOMEM     Memory ran out.
 * @retval -ENODEV     The buffer is revoked or dead.
 * @retval -EINVAL     The slice is empty or ends behind the buffer.
 * @retval -EOVERFLOW  The slice wraps.
 * @retval -EOPNOTSUPP The buffer tells no address, or has several ranges.
 *
 * @par Source
 * As vprim_dmabuf_pages_map_file().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 6) VPRIM_MUST_CHECK
int vprim_user_dmabuf_map_file(struct vprim_user_dmabuf *buf,
			       uint64_t start_bytes, uint64_t length_bytes,
			       void (*late)(void *ctx), void *ctx,
			       struct vprim_user_dmabuf_pages **pages,
			       struct vprim_reason *why);

/** @brief State of @p pages, which may have changed when this returns. */
VPRIM_API VPRIM_NONNULL
enum vprim_dmabuf_importer_state
vprim_user_dmabuf_pages_state(struct vprim_user_dmabuf_pages *pages);

/**
 * @brief Answer a revoke late: unmap everything and give the mapping back.
 * @param[in] pages  Pages made with a @c late callback. Does nothing unless a
 *                   revoke has come.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_dmabuf_pages_stop(struct vprim_user_dmabuf_pages *pages);

/**
 * @brief Put an area into a domain.
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
 * @retval errno       What the domain's map answered: it is not there.
 *
 * @par Source
 * As vprim_dmabuf_pages_fill().
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2) VPRIM_MUST_CHECK
int vprim_user_dmabuf_fill(struct vprim_user_dmabuf_pages *pages,
			   struct vprim_dmabuf_pair *pair,
			   uint64_t offset_bytes, uint64_t length_bytes,
			   struct vprim_reason *why);

/**
 * @brief Take an area out of a domain.
 * @param[in]     pages  The pages of the fill.
 * @param[in,out] pair   The pair; nothing happens when it is not there.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_dmabuf_unfill(struct vprim_user_dmabuf_pages *pages,
			      struct vprim_dmabuf_pair *pair);

/**
 * @brief Give pages back: detach, and drop their reference to the buffer.
 *
 * @param[in] pages  The pages; gone on success.
 *
 * @retval 0        Gone: no callback runs or comes.
 * @retval -EBUSY   Pairs are still there.
 *
 * @par Source
 * As vprim_dmabuf_pages_release().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_user_dmabuf_release(struct vprim_user_dmabuf_pages *pages);

/**
 * @brief How often a lock was taken out of order, or a call lacked a lock.
 *
 * In this whole process so far. Not 0 means that a callback did what it must not.
 */
VPRIM_API uint64_t vprim_user_dmabuf_lock_faults(void);

VPRIM_END_DECLS

#endif
