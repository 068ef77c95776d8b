// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Files that somebody else opened. What is known of one that was opened here is
 * asked of the kernel: whether it is what it should be, and how far it has come.
 */
#include "user_vfio_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const struct vprim_user_step_ step_info = {
	"ioctl VFIO_DEVICE_GET_INFO", { { 0, 0 } }
};

static void name_fd(char subject[24], int fd)
{
	snprintf(subject, 24, "file %d", fd);
}

int vprim_user_vfio_space_take(struct vprim_user_vfio_space *space,
			       const struct vprim_user_sys *sys, int fd,
			       uint32_t kind, uint32_t ioas_id,
			       struct vprim_user_fault *fault)
{
	const struct vprim_user_vfio_space as = {
		.sys = sys ? sys : vprim_user_sys_real(),
		.fd = fd, .kind = kind, .ioas_id = ioas_id, .taken_ = true,
	};
	char subject[24];

	if (fd < 0 || (kind && ioas_id) || !vprim_user_kind_ok_(kind))
		return vprim_user_argument_(fault, "vprim_user_vfio_space_take",
					    NULL);
	name_fd(subject, fd);
	return vprim_user_begin_(space, &as, subject, fault);
}

int vprim_user_vfio_group_take(struct vprim_user_vfio_space *space, int fd,
			       uint32_t number, struct vprim_user_fault *fault)
{
	static const char call[] = "vprim_user_vfio_group_take";
	struct vprim_user_vfio_group *group;
	char name[VPRIM_USER_NAME_BYTES_];

	if (!space->sys || fd < 0)
		return vprim_user_argument_(fault, call, NULL);
	if (!space->kind)
		return user_refuse(fault, call, NULL, KIND, VALUE(0));
	snprintf(name, sizeof(name), "%" PRIu32, number);
	return vprim_user_group_add_(space, fd, name, true, &group, fault);
}

/* A device that is not bound answers nothing but the call that binds it. */
static int bind_if_needed(const struct vprim_user_vfio_space *space, int fd,
			  uint32_t *devid, const char *subject,
			  struct vprim_user_fault *fault)
{
	const struct vprim_user_sys *sys = space->sys;
	uint32_t info[6] = { sizeof(info) };
	int ret = sys->ioctl(sys->ctx, fd, VFIO_DEVICE_GET_INFO_, info);

	if (space->kind || (ret < 0 && ret != -EINVAL))
		return ret < 0 ?
		       vprim_user_failed_(fault, &step_info, ret, subject) : 0;
	ret = ret < 0 ? vprim_user_bind_(space, fd, NULL, subject, devid, fault) :
			0;
	return ret ? ret :
	       vprim_user_attach_(space, fd, space->ioas_id, subject, fault);
}

int vprim_user_vfio_device_take(struct vprim_user_vfio_device *device,
				struct vprim_user_vfio_space *space, int fd,
				struct vprim_user_fault *fault)
{
	char subject[24];
	uint32_t devid = 0;
	int ret;

	if (!space->sys || fd < 0)
		return vprim_user_argument_(fault, "vprim_user_vfio_device_take",
					    NULL);
	name_fd(subject, fd);
	ret = bind_if_needed(space, fd, &devid, subject, fault);
	if (ret)
		return ret;
	*device = (struct vprim_user_vfio_device){
		.space = space, .fd = fd, .group_fd = -1, .devid = devid,
		.sys_ = space->sys,
	};
	space->devices++;
	return 0;
}
