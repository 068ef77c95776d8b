/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A dma-buf and its importers beside what somebody with pencil and paper would keep. */
#ifndef WORLD_DMABUF_H
#define WORLD_DMABUF_H
#define WORLD_VARIANTS 1u
#include "world.h"
#include "../libvirtprim/dmabuf/dmabuf_internal.h"

#define GOOD (VPRIM_DMABUF_ATTACH_DEVICE | VPRIM_DMABUF_ATTACH_PEER2PEER | \
	      VPRIM_DMABUF_ATTACH_REVOCABLE)
#define COUNTED (GOOD | VPRIM_DMABUF_ATTACH_COUNTED)

/* Nobody reaches its memory, by what may be read of it. */
static bool is_quiet(const struct vprim_dmabuf *buf)
{
	return buf->state != VPRIM_DMABUF_EXPORTER_LIVE && !buf->draining;
}

static const struct vprim_range bar = { 0x10000, 0x13fff };

static struct vprim_dmabuf_device make_device(bool memory_on)
{
	struct vprim_dmabuf_device d;

	require(!vprim_dmabuf_device_init(&d, sizeof(d), NULL));
	d.open = true;
	d.memory_on = memory_on;
	return d;
}

static void make_buf(struct vprim_dmabuf *buf, struct vprim_dmabuf_device *d,
		     const struct vprim_range *ranges, size_t n)
{
	struct vprim_dmabuf_layout layout = { ranges, n, true, false };

	require(!vprim_dmabuf_init(buf, sizeof(*buf), d, &layout, NULL));
}

struct importer {
	struct vprim_dmabuf_attachment attach;
	struct vprim_dmabuf_pages pages;
};

#define WALKERS 8
#define WALK_PAIRS 4

/* What somebody with pencil and paper would keep. */
struct account {
	enum { ACC_NONE, ACC_LIVE, ACC_REVOKED } pages[WALKERS];
	bool attached[WALKERS], due[WALKERS], counted[WALKERS];
	unsigned int mappings[WALKERS];	/* beside the pages' own */
	enum { ACC_OUT, ACC_IN, ACC_IDLE } pair[WALKERS][WALK_PAIRS];
	bool live, draining;
};

struct world {
	struct vprim_dmabuf_device d;
	struct vprim_dmabuf buf;
	struct importer m[WALKERS];
	struct vprim_dmabuf_pair pair[WALKERS][WALK_PAIRS];
	struct account w;
	uint64_t revokes, maps;
	struct test_memory memory;	/* of which none is asked */
};

static unsigned int all_mappings(const struct world *k, unsigned int i)
{
	return k->w.mappings[i] + (k->w.pages[i] == ACC_LIVE);
}

static void walk_open(struct world *k, unsigned int i, bool counted)
{
	int ret;

	if (k->w.attached[i])
		return;
	ret = vprim_dmabuf_attach(&k->buf, &k->m[i].attach, counted ? COUNTED : GOOD,
				  NULL);
	require(ret == (k->w.live ? 0 : -ENODEV));
	k->w.attached[i] = !ret;
	k->w.counted[i] = counted;
	if (!ret)
		require(!vprim_dmabuf_pages_init(&k->m[i].pages, sizeof(k->m[i].pages), NULL));
}

static void walk_map_file(struct world *k, unsigned int i)
{
	int ret;

	if (!k->w.attached[i])
		return;
	ret = vprim_dmabuf_pages_map_file(&k->m[i].pages, &k->m[i].attach, 0, 0x4000,
					  NULL);
	require(ret == (k->w.pages[i] != ACC_NONE ? -EINVAL : k->w.live ? 0 : -ENODEV));
	if (!ret)
		k->w.pages[i] = ACC_LIVE;
}

static void walk_map(struct world *k, unsigned int i)
{
	int ret;

	if (!k->w.attached[i])
		return;
	ret = vprim_dmabuf_map(&k->m[i].attach, NULL, NULL);
	require(ret == (k->w.live ? 0 : -ENODEV));
	k->w.mappings[i] += !ret;
	k->maps += !ret;
}

static void walk_unmap(struct world *k, unsigned int i)
{
	if (!k->w.attached[i] || !k->w.mappings[i])
		return;
	require(!vprim_dmabuf_unmap(&k->m[i].attach));
	k->w.mappings[i]--;
}

static void walk_fill(struct world *k, unsigned int i, unsigned int p)
{
	const struct vprim_dmabuf_transition *rule;
	int ret;

	if (!k->w.attached[i])
		return;
	ret = vprim_dmabuf_track_(&k->m[i].pages, &k->pair[i][p], 0, 1, &rule,
				  NULL);
	require(ret == (k->w.pages[i] ==
	      ACC_NONE ? -EINVAL : k->w.pair[i][p] != ACC_OUT ? -EEXIST : 0));
	if (ret)
		return;
	k->w.pair[i][p] = k->w.pages[i] == ACC_LIVE ? ACC_IN : ACC_IDLE;
	require((asks(rule, VPRIM_DMABUF_DO_IOMMU_MAP) ? ACC_IN : ACC_IDLE) ==
		  k->w.pair[i][p]);
}

static void walk_unfill(struct world *k, unsigned int i, unsigned int p)
{
	const struct vprim_dmabuf_transition *rule;

	require(!vprim_dmabuf_untrack_(&k->pair[i][p], VPRIM_DMABUF_ON_UNFILL, &rule));
	require(asks(rule, VPRIM_DMABUF_DO_IOMMU_UNMAP) == (k->w.pair[i][p] == ACC_IN));
	k->w.pair[i][p] = ACC_OUT;
}

