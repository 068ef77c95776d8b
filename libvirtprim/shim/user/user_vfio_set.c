// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What concerns more than the device itself: a reset of its whole bus, KVM, which
 * has to know the files of VFIO, and the regions that its group must not map.
 */
#include "user_vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often the set may change between two questions. */
#define TRIES 4
/* A bus has 256 functions, and bridges below it have more. */
#define MOST_DEVICES 65536u

static const struct vprim_user_step_ step_info = {
	"ioctl VFIO_DEVICE_GET_PCI_HOT_RESET_INFO", {
	{ ENODEV, VPRIM_USER_RULE_HOT_RESET },
	{ ENOTTY, VPRIM_USER_RULE_HOT_RESET },
} };
static const struct vprim_user_step_ step_reset = {
	"ioctl VFIO_DEVICE_PCI_HOT_RESET", {
	{ ENODEV, VPRIM_USER_RULE_HOT_RESET },
	{ ENOTTY, VPRIM_USER_RULE_HOT_RESET },
} };
static const struct vprim_user_step_ step_create = {
	"ioctl KVM_CREATE_DEVICE", { { ENODEV, VPRIM_USER_RULE_MODULE } }
};
static const struct vprim_user_step_ step_file[2] = {
	{ "ioctl KVM_DEV_VFIO_FILE_DEL", { { ENOENT, VPRIM_USER_RULE_GROUP } } },
	{ "ioctl KVM_DEV_VFIO_FILE_ADD", { { EEXIST, VPRIM_USER_RULE_IN_USE } } },
};
static const struct vprim_user_step_ step_regions = { "read", {
	{ EOPNOTSUPP, VPRIM_USER_RULE_MODULE },
	{ EBADMSG, VPRIM_USER_RULE_REGIONS },
} };

/* -- a reset of the slot or bus -- */

int vprim_user_vfio_hot_reset_info(const struct vprim_user_vfio_device *device,
				   struct vprim_user_vfio_dependent *list,
				   size_t capacity, size_t *count,
				   uint32_t *flags,
				   struct vprim_user_fault *fault)
{
	uint32_t fit = capacity < MOST_DEVICES ? (uint32_t)capacity : MOST_DEVICES;
	size_t bytes = sizeof(struct vfio_hot_reset_) + fit * sizeof(*list);
	struct vfio_hot_reset_ *info;
	uint32_t n;
	int ret;

	if (!device->space)
		return vprim_user_argument_(fault, step_info.call, NULL);
	info = calloc(1, bytes);
	if (!info)
		return user_refuse(fault, "calloc", NULL, MEMORY);
	info->argsz = (uint32_t)bytes;
	ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
				  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO_, info);
	n = info->count;
	if (ret >= 0 && n <= fit) {
		if (n)
			memcpy(list, info + 1, n * sizeof(*list));
		*flags = info->flags;
	}
	free(info);
	if (ret == -ENOSPC || (ret >= 0 && n > fit)) {
		if (n <= fit)
			return user_refuse(fault, step_info.call, NULL, GREW,
					   VALUE(n));
		*count = n;
		vprim_user_fault_set(fault, step_info.call, EMSGSIZE, NULL);
		return -EMSGSIZE;
	}
	if (ret < 0)
		return vprim_user_failed_(fault, &step_info, ret, NULL);
	*count = n;
	return 0;
}

/* The whole set, in memory of its own: free(3) it. */
static int read_set(const struct vprim_user_vfio_device *device,
		    struct vprim_user_vfio_dependent **list, size_t *count,
		    struct vprim_user_fault *fault)
{
	struct vprim_user_vfio_dependent *set;
	struct vprim_user_fault last;
	size_t n = 8;
	uint32_t flags;
	int ret, i;

	for (i = 0; i < TRIES && n <= MOST_DEVICES; i++) {
		set = calloc(n, sizeof(*set));
		if (!set)
			return user_refuse(fault, "calloc", NULL, MEMORY);
		ret = vprim_user_vfio_hot_reset_info(device, set, n, &n,
						     &flags, &last);
		if (!ret) {
			*list = set;
			*count = n;
			return 0;
		}
		free(set);
		if (ret != -EMSGSIZE) {
			if (fault)
				*fault = last;
			return ret;
		}
	}
	return user_refuse(fault, step_info.call, NULL, GREW, VALUE(n));
}

static int not_ours(const struct vprim_user_vfio_dependent *d,
		    struct vprim_user_fault *fault)
{
	char subject[VPRIM_USER_FAULT_SUBJECT_BYTES];

	snprintf(subject, sizeof(subject), "%04x:%02x:%02x.%x",
		 (unsigned int)d->segment, (unsigned int)d->bus,
		 (unsigned int)d->devfn >> 3, (unsigned int)d->devfn & 7);
	return user_refuse(fault, step_reset.call, subject, NOT_OURS);
}

