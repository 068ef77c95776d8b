// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of type1.h.
 *
 * The script plays the outside: it says what pinning answers, whether drivers
 * unpin when they are told, and whether the bitmap can be written.
 */
#include "vec_internal.h"
#include <virtprim/type1.h>

/* A pin that the script made, so that an obedient driver can undo it. */
struct pin {
	struct pin *next;
	uint64_t iova;
	int64_t pages;
};

struct group {
	struct vprim_type1_group g;	/* first: the room hands it back */
	struct group *next;
	uint64_t id;
	size_t nr;
	struct vprim_iova_windows_reserved reserved[];
};

struct container {
	struct vprim_type1 c;
	struct vprim_vec_failing memory;
	struct vprim_type1_group mdev;
	struct pin *pins;
	struct group *groups;
	int map_answer;		/* of pinning and mapping */
	bool deaf;		/* drivers do not unpin */
	uint64_t holders;	/* times that others say they held a mapping */
	uint64_t told;		/* times that release was asked and restarted */
	uint64_t fault;		/* which bitmap write faults; 0 none */
	uint64_t bytes;		/* of the bitmap that is really there */
};

static int map_op(void *ctx, const struct vprim_type1_mapping *m)
{
	struct container *o = ctx;

	(void)m;
	return o->map_answer;
}

static bool reaches(const struct container *o, const struct pin *pin,
		    const struct vprim_range *range)
{
	uint64_t size = (uint64_t)pin->pages * o->c.config_.page_bytes;
	struct vprim_range pinned;

	return !vprim_range_from_size(pin->iova, size, &pinned) &&
	       vprim_range_overlaps(&pinned, range);
}

/* Obedient drivers let go of every pin that reaches into the mapping. */
static int release_op(void *ctx, const struct vprim_type1_mapping *m)
{
	struct container *o = ctx;
	struct pin **link = &o->pins, *pin;
	int held = o->holders ? VPRIM_TYPE1_RESTART : 0;
	bool told = held;

	o->holders -= o->holders != 0;
	while ((pin = *link)) {
		bool reached = reaches(o, pin, &m->range);

		told |= reached;
		if (!reached || o->deaf ||
		    vprim_type1_unpin(&o->c, pin->iova, pin->pages, NULL)) {
			link = &pin->next;
			continue;
		}
		*link = pin->next;
		vprim_vec_failing_give(&o->memory, pin, sizeof(*pin));
		held = VPRIM_TYPE1_RESTART;
	}
	o->told += told;
	return held;
}

static int put_bits_op(void *ctx, void *data, uint64_t at,
		       const struct vprim_dirty_bitmap *bits)
{
	struct container *o = ctx;
	struct vprim_dirty_bitmap to = { data, o->bytes * 8 };

	if (o->fault && !--o->fault)
		return -EFAULT;
	return vprim_dirty_or(&to, at, bits);
}

static const struct vprim_type1_ops silent_ops = { .map = map_op,
						   .put_bits = put_bits_op };
static const struct vprim_type1_ops ops = { .map = map_op,
					    .release = release_op,
					    .put_bits = put_bits_op };

static int set_windows(struct vprim_vec_call *c, struct container *o,
		       unsigned int i)
{
	struct vprim_reason why = { .rule = NULL };
	struct vprim_range *list;
	size_t count;
	int ret = vprim_vec_ranges(c, i, &list, &count);

	if (ret)
		return ret;
	ret = vprim_type1_set_windows(&o->c, list, count, &why);
	return vprim_vec_refused_(c, ret, &why);
}

static const uint32_t kinds_of_v[] = { 0, VPRIM_TYPE1_IOMMU, VPRIM_TYPE1_V2 };

