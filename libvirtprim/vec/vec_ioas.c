// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of ioas.h.
 *
 * The script plays the outside: what filling answers, and whether an access lets
 * go when it is told.
 */
#include "vec_internal.h"
#include <virtprim/ioas.h>

struct space;

struct hold {
	struct vprim_ioas_hold h;
	struct hold *next;
	uint64_t id;
	struct access *access;
	struct vprim_range range;
};

struct access {
	struct vprim_ioas_access a;
	struct access *next;
	uint64_t id;
	struct space *space;
	bool deaf;		/* does not let go */
	uint64_t told;
};

struct domain {
	struct vprim_ioas_domain d;
	struct domain *next;
	uint64_t id;
	size_t nr;
	struct vprim_iova_windows_reserved reserved[];
};

struct space {
	struct vprim_ioas a;
	struct vprim_vec_failing memory;
	struct hold *holds;
	struct access *accesses;
	struct domain *domains;
	int fill_answer;
	bool fails;		/* memory is its own, and once too little */
};

static int fill_op(void *ctx, const struct vprim_ioas_mapping *area)
{
	struct space *s = ctx;

	(void)area;
	return s->fill_answer;
}

static const struct vprim_ioas_ops ops = { .fill = fill_op };

/* An obedient access lets go of every hold that reaches into the range. */
static void unmap_op(void *ctx, const struct vprim_range *range)
{
	struct access *access = ctx;
	struct space *s = access->space;
	struct hold **link = &s->holds, *hold;

	access->told++;
	while ((hold = *link) && !access->deaf) {
		if (hold->access == access &&
		    vprim_range_overlaps(&hold->range, range) &&
		    !vprim_ioas_unhold(&hold->h, NULL)) {
			*link = hold->next;
			vprim_vec_failing_give(&s->memory, hold, sizeof(*hold));
		} else {
			link = &hold->next;
		}
	}
}

static int init(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_ioas_config config;
	uint64_t bits = vprim_vec_u64_or(&c->arg[3], 64);

	if (bits < 1 || bits > 64)
		return vprim_vec_script_error(c, "bits=1 to 64");
	vprim_vec_failing_init(&s->memory, c, c->arg[6].u64);
	s->fails = c->arg[6].u64;
	vprim_ioas_config_init(&config);
	config.iova_alignment = vprim_vec_u64_or(&c->arg[0], 1);
	config.page_bytes = vprim_vec_u64_or(&c->arg[1], 4096);
	config.huge_bytes = vprim_vec_u64_or(&c->arg[2], (uint64_t)1 << 21);
	config.native_last = UINT64_MAX >> (64 - bits);
	if (c->arg[4].u64)
		config.behaviour |= VPRIM_IOAS_UPTR_FIRST;
	if (c->arg[5].u64)
		config.behaviour |= VPRIM_IOAS_COMPAT_ENOENT;
	config.alloc = s->fails ? &vprim_vec_failing_ops : s->memory.ops;
	config.alloc_ctx = s->fails ? &s->memory : s->memory.ctx;
	config.ops = &ops;
	config.ops_ctx = s;
	return vprim_ioas_init(&s->a, sizeof(s->a), &config);
}

static void drop_domain(struct space *s, struct domain *d)
{
	vprim_vec_failing_give(&s->memory, d,
			       sizeof(*d) + d->nr * sizeof(d->reserved[0]));
}

static void fini(void *obj)
{
	struct space *s = obj;
	struct access *access;
	struct domain *domain;
	struct hold *hold;

	vprim_ioas_fini(&s->a);
	while ((hold = s->holds)) {
		s->holds = hold->next;
		vprim_vec_failing_give(&s->memory, hold, sizeof(*hold));
	}
	while ((access = s->accesses)) {
		s->accesses = access->next;
		vprim_vec_failing_give(&s->memory, access, sizeof(*access));
	}
	while ((domain = s->domains)) {
		s->domains = domain->next;
		drop_domain(s, domain);
	}
}

