// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * iova_xlate.h against a plain array that is searched from its beginning to its end.
 */
#include "testlib.h"
#include <string.h>
#include <virtprim/iova_xlate.h>

#define M UINT64_MAX
#define MOST 40u
#define SPACE 200u

struct world {
	struct vprim_iova_xlate x;
	struct test_memory memory;
	struct vprim_iova_xlate_region model[MOST];
	size_t n;
	uint64_t base, vbase;	/* of both small spaces */
	bool aliases;
	struct test_rng rng;
};

static uint64_t below(struct world *w, uint64_t bound)
{
	return test_rng_below(&w->rng, bound);
}

static void begin(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->rng = (struct test_rng){ seed };
	w->aliases = below(w, 2);
	w->base = below(w, 2) ? 0 : M - SPACE + 1;
	w->vbase = below(w, 2) ? 0 : M - SPACE + 1;
	memset(&w->x, 0xa5, sizeof(w->x));	/* what is not looked at */
	require(!vprim_iova_xlate_init(&w->x, sizeof(w->x), &test_alloc_ops, &w->memory,
				       w->aliases ? 0 : VPRIM_IOVA_XLATE_NO_ALIASES,
				       NULL));
}

static void end(struct world *w)
{
	static const struct vprim_iova_xlate zero;

	vprim_iova_xlate_fini(&w->x);
	require(!memcmp(&w->x, &zero, sizeof(zero)));
	require(!w->memory.blocks);
}

static struct vprim_range memory_of(const struct vprim_iova_xlate_region *r)
{
	struct vprim_range m = { r->vaddr,
				 r->vaddr + (r->iova.last - r->iova.start) };

	return m;
}

/* What is in the way, the lowest; NULL for nothing. */
static const struct vprim_iova_xlate_region *
model_hit(const struct world *w, const struct vprim_range *range, bool memory)
{
	const struct vprim_iova_xlate_region *lowest = NULL;
	size_t i;

	for (i = 0; i < w->n; i++) {
		struct vprim_range r = memory ? memory_of(&w->model[i]) :
						w->model[i].iova;

		if (vprim_range_overlaps(&r, range) &&
		    (!lowest || w->model[i].iova.start < lowest->iova.start))
			lowest = &w->model[i];
	}
	return lowest;
}

static bool same_range(const struct vprim_range *a, const struct vprim_range *b)
{
	return a->start == b->start && a->last == b->last;
}

static void add(struct world *w)
{
	struct vprim_iova_xlate_region r = {
		.vaddr = w->vbase + below(w, SPACE), .token = below(w, 99),
		.rights = (uint32_t)below(w, 5),
	};
	const struct vprim_iova_xlate_region *hit = NULL;
	struct vprim_range memory = { r.vaddr, 0 };
	struct vprim_reason why;
	int want = 0, ret;

	r.iova.start = w->base + below(w, SPACE);
	r.iova.last = r.iova.start + below(w, 9) - 1;
	memory.last = r.vaddr + (r.iova.last - r.iova.start);
	if (r.iova.start > r.iova.last || r.rights > 3) {
		want = -EINVAL;
	} else if (memory.last < memory.start) {
		want = -EOVERFLOW;
	} else {
		hit = model_hit(w, &r.iova, false);
		if (!hit && !w->aliases)
			hit = model_hit(w, &memory, true);
		want = hit ? -EEXIST : 0;
	}
	if (!want && w->n == MOST)
		return;
	/* A failure of either allocation leaves no trace. */
	w->memory.countdown = below(w, 8) ? 0 : 1 + below(w, 2);
	ret = vprim_iova_xlate_add(&w->x, &r, &why);
	w->memory.countdown = 0;
	if (ret == -ENOMEM && !want)
		return;
	require(ret == want);
	if (hit)
		require(why.has_hit && same_range(&why.hit, &hit->iova));
	if (!ret)
		w->model[w->n++] = r;
}

static void take_out(struct world *w)
{
	struct vprim_iova_xlate_region r = { .token = 1000 };
	struct vprim_range range;
	size_t i = (size_t)below(w, MOST);

	range.start = w->base + below(w, SPACE);
	range.last = range.start;
	if (i < w->n && below(w, 4))
		range = w->model[i].iova;
	for (i = 0; i < w->n; i++)
		if (same_range(&w->model[i].iova, &range))
			break;
	require(vprim_iova_xlate_remove(&w->x, &range, &r) ==
		(i < w->n ? 0 : -ENOENT));
	if (i == w->n) {
		require(r.token == 1000);
		return;
	}
	require(!memcmp(&r, &w->model[i], sizeof(r)));
	w->model[i] = w->model[--w->n];
}

