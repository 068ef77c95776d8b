// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vector verbs of pat.h.
 *
 * A memory type is written as its name or as a number, so that a script can ask
 * about numbers that are no type.
 */
#include "vec_internal.h"
#include <virtprim/pat.h>

#define TYPE "UC:0|WC:1|WT:4|WP:5|WB:6|UC-:7|WC+:8|CD:9|u8"

static int put_type(struct vprim_vec_call *c, const char *key,
		    enum vprim_pat_type type)
{
	return vprim_vec_out_word(c, key, vprim_pat_type_name(type));
}

/* The type of an entry, or why it has none; entry= where a value is at fault. */
static int entry_of(struct vprim_vec_call *c, unsigned int index,
		    enum vprim_pat_type *type)
{
	return vprim_pat_entry(U64("pat"), index, type, &c->why);
}

static int check(struct vprim_vec_call *c)
{
	int ret = vprim_pat_check(U64("pat"), &c->why);

	if (ret)
		OUT("entry=u", c->why.at);
	return ret;
}

VERB(bad_bits, OUT("bits=x", vprim_pat_bad_bits(U64("pat"))))

static int fault(struct vprim_vec_call *c)
{
	enum vprim_pat_type type;
	int ret = entry_of(c, U32("index"), &type);

	return OUT("fault=none|type|bits",
		   ret ? vprim_reason_id(&c->why) - VPRIM_PAT_RULE_TYPE + 1 : 0);
}

static int decode(struct vprim_vec_call *c)
{
	enum vprim_pat_type type;
	unsigned int i;

	if (!vprim_pat_is_valid(U64("pat")))
		return check(c);
	vprim_vec_list_begin(c, "types");
	for (i = 0; i < VPRIM_PAT_ENTRIES && !entry_of(c, i, &type); i++)
		vprim_vec_list_word(c, vprim_pat_type_name(type));
	return vprim_vec_list_end(c);
}

static int encode(struct vprim_vec_call *c)
{
	enum vprim_pat_type types[VPRIM_PAT_ENTRIES];
	const struct vprim_vec_str any = vprim_vec_text_(TYPE);
	struct vprim_vec_str rest = ARG("types")->str, item;
	unsigned int n = 0;
	uint64_t pat, type;
	int ret;

	while (n < VPRIM_PAT_ENTRIES && vprim_vec_next(&rest, ',', &item) &&
	       vprim_vec_choose_(item, any, &type))
		types[n++] = (enum vprim_pat_type)type;
	if (rest.p || n != VPRIM_PAT_ENTRIES)
		return vprim_vec_script_error(c,
			"eight memory types joined by commas");
	ret = vprim_pat_encode(types, &pat);
	return ret ? ret : OUT("pat=x", pat);
}

VERB_ASKS(entry, enum vprim_pat_type type, entry_of(c, U32("index"), &type),
	put_type(c, "type", type))

static int known(struct vprim_vec_call *c)
{
	const struct vprim_pat_known *k = vprim_pat_known_find(U64("pat"));

	if (!k)
		return -ENOENT;
	vprim_vec_out_word(c, "who", k->word);
	return k->releases ? vprim_vec_out_word(c, "releases", k->releases) : 0;
}

/* The index, and the type it selects in the PAT given or in the reset value. */
static int put_index(struct vprim_vec_call *c, unsigned int index)
{
	enum vprim_pat_type type;
	int ret = vprim_pat_entry(U64_OR("pat", VPRIM_PAT_RESET), index, &type,
				  &c->why);

	OUT("index=u", index);
	return ret ? ret : put_type(c, "type", type);
}

static int index_of(struct vprim_vec_call *c)
{
	unsigned int i;

	if (vprim_pat_index(U64("entry"), U32("level"), &i))
		return -EINVAL;
	return put_index(c, i);
}

VERB(index_cr3, put_index(c, vprim_pat_index_cr3(U64("cr3"), IS("pcide"))))

