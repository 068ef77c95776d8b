/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fuzz target of sequences of calls: the input chooses one call after the other, and
 * now and then the allocation of it that fails. The world keeps its naive model.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H
#include <stddef.h>
#include <stdint.h>

#define FUZZ_CALLS 200u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	static __typeof__(world.w) kept;
	struct choices c = { .bytes = data, .end = data + size };
	unsigned int calls;

	if (!size)
		return 0;
	memset(&world, 0, sizeof(world));
	world_begin(&world, pick(&c, WORLD_VARIANTS));
	for (calls = 0; c.bytes < c.end && calls < FUZZ_CALLS; calls++) {
		world.memory.requests = world.memory.refused = 0;
		world.memory.countdown = pick(&c, 16) ? 0 : 1 + pick(&c, 4);
		if (world.memory.countdown)
			kept = world.w;
		world_starved = false;
		world_step(&world, &c);
		world.memory.countdown = 0;
		if (world_starved)
			world.w = kept;
		if (world_starved || calls % 16 == 0)
			world_check(&world);
	}
	world_check(&world);
	world_end(&world);
	return 0;
}

#endif