static const struct vprim_iova_xlate_region *holds(const struct world *w,
						   uint64_t iova)
{
	struct vprim_range point = { iova, iova };

	return model_hit(w, &point, false);
}

static void ask_both_ways(struct world *w)
{
	struct vprim_iova_xlate_region got = { .token = 1000 };
	uint64_t iova = w->base + below(w, SPACE), vaddr = 7, at, best, after;
	uint64_t target = w->vbase + below(w, SPACE);
	const struct vprim_iova_xlate_region *r = holds(w, iova);
	bool found = false, first = true;
	size_t i;
	int ret;

	require(vprim_iova_xlate_stab(&w->x, iova, &got, &vaddr) ==
		(r ? 0 : -ENOENT));
	if (r)
		require(!memcmp(&got, r, sizeof(got)) &&
			vaddr == r->vaddr + (iova - r->iova.start));
	else
		require(got.token == 1000 && vaddr == 7);
	/* All aliases, lowest first. */
	for (after = 0;; after = best, first = false) {
		found = false;
		best = M;
		for (i = 0; i < w->n; i++) {
			struct vprim_range m = memory_of(&w->model[i]);

			at = w->model[i].iova.start + (target - m.start);
			if (!vprim_range_has(&m, target) ||
			    (!first && at <= after))
				continue;
			best = at < best ? at : best;
			found = true;
		}
		at = 5;
		ret = vprim_iova_xlate_reverse(&w->x, target,
					       first ? NULL : &after, &at);
		require(ret == (found ? 0 : -ENOENT));
		require(at == (found ? best : 5));
		if (!found)
			return;
	}
}

/* Address by address; what is in the way, and how many pieces. */
static int model_walk(const struct world *w,
		      const struct vprim_iova_xlate_request *q, uint64_t *at,
		      struct vprim_iova_xlate_segment *out, size_t *n)
{
	const struct vprim_iova_xlate_region *r, *prev = NULL;
	uint64_t i;

	if (q->want > 3 || !q->len_bytes)
		return -EINVAL;
	if (q->iova + (q->len_bytes - 1) < q->iova)
		return -EOVERFLOW;
	for (i = 0; i < q->len_bytes; i++, prev = r) {
		*at = q->iova + i;
		r = holds(w, *at);
		if (!r)
			return -ENOENT;
		if (q->want & ~r->rights)
			return -EACCES;
		if (r != prev)
			out[(*n)++] = (struct vprim_iova_xlate_segment){
				r->vaddr + (*at - r->iova.start), 0 };
		out[*n - 1].len_bytes++;
	}
	return 0;
}

static struct vprim_iova_xlate_request any_request(struct world *w)
{
	struct vprim_iova_xlate_request q = {
		w->base + below(w, SPACE), below(w, 20), (uint32_t)below(w, 5)
	};

	if (w->n && below(w, 4))
		q.iova = w->model[below(w, w->n)].iova.start;
	if (below(w, 3))
		q.want = 0;
	return q;
}

static void ask_segments(struct world *w)
{
	struct vprim_iova_xlate_segment want[20 * 3], got[20 * 3];
	struct vprim_iova_xlate_segments out = { got, (size_t)below(w, 4), 77 };
	struct vprim_iova_xlate_request q[3];
	size_t n = 0, count = (size_t)below(w, 4), i, begins[4] = { 9, 9, 9, 9 };
	size_t starts[4], failed = 55;
	struct vprim_reason why;
	uint64_t at = 0;
	int ret = 0;

	memset(got, 0x5a, sizeof(got));
	if (below(w, 2))
		out.capacity = 60;
	for (i = 0; i < count; i++)
		q[i] = any_request(w);
	for (i = 0; i < count && !ret; i++) {
		starts[i] = n;
		ret = model_walk(w, &q[i], &at, want, &n);
	}
	if (!ret && n > out.capacity)
		ret = -EMSGSIZE;
	require(vprim_iova_xlate_batch(&w->x, q, count, &out, begins, &failed,
				       &why) == ret);
	if (ret) {
		require(out.count == (ret == -EMSGSIZE ? n : 77));
		require(failed == (ret == -EMSGSIZE ? 55 : i - 1));
		require(begins[0] == 9 && got[0].vaddr == UINT64_C(0x5a5a5a5a5a5a5a5a));
		if (ret == -ENOENT || ret == -EACCES)
			require(why.has_at && why.at == at);
	} else {
		require(out.count == n && begins[count] == n && failed == 55);
		require(!memcmp(got, want, n * sizeof(*got)));
		for (i = 0; i < count; i++)
			require(begins[i] == starts[i]);
		require(!vprim_reason_id(&why));
	}
	/* One alone answers as a batch of one does. */
	if (count != 1)
		return;
	memset(got, 0x5a, sizeof(got));
	out.count = 77;
	require(vprim_iova_xlate_to_segments(&w->x, &q[0], &out, &why) == ret);
	require(out.count == (ret && ret != -EMSGSIZE ? 77 : n));
	if (!ret)
		require(!memcmp(got, want, n * sizeof(*got)));
	else
		require(got[0].vaddr == UINT64_C(0x5a5a5a5a5a5a5a5a));
	if (ret == -ENOENT || ret == -EACCES)
		require(why.has_at && why.at == at);
}

