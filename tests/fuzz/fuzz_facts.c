// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Any bytes as a text about mappings. Every fact is whole: its range is one, or
 * says that it is none; what it points to is text; and lines are counted once.
 */
#include "../../examples/virtprim/facts/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool what)
{
	if (!what)
		abort();
}

static void check_range(const struct fact *f)
{
	if (!f->malformed)
		demand(f->range.start <= f->range.last);
	else
		demand(f->malformed == -EINVAL || f->malformed == -EOVERFLOW ||
		       f->malformed == -EDOM);
}

static void check_fact(const struct fact *f, uint64_t before)
{
	char eyes[64];

	/* A tree's regions come in the order of their addresses. */
	demand(f->line && (f->line >= before || f->kind == FACT_REGION ||
			   f->kind == FACT_VIEW || f->kind == FACT_SPACE));
	demand(f->result <= 0 && f->prot < 4 && f->layer < LAYER_NR);
	switch (f->kind) {
	case FACT_MAP:
	case FACT_UNMAP:
		demand(f->layer != LAYER_NONE);
		demand(f->form);
		check_range(f);
		break;
	case FACT_RESERVED:
	case FACT_ALLOWED:
		demand(f->range.start <= f->range.last && f->form);
		break;
	case FACT_REGION:
		demand(f->range.start <= f->range.last);
		demand(input_printable(eyes, sizeof(eyes), f->name));
		break;
	case FACT_MEMBER:
	case FACT_DRIVER:
		demand(f->form && strlen(f->name) == 12);
		break;
	case FACT_VIEW:
	case FACT_SPACE:
		demand(input_printable(eyes, sizeof(eyes), f->name));
		break;
	case FACT_DAMAGED:
	case FACT_HINT:
		demand(f->text && *f->text);
		for (const char *p = f->text; *p; p++)
			demand((unsigned char)*p >= ' ');
		break;
	case FACT_WIDTH:
		demand(f->count >= 1 && f->count <= 64 && f->text);
		break;
	case FACT_FAULT:
		demand(f->range.start == f->range.last && f->name && f->text);
		break;
	case FACT_ERROR:
		demand((f->result || f->cause) && f->text);
		break;
	default:
		demand(f->kind != FACT_NONE);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input *in = input_memory(data, size);
	struct facts *f = facts_new(in);
	uint64_t facts = 0, lines = 1, before = 0;
	struct fact fact;
	size_t i;
	int got;

	if (!in || !f)
		abort();
	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	while ((got = facts_next(f, &fact)) > 0) {
		check_fact(&fact, before);
		before = fact.line;
		facts++;
	}
	demand(got == 0 || in->error[0]);
	demand(before <= lines && facts <= size + 1);
	demand(facts_passed(f).lines <= lines);
	facts_free(f);
	input_close(in);
	return 0;
}
