// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of dirty.h: geometry as pure verbs, bits as an object. */
#include <virtprim/dirty.h>
#include <virtprim/vec_room.h>

/* Most pages of a script's bitmap: a few lines must not fill the machine. */
#define MOST_PAGES (UINT64_C(1) << 20)

static int put_bytes(struct vprim_vec_call *c, int ret, uint64_t bytes)
{
	if (!ret)
		vprim_vec_out_dec(c, "bytes", bytes);
	return ret;
}

static int bytes(struct vprim_vec_call *c)
{
	uint64_t n = 0;
	int ret = vprim_dirty_bytes(c->arg[0].u64, &n);

	return put_bytes(c, ret, n);
}

static int check(struct vprim_vec_call *c)
{
	uint64_t pages = c->arg[0].u64, given = c->arg[1].u64;

	if (!c->arg[2].present || vprim_vec_is(c->arg[2].str, "stored"))
		return vprim_dirty_check(pages, given);
	if (vprim_vec_is(c->arg[2].str, "request"))
		return vprim_dirty_check_request(pages, given);
	return vprim_vec_script_error(c, "of=stored or of=request");
}

static int pages(struct vprim_vec_call *c)
{
	uint64_t n;
	int ret = vprim_dirty_pages(&c->arg[0].range, c->arg[1].u64, &n);

	if (!ret)
		vprim_vec_out_dec(c, "pages", n);
	return ret;
}

static int iommufd(struct vprim_vec_call *c)
{
	struct vprim_dirty_iommufd request = {
		.iova = c->arg[0].u64,
		.length_bytes = c->arg[1].u64,
		.page_bytes = c->arg[2].u64,
		.iova_alignment = vprim_vec_u64_or(&c->arg[3], 1),
		.native_last = vprim_vec_u64_or(&c->arg[4], UINT64_MAX),
	};
	uint64_t n = 0;
	int ret = vprim_dirty_check_iommufd(&request, &n);

	return put_bytes(c, ret, n);
}

static const struct vprim_vec_verb pure_verbs[] = {
	{ "bytes", "pages:u64", bytes },
	{ "check", "pages:u64 bytes:u64 of=word?", check },
	{ "pages", "range:range page:u64", pages },
	{ "iommufd", "iova:u64 length:u64 page=u64 align=u64? native=u64?",
	  iommufd },
	{ NULL, NULL, NULL },
};

struct bitmap {
	struct vprim_dirty_bitmap map;
	size_t size;
	const struct vprim_alloc_ops *ops;
	void *ctx;
};

static int init(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	uint64_t n;

	if (c->arg[0].u64 > MOST_PAGES)
		return vprim_vec_script_error(c, "no more than 1048576 pages");
	if (vprim_dirty_bytes(c->arg[0].u64, &n))
		return -EINVAL;
	b->ops = vprim_vec_alloc(c, &b->ctx);
	b->size = (size_t)n;
	b->map.bits = b->ops->alloc(b->ctx, b->size);
	if (!b->map.bits)
		return vprim_vec_script_error(c, "more memory");
	memset(b->map.bits, 0, b->size);
	b->map.pages = c->arg[0].u64;
	return 0;
}

static void fini(void *obj)
{
	struct bitmap *b = obj;

	b->ops->free(b->ctx, b->map.bits, b->size);
}

static struct vprim_dirty_run run_of(const struct vprim_vec_arg *arg)
{
	struct vprim_dirty_run run = { arg->range.start, arg->range.last };

	return run;
}

static int set(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	struct vprim_dirty_run run = run_of(&c->arg[0]);

	return vprim_dirty_set(&b->map, &run);
}

static int clear(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	struct vprim_dirty_run run = run_of(&c->arg[0]);

	return vprim_dirty_clear(&b->map, &run);
}

static int test(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;

	vprim_vec_out_dec(c, "dirty", vprim_dirty_test(&b->map, c->arg[0].u64));
	return 0;
}

static int count(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;

	vprim_vec_out_dec(c, "count", vprim_dirty_count(&b->map));
	return 0;
}

static int runs(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	struct vprim_dirty_run run;
	struct vprim_range r;
	uint64_t base = c->arg[0].u64, page, at;
	int ret = 0;

	page = vprim_vec_u64_or(&c->arg[1], 1);
	vprim_vec_list_begin(c, "ranges");
	for (at = 0; !ret && !vprim_dirty_next(&b->map, at, &run);
	     at = run.last + 1) {
		ret = vprim_dirty_range(base, page, &run, &r);
		if (!ret)
			vprim_vec_list_range(c, NULL, &r);
	}
	vprim_vec_list_end(c);
	return ret;
}

static int bits(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;

	vprim_vec_out_bytes(c, "bits", b->map.bits, b->size);
	return 0;
}

static int or_bits(struct vprim_vec_call *c);
static int combine(struct vprim_vec_call *c);

static const struct vprim_vec_verb bitmap_verbs[] = {
	{ "set", "pages:range", set },
	{ "clear", "pages:range", clear },
	{ "test", "page:u64", test },
	{ "or", "from:word at=u64", or_bits },
	{ "combine", "mapping:word request=range at=range page=u64", combine },
	{ "count", "", count },
	{ "runs", "base=u64? page=u64?", runs },
	{ "bits", "", bits },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "bitmap", "pages=u64", sizeof(struct bitmap), init, fini,
	  bitmap_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

static const struct bitmap *other(struct vprim_vec_call *c)
{
	return vprim_vec_object(c, c->arg[0].str, &kinds[0]);
}

static int no_bitmap(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "another bitmap");
}

static int or_bits(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	const struct bitmap *from = other(c);

	if (!from || from == b)
		return no_bitmap(c);
	return vprim_dirty_or(&b->map, c->arg[1].u64, &from->map);
}

static int combine(struct vprim_vec_call *c)
{
	struct bitmap *b = c->obj;
	const struct bitmap *from = other(c);
	struct vprim_dirty_view request, mapping;

	if (!from || from == b)
		return no_bitmap(c);
	request.range = c->arg[1].range;
	request.bitmap = b->map;
	mapping.range = c->arg[2].range;
	mapping.bitmap = from->map;
	return vprim_dirty_combine(&request, &mapping, c->arg[3].u64);
}

const struct vprim_vec_room vprim_vec_room_dirty = {
	.name = "dirty", .verbs = pure_verbs, .kinds = kinds,
};
