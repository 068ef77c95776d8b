// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The vector verbs of loongarch.h. */
#include "vec_internal.h"
#include <virtprim/loongarch.h>

struct tables {
	struct vprim_loongarch_tables t;	/* first: a call of it takes the object */
	uint8_t *memory;			/* goes with the object */
	uint64_t base, bytes;
};

/* A level, or one that no table has. */
static unsigned int level(struct vprim_vec_call *c, const char *name)
{
	return U64(name) > 9 ? 9 : U32(name);
}

#define GEOMETRY "page=u64?16384 levels=u64?3"

static int geometry(struct vprim_vec_call *c, struct vprim_loongarch_geometry *g)
{
	return vprim_loongarch_geometry_init(U64("page"), level(c, "levels"), g, &c->why);
}

static int split(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	uint64_t va = U64("va");
	int ret = geometry(c, &g);
	unsigned int i;

	if (ret)
		return ret;
	vprim_vec_list_begin(c, "index");
	for (i = g.levels; i--;)
		vprim_vec_list_dec(c, vprim_loongarch_index(&g, va, i));
	vprim_vec_list_end(c);
	return OUT("offset=x low=u va_bits=u",
		   va & (((uint64_t)1 << g.page_shift) - 1),
		   vprim_loongarch_is_low(&g, va), g.va_bits);
}

VERB_ASKS(pwctl, struct vprim_loongarch_geometry g, geometry(c, &g),
	OUT("pwctl0=x pwctl1=x", vprim_loongarch_pwctl_of(&g).pwctl0,
		vprim_loongarch_pwctl_of(&g).pwctl1))

static uint64_t flags(struct vprim_vec_call *c)
{
	return U64_OR("flags", VPRIM_LOONGARCH_USER_PAGE);
}

static int leaf(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	uint64_t entry;
	int ret = geometry(c, &g);

	if (!ret)
		ret = vprim_loongarch_leaf(&g, level(c, "level"), U64("pa"), flags(c),
					   &entry, &c->why);
	return ret ? ret : OUT("entry=x", entry);
}

VERB_ASKS(entry_pa, struct vprim_loongarch_geometry g, geometry(c, &g),
	OUT("pa=x", vprim_loongarch_entry_pa(&g, level(c, "level"), U64("entry"))))

VERB(csr, OUT("id=x", vprim_loongarch_kvm_csr(U32("csr"))))

VERB(vector, OUT("vector=u", vprim_loongarch_vector(U64("estat"))))

VERB(frame, OUT("pc=u estat=u badv=u prmd=u size=u", VPRIM_LOONGARCH_FRAME_PC,
		VPRIM_LOONGARCH_FRAME_ESTAT, VPRIM_LOONGARCH_FRAME_BADV,
		VPRIM_LOONGARCH_FRAME_PRMD, VPRIM_LOONGARCH_FRAME_BYTES))

static int ucall(struct vprim_vec_call *c)
{
	struct vprim_loongarch_exit e = {
		.is_mmio = IS("mmio"), .is_write = IS("write"),
		.phys_addr = U64("phys"), .len = U32("len"),
	};
	uint64_t gva;
	int ret;

	vprim_store_le64(e.data, U64("data"));
	ret = vprim_loongarch_ucall(&e, U64("page"), &gva);
	return ret ? ret : OUT("gva=x", gva);
}

static int tables_init(struct vprim_vec_call *c)
{
	struct vprim_loongarch_geometry g;
	struct tables *o = c->obj;
	int ret = geometry(c, &g);

	if (ret)
		return ret;
	o->base = U64("base");
	o->bytes = U64("pages") << g.page_shift;
	o->memory = vprim_vec_keep(c, (size_t)o->bytes);
	if (!o->memory)
		return VPRIM_VEC_SCRIPT;
	memset(o->memory, 0xaa, (size_t)o->bytes);
	ret = vprim_loongarch_tables_init(&o->t, &g, o->memory, U64("pages"), o->base,
					  &c->why);
	return ret ? ret : OUT("root=x", o->t.root);
}

VERB(used, OUT("used=u", OBJ(tables)->t.used))

static int map(struct vprim_vec_call *c)
{
	int ret = vprim_loongarch_map(c->obj, U64("va"), U64("pa"),
				      level(c, "level"), flags(c), &c->why);

	return ret ? ret : used(c);
}

static int map_range(struct vprim_vec_call *c)
{
	int ret = vprim_loongarch_map_range(c->obj, RANGE("va"), U64("pa"),
					    level(c, "max_level"), flags(c), &c->why);

	return ret ? ret : used(c);
}

VERB(unmap, vprim_loongarch_unmap(c->obj, U64("va"), &c->why))

/* Eight bytes of the tables' memory, as the guest may write them. */
static int guest_write(struct vprim_vec_call *c)
{
	uint64_t at = U64("pa") - OBJ(tables)->base;

	if (at > OBJ(tables)->bytes - 8)
		return vprim_vec_script_error(c, "an address in the tables");
	vprim_store_le64(OBJ(tables)->memory + (size_t)at, U64("value"));
	return 0;
}

static int walk(struct vprim_vec_call *c)
{
	struct vprim_loongarch_translation w;
	int ret = vprim_loongarch_tables_walk(c->obj, U64("va"), CHOICE("access"),
					      level(c, "plv"), &w);

	if (ret)
		return ret;
	OUT("fault=none|PIL|PIS|PIF|PME|PNR|PNX|PPI|ADE|BUS",
	    w.fault == VPRIM_LOONGARCH_BUS ? 9u : w.fault);
	if (!w.fault)
		OUT("pa=x", w.pa);
	return OUT("level=u", w.level);
}

static const struct vprim_vec_verb table_verbs[] = {
	{ "map", "va:u64 pa:u64 level=u64? flags=u64?", map },
	{ "map_range", "va:range pa:u64 max_level=u64? flags=u64?", map_range },
	{ "unmap", "va:u64", unmap },
	{ "guest_write", "pa:u64 value:u64", guest_write },
	{ "walk", "va:u64 access=load|store|fetch? plv=u64?3", walk },
	{ "used", "", used },
};

static const struct vprim_vec_kind kinds[] = {
	{ "loongarch_tables", GEOMETRY " pages=1..4096?64 base=u64?0x100000",
	  sizeof(struct tables), tables_init, NULL, VERBS(table_verbs) },
};

static const struct vprim_vec_verb verbs[] = {
	{ "split", "va:u64 " GEOMETRY, split },
	{ "pwctl", GEOMETRY, pwctl },
	{ "leaf", "pa:u64 flags=u64? level=u64? " GEOMETRY, leaf },
	{ "entry_pa", "entry:u64 level=u64? " GEOMETRY, entry_pa },
	{ "kvm_csr", "csr:u32", csr },
	{ "vector", "estat:u64", vector },
	{ "frame", "", frame },
	{ "ucall", "phys=u64 page=u64 mmio=bit?1 write=bit?1 len=u32?8 data=u64?", ucall },
};

VEC_MODULE(vprim_vec_module_loongarch, "loongarch", VERBS(verbs), KINDS(kinds),
	   .rules = &vprim_loongarch_rules);
