// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* `virtprim explain` on any file: a text, or a table of firmware. */
#include "fuzz_tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[4] = { "explain" };
	int argc = 1;

	if (size && data[0] & 1)
		argv[argc++] = "--json";
	argv[argc++] = fuzz_input(data, size);
	fuzz_command(cmd_explain, argc, argv);
	return 0;
}
