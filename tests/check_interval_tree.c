// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * interval_tree.h against two plain models: those of world_interval_tree.h.
 */
#include "testlib.h"
#include "world_interval_tree.h"

#define M UINT64_MAX

static struct world world;
static struct vprim_interval_tree other;

static void setup(void)
{
	world_begin(&world, 0);
	ck_assert_int_eq(vprim_interval_tree_init(&other, sizeof(other)), 0);
}

/* -- random sequences ------------------------------------------------------- */

static struct vprim_range random_range(struct test_rng *rng, uint64_t most)
{
	uint64_t size = 1 + test_rng_below(rng, most);
	uint64_t start = test_rng_below(rng, SPACE - size + 1);

	return range(world.base + start, world.base + start + size - 1);
}

static void change(struct test_rng *rng, uint64_t most)
{
	struct vprim_range r = random_range(rng, most);

	world_change(&world, &world.pool[test_rng_below(rng, LIVE)], &r);
}

START_TEST(random_changes_agree_with_the_models)
{
	struct test_rng rng = test_rng_seed(0x17ee + (uint64_t)_i);
	struct choices c = { .rng = &rng };
	uint64_t steps = test_steps(1000000), i;

	world_begin(&world, (unsigned int)_i);
	for (i = 0; i < steps; i++) {
		world_step(&world, &c);
		if (i % 64 == 0)
			world_check(&world);
	}
	world_check(&world);
	world_end(&world);
}
END_TEST

START_TEST(spans_show_changes_from_where_they_are_on)
{
	struct test_rng rng = test_rng_seed(0x5fa9 + (uint64_t)_i);
	uint64_t steps = test_steps(200000), i, addr;
	struct vprim_interval_tree_spans s;
	struct vprim_range r;

	world_begin(&world, (unsigned int)_i);
	for (i = 0; i < steps;) {
		r = random_range(&rng, SPACE);
		vprim_interval_tree_spans_init(&s, &world.tree, NULL, &r);
		for (;;) {
			for (addr = s.span.start; addr < s.span.last; addr++)
				require(s.kind == model_used(&world, addr));
			require(s.kind == model_used(&world, addr));
			for (; test_rng_below(&rng, 2); i++)
				change(&rng, 20);
			if (test_rng_below(&rng, 2))
				addr = r.start + test_rng_below(
					&rng, r.last - r.start + 1) - 1;
			if (addr == r.last || addr == r.start - 1)
				break;
			if (addr == s.span.last)
				vprim_interval_tree_spans_next(&s);
			else
				vprim_interval_tree_spans_advance(&s, addr + 1);
			require(s.span.start == addr + 1);
		}
	}
}
END_TEST

/* -- every small set -------------------------------------------------------- */

#define SMALL 8u

START_TEST(every_set_of_three_in_a_small_space_agrees)
{
	struct vprim_range r[SMALL * (SMALL + 1) / 2], *w;
	size_t nr = 0, a, b, c;
	uint64_t i, j;

	world_begin(&world, 2u * (unsigned int)_i);
	world.base += _i ? SPACE - SMALL : 0;
	for (i = 0; i < SMALL; i++)
		for (j = i; j < SMALL; j++)
			r[nr++] = range(world.base + i, world.base + j);
	for (a = 0; a < nr; a++)
		for (b = 0; b < nr; b++)
			for (c = 0; c < nr; c++) {
				size_t set[] = { a, b, c }, k;

				for (k = 0; k < 3; k++) {
					world.pool[k].range = r[set[k]];
					model_insert(&world, &world.pool[k]);
					require(!vprim_interval_tree_insert(&world.tree,
									    &world.pool[k]));
				}
				/* Every window for some sets, some for every. */
				for (w = r + (a + b + c) % 5; w < r + nr; w += 5) {
					overlaps_agree(&world, w);
					spans_agree(&world, w);
					holes_agree(&world, w, (a + b) % SMALL);
				}
				for (k = 0; k < 3; k++) {
					model_remove(&world, &world.pool[(k + a) % 3]);
					require(!vprim_interval_tree_remove(
						&world.tree, &world.pool[(k + a) % 3]));
				}
			}
}
END_TEST

/* -- two trees -------------------------------------------------------------- */