/* The files of the set's groups, each once; iommufd knows who owns what. */
static int prove(const struct vprim_user_vfio_device *device,
		 const struct vprim_user_vfio_dependent *list, size_t count,
		 int32_t *files, uint32_t *nr_files,
		 struct vprim_user_fault *fault)
{
	const struct vprim_user_vfio_space *space = device->space;
	const struct vprim_user_vfio_group *group;
	char number[16];
	uint32_t at;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!space->kind) {
			if (list[i].id == VPRIM_USER_VFIO_NOT_OWNED)
				return not_ours(&list[i], fault);
			continue;
		}
		snprintf(number, sizeof(number), "%" PRIu32, list[i].id);
		group = vprim_user_group_find_(space, number);
		if (!group)
			return not_ours(&list[i], fault);
		for (at = 0; at < *nr_files && files[at] != group->fd; at++)
			;
		if (at == *nr_files)
			files[(*nr_files)++] = group->fd;
	}
	return 0;
}

int vprim_user_vfio_hot_reset(const struct vprim_user_vfio_device *device,
			      struct vprim_user_fault *fault)
{
	struct vprim_user_vfio_dependent *list = NULL;
	struct vfio_hot_reset_ *reset;
	uint32_t files = 0;
	size_t count = 0;
	int ret;

	if (!device->space || !device->space->sys)
		return vprim_user_argument_(fault, step_reset.call, NULL);
	ret = read_set(device, &list, &count, fault);
	if (!list)
		return ret;
	reset = calloc(1, sizeof(*reset) + count * sizeof(int32_t));
	if (!reset) {
		free(list);
		return user_refuse(fault, "calloc", NULL, MEMORY);
	}
	ret = prove(device, list, count, (int32_t *)(reset + 1), &files, fault);
	free(list);
	if (!ret) {
		reset->argsz = (uint32_t)(sizeof(*reset) +
					  files * sizeof(int32_t));
		reset->count = files;
		ret = device->sys_->ioctl(device->sys_->ctx, device->fd,
					  VFIO_DEVICE_PCI_HOT_RESET_, reset);
		if (ret < 0)
			vprim_user_failed_(fault, &step_reset, ret, NULL);
	}
	free(reset);
	return ret < 0 ? ret : 0;
}

/* -- KVM -- */

int vprim_user_vfio_kvm_open(const struct vprim_user_sys *sys, int vm,
			     struct vprim_user_fault *fault)
{
	struct kvm_create_ create = { .type = KVM_DEV_TYPE_VFIO_ };
	int ret;

	if (!sys)
		sys = vprim_user_sys_real();
	ret = sys->ioctl(sys->ctx, vm, KVM_CREATE_DEVICE_, &create);
	return ret < 0 ? vprim_user_failed_(fault, &step_create, ret, NULL) :
			 (int)create.fd;
}

static int notify_kvm(const struct vprim_user_vfio_device *device, int kvm_vfio,
		    bool add, struct vprim_user_fault *fault)
{
	const struct vprim_user_step_ *step = &step_file[add];
	int32_t file;
	struct kvm_attr_ attr = {
		.group = KVM_DEV_VFIO_FILE_,
		.attr = add ? KVM_DEV_VFIO_FILE_ADD_ : KVM_DEV_VFIO_FILE_DEL_,
		.addr = (uintptr_t)&file,
	};
	int ret;

	if (!device->space)
		return vprim_user_argument_(fault, step->call, NULL);
	file = device->group_fd >= 0 ? device->group_fd : device->fd;
	ret = device->sys_->ioctl(device->sys_->ctx, kvm_vfio,
				  KVM_SET_DEVICE_ATTR_, &attr);
	return ret < 0 ? vprim_user_failed_(fault, step, ret, NULL) : 0;
}

int vprim_user_vfio_kvm_add(const struct vprim_user_vfio_device *device,
			    int kvm_vfio, struct vprim_user_fault *fault)
{
	return notify_kvm(device, kvm_vfio, true, fault);
}

int vprim_user_vfio_kvm_remove(const struct vprim_user_vfio_device *device,
			       int kvm_vfio, struct vprim_user_fault *fault)
{
	return notify_kvm(device, kvm_vfio, false, fault);
}

/* -- reserved regions -- */

int vprim_user_vfio_reserved(const struct vprim_user_sys *sys, const char *name,
			     struct vprim_iova_windows_reserved *list,
			     size_t capacity, size_t *count,
			     struct vprim_user_fault *fault)
{
	char folder[VPRIM_USER_FOLDER_BYTES_], number[VPRIM_USER_NAME_BYTES_];
	char path[VPRIM_USER_PATH_BYTES_];
	int ret;

	if (!sys)
		sys = vprim_user_sys_real();
	ret = vprim_user_find_(sys, name, folder, fault);
	if (!ret)
		ret = vprim_user_group_of_(sys, folder, name, number, fault);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%s/reserved_regions",
		 number);
	ret = vprim_user_reserved_(sys, path, list, capacity, count);
	return ret ? vprim_user_failed_(fault, &step_regions, ret, name) : 0;
}
