// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The worst sequences known for each structure, for tests/bench/adversary to count.
 *
 *   attacks --list        NAME GROWTH N MOST, a line each
 *   attacks NAME N        prepares for N, then calls strike(), all that is counted
 *
 * A row says how the instructions of a strike may grow with n, by the module's
 * page: `const`, `log`, `log2` (log n squared), `linear`, `nlogn`. MOST is what
 * none may take at 4n; 0 where nothing is promised. A module adds its rows to the
 * table; what they need stands here or in a header of its tests.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virtprim/vec.h>
#include <virtprim/virtprim.h>
#include "../adversary_dmabuf.h"
#include "../adversary_iommu.h"
#include "../rng.h"

#define PAGE UINT64_C(0x1000)
#define HUGE_PAGE UINT64_C(0x200000)

static void require(bool right, const char *what)
{
	if (!right) {
		fprintf(stderr, "attacks: %s\n", what);
		exit(2);
	}
}

#define OK(call) require(!(call), #call)
#define NONE(call, ret) require((call) == (ret), #call)

static void *take(void *ctx, size_t size_bytes)
{
	(void)ctx;
	return malloc(size_bytes);
}

static void give(void *ctx, void *ptr, size_t size_bytes)
{
	(void)ctx;
	(void)size_bytes;
	free(ptr);
}

static const struct vprim_alloc_ops memory = { take, give };

static void *array(uint64_t n, size_t size_bytes)
{
	void *p = calloc((size_t)n, size_bytes);

	require(p != NULL, "no memory");
	return p;
}

/* -- the map ---------------------------------------------------------------- */

static struct vprim_iova_map map;
static struct vprim_hole want;
static uint64_t limit;	/* first address behind the holes */

/* n mappings and as many holes, of so many pages each. */
static void fill_map(uint64_t n, uint64_t mapped, uint64_t free_pages)
{
	struct vprim_iova_mapping *m = array(n, sizeof(*m));
	uint64_t i, step = (mapped + free_pages) * PAGE;

	for (i = 0; i < n; i++) {
		m[i].range.start = i * step;
		m[i].range.last = i * step + mapped * PAGE - 1;
	}
	OK(vprim_iova_map_init(&map, sizeof(map), &memory, NULL, NULL, NULL));
	OK(vprim_iova_map_bulk(&map, m, (size_t)n, NULL));
	free(m);
	limit = n * step;
}

static void ask(uint64_t size_bytes, uint64_t align_bytes, uint64_t offset_bytes)
{
	OK(vprim_hole_init(&want, size_bytes));
	want.align_bytes = align_bytes;
	want.offset_bytes = offset_bytes;
	want.within.last = limit - 1;
}

