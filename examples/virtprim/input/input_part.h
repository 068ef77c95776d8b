/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the files of input/ share. */
#ifndef INPUT_PART_H
#define INPUT_PART_H
#include "input.h"

/* A line being made: clean up to some byte, as it came behind. */
struct input_line {
	char text[INPUT_LINE_MAX + 1];
	size_t len;
	uint64_t line;
	size_t columns;
	bool flowed;
	int control;
};

/*
 * Clean what was appended at FROM. False when its quoted-printable says that the
 * line goes on: append the next one.
 */
bool input_clean(struct input_line *l, size_t from);

#endif