static const struct {
	const char *name;
	uint32_t bits;
} prot_words[] = {
	{ "none", 0 },
	{ "r", VPRIM_IOAS_READABLE },
	{ "w", VPRIM_IOAS_WRITEABLE },
	{ "rw", VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE },
};

static int bad_prot(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "prot=rw, r, w, none or a number");
}

/* A protection by name, or flag bits as they are. */
static int read_prot(struct vprim_vec_call *c, unsigned int i, uint32_t *flags)
{
	uint64_t bits;
	size_t k;

	*flags = VPRIM_IOAS_READABLE | VPRIM_IOAS_WRITEABLE;
	if (!c->arg[i].present)
		return 0;
	for (k = 0; k < VPRIM_ARRAY_LEN(prot_words); k++)
		if (vprim_vec_is(c->arg[i].str, prot_words[k].name)) {
			*flags = prot_words[k].bits;
			return 0;
		}
	if (!vprim_vec_u64(c->arg[i].str, &bits) || bits > UINT32_MAX)
		return bad_prot(c);
	*flags = (uint32_t)bits;
	return 0;
}

static int read_kind(struct vprim_vec_call *c, unsigned int i,
		     enum vprim_ioas_kind *kind)
{
	struct vprim_vec_str word = c->arg[i].str;

	*kind = VPRIM_IOAS_USER;
	if (!c->arg[i].present || vprim_vec_is(word, "user"))
		return 0;
	if (vprim_vec_is(word, "file"))
		*kind = VPRIM_IOAS_FILE;
	else if (vprim_vec_is(word, "dmabuf"))
		*kind = VPRIM_IOAS_DMABUF;
	else
		return vprim_vec_script_error(c, "kind=user, file or dmabuf");
	return 0;
}

/* begin=1: the first half alone. The IOVA is an answer where it was chosen. */
static int run_map(struct vprim_vec_call *c, unsigned int i,
		   const struct vprim_ioas_map_args *args)
{
	struct vprim_reason why = { .rule = NULL };
	struct space *s = c->obj;
	struct vprim_ioas *ioas = s ? &s->a : NULL;
	struct vprim_range range;
	uint64_t iova = 0;
	int answer, ret = vprim_vec_backend_(c, i, "fill=fault or fill=nomem", &answer);

	if (ret)
		return ret;
	if (s)
		s->fill_answer = answer;
	if (c->arg[i + 1].u64) {
		ret = vprim_ioas_map_begin(ioas, args, &range, &why);
		iova = ret ? 0 : range.start;
	} else {
		ret = vprim_ioas_map(ioas, args, &iova, &why);
	}
	if (s)
		s->fill_answer = 0;
	if (!ret && !(args->flags & VPRIM_IOAS_FIXED_IOVA))
		vprim_vec_out_hex(c, "iova", iova);
	return vprim_vec_refused_(c, ret, &why);
}

static int map(struct vprim_vec_call *c)
{
	struct vprim_ioas_map_args args;
	int ret = read_prot(c, 3, &args.flags);

	if (!ret)
		ret = read_kind(c, 4, &args.kind);
	if (ret)
		return ret;
	args.flags |= VPRIM_IOAS_FIXED_IOVA;
	args.iova = c->arg[0].u64;
	args.length_bytes = c->arg[1].u64;
	args.uptr = c->arg[2].u64;
	args.reserved = (uint32_t)c->arg[5].u64;
	return run_map(c, 6, &args);
}

static int alloc(struct vprim_vec_call *c)
{
	struct vprim_ioas_map_args args;
	int ret = read_prot(c, 2, &args.flags);

	if (!ret)
		ret = read_kind(c, 3, &args.kind);
	if (ret)
		return ret;
	args.length_bytes = c->arg[0].u64;
	args.uptr = c->arg[1].u64;
	args.iova = c->arg[4].u64;
	args.reserved = (uint32_t)c->arg[5].u64;
	return run_map(c, 6, &args);
}

