// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The pretended kernel itself: its files, and its doors to the outside.
 *
 * A file goes when the outside says so, as release() in a kernel; what it kept
 * alive is counted, so that files may go in any order.
 */
#include "mock_internal.h"

#define FIRST_FD 1000

void *mock_alloc_(struct vprim_mock *mock, size_t n)
{
	void *ptr = mock->config.alloc->alloc(mock->config.alloc_ctx, n);

	if (ptr)
		memset(ptr, 0, n);
	return ptr;
}

void mock_free_(struct vprim_mock *mock, void *ptr, size_t n)
{
	if (ptr)
		mock->config.alloc->free(mock->config.alloc_ctx, ptr, n);
}

int mock_in_(struct vprim_mock *mock, uint64_t task, void *to, uint64_t from,
	     size_t n)
{
	if (mock->ops.copy_in)
		return mock->ops.copy_in(mock->config.ctx, task, to, from, n);
	memcpy(to, (const void *)(uintptr_t)from, n);
	return 0;
}

int mock_out_(struct vprim_mock *mock, uint64_t task, uint64_t to,
	      const void *from, size_t n)
{
	if (mock->ops.copy_out)
		return mock->ops.copy_out(mock->config.ctx, task, to, from, n);
	memcpy((void *)(uintptr_t)to, from, n);
	return 0;
}

uint64_t mock_owner_(struct vprim_mock *mock, uint64_t task)
{
	return mock->ops.owner ? mock->ops.owner(mock->config.ctx, task) : 0;
}

int mock_file_(struct vprim_mock *mock, uint64_t task, int32_t fd,
	       struct vprim_mock_file **file)
{
	struct vprim_mock_file *f;

	*file = NULL;
	if (fd < 0)
		return -EBADF;
	if (mock->ops.file)
		return mock->ops.file(mock->config.ctx, task, fd, file);
	for (f = mock->files; f && f->fd != fd; f = f->next)
		;
	*file = f;
	return f ? 0 : -EBADF;
}

void mock_note_(struct vprim_mock *mock, struct vprim_mock_note *note)
{
	if (mock->ops.note)
		mock->ops.note(mock->config.ctx, note);
}

void mock_trace_(struct vprim_mock *mock, uint32_t object, uint64_t iova,
		uint64_t size, uint64_t v0, uint64_t v1)
{
	mock->note.object = object;
	mock->note.iova = iova;
	mock->note.size_bytes = size;
	mock->note.value[0] = v0;
	mock->note.value[1] = v1;
}

int mock_args_(struct vprim_mock *mock, uint64_t task, uint64_t arg, void *to,
	       uint32_t n)
{
	uint32_t argsz;

	if (mock_in_(mock, task, to, arg, n))
		return -EFAULT;
	memcpy(&argsz, to, sizeof(argsz));
	return argsz < n ? -EINVAL : 0;
}

int vprim_mock_new(struct vprim_mock **mock,
		   const struct vprim_mock_config *config)
{
	struct vprim_mock *k = config->alloc->alloc(config->alloc_ctx, sizeof(*k));

	if (!k)
		return -ENOMEM;
	memset(k, 0, sizeof(*k));
	k->config = *config;
	k->ops = *config->ops;
	if (!k->config.iommu)
		k->config.iommu = vprim_mock_iommu_find("intel48");
	*mock = k;
	return 0;
}

void vprim_mock_free(struct vprim_mock *mock)
{
	if (!mock)
		return;
	while (mock->files)
		vprim_mock_close(mock->files);
	while (mock->devices) {
		struct vprim_mock_device *d = mock->devices;

		mock->devices = d->next;
		mock_device_free_(d);
	}
	while (mock->groups) {
		struct mock_group *g = mock->groups;

		mock->groups = g->next;
		mock_free_(mock, g, sizeof(*g));
	}
	mock_free_(mock, mock, sizeof(*mock));
}

int mock_new_file_(struct vprim_mock *mock, enum vprim_mock_kind kind,
		   struct vprim_mock_file **file)
{
	struct vprim_mock_file *f = mock_alloc_(mock, sizeof(*f)), *other;

	if (!f)
		return -ENOMEM;
	/* Above all others, where nobody else numbers them. */
	f->fd = FIRST_FD;
	for (other = mock->files; other; other = other->next)
		if (other->fd >= f->fd)
			f->fd = other->fd + 1;
	f->mock = mock;
	f->kind = kind;
	f->next = mock->files;
	mock->files = f;
	*file = f;
	return 0;
}

