// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The first byte chooses a processor and what `virtprim xstate` does, the rest is
 * a CPUID dump. What is read becomes a table; a table answers every question, or
 * says why not.
 */
#include "fuzz_tool.h"

#include "../../examples/virtprim/xstate_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* Sizes, audits, and guesses that give the table's own places back. */
static void audit(const struct vprim_xstate_table *t)
{
	struct vprim_xstate_table guess;
	struct vprim_xstate_audit a;

	vprim_xstate_table_audit(t, &a);
	demand(a.standard_bytes >= VPRIM_XSTATE_BASE_BYTES);
	demand(a.ebx0.fit != VPRIM_XSTATE_FIT_NO || a.ebx0.below < a.ebx0.says);
	if (!vprim_xstate_guess(t->xcr0, t->ecx0, &guess))
		ask(&guess);
}

static void read_dump(const uint8_t *data, size_t size, unsigned int cpu)
{
	struct input *in = input_memory(data, size);
	struct xstate_dump_error error;
	struct vprim_xstate_table table;
	struct vprim_reason reason;
	struct xstate_dump dump;
	int ret;

	demand(in);
	ret = xstate_dump_read(in, cpu, &dump, &error);
	demand(!ret || error.what);
	input_close(in);
	if (ret)
		return;
	demand(dump.cpus > cpu);
	ret = vprim_xstate_table_init(&table, dump.leaf, VPRIM_XSTATE_LEAVES,
				      &reason);
	demand(!ret || reason.rule);
	if (ret)
		return;
	ask(&table);
	audit(&table);
}

static void run_command(const char *file, unsigned int how)
{
	static const char *const modes[] = { NULL, "--json", "--vec", "--svg=-",
					     "--mask=0x7" };
	const char cpu[] = { (char)('0' + how % 4), '\0' };
	const char *argv[] = { "xstate", "--cpu", cpu, "--cpuid", file,
			       modes[how / 4 % 5], NULL };
	const char *move[] = { "xstate", "--cpu", cpu, "--migrate", file, file,
			       how & 0x40 ? "--json" : NULL, NULL };

	if (how & 0x80)
		fuzz_command(cmd_xstate, how & 0x40 ? 7 : 6, move);
	else
		fuzz_command(cmd_xstate, modes[how / 4 % 5] ? 6 : 5, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	read_dump(data + 1, size - 1, data[0] % 4);
	run_command(fuzz_input(data + 1, size - 1), data[0]);
	return 0;
}