extern const struct vprim_vec_room vprim_vec_room_ioas;

static struct vprim_ioas *space_named(struct vprim_vec_call *c,
				      struct vprim_vec_str name)
{
	struct space *s = vprim_vec_object(c, name,
					   &vprim_vec_room_ioas.kinds[0]);

	return s ? &s->a : NULL;
}

static int bad_copy(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c,
		"DST as an iova, auto or an ioas, to=IOAS and dst_iova=X once");
}

/*
 * The destination: DST is an IOVA, "auto" for one to be found, or the name of an
 * IOAS; to=NAME names the IOAS and dst_iova=X the IOVA where DST did not.
 */
static int read_destination(struct vprim_vec_call *c, struct vprim_ioas **dst,
			    struct vprim_ioas_copy_args *args)
{
	struct space *s = c->obj;
	bool fixed = vprim_vec_u64(c->arg[0].str, &args->dst_iova);
	bool automatic = vprim_vec_is(c->arg[0].str, "auto");
	bool named = !fixed && !automatic;

	*dst = &s->a;
	if (named)
		*dst = space_named(c, c->arg[0].str);
	if (c->arg[3].present) {
		if (named && *dst != space_named(c, c->arg[3].str))
			return bad_copy(c);
		*dst = space_named(c, c->arg[3].str);
	}
	if (!*dst || (c->arg[5].present && fixed &&
		      args->dst_iova != c->arg[5].u64))
		return bad_copy(c);
	/* Shared pages may outlive this object, and with it its allocator. */
	if (s->fails && *dst != &s->a)
		return vprim_vec_script_error(c,
				"a source without fail_alloc, or to itself");
	if (c->arg[5].present)
		args->dst_iova = c->arg[5].u64;
	if (fixed || (c->arg[5].present && !automatic))
		args->flags |= VPRIM_IOAS_FIXED_IOVA;
	return 0;
}

static int copy(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_copy_args args = { 0, c->arg[2].u64, 0,
					     c->arg[1].u64 };
	struct vprim_ioas *dst;
	struct vprim_range range = { 0, 0 };
	int ret = read_prot(c, 4, &args.flags);

	if (!ret)
		ret = read_destination(c, &dst, &args);
	if (!ret)
		ret = vprim_vec_backend_(c, 6, "fill=fault or fill=nomem",
					 &s->fill_answer);
	if (ret)
		return ret;
	if (c->arg[7].u64)
		ret = vprim_ioas_copy_begin(dst, &s->a, &args, &range, &why);
	else
		ret = vprim_ioas_copy(dst, &s->a, &args, &range.start, &why);
	s->fill_answer = 0;
	if (!ret)
		vprim_vec_out_hex(c, "iova", range.start);
	return vprim_vec_refused_(c, ret, &why);
}

static int commit(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_ioas_map_commit(&s->a, &c->arg[0].range, &why);

	return vprim_vec_refused_(c, ret, &why);
}

static int abort_map(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_ioas_map_abort(&s->a, &c->arg[0].range, &why);

	return vprim_vec_refused_(c, ret, &why);
}

static void print_unmapped(struct vprim_vec_call *c,
			   const struct vprim_ioas_unmapped *done)
{
	vprim_vec_out_dec(c, "size", done->size_bytes);
	if (done->whole)
		vprim_vec_out_dec(c, "whole", 1);
}

static int unmap(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_unmapped done;
	int ret = vprim_ioas_unmap(s ? &s->a : NULL, c->arg[0].u64,
				   c->arg[1].u64, &done, &why);

	print_unmapped(c, &done);
	return vprim_vec_refused_(c, ret, &why);
}

static int print_list(struct vprim_vec_call *c, const struct vprim_range *list,
		      size_t count)
{
	size_t i;

	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < count; i++)
		vprim_vec_list_range(c, NULL, &list[i]);
	vprim_vec_list_end(c);
	return 0;
}

