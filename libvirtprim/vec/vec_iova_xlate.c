// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of iova_xlate.h. */
#include "vec_internal.h"
#include <virtprim/iova_xlate.h>

struct state {
	struct vprim_iova_xlate x;	/* first: a call of it takes the object */
	struct vprim_vec_failing memory;
	struct vprim_dirty_view log;
};

static int init(struct vprim_vec_call *c)
{
	vprim_vec_failing_init(&OBJ(state)->memory, c, U64("fail_alloc"));
	return vprim_iova_xlate_init(c->obj, sizeof(OBJ(state)->x),
		&vprim_vec_failing_ops, &OBJ(state)->memory,
		IS("alias") ? 0 : VPRIM_IOVA_XLATE_NO_ALIASES, &c->why);
}

static void fini(void *obj)
{
	vprim_iova_xlate_fini(obj);
}

static int add(struct vprim_vec_call *c)
{
	struct vprim_iova_xlate_region region = {
		.vaddr = U64("vaddr"), .rights = CHOICE("prot"),
		.token = U64("token"),
	};
	int ret = vprim_range_from_size(U64("iova"), U64("size"), &region.iova);

	return ret ? ret : vprim_iova_xlate_add(c->obj, &region, &c->why);
}

static int remove_exact(struct vprim_vec_call *c)
{
	struct vprim_iova_xlate_region region;
	struct vprim_range r;
	int ret = vprim_range_from_size(U64("iova"), U64("size"), &r);

	if (!ret)
		ret = vprim_iova_xlate_remove(c->obj, &r, &region);
	return ret ? ret : OUT("token=u", region.token);
}

static int put_region(struct vprim_vec_call *c, uint64_t vaddr,
		      const struct vprim_iova_xlate_region *region)
{
	return OUT("range=r vaddr=x prot=none|r|w|rw token=u",
		   region->iova.start, region->iova.last, vaddr, region->rights, region->token);
}

VERB_ASKS(find, struct vprim_iova_xlate_region region; uint64_t vaddr,
	vprim_iova_xlate_stab(c->obj, U64("iova"), &region, &vaddr),
	put_region(c, vaddr, &region))

VERB_ASKS(first, struct vprim_iova_xlate_region region,
	vprim_iova_xlate_first(c->obj, RANGE("range"), &region),
	put_region(c, region.vaddr, &region))

static int reverse(struct vprim_vec_call *c)
{
	uint64_t after = U64("after"), iova;
	int ret = vprim_iova_xlate_reverse(c->obj, U64("vaddr"),
					   HAS("after") ? &after : NULL, &iova);

	return ret ? ret : OUT("iova=x", iova);
}

static int put_segments(struct vprim_vec_call *c,
			const struct vprim_iova_xlate_segments *segments)
{
	size_t i;

	OUT("count=u", segments->count);
	vprim_vec_list_begin(c, "list");
	for (i = 0; i < segments->count; i++) {
		vprim_vec_list_word(c, "");
		vprim_vec_list_more_(c, "", segments->segment[i].vaddr, 16);
		vprim_vec_list_more_(c, "+", segments->segment[i].len_bytes, 16);
	}
	return vprim_vec_list_end(c);
}

static int put_answer(struct vprim_vec_call *c, int ret,
		      const struct vprim_iova_xlate_segments *segments)
{
	if (!ret)
		return put_segments(c, segments);
	if (ret == -EMSGSIZE)
		OUT("count=u", segments->count);
	else if (c->why.has_at)
		OUT("at=x", c->why.at);
	return ret;
}

/* An array as large as the line says. */
static int make_array(struct vprim_vec_call *c,
		      struct vprim_iova_xlate_segments *segments)
{
	segments->capacity = (size_t)U64("max");
	segments->count = 0;
	segments->segment = vprim_vec_scratch(c, (segments->capacity + 1) *
						 sizeof(*segments->segment));
	return segments->segment ? 0 : VPRIM_VEC_SCRIPT;
}

