/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/**
 * @file user_vfio.h
 * @brief Opening a device through VFIO, and asking the kernel about it.
 *
 * An address space is either a VFIO container with a type1 IOMMU or an IOAS of
 * iommufd; from there on a device is opened and used alike:
 *
 *                   vprim_user_vfio_space_open()
 *      /dev/vfio/vfio                       /dev/iommu, IOAS_ALLOC
 *                 \                          /
 *                  vprim_user_vfio_device_open()
 *      group, viable?, SET_CONTAINER,       /dev/vfio/devices/vfioN,
 *      SET_IOMMU, GET_DEVICE_FD             BIND_IOMMUFD, ATTACH_IOMMUFD_PT
 *
 * What fails is undone: no file stays open, no group in the container. The
 * parameter `fault` takes the call that failed, its errno and a reason, and may be
 * NULL; it is not touched on success. Mapping is in user_dma.h.
 *
 * Takes no locks: a space and its devices need the caller's exclusion when they
 * are opened and closed; any number of threads may ask.
 */
#ifndef VIRTPRIM_USER_VFIO_H
#define VIRTPRIM_USER_VFIO_H
#include <virtprim/iova_windows.h>
#include <virtprim/type1.h>
#include <virtprim/user_fault.h>
#include <virtprim/vfio_cap.h>
VPRIM_BEGIN_DECLS

/**
 * @brief The system calls that this shim makes.
 *
 * For tests, and for programs that get their files from a broker. Each returns a
 * negative errno on failure.
 */
struct vprim_user_sys {
	/** Open a file for reading and writing, not inherited: its number. */
	int (*open)(void *ctx, const char *path);
	/** Close it. */
	void (*close)(void *ctx, int fd);
	/** ioctl(); at least 0 on success. */
	int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
	/** The last part of what the symbolic link @c path points to. */
	int (*link)(void *ctx, const char *path, char *name, size_t size_bytes);
	/** The name of an entry of folder @c path, the dot entries left out. */
	int (*entry)(void *ctx, const char *path, char *name, size_t size_bytes);
	void *ctx;	/**< Handed to each. */
	/** Bytes of a file from an offset on: how many, 0 at its end. May be
	 *  NULL, like the next: a refusal with several causes names them all. */
	int (*read)(void *ctx, const char *path, uint64_t offset, void *buf,
		    size_t size_bytes);
	/** As entry, the one with this index; -ENOENT behind the last. */
	int (*list)(void *ctx, const char *path, size_t index, char *name,
		    size_t size_bytes);
};

/**
 * @brief The real system calls.
 * @return Operations that live as long as the program.
 *
 * @par Source
 * open(2), close(2), ioctl(2), readlink(2), readdir(3).
 */
VPRIM_API const struct vprim_user_sys *vprim_user_sys_real(void);

/**
 * A container without an IOMMU. **Nothing protects memory**: the device reaches all
 * of it by physical addresses, and the kernel is tainted. For devices in
 * /dev/vfio/noiommu-N.
 */
#define VPRIM_USER_VFIO_NOIOMMU 8u

struct vprim_user_vfio_group;

/** @brief A container or an IOAS. Zeroed, it is closed. */
struct vprim_user_vfio_space {
	const struct vprim_user_sys *sys;	/**< Not NULL while open; read only. */
	int fd;			/**< /dev/vfio/vfio or /dev/iommu; read only. */
	uint32_t kind;		/**< #VPRIM_TYPE1_IOMMU, #VPRIM_TYPE1_V2 or
				 *   #VPRIM_USER_VFIO_NOIOMMU; 0 for an IOAS; read
				 *   only. */
	uint32_t ioas_id;	/**< The IOAS; 0 for a container; read only. */
	uint32_t devices;	/**< Devices open in it; read only. */
	/** @cond private */
	/* private: */
	struct vprim_user_vfio_group *groups_;
	bool taken_;	/* the container came from elsewhere */
	/** @endcond */
};

