// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first byte chooses a processor, the rest is a CPUID dump. What is read
 * becomes a table; a table answers every question, or says why not.
 */
#include <stdlib.h>

/* The reader belongs to the tool and is in no library. */
#include "../../examples/virtprim/xstate_dump.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool what)
{
	if (!what)
		abort();
}

static void ask(const struct vprim_xstate_table *t)
{
	uint64_t known = vprim_xstate_table_known(t), size, at;
	unsigned int n;

	demand(!vprim_xstate_size(t, known, VPRIM_XSTATE_COMPACTED, &size, NULL));
	demand(size == vprim_xstate_size_lax(t, known, VPRIM_XSTATE_COMPACTED));
	for (n = 0; n < VPRIM_XSTATE_COMPONENTS; n++) {
		if (!(known >> n & 1))
			continue;
		demand(!vprim_xstate_offset(t, known, VPRIM_XSTATE_COMPACTED, n,
					    &at, NULL));
		demand(n < 2 || at + t->component[n].size_bytes <= size);
	}
	known &= t->xcr0;
	demand(!vprim_xstate_size(t, known, VPRIM_XSTATE_STANDARD, &size, NULL));
	demand(size <= UINT32_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xstate_dump dump;
	struct xstate_dump_error error;
	struct vprim_xstate_table table;
	struct vprim_xstate_reason reason;
	int ret;

	if (!size)
		return 0;
	ret = xstate_dump_read((const char *)data + 1, size - 1, data[0] % 4,
			       &dump, &error);
	demand(!ret || error.what);
	if (ret)
		return 0;
	ret = vprim_xstate_table_init(&table, dump.leaf, VPRIM_XSTATE_LEAVES,
				      &reason);
	demand(!ret || reason.rule != VPRIM_XSTATE_OK);
	if (!ret)
		ask(&table);
	return 0;
}
