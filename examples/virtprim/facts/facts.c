// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From lines to facts: a line is shown to the views, to the forms and to the
 * ranges, in this order; the first that knows it has it.
 */
#include "facts_part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct facts *facts_new(struct input *in)
{
	struct facts *f = calloc(1, sizeof(*f));

	if (f)
		f->in = in;
	return f;
}

void facts_free(struct facts *f)
{
	if (f) {
		facts_tree_free(f->tree);
		facts_tree_free(f->told);
	}
	free(f);
}

void facts_stop_at(struct facts *f, bool (*knows)(const char *line))
{
	f->knows = knows;
}

bool facts_stopped(const struct facts *f)
{
	return f->stopped;
}

struct facts_passed facts_passed(const struct facts *f)
{
	return f->passed;
}

const char *facts_say(struct facts *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
	return f->text;
}

const char *fact_layer_text(enum fact_layer layer)
{
	static const char *const texts[LAYER_NR] = {
		[LAYER_NONE] = "",
		[LAYER_GUEST] = "a guest's IOMMU",
		[LAYER_LISTENER] = "the VMM's memory listener",
		[LAYER_VFIO] = "VFIO",
		[LAYER_IOMMUFD] = "iommufd",
		[LAYER_VDPA] = "vhost-vdpa",
		[LAYER_SERVER] = "a vfio-user server",
		[LAYER_IOMMU] = "the kernel's IOMMU layer, below VFIO and iommufd",
	};

	return texts[layer];
}

const char *fact_reserved_text(enum fact_reserved kind)
{
	static const char *const texts[] = {
		[RESERVED_RESERVED] = "reserved",
		[RESERVED_DIRECT] = "direct",
		[RESERVED_DIRECT_RELAXABLE] = "direct-relaxable",
		[RESERVED_MSI] = "msi",
	};

	return texts[kind];
}

/* Files of bytes that a command turns into text, by how they begin. */
static const struct {
	const char *begins, *command;
} captures[] = {
	{ "PERFILE2", "this is perf's own file: 'perf script -i FILE' makes text of it" },
	{ "\x17\x08" "Dtracing", "this is trace-cmd's own file: 'trace-cmd report -i FILE' makes text of it" },
	{ "\xff\xff\xff\xff\xff\xff\xff\xff\xb4\x29\xa4",
	  "this is QEMU's binary trace: 'scripts/simpletrace.py trace-events-all FILE' of QEMU's sources makes text of it" },
	{ "\x7f" "ELF", "this is a program or a crash dump, not text" },
};

static enum match capture(struct facts *f, struct fact *fact)
{
	size_t i;

	if (f->in->line > 1)
		return MATCH_NO;
	for (i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		if (strncmp(f->in->text, captures[i].begins,
			    strlen(captures[i].begins)))
			continue;
		fact->kind = FACT_HINT;
		fact->text = captures[i].command;
		return MATCH_YES;
	}
	return MATCH_NO;
}

/* Control bytes come in terminal noise before a recording, not inside it. */
static enum match control(struct facts *f, struct fact *fact)
{
	if (!f->any || f->in->control < 0)
		return MATCH_NO;
	fact->text = f->in->control ?
		facts_say(f, "byte 0x%02x: this is no text",
			  (unsigned int)f->in->control) :
		"a NUL byte: this is no text";
	return MATCH_WRONG;
}

static enum match look(struct facts *f, struct fact *fact)
{
	static enum match (*const readers[])(struct facts *, struct fact *) = {
		control, facts_view, facts_forms, facts_group, facts_ranges, capture,
	};
	enum match got = MATCH_NO;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]) && !got; i++)
		got = readers[i](f, fact);
	return got;
}

static void pass(struct facts *f)
{
	if (!f->in->text[strspn(f->in->text, " \t")])
		return;
	if (!f->passed.lines++)
		f->passed.first = f->in->line;
}

static int damaged_tree(struct facts *f, struct fact *fact)
{
	*fact = (struct fact){ .kind = FACT_DAMAGED, .line = f->in->line,
			       .text = FACTS_BAD_TREE };
	return 1;
}

int facts_next(struct facts *f, struct fact *fact)
{
	enum match got;
	int ret = 0;

	if (f->has_held) {
		*fact = f->held;
		f->has_held = false;
		return 1;
	}
	if (f->told && facts_tree_next(f->told, fact))
		return 1;
	if (f->more && facts_group_more(f, fact))
		return 1;
	if (f->rest && facts_ranges(f, fact) == MATCH_YES)
		return 1;
	while (!f->stopped && (ret = input_next(f->in)) > 0) {
		if (!f->any && f->knows && f->knows(f->in->text)) {
			f->stopped = true;
			break;
		}
		*fact = (struct fact){ .line = f->in->line };
		got = look(f, fact);
		if (got == MATCH_NO) {
			pass(f);
		} else if (got == MATCH_YES && !fact->kind) {
			f->any = true;		/* known, and says nothing */
		} else {
			if (got != MATCH_YES)
				fact->kind = FACT_DAMAGED;
			f->any = true;
			return 1;
		}
	}
	if (f->stopped)
		return 0;
	if (!ret && f->tree && !facts_tree_is_empty(f->tree))
		return facts_end_tree(f) ? facts_next(f, fact) :
					   damaged_tree(f, fact);
	/* Bytes without an end of line are too long a line. */
	*fact = (struct fact){ .line = f->in->line };
	return ret < 0 && capture(f, fact) == MATCH_YES ? 1 : ret;
}
