// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Starting the program under a filter that hands certain calls to us.
 *
 * The filter is made by libseccomp and installed by hand, for a flag that it does
 * not know: a call that we have taken up is not interrupted by signals but by those
 * that kill, so that nothing is answered twice.
 */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <virtprim/releases.h>

/* First offset of a region: what lies below never comes here. */
#define FIRST_OFFSET ((uint64_t)VPRIM_MOCK_FIRST_REGION << 40)

static const int path_calls[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(stat),
	SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat),
};

static const int offset_calls[] = {
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev),
	SCMP_SYS(preadv2), SCMP_SYS(pwritev2),
};

/* All that we want to see. Calls of other ABIs pass: they are not answered for. */
static int make_rules(scmp_filter_ctx ctx, uint32_t release)
{
	size_t i;
	int ret = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00, ';' << 8));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(mmap), 1,
				       SCMP_A5(SCMP_CMP_GE, FIRST_OFFSET, 0));
	if (!ret && release != VPRIM_LINUX_NEWEST)
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(uname), 0);
	for (i = 0; i < VPRIM_ARRAY_LEN(offset_calls) && !ret; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, offset_calls[i], 1,
				       SCMP_A3(SCMP_CMP_GE, FIRST_OFFSET, 0));
	for (i = 0; i < VPRIM_ARRAY_LEN(path_calls) && !ret; i++) {
		ret = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, path_calls[i], 0);
		/* Not every architecture has every call. */
		if (ret == -EDOM || ret == -EFAULT)
			ret = 0;
	}
	return ret;
}

/* The filter as the kernel takes it. */
static int make_filter(struct sock_fprog *prog, uint32_t release)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("filter", MFD_CLOEXEC), ret = -ENOMEM;
	off_t bytes;

	if (ctx && fd >= 0) {
		ret = make_rules(ctx, release);
		if (!ret)
			ret = seccomp_export_bpf(ctx, fd);
	}
	bytes = ret ? 0 : lseek(fd, 0, SEEK_END);
	prog->len = (unsigned short)((size_t)bytes / sizeof(*prog->filter));
	prog->filter = bytes > 0 ? malloc((size_t)bytes) : NULL;
	if (!ret && (!prog->filter ||
		     pread(fd, prog->filter, (size_t)bytes, 0) != bytes))
		ret = -EIO;
	if (ctx)
		seccomp_release(ctx);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int install(const struct sock_fprog *prog)
{
	long fd;

	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER |
		     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, prog);
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER, prog);
	return (int)fd;
}

/* -- from the child to us -------------------------------------------------------- */

static int send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fd;

	if (recvmsg(socket, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* In the child: nothing but system calls until exec. */
__attribute__((noreturn)) static void run(struct sup *s, int socket, pid_t parent,
					  const struct sock_fprog *prog,
					  const sigset_t *mask)
{
	char go;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(SUP_TROUBLE);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(SUP_TROUBLE);
	fd = install(prog);
	if (fd < 0 || send_fd(socket, fd))
		_exit(SUP_TROUBLE);
	close(fd);
	/* Until we have found that the program's memory can be read. */
	if (read(socket, &go, 1) != 1)
		_exit(SUP_TROUBLE);
	execvp(s->options.argv[0], (char *const *)(uintptr_t)s->options.argv);
	fd = errno;
	dprintf(2, "virtprim: %s: %s\n", s->options.argv[0], strerror(fd));
	_exit(fd == ENOENT ? 127 : 126);
}

/* -- what must be there ------------------------------------------------------------ */

static int probe_memory(pid_t child)
{
	static int there = 42;
	int here = 0, pidfd, fd;
	struct iovec local = { &here, sizeof(here) }, remote = { &there, sizeof(there) };

	if (process_vm_readv(child, &local, 1, &remote, 1, 0) != sizeof(here)) {
		tool_warn("mock: the program's memory cannot be read (%s): ptrace is forbidden here, by kernel.yama.ptrace_scope or the container's profile",
			  strerror(errno));
		return -1;
	}
	pidfd = pidfd_open(child, 0);
	fd = pidfd < 0 ? -1 : pidfd_getfd(pidfd, 2, 0);
	if (fd < 0)
		tool_warn("mock: the program's eventfds cannot be taken (pidfd_getfd: %s): interrupts will be missing",
			  strerror(errno));
	else
		close(fd);
	if (pidfd >= 0)
		close(pidfd);
	return 0;
}

/* The lowest numbers are the program's to have: ours move up. */
static int up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 200);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

int sup_start(struct sup *s)
{
	struct sock_fprog prog = { 0, NULL };
	sigset_t mask, before;
	int sockets[2], ret = -1;
	pid_t parent = getpid();

	if (make_filter(&prog, s->options.release)) {
		tool_warn("mock: libseccomp cannot make the filter");
		free(prog.filter);
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		tool_warn("mock: socketpair: %s", strerror(errno));
		free(prog.filter);
		return -1;
	}
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGQUIT);
	sigprocmask(SIG_BLOCK, &mask, &before);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	s->child = fork();
	if (!s->child)
		run(s, sockets[1], parent, &prog, &before);
	close(sockets[1]);
	free(prog.filter);
	if (s->child < 0) {
		tool_warn("mock: fork: %s", strerror(errno));
	} else {
		s->notify = receive_fd(sockets[0]);
		if (s->notify < 0)
			tool_warn("mock: the kernel gives no seccomp listener: CONFIG_SECCOMP_FILTER is missing, or the container's profile forbids it");
		else if (!probe_memory(s->child))
			ret = write(sockets[0], "", 1) == 1 ? 0 : -1;
		if (s->notify >= 0)
			s->notify = up(s->notify);
		if (ret) {
			kill(s->child, SIGKILL);
			waitpid(s->child, NULL, 0);
		}
	}
	close(sockets[0]);
	return ret;
}