static int configure(struct vprim_vec_call *c, struct container *o)
{
	struct vprim_type1_config config;
	uint64_t v = vprim_vec_u64_or(&c->arg[0], 2);
	uint64_t bits = vprim_vec_u64_or(&c->arg[6], 64);

	if (v < 1 || v > 2 || bits < 1 || bits > 64)
		return vprim_vec_script_error(c, "v=1 or v=2, bits=1 to 64");
	vprim_vec_failing_init(&o->memory, c, c->arg[8].u64);
	vprim_type1_config_init(&config);
	config.kind = kinds_of_v[v];
	config.entry_limit = vprim_vec_u64_or(&c->arg[1], VPRIM_TYPE1_ENTRY_LIMIT);
	config.pgsize_bitmap = vprim_vec_u64_or(&c->arg[2], 0x1000);
	config.page_bytes = vprim_vec_u64_or(&c->arg[5], 4096);
	config.native_last = UINT64_MAX >> (64 - bits);
	config.alloc = &vprim_vec_failing_ops;
	config.alloc_ctx = &o->memory;
	config.ops = vprim_vec_u64_or(&c->arg[7], 1) ? &ops : &silent_ops;
	config.ops_ctx = o;
	return vprim_type1_init(&o->c, sizeof(o->c), &config);
}

static int init(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	int ret = configure(c, o);

	if (!ret && c->arg[3].present)
		ret = set_windows(c, o, 3);
	o->mdev.emulated = true;
	if (!ret && c->arg[4].u64)
		ret = vprim_type1_attach(&o->c, &o->mdev, NULL);
	if (ret)
		vprim_type1_fini(&o->c);
	return ret;
}

static void fini(void *obj)
{
	struct container *o = obj;
	struct group *group;
	struct pin *pin;

	vprim_type1_fini(&o->c);
	while ((pin = o->pins)) {
		o->pins = pin->next;
		vprim_vec_failing_give(&o->memory, pin, sizeof(*pin));
	}
	while ((group = o->groups)) {
		o->groups = group->next;
		vprim_vec_failing_give(&o->memory, group, sizeof(*group) +
				       group->nr * sizeof(group->reserved[0]));
	}
}

struct word {
	const char *name;
	uint32_t bits;
};

/* The next of words joined by + , or |. */
static bool next_word(struct vprim_vec_str *rest, struct vprim_vec_str *word)
{
	size_t i = 0;

	if (!rest->len)
		return false;
	while (i < rest->len && rest->p[i] != '+' && rest->p[i] != ',' &&
	       rest->p[i] != '|')
		i++;
	word->p = rest->p;
	word->len = i;
	i += i < rest->len;
	rest->p += i;
	rest->len -= i;
	return true;
}

static int read_flags(struct vprim_vec_call *c, unsigned int i,
		      const struct word *words, uint32_t normal, uint32_t *out)
{
	struct vprim_vec_str rest = c->arg[i].str, word;
	const struct word *w;
	uint64_t bits;

	*out = c->arg[i].present ? 0 : normal;
	while (next_word(&rest, &word)) {
		for (w = words; w->name && !vprim_vec_is(word, w->name); w++)
			;
		if (w->name)
			bits = w->bits;
		else if (!vprim_vec_u64(word, &bits) || bits > UINT32_MAX)
			return vprim_vec_script_error(c,
				"known flags or a 32-bit number, joined by +");
		*out |= (uint32_t)bits;
	}
	return 0;
}

static int read_u32(struct vprim_vec_call *c, unsigned int i, uint32_t normal,
		    uint32_t *out)
{
	uint64_t v = vprim_vec_u64_or(&c->arg[i], normal);

	*out = (uint32_t)v;
	return v > UINT32_MAX ?
		       vprim_vec_script_error(c, "a 32-bit number") : 0;
}

static const struct word map_words[] = {
	{ "none", 0 },
	{ "r", VPRIM_TYPE1_MAP_READ },
	{ "w", VPRIM_TYPE1_MAP_WRITE },
	{ "rw", VPRIM_TYPE1_MAP_READ | VPRIM_TYPE1_MAP_WRITE },
	{ "vaddr", VPRIM_TYPE1_MAP_VADDR },
	{ NULL, 0 },
};

static int map(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_type1_map_args args;
	int ret;

	args.iova = c->arg[0].u64;
	args.vaddr = c->arg[1].u64;
	args.size_bytes = c->arg[2].u64;
	ret = read_flags(c, 3, map_words,
			 VPRIM_TYPE1_MAP_READ | VPRIM_TYPE1_MAP_WRITE,
			 &args.flags);
	if (!ret)
		ret = read_u32(c, 4, VPRIM_TYPE1_MAP_ARGSZ, &args.argsz);
	if (!ret)
		ret = vprim_vec_backend_(c, 5, "pin=fault or pin=nomem",
					 &o->map_answer);
	if (ret)
		return ret;
	ret = vprim_type1_map(&o->c, vprim_vec_u64_or(&c->arg[6], 1) ? &args : NULL,
			      &why);
	o->map_answer = 0;
	return vprim_vec_refused_(c, ret, &why);
}

