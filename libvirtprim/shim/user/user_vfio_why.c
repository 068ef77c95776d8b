// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which of several causes it was. An errno of VFIO mostly stands for more than
 * one; sysfs tells them apart where it can be read, and where it cannot, the
 * reason goes on saying "one of".
 */
#include "user_vfio_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int vprim_user_read_(const struct vprim_user_sys *sys, const char *path,
		     char *text, size_t size_bytes)
{
	int length;

	if (!sys->read)
		return -EOPNOTSUPP;
	length = sys->read(sys->ctx, path, 0, text, size_bytes - 1);
	if (length < 0)
		return length;
	text[length] = '\0';
	return 0;
}

static void now_it_is(struct vprim_user_fault *fault, enum vprim_user_rule rule)
{
	fault->reason.rule = vprim_user_rule_(rule);
}

/* -- regions that firmware keeps -- */

/* 1 and the first direct region, 0 when there is none, or nobody knows. */
static int find_direct(const struct vprim_user_sys *sys, const char *group,
		       struct vprim_range *range)
{
	struct vprim_iova_windows_reserved list[16];
	char path[VPRIM_USER_PATH_BYTES_];
	size_t i, count = 0;
	int ret;

	if (!group)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s/reserved_regions", group);
	ret = vprim_user_reserved_(sys, path, list, VPRIM_ARRAY_LEN(list), &count);
	if (ret && ret != -EMSGSIZE)
		return ret;
	if (count > VPRIM_ARRAY_LEN(list))
		count = VPRIM_ARRAY_LEN(list);
	for (i = 0; i < count; i++) {
		if (list[i].type != VPRIM_IOVA_WINDOWS_DIRECT)
			continue;
		*range = list[i].range;
		return 1;
	}
	/* Not in those that fit: it may be in the rest. */
	return ret;
}

static void direct_or(const struct vprim_user_sys *sys, const char *group,
		      struct vprim_user_fault *fault, enum vprim_user_rule rest)
{
	int found = find_direct(sys, group, &fault->reason.hit);

	if (found < 0)
		return;
	fault->reason.has_hit = found;
	now_it_is(fault, found ? VPRIM_USER_RULE_DIRECT : rest);
}

/*
 * VFIO makes such a group itself, and for what is in it a character device only in
 * sysfs, or none.
 */
static void bare_group(const struct vprim_user_sys *sys, const char *group,
		       struct vprim_user_fault *fault)
{
	char path[VPRIM_USER_PATH_BYTES_], name[32];

	if (!group)
		return;
	snprintf(path, sizeof(path), "%s/name", group);
	if (!vprim_user_read_(sys, path, name, sizeof(name)) &&
	    !strcmp(name, "vfio-noiommu\n"))
		now_it_is(fault, VPRIM_USER_RULE_NOIOMMU);
}

/* -- the group's other devices -- */

/* Whether a device of a group leaves it to programs, as the kernel counts. */
static bool leaves_group(const struct vprim_user_sys *sys, const char *device,
			 char driver[VPRIM_USER_NAME_BYTES_])
{
	static const char *const harmless[] = { "pci-stub", "pcieport" };
	char path[VPRIM_USER_PATH_BYTES_], name[VPRIM_USER_NAME_BYTES_];
	size_t i;

	snprintf(path, sizeof(path), "%.150s/driver", device);
	if (sys->link(sys->ctx, path, driver, VPRIM_USER_NAME_BYTES_))
		return true;
	for (i = 0; i < VPRIM_ARRAY_LEN(harmless); i++)
		if (!strcmp(driver, harmless[i]))
			return true;
	/* Drivers of VFIO for one device have names of their own. */
	snprintf(path, sizeof(path), "%.150s/vfio-dev", device);
	return strstr(driver, "vfio") ||
	       !sys->entry(sys->ctx, path, name, sizeof(name));
}

/* 1 with the device to blame in @subject, 0 for none, or nobody knows. */
static int find_foreign(const struct vprim_user_sys *sys, const char *group,
			char subject[VPRIM_USER_FAULT_SUBJECT_BYTES])
{
	char path[VPRIM_USER_PATH_BYTES_], name[VPRIM_USER_NAME_BYTES_];
	char device[VPRIM_USER_PATH_BYTES_], driver[VPRIM_USER_NAME_BYTES_];
	size_t i;
	int ret;

	if (!group || !sys->list)
		return -ENOENT;
	snprintf(path, sizeof(path), "%.64s/devices", group);
	for (i = 0; i < 1024; i++) {
		ret = sys->list(sys->ctx, path, i, name, sizeof(name));
		if (ret)
			return ret == -ENOENT && i ? 0 : ret;
		snprintf(device, sizeof(device), "%.80s/%.63s", path, name);
		if (leaves_group(sys, device, driver))
			continue;
		snprintf(subject, VPRIM_USER_FAULT_SUBJECT_BYTES,
			 "%.28s (%.16s)", name, driver);
		return 1;
	}
	return -E2BIG;
}

static void in_use_or_viable(const struct vprim_user_sys *sys,
			     const char *group, struct vprim_user_fault *fault)
{
	int found = find_foreign(sys, group, fault->subject);

	if (found >= 0)
		now_it_is(fault, found ? VPRIM_USER_RULE_VIABLE :
					 VPRIM_USER_RULE_IN_USE);
}

