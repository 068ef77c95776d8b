// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * LoongArch tables whose guest writes to them between any two reads.
 *
 *   byte 0        bit 0: four levels; bits 2 to 4: pages beyond the least
 *   then          up to 64 calls, three bytes each: a verb with a level, a count, and
 *                 the table indices of an address
 *   the end       read backwards: what the guest does before each load
 *
 * Pages are of 4 KiB: larger ones differ in the width of an index only, and take
 * long to fill. The tables end where their memory does. What the set itself holds
 * is never the guest's, and the loads of a call are bounded.
 */
#include "../changing.h"
#include "../../libvirtprim/loongarch/loongarch.c"
#include "../../libvirtprim/loongarch/loongarch_tables.c"
#include "../../libvirtprim/loongarch/loongarch_walk.c"

#include <stdlib.h>

#define BASE UINT64_C(0x10000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool what)
{
	if (!what)
		abort();
}

static struct {
	const uint8_t *data;
	size_t size;
	struct vprim_loongarch_geometry g;
	uint8_t *memory;
	uint64_t pages;
} in;

static unsigned int front(void)
{
	if (!in.size)
		return 0;
	in.size--;
	return *in.data++;
}

static unsigned int back(void)
{
	return in.size ? in.data[--in.size] : 0;
}

/* An address in or beside the tables, maybe with a flag; or a wild one. */
static uint64_t guest_value(unsigned int how)
{
	uint64_t page = (uint64_t)1 << in.g.page_shift;

	if (how & 0x80)
		return (uint64_t)back() << back() % 64;
	return BASE + ((uint64_t)(how & 31) - 4) * page +
	       (how & 0x40 ? (uint64_t)1 << back() % 64 : 0);
}

static void guest_writes(size_t at)
{
	vprim_store_le64(in.memory + at, guest_value(back()));
}

static void meddle(const void *p, size_t bytes)
{
	unsigned int what = back();
	size_t page = (size_t)1 << in.g.page_shift;

	demand(bytes == 8);
	if (what & 1)
		guest_writes((size_t)((const uint8_t *)p - in.memory));
	else if (what & 2)
		guest_writes(back() % (size_t)in.pages * page + back() % 4 * 8);
}

/* Few indices a level, so that paths meet. */
static uint64_t some_va(void)
{
	unsigned int level, bits = front();
	uint64_t va = 0;

	for (level = 0; level < in.g.levels; level++, bits >>= 2)
		va |= (uint64_t)(bits & 3) <<
		      (in.g.page_shift + level * in.g.width);
	return va;
}

static void check_call(const struct vprim_loongarch_tables *t,
		       const struct vprim_loongarch_tables *before, int ret,
		       uint64_t most_loads)
{
	struct vprim_loongarch_tables same = *before;

	demand(!ret || ret == -EEXIST || ret == -ENOENT || ret == -ENOSPC ||
	       ret == -EINVAL || ret == -ERANGE || ret == -EBADMSG);
	demand(t->used >= before->used && t->used <= t->pages_);
	same.used = t->used;
	demand(!memcmp(t, &same, sizeof(same)));
	demand(changing.loads <= most_loads);
}

static void call(struct vprim_loongarch_tables *t)
{
	const struct vprim_loongarch_tables before = *t;
	unsigned int verb = front(), level = verb >> 2 & 3, count = front();
	uint64_t va = some_va(), pa = va & VPRIM_LOONGARCH_FRAME_MASK;
	uint64_t entries = t->pages_ << in.g.width;
	struct vprim_range range = { va, va };
	struct vprim_loongarch_translation w;
	int ret;

	changing.loads = 0;
	changing.before = verb & 0x80 ? meddle : NULL;
	switch (verb & 3) {
	case 0:
		ret = vprim_loongarch_map(t, va, pa, level,
					  VPRIM_LOONGARCH_USER_PAGE, NULL);
		check_call(t, &before, ret, in.g.levels);
		break;
	case 1:
		range.last += ((uint64_t)count + 1) << (in.g.page_shift +
							(verb >> 4 & 3));
		range.last -= 1;
		ret = vprim_loongarch_map_range(t, &range, pa, level,
						VPRIM_LOONGARCH_USER_PAGE, NULL);
		check_call(t, &before, ret, 2 * entries * in.g.levels);
		break;
	case 2:
		ret = vprim_loongarch_unmap(t, va, NULL);
		check_call(t, &before, ret, in.g.levels);
		break;
	default:
		ret = vprim_loongarch_tables_walk(t, va | count,
						  VPRIM_LOONGARCH_LOAD, 3, &w);
		check_call(t, &before, ret, in.g.levels);
		demand(ret || w.fault || !(w.pa >> 48));
		break;
	}
	changing.before = NULL;
}

/* An empty set. To fill one is most of the work, so it is done once a shape. */
static void begin(unsigned int shape, struct vprim_loongarch_tables *t)
{
	static struct vprim_loongarch_tables empty[2];
	static uint8_t memory[2][4 << 12];
	unsigned int k = shape & 1;

	demand(!vprim_loongarch_geometry_init(4096, 3 + k, &in.g, NULL));
	if (!empty[k].memory_)
		demand(!vprim_loongarch_tables_init(&empty[k], &in.g, memory[k],
						    in.g.levels, BASE, NULL));
	in.pages = in.g.levels + (shape >> 2 & 7);
	in.memory = calloc((size_t)in.pages, 4096);
	demand(in.memory);
	memcpy(in.memory, memory[k], (size_t)in.g.levels << 12);
	*t = empty[k];
	t->memory_ = in.memory;
	t->pages_ = in.pages;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vprim_loongarch_tables t;
	unsigned int calls;

	if (!size)
		return 0;
	in.data = data;
	in.size = size;
	begin(front(), &t);
	for (calls = 0; in.size && calls < 64; calls++)
		call(&t);
	free(in.memory);
	return 0;
}