static const struct word unmap_words[] = {
	{ "none", 0 },
	{ "dirty", VPRIM_TYPE1_UNMAP_GET_DIRTY },
	{ "all", VPRIM_TYPE1_UNMAP_ALL_MAPPINGS },
	{ "vaddr", VPRIM_TYPE1_UNMAP_VADDR },
	{ NULL, 0 },
};

/* Largest bitmap that is printed as bytes. */
#define PRINTED 4096u

/*
 * The script's bitmap: pgsize, bytes, data=0, fault and before, which stand at
 * arguments @i and on. Only the words that the pages need are really there.
 */
static int read_bitmap(struct vprim_vec_call *c, unsigned int i, uint64_t size,
		       struct vprim_type1_bitmap *b)
{
	struct container *o = c->obj;
	struct vprim_type1_stats stats;
	uint64_t pages = 0;
	uint8_t *before;
	size_t len = 0;
	int ret = vprim_type1_stats(&o->c, &stats);

	if (ret)
		return ret;
	b->pgsize_bytes = vprim_vec_u64_or(&c->arg[i], stats.page_bytes);
	if (b->pgsize_bytes)
		pages = size >> vprim_ctz64(b->pgsize_bytes);
	o->bytes = 8;
	if (pages && pages <= VPRIM_DIRTY_BYTES_MAX * 8)
		o->bytes = (pages + 63) >> 6 << 3;
	b->size_bytes = vprim_vec_u64_or(&c->arg[i + 1], o->bytes);
	o->fault = c->arg[i + 3].u64;
	b->data = vprim_vec_scratch(c, (size_t)o->bytes);
	if (!b->data)
		return vprim_vec_script_error(c, "more memory");
	if (c->arg[i + 4].present)
		ret = vprim_vec_bytes(c, i + 4, &before, &len);
	if (ret || len > o->bytes)
		return ret ? ret : vprim_vec_script_error(c,
					"no more bytes before than it has");
	if (len)
		memcpy(b->data, before, len);
	if (!vprim_vec_u64_or(&c->arg[i + 2], 1))
		b->data = NULL;
	return 0;
}

/* What a bitmap says, as addresses, and its bytes while they are few. */
static void print_bitmap(struct vprim_vec_call *c, uint64_t base,
			 const struct vprim_type1_bitmap *b)
{
	struct container *o = c->obj;
	struct vprim_dirty_bitmap bitmap = { b->data, o->bytes * 8 };
	struct vprim_dirty_run run;
	struct vprim_range range;
	uint64_t page = 0;

	vprim_vec_list_begin(c, "dirty");
	while (!vprim_dirty_next(&bitmap, page, &run)) {
		if (!vprim_dirty_range(base, b->pgsize_bytes, &run, &range))
			vprim_vec_list_range(c, NULL, &range);
		page = run.last + 1;
	}
	vprim_vec_list_end(c);
	if (o->bytes <= PRINTED)
		vprim_vec_out_bytes(c, "bitmap", b->data, (size_t)o->bytes);
}

static int read_drivers(struct vprim_vec_call *c, unsigned int i)
{
	struct container *o = c->obj;
	struct vprim_vec_str word = c->arg[i].str;

	o->deaf = c->arg[i].present && vprim_vec_is(word, "deaf");
	o->holders = c->arg[i + 1].u64;
	o->told = 0;
	if (c->arg[i].present && !o->deaf && !vprim_vec_is(word, "obey"))
		return vprim_vec_script_error(c, "drivers=obey or drivers=deaf");
	return 0;
}

static void print_unmapped(struct vprim_vec_call *c,
			   const struct vprim_type1_unmapped *done)
{
	struct container *o = c->obj;

	vprim_vec_out_dec(c, "size", done->size_bytes);
	if (done->whole)
		vprim_vec_out_dec(c, "whole", 1);
	if (o->told)
		vprim_vec_out_dec(c, "told", o->told);
}