START_TEST(double_spans_agree_with_two_counts)
{
	struct test_rng rng = test_rng_seed(0xd0b1 + (uint64_t)_i);
	static struct vprim_interval_tree_node nodes[2][8];
	struct vprim_interval_tree *trees[] = { &world.tree, &other };
	uint64_t steps = test_steps(100000), i, addr;
	struct vprim_interval_tree_spans s;
	struct vprim_range w;

	memset(nodes, 0, sizeof(nodes));
	world_begin(&world, (unsigned int)_i);
	ck_assert_int_eq(vprim_interval_tree_init(&other, sizeof(other)), 0);
	for (i = 0; i < steps; i++) {
		uint8_t kind[SPACE] = { 0 };
		size_t t = (size_t)test_rng_below(&rng, 2), k;
		struct vprim_interval_tree_node *n =
			&nodes[t][test_rng_below(&rng, 8)];
		int before = -2;

		if (n->tree) {
			require(!vprim_interval_tree_remove(trees[t], n));
		} else {
			n->range = random_range(&rng, 60);
			require(!vprim_interval_tree_insert(trees[t], n));
		}
		/* The second tree first: the first tree paints over it. */
		for (t = 2; t--;)
			for (k = 0; k < 8; k++) {
				n = &nodes[t][k];
				if (n->tree)
					memset(&kind[n->range.start - world.base],
					       (int)t + 1,
					       (size_t)(n->range.last -
							n->range.start + 1));
			}
		w = random_range(&rng, SPACE);
		addr = w.start;
		vprim_interval_tree_spans_init(&s, &world.tree, &other, &w);
		for (;;) {
			require(s.kind != before);
			require(s.span.start == addr);
			for (; addr < s.span.last; addr++)
				require(s.kind == kind[addr - world.base]);
			require(s.kind == kind[addr - world.base]);
			before = (int)s.kind;
			if (addr == w.last)
				break;
			addr++;
			if (test_rng_below(&rng, 8)) {
				vprim_interval_tree_spans_next(&s);
				continue;
			}
			addr += test_rng_below(&rng, w.last - addr + 1);
			vprim_interval_tree_spans_advance(&s, addr);
			before = -2;
		}
		vprim_interval_tree_spans_next(&s);
		require(s.kind == VPRIM_INTERVAL_TREE_DONE);
	}
}
END_TEST

START_TEST(a_double_walk_ends_behind_its_window)
{
	struct vprim_interval_tree_spans s;
	struct vprim_range w = range(10, 20);

	ck_assert_int_eq(vprim_interval_tree_spans_init(&s, &world.tree, &other,
							       &w), 0);
	vprim_interval_tree_spans_advance(&s, 20);
	ck_assert(same(&s.span, 20, 20));
	vprim_interval_tree_spans_advance(&s, 10);
	ck_assert(same(&s.span, 10, 20));
	vprim_interval_tree_spans_advance(&s, 21);
	ck_assert_int_eq(s.kind, VPRIM_INTERVAL_TREE_DONE);
	vprim_interval_tree_spans_advance(&s, 10);
	ck_assert_int_eq(s.kind, VPRIM_INTERVAL_TREE_DONE);
}
END_TEST

/* Whatever the memory of a walk held, such as the number of changes to come. */
START_TEST(a_walk_sees_that_its_tree_has_changed)
{
	static struct vprim_interval_tree_node n;
	struct vprim_interval_tree_spans s;
	struct vprim_range w = range(0, 100);

	memset(&n, 0, sizeof(n));
	n.range = range(10, 19);
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n), 0);
	s.walk[0].changes = world.tree.changes + 1;
	ck_assert_int_eq(vprim_interval_tree_spans_init(&s, &world.tree, NULL, &w), 0);
	ck_assert(same(&s.span, 0, 9));
	ck_assert_int_eq(vprim_interval_tree_remove(&world.tree, &n), 0);
	vprim_interval_tree_spans_next(&s);
	ck_assert(s.kind == VPRIM_INTERVAL_TREE_HOLE && same(&s.span, 10, 100));
}
END_TEST

/* -- balance ---------------------------------------------------------------- */

#define MANY 100000u

static unsigned int depth_of(const struct vprim_interval_tree_node *n)
{
	unsigned int levels = 0;

	for (; n; n = n->parent)
		levels++;
	return levels;
}

