/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file mock.h
 * @brief The kernel's side of VFIO and iommufd, without a kernel.
 *
 * A pretended kernel holds devices in IOMMU groups, and files that a program has
 * open: containers, groups, devices, iommufds. It takes the calls that a program
 * makes on them and answers as Linux does. It owns no rule: type1.h, ioas.h,
 * vfio_cap.h and region_info.h decide, this translates the ioctl interface to them.
 *
 *     program's call --> vprim_mock_ioctl() --> type1, ioas, vfio_cap ...
 *        its memory  <-- vprim_mock_ops ----'        |
 *                              '---- vprim_mock_dma() <-- device model
 *
 * It makes no system call. What it needs of the outside (the program's memory, its
 * descriptors, its eventfds) are callbacks; `virtprim mock` gives it a process under
 * supervision, a test gives it itself, with vprim_mock_sys().
 *
 * Concurrency: takes no locks; one pretended kernel needs the caller's exclusion.
 * Callbacks must not call it back, but where they say so.
 */
#ifndef VIRTPRIM_MOCK_H
#define VIRTPRIM_MOCK_H
#include <virtprim/ioas.h>
#include <virtprim/region_info.h>
#include <virtprim/type1.h>
#include <virtprim/user_vfio.h>
VPRIM_BEGIN_DECLS

struct vprim_mock;
struct vprim_mock_file;
struct vprim_mock_device;

/** Region @c i of a device begins at (i + this) shifted by 40 in its file. */
#define VPRIM_MOCK_FIRST_REGION 16u
/** Regions that a device may have: those of vfio-pci and seven of its own. */
#define VPRIM_MOCK_REGIONS 16u
/** Bytes of configuration space of a PCI Express device. */
#define VPRIM_MOCK_CONFIG_BYTES 4096u
/** Most interrupts of one kind. */
#define VPRIM_MOCK_VECTORS 32u

/** @brief What an open file is. */
enum vprim_mock_kind {
	VPRIM_MOCK_CONTAINER,	/**< /dev/vfio/vfio */
	VPRIM_MOCK_GROUP,	/**< /dev/vfio/N */
	VPRIM_MOCK_DEVICE,	/**< From a group, or /dev/vfio/devices/vfioN. */
	VPRIM_MOCK_IOMMUFD,	/**< /dev/iommu */
	VPRIM_MOCK_DMABUF,	/**< Exported by a device. */
};

/** @name The IOMMU
 * @{ */

/** @brief An IOMMU, and what the platform reserves. */
struct vprim_mock_iommu {
	const char *name;		/**< Such as "intel48". */
	struct vprim_range aperture;	/**< What it translates. */
	uint64_t pgsize_bitmap;		/**< Its page sizes. */
	/** Reserved ranges of every device behind it. */
	const struct vprim_iova_windows_reserved *reserved;
	size_t nr_reserved;		/**< How many. */
	bool emulated;			/**< There is none: mediated devices. */
	bool dirty_tracking;		/**< It can tell written pages. */
	bool vtd;			/**< It is VT-d: matters before Linux 6.6. */
};

/**
 * @brief An IOMMU that has been met.
 * @param[in] name  "intel39", "intel48", "amd", "virtio64" or "none".
 * @return Static memory; NULL for another name.
 *
 * @par Source
 * What Linux 6.12 said of each in QEMU 7.2: VFIO_IOMMU_GET_INFO.
 */
VPRIM_API VPRIM_NONNULL
const struct vprim_mock_iommu *vprim_mock_iommu_find(const char *name);
/** @} */

/** @name What it says
 * @{ */

/** @brief What a note is about. */
enum vprim_mock_news {
	VPRIM_MOCK_CALL,	/**< A call was answered. */
	VPRIM_MOCK_ATTACHED,	/**< A group or a device came into a space. */
	VPRIM_MOCK_FAULT,	/**< A device's access was stopped. */
	VPRIM_MOCK_FREED,	/**< Memory was freed under a mapping. */
	VPRIM_MOCK_LEFT,	/**< A mapping or interrupt went with its file only. */
};

