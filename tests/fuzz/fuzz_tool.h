/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A command of the tool under a fuzzer: the input is its file, and what it prints
 * is caught and looked at. Whatever the input, a command ends with one of its
 * statuses and prints nothing that a terminal would obey.
 */
#ifndef FUZZ_TOOL_H
#define FUZZ_TOOL_H
#include "../../examples/virtprim/tool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define FUZZ_REPORT_FD(fd) __sanitizer_set_report_fd((void *)(uintptr_t)(fd))
#endif
#endif
#ifndef FUZZ_REPORT_FD
#define FUZZ_REPORT_FD(fd) ((void)(fd))
#endif

static void demand(bool what)
{
	if (!what)
		abort();
}

static int fuzz_in, fuzz_out, fuzz_saved[2];
static char fuzz_path[32];	/* of the input */

/* In memory where that is possible: a disk makes it a hundred times as slow. */
static int fuzz_file(void)
{
	FILE *f;
	int fd = -1;

#ifdef MFD_CLOEXEC
	fd = memfd_create("fuzz", MFD_CLOEXEC);
#endif
	if (fd >= 0)
		return fd;
	f = tmpfile();
	demand(f);
	return fileno(f);
}

static void fuzz_open(void)
{
	if (fuzz_path[0])
		return;
	fuzz_in = fuzz_file();
	fuzz_out = fuzz_file();
	fuzz_saved[0] = dup(STDOUT_FILENO);
	fuzz_saved[1] = dup(STDERR_FILENO);
	demand(fuzz_saved[0] >= 0 && fuzz_saved[1] >= 0);
	FUZZ_REPORT_FD(fuzz_saved[1]);
	snprintf(fuzz_path, sizeof(fuzz_path), "/dev/fd/%d", fuzz_in);
}

/* The file that the command is to read, by name. */
static const char *fuzz_input(const uint8_t *data, size_t size)
{
	fuzz_open();
	demand(!ftruncate(fuzz_in, 0));
	demand(pwrite(fuzz_in, data, size, 0) == (ssize_t)size);
	return fuzz_path;
}

static void fuzz_check_output(void)
{
	static uint8_t out[1 << 16];
	off_t at = 0;
	ssize_t n, i;

	while ((n = pread(fuzz_out, out, sizeof(out), at)) > 0) {
		for (i = 0; i < n; i++)
			demand((out[i] >= ' ' && out[i] != 0x7f) ||
			       out[i] == '\n' || out[i] == '\t');
		at += n;
	}
	demand(!n);
}

/* Run a command with these words; argv[0] is its name. */
static int fuzz_command(int (*command)(int argc, const char **argv), int argc,
			const char **argv)
{
	int status;

	fuzz_open();
	fflush(stdout);
	demand(!ftruncate(fuzz_out, 0) && lseek(fuzz_out, 0, SEEK_SET) == 0);
	demand(dup2(fuzz_out, STDOUT_FILENO) >= 0);
	demand(dup2(fuzz_out, STDERR_FILENO) >= 0);
	status = command(argc, argv);
	fflush(stdout);
	demand(dup2(fuzz_saved[0], STDOUT_FILENO) >= 0);
	demand(dup2(fuzz_saved[1], STDERR_FILENO) >= 0);
	demand(status == TOOL_OK || status == TOOL_FAILED || status == TOOL_USAGE);
	fuzz_check_output();
	return status;
}

#endif
