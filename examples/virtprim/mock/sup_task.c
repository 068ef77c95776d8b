// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A task's memory, whether it can be pinned, and its eventfds and memfds.
 *
 * An owner is a process: the number of its first thread, and a pidfd that says
 * whether that process is still the one that mapped. Nothing of a process that took
 * its number later is touched.
 */
#include "sup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

/* Freed by the table. */
struct sup_owner {
	pid_t pid;
	int pidfd;
	uint64_t pinned;	/* bytes */
};

struct sup_event {
	int fd;
	struct vprim_mock_device *device;	/* to unmask when it is signalled */
};

/* -- memory ------------------------------------------------------------------------ */

int sup_read(uint64_t task, void *to, uint64_t from, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)(uintptr_t)from, n };

	return process_vm_readv((pid_t)task, &local, 1, &remote, 1, 0) == (ssize_t)n ?
	       0 : -EFAULT;
}

int sup_write(uint64_t task, uint64_t to, const void *from, size_t n)
{
	struct iovec local = { (void *)(uintptr_t)from, n };
	struct iovec remote = { (void *)(uintptr_t)to, n };

	return process_vm_writev((pid_t)task, &local, 1, &remote, 1, 0) == (ssize_t)n ?
	       0 : -EFAULT;
}

/* A string, page by page: what lies behind its end may not be there. */
int sup_read_string(uint64_t task, uint64_t from, char *to, size_t capacity)
{
	size_t at = 0;

	while (at < capacity) {
		size_t n = 4096 - ((from + at) & 4095);

		if (n > capacity - at)
			n = capacity - at;
		if (sup_read(task, to + at, from + at, n))
			return -EFAULT;
		if (memchr(to + at, 0, n))
			return 0;
		at += n;
	}
	return -ENAMETOOLONG;
}

static int copy_in(void *ctx, uint64_t task, void *to, uint64_t from, size_t n)
{
	(void)ctx;
	return sup_read(task, to, from, n);
}

static int copy_out(void *ctx, uint64_t task, uint64_t to, const void *from, size_t n)
{
	(void)ctx;
	return sup_write(task, to, from, n);
}

/* -- owners -------------------------------------------------------------------------- */

static pid_t first_thread(uint64_t task)
{
	char path[40], line[128];
	long pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)task);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "Tgid:", 5)) {
			pid = strtol(line + 5, NULL, 10);
			break;
		}
	if (f)
		fclose(f);
	return (pid_t)pid;
}

static bool alive(const struct sup_owner *o)
{
	struct pollfd p = { .fd = o->pidfd, .events = POLLIN };

	return o->pidfd >= 0 && poll(&p, 1, 0) == 0;
}

static void owner_free(gpointer data)
{
	struct sup_owner *o = data;

	if (o->pidfd >= 0)
		close(o->pidfd);
	g_free(o);
}

/* The owner's number is its place in the list: process numbers come again. */
static uint64_t owner_of(void *ctx, uint64_t task)
{
	struct sup *s = ctx;
	pid_t pid = first_thread(task);
	guint n = g_hash_table_size(s->owners), i;
	struct sup_owner *o;

	for (i = n; i; i--) {
		o = g_hash_table_lookup(s->owners, GUINT_TO_POINTER(i));
		if (o->pid == pid && alive(o))
			return i;
	}
	o = g_new0(struct sup_owner, 1);
	o->pid = pid;
	o->pidfd = pid ? pidfd_open(pid, 0) : -1;
	g_hash_table_insert(s->owners, GUINT_TO_POINTER(n + 1), o);
	return n + 1;
}

static struct sup_owner *owner_at(struct sup *s, uint64_t owner)
{
	struct sup_owner *o = g_hash_table_lookup(s->owners,
						  GUINT_TO_POINTER((guint)owner));

	return o && alive(o) ? o : NULL;
}

/* Bytes from @start on that mappings of the process cover with the rights asked. */
static uint64_t covered(pid_t pid, uint64_t start, uint64_t size, uint32_t prot)
{
	uint64_t at = start, last = start + (size - 1);
	char path[40], *line = NULL;
	size_t capacity = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	while (f && last >= start && getline(&line, &capacity, f) > 0) {
		uint64_t from, to;
		char rights[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, rights) != 3)
			break;
		if (to <= at)
			continue;
		if (from > at || to > UINT64_C(1) << 47 || rights[0] != 'r' ||
		    (prot & VPRIM_TYPE1_MAP_WRITE && rights[1] != 'w'))
			break;
		at = to;
		if (to - 1 >= last) {
			at = start + size;
			break;
		}
	}
	free(line);
	if (f)
		fclose(f);
	return at - start;
}

/* Page by page, as the kernel pins: the limit may come before the first gap. */
static int pin(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size, uint32_t prot)
{
	const struct sup *s = ctx;
	struct sup_owner *o = owner_at(ctx, owner);
	uint64_t can = o ? covered(o->pid, vaddr, size, prot) : 0;
	struct rlimit limit;

	if (!o)
		return -EFAULT;
	if (s->options.memlock && !prlimit(o->pid, RLIMIT_MEMLOCK, NULL, &limit) &&
	    limit.rlim_cur != RLIM_INFINITY && o->pinned + can > limit.rlim_cur)
		return -ENOMEM;
	if (can < size)
		return -EFAULT;
	o->pinned += size;
	return 0;
}

