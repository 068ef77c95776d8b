/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the VFIO shim mirrors of linux/vfio.h and linux/iommufd.h, which not every
 * C library's headers have, and its way of saying what failed.
 */
#ifndef VIRTPRIM_USER_VFIO_INTERNAL_H
#define VIRTPRIM_USER_VFIO_INTERNAL_H
#include "user_internal.h"
#include <virtprim/iova_windows.h>
#include <virtprim/user_vfio.h>

#include <sys/ioctl.h>

/* VFIO */
#define VFIO_REQUEST_(nr) ((unsigned long)_IO(';', nr))
#define VFIO_GET_API_VERSION_ VFIO_REQUEST_(100)
#define VFIO_CHECK_EXTENSION_ VFIO_REQUEST_(101)
#define VFIO_SET_IOMMU_ VFIO_REQUEST_(102)
#define VFIO_GROUP_GET_STATUS_ VFIO_REQUEST_(103)
#define VFIO_GROUP_SET_CONTAINER_ VFIO_REQUEST_(104)
#define VFIO_GROUP_UNSET_CONTAINER_ VFIO_REQUEST_(105)
#define VFIO_GROUP_GET_DEVICE_FD_ VFIO_REQUEST_(106)
#define VFIO_DEVICE_GET_INFO_ VFIO_REQUEST_(107)
#define VFIO_DEVICE_GET_REGION_INFO_ VFIO_REQUEST_(108)
#define VFIO_DEVICE_GET_IRQ_INFO_ VFIO_REQUEST_(109)
#define VFIO_DEVICE_SET_IRQS_ VFIO_REQUEST_(110)
#define VFIO_DEVICE_RESET_ VFIO_REQUEST_(111)
#define VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_ VFIO_REQUEST_(112)
#define VFIO_DEVICE_PCI_HOT_RESET_ VFIO_REQUEST_(113)
#define VFIO_IOMMU_GET_INFO_ VFIO_REQUEST_(112)
#define VFIO_IOMMU_MAP_DMA_ VFIO_REQUEST_(113)
#define VFIO_IOMMU_UNMAP_DMA_ VFIO_REQUEST_(114)
#define VFIO_DEVICE_FEATURE_ VFIO_REQUEST_(117)
#define VFIO_IOMMU_DIRTY_PAGES_ VFIO_REQUEST_(117)
#define VFIO_DEVICE_BIND_IOMMUFD_ VFIO_REQUEST_(118)
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT_ VFIO_REQUEST_(119)

#define VFIO_DIRTY_START_ 1u
#define VFIO_DIRTY_STOP_ 2u
#define VFIO_DIRTY_GET_ 4u

struct vfio_dirty_ {
	uint32_t argsz, flags;
};

struct vfio_dirty_get_ {
	struct vfio_dirty_ head;
	uint64_t iova, size;
	uint64_t page_bytes, bitmap_bytes, bitmap;
};

#define VFIO_FEATURE_GET_DMA_BUF_ (1u << 16 | 11)

/* Then offset and length of each part, 64 bits. */
struct vfio_dma_buf_ {
	uint32_t argsz, feature;
	uint32_t region, open_flags, flags, count;
};

#define VFIO_FEATURE_LOG_START_ (1u << 17 | 6)
#define VFIO_FEATURE_LOG_STOP_ (1u << 17 | 7)
#define VFIO_FEATURE_LOG_REPORT_ (1u << 16 | 8)

/* Its ranges are pairs of first address and length. */
struct vfio_log_start_ {
	uint32_t argsz, feature;
	uint64_t page_bytes;
	uint32_t count, reserved;
	uint64_t ranges;
};

struct vfio_log_report_ {
	uint32_t argsz, feature;
	uint64_t iova, length, page_bytes, bitmap;
};

#define VFIO_IRQ_DATA_NONE_ 1u
#define VFIO_IRQ_DATA_EVENTFD_ 4u
#define VFIO_IRQ_ACTION_MASK_ 8u

struct vfio_irq_info_ {
	uint32_t argsz, flags, index, count;
};

/* Then an eventfd each, 32 bits. */
struct vfio_irq_set_ {
	uint32_t argsz, flags, index, start, count;
};

/* Then the dependent devices, or group files of 32 bits. */
struct vfio_hot_reset_ {
	uint32_t argsz, flags, count;
};

/* KVM's device that knows the files of VFIO */
#define KVM_CREATE_DEVICE_ ((unsigned long)_IOWR(0xae, 0xe0, struct kvm_create_))
#define KVM_SET_DEVICE_ATTR_ ((unsigned long)_IOW(0xae, 0xe1, struct kvm_attr_))
#define KVM_DEV_TYPE_VFIO_ 4u
#define KVM_DEV_VFIO_FILE_ 1u
#define KVM_DEV_VFIO_FILE_ADD_ 1u
#define KVM_DEV_VFIO_FILE_DEL_ 2u

struct kvm_create_ {
	uint32_t type, fd, flags;
};

struct kvm_attr_ {
	uint32_t flags, group;
	uint64_t attr, addr;
};

#define VFIO_GROUP_VIABLE_ 1u
#define VFIO_GROUP_CONTAINER_SET_ 2u

struct vfio_group_status_ {
	uint32_t argsz, flags;
};

struct vfio_dma_map_ {
	uint32_t argsz, flags;
	uint64_t vaddr, iova, size;
};

struct vfio_dma_unmap_ {
	uint32_t argsz, flags;
	uint64_t iova, size;
};

/* Kernels up to 6.16 know no token: 16 bytes without one. */
struct vfio_bind_iommufd_ {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token_uuid_ptr;
};

#define VFIO_BIND_BYTES_ 16u
#define VFIO_BIND_TOKEN_ 1u