/** @brief A device. Zeroed, it is closed. */
struct vprim_user_vfio_device {
	struct vprim_user_vfio_space *space;	/**< Not NULL while open; read only. */
	int fd;			/**< For read(), write(), mmap(), ioctl(); read only. */
	int group_fd;		/**< Its group; -1 with an IOAS; read only. */
	uint32_t devid;		/**< Its object in iommufd, or 0; read only. */
	/** @cond private */
	/* private: */
	const struct vprim_user_sys *sys_;	/* the space's, which may go first */
	struct vprim_user_vfio_group *group_;
	/** @endcond */
};

/** @name Opening and closing
 * @{ */

/**
 * @brief Open a container for a type1 IOMMU, or iommufd with an IOAS in it.
 *
 * A container's IOMMU itself is set when the first device comes.
 *
 * @param[out] space  The space. Written only on success.
 * @param[in]  sys    System calls; may be NULL: the real ones. Must stay.
 * @param[in]  kind   #VPRIM_TYPE1_IOMMU, #VPRIM_TYPE1_V2 or, with its warning,
 *                    #VPRIM_USER_VFIO_NOIOMMU; 0 for an iommufd.
 * @param[out] fault  Why not; may be NULL.
 *
 * @retval 0            Open.
 * @retval -EINVAL      @p kind is unknown.
 * @retval -EOPNOTSUPP  The kernel's interface has another version, or its
 *                      container no such IOMMU.
 * @retval -errno       What a system call answered.
 *
 * @par Source
 * Linux Documentation/driver-api/vfio.rst; VFIO_GET_API_VERSION,
 * VFIO_CHECK_EXTENSION. Documentation/userspace-api/iommufd.rst; IOMMU_IOAS_ALLOC.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_space_open(struct vprim_user_vfio_space *space,
			       const struct vprim_user_sys *sys, uint32_t kind,
			       struct vprim_user_fault *fault);

/**
 * @brief Close a space, and with it everything that is mapped there.
 *
 * Close its devices first: the kernel keeps the mappings while one is open. A device
 * that stays open can be asked, reset and closed; nothing more can be mapped for it.
 *
 * @param[in,out] space  The space, zeroed afterwards; a zeroed one is fine.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_vfio_space_close(struct vprim_user_vfio_space *space);

/**
 * @brief Open a device in a space.
 *
 * It is looked for on the buses pci, mdev (mediated devices) and platform, in this
 * order.
 *
 * In a container this opens the device's group, once for all of its devices: the
 * last that is closed closes the group. The first device also sets the container's
 * IOMMU.
 *
 * Where one errno has several causes sysfs is asked: the regions that firmware
 * keeps, the drivers of the group's other devices, the physical function, the
 * power state. Where it does not answer, the reason says "one of".
 *
 * @param[out]    device  The device. Written only on success.
 * @param[in,out] space   The space; must stay where it is while a device is open.
 * @param[in]     name    As in /sys/bus/BUS/devices: "0000:00:05.0", a mediated
 *                        device's UUID. A virtual function whose physical one is
 *                        in a program's hands has its token behind it, as VFIO
 *                        takes it: "0000:00:05.1 vf_token=UUID".
 * @param[out]    fault   Why not; may be NULL.
 *
 * @retval 0        Open.
 * @retval -EINVAL  @p space is closed, or @p name is empty, too long, a dot
 *                  entry, or has a slash or anything but a token in it; or
 *                  the kernel answered so.
 * @retval -ENOENT  No bus has the device; it has no IOMMU group; or no VFIO driver
 *                  is bound to it.
 * @retval -EPERM   A device of the group belongs to another driver; or the kernel
 *                  answered so.
 * @retval -ENODEV  No IOMMU is behind the device, and @p space is for one; or the
 *                  kernel answered so.
 * @retval -ENOMEM  Memory ran out.
 * @retval -errno   What a system call answered.
 *
 * @par Source
 * Linux Documentation/driver-api/vfio.rst, group and cdev usage.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 3)
int vprim_user_vfio_device_open(struct vprim_user_vfio_device *device,
				struct vprim_user_vfio_space *space,
				const char *name,
				struct vprim_user_fault *fault);

/**
 * @brief Close a device, and with the last of its group take that out of the
 *        container.
 *
 * With the last device of a container all mappings go, and its IOMMU.
 *
 * @param[in,out] device  The device, zeroed afterwards; a zeroed one is fine.
 */
