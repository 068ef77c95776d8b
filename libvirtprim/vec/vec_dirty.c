// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of dirty.h: geometry as pure verbs, bits as an object. */
#include "vec_internal.h"
#include <virtprim/dirty.h>

VERB_ASKS(bytes, uint64_t n = 0, vprim_dirty_bytes(U64("pages"), &n), OUT("bytes=u", n))

static int check(struct vprim_vec_call *c)
{
	uint64_t pages = U64("pages"), given = U64("bytes");

	return CHOICE("of") ? vprim_dirty_check_request(pages, given) :
			      vprim_dirty_check(pages, given);
}

VERB_ASKS(pages, uint64_t n, vprim_dirty_pages(RANGE("range"), U64("page"), &n),
	OUT("pages=u", n))

static int iommufd(struct vprim_vec_call *c)
{
	const struct vprim_dirty_iommufd request = {
		.iova = U64("iova"), .length_bytes = U64("length"),
		.page_bytes = U64("page"), .iova_alignment = U64("align"),
		.native_last = U64("native"),
	};
	uint64_t n = 0;
	int ret = vprim_dirty_check_iommufd(&request, &n);

	return ret ? ret : OUT("bytes=u", n);
}

static const struct vprim_vec_verb pure_verbs[] = {
	{ "bytes", "pages:u64", bytes },
	{ "check", "pages:u64 bytes:u64 of=stored|request?", check },
	{ "pages", "range:range page:u64", pages },
	{ "iommufd", "iova:u64 length:u64 page=u64 align=u64?1 native=u64?0xffffffffffffffff", iommufd },
};

static int init(struct vprim_vec_call *c)
{
	struct vprim_dirty_bitmap *b = c->obj;
	uint64_t n;

	if (vprim_dirty_bytes(U64("pages"), &n))
		return -EINVAL;
	b->bits = vprim_vec_keep(c, (size_t)n);
	b->pages = U64("pages");
	return b->bits ? 0 : VPRIM_VEC_SCRIPT;
}

/* The run of pages= of the verb. */
#define RUN (&(struct vprim_dirty_run){ RANGE("pages")->start, RANGE("pages")->last })

VERB(set, vprim_dirty_set(c->obj, RUN))
VERB(clear, vprim_dirty_clear(c->obj, RUN))

VERB(test, OUT("dirty=u", vprim_dirty_test(c->obj, U64("page"))))

VERB(count, OUT("count=u", vprim_dirty_count(c->obj)))

static int runs(struct vprim_vec_call *c)
{
	struct vprim_dirty_run run;
	struct vprim_range r;
	uint64_t at;
	int ret = 0;

	vprim_vec_list_begin(c, "ranges");
	for (at = 0; !ret && vprim_vec_steps(c, 0); at = run.last + 1) {
		if (vprim_dirty_next(c->obj, at, &run))
			break;
		ret = vprim_dirty_range(U64("base"), U64("page"), &run, &r);
		if (!ret)
			vprim_vec_list_range(c, NULL, &r);
	}
	vprim_vec_list_end(c);
	return ret;
}

VERB_ASKS(bits, const struct vprim_dirty_bitmap *b = c->obj; uint64_t n = 0,
	vprim_dirty_bytes(b->pages, &n),
	vprim_vec_out_bytes(c, "bits", b->bits, (size_t)n))

/* The other bitmap that a verb names. */
static const struct vprim_dirty_bitmap *other(struct vprim_vec_call *c,
					      const char *name)
{
	const struct vprim_dirty_bitmap *b =
		vprim_vec_object(c, ARG(name)->str, vprim_vec_module_dirty.kinds);

	if (b && b != c->obj)
		return b;
	vprim_vec_script_error(c, "another bitmap");
	return NULL;
}

static int or_bits(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *from = other(c, "from");

	return from ? vprim_dirty_or(c->obj, U64("at"), from) : VPRIM_VEC_SCRIPT;
}

static int combine(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *from = other(c, "mapping"), *to = c->obj;
	struct vprim_dirty_view request = { *RANGE("request"), *to };
	struct vprim_dirty_view mapping = { *RANGE("at"), from ? *from : *to };

	return from ? vprim_dirty_combine(&request, &mapping, U64("page")) :
		      VPRIM_VEC_SCRIPT;
}

/* -- with other writers; a script is one of them -- */

VERB(shared_set, vprim_dirty_shared_set(c->obj, RUN))

static int shared_or(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *from = other(c, "from");

	return from ? vprim_dirty_shared_or(c->obj, U64("at"), from) :
		      VPRIM_VEC_SCRIPT;
}

static int shared_mark(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *b = c->obj;
	struct vprim_dirty_view view = { *RANGE("at"), *b };

	return vprim_dirty_shared_mark(&view, U64("page"), RANGE("range"));
}

static int shared_take(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *taken = other(c, "into");

	return taken ? vprim_dirty_shared_take(c->obj, RUN, taken) : VPRIM_VEC_SCRIPT;
}

static int convert(struct vprim_vec_call *c)
{
	const struct vprim_dirty_bitmap *from = other(c, "from"), *to = c->obj;
	struct vprim_dirty_view here = { *RANGE("at"), *to };
	struct vprim_dirty_view there = { *RANGE("from_at"), from ? *from : *to };

	return from ? vprim_dirty_convert(&here, U64("page"), &there,
					  U64("from_page")) : VPRIM_VEC_SCRIPT;
}

static const struct vprim_vec_verb bitmap_verbs[] = {
	{ "set", "pages:range", set },
	{ "clear", "pages:range", clear },
	{ "test", "page:u64", test },
	{ "or", "from:word at=u64", or_bits },
	{ "combine", "mapping:word request=range at=range page=u64", combine },
	{ "convert", "from:word from_at=range from_page=u64 at=range page=u64", convert },
	{ "shared_set", "pages:range", shared_set },
	{ "shared_or", "from:word at=u64", shared_or },
	{ "shared_mark", "range:range at=range page=u64", shared_mark },
	{ "shared_take", "pages:range into=word", shared_take },
	{ "count", "", count },
	{ "runs", "base=u64? page=u64?1", runs },
	{ "bits", "", bits },
};

/* A script's bitmap has at most 1048576 pages: a few lines must not fill memory. */
static const struct vprim_vec_kind kinds[] = {
	{ "bitmap", "pages=0..1048576", sizeof(struct vprim_dirty_bitmap), init, NULL, VERBS(bitmap_verbs) },
};

VEC_MODULE(vprim_vec_module_dirty, "dirty", VERBS(pure_verbs), KINDS(kinds));
