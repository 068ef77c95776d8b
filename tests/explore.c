// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Every sequence of calls, up to a length, on a tiny world, each step compared with
 * the naive model; and each call once more for every allocation it makes, failing
 * that one: the world must be as it was.
 *
 * Where a world is to the last bit as one that was gone on from for as many calls
 * already, what follows is known and left out. Shorter lengths go first, so that
 * what is found is short. Where every world that was met was also gone on
 * from, sequences of any length lead nowhere else. $VPRIM_TEST_STEPS bounds the calls.
 */
#include WORLD

#include <inttypes.h>

static struct world world;
static struct {
	_Alignas(16) uint8_t bytes[sizeof(struct world)];
	struct choices c;
} saved[WORLD_DEPTH + 1];

static unsigned int variant, depth_now;
static uint64_t calls, starvations, same_bits, states;

/* -- worlds that were met: a hash, and for how many calls they were gone on from -- */

static struct {
	uint64_t *hash;
	uint8_t *left;
	size_t mask, n;
} met;

static void met_more(size_t size)
{
	uint64_t *hash = met.hash;
	uint8_t *left = met.left;
	size_t old = hash ? met.mask + 1 : 0, i, at;

	met.hash = calloc(size, sizeof(*met.hash));
	met.left = calloc(size, 1);
	require(met.hash && met.left);
	met.mask = size - 1;
	for (i = 0; i < old; i++) {
		if (!hash[i])
			continue;
		for (at = hash[i] & met.mask; met.hash[at]; at = (at + 1) & met.mask)
			;
		met.hash[at] = hash[i];
		met.left[at] = left[i];
	}
	free(hash);
	free(left);
}

static void met_forget(void)
{
	free(met.hash);
	free(met.left);
	memset(&met, 0, sizeof(met));
}

/* Whether there is a world that was met as the last of a sequence only. */
static bool is_open(void)
{
	for (size_t i = 0; i <= met.mask; i++)
		if (met.hash[i] && !met.left[i])
			return true;
	return false;
}

static uint64_t hash_of(const void *p, size_t size)
{
	uint64_t h = size, word;

	for (size_t i = 0; i + 8 <= size; i += 8) {
		memcpy(&word, (const uint8_t *)p + i, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h | 1;
}

/* Whether the world was gone on from for @left calls; it will have been. */
static bool was_met(uint64_t hash, unsigned int left)
{
	size_t at = hash & met.mask;

	while (met.hash[at] && met.hash[at] != hash)
		at = (at + 1) & met.mask;
	if (met.hash[at] && met.left[at] >= left)
		return true;
	states += !met.hash[at];
	met.n += !met.hash[at];
	met.hash[at] = hash;
	met.left[at] = (uint8_t)left;
	if (met.n > met.mask / 2)
		met_more(2 * (met.mask + 1));
	return false;
}

/* -- one call -------------------------------------------------------------------- */

static size_t world_bytes(void)
{
	size_t units = TEST_ARENA_UNITS;

	while (units && !world.memory.taken[units - 1])
		units--;
	return offsetof(struct world, memory.arena) + units * 64;
}

static void restore(unsigned int depth, size_t bytes)
{
	size_t now = world_bytes();

	memcpy(&world, saved[depth].bytes, bytes);
	if (now > bytes)
		memset((uint8_t *)&world + bytes, 0, now - bytes);
}

static void step(struct choices *c, uint64_t countdown)
{
	c->i = 0;
	world.memory.requests = world.memory.refused = 0;
	world.memory.countdown = countdown;
	world_starved = false;
	world_step(&world, c);
	world.memory.countdown = 0;
	calls++;
}

/* The call again, with its n-th allocation failing, for each. */
static void starve(unsigned int depth, size_t bytes)
{
	struct choices *c = &saved[depth].c;
	const struct world *before = (const struct world *)saved[depth].bytes;
	size_t n, requests = world.memory.requests;

	for (n = 1; n <= requests; n++) {
		restore(depth, bytes);
		step(c, n);
		require(world.memory.refused == 1);
		world.memory.requests = world.memory.refused = 0;
		if (world_starved) {
			starvations++;
			world.w = before->w;
			same_bits += !memcmp(&world, before, bytes);
		}
		world_check(&world);
	}
	if (requests) {
		restore(depth, bytes);
		step(c, 0);
	}
	require(!world_starved);
	world.memory.requests = world.memory.refused = 0;
}

static bool next(struct choices *c)
{
	c->n = c->i;
	while (c->n && ++c->at[c->n - 1] == c->of[c->n - 1])
		c->n--;
	return c->n > 0;
}

static void explore(unsigned int depth, unsigned int most)
{
	size_t bytes = world_bytes();
	struct choices *c = &saved[depth].c;

	memset(c, 0, sizeof(*c));
	memcpy(saved[depth].bytes, &world, bytes);
	depth_now = depth;
	do {
		restore(depth, bytes);
		step(c, 0);
		starve(depth, bytes);
		if (world_bytes() == bytes && !memcmp(&world, saved[depth].bytes, bytes))
			continue;	/* changed nothing */
		if (was_met(hash_of(&world, world_bytes()), most - depth - 1))
			continue;
		world_check(&world);
		if (depth + 1 < most) {
			explore(depth + 1, most);
			depth_now = depth;
		}
	} while (next(c));
}

static void last_words(void)
{
	fprintf(stderr, "variant %u, calls by their choices:\n", variant);
	for (unsigned int d = 0; d <= depth_now; d++) {
		for (unsigned int i = 0; i < saved[d].c.i; i++)
			fprintf(stderr, " %u", saved[d].c.at[i]);
		fprintf(stderr, "\n");
	}
}

int main(void)
{
	const char *text = getenv("VPRIM_TEST_STEPS");
	uint64_t limit = text ? strtoull(text, NULL, 0) : UINT64_MAX, before = 0;
	unsigned int most = 1;
	bool open;

	world_last_words = last_words;
	for (;;) {
		uint64_t began = calls;

		open = false;
		states = starvations = same_bits = 0;
		for (variant = 0; variant < WORLD_VARIANTS; variant++) {
			met_more(1 << 16);
			memset(&world, 0, sizeof(world));
			world_begin(&world, variant);
			world_check(&world);
			explore(0, most);
			open |= is_open();
			world_end(&world);
			met_forget();
		}
		printf("%.*s: all sequences of %u calls%s in %u places and kinds: %" PRIu64
		       " calls, %" PRIu64 " states; %" PRIu64 " allocations failed, %"
		       PRIu64 " of them left every bit alone\n", (int)sizeof(WORLD) - 9,
		       &WORLD[6], most, open ? "" : " and more",
		       WORLD_VARIANTS, calls - began, states, starvations, same_bits);
		if (!open || most == WORLD_DEPTH)
			break;
		if (before && (calls - began) / before * (calls - began) > limit)
			break;
		before = calls - began;
		most += most < 4 ? 1 : most / 2;
		most = most < WORLD_DEPTH ? most : WORLD_DEPTH;
	}
	return 0;
}