/* -- the device itself -- */

static void name_physfn(const struct vprim_user_sys *sys, const char *device,
			struct vprim_user_fault *fault)
{
	char path[VPRIM_USER_PATH_BYTES_], name[VPRIM_USER_NAME_BYTES_];
	size_t used = strcspn(fault->subject, " ");

	if (!device)
		return;
	snprintf(path, sizeof(path), "%s/physfn", device);
	if (!sys->link(sys->ctx, path, name, sizeof(name)))
		snprintf(fault->subject + used, sizeof(fault->subject) - used,
			 " (VF of %.20s)", name);
}

static void name_power(const struct vprim_user_sys *sys, const char *device,
		       struct vprim_user_fault *fault)
{
	char path[VPRIM_USER_PATH_BYTES_], state[16];
	size_t used = strcspn(fault->subject, " ");

	if (!device)
		return;
	snprintf(path, sizeof(path), "%s/power_state", device);
	if (vprim_user_read_(sys, path, state, sizeof(state)))
		return;
	state[strcspn(state, "\n")] = '\0';
	snprintf(fault->subject + used, sizeof(fault->subject) - used,
		 " (power_state %s)", state);
}

void vprim_user_facts_(const struct vprim_user_sys *sys, const char *device,
		       const char *group, struct vprim_user_fault *fault)
{
	if (!fault)
		return;
	switch (vprim_reason_id(&fault->reason)) {
	case VPRIM_USER_RULE_INTERRUPTS_OR_DIRECT:
		direct_or(sys, group, fault, VPRIM_USER_RULE_INTERRUPTS);
		break;
	case VPRIM_USER_RULE_DIRECT_OR_IN_USE:
		direct_or(sys, group, fault, VPRIM_USER_RULE_IN_USE);
		break;
	case VPRIM_USER_RULE_DIRECT_OR_UNFIT:
		direct_or(sys, group, fault, VPRIM_USER_RULE_UNFIT);
		break;
	case VPRIM_USER_RULE_DIRECT_OR_VIABLE:
		direct_or(sys, group, fault, VPRIM_USER_RULE_VIABLE);
		if (vprim_reason_id(&fault->reason) == VPRIM_USER_RULE_VIABLE)
			find_foreign(sys, group, fault->subject);
		break;
	case VPRIM_USER_RULE_IN_USE_OR_VIABLE:
		in_use_or_viable(sys, group, fault);
		break;
	case VPRIM_USER_RULE_VIABLE:
		find_foreign(sys, group, fault->subject);
		break;
	case VPRIM_USER_RULE_DRIVER:
	case VPRIM_USER_RULE_MODULE:
		bare_group(sys, group, fault);
		break;
	case VPRIM_USER_RULE_TOKEN:
		name_physfn(sys, device, fault);
		break;
	case VPRIM_USER_RULE_ASLEEP:
		name_power(sys, device, fault);
		break;
	default:
		break;
	}
}

/* -- reserved regions -- */

bool vprim_user_hex_(const char **at, uint64_t *value)
{
	const char *p = *at + strspn(*at, " \t");
	unsigned int digits = 0;

	*value = 0;
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	for (;; p++, digits++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit = *p ? strchr(hex, *p | 0x20) : NULL;

		if (!digit || digits > 16)
			break;
		*value = *value << 4 | (uint64_t)(digit - hex);
	}
	*at = p;
	return digits && digits <= 16;
}

static bool take_kind(const char **at, enum vprim_iova_windows_type *type)
{
	static const struct {
		const char *word;
		enum vprim_iova_windows_type type;
	} kinds[] = {
		{ "direct", VPRIM_IOVA_WINDOWS_DIRECT },
		{ "direct-relaxable", VPRIM_IOVA_WINDOWS_DIRECT_RELAXABLE },
		{ "reserved", VPRIM_IOVA_WINDOWS_RESERVED },
		{ "msi", VPRIM_IOVA_WINDOWS_MSI },
	};
	const char *word = *at + strspn(*at, " \t");
	size_t length = strcspn(word, " \t\n"), i;

	*at = word + length;
	for (i = 0; i < VPRIM_ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].word) != length ||
		    strncmp(kinds[i].word, word, length))
			continue;
		*type = kinds[i].type;
		return true;
	}
	return false;
}

int vprim_user_reserved_(const struct vprim_user_sys *sys, const char *path,
			 struct vprim_iova_windows_reserved *list,
			 size_t capacity, size_t *count)
{
	/* sysfs gives a page at most. */
	char text[4097];
	const char *at = text;
	size_t n = 0;
	int ret = vprim_user_read_(sys, path, text, sizeof(text));

	if (ret)
		return ret;
	for (at += strspn(at, "\n"); *at; at += strspn(at, "\n")) {
		struct vprim_iova_windows_reserved one;

		if (!vprim_user_hex_(&at, &one.range.start) ||
		    !vprim_user_hex_(&at, &one.range.last) ||
		    !take_kind(&at, &one.type) ||
		    !vprim_range_is_valid(&one.range))
			return -EBADMSG;
		at += strcspn(at, "\n");
		if (n < capacity)
			list[n] = one;
		n++;
	}
	*count = n;
	return n > capacity ? -EMSGSIZE : 0;
}
