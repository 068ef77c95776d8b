// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What calls of the other modules cost, for tests/bench/budget to count: callgrind
 * writes a dump a row, named ROW|N|virtprim|CALLS. The map's rows are those of
 * peers/driver.c.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>
#include <virtprim/virtprim.h>
#include "../adversary_dmabuf.h"
#include "../adversary_iommu.h"
#include "../xstate_tables.h"

#define PAGE UINT64_C(0x1000)
#define FEW 1000u
#define MANY 10000u

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "costs: %s\n", what);
		exit(2);
	}
}

#define OK(call) require(!(call), #call)

/* What is counted lies between the two. */
#define BEGIN() CALLGRIND_ZERO_STATS
static void end(const char *row, unsigned int n, unsigned int calls)
{
	char name[96];

	(void)snprintf(name, sizeof(name), "%s|%u|virtprim|%u", row, n, calls);
	(void)name;
	CALLGRIND_DUMP_STATS_AT(name);
}

/* Any order that visits each of 10,000 once: 7,919 is prime to it. */
static uint64_t mixed(uint64_t i)
{
	return i * 7919 % MANY;
}

/* -- capability chains ------------------------------------------------------ */

/* struct vfio_region_info; the chain follows it. */
#define FIXED 32u

static const uint8_t payload[16];
static uint8_t reply[512];

static size_t chain_of(unsigned int n)
{
	struct vprim_vfio_cap_chain chain;
	unsigned int i;

	OK(vprim_vfio_cap_chain_init(&chain, 0, FIXED, reply + FIXED,
				     sizeof(reply) - FIXED));
	for (i = 0; i < n; i++)
		OK(vprim_vfio_cap_add(&chain, (uint16_t)(0x100 + i), 1, payload,
				      sizeof(payload)));
	return FIXED + n * (8 + sizeof(payload));
}

static void cap_build_three(void)
{
	unsigned int i;

	BEGIN();
	for (i = 0; i < FEW; i++)
		chain_of(3);
	end("cap_build_three", 3, FEW);
}

static void cap_parse_eight(void)
{
	struct vprim_vfio_cap_view view;
	size_t size = chain_of(8);
	unsigned int i;

	vprim_store_u32(reply, (uint32_t)size);
	vprim_store_u32(reply + 4, 1u << 3);
	vprim_store_u32(reply + 12, FIXED);
	OK(vprim_vfio_cap_parse(&view, VPRIM_VFIO_CAP_REGION, 0, reply, size,
				NULL));
	BEGIN();
	for (i = 0; i < FEW; i++)
		OK(vprim_vfio_cap_parse(&view, VPRIM_VFIO_CAP_REGION, 0,
					reply, size, NULL));
	end("cap_parse_eight", 8, FEW);
}

/* -- arithmetic ------------------------------------------------------------- */

static void pat_check(void)
{
	struct vprim_reason why;
	unsigned int i;

	BEGIN();
	for (i = 0; i < FEW; i++)
		OK(vprim_pat_check(UINT64_C(0x0007040600070406), &why));
	end("pat_check", 1, FEW);
}

static void ptimer_catch_up(void)
{
	struct vprim_ptimer_step step;
	unsigned int i;

	BEGIN();
	for (i = 0; i < FEW; i++)
		OK(vprim_ptimer_advance(VPRIM_PTIMER_KEEP, 1000, 1000 + i,
					INT64_C(3600000000000), &step));
	end("ptimer_catch_up", 1, FEW);
}

static void xstate_compacted(void)
{
	struct vprim_xstate_leaf leaves[VPRIM_XSTATE_LEAVES] = { { 0 } };
	struct vprim_xstate_table table;
	unsigned int i;
	uint64_t size;

	/* The lowest 16 and the two that every processor has. */
	leaves[0].eax = 0x3ffff;
	leaves[0].ebx = 576 + 16 * 64;
	leaves[0].ecx = 576 + 16 * 64;
	for (i = 2; i < 18; i++) {
		leaves[i].eax = 64 - (i & 1) * 8;
		leaves[i].ebx = 576 + (i - 2) * 64;
		leaves[i].ecx = i & 2;
	}
	OK(vprim_xstate_table_init(&table, leaves, VPRIM_XSTATE_LEAVES, NULL));
	BEGIN();
	for (i = 0; i < FEW; i++)
		OK(vprim_xstate_size(&table, 0x3ffff, VPRIM_XSTATE_COMPACTED,
				     &size, NULL));
	end("xstate_compacted", 16, FEW);
}

/* -- revoke ----------------------------------------------------------------- */

/* One reset of a device whose buffers have an importer with a mapping each. */
static void dmabuf_revoke(void)
{
	struct vprim_dmabuf_attachment *attach = adv_array(FEW, sizeof(*attach));
	struct vprim_dmabuf *buf = adv_array(FEW, sizeof(*buf));
	struct vprim_dmabuf_device device;
	unsigned int i;

	adv_dmabuf_lend(&device, buf, FEW);
	for (i = 0; i < FEW; i++) {
		OK(vprim_dmabuf_attach(&buf[i], &attach[i], ADV_DMABUF_GOOD,
				       NULL));
		OK(vprim_dmabuf_map(&attach[i], NULL, NULL));
	}
	BEGIN();
	adv_dmabuf_event(&device, VPRIM_DMABUF_TRIGGER_RESET);
	end("dmabuf_revoke", FEW, FEW);
	free(attach);
	free(buf);
}

