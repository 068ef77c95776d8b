/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The lines of a script, whatever its bytes are. */
#ifndef SCRIPT_H
#define SCRIPT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What is done with a line, which no newline ends; false ends the reading. */
typedef bool (*script_line)(void *ctx, unsigned long number, const char *line,
			    size_t len);

/*
 * Give each line of @in to @fn. @buf has room for @most + 1 bytes: of a longer line
 * that much is given, so that it can be refused, and its rest is passed over. An
 * endless line is an error and no memory hog. Returns -1 where reading failed.
 */
int script_read(FILE *in, char *buf, size_t most, script_line fn, void *ctx);

#endif
