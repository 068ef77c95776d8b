// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Which devices are in an IOMMU group, and which driver has each.
 *
 *   pci 0000:01:00.0: Adding to iommu group 12		dmesg
 *   .../iommu_groups/12/devices/0000:01:00.0		find, ls
 *   .../iommu_groups/12/devices:			ls, a device a line below
 *   IOMMU Group 12 01:00.0 VGA compatible ...		the usual scripts
 *   IOMMU group 12					a device a line below
 *   01:00.0 VGA compatible controller: ...		lspci -k
 *   	Kernel driver in use: nouveau
 *   .../0000:01:00.0/driver -> .../bus/pci/drivers/nouveau
 *
 * Source: Linux drivers/iommu/iommu.c, iommu_group_add_device(); pciutils.
 */
#include "facts_part.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool fits(const char *p, const char *form)
{
	for (; *form; form++, p++)
		if (*form == 'x' ? !isxdigit((unsigned char)*p) : *p != *form)
			return false;
	return !isalnum((unsigned char)*p);
}

/* "0000:01:00.0" or "01:00.0": with its domain into TO; its length, or 0. */
static size_t device_at(const char *p, char *to)
{
	const bool whole = fits(p, "xxxx:xx:xx.x");

	if (!whole && !fits(p, "xx:xx.x"))
		return 0;
	snprintf(to, 16, "%s%.*s", whole ? "" : "0000:", whole ? 12 : 7, p);
	return whole ? 12 : 7;
}

/* The last one in a text, which begins no later than END. */
static bool last_device(const char *from, const char *end, char *to)
{
	const char *p;

	for (p = end; p > from; p--)
		if (!isalnum((unsigned char)p[-1]) && p[-1] != ':' &&
		    device_at(p, to))
			return true;
	return device_at(from, to);
}

static enum match member(struct facts *f, const struct form *form,
			 uint64_t group, struct fact *fact)
{
	fact->kind = FACT_MEMBER;
	fact->form = form ? form->name : "list of groups";
	fact->count = group;
	fact->name = f->device;
	return MATCH_YES;
}

/* Known, and says nothing by itself. */
static enum match head(struct facts *f, uint64_t group)
{
	f->in_group = true;
	f->group = group;
	return MATCH_YES;
}

/* "Adding to iommu group 12"; of old "Adding device 0000:01:00.0 to group 12" */
enum match facts_group_log(struct facts *f, const struct form *form,
			   const char *p, struct fact *fact)
{
	const char *line = f->in->text, *to = strstr(p, "to group ");
	uint64_t group;

	if (to)
		p = to + strlen("to group ");
	if (!input_take_dec(&p, &group) || !last_device(line, p, f->device))
		return MATCH_NO;
	return member(f, form, group, fact);
}

enum match facts_group_path(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	uint64_t group;

	if (!input_take_dec(&p, &group) || !input_take(&p, "/devices"))
		return MATCH_NO;
	if (!input_take(&p, "/") || !*p || *p == ' ' || *p == ':')
		return head(f, group);
	return device_at(p, f->device) ? member(f, form, group, fact) : MATCH_NO;
}

enum match facts_group_head(struct facts *f, const struct form *form,
			    const char *p, struct fact *fact)
{
	uint64_t group;

	if (!input_take_dec(&p, &group))
		return MATCH_NO;
	(void)input_take(&p, ":");
	input_skip_blanks(&p);
	if (!*p)
		return head(f, group);
	return device_at(p, f->device) ? member(f, form, group, fact) : MATCH_NO;
}

enum match facts_driver(struct facts *f, const struct form *form, const char *p,
			struct fact *fact)
{
	const size_t n = strcspn(p, " \t,;/");

	if (form->weak)
		(void)last_device(f->in->text, p, f->device);
	if (!n || n >= 32 || !f->device[0])
		return form->weak ? MATCH_NO : MATCH_YES;
	fact->kind = FACT_DRIVER;
	fact->form = form->name;
	fact->name = f->device;
	fact->text = facts_say(f, "%.*s", (int)n, p);
	return MATCH_YES;
}

/* The next device of a line that has several: "0000:86:00.0  0000:86:00.1" */
static bool listed(struct facts *f, const char *p, struct fact *fact)
{
	size_t n;

	input_skip_blanks(&p);
	n = device_at(p, f->device);
	f->more = n && p[n] ? p + n : NULL;
	return n && member(f, NULL, f->group, fact);
}

bool facts_group_more(struct facts *f, struct fact *fact)
{
	*fact = (struct fact){ .line = f->in->line };
	return listed(f, f->more, fact);
}

/* A line that begins with a device, or is a link of that name. */
enum match facts_group(struct facts *f, struct fact *fact)
{
	const char *line = f->in->text, *arrow;
	size_t n;

	input_skip_blanks(&line);
	if (!*line)
		f->in_group = false;
	if (!isxdigit((unsigned char)*line) && *line != 'l')
		return MATCH_NO;
	n = device_at(line, f->device);
	arrow = n || *line != 'l' ? NULL : strstr(line, " -> ");
	if (arrow && arrow - line > 12 && device_at(arrow - 12, f->device))
		return f->in_group ? member(f, NULL, f->group, fact) : MATCH_NO;
	if (n && f->in_group)
		return listed(f, line, fact) ? MATCH_YES : MATCH_NO;
	return n && line[n] == ' ' && isalpha((unsigned char)line[n + 1]) ?
	       MATCH_YES : MATCH_NO;
}
