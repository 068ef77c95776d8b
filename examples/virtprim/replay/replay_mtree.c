// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * QEMU's answer to `info mtree -f`: the flat views of the machine's address
 * spaces. The RAM and ROM ranges of one view become mappings, as a device that
 * sees this address space would have them.
 *
 *   FlatView #1
 *    AS "memory", root: system
 *    Root memory region: system
 *     0000000000000000-000000000009ffff (prio 0, ram): m0
 *     00000000000e0000-00000000000fffff (prio 0, rom): pc.bios @0000000000020000
 *
 * The view is the one that an address space of the wanted name uses; unless
 * told otherwise "memory", and where no such view is, the first with RAM.
 *
 * Source: QEMU softmmu/memory.c, mtree_print_flatview() and
 * memory_region_type().
 */
#include "replay.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 128
#define REGIONS 4096
#define USUAL "memory"

enum worth {
	NOTHING,	/* no view yet */
	FIRST,		/* the first view, for want of the wanted one */
	WANTED,		/* the view that was asked for */
};

struct state {
	enum worth have;	/* what the recording holds */
	enum worth view;	/* what the present view is worth */
	bool in_view;
	unsigned int views;	/* seen so far */
	char names[160];	/* of the address spaces, for the error */
	/*
	 * The memory regions seen. Each has targets of its own, 2^48 bytes
	 * apart, so that contiguous targets mean one region.
	 */
	char region[REGIONS][NAME_MAX_BYTES];
	size_t regions;
};

static bool knows(const char *line)
{
	return !strncmp(line, "FlatView #", 10) ||
	       !strncmp(line, "address-space: ", 15);
}

static const char *wanted(const struct replay_load *load)
{
	return load->view ? load->view : USUAL;
}

static void forget_events(struct replay_load *load)
{
	load->rec->nr = 0;
	load->rec->maps = 0;
}

/* From here on, the lines of this view count. */
static void choose(struct replay_load *load, enum worth worth, const char *name)
{
	struct state *s = load->state;

	forget_events(load);
	s->have = s->view = worth;
	snprintf(load->rec->view, sizeof(load->rec->view), "%s", name);
}

/* "#1", also a name that --view takes. */
static void begin_view(struct replay_load *load, const char *line)
{
	struct state *s = load->state;
	const char *number = line + strlen("FlatView ");

	/* A view without RAM was no good for want of another. */
	if (s->have == FIRST && !load->rec->nr)
		s->have = NOTHING;
	s->view = NOTHING;
	s->in_view = true;
	s->views++;
	if (load->view && !strcmp(load->view, number) && s->have != WANTED)
		choose(load, WANTED, number);
	else if (!load->view && s->have == NOTHING)
		choose(load, FIRST, number);
}

static void remember_name(struct state *s, const char *name)
{
	size_t used = strlen(s->names), n = strlen(name);
	char quoted[NAME_MAX_BYTES + 4];

	snprintf(quoted, sizeof(quoted), "'%s'", name);
	if (n >= NAME_MAX_BYTES || strstr(s->names, quoted) ||
	    used + n + 8 > sizeof(s->names))
		return;
	snprintf(s->names + used, sizeof(s->names) - used, "%s%s",
		 used ? ", " : "", quoted);
}

/* ` AS "memory", root: system`: the name may contain anything but a quote. */
static void address_space(struct replay_load *load, char *name)
{
	struct state *s = load->state;
	char *quote = strchr(name, '"');

	if (!quote)
		return;
	*quote = '\0';
	remember_name(s, name);
	if (s->have != WANTED && !strcmp(name, wanted(load)))
		choose(load, WANTED, name);
	else if (s->view == FIRST && load->rec->view[0] == '#')
		snprintf(load->rec->view, sizeof(load->rec->view), "%s", name);
}