START_TEST(it_agrees_with_an_array)
{
	struct test_rng rng = test_rng_seed(0x871a7e);
	uint64_t rounds = test_steps(200), steps;
	struct world w;

	while (rounds--) {
		begin(&w, rng.state ^ rounds * 77);
		for (steps = 400; steps--;) {
			switch (below(&w, 8)) {
			case 0:
			case 1:
			case 2: add(&w); break;
			case 3: take_out(&w); break;
			case 4:
			case 5: ask_both_ways(&w); break;
			default: ask_segments(&w);
			}
			require(vprim_iova_xlate_count(&w.x) == w.n);
		}
		require(!vprim_iova_xlate_audit(&w.x));
		if (below(&w, 2)) {
			vprim_iova_xlate_clear(&w.x);
			require(!vprim_iova_xlate_count(&w.x) && !w.memory.blocks);
			require(!vprim_iova_xlate_audit(&w.x));
		}
		end(&w);
	}
}
END_TEST

START_TEST(the_whole_space_is_one_region)
{
	struct vprim_iova_xlate_region all = { { 0, M }, 0, 9, 3 }, got;
	struct vprim_iova_xlate_request q = { 1, M, 3 };
	struct vprim_iova_xlate_segment s;
	struct vprim_iova_xlate_segments out = { &s, 1, 0 };
	struct world w;
	uint64_t v;

	begin(&w, 1);
	all.vaddr = 1;
	ck_assert_int_eq(vprim_iova_xlate_add(&w.x, &all, NULL), -EOVERFLOW);
	all.vaddr = 0;
	ck_assert_int_eq(vprim_iova_xlate_add(&w.x, &all, NULL), 0);
	ck_assert_int_eq(vprim_iova_xlate_stab(&w.x, M, &got, &v), 0);
	ck_assert_uint_eq(v, M);
	ck_assert_int_eq(vprim_iova_xlate_reverse(&w.x, M, NULL, &v), 0);
	ck_assert_uint_eq(v, M);
	ck_assert_int_eq(vprim_iova_xlate_to_segments(&w.x, &q, &out, NULL), 0);
	ck_assert(s.vaddr == 1 && s.len_bytes == M);
	ck_assert_int_eq(vprim_iova_xlate_remove(&w.x, &all.iova, NULL), 0);
	end(&w);
}
END_TEST

START_TEST(a_promise_is_kept)
{
	struct vprim_iova_xlate_region r = { { 0, 0 }, 0, 0, 0 };
	struct world w;
	size_t requests, blocks, i;

	begin(&w, 2);
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 300), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	requests = w.memory.requests;
	for (i = 0; i < 300; i++) {
		r.iova.start = r.iova.last = r.vaddr = i * 5 % 301 * 10;
		require(!vprim_iova_xlate_add(&w.x, &r, NULL));
		/* One that fails uses nothing up. */
		require(vprim_iova_xlate_add(&w.x, &r, NULL) == -EEXIST);
		if (i % 9 == 0)
			require(!vprim_iova_xlate_remove(&w.x, &r.iova, NULL));
	}
	ck_assert_uint_eq(w.memory.requests, requests);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	/* A new promise that fails leaves the one that holds. */
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 5), 0);
	blocks = w.memory.blocks;
	w.memory.countdown = 3;
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 500), -ENOMEM);
	w.memory.countdown = 0;
	ck_assert_uint_eq(w.memory.blocks, blocks);
	requests = w.memory.requests;
	for (i = 0; i < 5; i++) {
		r.iova.start = r.iova.last = r.vaddr = 100000 + i;
		require(!vprim_iova_xlate_add(&w.x, &r, NULL));
	}
	ck_assert_uint_eq(w.memory.requests, requests);
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 0), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	/* An end gives back what is in hand. */
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 40), 0);
	end(&w);
}
END_TEST