/** @brief Something that happened. Valid during the callback. */
struct vprim_mock_note {
	enum vprim_mock_news news;	/**< What. */
	enum vprim_mock_kind kind;	/**< Of the file; CALL only. */
	const char *call;		/**< Such as "VFIO_IOMMU_MAP_DMA". */
	uint32_t object;		/**< Number of the container or IOAS. */
	int64_t result;			/**< A negative errno, or what is returned. */
	const struct vprim_reason *why;	/**< The rule that refused, or none. */
	const struct vprim_mock_device *device;	/**< Whose, or NULL. */
	uint64_t iova;			/**< First IOVA, where there is one. */
	uint64_t size_bytes;		/**< Bytes from there. */
	/**
	 * MAP: vaddr, flags, argsz. UNMAP: flags, bytes unmapped, argsz; then as
	 * DIRTY_PAGES: flags, 0, argsz, the bitmap's page size and its bytes. A
	 * copy: source IOVA, flags, source object. FAULT: 1 for a write; then,
	 * when there is one, 1 and the nearest mapping's start and last.
	 */
	uint64_t value[5];
	const char *text;		/**< FAULT, LEFT: what, in words. */
};
/** @} */

/**
 * @brief What a pretended kernel needs of the outside.
 *
 * A task is whoever calls: the number that vprim_mock_ioctl() was given. An owner is
 * an address space, which outlives a task. All return a negative errno on failure.
 */
struct vprim_mock_ops {
	/** Read the task's memory: 0 or -EFAULT. NULL: it is the caller's own. */
	int (*copy_in)(void *ctx, uint64_t task, void *to, uint64_t from, size_t n);
	/** Write it. */
	int (*copy_out)(void *ctx, uint64_t task, uint64_t to, const void *from,
			size_t n);
	/** The task's address space. NULL: always 0. */
	uint64_t (*owner)(void *ctx, uint64_t task);
	/** Can it be pinned? @c prot is of VPRIM_TYPE1_MAP_READ, _WRITE. */
	int (*pin)(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size_bytes,
		   uint32_t prot);
	/** The opposite; not 0 when the memory is no longer what was pinned. */
	int (*unpin)(void *ctx, uint64_t owner, uint64_t vaddr,
		     uint64_t size_bytes, uint32_t prot);
	/** A device's access to an owner's memory. */
	int (*dma)(void *ctx, uint64_t owner, uint64_t vaddr, void *data, size_t n,
		   bool write);
	/** Which file is the task's descriptor? NULL in @c file: none of ours. */
	int (*file)(void *ctx, uint64_t task, int32_t fd,
		    struct vprim_mock_file **file);
	/** Give the task a descriptor of a new file: its number. */
	int (*install)(void *ctx, uint64_t task, struct vprim_mock_file *file);
	/** Take hold of the task's eventfd. */
	int (*event_get)(void *ctx, uint64_t task, int32_t fd, void **event);
	/** Let go of it. */
	void (*event_put)(void *ctx, void *event);
	/** Signal it. */
	void (*event_signal)(void *ctx, void *event);
	/**
	 * Call vprim_mock_unmask() for @c device whenever it is signalled, until
	 * it is put.
	 */
	void (*event_watch)(void *ctx, void *event, struct vprim_mock_device *device);
	/** Take hold of the task's memfd, for IOAS_MAP_FILE. */
	int (*memfd_get)(void *ctx, uint64_t task, int32_t fd, void **memfd);
	/** Let go of it. */
	void (*memfd_put)(void *ctx, void *memfd);
	/** A device's access to it. */
	int (*memfd_rw)(void *ctx, void *memfd, uint64_t at, void *data, size_t n,
			bool write);
	/** Memory of a region that a program can map, zeroed; NULL when there is
	 *  none. Must stay until the device goes. */
	void *(*memory)(void *ctx, struct vprim_mock_device *device, uint32_t index,
			uint64_t size_bytes);
	/** An errno, not negative, to refuse the call with at once; 0 to go on. */
	int (*fail)(void *ctx, const char *call);
	/** Something happened. */
	void (*note)(void *ctx, const struct vprim_mock_note *note);
};

