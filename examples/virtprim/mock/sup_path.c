// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Calls that take a path. What leads into the tree is answered from there, with the
 * tree as the root of all links; what leads to a file of the pretended kernel opens
 * it; the rest is the kernel's.
 */
#include "sup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* What a call asks, whichever it was. */
struct ask {
	enum { OPEN, STAT, STATX, ACCESS, READLINK } what;
	int dirfd;
	uint64_t path;		/* in the program's memory; 0 with a descriptor */
	bool by_fd;		/* fstat */
	bool nofollow, empty;
	int flags;		/* of open, access, statx */
	uint64_t out, capacity;	/* where the answer goes */
	uint32_t mask;
};

/* -- the calls, one by one --------------------------------------------------------- */

static bool decode_open(const struct seccomp_notif *n, struct ask *q)
{
	const uint64_t *a = (const uint64_t *)n->data.args;
	struct open_how how = { 0 };

	q->what = OPEN;
	switch (n->data.nr) {
	case SYS_openat:
		q->dirfd = (int)a[0];
		q->path = a[1];
		q->flags = (int)a[2];
		break;
	case SYS_openat2:
		q->dirfd = (int)a[0];
		q->path = a[1];
		if (a[3] < sizeof(how) || sup_read(n->pid, &how, a[2], sizeof(how)))
			return false;
		q->flags = (int)how.flags;
		break;
#ifdef SYS_open
	case SYS_open:
		q->dirfd = AT_FDCWD;
		q->path = a[0];
		q->flags = (int)a[1];
		break;
#endif
	default:
		return false;
	}
	q->nofollow = q->flags & O_NOFOLLOW;
	return true;
}

static bool decode_stat(const struct seccomp_notif *n, struct ask *q)
{
	const uint64_t *a = (const uint64_t *)n->data.args;

	q->what = STAT;
	switch (n->data.nr) {
	case SYS_newfstatat:
		q->dirfd = (int)a[0];
		q->path = a[1];
		q->out = a[2];
		q->nofollow = a[3] & AT_SYMLINK_NOFOLLOW;
		q->empty = a[3] & AT_EMPTY_PATH;
		return true;
	case SYS_statx:
		q->what = STATX;
		q->dirfd = (int)a[0];
		q->path = a[1];
		q->nofollow = a[2] & AT_SYMLINK_NOFOLLOW;
		q->empty = a[2] & AT_EMPTY_PATH;
		q->flags = (int)a[2];
		q->mask = (uint32_t)a[3];
		q->out = a[4];
		return true;
	case SYS_fstat:
		q->dirfd = (int)a[0];
		q->out = a[1];
		q->by_fd = true;
		return true;
#ifdef SYS_stat
	case SYS_stat:
	case SYS_lstat:
		q->dirfd = AT_FDCWD;
		q->path = a[0];
		q->out = a[1];
		q->nofollow = n->data.nr == SYS_lstat;
		return true;
#endif
	default:
		return false;
	}
}

static bool decode_other(const struct seccomp_notif *n, struct ask *q)
{
	const uint64_t *a = (const uint64_t *)n->data.args;

	q->what = ACCESS;
	switch (n->data.nr) {
	case SYS_faccessat:
	case SYS_faccessat2:
		q->dirfd = (int)a[0];
		q->path = a[1];
		q->flags = (int)a[2];
		q->nofollow = n->data.nr == SYS_faccessat2 && a[3] & AT_SYMLINK_NOFOLLOW;
		return true;
	case SYS_readlinkat:
		q->what = READLINK;
		q->dirfd = (int)a[0];
		q->path = a[1];
		q->out = a[2];
		q->capacity = a[3];
		q->nofollow = true;
		return true;
#ifdef SYS_access
	case SYS_access:
		q->dirfd = AT_FDCWD;
		q->path = a[0];
		q->flags = (int)a[1];
		return true;
	case SYS_readlink:
		q->what = READLINK;
		q->dirfd = AT_FDCWD;
		q->path = a[0];
		q->out = a[1];
		q->capacity = a[2];
		q->nofollow = true;
		return true;
#endif
	default:
		return false;
	}
}

/* -- where a path leads ---------------------------------------------------------------- */

/* Where the program would begin: its folder, or that of a descriptor. */
static bool base_of(const struct sup *s, uint64_t task, int dirfd, char *out,
		    size_t capacity)
{
	char link[64];
	size_t tree = strlen(s->tree);
	ssize_t n;

	if (dirfd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)task);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)task, dirfd);
	n = readlink(link, out, capacity - 1);
	if (n < 0)
		return false;
	out[n] = '\0';
	/* A folder of the tree is the folder that it stands for. */
	if (!strncmp(out, s->tree, tree) && (out[tree] == '/' || !out[tree]))
		memmove(out, out + tree, (size_t)n - tree + 1);
	return out[0] == '/' || !out[0];
}

