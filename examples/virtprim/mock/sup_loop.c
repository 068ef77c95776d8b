// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * One loop for everything: calls of the program, files that were closed, eventfds
 * that unmask, children that ended, and registers that are looked at.
 *
 * Registers that a program has mapped can only be looked at. While a device is open
 * that is done at once after something was found there, then ever more rarely, each
 * millisecond at last.
 */
#include "sup.h"
#include "../tool.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 16
#define BUSY_NS 20000l			/* between looks, while there is something */
#define IDLE_NS 1000000l
#define BUSY_LOOKS 500u

/* Linux 6.6, which older headers have not. */
#define NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SYNC_WAKE_UP UINT64_C(1)

/* One notification: whoever asked may be gone at any time. */
static bool answer(struct sup *s, struct seccomp_notif *n, struct seccomp_notif_resp *r)
{
	int64_t val = 0;
	bool pass = true;

	memset(n, 0, sizeof(*n));
	if (ioctl(s->notify, SECCOMP_IOCTL_NOTIF_RECV, n))
		return errno == EINTR || errno == ENOENT;
	s->id = n->id;
	sup_call(s, n, &val, &pass);
	memset(r, 0, sizeof(*r));
	r->id = n->id;
	if (pass)
		r->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (val < 0)
		r->error = (int32_t)val;
	else
		r->val = val;
	/* ENOENT: it was killed meanwhile. */
	ioctl(s->notify, SECCOMP_IOCTL_NOTIF_SEND, r);
	return true;
}

static void reap(struct sup *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != s->child)
			continue;
		s->ended = true;
		s->status = WIFEXITED(status) ? WEXITSTATUS(status) :
						128 + WTERMSIG(status);
	}
}

/*
 * Who outlives the program loses his kernel: such processes end with it. They are
 * our children by now, and those of our children.
 */
static void end_others(struct sup *s)
{
	char path[64], list[4096], *at, *end;
	long pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (!f)
		return;
	at = fgets(list, sizeof(list), f) ? list : NULL;
	fclose(f);
	for (; at && (pid = strtol(at, &end, 10)) > 0; at = end)
		if (pid != s->guard_pid)
			kill((pid_t)pid, SIGKILL);
}

static void on_signal(struct sup *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(s);
		/* The terminal tells the program itself of the other two. */
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP)
			kill(s->child, (int)info.ssi_signo);
	}
}

static int watch(struct sup *s, int fd, void *what)
{
	struct epoll_event e = { .events = EPOLLIN, .data = { .ptr = what } };

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int prepare(struct sup *s)
{
	uint64_t flags = SYNC_WAKE_UP;
	struct rlimit files;
	sigset_t mask;

	/* Each file of the program's is one of ours beside. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Else a wait is 50 us longer than asked. */
	prctl(PR_SET_TIMERSLACK, 1000);
	/* The one who asks waits for us: to stay on his processor is fastest. From
	 * Linux 6.6 on; without it all is as well, and slower. */
	ioctl(s->notify, NOTIF_SET_FLAGS, flags);
	if (s->signals < 0 || watch(s, s->signals, &s->signals)) {
		tool_warn("mock: epoll: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static bool any_open(const struct sup *s)
{
	struct vprim_mock_device *d = NULL;
	struct vprim_mock_device_info info;

	while ((d = vprim_mock_next(s->mock, d))) {
		vprim_mock_device_describe(d, &info);
		if (info.files)
			return true;
	}
	return false;
}

static void handle_others(struct sup *s)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(s->epoll, events, EVENTS, 0), i;

	for (i = 0; i < count; i++) {
		if (events[i].data.ptr == &s->signals)
			on_signal(s);
		else
			sup_event_ready(s, events[i].data.ptr);
	}
}

int sup_loop(struct sup *s)
{
	/* The listener by itself: through epoll its wake-ups would take longer. */
	struct pollfd fds[] = { { s->notify, POLLIN, 0 }, { s->inotify, POLLIN, 0 },
				{ s->epoll, POLLIN, 0 } };
	struct seccomp_notif *n = NULL;
	struct seccomp_notif_resp *r = NULL;
	unsigned int looks = 0;

	if (prepare(s) || seccomp_notify_alloc(&n, &r))
		return -1;
	for (;;) {
		bool open = any_open(s);
		struct timespec wait = { 0, looks ? BUSY_NS : IDLE_NS };

		if (open && vprim_mock_poll(s->mock))
			looks = BUSY_LOOKS;
		else if (looks)
			looks--;
		if (ppoll(fds, 3, open || s->ended ? &wait : NULL, NULL) < 0) {
			if (errno != EINTR)
				break;
			continue;
		}
		/* What was closed before a call is closed before its answer. */
		if (fds[1].revents)
			sup_inotify(s);
		if (fds[2].revents)
			handle_others(s);
		/* A hang-up: all programs under the filter are gone. */
		if (fds[0].revents & POLLIN ? !answer(s, n, r) : fds[0].revents)
			break;
		/* Each one killed may leave children to us. */
		if (s->ended)
			end_others(s);
	}
	/* What is left to reap is on its way. */
	while (!s->ended) {
		int status;

		if (waitpid(s->child, &status, 0) == s->child) {
			s->ended = true;
			s->status = WIFEXITED(status) ? WEXITSTATUS(status) :
							128 + WTERMSIG(status);
		} else if (errno != EINTR) {
			break;
		}
	}
	sup_inotify(s);
	seccomp_notify_free(n, r);
	return 0;
}
