// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Fuzz target of the interpreter: the input is a script, run within small limits.
 *
 * Whatever the script says, memory stays below its limit and all comes back, every
 * answer has the form of one, and a script error says something. A fuzzer's changes
 * keep to lines: they are dropped, doubled, swapped, and their words exchanged for
 * others of the script or for numbers that tend to break things.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/vec.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

static const struct vprim_vec_limits limits = {
	.memory_bytes = 4u << 20,
	.objects = 64,
	.steps = 1u << 14,
	.answer_bytes = 1u << 14,
};

static void promise(bool kept)
{
	if (!kept)
		abort();
}

static void *take(void *ctx, size_t size_bytes)
{
	uint64_t *out = ctx;

	*out += size_bytes;
	promise(*out <= limits.memory_bytes + (64u << 10));
	return malloc(size_bytes);
}

static void give(void *ctx, void *ptr, size_t size_bytes)
{
	uint64_t *out = ctx;

	*out -= size_bytes;
	free(ptr);
}

static const struct vprim_alloc_ops ops = { take, give };

static void check(const struct vprim_vec_result *r)
{
	bool answered = r->verdict != VPRIM_VEC_BLANK &&
			r->verdict != VPRIM_VEC_ERROR;

	promise((r->error.len > 0) == (r->verdict == VPRIM_VEC_ERROR));
	promise((r->answer.len > 0) == answered);
	promise(r->answer.len <= limits.answer_bytes + 16);
	if (answered)
		promise(!memcmp(r->answer.p, "ok", 2) ||
			!memcmp(r->answer.p, "-E", 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *stop;
	struct vprim_vec_result r;
	struct vprim_vec *vec;
	uint64_t out = 0;

	vec = vprim_vec_init(&ops, &out);
	if (!vec)
		return 0;
	vprim_vec_set_limits(vec, &limits);
	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		if (!stop)
			stop = end;
		vprim_vec_line(vec, at, (size_t)(stop - at), &r);
		check(&r);
	}
	vprim_vec_fini(vec);
	promise(!out);
	return 0;
}

#ifdef FUZZ_MUTATES

struct piece {
	const char *p;
	size_t len;
};

static uint32_t state;

static size_t below(size_t bound)
{
	state = state * 1664525u + 1013904223u;
	return bound ? (state >> 8) % bound : 0;
}

/* Some piece of the input between @stops. */
static struct piece some(const char *data, size_t size, const char *stops)
{
	size_t from = below(size), to = from;

	while (from && !strchr(stops, data[from - 1]))
		from--;
	while (to < size && !strchr(stops, data[to]))
		to++;
	return (struct piece){ data + from, to - from };
}

static struct piece number(void)
{
	static const char *const numbers[] = { "0", "1", "2", "63", "64", "0xff",
		"0x100", "0xffff", "0x10000", "0xfff", "0x1000", "0xffffffff",
		"0x100000000", "0x7fffffffffffffff", "0x8000000000000000",
		"0xffffffffffffffff", "-1", "none", "0..0xffffffffffffffff",
		"0x1000..0xfff" };
	const char *s = numbers[below(sizeof(numbers) / sizeof(numbers[0]))];

	return (struct piece){ s, strlen(s) };
}

/* The input with @old, a piece of it, exchanged for @with. */
static size_t exchange(uint8_t *data, size_t size, size_t max_size,
		       struct piece old, struct piece with)
{
	size_t at = (size_t)((const uint8_t *)old.p - data);
	char *copy = malloc(with.len + 1);

	if (!copy || size - old.len + with.len > max_size) {
		free(copy);
		return size;
	}
	memcpy(copy, with.p, with.len);
	memmove(data + at + with.len, data + at + old.len, size - at - old.len);
	memcpy(data + at, copy, with.len);
	free(copy);
	return size - old.len + with.len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	const char *text = (const char *)data;
	struct piece none = { "", 0 }, place;

	state = seed;
	if (!size || !below(8))
		return LLVMFuzzerMutate(data, size, max_size);
	switch (below(5)) {
	case 0:
		return exchange(data, size, max_size, some(text, size, "\n"), none);
	case 1:
		place = some(text, size, "\n");
		place.len = 0;
		if (size < max_size && size)
			size = exchange(data, size, max_size, place,
					(struct piece){ "\n", 1 });
		return exchange(data, size, max_size, place, some(text, size, "\n"));
	case 2:
		return exchange(data, size, max_size, some(text, size, " \n"),
				some(text, size, " \n"));
	default:
		return exchange(data, size, max_size, some(text, size, " \n=.,:@"),
				below(3) ? number() : some(text, size, " \n=.,:@"));
	}
}

#endif