/* Whose absence counts: below these nothing of the machine itself shows through. */
static bool is_ours_alone(const struct sup *s, const char *path)
{
	static const char *const folders[] = {
		"/dev/vfio", "/dev/iommu", "/sys/kernel/iommu_groups",
		"/sys/class/vfio-dev", "/sys/bus/pci/drivers/vfio-pci",
	};
	struct vprim_mock_device *d = NULL;
	size_t i, n;

	for (i = 0; i < VPRIM_ARRAY_LEN(folders); i++) {
		n = strlen(folders[i]);
		if (!strncmp(path, folders[i], n) && (!path[n] || path[n] == '/'))
			return true;
	}
	while ((d = vprim_mock_next(s->mock, d))) {
		struct vprim_mock_device_info info;
		const char *at;

		vprim_mock_device_describe(d, &info);
		at = strstr(path, info.name);
		if (at && at > path && at[-1] == '/' && !strncmp(path, "/sys/", 5))
			return true;
	}
	return false;
}

/* Folders that the tree has only as the way to others. */
static bool is_shared(const char *path)
{
	static const char *const folders[] = {
		"", "/", "/dev", "/sys", "/sys/bus", "/sys/bus/pci",
		"/sys/bus/pci/drivers", "/sys/devices", "/sys/class", "/sys/kernel",
		"/sys/module", "/sys/module/vfio", "/sys/module/vfio/parameters",
		"/sys/module/vfio_iommu_type1",
		"/sys/module/vfio_iommu_type1/parameters",
	};
	size_t i, n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (i = 0; i < VPRIM_ARRAY_LEN(folders); i++)
		if (strlen(folders[i]) == n && !strncmp(path, folders[i], n))
			return true;
	return false;
}

static bool is_pci_root(const char *path)
{
	return !strncmp(path, "/sys/devices/pci", 16) && !strchr(path + 16, '/');
}

/* Without "//", "/./" and trailing slashes; ".." is left to the links. */
static void tidy(char *path)
{
	char *to = path;
	const char *from = path;

	while (*from) {
		if (from[0] == '/' && (from[1] == '/' || !from[1])) {
			from++;
			continue;
		}
		if (from[0] == '/' && from[1] == '.' && (from[2] == '/' || !from[2])) {
			from += 2;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
}

static int open_in_tree(const struct sup *s, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, s->root, path, &how, sizeof(how));
}

/* Where an O_PATH descriptor in the tree has led to, as the program knows it. */
static bool place_of(const struct sup *s, int fd, char *out, size_t capacity)
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, capacity - 1);
	if (n < (ssize_t)strlen(s->tree))
		return false;
	out[n] = '\0';
	memmove(out, out + strlen(s->tree), (size_t)n - strlen(s->tree) + 1);
	return true;
}

static bool is_device_node(const char *place)
{
	return !strncmp(place, "/dev/", 5);
}

static dev_t number_at(const char *place)
{
	size_t n = strlen(place);
	unsigned int minor;

	if (!strcmp(place, "/dev/vfio/vfio"))
		return makedev(10, 196);
	if (!strcmp(place, "/dev/iommu"))
		return makedev(10, 125);
	while (n && place[n - 1] >= '0' && place[n - 1] <= '9')
		n--;
	minor = (unsigned int)strtoul(place + n, NULL, 10);
	return makedev(strncmp(place, "/dev/vfio/devices/", 18) ? 240 : 511, minor);
}

/* -- answers ------------------------------------------------------------------------------- */

static int64_t put_stat(uint64_t task, const struct ask *q, int fd, dev_t rdev)
{
	struct stat st;
	struct statx stx;

	if (q->what == STATX) {
		if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, q->mask, &stx))
			return -errno;
		if (rdev) {
			stx.stx_mode = S_IFCHR | 0600;
			stx.stx_size = 0;
			stx.stx_rdev_major = major(rdev);
			stx.stx_rdev_minor = minor(rdev);
		}
		return sup_write(task, q->out, &stx, sizeof(stx));
	}
	if (fstat(fd, &st))
		return -errno;
	if (rdev) {
		st.st_mode = S_IFCHR | 0600;
		st.st_size = 0;
		st.st_rdev = rdev;
	}
	return sup_write(task, q->out, &st, sizeof(st));
}

static int64_t put_link(uint64_t task, const struct ask *q, int fd)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	/* As the kernel: "" names the link itself, which only a link can be. */
	if (n < 0)
		return errno == ENOENT ? -EINVAL : -errno;
	if ((int32_t)q->capacity <= 0)
		return -EINVAL;
	if ((uint64_t)n > q->capacity)
		n = (ssize_t)q->capacity;
	return sup_write(task, q->out, target, (size_t)n) ? -EFAULT : n;
}