START_TEST(no_order_of_insertion_makes_it_deep)
{
	struct test_rng rng = test_rng_seed(0xba1a);
	struct vprim_interval_tree_node *nodes =
		calloc(MANY, sizeof(*nodes));
	unsigned int deepest = 0, d;
	uint64_t i, start;

	ck_assert_ptr_nonnull(nodes);
	for (i = 0; i < MANY; i++) {
		start = _i == 0 ? i : _i == 1 ? MANY - i :
			_i == 2 ? 5 : test_rng_below(&rng, MANY);
		nodes[i].range = range(start, start + i % 7);
		require(!vprim_interval_tree_insert(&world.tree, &nodes[i]));
	}
	for (i = 0; i < MANY; i++) {
		d = depth_of(&nodes[i]);
		deepest = d > deepest ? d : deepest;
	}
	/* An AVL tree of 10^5 nodes has at most 1.4405 * log2(n + 2) levels. */
	require(deepest <= 23);
	require(!vprim_interval_tree_audit(&world.tree));
	for (i = 0; i < MANY; i++) {
		if (i % 16)
			require(!vprim_interval_tree_remove(&world.tree, &nodes[i]));
	}
	require(!vprim_interval_tree_audit(&world.tree));
	for (deepest = 0, i = 0; i < MANY; i += 16) {
		d = depth_of(&nodes[i]);
		deepest = d > deepest ? d : deepest;
	}
	require(deepest <= 18);
	free(nodes);
}
END_TEST

/* -- edges ------------------------------------------------------------------ */

START_TEST(equal_starts_come_in_the_order_of_insertion)
{
	static struct vprim_interval_tree_node n[100];
	const struct vprim_interval_tree_node *at;
	struct vprim_range all = range(0, M);
	size_t i;

	memset(n, 0, sizeof(n));
	for (i = 0; i < 100; i++) {
		n[i].range = range(7, 7 + (i * 37) % 100);
		ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n[i]), 0);
	}
	at = vprim_interval_tree_first(&world.tree, &all);
	for (i = 0; i < 100; i++, at = vprim_interval_tree_next(at, &all))
		ck_assert_ptr_eq(at, &n[i]);
	ck_assert_ptr_null(at);
}
END_TEST

START_TEST(the_ends_of_the_space_are_addresses_like_any_other)
{
	static struct vprim_interval_tree_node low, high;
	struct vprim_range all = range(0, M), hole;

	memset(&low, 0, sizeof(low));
	memset(&high, 0, sizeof(high));
	ck_assert_int_eq(find_hole(&world, &all, M, VPRIM_HOLE_LOWEST, &hole), 0);
	ck_assert(same(&hole, 0, M));
	ck_assert_int_eq(find_hole(&world, &all, M, VPRIM_HOLE_HIGHEST, &hole), 0);
	ck_assert(same(&hole, 0, M));
	low.range = range(0, 0);
	high.range = range(M, M);
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &low), 0);
	ck_assert_int_eq(find_hole(&world, &all, M, VPRIM_HOLE_LOWEST, &hole),
			 -ENOENT);
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &high), 0);
	ck_assert_ptr_eq(vprim_interval_tree_stab(&world.tree, 0), &low);
	ck_assert_ptr_eq(vprim_interval_tree_stab(&world.tree, M), &high);
	ck_assert_ptr_null(vprim_interval_tree_stab(&world.tree, 1));
	ck_assert_ptr_null(vprim_interval_tree_stab(&world.tree, M - 1));
	ck_assert_int_eq(find_hole(&world, &all, M - 2, VPRIM_HOLE_HIGHEST, &hole),
			 0);
	ck_assert(same(&hole, 1, M - 1));
	ck_assert_int_eq(find_hole(&world, &all, M - 1, VPRIM_HOLE_HIGHEST, &hole),
			 -ENOENT);
	ck_assert(same(&hole, 1, M - 1));
}
END_TEST

/*
 * The second goes, and uncovers a hole that has more of one thing than those that
 * were seen: eight bytes where four were, and a multiple of 2^20 where of 8.
 */
#define B UINT64_C(0x100000)
START_TEST(those_above_hear_what_a_removal_uncovers)
{
	static const struct vprim_range sets[2][8] = {
		{ { B + 0x65, B + 0x65 }, { B + 0x08, B + 0x64 }, { B + 0x66, B + 0x66 },
		  { B + 0x02, B + 0x0f }, { B + 0x14, B + 0x15 }, { B + 0x67, B + 0x67 },
		  { B - 0x20, B - 0x03 }, { B + 0x1e, B + 0x64 } },
		{ { B + 0x65, B + 0x65 }, { B - 0x200, B + 0x64 }, { B + 0x66, B + 0x66 },
		  { B - 0x400, B - 0x101 }, { B - 0x100, B - 3 }, { B + 0x67, B + 0x67 },
		  { B - 0x420, B - 0x409 }, { B + 0x02, B + 0x64 } },
	};
	static struct vprim_interval_tree_node n[8];
	size_t i;

	memset(n, 0, sizeof(n));
	for (i = 0; i < 8; i++) {
		n[i].range = sets[_i][i];
		ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n[i]), 0);
	}
	ck_assert_int_eq(vprim_interval_tree_remove(&world.tree, &n[1]), 0);
	ck_assert_int_eq(vprim_interval_tree_audit(&world.tree), 0);
}
END_TEST

