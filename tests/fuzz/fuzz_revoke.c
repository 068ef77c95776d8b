// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* `virtprim revoke` plays any file as a script. */
#include "fuzz_tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[] = { "revoke", fuzz_input(data, size), NULL };

	fuzz_command(cmd_revoke, 2, argv);
	return 0;
}
