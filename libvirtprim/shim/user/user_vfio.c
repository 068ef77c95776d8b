// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Opening and closing.
 *
 * Each function that opens something keeps it in a local until all has succeeded,
 * and undoes in the opposite order; the caller's object is written last.
 */
#include "user_vfio_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 64
#define FOLDER_BYTES 96
#define PATH_BYTES 128

static const struct vprim_user_step_ step_open = { "open", {
	{ ENOENT, VPRIM_USER_RULE_MODULE },
	{ ENODEV, VPRIM_USER_RULE_MODULE },
	{ EACCES, VPRIM_USER_RULE_ACCESS },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
} };
static const struct vprim_user_step_ step_open_device = { "open", {
	{ ENOENT, VPRIM_USER_RULE_DRIVER },
	{ EACCES, VPRIM_USER_RULE_ACCESS },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
} };
static const struct vprim_user_step_ step_version = {
	"ioctl VFIO_GET_API_VERSION", { { 0, 0 } }
};
static const struct vprim_user_step_ step_extension = {
	"ioctl VFIO_CHECK_EXTENSION", { { 0, 0 } }
};
static const struct vprim_user_step_ step_ioas = { "ioctl IOMMU_IOAS_ALLOC", {
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_find = { "readlink", {
	{ ENOENT, VPRIM_USER_RULE_DEVICE },
} };
static const struct vprim_user_step_ step_group = { "readlink", {
	{ ENOENT, VPRIM_USER_RULE_GROUPLESS },
} };
static const struct vprim_user_step_ step_cdev = { "opendir", {
	{ ENOENT, VPRIM_USER_RULE_DRIVER },
} };
static const struct vprim_user_step_ step_status = {
	"ioctl VFIO_GROUP_GET_STATUS", { { 0, 0 } }
};
static const struct vprim_user_step_ step_container = {
	"ioctl VFIO_GROUP_SET_CONTAINER", {
	{ EPERM, VPRIM_USER_RULE_VIABLE },
	{ EINVAL, VPRIM_USER_RULE_IN_USE },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
} };
static const struct vprim_user_step_ step_iommu = { "ioctl VFIO_SET_IOMMU", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_device = {
	"ioctl VFIO_GROUP_GET_DEVICE_FD", {
	{ ENODEV, VPRIM_USER_RULE_GROUP },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
} };
static const struct vprim_user_step_ step_bind = {
	"ioctl VFIO_DEVICE_BIND_IOMMUFD", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_attach = {
	"ioctl VFIO_DEVICE_ATTACH_IOMMUFD_PT", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS },
	{ EADDRINUSE, VPRIM_USER_RULE_PRESENT },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_reset = {
	"ioctl VFIO_DEVICE_RESET", {
	{ EINVAL, VPRIM_USER_RULE_RESET },
	{ ENOTTY, VPRIM_USER_RULE_RESET },
} };

int vprim_user_failed_(struct vprim_user_fault *fault,
		       const struct vprim_user_step_ *step, int ret,
		       const char *subject)
{
	size_t i;

	user_failed(fault, step->call, subject, -ret);
	for (i = 0; i < VPRIM_ARRAY_LEN(step->why); i++)
		if (step->why[i].error == -ret)
			return user_because(fault, ret,
					    BECAUSE(step->why[i].rule));
	return ret;
}

/* -- spaces -- */

static int open_file(const struct vprim_user_sys *sys,
		     const struct vprim_user_step_ *step, const char *path,
		     struct vprim_user_fault *fault)
{
	int fd = sys->open(sys->ctx, path);

	return fd < 0 ? vprim_user_failed_(fault, step, fd, path) : fd;
}

static int check_container(const struct vprim_user_sys *sys, int fd,
			   uint32_t kind, const char *path,
			   struct vprim_user_fault *fault)
{
	int ret = sys->ioctl(sys->ctx, fd, VFIO_GET_API_VERSION_, NULL);

	if (ret < 0)
		return vprim_user_failed_(fault, &step_version, ret, path);
	if (ret > 0)
		return user_refuse(fault, step_version.call, path, VERSION,
				   VALUE((uint64_t)ret));
	ret = sys->ioctl(sys->ctx, fd, VFIO_CHECK_EXTENSION_,
			 (void *)(uintptr_t)kind);
	if (ret < 0)
		return vprim_user_failed_(fault, &step_extension, ret, path);
	if (!ret)
		return user_refuse(fault, step_extension.call, path, KIND,
				   VALUE(kind));
	return 0;
}

int vprim_user_vfio_container_open(struct vprim_user_vfio_space *space,
				   const struct vprim_user_sys *sys,
				   uint32_t kind,
				   struct vprim_user_fault *fault)
{
	static const char path[] = "/dev/vfio/vfio";
	int fd, ret;

	if (kind != VPRIM_TYPE1_IOMMU && kind != VPRIM_TYPE1_V2)
		return vprim_user_argument_(fault,
					    "vprim_user_vfio_container_open",
					    NULL);
	if (!sys)
		sys = vprim_user_sys_real();
	fd = open_file(sys, &step_open, path, fault);
	if (fd < 0)
		return fd;
	ret = check_container(sys, fd, kind, path, fault);
	if (ret) {
		sys->close(sys->ctx, fd);
		return ret;
	}
	*space = (struct vprim_user_vfio_space){ .sys = sys, .fd = fd,
						 .kind = kind };
	return 0;
}

int vprim_user_vfio_iommufd_open(struct vprim_user_vfio_space *space,
				 const struct vprim_user_sys *sys,
				 struct vprim_user_fault *fault)
{
	static const char path[] = "/dev/iommu";
	struct iommu_ioas_alloc_ alloc = { .size = sizeof(alloc) };
	int fd, ret;

	if (!sys)
		sys = vprim_user_sys_real();
	fd = open_file(sys, &step_open, path, fault);
	if (fd < 0)
		return fd;
	ret = sys->ioctl(sys->ctx, fd, IOMMU_IOAS_ALLOC_, &alloc);
	if (ret < 0) {
		sys->close(sys->ctx, fd);
		return vprim_user_failed_(fault, &step_ioas, ret, path);
	}
	*space = (struct vprim_user_vfio_space){ .sys = sys, .fd = fd,
						 .ioas_id = alloc.out_ioas_id };
	return 0;
}

void vprim_user_vfio_space_close(struct vprim_user_vfio_space *space)
{
	if (!space->sys)
		return;
	space->sys->close(space->sys->ctx, space->fd);
	*space = (struct vprim_user_vfio_space){ .sys = NULL };
}

/* -- devices -- */

/* One part of a path that leads nowhere else. */
static bool is_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') &&
	       strlen(name) < NAME_BYTES;
}

/* The device's folder: whatever is on a bus has a link to it. */
static int find_folder(const struct vprim_user_sys *sys, const char *name,
		       char folder[FOLDER_BYTES],
		       struct vprim_user_fault *fault)
{
	static const char *const buses[] = { "pci", "mdev", "platform" };
	char path[PATH_BYTES], bus[NAME_BYTES];
	int ret = -ENOENT;
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(buses) && ret == -ENOENT; i++) {
		snprintf(folder, FOLDER_BYTES, "/sys/bus/%s/devices/%s",
			 buses[i], name);
		snprintf(path, sizeof(path), "%s/subsystem", folder);
		ret = sys->link(sys->ctx, path, bus, sizeof(bus));
	}
	return ret ? vprim_user_failed_(fault, &step_find, ret, name) : 0;
}

/* Take the group into the container, and set its IOMMU if it has none yet. */
static int join(struct vprim_user_vfio_space *space, int group,
		const char *path, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_group_status_ status = { .argsz = sizeof(status) };
	int ret = sys->ioctl(sys->ctx, group, VFIO_GROUP_GET_STATUS_, &status);

	if (ret < 0)
		return vprim_user_failed_(fault, &step_status, ret, path);
	if (!(status.flags & VFIO_GROUP_VIABLE_))
		return user_refuse(fault, step_status.call, path, VIABLE);
	ret = sys->ioctl(sys->ctx, group, VFIO_GROUP_SET_CONTAINER_, &space->fd);
	if (ret < 0)
		return vprim_user_failed_(fault, &step_container, ret, path);
	if (space->devices)
		return 0;
	ret = sys->ioctl(sys->ctx, space->fd, VFIO_SET_IOMMU_,
			 (void *)(uintptr_t)space->kind);
	if (ret < 0) {
		sys->ioctl(sys->ctx, group, VFIO_GROUP_UNSET_CONTAINER_, NULL);
		return vprim_user_failed_(fault, &step_iommu, ret, path);
	}
	return 0;
}

static void leave(const struct vprim_user_sys *sys, int group)
{
	sys->ioctl(sys->ctx, group, VFIO_GROUP_UNSET_CONTAINER_, NULL);
	sys->close(sys->ctx, group);
}

static int open_in_group(struct vprim_user_vfio_device *device,
			 struct vprim_user_vfio_space *space, const char *name,
			 const char *folder, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	char path[PATH_BYTES], group[NAME_BYTES], copy[NAME_BYTES];
	int group_fd, fd, ret;

	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	ret = sys->link(sys->ctx, path, group, sizeof(group));
	if (ret)
		return vprim_user_failed_(fault, &step_group, ret, name);
	snprintf(path, sizeof(path), "/dev/vfio/%s", group);
	group_fd = open_file(sys, &step_open_device, path, fault);
	if (group_fd < 0)
		return group_fd;
	ret = join(space, group_fd, path, fault);
	if (ret) {
		sys->close(sys->ctx, group_fd);
		return ret;
	}
	snprintf(copy, sizeof(copy), "%s", name);
	fd = sys->ioctl(sys->ctx, group_fd, VFIO_GROUP_GET_DEVICE_FD_, copy);
	if (fd < 0) {
		leave(sys, group_fd);
		return vprim_user_failed_(fault, &step_device, fd, name);
	}
	*device = (struct vprim_user_vfio_device){ .space = space, .fd = fd,
						   .group_fd = group_fd,
						   .sys_ = sys };
	return 0;
}

static int bind_to(const struct vprim_user_vfio_space *space, int fd,
		   const char *path, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_bind_iommufd_ to = { .argsz = sizeof(to),
					 .iommufd = space->fd };
	struct vfio_attach_iommufd_pt_ at = { .argsz = sizeof(at),
					      .pt_id = space->ioas_id };
	int ret = sys->ioctl(sys->ctx, fd, VFIO_DEVICE_BIND_IOMMUFD_, &to);

	if (ret < 0)
		return vprim_user_failed_(fault, &step_bind, ret, path);
	ret = sys->ioctl(sys->ctx, fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &at);
	return ret < 0 ? vprim_user_failed_(fault, &step_attach, ret, path) : 0;
}

/* Closing the device also detaches and unbinds it. */
static int open_cdev(struct vprim_user_vfio_device *device,
		     struct vprim_user_vfio_space *space, const char *name,
		     const char *folder, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	char path[PATH_BYTES], cdev[NAME_BYTES];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/vfio-dev", folder);
	ret = sys->entry(sys->ctx, path, cdev, sizeof(cdev));
	if (ret)
		return vprim_user_failed_(fault, &step_cdev, ret, name);
	/* A driver is bound: without the file the kernel makes none. */
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", cdev);
	fd = open_file(sys, &step_open, path, fault);
	if (fd < 0)
		return fd;
	ret = bind_to(space, fd, path, fault);
	if (ret) {
		sys->close(sys->ctx, fd);
		return ret;
	}
	*device = (struct vprim_user_vfio_device){ .space = space, .fd = fd,
						   .group_fd = -1,
						   .sys_ = sys };
	return 0;
}

int vprim_user_vfio_device_open(struct vprim_user_vfio_device *device,
				struct vprim_user_vfio_space *space,
				const char *name,
				struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_vfio_device_open";
	char folder[FOLDER_BYTES];
	int ret;

	if (!space->sys)
		return vprim_user_argument_(fault, call, NULL);
	if (!is_name(name))
		return user_refuse(fault, call, name, NAME);
	ret = find_folder(space->sys, name, folder, fault);
	if (!ret)
		ret = space->kind ?
		      open_in_group(device, space, name, folder, fault) :
		      open_cdev(device, space, name, folder, fault);
	if (!ret)
		space->devices++;
	return ret;
}

void vprim_user_vfio_device_close(struct vprim_user_vfio_device *device)
{
	const struct vprim_user_sys *sys;

	if (!device->space)
		return;
	sys = device->sys_;
	sys->close(sys->ctx, device->fd);
	if (device->group_fd >= 0)
		leave(sys, device->group_fd);
	/* A space that was closed first counts none. */
	if (device->space->devices)
		device->space->devices--;
	*device = (struct vprim_user_vfio_device){ .space = NULL };
}

int vprim_user_vfio_reset(const struct vprim_user_vfio_device *device,
			  struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys;
	int ret;

	if (!device->space)
		return vprim_user_argument_(fault, "vprim_user_vfio_reset",
					    NULL);
	sys = device->sys_;
	ret = sys->ioctl(sys->ctx, device->fd, VFIO_DEVICE_RESET_, NULL);
	return ret < 0 ? vprim_user_failed_(fault, &step_reset, ret, NULL) : 0;
}