/* -1 when there are too many. */
static int region_index(struct state *s, const char *name, size_t *index)
{
	size_t i;

	for (i = 0; i < s->regions; i++)
		if (!strcmp(s->region[i], name))
			break;
	if (i == REGIONS)
		return -1;
	if (i == s->regions)
		snprintf(s->region[s->regions++], NAME_MAX_BYTES, "%s", name);
	*index = i;
	return 0;
}

/* "m0 @0000000080000000": cuts the offset off the name, 0 where none is. */
static uint64_t cut_offset(char *name)
{
	char *at = strstr(name, " @");
	const char *digits;
	uint64_t offset = 0;

	for (; at; at = strstr(at + 1, " @")) {
		digits = at + 2;
		if (replay_take_hex(&digits, &offset) &&
		    (!*digits || *digits == ' ')) {
			*at = '\0';
			return offset;
		}
	}
	return 0;
}

/* QEMU's words for memory that a device can reach; romd and i/o are emulated. */
static unsigned int prot_of(const char *type)
{
	if (!strncmp(type, "nv-", 3))
		type += 3;
	if (!strcmp(type, "ram") || !strcmp(type, "ramd"))
		return REPLAY_READ | REPLAY_WRITE;
	return strcmp(type, "rom") ? 0 : REPLAY_READ;
}

struct line_parts {
	struct vprim_range range;
	char type[16];
	char name[NAME_MAX_BYTES];
};

static bool split(const char *p, struct line_parts *parts)
{
	uint64_t priority;
	size_t n;

	if (!replay_take_hex(&p, &parts->range.start) ||
	    !replay_take(&p, "-") || !replay_take_hex(&p, &parts->range.last) ||
	    !replay_take(&p, " (prio "))
		return false;
	(void)replay_take(&p, "-");
	if (!replay_take_dec(&p, &priority) || !replay_take(&p, ", "))
		return false;
	n = strcspn(p, ")");
	if (!n || n >= sizeof(parts->type))
		return false;
	memcpy(parts->type, p, n);
	parts->type[n] = '\0';
	p += n;
	if (!replay_take(&p, "): ") || strlen(p) >= sizeof(parts->name))
		return false;
	snprintf(parts->name, sizeof(parts->name), "%s", p);
	return true;
}

static int take_range(struct replay_load *load, const char *text)
{
	struct state *s = load->state;
	struct line_parts parts;
	uint64_t offset;
	size_t region;

	if (!split(text, &parts) || !vprim_range_is_valid(&parts.range))
		return replay_fail(load, "a damaged range of a memory view");
	if (s->view == NOTHING || !prot_of(parts.type))
		return 0;
	offset = cut_offset(parts.name);
	if (region_index(s, parts.name, &region))
		return replay_fail(load, "more than %d memory regions", REGIONS);
	return replay_add(load, REPLAY_MAP, &parts.range,
			  ((uint64_t)(region + 1) << 48) + offset,
			  prot_of(parts.type));
}

static int take_line(struct replay_load *load, char *line)
{
	struct state *s = load->state;

	if (line[0] == 'a' && knows(line))
		return replay_fail(load, "this is the answer to 'info mtree'; 'info mtree -f' is needed");
	if (knows(line))
		begin_view(load, line);
	else if (s->in_view && !strncmp(line, " AS \"", 5))
		address_space(load, line + 5);
	else if (s->in_view && line[0] == ' ' && line[1] == ' ' &&
		 isxdigit((unsigned char)line[2]))
		return take_range(load, line + 2);
	return 0;
}

static int at_end(struct replay_load *load)
{
	struct state *s = load->state;

	if (load->view && s->have != WANTED) {
		load->line = 0;
		return replay_fail(load, "no address space '%.40s'; there are %s",
				   load->view, s->names);
	}
	if (!load->rec->nr)
		replay_remark(load, "this view has no RAM and no ROM");
	return 0;
}

const struct replay_reader replay_mtree = {
	.source = "QEMU memory view", .state_bytes = sizeof(struct state),
	.knows = knows, .line = take_line, .end = at_end,
};
