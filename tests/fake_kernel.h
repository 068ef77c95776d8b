/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A kernel that answers what a test wants: the program's own ioctl(), open() and
 * syscall() stand before the C library's. Without a hook they pass everything on.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L)
#endif

/* Where the library finds them before the C library's. */
#define FAKE_EXPORT __attribute__((visibility("default")))

/* What to answer; a hook returns -1 with errno, as the call that it stands for. */
static struct {
	int (*ioctl)(int fd, unsigned long request, void *arg);
	int (*open)(const char *path);
	long (*syscall)(long number, long op, unsigned long arg);
	unsigned int ioctls;	/* calls seen, hook or not */
} fake;

/* POSIX has no cast from dlsym()'s pointer to a function's; a union copies it. */
union fake_symbol {
	void *object;
	int (*ioctl)(int fd, unsigned long request, ...);
	int (*open)(const char *path, int flags, ...);
	long (*syscall)(long number, ...);
};

FAKE_EXPORT int ioctl(int fd, unsigned long request, ...)
{
	union fake_symbol real = { .object = dlsym(RTLD_NEXT, "ioctl") };
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	fake.ioctls++;
	return fake.ioctl ? fake.ioctl(fd, request, arg) :
			    real.ioctl(fd, request, arg);
}

FAKE_EXPORT int open(const char *path, int flags, ...)
{
	union fake_symbol real = { .object = dlsym(RTLD_NEXT, "open") };
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return fake.open ? fake.open(path) : real.open(path, flags, mode);
}

/* Only arch_prctl comes this way: two arguments, and no more are looked at. */
FAKE_EXPORT long syscall(long number, ...)
{
	union fake_symbol real = { .object = dlsym(RTLD_NEXT, "syscall") };
	unsigned long arg;
	va_list ap;
	long op;

	va_start(ap, number);
	op = va_arg(ap, long);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	return fake.syscall ? fake.syscall(number, op, arg) :
			      real.syscall(number, op, arg);
}

/* A fixture: each test begins with the real kernel, forked or not. */
static inline void fake_nothing(void)
{
	memset(&fake, 0, sizeof(fake));
}

/* Descriptors that are open now; what a failed call leaves behind shows here. */
static inline unsigned int fake_open_files(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

#endif
