/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_fault.h
 * @brief Why a call of the userspace shim failed: which system call, with what
 *        errno, on what, and what the library has to say about it.
 *
 * An errno alone does not tell which of the six calls that open a device failed.
 * Each shim call that can fail takes a @ref vprim_user_fault as its last
 * parameter, which may be NULL, and fills it on failure:
 *
 *     open on /dev/vfio/7: Device or resource busy
 *
 * A fault belongs to one thread at a time. No allocation, no locks.
 */
#ifndef VIRTPRIM_USER_FAULT_H
#define VIRTPRIM_USER_FAULT_H
#include <virtprim/reason.h>
VPRIM_BEGIN_DECLS

/** Bytes of vprim_user_fault::subject, with its NUL. */
#define VPRIM_USER_FAULT_SUBJECT_BYTES 48

/** @brief Where and why the kernel (or the library, before asking it) refused. */
struct vprim_user_fault {
	/** What was tried, as static text: "open", "ioctl VFIO_IOMMU_MAP_DMA".
	 *  NULL: nothing failed. */
	const char *call;
	int error;			/**< Positive errno, kept. */
	/** The library's explanation; VPRIM_REASON_NONE when it has none. */
	struct vprim_reason reason;
	/** What it was done to: a path, "region 3". Ends in NUL, may be empty. */
	char subject[VPRIM_USER_FAULT_SUBJECT_BYTES];
};

/**
 * @brief Note a failure; its reason is none until the caller fills one in.
 *
 * @param[out] fault    Filled whole; NULL when nobody asks.
 * @param[in]  call     What was tried, static text; NULL says that nothing failed.
 * @param[in]  error    Positive errno.
 * @param[in]  subject  What it was done to, or NULL. Longer text is cut.
 *
 * @par Source
 * House rule.
 */
VPRIM_API
void vprim_user_fault_set(struct vprim_user_fault *fault, const char *call,
			  int error, const char *subject);

/**
 * @brief Say it in one line, without a newline.
 *
 * Call, subject, the C library's text for the errno, and after a semicolon the
 * sentence of the reason; what is not there is left out. Thread-safe where
 * strerror() is.
 *
 * @param[in]  fault       A failure.
 * @param[out] buf         The caller's buffer; always ends in NUL when
 *                         @p size_bytes is not 0, cut short when too small. May
 *                         be NULL when @p size_bytes is 0.
 * @param[in]  size_bytes  Bytes of @p buf.
 * @return Bytes that the whole line and its NUL need, as vprim_reason_text(); 0
 *         when @p fault is NULL, or @p buf is NULL and @p size_bytes is not 0.
 *
 * @par Source
 * House rule.
 */
VPRIM_API
size_t vprim_user_fault_text(const struct vprim_user_fault *fault, char *buf,
			     size_t size_bytes);

VPRIM_END_DECLS

#endif
