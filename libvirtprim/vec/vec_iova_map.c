// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_map.h. */
#include <virtprim/iova_map.h>
#include <virtprim/vec_room.h>

struct state {
	struct vprim_iova_map map;
	struct vprim_vec_failing memory;
};

static struct vprim_iova_map *map_of(struct vprim_vec_call *c)
{
	return &((struct state *)c->obj)->map;
}

static int init(struct vprim_vec_call *c)
{
	struct vprim_iova_map_options options = {
		.values = VPRIM_IOVA_MAP_OPAQUE
	};
	struct state *s = c->obj;

	if (c->arg[1].present) {
		if (vprim_vec_is(c->arg[1].str, "linear"))
			options.values = VPRIM_IOVA_MAP_LINEAR;
		else if (!vprim_vec_is(c->arg[1].str, "opaque"))
			return vprim_vec_script_error(
				c, "values=opaque or values=linear");
	}
	vprim_vec_failing_init(&s->memory, c,
			       vprim_vec_u64_or(&c->arg[0], 0));
	return vprim_iova_map_init(&s->map, sizeof(s->map),
				   &vprim_vec_failing_ops, &s->memory,
				   &options);
}

static void fini(void *obj)
{
	vprim_iova_map_fini(&((struct state *)obj)->map);
}

static int put_hit(struct vprim_vec_call *c, int ret,
		   const struct vprim_iova_mapping *hit)
{
	if (ret == -EEXIST)
		vprim_vec_out_range(c, "hit", &hit->range);
	return ret;
}

static int insert(struct vprim_vec_call *c)
{
	uint64_t value = vprim_vec_u64_or(&c->arg[1], 0);
	struct vprim_iova_mapping hit;
	int ret = vprim_iova_map_insert(map_of(c), &c->arg[0].range, value,
					&hit);

	return put_hit(c, ret, &hit);
}

static int put_mapping(struct vprim_vec_call *c, int ret,
		       const struct vprim_iova_mapping *m)
{
	if (!ret) {
		vprim_vec_out_range(c, "range", &m->range);
		vprim_vec_out_hex(c, "value", m->value);
	}
	return ret;
}

static int find(struct vprim_vec_call *c)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_find(map_of(c), c->arg[0].u64, &m);

	return put_mapping(c, ret, &m);
}

static int first(struct vprim_vec_call *c)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_first(map_of(c), &c->arg[0].range, &m);

	return put_mapping(c, ret, &m);
}

static int next(struct vprim_vec_call *c)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_next(map_of(c), c->arg[0].u64, &m);

	return put_mapping(c, ret, &m);
}

static int prev(struct vprim_vec_call *c)
{
	struct vprim_iova_mapping m;
	int ret = vprim_iova_map_prev(map_of(c), c->arg[0].u64, &m);

	return put_mapping(c, ret, &m);
}

static int remove_exact(struct vprim_vec_call *c)
{
	return vprim_iova_map_remove(map_of(c), &c->arg[0].range, NULL);
}

static int erase(struct vprim_vec_call *c)
{
	uint64_t touched;
	int ret = vprim_iova_map_erase(map_of(c), &c->arg[0].range, &touched);

	if (!ret)
		vprim_vec_out_dec(c, "removed", touched);
	return ret;
}

static int set_value(struct vprim_vec_call *c)
{
	return vprim_iova_map_set_value(map_of(c), &c->arg[0].range,
					c->arg[1].u64);
}

/* The request of gap and place, whose arguments begin alike. */
static int read_want(struct vprim_vec_call *c, struct vprim_hole *want)
{
	int ret = vprim_hole_init(want, c->arg[0].u64);
	bool down = c->arg[3].present && vprim_vec_is(c->arg[3].str, "down");

	if (c->arg[3].present && !down && !vprim_vec_is(c->arg[3].str, "up"))
		return vprim_vec_script_error(c, "dir=up or dir=down");
	if (ret)
		return ret;
	if (down)
		want->from = VPRIM_HOLE_HIGHEST;
	if (c->arg[1].present)
		want->align_bytes = c->arg[1].u64;
	if (c->arg[2].present)
		want->within = c->arg[2].range;
	return 0;
}

static int gap(struct vprim_vec_call *c)
{
	struct vprim_hole want;
	uint64_t start;
	int ret = read_want(c, &want);

	if (!ret)
		ret = vprim_iova_map_gap(map_of(c), &want, &start);
	if (!ret)
		vprim_vec_out_hex(c, "start", start);
	return ret;
}