static int allow(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range *list;
	size_t count;
	int ret = vprim_vec_ranges(c, 0, &list, &count);

	if (!ret)
		ret = vprim_ioas_allow(&s->a, list, count, &why);
	return vprim_vec_refused_(c, ret, &why);
}

static int allowed(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	size_t count;
	const struct vprim_range *list = vprim_ioas_allowed(&s->a, &count);

	return print_list(c, list, count);
}

static int reserve(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_ioas_reserve(&s->a, &c->arg[0].range, c->arg[1].u64,
				     &why);

	return vprim_vec_refused_(c, ret, &why);
}

static int release(struct vprim_vec_call *c)
{
	struct space *s = c->obj;

	vprim_vec_out_dec(c, "removed",
			  vprim_ioas_release(&s->a, c->arg[0].u64));
	return 0;
}

static int ranges(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_stats stats;
	struct vprim_range *list;
	size_t count = 0, room;
	int ret = vprim_ioas_ranges(&s->a, NULL, 0, &count, &why);

	room = c->arg[0].present && c->arg[0].u64 < count ?
		       (size_t)c->arg[0].u64 : count;
	list = vprim_vec_scratch(c, (room + 1) * sizeof(*list));
	if (!list)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_ioas_ranges(&s->a, list, room, &count, &why);
	if (ret == -EMSGSIZE)
		vprim_vec_out_dec(c, "needed", count);
	if (!ret)
		ret = vprim_ioas_stats(&s->a, &stats);
	if (ret)
		return vprim_vec_refused_(c, ret, &why);
	print_list(c, list, count);
	vprim_vec_out_hex(c, "align", stats.iova_alignment);
	return 0;
}

static int list(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_range rest = { 0, UINT64_MAX };
	struct vprim_ioas_mapping m;

	vprim_vec_list_begin(c, "ranges");
	while (!vprim_ioas_first(&s->a, &rest, &m)) {
		vprim_vec_list_range(c, NULL, &m.range);
		if (m.range.last == UINT64_MAX)
			break;
		rest.start = m.range.last + 1;
	}
	vprim_vec_list_end(c);
	return 0;
}

static const char *prot_name(uint32_t prot)
{
	size_t k = 0;

	while (prot_words[k].bits != prot)
		k++;
	return prot_words[k].name;
}

static int find(struct vprim_vec_call *c)
{
	static const char *const kinds[] = { "user", "file", "dmabuf" };
	struct space *s = c->obj;
	struct vprim_range at = { c->arg[0].u64, c->arg[0].u64 };
	struct vprim_ioas_mapping m;
	int ret = vprim_ioas_first(&s->a, &at, &m);

	if (ret)
		return ret;
	vprim_vec_out_range(c, "range", &m.range);
	vprim_vec_out_hex(c, "uptr", m.uptr);
	vprim_vec_out_word(c, "prot", prot_name(m.prot));
	vprim_vec_out_word(c, "kind", kinds[m.kind]);
	vprim_vec_out_dec(c, "shares", m.shares);
	vprim_vec_out_dec(c, "in_flight", m.in_flight);
	vprim_vec_out_dec(c, "holds", m.holds);
	vprim_vec_out_dec(c, "locks", m.locks);
	vprim_vec_out_dec(c, "prevented", m.prevent_access);
	return 0;
}

static int stats(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_ioas_stats stats;
	int ret = vprim_ioas_stats(&s->a, &stats);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "areas", stats.areas);
	vprim_vec_out_dec(c, "reserved", stats.reserved);
	vprim_vec_out_hex(c, "align", stats.iova_alignment);
	vprim_vec_out_dec(c, "busy", stats.busy);
	vprim_vec_out_dec(c, "large_pages", stats.large_pages);
	return 0;
}

