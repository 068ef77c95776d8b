// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The pretended kernel as the user shim's system calls, in one process. */
#include "mock_internal.h"
#include <stdio.h>

#define DEVICES "/sys/bus/pci/devices/"

static int sys_open(void *ctx, const char *path)
{
	struct vprim_mock_file *file;
	int ret = vprim_mock_open(ctx, path, &file);

	return ret ? ret : mock_install_(file, 0);
}

static void sys_close(void *ctx, int fd)
{
	struct vprim_mock_file *file;

	if (!mock_file_(ctx, 0, fd, &file) && file)
		vprim_mock_close(file);
}

static int sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct vprim_mock_file *file;
	int ret = mock_file_(ctx, 0, fd, &file);

	if (ret || !file)
		return ret ? ret : -ENOTTY;
	return (int)vprim_mock_ioctl(file, 0, (uint32_t)request, (uintptr_t)arg);
}

/* The device that a path leads to, and what stands behind it. */
static struct vprim_mock_device *device_at(struct vprim_mock *mock,
					   const char *path, const char **rest)
{
	size_t prefix = sizeof(DEVICES) - 1;
	struct vprim_mock_device *d;

	if (strncmp(path, DEVICES, prefix))
		return NULL;
	for (d = mock->devices; d; d = d->next) {
		size_t n = strlen(d->name);

		if (!strncmp(path + prefix, d->name, n) && path[prefix + n] == '/') {
			*rest = path + prefix + n + 1;
			return d;
		}
	}
	return NULL;
}

static int give(char *name, size_t size_bytes, const char *text, int64_t number)
{
	int n = number < 0 ? snprintf(name, size_bytes, "%s", text) :
			     snprintf(name, size_bytes, "%s%u", text,
				      (unsigned int)number);

	return (size_t)n >= size_bytes ? -ENAMETOOLONG : 0;
}

static int sys_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	const char *rest;
	struct vprim_mock_device *d = device_at(ctx, path, &rest);

	if (d && !strcmp(rest, "subsystem"))
		return give(name, size_bytes, "pci", -1);
	if (d && !strcmp(rest, "iommu_group"))
		return give(name, size_bytes, "", d->group->id);
	return -ENOENT;
}

static int sys_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	const char *rest;
	struct vprim_mock_device *d = device_at(ctx, path, &rest);

	if (!d || strcmp(rest, "vfio-dev") || d->mock->config.no_iommufd)
		return -ENOENT;
	return give(name, size_bytes, "vfio", d->number);
}

void vprim_mock_sys(struct vprim_mock *mock, struct vprim_user_sys *sys)
{
	*sys = (struct vprim_user_sys){
		.open = sys_open, .close = sys_close, .ioctl = sys_ioctl,
		.link = sys_link, .entry = sys_entry, .ctx = mock,
	};
}