/** @brief How a pretended kernel is to be. Zero it, then set the fields. */
struct vprim_mock_config {
	const struct vprim_mock_ops *ops;	/**< Copied. */
	void *ctx;				/**< Handed to @c ops. */
	const struct vprim_alloc_ops *alloc;	/**< Memory; must stay. */
	void *alloc_ctx;			/**< Handed to @c alloc. */
	const struct vprim_mock_iommu *iommu;	/**< Must stay; NULL: intel48. */
	uint32_t release;	/**< Whose rules: VPRIM_LINUX(), or the newest. */
	bool limited;		/**< Mappings are limited to @c entry_limit. */
	uint64_t entry_limit;	/**< Mappings of a container; else 65,535. */
	bool no_vfio;		/**< No containers and groups. */
	bool no_iommufd;	/**< No iommufd and devices of their own. */
};

/**
 * @brief Make a pretended kernel without devices.
 *
 * @param[out] mock    It. Written only on success.
 * @param[in]  config  How it is to be.
 *
 * @retval 0        Done.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_mock_new(struct vprim_mock **mock,
		   const struct vprim_mock_config *config);

/**
 * @brief Give all memory back; what is open is closed first.
 * @param[in] mock  It, or NULL.
 */
VPRIM_API void vprim_mock_free(struct vprim_mock *mock);

/** @name Files
 * @{ */

/**
 * @brief Open a file.
 *
 * @param[in,out] mock  The pretended kernel.
 * @param[in]     path  "/dev/vfio/vfio", "/dev/vfio/16", "/dev/iommu", …
 * @param[out]    file  The file. Written only on success.
 *
 * @retval 0        Open.
 * @retval -ENOENT  There is no such file here.
 * @retval -ENODEV  The device was unplugged.
 * @retval -EBUSY   A group is open already, or a device of it.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 *
 * @par Source
 * Linux vfio_group_fops_open(), vfio_device_fops_cdev_open().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_mock_open(struct vprim_mock *mock, const char *path,
		    struct vprim_mock_file **file);

/**
 * @brief The last descriptor and mapping of a file are gone.
 * @param[in] file  The file; gone afterwards.
 */
VPRIM_API VPRIM_NONNULL void vprim_mock_close(struct vprim_mock_file *file);

/**
 * @brief Answer an ioctl.
 *
 * @param[in,out] file     The file.
 * @param[in]     task     Who calls; handed to the callbacks.
 * @param[in]     request  The request.
 * @param[in]     arg      Its argument, mostly an address in the task's memory.
 * @return What ioctl() returns, or a negative errno.
 *
 * @par Source
 * Linux drivers/vfio and drivers/iommu/iommufd.
 */
VPRIM_API VPRIM_NONNULL
int64_t vprim_mock_ioctl(struct vprim_mock_file *file, uint64_t task,
			 uint32_t request, uint64_t arg);

/**
 * @brief Answer a pread() or pwrite() on a device.
 *
 * @param[in,out] file    The file.
 * @param[in]     offset  Where in it.
 * @param[in,out] data    What is read or written.
 * @param[in]     n       Bytes.
 * @param[in]     write   It is a write.
 * @return Bytes done, or -EINVAL, -EIO, -EFAULT as vfio-pci answers.
 *
 * @par Source
 * Linux vfio_pci_rw(), vfio_pci_config_rw(), vfio_pci_bar_rw().
 */
VPRIM_API VPRIM_NONNULL
int64_t vprim_mock_rw(struct vprim_mock_file *file, uint64_t offset, void *data,
		      size_t n, bool write);

/**
 * @brief Whether an mmap() of a device's file is allowed.
 *
 * @param[in] file     The file.
 * @param[in] offset   Where in it.
 * @param[in] n        Bytes.
 *
 * @retval 0        It is.
 * @retval -EINVAL  No region that can be mapped lies there.
 *
 * @par Source
 * Linux vfio_pci_core_mmap().
 */
VPRIM_API VPRIM_NONNULL VPRIM_MUST_CHECK
int vprim_mock_mmap(const struct vprim_mock_file *file, uint64_t offset,
		    uint64_t n);