/* Everything that the importer has goes, if the exporter lets it. */
static void walk_close(struct world *k, unsigned int i)
{
	if (!k->w.attached[i])
		return;
	if (all_mappings(k, i) || k->w.due[i]) {
		require(vprim_dmabuf_detach(&k->m[i].attach, NULL) == -EBUSY);
		if (k->w.due[i])
			return;
	}
	for (unsigned int p = 0; p < WALK_PAIRS; p++)
		walk_unfill(k, i, p);
	while (k->w.mappings[i])
		walk_unmap(k, i);
	if (k->w.pages[i] != ACC_NONE) {
		require(!vprim_dmabuf_release_begin_(&k->m[i].pages, NULL));
		require(!vprim_dmabuf_release_unmap_(&k->m[i].pages));
	}
	require(!vprim_dmabuf_detach(&k->m[i].attach, NULL));
	if (k->w.pages[i] != ACC_NONE)
		require(!vprim_dmabuf_release_finish_(&k->m[i].pages, NULL));
	k->w.attached[i] = false;
	k->w.pages[i] = ACC_NONE;
}

static void walk_answer(struct world *k, unsigned int i)
{
	struct vprim_dmabuf_pair *pair = NULL;
	unsigned int n = 0;

	if (!k->w.due[i])
		return;
	for (;;) {
		require(!vprim_dmabuf_notify_(&k->m[i].pages, &pair));
		if (!pair)
			break;
		require((uintptr_t)(pair - k->pair[i]) < WALK_PAIRS);
		require(k->w.pair[i][pair - k->pair[i]] == ACC_IN);
		k->w.pair[i][pair - k->pair[i]] = ACC_IDLE;
		n++;
	}
	for (unsigned int p = 0; p < WALK_PAIRS; p++)
		require(k->w.pair[i][p] != ACC_IN);
	require(!n || k->w.pages[i] == ACC_LIVE);
	if (k->w.pages[i] == ACC_LIVE)
		k->w.pages[i] = ACC_REVOKED;
	require(!vprim_dmabuf_acknowledge(&k->m[i].attach));
	k->w.due[i] = false;
	if (!k->w.counted[i])
		k->w.mappings[i] = 0;
}

static void walk_revoke(struct world *k)
{
	require(!vprim_dmabuf_step(&k->buf, VPRIM_DMABUF_ON_REVOKE, NULL));
	k->revokes += k->w.live;
	for (unsigned int i = 0; k->w.live && i < WALKERS; i++)
		k->w.due[i] = k->w.attached[i];
	k->w.draining |= k->w.live;
	k->w.live = false;
}

static void walk_complete(struct world *k)
{
	bool out = false;

	for (unsigned int i = 0; i < WALKERS; i++)
		out |= k->w.due[i] || (k->w.counted[i] && all_mappings(k, i));
	require(vprim_dmabuf_step(&k->buf, VPRIM_DMABUF_ON_COMPLETE, NULL) ==
	      (k->w.live ? -EINVAL : k->w.draining && out ? -EBUSY : 0));
	if (!out)
		k->w.draining = false;
}

/* Everybody answers, and the revoke is over. */
static void walk_settle(struct world *k)
{
	for (unsigned int i = 0; i < WALKERS; i++) {
		walk_answer(k, i);
		while (!k->w.live && k->w.mappings[i])
			walk_unmap(k, i);
	}
	walk_complete(k);
	require(!k->w.draining);
}

static void walk_unrevoke(struct world *k)
{
	int ret = vprim_dmabuf_step(&k->buf, VPRIM_DMABUF_ON_UNREVOKE, NULL);

	require(ret == (!k->w.live && k->w.draining && k->d.memory_on ? -EBUSY : 0));
	if (!ret && k->d.memory_on)
		k->w.live = true;
}

static void world_begin(struct world *k, unsigned int variant)
{
	(void)variant;
	memset(k, 0, sizeof(*k));
	k->d = make_device(true);
	make_buf(&k->buf, &k->d, &bar, 1);
	k->w.live = true;
}

static void world_end(struct world *k)
{
	(void)k;
}

static void world_check(const struct world *k)
{
	require(is_quiet(&k->buf) == (!k->w.live && !k->w.draining));
	for (unsigned int i = 0; i < WALKERS; i++)
		require(k->m[i].attach.mappings ==
			(k->w.attached[i] ? all_mappings(k, i) : 0));
}

static void world_step(struct world *k, struct choices *c)
{
	unsigned int i = pick(c, WALKERS), p = pick(c, WALK_PAIRS);

	switch (pick(c, 32)) {
	case 0:
		walk_revoke(k);
		break;
	case 1:
	case 2:
		walk_unrevoke(k);
		break;
	case 3:
		k->d.memory_on = !k->d.memory_on;
		break;
	case 4:
		walk_close(k, i);
		break;
	case 5:
	case 6:
		walk_map(k, i);
		break;
	case 7:
	case 8:
	case 9:
		walk_unmap(k, i);
		break;
	case 10:
	case 11:
	case 12:
	case 13:
		walk_complete(k);
		break;
	case 14:
	case 15:
		walk_open(k, i, p & 1);
		break;
	case 16:
	case 17:
		walk_map_file(k, i);
		break;
	case 18:
	case 19:
	case 20:
	case 21:
		walk_answer(k, i);
		break;
	case 22:
		walk_settle(k);
		break;
	case 23:
	case 24:
	case 25:
		walk_unfill(k, i, p);
		break;
	default:
		walk_fill(k, i, p);
	}
	require(is_quiet(&k->buf) == (!k->w.live && !k->w.draining));
	require(k->m[i].attach.mappings == (k->w.attached[i] ? all_mappings(k, i) : 0));
}

#endif