VPRIM_API VPRIM_NONNULL
void vprim_user_vfio_device_close(struct vprim_user_vfio_device *device);

/**
 * @brief Reset a device.
 *
 * @param[in]  device  The device.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p device is closed; or the kernel answered so.
 * @retval -errno   What VFIO_DEVICE_RESET answered; -ENOTTY or -EINVAL where the
 *                  device has no reset.
 *
 * @par Source
 * VFIO_DEVICE_RESET of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_reset(const struct vprim_user_vfio_device *device,
			  struct vprim_user_fault *fault);
/** @} */

/** @brief A device that a reset of the slot or bus concerns. */
struct vprim_user_vfio_dependent {
	/** Its group's number; with an IOAS its object in iommufd, 0 when it
	 *  belongs to one that does, or #VPRIM_USER_VFIO_NOT_OWNED. */
	uint32_t id;
	uint16_t segment;	/**< PCI segment. */
	uint8_t bus;		/**< PCI bus. */
	uint8_t devfn;		/**< Slot in bits 7:3, function in bits 2:0. */
};

/** The device is not open in this iommufd, nor in a group that is. */
#define VPRIM_USER_VFIO_NOT_OWNED 0xffffffffu

/**
 * @brief Which devices a reset of the device's slot or bus concerns.
 *
 * @param[in]  device    A PCI device.
 * @param[out] list      The caller's array; may be NULL when @p capacity is 0.
 *                       Written only on success.
 * @param[in]  capacity  Devices that fit in @p list.
 * @param[out] count     Devices. Written on success and for -EMSGSIZE.
 * @param[out] flags     VFIO's: 1 when the ids are iommufd's, 2 when all are owned.
 *                       Written when @p list is.
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0          @p list holds @p count devices.
 * @retval -EMSGSIZE  @p count devices do not fit.
 * @retval -EINVAL    @p device is closed; or the kernel answered so.
 * @retval -ENODEV    Neither slot nor bus can be reset.
 * @retval -ENOMEM    Memory ran out.
 * @retval -E2BIG     The kernel wants more room than it names.
 * @retval -errno     What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_GET_PCI_HOT_RESET_INFO of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4, 5)
int vprim_user_vfio_hot_reset_info(const struct vprim_user_vfio_device *device,
				   struct vprim_user_vfio_dependent *list,
				   size_t capacity, size_t *count,
				   uint32_t *flags,
				   struct vprim_user_fault *fault);

/**
 * @brief Reset the slot or bus of a device, with every device on it.
 *
 * All of them must be the program's: in a container their groups open in the same
 * space, with an IOAS the devices in the same iommufd. The first that is not is
 * named, and nothing is reset.
 *
 * @param[in]  device  A PCI device.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p device or its space is closed; or the kernel answered so.
 * @retval -EPERM   One of the devices is not open here.
 * @retval -ENODEV  Neither slot nor bus can be reset.
 * @retval -ENOMEM  Memory ran out.
 * @retval -E2BIG   The set grew too often.
 * @retval -errno   What an ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_PCI_HOT_RESET of linux/vfio.h: an array of group files proves the
 * ownership, with iommufd an empty one.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_hot_reset(const struct vprim_user_vfio_device *device,
			      struct vprim_user_fault *fault);

/** @name Interrupts
 * @{ */