static struct domain **find_domain(struct space *s, uint64_t id)
{
	struct domain **link = &s->domains;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static struct domain *make_domain(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	size_t nr = vprim_vec_reserved_(&c->arg[3], NULL);
	struct domain *d = vprim_vec_failing_take(&s->memory, sizeof(*d) +
						  nr * sizeof(d->reserved[0]));

	if (!d)
		return NULL;
	d->nr = vprim_vec_reserved_(&c->arg[3], d->reserved);
	d->id = c->arg[0].u64;
	d->d.aperture.last = UINT64_MAX;
	if (c->arg[1].present)
		d->d.aperture = c->arg[1].range;
	d->d.pgsize_bitmap = vprim_vec_u64_or(&c->arg[2], 0x1000);
	d->d.reserved = d->reserved;
	d->d.nr_reserved = d->nr;
	return d;
}

static int attach(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct domain *d = *find_domain(s, c->arg[0].u64);
	int ret;

	if (d) {
		ret = vprim_ioas_attach(&s->a, &d->d, &why);
		return vprim_vec_refused_(c, ret, &why);
	}
	d = make_domain(c);
	if (!d)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_ioas_attach(&s->a, &d->d, &why);
	if (ret) {
		drop_domain(s, d);
		return vprim_vec_refused_(c, ret, &why);
	}
	d->next = s->domains;
	s->domains = d;
	return 0;
}

static int detach(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct domain **link = find_domain(s, c->arg[0].u64), *d = *link;
	struct vprim_ioas_domain stranger = { .owner_ = NULL };
	int ret = vprim_ioas_detach(&s->a, d ? &d->d : &stranger, &why);

	if (d) {
		*link = d->next;
		drop_domain(s, d);
	}
	return vprim_vec_refused_(c, ret, &why);
}

static int large_pages(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_ioas_large_pages(&s->a, c->arg[0].u64, &why);

	return vprim_vec_refused_(c, ret, &why);
}

static int cut(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_ioas_cut(&s->a, c->arg[0].u64, &why);

	return vprim_vec_refused_(c, ret, &why);
}

static struct access **find_access(struct space *s, uint64_t id)
{
	struct access **link = &s->accesses;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static int access_attach(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct access *access = *find_access(s, c->arg[0].u64);
	bool made = !access;
	int ret;

	if (made) {
		access = vprim_vec_failing_take(&s->memory, sizeof(*access));
		if (!access)
			return vprim_vec_script_error(c, "more memory");
		access->id = c->arg[0].u64;
		access->space = s;
		access->deaf = c->arg[2].u64;
		access->a.iova_alignment = vprim_vec_u64_or(&c->arg[1], 4096);
		access->a.unmap = unmap_op;
		access->a.ctx = access;
	}
	ret = vprim_ioas_access_attach(&s->a, &access->a, &why);
	if (made && ret)
		vprim_vec_failing_give(&s->memory, access, sizeof(*access));
	if (made && !ret) {
		access->next = s->accesses;
		s->accesses = access;
	}
	return vprim_vec_refused_(c, ret, &why);
}

static int no_access(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "the id of an access of this ioas");
}

/* The script keeps a detached access, so that it can be asked things. */
static int access_detach(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct access *access = *find_access(s, c->arg[0].u64);
	int ret;

	if (!access)
		return no_access(c);
	ret = vprim_ioas_access_detach(&access->a, &why);
	return vprim_vec_refused_(c, ret, &why);
}

static int told(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct access *access = *find_access(s, c->arg[0].u64);

	if (!access)
		return no_access(c);
	vprim_vec_out_dec(c, "told", access->told);
	return 0;
}

static int hold(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct access *access = *find_access(s, c->arg[1].u64);
	uint32_t flags = c->arg[4].u64 ? VPRIM_IOAS_HOLD_WRITE : 0;
	struct hold *hold;
	int ret;

	if (!access)
		return no_access(c);
	if (c->arg[5].u64)
		flags |= VPRIM_IOAS_HOLD_LOCK;
	hold = vprim_vec_failing_take(&s->memory, sizeof(*hold));
	if (!hold)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_ioas_hold(&access->a, c->arg[2].u64, c->arg[3].u64, flags,
			      &hold->h, &why);
	if (!ret)
		ret = vprim_range_from_size(c->arg[2].u64, c->arg[3].u64,
					    &hold->range);
	if (ret) {
		vprim_vec_failing_give(&s->memory, hold, sizeof(*hold));
		return vprim_vec_refused_(c, ret, &why);
	}
	hold->id = c->arg[0].u64;
	hold->access = access;
	hold->next = s->holds;
	s->holds = hold;
	return 0;
}

static int unhold(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_hold nothing = { .access_ = NULL };
	struct hold **link = &s->holds, *hold;
	int ret;

	while ((hold = *link) && hold->id != c->arg[0].u64)
		link = &hold->next;
	ret = vprim_ioas_unhold(hold ? &hold->h : &nothing, &why);
	if (hold) {
		*link = hold->next;
		vprim_vec_failing_give(&s->memory, hold, sizeof(*hold));
	}
	return vprim_vec_refused_(c, ret, &why);
}

static int rw(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct access *access = *find_access(s, c->arg[0].u64);
	struct vprim_ioas_piece piece;
	int ret;

	if (!access)
		return no_access(c);
	ret = vprim_ioas_rw(&access->a, c->arg[1].u64, c->arg[2].u64,
			    c->arg[3].u64, &piece, &why);
	if (ret)
		return vprim_vec_refused_(c, ret, &why);
	vprim_vec_out_hex(c, "uptr", piece.uptr);
	vprim_vec_out_dec(c, "length", piece.length_bytes);
	return 0;
}

static int too_large(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "a 32-bit number");
}