/* -- policies on the map ---------------------------------------------------- */

static void map_alone(void)
{
	struct vprim_iova_map map;
	struct vprim_range r;
	unsigned int i;

	OK(vprim_iova_map_init(&map, sizeof(map), &adv_ops, NULL, NULL, NULL));
	BEGIN();
	for (i = 0; i < MANY; i++) {
		r.start = 2 * PAGE * mixed(i);
		r.last = r.start + PAGE - 1;
		OK(vprim_iova_map_insert(&map, &r, i, NULL));
	}
	for (i = 0; i < MANY; i++) {
		r.start = 2 * PAGE * mixed(mixed(i));
		r.last = r.start + PAGE - 1;
		OK(vprim_iova_map_remove(&map, &r, NULL));
	}
	end("map_and_unmap", MANY, 2 * MANY);
	vprim_iova_map_fini(&map);
}

static void type1(void)
{
	struct vprim_type1 c;
	unsigned int i;

	adv_type1_init(&c, NULL);
	BEGIN();
	for (i = 0; i < MANY; i++)
		adv_type1_page(&c, 2 * PAGE * mixed(i));
	for (i = 0; i < MANY; i++)
		adv_type1_unmap(&c, 2 * PAGE * mixed(mixed(i)));
	end("type1_map_and_unmap", MANY, 2 * MANY);
	vprim_type1_fini(&c);
}

static void ioas(void)
{
	struct vprim_ioas_unmapped done;
	struct vprim_ioas a;
	unsigned int i;

	adv_ioas_init(&a);
	BEGIN();
	for (i = 0; i < MANY; i++)
		adv_ioas_page(&a, 2 * PAGE * mixed(i));
	for (i = 0; i < MANY; i++)
		OK(vprim_ioas_unmap(&a, 2 * PAGE * mixed(mixed(i)), PAGE, &done,
				    NULL));
	end("ioas_map_and_unmap", MANY, 2 * MANY);
	adv_ioas_end(&a);
}

/* -- lookups ---------------------------------------------------------------- */

static void tree_overlap(void)
{
	struct vprim_interval_tree_node *node = adv_array(MANY, sizeof(*node));
	const struct vprim_interval_tree_node *n;
	struct vprim_interval_tree tree;
	struct vprim_range r;
	unsigned int i, seen = 0;

	OK(vprim_interval_tree_init(&tree, sizeof(tree)));
	for (i = 0; i < MANY; i++) {
		node[i].range.start = 2 * PAGE * mixed(i);
		node[i].range.last = node[i].range.start + PAGE - 1;
		OK(vprim_interval_tree_insert(&tree, &node[i]));
	}
	BEGIN();
	for (i = 0; i < MANY; i++) {
		r.start = 2 * PAGE * mixed(i);
		r.last = r.start + 32 * PAGE - 1;
		n = vprim_interval_tree_first(&tree, &r);
		for (; n; n = vprim_interval_tree_next(n, &r))
			seen++;
	}
	end("interval_tree_overlap16", MANY, MANY);
	require(seen > 15 * MANY, "too few overlaps");
	free(node);
}

static void xlate_chain(void)
{
	struct vprim_iova_xlate_region region = { .rights = VPRIM_IOVA_XLATE_READ };
	struct vprim_iova_xlate_segment segment[32];
	struct vprim_iova_xlate_segments out = { segment, 32, 0 };
	struct vprim_iova_xlate_request chain[16];
	size_t first[17];
	struct vprim_iova_xlate x;
	unsigned int i, k;

	OK(vprim_iova_xlate_init(&x, sizeof(x), &adv_ops, NULL, 0, NULL));
	for (i = 0; i < MANY; i++) {
		region.iova.start = 2 * PAGE * mixed(i);
		region.iova.last = region.iova.start + PAGE - 1;
		region.vaddr = UINT64_C(0x7f0000000000) + region.iova.start;
		OK(vprim_iova_xlate_add(&x, &region, NULL));
	}
	BEGIN();
	for (i = 0; i < FEW; i++) {
		for (k = 0; k < 16; k++) {
			chain[k].iova = 2 * PAGE * mixed(16 * i + k) + 64;
			chain[k].len_bytes = 1500;
			chain[k].want = VPRIM_IOVA_XLATE_READ;
		}
		out.count = 0;
		OK(vprim_iova_xlate_batch(&x, chain, 16, &out, first, NULL,
					NULL));
	}
	end("xlate_chain_of_16", MANY, FEW);
	vprim_iova_xlate_fini(&x);
}

int main(void)
{
	cap_build_three();
	cap_parse_eight();
	pat_check();
	ptimer_catch_up();
	xstate_compacted();
	dmabuf_revoke();
	map_alone();
	type1();
	ioas();
	tree_overlap();
	xlate_chain();
	return 0;
}
