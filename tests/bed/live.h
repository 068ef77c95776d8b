/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the programs that drive the userspace shim before a live kernel share: the
 * objects, a check that names the last fault, and the count of open files.
 */
#ifndef LIVE_H
#define LIVE_H
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/user_dma.h>

static struct vprim_user_vfio_space space;
static struct vprim_user_vfio_device device;
static struct vprim_user_dma dma;
static struct vprim_user_fault fault;
static unsigned int checks;

static void fail(int line, const char *what)
{
	char text[320];

	vprim_user_fault_text(&fault, text, sizeof(text));
	printf("FAILED: line %d: %s; the last fault: %s\n", line, what, text);
	exit(EXIT_FAILURE);
}

#define require(holds) (checks++, (holds) ? (void)0 : fail(__LINE__, #holds))

static bool says(const char *word)
{
	return !strcmp(vprim_reason_word(&fault.reason), word);
}

static unsigned int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int n = 0;

	require(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

#endif
