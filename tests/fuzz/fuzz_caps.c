// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * `virtprim caps` on any file: the first byte chooses its options, the rest is a
 * reply, raw or as hex in one of the ways that people paste it.
 */
#include "fuzz_tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "--kind=region", "--kind=device",
					     "--kind=iommu" };
	static const char *const orders[] = { "--order=host", "--order=little",
					      "--order=big" };
	static const char *const forms[] = { NULL, "--json", "--vec" };
	const char *argv[8] = { "caps" };
	unsigned int how;
	int argc = 1;

	if (!size)
		return 0;
	how = data[0];
	argv[argc++] = kinds[how % 3];
	argv[argc++] = orders[how / 3 % 3];
	if (forms[how / 9 % 3])
		argv[argc++] = forms[how / 9 % 3];
	if (how / 27 & 1)
		argv[argc++] = "--strict";
	if (how / 27 & 2)
		argv[argc++] = "--i386";
	argv[argc++] = fuzz_input(data + 1, size - 1);
	fuzz_command(cmd_caps, argc, argv);
	return 0;
}