static int64_t open_file(struct sup *s, const struct seccomp_notif *n,
			 const struct ask *q, const char *path, const char *place)
{
	int fd;
	int64_t ret;

	if ((q->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if (is_device_node(place) && strcmp(place, "/dev/vfio/devices") &&
	    strcmp(place, "/dev/vfio") && q->flags & O_DIRECTORY)
		return -ENOTDIR;
	fd = open_in_tree(s, path, q->flags & ~(O_CREAT | O_TRUNC | O_EXCL));
	if (fd < 0)
		return -errno;
	if (is_device_node(place) && !(q->flags & O_PATH)) {
		struct stat st;

		if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
			close(fd);
			return sup_open_node(s, place, n->pid, q->flags & O_CLOEXEC);
		}
	}
	ret = sup_give(s, fd, q->flags & O_CLOEXEC);
	close(fd);
	return ret;
}

static int64_t answer(struct sup *s, const struct seccomp_notif *n,
		      const struct ask *q, const char *path, int fd)
{
	char place[PATH_MAX];
	struct stat st;
	dev_t rdev = 0;

	if (!place_of(s, fd, place, sizeof(place)))
		return -ENOENT;
	if (is_device_node(place) && !fstat(fd, &st) && S_ISREG(st.st_mode))
		rdev = number_at(place);
	switch (q->what) {
	case OPEN:
		return open_file(s, n, q, path, place);
	case STAT:
	case STATX:
		return put_stat(n->pid, q, fd, rdev);
	case READLINK:
		return put_link(n->pid, q, fd);
	case ACCESS:
		if (rdev)
			return q->flags & X_OK ? -EACCES : 0;
		snprintf(place, sizeof(place), "/proc/self/fd/%d", fd);
		return access(place, q->flags) ? -errno : 0;
	}
	return -ENOSYS;
}

/* A descriptor itself: only what we have given is told of otherwise. */
static void stat_fd(struct sup *s, const struct seccomp_notif *n,
		    const struct ask *q, int64_t *val, bool *pass)
{
	struct sup_node *node;

	if (q->dirfd < 0)
		return;
	node = sup_node_of(s, n->pid, q->dirfd);
	if (!node || !node->is_char)
		return;
	*pass = false;
	*val = put_stat(n->pid, q, node->fd, node->rdev);
}

/* /proc/self/fd/5, if that is a file of ours: opened anew, as the kernel would. */
static void reopen(struct sup *s, const struct seccomp_notif *n, const struct ask *q,
		   const char *path, int64_t *val, bool *pass)
{
	const char *number = strrchr(path, '/');
	struct sup_node *node;
	char *end;
	long fd, pid = (long)n->pid;

	if (q->what != OPEN || q->flags & O_PATH || !number || !g_ascii_isdigit(number[1]))
		return;
	if (g_ascii_isdigit(path[6]))
		pid = strtol(path + 6, NULL, 10);
	fd = strtol(number + 1, &end, 10);
	if (*end || fd < 0 || fd > INT_MAX)
		return;
	node = sup_node_of(s, (uint64_t)pid, (int)fd);
	if (!node || !node->path)
		return;
	*pass = false;
	*val = sup_open_node(s, node->path, n->pid, q->flags & O_CLOEXEC);
}

void sup_path_call(struct sup *s, const struct seccomp_notif *n, int64_t *val,
		   bool *pass)
{
	char path[2 * PATH_MAX], given[PATH_MAX];
	struct ask q = { .what = OPEN };
	size_t base;
	int fd;

	if (!decode_open(n, &q) && !decode_stat(n, &q) && !decode_other(n, &q))
		return;
	if (q.by_fd || sup_read_string(n->pid, q.path, given, sizeof(given))) {
		if (q.by_fd || q.empty)
			stat_fd(s, n, &q, val, pass);
		return;
	}
	if (!given[0]) {
		if (q.empty)
			stat_fd(s, n, &q, val, pass);
		return;
	}
	path[0] = '\0';
	if (given[0] != '/' && !base_of(s, n->pid, q.dirfd, path, PATH_MAX))
		return;
	base = strlen(path);
	snprintf(path + base, sizeof(path) - base, "%s%s",
		 given[0] == '/' ? "" : "/", given);
	tidy(path);
	if (!strncmp(path, "/proc/", 6) && strstr(path, "/fd/")) {
		reopen(s, n, &q, path, val, pass);
		return;
	}
	if ((strncmp(path, "/dev/", 5) && strncmp(path, "/sys/", 5)) ||
	    is_shared(path) || is_pci_root(path))
		return;
	fd = open_in_tree(s, path, O_PATH | (q.nofollow ? O_NOFOLLOW : 0));
	if (fd < 0) {
		*pass = !is_ours_alone(s, path);
		*val = -errno;
		return;
	}
	*pass = false;
	*val = answer(s, n, &q, path, fd);
	close(fd);
}
