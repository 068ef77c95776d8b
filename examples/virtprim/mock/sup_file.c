// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which descriptor is which file.
 *
 * Each file that a program opens is a memfd; its inode says which it is, whatever
 * became of the descriptor: dup, fork, a socket. A device's is one for all opens,
 * as large as all its regions, so that it can be mapped at their offsets; nobody can
 * change its size. inotify tells of a close; a lease, which is granted only where
 * nobody else has the inode open or mapped, tells that it was the last.
 */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEVICE_BYTES \
	((off_t)(VPRIM_MOCK_FIRST_REGION + VPRIM_MOCK_REGIONS + 1) << 40)

static void node_free(gpointer data)
{
	struct sup_node *node = data;

	if (node->fd >= 0)
		close(node->fd);
	if (node->files)
		g_ptr_array_free(node->files, TRUE);
	g_free(node->path);
	g_free(node);
}

static guint ino_hash(gconstpointer key)
{
	return g_int64_hash(key);
}

/* The kernel's side of the character devices that programs know. */
static dev_t number_of(enum vprim_mock_kind kind, const char *path)
{
	const char *digits = path + strlen(path);

	while (digits > path && g_ascii_isdigit(digits[-1]))
		digits--;
	switch (kind) {
	case VPRIM_MOCK_CONTAINER:
		return makedev(10, 196);
	case VPRIM_MOCK_IOMMUFD:
		return makedev(10, 125);
	case VPRIM_MOCK_GROUP:
		return makedev(240, (unsigned int)atoi(digits));
	case VPRIM_MOCK_DEVICE:
		return makedev(511, (unsigned int)atoi(digits));
	default:
		return 0;
	}
}

static struct sup_node *new_node(struct sup *s, const char *name, off_t bytes)
{
	struct sup_node *node;
	struct stat st;
	char path[40];
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), again, high;

	/* Opened anew: only such a file counts where leases are granted. Above the
	 * numbers that a program expects to have first. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	high = again < 0 ? -1 : fcntl(again, F_DUPFD_CLOEXEC, 200);
	if (again >= 0)
		close(again);
	if (fd >= 0)
		close(fd);
	if (high < 0)
		return NULL;
	if (ftruncate(high, bytes) || fstat(high, &st) ||
	    fcntl(high, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		close(high);
		return NULL;
	}
	node = g_new0(struct sup_node, 1);
	node->fd = high;
	node->ino = st.st_ino;
	node->dev = st.st_dev;
	node->watch = -1;
	node->files = g_ptr_array_new();
	s->memory_dev = st.st_dev;
	g_hash_table_insert(s->nodes, &node->ino, node);
	return node;
}

static struct sup_node *device_node(struct sup *s, struct vprim_mock_device *device)
{
	struct sup_node *node = g_hash_table_lookup(s->devices, device);

	if (node)
		return node;
	node = new_node(s, "vfio-device", DEVICE_BYTES);
	if (node) {
		node->device = device;
		g_hash_table_insert(s->devices, device, node);
	}
	return node;
}

void *sup_region_memory(void *ctx, struct vprim_mock_device *device, uint32_t index,
			uint64_t size_bytes)
{
	struct sup_node *node = device_node(ctx, device);
	void *memory;

	if (!node)
		return NULL;
	memory = mmap(NULL, (size_t)size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      node->fd, (off_t)(VPRIM_MOCK_FIRST_REGION + index) << 40);
	return memory == MAP_FAILED ? NULL : memory;
}

/* -- descriptors --------------------------------------------------------------------- */

struct sup_node *sup_node_of(struct sup *s, uint64_t task, int32_t fd)
{
	char path[64];
	struct stat st;
	uint64_t ino;
	struct sup_node *node;

	if (fd < 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task, fd);
	if (stat(path, &st))
		return NULL;
	ino = st.st_ino;
	node = g_hash_table_lookup(s->nodes, &ino);
	return node && node->dev == st.st_dev ? node : NULL;
}

int sup_file_of(void *ctx, uint64_t task, int32_t fd, struct vprim_mock_file **file)
{
	struct sup_node *node = sup_node_of(ctx, task, fd);
	char path[64];
	struct stat st;

	*file = node && node->files && node->files->len ?
		g_ptr_array_index(node->files, 0) : NULL;
	if (node)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task, fd);
	return lstat(path, &st) ? -EBADF : 0;
}

