// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "script.h"

int script_read(FILE *in, char *buf, size_t most, script_line fn, void *ctx)
{
	unsigned long number = 1;
	size_t len = 0;
	int ch;

	while ((ch = getc(in)) != EOF) {
		if (ch != '\n') {
			/* One byte more than a line may have says it is too long. */
			if (len <= most)
				buf[len++] = (char)ch;
			continue;
		}
		if (!fn(ctx, number++, buf, len))
			return 0;
		len = 0;
	}
	if (ferror(in))
		return -1;
	if (len)
		(void)fn(ctx, number, buf, len);
	return 0;
}