struct vfio_attach_iommufd_pt_ {
	uint32_t argsz, flags, pt_id;
};

/* iommufd */
#define IOMMU_DESTROY_ VFIO_REQUEST_(0x80)
#define IOMMU_IOAS_ALLOC_ VFIO_REQUEST_(0x81)
#define IOMMU_IOAS_IOVA_RANGES_ VFIO_REQUEST_(0x84)
#define IOMMU_IOAS_MAP_ VFIO_REQUEST_(0x85)
#define IOMMU_IOAS_UNMAP_ VFIO_REQUEST_(0x86)

#define IOMMU_HWPT_ALLOC_ VFIO_REQUEST_(0x89)
#define IOMMU_HWPT_SET_DIRTY_ VFIO_REQUEST_(0x8b)
#define IOMMU_HWPT_GET_DIRTY_ VFIO_REQUEST_(0x8c)
#define IOMMU_IOAS_MAP_FILE_ VFIO_REQUEST_(0x8f)

#define IOMMU_HWPT_DIRTY_TRACKING_ 2u

struct iommu_destroy_ {
	uint32_t size, id;
};

struct iommu_hwpt_alloc_ {
	uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved;
};

struct iommu_hwpt_set_dirty_ {
	uint32_t size, flags, hwpt_id, reserved;
};

struct iommu_hwpt_get_dirty_ {
	uint32_t size, hwpt_id, flags, reserved;
	uint64_t iova, length, page_bytes, bitmap;
};

struct iommu_ioas_map_file_ {
	uint32_t size, flags, ioas_id;
	int32_t fd;
	uint64_t start, length, iova;
};

struct iommu_ioas_alloc_ {
	uint32_t size, flags, out_ioas_id;
};

/* Its ranges are struct vprim_range: first and last address, 64 bits each. */
struct iommu_ioas_iova_ranges_ {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas, out_iova_alignment;
};

struct iommu_ioas_map_ {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};

struct iommu_ioas_unmap_ {
	uint32_t size, ioas_id;
	uint64_t iova, length;
};

#define VPRIM_USER_NAME_BYTES_ 64
#define VPRIM_USER_FOLDER_BYTES_ 96
#define VPRIM_USER_PATH_BYTES_ 192

/* An open group, shared by the devices that were opened through it. */
struct vprim_user_vfio_group {
	struct vprim_user_vfio_group *next;
	char number[VPRIM_USER_NAME_BYTES_];
	int fd;
	uint32_t users;		/* devices, and the space when it took it over */
	bool taken;		/* somebody else's too: not ours to take out */
};

/* A step that can fail, and what it means when it does so with an errno. */
struct vprim_user_step_ {
	const char *call;
	struct {
		int error;
		enum vprim_user_rule rule;
	} why[6];
};

/* Fill @fault from a step's negative errno, which is returned. */
int vprim_user_failed_(struct vprim_user_fault *fault,
		       const struct vprim_user_step_ *step, int ret,
		       const char *subject);

/*
 * What sysfs knows of a failure that has more than one cause, or names the one to
 * blame: @fault's rule and subject become more exact. @device and @group are
 * folders; either may be NULL.
 */
void vprim_user_facts_(const struct vprim_user_sys *sys, const char *device,
		       const char *group, struct vprim_user_fault *fault);

/* Why the kernel did not map so many bytes of what is at @vaddr: as above. */
void vprim_user_dma_facts_(const struct vprim_user_vfio_space *space,
			   uint64_t vaddr, uint64_t size_bytes,
			   struct vprim_user_fault *fault);

/* A whole small file as a string; a longer one is cut. */
int vprim_user_read_(const struct vprim_user_sys *sys, const char *path,
		     char *text, size_t size_bytes);

/* A hexadecimal number behind blanks; @at moves behind it. */
bool vprim_user_hex_(const char **at, uint64_t *value);

/* The space's open group with this number, or NULL. */
struct vprim_user_vfio_group *
vprim_user_group_find_(const struct vprim_user_vfio_space *space,
		       const char *number);

/* The file @path of sysfs, as vprim_user_vfio_reserved(); no fault. */
int vprim_user_reserved_(const struct vprim_user_sys *sys, const char *path,
			 struct vprim_iova_windows_reserved *list,
			 size_t capacity, size_t *count);

/* That @fd is a container that takes an IOMMU of this kind. */
bool vprim_user_kind_ok_(uint32_t kind);
/* See that the file is what @as says; an IOAS without an id is made. */
int vprim_user_begin_(struct vprim_user_vfio_space *space,
		      const struct vprim_user_vfio_space *as,
		      const char *subject, struct vprim_user_fault *fault);

/* An open group becomes one of the space's; after an error @fd is the caller's. */
int vprim_user_group_add_(struct vprim_user_vfio_space *space, int fd,
			  const char *number, bool taken,
			  struct vprim_user_vfio_group **group,
			  struct vprim_user_fault *fault);

/* @token is 16 bytes, or NULL. */
int vprim_user_bind_(const struct vprim_user_vfio_space *space, int fd,
		     const uint8_t *token, const char *path, uint32_t *devid,
		     struct vprim_user_fault *fault);

int vprim_user_attach_(const struct vprim_user_vfio_space *space, int fd,
		       uint32_t pt_id, const char *path,
		       struct vprim_user_fault *fault);

/* The group of the device in @folder, its number. */
int vprim_user_group_of_(const struct vprim_user_sys *sys, const char *folder,
			 const char *name, char number[VPRIM_USER_NAME_BYTES_],
			 struct vprim_user_fault *fault);

/* The folder of a device, which may carry a token behind its name. */
int vprim_user_find_(const struct vprim_user_sys *sys, const char *name,
		     char folder[VPRIM_USER_FOLDER_BYTES_],
		     struct vprim_user_fault *fault);

#endif
