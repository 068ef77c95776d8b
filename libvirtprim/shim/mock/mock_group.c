// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * /dev/vfio/N: a group, its container, and the devices that are opened through it.
 *
 * Order as in Linux drivers/vfio/group.c: a device needs a container with an IOMMU,
 * and as long as one is open the group stays in it.
 */
#include "mock_internal.h"

#define NAME_BYTES 4096u	/* a page, as the kernel takes */

static bool has_iommu(const struct mock_group *g)
{
	return g->container || g->ictx;
}

static int64_t get_status(struct mock_group *g, uint64_t task, uint64_t arg)
{
	struct vfio_group_status_ status;
	int ret = mock_args_(g->mock, task, arg, &status, sizeof(status));

	if (ret)
		return ret;
	status.flags = VFIO_GROUP_VIABLE_;
	if (has_iommu(g))
		status.flags |= VFIO_GROUP_CONTAINER_SET_;
	return mock_out_(g->mock, task, arg, &status, sizeof(status));
}

static int64_t set_container(struct mock_group *g, uint64_t task, uint64_t arg)
{
	struct vprim_mock_file *file;
	int32_t fd;
	int ret;

	if (mock_in_(g->mock, task, &fd, arg, sizeof(fd)))
		return -EFAULT;
	ret = mock_file_(g->mock, task, fd, &file);
	if (ret)
		return ret;
	if (has_iommu(g))
		return -EINVAL;
	if (file && file->kind == VPRIM_MOCK_CONTAINER)
		return mock_container_join_(file->container, g);
	if (!file || file->kind != VPRIM_MOCK_IOMMUFD)
		return -EBADFD;
	ret = mock_compat_create_(file->ictx);
	if (ret)
		return ret;
	file->ictx->refs++;
	g->ictx = file->ictx;
	return 0;
}

void mock_group_leave_(struct mock_group *g)
{
	if (g->container)
		mock_container_leave_(g);
	if (g->ictx)
		mock_ictx_put_(g->ictx);
	g->ictx = NULL;
}

static int64_t unset_container(struct mock_group *g)
{
	if (!has_iommu(g))
		return -EINVAL;
	if (g->users)
		return -EBUSY;
	mock_group_leave_(g);
	return 0;
}

/* The name is a string in the program's memory, of a page at most. */
static int read_name(struct vprim_mock *mock, uint64_t task, uint64_t arg,
		     char *name, size_t capacity)
{
	size_t i;

	for (i = 0; i < NAME_BYTES; i++) {
		char c;

		if (mock_in_(mock, task, &c, arg + i, 1))
			return -EFAULT;
		name[i < capacity ? i : capacity - 1] = i < capacity - 1 ? c : '\0';
		if (!c)
			return 0;
	}
	return -EINVAL;
}

/* vfio-pci takes "NAME" and "NAME vf_token=UUID"; a token is for virtual functions
 * and their parents only, of which there are none. */
static struct vprim_mock_device *find_device(struct mock_group *g, const char *name,
					     int *ret)
{
	size_t length = strcspn(name, " ");
	struct vprim_mock_device *d;

	for (d = g->mock->devices; d; d = d->next)
		if (d->group == g && !d->unplugged &&
		    strlen(d->name) == length && !memcmp(d->name, name, length))
			break;
	*ret = d ? 0 : -ENODEV;
	if (d && name[length])
		*ret = -EINVAL;
	return *ret ? NULL : d;
}

/* Through an iommufd: bound and attached to its compatibility IOAS. */
static int bind_and_attach(struct mock_group *g, struct vprim_mock_device *d)
{
	uint32_t pt_id;
	int ret;

	if (!g->ictx || d->bound)
		return 0;
	if (!g->ictx->vfio)
		return -ENODEV;
	ret = mock_bind_(g->ictx, d);
	if (ret)
		return ret;
	pt_id = g->ictx->vfio->object.id;
	ret = mock_attach_(d, &pt_id);
	if (ret)
		mock_unbind_(d);
	return ret;
}

static int64_t get_device_fd(struct mock_group *g, uint64_t task, uint64_t arg)
{
	struct vprim_mock_file *file;
	struct vprim_mock_device *d;
	char name[80];
	int ret = read_name(g->mock, task, arg, name, sizeof(name));

	if (ret)
		return ret;
	d = find_device(g, name, &ret);
	if (!d)
		return ret;
	if (!has_iommu(g) || (g->container && !g->container->set))
		return -EINVAL;
	ret = bind_and_attach(g, d);
	if (ret)
		return ret;
	ret = mock_new_file_(g->mock, VPRIM_MOCK_DEVICE, &file);
	if (ret) {
		if (!d->files && d->bound)
			mock_unbind_(d);
		return ret;
	}
	file->device = d;
	file->group = g;
	file->granted = true;
	g->users++;
	d->files++;
	g->mock->note.device = d;
	return mock_install_(file, task);
}

int64_t mock_group_ioctl_(struct vprim_mock_file *file, uint64_t task,
			  uint32_t request, uint64_t arg)
{
	struct mock_group *g = file->group;

	switch (request) {
	case VFIO_GROUP_GET_STATUS_:
		return get_status(g, task, arg);
	case VFIO_GROUP_SET_CONTAINER_:
		return set_container(g, task, arg);
	case VFIO_GROUP_UNSET_CONTAINER_:
		return unset_container(g);
	case VFIO_GROUP_GET_DEVICE_FD_:
		return get_device_fd(g, task, arg);
	default:
		return -ENOTTY;
	}
}

/* A device's file keeps its group where it is until it goes too. */
void mock_group_close_(struct mock_group *g)
{
	g->open = false;
	if (!g->users)
		mock_group_leave_(g);
}
