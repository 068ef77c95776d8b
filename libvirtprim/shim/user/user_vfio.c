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
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES VPRIM_USER_NAME_BYTES_
#define FOLDER_BYTES VPRIM_USER_FOLDER_BYTES_
#define PATH_BYTES VPRIM_USER_PATH_BYTES_

/* Of a name with its token: "NAME vf_token=UUID", and the NUL. */
#define TOKEN " vf_token="
#define UUID_CHARS 36
#define WHOLE_NAME_BYTES (NAME_BYTES + sizeof(TOKEN) + UUID_CHARS)

static const struct vprim_user_step_ step_open = { "open", {
	{ ENOENT, VPRIM_USER_RULE_MODULE },
	{ ENODEV, VPRIM_USER_RULE_MODULE },
	{ EACCES, VPRIM_USER_RULE_ACCESS },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
} };
static const struct vprim_user_step_ step_open_device = { "open", {
	{ ENOENT, VPRIM_USER_RULE_DRIVER },
	{ EACCES, VPRIM_USER_RULE_ACCESS },
	{ EPERM, VPRIM_USER_RULE_FORBIDDEN },
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
	{ EPERM, VPRIM_USER_RULE_DIRECT_OR_VIABLE },
	{ EINVAL, VPRIM_USER_RULE_DIRECT_OR_IN_USE },
	{ EBUSY, VPRIM_USER_RULE_IN_USE_OR_VIABLE },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
} };
static const struct vprim_user_step_ step_iommu = { "ioctl VFIO_SET_IOMMU", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS_OR_DIRECT },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_device = {
	"ioctl VFIO_GROUP_GET_DEVICE_FD", {
	{ ENODEV, VPRIM_USER_RULE_GROUP },
	{ EBUSY, VPRIM_USER_RULE_IN_USE },
	{ EACCES, VPRIM_USER_RULE_TOKEN },
	{ EINVAL, VPRIM_USER_RULE_ASLEEP },
} };
static const struct vprim_user_step_ step_bind = {
	"ioctl VFIO_DEVICE_BIND_IOMMUFD", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS },
	{ EINVAL, VPRIM_USER_RULE_DIRECT_OR_IN_USE },
	{ EACCES, VPRIM_USER_RULE_TOKEN },
	{ ENODEV, VPRIM_USER_RULE_IOMMU },
	{ EBUSY, VPRIM_USER_RULE_IN_USE_OR_VIABLE },
	{ ENOMEM, VPRIM_USER_RULE_MEMORY },
} };
static const struct vprim_user_step_ step_attach = {
	"ioctl VFIO_DEVICE_ATTACH_IOMMUFD_PT", {
	{ EPERM, VPRIM_USER_RULE_INTERRUPTS_OR_DIRECT },
	{ EINVAL, VPRIM_USER_RULE_DIRECT_OR_UNFIT },
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

static int alloc_ioas(const struct vprim_user_sys *sys, int fd,
		      uint32_t *ioas_id, struct vprim_user_fault *fault)
{
	struct iommu_ioas_alloc_ alloc = { .size = sizeof(alloc) };
	int ret = sys->ioctl(sys->ctx, fd, IOMMU_IOAS_ALLOC_, &alloc);

	if (ret < 0)
		return vprim_user_failed_(fault, &step_ioas, ret, "/dev/iommu");
	*ioas_id = alloc.out_ioas_id;
	return 0;
}

bool vprim_user_kind_ok_(uint32_t kind)
{
	return !kind || kind == VPRIM_TYPE1_IOMMU || kind == VPRIM_TYPE1_V2 ||
	       kind == VPRIM_USER_VFIO_NOIOMMU;
}

int vprim_user_begin_(struct vprim_user_vfio_space *space,
		      const struct vprim_user_vfio_space *as,
		      const char *subject, struct vprim_user_fault *fault)
{
	struct vprim_user_vfio_space begun = *as;
	int ret = 0;

	if (as->kind)
		ret = check_container(as->sys, as->fd, as->kind, subject, fault);
	else if (!as->ioas_id)
		ret = alloc_ioas(as->sys, as->fd, &begun.ioas_id, fault);
	if (!ret)
		*space = begun;
	return ret;
}

int vprim_user_vfio_space_open(struct vprim_user_vfio_space *space,
			       const struct vprim_user_sys *sys, uint32_t kind,
			       struct vprim_user_fault *fault)
{
	const char *path = kind ? "/dev/vfio/vfio" : "/dev/iommu";
	struct vprim_user_vfio_space as = { .kind = kind };
	int ret;

	if (!vprim_user_kind_ok_(kind))
		return vprim_user_argument_(fault, "vprim_user_vfio_space_open",
					    NULL);
	as.sys = sys ? sys : vprim_user_sys_real();
	as.fd = open_file(as.sys, &step_open, path, fault);
	if (as.fd < 0)
		return as.fd;
	ret = vprim_user_begin_(space, &as, path, fault);
	if (ret)
		as.sys->close(as.sys->ctx, as.fd);
	return ret;
}

/* -- groups -- */

/* Whether the container has none yet; of one that came from elsewhere only the
 * kernel knows. */
static bool needs_iommu(const struct vprim_user_vfio_space *space)
{
	uint32_t info[6] = { sizeof(info) };

	if (space->groups_)
		return false;
	return !space->taken_ ||
	       space->sys->ioctl(space->sys->ctx, space->fd,
				 VFIO_IOMMU_GET_INFO_, info) == -EINVAL;
}

/* Take the group into the container, and set its IOMMU if it has none yet. */
static int take_group(struct vprim_user_vfio_space *space, int group,
		const char *path, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_group_status_ status = { .argsz = sizeof(status) };
	int ret = sys->ioctl(sys->ctx, group, VFIO_GROUP_GET_STATUS_, &status);
	bool was_in = status.flags & VFIO_GROUP_CONTAINER_SET_;

	if (ret < 0)
		return vprim_user_failed_(fault, &step_status, ret, path);
	if (!(status.flags & VFIO_GROUP_VIABLE_))
		return user_refuse(fault, step_status.call, path, VIABLE);
	if (!was_in)
		ret = sys->ioctl(sys->ctx, group, VFIO_GROUP_SET_CONTAINER_,
				 &space->fd);
	if (ret < 0)
		return vprim_user_failed_(fault, &step_container, ret, path);
	if (!needs_iommu(space))
		return 0;
	ret = sys->ioctl(sys->ctx, space->fd, VFIO_SET_IOMMU_,
			 (void *)(uintptr_t)space->kind);
	if (ret < 0) {
		if (!was_in)
			sys->ioctl(sys->ctx, group, VFIO_GROUP_UNSET_CONTAINER_,
				   NULL);
		return vprim_user_failed_(fault, &step_iommu, ret, path);
	}
	return 0;
}

struct vprim_user_vfio_group *
vprim_user_group_find_(const struct vprim_user_vfio_space *space,
		       const char *number)
{
	struct vprim_user_vfio_group *g;

	for (g = space->groups_; g; g = g->next)
		if (!strcmp(g->number, number))
			return g;
	return NULL;
}

int vprim_user_group_add_(struct vprim_user_vfio_space *space, int fd,
			  const char *number, bool taken,
			  struct vprim_user_vfio_group **group,
			  struct vprim_user_fault *fault)
{
	struct vprim_user_vfio_group *g;
	char path[PATH_BYTES];
	int ret;

	if (vprim_user_group_find_(space, number))
		return user_refuse(fault, "vprim_user_vfio_group_take", number,
				   IN_USE);
	g = malloc(sizeof(*g));
	if (!g)
		return user_refuse(fault, "malloc", NULL, MEMORY);
	snprintf(path, sizeof(path), "/dev/vfio/%s%s",
		 space->kind == VPRIM_USER_VFIO_NOIOMMU ? "noiommu-" : "",
		 number);
	ret = take_group(space, fd, path, fault);
	if (ret) {
		free(g);
		snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%s",
			 number);
		vprim_user_facts_(space->sys, NULL, path, fault);
		return ret;
	}
	*g = (struct vprim_user_vfio_group){ .next = space->groups_, .fd = fd,
					     .users = 1, .taken = taken };
	snprintf(g->number, sizeof(g->number), "%s", number);
	space->groups_ = g;
	*group = g;
	return 0;
}

/* The last one closes it, and takes it out of the container. */
static void put_group(struct vprim_user_vfio_space *space,
		      const struct vprim_user_sys *sys,
		      struct vprim_user_vfio_group *group)
{
	struct vprim_user_vfio_group **at = &space->groups_;

	if (--group->users)
		return;
	/* A space that was closed first knows none. */
	while (*at && *at != group)
		at = &(*at)->next;
	if (*at)
		*at = group->next;
	/* A group that others have open stays where it is for them. */
	if (!group->taken)
		sys->ioctl(sys->ctx, group->fd, VFIO_GROUP_UNSET_CONTAINER_, NULL);
	sys->close(sys->ctx, group->fd);
	free(group);
}

void vprim_user_vfio_space_close(struct vprim_user_vfio_space *space)
{
	struct vprim_user_vfio_group *g, *next;

	if (!space->sys)
		return;
	for (g = space->groups_; g; g = next) {
		next = g->next;
		if (g->taken)
			put_group(space, space->sys, g);
	}
	space->sys->close(space->sys->ctx, space->fd);
	*space = (struct vprim_user_vfio_space){ .sys = NULL };
}

/* -- devices -- */

/* 16 bytes in the order of the text. */
static bool read_uuid(const char *text, uint8_t uuid[16])
{
	static const char hex[] = "0123456789abcdef";
	unsigned int i, digits = 0;

	for (i = 0; i < UUID_CHARS; i++) {
		const char *digit;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		digit = text[i] ? strchr(hex, text[i] | 0x20) : NULL;
		if (!digit)
			return false;
		uuid[digits / 2] = (uint8_t)(uuid[digits / 2] << 4 |
					     (digit - hex));
		digits++;
	}
	return !text[UUID_CHARS];
}

/* One part of a path that leads nowhere else, and maybe a token behind it. */
static bool split_name(const char *whole, char name[NAME_BYTES], bool *has_token,
		       uint8_t uuid[16])
{
	size_t length = strcspn(whole, " ");

	if (!length || *whole == '.' || length >= NAME_BYTES ||
	    memchr(whole, '/', length))
		return false;
	memcpy(name, whole, length);
	name[length] = '\0';
	*has_token = whole[length];
	return !whole[length] ||
	       (!strncmp(whole + length, TOKEN, sizeof(TOKEN) - 1) &&
		read_uuid(whole + length + sizeof(TOKEN) - 1, uuid));
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

int vprim_user_find_(const struct vprim_user_sys *sys, const char *whole,
		     char folder[FOLDER_BYTES], struct vprim_user_fault *fault)
{
	char name[NAME_BYTES];
	uint8_t uuid[16];
	bool has_token;

	if (!split_name(whole, name, &has_token, uuid))
		return user_refuse(fault, "vprim_user_vfio_device_open", whole,
				   NAME);
	return find_folder(sys, name, folder, fault);
}

int vprim_user_group_of_(const struct vprim_user_sys *sys, const char *folder,
			 const char *name, char number[NAME_BYTES],
			 struct vprim_user_fault *fault)
{
	char path[PATH_BYTES];
	int ret;

	snprintf(path, sizeof(path), "%s/iommu_group", folder);
	ret = sys->link(sys->ctx, path, number, NAME_BYTES);
	return ret ? vprim_user_failed_(fault, &step_group, ret, name) : 0;
}

/* A group without an IOMMU is not handed to whoever believes in one. */
static int open_group_file(const struct vprim_user_vfio_space *space,
			   const char *number, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	char path[PATH_BYTES], bare[PATH_BYTES];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	snprintf(bare, sizeof(bare), "/dev/vfio/noiommu-%s", number);
	if (space->kind == VPRIM_USER_VFIO_NOIOMMU)
		return open_file(sys, &step_open_device, bare, fault);
	fd = open_file(sys, &step_open_device, path, fault);
	if (fd != -ENOENT)
		return fd;
	fd = sys->open(sys->ctx, bare);
	if (fd == -ENOENT)
		return fd;
	if (fd >= 0)
		sys->close(sys->ctx, fd);
	return user_refuse(fault, step_open_device.call, bare, NOIOMMU);
}

static int get_group(struct vprim_user_vfio_space *space, const char *number,
		     struct vprim_user_vfio_group **group,
		     struct vprim_user_fault *fault)
{
	int fd, ret;

	*group = vprim_user_group_find_(space, number);
	if (*group) {
		(*group)->users++;
		return 0;
	}
	fd = open_group_file(space, number, fault);
	if (fd < 0)
		return fd;
	ret = vprim_user_group_add_(space, fd, number, false, group, fault);
	if (ret)
		space->sys->close(space->sys->ctx, fd);
	return ret;
}

static int open_in_group(struct vprim_user_vfio_device *device,
			 struct vprim_user_vfio_space *space, const char *name,
			 const char *folder, struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	char number[NAME_BYTES], copy[WHOLE_NAME_BYTES];
	struct vprim_user_vfio_group *group;
	int fd, ret;

	ret = vprim_user_group_of_(sys, folder, name, number, fault);
	if (!ret)
		ret = get_group(space, number, &group, fault);
	if (ret)
		return ret;
	snprintf(copy, sizeof(copy), "%s", name);
	fd = sys->ioctl(sys->ctx, group->fd, VFIO_GROUP_GET_DEVICE_FD_, copy);
	if (fd < 0) {
		put_group(space, sys, group);
		vprim_user_failed_(fault, &step_device, fd, name);
		vprim_user_facts_(sys, folder, NULL, fault);
		return fd;
	}
	*device = (struct vprim_user_vfio_device){
		.space = space, .fd = fd, .group_fd = group->fd,
		.sys_ = sys, .group_ = group,
	};
	return 0;
}

int vprim_user_bind_(const struct vprim_user_vfio_space *space, int fd,
		     const uint8_t *token, const char *path, uint32_t *devid,
		     struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_bind_iommufd_ to = { .argsz = VFIO_BIND_BYTES_,
					 .iommufd = space->fd };
	int ret;

	if (token) {
		to.argsz = sizeof(to);
		to.flags = VFIO_BIND_TOKEN_;
		to.token_uuid_ptr = (uintptr_t)token;
	}
	ret = sys->ioctl(sys->ctx, fd, VFIO_DEVICE_BIND_IOMMUFD_, &to);
	if (ret >= 0) {
		*devid = to.out_devid;
		return 0;
	}
	vprim_user_failed_(fault, &step_bind, ret, path);
	if (token && ret == -EINVAL)
		user_because(fault, ret, BECAUSE(VPRIM_USER_RULE_NO_TOKEN));
	return ret;
}

int vprim_user_attach_(const struct vprim_user_vfio_space *space, int fd,
		       uint32_t pt_id, const char *path,
		       struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	struct vfio_attach_iommufd_pt_ at = { .argsz = sizeof(at),
					      .pt_id = pt_id };
	int ret = sys->ioctl(sys->ctx, fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT_, &at);

	return ret < 0 ? vprim_user_failed_(fault, &step_attach, ret, path) : 0;
}

/* What sysfs has of the device's group, if it has one. */
static void explain_cdev(const struct vprim_user_sys *sys, const char *folder,
			 struct vprim_user_fault *fault)
{
	char number[NAME_BYTES], path[PATH_BYTES];

	if (!fault)
		return;
	if (vprim_user_group_of_(sys, folder, NULL, number, NULL)) {
		vprim_user_facts_(sys, folder, NULL, fault);
		return;
	}
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%s", number);
	vprim_user_facts_(sys, folder, path, fault);
}

/* Closing the device also detaches and unbinds it. */
static int open_cdev(struct vprim_user_vfio_device *device,
		     struct vprim_user_vfio_space *space, const char *name,
		     const char *folder, const uint8_t *token,
		     struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	char path[PATH_BYTES], cdev[NAME_BYTES];
	uint32_t devid;
	int fd, ret;

	snprintf(path, sizeof(path), "%s/vfio-dev", folder);
	ret = sys->entry(sys->ctx, path, cdev, sizeof(cdev));
	if (ret) {
		vprim_user_failed_(fault, &step_cdev, ret, name);
		explain_cdev(sys, folder, fault);
		return ret;
	}
	/* A driver is bound: without the file the kernel makes none, or no IOMMU. */
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", cdev);
	fd = open_file(sys, &step_open, path, fault);
	if (fd < 0) {
		explain_cdev(sys, folder, fault);
		return fd;
	}
	ret = vprim_user_bind_(space, fd, token, path, &devid, fault);
	if (!ret)
		ret = vprim_user_attach_(space, fd, space->ioas_id, path, fault);
	if (ret) {
		sys->close(sys->ctx, fd);
		explain_cdev(sys, folder, fault);
		return ret;
	}
	*device = (struct vprim_user_vfio_device){ .space = space, .fd = fd,
						   .group_fd = -1,
						   .devid = devid,
						   .sys_ = sys };
	return 0;
}

int vprim_user_vfio_device_open(struct vprim_user_vfio_device *device,
				struct vprim_user_vfio_space *space,
				const char *name,
				struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_vfio_device_open";
	char folder[FOLDER_BYTES], plain[NAME_BYTES];
	uint8_t uuid[16] = { 0 };
	bool has_token;
	int ret;

	if (!space->sys)
		return vprim_user_argument_(fault, call, NULL);
	if (!split_name(name, plain, &has_token, uuid))
		return user_refuse(fault, call, name, NAME);
	ret = find_folder(space->sys, plain, folder, fault);
	if (!ret)
		ret = space->kind ?
		      open_in_group(device, space, name, folder, fault) :
		      open_cdev(device, space, plain, folder,
				has_token ? uuid : NULL, fault);
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
	if (device->group_)
		put_group(device->space, sys, device->group_);
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