static int segments(struct vprim_vec_call *c)
{
	struct vprim_iova_xlate_request request = {
		U64("iova"), U64("len"), CHOICE("want")
	};
	struct vprim_iova_xlate_segments out;
	int ret = make_array(c, &out);

	if (ret)
		return ret;
	ret = vprim_iova_xlate_to_segments(c->obj, &request, &out, &c->why);
	return put_answer(c, ret, &out);
}

static int batch(struct vprim_vec_call *c)
{
	const struct vprim_vec_arg *pairs = ARG("requests");
	struct vprim_iova_xlate_request *requests;
	struct vprim_iova_xlate_segments out;
	size_t *begins, failed = 0, i;
	int ret = make_array(c, &out);

	requests = vprim_vec_scratch(c, (pairs->n + 1) * sizeof(*requests));
	begins = vprim_vec_scratch(c, (pairs->n + 1) * sizeof(*begins));
	if (ret || !requests || !begins)
		return VPRIM_VEC_SCRIPT;
	for (i = 0; i < pairs->n; i++)
		requests[i] = (struct vprim_iova_xlate_request){
			pairs->pairs[i].a, pairs->pairs[i].b, CHOICE("want")
		};
	ret = vprim_iova_xlate_batch(c->obj, requests, pairs->n, &out, begins,
				     &failed, &c->why);
	if (ret && ret != -EMSGSIZE)
		OUT("failed=u", failed);
	if (!ret) {
		vprim_vec_list_begin(c, "first");
		for (i = 0; i < pairs->n; i++)
			vprim_vec_list_dec(c, begins[i]);
		vprim_vec_list_end(c);
	}
	return put_answer(c, ret, &out);
}

VERB(reserve, vprim_iova_xlate_reserve(c->obj, SIZE("count")))

VERB(count, OUT("count=u", vprim_iova_xlate_count(c->obj)))

VERB_DOES(clear, vprim_iova_xlate_clear(c->obj))

VERB(check, vprim_iova_xlate_audit(c->obj))

/* A script's log has at most 65536 pages. */
static int log_writes(struct vprim_vec_call *c)
{
	struct vprim_dirty_view view = { *RANGE("range"), { NULL, 0 } };
	uint64_t n = 0;
	int ret = vprim_dirty_pages(&view.range, U64("page"), &view.bitmap.pages);

	if (ret || view.bitmap.pages > 65536)
		return -EINVAL;
	ret = vprim_dirty_bytes(view.bitmap.pages, &n);
	view.bitmap.bits = ret ? NULL : vprim_vec_keep(c, (size_t)n);
	if (!view.bitmap.bits)
		return VPRIM_VEC_SCRIPT;
	ret = vprim_iova_xlate_log(c->obj, &view, U64("page"));
	if (!ret)
		OBJ(state)->log = view;
	return ret;
}

VERB(dirty, OUT("count=u", vprim_dirty_count(&OBJ(state)->log.bitmap)))

#define PROT "none|r|w|rw"
#define WANT "want=" PROT "? max=0..65536?64"

static const struct vprim_vec_verb verbs[] = {
	{ "add", "iova:u64 vaddr:u64 size:u64 prot=" PROT "?rw token=u64?", add },
	{ "remove", "iova:u64 size:u64", remove_exact },
	{ "find", "iova:u64", find },
	{ "first", "range:range", first },
	{ "reverse", "vaddr:u64 after=u64?", reverse },
	{ "segments", "iova:u64 len:u64 " WANT, segments },
	{ "batch", "requests:pairs " WANT, batch },
	{ "reserve", "count:u64", reserve },
	{ "count", "", count },
	{ "clear", "", clear },
	{ "log", "range:range page=u64", log_writes },
	{ "dirty", "", dirty },
	{ "check", "", check },
};

static const struct vprim_vec_kind kinds[] = {
	{ "iova_xlate", "alias=bit?1 fail_alloc=u64?", sizeof(struct state), init, fini, VERBS(verbs) },
};

VEC_MODULE(vprim_vec_module_iova_xlate, "iova_xlate", KINDS(kinds),
     .rules = &vprim_iova_xlate_rules);