/** @brief What a device has at an index of interrupts. */
struct vprim_user_vfio_irq {
	uint32_t flags;		/**< VPRIM_USER_VFIO_IRQ_EVENTFD and the like. */
	uint32_t count;		/**< Interrupts; 0 for none. */
};

/** Eventfds can be set. */
#define VPRIM_USER_VFIO_IRQ_EVENTFD 1u
/** They can be masked and unmasked. */
#define VPRIM_USER_VFIO_IRQ_MASKABLE 2u
/** One that came is masked until it is unmasked. */
#define VPRIM_USER_VFIO_IRQ_AUTOMASKED 4u
/** To have more of them all must be turned off first. */
#define VPRIM_USER_VFIO_IRQ_NORESIZE 8u

/** @brief Some interrupts of an index. */
struct vprim_user_vfio_irqs {
	uint32_t index;		/**< PCI: 0 INTx, 1 MSI, 2 MSI-X, 3 error, 4 request. */
	uint32_t start;		/**< The first. */
	uint32_t count;		/**< How many. */
};

/** @brief What is done. */
enum vprim_user_vfio_irq_action {
	VPRIM_USER_VFIO_IRQ_MASK,	/**< Hold them back. */
	VPRIM_USER_VFIO_IRQ_UNMASK,	/**< Let them through. */
	VPRIM_USER_VFIO_IRQ_TRIGGER,	/**< Signal them. */
};

/**
 * @brief Ask about an index of interrupts.
 *
 * @param[in]  device  The device.
 * @param[in]  index   Which.
 * @param[out] irq     What there is. Written only on success.
 * @param[out] fault   Why not; may be NULL.
 *
 * @retval 0        @p irq is valid.
 * @retval -EINVAL  @p device is closed; or the kernel knows no such index.
 * @retval -errno   What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_GET_IRQ_INFO of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3)
int vprim_user_vfio_irq_info(const struct vprim_user_vfio_device *device,
			     uint32_t index, struct vprim_user_vfio_irq *irq,
			     struct vprim_user_fault *fault);

/**
 * @brief Set eventfds for interrupts, or act on them at once.
 *
 *     eventfds  TRIGGER  they are written when an interrupt comes; turns them on
 *               UNMASK   writing them unmasks, without a call
 *     NULL      MASK, UNMASK, TRIGGER  now, once; TRIGGER is a test
 *     NULL      TRIGGER, start and count 0  turns the whole index off
 *
 * @param[in]  device    The device.
 * @param[in]  irqs      Which.
 * @param[in]  action    What.
 * @param[in]  eventfds  One for each, -1 for none; may be NULL.
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0        Done.
 * @retval -EINVAL  @p device is closed, @p action none, @p irqs leaves 32 bits, or
 *                  its count is 0 and it is not the last row; or the device has no
 *                  such interrupts, or they cannot do that.
 * @retval -ENOMEM  Memory ran out.
 * @retval -errno   What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_SET_IRQS of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_vfio_irq_set(const struct vprim_user_vfio_device *device,
			    const struct vprim_user_vfio_irqs *irqs,
			    enum vprim_user_vfio_irq_action action,
			    const int *eventfds, struct vprim_user_fault *fault);
/** @} */

/** @name KVM
 *
 * KVM must know what VFIO has open for its guests: without it a device that does
 * not snoop caches stays incoherent, and mediated devices find no guest.
 * @{ */

/**
 * @brief Make the device of a VM that knows the files of VFIO; one for each VM.
 *
 * @param[in]  sys    System calls; may be NULL: the real ones.
 * @param[in]  vm     The VM.
 * @param[out] fault  Why not; may be NULL.
 * @return A descriptor, not negative; close(2) it. Or a negative errno.
 *
 * @retval -ENODEV  This KVM has no such device.
 * @retval -errno   What the kernel answered; -EEXIST when the VM has one.
 *
 * @par Source
 * Linux Documentation/virt/kvm/devices/vfio.rst, KVM_CREATE_DEVICE.
 */