/* Whichever allocation fails, none of the other is kept. */
START_TEST(an_add_without_memory_keeps_none)
{
	struct vprim_iova_xlate_region r = { { 0, 0 }, 0, 0, 0 };
	struct world w;
	uint64_t nth;

	begin(&w, 5);
	for (nth = 1; nth <= 2; nth++) {
		w.memory.countdown = nth;
		ck_assert_int_eq(vprim_iova_xlate_add(&w.x, &r, NULL), -ENOMEM);
		ck_assert_uint_eq(w.memory.blocks, 0);
	}
	end(&w);
}
END_TEST

/* A success leaves no reason of an earlier call. */
START_TEST(a_success_has_no_reason)
{
	static const struct vprim_rule stale = { 0xfff, 1, "stale", "stale", NULL };
	struct vprim_iova_xlate_region r = { { 0, 9 }, 0, 0, 3 };
	struct vprim_iova_xlate_request q = { 0, 1, 3 };
	struct vprim_iova_xlate_segment s;
	struct vprim_iova_xlate_segments out = { &s, 1, 0 };
	struct vprim_reason why;
	struct world w;
	size_t first[2];

	begin(&w, 6);
#define CLEARS(call) do {						\
	why.rule = &stale;						\
	ck_assert_int_eq(call, 0);					\
	ck_assert_ptr_null(why.rule);					\
} while (0)
	CLEARS(vprim_iova_xlate_add(&w.x, &r, &why));
	CLEARS(vprim_iova_xlate_to_segments(&w.x, &q, &out, &why));
	CLEARS(vprim_iova_xlate_batch(&w.x, &q, 1, &out, first, NULL, &why));
#undef CLEARS
	end(&w);
}
END_TEST

