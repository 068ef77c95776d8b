// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of interval_tree.h. Intervals have ids of the script's own; a
 * second tree, of one-address intervals, finds an id again.
 */
#include "vec_internal.h"
#include <virtprim/interval_tree.h>

struct interval {
	struct vprim_interval_tree_node node;
	struct vprim_interval_tree_node by_id;
};

struct itree {
	struct vprim_interval_tree tree;
	struct vprim_interval_tree ids;
	const struct vprim_alloc_ops *ops;
	void *ctx;
};

static struct interval *of_node(struct vprim_interval_tree_node *n)
{
	return (struct interval *)(void *)((char *)n -
					   offsetof(struct interval, node));
}

static struct interval *of_id(struct vprim_interval_tree_node *n)
{
	return (struct interval *)(void *)((char *)n -
					   offsetof(struct interval, by_id));
}

static int init(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	int ret = vprim_interval_tree_init(&t->tree, sizeof(t->tree));

	t->ops = vprim_vec_alloc(c, &t->ctx);
	return ret ? ret : vprim_interval_tree_init(&t->ids, sizeof(t->ids));
}

static void drop(struct itree *t, struct interval *i)
{
	vprim_interval_tree_remove(&t->tree, &i->node);
	vprim_interval_tree_remove(&t->ids, &i->by_id);
	t->ops->free(t->ctx, i, sizeof(*i));
}

static void fini(void *obj)
{
	static const struct vprim_range all = { 0, UINT64_MAX };
	struct itree *t = obj;
	struct vprim_interval_tree_node *n;

	while ((n = vprim_interval_tree_first(&t->tree, &all)))
		drop(t, of_node(n));
}

static int insert(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	uint64_t id = c->arg[1].u64;
	struct interval *i;
	int ret;

	if (vprim_interval_tree_stab(&t->ids, id))
		return vprim_vec_script_error(c, "an id that is not in use");
	i = t->ops->alloc(t->ctx, sizeof(*i));
	if (!i)
		return vprim_vec_script_error(c, "more memory");
	memset(i, 0, sizeof(*i));
	i->node.range = c->arg[0].range;
	i->by_id.range.start = id;
	i->by_id.range.last = id;
	ret = vprim_interval_tree_insert(&t->tree, &i->node);
	if (!ret)
		ret = vprim_interval_tree_insert(&t->ids, &i->by_id);
	if (ret)
		t->ops->free(t->ctx, i, sizeof(*i));
	return ret;
}

static int remove(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	struct vprim_interval_tree_node *n;

	n = vprim_interval_tree_stab(&t->ids, c->arg[0].u64);
	if (!n)
		return -ENOENT;
	drop(t, of_id(n));
	return 0;
}

static int overlaps(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	struct vprim_interval_tree_iter iter;
	struct vprim_interval_tree_node *n = NULL;

	vprim_vec_list_begin(c, "ids");
	/* A range whose start is above its last has no address to share. */
	if (!vprim_interval_tree_iter_init(&iter, &t->tree, &c->arg[0].range))
		n = vprim_interval_tree_iter_next(&iter);
	for (; n; n = vprim_interval_tree_iter_next(&iter))
		vprim_vec_list_dec(c, of_node(n)->by_id.range.start);
	vprim_vec_list_end(c);
	return 0;
}

static int stab(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	struct vprim_interval_tree_node *n;

	n = vprim_interval_tree_stab(&t->tree, c->arg[0].u64);
	if (!n)
		return -ENOENT;
	vprim_vec_out_dec(c, "id", of_node(n)->by_id.range.start);
	vprim_vec_out_range(c, "range", &n->range);
	return 0;
}

static int spans(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	struct vprim_interval_tree_spans s;
	int ret = vprim_interval_tree_spans_init(&s, &t->tree,
						 &c->arg[0].range);

	if (ret)
		return ret;
	if (c->arg[1].present)
		vprim_interval_tree_spans_advance(&s, c->arg[1].u64);
	vprim_vec_list_begin(c, "spans");
	for (; s.kind != VPRIM_INTERVAL_TREE_DONE;
	     vprim_interval_tree_spans_next(&s))
		vprim_vec_list_range(c, s.kind ? "used:" : "hole:", &s.span);
	vprim_vec_list_end(c);
	return 0;
}

static int double_spans(struct vprim_vec_call *c)
{
	static const char *const tags[] = { "0:", "1:", "2:" };
	struct itree *t = c->obj;
	struct vprim_interval_tree *two = vprim_vec_itree_(c, c->arg[1].str);
	struct vprim_interval_tree_double_spans s;
	int ret;

	if (!two)
		return vprim_vec_script_error(c, "an itree after with=");
	ret = vprim_interval_tree_double_spans_init(&s, &t->tree, two,
						    &c->arg[0].range);
	if (ret)
		return ret;
	if (c->arg[2].present)
		vprim_interval_tree_double_spans_advance(&s, c->arg[2].u64);
	vprim_vec_list_begin(c, "spans");
	for (; s.kind != VPRIM_INTERVAL_TREE_DONE;
	     vprim_interval_tree_double_spans_next(&s))
		vprim_vec_list_range(c, tags[s.kind], &s.span);
	vprim_vec_list_end(c);
	return 0;
}

static int hole(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;
	struct vprim_hole want;
	struct vprim_range r;
	bool down = c->arg[2].present && vprim_vec_is(c->arg[2].str, "down");
	int ret;

	if (c->arg[2].present && !down && !vprim_vec_is(c->arg[2].str, "up"))
		return vprim_vec_script_error(c, "dir=up or dir=down");
	ret = vprim_hole_init(&want, c->arg[1].u64);
	if (ret)
		return ret;
	want.within = c->arg[0].range;
	if (down)
		want.from = VPRIM_HOLE_HIGHEST;
	ret = vprim_interval_tree_hole(&t->tree, &want, &r);
	if (!ret)
		vprim_vec_out_range(c, "range", &r);
	return ret;
}

static int count(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;

	vprim_vec_out_dec(c, "count", t->tree.count);
	return 0;
}

static int check(struct vprim_vec_call *c)
{
	struct itree *t = c->obj;

	return vprim_interval_tree_check(&t->tree);
}

static const struct vprim_vec_verb itree_verbs[] = {
	{ "insert", "range:range id=u64", insert },
	{ "remove", "id=u64", remove },
	{ "overlaps", "range:range", overlaps },
	{ "stab", "addr:u64", stab },
	{ "spans", "window:range advance=u64?", spans },
	{ "double_spans", "window:range with=word advance=u64?", double_spans },
	{ "hole", "within:range size=u64 dir=word?", hole },
	{ "count", "", count },
	{ "check", "", check },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "itree", "", sizeof(struct itree), init, fini, itree_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

struct vprim_interval_tree *vprim_vec_itree_(struct vprim_vec_call *c,
					     struct vprim_vec_str name)
{
	struct itree *t = vprim_vec_object(c, name, &kinds[0]);

	return t ? &t->tree : NULL;
}

const struct vprim_vec_room vprim_vec_room_interval_tree = {
	.name = "itree", .kinds = kinds,
};