VPRIM_API VPRIM_MUST_CHECK
int vprim_user_vfio_kvm_open(const struct vprim_user_sys *sys, int vm,
			     struct vprim_user_fault *fault);

/**
 * @brief Tell KVM of a device: of its group's file, or with an IOAS of its own.
 *
 * Once for all devices of a group. Before the first vCPU runs, and with an IOAS
 * before the device is used.
 *
 * @param[in]  device    The device.
 * @param[in]  kvm_vfio  From vprim_user_vfio_kvm_open().
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0        KVM knows it.
 * @retval -EINVAL  @p device is closed; or the kernel answered so.
 * @retval -EEXIST  KVM knew the file.
 * @retval -errno   What the kernel answered.
 *
 * @par Source
 * KVM_DEV_VFIO_FILE_ADD, the same number as KVM_DEV_VFIO_GROUP_ADD.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_kvm_add(const struct vprim_user_vfio_device *device,
			    int kvm_vfio, struct vprim_user_fault *fault);

/**
 * @brief Let KVM forget it again, before the last device of the group is closed.
 *
 * @param[in]  device    The device.
 * @param[in]  kvm_vfio  From vprim_user_vfio_kvm_open().
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0        KVM knows it no more.
 * @retval -EINVAL  @p device is closed; or the kernel answered so.
 * @retval -ENOENT  KVM did not know the file.
 * @retval -errno   What the kernel answered.
 *
 * @par Source
 * KVM_DEV_VFIO_FILE_DEL.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_kvm_remove(const struct vprim_user_vfio_device *device,
			       int kvm_vfio, struct vprim_user_fault *fault);
/** @} */

/**
 * @brief The regions that the group of a device must not map, with their kinds.
 *
 * Before anything is opened: a direct region says that no program may have the
 * device (Linux 6.6 and later; before, on Intel's IOMMUs).
 * vprim_iova_windows_build() makes windows of them.
 *
 * @param[in]  sys       System calls; may be NULL: the real ones.
 * @param[in]  name      As for vprim_user_vfio_device_open().
 * @param[out] list      The caller's array; may be NULL when @p capacity is 0.
 *                       Written on success and for -EMSGSIZE, in the file's order.
 * @param[in]  capacity  Regions that fit in @p list.
 * @param[out] count     Regions. Written on success and for -EMSGSIZE.
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0            @p list holds @p count regions.
 * @retval -EMSGSIZE    @p count regions do not fit.
 * @retval -EINVAL      @p name is none.
 * @retval -ENOENT      No bus has the device, or it has no IOMMU group.
 * @retval -EBADMSG     A line of the file is none.
 * @retval -EOPNOTSUPP  @p sys cannot read.
 * @retval -errno       What a system call answered.
 *
 * @par Source
 * Linux Documentation/ABI/testing/sysfs-kernel-iommu_groups, reserved_regions.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(2, 5)
int vprim_user_vfio_reserved(const struct vprim_user_sys *sys, const char *name,
			     struct vprim_iova_windows_reserved *list,
			     size_t capacity, size_t *count,
			     struct vprim_user_fault *fault);

/** @name Taking over
 *
 * Files that are open already: from a broker, from libvirt, by SCM_RIGHTS. They
 * belong to the object afterwards, which closes them; dup(2) what is to stay.
 * After an error they are the caller's still.
 * @{ */