/* One large hole, and behind it what a search from above enters or passes. */
START_TEST(a_hole_behind_address_0_is_found_from_above)
{
	static const uint64_t at[] = { M - 4, M - 8, M, 0 };
	static struct vprim_interval_tree_node n[4];
	const struct vprim_hole want = { { 0, M }, 0, UINT64_C(1) << 62, 0,
					 VPRIM_HOLE_HIGHEST };
	const struct vprim_hole_blocked set = vprim_interval_tree_blocked(&world.tree);
	const struct vprim_hole_space space = { .blocked = &set, .nr_blocked = 1 };
	struct vprim_range hole = { 0, 0 };
	size_t i;

	memset(n, 0, sizeof(n));
	for (i = 0; i < 4; i++) {
		n[i].range = range(at[i], at[i]);
		ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n[i]), 0);
	}
	ck_assert_int_eq(vprim_hole_first(&space, &want, &hole), 0);
	ck_assert(same(&hole, 1, M - 9));
}
END_TEST

/* In front of one that starts at 0 there is none, whatever came before it. */
START_TEST(no_hole_lies_in_front_of_address_0)
{
	static const struct vprim_range all = { 0, M }, ranges[] = {
		{ 0, 0 }, { 0, 0 }, { 0, 49 }, { 50, 60 }, { 61, M },
	};
	static struct vprim_interval_tree_node n[5];
	struct vprim_range hole;
	size_t i;

	memset(n, 0, sizeof(n));
	for (i = 0; i < 5; i++) {
		n[i].range = ranges[i];
		ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n[i]), 0);
	}
	ck_assert_int_eq(find_hole(&world, &all, 0, VPRIM_HOLE_LOWEST, &hole), -ENOENT);
	ck_assert_int_eq(find_hole(&world, &all, 0, VPRIM_HOLE_HIGHEST, &hole), -ENOENT);
}
END_TEST

START_TEST(a_zeroed_tree_is_empty)
{
	static const struct vprim_interval_tree none;
	struct vprim_range all = range(0, M);
	struct vprim_interval_tree_spans s;

	ck_assert_ptr_null(vprim_interval_tree_first(&none, &all));
	ck_assert_int_eq(vprim_interval_tree_audit(&none), 0);
	ck_assert_int_eq(vprim_interval_tree_spans_init(&s, &none, NULL, &all), 0);
	ck_assert_int_eq(s.kind, VPRIM_INTERVAL_TREE_HOLE);
	ck_assert(same(&s.span, 0, M));
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
	struct vprim_interval_tree_node n, m;
	struct vprim_interval_tree_spans s = { .kind = VPRIM_INTERVAL_TREE_HOLE };
	struct vprim_interval_tree_spans d = s;
	struct vprim_range r = range(1, 2), bad = range(2, 1), hole = range(7, 8);

	memset(&n, 0, sizeof(n));
	memset(&m, 0, sizeof(m));
	ck_assert_int_eq(vprim_interval_tree_init(&world.tree, 1), -EINVAL);
	n.range = bad;
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n), -EINVAL);
	ck_assert_int_eq(vprim_interval_tree_remove(&world.tree, &n), -ENOENT);
	n.range = r;
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n), 0);
	ck_assert_int_eq(vprim_interval_tree_remove(&other, &n), -ENOENT);
	ck_assert_int_eq(vprim_interval_tree_insert(&other, &n), -EEXIST);
	ck_assert_uint_eq(world.tree.count, 1);
	ck_assert_ptr_null(vprim_interval_tree_first(&world.tree, &bad));
	ck_assert_ptr_null(vprim_interval_tree_next(&m, &r));
	m.range = range(1, 9);
	ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &m), 0);
	ck_assert_ptr_eq(vprim_interval_tree_next(&n, &r), &m);
	ck_assert_ptr_null(vprim_interval_tree_next(&n, &bad));
	ck_assert_int_eq(vprim_interval_tree_remove(&world.tree, &n), 0);
	ck_assert_ptr_null(vprim_interval_tree_next(&n, &r));
	ck_assert_int_eq(vprim_interval_tree_spans_init(&s, &world.tree, NULL, &bad), -EINVAL);
	ck_assert_int_eq(s.kind, VPRIM_INTERVAL_TREE_DONE);
	vprim_interval_tree_spans_next(&s);
	vprim_interval_tree_spans_advance(&s, 1);
	ck_assert_int_eq(s.kind, VPRIM_INTERVAL_TREE_DONE);
	ck_assert_int_eq(vprim_interval_tree_spans_init(&d, &world.tree, &world.tree,
							       &bad), -EINVAL);
	ck_assert_int_eq(d.kind, VPRIM_INTERVAL_TREE_DONE);
	vprim_interval_tree_spans_next(&d);
	ck_assert_int_eq(d.kind, VPRIM_INTERVAL_TREE_DONE);
	ck_assert_int_eq(find_hole(&world, &bad, 0, VPRIM_HOLE_LOWEST, &hole), -EINVAL);
	ck_assert_int_eq(find_hole(&world, &bad, 0, VPRIM_HOLE_HIGHEST, &hole), -EINVAL);
	ck_assert(same(&hole, 7, 8));
}
END_TEST

