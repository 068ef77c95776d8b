// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The calls on descriptors: ioctl, pread, pwrite and their like, mmap. A descriptor
 * that is none of ours goes to the kernel as if we were not there. And uname, when
 * another release is asked for than the kernel's.
 */
#include "sup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define MAX_RW (1u << 20)
#define MAX_IOV 64u

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Whose the call is: the first of the files that a node stands for. */
static struct vprim_mock_file *first_file(const struct sup_node *node)
{
	return node && node->files && node->files->len ?
	       g_ptr_array_index(node->files, 0) : NULL;
}

/* One piece of memory between a program and a device. */
static int64_t move(struct sup *s, uint64_t task, struct vprim_mock_file *file,
		    uint64_t at, uint64_t buf, uint64_t n, bool write)
{
	uint8_t few[64], *bytes = few;
	int64_t done;

	(void)s;
	if (n > MAX_RW)
		n = MAX_RW;
	if (n > sizeof(few))
		bytes = malloc((size_t)n);
	if (!bytes)
		return -ENOMEM;
	if (write && sup_read(task, bytes, buf, (size_t)n)) {
		done = -EFAULT;
	} else {
		done = vprim_mock_rw(file, at, bytes, (size_t)n, write);
		if (!write && done > 0 && sup_write(task, buf, bytes, (size_t)done))
			done = -EFAULT;
	}
	if (bytes != few)
		free(bytes);
	return done;
}

static int64_t move_vector(struct sup *s, uint64_t task, struct vprim_mock_file *file,
			   uint64_t at, uint64_t list, uint64_t count, bool write)
{
	struct iovec iov[MAX_IOV];
	int64_t total = 0;
	uint64_t i;

	if (count > MAX_IOV)
		return -EINVAL;
	if (count && sup_read(task, iov, list, (size_t)count * sizeof(iov[0])))
		return -EFAULT;
	for (i = 0; i < count; i++) {
		int64_t done = move(s, task, file, at, (uintptr_t)iov[i].iov_base,
				    iov[i].iov_len, write);

		if (done < 0)
			return total ? total : done;
		total += done;
		at += (uint64_t)done;
		if ((uint64_t)done < iov[i].iov_len)
			break;
	}
	return total;
}

/* Two numbers make a device go: calls so far, and interrupts so far. */
static void on_time(struct sup *s)
{
	struct vprim_mock_device *d = NULL;

	if (++s->calls != s->options.unplug_at)
		return;
	while ((d = vprim_mock_next(s->mock, d)))
		vprim_mock_unplug(d);
}

static bool is_offset_call(int nr, bool *write, bool *vector)
{
	switch (nr) {
	case SYS_pread64:
	case SYS_pwrite64:
		*write = nr == SYS_pwrite64;
		*vector = false;
		return true;
	case SYS_preadv:
	case SYS_preadv2:
		*write = false;
		*vector = true;
		return true;
	case SYS_pwritev:
	case SYS_pwritev2:
		*write = true;
		*vector = true;
		return true;
	default:
		return false;
	}
}

/* Programs that know more than one kernel ask which one it is. */
static int64_t system_name(const struct sup *s, uint64_t task, uint64_t at)
{
	struct utsname name;

	if (uname(&name))
		return -errno;
	snprintf(name.release, sizeof(name.release), "%u.%u.0-mock",
		 s->options.release >> 8, s->options.release & 0xff);
	return sup_write(task, at, &name, sizeof(name)) ? -EFAULT : 0;
}

void sup_call(struct sup *s, const struct seccomp_notif *n, int64_t *val, bool *pass)
{
	const uint64_t *a = (const uint64_t *)n->data.args;
	bool write = false, vector = false;
	bool offsets = is_offset_call(n->data.nr, &write, &vector);
	struct vprim_mock_file *file;
	uint64_t began;

	if (n->data.nr == SYS_uname) {
		*pass = false;
		*val = system_name(s, n->pid, a[0]);
		return;
	}
	if (n->data.nr != SYS_ioctl && n->data.nr != SYS_mmap && !offsets) {
		sup_path_call(s, n, val, pass);
		return;
	}
	file = first_file(sup_node_of(s, n->pid, (int32_t)a[n->data.nr == SYS_mmap ?
							 4 : 0]));
	if (!file)
		return;
	began = now_ns();
	*pass = false;
	if (n->data.nr == SYS_ioctl) {
		on_time(s);
		*val = vprim_mock_ioctl(file, n->pid, (uint32_t)a[1], a[2]);
		/* Its note has counted it. */
		sup_time(s, NULL, now_ns() - began, *val < 0);
	} else if (n->data.nr == SYS_mmap) {
		*val = vprim_mock_mmap(file, a[5], (a[1] + 4095) & ~UINT64_C(4095));
		*pass = !*val;
		sup_time(s, "mmap", now_ns() - began, *val < 0);
	} else {
		*val = vector ? move_vector(s, n->pid, file, a[3], a[1], a[2], write) :
				move(s, n->pid, file, a[3], a[1], a[2], write);
		sup_time(s, write ? "pwrite" : "pread", now_ns() - began, *val < 0);
	}
}