static int unpin(void *ctx, uint64_t owner, uint64_t vaddr, uint64_t size,
		 uint32_t prot)
{
	struct sup_owner *o = owner_at(ctx, owner);

	if (!o)
		return 0;
	o->pinned -= o->pinned < size ? o->pinned : size;
	return covered(o->pid, vaddr, size, prot) == size ? 0 : -EFAULT;
}

static int dma(void *ctx, uint64_t owner, uint64_t vaddr, void *data, size_t n,
	       bool write)
{
	struct sup_owner *o = owner_at(ctx, owner);

	if (!o)
		return -EFAULT;
	return write ? sup_write((uint64_t)o->pid, vaddr, data, n) :
		       sup_read((uint64_t)o->pid, data, vaddr, n);
}

/* -- descriptors of a task --------------------------------------------------------------- */

static int take_fd(uint64_t task, int32_t fd)
{
	pid_t pid = first_thread(task);
	int pidfd = pid ? pidfd_open(pid, 0) : -1, got;

	if (pidfd < 0)
		return -EBADF;
	got = pidfd_getfd(pidfd, fd, 0);
	if (got < 0)
		got = errno == EBADF ? -EBADF : -EPERM;
	close(pidfd);
	return got;
}

static int event_get(void *ctx, uint64_t task, int32_t fd, void **event)
{
	struct sup_event *e;
	char path[40], target[64];
	ssize_t n;
	int got = take_fd(task, fd);

	(void)ctx;
	if (got < 0)
		return got;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", got);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	if (strncmp(target, "anon_inode:[eventfd", 19)) {
		close(got);
		return -EINVAL;
	}
	e = g_new0(struct sup_event, 1);
	e->fd = got;
	*event = e;
	return 0;
}

static void event_put(void *ctx, void *event)
{
	struct sup *s = ctx;
	struct sup_event *e = event;

	if (e->device)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, e->fd, NULL);
	close(e->fd);
	g_free(e);
}

static void interrupted(int signal)
{
	(void)signal;
}

/*
 * A write to a counter that the program has filled would wait for ever, on a
 * descriptor whose flags are the program's: a timer ends it.
 */
static void event_signal(void *ctx, void *event)
{
	const struct itimerval soon = { .it_value = { 0, 100000 } };
	const struct itimerval never = { .it_value = { 0, 0 } };
	struct sup *s = ctx;
	struct sup_event *e = event;
	struct pollfd p = { .fd = e->fd, .events = POLLOUT };
	const uint64_t one = 1;

	if (++s->interrupts == s->options.lose_irq || poll(&p, 1, 0) != 1 ||
	    !(p.revents & POLLOUT))
		return;
	setitimer(ITIMER_REAL, &soon, NULL);
	if (write(e->fd, &one, sizeof(one)) < 0)
		s->interrupts--;
	setitimer(ITIMER_REAL, &never, NULL);
}

static void event_watch(void *ctx, void *event, struct vprim_mock_device *device)
{
	struct sup *s = ctx;
	struct sup_event *e = event;
	struct epoll_event add = { .events = EPOLLIN, .data = { .ptr = e } };

	e->device = device;
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, e->fd, &add);
}

void sup_event_ready(struct sup *s, void *watch)
{
	struct sup_event *e = watch;
	uint64_t count;
	struct iovec iov = { &count, sizeof(count) };

	(void)s;
	/* Somebody else may have read it first: do not wait. */
	if (preadv2(e->fd, &iov, 1, -1, RWF_NOWAIT) == sizeof(count))
		vprim_mock_unmask(e->device);
}

static int memfd_get(void *ctx, uint64_t task, int32_t fd, void **memfd)
{
	int got = take_fd(task, fd);

	(void)ctx;
	if (got < 0)
		return got;
	if (fcntl(got, F_GET_SEALS) < 0) {
		close(got);
		return -EINVAL;
	}
	*memfd = GINT_TO_POINTER(got);
	return 0;
}

static void memfd_put(void *ctx, void *memfd)
{
	(void)ctx;
	close(GPOINTER_TO_INT(memfd));
}

static int memfd_rw(void *ctx, void *memfd, uint64_t at, void *data, size_t n,
		    bool write)
{
	int fd = GPOINTER_TO_INT(memfd);
	ssize_t done = write ? pwrite(fd, data, n, (off_t)at) :
			       pread(fd, data, n, (off_t)at);

	(void)ctx;
	return done == (ssize_t)n ? 0 : -EFAULT;
}

void sup_task_init(struct sup *s)
{
	struct sigaction action = { .sa_handler = interrupted };

	sigaction(SIGALRM, &action, NULL);
	s->owners = g_hash_table_new_full(NULL, NULL, NULL, owner_free);
}

void sup_task_fini(struct sup *s)
{
	if (s->owners)
		g_hash_table_destroy(s->owners);
	s->owners = NULL;
}

const struct vprim_mock_ops sup_ops = {
	.copy_in = copy_in, .copy_out = copy_out, .owner = owner_of, .pin = pin,
	.unpin = unpin, .dma = dma, .file = sup_file_of, .install = sup_install,
	.event_get = event_get, .event_put = event_put,
	.event_signal = event_signal, .event_watch = event_watch,
	.memfd_get = memfd_get, .memfd_put = memfd_put, .memfd_rw = memfd_rw,
	.memory = sup_region_memory, .fail = sup_fail, .note = sup_note,
};