static int unmap(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_type1_unmapped done = { 0, 0, false };
	struct vprim_type1_unmap_args args = { .argsz = 0 };
	bool dirty;
	int ret;

	args.iova = c->arg[0].u64;
	args.size_bytes = c->arg[1].u64;
	ret = read_flags(c, 2, unmap_words, 0, &args.flags);
	dirty = args.flags & VPRIM_TYPE1_UNMAP_GET_DIRTY;
	if (!ret)
		ret = read_u32(c, 3, dirty ? VPRIM_TYPE1_BITMAP_ARGSZ :
					     VPRIM_TYPE1_UNMAP_ARGSZ,
			       &args.argsz);
	if (!ret && dirty)
		ret = read_bitmap(c, 7, args.size_bytes, &args.bitmap);
	if (!ret)
		ret = read_drivers(c, 4);
	if (ret)
		return ret;
	ret = vprim_type1_unmap(&o->c, vprim_vec_u64_or(&c->arg[6], 1) ? &args : NULL,
				&done, &why);
	if (!ret || done.mappings)
		print_unmapped(c, &done);
	if (!ret && dirty)
		print_bitmap(c, args.iova, &args.bitmap);
	return vprim_vec_refused_(c, ret, &why);
}

static const struct word dirty_words[] = {
	{ "none", 0 },
	{ "start", VPRIM_TYPE1_DIRTY_START },
	{ "stop", VPRIM_TYPE1_DIRTY_STOP },
	{ "get", VPRIM_TYPE1_DIRTY_GET },
	{ NULL, 0 },
};

static int dirty(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_type1_dirty_args args = { .argsz = 0 };
	int ret;

	args.iova = c->arg[1].u64;
	args.size_bytes = c->arg[2].u64;
	ret = read_flags(c, 0, dirty_words, 0, &args.flags);
	if (!ret)
		ret = read_u32(c, 3, VPRIM_TYPE1_BITMAP_ARGSZ, &args.argsz);
	if (!ret && (args.flags & VPRIM_TYPE1_DIRTY_GET))
		ret = read_bitmap(c, 5, args.size_bytes, &args.bitmap);
	if (ret)
		return ret;
	ret = vprim_type1_dirty_pages(&o->c,
				      vprim_vec_u64_or(&c->arg[4], 1) ? &args : NULL,
				      &why);
	if (!ret && args.flags == VPRIM_TYPE1_DIRTY_GET)
		print_bitmap(c, args.iova, &args.bitmap);
	return vprim_vec_refused_(c, ret, &why);
}

