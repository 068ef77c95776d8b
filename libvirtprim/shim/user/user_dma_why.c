// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Whether memory can be locked, before it is mapped and after the kernel refused:
 * by what /proc says of this process.
 */
#include "user_vfio_internal.h"
#include <virtprim/user_dma.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAP_IPC_LOCK 14

static const struct vprim_user_step_ step_read = { "read", { { 0, 0 } } };

/* The decimal number behind a line's @label; false when it has none. */
static bool number_behind(const char *text, const char *label, uint64_t *value)
{
	const char *at = strstr(text, label);

	if (!at)
		return false;
	at += strlen(label);
	at += strspn(at, " \t");
	if (*at < '0' || *at > '9')
		return false;
	*value = strtoull(at, NULL, 10);
	return true;
}

int vprim_user_dma_memlock(const struct vprim_user_vfio_space *space,
			   uint64_t want_bytes, struct vprim_user_memlock *memlock,
			   struct vprim_user_fault *fault)
{
	static const char limits[] = "/proc/self/limits";
	static const char status[] = "/proc/self/status";
	struct vprim_user_memlock m = { .limit_bytes = UINT64_MAX };
	uint64_t kib, caps = 0;
	const char *at;
	char text[4096];
	int ret;

	if (!space->sys)
		return vprim_user_argument_(fault, "vprim_user_dma_memlock", NULL);
	ret = vprim_user_read_(space->sys, limits, text, sizeof(text));
	if (ret)
		return vprim_user_failed_(fault, &step_read, ret, limits);
	/* Without a number it is "unlimited". */
	number_behind(text, "Max locked memory", &m.limit_bytes);
	ret = vprim_user_read_(space->sys, status, text, sizeof(text));
	if (ret)
		return vprim_user_failed_(fault, &step_read, ret, status);
	if (number_behind(text, space->kind ? "VmLck:" : "VmPin:", &kib))
		m.locked_bytes = kib * 1024;
	at = strstr(text, "CapEff:");
	if (at) {
		at += strlen("CapEff:");
		m.exempt = vprim_user_hex_(&at, &caps) && caps >> CAP_IPC_LOCK & 1;
	}
	m.fits = m.exempt || (m.locked_bytes <= m.limit_bytes &&
			      want_bytes <= m.limit_bytes - m.locked_bytes);
	*memlock = m;
	return 0;
}

/* Whether a line of /proc/self/maps is of a device's memory, and holds @vaddr. */
static bool is_bar(const char *line, uint64_t vaddr)
{
	uint64_t start, end;

	if (!vprim_user_hex_(&line, &start) || *line++ != '-' ||
	    !vprim_user_hex_(&line, &end) || vaddr < start || vaddr >= end)
		return false;
	return strstr(line, "vfio") || strstr(line, "/resource");
}

static bool find_bar(const struct vprim_user_sys *sys, uint64_t vaddr)
{
	char text[4096];
	uint64_t offset = 0;

	for (;;) {
		int length = sys->read(sys->ctx, "/proc/self/maps", offset, text,
				       sizeof(text) - 1);
		char *line = text, *end;

		if (length <= 0)
			return false;
		text[length] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			if (is_bar(line, vaddr))
				return true;
			line = end + 1;
		}
		/* Not one whole line: nobody's path is that long. */
		if (line == text)
			return false;
		offset += (uint64_t)(line - text);
	}
}

void vprim_user_dma_facts_(const struct vprim_user_vfio_space *space,
			   uint64_t vaddr, uint64_t size_bytes,
			   struct vprim_user_fault *fault)
{
	struct vprim_user_memlock m = { .fits = true };

	if (!space->sys->read)
		return;
	switch (vprim_reason_id(&fault->reason)) {
	case VPRIM_USER_RULE_MEMORY:
		if (!vprim_user_dma_memlock(space, size_bytes, &m, NULL) && !m.fits)
			fault->reason = *BECAUSE(VPRIM_USER_RULE_LOCKED,
						 VALUE(m.limit_bytes));
		break;
	case VPRIM_USER_RULE_VADDR_OR_BAR:
		if (find_bar(space->sys, vaddr))
			fault->reason = *BECAUSE(VPRIM_USER_RULE_BAR);
		break;
	default:
		break;
	}
}