int mock_install_(struct vprim_mock_file *file, uint64_t task)
{
	struct vprim_mock *mock = file->mock;
	int fd = file->fd;

	if (mock->ops.install)
		fd = mock->ops.install(mock->config.ctx, task, file);
	if (fd < 0)
		vprim_mock_close(file);
	return fd;
}

/* -- opening ---------------------------------------------------------------- */

/* The number at the end of a path, or -1: digits, no leading 0, no more. */
static int64_t number_behind(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);
	int64_t n = 0;

	if (strncmp(path, prefix, length) || !path[length] ||
	    (path[length] == '0' && path[length + 1]))
		return -1;
	for (path += length; *path; path++) {
		if (*path < '0' || *path > '9' || n > INT32_MAX)
			return -1;
		n = n * 10 + (*path - '0');
	}
	return n;
}

static int open_container(struct vprim_mock *mock, struct vprim_mock_file **file)
{
	struct mock_container *c = mock_container_new_(mock);
	int ret;

	if (!c)
		return -ENOMEM;
	ret = mock_new_file_(mock, VPRIM_MOCK_CONTAINER, file);
	if (ret)
		mock_container_put_(c);
	else
		(*file)->container = c;
	return ret;
}

static int open_iommufd(struct vprim_mock *mock, struct vprim_mock_file **file)
{
	struct mock_ictx *ictx = mock_ictx_new_(mock);
	int ret;

	if (!ictx)
		return -ENOMEM;
	ret = mock_new_file_(mock, VPRIM_MOCK_IOMMUFD, file);
	if (ret)
		mock_ictx_put_(ictx);
	else
		(*file)->ictx = ictx;
	return ret;
}

/* A group is opened once at a time, and not beside devices opened without it. */
static int open_group(struct vprim_mock *mock, int64_t id,
		      struct vprim_mock_file **file)
{
	struct vprim_mock_device *d;
	struct mock_group *g;
	bool any = false;
	int ret;

	for (g = mock->groups; g && g->id != id; g = g->next)
		;
	if (!g)
		return -ENOENT;
	if (g->open)
		return -EBUSY;
	for (d = mock->devices; d; d = d->next) {
		if (d->group == g && d->bound && !g->ictx)
			return -EBUSY;
		any |= d->group == g && !d->unplugged;
	}
	if (!any)
		return -ENODEV;
	ret = mock_new_file_(mock, VPRIM_MOCK_GROUP, file);
	if (ret)
		return ret;
	(*file)->group = g;
	g->open = true;
	return 0;
}

static int open_device(struct vprim_mock *mock, int64_t number,
		       struct vprim_mock_file **file)
{
	struct vprim_mock_device *d;
	int ret;

	for (d = mock->devices; d && d->number != number; d = d->next)
		;
	if (!d)
		return -ENOENT;
	if (d->unplugged)
		return -ENODEV;
	ret = mock_new_file_(mock, VPRIM_MOCK_DEVICE, file);
	if (ret)
		return ret;
	(*file)->device = d;
	d->files++;
	return 0;
}

int vprim_mock_open(struct vprim_mock *mock, const char *path,
		    struct vprim_mock_file **file)
{
	int64_t n;

	if (!mock->config.no_iommufd) {
		if (!strcmp(path, "/dev/iommu"))
			return open_iommufd(mock, file);
		n = number_behind(path, "/dev/vfio/devices/vfio");
		if (n >= 0)
			return open_device(mock, n, file);
	}
	if (!mock->config.no_vfio) {
		if (!strcmp(path, "/dev/vfio/vfio"))
			return open_container(mock, file);
		n = number_behind(path, "/dev/vfio/");
		if (n >= 0)
			return open_group(mock, n, file);
	}
	return -ENOENT;
}

void vprim_mock_close(struct vprim_mock_file *file)
{
	struct vprim_mock *mock = file->mock;
	struct vprim_mock_file **link = &mock->files;

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
	switch (file->kind) {
	case VPRIM_MOCK_CONTAINER:
		mock_container_put_(file->container);
		break;
	case VPRIM_MOCK_GROUP:
		mock_group_close_(file->group);
		break;
	case VPRIM_MOCK_DEVICE:
		mock_device_close_(file);
		break;
	case VPRIM_MOCK_IOMMUFD:
		mock_ictx_put_(file->ictx);
		break;
	case VPRIM_MOCK_DMABUF:
		break;
	}
	mock_free_(mock, file, sizeof(*file));
}

enum vprim_mock_kind vprim_mock_file_kind(const struct vprim_mock_file *file)
{
	return file->kind;
}

struct vprim_mock_device *vprim_mock_file_device(const struct vprim_mock_file *file)
{
	return file->device;
}