/* Break one field at a time; the check must see each. */
START_TEST(the_check_sees_every_broken_invariant)
{
	static struct vprim_interval_tree_node n[7];
	struct vprim_interval_tree_node *root;
	struct vprim_interval_tree saved, third;
	size_t i;

	memset(n, 0, sizeof(n));
	for (i = 0; i < 7; i++) {
		n[i].range = range(10 * i, 10 * i + 3);
		ck_assert_int_eq(vprim_interval_tree_insert(&world.tree, &n[i]), 0);
	}
	root = world.tree.root;
	saved = world.tree;
	for (i = 0; i < 16; i++) {
		struct vprim_interval_tree_node keep = *root;
		struct vprim_interval_tree_node keep_leaf = n[0];
		struct vprim_interval_tree_node *const child[] = {
			root->child[0], root->child[1] };

		switch (i) {
		case 0: root->subtree_last++; break;
		case 1: root->balance = 1; break;
		case 2: root->next = NULL; break;
		case 3: root->range.start = 1000; break;
		case 4: root->tree = &other; break;
		case 5: root->parent = &n[0]; break;
		case 6: n[0].parent = &n[6]; break;
		case 7: world.tree.count++; break;
		case 8: root->range = range(33, 30); break;
		case 9: root->child[1]->parent = NULL; break;
		case 10: root->child[0]->parent = NULL; break;
		case 11: world.tree.edges &= ~UINT64_C(2); break;
		case 12: root->balance = 2; break;
		case 13: root->balance = -2; break;
		case 14: world.tree.root = root->child[1]; world.tree.count = 3; break;
		default: world.tree.count--; break;
		}
		ck_assert_msg(vprim_interval_tree_audit(&world.tree) == -EBADMSG,
			      "breach %zu", i);
		*root = keep;
		child[0]->parent = child[1]->parent = root;
		n[0] = keep_leaf;
		world.tree = saved;
		ck_assert_int_eq(vprim_interval_tree_audit(&world.tree), 0);
	}
	/* Order: the root covers what is on its right, and does not see it. */
	memset(&third, 0, sizeof(third));
	memset(n, 0, sizeof(n));
	n[0].range = range(16, 63);
	n[1].range = range(32, 47);
	ck_assert_int_eq(vprim_interval_tree_insert(&third, &n[0]), 0);
	ck_assert_int_eq(vprim_interval_tree_insert(&third, &n[1]), 0);
	ck_assert_int_eq(vprim_interval_tree_audit(&third), 0);
	n[1].range.start = n[1].subtree_start = 0;
	ck_assert_int_eq(vprim_interval_tree_audit(&third), -EBADMSG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("interval_tree");
	TCase *tc = tcase_create("interval_tree");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, random_changes_agree_with_the_models, 0, 3);
	tcase_add_loop_test(tc, spans_show_changes_from_where_they_are_on, 0, 3);
	tcase_add_loop_test(tc, every_set_of_three_in_a_small_space_agrees, 0, 2);
	tcase_add_loop_test(tc, double_spans_agree_with_two_counts, 0, 3);
	tcase_add_test(tc, a_double_walk_ends_behind_its_window);
	tcase_add_test(tc, a_walk_sees_that_its_tree_has_changed);
	tcase_add_loop_test(tc, no_order_of_insertion_makes_it_deep, 0, 4);
	tcase_add_test(tc, equal_starts_come_in_the_order_of_insertion);
	tcase_add_test(tc, the_ends_of_the_space_are_addresses_like_any_other);
	tcase_add_loop_test(tc, those_above_hear_what_a_removal_uncovers, 0, 2);
	tcase_add_test(tc, a_hole_behind_address_0_is_found_from_above);
	tcase_add_test(tc, no_hole_lies_in_front_of_address_0);
	tcase_add_test(tc, a_zeroed_tree_is_empty);
	tcase_add_test(tc, bad_arguments_are_refused);
	tcase_add_test(tc, the_check_sees_every_broken_invariant);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
