// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The system calls of the VFIO shim, with negative errnos. */
#include "user_vfio_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int sys_open(void *ctx, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)ctx;
	return fd < 0 ? -errno : fd;
}

static void sys_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
}

static int sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	int ret;

	(void)ctx;
	do {
#ifdef __GLIBC__
		ret = ioctl(fd, request, arg);
#else
		ret = ioctl(fd, (int)request, arg);
#endif
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

static int give(char *name, size_t size_bytes, const char *text)
{
	size_t bytes = strlen(text) + 1;

	if (bytes > size_bytes)
		return -ENAMETOOLONG;
	memcpy(name, text, bytes);
	return 0;
}

static int sys_link(void *ctx, const char *path, char *name, size_t size_bytes)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	(void)ctx;
	if (length < 0)
		return -errno;
	target[length] = '\0';
	slash = strrchr(target, '/');
	return give(name, size_bytes, slash ? slash + 1 : target);
}

static int sys_list(void *ctx, const char *path, size_t index, char *name,
		    size_t size_bytes)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int ret;

	(void)ctx;
	if (!folder)
		return -errno;
	do {
		errno = 0;
		entry = readdir(folder);
	} while (entry && (entry->d_name[0] == '.' || index--));
	if (entry)
		ret = give(name, size_bytes, entry->d_name);
	else
		ret = errno ? -errno : -ENOENT;
	closedir(folder);
	return ret;
}

static int sys_entry(void *ctx, const char *path, char *name, size_t size_bytes)
{
	return sys_list(ctx, path, 0, name, size_bytes);
}

static int sys_read(void *ctx, const char *path, uint64_t offset, void *buf,
		    size_t size_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;
	ssize_t length = -1;

	(void)ctx;
	if (fd < 0)
		return -errno;
	if (size_bytes > INT_MAX)
		size_bytes = INT_MAX;
	if (offset <= INT32_MAX)
		length = pread(fd, buf, size_bytes, (off_t)offset);
	else
		errno = EFBIG;
	ret = length < 0 ? -errno : (int)length;
	close(fd);
	return ret;
}

const struct vprim_user_sys *vprim_user_sys_real(void)
{
	static const struct vprim_user_sys sys = {
		.open = sys_open, .close = sys_close, .ioctl = sys_ioctl,
		.link = sys_link, .entry = sys_entry,
		.read = sys_read, .list = sys_list,
	};

	return &sys;
}
