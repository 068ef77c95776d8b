// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_map.h. */
#include "vec_internal.h"
#include <virtprim/iova_map.h>

struct state {
	struct vprim_iova_map map;	/* first: a call of the map takes the object */
	struct vprim_vec_failing memory;
};

static int init(struct vprim_vec_call *c)
{
	struct vprim_iova_map_options options = {
		.values = CHOICE("values") ? VPRIM_IOVA_MAP_LINEAR :
					     VPRIM_IOVA_MAP_OPAQUE
	};

	vprim_vec_failing_init(&OBJ(state)->memory, c, U64("fail_alloc"));
	return vprim_iova_map_init(&OBJ(state)->map, sizeof(OBJ(state)->map),
				   &vprim_vec_failing_ops, &OBJ(state)->memory,
				   &options, &c->why);
}

static void fini(void *obj)
{
	vprim_iova_map_fini(obj);
}

static int put_hit(struct vprim_vec_call *c, int ret,
		   const struct vprim_iova_mapping *hit)
{
	if (ret == -EEXIST)
		OUT("hit=r", hit->range.start, hit->range.last);
	return ret;
}

static int insert(struct vprim_vec_call *c)
{
	struct vprim_iova_mapping hit;
	int ret = vprim_iova_map_insert(c->obj, RANGE("range"), U64("value"), &hit);

	return put_hit(c, ret, &hit);
}

static int put_mapping(struct vprim_vec_call *c, const struct vprim_iova_mapping *m)
{
	return OUT("range=r value=x", m->range.start, m->range.last, m->value);
}

VERB_ASKS(find, struct vprim_iova_mapping m,
	vprim_iova_map_stab(c->obj, U64("addr"), &m), put_mapping(c, &m))

VERB_ASKS(first, struct vprim_iova_mapping m,
	vprim_iova_map_first(c->obj, RANGE("range"), &m), put_mapping(c, &m))

VERB_ASKS(next, struct vprim_iova_mapping m,
	vprim_iova_map_next(c->obj, U64("addr"), &m), put_mapping(c, &m))

VERB_ASKS(prev, struct vprim_iova_mapping m,
	vprim_iova_map_prev(c->obj, U64("addr"), &m), put_mapping(c, &m))

VERB(remove_exact, vprim_iova_map_remove(c->obj, RANGE("range"), NULL))

VERB_ASKS(erase, uint64_t touched,
	vprim_iova_map_erase(c->obj, RANGE("range"), &touched),
	OUT("removed=u", touched))

VERB(set_value, vprim_iova_map_set_value(c->obj, RANGE("range"), U64("value")))

/* The request of gap and place. */
static int read_want(struct vprim_vec_call *c, struct vprim_hole *want)
{
	int ret = vprim_hole_init(want, U64("size"));

	if (ret)
		return ret;
	want->from = CHOICE("dir");
	want->align_bytes = U64_OR("align", want->align_bytes);
	want->within = *RANGE("within");
	return 0;
}

static int gap(struct vprim_vec_call *c)
{
	struct vprim_hole want;
	uint64_t start;
	int ret = read_want(c, &want);

	if (!ret)
		ret = vprim_iova_map_gap(c->obj, &want, &start);
	return ret ? ret : OUT("start=x", start);
}

static int place(struct vprim_vec_call *c)
{
	struct vprim_ranges windows = RANGES("windows");
	struct vprim_range range;
	struct vprim_hole want;
	int ret = read_want(c, &want);

	if (!ret)
		ret = vprim_iova_windows_check(windows, NULL);
	if (!ret)
		ret = vprim_iova_map_place(c->obj, windows, &want, U64("value"),
					   &range, NULL);
	return ret ? ret : OUT("range=r", range.start, range.last);
}

VERB(count, OUT("count=u", vprim_iova_map_count(c->obj)))

static int list(struct vprim_vec_call *c)
{
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_cursor_init(&cursor, c->obj, RANGE("range"));

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "ranges");
	while (vprim_vec_steps(c, 0) && !vprim_iova_map_cursor_next(&cursor, &m))
		vprim_vec_list_range(c, NULL, &m.range);
	return vprim_vec_list_end(c);
}

VERB(check, vprim_iova_map_audit(c->obj))

/* Mapping @i of a bulk line; fails when it would leave the space. */
static int rung(uint64_t start, uint64_t size, uint64_t step, uint64_t i,
		struct vprim_iova_mapping *m)
{
	uint64_t away;

	if (vprim_mul_overflow(i, step, &away) ||
	    vprim_add_overflow(start, away, &start))
		return -EOVERFLOW;
	m->value = i;
	return vprim_range_from_size(start, size, &m->range);
}

static int bulk(struct vprim_vec_call *c)
{
	uint64_t start = U64("start"), size = U64("size"), step = U64("step");
	uint64_t n = U64("count"), i;
	struct vprim_iova_mapping *m, hit;
	int ret = 0;

	if (!vprim_vec_steps(c, n))
		return VPRIM_VEC_SCRIPT;
	m = vprim_vec_scratch(c, (size_t)n * sizeof(*m));
	if (!m)
		return VPRIM_VEC_SCRIPT;
	for (i = 0; i < n && !ret; i++)
		ret = rung(start, size, step, i, &m[i]);
	if (ret)
		return ret;
	ret = vprim_iova_map_bulk(c->obj, m, (size_t)n, &hit);
	return put_hit(c, ret, &hit);
}

static int take(struct vprim_vec_call *c)
{
	const struct vprim_range *range = RANGE("range");
	uint64_t max = U64("max"), i;
	struct vprim_iova_mapping m;
	size_t n = 1;
	int ret = 0;

	if (!max || !vprim_range_is_valid(range))
		return -EINVAL;
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < max && n && !ret && vprim_vec_steps(c, 1); i++) {
		ret = vprim_iova_map_take(c->obj, range, &m, 1, &n);
		if (!ret && n)
			vprim_vec_list_range(c, NULL, &m.range);
	}
	vprim_vec_list_end(c);
	return ret;
}

VERB(reserve, HAS("nodes") ?
	vprim_iova_map_reserve_some(c->obj, SIZE("count"), SIZE("nodes")) :
	vprim_iova_map_reserve(c->obj, SIZE("count")))

VERB_DOES(clear, vprim_iova_map_clear(c->obj))

#define WANT "size:u64 align=u64? within=range?0..0xffffffffffffffff dir=up|down?"

static const struct vprim_vec_verb verbs[] = {
	{ "insert", "range:range value=u64?", insert },
	{ "find", "addr:u64", find },
	{ "first", "range:range", first },
	{ "next", "addr:u64", next },
	{ "prev", "addr:u64", prev },
	{ "remove", "range:range", remove_exact },
	{ "erase", "range:range", erase },
	{ "take", "range:range max=u64?0xffffffffffffffff", take },
	{ "set", "range:range value=u64", set_value },
	{ "gap", WANT, gap },
	{ "place", WANT " windows=list? value=u64?", place },
	{ "count", "", count },
	{ "list", "range:range?0..0xffffffffffffffff", list },
	{ "check", "", check },
	{ "bulk", "start:u64 size:u64 step:u64 count:u64", bulk },
	{ "reserve", "count:u64 nodes=u64?", reserve },
	{ "clear", "", clear },
};

static const struct vprim_vec_kind kinds[] = {
	{ "iova_map", "fail_alloc=u64? values=opaque|linear?", sizeof(struct state), init, fini, VERBS(verbs) },
};

VEC_MODULE(vprim_vec_module_iova_map, "iova_map", KINDS(kinds),
     .rules = &vprim_iova_map_rules);