static int place(struct vprim_vec_call *c)
{
	struct vprim_ranges windows = { NULL, 0 };
	struct vprim_range *list = NULL, range;
	struct vprim_hole want;
	int ret = read_want(c, &want);

	if (!ret && c->arg[4].present)
		ret = vprim_vec_ranges(c, 4, &list, &windows.count);
	if (ret)
		return ret;
	windows.range = list;
	ret = vprim_iova_windows_check(windows, NULL);
	if (!ret)
		ret = vprim_iova_map_place(map_of(c), windows, &want,
					   vprim_vec_u64_or(&c->arg[5], 0),
					   &range, NULL);
	if (!ret)
		vprim_vec_out_range(c, "range", &range);
	return ret;
}

static int count(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "count", vprim_iova_map_count(map_of(c)));
	return 0;
}

static int list(struct vprim_vec_call *c)
{
	struct vprim_range range = { 0, UINT64_MAX };
	struct vprim_iova_map_cursor cursor;
	struct vprim_iova_mapping m;
	int ret;

	if (c->arg[0].present)
		range = c->arg[0].range;
	ret = vprim_iova_map_cursor_init(&cursor, map_of(c), &range);
	if (ret)
		return ret;
	vprim_vec_list_begin(c, "ranges");
	while (vprim_vec_steps(c, 1) && !vprim_iova_map_cursor_next(&cursor, &m))
		vprim_vec_list_range(c, NULL, &m.range);
	vprim_vec_list_end(c);
	return 0;
}

static int check(struct vprim_vec_call *c)
{
	return vprim_iova_map_check(map_of(c));
}

/* Mapping @i of a bulk line; fails when it would leave the space. */
static int rung(const struct vprim_vec_call *c, uint64_t i,
		struct vprim_iova_mapping *m)
{
	uint64_t start, away;

	if (vprim_mul_overflow(i, c->arg[2].u64, &away) ||
	    vprim_add_overflow(c->arg[0].u64, away, &start))
		return -EOVERFLOW;
	m->value = i;
	return vprim_range_from_size(start, c->arg[1].u64, &m->range);
}

static int bulk(struct vprim_vec_call *c)
{
	uint64_t n = c->arg[3].u64, i;
	struct vprim_iova_mapping *m, hit;
	int ret = 0;

	if (!vprim_vec_steps(c, n))
		return VPRIM_VEC_SCRIPT;
	m = vprim_vec_scratch(c, (size_t)n * sizeof(*m));
	if (!m)
		return vprim_vec_script_error(c, "more memory");
	for (i = 0; i < n && !ret; i++)
		ret = rung(c, i, &m[i]);
	if (ret)
		return ret;
	ret = vprim_iova_map_bulk(map_of(c), m, (size_t)n, &hit);
	return put_hit(c, ret, &hit);
}

static int take(struct vprim_vec_call *c)
{
	uint64_t max = vprim_vec_u64_or(&c->arg[1], UINT64_MAX), i;
	struct vprim_iova_mapping m;
	size_t n = 1;
	int ret = 0;

	if (!max || !vprim_range_is_valid(&c->arg[0].range))
		return -EINVAL;
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < max && n && !ret && vprim_vec_steps(c, 1); i++) {
		ret = vprim_iova_map_take(map_of(c), &c->arg[0].range, &m, 1,
					  &n);
		if (!ret && n)
			vprim_vec_list_range(c, NULL, &m.range);
	}
	vprim_vec_list_end(c);
	return ret;
}

static int reserve(struct vprim_vec_call *c)
{
	uint64_t n = c->arg[0].u64;

	return vprim_iova_map_reserve(map_of(c),
				      n > SIZE_MAX ? SIZE_MAX : (size_t)n);
}

static int clear(struct vprim_vec_call *c)
{
	vprim_iova_map_clear(map_of(c));
	return 0;
}

static const struct vprim_vec_verb verbs[] = {
	{ "insert", "range:range value=u64?", insert },
	{ "find", "addr:u64", find },
	{ "first", "range:range", first },
	{ "next", "addr:u64", next },
	{ "prev", "addr:u64", prev },
	{ "remove", "range:range", remove_exact },
	{ "erase", "range:range", erase },
	{ "take", "range:range max=u64?", take },
	{ "set", "range:range value=u64", set_value },
	{ "gap", "size:u64 align=u64? within=range? dir=word?", gap },
	{ "place", "size:u64 align=u64? within=range? dir=word? windows=list? "
	  "value=u64?", place },
	{ "count", "", count },
	{ "list", "range:range?", list },
	{ "check", "", check },
	{ "bulk", "start:u64 size:u64 step:u64 count:u64", bulk },
	{ "reserve", "count:u64", reserve },
	{ "clear", "", clear },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "iova_map", "fail_alloc=u64? values=word?", sizeof(struct state), init,
	  fini, verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_iova_map = {
	.name = "iova_map", .kinds = kinds, .rules = vprim_iova_map_rules,
};