/* VFIO's flags by name, or as a number. */
static int read_compat(struct vprim_vec_call *c, unsigned int i,
		       const char *const words[4], uint32_t normal,
		       uint32_t *flags)
{
	uint64_t bits;
	uint32_t k;

	*flags = normal;
	if (!c->arg[i].present)
		return 0;
	for (k = 0; k < 4; k++)
		if (words[k] && vprim_vec_is(c->arg[i].str, words[k])) {
			*flags = k;
			return 0;
		}
	if (!vprim_vec_u64(c->arg[i].str, &bits) || bits > UINT32_MAX)
		return too_large(c);
	*flags = (uint32_t)bits;
	return 0;
}

static int compat_map(struct vprim_vec_call *c)
{
	static const char *const words[4] = { "none", "r", "w", "rw" };
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_compat_map_args args;
	int ret = read_compat(c, 3, words, 3, &args.flags);

	if (ret || c->arg[4].u64 > UINT32_MAX)
		return ret ? ret : too_large(c);
	args.argsz = (uint32_t)vprim_vec_u64_or(&c->arg[4], 32);
	args.iova = c->arg[0].u64;
	args.vaddr = c->arg[1].u64;
	args.size_bytes = c->arg[2].u64;
	ret = vprim_ioas_compat_map(&s->a, &args, &why);
	return vprim_vec_refused_(c, ret, &why);
}

static int compat_unmap(struct vprim_vec_call *c)
{
	static const char *const words[4] = { "none", NULL, "all", NULL };
	struct space *s = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_ioas_compat_unmap_args args;
	struct vprim_ioas_unmapped done;
	int ret = read_compat(c, 2, words, 0, &args.flags);

	if (ret || c->arg[3].u64 > UINT32_MAX)
		return ret ? ret : too_large(c);
	args.argsz = (uint32_t)vprim_vec_u64_or(&c->arg[3], 24);
	args.iova = c->arg[0].u64;
	args.size_bytes = c->arg[1].u64;
	ret = vprim_ioas_compat_unmap(&s->a, &args, &done, &why);
	print_unmapped(c, &done);
	return vprim_vec_refused_(c, ret, &why);
}

