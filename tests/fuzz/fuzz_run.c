// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target of what reads a script for `virtprim run`: every line of the input is
 * given once, in order and with its number, and of one that is too long the
 * beginning alone. The first byte says where the reading is to stop.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The reader belongs to the tool and is in no library. */
#include "../../examples/virtprim/script.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST 64u

struct rest {
	const char *at, *end;
	unsigned long number, stop;
};

static void promise(bool kept)
{
	if (!kept)
		abort();
}

static bool check(void *ctx, unsigned long number, const char *line, size_t len)
{
	struct rest *r = ctx;
	const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	size_t whole = (size_t)((newline ? newline : r->end) - r->at);

	promise(number == ++r->number);
	promise(len == (whole > MOST ? MOST + 1 : whole));
	promise(!memcmp(line, r->at, len));
	r->at += whole + (newline != NULL);
	return number != r->stop;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rest r;
	char *buf = malloc(MOST + 1);
	FILE *in;

	if (size < 2 || !buf) {
		free(buf);
		return 0;
	}
	r = (struct rest){ (const char *)data + 1, (const char *)data + size, 0, *data };
	in = fmemopen((void *)(uintptr_t)r.at, size - 1, "rb");
	promise(in && !script_read(in, buf, MOST, check, &r));
	promise(r.at == r.end || r.number == r.stop);
	fclose(in);
	free(buf);
	return 0;
}