/** @brief What a file is. @param[in] file  A file. @return Its kind. */
VPRIM_API VPRIM_NONNULL
enum vprim_mock_kind vprim_mock_file_kind(const struct vprim_mock_file *file);

/** @brief A file's device. @param[in] file  A file. @return It, or NULL. */
VPRIM_API VPRIM_NONNULL
struct vprim_mock_device *vprim_mock_file_device(const struct vprim_mock_file *file);
/** @} */

/** @name Devices
 * @{ */

/** @brief A region. */
struct vprim_mock_region {
	uint64_t size_bytes;	/**< 0: there is none. */
	uint32_t flags;		/**< VPRIM_VFIO_CAP_REGION_READ, _WRITE, _MMAP. */
	/** Parts that can be mapped; NULL: all of it. */
	const struct vprim_vfio_cap_area *areas;
	uint32_t nr_areas;	/**< How many. */
	uint32_t type;		/**< A region of the device's own: its type … */
	uint32_t subtype;	/**< … and subtype; 0 and 0 for others. */
	void *memory;		/**< Its bytes; set by the pretended kernel. */
};

/** @brief What a model tells of its device at its making. */
struct vprim_mock_setup {
	uint32_t config_bytes;		/**< 256 or 4096. */
	uint8_t *config;		/**< Configuration space, zeroed. */
	uint8_t *writable;		/**< Its bits that can be written. */
	struct vprim_mock_region *regions;	/**< VPRIM_MOCK_REGIONS of them. */
	uint32_t irqs[5];	/**< How many INTx, MSI, MSI-X, ERR, REQ. */
	uint32_t msix_bar;		/**< The BAR of the MSI-X table. */
	bool no_reset;			/**< It cannot be reset alone. */
};

/** @brief A kind of device. */
struct vprim_mock_model {
	const char *name;	/**< Such as "edu". */
	size_t state_bytes;	/**< Of its state, which begins as zeroes. */
	/** Lay it out; @c options is the text behind the name, or NULL. -EINVAL
	 *  for options that are none. */
	int (*setup)(struct vprim_mock_device *device,
		     struct vprim_mock_setup *setup, const char *options);
	/** A read or write of a region that is no plain memory, by pread or
	 *  pwrite. NULL, or -EOPNOTSUPP: it is plain memory. */
	int (*access)(struct vprim_mock_device *device, uint32_t region,
		      uint64_t at, void *data, size_t n, bool write);
	/** Look at what a program has written to mapped registers: whether there
	 *  was something. May be NULL. */
	bool (*poll)(struct vprim_mock_device *device);
	/** Begin anew. */
	void (*reset)(struct vprim_mock_device *device);
};

/**
 * @brief A model that is built in.
 *
 * "edu" is QEMU's; options: "trap" (registers cannot be mapped), "mask=BITS" (28
 * address bits, or as many). "card" has what edu has not: sparse areas, MSI-X, a
 * region of a vendor's type, a buffer that can be exported.
 *
 * @param[in] name  Its name.
 * @return Static memory; NULL for another name.
 */
VPRIM_API VPRIM_NONNULL
const struct vprim_mock_model *vprim_mock_model_find(const char *name);

/**
 * @brief Add a device.
 *
 * @param[in,out] mock     The pretended kernel.
 * @param[in]     model    What it is; must stay.
 * @param[in]     name     Its address, as "0000:01:00.0".
 * @param[in]     group    Its IOMMU group.
 * @param[in]     options  For the model, or NULL.
 * @param[out]    device   It. Written only on success.
 *
 * @retval 0        It is there.
 * @retval -EINVAL  The name is no address, or the model knows no such option.
 * @retval -EEXIST  The name is taken.
 * @retval -ENOMEM  The caller's allocator returned NULL.
 */
VPRIM_API VPRIM_NONNULL_ARGS(1, 2, 3, 6) VPRIM_MUST_CHECK
int vprim_mock_add(struct vprim_mock *mock, const struct vprim_mock_model *model,
		   const char *name, uint32_t group, const char *options,
		   struct vprim_mock_device **device);