int sup_give(struct sup *s, int fd, bool cloexec)
{
	struct seccomp_notif_addfd add = {
		.id = s->id, .srcfd = (__u32)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	int ret = ioctl(s->notify, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return ret < 0 ? -errno : ret;
}

/* An open file of the node's own, so that its last close is seen. */
static int give_node(struct sup *s, struct sup_node *node, bool cloexec)
{
	char path[40];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", node->fd);
	if (node->watch < 0)
		node->watch = inotify_add_watch(s->inotify, path, IN_CLOSE);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = sup_give(s, fd, cloexec);
	close(fd);
	return ret;
}

static int install(struct sup *s, struct vprim_mock_file *file, const char *path,
		   bool cloexec)
{
	enum vprim_mock_kind kind = vprim_mock_file_kind(file);
	struct sup_node *node = kind == VPRIM_MOCK_DEVICE ?
				device_node(s, vprim_mock_file_device(file)) :
				new_node(s, "vfio", 4096);
	int fd;

	if (!node)
		return -EMFILE;
	if (path && !node->path)
		node->path = g_strdup(path);
	node->is_char = kind != VPRIM_MOCK_DMABUF && path;
	if (node->is_char)
		node->rdev = number_of(kind, path);
	fd = give_node(s, node, cloexec);
	if (fd >= 0)
		g_ptr_array_add(node->files, file);
	else if (!node->device)
		g_hash_table_remove(s->nodes, &node->ino);
	return fd;
}

int sup_install(void *ctx, uint64_t task, struct vprim_mock_file *file)
{
	(void)task;
	return install(ctx, file, NULL, true);
}

int sup_open_node(struct sup *s, const char *path, uint64_t task, bool cloexec)
{
	struct vprim_mock_file *file;
	int ret = sup_fail(s, path);

	(void)task;
	ret = ret ? -ret : vprim_mock_open(s->mock, path, &file);
	if (ret)
		return ret;
	ret = install(s, file, path, cloexec);
	if (ret < 0)
		vprim_mock_close(file);
	return ret;
}

/* -- closing ----------------------------------------------------------------------------- */

static bool is_last(const struct sup_node *node)
{
	if (fcntl(node->fd, F_SETLEASE, F_WRLCK))
		return false;
	fcntl(node->fd, F_SETLEASE, F_UNLCK);
	return true;
}

/* A device's inode stays, for its memory; all others go with their file. */
static void released(struct sup *s, struct sup_node *node)
{
	while (node->files->len) {
		struct vprim_mock_file *f = g_ptr_array_remove_index(node->files, 0);

		vprim_mock_close(f);
	}
	if (node->device)
		return;
	if (node->watch >= 0)
		inotify_rm_watch(s->inotify, node->watch);
	g_hash_table_remove(s->nodes, &node->ino);
}

static struct sup_node *by_watch(struct sup *s, int watch)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, s->nodes);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (((struct sup_node *)value)->watch == watch)
			return value;
	return NULL;
}

void sup_inotify(struct sup *s)
{
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n;

	while ((n = read(s->inotify, buf, sizeof(buf))) > 0) {
		char *at = buf;

		while (at < buf + n) {
			struct inotify_event e;
			struct sup_node *node;

			memcpy(&e, at, sizeof(e));
			at += sizeof(e) + e.len;
			node = e.mask & IN_CLOSE ? by_watch(s, e.wd) : NULL;
			if (node && node->files->len && is_last(node))
				released(s, node);
		}
	}
}

int sup_file_init(struct sup *s)
{
	s->nodes = g_hash_table_new_full(ino_hash, g_int64_equal, NULL, node_free);
	s->devices = g_hash_table_new(NULL, NULL);
	s->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (s->inotify >= 0)
		return 0;
	tool_warn("mock: inotify: %s", strerror(errno));
	return -1;
}

void sup_file_fini(struct sup *s)
{
	if (s->devices)
		g_hash_table_destroy(s->devices);
	if (s->nodes)
		g_hash_table_destroy(s->nodes);
	if (s->inotify >= 0)
		close(s->inotify);
}