START_TEST(a_zeroed_one_answers_and_takes_nothing)
{
	const struct vprim_range all = { 0, M };
	struct vprim_iova_xlate_region r = { { 0, 0 }, 0, 0, 0 };
	struct vprim_iova_xlate x;
	uint64_t v;
	struct vprim_reason why;

	memset(&x, 0, sizeof(x));
	ck_assert_int_eq(vprim_iova_xlate_add(&x, &r, NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_xlate_reserve(&x, 1), -EINVAL);
	ck_assert_int_eq(vprim_iova_xlate_stab(&x, 0, &r, &v), -ENOENT);
	ck_assert_int_eq(vprim_iova_xlate_first(&x, &all, &r), -ENOENT);
	ck_assert_int_eq(vprim_iova_xlate_reverse(&x, 0, NULL, &v), -ENOENT);
	ck_assert_int_eq(vprim_iova_xlate_remove(&x, &r.iova, NULL), -ENOENT);
	ck_assert_uint_eq(vprim_iova_xlate_count(&x), 0);
	vprim_iova_xlate_clear(&x);
	vprim_iova_xlate_fini(&x);
	ck_assert_int_eq(vprim_iova_xlate_init(&x, 8, &test_alloc_ops, NULL, 0,
					       NULL), -EINVAL);
	ck_assert_int_eq(vprim_iova_xlate_init(&x, 8, &test_alloc_ops, NULL, 2,
					       &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_REASON_OBJECT_SIZE);
	ck_assert_int_eq(vprim_iova_xlate_init(&x, sizeof(x), &test_alloc_ops, NULL,
					       7, &why), -EINVAL);
	ck_assert_uint_eq(vprim_reason_id(&why), VPRIM_IOVA_XLATE_RULE_FLAGS);
	ck_assert(why.has_value && why.value == 6);
	ck_assert_int_eq(vprim_iova_xlate_init(&x, sizeof(x), &test_alloc_ops, NULL, 0,
					       &why), 0);
	ck_assert_ptr_null(why.rule);
	vprim_iova_xlate_fini(&x);
}
END_TEST

START_TEST(what_is_written_is_logged)
{
	uint64_t bits = 0;
	struct vprim_dirty_view log = { { 0x1000, 0x4fff }, { &bits, 4 } };
	struct vprim_iova_xlate_region r = { { 0, 0xffff }, 0x10000, 0, 3 };
	struct vprim_iova_xlate_request q = { 0x1fff, 2, VPRIM_IOVA_XLATE_READ };
	struct vprim_iova_xlate_segment s;
	struct vprim_iova_xlate_segments out = { &s, 1, 0 };
	struct world w;
	size_t first;

	begin(&w, 3);
	ck_assert_int_eq(vprim_iova_xlate_add(&w.x, &r, NULL), 0);
	ck_assert_int_eq(vprim_iova_xlate_log(&w.x, &log, 0x1000), 0);
	log.bitmap.pages = 3;
	ck_assert_int_eq(vprim_iova_xlate_log(&w.x, &log, 0x1000), -EINVAL);
	ck_assert_int_eq(vprim_iova_xlate_log(&w.x, &log, 3), -EINVAL);
	ck_assert_int_eq(vprim_iova_xlate_to_segments(&w.x, &q, &out, NULL), 0);
	ck_assert_uint_eq(vprim_load_le64(&bits), 0);
	q.want = VPRIM_IOVA_XLATE_WRITE;
	out.capacity = 0;
	ck_assert_int_eq(vprim_iova_xlate_to_segments(&w.x, &q, &out, NULL),
			 -EMSGSIZE);
	ck_assert_uint_eq(vprim_load_le64(&bits), 0);
	out.capacity = 1;
	ck_assert_int_eq(vprim_iova_xlate_to_segments(&w.x, &q, &out, NULL), 0);
	ck_assert_uint_eq(vprim_load_le64(&bits), 3);
	ck_assert_int_eq(vprim_iova_xlate_log(&w.x, NULL, 0), 0);
	q.iova = 0x4000;
	ck_assert_int_eq(vprim_iova_xlate_to_segments(&w.x, &q, &out, NULL), 0);
	ck_assert_uint_eq(vprim_load_le64(&bits), 3);
	/* Nobody need ask which one failed. */
	q.iova = 0x10000;
	ck_assert_int_eq(vprim_iova_xlate_batch(&w.x, &q, 1, &out, &first, NULL,
						NULL), -ENOENT);
	end(&w);
}
END_TEST

/* Break one thing at a time; the audit must see each. */
START_TEST(the_audit_sees_what_is_broken)
{
	struct vprim_iova_xlate_region r = { { 5, 9 }, 50, 0, 3 };
	struct vprim_iova_mapping m;
	struct vprim_interval_tree_node *node;
	struct vprim_iova_xlate_region *kept;
	struct vprim_interval_tree_node foreign;
	struct {
		struct vprim_interval_tree_node node;
		struct vprim_iova_xlate_region region;
	} copy;
	struct world w;

	begin(&w, 4);
	ck_assert_int_eq(vprim_iova_xlate_add(&w.x, &r, NULL), 0);
	ck_assert_int_eq(vprim_iova_map_stab(&w.x.map, 5, &m), 0);
	node = (struct vprim_interval_tree_node *)(uintptr_t)m.value;
	kept = (struct vprim_iova_xlate_region *)(node + 1);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	kept->vaddr++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	kept->vaddr--;
	kept->iova.last++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	kept->iova.last--;
	copy.node = *node;
	copy.region = *kept;
	copy.node.tree = NULL;
	ck_assert_int_eq(vprim_iova_map_set_value(&w.x.map, &r.iova,
						  (uintptr_t)&copy), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	ck_assert_int_eq(vprim_iova_map_set_value(&w.x.map, &r.iova, m.value), 0);
	kept->iova.start++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	kept->iova.start--;
	node->range.last++;
	node->subtree_last++;
	ck_assert_int_eq(vprim_interval_tree_audit(&w.x.tree), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	node->range.last--;
	node->subtree_last--;
	kept->rights = 4;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	kept->rights = 3;
	w.x.promised = 1;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.promised = 0;
	w.x.spares = 1;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.spares = 0;
	w.x.tree.count++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.tree.count--;
	w.x.map.count_++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.map.count_--;
	/* What only one of the two audits sees. */
	w.x.map.leaves_++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.map.leaves_--;
	w.x.tree.root->balance = 1;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.tree.root->balance = 0;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	memset(&foreign, 0, sizeof(foreign));
	ck_assert_int_eq(vprim_interval_tree_insert(&w.x.tree, &foreign), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	ck_assert_int_eq(vprim_interval_tree_remove(&w.x.tree, &foreign), 0);
	ck_assert_int_eq(vprim_iova_xlate_reserve(&w.x, 2), 0);
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	w.x.promised--;
	w.x.spares--;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), -EBADMSG);
	w.x.spares++;
	w.x.promised++;
	ck_assert_int_eq(vprim_iova_xlate_audit(&w.x), 0);
	end(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("iova_xlate");
	TCase *tc = tcase_create("iova_xlate");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, it_agrees_with_an_array);
	tcase_add_test(tc, the_whole_space_is_one_region);
	tcase_add_test(tc, a_promise_is_kept);
	tcase_add_test(tc, an_add_without_memory_keeps_none);
	tcase_add_test(tc, a_success_has_no_reason);
	tcase_add_test(tc, a_zeroed_one_answers_and_takes_nothing);
	tcase_add_test(tc, what_is_written_is_logged);
	tcase_add_test(tc, the_audit_sees_what_is_broken);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
