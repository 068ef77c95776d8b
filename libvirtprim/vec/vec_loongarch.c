// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of loongarch.h. */
#include <virtprim/loongarch.h>
#include <virtprim/vec_room.h>

struct tables {
	struct vprim_loongarch_tables t;
	const struct vprim_alloc_ops *ops;
	void *ctx;
	void *memory;
	size_t bytes;
	uint64_t base;
};

/* Page size and levels of two arguments, which default to 16 KiB and 3. */
static int geometry(struct vprim_vec_call *c, unsigned int arg,
		    struct vprim_loongarch_geometry *g)
{
	uint64_t page = vprim_vec_u64_or(&c->arg[arg], 16384);
	uint64_t levels = vprim_vec_u64_or(&c->arg[arg + 1], 3);

	return vprim_loongarch_geometry(page, levels > 9 ? 9 :
					(unsigned int)levels, g);
}

static int split(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	int ret = geometry(c, 1, &g);
	unsigned int level;

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "index");
	for (level = g.levels; level--;)
		vprim_vec_list_dec(c, vprim_loongarch_index(&g, c->arg[0].u64,
							    level));
	vprim_vec_list_end(c);
	vprim_vec_out_hex(c, "offset", c->arg[0].u64 &
				       (((uint64_t)1 << g.page_shift) - 1));
	vprim_vec_out_dec(c, "low", vprim_loongarch_is_low(&g, c->arg[0].u64));
	vprim_vec_out_dec(c, "va_bits", g.va_bits);
	return 0;
}

static int pwctl(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	struct vprim_loongarch_pwctl p;
	int ret = geometry(c, 0, &g);

	if (ret)
		return ret;
	p = vprim_loongarch_pwctl(&g);
	vprim_vec_out_hex(c, "pwctl0", p.pwctl0);
	vprim_vec_out_hex(c, "pwctl1", p.pwctl1);
	return 0;
}

static unsigned int level_of(uint64_t level)
{
	return level > 9 ? 9 : (unsigned int)level;
}

static uint64_t flags_of(struct vprim_vec_call *c, unsigned int arg)
{
	return vprim_vec_u64_or(&c->arg[arg], VPRIM_LOONGARCH_USER_PAGE);
}

static int leaf(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	uint64_t entry;
	int ret = geometry(c, 3, &g);

	if (!ret)
		ret = vprim_loongarch_leaf(&g, level_of(c->arg[2].u64),
					   c->arg[0].u64, flags_of(c, 1), &entry);
	if (!ret)
		vprim_vec_out_hex(c, "entry", entry);
	return ret;
}

static int entry_pa(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	int ret = geometry(c, 2, &g);

	if (!ret)
		vprim_vec_out_hex(c, "pa", vprim_loongarch_entry_pa(&g,
					level_of(c->arg[1].u64), c->arg[0].u64));
	return ret;
}

static int csr(struct vprim_vec_call *c)
{
	if (c->arg[0].u64 > UINT32_MAX)
		return vprim_vec_script_error(c, "a CSR number of 32 bits");
	vprim_vec_out_hex(c, "id",
			  vprim_loongarch_kvm_csr((uint32_t)c->arg[0].u64));
	return 0;
}

static int vector(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "vector", vprim_loongarch_vector(c->arg[0].u64));
	return 0;
}

static int frame(struct vprim_vec_call *c)
{
	vprim_vec_out_dec(c, "pc", VPRIM_LOONGARCH_FRAME_PC);
	vprim_vec_out_dec(c, "estat", VPRIM_LOONGARCH_FRAME_ESTAT);
	vprim_vec_out_dec(c, "badv", VPRIM_LOONGARCH_FRAME_BADV);
	vprim_vec_out_dec(c, "prmd", VPRIM_LOONGARCH_FRAME_PRMD);
	vprim_vec_out_dec(c, "size", VPRIM_LOONGARCH_FRAME_BYTES);
	return 0;
}

static int ucall(struct vprim_vec_call *c)
{
	struct vprim_loongarch_exit e = {
		.is_mmio = !c->arg[2].present || c->arg[2].u64,
		.is_write = !c->arg[3].present || c->arg[3].u64,
		.phys_addr = c->arg[0].u64,
		.len = c->arg[4].present ? (uint32_t)c->arg[4].u64 : 8,
	};
	uint64_t gva;
	int ret;

	vprim_store_le64(e.data, c->arg[5].u64);
	ret = vprim_loongarch_ucall(&e, c->arg[1].u64, &gva);
	if (!ret)
		vprim_vec_out_hex(c, "gva", gva);
	return ret;
}