/** @brief The devices. @param[in] mock  The pretended kernel.
 *  @param[in] after  NULL for the first. @return The next, or NULL. */
VPRIM_API VPRIM_NONNULL_ARGS(1)
struct vprim_mock_device *vprim_mock_next(const struct vprim_mock *mock,
					  const struct vprim_mock_device *after);

/** @brief What the outside may know of a device. */
struct vprim_mock_device_info {
	const char *name;	/**< Its address. */
	const char *model;	/**< Of which model. */
	uint32_t group;		/**< Its group. */
	uint32_t number;	/**< N of /dev/vfio/devices/vfioN. */
	uint32_t config_bytes;	/**< Bytes of configuration space. */
	const uint8_t *config;	/**< Configuration space. */
	const struct vprim_mock_region *regions;	/**< VPRIM_MOCK_REGIONS. */
	uint32_t files;		/**< Files open. */
	uint64_t interrupts;	/**< Interrupts sent. */
	bool unplugged;		/**< It has gone. */
};

/** @brief Ask. @param[in] device  A device. @param[out] info  The answer. */
VPRIM_API VPRIM_NONNULL
void vprim_mock_device_describe(const struct vprim_mock_device *device,
				struct vprim_mock_device_info *info);

/** @brief Let each open device look at its mapped registers.
 *  @param[in,out] mock  The pretended kernel.
 *  @return Whether one found something. */
VPRIM_API VPRIM_NONNULL bool vprim_mock_poll(struct vprim_mock *mock);

/** @brief Unmask a device's INTx. @param[in,out] device  The device. */
VPRIM_API VPRIM_NONNULL
void vprim_mock_unmask(struct vprim_mock_device *device);

/**
 * @brief Ask for a device back: its REQ interrupt, and no more opens.
 * @param[in,out] device  The device.
 */
VPRIM_API VPRIM_NONNULL
void vprim_mock_unplug(struct vprim_mock_device *device);
/** @} */

/** @name For models
 * @{ */

/** @brief The state. @param[in] device  A device. @return Its model's state. */
VPRIM_API VPRIM_NONNULL
void *vprim_mock_state(const struct vprim_mock_device *device);

/**
 * @brief A region's memory.
 * @param[in] device  A device.
 * @param[in] index   The region.
 * @return Its bytes; NULL when it is not mappable.
 */
VPRIM_API VPRIM_NONNULL
void *vprim_mock_memory(const struct vprim_mock_device *device, uint32_t index);

/**
 * @brief Read or write memory as the device.
 *
 * @param[in] device  The device.
 * @param[in] iova    First IOVA.
 * @param[in] data    Bytes.
 * @param[in] n       How many.
 * @param[in] write   To memory.
 *
 * @retval 0        Done.
 * @retval -EFAULT  Stopped, and noted: bus mastering is off, nothing is mapped
 *                  there, the mapping does not allow it, or the memory is gone.
 *                  What lies below the place of the stop is done.
 */
VPRIM_API VPRIM_NONNULL
int vprim_mock_dma(struct vprim_mock_device *device, uint64_t iova, void *data,
		   size_t n, bool write);

/** @brief Raise or lower INTx. @param[in] device  The device.
 *  @param[in] level  Raised. */
VPRIM_API VPRIM_NONNULL
void vprim_mock_intx(struct vprim_mock_device *device, bool level);

/**
 * @brief Send an MSI or MSI-X, whichever is on.
 * @param[in] device  The device.
 * @param[in] vector  Which.
 * @return false when none is on: the caller may raise INTx.
 */
VPRIM_API VPRIM_NONNULL
bool vprim_mock_msi(struct vprim_mock_device *device, uint32_t vector);
/** @} */

/**
 * @brief A pretended kernel as the system calls of user_vfio.h, in one process.
 *
 * Descriptors count from 1000 on; close() is vprim_mock_close().
 *
 * @param[in]  mock  It; its operations `file` and `install` are NULL.
 * @param[out] sys   The calls.
 */
VPRIM_API VPRIM_NONNULL
void vprim_mock_sys(struct vprim_mock *mock, struct vprim_user_sys *sys);

VPRIM_END_DECLS

#endif
