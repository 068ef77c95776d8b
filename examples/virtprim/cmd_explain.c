// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * virtprim explain - why a mapping or a device was refused, from what people paste.
 *
 * The work is in explain/; this file reads the command line and says what was
 * wrong with the input.
 */
#include "explain/explain.h"
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *file, int error)
{
	char name[256];

	tool_warn("explain: %s: %s", input_printable(name, sizeof(name), file),
		  strerror(-error));
	return TOOL_USAGE;
}

static int read_all(struct explain_evidence *e, const char **files)
{
	static const char *const standard_input[] = { "-", NULL };
	const char *const *file = files ? files : (const char *const *)standard_input;

	for (; *file; file++) {
		int ret = explain_read(e, *file);

		if (ret)
			return fail(*file, ret);
	}
	return TOOL_OK;
}

static void print_notes(const struct explain_evidence *e)
{
	size_t i;

	for (i = 0; i < e->notes.nr && i < 20; i++) {
		const struct explain_note *n = &e->notes.at[i];
		char name[256];

		input_printable(name, sizeof(name), n->where.file);
		if (n->where.line)
			tool_warn("%s:%" PRIu64 ": %s", name, n->where.line, n->text);
		else
			tool_warn("%s: %s", name, n->text);
	}
	if (e->notes.nr > 20)
		tool_warn("%zu more remarks of this kind", e->notes.nr - 20);
}

static bool knows_nothing(const struct explain_evidence *e)
{
	return !e->requests.nr && !e->taken.nr && !e->allowed.nr &&
	       !e->regions.nr && !e->faults.nr && !e->errors.nr &&
	       !e->devices.nr && !e->width;
}

/* Whether any finding is a mishap, and not what a table says alone. */
static int status_of(const struct explain_evidence *e,
		     const struct explain_findings *found)
{
	size_t i;

	for (i = 0; i < found->list.nr; i++)
		if (found->list.at[i].verdict != EXPLAIN_FIRMWARE)
			return TOOL_FAILED;
	return e->notes.nr ? TOOL_FAILED : TOOL_OK;
}

static int explain(const char **files, bool json, uint32_t release)
{
	struct explain_evidence e = { .release = release };
	struct explain_findings found = { 0 };
	int status = read_all(&e, files);

	if (status == TOOL_OK)
		print_notes(&e);
	if (status == TOOL_OK && knows_nothing(&e)) {
		tool_warn("not enough: no line here is known; needed is the error, such as QEMU's \"vfio_dma_map(...) = -22\", or what dmesg says of the device");
		status = json ? TOOL_OK : TOOL_USAGE;
	}
	if (status == TOOL_OK && (explain_judge(&e, &found) ||
				  (json && explain_json(&e, &found)))) {
		tool_warn("explain: out of memory");
		status = TOOL_USAGE;
	}
	if (status == TOOL_OK && !json)
		explain_show(&e, &found);
	if (status == TOOL_OK)
		status = knows_nothing(&e) ? TOOL_USAGE : status_of(&e, &found);
	free(found.list.at);
	explain_free(&e);
	return status;
}

int cmd_explain(int argc, const char **argv)
{
	int json = 0, status;
	uint32_t release = 0;
	char *word = NULL;
	struct poptOption options[] = {
		TOOL_LINUX(&word, "the release that refused; default: the newest"),
		{ "json", 0, POPT_ARG_NONE, &json, 0, "print one JSON object",
		  NULL },
		POPT_TABLEEND
	};
	poptContext con = tool_options(argc, argv, options,
				       "[OPTION...] [FILE...]", &status);

	if (con) {
		status = word && !tool_release("explain", word, &release) ? TOOL_USAGE :
			 explain(poptGetArgs(con), json != 0, release);
		poptFreeContext(con);
	}
	free(word);
	return status;
}