/**
 * @brief Take over a container or an iommufd.
 *
 * A container may have groups and an IOMMU already: vprim_user_vfio_group_take()
 * and vprim_user_vfio_device_open() find out.
 *
 * @param[out] space    The space. Written only on success.
 * @param[in]  sys      System calls; may be NULL: the real ones. Must stay.
 * @param[in]  fd       The file.
 * @param[in]  kind     As for vprim_user_vfio_space_open(); 0 for an iommufd.
 * @param[in]  ioas_id  The IOAS to use; 0 makes one. For a container 0.
 * @param[out] fault    Why not; may be NULL.
 *
 * @retval 0            Taken.
 * @retval -EINVAL      @p fd is negative, @p kind unknown, or a container has an
 *                      IOAS.
 * @retval -EOPNOTSUPP  As for vprim_user_vfio_space_open().
 * @retval -errno       What a system call answered; -ENOTTY where @p fd is another
 *                      file.
 *
 * @par Source
 * Linux Documentation/driver-api/vfio.rst, userspace-api/iommufd.rst.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_space_take(struct vprim_user_vfio_space *space,
			       const struct vprim_user_sys *sys, int fd,
			       uint32_t kind, uint32_t ioas_id,
			       struct vprim_user_fault *fault);

/**
 * @brief Take over a group, for devices to be opened by name.
 *
 * A group in no container joins this one; one that is in a container stays there,
 * which must be this one. It is open until the space and its devices are closed.
 *
 * @param[in,out] space   A container.
 * @param[in]     fd      The file of the group.
 * @param[in]     number  The group's number, as in /sys/kernel/iommu_groups.
 * @param[out]    fault   Why not; may be NULL.
 *
 * @retval 0            Taken.
 * @retval -EINVAL      @p space is closed, or @p fd is negative; or the kernel
 *                      answered so.
 * @retval -EOPNOTSUPP  @p space is an IOAS, which knows no groups.
 * @retval -EBUSY       The space has this group; or the kernel answered so.
 * @retval -ENOMEM      Memory ran out.
 * @retval -errno       As for vprim_user_vfio_device_open().
 *
 * @par Source
 * VFIO_GROUP_GET_STATUS, VFIO_GROUP_SET_CONTAINER.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1)
int vprim_user_vfio_group_take(struct vprim_user_vfio_space *space, int fd,
			       uint32_t number, struct vprim_user_fault *fault);

/**
 * @brief Take over a device.
 *
 * With an IOAS one that is not bound yet is bound and attached; one that whoever
 * opened it has bound to this iommufd is attached to this IOAS.
 *
 * @param[out]    device  The device. Written only on success.
 * @param[in,out] space   The space; must stay where it is while a device is open.
 * @param[in]     fd      The file of the device.
 * @param[out]    fault   Why not; may be NULL.
 *
 * @retval 0        Taken.
 * @retval -EINVAL  @p space is closed, or @p fd is negative; or the kernel
 *                  answered so.
 * @retval -errno   What a system call answered; -ENOTTY where @p fd is another
 *                  file.
 *
 * @par Source
 * VFIO_DEVICE_GET_INFO answers EINVAL until a device is bound (Linux
 * vfio_device_fops_unl_ioctl()).
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2)
int vprim_user_vfio_device_take(struct vprim_user_vfio_device *device,
				struct vprim_user_vfio_space *space, int fd,
				struct vprim_user_fault *fault);
/** @} */

/** @name Asking
 *
 * The kernel answers with an info struct and maybe a capability chain; it may need
 * more room than it was given, and more again when asked again. The negotiation is
 * @ref vprim_vfio_cap_query, with its limits. The chain is checked whole before
 * the caller sees it.
 * @{ */