/* Every public way to a place in the map; none has one. */
static void all_ways(void)
{
	struct vprim_hole_blocked mapped = vprim_iova_map_blocked(&map);
	const struct vprim_range window = { 0, limit - 1 };
	const struct vprim_ranges windows = { &window, 1 };
	const struct vprim_hole_space space = { windows, &mapped, 1 };
	struct vprim_range r;
	uint64_t start;

	want.from = VPRIM_HOLE_LOWEST;
	NONE(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	NONE(vprim_iova_map_place(&map, windows, &want, 0, &r, NULL), -ENOSPC);
	NONE(vprim_hole_place(&space, &want, &start, NULL), -ENOSPC);
	NONE(vprim_hole_first(&space, &want, &r), -ENOENT);
	want.from = VPRIM_HOLE_HIGHEST;
	NONE(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	NONE(vprim_hole_place(&space, &want, &start, NULL), -ENOSPC);
}

/* The first search pays for the inserts: it makes their bounds exact. */
static void map_misaligned(uint64_t n)
{
	fill_map(n, 1, 1);
	ask(PAGE, HUGE_PAGE, 0);
	all_ways();
}

static void map_three_at_four(uint64_t n)
{
	fill_map(n, 3, 3);
	ask(3 * PAGE, 4 * PAGE, 0);
	all_ways();
}

/* Three pages that begin half a page above a multiple lie in four. */
static void map_half_a_page(uint64_t n)
{
	fill_map(n, 5, 3);
	ask(3 * PAGE, PAGE, PAGE / 2);
	all_ways();
}

static void strike_all_ways(uint64_t n)
{
	(void)n;
	all_ways();
}

static void map_sparse(uint64_t n)
{
	fill_map(n, 1, 1);
}

static struct vprim_range nth(uint64_t i)
{
	struct vprim_range r = { i * 2 * PAGE, i * 2 * PAGE + PAGE - 1 };

	return r;
}

/* Each removal makes a bound stale, each search has to find out. */
static void map_stale_bounds(uint64_t n)
{
	struct test_rng rng = { 1 };
	uint64_t start, i;
	struct vprim_range r;

	ask(2 * PAGE, PAGE, 0);
	for (i = 0; i < n; i++) {
		r = nth(test_rng_below(&rng, n));
		OK(vprim_iova_map_remove(&map, &r, NULL));
		(void)!vprim_iova_map_gap(&map, &want, &start);
		OK(vprim_iova_map_insert(&map, &r, 0, NULL));
		NONE(vprim_iova_map_gap(&map, &want, &start), -ENOSPC);
	}
}

/* A leaf that is full and not, by turns. */
static void map_brim(uint64_t n)
{
	struct vprim_range r;
	uint64_t i;

	for (i = 0; i < n; i++) {
		r = nth(n / 2);
		r.start += PAGE;
		r.last += PAGE;
		OK(vprim_iova_map_insert(&map, &r, 0, NULL));
		OK(vprim_iova_map_remove(&map, &r, NULL));
	}
}

/* Leaves down to eight and one by turns, then all of them from the middle. */
static void map_thin_out(uint64_t n)
{
	uint64_t i, k;

	for (i = 0; i < n; i++) {
		struct vprim_range r = nth(i);

		if (i % 31 > 8)
			OK(vprim_iova_map_remove(&map, &r, NULL));
	}
	for (i = n / 2, k = 0; k < n; k++, i = (i + 1) % n) {
		struct vprim_range r = nth(i);

		(void)!vprim_iova_map_remove(&map, &r, NULL);
	}
	require(!vprim_iova_map_count(&map), "the map is empty");
}

static void map_cut_each(uint64_t n)
{
	struct vprim_range r;
	uint64_t i;

	for (i = 0; i < n; i++) {
		r = nth(i);
		r.start += 0x400;
		r.last -= 0x400;
		OK(vprim_iova_map_erase(&map, &r, NULL));
	}
}

static void map_random(uint64_t n)
{
	struct test_rng rng = { 2 };
	uint64_t i, start;

	OK(vprim_iova_map_init(&map, sizeof(map), &memory, NULL, NULL, NULL));
	limit = n * 2 * PAGE;
	for (i = 0; i < n; i++) {
		struct vprim_range r = nth(test_rng_below(&rng, n));

		(void)!vprim_iova_map_insert(&map, &r, 0, NULL);
	}
	ask(64 * PAGE, HUGE_PAGE, 0);
	(void)!vprim_iova_map_gap(&map, &want, &start);
}

/* -- the interval tree ------------------------------------------------------ */

static struct vprim_interval_tree tree, other;
static struct vprim_interval_tree_node *node;

/* n intervals in each tree: at multiples of @step, so long, so far in. */
static void plant(struct vprim_interval_tree *t, uint64_t n, uint64_t step,
		  uint64_t length, uint64_t in)
{
	uint64_t i;

	node = array(n, sizeof(*node));
	OK(vprim_interval_tree_init(t, sizeof(*t)));
	for (i = 0; i < n; i++) {
		node[i].range.start = i * step + in;
		node[i].range.last = i * step + in + length - 1;
		OK(vprim_interval_tree_insert(t, &node[i]));
	}
	limit = n * step;
}

static void tree_planted(uint64_t n)
{
	plant(&tree, n, 2 * PAGE, PAGE, 0);
}

static void tree_ask(enum vprim_hole_from from)
{
	const struct vprim_hole_blocked set = vprim_interval_tree_blocked(&tree);
	struct vprim_range hole;

	want.from = from;
	NONE(set.hole(set.set, &want, &hole), -ENOENT);
}

static void tree_too_small(uint64_t n)
{
	(void)n;
	ask(2 * PAGE, 1, 0);
	tree_ask(VPRIM_HOLE_LOWEST);
}

static void tree_too_small_down(uint64_t n)
{
	(void)n;
	ask(2 * PAGE, 1, 0);
	tree_ask(VPRIM_HOLE_HIGHEST);
}

static void tree_misaligned(uint64_t n)
{
	const struct vprim_hole_blocked set = vprim_interval_tree_blocked(&tree);
	const struct vprim_hole_space space = { { NULL, 0 }, &set, 1 };
	uint64_t start;

	(void)n;
	ask(PAGE, HUGE_PAGE, 0);
	tree_ask(VPRIM_HOLE_LOWEST);
	NONE(vprim_hole_place(&space, &want, &start, NULL), -ENOSPC);
}

static void trees_in_turn(uint64_t n)
{
	plant(&other, n, 2 * PAGE, PAGE, PAGE);
	plant(&tree, n, 2 * PAGE, PAGE, 0);
}

static void trees_leapfrog(uint64_t n)
{
	const struct vprim_hole_blocked sets[] = {
		vprim_interval_tree_blocked(&tree),
		vprim_interval_tree_blocked(&other),
	};
	const struct vprim_hole_space space = { { NULL, 0 }, sets, 2 };
	uint64_t start;

	(void)n;
	ask(PAGE, 1, 0);
	NONE(vprim_hole_place(&space, &want, &start, NULL), -ENOSPC);
}

/*
 * No hole at all, and each second interval covers the hole between the two that
 * follow it: a subtree that begins there believes in one.
 */
static void tree_stairs(uint64_t n)
{
	uint64_t i;

	node = array(n, sizeof(*node));
	OK(vprim_interval_tree_init(&tree, sizeof(tree)));
	for (i = 0; i < n; i++) {
		node[i].range.start = 2 * i * PAGE;
		node[i].range.last = (2 * i + (i % 2 ? 4 : i ? 1 : 2)) * PAGE - 1;
		OK(vprim_interval_tree_insert(&tree, &node[i]));
	}
	limit = 2 * n * PAGE;
	ask(PAGE, 1, 0);
}

static void tree_climb(uint64_t n)
{
	const struct vprim_hole_blocked set = vprim_interval_tree_blocked(&tree);
	struct vprim_range hole;

	(void)n;
	NONE(set.hole(set.set, &want, &hole), -ENOENT);
}

static void tree_churn(uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		OK(vprim_interval_tree_remove(&tree, &node[i]));
	for (i = n; i--;)
		OK(vprim_interval_tree_insert(&tree, &node[i]));
	for (i = 0; i < n; i++) {
		OK(vprim_interval_tree_remove(&tree, &node[i * 7919 % n]));
		OK(vprim_interval_tree_insert(&tree, &node[i * 7919 % n]));
	}
}

/* -- windows ---------------------------------------------------------------- */

static struct vprim_iova_windows_reserved *reserved;
static struct vprim_range *list;

static void windows_overlapping(uint64_t n)
{
	uint64_t i;

	reserved = array(n, sizeof(*reserved));
	list = array(n + 1, sizeof(*list));
	for (i = 0; i < n; i++)
		reserved[i].range.last = n - 1 - i;
}

static void windows_apart(uint64_t n)
{
	struct test_rng rng = { 3 };
	uint64_t i;

	windows_overlapping(n);
	for (i = 0; i < n; i++) {
		reserved[i].range.start = test_rng_next(&rng) >> 1;
		reserved[i].range.last = reserved[i].range.start + i % 4096;
	}
}

static void windows_build(uint64_t n)
{
	const struct vprim_iova_windows_iommu all = { { 0, UINT64_MAX }, reserved, n, 0 };
	struct vprim_range_buf out = { list, n + 1, 0 };

	OK(vprim_iova_windows_build(&all, &out, NULL));
}

static void windows_many(uint64_t n)
{
	uint64_t i;

	OK(vprim_iova_map_init(&map, sizeof(map), &memory, NULL, NULL, NULL));
	list = array(2 * n, sizeof(*list));
	for (i = 0; i < n; i++)
		list[i] = nth(i);
	limit = n * 2 * PAGE;
	ask(2 * PAGE, PAGE, 0);
}

static void windows_place(uint64_t n)
{
	const struct vprim_ranges windows = { list, n };
	struct vprim_range r;

	NONE(vprim_iova_map_place(&map, windows, &want, 0, &r, NULL), -ENOSPC);
}

static void windows_combine(uint64_t n)
{
	const struct vprim_ranges one = { list, n };
	struct vprim_range cut = { PAGE / 2, n * 2 * PAGE };
	const struct vprim_ranges two = { &cut, 1 };
	struct vprim_range_buf out = { list + n, n, 0 };

	OK(vprim_iova_windows_intersect(one, two, &out, NULL));
	OK(vprim_iova_windows_subtract(one, two, &out, NULL));
}

/* -- plans and bitmaps ------------------------------------------------------ */

static struct vprim_iova_plan_piece *pieces;

static void plan_pieces(uint64_t n)
{
	uint64_t i;

	windows_many(n);
	pieces = array(n, sizeof(*pieces));
	for (i = 0; i < n; i++)
		pieces[i].iova = nth(i);
}

static void plan_all(uint64_t n)
{
	const struct vprim_iova_plan_limits limits = {
		.windows = { list, n }, .entries = UINT64_MAX, .max_bytes = 1024 };
	struct vprim_iova_plan plan;

	OK(vprim_iova_plan_build(pieces, n, &limits, NULL, 0, &plan, NULL));
}

/* -- the IOAS --------------------------------------------------------------- */

static struct vprim_ioas ioas;
static struct vprim_ioas_map_args placed;

/* Areas of five pages that leave three at odd ones. */
static void ioas_areas(uint64_t n)
{
	struct vprim_ioas_config config;
	struct vprim_range allowed = { PAGE, (n * 8 + 1) * PAGE - 1 };
	struct vprim_ioas_map_args fixed = { .flags = 7, .uptr = 0x100000,
					     .length_bytes = 5 * PAGE };
	uint64_t i;

	vprim_ioas_config_init(&config);
	config.alloc = &memory;
	OK(vprim_ioas_init(&ioas, sizeof(ioas), &config, NULL));
	OK(vprim_ioas_allow(&ioas, &allowed, 1, NULL));
	for (i = 0; i < n; i++) {
		fixed.iova = (i * 8 + 4) * PAGE;
		OK(vprim_ioas_map(&ioas, &fixed, NULL, NULL));
	}
	placed = fixed;
	placed.flags = 6;
	placed.length_bytes = 3 * PAGE;
}

static void ioas_place(uint64_t n)
{
	(void)n;
	NONE(vprim_ioas_map(&ioas, &placed, NULL, NULL), -ENOSPC);
}

static void ioas_aligned(uint64_t n)
{
	ioas_areas(n);
	ioas_place(n);
}

static void ioas_unaligned(uint64_t n)
{
	ioas_areas(n);
	placed.uptr = 0x100800;
	ioas_place(n);
}

/* -- capabilities ----------------------------------------------------------- */

#define KIND VPRIM_VFIO_CAP_IOMMU

static uint8_t *bytes;

/* A reply of so many bytes: the fixed part of an IOMMU's, and a chain behind. */
static void reply(uint64_t n)
{
	bytes = array(n, 1);
	vprim_store_u32(bytes, (uint32_t)n);		/* argsz */
	vprim_store_u32(bytes + 4, 2);			/* flags: capabilities */
	vprim_store_u32(bytes + 16, 24);		/* cap_offset */
}

static void cap_header(uint64_t at, uint16_t id, uint64_t next)
{
	vprim_store_u16(bytes + at, id);
	vprim_store_u16(bytes + at + 2, 1);
	vprim_store_u32(bytes + at + 4, (uint32_t)next);
}

/* As many unknown ones as there can be. */
static void cap_chain(uint64_t n)
{
	uint64_t at;

	reply(n);
	for (at = 24; at + 16 <= n; at += 8)
		cap_header(at, 0x7777, at + 8);
	cap_header(at, 0x7777, 0);
}

/* Forwards to the last, which goes back to the first. */
static void cap_loop(uint64_t n)
{
	uint64_t at;

	cap_chain(n);
	for (at = 24; at + 16 <= n; at += 8)
		;
	cap_header(at, 0x7777, 24);
}

static void cap_parse(uint64_t n)
{
	struct vprim_vfio_cap_view view;
	struct vprim_vfio_cap cap;
	struct vprim_range *ranges;
	uint32_t nr = 0;
	int ret;

	(void)!vprim_vfio_cap_parse(&view, KIND, 0, bytes, (size_t)n, NULL);
	OK(vprim_vfio_cap_view_init(&view, KIND, 0, bytes, (size_t)n, NULL));
	for (ret = vprim_vfio_cap_first(&view, &cap, NULL); !ret; nr++)
		ret = vprim_vfio_cap_next(&view, &cap, NULL);
	require(nr, "there is a capability");
	ranges = array(n / 16, sizeof(*ranges));
	if (!vprim_vfio_cap_find(&view, 1, &cap, NULL))
		(void)!vprim_vfio_cap_read_iova_ranges(&view, &cap, ranges,
						       (uint32_t)(n / 16), &nr,
						       NULL);
	free(ranges);
}

/* Ranges that are not sorted, as many as that is allowed for, and then sorted. */
static void cap_ranges(uint64_t n)
{
	uint64_t nr = (n - 24 - 16) / 16, i, start;

	reply(n);
	cap_header(24, 1, 0);
	vprim_store_u32(bytes + 32, (uint32_t)nr);
	for (i = 0; i < nr; i++) {
		start = (i < 256 ? 256 - i : i + 1) * PAGE;
		vprim_store_u64(bytes + 40 + 16 * i, start);
		vprim_store_u64(bytes + 48 + 16 * i, start + 1);
	}
}

/* Capabilities one by one into a chain, which every add looks at again. */
static void cap_add(uint64_t n)
{
	static const uint8_t payload[8];
	struct vprim_vfio_cap_chain chain;
	uint8_t *room = array(n + 1, 16);
	uint64_t i;

	OK(vprim_vfio_cap_chain_init(&chain, 0, 24, room, (size_t)(n + 1) * 16));
	for (i = 0; i < n; i++)
		(void)!vprim_vfio_cap_add(&chain, 7, 1, payload, sizeof(payload));
	free(room);
}

/* -- LoongArch tables ------------------------------------------------------- */

#define TABLE_BASE UINT64_C(0x100000)
static struct vprim_loongarch_tables tables;

/* n pages of tables, each directory of which leads to one and the same next. */
static void tables_in_turn(uint64_t n)
{
	struct vprim_loongarch_geometry g;
	uint8_t *pages;
	uint64_t page, i;

	OK(vprim_loongarch_geometry_init(4096, 4, &g, NULL));
	pages = array(n, 4096);
	OK(vprim_loongarch_tables_init(&tables, &g, pages, n, TABLE_BASE, NULL));
	OK(vprim_loongarch_map(&tables, 0, 0x1000, 0, VPRIM_LOONGARCH_USER_PAGE, NULL));
	OK(vprim_loongarch_unmap(&tables, 0, NULL));
	for (page = 0; page < n && page < 8; page++)
		for (i = 1; i < 512 && vprim_load_u64(pages + page * 4096); i++)
			memcpy(pages + page * 4096 + 8 * i, pages + page * 4096, 8);
}

/* The whole low half, which no memory holds: refused after few steps. */
static void tables_map_all(uint64_t n)
{
	const struct vprim_range all = { 0, (UINT64_C(1) << 47) - 1 };

	(void)n;
	require(vprim_loongarch_map_range(&tables, &all, 0, 0,
					  VPRIM_LOONGARCH_USER_PAGE, NULL) < 0,
		"it does not fit");
}

/* -- translation ------------------------------------------------------------ */

/* Regions of one and the same memory: each is every other's alias. */
static void xlate_aliases(uint64_t n)
{
	struct vprim_iova_xlate_region region = { .vaddr = 0x7f0000000000,
						  .rights = VPRIM_IOVA_XLATE_READ };
	struct vprim_iova_xlate x;
	struct vprim_range iova;
	uint64_t i;

	OK(vprim_iova_xlate_init(&x, sizeof(x), &memory, NULL, 0, NULL));
	for (i = 0; i < n; i++) {
		region.iova = (struct vprim_range){ i * PAGE, i * PAGE + PAGE - 1 };
		OK(vprim_iova_xlate_add(&x, &region, NULL));
	}
	for (i = 0; i < n; i++) {
		iova = (struct vprim_range){ i * PAGE, i * PAGE + PAGE - 1 };
		OK(vprim_iova_xlate_remove(&x, &iova, NULL));
	}
	vprim_iova_xlate_fini(&x);
}

/* -- the vector language ---------------------------------------------------- */

static void line(struct vprim_vec *vec, const char *format, uint64_t i)
{
	struct vprim_vec_result result;
	char text[96];
	int length = snprintf(text, sizeof(text), format, i);

	vprim_vec_line(vec, text, (size_t)length, &result);
	require(result.verdict == VPRIM_VEC_DONE, text);
}

/* Objects with names alike, which go oldest first. */
static void vec_names(uint64_t n)
{
	struct vprim_vec *vec = vprim_vec_init(&memory, NULL);
	uint64_t i;

	require(vec != NULL, "no memory");
	for (i = 0; i < n; i++)
		line(vec, "new itree a_name_that_is_like_the_others_%08" PRIu64, i);
	for (i = 0; i < n; i++)
		line(vec, "free a_name_that_is_like_the_others_%08" PRIu64, i);
	vprim_vec_fini(vec);
}

/* -- the table -------------------------------------------------------------- */

struct attack {
	const char *name, *growth;
	uint64_t n, most;
	void (*prepare)(uint64_t n);
	void (*strike)(uint64_t n);
};

static const struct attack attacks[] = {
	{ "map-misaligned", "log", 250000, 60000, map_misaligned, strike_all_ways },
	{ "map-three-at-four", "log", 60000, 60000, map_three_at_four,
	  strike_all_ways },
	{ "map-half-a-page", "log", 60000, 60000, map_half_a_page,
	  strike_all_ways },
	{ "map-stale-bounds", "nlogn", 8000, 0, map_sparse, map_stale_bounds },
	{ "map-brim", "nlogn", 8000, 0, map_sparse, map_brim },
	{ "map-thin-out", "nlogn", 8000, 0, map_sparse, map_thin_out },
	{ "map-cut-each", "nlogn", 8000, 0, map_sparse, map_cut_each },
	{ "map-random", "nlogn", 8000, 0, NULL, map_random },
	{ "tree-too-small", "log", 30000, 10000, tree_planted, tree_too_small },
	{ "tree-too-small-down", "log2", 30000, 20000, tree_planted,
	  tree_too_small_down },
	{ "tree-misaligned", "log", 30000, 10000, tree_planted, tree_misaligned },
	{ "tree-stairs", "linear", 8000, 0, tree_stairs, tree_climb },
	{ "tree-churn", "nlogn", 8000, 0, tree_planted, tree_churn },
	{ "trees-leapfrog", "nlogn", 8000, 0, trees_in_turn, trees_leapfrog },
	{ "windows-overlapping", "nlogn", 8000, 0, windows_overlapping,
	  windows_build },
	{ "windows-apart", "nlogn", 8000, 0, windows_apart, windows_build },
	{ "windows-place", "linear", 8000, 0, windows_many, windows_place },
	{ "windows-combine", "linear", 8000, 0, windows_many, windows_combine },
	{ "plan", "nlogn", 8000, 0, plan_pieces, plan_all },
	/* Where the tree has as many levels for 4n as for n: one more costs a quarter. */
	{ "ioas-aligned", "log", 64000, 10000, ioas_aligned, ioas_place },
	{ "ioas-unaligned", "log", 16000, 10000, ioas_unaligned, ioas_place },
	{ "ioas-unhold", "nlogn", 4000, 0, NULL, adv_ioas_unhold_oldest },
	{ "ioas-accesses", "nlogn", 4000, 0, NULL, adv_ioas_access_churn },
	{ "ioas-told", "nlogn", 2000, 0, NULL, adv_ioas_tell },
	{ "ioas-reserved", "nlogn", 2000, 0, NULL, adv_ioas_reserved },
	{ "type1-detach", "nlogn", 500, 0, NULL, adv_type1_detach_all },
	{ "type1-detach-and-map", "nlogn", 500, 0, NULL, adv_type1_detach_and_map },
	{ "type1-one-group", "nlogn", 500, 0, NULL, adv_type1_group_churn },
	{ "type1-dirty", "nlogn", 2000, 0, NULL, adv_type1_dirty },
	{ "type1-restarts", "nlogn", 2000, 0, NULL, adv_type1_restarts },
	{ "cap-chain", "linear", 16000, 0, cap_chain, cap_parse },
	{ "cap-loop", "linear", 16000, 0, cap_loop, cap_parse },
	{ "cap-ranges", "linear", 64000, 0, cap_ranges, cap_parse },
	{ "cap-add", "linear", 2000, 0, NULL, cap_add },
	{ "dmabuf-buffers", "linear", 2000, 0, NULL, adv_dmabuf_buffers },
	{ "dmabuf-importers", "linear", 2000, 0, NULL, adv_dmabuf_importers },
	{ "dmabuf-entries", "linear", 2000, 0, NULL, adv_dmabuf_entries },
	{ "loongarch-all", "linear", 16, 0, tables_in_turn, tables_map_all },
	{ "xlate-aliases", "nlogn", 2000, 0, NULL, xlate_aliases },
	{ "vec-names", "nlogn", 2000, 0, NULL, vec_names },
};

/* What callgrind collects, by this name. */
__attribute__((noinline)) void strike(const struct attack *a, uint64_t n);

void strike(const struct attack *a, uint64_t n)
{
	a->strike(n);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < VPRIM_ARRAY_LEN(attacks); i++) {
		const struct attack *a = &attacks[i];

		if (argc == 2 && !strcmp(argv[1], "--list")) {
			printf("%s %s %" PRIu64 " %" PRIu64 "\n", a->name,
			       a->growth, a->n, a->most);
		} else if (argc == 3 && !strcmp(argv[1], a->name)) {
			uint64_t n = strtoull(argv[2], NULL, 10);

			if (a->prepare)
				a->prepare(n);
			strike(a, n);
			return 0;
		}
	}
	return argc == 2 && !strcmp(argv[1], "--list") ? 0 : 2;
}