static struct group **find_group(struct container *o, uint64_t id)
{
	struct group **link = &o->groups;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static int no_group(struct vprim_vec_call *c)
{
	return vprim_vec_script_error(c, "the id of an attached group");
}

static int pin(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct group *group = NULL;
	struct pin *pin = vprim_vec_failing_take(&o->memory, sizeof(*pin));
	uint32_t prot;
	int ret;

	if (!pin)
		return vprim_vec_script_error(c, "more memory");
	ret = read_flags(c, 2, map_words,
			 VPRIM_TYPE1_MAP_READ | VPRIM_TYPE1_MAP_WRITE, &prot);
	if (c->arg[3].present)
		group = *find_group(o, c->arg[3].u64);
	if (!ret && c->arg[3].present && !group)
		ret = no_group(c);
	pin->iova = c->arg[0].u64;
	pin->pages = c->arg[1].s64;
	if (!ret)
		ret = vprim_type1_pin(&o->c, group ? &group->g : NULL,
				      pin->iova, pin->pages, prot, &why);
	if (ret) {
		vprim_vec_failing_give(&o->memory, pin, sizeof(*pin));
		return vprim_vec_refused_(c, ret, &why);
	}
	pin->next = o->pins;
	o->pins = pin;
	return 0;
}

/* Of the script's pins the one that is exactly this, if there is one, goes. */
static void forget_pin(struct container *o, uint64_t iova, int64_t pages)
{
	struct pin **link = &o->pins, *pin;

	while ((pin = *link) && (pin->iova != iova || pin->pages != pages))
		link = &pin->next;
	if (!pin)
		return;
	*link = pin->next;
	vprim_vec_failing_give(&o->memory, pin, sizeof(*pin));
}

static int unpin(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	int ret = vprim_type1_unpin(&o->c, c->arg[0].u64, c->arg[1].s64, &why);

	if (!ret)
		forget_pin(o, c->arg[0].u64, c->arg[1].s64);
	return vprim_vec_refused_(c, ret, &why);
}

static int rw(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct vprim_type1_piece piece;
	int ret = vprim_type1_rw(&o->c, c->arg[0].u64, c->arg[1].u64,
				 c->arg[2].u64, &piece, &why);

	if (ret)
		return vprim_vec_refused_(c, ret, &why);
	vprim_vec_out_hex(c, "vaddr", piece.vaddr);
	vprim_vec_out_dec(c, "size", piece.size_bytes);
	return 0;
}

static struct group *make_group(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	size_t nr = vprim_vec_reserved_(&c->arg[4], NULL);
	struct group *group = vprim_vec_failing_take(&o->memory, sizeof(*group) +
					nr * sizeof(group->reserved[0]));

	if (!group)
		return NULL;
	group->nr = vprim_vec_reserved_(&c->arg[4], group->reserved);
	group->id = c->arg[0].u64;
	group->g.emulated = c->arg[1].u64;
	group->g.aperture.last = UINT64_MAX;
	if (c->arg[2].present)
		group->g.aperture = c->arg[2].range;
	group->g.pgsize_bitmap = vprim_vec_u64_or(&c->arg[3], UINT64_MAX);
	group->g.cache_coherent = vprim_vec_u64_or(&c->arg[6], 1);
	group->g.reserved = group->reserved;
	group->g.nr_reserved = group->nr;
	return group;
}

static void drop_group(struct container *o, struct group *group)
{
	vprim_vec_failing_give(&o->memory, group,
			       sizeof(*group) + group->nr * sizeof(group->reserved[0]));
}

static int attach(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct group *group = *find_group(o, c->arg[0].u64);
	int ret;

	if (group) {
		ret = vprim_type1_attach(&o->c, &group->g, &why);
		return vprim_vec_refused_(c, ret, &why);
	}
	group = make_group(c);
	if (!group)
		return vprim_vec_script_error(c, "more memory");
	ret = vprim_type1_attach(&o->c, &group->g, &why);
	if (ret) {
		drop_group(o, group);
		return vprim_vec_refused_(c, ret, &why);
	}
	group->next = o->groups;
	o->groups = group;
	return 0;
}

static int detach(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_reason why = { .rule = NULL };
	struct group **link = find_group(o, c->arg[0].u64), *group = *link;
	struct vprim_type1_group stranger = { .emulated = true };
	int ret = vprim_type1_detach(&o->c, group ? &group->g : &stranger,
				     &why);

	if (group) {
		*link = group->next;
		drop_group(o, group);
	}
	return vprim_vec_refused_(c, ret, &why);
}

static int stats(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_stats s;
	int ret = vprim_type1_stats(&o->c, &s);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "mappings", s.mappings);
	vprim_vec_out_dec(c, "avail", s.avail);
	vprim_vec_out_dec(c, "invalid", s.vaddr_invalid);
	vprim_vec_out_dec(c, "pinned", s.pinned_pages);
	vprim_vec_out_hex(c, "pgsizes", s.pgsize_bitmap);
	vprim_vec_out_dec(c, "tracking", s.dirty_tracking);
	return 0;
}

static int avail(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_stats s;
	int ret = vprim_type1_stats(&o->c, &s);

	if (!ret)
		vprim_vec_out_dec(c, "avail", s.avail);
	return ret;
}

/* Mappings, ascending: all, or those without a vaddr. */
static int print_mappings(struct vprim_vec_call *c, bool invalid)
{
	struct container *o = c->obj;
	struct vprim_range rest = { 0, UINT64_MAX };
	struct vprim_type1_mapping m;

	vprim_vec_list_begin(c, "ranges");
	while (!vprim_type1_first(&o->c, &rest, &m)) {
		if (!invalid || !m.vaddr_valid)
			vprim_vec_list_range(c, NULL, &m.range);
		if (m.range.last == UINT64_MAX)
			break;
		rest.start = m.range.last + 1;
	}
	vprim_vec_list_end(c);
	return 0;
}

static int list(struct vprim_vec_call *c)
{
	return print_mappings(c, false);
}

static int invalid(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_stats s;
	int ret = vprim_type1_stats(&o->c, &s);

	if (ret)
		return ret;
	vprim_vec_out_dec(c, "count", s.vaddr_invalid);
	return print_mappings(c, true);
}