static int compat_info(struct vprim_vec_call *c)
{
	struct space *s = c->obj;
	struct vprim_ioas_compat_info info;
	int ret;

	if (c->arg[0].u64 > UINT32_MAX)
		return too_large(c);
	ret = vprim_ioas_compat_get_info(&s->a, (uint32_t)c->arg[0].u64, &info);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "argsz", info.argsz);
	vprim_vec_out_hex(c, "flags", info.flags);
	vprim_vec_out_hex(c, "pgsizes", info.iova_pgsizes);
	vprim_vec_out_hex(c, "cap_offset", info.cap_offset);
	return 0;
}

static int compat_extension(struct vprim_vec_call *c)
{
	if (c->arg[0].u64 > UINT32_MAX)
		return too_large(c);
	vprim_vec_out_dec(c, "value", (uint64_t)vprim_ioas_compat_extension(
					      (uint32_t)c->arg[0].u64));
	return 0;
}

static int check(struct vprim_vec_call *c)
{
	struct space *s = c->obj;

	return vprim_ioas_check(&s->a);
}

#define MAP_PARAMS "iova:u64 length:u64 uptr=u64 prot=word? kind=word? " \
		   "reserved=u64? fill=word? begin=bit?"

static const struct vprim_vec_verb space_verbs[] = {
	{ "map", MAP_PARAMS, map },
	{ "alloc", "length:u64 uptr=u64 prot=word? kind=word? iova=u64? "
		   "reserved=u64? fill=word? begin=bit?", alloc },
	{ "copy", "dst:word iova:u64 length:u64 to=word? prot=word? "
		  "dst_iova=u64? fill=word? begin=bit?", copy },
	{ "commit", "range:range", commit },
	{ "abort", "range:range", abort_map },
	{ "unmap", "iova:u64 length:u64", unmap },
	{ "allow", "list:list", allow },
	{ "allowed", "", allowed },
	{ "reserve", "range:range owner=u64", reserve },
	{ "release", "owner=u64", release },
	{ "attach", "id=u64 aperture=range? pgsizes=u64? reserved=list? "
		    "relaxable=list?", attach },
	{ "detach", "id=u64", detach },
	{ "large_pages", "on:bit", large_pages },
	{ "cut", "iova:u64", cut },
	{ "access", "id=u64 align=u64? deaf=bit?", access_attach },
	{ "access_detach", "id=u64", access_detach },
	{ "told", "id=u64", told },
	{ "hold", "id=u64 access=u64 iova:u64 length:u64 write=bit? lock=bit?",
	  hold },
	{ "unhold", "id=u64", unhold },
	{ "rw", "access=u64 iova:u64 length:u64 write=bit?", rw },
	{ "ranges", "room=u64?", ranges },
	{ "list", "", list },
	{ "find", "addr:u64", find },
	{ "stats", "", stats },
	{ "compat_map", "iova:u64 vaddr:u64 size:u64 flags=word? argsz=u64?",
	  compat_map },
	{ "compat_unmap", "iova:u64 size:u64 flags=word? argsz=u64?",
	  compat_unmap },
	{ "compat_info", "argsz=u64", compat_info },
	{ "check", "", check },
	{ NULL, NULL, NULL },
};

/* Without an object: what an id that names no IOAS answers. */
static const struct vprim_vec_verb verbs[] = {
	{ "map", MAP_PARAMS, map },
	{ "unmap", "iova:u64 length:u64", unmap },
	{ "compat_extension", "number:u64", compat_extension },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "ioas", "align=u64? page=u64? huge=u64? bits=u64? uptr_first=bit? "
		  "compat_enoent=bit? fail_alloc=u64?",
	  sizeof(struct space), init, fini, space_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_ioas = {
	.name = "ioas", .verbs = verbs, .kinds = kinds, .rules = vprim_ioas_rules,
};
