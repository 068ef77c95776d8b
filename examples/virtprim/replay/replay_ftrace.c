// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Linux tracing text: the events iommu:map and iommu:unmap, as `cat trace`,
 * trace-cmd and perf print them.
 *
 *   dd-153 [000] ..... 23.039763: map: IOMMU: iova=0xA - 0xB paddr=0xP size=N
 *   dd-153 [000] ..... 23.039891: unmap: IOMMU: iova=0xA - 0xB size=N unmapped_size=M
 *
 * B is the address behind the last one, so a mapping that ends at the top of
 * the space prints B = 0. Kernels before 5.17 print no B. Everything that is no
 * such event is passed over, but for the marks of lost events.
 *
 * Source: Linux include/trace/events/iommu.h; kernel/trace/trace.c,
 * print_trace_line() for the marks.
 */
#include "replay.h"

#include <inttypes.h>
#include <string.h>

#define MARK "IOMMU: iova="

/* What the line calls the event: the word and colon before its text. */
static bool called(const char *line, const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text > line && text[-1] == ' ')
		text--;
	if ((size_t)(text - line) < n || strncmp(text - n, name, n))
		return false;
	text -= n;
	return text == line || text[-1] == ' ' || text[-1] == ':';
}

/* The text of a map or unmap event, or NULL. */
static const char *event_text(const char *line, enum replay_kind *kind)
{
	const char *text = strstr(line, MARK);

	if (!text)
		return NULL;
	if (called(line, text, "map:"))
		*kind = REPLAY_MAP;
	else if (called(line, text, "unmap:"))
		*kind = REPLAY_UNMAP;
	else
		return NULL;
	return text + strlen(MARK);
}

static bool knows(const char *line)
{
	enum replay_kind kind;

	return !strncmp(line, "# tracer:", 9) || event_text(line, &kind);
}

/* "iova=0xA - 0xB": B is 0 - not given - or wrong only where behind says so. */
static bool take_iova(const char **p, uint64_t *start, bool *has_behind,
		      uint64_t *behind)
{
	if (!replay_take(p, "0x") || !replay_take_hex(p, start))
		return false;
	*has_behind = replay_take(p, " - ");
	return !*has_behind ||
	       (replay_take(p, "0x") && replay_take_hex(p, behind));
}

static bool take_sizes(const char **p, enum replay_kind kind, uint64_t *target,
		       uint64_t *size)
{
	uint64_t unmapped;

	if (kind == REPLAY_MAP)
		return replay_take(p, " paddr=0x") &&
		       replay_take_hex(p, target) &&
		       replay_take(p, " size=") && replay_take_dec(p, size);
	return replay_take(p, " size=") && replay_take_dec(p, size) &&
	       replay_take(p, " unmapped_size=") &&
	       replay_take_dec(p, &unmapped);
}

static int take_event(struct replay_load *load, enum replay_kind kind,
		      const char *p)
{
	uint64_t start, behind = 0, target = 0, size;
	bool has_behind;

	if (!take_iova(&p, &start, &has_behind, &behind) ||
	    !take_sizes(&p, kind, &target, &size) || p[strspn(p, " \t")])
		return replay_fail(load, "a damaged %s event",
				   kind == REPLAY_MAP ? "map" : "unmap");
	if (has_behind && start + size != behind)
		return replay_fail(load,
			"a damaged event: 0x%" PRIx64 " and %" PRIu64
			" bytes do not end before 0x%" PRIx64, start, size,
			behind);
	return replay_add_size(load, kind, start, size, target,
			       REPLAY_READ | REPLAY_WRITE);
}

/* "CPU:1 [LOST 123 EVENTS]", or without the number. */
static void look_for_loss(struct replay_load *load, const char *line)
{
	const char *mark = strstr(line, "[LOST ");
	uint64_t n;

	if (strncmp(line, "CPU:", 4) || !mark)
		return;
	mark += 6;
	if (replay_take_dec(&mark, &n) && replay_take(&mark, " EVENTS]"))
		replay_remark(load, "the kernel lost %" PRIu64 " events here", n);
	else if (replay_take(&mark, "EVENTS]"))
		replay_remark(load, "the kernel lost events here");
}

/* "# entries-in-buffer/entries-written: 100/120": the first 20 are gone. */
static void look_at_head(struct replay_load *load, const char *line)
{
	uint64_t held, written;

	if (!replay_take(&line, "# entries-in-buffer/entries-written: ") ||
	    !replay_take_dec(&line, &held) || !replay_take(&line, "/") ||
	    !replay_take_dec(&line, &written))
		return;
	if (held < written)
		replay_remark(load, "%" PRIu64 " events were overwritten before they were read",
			      written - held);
}

static int take_line(struct replay_load *load, char *line)
{
	enum replay_kind kind;
	const char *text = event_text(line, &kind);

	if (text)
		return take_event(load, kind, text);
	look_for_loss(load, line);
	look_at_head(load, line);
	return 0;
}

static int at_end(struct replay_load *load)
{
	(void)load;
	return 0;
}

const struct replay_reader replay_ftrace = {
	.source = "Linux trace", .state_bytes = 1,
	.knows = knows, .line = take_line, .end = at_end,
};