/**
 * @brief Ask about a region.
 *
 * @param[in]  device      The device.
 * @param[in]  index       Which region.
 * @param[out] buf         Room for the answer, at least 32 bytes; 1024 mostly do.
 *                         Overwritten, on failure too.
 * @param[in]  size_bytes  Bytes of @p buf; what is over 64 KiB is not used.
 * @param[out] view        The answer, checked; holds on to @p buf. Written only on
 *                         success.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0         @p view is valid.
 * @retval -EINVAL   @p device is closed, or @p size_bytes does not hold the
 *                   info struct; or the kernel knows no such region.
 * @retval -E2BIG    The answer does not fit in @p buf, or grew too often.
 * @retval -EBADMSG  The answer contradicts itself.
 * @retval -errno    What the ioctl answered.
 *
 * @par Source
 * VFIO_DEVICE_GET_REGION_INFO of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 3, 5)
int vprim_user_vfio_region_info(const struct vprim_user_vfio_device *device,
				uint32_t index, void *buf, size_t size_bytes,
				struct vprim_vfio_cap_view *view,
				struct vprim_user_fault *fault);

/**
 * @brief Ask about a device. As vprim_user_vfio_region_info(), at least 24 bytes.
 *
 * @param[in]  device      The device.
 * @param[out] buf         Room for the answer.
 * @param[in]  size_bytes  Bytes of @p buf.
 * @param[out] view        The answer. Written only on success.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0         @p view is valid.
 * @retval -EINVAL   As for vprim_user_vfio_region_info(), and so the next.
 * @retval -E2BIG    See there.
 * @retval -EBADMSG  See there.
 * @retval -errno    See there.
 *
 * @par Source
 * VFIO_DEVICE_GET_INFO of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_user_vfio_device_info(const struct vprim_user_vfio_device *device,
				void *buf, size_t size_bytes,
				struct vprim_vfio_cap_view *view,
				struct vprim_user_fault *fault);

/**
 * @brief Ask about a container's IOMMU. As vprim_user_vfio_region_info(), at least
 *        24 bytes.
 *
 * @param[in]  space       A container with a device in it.
 * @param[out] buf         Room for the answer.
 * @param[in]  size_bytes  Bytes of @p buf.
 * @param[out] view        The answer. Written only on success.
 * @param[out] fault       Why not; may be NULL.
 *
 * @retval 0            @p view is valid.
 * @retval -EOPNOTSUPP  @p space is an IOAS: ask vprim_user_vfio_windows().
 * @retval -EINVAL      As for vprim_user_vfio_region_info(), and so the next.
 * @retval -E2BIG       See there.
 * @retval -EBADMSG     See there.
 * @retval -errno       See there.
 *
 * @par Source
 * VFIO_IOMMU_GET_INFO of linux/vfio.h.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 2, 4)
int vprim_user_vfio_iommu_info(const struct vprim_user_vfio_space *space,
			       void *buf, size_t size_bytes,
			       struct vprim_vfio_cap_view *view,
			       struct vprim_user_fault *fault);

/**
 * @brief The usable addresses, as a list for iova_windows.h.
 *
 * They change when devices come and go.
 *
 * @param[in]  space     A container with a device in it, or an IOAS.
 * @param[out] list      The caller's array; may be NULL when @p capacity is 0.
 *                       Written only on success, and with an IOAS on -EMSGSIZE too.
 * @param[in]  capacity  Ranges that fit in @p list.
 * @param[out] count     Windows; 0, from an old kernel, restricts nothing. Written
 *                       on success and for -EMSGSIZE.
 * @param[out] fault     Why not; may be NULL.
 *
 * @retval 0          @p list holds @p count windows, ascending and disjoint.
 * @retval -EMSGSIZE  @p count windows do not fit.
 * @retval -EINVAL    @p space is closed.
 * @retval -ENOMEM    Memory ran out.
 * @retval -E2BIG     As for vprim_user_vfio_region_info().
 * @retval -EBADMSG   The kernel's ranges are no list.
 * @retval -errno     What the ioctl answered.
 *
 * @par Source
 * VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE; IOMMU_IOAS_IOVA_RANGES.
 */
VPRIM_API VPRIM_MUST_CHECK VPRIM_NONNULL_ARGS(1, 4)
int vprim_user_vfio_windows(const struct vprim_user_vfio_space *space,
			    struct vprim_range *list, size_t capacity,
			    size_t *count, struct vprim_user_fault *fault);
/** @} */

VPRIM_END_DECLS

#endif
