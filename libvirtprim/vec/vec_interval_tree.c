// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of interval_tree.h. Intervals are items, found by ids of the
 * script's own.
 */
#include "vec_internal.h"
#include <virtprim/hole.h>

struct interval {
	struct item item;	/* at its id */
	struct vprim_interval_tree_node node;
};

struct itree {
	struct vprim_interval_tree tree;
	struct items ids;
};

static uint64_t id_of(const struct vprim_interval_tree_node *n)
{
	return ITEM_ID((const struct interval *)(const void *)((const char *)n -
					offsetof(struct interval, node)));
}

static int init(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;

	vprim_vec_items_init_(c, &t->ids);
	return vprim_interval_tree_init(&t->tree, sizeof(t->tree));
}

static void fini(void *obj)
{
	struct itree *t = obj;

	vprim_vec_items_fini_(&t->ids);
}

static int insert(struct vprim_vec_call *c)
{
	struct interval *i;
	int ret;

	if (vprim_vec_item_(&OBJ(itree)->ids, U64("id")))
		return vprim_vec_script_error(c, "an id that is not in use");
	i = vprim_vec_item_new_(c, sizeof(*i));
	if (!i)
		return VPRIM_VEC_SCRIPT;
	i->node.range = *RANGE("range");
	ret = vprim_interval_tree_insert(&OBJ(itree)->tree, &i->node);
	return vprim_vec_item_put_(&OBJ(itree)->ids, i, U64("id"), ret);
}

static int remove(struct vprim_vec_call *c)
{
	struct interval *i = vprim_vec_item_(&OBJ(itree)->ids, U64("id"));

	if (!i)
		return -ENOENT;
	vprim_interval_tree_remove(&OBJ(itree)->tree, &i->node);
	vprim_vec_item_drop_(&OBJ(itree)->ids, i);
	return 0;
}

static int overlaps(struct vprim_vec_call *c)
{
	const struct vprim_range *range = RANGE("range");
	struct vprim_interval_tree_node *n;

	vprim_vec_list_begin(c, "ids");
	/* A range whose start is above its last has no address to share. */
	n = vprim_interval_tree_first(&OBJ(itree)->tree, range);
	for (; n && vprim_vec_steps(c, 0); n = vprim_interval_tree_next(n, range))
		vprim_vec_list_dec(c, id_of(n));
	return vprim_vec_list_end(c);
}

static int stab(struct vprim_vec_call *c)
{
	const struct vprim_interval_tree_node *n =
		vprim_interval_tree_stab(&OBJ(itree)->tree, U64("addr"));

	return n ? OUT("id=u range=r", id_of(n), n->range.start, n->range.last) : -ENOENT;
}

/* One tree, or another besides, whose spans have the names 0, 1 and 2. */
static int list_spans(struct vprim_vec_call *c,
		      const struct vprim_interval_tree *two,
		      const char *const name[3])
{
	struct vprim_interval_tree_spans s;
	int ret = vprim_interval_tree_spans_init(&s, &OBJ(itree)->tree, two,
						 RANGE("window"));

	if (ret)
		return ret;
	if (HAS("advance"))
		vprim_interval_tree_spans_advance(&s, U64("advance"));
	vprim_vec_list_begin(c, "spans");
	for (; s.kind != VPRIM_INTERVAL_TREE_DONE && vprim_vec_steps(c, 0);
	     vprim_interval_tree_spans_next(&s))
		vprim_vec_list_range(c, name[s.kind], &s.span);
	return vprim_vec_list_end(c);
}

static int spans(struct vprim_vec_call *c)
{
	static const char *const name[3] = { "hole:", "used:", "used:" };

	return list_spans(c, NULL, name);
}

static int double_spans(struct vprim_vec_call *c)
{
	static const char *const name[3] = { "0:", "1:", "2:" };
	struct vprim_interval_tree *two = vprim_vec_itree_(c, ARG("with")->str);

	if (!two)
		return vprim_vec_script_error(c, "an itree after with=");
	return list_spans(c, two, name);
}

static int hole(struct vprim_vec_call *c)
{
	struct vprim_hole_blocked set = vprim_interval_tree_blocked(&OBJ(itree)->tree);
	const struct vprim_hole_space space = { .blocked = &set, .nr_blocked = 1 };
	struct vprim_hole want;
	struct vprim_range r;
	int ret = vprim_hole_init(&want, U64("size"));

	if (ret)
		return ret;
	want.within = *RANGE("within");
	want.from = CHOICE("dir");
	ret = vprim_hole_first(&space, &want, &r);
	return ret ? ret : OUT("range=r", r.start, r.last);
}

VERB(count, OUT("count=u", OBJ(itree)->tree.count))

VERB(check, vprim_interval_tree_audit(&OBJ(itree)->tree))

static const struct vprim_vec_verb itree_verbs[] = {
	{ "insert", "range:range id=u64", insert },
	{ "remove", "id=u64", remove },
	{ "overlaps", "range:range", overlaps },
	{ "stab", "addr:u64", stab },
	{ "spans", "window:range advance=u64?", spans },
	{ "double_spans", "window:range with=word advance=u64?", double_spans },
	{ "hole", "within:range size=u64 dir=up|down?", hole },
	{ "count", "", count },
	{ "check", "", check },
};

static const struct vprim_vec_kind kinds[] = {
	{ "itree", "", sizeof(struct itree), init, fini, VERBS(itree_verbs) },
};

struct vprim_interval_tree *vprim_vec_itree_(struct vprim_vec_call *c,
					     struct vprim_vec_str name)
{
	struct itree *t = vprim_vec_object(c, name, &kinds[0]);

	return t ? &t->tree : NULL;
}

VEC_MODULE(vprim_vec_module_interval_tree, "itree", KINDS(kinds));