static int find(struct vprim_vec_call *c)
{
	static const char *const prots[] = { "none", "r", "w", "rw" };
	struct container *o = c->obj;
	struct vprim_range at = { c->arg[0].u64, c->arg[0].u64 };
	struct vprim_type1_mapping m;
	int ret = vprim_type1_first(&o->c, &at, &m);

	if (ret)
		return ret;
	vprim_vec_out_range(c, "range", &m.range);
	vprim_vec_out_hex(c, "vaddr", m.vaddr);
	vprim_vec_out_word(c, "prot", prots[m.prot]);
	vprim_vec_out_dec(c, "valid", m.vaddr_valid);
	return 0;
}

static int windows(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_range *list;
	size_t count, i;
	int ret;

	if (c->arg[0].present)
		return set_windows(c, o, 0);
	ret = vprim_type1_windows(&o->c, NULL, 0, &count);
	list = vprim_vec_scratch(c, (count + 1) * sizeof(*list));
	if (!list)
		return vprim_vec_script_error(c, "more memory");
	if (ret && vprim_type1_windows(&o->c, list, count, &count))
		return vprim_vec_script_error(c, "windows that stay");
	vprim_vec_list_begin(c, "ranges");
	for (i = 0; i < count; i++)
		vprim_vec_list_range(c, NULL, &list[i]);
	vprim_vec_list_end(c);
	return 0;
}

static int get_info(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	struct vprim_type1_info info;
	uint32_t argsz;
	int ret = read_u32(c, 0, 0, &argsz);

	if (!ret)
		ret = vprim_type1_get_info(&o->c, argsz, &info);
	if (ret)
		return ret;
	vprim_vec_out_dec(c, "argsz", info.argsz);
	vprim_vec_out_hex(c, "flags", info.flags);
	vprim_vec_out_hex(c, "pgsizes", info.iova_pgsizes);
	vprim_vec_out_hex(c, "cap_offset", info.cap_offset);
	return 0;
}

static int extension(struct vprim_vec_call *c)
{
	struct container *o = c->obj;
	uint32_t number;
	int ret = read_u32(c, 0, 0, &number);

	if (!ret)
		vprim_vec_out_dec(c, "value",
			(uint64_t)vprim_type1_check_extension(o ? &o->c : NULL,
							      number));
	return ret;
}

static int check(struct vprim_vec_call *c)
{
	struct container *o = c->obj;

	return vprim_type1_check(&o->c);
}

static const struct vprim_vec_verb container_verbs[] = {
	{ "map", "iova:u64 vaddr:u64 size:u64 flags=word? argsz=u64? pin=word? "
		 "read=bit?", map },
	{ "unmap", "iova:u64 size:u64 flags=word? argsz=u64? drivers=word? "
		   "holders=u64? read=bit? pgsize=u64? bytes=u64? data=bit? "
		   "fault=u64? before=hex?", unmap },
	{ "dirty", "flags:word iova=u64? size=u64? argsz=u64? read=bit? "
		   "pgsize=u64? bytes=u64? data=bit? fault=u64? before=hex?",
	  dirty },
	{ "pin", "iova:u64 pages:s64 prot=word? group=u64?", pin },
	{ "unpin", "iova:u64 pages:s64", unpin },
	{ "rw", "iova:u64 size:u64 write=bit?", rw },
	{ "attach", "id=u64 mdev=bit? aperture=range? pgsizes=u64? "
		    "reserved=list? relaxable=list? coherent=bit?", attach },
	{ "detach", "id=u64", detach },
	{ "avail", "", avail },
	{ "list", "", list },
	{ "invalid", "", invalid },
	{ "find", "addr:u64", find },
	{ "stats", "", stats },
	{ "windows", "list:list?", windows },
	{ "get_info", "argsz=u64", get_info },
	{ "extension", "number:u64", extension },
	{ "check", "", check },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_verb verbs[] = {
	{ "extension", "number:u64", extension },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "type1", "v=u64? limit=u64? pgsizes=u64? windows=list? mdev=u64? "
		   "page=u64? bits=u64? notify=bit? fail_alloc=u64?",
	  sizeof(struct container), init, fini, container_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_type1 = {
	.name = "type1", .verbs = verbs, .kinds = kinds, .rules = vprim_type1_rules,
};