static int address(struct vprim_vec_call *c)
{
	uint64_t addr;

	if (vprim_pat_address(U64("entry"), U32("level"), &addr))
		return -EINVAL;
	return OUT("address=x", addr);
}

static int effective_mtrr(struct vprim_vec_call *c)
{
	struct vprim_pat_origin origin;
	enum vprim_pat_type type;
	int ret = vprim_pat_effective_mtrr(CHOICE("pat"), CHOICE("mtrr"), &type,
					   &origin, &c->why);

	if (ret)
		return ret;
	put_type(c, "type", type);
	return OUT("uc_by=none|page|mtrr once_undefined=u",
		   origin.uc_by_mtrr ? 2u : origin.uc_by_page, origin.once_undefined);
}

VERB_ASKS(effective_ept, enum vprim_pat_type type,
	vprim_pat_effective_ept(CHOICE("pat"), CHOICE("ept"), IS("ipat"), &type,
		&c->why), put_type(c, "type", type))

VERB_ASKS(effective_amd, enum vprim_pat_type type,
	vprim_pat_effective_amd(CHOICE("pat"), CHOICE("mtrr"), &type, &c->why),
	put_type(c, "type", type))

static int effective_npt(struct vprim_vec_call *c)
{
	enum vprim_pat_type combined, type;
	int ret = vprim_pat_effective_npt(CHOICE("guest"), CHOICE("host"),
					  CHOICE("mtrr"), &combined, &type,
					  &c->why);

	if (ret)
		return ret;
	put_type(c, "combined", combined);
	return put_type(c, "type", type);
}

static int put_ept(struct vprim_vec_call *c, const struct vprim_pat_ept *ept)
{
	put_type(c, "type", ept->type);
	return OUT("ipat=u bits=x", ept->ignore_pat, vprim_pat_ept_encode(ept));
}

VERB_ASKS(ept, struct vprim_pat_ept e, vprim_pat_ept_decode(U64("entry"), &e),
	put_ept(c, &e))

static int ept_kvm(struct vprim_vec_call *c)
{
	struct vprim_pat_ept e = vprim_pat_ept_kvm(IS("mmio"), IS("noncoherent"),
						   IS("quirk"));

	return put_ept(c, &e);
}

VERB_ASKS(kvm_load, bool quirk, vprim_pat_kvm_load(U64("pat"), IS("tdp"), &quirk),
	OUT("quirk=u", quirk))

static const struct vprim_vec_verb verbs[] = {
	{ "check", "pat:u64", check },
	{ "bad_bits", "pat:u64", bad_bits },
	{ "fault", "pat:u64 index=0..7", fault },
	{ "decode", "pat:u64", decode },
	{ "encode", "types:word", encode },
	{ "entry", "pat:u64 index=u8!", entry },
	{ "known", "pat:u64", known },
	{ "index", "entry:u64 level=u8! pat=u64?", index_of },
	{ "index_cr3", "cr3:u64 pcide=bit pat=u64?", index_cr3 },
	{ "address", "entry:u64 level=u8!", address },
	{ "effective_mtrr", "pat:" TYPE " mtrr:" TYPE, effective_mtrr },
	{ "effective_ept", "pat:" TYPE " ept:" TYPE " ipat=bit", effective_ept },
	{ "effective_amd", "pat:" TYPE " mtrr:" TYPE, effective_amd },
	{ "effective_npt", "guest:" TYPE " host:" TYPE " mtrr:" TYPE, effective_npt },
	{ "ept", "entry:u64", ept },
	{ "ept_kvm", "mmio=bit noncoherent=bit quirk=bit", ept_kvm },
	{ "kvm_load", "pat:u64 tdp=bit", kvm_load },
};

VEC_MODULE(vprim_vec_module_pat, "pat", VERBS(verbs), .rules = &vprim_pat_rules);