static int tables_init(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;
	struct vprim_loongarch_geometry g;
	uint64_t pages = vprim_vec_u64_or(&c->arg[2], 64);
	uint64_t base = vprim_vec_u64_or(&c->arg[3], 0x100000);
	int ret = geometry(c, 0, &g);

	if (ret)
		return ret;
	if (!pages || pages > 4096)
		return vprim_vec_script_error(c, "pages=1 to 4096");
	o->ops = vprim_vec_alloc(c, &o->ctx);
	o->bytes = (size_t)pages << g.page_shift;
	o->base = base;
	o->memory = o->ops->alloc(o->ctx, o->bytes);
	if (!o->memory)
		return -ENOMEM;
	memset(o->memory, 0xaa, o->bytes);
	ret = vprim_loongarch_tables_init(&o->t, &g, o->memory, pages, base);
	if (ret)
		o->ops->free(o->ctx, o->memory, o->bytes);
	else
		vprim_vec_out_hex(c, "root", vprim_loongarch_tables_root(&o->t));
	return ret;
}

static void tables_fini(void *obj)
{
	struct tables *o = obj;

	o->ops->free(o->ctx, o->memory, o->bytes);
}

static int used(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;

	vprim_vec_out_dec(c, "used", vprim_loongarch_tables_used(&o->t));
	return 0;
}

static int map(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;
	int ret = vprim_loongarch_map(&o->t, c->arg[0].u64, c->arg[1].u64,
				      level_of(c->arg[2].u64), flags_of(c, 3));

	return ret ? ret : used(c);
}

static int map_range(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;
	int ret = vprim_loongarch_map_range(&o->t, &c->arg[0].range,
					    c->arg[1].u64,
					    level_of(c->arg[2].u64),
					    flags_of(c, 3));

	return ret ? ret : used(c);
}

static int unmap(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;

	return vprim_loongarch_unmap(&o->t, c->arg[0].u64);
}

/* Eight bytes of the tables' memory, as the guest may write them. */
static int guest_write(struct vprim_vec_call *c)
{
	struct tables *o = c->obj;
	uint64_t at = c->arg[0].u64 - o->base;

	if (at > o->bytes - 8)
		return vprim_vec_script_error(c, "an address in the tables");
	vprim_store_le64((uint8_t *)o->memory + (size_t)at, c->arg[1].u64);
	return 0;
}

static const char *fault_word(enum vprim_loongarch_fault fault)
{
	static const char *const names[] = { "none", "PIL", "PIS", "PIF", "PME",
					     "PNR", "PNX", "PPI", "ADE" };

	return fault == VPRIM_LOONGARCH_BUS ? "BUS" : names[fault];
}

static int walk(struct vprim_vec_call *c)
{
	static const char *const accesses[] = { "load", "store", "fetch" };
	struct tables *o = c->obj;
	struct vprim_loongarch_walk w;
	unsigned int access = 0;
	int ret;

	if (c->arg[1].present)
		while (!vprim_vec_is(c->arg[1].str, accesses[access]))
			if (++access == VPRIM_ARRAY_LEN(accesses))
				return vprim_vec_script_error(c,
					"access=load, store or fetch");
	ret = vprim_loongarch_tables_walk(&o->t, c->arg[0].u64,
					  (enum vprim_loongarch_access)access,
					  c->arg[2].present ?
					  level_of(c->arg[2].u64) : 3, &w);
	if (ret)
		return ret;
	vprim_vec_out_word(c, "fault", fault_word(w.fault));
	if (!w.fault)
		vprim_vec_out_hex(c, "pa", w.pa);
	vprim_vec_out_dec(c, "level", w.level);
	return 0;
}

static const struct vprim_vec_verb table_verbs[] = {
	{ "map", "va:u64 pa:u64 level=u64? flags=u64?", map },
	{ "map_range", "va:range pa:u64 max_level=u64? flags=u64?", map_range },
	{ "unmap", "va:u64", unmap },
	{ "walk", "va:u64 access=word? plv=u64?", walk },
	{ "used", "", used },
	{ "guest_write", "pa:u64 value:u64", guest_write },
	{ NULL, NULL, NULL },
};

static const struct vprim_vec_kind kinds[] = {
	{ "loongarch_tables", "page=u64? levels=u64? pages=u64? base=u64?",
	  sizeof(struct tables), tables_init, tables_fini, table_verbs },
	{ NULL, NULL, 0, NULL, NULL, NULL },
};

static const struct vprim_vec_verb verbs[] = {
	{ "split", "va:u64 page=u64? levels=u64?", split },
	{ "pwctl", "page=u64? levels=u64?", pwctl },
	{ "leaf", "pa:u64 flags=u64? level=u64? page=u64? levels=u64?", leaf },
	{ "entry_pa", "entry:u64 level=u64? page=u64? levels=u64?", entry_pa },
	{ "kvm_csr", "csr:u64", csr },
	{ "vector", "estat:u64", vector },
	{ "frame", "", frame },
	{ "ucall", "phys=u64 page=u64 mmio=bit? write=bit? len=u64? data=u64?", ucall },
	{ NULL, NULL, NULL },
};

const struct vprim_vec_room vprim_vec_room_loongarch = {
	.name = "loongarch", .verbs = verbs, .kinds = kinds,
};
